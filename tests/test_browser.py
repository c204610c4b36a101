"""Pages and JupyterLab in a real browser: Debian's Chromium, driven headless."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

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


class TestPages:
    def test_pages_ask_for_nothing_but_their_own_files(self, browser, report):
        """Every page opens from disk without an error and without a request elsewhere."""
        for path in sorted(report.rglob("*.html")):
            with tab(browser) as page:
                page.goto(path.as_uri())
                page.evaluate("document.fonts.ready")
                assert [] == page.troubles, path
                assert [] == [url for url in page.requests if not url.startswith(report.as_uri())], path

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

    @pytest.mark.parametrize("width", [320, 768, 1200])
    def test_no_page_scrolls_sideways(self, browser, report, width):
        """Wide tables and figures scroll in their own frames, at any width."""
        for path in sorted((report / "th").glob("*.html")):
            with tab(browser, width) as page:
                page.goto(path.as_uri())
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, path.name

    def test_figures_do_not_leave_the_page(self, browser, report):
        """Every figure is at least 300 and at most the page's width in pixels."""
        for path in sorted((report / "en").glob("*.html")):
            with tab(browser) as page:
                page.goto(path.as_uri())
                widths = page.evaluate("[...document.querySelectorAll('figure svg')].map(s => s.getBoundingClientRect().width)")
                assert all(200 <= found <= 1000 for found in widths), (path.name, widths)

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


COLOURS = """selector => {
  const hex = rgb => '#' + rgb.match(/\\d+/g).slice(0, 3).map(v => (+v).toString(16).padStart(2, '0')).join('');
  const node = document.querySelector(selector);
  let behind = node;
  while (behind && ['rgba(0, 0, 0, 0)', 'transparent'].includes(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  return [hex(getComputedStyle(node).color), behind ? hex(getComputedStyle(behind).backgroundColor) : '#ffffff'];
}"""


@pytest.fixture
def lab(root, tmp_path):
    """A JupyterLab started by `workbench lab`, without token on a free port of this machine."""
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
