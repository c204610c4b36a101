"""Samples: the committed one against the published figures, then any framework and size, then what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.indicators import read_indicators
from workbench.sample import make_sample, write_sample
from workbench.scoring import score
from workbench.survey import read_survey
from workbench.tables import read_table

TABLE = """\
id: table
edition: "1"
title: {th: ตาราง, en: Table}
unit: {label: {th: ประเทศ, en: country}, plural: {th: ประเทศ, en: countries}, column: code, names: {th: name_th, en: name_en}}
bands: [{id: low, label: {th: ต่ำ, en: Low}, minimum: 0}]
pillars:
- {id: b, label: {th: บี, en: B}, column: second, normalisation: {method: goalposts, low: 20, high: 85}, reference: test}
- {id: a, label: {th: เอ, en: A}, column: first, direction: negative, normalisation: {method: METHOD}, reference: test}
"""
PUBLISHED = 45.67
"""Mean score of provincial agencies in 2561 (dga.or.th/?p=18173)."""


@pytest.fixture(scope="module")
def edition(root):
    return Framework.load(root / "params/framework/2559")


@pytest.fixture(scope="module")
def committed(root, edition):
    return read_survey(root / "data/sample/answers.xlsx", edition)


@pytest.fixture
def framework(tiny):
    return Framework.load(tiny)


@pytest.fixture
def responses(tmp_path):
    """Write a sample and read it back."""

    def responses(frame, framework, name="s.parquet"):
        write_sample(frame, tmp_path / name, framework, seed=0)
        reader = read_indicators if framework.respondents is None else read_survey
        return reader(tmp_path / name, framework)

    return responses


def refusal(framework, **options):
    with pytest.raises(WorkbenchError) as caught:
        make_sample(framework, **{"seed": 0, **options})
    return str(caught.value)


def directed(responses):
    """Standardised values, higher is better, of the questions asked of everyone."""
    items = [item for item in responses.framework.indicators if item.question and not item.question.asked_of]
    values = responses.values[[item.id for item in items]] * [1 if item.direction == "positive" else -1 for item in items]
    return (values - values.mean()) / values.std()


def alpha(values):
    """Standardised alpha from the mean correlation of items."""
    items = values.shape[1]
    mean = values.corr().to_numpy()[np.triu_indices(items, 1)].mean()
    return items * mean / (1 + (items - 1) * mean)


def intraclass(values, groups):
    """ICC(1) of a one-way layout with unequal groups (Shrout and Fleiss 1979)."""
    grouped = values.groupby(groups)
    sizes, count = grouped.size(), grouped.ngroups
    size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (count - 1)
    between = (sizes * (grouped.mean() - values.mean()) ** 2).sum() / (count - 1)
    within = ((values - grouped.transform("mean")) ** 2).sum() / (sizes.sum() - count)
    return (between - within) / (between + (size - 1) * within)


class TestTheCommittedSample:
    def test_frame_of_2561(self, committed):
        """76 provinces without Bangkok, 19 agencies each, 1,237 of 1,444 answered: 85.7 %, as in 2561 (dga.or.th/?p=18173)."""
        assert 76 == len(committed.invited)
        assert "TH-10" not in committed.invited.index
        assert {19} == set(committed.invited)
        assert [1237, 1444] == [committed.answered.sum(), committed.invited.sum()]

    def test_mean_of_2561(self, committed, edition, root):
        """The mean index is the published 45.67, and within half a point of it after the workshop."""
        amended = Framework.load(root / "params/framework/2559", workshops=[root / "params/workshops/2559-05-23.yaml"])

        assert abs(score(edition, committed).index.mean() - PUBLISHED) < 0.1
        assert abs(score(amended, committed).index.mean() - PUBLISHED) < 0.5

    def test_a_few_are_clearly_ahead(self, committed, edition):
        """Four provinces stand apart from a long tail; every province has a score."""
        index = score(edition, committed).index

        assert index.notna().all()
        assert index.iloc[3] - index.iloc[4] > 4
        assert index.skew() > 0.5

    def test_answers_hang_together(self, committed, edition):
        """Alpha of every pillar is near .6 to .85, the intraclass correlation near .1 to .25, as in real surveys of agencies."""
        values = directed(committed)
        alphas = [alpha(values[[name for name in values if edition.pillar_of(name) == pillar.id]]) for pillar in edition.pillars]

        assert 0.6 <= min(alphas) <= max(alphas) <= 0.87
        assert 0.1 <= intraclass(values.mean(axis=1), committed.units) <= 0.25

    def test_pillars_are_more_alike_inside(self, committed, edition):
        """Answers correlate more within a pillar than across pillars, but for what all share."""
        correlations = directed(committed).corr()
        pillars = np.array([edition.pillar_of(name) for name in correlations])
        same = pillars[:, None] == pillars[None, :]
        apart = ~np.eye(len(pillars), dtype=bool)

        assert correlations.to_numpy()[same & apart].mean() > correlations.to_numpy()[~same].mean() + 0.03

    def test_a_few_answers_are_blank(self, committed, edition):
        """About two in a hundred answers are left blank."""
        asked = [
            item.id
            for item in edition.indicators
            if item.question and item.question.type != "ratio" and not item.question.asked_of
        ]

        assert 0.015 < committed.values[asked].isna().to_numpy().mean() < 0.025

    def test_plausible_numbers(self, committed):
        """Counts are whole, parts are no more than their whole, and no question has one answer only."""
        answers = committed.answers
        for part, whole in (
            ("ict_staff", "all_staff"),
            ("online_services", "all_services"),
            ("ict_budget_baht", "total_budget_baht"),
        ):
            assert not (answers[part] > answers[whole]).any()
            assert (answers[part].dropna() % 1 == 0).all()
        assert (committed.values.max() > committed.values.min()).all()

    def test_it_says_what_it_is(self, committed, root, edition):
        """Every row and a sheet of its own say in Thai and English that the data are synthetic, and how they were made."""
        path = root / "data/sample/answers.xlsx"
        about = read_table(path, sheet="about").frame.to_string()

        assert committed.synthetic
        assert {"synthetic ข้อมูลสังเคราะห์"} == set(read_table(path).frame["data_status"])
        assert "Synthetic data." in about
        assert "ข้อมูลสังเคราะห์" in about
        assert edition.fingerprint in about, "the framework changed: make the sample again with the command in its sheet `about`"

    def test_code_book(self, root, edition):
        """The sheet `questions` explains every answer column in both languages."""
        book = read_table(root / "data/sample/answers.xlsx", sheet="questions").frame

        assert list(edition.columns) == book["column"].tolist()
        assert book[["th", "en", "type", "allowed"]].notna().to_numpy().all()

    def test_small_enough(self, root):
        """The file is under a megabyte and holds no folder of whoever made it."""
        raw = (root / "data/sample/answers.xlsx").read_bytes()

        assert len(raw) < 1_000_000
        assert "home" not in read_table(root / "data/sample/answers.xlsx", sheet="about").frame.to_string()

    def test_can_be_made_again(self, root, edition):
        """The command in the file gives the same answers again."""
        again = make_sample(edition, units=76, agencies=19, seed=2559)
        there = read_table(root / "data/sample/answers.xlsx").frame

        assert again.columns.tolist() == there.columns.tolist()
        for name in again.columns:
            here = again[name].astype(object).where(again[name].notna(), None).tolist()
            assert here == there[name].astype(object).where(there[name].notna(), None).tolist(), name


class TestSeeds:
    def test_same_seed_same_bytes(self, framework, tmp_path):
        """The same seed gives the same file, byte for byte, in every format."""
        for kind in ("xlsx", "csv", "parquet"):
            for name in ("a", "b"):
                write_sample(make_sample(framework, units=12, agencies=3, seed=7), tmp_path / f"{name}.{kind}", framework, seed=7)

            assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()

    def test_zero_is_a_seed(self, framework):
        """Seed 0 is a seed like any other: repeatable, and unlike seed 1."""
        zero, again, one = (make_sample(framework, units=12, agencies=3, seed=seed) for seed in (0, 0, 1))

        assert zero.equals(again)
        assert not zero.equals(one)

    def test_a_new_question_changes_no_other_answer(self, tiny, framework):
        """Each question draws from a stream of its own: what is behind the other answers stays."""
        before = make_sample(framework, units=30, agencies=3, seed=3)
        text = (tiny / "alpha.yaml").read_text(encoding="utf-8")
        more = "- {id: A.1, label: {th: ใหม่, en: New}, question: {type: yes_no}, reference: test}\n"
        (tiny / "alpha.yaml").write_text(text.replace("children:\n", f"children:\n{more}"), encoding="utf-8")
        after = make_sample(Framework.load(tiny), units=30, agencies=3, seed=3)

        assert before["status"].equals(after["status"])
        assert (before["Z.1.2"] == after["Z.1.2"]).mean() > 0.8


class TestAnyFramework:
    @pytest.mark.parametrize(("units", "agencies"), [(1, 1), (10, 3), (77, 20), (300, 5)])
    def test_any_size(self, framework, responses, units, agencies):
        """Samples of any size read back through the intake, with every unit above its minimum response."""
        frame = make_sample(framework, units=units, agencies=agencies, seed=0)
        back = responses(frame, framework)

        assert units * agencies == len(frame) == back.invited.sum()
        assert round(1237 / 1444 * units * agencies) == back.answered.sum()
        assert (back.answered >= 0.5 * back.invited).all()
        assert score(framework, back).index.notna().all()

    @pytest.mark.parametrize("mean", [20.0, 45.67, 80.0])
    def test_any_mean(self, framework, responses, mean):
        """The mean index is as asked for, by the kernel's own scores."""
        frame = make_sample(framework, units=100, agencies=3, seed=1, mean=mean)

        assert abs(score(framework, responses(frame, framework)).index.mean() - mean) < 0.1

    def test_every_format(self, framework, responses):
        """A sample reads alike from .xlsx, .csv and .parquet."""
        frame = make_sample(framework, units=8, agencies=3, seed=2)
        seen = [responses(frame, framework, f"s.{kind}") for kind in ("xlsx", "csv", "parquet")]

        pd.testing.assert_frame_equal(seen[0].values, seen[1].values)
        pd.testing.assert_frame_equal(seen[0].values, seen[2].values)

    def test_only_those_asked_answer(self, framework):
        """A question asked of one type is answered by that type only."""
        frame = make_sample(framework, units=40, agencies=3, seed=0)

        assert {"A01"} == set(frame.loc[frame["A.9"].notna(), "agency"])

    def test_no_personal_columns(self, framework):
        """Columns that the framework calls personal are not made up."""
        assert "phone" not in make_sample(framework, units=2, agencies=2, seed=0).columns

    def test_full_response(self, framework):
        """A response of 1 leaves nobody silent."""
        assert {"answered"} == set(make_sample(framework, units=5, agencies=3, seed=0, response=1.0)["status"])

    def test_provinces_and_beyond(self, edition, responses):
        """Provinces come first; more units than provinces are fictitious, and read because the file says that it is synthetic."""
        back = responses(make_sample(edition, units=80, agencies=2, seed=0), edition)

        assert ["TH-96", "X0077", "X0080"] == [back.invited.index[place] for place in (75, 76, 79)]

    def test_fictitious_units_need_the_mark(self, edition, tmp_path):
        """Without the mark a fictitious unit is no province."""
        frame = make_sample(edition, units=77, agencies=2, seed=0).drop(columns="data_status")
        frame.to_parquet(tmp_path / "s.parquet")
        with pytest.raises(WorkbenchError) as caught:
            read_survey(tmp_path / "s.parquet", edition)

        assert '"X0077" is no known province.' in str(caught.value)

    @pytest.mark.parametrize("method", ["goalposts, low: 0, high: 100", "minmax", "zscore"])
    def test_tables(self, tmp_path, responses, method):
        """For an index over a table a table is made, one row per unit, that reads back and scores."""
        (tmp_path / "table.yaml").write_text(TABLE.replace("METHOD", method), encoding="utf-8")
        framework = Framework.load(tmp_path / "table.yaml")
        frame = make_sample(framework, units=30, seed=0)
        scores = score(framework, responses(frame, framework, "t.xlsx"))

        assert ["code", "name_th", "name_en", "data_status", "second", "first"] == frame.columns.tolist()
        assert scores.synthetic
        assert scores.index.notna().all()
        assert abs(scores.index.mean() - PUBLISHED) < (0.1 if "goalposts" in method else 20)

    def test_large_samples(self, edition):
        """A thousand units of twenty respondents are made like any other sample."""
        frame = make_sample(edition, units=1000, agencies=20, seed=0)

        assert 20_000 == len(frame)


class TestRefusals:
    def test_sizes_and_shares(self, framework):
        """Sizes below 1 and shares that are none are refused, all at once."""
        words = refusal(framework, units=0, agencies=-1, response=1.5, mean=101)

        assert "units is 0." in words
        assert "agencies is -1." in words
        assert "the response is 1.5." in words
        assert "the mean is 101." in words

    def test_response_below_the_minimum(self, framework):
        """A response that would leave units without a score is refused."""
        words = refusal(framework, units=10, agencies=4, response=0.3)

        assert "a response of 0.3 leaves units below the minimum response of 0.5." in words

    @pytest.mark.parametrize(
        ("name", "words"), [("a.json", "cannot be written as `.json`"), ("a", "the file name has no extension.")]
    )
    def test_unknown_formats(self, framework, tmp_path, name, words):
        """A sample is written as .xlsx, .csv or .parquet; nothing is left behind otherwise."""
        frame = make_sample(framework, units=2, agencies=2, seed=0)
        with pytest.raises(WorkbenchError) as caught:
            write_sample(frame, tmp_path / name, framework, seed=0)

        assert words in str(caught.value)
        assert not (tmp_path / name).exists()
