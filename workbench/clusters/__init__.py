"""Which units are alike, how sure that is, and what sets the groups apart.

`cluster` is the entry; the methods and tests it is made of are here too, for use on their own. They take and give
arrays and frames, read no file and draw nothing. Nothing is imputed.
"""

from __future__ import annotations

from workbench.clusters.basis import factor_basis, of_scores
from workbench.clusters.explain import (
    Rules,
    by_official,
    cluster_means,
    effects,
    links,
    official_groups,
    official_names,
    rules,
)
from workbench.clusters.medoids import medoids
from workbench.clusters.mixtures import Mixtures, mixtures
from workbench.clusters.numbering import AGREEMENT, READINGS, named, silhouette_reading
from workbench.clusters.partition import (
    COUNTS,
    Clusters,
    adjusted_rand,
    cluster,
    cut,
    silhouettes,
    standardised,
    tables,
    ward,
)
from workbench.clusters.robustness import Robustness, robustness
from workbench.clusters.stability import Memberships, jaccard, memberships
from workbench.clusters.tendency import Tendency, gap, gap_choice, hopkins, tendency

__all__ = [
    "AGREEMENT",
    "COUNTS",
    "READINGS",
    "Clusters",
    "Memberships",
    "Mixtures",
    "Robustness",
    "Rules",
    "Tendency",
    "adjusted_rand",
    "by_official",
    "cluster",
    "cluster_means",
    "cut",
    "effects",
    "factor_basis",
    "gap",
    "gap_choice",
    "hopkins",
    "jaccard",
    "links",
    "medoids",
    "memberships",
    "mixtures",
    "named",
    "of_scores",
    "official_groups",
    "official_names",
    "robustness",
    "rules",
    "silhouette_reading",
    "silhouettes",
    "standardised",
    "tables",
    "tendency",
    "ward",
]
