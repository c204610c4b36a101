"""Truth first, then invariants, then the words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.errors import WorkbenchError
from workbench.filling import fill_forward, fill_groups, fill_linear
from workbench.imputation import METHODS, PANEL_METHODS, impute, impute_panel
from workbench.pooling import pool

GAPS = arrays(
    float, st.tuples(st.integers(2, 12), st.integers(2, 4)), elements=st.one_of(st.integers(-50, 50).map(float), st.just(np.nan))
)
SINGLE = ("mean", "median", "group_mean", "group_median")


def table(values):
    values = np.asarray(values, dtype=float)
    return pd.DataFrame(values, index=[f"TH-{90 - n}" for n in range(len(values))], columns=list("zaby")[: values.shape[1]])


def groups_of(frame):
    return pd.Series(["north", "south"] * len(frame), index=[*frame.index, *(f"other{n}" for n in range(len(frame)))])


def related(seed=0, units=60):
    """Indicators that share a factor, with a tenth of the cells missing, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(units, 1)) * [3.0, 200.0, -0.01, 7.0] + rng.normal(size=(units, 4)) * [1.0, 60.0, 0.003, 2.0]
    whole = table(truth)
    gaps = rng.random(truth.shape) < 0.1
    return whole.mask(gaps), whole, gaps


class TestAgainstPublishedNumbers:
    def test_asem_group_means(self, shared):
        """Denominated ASEM data imputed by the mean of Europe or Asia agree with COINr 1.1.14 in all 51 x 49 cells to 1e-9."""
        from workbench.checks import denominate

        folder = shared / "asem"
        raw, meta = (
            pd.read_csv(folder / f"ASEM_{name}.csv", keep_default_na=False, na_values=["NA"]).set_index(key)
            for name, key in (("iData", "uCode"), ("iMeta", "iCode"))
        )
        expected = pd.read_csv(folder / "asem_imputed.csv", keep_default_na=False).set_index("uCode")
        names = list(expected.columns)
        divided = denominate(raw[names], raw, meta.loc[names, "Denominator"].dropna().to_dict()).values
        found = impute(divided, "group_mean", groups=raw["EurAsia_group"])

        assert expected.shape == (51, 49)
        np.testing.assert_allclose(found.values.loc[expected.index], expected, rtol=1e-12, atol=1e-9)
        assert found.imputed.sum().sum() == divided.isna().sum().sum() == 65
        assert not found.fallback.any().any()

    def test_rubins_rules_as_mice_pools_a_regression(self, shared):
        """Five imputations of nhanes: every part of the pooled regression of chl on age and bmi is mice 3.15's, to 1e-9."""
        reference = json.loads((shared / "r" / "dev_mice_pool.json").read_text(encoding="utf-8"))["results"]
        tables = pd.read_csv(shared / "r" / "mice_nhanes_imputed.csv")
        fits = [regression(part) for _, part in tables.groupby(".imp")]
        found = pool(np.array([fit[0] for fit in fits]), np.array([fit[1] for fit in fits]), complete_df=22)

        rows = np.array([row[1:] for row in reference["pool_parts"]["value"]["values"]], dtype=float).T
        mine = [found.estimate, found.within, found.between, found.total, found.df, found.increase, found.share, found.fraction]
        np.testing.assert_allclose(mine, rows[[1, 2, 3, 4, 6, 7, 8, 9]], rtol=1e-9)
        rows = np.array([row[1:] for row in reference["pool_lm"]["value"]["values"]], dtype=float).T
        np.testing.assert_allclose([found.se, *found.interval()], rows[[1, 5, 6]], rtol=1e-9)

    def test_rubins_rules_as_mice_pools_a_mean(self, shared):
        """The pooled mean of bmi is that of mice's pool.scalar with 25 cases and one parameter."""
        reference = json.loads((shared / "r" / "dev_mice_pool.json").read_text(encoding="utf-8"))["results"]
        value = reference["pool_scalar_mean_bmi"]["value"]
        found = pool(np.array(value["Q"]), np.array(value["U"]), complete_df=24)
        names = {
            "estimate": "qbar",
            "within": "ubar",
            "between": "b",
            "total": "t",
            "df": "df",
            "increase": "r",
            "fraction": "fmi",
        }

        for mine, theirs in names.items():
            assert float(getattr(found, mine)) == pytest.approx(value[theirs], rel=1e-9), mine


def regression(part):
    """Coefficients and their variances, chl on age and bmi."""
    design = np.column_stack([np.ones(len(part)), part["age"], part["bmi"]])
    coefficients, squares, *_ = np.linalg.lstsq(design, part["chl"].to_numpy(dtype=float))
    return coefficients, squares[0] / (len(part) - 3) * np.diag(np.linalg.inv(design.T @ design))


class TestWorkedByHand:
    VALUES = table([[1.0, 10.0], [np.nan, 20.0], [4.0, np.nan], [13.0, 60.0]])
    GROUPS = pd.Series({"TH-87": "south", "TH-88": "north", "TH-89": "north", "TH-90": "south"})

    @pytest.mark.parametrize(
        ("method", "z", "a"), [("mean", 6.0, 30.0), ("median", 4.0, 20.0), ("group_mean", 4.0, 20.0), ("group_median", 4.0, 20.0)]
    )
    def test_single_values(self, method, z, a):
        """Mean and median of 1, 4, 13 and of 10, 20, 60; of the group its one other value, matched by id."""
        found = impute(self.VALUES, method, groups=self.GROUPS)

        assert found.values.loc["TH-89", "z"] == z
        assert found.values.loc["TH-88", "a"] == a
        assert found.imputed.to_numpy().tolist() == self.VALUES.isna().to_numpy().tolist()

    def test_none_fills_nothing(self):
        """Without a method the table is given back, and the gaps are counted."""
        found = impute(self.VALUES)

        pd.testing.assert_frame_equal(found.values, self.VALUES)
        assert not found.imputed.any().any()
        assert found.notices[0].en == "Nothing was filled in; values missing: 2."

    def test_shares_imputed(self):
        """The share imputed is of all indicators of a unit and of all units of an indicator."""
        found = impute(self.VALUES, "mean")

        assert found.by_unit["share_imputed"].tolist() == [0.0, 0.5, 0.5, 0.0]
        assert found.by_indicator["share_imputed"].tolist() == [0.25, 0.25]
        assert "2 of 8 values (25.0 %) were not measured but filled in by the mean of all units" in found.notices[0].en

    def test_a_group_without_a_value_falls_back(self):
        """The mean of all units stands in where the group has no value or the unit no group; both are counted and named."""
        groups = pd.Series({"TH-88": "east", "TH-87": "south", "TH-90": "south"})
        found = impute(self.VALUES, "group_mean", groups=groups)

        assert found.values.loc["TH-88", "a"] == 30.0
        assert found.values.loc["TH-89", "z"] == 6.0
        assert found.fallback.to_numpy().tolist() == found.imputed.to_numpy().tolist()
        words = " ".join(notice.en for notice in found.notices)
        assert "No group is known for TH-89" in words
        assert "(values: 2): TH-89, TH-88." in words


class TestWhatIsNotMadeUp:
    def test_a_unit_without_any_value(self):
        """A unit that was not measured at all stays so under every method: no score is made up from the others."""
        values = table([[1.0, 2.0], [np.nan, np.nan], [3.0, np.nan], [5.0, 1.0], [2.0, 2.0]])
        for method in METHODS[1:]:
            found = impute(values, method, groups=groups_of(values), seed=0)

            assert found.values.loc["TH-89"].isna().all(), method
            assert found.values.loc["TH-88"].notna().all(), method
            assert any("TH-89, which have too little data" in notice.en for notice in found.notices), method

    def test_units_below_the_coverage(self):
        """A unit with too few values is left as it is, but its values still count for others."""
        values = table([[1.0, np.nan, np.nan], [np.nan, 2.0, 3.0], [5.0, 1.0, 1.0]])
        found = impute(values, "mean", minimum_coverage=0.5)

        assert found.values.loc["TH-90"].isna().tolist() == [False, True, True]
        assert found.values.loc["TH-89", "z"] == 3.0

    def test_an_indicator_without_any_value(self):
        """An indicator nobody has stays missing, not zero, and is named."""
        values = table([[1.0, np.nan, 4.0], [np.nan, np.nan, 5.0], [3.0, np.nan, 7.0]])
        for method in METHODS[1:]:
            found = impute(values, method, groups=groups_of(values), seed=0)

            assert found.values["a"].isna().all(), method
            assert any(notice.en.startswith("a: still missing") for notice in found.notices), method

    def test_a_constant_indicator(self):
        """Where all are equal, the same value is filled in, by every method, and nothing becomes infinite."""
        values = table([[1.0, 7.0, 3.0], [2.0, np.nan, 5.0], [4.0, 7.0, 8.0], [5.0, 7.0, np.nan]])
        for method in METHODS[1:]:
            found = impute(values, method, groups=groups_of(values), seed=0)
            assert np.isfinite(found.values).all().all(), method
            if method != "multiple":
                assert found.values.loc["TH-89", "a"] == pytest.approx(7.0), method


class TestInvariants:
    @given(GAPS, st.sampled_from(SINGLE))
    def test_measured_values_never_change(self, values, method):
        """What was measured comes back bit by bit, and exactly the other cells are recorded as imputed."""
        frame = table(values)
        found = impute(frame, method, groups=groups_of(frame))
        measured = ~np.isnan(values)

        np.testing.assert_array_equal(found.values.to_numpy()[measured], values[measured])
        assert (found.imputed.to_numpy() == (~measured & found.values.notna().to_numpy())).all()
        assert (found.fallback.to_numpy() <= found.imputed.to_numpy()).all()

    @given(GAPS, st.sampled_from(SINGLE), st.randoms(use_true_random=False))
    def test_order_does_not_matter(self, values, method, random):
        """Permuting units or indicators permutes the result; groups are found by id."""
        frame = table(values)
        rows, columns = list(frame.index), list(frame.columns)
        random.shuffle(rows)
        random.shuffle(columns)
        one = impute(frame, method, groups=groups_of(frame)).values
        other = impute(frame.loc[rows, columns], method, groups=groups_of(frame)).values

        pd.testing.assert_frame_equal(other.loc[frame.index, frame.columns], one)

    def test_leading_axes(self):
        """Draws are filled like each draw alone."""
        values = np.random.default_rng(0).normal(size=(3, 10, 2))
        values[np.random.default_rng(1).random(values.shape) < 0.3] = np.nan
        codes = np.array([0, 1] * 4 + [2, -1])
        found, fallback = fill_groups(values, codes, "mean")

        for draw in range(3):
            alone = fill_groups(values[draw], codes, "mean")
            np.testing.assert_array_equal(found[draw], alone[0])
            np.testing.assert_array_equal(fallback[draw], alone[1])


class TestRegression:
    def test_nearer_the_truth_than_the_mean(self):
        """With indicators that share a factor, regression misses the truth by less than six tenths of what the mean does."""
        values, whole, gaps = related()
        error = {
            method: ((impute(values, method).values - whole) / whole.std()).to_numpy()[gaps].std()
            for method in ("mean", "regression")
        }

        assert error["regression"] < 0.6 * error["mean"]

    def test_recovers_a_straight_line(self):
        """A value that the others determine is found."""
        x = np.linspace(-1, 1, 30)
        values = table(np.column_stack([x, 5 * x + 2]))
        values.iloc[7, 1] = np.nan

        assert impute(values, "regression").values.iloc[7, 1] == pytest.approx(5 * x[7] + 2, abs=1e-3)

    @pytest.mark.parametrize("method", ["regression", "multiple"])
    def test_neither_order_nor_unit_of_measurement_matters(self, method):
        """Permuting rows and columns permutes the result exactly; measuring in thousands divides it by a thousand."""
        values, *_ = related()
        one = impute(values, method, seed=3)
        other = impute(values.iloc[::-1][["b", "y", "z", "a"]], method, seed=3)
        scaled = impute(values.assign(a=values["a"] / 1000), method, seed=3)

        pd.testing.assert_frame_equal(other.values.loc[values.index, values.columns], one.values, rtol=1e-12)
        np.testing.assert_allclose(scaled.values["a"] * 1000, one.values["a"], rtol=1e-6)

    def test_limits(self):
        """No imputed value leaves the limits that are given, found by id."""
        values, *_ = related()
        low = float(values["a"].quantile(0.4))
        found = impute(values, "multiple", seed=0, limits={"a": (low, np.inf)})
        gaps = values["a"].isna().to_numpy()

        assert (found.draws[:, gaps, 1] >= low - 1e-9).all()
        assert found.draws[:, gaps, 1].std() > 0


class TestMultiple:
    def test_completed_tables(self):
        """The draws differ where a value was missing, agree where it was measured, and the table shown is their mean."""
        values, *_ = related()
        found = impute(values, "multiple", seed=1, draws=4)
        gaps = values.isna().to_numpy()

        assert found.draws.shape == (4, *values.shape)
        assert (found.draws.std(axis=0)[gaps] > 0).all()
        assert (found.draws[:, ~gaps] == values.to_numpy()[~gaps]).all()
        np.testing.assert_allclose(found.values, found.draws.mean(axis=0), rtol=1e-12)
        assert "4 completed tables" in found.notices[1].en

    def test_seed_zero_is_a_seed(self):
        """The same seed gives the same tables, 0 included; another seed gives others."""
        values, *_ = related()
        one, two, other = (impute(values, "multiple", seed=seed, draws=2).draws for seed in (0, 0, 1))

        np.testing.assert_array_equal(one, two)
        assert (one != other).any()

    def test_a_table_does_not_depend_on_how_many_there_are(self):
        """The first two of three tables are those of two."""
        values, *_ = related(units=25)
        two, three = (impute(values, "multiple", seed=0, draws=draws).draws for draws in (2, 3))

        np.testing.assert_array_equal(two, three[:2])

    def test_what_is_unknown_stays_visible(self):
        """The pooled error of a mean is larger than that of a table completed with means, which hides what is missing."""
        values, *_ = related()
        draws = impute(values, "multiple", seed=0, draws=10).draws
        single = impute(values, "mean").values.to_numpy()
        n = len(values)
        pooled = pool(draws.mean(axis=1), draws.var(axis=1, ddof=1) / n, complete_df=n - 1)

        assert (pooled.se > single.std(axis=0, ddof=1) / np.sqrt(n)).all()
        assert (pooled.fraction > 0).all()


class TestPool:
    def test_nothing_missing(self):
        """Tables that agree have no variance between them and the degrees of freedom of complete data, less the usual correction."""
        found = pool(np.full((3, 2), 5.0), np.full((3, 2), 4.0), complete_df=22)

        assert found.se.tolist() == [2.0, 2.0]
        assert found.share.tolist() == [0.0, 0.0]
        np.testing.assert_allclose(found.df, 23 / 25 * 22)

    def test_rubins_own_degrees_of_freedom(self):
        """Without a limit on the complete data they are (m - 1) / lambda squared."""
        found = pool(np.array([1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0]))

        assert float(found.df) == pytest.approx(2 / float(found.share) ** 2)

    def test_words(self):
        """One table, other shapes and missing numbers are refused together."""
        with pytest.raises(WorkbenchError, match="at least 2 completed tables, not 1"):
            pool(np.array([1.0]), np.array([1.0]))
        with pytest.raises(WorkbenchError) as caught:
            pool(np.array([1.0, np.nan]), np.array([1.0]))
        assert len(caught.value.faults) == 2


class TestPanel:
    ROWS = pd.DataFrame(
        {
            "edition": ["2563", "2559", "2561", "2562", "2559", "2563", "2561", "2562"],
            "unit": ["TH-50"] * 4 + ["TH-10"] * 4,
            "a": [9.0, 1.0, np.nan, np.nan, np.nan, np.nan, 4.0, np.nan],
        }
    )

    def found(self, method, **parts):
        rows = impute_panel(self.ROWS, method, **parts).values["a"]
        return np.array([[rows[year, unit] for year in ("2559", "2561", "2562", "2563")] for unit in ("TH-50", "TH-10")])

    def test_forward(self):
        """A gap takes the last earlier edition of the same unit; nothing is known before the first."""
        np.testing.assert_array_equal(self.found("forward"), [[1.0, 1.0, 1.0, 9.0], [np.nan, 4.0, 4.0, 4.0]])

    def test_forward_with_a_limit(self):
        """A value may be carried over so many editions only."""
        np.testing.assert_array_equal(self.found("forward", limit=1), [[1.0, 1.0, np.nan, 9.0], [np.nan, 4.0, 4.0, np.nan]])

    def test_linear_by_years(self):
        """On the line from 1 in 2559 to 9 in 2563 lie 5 in 2561 and 7 in 2562: years count, not places; no line beyond the ends."""
        np.testing.assert_array_equal(self.found("linear"), [[1.0, 5.0, 7.0, 9.0], [np.nan, 4.0, np.nan, np.nan]])

    def test_rows_are_told_apart_by_id(self):
        """Rows in any order, as columns or as an index, give the same; the order given is kept."""
        one = impute_panel(self.ROWS, "linear")
        other = impute_panel(self.ROWS.iloc[::-1].set_index(["unit", "edition"]), "linear")

        assert one.values.index.tolist() == list(zip(self.ROWS["edition"], self.ROWS["unit"], strict=True))
        pd.testing.assert_frame_equal(other.values.loc[one.values.index], one.values)

    def test_record_and_words(self):
        """Filled cells are marked; what stays missing is counted and named."""
        found = impute_panel(self.ROWS, "linear")

        assert found.imputed["a"].sum() == 2
        assert found.by_unit["share_imputed"].sum() == 2
        assert "a straight line between editions" in found.notices[0].en
        assert "(values: 3): a." in found.notices[1].en

    def test_named_times(self):
        """Editions that are no years need times."""
        rows = self.ROWS.assign(edition="round " + self.ROWS["edition"])
        with pytest.raises(WorkbenchError, match="edition `round 2563` has no time"):
            impute_panel(rows, "linear")
        times = {"round 2559": 0.0, "round 2561": 2.0, "round 2562": 3.0, "round 2563": 4.0}

        assert impute_panel(rows, "linear", times=times).values["a"].tolist()[2] == 5.0

    def test_leading_axes(self):
        """Draws of several editions are filled like each draw alone."""
        values = np.random.default_rng(0).normal(size=(2, 4, 5, 3))
        values[np.random.default_rng(1).random(values.shape) < 0.4] = np.nan
        times = np.array([2559.0, 2561, 2562, 2566])

        for draw in range(2):
            np.testing.assert_array_equal(fill_forward(values)[draw], fill_forward(values[draw]))
            np.testing.assert_array_equal(fill_linear(values, times)[draw], fill_linear(values[draw], times))

    def test_as_pandas_interpolates(self):
        """Linear filling of one unit is pandas' interpolation by index, inside the known editions."""
        values = np.array([1.0, np.nan, np.nan, 8.0, np.nan, 3.0, np.nan])
        times = np.array([2550.0, 2551, 2555, 2559, 2560, 2566, 2567])
        expected = pd.Series(values, index=times).interpolate("index", limit_area="inside")

        np.testing.assert_allclose(fill_linear(values[:, None, None], times).ravel(), expected, rtol=1e-14)

    def test_refusals(self):
        """A row that stands twice, a table without editions, an unknown method and a limit of nothing are named."""
        with pytest.raises(WorkbenchError, match="unit `2563 / TH-50` stands more than once"):
            impute_panel(pd.concat([self.ROWS, self.ROWS.iloc[:1]]), "forward")
        with pytest.raises(WorkbenchError, match="not told apart by edition and unit: the table has unit, a"):
            impute_panel(self.ROWS.drop(columns="edition"), "forward")
        with pytest.raises(WorkbenchError, match="the limit of editions is 0"):
            impute_panel(self.ROWS, "forward", limit=0)
        with pytest.raises(WorkbenchError) as caught:
            impute_panel(self.ROWS, "lineal")
        assert f"allowed: {', '.join(PANEL_METHODS)}" in str(caught.value)


class TestWords:
    def test_an_unknown_method_names_all_known(self):
        """The list of methods drops none, and the nearest is suggested."""
        with pytest.raises(WorkbenchError) as caught:
            impute(table([[1.0, 2.0]]), "group_means")

        assert "an imputation method `group_means` is unknown." in str(caught.value)
        assert f"allowed: {', '.join(METHODS)}" in str(caught.value)
        assert "did you mean `group_mean`?" in str(caught.value)

    def test_what_a_method_lacks(self):
        """Groups, a seed, enough draws and a second indicator are asked for, never guessed."""
        values = table([[1.0, 2.0], [np.nan, 3.0]])
        with pytest.raises(WorkbenchError, match="method `group_median` needs the group of each unit"):
            impute(values, "group_median")
        with pytest.raises(WorkbenchError, match="no unit has a group: the values have TH-90, TH-89; the groups x"):
            impute(values, "group_mean", groups=pd.Series({"x": "north"}))
        with pytest.raises(WorkbenchError, match="needs at least 2 indicators with values"):
            impute(values[["z"]], "regression")
        with pytest.raises(WorkbenchError) as caught:
            impute(values, "multiple", draws=1, limits={"x": (1, 0)})
        assert len(caught.value.faults) == 4
        assert "method `multiple` needs a seed, not none." in str(caught.value)

    def test_every_method_has_its_phrase(self):
        """Each method can be named in Thai and English."""
        from workbench.text import Texts

        texts = Texts.default()
        assert [] == [name for name in (*METHODS[1:], *PANEL_METHODS) if f"preparation.method.{name}" not in texts]
