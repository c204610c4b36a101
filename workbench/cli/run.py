"""The main job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import SAMPLE_RUN

__all__ = ["run"]


def run(
    run_file: Annotated[str, typer.Argument(metavar="[RUN.yaml]", help="The run.")] = SAMPLE_RUN,
    *,
    workers: Annotated[int, typer.Option(min=1, help="Notebooks computed side by side.")] = 2,
    force: Annotated[bool, typer.Option("--force", help="Make the report anew even if it is there.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this notebook; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for reports; default reports/.")] = None,
) -> None:
    """The main job: check, score, run the notebooks, publish reports/<run id>/index.html."""
    from workbench import runs  # noqa: PLC0415

    spec = runs.load_run(run_file)
    page = runs.run(spec, workers=workers, force=force, only=tuple(only or ()), out=out)
    typer.echo(str(page))
