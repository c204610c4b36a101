"""Pairs, groups, single changes and what would have to change: worked by hand, then invariants and errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.aggregation import index_scores, rank
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.scoring import score
from workbench.survey import read_survey
from workbench.uncertainty import load_spec, simulate
from workbench.uncertainty.changes import band_ranges, least_swap
from workbench.uncertainty.pairs import Pairs, pairwise
from workbench.uncertainty.what_if import leave_one_out, what_if

WEIGHTS = "label: {th: ก, en: a}\nfactors:\n- {id: weights, kind: weights, spread: 0.25}\n"


def framework_of(folder, rest=""):
    text = (
        'id: pair\nedition: "1"\ntitle: {th: ก, en: a}\nunit: {label: {th: ก, en: a}, plural: {th: ก, en: a}}\n'
        f"{rest}bands:\n- {{id: low, label: {{th: ก, en: a}}, minimum: 0}}\n- {{id: high, label: {{th: ก, en: a}}, minimum: 40}}\npillars:\n"
    )
    for name in ("other", "some"):
        text += (
            f"- {{id: {name}, label: {{th: ก, en: a}}, column: {name}, reference: r,"
            " normalisation: {method: goalposts, low: 0, high: 1}}\n"
        )
    path = folder / "pair.yaml"
    path.write_text(text, encoding="utf-8")
    return Framework.load(path)


@pytest.fixture
def pair(tmp_path):
    """`one` has 60 and 20, `two` 20 and 56: 40 against 38 with equal weights."""
    table = pd.DataFrame({"some": [0.6, 0.2], "other": [0.2, 0.56]}, index=["one", "two"])
    return score(framework_of(tmp_path), table)


@pytest.fixture
def spec(tmp_path, pair):
    path = tmp_path / "spec.yaml"
    path.write_text(WEIGHTS, encoding="utf-8")
    return load_spec(path, pair.framework)


@pytest.fixture(scope="module")
def sample(root):
    framework = Framework.load(root / "params/framework/2559")
    return score(framework, read_survey(root / "data/sample/answers.xlsx", framework))


class TestWhatMustChange:
    def test_the_least_swap_by_hand(self, pair):
        """Level where 60 w + 20 (1 - w) = 20 w + 56 (1 - w), w = 36/76: 1/2 - 36/76 of the weight moves."""
        found = least_swap(pair, "two", "one")

        assert found.possible
        assert 0.5 - 36 / 76 == pytest.approx(found.moved)
        assert 36 / 76 == pytest.approx(found.weights.loc["some", "needed"])
        level = found.weights["needed"] @ (pair.table.loc["one", ["other", "some"]] - pair.table.loc["two", ["other", "some"]])
        assert 0.0 == pytest.approx(level, abs=1e-9)

    def test_geometric_means_are_linear_in_logarithms(self, tmp_path):
        """At the weights found, both units have the same geometric mean."""
        table = pd.DataFrame({"some": [0.6, 0.2], "other": [0.2, 0.56]}, index=["one", "two"])
        scores = score(framework_of(tmp_path, "method: {aggregation: geometric}\n"), table)
        found = least_swap(scores, "one", "two")
        weights = np.append(found.weights.loc[["other", "some"], "needed"].to_numpy(), 1.0)
        index = index_scores(scores.normalised.to_numpy(), replace(scores.tree, weights=weights))

        assert index[0] == pytest.approx(index[1])

    def test_nothing_helps_where_the_rival_is_ahead_everywhere(self, tmp_path):
        """No weights put a unit in front of one that is better on every pillar."""
        table = pd.DataFrame({"some": [0.6, 0.2], "other": [0.7, 0.56]}, index=["one", "two"])
        found = least_swap(score(framework_of(tmp_path), table), "two", "one")

        assert not found.possible
        assert np.isnan(found.moved)

    def test_the_band_holds_between_the_ends(self, pair):
        """`one` has exactly 40: it keeps the upper band for any weight of `some` from a half."""
        found = band_ranges(pair, "one")

        assert [0.5, 0.5, 1.0] == pytest.approx(found.loc["some", ["given", "low", "high"]].tolist())
        assert [0.5, 0.0, 0.5] == pytest.approx(found.loc["other", ["given", "low", "high"]].tolist())

    def test_on_the_sample_the_ends_change_the_band(self, sample):
        """Just inside an end the band is the published one, just outside it is another."""
        unit = sample.table.index[30]
        minima = np.array([band.minimum for band in sample.framework.bands])
        own = np.searchsorted(minima, sample.index[unit], side="right")
        pillars = [node.id for node in sample.framework.pillars]
        row = sample.table.loc[unit, pillars].to_numpy(dtype=float)
        ends = 0
        for place, (_, line) in enumerate(band_ranges(sample, unit).loc[pillars].iterrows()):
            others = np.array([node.weight for node in sample.framework.pillars], dtype=float)
            others[place] = 0.0
            for end, step in ((line["low"], -1e-6), (line["high"], 1e-6)):
                if not 1e-3 < end < 1 - 1e-3:
                    continue
                ends += 1
                for share, same in ((end - step, True), (end + step, False)):
                    index = share * row[place] + (1 - share) * (row @ others) / others.sum()
                    assert same == (np.searchsorted(minima, index, side="right") == own)
        assert ends

    @pytest.mark.parametrize("unit", ["three", "on"])
    def test_unknown_units(self, pair, unit):
        """Named, with the nearest one."""
        with pytest.raises(WorkbenchError, match=f"there is no unit `{unit}`"):
            band_ranges(pair, unit)

    def test_other_means_are_refused(self, tmp_path):
        """Weights do not add up in a harmonic mean."""
        table = pd.DataFrame({"some": [0.6, 0.2], "other": [0.2, 0.56]}, index=["one", "two"])
        scores = score(framework_of(tmp_path, "method: {aggregation: harmonic}\n"), table)
        with pytest.raises(WorkbenchError, match="aggregated by `harmonic`"):
            least_swap(scores, "one", "two")


class TestPairs:
    def test_a_known_probability(self, pair, spec):
        """`two` wins with probability 0.3125 (see the test of ranks), and the shares of a pair add up to 1."""
        found = pairwise(pair, spec, draws=40_000, seed=1)

        assert found.beats.loc["two", "one"] == pytest.approx(0.3125, abs=2 * found.error)
        assert 1.0 == pytest.approx(found.beats.loc["two", "one"] + found.beats.loc["one", "two"])

    def test_it_counts_the_draws_of_simulate(self, pair, spec):
        """The same streams: of two units, beating the other is being first."""
        ranks = simulate(pair, spec, draws=5000, seed=3)

        np.testing.assert_array_equal(
            pairwise(pair, spec, draws=5000, seed=3).beats.loc["two", "one"], ranks.rank_shares.loc["two", 1]
        )

    def test_groups_by_hand(self):
        """a and b cannot be told apart; c is different from a; d is different from none in c's group."""
        beats = pd.DataFrame(
            [[0, 0.6, 0.99, 1.0], [0.4, 0, 0.7, 1.0], [0.01, 0.3, 0, 0.8], [0.0, 0.0, 0.2, 0]],
            index=list("abcd"),
            columns=list("abcd"),
        )
        found = Pairs(beats=beats, draws=100_000)

        assert [1, 1, 2, 2] == found.groups().tolist()
        assert found.different().loc["a", "c"]
        assert not found.different(0.995).loc["a", "c"]

    def test_few_draws_prove_nothing(self):
        """A share of 1 in ten draws is no proof."""
        beats = pd.DataFrame([[0, 1.0], [0.0, 0]], index=list("ab"), columns=list("ab"))

        assert not Pairs(beats=beats, draws=10).different().any().any()


class TestOneThingChanged:
    def test_each_row_is_scoring_with_it(self, sample):
        """Equal weights and the geometric mean give the shifts that the kernel gives."""
        found = what_if(sample).set_index(["kind", "choice"])
        known = sample.index.notna().to_numpy()
        published = sample.table["rank"][known].to_numpy(dtype=float)
        equal = rank(
            index_scores(sample.normalised[known].to_numpy(), replace(sample.tree, weights=np.ones(len(sample.tree.nodes))))
        )

        assert np.abs(equal - published).mean() == pytest.approx(found.loc[("weights", "equal"), "mean_rank_shift"])
        assert {"leave_out", "aggregation", "normalisation", "weights"} == set(found.index.get_level_values("kind"))
        assert len(sample.framework.pillars) == (found.index.get_level_values("kind") == "leave_out").sum()
        assert found["correlation"].between(0.5, 1).all()

    def test_indicators_and_respondents_left_out(self, sample):
        """One row for each, and leaving out a kind of respondent is scoring without its answers."""
        assert 50 == len(leave_one_out(sample))
        found = leave_one_out(sample, "respondent").set_index("choice")
        kept = sample.data.values[~sample.data.values.index.str.endswith("/A07")]
        units = sample.data.units[kept.index]
        means = kept.groupby(units).mean().reindex(sample.prepared.raw.index)
        from workbench.normalisation import normalise

        index = pd.Series(index_scores(normalise(means.to_numpy(), sample.ruler), sample.tree), index=means.index)
        known = sample.table.index[sample.index.notna().to_numpy()]
        shift = np.abs(rank(index[known].to_numpy()) - sample.table.loc[known, "rank"].to_numpy(dtype=float))

        assert 19 == len(found)
        assert shift.mean() == pytest.approx(found.loc["A07", "mean_rank_shift"], abs=0.06)

    def test_what_cannot_be_left_out(self, pair):
        """Unknown parts, and respondents of a table."""
        with pytest.raises(WorkbenchError, match="cannot be left out"):
            leave_one_out(pair, "band")
        with pytest.raises(WorkbenchError, match="have no respondents"):
            leave_one_out(pair, "respondent")
