"""The share that every element has in the index, from the weights that were used.

Shares hold when nothing is missing, as if every mean were arithmetic. It computes no score.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.aggregation import global_weights

if TYPE_CHECKING:
    from workbench.scoring import Scores

__all__ = ["element_shares", "nominal_weights"]


def nominal_weights(scores: Scores) -> dict[str, float]:
    """Weight of each element in its group as it was used, given or by a rule; 1 for the index."""
    return dict(zip(scores.tree.nodes, scores.tree.weights.tolist(), strict=True))


def element_shares(scores: Scores) -> dict[str, float]:
    """Share of each element in the index, 0 to 1: of an indicator from `global_weights`, of a group the sum over its own."""
    framework, tree = scores.framework, scores.tree
    indicators = dict(zip(tree.indicators, global_weights(tree).tolist(), strict=True))
    shares = dict.fromkeys(tree.groups[::-1], 0.0) | indicators
    for name, share in indicators.items():
        above = framework.parent(name)
        while above:
            shares[above] += share
            above = framework.parent(above)
    return shares
