"""Charts of clusters: findings in titles, honest weakness, drawings for five units and for hundreds."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from workbench.clusters import cluster
from workbench.framework import Framework
from workbench.indicators import Indicators
from workbench.plots import clusters as charts
from workbench.scoring import score
from workbench.text import LANGUAGES

FRAMEWORK = """\
id: three
edition: "2016"
title: {th: สามด้าน, en: Three pillars}
unit: {label: {th: ประเทศ, en: country}, plural: {th: ประเทศ, en: countries}}
bands:
- {id: all, label: {th: ทั้งหมด, en: All}, minimum: 0}
pillars:
"""
PILLAR = """\
- id: %s
  label: {th: ด้าน%s, en: Pillar %s}
  normalisation: {method: goalposts, low: 0, high: 100}
  column: %s
  reference: test
"""


def scores_of(tmp_path, centres, size, spread=4.0, seed=0):
    """Scores of units around *centres* on three pillars, with Thai names."""
    path = tmp_path / "three.yaml"
    path.write_text(FRAMEWORK + "".join(PILLAR % ((name,) * 4) for name in ("c", "a", "b")), encoding="utf-8")
    framework = Framework.load(path)
    rng = np.random.default_rng(seed)
    rows = np.clip(np.concatenate([np.array(centre) + spread * rng.normal(size=(size, 3)) for centre in centres]), 0, 100)
    units = pd.Index([f"U{place:03d}" for place in range(len(rows))], name="unit")
    names = pd.DataFrame({"th": [f"จังหวัดที่ {unit}" for unit in units], "en": [f"Place {unit}" for unit in units]}, index=units)
    values = pd.DataFrame(rows, index=units, columns=["c", "a", "b"])
    return score(framework, Indicators(values=values, names=names, synthetic=True, source="", fingerprint=""))


THREE = ([20, 30, 25], [50, 45, 50], [80, 85, 75])


@pytest.fixture
def scores(tmp_path):
    return scores_of(tmp_path, THREE, 12)


def clustered(scores, **rest):
    return cluster(scores.pillars, index=scores.index, seed=0, **rest)


def everything(clusters, scores):
    return [function(clusters, scores) for function in (charts.counts, charts.tree, charts.profiles, charts.members)]


class TestEveryItem:
    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("size", [2, 25, 70])
    def test_is_well_formed_html_without_missing_cells(self, language, size, tmp_path):
        """
        Six, 75 and 210 units render as well-formed HTML in both languages, no cell "not measured".
        """
        scores = scores_of(tmp_path, THREE, size)
        for item in everything(clustered(scores, counts=[2, 3, 4]), scores):
            html = item.html(language)
            ET.fromstring(f"<div>{html}</div>".replace(" xlink:href", " href"))  # noqa: S314  (our own)
            assert "not measured" not in html
            assert "ไม่มีข้อมูล" not in html

    def test_says_that_data_are_synthetic(self, scores):
        """
        Subtitles carry the edition and the word synthetic.
        """
        for chart in everything(clustered(scores), scores)[:3]:
            assert chart.subtitle.en.endswith("edition 2016 · synthetic data")


class TestCounts:
    def test_strong_clusters_are_called_clear(self, scores):
        """
        Well separated units fall clearly into three, with the silhouette as the number.
        """
        found = clustered(scores)

        assert (
            charts.counts(found, scores).title.en
            == f"The countries fall clearly into 3 clusters (average silhouette {found.average_silhouette:.2f})"
        )

    def test_weakness_is_in_the_title(self, tmp_path):
        """
        A cloud of units is said to form no clear clusters, or weak ones: never plain "clusters".
        """
        scores = scores_of(tmp_path, [[45, 50, 50]], 76, spread=10)
        title = charts.counts(clustered(scores, counts=[3, 4, 5]), scores).title

        assert "form no clear clusters" in title.en or "but weakly" in title.en
        assert "ไม่แบ่งเป็นกลุ่มชัดเจน" in title.th or "แต่ยังอ่อน" in title.th

    def test_the_table_has_both_methods(self, scores):
        """
        The table has the average silhouettes of both methods and their agreement for every count.
        """
        frame = charts.counts(clustered(scores), scores).table.frame("en")

        assert frame.columns.tolist() == ["Clusters", "k-means", "Ward", "Agreement of the two", "Smallest cluster"]
        assert frame["Clusters"].tolist() == [2, 3, 4, 5, 6, 7, 8]


class TestTree:
    def test_agreement_is_in_the_title(self, scores):
        """
        The title says how far the two methods agree, in words and as a number.
        """
        assert (
            charts.tree(clustered(scores), scores).title.en
            == "Ward's tree gives nearly the same 3 clusters as k-means (adjusted Rand 1.00)"
        )

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_unit_is_named(self, language, scores):
        """
        Up to a hundred units stand in the figure by name, and all stand in the table.
        """
        chart = charts.tree(clustered(scores), scores)
        drawing = chart.svg(language)

        for name in scores.names.values():
            assert name.get(language) in drawing
        assert len(chart.table.frame(language)) == 36

    def test_large_trees_show_their_main_branches(self, tmp_path):
        """
        Of 210 units the figure shows forty branches with their sizes, which sum to all; the table has every unit.
        """
        scores = scores_of(tmp_path, THREE, 70)
        chart = charts.tree(clustered(scores, counts=[3]), scores)

        assert chart.subtitle.en.startswith("Main branches of the tree of 210 countries")
        assert chart.figure("en").get_size_inches()[1] < 10
        assert len(chart.table.frame("en")) == 210

    def test_the_highest_stand_on_top(self, scores):
        """
        Branches stand in the order of their mean index.
        """
        from workbench.plots.tree import _leaves, _tree

        found = clustered(scores)
        order = [found.labels.index[leaf.units[0]] for leaf in _leaves(_tree(found))]

        assert found.labels[order].is_monotonic_increasing


class TestProfiles:
    def test_title_has_first_and_last_cluster_and_the_pillar(self, scores):
        """
        The title has the mean index of the first and last cluster and the pillar in which they differ most.
        """
        found = clustered(scores)
        index = found.profiles["index"]
        gap = (found.profiles.iloc[0] - found.profiles.iloc[-1])[["a", "b", "c"]].abs().idxmax()
        means = f"Cluster 1 has a mean index of {index.iloc[0]:.1f}, cluster 3 of {index.iloc[-1]:.1f}"

        assert charts.profiles(found, scores).title.en == f"{means}; they differ most in Pillar {gap}"

    def test_the_table_ends_with_the_mean_of_all(self, scores):
        """
        The last row is the mean of all clustered units.
        """
        frame = charts.profiles(clustered(scores), scores).table.frame("en")

        assert frame.iloc[-1, 0] == "Mean of all"
        assert frame.iloc[-1, 1] == 36
        assert frame["Pillar a"].iloc[-1] == pytest.approx(scores.pillars["a"].mean())

    def test_eight_clusters_are_in_two_rows(self, scores):
        """
        Eight panels stand in two rows of four.
        """
        figure = charts.profiles(clustered(scores, counts=[8]), scores).figure("th")

        assert len(figure.axes) == 8
        assert len({round(axes.get_position().y0, 3) for axes in figure.axes}) == 2


class TestMembers:
    def test_names_are_bilingual_and_every_unit_is_there(self, scores):
        """
        Every unit is listed under its name, with cluster, index, silhouette and next cluster.
        """
        table = charts.members(clustered(scores), scores)

        assert set(table.frame("th")["ประเทศ"]) == {name.th for name in scores.names.values()}
        assert table.frame("en")["Cluster"].tolist() == [1] * 12 + [2] * 12 + [3] * 12
        assert table.caption.en.startswith("Members of the 3 clusters (12 + 12 + 12 units); 0 stand at a border")
