"""Rotations: varimax with Kaiser normalisation, promax, oblimin, and a stable order of factors.

The sign and order of factors are arbitrary; `ordered` fixes them: the factor that explains most comes
first, and the loadings of each sum to a positive number.

Sources: Kaiser, Psychometrika 23 (1958) 187-200; Hendrickson and White, British Journal of Statistical
Psychology 17 (1964) 65-70; Jennrich, Psychometrika 67 (2002) 7-19, for oblimin by gradient projection.
Conventions: Kaiser normalisation covers both steps of promax, as in SPSS and R's psych;
`kaiser_target=False` gives R's `stats::promax`, which normalises in the varimax step only. Oblimin is direct
quartimin (gamma 0) without Kaiser normalisation unless asked, as in psych.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.factors.correlation import Array

__all__ = ["POWER", "Rotated", "explained", "oblimin", "ordered", "promax", "rotated", "varimax"]

POWER = 4
"""Promax raises the varimax loadings to this power to make its target; 4 is usual."""
MOST = 5_000
TOLERANCE = 1e-13
GRADIENT = 1e-9
"""Length of the gradient at which oblimin has arrived."""
HALVINGS = 40


@dataclass(frozen=True)
class Rotated:
    """Rotated factors."""

    loadings: Array
    """Shape (indicators, factors): pattern coefficients."""
    correlations: Array
    """Shape (factors, factors): correlations of the factors; identity after varimax."""


def varimax(loadings: Array, *, kaiser: bool = True) -> Rotated:
    """Orthogonal rotation to large and small loadings.

    Args:
        loadings: Shape (indicators, factors).
        kaiser: Give every indicator the same say, whatever its communality.
    """
    scale = _lengths(loadings) if kaiser else np.ones(len(loadings))
    scaled = loadings / scale[:, None]
    turn = np.eye(loadings.shape[1])
    for _ in range(MOST):
        turned = scaled @ turn
        target = turned**3 - turned * np.square(turned).mean(axis=0)
        left, _, right = np.linalg.svd(scaled.T @ target)
        renewed = left @ right
        change = np.abs(renewed - turn).max()
        turn = renewed
        if change < TOLERANCE:
            break
    return Rotated((scaled @ turn) * scale[:, None], np.eye(loadings.shape[1]))


def promax(loadings: Array, *, power: int = POWER, kaiser_target: bool = True) -> Rotated:
    """Oblique rotation: varimax, then a least-squares step towards its loadings raised to *power*.

    Args:
        loadings: Shape (indicators, factors).
        power: At least 1; more lets factors correlate more.
        kaiser_target: Normalise rows in the second step too.
    """
    upright = varimax(loadings).loadings
    scale = _lengths(loadings) if kaiser_target else np.ones(len(loadings))
    scaled = upright / scale[:, None]
    target = scaled * np.abs(scaled) ** (power - 1)
    turn = np.linalg.lstsq(scaled, target, rcond=None)[0]
    turn = turn * np.sqrt(np.diag(np.linalg.inv(turn.T @ turn)))
    back = np.linalg.inv(turn)
    return Rotated(upright @ turn, back @ back.T)


def oblimin(loadings: Array, *, kaiser: bool = False) -> Rotated:
    """Oblique rotation by direct quartimin: as few indicators as possible load on two factors.

    Args:
        loadings: Shape (indicators, factors).
        kaiser: Give every indicator the same say, whatever its communality.
    """
    scale = _lengths(loadings) if kaiser else np.ones(len(loadings))
    scaled = loadings / scale[:, None]
    turn, step = np.eye(loadings.shape[1]), 1.0
    turned, value, gradient = _quartimin(scaled, turn)
    for _ in range(MOST):
        downhill = gradient - turn * (turn * gradient).sum(axis=0)
        slope = float(np.square(downhill).sum())
        if slope < GRADIENT**2:
            break
        step *= 2
        for _ in range(HALVINGS):
            tried = turn - step * downhill
            tried = tried / np.sqrt(np.square(tried).sum(axis=0))
            turned, new_value, new_gradient = _quartimin(scaled, tried)
            if value - new_value > 0.5 * slope * step:
                break
            step /= 2
        else:
            # No step lowers the criterion by more than rounding: this is the place.
            break
        turn, value, gradient = tried, new_value, new_gradient
    turned = _quartimin(scaled, turn)[0]
    return Rotated(turned * scale[:, None], turn.T @ turn)


def _quartimin(scaled: Array, turn: Array) -> tuple[Array, float, Array]:
    """Loadings turned so, the criterion there, and its gradient along the turn."""
    back = np.linalg.inv(turn)
    turned = scaled @ back.T
    squares = np.square(turned)
    others = squares.sum(axis=1, keepdims=True) - squares
    gradient = -(turned.T @ (turned * others) @ back).T
    return turned, float((squares * others).sum()) / 4, gradient


ROTATIONS: dict[str, Callable[[Array], Rotated]] = {"varimax": varimax, "promax": promax, "oblimin": oblimin}


def rotated(loadings: Array, rotate: str) -> Rotated:
    """Loadings rotated by `varimax`, `promax`, `oblimin` or not at all (`none`), in a stable order and sign."""
    size = loadings.shape[1]
    if size > 1 and rotate in ROTATIONS:
        return ordered(ROTATIONS[rotate](loadings))
    return ordered(Rotated(loadings, np.eye(size)))


def explained(rotated: Rotated) -> Array:
    """Variance of each factor, in indicators' worth; shape (factors,)."""
    return np.asarray(np.diag(rotated.correlations @ rotated.loadings.T @ rotated.loadings))


def ordered(rotated: Rotated) -> Rotated:
    """The same factors by falling variance, each with a positive sum of loadings."""
    order = np.argsort(-explained(rotated), kind="stable")
    signs = np.where(rotated.loadings[:, order].sum(axis=0) < 0, -1.0, 1.0)
    correlations = rotated.correlations[np.ix_(order, order)] * np.outer(signs, signs)
    return Rotated(rotated.loadings[:, order] * signs, correlations)


def _lengths(loadings: Array) -> Array:
    """Square roots of communalities; 1 for an indicator that loads on nothing."""
    lengths = np.sqrt(np.square(loadings).sum(axis=1))
    return np.where(lengths > 0, lengths, 1.0)
