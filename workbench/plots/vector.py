"""A sheet's marks as SVG: short, the same bytes every time, letters as text in the page's font.

Marks that share their style stand in a group that says it once. Places are rounded to a tenth of a point. Words come from
outside and are escaped; everything else is our own.
"""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from workbench.plain import plain
from workbench.plots.compact import tenths, trail
from workbench.plots.marks import POINTS, Area, Box, Dot, Line, Mark, Words
from workbench.plots.style import ROOT_STYLE, SCALE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["svg_of"]

ANCHORS = {"left": "", "center": ' text-anchor="middle"', "right": ' text-anchor="end"'}
HATCHES = {"////": (6, 1.0, "M-1 1 1-1M0 6 6 0M5 7 7 5"), "....": (4, 1.4, "M0 0h0M4 0h0M2 2h0M0 4h0M4 4h0")}
"""Side of a tile in points, width of its strokes and what is stroked, by the sign that matplotlib has for the hatch."""
FEWEST = 2
"""Marks that share a style before a group pays."""


class _Tag(NamedTuple):
    """One element, in parts."""

    name: str
    style: str
    fill: str
    own: str
    text: str | None = None


class _Defs:
    """Patterns and windows that marks refer to, each once."""

    def __init__(self, prefix: str) -> None:
        self.prefix, self.found = prefix, dict[str, str]()

    def refer(self, body: str) -> str:
        """The address of *body*, whose first `{}` is its id."""
        name = self.found.setdefault(body, f"{self.prefix}-d{len(self.found)}")
        return f"url(#{name})"

    def __str__(self) -> str:
        inside = "".join(body.replace("{}", name, 1) for body, name in self.found.items())
        return f"<defs>{inside}</defs>" if inside else ""


def svg_of(marks: Iterable[Mark], width: float, height: float, prefix: str) -> str:
    """One `<svg>` that scales with the page, but never so wide that its letters are larger than those of the page.

    Args:
        marks: In the order of drawing among those of one level.
        width: Inches.
        height: Inches.
        prefix: Put before every id, so that figures on one page do not mix.
    """
    defs = _Defs(prefix)
    body = "".join(_grouped([_tag(mark, defs) for mark in sorted(marks, key=_level)]))
    size = f"{width * POINTS:.6g} {height * POINTS:.6g}"
    style = f"width:100%;max-width:{width * SCALE:.0f}px;height:auto;{ROOT_STYLE}"
    paper = f'<path fill="#fff" d="M0 0h{width * POINTS:.6g}v{height * POINTS:.6g}H0z"/>'
    return f'<svg style="{style}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">{defs}{paper}{body}</svg>'


def _level(mark: Mark) -> tuple[float | str | bool, ...]:
    """Where *mark* stands in the drawing: by level; words above, and beside those of their style, as they never overlap."""
    return (mark.z, True, mark.size, mark.side, mark.bold, mark.colour) if isinstance(mark, Words) else (mark.z, False)


def _tag(mark: Mark, defs: _Defs) -> _Tag:
    match mark:
        case Words():
            return _words(mark)
        case Box():
            x, y, right, low = (round(10 * POINTS * v) for v in (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height))
            d = trail([(x, y), (right, y), (right, low), (x, low)], closed=True)
            return _Tag("path", _edge(mark.edge, mark.stroke), _fill(mark.colour, mark.hatch, mark.edge, defs), f' d="{d}"')
        case Line():
            dash = (
                "" if mark.dash is None else f' stroke-dasharray="{",".join(f"{part * mark.stroke:.3g}" for part in mark.dash)}"'
            )
            d = trail(_places(mark.xs, mark.ys))
            return _Tag("path", f' fill="none"{_edge(mark.colour, mark.stroke)}{dash}', "", f' d="{d}"')
        case Dot():
            return _dot(mark)
        case Area():
            return _area(mark, defs)


def _words(mark: Words) -> _Tag:
    bold = ' font-weight="700"' if mark.bold else ""
    (x, y), turn = _places((mark.x,), (mark.y,))[0], ""
    if mark.turn:
        turn = f' transform="rotate({-mark.turn:g} {tenths(x)} {tenths(y)})"'
    own = f' x="{tenths(x)}" y="{tenths(y)}"{turn}'
    return _Tag("text", f' font-size="{mark.size:g}"{ANCHORS[mark.side]}{bold}', mark.colour, own, plain(mark.text))


def _dot(mark: Dot) -> _Tag:
    style, reach = _edge(mark.edge, mark.stroke), math.sqrt(mark.size) / 2 / POINTS
    if mark.shape == "o":
        (left, top), radius = _places((mark.x,), (mark.y,))[0], f"{reach * POINTS:.2f}".rstrip("0").rstrip(".")
        return _Tag("circle", style, mark.colour, f' cx="{tenths(left)}" cy="{tenths(top)}" r="{radius}"')
    x, y = mark.x, mark.y
    if mark.shape == "|":
        places = _places((x, x), (y - reach, y + reach))
        return _Tag("path", f' fill="none"{style}', "", f' d="{trail(places)}"')
    if mark.shape == "D":
        far = reach * math.sqrt(2)
        places = _places((x, x + far, x, x - far), (y - far, y, y + far, y))
    else:
        places = _places((x - reach, x + reach, x + reach, x - reach), (y - reach, y - reach, y + reach, y + reach))
    return _Tag("path", style, mark.colour, f' d="{trail(places, closed=True)}"')


def _area(mark: Area, defs: _Defs) -> _Tag:
    d = "".join(trail(_places(ring[:-1, 0], ring[:-1, 1]), closed=True) for ring in mark.rings)
    clip = ""
    if mark.inside is not None:
        x, y, width, height = (f"{POINTS * value:.5g}" for value in mark.inside)
        window = f'<clipPath id="{{}}"><rect x="{x}" y="{y}" width="{width}" height="{height}"/></clipPath>'
        clip = f' clip-path="{defs.refer(window)}"'
    fill = _fill(mark.colour, mark.hatch, mark.edge, defs) if mark.colour is not None else "none"
    return _Tag("path", f' fill-rule="evenodd"{_edge(mark.edge, mark.stroke)}{clip}', fill, f' d="{d}"')


def _edge(colour: str, stroke: float) -> str:
    return f' stroke="{colour}" stroke-width="{stroke:g}"' if stroke else ""


def _fill(colour: str, hatch: str | None, edge: str, defs: _Defs) -> str:
    """The colour, or the pattern of a hatch on it."""
    if hatch is None:
        return colour
    side, stroke, strokes = HATCHES[hatch]
    tile = f'<pattern id="{{}}" width="{side}" height="{side}" patternUnits="userSpaceOnUse">'
    tile += f'<path fill="{colour}" d="M0 0h{side}v{side}H0z"/>'
    tile += f'<path stroke="{edge}" stroke-linecap="round" stroke-width="{stroke:g}" d="{strokes}"/></pattern>'
    return defs.refer(tile)


def _places(xs: Iterable[float], ys: Iterable[float]) -> list[tuple[int, int]]:
    """Tenths of a point."""
    return [(round(10 * POINTS * float(x)), round(10 * POINTS * float(y))) for x, y in zip(xs, ys, strict=True)]


def _grouped(tags: Sequence[_Tag]) -> Iterable[str]:
    """The elements; those in a row that are of one kind and style in a group that has it, with their fill where it is one."""
    for (_, style), run in groupby(tags, key=lambda tag: (tag.name, tag.style)):
        members = list(run)
        alike = len({tag.fill for tag in members}) == 1
        shared = style + (_filled(members[0].fill) if alike else "")
        if len(members) < FEWEST or not shared:
            yield from (_written(tag, tag.style + _filled(tag.fill)) for tag in members)
        else:
            yield f"<g{shared}>"
            yield from (_written(tag, "" if alike else _filled(tag.fill)) for tag in members)
            yield "</g>"


def _filled(colour: str) -> str:
    return f' fill="{colour}"' if colour else ""


def _written(tag: _Tag, style: str) -> str:
    return f"<{tag.name}{style}{tag.own}/>" if tag.text is None else f"<{tag.name}{style}{tag.own}>{tag.text}</{tag.name}>"
