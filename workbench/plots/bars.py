"""Bars of shares, and counts of shares by class: each with its number beside it, so that colour says nothing alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.plots.fitting import fitted, width_of
from workbench.plots.labels import phrase
from workbench.plots.sheet import DASHED, Sheet, notice
from workbench.plots.style import ACCENT, INK, MUTED, ramp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.text import Lang

__all__ = ["Classes", "draw_bars", "draw_classes"]

WIDTH, ROW, SIZE, NAME, EDGE, PAD = 7.2, 0.27, 9.5, 3.4, 0.08, 0.1
"""Inches: width of the figure, height of a row; points of letters; most room for a name, margin, around texts."""
LEFT, RIGHT, CEILING, FLOOR, HEIGHT = 0.3, 6.9, 0.5, 2.05, 2.6
"""Inches of the counts: ends of the scale, top of the tallest bar, foot of all, the sheet."""


def draw_bars(names: Sequence[str], shares: Sequence[float], beside: Sequence[str], otherwise: str = "–") -> Sheet:
    """A bar for each of *shares*, 0 to 1, named on its left, with the words of *beside* on its right.

    Without any it only says *otherwise*.
    """
    if not names:
        return notice(otherwise)
    fit = [fitted(name, NAME, SIZE) for name in names]
    room = max(width_of(name, SIZE) for name in fit)
    words = max(width_of(word, SIZE) for word in beside)
    start, end = EDGE + room + PAD, WIDTH - EDGE - words - PAD
    most = max([*shares, 0.01])
    scale = 1.0 if most > 0.5 else most * 1.05  # noqa: PLR2004  (small shares are drawn on their own scale)
    sheet = Sheet(WIDTH, len(names) * ROW + 2 * EDGE)
    for place, (name, share, word) in enumerate(zip(fit, shares, beside, strict=True)):
        middle = EDGE + (place + 0.5) * ROW
        long = (end - start) * share / scale
        sheet.text(start - PAD, middle, name, SIZE, ha="right")
        if long:
            sheet.box(start, middle - ROW * 0.33, long, ROW * 0.66, ramp(0.62), linewidth=0)
        sheet.text(start + long + PAD / 2, middle, word, SIZE, color=INK)
    sheet.line([start, start], [EDGE, EDGE + len(names) * ROW])
    return sheet


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Counts of shares, 0 to 1, in classes of equal width, and the limit that a rule sets."""

    counts: Sequence[int]
    limit: float
    """Share from which the rule holds."""
    scale: str


def draw_classes(classes: Classes, language: Lang) -> Sheet:
    """A bar for each class from 0 to 100 per cent, with its count, and a line at the limit."""
    counts = np.asarray(classes.counts)
    if not counts.sum():
        return notice(phrase("quality.not_drawn").get(language))
    sheet, span = Sheet(WIDTH, HEIGHT), RIGHT - LEFT
    tall, wide = (FLOOR - CEILING) / int(counts.max()), span / len(counts)
    for place, count in enumerate(counts):
        left = LEFT + place * wide
        if count:
            sheet.box(left + 0.01, FLOOR - count * tall, wide - 0.02, count * tall, ramp(0.62), linewidth=0)
            sheet.text(left + wide / 2, FLOOR - count * tall - 0.11, f"{count:,}", 9, ha="center")
    sheet.line([LEFT, RIGHT], [FLOOR, FLOOR])
    for tick in range(0, 101, 10):
        sheet.text(LEFT + span * tick / 100, FLOOR + 0.15, f"{tick}", 9, ha="center", color=MUTED)
    sheet.text((LEFT + RIGHT) / 2, FLOOR + 0.4, classes.scale, 9.5, ha="center", color=MUTED)
    x = LEFT + span * classes.limit
    sheet.line([x, x], [0.3, FLOOR], color=ACCENT, linewidth=1.2, dash=DASHED, zorder=3)
    label = phrase("quality.limit", value=f"{100 * classes.limit:.0f}").get(language)
    sheet.text(x, 0.18, label, 9.5, ha="center", color=ACCENT)
    return sheet
