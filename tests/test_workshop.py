"""What a workshop changed, measured on the same data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.framework import Framework
from workbench.plots import workshop as charts
from workbench.scoring import score
from workbench.workshop import effects

FILE = """\
workshop:
  id: ws-1
  title: {th: การประชุม, en: Workshop}
  date: "2559-05-23"
  place: {th: กรุงเทพฯ, en: Bangkok}
amendments:
- id: a1
  parameter: Z.weight
  expect: 2
  to: 1
  reason: {th: เหตุผล, en: "<b>bold</b> reason"}
  raised_by: E01
  status: accepted
- id: a2
  parameter: Z.1.aggregation
  expect: geometric
  to: arithmetic
  reason: {th: เหตุผล, en: reason}
  raised_by: E02
  status: accepted
- id: a3
  parameter: bands.high.minimum
  expect: 70
  to: 60
  reason: {th: เหตุผล, en: reason}
  raised_by: E03
  status: declined
  answer: {th: ไม่รับ, en: Declined}
"""


@pytest.fixture
def framework(tiny, tmp_path):
    path = tmp_path / "ws.yaml"
    path.write_text(FILE, encoding="utf-8")
    return Framework.load(tiny, workshops=[path])


@pytest.fixture
def table(framework):
    rng = np.random.default_rng(4)
    ids = [indicator.id for indicator in framework.indicators]
    return pd.DataFrame(rng.uniform(0.02, 0.9, (8, 7)), index=list("hgfedcba"), columns=ids)


class TestEffects:
    def test_before_and_after_are_the_scores_of_both_frameworks(self, framework, table):
        """The two sides are what `score` gives for the edition and for the resolved framework."""
        changes = effects(framework, table)
        base, resolved = score(framework.base, table).table, score(framework, table).table

        pd.testing.assert_series_equal(changes.units["index_before"].sort_index(), base["index"].sort_index(), check_names=False)
        pd.testing.assert_series_equal(changes.units["rank_after"].sort_index(), resolved["rank"].sort_index(), check_names=False)
        assert (changes.units["rank_change"] == changes.units["rank_before"] - changes.units["rank_after"]).all()

    def test_each_amendment_alone(self, framework, table):
        """The first amendment alone makes both pillars weigh the same: the index is their plain mean."""
        changes = effects(framework, table)
        base = score(framework.base, table).table
        expected = ((base["Z"] + base["A"]) / 2 - base["index"]).mean()

        assert expected == pytest.approx(changes.amendments.loc["a1", "mean_index_change"])
        assert ("2.0", "1") == tuple(str(changes.amendments.loc["a1", name]) for name in ("before", "after"))

    def test_declined_ones_have_no_effect_and_stay_in_the_record(self, framework, table):
        """Their row has its reason and status, and no figures."""
        changes = effects(framework, table)

        assert "declined" == changes.amendments.loc["a3", "status"]
        assert changes.amendments.loc["a3", ["mean_index_change", "units_moved"]].isna().all()

    def test_without_a_workshop_nothing_changes(self, tiny, table):
        """Both sides are equal and there is no amendment."""
        changes = effects(Framework.load(tiny), table)

        assert changes.amendments.empty
        assert (changes.units["rank_change"] == 0).all()


class TestPages:
    def test_every_comment_is_answered(self, framework, table):
        """The table of answers holds every amendment with its outcome, text escaped."""
        html = charts.answers(effects(framework, table)).html("en")

        assert 3 == html.count('<th scope="row"')
        assert "declined" in html
        assert "&lt;b&gt;bold&lt;/b&gt; reason" in html
        assert "2 → 1" in html

    def test_charts_draw_in_both_languages(self, framework, table):
        """Shifts and movers are drawn, with their tables."""
        changes = effects(framework, table)
        for chart in (charts.shifts(changes), charts.movers(changes)):
            for language in ("th", "en"):
                assert "<svg" in chart.html(language)
