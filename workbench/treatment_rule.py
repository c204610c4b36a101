"""When and how indicators are treated for outliers.

The usual rule: an indicator fails when its absolute skewness is above 2 **and** its kurtosis above 3.5; then up to
five of its outermost values are winsorised, and if it still fails, the original is put on logarithms. Indicators
may be forced to a treatment whether they pass or not. Refuses an impossible rule, all faults at once.

Source: JRC, COIN Tool user's guide, EUR 29899 (doi 10.2760/523877).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import FaultList, one_of, suggestion
from workbench.transforms import TRANSFORMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.moments import Moments

__all__ = ["METHODS", "Rule", "Step"]

METHODS = ("none", "winsorise", *TRANSFORMS)
"""What an indicator may be forced to."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One treatment that an indicator is forced to."""

    method: str
    """One of `METHODS`."""
    points: int | None = None
    """How many values are winsorised; the rule's when not given."""
    power: float | None = None
    """Of a Box-Cox curve; the likeliest when not given."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When and how indicators are treated. Valid from birth."""

    skewness: float = 2.0
    """An indicator fails when its absolute skewness is above this and its kurtosis above the next."""
    kurtosis: float = 3.5
    points: int | None = 5
    """Values that may be winsorised before the fallback; 0 for none, None for no limit."""
    fallback: str = "log_range"
    """What follows when winsorising does not help: `none` or one of the transforms."""
    power: float | None = None
    """Of a Box-Cox fallback; the likeliest when not given."""
    combine: bool = False
    """The fallback is applied to the winsorised values, not to the original ones."""
    mirrored: bool = True
    """A curve counts from the largest value down where the skewness is negative: the plain one would make it worse."""
    forced: Mapping[str, Step | str] = field(default_factory=dict)
    """A treatment by indicator id, done whether the indicator passes or not; a name alone is a `Step` of that method."""

    def __post_init__(self) -> None:
        faults = FaultList()
        for name, number in (("skewness", self.skewness), ("kurtosis", self.kurtosis)):
            if not np.isfinite(number) or (name == "skewness" and number < 0):
                faults.add(f"the limit of {name} is {number:g}.", allowed="a number" if name == "kurtosis" else "a number from 0")
        _check_points(self.points, "the rule", faults)
        _check_method(self.fallback, ("none", *TRANSFORMS), "the fallback", faults)
        for name in self.forced:
            step = self.step(name)
            _check_method(step.method, METHODS, f"the treatment of `{name}`", faults)
            _check_points(step.points, f"`{name}`", faults)
            if step.method == "winsorise" and step.points is None and self.points is None:
                faults.add(f"winsorising `{name}` by force has no limit.", fix="say how many points.")
        faults.stop_if_any()

    def step(self, name: str) -> Step:
        """What indicator *name* is forced to."""
        forced = self.forced[name]
        return Step(method=forced) if isinstance(forced, str) else forced

    def fails(self, shape: Moments) -> NDArray[np.bool_]:
        """Columns that need treatment; a column without skewness or kurtosis does not."""
        with np.errstate(invalid="ignore"):
            return np.asarray((np.abs(shape.skewness) > self.skewness) & (shape.kurtosis > self.kurtosis))


def _check_points(points: int | None, what: str, faults: FaultList) -> None:
    if points is not None and (points < 0 or points != int(points)):
        faults.add(f"the points that {what} may winsorise are {points:g}.", allowed="a whole number from 0")


def _check_method(method: str, allowed: Sequence[str], what: str, faults: FaultList) -> None:
    if method not in allowed:
        fix = suggestion(str(method), allowed)
        faults.add(f"{what} is `{method}`, which is unknown.", allowed=one_of(allowed), fix=fix)
