"""Doubts in what a survey says: codes that are numbers, names against codes, times, contacts in wrong places, files twice."""

from __future__ import annotations

import os
import pickle

import openpyxl
import pandas as pd
import pytest

from workbench import Framework, read_survey
from workbench.cleaning import number
from workbench.contacts import covered
from workbench.errors import WorkbenchError
from workbench.intake.template import write_template
from workbench.intake.times import comparable
from workbench.provinces import PROVINCES, find
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
    def call(frame, name="answers.csv", **options):
        frame.to_csv(tmp_path / name, index=False)
        return read_survey(tmp_path / name, framework, **options)

    return call


def faults_of(call, *arguments, **options):
    with pytest.raises(WorkbenchError) as caught:
        call(*arguments, **options)
    return caught.value.faults


def changed(frame, column, text, row=0):
    other = frame.copy()
    other.loc[row, column] = text
    return other


class TestUnits:
    @pytest.mark.parametrize("text", ["6.7", "6-7", "-67", "6 7", "67.5", "จ.6-7", "๖.๗", "T.H.67", "067", "TH-067"])
    def test_a_number_is_no_code(self, text):
        """What is forgiven between letters is not forgiven between digits: 6.7 is not the province 67."""
        assert find(text) is None

    @pytest.mark.parametrize("text", ["67", 67, 67.0, "๖๗", "TH-67", "th67", "TH 67", "จังหวัด 67"])
    def test_codes(self, text):
        """A code is one in any case, script and with or without its country."""
        assert "TH-67" == find(text).iso

    def test_every_province_by_its_own_codes(self):
        """Nothing that names a province was lost."""
        assert all(find(text) is item for item in PROVINCES for text in (item.iso, item.dopa, item.name.th, item.name.en))

    def test_a_name_against_the_code(self, valid, read):
        """A row whose code and name are of two provinces says two things; a name that means nothing is for readers."""
        named = valid.assign(unit_name="เพชรบูรณ์", agency_name="?")
        faults = faults_of(read, named)

        assert len(valid) == len(faults)
        assert '"เพชรบูรณ์" is TH-67, but the row is about TH-11.' == faults[0].problem
        assert (2, "BH (unit_name)") == (faults[0].row, faults[0].column)
        assert 10 == len(read(valid.assign(unit_name="see list", agency_name="")).answers)

    def test_an_office_against_the_code(self, valid, read):
        """The same for agencies."""
        other = valid.assign(agency_name="")
        (fault,) = faults_of(read, changed(other, "agency_name", "สำนักงานสถิติจังหวัด"))

        assert '"สำนักงานสถิติจังหวัด" is A17, but the row is about A01.' == fault.problem

    @pytest.mark.parametrize("text", ["สำนักงาน จังหวัด", "provincial (governor’s) office", "a01"])
    def test_offices_in_any_spacing_and_case(self, valid, read, text):
        """Spaces and case distinguish no office, and the log says that they differed."""
        responses = read(changed(valid, "agency", text))

        assert "A01" == responses.answers["agency"].iloc[0]
        assert ["option_spelling"] == responses.log["rule"].tolist()

    @pytest.mark.parametrize("form", ["{th}\n{en}", "{th} ({en})", "{en}/{th}", "{en} {th}"])
    def test_headers_in_both_languages(self, valid, read, framework, form):
        """One cell may hold the Thai and the English text."""
        labels = {"unit": framework.unit.label, "agency": framework.respondents.label}
        labels |= {item.id: item.label for item in framework.indicators}
        names = {name: form.format(th=label.th, en=label.en) for name, label in labels.items()}

        pd.testing.assert_frame_equal(read(valid).answers, read(valid.rename(columns=names)).answers)

    def test_marks_of_direction(self, valid, read):
        """They show nothing, and are taken away like other invisible signs."""
        responses = read(changed(valid, "unit", "\u200eTH-11\u200f"))

        assert ["invisible"] == responses.log["rule"].tolist()

    @pytest.mark.parametrize("column", ["unit", "agency"])
    def test_a_name_in_two_languages_is_compared_too(self, framework, read, column):
        """As the sample and the questionnaire write it, `Thai / English`: another code beside it is a fault."""
        frame = make_sample(framework, units=3, agencies=4, seed=3)
        frame = frame.astype("str").where(frame.notna(), "")
        assert len(read(frame).values) == 10
        other = next(one for one in (("TH-76", "TH-77") if column == "unit" else ("A10", "A11")) if one not in set(frame[column]))
        [fault] = [one for one in faults_of(read, changed(frame, column, other)) if f"({column}_name)" in str(one.column)]

        shown = frame.loc[0, f"{column}_name"]
        assert fault.problem == f'"{shown}" is {frame.loc[0, column]}, but the row is about {other}.'
        assert fault.fix == "correct one of the two."

    @pytest.mark.parametrize("text", ["ไม่ทราบ / unknown", "เชียงใหม่ / Krabi", "/", ""])
    def test_a_name_that_means_nothing_is_let_be(self, framework, read, text):
        """It is for readers: one that is unknown, or two different ones, says nothing against the code."""
        frame = make_sample(framework, units=3, agencies=4, seed=3)
        frame = frame.astype("str").where(frame.notna(), "")

        assert len(read(changed(frame, "unit_name", text)).values) == 10


class TestTimes:
    @pytest.mark.parametrize(
        ("texts", "enough"),
        [
            (["2016-05-23 10:00", "2016-05-23 11:00"], True),
            (["2016-05-23 10:00", "2016-05-23 09:00 GMT+7"], False),
            (["2016-05-23 10:00Z", "2016-05-23 09:00 GMT+7"], True),
            (["2016-05-23 10:00", "23/05/2559"], False),
            (["2016-05-24 10:00", "23/05/2559"], True),
            (["05/06/2559 10:00", "06/05/2559"], True),
        ],
    )
    def test_what_can_be_compared(self, texts, enough):
        """A zone is not compared with none, nor a day with a moment of it."""
        assert enough == comparable(texts)

    def test_dates_that_a_program_exchanged(self, valid, framework, tmp_path):
        """Excel makes dates of 05/06 in its own order and leaves 23/05 as text: which of two is later is not guessed."""
        book = openpyxl.Workbook()
        book.active.append([*valid.columns, "timestamp"])
        for row in valid.to_numpy().tolist():
            book.active.append([*row, "23/05/2016 10:00"])
        for row, day in ((2, pd.Timestamp(2016, 5, 6, 10)), (14, pd.Timestamp(2016, 6, 5, 9))):
            for place, cell in enumerate([*valid.iloc[0], day.to_pydatetime()], start=1):
                book.active.cell(row, place).value = cell
        book.save(tmp_path / "a.xlsx")
        (fault,) = faults_of(read_survey, tmp_path / "a.xlsx", framework)

        assert "`timestamp` does not say which is later" in fault.problem


CONTACTS = (
    "081-234-5678",
    "0812345678",
    "+66 81 234 5678",
    "(02) 123 4567",
    "๐๘๑-๒๓๔-๕๖๗๘",
    "1-1037-00000-00-1",
    "a.b@moi.go.th",
)


class TestContacts:
    @pytest.mark.parametrize("text", CONTACTS, ids=range(len(CONTACTS)))
    def test_in_an_answer(self, valid, read, text):
        """A contact that was pasted into an answer is refused at its place, and not spread by the message."""
        for column in ("P1.1.1", "unit", "agency", "P1.1.2", "ict_budget_baht", "status"):
            faults = faults_of(read, changed(valid, column, text))
            said = " ".join(map(str, faults)) + repr(faults)

            assert text not in said
            assert any(fault.row == 2 for fault in faults)

    def test_in_names(self, valid, framework, tmp_path):
        """Names of files, sheets and columns are covered in what is handed over; an unknown column is named without it."""
        place = tmp_path / "สมชาย 0812345678.xlsx"
        with pd.ExcelWriter(place) as writer:
            changed(valid, "unit", " TH-11").to_excel(writer, sheet_name="a@b.co.th", index=False)
            valid.to_excel(writer, sheet_name="0899999999", index=False)
            writer.book["0899999999"].sheet_state = "hidden"
        responses = read_survey(place, framework)
        body = pickle.dumps(responses)

        assert 1 == len(responses.log)
        for needle in ("0812345678", "a@b.co.th", "0899999999"):
            assert needle.encode() not in body
        valid.assign(**{"โทร 0812345678": "x"}).to_csv(tmp_path / "b.csv", index=False)
        (fault,) = faults_of(read_survey, tmp_path / "b.csv", framework)
        assert "column `โทร [telephone]` is not expected." == fault.problem

    @pytest.mark.parametrize(
        "text", ["128000000", "0.123456789", "2559-05-23 10:00:00", "TH-11/A01", "1234567890123", "12,345,678,901"]
    )
    def test_what_is_no_contact(self, text):
        """Amounts, dates and codes stay as they are."""
        assert text == covered(text)

    def test_a_telephone_is_no_amount(self):
        """Ten digits that begin with nought are no budget of 812 million."""
        assert number("0812345678") is None
        assert 812345678 == number("812345678")
        assert 7 == number("007")


class TestFolders:
    @pytest.fixture
    def folder(self, valid, tmp_path):
        place = tmp_path / "answers"
        place.mkdir()
        for unit, rows in valid.groupby("unit"):
            rows.to_csv(place / f"{unit}.csv", index=False)
        return place

    def test_the_same_file_twice(self, folder, framework):
        """One fault for the file, not one for each of its rows."""
        (folder / "copy.csv").write_bytes((folder / "TH-11.csv").read_bytes())
        (fault,) = faults_of(read_survey, folder, framework)

        assert fault.file.endswith("copy.csv")
        assert "the file is the same, byte for byte, as " in fault.problem

    def test_what_windows_leaves(self, folder, framework):
        """It is no answer and no fault."""
        for name in ("Thumbs.db", "desktop.ini", "~$TH-11.xlsx", ".DS_Store"):
            (folder / name).write_bytes(b"x")

        assert 10 == len(read_survey(folder, framework).answers)

    @pytest.mark.parametrize("of", ["file", "folder", "list", "nothing"])
    def test_links(self, folder, framework, tmp_path, of):
        """A link is not followed, wherever a file or a folder is named."""
        link = tmp_path / "link.csv"
        link.symlink_to({"file": folder / "TH-11.csv", "folder": folder, "list": folder / "TH-11.csv", "nothing": "/nowhere"}[of])
        options = {"invited": link} if of == "list" else {}
        (fault,) = faults_of(read_survey, folder if of == "list" else link, framework, **options)

        assert "this is a link, not a file or folder." == fault.problem

    def test_a_folder_that_cannot_be_opened(self, folder, framework, monkeypatch):
        """What lies in it is not left out in silence."""
        closed = folder / "north"
        closed.mkdir()
        known = os.scandir

        def scandir(path):
            if str(path) == str(closed):
                raise PermissionError(13, "Permission denied", str(path))
            return known(path)

        monkeypatch.setattr(os, "scandir", scandir)
        (fault,) = faults_of(read_survey, folder, framework)

        assert "the folder cannot be opened: Permission denied." == fault.problem
        assert fault.file.endswith("north")


class TestQuestionnaire:
    @pytest.fixture
    def form(self, framework, tmp_path):
        """A form that one agency filled in, with its contacts."""
        write_template(framework, tmp_path / "form.xlsx")
        book = openpyxl.load_workbook(tmp_path / "form.xlsx")
        sheet = book["questionnaire"]
        places = {sheet.cell(row, 1).value: row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value}
        for name, cell in {"unit": "น่าน", "agency": "A01", "P1.1.1": 2, "coordinator_name": "Somchai"}.items():
            sheet.cell(places[name], 4).value = cell

        def call(change):
            change(sheet, places)
            book.save(tmp_path / "form.xlsx")
            return read_survey(tmp_path / "form.xlsx", framework)

        return call

    def test_as_it_should_be(self, form):
        """Its own hidden sheet is not worth telling."""
        responses = form(lambda sheet, places: sheet.cell(places["P1.1.1"], 4, 2))

        assert 2 == responses.answers["P1.1.1"].iloc[0]
        assert [""] == responses.reading["hidden_sheets"].tolist()

    def test_beside_the_answers(self, form):
        """What stands in the next column would be lost; it is not quoted, for it may be a remark with a name."""
        faults = faults_of(form, lambda sheet, places: sheet.cell(places["P1.1.1"], 5, "Somchai knows"))

        assert "there is something beside the answers." == faults[0].problem
        assert "E" == faults[0].column
        assert "Somchai" not in str(faults)

    def test_without_an_id(self, form):
        """An answer whose id was deleted would be lost, and its question then lacks its row."""
        faults = faults_of(form, lambda sheet, places: sheet.cell(places["P1.1.1"], 1).__setattr__("value", None))

        assert {"there is something in a row without an id.", "column `P1.1.1` is missing."} <= {
            fault.problem for fault in faults
        }

    def test_merged_answers(self, form):
        """Two answers in one cell are one answer too few."""

        def merge(sheet, places):
            row = places["P1.1.1"]
            sheet.merge_cells(start_row=row, end_row=row + 1, start_column=4, end_column=4)

        assert any("are merged." in fault.problem for fault in faults_of(form, merge))

    @pytest.mark.parametrize("tick", ["/", "√", "✓"])
    def test_ticks(self, form, tick):
        """Thai forms are ticked with a stroke."""
        responses = form(lambda sheet, places: sheet.cell(places["P1.1.2/citizen"], 4, tick))

        assert "citizen" == responses.answers["P1.1.2"].iloc[0]
