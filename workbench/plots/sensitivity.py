"""Charts and tables of sensitivity: who may have which rank, which choices matter, and what single decisions do."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.display import Chart, Column, Table, Words
from workbench.plots.labels import dated, named, phrase, unit_column
from workbench.plots.rank_rows import ranked_rows
from workbench.plots.sheet import Key, Sheet
from workbench.plots.style import ACCENT, GRID, INK, MUTED, new_figure, ramp, shortened, tint
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from workbench.scoring import Scores
    from workbench.uncertainty import Pairs, Sensitivity, Spec, Uncertainty

__all__ = ["factor_name", "groups", "largest_decision", "nearest_swaps", "probabilities", "shares", "single_decisions"]

SHADES = (0.05, 0.2, 0.5)
"""Shares that the legend shows."""
TALL = 0.096
"""Inches: half the height of a cell."""
SEEN = 0.005
"""Shares below it are not drawn: they would be a dot in two hundred."""
NEIGHBOURS = 10
"""Pairs at the top whose swap is worked out."""


def probabilities(scores: Scores, result: Uncertainty) -> Chart:
    """How often every unit has every rank."""
    units = list(result.ranks.sort_values(["rank", "rank_mean"]).index)
    table = result.rank_shares.loc[units]
    likely = table.max(axis=1)
    facts: Mapping[str, object] = {
        "n": len(units),
        "units": scores.framework.unit.plural,
        "draws": f"{result.draws:,}",
        "sure": int((likely >= 0.5).sum()),  # noqa: PLR2004  (more often than not)
        "top": scores.names[units[0]],
        "share": f"{100 * table.loc[units[0], 1]:.0f}",
    }
    best = [int(rank) for rank in table.columns[table.to_numpy().argmax(axis=1)]]
    columns = [
        unit_column(scores, units),
        Column(label=phrase("sensitivity.likeliest"), values=best, decimals=0),
        Column(label=phrase("sensitivity.likeliest_share"), values=(100 * likely).tolist(), decimals=1),
    ]
    for places in (1, 10, 20):
        if places < len(units):
            label = phrase("sensitivity.top", places=places) if places > 1 else phrase("sensitivity.first")
            columns.append(Column(label=label, values=(100 * result.top(places)[units]).tolist(), decimals=1))
    return Chart(
        id="rank-probabilities",
        title=phrase("sensitivity.probabilities_title", **facts),
        subtitle=dated(phrase("sensitivity.probabilities_subtitle", factors=result.spec.label, **facts), scores),
        alt=phrase("sensitivity.probabilities_alt", **facts),
        table=Table(id="rank-probabilities-data", caption=phrase("sensitivity.probabilities_data"), columns=columns),
        draw=lambda language: _draw_probabilities(scores, table, language),
    )


def _draw_probabilities(scores: Scores, table: pd.DataFrame, language: Lang) -> Sheet:
    signs = [Key(label=f"{share:.0%}", colour=_shade(share)) for share in SHADES]
    published = phrase("uncertainty.key_published").get(language)
    signs.append(Key(label=published, colour=ACCENT, sign="dot", edge="#ffffff"))
    names = named(scores.names, list(table.index))[language]
    sheet, panels = ranked_rows(names, signs, phrase("plots.rank").get(language))
    shown, own = table.to_numpy(), scores.table.loc[table.index, "rank"].to_numpy(dtype=float)
    for panel in panels:
        wide = panel.x(1) - panel.x(0)
        for place in range(panel.first, panel.end):
            y = panel.y(place)
            for rank in np.flatnonzero(shown[place] >= SEEN):
                sheet.box(panel.x(rank + 0.5), y - TALL, wide, 2 * TALL, _shade(float(shown[place, rank])), linewidth=0)
            sheet.dot(panel.x(own[place]), y, 16, ACCENT, edge="#ffffff", stroke=0.7)
    return sheet


def _shade(share: float) -> str:
    """Colour of a cell: shares are mostly small, so the scale is bent."""
    return tint(min(1.0, 1.6 * share**0.7))


def factor_name(spec: Spec, name: str) -> Text:
    """A factor of uncertainty in words, or its id where the texts have none."""
    kind = next((factor.kind for factor in spec.factors if factor.id == name), name)
    key = f"sensitivity.kinds.{kind}"
    return phrase(key) if key in Texts.default() else Text.same(name)


def shares(spec: Spec, found: Sensitivity, scores: Scores) -> Chart:
    """Sobol's first-order and total indices of the mean rank shift, with their intervals."""
    table = found.table.sort_values("st", ascending=False, kind="stable")
    labels = [factor_name(spec, name) for name in table["factor"]]
    facts: Mapping[str, object] = {
        "factor": labels[0],
        "share": f"{100 * min(max(table['st'].iloc[0], 0.0), 1.0):.0f}",
        "alone": f"{100 * min(max(table['s1'].sum(), 0.0), 1.0):.0f}",
        "runs": f"{found.runs:,}",
        "how": phrase("sensitivity.exact" if found.exact else "sensitivity.estimated"),
    }
    names = {language: [label.get(language) for label in labels] for language in LANGUAGES}
    columns = [Column(label=phrase("sensitivity.factor"), values=names, header=True)]
    columns += [
        Column(label=phrase(f"sensitivity.{name}"), values=table[name].tolist(), decimals=2) for name in table.columns[1:]
    ]
    return Chart(
        id="sobol",
        title=phrase("sensitivity.shares_title", **facts),
        subtitle=dated(phrase("sensitivity.shares_subtitle", **facts), scores),
        alt=phrase("sensitivity.shares_alt", **facts),
        table=Table(id="sobol-data", caption=phrase("sensitivity.shares_data"), columns=columns),
        draw=lambda language: _draw_shares(table, names[language], language),
    )


def _draw_shares(table: pd.DataFrame, names: list[str], language: Lang) -> Figure:
    figure = new_figure(7.2, 1.3 + 0.62 * len(names))
    ax = figure.subplots()
    places = np.arange(len(names))
    for column, shift, colour in (("st", -0.19, ramp(0.35)), ("s1", 0.19, ramp(0.85))):
        ax.barh(places + shift, table[column].clip(lower=0), height=0.34, color=colour)
        ax.hlines(places + shift, table[f"{column}_low"], table[f"{column}_high"], color=INK, linewidth=1.3)
    ax.set_yticks(places, [shortened(name, 40) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(min(0.0, float(table["s1_low"].min())), max(1.0, float(table["st_high"].max())) * 1.02)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.grid(axis="x", color=GRID, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.set_xlabel(phrase("sensitivity.share_of_variance").get(language))
    ax.tick_params(axis="y", length=0)
    keys: list[Any] = [ax.barh([0], [0], color=colour)[0] for colour in (ramp(0.35), ramp(0.85))]
    keys.append(ax.plot([], [], color=INK, linewidth=1.3)[0])
    labels = [phrase(f"sensitivity.{name}").get(language) for name in ("st", "s1", "key_interval")]
    figure.legend(keys, labels, loc="outside lower center", ncols=3, frameon=False, fontsize=9.5)
    return figure


def single_decisions(scores: Scores, table: pd.DataFrame) -> Table:
    """What each single decision would have done to the ranks."""
    labels = [_decision(scores, str(row.kind), str(row.choice)) for row in table.itertuples()]
    names = {language: [label.get(language) for label in labels] for language in LANGUAGES}
    units = {
        name: {lang: [_unit(scores, unit, lang) for unit in table[name]] for lang in LANGUAGES}
        for name in ("first", "most_moved")
    }
    return Table(
        id="what-if",
        caption=phrase("sensitivity.what_if"),
        columns=[
            Column(label=phrase("sensitivity.decision"), values=names, header=True),
            Column(label=phrase("uncertainty.mean_shift"), values=table["mean_rank_shift"].tolist(), decimals=2),
            Column(label=phrase("uncertainty.max_shift"), values=table["max_rank_shift"].tolist(), decimals=0),
            Column(label=phrase("uncertainty.moved"), values=table["units_moved"].tolist(), decimals=0),
            Column(label=phrase("sensitivity.correlation"), values=table["correlation"].tolist(), decimals=3),
            Column(label=phrase("sensitivity.on_top"), values=units["first"]),
            Column(label=phrase("sensitivity.most_moved"), values=units["most_moved"]),
        ],
    )


def largest_decision(scores: Scores, table: pd.DataFrame) -> Words:
    """The sentence over the table of single decisions."""
    row = table.loc[table["mean_rank_shift"].idxmax()]
    decision = _decision(scores, str(row["kind"]), str(row["choice"]))
    return Words(text=phrase("sensitivity.what_if_reading", decision=decision, shift=f"{row['mean_rank_shift']:.1f}"), kind="p")


def _decision(scores: Scores, kind: str, choice: str) -> Text:
    if kind == "leave_out":
        return phrase("sensitivity.without", element=scores.framework.label(choice))
    if kind == "weights":
        return phrase("sensitivity.equal_weights")
    key = f"uncertainty.choice_names.{kind}.{choice}"
    return phrase(key) if key in Texts.default() else Text.same(choice)


def _unit(scores: Scores, unit: str, language: Lang) -> str:
    return scores.names[unit].get(language) if unit in scores.names else "–"


def groups(scores: Scores, pairs: Pairs) -> list[Words | Table]:
    """Groups of units that cannot be told apart, in a sentence and a table."""
    found = pairs.groups()
    members = {number: list(part.index) for number, part in found.groupby(found)}
    different = pairs.different().to_numpy()
    size = len(found)
    facts = {
        "groups": len(members),
        "n": size,
        "units": scores.framework.unit.plural,
        "share": f"{100 * different.sum() / max(size * (size - 1), 1):.0f}",
    }
    texts = {
        language: [", ".join(scores.names[unit].get(language) for unit in units) for units in members.values()]
        for language in LANGUAGES
    }
    table = Table(
        id="groups",
        caption=phrase("sensitivity.groups_data"),
        columns=[
            Column(label=phrase("sensitivity.group"), values=list(members), decimals=0, header=True),
            Column(label=phrase("sensitivity.members"), values=texts),
        ],
    )
    return [Words(text=phrase("sensitivity.groups", **facts), kind="p"), table]


def nearest_swaps(scores: Scores) -> list[Words | Table]:
    """For neighbours at the top the least change of the pillars' weights at which they change places."""
    from workbench.errors import WorkbenchError  # noqa: PLC0415
    from workbench.uncertainty import least_swap  # noqa: PLC0415  (takes a while)

    units = list(scores.table.index[scores.index.notna()][: NEIGHBOURS + 1])
    try:
        swaps = [least_swap(scores, lower, upper) for upper, lower in pairwise(units)]
    except WorkbenchError:
        return [Words(text=phrase("sensitivity.no_swaps"), kind="note")]
    pairs = {
        language: [f"{scores.names[swap.rival].get(language)} – {scores.names[swap.unit].get(language)}" for swap in swaps]
        for language in LANGUAGES
    }
    changes = {language: [_largest(scores, swap.weights, language) for swap in swaps] for language in LANGUAGES}
    table = Table(
        id="swaps",
        caption=phrase("sensitivity.swaps_data"),
        columns=[
            Column(label=phrase("sensitivity.pair"), values=pairs, header=True),
            Column(label=phrase("sensitivity.moved_weight"), values=[100 * swap.moved for swap in swaps], decimals=1),
            Column(label=phrase("sensitivity.how"), values=changes),
        ],
    )
    return [Words(text=phrase("sensitivity.swaps"), kind="p"), table]


def _largest(scores: Scores, weights: pd.DataFrame, language: Lang) -> str:
    """The weights that change most, down and up."""
    if not len(weights):
        return phrase("sensitivity.never").get(language)
    change = weights["needed"] - weights["given"]
    down, up = (scores.framework.label(str(name)) for name in (change.idxmin(), change.idxmax()))
    return phrase("sensitivity.from_to", down=down, up=up).get(language)
