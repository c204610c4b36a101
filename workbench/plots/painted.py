"""A sheet's marks drawn by matplotlib: for JupyterLab by hand, where letters are outlines, and for images.

It is the same drawing as `vector` makes for pages; a test lays one on the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from workbench.plots.marks import Area, Box, Dot, Line, Mark, Words
from workbench.plots.style import new_figure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

__all__ = ["figure_of"]


def figure_of(marks: Iterable[Mark], width: float, height: float) -> Figure:
    """The marks on a figure of *width* by *height* inches, with one axes over all of it."""
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    for mark in marks:
        artist = _artist(mark, axes.transData)
        if isinstance(artist, Line2D):
            axes.add_line(artist)
        elif isinstance(artist, Rectangle | PathPatch):
            axes.add_patch(artist)
        else:
            assert isinstance(mark, Words)
            axes.text(mark.x, mark.y, mark.text, **_letters(mark))
        if isinstance(mark, Area) and mark.inside is not None:
            x, y, wide, high = mark.inside
            assert artist is not None
            artist.set_clip_path(Rectangle((x, y), wide, high, transform=axes.transData))
    axes.set(xlim=(0, width), ylim=(height, 0))
    return figure


def _artist(mark: Mark, place: Transform) -> Artist | None:
    """What matplotlib draws for *mark*; None for words, which axes make themselves."""
    style: dict[str, Any] = {"zorder": mark.z, "clip_on": isinstance(mark, Area) and mark.inside is not None}
    match mark:
        case Box():
            style |= {"facecolor": mark.colour, "edgecolor": mark.edge, "linewidth": mark.stroke, "hatch": mark.hatch}
            return Rectangle((mark.x, mark.y), mark.width, mark.height, **style)
        case Line():
            dash = "-" if mark.dash is None else (0, mark.dash)
            style |= {"color": mark.colour, "linewidth": mark.stroke, "linestyle": dash, "solid_capstyle": "butt"}
            return Line2D(list(mark.xs), list(mark.ys), transform=place, **style)
        case Dot():
            style |= {"marker": mark.shape, "markersize": np.sqrt(mark.size), "markeredgewidth": mark.stroke}
            style |= {"markerfacecolor": mark.colour, "markeredgecolor": mark.edge, "linestyle": "none"}
            return Line2D([mark.x], [mark.y], transform=place, **style)
        case Area():
            codes = [[Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY] for ring in mark.rings]
            path = Path(np.concatenate(mark.rings), np.concatenate(codes))
            style |= {"edgecolor": mark.edge, "linewidth": mark.stroke, "hatch": mark.hatch}
            return PathPatch(path, facecolor=mark.colour or "none", **style)
    return None


def _letters(mark: Words) -> dict[str, Any]:
    turned = {"rotation": mark.turn, "rotation_mode": "anchor"} if mark.turn else {}
    given = {"fontsize": mark.size, "color": mark.colour, "ha": mark.side, "va": "baseline", "zorder": mark.z}
    return given | {"weight": "bold" if mark.bold else "normal"} | turned
