"""Charts of who answered and of what was left out: response by unit and by type, questions, evidence.

What they show is counted by `quality`; nothing is computed twice here. Where a table would tell of single respondents
and the framework asks for more of them in a published cell, only counts are shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench import quality
from workbench.display import Chart, Column, Table, Words
from workbench.plots.bars import draw_bars
from workbench.plots.fitting import both
from workbench.plots.labels import joined, named, phrase, unit_column
from workbench.plots.maps import BLANK, has_map
from workbench.plots.rows import Rows, draw_rows
from workbench.plots.sheet import HATCHES, Key, Sheet
from workbench.plots.style import ACCENT, INK, MUTED, band_colours, text_on
from workbench.provinces import PROVINCES
from workbench.text import LANGUAGES, Lang, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from workbench.framework import Framework
    from workbench.scoring import Scores
    from workbench.survey import Responses

__all__ = [
    "agency_label",
    "attachments",
    "by_type",
    "by_unit",
    "left_out",
    "plural",
    "question_label",
    "subtitle",
    "tells_of_single",
]

MOST_BARS, MOST_NAMED = 20, 3
TILE, GAP, EDGE, LEGEND, STEP = 0.52, 0.035, 0.05, (5, 12.4), 0.3
"""Inches of the tile map, and column and row of the tile where its legend begins."""
LEGEND_WIDTH = 3.1
STEPS = (0.7, 0.85, 1.0)
"""Limits of the classes of response above the minimum."""


def tells_of_single(framework: Framework) -> bool:
    """Whether a published cell may rest on one respondent."""
    return framework.respondents is None or framework.respondents.minimum_published <= 1


def agency_label(framework: Framework, agency: str) -> Text:
    """What a type of respondent is called; a respondent beyond the types by its id."""
    types = framework.respondents.types if framework.respondents is not None else ()
    return next((item.label for item in types if item.id == agency), Text.same(agency))


def question_label(framework: Framework, name: str) -> Text:
    """What an answer column asks: an indicator, or a number that ratios use."""
    return next((item.label for item in framework.numbers if item.id == name), None) or framework.label(name)


def plural(framework: Framework) -> Text:
    """What respondents are called."""
    return framework.respondents.plural if framework.respondents is not None else framework.unit.plural


def subtitle(scores: Scores, measure: Text) -> Text:
    """Measure, how many units were surveyed (whether they have a score or not) and period."""
    unit, count = scores.framework.unit, len(scores.table)
    who = phrase("plots.counted", n=count, units=unit.label if count == 1 else unit.plural)
    key = "plots.subtitle_synthetic" if scores.synthetic else "plots.subtitle"
    return phrase(key, measure=measure, who=who, edition=scores.framework.edition)


def _lowest(rates: pd.Series, label: Callable[[str], Text]) -> Text:
    """Those with the lowest share by name, or how many they are."""
    least = [str(name) for name in rates.index[rates <= rates.min() + 1e-12]]
    return joined([*map(label, least)]) if len(least) <= MOST_NAMED else phrase("quality.several", n=len(least))


def _percent(value: float) -> str:
    """A share per cent: whole above 10, else with one decimal, and never 100 for less than all."""
    shown = f"{100 * value:.0f}" if value >= 0.1 or value == 0 else f"{100 * value:.1f}"  # noqa: PLR2004
    return "99.9" if shown == "100" and value < 1 else shown


def by_unit(scores: Scores, responses: Responses) -> Chart:
    """The response of every unit: a tile map of provinces, dots for other units."""
    table, framework = quality.response_by_unit(responses), scores.framework
    units = [str(unit) for unit in table.index]
    total = table["answered"].sum() / max(1, table["invited"].sum())
    least = framework.respondents.minimum_response if framework.respondents is not None else 0.0
    facts: dict[str, object] = {
        "answered": f"{table['answered'].sum():,}",
        "invited": f"{table['invited'].sum():,}",
        "who": plural(framework),
        "rate": _percent(total),
        "unit": framework.unit.label,
        "units": framework.unit.plural,
        "lowest": _lowest(table["rate"], lambda unit: scores.names[unit]),
        "low": _percent(table["rate"].min()),
        "full": int((table["rate"] == 1).sum()),
        "below": int((table["rate"] < least - 1e-9).sum()),
        "least": _percent(least),
    }
    mapped = has_map(framework)
    note = phrase("quality.response_units_note", source=phrase("quality.invited_listed"), **facts)
    return Chart(
        id="response-units",
        title=phrase("quality.response_units_title" if total < 1 else "quality.response_units_title_full", **facts),
        subtitle=subtitle(scores, phrase("quality.response_units_measure", **facts)),
        alt=phrase("quality.response_map_alt" if mapped else "quality.response_units_alt", **facts),
        table=Table(
            id="response-units-data",
            caption=phrase("quality.response_units_data", **facts),
            columns=[unit_column(scores, units), *_counts(table), *_who_was_silent(responses, units)],
            note=note,
        ),
        draw=lambda language: _tiles(table["rate"], least, language) if mapped else _dots(scores, table["rate"], language),
    )


def _counts(table: pd.DataFrame) -> list[Column]:
    columns = [
        Column(label=phrase(f"quality.{name}"), values=table[name].tolist(), decimals=0)
        for name in ("invited", "answered", "silent")
    ]
    return [*columns, Column(label=phrase("quality.rate"), values=(100 * table["rate"]).tolist(), decimals=1)]


def _who_was_silent(responses: Responses, units: Sequence[str]) -> list[Column]:
    """Who did not answer, by unit; not where published cells must rest on several respondents."""
    silent = quality.silent(responses)
    if not tells_of_single(responses.framework) or silent.empty:
        return []
    of: dict[str, list[Text]] = {}
    for unit, agency in zip(silent["unit"], silent["agency"], strict=True):
        of.setdefault(str(unit), []).append(agency_label(responses.framework, str(agency)))
    nobody = phrase("quality.all_answered")
    cells: dict[Lang, list[str]] = {
        language: [", ".join(text.get(language) for text in of.get(unit, [nobody])) for unit in units] for language in LANGUAGES
    }
    return [Column(label=phrase("quality.who_silent"), values=cells)]


def _limits(least: float) -> list[float]:
    """Lower limits of the classes: nothing, the minimum response, those above it, all."""
    return sorted({0.0, least, *(step for step in STEPS if step > least)})


def _class(rate: float, limits: Sequence[float]) -> int:
    return int(np.searchsorted(limits, rate + 1e-9, side="right")) - 1


def _tiles(rates: pd.Series, least: float, language: Lang) -> Sheet:
    rows = 1 + max(province.tile_row for province in PROVINCES)
    sheet = Sheet(2 * EDGE + LEGEND[0] * TILE + LEGEND_WIDTH, 2 * EDGE + rows * TILE)
    limits = _limits(least)
    colours = band_colours(len(limits))
    for province in PROVINCES:
        x, y, side = EDGE + province.tile_col * TILE, EDGE + province.tile_row * TILE, TILE - GAP
        label = province.abbreviation.get(language)
        if province.iso not in rates.index:
            sheet.box(x, y, side, side, BLANK, edgecolor=MUTED, hatch=HATCHES[0], linewidth=0.5)
            sheet.box(x + 0.07, y + 0.13, side - 0.14, side - 0.26, BLANK, linewidth=0)
            sheet.text(x + side / 2, y + side / 2, label, 9.5, ha="center")
            continue
        rate = float(rates[province.iso])
        colour = colours[_class(rate, limits)]
        sheet.box(x, y, side, side, colour, linewidth=0.5)
        sheet.text(x + side / 2, y + 0.17, label, 10.5, ha="center", color=text_on(colour))
        sheet.text(x + side / 2, y + 0.36, _whole(rate), 9, ha="center", color=text_on(colour))
    _legend(sheet, rates, limits, language)
    return sheet


def _whole(rate: float) -> str:
    """Per cent without decimals, 100 only for all."""
    return "100" if rate >= 1 else f"{min(round(100 * rate), 99)}"


def _legend(sheet: Sheet, rates: pd.Series, limits: Sequence[float], language: Lang) -> None:
    counts = np.bincount([_class(rate, limits) for rate in rates], minlength=len(limits))
    ends = [*limits[1:], 1.0]
    keys = []
    for place, (low, high) in enumerate(zip(limits, ends, strict=True)):
        kind = "full" if low >= 1 else "below" if place == 0 and len(limits) > len(STEPS) else "range"
        text = phrase(f"quality.class_{kind}", low=f"{100 * low:g}", high=f"{100 * high:g}", n=int(counts[place]))
        keys.append(Key(label=text.get(language), colour=band_colours(len(limits))[place]))
    keys.reverse()
    if absent := sum(province.iso not in rates.index for province in PROVINCES):
        keys.append(Key(label=phrase("quality.absent", n=absent).get(language), colour=BLANK, hatch=HATCHES[0]))
    x, y = EDGE + LEGEND[0] * TILE + 0.1, EDGE + LEGEND[1] * TILE + STEP
    sheet.text(x, y - STEP, phrase("quality.legend").get(language), 9.5, color=INK, weight="bold")
    for row, key in enumerate(keys):
        sheet.sign(key, x, y + row * STEP)
        sheet.text(x + 0.34, y + row * STEP, key.label, 9.5)


def _dots(scores: Scores, rates: pd.Series, language: Lang) -> Sheet:
    ordered = rates.sort_values(ascending=False, kind="stable")
    units = [str(unit) for unit in ordered.index]
    return draw_rows(
        Rows(
            ranks=[""] * len(units),
            names=named(scores.names, units)[language],
            values=100 * ordered.to_numpy(dtype=float),
            half=np.full(len(units), np.nan),
            colours=[ACCENT] * len(units),
            scale=phrase("quality.rate").get(language),
        )
    )


def by_type(scores: Scores, responses: Responses) -> list[Chart]:
    """The response of every type of respondent, lowest first; nothing where the framework lists no types."""
    table, framework = quality.response_by_type(responses).sort_values("rate", kind="stable"), scores.framework
    if table.empty:
        return []
    others = phrase("quality.others")
    labels = [others if name == quality.OTHERS else agency_label(framework, str(name)) for name in table.index]
    named_types = dict(zip(map(str, table.index), labels, strict=True))
    facts: dict[str, object] = {"n": len(table), "lowest": _lowest(table["rate"], named_types.__getitem__), "highest": labels[-1]}
    facts |= {"low": _percent(table["rate"].iloc[0]), "high": _percent(table["rate"].iloc[-1])}
    beside = [_of(row.answered, row.invited, row.rate) for row in table.itertuples()]
    chart = Chart(
        id="response-types",
        title=phrase(
            "quality.response_types_title" if table["rate"].iloc[0] < 1 else "quality.response_types_title_full", **facts
        ),
        subtitle=subtitle(scores, phrase("quality.response_types_measure")),
        alt=phrase("quality.response_types_alt", **facts),
        table=Table(
            id="response-types-data",
            caption=phrase("quality.response_types_data"),
            columns=[Column(label=phrase("quality.type"), values=both(labels), header=True), *_counts(table)],
        ),
        draw=lambda language: draw_bars(both(labels)[language], table["rate"].tolist(), beside),
    )
    return [chart]


def _of(part: float, whole: float, rate: float) -> str:
    """`63/76 (83%)`."""
    return f"{part:,.0f}/{whole:,.0f} ({_percent(rate)}%)"


def left_out(scores: Scores, responses: Responses) -> Chart:
    """The questions that most of those asked left out; the table has all."""
    table, framework = quality.questions(responses), scores.framework
    shown = table[table["missing"] > 0].sort_values("rate", ascending=False, kind="stable").head(MOST_BARS)
    worst = str(shown.index[0]) if len(shown) else str(table.index[0])
    facts: dict[str, object] = {"n": len(table), "shown": len(shown), "worst": question_label(framework, worst)}
    facts |= {"high": _percent(float(table.loc[worst, "rate"])) if len(shown) else "0"}
    facts |= {"rate": _percent(float(table["missing"].sum() / max(1, table["asked"].sum())))}
    labels = both([question_label(framework, str(name)) for name in shown.index])
    beside = [_of(row.missing, row.asked, row.rate) for row in shown.itertuples()]
    columns = [
        Column(
            label=phrase("quality.question"),
            values=both([question_label(framework, str(name)) for name in table.index]),
            header=True,
        ),
        *(
            Column(label=phrase(f"quality.{name}"), values=table[name].tolist(), decimals=0)
            for name in ("asked", "answered", "missing")
        ),
        Column(label=phrase("quality.missing_rate"), values=(100 * table["rate"]).tolist(), decimals=1),
    ]
    title = phrase("quality.questions_title" if len(shown) else "quality.questions_title_none", **facts)
    return Chart(
        id="questions-left-out",
        title=title,
        subtitle=subtitle(scores, phrase("quality.questions_measure", **facts)),
        alt=phrase("quality.questions_alt" if len(shown) else "quality.questions_title_none", **facts),
        table=Table(
            id="questions-left-out-data",
            caption=phrase("quality.questions_data"),
            columns=columns,
            note=phrase("quality.questions_note"),
        ),
        draw=lambda language: draw_bars(labels[language], shown["rate"].tolist(), beside, title.get(language)),
    )


def attachments(scores: Scores, responses: Responses) -> Chart | Words:
    """Evidence by indicator, least first; words where none is asked for or none could be attached."""
    table, framework = quality.evidence(responses), scores.framework
    known = table.dropna(subset=["rate"]).sort_values("rate", kind="stable")
    if known.empty:
        key = "quality.evidence_absent" if len(table) else "quality.evidence_none"
        return Words(text=phrase(key, n=len(table)), kind="note")
    labels = [framework.label(str(name)) for name in known.index]
    facts: dict[str, object] = {
        "n": len(known),
        "lowest": _lowest(known["rate"], framework.label),
        "low": _percent(float(known["rate"].iloc[0])),
    }
    facts |= {"rate": _percent(float(known["attached"].sum() / max(1, known["answered"].sum())))}
    beside = [_of(row.attached, row.answered, row.rate) for row in known.itertuples()]
    columns = [
        Column(label=phrase("quality.indicator"), values=both(labels), header=True),
        Column(label=phrase("quality.kind"), values=both([phrase(f"quality.kinds.{kind}") for kind in known["kind"]])),
        *(Column(label=phrase(f"quality.{name}"), values=known[name].tolist(), decimals=0) for name in ("answered", "attached")),
        Column(label=phrase("quality.attached_rate"), values=(100 * known["rate"]).tolist(), decimals=1),
    ]
    return Chart(
        id="evidence",
        title=phrase("quality.evidence_title", **facts),
        subtitle=subtitle(scores, phrase("quality.evidence_measure")),
        alt=phrase("quality.evidence_alt", **facts),
        table=Table(
            id="evidence-data", caption=phrase("quality.evidence_data"), columns=columns, note=phrase("quality.evidence_note")
        ),
        draw=lambda language: draw_bars(both(labels)[language], known["rate"].tolist(), beside),
    )
