"""Layouts of files that would lose records or cells without a word: each is read whole, or refused at its address."""

from __future__ import annotations

import csv
import io
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from workbench import Framework, read_survey
from workbench.errors import WorkbenchError
from workbench.sample import make_sample
from workbench.sheet_body import column_letter


@pytest.fixture(scope="module")
def framework(root):
    return Framework.load(root / "params/framework/2559")


@pytest.fixture(scope="module")
def valid(framework):
    """A valid survey of three provinces, as the texts of its cells."""
    frame = make_sample(framework, units=3, agencies=4, seed=3)
    return frame.astype("str").where(frame.notna(), "").drop(columns=["unit_name", "agency_name"])


@pytest.fixture
def read(framework, tmp_path):
    """Write bytes, a workbook or a frame, and read it."""

    def call(content, name="answers.csv"):
        path = tmp_path / name
        if isinstance(content, pd.DataFrame):
            content = content.to_csv(index=False).encode()
        path.write_bytes(content if isinstance(content, bytes) else saved(content))
        return read_survey(path, framework)

    return call


def saved(book):
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def text(rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def sheet_of(frame):
    book = openpyxl.Workbook()
    book.active.title = "answers"
    for row in [list(frame.columns), *frame.to_numpy().tolist()]:
        book.active.append(row)
    return book


def faults_of(call, *arguments):
    with pytest.raises(WorkbenchError) as caught:
        call(*arguments)
    return caught.value.faults


class TestHeader:
    @pytest.mark.parametrize("name", ["answers.csv", "answers.xlsx"])
    def test_sorted_among_the_records(self, valid, read, name):
        """Records above the header would be taken for titles: the first of them is named."""
        rows = [*valid.to_numpy().tolist()[:3], list(valid.columns), *valid.to_numpy().tolist()[3:]]
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        (fault,) = faults_of(read, text(rows) if name.endswith("csv") else book, name)

        assert 1 == fault.row
        assert "the row stands above the header, which is in row 4, and is filled like a record." == fault.problem

    def test_ids_above_questions(self, valid, read, framework):
        """Two rows that name the same columns are one header, whichever stands above."""
        labels = {item.id: item.label.th for item in framework.indicators} | {"unit": "จังหวัด", "agency": "หน่วยงาน"}
        two = [list(valid.columns), [labels.get(name, "") for name in valid.columns]]
        for header in (two, two[::-1]):
            responses = read(text([*header, *valid.to_numpy().tolist()]))

            assert 2 == responses.reading["header_row"].iloc[0]
            pd.testing.assert_frame_equal(read(valid).answers, responses.answers)


class TestQuotes:
    def rows(self, valid, marks):
        """A survey whose personal column has stray marks; it is dropped, and with it whatever they swallow."""
        frame = valid.copy()
        frame.insert(3, "coordinator_name", "x")
        lines = [line.split(",") for line in frame.to_csv(index=False).splitlines()]
        for line, mark in marks.items():
            lines[line][3] = mark
        return "\n".join(map(",".join, lines)).encode()

    def test_two_that_open(self, valid, read):
        """The second mark closes the cell of the first, with a text behind it."""
        (fault,) = faults_of(read, self.rows(valid, {2: '"Somchai', 4: '"Somsri'}))

        assert 3 == fault.line
        assert "goes on after the one that closes it" in fault.problem

    @pytest.mark.parametrize("last", [3, 4, 7])
    def test_one_that_opens_and_one_that_closes(self, valid, read, last):
        """A correct cell by the rules of .csv, which holds whole records: without this they were lost in silence."""
        (fault,) = faults_of(read, self.rows(valid, {2: '"Somchai', last: 'Somsri"'}))

        assert 3 == fault.row
        assert f"holds the end of this row and {last - 2} more" in fault.problem
        assert "Som" not in str(fault)

    @pytest.mark.parametrize("cell", ['"two\nlines, one comma"', '"a ""b"", c"', 'x "y" z', '"\r\n,\r"'])
    def test_marks_as_they_should_be(self, valid, read, cell):
        """Breaks, separators and doubled marks within marks, and marks within a text, are a cell like any other."""
        pd.testing.assert_frame_equal(read(valid).answers, read(self.rows(valid, {2: cell})).answers)

    @pytest.mark.parametrize("title", ['"two\rlines"', '"two\r\nlines"', '"two\nlines"'])
    def test_a_break_in_a_title(self, valid, read, title):
        """However its line is broken, a title above the header costs no record."""
        body = f"{title},,\n".encode() + valid.to_csv(index=False).encode()

        pd.testing.assert_frame_equal(read(valid).answers, read(body).answers)


def rewritten(raw, change):
    """A workbook whose parts went through *change*, name and bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
SPREADSHEET, DOCUMENT = (
    b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    b"http://schemas.openxmlformats.org/officeDocument/",
)


def prefixed(name, body):
    """As the libraries of Microsoft write it."""
    return re.sub(rb"<(/?)(\w)", rb"<\1x:\2", body).replace(b" xmlns=", b" xmlns:x=") if name == SHEET else body


def unplaced(name, body):
    """Without the addresses of cells and rows, which the format allows to leave out."""
    return re.sub(rb'<(c|row) r="[A-Z0-9]+"', rb"<\1", body) if name == SHEET else body


def strict(_, body):
    """The strict form of the format, which Excel can save."""
    other = b"http://purl.oclc.org/ooxml/"
    return body.replace(SPREADSHEET, other + b"spreadsheetml/main").replace(
        DOCUMENT + b"2006/relationships", other + b"officeDocument/relationships"
    )


LAYOUTS = {"plain": lambda _, body: body, "prefixed": prefixed, "unplaced": unplaced, "strict": strict}


@pytest.mark.parametrize("layout", LAYOUTS)
class TestWorkbooks:
    """Whatever program wrote a workbook, its cells say the same."""

    @pytest.fixture
    def book(self, valid):
        return sheet_of(valid)

    @pytest.fixture
    def at(self, valid):
        return lambda name: list(valid.columns).index(name) + 1

    def test_errors(self, book, at, read, layout):
        """An error is no blank."""
        cell = book.active.cell(2, at("P4.1.4"))
        cell.value = "#N/A"
        cell.data_type = "e"
        faults = faults_of(read, rewritten(saved(book), LAYOUTS[layout]), "a.xlsx")

        assert ("row 2", "the cell holds the spreadsheet error #N/A.") == (f"row {faults[0].row}", faults[0].problem)

    def test_errors_and_other_faults_at_once(self, book, at, read, layout):
        """One kind of fault does not hide the other."""
        cell = book.active.cell(2, at("P4.1.4"))
        cell.value = "#DIV/0!"
        cell.data_type = "e"
        book.active.cell(3, at("P1.1.1")).value = 9
        faults = faults_of(read, rewritten(saved(book), LAYOUTS[layout]), "a.xlsx")

        assert [2, 3] == [fault.row for fault in faults]

    def test_formulas(self, book, at, read, layout):
        """A formula that was never computed is no blank; one whose result is an empty text is."""
        book.active.cell(2, at("P4.1.4")).value = "=1+1"
        raw = saved(book)
        faults = faults_of(read, rewritten(raw, LAYOUTS[layout]), "a.xlsx")
        assert "the cell holds a formula without a stored result." == faults[0].problem
        computed = re.compile(rb'(<c r="[A-Z]+2")( s="\d+")?(?: t="\w+")?><f>1\+1</f><v\s*/?>(?:</v>)?</c>')
        empty = rewritten(raw, lambda _, body: computed.sub(rb'\1 t="str"><f>1+1</f><v></v></c>', body))
        assert empty != raw

        assert np.isnan(read(rewritten(empty, LAYOUTS[layout]), "a.xlsx").answers["P4.1.4"].iloc[0])

    def test_percentages(self, book, at, read, layout):
        """What shows 49% is 49."""
        cell = book.active.cell(2, at("P4.1.4"))
        cell.value, cell.number_format = 0.49, "0%"

        assert 49 == read(rewritten(saved(book), LAYOUTS[layout]), "a.xlsx").answers["P4.1.4"].iloc[0]

    def test_merged_records(self, book, at, read, layout):
        """A value that a person sees in three records is stored in one of them."""
        place = at("P1.1.1")
        for row in (2, 3, 4):
            book.active.cell(row, place).value = 2
        book.active.merge_cells(start_row=2, end_row=4, start_column=place, end_column=place)
        faults = faults_of(read, rewritten(saved(book), LAYOUTS[layout]), "a.xlsx")
        letter = column_letter(place - 1)

        assert f"the cells {letter}2:{letter}4 are merged, so that only the first of them holds the value." == faults[0].problem
        assert (2, f"{letter} (P1.1.1)") == (faults[0].row, faults[0].column)

    def test_hidden_rows_and_columns(self, book, valid, read, layout):
        """They are read like others, and told."""
        if layout == "unplaced":
            pytest.skip("without the numbers of rows the library that writes the test cannot hide them")
        for row in (3, 5, 6, 7):
            book.active.row_dimensions[row].hidden = True
        book.active.row_dimensions[900].hidden = True
        book.active.column_dimensions["F"].hidden = True
        responses = read(rewritten(saved(book), LAYOUTS[layout]), "a.xlsx")

        assert ["3, 5-7"] == responses.reading["hidden_rows"].tolist()
        assert ["F"] == responses.reading["hidden_columns"].tolist()
        pd.testing.assert_frame_equal(read(valid).answers, responses.answers)


class TestBounds:
    def test_other_sheets_are_told(self, valid, read):
        """A visible sheet beside the table is not read, and its name is told."""
        book = sheet_of(valid)
        book.create_sheet("notes")["A1"] = "x"
        book.create_sheet("empty")

        assert ["notes"] == read(book, "a.xlsx").reading["other_sheets"].tolist()

    def test_a_text_in_a_million_cells(self, valid, read):
        """A long text that is stored once and shown in many cells is counted before it is held."""
        cells = b"".join(b'<c r="%b2" t="s"><v>0</v></c>' % column_letter(place).encode() for place in range(300, 2300))
        out = io.BytesIO(rewritten(saved(sheet_of(valid)), lambda _, body: body.replace(b"</row>", cells + b"</row>", 1)))
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", b"<sst><si><t>" + b"x" * 1_000_000 + b"</t></si></sst>")
        (fault,) = faults_of(read, out.getvalue(), "a.xlsx")
        assert "bytes of text." in fault.problem

    @pytest.mark.parametrize("start", ["\ufeff", ""])
    def test_parts_of_two_bytes_a_letter(self, valid, read, start):
        """They would hide a document type."""

        def change(name, body):
            return (start + body.decode()).encode("utf-16-le") if name == "xl/workbook.xml" else body

        (fault,) = faults_of(read, rewritten(saved(sheet_of(valid)), change), "a.xlsx")
        assert "part `xl/workbook.xml` is not written in UTF-8." == fault.problem

    @pytest.mark.parametrize(
        ("name", "body", "words"),
        [
            ("a.csv", b"PK\x03\x04\0", "this is a workbook or another packed file, not .csv."),
            ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1", "this is an old .xls workbook, or one with a password, not .xlsx."),
            ("a.xlsx", b"\r\n<HTML><table>", "this is a web page, not .xlsx."),
            ("a.csv", b"\xef\xbb\xbf<html>", "this is a web page, not .csv."),
            ("a.xlsx", b"%PDF-1.7", "this is a PDF document, not .xlsx."),
        ],
    )
    def test_another_kind_of_file(self, read, name, body, words):
        """What it is, where its first bytes tell."""
        assert words == faults_of(read, body, name)[0].problem
