"""The factors of uncertainty of one analysis, read from a parameter file and checked against the framework.

A factor is one choice that could have been made otherwise. Unknown kinds, methods, levels and ids, empty choices,
noise out of range, and factors that touch a step the framework has not are refused with file and line before
anything is drawn.

Source of the factors: Saisana, Saltelli, Tarantola (2005), Journal of the Royal Statistical Society A 168(2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from workbench.errors import FaultList, one_of, suggestion
from workbench.framework_model import POINTS
from workbench.methods import REGISTERED
from workbench.paths import resolve, shown
from workbench.question_model import Share
from workbench.strictyaml import Place, Strict, read_model
from workbench.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.framework import Framework

    Misfits = Iterator[tuple[str, dict[str, str]]]

__all__ = [
    "AggregationFactor",
    "AmendmentFactor",
    "BandFactor",
    "EditionFactor",
    "Factor",
    "GoalpostFactor",
    "ImputationFactor",
    "LeaveOutFactor",
    "NormalisationFactor",
    "RespondentFactor",
    "Spec",
    "TreatmentFactor",
    "WeightFactor",
    "load_spec",
    "touched",
]

Level = Literal["pillar", "sub-pillar", "indicator"]
NEEDS = {"uniform": "spread", "dirichlet": "concentration", "experts": "ratings", "ignorance": ""}
"""The key that each distribution of weights needs; the others are refused."""


class WeightFactor(Strict):
    """Weights that could have been others.

    `uniform`: each is multiplied by a number uniform in 1 - spread to 1 + spread. `dirichlet`: around the given ones, the
    tighter the higher the concentration. `ignorance`: any weights at all, uniform on the simplex of each group.
    `experts`: the mean of a resample of the experts who rated.
    """

    id: str
    """A short name; no other factor has it."""
    kind: Literal["weights"]
    """Which choice varies."""
    levels: tuple[Level, ...] = ()
    """Empty = every level the framework has."""
    distribution: Literal["uniform", "dirichlet", "ignorance", "experts"] = "uniform"
    """How weights are drawn."""
    spread: Annotated[float, Field(gt=0, lt=1)] | None = None
    """For `uniform`: each weight is multiplied by a number from 1 - spread to 1 + spread."""
    concentration: Annotated[float, Field(gt=0)] | None = None
    """For `dirichlet`: the larger, the nearer to the given weights."""
    ratings: dict[str, dict[str, Annotated[float, Field(ge=0)]]] = Field(default_factory=dict)
    """By expert: a rating of every element at the levels."""
    workshop: str | None = None
    """In place of `ratings`: the id of a workshop of the run, whose record says what the experts gave."""

    @model_validator(mode="after")
    def _complete(self) -> WeightFactor:
        for name, key in NEEDS.items():
            if name == self.distribution and key and not getattr(self, key) and not (key == "ratings" and self.workshop):
                raise ValueError(f"`{key}` is missing: weights by `{name}` need it. | add `{key}`.")
            if name != self.distribution and key and getattr(self, key):
                raise ValueError(f"weights by `{self.distribution}` take no `{key}`. | delete it.")
        if self.workshop and (self.distribution != "experts" or self.ratings):
            raise ValueError("`workshop` stands in place of `ratings`, for weights by `experts`. | keep one of the two.")
        return self


if TYPE_CHECKING:
    NormalisationChoice = str
else:
    NormalisationChoice = Literal["as_given", "goalposts", "minmax", "zscore", "rank", *REGISTERED]


class NormalisationFactor(Strict):
    """One normalisation for all indicators, or each its own."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["normalisation"]
    """Which choice varies."""
    choices: Annotated[tuple[NormalisationChoice, ...], Field(min_length=1)]
    """Each as likely."""


class TreatmentFactor(Strict):
    """Outliers left alone, treated by the usual rule, or treated by it without its fallback."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["treatment"]
    """Which choice varies."""
    choices: Annotated[tuple[Literal["as_given", "none", "rule", "winsorise"], ...], Field(min_length=1)]
    """Each as likely."""


class ImputationFactor(Strict):
    """How gaps are filled."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["imputation"]
    """Which choice varies."""
    choices: Annotated[tuple[Literal["as_given", "none", "mean", "median", "regression"], ...], Field(min_length=1)]
    """Each as likely."""


class AggregationFactor(Strict):
    """The mean by which groups are aggregated."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["aggregation"]
    """Which choice varies."""
    choices: Annotated[tuple[Literal["as_given", "arithmetic", "geometric", "harmonic"], ...], Field(min_length=1)]
    """Each as likely."""
    levels: tuple[Literal["index", "pillar", "sub-pillar"], ...] = ("index", "pillar")
    """Groups that are concerned."""


class GoalpostFactor(Strict):
    """Goalposts moved, each end by up to *spread* of the distance between them."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["goalposts"]
    """Which choice varies."""
    spread: Annotated[float, Field(gt=0, lt=0.5)]
    """Largest shift, as a share of the distance between the goalposts."""
    sets: Annotated[int, Field(ge=2, le=4096)] = 64
    """How many sets of goalposts are drawn; draws share them."""


class LeaveOutFactor(Strict):
    """Nothing left out, or one element of a level, each as likely."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["leave_out"]
    """Which choice varies."""
    level: Literal["pillar", "indicator"] = "indicator"
    """What is left out."""


class BandFactor(Strict):
    """Cut points of the bands, each moved by up to *spread* points."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["bands"]
    """Which choice varies."""
    spread: Annotated[float, Field(gt=0, le=50)]
    """Largest shift, in points."""


class RespondentFactor(Strict):
    """Respondents resampled as the survey's design says (rescaled bootstrap with finite-population correction)."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["respondents"]
    """Which choice varies."""
    replicates: Annotated[int, Field(ge=2, le=100_000)] = 512
    """How many surveys are resampled; draws share them."""


class EditionFactor(Strict):
    """Other editions of the framework, scored on the same answers."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["edition"]
    """Which choice varies."""
    frameworks: Annotated[tuple[str, ...], Field(min_length=1)]
    """Besides the run's own."""


class AmendmentFactor(Strict):
    """Each amendment of the workshops accepted or not, independently."""

    id: str
    """A short name; no other factor has it."""
    kind: Literal["amendments"]
    """Which choice varies."""
    only: Annotated[tuple[str, ...], Field(max_length=12)] = ()
    """Ids; empty = every one that was accepted."""


Factor = Annotated[
    WeightFactor
    | NormalisationFactor
    | TreatmentFactor
    | ImputationFactor
    | AggregationFactor
    | GoalpostFactor
    | LeaveOutFactor
    | BandFactor
    | RespondentFactor
    | EditionFactor
    | AmendmentFactor,
    Field(discriminator="kind"),
]


class Spec(Strict):
    """The factors of uncertainty of one analysis."""

    label: Text
    """What the analysis is called."""
    max_failed: Share = 0.05
    """Share of the draws that may fail before the analysis stops."""
    factors: Annotated[tuple[Factor, ...], Field(min_length=1)]
    """What varies."""
    groups: dict[str, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """Factors that count as one in Sobol's indices, by the name of the group."""

    @model_validator(mode="after")
    def _once(self) -> Spec:
        ids = [factor.id for factor in self.factors]
        kinds: list[str] = [factor.kind for factor in self.factors if not isinstance(factor, WeightFactor)]
        for name, values in (("id", ids), ("kind", kinds)):
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"factor {name} {', '.join(twice)} appears twice. | keep one.")
        grouped = [name for names in self.groups.values() for name in names]
        wrong = sorted({name for name in grouped if name not in ids or grouped.count(name) > 1})
        if wrong:
            raise ValueError(f"`groups` name {', '.join(wrong)}, which is no factor or stands twice. | correct the groups.")
        levels = [level for factor in self.weights for level in factor.levels or ("pillar", "sub-pillar", "indicator")]
        twice = sorted({level for level in levels if levels.count(level) > 1})
        if twice:
            raise ValueError(f"the weights of {', '.join(twice)} belong to two factors. | give each its own `levels`.")
        return self

    @property
    def weights(self) -> tuple[WeightFactor, ...]:
        """The factors that change weights."""
        return tuple(factor for factor in self.factors if isinstance(factor, WeightFactor))

    def of(self, kind: str) -> Factor | None:
        """The factor of this kind, where there is one."""
        return next((factor for factor in self.factors if factor.kind == kind), None)


def load_spec(path: str | Path, framework: Framework) -> Spec:
    """Read and check the factors of uncertainty.

    Raises:
        WorkbenchError: every fault of the file, and every factor that touches what the framework has not.
    """
    file = resolve(path)
    spec, document = read_model(file, Spec)
    spec = spec.model_copy(update={"factors": tuple(_rated(factor, framework) for factor in spec.factors)})
    faults = FaultList()
    for position, factor in enumerate(spec.factors):
        place = document.places.along(document.data, ("factors", position)) or Place(shown(file), 1)
        for problem, rest in _misfits(factor, spec, framework):
            faults.add(f"factor `{factor.id}`: {problem}", file=place.file, line=place.line, **rest)
    faults.stop_if_any()
    return spec


def _rated(factor: Factor, framework: Framework) -> Factor:
    """The factor with the ratings of the workshop it names: points for pillars, importance for indicators.

    Experts who did not rate every element at the levels are left out.
    """
    if not isinstance(factor, WeightFactor) or factor.workshop is None:
        return factor
    wanted = set(touched(factor, framework))
    found: dict[str, dict[str, float]] = {}
    for workshop in framework.workshops:
        for expert, sheet, item, value in workshop.record if workshop.id == factor.workshop else ():
            if sheet in {"points", "importance"} and item in wanted and value != "":
                found.setdefault(expert, {})[item] = float(value)
    whole = {expert: ratings for expert, ratings in found.items() if set(ratings) == wanted}
    return factor.model_copy(update={"ratings": whole})


def touched(factor: WeightFactor, framework: Framework) -> list[str]:
    """Ids of the elements whose weights the factor changes."""
    tops = {node.id for node in framework.pillars}
    wanted = set(factor.levels)
    ids = [node.id for node in framework.elements]
    return [name for name in ids if not wanted or ({framework.level(name)} | ({"pillar"} if name in tops else set())) & wanted]


def _misfits(factor: Factor, spec: Spec, framework: Framework) -> Misfits:  # noqa: C901  (one line a kind)
    """What the factor touches that the framework has not, and the other parts of each fault."""
    if isinstance(factor, WeightFactor | AggregationFactor):
        yield from _no_levels(factor, framework)
    if isinstance(factor, WeightFactor) and factor.distribution == "experts":
        yield from _no_record(factor, framework) if factor.workshop is not None else _unrated(factor, framework)
    if isinstance(factor, AmendmentFactor):
        yield from _unknown_amendments(factor, framework)
    if isinstance(factor, EditionFactor):
        for name in factor.frameworks:
            if not resolve(name).exists():
                yield f"there is no framework {name}.", {"fix": "correct the path."}
    delete = {"fix": "delete the factor."}
    if isinstance(factor, RespondentFactor) and framework.respondents is None:
        yield f"the framework {framework.id} is made of a table and has no respondents.", delete
    if isinstance(factor, GoalpostFactor) and not any(map(_has_goalposts, framework.indicators)):
        yield f"the framework {framework.id} has no indicator with goalposts.", delete
    if isinstance(factor, BandFactor) and framework.bands[0].quantile is not None:
        yield f"the bands of {framework.id} are quantiles, which follow the scores.", delete
    if isinstance(factor, LeaveOutFactor) and len(framework.pillars) == 1 and factor.level == "pillar":
        yield f"the framework {framework.id} has one pillar, which cannot be left out.", delete
    if isinstance(factor, TreatmentFactor) and spec.of("normalisation") is None and all(map(_bounded, framework.indicators)):
        problem = f"every indicator of {framework.id} has goalposts or categories, which bound it already."
        yield problem, {"fix": "delete the factor, or let the normalisation vary too."}


def _no_levels(factor: WeightFactor | AggregationFactor, framework: Framework) -> Misfits:
    # Whatever the index is made of directly counts as a pillar.
    levels = {"index", "pillar"} | {framework.level(node.id) for node in framework.elements}
    for level in sorted(set(factor.levels) - levels):
        rest = {"allowed": one_of(sorted(levels)), "fix": f"delete {level} from `levels`."}
        yield f"the framework {framework.id} has no {level}.", rest


def _no_record(factor: WeightFactor, framework: Framework) -> Misfits:
    """Why the workshop that a factor names gives no ratings."""
    if factor.workshop is None:
        return
    known = [workshop.id for workshop in framework.workshops if workshop.record]
    if factor.workshop not in known:
        problem = f"there is no workshop `{factor.workshop}` with a record of ratings."
        fix = suggestion(factor.workshop, known) or "name a workshop of the run, or write the ratings here."
        yield problem, {"allowed": one_of(known) or "a workshop with `ratings`", "fix": fix}
    elif len(factor.ratings) < 2:  # noqa: PLR2004  (one cannot be resampled)
        problem = f"{len(factor.ratings)} experts of `{factor.workshop}` rated every element at the levels."
        yield (
            problem,
            {"allowed": "two or more; pillars by points, indicators by importance", "fix": "set `levels` to what was rated."},
        )


def _unrated(factor: WeightFactor, framework: Framework) -> Misfits:
    wanted = touched(factor, framework)
    for expert, ratings in factor.ratings.items():
        missing = [name for name in wanted if name not in ratings]
        if missing:
            yield (
                f"expert `{expert}` rated no {one_of(missing)}.",
                {"fix": "rate every element at the levels, or leave them out."},
            )
        for name in ratings:
            if name not in wanted:
                near = suggestion(name, wanted) or "delete the rating."
                yield f"expert `{expert}` rated `{name}`, which is no element at the levels.", {"fix": near}
    if len(factor.ratings) == 1:
        yield "one expert cannot be resampled.", {"fix": "give the ratings of two or more."}


def _unknown_amendments(factor: AmendmentFactor, framework: Framework) -> Misfits:
    known = [item.id for item in framework.amendments]
    if not known:
        yield f"the framework {framework.id} comes without a workshop.", {"fix": "name a workshop, or delete the factor."}
    for name in factor.only:
        if known and name not in known:
            yield f"there is no amendment `{name}`.", {"allowed": one_of(known), "fix": suggestion(name, known)}


def _has_goalposts(indicator: object) -> bool:
    """Whether goalposts were set by someone: points from 0 to 1 have none."""
    return indicator.normalisation.method == "goalposts" and not isinstance(indicator.question, POINTS)  # type: ignore[attr-defined]


def _bounded(indicator: object) -> bool:
    return indicator.normalisation.method in {"goalposts", "categorical"}  # type: ignore[attr-defined]
