"""Factor analysis and clusters on data of the size of the survey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

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
    pillars = pd.DataFrame(rng.normal(50, 10, size=(76, 6))).rename(columns=str)
    yield Row(
        "clusters of 76 units on 6 pillars, k from 2 to 8",
        timed(lambda: clusters.cluster(pillars, index=pillars.mean(axis=1), counts=range(2, 9), seed=1), repeat=3),
    )
