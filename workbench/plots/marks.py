"""What a sheet is drawn with: five kinds of marks, in inches from the top left, without a way to draw them.

A mark with a higher `z` lies on top; among equals the later does. Nothing is measured here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["POINTS", "Area", "Box", "Dot", "Line", "Mark", "Shape", "Side", "Window", "Words"]

POINTS = 72.0
"""Points, the unit of letters and strokes, in an inch."""
Side = Literal["left", "center", "right"]
Shape = Literal["o", "D", "s", "|"]
"""A disc, a diamond, a square, a bar."""
Window = tuple[float, float, float, float]
"""x, y, width, height of what is shown of a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text on its base."""

    x: float
    y: float
    text: str
    size: float
    """Points."""
    colour: str
    side: Side = "left"
    """Which part of the line stands at `x`."""
    bold: bool = False
    turn: float = 0.0
    """Degrees, against the clock, around the place."""
    z: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle; `x`, `y` is its top left corner."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    edge: str
    stroke: float
    """Points; 0 draws no edge."""
    hatch: str | None = None
    z: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through places."""

    xs: Sequence[float]
    ys: Sequence[float]
    colour: str
    stroke: float
    dash: tuple[float, float] | None = None
    """Lengths of dashes and gaps, in widths of the stroke."""
    z: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A sign with its middle at a place."""

    x: float
    y: float
    size: float
    """Square of its width, in points."""
    colour: str
    edge: str
    stroke: float
    shape: Shape = "o"
    z: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Polygons and their holes as one shape; each ring has shape `(places, 2)` and ends where it began."""

    rings: Sequence[NDArray[np.float64]]
    colour: str | None
    """None leaves it open."""
    edge: str
    stroke: float
    hatch: str | None = None
    inside: Window | None = None
    z: float = 1.0


Mark = Words | Box | Line | Dot | Area
