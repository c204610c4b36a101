"""The questionnaire of a framework as a workbook for one agency: both languages, drop-downs, and an id on every row.

`questionnaire` reads it back. Only the cells to be filled can be changed; the lists behind the drop-downs stand on a
hidden sheet. Personal questions are on the form, for the office that gathers it, and stay behind at intake.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from workbench.errors import Fault, WorkbenchError
from workbench.export import whole_file
from workbench.form_cells import FONT, drop_down, finish, header, open_cell, put
from workbench.framework_model import Group, Ladder, Likert, MultiSelect, NumberField, NumberQuestion, Percent, Ratio, Year, YesNo
from workbench.intake.headers import EVIDENCE, TIMESTAMP
from workbench.intake.questionnaire import BOX, COLUMNS, LISTS, SHEET, TICKS
from workbench.questions import allowed, understood
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workbench.framework import Framework
    from workbench.framework_model import Indicator
    from workbench.text import Lang

__all__ = ["write_template"]

ANSWER = COLUMNS.index("answer") + 1
WIDTHS = (18, 62, 62, 34)
PILLAR = PatternFill("solid", start_color="D9E2EC")
LETTERS, LINE = 60, 15
"""Letters in a line of a question, and the height of a line in points."""
_LONGEST = 200


def write_template(framework: Framework, path: Path, language: Lang = "th") -> None:
    """Write the questionnaire of *framework* as .xlsx, with the drop-downs in *language*.

    Raises:
        WorkbenchError: the framework asks nothing, another extension, or the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        problem = "the questionnaire has another extension."
        raise WorkbenchError(Fault(file=path.name, problem=problem, allowed=".xlsx", fix="rename it."))
    if framework.respondents is None or not framework.columns:
        problem = f"the framework {framework.id} asks no questions, so it has no questionnaire."
        raise WorkbenchError(Fault(problem=problem, fix="give its table with --indicators."))
    book = Workbook()
    book.properties.title = str(framework.title)
    book.properties.creator = "workbench"
    writer = _Writer(book, framework, language)
    writer.write()
    raw = io.BytesIO()
    book.save(raw)
    with whole_file(path) as partial:
        partial.write_bytes(raw.getvalue())


class _Writer:
    """Writes one row after the other."""

    def __init__(self, book: Any, framework: Framework, language: Lang) -> None:  # noqa: ANN401  (a workbook of openpyxl)
        self.framework, self.language, self.texts = framework, language, Texts.default()
        self.sheet = book.active
        self.sheet.title = SHEET
        self.lists = book.create_sheet(LISTS)
        self.lists.sheet_state = "hidden"
        self.row = 1
        self.listed = 0
        self.asked: set[str] = set()

    def write(self) -> None:
        """The whole form."""
        names = ("title", "how", "blank", "personal")
        for place, name in enumerate(names):
            text = self.texts(f"survey_form.{name}", framework=self.framework.title)
            self._label(text, bold=place == 0)
        header(self.sheet, COLUMNS, self.row)
        first = self.row + 1
        self.row += 1
        self._respondent()
        for pillar in self.framework.pillars:
            self._band(pillar.label)
            for item in self._indicators(pillar):
                self._question(item)
        finish(self.sheet, WIDTHS, frozen=f"A{first}")
        self.sheet.print_title_rows = f"{first - 1}:{first - 1}"
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True

    def _respondent(self) -> None:
        """Who answers, and when."""
        framework, respondents = self.framework, self.framework.respondents
        if respondents is None:
            return
        self._answer(framework.unit.column, framework.unit.label, choices=self._unit_names())
        types = [item.label.get(self.language) for item in respondents.types]
        self._answer(respondents.column, respondents.label, choices=types)
        self._answer(TIMESTAMP, self.texts("survey_form.date"), text=True)
        for name in respondents.personal:
            known = f"survey_form.contact.{name}"
            label = self.texts(known) if known in self.texts else Text(th=name, en=name)
            self._answer(name, label, text=True)

    def _unit_names(self) -> list[str]:
        if self.framework.unit.registry is None:
            return []
        from workbench.provinces import PROVINCES  # noqa: PLC0415  (read only where units are provinces)

        return sorted(province.name.get(self.language) for province in PROVINCES)

    def _indicators(self, node: Group | Indicator) -> Iterator[Indicator]:
        if isinstance(node, Group):
            for child in node.children:
                yield from self._indicators(child)
        elif node.question is not None:
            yield node

    def _question(self, item: Indicator) -> None:
        question = item.question
        wording = self._wording(item)
        match question:
            case Ratio(numerator=above, denominator=below):
                fields = {number.id: number for number in self.framework.numbers}
                for name in (above, below):
                    if name not in self.asked:
                        self.asked.add(name)
                        self._answer(name, fields[name].label, number=fields[name])
            case MultiSelect():
                self._boxes(item, question, wording)
            case Ladder() | Likert() | YesNo():
                self._answer(item.id, wording, choices=self._choices(question))
            case NumberQuestion() | Percent() | Year():
                self._answer(item.id, wording, number=question)
        if question is not None and question.evidence != "none":
            label = self.texts(f"survey_form.evidence_{question.evidence}", id=item.id)
            self._answer(EVIDENCE.format(item.id), label, text=True)

    def _wording(self, item: Indicator) -> Text:
        """The question, with the rules of who answers it."""
        question = item.question
        text = (question.text if question is not None else None) or item.label
        notes = list(self._notes(item))

        def full(language: Lang) -> str:
            return " ".join([f"{item.id} {text.get(language)}", *(f"({note.get(language)})" for note in notes)])

        return Text(th=full("th"), en=full("en"))

    def _notes(self, item: Indicator) -> Iterator[Text]:
        """Who answers, and when."""
        question, respondents = item.question, self.framework.respondents
        if question is None or respondents is None:
            return
        if question.asked_of:
            labels = [kind.label for kind in respondents.types if kind.id in question.asked_of]
            who = Text(th=", ".join(label.th for label in labels), en=", ".join(label.en for label in labels))
            yield self.texts("survey_form.asked_of", who=who)
        if question.asked_if is not None:
            rule = question.asked_if
            yield self.texts("survey_form.asked_if", question=rule.question, answers=" / ".join(rule.answers))
        if question.required:
            yield self.texts("survey_form.required")

    def _choices(self, question: Ladder | Likert | YesNo) -> list[str]:
        """What the drop-down offers; the value of a step whose text says more than one."""
        if isinstance(question, Likert):
            return [str(point) for point in range(1, question.points + 1)]
        if isinstance(question, YesNo):
            return ["มี", "ไม่มี"] if self.language == "th" else ["Yes", "No"]
        known = understood(question)
        labels = [(step.label.get(self.language), str(step.value)) for step in question.steps]
        return [label if label in known else value for label, value in labels]

    def _boxes(self, item: Indicator, question: MultiSelect, wording: Text) -> None:
        """The question, and a row per box."""
        self._both(wording, bold=True)
        self.row += 1
        none = self.texts("survey_form.none")
        for value, label in [*((option.value, option.label) for option in question.options), (question.none_option, none)]:
            self._answer(f"{item.id}{BOX}{value}", Text(th=f"    {label.th}", en=f"    {label.en}"), choices=[TICKS[0]])

    def _answer(
        self,
        name: str,
        label: Text,
        *,
        choices: Sequence[str] = (),
        number: NumberField | NumberQuestion | Percent | Year | None = None,
        text: bool = False,
    ) -> None:
        """One row to be filled."""
        put(self.sheet, self.row, 1, name)
        self._both(label)
        open_cell(self.sheet, self.row, ANSWER, text=text or bool(choices))
        cell = self.sheet.cell(self.row, ANSWER).coordinate
        if choices:
            drop_down(self.sheet, cell, self._list(choices), ", ".join(choices)[:_LONGEST])
        if number is not None:
            self._limits(cell, number)
        self.row += 1

    def _list(self, choices: Sequence[str]) -> str:
        """A column of the hidden sheet that holds *choices*, as a formula."""
        self.listed += 1
        for row, choice in enumerate(choices, start=1):
            put(self.lists, row, self.listed, choice)
        letter = self.lists.cell(1, self.listed).column_letter
        return f"{LISTS}!${letter}$1:${letter}${len(choices)}"

    def _limits(self, cell: str, number: NumberField | NumberQuestion | Percent | Year) -> None:
        low, high = (0.0, 100.0) if isinstance(number, Percent) else (number.minimum, number.maximum)
        if low is None and high is None:
            return
        one = "lessThanOrEqual" if low is None else "greaterThanOrEqual"
        operator = "between" if low is not None and high is not None else one
        first, second = (low if low is not None else high), (high if low is not None else None)
        kind = "whole" if isinstance(number, Year) else "decimal"
        limits = [None if limit is None else f"{limit:g}" for limit in (first, second)]
        rule = DataValidation(type=kind, operator=operator, formula1=limits[0], formula2=limits[1], allow_blank=True)
        rule.error, rule.errorTitle, rule.showErrorMessage = allowed(number), "ค่าที่กรอกได้ / allowed", True
        self.sheet.add_data_validation(rule)
        rule.add(cell)

    def _label(self, text: Text, *, bold: bool) -> None:
        self._both(text, bold=bold)
        self.row += 1

    def _both(self, text: Text, *, bold: bool = False) -> None:
        """Both languages, in a row that is high enough for the longer one: not every program finds the height itself."""
        put(self.sheet, self.row, 2, text.th, bold=bold)
        put(self.sheet, self.row, 3, text.en, bold=bold)
        lines = max(-(-len(words) // LETTERS) for words in (text.th, text.en))
        self.sheet.row_dimensions[self.row].height = LINE * max(lines, 1)

    def _band(self, label: Text) -> None:
        """The name of a pillar across the form."""
        self._both(label, bold=True)
        for column in range(1, len(COLUMNS) + 1):
            cell = self.sheet.cell(self.row, column)
            cell.fill, cell.font = PILLAR, Font(name=FONT, size=10, bold=True)
        self.row += 1
