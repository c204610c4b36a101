"""Reading, checking, cleaning and scoring a large survey: seconds and memory of a process of its own, at two sizes.

The answers are synthetic. A row is a respondent with all questions of the 2559 edition.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Row
from workbench import Framework
from workbench.sample import make_sample, write_sample

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]

EDITION = "params/framework/2559"
SMALL, LARGE = (1_000, 100), (10_000, 100)
"""Units and respondents of each."""
SHEET = (1_053, 19)
REPEAT = 3
"""Processes of which the median is taken."""
CHILD = """
import json, re, sys, time
from pathlib import Path
from workbench import Framework, read_survey, score
framework = Framework.load(sys.argv[2])
start, used = time.perf_counter(), time.process_time()
score(framework, read_survey(sys.argv[1], framework))
spent = {"wall": time.perf_counter() - start, "cpu": time.process_time() - used}
# Not ru_maxrss, which begins with the peak of the process that started this one.
peak = int(re.search("VmHWM:\\s+([0-9]+)", Path("/proc/self/status").read_text())[1])
print(json.dumps(spent | {"peak": peak / 2**20}))
"""


def measure() -> Iterator[Row]:
    """100,000 and 1,000,000 rows of csv and parquet, and 20,000 of xlsx."""
    framework = Framework.load(EDITION)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cost: dict[tuple[str, int], float] = {}
        for units, agencies in (SMALL, LARGE):
            frame = make_sample(framework, units=units, agencies=agencies, seed=1)
            for kind in ("csv", "parquet"):
                path = folder / f"{len(frame)}.{kind}"
                write_sample(frame, path, framework, seed=1)
                found = _child(path)
                cost[kind, units] = found["cpu"] / len(frame)
                yield _row(f"{len(frame):,} rows of {kind} read, checked, scored", found, 20.0 if units == LARGE[0] else None)
                path.unlink()
        for kind in ("csv", "parquet"):
            large, small = (cost[kind, size[0]] for size in (LARGE, SMALL))
            yield Row(f"a row of {kind}, of 1,000,000", large, rival="of 100,000", rival_seconds=small)
        frame = make_sample(framework, units=SHEET[0], agencies=SHEET[1], seed=1)
        path = folder / "sheet.xlsx"
        write_sample(frame, path, framework, seed=1)
        yield _row(f"{len(frame):,} rows of xlsx read, checked, scored", _child(path), 10.0)


def _child(path: Path) -> dict[str, float]:
    """Seconds, processor seconds and gigabytes of processes that read and score *path*, the median of several."""
    command = [sys.executable, "-c", CHILD, str(path), EDITION]
    runs = []
    for _ in range(REPEAT):
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  (our own code)
        runs.append(json.loads(done.stdout))
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _row(what: str, found: dict[str, float], budget: float | None) -> Row:
    return Row(what, found["wall"], budget, note=f"processor {found['cpu']:.1f} s, peak {found['peak']:.2f} GB")
