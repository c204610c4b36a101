"""Tables and charts of how far clusters can be trusted and what they mean: tendency, stability, means, rules, links.

The verdict comes first, in words. A cluster is always called by its number with its name; colour never stands alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.clusters.stability import BORDER, STABLE, UNSTABLE
from workbench.display import Chart, Column, Table, Words, number
from workbench.plots.fitting import both, titled
from workbench.plots.intervals import Interval, draw_intervals
from workbench.plots.labels import dated, named
from workbench.plots.style import ACCENT, SERIES, new_figure
from workbench.text import Text, Texts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from workbench.clusters import Clusters, Memberships, Robustness, Rules
    from workbench.display import Shown
    from workbench.plots.sheet import Sheet
    from workbench.scoring import Scores
    from workbench.text import Lang

__all__ = ["borders", "called", "evidence", "gap", "links", "means", "official", "rules", "stability", "verdict"]

SMALL_P = 0.001
LARGEST_FACTOR_SCORE = 10.0
"""Standard deviations; points of 0 to 100 go beyond."""


def called(clusters: Clusters, cluster: int) -> Text:
    """A cluster by its number, with its name where it has one."""
    plain = Texts.default()("clusters.name", n=cluster)
    name = clusters.names[cluster]
    return plain if name == plain else Texts.default()("clusters.called", n=cluster, name=name)


def verdict(robust: Robustness, scores: Scores) -> Words:
    """Whether there are clusters at all, in words."""
    found = robust.tendency
    text = Texts.default()(
        f"clusters.verdict.{found.verdict}",
        units=scores.framework.unit.plural,
        k=found.gap_k,
        share=100 * found.p_value,
        bic=robust.chosen["bic"],
    )
    return Words(text=text, kind="finding" if found.verdict == "found" else "warning")


def evidence(robust: Robustness, clusters: Clusters) -> Table:
    """What speaks for clusters and for their number, rule by rule."""
    texts, found = Texts.default(), robust.tendency
    rows = [
        ("silhouette", f"{clusters.average_silhouette:.2f}", texts("clusters.evidence.k", k=robust.chosen["silhouette"])),
        ("cloud", f"{found.cloud_silhouette:.2f}", texts("clusters.evidence.p", p=found.p_value)),
        ("gap", f"{found.gap.loc[found.gap_k, 'gap']:.2f}", _count(found.gap_k)),
        ("bic", f"{robust.mixtures.bic.min(axis=None):,.0f}", _count(robust.chosen["bic"])),
        ("hopkins", f"{found.hopkins:.2f}", texts("clusters.evidence.against", value=found.hopkins_cloud)),
    ]
    return Table(
        id="clusters-evidence",
        caption=texts(f"clusters.evidence.caption.{found.verdict}"),
        columns=[
            Column(
                label=texts("factors.adequacy.measure"),
                values=both([texts(f"clusters.evidence.{row[0]}") for row in rows]),
                header=True,
            ),
            Column(label=texts("factors.adequacy.value"), values=[row[1].replace("-", "−") for row in rows]),
            Column(label=texts("factors.adequacy.reading"), values=both([row[2] for row in rows])),
        ],
        note=texts("clusters.evidence.note", references=found.references),
    )


def gap(robust: Robustness, scores: Scores) -> Chart:
    """The gap statistic from one cluster on, with its standard errors; BIC in the table."""
    texts, found = Texts.default(), robust.tendency
    table, bic = found.gap, robust.mixtures.bic.min(axis=1)
    which = "one" if found.gap_k == 1 else "many"
    return Chart(
        id="clusters-gap",
        title=texts(f"clusters.gap.title.{which}", k=found.gap_k),
        subtitle=dated(texts("clusters.gap.subtitle", references=found.references), scores),
        alt=texts("clusters.gap.alt", k=found.gap_k, most=int(table.index.max())),
        table=Table(
            id="clusters-gap-table",
            caption=texts("clusters.gap.caption"),
            columns=[
                Column(label=texts("clusters.count.k"), values=table.index.tolist(), decimals=0, header=True),
                *(
                    Column(label=texts(f"clusters.gap.{name}"), values=table[name].tolist(), decimals=3)
                    for name in ("gap", "error")
                ),
                Column(label=texts("clusters.gap.bic"), values=bic.reindex(table.index).tolist(), decimals=0),
            ],
            note=texts("clusters.gap.note"),
        ),
        draw=lambda language: _draw_gap(table, found.gap_k, language),
    )


def stability(robust: Robustness, clusters: Clusters) -> list[Shown]:
    """Whether each cluster is there again in other samples of units, and whether the methods agree."""
    texts, found = Texts.default(), robust.jaccard
    weak = int((found < UNSTABLE).sum())
    ways = [texts(f"clusters.method.{name}") for name in robust.agreements]
    return [
        Table(
            id="clusters-stability",
            caption=texts(
                f"clusters.stability.caption.{'weak' if weak else 'firm'}", weak=weak, k=clusters.k, least=float(found.min())
            ),
            columns=[
                Column(
                    label=texts("clusters.profile.cluster"), values=both([called(clusters, n) for n in found.index]), header=True
                ),
                Column(label=texts("clusters.profile.units"), values=clusters.sizes.reindex(found.index).tolist(), decimals=0),
                Column(label=texts("clusters.stability.jaccard"), values=found.tolist(), decimals=2),
                Column(label=texts("factors.adequacy.reading"), values=both([_reading(value) for value in found])),
            ],
            note=texts("clusters.stability.note", draws=robust.draws),
        ),
        Table(
            id="clusters-agreement",
            caption=texts("clusters.stability.agreement", least=_signed(float(robust.agreements.min(axis=None))), k=clusters.k),
            columns=[
                Column(label=texts("clusters.stability.method"), values=both(ways), header=True),
                *(
                    Column(label=way, values=robust.agreements[name].tolist(), decimals=2)
                    for way, name in zip(ways, robust.agreements, strict=True)
                ),
            ],
        ),
    ]


def borders(found: Memberships, clusters: Clusters, scores: Scores) -> Table | Words:
    """Units that other agencies of theirs might have put elsewhere, with the probability of every cluster."""
    texts, own = Texts.default(), found.shares.to_numpy()[np.arange(len(clusters.labels)), clusters.labels.to_numpy() - 1]
    order = np.argsort(own, kind="stable")
    rows = found.shares.iloc[[place for place in order if own[place] < BORDER]]
    facts = {"n": len(rows), "all": len(own), "draws": found.draws, "failed": found.failed, "limit": 100 * BORDER}
    if rows.empty:
        return Words(text=texts("clusters.borders.none", **facts), kind="finding")
    return Table(
        id="clusters-borders",
        caption=texts("clusters.borders.caption", **facts),
        columns=[
            Column(label=scores.framework.unit.label, values=named(scores.names, list(rows.index)), header=True),
            Column(label=texts("clusters.borders.cluster"), values=clusters.labels[rows.index].tolist(), decimals=0),
            *(
                Column(label=texts("clusters.borders.share", n=name), values=(100 * rows[name]).tolist(), decimals=0)
                for name in rows
            ),
        ],
        note=texts("clusters.borders.note", **facts),
    )


def means(table: pd.DataFrame, sizes: pd.Series, clusters: Clusters, scores: Scores) -> Chart:
    """Mean score of every cluster on every pillar with its interval; pillars that set clusters apart most come first."""
    texts = Texts.default()
    labels = {name: _titled(scores, name) for name in sizes.index}
    first = str(sizes.index[0])
    facts = {"pillar": labels[first], "size": 100 * float(sizes.iloc[0]), "k": clusters.k}
    ordered = table.assign(place=table["pillar"].map({name: place for place, name in enumerate(sizes.index)}))
    ordered = ordered.sort_values(["place", "cluster"], kind="stable")
    return Chart(
        id="clusters-means",
        title=texts("clusters.means.title", **facts),
        subtitle=dated(texts("clusters.means.subtitle"), scores),
        alt=texts("clusters.means.alt", **facts),
        table=Table(
            id="clusters-means-table",
            caption=texts("clusters.means.caption"),
            columns=[
                Column(
                    label=texts("factors.loadings.pillar"), values=both([labels[name] for name in ordered["pillar"]]), header=True
                ),
                Column(label=texts("clusters.profile.cluster"), values=both([called(clusters, n) for n in ordered["cluster"]])),
                *(
                    Column(label=texts(f"clusters.means.{name}"), values=ordered[name].tolist(), decimals=_digits(clusters))
                    for name in ("mean", "low", "high")
                ),
                Column(label=texts("clusters.means.eta"), values=[float(sizes[name]) for name in ordered["pillar"]], decimals=2),
            ],
            note=texts("clusters.means.note"),
        ),
        draw=lambda language: _draw_means(ordered, sizes, labels, clusters, language),
    )


def rules(found: Rules, clusters: Clusters, scores: Scores) -> Table:
    """A few questions that tell which cluster a unit is in."""
    texts = Texts.default()
    return Table(
        id="clusters-rules",
        caption=texts("clusters.rules.caption", right=100 * found.accuracy, new=100 * found.predicted),
        columns=[
            Column(
                label=texts("clusters.rules.if"),
                values=both([_conditions(row, scores) for row in found.table["conditions"]]),
                header=True,
            ),
            Column(label=texts("clusters.rules.then"), values=both([called(clusters, n) for n in found.table["cluster"]])),
            Column(label=texts("clusters.profile.units"), values=found.table["units"].tolist(), decimals=0),
            Column(label=texts("clusters.rules.right"), values=found.table["right"].tolist(), decimals=0),
        ],
        note=texts("clusters.rules.note"),
    )


def links(found: pd.DataFrame, labels: dict[str, Text]) -> Table | Words:
    """Which outside conditions go with the clusters."""
    texts = Texts.default()
    if found.empty:
        return Words(text=texts("clusters.links.none"), kind="note")
    sure = int((found["p_holm"] < 0.05).sum())  # noqa: PLR2004  (the usual level)
    return Table(
        id="clusters-links",
        caption=texts(f"clusters.links.caption.{'some' if sure else 'none'}", sure=sure, n=len(found)),
        columns=[
            Column(
                label=texts("clusters.links.condition"),
                values=both([labels.get(str(name)) or Text.same(str(name)) for name in found.index]),
                header=True,
            ),
            Column(
                label=texts("clusters.links.measure"), values=both([texts(f"clusters.links.{kind}") for kind in found["kind"]])
            ),
            Column(label=texts("clusters.links.size"), values=found["size"].tolist(), decimals=2),
            Column(label=texts("clusters.links.p"), values=[_p(value) for value in found["p_holm"]]),
            Column(label=texts("clusters.profile.units"), values=found["units"].tolist(), decimals=0),
        ],
        note=texts("clusters.links.note"),
    )


def official(tables: dict[str, tuple[pd.DataFrame, float]], names: dict[str, dict[str, Text]], clusters: Clusters) -> list[Table]:
    """Units by official group and cluster, with the agreement of the two."""
    texts, shown = Texts.default(), []
    for kind, (table, agreement) in tables.items():
        rows = [names[kind].get(str(name)) or Text.same(str(name)) for name in table.index]
        shown.append(
            Table(
                id=f"clusters-{kind}",
                caption=texts(f"clusters.official.{kind}", agreement=_signed(agreement)),
                columns=[
                    Column(label=texts(f"clusters.official.{kind}_label"), values=both(rows), header=True),
                    *(Column(label=called(clusters, name), values=table[name].tolist(), decimals=0) for name in table),
                ],
                note=texts("clusters.official.note"),
            )
        )
    return shown


def _digits(clusters: Clusters) -> int:
    """Digits after the point of a mean: one of points from 0 to 100, two of factor scores."""
    return 1 if float(clusters.scores.abs().max(axis=None)) > LARGEST_FACTOR_SCORE else 2


def _titled(scores: Scores, name: str) -> Text:
    """A pillar by id and name; a factor by its id."""
    known = {node.id: node.label for node in scores.framework.pillars}
    return titled(name, known)


def _conditions(conditions: tuple[tuple[str, str, float], ...], scores: Scores) -> Text:
    pillars = scores.elements("pillar")
    parts = [(_titled(scores, name), sign, number(cut, 1 if name in pillars else 2, "en")) for name, sign, cut in conditions]
    if not parts:
        return Texts.default()("clusters.rules.always")
    thai, english = (" · ".join(f"{name.get(lang)} {sign} {cut}" for name, sign, cut in parts) for lang in ("th", "en"))
    return Text(th=thai, en=english)


def _count(k: int) -> Text:
    texts = Texts.default()
    return texts("clusters.evidence.one") if k == 1 else texts("clusters.evidence.k", k=k)


def _reading(value: float) -> Text:
    name = "stable" if value >= STABLE else "unsure" if value >= UNSTABLE else "unstable"
    return Texts.default()(f"clusters.stability.{name}")


def _signed(value: float) -> str:
    """Two decimals, a true minus, and none before a zero."""
    return number(value, 2, "en")


def _p(value: float) -> str:
    return "< 0.001" if value < SMALL_P else f"{value:.3f}"


def _draw_gap(table: pd.DataFrame, chosen: int, language: Lang) -> Figure:
    texts = Texts.default()
    figure = new_figure(7.2, 3.6)
    axes = figure.subplots()
    axes.errorbar(
        table.index, table["gap"], yerr=table["error"], color=ACCENT, marker="o", capsize=3, linewidth=1.6, markersize=6
    )
    axes.scatter([chosen], [table.loc[chosen, "gap"]], s=190, facecolor="none", edgecolor=SERIES[1], linewidth=1.8, zorder=4)
    words = texts("clusters.gap.chosen", k=chosen).get(language)
    axes.annotate(words, (chosen, table.loc[chosen, "gap"]), (10, 12), textcoords="offset points", color=SERIES[1], fontsize=10)
    axes.set(xlabel=texts("clusters.count.k").get(language), ylabel=texts("clusters.gap.gap").get(language))
    axes.set_xticks(table.index.tolist())
    axes.margins(y=0.15)
    return figure


def _draw_means(table: pd.DataFrame, sizes: pd.Series, labels: dict[str, Text], clusters: Clusters, language: Lang) -> Sheet:
    rows, last = [], ""
    for row in table.itertuples():
        if row.pillar != last:
            rows.append(Interval(label=f"{labels[row.pillar].get(language)}   (eta² {sizes[row.pillar]:.2f})", heading=True))
            last = row.pillar
        rows.append(Interval(label=called(clusters, row.cluster).get(language), value=row.mean, low=row.low, high=row.high))
    return draw_intervals(rows, scale=Texts.default()("clusters.means.scale").get(language), decimals=_digits(clusters))
