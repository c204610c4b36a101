"""Resampled surveys: they carry the sampling error to anything that has no formula.

Source: Rao, Wu (1988), JASA 83, 231-241 (rescaled bootstrap). Equal in the mean to the linearised errors of `sampling`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.sampling import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from workbench.sampling import Design

    Floats = NDArray[np.float64]

__all__ = ["BLOCK", "replicate_means", "replicates", "resampled"]

BLOCK = 4096
"""Replicates that share one random stream."""


def replicate_means(plan: Design, values: pd.DataFrame, weights: Floats) -> Floats:
    """The means of resampled surveys.

    Args:
        plan: From `design`.
        values: Shape `(respondents, indicators)`, in the design's order; NaN is "not answered".
        weights: From `replicates` or `resampled`, shape `(replicates, respondents)`.

    Returns:
        Shape `(replicates, units, indicators)`; NaN where nobody in the replicate answered.
    """
    order = np.argsort(plan.unit_of, kind="stable")
    there = np.unique(plan.unit_of)
    starts = np.searchsorted(plan.unit_of[order], there)
    cells = values.to_numpy(dtype=float)[order]
    known = ~np.isnan(cells)
    filled = np.where(known, cells, 0.0)
    found = np.full((len(weights), len(plan.units), cells.shape[1]), np.nan)
    for place, row in enumerate(weights[:, order, None]):
        total = np.add.reduceat(row * filled, starts, axis=0)
        base = np.add.reduceat(row * known, starts, axis=0)
        found[place, there] = np.divide(total, base, out=np.full_like(total, np.nan), where=base > 0)
    return found


def replicates(plan: Design, count: int, seed: int) -> Iterator[Floats]:
    """Weights of resampled surveys, in blocks of shape `(up to BLOCK, respondents)`.

    The rescaled bootstrap with finite-population correction: of the n answers of a cell, n - 1 are drawn with
    replacement and the weights are drawn towards the given ones, so that the spread of the replicate means is the
    sampling variance. A cell with one answer keeps its weight. Streams are keyed by (seed, block).
    """
    for block in range(-(-count // BLOCK)):
        rng = np.random.Generator(np.random.Philox(key=[seed, 7], counter=[0, 0, 0, block]))
        size = min(BLOCK, count - block * BLOCK)
        yield resampled(plan, rng, BLOCK)[:size]


def resampled(plan: Design, rng: np.random.Generator, count: int) -> Floats:
    """Weights of *count* resampled surveys, shape `(count, respondents)`; see `replicates`."""
    factors = np.ones((count, len(plan.cell_of)))
    for cell, n in enumerate(plan.answered.astype(int)):
        these = np.flatnonzero(plan.cell_of == cell)
        if n >= FEWEST:
            drawn = rng.multinomial(n - 1, np.full(n, 1 / n), size=count)
            pull = np.sqrt(max(float(plan.correction[cell]), 0.0))
            factors[:, these] = 1.0 - pull + pull * drawn * n / (n - 1)
    return np.asarray(factors * plan.weights)
