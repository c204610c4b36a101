"""Would the clusters be there again? By other units, and by other agencies of the same units.

Two questions, two resamplings:
- of units (`jaccard`): clusters found in a bootstrap sample of provinces are compared with those of all. A cluster whose
  mean Jaccard similarity is above 0.75 is stable, below 0.60 it should not be trusted.
- of respondents (`memberships`): surveys are drawn anew from the answers, scored by the same kernel and clustered anew. So
  each province has a probability for each cluster, and provinces that may as well belong elsewhere are named.

Sources: Hennig, Computational Statistics & Data Analysis 52 (2007) 258-271, with the conventions of `fpc::clusterboot`;
replicate weights from `sampling`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from workbench.aggregation import group_scores
from workbench.clusters.batches import best_of, random_centres
from workbench.normalisation import normalise
from workbench.replication import replicates
from workbench.score_errors import survey_design
from workbench.scoring import SurveyData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.clusters.partition import Clusters
    from workbench.scoring import Scores

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

__all__ = ["BORDER", "STABLE", "UNSTABLE", "Memberships", "jaccard", "memberships"]

STABLE, UNSTABLE = 0.75, 0.60
"""Mean Jaccard similarities (Hennig 2007)."""
BORDER = 0.80
"""A unit that is less often than this in its own cluster stands at a border."""
DRAWS = 1000
SURVEYS = 500
STARTS, UNIT_STARTS = 5, 10
STREAM = 31


@dataclass(frozen=True, kw_only=True)
class Memberships:
    """How often each unit falls into each cluster when respondents are resampled."""

    shares: pd.DataFrame = field(repr=False)
    """Units by clusters; rows sum to 1."""
    draws: int
    failed: int
    """Draws in which some unit had no score, so that nothing could be compared."""

    @property
    def own(self) -> pd.Series:
        """The largest share of each unit."""
        return self.shares.max(axis=1)


def jaccard(points: Array, labels: Labels, *, draws: int = DRAWS, seed: int, starts: int = UNIT_STARTS) -> Array:
    """Mean Jaccard similarity of every cluster with the most similar one of bootstrap samples of units.

    Args:
        points: Standardised scores, shape (units, pillars).
        labels: From 0 to k - 1, shape (units,).
        draws: Bootstrap samples.
        seed: Key of the random stream; 0 is a seed.
        starts: Random starts of k-means in every sample, beside one from these clusters.

    Returns:
        Shape (k,). Units drawn twice count once, as is clusterboot's way; a sample without any unit of a cluster counts 0 for it.
    """
    k, count = int(labels.max()) + 1, len(points)
    generator = np.random.Generator(np.random.Philox(key=[seed, STREAM]))
    weights = (generator.multinomial(count, np.full(count, 1 / count), size=draws) > 0).astype(float)
    centres = np.stack([points[labels == name].mean(axis=0) for name in range(k)])

    def first() -> Iterator[Array]:
        yield np.repeat(centres[None], draws, axis=0)
        for _ in range(starts):
            yield random_centres(points, k, generator, weights)

    found, _ = best_of(points, first(), weights)
    there = weights > 0
    own = np.eye(k)[labels]
    member = ((found[:, None, :] == np.arange(k)[:, None]) & there[:, None, :]).astype(float)
    both = member @ own
    either = member.sum(axis=2)[:, :, None] + (there.astype(float) @ own)[:, None, :] - both
    similar = np.divide(both, either, out=np.zeros_like(both), where=either > 0)
    return np.asarray(similar.max(axis=1).mean(axis=0))


def memberships(scores: Scores, clusters: Clusters, *, draws: int = SURVEYS, seed: int) -> Memberships | None:
    """How often each clustered unit falls into each cluster over resampled surveys.

    Args:
        scores: With a survey; its kernel scores every draw.
        clusters: Of its pillar scores.
        draws: Resampled surveys.
        seed: Key of the random streams; 0 is a seed.

    Returns:
        The shares; None where the index is made from a table, which has no respondents.
    """
    if not isinstance(scores.data, SurveyData):
        return None
    order, pillars = list(clusters.labels.index), list(clusters.scores.columns)
    centre, spread = clusters.scores.mean().to_numpy(), clusters.scores.std(ddof=1).to_numpy()
    labels = clusters.labels.to_numpy() - 1
    counts = np.zeros((len(order), clusters.k))
    failed = 0
    base = (clusters.scores.to_numpy() - centre) / spread
    for block, drawn in enumerate(_drawn_scores(scores, order, pillars, draws, seed)):
        points = (drawn - centre) / spread
        whole = np.isfinite(points).all(axis=(1, 2))
        failed += int((~whole).sum())
        if whole.any():
            found = _clustered(
                points[whole], base, labels, clusters.k, np.random.Philox(key=[seed, STREAM + 1], counter=[0, 0, 0, block])
            )
            for one in found:
                counts[np.arange(len(order)), matched(one, labels, clusters.k)] += 1
    total = max(draws - failed, 1)
    shares = pd.DataFrame(counts / total, index=clusters.labels.index, columns=pd.RangeIndex(1, clusters.k + 1, name="cluster"))
    return Memberships(shares=shares, draws=draws, failed=failed)


def matched(found: Labels, wanted: Labels, k: int) -> Labels:
    """*found* with its clusters numbered as those of *wanted* that they overlap most."""
    table = np.zeros((k, k))
    np.add.at(table, (found, wanted), 1)
    rows, columns = linear_sum_assignment(-table)
    numbers = np.empty(k, np.int64)
    numbers[rows] = columns
    return numbers[found]


def _clustered(points: Array, base: Array, labels: Labels, k: int, stream: np.random.Philox) -> Labels:
    """K-means of every draw, from the published clusters and from random units; labels of shape (draws, units)."""
    generator = np.random.Generator(stream)
    weights = np.ones(points.shape[:2])
    centres = np.stack([base[labels == name].mean(axis=0) for name in range(k)])

    def starts() -> Iterator[Array]:
        yield np.repeat(centres[None], len(points), axis=0)
        for _ in range(STARTS):
            yield random_centres(points, k, generator, weights)

    return best_of(points, starts())[0]


def _drawn_scores(scores: Scores, order: list[str], pillars: list[str], draws: int, seed: int) -> Iterator[Array]:
    """Pillar scores of resampled surveys in blocks, shape (draws of the block, units, pillars)."""
    data, prepared = scores.data, scores.prepared
    assert isinstance(data, SurveyData)
    plan = survey_design(data)
    cells = data.values[prepared.values.columns].to_numpy(float)
    there = ~np.isnan(cells)
    filled = np.where(there, cells, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        divided = prepared.untreated.to_numpy(float) / prepared.raw.to_numpy(float)
    divided = np.where(np.isfinite(divided), divided, 1.0)
    rows = pd.Index(plan.units).get_indexer(prepared.values.index)
    silent = prepared.values.isna().to_numpy() | (rows < 0)[:, None]
    by_unit = np.argsort(plan.unit_of, kind="stable")
    first = np.flatnonzero(np.diff(plan.unit_of[by_unit], prepend=-1))
    filled, there = filled[by_unit], there[by_unit]
    keep = prepared.values.index.get_indexer(order)
    for weights in replicates(plan, draws, seed):
        block = np.empty((len(weights), *silent.shape))
        for place, one in enumerate(weights[:, by_unit, None]):
            with np.errstate(invalid="ignore", divide="ignore"):
                values = np.add.reduceat(one * filled, first) / np.add.reduceat(one * there, first)
            block[place] = np.where(silent, np.nan, values[rows] * divided)
        normalised = normalise(prepared.treat(block), scores.ruler)
        nodes = group_scores(normalised, scores.tree, scores.tree.weights, upto=len(scores.tree.groups))
        yield np.stack([nodes[scores.tree.nodes.index(name)] for name in pillars], axis=-1)[:, keep]
