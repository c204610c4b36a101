"""Dots with intervals, one row each, under headings: loadings, shares of variance, coefficients, cluster means.

Sizes are in inches and the figure grows with its rows. The number stands beside every dot, so colour is not needed;
a hollow dot is one whose interval holds the line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from workbench.plots.fitting import fitted, width_of
from workbench.plots.sheet import DASHED, Sheet
from workbench.plots.style import ACCENT, GRID, INK, MUTED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


__all__ = ["Interval", "draw_intervals"]

WIDTH, ROW, EDGE, PAD, FOOT, MARK = 7.4, 0.245, 0.08, 0.12, 0.5, 0.28
MOST_LABEL = 3.3
SIZE = 9.5


@dataclass(frozen=True, kw_only=True)
class Interval:
    """One row: a number with its interval, or a heading, which has none."""

    label: str
    value: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    heading: bool = False


def draw_intervals(
    rows: Sequence[Interval], *, scale: str, line: float | None = None, line_label: str = "", decimals: int = 2
) -> Sheet:
    """The rows from top to bottom with one scale.

    Args:
        rows: At least one that is no heading.
        scale: Name of the scale.
        line: Where a line is drawn through all rows, such as 0 or a usual minimum.
        line_label: What the line is.
        decimals: Of the numbers beside the dots.
    """
    shown = [f"{row.value:.{decimals}f}".replace("-", "−") if not row.heading else "" for row in rows]
    head = MARK if line is not None and line_label else 0.1
    sheet = Sheet(WIDTH, head + len(rows) * ROW + FOOT)
    labels = [fitted(row.label, WIDTH - 1.0 if row.heading else MOST_LABEL, SIZE, bold=row.heading) for row in rows]
    plain = [width_of(label, SIZE) for label, row in zip(labels, rows, strict=True) if not row.heading]
    start = EDGE + max(plain) + 2 * PAD
    end = WIDTH - EDGE - max(width_of(text, SIZE) for text in shown) - 2 * PAD
    low, high = _limits(rows, line)
    bottom = head + len(rows) * ROW

    def at(value: float) -> float:
        return start + (value - low) / (high - low) * (end - start)

    for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high):
        if low <= tick <= high:
            sheet.line([at(tick)] * 2, [head, bottom], color=GRID, zorder=1)
            sheet.text(at(tick), bottom + 0.12, f"{tick:g}".replace("-", "−"), 9, ha="center", color=MUTED)
    sheet.text((start + end) / 2, bottom + 0.34, scale, SIZE, ha="center", color=MUTED)
    if line is not None:
        sheet.line([at(line)] * 2, [head, bottom], color=ACCENT, linewidth=1.2, dash=DASHED, zorder=1.5)
        sheet.text(at(line), head / 2, line_label, SIZE, ha="center", color=ACCENT)
    for place, row in enumerate(rows):
        y = head + (place + 0.5) * ROW
        if row.heading:
            sheet.text(EDGE, y, labels[place], SIZE, weight="bold")
            continue
        _row(sheet, row, at, y, line)
        sheet.text(start - PAD, y, labels[place], SIZE, ha="right")
        sheet.text(WIDTH - EDGE, y, shown[place], SIZE, ha="right")
    return sheet


def _row(sheet: Sheet, row: Interval, at: Callable[[float], float], y: float, line: float | None) -> None:
    known = np.isfinite([row.low, row.high]).all()
    holds = known and line is not None and row.low <= line <= row.high
    if known:
        sheet.line([at(row.low), at(row.high)], [y, y], color=INK, linewidth=1.3, zorder=2)
    face = "#ffffff" if holds else ACCENT
    sheet.dot(at(row.value), y, 34, face, edge=ACCENT, stroke=1.3)


def _limits(rows: Sequence[Interval], line: float | None) -> tuple[float, float]:
    numbers = [number for row in rows if not row.heading for number in (row.value, row.low, row.high)]
    known = [number for number in [*numbers, line if line is not None else np.nan] if np.isfinite(number)]
    low, high = min(known), max(known)
    air = max((high - low) * 0.05, 1e-6)
    return low - air, high + air
