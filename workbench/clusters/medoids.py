"""Clusters around medoids: each cluster is told by one of its own units, so it can be named and visited.

PAM: medoids are put in one by one, then swapped as long as a swap brings units nearer to their medoid. No random
number is used; the result is that of R's `cluster::pam`.

Source: Kaufman and Rousseeuw, Finding Groups in Data (1990), chapter 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import distance

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

__all__ = ["medoids"]

NEGLIGIBLE = 1e-12


def medoids(points: Array, k: int) -> tuple[Labels, Labels, float]:
    """Partition units around *k* of them.

    Args:
        points: Shape (units, pillars), no NaN.
        k: Clusters, from 1 to the number of units.

    Returns:
        Labels from 0, shape (units,); the places of the medoids, shape (k,); the mean distance to the medoid.

    Raises:
        WorkbenchError: *k* is out of range.

    >>> labels, centres, mean = medoids(np.array([[0.0], [1.0], [9.0], [10.0], [11.0]]), 2)
    >>> labels.tolist(), centres.tolist()
    ([1, 1, 0, 0, 0], [3, 0])
    """
    if not 1 <= k <= len(points):
        problem = f"{len(points)} units cannot be put into {k} clusters."
        raise WorkbenchError(
            Fault(problem=problem, allowed=f"a whole number from 1 to {len(points)}", fix="ask for fewer clusters.")
        )
    apart = distance.squareform(distance.pdist(points))
    chosen = _built(apart, k)
    while (better := _swap(apart, chosen)) is not None:
        chosen = better
    near = apart[:, chosen]
    return near.argmin(axis=1), chosen, float(near.min(axis=1).mean())


def _built(apart: Array, k: int) -> Labels:
    """Medoids put in one by one, each where it brings all units nearest."""
    chosen: list[int] = []
    nearest = np.full(len(apart), np.inf)
    for _ in range(k):
        total = np.minimum(apart, nearest[:, None]).sum(axis=0)
        total[chosen] = np.inf
        chosen.append(int(total.argmin()))
        nearest = np.minimum(nearest, apart[:, chosen[-1]])
    return np.array(chosen)


def _swap(apart: Array, chosen: Labels) -> Labels | None:
    """The medoids after the best swap; None where no swap helps."""
    now = apart[:, chosen].min(axis=1).sum()
    best, found = now * (1 - NEGLIGIBLE), None
    for place in range(len(chosen)):
        rest = np.delete(chosen, place)
        without = apart[:, rest].min(axis=1) if len(rest) else np.full(len(apart), np.inf)
        total = np.minimum(apart, without[:, None]).sum(axis=0)
        total[rest] = np.inf
        other = int(total.argmin())
        if total[other] < best:
            best, found = total[other], np.where(np.arange(len(chosen)) == place, other, chosen)
    return found
