"""Sheets as SVG: short, safe, and the same picture that matplotlib makes of them."""

from __future__ import annotations

import base64
import io
import re
import shutil
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from workbench.plots.sheet import DASHED, HATCHES, PAGE, Key, Sheet, notice
from workbench.plots.style import FONTS, svg

CHROMIUM = shutil.which("chromium")
SVG = "{http://www.w3.org/2000/svg}"


def full_sheet():
    """A sheet with every kind of mark; the hatch comes last."""
    sheet = Sheet(4.0, 2.4)
    for place, colour in enumerate(("#c9dcea", "#4f93bd", "#0a3f66")):
        sheet.box(0.2 + place * 0.6, 0.2, 0.5, 0.4, colour, linewidth=0.8 * place)
    sheet.text(0.2, 0.9, "ที่ตั้ง กี่ Ab", 12)
    sheet.text(3.8, 0.9, "ขวา right", 10, ha="right", weight="bold", color="#566270")
    sheet.text(2.0, 1.2, "กลาง middle", 9.5, ha="center")
    sheet.leaning(2.6, 2.2, "เอียง lean", 10, 60)
    sheet.line([0.2, 1.8, 1.8], [2.0, 2.0, 1.5], linewidth=3)
    sheet.line([0.2, 3.8], [1.4, 1.4], dash=DASHED, linewidth=1.2)
    for place, shape in enumerate("oDs|"):
        sheet.dot(0.4 + 0.3 * place, 1.7, 95, "#d55e00", shape=shape, stroke=1.2)
    ring = np.array([[3.2, 1.6], [3.9, 1.6], [3.9, 2.3], [3.2, 2.3], [3.2, 1.6]])
    sheet.area([ring, (ring[::-1] - [3.55, 1.95]) / 2 + [3.55, 1.95]], "#93bcd6", edgecolor="#1d2733", linewidth=0.6)
    sheet.area([ring - [0.0, 1.4]], "#009e73", edgecolor="#1d2733", linewidth=0.6, inside=(3.0, 0.1, 0.6, 0.5))
    return sheet


class TestText:
    def test_a_box_and_its_words(self):
        """Tenths of a point, no style twice, paper behind."""
        sheet = Sheet(1.0, 0.5)
        sheet.box(0.1, 0.1, 0.5, 0.25, "#4f93bd", linewidth=0)
        sheet.text(0.5, 0.25, "๕๐", 9, ha="center")

        assert sheet.svg("a").endswith(
            'viewBox="0 0 72 36"><path fill="#fff" d="M0 0h72v36H0z"/><path fill="#4f93bd" d="M7.2 7.2h36v18h-36z"/>'
            '<text font-size="9" text-anchor="middle" fill="#1d2733" x="36" y="21">๕๐</text></svg>'
        )

    def test_neighbours_share_their_style(self):
        """What all have in common is said once; the colour too, where it is one."""
        sheet = Sheet(1.0, 1.0)
        for place, colour in enumerate(("#111111", "#222222")):
            sheet.box(0.1 * place, 0, 0.1, 0.1, colour)
        sheet.dot(0.5, 0.5, 36, "#333333")
        sheet.dot(0.6, 0.5, 36, "#333333")

        assert '<g stroke="#1d2733" stroke-width="0.6"><path fill="#111111" d="M0 0h7.2v7.2h-7.2z"/>' in sheet.svg("a")
        assert (
            '<g stroke="#1d2733" stroke-width="0.8" fill="#333333"><circle cx="36" cy="36" r="3"/><circle cx="43.2"'
        ) in sheet.svg("a")

    @pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"/><a>', "&amp; ]]>", "$x^2$ และ $y$", "a\u202eb"])
    def test_words_stay_words(self, name):
        """Text from outside opens no tag, and what turns a line round is shown."""
        sheet = Sheet(2.0, 1.0)
        sheet.text(0.1, 0.5, name, 10)
        root = ET.fromstring(sheet.svg("a"))  # noqa: S314  (our own)

        assert [name.replace("\u202e", "[U+202E]")] == [node.text for node in root.iter(f"{SVG}text")]
        assert {f"{SVG}svg", f"{SVG}path", f"{SVG}text"} == {node.tag for node in root.iter()}

    def test_ids_carry_the_prefix_and_are_used(self):
        """Patterns and windows are there once each, and lead to each other within the figure."""
        sheet = full_sheet()
        for place in range(3):
            sheet.box(place, 0, 0.5, 0.5, "#ffffff", hatch=HATCHES[place % 2])
        drawn = sheet.svg("fig-th")
        ids = re.findall(r' id="([^"]+)"', drawn)

        assert ids == ["fig-th-d0", "fig-th-d1", "fig-th-d2"]
        assert set(ids) == set(re.findall(r"url\(#([^)]+)\)", drawn))

    def test_higher_marks_come_later(self):
        """Levels decide, not the order of drawing."""
        sheet = Sheet(1.0, 1.0)
        sheet.dot(0.5, 0.5, 30, "#111111", zorder=4)
        sheet.line([0, 1], [0.5, 0.5], color="#222222", zorder=1)
        sheet.text(0.5, 0.5, "x", 9)
        drawn = sheet.svg("a")

        assert drawn.index("#222222") < drawn.index("<text") < drawn.index("<circle")

    def test_the_same_bytes(self):
        """Twice the same sheet, and never wider than letters of the page allow."""
        assert full_sheet().svg("a") == full_sheet().svg("a")
        assert f"max-width:{PAGE * 110:.0f}px" in Sheet(PAGE, 1).svg("a")

    def test_notice(self):
        """A figure that only speaks is still a drawing."""
        assert "<text" in notice("ยังไม่มีคะแนน").svg("a")


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)")
class TestPicture:
    @pytest.fixture
    def seen(self):
        """Takes a drawing, gives its pixels in grey."""
        from playwright.sync_api import sync_playwright

        faces = "".join(
            f"@font-face{{font-family:Sarabun;font-weight:{weight};src:url(data:font/ttf;base64,{font})}}"
            for weight, font in (
                (weight, base64.b64encode((FONTS / f"Sarabun-{name}.ttf").read_bytes()).decode())
                for weight, name in ((400, "Regular"), (700, "Bold"))
            )
        )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            # Large: at the size of a screen a letter is moved to a whole dot, here one way and there the other.
            page = browser.new_page(viewport={"width": 900, "height": 600}, device_scale_factor=4)

            def look(drawing):
                page.set_content(f"<style>{faces}body{{margin:0}}</style>{drawing}")
                page.evaluate("Promise.all([...document.fonts].map(face => face.load()))")
                image = Image.open(io.BytesIO(page.locator("svg").screenshot())).convert("L")
                return np.asarray(image, dtype=float)

            yield look
            browser.close()

    def test_is_the_one_that_matplotlib_draws(self, seen):
        """Lettering, places, strokes, holes and what is cut: the two lie on each other, but for the edges of letters."""
        sheet = full_sheet()
        ours, theirs = seen(sheet.svg("a")), seen(svg(sheet.figure, "b"))
        apart = np.abs(ours - theirs) > 30

        assert ours.shape == theirs.shape
        assert apart.mean() < 0.0001
        for place in range(len(sheet.marks)):
            less = Sheet(sheet.width, sheet.height, [mark for number, mark in enumerate(sheet.marks) if number != place])
            assert (np.abs(seen(less.svg("a")) - theirs) > 30).mean() > 0.0002, sheet.marks[place]

    @pytest.mark.parametrize("hatch", HATCHES)
    def test_hatches_are_as_dark(self, seen, hatch):
        """A hatch covers about as much paper in both."""
        sheet = Sheet(2.0, 1.0)
        sheet.box(0.1, 0.1, 1.8, 0.8, "#ffffff", hatch=hatch, edgecolor="#566270")
        ours, theirs = seen(sheet.svg("a")).mean(), seen(svg(sheet.figure, "b")).mean()

        assert ours == pytest.approx(theirs, abs=12)

    def test_legend(self, seen):
        """Signs of every kind stand beside their words in both."""
        sheet = Sheet(7.0, 0.6)
        keys = [Key(label=f"ป้าย {sign}", colour="#d55e00", sign=sign) for sign in ("dot", "diamond", "box", "line", "dash")]
        sheet.legend(keys, 0.1, 0.1, 6.8)

        theirs = seen(svg(sheet.figure, "b"))
        apart, empty = (np.abs(seen(one.svg("a")) - theirs) > 30 for one in (sheet, Sheet(7.0, 0.6)))

        assert apart.mean() < empty.mean() / 5
