"""Every factor of uncertainty does what its name says, and what cannot be is refused by file and line."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.sampling import standard_errors
from workbench.score_errors import survey_design
from workbench.scoring import score
from workbench.survey import read_indicators, read_survey
from workbench.uncertainty import load_spec, simulate
from workbench.uncertainty.engine import Engine

WEIGHTS = "- {id: weights, kind: weights, spread: 0.25}\n"


@pytest.fixture
def load(tmp_path):
    def read(factors, framework, head=""):
        path = tmp_path / "spec.yaml"
        path.write_text(f"label: {{th: ก, en: a}}\n{head}factors:\n" + factors, encoding="utf-8")
        return load_spec(path, framework)

    return read


@pytest.fixture
def scores(tiny):
    framework = Framework.load(tiny)
    rng = np.random.default_rng(11)
    ids = [indicator.id for indicator in framework.indicators]
    return score(framework, pd.DataFrame(rng.uniform(0.02, 0.9, (9, 7)), index=list("hgiafbecd"), columns=ids))


@pytest.fixture(scope="module")
def sample(root):
    framework = Framework.load(root / "params/framework/2559", workshops=[root / "params/workshops/2559-05-23.yaml"])
    return score(framework, read_survey(root / "data/sample/answers.xlsx", framework))


class TestPublished:
    def test_asem_at_nominal(self, shared, root, load):
        """With every choice as given the ranks of the 51 countries are those published with COINr."""
        framework = Framework.load(root / "params/framework/asem")
        scores = score(framework, read_indicators(shared / "asem" / "ASEM_iData.csv", framework))
        fixed = "- {id: norm, kind: normalisation, choices: [as_given]}\n- {id: mean, kind: aggregation, choices: [as_given]}\n"
        found = simulate(scores, load(fixed, framework), draws=50)
        published = pd.read_csv(shared / "asem" / "asem_aggregated_ranks.csv", keep_default_na=False).set_index("uCode")["Index"]

        assert 51 == len(found.ranks)
        pd.testing.assert_series_equal(
            found.ranks["rank_median"].sort_index().astype(int), published.sort_index().astype(int), check_names=False
        )


class TestDistributions:
    def shares(self, scores, spec, group):
        engine = Engine(scores, spec, 1)
        drawn = engine.factors.weights(engine.factors.block(0, 4000), np.arange(4000), scores.tree)
        inside = list(scores.tree.children[group])
        return drawn[inside] / drawn[inside].sum(axis=0)

    def test_ignorance_is_uniform_on_the_simplex(self, scores, load):
        """Of k weights each share has mean 1/k and variance (k - 1) / (k^2 (k + 1)) (Dirichlet with ones)."""
        spec = load("- {id: weights, kind: weights, distribution: ignorance}\n", scores.framework)
        found = self.shares(scores, spec, -1)
        size = len(found)

        np.testing.assert_allclose(found.mean(axis=1), 1 / size, atol=0.02)
        np.testing.assert_allclose(found.var(axis=1), (size - 1) / (size**2 * (size + 1)), rtol=0.1)

    def test_dirichlet_is_centred_on_the_given_weights(self, scores, load):
        """Means are the given shares p, variances p (1 - p) / (c + 1)."""
        spec = load("- {id: weights, kind: weights, distribution: dirichlet, concentration: 20}\n", scores.framework)
        found = self.shares(scores, spec, -1)
        given = scores.tree.weights[list(scores.tree.children[-1])]
        given = given / given.sum()

        np.testing.assert_allclose(found.mean(axis=1), given, atol=0.01)
        np.testing.assert_allclose(found.var(axis=1), given * (1 - given) / 21, rtol=0.12)

    def test_experts_of_a_workshop(self, sample, load, root):
        """The record of a workshop gives the very draws that its points, written out, give."""
        record = pd.read_csv(root / "params/workshops/2559-05-23-ratings.csv")
        points = record[record["sheet"] == "points"].pivot_table(
            index="item", columns="expert", values="value", aggfunc=lambda one: float(one.iloc[0])
        )
        factor = "- {id: weights, kind: weights, levels: [pillar], distribution: experts, "
        taken = load(f"{factor}workshop: ws-2559-05-23}}\n", sample.framework)
        written = load(f"{factor}ratings: {points.to_dict()}}}\n".replace("'", ""), sample.framework)

        assert 14 == len(taken.factors[0].ratings)
        one, other = (simulate(sample, spec, draws=300, seed=4) for spec in (taken, written))
        pd.testing.assert_frame_equal(one.ranks, other.ranks, check_exact=True)

    def test_a_workshop_without_ratings(self, sample, load):
        """A workshop that is not of the run, and levels that nobody rated."""
        factor = "- {id: weights, kind: weights, distribution: experts, "
        with pytest.raises(WorkbenchError, match="there is no workshop `ws-2559` with a record of ratings"):
            load(f"{factor}levels: [pillar], workshop: ws-2559}}\n", sample.framework)
        with pytest.raises(WorkbenchError, match="0 experts of `ws-2559-05-23` rated every element"):
            load(f"{factor}levels: [sub-pillar], workshop: ws-2559-05-23}}\n", sample.framework)
        with pytest.raises(WorkbenchError, match="stands in place of `ratings`"):
            load(f"{factor}ratings: {{E1: {{P1: 1}}}}, workshop: ws-2559-05-23}}\n", sample.framework)

    def test_experts_are_resampled(self, scores, load):
        """Two experts: a quarter of the draws has each alone, half has their mean."""
        pillars = [node.id for node in scores.framework.pillars]
        ratings = [", ".join(f"{name}: {value}" for name in pillars) for value in (1, 3)]
        text = (
            "- {id: weights, kind: weights, levels: [pillar], distribution: experts, "
            f"ratings: {{E1: {{{ratings[0]}}}, E2: {{{ratings[1]}}}}}}}\n"
        )
        engine = Engine(scores, load(text, scores.framework), 1)
        drawn = engine.factors.weights(engine.factors.block(0, 4000), np.arange(4000), scores.tree)
        first = drawn[scores.tree.nodes.index(pillars[0])]

        assert {1.0, 2.0, 3.0} == set(first)
        assert (first == 2.0).mean() == pytest.approx(0.5, abs=0.03)

    def test_respondents_have_the_sampling_error(self, sample, load):
        """The spread of the index over resampled surveys is the linearised standard error of `score`."""
        spec = load("- {id: who, kind: respondents, replicates: 512}\n", sample.framework)
        found = simulate(sample, spec, draws=20_000, seed=4)
        errors = sample.table.loc[found.scores.index, "index_se"].astype(float)
        whole = errors < 1e-9
        ratio = (found.scores["index_sd"] / errors)[errors.notna() & ~whole]

        assert len(ratio) > 60
        assert (found.scores["index_sd"][whole] < 1e-6).all()
        assert ratio.median() == pytest.approx(1.0, abs=0.06)
        assert ratio.between(0.75, 1.3).all()

    def test_the_means_of_respondents_too(self, sample, load):
        """And so is that of every indicator's mean, before any aggregation."""
        spec = load("- {id: who, kind: respondents, replicates: 512}\n", sample.framework)
        engine = Engine(sample, spec, 4)
        plan = survey_design(sample.data)
        surveys = np.concatenate([engine.variants._survey(sample, first) for first in range(0, 512, 32)])
        errors = standard_errors(plan, sample.data.values[sample.prepared.raw.columns])
        errors = errors[plan.units.get_indexer(sample.prepared.raw.index)]
        spread = surveys.std(axis=0)
        some = (errors > 1e-6) & ~np.isnan(spread)

        assert some.sum() > 2500
        assert np.median(spread[some] / errors[some]) == pytest.approx(1.0, abs=0.05)

    def test_amendments_turned_round(self, sample, load):
        """An amendment taken back alone is scoring without it."""
        spec = load("- {id: ws, kind: amendments, only: [a01]}\n", sample.framework)
        found = simulate(sample, spec, draws=500).effects
        base = sample.framework
        without = base.with_workshops(
            tuple(
                one.model_copy(
                    update={
                        "amendments": tuple(
                            item.model_copy(update={"status": "declined" if item.id == "a01" else item.status})
                            for item in one.amendments
                        )
                    }
                )
                for one in base.workshops
            )
        )
        shift = (score(without, sample.data).table["rank"] - sample.table["rank"]).dropna().astype(float).abs()

        assert ["a01"] == found["choice"].tolist()
        assert shift.mean() == pytest.approx(found["mean_rank_shift"].iloc[0])

    def test_editions(self, sample, root, load):
        """The edition without its workshop is a choice like any other."""
        spec = load(f"- {{id: ed, kind: edition, frameworks: ['{root / 'params/framework/2559'}']}}\n", sample.framework)
        found = simulate(sample, spec, draws=500).effects
        other = score(Framework.load(root / "params/framework/2559"), sample.data)
        shift = (other.table["rank"] - sample.table["rank"]).dropna().astype(float).abs()

        assert shift.mean() == pytest.approx(found["mean_rank_shift"].iloc[1])

    def test_moved_band_limits_move_no_rank(self, scores, load):
        """Bands change, ranks do not; with no spread at all the band is the published one."""
        found = simulate(scores, load("- {id: bands, kind: bands, spread: 40}\n", scores.framework), draws=2000)

        assert (found.ranks["rank_p05"] == found.ranks["rank_p95"]).all()
        assert ((found.bands > 0).sum(axis=1) > 1).any()
        np.testing.assert_allclose(found.bands.sum(axis=1), 1.0)


class TestFigures:
    def test_any_interval_and_the_top(self, scores, load):
        """Wider intervals hold narrower ones; the shares of all places add up."""
        found = simulate(scores, load(WEIGHTS, scores.framework), draws=3000, seed=1)
        narrow, wide = found.interval(0.5), found.interval(0.99)

        assert (wide["low"] <= narrow["low"]).all()
        assert (wide["high"] >= narrow["high"]).all()
        np.testing.assert_allclose(found.top(9), 1.0)
        assert found.top(3).sum() == pytest.approx(3.0)

    def test_the_error_shrinks_as_the_root_of_the_draws(self, scores, load):
        """Sixteen times the draws, a quarter of the error; and repeated runs differ by about as much as it says."""
        spec = load(WEIGHTS, scores.framework)
        small, large = (simulate(scores, spec, draws=size, seed=1).errors["rank_mean"] for size in (1000, 16_000))
        means = np.array([simulate(scores, spec, draws=500, seed=seed).ranks["rank_mean"] for seed in range(20)])
        claimed = simulate(scores, spec, draws=500, seed=1).errors["rank_mean"].to_numpy() / 1.96

        np.testing.assert_allclose(small[large > 0] / large[large > 0], 4.0, rtol=0.25)
        moved = claimed > 0.003
        assert moved.any()
        assert 0.6 < np.median(means.std(axis=0, ddof=1)[moved] / claimed[moved]) < 1.6


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("factors", "words"),
        [
            ("- {id: w, kind: weights}\n", "`spread` is missing"),
            ("- {id: w, kind: weights, distribution: ignorance, spread: 0.2}\n", "take no `spread`"),
            ("- {id: w, kind: weights, distribution: dirichlet}\n", "`concentration` is missing"),
            ("- {id: w, kind: weights, distribution: experts, ratings: {E1: {P9: 1}}}\n", "rated `P9`"),
            ("- {id: who, kind: respondents, replicates: 1}\n", "`replicates` is 1"),
            ("- {id: ws, kind: amendments}\n", "comes without a workshop"),
            ("- {id: ed, kind: edition, frameworks: [params/framework/1999]}\n", "there is no framework params/framework/1999"),
            ("- {id: cut, kind: bands, spread: -1}\n", "`spread` is -1"),
            (
                "- {id: a, kind: weights, spread: 0.2}\n- {id: b, kind: weights, levels: [pillar], spread: 0.1}\n",
                "belong to two factors",
            ),
            ("- {id: imp, kind: imputation, choices: [guess]}\n", "guess"),
        ],
    )
    def test_by_file_and_line(self, scores, load, factors, words):
        """Whatever does not fit is named before anything is drawn."""
        with pytest.raises(WorkbenchError) as caught:
            load(factors, scores.framework)

        assert any(words in fault.problem for fault in caught.value.faults)
        assert all(fault.line is not None for fault in caught.value.faults)

    def test_a_table_has_no_respondents(self, root, load):
        """Resampling needs a survey."""
        framework = Framework.load(root / "params/framework/egdi")
        with pytest.raises(WorkbenchError, match="has no respondents"):
            load("- {id: who, kind: respondents}\n", framework)

    def test_failing_draws_are_counted_and_stop_the_run(self, scores, load, tmp_path, root):
        """An edition that the data cannot be scored with: stopped past the stated share, else counted and named."""
        edition = f"- {{id: ed, kind: edition, frameworks: ['{root / 'params/framework/2559'}']}}\n"
        with pytest.raises(WorkbenchError, match="draws could not be computed: edition") as caught:
            simulate(scores, load(edition, scores.framework), draws=1000)
        found = simulate(scores, load(edition, scores.framework, head="max_failed: 0.6\n"), draws=1000)

        assert "at most 5% of the draws" == caught.value.faults[0].allowed
        assert 400 < sum(found.failed.values()) < 600
        np.testing.assert_allclose(found.rank_shares.sum(axis=1), 1.0)
        assert any("could not be computed" in notice.en for notice in found.notices)
