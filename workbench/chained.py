"""Imputation by chained equations: each indicator regressed on all others, in turn, until nothing moves.

scikit-learn's IterativeImputer with Bayesian ridge regression, whose shrinkage bears nearly as many indicators as
units. Columns are standardised and put in the order of their ids first, so neither the unit of measurement nor the
order of rows and columns changes a result. Once gives the regression's prediction; several completed tables, each
drawn from the posterior, keep what is unknown. Values that are there are never changed.

Sources: van Buuren and Groothuis-Oudshoorn, J. Stat. Software 45 (2011) 3; Buck, JRSS B 22 (1960) 302-306.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["multiple", "regression"]


def regression(
    values: Floats, units: Sequence[str], indicators: Sequence[str], *, limits: Floats | None = None, rounds: int = 20
) -> tuple[Floats, bool]:
    """Missing values replaced by what the other indicators predict.

    Args:
        values: Shape `(units, indicators)`; every indicator has a value somewhere.
        units: Ids of the rows, which give their order.
        indicators: Ids of the columns, which give theirs.
        limits: Least and greatest value of each indicator, shape `(2, indicators)`, infinite for none.
        rounds: At most so many turns over the indicators.

    Returns:
        The completed values, and whether they had settled.
    """
    tables, settled = _complete(values, units, indicators, limits, rounds, [None])
    return tables[0], settled


def multiple(
    values: Floats,
    units: Sequence[str],
    indicators: Sequence[str],
    *,
    seed: int,
    draws: int,
    limits: Floats | None = None,
    rounds: int = 10,
) -> Floats:
    """Several completed tables, each with values drawn from what the other indicators leave open.

    Args:
        values: Shape `(units, indicators)`; every indicator has a value somewhere.
        units: Ids of the rows, which give their order.
        indicators: Ids of the columns, which give theirs.
        seed: Any whole number from 0; a table depends on the seed and its own number, not on how many there are.
        draws: How many tables.
        limits: Least and greatest value of each indicator, shape `(2, indicators)`, infinite for none.
        rounds: Turns over the indicators before a table is taken.

    Returns:
        Shape `(draws, units, indicators)`.
    """
    seeds = [int(child.generate_state(1)[0]) for child in np.random.SeedSequence(seed).spawn(draws)]
    return _complete(values, units, indicators, limits, rounds, seeds)[0]


def _complete(
    values: Floats,
    units: Sequence[str],
    indicators: Sequence[str],
    limits: Floats | None,
    rounds: int,
    seeds: Sequence[int | None],
) -> tuple[Floats, bool]:
    """One table per seed, drawn, or for no seed predicted; and whether the predictions had settled."""
    rows, columns = _order(units), _order(indicators)
    given = values[np.ix_(rows, columns)]
    centre, scale = np.nanmean(given, axis=0), np.nanstd(given, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    ends = np.array([[-np.inf], [np.inf]]) if limits is None else (limits[:, columns] - centre) / scale
    low, high = np.broadcast_to(ends, (2, len(columns)))
    done = np.empty((len(seeds), *values.shape))
    settled = True
    for draw, seed in enumerate(seeds):
        table, turns = _chain((given - centre) / scale, low, high, rounds, seed)
        settled = settled and turns < rounds
        done[draw][np.ix_(rows, columns)] = table * scale + centre
    return np.where(np.isnan(values), done, values), settled


def _order(ids: Sequence[str]) -> list[int]:
    return sorted(range(len(ids)), key=lambda place: ids[place])


def _chain(standard: Floats, low: Floats, high: Floats, rounds: int, seed: int | None) -> tuple[Floats, int]:
    """The completed table and the turns it took."""
    # Loaded late: scikit-learn takes a second, and most runs impute nothing by regression.
    from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401, PLC0415  (unlocks the next import)
    from sklearn.impute import IterativeImputer  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    imputer = IterativeImputer(
        sample_posterior=seed is not None,
        random_state=0 if seed is None else seed,
        max_iter=rounds,
        min_value=low,
        max_value=high,
    )
    # Many small regressions: several threads would wait for each other, ten times longer than one needs.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return np.asarray(imputer.fit_transform(standard)), int(imputer.n_iter_)
