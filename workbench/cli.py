"""The commands.

Every command exits 0 when it did what was asked, 2 for a mistake that the user can repair (one
message per fault, no traceback), 1 for a bug. Modules are imported where a command needs them, so
that `--help` and a fault in a parameter file answer at once.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from workbench.errors import Fault, NotebookError, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.framework import Framework

__all__ = ["app", "main"]

MAX_FAULTS = 100
"""Faults shown on screen; the rest is counted."""
SAMPLE_RUN = "params/runs/sample.yaml"

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False, help=__doc__.split("\n\n", 1)[0])

FrameworkOption = Annotated[str, typer.Option("--framework", help="Folder or file of the framework.")]
MaybeFramework = Annotated[str | None, typer.Option("--framework", help="Folder or file of the framework.")]
SurveyOption = Annotated[Path | None, typer.Option("--survey", help="Answers: .xlsx, .csv, .tsv or .parquet.")]
TableOption = Annotated[Path | None, typer.Option("--indicators", help="Table of indicator values, one row per unit.")]
WorkshopOption = Annotated[list[str] | None, typer.Option("--workshop", help="File of amendments to apply; may be repeated.")]
OutOption = Annotated[Path, typer.Option("--out", help="Folder to write to.")]


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


@app.command()
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


@app.command()
def check(
    run_file: Annotated[str | None, typer.Argument(metavar="[RUN.yaml]", help="A run to check.")] = None,
    *,
    framework: MaybeFramework = None,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Faults as JSON.")] = False,
) -> None:
    """Check everything and write nothing."""
    try:
        words = _check(run_file, framework, survey, indicators, workshop or [])
    except WorkbenchError as error:
        if not as_json:
            raise
        faults = [fault.as_dict() for fault in error.faults]
        typer.echo(json.dumps({"ok": False, "faults": faults}, ensure_ascii=False, indent=2))
        raise typer.Exit(2) from None
    typer.echo(json.dumps({"ok": True, "faults": []}) if as_json else words)


def _check(run_file: str | None, framework: str | None, survey: Path | None, table: Path | None, workshops: list[str]) -> str:
    if (run_file is None) == (framework is None):
        raise WorkbenchError(
            Fault(problem="check takes a run file or --framework, one of the two.", fix="see workbench check --help.")
        )
    if run_file is not None and (survey is not None or table is not None or workshops):
        raise WorkbenchError(
            Fault(problem="a run file names its own data and workshops.", fix="check the run, or --framework with --survey.")
        )
    if run_file is not None:
        from workbench import runs  # noqa: PLC0415

        spec = runs.load_run(run_file)
        page = runs.open(spec)
        return f"{spec.name}: {_counts(page.framework)}; {len(page.scores.table)} {page.framework.unit.plural.en}; no fault."
    loaded = _framework(framework or "", workshops)
    if survey is None and table is None:
        return f"{loaded.id}: {_counts(loaded)}; no fault."
    from workbench.scoring import score  # noqa: PLC0415

    scores = score(loaded, _data(loaded, survey, table))
    return f"{loaded.id}: {_counts(loaded)}; {len(scores.table)} {loaded.unit.plural.en}; no fault."


def _counts(framework: Framework) -> str:
    subs = sum(framework.level(group.id) == "sub-pillar" for group in framework.groups)
    return f"{len(framework.pillars)} pillars, {subs} sub-pillars, {len(framework.indicators)} indicators"


def _framework(path: str, workshops: list[str]) -> Framework:
    from workbench.framework import Framework  # noqa: PLC0415

    return Framework.load(path, workshops=workshops)


def _data(framework: Framework, survey: Path | None, table: Path | None) -> object:
    """What to score, read from the one file that was given."""
    if (survey is None) == (table is None):
        given = "neither" if survey is None else "both"
        raise WorkbenchError(
            Fault(problem=f"give --survey or --indicators; {given} was given.", fix="name one file of answers or one table.")
        )
    from workbench.survey import read_indicators, read_survey  # noqa: PLC0415

    return read_survey(survey, framework) if survey is not None else read_indicators(table, framework)  # type: ignore[arg-type]


@app.command()
def score(
    *,
    framework: FrameworkOption,
    out: OutOption,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    workshop: WorkshopOption = None,
) -> None:
    """Score every unit: writes scores.csv with index, rank, band, coverage and every element."""
    from workbench.export import output_folder, write_csv  # noqa: PLC0415
    from workbench.scoring import score as compute  # noqa: PLC0415

    loaded = _framework(framework, workshop or [])
    scores = compute(loaded, _data(loaded, survey, indicators))
    path = output_folder(out) / "scores.csv"
    write_csv(scores.table, path)
    for notice in scores.notices:
        typer.echo(str(notice.en), err=True)
    typer.echo(str(path))


@app.command()
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

    loaded = _framework(framework, workshop or [])
    factors = load_spec(spec, loaded)
    scores = compute(loaded, _data(loaded, survey, indicators))
    with _progress("draws", draws) as advance:
        result = simulate(scores, factors, draws=draws, seed=seed, progress=advance)
    folder = output_folder(out)
    write_csv(result.ranks, folder / "ranks.csv")
    write_csv(result.rank_shares, folder / "rank_shares.csv")
    typer.echo(str(folder / "ranks.csv"))


@app.command()
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

    loaded = _framework(framework, workshop or [])
    for path in write_results(compute(loaded, _data(loaded, survey, indicators)), out):
        typer.echo(str(path))


@app.command()
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

    loaded = _framework(framework, workshop or [])
    scores = compute(loaded, _data(loaded, survey, indicators))
    name = run_name if run_name is not None else editions.default_run(loaded)
    day = (published or datetime.now(tz=UTC).astimezone()).date()
    editions.store(database, scores, run=name, published=day)
    typer.echo(str(database))
    if package is not None:
        typer.echo(str(editions.write_package(database, package)))


@app.command()
def sample(
    *,
    framework: FrameworkOption,
    out: Annotated[Path, typer.Option("--out", help="File to write: .xlsx, .csv or .parquet.")],
    units: Annotated[int | None, typer.Option("--units", min=1, help="Number of units; default all known.")] = None,
    agencies: Annotated[int | None, typer.Option("--agencies", min=1, help="Respondents invited per unit.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Any whole number of 0 or more.")] = 0,
) -> None:
    """Make a synthetic survey for any framework, of any size, and say in it that it is synthetic."""
    from workbench.sample import make_sample, write_sample  # noqa: PLC0415

    loaded = _framework(framework, [])
    frame = make_sample(loaded, units=units, agencies=agencies, seed=seed)
    write_sample(frame, out, loaded, seed=seed)
    typer.echo(str(out))


@app.command()
def lab(
    run_file: Annotated[str, typer.Argument(metavar="[RUN.yaml]", help="The run whose parameters are used.")] = SAMPLE_RUN,
    notebook: Annotated[str | None, typer.Argument(metavar="[NOTEBOOK]", help="The notebook to open.")] = None,
) -> None:
    """JupyterLab, with the notebook opened on the very parameters of that run."""
    from workbench import lab as jupyter  # noqa: PLC0415

    jupyter.start(run_file, notebook)


class _progress:  # noqa: N801  (used like a function)
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
