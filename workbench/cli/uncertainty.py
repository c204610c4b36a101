"""Ranks under other choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from workbench.scoring import Scores
    from workbench.uncertainty import Sensitivity, Spec

__all__ = ["uncertainty"]

UntilOption = Annotated[
    float | None, typer.Option("--until", help="Stop when every end of a 90 % interval is known to so many ranks, as 0.5.")
]


def uncertainty(
    *,
    framework: FrameworkOption,
    spec: Annotated[str, typer.Option("--spec", help="File of the factors of uncertainty.")],
    out: OutOption,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
    draws: Annotated[int, typer.Option("--draws", help="Number of scenarios; with --until at most.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="Any whole number of 0 or more.")] = 0,
    until: UntilOption = None,
    sobol: Annotated[bool, typer.Option("--sobol", help="Also write sensitivity.csv: which choices matter.")] = False,
    samples: Annotated[int, typer.Option("--samples", help="Base rows of Sobol's design, a power of 2.")] = 1024,
    workers: Annotated[int | None, typer.Option("--workers", help="Threads; all cores when not given.")] = None,
    scheduler: Annotated[str | None, typer.Option("--scheduler", help="A Dask scheduler, as tcp://10.0.0.1:8786.")] = None,
) -> None:
    """Rank every unit under many other choices: writes ranks.csv and rank_shares.csv."""
    from workbench.export import output_folder, write_csv  # noqa: PLC0415
    from workbench.scoring import score as compute  # noqa: PLC0415
    from workbench.uncertainty import load_spec, simulate  # noqa: PLC0415
    from workbench.uncertainty.machines import machines  # noqa: PLC0415

    loaded = load_framework(framework, workshop or [])
    factors = load_spec(spec, loaded)
    scores = compute(loaded, load_data(loaded, survey, indicators))
    with machines(scheduler) as executor:
        with progress_bar("draws", draws) as advance:
            result = simulate(
                scores, factors, draws=draws, seed=seed, progress=advance, workers=workers, executor=executor, until=until
            )
        found = _indices(scores, factors, samples, seed, workers, executor) if sobol else None
    tables = {"ranks": result.ranks, "rank_shares": result.rank_shares}
    if found is not None:
        tables["sensitivity"] = found.table.set_index("factor")
    folder = output_folder(out)
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")
        typer.echo(str(folder / f"{name}.csv"))
    for notice in result.notices:
        typer.echo(f"note: {notice}", err=True)


def _indices(scores: Scores, spec: Spec, samples: int, seed: int, workers: int | None, executor: Executor | None) -> Sensitivity:
    from workbench.uncertainty import sensitivity  # noqa: PLC0415
    from workbench.uncertainty.sensitivity import runs_needed  # noqa: PLC0415

    with progress_bar("runs", runs_needed(scores, spec, samples)) as advance:
        return sensitivity(scores, spec, samples=samples, seed=seed, progress=advance, workers=workers, executor=executor)
