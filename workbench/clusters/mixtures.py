"""Clusters as normal clouds: Gaussian mixtures, chosen by the Bayesian information criterion.

Four shapes of cloud, as scikit-learn has them: `spherical`, `diag`, `tied` (one covariance for all) and `full`. BIC
weighs fit against the number of parameters, and may choose one cloud, which means no clusters.

Scores are standardised; no cloud may be narrower than a tenth of a standard deviation, so that no likelihood runs away
on a few units that lie close together.

Source: Fraley and Raftery, JASA 97 (2002) 611-631. BIC has the sign for which smaller is better.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

__all__ = ["SHAPES", "Mixtures", "mixtures"]

SHAPES = ("spherical", "diag", "tied", "full")
FLOOR = 0.01
"""Least variance of a cloud, of standardised scores."""
STARTS = 5
MOST = 500


@dataclass(frozen=True, kw_only=True)
class Mixtures:
    """Mixtures of every number and shape."""

    bic: pd.DataFrame = field(repr=False)
    """Index k from 1, a column for each shape; smaller is better."""
    labels: dict[int, Labels] = field(repr=False)
    """Of the best shape at each k, from 0."""

    @property
    def k(self) -> int:
        """The number of clouds with the smallest BIC; 1 is no clusters."""
        return int(self.bic.min(axis=1).idxmin())

    @property
    def shape(self) -> str:
        """The shape with the smallest BIC."""
        return str(self.bic.min(axis=0).idxmin())


def mixtures(points: Array, counts: Sequence[int], *, seed: int, floor: float = FLOOR, starts: int = STARTS) -> Mixtures:
    """Fit mixtures of one cloud and of each of *counts*.

    Args:
        points: Standardised scores, shape (units, pillars).
        counts: Numbers of clouds beside one.
        seed: Of the starts; 0 is a seed.
        floor: Least variance.
        starts: K-means starts of every fit.
    """
    # Loaded late: scikit-learn takes a second.
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.mixture import GaussianMixture  # noqa: PLC0415

    sizes = [1, *(count for count in sorted(set(counts)) if count > 1)]
    table = np.full((len(sizes), len(SHAPES)), np.nan)
    labels: dict[int, Labels] = {}
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for row, size in enumerate(sizes):
            models = [
                GaussianMixture(
                    size,
                    covariance_type=shape,
                    reg_covar=floor,
                    n_init=starts if size > 1 else 1,
                    max_iter=MOST,
                    random_state=seed,
                ).fit(points)
                for shape in SHAPES
            ]
            table[row] = [model.bic(points) for model in models]
            labels[size] = np.asarray(models[int(table[row].argmin())].predict(points), np.int64)
    return Mixtures(bic=pd.DataFrame(table, index=pd.Index(sizes, name="k"), columns=list(SHAPES)), labels=labels)
