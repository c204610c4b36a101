"""A dot with an interval for each unit, in rank order, in as many columns as fit a sheet of paper.

Colour never stands alone: the place of the dot says the same, and the number stands beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from workbench.plots.fitting import fitted, width_of
from workbench.plots.sheet import DASHED, PAGE, Key, Sheet, legend_height
from workbench.plots.style import ACCENT, GRID, INK, MUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Rows", "columns_for", "draw_rows"]

FEWER_THAN = (37, 91)
"""Below the first number one column, below the second two, else three: so a figure keeps the shape of a page."""
SHAPES = {1: (7.2, 0.25, 10.0, 2.8), 2: (PAGE, 0.215, 9.5, 1.6), 3: (PAGE, 0.16, 8.0, 1.12)}
"""By number of columns: width of the figure, height of a row, points of its letters, most room for a name.

Three columns leave no room for numbers; the table has them."""
FEW_ROWS = 20
"""Up to so many rows the scale below is near enough to every dot."""
GAP, PAD, EDGE, SCALE_ROOM, MARK_ROOM, AXIS_ROOM = 0.24, 0.1, 0.06, 0.24, 0.24, 0.24
"""Inches: between columns, around texts, margin, numbers of the scale, mark of the line, name of the scale."""
TICK_ROOM = 0.3
"""Inches for one number of the scale."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What is drawn, in order from the top; all of one length."""

    ranks: Sequence[str]
    names: Sequence[str]
    values: Floats
    half: Floats
    """Half the width of each interval; NaN draws none."""
    colours: Sequence[str]
    scale: str
    """What the numbers are."""
    line: float | None = None
    """Where a line is drawn through all rows, such as the mean."""
    line_label: str = ""
    keys: Sequence[Key] = ()


def columns_for(count: int) -> int:
    """In how many columns *count* rows are drawn: at most three."""
    return 1 + sum(count >= limit for limit in FEWER_THAN)


def draw_rows(rows: Rows) -> Sheet:
    """The rows, at least one, the scale below (and above, where they are many) and the legend."""
    count = len(rows.values)
    columns = columns_for(count)
    width, pitch, _, _ = SHAPES[columns]
    down = math.ceil(count / columns)
    head = (MARK_ROOM if rows.line is not None else 0.0) + (SCALE_ROOM if down > FEW_ROWS else 0.0) + 0.05
    foot = SCALE_ROOM + AXIS_ROOM + 0.1 + legend_height(rows.keys, width - 2 * PAD) + 0.05
    sheet = Sheet(width, head + down * pitch + foot)
    wide = (width - 2 * EDGE - (columns - 1) * GAP) / columns
    limits = _limits(rows)
    for column in range(columns):
        part = slice(column * down, min((column + 1) * down, count))
        _Block(sheet, rows, part, columns, limits).draw(EDGE + column * (wide + GAP), head, wide)
    sheet.text(width / 2, head + down * pitch + SCALE_ROOM + AXIS_ROOM / 2, rows.scale, 9.5, ha="center", color=MUTED)
    sheet.legend(rows.keys, PAD, sheet.height - legend_height(rows.keys, width - 2 * PAD) - 0.05, width - 2 * PAD)
    return sheet


class _Block:
    """One column of rows."""

    def __init__(self, sheet: Sheet, rows: Rows, part: slice, columns: int, limits: tuple[float, float]) -> None:
        self.sheet, self.rows, self.part, self.limits = sheet, rows, part, limits
        _, self.pitch, self.size, most = SHAPES[columns]
        self.names = [fitted(name, most, self.size) for name in rows.names]
        self.rank_room = max(width_of(rank, self.size) for rank in rows.ranks)
        self.name_room = max(width_of(name, self.size) for name in self.names)
        self.values = [f"{value:.1f}".replace("-", "−") if columns < len(SHAPES) else "" for value in rows.values]
        self.value_room = max(width_of(value, self.size) for value in self.values)

    def draw(self, left: float, top: float, width: float) -> None:
        """Everything of the column."""
        count = self.part.stop - self.part.start
        self.start = left + self.rank_room + self.name_room + 2.5 * PAD
        self.end = left + width - self.value_room - 1.5 * PAD
        middles = top + (np.arange(count) + 0.5) * self.pitch
        bottom = top + count * self.pitch
        self._scale(top, bottom)
        for y in middles:
            self.sheet.line([self.start, self.end], [y, y], color=GRID, linewidth=0.5, zorder=1)
        self._labels(left, left + width, middles)
        self._dots(middles)
        if self.rows.line is not None:
            self._line(self.rows.line, top, bottom)

    def _at(self, values: Floats | float) -> Floats:
        low, high = self.limits
        return np.asarray(self.start + (np.asarray(values) - low) / (high - low) * (self.end - self.start))

    def _scale(self, top: float, bottom: float) -> None:
        low, high = self.limits
        mark = 0.0 if self.rows.line is None else MARK_ROOM
        many = max(2, int((self.end - self.start) / TICK_ROOM))
        ticks = [tick for tick in MaxNLocator(many, steps=[1, 2, 5, 10]).tick_values(low, high) if low <= tick <= high]
        self.sheet.line([self.start, self.end], [bottom, bottom])
        for tick in ticks:
            x = float(self._at(tick))
            self.sheet.line([x, x], [top, bottom], color=GRID, zorder=1)
            self.sheet.text(x, bottom + SCALE_ROOM / 2, f"{tick:g}", 9, ha="center", color=MUTED)
            if bottom - top > FEW_ROWS * self.pitch:
                self.sheet.text(x, top - mark - SCALE_ROOM / 2, f"{tick:g}", 9, ha="center", color=MUTED)

    def _labels(self, left: float, right: float, middles: Floats) -> None:
        for place, y in enumerate(middles, start=self.part.start):
            self.sheet.text(left + self.rank_room, y, self.rows.ranks[place], self.size, ha="right", color=MUTED)
            self.sheet.text(left + self.rank_room + PAD, y, self.names[place], self.size)
            if self.values[place]:
                self.sheet.text(right, y, self.values[place], self.size, ha="right")

    def _dots(self, middles: Floats) -> None:
        values, half = self.rows.values[self.part], self.rows.half[self.part]
        lows, highs = self._at(values - half), self._at(values + half)
        for y, low, high in zip(middles, lows, highs, strict=True):
            if high > low:
                self.sheet.line([low, high], [y, y], color=INK, linewidth=1.3, zorder=2)
        size = 40 * (self.pitch / 0.25)
        for x, y, colour in zip(self._at(values), middles, self.rows.colours[self.part], strict=True):
            self.sheet.dot(x, y, size, colour, stroke=0.6)

    def _line(self, value: float, top: float, bottom: float) -> None:
        x = float(self._at(value))
        self.sheet.line([x, x], [top, bottom], color=ACCENT, linewidth=1.2, dash=DASHED, zorder=1.5)
        self.sheet.text(x, top - MARK_ROOM / 2, self.rows.line_label, 9.5, ha="center", color=ACCENT)


def _limits(rows: Rows) -> tuple[float, float]:
    """Ends of the scale with a little air, within 0 to 100 where all values are."""
    half = np.nan_to_num(rows.half)
    low, high = float((rows.values - half).min()), float((rows.values + half).max())
    air = max((high - low) * 0.04, 1.0)
    return (max(low - air, 0.0) if low >= 0 else low - air), (min(high + air, 100.0) if high <= 100 else high + air)  # noqa: PLR2004
