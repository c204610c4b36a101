"""Ordinal correlations, likelihood, oblimin, fit, scores, reliability, nesting, the framework's model: against R and truth."""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from workbench import factors
from workbench.errors import WorkbenchError
from workbench.factors import bootstrap, consistency, extraction, ordinal
from workbench.factors.fit import fit
from workbench.factors.rotation import Rotated
from workbench.factors.scores import factor_scores, score_weights
from workbench.plots import factor_details as charts
from workbench.refusals import Refused, attempt

SETS = ("attitude", "swiss", "lq2002", "harman74")


@pytest.fixture(scope="module")
def r(shared):
    """Results of R's psych 2.2.9."""
    return {name: json.loads((shared / f"r/dev_psych_{name}.json").read_text())["results"] for name in SETS}


@pytest.fixture(scope="module")
def data(shared):
    """The data that R had."""
    soldiers = pd.read_csv(shared / "r/multilevel_lq2002.csv")
    return {
        "attitude": pd.read_csv(shared / "r/attitude.csv"),
        "swiss": pd.read_csv(shared / "r/swiss.csv", index_col="province"),
        "lq2002": soldiers[[f"LEAD{item:02d}" for item in range(1, 12)]],
        "soldiers": soldiers,
    }


def matrix(entry):
    return np.array(entry["values"], float)


def correlations(data, name):
    return factors.correlate(data[name]).matrix


class TestPolychoric:
    def test_equals_psych(self, r, data):
        """
        Two-step polychoric correlations equal psych's `polychoric` on eleven ladders of five steps.
        """
        assert factors.polychoric(data["lq2002"]) == pytest.approx(matrix(r["lq2002"]["polychoric"]["value"]["rho"]), abs=1e-4)

    def test_thresholds_equal_psych(self, r, data):
        """
        Thresholds are the normal quantiles of the cumulated shares, as psych's `tau`.
        """
        cuts = np.stack([ordinal.thresholds(data["lq2002"][name].to_numpy(float))[0] for name in data["lq2002"]])

        assert cuts == pytest.approx(matrix(r["lq2002"]["polychoric"]["value"]["tau"]), abs=1e-9)

    def test_two_halves_have_the_sine_formula(self):
        """
        Both cut at the median, the tetrachoric correlation is sin(pi/2 (4 p - 1)) (Sheppard 1898), p the share of both high.
        """
        both = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [35, 15, 15, 35], axis=0)
        values = pd.DataFrame(both, columns=["b", "a"], dtype=float)

        assert factors.polychoric(values)[0, 1] == pytest.approx(np.sin(np.pi / 2 * (4 * 0.35 - 1)), abs=1e-8)

    def test_steps_lose_correlation_and_it_comes_back(self):
        """
        Of two normal variables that correlate 0.6, cut into few steps, Pearson is too small; polychoric and polyserial are not.
        """
        rng = np.random.default_rng(5)
        full = rng.multivariate_normal([0, 0, 0], 0.4 * np.eye(3) + 0.6, 60_000)
        values = pd.DataFrame({"step": np.digitize(full[:, 0], [-0.5, 0.8]), "other": full[:, 1] > 0.7, "number": full[:, 2]})
        found = factors.polychoric(values.astype(float))

        assert values.astype(float).corr().to_numpy()[0, 1] < 0.5
        assert found[np.triu_indices(3, 1)] == pytest.approx(0.6, abs=0.02)

    def test_numbers_stay_with_pearson(self, data):
        """
        Where no indicator has steps, the correlations are Pearson's, and say so.
        """
        found = factors.correlate(data["swiss"], "fitting")

        assert found.kind == "pearson"
        assert found.matrix == pytest.approx(data["swiss"].corr().to_numpy())

    def test_missing_answers_are_left_out_by_pair(self, data):
        """
        A respondent without one of two answers does not count for that pair.
        """
        values = data["lq2002"].iloc[:, :2].astype(float)
        more = pd.concat([values, values.assign(LEAD01=np.nan)], ignore_index=True).iloc[: len(values) + 50]
        cut = ordinal.thresholds(more["LEAD01"].to_numpy(float))[1]

        assert (cut[-50:] == -1).all()
        assert np.isfinite(factors.polychoric(more)).all()


class TestMaximumLikelihood:
    @pytest.mark.parametrize(("name", "count"), [("attitude", 1), ("attitude", 2), ("lq2002", 1), ("lq2002", 2), ("swiss", 1)])
    def test_equals_factanal(self, name, count, r, data):
        """
        Uniquenesses equal R's `factanal`.
        """
        wanted = list(r[name][f"factanal_{count}f"]["value"]["uniquenesses"].values())
        if min(wanted) < extraction.LEAST_UNIQUENESS:
            pytest.skip("a Heywood case: R's bound is lower here")

        assert factors.maximum_likelihood(correlations(data, name), count).uniquenesses == pytest.approx(wanted, abs=1e-6)

    def test_heywood_case_is_named(self, data):
        """
        swiss with two factors passes the bound: held there, and the indicator is named.
        """
        found = factors.maximum_likelihood(correlations(data, "swiss"), 2)

        assert found.heywood
        assert found.uniquenesses.min() == pytest.approx(extraction.LEAST_UNIQUENESS)


class TestOblimin:
    @pytest.mark.parametrize(("name", "count"), [("attitude", 2), ("attitude", 3), ("lq2002", 2), ("harman74", 4)])
    def test_equals_gparotation(self, name, count, r):
        """
        Loadings and factor correlations equal GPArotation's quartimin, with and without Kaiser normalisation.
        """
        found = r[name]
        if f"fa_pa_{count}f_oblimin_tight" not in found:
            pytest.skip("not among the results")
        start = matrix(found[f"fa_pa_{count}f_none"]["value"]["loadings"])
        for kaiser in (False, True):
            wanted = found[f"fa_pa_{count}f_oblimin{'_kaiser' if kaiser else ''}_tight"]["value"]
            turned = factors.oblimin(start, kaiser=kaiser)
            want = matrix(wanted["loadings"])
            alike = bootstrap.aligned(turned.loadings, want)

            assert alike == pytest.approx(want, abs=1e-6)
            off = np.abs(turned.correlations[np.triu_indices(count, 1)])
            assert np.sort(off) == pytest.approx(np.sort(np.abs(matrix(wanted["Phi"])[np.triu_indices(count, 1)])), abs=1e-6)

    def test_what_factors_explain_stays(self, r):
        """
        Turning axes changes no communality.
        """
        start = matrix(r["attitude"]["fa_pa_2f_none"]["value"]["loadings"])
        turned = factors.oblimin(start)
        common = np.einsum("if,fg,ig->i", turned.loadings, turned.correlations, turned.loadings)

        assert common == pytest.approx(np.square(start).sum(axis=1), abs=1e-12)


class TestFit:
    @pytest.mark.parametrize("way", ["minres", "ml"])
    @pytest.mark.parametrize("count", [1, 2])
    def test_equals_psych(self, way, count, r, data):
        """
        Chi-square, RMSEA with its interval, TLI and residuals equal psych's `fa`.
        """
        values = correlations(data, "lq2002")
        wanted = r["lq2002"][f"fa_{way}_{count}f_none"]["value"]
        loadings = extraction.extracted(values, count, way).loadings
        implied = loadings @ loadings.T
        np.fill_diagonal(implied, 1)
        found = fit(values, implied, factors=count, n=len(data["lq2002"]))

        assert found.degrees == wanted["dof"]
        assert found.chi_square == pytest.approx(wanted["chi_ML_STATISTIC"], rel=1e-5)
        assert (found.rmsea, found.rmsea_low, found.rmsea_high) == pytest.approx(wanted["RMSEA_with_90CI"][:3], abs=1e-6)
        assert found.tli == pytest.approx(wanted["TLI"], abs=1e-5)
        assert found.rmsr == pytest.approx(wanted["rms"], abs=1e-5)

    def test_perfect_fit(self):
        """
        Correlations that a factor makes exactly: no misfit, RMSEA 0, TLI at least 1.
        """
        load = np.array([0.8, 0.7, 0.6, 0.5])
        exact = np.outer(load, load)
        np.fill_diagonal(exact, 1)
        found = fit(exact, exact, factors=1, n=200)

        assert (found.chi_square, found.rmsea, found.rmsea_low, found.cfi, found.rmsr) == (0, 0, 0, 1, 0)
        assert found.tli >= 1

    def test_no_degrees_no_verdict(self):
        """
        Three indicators on one factor always fit: the indices are not there rather than perfect.
        """
        found = fit(np.eye(3) * 0.5 + 0.5, np.eye(3) * 0.5 + 0.5, factors=1, n=100)

        assert found.degrees == 0
        assert np.isnan([found.rmsea, found.tli, found.cfi]).all()


class TestScores:
    @pytest.mark.parametrize(("ours", "theirs"), [("regression", "regression"), ("bartlett", "Bartlett")])
    @pytest.mark.parametrize("name", ["attitude", "lq2002"])
    def test_equal_psych(self, ours, theirs, name, r, data):
        """
        Weights and scores equal psych's `factor.scores`.
        """
        loadings = matrix(r[name]["fa_pa_2f_none"]["value"]["loadings"])
        wanted = r[name][f"scores_pa_2f_none_{theirs}"]["value"]
        rotated, values = Rotated(loadings, np.eye(2)), correlations(data, name)
        scores = factor_scores(data[name], values, rotated, method=ours)
        rows = matrix(wanted["scores"])

        assert score_weights(values, rotated, ours) == pytest.approx(matrix(wanted["weights"]), abs=1e-9)
        assert scores.to_numpy()[: len(rows)] == pytest.approx(rows, abs=1e-8)

    def test_missing_answers_use_the_rest(self, data):
        """
        A row with some answers has a score from those alone; one with less than half has none.
        """
        values = data["attitude"].astype(float)
        values.iloc[0, :2], values.iloc[1, :5] = np.nan, np.nan
        loadings = factors.minres(correlations(data, "attitude"), 1).loadings
        scores = factor_scores(values, correlations(data, "attitude"), Rotated(loadings, np.eye(1)))["F1"]

        assert np.isfinite(scores.iloc[0])
        assert scores.isna().tolist() == [False, True] + [False] * 28


class TestConsistency:
    @pytest.mark.parametrize("name", ["attitude", "lq2002"])
    def test_interval_of_alpha_equals_psych(self, name, r, data):
        """
        Feldt's interval equals psych's.
        """
        wanted = r[name]["alpha"]["value"]["feldt"]
        values = data[name]
        raw = factors.alpha(values).raw
        found = factors.alpha_interval(raw, indicators=values.shape[1], n=len(values))

        assert found == pytest.approx((wanted["lower.ci.raw_alpha"], wanted["upper.ci.raw_alpha"]), rel=1e-9)

    @pytest.mark.parametrize("name", ["attitude", "lq2002"])
    @pytest.mark.parametrize("groups", [1, 3])
    def test_omega_equals_psych(self, name, groups, r, data):
        """
        Total and hierarchical omega equal psych's, by one factor and by three with a general one above.
        """
        wanted = r[name][f"omega_{groups}f"]["value"]
        found = factors.omega(correlations(data, name), groups)

        assert (found.total, found.hierarchical) == pytest.approx((wanted["omega_tot"], wanted["omega_h"]), abs=2e-4)

    def test_omega_of_equal_loadings_is_alpha(self):
        """
        Where every indicator reflects its pillar alike, omega is standardised alpha.
        """
        values = np.full((5, 5), 0.4) + 0.6 * np.eye(5)

        assert factors.omega(values).total == pytest.approx(5 * 0.4 / (1 + 4 * 0.4), abs=1e-9)

    def test_splits_equal_psych(self, r, data):
        """
        psych visits the first half of the 462 splits of eleven items: lowest, mean and highest of those are equal.
        """
        wanted = r["lq2002"]["splitHalf"]["value"]
        chosen = list(combinations(range(11), 5))[:231]
        sides = np.zeros((231, 11))
        np.put_along_axis(sides, np.array(chosen), 1.0, axis=1)
        found = consistency.halves(correlations(data, "lq2002"), sides)

        assert (found.min(), found.mean(), found.max()) == pytest.approx((wanted["minrb"], wanted["meanr"], wanted["maxrb"]))

    def test_mean_of_all_halves_is_alpha(self, data):
        """
        Of an even number of indicators the mean over all equal halves is standardised alpha (Cronbach 1951).
        """
        values = data["attitude"].iloc[:, :6]
        found = factors.split_half(factors.correlate(values).matrix)

        assert found.splits == 10
        assert found.mean == pytest.approx(factors.alpha(values).standardised)

    def test_words(self):
        """
        Too few indicators, or groups that cannot be, are refused with what is allowed.
        """
        with pytest.raises(WorkbenchError, match="omega needs three indicators; there are 2"):
            factors.omega(np.eye(2))
        with pytest.raises(WorkbenchError, match="cannot have 2 group factors"):
            factors.omega(np.eye(6), 2)
        with pytest.raises(WorkbenchError, match="needs two indicators; there is 1"):
            factors.split_half(np.eye(1))


class TestNesting:
    def test_equals_shrout_and_fleiss(self, shared):
        """
        ICC(1) with its interval and ICC(1,k) of the table in Shrout and Fleiss (1979), as psych gives them.
        """
        found = json.loads((shared / "r/dev_raters_shrout_fleiss.json").read_text())["results"]
        long = pd.DataFrame(matrix(found["matrix"]["value"])).rename_axis("unit").reset_index().melt("unit")
        ours = factors.nesting(long["value"], long["unit"])
        rows = {row[0]: row for row in found["ICC"]["value"]["ICC"]["values"]}

        assert (ours.icc, ours.low, ours.high) == pytest.approx([rows["ICC1"][i] for i in (1, 6, 7)], rel=1e-9)
        assert ours.reliability == pytest.approx(rows["ICC1k"][1], rel=1e-9)

    def test_equals_lme4_on_balanced_data(self, shared):
        """
        With groups of one size the estimate is that of restricted likelihood: lme4 on Dyestuff.
        """
        found = json.loads((shared / "r/dev_lmer_dyestuff.json").read_text())["results"]["m1_REML_ICC"]["value"]
        dye = pd.read_csv(shared / "r/lme4_Dyestuff.csv")

        assert factors.nesting(dye["Yield"], dye["Batch"]).icc == pytest.approx(found, abs=1e-6)

    @pytest.mark.parametrize("name", ["LEAD01", "LEAD05", "TSIG01"])
    def test_unequal_groups_have_the_mean_squares_of_r(self, name, shared, data):
        """
        Mean squares and ICC(2) equal R's `aov` and `multilevel::ICC2`; ICC(1) with the plain mean size is R's `ICC1`.
        """
        found = json.loads((shared / "r/dev_groups_lq2002.json").read_text())["results"]
        ours = factors.nesting(data["soldiers"][name], data["soldiers"]["COMPID"])
        table = matrix(found[f"aov_{name}"]["value"])
        size = ours.n / ours.units

        assert (ours.between, ours.within) == pytest.approx(tuple(table[:, 2]), rel=1e-9)
        assert ours.reliability == pytest.approx(found[f"ICC2_{name}"]["value"], rel=1e-9)
        plain = (ours.between - ours.within) / (ours.between + (size - 1) * ours.within)
        assert plain == pytest.approx(found[f"ICC1_{name}"]["value"], rel=1e-9)

    def test_design_effect(self):
        """
        Ten agencies of each province that all say the same count as one each: the effect is ten.
        """
        units = pd.Series(np.repeat(np.arange(20), 10))
        found = factors.nesting(units * 1.0, units)

        assert (found.icc, found.design_effect, found.effective) == pytest.approx((1, 10, 20))

    @pytest.mark.parametrize("units", [[0, 0, 0], [0, 1, 2]])
    def test_nothing_to_compare_is_nan(self, units):
        """
        One unit, or one answer in each, tells nothing of provinces: NaN, not 0.
        """
        assert np.isnan(factors.nesting(pd.Series([1.0, 2.0, 4.0]), pd.Series(units)).icc)


@pytest.fixture(scope="module")
def democracy(shared):
    """Bollen's data as lavaan had them, and lavaan's fit of three factors."""
    found = json.loads((shared / "r/dev_lavaan_political_democracy.json").read_text())["results"]["cfa_ml"]["value"]
    return pd.read_csv(shared / "r/PoliticalDemocracy.csv"), found


PILLARS = {"ind60": ["x1", "x2", "x3"], "dem60": ["y1", "y2", "y3", "y4"], "dem65": ["y5", "y6", "y7", "y8"]}


class TestConfirm:
    def test_equals_lavaan(self, democracy):
        """
        Chi-square, CFI, TLI, RMSEA with interval and our own SRMR equal lavaan's.
        """
        values, wanted = democracy
        found = factors.confirm(values, groups=PILLARS)
        measures = wanted["fit"]

        assert found.degrees == measures["df"]
        for ours, theirs in (("chi_square", "chisq"), ("p_value", "pvalue")):
            assert getattr(found, ours) == pytest.approx(measures[theirs], rel=1e-4)
        for name in ("cfi", "tli", "rmsea", "srmr"):
            assert getattr(found, name) == pytest.approx(measures[name], abs=2e-4)

    def test_hints_find_what_the_published_model_frees(self, democracy):
        """
        The pairs that Bollen's published model (1989) frees are among the largest indices.
        """
        values, _ = democracy
        found = factors.confirm(values, groups=PILLARS)
        top = {tuple(sorted(pair)) for pair in found.pairs[["one", "other"]].head(6).to_numpy()}

        assert {("y2", "y6"), ("y6", "y8")} & top
        assert (found.pairs["chi_square"] >= 0).all()

    def test_known_structure_fits_and_the_stranger_is_found(self):
        """
        Simulated pillars fit; an indicator put in the wrong pillar has the largest index, towards its own.
        """
        values, groups = structured()
        right = factors.confirm(values, groups=groups)
        wrong = {"B": [*groups["B"], "a0"], "A": groups["A"][1:]}
        moved = factors.confirm(values, groups=wrong)

        assert right.reading == "good"
        assert moved.reading == "poor"
        assert tuple(moved.crossings.loc[0, ["indicator", "pillar"]]) == ("a0", "A")

    def test_refusals(self):
        """
        One pillar, and fewer respondents than indicators, are refused in words.
        """
        values, groups = structured()
        alone = attempt(factors.confirm, values[groups["A"]], groups={"A": groups["A"]})
        few = attempt(factors.confirm, values.head(8), groups=groups)

        assert isinstance(alone, Refused)
        assert "it takes two pillars with two usable indicators each; there are 1" in str(alone)
        assert isinstance(few, Refused)
        assert " 8 " in str(few)

    def test_a_pillar_that_holds_nothing_together_is_refused(self):
        """
        A pillar whose indicators contradict each other has no variance of its own: no solution, said in words, no traceback.
        """
        rng = np.random.default_rng(0)
        values = pd.DataFrame(rng.normal(size=(77, 6)), columns=list("abcdef"))
        values["b"] = -values["a"] + 0.3 * rng.normal(size=77)
        values["d"] = values["a"] + 0.3 * rng.normal(size=77)
        for groups in ({"X": ["a", "b"], "Y": ["c", "d", "e"]}, {"X": ["a", "c"], "Y": ["b", "d"], "Z": ["e", "f"]}):
            found = attempt(factors.confirm, values, groups=groups)
            if found:
                assert np.isfinite(found.crossings["chi_square"]).all()
                assert np.isfinite(found.loadings["loading"]).all()
            else:
                assert "no solution was found" in str(found)

    def test_index_is_the_fall_of_chi_square(self):
        """
        Freeing the loading with the largest index lowers chi-square by about the index: a score test of one parameter.
        """
        values, groups = structured(3000)
        values["a1"] += 0.15 * values[groups["B"]].mean(axis=1)
        held = factors.confirm(values, groups=groups)
        import semopy

        free = semopy.Model("B =~ b0 + b1 + b2 + b3 + b4 + a1\nA =~ a0 + a1 + a2 + a3 + a4")
        free.fit(cov=values.corr(), n_samples=len(values))
        fallen = held.chi_square - float(semopy.calc_stats(free)["chi2"].iloc[0])

        assert tuple(held.crossings.loc[0, ["indicator", "pillar"]]) == ("a1", "B")
        assert held.crossings.loc[0, "chi_square"] == pytest.approx(fallen, rel=0.1)


def structured(n=900, seed=2):
    """Two pillars that correlate 0.4, five indicators each, loadings 0.7."""
    rng = np.random.default_rng(seed)
    truth = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], n)
    groups = {"B": [f"b{place}" for place in range(5)], "A": [f"a{place}" for place in range(5)]}
    columns = {
        name: 0.7 * truth[:, side] + np.sqrt(0.51) * rng.normal(size=n)
        for side, pillar in enumerate(groups)
        for name in groups[pillar]
    }
    return pd.DataFrame(columns), groups


class TestPlacements:
    def test_verdicts(self):
        """
        One stranger, one copy and one that measures nothing get their verdicts; all others stay.
        """
        values, groups = structured()
        rng = np.random.default_rng(0)
        values["noise"] = rng.normal(size=len(values))
        values["copy"] = values["b1"] + 0.3 * rng.normal(size=len(values))
        groups = {"B": [*groups["B"], "copy", "a0"], "A": [*groups["A"][1:], "noise"]}
        analysis = factors.analyse(values, groups=groups, seed=0, rotate="oblimin")
        found = factors.placements(analysis, factors.confirm(values, groups=groups))

        assert found.loc["a0", ["verdict", "to"]].tolist() == ["elsewhere", "A"]
        assert found.loc["noise", "verdict"] == "nothing"
        assert sorted(found.index[found["verdict"] == "redundant"]) in (["b1"], ["copy"])
        assert set(found.drop(index=["a0", "noise", "copy", "b1"])["verdict"]) == {"stays"}

    def test_nothing_is_proposed_of_a_sound_framework(self):
        """
        Indicators that measure their pillars all stay.
        """
        values, groups = structured()
        analysis = factors.analyse(values, groups=groups, seed=0)

        assert set(factors.placements(analysis, factors.confirm(values, groups=groups))["verdict"]) == {"stays"}


class TestIntervals:
    def test_cover_the_truth(self):
        """
        Intervals of the salient loadings hold the true 0.7 about as often as they should, and factors keep their place.
        """
        hits, tried = 0, 0
        for seed in range(6):
            values, groups = structured(400, seed)
            analysis = factors.analyse(values, groups=groups, seed=0, rotate="oblimin", repetitions=50)
            found = factors.loading_intervals(values, analysis, draws=100, seed=1)
            own = analysis.loadings.abs().to_numpy() > 0.4
            hits += int(((found.low.to_numpy() <= 0.7) & (found.high.to_numpy() >= 0.7))[own].sum())
            tried += int(own.sum())

            assert (found.congruence > 0.95).all()
        assert stats.binomtest(hits, tried, 0.95).pvalue > 0.001

    def test_clusters_widen_them(self):
        """
        Answers copied ten times within a unit are worth no more than one: intervals by unit stay as wide as before copying.
        """
        values, groups = structured(120)
        copies = pd.concat([values] * 10, ignore_index=True)
        units = pd.Series(np.tile(np.arange(len(values)), 10))
        analysis = factors.analyse(copies, groups=groups, seed=0, repetitions=50)
        by_row, by_unit = (factors.loading_intervals(copies, analysis, units=given, draws=100, seed=0) for given in (None, units))

        wide, narrow = ((found.high - found.low).to_numpy().mean() for found in (by_unit, by_row))
        assert wide / narrow == pytest.approx(np.sqrt(10), rel=0.2)

    def test_same_seed_same_intervals(self):
        """
        A seed gives the same numbers, 0 is one, another gives others.
        """
        values, groups = structured(200)
        analysis = factors.analyse(values, groups=groups, seed=0, repetitions=50)
        one, same, other = (factors.loading_intervals(values, analysis, draws=20, seed=seed).low for seed in (0, 0, 1))

        pd.testing.assert_frame_equal(one, same)
        assert not one.equals(other)

    def test_no_factor_no_interval(self):
        """
        Without factors there is nothing to draw.
        """
        values = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 6))).rename(columns=str)
        analysis = factors.analyse(values, groups={"P": list(values)}, seed=0, repetitions=50)
        found = factors.loading_intervals(values, analysis, draws=20, seed=0)

        assert analysis.n_factors == 0
        assert found.low.shape == (6, 0)


class TestTables:
    def test_no_degrees_of_freedom_is_said_not_shown_as_nan(self):
        """
        Three indicators on one factor leave nothing to test: a sentence, and no row with NaN.
        """
        values, groups = structured(300)
        three = values[groups["A"][:3]]
        analysis = factors.analyse(three, groups={"A": list(three)}, seed=0, repetitions=40)
        shown = charts.fit(analysis)

        assert analysis.fit.degrees == 0
        assert "cannot be tested" in shown.caption.en
        for language in ("th", "en"):
            assert "nan" not in shown.html(language)

    def test_every_item_in_both_languages(self, root):
        """
        Everything that a page shows renders in both languages, with and without units, no cell missing.
        """
        from workbench import runs

        page = runs.open(root / "params/runs/sample.yaml")
        evidence, means = factors.evidence(page.scores), factors.unit_evidence(page.scores)
        given = {"groups": evidence.groups, "labels": evidence.labels}
        analysis = factors.analyse(evidence.values, **given, seed=0, repetitions=20, correlation="fitting")
        model = factors.confirm(evidence.values, **given)
        intervals = factors.loading_intervals(evidence.values, analysis, units=evidence.units, draws=20, seed=0)
        items = [
            charts.fit(analysis, intervals),
            charts.loading_intervals(analysis, intervals, evidence),
            charts.nesting(factors.nestings(evidence.values, evidence.units), evidence),
            *charts.of_units(factors.analyse(means.values, groups=means.groups, seed=0, repetitions=20), means),
            *charts.confirmation(model, evidence),
            charts.hints(model, evidence),
            charts.placement(factors.placements(analysis, model), evidence),
            charts.placement(factors.placements(analysis, model).assign(verdict="nothing"), evidence),
        ]

        assert len(means.values) == 76
        ids = [item.id for item in items if hasattr(item, "id")]
        assert len(ids) == len(set(ids))
        for item in items:
            for language in ("th", "en"):
                assert "not measured" not in item.html(language)
                assert ">nan<" not in item.html(language)


class TestComponents:
    def test_equal_psych(self, r, data):
        """
        Principal components beside the factors equal psych's `principal` with varimax.
        """
        values = data["lq2002"]
        analysis = factors.analyse(values, groups={"L": list(values)}, seed=0, repetitions=20)
        count = analysis.n_factors
        wanted = matrix(r["lq2002"][f"pca_{count}c_{'none' if count == 1 else 'varimax_tight'}"]["value"]["loadings"])

        assert bootstrap.aligned(analysis.components.to_numpy(), wanted) == pytest.approx(wanted, abs=1e-7)


class TestAnalysisSettings:
    @pytest.mark.parametrize("rotate", ["varimax", "promax", "oblimin", "none"])
    @pytest.mark.parametrize("method", ["minres", "principal_axis", "ml"])
    def test_every_method_finds_the_structure(self, method, rotate):
        """
        Every extraction with every rotation finds two factors; rotated, each indicator is at home.
        """
        values, groups = structured()
        found = factors.analyse(values, groups=groups, seed=0, repetitions=40, method=method, rotate=rotate)

        assert found.n_factors == 2
        assert rotate == "none" or found.homes["at_home"].all()

    def test_polychoric_loadings_are_larger(self):
        """
        Answers in steps lose correlation; the ordinal analysis gives it back, and its intervals lie around its loadings.
        """
        values, groups = structured(1500)
        steps = values.apply(lambda column: pd.Series(np.digitize(column, [-0.6, 0.9]), dtype=float))
        plain, ordinal_one = (
            factors.analyse(steps, groups=groups, seed=0, repetitions=40, rotate="oblimin", correlation=kind)
            for kind in ("pearson", "fitting")
        )
        drawn = factors.loading_intervals(steps, ordinal_one, draws=60, seed=0)
        own = ordinal_one.loadings.abs().to_numpy() > 0.4
        inside = (drawn.low <= ordinal_one.loadings) & (ordinal_one.loadings <= drawn.high)

        assert ordinal_one.kind == "polychoric"
        assert plain.loadings.abs().max(axis=1).mean() < 0.66
        assert ordinal_one.loadings.abs().max(axis=1).mean() == pytest.approx(0.7, abs=0.02)
        assert inside.to_numpy()[own].all()


class TestProposal:
    def test_writes_amendments_that_a_framework_takes(self, tmp_path, root):
        """
        What does not stay is proposed, guarded by the weight found now; the file loads as a workshop and changes nothing.
        """
        from workbench.framework import Framework

        edition = root / "params" / "framework" / "2559"
        framework = Framework.load(edition)
        found = pd.DataFrame(
            {
                "pillar": "P1",
                "verdict": ["stays", "elsewhere", "nothing", "redundant"],
                "to": ["", "P2", "", "P1.1.1"],
                "loading": 0.5,
                "chi_square": 20.0,
                "correlation": 0.3,
            },
            index=["P1.1.1", "P1.1.2", "P1.2.3", "P1.3.1"],
        )
        labels = {name: framework.label(name) for name in ("P2", "P1.1.1")}
        names = [item.id for item in framework.indicators]
        near = pd.DataFrame(0.1, index=names, columns=names)
        near.loc["P1.1.2", ["P2.2.1", "P2.2.2"]] = 0.6
        entries = factors.amendments(found, framework, labels, near)
        head = {"id": "w", "title": {"th": "ก", "en": "a"}, "date": "2559-06-01", "place": {"th": "ก", "en": "a"}}
        path = tmp_path / "proposed.yaml"
        path.write_text(yaml.safe_dump({"workshop": head, "amendments": entries}, allow_unicode=True), encoding="utf-8")
        amended = Framework.load(edition, workshops=[path])

        assert [(entry.get("kind", "set"), entry["parameter"], entry["expect"], entry.get("to")) for entry in entries] == [
            ("move", "P1.1.2", "P1.1", "P2.2"),
            ("drop", "P1.2.3", framework.label("P1.2.3").en, None),
            ("set", "P1.3.1.weight", 1.0, 0.5),
        ]
        assert "chi-square would fall by 20.0" in entries[0]["reason"]["en"]
        assert [item.status for item in amended.amendments] == ["proposed"] * 3
        assert amended.fingerprint == framework.fingerprint
        text = path.read_text(encoding="utf-8").replace("status: proposed", "status: accepted")
        path.write_text(text, encoding="utf-8")
        accepted = Framework.load(edition, workshops=[path])
        assert accepted.parent("P1.1.2") == "P2.2"
        assert "P1.2.3" not in [item.id for item in accepted.indicators]

    def test_says_when_there_is_nothing(self, root, tmp_path):
        """
        The sample's indicators all measure their pillars: no file is written, and the sentence says why.
        """
        from workbench.factors.proposal import write_proposal

        with pytest.raises(WorkbenchError, match="indicators sit where they belong: there is nothing to propose"):
            write_proposal(root / "params/runs/sample.yaml", tmp_path / "out.yaml")
        assert not list(tmp_path.iterdir())

    def test_never_overwrites(self, root, tmp_path):
        """
        A file that experts may have written in stays.
        """
        from workbench.factors.proposal import write_proposal

        path = tmp_path / "out.yaml"
        path.write_text("mine", encoding="utf-8")
        with pytest.raises(WorkbenchError, match="the file exists already"):
            write_proposal(root / "params/runs/sample.yaml", path)
        assert path.read_text(encoding="utf-8") == "mine"
