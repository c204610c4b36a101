"""How far clusters can be trusted, in one result: tendency, stability, agreement of methods, numbers by rule.

The verdict in words comes first on a page: `found`, `doubtful` or `none`, by the stated rule of `tendency`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from workbench.clusters.medoids import medoids
from workbench.clusters.mixtures import Mixtures, mixtures
from workbench.clusters.partition import adjusted_rand, cut
from workbench.clusters.stability import DRAWS, jaccard
from workbench.clusters.tendency import REFERENCES, Tendency, tendency
from workbench.kmeans import kmeans

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.clusters.partition import Clusters

__all__ = ["Robustness", "robustness"]


@dataclass(frozen=True, kw_only=True)
class Robustness:
    """What speaks for and against a partition."""

    tendency: Tendency
    jaccard: pd.Series
    """Mean Jaccard similarity of each cluster under resampled units, 0 to 1."""
    mixtures: Mixtures = field(repr=False)
    agreements: pd.DataFrame = field(repr=False)
    """Adjusted Rand index of every two methods at the chosen count."""
    chosen: Mapping[str, int]
    """Number of clusters by `silhouette`, `gap` and `bic`; 1 is no clusters, which a silhouette cannot say."""
    draws: int


def robustness(clusters: Clusters, *, seed: int, draws: int = DRAWS, references: int = REFERENCES) -> Robustness:
    """Everything a reader needs to judge *clusters*.

    Args:
        clusters: To be judged.
        seed: Key of the random streams; 0 is a seed.
        draws: Bootstrap samples of units.
        references: Uniform data sets and single clouds.
    """
    points, counts = clusters.points, list(clusters.by_count.index)
    widths = clusters.by_count[clusters.method]
    clouds = mixtures(points, counts, seed=seed)
    tends = tendency(points, counts, float(clusters.by_count["kmeans"].max()), seed=seed, references=references)
    ways = {
        "kmeans": kmeans(points, clusters.k, seed=seed, also=cut(clusters.tree, clusters.k))[0],
        "ward": cut(clusters.tree, clusters.k),
        "medoids": medoids(points, clusters.k)[0],
        "mixture": clouds.labels[clusters.k],
    }
    table = {one: {other: adjusted_rand(ways[one], ways[other]) for other in ways} for one in ways}
    similar = jaccard(points, clusters.labels.to_numpy() - 1, draws=draws, seed=seed)
    return Robustness(
        tendency=tends,
        jaccard=pd.Series(similar, index=pd.RangeIndex(1, clusters.k + 1, name="cluster"), name="jaccard"),
        mixtures=clouds,
        agreements=pd.DataFrame(table),
        chosen={"silhouette": int(widths.idxmax()), "gap": tends.gap_k, "bic": clouds.k},
        draws=draws,
    )
