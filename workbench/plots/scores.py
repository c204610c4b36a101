"""Charts and tables of scores: ranking, distribution, heat map, bands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from workbench.display import Chart, Column, Table
from workbench.plots.labels import band_label, element_columns, half_width, phrase, subtitle, unit_column
from workbench.plots.style import ACCENT, GRID, INK, MUTED, band_colours, new_figure, ramp, shortened, spread, text_on
from workbench.text import LANGUAGES, Lang, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.scoring import Scores

__all__ = ["bands", "distribution", "heatmap", "ranking", "ranking_table"]

ROWS = 100
"""Units in one column of a long chart; more are split into several."""
ROW_HEIGHT = 0.2


def ranking_table(scores: Scores, intervals: pd.DataFrame | None = None) -> Table:
    """Every unit in rank order with band, pillars, coverage and response.

    Args:
        scores: The result.
        intervals: `Uncertainty.ranks`, for a column with the 90 % interval of the rank.
    """
    units = list(scores.table.index)
    table = scores.table
    columns = [Column(label=phrase("plots.rank"), values=_whole(table["rank"]))]
    columns.append(unit_column(scores, units))
    columns.append(Column(label=phrase("plots.index"), values=table["index"].tolist(), decimals=1))
    if intervals is not None:
        columns.append(Column(label=phrase("plots.rank_interval"), values=_spans(intervals, units)))
    columns.append(Column(label=phrase("plots.band"), values=_band_names(scores, units)))
    columns += element_columns(scores, scores.elements("pillar"), units)
    columns.append(Column(label=phrase("plots.coverage"), values=(100 * table["coverage"]).tolist(), decimals=0))
    if "n_answered" in table:
        answered = [f"{a}/{b}" for a, b in zip(table["n_answered"], table["n_invited"], strict=True)]
        columns.append(Column(label=phrase("plots.response"), values=answered))
    caption = phrase("plots.ranking_caption", n=len(units), units=scores.framework.unit.plural)
    return Table(id="ranking-table", caption=caption, columns=columns, note=phrase("plots.ties_note"))


def ranking(scores: Scores) -> Chart:
    """Every unit's index with its 90 % interval where sampling error is known, and the mean."""
    known = scores.table[scores.index.notna()]
    half = half_width(scores).loc[known.index]
    mean = float(known["index"].mean())
    above = int((known["index"] - half.fillna(0) > mean).sum())
    kind = "sampled" if half.notna().any() else "plain"
    facts: Mapping[str, object] = {"n": len(known), "units": scores.framework.unit.plural, "mean": f"{mean:.1f}", "above": above}
    units = list(known.index)
    low = (known["index"] - half).tolist()
    high = (known["index"] + half).tolist()
    columns = [unit_column(scores, units), Column(label=phrase("plots.index"), values=known["index"].tolist(), decimals=1)]
    if kind == "sampled":
        columns += [
            Column(label=phrase("plots.low"), values=low, decimals=1),
            Column(label=phrase("plots.high"), values=high, decimals=1),
        ]

    def draw(language: Lang) -> Figure:
        return _draw_ranking(scores, units, half, mean, language)

    return Chart(
        id="ranking",
        title=phrase(f"plots.ranking_title_{kind}", **facts),
        subtitle=subtitle(scores),
        alt=phrase("plots.ranking_alt", lowest=f"{known['index'].min():.1f}", highest=f"{known['index'].max():.1f}", **facts),
        table=Table(id="ranking-data", caption=phrase("plots.ranking_data"), columns=columns),
        draw=draw,
    )


def _draw_ranking(scores: Scores, units: list[str], half: pd.Series, mean: float, language: Lang) -> Figure:
    panels = math.ceil(len(units) / ROWS)
    rows = math.ceil(len(units) / panels)
    figure = new_figure(max(7.2, 5.2 * panels), 1.3 + ROW_HEIGHT * max(rows, 5))
    axes = figure.subplots(1, panels, squeeze=False, sharex=True)[0]
    index = scores.index
    limits = spread([*(index[units] - half.fillna(0)), *(index[units] + half.fillna(0))])
    colours = dict(zip([band.id for band in scores.framework.bands], band_colours(len(scores.framework.bands)), strict=True))
    for panel, ax in enumerate(axes):
        part = units[panel * rows : (panel + 1) * rows]
        places = np.arange(len(part))
        ax.hlines(places, index[part] - half[part].fillna(0), index[part] + half[part].fillna(0), color=MUTED, linewidth=1.2)
        shades = [colours[band] for band in scores.table.loc[part, "band"]]
        ax.scatter(index[part], places, c=shades, edgecolors=INK, linewidths=0.6, s=34, zorder=3)
        ax.axvline(mean, color=ACCENT, linewidth=1, linestyle=(0, (4, 3)))
        labels = [shortened(scores.names[unit].get(language), 30) for unit in part]
        ranks = _whole(scores.table.loc[part, "rank"])
        ax.set_yticks(places, [f"{label}  {rank}" for label, rank in zip(labels, ranks, strict=True)], fontsize=9.5)
        ax.set_ylim(len(part) - 0.4, -0.6)
        ax.set_xlim(*limits)
        _score_axis(ax, phrase("plots.index").get(language))
    axes[0].annotate(
        phrase("plots.mean_mark", mean=f"{mean:.1f}").get(language),
        (mean, 1), (4, 3), xycoords=("data", "axes fraction"), textcoords="offset points", color=ACCENT, fontsize=9.5,
    )  # fmt: skip
    _band_legend(figure, scores, language)
    return figure


def _score_axis(ax: Axes, label: str) -> None:
    ax.set_xlabel(label)
    ax.grid(axis="x", color=GRID, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def _band_legend(figure: Figure, scores: Scores, language: Lang) -> None:
    """Each band with its colour and limits, below the drawing."""
    framework = scores.framework
    colours = band_colours(len(framework.bands))
    tops = [*(f"{band.minimum:g}" for band in framework.bands[1:]), "100"]
    handles = [
        figure.axes[0].scatter([], [], color=colour, edgecolors=INK, linewidths=0.6, s=44) for colour in colours
    ]
    labels = [f"{band.label.get(language)} ({band.minimum:g}–{top})" for band, top in zip(framework.bands, tops, strict=True)]
    wide = max(2, int(figure.get_figwidth() / 2.2))
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(labels), wide), frameon=False, fontsize=9.5)


def distribution(scores: Scores) -> Chart:
    """How many units score how much: a histogram over the range of scores with the bands' limits."""
    known = scores.index.dropna()
    edges = np.arange(0, 101, 5)
    counts, _ = np.histogram(known, edges)
    middle = (float(known.quantile(0.25)), float(known.quantile(0.75)))
    facts: Mapping[str, object] = {
        "n": len(known),
        "units": scores.framework.unit.plural,
        "low": f"{middle[0]:.0f}",
        "high": f"{middle[1]:.0f}",
        "median": f"{known.median():.1f}",
    }
    labels = [f"{low}–{low + 5}" for low in edges[:-1]]

    def draw(language: Lang) -> Figure:
        figure = new_figure(7.2, 3.4)
        ax = figure.subplots()
        ax.bar(edges[:-1], counts, width=5, align="edge", color=ramp(0.6), edgecolor="white", linewidth=1)
        for start, count in zip(edges[:-1], counts, strict=True):
            if count:
                ax.text(start + 2.5, count, f"{count}", ha="center", va="bottom", fontsize=9.5, color=INK)
        for band in scores.framework.bands[1:]:
            ax.axvline(band.minimum, color=MUTED, linewidth=0.9, linestyle=(0, (2, 3)))
        ax.set_xlim(0, 100)
        ax.set_ylim(0, max(counts) * 1.15)
        ax.set_xlabel(phrase("plots.index").get(language))
        ax.set_ylabel(scores.framework.unit.plural.get(language))
        ax.grid(axis="y", color=GRID, linewidth=0.7)
        ax.set_axisbelow(True)
        return figure

    return Chart(
        id="distribution",
        title=phrase("plots.distribution_title", **facts),
        subtitle=subtitle(scores),
        alt=phrase("plots.distribution_alt", **facts),
        table=Table(
            id="distribution-data",
            caption=phrase("plots.distribution_data"),
            columns=[
                Column(label=phrase("plots.index"), values=labels, header=True),
                Column(label=scores.framework.unit.plural, values=counts.tolist(), decimals=0),
            ],
        ),
        draw=draw,
    )


def heatmap(scores: Scores) -> Chart:
    """Units by pillars, sorted by index, each cell with its number."""
    units = list(scores.table.index[scores.index.notna()])
    pillars = scores.elements("pillar")
    means = scores.table.loc[units, pillars].mean()
    best, worst = str(means.idxmax()), str(means.idxmin())
    label = scores.framework.label
    facts: Mapping[str, object] = {
        "best": label(best),
        "worst": label(worst),
        "high": f"{means[best]:.1f}",
        "low": f"{means[worst]:.1f}",
        "n": len(units),
        "units": scores.framework.unit.plural,
    }
    return Chart(
        id="heatmap",
        title=phrase("plots.heatmap_title", **facts),
        subtitle=subtitle(scores, phrase("plots.pillar_measure")),
        alt=phrase("plots.heatmap_alt", **facts),
        table=Table(
            id="heatmap-data",
            caption=phrase("plots.heatmap_data"),
            columns=[unit_column(scores, units), *element_columns(scores, pillars, units)],
        ),
        draw=lambda language: _draw_heatmap(scores, units, pillars, language),
    )


def _draw_heatmap(scores: Scores, units: list[str], pillars: list[str], language: Lang) -> Figure:
    panels = math.ceil(len(units) / ROWS)
    rows = math.ceil(len(units) / panels)
    figure = new_figure(max(7.2, (2.4 + 0.62 * len(pillars)) * panels), 2.2 + ROW_HEIGHT * max(rows, 4))
    for panel, ax in enumerate(figure.subplots(1, panels, squeeze=False)[0]):
        part = units[panel * rows : (panel + 1) * rows]
        values = scores.table.loc[part, pillars].to_numpy(dtype=float)
        _cells(ax, values)
        ax.set_yticks(np.arange(len(part)), [shortened(scores.names[unit].get(language), 28) for unit in part], fontsize=9.5)
        labels = [shortened(scores.framework.label(name).get(language), 60) for name in pillars]
        ax.set_xticks(np.arange(len(pillars)), labels, rotation=38, ha="left", rotation_mode="anchor", fontsize=9.5)
        ax.xaxis.tick_top()
    return figure


def _cells(ax: Axes, values: np.ndarray) -> None:
    """Coloured cells with numbers; a missing cell is hatched and says nothing."""
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        colour = "#ffffff" if np.isnan(value) else ramp(float(value) / 100)
        hatch = "////" if np.isnan(value) else None
        ax.add_patch(_box(column, row, colour, hatch))
        if not np.isnan(value):
            ax.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=8.5, color=text_on(colour))
    ax.set_xlim(-0.5, values.shape[1] - 0.5)
    ax.set_ylim(values.shape[0] - 0.5, -0.5)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _box(x: float, y: float, colour: str, hatch: str | None) -> Rectangle:
    return Rectangle((x - 0.5, y - 0.5), 1, 1, facecolor=colour, edgecolor=MUTED if hatch else "white", linewidth=0.8, hatch=hatch)


def bands(scores: Scores) -> Chart:
    """How many units are in each band."""
    framework = scores.framework
    counts = [int((scores.table["band"] == band.id).sum()) for band in framework.bands]
    top = max(range(len(counts)), key=counts.__getitem__)
    facts: Mapping[str, object] = {
        "band": framework.bands[top].label,
        "count": counts[top],
        "n": sum(counts),
        "units": framework.unit.plural,
    }
    colours = band_colours(len(counts))

    def draw(language: Lang) -> Figure:
        figure = new_figure(7.2, 0.7 + 0.42 * len(counts))
        ax = figure.subplots()
        ax.barh(range(len(counts)), counts, color=colours, edgecolor=INK, linewidth=0.6, height=0.66)
        for row, count in enumerate(counts):
            ax.annotate(f"{count}", (count, row), (5, 0), textcoords="offset points", va="center", fontsize=10.5)
        ax.set_yticks(range(len(counts)), [band.label.get(language) for band in framework.bands])
        ax.set_xlim(0, max(counts) * 1.12)
        ax.xaxis.set_visible(False)
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(length=0)
        return figure

    return Chart(
        id="bands",
        title=phrase("plots.bands_title", **facts),
        subtitle=subtitle(scores, phrase("plots.band_measure")),
        alt=phrase("plots.bands_alt", **facts),
        table=Table(
            id="bands-data",
            caption=phrase("plots.bands_data"),
            columns=[
                Column(label=phrase("plots.band"), values={x: [b.label.get(x) for b in framework.bands] for x in LANGUAGES}, header=True),
                Column(label=phrase("plots.band_from"), values=[band.minimum for band in framework.bands]),
                Column(label=framework.unit.plural, values=counts, decimals=0),
            ],
        ),
        draw=draw,
    )


def _whole(ranks: pd.Series) -> list[object]:
    """Ranks as whole numbers where they are."""
    return [None if value != value or value is None else value for value in ranks.astype(object).where(ranks.notna(), None)]  # noqa: PLR0124


def _band_names(scores: Scores, units: list[str]) -> dict[Lang, list[str]]:
    labels: list[Text] = [band_label(scores, band) for band in scores.table.loc[units, "band"]]
    return {language: [label.get(language) for label in labels] for language in LANGUAGES}


def _spans(intervals: pd.DataFrame, units: list[str]) -> list[str | None]:
    """`3–9` for each unit, nothing where there is none."""
    known = intervals[["rank_p05", "rank_p95"]].reindex(units)
    return [None if math.isnan(low) else _span(low, high) for low, high in known.astype(float).to_numpy()]


def _span(low: float, high: float) -> str:
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
