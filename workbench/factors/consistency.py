"""Beyond Cronbach's alpha: its interval, McDonald's omega, and all ways to split a scale in halves.

Alpha is right only when every indicator of a pillar reflects it alike; omega lets them differ, and its
hierarchical form says how much of a total is one general thing and not the groups within it.

Sources: Feldt, Psychometrika 30 (1965) 357-370; McDonald, Test Theory (1999); Zinbarg et al., Psychometrika 70
(2005) 123-133; Guttman, Psychometrika 10 (1945) 255-282, whose lambda 4 is the best split half. Conventions of
R's `psych::omega` and `splitHalf`, whose numbers the tests hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from workbench.errors import Fault, WorkbenchError
from workbench.factors.extraction import largest_number, minres
from workbench.factors.rotation import oblimin

if TYPE_CHECKING:
    from workbench.factors.correlation import Array

__all__ = ["Omega", "SplitHalf", "alpha_interval", "halves", "omega", "split_half"]

FEWEST_GROUPS = 3
"""Fewer correlated factors do not identify a general factor above them."""
FEWEST_INDICATORS = 3
"""Two indicators have one correlation: one factor is not identified."""
EVERY_SPLIT = 16
"""Indicators up to which all halves are tried (6,435 of them); beyond, a sample is."""
SAMPLED = 10_000


@dataclass(frozen=True)
class Omega:
    """McDonald's omega of a set of indicators."""

    total: float
    """Share of the variance of the sum that common factors make."""
    hierarchical: float
    """Share that one general factor makes."""
    general: Array
    """Loadings on the general factor, shape (indicators,)."""


@dataclass(frozen=True)
class SplitHalf:
    """Reliability of the sum as its halves give it (Guttman)."""

    lowest: float
    mean: float
    highest: float
    """Guttman's lambda 4."""
    splits: int


def alpha_interval(alpha: float, *, indicators: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Feldt's interval of Cronbach's alpha.

    Args:
        alpha: Raw alpha.
        indicators: How many, at least 2.
        n: Respondents, at least 2.
        confidence: Of the interval.
    """
    tail = (1 - confidence) / 2
    degrees = n - 1, (n - 1) * (indicators - 1)
    low, high = (1 - (1 - alpha) * float(stats.f.ppf(share, *degrees)) for share in (1 - tail, tail))
    return low, high


def omega(matrix: Array, groups: int = 1) -> Omega:
    """McDonald's omega by minres, with an oblimin rotation and a general factor above it where there are groups.

    Args:
        matrix: Correlations, shape (indicators, indicators), positive definite.
        groups: Group factors: 1 takes the indicators as one thing; else 3 and more.

    Raises:
        WorkbenchError: fewer than three indicators, or so many groups that they cannot be identified.
    """
    size = len(matrix)
    allowed = [1, *range(FEWEST_GROUPS, largest_number(size) + 1)]
    if size < FEWEST_INDICATORS:
        problem = f"McDonald's omega needs three indicators; there are {size}."
        raise WorkbenchError(Fault(problem=problem, fix="read alpha instead, or join the pillar with another."))
    if groups not in allowed:
        problem = f"omega of {size} indicators cannot have {groups} group factors."
        raise WorkbenchError(Fault(problem=problem, allowed=", ".join(map(str, allowed))))
    factors = minres(matrix, groups)
    general = factors.loadings[:, 0]
    if groups > 1:
        oblique = oblimin(factors.loadings)
        above = minres(oblique.correlations, 1).loadings[:, 0]
        general = oblique.loadings @ (above * np.sign(above.sum()))
    general = general * np.sign(general.sum())
    total = 1 - float(factors.uniquenesses.sum()) / float(matrix.sum())
    return Omega(total, float(general.sum() ** 2 / matrix.sum()), general)


def split_half(matrix: Array, *, seed: int = 0) -> SplitHalf:
    """Reliability from halves: of every split where there are up to 16 indicators, else of 10,000 random ones.

    Args:
        matrix: Correlations, shape (indicators, indicators).
        seed: Of the random splits; 0 is a seed.

    Raises:
        WorkbenchError: fewer than two indicators.
    """
    size = len(matrix)
    if size < 2:  # noqa: PLR2004  (one thing has no halves)
        problem = f"a split half needs two indicators; there is {size}."
        raise WorkbenchError(Fault(problem=problem, fix="join the pillar with another for this purpose."))
    each = halves(matrix, _sides(size, seed))
    return SplitHalf(float(each.min()), float(each.mean()), float(each.max()), len(each))


def halves(matrix: Array, sides: Array) -> Array:
    """Reliability of the sum from each way to halve it: four times the covariance of the halves over the variance.

    Args:
        matrix: Correlations, shape (indicators, indicators).
        sides: Which indicators are in the first half, 1.0 or 0.0, shape (splits, indicators).
    """
    return np.asarray(4 * np.einsum("si,ij,sj->s", sides, matrix, 1.0 - sides) / matrix.sum())


def _sides(size: int, seed: int) -> Array:
    """Which indicators are in the first half, shape (splits, indicators), 1.0 or 0.0."""
    half = size // 2
    if size <= EVERY_SPLIT:
        chosen = np.array(list(combinations(range(size), half)))
        chosen = chosen[: len(chosen) // 2] if size % 2 == 0 else chosen
    else:
        generator = np.random.Generator(np.random.Philox(key=[seed, size]))
        chosen = np.argsort(generator.random((SAMPLED, size)), axis=1)[:, :half]
    sides = np.zeros((len(chosen), size))
    np.put_along_axis(sides, chosen, 1.0, axis=1)
    return sides
