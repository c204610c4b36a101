"""Truth first, then invariants."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.framework_model import Indicator
from workbench.normalisation import fit, normalise, rescale
from workbench.text import Text

NAME = Text.same("x")


def indicator(method="minmax", direction="positive", **parts):
    how = {"method": method, **parts}
    return Indicator(id="x", label=NAME, column="x", direction=direction, normalisation=how, reference="test")


def scored(values, item, method="as_given"):
    column = np.asarray(values, dtype=float)[:, None]
    return normalise(column, fit(column, [item], method))[:, 0]


class TestAgainstPublishedNumbers:
    @pytest.mark.parametrize(
        ("case", "item", "scale"),
        [
            ("minmax", indicator("minmax"), 1),
            ("D_minmax", indicator("minmax", "negative"), 1),
            ("minmax_1_100", indicator("minmax", range=(1.0, 100.0)), 1),
            ("D_minmax_1_100", indicator("minmax", "negative", range=(1.0, 100.0)), 1),
            ("minmax_0_1", indicator("minmax", range=(0.0, 1.0)), 1),
            ("zscore", indicator("zscore", mean=0.0, sd=1.0, clip=False), 1),
            ("zscore_10_2", indicator("zscore", mean=10.0, sd=2.0), 1),
            ("D_zscore_10_2", indicator("zscore", "negative", mean=10.0, sd=2.0), 1),
            ("scaled", indicator("goalposts", low=0.0, high=40.0, clip=False), 1),
            ("prank_average", indicator("rank"), 100),
            ("D_prank_average", indicator("rank", "negative"), 100),
            ("borda_average", indicator("rank"), 100 / 8),
            ("dist2max", indicator("minmax"), 100),
            ("dist2ref_2", indicator("distance_to_reference", reference_unit="u1", clip=False), 100),
            ("dist2ref_2_cap", indicator("distance_to_reference", reference_unit="u1"), 100),
            ("D_dist2ref_2", indicator("distance_to_reference", "negative", reference_unit="u1", clip=False), 100),
            ("dist2targ_10", indicator("distance_to_target", target=10.0, clip=False), 100),
            ("dist2targ_10_cap", indicator("distance_to_target", target=10.0), 100),
            ("D_dist2targ_m2", indicator("distance_to_target", "negative", target=2.0, clip=False), 100),
            ("D_dist2targ_m2_cap", indicator("distance_to_target", "negative", target=2.0), 100),
            ("fracmax", indicator("fraction_of_max"), 100),
        ],
    )
    def test_as_coinr_gives_it(self, shared, case, item, scale):
        """Every normalisation agrees with COINr 1.1.14 to the last digits, both directions, missing values kept."""
        table = pd.read_csv(shared / "asem" / "vec_normalise.csv").query("case == @case")
        column = table["x"].to_numpy(dtype=float)[:, None]
        found = normalise(column, fit(column, [item], units=[f"u{row}" for row in range(len(column))]))[:, 0]

        assert len(table) == 10
        np.testing.assert_allclose(found, scale * table["y"], rtol=1e-12, atol=1e-12)

    def test_treated_asem_data_normalise_as_coinr_gives_them(self, shared):
        """Min-max with direction on the treated ASEM data gives COINr's normalised table, 51 countries x 49 indicators, to 1e-9."""
        folder = shared / "asem"
        meta = pd.read_csv(folder / "ASEM_iMeta.csv").query("Type == 'Indicator'").set_index("iCode")
        treated = pd.read_csv(folder / "asem_treated.csv", keep_default_na=False, na_values=[""]).set_index("uCode")
        expected = pd.read_csv(folder / "asem_normalised.csv", keep_default_na=False, na_values=[""]).set_index("uCode")
        names = [name for name in expected.columns if name in meta.index]
        items = [indicator(direction="positive" if meta.loc[name, "Direction"] > 0 else "negative") for name in names]
        values = treated[names].to_numpy(dtype=float)

        found = normalise(values, fit(values, items))

        assert len(names) == 49
        np.testing.assert_allclose(found, expected[names].to_numpy(dtype=float), rtol=0, atol=1e-9)


class TestRescale:
    def test_undp_life_expectancy(self):
        """Life expectancy of 74.6 years between 20 and 85 scores 84.0 (UNDP technical notes, dimension index)."""
        assert pytest.approx(float(rescale(np.array([74.6]), low=20, high=85)[0]), abs=1e-12) == 84.0

    def test_undp_income_on_logarithms(self):
        """Income of 10,000 between 100 and 75,000 scores ln(100)/ln(750), as in the UNDP income index."""
        assert 100 * np.log(100) / np.log(750) == pytest.approx(
            float(rescale(np.array([1e4]), low=100.0, high=75e3, log=True)[0])
        )

    def test_goalposts_may_have_a_leading_axis(self):
        """Each draw may bring its own goalposts."""
        low, high = np.array([[0.0], [10.0]]), np.array([[20.0], [20.0]])

        assert rescale(np.array([10.0, 15.0]), low=low, high=high).tolist() == [[50.0, 75.0], [0.0, 50.0]]


class TestInvariants:
    @given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.floats(0.1, 10), st.floats(-100, 100))
    def test_the_unit_of_measurement_does_not_matter(self, values, factor, shift):
        """Min-max, z-score and rank do not change when the raw values are scaled and shifted."""
        values = np.round(values, 3)
        for method in ("minmax", "zscore"):
            one, other = scored(values, indicator(method)), scored(values * factor + shift, indicator(method))
            both = ~np.isnan(one) & ~np.isnan(other)
            np.testing.assert_allclose(one[both], other[both], atol=1e-4)

    def test_turning_the_direction_turns_the_score(self):
        """A score and its negative twin sum to 100 for every method."""
        values = [3.0, 1.0, 4.0, 1.0, 5.0, np.nan, 9.0]
        for method in ("minmax", "zscore", "rank"):
            both = scored(values, indicator(method)) + scored(values, indicator(method, direction="negative"))
            np.testing.assert_allclose(both[~np.isnan(values)], 100.0)

    def test_zscore_is_fifty_plus_ten_z(self):
        """The mean scores 50 and one standard deviation is ten points."""
        values = np.array([1.0, 2.0, 3.0, 4.0, 10.0])
        expected = 50 + 10 * (values - values.mean()) / values.std(ddof=1)

        np.testing.assert_allclose(scored(values, indicator("zscore")), expected)

    def test_rank_counts_ties_half(self):
        """The lowest scores 0, the highest 100, and two that tie share the middle of their places."""
        assert scored([1.0, 9.0, 5.0, 5.0], indicator("rank")).tolist() == [0.0, 100.0, 50.0, 50.0]


class TestCategories:
    def test_points_of_each_category(self):
        """A category includes the cut it begins at; missing stays missing."""
        item = indicator("categorical", cuts=(10.0, 20.0), points=(0.0, 50.0, 100.0))

        assert scored([9.9, 10.0, 19.0, 20.0], item).tolist() == [0.0, 50.0, 50.0, 100.0]
        assert np.isnan(scored([np.nan, 1.0], item)[0])


class TestFixedRuler:
    def test_a_ruler_of_one_edition_measures_another(self):
        """Min-max fitted to one edition scores the next on the same scale, cut at its ends."""
        ruler = fit(np.array([[0.0], [50.0]]), [indicator("minmax")])

        assert normalise(np.array([[25.0], [80.0]]), ruler).tolist() == [[50.0], [100.0]]


class TestWhatCannotBeMeasured:
    @pytest.mark.parametrize("method", ["minmax", "zscore", "rank"])
    def test_a_constant_indicator_has_no_score(self, method):
        """Where all units are equal there is no spread to measure by: missing, not 0 and not infinite."""
        assert np.isnan(scored([7.0, 7.0, 7.0], indicator(method))).all()

    @pytest.mark.parametrize("method", ["minmax", "zscore", "rank"])
    def test_missing_stays_missing_and_disturbs_nobody(self, method):
        """A missing value stays missing and does not change the others."""
        whole, gap = scored([1.0, 2.0, 4.0], indicator(method)), scored([1.0, 2.0, 4.0, np.nan], indicator(method))

        assert whole.tolist() == gap[:3].tolist()
        assert np.isnan(gap[3])

    def test_zero_and_below_score_zero_on_logarithms(self):
        """A logarithm of nothing is below every goalpost, not missing."""
        item = indicator("goalposts", low=0.1, high=10.0, transform="log")

        assert pytest.approx(scored([-1.0, 0.0, 0.1, 1.0, 50.0], item).tolist()) == [0.0, 0.0, 0.0, 50.0, 100.0]
