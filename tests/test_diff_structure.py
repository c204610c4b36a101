"""What amendments that change the tree do to the same answers: before and after, together and alone."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

REASON = {"th": "เพื่อทดสอบ", "en": "for a test"}
INDICATOR = {
    "id": "Z.1.9",
    "label": {"th": "ใหม่", "en": "New"},
    "question": {"type": "yes_no"},
    "reference": "test",
}


def entry(name, **parts):
    return {"id": name, **parts, "reason": REASON, "raised_by": "E01", "status": "accepted"}


@pytest.fixture
def diff(tiny, tmp_path, root):
    """The words of `diff` between the small framework and the same with these amendments, on a synthetic survey."""

    def call(*entries):
        head = {"id": "w", "title": REASON, "date": "2559-06-01", "place": REASON}
        content = json.dumps({"workshop": head, "amendments": list(entries)}, indent=1)
        (tmp_path / "w.yaml").write_text(content, encoding="utf-8")
        run = {
            "name": "after", "title": REASON, "framework": str(tiny), "workshops": [str(tmp_path / "w.yaml")],
            "survey": str(tmp_path / "answers.csv"), "uncertainty": {"spec": "params/uncertainty/weights.yaml", "draws": 10, "seed": 1},
            "notebooks": ["60_method"],
        }  # fmt: skip
        (tmp_path / "run.yaml").write_text(json.dumps(run, indent=1), encoding="utf-8")
        said = []
        for command in (
            ["sample", "--framework", tiny, "--units", 12, "--agencies", 3, "--seed", 4, "--out", tmp_path / "answers.csv"],
            ["diff", tiny, tmp_path / "run.yaml", "--survey", tmp_path / "answers.csv"],
        ):
            words = [sys.executable, "-c", "from workbench.cli import main; main()", *map(str, command)]
            done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
            assert 0 == done.returncode, done.stderr
            said.append(done.stdout)
        return said[-1]

    return call


def test_a_dropped_indicator(diff):
    """The answers to it are still there, and the scores before have it."""
    said = diff(entry("a1", kind="drop", parameter="Z.1.2", expect="Leadership"))

    assert "amendment a1 alone" in said
    assert "Z.1.2" in said


def test_an_added_indicator_that_nobody_was_asked(diff):
    """It has no value yet, so nothing moves; the amendment is named all the same."""
    said = diff(entry("a1", kind="add", parameter="Z.1", to=INDICATOR))

    assert "amendment a1 alone" in said
    assert "0 units change rank" in said


def test_one_that_is_not_valid_alone(diff):
    """Two limits of bands that pass each other only together: each says that it needs the others."""
    said = diff(
        entry("a1", parameter="bands.middle.minimum", expect=40, to=75),
        entry("a2", parameter="bands.high.minimum", expect=70, to=90),
    )

    assert "amendment a2 alone" in said
    assert "amendment a1 (bands.middle.minimum): is not valid without the others" in said
