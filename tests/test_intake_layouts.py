"""Layouts of files that would lose records or cells without a word: each is read whole, or refused at its address."""

from __future__ import annotations

import csv
import io

import openpyxl
import pandas as pd
import pytest

from workbench import Framework, read_survey
from workbench.errors import WorkbenchError
from workbench.sample import make_sample


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
