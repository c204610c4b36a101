"""Planted payloads through every door of a report, proved in a real browser; each layer held alone."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from html import escape, unescape

import pandas as pd
import pytest
from planting import PARAMETER, PAYLOADS, plant_run, refusing_proxy
from test_browser import CHROMIUM, FLAGS, tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("payloads"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.fixture(scope="module")
def proxy():
    """Where every browser of this file has to ask, and what it was asked."""
    with refusing_proxy() as found:
        yield found


@pytest.fixture(scope="module")
def browser(proxy):
    """A browser that reaches nothing but the proxy, not even this machine."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        given = {"server": proxy[0], "bypass": "<-loopback>"}
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, proxy=given)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def wild(tmp_path_factory, root):
    """A report with a payload in every door."""
    from workbench import runs

    folder = tmp_path_factory.mktemp("wild")
    return runs.run(runs.load_run(plant_run(folder, root)), out=folder / "reports").parent


def visit(page, path):
    """Open a page and all its details, and pass over its first link, as a curious reader does."""
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    place = page.evaluate(
        "(() => { const a = document.querySelector('main a'); if (!a) return null; a.scrollIntoView();"
        " const b = a.getBoundingClientRect(); return [b.x + 3, b.y + 3]; })()"
    )
    if place:
        page.mouse.move(*place)
    return page.evaluate(
        """() => ({pwned: window.pwned, address: location.href, title: document.title,
        found: document.querySelectorAll('iframe,img,object,embed,form,base,[onload],[onerror]').length})"""
    )


class TestPayloads:
    def test_nothing_runs_and_nothing_leaves(self, browser, proxy, wild):
        """Every page is opened, its details too, and links hovered: no script, request, prefetch, dialog or other title."""
        pages = sorted(wild.rglob("*.html"))
        # One indicator's page stands for all; every unit's is opened, because each has a payload of its own.
        pages = [path for path in pages if not path.name.startswith("indicator-") or path.name == "indicator-P1.1.1.html"]
        with tab(browser) as page:
            for path in pages:
                title = re.search("<title>(.*?)</title>", path.read_text(encoding="utf-8"))[1]
                expected = {"pwned": None, "address": path.as_uri(), "title": " ".join(unescape(title).split()), "found": 0}
                assert expected == visit(page, path)
                assert [] == page.troubles, path
            assert [] == [url for url in page.requests if not url.startswith(wild.as_uri())]
        assert [] == proxy[1]

    def test_the_proof_can_fail(self, browser, proxy, tmp_path):
        """The same browser, on a page without any layer, runs a payload and asks the proxy for another."""
        path = tmp_path / "raw.html"
        path.write_text(f"<!DOCTYPE html><title>x</title>{PAYLOADS[0]}<p>{PAYLOADS[9]}", encoding="utf-8")
        with tab(browser) as page:
            assert 1 == visit(page, path)["pwned"]
            page.wait_for_timeout(500)
        asked = proxy[1].copy()
        proxy[1].clear()
        assert any("planted.example" in line for line in asked), asked

    @pytest.mark.parametrize("name", ["ranking", "units", "what-if", "50_workshop", "60_method", "10_scores", "hostile"])
    def test_they_are_read_as_text(self, browser, wild, name):
        """Readers see the letters of the payloads, hidden directions as numbers, and the length of what is cut."""
        with tab(browser) as page:
            page.goto((wild / "en" / f"{name}.html").as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            text = page.evaluate("document.body.textContent")
        assert "<script>window.pwned=1</script>" in text
        assert "\u202e" not in text
        if name in {"ranking", "units", "what-if", "hostile"}:
            assert all(payload in text for payload in PAYLOADS if "\u202e" not in payload)
        if name in {"ranking", "units", "what-if"}:
            assert "left[U+202E]right[U+2066]" in text
        if name in {"ranking", "units", "what-if", "50_workshop"}:
            assert re.search(r"… \[\+[\d,]+\]", text)
        assert len(text) < 400_000

    def test_of_a_notebook_only_what_its_page_showed(self, wild):
        """HTML, scripts, drawings, Markdown, diagrams, image metadata and streams of a notebook stay behind; its parameters are text."""
        for language in ("th", "en"):
            html = (wild / language / "hostile.html").read_text(encoding="utf-8")
            assert all(
                word not in html for word in ("output html", "output svg", "output markdown", "output-mermaid", "output stream")
            )
            assert "iVBORw0KGgo" not in html
            assert html.count(escape(PARAMETER)) > 8, "in words, caption, heads, cells, title, source and the drawing"

    def test_names_of_files_are_neither_links_nor_commands(self, wild):
        """A run file is cited so that a shell takes its name as one word; pages are called by fixed names."""
        manifest = json.loads((wild / "manifest.json").read_text(encoding="utf-8"))

        assert shlex.split(manifest["command"])[:2] == ["workbench", "run"]
        assert 3 == len(shlex.split(manifest["command"]))
        assert all(re.fullmatch(r"[A-Za-z0-9_./-]+", name) for name in manifest["files"])

    def test_sorting_and_choosing_keep_text_as_text(self, browser, wild):
        """The scripts of a page move cells and write options; neither makes markup of them."""
        with tab(browser) as page:
            page.goto((wild / "en" / "ranking.html").as_uri())
            page.click("thead th:nth-child(2) button")
            page.fill(".tools input", "<script>window.pwned")
            assert page.locator("tbody tr:not([hidden])").count() >= 1
            page.select_option(".tools select", index=1)
            page.goto(f"{(wild / 'en' / 'what-if.html').as_uri()}#w=1,2,1,1,1,1")
            assert page.evaluate("window.pwned") is None
            assert [] == page.troubles

    def test_the_same_in_one_file(self, browser, wild, tmp_path):
        """The single file holds every page, and nothing of it runs either."""
        from workbench.report.single import write_single

        path = write_single(wild, tmp_path / "one.html")
        with tab(browser) as page:
            page.goto(path.as_uri())
            assert page.evaluate("window.pwned") is None
            assert [] == page.troubles
            assert [] == [url for url in page.requests if not url.startswith(("file:", "data:"))]

    def test_data_files_hold_no_formula(self, wild):
        """A unit called like a formula stays text in csv and xlsx."""
        from openpyxl import load_workbook

        csv = (wild / "data" / "scores.csv").read_text(encoding="utf-8-sig")
        assert "'=cmd|" in csv
        assert not re.search(r'(^|,)"?=cmd', csv, flags=re.MULTILINE)
        book = load_workbook(wild / "data" / "results.xlsx", read_only=True)
        assert {"f"}.isdisjoint({cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row})

    @pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed (Debian package libreoffice-calc)")
    def test_a_spreadsheet_program_finds_text(self, wild, tmp_path):
        """LibreOffice opens every table of the report: no formula, no link, the payload as letters. It does run a raw one."""
        (tmp_path / "raw.csv").write_text("unit\n=1+1\n", encoding="utf-8")
        tables = [*sorted((wild / "data").glob("*.csv")), *sorted((wild / "data").glob("*.xlsx")), tmp_path / "raw.csv"]
        home = (tmp_path / "home").as_uri()
        command = ["soffice", f"-env:UserInstallation={home}", "--headless", "--convert-to", "fods", "--outdir", tmp_path / "out"]
        copies = [shutil.copy(path, tmp_path / f"{path.stem}-{path.suffix[1:]}{path.suffix}") for path in tables]
        subprocess.run([*command, *copies], check=True, capture_output=True, timeout=240)
        read = {path.stem: path.read_text(encoding="utf-8") for path in (tmp_path / "out").glob("*.fods")}

        assert len(tables) == len(read)
        assert "table:formula" in read.pop("raw-csv"), "the check can fail"
        for name, text in read.items():
            assert "table:formula" not in text, name
            assert not re.search(r"<text:a\b|xlink:href=\"(?!#)|table:dde-link|table:cell-range-source", text), name
        for name in ("scores-csv", "results-xlsx", "hostile-csv"):
            assert "=cmd|" in read[name], name


class TestMessages:
    def test_a_rejected_value_is_quoted_as_text(self, root, tmp_path):
        """Names of a unit, an agency, an answer and the file itself: no control of a terminal or of direction is let through."""
        from workbench import Framework
        from workbench.sample import make_sample, write_sample

        framework = Framework.load(root / "params/framework/2559")
        survey = tmp_path / "a\x1b]0;pwned\x07\u202e.csv"
        write_sample(make_sample(framework, units=2, agencies=19, seed=3), survey, framework, seed=3)
        table = pd.read_csv(survey, dtype=str, keep_default_na=False)
        for place, column in enumerate(("unit", "agency", "P1.1.1")):
            table.loc[place, column] = f"{PAYLOADS[0]} \x1b[2J\u202e{column}"
        table.to_csv(survey, index=False)
        command = [sys.executable, "-c", "from workbench.cli import main; main()", "check", "--survey", str(survey)]
        call = [*command, "--framework", "params/framework/2559"]
        done = subprocess.run(call, cwd=root, capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr

        assert 2 == done.returncode
        assert 3 <= said.count("<script>window.pwned=1</script>")
        assert [] == re.findall("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", said)


class TestLayers:
    def test_without_escaping_the_gate_refuses(self, monkeypatch):
        """Layer 1 off: the finished page is not let out."""
        from test_gate import page

        from workbench import display
        from workbench.report.gate import check_page
        from workbench.text import Text

        monkeypatch.setattr(display, "plain", str)
        for payload in PAYLOADS[:4]:
            body = display.Words(text=Text.same(payload)).html("en")
            assert check_page(page(body))[0], payload

    def test_without_escaping_and_gate_the_policy_holds(self, browser, wild, tmp_path):
        """Layers 1 and 4 off: a page with raw payloads in it runs none of them, because its policy knows one script."""
        html = (wild / "en" / "what-if.html").read_text(encoding="utf-8")
        raw = "".join(payload for payload in PAYLOADS if "refresh" not in payload and "</title>" not in payload)
        path = tmp_path / "raw.html"
        path.write_text(html.replace('<main id="main"', f'{raw}<main id="main"', 1), encoding="utf-8")
        with tab(browser) as page:
            page.goto(path.as_uri())
            page.wait_for_timeout(200)
            assert page.evaluate("window.pwned") is None
            assert any("Content Security Policy" in trouble for trouble in page.troubles)

    def test_without_the_policy_the_page_is_safe(self, browser, proxy, wild, tmp_path):
        """Layer 5 off: pages without their policy run nothing and ask for nothing, because nothing is there to run."""
        with tab(browser) as page:
            for name in ("ranking", "what-if", "50_workshop", "hostile", "00_summary"):
                html = (wild / "en" / f"{name}.html").read_text(encoding="utf-8")
                bare, count = re.subn('<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
                assert 1 == count
                path = tmp_path / f"{name}.html"
                path.write_text(bare, encoding="utf-8")
                found = visit(page, path)
                assert (None, 0, path.as_uri()) == (found["pwned"], found["found"], found["address"]), name
        assert [] == proxy[1]

    def test_without_the_choice_of_outputs_the_gate_refuses(self, wild):
        """Layer 2 off: outputs of a notebook put into its page as they are do not pass the gate."""
        from workbench.report.gate import check_page

        html = (wild / "en" / "hostile.html").read_text(encoding="utf-8")
        assert [] == check_page(html)[0]
        for raw in (
            "<script>window.pwned=1</script>output html",
            '<svg onload="window.pwned=1"><text>output svg</text></svg>',
            "<img>",
        ):
            assert check_page(html.replace("</main>", f"{raw}</main>"))[0], raw

    def test_a_link_that_runs_in_the_words_of_a_notebook_is_refused(self):
        """Markdown of a colleague's notebook may link within the report only; the page is named, not repaired."""
        import nbformat
        from test_gate import page

        from workbench.report.exporter import fragments
        from workbench.report.gate import check_page

        for link in ("[x](javascript:window.pwned=1)", "<javascript:window.pwned=1>", "[x](http://127.0.0.1:9/)", "![x](a.png)"):
            book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(link)])
            assert check_page(page("".join(fragments(book, "en"))))[0], link
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("[x](ranking.html) **bold** `code`")])
        assert [] == check_page(page("".join(fragments(book, "en"))))[0]

    def test_a_script_planted_in_the_template_is_refused(self, wild):
        """The check can fail: one more script than the policy knows stops the page."""
        from workbench.report.gate import check_page

        html = (wild / "en" / "ranking.html").read_text(encoding="utf-8")

        assert [] == check_page(html)[0]
        assert check_page(html.replace("</main>", "<script>1</script></main>"))[0]
        assert check_page(html.replace("</main>", '<p onclick="1">x</p></main>'))[0]
