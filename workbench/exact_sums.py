"""Sums of floating-point numbers by group that are exact, so that they come out the same in any order and in any parts.

Each number is cut into at most three whole numbers of 32 bits at fixed places; whole numbers are added without error,
and the total is rounded once, to the nearest double. Two sums made of parts of the same numbers merge to the very
same bits, whichever part had which number. Infinite numbers are refused; missing ones are the caller's to leave out.

Source: the long accumulator of Kulisch, Computer Arithmetic and Validity (2008), section 8.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

__all__ = ["ExactSums", "exact_sums", "side_by_side"]

TWO = 2
BITS = 32
LIMB = 2.0**BITS
MOST = 1 << 20
"""Numbers added at a time: so many whole numbers of 32 bits sum below 2^53, where doubles are still whole."""
GRAIN, ROOM = 2.0**20, 2.0**32
"""Numbers that are multiples of 1/GRAIN and sum below ROOM in absolute value are added exactly by plain addition."""


class ExactSums:
    """Sums of numbers by group, in whole numbers: `limbs[k]` counts multiples of 2^(32 k)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.limbs: dict[int, Codes] = {}

    def add(self, codes: Codes, values: Floats) -> None:
        """Add each of *values* to the group its code names, both of shape `(n,)`.

        Raises:
            ValueError: a value is not finite.
        """
        for start in range(0, len(values), MOST):
            self._add(codes[start : start + MOST], values[start : start + MOST])

    def _add(self, codes: Codes, values: Floats) -> None:
        whole = np.abs(values).sum()
        if not np.isfinite(whole):
            raise ValueError("only finite numbers can be summed")
        if whole < ROOM and np.array_equal(np.rint(values * GRAIN), values * GRAIN):
            values = np.bincount(codes, weights=values, minlength=self.size).astype(np.float64)
            codes = np.arange(self.size)
        places = _place(values)
        lowest = int(places.min(initial=0))
        for place in (np.flatnonzero(np.bincount(places - lowest)) + lowest).tolist():
            these = places == place
            self._cut(codes[these], values[these], place)

    def _cut(self, codes: Codes, values: Floats, place: int) -> None:
        """Add numbers whose highest limb is at *place*."""
        rest = np.ldexp(values, -BITS * place)
        for limb in range(place, place - 3, -1):
            part = np.trunc(rest)
            rest = (rest - part) * LIMB
            counted = np.bincount(codes, weights=part, minlength=self.size).astype(np.int64)
            if counted.any():
                self.limbs[limb] = self.limbs.get(limb, np.zeros(self.size, dtype=np.int64)) + counted

    def merge(self, other: ExactSums) -> None:
        """Add the sums of *other*, of as many groups."""
        for limb, counted in other.limbs.items():
            self.limbs[limb] = self.limbs.get(limb, np.zeros(self.size, dtype=np.int64)) + counted

    def placed(self, codes: Codes, size: int) -> ExactSums:
        """The same sums with group i at `codes[i]`, among *size* groups."""
        found = ExactSums(size)
        for limb, counted in self.limbs.items():
            found.limbs[limb] = np.zeros(size, dtype=np.int64)
            np.add.at(found.limbs[limb], codes, counted)
        return found

    def totals(self) -> Floats:
        """The sums, each rounded once to the nearest double, shape `(size,)`."""
        terms = []
        for limb, counted in self.limbs.items():
            high = counted >> BITS  # both halves are doubles without rounding
            terms += [
                np.ldexp(high.astype(float), BITS * (limb + 1)),
                np.ldexp((counted - (high << BITS)).astype(float), BITS * limb),
            ]
        if not terms:
            return np.zeros(self.size)
        table = np.stack(terms, axis=1)
        found = table.sum(axis=1)  # of two terms rounded once, like the exact sum
        several = np.flatnonzero(np.count_nonzero(table, axis=1) > TWO)
        found[several] = [math.fsum(row) for row in table[several].tolist()]
        return np.asarray(found)


def side_by_side(columns: Sequence[ExactSums], size: int) -> ExactSums:
    """Sums of several columns by the same *size* groups: group `group * len(columns) + column`."""
    found = ExactSums(size * len(columns))
    for place, column in enumerate(columns):
        for limb, counted in column.limbs.items():
            whole = found.limbs.setdefault(limb, np.zeros(found.size, dtype=np.int64))
            whole[place :: len(columns)] = counted
    return found


def _place(values: Floats) -> Codes:
    """The limb of the highest bit of each number; 0 for zero."""
    return np.floor_divide(np.frexp(values)[1].astype(np.int64) - 1, BITS)


def exact_sums(codes: Codes, values: Floats, size: int) -> ExactSums:
    """Sums of *values* by *codes*."""
    sums = ExactSums(size)
    sums.add(codes, values)
    return sums
