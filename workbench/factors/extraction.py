"""Factors out of a correlation matrix: minres, principal axis and maximum likelihood.

`minres` minimises the squared off-diagonal residuals (unweighted least squares) by a bounded quasi-Newton
search, polished by Newton's method. `principal_axis` iterates communalities; where it converges with every
communality below 1 it gives the same loadings. `maximum_likelihood` assumes normal answers and is what the
fit indices are defined on. A Heywood case (a communality that reaches 1) is held at uniqueness 0.005 and
named in the result, never hidden.

Sources: Harman and Jones, Psychometrika 31 (1966) 351-368; Joreskog in Enslein, Ralston and Wilf,
Statistical Methods for Digital Computers (1977), for the derivatives; Lawley and Maxwell, Factor Analysis as
a Statistical Method (1971), for maximum likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import optimize

from workbench.errors import Fault, WorkbenchError
from workbench.factors.adequacy import inverse

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.factors.correlation import Array

__all__ = ["Extraction", "extracted", "largest_number", "maximum_likelihood", "minres", "principal_axis"]

LEAST_UNIQUENESS = 0.005
"""What every indicator keeps for itself, as in R's psych and factanal."""
LIMITS = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000}
POLISHES = 6
"""Newton's method doubles the digits each time; six are more than a double holds."""


@dataclass(frozen=True)
class Extraction:
    """Unrotated factors."""

    loadings: Array
    """Shape (indicators, factors), factors by falling variance."""
    uniquenesses: Array
    """Shape (indicators,): variance that the factors leave."""
    heywood: tuple[int, ...]
    """Places of the indicators whose communality reached 1."""
    converged: bool


def largest_number(indicators: int) -> int:
    """The most factors that this many indicators can identify: degrees of freedom stay at or above 0.

    >>> [largest_number(p) for p in (2, 3, 4, 5, 6, 50)]
    [0, 1, 1, 2, 3, 40]
    """
    return int(np.floor((2 * indicators + 1 - np.sqrt(8 * indicators + 1)) / 2 + 1e-9))


def minres(matrix: Array, factors: int, *, start: Array | None = None) -> Extraction:
    """Minimum residual factors.

    Args:
        matrix: Correlations, shape (indicators, indicators), positive definite.
        factors: How many, from 1 to `largest_number`.
        start: Uniquenesses to begin with, shape (indicators,), such as those of a matrix much like this one.

    Raises:
        WorkbenchError: the number of factors is out of range, or the matrix is not positive definite.
    """
    if start is not None and (found := _found(_polished(start, matrix, factors))).converged:
        return found  # near a solution Newton's steps alone reach it
    start = _start(matrix, factors) if start is None else start
    bounds = [(LEAST_UNIQUENESS, 1.0)] * len(matrix)
    sought = optimize.minimize(_misfit, start, (matrix, factors), method="L-BFGS-B", jac=True, bounds=bounds, options=LIMITS)
    return _found(_polished(np.asarray(sought.x, float), matrix, factors))


def _found(polished: tuple[Array, _Split]) -> Extraction:
    """The factors at these uniquenesses, and whether the misfit is level there but for those at their bound."""
    uniquenesses, split = polished
    inside = uniquenesses > LEAST_UNIQUENESS
    level = np.abs(_slope(split)[inside]).max(initial=0.0) < 1e-6  # noqa: PLR2004  (of a sum of squares)
    return _extraction(split, uniquenesses, converged=bool(level))


def principal_axis(matrix: Array, factors: int, *, tolerance: float = 1e-10, most: int = 20_000) -> Extraction:
    """Iterated principal axis factors, from squared multiple correlations.

    Args:
        matrix: Correlations, shape (indicators, indicators), positive definite.
        factors: How many, from 1 to `largest_number`.
        tolerance: Stop when the communalities change by less than this in sum.
        most: Iterations at most; `converged` is False when they run out.

    Raises:
        WorkbenchError: the number of factors is out of range, or the matrix is not positive definite.
    """
    uniquenesses = _start(matrix, factors)
    for _ in range(most):
        loadings = _loadings(_split(matrix, uniquenesses, factors))
        renewed = np.maximum(1.0 - np.square(loadings).sum(axis=1), LEAST_UNIQUENESS)
        change = np.abs(renewed - uniquenesses).sum()
        uniquenesses = renewed
        if change < tolerance:
            return _extraction(_split(matrix, uniquenesses, factors), uniquenesses, converged=True)
    return _extraction(_split(matrix, uniquenesses, factors), uniquenesses, converged=False)


def maximum_likelihood(matrix: Array, factors: int) -> Extraction:
    """Maximum likelihood factors, by a bounded quasi-Newton search over the logarithms of the uniquenesses.

    Args:
        matrix: Correlations, shape (indicators, indicators), positive definite.
        factors: How many, from 1 to `largest_number`.

    Raises:
        WorkbenchError: the number of factors is out of range, or the matrix is not positive definite.
    """
    start = np.log(_start(matrix, factors))
    bounds = [(np.log(LEAST_UNIQUENESS), 0.0)] * len(matrix)
    # A second search from where the first one stopped: its memory of the curvature begins anew.
    for _ in range(2):
        found = optimize.minimize(
            _discrepancy, start, (matrix, factors), method="L-BFGS-B", jac=True, bounds=bounds, options=LIMITS
        )
        start = np.asarray(found.x, float)
    gradient = _discrepancy(start, matrix, factors)[1]
    inside = (start > bounds[0][0]) & (start < 0.0)
    uniquenesses = np.exp(start)
    converged = bool(np.abs(gradient[inside]).max(initial=0.0) < 1e-5)  # noqa: PLR2004
    return Extraction(_likely_loadings(matrix, uniquenesses, factors), uniquenesses, _heywood(uniquenesses), converged)


EXTRACTORS: dict[str, Callable[[Array, int], Extraction]] = {
    "minres": minres,
    "principal_axis": principal_axis,
    "ml": maximum_likelihood,
}


def extracted(matrix: Array, factors: int, method: str) -> Extraction:
    """Factors by the method of that name: `minres`, `principal_axis` or `ml`; none when *factors* is 0."""
    if factors:
        return EXTRACTORS[method](matrix, factors)
    size = len(matrix)
    return Extraction(np.empty((size, 0)), np.ones(size), (), converged=True)


def _start(matrix: Array, factors: int) -> Array:
    """Uniquenesses to begin with: one less the squared multiple correlations."""
    most = largest_number(len(matrix))
    if not 1 <= factors <= most:
        problem = f"{factors} factors cannot be found in {len(matrix)} indicators."
        raise WorkbenchError(Fault(problem=problem, allowed=f"a whole number from 1 to {most}", fix="ask for fewer factors."))
    return np.clip(1.0 / np.diag(inverse(matrix)), LEAST_UNIQUENESS, 1.0)


class _Split(NamedTuple):
    """Eigenvalues and vectors of the reduced matrix: of the factors (largest first), then of the rest."""

    kept: Array
    kept_vectors: Array
    left: Array
    vectors: Array


def _split(matrix: Array, uniquenesses: Array, factors: int) -> _Split:
    values, vectors = np.linalg.eigh(matrix - np.diag(uniquenesses))
    values, vectors = values[::-1], vectors[:, ::-1]
    return _Split(values[:factors], vectors[:, :factors], values[factors:], vectors[:, factors:])


def _misfit(uniquenesses: Array, matrix: Array, factors: int) -> tuple[float, Array]:
    """Half the sum of squared eigenvalues that the factors leave, and its gradient."""
    split = _split(matrix, uniquenesses, factors)
    return 0.5 * float(split.left @ split.left), _slope(split)


def _slope(split: _Split) -> Array:
    """Gradient of the misfit along the uniquenesses."""
    return np.asarray(-(np.square(split.vectors) @ split.left))


def _polished(uniquenesses: Array, matrix: Array, factors: int) -> tuple[Array, _Split]:
    """Newton steps of the uniquenesses that are off their bound, as long as they bring them nearer; at most `POLISHES`."""
    split = _split(matrix, uniquenesses, factors)
    for _ in range(POLISHES):
        gradient = _slope(split)
        free = (uniquenesses > LEAST_UNIQUENESS) | (gradient < 0)
        step = np.zeros_like(uniquenesses)
        try:
            step[free] = np.linalg.solve(_curvature(split)[np.ix_(free, free)], gradient[free])
        except np.linalg.LinAlgError:
            break
        renewed = np.clip(uniquenesses - step, LEAST_UNIQUENESS, 1.0)
        after = _split(matrix, renewed, factors)
        if not np.abs(_slope(after)[free]).max(initial=0.0) < np.abs(gradient[free]).max(initial=0.0):
            break
        uniquenesses, split = renewed, after
    return uniquenesses, split


def _curvature(split: _Split) -> Array:
    """Second derivatives of the misfit along the uniquenesses."""
    left, vectors = split.left, split.vectors
    second = np.square(vectors @ vectors.T)
    for value, vector in zip(split.kept, split.kept_vectors.T, strict=True):
        second += 2 * ((vectors * (left / (left - value))) @ vectors.T) * np.outer(vector, vector)
    return np.asarray(second)


def _loadings(split: _Split) -> Array:
    return np.asarray(split.kept_vectors * np.sqrt(np.maximum(split.kept, 0.0)))


def _extraction(split: _Split, uniquenesses: Array, *, converged: bool) -> Extraction:
    return Extraction(_loadings(split), uniquenesses, _heywood(uniquenesses), converged)


def _heywood(uniquenesses: Array) -> tuple[int, ...]:
    return tuple(int(place) for place in np.flatnonzero(uniquenesses <= LEAST_UNIQUENESS * (1 + 1e-9)))


def _scaled_split(matrix: Array, uniquenesses: Array) -> tuple[Array, Array]:
    """Eigenvalues (largest first) and vectors of the correlations in units of the uniquenesses."""
    scale = np.sqrt(uniquenesses)
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    return values[::-1], vectors[:, ::-1]


def _likely_loadings(matrix: Array, uniquenesses: Array, factors: int) -> Array:
    values, vectors = _scaled_split(matrix, uniquenesses)
    kept = vectors[:, :factors] * np.sqrt(np.maximum(values[:factors] - 1.0, 0.0))
    return np.asarray(kept * np.sqrt(uniquenesses)[:, None])


def _discrepancy(logs: Array, matrix: Array, factors: int) -> tuple[float, Array]:
    """The likelihood's discrepancy at these logarithms of uniquenesses, and its gradient along them."""
    uniquenesses = np.exp(logs)
    values, vectors = _scaled_split(matrix, uniquenesses)
    left = values[factors:]
    misfit = float((left - np.log(left) - 1.0).sum())
    kept = vectors[:, :factors] * np.sqrt(np.maximum(values[:factors] - 1.0, 0.0))
    implied = np.square(kept).sum(axis=1) + 1.0
    return misfit, np.asarray(implied - np.diag(matrix) / uniquenesses)
