"""Who beats whom: the share of the draws in which one unit has more than another, and groups nobody can order.

Pairs are drawn anew from the streams of the analysis, so that drawing a million scenarios need not compare them all.
A comparison is `proven` when it holds in at least the stated share of the draws, and the share's own error is beyond
doubt. Refuses more units than a matrix of pairs can show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.errors import Fault, WorkbenchError
from workbench.uncertainty.clustering import SetSums, design_effect
from workbench.uncertainty.draws import BLOCK
from workbench.uncertainty.engine import Engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.scoring import Scores
    from workbench.uncertainty.spec import Spec

    Floats = NDArray[np.float64]

__all__ = ["Pairs", "pairwise"]

LARGEST = 1000
SLICE = 250
"""Draws whose comparisons are added up in one byte."""
SIGMA = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Comparisons of all units with each other; frames are units by units in the order of the published ranks."""

    beats: pd.DataFrame
    """Share of the draws in which the row's unit ranks better than the column's; equal ranks count for neither."""
    draws: int
    design_effects: pd.Series | None = None
    """By unit, of its mean rank; None where draws are independent. See `clustering`."""

    @property
    def error(self) -> float:
        """Half-width of the 95 % interval of a share, at worst."""
        return float(SIGMA * 0.5 / np.sqrt(self._worth().min()))

    def _worth(self) -> Floats:
        """How many independent draws each comparison is worth, units by units: the larger design effect of the two counts."""
        size = len(self.beats)
        if self.design_effects is None:
            return np.full((size, size), float(self.draws))
        effects = self.design_effects.to_numpy()
        return np.asarray(self.draws / np.maximum(effects[:, None], effects))

    def different(self, confidence: float = 0.95) -> pd.DataFrame:
        """True where one of the two is better in at least this share of the draws, its Monte-Carlo error allowed for."""
        share = np.maximum(self.beats.to_numpy(), self.beats.to_numpy().T)
        # Wilson's lower limit (1927, JASA 22): a share of 1 is only as sure as the draws are many.
        worth = self._worth()
        part = SIGMA**2 / worth
        spread = SIGMA * np.sqrt(share * (1.0 - share) / worth + part / (4.0 * worth))
        found = (share + part / 2.0 - spread) / (1.0 + part) >= confidence
        np.fill_diagonal(found, val=False)
        return pd.DataFrame(found, index=self.beats.index, columns=self.beats.columns)

    def groups(self, confidence: float = 0.95) -> pd.Series:
        """Groups of neighbours that cannot be told apart, numbered from 1 at the top.

        A group is begun by the best unit left and holds those that follow until one is different from any in it.
        """
        different = self.different(confidence).to_numpy()
        numbers, members = [], [0]
        group = 1
        for unit in range(len(different)):
            if different[unit, members].any():
                group, members = group + 1, [unit]
            elif unit:
                members.append(unit)
            numbers.append(group)
        return pd.Series(numbers, index=self.beats.index, name="group")


def pairwise(scores: Scores, spec: Spec, *, draws: int = 20_000, seed: int = 0) -> Pairs:
    """Compare all units with each other.

    Args:
        scores: The published result.
        spec: The factors of uncertainty.
        draws: The first ones of the same streams as `simulate` with this seed.
        seed: Any whole number of 0 or more.

    Raises:
        WorkbenchError: there are more than a thousand units, or no draws.
    """
    if draws < 1:
        raise WorkbenchError(Fault(problem=f"`draws` is {draws}.", allowed="1 or more", fix="ask for at least one draw."))
    engine = Engine(scores, spec, seed)
    size = len(engine.units)
    if size > LARGEST:
        problem = f"{size:,} units make {size * size:,} pairs."
        raise WorkbenchError(Fault(problem=problem, allowed=f"at most {LARGEST} units", fix="compare a part of the units."))
    wins, counted = np.zeros((size, size), dtype=np.int64), 0
    sets, moments = {kind: SetSums.empty(count, size) for kind, count in engine.sets.items()}, np.zeros((2, size))
    with threadpool_limits(limits=1, user_api="blas"):
        for number in range(-(-draws // BLOCK)):
            block = engine.factors.block(number, min(BLOCK, draws - number * BLOCK))
            ranks = engine.results(block)[1]
            known = ~np.isnan(ranks).all(axis=1)
            ranks = np.nan_to_num(ranks[known], nan=size + 1)
            for kind, sums in sets.items():
                sums.count_ranks(block.picks[kind][known], ranks)
            moments += ranks.sum(axis=0), (ranks**2).sum(axis=0)
            counted += len(ranks)
            _add_wins(wins, ranks.astype(np.int16))
    mean, square = moments / max(counted, 1)
    effects = 1.0 + sum(design_effect(sums.ranks, sums.counts, square - mean**2) - 1.0 for sums in sets.values())
    return Pairs(
        beats=pd.DataFrame(wins / max(counted, 1), index=engine.units, columns=engine.units),
        draws=counted,
        design_effects=pd.Series(effects, index=engine.units) if sets else None,
    )


def _add_wins(wins: NDArray[np.int64], ranks: NDArray[np.int16]) -> None:
    """Add in how many of these draws the row's unit ranks better than the column's."""
    for start in range(0, len(ranks), SLICE):
        part = np.ascontiguousarray(ranks[start : start + SLICE])
        for unit in range(len(wins)):
            wins[unit] += np.add.reduce((part[:, unit : unit + 1] < part).view(np.uint8), axis=0, dtype=np.uint8)
