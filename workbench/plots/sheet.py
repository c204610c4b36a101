"""Drawing in inches: a sheet measured from its top left corner, and legends that wrap.

Sizes are given, not found by trial, so letters keep one size in every figure, nothing overlaps, and a figure
grows with its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from matplotlib.patches import Rectangle

from workbench.plots.fitting import POINTS, width_of
from workbench.plots.style import INK, MUTED, new_figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["HATCHES", "LEGEND_ROW", "PAGE", "Key", "Sheet", "legend_height", "notice"]

PAGE = 8.3
"""Inches of the widest figure: the width of a page's column."""
LEGEND_ROW, LEGEND_SIZE = 0.25, 9.5
SIGN, SIGN_GAP, KEY_GAP = 0.24, 0.08, 0.28
"""Inches: width of a sign, from sign to label, from label to the next sign."""
MIDDLE = 0.33
"""Height of the middle of a small letter above the base, as a share of the size."""
HATCHES = ("////", "....")
"""Two ways to say that there is no score."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One entry of a legend."""

    label: str
    colour: str
    sign: Literal["dot", "diamond", "box", "line", "dash"] = "box"
    hatch: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A figure with one axes over all of it, whose units are inches from the top left."""

    figure: Figure
    axes: Axes
    width: float
    height: float

    @classmethod
    def of(cls, width: float, height: float) -> Self:
        """An empty sheet."""
        figure = new_figure(width, height)
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        return cls(figure, axes, width, height)

    def text(self, x: float, y: float, text: str, size: float, **style: Any) -> None:  # noqa: ANN401  (matplotlib's own)
        """One line, by default from *x* to the right with the middle of its letters at *y*.

        The line is set on its base, because marks above and below a Thai letter would move a line that is centred.
        """
        base = y + MIDDLE * size / POINTS if "rotation" not in style else y
        given: dict[str, Any] = {"fontsize": size, "va": "baseline", "ha": "left", "color": INK} | style
        self.axes.text(x, base, text, **given)

    def box(self, x: float, y: float, width: float, height: float, colour: str, **style: Any) -> None:  # noqa: ANN401
        """A filled rectangle; *x*, *y* is its top left corner."""
        given: dict[str, Any] = {"facecolor": colour, "linewidth": 0.6, "edgecolor": INK, "clip_on": False} | style
        self.axes.add_patch(Rectangle((x, y), width, height, **given))

    def line(self, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:  # noqa: ANN401
        """A line through points."""
        given: dict[str, Any] = {"color": MUTED, "linewidth": 0.8, "clip_on": False} | style
        self.axes.plot(xs, ys, **given)

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
        elif key.sign in {"dot", "diamond"}:
            marker = "o" if key.sign == "dot" else "D"
            given: dict[str, Any] = {"s": 34, "edgecolors": INK, "linewidths": 0.6, "clip_on": False}
            self.axes.scatter([x + SIGN / 2], [y], c=[key.colour], marker=marker, **given)
        else:
            dash = (0, (4, 3)) if key.sign == "dash" else "-"
            self.line([x, x + SIGN], [y, y], color=key.colour, linewidth=1.4, linestyle=dash)


def notice(text: str) -> Figure:
    """A figure that only says why nothing is drawn."""
    sheet = Sheet.of(max(4.0, width_of(text, 11) + 0.4), 0.6)
    sheet.text(0.2, 0.3, text, 11, color=MUTED)
    return sheet.figure


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
