"""One notebook, executed by papermill in a kernel of its own.

A notebook counts as done only when every one of its cells ran to the end: papermill calls a
notebook completed whose kernel was killed or left by `sys.exit`. Nothing is written here but the
tables that the notebook emits; papermill keeps the notebook in memory.
"""

from __future__ import annotations

import logging
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from workbench.errors import Fault, NotebookError, WorkbenchError
from workbench.forkserver import without_grammar
from workbench.page import NEEDS, OUT, TABLES
from workbench.parameters import INJECTED, put_in
from workbench.reads import READS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import nbformat

    from workbench.kernels import Lease

__all__ = ["CELL_SECONDS", "Executed", "Job", "execute", "load_papermill"]

CELL_SECONDS = 900
"""A cell that takes longer is taken to hang, unless the run file allows more."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What it takes to execute one notebook."""

    name: str
    source: str
    """The notebook as JSON, stored without output."""
    values: Mapping[str, object]
    """The parameters, `run` among them."""
    needs: tuple[str, ...] | None = None
    """Parts of the run and tables that it declares to need; None is everything."""
    cell_seconds: int = CELL_SECONDS


@dataclass(frozen=True)
class Executed:
    """A notebook that ran to its end."""

    name: str
    notebook: nbformat.NotebookNode = field(repr=False)
    seconds: float


def execute(job: Job, lease: Lease, *, tables: Path, upstream: Path, reads: Path) -> Executed:
    """Execute *job* in a kernel of *lease*.

    Args:
        job: The notebook and its parameters.
        lease: Gives the kernel.
        tables: Where the tables go that the notebook emits.
        upstream: Where the tables lie that other notebooks emitted.
        reads: Where the kernel notes which files are opened.

    Raises:
        WorkbenchError: the notebook met a fault of the inputs.
        NotebookError: it failed otherwise.
    """
    engines, failures = load_papermill()
    variables = {
        OUT: str(tables),
        TABLES: str(upstream),
        READS: str(reads),
        NEEDS: "*" if job.needs is None else " ".join(job.needs),
    }
    from workbench.kernels import manager_for  # noqa: PLC0415  (with papermill)

    start = perf_counter()
    notebook = parameterised(job)
    try:
        with _quiet():
            engines.execute_notebook_with_engine(
                "workbench",
                notebook,
                kernel_name="workbench",
                output_path=None,
                progress_bar=False,
                execution_timeout=job.cell_seconds,
                shutdown_kernel="immediate",
                kernel_manager_class=manager_for(lease, variables),
            )
    except failures.CellTimeoutError:
        where = f"notebook {job.name}, cell {_running(notebook)}"
        problem = f"{where}: still running after {job.cell_seconds} seconds, so it was ended."
        raise NotebookError(f"{problem} Mend the cell, or set `cell_seconds` in the run file.") from None
    except failures.DeadKernelError:
        where = f"notebook {job.name}, cell {_running(notebook)}"
        raise NotebookError(f"{where}: the kernel died; it may have been killed or run out of memory.") from None
    except Exception as error:
        raise NotebookError(f"notebook {job.name}: {type(error).__name__}: {_last_line(str(error))}") from error
    _check_whole(job.name, notebook)
    return Executed(job.name, notebook, perf_counter() - start)


def parameterised(job: Job) -> nbformat.NotebookNode:
    """The notebook with a cell after the one tagged `parameters` that sets the values of this run."""
    import nbformat  # noqa: PLC0415  (with papermill)

    notebook: nbformat.NotebookNode = nbformat.reads(job.source, as_version=4)  # type: ignore[no-untyped-call]
    put_in(notebook, job.values)
    notebook.metadata["papermill"] = {}
    for item in notebook.cells:
        item.metadata.setdefault("tags", [])
    return notebook


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def load_papermill() -> tuple[Any, Any]:
    """Papermill's engines with ours among them, and nbclient's failures; imported once, and late."""
    with _quiet(), without_grammar():
        from nbclient import exceptions  # noqa: PLC0415
        from papermill.engines import papermill_engines  # noqa: PLC0415

        from workbench.engine import WorkbenchEngine  # noqa: PLC0415
    papermill_engines.register("workbench", WorkbenchEngine)
    logging.getLogger("asyncio").addFilter(_is_news)
    return papermill_engines, exceptions


def _is_news(record: logging.LogRecord) -> bool:
    """A task that nbclient leaves behind where a kernel dies is none; the death is told in words of our own."""
    return not ("Task was destroyed" in record.getMessage() and "NotebookClient" in record.getMessage())


def _running(notebook: nbformat.NotebookNode) -> int:
    """The cell at which it stopped, counted from 1 as the author sees them: without the one that was put in."""
    seen = [cell for cell in notebook.cells if cell.get("id") != INJECTED]
    states = [cell.metadata.get("papermill", {}).get("status") for cell in seen]
    return states.index("running") + 1 if "running" in states else 1


def _check_whole(name: str, notebook: nbformat.NotebookNode) -> None:
    """Every code cell ran, and none left an error it did not announce, or ended the kernel."""
    cells = [cell for cell in notebook.cells if cell.get("id") != INJECTED]
    for position, cell in enumerate(cells, start=1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        where = f"notebook {name}, cell {position}"
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if errors and "raises-exception" not in cell.metadata.tags:
            raise _failure(where, errors[0])
        status = cell.metadata.get("papermill", {}).get("status")
        if status != "completed" or cell.execution_count is None:
            raise NotebookError(f"{where}: the notebook ended here; it must run to its last cell (no exit()).")


def _failure(where: str, error: nbformat.NotebookNode) -> Exception:
    if error.ename == "WorkbenchError":
        return WorkbenchError(Fault(file=where, problem=str(error.evalue)))
    if error.ename == "SystemExit":
        return NotebookError(f"{where}: the notebook ended here; it must run to its last cell (no exit()).")
    return NotebookError(f"{where}: {error.ename}: {_last_line(str(error.evalue))}\n{_plain(error.traceback)}")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _plain(traceback: list[str]) -> str:
    """A traceback without the colours of a terminal."""
    import re  # noqa: PLC0415

    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
