"""Workbooks for people: styled header that stays in view, readable widths, the same bytes for the same content.

Text stays text: a cell that begins like a formula is written as text and marked so, and never runs.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill

from workbench.errors import Fault, WorkbenchError
from workbench.export import FORMULA_STARTS, whole_file
from workbench.paths import shown
from workbench.xlsx import column_letter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Sheet", "write_workbook"]

MOST_ROWS = 1_048_576
"""Rows of an Excel sheet, header included."""
FIXED = datetime(2016, 5, 23, tzinfo=UTC)
"""Written as the time of every workbook, so that equal content gives equal bytes."""
_WIDEST = 60


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet: a frame under its header."""

    name: str
    frame: pd.DataFrame
    frozen: int = 0
    """Columns at the left that stay in view."""
    widths: Mapping[str, int] | None = None
    """Widths of columns in characters; the others follow their header."""
    wrap: bool = False
    """True for sheets of prose."""


def write_workbook(path: Path, sheets: Sequence[Sheet], title: str) -> None:
    """Write *sheets* to an .xlsx file, whole or not at all.

    Raises:
        WorkbenchError: a sheet has more rows than Excel can hold, or the file cannot be written.
    """
    for sheet in sheets:
        if len(sheet.frame) >= MOST_ROWS:
            problem = f"sheet {sheet.name} would have {len(sheet.frame) + 1:,} rows."
            allowed = f"at most {MOST_ROWS:,} rows in .xlsx"
            raise WorkbenchError(Fault(file=shown(path), problem=problem, allowed=allowed, fix="write .parquet or .csv."))
    workbook = Workbook(write_only=True)
    workbook.properties.title = title
    workbook.properties.creator = "workbench"
    workbook.properties.created = FIXED.replace(tzinfo=None)
    for sheet in sheets:
        _fill(workbook.create_sheet(sheet.name), sheet)
    raw = io.BytesIO()
    workbook.save(raw)
    with whole_file(path) as partial:
        partial.write_bytes(_settled(raw.getvalue()))


def _fill(target: Any, sheet: Sheet) -> None:  # noqa: ANN401  (a sheet of openpyxl)
    columns = [str(name) for name in sheet.frame.columns]
    target.freeze_panes = f"{column_letter(sheet.frozen)}2"
    for place, name in enumerate(columns):
        width = (sheet.widths or {}).get(name, min(max(len(name) + 2, 9), _WIDEST))
        target.column_dimensions[column_letter(place)].width = width
    target.append([_header_cell(target, name) for name in columns])
    safe = {name for name in columns if not _needs_cells(sheet, name)}
    for row in _rows(sheet.frame):
        target.append(
            [value if name in safe else _cell(target, value, wrap=sheet.wrap) for name, value in zip(columns, row, strict=True)]
        )


def _needs_cells(sheet: Sheet, name: str) -> bool:
    """Whether a column has text that needs care; plain values are written faster."""
    column = sheet.frame[name]
    if sheet.wrap:
        return True
    if pd.api.types.is_numeric_dtype(column):
        return False
    texts = column.dropna().astype(str).unique()
    return any(text.startswith(FORMULA_STARTS) or ILLEGAL_CHARACTERS_RE.search(text) for text in texts)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Rows of plain values; None for what is missing."""
    plain = [column.astype(object).where(column.notna(), None).tolist() for _, column in frame.items()]
    return zip(*plain, strict=True)


def _header_cell(target: Any, name: str) -> WriteOnlyCell:  # noqa: ANN401  (a sheet of openpyxl)
    cell = _cell(target, name, wrap=False)
    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", start_color="1F3A5F")
    cell.alignment = Alignment(vertical="center")
    return cell


def _cell(target: Any, value: object, *, wrap: bool) -> WriteOnlyCell:  # noqa: ANN401  (a sheet of openpyxl)
    text = isinstance(value, str)
    cell = WriteOnlyCell(target, ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value)
    if text:
        cell.data_type = "s"
        cell.quotePrefix = str(value).startswith(FORMULA_STARTS)
    if wrap:
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _settled(raw: bytes) -> bytes:
    """The same workbook with fixed times, in the document's properties and in the archive."""
    moment = FIXED.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    settled = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as source,
        zipfile.ZipFile(settled, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        for member in source.infolist():
            body = source.read(member)
            if member.filename == "docProps/core.xml":
                body = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + moment, body)
            entry = zipfile.ZipInfo(member.filename, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, body, compresslevel=9)
    return settled.getvalue()
