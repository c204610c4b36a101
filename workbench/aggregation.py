"""From scores of indicators to scores of groups and the index, ranks and bands.

The kernel: pure functions over arrays with any leading axes. `score` calls them with none, the
uncertainty analysis with a leading axis of draws. `means` holds the ways of aggregating and the one
missing-value rule.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.framework_model import Group
from workbench.means import combine, weighted_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.framework import Framework

    Floats = NDArray[np.float64]

__all__ = ["Tree", "aggregate", "band", "global_weights", "group_scores", "index_scores", "rank", "weighted_mean"]


@dataclass(frozen=True)
class Tree:
    """A framework as arrays: nodes are the indicators, then the groups with children before parents; the index is last."""

    indicators: tuple[str, ...]
    groups: tuple[str, ...]
    children: tuple[tuple[int, ...], ...]
    """For each group the positions of its children among the nodes."""
    weights: Floats
    """Weight of each node in its group, shape `(nodes,)`; the index's own is 1."""
    methods: tuple[str, ...]
    """Aggregation of each group."""
    floor: float
    minimum_coverage: float

    @classmethod
    def of(cls, framework: Framework) -> Tree:
        """The tree of *framework*."""
        indicators = tuple(indicator.id for indicator in framework.indicators)
        groups = (*(group.id for group in reversed(framework.groups)), "index")
        place = {name: position for position, name in enumerate((*indicators, *groups))}
        nodes = [framework.element(name) for name in groups]
        return cls(
            indicators=indicators,
            groups=groups,
            children=tuple(tuple(place[child.id] for child in node.children) for node in nodes if isinstance(node, Group)),
            weights=np.array([framework.element(name).weight for name in place], dtype=float),
            methods=tuple(framework.aggregation(name) for name in groups),
            floor=framework.method.geometric_floor,
            minimum_coverage=framework.method.minimum_coverage,
        )

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of all nodes."""
        return (*self.indicators, *self.groups)

    def with_methods(self, methods: Mapping[str, str]) -> Tree:
        """The same tree with another aggregation for the named groups."""
        return replace(self, methods=tuple(methods.get(name, old) for name, old in zip(self.groups, self.methods, strict=True)))


def aggregate(scores: Floats, tree: Tree, weights: Floats | None = None) -> Floats:
    """Scores of all groups.

    Args:
        scores: Of the indicators, 0 to 100, shape `(..., units, indicators)`; NaN is "not measured".
        tree: The framework as arrays.
        weights: Shape `(..., nodes)`, leading axes as in *scores* or broadcasting with them; the tree's when not given.

    Returns:
        Shape `(..., units, groups)`, in the order of `tree.groups`; the index is last.
    """
    groups = _group_scores(scores, tree, weights)
    shape = np.broadcast_shapes(*(group.shape for group in groups))
    return np.stack([np.broadcast_to(group, shape) for group in groups], axis=-1)


def index_scores(scores: Floats, tree: Tree, weights: Floats | None = None) -> Floats:
    """The index alone, shape `(..., units)`; the arguments are those of `aggregate`."""
    return _group_scores(scores, tree, weights)[-1]


def _group_scores(scores: Floats, tree: Tree, weights: Floats | None) -> list[Floats]:
    """One array of shape `(..., units)` per group; leading axes only where the group's weights or values have them."""
    weights = tree.weights if weights is None else weights
    return group_scores(scores, tree, weights, upto=len(tree.groups))[len(tree.indicators) :]


def group_scores(scores: Floats, tree: Tree, weights: Floats, *, upto: int) -> list[Floats]:
    """The scores of every indicator and of the first *upto* groups, one array of shape `(..., units)` each."""
    nodes: list[Floats] = [scores[..., position] for position in range(len(tree.indicators))]
    for children, method in zip(tree.children[:upto], tree.methods[:upto], strict=True):
        nodes.append(
            combine(
                method,
                [nodes[child] for child in children],
                [weights[..., child, None] for child in children],
                minimum_coverage=tree.minimum_coverage,
                floor=tree.floor,
            )
        )
    return nodes


def global_weights(tree: Tree, weights: Floats | None = None) -> Floats:
    """Share of each indicator in the index when nothing is missing and all means are arithmetic.

    Returns:
        Shape `(..., indicators)`, summing to 1.
    """
    weights = tree.weights if weights is None else weights
    share = np.zeros(weights.shape)
    share[..., -1] = 1.0
    first = len(tree.indicators)
    for position in range(len(tree.groups) - 1, -1, -1):
        inside = list(tree.children[position])
        part = weights[..., inside] / weights[..., inside].sum(axis=-1, keepdims=True)
        share[..., inside] = part * share[..., first + position, None]
    return share[..., :first]


def rank(scores: Floats, ties: str = "competition") -> Floats:
    """Ranks along the last axis, 1 for the highest score.

    Args:
        scores: Shape `(..., units)`; NaN gets no rank and does not count.
        ties: `competition` (1, 2, 2, 4), `mean` (1, 2.5, 2.5, 4) or `dense` (1, 2, 2, 3).

    Returns:
        Shape of *scores*, NaN where the score is.

    >>> rank(np.array([5.0, 9.0, np.nan, 5.0, 1.0])).tolist()
    [2.0, 1.0, nan, 2.0, 4.0]
    """
    order = np.argsort(-scores, axis=-1, kind="stable")
    ordered = np.take_along_axis(scores, order, axis=-1)
    new = np.ones(scores.shape, dtype=bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    places = np.broadcast_to(np.arange(1.0, scores.shape[-1] + 1), scores.shape)
    if ties == "dense":
        found = np.cumsum(new, axis=-1, dtype=float)
    else:
        found = np.maximum.accumulate(np.where(new, places, 0.0), axis=-1)
        if ties == "mean":
            found = (found + _last_of_tie(new, places)) / 2
    ranks = np.empty(scores.shape)
    np.put_along_axis(ranks, order, found, axis=-1)
    return np.where(np.isnan(scores), np.nan, ranks)


def _last_of_tie(new: NDArray[np.bool_], places: Floats) -> Floats:
    """Place of the last member of each run of equal scores."""
    ends = np.ones(new.shape, dtype=bool)
    ends[..., :-1] = new[..., 1:]
    backwards = np.where(ends, places, np.inf)[..., ::-1]
    return np.minimum.accumulate(backwards, axis=-1)[..., ::-1]


def band(scores: Floats, minima: Sequence[float]) -> NDArray[np.int64]:
    """Position of the band each score lies in; a band includes its minimum. -1 where there is no score.

    A score below the first minimum, which only a scale without clipping gives, lies in the first band.
    """
    found = np.maximum(np.searchsorted(np.asarray(minima, dtype=float), scores, side="right") - 1, 0)
    return np.where(np.isnan(scores), -1, found)
