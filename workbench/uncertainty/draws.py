"""From uniform random numbers to the choices of draws.

Every factor owns some coordinates; a number uniform from 0 to 1 on each fixes its choice. Monte Carlo fills them
from counter-based streams keyed by (seed, factor, block); a quasi-random design fills them from its rows. Both come
here, so both mean the same.

Source: uniform weights on a simplex are normalised exponentials (Devroye 1986, Non-Uniform Random Variate
Generation, XI.4), not normalised uniforms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv

from workbench.uncertainty.spec import BandFactor, GoalpostFactor, LeaveOutFactor, RespondentFactor, WeightFactor, touched
from workbench.uncertainty.variants import DISCRETE, WINDOW, Variants, stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.aggregation import Tree
    from workbench.uncertainty.spec import Factor
    from workbench.uncertainty.variants import Setting

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

__all__ = ["BLOCK", "Draws", "Factors"]

BLOCK = 4096
"""Draws that share one random stream; small enough that a block's arrays stay in the cache."""
TINY = 2.0**-54
WIDE = 4
"""How often all numbered sets are used before blocks use `NARROW` of them in place of `WINDOW`."""
NARROW = 8


def _window(block: int, count: int) -> tuple[int, int]:
    """The first of the numbered sets that a block of draws uses, and how many it uses.

    The first blocks use many, so that few draws see all sets; when each set has been used some times, the blocks that
    follow use fewer and have more draws of each.
    """
    wide = WIDE * -(-count // WINDOW)
    return (block * WINDOW, WINDOW) if block < wide else ((block - wide) * NARROW, NARROW)


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Some draws, each with its choice of every factor."""

    size: int
    picks: Mapping[str, Codes]
    """For kinds in `DISCRETE` that vary: which choice, shape `(draws,)`."""
    weights: tuple[tuple[WeightFactor, Floats], ...]
    """For each factor of weights what the weights are multiplied by, or the weights; shape `(elements, draws)`."""
    left_out: Codes | None
    """0 for nothing, else the place of the element left out, from 1."""
    cuts: Floats
    """Shifts of the bands' minima, shape `(draws, bands)`, or one row where they are fixed."""


class Factors:
    """The factors of one analysis as coordinates."""

    def __init__(self, variants: Variants) -> None:
        self.variants, self.spec, self.seed = variants, variants.spec, variants.seed
        self.framework, self.tree = variants.scores.framework, variants.scores.tree
        self._touched: dict[str, list[str]] = {}
        self._settings: dict[tuple[tuple[str, ...], int], Setting] = {}
        self._found: dict[tuple[str, tuple[str, ...]], tuple[slice | list[int], list[int]]] = {}
        self.place = {name: position for position, name in enumerate(self.tree.nodes)}

    @cached_property
    def options(self) -> dict[str, tuple[str, ...]]:
        """What each kind of discrete factor chooses from."""
        return {kind: self.variants.choices(kind) for kind in DISCRETE}

    @cached_property
    def elements(self) -> tuple[str, ...]:
        """What may be left out."""
        factor = self.spec.of("leave_out")
        if not isinstance(factor, LeaveOutFactor):
            return ()
        if factor.level == "pillar":
            return tuple(node.id for node in self.framework.pillars)
        return self.tree.indicators

    def coordinates(self, factor: Factor) -> int:
        """How many uniform numbers fix the factor's choice."""
        if isinstance(factor, WeightFactor):
            return len(factor.ratings) if factor.distribution == "experts" else len(self._names(factor))
        return len(self.framework.bands) if isinstance(factor, BandFactor) else 1

    def _names(self, factor: WeightFactor) -> list[str]:
        """The elements whose weights the factor changes, in the order of the tree."""
        if factor.id not in self._touched:
            self._touched[factor.id] = sorted(touched(factor, self.framework), key=self.place.__getitem__)
        return self._touched[factor.id]

    def levels(self, factor: Factor) -> int | None:
        """How many choices a factor has; None where they are a continuum."""
        if isinstance(factor, WeightFactor | BandFactor):
            return None
        return len(self.elements) + 1 if isinstance(factor, LeaveOutFactor) else len(self.options[factor.kind])

    def uniform(self, factor: Factor, number: int, size: int = BLOCK) -> Floats:
        """The factor's numbers in the first *size* draws of a block, shape `(coordinates, size)`."""
        return stream(self.seed, f"{factor.kind}:{factor.id}", number).random((self.coordinates(factor), BLOCK))[:, :size]

    def block(self, number: int, size: int = BLOCK) -> Draws:
        """The first *size* draws of a block."""
        return self.draws({item.id: self.uniform(item, number, size) for item in self.spec.factors}, size, block=number)

    def draws(self, uniform: Mapping[str, Floats], size: int, block: int | None = None) -> Draws:
        """The draws that uniform numbers stand for.

        Args:
            uniform: By factor id, shape `(coordinates, draws)`; a factor that is not there stays as published.
            size: Number of draws.
            block: Within a block of Monte Carlo, sets of respondents and goalposts come from a window that moves on with
                the block, so that draws share their matrices.
        """
        given = [factor for factor in self.spec.factors if factor.id in uniform]
        picks: dict[str, Codes] = {
            item.kind: self._pick(item, uniform[item.id][0], block) for item in given if item.kind in DISCRETE
        }
        if block is not None and {"respondents", "goalposts"} <= set(picks):
            picks["goalposts"] = self._by_slot(picks["respondents"], block)
        left = next((uniform[item.id][0] for item in given if isinstance(item, LeaveOutFactor)), None)
        bands = next((item for item in given if isinstance(item, BandFactor)), None)
        return Draws(
            size=size,
            picks=picks,
            weights=tuple((item, self._weights(item, uniform[item.id])) for item in given if isinstance(item, WeightFactor)),
            left_out=None if left is None else (left * (len(self.elements) + 1)).astype(np.int64),
            cuts=np.zeros((1, 1)) if bands is None else bands.spread * (2.0 * uniform[bands.id].T - 1.0),
        )

    def _pick(self, factor: Factor, uniform: Floats, block: int | None) -> Codes:
        count = len(self.options[factor.kind])
        if block is not None and isinstance(factor, RespondentFactor | GoalpostFactor) and count > WINDOW:
            first, size = _window(block, count)
            return np.asarray((first + (uniform * size).astype(np.int64)) % count)
        return (uniform * count).astype(np.int64)

    def _by_slot(self, respondents: Codes, block: int) -> Codes:
        """One set of goalposts for each resampled survey of the block: a matrix for each pair would be too many."""
        count = len(self.options["goalposts"])
        return stream(self.seed, "pairs", block).integers(count, size=len(self.options["respondents"]))[respondents]

    def _weights(self, factor: WeightFactor, uniform: Floats) -> Floats:
        names = self._names(factor)
        given = self.tree.weights[[self.place[name] for name in names]]
        if factor.distribution == "experts":
            rated = np.array([[ratings[name] for name in names] for ratings in factor.ratings.values()])
            chosen = (uniform * len(rated)).astype(np.int64)
            return np.asarray(sum(rated[row].T for row in chosen) / len(rated))
        if factor.distribution == "ignorance":
            return np.asarray(-np.log(np.maximum(uniform, TINY)) * (given > 0)[:, None])
        if factor.distribution == "dirichlet":
            return self._dirichlet(factor, names, given, uniform)
        found = uniform * (2.0 * (factor.spread or 0.0))
        found += 1.0 - (factor.spread or 0.0)
        return found

    def _dirichlet(self, factor: WeightFactor, names: list[str], given: Floats, uniform: Floats) -> Floats:
        """Gamma variates with the shares in the group times the concentration as shapes."""
        parents = [self.framework.parent(name) for name in names]
        totals = {parent: sum(w for w, p in zip(given, parents, strict=True) if p == parent) for parent in parents}
        shapes = np.array([w / totals[p] if totals[p] else 0.0 for w, p in zip(given, parents, strict=True)])
        shapes *= factor.concentration or 1.0
        return np.where(shapes[:, None] > 0, gammaincinv(np.maximum(shapes, TINY)[:, None], uniform), 0.0)

    def settings(self, draws: Draws) -> tuple[Codes, list[Setting]]:
        """The combination of every draw, as a place in the list that comes with it."""
        code = np.zeros(draws.size, dtype=np.int64)
        for kind in draws.picks:
            code = code * len(self.options[kind]) + draws.picks[kind]
        codes, inverse = np.unique(code, return_inverse=True)
        return inverse, [self._setting(tuple(draws.picks), number) for number in codes.tolist()]

    def _setting(self, kinds: tuple[str, ...], number: int) -> Setting:
        """The combination with this number; found once, for thousands come in every block."""
        key = (kinds, number)
        if key not in self._settings:
            choices = {}
            for kind in reversed(kinds):
                number, choice = divmod(number, len(self.options[kind]))
                choices[kind] = self.options[kind][choice]
            self._settings[key] = self.setting(choices)
        return self._settings[key]

    @staticmethod
    def setting(choices: Mapping[str, str]) -> Setting:
        """The combination of these choices, all else as published."""
        return tuple(choices.get(kind, "as_given") for kind in DISCRETE)

    def weights(self, draws: Draws, rows: Codes, tree: Tree) -> Floats:
        """Weights of all nodes of *tree* in some of the draws, shape `(nodes, rows)`."""
        found = np.empty((len(tree.nodes), len(rows)))
        found[:] = tree.weights[:, None]
        # Neighbouring draws, as where they all share one combination, need no copy.
        run = bool((rows[1:] - rows[:-1] == 1).all())
        some: slice | Codes = slice(int(rows[0]), int(rows[-1]) + 1) if run else rows
        for factor, drawn in draws.weights:
            at, kept = self._places(factor, tree)
            part = drawn[:, some] if len(kept) == len(drawn) else drawn[kept][:, some]
            if factor.distribution == "uniform":
                found[at] *= part
            else:
                found[at] = part
        if draws.left_out is not None:
            found *= self._kept(tree)[:, draws.left_out[rows]]
        return found

    def _places(self, factor: WeightFactor, tree: Tree) -> tuple[slice | list[int], list[int]]:
        """Where in *tree* the elements of a factor stand, and which of them do; found once."""
        key = (factor.id, tree.nodes)
        if key not in self._found:
            own = {name: position for position, name in enumerate(tree.nodes)}
            names = self._names(factor)
            kept = [position for position, name in enumerate(names) if name in own]
            at = [own[names[position]] for position in kept]
            run = at == list(range(at[0], at[0] + len(at))) if at else False
            self._found[key] = (slice(at[0], at[-1] + 1) if run else at, kept)
        return self._found[key]

    def _kept(self, tree: Tree) -> Floats:
        """1 where a node stays, shape `(nodes, 1 + elements)`: an element takes along groups that hold nothing else."""
        kept = np.ones((len(tree.nodes), len(self.elements) + 1))
        first = len(tree.indicators)
        for column, name in enumerate(self.elements, start=1):
            if name not in tree.nodes:
                continue
            kept[tree.nodes.index(name), column] = 0.0
            for group, children in enumerate(tree.children[:-1]):
                if not (kept[list(children), column] * tree.weights[list(children)]).any():
                    kept[first + group, column] = 0.0
        return kept
