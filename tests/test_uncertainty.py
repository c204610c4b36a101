"""Ranks under uncertainty: known probabilities, then invariants, then errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.scoring import score
from workbench.uncertainty import BLOCK, load_spec, simulate

WEIGHTS = "- {id: weights, kind: weights, spread: 0.25}\n"
CHOICES = (
    "- {id: normalisation, kind: normalisation, choices: [as_given, minmax, rank]}\n"
    "- {id: aggregation, kind: aggregation, choices: [arithmetic, geometric]}\n"
)


@pytest.fixture
def spec(tmp_path):
    def write(factors):
        path = tmp_path / "spec.yaml"
        path.write_text("label: {th: ก, en: a}\nfactors:\n" + factors, encoding="utf-8")
        return path

    return write


@pytest.fixture
def scores(tiny):
    framework = Framework.load(tiny)
    rng = np.random.default_rng(11)
    ids = [indicator.id for indicator in framework.indicators]
    table = pd.DataFrame(rng.uniform(0.02, 0.9, (9, 7)), index=list("hgiafbecd"), columns=ids)
    return score(framework, table)


@pytest.fixture
def pair(tmp_path):
    """Two units, two indicators of equal weight: one is better on each."""
    text = (
        'id: pair\nedition: "1"\ntitle: {th: ก, en: a}\nunit: {label: {th: ก, en: a}, plural: {th: ก, en: a}}\n'
        "bands:\n- {id: all, label: {th: ก, en: a}, minimum: 0}\npillars:\n"
    )
    for name in ("other", "some"):
        text += (
            f"- {{id: {name}, label: {{th: ก, en: a}}, column: {name}, reference: r,"
            " normalisation: {method: goalposts, low: 0, high: 1}}\n"
        )
    path = tmp_path / "pair.yaml"
    path.write_text(text, encoding="utf-8")
    table = pd.DataFrame({"some": [0.6, 0.2], "other": [0.2, 0.56]}, index=["one", "two"])
    return score(Framework.load(path), table)


class TestKnownProbability:
    def test_two_units_swap_as_often_as_the_weights_say(self, pair, spec):
        """`two` wins when 0.36 w_other > 0.4 w_some; with both uniform on 0.75 to 1.25 that has probability 0.3124."""
        # Area of {w_y > 10/9 w_x} in the square of side 1/2, by hand: w_x from 0.75 to 1.125, height 1.25 - 10/9 w_x.
        probability = 4 * ((1.25 * 1.125 - 5 / 9 * 1.125**2) - (1.25 * 0.75 - 5 / 9 * 0.75**2))
        framework = pair.framework
        found = simulate(pair, load_spec(spec(WEIGHTS), framework), draws=200_000, seed=1)

        assert 0.3125 == pytest.approx(probability)
        assert probability == pytest.approx(found.rank_shares.loc["two", 1], abs=4 * np.sqrt(0.3 * 0.7 / 200_000))
        assert 1.0 == pytest.approx(found.rank_shares.sum(axis=0)[1])

    def test_no_noise_gives_the_published_ranks(self, scores, spec):
        """With one choice for every factor each draw is the published result."""
        one = "- {id: aggregation, kind: aggregation, choices: [as_given]}\n"
        found = simulate(scores, load_spec(spec(one), scores.framework), draws=100, seed=1)

        assert (found.ranks["rank"] == scores.table["rank"]).all()
        assert (found.ranks["rank_p05"] == found.ranks["rank_p95"]).all()
        assert (found.ranks["rank_mean"] == found.ranks["rank"]).all()

    def test_each_choice_alone_equals_scoring_with_it(self, scores, spec, tiny):
        """The effect of the geometric mean is what `score` gives for a framework with that mean."""
        found = simulate(scores, load_spec(spec(CHOICES), scores.framework), draws=10, seed=1)
        path = tiny / "framework.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "method: {aggregation: geometric}\n", encoding="utf-8")
        text = (
            (tiny / "zeta.yaml").read_text(encoding="utf-8").replace("weight: 1\n", "weight: 1\n  aggregation: arithmetic\n", 1)
        )
        (tiny / "zeta.yaml").write_text(text, encoding="utf-8")
        geometric = score(Framework.load(tiny), scores.values)
        shift = (geometric.table["rank"] - scores.table["rank"]).abs()

        effect = found.effects.query("choice == 'geometric'").iloc[0]
        assert shift.mean() == pytest.approx(effect["mean_rank_shift"])
        assert shift.max() == effect["max_rank_shift"]


class TestInvariants:
    def test_the_same_seed_gives_the_same_bits(self, scores, spec):
        """And seed 0 is a seed like any other."""
        factors = load_spec(spec(WEIGHTS + CHOICES), scores.framework)
        one, two = (simulate(scores, factors, draws=500, seed=0) for _ in range(2))
        other = simulate(scores, factors, draws=500, seed=1)

        pd.testing.assert_frame_equal(one.rank_shares, two.rank_shares)
        assert not one.rank_shares.equals(other.rank_shares)

    def test_more_draws_continue_the_same_stream(self, scores, spec):
        """The first block of a long run is the whole of a short one."""
        factors = load_spec(spec(WEIGHTS + CHOICES), scores.framework)
        first = simulate(scores, factors, draws=BLOCK, seed=5).rank_shares * BLOCK
        both = simulate(scores, factors, draws=2 * BLOCK, seed=5).rank_shares * 2 * BLOCK

        assert ((both - first).to_numpy() >= -1e-6).all()

    def test_shares_are_a_distribution(self, scores, spec):
        """Every unit has some rank in every draw, and intervals hold the median."""
        found = simulate(scores, load_spec(spec(WEIGHTS + CHOICES), scores.framework), draws=300, seed=2)

        np.testing.assert_allclose(found.rank_shares.sum(axis=1), 1.0)
        assert (found.ranks["rank_p05"] <= found.ranks["rank_median"]).all()
        assert (found.ranks["rank_median"] <= found.ranks["rank_p95"]).all()

    def test_units_without_a_score_are_left_out(self, tiny, spec):
        """A unit that is not scored takes no rank in any draw."""
        framework = Framework.load(tiny)
        rng = np.random.default_rng(1)
        table = pd.DataFrame(rng.uniform(0.1, 0.9, (4, 7)), index=list("abcd"), columns=[i.id for i in framework.indicators])
        table.loc["b"] = np.nan
        found = simulate(score(framework, table), load_spec(spec(WEIGHTS), framework), draws=50)

        assert {"a", "c", "d"} == set(found.ranks.index)
        assert [1, 2, 3] == list(found.rank_shares.columns)

    @pytest.mark.parametrize("units", [1, 2])
    def test_choices_that_leave_units_without_an_index_are_counted(self, tiny, spec, units):
        """One unit, or two that tie, have no spread to be measured by: the draws are counted, nothing crashes."""
        framework = Framework.load(tiny)
        ids = [indicator.id for indicator in framework.indicators]
        table = pd.DataFrame(0.05, index=list("ab")[:units], columns=ids)
        found = simulate(score(framework, table), load_spec(spec(WEIGHTS + CHOICES), framework), draws=300, seed=1)

        assert (found.ranks["rank"] == 1).all()
        assert (found.unranked > 0.4).all()
        assert any("have no index in some draws" in notice.en for notice in found.notices)

    def test_published_ranks_are_those_of_the_scores(self, tiny, spec):
        """Whatever the rule for ties, the column `rank` is the published one."""
        path = tiny / "framework.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "method: {ties: mean}\n", encoding="utf-8")
        framework = Framework.load(tiny)
        table = pd.DataFrame(0.5, index=list("abc"), columns=[i.id for i in framework.indicators])
        table.loc["c"] = 0.7
        table.loc["c", "A.7"] = 0.5
        scores = score(framework, table)
        found = simulate(scores, load_spec(spec(WEIGHTS), framework), draws=20, seed=1)

        assert found.ranks["rank"].tolist() == scores.table["rank"].tolist() == [1.0, 2.5, 2.5]

    def test_progress_adds_up(self, scores, spec):
        """The progress reported sums to the draws."""
        done = []
        simulate(scores, load_spec(spec(WEIGHTS), scores.framework), draws=5000, progress=done.append)

        assert 5000 == sum(done)

    def test_a_constant_indicator_is_named(self, tiny, spec):
        """Where a choice cannot measure an indicator, the reader is told which."""
        framework = Framework.load(tiny)
        rng = np.random.default_rng(1)
        table = pd.DataFrame(rng.uniform(0.1, 0.9, (4, 7)), index=list("abcd"), columns=[i.id for i in framework.indicators])
        table["A.8"] = 30.0
        found = simulate(score(framework, table), load_spec(spec(CHOICES), framework), draws=50)

        assert "The indicator “Trained” is the same everywhere, so draws with minmax leave it out." == found.notices[0].en


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("factors", "words"),
        [
            ("- {id: w, kind: wieghts, spread: 0.25}\n", "wieghts"),
            ("- {id: w, kind: weights, spread: -0.1}\n", "`spread` is -0.1"),
            ("- {id: w, kind: weights, spread: 1}\n", "`spread` is 1"),
            ("- {id: w, kind: weights, spread: 0.2, levels: [pilar]}\n", "pilar"),
            ("- {id: norm, kind: normalisation, choices: []}\n", "`choices` is a list"),
            ("- {id: norm, kind: normalisation, choices: [zscor]}\n", "zscor"),
            (WEIGHTS + WEIGHTS, "appears twice"),
        ],
    )
    def test_faults_of_the_file(self, scores, spec, factors, words):
        """Unknown kinds, levels and methods, empty choices and noise out of range are named with file and line."""
        with pytest.raises(WorkbenchError) as caught:
            load_spec(spec(factors), scores.framework)

        fault = caught.value.faults[0]
        assert words in fault.problem
        assert fault.line is not None

    def test_a_level_the_framework_has_not(self, pair, spec):
        """A factor that touches a level that is not there is refused."""
        factors = "- {id: w, kind: weights, spread: 0.2, levels: [sub-pillar]}\n"
        with pytest.raises(WorkbenchError, match="the framework pair has no sub-pillar"):
            load_spec(spec(factors), pair.framework)

    @pytest.mark.parametrize(("draws", "seed"), [(0, 1), (-5, 1), (10, -1)])
    def test_no_draws_and_negative_seeds(self, scores, spec, draws, seed):
        """Zero draws are refused before anything runs."""
        with pytest.raises(WorkbenchError, match=r"`draws`|`seed`"):
            simulate(scores, load_spec(spec(WEIGHTS), scores.framework), draws=draws, seed=seed)
