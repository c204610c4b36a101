"""Every way of aggregating against published numbers, then the rule for missing values."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.errors import WorkbenchError
from workbench.means import METHODS, combine, is_method, mazziotta_pareto

NAMES = ("arithmetic", "geometric", "harmonic", "power(2)", "mazziotta_pareto", "ordered(0.5)", "borda", "copeland")
WEIGHTS = [0.2, 0.4, 0.1, 0.3]
COINR = {
    "arithmetic": "a_amean",
    "geometric": "a_gmean",
    "harmonic": "a_hmean",
    "power(-1)": "a_genmean_p-1",
    "power(0.5)": "a_genmean_p0.5",
    "power(2)": "a_genmean_p2",
    "power(3)": "a_genmean_p3",
}


class TestAgainstPublishedNumbers:
    @pytest.mark.parametrize("method", COINR)
    @pytest.mark.parametrize(("kind", "weights"), [("M_w", WEIGHTS), ("M_we", [1.0] * 4)])
    def test_means_as_coinr_gives_them(self, shared, method, kind, weights):
        """Weighted means of every exponent agree with COINr 1.1.14 to the last digits."""
        table = pd.read_csv(shared / "asem" / "vec_aggregate_input.csv").set_index("row")
        cases = pd.read_csv(shared / "asem" / "vec_aggregate.csv").query("case == @COINR[@method] + '_' + @kind").set_index("row")
        found = combine(method, [table[name].to_numpy(float) for name in "abcd"], weights, floor=1e-9)

        assert len(cases) == 6
        np.testing.assert_allclose(found, cases["y"], rtol=1e-12)

    @pytest.mark.parametrize("threshold", [0.5, 0.75, 1])
    def test_missing_values_as_coinr_gives_them(self, shared, threshold):
        """With equal shares of values and of weight, the rule is COINr's data availability threshold."""
        table = pd.read_csv(shared / "asem" / "vec_aggregate_input_na.csv").set_index("row")
        cases = pd.read_csv(shared / "asem" / "vec_aggregate.csv").query(
            "case == 'a_amean_MN_w_datthresh' + @threshold.__str__()"
        )
        values = [table[name].to_numpy(float) for name in "abcd"]
        # COINr counts values, we count weight: whether there is a mean is decided with equal weights.
        allowed = ~np.isnan(combine("arithmetic", values, [1.0] * 4, minimum_coverage=threshold))
        found = np.where(allowed, combine("arithmetic", values, WEIGHTS, minimum_coverage=1e-9), np.nan)

        np.testing.assert_allclose(found, cases["y"], rtol=1e-12)

    @pytest.mark.parametrize(("kind", "weights"), [("M_w", WEIGHTS), ("M_we", [1.0] * 4)])
    def test_copeland_as_coinr_gives_it(self, shared, kind, weights):
        """Wins minus losses among six units, complete data, agree with COINr 1.1.14."""
        table = pd.read_csv(shared / "asem" / "vec_aggregate_input.csv").set_index("row")
        cases = pd.read_csv(shared / "asem" / "vec_aggregate.csv").query("case == 'a_copeland_' + @kind").set_index("row")
        found = combine("copeland", [table[name].to_numpy(float) for name in "abcd"], weights)

        np.testing.assert_allclose((found - 50) / 10, cases["y"], atol=1e-12)

    @pytest.mark.parametrize(("sign", "entry"), [(-1.0, "mpi_pos_penalty"), (1.0, "mpi_neg_penalty")])
    def test_mazziotta_pareto_as_compind_gives_it(self, shared, sign, entry):
        """The penalised mean of z-scores with mean 100 and standard deviation 10 agrees with R's Compind 3.4."""
        results = json.loads((shared / "r" / "dev_bod_eunuts1.json").read_text(encoding="utf-8"))["results"]
        data = pd.read_csv(shared / "r" / "Compind_EU_NUTS1.csv")[["roads", "trains"]]
        scores = 100 + 10 * (data - data.mean()) / data.std(ddof=1)
        found = mazziotta_pareto([scores[name].to_numpy() for name in scores], [1.0, 1.0], 0.5, sign)

        np.testing.assert_allclose(found, results[entry]["value"], rtol=1e-12)

    def test_mazziotta_pareto_stays_on_the_scale(self):
        """Scores 0 and 100 lie at 70 and 130: mean 100, variance 1,800, penalty 18, so 20 of 100; never below 0."""
        found = combine("mazziotta_pareto", [np.array([0.0, 0.0, 50.0]), np.array([100.0, 1.0, 50.0])], [1.0, 1.0])

        assert [20.0, 50.0] == pytest.approx(found[[0, 2]].tolist())
        assert found[1] >= 0

    def test_ordered_weights_by_hand(self):
        """Yager's weights for power 2 and three equal children are 1/9, 3/9, 5/9 from the highest to the lowest."""
        found = combine("ordered(2)", [np.array([90.0]), np.array([30.0]), np.array([60.0])], [1.0] * 3)

        assert pytest.approx(found.tolist()) == [(90 + 3 * 60 + 5 * 30) / 9]

    def test_borda_by_hand(self):
        """Percentile ranks 100, 50, 0 and 25, 25, 100 (a tie) with weights 2 and 1."""
        found = combine("borda", [np.array([9.0, 5.0, 1.0]), np.array([4.0, 4.0, 8.0])], [2.0, 1.0])

        assert pytest.approx(found.tolist()) == [75.0, 125 / 3, 100 / 3]


class TestMissingValues:
    @pytest.mark.parametrize("method", NAMES)
    def test_one_rule_for_all(self, method):
        """Every method is missing in exactly the same places: where less than half the weight is measured."""
        rng = np.random.default_rng(0)
        values = [np.where(rng.random(60) < 0.5, np.nan, rng.uniform(1, 99, 60)) for _ in range(4)]
        there = sum(np.where(np.isnan(value), 0, weight) for value, weight in zip(values, WEIGHTS, strict=True))

        assert (np.isnan(combine(method, values, WEIGHTS)) == (there < 0.5 - 1e-12)).all()

    @pytest.mark.parametrize("method", ["borda", "copeland"])
    def test_an_all_missing_unit_beats_nobody_and_order_decides_nothing(self, method):
        """The unit without data has no score, the others score as without it, in any order of rows."""
        values = [np.array([10.0, np.nan, 80.0, 40.0]), np.array([70.0, np.nan, 20.0, 90.0])]
        found = combine(method, values, [2.0, 1.0])
        without = combine(method, [value[[0, 2, 3]] for value in values], [2.0, 1.0])
        turned = combine(method, [value[::-1] for value in values], [2.0, 1.0])

        assert np.isnan(found[1])
        np.testing.assert_array_equal(found[[0, 2, 3]], without)
        np.testing.assert_array_equal(found, turned[::-1])


SCORES = arrays(float, (5, 3), elements=st.floats(1, 100))


class TestInvariants:
    @given(SCORES)
    def test_a_leading_axis_changes_no_bit(self, scores):
        """Each draw of weights scores as it does alone, to the last bit, whatever the method."""
        draws = np.random.default_rng(2).uniform(0.1, 1, (4, 3))
        columns = list(scores.T)
        for method in NAMES:
            together = combine(method, columns, [draws[:, child, None] for child in range(3)])
            for draw in range(4):
                np.testing.assert_array_equal(together[draw], combine(method, columns, list(draws[draw])))

    @given(SCORES)
    def test_means_lie_between_the_lowest_and_the_highest(self, scores):
        """And the harmonic mean is the lowest, then geometric, arithmetic, quadratic."""
        columns = list(scores.T)
        means = [combine(method, columns, [1.0, 2.0, 3.0]) for method in ("harmonic", "geometric", "arithmetic", "power(2)")]
        chain = [scores.min(axis=1), *means, scores.max(axis=1)]
        for lower, higher in itertools.pairwise(chain):
            assert (lower <= higher + 1e-9).all()

    @given(SCORES)
    def test_ordered_with_power_one_is_the_arithmetic_mean(self, scores):
        """Without a preference for high or low scores nothing is reordered."""
        columns = list(scores.T)

        np.testing.assert_allclose(
            combine("ordered(1)", columns, [1.0, 2.0, 3.0]), combine("arithmetic", columns, [1.0, 2.0, 3.0])
        )

    def test_the_scale_of_weights_does_not_matter(self):
        """Weights need not sum to 1."""
        columns = list(np.random.default_rng(0).uniform(1, 99, (3, 6)))
        for method in NAMES:
            one, other = (combine(method, columns, [factor * w for w in (1.0, 2.0, 3.0)]) for factor in (1, 7))
            np.testing.assert_allclose(one, other, rtol=1e-12)


class TestNames:
    @pytest.mark.parametrize("name", [*NAMES, "power(-0.5)", "mazziotta_pareto(+)"])
    def test_known(self, name):
        """A method may carry its number."""
        assert is_method(name)

    @pytest.mark.parametrize("name", ["mean", "power", "power(0)", "power()", "ordered(0)", "ordered(-1)", "geometric(2)", ""])
    def test_unknown(self, name):
        """Anything else is refused with the whole list."""
        with pytest.raises(WorkbenchError) as caught:
            combine(name, [np.array([1.0])], [1.0])

        assert ", ".join(METHODS) == caught.value.faults[0].allowed


@pytest.mark.parametrize("exponent", ["400", "-300", "0"])
def test_an_exponent_that_overflows_is_refused(exponent):
    """100 to the power of 400 is no number a computer holds: the index would be infinite."""
    assert not is_method(f"power({exponent})")
    assert is_method("power(-50)")
    assert np.isfinite(combine("power(50)", [np.array([100.0]), np.array([0.0])], [1.0, 1.0])).all()
