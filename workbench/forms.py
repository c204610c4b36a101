"""The form that experts fill in at a workshop: a workbook with drop-downs, protected labels and both languages.

Sheets have fixed English names, and so has the first line of every head, by which `form_reader` finds them; below it and
in the drop-downs stand both languages. A cell to be rated says what it asks when it is chosen. Only cells to be filled
can be changed. Text of the framework is written as text, whatever it begins with.
"""

from __future__ import annotations

import io
import unicodedata
from itertools import combinations
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties

from workbench.errors import Fault, WorkbenchError
from workbench.export import whole_file
from workbench.rating_scales import SCALES
from workbench.text import Texts
from workbench.xlsx import column_letter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.framework import Framework

__all__ = ["COMMENT_ROWS", "SHEETS", "spoken", "write_form"]

WHICH = ("A", "B", "equal")
SPOKEN = {"essential": "จำเป็น", "useful": "มีประโยชน์", "not": "ไม่จำเป็น", "equal": "เท่ากัน"}
"""Choices that are words, in Thai; a drop-down shows both, and the first word counts."""
STRENGTHS = tuple(str(value) for value in range(2, 10))
SHEETS = ("instructions", "expert", "indicators", "weights", "pairs", "comments", "proposals")
MOST_PILLARS = 10
"""Pairwise judgements of more than ten items cannot be told consistent."""
COMMENT_ROWS = 20
"""Rows for proposals."""
LANGUAGE_HEADS = {"th": "thai", "en": "english"}
"""Columns whose names would be languages among the texts."""
FACE, LETTERS, LINE = "Tahoma", 10, 14.0
"""A font of every Windows that has Thai letters; its size, and the height of a line, in points."""
HEAD, OPEN = PatternFill("solid", start_color="1F3A5F"), PatternFill("solid", start_color="FFF8DC")
TOP = Alignment(vertical="top", wrap_text=True)


def write_form(framework: Framework, path: Path) -> None:
    """Write the form of *framework* as .xlsx.

    Raises:
        WorkbenchError: another extension, or the file cannot be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise WorkbenchError(Fault(file=path.name, problem="the form has another extension.", allowed=".xlsx", fix="rename it."))
    book = Workbook()
    book.properties.title = str(framework.title)
    book.properties.creator = "workbench"
    _instructions(book.active, framework)
    _expert(book.create_sheet("expert"))
    _indicators(book.create_sheet("indicators"), framework)
    _weights(book.create_sheet("weights"), framework)
    if len(framework.pillars) <= MOST_PILLARS:
        _pairs(book.create_sheet("pairs"), framework)
    _comments(book.create_sheet("comments"), framework)
    _proposals(book.create_sheet("proposals"), framework)
    raw = io.BytesIO()
    book.save(raw)
    with whole_file(path) as partial:
        partial.write_bytes(raw.getvalue())


def _instructions(sheet: Any, framework: Framework) -> None:  # noqa: ANN401  (a sheet of openpyxl)
    sheet.title = "instructions"
    texts = Texts.default()
    lines = [texts("forms.title"), texts("forms.instructions.purpose", framework=framework.title)]
    lines += [texts(f"forms.instructions.{name}") for name in (*SHEETS[1:], "blank")]
    for row, line in enumerate(lines, start=1):
        for column, text in ((1, line.th), (2, line.en)):
            _put(sheet, row, column, text, bold=row == 1)
    _finish(sheet, (70, 70), frozen=None)


def _expert(sheet: Any) -> None:  # noqa: ANN401
    rows = (
        ("code", "รหัสที่ผู้จัดให้ เช่น E07", "code from the hosts, such as E07"),
        ("name", "ชื่อ-สกุล (ไม่เผยแพร่)", "name (not published)"),
    )
    _header(sheet, ("field", "th", "en", "answer"))
    for row, values in enumerate(rows, start=2):
        for column, value in enumerate(values, start=1):
            _put(sheet, row, column, value)
        _open(sheet, row, 4)
    _finish(sheet, (12, 40, 40, 40))


def _indicators(sheet: Any, framework: Framework) -> None:  # noqa: ANN401
    _header(sheet, ("id", "pillar", "th", "en", *SCALES))
    for row, item in enumerate(framework.indicators, start=2):
        pillar = framework.label(framework.pillar_of(item.id))
        for column, text in enumerate((item.id, f"{pillar.th} / {pillar.en}", item.label.th, item.label.en), start=1):
            _put(sheet, row, column, text)
        for column in range(5, 5 + len(SCALES)):
            _open(sheet, row, column)
    for column, (scale, values) in enumerate(SCALES.items(), start=5):
        _choices(sheet, column, values, len(framework.indicators), prompt=scale)
    _finish(sheet, (10, 34, 46, 46, 14, 14, 18, 14), frozen="E2")


def _weights(sheet: Any, framework: Framework) -> None:  # noqa: ANN401
    _header(sheet, ("id", "th", "en", "points"))
    count = len(framework.pillars)
    for row, node in enumerate(framework.pillars, start=2):
        for column, text in enumerate((node.id, node.label.th, node.label.en), start=1):
            _put(sheet, row, column, text)
        _open(sheet, row, 4)
    _put(sheet, count + 2, 3, "รวม / total (100)", bold=True)
    sheet.cell(count + 2, 4).value = f"=SUM(D2:D{count + 1})"
    rule = DataValidation(type="decimal", operator="between", formula1="0", formula2="100", allow_blank=True)
    rule.error = "0–100"
    _prompt(rule, "points")
    sheet.add_data_validation(rule)
    rule.add(f"D2:D{count + 1}")
    _finish(sheet, (10, 46, 46, 12))


def _pairs(sheet: Any, framework: Framework) -> None:  # noqa: ANN401
    _header(sheet, ("a", "a_label", "b", "b_label", "more_important", "how_much"))
    pairs = list(combinations(framework.pillars, 2))
    for row, (one, two) in enumerate(pairs, start=2):
        texts = (one.id, f"{one.label.th} / {one.label.en}", two.id, f"{two.label.th} / {two.label.en}")
        for column, text in enumerate(texts, start=1):
            _put(sheet, row, column, text)
        _open(sheet, row, 5)
        _open(sheet, row, 6)
    if pairs:
        _choices(sheet, 5, WHICH, len(pairs), prompt="more_important")
        _choices(sheet, 6, STRENGTHS, len(pairs), prompt="how_much")
    _finish(sheet, (10, 50, 10, 50, 18, 14))


def _comments(sheet: Any, framework: Framework) -> None:  # noqa: ANN401
    _header(sheet, ("id", "th", "en", "comment"))
    groups = (framework.index, *(node for node in framework.pillars if node not in framework.indicators))
    for row, item in enumerate((*groups, *framework.indicators), start=2):
        for column, text in enumerate((item.id, item.label.th, item.label.en), start=1):
            _put(sheet, row, column, text)
        _open(sheet, row, 4, text=True)
    _finish(sheet, (10, 46, 46, 80))


def _proposals(sheet: Any, framework: Framework) -> None:  # noqa: ANN401
    _header(sheet, ("pillar", "name", "why"))
    for row in range(2, 2 + COMMENT_ROWS):
        for column in (1, 2, 3):
            _open(sheet, row, column, text=True)
    _choices(sheet, 1, [node.id for node in framework.pillars], COMMENT_ROWS)
    _finish(sheet, (14, 60, 80))


def _put(sheet: Any, row: int, column: int, text: str, *, bold: bool = False) -> None:  # noqa: ANN401
    """A label: text whatever it begins with, and not to be changed."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell.alignment = TOP
    cell.font = Font(name=FACE, size=LETTERS, bold=bold)


def _open(sheet: Any, row: int, column: int, *, text: bool = False) -> None:  # noqa: ANN401
    """A cell to be filled; as text where anything may be written."""
    cell = sheet.cell(row, column)
    cell.protection = Protection(locked=False)
    cell.fill = OPEN
    cell.alignment = TOP
    cell.font = Font(name=FACE, size=LETTERS)
    if text:
        cell.number_format = "@"


def _header(sheet: Any, names: Sequence[str]) -> None:  # noqa: ANN401
    texts = Texts.default()
    for column, name in enumerate(names, start=1):
        cell, words = sheet.cell(1, column), texts(f"forms.heads.{LANGUAGE_HEADS.get(name, name)}")
        cell.value = f"{name}\n{words.th}\n{words.en}"
        cell.font, cell.fill, cell.alignment = Font(name=FACE, size=LETTERS, bold=True, color="FFFFFF"), HEAD, TOP


def spoken(value: str) -> str:
    """A choice as the drop-down shows it: the word that counts, and what it means in Thai."""
    return f"{value} {SPOKEN[value]}" if value in SPOKEN else value


def _choices(sheet: Any, column: int, values: Sequence[str], rows: int, prompt: str = "") -> None:  # noqa: ANN401
    shown = [spoken(value) for value in values]
    rule = DataValidation(type="list", formula1=f'"{",".join(shown)}"', allow_blank=True)
    rule.error, rule.errorTitle, rule.showErrorMessage = ", ".join(shown), "ค่าที่เลือกได้ / allowed", True
    if prompt:
        _prompt(rule, prompt)
    sheet.add_data_validation(rule)
    letter = column_letter(column - 1)
    rule.add(f"{letter}2:{letter}{rows + 1}")


def _prompt(rule: DataValidation, name: str) -> None:
    """What a cell asks, shown when it is chosen."""
    words = Texts.default()(f"forms.prompts.{name}")
    rule.prompt, rule.showInputMessage = f"{words.th}\n{words.en}", True


def _finish(sheet: Any, widths: Sequence[int], frozen: str | None = "A2") -> None:  # noqa: ANN401
    for place, width in enumerate(widths):
        sheet.column_dimensions[column_letter(place)].width = width
    for row in sheet.iter_rows():
        lines = max((_lines(str(cell.value), widths[cell.column - 1]) for cell in row if cell.value is not None), default=1)
        sheet.row_dimensions[row[0].row].height = LINE * lines + 4
    sheet.freeze_panes = frozen
    # Labels are protected against slips, without a password: nobody is locked out.
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if frozen:
        sheet.print_title_rows = "1:1"


def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column; Thai marks above and below take no width."""
    return sum(
        1 + int(sum(not unicodedata.combining(letter) for letter in line) // max(width - 2, 1)) for line in text.split("\n")
    )
