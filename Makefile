# Every target sets up what it needs. `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUN ?= params/runs/sample.yaml

.DEFAULT_GOAL := help
.PHONY: help report test lab docs new-method check bench clean lock

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The stamp depends on the lock, so a second call needs no network and a new lock reinstalls.
# Byte code is written at install: without it every kernel pays four seconds at each start.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; call: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	  UV_COMPILE_BYTECODE=1 uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock && \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e . ; \
	else \
	  PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile --require-hashes -r requirements.lock && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e . ; \
	fi
	@$(BIN)/python -m compileall -q workbench
	@touch $@

report: $(READY) ## Turn the sample survey into a published report and print where it is
	@$(BIN)/workbench run $(RUN)

test: $(READY) ## Run every test
	@$(BIN)/python -m pytest

lab: $(READY) ## Open the notebooks in JupyterLab
	@$(BIN)/workbench lab $(RUN)

docs: $(READY) ## Build the guide as a site, offline
	@$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build
	@echo docs/_build/index.html

new-method: $(READY) ## Begin a normalisation in a file of its own: make new-method NAME=...
	@$(BIN)/python -m workbench.methods "$(NAME)"

check: $(READY) ## Lint, types, and every parameter file
	@$(BIN)/ruff check .
	@$(BIN)/mypy workbench
	@$(BIN)/workbench check $(RUN)

bench: $(READY) ## Measure speed and memory, side by side
	@$(BIN)/python -m bench

lock: ## Write requirements.lock anew (needs uv and a network)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev --upgrade pyproject.toml -o requirements.lock

clean: ## Remove the environment, reports and caches
	rm -rf $(VENV) docs/_build docs/keys.md reports/*/ .pytest_cache .ruff_cache .mypy_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
