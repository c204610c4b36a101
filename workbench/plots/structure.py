"""Charts and tables of how an index is made up: weights, correlations, statistics, parts, readings of units.

What they show is computed by `weighting`, `reading` and `checks`; nothing is computed twice here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.checks import flags, indicator_statistics
from workbench.display import Chart, Column, Table, Words
from workbench.errors import WorkbenchError
from workbench.plots.fitting import both as _both
from workbench.plots.fitting import fitted, titled, width_of
from workbench.plots.labels import counted, named, phrase, subtitle, unit_column
from workbench.plots.sheet import DASHED, PAGE, Key, Sheet, legend_height
from workbench.plots.style import ACCENT, GRID, MUTED, SERIES, text_on
from workbench.reading import WEAK, correlations, next_steps, pillar_contributions, strengths
from workbench.text import Lang, Text, Texts
from workbench.weighting import effective_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.scoring import Scores

__all__ = ["associations", "parts", "readings", "statistics", "weights"]

ALIKE = 0.02
"""Shares of the index nearer than this are called alike."""
MOST = 3
"""Strengths and weaknesses named for a unit."""
ROW, SIZE = 0.3, 9.5
"""Inches of a row, points of its letters."""
PILLAR_COLOURS = (*SERIES, "#8fb8d8", "#e8b04a", "#7fc8a9", "#c9a0c0")


def weights(scores: Scores) -> Chart:
    """Nominal and effective weights of the pillars; the table has the indicators too."""
    table = effective_weights(scores)
    pillars = table[table["level"] == "pillar"]
    worst = (pillars["effective"] - pillars["nominal"]).abs().idxmax()
    row = pillars.loc[worst]
    facts: dict[str, object] = {
        "pillar": scores.framework.label(worst),
        "nominal": f"{100 * row['nominal']:.0f}",
        "effective": f"{100 * row['effective']:.0f}",
        "n": len(pillars),
    }
    alike = abs(row["effective"] - row["nominal"]) < ALIKE
    levels = [phrase(f"structure.level_{level}") for level in table["level"]]
    columns = [
        Column(label=phrase("structure.element"), values=_labels(scores, list(table.index)), header=True),
        Column(label=phrase("structure.level"), values=_both(levels)),
        Column(label=phrase("structure.nominal"), values=(100 * table["nominal"]).tolist(), decimals=1),
        Column(label=phrase("structure.effective"), values=(100 * table["effective"]).tolist(), decimals=1),
        Column(label=phrase("structure.with_index"), values=table["correlation"].tolist(), decimals=2),
    ]
    return Chart(
        id="effective-weights",
        title=phrase("structure.weights_title_alike" if alike else "structure.weights_title", **facts),
        subtitle=subtitle(scores, phrase("structure.weights_measure")),
        alt=phrase("structure.weights_alt", **facts),
        table=Table(
            id="effective-weights-data",
            caption=phrase("structure.weights_data"),
            columns=columns,
            note=phrase("structure.weights_note"),
        ),
        draw=lambda language: _draw_weights(scores, pillars, language),
    )


def _draw_weights(scores: Scores, pillars: pd.DataFrame, language: Lang) -> Sheet:
    names = [fitted(scores.framework.label(str(name)).get(language), 3.2, SIZE) for name in pillars.index]
    keys = [
        Key(label=phrase("structure.nominal").get(language), colour="#ffffff", sign="dot"),
        Key(label=phrase("structure.effective").get(language), colour=ACCENT, sign="dot"),
    ]
    room = max(width_of(name, SIZE) for name in names) + 0.25
    sheet = Sheet(7.2, ROW * len(names) + 0.45 + legend_height(keys, 6.9))
    shares = pillars[["nominal", "effective"]].to_numpy() * 100
    low, high = min(0.0, float(np.floor(shares.min() / 5) * 5)), float(np.ceil(shares.max() / 5) * 5)
    places = room + (shares - low) / (high - low) * (7.0 - room)
    bottom = 0.08 + ROW * len(names)
    for tick in np.arange(low, high + 1, 5):
        x = room + (tick - low) / (high - low) * (7.0 - room)
        sheet.line([x, x], [0.08, bottom], color=GRID, zorder=1)
        sheet.text(x, bottom + 0.14, f"{tick:g}", 9, ha="center", color=MUTED)
    for place, (name, (given, found)) in enumerate(zip(names, places, strict=True)):
        y = 0.08 + (place + 0.5) * ROW
        sheet.text(room - 0.12, y, name, SIZE, ha="right")
        sheet.line([given, found], [y, y], color=MUTED, linewidth=1.4, zorder=2)
        for x, colour in ((given, "#ffffff"), (found, ACCENT)):
            sheet.dot(x, y, 40, colour)
    sheet.legend(keys, 0.15, bottom + 0.33, 6.9)
    return sheet


def associations(scores: Scores) -> Chart:
    """The correlation of every indicator with its pillar; those that hardly go with it are marked."""
    table = correlations(scores)
    known = table["with_pillar"].dropna()
    flagged = int((known < WEAK).sum())
    worst = str(known.idxmin()) if len(known) else str(table.index[0])
    facts: dict[str, object] = {
        "n": len(known),
        "flagged": flagged,
        "worst": scores.framework.label(worst),
        "low": f"{known.min():.2f}".replace("-", "−") if len(known) else "–",
    }
    names = _labels(scores, list(table.index))
    columns = [
        Column(label=phrase("structure.indicator"), values=names, header=True),
        Column(label=phrase("structure.with_pillar"), values=table["with_pillar"].tolist(), decimals=2),
        Column(label=phrase("structure.with_index"), values=table["with_index"].tolist(), decimals=2),
        Column(label=phrase("structure.highest"), values=table["highest"].tolist(), decimals=2),
        Column(label=phrase("structure.highest_with"), values=[name or "–" for name in table["highest_with"]]),
        Column(label=phrase("structure.flag"), values=_both([phrase(f"structure.flags.{x or 'fine'}") for x in table["flag"]])),
    ]
    return Chart(
        id="indicator-correlations",
        title=phrase("structure.correlations_title" if flagged else "structure.correlations_title_none", **facts),
        subtitle=subtitle(scores, phrase("structure.correlations_measure")),
        alt=phrase("structure.correlations_alt", **facts),
        table=Table(
            id="indicator-correlations-data",
            caption=phrase("structure.correlations_data"),
            columns=columns,
            note=phrase("structure.correlations_note"),
        ),
        draw=lambda language: _draw_associations(scores, table, language),
    )


def _draw_associations(scores: Scores, table: pd.DataFrame, language: Lang) -> Sheet:
    pitch, left, right = 0.22, 4.6, 7.5
    rows: list[tuple[str, bool]] = []
    for pillar, members in table.groupby("pillar", sort=False):
        rows += [(str(pillar), True), *((str(name), False) for name in members.index)]
    sheet = Sheet(PAGE, pitch * len(rows) + 0.45)
    low = -1.0 if float(table["with_pillar"].min()) < 0 else 0.0
    bottom = 0.08 + pitch * len(rows)
    for tick in (low, *(value for value in (-0.5, 0.0, WEAK, 0.6, 1.0) if value > low)):
        x = left + (tick - low) / (1 - low) * (right - left)
        if tick == WEAK:
            sheet.line([x, x], [0.08, bottom], color=ACCENT, dash=DASHED, linewidth=1.2, zorder=1)
        else:
            sheet.line([x, x], [0.08, bottom], color=GRID, zorder=1)
        sheet.text(x, bottom + 0.16, f"{tick:g}".replace("-", "−"), 9, ha="center", color=MUTED)
    for place, (name, is_pillar) in enumerate(rows):
        y = 0.08 + (place + 0.5) * pitch
        label = _titled(scores, name).get(language)
        if is_pillar:
            sheet.text(0.1, y, fitted(label, left - 0.3, SIZE, bold=True), SIZE, weight="bold")
            continue
        value = float(table.loc[name, "with_pillar"])
        sheet.text(0.25, y, fitted(label, left - 0.5, SIZE), SIZE)
        if np.isnan(value):
            continue
        x = left + (value - low) / (1 - low) * (right - left)
        weak = value < WEAK
        sheet.dot(x, y, 36, "#ffffff" if weak else ACCENT, stroke=0.9)
        words = f"{value:.2f}".replace("-", "−")
        sheet.text(PAGE - 0.1, y, words, SIZE, ha="right", weight="bold" if weak else "normal")
    return sheet


def statistics(scores: Scores) -> Table:
    """What the raw values of every indicator look like, with flags and what preparation did."""
    raw = scores.prepared.raw
    table = indicator_statistics(raw)
    marks = flags(table)
    names = [str(name) for name in table.index]
    words = [_joined([phrase(f"structure.flags.{flag}") for flag in marks if marks.loc[name, flag]]) for name in names]
    columns = [
        Column(label=phrase("structure.indicator"), values=_labels(scores, names), header=True),
        Column(label=phrase("structure.count"), values=table["n"].tolist(), decimals=0),
        Column(label=phrase("structure.missing"), values=(100 * table["share_missing"]).tolist(), decimals=0),
    ]
    numbers = ("min", "mean", "max", "sd", "skewness", "kurtosis")
    columns += [Column(label=phrase(f"structure.{name}"), values=table[name].tolist(), decimals=2) for name in numbers]
    imputed, treated = scores.prepared.imputed, scores.prepared.treated
    if imputed is not None:
        share = imputed.by_indicator["share_imputed"].reindex(names)
        columns.append(Column(label=phrase("structure.filled"), values=(100 * share).tolist(), decimals=0))
    if treated is not None:
        touched = treated.points["indicator"].value_counts().reindex(names, fill_value=0)
        columns.append(Column(label=phrase("structure.treated"), values=touched.tolist(), decimals=0))
    columns.append(Column(label=phrase("structure.flag"), values=_both(words)))
    return Table(
        id="indicator-statistics",
        caption=phrase("structure.statistics_data"),
        columns=columns,
        note=phrase("structure.statistics_note"),
    )


def parts(scores: Scores) -> Chart | Words:
    """The points that each pillar gives to each unit's index, or a sentence where the index cannot be taken apart."""
    pillars = scores.elements("pillar")
    known = [
        str(unit)
        for unit in scores.index.dropna().index
        if scores.withheld is None or not scores.withheld.loc[unit, pillars].any()
    ]
    try:
        found = {unit: pillar_contributions(scores, unit) for unit in known}
    except WorkbenchError:
        return Words(text=phrase("structure.parts_none"), kind="note")
    table = pd.DataFrame(found).T.fillna(0.0).reindex(columns=pillars)
    best = str(table.mean().idxmax())
    facts: dict[str, object] = {
        "pillar": scores.framework.label(best),
        "points": f"{table[best].mean():.1f}",
        "mean": f"{scores.index.mean():.1f}",
        "who": counted(scores, len(known)),
    }
    columns = [unit_column(scores, known)]
    columns += [Column(label=scores.framework.label(name), values=table[name].tolist(), decimals=2) for name in pillars]
    columns.append(Column(label=phrase("plots.index"), values=scores.index[known].tolist(), decimals=2))
    return Chart(
        id="index-parts",
        title=phrase("structure.parts_title", **facts),
        subtitle=subtitle(scores, phrase("structure.parts_measure")),
        alt=phrase("structure.parts_alt", **facts),
        table=Table(id="index-parts-data", caption=phrase("structure.parts_data"), columns=columns),
        draw=lambda language: _draw_parts(scores, table, language),
    )


def _draw_parts(scores: Scores, table: pd.DataFrame, language: Lang) -> Sheet:
    pitch, size = (0.2, 9.0) if len(table) <= 100 else (0.14, 7.0)  # noqa: PLR2004  (a page's worth)
    names = [fitted(name, 1.9, size) for name in named(scores.names, list(table.index))[language]]
    colours = [PILLAR_COLOURS[place % len(PILLAR_COLOURS)] for place in range(table.shape[1])]
    keys = [
        Key(label=fitted(scores.framework.label(str(name)).get(language), 3.6, SIZE), colour=colour)
        for name, colour in zip(table.columns, colours, strict=True)
    ]
    head = legend_height(keys, PAGE - 0.3) + 0.1
    sheet = Sheet(PAGE, head + pitch * len(names) + 0.15)
    sheet.legend(keys, 0.15, 0.05, PAGE - 0.3)
    left = max(width_of(name, size) for name in names) + 0.2
    scale = (PAGE - left - 0.55) / max(100.0 if table.sum(axis=1).max() > 80 else float(table.sum(axis=1).max()), 1.0)  # noqa: PLR2004
    for place, (name, row) in enumerate(zip(names, table.to_numpy(), strict=True)):
        y, x = head + (place + 0.5) * pitch, left
        sheet.text(left - 0.1, y, name, size, ha="right")
        for points, colour in zip(np.maximum(row, 0.0), colours, strict=True):
            width = float(points) * scale
            sheet.box(x, y - pitch * 0.39, width, pitch * 0.78, colour, linewidth=0.4, edgecolor="#ffffff")
            figures = f"{points:.0f}"
            if width > width_of(figures, size - 1.5) + 0.08:
                sheet.text(x + width / 2, y, figures, size - 1.5, ha="center", color=text_on(colour))
            x += width
        sheet.text(x + 0.07, y, f"{row.sum():.1f}", size)
    return sheet


def readings(scores: Scores) -> Table:
    """Strengths, weaknesses and the next step of every unit, by the stated rules."""
    known = [str(unit) for unit in scores.index.dropna().index]
    strong, weak, steps, gains = [], [], [], []
    for unit in known:
        found = strengths(scores, unit)
        best = found[found["reading"] == "strength"].sort_values("percentile", ascending=False, kind="stable")
        worst = found[found["reading"] == "weakness"].sort_values("percentile", kind="stable")
        strong.append(_joined([scores.framework.label(str(name)) for name in best.index[:MOST]]))
        weak.append(_joined([scores.framework.label(str(name)) for name in worst.index[:MOST]]))
        step = next_steps(scores, unit)
        first = step.index[0] if len(step) and step["gain"].iloc[0] > 0 else None
        steps.append(scores.framework.label(str(first)) if first is not None else phrase("structure.nothing"))
        gains.append(float(step["gain"].iloc[0]) if first is not None else np.nan)
    columns = [
        unit_column(scores, known),
        Column(label=phrase("structure.strengths"), values=_both(strong)),
        Column(label=phrase("structure.weaknesses"), values=_both(weak)),
        Column(label=phrase("structure.next_step"), values=_both(steps)),
        Column(label=phrase("structure.gain"), values=gains, decimals=2),
    ]
    caption, note = phrase("structure.readings_data"), phrase("structure.readings_note")
    return Table(id="unit-readings", caption=caption, columns=columns, note=note)


def _labels(scores: Scores, names: Sequence[str]) -> dict[Lang, list[str]]:
    """Ids with their labels, by language."""
    return _both([_titled(scores, name) for name in names])


def _titled(scores: Scores, name: str) -> Text:
    return titled(name, {name: scores.framework.label(name)})


def _joined(texts: Sequence[Text]) -> Text:
    if not texts:
        return Texts.default()("structure.nothing")
    return Text(th=" · ".join(text.th for text in texts), en=" · ".join(text.en for text in texts))
