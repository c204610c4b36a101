"""Check everything and write nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shared import (
    InvitedOption,
    MaybeFramework,
    SchedulerOption,
    SurveyOption,
    TableOption,
    WorkersOption,
    WorkshopOption,
    load_framework,
    opened,
)
from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from workbench.framework import Framework

__all__ = ["check"]


def check(
    run_file: Annotated[str | None, typer.Argument(metavar="[RUN.yaml]", help="A run to check.")] = None,
    *,
    framework: MaybeFramework = None,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    invited: InvitedOption = None,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    workshop: WorkshopOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Faults as JSON.")] = False,
) -> None:
    """Check everything and write nothing."""
    try:
        words = _check(run_file, framework, (survey, indicators, invited), workshop or [], workers, scheduler)
    except WorkbenchError as error:
        if not as_json:
            raise
        faults = [fault.as_dict() for fault in error.faults]
        typer.echo(json.dumps({"ok": False, "faults": faults}, ensure_ascii=False, indent=2))
        raise typer.Exit(2) from None
    typer.echo(json.dumps({"ok": True, "faults": []}) if as_json else words)


def _check(
    run_file: str | None,
    framework: str | None,
    data: tuple[Path | None, Path | None, Path | None],
    workshops: list[str],
    workers: int | None,
    scheduler: str | None,
) -> str:
    if (run_file is None) == (framework is None):
        raise WorkbenchError(
            Fault(problem="check takes a run file or --framework, one of the two.", fix="see workbench check --help.")
        )
    if run_file is not None and (any(data) or workshops):
        raise WorkbenchError(
            Fault(problem="a run file names its own data and workshops.", fix="check the run, or --framework with --survey.")
        )
    if run_file is not None:
        from workbench import runs  # noqa: PLC0415

        spec = runs.load_run(run_file)
        page = runs.open(spec)
        return f"{spec.name}: {_counts(page.framework)}; {len(page.scores.table)} {page.framework.unit.plural.en}; no fault."
    loaded = load_framework(framework or "", workshops)
    if not any(data):
        return f"{loaded.id}: {_counts(loaded)}; no fault."
    from workbench.scoring import score  # noqa: PLC0415

    with opened(loaded, *data, workers, scheduler) as found:
        scores = score(loaded, found)
    return f"{loaded.id}: {_counts(loaded)}; {len(scores.table)} {loaded.unit.plural.en}; no fault."


def _counts(framework: Framework) -> str:
    subs = sum(framework.level(group.id) == "sub-pillar" for group in framework.groups)
    return f"{len(framework.pillars)} pillars, {subs} sub-pillars, {len(framework.indicators)} indicators"
