"""The page of one indicator: what is asked, how an answer becomes a score, how units differ on it, and who decided it.

Numbers of the scale are those that scoring used; goalposts found from the data are shown as found.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from workbench.aggregation import global_weights
from workbench.display import Chart, Column, Table, Words
from workbench.framework_model import Ladder, MultiSelect
from workbench.method_page import measured
from workbench.plots.fitting import both
from workbench.plots.histogram import draw_histogram, edges_of
from workbench.plots.labels import marked, named, phrase, subtitle
from workbench.plots.sheet import notice
from workbench.reading import correlations
from workbench.report.leaf import Facts, Leaf, Links
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from workbench.display import Shown
    from workbench.framework_model import Indicator
    from workbench.report.around import Around

__all__ = ["indicator_pages", "indicators_page"]


def indicators_page(around: Around) -> Leaf:
    """The tree of the framework, each indicator with a link to its page."""
    texts, framework = Texts.default(), around.scores.framework
    parts: list[Shown] = [Words(text=texts("indicators.intro", n=len(framework.indicators)))]
    for pillar in framework.pillars:
        inside = [item for item in framework.indicators if framework.pillar_of(item.id) == pillar.id]
        parts.append(Words(text=pillar.label, kind="h2"))
        parts.append(Links(links=[(_address(item), item.label, Text.same(item.id)) for item in inside], css="units"))
    lead = texts("pages.indicators.lead")
    return Leaf(name="indicators", order="55", title=texts("pages.indicators.title"), lead=lead, parts=parts)


def indicator_pages(around: Around) -> Iterator[Callable[[], Leaf]]:
    """A page for each indicator, in the order of the framework, each made when it is called."""
    reading = correlations(around.scores)
    shares = dict(zip(around.scores.tree.indicators, global_weights(around.scores.tree), strict=True))
    for item in around.scores.framework.indicators:
        yield partial(_page, around, item, reading.loc[item.id], shares[item.id])


def _address(item: Indicator) -> str:
    return f"indicator-{item.id}.html"


def _page(around: Around, item: Indicator, reading: pd.Series, share: float) -> Leaf:
    texts, framework = Texts.default(), around.scores.framework
    pillar = framework.pillar_of(item.id)
    parts: list[Shown] = [_facts(around, item, reading, share)]
    if item.question is not None and item.question.text is not None:
        parts.insert(0, Words(text=item.question.text, kind="lead"))
    parts += [*_answers(item), *_withheld_note(around, item), _distribution(around, item), _units(around, item)]
    above = [("indicators", texts("pages.indicators.title"))]
    return Leaf(name=f"indicator-{item.id}", title=item.label, lead=framework.label(pillar), parts=parts, above=above)


def _facts(around: Around, item: Indicator, reading: pd.Series, share: float) -> Facts:
    texts, framework = Texts.default(), around.scores.framework
    values = around.scores.normalised[item.id]
    facts = {
        "code": Text.same(item.id),
        "measured": measured(framework, item.id, texts),
        "direction": texts(f"indicators.{item.direction}"),
        "weight": texts("indicators.weight_value", weight=f"{item.weight:g}", share=f"{100 * share:.2f}"),
        "coverage": texts("indicators.coverage_value", n=int(values.notna().sum()), all=len(values)),
        "scores": texts("indicators.scores_value", mean=_score(values.mean()), sd=_score(values.std(ddof=1))),
        "pillar": _correlation(reading["with_pillar"]),
        "index": _correlation(reading["with_index"]),
        "reference": Text.same(_reference(around, item)),
    }
    return Facts(facts={key: (texts(f"indicators.{key}"), value) for key, value in facts.items()})


def _reference(around: Around, item: Indicator) -> str:
    """What the framework cites; a note in full where it is one."""
    notes = {note.id: note.text for note in around.scores.framework.definition.references}
    return notes.get(item.reference, item.reference)


def _score(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.1f}".replace("-", "−")


def _correlation(value: float) -> Text:
    return phrase("indicators.no_correlation") if np.isnan(value) else Text.same(f"{value:.2f}".replace("-", "−"))


def _answers(item: Indicator) -> Iterator[Table]:
    """What can be answered, and the points of each answer."""
    texts, question = Texts.default(), item.question
    if isinstance(question, Ladder):
        rows = [(step.label, 100 * step.points) for step in question.steps]
    elif isinstance(question, MultiSelect):
        rows = [(option.label, 100 / question.full_at) for option in question.options]
    else:
        return
    note = texts("indicators.full_at", n=question.full_at) if isinstance(question, MultiSelect) else None
    yield Table(
        id="answers",
        caption=texts("indicators.answers"),
        columns=[
            Column(label=texts("indicators.answer"), values=both([label for label, _ in rows]), header=True),
            Column(label=texts("indicators.points"), values=[points for _, points in rows], decimals=0),
        ],
        note=note,
    )


def _hidden(around: Around, item: Indicator) -> int:
    """How many units' values are withheld."""
    return 0 if around.scores.withheld is None else int(around.scores.withheld[item.id].sum())


def _withheld_note(around: Around, item: Indicator) -> Iterator[Words]:
    who, count = around.scores.framework.respondents, _hidden(around, item)
    if count and who is not None:
        facts = {"n": count, "units": around.scores.framework.unit.plural, "minimum": who.minimum_published, "who": who.plural}
        yield Words(text=Texts.default()("disclosure.indicator", **facts), kind="note")


def _distribution(around: Around, item: Indicator) -> Chart:
    texts, scores = Texts.default(), around.scores
    values = scores.normalised[item.id].dropna()
    edges = edges_of(values)
    counts, _ = np.histogram(values, edges)
    facts = {"n": len(values), "units": scores.framework.unit.plural, "name": item.label}
    facts |= {"median": _score(values.median()), "low": _score(values.quantile(0.25)), "high": _score(values.quantile(0.75))}
    kind = (
        ("withheld" if _hidden(around, item) else "none")
        if values.empty
        else "same"
        if values.min() == values.max()
        else "spread"
    )
    title = texts("disclosure.all" if kind == "withheld" else f"indicators.title_{kind}", **facts)
    classes = [f"{low:g}–{high:g}".replace("-", "−") for low, high in itertools.pairwise(edges)]
    return Chart(
        id="distribution",
        title=title,
        subtitle=subtitle(scores, texts("indicators.measure", name=item.label)),
        alt=texts("indicators.alt", finding=title, **facts),
        table=Table(
            id="distribution-data",
            caption=texts("indicators.classes"),
            columns=[
                Column(label=texts("unit.score"), values=classes, header=True),
                Column(label=scores.framework.unit.plural, values=counts.tolist(), decimals=0),
            ],
        ),
        draw=lambda language: (
            notice(title.get(language))
            if kind == "withheld"
            else draw_histogram(values, edges, counts, phrase("unit.score").get(language), language)
        ),
    )


def _units(around: Around, item: Indicator) -> Table:
    """Every unit's value and score; no rank, because single indicators carry no interval."""
    texts, scores = Texts.default(), around.scores
    order = scores.normalised[item.id].sort_values(ascending=False, kind="stable").index
    units: Sequence[str] = [str(unit) for unit in order]
    raw = scores.prepared.raw.loc[units, item.id]
    return Table(
        id="units",
        caption=texts("indicators.units", name=item.label),
        columns=[
            Column(
                label=scores.framework.unit.label,
                values=named(scores.names, units),
                header=True,
                links=[*map(around.address, units)],
            ),
            Column(label=texts("indicators.value"), values=marked(around.scores, item.id, raw)),
            Column(label=texts("unit.score"), values=marked(scores, item.id, scores.normalised.loc[units, item.id]), decimals=1),
        ],
        note=texts("indicators.units_note"),
    )
