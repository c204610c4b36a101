"""Charts and tables of clusters: how many, the tree, profiles, members, each with its finding as title.

Works for five units and for hundreds: a tree of more than a hundred shows its main branches, the table of members
all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.clusters import AGREEMENT, READINGS, Clusters, silhouette_reading
from workbench.display import Chart, Column, Table
from workbench.plots.fitting import both
from workbench.plots.labels import dated, named
from workbench.plots.panels import draw_profiles
from workbench.plots.style import ACCENT, GRID, MUTED, SERIES, new_figure
from workbench.plots.tree import MOST_LEAVES, draw_tree
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.scoring import Scores
    from workbench.text import Lang

__all__ = ["counts", "labels", "members", "pillar_label", "profiles", "tree"]

SAME = 0.90
"""Adjusted Rand index from which two partitions are all but the same (Steinley 2004: excellent)."""
BORDER = 0.10
"""A unit with a smaller silhouette stands between clusters."""


def counts(clusters: Clusters, scores: Scores) -> Chart:
    """Average silhouette by number of clusters, for both methods, with the usual reading."""
    texts, width = Texts.default(), clusters.average_silhouette
    reading = silhouette_reading(width)
    units = scores.framework.unit.plural
    table = clusters.by_count
    return Chart(
        id="clusters-count",
        title=texts(f"clusters.count.title.{reading}", k=clusters.k, width=width, units=units),
        subtitle=dated(texts("clusters.count.subtitle", n=len(clusters.labels), units=units), scores),
        alt=texts("clusters.count.alt", k=clusters.k, width=width, reading=texts(f"clusters.reading.{reading}")),
        table=Table(
            id="clusters-count-table",
            caption=texts("clusters.count.axis"),
            columns=[
                Column(label=texts("clusters.count.k"), values=table.index.tolist(), decimals=0, header=True),
                *(
                    Column(label=texts(f"clusters.count.{name}"), values=table[name].tolist(), decimals=2)
                    for name in ("kmeans", "ward", "agreement")
                ),
                Column(label=texts("clusters.count.smallest"), values=table["smallest"].tolist(), decimals=0),
            ],
            note=texts("clusters.count.note"),
        ),
        draw=lambda language: _draw_counts(clusters, language),
    )


def tree(clusters: Clusters, scores: Scores) -> Chart:
    """Ward's tree with its cut, and how far k-means agrees."""
    texts, units = Texts.default(), scores.framework.unit.plural
    heights = clusters.tree[:, 2]
    agrees = "same" if clusters.agreement >= SAME else "mostly" if clusters.agreement >= AGREEMENT else "disagree"
    folded = "_folded" if len(clusters.labels) > MOST_LEAVES else ""
    sizes = ", ".join(map(str, clusters.ward_labels.value_counts().sort_index()))
    order = clusters.members.index
    both_ways = {"ward": clusters.ward_labels, "kmeans": clusters.labels}
    return Chart(
        id="clusters-tree",
        title=texts(f"clusters.tree.title.{agrees}", k=clusters.k, agreement=clusters.agreement),
        subtitle=dated(texts(f"clusters.tree.subtitle{folded}", n=len(clusters.labels), units=units, k=clusters.k), scores),
        alt=texts("clusters.tree.alt", k=clusters.k, sizes=sizes, height=float(heights[-clusters.k]), top=float(heights[-1])),
        table=Table(
            id="clusters-tree-table",
            caption=texts("clusters.tree.ward"),
            columns=[
                Column(label=scores.framework.unit.label, values=named(scores.names, list(order)), header=True),
                *(
                    Column(label=texts(f"clusters.tree.{name}"), values=column[order].tolist(), decimals=0)
                    for name, column in both_ways.items()
                ),
            ],
        ),
        draw=lambda language: draw_tree(clusters, scores.names, language),
    )


def profiles(clusters: Clusters, scores: Scores) -> Chart:
    """How each cluster differs from the mean of all, pillar by pillar."""
    texts, framework = Texts.default(), scores.framework
    index = clusters.profiles["index"]
    pillars = [str(name) for name in clusters.profiles.columns if name != "index"]
    spread = clusters.profiles[pillars].iloc[0] - clusters.profiles[pillars].iloc[-1]
    widest = str(spread.abs().idxmax())
    subtitle = "subtitle" if {*pillars} <= {*scores.elements("pillar")} else "subtitle_factors"
    return Chart(
        id="clusters-profile",
        title=texts(
            "clusters.profile.title",
            high=float(index.iloc[0]),
            low=float(index.iloc[-1]),
            k=clusters.k,
            pillar=pillar_label(scores, widest),
        ),
        subtitle=dated(texts(f"clusters.profile.{subtitle}", n=len(clusters.labels), units=framework.unit.plural), scores),
        alt=texts(
            "clusters.profile.alt",
            k=clusters.k,
            first=_signed(float(clusters.differences["index"].iloc[0])),
            last=_signed(float(clusters.differences["index"].iloc[-1])),
        ),
        table=_profile_table(clusters, scores, pillars),
        draw=lambda language: draw_profiles(clusters, {name: pillar_label(scores, name) for name in pillars}, language),
    )


def members(clusters: Clusters, scores: Scores) -> Table:
    """Every unit with its cluster, index, silhouette and the cluster it would go to next."""
    texts, table = Texts.default(), clusters.members
    border = int((table["silhouette"] < BORDER).sum())
    sizes = " + ".join(map(str, clusters.sizes))
    return Table(
        id="clusters-members",
        caption=texts("clusters.members.caption", k=clusters.k, sizes=sizes, border=border),
        columns=[
            Column(label=texts("clusters.members.cluster"), values=table["cluster"].tolist(), decimals=0),
            Column(label=scores.framework.unit.label, values=named(scores.names, list(table.index)), header=True),
            Column(label=texts("clusters.members.index"), values=table["index"].tolist(), decimals=1),
            Column(label=texts("clusters.members.silhouette"), values=table["silhouette"].tolist(), decimals=2),
            Column(label=texts("clusters.members.neighbour"), values=table["neighbour"].tolist(), decimals=0),
        ],
        note=texts("clusters.members.note"),
    )


def labels(scores: Scores) -> dict[str, Text]:
    """Names of units and pillars, for the notices of clusters."""
    return dict(scores.names) | {name: scores.framework.label(name) for name in scores.elements("pillar")}


def pillar_label(scores: Scores, name: str) -> Text:
    """What a column that was clustered is called: a pillar by its name, a factor by its id."""
    return scores.framework.label(name) if name in scores.elements("pillar") else Text.same(name)


def _signed(value: float) -> str:
    """One decimal with its sign, a true minus."""
    return f"{value:+.1f}".replace("-", "−")


def _profile_table(clusters: Clusters, scores: Scores, pillars: list[str]) -> Table:
    texts, profile = Texts.default(), clusters.profiles
    all_units = profile.iloc[0] - clusters.differences.iloc[0]
    names = [texts("clusters.name", n=number) for number in profile.index]
    return Table(
        id="clusters-profile-table",
        caption=texts("clusters.profile.mean_scores"),
        columns=[
            Column(label=texts("clusters.profile.cluster"), values=both([*names, texts("clusters.profile.mean")]), header=True),
            Column(label=texts("clusters.profile.units"), values=[*clusters.sizes.tolist(), len(clusters.labels)], decimals=0),
            Column(label=texts("clusters.profile.index"), values=[*profile["index"], all_units["index"]], decimals=1),
            *(Column(label=pillar_label(scores, name), values=[*profile[name], all_units[name]], decimals=1) for name in pillars),
        ],
    )


def _draw_counts(clusters: Clusters, language: Lang) -> Figure:
    texts, table = Texts.default(), clusters.by_count
    figure = new_figure(7.2, 4.0)
    axes = figure.subplots()
    for name, colour, marker in (("kmeans", ACCENT, "o"), ("ward", SERIES[1], "s")):
        label = texts(f"clusters.count.{name}").get(language)
        axes.plot(table.index, table[name], color=colour, marker=marker, linewidth=1.6, markersize=6, label=label)
    axes.scatter([clusters.k], [clusters.average_silhouette], s=190, facecolor="none", edgecolor=ACCENT, linewidth=1.6)
    top = max(0.8, float(table[["kmeans", "ward"]].to_numpy().max()) + 0.05)
    low = min(0.0, float(table[["kmeans", "ward"]].to_numpy().min()) - 0.05)
    right = float(table.index.max()) + 0.35
    for above, reading in READINGS:
        axes.axhline(above, color=GRID, linewidth=1.2, zorder=0)
        words = texts("clusters.count.rule", reading=texts(f"clusters.reading.{reading}")).get(language)
        axes.text(right, above + 0.008, words, color=MUTED, fontsize=9.5, ha="right", va="bottom")
    axes.set(xlabel=texts("clusters.count.k").get(language), ylabel=texts("clusters.count.axis").get(language))
    axes.set_xticks(table.index.tolist())
    axes.set(xlim=(float(table.index.min()) - 0.35, right), ylim=(low, top))
    axes.legend(frameon=False, loc="upper left", ncols=2)
    return figure
