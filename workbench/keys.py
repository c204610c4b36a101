"""What the result of a notebook depends on, fact by fact, and in words what changed.

The facts are the cells and parameters of the notebook, the source of every module of the workbench
that it imports, directly or through others, the parts of the run it declares to need, the data, the
texts, the tables of other notebooks it reads, and the lock. Two results with the same facts are the
same, so one that is kept is used again. Facts are plain values under readable names.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.fingerprints import digest, fingerprint
from workbench.framework_model import Group
from workbench.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from workbench.framework import Framework
    from workbench.runs import RunSpec
    from workbench.tasks import Task

__all__ = ["Facts", "changes", "imported_modules", "run_facts", "task_facts"]

Facts = dict[str, object]
MACHINERY = frozenset(
    [
        "cache",
        "cli",
        "engine",
        "execution",
        "forkserver",
        "kernels",
        "lab",
        "making",
        "manifest",
        "pipeline",
        "prestart",
        "progress",
        "publication",
        "run_diff",
        "verification",
        "workers",
    ]
)
"""Modules that run notebooks; no notebook runs them. What they change is the report, not a notebook's result."""
IMPORT = re.compile(r"^([ \t]*)((?:from workbench[\w.]* import |import workbench)(?:\([^)]*\)|[^\n]*))", re.MULTILINE)
ONLY_FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:[ \t]+.*\n|[ \t]*\n)*", re.MULTILINE)
RESULT_VERSION = 1
"""Raised when the machinery changes what a notebook's result is."""
OWN_SETTINGS = {"uncertainty", "factors", "clusters", "title"}
ORDER = ("declared", "weights", "parameter", "workshops", "framework", "uncertainty", "factors", "clusters",
         "table", "data", "file", "cell", "run", "module", "texts", "register")  # fmt: skip
"""In which order changes are told."""
NO_FACT = {
    "name",
    "framework",
    "workshops",
    "survey",
    "indicators",
    "invited",
    "geometry",
    "notebooks",
    "scenarios",
    "cell_seconds",
    "date",
    "history",
}
"""Settings that name files, whose content counts instead, or say what is made of the results."""


def run_facts(spec: RunSpec, framework: Framework) -> dict[str, Facts]:
    """The facts of a run, by the part that a notebook may declare; those that every notebook has are under ``."""
    settings = spec.settings.model_dump(mode="json", exclude_unset=False)
    weights = {f"weights.{node.id}": node.weight for node in framework.elements}
    meetings = {f"workshops.{place}": item.model_dump(mode="json") for place, item in enumerate(framework.workshops)}
    who = framework.respondents
    always: Facts = {
        # What a total would give away depends on the weights, and so does what is withheld.
        **(weights if who is not None and who.minimum_published > 1 else {}),
        "data": digest(spec.data),
        "invited": digest(spec.invited) if spec.invited is not None else None,
        "python": sys.version.split()[0],
        "lock": digest(PROJECT / "requirements.lock"),
        "result": RESULT_VERSION,
        **{f"history {item.edition}": digest(path) for item, path in zip(spec.settings.history, spec.history, strict=True)},
        **_flat("framework", _definition(framework)),
        **_flat("run", {key: value for key, value in settings.items() if key not in NO_FACT | OWN_SETTINGS}),
        **{f"texts {path.name}": digest(path) for path in sorted((PROJECT / "params" / "texts").glob("*.yaml"))},
        **{f"register {path.name}": digest(path) for path in sorted((PROJECT / "data").glob("*.csv"))},
    }
    return {
        "": always,
        "weights": dict(weights),
        "workshops": _flat("", meetings),
        "uncertainty": _flat("uncertainty", settings["uncertainty"]) | {"uncertainty file": digest(spec.uncertainty)},
        "factors": _flat("factors", settings["factors"]),
        "clusters": _flat("clusters", settings["clusters"])
        | {
            "outside": digest(spec.outside) if spec.outside is not None else None,
            "earlier": digest(spec.earlier) if spec.earlier is not None else None,
        },
        "title": _flat("title", settings["title"]),
        "geometry": {"geometry": digest(spec.geometry) if spec.geometry is not None else None},
    }


def task_facts(task: Task, run: Mapping[str, Facts], upstream: Mapping[str, str]) -> Facts:
    """Everything that can change the result of *task*.

    Args:
        task: The notebook.
        run: From `run_facts`.
        upstream: Digest of each table that the notebook reads.
    """
    book = json.loads(task.notebook.read_text(encoding="utf-8"))
    cells = [[cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", [])] for cell in book["cells"]]
    own: Facts = {f"cell {place}": fingerprint(cell) for place, cell in enumerate(cells, start=1)}
    own |= {f"parameter {name}": repr(value) for name, value in task.values.items()}
    own["declared needs"] = "everything" if task.needs is None else " ".join(task.needs)
    own["declared tables"] = "any" if task.emits is None else " ".join(task.emits)
    for name in imported_modules(source for kind, source, _ in cells if kind == "code"):
        own[f"module {name}"] = digest(_file(name) or Path())
    for name in task.tables:
        own[f"table {name}"] = upstream[name]
    parts = {name: value for part in ("", *task.parts) for name, value in run[part].items()}
    return own | parts


def _definition(framework: Framework) -> dict[str, Any]:
    """The framework by id and without its weights."""
    rest = framework.definition.model_dump(mode="json", exclude={"pillars"}, exclude_defaults=True)
    for node in framework.elements:
        fields = node.model_dump(mode="json", exclude={"children", "weight", "id"}, exclude_defaults=True)
        children = [child.id for child in node.children] if isinstance(node, Group) else []
        rest[node.id] = fields | ({"children": children} if children else {})
    return rest


def _flat(name: str, value: object) -> Facts:
    """Nested maps and lists as one map from dotted names to plain values."""
    if isinstance(value, dict):
        pairs: Iterable[tuple[object, object]] = value.items()
    elif isinstance(value, list):
        pairs = ((_id(item, place), item) for place, item in enumerate(value))
    else:
        return {name: value}
    found: Facts = {}
    for key, item in pairs:
        found |= _flat(f"{name}.{key}" if name else str(key), item)
    return found


def _id(item: object, place: int) -> object:
    return item.get("id", place) if isinstance(item, dict) else place


def imported_modules(sources: Iterable[str], *, late: bool = True) -> list[str]:
    """Modules of the workbench that code imports, directly or through one another.

    Args:
        sources: The code.
        late: Whether imports count wherever they stand, or only those that are made when a module is.
    """
    found: set[str] = set()
    waiting = [name for source in sources for name in _imports(source)]
    while waiting:
        name = waiting.pop()
        if name not in found and name.split(".")[1:2] != [] and name.split(".")[1] in MACHINERY:
            continue
        path = _file(name)
        if name in found or path is None:
            continue
        found.add(name)
        waiting += _imports_of(path, late=late)
        if "." in name:
            waiting.append(name.rpartition(".")[0])
    return sorted(found)


@cache
def _imports_of(path: Path, *, late: bool) -> tuple[str, ...]:
    """What a module of ours imports; its imports are found by their words first, which is ten times as fast as to parse it."""
    source = path.read_text(encoding="utf-8")
    code = ONLY_FOR_TYPES.sub("", source)
    statements = [found[2] for found in IMPORT.finditer(code) if late or not found[1]]
    try:
        ast.parse("\n".join(statements))
    except SyntaxError:
        return tuple(_imports(source))
    return tuple(_imports("\n".join(statements)))


def _imports(source: str) -> Iterator[str]:
    try:
        tree = ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()))
    except SyntaxError:
        return
    for node in _statements(tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "workbench")
            if any(alias.name == "workbench" for alias in node.names):
                yield from _public()
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "workbench":
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield str(node.module)
            yield from names
            if node.module == "workbench" and any(_file(name) is None for name in names):
                yield from _public()


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements at any depth; expressions hold no import."""
    for node in body:
        if _only_for_types(node):
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, part, ()))
        for case in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from _statements(case.body)


def _only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def _public() -> Iterator[str]:
    """What `import workbench` makes available when it is first used."""
    import workbench  # noqa: PLC0415

    yield from workbench._HOMES  # noqa: SLF001  (the one other place that has to know)


@cache
def _file(name: str) -> Path | None:
    place = PROJECT.joinpath(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """What differs, in words: values as `old -> new`, files and cells by name.

    >>> changes({"weights.P3": 0.3, "data": "aa"}, {"weights.P3": 0.25, "data": "bb"})
    ['weights.P3 0.3 -> 0.25', 'the data changed']
    """
    names = {name for name in {*before, *after} if before.get(name, name) != after.get(name, name)}
    if "declared needs" in names:  # then a fact that stands on one side only is no change of its own
        names = {name for name in names if name in before and name in after}
    return [_words(name, before, after) for name in sorted(names, key=_telling)]


def _telling(name: str) -> tuple[int, str]:
    """Decisions first, then data and cells, then code and texts."""
    kind = name.split(" ", maxsplit=1)[0].split(".", maxsplit=1)[0]
    return ORDER.index(kind) if kind in ORDER else len(ORDER) - 4, name


def _words(name: str, before: Mapping[str, object], after: Mapping[str, object]) -> str:
    kind = name.split(" ", 1)[0]
    if kind in {"cell", "file", "module", "texts", "register", "table", "history"} or name in {
        "data",
        "lock",
        "geometry",
        "uncertainty file",
    }:
        state = "is new" if name not in before else "is gone" if name not in after else "changed"
        return f"{'' if ' ' in name and kind != 'uncertainty' else 'the '}{name} {state}"
    return f"{name} {_value(before.get(name))} -> {_value(after.get(name))}"


def _value(value: object) -> str:
    text = "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004  (fits in a line)
