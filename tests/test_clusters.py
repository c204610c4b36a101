"""Clusters against R's stats, cluster and mclust, invariants, known structure, and the words of what is refused."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy

from workbench import clusters
from workbench.errors import WorkbenchError
from workbench.refusals import Refused, attempt
from workbench.text import Text

SETS = ("attitude", "swiss", "iris")


@pytest.fixture(scope="module")
def r(shared):
    """Results of R 4.2.2 (stats, cluster 2.1.4, mclust 6.0.0), by data set."""
    return {name: json.loads((shared / f"r/dev_cluster_{name}.json").read_text())["results"] for name in SETS}


@pytest.fixture(scope="module")
def points(shared):
    """The data that R had, standardised by our own function."""
    frames = {name: pd.read_csv(shared / f"r/{name}.csv").select_dtypes("number") for name in SETS}
    return {name: clusters.standardised(frame) for name, frame in frames.items()}


def provinces(centres, size=15, spread=4.0, seed=0):
    """Units around *centres* (a list of pillar scores) and their index; ids out of order."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([np.array(centre) + spread * rng.normal(size=(size, len(centre))) for centre in centres])
    ids = rng.permutation([f"U{place:03d}" for place in range(len(rows))])
    frame = pd.DataFrame(rows, index=pd.Index(ids, name="unit"), columns=[f"P{9 - place}" for place in range(rows.shape[1])])
    return frame, frame.mean(axis=1).rename("index").sort_values()


THREE = ([20, 30, 25, 20], [50, 45, 50, 55], [80, 85, 75, 80])


class TestStandardised:
    @pytest.mark.parametrize("name", SETS)
    def test_equals_r(self, name, r, points):
        """
        Standardised scores equal R's `scale`, divisor n - 1.
        """
        assert points[name] == pytest.approx(np.array(r[name]["scaled"]["value"]["values"], float), rel=1e-9, abs=1e-12)


class TestWard:
    @pytest.mark.parametrize("name", SETS)
    def test_heights_equal_r(self, name, r, points):
        """
        Heights equal R's `hclust(method = "ward.D2")`.
        """
        tree = clusters.ward(points[name])

        assert tree[:, 2] == pytest.approx(r[name]["hclust_wardD2"]["value"]["height"], rel=1e-9, abs=1e-12)

    @pytest.mark.parametrize("name", ["attitude", "swiss"])
    def test_cuts_equal_r(self, name, r, points):
        """
        The tree cut into 2 to 8 gives R's partitions, up to the labels.
        """
        tree, wanted = clusters.ward(points[name]), r[name]["hclust_wardD2"]["value"]
        cuts = wanted["cut"]

        for k in range(2, 9):
            assert clusters.adjusted_rand(clusters.cut(tree, k), np.array(cuts[f"k{k}"])) == 1

    def test_cut_gives_as_many_clusters_as_asked_for_when_heights_tie(self):
        """
        Four corners of a square join at equal heights; a cut into three still gives three.
        """
        square = np.array([[0.0, 0], [0, 1], [5, 0], [5, 1]])

        assert [len(set(clusters.cut(clusters.ward(square), k))) for k in (1, 2, 3, 4)] == [1, 2, 3, 4]


class TestSilhouettes:
    @pytest.mark.parametrize("name", SETS)
    def test_equal_r(self, name, r, points):
        """
        Widths and their average equal R's `silhouette` of the same partition.
        """
        for k in range(2, 9):
            labels = np.array(r[name][f"kmeans_k{k}"]["value"]["cluster"])
            wanted = r[name][f"kmeans_k{k}_silhouette"]["value"]
            width, _ = clusters.silhouettes(points[name], labels)
            assert width == pytest.approx(wanted["widths"], rel=1e-9, abs=1e-12)
            assert width.mean() == pytest.approx(wanted["avg_width"], rel=1e-9)

    def test_a_unit_alone_has_width_0(self):
        """
        A cluster of one has no inside; its silhouette is 0 by definition.
        """
        width, nearest = clusters.silhouettes(np.array([[0.0], [1.0], [9.0]]), np.array([1, 1, 2]))

        assert width[2] == 0
        assert nearest.tolist() == [2, 2, 1]

    def test_identical_units_in_two_clusters_are_no_division_by_zero(self):
        """
        Units at one point, cut apart, have silhouette 0.
        """
        assert clusters.silhouettes(np.zeros((4, 2)), np.array([1, 1, 2, 2]))[0].tolist() == [0, 0, 0, 0]

    @pytest.mark.parametrize(
        ("width", "word"),
        [(0.71, "strong"), (0.7, "reasonable"), (0.51, "reasonable"), (0.5, "weak"), (0.26, "weak"), (0.25, "none")],
    )
    def test_reading(self, width, word):
        """
        Kaufman and Rousseeuw (1990), table 4: above .70 strong, above .50 reasonable, above .25 weak, else none.
        """
        assert clusters.silhouette_reading(width) == word


class TestAgreement:
    @pytest.mark.parametrize("name", ["attitude", "swiss"])
    def test_adjusted_rand_equals_r(self, name, r, points):
        """
        Agreement of k-means and Ward equals mclust's `adjustedRandIndex`.
        """
        frame = pd.DataFrame(points[name]).rename(index=str)
        found = clusters.cluster(frame, index=frame.sum(axis=1), counts=range(2, 7), seed=0)

        for k in range(2, 7):
            wanted = r[name]["adjusted_rand"]["value"][f"k{k}"]["kmeans_ward"]
            assert found.by_count.loc[k, "agreement"] == pytest.approx(wanted, rel=1e-9)
            assert found.by_count.loc[k, "kmeans"] == pytest.approx(r[name][f"kmeans_k{k}_silhouette"]["value"]["avg_width"])


class TestCluster:
    def test_recovers_three_kinds_of_province(self):
        """
        Three well separated kinds are found as three, by both methods, numbered by mean index.
        """
        frame, index = provinces(THREE)

        found = clusters.cluster(frame, index=index, seed=0)

        assert found.k == 3
        assert found.agreement == 1
        assert found.sizes.to_dict() == {1: 15, 2: 15, 3: 15}
        assert found.profiles["index"].is_monotonic_decreasing
        assert (found.labels[frame.index[frame["P9"] > 65]] == 1).all()
        assert (found.labels == found.ward_labels).all()
        assert found.notices == ()

    def test_no_structure_is_said(self):
        """
        Scores that shade into each other are not sold as clusters.
        """
        frame, index = provinces([[45] * 6], size=76, spread=10)

        found = clusters.cluster(frame, index=index, seed=0)

        assert found.average_silhouette < 0.25
        assert "no substantial cluster structure" in found.notices[0].en
        assert "ไม่พบโครงสร้างกลุ่มที่ชัดเจน" in found.notices[0].th

    def test_the_largest_silhouette_wins(self):
        """
        The chosen count is the one with the largest average silhouette of k-means among those asked for.
        """
        frame, index = provinces(THREE)

        found = clusters.cluster(frame, index=index, counts=[5, 2, 4], seed=0)

        assert found.by_count.index.tolist() == [2, 4, 5]
        assert found.k == found.by_count["kmeans"].idxmax()

    @given(st.permutations(range(45)), st.permutations(range(4)))
    def test_order_of_units_and_pillars_does_not_matter(self, rows, columns):
        """
        Labels go with units, whatever the order of rows and columns.
        """
        frame, index = provinces(THREE)
        straight = clusters.cluster(frame, index=index, counts=[3], seed=0)

        mixed = clusters.cluster(frame.iloc[list(rows), list(columns)], index=index, counts=[3], seed=0)

        assert mixed.labels.to_dict() == straight.labels.to_dict()
        assert mixed.by_count.loc[3].to_dict() == pytest.approx(straight.by_count.loc[3].to_dict())

    def test_units_of_measurement_do_not_matter(self):
        """
        Scores are standardised, so a pillar on another scale changes nothing.
        """
        frame, index = provinces(THREE)

        found = clusters.cluster(frame.assign(P9=frame["P9"] / 1000 + 7), index=index, counts=[2, 3, 4], seed=0)

        assert found.labels.equals(clusters.cluster(frame, index=index, counts=[2, 3, 4], seed=0).labels)

    def test_numbers_stay_when_the_seed_changes(self):
        """
        Cluster 1 is the one with the highest mean index, whatever the seed.
        """
        frame, index = provinces(THREE)

        labels = [clusters.cluster(frame, index=index, counts=[3], seed=seed).labels for seed in (0, 1, 99)]

        assert labels[0].equals(labels[1])
        assert labels[0].equals(labels[2])

    def test_index_is_matched_by_unit(self):
        """
        The index may come in any order.
        """
        frame, index = provinces(THREE)

        one, two = (
            clusters.cluster(frame, index=given, counts=[3], seed=0) for given in (index, index.sample(frac=1, random_state=4))
        )

        assert one.members.equals(two.members)

    def test_profiles_and_differences(self):
        """
        Profiles are means of the members; weighted by size the differences cancel.
        """
        frame, index = provinces(THREE)
        found = clusters.cluster(frame, index=index, seed=0)
        first = found.labels.index[found.labels == 1]

        assert found.profiles.loc[1, "P8"] == pytest.approx(frame.loc[first, "P8"].mean())
        assert found.differences.mul(found.sizes, axis=0).sum().to_numpy() == pytest.approx(np.zeros(5), abs=1e-9)

    def test_members_stand_by_cluster_and_index(self):
        """
        Members are listed by cluster, the highest index first.
        """
        frame, index = provinces(THREE)
        members = clusters.cluster(frame, index=index, seed=0).members

        assert members["cluster"].is_monotonic_increasing
        assert all(part["index"].is_monotonic_decreasing for _, part in members.groupby("cluster"))
        assert (members["neighbour"] != members["cluster"]).all()

    def test_tree_leaves_are_the_labels_units(self):
        """
        The tree's leaves stand in the order of `labels`, and cutting it gives `ward_labels`.
        """
        frame, index = provinces(THREE)
        found = clusters.cluster(frame, index=index, seed=0)

        assert hierarchy.is_valid_linkage(found.tree)
        assert len(found.tree) == len(found.labels) - 1
        assert clusters.adjusted_rand(clusters.cut(found.tree, found.k), found.ward_labels) == 1

    def test_units_without_a_pillar_are_listed_not_clustered(self):
        """
        A unit that lacks a pillar or the index is named with what it lacks; nothing is imputed.
        """
        frame, index = provinces(THREE)
        frame.loc["U003", ["P9", "P7"]] = np.nan
        index = index.drop("U007")

        found = clusters.cluster(frame, index=index, seed=0, labels={"U003": Text(th="น่าน", en="Nan")})

        assert found.not_clustered == {"U003": ("P9", "P7"), "U007": ("index",)}
        assert len(found.labels) == 43
        assert found.notices[-1].en == "Not clustered, because a score is missing: Nan, U007."

    def test_constant_and_empty_pillars_are_left_out_by_name(self):
        """
        A pillar on which all score the same cannot separate anything; it is left out and named.
        """
        frame, index = provinces(THREE)

        found = clusters.cluster(frame.assign(PX=40.0, PA=np.nan), index=index, seed=0)

        assert found.left_out == ("PX", "PA")
        assert "all units are the same or have no score: PA, PX" in found.notices[-1].en
        assert not found.profiles.isna().any(axis=None)

    def test_a_pillar_that_is_constant_among_complete_units_is_left_out(self):
        """
        A pillar that differs only in units that cannot be clustered is left out too.
        """
        frame, index = provinces(THREE)
        frame["PX"] = 40.0
        frame.loc["U003", ["PX", "P9"]] = [90.0, np.nan]

        assert clusters.cluster(frame, index=index, seed=0).left_out == ("PX",)

    def test_counts_that_are_too_many_are_left_out_and_said(self):
        """
        Five units cannot fall into five or more clusters; those counts are named, the rest is tried.
        """
        frame, index = provinces([[10, 20], [80, 70]], size=3)

        found = clusters.cluster(frame.iloc[:5], index=index, seed=0)

        assert found.by_count.index.tolist() == [2, 3, 4]
        assert "Only 5 units are clustered" in " ".join(notice.en for notice in found.notices)
        assert found.notices[-1].en == "Not tried, because too few units differ: 5, 6, 7, 8 clusters."

    def test_an_outlier_alone_is_said(self):
        """
        A cluster of one is pointed out.
        """
        frame, index = provinces([[40, 40, 40]], size=20, spread=2)
        frame.loc["ZZ"], index.loc["ZZ"] = [99.0, 99.0, 99.0], 99.0

        found = clusters.cluster(frame, index=index, counts=[2], seed=0)

        assert "single member" in " ".join(notice.en for notice in found.notices)
        assert found.labels["ZZ"] == 1

    def test_disagreement_of_the_methods_is_said(self):
        """
        Where Ward and k-means differ, the reader is told that membership depends on the method.
        """
        frame, index = provinces([[45] * 6], size=76, spread=10)

        words = " ".join(notice.en for notice in clusters.cluster(frame, index=index, seed=0).notices)

        assert "The two methods do not agree well (adjusted Rand index 0." in words


class TestAnyTable:
    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("start", range(0, 60, 20))
    def test_gives_whole_numbers_or_a_refusal(self, start):
        """
        Whatever the table, there are as many clusters as said and no NaN, or it is refused in words.
        """
        for seed in range(start, start + 20):
            rng = np.random.default_rng(seed)
            numbers = rng.normal(size=(rng.integers(1, 60), rng.integers(1, 7)))
            numbers = np.round(numbers) if rng.random() < 0.5 else numbers
            numbers[rng.random(numbers.shape) < rng.choice([0, 0.1, 0.6])] = np.nan
            numbers[:, rng.integers(numbers.shape[1])] = rng.choice([5, np.nan]) if rng.random() < 0.3 else 0.0
            frame = pd.DataFrame(numbers, index=[f"U{unit}" for unit in range(len(numbers))]).rename(columns="P{}".format)
            found = attempt(clusters.cluster, frame, index=frame.mean(axis=1), counts=[2, 3, 5], seed=seed)
            if found:
                assert found.labels.nunique() == found.ward_labels.nunique() == found.k, seed
                assert not any(part.isna().any(axis=None) for part in (found.members, found.profiles, found.by_count)), seed
            else:
                assert found.reasons


class TestTables:
    def test_have_every_unit_cluster_and_count(self):
        """
        The annex has a row for each unit, cluster and number of clusters, and no NaN.
        """
        frame, index = provinces(THREE)

        frames = clusters.tables(clusters.cluster(frame, index=index, counts=[2, 3], seed=0))

        assert {name: len(table) for name, table in frames.items()} == {
            "clusters": 45,
            "cluster_profiles": 3,
            "cluster_counts": 2,
        }
        assert frames["clusters"].columns.tolist() == ["unit", "cluster", "index", "silhouette", "neighbour", "ward"]
        assert frames["cluster_profiles"]["units"].sum() == 45
        assert not any(table.isna().any(axis=None) for table in frames.values())


class TestRefusals:
    def test_too_few_units(self):
        """
        Three units are refused in both languages, with how many it takes.
        """
        frame, index = provinces([[10, 20]], size=3)

        refusal = attempt(clusters.cluster, frame, index=index, seed=0)

        assert isinstance(refusal, Refused)
        assert str(refusal) == "Clusters are not possible: only 3 units have a score on every pillar, and it takes at least 4."
        assert "มีเพียง 3 หน่วย" in refusal.reasons[0].th

    @pytest.mark.parametrize("rows", [[[5.0, 5.0]] * 6, [[5.0, 5.0], [6.0, 7.0]] * 3])
    def test_identical_units(self, rows):
        """
        Units with one or two different patterns cannot be clustered; no table of NaN, no warning of a library.
        """
        frame = pd.DataFrame(rows, index=list("fdbace"), columns=["B", "A"])

        with pytest.raises(Refused, match="too few for the numbers of clusters asked for"):
            clusters.cluster(frame, index=frame.sum(axis=1), seed=0)

    def test_everything_missing(self):
        """
        Without a single pillar score there is nothing to cluster.
        """
        frame = pd.DataFrame(np.nan, index=list("abcdef"), columns=["A", "B"])

        with pytest.raises(Refused, match="only 0 units have a score on every pillar"):
            clusters.cluster(frame, index=pd.Series(1.0, index=frame.index), seed=0)

    def test_one_unit(self):
        """
        One unit is no group.
        """
        frame = pd.DataFrame([[1.0, 2.0]], index=["a"], columns=["A", "B"])

        with pytest.raises(Refused, match="Clusters are not possible"):
            clusters.cluster(frame, index=frame.sum(axis=1), seed=0)

    def test_bad_counts_and_repeated_units_are_all_named(self):
        """
        Every wrong count and every repeated unit is reported at once.
        """
        frame, index = provinces(THREE)
        frame = pd.concat([frame, frame.iloc[:1]])

        with pytest.raises(WorkbenchError) as caught:
            clusters.cluster(frame, index=index, counts=[1, 0, 3], seed=0)

        problems = [fault.problem for fault in caught.value.faults]
        assert problems[:2] == ["1 is no number of clusters.", "0 is no number of clusters."]
        assert problems[2] == f"unit `{frame.index[0]}` has more than one row."

    def test_no_counts(self):
        """
        An empty list of counts is a mistake, not an empty page.
        """
        frame, index = provinces(THREE)

        with pytest.raises(WorkbenchError, match="no number of clusters is given"):
            clusters.cluster(frame, index=index, counts=[], seed=0)
