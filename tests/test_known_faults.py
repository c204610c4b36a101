"""Faults that other tools for composite indicators have been seen with; each is a test here."""

import numpy as np
import pandas as pd
import pytest

from workbench import Framework, WorkbenchError, score
from workbench.means import combine
from workbench.uncertainty import load_spec, simulate
from workbench.weighting import optimised

HEAD = """\
id: faults
edition: "1"
title: {th: ก, en: Faults}
unit: {label: {th: ก, en: unit}, plural: {th: ก, en: units}}
"""
PILLARS = """\
bands: [{id: low, label: {th: ก, en: low}, minimum: 0}]
pillars:
- {id: z, column: z, label: {th: ก, en: Z}, weight: 3, normalisation: {method: minmax}, reference: test}
- {id: a, column: a, label: {th: ก, en: A}, weight: 1, normalisation: {method: minmax}, reference: test}
- {id: m, column: m, label: {th: ก, en: M}, weight: 1, normalisation: {method: minmax}, reference: test}
"""


def framework(tmp_path, method="{aggregation: arithmetic}", pillars=PILLARS, extra=""):
    path = tmp_path / "faults.yaml"
    path.write_text(f"{HEAD}method: {method}\n{extra}{pillars}", encoding="utf-8")
    return Framework.load(path)


@pytest.fixture
def values():
    rng = np.random.default_rng(8)
    return pd.DataFrame(rng.uniform(1, 9, (9, 3)), index=[f"u{n}" for n in rng.permutation(9)], columns=["a", "m", "z"])


def test_a_constant_indicator_is_named_not_nan(tmp_path, values):
    """Elsewhere it becomes NaN that spreads, or vanishes."""
    with pytest.raises(WorkbenchError, match="indicator `m` is 4 in every unit"):
        score(framework(tmp_path), values.assign(m=4.0))


def test_copeland_does_not_depend_on_the_order_of_rows_and_the_unmeasured_beats_nobody(tmp_path, values):
    """Elsewhere the order of rows decides, and a unit without any value wins."""
    values.loc["u3"] = np.nan
    loaded = framework(tmp_path, "{aggregation: copeland}")
    table = score(loaded, values).table
    turned = score(loaded, values[::-1]).table

    pd.testing.assert_frame_equal(table, turned.loc[table.index])
    assert np.isnan(table.loc["u3", "index"])
    assert "u3" == table.index[-1]


def test_optimised_weights_reach_the_element_they_were_made_for():
    """Elsewhere they are matched by position against the alphabet, and may be negative."""
    values = pd.DataFrame(np.random.default_rng(2).normal(50, 9, (500, 3)), columns=["a", "m", "z"])
    first = optimised(values, {"z": 0.6, "a": 0.1, "m": 0.3})
    second = optimised(values[["z", "m", "a"]], {"m": 0.3, "z": 0.6, "a": 0.1})

    np.testing.assert_allclose(first.influence[["z", "a", "m"]], [0.6, 0.1, 0.3], atol=0.01)
    pd.testing.assert_series_equal(first.weights.sort_index(), second.weights.sort_index(), rtol=1e-4)
    assert (first.weights >= 0).all()


@pytest.mark.parametrize(
    "method", ["arithmetic", "geometric", "harmonic", "power(2)", "mazziotta_pareto", "ordered(2)", "borda", "copeland"]
)
def test_every_mean_has_the_same_rule_for_missing_values(method):
    """Elsewhere one mean drops what is missing and another returns missing."""
    one, two = np.array([40.0, 50.0, np.nan, 70.0]), np.array([30.0, np.nan, np.nan, 90.0])
    enough = np.isnan(combine(method, [one, two], [3.0, 1.0], minimum_coverage=0.5))
    strict = np.isnan(combine(method, [one, two], [3.0, 1.0], minimum_coverage=0.9))

    assert [False, False, True, False] == enough.tolist()
    assert [False, True, True, False] == strict.tolist()


def test_an_unknown_step_is_an_error_before_anything_runs(tmp_path):
    """Elsewhere it is skipped in silence."""
    with pytest.raises(WorkbenchError, match="imputatoin"):
        framework(tmp_path, extra="preparation: {imputatoin: {method: mean}}\n")


def test_a_forced_treatment_is_done_though_the_indicator_needs_none(tmp_path, values):
    """Elsewhere it is ignored when the indicator passes the test."""
    forced = PILLARS.replace("id: a, column: a, ", "id: a, column: a, treatment: log_one, ")
    loaded = framework(
        tmp_path, pillars=forced, extra="preparation: {treatment: {skewness: 2, kurtosis: 3.5, points: 5, fallback: log_range}}\n"
    )
    points = score(loaded, values).prepared.treated.points

    assert {"a"} == set(points["indicator"])
    assert len(values) == len(points)


def test_logarithms_of_zero_and_geometric_means_of_zero_are_defined(tmp_path, values):
    """Elsewhere min-max data are refused because of their own zero; here a stated floor holds."""
    table = score(framework(tmp_path, "{aggregation: geometric, geometric_floor: 1}"), values).table

    assert (0.0 == table[["a", "m", "z"]].min()).all()
    assert (table["index"] >= 1.0).all()


def test_every_step_from_raw_to_score_is_kept(tmp_path, values):
    """Elsewhere the direction is applied without a trace, and users think the result wrong."""
    turned = framework(tmp_path, pillars=PILLARS.replace("id: a, column: a, ", "id: a, column: a, direction: negative, "))
    scores = score(turned, values)

    assert scores.prepared.raw.loc[values.index, "a"].tolist() == values["a"].tolist()
    assert 100.0 == scores.normalised.loc[values["a"].idxmin(), "a"]
    assert 0.0 == scores.normalised.loc[values["a"].idxmax(), "a"]


def test_seed_zero_is_a_seed(tmp_path, root, values):
    """Elsewhere it means a random one."""
    loaded = framework(tmp_path)
    spec = load_spec(root / "params/uncertainty/weights.yaml", loaded)
    one, two, other = (simulate(score(loaded, values), spec, draws=500, seed=seed).rank_shares for seed in (0, 0, 1))

    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_the_list_of_options_is_whole():
    """Elsewhere the message drops one."""
    with pytest.raises(WorkbenchError) as caught:
        combine("arithmetical", [np.ones(2)], [1.0])
    for name in ("arithmetic", "geometric", "harmonic", "power(p)", "mazziotta_pareto", "ordered(a)", "borda", "copeland"):
        assert name in caught.value.faults[0].allowed


def test_groups_have_rules_of_their_own_and_levels_may_be_skipped(tmp_path, values):
    """Elsewhere levels are consecutive, with one aggregation each."""
    pillars = """\
bands: [{id: low, label: {th: ก, en: low}, minimum: 0}]
pillars:
- {id: z, column: z, label: {th: ก, en: Z}, weight: 1, normalisation: {method: minmax}, reference: test}
- id: g
  label: {th: ก, en: G}
  weight: 1
  aggregation: harmonic
  children:
  - {id: a, column: a, label: {th: ก, en: A}, weight: 1, normalisation: {method: minmax}, reference: test}
  - {id: m, column: m, label: {th: ก, en: M}, weight: 1, normalisation: {method: minmax}, reference: test}
"""
    table = score(framework(tmp_path, "{aggregation: arithmetic, geometric_floor: 1}", pillars), values).table
    a, m = (np.maximum(table[name], 1.0) for name in "am")

    np.testing.assert_allclose(table["g"], 2 / (1 / a + 1 / m))
    np.testing.assert_allclose(table["index"], (table["z"] + table["g"]) / 2)


def test_leaving_an_indicator_out_changes_no_score_of_the_others(tmp_path, values):
    """Elsewhere everything is treated anew."""
    without = "".join(line + "\n" for line in PILLARS.splitlines() if "id: a," not in line)
    all_of_them = score(framework(tmp_path), values).normalised
    fewer = score(framework(tmp_path, pillars=without), values).normalised

    pd.testing.assert_frame_equal(all_of_them.loc[values.index, ["z", "m"]], fewer.loc[values.index, ["z", "m"]])
