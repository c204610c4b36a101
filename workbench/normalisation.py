"""From raw indicator values to scores on one scale and in one direction.

Pure functions over arrays of shape `(..., units, indicators)`. Every linear method is one rescaling
between two goalposts: given ones, or ones fitted to the units (min-max, z-score, distance to a
reference unit or to a target, fraction of the maximum). So a unit scored alone, later, in another
edition or in a draw is measured with the same ruler. The direction is applied once, here.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.methods import REGISTERED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.framework_model import Indicator, Normalisation

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["Ruler", "fit", "normalise", "rescale"]


@dataclass(frozen=True)
class Ruler:
    """How each indicator is measured; arrays of shape `(indicators,)`, or `(..., 1, indicators)` with leading axes."""

    low: Floats
    """Raw goalpost at the lower end; NaN where the units do not differ."""
    high: Floats
    log: Flags
    negative: Flags
    """Less is better: the lower end scores `top`."""
    clip: Flags
    """Scores outside the range are cut to it."""
    bottom: Floats
    """Score at the worse end, usually 0."""
    top: Floats
    """Score at the better end, usually 100."""
    ranked: Flags
    """Indicators scored by their rank among `reference`."""
    reference: Floats
    """Sorted raw values of the units the ruler was fitted to, shape `(units, indicators)`, NaN last."""
    steps: tuple[tuple[int, Floats, Floats], ...] = ()
    """Indicators scored by category: position, cuts, points."""

    def with_goalposts(self, low: Floats, high: Floats) -> Ruler:
        """The same ruler between other goalposts."""
        return replace(self, low=low, high=high)


def fit(values: Floats, indicators: Sequence[Indicator], method: str = "as_given", units: Sequence[str] = ()) -> Ruler:
    """The ruler for *indicators*, fitted to the units where a method needs it.

    Args:
        values: Raw values, shape `(units, indicators)`; NaN is "not measured" and is left out.
        indicators: In the order of the columns.
        method: `as_given`, or one method for all indicators: `minmax`, `zscore`, `rank`, or `goalposts`, which
            leaves an indicator without goalposts to its own method.
        units: Ids of the rows; needed where an indicator is measured by its distance to a reference unit.

    Returns:
        A ruler; where a fitted method finds no spread (a constant indicator, a target no better than the worst
        unit), the goalposts are NaN and so are the scores.
    """
    own = [item.normalisation for item in indicators]
    names = [item.method if method in {"as_given", "goalposts"} else method for item in own]
    negative = np.array([item.direction == "negative" for item in indicators])
    ends = [
        _ends(values[:, column], item, name, negative=bool(negative[column]), units=units)
        for column, (item, name) in enumerate(zip(own, names, strict=True))
    ]
    low, high = np.array(ends, dtype=float).reshape(-1, 2).T
    kept = [item if item.method == name else None for item, name in zip(own, names, strict=True)]
    return Ruler(
        low=low,
        high=high,
        log=np.array([item is not None and item.transform == "log" for item in kept]),
        negative=negative,
        clip=np.array([item is None or item.clip for item in kept]),
        bottom=np.array([0.0 if item is None else item.range[0] for item in kept]),
        top=np.array([100.0 if item is None else item.range[1] for item in kept]),
        ranked=np.array([name == "rank" for name in names]),
        reference=np.sort(values, axis=0),
        steps=tuple(
            (column, np.array(item.cuts), np.array(item.points))
            for column, item in enumerate(kept)
            if item is not None and item.method == "categorical"
        ),
    )


def normalise(values: Floats, ruler: Ruler) -> Floats:
    """Scores, higher is better, from 0 to 100 unless the ruler says otherwise.

    Args:
        values: Raw values, shape `(..., units, indicators)`, in each indicator's own unit; NaN is "not measured".
        ruler: From `fit`.

    Returns:
        Shape of *values*. NaN stays NaN; an indicator without goalposts (constant) is NaN throughout.
    """
    share = _share(values, ruler.low, ruler.high, ruler.log)
    for ranked in np.flatnonzero(ruler.ranked):
        share[..., ranked] = _percentile(values[..., ranked], ruler.reference[:, ranked])
    share = np.where(ruler.clip, np.clip(share, 0.0, 1.0), share)
    share = np.where(ruler.negative, 1.0 - share, share)
    scores = ruler.bottom + share * (ruler.top - ruler.bottom)
    for column, cuts, points in ruler.steps:
        found = points[np.searchsorted(cuts, values[..., column], side="right")]
        scores[..., column] = np.where(np.isnan(values[..., column]), np.nan, found)
    return scores


def rescale(values: Floats, *, low: Floats | float, high: Floats | float, log: Flags | bool = False) -> Floats:
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
    return np.clip(_share(values, low, high, log), 0.0, 1.0) * 100.0


def _share(values: Floats, low: Floats | float, high: Floats | float, log: Flags | bool) -> Floats:  # noqa: FBT001  (an array of flags)
    log_of = np.asarray(log)
    if log_of.any():
        values, low, high = (_logged(np.asarray(item, dtype=float), log_of) for item in (values, low, high))
    span = np.asarray(high, dtype=float) - low
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((values - low) / np.where(span > 0, span, np.nan))


def _logged(values: Floats, where: Flags) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(where, np.log(np.maximum(values, 0.0)), values)


def _ends(column: Floats, item: Normalisation, method: str, *, negative: bool, units: Sequence[str]) -> tuple[float, float]:
    """The two goalposts of one indicator, the lower raw value first."""
    if method == "goalposts":
        return (item.low if item.low is not None else np.nan, item.high if item.high is not None else np.nan)
    known = column[~np.isnan(column)]
    if method in {"rank", "categorical"} or not known.size:
        return np.nan, np.nan
    worst = float(known.max() if negative else known.min())
    if method == "zscore":
        mean, sd = (item.mean, item.sd) if item.method == method else (50.0, 10.0)
        below, above = (100.0 - mean, mean) if negative else (mean, 100.0 - mean)
        spread = float(known.std(ddof=1)) if known.size > 1 else 0.0
        ends = (float(known.mean()) - below / sd * spread, float(known.mean()) + above / sd * spread)
    elif method in REGISTERED:
        ends = REGISTERED[method].ends(known) if known.size > 1 else (np.nan, np.nan)
    elif method == "minmax":
        ends = (float(known.min()), float(known.max()))
    elif method == "fraction_of_max":
        ends = (0.0, float(known.max()))
    else:
        aim = item.target if method == "distance_to_target" else _value_of(item.reference_unit, column, units)
        ends = (float(aim), worst) if negative else (worst, float(aim))  # type: ignore[arg-type]
    return ends if _apart(*ends) else (np.nan, np.nan)


def _value_of(unit: str | None, column: Floats, units: Sequence[str]) -> float:
    return float(column[list(units).index(unit)]) if unit is not None and unit in units else float("nan")


def _apart(low: float, high: float) -> bool:
    """Whether goalposts differ by more than rounding: a constant indicator cannot be measured by its spread."""
    return high - low > 1e-12 * max(abs(low), abs(high))


def _percentile(values: Floats, reference: Floats) -> Floats:
    """Share of the other units below, ties counted half."""
    known = reference[~np.isnan(reference)]
    if known.size < 2 or known[0] == known[-1]:  # noqa: PLR2004  (one unit has no rank among others)
        return np.full(values.shape, np.nan)
    below = np.searchsorted(known, values, side="left")
    ties = np.searchsorted(known, values, side="right") - below
    share = (below + np.maximum(ties - 1, 0) / 2) / (known.size - 1)
    return np.where(np.isnan(values), np.nan, np.clip(share, 0.0, 1.0))
