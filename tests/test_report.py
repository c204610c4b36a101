"""The published pages, read by a parser: whole, in both languages, with nothing that reaches outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from conftest import ALL_NOTEBOOKS, ROOT
from workbench import Framework

pytestmark = pytest.mark.xdist_group("report")
LANGUAGES = ("th", "en")
THAI = re.compile("[\u0e00-\u0e7f]")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
FRONT = ("ranking", "units", "indicators", "what-if", "glossary", "downloads")


class Elements(HTMLParser):
    """Collects the start tags of a page with their attributes, and its text."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.text, self.open, self.unclosed = [], [], [], []
        self.spoken, self.languages = {}, [("", "")]
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.languages.append((tag, dict(attrs).get("lang", self.languages[-1][1])))

    def handle_endtag(self, tag):
        while len(self.languages) > 1 and self.languages.pop()[0] != tag:
            pass

    def handle_data(self, data):
        self.text.append(data)
        if self.languages[-1][0] not in {"script", "style"}:
            self.spoken.setdefault(self.languages[-1][1], []).append(data)

    def of(self, *names):
        return [attrs for tag, attrs in self.tags if tag in names]


@pytest.fixture(scope="module")
def pages(report):
    return {
        path.relative_to(report).as_posix(): Elements(path.read_text(encoding="utf-8")) for path in sorted(report.rglob("*.html"))
    }


class TestPages:
    def test_every_notebook_has_a_page_in_both_languages(self, pages, report):
        """And so has every unit and every indicator; there is one index."""
        framework = Framework.load(ROOT / "params/framework/2559", workshops=[ROOT / "params/workshops/2559-05-23.yaml"])
        units = pd.read_csv(report / "data" / "scores.csv")["unit"]
        names = {*ALL_NOTEBOOKS, *FRONT, *(f"unit-{unit}" for unit in units)}
        names |= {f"indicator-{item.id}" for item in framework.indicators}

        # A heavy page goes on on others: 10_scores-2 and so on.
        there = {re.sub(r"^(../[0-9]{2}_.*?)-[0-9]+\.html$", r"\1.html", name) for name in pages}
        assert {"index.html"} | {f"{language}/{name}.html" for language in LANGUAGES for name in names} == there

    def test_language_and_one_heading(self, pages):
        """Each page says its language and has one h1."""
        for name, page in pages.items():
            assert [name[:2] if "/" in name else "th"] == [attrs.get("lang") for attrs in page.of("html")], name
            assert 1 == len(page.of("h1")), name

    def test_nothing_reaches_outside(self, pages, report):
        """No address of another machine, no script but our own, and every link leads to a file of the report."""
        for name, page in pages.items():
            assert [] == page.of("iframe", "object", "embed", "form", "base"), name
            assert [{}] * (name != "index.html") == page.of("script"), name
            links = [attrs.get(key) for _, attrs in page.tags for key in ("href", "src") if attrs.get(key)]
            links = [link.split("#")[0] for link in links if not link.startswith("#")]
            assert [] == [link for link in links if re.match(r"[a-z]+:|//", link)], name
            assert [] == [link for link in links if not ((report / name).parent / link).is_file()], name
            assert [] == [attrs for _, attrs in page.tags if any(key.startswith("on") for key in attrs)], name

    def test_the_policy_comes_first(self, report):
        """The content security policy is the first thing in the head and lets one script run, by its digest."""
        for path in report.rglob("*.html"):
            html = path.read_text(encoding="utf-8")
            head = html.split("<head>")[1].lstrip()
            assert head.startswith('<meta http-equiv="Content-Security-Policy" content="default-src \'none\''), path.name
            scripts = re.findall("<script>(.*?)</script>", html, flags=re.DOTALL)
            digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
            assert re.findall("'sha256-([^']+)'", head.split(">")[0]) == digests, path.name
            assert "script-src 'unsafe" not in head, path.name

    def test_synthetic_data_say_so_in_the_language_of_the_page(self, pages):
        """On every page made from them."""
        words = {"th": "ข้อมูลสังเคราะห์", "en": "Synthetic data."}
        for name, page in pages.items():
            for language in LANGUAGES if name == "index.html" else (name[:2],):
                assert words[language] in "".join(page.text), name

    def test_figures_have_alternatives_and_tables(self, pages):
        """Each drawing has a title and a description by id, and its numbers below."""
        for name, page in pages.items():
            drawings = [attrs for attrs in page.of("svg") if attrs.get("role") == "img"]
            assert len(page.of("figure")) == len(drawings), name
            # The map of what-if has its numbers beside it, where the script changes them.
            assert len(drawings) - ("what-if" in name) == len(page.of("details")), name
            ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
            assert len(ids) == len(set(ids)), name
            for drawing in drawings:
                assert set(drawing["aria-labelledby"].split()) <= set(ids), name

    def test_tables_have_captions_and_scopes(self, pages):
        """Every header cell says what it heads."""
        for name, page in pages.items():
            assert len(page.of("table")) == len(page.of("caption")), name
            assert all(attrs.get("scope") in {"row", "col"} for attrs in page.of("th")), name

    def test_provenance_on_every_page(self, pages, report):
        """Run, framework, data and the command to reproduce; the date in both eras."""
        manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
        for name, page in pages.items():
            text = "".join(page.text)
            for fact in (manifest["run_id"], manifest["framework"]["fingerprint"], manifest["command"]):
                assert fact in text, name
            assert "พ.ศ." in text or "B.E." in text, name

    def test_no_code_of_the_notebooks_and_no_path(self, report):
        """What a reader gets is the result, not the program or the machine it ran on."""
        for path in report.rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            assert "page.show" not in text, path.name
            assert "/tmp/ipykernel" not in text, path.name

    def test_no_page_is_heavy(self, report):
        """Every page is at most 150 kB, besides the fonts and the data of the folder."""
        heavy = {path.name: path.stat().st_size for path in report.rglob("*.html") if path.stat().st_size > 150_000}

        assert {} == heavy

    def test_thai_pages_are_thai(self, pages):
        """Text is in the language that its element says: Thai on Thai pages, none of it on English ones unless marked."""
        for name, page in pages.items():
            letters = {language: len(THAI.findall("".join(page.spoken.get(language, [])))) for language in LANGUAGES}
            if name.startswith("th/"):
                assert letters["th"] > 500, name
            if name.startswith("en/"):
                assert letters["en"] == 0, name
                # What is marked as Thai is Thai.
                marked = [text for text in page.spoken.get("th", []) if text.strip()]
                assert all(THAI.search(text) for text in marked), name

    def test_comments_of_experts_are_marked_by_their_language(self, pages):
        """As they were written, on pages of either language."""
        for language, other, words in (("en", "th", "เครือข่ายที่เร็ว"), ("th", "en", "out of reach for most")):
            page = [page for name, page in pages.items() if name.startswith(f"{language}/50_workshop")]
            marked = "".join(text for part in page for text in part.spoken.get(other, []))
            assert words in marked


class TestFolder:
    def test_the_manifest_covers_every_file(self, report):
        """Each file of the report is listed with its digest; nothing else is there."""
        files = json.loads((report / "manifest.json").read_text(encoding="utf-8"))["files"]
        there = {path.relative_to(report).as_posix() for path in report.rglob("*") if path.is_file()} - {"manifest.json"}

        assert there == set(files)
        for name, value in files.items():
            assert value == hashlib.sha256((report / name).read_bytes()).hexdigest(), name

    def test_the_licence_of_the_font_travels_with_it(self, report):
        """The font is under the Open Font License, which asks for that."""
        assert "SIL Open Font License" in (report / "assets" / "OFL.txt").read_text(encoding="utf-8")

    def test_tables_for_others(self, report):
        """The scores are there as the command `score` writes them."""
        table = pd.read_csv(report / "data" / "scores.csv")

        assert ["unit", "index", "rank", "band", "coverage"] == list(table.columns[:5])
        assert 12 == len(table)
        assert {"scores", "values", "ranks", "rank_shares"} <= {path.stem for path in (report / "data").glob("*.csv")}
