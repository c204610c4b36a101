"""What the ranks would be under other weights, means, scales or amendments, at the speed of a hand on a slider.

An `Explorer` keeps what a change leaves alone: values by amendment, scores by normalisation, random multipliers. A
change of weights then costs one pass of the kernel over the units and one of the uncertainty analysis over the draws.
In the draws the weights of the pillars vary, those inside them stay as chosen; `simulate` varies every level. Nothing
here has a formula of its own: a tree of the pillars alone goes through the same products as a whole one, and close
calls through the kernel. Nothing is written.

Source: Saisana, Saltelli, Tarantola (2005), Journal of the Royal Statistical Society A 168(2).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.aggregation import Tree, aggregate, band, rank
from workbench.errors import Fault, WorkbenchError, one_of, suggestion
from workbench.framework_model import Group
from workbench.means import RELATIVE, is_method
from workbench.methods import REGISTERED
from workbench.normalisation import fit, normalise
from workbench.scoring import score
from workbench.uncertainty.products import Plan, Products, Weights
from workbench.uncertainty.ranking import rank_counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.scoring import Scores

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["AS_GIVEN", "NORMALISED_BY", "Choice", "Explorer", "groups_with_choice", "with_accepted"]

AS_GIVEN = "as_given"
NORMALISED_BY = (AS_GIVEN, "minmax", "zscore", "rank", *REGISTERED)
BLOCK = 1024
"""Draws worked on at a time: all the terms of a sum over the pillars stay in the cache, which makes it six times as fast."""
THREADS = 2
PAIRS = 30_000_000
"""Comparisons of pairs per look: an outranking compares every unit with every other, in each draw and pillar."""
FEWEST = 100
"""Draws at least."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What may be moved; the default is what the framework says."""

    weights: Mapping[str, float] = field(default_factory=dict)
    """Weight in its group, by element, of those that differ."""
    aggregation: str = AS_GIVEN
    """Of the index and of every group that sets none of its own."""
    normalisation: str = AS_GIVEN
    """One for all indicators, or each its own."""
    accepted: frozenset[str] | None = None
    """Amendments that count as accepted; None: those that are."""
    spread: float = 0.25
    """In the draws each pillar's weight is multiplied by a number uniform in 1 - spread to 1 + spread."""


class Explorer:
    """One framework and its data, ready to be looked at under any choice.

    Args:
        scores: What is published.
        draws: Number of draws behind the intervals.
        seed: Of the draws.
    """

    def __init__(self, scores: Scores, *, draws: int = 100_000, seed: int = 1) -> None:
        if draws < 1 or seed < 0:
            raise WorkbenchError(Fault(problem=f"draws={draws} and seed={seed}.", allowed="draws from 1, a seed from 0"))
        self.scores, self.draws, self.seed = scores, draws, seed
        self.framework = scores.framework
        self._scored = cache(self._score)
        self._normalised = cache(self._normalise)

    @cached_property
    def published(self) -> pd.Series:
        """Ranks as published."""
        return self.scores.table["rank"].astype(float)

    def weight(self, name: str, choice: Choice) -> float:
        """The weight of an element in its group under a choice."""
        tree = self.base(choice).tree
        if name not in tree.nodes:
            fix = suggestion(name, tree.nodes) or "name an element of the framework."
            raise WorkbenchError(Fault(problem=f"there is no element `{name}`.", fix=fix))
        return float(choice.weights.get(name, tree.weights[tree.nodes.index(name)]))

    def base(self, choice: Choice) -> Scores:
        """The scores under the choice's amendments, all else as the framework says."""
        return self._scored(choice.accepted)

    def tree(self, choice: Choice) -> Tree:
        """The tree of the choice.

        Raises:
            WorkbenchError: a weight is negative, belongs to no element, or leaves a group without any.
        """
        base = self.base(choice)
        weights = base.tree.weights.copy()
        for name, weight in choice.weights.items():
            self.weight(name, choice)
            if not weight >= 0:
                raise WorkbenchError(Fault(problem=f"the weight of `{name}` is {weight}.", allowed="0 or more"))
            weights[base.tree.nodes.index(name)] = weight
        for group, children in zip(base.tree.groups, base.tree.children, strict=True):
            if not weights[list(children)].sum() > 0:
                raise WorkbenchError(Fault(problem=f"every weight in `{group}` is 0.", fix="leave one above 0."))
        return replace(base.tree, weights=weights).with_methods(self._methods(base.framework, choice))

    def look(self, choice: Choice | None = None) -> pd.DataFrame:
        """Index, rank, band and interval of every unit under a choice, in the order of the new ranks.

        Returns:
            Indexed by unit: `index`, `rank`, `band`, `moved` (places gained on what is published), `rank_p05`,
            `rank_median`, `rank_p95`, then a column for each pillar. NaN where a unit has no score; a unit without a
            score in some draws is counted in the others. `attrs["draws"]` says how many draws are behind the intervals: fewer
            than asked for where the index is an outranking, which would keep a hand on a slider waiting.

        Raises:
            WorkbenchError: a weight or a name of the choice is not allowed.
        """
        choice = choice or Choice()
        base, tree = self.base(choice), self.tree(choice)
        units = base.values.index
        groups = aggregate(self._normalised(choice.accepted, choice.normalisation), tree)
        index = groups[..., -1]
        ranks = rank(index, base.framework.method.ties)
        limits = [item.minimum for item in base.framework.bands]
        names = [*(item.id for item in base.framework.bands), ""]
        table = pd.DataFrame(
            {"index": index, "rank": ranks, "band": [names[place] for place in band(index, limits)]}, index=units
        )
        table["moved"] = self.published.reindex(units).to_numpy() - ranks
        top, pillars = self._top(choice, tree, groups)
        ends = self._intervals(top, pillars, choice.spread, draws := self._affordable(top, len(units)))
        for position, name in enumerate(("rank_p05", "rank_median", "rank_p95")):
            table[name] = ends[position]
        table = table.join(pd.DataFrame(pillars, index=units, columns=list(top.indicators)))
        table = table.sort_values("index", ascending=False, kind="stable")
        table.attrs["draws"] = draws
        return table

    def _score(self, accepted: frozenset[str] | None) -> Scores:
        if accepted is None:
            return self.scores
        known = {item.id for item in self.framework.amendments}
        for name in accepted - known:
            raise WorkbenchError(Fault(problem=f"there is no amendment `{name}`.", allowed=one_of(sorted(known)) or "none"))
        return score(with_accepted(self.framework, accepted), self.scores.data)

    def _normalise(self, accepted: frozenset[str] | None, method: str) -> Floats:
        base = self._scored(accepted)
        values = base.values.to_numpy()
        if method not in NORMALISED_BY:
            raise WorkbenchError(Fault(problem=f"there is no normalisation `{method}`.", allowed=", ".join(NORMALISED_BY)))
        ruler = base.ruler
        if method != AS_GIVEN:
            ruler = fit(values, base.framework.indicators, method, list(base.values.index))
        return normalise(values, ruler)

    def _methods(self, framework: Framework, choice: Choice) -> dict[str, str]:
        if choice.aggregation == AS_GIVEN:
            return {}
        if not is_method(choice.aggregation):
            raise WorkbenchError(Fault(problem=f"there is no aggregation `{choice.aggregation}`.", fix="see `means.METHODS`."))
        free = [group.id for group in framework.groups if group.aggregation is None]
        return dict.fromkeys(["index", *free], choice.aggregation)

    def _top(self, choice: Choice, tree: Tree, groups: Floats) -> tuple[Tree, Floats]:
        """The index over its pillars alone, and their scores, shape `(units, pillars)`."""
        scores = np.concatenate([self._normalised(choice.accepted, choice.normalisation), groups], axis=-1)
        inside = list(tree.children[-1])
        top = replace(
            tree,
            indicators=tuple(tree.nodes[place] for place in inside),
            groups=("index",),
            children=(tuple(range(len(inside))),),
            weights=np.append(tree.weights[inside], 1.0),
            methods=tree.methods[-1:],
        )
        return top, scores[..., inside]

    @cached_property
    def _uniform(self) -> Floats:
        """Numbers from -1 to 1, shape `(pillars, draws)`; drawn once, so that a slider moves ranks and not the luck."""
        stream = np.random.Generator(np.random.Philox(key=[self.seed, len(self.framework.pillars)]))
        return stream.uniform(-1.0, 1.0, (len(self.framework.pillars), self.draws))

    def _affordable(self, top: Tree, units: int) -> int:
        """How many draws a look takes."""
        if not any(method in RELATIVE for method in top.methods):
            return self.draws
        return min(self.draws, max(PAIRS // (units**2 * len(top.indicators)), FEWEST))

    def _intervals(self, top: Tree, pillars: Floats, spread: float, draws: int) -> Floats:
        """The 5th percentile, median and 95th percentile of every unit's rank, shape `(3, units)`."""
        size = min(BLOCK, -(-draws // THREADS))
        products = Products.of(pillars, Plan(top))
        dense = self.framework.method.ties == "dense"

        def block(start: int) -> Counts:
            drawn = self._uniform[:, start : min(start + size, draws)]
            weights = np.ones((len(top.nodes), drawn.shape[1]))
            weights[:-1] = top.weights[:-1, None] * (1.0 + spread * drawn)
            scores = products.index(Weights(products.plan, weights))
            return rank_counts(scores, lambda close: products.kernel(weights[:, close]), dense=dense)

        with ThreadPoolExecutor(THREADS) as pool, threadpool_limits(limits=1, user_api="blas"):
            counts = sum(pool.map(block, range(0, draws, size)))
        return _quantiles(np.asarray(counts), (0.05, 0.5, 0.95))


def with_accepted(framework: Framework, accepted: frozenset[str]) -> Framework:
    """The framework as if just these of its amendments had been accepted, whatever their status."""
    workshops = tuple(
        workshop.model_copy(
            update={
                "amendments": tuple(
                    item.model_copy(update={"status": "accepted" if item.id in accepted else "declined"})
                    for item in workshop.amendments
                )
            }
        )
        for workshop in framework.workshops
    )
    return framework.with_workshops(workshops)


def _quantiles(counts: Counts, shares: Sequence[float]) -> Floats:
    """For each unit the smallest rank that at least each share of its draws do not exceed; NaN where it has no draw."""
    totals = counts.sum(axis=1, keepdims=True)
    reached = counts.cumsum(axis=1)
    found = np.array([1.0 + (reached >= share * totals - 1e-9 * totals).argmax(axis=1) for share in shares])
    return np.where(totals[:, 0] > 0, found, np.nan)


def groups_with_choice(framework: Framework) -> list[str]:
    """Groups whose children's weights can be moved against each other: the index, then every group of two or more."""
    inside = [group.id for group in framework.groups if isinstance(group, Group) and len(group.children) > 1]
    return ["index", *inside]
