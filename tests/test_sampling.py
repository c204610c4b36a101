"""Means and errors against R's package survey, then what repeated sampling shows, then the words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.replication import replicates
from workbench.sampling import covariance, design, interval, means, post_stratified, standard_errors


@pytest.fixture
def answers(shared):
    def read(name):
        return json.loads((shared / "r" / f"dev_survey_{name}.json").read_text(encoding="utf-8"))["results"]

    return read


@pytest.fixture
def schools(shared):
    """200 of 6,194 schools, one unit."""
    data = pd.read_csv(shared / "r" / "apisrs.csv")
    data["unit"] = "california"
    return data


@pytest.fixture
def simple(schools):
    return design(schools["unit"], pd.Series({"california": 6194}))


class TestAgainstR:
    def test_simple_random_sample_with_correction(self, schools, simple, answers):
        """Means, errors and covariances of four variables agree with svymean to 1e-9."""
        names = ["api00", "api99", "ell", "meals"]
        expected = answers("apisrs")["mean_multi"]["value"]

        np.testing.assert_allclose(means(simple, schools[names]).iloc[0], list(expected["estimate"].values()), rtol=1e-12)
        np.testing.assert_allclose(standard_errors(simple, schools[names])[0], expected["SE"], rtol=1e-9)
        np.testing.assert_allclose(covariance(simple, schools[names])[0], expected["vcov"]["values"], rtol=1e-9)

    def test_a_mean_of_those_who_answered_is_a_domain(self, schools, simple, answers):
        """Blank outside the domain gives R's mean and error of the domain."""
        expected = answers("apisrs")["by_stype_mean"]["value"]
        for stype, mean, error in zip(expected["stype"], expected["mean"], expected["SE"], strict=True):
            values = schools[["api00"]].where(schools["stype"] == stype)
            assert mean == pytest.approx(means(simple, values).iloc[0, 0], rel=1e-12)
            assert error == pytest.approx(standard_errors(simple, values)[0, 0], rel=1e-9)

    def test_a_ratio_by_its_slopes(self, schools, simple, answers):
        """The ratio of two means, linearised by its gradient, has svyratio's error."""
        expected = answers("apisrs")["ratio"]["value"]
        whole = schools[["api.stu", "enroll"]].where(schools[["api.stu", "enroll"]].notna().all(axis=1))
        top, bottom = means(simple, whole).iloc[0]
        slopes = np.array([[[1 / bottom, -top / bottom**2]]])

        assert expected["ratio"] == pytest.approx(top / bottom, rel=1e-12)
        assert expected["SE"] == pytest.approx(standard_errors(simple, whole, slopes)[0, 0], rel=1e-9)

    @pytest.mark.parametrize("entry", ["fpc_d3_svymean"])
    def test_stratified_with_correction(self, shared, answers, entry):
        """R's toy design of two strata: mean and error to 1e-9."""
        data = pd.read_csv(shared / "r" / "survey_fpc_toy.csv")
        expected = answers("small_designs")[entry]["value"]
        strata = data["stratid"].astype(str)
        invited = data.groupby(strata)["Nh"].first().to_frame("u").T
        found = design(pd.Series("u", index=data.index), invited, strata)

        np.testing.assert_allclose(found.weights, data["weight"], rtol=1e-3)
        assert expected["SE"] == pytest.approx(_with_weights(found, data["weight"], data[["x"]]), rel=1e-9)

    def test_hospitals_by_size(self, shared, answers):
        """The total of births in strata of hospitals: mean times size, with its error."""
        data = pd.read_csv(shared / "r" / "survey_hospital.csv")
        expected = answers("small_designs")["hospital_fpc_total"]["value"]
        strata = data["oblevel"].astype(str)
        invited = data.groupby(strata)["tothosp"].first().to_frame("u").T
        found = design(pd.Series("u", index=data.index), invited, strata)
        size = float(invited.to_numpy().sum())

        assert 183983 == pytest.approx(size * means(found, data[["births"]]).iloc[0, 0], rel=1e-9)
        assert expected["SE"] == pytest.approx(size * standard_errors(found, data[["births"]])[0, 0], rel=1e-9)

    def test_post_stratified_weights(self, schools, simple, answers):
        """Weights that meet the known numbers of schools by type are R's."""
        results = answers("apisrs")
        totals = pd.DataFrame(results["population_margins"]["value"]["stype"], index=["california"])
        found = post_stratified(simple, schools["stype"], totals)

        expected = results["poststratify"]["value"]
        np.testing.assert_allclose(found.weights, expected["weights"], rtol=1e-9)
        np.testing.assert_allclose(
            means(found, schools[["api00"]]).iloc[0, 0], expected["mean_api00"]["estimate"]["api00"], rtol=1e-9
        )
        errors = standard_errors(found, schools[["api00", "enroll"]])[0]
        np.testing.assert_allclose(errors[0], expected["mean_api00"]["SE"], rtol=1e-9)
        np.testing.assert_allclose(errors[1] * 6194, expected["total_enroll"]["SE"], rtol=1e-9)

    def test_bootstrap(self, schools, simple, answers):
        """The spread of 4,000 replicate means is near the linearised error, as R's bootstrap is."""
        expected = answers("apisrs")["mean_api00"]["value"]["SE"]
        values = schools["api00"].to_numpy()
        found = np.concatenate([weights @ values / weights.sum(axis=1) for weights in replicates(simple, 4000, 1)])

        assert expected == pytest.approx(found.std(ddof=1), rel=0.04)


def _with_weights(plan, weights, values):
    from dataclasses import replace

    return standard_errors(replace(plan, weights=weights.to_numpy()), values)[0, 0]


class TestRepeatedSampling:
    def test_intervals_cover_as_often_as_they_say(self):
        """Of 90 % intervals from samples of 12 of 30, between 86 and 94 % hold the mean of the 30."""
        rng = np.random.default_rng(4)
        population = rng.gamma(4, 2, 30)
        held = 0
        for _ in range(600):
            chosen = pd.DataFrame({"x": rng.choice(population, 12, replace=False)})
            found = design(pd.Series("u", index=chosen.index), pd.Series({"u": 30}))
            low, high = interval(found, means(found, chosen).to_numpy(), standard_errors(found, chosen))
            held += int(low[0, 0] <= population.mean() <= high[0, 0])

        assert 0.86 <= held / 600 <= 0.94


class TestDesign:
    def test_everyone_answered_leaves_no_error(self):
        """A census has none, also when one of one answered."""
        values = pd.DataFrame({"x": [1.0, 5.0, 7.0]})
        found = design(pd.Series(["b", "b", "a"]), pd.Series({"b": 2, "a": 1}))

        assert [0.0, 0.0] == standard_errors(found, values)[:, 0].tolist()

    def test_one_answer_of_several_has_an_unknown_error(self):
        """NaN, not 0."""
        found = design(pd.Series(["u"]), pd.Series({"u": 5}))

        assert np.isnan(standard_errors(found, pd.DataFrame({"x": [3.0]}))).all()

    def test_small_strata_are_merged_and_counted(self):
        """Strata with one answer and with none stand together; those who answered stand for all."""
        units, strata = pd.Series(["u"] * 5), pd.Series(["big", "big", "big", "one", "two"])
        invited = pd.DataFrame({"big": [6], "one": [2], "two": [3], "none": [1]}, index=["u"])
        found = design(units, invited, strata)

        assert [2.0, 2.0, 2.0, 3.0, 3.0] == found.weights.tolist()
        assert "3 strata with fewer than two answers were merged with others of their unit." == found.notices[0].en

    def test_the_order_of_units_decides_nothing(self):
        """Units in another order give the same numbers under their ids."""
        rng = np.random.default_rng(0)
        units = pd.Series(rng.choice(list("cab"), 40))
        values = pd.DataFrame({"x": rng.normal(size=40)})
        one = means(design(units, pd.Series({"a": 30, "b": 30, "c": 30})), values)
        two = means(design(units, pd.Series({"c": 30, "a": 30, "b": 30})), values)

        pd.testing.assert_frame_equal(one.sort_index(), two.sort_index())

    def test_replicates_do_not_depend_on_how_many(self):
        """The first of many are the same as few, and their mean is the given weight."""
        found = design(pd.Series(["u"] * 6), pd.Series({"u": 9}))
        few, many = (np.concatenate(list(replicates(found, count, 3))) for count in (10, 5000))

        np.testing.assert_array_equal(few, many[:10])
        np.testing.assert_allclose(many.mean(axis=0), found.weights, rtol=0.05)


class TestWhatIsRefused:
    def test_answers_that_nobody_asked_for(self):
        """More answers than invited, and uninvited units, are named at once."""
        with pytest.raises(WorkbenchError) as caught:
            design(pd.Series(["u", "u", "v"]), pd.Series({"u": 1}))

        assert ["unit `v` answered but was not invited.", "`u`: 2 answered of 1 invited."] == [
            fault.problem for fault in caught.value.faults
        ]


class TestErrorsOfScores:
    def test_every_element_has_its_error(self, root):
        """The index's error is that of the table; a group's error is near the spread over replicate surveys."""
        from workbench import Framework, read_survey, score
        from workbench.aggregation import aggregate
        from workbench.normalisation import normalise
        from workbench.score_errors import element_errors, survey_design

        framework = Framework.load(root / "params/framework/2559")
        scores = score(framework, read_survey(root / "data/sample/answers.xlsx", framework))
        errors = element_errors(scores)

        np.testing.assert_allclose(errors["index"], scores.table["index_se"], rtol=1e-9)
        plan = survey_design(scores.data)
        values = scores.data.values[list(scores.tree.indicators)].to_numpy(dtype=float)
        unit = scores.table["index_se"].sort_values().index[60]
        mine = plan.unit_of == plan.units.get_loc(unit)
        weights = np.concatenate(list(replicates(plan, 3000, 5)))[:, mine]
        there = ~np.isnan(values[mine])
        sums = weights @ np.where(there, values[mine], 0.0)
        with np.errstate(invalid="ignore"):
            drawn = sums / (weights @ there)
        found = aggregate(normalise(drawn[:, None, :], scores.ruler), scores.tree)[:, 0]
        spread = dict(zip(scores.tree.groups, np.nanstd(found, axis=0, ddof=1), strict=True))

        for name in ("index", "P1", "P3", "P6"):
            assert errors.loc[unit, name] == pytest.approx(spread[name], rel=0.2), name

    def test_a_table_has_no_respondents(self, tiny):
        """All errors are unknown."""
        from workbench import Framework, score
        from workbench.score_errors import element_errors

        framework = Framework.load(tiny)
        ids = [item.id for item in framework.indicators]
        scores = score(framework, pd.DataFrame(0.5, index=list("ab"), columns=ids))

        assert element_errors(scores).isna().all().all()
