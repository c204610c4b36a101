"""Reports on paper: printed by a real Chromium, read back with poppler."""

import os
import shutil
import subprocess
import sys

import pytest

from workbench import WorkbenchError
from workbench.report.pdf import find_chromium, print_pages

needs_chromium = pytest.mark.skipif(
    shutil.which("chromium") is None, reason="Chromium is not installed (Debian package chromium)"
)
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)")


def call(root, *arguments, **environment):
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "pdf", *map(str, arguments)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env=os.environ | environment)


def words(path):
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


@needs_chromium
@needs_poppler
@pytest.mark.xdist_group("report")
class TestReport:
    def test_the_summary_in_both_languages(self, root, report, tmp_path):
        """A4, with Thai text that can be searched; the report is as it was."""
        before = (report / "manifest.json").read_bytes()
        done = call(root, report, "--page", "00_summary", "--out", tmp_path / "paper")

        assert 0 == done.returncode, done.stderr
        assert str(tmp_path / "paper") == done.stdout.strip()
        assert {"th/00_summary.pdf", "en/00_summary.pdf"} == {
            path.relative_to(tmp_path / "paper").as_posix() for path in (tmp_path / "paper").rglob("*.*")
        }
        assert "สรุปสำหรับผู้บริหาร" in words(tmp_path / "paper/th/00_summary.pdf")
        assert "Synthetic data" in words(tmp_path / "paper/en/00_summary.pdf")
        sheet = subprocess.run(
            ["pdfinfo", tmp_path / "paper/th/00_summary.pdf"], capture_output=True, text=True, check=True
        ).stdout
        assert "(A4)" in sheet
        assert before == (report / "manifest.json").read_bytes()

    def test_summary_and_units_are_what_is_printed(self, report):
        """Without a choice: the summary and every unit's page, in both languages; with --all every page."""
        from workbench.cli.pdf import _chosen

        names = [path.stem for path in _chosen(report, [], everything=False)]
        assert 2 * (1 + 12) == len(names)
        assert {"00_summary"} == {name for name in names if not name.startswith("unit-")}
        assert len(list(report.glob("*/*.html"))) == len(_chosen(report, [], everything=True))

    def test_two_pages_from_one_browser_do_not_mix(self, tmp_path):
        """Each PDF holds its own page."""
        pairs = []
        for name in ("one", "two"):
            (tmp_path / f"{name}.html").write_text(f"<!DOCTYPE html><title>x</title><p>page {name}</p>", encoding="utf-8")
            pairs.append((tmp_path / f"{name}.html", tmp_path / "out" / f"{name}.pdf"))
        made = print_pages(pairs)

        assert ["page one", "page two"] == [words(path).strip() for path in made]


class TestFaults:
    def test_no_browser(self, root, report, tmp_path):
        """One sentence, exit 2, nothing written."""
        done = call(root, report, "--out", tmp_path / "paper", WORKBENCH_CHROMIUM="no-such-browser")

        assert 2 == done.returncode
        assert "there is no Chromium to print with." in done.stderr
        assert "name it in WORKBENCH_CHROMIUM" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (tmp_path / "paper").exists()

    def test_a_browser_that_stops(self, tmp_path, monkeypatch):
        """A program that ends at once is no browser; no PDF is left half-written."""
        monkeypatch.setenv("WORKBENCH_CHROMIUM", "true")
        page = tmp_path / "page.html"
        page.write_text("<p>x</p>", encoding="utf-8")
        with pytest.raises(WorkbenchError, match="Chromium stopped"):
            print_pages([(page, tmp_path / "out" / "page.pdf")])

        assert not list(tmp_path.rglob("*.pdf"))

    def test_no_report_and_no_such_page(self, root, report, tmp_path):
        """The folder and the page are named, with the nearest name."""
        assert "this is no published report." in call(root, tmp_path).stderr
        done = call(root, report, "--page", "00_sumary")
        assert 2 == done.returncode
        assert "the report has no page `00_sumary`." in done.stderr
        assert "did you mean `00_summary`?" in done.stderr

    def test_a_page_that_is_not_there(self, tmp_path, monkeypatch):
        """Named before the browser starts."""
        monkeypatch.setenv("WORKBENCH_CHROMIUM", sys.executable)
        with pytest.raises(WorkbenchError, match=r"nowhere\.html: there is no such page"):
            print_pages([(tmp_path / "nowhere.html", tmp_path / "x.pdf")])

    def test_the_browser_is_found_by_its_name(self, monkeypatch):
        """The environment variable decides alone where it is set."""
        monkeypatch.setenv("WORKBENCH_CHROMIUM", sys.executable)
        assert sys.executable == str(find_chromium())
