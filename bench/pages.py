"""The pages of a report: what the 152 pages of provinces cost, how large pages are, and a report in one file."""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Row
from workbench import runs
from workbench.report.around import Around
from workbench.report.single import write_single
from workbench.report.site import Provenance, write_site
from workbench.report.units import unit_pages
from workbench.text import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]

SAMPLE = "params/runs/sample.yaml"


def measure() -> Iterator[Row]:
    """Pages of the sample run, without its notebooks."""
    page = runs.open(SAMPLE)
    around = Around.of(page)
    start = time.perf_counter()
    count = sum(len(leaf.body(language)) > 0 for leaf in unit_pages(around) for language in LANGUAGES)
    yield Row(f"{count} pages of provinces, th and en, on one core", time.perf_counter() - start, budget=30.0)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        (report / "data").mkdir(parents=True)
        facts = dict.fromkeys(("framework", "data", "code", "command"), "bench")
        start = time.perf_counter()
        write_site(report, page, [], Provenance(run_id=page.run_id, date=date(2016, 5, 23), **facts))
        spent = time.perf_counter() - start
        sizes = {path.name: path.stat().st_size for path in report.rglob("*.html")}
        largest = max(sizes, key=lambda name: sizes[name])
        note = f"{len(sizes)} pages, {sum(sizes.values()) / 1e6:.1f} MB; largest {largest}, {sizes[largest] / 1e3:.0f} of 150 kB"
        yield Row("every page that no notebook computes, checked by the gate", spent, note=note)
        (report / "manifest.json").write_text("{}", encoding="utf-8")
        start = time.perf_counter()
        size = write_single(report, Path(folder) / "report.html").stat().st_size
        yield Row("the same in one file", time.perf_counter() - start, note=f"{size / 1e6:.1f} MB")
