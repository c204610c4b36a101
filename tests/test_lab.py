"""JupyterLab on the parameters of a run: the copy that is opened, and what stays the researcher's own."""

from __future__ import annotations

import shutil

import nbformat
import pytest
from test_pipeline import Desk

from workbench import lab
from workbench.errors import WorkbenchError
from workbench.lab import prepare
from workbench.paths import PROJECT

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture
def desk(tiny, tmp_path, monkeypatch):
    """A run of three pages and a scenario; copies go to a folder of the test."""
    desk = Desk(tiny, tmp_path)
    monkeypatch.setattr(lab, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(lab, "PROJECT", tmp_path)
    path = desk.notebook("one", parameters="import datetime\nplace = ''\nshare = 0.5\nday = datetime.date(2016, 1, 1)")
    desk.notebook("two")
    desk.run_file = desk.file("x")
    given = '{place: ภาคเหนือ, day: "2016-05-23"}'
    entries = f"""
- {desk.folder}/two.ipynb
- {{notebook: "{path}", page: north, parameters: {given}}}
- {{notebook: "{path}", page: south, parameters: {{share: 1}}}}
scenarios:
- {{id: other, title: {{th: อื่น, en: Other}}, uncertainty: {{spec: params/uncertainty/notebook.yaml, draws: 50}}}}
"""
    desk.run_file.write_text(desk.run_file.read_text(encoding="utf-8").replace(' ["x"]', entries), encoding="utf-8")
    return desk


def namespace(book):
    """What the parameters are once both cells ran."""
    found = {}
    for cell in book.cells:
        if {"parameters", "injected-parameters"} & set(cell.metadata.get("tags", [])):
            exec(cell.source, found)  # noqa: S102  (cells of the test)
    return found


def opened(desk, run, notebook):
    return nbformat.read(desk.folder / prepare(run, notebook), as_version=4)


def test_a_page_is_opened_on_its_own_parameters(desk):
    """Those of the run file with their types and in Thai letters, the notebook's defaults for the rest."""
    book = opened(desk, str(desk.run_file), "north")
    found = namespace(book)

    assert (str(desk.run_file), "ภาคเหนือ", 0.5, "2016-05-23") == (
        found["run"], found["place"], found["share"], found["day"].isoformat())  # fmt: skip
    assert "place = 'ภาคเหนือ'" in book.cells[1].source
    assert 1.0 == namespace(opened(desk, str(desk.run_file), "south"))["share"]


def test_what_is_opened_is_what_the_runner_executes(desk):
    """Cell by cell the same code."""
    copy = opened(desk, str(desk.run_file), "north")
    from workbench import runs

    runs.run(runs.load_run(desk.run_file), out=desk.folder / "reports")

    assert [cell.source for cell in desk.executed("north").cells] == [cell.source for cell in copy.cells]


def test_a_scenario(desk):
    """A scenario has a copy of its own that reads that scenario."""
    from workbench.runs import load_run

    run = namespace(opened(desk, f"{desk.run_file}#other", "two"))["run"]

    assert 50 == load_run(run).settings.uncertainty.draws
    assert prepare(f"{desk.run_file}#other", "two") != prepare(str(desk.run_file), "two")


def test_a_published_report(desk):
    """A report is opened on the run file that it was made of."""
    report = PROJECT / "reports" / "none"
    with pytest.raises(WorkbenchError, match="there is no such file"):
        prepare(str(report), "two")
    from workbench import runs

    folder = runs.run(runs.load_run(desk.run_file), out=desk.folder / "reports").parent
    manifest = folder / "manifest.json"
    manifest.write_text(
        manifest.read_text(encoding="utf-8").replace('"run_file": "small.yaml"', f'"run_file": "{desk.run_file}"'), "utf-8"
    )

    assert prepare(str(desk.run_file), "two") == prepare(str(folder), "two")


def test_a_copy_is_the_researchers_own_but_for_the_parameters(desk, capsys):
    """What was written into it stays; the cell of the run follows the run file."""
    path = desk.folder / prepare(str(desk.run_file), "north")
    book = nbformat.read(path, as_version=4)
    book.cells.append(nbformat.v4.new_code_cell("mine = 1"))
    nbformat.write(book, path)
    text = desk.run_file.read_text(encoding="utf-8")
    desk.run_file.write_text(text.replace("ภาคเหนือ", "ภาคใต้"), encoding="utf-8")
    again = opened(desk, str(desk.run_file), "north")

    assert "mine = 1" == again.cells[-1].source
    assert "ภาคใต้" == namespace(again)["place"]
    assert 1 == sum("injected-parameters" in cell.metadata.get("tags", []) for cell in again.cells)
    assert "opening your copy of north; delete" in capsys.readouterr().err


def test_faults(desk):
    """A notebook of two pages, one that is not there, a scenario that is not there: each with the names that are."""
    shutil.copytree(PROJECT / "notebooks", desk.folder / "notebooks", ignore=shutil.ignore_patterns("of_run"))
    with pytest.raises(WorkbenchError, match=r"the run has 2 pages of notebook `one`.\n.*name one of north, south"):
        prepare(str(desk.run_file), "one")
    with pytest.raises(WorkbenchError, match="there is no notebook `10_score`") as caught:
        prepare(str(desk.run_file), "10_score")
    assert "did you mean `10_scores`?" in str(caught.value)
    with pytest.raises(WorkbenchError, match="there is no scenario `othr`"):
        prepare(f"{desk.run_file}#othr", "two")


def test_a_notebook_of_an_older_format(desk):
    """Cells had no ids before format 4.5; such a notebook opens and runs all the same."""
    path = desk.folder / "two.ipynb"
    book = nbformat.read(path, as_version=4)
    book.nbformat_minor = 4
    for cell in book.cells:
        del cell["id"]
    nbformat.write(book, path)
    from workbench import runs

    first = prepare(str(desk.run_file), "two")
    text = (desk.folder / first).read_text(encoding="utf-8")

    assert (first, text) == (prepare(str(desk.run_file), "two"), (desk.folder / first).read_text(encoding="utf-8"))
    assert runs.run(runs.load_run(desk.run_file), out=desk.folder / "reports").is_file()


def test_it_asks_nobody_outside(desk, monkeypatch):
    """JupyterLab takes the place of the command, on the copy, with news and checks for updates off; it knows the settings."""
    from jupyterlab.labapp import LabApp

    taken = []
    monkeypatch.setattr(lab.os, "execv", lambda _, command: taken.extend(command))
    lab.start(str(desk.run_file), "north")
    settings = [part for part in taken if part.startswith("--LabApp.")]
    app = LabApp()
    app.parse_command_line(settings)

    assert settings[0].startswith("--LabApp.default_url=/lab/tree/notebooks/")
    assert app.config.LabApp.news_url in {None, "None"}
    assert "NeverCheckForUpdate" in str(app.config.LabApp.check_for_updates_class)
    assert all(name.split("=")[0].removeprefix("--LabApp.") in LabApp.class_trait_names() for name in settings)
