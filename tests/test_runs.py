"""Runs: what is refused, what a failure leaves behind, what two runs have in common."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from conftest import write_run
from workbench import runs
from workbench.errors import NotebookError, WorkbenchError

GOOD = 'page.say("pages.10_scores.title")'


@pytest.fixture
def notebook(tmp_path):
    def write(name, *cells, parameters='run = "params/runs/sample.yaml"'):
        book = nbformat.v4.new_notebook()
        book.cells = [
            nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell("from workbench import runs\npage = runs.open(run)"),
            *(nbformat.v4.new_code_cell(cell) for cell in cells),
        ]
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(book, path)
        return str(path)

    return write


@pytest.fixture
def survey(tiny, tmp_path):
    from workbench import Framework
    from workbench.sample import make_sample, write_sample

    framework = Framework.load(tiny)
    path = tmp_path / "answers.csv"
    write_sample(make_sample(framework, units=5, agencies=3, seed=0), path, framework, seed=0)
    return path


@pytest.fixture
def run(tiny, survey, tmp_path):
    def start(*notebooks, **options):
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=notebooks)
        return runs.run(runs.load_run(path), out=tmp_path / "reports", **options)

    return start


def contents(folder):
    """Every file below *folder*, hidden ones too, but those that are kept for the next run."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".cache/")}


class TestRunFile:
    def test_faults_with_lines(self, tiny, survey, tmp_path):
        """Unknown keys, wrong values and two sources are refused with their lines."""
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=("10_scores",))
        text = path.read_text(encoding="utf-8").replace("draws: 500", "draws: 0").replace("name: small", "name: Small Run")
        path.write_text(text + "languages: th\n", encoding="utf-8")
        with pytest.raises(WorkbenchError) as caught:
            runs.load_run(path)

        problems = [fault.problem for fault in caught.value.faults]
        assert ['`name` is "Small Run".', "`draws` is 0.", "unknown key `languages`."] == problems
        assert "did you mean `language`?" == caught.value.faults[2].fix

    def test_two_notebooks_of_one_name(self, tiny, survey, tmp_path, notebook):
        """They would make one page, so they are refused."""
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=("10_scores", notebook("10_scores", GOOD)))
        with pytest.raises(WorkbenchError, match="two notebooks are called `10_scores`"):
            runs.load_run(path)

    def test_a_damaged_notebook(self, tiny, survey, tmp_path):
        """Half a file is no notebook, and is named before anything runs."""
        (tmp_path / "half.ipynb").write_text('{"cells": [', encoding="utf-8")
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=(str(tmp_path / "half.ipynb"),))
        with pytest.raises(WorkbenchError, match="this is no notebook"):
            runs.load_run(path)

    def test_files_beside_the_run_file_come_first(self, tiny, survey, tmp_path):
        """A name in a run file means the file beside it."""
        path = write_run(tmp_path, framework=tiny.name, survey=Path(survey.name), notebooks=("10_scores",))

        assert tiny == runs.load_run(path).framework
        assert survey == runs.load_run(path).data

    def test_survey_and_indicators(self, tiny, survey, tmp_path):
        """A run has one source."""
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=("10_scores",))
        path.write_text(path.read_text(encoding="utf-8") + f"indicators: {survey}\n", encoding="utf-8")
        with pytest.raises(WorkbenchError, match="both is given"):
            runs.load_run(path)


class TestPublishing:
    def test_a_run_that_is_published_is_not_computed_again(self, run, notebook):
        """Unless it is forced, or one of its files was touched."""
        name = notebook("one", GOOD)
        index = run(name)
        before = index.stat().st_mtime_ns
        assert index == run(name)
        assert before == index.stat().st_mtime_ns
        (index.parent / "th" / "one.html").write_text("altered", encoding="utf-8")
        run(name)

        assert "altered" != (index.parent / "th" / "one.html").read_text(encoding="utf-8")

    def test_two_runs_of_the_same_thing_give_the_same_pages(self, run, notebook):
        """The bytes of every page and table are equal."""
        name = notebook("one", GOOD, 'page.emit("values", page.scores.values)')
        first = contents(run(name).parent)
        second = contents(run(name, force=True).parent)
        del first["manifest.json"], second["manifest.json"]

        assert first == second

    def test_markdown_goes_to_its_language_and_raw_html_stays_text(self, run, tmp_path, notebook):
        """A cell tagged th or en appears only there, one tagged lab nowhere; a script in it is text."""
        name = notebook("one", GOOD)
        book = nbformat.read(name, as_version=4)
        for tag, text in (("th", "ไทย"), ("en", "English"), ("lab", "private"), (None, "<script>alert(1)</script> both")):
            book.cells.append(nbformat.v4.new_markdown_cell(text, metadata={"tags": [tag] if tag else []}))
        nbformat.write(book, name)
        folder = run(name).parent
        thai, english = ((folder / language / "one.html").read_text(encoding="utf-8") for language in ("th", "en"))

        assert "<p>ไทย</p>" in thai
        assert "<p>ไทย</p>" not in english
        assert "<p>English</p>" in english
        assert "private" not in thai + english
        assert "<script>alert" not in thai + english
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in thai

    def test_prints_and_other_outputs_are_not_published(self, run, notebook):
        """Streams, plain results and html of others stay behind."""
        name = notebook(
            "one",
            GOOD,
            'print("/home/someone/secret")',
            '"a result"',
            "from IPython.display import HTML\nHTML('<b onclick=x>bold</b>')",
        )
        page = (run(name).parent / "en" / "one.html").read_text(encoding="utf-8")

        assert "secret" not in page
        assert "a result" not in page
        assert "onclick" not in page

    def test_text_from_outside_is_text(self, run, notebook, tiny):
        """A script in a label of the framework reaches the page as characters."""
        path = tiny / "zeta.yaml"
        text = path.read_text(encoding="utf-8").replace("en: Pillar Z", 'en: "<script>alert(1)</script>"')
        path.write_text(text, encoding="utf-8")
        name = notebook(
            "one", "from workbench.plots import scores\npage.show(scores.ranking_table(page.scores), scores.heatmap(page.scores))"
        )
        page = (run(name).parent / "en" / "one.html").read_text(encoding="utf-8")

        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

    def test_braces_in_paths(self, tiny, survey, tmp_path, notebook):
        """papermill fills in braces; ours are letters."""
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=(notebook("one {x}", GOOD),))

        assert runs.run(runs.load_run(path), out=tmp_path / "out {y}").is_file()

    def test_a_path_with_thai_letters(self, tiny, survey, tmp_path, notebook):
        """The run file may lie in a folder with a Thai name."""
        folder = tmp_path / "โครงการ ทดสอบ"
        folder.mkdir()
        path = write_run(folder, framework=str(tiny), survey=survey, notebooks=(notebook("one", GOOD),))

        assert runs.run(runs.load_run(path), out=folder / "รายงาน").is_file()


class TestFailure:
    @pytest.mark.parametrize(
        ("cell", "kind", "words"),
        [
            ("1 / 0", NotebookError, "notebook bad, cell 3: ZeroDivisionError: division by zero"),
            ("import sys\nsys.exit(0)", NotebookError, "notebook bad"),
            ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", NotebookError, "notebook bad"),
            ('page.say("no.such.phrase")', WorkbenchError, "there is no phrase `no.such.phrase`."),
            ("pass", WorkbenchError, "the notebook showed nothing"),
        ],
    )
    def test_the_last_good_report_is_left_alone(self, run, notebook, tmp_path, cell, kind, words):
        """An error, an exit, a killed kernel, an empty page: one message, nothing published, nothing half-written."""
        run(notebook("good", GOOD))
        before = contents(tmp_path / "reports")
        with pytest.raises(kind) as caught:
            run(notebook("bad", cell, "done = True"))

        assert words in str(caught.value)
        assert before == contents(tmp_path / "reports")

    def test_a_killed_run_leaves_nothing_for_long(self, run, notebook, tmp_path):
        """What a killed run left beside a report is gone after the next, and a report it had moved away is back."""
        name = notebook("good", GOOD)
        index = run(name)
        target = index.parent
        half = target.with_name(f".{target.name}.tmp")
        half.mkdir()
        (half / "index.html").write_text("half", encoding="utf-8")
        away = target.with_name(f".{target.name}.old")
        target.replace(away)

        assert index == run(name)
        assert {target.name, ".cache"} == {path.name for path in (tmp_path / "reports").iterdir()}

    def test_a_part_never_takes_the_place_of_the_whole(self, run, notebook, tmp_path):
        """With --only the report is published beside the whole one, under another name."""
        names = notebook("one", GOOD), notebook("two", GOOD)
        whole = run(*names)
        part = run(*names, only=("two",))

        assert whole.parent.name + "-part" == part.parent.name
        assert (whole.parent / "th" / "one.html").is_file()
        assert not (part.parent / "th" / "one.html").exists()

    def test_only_a_report_is_replaced(self, run, notebook, tmp_path):
        """A folder of somebody else in the place of the report is left alone."""
        name = notebook("one", GOOD)
        target = run(name).parent
        (target / "manifest.json").unlink()
        with pytest.raises(WorkbenchError, match="in the place of the report"):
            run(name)

    def test_tables_have_plain_names(self, run, notebook):
        """A table cannot be written elsewhere."""
        with pytest.raises(WorkbenchError, match="is no name for a table"):
            run(notebook("one", GOOD, 'page.emit("../escape", page.scores.values)'))

    def test_a_notebook_without_the_parameter(self, run, notebook):
        """It is refused before anything runs."""
        with pytest.raises(WorkbenchError, match="no cell tagged `parameters` that sets `run`"):
            run(notebook("bad", GOOD, parameters='ruun = "x"'))

    def test_a_folder_that_cannot_be_written(self, tiny, survey, tmp_path, notebook):
        """A file in place of the folder of reports is named."""
        (tmp_path / "reports").write_text("a file", encoding="utf-8")
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=(notebook("one", GOOD),))
        with pytest.raises(WorkbenchError, match="this is a file, not a folder"):
            runs.run(runs.load_run(path), out=tmp_path / "reports")

    def test_the_command_ends_in_one_or_two(self, tiny, survey, tmp_path, notebook, root):
        """A mistake of the inputs ends in 2 without a traceback, a failing notebook in 1."""
        for cell, code in (('page.say("no.such.phrase")', 2), ("1 / 0", 1)):
            path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=(notebook("bad", cell),))
            done = subprocess.run(
                [
                    sys.executable,
                    "-c",
                    "from workbench.cli import main; main()",
                    "run",
                    str(path),
                    "--out",
                    str(tmp_path / "out"),
                ],
                cwd=root,
                capture_output=True,
                text=True,
                check=False,
            )
            assert code == done.returncode, done.stderr
            assert "notebook bad, cell 3" in done.stderr


class TestPage:
    def test_by_hand_a_page_shows_html_and_writes_nothing(self, tiny, survey, tmp_path, monkeypatch):
        """Without the runner, `show` gives html in the preferred language and `emit` nothing."""
        monkeypatch.delenv("WORKBENCH_OUT", raising=False)
        from workbench.plots import scores as charts

        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=("10_scores",))
        before = contents(tmp_path)
        page = runs.open(path, language="en")
        bundle = page._bundle(charts.bands(page.scores))
        page.emit("values", page.scores.values)

        assert {"text/html", "text/plain"} == set(bundle)
        assert '<div class="workbench" lang="en">' in bundle["text/html"]
        assert before == contents(tmp_path)

    def test_the_identity_of_a_run(self, tiny, survey, tmp_path):
        """It has the run's name, and changes with any of its inputs."""
        path = write_run(tmp_path, framework=str(tiny), survey=survey, notebooks=("10_scores",))
        before = runs.open(path).run_id
        text = (tiny / "zeta.yaml").read_text(encoding="utf-8").replace("weight: 3", "weight: 4")
        (tiny / "zeta.yaml").write_text(text, encoding="utf-8")

        assert before.startswith("small-")
        assert before != runs.open(path).run_id

    def test_the_manifest_says_what_was_used(self, run, notebook):
        """Packages, framework, ingredients and the time of each notebook."""
        folder = Path(run(notebook("one", GOOD))).parent
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

        assert {"numpy", "pandas", "papermill", "nbconvert"} <= set(manifest["packages"])
        assert {"one"} == set(manifest["seconds"])
        assert manifest["run_id"] == folder.name
