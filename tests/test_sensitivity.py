"""Which choices matter: analytic answers and R's, all combinations by brute force, then invariants and errors."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.scoring import score
from workbench.uncertainty import load_spec, pawn, sensitivity
from workbench.uncertainty.variance import decompose, design, estimate

ANALYTIC = {"s1": [0.3139, 0.4424, 0.0], "st": [0.5576, 0.4424, 0.2437]}
"""Ishigami function, a = 7, b = 0.1: closed form (Ishigami, Homma 1990; Saltelli et al. 2008, Global Sensitivity Analysis)."""


def ishigami(x):
    return np.sin(x[0]) + 7.0 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


@pytest.fixture
def scores(tiny):
    framework = Framework.load(tiny)
    rng = np.random.default_rng(11)
    ids = [indicator.id for indicator in framework.indicators]
    table = pd.DataFrame(rng.uniform(0.02, 0.9, (9, 7)), index=list("hgiafbecd"), columns=ids)
    return score(framework, table)


@pytest.fixture
def load(tmp_path, scores):
    def read(factors):
        path = tmp_path / "spec.yaml"
        path.write_text("label: {th: ก, en: a}\nfactors:\n" + factors, encoding="utf-8")
        return load_spec(path, scores.framework)

    return read


DISCRETE = (
    "- {id: normalisation, kind: normalisation, choices: [as_given, minmax, zscore]}\n"
    "- {id: aggregation, kind: aggregation, choices: [arithmetic, geometric]}\n"
    "- {id: out, kind: leave_out, level: indicator}\n"
)
WEIGHTS = "- {id: weights, kind: weights, spread: 0.25}\n"


class TestKnownAnswers:
    def test_ishigami(self):
        """Indices of the Ishigami function are the analytic ones, and the intervals hold them."""
        uniform = design({"x1": 1, "x2": 1, "x3": 1}, 8192, seed=1)
        x = np.vstack([uniform[name] for name in ("x1", "x2", "x3")]) * 2 * np.pi - np.pi
        found = estimate(ishigami(x)[:, None], 3, seed=1)

        for name in ("s1", "st"):
            np.testing.assert_allclose(getattr(found, name)[:, 0], ANALYTIC[name], atol=0.01)
            assert (getattr(found, f"{name}_low")[:, 0] <= np.array(ANALYTIC[name]) + 0.005).all()
            assert (getattr(found, f"{name}_high")[:, 0] >= np.array(ANALYTIC[name]) - 0.005).all()

    def test_a_linear_model(self):
        """Of a sum of independent terms each factor explains its own share, alone and in total; groups add up."""
        sizes = {"one": 1, "pair": 2, "idle": 3}
        uniform = design(sizes, 4096, seed=0)
        runs = 3.0 * uniform["one"][0] + 2.0 * uniform["pair"][0] + 1.0 * uniform["pair"][1]
        found = estimate(runs[:, None], 3, seed=0)

        expected = np.array([9.0, 4.0 + 1.0, 0.0]) / 14.0
        np.testing.assert_allclose(found.s1[:, 0], expected, atol=0.01)
        np.testing.assert_allclose(found.st[:, 0], expected, atol=0.01)

    def test_a_single_factor_explains_everything(self, scores, load):
        """Its indices are 1: nothing else varies."""
        found = sensitivity(scores, load(WEIGHTS), samples=256).table

        np.testing.assert_allclose(found[["s1", "st"]], 1.0, atol=0.1)

    def test_total_indices_equal_rs(self, shared):
        """On the samples of R's `soboljansen` the sums of squared differences are R's."""
        results = json.loads((shared / "r/dev_sobol_ishigami.json").read_text(encoding="utf-8"))["results"]
        first, last = (np.loadtxt(shared / f"r/sobol_ishigami_X{n}.csv", delimiter=",", skiprows=1) for n in (1, 2))
        first, last = first[:, -3:], last[:, -3:]
        runs = [ishigami(first.T)]
        for factor in range(3):
            mixed = first.copy()
            mixed[:, factor] = last[:, factor]
            runs.append(ishigami(mixed.T))
        runs.append(ishigami(last.T))
        table = np.stack(runs, axis=1)
        found = estimate(table.reshape(-1, 1), 3, seed=0, resamples=2)
        n = len(first)
        both = np.concatenate([runs[0], runs[-1]]).var()
        ours = found.st[:, 0] * both * (2 * n) / (2 * n - 1) / runs[0].var(ddof=1)

        np.testing.assert_allclose(ours, [results["soboljansen"]["value"]["T"][f"X{i}"] for i in (1, 2, 3)], rtol=1e-9)

    def test_estimators_equal_salibs(self):
        """On the same runs SALib gives the same indices."""
        from SALib.analyze import sobol

        uniform = design({"x1": 1, "x2": 1, "x3": 1}, 256, seed=3)
        runs = ishigami(np.vstack(list(uniform.values())) * 2 * np.pi - np.pi)
        problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0.0, 1.0]] * 3}
        theirs = sobol.analyze(problem, runs, calc_second_order=False, seed=1)
        ours = estimate(runs[:, None], 3, seed=1)

        # SALib centres by the mean of all runs, which the first-order estimator feels a little.
        np.testing.assert_allclose(ours.st[:, 0], theirs["ST"], atol=0.02)
        np.testing.assert_allclose(ours.s1[:, 0], theirs["S1"], atol=0.05)

    def test_all_combinations_equal_brute_force(self, scores, load):
        """Exact indices are those computed from `score`-like loops over every combination."""
        spec = load(DISCRETE)
        found = sensitivity(scores, spec)
        from workbench.aggregation import index_scores, rank
        from workbench.normalisation import fit, normalise

        framework, values = scores.framework, scores.values.to_numpy()
        inside = [g for g in scores.tree.groups if framework.level(g) in {"index", "pillar"}]
        grid = np.zeros((3, 2, 8))
        for (i, method), (j, mean), k in itertools.product(
            enumerate(["as_given", "minmax", "zscore"]), enumerate(["arithmetic", "geometric"]), range(8)
        ):
            ruler = scores.ruler if method == "as_given" else fit(values, framework.indicators, method)
            normalised = normalise(values, ruler)
            weights = scores.tree.weights.copy()
            if k:
                weights[k - 1] = 0.0
                for group, children in enumerate(scores.tree.children[:-1]):
                    if not weights[list(children)].any():
                        weights[7 + group] = 0.0
            with np.errstate(invalid="ignore", divide="ignore"):
                index = index_scores(normalised, scores.tree.with_methods(dict.fromkeys(inside, mean)), weights)
            grid[i, j, k] = np.abs(rank(index) - scores.table["rank"].to_numpy(dtype=float)).mean()
        variance = grid.var()
        s1 = [grid.mean(axis=(1, 2)).var() / variance, grid.mean(axis=(0, 2)).var() / variance]
        total = [grid.var(axis=0).mean() / variance, grid.var(axis=1).mean() / variance, grid.var(axis=2).mean() / variance]

        assert found.exact
        assert 48 == found.runs
        np.testing.assert_allclose(found.table["s1"][:2], s1, rtol=1e-12)
        np.testing.assert_allclose(found.table["st"], total, rtol=1e-12)
        assert (found.table["s1"] == found.table["s1_low"]).all()


class TestInvariants:
    def test_columns_are_the_contract(self, scores, load):
        """One row per factor, first order and total with intervals around them."""
        found = sensitivity(scores, load(WEIGHTS + DISCRETE), samples=64)

        assert ["factor", "s1", "s1_low", "s1_high", "st", "st_low", "st_high"] == list(found.table.columns)
        assert ["weights", "normalisation", "aggregation", "out"] == found.table["factor"].tolist()
        assert (found.table["st_low"] <= found.table["st_high"]).all()
        assert not found.table.isna().any().any()
        assert not found.units.isna().any().any()
        assert 64 * 6 == found.runs

    def test_estimates_approach_the_exact_indices(self, scores, load):
        """The design's estimates agree with all combinations to within their own error."""
        exact = sensitivity(scores, load(DISCRETE)).table
        grouped = load(DISCRETE + "groups: {normalisation: [normalisation]}\n")
        found = sensitivity(scores, grouped, samples=2048).table.set_index("factor").loc[exact["factor"]].reset_index()

        assert not sensitivity(scores, grouped, samples=2).exact
        np.testing.assert_allclose(found["st"], exact["st"], atol=0.06)
        np.testing.assert_allclose(found["s1"], exact["s1"], atol=0.06)

    def test_what_does_not_vary_has_no_indices(self):
        """A constant output gives zeros, never NaN."""
        assert not decompose(np.full((2, 3, 1), 0.1)).st.any()
        assert not estimate(np.full((16 * 4, 1), 0.1), 2, seed=0).st.any()

    def test_a_failed_run_is_counted(self):
        """One failed run costs its base row, not the indices."""
        uniform = design({"a": 1, "b": 1}, 64, seed=1)
        runs = (uniform["a"] + uniform["b"]).T
        runs[5] = np.nan
        found = estimate(runs, 2, seed=1)

        assert 1 == found.left_out
        assert not np.isnan(found.s1).any()
        np.testing.assert_allclose(found.st[:, 0], [0.5, 0.5], atol=0.1)

    def test_pawn_tells_the_idle_factor_apart(self, scores, load):
        """What moves ranks lies above the noise; moved band limits lie below."""
        found = pawn(scores, load(DISCRETE + "- {id: bands, kind: bands, spread: 2}\n"), size=512).set_index("factor")

        assert found.loc["normalisation", "maximum"] > found.loc["normalisation", "noise"]
        assert found.loc["bands", "median"] < found.loc["bands", "noise"]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("samples", "seed", "words"), [(1000, 0, "a power of 2"), (0, 0, "a power of 2"), (64, -1, "`seed` is -1")]
    )
    def test_settings(self, scores, load, samples, seed, words):
        """Sizes and seeds that a design cannot have."""
        with pytest.raises(WorkbenchError, match=words):
            sensitivity(scores, load(WEIGHTS), samples=samples, seed=seed)
