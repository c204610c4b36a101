"""How far raters agree: Kendall's W with ties, Krippendorff's alpha, intraclass correlations.

Ratings are a frame of raters by items. Kendall's W ranks items and so needs raters who rated all of them: incomplete
raters are left out and counted. Krippendorff's alpha uses whatever is there. Nothing is filled in.

Source: Kendall, Babington Smith (1939), Annals of Mathematical Statistics 10; Siegel, Castellan (1988); Krippendorff
(2011), Computing Krippendorff's alpha-reliability; Shrout, Fleiss (1979), Psychological Bulletin 86; McGraw, Wong (1996).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Concordance", "Intraclass", "intraclass", "kendall_w", "krippendorff_alpha"]

Level = Literal["nominal", "ordinal", "interval"]
FEWEST = 2


@dataclass(frozen=True, kw_only=True)
class Concordance:
    """Kendall's coefficient of concordance."""

    w: float
    """0 (none) to 1 (all alike); NaN with fewer than two complete raters or items that do not differ."""
    chi2: float
    df: int
    p: float
    raters: int
    items: int
    left_out: int
    """Raters who did not rate every item."""


def kendall_w(ratings: pd.DataFrame) -> Concordance:
    """Concordance of the raters' rankings of the items, corrected for ties, with its chi-square test.

    Args:
        ratings: Raters by items, any numbers; higher ranks higher.
    """
    whole = ratings.dropna(axis=0)
    left_out = len(ratings) - len(whole)
    raters, items = whole.shape
    nothing = Concordance(w=np.nan, chi2=np.nan, df=max(items - 1, 0), p=np.nan, raters=raters, items=items, left_out=left_out)
    if raters < FEWEST or items < FEWEST:
        return nothing
    ranks = stats.rankdata(whole.to_numpy(dtype=float), axis=1)
    sums = ranks.sum(axis=0)
    spread = float(((sums - sums.mean()) ** 2).sum())
    ties = sum(float(((counts := np.unique(row, return_counts=True)[1]) ** 3 - counts).sum()) for row in ranks)
    most = raters**2 * (items**3 - items) - raters * ties
    if most <= 0:
        return nothing
    w = 12 * spread / most
    chi2 = raters * (items - 1) * w
    p = float(stats.chi2.sf(chi2, items - 1))
    return Concordance(w=w, chi2=chi2, df=items - 1, p=p, raters=raters, items=items, left_out=left_out)


def krippendorff_alpha(ratings: pd.DataFrame, level: Level = "ordinal") -> float:
    """Krippendorff's alpha: 1 minus observed over expected disagreement.

    Args:
        ratings: Raters by items, numbers; NaN is "not rated". Items with fewer than two ratings are left out.
        level: How far apart two ratings are: not at all or wholly (nominal), by ranks (ordinal), by their difference.

    Returns:
        1 for perfect agreement, 0 for chance; NaN where nothing can be compared or no rating differs.
    """
    values = ratings.to_numpy(dtype=float)
    values = values[:, (~np.isnan(values)).sum(axis=0) >= FEWEST]
    known = values[~np.isnan(values)]
    scale = np.unique(known)
    if len(scale) < FEWEST:
        return float("nan")
    counts = np.stack([(values == step).sum(axis=0) for step in scale], axis=1).astype(float)
    present = counts.sum(axis=1)
    pairs = np.einsum("ia,ib->ab", counts / (present - 1)[:, None], counts)
    pairs[np.diag_indices(len(scale))] -= (counts / (present - 1)[:, None]).sum(axis=0)
    totals = pairs.sum(axis=1)
    apart = _distances(scale, totals, level)
    expected = np.outer(totals, totals)
    expected[np.diag_indices(len(scale))] -= totals
    observed = float((pairs * apart).sum())
    return float(1 - (totals.sum() - 1) * observed / (expected * apart).sum())


def _distances(scale: Floats, totals: Floats, level: Level) -> Floats:
    """Squared distance of every two values."""
    if level == "nominal":
        return 1.0 - np.eye(len(scale))
    if level == "interval":
        return np.asarray((scale[:, None] - scale[None, :]) ** 2)
    below = np.cumsum(totals) - totals / 2
    return np.asarray((below[:, None] - below[None, :]) ** 2)


@dataclass(frozen=True, kw_only=True)
class Intraclass:
    """An intraclass correlation with its interval."""

    icc: float
    low: float
    high: float
    raters: int
    items: int
    left_out: int
    """Items that not every rater rated."""


def intraclass(ratings: pd.DataFrame, *, average: bool = False, confidence: float = 0.95) -> Intraclass:
    """Absolute agreement of raters drawn at random, ICC(2,1), or of their mean, ICC(2,k).

    Args:
        ratings: Raters by items, numbers; items with a gap are left out.
        average: Of the mean of all raters instead of one.
        confidence: Of the interval (McGraw and Wong 1996, case 2A).
    """
    whole = ratings.dropna(axis=1)
    left_out = ratings.shape[1] - whole.shape[1]
    k, n = whole.shape
    if k < FEWEST or n < FEWEST:
        return Intraclass(icc=np.nan, low=np.nan, high=np.nan, raters=k, items=n, left_out=left_out)
    table = whole.to_numpy(dtype=float).T
    grand = table.mean()
    between = k * ((table.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    raters = n * ((table.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    error = ((table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + grand) ** 2).sum() / ((n - 1) * (k - 1))
    with np.errstate(invalid="ignore", divide="ignore"):
        single = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
        low, high = _interval(between, raters, error, n, k, single, confidence)
        if average:
            single, low, high = (k * value / (1 + (k - 1) * value) for value in (single, low, high))
    return Intraclass(icc=float(single), low=float(low), high=float(high), raters=k, items=n, left_out=left_out)


def _interval(between: float, raters: float, error: float, n: int, k: int, icc: float, confidence: float) -> tuple[float, float]:
    tail = 1 - (1 - confidence) / 2
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    df = (a * raters + b * error) ** 2 / ((a * raters) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1)))
    upper, lower = stats.f.ppf(tail, n - 1, df), stats.f.ppf(tail, df, n - 1)
    rest = k * raters + (k * n - k - n) * error
    low = n * (between - upper * error) / (upper * rest + n * between)
    high = n * (lower * between - error) / (rest + n * lower * between)
    return float(low), float(high)
