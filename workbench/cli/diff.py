"""Two frameworks, run files or finished runs beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shared import SurveyOption, TableOption, load_framework
from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from workbench.framework import Framework

__all__ = ["diff"]


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="An edition, a run file or a finished run.")],
    b: Annotated[str, typer.Argument(metavar="B", help="What it is compared with: the same kind of thing.")],
    *,
    survey: SurveyOption = None,
    indicators: TableOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Parameters and units listed at most.")] = 20,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the whole tables.")] = None,
) -> None:
    """What changed from A to B: parameters, then scores, ranks and bands on the same data."""
    from workbench.run_diff import compare_runs, is_report  # noqa: PLC0415

    finished = [is_report(Path(name)) for name in (a, b)]
    if all(finished):
        one, two = (Path(name) if Path(name).is_dir() else Path(name).parent for name in (a, b))
        typer.echo("\n".join(compare_runs(one, two).lines(limit)))
        return
    if any(finished):
        fix = "compare two finished runs, or two editions or run files."
        raise WorkbenchError(Fault(problem="one of A and B is a finished run, the other is none.", fix=fix))
    _frameworks(a, b, survey, indicators, limit, out)


def _frameworks(a: str, b: str, survey: Path | None, table: Path | None, limit: int, out: Path | None) -> None:
    from workbench.export import output_folder, write_csv  # noqa: PLC0415
    from workbench.framework_diff import compare_frameworks  # noqa: PLC0415

    (one, data), (two, more) = _loaded(a), _loaded(b)
    if survey is not None and table is not None:
        raise WorkbenchError(Fault(problem="give --survey or --indicators, not both.", fix="name one file."))
    if survey is None and table is None and data is not None:
        # The same data on both sides: those of the first run, unless the second has none of its own.
        survey, table = data if data[0] or data[1] else (None, None)
    elif survey is None and table is None and more is not None:
        survey, table = more
    found = compare_frameworks(one, two, *_read(one, two, survey, table))
    typer.echo("\n".join(found.lines(limit)))
    if out is not None:
        folder = output_folder(out)
        write_csv(found.parameters.set_index("parameter"), folder / "parameters.csv")
        for name, frame in (("units", found.units), ("amendments", found.amendments)):
            if frame is not None:
                write_csv(frame, folder / f"{name}.csv")


def _loaded(name: str) -> tuple[Framework, tuple[Path | None, Path | None] | None]:
    """The framework of an edition or of a run file, and the run's survey and table."""
    from workbench.paths import resolve  # noqa: PLC0415
    from workbench.strictyaml import read_yaml  # noqa: PLC0415

    path = resolve(name)
    document = read_yaml(path).data if path.is_file() else None
    if not isinstance(document, dict) or "notebooks" not in document:
        return load_framework(name, []), None
    from workbench.framework import Framework  # noqa: PLC0415
    from workbench.runs import load_run  # noqa: PLC0415

    spec = load_run(path)
    surveyed = spec.settings.survey is not None
    data = (spec.data, None) if surveyed else (None, spec.data)
    return Framework.load(spec.framework, workshops=spec.workshops), data


def _read(one: Framework, two: Framework, survey: Path | None, table: Path | None) -> tuple[object, object]:
    """The data under each framework that can read them; twice only where the frameworks ask different things."""
    if survey is None and table is None:
        return None, None
    from workbench.survey import read_indicators, read_survey  # noqa: PLC0415

    found: list[object] = []
    failed: list[WorkbenchError] = []
    same = (one.columns, one.table_columns) == (two.columns, two.table_columns)
    for framework, other in ((two, one),) if same else ((two, one), (one, two)):
        try:
            read = read_survey(survey, framework, beside=other) if survey else read_indicators(table, framework)  # type: ignore[arg-type]
            found.append(read)
        except WorkbenchError as error:
            failed.append(error)
    if not found:
        raise failed[-1]
    return found[0], found[-1] if len(found) > 1 else None
