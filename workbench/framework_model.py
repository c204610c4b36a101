"""The shapes of a framework's parameter files, and the rules each part must keep by itself.

Rules that hold between parts (unknown parents, unused numbers, repeated ids) are in `framework`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from workbench.means import METHODS, is_method
from workbench.methods import REGISTERED
from workbench.preparation_model import Preparation, TreatmentMethod
from workbench.question_model import (
    POINTS,
    Asked,
    AskedIf,
    Id,
    Ladder,
    Likert,
    MultiSelect,
    NumberQuestion,
    Option,
    Percent,
    Question,
    Ratio,
    Share,
    Step,
    Year,
    YesNo,
)
from workbench.strictyaml import Strict
from workbench.text import Text

__all__ = [
    "NORMALISATIONS",
    "POINTS",
    "POINT_SCALE",
    "UNSET",
    "Aggregation",
    "Asked",
    "AskedIf",
    "Band",
    "Child",
    "Definition",
    "Group",
    "Indicator",
    "Ladder",
    "Likert",
    "Method",
    "MultiSelect",
    "Normalisation",
    "NumberField",
    "NumberQuestion",
    "Option",
    "Percent",
    "Question",
    "Ratio",
    "RespondentType",
    "Respondents",
    "Step",
    "Unit",
    "Year",
    "YesNo",
]


def _known_mean(name: str) -> str:
    if not is_method(name):
        raise PydanticCustomError("unknown_name", "unknown", {"allowed": ", ".join(METHODS)})
    return name


Aggregation = Annotated[str, AfterValidator(_known_mean)]
"""A way of aggregating, as `means.METHODS` names them."""
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
    NormalisationMethod = str
else:
    NormalisationMethod = Literal[tuple(NORMALISATIONS)]
Weight = Annotated[float, Field(ge=0)]


class Unit(Strict):
    """What is scored: a province, a country."""

    label: Text
    plural: Text
    registry: Literal["th-provinces"] | None = None
    column: str = "unit"
    names: Mapping[Literal["th", "en"], str] | None = None
    missing: tuple[str, ...] = ()
    """What a table writes where nothing was measured, such as `NA` or `..`; an empty cell always means it."""


class RespondentType(Strict):
    """One kind of respondent, such as the provincial land office."""

    id: Id
    label: Text


class Stratum(Strict):
    """Types of respondents that stand for each other: answers make up for the silent of the same stratum only."""

    id: Id
    label: Text
    types: Annotated[tuple[str, ...], Field(min_length=1)]
    population: Annotated[int, Field(ge=1)] | None = None
    """How many respondents of the stratum each unit has, invited or not; without it, those invited."""


class Respondents(Strict):
    """Who answers for a unit."""

    label: Text
    plural: Text
    column: str = "agency"
    minimum_response: Share = 0.5
    """Share of the invited below which a unit gets no score."""
    minimum_published: Annotated[int, Field(ge=1)] = 1
    """Respondents that everything published of a unit must rest on; what rests on fewer is withheld. 1 withholds nothing."""
    personal: tuple[str, ...] = ()
    """Columns of the answers that never leave the intake."""
    types: tuple[RespondentType, ...] = ()
    strata: tuple[Stratum, ...] = ()
    """None: all of a unit's respondents are one stratum."""

    def stratum_of(self) -> dict[str, str]:
        """The stratum of each type; empty without strata."""
        return {name: stratum.id for stratum in self.strata for name in stratum.types}


class Band(Strict):
    """One maturity level."""

    id: Id
    label: Text
    minimum: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Lowest score of the band, which it includes."""
    quantile: Annotated[float, Field(ge=0, lt=1)] | None = None
    """In place of a minimum: the share of units below the band; the limit then follows from the scores."""


class NumberField(Strict):
    """A number that one or more ratio questions use; it is asked once."""

    id: Id
    label: Text
    minimum: float = 0.0
    maximum: float | None = None


class Normalisation(Strict):
    """How an indicator's raw value becomes a score, usually from 0 to 100."""

    method: NormalisationMethod
    low: float | None = None
    """Raw value that scores 0 (100 when the direction is negative)."""
    high: float | None = None
    transform: Literal["none", "log"] = "none"
    clip: bool = True
    """Cut scores beyond the goalposts."""
    range: tuple[float, float] = (0.0, 100.0)
    """Scores of the worst and the best; (1, 100) keeps zeros out of logarithms and geometric means."""
    mean: float = 50.0
    sd: Annotated[float, Field(gt=0)] = 10.0
    target: float | None = None
    reference_unit: str | None = None
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


class Method(Strict):
    """Choices that hold for the whole index unless a part sets its own."""

    aggregation: Aggregation = "arithmetic"
    normalisation: Normalisation | None = None
    """For indicators without one, in groups without one."""
    geometric_floor: Annotated[float, Field(gt=0, le=100)] = 1.0
    """Scores (0-100) below it count as it in geometric means: one zero would make the whole mean zero."""
    minimum_coverage: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of a group's weight that must be measured for the group to have a score."""
    weights: Literal["given", "equal", "equal_indicators", "entropy", "critic", "pca", "optimised"] = "given"
    """Where weights come from: the files, or a rule that sets them in every group."""
    ties: Literal["competition", "mean", "dense"] = "competition"


class Indicator(Strict):
    """What is measured: the answers to one question, or one column of a table."""

    id: Id
    label: Text
    weight: Weight = 1.0
    direction: Literal["positive", "negative"] = "positive"
    normalisation: Normalisation = UNSET
    """None in the file: the group's, else the method's; points from 0 to 1 have a scale of their own."""
    unit: Text | None = None
    denominator: str | None = None
    """Column of the table that the value is divided by, such as population."""
    denominator_factor: Annotated[float, Field(gt=0)] = 1.0
    """1,000 gives values per 1,000."""
    treatment: TreatmentMethod | None = None
    """Of outliers, whether the indicator passes the rule or not; None leaves it to the rule."""
    question: Question | None = None
    column: str | None = None
    reference: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _keys_fit(self) -> Self:
        if self.normalisation.method == "categorical" and self.direction == "negative":
            raise ValueError("categories carry their direction in `points`. | delete `direction: negative`. | no direction")
        given = "normalisation" in self.model_fields_set and self.normalisation.method in {"goalposts", "categorical"}
        if self.treatment is not None and (given or isinstance(self.question, POINTS)):
            problem = "an indicator with goalposts, categories or points takes no `treatment`: its scale bounds it already."
            raise ValueError(f"{problem} | delete `treatment`, or measure it by `minmax` or `zscore`. | no treatment")
        return self

    @property
    def answer_columns(self) -> tuple[str, ...]:
        """The columns of a survey that hold this indicator's answers."""
        if isinstance(self.question, Ratio):
            return (self.question.numerator, self.question.denominator)
        return (self.id,)


def _kind_of_child(value: Any) -> str:  # noqa: ANN401  (whatever the file holds)
    if isinstance(value, Mapping):
        return "group" if "children" in value else "indicator"
    return "group" if isinstance(value, Group) else "indicator"


Child = Annotated[
    Annotated["Group", Tag("group")] | Annotated[Indicator, Tag("indicator")],
    Discriminator(_kind_of_child),
]


class Group(Strict):
    """A pillar, a sub-pillar, or the index itself."""

    id: Id
    label: Text
    weight: Weight = 1.0
    aggregation: Aggregation | None = None
    """None: the method's."""
    normalisation: Normalisation | None = None
    """For the indicators below that have none of their own."""
    reference: str | None = None
    children: Annotated[tuple[Child, ...], Field(min_length=1)]


class Note(Strict):
    """Where numbers of the framework come from."""

    id: Id
    text: Annotated[str, Field(min_length=1)]


class Definition(Strict):
    """A whole edition, with its pillar files put in place."""

    id: Id
    edition: Annotated[str, Field(min_length=1)]
    title: Text
    status: Text | None = None
    attested: tuple[Text, ...] = ()
    proposed: tuple[Text, ...] = ()
    unit: Unit
    respondents: Respondents | None = None
    method: Method = Method()
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    references: tuple[Note, ...] = ()
    preparation: Preparation = Preparation()
    numbers: tuple[NumberField, ...] = ()
    pillars: Annotated[tuple[Child, ...], Field(min_length=1)]


Group.model_rebuild()
