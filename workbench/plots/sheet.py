"""Drawing in inches: a sheet measured from its top left corner, and legends that wrap.

Sizes are given, not found by trial, so letters keep one size in every figure, nothing overlaps, and a figure
grows with its rows. A sheet only keeps its marks: pages get them as SVG at once, and matplotlib draws the same marks
where letters have to be outlines or an image is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from workbench.plots.fitting import width_of
from workbench.plots.marks import POINTS, Area, Box, Dot, Line, Mark, Shape, Side, Window, Words
from workbench.plots.style import INK, MUTED
from workbench.plots.vector import svg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = ["DASHED", "HATCHES", "LEGEND_ROW", "PAGE", "Key", "Sheet", "legend_height", "notice"]

PAGE = 8.3
"""Inches of the widest figure: the width of a page's column."""
LEGEND_ROW, LEGEND_SIZE = 0.25, 9.5
SIGN, SIGN_GAP, KEY_GAP = 0.24, 0.08, 0.28
"""Inches: width of a sign, from sign to label, from label to the next sign."""
MIDDLE = 0.33
"""Height of the middle of a small letter above the base, as a share of the size."""
SIGNS: dict[str, tuple[Shape, float]] = {"dot": ("o", 0.6), "diamond": ("D", 0.6), "bar": ("|", 1.6)}
"""Shape and stroke of a legend's dots."""
DASHED = (4.0, 3.0)
"""Dashes and gaps of a line that is no part of the scale."""
HATCHES = ("////", "....")
"""Two ways to say that there is no score."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One entry of a legend."""

    label: str
    colour: str
    sign: Literal["dot", "diamond", "bar", "box", "line", "dash"] = "box"
    edge: str = INK
    hatch: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A drawing whose units are inches from the top left."""

    width: float
    height: float
    marks: list[Mark] = field(default_factory=list, repr=False)

    def svg(self, prefix: str) -> str:
        """The sheet as inline SVG that scales with the page; *prefix* is put before every id."""
        return svg_of(self.marks, self.width, self.height, prefix)

    @property
    def figure(self) -> Figure:
        """The same marks, drawn by matplotlib."""
        from workbench.plots.painted import figure_of  # noqa: PLC0415  (pages do without)

        return figure_of(self.marks, self.width, self.height)

    def text(
        self, x: float, y: float, text: str, size: float, *, ha: Side = "left", color: str = INK, weight: str = "normal"
    ) -> None:
        """One line, by default from *x* to the right with the middle of its letters at *y*.

        The line is set on its base, because marks above and below a Thai letter would move a line that is centred.
        """
        if text:
            base = y + MIDDLE * size / POINTS
            self.marks.append(Words(x=x, y=base, text=text, size=size, colour=color, side=ha, bold=weight == "bold"))

    def leaning(self, x: float, y: float, text: str, size: float, degrees: float) -> None:
        """One line that rises from *x*, *y*, the foot of its first letter."""
        self.marks.append(Words(x=x, y=y, text=text, size=size, colour=INK, turn=degrees))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: str,
        *,
        linewidth: float = 0.6,
        edgecolor: str = INK,
        hatch: str | None = None,
    ) -> None:
        """A filled rectangle; *x*, *y* is its top left corner."""
        self.marks.append(Box(x=x, y=y, width=width, height=height, colour=colour, edge=edgecolor, stroke=linewidth, hatch=hatch))

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        *,
        color: str = MUTED,
        linewidth: float = 0.8,
        dash: tuple[float, float] | None = None,
        zorder: float = 2.0,
    ) -> None:
        """A line through places."""
        self.marks.append(Line(xs=xs, ys=ys, colour=color, stroke=linewidth, dash=dash, z=zorder))

    def dot(
        self,
        x: float,
        y: float,
        size: float,
        colour: str,
        *,
        edge: str = INK,
        stroke: float = 0.8,
        shape: Shape = "o",
        zorder: float = 3.0,
    ) -> None:
        """A sign with its middle at *x*, *y*; *size* is the square of its width in points."""
        self.marks.append(Dot(x=x, y=y, size=size, colour=colour, edge=edge, stroke=stroke, shape=shape, z=zorder))

    def area(
        self,
        rings: Sequence[NDArray[np.float64]],
        colour: str | None,
        *,
        edgecolor: str,
        linewidth: float,
        hatch: str | None = None,
        inside: Window | None = None,
    ) -> None:
        """Polygons and their holes, each ring of shape `(places, 2)`; only what lies *inside* a box, where one is given."""
        self.marks.append(Area(rings=rings, colour=colour, edge=edgecolor, stroke=linewidth, hatch=hatch, inside=inside))

    def legend(self, keys: Sequence[Key], left: float, top: float, width: float) -> None:
        """*keys* side by side, in as many rows as *width* asks for."""
        for row, line in enumerate(_wrapped(keys, width)):
            x, y = left, top + (row + 0.5) * LEGEND_ROW
            for key in line:
                self.sign(key, x, y)
                self.text(x + SIGN + SIGN_GAP, y, key.label, LEGEND_SIZE)
                x += _needed(key)

    def sign(self, key: Key, x: float, y: float) -> None:
        """The sign of *key*, from *x* to the right with its middle at *y*."""
        if key.sign == "box":
            self.box(x, y - 0.075, SIGN, 0.15, key.colour, hatch=key.hatch)
        elif key.sign in SIGNS:
            shape, stroke = SIGNS[key.sign]
            self.dot(x + SIGN / 2, y, 34, key.colour, edge=key.edge, stroke=stroke, shape=shape, zorder=1.0)
        else:
            dash = DASHED if key.sign == "dash" else None
            self.line([x, x + SIGN], [y, y], color=key.colour, linewidth=1.4, dash=dash)


def notice(text: str) -> Sheet:
    """A figure that only says why nothing is drawn."""
    sheet = Sheet(max(4.0, width_of(text, 11) + 0.4), 0.6)
    sheet.text(0.2, 0.3, text, 11, color=MUTED)
    return sheet


def legend_height(keys: Sequence[Key], width: float) -> float:
    """Inches that a legend takes."""
    return LEGEND_ROW * len(_wrapped(keys, width))


def _needed(key: Key) -> float:
    return SIGN + SIGN_GAP + width_of(key.label, LEGEND_SIZE) + KEY_GAP


def _wrapped(keys: Sequence[Key], width: float) -> list[list[Key]]:
    rows: list[list[Key]] = [[]]
    used = 0.0
    for key in keys:
        if rows[-1] and used + _needed(key) - KEY_GAP > width:
            rows.append([])
            used = 0.0
        rows[-1].append(key)
        used += _needed(key)
    return rows
