"""A published report on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import progress_bar
from workbench.errors import Fault, WorkbenchError, one_of, suggestion
from workbench.paths import shown
from workbench.text import LANGUAGES

__all__ = ["pdf"]

SUMMARY, UNIT = "00_summary", "unit-"
"""The page of findings, and how the pages of units begin."""


def pdf(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="Folder of a published report.")],
    *,
    page: Annotated[list[str] | None, typer.Option("--page", help="Only this page; may be repeated.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every page, not only the summary and the units'.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the PDFs; default beside the report.")] = None,
) -> None:
    """Print a report to PDF with Chromium: the summary and a page for every unit, in both languages."""
    from workbench.report.pdf import print_pages  # noqa: PLC0415

    folder = (report.parent if report.name == "index.html" else report).absolute()
    pages = _chosen(folder, page or [], everything=everything)
    target = (out or folder.with_name(f"{folder.name}-pdf")).absolute()
    pairs = [(path, target / path.relative_to(folder).with_suffix(".pdf")) for path in pages]
    with progress_bar("pages", len(pairs)) as advance:
        print_pages(pairs, done=advance)
    typer.echo(str(target))


def _chosen(folder: Path, names: list[str], *, everything: bool) -> list[Path]:
    """The pages to print, of all that the report has, in both languages."""
    if not (folder / "manifest.json").is_file():
        raise WorkbenchError(Fault(file=shown(folder), problem="this is no published report.", fix="name the report's folder."))
    pages = [path for language in LANGUAGES for path in sorted((folder / language).rglob("*.html"))]
    known = sorted({path.stem for path in pages})
    unknown = [name for name in names if name not in known]
    if unknown:
        faults = (
            Fault(
                problem=f"the report has no page `{name}`.",
                allowed=one_of(known, 20),
                fix=suggestion(name, known) or "choose one.",
            )
            for name in unknown
        )
        raise WorkbenchError(*faults)
    if names:
        return [path for path in pages if path.stem in names]
    return [path for path in pages if everything or path.stem == SUMMARY or path.stem.startswith(UNIT)]
