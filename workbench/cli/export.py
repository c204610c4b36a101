"""Results as files and in the database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import (
    DrawsOption,
    FrameworkOption,
    OutOption,
    SeedOption,
    SpecOption,
    SurveyOption,
    TableOption,
    WorkshopOption,
    load_framework,
    scored,
)

__all__ = ["export", "store"]


def export(
    *,
    framework: FrameworkOption,
    out: OutOption,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
    spec: SpecOption = None,
    draws: DrawsOption = 10_000,
    seed: SeedOption = 0,
) -> None:
    """Score and write all results: scores.csv, scores.parquet, and results.xlsx with every step."""
    from workbench.results import write_results  # noqa: PLC0415

    loaded = load_framework(framework, workshop or [])
    scores, ranks = scored(loaded, survey, indicators, spec=spec, draws=draws, seed=seed)
    for path in write_results(scores, out, uncertainty=ranks):
        typer.echo(str(path))


def store(
    *,
    framework: FrameworkOption,
    database: Annotated[Path, typer.Option("--database", help="File of SQLite with all editions; made where there is none.")],
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
    spec: SpecOption = None,
    draws: DrawsOption = 10_000,
    seed: SeedOption = 0,
    run_name: Annotated[str | None, typer.Option("--run", help="Name of the run; default the edition and its workshops.")] = None,
    published: Annotated[datetime | None, typer.Option("--published", formats=["%Y-%m-%d"], help="Day; default today.")] = None,
    package: Annotated[Path | None, typer.Option("--package", help="Folder for the database as a data package.")] = None,
) -> None:
    """Score and put the run into the database of all editions, in place of a run of the same name."""
    from workbench import database as editions  # noqa: PLC0415

    loaded = load_framework(framework, workshop or [])
    scores, ranks = scored(loaded, survey, indicators, spec=spec, draws=draws, seed=seed)
    name = run_name if run_name is not None else editions.default_run(loaded)
    day = (published or datetime.now(tz=UTC).astimezone()).date()
    editions.store(database, scores, run=name, uncertainty=ranks, published=day)
    typer.echo(str(database))
    if package is not None:
        typer.echo(str(editions.write_package(database, package)))
