"""The index of many draws at once by matrix products.

Where a group's children are indicators, the weighted sums of all draws are one product of a matrix of weights and
a matrix of scores; groups of the same mean that lie inside each other are one sum; geometric means are sums of
logarithms. Where something is missing, the weights of what is there are renormalised first, once for all units that
lack the same. The rule for missing values is `means.enough`.

A product rounds otherwise than the kernel does, in the fifteenth digit. So nothing is decided by it that so small a
difference could change: `ranking` finds the draws in which two units are that close and asks the kernel.
Methods other than the arithmetic and the geometric mean have no such form: the kernel itself computes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.aggregation import index_scores
from workbench.means import enough

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.aggregation import Tree

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Shares = tuple[Floats, Flags | None, Floats]
    """Share of every node in its sum, `(nodes, draws)`; draws with enough measured; the same for `Plan.inner`."""

__all__ = ["Plan", "Products", "Weights"]

SIMPLE = ("arithmetic", "geometric")
FULL = b""
"""The pattern of units without gaps."""
PORTION = 2**18
"""Numbers that are worked on at a time."""


@dataclass(frozen=True)
class Plan:
    """A tree as sums, one inside the other; a sum is a group with all groups inside it that have the same mean."""

    tree: Tree

    @cached_property
    def joined(self) -> tuple[bool, ...]:
        """Whether each group is part of its parent's sum."""
        first, methods = len(self.tree.indicators), self.tree.methods
        found = [False] * len(methods)
        for group, children in enumerate(self.tree.children):
            for child in children:
                if child >= first:
                    found[child - first] = methods[child - first] == methods[group]
        return tuple(found)

    @cached_property
    def members(self) -> tuple[tuple[list[int], list[int]], ...]:
        """For each group: the indicators in its sum, and the groups in it that have another mean."""
        first = len(self.tree.indicators)
        found: list[tuple[list[int], list[int]]] = []
        for children in self.tree.children:
            leaves, others = [child for child in children if child < first], []
            for child in (child - first for child in children if child >= first):
                if self.joined[child]:
                    leaves += found[child][0]
                    others += found[child][1]
                else:
                    others.append(child)
            found.append((sorted(leaves), others))
        return tuple(found)

    @cached_property
    def inner(self) -> NDArray[np.intp] | None:
        """The indicators of the groups inside the index, one row a group, padded with -1; None if they hold groups."""
        others = self.members[-1][1]
        if not others or any(self.members[other][1] for other in others):
            return None
        rows = [self.members[other][0] for other in others]
        size = max(map(len, rows))
        return np.array([row + [-1] * (size - len(row)) for row in rows])

    def shares(self, weights: Floats, there: Flags | None) -> Shares:
        """Share of every node in the sum it belongs to, where only the indicators *there* are measured."""
        tree, first = self.tree, len(self.tree.indicators)
        own, known = (weights, None) if there is None else self._measured(weights, there)
        shares = np.empty_like(weights)
        for group in range(len(tree.groups) - 1, -1, -1):
            children = tree.children[group]
            total = own[children[0]].copy()
            for child in children[1:]:
                total += own[child]
            # Where everything below was left out, or is missing, its own weight is 0 as well.
            part = shares[first + group] if self.joined[group] else 1.0
            scale = np.divide(part, total, out=np.zeros_like(total), where=total > 0)
            for child in children:
                np.multiply(own[child], scale, out=shares[child])
        if self.inner is None:
            return shares, known, shares[:0]
        return shares, known, np.where((self.inner >= 0)[..., None], shares[self.inner], 0.0)

    def _measured(self, weights: Floats, there: Flags) -> tuple[Floats, Flags]:
        """Weights with 0 for what is missing, and the draws in which the index has enough."""
        tree, first = self.tree, len(self.tree.indicators)
        own = weights.copy()
        own[:first][~there] = 0.0
        known = np.ones(weights.shape[1], dtype=bool)
        for group, children in enumerate(tree.children):
            present, total = own[list(children)].sum(axis=0), weights[list(children)].sum(axis=0)
            known = enough(present, total, tree.minimum_coverage)
            own[first + group] *= known
        return own, known


class Weights:
    """The weights of some draws under one tree, with their shares for every pattern of gaps."""

    def __init__(self, plan: Plan, weights: Floats) -> None:
        self.plan, self.weights = plan, weights
        self._shares: dict[bytes, Shares] = {}

    def shares(self, pattern: bytes) -> Shares:
        """Shares for units that lack what the pattern says; see `Products.patterns`."""
        if pattern not in self._shares:
            there = None if pattern == FULL else np.frombuffer(pattern, dtype=bool)
            self._shares[pattern] = self.plan.shares(self.weights, there)
        return self._shares[pattern]


@dataclass(frozen=True)
class Products:
    """One matrix of indicator scores under one tree, ready for any weights."""

    filled: Floats
    """Scores of the indicators with 0 for what is not measured, shape `(indicators, units)`."""
    gaps: Flags | None
    """What is not measured, shape `(units, indicators)`; None where nothing lacks."""
    plan: Plan

    @classmethod
    def of(cls, values: Floats, plan: Plan) -> Products:
        """From scores of shape `(units, indicators)`; NaN is "not measured"."""
        gaps = np.isnan(values)
        lacks = bool(gaps.any())
        filled = np.ascontiguousarray(np.nan_to_num(values).T if lacks else values.T)
        return cls(filled, np.ascontiguousarray(gaps) if lacks else None, plan)

    @property
    def values(self) -> Floats:
        """Scores of the indicators, shape `(units, indicators)`; NaN is "not measured"."""
        return self.filled.T if self.gaps is None else np.where(self.gaps, np.nan, self.filled.T)

    @cached_property
    def exact(self) -> bool:
        """Whether `index` is the kernel's own result."""
        return not all(method in SIMPLE for method in self.plan.tree.methods)

    def index(self, weights: Weights, part: slice) -> Floats:
        """The index of every unit in some of the draws, to fifteen digits.

        Returns:
            Shape `(draws, units)`; NaN where too little is measured.
        """
        if self.exact:
            return self.kernel(weights.weights[:, part])
        if self.gaps is None:
            return self._index(self.filled, *weights.shares(FULL), part)
        found = np.empty((part.stop - part.start, self.filled.shape[1]))
        for pattern, units in self.patterns.items():
            found[:, units] = self._index(self.filled[:, units], *weights.shares(pattern), part)
        return found

    def kernel(self, weights: Floats) -> Floats:
        """The same by the kernel, to the last bit what `score` gives; weights of shape `(nodes, draws)`."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return index_scores(self.values, self.plan.tree, np.ascontiguousarray(weights.T))

    @cached_property
    def patterns(self) -> dict[bytes, NDArray[np.intp]]:
        """Where something lacks, the units that lack the same: by what is there, as bytes; empty bytes for those without gaps."""
        return {} if self.gaps is None else _patterns(self.gaps.tobytes(), len(self.gaps))

    def _index(self, values: Floats, shares: Floats, known: Flags | None, inner: Floats, part: slice) -> Floats:
        """The index of some units, from scores of shape `(indicators, units)`."""
        size = part.stop - part.start
        most = max(PORTION // max(inner.shape[0] * values.shape[1], 1), 1) if len(inner) else size
        found = np.empty((size, values.shape[1]))
        for start in range(0, size, most):
            some = slice(part.start + start, min(part.start + start + most, part.stop))
            found[start : start + most] = self._sum(len(self.plan.tree.groups) - 1, values, shares, inner, some)
        if known is not None and not known[part].all():
            found[~known[part]] = np.nan
        return found

    def _sum(self, group: int, values: Floats, shares: Floats, inner: Floats, part: slice) -> Floats:
        """Scores of a group, shape `(draws, units)`."""
        tree, (leaves, others) = self.plan.tree, self.plan.members[group]
        first, logs = len(tree.indicators), tree.methods[group] == "geometric"
        found: Floats | float = 0.0
        if leaves:
            run = slice(leaves[0], leaves[-1] + 1) if leaves[-1] - leaves[0] == len(leaves) - 1 else leaves
            known = np.log(np.maximum(values[run], tree.floor)) if logs else values[run]
            found = shares[run][:, part].T @ known
        if others and group == len(tree.groups) - 1 and self.plan.inner is not None:
            parts = self._together(others, values, inner[:, :, part])
            weights = shares[[first + other for other in others], part]
            found = found + np.einsum("gdu,gd->du", np.log(np.maximum(parts, tree.floor)) if logs else parts, weights)
        else:
            for other in others:
                part_scores = self._sum(other, values, shares, inner, part)
                if logs:
                    part_scores = np.log(np.maximum(part_scores, tree.floor))
                found = found + part_scores * shares[first + other, part][:, None]
        return np.asarray(np.exp(found) if logs else found)

    def _together(self, others: list[int], values: Floats, inner: Floats) -> Floats:
        """Scores of several groups of indicators, shape `(groups, draws, units)`."""
        tree, rows = self.plan.tree, self.plan.inner
        known = values[rows]
        logs = np.array([tree.methods[other] == "geometric" for other in others])
        if logs.any():
            known[logs] = np.log(np.maximum(known[logs], tree.floor))
        found = np.matmul(inner.transpose(0, 2, 1), known)
        if logs.any():
            found[logs] = np.exp(found[logs])
        return np.asarray(found)


@lru_cache(maxsize=4096)
def _patterns(gaps: bytes, units: int) -> dict[bytes, NDArray[np.intp]]:
    """The units that lack the same; many matrices have the same gaps."""
    lacks = np.frombuffer(gaps, dtype=bool).reshape(units, -1)
    found: dict[bytes, list[int]] = {}
    for unit, some in enumerate(np.any(lacks, axis=1).tolist()):
        found.setdefault((~lacks[unit]).tobytes() if some else FULL, []).append(unit)
    return {pattern: np.array(places) for pattern, places in found.items()}
