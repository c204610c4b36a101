"""The engine: the kernel's ranks bit for bit, and the same bits whoever computes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from workbench.aggregation import index_scores, rank
from workbench.framework import Framework
from workbench.scoring import score
from workbench.survey import read_survey
from workbench.uncertainty import BLOCK, load_spec, simulate, variants
from workbench.uncertainty.draws import NARROW, _window
from workbench.uncertainty.engine import Engine
from workbench.uncertainty.ranking import sort_scores
from workbench.uncertainty.variants import WINDOW

WEIGHTS = "- {id: weights, kind: weights, spread: 0.25}\n"
MANY = WEIGHTS + (
    "- {id: normalisation, kind: normalisation, choices: [as_given, minmax, rank]}\n"
    "- {id: aggregation, kind: aggregation, choices: [arithmetic, geometric, harmonic]}\n"
    "- {id: imputation, kind: imputation, choices: [none, median]}\n"
    "- {id: treatment, kind: treatment, choices: [as_given, none, rule, winsorise]}\n"
    "- {id: out, kind: leave_out, level: indicator}\n"
    "- {id: goalposts, kind: goalposts, spread: 0.1, sets: 8}\n"
    "- {id: bands, kind: bands, spread: 3}\n"
)


def write(folder, factors):
    path = folder / "spec.yaml"
    path.write_text("label: {th: ก, en: a}\nfactors:\n" + factors, encoding="utf-8")
    return path


@pytest.fixture
def scores(tiny):
    """Nine units, some values missing, two units alike in everything."""
    framework = Framework.load(tiny)
    rng = np.random.default_rng(11)
    table = pd.DataFrame(
        rng.uniform(0.02, 0.9, (9, 7)), index=list("hgiafbecd"), columns=[indicator.id for indicator in framework.indicators]
    )
    table.loc["a", table.columns[:2]] = np.nan
    table.loc["b", table.columns[3]] = np.nan
    table.loc["c"] = table.loc["d"]
    return score(framework, table)


@pytest.fixture(scope="module")
def sample(root):
    framework = Framework.load(root / "params/framework/2559", workshops=[root / "params/workshops/2559-05-23.yaml"])
    return score(framework, read_survey(root / "data/sample/answers.xlsx", framework))


def same(one, other):
    pd.testing.assert_frame_equal(one.rank_shares, other.rank_shares, check_exact=True)
    pd.testing.assert_frame_equal(one.bands, other.bands, check_exact=True)
    pd.testing.assert_frame_equal(one.scores, other.scores, check_exact=True)
    if one.design_effects is not None:
        pd.testing.assert_frame_equal(one.design_effects, other.design_effects, check_exact=True)


RESAMPLED = WEIGHTS + (
    "- {id: aggregation, kind: aggregation, choices: [arithmetic, geometric]}\n"
    "- {id: normalisation, kind: normalisation, choices: [as_given, zscore]}\n"
    "- {id: respondents, kind: respondents, replicates: 96}\n"
)


class TestMatrices:
    def test_few_that_are_kept_give_the_same(self, sample, tmp_path, monkeypatch):
        """Matrices are made again when there is no room for all; none is gone while it is needed."""
        spec = load_spec(write(tmp_path, RESAMPLED), sample.framework)
        expected = simulate(sample, spec, draws=5 * BLOCK, seed=2)
        for kept in (1, 40 * sample.normalised.size * 8):
            monkeypatch.setattr(variants, "KEPT", kept)
            same(expected, simulate(sample, spec, draws=5 * BLOCK, seed=2))

    def test_every_set_is_used(self):
        """Early blocks go through all sets, many at a time; later ones through all, a few at a time."""
        for count in (40, 96, 512):
            cycle = -(-count // WINDOW)
            for first, last in ((0, cycle), (3 * cycle, 4 * cycle), (4 * cycle, 4 * cycle + -(-count // NARROW))):
                windows = [_window(block, count) for block in range(first, last)]
                used = {(begin + step) % count for begin, size in windows for step in range(size)}
                assert set(range(count)) == used
            assert NARROW == _window(4 * cycle, count)[1]

    def test_groups_of_another_mean_are_taken_together(self, sample, tmp_path):
        """Geometric means of arithmetic ones, and of their logarithms, in every order of the levels."""
        for levels in ("[index]", "[pillar]", "[index, pillar]", "[sub-pillar]", "[index, sub-pillar]"):
            factors = WEIGHTS + f"- {{id: a, kind: aggregation, choices: [geometric], levels: {levels}}}\n"
            engine = Engine(sample, load_spec(write(tmp_path, factors), sample.framework), 4)
            draws = engine.factors.block(0, 50)
            expected = TestTheKernelDecides().kernel(engine, draws)

            np.testing.assert_allclose(engine.results(draws)[0], expected, rtol=0, atol=1e-10)
            np.testing.assert_array_equal(engine.results(draws)[1], rank(expected))


class TestTheKernelDecides:
    def kernel(self, engine, draws):
        codes, settings = engine.factors.settings(draws)
        rows = []
        for number in range(draws.size):
            made = engine.variants.of(settings[codes[number]])
            weights = engine.factors.weights(draws, np.array([number]), made.plan.tree)[:, 0]
            with np.errstate(invalid="ignore", divide="ignore"):
                rows.append(index_scores(made.values, made.plan.tree, weights)[engine.stands])
        return np.array(rows)

    def test_every_draw_has_the_kernels_ranks(self, scores, tmp_path):
        """Whatever the factors, with gaps and ties, ranks are the kernel's and scores agree to the last digits."""
        engine = Engine(scores, load_spec(write(tmp_path, MANY), scores.framework), 3)
        draws = engine.factors.block(0, 400)
        expected = self.kernel(engine, draws)
        index, ranks = engine.results(draws)

        np.testing.assert_allclose(index, expected, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(ranks, rank(expected))

    def test_on_the_sample_with_respondents_resampled(self, sample, root):
        """The same for every factor that ships for the 2559 edition."""
        engine = Engine(sample, load_spec(root / "params/uncertainty/all.yaml", sample.framework), 1)
        draws = engine.factors.block(0, 100)
        expected = self.kernel(engine, draws)

        np.testing.assert_array_equal(engine.results(draws)[1], rank(expected))

    def test_every_factor_fixed_is_score(self, sample, tmp_path):
        """With one choice for every factor every figure is the published one, to the last bit."""
        fixed = (
            "- {id: norm, kind: normalisation, choices: [as_given]}\n- {id: a, kind: aggregation, choices: [as_given]}\n"
            "- {id: t, kind: treatment, choices: [as_given]}\n- {id: i, kind: imputation, choices: [as_given]}\n"
        )
        engine = Engine(sample, load_spec(write(tmp_path, fixed), sample.framework), 0)
        index, _ = engine.results(engine.factors.block(0, 3))
        found = simulate(sample, engine.spec, draws=5000)

        assert (index == sample.index[engine.units].to_numpy()).all()
        assert (found.ranks["rank_mean"] == found.ranks["rank"]).all()
        assert (found.bands.idxmax(axis=1) == sample.table.loc[engine.units, "band"]).all()

    def test_close_scores_are_handed_back(self):
        """Scores that differ in the last digits, tie or are missing are not decided by sorting."""
        table = np.array([[50.0, 40.0, 30.0], [50.0, 50.0, 30.0], [50.0, 50.0 + 1e-13, 30.0], [50.0, np.nan, 30.0]])
        found = sort_scores(table)

        assert [1, 2, 3] == found.close.tolist()
        assert [0, 1, 2] == found.order[0].tolist()

    def test_counts_are_those_of_the_ranks(self, scores, tmp_path):
        """Counting a block is the same as ranking every draw of it and counting."""
        spec = load_spec(write(tmp_path, MANY), scores.framework)
        engine = Engine(scores, spec, 7)
        ranks = engine.results(engine.factors.block(0, 1000))[1]
        found = simulate(scores, spec, draws=1000, seed=7)
        counts = [[(ranks[:, unit] == place).sum() for place in range(1, 10)] for unit in range(9)]

        np.testing.assert_array_equal(np.rint(found.rank_shares.to_numpy() * found.counted.to_numpy()[:, None]), counts)

    def test_bands_that_begin_at_tenths_are_counted_as_by_their_limits(self, sample, root):
        """The table of tenths gives the bands that comparing every index with every limit gives."""
        engine = Engine(sample, load_spec(root / "params/uncertainty/weights.yaml", sample.framework), 5)
        assert engine.edges is not None
        by_tenths = engine.tally(0).bands
        engine.edges = None

        np.testing.assert_array_equal(by_tenths, engine.tally(0).bands)

    def test_many_units(self, tiny, tmp_path):
        """Thousands of units are counted one by one and by smaller numbers, with the same shares and bands."""
        framework = Framework.load(tiny)
        columns = [indicator.id for indicator in framework.indicators]
        table = pd.DataFrame(np.random.default_rng(12).uniform(0.02, 0.9, (1100, 7)), columns=columns)
        scores = score(framework, table.set_axis([f"U{number}" for number in table.index]))
        engine = Engine(scores, load_spec(write(tmp_path, WEIGHTS), framework), 3)
        index, ranks = engine.results(engine.factors.block(0, 40))
        found = simulate(scores, engine.spec, draws=40, seed=3)

        np.testing.assert_allclose(found.ranks["rank_mean"], ranks.mean(axis=0))
        best = (index >= framework.bands[-1].minimum).mean(axis=0)
        np.testing.assert_allclose(found.bands[framework.bands[-1].id], best)

    @pytest.mark.parametrize("below", [True, False])
    def test_no_score_crosses_the_edge_of_a_band_by_rounding(self, below):
        """Ten times a score reaches an edge exactly where the score does: at every half point, and one number below."""
        edges = np.arange(1, 201) / 2.0
        scores = np.nextafter(edges, -np.inf) if below else edges

        np.testing.assert_array_equal((scores * 10.0).astype(np.int64), np.rint(edges * 10).astype(np.int64) - below)

    def test_leaving_out_equals_scoring_without(self, scores, tmp_path):
        """A draw that leaves an indicator out ranks as a framework without it."""
        spec = load_spec(write(tmp_path, "- {id: out, kind: leave_out, level: indicator}\n"), scores.framework)
        engine = Engine(scores, spec, 0)
        last = (len(engine.factors.elements) + 0.5) / (len(engine.factors.elements) + 1)
        index, _ = engine.results(engine.factors.draws({"out": np.array([[last]])}, 1))
        gone = scores.tree.indicators[-1]
        keep = replace(scores.tree, weights=np.where(np.array(scores.tree.nodes) == gone, 0.0, scores.tree.weights))

        np.testing.assert_array_equal(index[0], index_scores(scores.normalised.to_numpy(), keep))


class TestTheSameBits:
    @pytest.fixture
    def spec(self, scores, tmp_path):
        return load_spec(write(tmp_path, MANY), scores.framework)

    @pytest.mark.parametrize("workers", [2, 3])
    def test_threads(self, scores, spec, workers):
        """One, two and three threads give the same bits."""
        draws = 5 * BLOCK + 77
        same(simulate(scores, spec, draws=draws, seed=5, workers=1), simulate(scores, spec, draws=draws, seed=5, workers=workers))

    def test_processes(self, scores, spec):
        """So do processes."""
        draws = 3 * BLOCK
        with ProcessPoolExecutor(2) as pool:
            far = simulate(scores, spec, draws=draws, seed=5, executor=pool)
        same(simulate(scores, spec, draws=draws, seed=5, workers=1), far)

    def test_the_stop_rule_does_not_ask_who_computes(self, scores, spec):
        """It stops after the same draws for any number of workers, before the most it may take, and keeps its promise."""
        runs = [simulate(scores, spec, draws=200 * BLOCK, seed=2, until=0.5, workers=n) for n in (1, 2, 3)]

        same(runs[0], runs[1])
        same(runs[0], runs[2])
        assert runs[0].draws < 200 * BLOCK
        assert (runs[0].errors[["rank_p05", "rank_p95"]] <= 0.5).all().all()
