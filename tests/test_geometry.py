"""Outlines of units: what is read, what is refused, and the map drawn from them."""

import json

import numpy as np
import pandas as pd
import pytest
from matplotlib.path import Path

from workbench import Framework, WorkbenchError, read_survey, score
from workbench.geometry import THAILAND, check_units, read_geometry
from workbench.plots.geomap import geographic_map
from workbench.provinces import PROVINCES

SQUARE = [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]
HOLED = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]]


def feature(unit, coordinates, kind="Polygon"):
    return {"type": "Feature", "id": unit, "properties": {}, "geometry": {"type": kind, "coordinates": coordinates}}


@pytest.fixture
def write(tmp_path):
    def write(*features, **more):
        path = tmp_path / "areas.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)} | more), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def scores(root):
    framework = Framework.load(root / "params/framework/2559")
    return score(framework, read_survey(root / "data/sample/answers.xlsx", framework))


class TestThailand:
    def test_every_province_has_an_outline(self):
        """77 areas under the codes of the register."""
        assert {province.iso for province in PROVINCES} == set(read_geometry(THAILAND).areas)

    def test_provinces_lie_where_they_are(self, shared):
        """The published coordinates of each provincial hall lie within its outline, or within some 10 km of it."""
        places = pd.read_csv(shared / "provinces.csv").set_index("iso_code")[["lon", "lat"]]
        areas = read_geometry(THAILAND).areas
        for iso, place in zip(places.index, places.to_numpy(), strict=True):
            outline = areas[iso][0][0]
            near = np.hypot(*(outline - place).T).min() < 0.1
            assert near or Path(outline).contains_point(place), iso

    def test_neighbours_share_their_borders(self):
        """Simplified once, on arcs that both have: Bangkok and Nonthaburi have points in common, Phuket stands alone."""
        areas = read_geometry(THAILAND).areas
        points = {
            unit: {tuple(point) for polygon in polygons for ring in polygon for point in ring} for unit, polygons in areas.items()
        }

        assert points["TH-10"] & points["TH-12"]
        assert not any(points["TH-83"] & points[other] for other in areas if other != "TH-83")


class TestReading:
    def test_largest_first_and_holes_kept(self, write):
        """Islands follow the mainland."""
        small = [[[20, 0], [21, 0], [21, 1], [20, 1], [20, 0]]]
        areas = read_geometry(write(feature("b", [small, HOLED], "MultiPolygon"), feature(7, SQUARE))).areas

        assert {"b", "7"} == set(areas)
        assert 2 == len(areas["b"][0])
        assert 10 == areas["b"][0][0].max()

    def test_a_label_stands_inside_and_not_in_a_hole(self, write):
        """The middle of a square with a hole is not its centre."""
        geometry = read_geometry(write(feature("ring", HOLED), feature("square", SQUARE)))
        x, y = geometry.middles["ring"]

        assert 0 < x < 10
        assert 0 < y < 10
        assert not (4 <= x <= 6 and 4 <= y <= 6)
        assert (2.0, 2.0) == pytest.approx(geometry.middles["square"])

    def test_an_id_among_the_properties(self, write):
        """As some programs write it."""
        loose = feature(None, SQUARE)
        del loose["id"]
        loose["properties"] = {"unit": "TH-50"}

        assert ["TH-50"] == list(read_geometry(write(loose)).areas)


class TestFaults:
    def test_all_at_once(self, write):
        """Each feature is named by its place or its unit."""
        path = write(
            feature(None, SQUARE), feature("a", SQUARE), feature("a", SQUARE), feature("p", [0, 0], "Point"),
            feature("open", [[[0, 0], [4, 0], [4, 4], [0, 4]]]), feature("far", [[[0, 0], [400, 0], [4, 4], [0, 0]]]),
            feature("none", []), inset=[5, 0, 1, 1],
        )  # fmt: skip
        with pytest.raises(WorkbenchError) as caught:
            read_geometry(path)

        assert [
            "feature 1 has no id.",
            "unit `a` has two features.",
            "unit `p` has the geometry Point.",
            "the outline of unit `open` is none.",
            "the outline of unit `far` is none.",
            "the outline of unit `none` is none.",
            "`inset` is [5, 0, 1, 1].",
        ] == [fault.problem for fault in caught.value.faults]

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            ("{", "no JSON in UTF-8"),
            ("[]", "no list of features"),
            ('{"features": []}', "no list of features"),
            ("\xff", "no JSON"),
        ],
    )
    def test_files_that_are_none(self, tmp_path, content, words):
        """One sentence each."""
        path = tmp_path / "x.geojson"
        path.write_text(content, encoding="latin-1")
        with pytest.raises(WorkbenchError, match=words):
            read_geometry(path)

    def test_no_file(self, tmp_path):
        """The path is named."""
        with pytest.raises(WorkbenchError, match="there is no such file"):
            read_geometry(tmp_path / "nowhere.geojson")

    def test_other_ids(self, write):
        """Outlines of another country are not drawn empty."""
        geometry = read_geometry(write(feature("LA-VT", SQUARE)))
        with pytest.raises(
            WorkbenchError, match="none of the units has an outline; the first is `TH-10`, the first outline `LA-VT`"
        ):
            check_units(geometry, ["TH-10", "TH-11"])


class TestMap:
    def test_words_and_table(self, scores):
        """The title names the most common band; the table has every unit; Bangkok is not surveyed."""
        chart = geographic_map(scores, read_geometry(THAILAND))
        counts = scores.table["band"].value_counts()
        label = next(band.label for band in scores.framework.bands if band.id == counts.index[0])

        assert f"The most common band is {label.en}: {counts.iloc[0]} of 76 provinces" == chart.title.en
        assert len(scores.table) == len(chart.table.frame("en"))
        assert "hatched without a score: 1." in chart.alt.en

    @pytest.mark.parametrize("language", ["th", "en"])
    def test_every_area_is_drawn_with_the_number_of_its_band(self, scores, language):
        """Numbers stand in nearly all areas, so that colour is never alone; the drawing stays small."""
        drawing = geographic_map(scores, read_geometry(THAILAND)).svg(language)

        assert drawing.count(">3</text>") >= 50
        assert len(drawing.encode()) < 120_000
