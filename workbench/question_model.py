"""The seven kinds of questions, and the points their answers are worth."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from workbench.strictyaml import Strict
from workbench.text import Text

__all__ = [
    "POINTS",
    "Asked",
    "Id",
    "Ladder",
    "Likert",
    "MultiSelect",
    "NumberQuestion",
    "Option",
    "Percent",
    "Question",
    "Ratio",
    "Share",
    "Step",
    "YesNo",
]

Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]


class Asked(Strict):
    """What all questions share."""

    asked_of: tuple[str, ...] = ()
    """Respondent types that answer; empty = all."""
    evidence: Literal["none", "document", "url"] = "none"
    text: Text | None = None
    """Wording, when it differs from the indicator's label."""


class Step(Strict):
    """One step of a ladder."""

    value: int
    label: Text
    points: Share


class Ladder(Asked):
    """One answer among steps that carry points."""

    type: Literal["ladder"]
    steps: Annotated[tuple[Step, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        points = [step.points for step in self.steps]
        if sorted(set(points)) != points or points[0] != 0 or points[-1] != 1:
            shown = ", ".join(f"{point:g}" for point in points)
            raise ValueError(f"points of a ladder must ascend from 0 to 1; got {shown}. | correct the points.")
        _distinct("value", [str(step.value) for step in self.steps])
        return self


class Option(Strict):
    """One box to tick."""

    value: Id
    label: Text


class MultiSelect(Asked):
    """Boxes to tick; the share of `full_at` ticks, at most one."""

    type: Literal["multi_select"]
    options: Annotated[tuple[Option, ...], Field(min_length=1)]
    full_at: Annotated[int, Field(ge=1)]
    none_option: Id = "none"

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        _distinct("value", [option.value for option in self.options] + [self.none_option])
        if self.full_at > len(self.options):
            raise ValueError(f"`full_at` is {self.full_at}, but there are {len(self.options)} options. | lower it.")
        return self


class YesNo(Asked):
    """Yes = 1, no = 0."""

    type: Literal["yes_no"]


class Likert(Asked):
    """Agreement from 1 to `points`, scored (x - 1) / (points - 1)."""

    type: Literal["likert"]
    points: Annotated[int, Field(ge=2, le=11)] = 5


class NumberQuestion(Asked):
    """A number in the indicator's own unit."""

    type: Literal["number"]
    minimum: float | None = None
    maximum: float | None = None


class Percent(Asked):
    """A number from 0 to 100."""

    type: Literal["percent"]


class Ratio(Asked):
    """One number divided by another; not answered when the second is zero."""

    type: Literal["ratio"]
    numerator: Id
    denominator: Id


Question = Annotated[
    Ladder | MultiSelect | YesNo | Likert | NumberQuestion | Percent | Ratio,
    Field(discriminator="type"),
]
POINTS = (Ladder, MultiSelect, YesNo, Likert)
"""Questions whose values are points from 0 to 1 already."""


def _distinct(name: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"`{name}` {', '.join(twice)} appears twice. | give each its own.")
