"""Rows of units over a scale of ranks, in as many panels as there are hundreds of units: names, scale, grid and legend.

What stands in the rows is drawn by the caller, who is told where each rank and each row lies.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from workbench.plots.fitting import fitted, width_of
from workbench.plots.sheet import Key, Sheet, legend_height
from workbench.plots.style import GRID, MUTED

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Panel", "ranked_rows"]

MOST = 100
"""Rows of a panel."""
PITCH, TOP, SCALE, EDGE, LONGEST = 0.2, 0.08, 0.48, 0.1, 2.2
"""Inches: a row, above the first, for the scale and its name, margin, the longest name."""
WIDEST, NARROW = 7.6, 5.2
"""Inches: of a figure with one panel, of each of several."""
SIZE = 9.5


@dataclass(frozen=True)
class Panel:
    """Where the rows from `first` to before `end` lie."""

    first: int
    end: int
    left: float
    right: float
    ranks: int

    def x(self, rank: float) -> float:
        """Of a rank, from 0 to one more than there are."""
        return self.left + rank / (self.ranks + 1) * (self.right - self.left)

    def y(self, place: int) -> float:
        """Of the middle of a row, counted over all panels."""
        return TOP + (place - self.first + 0.5) * PITCH


def ranked_rows(names: Sequence[str], keys: Sequence[Key], scale: str) -> tuple[Sheet, list[Panel]]:
    """A sheet with everything but what stands in the rows; one row and one rank for each of *names*."""
    count = math.ceil(len(names) / MOST)
    down = math.ceil(len(names) / count)
    wide = WIDEST if count == 1 else NARROW
    labels = [fitted(name, LONGEST, SIZE) for name in names]
    room = max(width_of(label, SIZE) for label in labels) + 2 * EDGE
    foot = legend_height(keys, wide * count - 2 * EDGE)
    sheet = Sheet(wide * count, TOP + PITCH * down + SCALE + foot + EDGE)
    panels = [
        Panel(start, min(start + down, len(names)), place * wide + room, (place + 1) * wide - 2 * EDGE, len(names))
        for place, start in enumerate(range(0, len(names), down))
    ]
    bottom = TOP + PITCH * down
    for panel in panels:
        _scale(sheet, panel, bottom, scale)
        for place in range(panel.first, panel.end):
            sheet.text(panel.left - EDGE, panel.y(place), labels[place], SIZE, ha="right")
    used = sum(width_of(key.label, SIZE) + 0.6 for key in keys)
    sheet.legend(keys, max(EDGE, (sheet.width - used) / 2), bottom + SCALE, sheet.width - 2 * EDGE)
    return sheet, panels


def _scale(sheet: Sheet, panel: Panel, bottom: float, name: str) -> None:
    for tick in MaxNLocator(8, steps=[1, 2, 5, 10], integer=True).tick_values(0, panel.ranks + 1):
        if 0 <= tick <= panel.ranks + 1:
            x = panel.x(float(tick))
            sheet.line([x, x], [TOP, bottom], color=GRID, linewidth=0.7, zorder=0)
            sheet.text(x, bottom + 0.13, f"{tick:g}", 9, ha="center", color=MUTED)
    sheet.line([panel.left, panel.right], [bottom, bottom])
    sheet.text((panel.left + panel.right) / 2, bottom + 0.34, name, SIZE, ha="center", color=MUTED)
