"""Draws that share a resampled survey or a set of goalposts: how much less they tell than independent ones.

Such sets are numbered and used by many draws, so that a million draws of 512 resampled surveys are no million surveys.
The error of a mean over them is that of a sample of clusters, and every Monte-Carlo error of the analysis is made larger
by the ratio, the design effect. What is kept are sums by set, whole numbers that add up in any order; sets beyond
`GROUPS` are taken together, which changes the precision of the ratio and not its size.

Source: Kish (1965), Survey Sampling, 8.2; Cochran (1977), Sampling Techniques, 9A and 6.3 (clusters of unequal size).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["FINE", "GROUPS", "SHARED", "SetSums", "design_effect"]

SHARED = ("respondents", "goalposts")
"""Kinds of factors whose choices are numbered sets, each used by many draws."""
GROUPS = 512
"""Groups of sets that are kept apart."""
FINE = 2.0**20
"""Steps in a point of the index: sums of whole steps have no rounding."""


@dataclass
class SetSums:
    """Sums over the draws of each group of sets; arrays of whole numbers, shape `(groups, units)`."""

    ranks: Floats
    index: Floats
    """Of what the index differs from the published one, in steps."""
    counts: Floats
    """Draws in which the unit had a rank."""

    @classmethod
    def empty(cls, sets: int, units: int) -> SetSums:
        """Of no draw."""
        return cls(*(np.zeros((min(sets, GROUPS), units)) for _ in range(3)))

    def add(self, other: SetSums) -> None:
        """Add other draws."""
        self.ranks += other.ranks
        self.index += other.index
        self.counts += other.counts

    def count_ranks(self, picks: Counts, ranks: Floats) -> None:
        """Add some draws by their ranks alone, shape `(draws, units)`; NaN for none."""
        of = picks % len(self.counts)
        np.add.at(self.ranks, of, np.nan_to_num(ranks))
        np.add.at(self.counts, of, ~np.isnan(ranks))

    def count(self, picks: Counts, known: Floats, order: Counts, places: Counts, exact: Iterable[tuple[Counts, Floats]]) -> None:
        """Add some draws.

        Args:
            picks: Which set each draw used, shape `(draws,)`; draws of one set should stand beside each other.
            known: Index less the published one, shape `(draws, units)`; 0 where it is missing.
            order: The unit at each place, shape `(draws, units)`.
            places: The rank at each place, from 0.
            exact: Draws whose order does not count, and their ranks in the order of the units; NaN for none.
        """
        of, (groups, units) = picks % len(self.counts), self.counts.shape
        starts = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
        np.add.at(self.index, of[starts], np.add.reduceat(np.rint(known * FINE), starts, axis=0))
        plain = np.ones(len(of), dtype=bool)
        for draws, ranks in exact:
            plain[draws] = False
            self.count_ranks(picks[draws], ranks)
        if not plain.all():
            of, order, places = of[plain], order[plain], places[plain]
        cells = (order + (of * units)[:, None]).ravel()
        self.ranks += np.bincount(cells, weights=(places + 1.0).ravel(), minlength=groups * units).reshape(groups, units)
        self.counts += np.bincount(of, minlength=groups)[:, None]


def design_effect(sums: Floats, counts: Floats, variance: Floats) -> Floats:
    """How many times the variance of a mean over clustered draws is that of as many independent draws; at least 1.

    Args:
        sums: By cluster, shape `(clusters, units)`.
        counts: Draws of each cluster, of the same shape.
        variance: Of a single draw, shape `(units,)`.

    Returns:
        Shape `(units,)`; 1 where nothing varies or fewer than two clusters were drawn.
    """
    clusters, total = (counts > 0).sum(axis=0), np.maximum(counts.sum(axis=0), 1.0)
    apart = sums - sums.sum(axis=0) / total * counts
    between = (apart**2).sum(axis=0) / total * clusters / np.maximum(clusters - 1, 1)
    moves = (variance > 0) & (clusters > 1)
    return np.asarray(np.maximum(np.divide(between, variance, out=np.ones_like(between), where=moves), 1.0))
