"""What the commands share: their options, and the reading of what these name."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.framework import Framework
    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty

__all__ = [
    "SAMPLE_RUN",
    "DrawsOption",
    "FrameworkOption",
    "InvitedOption",
    "MaybeFramework",
    "OutOption",
    "SchedulerOption",
    "SeedOption",
    "SpecOption",
    "SurveyOption",
    "TableOption",
    "WorkersOption",
    "WorkshopOption",
    "load_data",
    "load_framework",
    "opened",
    "progress_bar",
    "scored",
]

SAMPLE_RUN = "params/runs/sample.yaml"

FrameworkOption = Annotated[str, typer.Option("--framework", help="Folder or file of the framework.")]
MaybeFramework = Annotated[str | None, typer.Option("--framework", help="Folder or file of the framework.")]
SurveyOption = Annotated[Path | None, typer.Option("--survey", help="Answers: .xlsx, .csv, .tsv, .parquet, or a folder of them.")]
InvitedOption = Annotated[Path | None, typer.Option("--invited", help="List of everyone invited to the survey.")]
TableOption = Annotated[Path | None, typer.Option("--indicators", help="Table of indicator values, one row per unit.")]
WorkshopOption = Annotated[list[str] | None, typer.Option("--workshop", help="File of amendments to apply; may be repeated.")]
SpecOption = Annotated[str | None, typer.Option("--spec", help="Factors of uncertainty: adds the interval of every rank.")]
DrawsOption = Annotated[int, typer.Option("--draws", help="Number of scenarios.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Any whole number of 0 or more.")]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes for a survey in parts; all cores when not given.")
]
SchedulerOption = Annotated[str | None, typer.Option("--scheduler", help="A Dask scheduler, for a survey in parts.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write to.")]


def load_framework(path: str, workshops: list[str]) -> Framework:
    """The framework with the accepted amendments of the workshops."""
    from workbench.framework import Framework  # noqa: PLC0415

    return Framework.load(path, workshops=workshops)


def load_data(framework: Framework, survey: Path | None, table: Path | None, invited: Path | None = None) -> object:
    """What to score, read from the one file that was given."""
    if (survey is None) == (table is None):
        given = "neither" if survey is None else "both"
        raise WorkbenchError(
            Fault(problem=f"give --survey or --indicators; {given} was given.", fix="name one file of answers or one table.")
        )
    from workbench.survey import read_indicators, read_survey  # noqa: PLC0415

    if survey is not None:
        return read_survey(survey, framework, invited=invited)
    if invited is not None:
        fix = "leave it out."
        raise WorkbenchError(Fault(problem="--invited lists the respondents of a survey; there is none.", fix=fix))
    return read_indicators(table, framework)  # type: ignore[arg-type]


@contextmanager
def opened(
    framework: Framework,
    survey: Path | None,
    table: Path | None,
    invited: Path | None,
    workers: int | None,
    scheduler: str | None,
) -> Iterator[object]:
    """What to score; a folder of parquet files is read in parts, by *workers* processes here or by a cluster."""
    from workbench.intake.partitions import is_partitioned, processes, read_partitions  # noqa: PLC0415
    from workbench.uncertainty.machines import machines  # noqa: PLC0415

    if survey is None or table is not None or not is_partitioned(survey):
        if scheduler is not None:
            fix = "leave it out, or write the survey as a folder of .parquet files."
            raise WorkbenchError(Fault(problem="--scheduler serves a survey in parts; there is none.", fix=fix))
        yield load_data(framework, survey, table, invited)
        return
    with machines(scheduler) as remote, processes(0 if remote is not None else workers or os.cpu_count() or 1) as local:
        yield read_partitions(survey, framework, invited=invited, executor=remote or local)


def scored(
    framework: Framework, survey: Path | None, table: Path | None, *, spec: str | None, draws: int, seed: int
) -> tuple[Scores, Uncertainty | None]:
    """The scores that may be published, and with *spec* how far the ranks depend on its choices."""
    from workbench.disclosure import publishable  # noqa: PLC0415
    from workbench.uncertainty import load_spec, simulate  # noqa: PLC0415

    factors = load_spec(spec, framework) if spec is not None else None
    exact, scores = publishable(framework, load_data(framework, survey, table))
    if factors is None:
        return scores, None
    with progress_bar("draws", draws) as advance:
        return scores, simulate(exact, factors, draws=draws, seed=seed, progress=advance)


class progress_bar:  # noqa: N801  (used like a function)
    """A progress bar on the terminal, silent elsewhere; gives the function that moves it."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total = what, total

    def __enter__(self) -> Callable[[int], None]:
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import Progress  # noqa: PLC0415

        console = Console(stderr=True)
        self.bar = Progress(console=console, disable=not console.is_terminal)
        self.bar.start()
        task = self.bar.add_task(self.what, total=self.total)
        return lambda done: self.bar.update(task, advance=done)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()
