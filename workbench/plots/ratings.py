"""Charts and tables of what experts rated: validity of the indicators, weights of the pillars, agreement, comments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.display import Chart, Column, Table
from workbench.plots.fitting import both, fitted, titled, width_of
from workbench.plots.labels import phrase
from workbench.plots.sheet import PAGE, Key, Sheet, legend_height
from workbench.plots.style import ACCENT, GRID, INK, MUTED, SERIES
from workbench.text import Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from workbench.feedback import Feedback
    from workbench.form_reader import Forms
    from workbench.framework import Framework
    from workbench.text import Lang

__all__ = ["agreement", "comments", "pillar_weights", "validity"]

MOST_NAMES = 3
LEAST_P = 0.001
"""A smaller probability is not written out."""
PITCH, SIZE = 0.22, 9.5
LEFT, RIGHT = 4.6, 7.5
"""Inches: where the scale begins and ends."""


def validity(feedback: Feedback, framework: Framework) -> Chart:
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
        id="ratings-validity",
        title=phrase("ratings.validity_title" if failed else "ratings.validity_title_none", **facts),
        subtitle=phrase("ratings.validity_measure", n=len(feedback.experts)),
        alt=phrase("ratings.validity_alt", **facts),
        table=Table(
            id="ratings-validity-data",
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
        Column(label=phrase("ratings.failed"), values=both(which)),
    ]


def _draw_validity(table: pd.DataFrame, framework: Framework, language: Lang) -> Figure:
    rows: list[tuple[str, bool]] = []
    for name in map(str, table.index):
        pillar = framework.pillar_of(name)
        if (pillar, True) not in rows and pillar != name:
            rows.append((pillar, True))
        rows.append((name, False))
    sheet = Sheet.of(PAGE, PITCH * len(rows) + 0.45)
    bottom = 0.08 + PITCH * len(rows)
    required = float(table["required"].median())
    for tick in (0.0, 0.25, 0.5, required, 1.0):
        x = _at(tick)
        style = {"color": ACCENT, "linestyle": (0, (4, 3)), "linewidth": 1.2} if tick == required else {"color": GRID}
        sheet.line([x, x], [0.08, bottom], zorder=1, **style)
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
        sheet.axes.scatter(
            [_at(row["i_cvi"])], [y], s=34, c=["#ffffff" if fails else ACCENT], edgecolors=INK, linewidths=0.9, zorder=3
        )
        sheet.text(PAGE - 0.1, y, f"{row['i_cvi']:.2f}", SIZE, ha="right", weight="bold" if fails else "normal")
    return sheet.figure


def _at(share: float) -> float:
    return LEFT + share * (RIGHT - LEFT)


def pillar_weights(feedback: Feedback, framework: Framework) -> Chart:
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
        id="ratings-weights",
        title=phrase("ratings.weights_title", **facts),
        subtitle=phrase("ratings.weights_measure"),
        alt=phrase("ratings.weights_alt", **facts),
        table=Table(
            id="ratings-weights-data",
            caption=phrase("ratings.weights_data"),
            columns=columns,
            note=phrase("ratings.weights_note", **facts),
        ),
        draw=lambda language: _draw_weights(table, kinds, framework, language),
    )


def _draw_weights(table: pd.DataFrame, kinds: list[str], framework: Framework, language: Lang) -> Figure:
    row, names = 0.3, [fitted(framework.label(str(name)).get(language), 3.2, SIZE) for name in table.index]
    colours = dict(zip(("given", "budget", "ahp"), ("#ffffff", ACCENT, SERIES[1]), strict=True))
    markers = dict(zip(("given", "budget", "ahp"), ("o", "o", "D"), strict=True))
    signs: dict[str, Literal["dot", "diamond"]] = {"ahp": "diamond"}
    keys = [
        Key(label=phrase(f"ratings.{kind}").get(language), colour=colours[kind], sign=signs.get(kind, "dot")) for kind in kinds
    ]
    room = max(width_of(name, SIZE) for name in names) + 0.25
    bottom = 0.08 + row * len(names)
    sheet = Sheet.of(7.2, bottom + 0.37 + legend_height(keys, 6.9))
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
            sheet.axes.scatter([x], [y], s=42, c=[colours[kind]], marker=markers[kind], edgecolors=INK, linewidths=0.8, zorder=3)
    sheet.legend(keys, 0.15, bottom + 0.33, 6.9)
    return sheet.figure


def agreement(feedback: Feedback) -> Table:
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
    return Table(id="ratings-agreement", caption=caption, columns=columns, note=note)


def _shown(key: str, values: pd.Series) -> list[object]:
    """Numbers as they are, but no probability is shown as zero."""
    return ["< 0.001" if key == "p" and value < LEAST_P else value for value in values]


def comments(forms: Forms, framework: Framework) -> Table:
    """Every comment with what came of it: the answer to an amendment that its expert raised on that indicator."""
    rows = list(forms.comments.itertuples(index=False))
    answers = [_answer(str(row.expert), str(row.item), framework) for row in rows]
    items = [_titled(framework, str(row.item)) for row in rows]
    words = [answer or phrase("ratings.unanswered") for answer in answers]
    return Table(
        id="ratings-comments",
        caption=phrase("ratings.comments_data", n=len(rows), open=sum(answer is None for answer in answers)),
        columns=[
            Column(label=phrase("ratings.indicator"), values=both(items), header=True),
            Column(label=phrase("ratings.expert"), values=[str(row.expert) for row in rows]),
            Column(label=phrase("ratings.comment"), values=[str(row.comment) for row in rows]),
            Column(label=phrase("ratings.answer"), values=both(words)),
        ],
        note=phrase("ratings.comments_note"),
    )


def _answer(expert: str, item: str, framework: Framework) -> Text | None:
    for amendment in framework.amendments:
        raised = amendment.raised_by.replace(" ", "").split(",")
        if expert in raised and f"{amendment.parameter}.".startswith(f"{item}."):
            return amendment.answer or phrase(f"workshop.status_{amendment.status}")
    return None


def _titled(framework: Framework, name: str) -> Text:
    known = {node.id for node in framework.elements}
    return titled(name, {name: framework.label(name)} if name in known else {})
