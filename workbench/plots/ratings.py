"""Charts and tables of what experts rated: validity of the indicators, weights of the pillars, agreement, comments.

A `key` is put behind the ids of what is shown, for pages of several workshops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.amendments import current_value
from workbench.answers import answered
from workbench.display import Chart, Column, Table
from workbench.plots.fitting import both, fitted, titled, width_of
from workbench.plots.labels import phrase
from workbench.plots.sheet import DASHED, PAGE, Key, Sheet, legend_height
from workbench.plots.style import ACCENT, GRID, INK, MUTED, SERIES
from workbench.plots.workshop import change
from workbench.text import Text, Written

if TYPE_CHECKING:
    import pandas as pd

    from workbench.amendments import Workshop
    from workbench.answers import Answered
    from workbench.feedback import Feedback
    from workbench.framework import Framework
    from workbench.plots.marks import Shape
    from workbench.rules import Rules
    from workbench.text import Lang

__all__ = ["agreement", "comments", "cut_offs", "pillar_weights", "stability", "validity"]

MOST_NAMES = 3
LEAST_P = 0.001
"""A smaller probability is not written out."""
PITCH, SIZE = 0.22, 9.5
LEFT, RIGHT = 4.6, 7.5
"""Inches: where the scale begins and ends."""


def validity(feedback: Feedback, framework: Framework, key: str = "") -> Chart:
    """The I-CVI of every indicator with its exact interval; those that fail two tests or more are marked."""
    table = feedback.items
    failed = [str(name) for name in table.index[table["failed"] > 1]]
    worst = str(table["i_cvi"].idxmin()) if table["i_cvi"].notna().any() else str(table.index[0])
    names = Text.same(", ".join(failed[:MOST_NAMES]) + ("…" if len(failed) > MOST_NAMES else ""))
    facts: dict[str, object] = {
        "n": len(table),
        "failed": len(failed),
        "names": names,
        "worst": framework.label(worst),
        "low": f"{table['i_cvi'].min():.2f}",
        "required": f"{table['required'].median():.2f}",
    }
    return Chart(
        id=f"ratings-validity{key}",
        title=phrase("ratings.validity_title" if failed else "ratings.validity_title_none", **facts),
        subtitle=phrase("ratings.validity_measure", n=len(feedback.experts)),
        alt=phrase("ratings.validity_alt", **facts),
        table=Table(
            id=f"ratings-validity-data{key}",
            caption=phrase("ratings.validity_data"),
            columns=_validity_columns(table, framework),
            note=phrase("ratings.validity_note"),
        ),
        draw=lambda language: _draw_validity(table, framework, language),
    )


def _validity_columns(table: pd.DataFrame, framework: Framework) -> list[Column]:
    which = [
        Text(th=", ".join(text.th for text in texts), en=", ".join(text.en for text in texts)) if texts else Text.same("–")
        for texts in (
            [phrase(f"ratings.failed_names.{name}") for name in row.split(", ") if name] for row in table["failed_which"]
        )
    ]
    numbers = {"ioc": "ioc", "i_cvi": "i_cvi", "kappa": "kappa", "cvr": "cvr", "critical": "critical",
               "median": "importance_median", "iqr": "importance_iqr", "fuzzy": "fuzzy"}  # fmt: skip
    return [
        Column(
            label=phrase("ratings.indicator"), values=both([_titled(framework, str(name)) for name in table.index]), header=True
        ),
        Column(label=phrase("ratings.experts"), values=table["relevance_n"].tolist(), decimals=0),
        *(Column(label=phrase(f"ratings.{key}"), values=table[name].tolist(), decimals=2) for key, name in numbers.items()),
        *(Column(label=phrase(f"ratings.{name}"), values=both(_held(table[name]))) for name in ("consensus", "fuzzy_accepted")),
        Column(label=phrase("ratings.failed"), values=both(which)),
    ]


def _held(values: pd.Series) -> list[Text]:
    """Whether a rule holds, in words; a dash where too few rated."""
    words = {True: phrase("ratings.held"), False: phrase("ratings.not_held")}
    return [words.get(value, Text.same("–")) for value in values.tolist()]


def _draw_validity(table: pd.DataFrame, framework: Framework, language: Lang) -> Sheet:
    rows: list[tuple[str, bool]] = []
    for name in map(str, table.index):
        pillar = framework.pillar_of(name)
        if (pillar, True) not in rows and pillar != name:
            rows.append((pillar, True))
        rows.append((name, False))
    sheet = Sheet(PAGE, PITCH * len(rows) + 0.45)
    bottom = 0.08 + PITCH * len(rows)
    required = float(table["required"].median())
    for tick in (0.0, 0.25, 0.5, required, 1.0):
        x = _at(tick)
        if tick == required:
            sheet.line([x, x], [0.08, bottom], color=ACCENT, dash=DASHED, linewidth=1.2, zorder=1)
        else:
            sheet.line([x, x], [0.08, bottom], color=GRID, zorder=1)
        sheet.text(x, bottom + 0.16, f"{tick:g}", 9, ha="center", color=MUTED)
    for place, (name, is_pillar) in enumerate(rows):
        y = 0.08 + (place + 0.5) * PITCH
        label = _titled(framework, name).get(language)
        if is_pillar:
            sheet.text(0.1, y, fitted(label, LEFT - 0.3, SIZE, bold=True), SIZE, weight="bold")
            continue
        sheet.text(0.25, y, fitted(label, LEFT - 0.5, SIZE), SIZE)
        row = table.loc[name]
        if np.isnan(row["i_cvi"]):
            continue
        sheet.line([_at(row["low"]), _at(row["high"])], [y, y], color=INK, linewidth=1.2, zorder=2)
        fails = row["failed"] > 1
        sheet.dot(_at(row["i_cvi"]), y, 34, "#ffffff" if fails else ACCENT, stroke=0.9)
        sheet.text(PAGE - 0.1, y, f"{row['i_cvi']:.2f}", SIZE, ha="right", weight="bold" if fails else "normal")
    return sheet


def _at(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def pillar_weights(feedback: Feedback, framework: Framework, key: str = "") -> Chart:
    """Weights of the pillars: in the edition, by budgets, by pairwise judgements."""
    table = feedback.pillars
    kinds = [name for name in ("given", "budget", "ahp") if name in table]
    lead = "budget" if "budget" in table else kinds[-1]
    best = str(table[lead].idxmax())
    facts: dict[str, object] = {
        "n": len(table),
        "pillar": framework.label(best),
        "budget": f"{100 * table.loc[best, lead]:.0f}",
        "given": f"{100 * table.loc[best, 'given']:.0f}",
        "ratio": f"{feedback.group_ratio:.3f}",
    }
    columns = [
        Column(label=phrase("ratings.pillar"), values=both([framework.label(str(name)) for name in table.index]), header=True)
    ]
    columns += [Column(label=phrase(f"ratings.{kind}"), values=(100 * table[kind]).tolist(), decimals=1) for kind in kinds]
    if "budget_sd" in table:
        columns.append(Column(label=phrase("ratings.budget_sd"), values=table["budget_sd"].tolist(), decimals=1))
    return Chart(
        id=f"ratings-weights{key}",
        title=phrase("ratings.weights_title", **facts),
        subtitle=phrase("ratings.weights_measure"),
        alt=phrase("ratings.weights_alt", **facts),
        table=Table(
            id=f"ratings-weights-data{key}",
            caption=phrase("ratings.weights_data"),
            columns=columns,
            note=phrase("ratings.weights_note", **facts),
        ),
        draw=lambda language: _draw_weights(table, kinds, framework, language),
    )


def _draw_weights(table: pd.DataFrame, kinds: list[str], framework: Framework, language: Lang) -> Sheet:
    row, names = 0.3, [fitted(framework.label(str(name)).get(language), 3.2, SIZE) for name in table.index]
    colours = dict(zip(("given", "budget", "ahp"), ("#ffffff", ACCENT, SERIES[1]), strict=True))
    markers: dict[str, Shape] = dict(zip(("given", "budget", "ahp"), ("o", "o", "D"), strict=True))
    signs: dict[str, Literal["dot", "diamond"]] = {"ahp": "diamond"}
    keys = [
        Key(label=phrase(f"ratings.{kind}").get(language), colour=colours[kind], sign=signs.get(kind, "dot")) for kind in kinds
    ]
    room = max(width_of(name, SIZE) for name in names) + 0.25
    bottom = 0.08 + row * len(names)
    sheet = Sheet(7.2, bottom + 0.37 + legend_height(keys, 6.9))
    top = max(float(np.ceil(100 * table[kinds].to_numpy().max() / 5) * 5), 5.0)
    for tick in np.arange(0, top + 1, 5):
        x = room + tick / top * (7.0 - room)
        sheet.line([x, x], [0.08, bottom], color=GRID, zorder=1)
        sheet.text(x, bottom + 0.14, f"{tick:g}", 9, ha="center", color=MUTED)
    for place, (name, label) in enumerate(zip(table.index, names, strict=True)):
        y = 0.08 + (place + 0.5) * row
        sheet.text(room - 0.12, y, label, SIZE, ha="right")
        for kind in kinds:
            x = room + 100 * float(table.loc[name, kind]) / top * (7.0 - room)
            sheet.dot(x, y, 42, colours[kind], shape=markers[kind])
    sheet.legend(keys, 0.15, bottom + 0.33, 6.9)
    return sheet


def agreement(feedback: Feedback, key: str = "") -> Table:
    """How far the experts agree, scale by scale."""
    table = feedback.agreement
    scales = [phrase(f"ratings.scales.{name}") for name in table.index]
    numbers = {"experts": ("experts", 0), "alpha": ("alpha", 2), "kendall": ("w", 2), "p": ("p", 3), "icc": ("icc", 2)}
    columns = [Column(label=phrase("ratings.scale"), values=both(scales), header=True)]
    columns += [
        Column(label=phrase(f"ratings.{key}"), values=_shown(key, table[name]), decimals=places)
        for key, (name, places) in numbers.items()
    ]
    caption, note = phrase("ratings.agreement_data"), phrase("ratings.agreement_note")
    return Table(id=f"ratings-agreement{key}", caption=caption, columns=columns, note=note)


def _shown(key: str, values: pd.Series) -> list[object]:
    """Numbers as they are, but no probability is shown as zero."""
    return ["< 0.001" if key == "p" and value < LEAST_P else value for value in values]


def stability(table: pd.DataFrame, framework: Framework, rules: Rules, key: str = "") -> Table:
    """How far the experts moved between two rounds, on importance; unstable indicators first."""
    chosen = table[table["scale"] == "importance"].sort_values("changed", ascending=False, kind="stable")
    unstable = int((chosen["stable"] == False).sum())  # noqa: E712  (missing where too few rated twice)
    words = {True: phrase("ratings.stable"), False: phrase("ratings.unstable")}
    verdicts = [words.get(value, Text.same("–")) for value in chosen["stable"].tolist()]
    return Table(
        id=f"ratings-rounds{key}",
        caption=phrase("ratings.rounds_data", n=len(chosen), unstable=unstable),
        columns=[
            Column(
                label=phrase("ratings.indicator"),
                values=both([_titled(framework, str(name)) for name in chosen["indicator"]]),
                header=True,
            ),
            Column(label=phrase("ratings.experts_both"), values=chosen["n"].tolist(), decimals=0),
            Column(label=phrase("ratings.changed"), values=(100 * chosen["changed"]).tolist(), decimals=0),
            Column(label=phrase("ratings.median_change"), values=chosen["median_change"].tolist(), decimals=1),
            Column(label=phrase("ratings.iqr_change"), values=chosen["iqr_change"].tolist(), decimals=1),
            Column(label=phrase("ratings.verdict"), values=both(verdicts)),
        ],
        note=phrase("ratings.rounds_note", limit=f"{100 * rules.change:g}"),
    )


def cut_offs(rules: Rules, key: str = "") -> Table:
    """Every statistic with its formula, its cut-off here and its source."""
    names = ("ioc", "i_cvi", "kappa", "cvr", "consensus", "fuzzy", "alpha", "kendall", "icc", "budget", "ahp", "rounds")
    facts = {name: f"{value:g}" for name, value in rules}
    facts |= {name: f"{100 * value:g}" for name, value in rules if name in {"near", "change", "trim", "weight_change"}}
    parts = {part: [phrase(f"ratings.methods.{name}.{part}", **facts) for name in names] for part in ("formula", "cut", "source")}
    return Table(
        id=f"ratings-methods{key}",
        caption=phrase("ratings.methods_data"),
        columns=[
            Column(
                label=phrase("ratings.statistic"),
                values=both([phrase(f"ratings.methods.{name}.name") for name in names]),
                header=True,
            ),
            *(Column(label=phrase(f"ratings.{part}"), values=both(texts)) for part, texts in parts.items()),
        ],
        note=phrase("ratings.methods_note", experts=rules.experts),
    )


def comments(meeting: Workshop, framework: Framework) -> Table:
    """Every comment and every proposed indicator with what came of it."""
    rows = answered(meeting.record, meeting.answers, framework)
    return Table(
        id=f"comments-{meeting.id}",
        caption=phrase("ratings.comments_data", n=len(rows), open=sum(row.open for row in rows)),
        columns=[
            Column(label=phrase("ratings.indicator"), values=both([_about(row, framework) for row in rows]), header=True),
            Column(label=phrase("ratings.expert"), values=[row.expert for row in rows]),
            Column(label=phrase("ratings.comment"), values=[Written(row.text) for row in rows]),
            Column(label=phrase("ratings.outcome"), values=both([_outcome(row, framework) for row in rows])),
            Column(label=phrase("ratings.answer"), values=both([_answer(row) for row in rows])),
        ],
        note=phrase("ratings.comments_note"),
    )


def _about(row: Answered, framework: Framework) -> Text:
    name = phrase("ratings.whole") if row.item == "index" else _titled(framework.base or framework, row.item)
    return phrase("ratings.proposed_in", pillar=name) if row.proposed else name


def _outcome(row: Answered, framework: Framework) -> Text:
    """What came of it: accepted or declined, and how the framework changed."""
    if not row.amendments:
        return phrase("ratings.noted" if row.answer is not None else "ratings.unanswered")
    base = framework.base or framework
    data = base.definition.model_dump(exclude_unset=True)
    texts = []
    for item in row.amendments:
        what = change(item, current_value(data, item.parameter) if item.kind == "set" else None, base)
        texts.append(phrase(f"ratings.outcome_{item.status}", change=what))
    return Text(th="; ".join(text.th for text in texts), en="; ".join(text.en for text in texts))


def _answer(row: Answered) -> Text:
    """The answer in words: to the comment itself, else to the amendments that it led to."""
    given = [row.answer] if row.answer is not None else [item.answer for item in row.amendments if item.answer is not None]
    return Text(th=" ".join(text.th for text in given), en=" ".join(text.en for text in given)) if given else Text.same("–")


def _titled(framework: Framework, name: str) -> Text:
    known = {node.id for node in framework.elements}
    return titled(name, {name: framework.label(name)} if name in known else {})
