"""Rubin's rules: one estimate with its error from the analyses of several completed tables.

Pure functions; the completed tables are the leading axis. The degrees of freedom are those of Barnard and Rubin,
which stay below those of the complete data. Refuses fewer than two tables: they say nothing about what is unknown.

Sources: Rubin, Multiple Imputation for Nonresponse in Surveys (1987), chapter 3; Barnard and Rubin, Biometrika 86
(1999) 948-955; van Buuren, Flexible Imputation of Missing Data (2018), section 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from workbench.errors import FaultList

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Pooled", "pool"]


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Pooled estimates; every array of the shape of one estimate."""

    estimate: Floats
    within: Floats
    """Mean variance inside the completed tables."""
    between: Floats
    """Variance between them."""
    total: Floats
    df: Floats
    increase: Floats
    """Relative increase in variance due to what is missing."""
    share: Floats
    """Share of the total variance that is due to what is missing (lambda)."""
    fraction: Floats
    """Fraction of information that is missing (fmi)."""

    @property
    def se(self) -> Floats:
        """Standard error."""
        return np.sqrt(self.total)

    def interval(self, confidence: float = 0.95) -> tuple[Floats, Floats]:
        """Lower and upper end of the interval, by Student's t."""
        reach = stats.t.ppf(0.5 + confidence / 2.0, self.df) * self.se
        return np.asarray(self.estimate - reach), np.asarray(self.estimate + reach)


def pool(estimates: Floats, variances: Floats, complete_df: float = np.inf) -> Pooled:
    """Pool the analyses of several completed tables.

    Args:
        estimates: One per completed table, shape `(tables, ...)`, no NaN.
        variances: The squared standard error of each, same shape.
        complete_df: Degrees of freedom that the complete data would have: cases less parameters.

    Returns:
        Arrays of shape `(...)`.

    Raises:
        WorkbenchError: fewer than two tables, shapes that differ, missing or negative numbers.

    >>> found = pool(np.array([26.488, 26.588, 26.108]), np.array([0.67, 0.50, 0.77]), complete_df=24)
    >>> round(float(found.estimate), 4), round(float(found.total), 4)
    (26.3947, 0.7322)
    """
    estimates, variances = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    _check(estimates, variances)
    tables = len(estimates)
    within, between = variances.mean(axis=0), estimates.var(axis=0, ddof=1)
    extra = (1.0 + 1.0 / tables) * between
    total = within + extra
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, extra / total, 0.0)
        increase = np.where(extra > 0, extra / within, 0.0)
        old = (tables - 1) / share**2
        seen = np.inf if np.isinf(complete_df) else (complete_df + 1) / (complete_df + 3) * complete_df * (1.0 - share)
        df = 1.0 / (1.0 / old + 1.0 / np.asarray(seen))
        fraction = np.where(np.isinf(increase), 1.0, (increase + 2.0 / (df + 3.0)) / (increase + 1.0))
    return Pooled(
        estimate=np.asarray(estimates.mean(axis=0)),
        within=np.asarray(within),
        between=np.asarray(between),
        total=np.asarray(total),
        df=np.asarray(df),
        increase=increase,
        share=share,
        fraction=fraction,
    )


def _check(estimates: Floats, variances: Floats) -> None:
    faults = FaultList()
    if estimates.shape != variances.shape:
        faults.add(f"there are estimates of shape {estimates.shape} and variances of shape {variances.shape}.")
    if estimates.ndim == 0 or len(estimates) < 2:  # noqa: PLR2004  (one table has no variance between tables)
        found = len(estimates) if estimates.ndim else 0
        faults.add(f"pooling needs at least 2 completed tables, not {found}.", fix="ask for more draws.")
    if np.isnan(estimates).any() or np.isnan(variances).any() or (variances < 0).any():
        faults.add("an estimate or variance is missing or negative.", fix="pool only what every table gives.")
    faults.stop_if_any()
