"""The notebooks of a run as a graph: what each is given, needs and emits, and in which order they can run.

A notebook declares `needs` and `emits` in its metadata under `workbench`. A need is a part of the run
(`needs.PARTS`) or a table that another notebook of the run emits; one that declares nothing is given
every part and no table. Nothing runs here.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.needs import PARTS
from workbench.parameters import Declared, bound, declared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

__all__ = ["Task", "check_graph", "read_task", "with_upstream"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One notebook with the parameters of one page."""

    name: str
    """Name of its page."""
    notebook: Path
    values: Mapping[str, object] = field(default_factory=dict)
    """Parameters besides `run`, of the types that the notebook declares."""
    needs: tuple[str, ...] | None = None
    emits: tuple[str, ...] | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of other notebooks that it reads."""
        return tuple(name for name in self.needs or () if name not in PARTS)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the run that it reads."""
        return tuple(PARTS) if self.needs is None else tuple(name for name in self.needs if name in PARTS)


def read_task(path: Path, name: str, given: Mapping[str, object], note: Callable[..., None]) -> Task:
    """Read what a notebook declares and bind the parameters that a run file gives it.

    Args:
        path: The notebook.
        name: Name of its page.
        given: Parameters besides `run`.
        note: Called with the name of a parameter and the parts of a fault.

    Raises:
        WorkbenchError: the file is no notebook, or no cell tagged `parameters` sets `run`.
    """
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
        tagged = ["".join(cell["source"]) for cell in book["cells"] if "parameters" in cell["metadata"].get("tags", [])]
        metadata = book["metadata"].get("workbench", {})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"this is no notebook: {error}."
        raise WorkbenchError(Fault(file=path.name, problem=problem, fix="save it anew from JupyterLab.")) from error
    known = _parameters(path, tagged)
    faults = FaultList()
    names = {key: _names(path, metadata, key, faults) for key in ("needs", "emits")}
    faults.stop_if_any()
    return Task(name=name, notebook=path, values=bound(given, known, note), needs=names["needs"], emits=names["emits"])


def _parameters(path: Path, tagged: list[str]) -> dict[str, Declared]:
    known: dict[str, Declared] = {}
    try:
        for source in tagged:
            known |= declared(source)
    except (SyntaxError, ValueError) as error:
        problem = f"the cell tagged `parameters` cannot be read: {error}."
        raise WorkbenchError(Fault(file=path.name, problem=problem, fix="write one `name = value` in a line.")) from error
    if "run" not in known:
        problem = "the notebook has no cell tagged `parameters` that sets `run`."
        fix = 'add a cell `run = "params/runs/sample.yaml"` with that tag.'
        raise WorkbenchError(Fault(file=path.name, problem=problem, fix=fix))
    return known


def _names(path: Path, metadata: Any, key: str, faults: FaultList) -> tuple[str, ...] | None:  # noqa: ANN401  (from a file)
    found = metadata.get(key) if isinstance(metadata, dict) else metadata
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        problem = f"`{key}` in the metadata of the notebook is {found!r}."
        faults.add(problem, file=path.name, allowed="a list of names", fix=f'write "{key}": ["..."].')
        return None
    return tuple(found)


def check_graph(tasks: Iterable[Task]) -> None:
    """Check that every table that is needed is emitted by one notebook of the run, and that no circle forms.

    Raises:
        WorkbenchError: every fault of the graph.
    """
    listed = list(tasks)
    faults = FaultList()
    emitted = Counter(name for task in listed for name in task.emits or ())
    for name in sorted(name for name, count in emitted.items() if count > 1):
        makers = ", ".join(task.name for task in listed if name in (task.emits or ()))
        faults.add(f"table `{name}` is emitted by {makers}.", fix="give each table one name and one notebook.")
    for task in listed:
        for name in task.tables:
            if name not in emitted:
                fix = suggestion(name, [*emitted, *PARTS]) or "list the notebook that emits it in the run file."
                allowed = f"{one_of(PARTS)}, or a table that a notebook of the run declares to emit"
                faults.add(
                    f"it needs `{name}`, which no notebook of the run emits.", file=task.notebook.name, allowed=allowed, fix=fix
                )
    faults.stop_if_any()
    done: set[str] = set()
    waiting = listed
    while waiting:
        ready = [task for task in waiting if done.issuperset(task.tables)]
        if not ready:
            names = ", ".join(task.name for task in waiting)
            raise WorkbenchError(Fault(problem=f"notebooks wait for each other's tables: {names}.", fix="break the circle."))
        done |= {name for task in ready for name in task.emits or ()}
        waiting = [task for task in waiting if task not in ready]


def with_upstream(chosen: Iterable[Task], tasks: Iterable[Task]) -> list[Task]:
    """*chosen* and every task whose tables these need, in the order of *tasks*."""
    listed = list(tasks)
    wanted = {task.name for task in chosen}
    while True:
        tables = {name for task in listed if task.name in wanted for name in task.tables}
        more = {task.name for task in listed if tables.intersection(task.emits or ())} - wanted
        if not more:
            return [task for task in listed if task.name in wanted]
        wanted |= more
