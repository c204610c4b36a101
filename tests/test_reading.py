"""What a score is made of: adds up exactly, then by hand, then the words."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.reading import contributions, correlations, difference, links, next_steps, stepless, strengths
from workbench.scoring import score

COLUMNS = ["Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "A.7"]

TREATED = """\
id: one
edition: "1"
title: {th: ก, en: One}
unit: {label: {th: ก, en: unit}, plural: {th: ก, en: units}}
method: {aggregation: arithmetic, normalisation: {method: minmax}}
bands: [{id: low, label: {th: ก, en: low}, minimum: 0}]
pillars:
- {id: z, column: z, label: {th: ก, en: Z}, weight: 1, treatment: log_range, reference: test}
- {id: a, column: a, label: {th: ก, en: A}, weight: 1, reference: test}
"""


@pytest.fixture
def scores(tiny):
    rng = np.random.default_rng(6)
    values = rng.uniform(0.05, 0.95, (30, 7)) * [1, 1, 1, 1, 4, 60, 0.1]
    table = pd.DataFrame(values, columns=COLUMNS, index=[f"u{i:02d}" for i in rng.permutation(30)])
    table.iloc[3, 4] = np.nan
    table.iloc[7, [0, 5]] = np.nan
    return score(Framework.load(tiny), table)


class TestAddsUp:
    def test_parts_of_every_score(self, scores):
        """The parts of each unit sum to its index to 1e-9, with arithmetic and geometric groups and gaps."""
        for unit in scores.table.index:
            assert scores.index[unit] == pytest.approx(contributions(scores, unit).sum(), abs=1e-9)

    def test_parts_of_every_difference(self, scores):
        """The parts of a lead sum to the difference, and turn round with it."""
        units = list(scores.table.index)
        for unit, other in zip(units, units[5:], strict=False):
            parts = difference(scores, unit, other)
            assert scores.index[unit] - scores.index[other] == pytest.approx(parts.sum(), abs=1e-9)
            turned = difference(scores, other, unit)
            assert parts.fillna(0).sum() == pytest.approx(-turned.fillna(0).sum(), abs=1e-9)

    def test_by_hand(self, scores):
        """In an arithmetic pillar a part is the share of the index times the score."""
        unit = scores.table.index[0]
        expected = scores.table.loc[unit, "A.9"] / 9

        assert expected == pytest.approx(contributions(scores, unit)["A.9"])

    def test_an_equal_pair_differs_in_nothing(self, scores):
        """A unit and itself."""
        unit = scores.table.index[0]

        assert 0.0 == pytest.approx(difference(scores, unit, unit).abs().sum())


class TestNextSteps:
    def test_the_gain_is_what_scoring_again_gives(self, scores, tiny):
        """Going one step up and scoring anew raises the index by the gain."""
        unit = scores.table.index[10]
        steps = next_steps(scores, unit)
        for indicator in ("Z.2.1", "A.8", "A.7"):
            moved = scores.values.copy()
            moved.loc[unit, indicator] = steps.loc[indicator, "then"]
            again = score(Framework.load(tiny), moved)
            assert again.index[unit] - scores.index[unit] == pytest.approx(steps.loc[indicator, "gain"], abs=1e-9)

    def test_largest_first_and_never_past_the_top(self, scores):
        """Gains descend; no value of points passes 1; less is better goes down."""
        steps = next_steps(scores, scores.table.index[0])

        assert steps["gain"].is_monotonic_decreasing
        assert (steps.loc[["Z.2.1", "Z.1.1"], "then"] <= 1).all()
        assert steps.loc["A.7", "then"] < steps.loc["A.7", "now"]

    def test_where_units_are_compared_the_others_are_there(self, scores, tiny):
        """An outranking of one unit alone would have no result, so no step."""
        path = tiny / "framework.yaml"
        path.write_text(path.read_text(encoding="utf-8") + "method: {aggregation: borda}\n", encoding="utf-8")
        ranked = score(Framework.load(tiny), scores.values)
        assert "borda" in ranked.tree.methods
        unit = ranked.table.index[10]
        steps = next_steps(ranked, unit)
        moved = scores.values.copy()
        moved.loc[unit, "A.8"] = steps.loc["A.8", "then"]

        again = score(Framework.load(tiny), moved)
        assert again.index[unit] - ranked.index[unit] == pytest.approx(steps.loc["A.8", "gain"], abs=1e-9)

    def test_a_step_of_a_treated_indicator_is_in_its_own_unit(self, tmp_path):
        """A tenth of the way from the lowest to the highest unit, not a tenth of the way between their logarithms."""
        path = tmp_path / "one.yaml"
        path.write_text(TREATED, encoding="utf-8")
        table = pd.DataFrame({"z": [3.0, 103.0, 23.0, 1003.0], "a": [2.0, 1.0, 3.0, 4.0]}, index=list("qjbx"))
        steps = next_steps(score(Framework.load(path), table), "b")

        assert 123.0 == pytest.approx(steps.loc["z", "then"])
        expected = 100 * np.log((120 + 10) / (20 + 10)) / np.log((1000 + 10) / 10) / 2
        assert expected == pytest.approx(steps.loc["z", "gain"])

    def test_numbers_by_rank_or_category_have_no_step_and_are_named(self, scores, tiny):
        """Left out with the reason, while questions with points keep their step; the others' gains are untouched."""
        path = tiny / "alpha.yaml"
        text = path.read_text(encoding="utf-8").replace("{method: goalposts, low: 0, high: 60}", "{method: rank}")
        text = text.replace("{method: goalposts, low: 0, high: 4}", "{method: categorical, cuts: [1, 2], points: [0, 50, 100]}")
        path.write_text(text, encoding="utf-8")
        ranked = score(Framework.load(tiny), scores.values)
        steps = next_steps(ranked, ranked.table.index[4])

        assert {"A.9": "category", "A.8": "rank"} == stepless(ranked)
        assert {} == stepless(scores)
        assert not {"A.8", "A.9"} & set(steps.index)
        assert {"Z.2.1", "A.7"} <= set(steps.index)


class TestStrengths:
    def test_best_and_worst_by_the_stated_rule(self, scores):
        """A score of 100 where nobody else has it is a strength; the lowest is a weakness; peers count too."""
        table = strengths(scores, scores.table.index[0])
        top = scores.table["Z.2.1"].idxmax()

        assert "strength" == strengths(scores, top).loc["Z.2.1", "reading"]
        assert "weakness" == strengths(scores, scores.table["Z.2.1"].idxmin()).loc["Z.2.1", "reading"]
        assert set(table["reading"]) <= {"strength", "weakness", ""}
        assert table["percentile"].dropna().between(0, 1).all()

    def test_an_unknown_peer_is_refused(self, scores):
        """By name."""
        with pytest.raises(WorkbenchError, match="peer `nobody` is unknown"):
            strengths(scores, scores.table.index[0], ["nobody"])


class TestCorrelations:
    def test_flags(self, tiny):
        """A copy is collinear, an opposite is negative."""
        rng = np.random.default_rng(1)
        base = rng.uniform(0.1, 0.9, 50)
        table = pd.DataFrame({name: base + rng.normal(0, 0.05, 50) for name in COLUMNS})
        table["A.8"] = 60 * table["A.9"] / 4
        table["A.7"] = 0.01 + 0.09 * base
        table["A.9"] = 4 * base
        table["A.8"] = 60 * base
        found = correlations(score(Framework.load(tiny), table))

        assert "collinear" == found.loc["A.9", "flag"]
        assert "negative" == found.loc["A.7", "flag"]


class TestLinks:
    def test_scipy_gives_the_correlation_and_the_interval_holds_it(self, scores):
        """Rho is SciPy's on the units that have both; the interval widens with fewer units."""
        from scipy.stats import spearmanr

        rng = np.random.default_rng(0)
        outside = pd.DataFrame({"income": scores.index + rng.normal(0, 5, 30), "flat": 1.0}, index=scores.index.index).iloc[::-1]
        found = links(scores, outside)
        both = pd.concat([scores.index, outside["income"]], axis=1)

        assert spearmanr(both["index"], both["income"]).statistic == pytest.approx(found.loc["income", "rho"])
        assert found.loc["income", "low"] < found.loc["income", "rho"] < found.loc["income", "high"]
        assert np.isnan(found.loc["flat", "rho"])

    def test_by_hand(self):
        """Ranks 2, 1, 4, 3, 5 against 1 to 5: rho = 1 - 6 * 4 / 120 = 0.8; half-width of z is 1.96 sqrt(1.32 / 2)."""
        units = list("edcba")
        stand_in = SimpleNamespace(index=pd.Series([1.0, 2, 3, 4, 5], index=units))
        row = links(stand_in, pd.DataFrame({"x": [20.0, 10, 40, 30, 50]}, index=units)).loc["x"]
        reach = 1.959964 * np.sqrt(1.32 / 2)

        assert [0.8, np.tanh(1.098612 - reach), np.tanh(1.098612 + reach), 5] == pytest.approx(row.tolist(), abs=1e-6)

    def test_real_provinces(self, shared, root):
        """The index over the province table goes with gross product per head, on 77 real provinces."""
        from workbench import read_indicators

        framework = Framework.load(root / "params/framework/province-context")
        path = shared / "province_context_2559.csv"
        outside = pd.read_csv(path, dtype={"iso_code": str}).set_index("iso_code")[
            ["gpp_per_capita_baht_2559", "population_2559"]
        ]
        found = links(score(framework, read_indicators(path, framework)), outside)

        assert 77 == found.loc["gpp_per_capita_baht_2559", "n"]
        assert found.loc["gpp_per_capita_baht_2559", "low"] > 0.5


class TestWhatIsRefused:
    def test_unknown_units(self, scores):
        """The nearest is named."""
        with pytest.raises(WorkbenchError, match="there is no unit `u0`"):
            contributions(scores, "u0")

    def test_outranking_has_no_parts(self, tiny):
        """A Copeland score is no sum."""
        path = tiny / "zeta.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("aggregation: geometric", "aggregation: copeland"), encoding="utf-8"
        )
        table = pd.DataFrame(np.random.default_rng(1).uniform(0.1, 0.9, (4, 7)), columns=COLUMNS, index=list("dcba"))
        with pytest.raises(WorkbenchError, match="has no parts that add up"):
            contributions(score(Framework.load(tiny), table), "a")
