"""How many factors: eigenvalues, parallel analysis, Velicer's MAP.

Parallel analysis compares the eigenvalues of the whole correlation matrix (of components; diagonal 1)
with those of data that have no structure. Other programs compare eigenvalues of common factors; the
numbers differ, so reports name the definition. Missing answers stay where they are in the random data,
so a correlation that rests on few pairs is as noisy there as in the data.

Random numbers come from a counter-based stream keyed by (seed, repetition): results do not depend on
workers, memory or how many repetitions are asked for.

Sources: Horn, Psychometrika 30 (1965) 179-185; Buja and Eyuboglu, Multivariate Behavioral Research 27
(1992) 509-540 (permutation); Velicer, Psychometrika 41 (1976) 321-327.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from threadpoolctl import threadpool_limits

from workbench.errors import Fault, WorkbenchError
from workbench.factors.correlation import Array, centred, pearson

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["NULLS", "QUANTILE", "Null", "eigenvalues", "exceeding", "minimum_average_partial", "random_eigenvalues"]

Null = Literal["permutation", "normal"]
NULLS: tuple[Null, ...] = get_args(Null)
"""The order is part of the random stream."""
QUANTILE = 0.95
"""An eigenvalue counts when it passes this quantile of the same eigenvalue without structure."""
NOTHING_LEFT = 1e-12
"""Variance of an indicator that components have used up, but for rounding."""
BLOCK = 2**20
"""Numbers at a time: 16 data sets of 1,237 x 50, 8 MB, which stays near the processor."""


def eigenvalues(matrix: Array) -> Array:
    """Eigenvalues of a symmetric matrix or a stack of them, largest first; shape (..., indicators)."""
    return np.asarray(np.linalg.eigvalsh(matrix)[..., ::-1])


def random_eigenvalues(values: pd.DataFrame, null: Null, *, repetitions: int, seed: int) -> Array:
    """Eigenvalues of correlation matrices of data without structure.

    Args:
        values: Shape (respondents, indicators); NaN is not answered.
        null: `permutation` shuffles each indicator's answers among those who answered it, so its
            distribution stays; `normal` draws normal numbers in place of the answers.
        repetitions: How many random data sets, at least 1.
        seed: Key of the random stream; 0 is a seed.

    Returns:
        Shape (repetitions, indicators), largest first in each row.

    Raises:
        WorkbenchError: *repetitions* is below 1.
    """
    if repetitions < 1:
        problem = f"`repetitions` of the parallel analysis is {repetitions}."
        raise WorkbenchError(Fault(problem=problem, allowed="a whole number from 1", fix="200 is usual."))
    numbers, answered = centred(values)
    size = max(1, BLOCK // max(1, numbers.size))
    blocks = (range(start, min(start + size, repetitions)) for start in range(0, repetitions, size))
    # Few pairs of shuffled answers may all be alike; such a correlation counts as none.
    matrices = (np.nan_to_num(pearson(_noise(numbers, answered, null, seed, block), answered)) for block in blocks)
    # Many small matrices: several threads would wait for each other, far longer than one needs.
    with threadpool_limits(limits=1):
        return np.concatenate([eigenvalues(matrix) for matrix in matrices])


def exceeding(observed: Array, reference: Array) -> int:
    """How many leading eigenvalues lie above the reference; the count stops at the first that does not.

    >>> exceeding(np.array([3.0, 1.2, 1.1]), np.array([1.5, 1.3, 1.0]))
    1
    """
    above = observed > reference
    return int(above.argmin()) if not above.all() else len(above)


def minimum_average_partial(matrix: Array) -> Array:
    """Velicer's minimum average partial: mean squared correlation after removing 0, 1, ... components.

    Args:
        matrix: Correlations, shape (indicators, indicators).

    Returns:
        Shape (indicators - 1,): element m is the mean squared off-diagonal partial correlation with m
        components removed. The place of the smallest is the suggested number of components.
    """
    values, vectors = np.linalg.eigh(matrix)
    components = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0.0))
    left, averages = matrix, []
    for component in components.T[: len(matrix) - 1]:
        averages.append(_mean_squared_partial(left))
        left = left - np.outer(component, component)
    return np.array(averages)


def _mean_squared_partial(covariance: Array) -> float:
    """Mean squared off-diagonal correlation of a covariance matrix; 0 with what has no variance left."""
    variance = np.diag(covariance)
    there = variance > NOTHING_LEFT
    off = np.outer(there, there) & ~np.eye(len(covariance), dtype=bool)
    squared = np.divide(np.square(covariance), np.outer(variance, variance), out=np.zeros_like(covariance), where=off)
    return float(squared.sum() / (len(covariance) * (len(covariance) - 1)))


def _noise(numbers: Array, answered: Array, null: Null, seed: int, repetitions: range) -> Array:
    """Data sets without structure, shape (repetitions, respondents, indicators)."""
    streams = (np.random.Philox(key=[seed, repetition * len(NULLS) + NULLS.index(null)]) for repetition in repetitions)
    generators = (np.random.Generator(stream) for stream in streams)
    if null == "normal":
        return np.stack([generator.standard_normal(numbers.shape) for generator in generators])
    turned, there = np.ascontiguousarray(numbers.T), np.ascontiguousarray(answered.T > 0)
    return np.swapaxes(np.stack([_shuffled(turned, there, generator) for generator in generators]), -1, -2)


def _shuffled(numbers: Array, there: NDArray[np.bool_], generator: np.random.Generator) -> Array:
    """Each row's answers in another order among the places that have one; shape (indicators, respondents)."""
    keys = np.where(there, generator.random(numbers.shape, dtype=np.float32), np.float32(2))
    taken = np.take_along_axis(numbers, np.argsort(keys, axis=1), axis=1)
    shuffled = np.zeros_like(numbers)
    shuffled[there] = taken[np.arange(numbers.shape[1]) < there.sum(axis=1)[:, None]]
    return shuffled
