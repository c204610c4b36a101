"""What experts' ratings say of each item: content validity, consensus, and fuzzy scores.

Ratings are a frame of experts by items, matched by id. One rule for missing ratings holds throughout: an item's
statistics are over the experts who rated it, and `n` says how many they were; an item nobody rated has NaN, and one
that too few rated has its figures but no verdict. Nothing is decided here: verdicts are by the stated cut-offs, and
people accept or decline.

| statistic | formula | source |
|---|---|---|
| IOC | sum of -1, 0, +1 over n | Rovinelli, Hambleton (1977), Dutch Journal of Educational Research 2 |
| I-CVI | share that rate relevance 3 or 4 of 4 | Lynn (1986), Nursing Research 35 |
| kappa* | (I-CVI - pc) / (1 - pc), pc = C(n, A) / 2^n | Polit, Beck, Owen (2007), Research in Nursing & Health 30 |
| CVR | (ne - n/2) / (n/2); critical: smallest with P(X >= ne) <= 5 % under a coin | Lawshe (1975); Ayre, Scally (2014) |
| consensus | median, interquartile range, mode | Dalkey, Helmer (1963); Macmillan (1971) for EDFR |
| fuzzy Delphi | triangular numbers, their mean, distance and share near it | Ishikawa et al. (1993), Fuzzy Sets and Systems 55 |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "TRIANGLES",
    "congruence",
    "consensus",
    "critical_cvr",
    "cvi_required",
    "essential",
    "fuzzy_delphi",
    "kappa_star",
    "relevance",
    "scale_validity",
    "stability",
]

RELEVANT = 3
"""Lowest rating of relevance, of 1 to 4, that counts as relevant."""
TRIANGLES = (
    (0.0, 0.0, 0.1), (0.0, 0.1, 0.3), (0.1, 0.3, 0.5), (0.3, 0.5, 0.7), (0.5, 0.7, 0.9), (0.7, 0.9, 1.0), (0.9, 1.0, 1.0),
)  # fmt: skip
"""The seven steps of agreement as triangular fuzzy numbers."""
FIVE = 5
"""Steps of the scale for which the cut-offs of consensus were given."""
NEAR = 0.2
"""Distance from the group's fuzzy number within which an expert agrees."""
CVI_STEPS = ((9, 0.78), (6, 0.83), (0, 1.00))
"""From so many experts on, the I-CVI that is required (Lynn 1986; Polit, Beck 2006)."""


def congruence(ratings: pd.DataFrame) -> pd.DataFrame:
    """Index of item-objective congruence.

    Args:
        ratings: Experts by items, -1, 0 or +1; NaN is "not rated".

    Returns:
        Indexed by item: `n`, `ioc` from -1 to 1.

    >>> congruence(pd.DataFrame({"a": [1, 1, 0], "b": [1, -1, None]}))["ioc"].round(2).tolist()
    [0.67, 0.0]
    """
    return _frame(ratings, {"n": ratings.notna().sum(), "ioc": ratings.mean()})


def relevance(ratings: pd.DataFrame) -> pd.DataFrame:
    """Content validity of each item.

    Args:
        ratings: Experts by items, 1 to 4; NaN is "not rated".

    Returns:
        Indexed by item: `n`, `agree` (rated 3 or 4), `i_cvi`, `low` and `high` (its exact 95 % interval after Clopper and
        Pearson), `pc`, `kappa`, `required` (I-CVI for so many experts).
    """
    n = ratings.notna().sum()
    agree = (ratings >= RELEVANT).sum()
    low, high = _exact_interval(agree.to_numpy(), n.to_numpy())
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (agree / n.where(n > 0)).astype(float)
    pc, kappa = kappa_star(agree.to_numpy(), n.to_numpy())
    required = [cvi_required(int(count)) for count in n]
    return _frame(
        ratings,
        {"n": n, "agree": agree, "i_cvi": share, "low": low, "high": high, "pc": pc, "kappa": kappa, "required": required},
    )


def kappa_star(agree: NDArray[np.int64], n: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Chance agreement and the modified kappa, NaN where nobody rated.

    >>> [round(float(value[0]), 2) for value in kappa_star(np.array([8]), np.array([10]))]
    [0.04, 0.79]
    """
    agree, n = np.asarray(agree), np.asarray(n)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(n > 0, agree / np.maximum(n, 1), np.nan)
        pc = np.where(n > 0, stats.binom.pmf(agree, n, 0.5), np.nan)
        return pc, np.where(pc < 1, (share - pc) / (1 - pc), np.nan)


def cvi_required(n: int) -> float:
    """The I-CVI that *n* experts must give: all of up to five, .83 of six to eight, .78 of nine or more."""
    return next(limit for least, limit in CVI_STEPS if n >= least)


def scale_validity(ratings: pd.DataFrame) -> dict[str, float]:
    """Content validity of the whole: `s_cvi_ave` (mean of the I-CVI) and `s_cvi_ua` (share of items with I-CVI 1)."""
    share = relevance(ratings)["i_cvi"].dropna()
    if share.empty:
        return {"s_cvi_ave": float("nan"), "s_cvi_ua": float("nan")}
    return {"s_cvi_ave": float(share.mean()), "s_cvi_ua": float((share == 1).mean())}


def essential(ratings: pd.DataFrame, *, level: float = 0.05) -> pd.DataFrame:
    """Lawshe's content validity ratio.

    Args:
        ratings: Experts by items, `essential`, `useful` or `not`; missing is "not rated".
        level: Of the one-sided exact binomial test.

    Returns:
        Indexed by item: `n`, `essential` (count), `cvr` from -1 to 1, `cvr_low` and `cvr_high` (its exact 95 % interval,
        that of the share after Clopper and Pearson), `critical` (smallest significant CVR).
    """
    n = ratings.notna().sum()
    count = (ratings == "essential").sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        cvr = ((count - n / 2) / (n / 2).where(n > 0)).astype(float)
    critical = [critical_cvr(int(size), level) for size in n]
    low, high = (2 * share - 1 for share in _exact_interval(count.to_numpy(), n.to_numpy()))
    return _frame(ratings, {"n": n, "essential": count, "cvr": cvr, "cvr_low": low, "cvr_high": high, "critical": critical})


def critical_cvr(n: int, level: float = 0.05) -> float:
    """The smallest CVR of *n* experts that chance reaches with at most *level*; NaN where none does.

    >>> [round(critical_cvr(n), 3) for n in (5, 8, 9, 10, 15, 20, 40)]
    [1.0, 0.75, 0.778, 0.8, 0.6, 0.5, 0.3]
    """
    if n < 1:
        return float("nan")
    needed = np.arange(n + 1)
    enough = needed[stats.binom.sf(needed - 1, n, 0.5) <= level + 1e-12]
    return float((enough[0] - n / 2) / (n / 2)) if len(enough) else float("nan")


def consensus(ratings: pd.DataFrame) -> pd.DataFrame:
    """Middle and spread of each item's ratings.

    Returns:
        Indexed by item: `n`, `mean`, `sd` (n - 1), `median`, `q1`, `q3` (linear interpolation, Hyndman and Fan's type 7),
        `iqr`, `mode` (the lowest of several), `mode_gap` (distance of median and mode).
    """
    quartiles = ratings.quantile([0.25, 0.5, 0.75])
    modes = ratings.mode()
    mode = modes.iloc[0] if len(modes) else pd.Series(np.nan, index=ratings.columns)
    q1, median, q3 = (quartiles.loc[share] for share in (0.25, 0.5, 0.75))
    found = {
        "n": ratings.notna().sum(),
        "mean": ratings.mean(),
        "sd": ratings.std(ddof=1),
        "median": median,
        "q1": q1,
        "q3": q3,
        "iqr": q3 - q1,
        "mode": mode,
        "mode_gap": (median - mode).abs(),
    }
    return _frame(ratings, found)


def stability(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """How far the same experts moved between two rounds.

    Args:
        first: Experts by items of the earlier round; matched by id.
        second: Of the later round.

    Returns:
        Indexed by item of both rounds: `n` (experts of both), `changed` (share of them that changed their rating),
        `median_change`, `iqr_change`.
    """
    experts, items = first.index.intersection(second.index), first.columns.intersection(second.columns)
    one, two = first.loc[experts, items], second.loc[experts, items]
    both = one.notna() & two.notna()
    one, two = one.where(both), two.where(both)
    n = both.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        changed = ((one != two) & both).sum() / n.where(n > 0)
    before, after = consensus(one), consensus(two)
    found = {
        "n": n,
        "changed": changed.astype(float),
        "median_change": after["median"] - before["median"],
        "iqr_change": after["iqr"] - before["iqr"],
    }
    return _frame(one, found)


def fuzzy_delphi(ratings: pd.DataFrame, triangles: tuple[tuple[float, float, float], ...] = TRIANGLES) -> pd.DataFrame:
    """Fuzzy scores of each item.

    Args:
        ratings: Experts by items, whole numbers from 1 to the number of *triangles*; NaN is "not rated".
        triangles: The fuzzy number of each step.

    Returns:
        Indexed by item: `n`, `m1`, `m2`, `m3` (mean fuzzy number), `fuzzy` (its mean), `distance` (mean distance of the
        experts from it), `agreement` (share within 0.2 of it).
    """
    numbers = np.array([*triangles, (np.nan, np.nan, np.nan)])
    codes = ratings.fillna(len(triangles) + 1).to_numpy(dtype=int) - 1
    given = numbers[codes]
    known = ~np.isnan(given[..., 0])
    n = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        middle = np.where(known[..., None], given, 0.0).sum(axis=0) / np.where(n > 0, n, np.nan)[:, None]
        distance = np.sqrt(((given - middle) ** 2).mean(axis=-1))
        mean = np.where(known, distance, 0.0).sum(axis=0) / np.where(n > 0, n, np.nan)
        near = ((distance <= NEAR + 1e-12) & known).sum(axis=0) / np.where(n > 0, n, np.nan)
    found = {"n": n, "m1": middle[:, 0], "m2": middle[:, 1], "m3": middle[:, 2]}
    return _frame(ratings, found | {"fuzzy": middle.mean(axis=1), "distance": mean, "agreement": near})


def _exact_interval(count: NDArray[np.int64], n: NDArray[np.int64], confidence: float = 0.95) -> tuple[Floats, Floats]:
    """Clopper and Pearson's interval of a share; NaN where n is 0."""
    tail = (1 - confidence) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(count > 0, stats.beta.ppf(tail, np.maximum(count, 1), n - count + 1), 0.0)
        high = np.where(count < n, stats.beta.ppf(1 - tail, count + 1, np.maximum(n - count, 1)), 1.0)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)


def _frame(ratings: pd.DataFrame, columns: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=pd.Index(ratings.columns, name="item"))
