"""Faults that other tools for composite indicators have been seen with; each is a test here."""

import ast
import os
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from workbench import Framework, WorkbenchError, score
from workbench.checks import coverage, indicator_statistics, screen
from workbench.exploring import Choice, Explorer
from workbench.means import combine
from workbench.results import result_sheets
from workbench.transforms import TRANSFORMS
from workbench.uncertainty import leave_one_out, load_spec, sensitivity, simulate
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


def test_a_failed_run_spoils_no_index_and_is_counted(tmp_path, values):
    """Elsewhere one failed run turns every Sobol index into NaN, uncounted."""
    other = tmp_path / "other.yaml"
    other.write_text(
        f"{HEAD}method: {{aggregation: arithmetic}}\n{PILLARS.replace('id: z, column: z,', 'id: q, column: q,')}",
        encoding="utf-8",
    )
    loaded = framework(tmp_path)
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "label: {th: ก, en: A}\nmax_failed: 0.6\nfactors:\n"
        f"- {{id: edition, kind: edition, frameworks: ['{other}']}}\n"
        "- {id: mean, kind: aggregation, choices: [arithmetic, geometric]}\n",
        encoding="utf-8",
    )
    found = sensitivity(score(loaded, values), load_spec(spec, loaded), samples=64)

    assert found.failed > 0
    assert np.isfinite(found.table[["s1", "st"]].to_numpy()).all()
    assert found.table.set_index("factor").loc["mean", "st"] > 0


@pytest.mark.parametrize(
    "step", ["preparation: {imputatoin: {method: mean}}", "preparation: {treatment: {fallback: logg}}", "steps: [x]"]
)
def test_an_unknown_step_is_an_error_before_anything_runs(tmp_path, step):
    """Elsewhere it is skipped in silence."""
    word = re.findall(r"imputatoin|logg|steps", step)[0]
    with pytest.raises(WorkbenchError, match=word):
        framework(tmp_path, extra=f"{step}\n")


def test_no_command_asks_a_question(tmp_path, root, values):
    """Elsewhere a question on the console stops a run that nobody watches: here nobody reads the console, even at a clash."""
    framework(tmp_path)
    values.rename_axis("unit").to_csv(tmp_path / "table.csv")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "note.txt").write_text("mine", encoding="utf-8")
    scoring = ["score", "--framework", "faults.yaml", "--indicators", "table.csv", "--out", "out"]
    for command, code in ((scoring, 0), (scoring, 0), (["new", "taken", "--from", "faults.yaml"], 2)):
        with subprocess.Popen(
            [sys.executable, "-c", "from workbench.cli import main; main()", *command],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,  # open and silent: whoever reads it waits for ever
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                assert code == process.wait(timeout=60), process.stderr.read().decode()
            finally:
                process.kill()
    assert "mine" == (tmp_path / "taken" / "note.txt").read_text(encoding="utf-8")
    asking = {"input", "confirm", "prompt", "getpass", "raw_input"}
    for path in (root / "workbench").rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
        assert not asking & {getattr(call, "id", getattr(call, "attr", "")) for call in calls}, path


def test_a_forced_treatment_is_done_though_the_indicator_needs_none(tmp_path, values):
    """Elsewhere it is ignored when the indicator passes the test."""
    forced = PILLARS.replace("id: a, column: a, ", "id: a, column: a, treatment: log_one, ")
    loaded = framework(
        tmp_path, pillars=forced, extra="preparation: {treatment: {skewness: 2, kurtosis: 3.5, points: 5, fallback: log_range}}\n"
    )
    points = score(loaded, values).prepared.treated.points

    assert {"a"} == set(points["indicator"])
    assert len(values) == len(points)


def test_shares_say_of_what_and_agree(tmp_path):
    """Elsewhere a share is taken over all rows in one place and over the rows that have a value in another."""
    # Of eight units: `a` has 1 1 1 2 and four gaps, `m` one gap, `z` none; the last unit has nothing but z.
    column = [1.0, 1.0, np.nan, 1.0, np.nan, 2.0, np.nan, np.nan]
    table = pd.DataFrame({"a": column, "m": [*np.arange(7.0), np.nan], "z": np.arange(8.0)}, index=list("hgfedcba"))
    found = indicator_statistics(table)

    assert [0.5, 0.125, 0.0] == found["share_missing"].tolist()  # of all units
    assert 0.75 == found.loc["a", "most_common_share"]  # of the four that have a value
    equal = framework(tmp_path, "{aggregation: arithmetic, minimum_coverage: 0.1}", PILLARS.replace("weight: 3", "weight: 1"))
    scores = score(equal, table)
    by_unit = pd.Series(coverage(table.to_numpy()), index=table.index)
    # One rule, seen from the indicators and from the units; the same shares in the scores and in the screening.
    assert by_unit.mean() == pytest.approx(1 - found["share_missing"].mean())
    pd.testing.assert_series_equal(scores.table["coverage"].loc[table.index], by_unit, check_names=False)
    kept, dropped = screen(table, 2 / 3)
    assert list("hgfedcb") == list(kept.index)
    assert [1 / 3] == dropped["coverage"].tolist()
    # A unit without any value is one more of all units, and none of those that have one.
    more = indicator_statistics(pd.concat([table, pd.DataFrame(np.nan, index=["i"], columns=table.columns)]))
    assert [5 / 9, 2 / 9, 1 / 9] == pytest.approx(more["share_missing"].tolist())
    assert found["most_common_share"].equals(more["most_common_share"])


def test_geometric_means_of_zero_are_defined(tmp_path, values):
    """Elsewhere min-max data are refused because of their own zero; here a stated floor holds, or a scale from 1 to 100."""
    table = score(framework(tmp_path, "{aggregation: geometric, geometric_floor: 1}"), values).table
    assert (0.0 == table[["a", "m", "z"]].min()).all()
    by_hand = np.exp((np.log(table[["z", "a", "m"]].clip(lower=1)) * [3, 1, 1]).sum(axis=1) / 5)
    np.testing.assert_allclose(table["index"], by_hand)

    raised = PILLARS.replace("{method: minmax}", "{method: minmax, range: [1, 100]}")
    for floor in ("0.001", "1"):  # nothing lies below 1, so no floor is felt
        table = score(framework(tmp_path, f"{{aggregation: geometric, geometric_floor: {floor}}}", raised), values).table
        assert (1.0 == table[["a", "m", "z"]].min()).all()
        assert (100.0 == table[["a", "m", "z"]].max()).all()
        np.testing.assert_allclose(table["index"], np.exp((np.log(table[["z", "a", "m"]]) * [3, 1, 1]).sum(axis=1) / 5))


@pytest.mark.parametrize("method", TRANSFORMS)
def test_logarithms_of_zero_are_defined(tmp_path, values, method):
    """Elsewhere a treatment by logarithms refuses or loses the zero: every offset here takes it, in the same order."""
    zero = values.assign(a=[0.0, 1, 2, 3, 5, 8, 13, 400, 21])
    loaded = framework(tmp_path, pillars=PILLARS.replace("id: a, column: a, ", f"id: a, column: a, treatment: {method}, "))
    found = score(loaded, zero).normalised.loc[zero.index, "a"]

    assert [0.0, 100.0] == [found.min(), found.max()]
    assert found.rank().tolist() == zero["a"].rank().tolist()


@pytest.mark.parametrize(
    ("method", "pillars", "offered"),
    [
        ("{aggregation: geometric, geometric_floor: 0}", PILLARS, "range: [1, 100]"),
        (
            "{aggregation: geometric}",
            PILLARS.replace("method: minmax", "method: goalposts, low: 0, high: 9, transform: log"),
            "raise `low`",
        ),
    ],
)
def test_what_a_zero_breaks_is_refused_with_the_way_out(tmp_path, method, pillars, offered):
    """Elsewhere the error does not say what would work."""
    with pytest.raises(WorkbenchError) as caught:
        framework(tmp_path, method, pillars)
    assert any(offered in fault.fix for fault in caught.value.faults), caught.value


def test_every_step_from_raw_to_score_is_kept(tmp_path, values):
    """Elsewhere the direction is applied without a trace, and users think the result wrong."""
    rule = "preparation: {imputation: {method: mean}}\n"
    changed = PILLARS.replace("id: a, column: a, ", "id: a, column: a, direction: negative, treatment: log_one, ")
    values.iloc[2, 1] = np.nan
    scores = score(framework(tmp_path, pillars=changed, extra=rule), values)
    a, steps = values["a"], scores.prepared

    pd.testing.assert_series_equal(steps.raw.loc[values.index, "a"], a, check_names=False)
    assert np.isnan(steps.raw.loc[values.index[2], "m"])
    assert values["m"].mean() == pytest.approx(steps.untreated.loc[values.index[2], "m"])
    np.testing.assert_allclose(steps.values.loc[values.index, "a"], np.log(a - a.min() + 1))
    # The direction turns scores only: raw, filled and treated values rise with what was measured.
    treated = np.log(a - a.min() + 1)
    np.testing.assert_allclose(scores.normalised.loc[values.index, "a"], 100 * (1 - treated / treated.max()))
    names = {sheet.name for sheet in result_sheets(scores)}
    assert {"raw", "imputed", "treated", "normalised"} <= names


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


def test_a_change_of_weights_prepares_and_treats_nothing_again(tmp_path, values, monkeypatch):
    """Elsewhere removing an element reruns everything, the treatment of outliers included."""
    values.iloc[4] = [400.0, 500.0, 600.0]  # outliers, so that there is a treatment to repeat
    rule = "preparation: {treatment: {skewness: 1, kurtosis: 1, points: 2}}\n"
    full = score(framework(tmp_path, extra=rule), values)
    without = "".join(line + "\n" for line in PILLARS.splitlines() if "id: a," not in line)
    expected = score(framework(tmp_path, pillars=without, extra=rule), values)
    heavier = score(framework(tmp_path, pillars=PILLARS.replace("weight: 3", "weight: 7"), extra=rule), values)
    assert {"z", "m"} <= set(full.prepared.treated.points["indicator"])

    def again(*_, **__):
        pytest.fail("prepared or treated again")

    for name in ("scoring.prepare", "preparation.prepare", "preparation._treated", "treatment.treat"):
        monkeypatch.setattr(f"workbench.{name}", again)
    explorer = Explorer(full, draws=50)
    for choice, target in ((Choice(weights={"a": 0}), expected), (Choice(weights={"z": 7}), heavier)):
        found = explorer.look(choice)
        np.testing.assert_allclose(found["index"], target.index.loc[found.index], rtol=1e-12)
    moved = leave_one_out(full).set_index("choice")
    before, after = full.table["rank"].astype(float), expected.table["rank"].astype(float)
    assert moved.loc["a", "mean_rank_shift"] == pytest.approx((before - after.reindex(before.index)).abs().mean())
