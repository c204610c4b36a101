"""Planted payloads through every door of a report, proved in a real browser; each layer held alone."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest
import yaml
from test_browser import CHROMIUM, FLAGS, tab

from conftest import ALL_NOTEBOOKS, write_run

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("payloads"),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian package chromium)"),
]

PAYLOADS = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg onload=window.pwned=1>",
    "</title></style></script><script>window.pwned=1</script>",
    "[x](javascript:window.pwned=1)",
    "<a href=javascript:window.pwned=1>x</a>",
    "{{ 7*7 }}{% raw %}",
    "<iframe srcdoc='<script>top.pwned=1</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>",
    "$x$ <link rel=prefetch href=http://127.0.0.1:9/>",
    "left\u202eright\u2066",
    "=cmd|' /C calc'!A0",
)
HUGE = "มาก" * 333_334
"""A megabyte of letters, and three as bytes."""


def planted(node, turn):
    """Every text in both languages with the next payload behind it."""
    if isinstance(node, dict):
        if set(node) == {"th", "en"} and all(isinstance(text, str) for text in node.values()):
            payload = PAYLOADS[next(turn) % len(PAYLOADS)]
            return {language: f"{text} {payload}" for language, text in node.items()}
        return {key: planted(value, turn) for key, value in node.items()}
    return [planted(item, turn) for item in node] if isinstance(node, list) else node


def replant(path, turn):
    node = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(planted(node, turn), allow_unicode=True), encoding="utf-8")


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def wild(tmp_path_factory, root):
    """A report whose framework, workshop, experts' comments, title, units and references all carry payloads."""
    from itertools import count

    from workbench import Framework, runs
    from workbench.sample import make_sample, write_sample

    folder = tmp_path_factory.mktemp("wild")
    turn = count()
    shutil.copytree(root / "params/framework/2559", folder / "edition")
    framework = Framework.load(folder / "edition")
    survey = folder / "answers.csv"
    write_sample(make_sample(framework, units=13, agencies=19, seed=5), survey, framework, seed=5)
    for path in sorted((folder / "edition").glob("*.yaml")):
        replant(path, turn)
    main = yaml.safe_load((folder / "edition/framework.yaml").read_text(encoding="utf-8"))
    del main["unit"]["registry"]  # names of units are then whatever the answers say
    main["references"] = [{**note, "text": f"{note['text']} {PAYLOADS[0]}"} for note in main["references"]]
    (folder / "edition/framework.yaml").write_text(yaml.safe_dump(main, allow_unicode=True), encoding="utf-8")
    shutil.copy(root / "params/workshops/2559-05-23.yaml", folder / "workshop.yaml")
    replant(folder / "workshop.yaml", turn)
    meeting = yaml.safe_load((folder / "workshop.yaml").read_text(encoding="utf-8"))
    for item in meeting["amendments"]:
        if item.get("kind") == "drop":
            del item["expect"]  # the label has its payload by now
    (folder / "workshop.yaml").write_text(yaml.safe_dump(meeting, allow_unicode=True), encoding="utf-8")
    record = pd.read_csv(root / "params/workshops" / meeting["workshop"]["ratings"], dtype=str, keep_default_na=False)
    spoken = record["sheet"] == "comment"
    record.loc[spoken, "value"] = [PAYLOADS[place % len(PAYLOADS)] for place in range(int(spoken.sum()))]
    record.to_csv(folder / meeting["workshop"]["ratings"], index=False)
    table = pd.read_csv(survey, dtype=str, keep_default_na=False)
    names = dict(zip(sorted(set(table["unit"])), (*PAYLOADS, HUGE), strict=True))
    table.assign(unit=table["unit"].map(names)).to_csv(survey, index=False)
    path = write_run(
        folder, framework=str(folder / "edition"), survey=survey, notebooks=ALL_NOTEBOOKS, workshops=str(folder / "workshop.yaml")
    )
    run = yaml.safe_load(path.read_text(encoding="utf-8"))
    run["title"] = {"th": f"ชื่อ {PAYLOADS[3]}", "en": f"Title {PAYLOADS[3]}"}
    path.write_text(yaml.safe_dump(run, allow_unicode=True), encoding="utf-8")
    return runs.run(runs.load_run(path), out=folder / "reports").parent


class TestPayloads:
    def test_nothing_runs_and_nothing_leaves(self, browser, wild):
        """Every page is opened, its details too, every first link of a table hovered: no script, request, dialog or new title."""
        with tab(browser) as page:
            pages = sorted(wild.rglob("*.html"))
            # One indicator's page stands for all; every unit's is opened, because each has a payload of its own.
            for path in [
                path for path in pages if not path.name.startswith("indicator-") or path.name == "indicator-P1.1.1.html"
            ]:
                page.goto(path.as_uri())
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
                assert page.evaluate("window.pwned") is None, path
                assert path.as_uri() == page.url
                assert 0 == page.evaluate(
                    "document.querySelectorAll('iframe,img,object,embed,form,base,[onload],[onerror]').length"
                )
                assert [] == page.troubles, path
            assert [] == [url for url in page.requests if not url.startswith(wild.as_uri())]

    @pytest.mark.parametrize("name", ["ranking", "units", "what-if", "50_workshop", "60_method", "10_scores"])
    def test_they_are_read_as_text(self, browser, wild, name):
        """Readers see the letters of the payloads, hidden directions as numbers, and the length of what is cut."""
        with tab(browser) as page:
            page.goto((wild / "en" / f"{name}.html").as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            text = page.evaluate("document.body.textContent")
        assert "<script>window.pwned=1</script>" in text
        assert "\u202e" not in text
        if name in {"ranking", "units", "what-if"}:
            assert all(payload in text for payload in PAYLOADS if "\u202e" not in payload)
            assert "left[U+202E]right[U+2066]" in text
            assert re.search(r"… \[\+[\d,]+\]", text)
        assert len(text) < 400_000

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

    def test_a_script_planted_in_the_template_is_refused(self, wild):
        """The check can fail: one more script than the policy knows stops the page."""
        from workbench.report.gate import check_page

        html = (wild / "en" / "ranking.html").read_text(encoding="utf-8")

        assert [] == check_page(html)[0]
        assert check_page(html.replace("</main>", "<script>1</script></main>"))[0]
        assert check_page(html.replace("</main>", '<p onclick="1">x</p></main>'))[0]
