"""What the discrete choices of a draw make of the data: matrices of indicator scores and trees, made once each.

A variant is one combination of edition, amendments, imputation, treatment, normalisation, aggregation, goalposts and
respondents. Each is made by the functions that `score` uses, from the same data; the one with every choice as given
is the published result. A combination that cannot be computed is a failure with a reason, never a row of zeros.

Respondents and goalposts come in numbered sets, made by streams of their own, so that set 7 is the same set
whoever asks for it. Resampled surveys are measured with the ruler of the whole one, as the standard errors are.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import Fault, WorkbenchError, one_of
from workbench.framework import Framework
from workbench.normalisation import fit, normalise
from workbench.preparation_model import Imputation
from workbench.question_model import POINTS
from workbench.replication import replicate_means, resampled
from workbench.score_errors import divided, survey_design
from workbench.scoring import score
from workbench.text import Texts
from workbench.treatment import treat
from workbench.treatment_rule import Rule
from workbench.uncertainty.products import Plan, Products
from workbench.uncertainty.spec import AggregationFactor, AmendmentFactor, EditionFactor, GoalpostFactor, RespondentFactor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from workbench.aggregation import Tree
    from workbench.normalisation import Ruler
    from workbench.sampling import Design
    from workbench.scoring import Scores
    from workbench.text import Text
    from workbench.uncertainty.spec import Spec

    Floats = NDArray[np.float64]

__all__ = ["AS_GIVEN", "DISCRETE", "RESPONDENTS", "WINDOW", "Setting", "Variants", "stream"]

DISCRETE = ("edition", "amendments", "imputation", "treatment", "normalisation", "aggregation", "goalposts", "respondents")
"""Kinds of factors that change the matrix or the tree."""
AS_GIVEN = "as_given"
Setting = tuple[str, ...]
"""One choice for each kind of `DISCRETE`, in that order."""
NORMALISATION, AGGREGATION = DISCRETE.index("normalisation"), DISCRETE.index("aggregation")
GOALPOSTS, RESPONDENTS = DISCRETE.index("goalposts"), DISCRETE.index("respondents")
WINDOW = 32
"""Resampled surveys that are made together, and that an early block of draws uses; see `draws`."""
KEPT = 2**28
"""Bytes of matrices kept at most; beyond that they are made again."""


def stream(seed: int, purpose: str, block: int) -> np.random.Generator:
    """The random numbers of one purpose in one block of draws; no two share any.

    >>> stream(0, "weights", 3).random() == stream(0, "weights", 3).random()
    True
    """
    number = int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest())
    return np.random.Generator(np.random.Philox(key=[seed, number], counter=[0, 0, 0, block]))


class Variants:
    """Every combination of the discrete choices of one analysis."""

    def __init__(self, scores: Scores, spec: Spec, seed: int) -> None:
        self.scores, self.spec, self.seed = scores, spec, seed
        self.units = scores.table.index[scores.index.notna().to_numpy()]
        self.rows = np.arange(len(self.units))
        """The units that matrices hold, of `units`."""
        self.failures: dict[Setting, str] = {}
        self.notices: dict[str, Text] = {}
        self._made: dict[Setting, Products] = {}
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._scored: dict[tuple[str, ...], Scores] = {}
        self._surveys: dict[tuple[int, int], Floats] = {}
        self._rulers: dict[tuple[str, ...], tuple[Callable[[Floats], Floats], Ruler]] = {}
        self._bytes = 0
        """What the matrices that are kept take."""
        self._lock = threading.Lock()

    def choices(self, kind: str) -> tuple[str, ...]:
        """What the factor of this kind chooses from; one choice where there is no such factor."""
        factor = self.spec.of(kind)
        match factor:
            case None:
                return (AS_GIVEN,)
            case EditionFactor():
                return (AS_GIVEN, *factor.frameworks)
            case AmendmentFactor():
                size = len(self.amendments)
                return tuple(format(number, f"0{size}b") for number in range(2**size))
            case GoalpostFactor():
                return tuple(str(number) for number in range(factor.sets))
            case RespondentFactor():
                return tuple(str(number) for number in range(factor.replicates))
        return tuple(factor.choices)  # type: ignore[union-attr]

    @property
    def amendments(self) -> tuple[str, ...]:
        """Ids of the amendments that may be accepted or not; a choice has one digit for each, 1 for accepted."""
        factor = self.spec.of("amendments")
        if not isinstance(factor, AmendmentFactor):
            return ()
        return factor.only or tuple(item.id for item in self.scores.framework.amendments if item.status == "accepted")

    def of(self, setting: Setting) -> Products | None:
        """The matrix and tree of one combination; None where it cannot be computed, which `failures` explains."""
        if setting[GOALPOSTS] != AS_GIVEN and setting[NORMALISATION] not in {AS_GIVEN, "goalposts"}:
            # Measured by the spread of the units: no goalposts to move.
            setting = (*setting[:GOALPOSTS], AS_GIVEN, *setting[GOALPOSTS + 1 :])
        found = self._made.get(setting)
        if found is not None:
            return found
        with self._lock:
            if setting not in self._made and setting not in self.failures:
                # Before, never while some are made: those made on the way to others would be gone when they are asked for.
                if self._bytes > KEPT:
                    self._made.clear()
                    self._bytes = 0
                try:
                    self._make(setting)
                except WorkbenchError as error:
                    self.failures[setting] = error.faults[0].problem
            return self._made.get(setting)

    def _make(self, setting: Setting) -> None:
        """Make the combination, and with it those of the neighbouring resampled surveys."""
        given = dict(zip(DISCRETE, setting, strict=True))
        base = self._base(given["edition"], given["amendments"], given["imputation"])
        plain = (*setting[:AGGREGATION], AS_GIVEN, *setting[AGGREGATION + 1 :])
        if setting != plain:
            # The matrix is the same under every mean.
            if plain not in self._made:
                self._make(plain)
            plan = self._plan(base, given)
            self._made[setting] = replace(self._made[plain], plan=plan)
            self._bytes += self._made[plain].filled.nbytes if plan.in_logs else 0
            return
        apply, ruler = self._ruler(base, given)
        ruler = self._moved(ruler, base.framework, given["goalposts"])
        plan = self._plan(base, given)
        rows = base.prepared.untreated
        known = rows.index.get_indexer(self.units)[self.rows]
        if given["respondents"] == AS_GIVEN:
            self._keep(setting, Products.of(normalise(apply(rows.to_numpy()), ruler)[known], plan))
            return
        number = int(given["respondents"])
        first = number // WINDOW * WINDOW
        surveys = self._survey(base, first)
        if given["goalposts"] != AS_GIVEN:
            # Neighbours have other goalposts.
            self._keep(setting, Products.of(normalise(apply(surveys[number - first]), ruler)[known], plan))
            return
        for place, products in enumerate(Products.each(normalise(apply(surveys), ruler)[:, known], plan)):
            self._keep((*setting[:RESPONDENTS], str(first + place)), products)

    def _keep(self, setting: Setting, products: Products) -> None:
        self._made[setting] = products
        self._bytes += products.filled.nbytes

    def _base(self, edition: str, amendments: str, imputation: str) -> Scores:
        """The published scores, or those of another framework on the same data."""
        key = (edition, amendments if edition == AS_GIVEN else AS_GIVEN, imputation)
        if key not in self._scored:
            self._scored[key] = self._score(*key)
        return self._scored[key]

    def _score(self, edition: str, amendments: str, imputation: str) -> Scores:
        framework = self.scores.framework
        if edition != AS_GIVEN:
            framework = Framework.load(edition)
            self._check_edition(framework)
        elif amendments != AS_GIVEN:
            framework = self._amended(amendments)
        if imputation != AS_GIVEN:
            preparation = framework.definition.preparation.model_copy(update={"imputation": Imputation(method=imputation)})  # type: ignore[arg-type]
            framework = replace(framework, definition=framework.definition.model_copy(update={"preparation": preparation}))
        return self.scores if framework.fingerprint == self.scores.framework.fingerprint else score(framework, self.scores.data)

    def _check_edition(self, framework: Framework) -> None:
        there = set(self.scores.prepared.raw.columns)
        missing = [item.id for item in framework.indicators if item.id not in there]
        if missing:
            problem = f"the edition {framework.id} asks for {one_of(missing)}, which the data lack."
            raise WorkbenchError(Fault(problem=problem, fix="leave the edition out."))

    def _amended(self, digits: str) -> Framework:
        status = {name: "accepted" if digit == "1" else "declined" for name, digit in zip(self.amendments, digits, strict=True)}
        workshops = tuple(
            workshop.model_copy(
                update={
                    "amendments": tuple(
                        item.model_copy(update={"status": status.get(item.id, item.status)}) for item in workshop.amendments
                    )
                }
            )
            for workshop in self.scores.framework.workshops
        )
        return self.scores.framework.with_workshops(workshops)

    def _ruler(self, base: Scores, given: Mapping[str, str]) -> tuple[Callable[[Floats], Floats], Ruler]:
        """How raw values are treated, and by what the treated ones are measured; found once."""
        key = tuple(given[kind] for kind in ("edition", "amendments", "imputation", "treatment", "normalisation"))
        if key not in self._rulers:
            self._rulers[key] = self._fitted(base, given)
        return self._rulers[key]

    def _fitted(self, base: Scores, given: Mapping[str, str]) -> tuple[Callable[[Floats], Floats], Ruler]:
        method, treatment = given["normalisation"], given["treatment"]
        if treatment == AS_GIVEN and method == AS_GIVEN:
            return base.prepared.treat, base.ruler
        rows = base.prepared.untreated
        indicators = base.framework.indicators
        apply: Callable[[Floats], Floats] = base.prepared.treat
        if treatment != AS_GIVEN:
            apply = np.asarray
        if treatment in {"rule", "winsorise"}:
            # Goalposts and categories bound every value already.
            own = [item.normalisation.method if method in {AS_GIVEN, "goalposts"} else method for item in indicators]
            fixed = [item.id for item, name in zip(indicators, own, strict=True) if name in {"goalposts", "categorical"}]
            usual = {} if treatment == "rule" else {"fallback": "none"}
            apply = treat(rows, Rule(forced=dict.fromkeys(fixed, "none"), **usual)).treatment.apply  # type: ignore[arg-type]
        values = apply(rows.to_numpy())
        ruler = fit(values, indicators, method, list(rows.index))
        self._note_lost(values, normalise(values, ruler), base.framework, method)
        return apply, ruler

    def _note_lost(self, values: Floats, found: Floats, framework: Framework, method: str) -> None:
        lost = np.isnan(found).all(axis=0) & ~np.isnan(values).all(axis=0)
        for position in np.flatnonzero(lost):
            indicator = framework.indicators[position]
            self.notices[f"{indicator.id} {method}"] = Texts.default()(
                "uncertainty.lost_indicator", indicator=indicator.label, method=method
            )

    def _moved(self, ruler: Ruler, framework: Framework, number: str) -> Ruler:
        """The ruler with set *number* of the goalposts."""
        factor = self.spec.of("goalposts")
        if number == AS_GIVEN or not isinstance(factor, GoalpostFactor):
            return ruler
        moved = [
            item.normalisation.method == "goalposts" and not isinstance(item.question, POINTS) for item in framework.indicators
        ]
        steps = stream(self.seed, "goalposts", int(number)).uniform(-factor.spread, factor.spread, (2, len(moved)))
        low, high = ruler.low.copy(), ruler.high.copy()
        for position in np.flatnonzero(moved):
            logs = bool(ruler.log[position])
            ends = np.log([low[position], high[position]]) if logs else np.array([low[position], high[position]])
            ends = ends + steps[:, position] * (ends[1] - ends[0])
            low[position], high[position] = np.exp(ends) if logs else ends
        return ruler.with_goalposts(low, high)

    def _plan(self, base: Scores, given: Mapping[str, str]) -> Plan:
        """One plan for all combinations with the same tree, so that draws can share their weights."""
        key = (given["edition"], given["amendments"], given["imputation"], given["aggregation"])
        if key not in self._plans:
            factor, tree = self.spec.of("aggregation"), base.tree
            if given["aggregation"] != AS_GIVEN and isinstance(factor, AggregationFactor):
                inside = [group for group in tree.groups if base.framework.level(group) in factor.levels]
                tree = tree.with_methods(dict.fromkeys(inside, given["aggregation"]))
            same = next((plan for plan in self._plans.values() if _alike(plan.tree, tree)), None)
            self._plans[key] = same or Plan(tree)
        return self._plans[key]

    @cached_property
    def _design(self) -> Design:
        return survey_design(self.scores.data)  # type: ignore[arg-type]

    def _survey(self, base: Scores, first: int) -> Floats:
        """Unit means of `WINDOW` resampled surveys from number *first*, shape `(WINDOW, units, indicators)`."""
        key = (id(base), first)
        if key not in self._surveys:
            prepared = base.prepared
            if len(self._surveys) * WINDOW * prepared.raw.size * 8 > KEPT:
                self._surveys.clear()
            values = self.scores.data.values[prepared.raw.columns]  # type: ignore[attr-defined]
            weights = resampled(self._design, stream(self.seed, "respondents", first // WINDOW), WINDOW)
            there = self._design.units.get_indexer(prepared.raw.index)
            found = replicate_means(self._design, values, weights)[:, there] * divided(prepared)
            # What a step of preparation filled in stays filled in.
            filled = np.where(prepared.raw.isna(), prepared.untreated, np.nan)
            self._surveys[key] = np.where(np.isnan(found), filled, found)
        return self._surveys[key]


def _alike(one: Tree, other: Tree) -> bool:
    """Whether two trees are the same; weights are arrays, which `==` compares one by one."""
    same = one.nodes == other.nodes and one.children == other.children and one.methods == other.methods
    rest = one.floor == other.floor and one.minimum_coverage == other.minimum_coverage
    return same and rest and np.array_equal(one.weights, other.weights)
