"""Truth first, then invariants, then the words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from workbench.checks import COVERAGES, coverage, denominate, flags, indicator_statistics, per, screen
from workbench.errors import WorkbenchError
from workbench.moments import by_indicator, counts, moments
from workbench.unit_tables import numbers

COLUMNS = arrays(float, st.integers(4, 40), elements=st.integers(-1000, 1000).map(float))


def table(**columns):
    size = len(next(iter(columns.values())))
    return pd.DataFrame(columns, index=[f"TH-{90 - place}" for place in range(size)], dtype=float)


def said(error):
    return str(error.value)


class TestAgainstPublishedNumbers:
    def test_skewness_and_kurtosis_as_coinr_gives_them(self, shared):
        """Skewness and kurtosis of the five test columns agree with COINr 1.1.14, missing values left out."""
        given_values = pd.read_csv(shared / "asem" / "vec_treat_input.csv")
        expected = pd.read_csv(shared / "asem" / "vec_skew_kurt.csv").set_index("vec")
        found = indicator_statistics(given_values.pivot_table(index="i", columns="vec", values="x", dropna=False))

        assert len(expected) == 5
        np.testing.assert_allclose(found.loc[expected.index, "skewness"], expected["skew"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.loc[expected.index, "kurtosis"], expected["kurt"], rtol=0, atol=1e-9)

    def test_all_asem_indicators(self, shared):
        """Skewness, kurtosis and the pass or fail of 49 indicators agree with COINr's own check."""
        imputed = pd.read_csv(shared / "asem" / "asem_imputed.csv", keep_default_na=False).set_index("uCode")
        expected = pd.read_csv(shared / "asem" / "asem_treat_details.csv").set_index("iCode")
        found = indicator_statistics(imputed).loc[expected.index]

        assert len(expected) == 49
        np.testing.assert_allclose(found["skewness"], expected["check_SkewKurt0.Skew"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found["kurtosis"], expected["check_SkewKurt0.Kurt"], rtol=0, atol=1e-9)
        assert flags(found)["skewed"].tolist() == (~expected["check_SkewKurt0.Pass"]).tolist()

    def test_asem_denominators_lose_two_values_to_a_missing_one(self, shared):
        """Dividing 17 ASEM indicators loses the two values whose country has no energy figure, and says which."""
        raw = pd.read_csv(shared / "asem" / "ASEM_iData.csv", keep_default_na=False, na_values=["NA"]).set_index("uCode")
        meta = pd.read_csv(shared / "asem" / "ASEM_iMeta.csv", keep_default_na=False, na_values=["NA"]).set_index("iCode")
        indicators = list(meta.index[meta["Type"] == "Indicator"])
        mapping = meta.loc[indicators, "Denominator"].dropna().to_dict()
        found = denominate(raw[indicators], raw, mapping)

        assert len(mapping) == 17
        assert found.lost["denominator"].tolist() == ["Energy", "Energy"]
        assert found.lost["reason"].tolist() == ["missing", "missing"]
        assert found.lost["indicator"].tolist() == ["Elec", "Gas"]
        assert "Energy is missing" in found.notices[0].en


class TestStatistics:
    def test_worked_by_hand(self):
        """Five units, one without a value: 1, 2, 2, 5."""
        found = indicator_statistics(table(a=[2, np.nan, 5, 1, 2])).loc["a"]

        assert found[["n", "missing", "min", "max", "mean", "median", "unique"]].tolist() == [4, 1, 1, 5, 2.5, 2, 3]
        assert found["sd"] == pytest.approx(np.sqrt(3))
        assert found["skewness"] == pytest.approx(stats.skew([1, 2, 2, 5], bias=False))
        assert found["kurtosis"] == pytest.approx(stats.kurtosis([1, 2, 2, 5], bias=False))

    def test_each_share_says_of_what(self):
        """The share missing is of all units, the most common share of those that have a value: always, nowhere else otherwise."""
        found = indicator_statistics(table(a=[7, 7, 3, np.nan, np.nan]))

        assert found.loc["a", "share_missing"] == pytest.approx(2 / 5)
        assert found.loc["a", "most_common_share"] == pytest.approx(2 / 3)

    def test_one_rule_for_missing_values(self):
        """Every statistic leaves a missing value out; none answers with missing while another does not."""
        whole, gap = indicator_statistics(table(a=[1, 2, 2, 9])), indicator_statistics(table(a=[1, 2, np.nan, 2, 9]))
        same = ["n", "min", "max", "mean", "median", "sd", "skewness", "kurtosis", "unique", "most_common_share"]

        assert whole[same].loc["a"].tolist() == pytest.approx(gap[same].loc["a"].tolist(), rel=1e-12)

    def test_a_constant_indicator_has_no_skewness(self):
        """A constant column, also one that is constant up to rounding, has NaN skewness in place of noise, and is flagged."""
        found = indicator_statistics(table(a=[3, 3, 3, 3, 3], b=[0.1 + 0.2, 0.3, 0.3, 0.3, 0.3]))

        assert found["skewness"].isna().all()
        assert found["kurtosis"].isna().all()
        assert flags(found)["constant"].all()
        assert not flags(found)["skewed"].any()

    def test_short_and_empty_columns(self):
        """Two values have no skewness, three no kurtosis, none has nothing but a count of zero."""
        found = indicator_statistics(table(two=[1, 2, *[np.nan] * 3], three=[1, 2, 9, np.nan, np.nan], none=[np.nan] * 5))

        assert found["skewness"].notna().tolist() == [False, True, False]
        assert found["kurtosis"].isna().all()
        assert found["n"].tolist() == [2, 3, 0]
        assert found.loc["none", ["min", "mean", "median", "most_common_share"]].isna().all()
        assert flags(found)["empty"].tolist() == [False, False, True]
        assert not flags(found).loc["none", "constant"]

    @given(COLUMNS)
    def test_as_scipy_and_pandas_give_them(self, values):
        """Any column of whole numbers has SciPy's type 2 skewness and kurtosis and pandas' median, sd and counts."""
        column = pd.Series(values)
        found = indicator_statistics(column.to_frame("a")).loc["a"]

        if column.max() > column.min():
            assert found["skewness"] == pytest.approx(stats.skew(values, bias=False), rel=1e-9, abs=1e-9)
            assert found["kurtosis"] == pytest.approx(stats.kurtosis(values, bias=False), rel=1e-9, abs=1e-9)
        assert found["median"] == column.median()
        assert found["sd"] == pytest.approx(column.std(), rel=1e-12)
        assert found["unique"] == column.nunique()
        assert found["most_common_share"] == pytest.approx(column.value_counts(normalize=True).iloc[0])

    @given(COLUMNS, st.sampled_from([2.0**-40, 0.25, 1024.0, 2.0**60]))
    def test_the_unit_of_measurement_does_not_matter(self, values, factor):
        """Skewness and kurtosis do not change when the values are scaled, by very much or very little."""
        one, other = moments(values), moments(values * factor)

        np.testing.assert_allclose(one.skewness, other.skewness, rtol=1e-12)
        np.testing.assert_allclose(one.kurtosis, other.kurtosis, rtol=1e-12)

    def test_order_of_units_and_indicators_does_not_matter(self):
        """Permuting units changes nothing, permuting indicators permutes the rows."""
        rng = np.random.default_rng(0)
        values = pd.DataFrame(rng.lognormal(size=(30, 4)), index=[f"u{n}" for n in range(30)], columns=list("zaby"))
        shuffled = values.sample(frac=1, random_state=1)[["y", "z", "b", "a"]]

        pd.testing.assert_frame_equal(
            indicator_statistics(shuffled).loc[values.columns], indicator_statistics(values), rtol=1e-12
        )

    def test_leading_axes(self):
        """Moments and counts of many draws are those of each draw."""
        values = np.random.default_rng(0).lognormal(size=(3, 20, 4))
        values[0, 3, 1] = np.nan
        columns = by_indicator(values)

        for draw in range(3):
            np.testing.assert_array_equal(moments(columns).kurtosis[draw], moments(columns[draw]).kurtosis)
            np.testing.assert_array_equal(counts(columns).median[draw], counts(columns[draw]).median)

    def test_nothing_in_nothing_out(self):
        """A table without units gives counts of zero, a table without indicators no rows."""
        assert indicator_statistics(pd.DataFrame({"a": []}))["n"].tolist() == [0]
        assert indicator_statistics(pd.DataFrame(index=["TH-10"])).empty


class TestFlags:
    def test_skewed_needs_both(self):
        """High skewness alone, or high kurtosis alone, is no reason for treatment."""
        found = pd.DataFrame(
            {"skewness": [2.1, 2.1, 1.9, -2.1], "kurtosis": [3.6, 3.4, 9.0, 3.6]}
            | dict.fromkeys(("n", "min", "share_missing", "unique", "most_common_share"), 1.0)
            | {"max": 2.0},
        )

        assert flags(found)["skewed"].tolist() == [True, False, False, True]

    def test_limits_are_arguments(self):
        """Every limit can be set; at the limit itself nothing is flagged."""
        found = indicator_statistics(table(a=[1, 1, 2, 3, np.nan]))

        assert flags(found, missing=0.2, few=3, common=0.5).loc["a"].sum() == 0
        assert flags(found, missing=0.19, few=4, common=0.49).loc["a", ["many_missing", "few_unique", "dominated"]].all()


class TestScreen:
    def test_by_number_and_by_weight(self):
        """A unit with half of the indicators but a tenth of the weight is dropped when both shares count."""
        values = table(a=[1, 1], b=[np.nan, 1])
        weights = pd.Series({"b": 9.0, "a": 1.0})

        assert screen(values, 0.5).dropped.empty
        assert screen(values, 0.5, weights=weights).dropped.index.tolist() == ["TH-90"]
        dropped = screen(values, 0.5, weights=weights, by="weight").dropped.loc["TH-90"]
        assert dropped.tolist() == pytest.approx([1, 1, 0.5, 0.1])

    def test_the_minimum_itself_is_enough(self):
        """Seven of ten is enough for 0.7, whatever the rounding."""
        values = pd.DataFrame([[1.0] * 7 + [np.nan] * 3], index=["TH-10"], columns=list("abcdefghij"))

        assert len(screen(values, 0.7).kept) == 1
        assert len(screen(values, 0.7, weights=pd.Series(0.1, index=values.columns)).kept) == 1

    def test_weights_are_matched_by_id(self):
        """Weights in another order, with others among them, give the same coverage."""
        values = table(z=[np.nan], a=[1])
        found = screen(values, 1.0, weights=pd.Series({"a": 3.0, "other": 5.0, "z": 1.0}))

        assert found.dropped["coverage_by_weight"].tolist() == [0.75]

    def test_kept_rows_are_untouched(self):
        """Kept and dropped units together are all units; kept values stay as they were."""
        values = table(a=[1, np.nan, 3], b=[1, np.nan, np.nan])
        found = screen(values, 0.5)

        pd.testing.assert_frame_equal(found.kept, values.loc[["TH-90", "TH-88"]])
        assert found.dropped.index.tolist() == ["TH-89"]

    def test_an_all_missing_unit_never_passes_above_zero(self):
        """A unit without any value is dropped as soon as anything is asked for."""
        assert len(screen(table(a=[np.nan], b=[np.nan]), 0.01).dropped) == 1

    def test_coverage_has_leading_axes(self):
        """Coverage of draws is that of each draw."""
        values = np.array([[[1.0, np.nan]], [[np.nan, np.nan]]])

        assert coverage(values).tolist() == [[0.5], [0.0]]
        assert coverage(values, np.array([1.0, 3.0])).tolist() == [[0.25], [0.0]]

    def test_words(self):
        """A wrong minimum, screening, or weight is named with what is allowed, no option left out of the list."""
        values = table(a=[1.0], b=[1.0])
        with pytest.raises(WorkbenchError) as caught:
            screen(values, 50)
        assert "the minimum coverage is 50." in said(caught)
        with pytest.raises(WorkbenchError) as caught:
            screen(values, 0.5, by="wieght")
        assert "did you mean `weight`?" in said(caught)
        assert all(name in said(caught) for name in COVERAGES)
        with pytest.raises(WorkbenchError, match="screening by weight needs weights"):
            screen(values, 0.5, by="weight")
        with pytest.raises(WorkbenchError, match="indicator `b` has no weight"):
            screen(values, 0.5, weights=pd.Series({"a": 1.0}))
        with pytest.raises(WorkbenchError, match="a = -1, b = 1"):
            screen(values, 0.5, weights=pd.Series({"a": -1.0, "b": 1.0}))


class TestDenominate:
    DENOMINATORS = pd.DataFrame(
        {"persons": [2000.0, 0.0, np.nan, 500.0], "km2": [10.0, 20.0, 30.0, 40.0]}, index=["TH-50", "TH-51", "TH-52", "TH-53"]
    )

    def test_worked_by_hand(self):
        """300 beds for 2,000 persons are 150 per 1,000; an indicator that is not named stays; rows are matched by id."""
        values = pd.DataFrame({"beds": [5.0, 300.0], "share": [0.3, 0.4]}, index=["TH-53", "TH-50"])
        found = denominate(values, self.DENOMINATORS, {"beds": "persons"}, factor=1000)

        assert found.values.loc["TH-50"].tolist() == [150.0, 0.4]
        assert found.values.loc["TH-53"].tolist() == [10.0, 0.3]
        assert found.lost.empty
        assert found.notices == ()

    def test_what_is_lost_is_named(self):
        """Zero, missing, and absent denominators lose the value, which is counted and named; a missing value loses nothing."""
        values = pd.DataFrame({"beds": [1.0, 2, 3, np.nan, 5]}, index=["TH-50", "TH-51", "TH-52", "TH-51b", "TH-99"])
        found = denominate(values, self.DENOMINATORS, {"beds": "persons"})

        assert found.values["beds"].isna().tolist() == [False, True, True, True, True]
        assert found.lost["unit"].tolist() == ["TH-51", "TH-52", "TH-99"]
        assert found.lost["reason"].tolist() == ["zero", "missing", "missing"]
        assert found.lost["value"].tolist() == [2.0, 3.0, 5.0]
        assert [notice.en for notice in found.notices] == [
            "The denominator persons is missing for TH-52, TH-99; beds became missing there (values lost: 2).",
            "The denominator persons is zero for TH-51; beds became missing there (values lost: 1).",
        ]

    def test_factor_by_indicator(self):
        """Each indicator may have its own factor; one without stays as divided."""
        values = pd.DataFrame({"a": [10.0], "b": [10.0]}, index=["TH-53"])
        found = denominate(values, self.DENOMINATORS, {"b": "km2", "a": "persons"}, factor={"a": 100.0})

        assert found.values.loc["TH-53"].tolist() == [2.0, 0.25]

    def test_leading_axes(self):
        """The arithmetic takes draws; zero, negative and missing denominators give missing."""
        values = np.ones((2, 4, 1))

        assert per(values, np.array([2.0, 0.0, -1.0, np.nan])[:, None], 10.0)[1, :, 0].tolist()[:1] == [5.0]
        assert np.isnan(per(values, np.array([2.0, 0.0, -1.0, np.nan])[:, None])).sum() == 6

    def test_all_faults_at_once(self):
        """An unknown indicator, an unknown denominator and an impossible factor come in one error, with suggestions."""
        values = pd.DataFrame({"beds": [1.0]}, index=["TH-50"])
        with pytest.raises(WorkbenchError) as caught:
            denominate(values, self.DENOMINATORS, {"bed": "person"}, factor=-1)

        assert len(caught.value.faults) == 3
        assert "did you mean `beds`?" in said(caught)
        assert "did you mean `persons`?" in said(caught)
        assert "the factor of `all` is -1." in said(caught)

    def test_a_negative_denominator_is_refused(self):
        """A negative size is a mistake in the data, not a missing value."""
        sizes = pd.DataFrame({"gpp": [-3.0]}, index=["TH-50"])
        with pytest.raises(WorkbenchError, match="denominator `gpp` of unit `TH-50` is -3"):
            denominate(pd.DataFrame({"a": [1.0]}, index=["TH-50"]), sizes, {"a": "gpp"})

    def test_other_ids_are_refused(self):
        """When no unit at all is found, the ids differ in form: an error, not a table of missing values."""
        with pytest.raises(WorkbenchError, match=r"no unit has denominators: the values have 50; the denominators TH-50"):
            denominate(pd.DataFrame({"a": [1.0]}, index=[50]), self.DENOMINATORS, {"a": "persons"})


class TestTheDoor:
    def test_text_infinity_and_doubles_are_refused_together(self):
        """Cells that are no numbers and ids that stand twice are named, all at once."""
        values = pd.DataFrame({"a": [1.0, "high", None], "b": [1.0, np.inf, 2.0]}, index=["u1", "u2", "u2"])
        with pytest.raises(WorkbenchError) as caught:
            numbers(values)

        assert "unit `u2` stands more than once" in said(caught)
        assert "which is no number" in said(caught)
        assert "unit `u2`, column `b` is infinite" in said(caught)

    def test_nullable_numbers_are_numbers(self):
        """pandas' own missing value is read as missing, in any numeric type."""
        values = pd.DataFrame({"a": pd.array([1, None], dtype="Int64"), "b": [1.5, 2.5], "c": [True, False]}, index=["u", "v"])

        np.testing.assert_array_equal(numbers(values), [[1.0, 1.5, 1.0], [np.nan, 2.5, 0.0]])
