"""Weights against published numbers, then what must hold for any data, then the words."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from workbench.aggregation import global_weights
from workbench.ahp import ahp, group_judgement
from workbench.data_weights import correlations, critic_parts, entropy_parts, pca_parts
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.scoring import score
from workbench.weighting import (
    benefit_of_the_doubt,
    budget,
    critic,
    effective,
    effective_weights,
    entropy,
    equal,
    optimised,
    pca,
)


@pytest.fixture
def scores():
    rng = np.random.default_rng(8)
    common = rng.normal(size=(60, 1))
    values = 50 + 10 * (0.6 * common + rng.normal(size=(60, 4)) * [1.0, 0.7, 1.4, 0.5])
    return pd.DataFrame(np.abs(values), columns=["z", "b", "y", "a"])


class TestBenefitOfTheDoubt:
    @pytest.mark.parametrize(
        ("entry", "least", "most"),
        [("bod_compind", 0.0, 1.0), ("bod_bounds_0.1_0.9_compind", 0.1, 0.9), ("bod_bounds_0.25_0.75_compind", 0.25, 0.75)],
    )
    def test_as_compind_gives_it(self, shared, entry, least, most):
        """Scores with and without bounds on the shares agree with R's Compind 3.4 on its own example to 1e-9."""
        results = json.loads((shared / "r" / "dev_bod_eunuts1.json").read_text(encoding="utf-8"))["results"]
        data = pd.read_csv(shared / "r" / "Compind_EU_NUTS1.csv").set_index("NUTS1")[["roads", "trains"]]
        found = benefit_of_the_doubt(data, least=least, most=most)

        np.testing.assert_allclose(found.scores, results[entry]["value"]["score"], rtol=1e-9)
        np.testing.assert_allclose(found.shares.sum(axis=1), 1.0)
        assert (found.shares >= least - 1e-9).all().all()

    def test_bounds_that_cannot_hold(self, scores):
        """Shares of four children cannot all be a third."""
        with pytest.raises(WorkbenchError, match="cannot sum to 1 over 4 children"):
            benefit_of_the_doubt(scores, least=1 / 3)


class TestAhp:
    MATRIX = pd.DataFrame([[1, 3, 5], [1 / 3, 1, 3], [1 / 5, 1 / 3, 1]], index=list("bca"), columns=list("bca"))

    def test_the_textbook_matrix(self):
        """Judgements 3, 5, 3 give weights .637, .258, .105, lambda 3.0385 and a consistency ratio of .033 (Saaty 1980)."""
        found = ahp(self.MATRIX)

        assert [0.637, 0.258, 0.105] == pytest.approx(found.weights.tolist(), abs=5e-4)
        assert 3.0385 == pytest.approx(found.lambda_max, abs=5e-5)
        assert 0.033 == pytest.approx(found.consistency_ratio, abs=5e-4)
        assert found.consistent

    def test_consistent_judgements_give_back_their_weights(self):
        """Ratios of given weights have no inconsistency, in any order of rows and columns."""
        weights = pd.Series({"d": 0.4, "a": 0.3, "c": 0.2, "b": 0.1})
        matrix = pd.DataFrame(np.outer(weights, 1 / weights), index=weights.index, columns=weights.index)[["a", "b", "c", "d"]]
        found = ahp(matrix)

        pd.testing.assert_series_equal(found.weights, weights, check_names=False)
        assert 0.0 == pytest.approx(found.consistency_ratio, abs=1e-9)

    def test_the_judgement_that_contradicts_most_is_named(self):
        """One reversed judgement among consistent ones."""
        weights = pd.Series({"d": 0.4, "a": 0.3, "c": 0.2, "b": 0.1})
        matrix = pd.DataFrame(np.outer(weights, 1 / weights), index=weights.index, columns=weights.index)
        matrix.loc["a", "b"], matrix.loc["b", "a"] = 1 / 9, 9
        found = ahp(matrix)

        assert {"a", "b"} == set(found.worst)
        assert not found.consistent

    def test_a_group_is_the_geometric_mean(self):
        """Two opposite judges cancel out."""
        found = ahp(group_judgement([self.MATRIX, 1 / self.MATRIX]))

        assert [1 / 3] * 3 == pytest.approx(found.weights.tolist())

    def test_faults_name_the_cell(self):
        """Blank, negative and non-reciprocal cells, all at once."""
        matrix = self.MATRIX.copy()
        matrix.loc["b", "c"] = np.nan
        matrix.loc["c", "a"] = 7
        with pytest.raises(WorkbenchError) as caught:
            ahp(matrix)

        assert ["b against c: the judgement is blank.", "c against a is 7, but a against c is 0.333333."] == [
            fault.problem for fault in caught.value.faults
        ]


class TestByHand:
    def test_entropy(self):
        """Shares 1/4, 1/4, 1/2 have entropy 1.0397 of at most ln 3; a constant column carries no weight."""
        table = pd.DataFrame({"c": [1.0, 1, 2], "a": [5.0, 5, 5], "b": [1.0, 2, 1]})

        assert [0.5, 0.0, 0.5] == pytest.approx(entropy(table).tolist(), abs=1e-12)

    def test_critic(self):
        """Two columns with the same spread, one opposed to a third: sd times sum of 1 - r, by hand."""
        table = pd.DataFrame({"c": [0.0, 1, 2], "a": [2.0, 1, 0], "b": [0.0, 1, 2]})
        # All have sd 0.5 after rescaling; conflicts are 2, 4 and 2.
        assert [0.25, 0.5, 0.25] == pytest.approx(critic(table).tolist())

    def test_budget(self):
        """Means of the points as shares, with a trimmed mean when asked for."""
        points = pd.DataFrame({"x": [60.0, 50, 10, 40], "w": [40.0, 50, 90, 60]}, index=["E1", "E2", "E3", "E4"])
        found = budget(points)

        assert [0.4, 0.6] == pytest.approx(found["weight"].tolist())
        assert [45 / 100, 55 / 100] == pytest.approx(budget(points, trim=0.25)["weight"].tolist())
        assert points["x"].std(ddof=1) == pytest.approx(found.loc["x", "sd"])

    def test_optimised_for_independent_children(self):
        """Without correlation the influence is in proportion to the square of weight times spread."""
        design = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=float)
        table = pd.DataFrame(design, columns=["c", "a", "b"])
        found = optimised(table, {"a": 4, "b": 1, "c": 9})

        assert [3 / 6, 2 / 6, 1 / 6] == pytest.approx(found.weights.tolist(), abs=1e-6)
        assert found.near

    def test_pca_of_one_common_factor_is_nearly_equal(self):
        """Children that measure one thing equally well weigh alike."""
        rng = np.random.default_rng(1)
        table = pd.DataFrame(rng.normal(size=(4000, 1)) + 0.8 * rng.normal(size=(4000, 3)), columns=list("cab"))

        assert [1 / 3] * 3 == pytest.approx(pca(table).tolist(), abs=0.01)


class TestInAFramework:
    @pytest.fixture
    def table(self):
        columns = ["Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "A.7"]
        values = np.random.default_rng(3).uniform(0.02, 0.9, (40, 7)) * [1, 1, 1, 1, 4, 60, 0.1]
        return pd.DataFrame(values, columns=columns)

    def scored(self, tiny, rule, table):
        path = tiny / "framework.yaml"
        text = path.read_text(encoding="utf-8").split("method:")[0]
        path.write_text(f"{text}method: {{weights: {rule}}}\n", encoding="utf-8")
        return score(Framework.load(tiny), table)

    def test_equal_within_groups(self, tiny, table):
        """Pillars weigh alike whatever the files say."""
        scores = self.scored(tiny, "equal", table).table

        np.testing.assert_allclose(scores["index"], (scores["Z"] + scores["A"]) / 2)

    def test_equal_for_every_indicator(self, tiny, table):
        """Four of seven indicators are in pillar Z, so it has four sevenths of the index."""
        scores = self.scored(tiny, "equal_indicators", table)

        np.testing.assert_allclose(scores.index, (4 * scores.table["Z"] + 3 * scores.table["A"]) / 7)
        np.testing.assert_allclose(global_weights(scores.tree), 1 / 7)

    @pytest.mark.parametrize(("rule", "function"), [("entropy", entropy), ("critic", critic), ("pca", pca)])
    def test_rules_work_on_the_scores_of_the_children(self, tiny, table, rule, function):
        """The weights of the indicators of pillar A are the rule's on their scores."""
        scores = self.scored(tiny, rule, table)
        found = pd.Series(scores.tree.weights, index=list(scores.tree.nodes))
        children = ["A.9", "A.8", "A.7"]

        np.testing.assert_allclose(found[children], function(scores.normalised[children].sort_index()), rtol=1e-9)

    def test_optimised_within_groups(self, tiny, table):
        """The given weights of pillar A become the influence of its indicators on it."""
        given = pd.Series(
            self.scored(tiny, "given", table).tree.weights, index=list(self.scored(tiny, "given", table).tree.nodes)
        )
        scores = self.scored(tiny, "optimised", table)
        children = ["A.9", "A.8", "A.7"]
        influence = effective(scores.normalised[children], scores.table["A"])

        np.testing.assert_allclose(influence, given[children] / given[children].sum(), atol=0.02)

    def test_nominal_beside_effective(self, tiny, table):
        """Both are shares of their level; a pillar's correlation is with the index."""
        scores = self.scored(tiny, "given", table)
        found = effective_weights(scores)

        for _, level in found.groupby("level"):
            assert [1.0, 1.0] == pytest.approx(level[["nominal", "effective"]].sum().tolist())
        assert scores.table["Z"].corr(scores.index) == pytest.approx(found.loc["Z", "correlation"])


class TestManyTablesAtOnce:
    @pytest.mark.parametrize("function", [entropy_parts, critic_parts, pca_parts])
    def test_each_table_as_alone(self, scores, function):
        """Tables side by side in a leading axis do not touch each other."""
        one = scores.to_numpy()
        two = one[::-1] ** 2 / 100
        together = function(np.stack([[one, two], [two, one]]))

        np.testing.assert_allclose(together[0, 0], function(one), rtol=1e-12)
        np.testing.assert_allclose(together[0, 1], function(two), rtol=1e-12)
        np.testing.assert_array_equal(together[0], together[1][::-1])

    def test_correlations_with_gaps_as_pandas_gives_them(self):
        """Pairwise complete, also far from zero; a constant column has none."""
        rng = np.random.default_rng(4)
        table = pd.DataFrame(rng.normal(1e6, 1.0, (30, 4)), columns=list("abcd"))
        table.iloc[3:9, 0] = np.nan
        table.iloc[7:20, 2] = np.nan
        table["e"] = 5.0

        np.testing.assert_allclose(correlations(table.to_numpy()), table.corr().to_numpy(), atol=1e-9)


class TestInvariants:
    @pytest.mark.parametrize("rule", [equal, entropy, critic, pca])
    def test_weights_follow_their_ids(self, scores, rule):
        """Another order of children permutes the weights; they sum to 1 and none is negative."""
        turned = scores[["a", "z", "y", "b"]]

        pd.testing.assert_series_equal(rule(scores).sort_index(), rule(turned).sort_index(), rtol=1e-9)
        assert 1.0 == pytest.approx(rule(scores).sum())
        assert (rule(scores) >= 0).all()

    def test_optimised_weights_follow_their_ids_and_are_never_negative(self, scores):
        """The intention of each child is met by that child, also when the correlations make it hard."""
        hard = scores.assign(a=-scores["z"] + 0.1 * scores["a"])
        for table in (scores, hard):
            found = optimised(table, {"z": 0.1, "b": 0.4, "y": 0.2, "a": 0.3})
            turned = optimised(table[["a", "y", "b", "z"]], {"z": 0.1, "b": 0.4, "y": 0.2, "a": 0.3})
            assert (found.weights >= 0).all()
            assert found.distance == pytest.approx(turned.distance, abs=1e-3)
        index = (scores * optimised(scores, {"z": 0.1, "b": 0.4, "y": 0.2, "a": 0.3}).weights).sum(axis=1)
        np.testing.assert_allclose(effective(scores, index)[["z", "b", "y", "a"]], [0.1, 0.4, 0.2, 0.3], atol=0.01)


class TestWhatIsRefused:
    def test_experts_by_name(self):
        """A budget of 90 points and a blank are named at once."""
        points = pd.DataFrame({"x": [60.0, 50, np.nan], "w": [40.0, 40, 90]}, index=["E1", "E2", "E3"])
        with pytest.raises(WorkbenchError) as caught:
            budget(points)

        assert ["the points of E2 sum to 90.", "E3 left points blank or gave negative ones."] == [
            fault.problem for fault in caught.value.faults
        ]

    @pytest.mark.parametrize("rule", [entropy, critic])
    def test_nothing_that_differs(self, rule):
        """Constant columns give a sentence, not NaN."""
        with pytest.raises(WorkbenchError, match="finds nothing that differs"):
            rule(pd.DataFrame({"a": [1.0, 1, 1], "b": [2.0, 2, 2]}))

    def test_missing_throughout(self):
        """An empty column is named."""
        with pytest.raises(WorkbenchError, match="`b` is missing throughout"):
            critic(pd.DataFrame({"a": [1.0, 2, 1], "b": [np.nan] * 3}))

    def test_intentions_for_unknown_children(self, scores):
        """Matched by id, so an unknown or absent one is an error."""
        with pytest.raises(WorkbenchError, match="intentions and children differ: a, q"):
            optimised(scores, {"z": 1, "b": 1, "y": 1, "q": 1})


@pytest.mark.parametrize("rule", [pca, lambda scores: optimised(scores, {"a": 1, "b": 1})])
def test_too_few_units_without_a_gap_are_refused(rule):
    """Two complete units have no correlation to speak of."""
    scores = pd.DataFrame({"a": [1.0, 2, 5, np.nan, 4], "b": [2.0, 1, np.nan, 3, np.nan]})
    with pytest.raises(WorkbenchError, match="2 units have a score on all of a, b") as caught:
        rule(scores)
    assert "3 or more" == caught.value.faults[0].allowed


class TestNotices:
    def _scores(self, tiny, values):
        path = tiny / "framework.yaml"
        text = path.read_text(encoding="utf-8").replace("\nbands:", "\nmethod: {weights: optimised}\nbands:", 1)
        path.write_text(text, encoding="utf-8")
        return score(Framework.load(tiny), values)

    @pytest.fixture
    def values(self):
        """Raw values of nine units on the seven indicators of the small framework."""
        rng = np.random.default_rng(3)
        ids = ["Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "A.7"]
        table = pd.DataFrame(rng.uniform(0.05, 0.9, (9, 7)), index=list("abcdefghi"), columns=ids)
        return table.assign(**{"A.7": table["A.7"] / 10})  # within its goalposts

    def test_a_part_that_is_constant_where_all_are_known(self, tiny, values):
        """It is refused by name, like any constant part: the other units cannot be used."""
        values["A.7"] = 0.5  # beyond its goalpost in every unit
        values.loc["c", ["A.7", "A.8"]] = 0.02, np.nan
        with pytest.raises(WorkbenchError, match="weights of `A` by optimised"):
            self._scores(tiny, values)

    def test_influence_that_cannot_be_had(self, tiny, values):
        """Two parts that are the same have the same influence, whatever is intended: the reader is told by how much it misses."""
        values["Z.2.2"] = values["Z.2.1"]  # intended 1 to 3, had 1 to 1: a quarter is missed
        notices = [notice.en for notice in self._scores(tiny, values).notices]

        assert (
            "Weights of Z.2: the intended influence cannot be had; the largest difference of a share is 25 points of 100."
            in notices
        )

    def test_gaps(self, tiny, values):
        """Units that lack a part are counted."""
        values.loc["c", "A.8"] = np.nan
        notices = " ".join(notice.en for notice in self._scores(tiny, values).notices)

        assert "Weights of A by optimised: 1 of 9 units lack a part." in notices
