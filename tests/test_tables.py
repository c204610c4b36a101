"""Tables: real files first, then what stays as it is, then every file that is refused."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.errors import WorkbenchError
from workbench.grids import PIECE
from workbench.intake.headers import Headers
from workbench.tables import MOST_FAULTS, read_table


@pytest.fixture
def write(tmp_path):
    """Write bytes or text under a name and give the path."""

    def write(content, name="t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    """Write rows to the first sheet of a workbook and give the path."""

    def workbook(rows, name="t.xlsx", **more):
        book = openpyxl.Workbook()
        book.active.title = "answers"
        for row in rows:
            book.active.append(row)
        for sheet, content in more.items():
            other = book.create_sheet(sheet)
            for row in content:
                other.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return workbook


def refusal(path, **options):
    """The words of the refusal of a file."""
    with pytest.raises(WorkbenchError) as caught:
        read_table(path, **options)
    return str(caught.value)


class TestRealFiles:
    def test_countries(self, shared):
        """The UN's table of 2016 has 193 countries, and all its numbers are numbers."""
        table = read_table(shared / "egdi_2016.csv")

        assert 193 == len(table)
        assert 0.33335 == table.columns["e-gov-index"].as_numbers()[0][0]
        assert "IRQ" == table.columns["country-code"].text_at(0)

    def test_thai_excel(self, shared):
        """A file in cp874 is read as such, and says so."""
        table = read_table(shared / "fixture_provinces_cp874.csv")

        assert "cp874" == table.encoding
        assert "กรุงเทพมหานคร" == table.columns["name_th"].text_at(0)

    def test_every_table(self, shared):
        """Every table of real data can be read."""
        sizes = {path.name: len(read_table(path)) for path in sorted(shared.glob("*.csv"))}

        assert 77 == sizes["provinces.csv"] == sizes["province_context_2559.csv"]
        assert 539 == sizes["hai_by_province_2558_2564.csv"]


class TestCellsStayWhatTheyAre:
    def test_codes_stay_text(self, write):
        """NA and NaN are names, 012 keeps its zero; only an empty cell or one of spaces is missing."""
        column = read_table(write("code,n\nNA,1\n012,2\nNaN,3\nnull,4\n,5\n  ,6\n\u00a0\u200b,7\n")).columns["code"]

        assert ["NA", "012", "NaN", "null", "", "", ""] == [column.text_at(place) for place in range(7)]
        assert [False] * 4 + [True] * 3 == column.missing.tolist()

    def test_kinds_of_excel_cells(self, workbook):
        """Text stays text and numbers numbers; blank cells among numbers are missing; true and dates become text."""
        path = workbook(
            [["id", "n", "mixed", "flag", "day"], ["007", 4, "x", True, dt.date(2016, 5, 23)], ["8", None, 2.5, False, None]],
        )
        columns = read_table(path).columns

        assert "007" == columns["id"].text_at(0)
        assert [4.0, True] == [columns["n"].numbers[0], bool(np.isnan(columns["n"].numbers[1]))]
        assert ("x", "2.5") == (columns["mixed"].text_at(0), columns["mixed"].text_at(1))
        assert ("TRUE", "FALSE") == (columns["flag"].text_at(0), columns["flag"].text_at(1))
        assert "2016-05-23" == columns["day"].text_at(0)

    def test_three_formats_alike(self, tmp_path):
        """The same frame reads alike from .xlsx, .csv, .tsv and .parquet."""
        frame = pd.DataFrame(
            {"unit": ["TH-50", "NA"], "x": [1.5, np.nan], "k": pd.array([3, None], dtype="Int64"), "ก": ["น้ำ", None]}
        )
        frame.to_excel(tmp_path / "t.xlsx", index=False)
        frame.to_csv(tmp_path / "t.csv", index=False)
        frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
        frame.to_parquet(tmp_path / "t.parquet")
        seen = []
        for kind in ("xlsx", "csv", "tsv", "parquet"):
            columns = read_table(tmp_path / f"t.{kind}").columns
            seen.append([[column.text_at(row) for row in range(2)] for column in columns.values()])

        assert [["TH-50", "NA"], ["1.5", ""], ["3", ""], ["น้ำ", ""]] == seen[0]
        assert seen[0] == seen[1] == seen[2] == seen[3]

    def test_kinds_of_parquet_columns(self, tmp_path):
        """Categories, booleans, dates and empty columns of parquet are understood."""
        frame = pd.DataFrame(
            {
                "c": pd.Categorical(["b", None, "a"]),
                "b": [True, False, True],
                "d": pd.to_datetime(["2016-05-23"] * 3),
                "e": [None, None, None],
                "i": [1, 2, 3],
            }
        )
        frame.to_parquet(tmp_path / "t.parquet")
        columns = read_table(tmp_path / "t.parquet").columns

        assert ["b", "", "a"] == [columns["c"].text_at(row) for row in range(3)]
        assert "TRUE" == columns["b"].text_at(0)
        assert columns["d"].text_at(0).startswith("2016-05-23")
        assert columns["e"].missing.all()
        assert [1.0, 2.0, 3.0] == columns["i"].numbers.tolist()

    def test_frame(self, write):
        """As a frame a table has its own row numbers."""
        frame = read_table(write("a,b\n1,x\n\n2,\n")).frame

        assert [2, 4] == frame.index.tolist()
        assert frame["b"].isna().tolist() == [False, True]


class TestAddresses:
    def test_rows_as_shown(self, write):
        """Rows are counted as a spreadsheet shows them: blank lines count, a text of two lines is one row."""
        table = read_table(write('\r\na,b\r\n1,"two\r\nlines"\r\n\r\n2,x\r\n,\r\n3,y\r\n'))

        assert [3, 5, 7] == table.rows.tolist()

    def test_columns_as_shown(self, workbook):
        """A column's address is its letter and its header, counted from the edge of the sheet."""
        path = workbook([[None] * 27 + ["late"], [None] * 27 + [1]])

        assert "AB (late)" == read_table(path).columns["late"].address

    def test_rows_of_excel(self, workbook):
        """The header may stand below empty rows; empty rows between records count."""
        table = read_table(workbook([[None], ["a"], [1], [None], [2]]))

        assert [3, 5] == table.rows.tolist()

    def test_rows_of_parquet(self, tmp_path):
        """Parquet has no header row: records are counted from 1 and columns have no letter."""
        pd.DataFrame({"a": [1.0, 2.0]}).to_parquet(tmp_path / "t.parquet")
        table = read_table(tmp_path / "t.parquet")

        assert [1, 2] == table.rows.tolist()
        assert "a" == table.columns["a"].address

    def test_rows_of_a_long_file(self, write):
        """Rows are counted over all the pieces in which a large file is parsed."""
        body = "a,b\n" + "".join(f"{i},{'x' * 80}\n" for i in range(400_000)) + "7\n"

        assert "row 400002: the row has 1 cells, the header has 2." in refusal(write(body))

    def test_many_faults_are_counted(self, write):
        """A wrong column of a long file is described cell by cell only so far; the rest is counted."""
        table = read_table(write("a\n" + "x\n" * (MOST_FAULTS + 5)))
        faults = list(table.each(np.ones(len(table), dtype=bool), "a", lambda row: table.fault("wrong.", row, "a")))

        assert MOST_FAULTS + 1 == len(faults)
        assert f"row {MOST_FAULTS + 2}, column A (a): the column has 5 more faults" in str(faults[-1])


class TestColumns:
    def test_dropped_columns_leave_no_trace(self, workbook):
        """Columns that are to be dropped are in no part of the table."""
        table = read_table(workbook([["unit", "phone"], ["a", "0812345678"]]), headers=Headers(dropped=frozenset(["phone"])))

        assert "0812345678" not in repr(table)
        assert ["unit"] == list(table.columns)

    def test_unnamed_empty_columns_are_left_out(self, write):
        """Separators at the end of every line, as Excel leaves them, are no columns."""
        assert ["a"] == list(read_table(write("a,,\n1,,\n")).columns)

    def test_headers_are_cleaned(self, write):
        """A byte-order mark and spaces around are no part of a name."""
        assert ["unit", "a b"] == list(read_table(write("\ufeffunit , a  b\n1,2\n")).columns)

    def test_hidden_sheets_are_passed_over(self, tmp_path):
        """The first visible sheet is read; another one by its name."""
        book = openpyxl.Workbook()
        book.active.append(["hidden"])
        book.active.append([1])
        for name in ("seen", "other"):
            sheet = book.create_sheet(name)
            sheet.append([name])
            sheet.append([1])
        book.active.sheet_state = "hidden"
        book.active = 1
        book.save(tmp_path / "t.xlsx")

        assert ["seen"] == list(read_table(tmp_path / "t.xlsx").columns)
        assert ["other"] == list(read_table(tmp_path / "t.xlsx", sheet="other").columns)
        assert "there is no sheet `othr`" in refusal(tmp_path / "t.xlsx", sheet="othr")
        assert "did you mean `other`?" in refusal(tmp_path / "t.xlsx", sheet="othr")


REFUSED = {
    "an empty file": ("t.csv", b"", "the file is empty."),
    "only blank lines": ("t.csv", b"\n\r\n\n", "the file holds no table."),
    "only a header": ("t.csv", b"a,b\n", "the table has a header but no row."),
    "a header over empty rows": ("t.csv", b"a,b\n,\n , \n", "the table has a header but no row."),
    "an unknown extension": ("t.ods", b"x", "a table cannot be read from `.ods`."),
    "an old workbook": ("t.xls", b"x", "a table cannot be read from `.xls`."),
    "no extension": ("table", b"a\n1\n", "the file name has no extension."),
    "half UTF-16": ("t.csv", "a,b\n1,2\n".encode("utf-16")[:-1], "the file begins as UTF-16, and goes on as something else."),
    "a NUL byte": ("t.csv", b"a,b\n1,\x002\n", "line 2: the file holds a NUL byte"),
    "no known encoding": ("t.csv", b"a,b\n1,\x81\n", "line 2: the text is neither UTF-8 nor cp874"),
    "an open quotation mark": ("t.csv", b'a,b\n1,"x\n2,y\n', "line 2: a double quotation mark is not closed."),
    "semicolons": ("t.csv", b"a;b\n1;2\n", "the columns are separated by semicolons, not commas."),
    "tabs in a csv": ("t.csv", b"a\tb\n1\t2\n", "the columns are separated by tabs, not commas."),
    "commas in a tsv": ("t.tsv", b"a,b\n1,2\n", "the columns are separated by commas, not tabs."),
    "a short row": ("t.csv", b"a,b\n1,2\n3\n", "row 3: the row has 1 cells, the header has 2."),
    "a long row": ("t.csv", b"a,b\n1,2\n3,4\n5,6,7\n", "row 4: the row has 3 cells, the header has 2."),
    "a name twice": ("t.csv", b"a,b,a\n1,2,3\n", "column C: column `a` appears 2 times, in A, C."),
    "a column without a name": ("t.csv", b"a,,c\n1,,3\n1,2,3\n", "row 3, column B: the column has content but no name."),
    "no header": ("t.csv", b",,\n1,2,3\n", "the table has no header."),
    "no workbook": ("t.xlsx", b"hello", "this is not an Excel workbook, or it is damaged."),
    "half a workbook": ("t.xlsx", b"PK\x03\x04" + b"\0" * 80, "this is not an Excel workbook, or it is damaged."),
    "no parquet": ("t.parquet", b"PAR1 hello", "the file cannot be read as .parquet"),
}


class TestRefusals:
    @pytest.mark.parametrize("case", REFUSED, ids=list(REFUSED))
    def test_one_clear_sentence(self, case, write):
        """A file that cannot be read as a table is refused by name, with what is wrong and where."""
        name, content, words = REFUSED[case]
        path = write(content, name)

        assert words in refusal(path)
        assert refusal(path).startswith(f"{path}")

    def test_missing_file(self, write):
        """A missing file is named, and the nearest name suggested."""
        path = write("a\n1\n", "answers.csv")

        assert "there is no such file." in refusal(path.with_name("answer.csv"))
        assert "did you mean `answers.csv`?" in refusal(path.with_name("answer.csv"))

    def test_folder(self, tmp_path):
        """A folder is no file."""
        assert "this is a folder, not a file." in refusal(tmp_path)

    def test_pipe(self, tmp_path):
        """A file that is none is not waited for."""
        os.mkfifo(tmp_path / "t.csv")

        assert "this is not an ordinary file." in refusal(tmp_path / "t.csv")

    def test_first_row_is_data(self, write):
        """Where no expected name is in the first row it is not quoted: it may be personal data."""
        words = refusal(write("Somchai,0812345678\nx,y\n"), headers=Headers(needed=("unit", "agency")))

        assert "row 1: the first row is no header" in words
        assert "0812345678" not in words

    def test_long_cell(self, write):
        """A header cell that never ends is refused, not waited for."""
        assert "cannot be read as .csv" in refusal(write('"' + "x" * 200_000 + '"\n1\n'))

    def test_nested_parquet(self, tmp_path):
        """A column of lists is no column of cells."""
        pd.DataFrame({"a": [[1, 2], [3]]}).to_parquet(tmp_path / "t.parquet")

        assert "column a: column `a` holds list" in refusal(tmp_path / "t.parquet")


class TestPieces:
    """A text is looked at piece by piece; nothing is lost, doubled or misplaced where two meet."""

    @pytest.mark.parametrize("shift", range(4))
    def test_letters_across_pieces(self, write, shift):
        """A Thai letter of three bytes may lie across two pieces."""
        rows = PIECE // 4
        table = read_table(write(("a,b\n" + "x" * shift + ",1\n" + "กข,2\n" * rows).encode()))

        assert (rows + 1, "utf-8") == (len(table), table.encoding)
        assert ["x" * shift, "กข", "กข"] == [table.columns["a"].text_at(row) for row in (0, 1, rows)]
        assert {"a", "", "x" * shift, "กข"} >= {*table.columns["a"].texts}

    def test_line_that_is_not_text(self, write):
        """Bytes that are neither UTF-8 nor cp874 are named by their line, behind the first piece too."""
        lines = ["a,b", *("xy,1" for _ in range(PIECE // 4))]
        broken = "\n".join(lines).encode() + b"\n\xdb\xff,2\n"

        assert f"line {len(lines) + 1}: the text is neither UTF-8 nor cp874" in refusal(write(broken))

    @pytest.mark.parametrize("lead", ["", "\r\n\n", "a title,,,\n,,,\n"])
    def test_mark_of_utf8(self, write, lead):
        """The mark before the first cell is no part of it, quoted or below titles, and rows keep their numbers."""
        names = dict(zip("abcd", "abcd", strict=True))
        headers = Headers(own=frozenset(names), spellings=names, needed=tuple(names), keys=tuple(names))
        table = read_table(write(("\ufeff" + lead + '"a",b,c,d\nก,2,3,4\n').encode()), headers=headers)

        assert ["a", "b", "c", "d"] == [*table.columns]
        assert [lead.count("\n") + 2] == table.rows.tolist()

    def test_mark_before_a_broken_quote(self, write):
        """A first cell that goes on after its quotation mark is refused behind the mark too."""
        assert "goes on after the one that closes it" in refusal(write('\ufeff"a"x,"b"\n1,2\n'.encode()))

    @pytest.mark.parametrize("texts", [["ก", None, "ข", "ก"], [None, None, "x", ""]])
    def test_coded_parquet(self, tmp_path, texts):
        """Text in a parquet file reads the same whether it is written as codes or not, in several groups of rows."""
        found = []
        for name, kind in (
            ("plain", pa.string()),
            ("large", pa.large_string()),
            ("coded", pa.dictionary(pa.int32(), pa.string())),
        ):
            column = pa.array(texts * 3, pa.string()).cast(kind) if name == "large" else pa.array(texts * 3, pa.string())
            column = column.dictionary_encode() if name == "coded" else column
            pq.write_table(pa.table({"a": column, "b": range(12)}), tmp_path / f"{name}.parquet", row_group_size=5)
            table = read_table(tmp_path / f"{name}.parquet")
            found.append([table.columns["a"].text_at(row) for row in range(12)])

        assert [[text or "" for text in texts * 3]] * 3 == found

    def test_row_longer_than_a_piece(self, write):
        """A row may be longer than what is parsed together."""
        table = read_table(write("a,b\n" + "1,y\n" * 50 + f"2,{'x' * (3 * PIECE)}\n3,z\n"))

        assert 52 == len(table)
        assert ["y", "x" * (3 * PIECE), "z"] == [table.columns["b"].text_at(row, None) for row in (49, 50, 51)]

    def test_rows_of_many_pieces(self, write):
        """Every record keeps its cells and its row."""
        count = PIECE // 4
        table = read_table(write("a,b\n" + "".join(f"{row},{row % 7}\n" for row in range(2, count + 2))))
        codes, texts = table.columns["a"].as_text()

        assert [*range(2, count + 2)] == table.rows.tolist() == [int(texts[code]) for code in codes]

    def test_odd_row_behind_the_first_piece(self, write):
        """A row with another number of cells is named by its row."""
        rows = "1,2\n" * PIECE

        assert f"row {PIECE + 2}: the row has 3 cells, the header has 2." in refusal(write("a,b\n" + rows + "1,2,3\n"))


class TestWorkbooks:
    def test_spreadsheet_errors(self, workbook):
        """A cell with an error would be read as blank; it is refused with its address."""
        assert "row 3, column B: the cell holds the spreadsheet error #N/A." in refusal(
            workbook([["a", "b"], [1, 2], [3, "#N/A"]])
        )

    def test_formulas_without_result(self, workbook):
        """A formula that was never computed has no value; it is refused with its address."""
        assert "row 2, column B: the cell holds a formula without a stored result." in refusal(
            workbook([["a", "b"], [1, "=A2+1"]])
        )

    def test_errors_on_other_sheets(self, workbook):
        """Other sheets are not the table."""
        path = workbook([["a"], [1]], notes=[["=1+1", "#N/A"]])

        assert 1 == len(read_table(path))

    def test_empty_sheet(self, workbook):
        """A workbook with an empty first sheet holds no table."""
        assert "the sheet is empty." in refusal(workbook([]))

    def test_far_cell(self, tmp_path):
        """A cell in the far corner would make a rectangle of billions of cells; it is refused before it is made."""
        book = openpyxl.Workbook()
        book.active["A1"], book.active["XFD1048576"] = "a", 1
        book.save(tmp_path / "t.xlsx")

        assert "a sheet reaches to row 1,048,576 and column XFD: 17,179,869,184 cells." in refusal(tmp_path / "t.xlsx")

    def test_many_cells_at_one_address(self, workbook, tmp_path):
        """Cells that repeat one address make a small rectangle; each would be held in memory all the same."""
        old = zipfile.ZipFile(workbook([["a"], [1]]))
        with zipfile.ZipFile(tmp_path / "cells.xlsx", "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                body = old.read(name)
                new.writestr(
                    name, body.replace(b"</row>", b'<c r="B2"/>' * 8_000_000 + b"</row>", 1) if "sheet1" in name else body
                )

        assert "a sheet holds more than 8,000,000 cells." in refusal(tmp_path / "cells.xlsx")

    def test_small_file_that_unpacks_large(self, workbook, tmp_path):
        """A member that claims gigabytes is refused before it is unpacked."""
        raw = io.BytesIO(workbook([["a"], [1]]).read_bytes())
        with zipfile.ZipFile(raw, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/media/zeros.bin", b"\0" * 301_000_000)
        (tmp_path / "bomb.xlsx").write_bytes(raw.getvalue())

        assert len(raw.getvalue()) < 400_000
        assert "the workbook unpacks to more than 300,000,000 bytes." in refusal(tmp_path / "bomb.xlsx")

    def test_member_that_lies(self, workbook, tmp_path):
        """A member that says it is smaller than it is fails its checksum."""
        raw = io.BytesIO(workbook([["a"], [1]]).read_bytes())
        with zipfile.ZipFile(raw, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.bin", b"\0" * 5_000_000)
        lying = raw.getvalue().replace((5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
        (tmp_path / "lie.xlsx").write_bytes(lying)

        assert "this is not an Excel workbook, or it is damaged." in refusal(tmp_path / "lie.xlsx")

    def test_document_type(self, workbook, tmp_path):
        """A part that declares a document type, as entity attacks do, is refused."""
        source = zipfile.ZipFile(workbook([["a"], [1]]))
        with zipfile.ZipFile(tmp_path / "x.xlsx", "w") as target:
            for name in source.namelist():
                body = source.read(name)
                evil = b'<!DOCTYPE x [<!ENTITY a "b">]>' if name == "xl/workbook.xml" else b""
                target.writestr(name, body.replace(b"<workbook", evil + b"<workbook", 1))

        assert "part `xl/workbook.xml` declares a document type." in refusal(tmp_path / "x.xlsx")
