"""The tile map of clusters: every province one square with its abbreviation and the number of its cluster.

Drawn only where units are provinces of Thailand; a province that is in no cluster is hatched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.display import Chart, Column, Table
from workbench.plots.cluster_details import called
from workbench.plots.fitting import both
from workbench.plots.labels import dated, named
from workbench.plots.sheet import HATCHES, Key, Sheet
from workbench.plots.style import INK, MUTED, band_colours, text_on
from workbench.provinces import PROVINCES
from workbench.text import Texts

if TYPE_CHECKING:
    from workbench.clusters import Clusters
    from workbench.scoring import Scores
    from workbench.text import Lang

__all__ = ["cluster_map"]

TILE, GAP, EDGE = 0.52, 0.035, 0.05
"""Inches: from tile to tile, between two, margin."""
LEGEND = (5, 12.4)
"""Column and row of the tile where the legend begins, in the sea east of the peninsula."""
LEGEND_WIDTH, LEGEND_STEP = 3.1, 0.3
BLANK = "#ffffff"


def cluster_map(clusters: Clusters, scores: Scores) -> Chart:
    """Where the clusters lie."""
    texts, labels = Texts.default(), clusters.labels
    region = {province.iso: province.region6.en for province in PROVINCES}
    top = labels.index[labels == 1].map(region).value_counts()
    name = next(province.region6 for province in PROVINCES if province.region6.en == top.index[0])
    facts = {"region": name, "n": int(top.iloc[0]), "all": int((labels == 1).sum()), "k": clusters.k}
    return Chart(
        id="clusters-map",
        title=texts("clusters.map.title", **facts),
        subtitle=dated(texts("clusters.map.subtitle", **facts), scores),
        alt=texts("clusters.map.alt", **facts),
        table=Table(
            id="clusters-map-table",
            caption=texts("clusters.map.caption"),
            columns=[
                Column(label=scores.framework.unit.label, values=named(scores.names, list(labels.index)), header=True),
                Column(label=texts("clusters.profile.cluster"), values=both([called(clusters, n) for n in labels])),
            ],
        ),
        draw=lambda language: _draw(clusters, language),
    )


def _draw(clusters: Clusters, language: Lang) -> Sheet:
    rows = 1 + max(province.tile_row for province in PROVINCES)
    sheet = Sheet(2 * EDGE + LEGEND[0] * TILE + LEGEND_WIDTH, 2 * EDGE + rows * TILE)
    colours = dict(zip(range(1, clusters.k + 1), reversed(band_colours(clusters.k)), strict=True))
    absent = 0
    for province in PROVINCES:
        x, y, side = EDGE + province.tile_col * TILE, EDGE + province.tile_row * TILE, TILE - GAP
        label = province.abbreviation.get(language)
        if province.iso not in clusters.labels.index:
            absent += 1
            sheet.box(x, y, side, side, BLANK, edgecolor=MUTED, hatch=HATCHES[0], linewidth=0.5)
            sheet.box(x + 0.07, y + 0.13, side - 0.14, side - 0.26, BLANK, linewidth=0)
            sheet.text(x + side / 2, y + side / 2, label, 9.5, ha="center")
            continue
        number = int(clusters.labels[province.iso])
        ink = text_on(colours[number])
        sheet.box(x, y, side, side, colours[number], linewidth=0.5)
        sheet.text(x + side / 2, y + 0.17, label, 10.5, ha="center", color=ink)
        sheet.text(x + side / 2, y + 0.36, str(number), 9, ha="center", color=ink)
    _legend(sheet, clusters, colours, absent, language)
    return sheet


def _legend(sheet: Sheet, clusters: Clusters, colours: dict[int, str], absent: int, language: Lang) -> None:
    texts = Texts.default()
    sizes = clusters.sizes
    keys = [
        Key(label=f"{called(clusters, number).get(language)} ({sizes[number]})", colour=colour)
        for number, colour in colours.items()
    ]
    if absent:
        keys.append(Key(label=texts("clusters.map.absent", n=absent).get(language), colour=BLANK, hatch=HATCHES[0]))
    x, y = EDGE + LEGEND[0] * TILE + 0.1, EDGE + LEGEND[1] * TILE + LEGEND_STEP
    sheet.text(x, y - LEGEND_STEP, texts("clusters.map.legend").get(language), 9.5, color=INK, weight="bold")
    for row, key in enumerate(keys):
        sheet.sign(key, x, y + row * LEGEND_STEP)
        sheet.text(x + 0.34, y + row * LEGEND_STEP, key.label, 9.5)
