"""Ranks under other choices."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.shared import (
    FrameworkOption,
    OutOption,
    SurveyOption,
    TableOption,
    WorkshopOption,
    load_data,
    load_framework,
    progress_bar,
)

__all__ = ["uncertainty"]


def uncertainty(
    *,
    framework: FrameworkOption,
    spec: Annotated[str, typer.Option("--spec", help="File of the factors of uncertainty.")],
    out: OutOption,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
    draws: Annotated[int, typer.Option("--draws", help="Number of scenarios.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="Any whole number of 0 or more.")] = 0,
) -> None:
    """Rank every unit under many other choices: writes ranks.csv and rank_shares.csv."""
    from workbench.export import output_folder, write_csv  # noqa: PLC0415
    from workbench.scoring import score as compute  # noqa: PLC0415
    from workbench.uncertainty import load_spec, simulate  # noqa: PLC0415

    loaded = load_framework(framework, workshop or [])
    factors = load_spec(spec, loaded)
    scores = compute(loaded, load_data(loaded, survey, indicators))
    with progress_bar("draws", draws) as advance:
        result = simulate(scores, factors, draws=draws, seed=seed, progress=advance)
    folder = output_folder(out)
    write_csv(result.ranks, folder / "ranks.csv")
    write_csv(result.rank_shares, folder / "rank_shares.csv")
    typer.echo(str(folder / "ranks.csv"))
