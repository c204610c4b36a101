"""Surveys: every question type by hand, what is accepted, and every fault by its cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.questions import ratio
from workbench.survey import read_survey

HEADER = ["unit", "agency", "Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "ict_staff", "staff"]
GOOD = ["B", "A01", "1", "web;line", "yes", "4", "3", "45", "2", "40"]


@pytest.fixture
def framework(tiny):
    return Framework.load(tiny)


@pytest.fixture
def survey(tmp_path, framework):
    """Read rows of cells as a csv survey."""

    def survey(*rows, header=HEADER, name="answers.csv", to=framework):
        pd.DataFrame(list(rows), columns=header).to_csv(tmp_path / name, index=False)
        return read_survey(tmp_path / name, to)

    return survey


def one(**cells):
    """A good row with some cells changed."""
    names = dict(zip(HEADER, GOOD, strict=True)) | {
        name.replace("_", ".") if name[0] in "ZA" else name: text for name, text in cells.items()
    }
    return list(names.values())


def faults_of(call, *arguments, **options):
    with pytest.raises(WorkbenchError) as caught:
        call(*arguments, **options)
    return caught.value.faults


class TestByHand:
    def test_one_respondent(self, survey):
        """A draft plan is half the points, two channels of two full marks, agreement of 4 three quarters, 2 of 40 staff 0.05."""
        values = survey(GOOD).values.loc["B/A01"]

        assert [0.5, 1.0, 1.0, 0.75, 3.0, 45.0, 0.05] == values.tolist()

    @pytest.mark.parametrize(
        ("column", "cell", "value"),
        [
            ("Z.2.1", "0", 0.0),
            ("Z.2.1", "2", 1.0),
            ("Z.2.1", "2.0", 1.0),
            ("Z.2.1", "๒", 1.0),
            ("Z.2.1", "ประกาศใช้", 1.0),
            ("Z.2.1", " มีร่าง\u200b ", 0.5),
            ("Z.2.1", "Adopted", 1.0),
            ("Z.2.2", "none", 0.0),
            ("Z.2.2", "ไม่มี", 0.0),
            ("Z.2.2", "web", 0.5),
            ("Z.2.2", "web;web", 0.5),
            ("Z.2.2", "app; line ;web;", 1.0),
            ("Z.2.2", "เว็บ;LINE", 1.0),
            ("Z.1.1", "no", 0.0),
            ("Z.1.1", "มี", 1.0),
            ("Z.1.1", "ไม่มี", 0.0),
            ("Z.1.1", "ใช่", 1.0),
            ("Z.1.1", "ไม่ใช่", 0.0),
            ("Z.1.1", "Yes", 1.0),
            ("Z.1.1", "TRUE", 1.0),
            ("Z.1.2", "1", 0.0),
            ("Z.1.2", "5", 1.0),
            ("Z.1.2", "๓", 0.5),
            ("A.9", "1,234.5", 1234.5),
            ("A.9", "๑๒", 12.0),
            ("A.8", "45%", 45.0),
            ("A.8", "๔๕.๕ %", 45.5),
            ("A.8", "0", 0.0),
            ("A.8", "100", 100.0),
        ],
    )
    def test_what_is_understood(self, survey, column, cell, value):
        """Values, exact texts in both languages, Thai digits and separators of thousands are understood."""
        row = dict(zip(HEADER, GOOD, strict=True)) | {column: cell}

        assert value == survey(list(row.values())).values.loc["B/A01", column]

    def test_answers_are_kept_in_one_form(self, survey):
        """Whatever way an answer was written, it is kept as the step, the options in their order, yes or no, a number."""
        answers = survey(one(Z_2_1="ประกาศใช้", Z_2_2="แอป;Web", Z_1_1="ไม่มี")).answers.loc["B/A01"]

        assert [2.0, "web;app", "no"] == answers[["Z.2.1", "Z.2.2", "Z.1.1"]].tolist()

    def test_ratios(self):
        """A ratio with a denominator of 0, or with either number missing, is not answered."""
        above, below = np.array([1.0, 1.0, 0.0, np.nan, 1.0, 3.0]), np.array([4.0, 0.0, 0.0, 2.0, np.nan, 2.0])

        assert [0.25, 1.5] == ratio(above, below)[[0, 5]].tolist()
        assert np.isnan(ratio(above, below)[1:5]).all()

    def test_blank_is_not_answered(self, survey):
        """Blank cells are missing in answers and values; nothing is filled in."""
        responses = survey(GOOD, ["B", "A02", "", "", "yes", "", "", "", "", ""])

        assert [2, 3] == responses.answers.loc["B/A02"].isna().to_numpy().nonzero()[0].tolist()[:2]
        assert 1 == responses.values.loc["B/A02"].notna().sum()

    def test_exact_texts_of_an_option_with_the_separator(self, tiny, survey):
        """An option whose text holds the separator is understood when it stands alone in the cell."""
        text = (tiny / "zeta.yaml").read_text(encoding="utf-8")
        (tiny / "zeta.yaml").write_text(text.replace("{th: แอป, en: App}", '{th: "แอป; คีออสก์", en: App}'), encoding="utf-8")

        assert "app" == survey(one(Z_2_2="แอป; คีออสก์"), to=Framework.load(tiny)).answers.loc["B/A01", "Z.2.2"]

    def test_a_text_of_two_steps_means_neither(self, tiny, survey):
        """A text that two steps share is refused, not decided."""
        text = (tiny / "zeta.yaml").read_text(encoding="utf-8")
        (tiny / "zeta.yaml").write_text(text.replace("en: Draft", "en: Adopted"), encoding="utf-8")

        assert '"Adopted" is no answer here.' in str(faults_of(survey, one(Z_2_1="Adopted"), to=Framework.load(tiny))[0])


class TestWho:
    def test_units_in_any_order(self, survey):
        """Units need no order; counts are by unit, and rows keep the order of the file."""
        responses = survey(one(unit="C"), one(unit="A"), one(unit="C", agency="A02", A_9=""))

        assert ["C/A01", "A/A01", "C/A02"] == responses.values.index.tolist()
        assert {"A": 1, "C": 2} == responses.answered.to_dict()
        assert ["C", "A", "C"] == responses.units.tolist()

    def test_everyone_listed_was_invited(self, survey):
        """Without a status column every type of the framework was invited, and a row without answers is silent."""
        responses = survey(GOOD, ["B", "A03", *[""] * 8], ["A", "A02", *[""] * 8])

        assert {"A": 3, "B": 3} == responses.invited.to_dict()
        assert {"A": 0, "B": 1} == responses.answered.to_dict()

    def test_status_counts_the_invited(self, survey):
        """With a status column the rows are those who were invited; the silent are in no answer."""
        rows = [[*GOOD, "answered"], ["B", "A02", *[""] * 8, "no_answer"]]
        responses = survey(*rows, header=[*HEADER, "status"])

        assert {"B": 2} == responses.invited.to_dict()
        assert ["B/A01"] == responses.answers.index.tolist()

    def test_respondents_by_name(self, survey):
        """A respondent may be given by the exact name of its type in either language."""
        assert "A02" == survey(one(agency="สำนักงานที่ดิน", A_9="")).answers["agency"].iloc[0]
        assert "A02" == survey(one(agency="Land", A_9="")).answers["agency"].iloc[0]

    def test_numbered_respondents_of_samples(self, survey):
        """Numbers above the listed types are known: large samples use them. Lower ones are not."""
        assert "X04" == survey(one(agency="X04", A_9="")).answers["agency"].iloc[0]
        assert '"X03" is no known agency.' in str(faults_of(survey, one(agency="X03", A_9=""))[0])

    def test_any_respondent_without_types(self, tiny, survey):
        """A framework that lists no types takes any id."""
        text = (tiny / "framework.yaml").read_text(encoding="utf-8")
        (tiny / "framework.yaml").write_text(text[: text.index("  types:")] + text[text.index("bands:") :], encoding="utf-8")
        alpha = (tiny / "alpha.yaml").read_text(encoding="utf-8")
        (tiny / "alpha.yaml").write_text(alpha.replace(", asked_of: [A01]", ""), encoding="utf-8")

        assert {"B": 1} == survey(one(agency="PCIO"), to=Framework.load(tiny)).invited.to_dict()

    @pytest.mark.parametrize(("mark", "synthetic"), [("synthetic ข้อมูลสังเคราะห์", True), ("ข้อมูลสังเคราะห์", True), ("", False)])
    def test_synthetic(self, survey, mark, synthetic):
        """Data that say they are synthetic are known to be so."""
        assert synthetic == survey([*GOOD, mark], header=[*HEADER, "data_status"]).synthetic

    def test_names_are_for_readers(self, survey):
        """Names of unit and respondent may stand beside their ids and are not used."""
        responses = survey([*GOOD, "B-town", "Office"], header=[*HEADER, "unit_name", "agency_name"])

        assert "B-town" not in responses.answers.to_string()

    def test_provenance(self, survey, tmp_path):
        """The responses name their file, how it was read, and its digest, which changes with the file."""
        first, second = survey(GOOD), survey(one(Z_2_1="2"))

        assert str(tmp_path / "answers.csv") == first.source
        assert "utf-8" == first.encoding
        assert 16 == len(first.fingerprint)
        assert first.fingerprint != second.fingerprint

    def test_names_of_columns_from_the_framework(self, tiny, survey):
        """The framework names the columns of units and respondents."""
        text = (tiny / "framework.yaml").read_text(encoding="utf-8")
        text = text.replace("plural: {th: หน่วย, en: units}}", "plural: {th: หน่วย, en: units}, column: town}")
        (tiny / "framework.yaml").write_text(
            text.replace("minimum_response", "column: office\n  minimum_response"), encoding="utf-8"
        )
        responses = survey(GOOD, header=["town", "office", *HEADER[2:]], to=Framework.load(tiny))

        assert ["unit", "agency"] == responses.answers.columns[:2].tolist()


BAD = [
    ("unit", "", "A (unit): the unit is missing."),
    ("agency", "", "B (agency): the agency is missing."),
    ("agency", "A9", 'B (agency): "A9" is no known agency.'),
    ("agency", "A99", 'B (agency): "A99" is no known agency.'),
    ("Z.2.1", "3", 'C (Z.2.1): "3" is no answer here.'),
    ("Z.2.1", "-1", 'C (Z.2.1): "-1" is no answer here.'),
    ("Z.2.1", "1.5", 'C (Z.2.1): "1.5" is no answer here.'),
    ("Z.2.1", "adoptd", 'C (Z.2.1): "adoptd" is no answer here.'),
    ("Z.2.1", "1;2", 'C (Z.2.1): "1;2" is no answer here.'),
    ("Z.2.2", "wbe", 'D (Z.2.2): "wbe" is no option here.'),
    ("Z.2.2", "web/line", 'D (Z.2.2): "web/line" is no option here.'),
    ("Z.2.2", "web;fax;telex", 'D (Z.2.2): "fax", "telex" are no options here.'),
    ("Z.2.2", "none;web", 'D (Z.2.2): "none;web" says that no option applies and ticks one.'),
    ("Z.2.2", ";", 'D (Z.2.2): ";" ticks nothing.'),
    ("Z.1.1", "maybe", 'E (Z.1.1): "maybe" is no answer here.'),
    ("Z.1.1", "1", 'E (Z.1.1): "1" is no answer here.'),
    ("Z.1.2", "0", 'F (Z.1.2): "0" is no answer here.'),
    ("Z.1.2", "6", 'F (Z.1.2): "6" is no answer here.'),
    ("Z.1.2", "2.5", 'F (Z.1.2): "2.5" is no answer here.'),
    ("A.9", "-1", 'G (A.9): "-1" is no answer here.'),
    ("A.9", "four", 'G (A.9): "four" is no answer here.'),
    ("A.9", "1,5", 'G (A.9): "1,5" is no answer here.'),
    ("A.9", "12%", 'G (A.9): "12%" is no answer here.'),
    ("A.9", "inf", 'G (A.9): "inf" is no answer here.'),
    ("A.8", "100.01", 'H (A.8): "100.01" is no answer here.'),
    ("A.8", "-0.5", 'H (A.8): "-0.5" is no answer here.'),
    ("A.8", "145 %", 'H (A.8): "145 %" is no answer here.'),
    ("A.8", "NA", 'H (A.8): "NA" is no answer here.'),
    ("ict_staff", "-2", 'I (ict_staff): "-2" is no answer here.'),
    ("ict_staff", "two", 'I (ict_staff): "two" is no answer here.'),
    ("staff", "40 คน", 'J (staff): "40 คน" is no answer here.'),
    ("staff", "1e999", 'J (staff): "1e999" is no answer here.'),
]


class TestFaults:
    @pytest.mark.parametrize(("column", "cell", "words"), BAD, ids=[f"{column}={cell}" for column, cell, _ in BAD])
    def test_the_cell_is_named(self, survey, column, cell, words):
        """Anything that is no answer is refused with row, column and what was found, and nothing else is."""
        row = dict(zip(HEADER, GOOD, strict=True)) | {column: cell, "unit": cell if column == "unit" else "C"}
        faults = faults_of(survey, GOOD, list(row.values()))

        assert f"row 3, column {words}" in str(faults[0])
        assert 1 == len(faults) or column == "agency"

    def test_excel_cells_are_named_alike(self, tmp_path, framework):
        """The same cell of a workbook has the same address, with its sheet."""
        pd.DataFrame([GOOD, one(unit="C", Z_1_2=9)], columns=HEADER).to_excel(
            tmp_path / "a.xlsx", index=False, sheet_name="คำตอบ"
        )
        (fault,) = faults_of(read_survey, tmp_path / "a.xlsx", framework)

        assert ("คำตอบ", 3, "F (Z.1.2)", "9") == (fault.sheet, fault.row, fault.column, fault.value)
        assert "a whole number from 1 to 5" == fault.allowed

    def test_parquet_cells_are_named(self, tmp_path, framework):
        """In parquet records are counted from 1; an infinite number is no answer."""
        frame = pd.DataFrame([GOOD], columns=HEADER).assign(**{"A.8": [np.inf]})
        frame.to_parquet(tmp_path / "a.parquet")
        (fault,) = faults_of(read_survey, tmp_path / "a.parquet", framework)

        assert (1, "A.8", "inf") == (fault.row, fault.column, fault.value)

    def test_what_is_allowed_and_how_to_mend_it(self, survey):
        """A fault says what may be written, and the nearest answer where one is near."""
        ladder, ticks, number = faults_of(survey, one(Z_2_1="adoptd", Z_2_2="wbe", A_8="some"))

        assert ("0, 1, 2, or the exact text of a step", "did you mean `Adopted`?") == (ladder.allowed, ladder.fix)
        assert ("any of web, line, app joined by `;`, or `none` alone", "did you mean `web`?") == (ticks.allowed, ticks.fix)
        assert "a number from 0 to 100" == number.allowed
        assert "write a plain number" in number.fix

    def test_all_at_once_in_order(self, survey):
        """All faults of a table come at once, by row and then by column."""
        faults = faults_of(survey, one(Z_1_2="9", Z_2_1="9"), one(unit="", A_8="x"), one(unit="D", agency="A7", staff="y"))

        assert [(2, "C"), (2, "F"), (3, "A"), (3, "H"), (4, "B"), (4, "J")] == [(fault.row, fault.column[0]) for fault in faults]

    def test_answering_twice(self, survey):
        """The same respondent of the same unit twice is a fault that names both rows."""
        (fault,) = faults_of(survey, GOOD, one(unit="C"), one(agency="Office"))

        assert "row 4, column B (agency): B/A01 answers twice, in rows 2 and 4." in str(fault)

    def test_asked_of_someone_else(self, survey):
        """An answer to a question that was asked of another type is a fault."""
        (fault,) = faults_of(survey, one(agency="A02"))

        assert "row 2, column G (A.9): A02 answers a question that is asked of A01 only." in str(fault)

    def test_silent_but_answering(self, survey):
        """A respondent that did not answer has no answers, and one that did has some."""
        rows = [
            [*one(Z_2_1=""), "no_answer"],
            ["C", "A02", *[""] * 8, "answered"],
            [*one(unit="D"), "maybe"],
            [*one(unit="E"), ""],
        ]
        faults = faults_of(survey, *rows, header=[*HEADER, "status"])

        assert "row 2, column D (Z.2.2): there is an answer, but the status is no_answer." in str(faults[0])
        assert "row 3, column K (status): the status is answered, but there is no answer in the row." in str(faults[1])
        assert 'row 4, column K (status): "maybe" is no status.' in str(faults[2])
        assert "row 5, column K (status): the status is missing." in str(faults[3])

    def test_missing_and_unexpected_columns(self, survey):
        """A missing column is named with what may be meant, and so is an unexpected one."""
        missing, unexpected = faults_of(survey, GOOD, header=["Z.2_1" if name == "Z.2.1" else name for name in HEADER])

        assert "column `Z.2.1` is missing." in str(missing)
        assert "did you mean `Z.2_1`?" in missing.fix
        assert "column C (Z.2_1): column `Z.2_1` is not expected." in str(unexpected)
        assert "did you mean `Z.2.1`?" in unexpected.fix

    def test_cells_beside_a_missing_column(self, survey):
        """A missing column hides no fault in the cells of the others."""
        row = [cell for cell, name in zip(one(Z_1_2="9"), HEADER, strict=True) if name != "A.8"]
        missing, cell = faults_of(survey, row, header=[name for name in HEADER if name != "A.8"])

        assert "column `A.8` is missing." in str(missing)
        assert 'row 2, column F (Z.1.2): "9" is no answer here.' in str(cell)

    def test_numbers_for_names(self, tmp_path, framework):
        """Numbers in a column of names are a sign of shifted columns."""
        pd.DataFrame([[*GOOD, 7]], columns=[*HEADER, "unit_name"]).to_excel(tmp_path / "a.xlsx", index=False)
        (fault,) = faults_of(read_survey, tmp_path / "a.xlsx", framework)

        assert "row 2, column K (unit_name): there is a number, not a name." in str(fault)

    def test_no_questions(self, tmp_path):
        """A framework over a table has no survey, and the message says what to do."""
        text = (
            'id: t\nedition: "1"\ntitle: {th: ก, en: T}\nunit: {label: {th: ก, en: u}, plural: {th: ก, en: us}}\n'
            "bands: [{id: low, label: {th: ก, en: L}, minimum: 0}]\n"
            "pillars:\n- {id: a, label: {th: ก, en: A}, column: a, normalisation: {method: minmax}, reference: test}\n"
        )
        (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
        (tmp_path / "a.csv").write_text("unit\nx\n", encoding="utf-8")
        (fault,) = faults_of(read_survey, tmp_path / "a.csv", Framework.load(tmp_path / "t.yaml"))

        assert "the framework t asks no questions" in fault.problem
        assert "--indicators" in fault.fix


class TestProvinces:
    @pytest.fixture
    def provinces(self, root, tmp_path):
        """Read units as cells of a workbook under the edition over provinces."""
        edition = Framework.load(root / "params/framework/2559")

        def provinces(*cells):
            frame = pd.DataFrame({"unit": pd.Series(cells, dtype=object), "agency": "A02", **dict.fromkeys(edition.columns)})
            frame.assign(**{"P1.1.1": 2}).to_excel(tmp_path / "p.xlsx", index=False)
            return read_survey(tmp_path / "p.xlsx", edition)

        return provinces

    def test_codes_and_names(self, provinces):
        """A province is known by its codes, as text or number, and its exact names; it is kept under its ISO code."""
        units = provinces("TH-50", 57, "58", "เพชรบุรี", " จังหวัดเพชรบูรณ์ ", "Lop Buri").units.tolist()

        assert ["TH-50", "TH-57", "TH-58", "TH-76", "TH-67", "TH-16"] == units

    @pytest.mark.parametrize(("cell", "near"), [("เพชรบุร", "เพชรบุรี"), ("Chiang Mia", "Chiang Mai"), ("TH-99", "")])
    def test_nothing_near_is_accepted(self, provinces, cell, near):
        """What is only like a province is refused, with the nearest names."""
        (fault,) = faults_of(provinces, "TH-50", cell)

        assert f'row 3, column A (unit): "{cell}" is no known province.' in str(fault)
        assert "ISO code (TH-50), DOPA code (50), or the exact Thai or English name" == fault.allowed
        assert near in fault.fix

    def test_two_names_of_one_province(self, provinces):
        """Two rows that name one province in different ways are one respondent answering twice."""
        (fault,) = faults_of(provinces, "เชียงใหม่", "TH-50")

        assert "TH-50/A02 answers twice, in rows 2 and 3." in str(fault)


class TestPersonalData:
    CANARY = "0812345678"

    def test_dropped_before_anything_sees_it(self, survey):
        """Personal columns are in no part of the responses."""
        responses = survey([*GOOD, self.CANARY], header=[*HEADER, "phone"])

        assert self.CANARY not in responses.answers.to_string()
        assert "phone" not in responses.answers.columns
        assert self.CANARY not in repr(responses)

    @pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.parquet"])
    def test_in_no_message(self, tmp_path, framework, name):
        """No message quotes a personal column, whatever is wrong with the row."""
        frame = pd.DataFrame([[*one(Z_2_1="9", unit=""), self.CANARY]], columns=[*HEADER, "phone"])
        writer = {"a.csv": frame.to_csv, "a.xlsx": frame.to_excel, "a.parquet": frame.to_parquet}[name]
        writer(tmp_path / name, index=False)

        assert self.CANARY not in "\n".join(map(str, faults_of(read_survey, tmp_path / name, framework)))

    def test_ragged_rows_are_not_quoted(self, tmp_path, framework):
        """A row with a cell too many is named, not quoted."""
        (tmp_path / "a.csv").write_text(",".join([*HEADER, "phone"]) + f"\nB,A01,{self.CANARY}\n", encoding="utf-8")

        assert self.CANARY not in str(faults_of(read_survey, tmp_path / "a.csv", framework)[0])

    def test_a_row_with_nothing_else_is_empty(self, survey):
        """A row that holds only personal data is no respondent."""
        responses = survey([*GOOD, ""], [*[""] * 10, self.CANARY], header=[*HEADER, "phone"])

        assert 1 == len(responses.answers)
