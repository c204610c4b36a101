"""The commands.

Every command exits 0 when it did what was asked, 2 for a mistake that the user can repair (one
message per fault, no traceback), 1 for a bug. Modules are imported where a command needs them, so
that `--help` and a fault in a parameter file answer at once.
"""

from __future__ import annotations

import sys
import tempfile
from bisect import bisect_right
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from workbench.cli import (
    check,
    diff,
    export,
    framework,
    lab,
    new,
    pdf,
    propose,
    run,
    sample,
    schema,
    score,
    survey,
    uncertainty,
    verify,
    workshop,
)
from workbench.errors import Fault, NotebookError, WorkbenchError
from workbench.plain import controls_shown

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["app", "main"]

FAULTS = "workbench-faults.csv"
INTERRUPTED = 130
MOST_LINES = 100
"""Lines of faults on screen; all faults are then in a file."""

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__.split("\n\n", 1)[0])
for _command in (
    run.run,
    check.check,
    score.score,
    uncertainty.uncertainty,
    export.export,
    export.store,
    pdf.pdf,
    propose.propose,
    sample.sample,
    new.new,
    lab.lab,
    verify.verify,
    diff.diff,
    schema.schema,
):
    app.command()(_command)
app.add_typer(framework.app, name="framework")
app.add_typer(survey.app, name="survey")
app.add_typer(workshop.app, name="workshop")


def main() -> NoReturn:
    """Run the command line; mistakes end in 2, bugs in 1."""
    try:
        app()
    except WorkbenchError as error:
        _print_faults(error.faults, error.unlisted)
        sys.exit(2)
    except NotebookError as error:
        typer.echo(f"ERROR: {error}\nNothing was published; the last good report is untouched.", err=True)
        sys.exit(1)
    except SystemExit as end:  # typer turns an interruption into this code, without a word
        if end.code == INTERRUPTED:
            print("\nstopped before the end; nothing half-done was published.", file=sys.stderr)  # noqa: T201
        raise
    sys.exit(0)


def _print_faults(faults: Iterable[Fault], unlisted: int = 0) -> None:
    listed = list(faults)
    # What a file or a cell is called must not move the cursor of a terminal, nor turn the direction of its text.
    texts = [f"ERROR: {controls_shown(str(fault))}" for fault in listed]
    ends = list(accumulate(text.count("\n") + 1 for text in texts))
    fit = len(texts) if not ends or ends[-1] <= MOST_LINES else bisect_right(ends, MOST_LINES - 2)
    for text in texts[:fit]:
        typer.echo(text, err=True)
    if fit < len(texts):
        which = "all that are listed" if unlisted else "all of them"
        typer.echo(f"... and {len(texts) - fit} more; {which} are in {_written(listed)}.", err=True)
    if unlisted:
        typer.echo(f"At least {unlisted:,} more faults are not listed.", err=True)
    elif len(listed) > 1:
        typer.echo(f"{len(listed)} faults in all.", err=True)


def _written(faults: list[Fault]) -> str:
    """Where all faults were written as a table: here, or in the folder for temporary files when nothing can be written here."""
    import pandas as pd  # noqa: PLC0415

    from workbench.export import write_csv  # noqa: PLC0415

    columns = ["file", "line", "sheet", "row", "column", "value", "problem", "allowed", "fix"]
    table = pd.DataFrame([fault.as_dict() for fault in faults], columns=columns).convert_dtypes().set_index("file")
    for folder in (Path.cwd(), Path(tempfile.gettempdir())):
        path = folder / FAULTS
        try:
            write_csv(table, path)
        except WorkbenchError:
            continue
        return FAULTS if folder == Path.cwd() else str(path)
    return "no file, for none could be written"
