"""The heat map of factor loadings: a row for each indicator under its pillar, a column for each factor.

Sizes are in inches, and the figure grows with rows and columns, so text never overlaps and never shrinks.
Colour never stands alone: every cell has its number, and small loadings are dimmed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from workbench.plots.fitting import fitted, titled
from workbench.plots.style import INK, MUTED, new_figure, text_on

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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

    def figure(self) -> Figure:
        """All rows at their size in inches; the figure grows with them."""
        factors = self.table.shape[1]
        width, height = LABELS + CELL * (factors + 1) + EDGE, ROW * len(self.rows) + HEAD + EDGE
        figure = new_figure(width, height)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        self._heads(axes)
        for place, (name, is_pillar) in enumerate(self.rows):
            top = HEAD + place * ROW
            if is_pillar:
                self._pillar(axes, name, top, width)
            else:
                self._indicator(axes, name, top)
        return figure

    def _heads(self, axes: Axes) -> None:
        owners = self.analysis.homes.drop_duplicates("factor").set_index("factor")["factor_pillar"]
        for place, factor in enumerate(self.table.columns):
            middle = LABELS + CELL * (place + 0.5)
            axes.text(middle, HEAD - 0.32, factor, ha="center", va="bottom", fontsize=SIZE + 1, weight="bold")
            under = fitted(str(owners.get(factor, "")), CELL - 0.04, SIZE - 1)
            axes.text(middle, HEAD - 0.08, under, ha="center", va="bottom", fontsize=SIZE - 1, color=MUTED)
        last = LABELS + CELL * (self.table.shape[1] + 0.5)
        axes.text(last, HEAD - 0.32, "h²", ha="center", va="bottom", fontsize=SIZE + 1, weight="bold")

    def _pillar(self, axes: Axes, name: str, top: float, width: float) -> None:
        line = fitted(titled(name, self.evidence.labels).get(self.language), width - 2 * EDGE, SIZE, bold=True)
        axes.text(EDGE, top + ROW * 0.56, line, va="center", fontsize=SIZE, weight="bold")
        axes.plot([EDGE, width - EDGE], [top + 0.01] * 2, color=MUTED, linewidth=0.8)

    def _indicator(self, axes: Axes, name: str, top: float) -> None:
        label = fitted(titled(name, self.evidence.labels).get(self.language), LABELS - 3 * EDGE, SIZE)
        axes.text(2 * EDGE, top + ROW * 0.56, label, va="center", fontsize=SIZE)
        for place, value in enumerate(self.table.loc[name]):
            self._cell(axes, LABELS + CELL * place, top, float(value))
        left = LABELS + CELL * (self.table.shape[1] + 0.5)
        shared = f"{self.analysis.communalities[name]:.2f}"
        axes.text(left, top + ROW * 0.56, shared, ha="center", va="center", fontsize=SIZE, color=INK)

    def _cell(self, axes: Axes, left: float, top: float, value: float) -> None:
        fill = _tint(value)
        if fill:
            axes.add_patch(Rectangle((left + GAP, top + GAP), CELL - 2 * GAP, ROW - 2 * GAP, facecolor=fill, linewidth=0))
        colour = text_on(fill) if fill else MUTED
        shown = decimal(value) if round(value, 2) else "0.00"
        axes.text(
            left + CELL / 2,
            top + ROW * 0.56,
            shown,
            ha="center",
            va="center",
            fontsize=SIZE if fill else SIZE - 1.5,
            color=colour,
        )


_ABOVE = LinearSegmentedColormap.from_list("above", ["#e4eff7", "#7fb2d6", "#0b5c8c", "#06324d"])
_BELOW = LinearSegmentedColormap.from_list("below", ["#fbeadd", "#f0a875", "#b34700", "#5e2500"])


def _tint(value: float) -> str:
    """Fill of a cell; none for a dimmed one. Blue is positive, orange negative; the sign is printed too."""
    if abs(value) < DIM:
        return ""
    return str(to_hex((_ABOVE if value > 0 else _BELOW)(min(1.0, (abs(value) - DIM) / (1 - DIM)))))
