"""Scores against published tables and by hand, then invariants, then errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.scoring import SurveyData, score, unit_means

ANSWERS = ["Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "A.7"]


@dataclass
class Answers:
    """Answers as the survey reader gives them."""

    values: pd.DataFrame
    units: pd.Series
    answered: pd.Series
    invited: pd.Series
    synthetic: bool = False


def answers(rows, invited):
    """Respondents as (unit, seven indicator values)."""
    index = [f"{unit}/A0{position}" for position, (unit, *_) in enumerate(rows)]
    units = pd.Series([unit for unit, *_ in rows], index=index)
    values = pd.DataFrame([row[1:] for row in rows], index=index, columns=ANSWERS, dtype=float)
    answered = units.value_counts().reindex(list(invited)).fillna(0).astype(int)
    return Answers(values, units, answered, pd.Series(invited))


@pytest.fixture
def framework(tiny):
    return Framework.load(tiny)


class TestAgainstPublishedNumbers:
    @pytest.mark.parametrize("year", [2016, 2018])
    def test_egdi(self, shared, root, year):
        """The UN's EGDI is the mean of its three parts within 5e-5; in 2016 all 193 published ranks agree."""
        framework = Framework.load(root / "params/framework/egdi")
        table = pd.read_csv(shared / f"egdi_{year}.csv", keep_default_na=False).set_index("country-code")
        scores = score(framework, table[["osi", "hci", "tii"]].astype(float))
        both = scores.table.join(table[["e-gov-rank", "e-gov-index"]])

        assert 193 == len(both)
        assert (both["index"] / 100 - both["e-gov-index"].astype(float)).abs().max() < 5e-5
        if year == 2016:
            assert (both["rank"].astype(int) == both["e-gov-rank"].astype(int)).all()
            assert 77 == both.loc["THA", "rank"]


class TestByHand:
    def test_one_respondent(self, framework):
        """Every step worked by hand: points, goalposts, log, direction, geometric sub-pillar, weights 2 to 1."""
        data = answers([("u", 0.5, 1.0, 1.0, 0.25, 3.0, 30.0, 0.1**1.5)], {"u": 1})
        row = score(framework, data).table.loc["u"]

        assert 87.5 == pytest.approx(row["Z.2"])  # (1 * 50 + 3 * 100) / 4
        assert 50.0 == pytest.approx(row["Z.1"])  # sqrt(100 * 25)
        assert 62.5 == pytest.approx(row["Z"])  # (1 * 87.5 + 2 * 50) / 3
        assert 50.0 == pytest.approx(row["A.7"])  # 0.0316 lies half-way between 0.01 and 0.1 on logarithms
        assert 175 / 3 == pytest.approx(row["A"])  # (75 + 50 + 50) / 3
        assert (2 * 62.5 + 175 / 3) / 3 == pytest.approx(row["index"])
        assert ("middle", 1, 1.0) == (row["band"], row["rank"], pytest.approx(row["coverage"]))

    def test_a_unit_is_the_mean_of_those_who_answered(self, framework):
        """Blank answers of one respondent leave the other's value; then the mean is normalised."""
        data = answers(
            [("u", 0, 1, 1, 1, 4, 10, 0.05), ("u", 1, np.nan, 0, 1, np.nan, 50, 0.05)],
            {"u": 2},
        )
        scores = score(framework, data)

        assert [0.5, 1.0, 0.5, 1.0, 4.0, 30.0, 0.05] == pytest.approx(scores.values.loc["u"].tolist())
        assert 50.0 == pytest.approx(scores.table.loc["u", "A.8"])

    def test_ranks_bands_and_order(self, framework):
        """The table is in rank order; units that tie share a rank and are ordered by id."""
        rows = [(unit, *[share] * 4, 4 * share, 60 * share, 0.05) for unit, share in (("w", 0.2), ("c", 0.9), ("b", 0.2))]
        scores = score(framework, answers(rows, {"w": 1, "c": 1, "b": 1}))

        assert ["c", "b", "w"] == list(scores.table.index)
        assert [1, 2, 2] == scores.table["rank"].tolist()
        assert [1.0, 2.0, 2.0] == scores.ranks["Z"].tolist()
        assert "high" == scores.bands.loc["c", "Z"]

    def test_columns_of_the_table(self, framework):
        """The columns are those that others read: index, rank, band, coverage, the survey's, then every element."""
        table = score(framework, answers([("u", 1, 1, 1, 1, 4, 60, 0.05)], {"u": 2})).table

        assert ["index", "rank", "band", "coverage", "n_answered", "n_invited", "index_se"] == list(table.columns[:7])
        assert ["Z", "A", "Z.2", "Z.1", *ANSWERS] == list(table.columns[7:])

    def test_coverage_is_the_share_of_weight_measured(self, framework):
        """Without A.9 a third of pillar A is missing, and A has a third of the index: coverage 8/9."""
        data = answers([("u", 1, 1, 1, 1, np.nan, 60, 0.05)], {"u": 1})

        assert 8 / 9 == pytest.approx(score(framework, data).table.loc["u", "coverage"])


class TestBandsByQuantile:
    def test_a_fifth_of_the_units_in_each_of_five(self, tiny):
        """Limits follow from the scores: ten units in bands from the quantiles 0, 0.2 and 0.7 are two, five and three."""
        path = tiny / "framework.yaml"
        text = path.read_text(encoding="utf-8")
        for old, new in (("minimum: 0}", "quantile: 0}"), ("minimum: 40}", "quantile: 0.2}"), ("minimum: 70}", "quantile: 0.7}")):
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        framework = Framework.load(tiny)
        rng = np.random.default_rng(2)
        scores = score(framework, pd.DataFrame(rng.uniform(0.02, 0.9, (10, 7)), index=list("jihgfedcba"), columns=ANSWERS))

        assert {"low": 2, "middle": 5, "high": 3} == scores.table["band"].value_counts().to_dict()
        limit = scores.framework.bands[1].minimum
        assert ((scores.index >= limit) == (scores.table["band"] != "low")).all()


class TestResponse:
    def test_too_few_answers_give_no_score(self, framework):
        """One of three invited is below one half: no score, no rank, last in the table, and said in words."""
        full = (1, 1, 1, 1, 4, 60, 0.05)
        scores = score(framework, answers([("u", *full), ("v", *full), ("v", *full)], {"u": 3, "v": 3}))

        assert ["v", "u"] == list(scores.table.index)
        assert np.isnan(scores.table.loc["u", "index"])
        assert pd.isna(scores.table.loc["u", "rank"])
        assert "" == scores.table.loc["u", "band"]
        assert (1, 3) == tuple(scores.table.loc["u", ["n_answered", "n_invited"]])
        assert "1 unit has no score for lack of data: u" == scores.notices[0].en

    def test_a_unit_where_nobody_answered_is_listed(self, framework):
        """An invited unit without any answer is in the table without a score."""
        scores = score(framework, answers([("u", 1, 1, 1, 1, 4, 60, 0.05)], {"u": 1, "silent": 3}))

        assert ["u", "silent"] == list(scores.table.index)


class TestStandardError:
    def rows(self, unit, seed, n):
        rng = np.random.default_rng(seed)
        return [
            (unit, *rng.uniform(0.3, 0.7, 4), rng.uniform(1, 3), rng.uniform(20, 40), rng.uniform(0.03, 0.06)) for _ in range(n)
        ]

    def test_everyone_asked_means_no_sampling_error(self, framework):
        """With all of the invited answering, the finite-population correction leaves nothing."""
        scores = score(framework, answers(self.rows("u", 1, 5), {"u": 5}))

        assert 0.0 == scores.table.loc["u", "index_se"]

    def test_a_linear_index_has_the_textbook_error(self, tmp_path, framework):
        """For a plain mean of answers it is sqrt((1 - n/N) s^2 / n) (Cochran, Sampling Techniques, 3rd ed., formula 2.20)."""
        text = (
            'id: one\nedition: "1"\ntitle: {th: ก, en: a}\nunit: {label: {th: ก, en: a}, plural: {th: ก, en: a}}\n'
            "respondents: {label: {th: ก, en: a}, plural: {th: ก, en: a}}\nbands:\n- {id: all, label: {th: ก, en: a}, minimum: 0}\n"
            "pillars:\n- {id: x, label: {th: ก, en: a}, question: {type: percent}, reference: r,"
            " normalisation: {method: goalposts, low: 0, high: 100}}\n"
        )
        path = tmp_path / "one.yaml"
        path.write_text(text, encoding="utf-8")
        x = np.array([10.0, 30.0, 35.0, 60.0])
        data = Answers(pd.DataFrame({"x": x}), pd.Series(["u"] * 4), pd.Series({"u": 4}), pd.Series({"u": 8}))
        expected = np.sqrt((1 - 4 / 8) * x.var(ddof=1) / 4)

        assert expected == pytest.approx(score(Framework.load(path), data).table.loc["u", "index_se"], rel=1e-6)

    def test_it_agrees_with_the_spread_of_repeated_samples(self, framework):
        """The error is close to the standard deviation over many samples of the same population."""
        population = self.rows("u", 7, 40)
        rng = np.random.default_rng(3)
        found, errors = [], []
        for _ in range(200):
            chosen = [population[i] for i in rng.choice(40, 15, replace=False)]
            table = score(framework, answers(chosen, {"u": 28})).table.loc["u"]
            found.append(table["index"])
            errors.append(table["index_se"] * np.sqrt((1 - 15 / 40) / (1 - 15 / 28)))

        assert np.std(found, ddof=1) == pytest.approx(np.mean(errors), rel=0.15)

    def test_one_answer_has_no_error(self, framework):
        """From one answer nothing can be said of the spread."""
        scores = score(framework, answers(self.rows("u", 1, 1), {"u": 2}))

        assert np.isnan(scores.table.loc["u", "index_se"])


class TestInvariants:
    def test_the_order_of_rows_and_columns_decides_nothing(self, framework):
        """A table with rows and columns in another order gives the same scores."""
        rng = np.random.default_rng(5)
        table = pd.DataFrame(rng.uniform(0.02, 0.9, (6, 7)), index=list("fbdace"), columns=ANSWERS)
        shuffled = table.sample(frac=1, random_state=1)[rng.permutation(ANSWERS)]

        pd.testing.assert_frame_equal(score(framework, table).table, score(framework, shuffled).table)

    def test_unit_means_ignore_blanks(self):
        """The mean is over those who answered; nobody answered is missing."""
        values = pd.DataFrame({"q": [1.0, np.nan, 3.0, np.nan], "p": [1.0, 1.0, 4.0, np.nan]})
        means = unit_means(values, pd.Series(["b", "b", "b", "a"]))

        assert [2.0, 2.0] == means.loc["b"].tolist()
        assert means.loc["a"].isna().all()

    def test_what_a_survey_is(self):
        """Answers are recognised by what they hold, not by their class."""
        assert isinstance(answers([("u", 1, 1, 1, 1, 4, 60, 0.05)], {"u": 1}), SurveyData)


class TestWhatIsRefused:
    def test_missing_columns_are_named_with_the_nearest(self, framework):
        """Every missing column is named at once."""
        table = pd.DataFrame([[1.0] * 6], columns=["Z.2.1", "Z22", "Z.1.1", "Z.1.2", "A.9", "A.8"], index=["u"])
        with pytest.raises(WorkbenchError) as caught:
            score(framework, table)

        assert ["column `Z.2.2` is missing.", "column `A.7` is missing."] == [fault.problem for fault in caught.value.faults]
        assert "did you mean `Z22`?" == caught.value.faults[0].fix

    def test_a_unit_twice(self, framework):
        """One row per unit."""
        table = pd.DataFrame([[0.5] * 7] * 2, columns=ANSWERS, index=["u", "u"])
        with pytest.raises(WorkbenchError, match="unit `u` has more than one row"):
            score(framework, table)

    def test_no_unit(self, framework):
        """An empty table is refused."""
        with pytest.raises(WorkbenchError, match="there is no unit to score"):
            score(framework, pd.DataFrame(columns=ANSWERS))

    def test_a_constant_indicator_measured_by_its_spread(self, tiny):
        """Min-max of a constant is refused with its value and what to do, never NaN."""
        path = tiny / "alpha.yaml"
        text = path.read_text(encoding="utf-8").replace("{method: goalposts, low: 0, high: 60}", "{method: minmax}")
        path.write_text(text, encoding="utf-8")
        table = pd.DataFrame([[0.5] * 7] * 3, columns=ANSWERS, index=list("abc"))
        with pytest.raises(WorkbenchError) as caught:
            score(Framework.load(tiny), table)

        assert "indicator `A.8` is 0.5 in every unit, so `minmax` cannot tell them apart." == caught.value.faults[0].problem


@pytest.mark.parametrize(("cell", "said"), [(np.inf, "is infinite in the indicator values"), ("12,5", "which is no number")])
def test_a_frame_holds_numbers_only(tiny, cell, said):
    """An infinite value would score 100, a text would end in a traceback."""
    framework = Framework.load(tiny)
    ids = [item.id for item in framework.indicators]
    values = pd.DataFrame(0.5, index=list("cab"), columns=ids).astype(object)
    values.loc["a", "A.8"] = cell
    with pytest.raises(WorkbenchError, match=f"unit `a`, column `A.8` .*{said}"):
        score(framework, values)


def test_one_unit_under_outranking(tiny):
    """With nobody to compare with there is no score, and the reader is told why."""
    path = tiny / "framework.yaml"
    text = path.read_text(encoding="utf-8").replace("\nbands:", "\nmethod: {aggregation: borda}\nbands:", 1)
    path.write_text(text, encoding="utf-8")
    framework = Framework.load(tiny)
    values = pd.DataFrame(0.5, index=["a"], columns=[item.id for item in framework.indicators])
    scores = score(framework, values)

    assert scores.index.isna().all()
    assert any("Borda and Copeland compare units" in notice.en for notice in scores.notices)
