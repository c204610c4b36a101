"""The arithmetic of single imputation: the middle of all units or of a group, and neighbouring editions.

Pure functions over arrays of shape `(..., units, indicators)`, for editions `(..., editions, units, indicators)`.
NaN is "not measured"; a value that is there is never changed, and where nothing is known to fill in from, NaN stays.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.moments import by_indicator, counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Places = NDArray[np.intp]

__all__ = ["fill", "fill_forward", "fill_groups", "fill_linear", "middle"]


def middle(values: Floats, kind: str) -> Floats:
    """Mean or median over the units that have a value.

    Args:
        values: Shape `(..., units, indicators)`.
        kind: `mean` or `median`.

    Returns:
        Shape `(..., indicators)`; NaN where no unit has a value.
    """
    if kind == "median":
        return counts(by_indicator(values)).median
    missing = np.isnan(values)
    known = values.shape[-2] - missing.sum(axis=-2)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(missing, 0.0, values).sum(axis=-2) / known)


def fill(values: Floats, kind: str) -> Floats:
    """Missing values replaced by the mean or median of their indicator.

    >>> fill(np.array([[1.0], [np.nan], [3.0]]), "mean").ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    return np.where(np.isnan(values), middle(values, kind)[..., None, :], values)


def fill_groups(values: Floats, codes: Places, kind: str) -> tuple[Floats, Flags]:
    """Missing values replaced by the mean or median of their group, else of all units.

    Args:
        values: Shape `(..., units, indicators)`.
        codes: Group of each unit, shape `(units,)`; -1 for none.
        kind: `mean` or `median`.

    Returns:
        The values, and where the middle of all units was taken because the unit has no group or its group no value.
    """
    found = np.full(values.shape, np.nan)
    for code in np.unique(codes[codes >= 0]):
        inside = codes == code
        found[..., inside, :] = middle(values[..., inside, :], kind)[..., None, :]
    missing = np.isnan(values)
    filled = np.where(missing, found, values)
    lone = np.isnan(filled)
    if lone.any():
        filled = np.where(lone, middle(values, kind)[..., None, :], filled)
    return filled, lone & ~np.isnan(filled)


def fill_forward(values: Floats, limit: int | None = None) -> Floats:
    """Missing values replaced by the last earlier edition's.

    Args:
        values: Shape `(..., editions, units, indicators)`, editions in the order of time.
        limit: Over how many editions a value may be carried; no limit when not given.

    >>> fill_forward(np.array([np.nan, 1.0, np.nan, np.nan])[:, None, None], limit=1).ravel().tolist()
    [nan, 1.0, 1.0, nan]
    """
    last = _last(values)
    here = np.arange(values.shape[-3])[:, None, None]
    reachable = (last >= 0) & (here - last <= (values.shape[-3] if limit is None else limit))
    earlier = np.take_along_axis(values, np.maximum(last, 0), axis=-3)
    return np.where(reachable, earlier, values)


def fill_linear(values: Floats, times: Floats) -> Floats:
    """Missing values between two known editions replaced by the straight line between them; none beyond the ends.

    Args:
        values: Shape `(..., editions, units, indicators)`, editions in the order of time.
        times: When each edition was, rising, shape `(editions,)`; years apart count.

    >>> fill_linear(np.array([1.0, np.nan, 4.0, np.nan])[:, None, None], np.array([2559.0, 2561, 2562, 2563])).ravel().tolist()
    [1.0, 3.0, 4.0, nan]
    """
    size = values.shape[-3]
    before, after = _last(values), size - 1 - _last(values[..., ::-1, :, :])[..., ::-1, :, :]
    between = np.isnan(values) & (before >= 0) & (after < size)
    before, after = np.maximum(before, 0), np.minimum(after, size - 1)
    left, right = (np.take_along_axis(values, place, axis=-3) for place in (before, after))
    with np.errstate(invalid="ignore", divide="ignore"):
        part = (times[:, None, None] - times[before]) / (times[after] - times[before])
    return np.where(between, left + part * (right - left), values)


def _last(values: Floats) -> Places:
    """Place of the last known edition up to each one; -1 for none."""
    here = np.arange(values.shape[-3])[:, None, None]
    return np.asarray(np.maximum.accumulate(np.where(np.isnan(values), -1, here), axis=-3))
