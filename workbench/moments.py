"""Moments and counts of many columns at once: mean, spread, skewness, kurtosis, median, ties.

Pure functions over arrays of shape `(..., units)`: the values of one indicator lie side by side. A missing
value (NaN) is left out. A column that is constant up to rounding has no skewness and no kurtosis: NaN, in
place of the noise that dividing by its spread would give. Nothing here knows names, files or frames.

Source: type 2 of Joanes and Gill, The Statistician 47 (1998) 183-189, as in Excel, SAS and
`scipy.stats.skew(x, bias=False)`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["BLOCK", "ROUNDING", "Counts", "Moments", "by_indicator", "counts", "moments"]

BLOCK = 32_768
"""Numbers worked on at a time: they stay in the processor's cache."""
ROUNDING = 1e-12
"""Values that differ by less than this share of their size are equal."""
FEWEST_SKEW = 3
FEWEST_KURTOSIS = 4


@dataclass(frozen=True)
class Moments:
    """One number per column in each; shape `(...)`, NaN where it does not exist."""

    n: Floats
    """Values that are not missing."""
    low: Floats
    high: Floats
    mean: Floats
    sd: Floats
    """With n - 1; NaN for one value."""
    skewness: Floats
    """NaN for fewer than three values or a constant column."""
    kurtosis: Floats
    """In excess of the normal distribution's; NaN for fewer than four values or a constant column."""

    def map(self, change: Callable[[Floats], Floats]) -> Moments:
        """The same moments with every array changed, such as indexed or reshaped."""
        return Moments(*(change(getattr(self, item.name)) for item in fields(self)))

    @property
    def constant(self) -> NDArray[np.bool_]:
        """Columns whose values are all alike, up to rounding; not the empty ones."""
        return np.asarray(self.high - self.low <= ROUNDING * np.maximum(np.abs(self.low), np.abs(self.high)))


@dataclass(frozen=True)
class Counts:
    """One number per column in each; shape `(...)`."""

    median: Floats
    unique: Floats
    """Different values."""
    common: Floats
    """How often the most common value occurs."""


def by_indicator(values: Floats) -> Floats:
    """A copy of *values*, shape `(..., units, indicators)`, as `(..., indicators, units)` with units side by side."""
    return np.array(np.swapaxes(values, -1, -2), dtype=float, order="C", copy=True)


def moments(columns: Floats) -> Moments:
    """The moments of each column.

    Args:
        columns: Shape `(..., units)`; NaN is "not measured" and is left out.

    >>> found = moments(np.array([1.0, 2.0, 3.0, 4.0, 90.0, np.nan]))
    >>> float(found.n), float(found.mean), round(float(found.skewness), 6), round(float(found.kurtosis), 6)
    (5.0, 20.0, 2.23151, 4.983697)
    """
    return Moments(*_in_blocks(_moments, columns, len(fields(Moments))))


def counts(columns: Floats) -> Counts:
    """Median, number of different values and frequency of the most common one of each column.

    Args:
        columns: Shape `(..., units)`; NaN is "not measured" and is left out.

    >>> found = counts(np.array([3.0, 1.0, 3.0, np.nan, 8.0]))
    >>> float(found.median), float(found.unique), float(found.common)
    (3.0, 3.0, 2.0)
    """
    return Counts(*_in_blocks(_counts, columns, len(fields(Counts))))


def _in_blocks(work: Callable[[Floats], tuple[Floats, ...]], columns: Floats, size: int) -> list[Floats]:
    """What *work* finds for every column, a few columns at a time."""
    if not columns.shape[-1]:
        # No unit at all is the same as one without a value.
        columns = np.full((*columns.shape[:-1], 1), np.nan)
    units = columns.shape[-1]
    rows = columns.reshape(prod(columns.shape[:-1]), units)
    found = np.full((size, len(rows)), np.nan)
    step = max(1, BLOCK // units)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        for start in range(0, len(rows), step):
            found[:, start : start + step] = work(rows[start : start + step])
    return [part.reshape(columns.shape[:-1]) for part in found]


def _moments(rows: Floats) -> tuple[Floats, ...]:
    missing = np.isnan(rows)
    gaps = bool(missing.any())
    n = rows.shape[1] - missing.sum(axis=1).astype(float)
    low, high = (end.reduce(rows, axis=1) for end in ((np.fmin, np.fmax) if gaps else (np.minimum, np.maximum)))
    mean = (np.where(missing, 0.0, rows) if gaps else rows).sum(axis=1) / n
    away = rows - mean[:, None]
    if gaps:
        away[missing] = 0.0
    spread = np.sqrt(np.einsum("ij,ij->i", away, away) / n)
    away /= spread[:, None]
    squares = away * away
    g1 = np.einsum("ij,ij->i", squares, away) / n
    g2 = np.einsum("ij,ij->i", squares, squares) / n - 3.0
    shape = high - low > ROUNDING * np.maximum(np.abs(low), np.abs(high))
    skewness = g1 * np.sqrt(n * (n - 1.0)) / (n - 2.0)
    kurtosis = ((n + 1.0) * g2 + 6.0) * (n - 1.0) / ((n - 2.0) * (n - 3.0))
    return (
        n,
        low,
        high,
        mean,
        np.where(n > 1.0, spread * np.sqrt(n / (n - 1.0)), np.nan),
        np.where(shape & (n >= FEWEST_SKEW), skewness, np.nan),
        np.where(shape & (n >= FEWEST_KURTOSIS), kurtosis, np.nan),
    )


def _counts(rows: Floats) -> tuple[Floats, ...]:
    ordered = np.sort(rows, axis=1)
    missing = np.isnan(ordered).sum(axis=1)
    n = ordered.shape[1] - missing
    each = np.arange(len(ordered))
    median = (ordered[each, np.maximum(n - 1, 0) // 2] + ordered[each, np.minimum(n // 2, ordered.shape[1] - 1)]) / 2.0
    new = np.ones(ordered.shape, dtype=bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=new[:, 1:])
    runs = new.sum(axis=1)
    starts = np.flatnonzero(new)
    lengths = np.diff(starts, append=new.size)
    common = np.maximum.reduceat(lengths, np.cumsum(runs) - runs)
    # Every missing value is a run of its own at the end, because NaN differs from itself.
    return median, (runs - missing).astype(float), np.where(n > 0, common, 0).astype(float)
