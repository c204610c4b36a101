"""Charts and tables of uncertainty: the interval of every rank, and what each choice does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.choice_words import choice_words
from workbench.display import Chart, Column, Table
from workbench.plots.labels import dated, named, phrase, unit_column
from workbench.plots.rank_rows import ranked_rows
from workbench.plots.sheet import Key, Sheet
from workbench.plots.style import ACCENT, INK, MUTED, new_figure, ramp, shortened
from workbench.text import LANGUAGES, Lang

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty

    Floats = NDArray[np.float64]

__all__ = ["choices", "interval_table", "intervals"]

TALL = 0.068
"""Inches: half the height of a median's bar."""
NARROW = 5
"""A 90 % interval of at most this many places is called narrow."""


def intervals(scores: Scores, result: Uncertainty) -> Chart:
    """The 5th to 95th percentile of every unit's ranks, with the median and the published rank."""
    ranks = result.ranks.sort_values(["rank", "rank_mean"])
    units = list(ranks.index)
    widths = ranks["rank_p95"] - ranks["rank_p05"] + 1
    facts: Mapping[str, object] = {
        "n": len(units),
        "units": scores.framework.unit.plural,
        "draws": f"{result.draws:,}",
        "median": f"{widths.median():.0f}",
        "narrow": int((widths <= NARROW).sum()),
        "places": NARROW,
        "widest": f"{widths.max():.0f}",
    }
    return Chart(
        id="rank-intervals",
        title=phrase("uncertainty.intervals_title", **facts),
        subtitle=dated(phrase("uncertainty.intervals_subtitle", factors=result.spec.label, **facts), scores),
        alt=phrase("uncertainty.intervals_alt", **facts),
        table=interval_table(scores, result),
        draw=lambda language: _draw_intervals(scores, ranks, language),
    )


def interval_table(scores: Scores, result: Uncertainty) -> Table:
    """Published rank, 90 % interval, median and mean of the ranks of every unit."""
    ranks = result.ranks
    units = list(ranks.index)
    columns = [unit_column(scores, units)]
    labels = {
        "rank": "plots.rank",
        "rank_p05": "uncertainty.p05",
        "rank_median": "uncertainty.median",
        "rank_p95": "uncertainty.p95",
    }
    columns += [Column(label=phrase(key), values=ranks[name].tolist(), decimals=0) for name, key in labels.items()]
    columns.append(Column(label=phrase("uncertainty.mean"), values=ranks["rank_mean"].tolist(), decimals=1))
    return Table(
        id="rank-intervals-data", caption=phrase("uncertainty.intervals_data", draws=f"{result.draws:,}"), columns=columns
    )


def _draw_intervals(scores: Scores, ranks: pd.DataFrame, language: Lang) -> Sheet:
    signs: tuple[Key, ...] = (
        Key(label=phrase("uncertainty.key_interval").get(language), colour=ramp(0.45)),
        Key(label=phrase("uncertainty.key_median").get(language), colour=INK, sign="bar"),
        Key(label=phrase("uncertainty.key_published").get(language), colour="#ffffff", sign="dot", edge=ACCENT),
    )
    names = named(scores.names, list(ranks.index))[language]
    sheet, panels = ranked_rows(names, signs, phrase("plots.rank").get(language))
    table = ranks[["rank", "rank_p05", "rank_median", "rank_p95"]].to_numpy(dtype=float)
    for panel in panels:
        for place in range(panel.first, panel.end):
            y, (own, low, median, high) = panel.y(place), (panel.x(rank) for rank in table[place])
            sheet.line([low, high], [y, y], color=ramp(0.45), linewidth=5, zorder=1)
            sheet.line([median, median], [y - TALL, y + TALL], color=INK, linewidth=1.6)
            sheet.dot(own, y, 26, "#ffffff", edge=ACCENT, stroke=1.5)
    return sheet


def choices(scores: Scores, result: Uncertainty) -> Chart:
    """The mean shift of rank when one choice changes and everything else stays as published."""
    effects = result.effects
    effects = effects[effects["units_moved"] > 0] if (effects["units_moved"] > 0).any() else effects
    effects = effects.sort_values("mean_rank_shift", ascending=False, kind="stable")
    labels = [choice_words(str(row.factor), str(row.choice)) for row in effects.itertuples()]
    facts: Mapping[str, object] = {
        "choice": labels[0],
        "shift": f"{effects['mean_rank_shift'].iloc[0]:.1f}",
        "most": f"{effects['max_rank_shift'].iloc[0]:.0f}",
        "units": scores.framework.unit.plural,
    }
    names = {language: [label.get(language) for label in labels] for language in LANGUAGES}
    table = Table(
        id="choices-data",
        caption=phrase("uncertainty.choices_data"),
        columns=[
            Column(label=phrase("uncertainty.choice"), values=names, header=True),
            Column(label=phrase("uncertainty.mean_shift"), values=effects["mean_rank_shift"].tolist(), decimals=2),
            Column(label=phrase("uncertainty.max_shift"), values=effects["max_rank_shift"].tolist(), decimals=0),
            Column(label=phrase("uncertainty.moved"), values=effects["units_moved"].tolist(), decimals=0),
        ],
    )

    return Chart(
        id="choices",
        title=phrase(f"uncertainty.choices_title{'' if effects['units_moved'].any() else '_none'}", **facts),
        subtitle=dated(phrase("uncertainty.choices_subtitle", **facts), scores),
        alt=phrase("uncertainty.choices_alt", **facts),
        table=table,
        draw=lambda language: _draw_choices(names[language], effects["mean_rank_shift"].to_numpy(), language),
    )


def _draw_choices(names: list[str], shifts: Floats, language: Lang) -> Figure:
    figure = new_figure(7.2, 0.9 + 0.42 * len(names))
    ax = figure.subplots()
    ax.barh(range(len(names)), shifts, color=ramp(0.6), height=0.62)
    for row, shift in enumerate(shifts):
        ax.annotate(f"{shift:.1f}", (shift, row), (5, 0), textcoords="offset points", va="center", fontsize=10, color=MUTED)
    ax.set_yticks(range(len(names)), [shortened(name, 44) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, max(float(shifts.max()), 0.5) * 1.15)
    ax.set_xlabel(phrase("uncertainty.mean_shift").get(language))
    ax.tick_params(axis="y", length=0)
    return figure
