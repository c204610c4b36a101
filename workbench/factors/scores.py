"""Factor scores: where each respondent or unit stands on the factors.

Only what was answered is used: the weights are worked out anew for every pattern of missing answers, so
nothing is imputed. A row with less than half of the indicators has no score.

Sources: Thurstone's regression scores and Bartlett's weighted scores, British Journal of Psychology 28
(1937) 97-104; R's `psych::factor.scores`, whose numbers the tests hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from workbench.factors.correlation import Array
    from workbench.factors.rotation import Rotated

__all__ = ["ScoreMethod", "factor_scores", "score_weights"]

ScoreMethod = Literal["regression", "bartlett"]
LEAST_SHARE = 0.5


def score_weights(matrix: Array, rotated: Rotated, method: ScoreMethod = "regression") -> Array:
    """Weights of standardised indicators in the scores, shape (indicators, factors).

    Args:
        matrix: Correlations, shape (indicators, indicators), positive definite.
        rotated: The factors.
        method: `regression` has the smallest error and shrinks to the mean; `bartlett` is unbiased.
    """
    pattern = rotated.loadings
    if method == "regression":
        return np.asarray(np.linalg.solve(matrix, pattern @ rotated.correlations))
    common = np.einsum("if,fg,ig->i", pattern, rotated.correlations, pattern)
    precise = pattern / np.maximum(np.diag(matrix) - common, 1e-6)[:, None]
    return np.asarray(precise @ np.linalg.pinv(pattern.T @ precise))


def factor_scores(
    values: pd.DataFrame, matrix: Array, rotated: Rotated, *, method: ScoreMethod = "regression", factors: pd.Index | None = None
) -> pd.DataFrame:
    """Scores on each factor, in standard deviations.

    Args:
        values: Shape (rows, indicators), in the order of *matrix*; NaN is not answered.
        matrix: Correlations, shape (indicators, indicators), positive definite.
        rotated: The factors.
        method: As in `score_weights`.
        factors: Names of the factors; F1, F2, ... when not given.

    Returns:
        Shape (rows, factors); NaN for a row with less than half of the indicators.
    """
    numbers = values.to_numpy(float)
    spread = np.nanstd(numbers, axis=0, ddof=1)
    standard = (numbers - np.nanmean(numbers, axis=0)) / spread
    known = np.isfinite(standard)
    result = np.full((len(values), rotated.loadings.shape[1]), np.nan)
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    for place, there in enumerate(patterns):
        if there.mean() < LEAST_SHARE:
            continue
        part = type(rotated)(rotated.loadings[there], rotated.correlations)
        rows = which.ravel() == place
        result[rows] = standard[np.ix_(rows, there)] @ score_weights(matrix[np.ix_(there, there)], part, method)
    names = factors if factors is not None else [f"F{place}" for place in range(1, result.shape[1] + 1)]
    return pd.DataFrame(result, index=values.index, columns=names)
