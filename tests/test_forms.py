"""The workshop from form to proposals: written, filled, read, summarised, proposed."""

import shutil
import subprocess
import sys

import numpy as np
import openpyxl
import pandas as pd
import pytest

from workbench import Framework, WorkbenchError
from workbench.amendments import Workshop, read_workshop
from workbench.answers import answered
from workbench.feedback import propose, summarise
from workbench.form_reader import read_forms
from workbench.forms import write_form
from workbench.rating_scales import read_record
from workbench.rules import Rules, load_rules
from workbench.sample_workshop import comments_of, make_forms
from workbench.workshop_record import forms_of, record

WORKSHOP = "params/workshops/2559-05-23.yaml"


def call(root, *arguments):
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "workshop", *map(str, arguments)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def edition(root):
    return Framework.load(root / "params/framework/2559")


@pytest.fixture(scope="module")
def sample(root, edition, tmp_path_factory):
    """The fifteen forms of the sample workshop."""
    folder = tmp_path_factory.mktemp("forms")
    words = comments_of(Framework.load(root / "params/framework/2559", workshops=[root / WORKSHOP]))
    make_forms(edition, folder, seed=2559, comments=words)
    return folder


@pytest.fixture
def blank(edition, tmp_path):
    """Empty forms, filled by a function each."""

    def blank(**fills):
        for name, fill in fills.items():
            path = tmp_path / f"{name}.xlsx"
            write_form(edition, path)
            book = openpyxl.load_workbook(path)
            fill(book)
            book.save(path)
        return [tmp_path]

    return blank


def rate(book, value=1, row=2, column=5):
    book["indicators"].cell(row, column).value = value


class TestForm:
    def test_sheets_labels_and_choices(self, edition, tmp_path):
        """Every indicator and pair in both languages; drop-downs; labels locked, answers open; text is text."""
        write_form(edition, tmp_path / "form.xlsx")
        book = openpyxl.load_workbook(tmp_path / "form.xlsx")

        assert ["instructions", "expert", "indicators", "weights", "pairs", "comments", "proposals"] == book.sheetnames
        sheet = book["indicators"]
        assert [item.id for item in edition.indicators] == [sheet.cell(row, 1).value for row in range(2, 52)]
        assert edition.indicators[0].label.th == sheet["C2"].value
        assert {'"-1,0,1"', '"1,2,3,4"', '"essential จำเป็น,useful มีประโยชน์,not ไม่จำเป็น"', '"1,2,3,4,5,6,7"'} == {
            rule.formula1 for rule in sheet.data_validations.dataValidation
        }
        assert "congruence\nความสอดคล้อง\nfits its aim" == sheet["E1"].value
        assert all(rule.prompt and rule.showInputMessage for rule in sheet.data_validations.dataValidation)
        assert ["index", "P1"] == [book["comments"].cell(row, 1).value for row in (2, 3)]
        assert all(row.height for page in book for row in page.row_dimensions.values())
        assert sheet.protection.sheet
        assert sheet["A2"].protection.locked
        assert not sheet["E2"].protection.locked
        assert 15 == sum(1 for row in range(2, 40) if book["pairs"].cell(row, 1).value)

    def test_text_that_looks_like_a_formula(self, root, tmp_path):
        """A label that begins with = is written as text."""
        text = (root / "params/framework/egdi/framework.yaml").read_text(encoding="utf-8")
        (tmp_path / "f.yaml").write_text(text.replace("en: Online Service Index", 'en: "=1+1"'), encoding="utf-8")
        write_form(Framework.load(tmp_path / "f.yaml"), tmp_path / "form.xlsx")

        assert "s" == openpyxl.load_workbook(tmp_path / "form.xlsx")["indicators"]["D2"].data_type

    @pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
    def test_opens_in_libreoffice(self, edition, tmp_path):
        """Converted without a complaint, and read back."""
        write_form(edition, tmp_path / "form.xlsx")
        command = [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--convert-to",
            "ods",
            "--outdir",
            tmp_path,
        ]
        done = subprocess.run([*command, tmp_path / "form.xlsx"], capture_output=True, text=True, check=False, timeout=120)

        assert 0 == done.returncode
        assert (tmp_path / "form.ods").is_file()


class TestSample:
    def test_its_mistakes_are_found_and_the_rest_counts(self, sample, edition):
        """Three incomplete forms, one inconsistent expert, one budget of 90 points."""
        forms = read_forms([sample], edition)
        found = summarise(forms, edition, Rules())

        assert 15 == len(forms.experts)
        assert 3 == int((found.experts["relevance"] < 40).sum())
        assert ["E06"] == list(found.experts.index[found.experts["consistency_ratio"] > 0.1])
        assert ["the points sum to 90."] == [fault.problem for fault in forms.faults]
        assert "E11" not in forms.points.index
        assert 14 == found.pillars["budget_n"].iloc[0]

    def test_the_record_of_the_project_is_that_of_these_forms(self, sample, edition, root):
        """The committed record is made again, cell by cell, and gives the same figures."""
        forms = read_forms([sample], edition)
        kept = read_workshop(root / WORKSHOP).record

        assert [tuple(row) for row in record(forms).itertuples(index=False)] == list(kept)
        again = summarise(forms_of(kept, edition), edition, Rules())
        first = summarise(forms, edition, Rules())
        pd.testing.assert_frame_equal(first.items, again.items, check_dtype=False)
        pd.testing.assert_frame_equal(first.pillars, again.pillars, check_dtype=False)
        pd.testing.assert_frame_equal(first.agreement, again.agreement)

    def test_from_forms_to_amendments_from_the_command_line(self, root, sample, tmp_path):
        """The doubted indicator is to be dropped, the favoured pillar to weigh more; nothing is accepted by a machine."""
        summary = call(root, "summarise", sample, "--framework", "params/framework/2559", "--out", tmp_path / "out")
        made = call(root, "propose", sample, "--framework", "params/framework/2559", "--out", tmp_path / "a.yaml")
        again = call(root, "propose", sample, "--framework", "params/framework/2559", "--out", tmp_path / "a.yaml")

        assert (0, 0, 2) == (summary.returncode, made.returncode, again.returncode), summary.stderr + made.stderr
        assert {"ratings", "indicators", "pillars", "agreement", "experts", "comments", "proposals", "faults"} == {
            path.stem for path in (tmp_path / "out").iterdir()
        }
        assert "E11.xlsx, sheet weights, row 8, column D (points): the points sum to 90." in summary.stderr
        workshop = read_workshop(tmp_path / "a.yaml")
        assert [("drop", "P4.3.1"), ("set", "P3.weight")] == [(item.kind, item.parameter) for item in workshop.amendments]
        assert {"proposed"} == {item.status for item in workshop.amendments}
        assert "I-CVI 0.29" in workshop.amendments[0].reason.en
        assert Framework.load(root / "params/framework/2559", workshops=[tmp_path / "a.yaml"]).fingerprint == (
            Framework.load(root / "params/framework/2559").fingerprint
        )
        assert "the file is there already." in again.stderr

    def test_no_name_leaves_the_forms(self, root, edition, tmp_path):
        """Names are in no output, whatever goes wrong with the form."""
        name_of_an_expert = "Somchai Jaidee"
        write_form(edition, tmp_path / "x.xlsx")
        book = openpyxl.load_workbook(tmp_path / "x.xlsx")
        book["expert"]["D2"], book["expert"]["D3"] = name_of_an_expert, name_of_an_expert
        rate(book, "seven")
        rate(book, 1, row=3)
        book.save(tmp_path / "x.xlsx")
        done = call(root, "summarise", tmp_path / "x.xlsx", "--framework", "params/framework/2559", "--out", tmp_path / "out")

        assert 0 == done.returncode, done.stderr
        assert "the code is none." in done.stderr
        written = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
        assert name_of_an_expert.encode() not in written + done.stderr.encode() + done.stdout.encode()


class TestFaults:
    def test_each_with_its_cell_and_the_rest_counts(self, blank, edition):
        """Ratings, ids, points, pairs: all at once."""

        def fill(book):
            rate(book, 5, row=2, column=6)
            rate(book, 1, row=3)
            book["indicators"]["A4"] = "P9.9.9"
            rate(book, 1, row=4)
            book["weights"]["D2"] = "many"
            book["pairs"]["E2"], book["pairs"]["F2"] = "A", None
            book["pairs"]["E3"], book["pairs"]["F3"] = "equal", 5
            book["proposals"]["A2"], book["proposals"]["B2"] = "P99", "new"

        forms = read_forms(blank(one=fill), edition)
        found = {(fault.sheet, fault.row, fault.column, fault.value): fault for fault in forms.faults}

        assert {
            ("indicators", 2, "F (relevance)", "5"),
            ("indicators", 4, "A (id)", "P9.9.9"),
            ("weights", 2, "D (points)", "many"),
            ("pairs", 2, "F (how_much)", ""),
            ("pairs", 3, "F (how_much)", "5"),
            ("proposals", 2, "A (pillar)", "P99"),
        } == set(found)
        assert "1, 2, 3, 4" == found["indicators", 2, "F (relevance)", "5"].allowed
        assert 1 == forms.ratings["congruence"].notna().sum().sum()

    def test_incomplete_pairs(self, blank, edition):
        """One judgement of fifteen gives no weights and is said."""

        def fill(book):
            book["pairs"]["E2"], book["pairs"]["F2"] = "B", 3
            rate(book)

        forms = read_forms(blank(one=fill), edition)
        assert ["1 of 15 pairs are judged, so there are no weights from them."] == [fault.problem for fault in forms.faults]

    def test_two_forms_of_one_expert(self, blank, edition):
        """By code or by name, neither is counted, whatever the case; others are."""

        def named(code, name):
            def fill(book):
                book["expert"]["D2"], book["expert"]["D3"] = code, name
                rate(book)

            return fill

        forms = read_forms(
            blank(a=named("E01", "One"), b=named("e01", "Two"), c=named(None, "x  Y"), d=named(None, "X y"), e=named("E07", "Z")),
            edition,
        )

        assert ("E07",) == forms.experts
        assert 2 == len(forms.faults)
        assert "have the same code E01; neither is counted." in forms.faults[0].problem
        assert "have the same name; neither is counted." in forms.faults[1].problem

    def test_blank_damaged_and_missing(self, blank, edition, tmp_path):
        """A blank form and a file that is none are named; with nothing to count it ends."""
        (tmp_path / "zz.xlsx").write_text("no workbook", encoding="utf-8")
        with pytest.raises(WorkbenchError) as caught:
            read_forms(blank(empty=lambda _: None), edition)
        problems = [fault.problem for fault in caught.value.faults]

        assert "the form is blank." in problems
        assert "this is not an Excel workbook, or it is damaged." in problems
        with pytest.raises(WorkbenchError, match="there is no such form"):
            read_forms([tmp_path / "nowhere.xlsx"], edition)

    def test_markup_and_formulas_in_comments_stay_text(self, root, blank, edition, tmp_path):
        """In the table a spreadsheet would not run it; in the page it is escaped."""
        from workbench.plots.ratings import comments

        def fill(book):
            book["comments"]["D2"] = "'=HYPERLINK(1)"
            cell = book["comments"]["D3"]
            cell.value, cell.data_type = "=1+1", "s"
            book["comments"]["D4"] = "<script>alert(1)</script>"
            book["comments"]["D5"] = "ไม่เห็นด้วย"
            rate(book)

        folder = blank(one=fill)[0]
        entries = tuple(tuple(row) for row in record(read_forms([folder], edition)).itertuples(index=False))
        page = comments(Workshop.model_construct(id="w", record=entries, answers=()), edition).html("en")
        done = call(root, "summarise", folder, "--framework", "params/framework/2559", "--out", tmp_path / "out")

        assert "<script>" not in page
        assert "&lt;script&gt;" in page
        assert '<td lang="th">ไม่เห็นด้วย</td>' in page
        assert "\n=1+1" not in done.stdout
        assert ",'=1+1" in (tmp_path / "out" / "comments.csv").read_text(encoding="utf-8-sig")

    def test_one_expert(self, root, blank, tmp_path):
        """Figures yes, agreement no, and it is said."""
        done = call(root, "summarise", *blank(one=rate), "--framework", "params/framework/2559", "--out", tmp_path / "out")

        assert 0 == done.returncode, done.stderr
        assert "Only one expert: there is no agreement to measure." in done.stderr

    def test_rules(self, root, tmp_path):
        """The shipped rules are the defaults; a cut-off out of range is a fault with its line."""
        assert Rules() == load_rules(root / "params/rules/workshop.yaml")
        (tmp_path / "r.yaml").write_text("ioc: 5\nkapa: 0.6\n", encoding="utf-8")
        with pytest.raises(WorkbenchError) as caught:
            load_rules(tmp_path / "r.yaml")
        assert {1, 2} == {fault.line for fault in caught.value.faults}
        assert "did you mean `kappa`?" in str(caught.value)


class TestRounds:
    def test_two_rounds_of_a_delphi(self, root, blank, tmp_path, edition):
        """Four rate twice: one of four changed is above 15 %, none is stable; who came once does not count."""

        def rated(importance, other):
            def fill(book):
                rate(book, importance, row=2, column=8)
                rate(book, other, row=3, column=8)

            return fill

        folder = blank(**{f"e{number}": rated(6, 5) for number in range(1, 5)})[0]
        command = ["--framework", "params/framework/2559"]
        first = call(root, "summarise", folder, *command, "--out", tmp_path / "one")
        book = openpyxl.load_workbook(folder / "e1.xlsx")
        rate(book, 3, row=2, column=8)
        book.save(folder / "e1.xlsx")
        earlier = tmp_path / "one" / "ratings.csv"
        second = call(root, "summarise", folder, *command, "--out", tmp_path / "two", "--earlier", earlier)
        table = pd.read_csv(tmp_path / "two" / "rounds.csv").set_index(["scale", "indicator"]).loc["importance"]

        assert (0, 0) == (first.returncode, second.returncode), second.stderr
        names = [item.id for item in edition.indicators[:3]]
        assert [4, 4, 0] == table.loc[names, "n"].tolist()
        assert [0.25, 0.0] == table.loc[names[:2], "changed"].tolist()
        assert ["False", "True"] == table.loc[names[:2], "stable"].astype(str).tolist()
        assert pd.isna(table.loc[names[2], "stable"])
        assert "1 of 2 ratings are stable between the rounds" in second.stderr


class TestAnswers:
    HEAD = """\
workshop: {id: w, title: {th: ก, en: w}, date: "2559-05-23", place: {th: ก, en: p}, ratings: r.csv}
amendments:
- {id: a1, parameter: P3.weight, expect: 1, to: 2, reason: {th: ก, en: r}, raised_by: S01, status: accepted}
"""
    RECORD = (
        "expert,sheet,item,value\nE01,comment,P3,More weight\nE02,comment,index,ดีแล้ว\nE03,proposal,P1,Open source | why not\n"
    )

    def read(self, tmp_path, answers):
        (tmp_path / "r.csv").write_text(self.RECORD, encoding="utf-8")
        (tmp_path / "w.yaml").write_text(f"{self.HEAD}answers:\n{answers}", encoding="utf-8")
        return read_workshop(tmp_path / "w.yaml")

    def test_by_the_hosts(self, root, tmp_path):
        """A comment that another's amendment answers, one that led to none, and a proposed indicator; what is open is open."""
        answers = (
            "- {expert: E01, item: P3, amendment: a1}\n- {expert: E03, proposal: Open source, answer: {th: รอบหน้า, en: Next}}\n"
        )
        meeting = self.read(tmp_path, answers)
        framework = Framework.load(root / "params/framework/2559", workshops=[tmp_path / "w.yaml"])
        rows = answered(meeting.record, meeting.answers, framework)

        assert [("E01", False), ("E02", True), ("E03", False)] == [(row.expert, row.open) for row in rows]
        assert "a1" == rows[0].amendments[0].id
        assert "Next" == rows[2].answer.en

    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ("{expert: E01, item: P4, amendment: a1}", "E01 wrote no comment `P4`."),
            ("{expert: E03, proposal: Open sauce, amendment: a1}", "did you mean `Open source`?"),
            ("{expert: E01, item: P3, amendment: a9}", "there is no amendment `a9`."),
            ("{expert: E01, item: P3}", "there is neither an `amendment` nor an `answer`."),
            ("{expert: E01, amendment: a1}", "an answer is to an `item` or to a `proposal`."),
        ],
    )
    def test_faults(self, tmp_path, entry, words):
        """Answers to what nobody wrote, with their line."""
        with pytest.raises(WorkbenchError, match=r"w\.yaml, line 5") as caught:
            self.read(tmp_path, f"- {entry}\n")
        assert words in str(caught.value)

    def test_every_comment_of_the_sample_is_answered(self, root):
        """By the amendment that its expert raised."""
        framework = Framework.load(root / "params/framework/2559", workshops=[root / WORKSHOP])
        (meeting,) = framework.workshops
        rows = answered(meeting.record, meeting.answers, framework)

        assert 12 == len(rows)
        assert not any(row.open for row in rows)
        assert 1 == sum(row.proposed for row in rows)


class TestProposals:
    def test_too_few_experts_propose_nothing(self, blank, edition):
        """Two who doubt an indicator are no workshop."""

        def doubt(book):
            for column, value in ((5, -1), (6, 1), (7, "not"), (8, 1)):
                rate(book, value, column=column)

        forms = read_forms(blank(a=doubt, b=doubt), edition)
        assert [] == propose(summarise(forms, edition, Rules()), edition, Rules())

    def test_weights_keep_their_sum(self, sample, edition):
        """A proposed weight is the budget's share of all weights of the edition."""
        found = summarise(read_forms([sample], edition), edition, Rules(weight_change=0.0))
        weights = {
            entry["parameter"]: entry["to"] for entry in propose(found, edition, Rules(weight_change=0.0)) if "to" in entry
        }

        np.testing.assert_allclose(sum(weights.values()), sum(node.weight for node in edition.pillars), atol=0.01)


class TestRecord:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("a,b\n", "the columns are others."),
            ("expert,sheet,item,value\nSomchai,relevance,P1.1.1,4\n", "the expert is no pseudonym."),
            ("expert,sheet,item,value\nE01,likes,P1.1.1,4\n", "`likes` is no kind of entry."),
            ("expert,sheet,item,value\nE01,relevance,P1.1.1,four\n", '"four" is no number.'),
            ("expert,sheet,item,value\nE01,relevance\n", "the row has 2 cells."),
        ],
    )
    def test_faults(self, tmp_path, text, words):
        """Each with its row; the words of a stranger's file are not repeated where a name may stand."""
        (tmp_path / "r.csv").write_text(text, encoding="utf-8")
        with pytest.raises(WorkbenchError) as caught:
            read_record(tmp_path / "r.csv")
        assert words in str(caught.value)
        assert "Somchai" not in str(caught.value)
