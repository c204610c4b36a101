"""Reports against their manifests, and finished runs against each other."""

from __future__ import annotations

import json

import pytest
from test_pipeline import TABLE, Desk
from typer.testing import CliRunner

from workbench.cli import app
from workbench.errors import WorkbenchError
from workbench.manifest import Manifest
from workbench.run_diff import compare_runs
from workbench.verification import verify

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture
def desk(tiny, tmp_path):
    desk = Desk(tiny, tmp_path)
    desk.name = desk.notebook("one", TABLE.format("numbers", 7))
    return desk


def test_a_report_is_made_again_to_the_same_bytes(desk):
    """Files, inputs and results agree, and the command ends in 0."""
    report = desk.run(desk.name)
    found = verify(report, run_file=str(desk.folder / "small.yaml"))

    assert ([], [], [], True) == (found.files, found.inputs, found.results, found.agrees)
    assert 0 == CliRunner().invoke(app, ["verify", str(report), "--quick", "--run", str(desk.folder / "small.yaml")]).exit_code


def test_what_differs_is_named(desk):
    """An altered page, a file too many, another weight: each in words; the command ends in 2."""
    report = desk.run(desk.name)
    (report / "th" / "one.html").write_text("altered", encoding="utf-8")
    (report / "extra.txt").write_text("x", encoding="utf-8")
    desk.change("weight: 3", "weight: 2.5")
    found = verify(report, run_file=str(desk.folder / "small.yaml"))
    done = CliRunner().invoke(app, ["verify", str(report), "--json", "--run", str(desk.folder / "small.yaml")])

    assert ["extra.txt is not in the manifest and is in the folder", "th/one.html is another in the folder"] == found.files
    assert "weights.Z.2.2 3 -> 2.5" in found.inputs
    assert found.results is None
    assert 2 == done.exit_code
    assert not json.loads(done.stdout)["agrees"]


def test_a_folder_without_a_manifest(tmp_path):
    """It is no report, whatever else lies in it."""
    with pytest.raises(WorkbenchError, match=r"this is no report: it has no manifest\.json"):
        verify(tmp_path)


def test_two_runs_are_compared(desk):
    """The weight that changed, the units whose rank or index moved, the tables that differ."""
    before = desk.run(desk.name)
    desk.change("weight: 3", "weight: 0.5")
    after = desk.run(desk.name)
    found = compare_runs(before, after)
    same = compare_runs(before, before)

    assert ["weights.Z.2.2 3 -> 0.5"] == found.inputs
    assert 5 == len(found.scores) + found.unmoved
    assert len(found.scores) >= 1
    assert (found.scores["index_b"] - found.scores["index_a"]).abs().max() == found.scores["index_change"].abs().max() > 0
    assert "table scores changed" in found.lines()
    assert ["inputs: the same", "scores: 0 units differ, 5 do not"] == same.lines()


def test_the_schema_is_published(root):
    """docs/manifest.schema.json is that of the manifest; a field without a description or type is nobody's."""
    published = json.loads((root / "docs" / "manifest.schema.json").read_text(encoding="utf-8"))

    assert Manifest.model_json_schema() == published
