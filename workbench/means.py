"""Ways to bring the scores of a group's children together.

Pure functions over one array per child, each of shape `(..., units)`, with weights that broadcast.
One missing-value rule holds for all, outranking included: what is there is used, with weights
renormalised, when it carries at least `minimum_coverage` of the group's weight; else the result is
missing. Sums run over the children in a fixed order, one elementwise operation at a time, so that a
result has the same bits whatever else is in the array.

A method is named by a word, with its number in brackets where it has one:

| name | result |
|---|---|
| `arithmetic`, `geometric`, `harmonic` | power means with exponent 1, 0, -1 |
| `power(p)` | (sum w x^p / sum w)^(1/p) |
| `mazziotta_pareto`, `mazziotta_pareto(+)` | M - S^2/M, or M + S^2/M, between 70 and 130: unbalanced profiles lose |
| `ordered(a)` | ordered weighted mean: weight goes to the highest scores for a < 1, to the lowest for a > 1 |
| `borda` | weighted mean of the percentile ranks among the units |
| `copeland` | pairwise wins minus losses among the units, from 0 to 100 |

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 6; Mazziotta, Pareto
(2016), Social Indicators Research 127; Yager (1988), IEEE Transactions SMC 18; Munda, Nardo (2009),
Applied Economics 41.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["METHODS", "RELATIVE", "combine", "enough", "is_method", "mazziotta_pareto", "power_exponent", "weighted_mean"]

METHODS = (
    "arithmetic",
    "geometric",
    "harmonic",
    "power(p)",
    "mazziotta_pareto",
    "mazziotta_pareto(+)",
    "ordered(a)",
    "borda",
    "copeland",
)
"""Names as a reader writes them; p is any number but 0 from -50 to 50, a is above 0."""
STEEPEST = 50.0
"""Largest exponent of a power mean: beyond it scores overflow, and the mean is the extreme anyway."""
RELATIVE = ("borda", "copeland")
"""Methods whose result for one unit depends on the others."""
LOWEST, HIGHEST = 70.0, 130.0
"""The scale of the Mazziotta-Pareto index."""
TOLERANCE = 1e-12
"""Lets 0.1 + 0.2 of 0.6 count as one half."""
_EXPONENTS = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0}
_NUMBERED = re.compile(r"(power|ordered)\((-?\d+(?:\.\d+)?)\)\Z")


def is_method(name: str) -> bool:
    """Whether *name* is a way of aggregating."""
    if name in _EXPONENTS or name in RELATIVE or name in {"mazziotta_pareto", "mazziotta_pareto(+)"}:
        return True
    numbered = _NUMBERED.match(name)
    if numbered is None:
        return False
    number = float(numbered[2])
    return number > 0 if numbered[1] == "ordered" else 0 < abs(number) <= STEEPEST


def power_exponent(name: str) -> float | None:
    """The exponent of a power mean; None for a method that is none.

    >>> power_exponent("geometric"), power_exponent("power(0.5)"), power_exponent("borda")
    (0.0, 0.5, None)
    """
    numbered = _NUMBERED.match(name)
    return float(numbered[2]) if numbered and numbered[1] == "power" else _EXPONENTS.get(name)


def combine(
    method: str, values: Sequence[Floats], weights: Sequence[Floats | float], *, minimum_coverage: float = 0.5, floor: float = 1.0
) -> Floats:
    """The score of a group.

    Args:
        method: One of `METHODS`.
        values: One array per child, 0-100, broadcasting to `(..., units)`; NaN is "not measured".
        weights: One per child, 0 or more, broadcasting with the values; they need not sum to 1.
        minimum_coverage: Share of the weight that must be measured; below it the result is NaN.
        floor: Scores below it count as it where an exponent of 0 or less would give one zero all the power.

    Raises:
        WorkbenchError: *method* is unknown.
    """
    if not is_method(method):
        problem = f"there is no aggregation `{method}`."
        raise WorkbenchError(Fault(problem=problem, allowed=", ".join(METHODS), fix="correct the name."))
    kind, _, number = method.rstrip(")").partition("(")
    if kind in _EXPONENTS or kind == "power":
        exponent = float(number) if number else _EXPONENTS[kind]
        return power_mean(values, weights, exponent=exponent, minimum_coverage=minimum_coverage, floor=floor)
    if kind == "ordered":
        return _ordered(values, weights, minimum_coverage, float(number))
    if kind == "mazziotta_pareto":
        sign = 1.0 if number == "+" else -1.0
        # The penalty is made for scores around 100, published between 70 and 130; near 0 it would explode.
        moved = [LOWEST + value * (HIGHEST - LOWEST) / 100.0 for value in values]
        found = mazziotta_pareto(moved, weights, minimum_coverage, sign)
        return np.clip((found - LOWEST) * 100.0 / (HIGHEST - LOWEST), 0.0, 100.0)
    relative: dict[str, Callable[..., Floats]] = {"borda": _borda, "copeland": _copeland}
    return relative[kind](values, weights, minimum_coverage)


def weighted_mean(
    values: Sequence[Floats], weights: Sequence[Floats | float], *, minimum_coverage: float = 0.5, floor: float | None = None
) -> Floats:
    """Weighted arithmetic mean, or with *floor* the weighted geometric mean of values raised to at least it.

    >>> weighted_mean([np.array([10.0]), np.array([40.0])], [1, 1], floor=1.0).round(6).tolist()
    [20.0]
    >>> weighted_mean([np.array([10.0]), np.array([np.nan])], [3, 1]).tolist()
    [10.0]
    """
    exponent = 1.0 if floor is None else 0.0
    return power_mean(values, weights, exponent=exponent, minimum_coverage=minimum_coverage, floor=floor or 0.0)


def power_mean(
    values: Sequence[Floats],
    weights: Sequence[Floats | float],
    *,
    exponent: float,
    minimum_coverage: float = 0.5,
    floor: float = 1.0,
) -> Floats:
    """Weighted power mean: arithmetic at exponent 1, geometric at 0, harmonic at -1.

    >>> power_mean([np.array([10.0]), np.array([40.0])], [1, 1], exponent=-1).tolist()
    [16.0]
    """
    if exponent == 1:
        return _mean(values, weights, minimum_coverage)
    if exponent == 0:
        logs = [np.log(np.maximum(value, floor)) for value in values]
        return np.asarray(np.exp(_mean(logs, weights, minimum_coverage)))
    raised = [np.maximum(value, floor if exponent < 0 else 0.0) ** exponent for value in values]
    return np.asarray(_mean(raised, weights, minimum_coverage) ** (1.0 / exponent))


def _mean(values: Sequence[Floats], weights: Sequence[Floats | float], minimum_coverage: float) -> Floats:
    """The weighted sum over the children that are there, over their weight."""
    missing = [np.isnan(value) for value in values]
    total = _in_order(weights)
    if not any(gap.any() for gap in missing):
        return np.asarray(_in_order([value * weight for value, weight in zip(values, weights, strict=True)]) / total)
    there, enough = _measured(missing, weights, minimum_coverage)
    parts = [np.where(gap, 0.0, value) * weight for gap, value, weight in zip(missing, values, weights, strict=True)]
    return np.asarray(_in_order(parts) / np.where(enough, there, np.nan))


def _measured(
    missing: Sequence[NDArray[np.bool_]], weights: Sequence[Floats | float], minimum_coverage: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Weight of the children that are there, and whether it is enough."""
    total = _in_order(weights)
    there = np.asarray(_in_order([np.where(gap, 0.0, weight) for gap, weight in zip(missing, weights, strict=True)]))
    return there, enough(there, total, minimum_coverage)


def enough(there: Floats, total: Floats | float, minimum_coverage: float) -> NDArray[np.bool_]:
    """Whether the weight that is *there* is enough of the *total*: the missing-value rule.

    >>> enough(np.array([0.5, 0.4, 0.0]), 1.0, 0.5).tolist()
    [True, False, False]
    """
    return np.asarray((there >= (minimum_coverage - TOLERANCE) * total) & (there > 0))


def _in_order(terms: Sequence[Floats | float]) -> Floats | float:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def mazziotta_pareto(values: Sequence[Floats], weights: Sequence[Floats | float], minimum_coverage: float, sign: float) -> Floats:
    """M + sign S^2 / M with S^2 the weighted variance over the children, divided as a sample of them.

    For scores around 100; `combine` puts scores from 0 to 100 between 70 and 130 first.
    """
    mean = _mean(values, weights, minimum_coverage)
    spread = _mean([(value - mean) ** 2 for value in values], weights, minimum_coverage)
    count = np.asarray(_in_order([(~np.isnan(value)).astype(float) for value in values]))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(count > 1, spread * count / np.maximum(count - 1, 1), 0.0)
        penalised = mean + sign * variance / mean
    return np.where(mean > 0, penalised, mean)


def _ordered(values: Sequence[Floats], weights: Sequence[Floats | float], minimum_coverage: float, power: float) -> Floats:
    """Ordered weighted mean: the highest score comes first, and the first share s of the weight counts s ** power."""
    shape = np.broadcast_shapes(*(np.shape(item) for item in (*values, *weights)))
    scores = np.stack([np.broadcast_to(value, shape) for value in values])
    given = np.stack([np.broadcast_to(np.asarray(weight, dtype=float), shape) for weight in weights])
    gaps = np.isnan(scores)
    there, enough = _measured(list(gaps), list(given), minimum_coverage)
    order = np.argsort(np.where(gaps, np.inf, -scores), axis=0, kind="stable")
    ordered = np.take_along_axis(np.where(gaps, 0.0, scores), order, axis=0)
    share = np.cumsum(np.take_along_axis(np.where(gaps, 0.0, given), order, axis=0), axis=0) / np.where(enough, there, np.nan)
    reached = np.minimum(share, 1.0) ** power
    steps = np.diff(reached, axis=0, prepend=0.0)
    return np.asarray(_in_order(list(ordered * steps)))


def _borda(values: Sequence[Floats], weights: Sequence[Floats | float], minimum_coverage: float) -> Floats:
    """Weighted mean of each child's percentile ranks among the units, ties sharing the mean."""
    ranked = [_percentiles(np.asarray(value)) for value in values]
    return _mean(ranked, weights, minimum_coverage)


def _percentiles(scores: Floats) -> Floats:
    """(wins + ties / 2) against the other measured units, from 0 to 100, along the last axis."""
    wins = np.sum(scores[..., :, None] > scores[..., None, :], axis=-1, dtype=float)
    ties = np.sum(scores[..., :, None] == scores[..., None, :], axis=-1, dtype=float) - 1.0
    others = np.sum(~np.isnan(scores), axis=-1, keepdims=True) - 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isnan(scores), np.nan, 100.0 * (wins + ties / 2) / np.where(others > 0, others, np.nan))


def _copeland(values: Sequence[Floats], weights: Sequence[Floats | float], minimum_coverage: float) -> Floats:
    """Wins minus losses in pairwise comparisons by weighted majority, rescaled to 0-100.

    Two units are compared over the children that both have measured, when these carry enough of the
    weight. A unit that cannot be compared with any other has no score, so it beats nobody.
    """
    gaps = [np.isnan(value) for value in values]
    _, enough = _measured(gaps, weights, minimum_coverage)
    whole = _in_order(weights)
    # Weights are one per draw: (..., 1). Pairs need one axis more.
    paired = [np.asarray(weight)[..., None] if np.ndim(weight) else weight for weight in weights]
    margin = _in_order([_sides(value) * weight for value, weight in zip(values, paired, strict=True)])
    both = _in_order([(~(gap[..., :, None] | gap[..., None, :])) * weight for gap, weight in zip(gaps, paired, strict=True)])
    total = np.asarray(whole)[..., None] if np.ndim(whole) else whole
    fair = (np.asarray(both) >= (minimum_coverage - TOLERANCE) * total) & (np.asarray(both) > 0)
    fair = fair & ~np.eye(np.shape(fair)[-1], dtype=bool) & enough[..., :, None] & enough[..., None, :]
    verdict = np.where(fair, np.sign(np.where(np.abs(margin) <= TOLERANCE * np.asarray(both), 0.0, margin)), 0.0)
    rivals = fair.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(rivals > 0, 50.0 + 50.0 * verdict.sum(axis=-1) / np.where(rivals > 0, rivals, np.nan), np.nan)


def _sides(value: Floats) -> Floats:
    """+1 where the row's unit scores more than the column's, -1 where less, 0 where equal or unknown."""
    gap = value[..., :, None] - value[..., None, :]
    return np.where(np.isnan(gap), 0.0, np.sign(gap))
