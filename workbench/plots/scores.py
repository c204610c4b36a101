"""Charts and tables of scores: ranking, distribution, heat map, bands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.display import Chart, Column, Table
from workbench.plots.fitting import fitted, width_of
from workbench.plots.heatmap import heatmap
from workbench.plots.labels import band_limits, counted, joined, phrase, subtitle
from workbench.plots.ranking import ranking, ranking_table
from workbench.plots.sheet import DASHED, Sheet
from workbench.plots.style import ACCENT, GRID, INK, MUTED, band_colours, ramp
from workbench.text import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd

    from workbench.scoring import Scores
    from workbench.text import Lang

__all__ = ["bands", "distribution", "heatmap", "ranking", "ranking_table"]

STEP = 5
"""Width of a class of scores."""
FEW = 8
"""With fewer units quarters say nothing."""
LEFT, RIGHT, CEILING, FLOOR = 0.15, 7.05, 0.92, 2.85
"""Inches: the ends of the scale, the top of the tallest bar, the foot of all."""


@dataclass(frozen=True)
class _Scale:
    """From scores to inches."""

    low: float
    high: float

    def at(self, score: float) -> float:
        """Place of *score* from the left."""
        return LEFT + (score - self.low) / (self.high - self.low) * (RIGHT - LEFT)


def distribution(scores: Scores) -> Chart:
    """How many units score how much: a histogram over the range of scores with the median and the bands' limits."""
    known = scores.index.dropna()
    edges = _edges(known)
    counts, _ = np.histogram(known, edges)
    kind = "none" if known.empty else "few" if len(known) < FEW else "many"
    facts = _spread_facts(scores, known)
    words = {
        part: phrase(f"plots.none_{part}", unit=scores.framework.unit.label)
        if kind == "none"
        else phrase(f"plots.distribution_{part}_{kind}", **facts)
        for part in ("title", "alt", "note")
    }
    labels = [f"{low:g}–{low + STEP:g}".replace("-", "−") for low in edges[:-1]]
    return Chart(
        id="distribution",
        title=words["title"],
        subtitle=subtitle(scores),
        alt=words["alt"],
        table=Table(
            id="distribution-data",
            caption=phrase("plots.distribution_data", step=STEP),
            columns=[
                Column(label=phrase("plots.index"), values=labels, header=True),
                Column(label=scores.framework.unit.plural, values=counts.tolist(), decimals=0),
            ],
            note=words["note"],
        ),
        draw=lambda language: _draw_distribution(scores, known, edges, counts, language),
    )


def _edges(known: pd.Series) -> np.ndarray:
    """Limits of the classes: 0 to 100, and beyond where a normalisation without limits goes beyond."""
    low = min(0, math.floor(known.min() / STEP) * STEP) if len(known) else 0
    high = max(100, math.ceil(known.max() / STEP) * STEP) if len(known) else 100
    return np.arange(low, high + STEP, STEP)


def _spread_facts(scores: Scores, known: pd.Series) -> dict[str, object]:
    return {
        "who": counted(scores, len(known)),
        "units": scores.framework.unit.plural,
        "low": f"{known.quantile(0.25):.1f}",
        "high": f"{known.quantile(0.75):.1f}",
        "median": f"{known.median():.1f}",
        "lowest": f"{known.min():.1f}",
        "highest": f"{known.max():.1f}",
    }


def _draw_distribution(scores: Scores, known: pd.Series, edges: np.ndarray, counts: np.ndarray, language: Lang) -> Sheet:
    sheet = Sheet(7.2, 3.5)
    scale = _Scale(float(edges[0]), float(edges[-1]))
    tall = (FLOOR - CEILING) / max(1, counts.max(initial=0))
    _draw_limits(sheet, scores, scale, language)
    for start, count in zip(edges[:-1], counts, strict=True):
        if count:
            width = scale.at(start + STEP) - scale.at(start)
            sheet.box(scale.at(start) + 0.01, FLOOR - count * tall, width - 0.02, count * tall, ramp(0.62), linewidth=0)
            sheet.text(scale.at(start + STEP / 2), FLOOR - count * tall - 0.11, f"{count}", 9.5, ha="center")
    sheet.line([LEFT, RIGHT], [FLOOR, FLOOR])
    for tick in edges[:: max(1, math.ceil(len(edges) / 11) * 2)]:
        sheet.text(scale.at(tick), FLOOR + 0.15, f"{tick:g}".replace("-", "−"), 9, ha="center", color=MUTED)
    sheet.text((LEFT + RIGHT) / 2, FLOOR + 0.42, phrase("plots.index").get(language), 9.5, ha="center", color=MUTED)
    if len(known):
        x, label = scale.at(known.median()), phrase("plots.median_mark", median=f"{known.median():.1f}").get(language)
        sheet.line([x, x], [0.56, FLOOR], color=ACCENT, linewidth=1.2, dash=DASHED, zorder=0)
        sheet.text(x, 0.44, label, 9.5, ha="center", color=ACCENT)
    return sheet


def _draw_limits(sheet: Sheet, scores: Scores, scale: _Scale, language: Lang) -> None:
    """Names of the bands over the part of the scale that is theirs, and their limits."""
    for band, (low, high) in zip(scores.framework.bands, band_limits(scores, (scale.low, scale.high)), strict=True):
        room = scale.at(high) - scale.at(low) - 0.1
        label = fitted(band.label.get(language), room, 9)
        if width_of(label, 9) <= room:
            sheet.text((scale.at(low) + scale.at(high)) / 2, 0.14, label, 9, ha="center", color=MUTED)
        if low > scale.low:
            sheet.line([scale.at(low)] * 2, [0.05, FLOOR], color=GRID, linewidth=1.0, zorder=0)


def bands(scores: Scores) -> Chart:
    """How many units are in each band."""
    framework = scores.framework
    counts = [int((scores.table["band"] == band.id).sum()) for band in framework.bands]
    most = [band.label for band, count in zip(framework.bands, counts, strict=True) if count == max(counts)]
    kind = "one" if len(most) == 1 else "tied"
    facts: dict[str, object] = {"band": joined(most), "count": max(counts), "who": counted(scores, sum(counts))}
    none = not sum(counts)
    words = {
        part: phrase(f"plots.none_{part}", unit=framework.unit.label) if none else phrase(f"plots.bands_{part}_{kind}", **facts)
        for part in ("title", "alt")
    }
    labels = {language: [band.label.get(language) for band in framework.bands] for language in LANGUAGES}
    return Chart(
        id="bands",
        title=words["title"],
        subtitle=subtitle(scores, phrase("plots.band_measure")),
        alt=words["alt"],
        table=Table(
            id="bands-data",
            caption=phrase("plots.bands_data", who=counted(scores, sum(counts))),
            columns=[
                Column(label=phrase("plots.band"), values=labels, header=True),
                Column(label=phrase("plots.band_from"), values=[band.minimum for band in framework.bands]),
                Column(label=framework.unit.plural, values=counts, decimals=0),
            ],
        ),
        draw=lambda language: _draw_bands(labels[language], counts),
    )


def _draw_bands(labels: list[str], counts: list[int]) -> Sheet:
    """Bars, the highest band at the top."""
    row, size = 0.36, 10.5
    names = [fitted(label, 3.0, size) for label in labels]
    left = max(width_of(name, size) for name in names) + 0.25
    sheet = Sheet(7.2, row * len(counts) + 0.16)
    scale = (7.2 - left - 0.6) / max(1, *counts)
    for place, (name, count, colour) in enumerate(reversed(list(zip(names, counts, band_colours(len(counts)), strict=True)))):
        middle = 0.08 + (place + 0.5) * row
        sheet.text(left - 0.12, middle, name, size, ha="right")
        if count:
            sheet.box(left, middle - 0.13, count * scale, 0.26, colour)
        sheet.text(left + count * scale + 0.1, middle, f"{count:,}", size)
    sheet.line([left, left], [0.08, 0.08 + row * len(counts)], color=INK)
    return sheet
