"""Ranks of many draws at once, close calls decided exactly.

Scores are sorted as whole numbers that carry the unit in their last digits. Where two neighbours in a draw are nearer
than the rounding of a matrix product could move them, the draw is handed back to be ranked from the kernel's own
scores, ties included. So the ranks are those of the kernel, bit for bit, on any machine and for any size of blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["Sorted", "sort_scores"]

SCALE = 2.0**38
"""Whole numbers per point: scores are told apart down to 4e-12 points."""
CLOSE = 8
"""Neighbours less than this many whole numbers apart are ranked by the kernel; products err by less than a tenth of it."""
LARGEST = 500.0
"""Scores beyond it would not fit: an index without clipping, ranked by the kernel."""


@dataclass(frozen=True)
class Sorted:
    """Draws whose units were put in order."""

    keys: Counts
    """Sorted, shape `(draws, units)`; the last bits are the unit."""
    bits: int
    close: NDArray[np.intp]
    """Draws that have to be ranked exactly."""

    @cached_property
    def order(self) -> Counts:
        """The unit at each place, best first, shape `(draws, units)`."""
        return self.keys & ((1 << self.bits) - 1)

    def places(self, copies: Counts | None) -> Counts:
        """Rank at each place; *copies* says how many units each unit stands for, when some are exactly alike."""
        if copies is None:
            return np.broadcast_to(np.arange(self.keys.shape[1]), self.keys.shape)
        sizes = copies[self.order]
        return np.asarray(np.cumsum(sizes, axis=1) - sizes)


def sort_scores(scores: Floats) -> Sorted:
    """Put the units of every draw in order.

    Args:
        scores: Shape `(draws, units)`; a draw with a missing score is handed back as close.
    """
    units = scores.shape[1]
    bits = max((units - 1).bit_length(), 1)
    odd = np.flatnonzero(~(np.abs(scores) < LARGEST).all(axis=1))
    if odd.size:
        scores = scores.copy()
        scores[odd] = 0.0
    keys = (scores * -SCALE).astype(np.int64)
    keys <<= bits
    keys |= np.arange(units)
    keys.sort(axis=1)
    if units == 1:
        return Sorted(keys, bits, odd)
    # Units in the last bits cannot make a gap of CLOSE out of a smaller one.
    near = (keys[:, 1:] - keys[:, :-1]).min(axis=1) < (CLOSE << bits)
    near[odd] = True
    return Sorted(keys, bits, np.flatnonzero(near))
