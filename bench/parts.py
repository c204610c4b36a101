"""A survey in many files on the two workers of a Dask cluster on this machine: time, processor and memory.

The answers are synthetic: one file is made, and written again with other respondents for every other file. Memory is
flat when the peak of a worker is the same with 5, 10 and 20 files. It takes some minutes, so it is measured only when named.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Row
from workbench import Framework, score
from workbench.intake.partitions import read_partitions
from workbench.sample import make_sample
from workbench.uncertainty.machines import machines

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]

EDITION = "params/framework/2559"
UNITS, AGENCIES = 2_500, 100
"""Of one file."""
PARTS = (5, 10, 20)


def measure() -> Iterator[Row]:
    """Up to 20 files of 250,000 rows, read, checked, summed and scored."""
    from distributed import LocalCluster  # noqa: PLC0415  (an extra)

    framework = Framework.load(EDITION)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answers = make_sample(framework, units=UNITS, agencies=AGENCIES, seed=1)
        answers = answers.drop(columns=[column for column in ("agency_name",) if column in answers])
        for item in framework.indicators:  # nobody of other files is of the types that some questions are asked of
            if item.question is not None and item.question.asked_of:
                answers[list(item.answer_columns)] = None
        respondents = answers["agency"].factorize()[0]
        for part in range(max(PARTS)):
            answers["agency"] = [f"X{1_000 + AGENCIES * part + place}" for place in respondents]
            answers.to_parquet(folder / f"part-{part:02}.parquet", index=False)
        for count in sorted(PARTS, reverse=True):
            for path in sorted(folder.iterdir())[count:]:
                path.unlink()
            with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
                yield _row(framework, folder, count, len(answers), cluster.scheduler_address)


def _row(framework: Framework, folder: Path, count: int, size: int, address: str) -> Row:
    with machines(address) as remote:
        start, used = time.perf_counter(), time.process_time()
        score(framework, read_partitions(folder, framework, executor=remote))
        wall, here = time.perf_counter() - start, time.process_time() - used
        peaks = [*remote._client.run(_peak).values()]  # type: ignore[union-attr]  # noqa: SLF001  (each worker once)
        spent = here + sum(remote._client.run(time.process_time).values())  # type: ignore[union-attr]  # noqa: SLF001  (the same)
    note = f"processor {1e6 * spent / (count * size):.1f} us a row, peak of a worker {max(peaks):.2f} GB"
    return Row(f"{count * size:,} rows in {count} files on 2 workers, read twice, scored", wall, note=note)


def _peak() -> float:
    """Gigabytes that the process it is called in took at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
