"""The tile map: one equal square per province, near its neighbours.

Every province has the same weight for the eye, whatever its area. It is drawn only where units are provinces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.patches import Rectangle

from workbench.display import Chart, Column, Table
from workbench.plots.labels import phrase, subtitle, unit_column
from workbench.plots.style import INK, MUTED, band_colours, new_figure, text_on
from workbench.provinces import PROVINCES
from workbench.text import LANGUAGES, Lang

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.framework import Framework
    from workbench.scoring import Scores

__all__ = ["has_map", "tile_map"]

BLANK = "#f4f5f7"


def has_map(framework: Framework) -> bool:
    """Whether the units are provinces, so that there is a map to draw."""
    return framework.unit.registry == "th-provinces"


def tile_map(scores: Scores) -> Chart:
    """Bands on a tile map of the 77 provinces, with the score in each tile; hatched where there is none."""
    framework = scores.framework
    colours = dict(zip([band.id for band in framework.bands], band_colours(len(framework.bands)), strict=True))
    units = [province.iso for province in PROVINCES if province.iso in scores.table.index]
    counts = {band.id: int((scores.table.loc[units, "band"] == band.id).sum()) for band in framework.bands}
    top = [band for band in framework.bands if counts[band.id]][-1]
    facts: Mapping[str, object] = {"n": counts[top.id], "band": top.label, "all": sum(counts.values())}
    bands = {band.id: band.label for band in framework.bands}
    labels = {
        language: [bands[band].get(language) if band in bands else "–" for band in scores.table.loc[units, "band"]]
        for language in LANGUAGES
    }

    def draw(language: Lang) -> Figure:
        figure = new_figure(7.2, 10.2)
        ax = figure.subplots()
        _tiles(ax, scores, colours, language)
        _legend(ax, scores, colours, counts, language)
        return figure

    return Chart(
        id="tile-map",
        title=phrase("plots.map_title", **facts),
        subtitle=subtitle(scores),
        alt=phrase("plots.map_alt", **facts),
        table=Table(
            id="tile-map-data",
            caption=phrase("plots.map_data"),
            columns=[
                unit_column(scores, units),
                Column(label=phrase("plots.index"), values=scores.table.loc[units, "index"].tolist(), decimals=1),
                Column(label=phrase("plots.band"), values=labels),
            ],
        ),
        draw=draw,
    )


def _tiles(ax: Axes, scores: Scores, colours: Mapping[str, str], language: Lang) -> None:
    for province in PROVINCES:
        known = province.iso in scores.table.index and scores.index.notna()[province.iso]
        colour = colours[scores.table.at[province.iso, "band"]] if known else BLANK
        x, y = province.tile_col, province.tile_row
        ax.add_patch(
            Rectangle((x, y), 0.94, 0.94, facecolor=colour, edgecolor=INK if known else MUTED, linewidth=0.5, hatch=None if known else "////")
        )
        ink = text_on(colour)
        box = None if known else {"facecolor": BLANK, "edgecolor": "none", "pad": 1.0}
        ax.text(x + 0.47, y + 0.36, province.abbreviation.get(language), ha="center", va="center", fontsize=9.5, color=ink, bbox=box)
        if known:
            ax.text(x + 0.47, y + 0.72, f"{scores.index[province.iso]:.0f}", ha="center", va="center", fontsize=8, color=ink)
    ax.set_xlim(min(p.tile_col for p in PROVINCES) - 0.2, max(p.tile_col for p in PROVINCES) + 1.2)
    ax.set_ylim(max(p.tile_row for p in PROVINCES) + 1.2, min(p.tile_row for p in PROVINCES) - 0.2)
    ax.set_aspect("equal")
    ax.axis("off")


def _legend(ax: Axes, scores: Scores, colours: Mapping[str, str], counts: Mapping[str, int], language: Lang) -> None:
    """Bands with limits and counts, in the empty south-east."""
    framework = scores.framework
    tops = [*(f"{band.minimum:g}" for band in framework.bands[1:]), "100"]
    rows: list[tuple[str, str | None, str]] = [
        (colours[band.id], None, f"{band.label.get(language)} ({band.minimum:g}–{top})  {counts[band.id]}")
        for band, top in zip(framework.bands, tops, strict=True)
    ]
    rows.append((BLANK, "////", phrase("plots.no_score").get(language)))
    left, start = 6.0, 12.4
    for row, (colour, hatch, label) in enumerate(reversed(rows)):
        y = start + 0.75 * row
        ax.add_patch(Rectangle((left, y), 0.5, 0.5, facecolor=colour, edgecolor=INK, linewidth=0.5, hatch=hatch))
        ax.text(left + 0.65, y + 0.25, label, va="center", fontsize=10)
