"""Notebooks, executed by papermill, side by side, each in a kernel of its own.

A notebook counts as done only when every one of its cells ran to the end: papermill calls a
notebook completed whose kernel was killed or left by `sys.exit`.
"""

from __future__ import annotations

import os
import warnings
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from workbench.errors import Fault, NotebookError, WorkbenchError
from workbench.page import OUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import nbformat

__all__ = ["Executed", "execute_all"]

CELL_SECONDS = 900
"""A cell that takes longer is taken to hang."""


@dataclass(frozen=True)
class Executed:
    """A notebook that ran to its end."""

    name: str
    notebook: nbformat.NotebookNode
    seconds: float


def execute_all(
    notebooks: tuple[Path, ...], run_file: Path, folder: Path, *, workers: int, done: Callable[[str], None]
) -> list[Executed]:
    """Execute *notebooks* on *run_file*, in the given order of results.

    Args:
        notebooks: Stored without output; they are not changed.
        run_file: Passed to each as its one parameter, `run`.
        folder: Where the executed copies and, below `data/`, emitted tables go.
        workers: Notebooks side by side.
        done: Called with the name of each notebook as it ends.

    Raises:
        WorkbenchError: a notebook met a fault of the inputs.
        NotebookError: a notebook failed otherwise; the first failure stops the run.
    """
    results: dict[Path, Executed] = {}
    with _environment(folder / "data"), ThreadPoolExecutor(max_workers=workers) as pool:
        waiting = {pool.submit(_execute, path, run_file, folder): path for path in notebooks}
        try:
            for finished in as_completed(waiting):
                results[waiting[finished]] = finished.result()
                done(waiting[finished].stem)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [results[path] for path in notebooks]


@contextmanager
def _environment(tables: Path) -> Iterator[None]:
    """What the kernels inherit: where tables go, and one thread each, so that two do not fight over two cores."""
    wanted = {OUT: str(tables), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _execute(path: Path, run_file: Path, folder: Path) -> Executed:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import papermill  # noqa: PLC0415
        from papermill.exceptions import PapermillExecutionError  # noqa: PLC0415

        start = perf_counter()
        try:
            notebook = papermill.execute_notebook(
                _literal(path),
                _literal(folder / path.name),
                parameters={"run": str(run_file)},
                kernel_name="python3",
                language="python",
                progress_bar=False,
                log_output=False,
                request_save_on_cell_execute=False,
                execution_timeout=CELL_SECONDS,
                shutdown_kernel="immediate",
                # The kernel warns of its local sockets and of its own shutdown; neither is news to a user.
                extra_arguments=["--log-level=CRITICAL"],
            )
        except PapermillExecutionError as error:
            raise _failure(path.stem, error) from None
        except Exception as error:
            raise NotebookError(f"notebook {path.stem}: {type(error).__name__}: {_last_line(str(error))}") from error
    _check_whole(path.stem, notebook)
    return Executed(path.stem, notebook, perf_counter() - start)


def _literal(path: Path) -> str:
    """A path that papermill, which fills in braces, takes as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _failure(name: str, error: Any) -> Exception:  # noqa: ANN401  (papermill has no types)
    # papermill counts from 0 and puts a cell in front; together that is the place counted from 1.
    where = f"notebook {name}, cell {error.cell_index}"
    if error.ename == "WorkbenchError":
        return WorkbenchError(Fault(file=where, problem=str(error.evalue)))
    return NotebookError(f"{where}: {error.ename}: {_last_line(str(error.evalue))}\n{_plain(error.traceback)}")


def _check_whole(name: str, notebook: nbformat.NotebookNode) -> None:
    """Every code cell ran, and none left an error or ended the kernel."""
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        status = cell.metadata.get("papermill", {}).get("status")
        if status != "completed" or cell.execution_count is None:
            raise NotebookError(f"notebook {name}: stopped before cell {position}; it must run to its last cell (no exit()).")
        if any(output.output_type == "error" for output in cell.outputs):
            raise NotebookError(f"notebook {name}, cell {position}: ended in an error.")


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def _plain(traceback: list[str]) -> str:
    """A traceback without the colours of a terminal."""
    import re  # noqa: PLC0415

    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(traceback))
