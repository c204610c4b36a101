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

from workbench.aggregation import rank

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Flags = NDArray[np.bool_]

__all__ = ["Sorted", "add_ones", "count_ranks", "rank_counts", "sort_scores"]

SCALE = 2.0**38
"""Whole numbers per point: scores are told apart down to 4e-12 points."""
CLOSE = 8
"""Neighbours less than this many whole numbers apart are ranked by the kernel; products err by less than a tenth of it."""
MANY = 1000
"""Units from which ranks are counted one by one: a table of all of them would be remade too often."""
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
    span: tuple[float, float]
    """The lowest and the highest score; NaN where some score is missing."""

    @cached_property
    def order(self) -> Counts:
        """The unit at each place, best first, shape `(draws, units)`."""
        return self.keys & ((1 << self.bits) - 1)

    def places(self, copies: Counts | None) -> Counts:
        """Rank at each place, from 0; *copies* says how many units each unit stands for, when some are exactly alike."""
        return _places(self.order, copies)


def sort_scores(scores: Floats) -> Sorted:
    """Put the units of every draw in order.

    Args:
        scores: Shape `(draws, units)`; a draw with a missing score is handed back as close.
    """
    units = scores.shape[1]
    bits = max((units - 1).bit_length(), 1)
    odd = np.empty(0, dtype=np.intp)
    span = float(scores.min(initial=np.inf)), float(scores.max(initial=-np.inf))
    # A missing score is neither below nor above.
    if not (span[1] < LARGEST and span[0] > -LARGEST):
        odd = np.flatnonzero(~(np.abs(scores) < LARGEST).all(axis=1))
        scores = scores.copy()
        scores[odd] = 0.0
    keys = (scores * -SCALE).astype(np.int64)
    keys <<= bits
    keys |= np.arange(units)
    keys.sort(axis=1)
    if units == 1:
        return Sorted(keys, bits, odd, span)
    # Units in the last bits cannot make a gap of CLOSE out of a smaller one.
    gaps, least = keys[:, 1:] - keys[:, :-1], CLOSE << bits
    near = (gaps < least).any(axis=1) if len(gaps) and gaps.min() < least else np.zeros(len(gaps), dtype=bool)
    near[odd] = True
    return Sorted(keys, bits, np.flatnonzero(near), span)


def count_ranks(table: Counts, done: Sorted, exact: Iterable[Floats], copies: Counts | None = None) -> None:
    """Add to *table* how often each unit has each rank.

    Args:
        table: Shape `(units, ranks)`; changed in place.
        done: The draws, put in order by `sort_scores`.
        exact: The kernel's ranks of the draws that are close, in parts of shape `(draws, units)`.
        copies: How many units each unit stands for, when some are exactly alike.
    """
    heads, size = table.shape
    order = done.order
    if len(done.close):
        order = np.delete(order, done.close, axis=0)
    if copies is None and size < MANY:
        # By place and unit: the places need no table of their own.
        counts = np.zeros((heads, heads), dtype=table.dtype)
        add_ones(counts, (order + np.arange(0, heads * heads, heads)).ravel())
        table[:, :heads] += counts.T
    elif size < MANY:
        add_ones(table, (order * size + _places(order, copies)).ravel())
    else:
        # Unit by unit, so that the counts that are added to lie near each other.
        ranks = np.empty(order.shape, dtype=np.int32)
        np.put_along_axis(ranks, order, _places(order, copies).astype(np.int32), axis=1)
        add_ones(table, (ranks.T.astype(np.int64) + (np.arange(heads) * size)[:, None]).ravel())
    for part in exact:
        draw, head = np.nonzero(~np.isnan(part))
        add_ones(table, head * size + part[draw, head].astype(np.int64) - 1)


def rank_counts(scores: Floats, kernel: Callable[[Counts], Floats] | None = None, *, dense: bool = False) -> Counts:
    """How often each unit has each rank.

    Args:
        scores: Shape `(draws, units)`; a missing score has no rank and does not count.
        kernel: Gives the kernel's scores of the draws with these numbers; None where *scores* are its own already.
        dense: Whether ranks after a tie go on without a gap.

    Returns:
        Shape `(units, ranks)`; units that tie share the better rank.
    """
    units = scores.shape[1]
    # Units that never have a score would make every draw a close one.
    known = ~np.isnan(scores).all(axis=0)
    kept = scores if known.all() else np.ascontiguousarray(scores[:, known])
    table = np.zeros((kept.shape[1], units), dtype=np.int64)
    ties = "dense" if dense else "competition"

    if kept.shape[1]:
        done = sort_scores(kept)
        some = scores[done.close] if kernel is None else kernel(done.close) if len(done.close) else scores[:0]
        count_ranks(table, done, [rank(some[:, known], ties)])
    counts = np.zeros((units, units), dtype=np.int64)
    counts[known] = table
    return counts


def _places(order: Counts, copies: Counts | None) -> Counts:
    if copies is None:
        return np.broadcast_to(np.arange(order.shape[1]), order.shape)
    sizes = copies[order]
    return np.asarray(np.cumsum(sizes, axis=1) - sizes)


def add_ones(table: Counts, cells: Counts) -> None:
    """Add one to each of the cells, numbered row by row."""
    if table.size > 8 * len(cells):
        # Ones of the table's own type: others would be cast one by one.
        np.add.at(table.reshape(-1), cells, np.ones(1, dtype=table.dtype))
    else:
        table += np.bincount(cells, minlength=table.size).reshape(table.shape).astype(table.dtype, copy=False)
