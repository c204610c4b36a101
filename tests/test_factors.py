"""Factor analysis against R's psych, invariants, known structure, and the words of what is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from workbench import factors
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.refusals import Refused, attempt, remarks
from workbench.scoring import score
from workbench.text import Text


@dataclass(frozen=True)
class Survey:
    """Answers as `score` takes them."""

    values: pd.DataFrame
    units: pd.Series
    answered: pd.Series
    invited: pd.Series
    synthetic: bool = True


PSYCH = ("attitude", "swiss", "lq2002", "harman74")


@pytest.fixture(scope="module")
def r(shared):
    """Results of R's psych 2.2.9 (R 4.2.2), by data set."""
    return {name: json.loads((shared / f"r/dev_psych_{name}.json").read_text())["results"] for name in PSYCH}


@pytest.fixture(scope="module")
def data(shared):
    """The data that R had."""
    soldiers = pd.read_csv(shared / "r/multilevel_lq2002.csv")
    return {
        "attitude": pd.read_csv(shared / "r/attitude.csv"),
        "swiss": pd.read_csv(shared / "r/swiss.csv", index_col="province"),
        "lq2002": soldiers[[f"LEAD{item:02d}" for item in range(1, 12)]],
    }


@pytest.fixture(scope="module")
def matrices(data, shared):
    """Correlation matrices of all data sets."""
    harman = pd.read_csv(shared / "r/Harman74_cor.csv", index_col=0).to_numpy()
    return {name: factors.correlate(values).matrix for name, values in data.items()} | {"harman74": harman}


def matrix(entry):
    return np.array(entry["values"], float)


def matched(got, wanted):
    """*got* with its columns in the order and with the signs of *wanted*: both are arbitrary."""
    rows, columns = linear_sum_assignment(-np.abs(got.T @ wanted))
    order = np.empty(len(rows), int)
    order[columns] = rows
    return got[:, order] * np.sign((got[:, order] * wanted).sum(axis=0))


def simulated(n=1200, sizes=(6, 5, 7), seed=3, between=0.2):
    """Answers with as many correlated factors as *sizes*, all loadings .7, and their groups; ids out of alphabetical order."""
    rng = np.random.default_rng(seed)
    correlation = np.full((len(sizes), len(sizes)), between) + (1 - between) * np.eye(len(sizes))
    scores = rng.multivariate_normal(np.zeros(len(sizes)), correlation, n)
    groups = {f"P{9 - place}": [f"P{9 - place}.{size - item}" for item in range(size)] for place, size in enumerate(sizes)}
    columns = {
        name: 0.7 * scores[:, place] + np.sqrt(0.51) * rng.normal(size=n)
        for place, names in enumerate(groups.values())
        for name in names
    }
    return pd.DataFrame(columns), groups


class TestCorrelation:
    @pytest.mark.parametrize("name", ["attitude", "swiss", "lq2002"])
    def test_equals_r(self, name, r, matrices):
        """
        Pearson correlations equal R's `cor`.
        """
        assert np.abs(matrices[name] - matrix(r[name]["cor"]["value"])).max() < 1e-12

    def test_missing_answers_are_passed_over_pair_by_pair(self):
        """
        With missing answers every correlation is that of the respondents who answered both, as pandas has it.
        """
        rng = np.random.default_rng(0)
        values = pd.DataFrame(rng.normal(size=(60, 5)) @ (np.eye(5) + rng.random((5, 5))) + 100, columns=list("ecadb"))
        values = values.mask(rng.random(values.shape) < 0.3)

        found = factors.correlate(values)

        assert np.abs(found.matrix - values.corr().to_numpy()).max() < 1e-10
        assert found.pairs[0, 1] == (values["e"].notna() & values["c"].notna()).sum()
        assert found.indicators == ("e", "c", "a", "d", "b")

    def test_a_stack_is_the_matrices_one_by_one(self):
        """
        A leading axis of data sets gives the same matrices as one call for each.
        """
        rng = np.random.default_rng(1)
        answered = (rng.random((40, 4)) < 0.8).astype(float)
        stack = rng.normal(size=(3, 40, 4))

        together = factors.pearson(stack, answered)

        assert np.allclose(together, [factors.pearson(one, answered) for one in stack], atol=1e-14)

    def test_repaired_is_positive_definite_and_has_a_unit_diagonal(self):
        """
        A matrix that cannot be a correlation matrix is lifted to one, and the lifted eigenvalues are counted.
        """
        impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])

        mended, raised = factors.repaired(impossible)

        assert np.linalg.eigvalsh(mended).min() > 0
        assert np.allclose(np.diag(mended), 1)
        assert raised == 1

    def test_repaired_leaves_a_good_matrix_alone(self, matrices):
        """
        A positive definite matrix comes back as it was.
        """
        mended, raised = factors.repaired(matrices["attitude"])

        assert raised == 0
        assert mended is matrices["attitude"]


class TestUsable:
    def test_leaves_out_what_cannot_be_correlated_and_says_why(self):
        """
        Constant, empty and rarely answered indicators, and one that nobody answered with others, are left out by name.
        """
        values, _ = simulated(n=100, sizes=(6,))
        values["empty"] = np.nan
        values["constant"] = 50.0
        values["rare"] = values["P9.6"].where(np.arange(100) < 29)
        values["first"] = values["P9.6"].where(np.arange(100) < 45)
        values["last"] = values["P9.5"].where(np.arange(100) >= 60)

        kept, reasons = factors.usable(values)

        assert reasons == {"empty": "empty", "constant": "constant", "rare": "rare", "last": "disjoint"}
        assert list(kept) == ["P9.6", "P9.5", "P9.4", "P9.3", "P9.2", "P9.1", "first"]

    def test_drops_respondents_without_any_answer(self):
        """
        A respondent who answered nothing that is kept does not count.
        """
        values, _ = simulated(n=50, sizes=(4,))
        values.iloc[:5] = np.nan

        kept, _ = factors.usable(values)

        assert len(kept) == 45

    def test_rounding_noise_is_constant(self):
        """
        Answers that differ by rounding only are constant.
        """
        values, _ = simulated(n=50, sizes=(4,))
        values["noise"] = 0.1 + 0.2 + np.where(np.arange(50) % 2, 0, 1e-17)

        assert factors.usable(values)[1] == {"noise": "constant"}


class TestAdequacy:
    @pytest.mark.parametrize("name", PSYCH)
    def test_kmo_equals_psych(self, name, r, matrices):
        """
        KMO equals psych's, overall and for every item.
        """
        found, wanted = factors.kmo(matrices[name]), r[name]["kmo"]["value"]

        assert found.overall == pytest.approx(wanted["MSA"], rel=1e-9)
        assert found.items == pytest.approx(list(wanted["MSAi"].values()), rel=1e-9)

    @pytest.mark.parametrize("name", PSYCH)
    def test_bartlett_equals_psych(self, name, r, matrices):
        """
        Bartlett's test equals psych's `cortest.bartlett`.
        """
        found, wanted = factors.bartlett(matrices[name], r[name]["n"]["value"]), r[name]["bartlett_sphericity"]["value"]

        assert found.chi_square == pytest.approx(wanted["chisq"], rel=1e-9)
        assert found.degrees == wanted["df"]
        assert found.p_value == pytest.approx(wanted["p.value"], rel=1e-9)

    def test_unrelated_indicators_have_no_sphericity_to_reject(self):
        """
        An identity matrix has chi-square 0 and p 1, and a KMO of 0.
        """
        assert factors.bartlett(np.eye(5), 100) == factors.Bartlett(0.0, 10, 1.0)
        assert factors.kmo(np.eye(5)).overall == 0

    def test_a_singular_matrix_is_refused_in_words(self):
        """
        Indicators that follow from others are refused with the way out, not with a library's traceback.
        """
        with pytest.raises(WorkbenchError, match="not positive definite: some indicators follow from others"):
            factors.kmo(np.ones((3, 3)))

    def test_too_few_respondents_are_refused(self):
        """
        Bartlett's test says how many indicators were too many for how many respondents.
        """
        with pytest.raises(WorkbenchError, match="20 indicators needs more respondents than 8"):
            factors.bartlett(np.eye(20), 8)

    @pytest.mark.parametrize(
        ("value", "word"), [(0.93, "good"), (0.8, "good"), (0.6, "sufficient"), (0.55, "barely"), (0.49, "unfit")]
    )
    def test_reading(self, value, word):
        """
        KMO is read as good from .80, sufficient from .60, barely acceptable from .50, unfit below.
        """
        assert word in factors.kmo_reading(value).en


class TestNumber:
    @pytest.mark.parametrize("name", PSYCH)
    def test_eigenvalues_equal_r(self, name, r, matrices):
        """
        Eigenvalues equal R's `eigen`, largest first.
        """
        assert factors.eigenvalues(matrices[name]) == pytest.approx(r[name]["eigenvalues"]["value"], rel=1e-9)

    @pytest.mark.parametrize("name", PSYCH)
    def test_map_equals_psych(self, name, r, matrices):
        """
        Velicer's minimum average partial equals psych's `vss` from one component on, and suggests the same number.
        """
        found, wanted = factors.minimum_average_partial(matrices[name]), r[name]["vss_map"]["value"]
        known = min(len(found) - 1, len(wanted["map"]))

        assert found[1 : known + 1] == pytest.approx(wanted["map"][:known], rel=1e-9)
        assert found.argmin() == wanted["map_suggested"]

    def test_map_starts_with_nothing_removed(self, matrices):
        """
        The first element is the mean squared correlation itself, so that "no component" can win.
        """
        r = matrices["attitude"]

        assert factors.minimum_average_partial(r)[0] == pytest.approx((np.square(r).sum() - 7) / 42)
        assert factors.minimum_average_partial(np.eye(6)).argmin() == 0

    @pytest.mark.parametrize(("null", "entry"), [("normal", "pc_sim"), ("permutation", "pc_resampled")])
    @pytest.mark.parametrize("name", ["attitude", "swiss"])
    def test_parallel_analysis_agrees_with_psych(self, name, null, entry, shared, data):
        """
        The 95th percentiles of random eigenvalues lie within four standard deviations of psych's `fa.parallel` of 20 seeds.
        """
        wanted = json.loads((shared / f"r/dev_parallel_{name}.json").read_text())["results"]["fa.parallel_minres"]["value"][entry]

        found = factors.random_eigenvalues(data[name], null, repetitions=1000, seed=0)

        away = np.quantile(found, 0.95, axis=0) - wanted["q95_pooled"]
        assert np.abs(away / wanted["q95_seed_sd"]).max() < 4

    def test_random_eigenvalues_do_not_depend_on_how_many_are_asked_for(self, data):
        """
        The first repetitions are the same bits whether 20 or 40 are asked for, and each row sums to the indicators.
        """
        few = factors.random_eigenvalues(data["attitude"], "permutation", repetitions=32, seed=0)
        many = factors.random_eigenvalues(data["attitude"], "permutation", repetitions=40, seed=0)

        assert (many[:32] == few).all()
        assert many.sum(axis=1) == pytest.approx(np.full(40, 7.0))

    def test_seed_0_is_a_seed(self, data):
        """
        Seed 0 gives the same numbers twice, and others than seed 1; shuffled and normal data do not share a stream.
        """
        zero, again, one = (factors.random_eigenvalues(data["swiss"], "normal", repetitions=5, seed=seed) for seed in (0, 0, 1))

        assert (zero == again).all()
        assert not (zero == one).any()

    def test_permutation_keeps_every_indicators_answers(self):
        """
        Shuffling happens among those who answered, so an indicator of few answers stays one of few answers.
        """
        values, _ = simulated(n=300, sizes=(5,))
        sparse = values.mask(np.random.default_rng(5).random(values.shape) < 0.5)

        whole = np.quantile(factors.random_eigenvalues(values, "permutation", repetitions=100, seed=1), 0.95, axis=0)
        half = np.quantile(factors.random_eigenvalues(sparse, "permutation", repetitions=100, seed=1), 0.95, axis=0)

        assert half[0] > whole[0], "fewer pairs, more chance"

    def test_no_repetition_is_refused(self, data):
        """
        Zero repetitions are a mistake that says what is usual.
        """
        with pytest.raises(WorkbenchError, match=r"`repetitions` of the parallel analysis is 0(.|\n)*200 is usual"):
            factors.random_eigenvalues(data["swiss"], "normal", repetitions=0, seed=0)


def extractions(r):
    """Every converged principal axis solution of R in which no communality passes 1."""
    for name in PSYCH:
        for count in range(1, 6):
            entry = r[name].get(f"fa_pa_{count}f_none")
            if entry and entry["value"]["max_communality"] < 1:
                yield name, count, matrix(entry["value"]["loadings"])


class TestExtraction:
    @pytest.mark.parametrize("method", [factors.minres, factors.principal_axis])
    def test_equals_the_exact_least_squares_solution_of_r(self, method, r, matrices):
        """
        Minres and principal axis give psych's `fa(fm = "pa")` run to 1e-13, the exact least-squares solution.
        """
        seen = 0
        for name, count, wanted in extractions(r):
            found = method(matrices[name], count)
            assert found.converged
            assert found.heywood == ()
            assert np.abs(matched(found.loadings, wanted) - wanted).max() < 1e-8, (name, count)
            seen += 1
        assert seen == 11

    @pytest.mark.parametrize("name", ["attitude", "harman74"])
    def test_minres_agrees_with_psychs_minres(self, name, r, matrices):
        """
        The minres of psych, which stops early, is within 1e-4.
        """
        for count in range(1, 4):
            wanted = matrix(r[name][f"fa_minres_{count}f_none"]["value"]["loadings"])
            assert np.abs(matched(factors.minres(matrices[name], count).loadings, wanted) - wanted).max() < 1e-4

    @pytest.mark.parametrize(("name", "count", "item"), [("swiss", 2, 0), ("lq2002", 3, 1)])
    def test_heywood_cases_are_named(self, name, count, item, matrices):
        """
        Where R warns of an ultra-Heywood case, the indicator is named and keeps a uniqueness of 0.005.
        """
        found = factors.minres(matrices[name], count)

        assert found.heywood == (item,)
        assert found.uniquenesses[item] == 0.005

    def test_more_factors_than_can_be_identified_are_refused(self):
        """
        Four indicators identify one factor; two are refused with the number allowed.
        """
        with pytest.raises(WorkbenchError, match=r"2 factors cannot be found in 4 indicators(.|\n)*from 1 to 1"):
            factors.minres(np.eye(4), 2)

    @given(st.permutations(range(7)))
    def test_permuting_indicators_permutes_the_loadings(self, order):
        """
        The order of the indicators does not matter.
        """
        values, _ = simulated(n=300, sizes=(4, 3), seed=11)
        r = factors.correlate(values).matrix
        straight = factors.minres(r, 2).loadings

        mixed = factors.minres(r[np.ix_(order, order)], 2).loadings

        assert np.abs(matched(mixed, straight[order]) - straight[order]).max() < 1e-6


class TestRotation:
    def test_varimax_equals_r(self, r):
        """
        Varimax with and without Kaiser normalisation equals R's `stats::varimax(eps = 1e-15)`.

        R stops up to 4e-8 from the optimum, because the criterion that it watches is flat there.
        """
        for name, count, start in extractions(r):
            for kaiser, entry in ((True, "varimax_tight"), (False, "varimax_raw_tight")):
                if count > 1:
                    wanted = matrix(r[name][f"fa_pa_{count}f_{entry}"]["value"]["loadings"])
                    found = factors.varimax(start, kaiser=kaiser).loadings
                    assert np.abs(matched(found, wanted) - wanted).max() < 1e-7, (name, count, entry)

    def test_varimax_is_no_worse_than_r_by_its_own_criterion(self, r):
        """
        The variance of squared normalised loadings is at least that of R's solution.
        """

        def criterion(loadings):
            scaled = np.square(loadings) / np.square(loadings).sum(axis=1, keepdims=True)
            return scaled.var(axis=0).sum()

        for name, count, start in extractions(r):
            if count > 1:
                wanted = matrix(r[name][f"fa_pa_{count}f_varimax_tight"]["value"]["loadings"])
                assert criterion(factors.varimax(start).loadings) >= criterion(wanted) - 1e-14

    def test_promax_equals_stats_promax(self, r):
        """
        Promax with an unnormalised target equals R's `stats::promax(m = 4)`, loadings and factor correlations.
        """
        for name, count, start in extractions(r):
            if count > 1:
                entry = r[name][f"fa_pa_{count}f_promax_stats_tight"]["value"]
                wanted, phi = matrix(entry["loadings"]), matrix(entry["Phi_of_promax_step"])
                found = factors.promax(start, kaiser_target=False)
                assert np.abs(matched(found.loadings, wanted) - wanted).max() < 1e-7, (name, count)
                assert np.sort(np.abs(found.correlations), axis=None) == pytest.approx(np.sort(np.abs(phi), axis=None), abs=1e-7)

    @pytest.mark.parametrize(("name", "count"), [("attitude", 3), ("harman74", 3), ("harman74", 4)])
    def test_promax_with_kaiser_normalisation_agrees_with_psych(self, name, count, r):
        """
        Promax with Kaiser normalisation throughout is psych's convention; psych's rotation stops at 1e-5 of its criterion.
        """
        start = matrix(r[name][f"fa_pa_{count}f_none"]["value"]["loadings"])
        wanted = matrix(r[name][f"fa_pa_{count}f_promax"]["value"]["loadings"])

        assert np.abs(matched(factors.promax(start).loadings, wanted) - wanted).max() < 2e-4

    def test_promax_is_right_where_a_known_library_is_wrong(self):
        """
        The pattern reproduces the correlations: L Phi L' is the same before and after the oblique rotation.

        It is not in statsmodels 0.14 and 0.15, as reported there in 2017.
        """
        values, _ = simulated(between=0.5)
        start = factors.minres(factors.correlate(values).matrix, 3).loadings

        turned = factors.promax(start)

        assert np.allclose(turned.loadings @ turned.correlations @ turned.loadings.T, start @ start.T, atol=1e-12)
        assert np.allclose(np.diag(turned.correlations), 1)

    def test_varimax_keeps_communalities(self):
        """
        An orthogonal rotation moves variance between factors, never between indicators.
        """
        start = np.random.default_rng(2).normal(size=(12, 4))

        assert np.allclose(np.square(factors.varimax(start).loadings).sum(axis=1), np.square(start).sum(axis=1))

    def test_an_indicator_that_loads_on_nothing_stays_there(self):
        """
        A row of zeros is no division by zero.
        """
        start = np.vstack([np.random.default_rng(2).normal(size=(5, 2)), np.zeros(2)])

        assert (factors.promax(start).loadings[-1] == 0).all()

    def test_ordered_is_the_same_for_any_signs_and_order(self):
        """
        Flipping and shuffling factors changes nothing after `ordered`.
        """
        values, _ = simulated(between=0.4)
        turned = factors.promax(factors.minres(factors.correlate(values).matrix, 3).loadings)
        signs, order = np.array([-1, 1, -1]), [2, 0, 1]
        other = factors.Rotated(
            (turned.loadings * signs)[:, order], (turned.correlations * np.outer(signs, signs))[np.ix_(order, order)]
        )

        one, two = factors.ordered(turned), factors.ordered(other)

        assert np.allclose(one.loadings, two.loadings)
        assert np.allclose(one.correlations, two.correlations)
        assert (np.diff(factors.explained(one)) <= 0).all()


class TestAlpha:
    @pytest.mark.parametrize("name", ["attitude", "lq2002"])
    def test_equals_psych(self, name, r, data):
        """
        Raw and standardised alpha, mean correlation, alpha without each item and item-rest correlations equal `psych::alpha`.
        """
        found, wanted = factors.alpha(data[name]), r[name]["alpha"]["value"]
        total = dict(zip(wanted["total"]["cols"], wanted["total"]["values"][0], strict=True))
        without, items = matrix(wanted["alpha_drop"]), wanted["item_stats"]

        assert found.raw == pytest.approx(total["raw_alpha"], rel=1e-9)
        assert found.standardised == pytest.approx(total["std.alpha"], rel=1e-9)
        assert found.mean_correlation == pytest.approx(total["average_r"], rel=1e-9)
        assert found.items["raw_without"].to_numpy() == pytest.approx(without[:, 0], rel=1e-9)
        assert found.items["standardised_without"].to_numpy() == pytest.approx(without[:, 1], rel=1e-9)
        assert found.items["item_rest"].to_numpy() == pytest.approx(matrix(items)[:, items["cols"].index("r.drop")], rel=1e-9)

    def test_of_five_items_equals_psych(self, r, data):
        """
        Alpha of complaints to critical is .7907 raw and .7857 standardised in psych.
        """
        found = factors.alpha(data["attitude"].iloc[:, 1:6])

        total = r["attitude"]["items2to6_alpha"]["value"]["total"]["values"][0]
        assert (found.raw, found.standardised) == pytest.approx(total[:2], rel=1e-9)

    def test_scales_move_raw_alpha_only(self, data):
        """
        Measuring one item in other units changes raw alpha and leaves standardised alpha alone.
        """
        wide = data["attitude"].assign(rating=data["attitude"]["rating"] * 1000)

        assert factors.alpha(wide).standardised == pytest.approx(factors.alpha(data["attitude"]).standardised)
        assert factors.alpha(wide).raw < factors.alpha(data["attitude"]).raw

    def test_one_indicator_is_refused(self, data):
        """
        One indicator has no consistency with others; the message names it.
        """
        with pytest.raises(WorkbenchError, match="needs two indicators; there is rating"):
            factors.alpha(data["attitude"][["rating"]])


class TestAnalyse:
    def test_recovers_the_structure_that_was_simulated(self):
        """
        Three correlated factors with loadings of .7 are found as three, every indicator at home, loadings near .7.
        """
        values, groups = simulated()

        found = factors.analyse(values, groups=groups, seed=0, rotate="promax", repetitions=50)

        assert found.n_factors == 3
        assert set(found.suggestions.values()) == {3}
        assert found.homes["at_home"].all()
        assert found.homes["loading"].to_numpy() == pytest.approx(np.full(18, 0.7), abs=0.08)
        assert found.factor_correlations.to_numpy()[np.triu_indices(3, 1)] == pytest.approx([0.2] * 3, abs=0.12)
        assert found.notices == ()

    def test_misplaced_indicator_is_not_at_home(self):
        """
        An indicator that the framework puts in the wrong pillar is found where it belongs.
        """
        values, groups = simulated()
        groups["P8"].append(groups["P9"].pop(2))
        stray = groups["P8"][-1]

        homes = factors.analyse(values, groups=groups, seed=0, repetitions=50).homes

        assert homes.index[~homes["at_home"].astype(bool)].tolist() == [stray]
        assert homes.loc[stray, "factor_pillar"] == "P9"

    @pytest.mark.parametrize("seed", range(3))
    def test_noise_is_reported_as_none(self, seed):
        """
        Answers without structure give no factor, no loadings, a low KMO and a notice, not a table of NaN.
        """
        values = pd.DataFrame(np.random.default_rng(seed).normal(size=(500, 12)), columns=[f"x{place}" for place in range(12)])

        found = factors.analyse(values, groups={"A": list(values)}, seed=1)

        assert found.n_factors == 0
        assert found.loadings.shape == (12, 0)
        assert (found.communalities == 0).all()
        assert found.kmo < 0.6
        assert "No factor stands out from chance" in found.notices[0].en

    def test_order_of_columns_does_not_matter(self):
        """
        Permuting the indicators gives the same sorted loadings, by name.
        """
        values, groups = simulated()
        mixed = values[sorted(values)]

        one, two = (factors.analyse(frame, groups=groups, seed=0, repetitions=20) for frame in (values, mixed))

        assert one.loadings.index.tolist() == two.loadings.index.tolist()
        assert np.allclose(one.loadings, two.loadings, atol=1e-6)
        assert one.alpha.to_numpy() == pytest.approx(two.alpha.to_numpy())

    def test_loadings_are_sorted(self):
        """
        Indicators stand with the factor they load on most, the strongest first.
        """
        values, groups = simulated()
        loadings = factors.analyse(values, groups=groups, seed=0, repetitions=20).loadings
        main = loadings.abs().to_numpy().argmax(axis=1)

        assert (np.diff(main) >= 0).all()
        assert all((np.diff(loadings.abs().max(axis=1)[main == place]) <= 0).all() for place in range(3))

    def test_explained_variance_is_the_communality(self):
        """
        After varimax the factors' variances sum to the communalities', and shares are of all variance.
        """
        values, groups = simulated()
        found = factors.analyse(values, groups=groups, seed=0, repetitions=20)

        assert found.explained["variance"].sum() == pytest.approx(found.communalities.sum())
        assert found.explained["cumulative"].iloc[-1] == pytest.approx(found.communalities.mean())

    def test_no_frame_holds_nan(self):
        """
        Missing answers, pillars of one and left-out indicators leave no NaN in any result.
        """
        values, groups = simulated()
        values = values.mask(np.random.default_rng(0).random(values.shape) < 0.2)
        values["lonely"], groups["P1"] = values.pop("P9.6") * 2, ["lonely"]
        groups["P9"].remove("P9.6")
        values["still"], groups["P0"] = 1.0, ["still"]

        found = factors.analyse(values, groups=groups, seed=0, repetitions=20)

        for frame in (found.loadings, found.eigenvalues, found.alpha, found.alpha_items, found.homes, found.explained):
            assert not frame.isna().any(axis=None)
        assert "No alpha, because fewer than two" in found.notices[-1].en
        assert "P1; P0" in found.notices[-1].en

    def test_one_factor_is_not_rotated(self):
        """
        A single factor explains everything there is to explain, whatever the rotation.
        """
        values, groups = simulated(sizes=(6,))

        one, two = (factors.analyse(values, groups=groups, seed=0, repetitions=20, rotate=way) for way in ("varimax", "promax"))

        assert one.n_factors == 1
        assert np.allclose(one.loadings, two.loadings)

    def test_a_duplicate_indicator_is_said(self):
        """
        Two indicators that are the same make the matrix singular; the first notice says so, and nothing is NaN.
        """
        values, groups = simulated(sizes=(4, 4))
        values["twin"] = values["P9.4"]
        groups["P9"].append("twin")

        found = factors.analyse(values, groups=groups, seed=0, repetitions=20)

        assert "The correlation matrix was not positive definite" in found.notices[0].en
        assert not found.loadings.isna().any(axis=None)

    def test_a_heywood_case_is_named_in_words(self):
        """
        Correlations of .8, .8 and .4 ask for a communality of 1.6: the notice names the indicator and says not to trust it.
        """
        r = np.array([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]])
        values = pd.DataFrame(np.random.default_rng(0).multivariate_normal(np.zeros(3), r, 500), columns=["b", "c", "a"])

        labels = {"b": Text(th="แผน", en="Plan")}
        found = factors.analyse(values, groups={"A": ["a", "b", "c"]}, seed=0, repetitions=20, labels=labels)

        assert "Heywood case: the factors would explain all of the variance of b Plan" in found.notices[0].en

    def test_few_respondents_are_said(self):
        """
        Sixty respondents for eighteen indicators are said to be few, with the numbers that are usual, in both languages.
        """
        values, groups = simulated(n=60)

        notice = factors.analyse(values, groups=groups, seed=0, repetitions=20).notices[0]

        assert "60 for 18 indicators, 3.3 each, where 5 each and 100 in all are usual" in notice.en
        assert "ค่าสังเกตมีน้อย" in notice.th

    def test_left_out_indicators_are_named_with_the_consequence(self):
        """
        The notice names the indicator by id and label and says that results say nothing of it.
        """
        values, groups = simulated()
        values.loc[values.index > 100, "P8.5"] = np.nan

        found = factors.analyse(
            values, groups=groups, seed=0, repetitions=20, labels={"P8.5": Text(th="ก", en="Patients online")}
        )

        assert found.left_out == {"P8.5": "rare"}
        assert found.notices[0].en.startswith("Fewer than 30 % answered")
        assert "the results say nothing of these: P8.5 Patients online." in found.notices[0].en

    def test_reversed_indicator_is_pointed_out(self):
        """
        An indicator scored the wrong way round is named: it runs against its pillar.
        """
        values, groups = simulated()
        values["P9.2"] = -values["P9.2"]

        found = factors.analyse(values, groups=groups, seed=0, repetitions=20)

        assert "Runs against the other indicators of its pillar" in found.notices[-1].en
        assert "P9.2" in found.notices[-1].en

    def test_too_many_indicators_for_the_respondents_are_refused(self):
        """
        Fifteen respondents and eighteen indicators are refused in both languages, with the way out.
        """
        values, groups = simulated(n=15)

        refusal = attempt(factors.analyse, values, groups=groups, seed=0)

        assert isinstance(refusal, Refused)
        assert "rests on 15 observations on average, and there are 18 indicators" in str(refusal)
        assert "วิเคราะห์องค์ประกอบไม่ได้" in refusal.reasons[0].th

    def test_two_indicators_are_refused(self):
        """
        Two indicators have one correlation and no factor.
        """
        values, _ = simulated(sizes=(2,))

        with pytest.raises(Refused, match="only 2 indicators can be analysed, and it takes at least 3"):
            factors.analyse(values, groups={"A": list(values)}, seed=0)

    def test_all_answers_missing_are_refused(self):
        """
        A table without an answer is refused, not a division by zero.
        """
        values, groups = simulated(n=20)

        with pytest.raises(Refused, match="only 0 indicators"):
            factors.analyse(values * np.nan, groups=groups, seed=0)

    def test_groups_that_do_not_fit_are_all_named(self):
        """
        Indicators without a pillar and pillars without their indicator are reported together, with the nearest name.
        """
        values, groups = simulated(sizes=(4, 4))
        groups["P9"][0] = "P9.44"

        with pytest.raises(WorkbenchError) as caught:
            factors.analyse(values, groups=groups, seed=0)

        assert [fault.problem for fault in caught.value.faults] == [
            "indicator `P9.4` is in no pillar.",
            "pillar `P9` names `P9.44`, which the data lack.",
        ]
        assert caught.value.faults[0].fix == "did you mean `P9.44`?"

    def test_indicators_of_very_different_scale_do_not_matter(self):
        """
        Correlations do not depend on units, so neither do factors.
        """
        values, groups = simulated()
        scaled = values * 10.0 ** np.arange(-9, 9) + 1e6 * np.arange(18)

        one, two = (factors.analyse(frame, groups=groups, seed=0, repetitions=10) for frame in (values, scaled))

        assert one.kmo == pytest.approx(two.kmo, rel=1e-3)


class TestAlphaReading:
    @pytest.mark.parametrize(
        ("value", "word"), [(0.95, "very high"), (0.8, "good"), (0.7, "acceptable"), (0.65, "just below"), (0.2, "below")]
    )
    def test_reading(self, value, word):
        """
        Alpha is acceptable from .70, good from .80, and suspiciously high from .90.
        """
        assert word in factors.alpha_reading(value).en


def any_table(seed):
    """A table of any size with ties, gaps, constants and repeated columns, and two groups."""
    rng = np.random.default_rng(seed)
    n, p, k = (int(rng.integers(low, high)) for low, high in ((1, 120), (1, 14), (1, 5)))
    numbers = rng.normal(size=(n, k)) @ rng.normal(size=(k, p)) + rng.choice([0, 0.01, 2]) * rng.normal(size=(n, p))
    numbers = np.round(numbers) if rng.random() < 0.5 else numbers
    numbers[rng.random(numbers.shape) < rng.choice([0, 0.1, 0.5, 0.9])] = np.nan
    numbers[:, rng.integers(p)] = rng.choice([7, np.nan]) if rng.random() < 0.3 else numbers[:, rng.integers(p)]
    frame = pd.DataFrame(numbers, columns=[f"x{place}" for place in range(p)])
    part = int(rng.integers(0, p + 1))
    return frame, {"A": list(frame)[:part], "B": list(frame)[part:]}


class TestAnyTable:
    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("start", range(0, 60, 20))
    def test_gives_whole_numbers_or_a_refusal(self, start):
        """
        Whatever the table, the result holds no NaN and no library complains, or it is refused in words.
        """
        for seed in range(start, start + 20):
            frame, groups = any_table(seed)
            found = attempt(factors.analyse, frame, groups=groups, seed=seed, repetitions=20)
            if found:
                parts = (found.loadings, found.eigenvalues, found.alpha, found.alpha_items, found.homes, found.explained)
                assert not any(part.isna().any(axis=None) for part in parts), seed
                assert np.isfinite([found.kmo, found.bartlett.chi_square, found.bartlett.p_value]).all(), seed
            else:
                assert found.reasons


class TestTables:
    def test_have_every_indicator_and_why_it_was_left_out(self):
        """
        The table of loadings has a row for each indicator, also those left out, with the reason.
        """
        values, groups = simulated(sizes=(4, 4))
        values["P9.9"], groups["P9"] = 5.0, [*groups["P9"], "P9.9"]

        frames = factors.tables(factors.analyse(values, groups=groups, seed=0, repetitions=20))

        loadings = frames["loadings"].set_index("indicator")
        assert set(loadings.index) == set(values)
        assert loadings.loc["P9.9", "left_out"] == "constant"
        assert loadings.drop("P9.9")[["F1", "F2", "communality", "kmo"]].notna().all(axis=None)
        assert frames["alpha"]["pillar"].tolist() == ["P9", "P8"]
        assert list(frames) == ["loadings", "eigenvalues", "factors", "alpha"]

    def test_no_factor_leaves_the_other_columns(self):
        """
        Without factors the table still has communalities, KMO and pillars.
        """
        values = pd.DataFrame(np.random.default_rng(1).normal(size=(300, 6)), columns=list("abcdef"))

        frame = factors.tables(factors.analyse(values, groups={"A": list(values)}, seed=0))["loadings"]

        assert frame.columns.tolist() == ["indicator", "pillar", "communality", "kmo"]
        assert frame["pillar"].tolist() == ["A"] * 6


class TestEvidence:
    def test_answers_are_measured_on_the_scale_of_the_index(self, tiny):
        """
        With a survey the evidence is each respondent's score, 0 to 100, reversed where less is better, NaN where unanswered.
        """
        framework = Framework.load(tiny)
        ids = [indicator.id for indicator in framework.indicators]
        index = pd.Index(["U1/A01", "U1/A02", "U2/A01"])
        values = pd.DataFrame(0.5, index=index, columns=ids)
        values.loc["U1/A01", "A.7"] = 0.01
        values.loc["U2/A01", "A.7"] = 0.1
        values.loc["U1/A02", "A.8"] = np.nan
        units = pd.Series(["U1", "U1", "U2"], index=index)
        counts = pd.Series({"U1": 2, "U2": 1})
        survey = Survey(values, units, counts, counts)

        found = factors.evidence(score(framework, survey))

        assert found.of == "respondents"
        assert found.noun.en == "agencies"
        assert found.groups == {"Z": ["Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2"], "A": ["A.9", "A.8", "A.7"]}
        assert found.values["A.7"].loc[["U1/A01", "U2/A01"]].tolist() == [100, 0]
        assert found.values["A.8"].isna().tolist() == [False, True, False]
        assert found.labels["A.8"].en == "Trained"
        assert found.synthetic

    def test_units_stand_in_where_there_is_no_survey(self, tiny):
        """
        Over a table the evidence is the units' scores, and the page can say so.
        """
        framework = Framework.load(tiny)
        table = pd.DataFrame(0.5, index=["b", "a"], columns=[indicator.id for indicator in framework.indicators])
        scores = score(framework, table)

        found = factors.evidence(scores)

        assert found.of == "units"
        assert found.values is scores.normalised
        assert found.noun.en == "units"


class TestAttempt:
    def test_only_refusals_are_caught(self):
        """
        A refusal becomes a value that is false and has its reasons as remarks; any other error stays an error.
        """

        def refuse():
            raise Refused(Text(th="ไม่ได้", en="No."))

        refusal = attempt(refuse)

        assert not refusal
        assert remarks(refusal) == (Text(th="ไม่ได้", en="No."),)
        assert attempt(lambda: 5) == 5
        with pytest.raises(ZeroDivisionError):
            attempt(lambda: 1 / 0)
