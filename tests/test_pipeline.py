"""The graph of notebooks: order, what is kept and why, what each is given, and the faults of other runners held off."""

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

pytestmark = pytest.mark.xdist_group("pipeline")
SAY = 'page.say("pages.10_scores.title")'
TABLE = 'import pandas as pd\npage.emit("{}", pd.DataFrame({{"a": [{}]}}))'


class Desk:
    """A folder with a framework, answers and notebooks, and the runs made from them."""

    def __init__(self, tiny, folder):
        from workbench import Framework
        from workbench.sample import make_sample, write_sample

        self.tiny, self.folder, self.events = tiny, folder, []
        framework = Framework.load(tiny)
        self.survey = folder / "answers.csv"
        write_sample(make_sample(framework, units=5, agencies=3, seed=0), self.survey, framework, seed=0)

    def notebook(self, name, *cells, parameters="", **declared):
        book = nbformat.v4.new_notebook(metadata={"workbench": declared} if declared else {})
        first = nbformat.v4.new_code_cell(f'run = "x"\n{parameters}', metadata={"tags": ["parameters"]}, id="first")
        sources = ["from workbench import runs\npage = runs.open(run)", SAY, *cells]
        book.cells = [first, *(nbformat.v4.new_code_cell(cell, id=f"c{place}") for place, cell in enumerate(sources))]
        path = self.folder / f"{name}.ipynb"
        nbformat.write(book, path)
        return str(path)

    def file(self, *names, more=""):
        path = write_run(self.folder, framework=str(self.tiny), survey=self.survey, notebooks=names)
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
        return path

    def run(self, *names, more="", **options):
        self.events = []
        path = self.file(*names, more=more)
        return runs.run(runs.load_run(path), out=self.folder / "reports", report=self.events.append, **options).parent

    def what(self, event):
        return sorted(item["notebook"] for item in self.events if item["event"] == event)

    def why(self, name):
        return next(item["why"] for item in self.events if item.get("notebook") == name)

    def executed(self, name):
        """The newest kept notebook of this name."""
        records = sorted((self.folder / "reports" / ".cache" / name).glob("*/record.json"), key=lambda path: path.stat().st_mtime)
        return nbformat.read(records[-1].parent / "notebook.ipynb", as_version=4)

    def change(self, old, new, file="zeta"):
        path = self.tiny / f"{file}.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def desk(tiny, tmp_path):
    return Desk(tiny, tmp_path)


class TestGraph:
    def test_a_table_goes_from_notebook_to_notebook(self, desk):
        """A notebook that needs a table runs after the one that emits it, and reads it."""
        reader = desk.notebook("a_reader", 'assert page.table("numbers")["a"].tolist() == [7]', needs=["numbers"])
        maker = desk.notebook("b_maker", TABLE.format("numbers", 7), emits=["numbers"], needs=[])
        folder = desk.run(reader, maker)

        assert ["b_maker", "a_reader"] == [item["notebook"] for item in desk.events if item["event"] == "finished"]
        assert (folder / "data" / "numbers.csv").is_file()

    def test_early_cut_off(self, desk):
        """When a notebook runs again and emits the same table, what reads it stays; with another table it runs."""
        reader = desk.notebook("reader", 'page.table("numbers")', needs=["numbers"])
        desk.run(desk.notebook("maker", TABLE.format("numbers", 7), emits=["numbers"], needs=[]), reader)
        desk.run(desk.notebook("maker", TABLE.format("numbers", "6 + 1"), emits=["numbers"], needs=[]), reader)
        assert (["maker"], ["reader"]) == (desk.what("finished"), desk.what("kept"))
        desk.run(desk.notebook("maker", TABLE.format("numbers", 8), emits=["numbers"], needs=[]), reader)

        assert ["maker", "reader"] == desk.what("finished")
        assert "table numbers changed" == desk.why("reader")

    @pytest.mark.parametrize(
        ("declared", "words"),
        [
            (({"needs": ["wieghts"]}, {}), "it needs `wieghts`, which no notebook of the run emits."),
            (
                ({"needs": ["x"], "emits": ["y"]}, {"needs": ["y"], "emits": ["x"]}),
                "notebooks wait for each other's tables: a, b.",
            ),
            (({"emits": ["x"]}, {"emits": ["x"]}), "table `x` is emitted by a, b."),
            (({"needs": "weights"}, {}), "`needs` in the metadata of the notebook is 'weights'."),
        ],
    )
    def test_faults_of_the_graph(self, desk, declared, words):
        """A table nobody makes, a circle, two makers, a declaration that is no list: refused before anything runs."""
        names = [desk.notebook(name, **item) for name, item in zip("ab", declared, strict=True)]
        with pytest.raises(WorkbenchError) as caught:
            desk.run(*names)

        assert words in str(caught.value)

    @pytest.mark.parametrize(("emits", "words"), [(["y"], "does not declare"), (["numbers", "z"], "declares table `z`")])
    def test_tables_are_those_declared(self, desk, emits, words):
        """A notebook that emits other tables than it says is refused."""
        with pytest.raises(WorkbenchError, match=words):
            desk.run(desk.notebook("maker", TABLE.format("numbers", 7), emits=emits))


class TestKept:
    def test_a_weight_reruns_only_what_depends_on_it(self, desk):
        """And the reason says which weight, from what to what."""
        names = [
            desk.notebook("weighed", "page.emit('t', page.scores.table)", needs=["weights"]),
            desk.notebook("unweighed", "page.emit('v', page.scores.values)", needs=[]),
        ]
        desk.run(*names)
        desk.change("weight: 3", "weight: 2.5")
        desk.run(*names)

        assert (["weighed"], ["unweighed"]) == (desk.what("finished"), desk.what("kept"))
        assert "weights.Z.2.2 3 -> 2.5" == desk.why("weighed")

    def test_every_input_counts(self, desk, monkeypatch):
        """A cell, a parameter, the data, the lock, an imported module, a label: each reruns, with its reason."""
        from workbench import keys

        name = desk.notebook("one", parameters="share = 0.5")
        desk.run(name)
        for act, reason in (
            (lambda: desk.notebook("one", "1 + 1", parameters="share = 0.5"), "cell 4 is new"),
            (lambda: desk.change("en: Plan", "en: Plans"), "framework.Z.2.1.label.en Plan -> Plans"),
            (
                lambda: desk.survey.write_text(desk.survey.read_text(encoding="utf-8") + "\n", encoding="utf-8"),
                "the data changed",
            ),
        ):
            act()
            folder = desk.run(name)
            assert reason == desk.why("one")
        real = keys.digest
        for file, reason in (("means.py", "module workbench.means changed"), ("requirements.lock", "the lock changed")):
            monkeypatch.setattr(keys, "digest", lambda path, file=file: "new" if path.name == file else real(path))
            (folder / "th" / "one.html").unlink()
            desk.run(name)
            assert reason in desk.why("one")

    def test_modules_are_found_through_one_another(self):
        """What a notebook imports, also inside functions; not what only types name, nor what runs notebooks."""
        from workbench.keys import imported_modules

        found = imported_modules(["from workbench import runs\nfrom workbench.plots import scores as charts"])

        assert {"workbench.runs", "workbench.page", "workbench.means", "workbench.uncertainty", "workbench.plots.scores"} <= set(
            found
        )
        assert not {"workbench.publication", "workbench.execution", "workbench.kernels", "workbench.plots.clusters"} & set(found)
        assert "workbench.uncertainty" in imported_modules(["import workbench as wb"])

    def test_imports_are_found_by_their_words(self, root):
        """Of every module, what the words find is what its syntax tree holds; late imports are left out when not wanted."""
        from workbench import keys

        more = {}
        for path in sorted((root / "workbench").rglob("*.py")):
            parsed, found = set(keys._imports(path.read_text(encoding="utf-8"))), set(keys._imports_of(path, late=True))
            assert parsed <= found, path.name
            more |= {path.relative_to(root).as_posix(): found - parsed} if found > parsed else {}
        assert list(more) == ["workbench/methods/__main__.py"], "only the module that holds code as text seems to import more"
        runs = root / "workbench/runs.py"
        assert "workbench.publication" in keys._imports_of(runs, late=True)
        assert "workbench.publication" not in keys._imports_of(runs, late=False)

    def test_a_run_goes_on_where_it_failed(self, desk):
        """What was whole when a notebook failed is kept; so P8: a failed run is resumed."""
        good = desk.notebook("good", needs=[])
        with pytest.raises(NotebookError):
            desk.run(good, desk.notebook("bad", "import time\ntime.sleep(1)\n1 / 0"), workers=2)
        desk.run(good, desk.notebook("bad", "1 / 1"))

        assert (["bad"], ["good"]) == (desk.what("finished"), desk.what("kept"))

    def test_a_damaged_result_is_not_used(self, desk):
        """A kept file that was altered is computed anew."""
        name = desk.notebook("one", TABLE.format("numbers", 7))
        whole = desk.run(name)
        [table] = (desk.folder / "reports" / ".cache" / "one").glob("*/tables/numbers.csv")
        table.write_text("a\n8\n", encoding="utf-8")
        (whole / "th" / "one.html").unlink()
        folder = desk.run(name)

        assert "its kept result is gone or damaged" == desk.why("one")
        assert "a\n7\n" == (folder / "data" / "numbers.csv").read_text(encoding="utf-8")

    def test_inputs_that_change_meanwhile(self, desk):
        """Nothing is kept or published from inputs that changed under the run."""
        name = desk.notebook("one", f"import pathlib\npathlib.Path({str(desk.survey)!r}).touch()")
        with pytest.raises(WorkbenchError, match="this file changed while the run was reading it"):
            desk.run(name)

        assert [] == list((desk.folder / "reports").glob("*/index.html"))


class TestNeeds:
    @pytest.mark.parametrize(
        ("cell", "part"),
        [
            ("page.uncertainty()", "uncertainty"),
            ("page.changes", "workshops"),
            ("page.spec.settings.factors.seed", "factors"),
            ("page.spec.settings.clusters.counts", "clusters"),
            ("page.geometry", "geometry"),
            ("page.table('nothing')", "nothing"),
        ],
    )
    def test_what_is_not_declared_is_withheld(self, desk, cell, part):
        """Asking for it ends the run and says what to declare: a kept result can never be stale by a forgotten need."""
        with pytest.raises(WorkbenchError) as caught:
            desk.run(desk.notebook("one", cell, needs=[]))

        assert f'add "{part}" to `needs` in the metadata of the notebook' in str(caught.value)
        assert "notebook one, cell 4" in str(caught.value)

    def test_without_weights_there_is_no_index(self, desk):
        """The index, the pillars, ranks and bands are missing, and the order says nothing; the indicators are there."""
        cells = (
            "table = page.scores.table",
            "assert table['index'].isna().all() and table['rank'].isna().all() and table['Z'].isna().all()",
            "assert list(table.index) == sorted(table.index) and page.scores.values.notna().to_numpy().any()",
            "assert all(node.weight != node.weight for node in page.framework.elements)",
        )
        desk.run(desk.notebook("one", *cells, needs=[]))

        assert ["one"] == desk.what("finished")


class TestFaultsOfPapermill:
    """The numbers are those of a list of faults that were seen in papermill 2.7."""

    def test_parameters(self, desk):
        """P1 to P3: Thai is readable, dates and numbers keep their type; the same notebook makes two pages."""
        cells = ("assert (type(day).__name__, type(share), place) == ('date', float, 'ภาคเหนือ'), place",)
        path = desk.notebook(
            "one", *cells, parameters="import datetime\nplace = ''\nshare = 0.5\nday = datetime.date(2016, 1, 1)"
        )
        given = '{place: ภาคเหนือ, share: 1, day: "2016-05-23"}'
        run_file = desk.file("two")
        desk.notebook("two")
        text = run_file.read_text(encoding="utf-8").replace(
            '["two"]', f'["{desk.folder}/two.ipynb", {{notebook: "{path}", page: north, parameters: {given}}}]'
        )
        run_file.write_text(text, encoding="utf-8")
        folder = runs.run(runs.load_run(run_file), out=desk.folder / "reports").parent
        cell = next(cell for cell in desk.executed("north").cells if "injected-parameters" in cell.metadata.tags)

        assert "place = 'ภาคเหนือ'" in cell.source
        assert (folder / "th" / "north.html").is_file()

    def test_unknown_parameters(self, desk):
        """P4 and P5: an unknown name is an error with file and line, whatever the name holds."""
        path = desk.notebook("one", parameters="share = 0.5")
        run_file = desk.file("x")
        entry = f'\n- notebook: "{path}"\n  parameters:\n    share: half\n    "x = 1; y": 2\n'
        run_file.write_text(run_file.read_text(encoding="utf-8").replace(' ["x"]', entry), encoding="utf-8")
        with pytest.raises(WorkbenchError) as caught:
            runs.load_run(run_file)
        lines = run_file.read_text(encoding="utf-8").splitlines()

        assert ["    share: half", '    "x = 1; y": 2'] == [lines[fault.line - 1] for fault in caught.value.faults]
        assert "the notebook has no parameter `x = 1; y`." == caught.value.faults[1].problem

    def test_many_at_once(self, desk):
        """P6, P7 and P19: eight side by side, all in one folder, no port taken twice, no warning of sockets."""
        names = [desk.notebook(f"n{place}", "import os\nprint(os.getcwd(), os.getpid())") for place in range(8)]
        desk.run(*names, workers=4)
        books = [desk.executed(f"n{place}") for place in range(8)]
        outputs = [output for book in books for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
        said = [output.text.split() for output in outputs if output.output_type == "stream"]

        assert {str(Path.cwd())} == {folder for folder, _ in said}
        assert 8 == len({process for _, process in said})
        assert {"stdout"} == {output.name for output in outputs if output.output_type == "stream"}

    def test_a_dead_kernel(self, desk):
        """P9: the cell that killed its kernel is named, by its number in the source (P18), and nothing is kept."""
        name = desk.notebook("one", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "1 + 1")
        with pytest.raises(NotebookError, match="notebook one, cell 4: the kernel died"):
            desk.run(name)

        assert not (desk.folder / "reports" / ".cache" / "one").exists()

    @pytest.mark.parametrize("cell", ["import sys\nsys.exit(0)", "exit()", "raise SystemExit"])
    def test_leaving_is_no_success(self, desk, cell):
        """P10: however a notebook leaves before its last cell."""
        with pytest.raises(NotebookError, match=r"notebook one, cell [45]: .*it must run to its last cell"):
            desk.run(desk.notebook("one", cell, "1 + 1"))

    def test_an_announced_error(self, desk):
        """P11: a cell tagged raises-exception may raise."""
        path = desk.notebook("one", "1 / 0")
        book = nbformat.read(path, as_version=4)
        book.cells[-1].metadata["tags"] = ["raises-exception"]
        nbformat.write(book, path)

        assert (desk.run(path) / "th" / "one.html").is_file()

    def test_a_cell_that_hangs(self, desk):
        """Ended after the time that the run file allows, with the way to allow more."""
        with pytest.raises(NotebookError, match=r"notebook one, cell 4: still running after 1 seconds.*cell_seconds"):
            desk.run(desk.notebook("one", "import time\ntime.sleep(60)"), more="cell_seconds: 1\n")

    def test_plain_kernels_give_the_same(self, desk, monkeypatch):
        """Where nothing can be forked, the pages are the same bytes; unseeded numbers differ between kernels in both ways."""
        from workbench import kernels

        cells = ("import numpy\nprint(numpy.random.rand())", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
        names = [desk.notebook(name, *cells) for name in ("one", "two")]
        pages = []
        for mode in ("1", "0"):
            monkeypatch.setenv("WORKBENCH_FORK", mode)
            monkeypatch.setattr(kernels, "_SERVERS", {})
            folder = desk.run(*names, force=True)
            pages.append({path.name: path.read_bytes() for path in folder.glob("*/*.html")})
            books = [desk.executed(name) for name in ("one", "two")]
            drawn = [book.cells[-2].outputs[0].text for book in books]
            assert drawn[0] != drawn[1]
            assert "image/png" in books[0].cells[-1].outputs[-1].data
            for server in kernels._SERVERS.values():
                server.close()

        assert pages[0] == pages[1]


class TestScenarios:
    def test_one_file_makes_several_reports(self, desk):
        """Each scenario is a report of its own; what it does not change is computed once."""
        import shutil

        other = desk.folder / "other"
        shutil.copytree(desk.tiny, other)
        path = other / "zeta.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("weight: 3", "weight: 1"), encoding="utf-8")
        more = f"scenarios:\n- {{id: equal, title: {{th: เท่ากัน, en: Equal weights}}, framework: {other}}}\n"
        names = [desk.notebook("weighed", needs=["weights"]), desk.notebook("unweighed", needs=[])]
        first = desk.run(*names, more=more)
        [scenario] = runs.scenarios(runs.load_run(desk.folder / "small.yaml"))
        events = []
        second = runs.run(scenario, out=desk.folder / "reports", report=events.append).parent

        assert second.name.startswith("small-equal-")
        assert first != second
        assert "Equal weights" in (second / "en" / "weighed.html").read_text(encoding="utf-8")
        assert ["unweighed"] == [item["notebook"] for item in events if item["event"] == "kept"]
        with pytest.raises(WorkbenchError, match="there is no scenario `eqal`"):
            runs.load_run(f"{desk.folder}/small.yaml#eqal")


class TestCommand:
    def command(self, *arguments, root):
        code = "from workbench.cli import main; main()"
        return subprocess.run([sys.executable, "-c", code, *arguments], cwd=root, capture_output=True, text=True, check=False)

    def test_lines_for_a_machine_and_reasons_for_a_person(self, desk, root):
        """--json gives one event a line, the last with the report; --explain gives the reasons."""
        path, out = desk.file(desk.notebook("one")), str(desk.folder / "out")
        first = self.command("run", str(path), "--out", out, "--json", "--explain", root=root)
        events = [json.loads(line) for line in first.stdout.splitlines()]
        again = self.command("run", str(path), "--out", out, "--explain", root=root)

        assert ["planned", "started", "finished", "writing", "published"] == [event["event"] for event in events]
        assert all(event["elapsed"] >= 0 for event in events)
        assert "one runs: it never ran" in first.stderr
        assert "nothing changed" in again.stderr
        assert again.stdout.strip() == events[-1]["report"]
