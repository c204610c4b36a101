"""Cronbach's alpha: do the indicators of a pillar measure one thing?

Raw alpha rests on covariances, so indicators with wide scales weigh more; standardised alpha rests on
correlations. Both are taken over the pairs of answers that exist.

Source: Cronbach, Psychometrika 16 (1951) 297-334; conventions of R's `psych::alpha`, whose numbers the
tests hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import Fault, WorkbenchError
from workbench.factors.correlation import Array, centred, moments, pearson, repaired

__all__ = ["Alpha", "alpha"]

FEWEST = 2


@dataclass(frozen=True)
class Alpha:
    """Internal consistency of one group of indicators."""

    raw: float
    standardised: float
    mean_correlation: float
    items: pd.DataFrame
    """Index indicator; columns `item_rest` (correlation with the sum of the others), `raw_without` and
    `standardised_without` (alpha when it is left out; NaN when fewer than two would stay)."""


def alpha(values: pd.DataFrame) -> Alpha:
    """Cronbach's alpha, raw and standardised, and what each indicator does to it.

    Args:
        values: Shape (respondents, indicators), at least two indicators that vary; NaN is not answered.

    Raises:
        WorkbenchError: fewer than two indicators.
    """
    if values.shape[1] < FEWEST:
        problem = f"Cronbach's alpha needs two indicators; there is {', '.join(map(str, values)) or 'none'}."
        raise WorkbenchError(Fault(problem=problem, fix="join the pillar with another for this purpose."))
    covariance, correlation = _consistent(values)
    size = len(covariance)
    without = [np.delete(np.arange(size), place) for place in range(size)]
    items = pd.DataFrame(
        {
            "item_rest": [_item_rest(covariance, place) for place in range(size)],
            "raw_without": [_raw(covariance[np.ix_(rest, rest)]) for rest in without],
            "standardised_without": [_raw(correlation[np.ix_(rest, rest)]) for rest in without],
        },
        index=pd.Index([str(name) for name in values], name="indicator"),
    )
    mean = float((correlation.sum() - size) / (size * (size - 1)))
    return Alpha(_raw(covariance), _raw(correlation), mean, items)


def _consistent(values: pd.DataFrame) -> tuple[Array, Array]:
    """Covariances and correlations over pairs; where many answers are missing, made such that a sum has a variance."""
    numbers, answered = centred(values)
    correlation, raised = repaired(pearson(numbers, answered))
    covariance = moments(numbers, answered)[1]
    if raised:
        spread = np.sqrt(np.diag(covariance))
        covariance = correlation * np.outer(spread, spread)
    return covariance, correlation


def _raw(covariance: Array) -> float:
    """Alpha of a covariance matrix; of a correlation matrix it is the standardised alpha."""
    size = len(covariance)
    if size < FEWEST:
        return float("nan")
    return float(size / (size - 1) * (1 - np.trace(covariance) / covariance.sum()))


def _item_rest(covariance: Array, place: int) -> float:
    """Correlation of one indicator with the sum of the others."""
    own, total = covariance[place, place], covariance[place].sum()
    rest = covariance.sum() - 2 * total + own
    return float((total - own) / np.sqrt(own * rest))
