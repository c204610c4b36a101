"""Statistics, imputation and outlier treatment, beside the same steps written plainly in pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.timing import Row, timed
from workbench.checks import indicator_statistics
from workbench.imputation import impute
from workbench.treatment import fit_treatment, treat

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]


def measure() -> Iterator[Row]:
    """The figures of 77 provinces and of a large table; one indicator in five is skewed where it is said."""
    yield from _of_size(77, 50, budget=0.001)
    yield from _of_size(8000, 200, budget=0.080)
    draws = np.random.default_rng(0).normal(size=(1000, 77, 50))
    fitted = fit_treatment(_table(77, 50, skewed=True))
    yield Row("1,000 draws of 77 x 50: apply a fitted treatment", timed(lambda: fitted.apply(draws)))
    yield Row("1,000 draws of 77 x 50: fit and apply to each", timed(lambda: fit_treatment(draws).apply(draws), repeat=3))


def _of_size(units: int, indicators: int, *, budget: float) -> Iterator[Row]:
    even, skewed = _table(units, indicators, skewed=False), _table(units, indicators, skewed=True)
    size = f"{units:,} x {indicators}"
    yield Row(f"{size}: statistics", timed(lambda: indicator_statistics(even)))
    yield Row(
        f"{size}: statistics and treatment, nothing skewed",
        timed(lambda: (indicator_statistics(even), treat(even))),
        budget=budget,
        rival="plain pandas",
        rival_seconds=timed(lambda: plain_pandas(even), repeat=3),
    )
    yield Row(f"{size}: treatment, a fifth skewed", timed(lambda: treat(skewed)), budget=budget)
    gaps = even.mask(np.random.default_rng(1).random(even.shape) < 0.05)  # noqa: PLR2004  (a twentieth)
    groups = pd.Series(np.arange(units) % 6, index=even.index)
    yield Row(f"{size}: impute by group mean", timed(lambda: impute(gaps, "group_mean", groups=groups)))


def _table(units: int, indicators: int, *, skewed: bool) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(units, indicators))
    if skewed:
        values[:, ::5] = np.exp(1.2 * values[:, ::5])
    names = [f"i{place}" for place in range(indicators)]
    return pd.DataFrame(values, index=[f"u{place}" for place in range(units)], columns=names)


def plain_pandas(table: pd.DataFrame) -> pd.DataFrame:
    """What a researcher would write first: pandas' statistics, and one column after another to the rule."""
    summary = table.agg(["count", "min", "max", "mean", "median", "std", "skew", "kurt", "nunique"]).T
    summary["common"] = [column.value_counts(normalize=True).iloc[0] for _, column in table.items()]
    treated = table.copy()
    for name in table.columns:
        points = 0
        while abs(treated[name].skew()) > 2 and treated[name].kurt() > 3.5 and points < 5:  # noqa: PLR2004  (the rule)
            largest = treated[name].nlargest(points + 2)
            treated[name] = treated[name].clip(upper=largest.iloc[-1])
            points += 1
    return treated
