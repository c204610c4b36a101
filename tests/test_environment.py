"""The environment is the same for everyone, and names no machine."""

from __future__ import annotations

import re
import subprocess
import tempfile
import tomllib

import pytest
import yaml

SAME = {
    "ruamel.yaml": "ruamel-yaml",
    "brotli-python": "brotli",
    "matplotlib-base": "matplotlib",
    "nbconvert-core": "nbconvert",
    "seaborn-base": "seaborn",
    "flit-core": "flit_core",
}
"""conda's names for PyPI's packages; conda splits some into a core without graphical toolkits."""


def requirement(text):
    name, limits = re.match(r"([A-Za-z0-9_.-]+)\s*(.*)", text).groups()
    return SAME.get(name, name).lower().replace("_", "-"), limits.replace(" ", "")


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def tracked(root):
    names = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True, text=True).stdout.split("\0")
    return [root / name for name in names if name and (root / name).is_file()]


def test_conda_and_pip_install_the_same(root, project):
    """environment.yml asks for what pyproject.toml asks for, with the same limits."""
    listed = yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(item["pip"] for item in listed if isinstance(item, dict))
    conda = [item for item in listed if isinstance(item, str)] + [item for item in by_pip if not item.startswith("-e")]
    expected = dict(map(requirement, project["dependencies"] + project["optional-dependencies"]["dev"]))
    expected["python"] = project["requires-python"]

    assert expected == {name: limits for name, limits in map(requirement, conda) if name != "pip"}


def test_the_lock_holds_every_dependency_with_hashes(root, project):
    """Each requirement is locked to one version per Python, and every line of the lock has a hash."""
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    locked = {re.match(r"([a-z0-9-]+)(?:\[[^\]]*\])?==", block).group(1): "--hash=sha256:" in block for block in blocks}

    missing = {requirement(item)[0] for item in project["dependencies"] + project["optional-dependencies"]["dev"]} - set(locked)
    assert set() == missing
    assert all(locked.values())


def test_no_file_holds_the_address_of_a_registry_or_the_path_of_a_machine(tracked, root):
    """Nothing committed names a package registry, or a folder that exists on one machine only."""
    address = re.compile(r"https?://[^\s\"']+/(?:simple|npm)\b|files\.pythonhosted|registry\.npmjs|--index-url\s+\S|--find-links")
    # A checkout in the folder for temporary files: its name alone is in honest texts, too.
    parent = root.parent.as_posix()
    here = f"{root.as_posix() if parent == tempfile.gettempdir() else parent}/"
    texts = [path for path in tracked if path.suffix not in {".xlsx", ".ttf", ".woff2", ".png", ".parquet"}]
    found = []
    for path in texts:
        text = path.read_text(encoding="utf-8")
        if path.name != "test_environment.py" and (address.search(text) or here in text):
            found.append(path.relative_to(root).as_posix())

    assert [] == found


def test_the_tree_stays_small(tracked):
    """No report, environment or large file is committed."""
    sizes = {path.name: path.stat().st_size for path in tracked}

    assert {} == {name: size for name, size in sizes.items() if size > 1_000_000}
    assert sum(sizes.values()) < 12_000_000
