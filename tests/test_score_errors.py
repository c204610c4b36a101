"""Errors of scores against the delta method by hand, wherever the scale is bent or ends; then what cannot be known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench import Framework, read_survey, score
from workbench.score_errors import degrees, element_errors, half_width

INVITED = 40
ANSWERED = 20
HEAD = """\
id: errors
edition: "1"
title: {th: ก, en: Errors}
unit: {label: {th: ก, en: unit}, plural: {th: ก, en: units}}
method: {aggregation: arithmetic}
bands: [{id: low, label: {th: ก, en: low}, minimum: 0}]
"""


def framework(tmp_path, rule, extra="", more=""):
    path = tmp_path / "errors.yaml"
    rows = (
        f"- {{id: {name}, column: {name}, label: {{th: ก, en: i}}, weight: 1, reference: test, {rule}{more}}}\n" for name in "za"
    )
    path.write_text(f"{HEAD}{extra}pillars:\n{''.join(rows)}", encoding="utf-8")
    return Framework.load(path)


def survey(values):
    units = pd.Series(np.repeat(["b", "a", "c"], ANSWERED))
    each = {"answered": pd.Series(ANSWERED, index=list("cab")), "invited": pd.Series(INVITED, index=list("cab"))}
    return SimpleNamespace(values=values, units=units, synthetic=False, **each)


@pytest.fixture
def answers():
    rng = np.random.default_rng(3)
    centre = np.repeat([10, 1_000, 100_000.0], ANSWERED)
    return pd.DataFrame({name: centre * rng.lognormal(0, 0.4, 3 * ANSWERED) for name in "za"})


def by_hand(answers, slope):
    """The slope of the score at the mean, times the error of the mean with its finite-population correction."""
    grouped = answers["z"].groupby(survey(answers).units)
    return slope(grouped.mean()) * np.sqrt(grouped.var() * (1 - ANSWERED / INVITED) / ANSWERED)


def test_logarithms_between_goalposts_far_apart(tmp_path, answers):
    """The slope is 100 / (x ln(high / low)), also for a unit far below the upper goalpost."""
    rule = "normalisation: {method: goalposts, low: 1, high: 1000000, transform: log}"
    found = element_errors(score(framework(tmp_path, rule), survey(answers)))["z"]
    expected = by_hand(answers, lambda mean: 100 / (mean * np.log(1e6)))

    np.testing.assert_allclose(found[["a", "b", "c"]], expected, rtol=1e-6)


def test_the_best_and_the_worst_of_min_max(tmp_path, answers):
    """With the goalposts held, the slope is 100 over the range for all, those at its ends too."""
    found = element_errors(score(framework(tmp_path, "normalisation: {method: minmax}"), survey(answers)))["z"]
    means = answers["z"].groupby(survey(answers).units).mean()
    expected = by_hand(answers, lambda mean: 0 * mean + 100 / (means.max() - means.min()))

    np.testing.assert_allclose(found[["a", "b", "c"]], expected, rtol=1e-6)


def test_a_treated_indicator(tmp_path, answers):
    """ln(x - min + 1 % of the range), then min-max: the chain rule."""
    rule = "normalisation: {method: minmax}, treatment: log_range"
    found = element_errors(score(framework(tmp_path, rule), survey(answers)))["z"]
    means = answers["z"].groupby(survey(answers).units).mean()
    offset = 0.01 * (means.max() - means.min()) - means.min()
    span = np.log(means.max() + offset) - np.log(means.min() + offset)
    expected = by_hand(answers, lambda mean: 100 / (span * (mean + offset)))

    np.testing.assert_allclose(found[["a", "b", "c"]], expected, rtol=1e-3)


@pytest.mark.parametrize(("kept", "extra"), [(1, ""), (0, "preparation: {imputation: {method: mean}}\n")])
def test_one_answer_of_many_or_none_is_unknown_not_certain(tmp_path, answers, kept, extra):
    """Where a question was answered by one of twenty, or the value is imputed, nobody sees a spread."""
    answers.loc[answers.index[ANSWERED + kept : 2 * ANSWERED], "z"] = np.nan
    rule = "normalisation: {method: goalposts, low: 0, high: 1000000}"
    scores = score(framework(tmp_path, rule, extra), survey(answers))
    found = element_errors(scores)["z"]

    assert scores.table["z"].notna().all()
    assert ["a"] == list(found.index[found.isna()])


def test_intervals_of_few_answers_are_wider_than_normal(root):
    """By t: 10 answers of 19 reach 1.833 errors, 12 reach 1.796 (tables of Student's distribution), never 1.645."""
    edition = Framework.load(root / "params/framework/2559")
    scores = score(edition, read_survey(root / "data/sample/answers.xlsx", edition))
    reach = (half_width(scores) / scores.table["index_se"])[scores.table["index_se"] > 0]
    answered = scores.table["n_answered"][reach.index]

    assert {1.833, 1.796} <= set(reach[answered.isin([10, 12])].round(3))
    assert (reach > 1.645).all()


def test_a_table_has_no_interval(tmp_path):
    """Nobody answered it, so nothing is claimed."""
    values = pd.DataFrame({"z": [1.0, 2.0, 3.0], "a": [2.0, 5.0, 1.0]}, index=["q", "p", "r"])
    found = score(framework(tmp_path, "normalisation: {method: minmax}"), values)

    assert half_width(found).isna().all()
    assert degrees(found).isna().all()
