"""What a factor analysis is made on: the answers of respondents when there is a survey, else the units.

A province's score is a mean over its agencies, and there are few provinces: their correlations are few
and say little of the questions. So answers come first. Both are taken on the scale of the index, 0 to
100 with higher better, through the same goalposts as the scores; otherwise an indicator of which less
is better would seem to contradict its pillar.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pandas as pd

from workbench.framework_model import Group
from workbench.normalisation import normalise
from workbench.scoring import Scores, SurveyData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.framework import Framework, Indicator
    from workbench.text import Text

__all__ = ["Evidence", "evidence", "groups_of", "unit_evidence"]


@dataclass(frozen=True)
class Evidence:
    """Indicator scores to be analysed."""

    values: pd.DataFrame = field(repr=False)
    """Shape (respondents or units, indicators), 0-100, higher is better; NaN is not answered."""
    of: Literal["respondents", "units"]
    noun: Text
    """What a row is called, in the plural: agencies, provinces."""
    groups: dict[str, list[str]]
    """Indicators of each pillar."""
    labels: dict[str, Text] = field(repr=False)
    """Names of indicators and pillars."""
    edition: str
    synthetic: bool
    units: pd.Series | None = field(default=None, repr=False)
    """The unit of each respondent; None where rows are units."""


def evidence(scores: Scores) -> Evidence:
    """The indicator scores of every respondent, or of every unit where the index is made from a table."""
    framework, of_units = scores.framework, unit_evidence(scores)
    if not isinstance(scores.data, SurveyData):
        return of_units
    rest = (of_units.groups, of_units.labels, framework.edition, scores.synthetic)
    answers = scores.data.values[scores.normalised.columns]
    measured = pd.DataFrame(normalise(answers.to_numpy(float), scores.ruler), index=answers.index, columns=answers.columns)
    noun = framework.respondents.plural if framework.respondents else framework.unit.plural
    return Evidence(measured, "respondents", noun, *rest, units=scores.data.units)


def unit_evidence(scores: Scores) -> Evidence:
    """The indicator scores of units, also where there is a survey: do provinces differ along the same lines as agencies?"""
    framework = scores.framework
    groups = groups_of(framework)
    labels = {name: framework.label(name) for name in [*groups, *scores.normalised.columns]}
    return Evidence(scores.normalised, "units", framework.unit.plural, groups, labels, framework.edition, scores.synthetic)


def groups_of(framework: Framework) -> dict[str, list[str]]:
    """The indicators of each pillar by its id; those that stand directly in the index are one group, `index`."""
    groups = {pillar.id: [leaf.id for leaf in _leaves(pillar)] for pillar in framework.pillars if isinstance(pillar, Group)}
    direct = [pillar.id for pillar in framework.pillars if not isinstance(pillar, Group)]
    return ({framework.index.id: direct} if direct else {}) | groups


def _leaves(group: Group) -> Iterator[Indicator]:
    for child in group.children:
        if isinstance(child, Group):
            yield from _leaves(child)
        else:
            yield child
