"""Charts and tables of what a workshop changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.display import Chart, Column, Table
from workbench.method_page import aggregation_name
from workbench.plots.labels import named, phrase, subtitle, unit_column
from workbench.plots.style import ACCENT, GRID, MUTED, SERIES, new_figure, shortened
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.amendments import Amendment
    from workbench.framework import Framework
    from workbench.workshop import Changes

__all__ = ["amendment_effects", "answers", "change", "movers", "shifts"]

MOVERS = 20
"""Units drawn; the table has all."""


def answers(changes: Changes) -> Table:
    """Every amendment: what was asked, why, by whom, and what came of it."""
    records = changes.records
    framework = changes.before.framework
    rows = changes.amendments
    return Table(
        id="amendments",
        caption=phrase("workshop.answers_caption", n=len(records)),
        columns=[
            Column(
                label=phrase("workshop.parameter"), values=_both([_parameter(item, framework) for item in records]), header=True
            ),
            Column(
                label=phrase("workshop.from_to"),
                values=_both([change(item, rows["before"][item.id], framework) for item in records]),
            ),
            Column(label=phrase("workshop.reason"), values=_both([item.reason for item in records])),
            Column(label=phrase("workshop.raised_by"), values=[item.raised_by for item in records]),
            Column(label=phrase("workshop.status"), values=_both([phrase(f"workshop.status_{item.status}") for item in records])),
            Column(label=phrase("workshop.answer"), values=_both([item.answer or Text.same("–") for item in records])),
        ],
    )


def amendment_effects(changes: Changes) -> Table:
    """What each accepted amendment does alone."""
    accepted = [item for item in changes.records if item.status == "accepted"]
    rows = changes.amendments.loc[[item.id for item in accepted]]
    labels = [_parameter(item, changes.before.framework) for item in accepted]
    dependent = [label for item, label in zip(accepted, labels, strict=True) if rows["alone"][item.id] is False]
    note = None
    if dependent:
        names = Text(th=", ".join(label.th for label in dependent), en=", ".join(label.en for label in dependent))
        note = phrase("workshop.effects_note", names=names)
    numbers = {"mean_index_change": 2, "mean_rank_shift": 2, "max_rank_shift": 0, "units_moved": 0, "bands_changed": 0}
    return Table(
        id="amendment-effects",
        caption=phrase("workshop.effects_caption"),
        note=note,
        columns=[
            Column(label=phrase("workshop.parameter"), values=_both(labels), header=True),
            *(
                Column(label=phrase(f"workshop.{name}"), values=rows[name].astype(float).tolist(), decimals=places)
                for name, places in numbers.items()
            ),
        ],
    )


def shifts(changes: Changes) -> Chart:
    """Index before and after for every unit: how far the points lie from the diagonal."""
    units = changes.units.dropna(subset=["index_before", "index_after"])
    moved = int((units["rank_change"] != 0).sum())
    bands = int((units["band_before"] != units["band_after"]).sum())
    facts: Mapping[str, object] = {
        "n": len(units),
        "units": changes.after.framework.unit.plural,
        "moved": moved,
        "bands": bands,
        "change": f"{units['index_change'].mean():+.2f}".replace("-", "−"),
    }
    names = list(units.index)
    columns = [unit_column(changes.after, names)]
    for name, places in (("index_before", 1), ("index_after", 1), ("rank_before", 0), ("rank_after", 0), ("rank_change", 0)):
        columns.append(Column(label=phrase(f"workshop.{name}"), values=_numbers(units[name]), decimals=places))

    return Chart(
        id="workshop-shifts",
        title=phrase("workshop.shifts_title", **facts),
        subtitle=subtitle(changes.after, phrase("workshop.shifts_measure")),
        alt=phrase("workshop.shifts_alt", **facts),
        table=Table(id="workshop-shifts-data", caption=phrase("workshop.shifts_data"), columns=columns),
        draw=lambda language: _draw_shifts(units, language),
    )


def movers(changes: Changes) -> Chart:
    """The units whose rank changed most, before and after."""
    units = changes.units.dropna(subset=["index_before", "index_after"])
    size = units["rank_change"].astype(float).abs()
    chosen = units.loc[size.sort_values(ascending=False, kind="stable").index[:MOVERS]]
    chosen = chosen.sort_values("rank_after")
    most = f"{size.max():.0f}" if len(size) else "0"
    names = list(chosen.index)
    facts: Mapping[str, object] = {"most": most, "n": len(names), "units": changes.after.framework.unit.plural}

    columns = [unit_column(changes.after, names)]
    columns += [
        Column(label=phrase(f"workshop.{name}"), values=_numbers(chosen[name]), decimals=0)
        for name in ("rank_before", "rank_after", "rank_change")
    ]
    return Chart(
        id="workshop-movers",
        title=phrase("workshop.movers_title", **facts),
        subtitle=subtitle(changes.after, phrase("workshop.movers_measure", n=len(names))),
        alt=phrase("workshop.movers_alt", **facts),
        table=Table(id="workshop-movers-data", caption=phrase("workshop.movers_data"), columns=columns),
        draw=lambda language: _draw_movers(chosen, named(changes.after.names, names)[language], language),
    )


def _draw_shifts(units: pd.DataFrame, language: Lang) -> Figure:
    figure = new_figure(7.2, 4.6)
    ax = figure.subplots()
    change = units["rank_change"].astype(float)
    colours = np.where(change > 0, SERIES[0], np.where(change < 0, SERIES[1], MUTED))
    ax.axhline(0, color=MUTED, linewidth=0.9)
    ax.scatter(units["index_before"], units["index_change"], c=list(colours), s=30, alpha=0.85, linewidths=0)
    ax.set_xlabel(phrase("workshop.index_before").get(language))
    ax.set_ylabel(phrase("workshop.index_change").get(language), labelpad=10)
    ax.grid(color=GRID, linewidth=0.7)
    ax.set_axisbelow(True)
    for sign, key in ((1, "up"), (-1, "down"), (0, "same")):
        colour = {1: SERIES[0], -1: SERIES[1], 0: MUTED}[sign]
        count = int((np.sign(change) == sign).sum())
        ax.scatter([], [], color=colour, s=30, label=phrase(f"workshop.rank_{key}", n=count).get(language))
    figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize=10)
    return figure


def _draw_movers(chosen: pd.DataFrame, labels: list[str], language: Lang) -> Figure:
    figure = new_figure(7.2, 1.2 + 0.27 * len(chosen))
    ax = figure.subplots()
    rows = np.arange(len(chosen))
    before, after = chosen["rank_before"].astype(float), chosen["rank_after"].astype(float)
    ax.hlines(rows, before, after, color=MUTED, linewidth=1.4)
    ax.scatter(before, rows, facecolors="white", edgecolors=MUTED, s=38, zorder=3, label=phrase("workshop.before").get(language))
    ax.scatter(after, rows, color=ACCENT, s=38, zorder=3, label=phrase("workshop.after").get(language))
    ax.set_yticks(rows, [shortened(label, 30) for label in labels])
    ax.set_ylim(len(chosen) - 0.4, -0.6)
    ax.set_xlabel(phrase("plots.rank").get(language))
    ax.grid(axis="x", color=GRID, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(axis="y", length=0)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=10)
    return figure


def _both(texts: list[Text]) -> dict[Lang, list[str]]:
    return {language: [text.get(language) for text in texts] for language in LANGUAGES}


def _numbers(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]


def _parameter(amendment: Amendment, framework: Framework) -> Text:
    """What is amended in words: the element or band, then which of its keys, with its path for whoever looks it up."""
    path = amendment.parameter
    if amendment.kind == "add":
        return _with_path(_label(amendment.to), str(amendment.to["id"]))
    known = {"index", *(node.id for node in framework.elements)}
    if path in known:
        return _with_path(framework.label(path), path)
    head = next((name for name in sorted(known, key=len, reverse=True) if path.startswith(f"{name}.")), "")
    if head:
        name, key = framework.label(head), _key(path)
        return _with_path(Text(th=f"{name.th}: {key.th}", en=f"{name.en}: {key.en}"), path)
    band = next((item for item in framework.bands if path == f"bands.{item.id}.minimum"), None)
    return _with_path(phrase("workshop.band_limit", band=band.label) if band is not None else _key(path), path)


def _with_path(words: Text, path: str) -> Text:
    return Text(th=f"{words.th} ({path})", en=f"{words.en} ({path})")


def _label(element: Mapping[str, Any]) -> Text:
    """The name of an element that an amendment brings."""
    label = element.get("label")
    named = isinstance(label, Mapping) and all(label.get(language) for language in LANGUAGES)
    return Text(th=str(label["th"]), en=str(label["en"])) if named else Text.same(str(element["id"]))  # type: ignore[index]


def change(amendment: Amendment, before: object, framework: Framework) -> Text:
    """What an amendment does, in words.

    Args:
        amendment: Of any kind.
        before: The value that a setting replaces.
        framework: The edition.
    """

    def listed(labels: list[Text]) -> Text:
        return Text(th=", ".join(label.th for label in labels), en=", ".join(label.en for label in labels))

    def place(name: str) -> Text:
        known = {"index", *(node.id for node in framework.elements)}
        return framework.label(name) if name in known else Text.same(name)

    kind, to = amendment.kind, amendment.to
    if kind == "set":
        old, new = (_value(value, amendment.parameter) for value in (before, to))
        return Text(th=f"{old.th} → {new.th}", en=f"{old.en} → {new.en}")
    if kind == "reword":
        return phrase("workshop.change_reword", text=_label({"id": "", "label": to}))
    if kind == "move":
        return phrase("workshop.change_move", old=place(framework.parent(amendment.parameter)), new=place(str(to)))
    if kind == "add":
        return phrase("workshop.change_add", group=place(amendment.parameter))
    if kind == "drop":
        return phrase("workshop.change_drop")
    brought = listed([_label(part) for part in amendment.brings])
    return phrase(f"workshop.change_{kind}", new=brought, others=listed([place(name) for name in amendment.with_] or [brought]))


def _key(path: str) -> Text:
    """The last key of a parameter in words, as it is where the texts have none."""
    last = path.rsplit(".", 1)[-1]
    key = f"workshop.key_{last}"
    return phrase(key) if key in Texts.default() else Text.same(last)


def _value(value: object, path: str) -> Text:
    """A parameter's value in words: ways of aggregating by name, an absent one as inherited."""
    if path.endswith(".aggregation"):
        absent = value is None or (isinstance(value, float) and pd.isna(value))
        return phrase("workshop.inherited") if absent else aggregation_name(str(value))
    return Text.same(_plain(value))


def _plain(value: object) -> str:
    """A parameter's value as a reader writes it: 1, not 1.0."""
    if value is None or (isinstance(value, float) and pd.isna(value)):
        return "–"
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
