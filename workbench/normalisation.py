"""From raw indicator values to scores from 0 to 100 on one scale and in one direction.

Pure functions over arrays of shape `(..., units, indicators)`. Every linear method is one rescaling
between two goalposts: given ones, or ones fitted to the units (min-max, z-score). So a unit scored
alone, later or in a draw is measured with the same ruler.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.framework_model import Indicator

    Floats = NDArray[np.float64]

__all__ = ["ZSCORE_REACH", "Ruler", "fit", "normalise", "rescale"]

ZSCORE_REACH = 5.0
"""A z-score is published as 50 + 10 z, so goalposts lie this many standard deviations from the mean."""


@dataclass(frozen=True)
class Ruler:
    """How each indicator is measured; all arrays of shape `(indicators,)` or `(..., 1, indicators)`."""

    low: Floats
    """Raw value that scores 0 before direction; NaN where the units do not differ."""
    high: Floats
    log: NDArray[np.bool_]
    negative: NDArray[np.bool_]
    ranked: NDArray[np.bool_]
    """Indicators scored by their rank among `reference`."""
    reference: Floats
    """Sorted raw values of the units the ruler was fitted to, shape `(units, indicators)`, NaN last."""

    def with_goalposts(self, low: Floats, high: Floats) -> Ruler:
        """The same ruler between other goalposts."""
        return replace(self, low=low, high=high)


def fit(values: Floats, indicators: Sequence[Indicator], method: str = "as_given") -> Ruler:
    """The ruler for *indicators*, fitted to the units where a method needs it.

    Args:
        values: Raw values, shape `(units, indicators)`; NaN is "not measured" and is left out.
        indicators: In the order of the columns.
        method: `as_given`, or one method for all indicators: `goalposts`, `minmax`, `zscore`, `rank`.
            `goalposts` leaves an indicator without goalposts to its own method.

    Returns:
        A ruler; where all units have the same value, min-max and z-score have no goalposts (NaN) and score NaN.
    """
    own = [indicator.normalisation for indicator in indicators]
    methods = np.array([item.method if method in {"as_given", "goalposts"} else method for item in own])
    log = np.array([item.transform == "log" and name == "goalposts" for item, name in zip(own, methods, strict=True)])
    low = np.array([np.nan if item.low is None else item.low for item in own], dtype=float)
    high = np.array([np.nan if item.high is None else item.high for item in own], dtype=float)
    fitted = {"minmax": _extremes(values), "zscore": _standard(values)}
    for name, (below, above) in fitted.items():
        low = np.where(methods == name, below, low)
        high = np.where(methods == name, above, high)
    negative = np.array([indicator.direction == "negative" for indicator in indicators])
    return Ruler(low, high, log, negative, methods == "rank", np.sort(values, axis=0))


def normalise(values: Floats, ruler: Ruler) -> Floats:
    """Scores from 0 to 100, higher is better.

    Args:
        values: Raw values, shape `(..., units, indicators)`, in each indicator's own unit; NaN is "not measured".
        ruler: From `fit`.

    Returns:
        Shape of *values*. NaN stays NaN; an indicator without goalposts (constant) is NaN throughout.
    """
    score = rescale(values, low=ruler.low, high=ruler.high, log=ruler.log)
    for column in np.flatnonzero(ruler.ranked):
        score[..., column] = _percentile(values[..., column], ruler.reference[:, column])
    return np.where(ruler.negative, 100.0 - score, score)


def rescale(values: Floats, *, low: Floats | float, high: Floats | float, log: NDArray[np.bool_] | bool = False) -> Floats:
    """The place of *values* between two goalposts, from 0 to 100, clipped.

    Args:
        values: Any shape that *low* and *high* broadcast to; NaN stays NaN.
        low: Scores 0.
        high: Scores 100; above *low*. NaN or equal goalposts give NaN.
        log: Where true, distances are measured on logarithms; values of 0 and below score 0.

    Source: UNDP, Human Development Report technical notes, dimension index.

    >>> rescale(np.array([20.0, 52.5, 85.0, 99.0]), low=20, high=85).tolist()
    [0.0, 50.0, 100.0, 100.0]
    >>> rescale(np.array([1.0, 10.0, 0.0]), low=0.1, high=10, log=True).round(6).tolist()
    [50.0, 100.0, 0.0]
    """
    log_of = np.asarray(log)
    if log_of.any():
        values, low, high = (_logged(np.asarray(item, dtype=float), log_of) for item in (values, low, high))
    span = np.asarray(high, dtype=float) - low
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (values - low) / np.where(span > 0, span, np.nan)
    return np.clip(share, 0.0, 1.0) * 100.0


def _logged(values: Floats, where: NDArray[np.bool_]) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(where, np.log(np.maximum(values, 0.0)), values)


def _extremes(values: Floats) -> tuple[Floats, Floats]:
    empty = np.isnan(values).all(axis=0)
    low = np.where(np.isnan(values), np.inf, values).min(axis=0, initial=np.inf)
    high = np.where(np.isnan(values), -np.inf, values).max(axis=0, initial=-np.inf)
    return _apart(np.where(empty, np.nan, low), np.where(empty, np.nan, high))


def _standard(values: Floats) -> tuple[Floats, Floats]:
    count = (~np.isnan(values)).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(values, axis=0) / count
        deviation = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / (count - 1))
    return _apart(mean - ZSCORE_REACH * deviation, mean + ZSCORE_REACH * deviation)


def _apart(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Goalposts that differ by more than rounding, else NaN: a constant indicator cannot be ranked by its spread."""
    scale = np.maximum(np.abs(low), np.abs(high))
    constant = ~(high - low > 1e-12 * scale)
    return np.where(constant, np.nan, low), np.where(constant, np.nan, high)


def _percentile(values: Floats, reference: Floats) -> Floats:
    """Share of the other units below, ties counted half, from 0 to 100."""
    known = reference[~np.isnan(reference)]
    if known.size < 2 or known[0] == known[-1]:  # noqa: PLR2004  (one unit has no rank among others)
        return np.full(values.shape, np.nan)
    below = np.searchsorted(known, values, side="left")
    ties = np.searchsorted(known, values, side="right") - below
    share = (below + np.maximum(ties - 1, 0) / 2) / (known.size - 1)
    return np.where(np.isnan(values), np.nan, np.clip(share, 0, 1) * 100.0)
