"""Regressions against R's lm and lme4, and the table of outside conditions; the words of what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from workbench import models
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.outside import earlier_clusters, outside, respondent_conditions, respondent_index
from workbench.plots import models as charts
from workbench.refusals import Refused, attempt
from workbench.runs import load_run
from workbench.scoring import score
from workbench.survey import read_survey
from workbench.text import LANGUAGES, Text


def conditions(n=60, seed=0):
    """A number that matters, one that does not, and a group of three."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"U{(11 * place) % n:02d}" for place in range(n)])
    return pd.DataFrame(
        {"income": rng.normal(100, 15, n), "noise": rng.normal(size=n), "region": rng.choice(["north", "south", "east"], n)},
        index=index,
    )


class TestUnits:
    def test_known_effect_comes_back(self):
        """
        Five points per standard deviation of income: found, and the rest is not.
        """
        frame = conditions()
        rng = np.random.default_rng(1)
        z = (frame["income"] - frame["income"].mean()) / frame["income"].std()
        found = models.units_model(50 + 5 * z + rng.normal(size=60), models.terms(frame))

        assert found.coefficients.loc["income", "estimate"] == pytest.approx(5, abs=0.4)
        assert found.coefficients.loc["income", "p_holm"] < 0.001
        assert (found.coefficients.drop(index="income")["p_holm"] > 0.05).all()
        assert found.explained > 0.9

    def test_attitude_equals_the_published_regression(self, shared):
        """
        Chatterjee and Price's supervisor data: R squared of the regression on all six is 0.7326, complaints 0.61319 a point.
        """
        frame = pd.read_csv(shared / "r/attitude.csv").astype(float)
        found = models.units_model(frame["rating"], models.terms(frame.drop(columns="rating")))
        complaints = found.coefficients.loc["complaints", "estimate"] / frame["complaints"].std()

        assert found.explained == pytest.approx(0.7326, abs=5e-5)
        assert complaints == pytest.approx(0.61319, abs=5e-6)

    def test_robust_errors_are_hc3(self):
        """
        Errors are those of MacKinnon and White's HC3, worked out by hand.
        """
        frame = conditions()[["income", "noise"]]
        rng = np.random.default_rng(2)
        outcome = 50 + frame["income"] / 10 * rng.normal(size=60)
        terms = models.terms(frame)
        found = models.units_model(outcome, terms)
        design = np.column_stack([np.ones(60), terms.design])
        inverse = np.linalg.inv(design.T @ design)
        rest = outcome - design @ inverse @ design.T @ outcome
        lever = np.einsum("ij,jk,ik->i", design, inverse, design)
        meat = design.T * np.square(rest.to_numpy() / (1 - lever)) @ design

        assert found.coefficients["error"].to_numpy() == pytest.approx(np.sqrt(np.diag(inverse @ meat @ inverse))[1:], rel=1e-9)

    def test_groups_are_compared_with_the_most_frequent(self):
        """
        The most frequent region is the reference and has no column.
        """
        frame = conditions()
        terms = models.terms(frame, {"region=north": Text(th="เหนือ", en="North")})
        most = frame["region"].value_counts().idxmax()

        assert f"region={most}" not in terms.design
        assert set(terms.references) == {"region"}

    def test_rows_without_a_condition_are_counted(self):
        """
        A missing condition leaves its row out, and the number is said.
        """
        frame = conditions()
        frame.iloc[:3, 0] = np.nan
        found = models.units_model(pd.Series(np.arange(60.0), index=frame.index), models.terms(frame))

        assert (found.n, found.left_out) == (57, 3)

    def test_refusals(self):
        """
        Nothing that differs, too few units, conditions that repeat each other: refused with a sentence that names them.
        """
        frame = conditions()
        outcome = frame["income"]
        flat = attempt(models.units_model, outcome, models.terms(pd.DataFrame({"same": 1.0}, index=frame.index)))
        few = attempt(models.units_model, outcome.head(4), models.terms(frame.head(4)))
        labels = {"twice": Text(th="ซ้ำ", en="Twice the noise")}
        twice = attempt(models.units_model, outcome, models.terms(frame.assign(twice=2 * frame["noise"]), labels))

        assert "no outside condition differs" in str(flat)
        assert "only 4 rows have all conditions" in str(few)
        assert "constant or follow from others: Twice the noise" in str(twice)
        assert not any((flat, few, twice))

    def test_a_unit_that_pulls_is_named(self):
        """
        One far unit: Cook's distance above 1 names it.
        """
        frame = conditions(30)[["income"]]
        frame.iloc[5] = 1000
        outcome = pd.Series(np.random.default_rng(0).normal(50, 5, 30), index=frame.index)
        outcome.iloc[5] = 100
        found = models.units_model(outcome, models.terms(frame))

        assert found.pulling == frame.index[5]
        assert any(f"Unit {frame.index[5]} pulls the line" in notice.en for notice in found.notices)


class TestRespondents:
    def test_equals_lme4(self, shared):
        """
        Random intercepts of sleepstudy by restricted likelihood: the slope of days, its error, and the share of subjects.
        """
        entry = json.loads((shared / "r/dev_lmer_sleepstudy.json").read_text())["results"]
        frame = pd.read_csv(shared / "r/lme4_sleepstudy.csv")
        found = models.respondents_model(frame["Reaction"], frame["Subject"], models.terms(frame[["Days"]].astype(float)))
        spread = frame["Days"].std()
        fixed = entry["m1_REML"]["value"]["fixed"]
        days = next(row for name, row in zip(fixed["rows"], fixed["values"], strict=True) if name == "Days")

        assert found.coefficients.loc["Days", "estimate"] / spread == pytest.approx(days[0], rel=1e-4)
        assert found.coefficients.loc["Days", "error"] / spread == pytest.approx(days[1], rel=1e-3)
        assert found.between == pytest.approx(entry["m1_REML_ICC"]["value"], abs=1e-4)

    def test_one_respondent_each_is_refused(self):
        """
        Where every unit has one respondent nothing lies within units.
        """
        frame = conditions()
        found = attempt(
            models.respondents_model, frame["income"], pd.Series(frame.index, index=frame.index), models.terms(frame[["noise"]])
        )

        assert isinstance(found, Refused)
        assert "fewer than two units have two respondents" in str(found)


@pytest.fixture(scope="module")
def sampled(root):
    """The synthetic sample, scored."""
    framework = Framework.load(root / "params/framework/2559")
    return score(framework, read_survey(root / "data/sample/answers.xlsx", framework))


class TestOutside:
    def run_file(self, root, tmp_path, text, columns="{income: {th: รายได้, en: Income}}"):
        """A copy of the sample run with a table of conditions."""
        (tmp_path / "table.csv").write_text(text, encoding="utf-8")
        body = (root / "params/runs/sample.yaml").read_text(encoding="utf-8")
        path = tmp_path / "run.yaml"
        path.write_text(f"{body}outside: {{file: table.csv, unit: province, columns: {columns}}}\n", encoding="utf-8")
        return load_run(path)

    def test_table_is_joined_by_province(self, root, tmp_path, sampled):
        """
        Rows are matched by name or code, whatever their order; regions come from the register.
        """
        spec = self.run_file(root, tmp_path, "province,income\nเชียงใหม่,12\nTH-83,30\n")
        frame, labels = outside(spec, sampled.framework)

        assert frame.loc["TH-50", ["income", "region"]].tolist() == [12, "North"]
        assert frame.loc["TH-83", "income"] == 30
        assert labels["income"].en == "Income"
        assert np.isnan(frame.loc["TH-11", "income"])

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("province,income\nเชียงใหญ่,12\n", "is no province of Thailand"),
            ("province,income\nTH-50,12\nเชียงใหม่,13\n", "TH-50 has two rows"),
            ("province,incom\nTH-50,12\n", "column `income` is missing"),
        ],
    )
    def test_faults_name_the_place(self, text, words, root, tmp_path, sampled):
        """
        A province that is none, one named twice, a missing column: said with the file and its row.
        """
        spec = self.run_file(root, tmp_path, text)
        with pytest.raises(WorkbenchError, match=words) as caught:
            outside(spec, sampled.framework)
        assert caught.value.faults[0].file.endswith("table.csv")

    def test_earlier_clusters(self, tmp_path, sampled):
        """
        The published table of an earlier run is read; a cluster that is no number is named.
        """
        path = tmp_path / "clusters.csv"
        path.write_text("unit,cluster\nTH-50,2\nTH-83,1\n", encoding="utf-8")
        assert earlier_clusters(path, sampled.framework).to_dict() == {"TH-50": 2, "TH-83": 1}
        assert earlier_clusters(None, sampled.framework) is None
        path.write_text("unit,cluster\nTH-50,x\n", encoding="utf-8")
        with pytest.raises(WorkbenchError, match="the cluster of `TH-50` is no whole number from 1"):
            earlier_clusters(path, sampled.framework)

    def test_respondents_average_to_their_unit(self, sampled):
        """
        Where all answered all, a unit's respondents have the unit's index on average (means of means of equal weight).
        """
        mine = respondent_index(sampled)
        means = mine.groupby(sampled.data.units).mean()

        assert np.corrcoef(means, sampled.index.reindex(means.index))[0, 1] > 0.98


class TestPages:
    def test_charts_of_the_sample(self, root, sampled):
        """
        Both models of the sample render in both languages; chance alone is not called an effect.
        """
        spec = load_run(root / "params/runs/sample.yaml")
        found = outside(spec, sampled.framework)
        units = models.units_model(sampled.index, models.terms(*found))
        more = respondent_conditions(sampled, found)
        mixed = models.respondents_model(respondent_index(sampled), sampled.data.units, models.terms(*more))

        assert units.coefficients.shape[0] == 5
        assert mixed.coefficients.shape[0] == 5 + 18
        assert "None of 5 conditions goes with the index" in charts.coefficients(units, sampled, "units").title.en
        for item in (
            charts.coefficients(units, sampled, "units"),
            charts.diagnostics(units, "units"),
            charts.coefficients(mixed, sampled, "respondents"),
            charts.diagnostics(mixed, "respondents"),
        ):
            for language in LANGUAGES:
                assert "not measured" not in item.html(language)
