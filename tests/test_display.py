"""What a page shows: accessible, escaped, in both languages from one computation."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from workbench.display import Chart, Column, Table, Words, number
from workbench.errors import WorkbenchError
from workbench.plots.style import new_figure
from workbench.text import Text

ATTACK = "<script>alert('x')</script> & \"y\""


class Tree(HTMLParser):
    """Tags with their attributes and the text inside, in order."""

    VOID = frozenset({"br", "img", "hr", "path", "use"})

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.texts = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert tag == self.open.pop(), f"{tag} closes nothing"

    def handle_data(self, data):
        self.texts.append((tuple(self.open), data))

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]

    def text(self, name):
        return ["".join(data) for tags, data in self.texts if tags and tags[-1] == name]


def table(**changes):
    columns = [
        Column(label=Text(th="จังหวัด", en="Province"), values={"th": ["น่าน", "ตาก"], "en": ["Nan", "Tak"]}, header=True),
        Column(label=Text(th="ดัชนี", en="Index"), values=[45.66, float("nan")], decimals=1),
        Column(label=Text(th="ระดับ", en="Band"), values={"th": ["เปิด", ""], "en": ["Open", ""]}),
    ]
    given = {"id": "scores", "caption": Text(th="คะแนน", en="Scores"), "columns": columns}
    return Table(**(given | changes))


def drawn(_language):
    figure = new_figure(2, 1)
    figure.text(0.5, 0.5, "น้ำ <b> $x$")
    return figure


def chart(**changes):
    given = {
        "id": "ranking",
        "title": Text(th="ค่าเฉลี่ยคือ 45.7", en="The mean is 45.7"),
        "subtitle": Text(th="ดัชนี", en="Index"),
        "alt": Text(th="แผนภูมิจุด", en="Dots"),
        "table": table(),
        "draw": drawn,
    }
    return Chart(**(given | changes))


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "decimals", "shown"),
        [
            (1234567.891, 1, "1,234,567.9"),
            (76, None, "76"),
            (1.5, None, "1.5"),
            (np.int64(1200), None, "1,200"),
            (np.float32(0.25), 2, "0.25"),
            (-3.25, 1, "−3.2"),
            (-0.04, 1, "0.0"),
            (float("inf"), 1, "∞"),
            (True, None, "yes"),
            (np.False_, None, "no"),
            ("3–9", None, "3–9"),
            (Text(th="ก", en="a"), None, "a"),
        ],
    )
    def test_reads_as_people_write_it(self, value, decimals, shown):
        """Thousands are grouped, a minus is a minus, rounding leaves no minus before zero, truth is a word."""
        assert shown == number(value, decimals, "en")

    @pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NA, pd.NaT, "", " "])
    def test_missing_is_said(self, value):
        """Nothing is never an empty cell: it is said in the language of the page."""
        assert ("not measured", "ไม่มีข้อมูล") == (number(value, 1, "en"), number(value, 1, "th"))


class TestTable:
    def test_structure(self):
        """A table has a caption that names it, scopes on all headings, and numbers marked as numbers."""
        tree = Tree(table().html("en"))

        assert ["Scores"] == tree.text("caption")
        assert [tree.all("caption")[0]["id"]] == [attrs["aria-labelledby"] for attrs in tree.all("div")]
        assert ["col", "col", "col", "row", "row"] == [attrs["scope"] for attrs in tree.all("th")]
        assert [None, "num", None, None, None] == [attrs.get("class") for attrs in tree.all("th")]
        assert ["num", None, "num", None] == [attrs.get("class") for attrs in tree.all("td")]

    def test_cells(self):
        """Cells are in the language, rounded, and missing ones said; none is empty."""
        assert ["45.7", "เปิด", "ไม่มีข้อมูล", "ไม่มีข้อมูล"] == Tree(table().html("th")).text("td")
        assert ["Province", "Index", "Band", "Nan", "Tak"] == Tree(table().html("en")).text("th")

    def test_outside_text_is_text(self):
        """Names, headings, captions and notes are escaped: nothing in a table becomes a tag."""
        wild = Text.same(ATTACK)
        column = Column(label=wild, values=[ATTACK], header=True)
        html = table(caption=wild, columns=[column], note=wild).html("th")

        assert "<script" not in html
        assert [] == Tree(html).all("script")
        assert [ATTACK] == Tree(html).text("caption")

    def test_languages_share_no_id(self):
        """Both languages of a table can stand on one page."""
        ids = [attrs["id"] for language in ("th", "en") for attrs in Tree(table().html(language)).all("caption")]

        assert 2 == len(set(ids))

    def test_a_frame_for_further_work(self):
        """As a frame a table keeps raw numbers under the labels of the language, even when two labels are alike."""
        twice = Column(label=Text.same("Index"), values=[1, 2], header=True)
        frame = table(columns=[twice, twice, *table().columns]).frame("en")

        assert ["Index", "Index", "Province", "Index", "Band"] == list(frame.columns)
        assert 45.66 == frame.iloc[0, 3]

    def test_needs_names_of_rows_and_full_columns(self):
        """A table whose rows have no names, or whose columns differ in length, is refused."""
        with pytest.raises(ValueError, match="has no column that names its rows"):
            table(columns=[Column(label=Text.same("a"), values=[1])])
        with pytest.raises(ValueError, match="different lengths"):
            table(columns=[*table().columns, Column(label=Text.same("a"), values=[1])])

    def test_ranges_keep_to_one_line_and_thai_says_so(self):
        """A column of short ranges is marked; a Thai comment on an English page has its language."""
        label = Text.same("x")
        shown = table(columns=[Column(label=label, values=["a", "b"], header=True), Column(label=label, values=["1–2", "3"])])
        assert '<td class="short">1–2</td>' in shown.html("en")
        said = table(columns=[Column(label=label, values=["a", "b"], header=True), Column(label=label, values=["ดี", "good"])])
        assert '<td lang="th">ดี</td>' in said.html("en")
        assert "lang=" not in said.html("th")


class TestChart:
    def test_structure(self):
        """A figure has its finding as heading, a drawing with a name and a description, and its numbers in a table."""
        tree = Tree(chart().html("en"))
        drawing = tree.all("svg")[0]

        assert ["The mean is 45.7"] == tree.text("h3")
        assert "img" == drawing["role"]
        assert drawing["aria-labelledby"].split() == [tree.all(name)[0]["id"] for name in ("title", "desc")]
        assert (["The mean is 45.7"], ["Dots"]) == (tree.text("title"), tree.text("desc"))
        assert {"aria-hidden": "true"} == tree.all("g")[0]
        assert ["figure", "figcaption"] == [tag for tag, _ in tree.tags if tag.startswith("fig")]
        assert ["details", "summary", "table"] == [tag for tag, _ in tree.tags if tag in {"details", "summary", "table"}]

    def test_inside_is_hidden_from_readers(self):
        """All letters of the drawing are inside the part that screen readers skip; the table says them."""
        tree = Tree(chart().html("th"))
        inside = [tags for tags, data in tree.texts if "น้ำ" in data]

        assert [("figure", "div", "svg", "g", "g", "text")] == [tags[:5] + tags[-1:] for tags in inside]

    def test_outside_text_is_text(self):
        """Titles, subtitles, descriptions, sources and letters of the drawing are escaped."""
        wild = Text.same(ATTACK)
        html = chart(title=wild, subtitle=wild, alt=wild, source=wild).html("en")
        tree = Tree(html)

        assert [] == tree.all("script") == tree.all("b")
        assert [ATTACK] == tree.text("h3") == tree.text("title")
        assert ["น้ำ <b> $x$"] == tree.text("text")

    def test_ids_are_its_own(self):
        """Every id holds the chart's id and the language, so any number of figures share a page."""
        html = chart().html("th") + chart().html("en") + chart(id="other", table=table(id="other-data")).html("th")
        ids = [attrs["id"] for _, attrs in Tree(html).tags if "id" in attrs]
        known = ("ranking-th", "ranking-en", "other-th", "other-data-th", "scores-th", "scores-en")

        assert all(name.startswith(known) for name in ids)
        assert len(set(ids)) == len(ids)

    @pytest.mark.parametrize(
        ("lacks", "value", "words"),
        [
            ("alt", Text.model_construct(th=" ", en=" "), "chart `ranking` lacks a text alternative."),
            ("alt", None, "chart `ranking` lacks a text alternative."),
            ("title", Text.model_construct(th=" ", en="x"), "chart `ranking` lacks a title."),
            ("table", None, "chart `ranking` lacks a table."),
        ],
    )
    def test_refuses_what_some_cannot_read(self, lacks, value, words):
        """A chart without title, text alternative or table is refused by name."""
        with pytest.raises(WorkbenchError) as caught:
            chart(**{lacks: value})

        assert words in str(caught.value)
        assert caught.value.faults[0].fix


class TestWords:
    def test_kinds(self):
        """Words are paragraphs, parted at blank lines, with a class for their kind; text is escaped."""
        text = Text.same(f"one\n\n{ATTACK}")

        assert [{"class": "note"}] * 2 == Tree(Words(text=text, kind="note").html("en")).all("p")
        assert [{}] == Tree(Words(text=Text.same("one")).html("th")).all("p")
        assert ["one", ATTACK] == Tree(Words(text=text).html("en")).text("p")
        assert ["one"] == Tree(Words(text=Text.same("one"), kind="h2").html("en")).text("h2")
