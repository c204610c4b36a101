"""Which units are alike: k-means, Ward's tree, medoids or mixtures on standardised scores.

The rule for the number of clusters: among the counts asked for, the one whose partition has the largest average
silhouette, the smaller count among equals; or as the gap statistic or BIC choose, where they choose one of
them. The silhouette's size is read as Kaufman and Rousseeuw do, and "there is no substantial structure" is a
possible reading that is said in words. Clusters are numbered by their mean index, 1 the highest, so numbers stay
from run to run; where the clusters of an earlier run are given, by those they overlap most.

Units that lack a pillar are not clustered and are named; nothing is imputed. Draws nothing, reads no file.

Sources: Ward, JASA 58 (1963) 236-244 (R's `ward.D2`); Rousseeuw, J. Comput. Appl. Math. 20 (1987) 53-65;
Hubert and Arabie, J. Classification 2 (1985) 193-218; Kaufman and Rousseeuw, Finding Groups in Data (1990).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.cluster import hierarchy
from scipy.spatial import distance

from workbench.clusters.medoids import medoids
from workbench.clusters.mixtures import mixtures
from workbench.clusters.numbering import Limits, as_before, called, notices, numbered
from workbench.clusters.tendency import gap, gap_choice
from workbench.errors import FaultList
from workbench.kmeans import kmeans
from workbench.refusals import Refused
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.clusters.stability import Memberships

__all__ = [
    "COUNTS",
    "Clusters",
    "adjusted_rand",
    "cluster",
    "cut",
    "silhouettes",
    "standardised",
    "tables",
    "ward",
]

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

Method = Literal["kmeans", "ward", "medoids", "mixture"]
Rule = Literal["silhouette", "gap", "bic"]

COUNTS = (2, 3, 4, 5, 6, 7, 8)
FEWEST_UNITS = 4
"""With three units every partition but the trivial ones has a cluster of one."""


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """A partition of units and all that a reader needs to judge it. Frames hold no NaN."""

    k: int
    labels: pd.Series = field(repr=False)
    """Cluster of each clustered unit by the chosen method, 1 (highest mean index) to k."""
    ward_labels: pd.Series = field(repr=False)
    """The same by Ward's tree cut into k, numbered by the same rule."""
    silhouette: pd.Series = field(repr=False)
    """How well each unit fits its k-means cluster, -1 to 1; 0 for a cluster of one."""
    neighbour: pd.Series = field(repr=False)
    """The cluster each unit would go to next."""
    by_count: pd.DataFrame = field(repr=False)
    """Index k; columns `kmeans`, `ward`, `medoids` and, where asked for, `mixture` (average silhouettes), `within`
    (k-means sum of squares), `agreement` (adjusted Rand index of k-means and Ward), `smallest` (units in the smallest
    k-means cluster)."""
    tree: Array = field(repr=False)
    """Ward's linkage as SciPy has it; leaves in the order of `labels`."""
    profiles: pd.DataFrame = field(repr=False)
    """Index cluster; mean score on each pillar and `index`."""
    differences: pd.DataFrame = field(repr=False)
    """The same less the mean of all clustered units, in points."""
    scores: pd.DataFrame = field(repr=False)
    """The pillar scores that were clustered."""
    members: pd.DataFrame = field(repr=False)
    """Index unit; columns `cluster`, `index`, `silhouette`, `neighbour`; by cluster, then falling index."""
    not_clustered: Mapping[str, tuple[str, ...]]
    """Units left out, with the pillars (or `index`) that they lack."""
    points: Array = field(repr=False)
    """The standardised scores, shape (units, pillars), units in the order of `labels`."""
    names: Mapping[int, Text]
    """A name for every cluster: those given, else its number."""
    left_out: tuple[str, ...]
    """Pillars left out because all units score the same or none has a score."""
    notices: tuple[Text, ...]
    method: Method
    rule: Rule
    seed: int

    @property
    def average_silhouette(self) -> float:
        """Of the chosen partition."""
        return float(self.by_count.loc[self.k, self.method])

    @property
    def agreement(self) -> float:
        """Adjusted Rand index of k-means and Ward at the chosen count: 1 the same, 0 as by chance."""
        return float(self.by_count.loc[self.k, "agreement"])

    @property
    def sizes(self) -> pd.Series:
        """Units in each cluster."""
        return self.labels.value_counts().sort_index()


def cluster(
    scores_frame: pd.DataFrame,
    *,
    index: pd.Series,
    counts: Sequence[int] = COUNTS,
    seed: int,
    method: Method = "kmeans",
    rule: Rule = "silhouette",
    earlier: pd.Series | None = None,
    labels: Mapping[str, Text] | None = None,
) -> Clusters:
    """Cluster units on their pillar scores.

    Args:
        scores_frame: Shape (units, pillars), indexed by unit; NaN is not measured.
        index: The index by unit; orders the clusters. Matched by unit, not by position.
        counts: Numbers of clusters to try, each from 2; those that there are too few different units for are left out.
        seed: Of the random starts; 0 is a seed.
        method: Whose partition is published; the others stand beside it.
        rule: What chooses the number of clusters.
        earlier: The cluster of each unit in an earlier run; numbers follow it by overlap.
        labels: Names of units and pillars for the notices; the ids where absent.

    Raises:
        WorkbenchError: a count is below 2 or none is given, or a unit appears twice.
        Refused: fewer than four units can be clustered, or they do not differ.
    """
    _check(scores_frame, counts)
    table, missing, left_out = _complete(scores_frame, index)
    pillars = table.drop(columns="index")
    possible = _possible(pillars, counts)
    too_many = sorted(set(counts) - set(possible))
    points = standardised(pillars)
    tree = ward(points)
    by_count, partitions = _try(points, tree, possible, seed, mixed=method == "mixture")
    k, fallback = _chosen(by_count[method], points, rule, seed)
    found = as_before(numbered(partitions[k][method], table["index"]), earlier)
    limits = Limits(len(pillars), called(missing, labels), called(left_out, labels), too_many, fallback)
    return Clusters(
        k=k,
        **_described(table, points, found),
        ward_labels=numbered(cut(tree, k), table["index"]),
        by_count=by_count,
        tree=tree,
        scores=pillars,
        not_clustered=missing,
        points=points,
        names={number: Texts.default()("clusters.name", n=number) for number in range(1, k + 1)},
        left_out=left_out,
        notices=tuple(notices(by_count.loc[k], method, limits)),
        method=method,
        rule=rule,
        seed=seed,
    )


def _described(table: pd.DataFrame, points: Array, found: pd.Series) -> dict[str, Any]:
    """How well each unit fits its cluster, and the mean scores of the clusters."""
    fit, neighbour = silhouettes(points, found.to_numpy())
    members = pd.DataFrame({"cluster": found, "index": table["index"], "silhouette": fit, "neighbour": neighbour})
    profiles = table.groupby(found).mean()
    return {
        "labels": found,
        "silhouette": members["silhouette"],
        "neighbour": members["neighbour"],
        "profiles": profiles,
        "differences": profiles - table.mean(),
        "members": members.sort_values(["cluster", "index"], ascending=[True, False], kind="stable"),
    }


def _chosen(widths: pd.Series, points: Array, rule: Rule, seed: int) -> tuple[int, int]:
    """The number of clusters as the rule says, and what the rule chose when that was not asked for (else 0)."""
    widest = int(widths.idxmax())
    if rule == "silhouette":
        return widest, 0
    found = (
        gap_choice(gap(points, max(widths.index), seed=seed))
        if rule == "gap"
        else mixtures(points, list(widths.index), seed=seed).k
    )
    return (found, 0) if found in widths.index else (widest, found)


def tables(clusters: Clusters, found: Memberships | None = None) -> dict[str, pd.DataFrame]:
    """The numbers as tables for a data annex, by file name.

    Args:
        clusters: Of the units.
        found: Probability of every cluster, to stand beside each unit.

    Returns:
        `clusters`, a unit a row; `cluster_profiles`, a cluster a row; `cluster_counts`, a number of clusters a row.
    """
    members = clusters.members.assign(ward=clusters.ward_labels).rename_axis("unit")
    if found is not None:
        members = members.join(found.shares.add_prefix("share_"))
    profiles = clusters.profiles.assign(units=clusters.sizes).rename_axis("cluster")
    frames = {"clusters": members, "cluster_profiles": profiles, "cluster_counts": clusters.by_count}
    return {name: frame.reset_index() for name, frame in frames.items()}


def standardised(scores: pd.DataFrame) -> Array:
    """Scores less their mean, over their standard deviation (divisor n - 1); shape (units, pillars).

    Args:
        scores: No NaN, no column without differences.
    """
    values = scores.to_numpy(float)
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0, ddof=1))


def ward(points: Array) -> Array:
    """Ward's tree: the linkage matrix of SciPy, heights as R's `ward.D2`.

    Args:
        points: Shape (units, pillars), at least two units.
    """
    return np.asarray(hierarchy.linkage(points, "ward"))


def cut(tree: Array, k: int) -> Labels:
    """Ward's tree cut into *k* clusters; labels from 0, shape (units,)."""
    return np.asarray(hierarchy.cut_tree(tree, n_clusters=k)[:, 0], dtype=np.int64)


def adjusted_rand(one: Labels, other: Labels) -> float:
    """Agreement of two partitions of the same units: 1 the same, 0 as by chance.

    Args:
        one: Labels, shape (units,), at least two units.
        other: The same.

    >>> adjusted_rand(np.array([1, 1, 2, 2]), np.array([7, 7, 3, 3]))
    1.0
    """

    def pairs(counts: NDArray[np.int64]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    left, right = (np.unique(labels, return_inverse=True)[1] for labels in (one, other))
    table = np.zeros((left.max() + 1, right.max() + 1), np.int64)
    np.add.at(table, (left, right), 1)
    both, rows, columns = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    by_chance = rows * columns / pairs(np.array([len(one)]))
    most = (rows + columns) / 2
    return (both - by_chance) / (most - by_chance) if most != by_chance else 1.0


def silhouettes(points: Array, labels: Labels) -> tuple[Array, Labels]:
    """The silhouette of every unit, and the cluster it would go to next.

    Args:
        points: Shape (units, pillars).
        labels: Shape (units,), at least two different.

    Returns:
        Widths from -1 to 1, 0 for a unit alone in its cluster, and the nearest other cluster; both of shape (units,).

    >>> width, _ = silhouettes(np.array([[0.0], [1.0], [10.0], [11.0]]), np.array([1, 1, 2, 2]))
    >>> width.round(3).tolist()
    [0.905, 0.895, 0.895, 0.905]
    """
    names, places = np.unique(labels, return_inverse=True)
    member = np.eye(len(names))[places]
    sizes = member.sum(axis=0)
    sums = distance.squareform(distance.pdist(points)) @ member
    own_size = sizes[places]
    inside = sums[np.arange(len(points)), places] / np.maximum(own_size - 1, 1)
    outside = np.where(member > 0, np.inf, sums / sizes)
    nearest = outside.min(axis=1)
    larger = np.maximum(inside, nearest)
    width = np.divide(nearest - inside, larger, out=np.zeros_like(larger), where=(own_size > 1) & (larger > 0))
    return width, names[outside.argmin(axis=1)]


def _check(scores: pd.DataFrame, counts: Sequence[int]) -> None:
    faults = FaultList()
    for count in (count for count in counts if count < 2):  # noqa: PLR2004  (one cluster is no partition)
        faults.add(f"{count} is no number of clusters.", allowed="whole numbers from 2", fix="correct `counts`.")
    if not len(counts):
        faults.add("no number of clusters is given.", allowed="whole numbers from 2", fix="fill `counts`.")
    for unit in scores.index[scores.index.duplicated()].unique():
        faults.add(f"unit `{unit}` has more than one row.", fix="keep one row per unit.")
    faults.stop_if_any()


def _complete(scores: pd.DataFrame, index: pd.Series) -> tuple[pd.DataFrame, dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Pillars that differ and `index`, of the units that have all of them; what each other unit lacks; pillars left out."""
    empty = [name for name in scores if scores[name].isna().all()]
    useless = [name for name in scores if _flat(scores[name])]
    dropped = useless if len(useless) < scores.shape[1] else empty
    table = scores.drop(columns=dropped).assign(index=index.reindex(scores.index))
    missing = {str(unit): tuple(map(str, table.columns[row])) for unit, row in table.isna().iterrows() if row.any()}
    table = table.drop(index=list(missing)).sort_index() if len(dropped) < scores.shape[1] else table.iloc[:0]
    flat = [name for name in table.columns[:-1] if len(table) and _flat(table[name])]
    return table.drop(columns=flat), missing, tuple(str(name) for name in scores if name in {*dropped, *flat})


def _flat(column: pd.Series) -> bool:
    """No differences beyond rounding, or no scores."""
    known = column.dropna().to_numpy(float)
    return len(known) == 0 or bool(np.ptp(known) <= 1e-9 * max(1.0, np.abs(known).max()))


def _possible(pillars: pd.DataFrame, counts: Sequence[int]) -> list[int]:
    """The counts that the units allow: fewer clusters than different units."""
    texts = Texts.default()
    if len(pillars) < FEWEST_UNITS:
        raise Refused(texts("clusters.refused.units", n=len(pillars), fewest=FEWEST_UNITS))
    different = len(pillars.drop_duplicates()) if pillars.shape[1] else 1
    possible = sorted({int(count) for count in counts if count < different})
    if not possible:
        raise Refused(texts("clusters.refused.alike", n=len(pillars), different=different))
    return possible


def _try(
    points: Array, tree: Array, counts: Sequence[int], seed: int, *, mixed: bool
) -> tuple[pd.DataFrame, dict[int, dict[str, Labels]]]:
    """All methods at every count."""
    rows, partitions = [], {}
    clouds = mixtures(points, counts, seed=seed).labels if mixed else {}
    for k in counts:
        branches = cut(tree, k)
        found, within = kmeans(points, k, seed=seed, also=branches)
        ways = {"kmeans": found, "ward": branches, "medoids": medoids(points, k)[0]}
        if mixed:
            ways["mixture"] = clouds[k]
        widths = {name: float(silhouettes(points, labels)[0].mean()) if np.ptp(labels) else -1.0 for name, labels in ways.items()}
        agreement = float(adjusted_rand(found, branches))
        rows.append(widths | {"within": within, "agreement": agreement, "smallest": int(np.bincount(found).min())})
        partitions[k] = ways
    return pd.DataFrame(rows, index=pd.Index(counts, name="k")), partitions
