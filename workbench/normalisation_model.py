"""How a parameter file says that raw values become scores: the methods, and the keys that each of them takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from workbench.methods import REGISTERED
from workbench.strictyaml import Strict

__all__ = ["NORMALISATIONS", "POINT_SCALE", "UNSET", "Normalisation"]

NORMALISATIONS = {
    "goalposts": {"low", "high", "transform", "clip", "range"},
    "minmax": {"range"},
    "zscore": {"mean", "sd", "clip"},
    "rank": {"range"},
    "distance_to_reference": {"reference_unit", "clip", "range"},
    "distance_to_target": {"target", "clip", "range"},
    "fraction_of_max": {"range"},
    "categorical": {"cuts", "points"},
} | {name: {"clip", "range"} for name in REGISTERED}
"""Each method with the keys it takes."""
if TYPE_CHECKING:
    from collections.abc import Iterator

    NormalisationMethod = str
else:
    NormalisationMethod = Literal[tuple(NORMALISATIONS)]


class Normalisation(Strict):
    """How an indicator's raw value becomes a score, usually from 0 to 100."""

    method: NormalisationMethod
    """How; each method takes keys of its own."""
    low: float | None = None
    """Raw value that scores 0 (100 when the direction is negative)."""
    high: float | None = None
    """Raw value that scores 100 (0 when the direction is negative)."""
    transform: Literal["none", "log"] = "none"
    """`log` measures ratios in place of differences: from 1 to 10 is as far as from 10 to 100."""
    clip: bool = True
    """Cut scores beyond the goalposts."""
    range: tuple[float, float] = (0.0, 100.0)
    """Scores of the worst and the best; (1, 100) keeps zeros out of logarithms and geometric means."""
    mean: float = 50.0
    """Score of an average unit, for `zscore`."""
    sd: Annotated[float, Field(gt=0)] = 10.0
    """Points per standard deviation, for `zscore`."""
    target: float | None = None
    """Raw value that scores 100, for `distance_to_target`."""
    reference_unit: str | None = None
    """Id of the unit that all are compared with, for `distance_to_reference`."""
    cuts: tuple[float, ...] = ()
    """Raw values at which the next category begins, ascending."""
    points: tuple[float, ...] = ()
    """Score of each category, one more than cuts; the direction is in the points."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [*self._unused(), *self._incomplete()]
        if problems:
            raise ValueError(problems[0])
        return self

    def _unused(self) -> Iterator[str]:
        extra = sorted(self.model_fields_set - NORMALISATIONS[self.method] - {"method"})
        if extra:
            takes = ", ".join(f"`{key}`" for key in sorted(NORMALISATIONS[self.method]))
            yield f"method `{self.method}` takes no {', '.join(f'`{key}`' for key in extra)}. | delete it. | {takes}"

    def _incomplete(self) -> Iterator[str]:
        if self.method == "goalposts":
            yield from self._goalposts()
        if self.method == "distance_to_target" and self.target is None:
            yield "method `distance_to_target` needs `target`. | add it. | a number"
        if self.method == "distance_to_reference" and self.reference_unit is None:
            yield "method `distance_to_reference` needs `reference_unit`. | add it. | the id of a unit"
        if self.method == "categorical" and (not self.cuts or len(self.points) != len(self.cuts) + 1):
            yield f"there are {len(self.cuts)} cuts and {len(self.points)} points. | correct them. | one point more than cuts"
        if sorted(set(self.cuts)) != list(self.cuts):
            yield "`cuts` must ascend. | order them. | ascending numbers"
        if not self.range[0] < self.range[1]:
            yield f"`range` must ascend; got {self.range[0]:g} to {self.range[1]:g}. | swap its ends. | lower end first"

    def _goalposts(self) -> Iterator[str]:
        if self.low is None or self.high is None:
            yield "method `goalposts` needs `low` and `high`. | add both. | two numbers, `low` below `high`"
        elif not self.low < self.high:
            yield (
                f"`low` must be below `high`; got low={self.low:g}, high={self.high:g}. "
                "| swap them, or set `direction: negative` if more is worse. | `low` below `high`"
            )
        elif self.transform == "log" and self.low <= 0:
            yield f"a log needs goalposts above 0; got low={self.low:g}. | raise `low`, or use transform: none. | `low` above 0"


UNSET = Normalisation.model_construct(method="rank")
"""Stands for "not given" until the framework fills it in from the group or the method."""
POINT_SCALE = Normalisation.model_construct(method="goalposts", low=0.0, high=1.0)
"""For questions that give points from 0 to 1."""
