"""JupyterLab on the parameters of a run.

Opens a copy of a notebook with the cell that the runner puts in: the run file, its scenario and the parameters of the
page, so that what is seen is what the run publishes. The notebooks themselves are never changed, nor is what a
researcher wrote into a copy: only that one cell follows the run file.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import Fault, WorkbenchError, one_of, suggestion
from workbench.parameters import put_in
from workbench.paths import PROJECT, shown
from workbench.tasks import Task

if TYPE_CHECKING:
    from workbench.runs import RunSpec

__all__ = ["prepare", "start"]

NOTEBOOKS = PROJECT / "notebooks"
QUIET = ("--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate")
"""JupyterLab asks nobody outside for news, and nobody here whether it may."""
FIRST = "00_summary"
"""Opened when no notebook is named and the run has it."""


def start(run_file: str, notebook: str | None = None) -> None:
    """Replace this process with JupyterLab.

    Raises:
        WorkbenchError: the run file is faulty, or there is no such notebook.
    """
    target = prepare(run_file, notebook)
    opened = [f"--ServerApp.root_dir={PROJECT}", f"--LabApp.default_url=/lab/tree/{target}"]
    command = [sys.executable, "-m", "jupyterlab", *opened, *QUIET]
    os.execv(command[0], command)  # noqa: S606  (the project's own JupyterLab)


def prepare(run_file: str, notebook: str | None) -> str:
    """Make the copy that is opened and give its path below the project; the folder of notebooks when none is named.

    Args:
        run_file: A run file, one of its scenarios as `RUN.yaml#ID`, or a published report.
        notebook: A page of the run, or a notebook by name or path, which need not be part of the run.

    Raises:
        WorkbenchError: the run file is faulty, or there is no such notebook.
    """
    spec = _run(run_file)
    if notebook is None and spec.reference == str(PROJECT / "params" / "runs" / "sample.yaml"):
        return "notebooks"
    return _copy(_find(notebook, spec), spec).relative_to(PROJECT).as_posix()


def _run(named: str) -> RunSpec:
    """The run that is named, or that a report was made of."""
    from workbench.run_diff import is_report  # noqa: PLC0415
    from workbench.runs import load_run  # noqa: PLC0415

    if is_report(Path(named)):
        from workbench.manifest import read_manifest  # noqa: PLC0415

        return load_run(read_manifest(Path(named)).run_file)
    return load_run(named)


def _find(notebook: str | None, spec: RunSpec) -> Task:
    """The page of that name; else the notebook of that name, with the parameters of its one page in the run."""
    pages = {task.name: task for task in spec.tasks}
    if notebook is None:
        return pages.get(FIRST, spec.tasks[0])
    if notebook in pages:
        return pages[notebook]
    name = notebook.removesuffix(".ipynb").rsplit("/", 1)[-1]
    found = [task for task in spec.tasks if task.notebook.stem == name]
    if len(found) > 1:
        problem = f"the run has {len(found)} pages of notebook `{name}`."
        raise WorkbenchError(Fault(file=shown(spec.file), problem=problem, fix=f"name one of {one_of(t.name for t in found)}."))
    others = {path.stem: path for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    if found or name in others:
        return found[0] if found else Task(name=name, notebook=others[name])
    known = list(dict.fromkeys([*pages, *others]))
    fix = suggestion(name, known) or "name one of these."
    raise WorkbenchError(Fault(problem=f"there is no notebook `{notebook}`.", allowed=one_of(known), fix=fix))


def _copy(task: Task, spec: RunSpec) -> Path:
    """The copy under notebooks/of_run/<run>/, made once and then the researcher's own but for the cell of the run."""
    import nbformat  # noqa: PLC0415

    place = hashlib.sha256(spec.reference.encode()).hexdigest()[:6]
    scenario = f"-{spec.scenario}" if spec.scenario else ""
    names = f"{spec.file.stem}{scenario}-{place}", f"{task.name}.ipynb"
    target = NOTEBOOKS.joinpath("of_run", *(re.sub(r"[^\w.-]", "_", name) for name in names))  # fit for an address
    if target.exists():
        print(f"opening your copy of {task.name}; delete {shown(target)} for a fresh one", file=sys.stderr)  # noqa: T201
    target.parent.mkdir(parents=True, exist_ok=True)
    book = nbformat.read(target if target.exists() else task.notebook, as_version=4)  # type: ignore[no-untyped-call]
    if put_in(book, {"run": spec.reference, **task.values}) or not target.exists():
        nbformat.write(book, target)  # type: ignore[no-untyped-call]
    return target
