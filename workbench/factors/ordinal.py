"""Correlations of what lies behind answers in steps: polychoric, and polyserial beside a measured number.

A ladder or Likert question cuts something continuous into steps, and Pearson's correlation of the steps is too
small. The polychoric correlation is that of two normal variables cut where the answers are, by maximum likelihood
in two steps: thresholds from each indicator alone, then each correlation. All pairs are searched at once.

Nothing is added to empty cells; a correlation that the answers would push to 1 stops at 0.9995. R's psych gives
the same numbers, which the tests hold.

Sources: Olsson, Psychometrika 44 (1979) 443-460; Olsson, Drasgow and Dorans, Psychometrika 47 (1982)
337-347; the bivariate normal integral over the correlation after Drezner and Wesolowsky, J. Statist. Comput.
Simulation 35 (1990) 101-107.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from workbench.factors.correlation import centred, pearson

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from workbench.factors.correlation import Array

    Counts = NDArray[np.int64]

__all__ = ["MOST_STEPS", "ordinal", "polychoric", "thresholds"]

MOST_STEPS = 8
"""An indicator with more different answers than this is taken as a number."""
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
LARGEST = 0.9995
STEPS = 40
ARRIVED = 1e-9
TINY = 1e-300
PAIRS_AT_ONCE = 256
OPEN = 40.0
"""Stands for an infinite threshold: the normal density there is 0."""


def ordinal(values: pd.DataFrame) -> list[bool]:
    """Which indicators have answers in steps: at most eight different ones."""
    return [values[name].nunique() <= MOST_STEPS for name in values]


def thresholds(column: Array) -> tuple[Array, Counts]:
    """Where a normal variable is cut so that the answers come out; and the step of each answer, from 0, -1 where none.

    >>> cuts, steps = thresholds(np.array([1.0, 1.0, 2.0, 2.0, np.nan]))
    >>> cuts.tolist(), steps.tolist()
    ([0.0], [0, 0, 1, 1, -1])
    """
    there = np.isfinite(column)
    names, places = np.unique(column[there], return_inverse=True)
    steps = np.full(len(column), -1)
    steps[there] = places
    shares = np.cumsum(np.bincount(places, minlength=len(names)))[:-1] / there.sum()
    return np.asarray(special.ndtri(shares)), steps


def polychoric(values: pd.DataFrame) -> Array:
    """Correlations of indicators: polychoric where both have steps, polyserial where one has, else Pearson's.

    Args:
        values: Shape (respondents, indicators), each with differences; NaN is not answered.

    Returns:
        Shape (indicators, indicators), over pairs of answers; not always positive definite, see `repaired`.
    """
    stepped = np.array(ordinal(values))
    numbers, answered = centred(values)
    matrix = _polyserial(values, pearson(numbers, answered), stepped)
    places = np.flatnonzero(stepped)
    cuts, steps = (
        zip(*(thresholds(values.iloc[:, place].to_numpy(float)) for place in places), strict=True) if len(places) else ((), ())
    )
    rows, columns = np.triu_indices(len(places), 1)
    for start in range(0, len(rows), PAIRS_AT_ONCE):
        one, other = rows[start : start + PAIRS_AT_ONCE], columns[start : start + PAIRS_AT_ONCE]
        found = _likeliest(cuts, steps, one, other, matrix[places[one], places[other]])
        matrix[places[one], places[other]] = matrix[places[other], places[one]] = found
    return matrix


def _polyserial(values: pd.DataFrame, matrix: Array, stepped: NDArray[np.bool_]) -> Array:
    """Pearson's correlations of a number with steps, raised by what the steps lose."""
    raised = matrix.copy()
    for place in np.flatnonzero(stepped):
        cuts, steps = thresholds(values.iloc[:, place].to_numpy(float))
        numbers = values.assign(**{str(values.columns[place]): np.where(steps >= 0, steps, np.nan)})
        row = pearson(*centred(numbers))[place]
        lost = steps[steps >= 0].std(ddof=1) / (np.exp(-np.square(cuts) / 2) / np.sqrt(2 * np.pi)).sum()
        raised[place, ~stepped] = raised[~stepped, place] = np.clip(row[~stepped] * lost, -LARGEST, LARGEST)
    return raised


def _likeliest(cuts: tuple[Array, ...], steps: tuple[Counts, ...], one: Counts, other: Counts, start: Array) -> Array:
    """The correlation of each pair by Fisher's scoring, shape (pairs,)."""
    most = max(len(cut) for cut in cuts) + 2
    edges = np.full((len(cuts), most), OPEN)
    for place, cut in enumerate(cuts):
        edges[place, 0], edges[place, 1 : len(cut) + 1] = -OPEN, cut
    tables = np.stack(
        [_table(steps[a], steps[b], len(cuts[a]) + 1, len(cuts[b]) + 1, most - 1) for a, b in zip(one, other, strict=True)]
    )
    high, wide = edges[one], edges[other]
    rho = np.clip(start, -0.9, 0.9)
    for _ in range(STEPS):
        share = np.maximum(_cells(_below(high, wide, rho)), TINY)
        slope = _cells(_density(high, wide, rho))
        score = (tables * slope / share).sum(axis=(1, 2))
        information = tables.sum(axis=(1, 2)) * (np.square(slope) / share).sum(axis=(1, 2))
        renewed = np.clip(rho + np.clip(score / information, -0.3, 0.3), -LARGEST, LARGEST)
        change = np.abs(renewed - rho).max()
        rho = renewed
        if change < ARRIVED:
            break
    return np.asarray(rho)


def _table(one: Counts, other: Counts, rows: int, columns: int, most: int) -> Array:
    """Answers counted by step of both, padded with nothing to a common size."""
    both = (one >= 0) & (other >= 0)
    counts = np.bincount(one[both] * columns + other[both], minlength=rows * columns).reshape(rows, columns)
    table = np.zeros((most, most))
    table[:rows, :columns] = counts
    return table


def _cells(corners: Array) -> Array:
    """Differences of a function of two thresholds over the cells between them."""
    return np.asarray(np.diff(np.diff(corners, axis=1), axis=2))


def _below(high: Array, wide: Array, rho: Array) -> Array:
    """Probability that both normal variables lie below the thresholds, shape (pairs, thresholds, thresholds)."""
    angle = np.arcsin(rho)
    theta = angle[:, None] * (NODES + 1) / 2
    sine, cosine = np.sin(theta)[:, None, None, :], np.square(np.cos(theta))[:, None, None, :]
    squares = np.square(high)[:, :, None] + np.square(wide)[:, None, :]
    product = high[:, :, None] * wide[:, None, :]
    inside = np.exp(-(squares[..., None] - 2 * product[..., None] * sine) / (2 * cosine)) @ WEIGHTS
    independent = special.ndtr(high)[:, :, None] * special.ndtr(wide)[:, None, :]
    return np.asarray(independent + inside * (angle / 2)[:, None, None] / (2 * np.pi))


def _density(high: Array, wide: Array, rho: Array) -> Array:
    """Density of two normal variables at the thresholds; the slope of `_below` along the correlation."""
    left = (1 - np.square(rho))[:, None, None]
    squares = np.square(high)[:, :, None] + np.square(wide)[:, None, :]
    product = 2 * rho[:, None, None] * high[:, :, None] * wide[:, None, :]
    return np.asarray(np.exp(-(squares - product) / (2 * left)) / (2 * np.pi * np.sqrt(left)))
