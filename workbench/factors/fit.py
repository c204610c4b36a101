"""How well factors reproduce the correlations: chi-square, RMSEA with interval, TLI, CFI, residuals.

Functions of the correlations, of those the factors imply, and of the sample size. The indices are defined
on maximum likelihood; of other extractions they say how the same discrepancy would be judged.

Sources: Bartlett's correction and RMSEA as in R's psych, whose numbers the tests hold; Steiger and Lind
(1980) and Browne and Cudeck, Sociological Methods & Research 21 (1992) 230-258, for RMSEA; Tucker and
Lewis, Psychometrika 38 (1973) 1-10; Hu and Bentler, Structural Equation Modeling 6 (1999) 1-55, cut-offs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import optimize, stats

if TYPE_CHECKING:
    from workbench.factors.correlation import Array

__all__ = ["Fit", "fit", "rmsea_interval", "srmr"]

CONFIDENCE = 0.90
"""Of the interval of RMSEA, as is usual."""


@dataclass(frozen=True)
class Fit:
    """Fit of a factor model. NaN where the model has no degrees of freedom to be tested with."""

    chi_square: float
    degrees: int
    p_value: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    tli: float
    cfi: float
    rmsr: float
    """Root mean squared residual correlation."""


def fit(matrix: Array, implied: Array, *, factors: int, n: int) -> Fit:
    """Fit of exploratory factors.

    Args:
        matrix: Correlations, shape (indicators, indicators), positive definite.
        implied: The correlations that the factors imply, unit diagonal.
        factors: How many.
        n: Respondents.
    """
    size = len(matrix)
    degrees = ((size - factors) ** 2 - size - factors) // 2
    null_degrees = size * (size - 1) // 2
    corrected = n - 1 - (2 * size + 5) / 6
    null = corrected * -float(np.linalg.slogdet(matrix).logabsdet)
    misfit = discrepancy(matrix, implied)
    chi_square = max(0.0, (corrected - 2 * factors / 3) * misfit)
    rmsr = srmr(matrix, implied, diagonal=False)
    if degrees <= 0:
        nan = float("nan")
        return Fit(chi_square, degrees, nan, nan, nan, nan, nan, nan, rmsr)
    low, high = rmsea_interval(chi_square, degrees, n)
    return Fit(
        chi_square,
        degrees,
        float(stats.chi2.sf(chi_square, degrees)),
        float(np.sqrt(max(chi_square / (degrees * n) - 1 / (n - 1), 0.0))),
        low,
        high,
        (null / null_degrees - corrected * misfit / degrees) / (null / null_degrees - 1),
        1 - max(chi_square - degrees, 0.0) / max(null - null_degrees, chi_square - degrees, 1e-12),
        rmsr,
    )


def discrepancy(matrix: Array, implied: Array) -> float:
    """The likelihood's discrepancy of two correlation matrices: 0 where they are the same."""
    logs = np.linalg.slogdet(implied).logabsdet - np.linalg.slogdet(matrix).logabsdet
    return float(logs + np.trace(np.linalg.solve(implied, matrix)) - len(matrix))


def srmr(matrix: Array, implied: Array, *, diagonal: bool = True) -> float:
    """Root mean squared residual correlation over the pairs of indicators, the diagonal with them unless told."""
    rows, columns = np.tril_indices(len(matrix), 0 if diagonal else -1)
    return float(np.sqrt(np.square((matrix - implied)[rows, columns]).mean()))


def rmsea_interval(chi_square: float, degrees: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Ends of the interval of RMSEA: the non-centralities under which this chi-square is extreme."""
    tail = (1 - confidence) / 2
    ends = []
    for share in (1 - tail, tail):
        if stats.chi2.cdf(chi_square, degrees) < share:
            ends.append(0.0)
            continue
        most = max(chi_square, 1.0) * 4 + 100.0
        found = optimize.brentq(lambda shift, share=share: stats.ncx2.cdf(chi_square, degrees, shift) - share, 1e-9, most)
        ends.append(float(np.sqrt(found / (degrees * (n - 1)))))
    return ends[0], ends[1]
