"""A project of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.errors import Fault, WorkbenchError
from workbench.text import Text

__all__ = ["new"]


def new(
    name: Annotated[Path, typer.Argument(metavar="NAME", help="Folder to make; its last part is the project's name.")],
    *,
    template: Annotated[str, typer.Option("--from", help="Framework to begin with.")] = "params/framework/2559",
    title: Annotated[tuple[str, str] | None, typer.Option("--title", help="Title in Thai and in English.")] = None,
    edition: Annotated[str | None, typer.Option("--edition", help="Year or name of the edition.")] = None,
    unit: Annotated[
        tuple[str, str, str] | None, typer.Option("--unit", help="What is scored: in Thai, English singular, English plural.")
    ] = None,
    units: Annotated[int | None, typer.Option("--units", min=1, help="Units in the synthetic data.")] = None,
    agencies: Annotated[int | None, typer.Option("--agencies", min=1, help="Respondents invited per unit.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Any whole number of 0 or more.")] = 0,
) -> None:
    """Make a project for another country, year or unit: framework, synthetic data and run file."""
    from workbench.project import new_project  # noqa: PLC0415

    if any(not text.strip() for text in (*(title or ()), *(unit or ()))):
        raise WorkbenchError(Fault(problem="a title or unit is empty.", fix="write it, or leave the option out."))
    run = new_project(
        name.absolute(),
        template,
        title=Text(th=title[0], en=title[1]) if title else None,
        edition=edition,
        unit=(Text(th=unit[0], en=unit[1]), Text(th=unit[0], en=unit[2])) if unit else None,
        units=units,
        agencies=agencies,
        seed=seed,
    )
    typer.echo(str(run))
    typer.echo(f"Next: workbench run {run} --out {run.parent / 'reports'}", err=True)
