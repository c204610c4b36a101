"""The kernel against published numbers, then its invariants with and without leading axes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.aggregation import Tree, aggregate, band, global_weights, index_scores, rank, weighted_mean


@pytest.fixture
def tree():
    """Two groups of two and three indicators and one indicator directly under the index; ids not in alphabetical order."""
    return Tree(
        indicators=("z1", "a2", "m3", "b4", "q5", "c6"),
        groups=("left", "right", "index"),
        children=((0, 1), (2, 3, 4), (6, 7, 5)),
        weights=np.array([1.0, 3.0, 1.0, 1.0, 2.0, 0.5, 1.0, 2.0, 1.0]),
        methods=("arithmetic", "geometric", "arithmetic"),
        floor=1.0,
        minimum_coverage=0.5,
    )


class TestAgainstPublishedNumbers:
    @pytest.mark.parametrize(("case", "floor"), [("a_amean_M_w", None), ("a_gmean_M_w", 1e-300)])
    def test_means_as_coinr_gives_them(self, shared, case, floor):
        """Weighted arithmetic and geometric means agree with COINr 1.1.14 to the last digits."""
        table = pd.read_csv(shared / "asem" / "vec_aggregate_input.csv").set_index("row")
        answers = pd.read_csv(shared / "asem" / "vec_aggregate.csv").query("case == @case").set_index("row")["y"]
        columns = [table[name].to_numpy(dtype=float) for name in "abcd"]
        weights = [0.2, 0.4, 0.1, 0.3]

        found = weighted_mean(columns, weights, floor=floor)

        np.testing.assert_allclose(found, answers.to_numpy(), rtol=1e-12)

    def test_the_asem_index_level_by_level(self, shared):
        """Normalised ASEM indicators aggregate to COINr's 8 pillars, 2 sub-indices and index to 1e-9, and all 51 ranks."""
        folder = shared / "asem"
        meta = pd.read_csv(folder / "ASEM_iMeta.csv", keep_default_na=False)
        meta = meta[meta["Type"].isin(["Indicator", "Aggregate"])].set_index("iCode")
        values = pd.read_csv(folder / "asem_normalised.csv", keep_default_na=False, na_values=[""]).set_index("uCode")
        expected = pd.read_csv(folder / "asem_aggregated.csv", keep_default_na=False, na_values=[""]).set_index("uCode")
        leaves = tuple(meta.index[meta["Type"] == "Indicator"])
        groups = tuple(meta[meta["Type"] == "Aggregate"].sort_values("Level", kind="stable").index)
        place = {name: position for position, name in enumerate((*leaves, *groups))}
        inside = {group: tuple(place[name] for name in meta.index[meta["Parent"] == group]) for group in groups}
        weights = np.array([float(meta.loc[name, "Weight"]) for name in place])
        asem = Tree(leaves, groups, tuple(inside.values()), weights, ("arithmetic",) * len(groups), 1.0, 0.5)

        found = aggregate(values[list(leaves)].to_numpy(dtype=float), asem)

        np.testing.assert_allclose(found, expected[list(groups)].to_numpy(dtype=float), rtol=0, atol=1e-9)
        assert 68.383724238341713 == pytest.approx(dict(zip(values.index, found[:, -1], strict=True))["CHE"], abs=1e-9)
        ranks = dict(zip(values.index, rank(found[:, -1]), strict=True))
        assert (1, 2, 3, 42) == tuple(int(ranks[code]) for code in ("CHE", "NLD", "DNK", "THA"))


class TestByHand:
    def test_the_tree(self, tree):
        """left = (1*20 + 3*40)/4, right = (10*10*40^2)^(1/4), index = (1*35 + 2*20 + 0.5*100)/3.5."""
        scores = np.array([[20.0, 40.0, 10.0, 10.0, 40.0, 100.0]])

        assert [35.0, 20.0, 125 / 3.5] == pytest.approx(aggregate(scores, tree)[0].tolist())

    def test_global_weights(self, tree):
        """The share of an indicator is the product of its shares on the way up."""
        expected = [1 / 4 / 3.5, 3 / 4 / 3.5, 1 / 4 * 2 / 3.5, 1 / 4 * 2 / 3.5, 2 / 4 * 2 / 3.5, 0.5 / 3.5]

        assert expected == pytest.approx(global_weights(tree).tolist())

    @pytest.mark.parametrize(
        ("ties", "expected"), [("competition", [2, 1, 2, 4]), ("mean", [2.5, 1, 2.5, 4]), ("dense", [2, 1, 2, 3])]
    )
    def test_ties(self, ties, expected):
        """Units that tie share a rank by the stated rule."""
        assert expected == rank(np.array([5.0, 9.0, 5.0, 1.0]), ties).tolist()

    def test_a_band_includes_its_minimum(self):
        """20 is in the band that starts at 20; just below it is not; no score has no band."""
        assert [1, 0, 2, -1, 0] == band(np.array([20.0, np.nextafter(20, 0), 100.0, np.nan, -3.0]), [0, 20, 40]).tolist()


class TestMissingValues:
    def test_weights_are_renormalised_over_what_is_there(self):
        """With three quarters of the weight measured the mean is over those."""
        assert [40.0] == weighted_mean([np.array([40.0]), np.array([np.nan])], [3.0, 1.0]).tolist()

    def test_below_the_minimum_coverage_there_is_no_mean(self):
        """With a quarter of the weight measured there is no mean; with exactly half there is."""
        one, gap = np.array([40.0]), np.array([np.nan])

        assert np.isnan(weighted_mean([one, gap], [1.0, 3.0])).all()
        assert [40.0] == weighted_mean([one, gap], [1.0, 1.0]).tolist()

    def test_a_unit_with_nothing_measured_beats_nobody(self, tree):
        """An all-missing unit has no index and no rank, and does not move the others."""
        rows = np.array([[50.0] * 6, [np.nan] * 6, [60.0] * 6])
        found = rank(index_scores(rows, tree))

        assert [2.0, 1.0] == found[[0, 2]].tolist()
        assert np.isnan(found[1])

    def test_the_same_rule_for_both_means(self):
        """Arithmetic and geometric means are missing in exactly the same places."""
        rng = np.random.default_rng(0)
        values = [np.where(rng.random(200) < 0.4, np.nan, rng.uniform(1, 99, 200)) for _ in range(5)]
        weights = rng.uniform(0, 1, 5).tolist()

        assert (np.isnan(weighted_mean(values, weights)) == np.isnan(weighted_mean(values, weights, floor=1.0))).all()


SCORES = arrays(float, (4, 6), elements=st.floats(0, 100))


class TestInvariants:
    @given(SCORES)
    def test_a_leading_axis_changes_no_bit(self, scores):
        """A draw among others, with its own weights, scores as it does alone, to the last bit."""
        tree = _tree()
        weights = np.random.default_rng(1).uniform(0.1, 2, (5, 9))
        together = aggregate(scores, tree, weights)
        stacked = aggregate(np.broadcast_to(scores, (5, 4, 6)), tree, weights)
        for draw in range(5):
            alone = aggregate(scores, tree, weights[draw])
            np.testing.assert_array_equal(together[draw], alone)
            np.testing.assert_array_equal(stacked[draw], alone)

    @given(SCORES)
    def test_the_given_weights_as_draws_give_the_published_scores(self, scores):
        """At zero noise every draw equals the scores, to the last bit."""
        tree = _tree()
        draws = aggregate(scores, tree, np.broadcast_to(tree.weights, (3, 9)))

        np.testing.assert_array_equal(draws, np.broadcast_to(aggregate(scores, tree), draws.shape))

    @given(SCORES, st.permutations(range(4)))
    def test_permuting_units_permutes_the_result(self, scores, order):
        """The order of the rows decides nothing."""
        tree = _tree()

        np.testing.assert_array_equal(aggregate(scores[list(order)], tree), aggregate(scores, tree)[list(order)])

    @given(SCORES, st.integers(0, 5))
    def test_a_higher_indicator_never_lowers_the_index(self, scores, column):
        """The index is monotone in every indicator."""
        tree = _tree()
        raised = scores.copy()
        raised[:, column] += 1.0

        assert (index_scores(raised, tree) >= index_scores(scores, tree) - 1e-9).all()

    @given(SCORES)
    def test_the_geometric_mean_is_never_above_the_arithmetic(self, scores):
        """Between values above the floor."""
        columns = list(np.maximum(scores, 1.0).T)

        assert (weighted_mean(columns, [1.0] * 6, floor=1.0) <= weighted_mean(columns, [1.0] * 6) + 1e-9).all()

    @given(arrays(float, (3, 7), elements=st.sampled_from([1.0, 2.0, 3.0, np.nan])))
    def test_ranks_agree_with_scipy(self, scores):
        """Competition, mean and dense ranks are SciPy's on the negated scores, in every row."""
        from scipy.stats import rankdata

        for ours, theirs in (("competition", "min"), ("mean", "average"), ("dense", "dense")):
            expected = rankdata(-scores, method=theirs, axis=1, nan_policy="omit")
            np.testing.assert_array_equal(rank(scores, ours), np.where(np.isnan(scores), np.nan, expected))


def _tree():
    return Tree(
        indicators=("z1", "a2", "m3", "b4", "q5", "c6"),
        groups=("left", "right", "index"),
        children=((0, 1), (2, 3, 4), (6, 7, 5)),
        weights=np.array([1.0, 3.0, 1.0, 1.0, 2.0, 0.5, 1.0, 2.0, 1.0]),
        methods=("arithmetic", "geometric", "arithmetic"),
        floor=1.0,
        minimum_coverage=0.5,
    )
