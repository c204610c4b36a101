"""The geographic map: the outline of every unit in the colour of its band.

Large areas count no more than small ones: the tile map beside it says so, and here every area carries the number
of its band, so that colour never stands alone. Where the outlines ask for it, a part is drawn again, larger.
Distances east to west are shortened by the cosine of the middle latitude; nothing else is projected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.display import Chart, Column, Table
from workbench.geometry import check_units
from workbench.plots.labels import band_keys, counted, phrase, subtitle, unit_column
from workbench.plots.maps import BLANK, band_counts, state_of
from workbench.plots.ranking import band_names
from workbench.plots.sheet import HATCHES, Key, Sheet
from workbench.plots.style import INK, MUTED, band_colours, text_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.geometry import Geometry
    from workbench.plots.marks import Window
    from workbench.scoring import Scores
    from workbench.text import Lang, Text

    Floats = NDArray[np.float64]

__all__ = ["geographic_map"]

HEIGHT, EDGE, SIDE, INSET = 8.4, 0.08, 2.6, 2.7
"""Inches: height of the map, margin, room beside it, width of the part drawn again."""
SMALLEST = 0.011
"""Square inches below which an area has no room for the number of its band."""
STEP = 0.3


@dataclass(frozen=True)
class _View:
    """From degrees to inches on a sheet."""

    west: float
    north: float
    scale: float
    """Inches of a degree of latitude."""
    narrow: float
    """Inches of a degree of longitude, over those of latitude."""
    left: float
    top: float

    def at(self, points: Floats) -> Floats:
        """Places on the sheet."""
        x = self.left + (points[..., 0] - self.west) * self.scale * self.narrow
        y = self.top + (self.north - points[..., 1]) * self.scale
        # To a tenth of a point, which nobody sees and every page saves.
        return np.round(np.stack([x, y], axis=-1) * 720) / 720


def geographic_map(scores: Scores, geometry: Geometry) -> Chart:
    """The units' outlines in the colour of their band, hatched where there is no score.

    Args:
        scores: The result.
        geometry: Outlines by unit; units without an outline are in the table only.

    Raises:
        WorkbenchError: no unit has an outline.
    """
    units = list(scores.table.index)
    check_units(geometry, units)
    words = _words(scores, geometry)
    return Chart(
        id="geographic-map",
        title=words["title"],
        subtitle=subtitle(scores),
        alt=words["alt"],
        table=Table(
            id="geographic-map-data",
            caption=phrase("plots.map_data"),
            columns=[
                unit_column(scores, units),
                Column(label=phrase("plots.index"), values=scores.table["index"].tolist(), decimals=1),
                Column(label=phrase("plots.band"), values=band_names(scores, units)),
            ],
            note=words["note"],
        ),
        draw=lambda language: _draw(scores, geometry, language),
        source=phrase("geomap.source"),
    )


def _words(scores: Scores, geometry: Geometry) -> dict[str, Text]:
    counts, framework = band_counts(scores), scores.framework
    reached = [band for band in framework.bands if counts[band.id]]
    if not reached:
        return {part: phrase(f"plots.none_{part}", unit=framework.unit.label) for part in ("title", "alt", "note")}
    most = max(reached, key=lambda band: counts[band.id])
    facts: dict[str, object] = {
        "band": most.label,
        "n": counts[most.id],
        "who": counted(scores, sum(counts.values())),
        "areas": len(geometry.areas),
        "blank": sum(state_of(scores, unit) != "known" for unit in geometry.areas),
        "outside": sum(unit not in geometry.areas for unit in scores.table.index),
    }
    return {part: phrase(f"geomap.{part}", **facts) for part in ("title", "alt", "note")}


def _draw(scores: Scores, geometry: Geometry, language: Lang) -> Sheet:
    west, south, east, north = geometry.box
    narrow = float(np.cos(np.radians((south + north) / 2)))
    scale = (HEIGHT - 2 * EDGE) / (north - south)
    width = (east - west) * scale * narrow
    sheet = Sheet(2 * EDGE + width + SIDE, HEIGHT)
    view = _View(west, north, scale, narrow, EDGE, EDGE)
    fills = _fills(scores, geometry)
    for unit in geometry.areas:
        _area(sheet, geometry, unit, view, fills[unit])
    if geometry.inset is not None:
        _inset(sheet, geometry, fills, view, (EDGE + width + SIDE - 0.1, HEIGHT - EDGE))
    _legend(sheet, scores, geometry, language, EDGE + width + 0.1, 0.25)
    return sheet


@dataclass(frozen=True)
class _Fill:
    colour: str
    hatch: str | None
    sign: str


def _fills(scores: Scores, geometry: Geometry) -> Mapping[str, _Fill]:
    """Colour, hatch and number of the band of every area."""
    ids = [band.id for band in scores.framework.bands]
    colours = band_colours(len(ids))
    fills = {}
    for unit in geometry.areas:
        state = state_of(scores, unit)
        if state == "known":
            place = ids.index(str(scores.bands.loc[unit, "index"]))
            fills[unit] = _Fill(colours[place], None, f"{place + 1}")
        else:
            fills[unit] = _Fill(BLANK, HATCHES[0] if state == "absent" else HATCHES[1], "")
    return fills


def _area(sheet: Sheet, geometry: Geometry, unit: str, view: _View, fill: _Fill, inside: Window | None = None) -> None:
    """All polygons of one unit as one path, and the number of its band where it has room."""
    rings = [view.at(ring) for polygon in geometry.areas[unit] for ring in polygon]
    edge = MUTED if fill.hatch else INK
    sheet.area(rings, fill.colour, edgecolor=edge, linewidth=0.4, hatch=fill.hatch, inside=inside)
    outer = rings[0]
    room = abs(float(np.sum(outer[:-1, 0] * outer[1:, 1] - outer[1:, 0] * outer[:-1, 1]))) / 2
    x, y = view.at(np.array(geometry.middles[unit]))
    if fill.sign and room > SMALLEST and (inside is None or _holds(inside, float(x), float(y))):
        sheet.text(float(x), float(y), fill.sign, 7.5, ha="center", color=text_on(fill.colour))


def _holds(window: Window, x: float, y: float) -> bool:
    left, top, width, height = window
    return bool(left < x < left + width and top < y < top + height)


def _inset(sheet: Sheet, geometry: Geometry, fills: Mapping[str, _Fill], view: _View, end: tuple[float, float]) -> None:
    """The part that is asked for, drawn again with its lower right corner at *end*, with a frame here and there."""
    west, south, east, north = geometry.inset or geometry.box
    scale = INSET / ((east - west) * view.narrow)
    height = (north - south) * scale
    x, y, size = end[0] - INSET, end[1] - height, INSET
    corners = np.array([(x, y), (x + size, y), (x + size, y + height), (x, y + height), (x, y)])
    sheet.area([corners], None, edgecolor=INK, linewidth=0.8)
    larger = _View(west, north, scale, view.narrow, x, y)
    for unit, polygons in geometry.areas.items():
        points = polygons[0][0]
        (low_x, low_y), (high_x, high_y) = points.min(axis=0), points.max(axis=0)
        if low_x < east and high_x > west and low_y < north and high_y > south:
            _area(sheet, geometry, unit, larger, fills[unit], (x, y, size, height))
    (a, b), (c, d) = view.at(np.array([[west, north], [east, south]]))
    sheet.line([a, c, c, a, a], [b, b, d, d, b], color=INK, linewidth=0.8, zorder=4)
    sheet.line([c, x], [d, y], color=INK, linewidth=0.6, zorder=4)


def _legend(sheet: Sheet, scores: Scores, geometry: Geometry, language: Lang, left: float, top: float) -> None:
    """The bands with number, limits and count, the highest first, then what the hatches mean."""
    framework = scores.framework
    keys = band_keys(scores, language, counts=band_counts(scores))
    numbered = [
        Key(label=f"{place} · {key.label}", colour=key.colour) for place, key in enumerate(keys[: len(framework.bands)], start=1)
    ][::-1]
    states = [state_of(scores, unit) for unit in geometry.areas]
    for state, hatch in zip(("absent", "unscored"), HATCHES, strict=True):
        if count := states.count(state):
            numbered.append(Key(label=phrase(f"plots.map_{state}", n=count).get(language), colour=BLANK, hatch=hatch))
    sheet.text(left, top, phrase("plots.map_legend").get(language), 9.5, weight="bold")
    for row, key in enumerate(numbered, start=1):
        sheet.sign(key, left, top + row * STEP)
        sheet.text(left + 0.34, top + row * STEP, key.label, 9)
