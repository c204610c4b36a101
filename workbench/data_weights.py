"""Weights of children from how their scores vary and go together, for many tables at once.

Pure functions over arrays of shape `(..., units, children)`; NaN is "not measured". Each returns the raw parts,
shape `(..., children)`, 0 for a child that does not differ between units; `weighting` names them, makes them sum
to 1 and refuses tables in which nothing differs. Nothing is matched or named here.

Source: Zeleny (1982), Multiple Criteria Decision Making; Diakoulaki, Mavrotas, Papayannakis (1995), Computers and
Operations Research 22; Nicoletti, Scarpetta, Boylaud (2000), OECD Economics Department Working Paper 226.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["correlations", "critic_parts", "entropy_parts", "pca_parts"]

ROUNDING = 1e-12


def entropy_parts(scores: Floats) -> Floats:
    """1 - E, with E the entropy of the shares of the units, over its largest value.

    Args:
        scores: 0 or more; a gap is left out of its column.

    >>> entropy_parts(np.array([[1.0, 1], [1, 1], [2, 1]])).round(4).tolist()
    [0.0536, 0.0]
    """
    known = ~np.isnan(scores)
    filled = np.where(known, scores, 0.0)
    total, count = filled.sum(axis=-2, keepdims=True), known.sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = filled / total
        whole = -np.where(share > 0, share * np.log(share), 0.0).sum(axis=-2) / np.log(count)
    parts = np.where((count > 1) & (total[..., 0, :] > 0), 1.0 - whole, 0.0)
    # Rounding makes a constant column differ in the last digits only.
    return np.where(parts > ROUNDING, parts, 0.0)


def critic_parts(scores: Floats) -> Floats:
    """Standard deviation (n - 1) of the column rescaled to 0-1, times the sum of 1 - r with the others.

    >>> critic_parts(np.array([[0.0, 1, 3], [1, 0, 3], [0.5, 0.5, 3]])).round(3).tolist()
    [1.5, 1.5, 0.0]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        low = np.asarray(np.fmin.reduce(scores, axis=-2))
        span = np.asarray(np.fmax.reduce(scores, axis=-2)) - low
        scaled = (scores - low[..., None, :]) / np.where(span > 0, span, np.nan)[..., None, :]
    known = ~np.isnan(scaled)
    count = known.sum(axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, scaled, 0.0).sum(axis=-2) / count
        spread = np.sqrt((np.where(known, scaled - mean[..., None, :], 0.0) ** 2).sum(axis=-2) / (count - 1))
    related = np.nan_to_num(correlations(scaled))
    own = np.diagonal(related, axis1=-2, axis2=-1)
    conflict = (1.0 - related).sum(axis=-1) - (1.0 - own)
    return np.asarray(np.where(count > 1, spread * conflict, 0.0))


def pca_parts(scores: Floats, count: int | None = None) -> Floats:
    """Squared loadings of rotated components, each component weighed by what it explains.

    Args:
        scores: Shape `(..., units, children)`; a unit with a gap is left out of its table. No column may be constant.
        count: Components kept; those with an eigenvalue above 1 when not given, at least one.

    Returns:
        Each child takes part in the component on which it loads most.
    """
    tables = scores.reshape(-1, *scores.shape[-2:])
    return np.stack([_pca_parts(table, count) for table in tables]).reshape(*scores.shape[:-2], scores.shape[-1])


def _pca_parts(table: Floats, count: int | None) -> Floats:
    from workbench.factors import varimax  # noqa: PLC0415  (only this rule rotates)

    whole = table[~np.isnan(table).any(axis=-1)]
    values, vectors = np.linalg.eigh(correlations(whole))
    values, vectors = values[::-1], vectors[:, ::-1]
    keep = count or max(int((values > 1).sum()), 1)
    loadings = vectors[:, :keep] * np.sqrt(np.maximum(values[:keep], 0.0))
    if keep > 1:
        loadings = varimax(loadings).loadings
    squared = loadings**2
    explained = squared.sum(axis=0)
    best = squared.argmax(axis=1)
    within = squared[np.arange(len(squared)), best] / explained[best]
    return np.asarray(within * explained[best] / explained.sum())


def correlations(scores: Floats) -> Floats:
    """Pearson's correlations of the columns over the units both have, shape `(..., children, children)`.

    NaN where a column does not differ over those units.
    """
    known = ~np.isnan(scores)
    # About its own mean first: sums of squares of large numbers would lose the digits that matter.
    count = known.sum(axis=-2, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known, scores, 0.0).sum(axis=-2, keepdims=True) / count
    there = known.astype(float)
    x = np.where(known, scores - mean, 0.0)
    turned = np.swapaxes(x, -1, -2)
    present = np.swapaxes(there, -1, -2)
    n = present @ there
    sums = turned @ there
    with np.errstate(invalid="ignore", divide="ignore"):
        cross = turned @ x - sums * np.swapaxes(sums, -1, -2) / n
        squares = (turned**2) @ there - sums**2 / n
        # A column that does not differ leaves rounding only.
        squares = np.where(squares > ROUNDING * np.maximum((turned**2) @ there, 1e-300), squares, np.nan)
        return np.asarray(cross / np.sqrt(squares * np.swapaxes(squares, -1, -2)))
