"""A small histogram of scores: counts over classes of ten points, with the median."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from workbench.plots.labels import phrase
from workbench.plots.sheet import DASHED, Sheet, notice
from workbench.plots.style import ACCENT, MUTED, ramp

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from workbench.plots.marks import Side
    from workbench.text import Lang

__all__ = ["draw_histogram", "edges_of"]

STEP = 10
LEFT, RIGHT, CEILING, FLOOR, HEIGHT = 0.2, 7.0, 0.45, 1.95, 2.5
"""Inches: the ends of the scale, the top of the tallest bar, the foot of all, the sheet."""


def edges_of(values: pd.Series) -> NDArray[np.float64]:
    """Limits of the classes: 0 to 100, and beyond where a normalisation without limits goes beyond."""
    low = min(0, math.floor(values.min() / STEP) * STEP) if len(values) else 0
    high = max(100, math.ceil(values.max() / STEP) * STEP) if len(values) else 100
    return np.arange(low, high + STEP, STEP, dtype=float)


def draw_histogram(values: pd.Series, edges: NDArray[np.float64], counts: NDArray[np.int64], scale: str, language: Lang) -> Sheet:
    """*counts* between *edges*, the scale named *scale*, the median of *values* marked."""
    if values.empty:
        return notice(phrase("indicators.empty").get(language))
    sheet, span = Sheet(7.2, HEIGHT), RIGHT - LEFT
    tall = (FLOOR - CEILING) / max(1, int(counts.max()))
    places = LEFT + (edges - edges[0]) / (edges[-1] - edges[0]) * span
    for start, end, count in zip(places[:-1], places[1:], counts, strict=True):
        if count:
            sheet.box(start + 0.01, FLOOR - count * tall, end - start - 0.02, count * tall, ramp(0.62), linewidth=0)
            sheet.text((start + end) / 2, FLOOR - count * tall - 0.11, f"{count}", 9.5, ha="center")
    sheet.line([LEFT, RIGHT], [FLOOR, FLOOR])
    for x, edge in zip(places, edges, strict=True):
        sheet.text(x, FLOOR + 0.15, f"{edge:g}".replace("-", "−"), 9, ha="center", color=MUTED)
    sheet.text((LEFT + RIGHT) / 2, FLOOR + 0.4, scale, 9.5, ha="center", color=MUTED)
    median = float(values.median())
    x = LEFT + (median - edges[0]) / (edges[-1] - edges[0]) * span
    sheet.line([x, x], [0.28, FLOOR], color=ACCENT, linewidth=1.2, dash=DASHED, zorder=0)
    label = phrase("plots.median_mark", median=f"{median:.1f}").get(language)
    side: Side = "right" if x > (LEFT + RIGHT) * 0.8 else "left" if x < (LEFT + RIGHT) * 0.2 else "center"
    sheet.text(x, 0.16, label, 9.5, ha=side, color=ACCENT)
    return sheet
