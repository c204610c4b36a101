"""Files that notebooks read by themselves: they count like any other input, without being declared."""

from __future__ import annotations

import json

import pytest
from test_pipeline import Desk

from workbench import kernels
from workbench.cache import Cache
from workbench.run_diff import compare_runs
from workbench.verification import verify

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture
def desk(tiny, tmp_path):
    return Desk(tiny, tmp_path)


def reads(desk, name):
    """What the newest result of a notebook was made from, beside the run's own files."""
    record = max((desk.folder / "reports" / ".cache" / name).glob("*/record.json"), key=lambda path: path.stat().st_mtime)
    return sorted(path.removeprefix(f"{desk.folder}/") for path in json.loads(record.read_text(encoding="utf-8"))["reads"])


@pytest.mark.parametrize("fork", ["1", "0"])
def test_a_table_of_ones_own(desk, monkeypatch, fork):
    """A table and a module beside the run are noticed, in forked and plain kernels; what the run gives is not told twice."""
    monkeypatch.setenv("WORKBENCH_FORK", fork)
    monkeypatch.setattr(kernels, "_SERVERS", {})
    (desk.folder / "own.csv").write_text("a\n1\n", encoding="utf-8")
    (desk.folder / "helper.py").write_text("two = 2\n", encoding="utf-8")
    cells = (
        f"import sys\nsys.path.insert(0, {str(desk.folder)!r})\nimport helper\npage.uncertainty()",
        f"import pandas as pd\npage.emit('own', pd.read_csv({str(desk.folder / 'own.csv')!r}) * helper.two)",
        f"from pathlib import Path\nplace = Path({str(desk.folder)!r}, 'scratch.txt')\nplace.write_text('x')\nplace.read_text()",
    )
    name = desk.notebook("one", *cells)
    folder = desk.run(name)
    assert ["helper.py", "own.csv"] == reads(desk, "one")
    assert "a\n2\n" == (folder / "data" / "own.csv").read_text(encoding="utf-8")
    desk.run(name)
    assert ["unchanged"] == [event["event"] for event in desk.events]

    (desk.folder / "own.csv").write_text("a\n5\n", encoding="utf-8")
    assert f"file {desk.folder}/own.csv changed" == why(desk, name)
    assert "a\n10\n" == (folder / "data" / "own.csv").read_text(encoding="utf-8")
    (desk.folder / "helper.py").write_text("two = 22\n", encoding="utf-8")
    assert f"file {desk.folder}/helper.py changed" == why(desk, name)
    assert "a\n110\n" == (folder / "data" / "own.csv").read_text(encoding="utf-8")
    for server in kernels._SERVERS.values():
        server.close()


def why(desk, name):
    desk.run(name)
    return desk.why("one")


def test_a_file_that_python_does_not_open(desk):
    """`page.file` finds it beside the run file and counts it; one that is not there is named."""
    import pandas as pd

    from workbench.errors import WorkbenchError

    pd.DataFrame({"a": [1]}).to_parquet(desk.folder / "own.parquet")
    name = desk.notebook("one", "import pandas as pd\npage.emit('own', pd.read_parquet(page.file('own.parquet')))")
    folder = desk.run(name)
    pd.DataFrame({"a": [2]}).to_parquet(desk.folder / "own.parquet")
    desk.run(name)

    assert ["own.parquet"] == reads(desk, "one")
    assert "a\n2\n" == (folder / "data" / "own.csv").read_text(encoding="utf-8")
    with pytest.raises(WorkbenchError, match=r"none\.parquet: there is no such file"):
        desk.run(desk.notebook("two", "page.file('none.parquet')"))


def test_reports_tell_of_them(desk):
    """The manifest names the file, `verify` says when it changed, the comparison of two runs too."""
    (desk.folder / "own.csv").write_text("a\n1\n", encoding="utf-8")
    name = desk.notebook("one", f"open({str(desk.folder / 'own.csv')!r}).close()")
    before = desk.run(name)
    kept = before.rename(before.with_name("before"))
    (desk.folder / "own.csv").write_text("a\n2\n", encoding="utf-8")
    after = desk.run(name)
    run_file = str(desk.folder / "small.yaml")

    assert ["own.csv"] == list(json.loads((after / "manifest.json").read_text(encoding="utf-8"))["notebooks"]["one"]["reads"])
    assert verify(after, run_file=run_file).agrees
    assert ["file own.csv changed"] == verify(kept, run_file=run_file).inputs
    assert ["file own.csv changed"] == compare_runs(kept, after).inputs


def test_reasons_are_those_of_the_same_run(desk):
    """Between scenarios the settings differ; what is told is what changed since the scenario itself ran."""
    more = "scenarios:\n- {id: other, title: {th: อื่น, en: Other}, uncertainty: {spec: params/uncertainty/notebook.yaml, draws: 50}}\n"
    from workbench import runs

    name = desk.notebook("one")
    for weight in (3, 2.5):
        desk.change("weight: 3", f"weight: {weight}")
        desk.run(name, more=more)
        [scenario] = runs.scenarios(runs.load_run(desk.folder / "small.yaml"))
        events = []
        runs.run(scenario, out=desk.folder / "reports", report=events.append)
    assert "weights.Z.2.2 3 -> 2.5" == next(event["why"] for event in events if event["event"] == "started")


def test_an_older_cache_is_not_trusted(tmp_path):
    """A record that does not say what was read is no result."""
    cache = Cache(tmp_path)
    from workbench.cache import Kept

    cache.keep("one", {"a": 1}, Kept(notebook="{}", tables={}, seconds=1.0))
    [path] = tmp_path.glob("one/*/record.json")
    assert cache.find("one", {"a": 1}) is not None
    record = json.loads(path.read_text(encoding="utf-8"))
    del record["reads"]
    path.write_text(json.dumps(record), encoding="utf-8")

    assert cache.find("one", {"a": 1}) is None
