"""The index of many draws at once by matrix products.

Where a group's children are indicators, the weighted sums of all draws are one product of a matrix of weights and
a matrix of scores; groups of the same mean that lie inside each other are one sum; geometric means are sums of
logarithms. Where something is missing, the weights of what is there are renormalised first, once for all units that
lack the same. The rule for missing values is `means.enough`.

Draws under one tree whose matrices lack the same are worked off together, whatever their matrices are: only the products
themselves are one for each matrix, and all that follows is done for all of them at once.

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
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.aggregation import Tree

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Shares = tuple[Floats, Flags | None]
    """Share of every node in its sum, shape `(nodes, draws)`; draws with enough measured, None where all have."""
    Run = tuple["Products", int, int]
    """A matrix under a tree, the first of its draws and the first that is no longer its own."""

__all__ = ["Gaps", "Plan", "Products", "Weights", "index_of"]

SIMPLE = ("arithmetic", "geometric")
FULL = b""
"""The pattern of units without gaps."""
PORTION = 2**18
"""Numbers that are worked on at a time; a few such arrays fit the cache."""


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
    def members(self) -> tuple[tuple[slice | list[int], list[int]], ...]:
        """For each group: the indicators in its sum, and the groups in it that have another mean."""
        first = len(self.tree.indicators)
        leaves: list[list[int]] = []
        others: list[list[int]] = []
        for children in self.tree.children:
            own, apart = [child for child in children if child < first], []
            for child in (child - first for child in children if child >= first):
                if self.joined[child]:
                    own += leaves[child]
                    apart += others[child]
                else:
                    apart.append(child)
            leaves.append(sorted(own))
            others.append(apart)
        return tuple((_run(own), apart) for own, apart in zip(leaves, others, strict=True))

    @cached_property
    def exact(self) -> bool:
        """Whether some mean has no form as a sum, so that the kernel has to compute the index."""
        return not all(method in SIMPLE for method in self.tree.methods)

    @cached_property
    def in_logs(self) -> bool:
        """Whether some geometric mean is taken of indicators."""
        return any(method == "geometric" and _any(own) for method, (own, _) in zip(self.tree.methods, self.members, strict=True))

    @cached_property
    def inner(self) -> tuple[Inner | None, ...]:
        """For each group: the groups in it with another mean that hold indicators only, so that one product does them all."""
        found: list[Inner | None] = []
        for _, others in self.members:
            plain = [other for other in others if not self.members[other][1]]
            own = [np.arange(len(self.tree.indicators))[self.members[other][0]].tolist() for other in plain]
            size = max(map(len, own), default=0)
            rows = np.array([row + [-1] * (size - len(row)) for row in own])
            logs = np.array([self.tree.methods[other] == "geometric" for other in plain])
            found.append(Inner(plain, rows, logs) if plain else None)
        return tuple(found)

    @cached_property
    def children(self) -> tuple[slice | list[int], ...]:
        """The children of each group."""
        return tuple(_run(list(children)) for children in self.tree.children)

    def totals(self, weights: Floats) -> list[Floats]:
        """Sum of the weights of each group's children."""
        return [weights[place].sum(axis=0) for place in self.children]

    def shares(self, weights: Floats, totals: Sequence[Floats], there: Flags | None) -> Shares:
        """Share of every node in the sum it belongs to, where only the indicators *there* are measured."""
        first = len(self.tree.indicators)
        own, sums, known = (weights, totals, None) if there is None else self._measured(weights, totals, there)
        shares = np.empty_like(weights)
        for group in range(len(self.tree.groups) - 1, -1, -1):
            scale = _reciprocal(sums[group])
            if self.joined[group]:
                scale *= shares[first + group]
            place = self.children[group]
            if isinstance(place, slice):
                np.multiply(own[place], scale, out=shares[place])
            else:
                shares[place] = own[place] * scale
        return shares, known

    def _measured(self, weights: Floats, totals: Sequence[Floats], there: Flags) -> tuple[Floats, list[Floats], Flags | None]:
        """Weights with 0 for what is missing, the sum of each group, and the draws in which the index has enough."""
        tree, first = self.tree, len(self.tree.indicators)
        own, sums, known = weights.copy(), list(totals), None
        own[:first][~there] = 0.0
        lacks = np.append(~there, np.zeros(len(tree.groups), dtype=bool))
        for group, place in enumerate(self.children):
            known = None
            if lacks[place].any():
                sums[group] = own[place].sum(axis=0)
                known = enough(sums[group], totals[group], tree.minimum_coverage)
                own[first + group] *= known
                lacks[first + group] = not known.all()
        return own, sums, known


@dataclass(frozen=True)
class Inner:
    """Groups that hold indicators only."""

    groups: list[int]
    rows: NDArray[np.intp]
    """Their indicators, shape `(groups, most)`, padded with -1."""
    logs: Flags
    """Which of them are geometric."""


class Weights:
    """The weights of some draws under one tree, with their shares for every pattern of gaps."""

    def __init__(self, plan: Plan, weights: Floats) -> None:
        self.plan, self.weights = plan, weights
        self._shares: dict[bytes, Shares] = {}

    def shares(self, pattern: bytes) -> Shares:
        """Shares for units that lack what the pattern says; see `Gaps.patterns`."""
        if pattern not in self._shares:
            there = None if pattern == FULL else np.frombuffer(pattern, dtype=bool)
            self._shares[pattern] = self.plan.shares(self.weights, self._totals, there)
        return self._shares[pattern]

    @cached_property
    def _totals(self) -> list[Floats]:
        return self.plan.totals(self.weights)


@dataclass(frozen=True)
class Gaps:
    """What is not measured; matrices that lack the same share one."""

    lacks: Flags
    """Shape `(units, indicators)`."""

    @classmethod
    def of(cls, lacks: Flags) -> Gaps:
        """The same object for the same gaps."""
        return _gaps(lacks.tobytes(), lacks.shape)

    @cached_property
    def patterns(self) -> tuple[tuple[bytes, NDArray[np.intp]], ...]:
        """Units that lack the same: what is there, as bytes, which are empty for those without gaps; and the units."""
        found: dict[bytes, list[int]] = {}
        for unit, some in enumerate(np.any(self.lacks, axis=1).tolist()):
            found.setdefault((~self.lacks[unit]).tobytes() if some else FULL, []).append(unit)
        return tuple((pattern, np.array(units)) for pattern, units in found.items())

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """The units, those that lack the same beside each other."""
        return np.concatenate([units for _, units in self.patterns])


@dataclass(frozen=True)
class Products:
    """One matrix of indicator scores under one tree, ready for any weights."""

    filled: Floats
    """Scores of the indicators with 0 for what is not measured, shape `(indicators, units)`; units in `gaps.order`."""
    gaps: Gaps
    plan: Plan

    @classmethod
    def of(cls, values: Floats, plan: Plan) -> Products:
        """From scores of shape `(units, indicators)`; NaN is "not measured"."""
        return next(cls.each(values[None], plan))

    @classmethod
    def each(cls, values: Floats, plan: Plan) -> Iterator[Products]:
        """From several matrices, shape `(matrices, units, indicators)`."""
        lacks: Flags = np.isnan(values)
        filled = np.where(lacks, 0.0, values).transpose(0, 2, 1)
        for own, some in zip(lacks, filled, strict=True):
            gaps = Gaps.of(own)
            yield cls(np.ascontiguousarray(some[:, gaps.order]), gaps, plan)

    @property
    def family(self) -> tuple[int, int]:
        """The same for matrices that `index_of` takes together."""
        return id(self.plan), id(self.gaps)

    @property
    def values(self) -> Floats:
        """Scores of the indicators, shape `(units, indicators)`; NaN is "not measured"."""
        found = np.empty(self.gaps.lacks.shape)
        found[self.gaps.order] = self.filled.T
        found[self.gaps.lacks] = np.nan
        return found

    @cached_property
    def logs(self) -> Floats:
        """Logarithms of the scores, as `filled`."""
        return np.asarray(np.log(np.maximum(self.filled, self.plan.tree.floor)))

    def inner(self, group: int) -> Floats:
        """What the groups inside a group are sums of, shape `(groups, most, units)`; see `Plan.inner`."""
        if group not in self._inner:
            inside = self.plan.inner[group]
            assert inside is not None, "only groups with such groups in them are asked for"
            found = self.filled[inside.rows]
            if inside.logs.any():
                found[inside.logs] = self.logs[inside.rows[inside.logs]]
            self._inner[group] = found
        return self._inner[group]

    @cached_property
    def _inner(self) -> dict[int, Floats]:
        return {}

    def kernel(self, weights: Floats) -> Floats:
        """The index by the kernel, to the last bit what `score` gives; weights of shape `(nodes, draws)`."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return index_scores(self.values, self.plan.tree, np.ascontiguousarray(weights.T))

    def index(self, weights: Weights) -> Floats:
        """The index of every unit in all draws, to fifteen digits; see `index_of`."""
        return index_of([(self, 0, weights.weights.shape[1])], weights)


def index_of(runs: Sequence[Run], weights: Weights) -> Floats:
    """The index of every unit, to fifteen digits.

    Args:
        runs: Matrices with one plan and one `Gaps`, each with its draws, which follow each other.
        weights: Weights of the draws of all runs, under the same plan.

    Returns:
        Shape `(draws, units)`; NaN where too little is measured.
    """
    first, start, stop = runs[0][0], runs[0][1], runs[-1][2]
    if weights.plan.exact:
        return np.concatenate([products.kernel(weights.weights[:, begin:end]) for products, begin, end in runs])
    found, at = None, 0
    for pattern, units in first.gaps.patterns:
        shares, known = weights.shares(pattern)
        columns = slice(at, at + len(units))
        at += len(units)
        part = _sum(len(weights.plan.tree.groups) - 1, weights.plan, runs, shares, columns)
        if known is not None:
            part[~known[start:stop]] = np.nan
        if len(first.gaps.patterns) == 1:
            return part
        found = np.empty((stop - start, first.filled.shape[1])) if found is None else found
        found[:, units] = part
    assert found is not None, "there is at least one unit"
    return found


def _sum(group: int, plan: Plan, runs: Sequence[Run], shares: Floats, units: slice, *, log: bool = False) -> Floats:
    """Scores of a group, shape `(draws, units)`; their logarithms, at least that of the floor, when *log*."""
    tree, (leaves, others) = plan.tree, plan.members[group]
    logs, inner = tree.methods[group] == "geometric", plan.inner[group]
    start, stop = runs[0][1], runs[-1][2]
    if _any(leaves):
        found = np.empty((stop - start, units.stop - units.start))
        own = shares[leaves].T
        for products, begin, end in runs:
            known = (products.logs if logs else products.filled)[leaves, units]
            np.matmul(own[begin:end], known, out=found[begin - start : end - start])
    else:
        found = np.zeros((stop - start, units.stop - units.start))
    if inner is not None:
        _add_inner(found, group, plan, runs, shares, units)
    for other in others if inner is None else [other for other in others if other not in inner.groups]:
        part = _sum(other, plan, runs, shares, units, log=logs)
        part *= shares[len(tree.indicators) + other, start:stop, None]
        found += part
    return _scaled(found, tree.floor, given=logs, wanted=log)


def _scaled(values: Floats, floor: float, *, given: bool, wanted: bool) -> Floats:
    """Scores or their logarithms, as *given*, turned into what is *wanted*, in place; no logarithm of what was one before."""
    if wanted:
        return (
            np.maximum(values, np.log(floor), out=values) if given else np.log(np.maximum(values, floor, out=values), out=values)
        )
    return np.exp(values, out=values) if given else values


def _add_inner(found: Floats, group: int, plan: Plan, runs: Sequence[Run], shares: Floats, units: slice) -> None:
    """Add to a group's sum the groups inside it that hold indicators only, all in one product."""
    inner, tree, start = plan.inner[group], plan.tree, runs[0][1]
    assert inner is not None, "only groups with such groups in them are asked for"
    outer = shares[[len(tree.indicators) + other for other in inner.groups]]
    own = np.where((inner.rows >= 0)[..., None], shares[inner.rows], 0.0).transpose(0, 2, 1)
    most = max(PORTION // (len(inner.groups) * found.shape[1]), 1)
    for some in _portions(runs, most):
        low, high = some[0][1], some[-1][2]
        parts = np.empty((len(inner.groups), high - low, found.shape[1]))
        for products, begin, end in some:
            np.matmul(own[:, begin:end], products.inner(group)[:, :, units], out=parts[:, begin - low : end - low])
        for part, given in zip(parts, inner.logs, strict=True):
            _scaled(part, tree.floor, given=bool(given), wanted=tree.methods[group] == "geometric")
        found[low - start : high - start] += np.einsum("gdu,gd->du", parts, outer[:, low:high])


def _portions(runs: Sequence[Run], most: int) -> Iterator[list[Run]]:
    """The runs, cut where they are long, in portions of at most so many draws."""
    some: list[Run] = []
    room = most
    for products, first, last in runs:
        begin = first
        while begin < last:
            end = min(begin + room, last)
            some.append((products, begin, end))
            room -= end - begin
            begin = end
            if not room:
                yield some
                some, room = [], most
    if some:
        yield some


def _reciprocal(total: Floats) -> Floats:
    """One over the sum of some weights; 0 where everything was left out or is missing, whose own weight is 0 as well."""
    if total.min(initial=1.0) > 0:
        return np.asarray(1.0 / total)
    return np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)


def _run(places: list[int]) -> slice | list[int]:
    """Places that follow each other as a slice, which needs no copy."""
    if places and places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[-1] + 1)
    return places


def _any(places: slice | list[int]) -> bool:
    return isinstance(places, slice) or bool(places)


@lru_cache(maxsize=256)
def _gaps(lacks: bytes, shape: tuple[int, int]) -> Gaps:
    return Gaps(np.frombuffer(lacks, dtype=bool).reshape(shape))
