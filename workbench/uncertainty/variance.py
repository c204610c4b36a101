"""Shares of a variance that factors explain: Sobol's indices from designs, or exactly from all combinations.

Arrays with the outputs on the last axis, so that every unit's rank and score has its indices from the same runs. An
output that does not vary has indices of 0: nothing is left to explain. A base row in which any run failed is left out
of that output, so no index is ever NaN.

Source: first order after Saltelli et al. (2010), Computer Physics Communications 181(2), table 2 (b); total after
Jansen (1999), Computer Physics Communications 117(1-2); the designs are SALib's (Herman, Usher 2017, JOSS 2(9)).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Indices", "decompose", "design", "estimate"]

INTERVAL = (2.5, 97.5)
"""Percentiles between which the bootstrap interval lies."""


@dataclass(frozen=True, kw_only=True)
class Indices:
    """Sobol's indices; arrays of shape `(factors, outputs)`."""

    s1: Floats
    s1_low: Floats
    s1_high: Floats
    st: Floats
    st_low: Floats
    st_high: Floats
    left_out: int = 0
    """Base rows in which some run failed."""


def design(sizes: Mapping[str, int], samples: int, seed: int) -> dict[str, Floats]:
    """SALib's quasi-random design for groups of coordinates.

    Args:
        sizes: Coordinates of each factor.
        samples: Base rows, a power of 2.
        seed: Of the scrambling.

    Returns:
        By factor, numbers from 0 to 1 of shape `(coordinates, runs)`; in each base row the runs A, A with each factor
        from B in turn, B.
    """
    from SALib.sample import sobol  # noqa: PLC0415  (takes a while)

    if len(sizes) == 1:
        # SALib takes a single group for none: give it company, and leave out the runs that only the company changes.
        found = design({**sizes, "": 1}, samples, seed)
        kept = np.arange(4 * samples) % 4 != 2  # noqa: PLR2004  (A, A with the factor, A with the company, B)
        return {name: found[name][:, kept] for name in sizes}
    names = [f"{name}.{number}" for name, size in sizes.items() for number in range(size)]
    groups = [name for name, size in sizes.items() for _ in range(size)]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names), "groups": groups}
    runs = sobol.sample(problem, samples, calc_second_order=False, scramble=True, seed=seed)
    ends = np.cumsum(list(sizes.values()))
    # A design may touch 1, which belongs to no choice.
    columns = np.split(np.minimum(runs.T, 1.0 - 2.0**-53), ends[:-1])
    return dict(zip(sizes, columns, strict=True))


def estimate(runs: Floats, factors: int, seed: int, resamples: int = 400) -> Indices:
    """Indices from the outputs of a design.

    Args:
        runs: Shape `(base rows * (factors + 2), outputs)`, in the order of `design`; NaN where a run failed.
        factors: How many.
        seed: Of the bootstrap.
        resamples: Bootstrap samples of the base rows for the intervals (percentiles 2.5 and 97.5).
    """
    table = runs.reshape(-1, factors + 2, runs.shape[-1])
    good = np.asarray(~np.isnan(table).any(axis=1))
    count = np.maximum(good.sum(axis=0), 1)
    centre = np.where(good[:, None], table, 0.0)[:, [0, -1]].sum(axis=(0, 1)) / (2 * count)
    table = np.where(good[:, None], table - centre, 0.0)
    first, last = table[:, 0], table[:, -1]
    mixed = table[:, 1:-1]
    parts = [last[:, None] * (mixed - first[:, None]), 0.5 * (first[:, None] - mixed) ** 2]
    sums = [first + last, first**2 + last**2, good.astype(float)]
    rng = np.random.Generator(np.random.Philox(key=[seed, 11]))
    rows = len(table)
    drawn = np.vstack([np.ones(rows), rng.multinomial(rows, np.full(rows, 1.0 / rows), size=resamples)])
    total, squares, counted = (drawn @ item for item in sums)
    counted = np.maximum(counted, 1.0)
    variance = squares / (2 * counted) - (total / (2 * counted)) ** 2
    floor = 1e-12 * np.maximum(centre**2, 1.0)
    found = []
    for part in parts:
        mean = np.einsum("rn,nfo->rfo", drawn, part, optimize=True) / counted[:, None]
        found.append(np.divide(mean, variance[:, None], out=np.zeros_like(mean), where=(variance > floor)[:, None]))
    ends = [np.percentile(item[1:], INTERVAL, axis=0) for item in found]
    return Indices(
        s1=found[0][0],
        s1_low=ends[0][0],
        s1_high=ends[0][1],
        st=found[1][0],
        st_low=ends[1][0],
        st_high=ends[1][1],
        left_out=int((~good).any(axis=1).sum()),
    )


def decompose(grid: Floats) -> Indices:
    """Exact indices from all combinations of discrete factors, each choice as likely as the others.

    Args:
        grid: Shape `(choices of factor 1, ..., choices of the last, outputs)`.

    Returns:
        The intervals are the values themselves.
    """
    factors = tuple(range(grid.ndim - 1))
    variance = grid.var(axis=factors)
    moves = variance > 1e-12 * np.maximum(grid.mean(axis=factors) ** 2, 1.0)
    s1, st = (np.zeros((len(factors), grid.shape[-1])) for _ in range(2))
    for factor in factors:
        others = tuple(axis for axis in factors if axis != factor)
        alone = grid.mean(axis=others).var(axis=0)
        within = grid.var(axis=factor).mean(axis=tuple(range(grid.ndim - 2)))
        s1[factor] = np.divide(alone, variance, out=np.zeros_like(variance), where=moves)
        st[factor] = np.divide(within, variance, out=np.zeros_like(variance), where=moves)
    return Indices(s1=s1, s1_low=s1, s1_high=s1, st=st, st_low=st, st_high=st)
