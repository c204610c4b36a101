"""K-means against R's Hartigan-Wong, a second opinion, and invariants."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans

from workbench.clusters import adjusted_rand, cut, standardised, ward
from workbench.errors import WorkbenchError
from workbench.kmeans import kmeans

SETS = ("attitude", "swiss", "iris")
HARD = {("iris", 8)}
"""Where a hundred starts of R do not always reach the optimum, nor do ours."""


@pytest.fixture(scope="module")
def r(shared):
    """Results of R 4.2.2's `kmeans(algorithm = "Hartigan-Wong")` with 1,000 starts and five seeds."""
    return {name: json.loads((shared / f"r/dev_cluster_{name}.json").read_text())["results"] for name in SETS}


@pytest.fixture(scope="module")
def points(shared):
    """The data that R had, standardised."""
    return {name: standardised(pd.read_csv(shared / f"r/{name}.csv").select_dtypes("number")) for name in SETS}


class TestKmeans:
    @pytest.mark.parametrize("name", SETS)
    def test_finds_the_best_partition_that_r_finds(self, name, r, points):
        """
        For 2 to 8 clusters, sum of squares and partition are the best of R's 5,000 starts.

        With iris and 8 clusters the sum is at most what R's hundred starts give.
        """
        for k in range(2, 9):
            labels, within = kmeans(points[name], k, seed=0)
            known = r[name][f"kmeans_k{k}_check"]["value"]
            if (name, k) in HARD:
                assert known["nstart1000_min"] * (1 - 1e-9) <= within <= known["nstart100_max"] * (1 + 1e-9)
            else:
                assert within == pytest.approx(known["nstart1000_min"], rel=1e-9)
                assert adjusted_rand(labels, np.array(r[name][f"kmeans_k{k}"]["value"]["cluster"])) == 1

    def test_is_never_worse_than_lloyd(self, points):
        """
        Fifty starts of scikit-learn never find a smaller sum of squares.
        """
        for k in range(2, 9):
            lloyd = KMeans(k, n_init=50, random_state=0).fit(points["attitude"]).inertia_
            assert kmeans(points["attitude"], k, seed=0)[1] <= lloyd * (1 + 1e-9)

    @pytest.mark.parametrize("seed", range(5))
    def test_order_of_units_does_not_matter(self, seed, points):
        """
        The same partition whatever the order of the units.
        """
        order = np.random.default_rng(seed).permutation(47)

        straight, mixed = (kmeans(points["swiss"][rows], 4, seed=seed)[0] for rows in (np.arange(47), order))

        assert adjusted_rand(straight[order], mixed) == 1

    def test_the_sum_of_squares_is_that_of_the_labels(self, points):
        """
        The number returned is the sum of squares within the labels returned, and no cluster is empty.
        """
        labels, within = kmeans(points["iris"], 7, seed=3)
        parts = [points["iris"][labels == name] for name in range(7)]

        assert all(len(part) for part in parts)
        assert within == pytest.approx(sum(np.square(part - part.mean(axis=0)).sum() for part in parts))

    def test_no_single_move_improves(self, points):
        """
        No unit can change its cluster and lower the sum of squares.
        """
        data = points["attitude"]
        labels, within = kmeans(data, 5, seed=0, starts=3)

        for unit in range(len(data)):
            for name in range(5):
                moved = np.where(np.arange(len(data)) == unit, name, labels)
                parts = [data[moved == other] for other in np.unique(moved)]
                assert sum(np.square(part - part.mean(axis=0)).sum() for part in parts) >= within - 1e-9

    def test_a_given_start_never_makes_it_worse(self, points):
        """
        A start from Ward's clusters can only lower the sum of squares.
        """
        for k in (4, 6, 8):
            given = cut(ward(points["iris"]), k)
            alone, helped = (kmeans(points["iris"], k, seed=1, starts=5, also=start)[1] for start in (None, given))
            assert helped <= alone

    def test_seed_0_is_a_seed(self, points):
        """
        The same seed gives the same labels, seed 0 too.
        """
        one, two = (kmeans(points["swiss"], 5, seed=0, starts=10)[0] for _ in range(2))

        assert (one == two).all()

    def test_one_cluster_and_as_many_as_units(self, points):
        """
        One cluster leaves the total sum of squares, a cluster for every unit leaves none.
        """
        assert kmeans(points["attitude"], 1, seed=0)[1] == pytest.approx(29 * 7)
        assert kmeans(points["attitude"], 30, seed=0)[1] == pytest.approx(0, abs=1e-9)

    def test_far_from_zero_is_as_exact(self, points):
        """
        Adding a million to every score changes nothing.
        """
        near, far = (kmeans(points["swiss"] + shift, 3, seed=0)[1] for shift in (0, 1e6))

        assert near == pytest.approx(far, rel=1e-6)

    @pytest.mark.parametrize("k", [0, 31])
    def test_impossible_numbers_are_refused(self, k, points):
        """
        The message has the number of units and what is allowed.
        """
        with pytest.raises(WorkbenchError, match=rf"30 units cannot be put into {k} clusters(.|\n)*from 1 to 30"):
            kmeans(points["attitude"], k, seed=0)
