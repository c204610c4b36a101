"""Workbooks: text stays text, the header stays in view, equal content gives equal bytes."""

from __future__ import annotations

import time

import numpy as np
import openpyxl
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.export import csv_bytes, safe_text
from workbench.sheets import MOST_ROWS, Sheet, write_workbook
from workbench.tables import read_table

EVIL = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0", "＝1"]


@pytest.fixture
def book(tmp_path):
    """Write sheets and open the workbook again."""

    def book(*sheets):
        write_workbook(tmp_path / "t.xlsx", sheets, "title")
        return openpyxl.load_workbook(tmp_path / "t.xlsx")

    return book


class TestText:
    @pytest.mark.parametrize("wrap", [False, True])
    def test_formulas_never_run(self, book, wrap):
        """Text that begins like a formula is text in the workbook, marked as such, and reads as it was."""
        sheet = book(Sheet(name="a", frame=pd.DataFrame({"=HEAD": EVIL}), wrap=wrap))["a"]
        cells = [row[0] for row in sheet.iter_rows()]

        assert all(cell.data_type == "s" and cell.quotePrefix for cell in cells)
        assert ["=HEAD", *EVIL] == [cell.value for cell in cells]

    def test_numbers_stay_numbers(self, book):
        """Negative numbers are numbers, missing cells are empty, control characters are left out."""
        frame = pd.DataFrame({"n": [-1.5, np.nan], "k": pd.array([3, None], dtype="Int64"), "t": ["a\x07b", "c"]})
        sheet = book(Sheet(name="a", frame=frame))["a"]

        assert [(-1.5, 3, "ab"), (None, None, "c")] == list(sheet.iter_rows(min_row=2, values_only=True))


class TestLooks:
    def test_header_stays_in_view(self, book):
        """The header is bold and frozen with the first columns; widths are as asked."""
        sheet = book(Sheet(name="a", frame=pd.DataFrame({"unit": [1], "x": [2]}), frozen=1, widths={"x": 33}))["a"]

        assert "B2" == sheet.freeze_panes
        assert sheet["A1"].font.b
        assert 33 == sheet.column_dimensions["B"].width


class TestFile:
    def test_same_bytes(self, tmp_path):
        """The same content gives the same bytes at another time."""
        frame = pd.DataFrame({"ก": ["น้ำ"], "n": [1.5]})
        for name in ("a.xlsx", "b.xlsx"):
            write_workbook(tmp_path / name, [Sheet(name="s", frame=frame)], "t")
            time.sleep(1.1)

        assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()

    def test_reads_back(self, tmp_path):
        """What was written reads back through the intake."""
        frame = pd.DataFrame({"unit": ["NA", "012"], "x": [1.5, 2.0]})
        write_workbook(tmp_path / "a.xlsx", [Sheet(name="s", frame=frame)], "t")

        assert frame.to_numpy().tolist() == read_table(tmp_path / "a.xlsx").frame.to_numpy().tolist()

    def test_too_many_rows(self, tmp_path):
        """More rows than Excel holds are refused before anything is written."""
        frame = pd.DataFrame({"a": np.zeros(MOST_ROWS)})
        with pytest.raises(WorkbenchError) as caught:
            write_workbook(tmp_path / "a.xlsx", [Sheet(name="s", frame=frame)], "t")

        assert "sheet s would have 1,048,577 rows." in str(caught.value)
        assert "write .parquet or .csv." in str(caught.value)
        assert [] == list(tmp_path.iterdir())


class TestCsv:
    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"])
    def test_text_that_would_run_is_marked(self, start):
        """Each first character that the OWASP verification standard (ASVS 5, 1.2.10) and full-width keyboards know."""
        assert f"'{start}1+1" == safe_text(f"{start}1+1")

    def test_categories_heads_and_indices_are_text_too(self):
        """Wherever pandas keeps a text; numbers below zero stay numbers."""
        index = pd.Index(["=u", "v"], name="unit")
        frame = pd.DataFrame({"=h": pd.Categorical(["=1", "b"]), "n": [-1.5, None], "t": ["-", None]}, index=index)

        assert b"unit,'=h,n,t\n'=u,'=1,-1.5,'-\nv,b,,\n" == csv_bytes(frame)
