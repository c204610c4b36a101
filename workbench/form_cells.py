"""Cells of workbooks that people fill in: labels that stay, open cells that are seen, drop-downs.

Text is written as text, whatever it begins with. Protection has no password: it guards against slips and locks nobody out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.datavalidation import DataValidation

from workbench.xlsx import column_letter

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["FONT", "HEAD", "OPEN", "drop_down", "finish", "header", "open_cell", "put"]

HEAD, OPEN = PatternFill("solid", start_color="1F3A5F"), PatternFill("solid", start_color="FFF8DC")
FONT = "Tahoma"
"""On every Windows, and it has Thai."""
EDGE = Border(bottom=Side(style="hair", color="9AA5B1"))
TOP = Alignment(vertical="top", wrap_text=True)


def put(sheet: Any, row: int, column: int, text: str, *, bold: bool = False) -> None:  # noqa: ANN401  (a sheet of openpyxl)
    """A label: text whatever it begins with, and not to be changed."""
    cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell.alignment = TOP
    cell.font = Font(name=FONT, size=10, bold=bold)


def open_cell(sheet: Any, row: int, column: int, *, text: bool = False) -> None:  # noqa: ANN401
    """A cell to be filled; as text where anything may be written."""
    cell = sheet.cell(row, column)
    cell.protection = Protection(locked=False)
    cell.fill, cell.border = OPEN, EDGE
    cell.alignment = TOP
    cell.font = Font(name=FONT, size=10)
    if text:
        cell.number_format = "@"


def header(sheet: Any, names: Sequence[str], row: int = 1) -> None:  # noqa: ANN401
    """The row of the columns' names."""
    for column, name in enumerate(names, start=1):
        cell = sheet.cell(row, column)
        cell.value, cell.font, cell.fill = name, Font(name=FONT, size=10, bold=True, color="FFFFFF"), HEAD


def drop_down(sheet: Any, cells: str, formula: str, said: str) -> None:  # noqa: ANN401
    """Only what *formula* lists may stand in *cells*; *said* is told to whoever tries anything else."""
    rule = DataValidation(type="list", formula1=formula, allow_blank=True)
    rule.error, rule.errorTitle, rule.showErrorMessage = said[:250], "ค่าที่เลือกได้ / allowed", True
    sheet.add_data_validation(rule)
    rule.add(cells)


def finish(sheet: Any, widths: Sequence[int], frozen: str | None = "A2") -> None:  # noqa: ANN401
    """Widths, what stays in view, and the guard against slips."""
    for place, width in enumerate(widths):
        sheet.column_dimensions[column_letter(place)].width = width
    sheet.freeze_panes = frozen
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False
