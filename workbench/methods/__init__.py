"""Normalisations that live in a file of their own: each module of this package is one.

A module defines `METHOD`, a `FittedScale`. It is found by being there; parameter files, the schema, the uncertainty
analysis, the panel, the reference and the tests of all methods then know it. `make new-method NAME=...` begins one.
A method here measures every unit between two values found from the units; scales with parameters of their own, ranks
and categories are in `normalisation`.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["REGISTERED", "FittedScale"]


@dataclass(frozen=True, kw_only=True)
class FittedScale:
    """A normalisation between two values found from the units."""

    name: str
    """As parameter files write it: small letters and underscores."""
    th: str
    en: str
    """What it does, as part of a sentence, in both languages."""
    source: str
    """Where it is defined."""
    ends: Callable[[Floats], tuple[float, float]]
    """From the known raw values of the units, shape `(units,)`, at least two: the values that score 0 and 100, where more is
    better. Where less is better the two swap, by the one rule for all methods."""


def _found() -> dict[str, FittedScale]:
    """Every method, by name, in the order of the modules' names."""
    scales = [import_module(f"{__name__}.{item.name}").METHOD for item in pkgutil.iter_modules(__path__) if item.name[0] != "_"]
    return {scale.name: scale for scale in scales}


REGISTERED = _found()
"""The methods of this package by name."""
