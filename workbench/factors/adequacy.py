"""May these indicators be factor analysed at all? Kaiser-Meyer-Olkin and Bartlett.

Functions of a positive definite correlation matrix; a matrix that is not is refused in words.

Sources: Kaiser, Psychometrika 39 (1974) 31-36; Bartlett, British Journal of Psychology 3 (1950) 77-85.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from workbench.factors.correlation import Array

__all__ = ["Bartlett", "Kmo", "bartlett", "inverse", "kmo"]


@dataclass(frozen=True)
class Kmo:
    """Sampling adequacy, 0 to 1: how far correlations are shared and not between two indicators only."""

    overall: float
    items: Array
    """Shape (indicators,)."""


@dataclass(frozen=True)
class Bartlett:
    """Test that no two indicators correlate."""

    chi_square: float
    degrees: int
    p_value: float


def inverse(matrix: Array) -> Array:
    """The inverse of a positive definite matrix.

    Raises:
        WorkbenchError: the matrix is not positive definite.
    """
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        problem = "the correlation matrix is not positive definite: some indicators follow from others."
        fix = "leave out indicators that repeat others, or repair the matrix (`repaired`) and say so."
        raise WorkbenchError(Fault(problem=problem, fix=fix)) from None
    return np.asarray(np.linalg.inv(matrix), float)


def kmo(matrix: Array) -> Kmo:
    """Kaiser-Meyer-Olkin measure, overall and per indicator.

    Args:
        matrix: Correlations, shape (indicators, indicators).

    Returns:
        Sum of squared correlations over that sum plus the sum of squared partial correlations,
        diagonals left out.

    Raises:
        WorkbenchError: the matrix is not positive definite.

    >>> round(kmo(np.array([[1, .5, .5], [.5, 1, .5], [.5, .5, 1]])).overall, 4)
    0.6923
    """
    inverted = inverse(matrix)
    scale = np.sqrt(np.diag(inverted))
    off = ~np.eye(len(matrix), dtype=bool)
    partial = np.where(off, np.square(inverted / np.outer(scale, scale)), 0.0)
    plain = np.where(off, np.square(matrix), 0.0)
    with np.errstate(invalid="ignore"):
        items = plain.sum(axis=0) / (plain + partial).sum(axis=0)
        overall = plain.sum() / (plain + partial).sum()
    return Kmo(float(np.nan_to_num(overall)), np.nan_to_num(items))


def bartlett(matrix: Array, n: int) -> Bartlett:
    """Bartlett's test of sphericity: chi-square = -(n - 1 - (2p + 5)/6) ln det R with p(p-1)/2 degrees.

    Args:
        matrix: Correlations, shape (indicators, indicators).
        n: Number of respondents.

    Raises:
        WorkbenchError: the matrix is not positive definite, or there are too few respondents for the test.
    """
    inverse(matrix)
    indicators = len(matrix)
    factor = n - 1 - (2 * indicators + 5) / 6
    if factor <= 0:
        problem = f"Bartlett's test of {indicators} indicators needs more respondents than {n}."
        raise WorkbenchError(Fault(problem=problem, fix="test fewer indicators at a time."))
    chi_square = max(0.0, -factor * float(np.linalg.slogdet(matrix).logabsdet))
    degrees = indicators * (indicators - 1) // 2
    return Bartlett(chi_square, degrees, float(stats.chi2.sf(chi_square, degrees)))
