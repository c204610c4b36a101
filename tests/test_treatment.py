"""Truth first, then invariants, then the words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from workbench.checks import denominate
from workbench.errors import WorkbenchError
from workbench.imputation import impute
from workbench.transforms import TRANSFORMS, curves, likeliest_power
from workbench.treatment import METHODS, REMARKS, Rule, Step, fit_treatment, treat

OUTLIERS = [1.0, 2, 2.2, 3, 3.3, 4, 5, 5.5, 6, 7, 7.5, 8, 9, 9.1, 10, 11, 12, 60, 140]
"""Fails the usual rule; winsorising two points mends it (the first column of the COINr vectors, in order)."""
TABLES = arrays(float, st.tuples(st.integers(6, 25), st.integers(1, 4)), elements=st.integers(0, 40).map(lambda n: float(n**3)))


def column(values, name="x"):
    return pd.DataFrame({name: values}, index=[f"TH-{90 - place}" for place in range(len(values))], dtype=float)


def forced(method, **parts):
    return Rule(forced={"x": Step(method=method, **parts)}, mirrored=False)


def treated(values, rule=None):
    return treat(column(values), rule).values["x"].to_numpy()


def read(path):
    return pd.read_csv(path, keep_default_na=False, na_values=["", "NA"])


class TestAgainstPublishedNumbers:
    @pytest.mark.parametrize(
        ("case", "rule"),
        [
            ("winsorise_max1", Rule(points=1, fallback="none")),
            ("winsorise_max2", Rule(points=2, fallback="none")),
            ("winsorise_max3", Rule(points=3, fallback="none")),
            ("winsorise_max5", Rule(fallback="none")),
            ("winsorise_nolimit", Rule(points=None, fallback="none")),
            ("winsorise_force2", forced("winsorise", points=2)),
            ("winsorise_skew1_kurt2", Rule(skewness=1, kurtosis=2, fallback="none")),
            ("log_CT", forced("log_range")),
            ("log_CT_plus", Rule(forced={"x": "log_range"})),
            ("log_CT_orig", forced("log_one")),
            ("boxcox_0", forced("boxcox", power=0)),
            ("boxcox_0.5", forced("boxcox", power=0.5)),
            ("boxcox_2", forced("boxcox", power=2)),
            ("Treat_default", Rule(mirrored=False)),
            ("qTreat_default", Rule(mirrored=False)),
            ("Treat_winmax1", Rule(points=1, mirrored=False)),
            ("Treat_combine_winmax1", Rule(points=1, combine=True, mirrored=False)),
            ("Treat_logCTplus", Rule(points=1)),
        ],
    )
    def test_as_coinr_gives_it(self, shared, case, rule):
        """Five columns under 18 treatments agree with COINr 1.1.14 to 1e-9, tied values and missing ones included."""
        table = pd.read_csv(shared / "asem" / "vec_treat.csv").query("case == @case")

        assert table["vec"].nunique() == 5
        for _, rows in table.groupby("vec"):
            np.testing.assert_allclose(treated(rows["x"].to_numpy(), rule), rows["y"], rtol=1e-12, atol=1e-9)

    def test_points_as_coinr_counts_them(self, shared):
        """The points that the usual rule winsorises in the five columns are COINr's."""
        table = pd.read_csv(shared / "asem" / "vec_treat_input.csv")
        expected = pd.read_csv(shared / "asem" / "vec_skew_kurt.csv").set_index("vec")["nwin"]

        found = {name: int(treat(column(rows["x"].to_numpy())).treatment.points[0]) for name, rows in table.groupby("vec")}
        assert found == expected.to_dict()

    def test_asem_from_raw_to_treated(self, shared):
        """Denominate, impute by group mean, treat: 51 countries x 49 indicators agree with COINr cell by cell to 1e-9."""
        folder = shared / "asem"
        raw, meta = read(folder / "ASEM_iData.csv").set_index("uCode"), read(folder / "ASEM_iMeta.csv").set_index("iCode")
        indicators = list(meta.index[meta["Type"] == "Indicator"])
        divided = denominate(raw[indicators], raw, meta.loc[indicators, "Denominator"].dropna().to_dict()).values
        completed = impute(divided, "group_mean", groups=raw["EurAsia_group"])
        found = treat(completed.values)
        expected = {step: read(folder / f"asem_{step}.csv").set_index("uCode") for step in ("imputed", "treated")}

        assert expected["treated"][indicators].shape == (51, 49)
        for step, values in (("imputed", completed.values), ("treated", found.values)):
            np.testing.assert_allclose(values.loc[expected[step].index], expected[step][indicators], rtol=1e-12, atol=1e-9)

    def test_asem_record(self, shared):
        """The record per indicator is COINr's: passed before and after, skewness, kurtosis, points; and every point is listed."""
        expected = read(shared / "asem" / "asem_treat_details.csv").set_index("iCode")
        values = read(shared / "asem" / "asem_imputed.csv").set_index("uCode")
        found = treat(values)
        record = found.indicators.loc[expected.index]

        assert record["passed_before"].tolist() == expected["check_SkewKurt0.Pass"].tolist()
        assert record["points"].tolist() == expected["winsorise.nwin"].fillna(0).tolist()
        assert record["passed_after"].all()
        for step, when in ((0, "before"), (1, "after")):
            known = expected[f"check_SkewKurt{step}.Skew"].notna()
            for name, short in (("skewness", "Skew"), ("kurtosis", "Kurt")):
                mine = record.loc[known, f"{name}_{when}"].to_numpy(dtype=float)
                np.testing.assert_allclose(mine, expected.loc[known, f"check_SkewKurt{step}.{short}"], rtol=0, atol=1e-9)
        assert len(found.points) == record["points"].sum() == 35
        changed = (found.values != values).sum()
        assert changed.to_dict() == found.indicators["points"].to_dict()

    def test_boxcox_as_scipy_estimates_it(self):
        """The likeliest power and the curve at it are SciPy's, for values that begin at 1."""
        values = np.append(1.0, 1.0 + np.random.default_rng(0).lognormal(size=60))
        curve, power = stats.boxcox(values)

        assert likeliest_power(values) == pytest.approx(power, abs=1e-6)
        np.testing.assert_allclose(treated(values, forced("boxcox")), curve, rtol=1e-6, atol=1e-6)

    def test_log_gii_by_its_formula(self):
        """`log_gii` is ln((max - 1)(x - min) / (max - min) + 1), which COINr 1.1.14 computes and then does not return."""
        values = np.array([2.0, 5.0, 11.0, np.nan])

        np.testing.assert_allclose(treated(values, forced("log_gii")), np.log(10 * (values - 2) / 9 + 1), rtol=1e-14)


class TestWorkedByHand:
    def test_two_points_are_brought_to_their_neighbour(self):
        """60 and 140 become 12, the two steps it takes, and the record says so for each point."""
        found = treat(column(OUTLIERS))

        assert found.values["x"].tolist() == [*OUTLIERS[:17], 12.0, 12.0]
        assert found.points["unit"].tolist() == ["TH-73", "TH-72"]
        assert found.points[["raw", "treated"]].to_numpy().tolist() == [[60.0, 12.0], [140.0, 12.0]]
        assert set(found.points["what"]) == {"winsorised high"}
        assert found.indicators.loc["x", ["method", "points", "passed_before", "passed_after"]].tolist() == [
            "winsorise",
            2,
            False,
            True,
        ]
        assert "(values changed: 2): x (2)." in found.notices[0].en

    def test_raw_values_stay_beside_the_treated(self):
        """What was given is kept as it was, so that a reader sees both."""
        values = column(OUTLIERS)
        found = treat(values)

        pd.testing.assert_frame_equal(found.raw, values)
        assert found.raw["x"].max() == 140.0

    def test_tied_values_go_together(self):
        """Three values of 50 are brought to 3 at once, also past the limit of two, and that is said."""
        found = treat(column([0.0] * 15 + [1, 2, 3, 50, 50, 50, 400]), forced("winsorise", points=2))

        assert found.values["x"].max() == 3.0
        assert found.indicators.loc["x", ["points", "remark"]].tolist() == [4, "over_limit"]
        assert "because tied values go together" in found.notices[-1].en

    def test_the_fallback_takes_the_original(self):
        """When one point is not enough, the logarithm is of the original values, and no point counts as winsorised."""
        found = treat(column(OUTLIERS), Rule(points=1))

        np.testing.assert_allclose(found.values["x"], np.log(np.array(OUTLIERS) - 1 + 1.39), rtol=1e-14)
        assert found.indicators.loc["x", ["method", "points", "points_tried"]].tolist() == ["log_range", 0, 1]
        assert set(found.points["what"]) == {"log_range"}
        assert len(found.points) == len(OUTLIERS)

    def test_combined_takes_the_winsorised(self):
        """Combined, the logarithm is of the winsorised values, and the record joins both."""
        found = treat(column(OUTLIERS), Rule(points=1, combine=True))

        np.testing.assert_allclose(found.values["x"], np.log(np.minimum(OUTLIERS, 60) - 1 + 0.59), rtol=1e-14)
        assert found.points["what"].iloc[-1] == "winsorised high+log_range"
        assert found.indicators.loc["x", "method"] == "winsorise+log_range"

    def test_a_left_tail_is_drawn_in_from_the_left(self):
        """A curve for a column with its tail on the left is mirrored; the plain logarithm would lengthen the tail."""
        values = -np.array(OUTLIERS)
        mirrored, plain = (treat(column(values), Rule(points=1, mirrored=way)).indicators.loc["x"] for way in (True, False))

        assert abs(mirrored["skewness_after"]) < 2
        assert plain["skewness_after"] < plain["skewness_before"]
        np.testing.assert_allclose(treated(values, Rule(points=1)), -treated(-values, Rule(points=1)), rtol=1e-14)

    def test_a_passing_indicator_is_left_alone(self):
        """Without outliers nothing changes, not a bit, and nothing is reported."""
        values = column(np.linspace(0.1, 0.7, 20))
        found = treat(values)

        pd.testing.assert_frame_equal(found.values, values)
        assert found.points.empty
        assert found.notices == ()


class TestForced:
    @pytest.mark.parametrize("method", METHODS[1:])
    def test_honoured_although_the_indicator_passes(self, method):
        """A forced treatment is done whether the indicator passes the rule or not."""
        values = np.arange(1.0, 21.0)
        found = treat(column(values), forced(method, points=2)).indicators.loc["x"]

        assert found["passed_before"]
        assert found["forced"]
        assert found["method"] == method
        assert not np.array_equal(treated(values, forced(method, points=2)), values)

    def test_nothing_is_a_treatment_too(self):
        """An indicator forced to none stays as it is although it fails, and the reader is told."""
        found = treat(column(OUTLIERS), forced("none"))

        assert found.values["x"].tolist() == OUTLIERS
        assert found.indicators.loc["x", ["method", "remark"]].tolist() == ["none", "still_fails"]
        assert "still more skewed than the rule allows" in found.notices[0].en

    def test_matched_by_id(self):
        """The forced indicator is found by its id wherever its column stands."""
        values = pd.DataFrame({"z": np.arange(1.0, 9.0), "a": np.arange(1.0, 9.0), "m": np.arange(1.0, 9.0)})
        for order in (["z", "a", "m"], ["m", "z", "a"]):
            found = treat(values[order], Rule(forced={"a": "log_one"})).indicators["method"]
            assert found.to_dict() == {"z": "none", "a": "log_one", "m": "none"}

    def test_the_rule_holds_for_the_others(self):
        """Forcing one indicator leaves the rule in force for the rest."""
        values = pd.DataFrame({"x": np.arange(float(len(OUTLIERS))), "y": OUTLIERS})

        assert treat(values, forced("log_one")).indicators["method"].tolist() == ["log_one", "winsorise"]


class TestWhatCannotBeTreated:
    @pytest.mark.parametrize("rule", [None, forced("log_range"), forced("winsorise", points=2), forced("boxcox")])
    def test_constant_and_empty(self, rule):
        """A constant or empty indicator is neither made missing nor infinite, forced or not, and is named in words."""
        for values, remark in (([7.0] * 8, "constant"), ([np.nan] * 8, "empty")):
            found = treat(column(values), rule)

            np.testing.assert_array_equal(found.values["x"], values)
            assert found.indicators.loc["x", "remark"] == remark
            assert found.notices[0].en.startswith("x: ")

    def test_short(self):
        """Three values are too few to be judged; they are left and named."""
        found = treat(column([1.0, 2.0, 1e9, np.nan, np.nan]))

        assert found.values["x"].tolist()[:3] == [1.0, 2.0, 1e9]
        assert "fewer than four values" in found.notices[0].en

    def test_two_values(self):
        """One yes among many noes is skewed, but winsorising would erase it and no curve helps: left as it is, and said."""
        found = treat(column([0.0] * 20 + [1.0]))

        assert found.values["x"].tolist() == [0.0] * 20 + [1.0]
        assert found.indicators.loc["x", "remark"] == "two_values"

    def test_no_limit_never_erases_all_differences(self):
        """Without a limit winsorising stops while two values are left."""
        found = treat(column([0.0] * 30 + [1.0, 5.0, 900.0]), Rule(points=None, fallback="none"))

        assert found.values["x"].nunique() == 2
        assert found.indicators.loc["x", "remark"] == "still_fails"

    def test_log_gii_never_turns_an_indicator_round(self):
        """With a largest value below 1 that formula falls as the value rises: refused when forced, skipped and said otherwise."""
        values = np.array(OUTLIERS) / 1000
        with pytest.raises(WorkbenchError, match=r"`log_gii` would turn `x` round: its largest value is 0.14"):
            treat(column(values), forced("log_gii"))
        found = treat(column(values), Rule(points=1, fallback="log_gii"))

        assert found.indicators.loc["x", "remark"] == "reversed"
        assert (np.diff(found.values["x"]) >= 0).all()

    def test_a_power_at_the_end_is_said(self):
        """When the likeliest power lies where the search ended, the reader is told."""
        found = treat(column([*np.linspace(0, 1e-3, 40), 2e-3]), forced("boxcox"))

        assert abs(found.indicators.loc["x", "power"]) == pytest.approx(5, abs=1e-3)
        assert found.indicators.loc["x", "remark"] == "power_limit"

    def test_missing_stays_missing_and_disturbs_nobody(self):
        """Missing values change nothing for the others; they never come back as numbers."""
        gap = treated([np.nan, *OUTLIERS, np.nan], Rule(points=1))

        np.testing.assert_allclose(gap[1:-1], treated(OUTLIERS, Rule(points=1)), rtol=1e-12)
        assert np.isnan(gap[[0, -1]]).all()


class TestInvariants:
    @given(TABLES, st.randoms(use_true_random=False))
    def test_permuting_units_or_indicators_permutes_the_result(self, values, random):
        """Nothing depends on the order of rows or columns."""
        table = pd.DataFrame(values, index=[f"u{n}" for n in range(len(values))], columns=list("zabq")[: values.shape[1]])
        rows, columns = list(table.index), list(table.columns)
        random.shuffle(rows)
        random.shuffle(columns)
        one, other = treat(table), treat(table.loc[rows, columns])

        pd.testing.assert_frame_equal(other.values.loc[table.index, table.columns], one.values, rtol=1e-12)

    @given(TABLES)
    def test_order_of_units_is_kept(self, values):
        """A higher value is never treated to a lower one: treatment may tie units, not swap them."""
        for rule in (Rule(), Rule(points=1), Rule(points=0, fallback="boxcox_range"), Rule(points=2, combine=True)):
            found = fit_treatment(values, rule).apply(values)
            for raw, new in zip(values.T, found.T, strict=True):
                assert (np.diff(new[np.argsort(raw)]) >= -1e-12).all()

    @given(TABLES, st.sampled_from([2.0**-20, 0.5, 4.0, 2.0**30]))
    def test_the_unit_of_measurement_does_not_matter(self, values, factor):
        """Scaling by a power of two scales what is winsorised; on `log_range` and `boxcox_range` ranks of skewness stay."""
        one, other = fit_treatment(values), fit_treatment(values * factor)

        assert (one.points == other.points).all()
        assert (one.transform == other.transform).all()
        straight = one.transform == 0
        np.testing.assert_array_equal(other.apply(values * factor)[:, straight], one.apply(values)[:, straight] * factor)
        np.testing.assert_allclose(other.after.skewness, one.after.skewness, rtol=1e-7, atol=1e-7)

    @given(TABLES)
    def test_removing_an_indicator_changes_no_other(self, values):
        """Each indicator is treated by itself, so nothing has to be treated anew when one goes."""
        whole = fit_treatment(values).apply(values)
        for gone in range(values.shape[1]):
            kept = [place for place in range(values.shape[1]) if place != gone]
            np.testing.assert_array_equal(fit_treatment(values[:, kept]).apply(values[:, kept]), whole[:, kept])

    @given(TABLES, st.sampled_from(TRANSFORMS))
    def test_every_curve_rises(self, values, method):
        """Every transform keeps strictly apart what was apart, within what doubles can tell."""
        line = values[:, 0]
        assume(len(set(line)) > 2 and line.max() > 1)
        for way in (True, False):
            found = curves(line[None], method, power=0.5 if method.startswith("boxcox") else None, mirrored=way)
            new = found.map(lambda part: part[:, None]).bend(line[None])[0]
            ordered = new[np.unique(line, return_index=True)[1]]
            assert np.isfinite(new).all()
            assert (np.diff(ordered) > 0).all()

    def test_no_point_beyond_what_the_record_says(self):
        """Cells that differ from the raw ones are exactly those of the record."""
        rng = np.random.default_rng(3)
        values = pd.DataFrame(
            rng.lognormal(sigma=1.5, size=(60, 12)), index=[f"u{n}" for n in range(60)], columns=list("abcdefghijkl")
        )
        values.iloc[4, 3] = np.nan
        found = treat(values, Rule(points=3))
        changed = (found.values != values) & values.notna()
        listed = set(zip(found.points["unit"], found.points["indicator"], strict=True))

        assert {(unit, name) for unit in values.index for name in values.columns if changed.loc[unit, name]} <= listed
        for row in found.points.itertuples():
            assert row.raw == values.loc[row.unit, row.indicator]
            assert row.treated == found.values.loc[row.unit, row.indicator]


class TestFittedForm:
    RNG_VALUES = np.random.default_rng(5).lognormal(sigma=1.3, size=(40, 6))

    def test_applied_to_draws(self):
        """A treatment fitted once treats a leading axis of draws as it treats each draw."""
        fitted = fit_treatment(self.RNG_VALUES, Rule(points=2))
        draws = self.RNG_VALUES * np.random.default_rng(1).uniform(0.9, 1.1, size=(5, 3, 40, 6))
        found = fitted.apply(draws)

        assert found.shape == draws.shape
        for place in np.ndindex(5, 3):
            np.testing.assert_array_equal(found[place], fitted.apply(draws[place]))

    def test_fitted_to_draws(self):
        """Fitted to draws, every draw gets its own treatment, the same as alone; the zero draw is the published one."""
        draws = np.stack([self.RNG_VALUES, self.RNG_VALUES**1.5, np.sqrt(self.RNG_VALUES)])
        rule = Rule(points=2, forced={"2": "log_one", "4": Step(method="winsorise", points=3)})
        fitted = fit_treatment(draws, rule)

        assert fitted.points.shape == (3, 6)
        for draw in range(3):
            alone = fit_treatment(draws[draw], rule)
            np.testing.assert_array_equal(fitted.points[draw], alone.points)
            np.testing.assert_array_equal(fitted.apply(draws)[draw], alone.apply(draws[draw]))

    def test_a_later_edition_is_cut_where_the_first_was(self):
        """Values beyond a fitted end become that end; the input is not changed."""
        fitted = fit_treatment(np.array(OUTLIERS)[:, None])
        later = np.array([[-5.0], [11.5], [13.0], [1000.0]])

        assert fitted.apply(later).ravel().tolist() == [-5.0, 11.5, 12.0, 12.0]
        assert later.max() == 1000.0

    def test_no_logarithm_of_nothing(self):
        """A value below all that a curve was fitted to counts as the smallest of them: finite, and in order."""
        fitted = fit_treatment(np.array(OUTLIERS)[:, None], Rule(points=0))

        assert fitted.apply(np.array([[-1e6], [1.0]])).ravel().tolist() == [pytest.approx(np.log(1.39))] * 2

    def test_matched_by_id(self):
        """An earlier treatment finds its columns by id, in any order, also when some are gone."""
        table = pd.DataFrame(self.RNG_VALUES, columns=list("fedcba"), index=[f"u{n}" for n in range(40)])
        first = treat(table)
        again = treat(table[["a", "e", "c"]], first.treatment)

        pd.testing.assert_frame_equal(again.values, first.values[["a", "e", "c"]])
        pd.testing.assert_frame_equal(again.indicators, first.indicators.loc[["a", "e", "c"]])

    def test_an_unknown_indicator_is_refused(self):
        """An earlier treatment does not guess about an indicator it never saw."""
        with pytest.raises(WorkbenchError, match="indicator `roads` is unknown"):
            treat(column(OUTLIERS, "roads"), fit_treatment(column(OUTLIERS, "road")))


class TestWords:
    def test_all_faults_of_a_rule_at_once(self):
        """Unknown methods and impossible numbers come together, each list of methods complete."""
        with pytest.raises(WorkbenchError) as caught:
            Rule(skewness=-1, points=-2, fallback="logrange", forced={"a": "winsorize", "b": Step(method="winsorise", points=-1)})
        said = str(caught.value)

        assert len(caught.value.faults) == 5
        assert "the fallback is `logrange`, which is unknown." in said
        assert "did you mean `log_range`?" in said
        assert "did you mean `winsorise`?" in said
        assert f"allowed: {', '.join(METHODS)}" in said
        assert "the points that `b` may winsorise are -1." in said

    def test_forcing_without_a_limit(self):
        """To winsorise by force without a limit would go on to the end, so a number is asked for."""
        with pytest.raises(WorkbenchError, match="winsorising `a` by force has no limit"):
            Rule(points=None, forced={"a": "winsorise"})

    def test_a_forced_indicator_that_is_not_there(self):
        """A forced treatment of an unknown indicator is an error, not skipped in silence."""
        with pytest.raises(WorkbenchError, match=r"forced treatment: indicator `P1.1.33` is unknown") as caught:
            treat(column(OUTLIERS, "P1.1.3"), Rule(forced={"P1.1.33": "log_one"}))
        assert "did you mean `P1.1.3`?" in str(caught.value)

    def test_every_remark_and_method_has_its_phrase(self):
        """Each remark and each transform can be said in Thai and English."""
        from workbench.text import Texts

        texts = Texts.default()
        assert [] == [remark for remark in REMARKS[1:] if f"preparation.treatment.{remark}" not in texts]
        assert [] == [method for method in TRANSFORMS if f"preparation.method.{method}" not in texts]
