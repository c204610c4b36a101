"""The arithmetic of outlier treatment: winsorising, logarithms, Box-Cox.

Pure functions over arrays of shape `(columns, units)`: the values of one indicator lie side by side; NaN is
"not measured" and stays. Every logarithm and Box-Cox curve has one form, `Curves`, so that a curve fitted to some
units bends any others in the same way. All curves rise: none turns an indicator round.

Sources: COINr 1.1.14 (Becker et al., JOSS 7 (2022) 4567), functions `winsorise`, `log_CT`, `log_CT_orig`,
`log_CT_plus`, `boxcox`; the Global Innovation Index for `log_gii`; Box and Cox, JRSS B 26 (1964) 211-252.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from workbench.moments import BLOCK, Moments, moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["POWERS", "TRANSFORMS", "Curves", "Winsorised", "curves", "likeliest_power", "winsorise"]

TRANSFORMS = ("log_one", "log_range", "log_gii", "boxcox", "boxcox_range")
"""`log_one`: ln(x - min + 1). `log_range`: ln(x - min + 1 % of the range). `log_gii`: ln((max - 1)(x - min) / range + 1).
`boxcox`: of x - min + 1. `boxcox_range`: of (x - min) / (1 % of the range) + 1, which no change of unit alters."""
SHARE_OF_RANGE = 0.01
POWERS = (-5.0, 5.0)
"""Where the likeliest power of a Box-Cox curve is looked for."""


@dataclass(frozen=True)
class Winsorised:
    """Where columns are cut; shape `(columns,)`."""

    low: Floats
    """Smaller values become this one; minus infinity where nothing is cut."""
    high: Floats
    points: Floats
    """Values that are changed."""


@dataclass(frozen=True)
class Curves:
    """sign * f(gain * distance + offset), the distance counted from `origin` in the direction of `sign`; shape `(...)`.

    f is the logarithm for power 0, else (x ** power - 1) / power; a NaN power leaves values alone.
    """

    sign: Floats
    """-1 where the curve is mirrored: distances are counted down from the largest value."""
    origin: Floats
    gain: Floats
    offset: Floats
    power: Floats

    @classmethod
    def straight(cls, shape: tuple[int, ...]) -> Curves:
        """Curves that change nothing."""
        one = np.ones(shape)
        return cls(sign=one, origin=np.zeros(shape), gain=one, offset=one, power=np.full(shape, np.nan))

    def map(self, change: Callable[[Floats], Floats]) -> Curves:
        """The same curves with every array changed, such as indexed or reshaped."""
        return Curves(*(change(getattr(self, field.name)) for field in fields(self)))

    def bend(self, values: Floats) -> Floats:
        """The values on the curves.

        Args:
            values: Any shape that the curves broadcast with. A value beyond the origin, which no curve was fitted to
                and whose logarithm may not exist, counts as the origin.
        """
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            distance = np.maximum(self.sign * (values - self.origin), 0.0)
            logged = np.log(distance * self.gain + self.offset)
            raised = np.where(self.power == 0.0, logged, np.expm1(self.power * logged) / self.power)
        return np.where(np.isnan(self.power), values, self.sign * raised)


def winsorise(columns: Floats, limits: Floats, fails: Callable[[Moments], Flags], forced: Flags) -> Winsorised:
    """Bring the outermost values to their neighbour, one step at a time, until a column passes.

    Each step takes the end that the skewness points to. Tied values go together and count each, so that ties may
    carry a column past its limit, as in COINr 1.1.14. A step that would leave a single value is not taken.

    Args:
        columns: Shape `(columns, units)`; NaN is "not measured".
        limits: Values that may be changed, shape `(columns,)`; infinity for no limit.
        fails: The rule, of the moments of some columns.
        forced: Columns that go to their limit whether they fail or not.

    >>> ends = winsorise(np.array([[1.0, 2, 3, 4, 5, 6, 140]]), np.array([5.0]), lambda m: m.skewness > 2, np.array([False]))
    >>> ends.high.tolist(), ends.points.tolist()
    ([6.0], [1.0])
    """
    step = max(1, BLOCK // max(columns.shape[-1], 1))
    parts = [slice(start, start + step) for start in range(0, max(len(columns), 1), step)]
    found = [_winsorise(columns[part], limits[part], fails, forced[part]) for part in parts]
    return Winsorised(*(np.concatenate([getattr(part, item.name) for part in found]) for item in fields(Winsorised)))


def _winsorise(columns: Floats, limits: Floats, fails: Callable[[Moments], Flags], forced: Flags) -> Winsorised:
    """`winsorise`, for no more columns than fit in the processor's cache."""
    now = columns.copy()
    low, high = np.full(len(columns), -np.inf), np.full(len(columns), np.inf)
    points = np.zeros(len(columns))
    shape = moments(now)
    start = (forced | fails(shape)) & (limits > 0)
    going, skewness = np.flatnonzero(start), shape.skewness[start]
    while going.size:
        upward = np.where(skewness < 0, -1.0, 1.0)
        turned = now[going] * upward[:, None]
        top, floor = np.fmax.reduce(turned, axis=1), np.fmin.reduce(turned, axis=1)
        second = np.where(turned < top[:, None], turned, -np.inf).max(axis=1)
        possible = second > floor
        going, upward, second, turned = going[possible], upward[possible], second[possible], turned[possible]
        now[going] = np.minimum(turned, second[:, None]) * upward[:, None]
        high[going] = np.where(upward > 0, second, high[going])
        low[going] = np.where(upward < 0, -second, low[going])
        before = columns[going]
        points[going] = ((before > high[going, None]) | (before < low[going, None])).sum(axis=1)
        shape = moments(now[going])
        more = (forced[going] | fails(shape)) & (points[going] < limits[going])
        going, skewness = going[more], shape.skewness[more]
    return Winsorised(low=low, high=high, points=points)


def curves(columns: Floats, method: str, power: float | None = None, *, mirrored: bool = False) -> Curves:
    """The curve of each column.

    Args:
        columns: Shape `(columns, units)`, each with at least two different values; NaN is "not measured".
        method: One of `TRANSFORMS`. `log_gii` falls for a column whose largest value is not above 1: such a column
            must not come here.
        power: Of a Box-Cox curve; the likeliest of each column when not given. A logarithm has none.
        mirrored: Count from the largest value down where the skewness is negative, so that the long tail is the one
            that is drawn in. `log_gii` is never mirrored.

    Returns:
        Shape `(columns,)`.
    """
    low, high = np.fmin.reduce(columns, axis=1), np.fmax.reduce(columns, axis=1)
    down = np.zeros(len(columns), dtype=bool)
    if mirrored and method != "log_gii":
        down = moments(columns).skewness < 0
    sign: Floats = np.where(down, -1.0, 1.0)
    origin: Floats = np.asarray(np.where(down, high, low))
    one, span = np.ones(len(columns)), high - low
    gain, offset = {
        "log_one": (one, one),
        "log_range": (one, SHARE_OF_RANGE * span),
        "log_gii": ((high - 1.0) / span, one),
        "boxcox": (one, one),
        "boxcox_range": (1.0 / (SHARE_OF_RANGE * span), one),
    }[method]
    if not method.startswith("boxcox"):
        powers = np.zeros(len(columns))
    elif power is not None:
        powers = np.full(len(columns), float(power))
    else:
        shifted = (sign[:, None] * (columns - origin[:, None])) * gain[:, None] + offset[:, None]
        powers = np.array([likeliest_power(row[~np.isnan(row)]) for row in shifted], dtype=float)
    return Curves(sign=sign, origin=origin, gain=gain, offset=offset, power=powers)


def likeliest_power(values: Floats) -> float:
    """The power of a Box-Cox curve under which *values* are likeliest to be normal, within `POWERS`.

    Args:
        values: Shape `(n,)`, above 0, with at least two different ones.

    Source: Box and Cox (1964), section 3; the likelihood is `scipy.stats.boxcox_llf`.
    """
    from scipy import optimize, stats  # noqa: PLC0415  (slow to import, and few frameworks have such a curve)

    found = optimize.minimize_scalar(
        lambda power: -float(stats.boxcox_llf(power, values)), bounds=POWERS, method="bounded", options={"xatol": 1e-9}
    )
    return float(found.x)
