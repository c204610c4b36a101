"""The heat map of factor loadings: a row for each indicator under its pillar, a column for each factor.

Sizes are in inches, and the figure grows with rows and columns, so text never overlaps and never shrinks.
Colour never stands alone: every cell has its number, and small loadings are dimmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import LinearSegmentedColormap, to_hex

from workbench.plots.fitting import fitted, titled
from workbench.plots.sheet import Sheet
from workbench.plots.style import MUTED, text_on

if TYPE_CHECKING:
    import pandas as pd

    from workbench.factors import Evidence, FactorAnalysis
    from workbench.text import Lang

__all__ = ["HeatMap", "decimal"]

DIM = 0.30
"""A loading below it is printed dimmed."""
ROW, CELL, LABELS, HEAD, EDGE, GAP = 0.245, 0.62, 3.9, 0.62, 0.08, 0.015
"""Inches: height of a row, width of a cell, room for labels, for column heads, at the edges, between cells."""
SIZE = 9.5


def decimal(value: float) -> str:
    """Two decimals with a true minus."""
    return f"{value:.2f}".replace("-", "−")


class HeatMap:
    """The drawing of the loadings: a row for each indicator under its pillar, a column for each factor."""

    def __init__(self, analysis: FactorAnalysis, evidence: Evidence, table: pd.DataFrame, language: Lang) -> None:
        self.analysis, self.evidence, self.table, self.language = analysis, evidence, table, language
        pillars = analysis.homes.loc[table.index, "pillar"]
        self.rows: list[tuple[str, bool]] = []
        """Ids from top to bottom, and whether each is a pillar."""
        for pillar in dict.fromkeys(pillars):
            self.rows.append((pillar, True))
            self.rows += [(str(name), False) for name in table.index[pillars == pillar]]

    def sheet(self) -> Sheet:
        """All rows at their size in inches; the figure grows with them."""
        factors = self.table.shape[1]
        width, height = LABELS + CELL * (factors + 1) + EDGE, ROW * len(self.rows) + HEAD + EDGE
        sheet = Sheet(width, height)
        self._heads(sheet)
        for place, (name, is_pillar) in enumerate(self.rows):
            top = HEAD + place * ROW
            if is_pillar:
                self._pillar(sheet, name, top, width)
            else:
                self._indicator(sheet, name, top)
        return sheet

    def _heads(self, sheet: Sheet) -> None:
        owners = self.analysis.homes.drop_duplicates("factor").set_index("factor")["factor_pillar"]
        for place, factor in enumerate(self.table.columns):
            middle = LABELS + CELL * (place + 0.5)
            sheet.text(middle, HEAD - 0.43, factor, SIZE + 1, ha="center", weight="bold")
            under = fitted(str(owners.get(factor, "")), CELL - 0.04, SIZE - 1)
            sheet.text(middle, HEAD - 0.17, under, SIZE - 1, ha="center", color=MUTED)
        last = LABELS + CELL * (self.table.shape[1] + 0.5)
        sheet.text(last, HEAD - 0.43, "h²", SIZE + 1, ha="center", weight="bold")

    def _pillar(self, sheet: Sheet, name: str, top: float, width: float) -> None:
        line = fitted(titled(name, self.evidence.labels).get(self.language), width - 2 * EDGE, SIZE, bold=True)
        sheet.text(EDGE, top + ROW / 2, line, SIZE, weight="bold")
        sheet.line([EDGE, width - EDGE], [top + 0.01] * 2)

    def _indicator(self, sheet: Sheet, name: str, top: float) -> None:
        label = fitted(titled(name, self.evidence.labels).get(self.language), LABELS - 3 * EDGE, SIZE)
        sheet.text(2 * EDGE, top + ROW / 2, label, SIZE)
        for place, value in enumerate(self.table.loc[name]):
            self._cell(sheet, LABELS + CELL * place, top, float(value))
        left = LABELS + CELL * (self.table.shape[1] + 0.5)
        shared = f"{self.analysis.communalities[name]:.2f}"
        sheet.text(left, top + ROW / 2, shared, SIZE, ha="center")

    def _cell(self, sheet: Sheet, left: float, top: float, value: float) -> None:
        fill = _tint(value)
        if fill:
            sheet.box(left + GAP, top + GAP, CELL - 2 * GAP, ROW - 2 * GAP, fill, linewidth=0)
        colour = text_on(fill) if fill else MUTED
        shown = decimal(value) if round(value, 2) else "0.00"
        size = SIZE if fill else SIZE - 1.5
        sheet.text(left + CELL / 2, top + ROW / 2, shown, size, ha="center", color=colour)


_ABOVE = LinearSegmentedColormap.from_list("above", ["#e4eff7", "#7fb2d6", "#0b5c8c", "#06324d"])
_BELOW = LinearSegmentedColormap.from_list("below", ["#fbeadd", "#f0a875", "#b34700", "#5e2500"])


def _tint(value: float) -> str:
    """Fill of a cell; none for a dimmed one. Blue is positive, orange negative; the sign is printed too."""
    if abs(value) < DIM:
        return ""
    return str(to_hex((_ABOVE if value > 0 else _BELOW)(min(1.0, (abs(value) - DIM) / (1 - DIM)))))
