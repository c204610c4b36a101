"""A questionnaire that one agency filled in, as `survey template` writes it: one question below the other.

The workbook has a sheet `questionnaire` with the columns `id`, `th`, `en` and `answer`. A box to tick is a row of its
own, `question/option`. The form becomes a table of one record whose cells keep their own rows. What stands beside the
answers, or in a row whose id is gone, would be lost: it is refused by its address, never quoted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cleaning import clean, shown
from workbench.errors import Fault, FaultList, WorkbenchError, suggestion
from workbench.framework_model import MultiSelect
from workbench.grids import read_bytes
from workbench.intake.headers import LOOKED_AT
from workbench.intake.unseen import hidden_columns, hidden_rows
from workbench.paths import shown as shown_path
from workbench.questions import SEPARATOR
from workbench.tables import Table, column_of
from workbench.xlsx import column_letter, peek, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from workbench.framework import Framework
    from workbench.intake.headers import Headers
    from workbench.xlsx import Sheet

__all__ = ["BOX", "COLUMNS", "LISTS", "SHEET", "TICKS", "read_questionnaire"]

SHEET = "questionnaire"
LISTS = "lists"
"""The hidden sheet behind the drop-downs."""
COLUMNS = ("id", "th", "en", "answer")
BOX = "/"
"""Between a question and one of its options."""
TICKS = ("✓", "✔", "√", "/", "x", "X", "1", "yes", "TRUE", "ใช่")
"""What a ticked box may hold; the first is what the form offers."""
UNTICKED = ("", "0", "no", "FALSE", "ไม่ใช่")
_WHOLE = 10**9


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One row of the form."""

    name: str
    cell: Any
    row: int


def read_questionnaire(path: Path, headers: Headers, framework: Framework, faults: FaultList) -> Table | None:
    """The form in a workbook as a table of one record; None when the workbook holds no such form.

    Rows that are no question and boxes without a tick in them are noted in *faults*.

    Raises:
        WorkbenchError: the workbook cannot be read, or the form was changed.
    """
    file = shown_path(path)
    raw, _ = read_bytes(path, file)
    sheets, hidden = peek(raw, file, LOOKED_AT)
    if SHEET not in {sheet.name for sheet in sheets}:
        return None
    found = read_sheet(raw, file, SHEET, percents=True, broken=faults)
    rows = found.rows
    start = next(
        (place for place, row in enumerate(rows) if [shown(cell) for cell in row[: len(COLUMNS)]] == list(COLUMNS)), None
    )
    if start is None:
        problem = f"sheet `{SHEET}` has no row with {', '.join(COLUMNS)}."
        raise WorkbenchError(Fault(file=file, sheet=SHEET, problem=problem, fix="use the form as `survey template` writes it."))
    _refuse_strays(found, start + 1, file, faults)
    lines = list(_lines(rows[start + 1 :], start + 2))
    cells = _cells(lines, headers, framework, file, faults)
    return Table(
        file=file,
        sheet=SHEET,
        fingerprint=hashlib.sha256(raw).hexdigest()[:16],
        header_row=start + 1,
        hidden=tuple(name for name in hidden if name != LISTS),
        beside=tuple(sheet.name for sheet in sheets if sheet.name != SHEET and any(map(any, sheet.rows))),
        hidden_rows=hidden_rows(found, start + 1),
        hidden_columns=hidden_columns(found, COLUMNS),
        left_out=tuple(line.name for line in lines if line.name in headers.dropped),
        rows=np.array([start + 1]),
        columns=cells,
    )


def _refuse_strays(sheet: Sheet, first: int, file: str, faults: FaultList) -> None:
    """Cells that hold something and would not be read, from position *first* on."""
    at = COLUMNS.index("answer")
    fix = f"write the answer into column {column_letter(at)} of the row of its question, and empty the cell."
    for row, cells in enumerate(sheet.rows[first:], start=first + 1):
        for place, cell in enumerate(cells):
            stray = place > at or (place == at and not clean(shown(cells[0])))
            if stray and clean(shown(cell)):
                why = "beside the answers" if place > at else "in a row without an id"
                place_ = {"file": file, "sheet": SHEET, "row": row, "column": column_letter(place)}
                faults.add(f"there is something {why}.", **place_, fix=fix)
    for top, left, bottom, right in sheet.merged:
        if bottom > first and left <= at + 1 <= right and top < bottom:
            place_ = {"file": file, "sheet": SHEET, "row": top, "column": column_letter(at)}
            faults.add(f"the answers of rows {top} to {bottom} are merged.", **place_, fix="unmerge them.")


def _lines(rows: list[list[Any]], first: int) -> Iterator[_Line]:
    """The rows that have an id."""
    for place, row in enumerate(rows):
        padded = [*row, *[""] * len(COLUMNS)]
        name = clean(shown(padded[0], _WHOLE))
        if name:
            yield _Line(name=name, cell=padded[COLUMNS.index("answer")], row=first + place)


def _cells(lines: list[_Line], headers: Headers, framework: Framework, file: str, faults: FaultList) -> dict[str, Any]:
    """Columns of one cell each, by name."""
    boxed = {item.id: item.question for item in framework.indicators if isinstance(item.question, MultiSelect)}
    letter = column_letter(COLUMNS.index("answer"))
    found: dict[str, Any] = {}
    ticked: dict[str, list[_Line]] = {}
    for line in lines:
        owner = line.name.partition(BOX)[0]
        if line.name in headers.dropped:
            continue
        if owner in boxed and BOX in line.name:
            ticked.setdefault(owner, []).append(line)
        elif line.name not in headers.own:
            fix = suggestion(line.name, headers.own) or "use the form as `survey template` writes it."
            faults.add(f"`{line.name}` is no question.", file=file, sheet=SHEET, row=line.row, column="A (id)", fix=fix)
        elif line.name in found:
            faults.add(f"`{line.name}` appears twice.", file=file, sheet=SHEET, row=line.row, column="A (id)", fix="keep one.")
        else:
            found[line.name] = _column(line.name, line.cell, letter, line.row)
    for name, boxes in ticked.items():
        text, row = _ticked(boxes, boxed[name], faults, file)
        found[name] = _column(name, text, letter, row)
    return found


def _column(name: str, cell: Any, letter: str, row: int) -> Any:  # noqa: ANN401  (a cell of any kind; a column)
    column = column_of(name, [cell], f"{letter} ({name})")
    return type(column)(
        name=column.name,
        address=column.address,
        numbers=column.numbers,
        codes=column.codes,
        texts=column.texts,
        at=np.array([row]),
    )


def _ticked(boxes: list[_Line], question: MultiSelect, faults: FaultList, file: str) -> tuple[str, int]:
    """The values of the ticked boxes as one cell, and the row of the first box."""
    values = {option.value for option in question.options} | {question.none_option}
    chosen = []
    for line in boxes:
        value = line.name.partition(BOX)[2]
        text = clean(shown(line.cell, _WHOLE))
        place: Mapping[str, Any] = {"file": file, "sheet": SHEET, "row": line.row}
        if value not in values:
            fix = suggestion(value, values) or "use the form as `survey template` writes it."
            faults.add(f"`{line.name}` is no box.", **place, column="A (id)", fix=fix)
        elif text in TICKS:
            chosen.append(value)
        elif text not in UNTICKED:
            column = f"{column_letter(COLUMNS.index('answer'))} ({line.name})"
            problem = f'"{shown(text)}" is no tick.'
            faults.add(problem, **place, column=column, value=shown(text), allowed=f"{TICKS[0]} or empty", fix="correct it.")
    return SEPARATOR.join(chosen), boxes[0].row
