"""Scores as a table."""

from __future__ import annotations

import typer

from workbench.cli.shared import (
    FrameworkOption,
    InvitedOption,
    OutOption,
    SchedulerOption,
    SurveyOption,
    TableOption,
    WorkersOption,
    WorkshopOption,
    load_framework,
    opened,
)

__all__ = ["score"]


def score(
    *,
    framework: FrameworkOption,
    out: OutOption,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    invited: InvitedOption = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    workshop: WorkshopOption = None,
) -> None:
    """Score every unit: writes scores.csv with index, rank, band, coverage and every element."""
    from workbench.disclosure import publishable, withheld_cells  # noqa: PLC0415
    from workbench.export import output_folder, write_csv  # noqa: PLC0415

    loaded = load_framework(framework, workshop or [])
    with opened(loaded, survey, indicators, invited, workers, scheduler) as data:
        _, scores = publishable(loaded, data)
    path = output_folder(out) / "scores.csv"
    write_csv(scores.table, path)
    if scores.withheld is not None:
        write_csv(withheld_cells(scores), path.with_name("withheld.csv"))
    for notice in scores.notices:
        typer.echo(str(notice.en), err=True)
    typer.echo(str(path))
