"""Scores and counts of blocks of draws.

Draws of a block are sorted by their discrete choices; those that share them are one product. What is kept of a block
are counts, which add up in any order, and sums of scores, which are added in the order of the blocks. So results do
not depend on how the blocks are spread over threads, processes or machines, and memory does not grow with the draws.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

from workbench.aggregation import rank
from workbench.uncertainty.clustering import SHARED, SetSums
from workbench.uncertainty.draws import BLOCK, Draws, Factors
from workbench.uncertainty.products import Weights, index_of
from workbench.uncertainty.ranking import MANY, add_ones, count_ranks, sort_scores
from workbench.uncertainty.variants import DISCRETE, Variants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.scoring import Scores
    from workbench.uncertainty.products import Products, Run
    from workbench.uncertainty.spec import Spec
    from workbench.uncertainty.variants import Setting

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]
    Strip = tuple[Floats, Counts, list[Run]]

__all__ = ["BINS", "Engine", "Tally"]

STRIP = 2**17
"""Scores that are worked on at a time; a few such arrays fit the cache."""
LONG_STRIP = 2**19
"""The same where draws have several combinations: long, so that what is done once for many is done seldom."""
FEWEST = 256
"""Draws of a strip at least: fewer would touch the counts of many units too seldom for the cache."""
BINS = 1001
"""Classes of the index: tenths of a point from 0 to 100."""


@dataclass
class Tally:
    """What is kept of the draws; rows are units."""

    ranks: Counts
    """How often each unit had each rank, shape `(units, ranks)`."""
    bands: Counts
    scores: Counts
    """How often the index lay in each tenth of a point, shape `(units, BINS)`."""
    moments: list[tuple[int, Floats]] = field(default_factory=list)
    """By block: sums of what the index differs from the published one, and of its square, shape `(2, units)`."""
    sets: dict[str, SetSums] = field(default_factory=dict)
    """For kinds of factors whose choices many draws share: sums by set."""
    failed: Counter[str] = field(default_factory=Counter)
    draws: int = 0

    def add(self, other: Tally) -> None:
        """Add other draws."""
        self.ranks += other.ranks
        self.bands += other.bands
        self.scores += other.scores
        self.moments += other.moments
        for kind, sums in other.sets.items():
            self.sets[kind].add(sums)
        self.failed += other.failed
        self.draws += other.draws


class Engine:
    """One analysis, ready to draw."""

    def __init__(self, scores: Scores, spec: Spec, seed: int) -> None:
        self.scores, self.spec, self.seed = scores, spec, seed
        self.framework = scores.framework
        self.variants = Variants(scores, spec, seed)
        self.factors = Factors(self.variants)
        self.units = self.variants.units
        # Shares are counted by whole ranks, so a mean rank of ties becomes the better one.
        self.ties = "dense" if self.framework.method.ties == "dense" else "competition"
        self.minima = np.array([band.minimum for band in self.framework.bands])
        self.published = rank(scores.index[self.units].to_numpy(), self.ties)
        self._alike()

    def _alike(self) -> None:
        """Units that are alike in every value tie in every draw: one stands for all of them."""
        prepared = self.scores.prepared
        table = np.hstack([frame.loc[self.units].to_numpy(dtype=float) for frame in (prepared.raw, prepared.values)])
        alone = self.spec.of("respondents") is not None or self.spec.of("edition") is not None
        alone = alone or any(method not in _PLAIN for method in self.scores.tree.methods)
        rows = [str(number) if alone else row.tobytes() for number, row in enumerate(table)]
        first: dict[str | bytes, int] = {}
        of = [first.setdefault(row, len(first)) for row in rows]
        self.stands = np.array(of)
        self.heads = np.unique(self.stands, return_index=True)[1]
        self.copies = np.bincount(self.stands) if len(first) < len(rows) else None
        self.several = self.copies if self.ties == "competition" else None
        self.variants.rows = self.heads
        self.centre = self.scores.index[self.units].to_numpy()[self.heads]

    def tally(self, number: int, size: int = BLOCK) -> Tally:
        """Draw one block and count."""
        found = self.empty()
        sums = np.zeros((2, len(self.heads)))
        draws = self.factors.block(number, size)
        # Bands that begin at whole tenths are put together from the tenths.
        edges = self.edges if len(draws.cuts) == 1 else None
        for scores, rows, runs in self._strips(draws, found.failed):
            if len(rows):
                done = sort_scores(scores)
                exact = list(self._exact(done.close, rows, runs, draws))
                count_ranks(found.ranks, done, [part for _, part in exact], self.several)
                self._count_scores(scores, done.span, found)
                if edges is None:
                    self._count_bands(scores, draws.cuts if len(draws.cuts) == 1 else draws.cuts[rows], found)
                # From the published index: squares of the scores themselves would hide a small spread.
                known = scores - self.centre
                known = np.nan_to_num(known) if np.isnan(done.span[0]) else known
                sums += known.sum(axis=0), np.einsum("du,du->u", known, known)
                for kind, sets in found.sets.items():
                    sets.count(draws.picks[kind][rows], known, done.order, done.places(self.several), exact)
        if edges is not None:
            found.bands += np.add.reduceat(found.scores, edges, axis=1, dtype=np.int64)
        found.moments.append((number, sums))
        found.draws = size
        return found

    @property
    def sets(self) -> dict[str, int]:
        """How many numbered sets there are of each kind whose sets are shared by draws."""
        return {kind: len(self.factors.options[kind]) for kind in SHARED if self.spec.of(kind)}

    def empty(self) -> Tally:
        """Counts of no draw; the units that stand for others only."""
        heads, units = len(self.heads), len(self.units)
        kind = np.int64 if units < MANY else np.uint32
        return Tally(
            ranks=np.zeros((heads, units), dtype=kind),
            bands=np.zeros((heads, len(self.minima)), dtype=np.int64),
            scores=np.zeros((heads, BINS), dtype=np.int64 if units < MANY else np.uint32),
            sets={kind: SetSums.empty(count, heads) for kind, count in self.sets.items()},
        )

    def results(self, draws: Draws) -> tuple[Floats, Floats]:
        """The index and the ranks of all units in each draw, both of shape `(draws, units)`; NaN where a draw failed."""
        index, ranks = (np.full((draws.size, len(self.units)), np.nan) for _ in range(2))
        for scores, rows, runs in self._strips(draws, Counter()):
            if len(rows):
                index[rows] = scores[:, self.stands]
                ranks[rows] = self._ranks(scores, rows, runs, draws)[:, self.stands]
        return index, ranks

    def _strips(self, draws: Draws, failed: Counter[str]) -> Iterator[Strip]:
        """The draws in strips, those of one combination beside each other: scores, numbers of the draws, what made them."""
        codes, settings = self.factors.settings(draws)
        found = [self.variants.of(setting) for setting in settings]
        for place, products in enumerate(found):
            if products is None:
                failed[self.describe(settings[place])] += int((codes == place).sum())
        # Families are numbered as they come, so that the order, and with it the last bits of sums, is the same everywhere.
        numbers: dict[tuple[int, int] | None, int] = {}
        families = np.array([numbers.setdefault(products.family if products else None, len(numbers)) for products in found])
        order = np.lexsort((codes, families[codes])) if len(settings) > 1 else np.arange(draws.size)
        order = order[np.array([products is not None for products in found])[codes[order]]]
        most = max((STRIP if len(settings) == 1 else LONG_STRIP) // len(self.units), FEWEST)
        for start in range(0, len(order), most):
            rows = order[start : start + most]
            runs = self._runs(found, codes[rows])
            yield self._scored(draws, rows, runs), rows, runs

    @staticmethod
    def _runs(found: list[Products | None], codes: Counts) -> list[Run]:
        """What made the draws of a strip, with the first draw of each and the first that is no longer its own."""
        ends = (np.flatnonzero(codes[1:] != codes[:-1]) + 1).tolist()
        runs = []
        for first, end in pairwise([0, *ends, len(codes)]):
            products = found[codes[first]]
            assert products is not None, "draws that failed were left out"
            runs.append((products, first, end))
        return runs

    def _scored(self, draws: Draws, rows: Counts, runs: list[Run]) -> Floats:
        """The index in the draws of a strip."""
        if not draws.weights:
            return np.concatenate([self._listed(draws, rows[first:end], products) for products, first, end in runs])
        parts = []
        for _, family in groupby(runs, key=lambda run: run[0].family):
            own = list(family)
            first, end = own[0][1], own[-1][2]
            weights = Weights(own[0][0].plan, self.factors.weights(draws, rows[first:end], own[0][0].plan.tree))
            parts.append(index_of([(products, begin - first, stop - first) for products, begin, stop in own], weights))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _listed(self, draws: Draws, rows: Counts, products: Products) -> Floats:
        """Where nothing varies but choices from lists: the kernel, once for each."""
        left = np.zeros(len(rows)) if draws.left_out is None else draws.left_out[rows]
        _, once, again = np.unique(left, return_index=True, return_inverse=True)
        return products.kernel(self.factors.weights(draws, rows[once], products.plan.tree))[again]

    def _exact(self, close: Counts, rows: Counts, runs: list[Run], draws: Draws) -> Iterator[tuple[Counts, Floats]]:
        """Ranks of some draws of a strip from the kernel's own scores, by combination: their places, and the ranks."""
        for products, first, end in runs if len(close) else ():
            places = close[(close >= first) & (close < end)]
            if len(places):
                scores = products.kernel(self.factors.weights(draws, rows[places], products.plan.tree))
                yield places, rank(scores[:, self.stands], self.ties)[:, self.heads]

    def _ranks(self, scores: Floats, rows: Counts, runs: list[Run], draws: Draws) -> Floats:
        done = sort_scores(scores)
        ranks = np.empty(scores.shape)
        np.put_along_axis(ranks, done.order, done.places(self.several) + 1.0, axis=1)
        for places, exact in self._exact(done.close, rows, runs, draws):
            ranks[places] = exact
        return ranks

    @cached_property
    def edges(self) -> list[int] | None:
        """The tenths of a point at which the bands begin; None where one begins between two.

        A band from 62.5 begins with tenth 625. Ten times a score is rounded, but never across such an edge: halves of a
        point are exact, and below each the next number is too far away.
        """
        tenths = self.minima * 10.0
        whole = bool(np.all((tenths % 5 == 0) & (tenths >= 0) & (tenths < BINS)) and np.all(np.diff(tenths) > 0))
        return [0, *(int(tenth) for tenth in tenths[1:])] if whole else None

    @staticmethod
    def _count_scores(scores: Floats, span: tuple[float, float], found: Tally) -> None:
        heads = scores.shape[1]
        tenths = scores * 10.0
        if not (span[0] >= 0.0 and span[1] < BINS / 10.0):
            tenths = np.clip(np.nan_to_num(tenths), 0.0, BINS - 1.0)
        cells = tenths.astype(np.int64)
        cells += np.arange(0, heads * BINS, BINS)
        if np.isnan(span[0]):
            add_ones(found.scores, cells[~np.isnan(scores)])
        else:
            add_ones(found.scores, (cells.T if heads >= MANY else cells).ravel())

    def _count_bands(self, scores: Floats, cuts: Floats, found: Tally) -> None:
        """Bands by their own limits, which differ from draw to draw or lie between two tenths."""
        reached = [np.count_nonzero(~np.isnan(scores), axis=0)]
        for band in range(1, len(self.minima)):
            limit = self.minima[band] + (cuts[:, band] if cuts.shape[1] > 1 else 0.0)
            reached.append(np.count_nonzero(scores >= np.reshape(limit, (-1, 1)), axis=0))
        found.bands += np.stack([*(lower - upper for lower, upper in pairwise(reached)), reached[-1]], axis=1)

    def describe(self, setting: Setting) -> str:
        """A combination in words."""
        return ", ".join(f"{kind} {choice}" for kind, choice in zip(DISCRETE, setting, strict=True) if choice != "as_given")


_PLAIN = ("arithmetic", "geometric", "harmonic")
