"""The cells of one sheet of an Excel workbook, read safely.

Before a cell is read the archive is unpacked in pieces and counted, so that a small file that grows
to gigabytes, a cell far outside the table, or an XML document type is refused at a bounded cost.
Cells that hold a spreadsheet error or a formula without a stored result would be read as blank;
they are refused with their address. Formulas are never evaluated.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from workbench.errors import FaultList, one_of, suggestion
from workbench.percent_cells import percent_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sheet", "column_letter", "peek", "read_sheet"]

MAX_UNPACKED = 300_000_000
"""Bytes of XML in a workbook; 20,000 rows of 60 answers need about a fifth of it."""
MAX_AREA = 8_000_000
"""Cells of the rectangle that holds all cells of a sheet, empty ones counted: it is held in memory whole."""
_PIECE = 1 << 20
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ADDRESS = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_FORMULA = rb"<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)"
_CELL = rb"""[^>]*\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*>"""
_BROKEN_CELL = re.compile(rb"""<c\b(?=[^>]*\bt=["']e["'])""" + _CELL + rb"(?:" + _FORMULA + rb")?(?:<v>([^<]*)</v>)?")
_NO_RESULT = re.compile(rb"<c\b" + _CELL + _FORMULA + rb"(?:<v\s*/>|<v></v>)?</c>")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RESAVE = "open it in a spreadsheet program and save it again as .xlsx."


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet as a rectangle of cells from A1."""

    name: str
    rows: list[list[Any]]
    """Text, float, bool or a date; an empty cell is an empty text."""


def column_letter(position: int) -> str:
    """The name of a column as a spreadsheet shows it; *position* counts from 0.

    >>> column_letter(0), column_letter(25), column_letter(26), column_letter(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_sheet(raw: bytes, file: str, sheet: str | None = None, *, uncomputed: bool = False, percents: bool = False) -> Sheet:
    """The cells of a sheet.

    Args:
        raw: The bytes of an .xlsx file.
        file: Its name in messages.
        sheet: Name of the sheet; the first visible one when not given.
        uncomputed: Read formulas without a stored result as blank, for totals beside what is read.
        percents: Give numbers that are shown as percentages as the text that is shown, such as `49%` for 0.49.

    Raises:
        WorkbenchError: no valid workbook, no such sheet, too large, or a cell that holds an error.
    """
    members = _inspect(raw, file)
    faults = FaultList()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        name = _choose(workbook, sheet, file)
        _refuse_broken_cells(raw, members, name, file, uncomputed=uncomputed)
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        faults.add(f"the workbook cannot be read: {error}.", file=file, fix=_RESAVE)
        faults.stop_if_any()
    if percents:
        _show_percents(rows, raw, members, name)
    return Sheet(name=name, rows=rows)


def _show_percents(rows: list[list[Any]], raw: bytes, members: set[str], sheet: str) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = _part_of(archive, members, sheet)
    for address in percent_cells(raw, part):
        letters = address.rstrip("0123456789")
        row, column = int(address[len(letters) :]) - 1, _position(letters.encode()) - 1
        if row < len(rows) and column < len(rows[row]) and isinstance(rows[row][column], float | int):
            rows[row][column] = f"{round(rows[row][column] * 100, 10):.12g}%"


def peek(raw: bytes, file: str, rows: int) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    """The first rows of each visible sheet, unchecked, and the names of the hidden ones.

    Raises:
        WorkbenchError: no valid workbook.
    """
    _inspect(raw, file)
    faults = FaultList()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheets = [item for item in workbook.sheets_metadata if item.typ == SheetTypeEnum.WorkSheet]
        names = [item.name for item in sheets if item.visible == SheetVisibleEnum.Visible]
        read = {name: workbook.get_sheet_by_name(name) for name in names} if len(names) > 1 else {}
        tops = {name: sheet.to_python(skip_empty_area=False, nrows=rows) for name, sheet in read.items()}
    except CalamineError as error:
        faults.add(f"the workbook cannot be read: {error}.", file=file, fix=_RESAVE)
        faults.stop_if_any()
    hidden = tuple(item.name for item in sheets if item.name not in names)
    return tuple(Sheet(name=name, rows=tops.get(name, [])) for name in names), hidden


def _inspect(raw: bytes, file: str) -> set[str]:
    """Names of the archive's members, after every byte of them was unpacked and looked at.

    A member that claims a smaller size than it has fails its checksum, so the claim cannot be used to hide.
    """
    faults = FaultList()
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _look_at_members(archive, file, faults)
            names = set(archive.namelist())
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        fix = f"remove a password if it has one; {_RESAVE}"
        faults.add("this is not an Excel workbook, or it is damaged.", file=file, allowed=".xlsx without a password", fix=fix)
    faults.stop_if_any()
    return names


def _look_at_members(archive: zipfile.ZipFile, file: str, faults: FaultList) -> None:
    left = MAX_UNPACKED
    for member in archive.infolist():
        if member.file_size > left:
            faults.add(f"the workbook unpacks to more than {MAX_UNPACKED:,} bytes.", file=file, fix="save the table as .csv.")
            break
        body = b"".join(_pieces(archive, member))
        left -= len(body)
        if member.filename.endswith((".xml", ".rels")):
            if _DOCTYPE.search(body):
                faults.add(f"part `{member.filename}` declares a document type.", file=file, fix=_RESAVE)
                break
            if b"sheetData" in body:
                _refuse_far_cells(body, file, faults)


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _refuse_far_cells(body: bytes, file: str, faults: FaultList) -> None:
    """A cell at the far corner makes an empty rectangle of billions of cells."""
    found = _ADDRESS.findall(body)
    width = max((_position(letters) for letters in {letters for letters, _ in found}), default=0)
    height = max((int(digits) for digits in {digits for _, digits in found}), default=0)
    if width * height > MAX_AREA:
        problem = f"a sheet reaches to row {height:,} and column {column_letter(width - 1)}: {width * height:,} cells."
        faults.add(
            problem, file=file, allowed=f"{MAX_AREA:,} cells", fix="delete what stands outside the table, or save it as .csv."
        )


def _position(letters: bytes) -> int:
    """Position of a column, from 1."""
    position = 0
    for letter in letters:
        position = position * 26 + letter - ord("A") + 1
    return position


def _choose(workbook: CalamineWorkbook, wanted: str | None, file: str) -> str:
    sheets = [item for item in workbook.sheets_metadata if item.typ == SheetTypeEnum.WorkSheet]
    names = [item.name for item in sheets if wanted or item.visible == SheetVisibleEnum.Visible]
    if names and wanted in (None, *names):
        return wanted or names[0]
    faults = FaultList()
    if wanted is None:
        faults.add("the workbook has no visible sheet.", file=file, fix="unhide the sheet with the table.")
    else:
        faults.add(f"there is no sheet `{wanted}`.", file=file, allowed=one_of(names), fix=suggestion(wanted, names))
    faults.stop_if_any()
    return ""


def _refuse_broken_cells(raw: bytes, members: set[str], sheet: str, file: str, *, uncomputed: bool) -> None:
    """Errors such as #N/A and formulas that were never computed are not blanks."""
    faults = FaultList()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = _part_of(archive, members, sheet)
        body = archive.read(part) if part in members else b""
    for letters, digits, value in _BROKEN_CELL.findall(body) if b'"e"' in body or b"'e'" in body else ():
        what = value.decode("utf-8", "replace") or "an error"
        address = {"row": int(digits), "column": letters.decode()}
        faults.add(f"the cell holds the spreadsheet error {what}.", file=file, sheet=sheet, **address, fix="correct or empty it.")
    for letters, digits in _NO_RESULT.findall(body) if b"<f" in body and not uncomputed else ():
        address = {"row": int(digits), "column": letters.decode()}
        fix = "open the file in a spreadsheet program and save it, or replace the formula by its value."
        faults.add("the cell holds a formula without a stored result.", file=file, sheet=sheet, **address, fix=fix)
    faults.stop_if_any()


def _part_of(archive: zipfile.ZipFile, members: set[str], sheet: str) -> str:
    """The archive's member that holds *sheet*; empty when the workbook is laid out in another way."""
    main, relations = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
    if not {main, relations} <= members:
        return ""
    try:
        book = ET.fromstring(archive.read(main))  # noqa: S314  (document types were refused, so no entity can expand)
        links = ET.fromstring(archive.read(relations))  # noqa: S314  (the same)
    except ET.ParseError:
        return ""
    wanted = {item.get(_RELATION) for item in book.iter(f"{_MAIN}sheet") if item.get("name") == sheet}
    target = next((link.get("Target", "") for link in links if link.get("Id") in wanted), "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
