"""The commands.

Every command exits 0 when it did what was asked, 2 for a mistake that the user can repair (one
message per fault, no traceback), 1 for a bug. Modules are imported where a command needs them, so
that `--help` and a fault in a parameter file answer at once.
"""

from __future__ import annotations

import sys
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
    uncertainty,
    verify,
    workshop,
)
from workbench.errors import Fault, NotebookError, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["app", "main"]

MAX_FAULTS = 100
"""Faults shown on screen; the rest is counted."""

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
app.add_typer(workshop.app, name="workshop")


def main() -> NoReturn:
    """Run the command line; mistakes end in 2, bugs in 1."""
    try:
        app()
    except WorkbenchError as error:
        _print_faults(error.faults)
        sys.exit(2)
    except NotebookError as error:
        typer.echo(f"ERROR: {error}\nNothing was published; the last good report is untouched.", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        print("\nstopped before the end; nothing half-done was published.", file=sys.stderr)  # noqa: T201
        sys.exit(130)
    sys.exit(0)


def _print_faults(faults: Iterable[Fault]) -> None:
    listed = list(faults)
    for fault in listed[:MAX_FAULTS]:
        typer.echo(f"ERROR: {fault}", err=True)
    if len(listed) > MAX_FAULTS:
        typer.echo(f"... and {len(listed) - MAX_FAULTS} more; mend these first.", err=True)
    if len(listed) > 1:
        typer.echo(f"{len(listed)} faults in all.", err=True)
