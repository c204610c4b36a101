"""What the indicators look like before anything is scored: statistics, flags, coverage, denominators.

Pure functions; arrays inside, frames at the edges, everything matched by id. A missing value (NaN) is "not
measured" and is left out of every statistic. Shares always say of what: `share_missing` and coverage are of all
units or indicators, `most_common_share` of the units that have a value. Nothing is dropped, divided or lost
without a table that names it. Refuses what is no number, ids that stand twice, and names that are unknown.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 2 and 3; JRC, Competence Centre on
Composite Indicators, audit practice for the usual limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from workbench.errors import Fault, FaultList, WorkbenchError, one_of
from workbench.moments import ROUNDING, by_indicator, counts, moments
from workbench.text import Text, Texts
from workbench.unit_tables import choose, listed, numbers, only_known, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "COVERAGES",
    "Denominated",
    "Screened",
    "coverage",
    "denominate",
    "flags",
    "indicator_statistics",
    "per",
    "screen",
]

COVERAGES = ("both", "indicators", "weight")
"""What a unit must have enough of to be kept."""


class Screened(NamedTuple):
    """Units with enough data, and the others."""

    kept: pd.DataFrame
    """The rows of the units that stay, unchanged and in their order."""
    dropped: pd.DataFrame
    """Index unit; columns `measured`, `missing` (numbers of indicators), `coverage`, `coverage_by_weight` (shares, 0-1)."""


@dataclass(frozen=True, kw_only=True)
class Denominated:
    """Values per person, per area, per product."""

    values: pd.DataFrame
    """As given, with the indicators that have a denominator divided by it."""
    lost: pd.DataFrame
    """One row per value that could not be divided and is now missing: `unit`, `indicator`, `denominator`, `value` (as
    it was), `reason` (`zero` or `missing`)."""
    notices: tuple[Text, ...] = ()


def indicator_statistics(values: pd.DataFrame) -> pd.DataFrame:
    """Statistics of each indicator.

    Args:
        values: Shape `(units, indicators)`, in each indicator's own unit; NaN is "not measured" and is left out.

    Returns:
        Index indicator; columns `n`, `missing`, `share_missing` (of all units, 0-1), `min`, `max`, `mean`, `median`,
        `sd` (with n - 1), `skewness`, `kurtosis` (type 2; NaN for a constant or short column), `unique` (different
        values), `most_common_share` (of the units that have a value, 0-1).

    Raises:
        WorkbenchError: a cell is no number or infinite, or an id stands twice.

    Source: skewness and kurtosis as in Excel, SAS and `scipy.stats.skew(x, bias=False)`.

    >>> table = pd.DataFrame({"a": [1.0, 2.0, 2.0, None]}, index=["TH-10", "TH-11", "TH-12", "TH-13"])
    >>> indicator_statistics(table).loc["a", ["n", "missing", "share_missing", "median"]].tolist()
    [3.0, 1.0, 0.25, 2.0]
    """
    columns = by_indicator(numbers(values))
    shape, tied = moments(columns), counts(columns)
    missing = len(values) - shape.n
    with np.errstate(invalid="ignore", divide="ignore"):
        found = {
            "n": shape.n.astype(int),
            "missing": missing.astype(int),
            "share_missing": missing / len(values),
            "min": shape.low,
            "max": shape.high,
            "mean": shape.mean,
            "median": tied.median,
            "sd": shape.sd,
            "skewness": shape.skewness,
            "kurtosis": shape.kurtosis,
            "unique": tied.unique.astype(int),
            "most_common_share": tied.common / shape.n,
        }
    return pd.DataFrame(found, index=values.columns.rename("indicator"))


def flags(
    statistics: pd.DataFrame,
    *,
    skewness: float = 2.0,
    kurtosis: float = 3.5,
    missing: float = 0.35,
    few: int = 5,
    common: float = 0.5,
) -> pd.DataFrame:
    """What deserves a look before an indicator is used.

    Args:
        statistics: From `indicator_statistics`.
        skewness: `skewed` when the absolute skewness is above this **and** the kurtosis above the next.
        kurtosis: See *skewness*.
        missing: `many_missing` when the share of all units without a value is above this.
        few: `few_unique` when there are fewer different values than this, but more than one.
        common: `dominated` when more than this share of the units with a value have the same one.

    Returns:
        Same index; true or false in `skewed`, `many_missing`, `few_unique`, `dominated`, `constant` (one value
        throughout), `empty` (no value at all).
    """
    n, unique = statistics["n"].to_numpy(), statistics["unique"].to_numpy()
    low, high = statistics["min"].to_numpy(), statistics["max"].to_numpy()
    constant = high - low <= ROUNDING * np.maximum(np.abs(low), np.abs(high))
    skewed = np.abs(statistics["skewness"].to_numpy()) > skewness
    found = {
        "skewed": skewed & (statistics["kurtosis"].to_numpy() > kurtosis),
        "many_missing": statistics["share_missing"].to_numpy() > missing,
        "few_unique": ~constant & (n > 0) & (unique < few),
        "dominated": statistics["most_common_share"].to_numpy() > common,
        "constant": constant,
        "empty": n == 0,
    }
    return pd.DataFrame(found, index=statistics.index)


def coverage(values: Floats, weights: Floats | None = None) -> Floats:
    """Share of the indicators, or of their weight, that each unit has a value of.

    Args:
        values: Shape `(..., units, indicators)`; NaN is "not measured".
        weights: Shape `(indicators,)`, not negative, of any sum above 0; equal when not given.

    Returns:
        Shape `(..., units)`, from 0 to 1.
    """
    measured = ~np.isnan(values)
    if weights is None:
        return np.asarray(measured.mean(axis=-1))
    return np.asarray(measured @ (weights / weights.sum()))


def screen(values: pd.DataFrame, minimum_coverage: float, *, weights: pd.Series | None = None, by: str | None = None) -> Screened:
    """Separate the units that have too little data to be scored.

    Args:
        values: Shape `(units, indicators)`; NaN is "not measured".
        minimum_coverage: From 0 to 1; a unit that reaches it exactly is kept.
        weights: Of each indicator in the index, by id, of any sum; others in it are left aside.
        by: `indicators` (share of their number), `weight` (share of their weight), or `both`, which asks for
            the two. `both` when weights are given, else `indicators`.

    Returns:
        The rows kept, and a table of the dropped ones with both shares (by weight NaN without weights).

    Raises:
        WorkbenchError: the minimum is no share, *by* is unknown, or the weights are missing or impossible.
    """
    share(minimum_coverage, "the minimum coverage")
    by = by or ("indicators" if weights is None else "both")
    choose(by, COVERAGES, "a screening by")
    if weights is None and by != "indicators":
        raise WorkbenchError(Fault(problem=f"screening by {by} needs weights.", fix="give the weight of each indicator."))
    cells = numbers(values)
    by_number = coverage(cells)
    by_weight = coverage(cells, _weights(weights, values.columns)) if weights is not None else np.full(len(values), np.nan)
    asked = {"indicators": [by_number], "weight": [by_weight], "both": [by_number, by_weight]}[by]
    keep = np.all([found >= minimum_coverage - 1e-9 for found in asked], axis=0)
    missing = np.isnan(cells).sum(axis=1)
    table = {
        "measured": cells.shape[1] - missing,
        "missing": missing,
        "coverage": by_number,
        "coverage_by_weight": by_weight,
    }
    return Screened(kept=values.loc[keep], dropped=pd.DataFrame(table, index=values.index)[~keep])


def _weights(weights: pd.Series, ids: pd.Index) -> Floats:
    """Weights in the order of *ids*."""
    faults = FaultList()
    for name in ids.difference(weights.index):
        faults.add(f"indicator `{name}` has no weight.", allowed=one_of(weights.index), fix="give every indicator a weight.")
    if not weights.index.is_unique:
        faults.add(f"there is more than one weight for {listed(weights.index[weights.index.duplicated()].unique())}.")
    faults.stop_if_any()
    found = np.asarray(weights.reindex(ids).to_numpy(dtype=float))
    if not (np.isfinite(found).all() and (found >= 0).all() and found.sum() > 0):
        shown = listed(f"{name} = {weight:g}" for name, weight in zip(ids, found, strict=True))
        raise WorkbenchError(Fault(problem=f"weights are impossible: {shown}.", allowed="numbers from 0, not all 0"))
    return found


def per(values: Floats, denominators: Floats, factor: Floats | float = 1.0) -> Floats:
    """Values per unit of a denominator, times *factor*.

    Args:
        values: Shape `(..., units, indicators)`.
        denominators: Any shape that broadcasts with it.
        factor: 1,000 gives values per 1,000.

    Returns:
        Shape of *values*; NaN where the denominator is zero, negative or NaN.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(values / np.where(denominators > 0, denominators, np.nan) * factor)


def denominate(
    values: pd.DataFrame,
    denominators: pd.DataFrame,
    mapping: Mapping[str, str],
    factor: float | Mapping[str, float] = 1.0,
) -> Denominated:
    """Divide indicators by the size of the unit, so that large units do not lead for being large.

    Args:
        values: Shape `(units, indicators)`; NaN is "not measured".
        denominators: One row per unit, in any order; columns such as population, area, gross provincial product.
        mapping: The denominator of an indicator, by id; indicators not named stay as they are.
        factor: Of all, or by indicator: 1,000 gives values per 1,000 persons.

    Returns:
        The values; every value that is lost to a zero or missing denominator is named.

    Raises:
        WorkbenchError: an indicator or a denominator is unknown, a denominator is negative or no number, or none of
            the units has a row of denominators.

    >>> seats = pd.DataFrame({"seats": [50.0, 8.0]}, index=["TH-50", "TH-58"])
    >>> persons = pd.DataFrame({"persons": [0.0, 1000.0]}, index=["TH-58", "TH-50"])
    >>> found = denominate(seats, persons, {"seats": "persons"}, factor=100)
    >>> found.values["seats"].tolist(), found.lost["reason"].tolist()
    ([5.0, nan], ['zero'])
    """
    names = list(mapping)
    _check_mapping(values, denominators, mapping, factor)
    cells, sizes = numbers(values), _sizes(values, denominators, mapping)
    places = [values.columns.get_loc(name) for name in names]
    factors = np.array([factor.get(name, 1.0) if isinstance(factor, Mapping) else factor for name in names], dtype=float)
    before = cells[:, places]
    result = cells.copy()
    result[:, places] = per(before, sizes, factors)
    rows, columns = np.nonzero(~np.isnan(before) & ~(sizes > 0))
    lost = pd.DataFrame(
        {
            "unit": values.index[rows],
            "indicator": [names[column] for column in columns],
            "denominator": [mapping[names[column]] for column in columns],
            "value": before[rows, columns],
            "reason": np.where(sizes[rows, columns] == 0.0, "zero", "missing").astype(object),
        }
    )
    frame = pd.DataFrame(result, index=values.index, columns=values.columns)
    return Denominated(values=frame, lost=lost, notices=tuple(_lost_notices(lost)))


def _check_mapping(
    values: pd.DataFrame, denominators: pd.DataFrame, mapping: Mapping[str, str], factor: float | Mapping[str, float]
) -> None:
    faults = FaultList()
    only_known(mapping, values.columns, "indicator", faults)
    only_known(dict.fromkeys(mapping.values()), denominators.columns, "denominator", faults)
    factors = factor if isinstance(factor, Mapping) else {"all": factor}
    if isinstance(factor, Mapping):
        only_known(factor, mapping, "factor of indicator", faults)
    for name, number in factors.items():
        if not (np.isfinite(number) and number > 0):
            faults.add(f"the factor of `{name}` is {number:g}.", allowed="a number above 0")
    if len(values) and set(values.index).isdisjoint(denominators.index):
        faults.add(
            f"no unit has denominators: the values have {listed(values.index)}; the denominators {listed(denominators.index)}.",
            fix="use the same ids in both tables.",
        )
    faults.stop_if_any()


def _sizes(values: pd.DataFrame, denominators: pd.DataFrame, mapping: Mapping[str, str]) -> Floats:
    """The denominator of every mapped value, shape `(units, mapped indicators)`, NaN where there is none."""
    used = denominators[list(dict.fromkeys(mapping.values()))]
    table = pd.DataFrame(numbers(used, "the denominators"), index=used.index, columns=used.columns)
    faults = FaultList()
    for name in table.columns:
        for unit in table.index[table[name] < 0]:
            problem = f"denominator `{name}` of unit `{unit}` is {table.loc[unit, name]:g}."
            faults.add(problem, allowed="a number above 0, or nothing")
    faults.stop_if_any()
    return np.asarray(table.reindex(values.index)[list(mapping.values())].to_numpy(dtype=float))


def _lost_notices(lost: pd.DataFrame) -> Iterator[Text]:
    for (reason, name), rows in lost.groupby(["reason", "denominator"], sort=True):
        yield Texts.default()(
            f"preparation.denominators.{reason}",
            n=len(rows),
            denominator=name,
            indicators=listed(rows["indicator"].unique()),
            units=listed(rows["unit"].unique()),
        )
