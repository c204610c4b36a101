"""Treatment fitted to some units, and ready for any others.

`fit_treatment` finds what every indicator needs by a rule; the `Treatment` it gives holds where each indicator is
cut and on which curve it is put, so that a unit scored alone, later or in a draw is treated alike. Pure functions
over arrays of shape `(..., units, indicators)`; each indicator is treated by itself, so adding or removing one
changes no other. NaN is "not measured" and stays. A constant or short column is left as it is and has a remark, and
so has everything else that could not be done. Refuses to force what is unknown or would turn an indicator round.

Source: COINr 1.1.14 (Becker et al., JOSS 7 (2022) 4567), function `Treat`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import FaultList
from workbench.moments import Moments, by_indicator, moments
from workbench.transforms import POWERS, TRANSFORMS, Curves, curves, winsorise
from workbench.treatment_rule import Rule
from workbench.unit_tables import numbers, only_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Codes = NDArray[np.int8]

__all__ = ["REMARKS", "Treatment", "fit_treatment"]

REMARKS = ("", "empty", "constant", "short", "two_values", "reversed", "power_limit", "still_fails", "over_limit")
"""What a reader has to know of an indicator; see the phrases under `preparation.treatment`."""
SHORTEST = 4
"""Fewer values have no kurtosis."""


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """A treatment fitted to some units; arrays of shape `(..., indicators)`, leading axes as in what it was fitted to."""

    indicators: tuple[str, ...]
    rule: Rule
    low: Floats
    """Smaller values become this one; minus infinity where nothing is cut."""
    high: Floats
    curves: Curves
    transform: Codes
    """0, or the place in `TRANSFORMS` from 1."""
    points: Floats
    """Values winsorised."""
    tried: Floats
    """Values winsorised before the fallback was taken, or as `points`."""
    forced: Flags
    remark: Codes
    """Place in `REMARKS`."""
    before: Moments
    after: Moments

    def apply(self, values: Floats) -> Floats:
        """Treat any units in the same way.

        Args:
            values: Shape `(..., units, indicators)`, indicators in the order of `indicators`. A value beyond a cut end
                becomes that end.

        Returns:
            Shape of *values* (with the leading axes of the treatment); NaN stays NaN.
        """
        lead = np.broadcast_shapes(values.shape[:-2], self.low.shape[:-1])
        result = np.array(np.broadcast_to(values, (*lead, *values.shape[-2:])), dtype=float)
        cut, bent = np.isfinite(self.low) | np.isfinite(self.high), ~np.isnan(self.curves.power)
        for changed, change in ((cut, self._cut), (bent, self._bend)):
            places = np.flatnonzero(changed.any(axis=tuple(range(changed.ndim - 1))))
            if places.size:
                result[..., places] = change(result[..., places], places)
        return result

    def _cut(self, values: Floats, places: NDArray[np.intp]) -> Floats:
        return np.clip(values, self.low[..., None, places], self.high[..., None, places])

    def _bend(self, values: Floats, places: NDArray[np.intp]) -> Floats:
        return self.curves.map(lambda part: part[..., None, places]).bend(values)

    def select(self, indicators: Sequence[str]) -> Treatment:
        """The same treatment of some of the indicators, by id, in the order asked for.

        Raises:
            WorkbenchError: an indicator is unknown to the treatment.
        """
        faults = FaultList()
        only_known(indicators, self.indicators, "indicator", faults)
        faults.stop_if_any()
        at = [self.indicators.index(name) for name in indicators]
        return Treatment(
            indicators=tuple(indicators),
            rule=self.rule,
            curves=self.curves.map(lambda part: part[..., at]),
            before=self.before.map(lambda part: part[..., at]),
            after=self.after.map(lambda part: part[..., at]),
            **{name: getattr(self, name)[..., at] for name in _ARRAYS},
        )

    @property
    def passed(self) -> Flags:
        """Indicators that do not fail the rule after treatment."""
        return ~self.rule.fails(self.after)

    @property
    def table(self) -> pd.DataFrame:
        """The record per indicator; only without leading axes.

        Index indicator; columns `method` (`none`, `winsorise`, a transform, or both joined by `+`), `forced`, `points`
        and `points_tried` (values winsorised), `power`, `skewness_before`, `kurtosis_before`, `passed_before`,
        `skewness_after`, `kurtosis_after`, `passed_after`, `remark` (one of `REMARKS`).
        """
        columns = {
            "method": [_method(cut, code) for cut, code in zip(self.points > 0, self.transform, strict=True)],
            "forced": self.forced,
            "points": self.points.astype(int),
            "points_tried": self.tried.astype(int),
            "power": self.curves.power,
            "skewness_before": self.before.skewness,
            "kurtosis_before": self.before.kurtosis,
            "passed_before": ~self.rule.fails(self.before),
            "skewness_after": self.after.skewness,
            "kurtosis_after": self.after.kurtosis,
            "passed_after": self.passed,
            "remark": [REMARKS[code] for code in self.remark],
        }
        return pd.DataFrame(columns, index=pd.Index(self.indicators, name="indicator"))


_ARRAYS = ("low", "high", "transform", "points", "tried", "forced", "remark")


def _method(cut: bool, code: int) -> str:  # noqa: FBT001  (an element of an array)
    steps = [*(["winsorise"] if cut else []), *([TRANSFORMS[code - 1]] if code else [])]
    return "+".join(steps) or "none"


def fit_treatment(values: Floats | pd.DataFrame, rule: Rule | None = None, indicators: Sequence[str] = ()) -> Treatment:
    """Find what every indicator needs.

    Args:
        values: Shape `(..., units, indicators)`, or a table; NaN is "not measured" and is left out. With leading axes
            every draw gets its own treatment.
        rule: The usual one when not given.
        indicators: Ids of the columns of an array; needed where the rule forces some. A table brings its own.

    Returns:
        The treatment; `apply` it to the same or other values.

    Raises:
        WorkbenchError: the rule forces an indicator that is unknown, or to a curve that would turn it round.

    >>> column = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 140])[:, None]
    >>> fit_treatment(column).apply(column)[-1].tolist()
    [12.0]
    """
    rule = rule or Rule()
    if isinstance(values, pd.DataFrame):
        return fit_treatment(numbers(values), rule, [str(name) for name in values.columns])
    names = tuple(indicators) or tuple(str(place) for place in range(values.shape[-1]))
    faults = FaultList()
    only_known(rule.forced, names, "forced treatment: indicator", faults)
    faults.stop_if_any()
    columns = by_indicator(values)
    shape = columns.shape[:-1]
    return _Fitting(columns.reshape(prod(shape), columns.shape[-1]), rule, names).treatment(shape)


class _Fitting:
    """One fit; every array has one entry per column of `(columns, units)`, columns running through draws and indicators."""

    def __init__(self, columns: Floats, rule: Rule, names: tuple[str, ...]) -> None:
        self.columns, self.rule, self.names = columns, rule, names
        size = len(columns)
        self.before = moments(columns)
        self.low, self.high = np.full(size, -np.inf), np.full(size, np.inf)
        self.points, self.tried = np.zeros(size), np.zeros(size)
        self.curves = Curves.straight((size,))
        self.transform = np.zeros(size, dtype=np.int8)
        self.remark = np.zeros(size, dtype=np.int8)
        self.forced = self._where(rule.forced)
        self.alike = self.before.constant | (self.before.n == 0)
        self.over = np.zeros(size, dtype=bool)

    def treatment(self, shape: tuple[int, ...]) -> Treatment:
        """Do all steps; *shape* is that of the arrays without the units."""
        failing = self.rule.fails(self.before)
        if failing.any() or self.forced.any():
            self._winsorise(failing)
            self._fall_back()
            self._force()
        after = self._after()
        self._remark(after)
        arrays = {name: getattr(self, name).reshape(shape) for name in _ARRAYS}
        return Treatment(
            indicators=self.names,
            rule=self.rule,
            curves=self.curves.map(lambda part: part.reshape(shape)),
            before=self.before.map(lambda part: part.reshape(shape)),
            after=after.map(lambda part: part.reshape(shape)),
            **arrays,
        )

    def _where(self, ids: Mapping[str, object] | Sequence[str]) -> Flags:
        """Columns of the indicators *ids*."""
        flags = np.array([name in ids for name in self.names], dtype=bool)
        return np.tile(flags, len(self.columns) // max(len(flags), 1))

    def _winsorise(self, failing: Flags) -> None:
        limits = np.full(len(self.columns), np.inf if self.rule.points is None else float(self.rule.points))
        by_force = np.zeros(len(self.columns), dtype=bool)
        for name in self.rule.forced:
            step = self.rule.step(name)
            if step.method == "winsorise":
                by_force |= self._where([name])
                if step.points is not None:
                    limits[self._where([name])] = step.points
        at = np.flatnonzero((failing & ~self.forced) | (by_force & ~self.alike))
        found = winsorise(self.columns[at], limits[at], self.rule.fails, by_force[at])
        self.low[at], self.high[at], self.points[at], self.tried[at] = found.low, found.high, found.points, found.points
        self.over = self.points > limits

    def _fall_back(self) -> None:
        """Put on a curve what winsorising did not mend."""
        if self.rule.fallback == "none":
            return
        at = np.flatnonzero(self.rule.fails(self._after()) & ~self.forced)
        base = np.clip(self.columns[at], self.low[at, None], self.high[at, None]) if self.rule.combine else self.columns[at]
        ends = moments(base)
        between = ((base > ends.low[:, None]) & (base < ends.high[:, None])).any(axis=1)
        upside = (ends.high > 1.0) | (self.rule.fallback != "log_gii")
        self.remark[at[~upside]] = REMARKS.index("reversed")
        self.remark[at[~between]] = REMARKS.index("two_values")
        useful = between & upside
        if not self.rule.combine:
            self._uncut(at[useful])
        self._bend(at[useful], base[useful], self.rule.fallback, self.rule.power)

    def _uncut(self, at: NDArray[np.intp]) -> None:
        self.low[at], self.high[at], self.points[at] = -np.inf, np.inf, 0.0
        self.over[at] = False

    def _force(self) -> None:
        faults = FaultList()
        for name in self.rule.forced:
            step = self.rule.step(name)
            at = np.flatnonzero(self._where([name]) & ~self.alike)
            if step.method == "log_gii" and (self.before.high[at] <= 1.0).any():
                problem = f"`log_gii` would turn `{name}` round: its largest value is {self.before.high[at].min():g}."
                faults.add(problem, allowed="indicators whose largest value is above 1", fix="use `log_range`.")
            elif step.method in TRANSFORMS:
                self._bend(at, self.columns[at], step.method, step.power)
        faults.stop_if_any()

    def _bend(self, at: NDArray[np.intp], base: Floats, method: str, power: float | None) -> None:
        if not at.size:
            return
        found = curves(base, method, power, mirrored=self.rule.mirrored)
        for item in fields(found):
            # `straight` shares arrays between fields.
            changed = getattr(self.curves, item.name).copy()
            changed[at] = getattr(found, item.name)
            self.curves = replace(self.curves, **{item.name: changed})
        self.transform[at] = TRANSFORMS.index(method) + 1
        if method.startswith("boxcox") and power is None:
            ended = np.abs(found.power) > max(POWERS) - 1e-3
            self.remark[at[ended]] = REMARKS.index("power_limit")

    def _after(self) -> Moments:
        """Moments of the treated columns."""
        changed = np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high) | (self.transform > 0))
        if not changed.size:
            return self.before
        cut = np.clip(self.columns[changed], self.low[changed, None], self.high[changed, None])
        found = moments(self.curves.map(lambda part: part[changed, None]).bend(cut))
        return Moments(*(_with(getattr(self.before, item.name), changed, getattr(found, item.name)) for item in fields(found)))

    def _remark(self, after: Moments) -> None:
        """The weightiest remark of each column; those already made stay."""
        untouched = (self.points == 0) & (self.transform == 0)
        for flags, remark in (
            (self.before.n == 0, "empty"),
            (self.before.constant, "constant"),
            ((self.before.n < SHORTEST) & untouched, "short"),
            (self.rule.fails(after), "still_fails"),
            (self.over, "over_limit"),
        ):
            self.remark[flags & (self.remark == 0)] = REMARKS.index(remark)


def _with(values: Floats, at: NDArray[np.intp], new: Floats) -> Floats:
    changed = values.copy()
    changed[at] = new
    return changed
