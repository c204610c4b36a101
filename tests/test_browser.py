"""Pages and JupyterLab in a real browser: Debian's Chromium, driven headless."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from typer.testing import CliRunner

from workbench.cli import app

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("report"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)"),
]


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@contextmanager
def tab(browser, width=1200, **options):
    """A page that records every request, error and dialog."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.requests, page.troubles = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda message: page.troubles.append(message.text) if message.type == "error" else None)
    page.on("dialog", lambda dialog: page.troubles.append(dialog.message))
    yield page
    context.close()


def kinds(report, language):
    """One page of every kind: all notebooks and front pages, one unit, one indicator."""
    pages = sorted((report / language).glob("*.html"))
    inner = [next(path for path in pages if path.name.startswith(kind)) for kind in ("unit-", "indicator-")]
    return [path for path in pages if not path.name.startswith(("unit-", "indicator-"))] + inner


WIDTHS = (320, 768, 1200)
MEASURED = """() => ({wide: document.documentElement.scrollWidth,
    heading: document.querySelector('h1').getBoundingClientRect().width,
    figures: [...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect().width),
    said: [...document.querySelectorAll('main :is(td, th, dd, h2, h3, figure p, svg text)')].map(n => n.textContent.trim())})"""


A4 = (688, 1000)
"""A sheet without its margins in pixels: 182 by 265 mm."""
PRINTED = """() => ({wide: document.documentElement.scrollWidth,
    cut: [...document.querySelectorAll('.table-frame, .drawing')].filter(f => f.firstElementChild.getBoundingClientRect().bottom
        > f.getBoundingClientRect().bottom + 1).map(f => f.textContent.slice(0, 60)),
    tall: [...document.querySelectorAll('figure')].map(f => f.querySelector('figcaption').getBoundingClientRect().height
        + f.querySelector('svg').getBoundingClientRect().height)})"""


@pytest.fixture(scope="module")
def visits(browser, report):
    """Every page opened once; of one page of every kind, what is measured at each width and at four times the size.

    Returns:
        Troubles by page, addresses asked for, and measurements by page and width (`400 %` and `paper` are two).
    """
    measured = {*kinds(report, "th"), *kinds(report, "en"), report / "index.html"}
    troubles, sizes = {}, {}
    with tab(browser) as page:
        devices = page.context.new_cdp_session(page)
        for path in sorted(report.rglob("*.html")):
            page.goto(path.as_uri())
            if path in measured:
                name = path.relative_to(report).as_posix()
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 900})
                    sizes[name, width] = page.evaluate(MEASURED)
                zoomed = {"width": 320, "height": 225, "deviceScaleFactor": 4, "mobile": False}
                devices.send("Emulation.setDeviceMetricsOverride", zoomed)
                sizes[name, "400 %"] = page.evaluate(MEASURED) | {"ratio": page.evaluate("devicePixelRatio")}
                devices.send("Emulation.clearDeviceMetricsOverride")
                page.set_viewport_size({"width": A4[0], "height": A4[1]})
                page.emulate_media(media="print")
                sizes[name, "paper"] = page.evaluate(PRINTED)
                page.emulate_media(media="screen")
            if page.troubles:
                troubles[path.name] = page.troubles.copy()
                page.troubles.clear()
        return troubles, page.requests, sizes


class TestPages:
    def test_pages_ask_for_nothing_but_their_own_files(self, visits, report):
        """Every page opens from disk without an error and without a request elsewhere."""
        troubles, requests, _ = visits

        assert {} == troubles
        assert len(requests) > len(list(report.rglob("*.html")))
        assert [] == [url for url in requests if not url.startswith(report.as_uri())]

    def test_thai_is_drawn_in_the_font_that_travels_along(self, browser, report):
        """Sarabun is loaded for Thai and Latin letters, in the text and inside the figures."""
        with tab(browser) as page:
            page.goto((report / "th" / "10_scores.html").as_uri())
            page.evaluate("document.fonts.ready")
            assert page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length") >= 2
            family = page.evaluate("getComputedStyle(document.querySelector('figure svg text')).fontFamily")

        assert "Sarabun" in family

    def test_marks_stand_above_their_letters(self, browser, report):
        """ที่ is taller than ที: the tone mark is stacked above the vowel, not swallowed."""
        with tab(browser) as page:
            page.goto((report / "th" / "00_summary.html").as_uri())
            page.evaluate("document.fonts.ready")
            heights = page.evaluate(
                """() => { const c = document.createElement('canvas').getContext('2d'); c.font = '100px Sarabun';
                return ['ที่', 'ที'].map(t => c.measureText(t).actualBoundingBoxAscent); }"""
            )

        assert heights[0] > heights[1] * 1.1

    @pytest.mark.parametrize("width", WIDTHS)
    def test_no_page_scrolls_sideways(self, visits, width):
        """Wide tables and figures scroll in their own frames, at any width."""
        sizes = {name: found["wide"] for (name, at), found in visits[2].items() if at == width}

        assert len(sizes) > 2 * 14
        assert {} == {name: wide for name, wide in sizes.items() if wide > width}

    def test_figures_do_not_leave_the_page(self, visits):
        """Every figure is at least 200 and at most 1000 pixels wide."""
        figures = {name: found["figures"] for (name, at), found in visits[2].items() if at == 1200}

        assert sum(map(len, figures.values())) > 2 * 20
        assert {} == {name: widths for name, widths in figures.items() if not all(200 <= wide <= 1000 for wide in widths)}

    def test_on_paper_nothing_is_cut_or_lies_over_another(self, visits):
        """Frames are as long as their tables, nothing is wider than A4, and a drawing with its heading fits on one sheet."""
        printed = {name: found for (name, at), found in visits[2].items() if at == "paper"}

        assert {} == {name: found["cut"] for name, found in printed.items() if found["cut"]}
        assert {} == {name: found["wide"] for name, found in printed.items() if found["wide"] > A4[0]}
        assert {} == {name: found["tall"] for name, found in printed.items() if max(found["tall"], default=0) > A4[1]}

    def test_the_language_switch_keeps_the_page(self, browser, report):
        """From a Thai page to the same page in English, and by keyboard to the content."""
        with tab(browser) as page:
            page.goto((report / "th" / "40_sensitivity.html").as_uri())
            page.click(".switch a")
            assert page.url.endswith("/en/40_sensitivity.html")
            page.keyboard.press("Tab")
            assert "Skip to content" == page.evaluate("document.activeElement.textContent")

    def test_text_can_be_read_in_the_light_and_in_the_dark(self, browser, report):
        """Body text has a contrast of at least 4.5 to 1 in both schemes."""
        from workbench.plots.style import contrast

        for scheme in ("light", "dark"):
            with tab(browser, color_scheme=scheme) as page:
                page.goto((report / "en" / "00_summary.html").as_uri())
                for selector in ("main p", "footer p", "a[href$='.html']", ".banner", "td"):
                    ink, paper = page.evaluate(COLOURS, selector)
                    assert contrast(ink, paper) >= 4.5, (scheme, selector, ink, paper)

    def test_printing_shows_the_tables_of_figures(self, browser, report, tmp_path):
        """A printed page holds Thai text, and its size is A4."""
        pdf = tmp_path / "page.pdf"
        with tab(browser) as page:
            page.goto((report / "th" / "00_summary.html").as_uri())
            page.pdf(path=str(pdf), prefer_css_page_size=True)
        if shutil.which("pdftotext") is None:
            pytest.skip("pdftotext is not installed (Debian package poppler-utils)")
        text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True).stdout

        assert "สรุปสำหรับผู้บริหาร" in text.replace("\u0e4d\u0e32", "\u0e33").replace(" ", "")


class TestReaders:
    @pytest.mark.parametrize(("language", "scheme", "width"), [("th", "light", 1200), ("en", "dark", 390)])
    def test_axe_finds_no_fault(self, browser, report, language, scheme, width):
        """Every kind of page meets WCAG 2.2 AA as far as a machine can tell, on a desk and on a phone, with every detail open."""
        axe = Axe()
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
        faults = {}
        with tab(browser, width, color_scheme=scheme, bypass_csp=True) as page:
            for path in [*kinds(report, language), report / "index.html"]:
                page.goto(path.as_uri())
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                found = axe.run(page, options=options).response["violations"]
                if found:
                    faults[path.name] = [(fault["id"], fault["nodes"][0]["html"][:200], len(fault["nodes"])) for fault in found]

        assert {} == faults

    def test_no_page_loses_anything_at_four_times_the_size(self, visits):
        """400 % of a screen 1280 wide is a page 320 wide: nothing is wider, and the heading is seen."""
        zoomed = {name: found for (name, at), found in visits[2].items() if at == "400 %"}

        assert {4} == {found["ratio"] for found in zoomed.values()}
        assert {} == {name: found for name, found in zoomed.items() if found["wide"] > 320 or found["heading"] <= 100}

    def test_every_number_is_there_without_scripts(self, browser, visits, report):
        """With scripts off every cell, fact and finding of every kind of page is as with them, and so is the published result of what-if."""
        with tab(browser, java_script_enabled=False) as page:
            for path in kinds(report, "en"):
                page.goto(path.as_uri())
                assert visits[2][f"en/{path.name}", 1200]["said"] == page.evaluate(MEASURED)["said"], path.name
                if path.stem in {"ranking", "what-if"}:
                    assert 12 == page.locator("table").last.locator("tbody tr").count(), path.name

    def test_the_network_makes_no_difference(self, browser, report):
        """A page looks the same, to the last dot, whether the machine is on a network or not."""
        for name in ("00_summary", "what-if"):
            shots = []
            for offline in (False, True):
                with tab(browser) as page:
                    page.context.set_offline(offline)
                    page.goto((report / "th" / f"{name}.html").as_uri())
                    page.evaluate("document.fonts.ready")
                    shots.append(page.screenshot(full_page=True))
            assert shots[0] == shots[1], name

    def test_a_unit_prints_on_two_sheets(self, browser, report, tmp_path):
        """A4, both languages; the unit with most to say."""
        if shutil.which("pdfinfo") is None:
            pytest.skip("pdfinfo is not installed (Debian package poppler-utils)")
        for language in ("th", "en"):
            path = max((report / language).glob("unit-*.html"), key=lambda item: item.stat().st_size)
            with tab(browser) as page:
                page.goto(path.as_uri())
                page.pdf(path=str(tmp_path / "unit.pdf"), prefer_css_page_size=True)
            facts = subprocess.run(["pdfinfo", str(tmp_path / "unit.pdf")], capture_output=True, text=True, check=True).stdout
            assert int(re.search(r"Pages:\s+(\d+)", facts)[1]) <= 2, path
            assert "A4" in facts


class TestRanking:
    def test_rows_are_sorted_by_number_and_by_thai_letters(self, browser, report):
        """A click sorts up, another down; Thai names by the order of a Thai dictionary, where leading vowels do not come last."""
        with tab(browser) as page:
            page.goto((report / "th" / "ranking.html").as_uri())
            names = "[...document.querySelectorAll('tbody th')].map(h => h.textContent)"
            published = page.evaluate(names)
            page.click("thead th:nth-child(2) button")
            by_name = page.evaluate(names)
            page.click("thead th:nth-child(1) button")
            up = page.evaluate(names)
            page.click("thead th:nth-child(1) button")
            down = page.evaluate(names)
            assert "descending" == page.get_attribute("thead th:nth-child(1)", "aria-sort")
        leading = "เแโใไ"
        plain = [name[1] + name[0] + name[2:] if name[0] in leading else name for name in by_name]

        assert sorted(plain) == plain
        assert published == up
        assert [up, down] == [published, published[::-1]]

    def test_rows_are_chosen_by_region_band_and_text(self, browser, report):
        """What is left is what was asked for, and the count is said aloud."""
        with tab(browser) as page:
            page.goto((report / "en" / "ranking.html").as_uri())
            regions = "[...document.querySelectorAll('tbody tr:not([hidden]) td:nth-child(3)')].map(c => c.textContent)"
            every = page.evaluate(regions)
            page.select_option(".tools select >> nth=0", every[0])
            left = page.evaluate(regions)
            status = page.inner_text(".tools [role=status]")
            page.select_option(".tools select >> nth=0", "")
            first = page.inner_text("tbody tr:first-child th")
            page.fill(".tools input", first.upper())
            found = page.evaluate("[...document.querySelectorAll('tbody tr:not([hidden]) th')].map(c => c.textContent)")

        assert every.count(every[0]) < len(every)
        assert [every[0]] * every.count(every[0]) == left
        assert f"{len(left)} of {len(every)} rows shown" == status
        assert [first] == found


SETTINGS = (
    ("arithmetic", (1, 1, 1.5, 1, 1, 1)),
    ("arithmetic", (0.3, 2, 0, 1.1, 0.7, 3)),
    ("geometric", (1, 1, 1, 1, 1, 1)),
    ("geometric", (0, 0, 1, 2.5, 0, 0.05)),
    ("harmonic", (1, 2, 3, 1, 2, 3)),
)


class TestWhatIf:
    @pytest.mark.parametrize(("aggregation", "weights"), SETTINGS)
    def test_the_same_numbers_as_the_command(self, browser, report, root, tmp_path, aggregation, weights):
        """A framework with these weights, scored by `workbench score`, gives the page's index and ranks."""
        expected = scored(report, root, tmp_path, aggregation, weights)
        with tab(browser) as page:
            setting = ",".join(f"{weight:g}" for weight in weights)
            page.goto(f"{(report / 'en' / 'what-if.html').as_uri()}#w={setting}&a={aggregation}")
            rows = page.evaluate(
                "[...document.querySelectorAll('tr[data-unit]')].map(r => [r.dataset.unit.replace('unit-', ''), r.dataset.index, r.dataset.rank, r.cells[3].textContent])"
            )
            assert [] == page.troubles
        shown = pd.DataFrame(rows, columns=["unit", "index", "rank", "band"]).set_index("unit")
        index = pd.to_numeric(shown["index"]).reindex(expected.index)

        assert np.allclose(index, expected["index"], rtol=1e-12, atol=0, equal_nan=True)
        assert list(expected["rank"]) == list(pd.to_numeric(shown["rank"]).reindex(expected.index))
        assert list(expected.index) == list(shown.index), "rows stand in the order of the new ranks"
        assert list(expected["label"]) == list(shown["band"].reindex(expected.index))

    def test_a_slider_moved_by_keyboard(self, browser, report):
        """Arrow keys move a weight; ranks, map, table, words and address follow; one button goes back."""
        with tab(browser) as page:
            page.goto((report / "th" / "what-if.html").as_uri())
            before = page.inner_text("[data-status]"), page.inner_html(".whatif-map svg"), page.url
            page.focus("#w1")
            for _ in range(20):
                page.keyboard.press("ArrowRight")
            after = page.inner_text("[data-status]"), page.inner_html(".whatif-map svg"), page.url
            assert all(old != new for old, new in zip(before, after, strict=True))
            share = page.inner_text("output[for=w1]")
            assert share == page.get_attribute("#w1", "aria-valuetext")
            page.click(".switch a")
            assert "/en/what-if.html#w=" in page.url
            assert share == page.inner_text("output[for=w1]"), "the other language keeps the setting"
            page.click("[data-reset]")
            assert "Every rank is as published." == page.inner_text("[data-status]")

    def test_a_link_with_nonsense_shows_the_published_result(self, browser, report):
        """Weights that are no numbers, too few, negative or all zero, and a method that is none."""
        for setting in ("w=a,b", "w=1,1", "w=-1,1,1,1,1,1", "w=0,0,0,0,0,0", "w=1e999,1,1,1,1,1", "a=constructor", "%"):
            with tab(browser) as page:
                page.goto(f"{(report / 'en' / 'what-if.html').as_uri()}#{setting}")
                assert "Every rank is as published." == page.inner_text("[data-status]"), setting
                assert [] == page.troubles


def scored(report, root, tmp_path, aggregation, weights):
    """What `workbench score` gives for the survey of the report when the pillars weigh so and the index is made so."""
    edition, workshop, out = tmp_path / "framework", tmp_path / "workshop.yaml", tmp_path / "scores"
    shutil.copytree(root / "params/framework/2559", edition)
    main = yaml.safe_load((edition / "framework.yaml").read_text(encoding="utf-8"))
    main["method"]["aggregation"] = aggregation
    for pillar, weight in zip(main["pillars"], weights, strict=True):
        pillar["weight"] = weight
        node = yaml.safe_load((edition / pillar["file"]).read_text(encoding="utf-8"))
        _keep_inside(node, "P5")
        (edition / pillar["file"]).write_text(yaml.safe_dump(node, allow_unicode=True), encoding="utf-8")
    (edition / "framework.yaml").write_text(yaml.safe_dump(main, allow_unicode=True), encoding="utf-8")
    meeting = yaml.safe_load((root / "params/workshops/2559-05-23.yaml").read_text(encoding="utf-8"))
    del meeting["workshop"]["ratings"]  # the record stays beside the file that was copied
    own = re.compile(r"P\d\.weight")
    meeting["amendments"] = [item for item in meeting["amendments"] if not own.fullmatch(item["parameter"])]
    workshop.write_text(yaml.safe_dump(meeting, allow_unicode=True), encoding="utf-8")
    survey = report.parents[1] / "answers.csv"
    command = ["score", "--framework", str(edition), "--workshop", str(workshop), "--survey", str(survey), "--out", str(out)]
    done = CliRunner().invoke(app, command)
    assert 0 == done.exit_code, done.output
    table = pd.read_csv(out / "scores.csv").set_index("unit")
    names = {band["id"]: band["label"]["en"] for band in main["bands"]}
    return table.assign(label=table["band"].map(names).fillna("–"))


def _keep_inside(node, amended):
    """Groups below the index keep the mean they had; the amended one is left to its amendment."""
    if "children" in node:
        if node["id"] != amended:
            node.setdefault("aggregation", "arithmetic")
        for child in node["children"]:
            _keep_inside(child, amended)


COLOURS = """selector => {
  const hex = rgb => '#' + rgb.match(/\\d+/g).slice(0, 3).map(v => (+v).toString(16).padStart(2, '0')).join('');
  const node = document.querySelector(selector);
  let behind = node;
  while (behind && ['rgba(0, 0, 0, 0)', 'transparent'].includes(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  return [hex(getComputedStyle(node).color), behind ? hex(getComputedStyle(behind).backgroundColor) : '#ffffff'];
}"""


@pytest.fixture(scope="module")
def lab(root, tmp_path_factory):
    """A JupyterLab started by `workbench lab`, without token on a free port of this machine."""
    tmp_path = tmp_path_factory.mktemp("lab")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "jupyter_server_config.py").write_text(
        f"c.ServerApp.port = {port}\nc.ServerApp.ip = '127.0.0.1'\nc.ServerApp.open_browser = False\nc.ServerApp.allow_root = True\n"
        "c.IdentityProvider.token = ''\nc.ServerApp.port_retries = 0\n"
        "c.LabApp.news_url = None\nc.LabApp.check_for_updates_class = 'jupyterlab.NeverCheckForUpdate'\n",
        encoding="utf-8",
    )
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
                                "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces")}  # fmt: skip
    log = (tmp_path / "lab.log").open("w", encoding="utf-8")
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "lab", "params/runs/sample.yaml", "10_scores"]
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/api/status", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def _wait(address, process):
    """Until the server answers."""
    for _ in range(120):
        if process.poll() is not None:
            pytest.fail("JupyterLab ended at once")
        try:
            urllib.request.urlopen(address, timeout=1).read()  # noqa: S310  (this machine)
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail("JupyterLab did not start within a minute")


class TestJupyterLab:
    def test_a_notebook_runs_as_it_is(self, browser, lab, root):
        """Opened on the run's parameters, all cells run, and the chart of the ranking is drawn in Thai."""
        from workbench.lab import prepare

        with tab(browser, 1400) as page:
            copy = prepare("params/runs/sample.yaml", "10_scores")
            page.goto(f"{lab}/lab/tree/{copy}", timeout=60_000)
            page.wait_for_selector(".jp-NotebookPanel", timeout=60_000)
            page.wait_for_selector(".jp-CodeCell", timeout=60_000)
            page.wait_for_selector("text=/Python 3 .*Idle/", timeout=60_000)
            page.click("text=Run >> nth=0")
            page.click("text=Run All Cells")
            page.wait_for_selector(".jp-OutputArea figure svg", state="attached", timeout=90_000)
            page.wait_for_selector(".jp-OutputArea table caption", state="attached", timeout=90_000)
            captions = page.evaluate("[...document.querySelectorAll('.jp-OutputArea figcaption h3')].map(h => h.textContent)")

            fonts = page.evaluate("document.fonts.ready.then(f => [...f].filter(x => x.status === 'loaded').map(x => x.family))")

        assert captions
        assert all(any("\u0e00" < letter < "\u0e5b" for letter in caption) for caption in captions)
        assert any("Sarabun" in font for font in fonts)
        copied = (root / copy).read_text(encoding="utf-8")
        assert "params/runs/sample.yaml" in copied

    def test_a_slider_moves_a_rank(self, browser, lab, root, tmp_path):
        """The panel on 100,000 draws: arrow keys on a slider, and the places of provinces change in ranking and map."""
        import nbformat

        loaded = f"""%cd -q {root}
import workbench as wb
framework = wb.Framework.load('params/framework/2559', workshops=['params/workshops/2559-05-23.yaml'])
responses = wb.read_survey('data/sample/answers.xlsx', framework)"""
        cells = [loaded, "framework", "wb.panel(framework, responses, language='en')", "framework['P1.1.l']"]
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        place = root / "notebooks" / "of_run" / f"panel-{tmp_path.name}" / "panel.ipynb"
        place.parent.mkdir(parents=True)
        nbformat.write(book, place)
        try:
            with tab(browser, 1700) as page:
                page.set_viewport_size({"width": 1700, "height": 1500})
                page.goto(f"{lab}/lab/tree/{place.relative_to(root).as_posix()}", timeout=60_000)
                # Until this notebook is the one in front: the last one may be shown first, idle and ready to run.
                page.wait_for_selector(".jp-CodeCell >> text=wb.panel", timeout=60_000)
                page.wait_for_selector("text=/Python 3 .*Idle/", timeout=60_000)
                page.click("text=Run >> nth=0")
                page.click("text=Run All Cells")
                page.wait_for_selector(".widget-slider .noUi-handle", timeout=90_000)
                page.wait_for_selector("tr[data-unit]")
                page.wait_for_selector("text=You can mend this", timeout=30_000)
                before, map_before = page.evaluate(PLACES, "tr"), page.evaluate(PLACES, "span")
                page.locator(".widget-slider .noUi-handle").nth(2).focus()
                for _ in range(30):
                    page.keyboard.press("ArrowRight")
                page.wait_for_selector("text=▲ >> nth=0")
                after, map_after = page.evaluate(PLACES, "tr"), page.evaluate(PLACES, "span")
                shot = os.environ.get("WORKBENCH_SHOTS")
                if shot:
                    page.add_style_tag(content=".Toastify{display:none}")
                    page.locator(".jp-OutputArea-output:has(.widget-slider)").first.screenshot(path=f"{shot}/panel.png")
                looks = page.evaluate(LOOKS)
                frames = page.evaluate("[...document.querySelectorAll('.jp-RenderedText[data-mime-type*=stderr], .jp-OutputArea-output pre')].map(p => p.textContent).join('')")  # fmt: skip
        finally:
            shutil.rmtree(place.parent)

        assert len(before) == len(after) == 76
        assert before != after
        assert map_before != map_after
        assert "Traceback" not in frames
        assert {"start", "left"} >= set(looks["aligned"])
        assert all("Sarabun" in family for family in looks["families"])
        assert looks["loaded"]


LOOKS = """() => {
    const get = (query, part) => [...document.querySelectorAll(query)].map(item => getComputedStyle(item)[part]);
    return {
        aligned: get(".wb-card td:not(.n), .wb-card th", "textAlign"),
        families: get(".jp-OutputArea-output pre, .wb-panel select, .wb-panel .widget-label", "fontFamily"),
        loaded: [...document.fonts].some(font => font.family === "Sarabun" && font.status === "loaded"),
    };
}"""
"""How cards, panel and box look: JupyterLab's own rules for tables and fonts have not won."""
PLACES = "tag => [...document.querySelectorAll(`${tag}[data-unit]`)].map(t => t.dataset.unit + ' ' + (t.firstElementChild?.tagName === 'TD' ? t.cells[0].textContent : t.lastChild.textContent))"
"""Unit and rank of every row of the ranking, or of every tile."""
