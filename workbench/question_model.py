"""The eight kinds of questions, and the points their answers are worth."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from workbench.strictyaml import Strict
from workbench.text import Text

__all__ = [
    "POINTS",
    "Asked",
    "AskedIf",
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
    "Year",
    "YesNo",
]

Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]


class AskedIf(Strict):
    """The answers to another question after which a question is asked; after others its cell stays empty."""

    question: Id
    """Answer column of the other question."""
    answers: Annotated[tuple[str, ...], Field(min_length=1)]
    """Any of these."""
    otherwise: float | None = None
    """Raw value where the question is not asked, such as 0 for what does not exist; None: no value."""


class Asked(Strict):
    """What all questions share."""

    asked_of: tuple[str, ...] = ()
    """Respondent types that answer; empty = all."""
    asked_if: AskedIf | None = None
    """None: whatever was answered elsewhere."""
    required: bool = False
    """Whoever answers the survey and is asked must answer this question."""
    evidence: Literal["none", "document", "url"] = "none"
    """What respondents have to attach."""
    text: Text | None = None
    """Wording, when it differs from the indicator's label."""


class Step(Strict):
    """One step of a ladder."""

    value: int
    """As answers write it."""
    label: Text
    """What the step is called on the questionnaire."""
    points: Share
    """What the answer is worth, from 0 to 1."""


class Ladder(Asked):
    """One answer among steps that carry points."""

    type: Literal["ladder"]
    """One answer among steps."""
    steps: Annotated[tuple[Step, ...], Field(min_length=2)]
    """From 0 to 1 point, in ascending order."""

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        points = [step.points for step in self.steps]
        if sorted(set(points)) != points or points[0] != 0 or points[-1] != 1:
            shown = ", ".join(f"{point:g}" for point in points)
            raise ValueError(f"points of a ladder must ascend from 0 to 1; got {shown}. | correct them. | ascending from 0 to 1")
        _distinct("value", [str(step.value) for step in self.steps])
        return self


class Option(Strict):
    """One box to tick."""

    value: Id
    """As answers write it."""
    label: Text
    """What the box is called on the questionnaire."""


class MultiSelect(Asked):
    """Boxes to tick; the share of `full_at` ticks, at most one."""

    type: Literal["multi_select"]
    """Any number of boxes."""
    options: Annotated[tuple[Option, ...], Field(min_length=1)]
    """The boxes."""
    full_at: Annotated[int, Field(ge=1)]
    """Ticks that are worth full points."""
    none_option: Id = "none"
    """What an answer writes where no box applies."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        _distinct("value", [option.value for option in self.options] + [self.none_option])
        if self.full_at > len(self.options):
            raise ValueError(
                f"`full_at` is {self.full_at}, but there are {len(self.options)} options. | lower it. | as many as options"
            )
        return self


class YesNo(Asked):
    """Yes = 1, no = 0."""

    type: Literal["yes_no"]
    """Yes or no."""


class Likert(Asked):
    """Agreement from 1 to `points`, scored (x - 1) / (points - 1)."""

    type: Literal["likert"]
    """Agreement."""
    points: Annotated[int, Field(ge=2, le=11)] = 5
    """Steps of agreement."""


class NumberQuestion(Asked):
    """A number in the indicator's own unit."""

    type: Literal["number"]
    """A number."""
    minimum: float | None = None
    """Answers below it are faults."""
    maximum: float | None = None
    """Answers above it are faults."""


class Percent(Asked):
    """A number from 0 to 100."""

    type: Literal["percent"]
    """A share in percent."""


class Year(Asked):
    """A year of the Buddhist era; one of the Christian era or of two digits is understood where only one year can be meant."""

    type: Literal["year"]
    """A year."""
    minimum: Annotated[int, Field(ge=2400, le=2700)]
    """Earliest year that can be meant, Buddhist Era."""
    maximum: Annotated[int, Field(ge=2400, le=2700)]
    """Latest year that can be meant."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"`minimum` is {self.minimum}, above `maximum` {self.maximum}. | swap them.")
        return self


class Ratio(Asked):
    """One number divided by another; not answered when the second is zero."""

    type: Literal["ratio"]
    """One number divided by another."""
    numerator: Id
    """Id of the number above the line."""
    denominator: Id
    """Id of the number below the line."""


Question = Annotated[
    Ladder | MultiSelect | YesNo | Likert | NumberQuestion | Percent | Year | Ratio,
    Field(discriminator="type"),
]
POINTS = (Ladder, MultiSelect, YesNo, Likert)
"""Questions whose values are points from 0 to 1 already."""


def _distinct(name: str, values: list[str]) -> None:
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise ValueError(f"`{name}` {', '.join(twice)} appears twice. | give each its own. | each once")
