"""How sure are the loadings: intervals from resampled respondents.

Whole units are drawn with replacement, with all their agencies, because agencies of a province are not independent;
where rows are units, rows are drawn. Each draw is correlated, factored and rotated anew, and its factors are put into
the order and sign of the analysis by Tucker's congruence: without that, intervals would mix different factors.

A draw whose factors cannot be found is counted and named, never dropped in silence.

Sources: Efron and Tibshirani, An Introduction to the Bootstrap (1993); Lorenzo-Seva and ten Berge, Methodology 2
(2006) 57-64, for congruence and its cut-off of 0.85.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from threadpoolctl import threadpool_limits

from workbench.factors.correlation import centred, repaired
from workbench.factors.extraction import minres
from workbench.factors.rotation import rotated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.factors.analysis import FactorAnalysis
    from workbench.factors.correlation import Array

__all__ = ["LoadingIntervals", "aligned", "congruence", "loading_intervals"]

DRAWS = 200
CONFIDENCE = 0.95
MOST_GAIN = 2.0
"""Most that answers in steps are taken to have lost, as a factor; a correlation near 0 tells nothing of it."""
SAME = 0.85
"""Congruence from which two factors are fairly the same."""


@dataclass(frozen=True, kw_only=True)
class LoadingIntervals:
    """Intervals of rotated loadings; frames are indicators by factors, in the order of the analysis' loadings."""

    low: pd.DataFrame = field(repr=False)
    high: pd.DataFrame = field(repr=False)
    congruence: pd.Series
    """Median congruence of each factor with its likes in the draws; below 0.85 the factor is not stable."""
    draws: int
    failed: int
    """Draws without a solution."""


def loading_intervals(
    values: pd.DataFrame, analysis: FactorAnalysis, *, units: pd.Series | None = None, draws: int = DRAWS, seed: int
) -> LoadingIntervals:
    """Bootstrap intervals of the loadings of *analysis*.

    Args:
        values: What was analysed, shape (respondents, indicators).
        analysis: Its analysis; with no factor there is nothing to draw and all frames are empty.
        units: The unit of each respondent; rows are drawn when not given.
        draws: Resampled surveys.
        seed: Key of the random stream, one counter for each draw; 0 is a seed.

    Pearson's correlations are drawn; where the analysis has polychoric ones, what answers in steps lose is made up for as in
    the analysis, pair by pair, so that intervals lie around its loadings. Extraction is by minres.
    """
    kept = values.loc[:, list(analysis.correlation.indicators)]
    kept = kept.loc[kept.notna().any(axis=1)]
    wanted = analysis.rotated.loadings
    numbers, answered = centred(kept)
    clusters = np.arange(len(kept)) if units is None else pd.factorize(units.reindex(kept.index), sort=True)[0]
    centre, plain = analysis.correlation.matrix, _weighted(numbers, answered, np.ones(len(kept)))
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.clip(np.nan_to_num(centre / plain, nan=1.0), 1.0, MOST_GAIN)
    found, alike, failed = [], [], 0
    # Many small matrices: several threads would wait for each other, far longer than one needs.
    with threadpool_limits(limits=1):
        start = minres(analysis.correlation.matrix, wanted.shape[1]).uniquenesses if wanted.shape[1] else None
        for draw in range(draws if wanted.shape[1] else 0):
            weights = _weights(clusters, seed, draw)
            try:
                drawn = _weighted(numbers, answered, weights)
                matrix = repaired(np.clip(centre + (drawn - plain) * gain, -1.0, 1.0))[0]
                extraction = minres(matrix, wanted.shape[1], start=start)
            except (ValueError, np.linalg.LinAlgError):
                failed += 1
                continue
            turned = aligned(rotated(extraction.loadings, analysis.rotation).loadings, wanted)
            found.append(turned)
            alike.append(np.diag(congruence(turned, wanted)))
    return _summary(analysis, np.array(found).reshape(len(found), *wanted.shape), np.array(alike), draws, failed)


def congruence(one: Array, other: Array) -> Array:
    """Tucker's congruence of every factor of *one* with every factor of *other*, shape (factors, factors).

    >>> congruence(np.array([[1.0], [2.0]]), np.array([[2.0], [4.0]])).round(6).tolist()
    [[1.0]]
    """
    lengths = np.sqrt(np.outer(np.square(one).sum(axis=0), np.square(other).sum(axis=0)))
    return np.divide(one.T @ other, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def aligned(loadings: Array, wanted: Array) -> Array:
    """*loadings* with their factors in the order and with the signs that are most like *wanted*."""
    alike = congruence(loadings, wanted)
    rows, columns = linear_sum_assignment(-np.abs(alike))
    order = np.empty(len(rows), int)
    order[columns] = rows
    signs = np.where(alike[order, np.arange(len(order))] < 0, -1.0, 1.0)
    return np.asarray(loadings[:, order] * signs)


def _weights(clusters: NDArray[np.int64], seed: int, draw: int) -> Array:
    """How often each row is drawn, with all rows of its cluster."""
    generator = np.random.Generator(np.random.Philox(key=[seed, 11], counter=[0, 0, 0, draw]))
    count = int(clusters.max()) + 1
    return np.bincount(generator.integers(count, size=count), minlength=count)[clusters].astype(float)


def _weighted(numbers: Array, answered: Array, weights: Array) -> Array:
    """Pearson's correlations over pairs, each row counted by its weight; no correlation where nothing varies."""
    heavy = answered * weights[:, None]
    pairs = answered.T @ heavy
    sums = numbers.T @ heavy
    squares = np.square(numbers).T @ heavy
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = numbers.T @ (numbers * weights[:, None]) - sums * sums.T / pairs
        variance = squares - np.square(sums) / pairs
        matrix = covariance / np.sqrt(variance * variance.T)
    matrix = np.clip(np.nan_to_num(matrix), -1.0, 1.0)
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(matrix)


def _summary(analysis: FactorAnalysis, found: Array, alike: Array, draws: int, failed: int) -> LoadingIntervals:
    index, columns = pd.Index(analysis.correlation.indicators, dtype=object, name="indicator"), analysis.loadings.columns
    tail = (1 - CONFIDENCE) / 2
    if not len(found):
        empty = pd.DataFrame(index=index, columns=columns, dtype=float).loc[analysis.loadings.index]
        return LoadingIntervals(
            low=empty, high=empty, congruence=pd.Series(index=columns, dtype=float), draws=draws, failed=failed
        )
    low, high = np.quantile(found, [tail, 1 - tail], axis=0)
    order = analysis.loadings.index
    return LoadingIntervals(
        low=pd.DataFrame(low, index=index, columns=columns).loc[order],
        high=pd.DataFrame(high, index=index, columns=columns).loc[order],
        congruence=pd.Series(np.median(alike, axis=0), index=columns),
        draws=draws,
        failed=failed,
    )
