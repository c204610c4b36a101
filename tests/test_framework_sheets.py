"""A framework as a workbook and back: nothing is lost, and every fault has its cell."""

import subprocess
import sys

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from workbench import Framework, WorkbenchError
from workbench.framework_files import define, plain, tuples
from workbench.framework_sheets import write_framework_workbook
from workbench.framework_workbook import read_framework_workbook
from workbench.framework_yaml import write_framework_files
from workbench.strictyaml import Places

SHIPPED = ("2559", "egdi", "hdi", "asem", "province-context")


def call(root, *arguments):
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "framework", *map(str, arguments)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def there_and_back(framework, folder):
    path = folder / "framework.xlsx"
    write_framework_workbook(framework, path)
    data, definition = read_framework_workbook(path)
    return data, Framework(definition=definition)


@pytest.fixture
def edited(root, tmp_path):
    """The workbook of the 2559 edition after an edit."""

    def edited(edit):
        path = tmp_path / "framework.xlsx"
        write_framework_workbook(Framework.load(root / "params/framework/2559"), path)
        book = openpyxl.load_workbook(path)
        edit(book)
        book.save(path)
        return path

    return edited


def row_of(sheet, name):
    return next(row for row in range(2, sheet.max_row + 1) if sheet.cell(row, 2).value == name)


def column_of(sheet, name):
    return next(cell.column for cell in sheet[1] if cell.value == name)


class TestLossless:
    @pytest.mark.parametrize("name", SHIPPED)
    def test_every_shipped_framework(self, root, tmp_path, name):
        """Workbook and parameter files made from it give the same fingerprint."""
        framework = Framework.load(root / "params/framework" / name)
        data, back = there_and_back(framework, tmp_path)
        write_framework_files(data, tmp_path / "files")

        assert framework.fingerprint == back.fingerprint
        assert framework.fingerprint == Framework.load(tmp_path / "files").fingerprint

    @settings(
        max_examples=25,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
            lambda text: text.strip() == text
        ),
        number=st.floats(0, 1e9, allow_nan=False),
        marks=st.lists(st.sampled_from(["NA", "..", "a;b", "json:", "'x", "=1"]), max_size=3, unique=True),
    )
    def test_any_text_and_number(self, root, tmp_path_factory, text, number, marks):
        """Formulas, quotes, semicolons and what looks like JSON are text; numbers keep every digit."""
        framework = Framework.load(root / "params/framework/hdi")
        data = plain(framework.definition)
        data["title"] = {"th": text, "en": f"={text}"}
        data["unit"]["missing"] = marks
        data["pillars"][0]["label"]["en"] = text
        data["pillars"][0]["normalisation"]["high"] = 85 + number
        changed = Framework(definition=define(tuples(data), Places(), root / "x.yaml"))
        folder = tmp_path_factory.mktemp("any")
        back_data, back = there_and_back(changed, folder)
        write_framework_files(back_data, folder / "files")

        assert changed.fingerprint == back.fingerprint
        assert changed.fingerprint == Framework.load(folder / "files").fingerprint

    def test_what_an_official_changes_is_what_changes(self, edited, root):
        """A weight in the sheet is the weight of the framework; a typed year is still a text; empty rows do not matter."""

        def edit(book):
            sheet = book["elements"]
            sheet.cell(row_of(sheet, "P1.1"), column_of(sheet, "weight")).value = 2.5
            settings = book["settings"]
            row = next(row for row in range(2, 40) if settings.cell(row, 1).value == "edition")
            settings.cell(row, 2).value = 2560
            sheet.insert_rows(5)

        _, definition = read_framework_workbook(edited(edit))
        framework = Framework(definition=definition)

        assert 2.5 == framework.element("P1.1").weight
        assert "2560" == framework.edition

    def test_amendments_are_in_the_workbook(self, root, tmp_path):
        """With a workshop the amended framework is written."""
        workshop = root / "params/workshops/2559-05-23.yaml"
        done = call(root, "to-xlsx", "params/framework/2559", tmp_path / "f.xlsx", "--workshop", workshop)
        back = call(root, "from-xlsx", tmp_path / "f.xlsx", tmp_path / "amended")

        assert (0, 0) == (done.returncode, back.returncode), done.stderr + back.stderr
        amended = Framework.load(root / "params/framework/2559", workshops=[workshop])
        assert amended.fingerprint == Framework.load(tmp_path / "amended").fingerprint


class TestFaults:
    def test_each_with_its_cell(self, edited):
        """Sheet, row and column as the spreadsheet shows them, all at once."""
        rows = {}

        def edit(book):
            sheet = book["elements"]
            rows["weight"] = row_of(sheet, "P2.1.1")
            sheet.cell(rows["weight"], column_of(sheet, "weight")).value = -1
            rows["type"] = row_of(sheet, "P1.1.1")
            sheet.cell(rows["type"], column_of(sheet, "question.type")).value = "lader"
            rows["direction"] = row_of(sheet, "P3.1.1")
            sheet.cell(rows["direction"], column_of(sheet, "direction")).value = "up"

        with pytest.raises(WorkbenchError) as caught:
            read_framework_workbook(edited(edit))
        found = {(fault.sheet, fault.row) for fault in caught.value.faults}

        assert {("elements", rows["weight"]), ("elements", rows["type"]), ("elements", rows["direction"])} <= found
        weight = next(fault for fault in caught.value.faults if fault.row == rows["weight"])
        assert "E (weight)" == weight.column
        assert "0.0 or more" == weight.allowed

    def test_the_shape_of_the_tree(self, edited):
        """Unknown parents, circles, repeated ids and options without a question."""

        def edit(book):
            sheet = book["elements"]
            sheet.cell(row_of(sheet, "P1.1"), 1).value = "P9"
            sheet.cell(row_of(sheet, "P2"), 1).value = "P2.1"
            sheet.cell(row_of(sheet, "P3.1.2"), 2).value = "P3.1.1"
            book["options"].append(["nowhere", 1, 1, "ก", "a"])

        with pytest.raises(WorkbenchError) as caught:
            read_framework_workbook(edited(edit))
        problems = [fault.problem for fault in caught.value.faults]

        assert "parent `P9` is no element." in problems
        assert "`P2` lies inside itself." in problems
        assert "id `P3.1.1` is used twice." in problems
        assert "`nowhere` has options, but no question." in problems

    def test_columns_and_cells_that_are_needed(self, edited):
        """Named once each."""

        def edit(book):
            book["elements"].cell(1, 1).value = "parnt"
            book["settings"].cell(3, 1).value = None

        with pytest.raises(WorkbenchError) as caught:
            read_framework_workbook(edited(edit))
        text = str(caught.value)

        assert "column `parent` is missing." in text
        assert "`setting` is empty." in text

    def test_no_workbook(self, root, tmp_path):
        """Exit 2 and a sentence; nothing is written over something."""
        (tmp_path / "x.xlsx").write_text("no workbook", encoding="utf-8")
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "note.txt").write_text("mine", encoding="utf-8")
        bad = call(root, "from-xlsx", tmp_path / "x.xlsx", tmp_path / "out")
        call(root, "to-xlsx", "params/framework/egdi", tmp_path / "good.xlsx")
        over = call(root, "from-xlsx", tmp_path / "good.xlsx", tmp_path / "full")
        name = call(root, "to-xlsx", "params/framework/egdi", tmp_path / "framework.csv")

        assert (2, 2, 2) == (bad.returncode, over.returncode, name.returncode)
        assert "this is not an Excel workbook, or it is damaged." in bad.stderr
        assert "there is something in the place of the framework already." in over.stderr
        assert "the workbook has another extension." in name.stderr
        assert ["note.txt"] == [path.name for path in (tmp_path / "full").iterdir()]
        assert not (tmp_path / "out").exists()
