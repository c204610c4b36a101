"""JupyterLab on the parameters of a run.

Opens a copy of a notebook whose parameters cell names the run file, so that what is seen is what
the run publishes. The notebooks themselves are never changed.
"""

from __future__ import annotations

import hashlib
import os
import sys
from typing import TYPE_CHECKING

from workbench.errors import Fault, WorkbenchError, one_of, suggestion
from workbench.paths import PROJECT, resolve, shown

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["prepare", "start"]

NOTEBOOKS = PROJECT / "notebooks"


def start(run_file: str, notebook: str | None = None) -> None:
    """Replace this process with JupyterLab.

    Raises:
        WorkbenchError: the run file is faulty, or there is no such notebook.
    """
    target = prepare(run_file, notebook)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={PROJECT}", f"--LabApp.default_url=/lab/tree/{target}"]
    os.execv(command[0], command)  # noqa: S606  (the project's own JupyterLab)


def prepare(run_file: str, notebook: str | None) -> str:
    """Make the copy that is opened and give its path below the project; the folder of notebooks when none is named.

    Raises:
        WorkbenchError: the run file is faulty, or there is no such notebook.
    """
    from workbench.runs import load_run  # noqa: PLC0415

    load_run(run_file)
    path = resolve(run_file)
    if notebook is None and path == PROJECT / "params" / "runs" / "sample.yaml":
        return "notebooks"
    source = _find(notebook or "00_summary")
    return _copy(source, path).relative_to(PROJECT).as_posix()


def _find(notebook: str) -> Path:
    known = {path.stem: path for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
    name = notebook.removesuffix(".ipynb").rsplit("/", 1)[-1]
    if name not in known:
        fix = suggestion(name, known) or "name one of these."
        raise WorkbenchError(Fault(problem=f"there is no notebook `{notebook}`.", allowed=one_of(known), fix=fix))
    return known[name]


def _copy(source: Path, run_path: Path) -> Path:
    """The notebook with `run` set to this run file, under notebooks/of_run/<run>/, made once and then the researcher's own."""
    import nbformat  # noqa: PLC0415

    book = nbformat.read(source, as_version=4)  # type: ignore[no-untyped-call]
    for cell in book.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source = f"run = {str(run_path)!r}"
    place = hashlib.sha256(str(run_path).encode()).hexdigest()[:6]
    target = NOTEBOOKS / "of_run" / f"{run_path.stem}-{place}" / source.name
    if target.exists():
        print(f"opening your copy of {source.name}; delete {shown(target)} for a fresh one", file=sys.stderr)  # noqa: T201
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, target)  # type: ignore[no-untyped-call]
    return target
