"""Factor analysis and clusters on data of the size of the survey, and the live panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench import panel
from bench.timing import Row, timed
from workbench import clusters, factors

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]


def measure() -> Iterator[Row]:
    """Parallel analysis and clustering on simulated numbers."""
    rng = np.random.default_rng(1)
    answers = pd.DataFrame(rng.normal(size=(1237, 50))).rename(columns=str)
    yield Row(
        "parallel analysis by permutation, 1,237 x 50, 200 repetitions",
        timed(lambda: factors.random_eigenvalues(answers, "permutation", repetitions=200, seed=1), repeat=3),
    )
    wide = pd.DataFrame(rng.normal(size=(2436, 25))).rename(columns=str)
    yield Row(
        "parallel analysis by permutation, 2,436 x 25, 1,000 repetitions",
        timed(lambda: factors.random_eigenvalues(wide, "permutation", repetitions=1000, seed=1), repeat=3, warm_up=False),
        2.0,
        "R's fa.parallel, components, by its record",
        9.7,
    )
    units = rng.normal(size=(77, 30))
    labels = clusters.cut(clusters.ward(units), 4)
    yield Row(
        "1,000 bootstrap clusterings, 77 x 30",
        timed(lambda: clusters.jaccard(units, labels, draws=1000, seed=1), repeat=3),
        1.0,
        "R's clusterboot, by its record",
        2.1,
    )
    yield Row(
        "gap statistic, 500 references, 77 x 30, k from 1 to 8",
        timed(lambda: clusters.gap(units, 8, references=500, seed=1), repeat=3),
        2.0,
        "R's clusGap, by its record",
        11.1,
    )
    yield from _factors(answers)
    pillars = pd.DataFrame(rng.normal(50, 10, size=(76, 6))).rename(columns=str)
    yield Row(
        "clusters of 76 units on 6 pillars, k from 2 to 8",
        timed(lambda: clusters.cluster(pillars, index=pillars.mean(axis=1), counts=range(2, 9), seed=1), repeat=3),
    )


def _factors(answers: pd.DataFrame) -> Iterator[Row]:
    """What the page of factors takes beside parallel analysis."""
    groups = {f"P{pillar}": [str(place) for place in range(50) if place % 5 == pillar] for pillar in range(5)}
    common = np.random.default_rng(2).normal(size=(len(answers), 5))
    steps = pd.DataFrame(
        {name: np.digitize(answers[name] + common[:, int(name) % 5], [-1.5, -0.5, 0.5, 1.5]) for name in answers}
    )
    steps = steps.astype(float)
    yield Row("polychoric correlations, 1,237 x 50, five steps", timed(lambda: factors.polychoric(steps), repeat=3))
    analysis = factors.analyse(steps, groups=groups, seed=1, repetitions=20)
    draws = 100
    yield Row(
        "100 bootstrap factor analyses, 1,237 x 50, 5 factors",
        timed(lambda: factors.loading_intervals(steps, analysis, draws=draws, seed=1), repeat=3),
    )
    yield Row(
        "the framework's model with all modification indices, 50 in 5",
        timed(lambda: factors.confirm(steps, groups=groups), repeat=3),
    )
    yield from panel.measure()
