"""Do units cluster at all? The gap statistic, Hopkins' statistic, and a test against one single cloud.

Any method cuts any data into clusters. Three things say whether there was something to cut:
- the gap statistic compares the sum of squares within clusters with that of uniform data in a box along the data's
  principal axes; its standard error rule may choose one cluster, which means none;
- Hopkins' statistic compares distances from random places to units with those between units: 0.5 is random;
- silhouettes of the data are compared with those of single normal clouds of the same covariance. Pillars that go
  together stretch a cloud, and a stretched cloud alone gives silhouettes that look like clusters.

The stated rule: clusters are `found` when the gap statistic chooses more than one and fewer than 5 % of single clouds
reach the data's silhouette; `doubtful` when one of the two holds; `none` when neither does.

Random numbers come from counter-based streams keyed by (seed, purpose).

Sources: Tibshirani, Walther and Hastie, JRSS B 63 (2001) 411-423; Hopkins and Skellam, Annals of Botany 18 (1954)
213-227; Liu et al., JASA 103 (2008) 1281-1293, for the single cloud as the null. Conventions of R's `clusGap`
with `d.power = 2`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.spatial import distance
from threadpoolctl import threadpool_limits

from workbench.clusters.batches import best_of, random_centres, transferred
from workbench.kmeans import kmeans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Tendency", "gap", "gap_choice", "hopkins", "single_cloud", "tendency"]

REFERENCES = 200
CLOUDS = 200
STARTS = 1
CHANCE = 0.05
PROBES = 200
SHARE = 0.1
STREAMS = {"gap": 21, "hopkins": 22, "cloud": 23}
Space = Literal["axes", "original"]


@dataclass(frozen=True, kw_only=True)
class Tendency:
    """What speaks for clusters at all."""

    gap: pd.DataFrame = field(repr=False)
    """Index k from 1; columns `log_within`, `expected`, `gap`, `error`."""
    gap_k: int
    """As the standard error rule chooses; 1 is no clusters."""
    hopkins: float
    hopkins_cloud: float
    """95th percentile of the same in single clouds: stretched clouds pass 0.5 by themselves."""
    p_value: float
    """Share of single clouds whose best silhouette reaches that of the data."""
    cloud_silhouette: float
    """95th percentile of the best silhouette of single clouds."""
    references: int

    @property
    def verdict(self) -> Literal["found", "doubtful", "none"]:
        """As the stated rule says."""
        for_them = (self.gap_k > 1) + (self.p_value < CHANCE)
        return ("none", "doubtful", "found")[for_them]


def tendency(points: Array, counts: Sequence[int], silhouette: float, *, seed: int, references: int = REFERENCES) -> Tendency:
    """Whether units cluster.

    Args:
        points: Standardised scores, shape (units, pillars).
        counts: Numbers of clusters that were tried, each from 2.
        silhouette: Best average silhouette of the data over *counts*.
        seed: Key of the random streams; 0 is a seed.
        references: Uniform data sets of the gap statistic, and single clouds.
    """
    table = gap(points, max(counts), references=references, seed=seed)
    best, hops = single_cloud(points, counts, clouds=references, seed=seed)
    return Tendency(
        gap=table,
        gap_k=gap_choice(table),
        hopkins=hopkins(points, seed=seed),
        hopkins_cloud=float(np.quantile(hops, 1 - CHANCE)),
        p_value=float((1 + (best >= silhouette).sum()) / (1 + len(best))),
        cloud_silhouette=float(np.quantile(best, 1 - CHANCE)),
        references=references,
    )


def gap(points: Array, most: int, *, references: int = REFERENCES, space: Space = "axes", seed: int) -> pd.DataFrame:
    """The gap statistic of k-means for 1 to *most* clusters.

    Args:
        points: Shape (units, pillars).
        most: Largest number of clusters; fewer where there are not enough different units.
        references: Uniform data sets.
        space: Box of the uniform data: along the principal `axes` of the data, or the `original` ones.
        seed: Key of the random stream; 0 is a seed.

    Returns:
        Index k; columns `log_within` (of half the sum of squares), `expected` (its mean over the references), `gap`,
        `error` (its standard deviation times the root of 1 + 1 / references).
    """
    centred = points - points.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2].T if space == "axes" else np.eye(points.shape[1])
    turned = centred @ axes
    low, wide = turned.min(axis=0), np.ptp(turned, axis=0)
    generator = _stream(seed, "gap")
    uniform = low + wide * generator.random((references, *turned.shape))
    counts = range(1, min(most, len(np.unique(points, axis=0)) - 1) + 1)
    observed = np.array([kmeans(points, k, seed=seed)[1] for k in counts])
    expected = _log_within(uniform, counts, generator)
    errors = expected.std(axis=0) * np.sqrt(1 + 1 / references)
    logs = np.log(observed / 2)
    frame = {"log_within": logs, "expected": expected.mean(axis=0), "gap": expected.mean(axis=0) - logs, "error": errors}
    return pd.DataFrame(frame, index=pd.Index(counts, name="k"))


def gap_choice(table: pd.DataFrame) -> int:
    """The smallest k whose gap is at least the next one less its standard error (Tibshirani et al. 2001).

    >>> gap_choice(pd.DataFrame({"gap": [0.1, 0.5, 0.4], "error": [0.1, 0.1, 0.1]}, index=[1, 2, 3]))
    2
    """
    gaps, errors = table["gap"].to_numpy(), table["error"].to_numpy()
    enough = gaps[:-1] >= gaps[1:] - errors[1:]
    return int(table.index[int(enough.argmax())] if enough.any() else table.index[-1])


def hopkins(points: Array, *, seed: int, probes: int = PROBES) -> float:
    """Hopkins' statistic, mean over *probes* samples of a tenth of the units: 0.5 is random, near 1 clustered.

    Random places are uniform in the box that holds the units; distances count to the power of the dimension.
    """
    count, width = points.shape
    size = max(3, round(SHARE * count))
    generator = _stream(seed, "hopkins")
    places = points.min(axis=0) + np.ptp(points, axis=0) * generator.random((probes * size, width))
    apart = distance.squareform(distance.pdist(points))
    np.fill_diagonal(apart, np.inf)
    chosen = np.argsort(generator.random((probes, count)), axis=1)[:, :size]
    far = distance.cdist(places, points).min(axis=1).reshape(probes, size) ** width
    near = apart.min(axis=1)[chosen] ** width
    return float((far.sum(axis=1) / (far.sum(axis=1) + near.sum(axis=1))).mean())


def single_cloud(points: Array, counts: Sequence[int], *, clouds: int = CLOUDS, seed: int) -> tuple[Array, Array]:
    """Best silhouettes and Hopkins' statistics of single normal clouds with the data's covariance; each of shape (clouds,)."""
    from workbench.clusters.partition import silhouettes  # noqa: PLC0415  (it builds on this module)

    generator = _stream(seed, "cloud")
    root = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)
    spread = root[2].T * (root[1] / np.sqrt(len(points) - 1))
    normal = generator.standard_normal((clouds, len(points), spread.shape[1])) @ spread.T
    best, trees = np.full(clouds, -1.0), _trees(normal)
    for k in counts:
        labels = _partitions(normal, trees, k, generator)[0]
        widths = [silhouettes(cloud, found)[0].mean() for cloud, found in zip(normal, labels, strict=True)]
        best = np.maximum(best, widths)
    return best, np.array([hopkins(cloud, seed=seed, probes=20) for cloud in normal])


def _log_within(sets: Array, counts: Sequence[int], generator: np.random.Generator) -> Array:
    """Logarithm of half the sum of squares within clusters, shape (sets, counts)."""
    trees = _trees(sets)
    return np.stack([np.log(_partitions(sets, trees, k, generator)[1] / 2) for k in counts], axis=1)


def _partitions(sets: Array, trees: list[Array], k: int, generator: np.random.Generator) -> tuple[NDArray[np.int64], Array]:
    """K-means of every set from Ward's tree and from random units, then by single transfers."""
    if k == 1:
        spread = np.square(sets - sets.mean(axis=1, keepdims=True)).sum(axis=(1, 2))
        return np.zeros(sets.shape[:2], np.int64), spread
    weights = np.ones(sets.shape[:2])

    def starts() -> Iterator[Array]:
        yield _ward_centres(sets, trees, k)
        for _ in range(STARTS):
            yield random_centres(sets, k, generator, weights)

    with threadpool_limits(limits=1):  # small matrices: threads would wait for each other
        return transferred(sets, *best_of(sets, starts()), k)


def _trees(sets: Array) -> list[Array]:
    """Ward's tree of every set."""
    return [np.asarray(hierarchy.linkage(one, "ward")) for one in sets]


def _ward_centres(sets: Array, trees: list[Array], k: int) -> Array:
    """Means of Ward's clusters of every set, shape (sets, k, pillars)."""
    centres = np.empty((len(sets), k, sets.shape[2]))
    for place, (one, tree) in enumerate(zip(sets, trees, strict=True)):
        labels = hierarchy.fcluster(tree, k, "maxclust") - 1
        member = (labels == np.arange(k)[:, None]).astype(float)
        centres[place] = member @ one / np.maximum(member.sum(axis=1, keepdims=True), 1)
    return centres


def _stream(seed: int, purpose: str) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=[seed, STREAMS[purpose]]))
