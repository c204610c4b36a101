"""Results as files and in the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import FrameworkOption, OutOption, SurveyOption, TableOption, WorkshopOption, load_data, load_framework

__all__ = ["export", "store"]


def export(
    *,
    framework: FrameworkOption,
    out: OutOption,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
) -> None:
    """Score and write all results: scores.csv, scores.parquet, and results.xlsx with every step."""
    from workbench.results import write_results  # noqa: PLC0415
    from workbench.scoring import score as compute  # noqa: PLC0415

    loaded = load_framework(framework, workshop or [])
    for path in write_results(compute(loaded, load_data(loaded, survey, indicators)), out):
        typer.echo(str(path))


def store(
    *,
    framework: FrameworkOption,
    database: Annotated[Path, typer.Option("--database", help="File of SQLite with all editions; made where there is none.")],
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
    run_name: Annotated[str | None, typer.Option("--run", help="Name of the run; default the edition and its workshops.")] = None,
    published: Annotated[datetime | None, typer.Option("--published", formats=["%Y-%m-%d"], help="Day; default today.")] = None,
    package: Annotated[Path | None, typer.Option("--package", help="Folder for the database as a data package.")] = None,
) -> None:
    """Score and put the run into the database of all editions, in place of a run of the same name."""
    from workbench import database as editions  # noqa: PLC0415
    from workbench.scoring import score as compute  # noqa: PLC0415

    loaded = load_framework(framework, workshop or [])
    scores = compute(loaded, load_data(loaded, survey, indicators))
    name = run_name if run_name is not None else editions.default_run(loaded)
    day = (published or datetime.now(tz=UTC).astimezone()).date()
    editions.store(database, scores, run=name, published=day)
    typer.echo(str(database))
    if package is not None:
        typer.echo(str(editions.write_package(database, package)))
