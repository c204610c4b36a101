"""What sets clusters apart, and what they go with: means with intervals, effect sizes, rules, outside conditions.

Clusters were made to differ on the scores they were made from, so differences on these are described by their size
(eta squared) and never tested. Conditions outside are tested, and the tests are corrected for their number (Holm).

Sources: Cohen, Statistical Power Analysis (1988), for eta squared; Kruskal and Wallis, JASA 47 (1952) 583-621;
Bergsma, J. Korean Statistical Society 42 (2013) 323-328, for the corrected V of Cramer; Holm, Scandinavian Journal of
Statistics 6 (1979) 65-70.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from workbench.clusters.partition import adjusted_rand
from workbench.provinces import PROVINCES

if TYPE_CHECKING:
    from workbench.clusters.partition import Clusters
    from workbench.text import Text

__all__ = [
    "Rules",
    "by_official",
    "cluster_means",
    "effects",
    "eta_squared",
    "holm",
    "links",
    "official_groups",
    "official_names",
    "rules",
]

CONFIDENCE = 0.95
DEEPEST = 3
"""Questions in a row that a reader can still follow."""
LEAST_LEAF = 0.05


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A small decision tree in words' order: who is in which cluster by a few scores."""

    table: pd.DataFrame
    """One row per rule: `cluster`, `conditions` (tuples of pillar, sign, score), `units`, `right` (units of that cluster)."""
    accuracy: float
    """Share of units that the rules put where they are."""
    predicted: float
    """The same for units that were left out when the rules were made; what to expect of new units."""


def cluster_means(clusters: Clusters, confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Mean score of every cluster on every pillar with its interval.

    Returns:
        One row per cluster and pillar: `cluster`, `pillar`, `mean`, `low`, `high`, `units`; no interval (NaN) for a cluster of
        one. Student's interval: units stand for others like them.
    """
    rows = []
    for number, part in clusters.scores.groupby(clusters.labels):
        reach = stats.t.ppf(0.5 + confidence / 2, max(len(part) - 1, 1)) * part.std(ddof=1) / np.sqrt(len(part))
        rows += [
            (number, name, part[name].mean(), part[name].mean() - reach[name], part[name].mean() + reach[name], len(part))
            for name in part
        ]
    return pd.DataFrame(rows, columns=["cluster", "pillar", "mean", "low", "high", "units"])


def effects(clusters: Clusters) -> pd.Series:
    """Eta squared of every pillar, the largest first: share of its variance that lies between clusters."""
    found = {name: eta_squared(clusters.scores[name], clusters.labels) for name in clusters.scores}
    return pd.Series(found, name="eta_squared").sort_values(ascending=False, kind="stable")


def eta_squared(values: pd.Series, groups: pd.Series) -> float:
    """Share of the variance of *values* that lies between *groups*, 0 to 1.

    >>> eta_squared(pd.Series([1.0, 1, 3, 3]), pd.Series([1, 1, 2, 2]))
    1.0
    """
    whole = float(np.square(values - values.mean()).sum())
    within = float(np.square(values - values.groupby(groups).transform("mean")).sum())
    return 1 - within / whole if whole > 0 else 0.0


def rules(clusters: Clusters, *, seed: int) -> Rules:
    """A decision tree of at most three questions in a row, on the scores as they are published.

    Args:
        clusters: To be told apart.
        seed: Of ties; 0 is a seed.
    """
    # Loaded late: scikit-learn takes a second.
    from sklearn.model_selection import LeaveOneOut, cross_val_predict  # noqa: PLC0415
    from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415

    values, labels = clusters.scores.to_numpy(float), clusters.labels.to_numpy()
    least = max(2, round(LEAST_LEAF * len(labels)))
    model = DecisionTreeClassifier(max_depth=DEEPEST, min_samples_leaf=least, random_state=seed)
    predicted = cross_val_predict(model, values, labels, cv=LeaveOneOut())
    model.fit(values, labels)
    tree, leaf = model.tree_, model.apply(values)
    rows = []
    for node, conditions in _leaves(tree, list(clusters.scores.columns)):
        inside = labels[leaf == node]
        number = int(model.classes_[tree.value[node][0].argmax()])
        rows.append((number, conditions, len(inside), int((inside == number).sum())))
    table = pd.DataFrame(rows, columns=["cluster", "conditions", "units", "right"]).sort_values(
        "cluster", kind="stable", ignore_index=True
    )
    return Rules(table=table, accuracy=float(table["right"].sum() / len(labels)), predicted=float((predicted == labels).mean()))


def _leaves(tree: object, names: list[str]) -> list[tuple[int, tuple[tuple[str, str, float], ...]]]:
    """Every leaf with the conditions that lead to it; several on one pillar in one direction are the tightest."""
    found: list[tuple[int, tuple[tuple[str, str, float], ...]]] = []
    waiting: list[tuple[int, dict[tuple[str, str], float]]] = [(0, {})]
    while waiting:
        node, so_far = waiting.pop()
        left, right = int(tree.children_left[node]), int(tree.children_right[node])  # type: ignore[attr-defined]
        if left == right:
            found.append((node, tuple((name, sign, cut) for (name, sign), cut in so_far.items())))
            continue
        name, cut = names[int(tree.feature[node])], float(tree.threshold[node])  # type: ignore[attr-defined]
        waiting.append((right, so_far | {(name, ">"): max(cut, so_far.get((name, ">"), -np.inf))}))
        waiting.append((left, so_far | {(name, "≤"): min(cut, so_far.get((name, "≤"), np.inf))}))
    return found


def links(clusters: Clusters, outside: pd.DataFrame) -> pd.DataFrame:
    """How clusters go with conditions outside the index.

    Args:
        clusters: Of the units.
        outside: Indexed by unit; numbers or names, NaN where not known.

    Returns:
        Index condition; columns `kind` (`number` or `group`), `size` (eta squared, or the corrected V of Cramer), `p_value`
        (Kruskal-Wallis, or chi-square), `p_holm`, `units`. Conditions without differences or known for fewer than two
        clusters are left out.
    """
    rows = {}
    table = outside.reindex(clusters.labels.index)
    for name in table:
        known = table[name].dropna()
        groups = clusters.labels[known.index]
        if known.nunique() < 2 or groups.nunique() < 2:  # noqa: PLR2004  (nothing to compare)
            continue
        rows[str(name)] = _number_link(known, groups) if pd.api.types.is_numeric_dtype(known) else _group_link(known, groups)
    columns = ["kind", "size", "p_value", "units"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return found.assign(p_holm=holm(found["p_value"].to_numpy(float))).sort_values("p_value", kind="stable")


def holm(p_values: np.ndarray) -> np.ndarray:
    """p-values corrected for their number.

    >>> holm(np.array([0.01, 0.04, 0.03])).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p_values, kind="stable")
    raised = np.maximum.accumulate(np.asarray(p_values)[order] * np.arange(len(p_values), 0, -1))
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(raised, 1.0)
    return corrected


def _number_link(known: pd.Series, groups: pd.Series) -> tuple[str, float, float, int]:
    parts = [part.to_numpy(float) for _, part in known.groupby(groups)]
    return "number", eta_squared(known.astype(float), groups), float(stats.kruskal(*parts).pvalue), len(known)


def _group_link(known: pd.Series, groups: pd.Series) -> tuple[str, float, float, int]:
    table = pd.crosstab(known, groups).to_numpy()
    test = stats.chi2_contingency(table, correction=False)
    n, (rows, columns) = table.sum(), table.shape
    phi = max(0.0, test.statistic / n - (rows - 1) * (columns - 1) / (n - 1))
    least = min(rows - (rows - 1) ** 2 / (n - 1), columns - (columns - 1) ** 2 / (n - 1)) - 1
    return "group", float(np.sqrt(phi / least)) if least > 0 else 0.0, float(test.pvalue), int(n)


def official_groups(clusters: Clusters) -> pd.DataFrame:
    """Region and official group of provinces of every clustered unit that is a province of Thailand.

    Returns:
        Indexed by unit; columns `region` and `group`, by their English names; no column where no unit is a province.
    """
    known = {province.iso: province for province in PROVINCES}
    found = {unit: known[unit] for unit in clusters.labels.index if unit in known}
    if not found:
        return pd.DataFrame(index=clusters.labels.index)
    groups = {unit: province.cluster_2559.en for unit, province in found.items() if province.cluster_2559 is not None}
    regions = {unit: province.region6.en for unit, province in found.items()}
    return pd.DataFrame({"region": pd.Series(regions), "group": pd.Series(groups)}).reindex(clusters.labels.index)


def official_names() -> dict[str, dict[str, Text]]:
    """What regions and official groups are called in both languages, by their English names."""
    groups = [province.cluster_2559 for province in PROVINCES if province.cluster_2559 is not None]
    return {
        "region": {province.region6.en: province.region6 for province in PROVINCES},
        "group": {group.en: group for group in groups},
    }


def by_official(clusters: Clusters, groups: pd.Series) -> tuple[pd.DataFrame, float]:
    """Units by official group and cluster, and the adjusted Rand index of the two.

    Args:
        clusters: Of the units.
        groups: The official group of each unit; units without one are left out.
    """
    known = groups.dropna()
    labels = clusters.labels.reindex(known.index)
    table = pd.crosstab(known, labels).reindex(columns=range(1, clusters.k + 1), fill_value=0)
    return table, float(adjusted_rand(pd.factorize(known)[0], labels.to_numpy()))
