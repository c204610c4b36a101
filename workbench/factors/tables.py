"""The numbers of a factor analysis as tables for a data annex, one row per thing, nothing formatted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from workbench.factors.analysis import FactorAnalysis

__all__ = ["tables"]


def tables(analysis: FactorAnalysis) -> dict[str, pd.DataFrame]:
    """Frames by file name: `loadings`, `eigenvalues`, `factors`, `alpha`.

    Returns:
        `loadings` has an indicator a row: pillar, factors, communality, KMO, and why it was left out where it was
        (then the numbers are missing); `eigenvalues` as in the analysis; `factors` the variance each explains;
        `alpha` a pillar a row.
    """
    loadings = analysis.loadings.copy()
    loadings.columns = [str(name) for name in loadings]
    loadings.insert(0, "pillar", analysis.homes["pillar"])
    loadings["communality"] = analysis.communalities
    loadings["kmo"] = analysis.kmo_items
    left_out = pd.Series(dict(analysis.left_out), name="left_out", dtype=object)
    return {
        "loadings": _rows(loadings.join(left_out, how="outer", sort=False) if len(left_out) else loadings, "indicator"),
        "eigenvalues": _rows(analysis.eigenvalues, "number"),
        "factors": _rows(analysis.explained, "factor"),
        "alpha": _rows(analysis.alpha, "pillar"),
    }


def _rows(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The index as the first column: files have none."""
    return frame.rename_axis(name).reset_index()
