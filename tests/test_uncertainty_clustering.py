"""Draws that share a resampled survey: the errors of what is counted are those of clusters."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.framework import Framework
from workbench.scoring import score
from workbench.survey import read_survey
from workbench.uncertainty import Spec, pairwise, simulate
from workbench.uncertainty.clustering import SetSums, design_effect

RESPONDENTS = {"id": "respondents", "kind": "respondents", "replicates": 64}
WEIGHTS = {"id": "weights", "kind": "weights", "spread": 0.25}


@pytest.fixture(scope="module")
def sample(root):
    framework = Framework.load(root / "params/framework/2559")
    return score(framework, read_survey(root / "data/sample/answers.xlsx", framework))


def spec(*factors):
    return Spec.model_validate({"label": {"th": "ก", "en": "a"}, "factors": factors})


def sums_of(table):
    """Sums and counts of clusters, from a table of a row for each."""
    return table.sum(axis=1)[:, None], np.full((len(table), 1), table.shape[1])


class TestDesignEffect:
    @pytest.mark.parametrize("size", [1, 5, 200])
    def test_draws_that_repeat_their_cluster(self, size):
        """One value for all draws of a cluster: m draws are worth one (Kish 1965: 1 + (m - 1) rho, with rho 1)."""
        table = np.repeat(np.random.default_rng(1).normal(size=(400, 1)), size, axis=1)

        assert size * 400 / 399 == pytest.approx(design_effect(*sums_of(table), table.var()[None])[0])

    def test_correlation_within_clusters(self):
        """Clusters of 20 with a correlation of a quarter: 1 + 19 / 4, to the precision of 4,000 clusters."""
        rng = np.random.default_rng(2)
        table = np.sqrt(0.25) * rng.normal(size=(4000, 1)) + np.sqrt(0.75) * rng.normal(size=(4000, 20))

        assert 5.75 == pytest.approx(design_effect(*sums_of(table), table.var()[None])[0], rel=0.08)

    def test_clusters_of_unequal_size(self):
        """Cochran's variance of a ratio of cluster totals (1977, formula 6.9 with 9A), worked by hand for three clusters."""
        sums, counts = np.array([[2.0], [9.0], [1.0]]), np.array([[2.0], [3.0], [1.0]])
        apart = np.array([2 - 2 * 2.0, 9 - 3 * 2.0, 1 - 1 * 2.0])

        assert (apart @ apart) * 3 / 2 / 36 == pytest.approx(design_effect(sums, counts, np.array([0.5]))[0] * 0.5 / 6)

    def test_nothing_varies(self):
        """No variance, or a single cluster: no ratio can be known, and none is made up."""
        assert [1.0] == design_effect(np.ones((4, 1)), np.ones((4, 1)), np.zeros(1)).tolist()
        assert [1.0] == design_effect(np.array([[5.0], [0.0]]), np.array([[2.0], [0.0]]), np.ones(1)).tolist()

    def test_sums_are_those_of_the_ranks(self):
        """What is counted from an order is what is counted from the ranks, close draws and missing ranks included."""
        rng = np.random.default_rng(3)
        ranks = np.array([rng.permutation(6) + 1.0 for _ in range(50)])
        picks, known = np.sort(rng.integers(0, 9, 50)), np.round(rng.normal(size=(50, 6)), 3)
        ranks[[4, 30]] = [[1, 1, 3, np.nan, 4, 5], [np.nan] * 6]
        exact = [(np.array([4, 30]), ranks[[4, 30]])]
        order = np.argsort(np.nan_to_num(ranks), axis=1)
        one, other = SetSums.empty(9, 6), SetSums.empty(9, 6)
        one.count(picks, known, order, np.broadcast_to(np.arange(6), order.shape), exact)
        other.count_ranks(picks, ranks)

        np.testing.assert_array_equal(one.ranks, other.ranks)
        np.testing.assert_array_equal(one.counts, other.counts)
        np.testing.assert_allclose(one.index.sum(axis=0) / 2**20, known.sum(axis=0), atol=1e-4)


class TestErrors:
    @pytest.mark.parametrize("factors", [(RESPONDENTS,), (WEIGHTS, RESPONDENTS)])
    def test_what_other_seeds_find(self, sample, factors):
        """Mean ranks of 24 analyses differ by as much as each says of itself; as independent draws they would say a tenth."""
        found = [simulate(sample, spec(*factors), draws=4096, seed=seed) for seed in range(24)]
        apart = np.std([one.ranks["rank_mean"] for one in found], axis=0, ddof=1)
        said = np.mean([one.errors["rank_mean"] for one in found], axis=0) / 1.96

        moved = said > 0
        assert 1.0 == pytest.approx(np.median(apart[moved] / said[moved]), abs=0.15)
        assert not apart[~moved].any()
        assert np.median(found[0].design_effects["rank"]) > 30

    def test_independent_draws(self, sample):
        """Where no set is shared, nothing is made larger."""
        found = simulate(sample, spec(WEIGHTS), draws=500, seed=1)

        assert found.design_effects is None
        np.testing.assert_allclose(found.errors["share"], 1.96 * 0.5 / np.sqrt(500), rtol=1e-4)

    def test_pairs(self, sample):
        """Comparisons are worth as many surveys as were resampled, not as many draws."""
        alone = pairwise(sample, spec(WEIGHTS), draws=4096)
        shared = pairwise(sample, spec(WEIGHTS, RESPONDENTS), draws=4096)

        assert 1.96 * 0.5 / 64 == pytest.approx(alone.error, rel=1e-4)
        assert shared.error > 5 * alone.error
        assert not shared.different(0.999).any().any(), "32 resampled surveys cannot prove as much"


class TestUntil:
    def test_more_draws_of_the_same_surveys_do_not_help(self, sample):
        """64 resampled surveys cannot tell every end to within half a rank: the result says so, and what would help."""
        found = simulate(sample, spec(RESPONDENTS), draws=8 * 4096, seed=1, until=0.5)
        worst = found.errors[["rank_p05", "rank_p95"]].max().max()

        assert found.draws == 8 * 4096
        assert found.notices[-1].en == (
            f"After 32,768 draws the ends of the 90 % rank intervals are known to within {worst:g} ranks at worst; "
            "0.5 was asked for. It takes more draws, or more resampled surveys (`replicates`) or sets of goalposts (`sets`)."
        )

    def test_too_few_draws(self, sample):
        """Draws that share nothing: more of them is all it takes."""
        found = simulate(sample, spec(WEIGHTS), draws=200, seed=1, until=0.01)

        assert found.notices[-1].en.endswith("0.01 was asked for. It takes more draws.")
        assert not simulate(sample, spec(WEIGHTS), draws=200, seed=1, until=50).notices
