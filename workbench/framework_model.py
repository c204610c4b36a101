"""The shapes of a framework's parameter files, and the rules each part must keep by itself.

Rules that hold between parts (unknown parents, unused numbers, repeated ids) are in `framework`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from workbench.means import METHODS, is_method
from workbench.normalisation_model import NORMALISATIONS, POINT_SCALE, UNSET, Normalisation
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


def _floor(value: float) -> float:
    if not value > 0:
        way_out = "give a number above 0, or keep zeros out of the scores with `range: [1, 100]` in the normalisations."
        raise ValueError(f"a geometric mean takes logarithms, which 0 has none; got {value:g}. | {way_out} | above 0")
    return value


Aggregation = Annotated[str, AfterValidator(_known_mean)]
"""A way of aggregating, as `means.METHODS` names them."""
Weight = Annotated[float, Field(ge=0)]


class Unit(Strict):
    """What is scored: a province, a country."""

    label: Text
    """One of them, such as province."""
    plural: Text
    """Several of them."""
    registry: Literal["th-provinces"] | None = None
    """The list that units are checked against and named from; None: whatever the data hold."""
    column: str = "unit"
    """Column of the data that names the unit."""
    names: Mapping[Literal["th", "en"], str] | None = None
    """Columns of a table that hold the units' names, by language; not needed with a registry."""
    missing: tuple[str, ...] = ()
    """What a table writes where nothing was measured, such as `NA` or `..`; an empty cell always means it."""


class RespondentType(Strict):
    """One kind of respondent, such as the provincial land office."""

    id: Id
    """As the answers write it."""
    label: Text
    """What it is called."""


class Stratum(Strict):
    """Types of respondents that stand for each other: answers make up for the silent of the same stratum only."""

    id: Id
    """A short name."""
    label: Text
    """What it is called."""
    types: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids of the types that belong to it; a type belongs to one stratum."""
    population: Annotated[int, Field(ge=1)] | None = None
    """How many respondents of the stratum each unit has, invited or not; without it, those invited."""


class Respondents(Strict):
    """Who answers for a unit."""

    label: Text
    """One of them, such as agency."""
    plural: Text
    """Several of them."""
    column: str = "agency"
    """Column of the answers that names the type of respondent."""
    minimum_response: Share = 0.5
    """Share of the invited below which a unit gets no score."""
    minimum_published: Annotated[int, Field(ge=1)] = 1
    """Respondents that everything published of a unit must rest on; what rests on fewer is withheld. 1 withholds nothing."""
    personal: tuple[str, ...] = ()
    """Columns of the answers that never leave the intake."""
    types: tuple[RespondentType, ...] = ()
    """Kinds of respondents; questions may be asked of some of them only."""
    strata: tuple[Stratum, ...] = ()
    """None: all of a unit's respondents are one stratum."""

    def stratum_of(self) -> dict[str, str]:
        """The stratum of each type; empty without strata."""
        return {name: stratum.id for stratum in self.strata for name in stratum.types}


class Band(Strict):
    """One maturity level."""

    id: Id
    """As results write it."""
    label: Text
    """What the level is called."""
    minimum: Annotated[float, Field(ge=0, le=100)] = 0.0
    """Lowest score of the band, which it includes."""
    quantile: Annotated[float, Field(ge=0, lt=1)] | None = None
    """In place of a minimum: the share of units below the band; the limit then follows from the scores."""


class NumberField(Strict):
    """A number that one or more ratio questions use; it is asked once."""

    id: Id
    """Column of the answers."""
    label: Text
    """What is asked for."""
    minimum: float = 0.0
    """Answers below it are faults."""
    maximum: float | None = None
    """Answers above it are faults."""


class Method(Strict):
    """Choices that hold for the whole index unless a part sets its own."""

    aggregation: Aggregation = "arithmetic"
    """Mean of the index and of every group without one of its own: see `means.METHODS`."""
    normalisation: Normalisation | None = None
    """For indicators without one, in groups without one."""
    geometric_floor: Annotated[float, Field(le=100, json_schema_extra={"exclusiveMinimum": 0}), AfterValidator(_floor)] = 1.0
    """Scores (0-100) below it count as it in geometric means: one zero would make the whole mean zero."""
    minimum_coverage: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of a group's weight that must be measured for the group to have a score."""
    weights: Literal["given", "equal", "equal_indicators", "entropy", "critic", "pca", "optimised"] = "given"
    """Where weights come from: the files, or a rule that sets them in every group."""
    ties: Literal["competition", "mean", "dense"] = "competition"
    """Ranks of units with the same score: 1, 2, 2, 4 or 1, 2.5, 2.5, 4 or 1, 2, 2, 3."""


class Indicator(Strict):
    """What is measured: the answers to one question, or one column of a table."""

    id: Id
    """As files of answers, results and amendments write it; never used for another indicator."""
    label: Text
    """What is measured, in words."""
    weight: Weight = 1.0
    """Importance beside the other parts of its group; only the proportion counts."""
    direction: Literal["positive", "negative"] = "positive"
    """Whether more is better, or less."""
    normalisation: Normalisation = UNSET
    """None in the file: the group's, else the method's; points from 0 to 1 have a scale of their own."""
    unit: Text | None = None
    """Unit of measure of the raw value, for readers."""
    denominator: str | None = None
    """Column of the table that the value is divided by, such as population."""
    denominator_factor: Annotated[float, Field(gt=0)] = 1.0
    """1,000 gives values per 1,000."""
    treatment: TreatmentMethod | None = None
    """Of outliers, whether the indicator passes the rule or not; None leaves it to the rule."""
    question: Question | None = None
    """What respondents are asked; an indicator has a question or a column."""
    column: str | None = None
    """Column of a table that holds the values."""
    reference: Annotated[str, Field(min_length=1)]
    """Where the indicator, its scale and its weight come from."""

    @model_validator(mode="after")
    def _keys_fit(self) -> Self:
        if self.normalisation.method == "categorical" and self.direction == "negative":
            raise ValueError("categories carry their direction in `points`. | delete `direction: negative`. | no direction")
        given = "normalisation" in self.model_fields_set and self.normalisation.method in {"goalposts", "categorical"}
        if self.treatment is not None and (given or isinstance(self.question, POINTS)):
            problem = "an indicator with goalposts, categories or points takes no `treatment`: its scale bounds it already."
            raise ValueError(f"{problem} | delete `treatment`, or measure it by `minmax` or `zscore`. | no treatment")
        return self

    def _repr_html_(self) -> str:
        from workbench.cards import element_card  # noqa: PLC0415  (only a notebook asks)

        return element_card(self)

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
    """As results and amendments write it."""
    label: Text
    """What it is called."""
    weight: Weight = 1.0
    """Importance beside the other parts of its group; only the proportion counts."""
    aggregation: Aggregation | None = None
    """None: the method's."""
    normalisation: Normalisation | None = None
    """For the indicators below that have none of their own."""
    reference: str | None = None
    """Where the group and its weight come from."""
    children: Annotated[tuple[Child, ...], Field(min_length=1)]
    """Groups or indicators it is made of."""

    def _repr_html_(self) -> str:
        from workbench.cards import element_card  # noqa: PLC0415  (only a notebook asks)

        return element_card(self)


class Note(Strict):
    """Where numbers of the framework come from."""

    id: Id
    """A short name."""
    text: Annotated[str, Field(min_length=1)]
    """The citation."""


class Definition(Strict):
    """A whole edition, with its pillar files put in place."""

    id: Id
    """A short name; the fingerprint and the results bear it."""
    edition: Annotated[str, Field(min_length=1)]
    """The year or the name of this edition."""
    title: Text
    """What the index is called."""
    status: Text | None = None
    """A warning shown wherever the framework is, such as that it is a proposal."""
    attested: tuple[Text, ...] = ()
    """Statements about what is known of the framework, with their source."""
    proposed: tuple[Text, ...] = ()
    """Statements about what is only proposed."""
    unit: Unit
    """What is scored."""
    respondents: Respondents | None = None
    """Who answers the survey; None for an index over a table."""
    method: Method = Method()
    """Choices that hold for the whole index."""
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    """Maturity levels, from the lowest up."""
    references: tuple[Note, ...] = ()
    """Sources that several parts cite."""
    preparation: Preparation = Preparation()
    """Steps before scores: screening, imputation, treatment of outliers."""
    numbers: tuple[NumberField, ...] = ()
    """Numbers that several ratio questions use and that are asked once."""
    pillars: Annotated[tuple[Child, ...], Field(min_length=1)]
    """Parts of the index, each here or in a file of its own: `{file: p1.yaml, weight: 1}`."""


Group.model_rebuild()
