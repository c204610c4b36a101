"""The heat map of units by pillars: every cell has its number, so colour only leads the eye."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.display import MISSING, Chart, Column, Table
from workbench.plots.fitting import fitted, width_of
from workbench.plots.labels import counted, marked, named, phrase, subtitle
from workbench.plots.sheet import HATCHES, PAGE, Sheet
from workbench.plots.style import MUTED, text_on, tint
from workbench.text import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from workbench.scoring import Scores
    from workbench.text import Lang, Text

    Floats = NDArray[np.float64]

__all__ = ["heatmap"]

MANY = 40
"""Rows of one panel before another is put beside it, where there is room."""
PANEL_GAP, EDGE, KEY = 0.18, 0.08, 0.5
"""Inches: between panels, margin, room for the key below."""
SLOPE, HEAD_SIZE = 60, 9.0
"""Degrees of a column's name where it is wider than the column, and its points."""


@dataclass(frozen=True)
class _Sizes:
    """Inches, and points of the letters."""

    row: float
    cell: float
    widest: float
    """Of cells whose names stand level above them."""
    name: float
    head: float
    size: float


SIZES = (
    _Sizes(row=0.215, cell=0.38, widest=2.0, name=1.6, head=2.4, size=9.0),
    _Sizes(row=0.2, cell=0.34, widest=0.5, name=1.3, head=1.8, size=8.5),
    _Sizes(row=0.168, cell=0.34, widest=0.5, name=1.15, head=1.6, size=8.0),
)
"""From roomy to tight; the first that puts panels of at most MANY rows side by side, else the tightest."""


def heatmap(scores: Scores) -> Chart:
    """Units by pillars in rank order, the mean of all first; a cell that was not measured is hatched."""
    units = list(scores.table.index[scores.index.notna()])
    pillars = scores.elements("pillar")
    values = scores.table.loc[units, pillars].astype(float)
    title, alt = _words(scores, values)
    return Chart(
        id="heatmap",
        title=title,
        subtitle=subtitle(scores, phrase("plots.pillar_measure")),
        alt=alt,
        table=_table(scores, values),
        draw=lambda language: _draw(scores, values, language),
    )


def _words(scores: Scores, values: pd.DataFrame) -> tuple[Text, Text]:
    means, label = values.mean().dropna(), scores.framework.label
    if means.empty:
        unit = scores.framework.unit.label
        return phrase("plots.none_title", unit=unit), phrase("plots.none_alt", unit=unit)
    best, worst = str(means.idxmax()), str(means.idxmin())
    facts: dict[str, object] = {
        "who": counted(scores, len(values)),
        "best": label(best),
        "worst": label(worst),
        "high": f"{means[best]:.1f}",
        "low": f"{means[worst]:.1f}",
    }
    kind = "one" if best == worst else "many"
    return phrase(f"plots.heatmap_title_{kind}", **facts), phrase(f"plots.heatmap_alt_{kind}", **facts)


def _table(scores: Scores, values: pd.DataFrame) -> Table:
    units, mean = [str(unit) for unit in values.index], phrase("plots.mean_row")
    names = named(scores.names, units)
    first = Column(
        label=scores.framework.unit.label,
        values={language: [mean.get(language), *names[language]] for language in LANGUAGES},
        header=True,
    )
    rest = [
        Column(label=scores.framework.label(name), values=[values[name].mean(), *marked(scores, name, values[name])], decimals=1)
        for name in values.columns
    ]
    caption = phrase("plots.heatmap_data", who=counted(scores, len(units)))
    return Table(id="heatmap-data", caption=caption, columns=[first, *rest])


def _draw(scores: Scores, values: pd.DataFrame, language: Lang) -> Sheet:
    names = named(scores.names, list(values.index))[language]
    heads = [scores.framework.label(name).get(language) for name in values.columns]
    mean = phrase("plots.mean_row").get(language)
    grid = _Grid(values.to_numpy(), values.mean().to_numpy(), names, heads, mean)
    return grid.sheet(phrase("plots.heat_key").get(language), MISSING.get(language))


def _ends(known: Floats) -> tuple[float, float]:
    """Scores of the palest and the darkest colour, so far apart that four steps between them are round numbers."""
    low = math.floor(float(known.min(initial=100.0)) / 10) * 10
    high = low + max(20, math.ceil((float(known.max(initial=0.0)) - low) / 20) * 20)
    beyond = max(0, high - 100) if known.max(initial=0.0) <= 100 else 0  # noqa: PLR2004  (no score is higher)
    return low - beyond, high - beyond


class _Grid:
    """The cells, their names and their place on the sheet."""

    def __init__(self, values: Floats, means: Floats, names: Sequence[str], heads: Sequence[str], mean: str) -> None:
        self.values, self.means, self.mean = values, means, mean
        known = values[~np.isnan(values)]
        self.low, self.high = _ends(known)
        for self.sizes in SIZES:
            self.names = [fitted(name, self.sizes.name, self.sizes.size) for name in names]
            self.heads = [fitted(head, self.sizes.head, HEAD_SIZE) for head in heads]
            if self._fits():
                break

    def _fits(self) -> bool:
        """Place panels, cells and the columns' names (level or leaning); whether panels are as many as wanted."""
        sizes, count, longest = self.sizes, len(self.heads), max(width_of(head, HEAD_SIZE) for head in self.heads)
        self.room = max(width_of(name, sizes.size, bold=True) for name in [*self.names, self.mean]) + 2 * EDGE
        self.level = len(self.names) <= MANY and longest + EDGE <= min(sizes.widest, (PAGE - self.room - EDGE) / count)
        self.overhang = 0.0 if self.level else longest * math.cos(math.radians(SLOPE))
        self.top = 0.35 if self.level else longest * math.sin(math.radians(SLOPE)) + 0.3
        free, wanted = PAGE - self.overhang - EDGE, max(1, math.ceil(len(self.names) / MANY))
        self.panels = max(1, min(wanted, int((free + PANEL_GAP) / (self.room + sizes.cell * count + PANEL_GAP))))
        spare = ((free + PANEL_GAP) / self.panels - PANEL_GAP - self.room) / count
        self.cell = min(longest + EDGE if self.level else 0.5, max(sizes.cell, spare))
        return self.panels == wanted

    def sheet(self, key: str, missing: str) -> Sheet:
        """All panels and the key; *key* and *missing* are its words."""
        down = max(1, math.ceil(len(self.names) / self.panels))
        wide = self.room + self.cell * len(self.heads)
        width = self.panels * wide + (self.panels - 1) * PANEL_GAP + self.overhang + EDGE
        bottom = self.top + self.sizes.row * (down + 1) + 0.06
        sheet = Sheet(max(width, 5.0), bottom + KEY)
        for panel in range(self.panels):
            self._panel(sheet, panel * (wide + PANEL_GAP), slice(panel * down, (panel + 1) * down))
        self._key(sheet, key, missing, bottom)
        return sheet

    def _panel(self, sheet: Sheet, left: float, part: slice) -> None:
        for place, head in enumerate(self.heads):
            x = left + self.room + self.cell * (place + 0.5)
            if self.level:
                sheet.text(x, self.top - 0.15, head, HEAD_SIZE, ha="center")
            else:
                sheet.leaning(x - 0.02, self.top - 0.1, head, HEAD_SIZE, SLOPE)
        self._row(sheet, left, self.top, self.mean, self.means, weight="bold")
        for row, (name, values) in enumerate(zip(self.names[part], self.values[part], strict=True)):
            self._row(sheet, left, self.top + self.sizes.row * (row + 1) + 0.06, name, values)

    def _row(self, sheet: Sheet, left: float, top: float, name: str, values: Floats, weight: str = "normal") -> None:
        row, size = self.sizes.row, self.sizes.size
        sheet.text(left + self.room - EDGE, top + row / 2, name, size, ha="right", weight=weight)
        for place, value in enumerate(values):
            x = left + self.room + self.cell * place
            if np.isnan(value):
                sheet.box(x, top, self.cell, row, "#ffffff", edgecolor=MUTED, hatch=HATCHES[0], linewidth=0.4)
                continue
            colour = self._colour(float(value))
            sheet.box(x, top, self.cell, row, colour, edgecolor="#ffffff", linewidth=0.8)
            shown = f"{value:.0f}".replace("-", "−")
            sheet.text(x + self.cell / 2, top + row / 2, shown, size, ha="center", color=text_on(colour), weight=weight)

    def _colour(self, value: float) -> str:
        return tint((value - self.low) / (self.high - self.low))

    def _key(self, sheet: Sheet, key: str, missing: str, top: float) -> None:
        """Five steps of colour with their scores."""
        top, wide, tall = top + 0.2, 0.36, SIZES[0].row
        sheet.text(EDGE, top + tall / 2, key, HEAD_SIZE, color=MUTED)
        left = EDGE + width_of(key, HEAD_SIZE) + 0.15
        for step in range(5):
            value = self.low + (self.high - self.low) * step / 4
            colour = self._colour(value)
            sheet.box(left + step * wide, top, wide, tall, colour, edgecolor=MUTED, linewidth=0.4)
            label = f"{value:.0f}".replace("-", "−")
            sheet.text(left + (step + 0.5) * wide, top + tall / 2, label, HEAD_SIZE, ha="center", color=text_on(colour))
        if np.isnan(self.values).any():
            x = left + 5 * wide + 0.2
            sheet.box(x, top, wide, tall, "#ffffff", edgecolor=MUTED, hatch=HATCHES[0], linewidth=0.4)
            sheet.text(x + wide + 0.08, top + tall / 2, missing, HEAD_SIZE)
