"""Response, gaps, patterns and what was cleaned, against published values and numbers that can be counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.datasets import stackloss

from workbench import Framework, careless, quality, read_survey, score
from workbench.framework_model import Ladder
from workbench.plots import quality as charts
from workbench.plots import response
from workbench.sample import make_sample, write_sample


@pytest.fixture
def survey(tiny, tmp_path):
    """Three units of three offices; one is silent, one left two questions out, and cells hold Thai digits and spaces."""

    def read(rows, columns="unit,agency,Z.2.1,Z.2.2,Z.1.1,Z.1.2,A.9,A.8,ict_staff,staff"):
        path = tmp_path / "answers.csv"
        path.write_text("\n".join([columns, *rows]), encoding="utf-8")
        return read_survey(path, Framework.load(tiny))

    return read


ROWS = (
    "U1,A01,2,web;line,yes,5,3,๓๐,1,20",
    "U1,A02,1,web,no,3,,20,1,40",
    "U1,A03,,,yes,,,10,1,10",
    "U2,A01,0,none,no,1,0,0,0,5",
    "U2,A02,0,none,no,1,,0,0,5",
    "U2,A03,,,,,,,,",
    "U3,A01,1,web,no,3, 2 ,20,2,30",
    "U3,A02,1,web,no,3,,20,1,40",
    "U3,A03,2,app,yes,4,,50%,1,10",
)


def test_response_is_answered_over_invited_by_unit_and_by_type(survey):
    responses = survey(ROWS)

    units, types = quality.response_by_unit(responses), quality.response_by_type(responses)

    assert units[["invited", "answered", "silent"]].loc["U2"].tolist() == [3, 2, 1]
    assert units.loc["U2", "rate"] == pytest.approx(2 / 3)
    assert types.index.tolist() == ["A01", "A02", "A03"]
    assert types.loc["A03"].tolist() == pytest.approx([3, 2, 1, 2 / 3])
    assert quality.silent(responses).index.tolist() == ["U2/A03"]


def test_the_published_response_of_2561_is_reproduced(survey):
    """1,237 of 1,444 agencies are 85.7 per cent, as published for the provinces in 2561."""
    responses = survey(ROWS)
    index = pd.Index(["TH"], name="unit")
    frame = replace(responses, invited=pd.Series([1444], index=index), answered=pd.Series([1237], index=index))

    assert round(100 * quality.response_by_unit(frame).loc["TH", "rate"], 1) == 85.7


def test_a_question_is_left_out_only_by_those_who_were_asked(survey):
    table = quality.questions(survey(ROWS))

    assert table.loc["A.9", ["asked", "answered", "missing"]].tolist() == [3, 3, 0], "asked of one type only"
    assert table.loc["Z.2.1", ["asked", "answered", "missing"]].tolist() == [8, 7, 1]
    assert table.loc["Z.2.1", "rate"] == pytest.approx(1 / 8)


def test_the_longest_run_skips_what_is_missing_and_ends_with_another_answer():
    values = pd.DataFrame([[1, 1, 1, 2, 2], [1, np.nan, 1, 1, 1], [1, 2, 1, 2, 1], [np.nan] * 5], dtype=float)

    assert careless.runs(values).tolist() == [3, 4, 1, 0]


def test_the_spread_of_a_row_is_its_standard_deviation():
    values = pd.DataFrame([[1.0, 2, 3, 4, 5], [3, 3, 3, 3, 3], [2, np.nan, np.nan, np.nan, np.nan]])

    assert careless.spread(values).tolist() == pytest.approx([np.sqrt(2.5), 0.0, np.nan], nan_ok=True)


def test_distances_are_those_published_for_the_stack_loss_data():
    """Mahalanobis distances of Rousseeuw and van Zomeren, Journal of the American Statistical Association 85 (1990), table 1."""
    published = [2.25, 2.32, 1.59, 1.27, 0.30, 0.77, 1.85, 1.85, 1.36, 1.75, 1.47,
                 1.84, 1.48, 1.78, 1.69, 1.29, 2.70, 1.50, 1.59, 0.81, 2.18]  # fmt: skip
    found = careless.distances(stackloss.load_pandas().exog)

    assert found["distance"].round(2).tolist() == published


def test_the_p_value_of_a_distance_is_the_share_of_normal_rows_that_lie_farther():
    values = pd.DataFrame(np.random.default_rng(0).standard_normal((20_000, 4)))

    share = (careless.distances(values)["p"] < 0.05).mean()

    assert share == pytest.approx(0.05, abs=0.005)


def test_squared_distances_of_complete_rows_sum_to_their_degrees_of_freedom():
    values = pd.DataFrame(np.random.default_rng(1).standard_normal((40, 3)))

    assert (careless.distances(values)["distance"] ** 2).sum() == pytest.approx(39 * 3)


def test_distances_need_more_rows_than_twice_the_columns():
    values = pd.DataFrame(np.random.default_rng(2).standard_normal((7, 3)))

    assert careless.distances(values).isna().all(axis=None)
    assert careless.distances(pd.DataFrame({"a": [1.0, 1.0, 1.0]})).isna().all(axis=None), "a constant column says nothing"


def test_equal_rows_are_found_whatever_their_unit(survey):
    twins = careless.twins(survey(ROWS))

    assert twins.index.tolist() == ["U1/A02", "U3/A02"]
    assert twins["size"].tolist() == [2, 2]
    assert twins["answers"].tolist() == [7, 7]


def test_the_share_of_equal_answers_counts_questions_that_both_answered(survey):
    """U3/A01 and U1/A02 both answered seven questions and differ in `staff` and `ict_staff`: five of seven."""
    found = careless.matches(survey(ROWS))

    assert found.loc["U1/A02"].tolist() == [1.0, "U3/A02"]
    assert found.loc["U3/A01", "match"] == pytest.approx(5 / 7)


def test_pairs_are_not_compared_where_there_are_too_many(survey, monkeypatch):
    monkeypatch.setattr(careless, "MOST_COMPARED", 3)

    assert careless.matches(survey(ROWS))["match"].isna().all()


def test_every_ladder_at_one_step_is_counted_from_the_bottom(root, tmp_path):
    framework = Framework.load(root / "params/framework/2559")
    frame = make_sample(framework, units=3, agencies=19, seed=1)
    row = frame.index[(frame["agency"] == "A02") & (frame["status"] == "answered")][0]
    for item in framework.indicators:
        if isinstance(item.question, Ladder) and not item.question.asked_of:
            frame.loc[row, item.id] = item.question.steps[1].value
    write_sample(frame, tmp_path / "answers.csv", framework, seed=1)
    responses = read_survey(tmp_path / "answers.csv", framework)
    label = f"{frame.loc[row, 'unit']}/A02"

    assert careless.same_steps(responses).dropna().to_dict() == {label: 2}
    assert careless.patterns(responses).loc[label, "same_step"]


def test_numbers_beyond_three_interquartile_ranges_are_far_out(survey):
    """Quartiles of 10, 20, ..., 90, 100, 9000 on logarithms; only the last lies beyond the fence."""
    values = [10, 20, 30, 40, 50, 60, 70, 80, 9000]
    rows = [f"U{place},A01,,,,,,,1,{value}" for place, value in enumerate(values)] + ["U90,A01,,,,,,,0,0"]
    table = quality.outliers(survey(rows))

    logs = np.log(values)
    lower, upper = np.quantile(logs, [0.25, 0.75])
    assert table["respondent"].tolist() == ["U8/A01"], "a zero is an answer of another kind"
    assert table.loc[0, "high"] == pytest.approx(np.exp(upper + 3 * (upper - lower)))
    assert table.loc[0, "value"] == 9000


def test_what_was_cleaned_is_counted_by_rule(survey):
    responses = survey(ROWS)

    table = quality.cleaned(responses)

    assert table.loc["thai_digits", "cells"] == 1
    assert table.loc["percent_sign", "cells"] == 1
    assert table["cells"].sum() == len(responses.log)


def test_evidence_is_unknown_where_the_survey_has_no_column_for_it(tiny, tmp_path):
    path = tiny / "zeta.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("type: yes_no", "type: yes_no, evidence: url"), encoding="utf-8")
    framework = Framework.load(tiny)
    header = "unit,agency,Z.2.1,Z.2.2,Z.1.1,Z.1.2,A.9,A.8,ict_staff,staff"
    with_it, without = tmp_path / "with.csv", tmp_path / "without.csv"
    without.write_text(f"{header}\nU1,A01,2,web,yes,5,3,30,1,20\n", encoding="utf-8")
    with_it.write_text(
        f"{header},Z.1.1_evidence\nU1,A01,2,web,yes,5,3,30,1,20,http://a.go.th\nU1,A02,2,web,no,5,,30,1,20,-\n", encoding="utf-8"
    )

    known = quality.evidence(read_survey(with_it, framework)).loc["Z.1.1"]

    assert known[["kind", "answered", "attached", "rate"]].tolist() == ["url", 2, 1.0, 0.5]
    assert np.isnan(quality.evidence(read_survey(without, framework)).loc["Z.1.1", "attached"])


class TestCharts:
    """What the page says is what was counted, in both languages, and ties are named as ties."""

    @pytest.fixture
    def counted(self, survey):
        responses = survey(ROWS)
        return score(responses.framework, responses), responses

    def test_the_title_counts_and_names_the_lowest(self, counted):
        chart = response.by_unit(*counted)

        assert chart.title.en == "8 of 9 invited agencies answered (89 %); the lowest response is 67 %, in U2"
        assert "หน่วยที่ตอบน้อยที่สุดคือU2" in chart.title.th
        assert chart.table.frame("en")["Who did not answer"].tolist() == ["–", "Statistics", "–"]

    def test_units_that_tie_for_the_lowest_are_all_named(self, survey):
        responses = survey([*ROWS[:2], "U1,A03,,,,,,,,", *ROWS[3:]])

        assert response.by_unit(score(responses.framework, responses), responses).title.en.endswith("in U1 and U2")

    def test_a_rate_just_below_all_is_not_shown_as_all(self, counted):
        scores, responses = counted
        index = pd.Index(["U1", "U2", "U3"], name="unit")
        many = {"invited": pd.Series([1000, 1000, 1000], index=index), "answered": pd.Series([1000, 1000, 999], index=index)}

        chart = response.by_unit(scores, replace(responses, **many))

        assert "(99.9 %)" in chart.title.en

    def test_every_pattern_has_its_rule_and_how_many_could_be_judged(self, counted):
        scores, responses = counted
        table = charts.summary(scores, responses, careless.patterns(responses)).frame("en").set_index("Pattern")

        assert table.loc["Equal to another in every answer", ["Judged", "Found"]].tolist() == [7, 2]
        assert table.loc["Every ladder at one step", ["Judged", "Found"]].tolist() == [0, 0], "one ladder makes no pattern"
        assert "Curran 2016" in table.loc["Long run of one answer", "Rule"]

    @pytest.mark.parametrize("language", ["th", "en"])
    def test_everything_the_page_shows_can_be_drawn(self, counted, language):
        scores, responses = counted
        found = careless.patterns(responses)
        shown = [
            response.by_unit(scores, responses),
            *response.by_type(scores, responses),
            response.left_out(scores, responses),
            charts.shares(scores, found, "match"),
            charts.flagged(scores, responses, found),
            charts.numbers(scores, responses),
            response.attachments(scores, responses),
            *charts.intake(responses),
        ]

        html = "".join(item.html(language) for item in shown)

        assert html.count("<svg") == 4
        assert "{" not in html.replace("{}", ""), "every blank of a phrase is filled"
