"""The pages of a report: what the 152 pages of provinces cost, how heavy pages are, and a report in one file.

Wall-clock time on a shared machine says how busy it was; seconds of processor stand beside it.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Row
from workbench import runs
from workbench.report.around import Around
from workbench.report.single import write_single
from workbench.report.site import Provenance, Site
from workbench.report.units import unit_pages
from workbench.text import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure", "weights"]

SAMPLE = "params/runs/sample.yaml"
HEAVIEST = 150
"""Kilobytes that one page may have, besides fonts and data."""


@dataclass
class _Spent:
    """Seconds by the clock and of the processor."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def _timing() -> Iterator[_Spent]:
    spent, wall, cpu = _Spent(), time.perf_counter(), time.process_time()
    yield spent
    spent.wall, spent.cpu = time.perf_counter() - wall, time.process_time() - cpu


def weights(report: Path) -> str:
    """How many pages *report* has, their weight together, and the heaviest one."""
    sizes = {path.relative_to(report).as_posix(): path.stat().st_size for path in report.rglob("*.html")}
    largest = max(sizes, key=lambda name: sizes[name])
    together = sum(sizes.values()) / 1e6
    return f"{len(sizes)} pages, {together:.1f} MB; heaviest {largest}, {sizes[largest] / 1e3:.0f} of {HEAVIEST} kB"


def measure() -> Iterator[Row]:
    """Pages of the sample run, without its notebooks."""
    page = runs.open(SAMPLE)
    around = Around.of(page)
    with _timing() as spent:
        count = sum(len(leaf.body(language)) > 0 for leaf in unit_pages(around) for language in LANGUAGES)
    what = f"{count} pages of provinces, th and en, on one core"
    yield Row(what, spent.wall, budget=30.0, note=f"{spent.cpu:.1f} s of processor")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        (report / "data").mkdir(parents=True)
        facts = dict.fromkeys(("framework", "data", "code", "command"), "bench")
        with _timing() as spent:
            Site(report, page, [], Provenance(run_id=page.run_id, date=date(2016, 5, 23), **facts)).finish()
        note = f"{spent.cpu:.1f} s of processor; {weights(report)}"
        yield Row("every page that no notebook computes, checked by the gate", spent.wall, note=note)
        (report / "manifest.json").write_text("{}", encoding="utf-8")
        with _timing() as spent:
            size = write_single(report, Path(folder) / "report.html").stat().st_size
        yield Row("the same in one file", spent.wall, note=f"{spent.cpu:.1f} s of processor; {size / 1e6:.1f} MB")
