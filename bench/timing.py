"""How the benches measure: medians of several runs, a warm-up first, beside a budget or a rival."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Row", "print_table", "timed"]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    seconds: float
    budget: float | None = None
    """Seconds allowed on two shared cores."""
    rival: str = ""
    rival_seconds: float | None = None
    note: str = ""
    """What else was measured, such as sizes."""


def timed(work: Callable[[], object], *, repeat: int = 7, warm_up: bool = True) -> float:
    """Median wall-clock seconds of *repeat* runs."""
    if warm_up:
        work()
    spent = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def print_table(title: str, rows: Iterable[Row]) -> None:
    """Print rows in columns."""
    print(f"\n{title}")
    print(f"  {'what':<66} {'median':>10} {'budget':>10}   beside")
    for row in rows:
        budget = _shown(row.budget) if row.budget is not None else ""
        beside = ""
        if row.rival_seconds is not None:
            beside = f"{row.rival}: {_shown(row.rival_seconds)} ({row.rival_seconds / row.seconds:,.1f} times ours)"
        print(f"  {row.what:<66} {_shown(row.seconds):>10} {budget:>10}   {beside}{row.note}")


def _shown(seconds: float) -> str:
    if seconds < 1e-3:  # noqa: PLR2004  (a thousandth)
        return f"{seconds * 1e6:.0f} us"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
