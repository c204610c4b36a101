"""Intake: every harmless variant is read and logged, every doubtful one is refused at its address, and nothing leaks."""

from __future__ import annotations

import csv
import io
import pickle
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import Framework, read_survey
from workbench.cleaning import clean
from workbench.errors import WorkbenchError
from workbench.intake.log import LOG_RULES
from workbench.intake.times import orders, parse
from workbench.questions import understood, year_of
from workbench.sample import make_sample
from workbench.xlsx import column_letter

ROW = 0
"""Position of the record that is changed: the governor's office of Samut Prakan."""


@pytest.fixture(scope="module")
def framework(root):
    return Framework.load(root / "params/framework/2559")


@pytest.fixture(scope="module")
def valid(framework):
    """A valid survey of three provinces, as the texts of its cells."""
    frame = make_sample(framework, units=3, agencies=4, seed=3)
    return frame.astype("str").where(frame.notna(), "").drop(columns=["unit_name", "agency_name"])


@pytest.fixture(scope="module")
def read(framework, tmp_path_factory):
    """Write a frame, or bytes, and read it."""
    folder = tmp_path_factory.mktemp("intake")

    def call(content, name="answers.csv", to=framework, **options):
        path = folder / name
        if isinstance(content, pd.DataFrame):
            content.to_csv(path, index=False) if name.endswith(".csv") else content.to_excel(path, index=False)
        else:
            path.write_bytes(content)
        return read_survey(path, to, **options)

    return call


def faults_of(call, *arguments, **options):
    with pytest.raises(WorkbenchError) as caught:
        call(*arguments, **options)
    return caught.value.faults


def changed(frame, column, text, row=ROW):
    """The survey with one cell changed."""
    other = frame.copy()
    other.loc[row, column] = text
    return other


def bare(frame):
    """The survey as bytes of UTF-8 without a byte-order mark."""
    return frame.to_csv(index=False).encode()


ACCEPTED = [
    ("unit", " TH-11 ", "TH-11", "spaces"),
    ("unit", "TH-11\u200b", "TH-11", "invisible"),
    ("unit", "\ufeffTH-11", "TH-11", "invisible"),
    ("unit", "จังหวัดสมุทรปราการ", "TH-11", "alias"),
    ("unit", "จ.สมุทรปราการ", "TH-11", "alias"),
    ("unit", "SAMUT PRAKAN", "TH-11", "alias"),
    ("unit", "samutprakan", "TH-11", "alias"),
    ("unit", "๑๑", "TH-11", "alias"),
    ("unit", "11", "TH-11", ""),
    ("unit", "สมุทรปราการ", "TH-11", ""),
    ("unit", "Samut\u00a0Prakan", "TH-11", "spaces"),
    ("agency", "สำนักงานจังหวัด", "A01", ""),
    ("agency", "สํานักงานจังหวัด", "A01", "sara_am"),
    ("agency", "สำนักงานจังหวัดสมุทรปราการ", "A01", "agency_of_province"),
    ("agency", "11-A01", "A01", "agency_of_province"),
    ("P1.1.1", "๒", 2, "thai_digits"),
    ("P1.1.1", " 2", 2, "spaces"),
    ("P1.1.1", "2.0", 2, ""),
    ("P1.1.1", "มีแล้วแต่ยังไม่ประกาศใช้", 2, ""),
    ("P1.1.1", "มีแล้ว แต่ยังไม่ประกาศใช้", 2, "option_spelling"),
    ("P1.1.1", "มีเเล้วแต่ยังไม่ประกาศใช้", 2, "sara_e"),
    ("P1.1.1", "WRITTEN, NOT ADOPTED", 2, "option_spelling"),
    ("P1.1.1", "Written,\u00a0not  adopted", 2, "spaces"),
    ("P1.1.2", "integration, citizen", "integration;citizen", "joined_options"),
    ("P1.1.2", "Integration, Citizen-centric services", "integration;citizen", "joined_options"),
    ("P1.1.2", "การบูรณาการ;การให้บริการโดยมีประชาชนเป็นศูนย์กลาง;", "integration;citizen", ""),
    ("P1.1.2", "citizen;;integration", "integration;citizen", ""),
    ("P1.2.1", "ไม่มี", "no", ""),
    ("P1.2.1", "NO ", "no", "spaces"),
    ("P1.2.1", "nO", "no", "option_spelling"),
    ("ict_budget_baht", "๑๒๘,๐๐๐", 128000, "thousands"),
    ("ict_budget_baht", "128,000", 128000, "thousands"),
    ("ict_budget_baht", "1.28e5", 128000, ""),
    ("P4.1.4", "49%", 49, "percent_sign"),
    ("P4.1.4", "๔๙ %", 49, "percent_sign"),
    ("P4.1.4", "49.0", 49, ""),
]
REFUSED = [
    ("unit", "เพชรบุร", '"เพชรบุร" is no known province'),
    ("unit", "Samut", '"Samut" is no known province'),
    ("unit", "TH-99", '"TH-99" is no known province'),
    ("unit", "สมุทร ปราการ เหนือ", "is no known province"),
    ("unit", "", "the province is missing"),
    ("agency", "A20", '"A20" is no known agency'),
    ("agency", "", "the agency is missing"),
    ("agency", "สำนักงานจังหวัดนนทบุรี", "is an office of TH-12, but the row is about TH-11"),
    ("agency", "12-A01", "is an office of TH-12, but the row is about TH-11"),
    ("agency", "สำนักงาน", '"สำนักงาน" is no known agency'),
    ("status", "maybe", '"maybe" is no status'),
    ("status", "no_answer", "there is an answer, but the status is no_answer"),
    ("P1.1.1", "5", '"5" is no answer here'),
    ("P1.1.1", "-1", '"-1" is no answer here'),
    ("P1.1.1", "1.5", '"1.5" is no answer here'),
    ("P1.1.1", "2 or 3", '"2 or 3" is no answer here'),
    ("P1.1.1", "ประกาศใช้", '"ประกาศใช้" is no answer here'),
    ("P1.1.2", "integration, citzen", '"integration, citzen" is no option here'),
    ("P1.1.2", "none;citizen", "says that no option applies and ticks one"),
    ("P1.1.2", ";", "ticks nothing"),
    ("P1.2.1", "1", '"1" is no answer here'),
    ("P1.2.1", "อาจจะ", '"อาจจะ" is no answer here'),
    ("P2.1.1", "6", '"6" is no answer here'),
    ("P2.1.1", "0", '"0" is no answer here'),
    ("ict_budget_baht", "128.000,00", "is no answer here"),
    ("ict_budget_baht", "1,28,000", "is no answer here"),
    ("ict_budget_baht", "128 000", "is no answer here"),
    ("ict_budget_baht", "about 128000", "is no answer here"),
    ("ict_budget_baht", "-5", "is no answer here"),
    ("ict_budget_baht", "128000 บาท", "is no answer here"),
    ("ict_budget_baht", "12 %", "is no answer here"),
    ("ict_budget_baht", "1e999", "is no answer here"),
    ("ict_budget_baht", "NaN", "is no answer here"),
    ("P4.1.4", "101", "is no answer here"),
    ("P4.1.4", "0,49", "is no answer here"),
    ("P4.1.4", "49%%", "is no answer here"),
    ("P4.1.4", "=1+1", "is no answer here"),
]


class TestCorpus:
    def test_the_valid_sample_is_valid(self, valid, read):
        """Nothing of it is cleaned, so that what follows is due to the change alone."""
        assert 0 == len(read(valid).log)

    @pytest.mark.parametrize(("column", "text", "answer", "rule"), ACCEPTED, ids=[f"{row[0]}={row[1]}" for row in ACCEPTED])
    @pytest.mark.parametrize("name", ["answers.csv", "answers.xlsx"])
    def test_harmless(self, valid, read, framework, column, text, answer, rule, name):
        """The cell means the same as the plain answer, and the log says which rule understood it, and where."""
        responses = read(changed(valid, column, text), name)
        first = responses.answers.iloc[ROW]
        found = first[column] if column not in ("unit", "agency") else {"unit": first["unit"], "agency": first["agency"]}[column]
        log = responses.log

        assert answer == found
        assert ({rule} if rule else set()) <= {*log["rule"]}
        if rule:
            line = log[log["rule"] == rule].iloc[0]
            place = f"{column_letter(list(valid.columns).index(column))} ({column})"
            assert (2, place) == (line["row"], line["column"])
            assert str(answer) in {line["cleaned"], f"{line['cleaned']}.0"}
        else:
            assert log.empty
        others = read(valid).answers.drop(columns=[column]).iloc[1:]
        pd.testing.assert_frame_equal(others, responses.answers.drop(columns=[column]).iloc[1:])

    @pytest.mark.parametrize(("column", "text", "words"), REFUSED, ids=[f"{row[0]}={row[1]}" for row in REFUSED])
    @pytest.mark.parametrize("name", ["answers.csv", "answers.xlsx"])
    def test_doubtful(self, valid, read, column, text, words, name):
        """One fault names the row and the column as the spreadsheet shows them, quotes the value and says how to mend it."""
        if text.startswith("=") and name.endswith(".xlsx"):
            pytest.skip("a workbook holds the formula, not the text; a formula without a result is refused by itself")
        faults = faults_of(read, changed(valid, column, text), name)
        letter = column_letter(list(valid.columns).index(column))
        own = [fault for fault in faults if words in fault.problem]

        assert own, [str(fault) for fault in faults]
        assert 2 == own[0].row
        assert own[0].column.partition(" ")[0] == letter or "status" in column
        assert own[0].fix

    def test_many_at_once(self, valid, read):
        """Every fault of the corpus in one file is reported in one go, by row."""
        other = valid.copy()
        wanted = [(column, text) for column, text, _ in REFUSED if column.startswith(("P", "ict"))]
        by_column = {}
        for column, text in wanted:
            row = by_column.get(column, 0)
            if row < len(other) and other.loc[row, "status"] == "answered":
                other.loc[row, column] = text
            by_column[column] = row + 1
        faults = faults_of(read, other)
        rows = [fault.row for fault in faults]

        assert 12 <= len(faults)
        assert rows == sorted(rows)


def with_titles(frame):
    rows = [["แบบสำรวจปี 2559", *[""] * (len(frame.columns) - 1)], [""] * len(frame.columns), list(frame.columns)]
    out = io.StringIO()
    csv.writer(out).writerows([*rows, *frame.to_numpy().tolist()])
    return out.getvalue().encode()


class TestFiles:
    @pytest.mark.parametrize(
        ("encoding", "said"),
        [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("cp874", "cp874"), ("tis-620", "cp874")],
    )
    def test_encodings(self, valid, read, framework, encoding, said):
        """Detected and said; the Thai text is the same in all."""
        texts = {item.id: item.label.th for item in framework.indicators}
        if encoding == "tis-620":  # it has neither dashes nor the quotation marks of Windows
            texts = {name: text for name, text in texts.items() if text.isascii() or not re.search("[–’“”]", text)}
        frame = valid.rename(columns=texts)
        responses = read(frame.to_csv(index=False).encode(encoding))

        assert said == responses.encoding
        pd.testing.assert_frame_equal(read(valid).answers, responses.answers)

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_titles_above_the_header(self, valid, read, end):
        """Rows above the header are passed over, and addresses count them."""
        body = with_titles(valid).replace(b"\r\n", end.encode())
        responses = read(body)
        (fault,) = faults_of(read, with_titles(changed(valid, "P1.1.1", "9")).replace(b"\r\n", end.encode()))

        assert 3 == responses.reading["header_row"].iloc[0]
        pd.testing.assert_frame_equal(read(valid).answers, responses.answers)
        assert 4 == fault.row

    def test_merged_cells_above_and_beside(self, valid, read, tmp_path):
        """Names merged down over a row of questions, and pillars merged across above them, are one header."""
        book = openpyxl.Workbook()
        sheet = book.active
        names = list(valid.columns)
        keys = 4
        for place, name in enumerate(names, start=1):
            sheet.cell(3 if place > keys else 2, place).value = name
        sheet.cell(1, 1).value = "แบบสำรวจ"
        sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(names))
        for place in range(1, keys + 1):
            sheet.merge_cells(start_row=2, end_row=3, start_column=place, end_column=place)
        sheet.cell(2, keys + 1).value = "ด้านที่ 1"
        sheet.merge_cells(start_row=2, end_row=2, start_column=keys + 1, end_column=len(names))
        for row in valid.to_numpy().tolist():
            sheet.append(row)
        raw = io.BytesIO()
        book.save(raw)
        responses = read(raw.getvalue(), "merged.xlsx")

        assert 3 == responses.reading["header_row"].iloc[0]
        pd.testing.assert_frame_equal(read(valid).answers, responses.answers)

    @pytest.mark.parametrize("language", ["th", "en"])
    def test_headers_in_words(self, valid, read, framework, language):
        """The text of the question stands for its id, with or without the id before it."""
        texts = {item.id: item.label.get(language) for item in framework.indicators}
        texts |= {field.id: f"{field.id} {field.label.get(language)}" for field in framework.numbers}
        texts |= {"unit": {"th": "จังหวัด", "en": "Province"}[language], "agency": {"th": "หน่วยงาน", "en": "AGENCY"}[language]}

        pd.testing.assert_frame_equal(read(valid).answers, read(valid.rename(columns=texts)).answers)

    def test_hidden_sheets_are_reported(self, valid, read, tmp_path):
        """What stands on a hidden sheet is not read, and its name is told."""
        raw = io.BytesIO()
        with pd.ExcelWriter(raw) as writer:
            valid.to_excel(writer, sheet_name="answers", index=False)
            valid.to_excel(writer, sheet_name="old", index=False)
            writer.book["old"].sheet_state = "hidden"
        responses = read(raw.getvalue(), "hidden.xlsx")

        assert "old" == responses.reading["hidden_sheets"].iloc[0]
        assert "answers" == responses.reading["sheet"].iloc[0]

    def test_two_tables(self, valid, read):
        """Which of two visible tables is meant is not guessed."""
        raw = io.BytesIO()
        with pd.ExcelWriter(raw) as writer:
            valid.to_excel(writer, sheet_name="north", index=False)
            valid.to_excel(writer, sheet_name="south", index=False)
        (fault,) = faults_of(read, raw.getvalue(), "two.xlsx")

        assert "2 visible sheets hold a table: `north`, `south`." == fault.problem

    def test_the_table_need_not_come_first(self, valid, read):
        """A sheet of notes before the table is told from it by the names of columns."""
        raw = io.BytesIO()
        with pd.ExcelWriter(raw) as writer:
            pd.DataFrame({"notes": ["read me"]}).to_excel(writer, sheet_name="notes", index=False)
            valid.to_excel(writer, sheet_name="answers", index=False)

        assert "answers" == read(raw.getvalue(), "notes.xlsx").reading["sheet"].iloc[0]

    @pytest.mark.parametrize(
        ("name", "body", "words"),
        [
            ("a.xlsx", b"unit,agency\n", "this is not an Excel workbook, or it is damaged"),
            ("a.csv", b"", "the file is empty"),
            ("a.csv", b"unit,agency\nTH-11,\x00A01\n", "NUL byte"),
            ("a.csv", b'unit,agency,P1.1.1\nTH-11,"A01,1\n', "a double quotation mark is not closed"),
            ("a.csv", b"unit,agency,P1.1.1\nTH-11,A01\n", "the row has 2 cells, the header has 3"),
            ("a.csv", b"unit;agency;P1.1.1\nTH-11;A01;1\n", "separated by semicolons"),
            ("a.pdf", b"%PDF-1.7\n", "a table cannot be read from `.pdf`"),
            ("a.csv", b"\xff\xfea\x00b", "begins as UTF-16"),
            ("a.csv", b"unit,agency\n" + b"\x81\xfc\n", "neither UTF-8 nor cp874"),
        ],
    )
    def test_files_that_are_no_tables(self, read, name, body, words):
        """One clear sentence each."""
        (fault,) = faults_of(read, body, name)

        assert words in fault.problem

    def test_truncated_workbook(self, valid, read):
        """Half a workbook is no workbook."""
        raw = io.BytesIO()
        valid.to_excel(raw, index=False)
        (fault,) = faults_of(read, raw.getvalue()[: len(raw.getvalue()) // 2], "half.xlsx")

        assert "this is not an Excel workbook, or it is damaged." == fault.problem

    def test_zip_bomb(self, read):
        """A small file that unpacks to gigabytes is refused at a bounded cost."""
        raw = io.BytesIO()
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 400_000_000)
        (fault,) = faults_of(read, raw.getvalue(), "bomb.xlsx")

        assert "unpacks to more than" in fault.problem


class TestNumberFormats:
    @pytest.fixture
    def formatted(self, valid):
        """A workbook whose column has this number and format in the first record."""

        def make(column, number, number_format):
            raw = io.BytesIO()
            with pd.ExcelWriter(raw, engine="openpyxl") as writer:
                valid.to_excel(writer, sheet_name="answers", index=False)
                cell = writer.book["answers"].cell(2, list(valid.columns).index(column) + 1)
                cell.value, cell.number_format = number, number_format
            return raw.getvalue()

        return make

    @pytest.mark.parametrize("number_format", ["0%", "0.00%", "0.0%;[Red]-0.0%", "#,##0 %"])
    def test_a_percentage_is_what_the_cell_shows(self, formatted, read, number_format):
        """0.49 in a cell that shows 49% is the answer 49, and the log says so."""
        responses = read(formatted("P4.1.4", 0.49, number_format), "percent.xlsx")

        assert 49 == responses.answers["P4.1.4"].iloc[0]
        assert ("49%", "49", "percent_sign") in {
            *responses.log[["original", "cleaned", "rule"]].itertuples(index=False, name=None)
        }

    def test_a_percentage_where_a_number_is_asked(self, formatted, read):
        """A cell that shows 12% is no amount of baht."""
        (fault,) = faults_of(read, formatted("ict_budget_baht", 0.12, "0%"), "percent.xlsx")

        assert '"12%" is no answer here.' == fault.problem

    @pytest.mark.parametrize("number_format", ["#,##0.00", "[$฿-41E]#,##0", '0.0"%"', "General"])
    def test_other_formats_change_nothing(self, formatted, read, number_format):
        """Currency, separators and a percent sign in quotation marks, which does not scale, leave the number as it is."""
        assert 49 == read(formatted("P4.1.4", 49, number_format), "percent.xlsx").answers["P4.1.4"].iloc[0]

    def test_a_date_is_no_number(self, formatted, read):
        """A number that Excel turned into a date is refused, not read as its day count."""
        (fault,) = faults_of(read, formatted("P4.1.4", 49, "yyyy-mm-dd"), "percent.xlsx")

        assert "is no answer here." in fault.problem


class TestForms:
    def test_google(self, valid, read, framework):
        """Question texts as headers, a timestamp, an e-mail address that is left behind, boxes joined by commas."""
        boxes = [item for item in framework.indicators if item.question.type == "multi_select"]
        frame = valid[valid["status"] == "answered"].drop(columns=["status"])
        for item in boxes:
            labels = {option.value: option.label.th for option in item.question.options}
            frame[item.id] = [
                ", ".join(labels.get(part, part) for part in cell.split(";")) if cell else "" for cell in frame[item.id]
            ]
        frame = frame.rename(columns={item.id: item.label.th for item in framework.indicators})
        frame.insert(0, "ประทับเวลา", "23/5/2016, 14:30:00")
        frame.insert(1, "ที่อยู่อีเมล", "somchai@example.go.th")
        responses = read(frame)

        plain = read(valid[valid["status"] == "answered"].drop(columns=["status"]))
        pd.testing.assert_frame_equal(plain.answers, responses.answers)
        assert 1 == responses.reading["left_out"].iloc[0]
        assert "joined_options" in {*responses.log["rule"]}

    def test_microsoft(self, valid, read, framework):
        """Columns that the service adds are known; boxes are joined by semicolons with one at the end."""
        frame = valid[valid["status"] == "answered"].drop(columns=["status"]).reset_index(drop=True)
        frame["P1.1.2"] = [f"{cell};" if cell else "" for cell in frame["P1.1.2"]]
        for place, (name, text) in enumerate(
            {
                "ID": "7",
                "Start time": "5/23/16 9:00:00",
                "Completion time": "5/23/16 9:30:00",
                "Email": "anonymous",
                "Name": "Somchai",
            }.items()
        ):
            frame.insert(place, name, text)
        responses = read(frame, "forms.xlsx")

        pd.testing.assert_frame_equal(read(frame.drop(columns=["ID", "Start time", "Email", "Name"])).answers, responses.answers)
        assert 4 == responses.reading["left_out"].iloc[0]

    @pytest.mark.parametrize(
        ("texts", "cell", "ticked"),
        [
            (("Web, mobile", "LINE", "App"), "Web, mobile", "web"),
            (("Web, mobile", "LINE", "App"), "LINE, Web, mobile, App", "web;line;app"),
            (("Web, mobile", "LINE", "App"), "App, line", "line;app"),
            (("Web, mobile", "Web", "mobile"), "Web", "line"),
            (("Web, mobile", "Web", "Mobile"), "Web, Mobile", "line;app"),
            (("Web, mobile", "Web", "mobile"), "Web, mobile", None),
            (("Web, mobile", "Web", "mobile"), "Web, mobile, mobile", None),
        ],
    )
    def test_an_option_with_a_comma(self, tiny, tmp_path, texts, cell, ticked):
        """Every way to cut the cell is tried: where one is left it is understood, where two are it is refused."""
        body = (tiny / "zeta.yaml").read_text(encoding="utf-8")
        for old, new in zip(("Web}", "LINE}", "App}"), texts, strict=True):
            body = body.replace(f"en: {old}", f'en: "{new}"}}')
        (tiny / "zeta.yaml").write_text(body, encoding="utf-8")
        columns = ["unit", "agency", "Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "ict_staff", "staff"]
        row = ["B", "A02", "1", cell, "yes", "4", "", "30", "1", "9"]
        pd.DataFrame([row], columns=columns).to_csv(tmp_path / "a.csv", index=False)
        if ticked is None:
            (fault,) = faults_of(read_survey, tmp_path / "a.csv", Framework.load(tiny))
            assert "can be read in two ways" in fault.problem
        else:
            assert ticked == read_survey(tmp_path / "a.csv", Framework.load(tiny)).answers["Z.2.2"].iloc[0]

    def test_template_is_read_back(self, framework, tmp_path, valid):
        """The questionnaire that one agency fills in gives the same answers as its row of the table."""
        from workbench.intake.template import write_template

        write_template(framework, tmp_path / "form.xlsx")
        folder = tmp_path / "filled"
        folder.mkdir()
        rows = valid[valid["status"] == "answered"].head(3)
        for place, row in rows.iterrows():
            fill(tmp_path / "form.xlsx", folder / f"{place}.xlsx", framework, row)
        responses = read_survey(folder, framework)
        path = tmp_path / "answers.csv"
        rows.drop(columns=["status", "data_status"]).to_csv(path, index=False)

        pd.testing.assert_frame_equal(
            read_survey(path, framework).answers.sort_index(axis=1), responses.answers.sort_index(axis=1)
        )
        assert {"questionnaire"} == {*responses.reading["sheet"]}
        assert [3, 3, 3] == responses.reading["left_out"].tolist()

    def test_faults_of_a_filled_form(self, framework, tmp_path, valid):
        """All faults of all forms at once, each with its file, row and column."""
        from workbench.intake.template import write_template

        write_template(framework, tmp_path / "form.xlsx")
        folder = tmp_path / "filled"
        folder.mkdir()
        row = valid.iloc[0]
        wrong = {"unit": "เพชรบุร", "P1.1.1": "บ้าง"}
        places = fill(tmp_path / "form.xlsx", folder / "a.xlsx", framework, row, wrong, {"P1.1.2/change": "maybe"})
        (folder / "b.xlsx").write_bytes(b"PK\x03\x04")
        (folder / "note.docx").write_bytes(b"x")
        (folder / "~$a.xlsx").write_bytes(b"x")
        faults = faults_of(read_survey, folder, framework)
        found = {(fault.file.rpartition("/")[2], fault.row) for fault in faults}

        assert found == {
            ("a.xlsx", places["unit"]),
            ("a.xlsx", places["P1.1.1"]),
            ("a.xlsx", places["P1.1.2/change"]),
            ("b.xlsx", None),
            ("note.docx", None),
        }
        assert [fault.row is None for fault in faults] == sorted([fault.row is None for fault in faults], reverse=True)


def fill(form, path, framework, row, other=None, boxes=None):
    """Fill a questionnaire with the answers of one record; gives the row of each id."""
    book = openpyxl.load_workbook(form)
    sheet = book["questionnaire"]
    places = {sheet.cell(place, 1).value: place for place in range(1, sheet.max_row + 1) if sheet.cell(place, 1).value}
    answers = {name: cell for name, cell in row.items() if name in places and cell != ""} | (other or {})
    for name, cell in answers.items():
        sheet.cell(places[name], 4).value = cell
    for item in framework.indicators:
        if item.question.type == "multi_select" and row[item.id]:
            for value in row[item.id].split(";"):
                sheet.cell(places[f"{item.id}/{value}"], 4).value = "✓"
    for name, cell in (boxes or {}).items():
        sheet.cell(places[name], 4).value = cell
    for name in framework.respondents.personal:
        sheet.cell(places[name], 4).value = "Somchai 0812345678"
    book.save(path)
    return places


class TestRepeats:
    def test_the_later_is_kept(self, valid, read):
        """Of two answers of an agency the later counts, and the log names the other."""
        frame = valid.assign(timestamp="23/05/2559 10:00")
        again = changed(frame.iloc[[0]], "P1.1.1", "4").assign(timestamp="24/05/2559 09:00")
        responses = read(pd.concat([frame, again], ignore_index=True))

        assert 4 == responses.answers.loc["TH-11/A01", "P1.1.1"]
        (line,) = responses.log[responses.log["rule"] == "earlier_answer"].to_dict("records")
        assert (2, "23/05/2559 10:00", "24/05/2559 09:00") == (line["row"], line["original"], line["cleaned"])

    @pytest.mark.parametrize(
        ("first", "second"), [("05/06/2559", "06/05/2559"), ("23/05/2559", "23/05/2559"), ("", "23/05/2559")]
    )
    def test_not_told_apart(self, valid, read, first, second):
        """The order of day and month, equal times and no time are not guessed: both rows are named."""
        frame = valid[valid["status"] == "answered"].assign(timestamp="")
        frame.loc[0, "timestamp"] = first
        faults = faults_of(read, pd.concat([frame, frame.iloc[[0]].assign(timestamp=second)], ignore_index=True))

        assert "answers twice" in faults[0].problem
        assert "does not say which is later" in faults[0].problem

    def test_orders_of_day_and_month(self):
        """One cell that fits one order only settles it for the column."""
        assert 2 == len(orders(["05/06/2559", "06/05/2559"]))
        (moments,) = orders(["05/06/2559", "06/05/2559", "23/05/2559"])
        assert moments["05/06/2559"] > moments["06/05/2559"]

    def test_moments(self):
        """The same moment in the forms that services and people write."""
        texts = ["2016-05-23 14:30:00", "2016-05-23T14:30", "23/5/2559, 14:30:00", "23/05/59 2:30 PM", "2016/05/23 2:30:00 PM"]

        assert 1 == len({parse(text) for text in texts})
        assert parse("2016/05/23 2:30:00 PM GMT+7") == parse("2016-05-23 07:30")
        assert parse("31/02/2559") is None
        assert parse("yesterday") is None


class TestRules:
    @pytest.fixture
    def conditional(self, tiny):
        """Leadership is asked where there is a website, and must then be answered; without one it counts as 1."""

        def load(rule):
            path = tiny / "zeta.yaml"
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace("{type: likert, points: 5}", f"{{type: likert, points: 5, {rule}}}"), encoding="utf-8")
            return Framework.load(tiny)

        return load

    def rows(self, tmp_path, *pairs):
        columns = ["unit", "agency", "Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "ict_staff", "staff"]
        rows = [[f"U{place}", "A02", "1", "web", has, leads, "", "30", "1", "9"] for place, (has, leads) in enumerate(pairs)]
        pd.DataFrame(rows, columns=columns).to_csv(tmp_path / "a.csv", index=False)
        return tmp_path / "a.csv"

    def test_skipped(self, conditional, tmp_path):
        """After a no the next question stays empty; an answer there names both cells."""
        framework = conditional('asked_if: {question: Z.1.1, answers: ["yes"]}')
        path = self.rows(tmp_path, ("no", ""), ("no", "3"), ("yes", "4"))
        (fault,) = faults_of(read_survey, path, framework)

        assert 'row 3, column F (Z.1.2): there is an answer, but `Z.1.1` is "no".' in str(fault)
        assert "row 3, column E (Z.1.1)" in fault.fix

    def test_required(self, conditional, tmp_path):
        """Whoever is asked must answer; whoever is not asked need not."""
        framework = conditional('required: true, asked_if: {question: Z.1.1, answers: ["yes"]}')
        (fault,) = faults_of(read_survey, self.rows(tmp_path, ("no", ""), ("yes", ""), ("", "")), framework)

        assert "row 3, column F (Z.1.2): the answer is missing, and the question is required." in str(fault)

    def test_value_where_not_asked(self, conditional, tmp_path):
        """What does not exist may count as a value that the framework states."""
        framework = conditional('asked_if: {question: Z.1.1, answers: ["yes"], otherwise: 0.0}')
        values = read_survey(self.rows(tmp_path, ("no", ""), ("yes", "5"), ("", "")), framework)["Z.1.2"]

        assert [0.0, 1.0] == values.iloc[:2].tolist()
        assert np.isnan(values.iloc[2])

    def test_a_sample_keeps_the_rules(self, conditional):
        """Synthetic answers of a framework with rules can be read under it."""
        framework = conditional('required: true, asked_if: {question: Z.1.1, answers: ["yes"], otherwise: 0.0}')
        frame = make_sample(framework, units=30, agencies=3, seed=8)
        asked = frame[frame["status"] == "answered"].groupby("Z.1.1")["Z.1.2"].count()

        assert 0 == asked["no"] < asked["yes"]

    @pytest.mark.parametrize(
        ("rule", "words"),
        [
            ("asked_if: {question: Z.9, answers: [x]}", "`Z.1.2` is asked after `Z.9`, which is no other question."),
            ("asked_if: {question: Z.1.2, answers: [x]}", "`Z.1.2` is asked after `Z.1.2`, which is no other question."),
            ("asked_if: {question: Z.1.1, answers: [maybe]}", "`maybe`, which is no answer to `Z.1.1`."),
        ],
    )
    def test_rules_that_cannot_hold(self, conditional, rule, words):
        """A rule that names no question or no answer is a fault of the framework."""
        with pytest.raises(WorkbenchError, match=re.escape(words)):
            conditional(rule)


class TestInvited:
    def test_response_rates(self, valid, read, tmp_path):
        """Everyone invited is known from the list, with a row or without; names and telephones in it are not kept."""
        rows = [
            [unit, f"A{place:02d}", "Somchai", "0812345678"]
            for unit in ("TH-11", "TH-12", "TH-13", "TH-14")
            for place in range(1, 6)
        ]
        pd.DataFrame(rows, columns=["จังหวัด", "agency", "contact", "phone"]).to_csv(tmp_path / "invited.csv", index=False)
        responses = read(valid, invited=tmp_path / "invited.csv")

        assert {"TH-11": 5, "TH-12": 5, "TH-13": 5, "TH-14": 5} == responses.invited.to_dict()
        assert {"TH-11": 4, "TH-12": 2, "TH-13": 4, "TH-14": 0} == responses.answered.to_dict()
        assert 20 == len(responses.register)
        assert 10 == (responses.register["status"] == "answered").sum()
        assert ["unit", "agency", "status"] == list(responses.register)

    def test_someone_else(self, valid, read, tmp_path):
        """Whoever was not invited is named."""
        pd.DataFrame([["TH-11", "A01"]], columns=["unit", "agency"]).to_csv(tmp_path / "invited.csv", index=False)
        faults = faults_of(read, valid, invited=tmp_path / "invited.csv")

        assert "TH-11/A02 was not invited" in faults[0].problem
        assert len(valid) - 1 == len(faults)

    def test_a_list_with_faults(self, valid, read, tmp_path):
        """The list is checked like the answers."""
        pd.DataFrame([["TH-11", "A01"], ["TH-11", "A01"], ["เพชรบุร", "A01"]], columns=["unit", "agency"]).to_csv(
            tmp_path / "invited.csv", index=False
        )
        problems = " ".join(fault.problem for fault in faults_of(read, valid, invited=tmp_path / "invited.csv"))

        assert "TH-11/A01 is invited twice, in rows 2 and 3." in problems
        assert '"เพชรบุร" is no known province.' in problems


class TestYears:
    @pytest.mark.parametrize(
        ("text", "year"),
        [
            ("2559", 2559),
            ("2016", 2559),
            ("๒๕๕๙", 2559),
            ("59", 2559),
            ("16", 2559),
            ("พ.ศ. 2559", 2559),
            ("ค.ศ. 2016", 2559),
            ("2559.0", 2559),
        ],
    )
    def test_either_era(self, text, year):
        """A year is understood where only one within the limits can be meant."""
        from workbench.framework_model import Year

        assert year == year_of(Year(type="year", minimum=2540, maximum=2570), text)

    @pytest.mark.parametrize("text", ["", "x", "2016.5", "1959", "75", "3559", "10 ปี"])
    def test_refused(self, text):
        """Beyond the limits, or no year at all."""
        from workbench.framework_model import Year

        assert year_of(Year(type="year", minimum=2540, maximum=2570), text) is None

    def test_two_meanings(self):
        """Limits a century apart leave two digits open: nothing is guessed."""
        from workbench.framework_model import Year

        wide = Year(type="year", minimum=2440, maximum=2600)
        assert year_of(wide, "59") is None
        assert 2559 == year_of(wide, "2559")


TEXTS = st.text(st.sampled_from(list("กขสำนักงานเแโ้ํา ๐๑๙\u200b\u00a0abcXYZ019.,;-")), max_size=25)


class TestProperties:
    @given(TEXTS)
    def test_cleaning_twice(self, text):
        """Cleaning what is clean changes nothing."""
        assert clean(text) == clean(clean(text))

    def test_valid_answers_are_not_changed(self, framework):
        """Every answer that a framework allows is clean already, so cleaning cannot change a valid value."""
        for item in framework.indicators:
            for text in understood(item.question):
                assert text == clean(text)

    @given(st.sampled_from(["P1.1.1", "P1.1.2", "P1.2.1", "P2.1.1"]), st.data())
    def test_any_spacing_and_case(self, framework, valid, column, data):
        """An answer means the same with spaces around and inside it and in any case."""
        from workbench.questions import decode
        from workbench.tables import column_of

        question = framework.element(column).question
        text = data.draw(st.sampled_from(sorted(understood(question))))
        wild = data.draw(st.sampled_from([text.upper(), text.lower(), f"\u00a0{text} ", text.replace(" ", "  ")]))
        one, other = (decode(question, column_of(column, [cell], "A")) for cell in (text, wild))

        assert one.answers.tolist() == other.answers.tolist()
        assert not other.refused.any()

    def test_rules_are_known(self, framework):
        """The log names no rule that is not listed."""
        assert len(LOG_RULES) == len(set(LOG_RULES))


SECRETS = ("Somchai Jaidee", "0812345678", "somchai@example.go.th", "1103700000001")


class TestPersonalData:
    def test_in_nothing_that_intake_hands_over(self, valid, framework, tmp_path):
        """Contacts in the table, columns of form services, names in the list of invitations, links to evidence: none is kept."""
        frame = valid.copy()
        frame["coordinator_name"], frame["coordinator_phone"], frame["coordinator_email"] = SECRETS[:3]
        frame["Email"], frame["ชื่อ"] = SECRETS[2], SECRETS[0]
        frame["P1.1.1_evidence"] = np.where(frame["P1.1.1"] == "", "", f"https://drive.example/{SECRETS[0]}/{SECRETS[3]}")
        frame.to_csv(tmp_path / "answers.csv", index=False)
        listed = frame[["unit", "agency"]].assign(contact=SECRETS[0], phone=SECRETS[1])
        listed.to_csv(tmp_path / "invited.csv", index=False)
        responses = read_survey(tmp_path / "answers.csv", framework, invited=tmp_path / "invited.csv")
        body = pickle.dumps(responses)

        assert 5 == responses.reading["left_out"].iloc[0]
        assert (frame["P1.1.1"] != "").sum() == responses.evidence["P1.1.1"].sum()
        for secret in SECRETS:
            assert secret.encode() not in body
            assert secret.encode("utf-16-le") not in body

    def test_in_nothing_that_a_form_hands_over(self, valid, framework, tmp_path):
        """The contacts on a questionnaire stay on it, also when the form has faults."""
        from workbench.intake.template import write_template

        write_template(framework, tmp_path / "form.xlsx")
        folder = tmp_path / "filled"
        folder.mkdir()
        fill(tmp_path / "form.xlsx", folder / "a.xlsx", framework, valid.iloc[0])
        assert b"Somchai" not in pickle.dumps(read_survey(folder, framework))
        fill(tmp_path / "form.xlsx", folder / "a.xlsx", framework, valid.iloc[0], {"P1.1.1": "x", "coordinator_name": SECRETS[0]})
        with pytest.raises(WorkbenchError) as caught:
            read_survey(folder, framework)

        assert "Somchai" not in str(caught.value)

    def test_a_personal_column_may_have_any_spelling(self, valid, framework, tmp_path):
        """Case and spaces of the header of a personal column do not let it through."""
        frame = valid.assign(**{"Coordinator_Name ": SECRETS[0]})
        frame.to_csv(tmp_path / "answers.csv", index=False)

        assert SECRETS[0].encode() not in pickle.dumps(read_survey(tmp_path / "answers.csv", framework))
