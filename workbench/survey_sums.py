"""What scores need of the answers of a survey, as sums that merge: of answers, and of squared deviations.

Respondents are numbered by cell (a stratum of a unit, or the unit itself). All sums are exact, so that a survey in many
parts, on many machines, gives the very bits that it gives in one piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.exact_sums import GRAIN, ROOM, ExactSums, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

__all__ = ["AnswerSums", "Linear", "answer_sums", "square_sums"]

BLOCK = 1 << 16
"""Respondents that are taken together."""


@dataclass(frozen=True, kw_only=True)
class AnswerSums:
    """Sums and numbers of answers, by cell and indicator."""

    columns: int
    sums: ExactSums
    """Group `cell * columns + indicator`."""
    counts: Codes
    """Shape `(cells, indicators)`."""

    @property
    def totals(self) -> Floats:
        """Shape `(cells, indicators)`; 0 where nobody answered."""
        return self.sums.totals().reshape(self.counts.shape)

    def placed(self, cells: Codes, size: int) -> AnswerSums:
        """The same with cell i at `cells[i]`, among *size* cells; cells that meet are added."""
        counts = np.zeros((size, self.columns), dtype=np.int64)
        np.add.at(counts, cells, self.counts)
        spread = (cells[:, None] * self.columns + np.arange(self.columns)).ravel()
        return AnswerSums(columns=self.columns, sums=self.sums.placed(spread, size * self.columns), counts=counts)

    def merge(self, other: AnswerSums) -> None:
        """Add those of *other*, for the same cells."""
        self.sums.merge(other.sums)
        np.add(self.counts, other.counts, out=self.counts)


def answer_sums(values: Floats, cell_of: Codes, cells: int) -> AnswerSums:
    """Sums of answers.

    Args:
        values: Shape `(respondents, indicators)`; NaN is "not answered".
        cell_of: Cell of each respondent.
        cells: How many cells there are.
    """
    columns = values.shape[1]
    found = [_column_sums(values[:, column], cell_of, cells) for column in range(columns)]
    counts = np.stack([number for _, number in found], axis=1) if found else np.zeros((cells, 0), dtype=np.int64)
    return AnswerSums(columns=columns, sums=side_by_side([sums for sums, _ in found], cells), counts=counts)


def _column_sums(answers: Floats, cell_of: Codes, cells: int) -> tuple[ExactSums, Codes]:
    """Sums and numbers of the answers to one question, by cell."""
    sums, counts, held = ExactSums(cells), np.zeros(cells, dtype=np.int64), np.zeros(cells)
    plain = _plain(answers)
    for rows in _blocks(len(answers)):
        there = ~np.isnan(answers[rows])
        known, own = answers[rows][there], cell_of[rows][there]
        counts += np.bincount(own, minlength=cells)
        if plain:
            held += np.bincount(own, weights=known, minlength=cells)
        else:
            sums.add(own, known)
    if plain:
        sums.add(np.arange(cells), held)
    return sums, counts


def _blocks(size: int) -> Iterator[slice]:
    """Rows that are taken together: few enough to stay near the processor."""
    return (slice(start, start + BLOCK) for start in range(0, size, BLOCK))


def _plain(answers: Floats) -> bool:
    """Whether these are multiples of a small power of two that sum low enough for plain addition to be exact."""
    total = 0.0
    for rows in _blocks(len(answers)):
        known = np.nan_to_num(answers[rows])
        scaled = known * GRAIN
        total += np.abs(known).sum()
        if not (total < ROOM and np.array_equal(np.rint(scaled), scaled)):
            return False
    return True


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A smooth function of the means, as each respondent moves it: `w * slope @ ((answers - mean) / base)`."""

    means: Floats
    """Shape `(units, indicators)`."""
    base: Floats
    """Weighted number of answers, same shape."""
    slopes: Floats
    """Shape `(units, functions, indicators)`."""
    weights: Floats
    """Of the respondents of each cell."""
    centres: Floats
    """Mean of the function over the respondents of each cell, shape `(cells, functions)`."""


def square_sums(values: Floats, unit_of: Codes, cell_of: Codes, linear: Linear) -> ExactSums:
    """Squared deviations of each respondent's part from its cell's mean, summed by cell: group `cell * functions + function`.

    Each respondent's part is made by the same additions in the same order, whoever else is in the table.
    """
    functions = linear.slopes.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        slopes = np.where(linear.base[:, None, :] > 0, linear.slopes / linear.base[:, None, :], 0.0)
    # One indicator's figures of all units beside each other.
    slopes, means = np.ascontiguousarray(np.moveaxis(slopes, 2, 0)), np.ascontiguousarray(linear.means.T)
    sums = ExactSums(len(linear.weights) * functions)
    for rows in _blocks(len(values)):
        units, cells = unit_of[rows], cell_of[rows]
        parts = np.zeros((len(units), functions))
        for column in range(values.shape[1]):
            answers = values[rows, column]
            moved = np.where(np.isnan(answers), 0.0, answers - means[column][units])
            parts += moved[:, None] * slopes[column][units]
        parts *= linear.weights[cells][:, None]
        squares = (parts - linear.centres[cells]) ** 2
        known = np.isfinite(squares)
        groups = cells[:, None] * functions + np.arange(functions)
        sums.add(groups[known], squares[known])
    return sums
