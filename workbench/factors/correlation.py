"""Correlations of indicators, some of whose answers are missing.

Correlations (Pearson's, or `ordinal`'s for answers in steps) over the pairs of answers that exist: nothing is imputed and
no respondent is dropped for one missing answer. Such a matrix need not be positive definite; `repaired`
lifts what is not and counts it. Indicators that cannot be correlated are left out by name, with a reason.

Source: R's `cor(use = "pairwise")` and psych's `cor.smooth`, whose numbers the tests hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = [
    "MINIMUM_PAIRS",
    "MINIMUM_SHARE",
    "Array",
    "Correlation",
    "Kind",
    "Reason",
    "correlate",
    "moments",
    "pearson",
    "repaired",
    "usable",
]

Array = NDArray[np.float64]
Reason = Literal["empty", "rare", "constant", "disjoint"]
Kind = Literal["pearson", "polychoric", "fitting"]

MINIMUM_SHARE = 0.3
"""Least share of respondents who answered an indicator. Below it (a question put to one type of agency,
say) its correlations rest on others' answers than the rest of the matrix does."""
MINIMUM_PAIRS = 0.1
"""Least share of respondents who answered both of two indicators."""
FEWEST_PAIRS = 3
"""A correlation of two pairs is always 1 or -1."""
FLOOR = 1e-6
"""Smallest eigenvalue of a correlation matrix that counts as positive."""


@dataclass(frozen=True)
class Correlation:
    """A correlation matrix and what it rests on."""

    matrix: Array
    """Shape (indicators, indicators), positive definite."""
    indicators: tuple[str, ...]
    pairs: NDArray[np.int64]
    """How many respondents answered both, same shape."""
    n: int
    """Respondents with at least one answer."""
    raised: int
    """Eigenvalues that were not positive and were lifted; 0 as a rule."""
    kind: Kind = "pearson"
    """`pearson` or `polychoric`, as it was made."""

    @property
    def typical_pairs(self) -> int:
        """Respondents behind a correlation, on average over the pairs of indicators; the sample size of tests."""
        off = ~np.eye(len(self.indicators), dtype=bool)
        return int(self.pairs[off].mean()) if off.any() else self.n


def moments(values: Array, answered: Array) -> tuple[Array, Array, Array]:
    """Counts, covariances and variances over pairs.

    Args:
        values: Shape (..., respondents, indicators), best centred; what stands where nothing was answered is not used.
        answered: Shape (respondents, indicators), 1.0 where there is an answer, else 0.0.

    Returns:
        *pairs* of shape (indicators, indicators); *covariance* (divisor pairs - 1) and *variance*, both
        (..., indicators, indicators), where variance[i, j] is that of i among those who also answered j.
    """
    present = np.where(answered > 0, values, 0.0)
    turned = np.swapaxes(present, -1, -2)
    pairs = answered.T @ answered
    sums = _sums(turned, answered)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = (turned @ present - sums * np.swapaxes(sums, -1, -2) / pairs) / (pairs - 1)
        variance = (_sums(np.square(turned), answered) - np.square(sums) / pairs) / (pairs - 1)
    return pairs, covariance, variance


def pearson(values: Array, answered: Array) -> Array:
    """Pearson correlations over pairs; shapes as in `moments`.

    NaN where fewer than two answered both or one of the two does not vary among them.
    """
    _, covariance, variance = moments(values, answered)
    spread = np.sqrt(np.maximum(variance, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        matrix = covariance / (spread * np.swapaxes(spread, -1, -2))
    return np.asarray(np.clip(matrix, -1.0, 1.0))


def repaired(matrix: Array) -> tuple[Array, int]:
    """The nearest sensible positive definite correlation matrix, and how many eigenvalues had to be lifted.

    Eigenvalues below 1e-6 become 1e-6 and the diagonal is scaled back to 1, as psych's `cor.smooth` does.
    A positive definite matrix comes back as it was.
    """
    eigenvalues, vectors = np.linalg.eigh(matrix)
    raised = int((eigenvalues < FLOOR).sum())
    if not raised:
        return matrix, 0
    lifted = (vectors * np.maximum(eigenvalues, FLOOR)) @ vectors.T
    spread = np.sqrt(np.diag(lifted))
    return lifted / np.outer(spread, spread), raised


def usable(values: pd.DataFrame, minimum_share: float = MINIMUM_SHARE) -> tuple[pd.DataFrame, dict[str, Reason]]:
    """The respondents and indicators that can be correlated, and the reason why each other indicator cannot.

    Args:
        values: Shape (respondents, indicators); NaN is not answered.
        minimum_share: Least share of respondents who answered an indicator, 0 to 1.

    Returns:
        The kept columns, in their order, of the respondents who answered at least one of them; and the
        indicators left out: `empty` (no answers), `rare` (below the minimum share), `constant` (all
        answers alike), `disjoint` (hardly anyone answered it together with some other indicator).
    """
    present = values.loc[values.notna().any(axis=1)]
    reasons = {str(name): reason for name in present if (reason := _own_reason(present[name], minimum_share))}
    kept = _without_disjoint(present.drop(columns=list(reasons)), reasons)
    return kept.loc[kept.notna().any(axis=1)], reasons


def correlate(values: pd.DataFrame, kind: Kind = "pearson") -> Correlation:
    """Pairwise complete correlations of indicators that `usable` let through.

    Args:
        values: Shape (respondents, indicators); NaN is not answered.
        kind: `pearson`, `polychoric`, or `fitting`: polychoric where any indicator has its answers in steps.
    """
    from workbench.factors.ordinal import ordinal, polychoric  # noqa: PLC0415  (it builds on this module)

    numbers, answered = centred(values)
    stepped = kind != "pearson" and (kind == "polychoric" or any(ordinal(values)))
    matrix, raised = repaired(polychoric(values) if stepped else pearson(numbers, answered))
    pairs = (answered.T @ answered).astype(np.int64)
    made: Kind = "polychoric" if stepped else "pearson"
    return Correlation(matrix, tuple(str(name) for name in values), pairs, len(values), raised, made)


def centred(values: pd.DataFrame) -> tuple[Array, Array]:
    """Values less their column's mean, 0 where nothing was answered, and the mask of answers (1.0 or 0.0)."""
    numbers = values.to_numpy(float)
    answered = np.isfinite(numbers)
    means = np.nanmean(numbers, axis=0, where=answered)
    return np.where(answered, numbers - means, 0.0), answered.astype(float)


def _sums(turned: Array, answered: Array) -> Array:
    """Sums of each indicator over those who answered another; a plain sum, and much faster, where all answered all."""
    if answered.all():
        return np.broadcast_to(turned.sum(axis=-1, keepdims=True), (*turned.shape[:-1], turned.shape[-2]))
    return np.asarray(turned @ answered)


def _own_reason(column: pd.Series, minimum_share: float) -> Reason | None:
    answers = column.dropna().to_numpy(float)
    if not len(answers):
        return "empty"
    if len(answers) < minimum_share * len(column):
        return "rare"
    return "constant" if np.ptp(answers) <= np.finfo(float).eps * np.abs(answers).max() else None


def _without_disjoint(values: pd.DataFrame, reasons: dict[str, Reason]) -> pd.DataFrame:
    """Drop the worst indicator until every pair can be correlated; the fewest answers go first among equals."""
    while values.shape[1] > 1:
        numbers, answered = centred(values)
        bad = ~np.isfinite(pearson(numbers, answered))
        bad |= answered.T @ answered < max(FEWEST_PAIRS, MINIMUM_PAIRS * len(values))
        if not bad.any():
            break
        worst = min(range(values.shape[1]), key=lambda place: (-bad[place].sum(), answered[:, place].sum(), -place))
        reasons[str(values.columns[worst])] = "disjoint"
        values = values.drop(columns=values.columns[worst])
    return values


def by_reason(reasons: Mapping[str, Reason]) -> dict[Reason, list[str]]:
    """Indicators grouped by why they were left out."""
    groups: dict[Reason, list[str]] = {}
    for name, reason in reasons.items():
        groups.setdefault(reason, []).append(name)
    return groups
