"""Charts of scores: for any framework and 1, 5, 76 or 193 units, in both languages, readable by all."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from workbench.framework import Framework
from workbench.plots import style
from workbench.plots.fitting import fitted, width_of
from workbench.plots.maps import has_map, tile_map
from workbench.plots.rows import columns_for
from workbench.plots.scores import bands, distribution, heatmap, ranking, ranking_table
from workbench.provinces import BANGKOK, PROVINCES
from workbench.scoring import score
from workbench.text import LANGUAGES, Text, Texts

CHARTS = (ranking, distribution, heatmap, bands)
LONG = "สหราชอาณาจักรบริเตนใหญ่และไอร์แลนด์เหนือ United Kingdom of Great Britain and Northern Ireland"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def egdi(root):
    return Framework.load(root / "params/framework/egdi")


@pytest.fixture(scope="module")
def provincial(root):
    return Framework.load(root / "params/framework/province-context")


def values(framework, units, seed=0, low=0.02, high=0.98):
    """Raw values of every indicator between its goalposts."""
    rng = np.random.default_rng(seed)
    columns = {}
    for indicator in framework.indicators:
        ends = indicator.normalisation.low, indicator.normalisation.high
        columns[indicator.id] = ends[0] + (ends[1] - ends[0]) * rng.uniform(low, high, len(units))
    return pd.DataFrame(columns, index=list(units))


def countries(framework, count, **rest):
    return score(framework, values(framework, [f"{LONG} {number:03d}"[-40:] for number in range(count)], **rest))


def thai(framework, *, without=(), seed=0):
    return score(framework, values(framework, [item.iso for item in PROVINCES if item.iso not in without], seed))


def sampled(scores, error=2.0):
    """The same scores with a known standard error."""
    table = scores.table.copy()
    table.insert(4, "index_se", error)
    return type(scores)(**{name: getattr(scores, name) for name in scores.__dataclass_fields__} | {"table": table})


def parsed(svg):
    """The root of a drawing of our own making."""
    return ET.fromstring(svg)  # noqa: S314


def level_boxes(figure):
    """Boxes of all level texts in inches, with their words."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for axes in figure.axes for text in axes.texts if text.get_rotation() == 0 and text.get_text()]
    boxes = np.array([text.get_window_extent(renderer).extents for text in texts]) / figure.dpi
    return boxes, [text.get_text() for text in texts]


def overlaps(figure):
    """Pairs of words whose boxes share more than the air around letters."""
    boxes, words = level_boxes(figure)
    air = 0.03
    left, low, right, high = boxes.T
    across = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    down = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    pairs = np.argwhere(np.triu((across > air) & (down > 3 * air), 1))
    return [(words[one], words[other]) for one, other in pairs]


class TestFonts:
    def test_thai_is_shaped(self):
        """A tone mark stands above the vowel: ที่ is taller than ที (equal where marks are not shaped)."""
        style.apply()
        font = FontProperties(family="Sarabun")
        tall, short = (TextPath((0, 0), text, size=40, prop=font).get_extents().height for text in ("ที่", "ที"))

        assert tall > 1.15 * short

    def test_ship_with_their_licence(self):
        """Both weights for drawings and pages, Thai and Latin, lie beside the licence they come under."""
        names = {path.name for path in style.FONTS.iterdir()}
        pages = {f"sarabun-{script}-{weight}-normal.woff2" for script in ("thai", "latin") for weight in (400, 700)}

        assert {"OFL.txt", "Sarabun-Regular.ttf", "Sarabun-Bold.ttf"} | pages <= names
        assert "SIL Open Font License, Version 1.1" in (style.FONTS / "OFL.txt").read_text(encoding="utf-8")

    def test_style_survives_other_libraries(self):
        """What another library set in between is set back when a figure is made."""
        import matplotlib as mpl

        mpl.rcParams["font.family"] = ["serif"]
        style.new_figure(1, 1)

        assert ["Sarabun", "DejaVu Sans"] == mpl.rcParams["font.family"]


class TestColours:
    def test_contrast_of_known_pairs(self):
        """Black on white is 21:1 and #767676 on white 4.54:1 (WCAG 2.2, relative luminance)."""
        assert 21 == pytest.approx(style.contrast("#000000", "#ffffff"))
        assert 4.54 == pytest.approx(style.contrast("#767676", "#ffffff"), abs=0.005)

    def test_words_reach_four_and_a_half(self):
        """Words in any colour of words, on white and on any step of the scales, reach 4.5:1."""
        words = (style.INK, style.MUTED, style.ACCENT)
        fills = [ramp(step / 200) for ramp in (style.ramp, style.tint) for step in range(201)]

        assert [] == [colour for colour in words if style.contrast(colour, "#ffffff") < style.READABLE]
        assert [] == [fill for fill in fills if style.contrast(style.text_on(fill), fill) < style.READABLE]

    def test_signs_reach_three(self):
        """Lines, colours of kinds, and every band by its fill or its outline stand out 3:1 from paper."""
        lines = (style.INK, style.MUTED, style.ACCENT, *style.SERIES)

        assert [] == [colour for colour in lines if style.contrast(colour, "#ffffff") < style.VISIBLE]
        for count in range(1, 8):
            for fill in style.band_colours(count):
                assert max(style.contrast(fill, "#ffffff"), style.contrast(style.INK, "#ffffff")) >= style.VISIBLE

    @pytest.mark.parametrize("count", range(2, 8))
    def test_bands_differ_in_lightness(self, count):
        """Bands darken step by step, so they are told apart in grey and with any kind of colour vision."""
        colours = style.band_colours(count)
        light = [style.contrast(colour, "#000000") for colour in colours]

        assert sorted(light, reverse=True) == light
        assert min(one / other for one, other in itertools.pairwise(light)) > (1.3 if count <= 5 else 1.15)


class TestFitting:
    @pytest.mark.parametrize("text", ["ศักยภาพเจ้าหน้าที่ภาครัฐด้านดิจิทัล", "โครงสร้างพื้นฐานที่มีความมั่นคงปลอดภัย", LONG])
    @pytest.mark.parametrize("inches", [0.4, 0.8, 1.3, 2.0])
    def test_fits_and_cuts_no_letter(self, text, inches):
        """A name fits the room it has, and a Thai mark is never parted from its letter."""
        shown = fitted(text, inches, 9)

        assert width_of(shown, 9) <= inches
        kept = shown.removesuffix("…")
        rest = text[len(kept) :]
        assert text.startswith(kept)
        assert not re.match("[ัิ-ฺ็-๎ำ]", rest)
        assert not kept.endswith(tuple("เแโใไ"))


class TestSvg:
    @pytest.fixture(scope="class")
    @staticmethod
    def drawing(egdi):
        return ranking(countries(egdi, 5))

    @pytest.mark.parametrize("text", [True, False])
    def test_one_clean_element(self, drawing, text):
        """A drawing is one well-formed element that scales: no prolog, date, size in points, or rule for the whole page."""
        svg = drawing.svg("th", text=text)
        root = parsed(svg)

        assert f"{SVG}svg" == root.tag
        assert not {"width", "height"} & set(root.attrib)
        assert "viewBox" in root.attrib
        assert "max-width" in root.attrib["style"]
        assert not re.search(r"<\?xml|<!DOCTYPE|<metadata|<style|<!--", svg)

    def test_text_stays_text(self, drawing):
        """Letters are text in the page's font, or outlines where a page has no font of ours."""
        words = [node.text for node in parsed(drawing.svg("th")).iter(f"{SVG}text")]

        assert "ดัชนี (0–100)" in words
        assert [] == list(parsed(drawing.svg("th", text=False)).iter(f"{SVG}text"))

    def test_ids_are_prefixed_and_resolve(self, drawing):
        """Every id begins with the figure's own prefix, and every reference finds its id."""
        svg = drawing.svg("en", text=False)
        ids = set(re.findall(r'\bid="([^"]+)"', svg))
        used = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))

        assert ids
        assert ids == used
        assert all(name.startswith("ranking-en-") for name in ids)

    def test_same_bytes_every_time(self, egdi, drawing):
        """The same scores give the same bytes."""
        assert drawing.svg("th") == ranking(countries(egdi, 5)).svg("th")

    @pytest.mark.parametrize(
        "name", ["<script>alert(1)</script>", "$x^2$ และ $y$", 'id="x" d="1.23456" url(#a)', "<!-- a -->", "a > b"]
    )
    def test_names_stay_names(self, egdi, name):
        """A name that looks like a tag, a formula or an attribute is drawn as it is written."""
        scores = score(egdi, values(egdi, [name, "B"]))
        root = parsed(ranking(scores).svg("en"))

        assert name in [node.text for node in root.iter(f"{SVG}text")]
        assert not list(root.iter(f"{SVG}script"))


@pytest.mark.parametrize("count", [1, 2, 5, 36, 76, 193])
class TestAnySize:
    @pytest.mark.parametrize("make", CHARTS)
    def test_nothing_overlaps_or_leaves_the_sheet(self, egdi, count, make):
        """With few or many units and long names, words lie apart and inside the figure, in both languages."""
        chart = make(countries(egdi, count))
        for language in LANGUAGES:
            figure = chart.figure(language)
            boxes, words = level_boxes(figure)
            width, height = figure.get_size_inches()

            assert [] == overlaps(figure)
            assert [] == [word for word, box in zip(words, boxes, strict=True) if box[0] < -0.01 or box[2] > width + 0.01]
            assert [] == [word for word, box in zip(words, boxes, strict=True) if box[1] < -0.02 or box[3] > height + 0.02]

    @pytest.mark.parametrize("make", CHARTS)
    def test_alternative_says_what_the_table_says(self, egdi, count, make):
        """Every number of the text alternative and of the title stands in the table, so no reader gets less."""
        chart = make(countries(egdi, count))
        for language in LANGUAGES:
            shown = set(re.findall(r"\d[\d.,]*\d|\d", re.sub(r"<[^>]*>", " ", chart.table.html(language))))
            words = f"{chart.alt.get(language)} {chart.title.get(language)}".replace("90 %", "").replace("90%", "")

            assert set() == set(re.findall(r"\d[\d.,]*\d|\d", words)) - shown

    def test_fits_a_sheet_of_paper(self, egdi, count):
        """A ranking keeps the shape of a page, so it prints on one."""
        width, height = ranking(countries(egdi, count)).figure("th").get_size_inches()

        assert height / width < 297 / 210 * 1.08


class TestRanking:
    def test_clear_means_the_whole_interval(self, egdi):
        """Only units whose whole 90 % interval lies above the mean count as above it."""
        scores = sampled(countries(egdi, 20), error=3.0)
        reach = 1.6448536 * 3.0
        above = int((scores.index - reach > scores.index.mean()).sum())
        below = int((scores.index + reach < scores.index.mean()).sum())
        title = ranking(scores).title.en

        assert f": the intervals of {above} of 20 countries lie above it, of {below} below" in title

    def test_nothing_is_clear_without_an_interval(self, egdi):
        """A unit whose sampling error is unknown counts as neither above nor below."""
        scores = sampled(countries(egdi, 20), error=0.001)
        above = int((scores.index > scores.index.mean()).sum())
        scores.table.loc[scores.table.index[0], "index_se"] = np.nan

        assert f": the intervals of {above - 1} of 20 countries lie above it" in ranking(scores).title.en
        assert "not measured" in ranking(scores).table.html("en")

    def test_without_sampling_nothing_is_called_clear(self, egdi):
        """A table of published values has no interval: title, text and table claim none."""
        chart = ranking(countries(egdi, 9))

        assert "interval" not in chart.title.en + chart.alt.en
        assert "ชัดเจน" not in chart.title.th + chart.alt.th
        assert ["country", "Rank", "Index (0–100)"] == list(chart.table.frame("en").columns)

    def test_no_title_sets_one_unit_above_another(self, egdi):
        """No title or text alternative names a unit."""
        scores = countries(egdi, 5)
        for make in CHARTS:
            chart = make(scores)
            words = chart.title.en + chart.alt.en + chart.title.th + chart.alt.th

            assert [] == [unit for unit in scores.table.index if unit in words]

    def test_columns(self):
        """Rows stand in one, two or three columns, so that each column stays readable."""
        assert [1, 1, 2, 2, 3, 3] == [columns_for(count) for count in (1, 36, 37, 77, 193, 1000)]

    def test_table(self, egdi):
        """The ranking table holds every unit with rank, band, pillars and coverage; one without a score is said to have none."""
        data = values(egdi, ["A", "B", "C"])
        data.loc["B"] = np.nan
        frame = ranking_table(score(egdi, data)).frame("en")
        html = ranking_table(score(egdi, data)).html("en")

        assert ["Rank", "country", "Index (0–100)", "Band"] == list(frame.columns[:4])
        assert "B" == frame["country"].iloc[-1]
        assert '<td class="num">not measured</td><th scope="row">B</th>' in html

    def test_table_with_rank_intervals(self, egdi):
        """Rank intervals come by unit, whatever their order; a unit without one has none."""
        scores = score(egdi, values(egdi, ["A", "B", "C"]))
        intervals = pd.DataFrame({"rank_p05": [1.0, 2.0], "rank_p95": [2.0, 3.0]}, index=["C", "A"])
        frame = ranking_table(scores, intervals).frame("en").set_index("country")["90 % rank interval"]

        assert {"C": "1–2", "A": "2–3", "B": None} == {
            unit: frame[unit] if isinstance(frame[unit], str) else None for unit in "ABC"
        }


class TestDistribution:
    def test_counts_every_unit_once(self, egdi):
        """Classes hold each unit once; a full score of 100 belongs to the last."""
        data = values(egdi, ["A", "B", "C"])
        data.loc["A"] = [indicator.normalisation.high for indicator in egdi.indicators]
        frame = distribution(score(egdi, data)).table.frame("en")

        assert 3 == frame["countries"].sum()
        assert 1 == frame.set_index("Index (0–100)")["countries"]["95–100"]

    def test_scores_beyond_the_scale(self, egdi):
        """A normalisation without limits gives scores beyond 0 to 100; the classes go with them."""
        scores = countries(egdi, 9)
        scores.table.loc[scores.table.index[0], "index"] = 117.0
        scores.table.loc[scores.table.index[-1], "index"] = -8.0
        frame = distribution(scores).table.frame("en")

        assert 9 == frame["countries"].sum()
        assert ("−10–−5", "115–120") == (frame.iloc[0, 0], frame.iloc[-1, 0])
        for make in CHARTS:
            assert [] == overlaps(make(scores).figure("en"))


class TestBands:
    def test_ties_are_said(self, egdi):
        """Where two bands are equally common, the title names both."""
        data = values(egdi, ["A", "B"])
        for unit, share in (("A", 0.1), ("B", 0.9)):
            data.loc[unit] = share
        title = bands(score(egdi, data)).title

        assert "Most common bands: Low and Very high, each 1 of 2 countries" == title.en
        assert "“ต่ำ และ สูงมาก”" in title.th


class TestHeatmap:
    def test_first_row_is_the_mean(self, egdi):
        """The table begins with the mean of every pillar, as the drawing does."""
        scores = countries(egdi, 5)
        frame = heatmap(scores).table.frame("en")

        assert "Mean" == frame.iloc[0, 0]
        assert np.allclose(scores.pillars.mean(), frame.iloc[0, 1:].astype(float))

    def test_missing_cells_are_hatched_and_said(self, provincial):
        """A pillar that was not measured is hatched, explained in the key, and said in the table."""
        data = values(provincial, ["TH-50", "TH-10", "TH-83"])
        data.loc["TH-10", ["density", "towns", "villages"]] = np.nan
        chart = heatmap(score(provincial, data))
        figure = chart.figure("en")

        assert "not measured" in chart.table.html("en")
        assert 2 == sum(patch.get_hatch() is not None for patch in figure.axes[0].patches)
        assert "not measured" in level_boxes(figure)[1]


class TestNoScore:
    @pytest.mark.parametrize("make", CHARTS)
    def test_says_so(self, egdi, make):
        """Where nothing can be scored, the figure says so and does not fail."""
        scores = score(egdi, values(egdi, ["A", "B"]) * np.nan)
        chart = make(scores)

        assert ("No country has a score", "ยังไม่มีประเทศใดมีคะแนน") == (chart.title.en, chart.title.th)
        assert chart.html("th").startswith("<figure")


class TestTileMap:
    def test_only_for_provinces(self, egdi, provincial):
        """There is a map where units are provinces, and none where they are not."""
        assert (True, False) == (has_map(provincial), has_map(egdi))

    def test_one_tile_for_each_province(self, provincial):
        """All 77 abbreviations are drawn once, with the score of each; nothing overlaps."""
        figure = tile_map(thai(provincial)).figure("th")
        words = level_boxes(figure)[1]

        assert [1] * 77 == [words.count(item.abbreviation.th) for item in PROVINCES]
        assert [] == overlaps(figure)

    def test_bangkok_was_not_surveyed(self, provincial):
        """A province that is not in the data is hatched and named in the legend; one with too little data otherwise."""
        data = values(provincial, [item.iso for item in PROVINCES if item.iso != BANGKOK])
        data.loc["TH-50"] = np.nan
        chart = tile_map(score(provincial, data))
        figure = chart.figure("en")
        hatches = {patch.get_hatch() for patch in figure.axes[0].patches} - {None}

        assert 2 == len(hatches)
        assert {"Not surveyed: 1", "Too little data: 1"} <= set(level_boxes(figure)[1])
        assert "without a score: 2" in chart.alt.en

    def test_legend_counts_add_up(self, provincial):
        """The counts in the legend sum to the provinces with a score."""
        words = level_boxes(tile_map(thai(provincial, without=(BANGKOK,))).figure("en"))[1]
        counts = [int(found[1]) for found in (re.search(r"\(\d+–\d+\): (\d+)$", word) for word in words) if found]

        assert (5, 76) == (len(counts), sum(counts))

    def test_alternative_says_what_the_table_says(self, provincial):
        """Every number of title and text alternative stands in the table."""
        chart = tile_map(thai(provincial, without=(BANGKOK,)))
        for language in LANGUAGES:
            shown = set(re.findall(r"\d+", re.sub(r"<[^>]*>", " ", chart.table.html(language))))

            assert set() == set(re.findall(r"\d+", chart.alt.get(language) + chart.title.get(language))) - shown


class TestTexts:
    def test_every_phrase_has_the_same_blanks(self):
        """Both languages of a phrase say the same facts; only a count with its units may be left to one of them."""
        texts = Texts.default()
        odd = []
        for key in (key for key in texts.keys() if key.startswith("plots.")):  # noqa: SIM118  (no mapping)
            phrase: Text = texts._phrases[key]
            blanks = [set(re.findall(r"{(\w+)", phrase.get(language))) for language in LANGUAGES]
            if blanks[0] - {"n", "units"} != blanks[1] - {"n", "units"}:
                odd.append((key, *blanks))

        assert [] == odd
