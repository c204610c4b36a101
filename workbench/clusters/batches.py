"""K-means of many data sets, or of one data set many times, at once as arrays: for resampling, not for results.

Each set goes through Lloyd's steps from several starts and keeps the best; units may weigh differently, so that a
bootstrap sample is the same points with other weights. `kmeans` looks further for the partition that is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

__all__ = ["best_of", "lloyd", "random_centres", "transferred"]

MOST = 200
NEGLIGIBLE = 1e-12


def best_of(points: Array, starts: Iterable[Array], weights: Array | None = None) -> tuple[Labels, Array]:
    """The best partition of every set from several starts.

    Args:
        points: Shape (units, pillars) for all sets, or (sets, units, pillars).
        starts: First centres, each of shape (sets, k, pillars).
        weights: Of units, shape (sets, units); 1 when not given.

    Returns:
        Labels from 0, shape (sets, units), and the weighted sum of squares within clusters, shape (sets,).
    """
    labels, within = None, None
    with threadpool_limits(limits=1):  # small matrices: threads would wait for each other
        for start in starts:
            found, squares = lloyd(points, start, weights)
            if labels is None or within is None:
                labels, within = found, squares
                continue
            better = squares < within
            labels[better], within[better] = found[better], squares[better]
    if labels is None or within is None:
        raise ValueError("no start was given")
    return labels, within


def random_centres(points: Array, k: int, generator: np.random.Generator, weights: Array) -> Array:
    """Different units of every set as centres, drawn among those that weigh anything; shape (sets, k, pillars)."""
    keys = np.where(weights > 0, generator.random(weights.shape), 2.0)
    chosen = np.argpartition(keys, k - 1, axis=1)[:, :k]
    return points[chosen] if points.ndim == 2 else np.take_along_axis(points, chosen[:, :, None], axis=1)  # noqa: PLR2004


def lloyd(points: Array, centres: Array, weights: Array | None = None) -> tuple[Labels, Array]:
    """Lloyd's steps of every set until no unit moves; shapes as in `best_of`."""
    sets, k = centres.shape[:2]
    shared = points.ndim == 2  # noqa: PLR2004  (one table for all sets)
    count = points.shape[-2]
    heavy = np.ones((sets, count)) if weights is None else weights
    labels = np.full((sets, count), -1)
    active = np.arange(sets)
    for _ in range(MOST):
        own = points if shared else points[active]
        renewed = _nearest(own, centres[active])
        moved = (renewed != labels[active]).any(axis=1)
        labels[active] = renewed
        active = active[moved]
        if not len(active):
            break
        own = points if shared else points[active]
        member = (labels[active][:, None, :] == np.arange(k)[:, None]) * heavy[active][:, None, :]
        sizes = member.sum(axis=2, keepdims=True)
        centres[active] = np.where(sizes > 0, _sums(member, own) / np.maximum(sizes, 1e-12), centres[active])
    total = (heavy * np.square(points).sum(axis=-1)).sum(axis=1)
    member = (labels[:, None, :] == np.arange(k)[:, None]) * heavy[:, None, :]
    sizes = member.sum(axis=2)
    squares = np.square(_sums(member, points)).sum(axis=2)
    return labels, total - np.divide(squares, sizes, out=np.zeros_like(squares), where=sizes > 0).sum(axis=1)


def transferred(points: Array, labels: Labels, within: Array, k: int) -> tuple[Labels, Array]:
    """Move one unit at a time in every set, the most gainful first, until no move lowers the sum of squares (Hartigan).

    Args:
        points: Shape (sets, units, pillars), every unit weighing 1.
        labels: From `lloyd`, shape (sets, units).
        within: Its sums of squares, shape (sets,).
        k: Clusters.
    """
    labels, within, active = labels.copy(), within.copy(), np.arange(len(labels))
    own = np.square(points).sum(axis=2)
    for _ in range(MOST):
        here = labels[active]
        member = (here[:, None, :] == np.arange(k)[:, None]).astype(float)
        sizes = member.sum(axis=2)
        centres = (member @ points[active]) / np.maximum(sizes, 1)[:, :, None]
        apart = (
            own[active][:, :, None] + np.square(centres).sum(axis=2)[:, None, :] - 2 * points[active] @ np.swapaxes(centres, 1, 2)
        )
        size = np.take_along_axis(sizes, here, axis=1)
        saved = np.take_along_axis(apart, here[:, :, None], axis=2)[:, :, 0] * size / np.maximum(size - 1, 1)
        gain = np.where(size > 1, saved, 0.0)[:, :, None] - apart * (sizes / (sizes + 1))[:, None, :]
        np.put_along_axis(gain, here[:, :, None], 0.0, axis=2)
        flat = gain.reshape(len(active), -1)
        best = flat.argmax(axis=1)
        most = flat[np.arange(len(active)), best]
        better = most > NEGLIGIBLE * own[active].sum(axis=1)
        active, best, most = active[better], best[better], most[better]
        if not len(active):
            break
        labels[active, best // k] = best % k
        within[active] -= most
    return labels, within


def _nearest(points: Array, centres: Array) -> Labels:
    """The nearest centre of every unit: squared distances less each unit's own square keep the order."""
    sets, k, width = centres.shape
    half = np.square(centres).sum(axis=2) / 2
    if points.ndim == 2:  # noqa: PLR2004
        # One product for all sets.
        product = (points @ centres.reshape(sets * k, width).T).reshape(len(points), sets, k)
        return np.asarray((product - half).argmax(axis=2).T)
    return np.asarray((points @ np.swapaxes(centres, 1, 2) - half[:, None, :]).argmax(axis=2))


def _sums(member: Array, points: Array) -> Array:
    sets, k, count = member.shape
    if points.ndim == 2:  # noqa: PLR2004
        return (member.reshape(sets * k, count) @ points).reshape(sets, k, -1)
    return np.asarray(member @ points)
