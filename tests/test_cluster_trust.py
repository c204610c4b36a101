"""How far clusters can be trusted: against R's cluster, fpc and mclust, known structure, noise, and the words."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from workbench import clusters
from workbench.clusters import explain
from workbench.clusters.mixtures import mixtures
from workbench.clusters.partition import cluster
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.plots import cluster_details as charts
from workbench.plots import cluster_map
from workbench.refusals import Refused, attempt
from workbench.scoring import score
from workbench.survey import read_survey
from workbench.text import LANGUAGES, Text

SETS = ("attitude", "swiss", "iris")


@pytest.fixture(scope="module")
def r(shared):
    """Results of R 4.2.2 (cluster 2.1.4, fpc, mclust 6.0.0), by data set."""
    return {name: json.loads((shared / f"r/dev_cluster_{name}.json").read_text())["results"] for name in SETS}


@pytest.fixture(scope="module")
def points(shared):
    """The data that R had, standardised."""
    frames = {name: pd.read_csv(shared / f"r/{name}.csv").select_dtypes("number") for name in SETS}
    return {name: clusters.standardised(frame) for name, frame in frames.items()}


def cloud(n=80, width=5, seed=0, together=0.6):
    """One stretched normal cloud: pillars that go together, no clusters."""
    rng = np.random.default_rng(seed)
    return np.sqrt(together) * rng.normal(size=(n, 1)) + np.sqrt(1 - together) * rng.normal(size=(n, width))


def clouds(seed=0, size=25):
    """Three clouds far apart in four dimensions, and which is which."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0, 0, 0, 0], [5, 0, 5, 0], [0, 5, 0, 5]], float)
    truth = np.repeat([0, 1, 2], size)
    return centres[truth] + rng.normal(size=(3 * size, 4)), truth


def frame_of(values):
    """Scores and index of units with ids out of order."""
    ids = pd.Index([f"U{(7 * place) % len(values):03d}" for place in range(len(values))], name="unit")
    scores = pd.DataFrame(50 + 10 * values, index=ids, columns=[f"P{9 - place}" for place in range(values.shape[1])])
    return scores, scores.mean(axis=1)


class TestMedoids:
    @pytest.mark.parametrize("name", SETS)
    @pytest.mark.parametrize("k", range(2, 9))
    def test_equal_pam(self, name, k, r, points):
        """
        Medoids, partition and objective equal R's `pam`.
        """
        wanted = r[name][f"pam_k{k}"]["value"]
        labels, places, mean = clusters.medoids(points[name], k)

        assert mean == pytest.approx(wanted["objective_swap"], rel=1e-9)
        if sorted(places + 1) == sorted(wanted["id_med"]):
            assert clusters.adjusted_rand(labels, np.array(wanted["cluster"])) == 1

    def test_words(self):
        """
        More clusters than units are refused with what is allowed.
        """
        with pytest.raises(WorkbenchError, match="3 units cannot be put into 4 clusters"):
            clusters.medoids(np.eye(3), 4)


class TestMixtures:
    @pytest.mark.parametrize("name", SETS)
    def test_one_cloud_equals_mclust(self, name, r, points):
        """
        BIC of one cloud equals mclust's in all four shapes (there with the other sign).
        """
        found = mixtures(points[name], [2], seed=0, floor=1e-9).bic.loc[1]
        wanted = dict(
            zip(r[name]["mclust_bic"]["value"]["BIC"]["cols"], r[name]["mclust_bic"]["value"]["BIC"]["values"][0], strict=True)
        )

        for ours, theirs in (("spherical", "VII"), ("diag", "VVI"), ("tied", "EEE"), ("full", "VVV")):
            assert -found[ours] == pytest.approx(wanted[theirs], rel=1e-6)

    def test_iris_equals_mclust(self, r, points):
        """
        On iris the two clouds that mclust chooses have its BIC.
        """
        table = r["iris"]["mclust_bic"]["value"]["BIC"]
        found = mixtures(points["iris"], [2], seed=0, floor=1e-6).bic

        assert -found.loc[2, "full"] == pytest.approx(table["values"][1][table["cols"].index("VVV")], abs=0.1)

    def test_one_cloud_is_an_answer(self):
        """
        BIC chooses three clouds where there are three, and one where there is one.
        """
        three, single = (
            clusters.mixtures(clusters.standardised(pd.DataFrame(x)), range(2, 6), seed=0) for x in (clouds()[0], cloud())
        )

        assert (three.k, single.k) == (3, 1)


class TestGap:
    @pytest.mark.parametrize(("space", "key"), [("axes", "clusGap_d2_scaledPCA"), ("original", "clusGap_d2_original")])
    @pytest.mark.parametrize("name", SETS)
    def test_equals_clus_gap(self, name, space, key, r, points):
        """
        The logarithms equal R's, the expected ones are within its tolerance for few clusters, and the rule chooses the same k.
        """
        wanted = r[name][key]["value"]
        found = clusters.gap(points[name], 8, references=300, space=space, seed=0)

        assert found["log_within"].to_numpy() == pytest.approx(wanted["logW"], abs=2e-4)
        near = np.array(wanted["SE_sim_mean"]) * 0.18
        assert (np.abs(found["expected"].to_numpy() - wanted["E_logW_mean"]) < near)[:3].all()
        assert {clusters.gap_choice(found)} == set(wanted["chosen_k_by_seed"]["Tibs2001SEmax"])

    def test_same_seed_same_numbers(self, points):
        """
        A seed gives the same numbers, 0 is one, another gives others.
        """
        one, same, other = (clusters.gap(points["swiss"], 3, references=20, seed=seed) for seed in (0, 0, 1))

        pd.testing.assert_frame_equal(one, same)
        assert not one["expected"].equals(other["expected"])


class TestTendency:
    @pytest.mark.parametrize("seed", range(4))
    def test_noise_is_no_clusters(self, seed):
        """
        One stretched cloud has silhouettes as of weak clusters; the verdict is that there are none.
        """
        scores, index = frame_of(cloud(seed=seed))
        found = cluster(scores, index=index, counts=range(2, 6), seed=0)
        tends = clusters.tendency(found.points, range(2, 6), found.average_silhouette, seed=seed, references=60)

        assert tends.gap_k == 1
        assert tends.p_value > 0.05
        assert tends.verdict == "none"

    def test_three_clouds_are_found(self):
        """
        Three clouds far apart: gap and single clouds agree, and the partition is the truth.
        """
        values, truth = clouds()
        scores, index = frame_of(values)
        found = cluster(scores, index=index, counts=range(2, 6), seed=0)
        tends = clusters.tendency(found.points, range(2, 6), found.average_silhouette, seed=0, references=60)

        assert (tends.verdict, tends.gap_k, found.k) == ("found", 3, 3)
        assert clusters.adjusted_rand(found.labels[scores.index].to_numpy(), truth) == 1

    def test_hopkins_of_uniform_points_is_a_half(self):
        """
        Points uniform in a box: Hopkins' statistic is near 0.5; tight clouds bring it near 1.
        """
        uniform = np.random.default_rng(0).random((400, 2))
        tight = np.repeat(np.array([[0, 0], [9, 9.0]]), 50, axis=0) + 0.1 * np.random.default_rng(1).normal(size=(100, 2))

        assert clusters.hopkins(uniform, seed=0) == pytest.approx(0.5, abs=0.06)
        assert clusters.hopkins(tight, seed=0) > 0.95


class TestJaccard:
    @pytest.mark.parametrize(("name", "k"), [("swiss", 2), ("swiss", 3), ("iris", 2), ("iris", 3), ("attitude", 2)])
    def test_equals_clusterboot(self, name, k, r, points):
        """
        Mean Jaccard similarities equal `fpc::clusterboot` to Monte-Carlo error and the quality of its random starts.
        """
        wanted = r[name][f"clusterboot_kmeans_k{k}"]["value"]
        found = clusters.jaccard(points[name], np.array(wanted["partition"]) - 1, seed=0)

        assert found == pytest.approx(wanted["bootmean_mean"], abs=0.03)

    def test_clear_clusters_are_stable(self):
        """
        Clouds far apart come back in every sample; halves of one cloud do not.
        """
        values, truth = clouds()
        assert clusters.jaccard(values, truth, draws=100, seed=0).min() > 0.98
        assert clusters.jaccard(cloud(60, 2, together=0), np.repeat([0, 1], 30), draws=100, seed=0).max() < 0.75


@pytest.fixture(scope="module")
def sampled(root):
    """The synthetic sample, scored, and its clusters."""
    framework = Framework.load(root / "params/framework/2559", workshops=[root / "params/workshops/2559-05-23.yaml"])
    scores = score(framework, read_survey(root / "data/sample/answers.xlsx", framework))
    return scores, cluster(scores.pillars, index=scores.index, seed=2559)


class TestMemberships:
    def test_no_sampling_error_no_doubt(self, sampled):
        """
        With replicate weights of 1 the kernel gives the published pillar scores: same formula, same numbers.
        """
        from workbench.clusters import stability

        scores, found = sampled
        plain = lambda plan, draws, seed: iter([np.repeat(plan.weights[None], 2, axis=0)])  # noqa: ARG005, E731
        kept, stability.replicates = stability.replicates, plain
        try:
            order = list(found.labels.index)
            drawn = next(stability._drawn_scores(scores, order, list(found.scores), 2, 0))
            sure = clusters.memberships(scores, found, draws=2, seed=0)
        finally:
            stability.replicates = kept

        assert drawn[0] == pytest.approx(found.scores.to_numpy(), rel=1e-12)
        own = sure.shares.to_numpy()[np.arange(len(found.labels)), found.labels.to_numpy() - 1]
        assert (own == 1).mean() > 0.95  # k-means from fewer starts may end beside the published partition

    def test_shares_are_probabilities(self, sampled):
        """
        Shares of every unit sum to 1, none failed, and units with a large silhouette are surer than those at a border.
        """
        scores, found = sampled
        drawn = clusters.memberships(scores, found, draws=100, seed=0)

        assert drawn.failed == 0
        assert drawn.shares.sum(axis=1).to_numpy() == pytest.approx(1)
        assert drawn.own.corr(found.silhouette, method="spearman") > 0.5

    def test_a_table_has_no_respondents(self, sampled):
        """
        Without a survey there is nothing to resample.
        """
        scores, found = sampled
        assert clusters.memberships(score(scores.framework, scores.values), found, draws=20, seed=0) is None


class TestMethodsAndRules:
    @pytest.mark.parametrize("method", ["kmeans", "ward", "medoids", "mixture"])
    @pytest.mark.parametrize("rule", ["silhouette", "gap", "bic"])
    def test_all_find_three(self, method, rule):
        """
        Every method by every rule finds three clouds far apart.
        """
        values, truth = clouds(size=15)
        scores, index = frame_of(values)
        found = cluster(scores, index=index, counts=range(2, 5), seed=0, method=method, rule=rule)

        assert (found.k, found.method, found.rule) == (3, method, rule)
        assert clusters.adjusted_rand(found.labels[scores.index].to_numpy(), truth) == 1

    def test_a_rule_that_chooses_none_is_said(self):
        """
        Where gap chooses one cluster, the silhouette's number is shown with a notice that says so.
        """
        scores, index = frame_of(cloud())
        found = cluster(scores, index=index, counts=[2, 3], seed=0, rule="gap")

        assert any("The rule chose 1, which was not asked for" in notice.en for notice in found.notices)

    def test_numbers_follow_an_earlier_run(self):
        """
        Clusters keep the numbers of an earlier run by overlap, even when the order of their index has changed.
        """
        values, _ = clouds()
        scores, index = frame_of(values)
        before = cluster(scores, index=index, counts=[3], seed=0)
        swapped = before.labels.map({1: 3, 2: 1, 3: 2})
        after = cluster(scores, index=index, counts=[3], seed=5, earlier=swapped.drop(index=swapped.index[:4]))

        pd.testing.assert_series_equal(after.labels, swapped, check_names=False)

    def test_a_new_cluster_gets_a_free_number(self):
        """
        An earlier run with two clusters leaves the number 3 for the new one.
        """
        values, _ = clouds()
        scores, index = frame_of(values)
        three = cluster(scores, index=index, counts=[3], seed=0)
        merged = three.labels.map({1: 1, 2: 2, 3: 2})

        assert sorted(cluster(scores, index=index, counts=[3], seed=0, earlier=merged).labels.unique()) == [1, 2, 3]

    def test_names_fit_or_are_refused_in_words(self):
        """
        As many names as clusters are used; another number is said, and numbers stay.
        """
        scores, index = frame_of(clouds()[0])
        found = cluster(scores, index=index, counts=[3], seed=0)
        names = [Text(th=f"ก{place}", en=f"n{place}") for place in range(3)]

        assert clusters.named(found, names).names[2].en == "n1"
        assert "The 2 names given for clusters were not used, because there are 3 clusters." in {
            notice.en for notice in clusters.named(found, names[:2]).notices
        }

    def test_factor_scores_as_basis(self, sampled):
        """
        Clusters on factor scores: one score of every unit on every factor, standardised among respondents.
        """
        scores, _ = sampled
        basis = clusters.factor_basis(scores, {"seed": 0, "repetitions": 20})
        found = clusters.of_scores(scores, factored={"seed": 0, "repetitions": 20}, counts=[2, 3], seed=0)

        assert basis.shape == (76, 6)
        assert basis.notna().all(axis=None)
        assert list(found.scores.columns) == list(basis.columns)

    def test_no_factor_no_basis(self, sampled):
        """
        Factor scores are refused in words where no factor stands out.
        """
        scores, _ = sampled
        noise = np.random.default_rng(0).uniform(0, 5, size=scores.values.shape)
        empty = score(scores.framework, pd.DataFrame(noise, index=scores.values.index, columns=scores.values.columns))
        found = attempt(clusters.factor_basis, empty, {"seed": 0, "repetitions": 20})

        assert isinstance(found, Refused)


class TestExplain:
    def test_intervals_are_students(self):
        """
        Mean and interval of a cluster are those of Student: 10, 20, 30 give 20 and 20 -+ 4.303 * 10 / sqrt(3).
        """

        @dataclass
        class Two:
            scores: pd.DataFrame
            labels: pd.Series

        found = explain.cluster_means(Two(pd.DataFrame({"P": [10.0, 20, 30, 7]}), pd.Series([1, 1, 1, 2])))

        assert found.loc[0, ["mean", "low", "high"]].tolist() == pytest.approx([20, 20 - 24.841, 20 + 24.841], abs=1e-2)
        assert np.isnan(found.loc[1, "low"])

    def test_rules_tell_three_clouds_apart(self):
        """
        A few questions tell clusters far apart without error; nobody is in two rules.
        """
        scores, index = frame_of(clouds()[0])
        found = cluster(scores, index=index, counts=[3], seed=0)
        rules = clusters.rules(found, seed=0)

        assert rules.accuracy > 0.98
        assert rules.predicted > 0.95
        assert rules.table["units"].sum() == len(index)

    def test_links_find_what_goes_together(self):
        """
        A condition that follows the clusters is found, one that does not is not; V of a perfect match is 1.
        """
        scores, index = frame_of(clouds()[0])
        found = cluster(scores, index=index, counts=[3], seed=0)
        rng = np.random.default_rng(0)
        outside = pd.DataFrame(
            {"same": found.labels.map({1: "x", 2: "y", 3: "z"}), "chance": rng.normal(size=len(index)), "flat": 1.0}
        )
        linked = clusters.links(found, outside)

        assert list(linked.index) == ["same", "chance"]
        assert linked.loc["same", "size"] == pytest.approx(1, abs=0.02)
        assert linked.loc["same", "p_holm"] < 0.001
        assert linked.loc["chance", "p_holm"] > 0.05

    def test_official_groups(self, sampled):
        """
        Regions and provincial groups stand beside the clusters: every province is counted once.
        """
        _, found = sampled
        table, agreement = clusters.by_official(found, clusters.official_groups(found)["region"])

        assert table.sum(axis=None) == 76
        assert -0.2 < agreement < 0.2


class TestPages:
    def test_every_item_in_both_languages(self, sampled):
        """
        Charts and tables of the sample render in both languages, no cell missing; the sample says that there are no clusters.
        """
        scores, found = sampled
        found = clusters.named(found, [Text(th="นำหน้า", en="leading"), Text(th="กำลังพัฒนา", en="catching up")][: found.k])
        robust = clusters.robustness(found, seed=0, draws=50, references=20)
        drawn = clusters.memberships(scores, found, draws=40, seed=0)
        groups = clusters.official_groups(found)
        tables = {name: clusters.by_official(found, groups[name]) for name in groups}
        items = [
            charts.verdict(robust, scores),
            charts.evidence(robust, found),
            charts.gap(robust, scores),
            *charts.stability(robust, found),
            charts.borders(drawn, found, scores),
            charts.means(clusters.cluster_means(found), clusters.effects(found), found, scores),
            charts.rules(clusters.rules(found, seed=0), found, scores),
            charts.links(clusters.links(found, groups), {}),
            cluster_map.cluster_map(found, scores),
            *charts.official(tables, clusters.official_names(), found),
        ]

        assert "There are no clusters" in items[0].text.en
        for item in items:
            for language in LANGUAGES:
                html = item.html(language)
                assert "not measured" not in html
                assert "ไม่มีข้อมูล<" not in html
        assert found.k == 2
        assert "leading" in items[3].html("en")
