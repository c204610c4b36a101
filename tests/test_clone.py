"""The main job from a clean clone: what is committed is enough."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_make_report_in_a_clean_clone(root, tmp_path):
    """`make report` publishes the sample report and prints its path, from committed files alone."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(root), str(clone)], check=True)
    environment = Path(sys.prefix)
    # The set-up itself is what ran before this test; here its environment is used, with the clone's code.
    command = ["make", "--no-print-directory", "report", f"VENV={environment}", "-o", f"{environment}/.ready"]
    # A make that runs the tests would hand its own flags on.
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    variables["PYTHONPATH"] = str(clone)
    done = subprocess.run(command, cwd=clone, env=variables, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
    index = Path(done.stdout.strip().splitlines()[-1])
    assert index.is_relative_to(clone / "reports")
    assert index.is_file()
    pages = {f"{language}/{path.stem}.html" for path in (clone / "notebooks").glob("*.ipynb") for language in ("th", "en")}
    assert pages <= {path.relative_to(index.parent).as_posix() for path in index.parent.glob("*/*.html")}
    if os.environ.get("WORKBENCH_SHOTS"):
        _picture(index.parent / "th" / "00_summary.html", Path(os.environ["WORKBENCH_SHOTS"]) / "sample-report.png")
    assert "" == subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True).stdout


def _picture(page, path):
    """The top of a page, as the README shows it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 1180, "height": 1500})
        tab.goto(page.as_uri())
        tab.screenshot(path=path)
        browser.close()


def test_help_lists_every_target(root):
    """`make help` names what can be made."""
    text = subprocess.run(["make", "help"], cwd=root, capture_output=True, text=True, check=True).stdout

    assert {"help", "report", "test", "lab", "check", "bench", "clean"} <= {
        line.split()[1] for line in text.splitlines() if line.strip()
    }


def test_the_readme_fits_on_two_screens(root):
    """At most eighty lines, with the two commands and a picture."""
    text = (root / "README.md").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= 80
    assert all(words in text for words in ("make report", "make test", "!["))
    pictures = [part.split(")")[0] for part in text.split("](")[1:] if part.split(")")[0].startswith("docs/")]
    assert all((root / picture).is_file() for picture in pictures), pictures
