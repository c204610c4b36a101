"""What surrounds every unit of a run: the others, its region, its cluster, the interval of its rank, its earlier results.

Computed once, used by every page that is about one unit. It draws nothing and writes nothing. A unit that is in no
register has no region; one that lacks a pillar has no cluster.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

from workbench import clusters
from workbench.history import Earlier, read_history
from workbench.provinces import PROVINCES
from workbench.refusals import Refused
from workbench.score_errors import half_width

if TYPE_CHECKING:
    from workbench.page import Page
    from workbench.scoring import Scores
    from workbench.text import Text

__all__ = ["Around"]


@dataclass(frozen=True, kw_only=True)
class Around:
    """A run as a unit sees it."""

    page: Page = field(repr=False)
    scores: Scores = field(repr=False)
    intervals: pd.DataFrame = field(repr=False)
    """rank_p05 and rank_p95 of each unit with a score."""
    clusters: pd.Series = field(repr=False)
    """Cluster of each clustered unit, 1 the highest; empty where units cannot be clustered."""
    regions: dict[str, Text]
    groups: dict[str, Text]
    """Administrative groups of provinces."""
    half: pd.Series = field(repr=False)
    """Half the 90 % interval of each index, NaN where no sampling error is known."""
    earlier: tuple[Earlier, ...] = ()

    @classmethod
    def of(cls, page: Page) -> Self:
        """Everything, from the results of *page*."""
        scores, known = page.scores, {province.iso: province for province in PROVINCES}
        there = [unit for unit in scores.table.index if unit in known] if scores.framework.unit.registry else []
        groups = {unit: known[unit].cluster_2559 for unit in there}
        return cls(
            page=page,
            scores=scores,
            intervals=page.uncertainty().ranks[["rank_p05", "rank_p95"]].dropna().astype(float),
            clusters=_clusters(page),
            regions={unit: known[unit].region6 for unit in there},
            groups={unit: group for unit, group in groups.items() if group is not None},
            half=half_width(scores),
            earlier=read_history(page.spec),
        )

    @cached_property
    def slugs(self) -> dict[str, str]:
        """The page of each unit: by its code in the register, else by its place among the ids; never by text from outside."""
        register = {province.iso for province in PROVINCES} if self.scores.framework.unit.registry else set()
        ordered = sorted(map(str, self.scores.table.index))
        return {unit: f"unit-{unit if unit in register else f'n{place:04d}'}" for place, unit in enumerate(ordered, start=1)}

    def address(self, unit: str) -> str:
        """Of the page of *unit*, for links."""
        return f"{self.slugs[unit]}.html"

    @cached_property
    def known(self) -> list[str]:
        """Units with a score, in rank order."""
        return [str(unit) for unit in self.scores.table.index[self.scores.index.notna()]]

    @cached_property
    def _cluster_of(self) -> dict[str, int]:
        return {str(unit): int(number) for unit, number in self.clusters.items()}

    def of_region(self, unit: str) -> list[str]:
        """Other units of the same region that have a score."""
        region = self.regions.get(unit)
        return [name for name in self.known if name != unit and region is not None and self.regions.get(name) == region]

    def of_cluster(self, unit: str) -> list[str]:
        """Other units of the same cluster."""
        of = self._cluster_of
        return [name for name in self.known if name != unit and of.get(name) == of[unit]] if unit in of else []

    def overlapping(self, unit: str) -> list[str]:
        """Other units whose rank interval overlaps that of *unit*."""
        if unit not in self.intervals.index:
            return []
        low, high = self.intervals.loc[unit]
        both = (self.intervals["rank_p05"] <= high) & (self.intervals["rank_p95"] >= low)
        return [str(name) for name in self.intervals.index[both] if name != unit]

    def compared(self, unit: str, other: str) -> str:
        """How the rank interval of *other* lies to that of *unit*: `overlapping`, `higher` (a better rank) or `lower`."""
        if unit not in self.intervals.index or other not in self.intervals.index:
            return "overlapping"
        (low, high), (first, last) = self.intervals.loc[unit], self.intervals.loc[other]
        return "higher" if last < low else "lower" if first > high else "overlapping"


def _clusters(page: Page) -> pd.Series:
    settings = page.spec.settings.clusters
    try:
        found = clusters.cluster(page.scores.pillars, index=page.scores.index, counts=settings.counts, seed=settings.seed)
    except Refused:
        return pd.Series(dtype=np.int64)
    return found.labels
