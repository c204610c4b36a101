"""The result of drawing: the distribution of every unit's rank, score and band, with the error of every figure.

Everything follows from counts, so nothing here draws. Frames are indexed by unit in the order of the published ranks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import Fault, WorkbenchError, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.text import Text
    from workbench.uncertainty.spec import Spec

    Floats = NDArray[np.float64]

__all__ = ["Uncertainty", "half_widths", "summary"]

SIGMA = 1.959963984540054
"""Standard errors on either side of a figure for 95 %."""
ENDS = (0.05, 0.95)
ROWS = 2**20
"""Shares that are added up at a time."""


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """The distribution of every unit's rank. Frames are indexed by unit, in the order of the published ranks."""

    spec: Spec
    draws: int
    seed: int
    ranks: pd.DataFrame
    """rank, rank_mean, rank_p05, rank_median, rank_p95."""
    rank_shares: pd.DataFrame
    """Share of the draws in which the unit has each rank, columns 1 to the number of units."""
    effects: pd.DataFrame
    """factor, choice, mean_rank_shift, max_rank_shift, units_moved: each choice alone, all else as published."""
    unranked: pd.Series
    """Share of the draws in which a unit had no index, because too little of it was measured under that choice."""
    bands: pd.DataFrame
    """Share of the draws in which the unit's index lies in each band, columns the bands' ids."""
    scores: pd.DataFrame
    """index (published), index_mean, index_sd, index_p05, index_median, index_p95; percentiles to a tenth of a point."""
    design_effects: pd.DataFrame | None = None
    """How many times the variance of a mean `rank` and `index` is that of independent draws; None where they are."""
    failed: Mapping[str, int] = field(default_factory=dict)
    """Draws that could not be computed, by their setting; they are in no share."""
    notices: tuple[Text, ...] = ()
    names: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """What the units are called."""
    synthetic: bool = False
    """Made from synthetic data."""

    def _repr_html_(self) -> str:
        from workbench.cards import uncertainty_card  # noqa: PLC0415  (only a notebook asks)

        return uncertainty_card(self)

    def _ipython_key_completions_(self) -> list[str]:
        return [str(unit) for unit in self.ranks.index]

    def __getitem__(self, unit: str) -> pd.Series:
        """The ranks of one unit."""
        if unit not in self.ranks.index:
            fix = suggestion(unit, map(str, self.ranks.index)) or "name a unit that was ranked."
            raise WorkbenchError(Fault(problem=f"there is no unit `{unit}`.", fix=fix))
        return self.ranks.loc[unit]

    def to_frame(self) -> pd.DataFrame:
        """The ranks and the share of the draws in which a unit had none."""
        return self.ranks.join(self.unranked.rename("unranked"))

    @property
    def counted(self) -> pd.Series:
        """Draws in which each unit had a rank."""
        return ((1.0 - self.unranked) * self.draws).round()

    def quantile(self, share: float) -> pd.Series:
        """The smallest rank that at least *share* of the draws do not exceed."""
        return quantile(self.rank_shares, share)

    def interval(self, confidence: float = 0.90) -> pd.DataFrame:
        """Columns `low` and `high`: the central interval that holds the rank in this share of the draws."""
        tail = (1.0 - confidence) / 2
        return pd.DataFrame({"low": self.quantile(tail), "high": self.quantile(1.0 - tail)})

    def top(self, places: int) -> pd.Series:
        """Share of the draws in which each unit is among the best *places*."""
        return self.rank_shares.loc[:, :places].sum(axis=1)

    @property
    def errors(self) -> pd.DataFrame:
        """Monte-Carlo error: half-widths of 95 % intervals.

        Columns `rank_mean`, `rank_p05`, `rank_median`, `rank_p95` (in ranks), `index_mean` (in points) and `share` (of any
        share or probability, at worst). Draws that share a resampled survey count for less; see `clustering`.
        """
        counted, worth = self._worth("rank"), self._worth("index")
        ranks = self.rank_shares.columns.to_numpy(dtype=float)
        shares = self.rank_shares.to_numpy()
        variance = np.maximum(shares @ ranks**2 - (shares @ ranks) ** 2, 0.0)
        found = {"rank_mean": SIGMA * np.sqrt(variance / counted)}
        for name, share in (("rank_p05", ENDS[0]), ("rank_median", 0.5), ("rank_p95", ENDS[1])):
            found[name] = half_widths(self.rank_shares, counted, share)
        found["index_mean"] = SIGMA * self.scores["index_sd"].to_numpy() / np.sqrt(worth)
        found["share"] = SIGMA * 0.5 / np.sqrt(np.minimum(counted, worth))
        return pd.DataFrame(found, index=self.ranks.index)

    def _worth(self, what: str) -> Floats:
        """How many independent draws each unit's draws are worth."""
        counted = np.maximum(self.counted.to_numpy(), 1.0)
        return np.asarray(counted if self.design_effects is None else counted / self.design_effects[what].to_numpy())


def quantile(shares: pd.DataFrame, share: float) -> pd.Series:
    """The smallest column at which the rows' shares add up to at least *share*."""
    if not 0 < share < 1:
        raise WorkbenchError(Fault(problem=f"a quantile of {share} was asked for.", allowed="above 0 and below 1"))
    return pd.Series(_quantiles(shares, (share,))[0], index=shares.index)


def _quantiles(shares: pd.DataFrame, wanted: tuple[float, ...]) -> list[NDArray[np.int64]]:
    """The smallest columns at which the rows' shares add up to at least each of *wanted*."""
    table, columns = shares.to_numpy(), shares.columns.to_numpy()
    found = [np.empty(len(table), dtype=columns.dtype) for _ in wanted]
    rows = max(ROWS // max(table.shape[1], 1), 1)
    for start in range(0, len(table), rows):
        reached = table[start : start + rows].cumsum(axis=1)
        for share, one in zip(wanted, found, strict=True):
            # The tolerance keeps a sum of shares that should be exactly the quantile from falling short by rounding.
            one[start : start + rows] = columns[(reached >= share - 1e-12).argmax(axis=1)]
    return found


def half_widths(shares: pd.DataFrame, counted: Floats, share: float) -> Floats:
    """Half the distance between the quantiles at the ends of the binomial interval around *share*, in ranks.

    Source: distribution-free intervals for quantiles, Conover (1999), Practical Nonparametric Statistics, 3.2.
    """
    reach = SIGMA * np.sqrt(share * (1.0 - share) / counted)
    sums = shares.to_numpy().cumsum(axis=1)
    low, high = (
        (sums >= np.clip(share + sign * reach, 1e-12, 1.0 - 1e-12)[:, None] - 1e-12).argmax(axis=1) for sign in (-1.0, 1.0)
    )
    return np.asarray((high - low) / 2.0)


def summary(shares: pd.DataFrame, published: Floats) -> pd.DataFrame:
    """Published rank, mean, median and 90 % interval of the ranks."""
    mean = shares.to_numpy() @ shares.columns.to_numpy(dtype=float)
    names = ("rank_p05", "rank_median", "rank_p95")
    quantiles = dict(zip(names, _quantiles(shares, (ENDS[0], 0.5, ENDS[1])), strict=True))
    whole = bool(np.all(published % 1 == 0))
    ranks = published.astype(int) if whole else published
    return pd.DataFrame({"rank": ranks, "rank_mean": mean, **quantiles}, index=shares.index)
