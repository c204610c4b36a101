"""The same drawing in half the bytes: short paths, and what neighbours share said once.

Only tags are rewritten, by rules that keep the picture: places rounded to a tenth of a point, steps instead of places,
and a style that several marks in a row share put on a group around them. Text between tags stays as it is.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["compact", "tenths", "trail"]

MARK = re.compile(r"<path\b[^<>]*/>|<text\b[^<>]*>[^<]*</text>|<use\b[^<>]*/>")
STYLE = re.compile(r' style="([^"]*)"')
PATH = re.compile(r' d="([^"]*)"')
PIECE = re.compile(r"[Mm]([^MmZz]*)([Zz]?)")
NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
STRAIGHT = re.compile(r"[MLZmlz\s\d.,eE+-]*\Z")
DEFAULTS = frozenset({"stroke-linejoin: miter", "opacity: 1"})
"""Without meaning at the size of a page."""
FEWEST = 2
"""Marks that share a style before a group pays."""


def compact(drawing: str) -> str:
    """*drawing*, one `<svg>` as `style.svg` makes it, in fewer bytes."""
    drawing = re.sub(r"<[^<>]*>", lambda tag: _short(tag[0]), drawing)
    return re.sub(rf"(?:{MARK.pattern})+", lambda found: _grouped(MARK.findall(found[0])), drawing)


def _short(tag: str) -> str:
    tag = PATH.sub(lambda found: f' d="{_path(found[1])}"', tag)
    return STYLE.sub(lambda found: _styled(found[1]), tag)


def _styled(style: str) -> str:
    """A style without defaults and spaces; nothing where nothing is left."""
    parts = [part.strip() for part in style.split(";") if part.strip() and part.strip() not in DEFAULTS]
    return f' style="{";".join(re.sub(r": +", ":", part) for part in parts)}"' if parts else ""


def _path(data: str) -> str:
    """Straight lines as steps in tenths of a point; curves only rounded."""
    if not STRAIGHT.match(data):
        return data
    out = []
    for rest, end in PIECE.findall(data):
        numbers = [round(10 * float(number)) for number in NUMBER.findall(rest)]
        out.append(trail(list(zip(numbers[::2], numbers[1::2], strict=True)), closed=bool(end)))
    return "".join(out)


def trail(places: Sequence[tuple[int, int]], *, closed: bool = False) -> str:
    """A path from place to place, in tenths of a point; steps never drift, because places are what is rounded.

    >>> trail([(10, 10), (25, 10), (25, 5)], closed=True)
    'M1 1h1.5v-.5z'
    """
    out, at, last = [f"M{tenths(places[0][0])}{_after(tenths(places[0][1]))}"], places[0], "M"
    for x, y in places[1:]:
        step, last = _step(x - at[0], y - at[1], last)
        out.append(step)
        at = (x, y)
    return "".join(out) + ("z" if closed else "")


def _step(dx: int, dy: int, last: str) -> tuple[str, str]:
    """A line from here, and its letter, which is left out where it is that of the one before."""
    if dy == 0:
        return f"h{tenths(dx)}", "h"
    if dx == 0:
        return f"v{tenths(dy)}", "v"
    first = tenths(dx)
    return (first if last == "l" and first.startswith("-") else f" {first}" if last == "l" else f"l{first}") + _after(
        tenths(dy)
    ), "l"


def tenths(value: int) -> str:
    """A number of tenths, written short.

    >>> tenths(15), tenths(-5), tenths(40)
    ('1.5', '-.5', '4')
    """
    text = f"{value / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _after(number: str) -> str:
    """*number* behind another: a minus parts them already."""
    return number if number.startswith("-") else f" {number}"


def _grouped(marks: list[str]) -> str:
    """Marks in a row, those of one kind and style in a group that has the style."""
    out = []
    for (_, style), run in groupby(marks, key=_shared):
        members = list(run)
        if len(members) >= FEWEST and style:
            inside = "".join(_without(member, style) for member in members)
            members = [f'<g style="{style}">{inside}</g>']
        out.append("".join(members))
    return "".join(out)


def _shared(mark: str) -> tuple[str, str]:
    """Kind of mark, and the part of its style that neighbours are likely to share: all but its colour."""
    parts = _parts(mark)
    # Clips and places belong to a mark itself; a colour changes from cell to cell.
    return mark[1:4], ";".join(part for part in parts if not part.startswith("fill:"))


def _without(mark: str, style: str) -> str:
    """*mark* with only what is not said by the group."""
    shared = set(style.split(";"))
    own = [part for part in _parts(mark) if part not in shared]
    tag, rest = mark.split(">", 1)
    return STYLE.sub(f' style="{";".join(own)}"' if own else "", tag, count=1) + ">" + rest


def _parts(mark: str) -> list[str]:
    """What the tag of *mark* says of its style."""
    found = STYLE.search(mark.split(">", 1)[0])
    return found[1].split(";") if found else []
