"""How much of the differences between answers is the province: intraclass correlation and design effect.

Agencies of one province share its conditions. The intraclass correlation is the share of the variance that lies
between provinces; the design effect says by how much the variance of a mean exceeds that of as many unrelated
agencies, so that `n` divided by it is what the answers are worth.

The estimate is that of the one-way analysis of variance with the group size that unequal groups ask for; it may
come out below 0, which means: none. Units with one answer count in the mean, not within.

Sources: Shrout and Fleiss, Psychological Bulletin 86 (1979) 420-428, for the interval; Donner, International
Statistical Review 54 (1986) 67-82, for unequal groups; Kish, Survey Sampling (1965), section 5.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

__all__ = ["Nesting", "nesting", "nestings"]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Nesting:
    """One measure of respondents within units. All NaN where fewer than two units or no unit with two answers."""

    icc: float
    low: float
    high: float
    reliability: float
    """Of the unit's mean: how far the same units would be told apart by other agencies; ICC(2)."""
    design_effect: float
    n: int
    units: int
    between: float
    """Mean square between units."""
    within: float
    """Mean square within units."""

    @property
    def effective(self) -> float:
        """Unrelated respondents that the answers are worth."""
        return self.n / self.design_effect


def nesting(values: pd.Series, units: pd.Series, *, confidence: float = CONFIDENCE) -> Nesting:
    """Intraclass correlation of one measure and its design effect.

    Args:
        values: By respondent; NaN is not answered.
        units: The unit of each respondent, with the same index.
        confidence: Of the interval.
    """
    known = values.dropna()
    groups = known.groupby(units.reindex(known.index))
    sizes = groups.size().to_numpy(float)
    n, count = float(sizes.sum()), len(sizes)
    spread = float(np.square(known - known.mean()).sum())
    apart = float((sizes * np.square(groups.mean() - known.mean())).sum())
    nan = float("nan")
    if count < 2 or n <= count or spread <= 0:  # noqa: PLR2004  (one unit has nothing between)
        return Nesting(nan, nan, nan, nan, nan, int(n), count, nan, nan)
    between, within = apart / (count - 1), max(spread - apart, 0.0) / (n - count)
    typical = (n - np.square(sizes).sum() / n) / (count - 1)
    icc = (between - within) / (between + (typical - 1) * within)
    low, high = _interval(between, within, (count - 1, n - count), typical, confidence)
    kish = np.square(sizes).sum() / n
    return Nesting(
        float(icc), low, high, 1 - within / between, float(1 + (kish - 1) * max(icc, 0.0)), int(n), count, between, within
    )


def nestings(values: pd.DataFrame, units: pd.Series) -> pd.DataFrame:
    """`nesting` of every column: `icc`, `low`, `high`, `reliability`, `design_effect`, `effective`, `n`, `units`."""
    found = {str(name): nesting(values[name], units) for name in values}
    columns = ["icc", "low", "high", "reliability", "design_effect", "effective", "n", "units"]
    rows = [[getattr(one, column) for column in columns] for one in found.values()]
    return pd.DataFrame(rows, index=pd.Index(list(found), dtype=object), columns=columns)


def _interval(
    between: float, within: float, degrees: tuple[float, float], typical: float, confidence: float
) -> tuple[float, float]:
    if within <= 0:
        return 1.0, 1.0
    tail, ratio = (1 - confidence) / 2, between / within
    lower = ratio / float(stats.f.ppf(1 - tail, *degrees))
    upper = ratio * float(stats.f.ppf(1 - tail, *degrees[::-1]))
    return float((lower - 1) / (lower + typical - 1)), float((upper - 1) / (upper + typical - 1))
