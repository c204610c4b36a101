"""A whole report in one file: every page is there, opens by its address, and asks for nothing."""

from __future__ import annotations

import re

import pytest
from test_browser import CHROMIUM, FLAGS, tab

from workbench.errors import WorkbenchError
from workbench.report.single import write_single

pytestmark = [pytest.mark.xdist_group("report")]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)")


@pytest.fixture(scope="module")
def single(report, tmp_path_factory):
    return write_single(report, tmp_path_factory.mktemp("single") / "report.html")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


VISIBLE = "[...document.querySelectorAll('.page')].filter(p => getComputedStyle(p).display !== 'none').map(p => p.id)"


class TestFile:
    def test_every_page_and_every_link(self, report, single):
        """A section for each page; each id once; every link leads to an id of the file or is data."""
        html = single.read_text(encoding="utf-8")
        ids = re.findall(r' id="([^"]+)"', html)
        names = {path.relative_to(report).with_suffix("").as_posix().replace("/", "-") for path in report.rglob("*.html")}

        assert names == set(re.findall(r'<section class="page" id="([^"]+)"', html))
        assert len(ids) == len(set(ids))
        links = re.findall(r'(?:xlink:href|href)="([^"]*)"', html)
        assert [] == [link[:60] for link in links if not link.startswith("data:") and link[1:] not in ids]
        assert [] == [
            name for found in re.findall(r'aria-labelledby="([^"]*)"', html) for name in found.split() if name not in ids
        ]
        assert "url(sarabun" not in html

    def test_a_folder_that_is_no_report(self, tmp_path):
        """It is refused, and no file is left."""
        with pytest.raises(WorkbenchError, match="no manifest"):
            write_single(tmp_path, tmp_path / "one.html")

        assert [] == list(tmp_path.iterdir())


@needs_chromium
@pytest.mark.browser
class TestReading:
    @pytest.mark.parametrize("scripts", [True, False])
    def test_pages_open_by_address(self, browser, single, scripts):
        """The index first; a link opens one page, in one language; nothing is requested; no script is needed."""
        with tab(browser, java_script_enabled=scripts) as page:
            page.goto(single.as_uri())
            page.click("a[href='#en-ranking'] >> visible=true")
            page.wait_for_selector("#en-ranking h1")
            assert page.is_visible("#en-ranking h1")
            assert not page.is_visible("#index h1")
            page.click(".switch a >> visible=true")
            assert page.is_visible("#th-ranking h1")
            assert not page.is_visible("#en-ranking h1")
            page.goto(f"{single.as_uri()}#en-glossary--band")
            assert page.is_visible("#en-glossary h1")
            assert {single.as_uri()} >= {url.split("#")[0] for url in page.requests if not url.startswith("data:font/")}
            assert [] == page.troubles

    def test_weights_travel_in_the_address(self, browser, single):
        """A setting of what-if opens with its page, and goes to the other language."""
        with tab(browser) as page:
            page.goto(f"{single.as_uri()}#en-what-if;w=1,1,1,1,1,9&a=geometric")
            assert ["en-what-if"] == page.evaluate(VISIBLE)
            shown = page.inner_text("#en-what-if table[data-result] tbody tr:first-child td.num")
            share = page.inner_text("#en-what-if output[for=en-what-if--w5]")
            assert "64.3 %" == share
            page.click(".switch a >> visible=true")
            page.wait_for_function("document.querySelector('#th-what-if').classList.contains('shown')")
            assert ["th-what-if"] == page.evaluate(VISIBLE)
            assert share == page.inner_text("#th-what-if output[for=th-what-if--w5]")
            assert shown == page.inner_text("#th-what-if table[data-result] tbody tr:first-child td.num")
