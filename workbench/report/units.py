"""The page of one unit: where it stands, with whom it compares, what is strong, weak and missing, and what would help.

In the order that readers of the Human Achievement Index know: country, region, province, dimension. Sentences never say
that one unit ranks better than another whose rank interval overlaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.display import Column, Table, Words
from workbench.framework_model import Ladder, Likert, MultiSelect, YesNo
from workbench.plots.fitting import both
from workbench.plots.labels import band_label, named
from workbench.plots.profile import profile
from workbench.reading import next_steps, stepless, strengths
from workbench.report.leaf import Facts, Leaf
from workbench.text import LANGUAGES, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.display import Shown
    from workbench.report.around import Around

__all__ = ["unit_page", "unit_pages"]

MOST_READINGS, MOST_STEPS, MOST_PEERS, MOST_NAMED = 5, 3, 8, 6
FEWEST_PEERS = 3
"""Peers that strengths are measured against; with fewer, all units are."""
FEWEST_BELOW = 0.5
"""Share of a unit's respondents who answered a question; below it the answer is called thin."""


def unit_pages(around: Around) -> Iterator[Leaf]:
    """A page for every unit, in rank order, one at a time."""
    for unit in around.scores.table.index:
        yield unit_page(around, str(unit))


def unit_page(around: Around, unit: str) -> Leaf:
    """The page of *unit*."""
    texts, scores = Texts.default(), around.scores
    place = [text for text in (around.regions.get(unit), around.groups.get(unit)) if text is not None]
    lead = texts("units.place", region=place[0], group=place[1]) if len(place) == 2 else (place[0] if place else None)  # noqa: PLR2004
    return Leaf(
        name=around.slugs[unit],
        title=scores.names[unit],
        lead=lead,
        parts=[*_parts(around, unit)],
        above=[("units", texts("units.title_plain", units=scores.framework.unit.plural))],
        kind="unit",
    )


def _parts(around: Around, unit: str) -> Iterator[Shown]:
    texts, scores = Texts.default(), around.scores
    hidden = _withheld(around, unit)
    if pd.isna(scores.index[unit]):
        key = "disclosure.unscored" if "index" in hidden else "unit.unscored"
        yield Words(text=texts(key, name=scores.names[unit], **_minimum(around)), kind="warning")
        yield from _missing(around, unit)
        yield from _history(around, unit)
        return
    yield _facts(around, unit)
    yield from _standing(around, unit)
    yield profile(scores, unit, _means(around, unit))
    yield _peers(around, unit)
    yield from _strengths(around, unit)
    yield from _next(around, unit)
    yield from _missing(around, unit)
    yield from _history(around, unit)


def _withheld(around: Around, unit: str) -> set[str]:
    """What of the unit is not published."""
    hidden = around.scores.withheld
    return set() if hidden is None else {str(name) for name in hidden.columns[hidden.loc[unit]]}


def _minimum(around: Around) -> dict[str, object]:
    who = around.scores.framework.respondents
    return {"minimum": who.minimum_published, "who": who.plural} if who is not None else {"minimum": 1, "who": ""}


def _facts(around: Around, unit: str) -> Facts:
    """Rank with interval, index with interval, band, coverage, response, cluster."""
    texts, row = Texts.default(), around.scores.table.loc[unit]
    half = float(around.half[unit])
    index = {"index": f"{row['index']:.1f}", "low": f"{row['index'] - half:.1f}", "high": f"{row['index'] + half:.1f}"}
    facts = {
        "rank": texts("unit.rank_value", rank=f"{float(row['rank']):g}", n=len(around.known)),
        "interval": _interval(around, unit),
        "index": texts(f"unit.index_{'plain' if np.isnan(half) else 'value' if half else 'full'}", **index),
        "band": band_label(around.scores, str(row["band"])) or Text.same("–"),
        "coverage": texts("unit.coverage_value", share=f"{100 * row['coverage']:.0f}"),
    }
    if "n_answered" in row:
        who = around.scores.framework.respondents
        given = {"answered": int(row["n_answered"]), "invited": int(row["n_invited"]), "who": who.plural if who else ""}
        facts["response"] = texts("unit.response_value", **given)
    facts["cluster"] = _cluster(around, unit)
    return Facts(facts={key: (texts(f"unit.{key}"), value) for key, value in facts.items()})


def _interval(around: Around, unit: str) -> Text:
    if unit not in around.intervals.index:
        return Text.same("–")
    low, high = around.intervals.loc[unit]
    return Texts.default()("unit.interval_one" if low == high else "unit.interval_value", low=f"{low:g}", high=f"{high:g}")


def _cluster(around: Around, unit: str) -> Text:
    texts = Texts.default()
    if unit not in around.clusters.index:
        return texts("unit.cluster_none")
    number = int(around.clusters[unit])
    members = [*around.of_cluster(unit), unit]
    return texts("unit.cluster_value", n=number, size=len(members), mean=f"{around.scores.index[members].mean():.1f}")


def _standing(around: Around, unit: str) -> Iterator[Words]:
    """The index against the mean of all, and how many cannot be told apart."""
    texts, index = Texts.default(), around.scores.index
    mean, own, half = float(index.mean()), float(index[unit]), float(around.half[unit])
    apart = "above" if own - half > mean else "below" if own + half < mean else "near"
    kind = "plain" if np.isnan(half) else apart if half else "full"
    facts = {"name": around.scores.names[unit], "mean": f"{mean:.1f}", "gap": f"{abs(own - mean):.1f}"}
    yield Words(text=texts(f"unit.{kind}", **facts))
    if unit in around.intervals.index:
        (low, high), others = around.intervals.loc[unit], around.overlapping(unit)
        key = "unit.overlaps" if others else "unit.overlaps_none"
        yield Words(text=texts(key, k=len(others), low=f"{low:g}", high=f"{high:g}"))


def _means(around: Around, unit: str) -> pd.DataFrame:
    """Of each pillar: over all units with a score, over the region's, over the cluster's; the unit itself is among them."""
    pillars = around.scores.pillars
    means = {"mean_all": pillars.loc[around.known].mean()}
    for key, others in (("mean_region", around.of_region(unit)), ("mean_cluster", around.of_cluster(unit))):
        if others:
            means[key] = pillars.loc[[unit, *others]].mean()
    return pd.DataFrame(means)


def _peers(around: Around, unit: str) -> Table | Words:
    """Those of the same region or cluster whose index is nearest, in rank order."""
    texts, scores = Texts.default(), around.scores
    region, cluster = set(around.of_region(unit)), set(around.of_cluster(unit))
    candidates = [name for name in around.known if name in region | cluster]
    index = scores.index.to_dict()
    nearest = sorted(candidates, key=lambda name: abs(index[name] - index[unit]))[:MOST_PEERS]
    units = [name for name in around.known if name in nearest]
    common = ["both" if name in region & cluster else "region" if name in region else "cluster" for name in units]
    spans = [_interval(around, name) for name in units]
    bands = [band_label(scores, str(scores.table.at[name, "band"])) or Text.same("–") for name in units]  # noqa: PD008
    return Table(
        id="peers",
        caption=texts("unit.peers_caption", name=scores.names[unit]),
        columns=[
            Column(
                label=texts("unit.peers"),
                values=named(scores.names, units),
                header=True,
                links=[*map(around.address, units)],
            ),
            Column(label=texts("unit.shares"), values=both([texts(f"unit.share_{key}") for key in common])),
            Column(label=texts("plots.index"), values=scores.index[units].tolist(), decimals=1),
            Column(label=texts("unit.rank"), values=[float(rank) for rank in scores.table.loc[units, "rank"]]),
            Column(label=texts("unit.interval"), values=both(spans)),
            Column(label=texts("unit.band"), values=both(bands)),
            Column(label=texts("unit.compared"), values=both([texts(f"unit.{around.compared(unit, name)}") for name in units])),
        ],
        note=texts("unit.peers_note"),
    )


def _labels(around: Around, names: Sequence[str]) -> dict[str, list[str]]:
    return {x: [around.scores.framework.label(name).get(x) for name in names] for x in LANGUAGES}


def _indicator_column(around: Around, names: Sequence[str]) -> Column:
    links = [f"indicator-{name}.html" for name in names]
    return Column(label=Texts.default()("unit.indicator"), values=_labels(around, names), header=True, links=links)  # type: ignore[arg-type]


def _strengths(around: Around, unit: str) -> Iterator[Shown]:
    texts = Texts.default()
    peers = around.of_cluster(unit) or around.of_region(unit)
    table = strengths(around.scores, unit, peers if len(peers) >= FEWEST_PEERS else None)
    strong = table[table["reading"] == "strength"].sort_values("percentile", ascending=False, kind="stable")
    weak = table[table["reading"] == "weakness"].sort_values("percentile", kind="stable")
    shown = pd.concat([strong[:MOST_READINGS], weak[:MOST_READINGS]])
    facts = {"strong": len(strong), "weak": len(weak), "n": int(table["score"].notna().sum())}
    if shown.empty:
        yield Words(text=texts("unit.strengths_none"), kind="note")
        return
    yield Table(
        id="strengths",
        caption=texts("unit.strengths_caption", name=around.scores.names[unit], n=MOST_READINGS),
        columns=[
            _indicator_column(around, list(shown.index)),
            Column(label=texts("unit.reading"), values=both([texts(f"unit.{kind}") for kind in shown["reading"]])),
            Column(label=texts("unit.score"), values=shown["score"].tolist(), decimals=0),
            Column(label=texts("unit.peer_mean"), values=shown["peer_mean"].tolist(), decimals=0),
            Column(label=texts("unit.percentile"), values=(100 * shown["percentile"]).tolist(), decimals=0),
        ],
        note=texts("unit.strengths_rule", **facts),
    )


def _next(around: Around, unit: str) -> Iterator[Shown]:
    texts, framework = Texts.default(), around.scores.framework
    steps = next_steps(around.scores, unit)
    steps = steps[steps["gain"] > 0][:MOST_STEPS]
    left_out = list(stepless(around.scores))
    if left_out:
        yield Words(text=texts("unit.next_left_out", k=len(left_out), names=_listed(around, left_out)), kind="note")
    if steps.empty:
        hidden = bool(_withheld(around, unit))
        if hidden or not left_out:
            yield Words(text=texts("disclosure.next_step" if hidden else "unit.next_none"), kind="note")
        return
    questions = {item.id: item.question for item in framework.indicators}
    kinds = [getattr(questions[name], "type", "number") for name in steps.index]
    known = {"ladder": Ladder, "multi_select": MultiSelect, "yes_no": YesNo, "likert": Likert}
    words = [texts(f"unit.step_{kind if kind in known else 'number'}") for kind in kinds]
    yield Table(
        id="next-steps",
        caption=texts("unit.next_caption", name=around.scores.names[unit]),
        columns=[
            _indicator_column(around, list(steps.index)),
            Column(label=texts("unit.step"), values=both(words)),
            Column(label=texts("unit.gain"), values=steps["gain"].tolist(), decimals=2),
        ],
        note=texts("unit.next_note" if around.page.responses is not None else "unit.next_note_table"),
    )


def _missing(around: Around, unit: str) -> Iterator[Words]:
    """Indicators without a value, respondents who did not answer, questions that few answered."""
    texts, scores = Texts.default(), around.scores
    values = scores.prepared.raw.loc[unit]
    hidden = _withheld(around, unit)
    gone = [name for name in values.index[values.isna()] if name not in hidden]
    yield Words(text=texts("unit.missing"), kind="h2")
    if gone:
        yield Words(text=texts("unit.missing_some", k=len(gone), n=len(values), names=_listed(around, gone)))
    else:
        yield Words(text=texts("unit.missing_none", n=len(values)))
    if shown := [name for name in values.index if name in hidden]:
        yield Words(
            text=texts("disclosure.unit_list", k=len(shown), n=len(values), names=_listed(around, shown), **_minimum(around))
        )
    data, who = around.page.responses, scores.framework.respondents
    if data is None or who is None:
        return
    invited = int(data.invited.get(unit, 0))
    silent = invited - int(data.answered.get(unit, 0))
    if silent:
        yield Words(text=texts("unit.missing_silent", k=silent, n=invited, who=who.plural))
    thin = _thin(around, unit)
    if thin:
        yield Words(text=texts("unit.missing_thin", names=_listed(around, thin), who=who.plural))


def _thin(around: Around, unit: str) -> list[str]:
    """Questions asked of all that fewer than half of the unit's respondents answered, though some did."""
    data = around.page.responses
    assert data is not None, "only a survey has respondents"
    asked = [item.id for item in around.scores.framework.indicators if item.question is not None and not item.question.asked_of]
    share = data.values.loc[data.units == unit, asked].notna().mean()
    return list(share.index[(share < FEWEST_BELOW) & (share > 0)])


def _listed(around: Around, names: Sequence[str]) -> Text:
    label = around.scores.framework.label
    shown = {x: ", ".join(label(name).get(x) for name in names[:MOST_NAMED]) for x in LANGUAGES}
    text = Text(th=shown["th"], en=shown["en"])
    return text if len(names) <= MOST_NAMED else Texts.default()("unit.more", names=text, n=len(names) - MOST_NAMED)


def _history(around: Around, unit: str) -> Iterator[Shown]:
    texts, scores = Texts.default(), around.scores
    yield Words(text=texts("unit.history"), kind="h2")
    if not around.earlier:
        yield Words(text=texts("units.history_none"), kind="note")
        return
    tables = [*(item.table for item in around.earlier), scores.table]
    frame = pd.concat([table.reindex([unit])[["index", "rank"]].astype(float) for table in tables], ignore_index=True)
    this = texts("unit.this_one", edition=scores.framework.edition)
    editions = [*(Text.same(item.edition) for item in around.earlier), this]
    yield Table(
        id="history",
        caption=texts("unit.history_caption", name=scores.names[unit]),
        columns=[
            Column(label=texts("unit.year"), values=both(editions), header=True),
            Column(label=texts("plots.index"), values=frame["index"].tolist(), decimals=1),
            Column(label=texts("unit.change"), values=[*map(_change, frame["index"].diff())]),
            Column(label=texts("unit.rank"), values=frame["rank"].tolist()),
        ],
        note=texts("unit.history_note"),
    )


def _change(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:+.1f}".replace("-", "−")
