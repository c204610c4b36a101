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
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from workbench.errors import FaultList, one_of, suggestion
from workbench.file_kinds import other_kind
from workbench.percent_cells import percent_cells
from workbench.sheet_body import (
    broken_cells,
    column_letter,
    column_position,
    hidden_columns,
    hidden_rows,
    merged,
    one_form,
    reach,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sheet", "column_letter", "peek", "read_sheet"]

MAX_UNPACKED = 300_000_000
"""Bytes of XML in a workbook; 20,000 rows of 60 answers need about a fifth of it."""
MAX_AREA = 8_000_000
"""Cells of the rectangle that holds all cells of a sheet, empty ones counted: it is held in memory whole."""
MAX_TEXT = 1_000_000_000
"""Bytes of text in the cells of a sheet; a text that many cells share is stored once in the file, and held once for each."""
MOST_BROKEN = 2000
"""Broken cells that are named one by one."""
_PIECE = 1 << 20
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
"""How XML of two bytes a letter begins; it would hide from every look at it."""
_TEXT = re.compile(rb"<(?:[\w.-]+:)?si\b.*?</(?:[\w.-]+:)?si>", re.DOTALL)
_SHARED = re.compile(rb"""\bt=["']s["'][^>]*>\s*<(?:[\w.-]+:)?v>([0-9]+)<""")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
"""How a cell of a sheet begins."""
_RESAVE = "open it in a spreadsheet program and save it again as .xlsx."


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sheet as a rectangle of cells from A1."""

    name: str
    rows: list[list[Any]]
    """Text, float, bool or a date; an empty cell is an empty text."""
    hidden_rows: frozenset[int] = frozenset()
    """Rows that are hidden, by hand or by a filter, from 1; they are read like others."""
    hidden_columns: tuple[range, ...] = ()
    """Ranges of hidden columns, from 1; they are read like others."""
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """Merged cells: first row, first column, last row, last column, from 1; only the first of them has a value."""


def read_sheet(
    raw: bytes,
    file: str,
    sheet: str | None = None,
    *,
    uncomputed: bool = False,
    percents: bool = False,
    broken: FaultList | None = None,
) -> Sheet:
    """The cells of a sheet.

    Args:
        raw: The bytes of an .xlsx file.
        file: Its name in messages.
        sheet: Name of the sheet; the first visible one when not given.
        uncomputed: Read formulas without a stored result as blank, for totals beside what is read.
        percents: Give numbers that are shown as percentages as the text that is shown, such as `49%` for 0.49.
        broken: Takes the faults of cells that hold an error; they are raised when not given.

    Raises:
        WorkbenchError: no valid workbook, no such sheet, too large, or a cell that holds an error.
    """
    members = _inspect(raw, file)
    faults = FaultList()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        name = _choose(workbook, sheet, file)
        body = _body(raw, members, name, file)
        found = _broken(body, name, file, uncomputed=uncomputed)
        if broken is None:
            found.stop_if_any()
        else:
            broken.extend(found)
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        faults.add(f"the workbook cannot be read: {error}.", file=file, fix=_RESAVE)
        faults.stop_if_any()
    if percents:
        _show_percents(rows, raw, body)
    return Sheet(
        name=name, rows=rows, hidden_rows=hidden_rows(body), hidden_columns=hidden_columns(body), merged=tuple(merged(body))
    )


def _show_percents(rows: list[list[Any]], raw: bytes, body: bytes) -> None:
    for address in percent_cells(raw, body):
        letters = address.rstrip("0123456789")
        row, column = int(address[len(letters) :]) - 1, column_position(letters.encode()) - 1
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
    if (kind := other_kind(raw, ".xlsx")) is not None:
        faults.add(f"this is {kind.what}, not .xlsx.", file=file, fix=kind.fix)
        faults.stop_if_any()
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
    texts: list[int] = []
    shared: list[str] = []
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
            if body.startswith(_WIDE):
                faults.add(f"part `{member.filename}` is not written in UTF-8.", file=file, fix=_RESAVE)
                break
            if b"sheetData" in body:
                _refuse_far_cells(body, file, faults)
                shared.append(member.filename)
            elif member.filename.endswith("sharedStrings.xml"):
                texts = [len(text) for text in _texts(body)]
    if not len(faults):
        _refuse_repeated_texts(archive, shared, texts, file, faults)


def _texts(body: bytes) -> Iterator[bytes]:
    return (found[0] for found in _TEXT.finditer(body))


def _refuse_repeated_texts(archive: zipfile.ZipFile, sheets: list[str], texts: list[int], file: str, faults: FaultList) -> None:
    """One long text in a million cells is a small file and a large table."""
    for name in sheets if texts else ():
        body = archive.read(name)
        if body.count(b'"s"') + body.count(b"'s'") <= MAX_TEXT // max(texts):
            continue
        used = Counter(_SHARED.findall(body))
        size = sum(times * texts[int(place)] for place, times in used.items() if int(place) < len(texts))
        if size > MAX_TEXT:
            problem = f"the cells of a sheet hold {size:,} bytes of text."
            faults.add(problem, file=file, allowed=f"{MAX_TEXT:,} bytes", fix="delete the long texts, or save the table as .csv.")


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE):
            yield piece


def _refuse_far_cells(body: bytes, file: str, faults: FaultList) -> None:
    """A cell at the far corner makes an empty rectangle of billions of cells."""
    fix = "delete what stands outside the table, or save it as .csv."
    if _has_more_cells(body, MAX_AREA):
        faults.add(f"a sheet holds more than {MAX_AREA:,} cells.", file=file, allowed=f"{MAX_AREA:,} cells", fix=fix)
        return
    height, width = reach(one_form(body))
    if width * height > MAX_AREA:
        problem = f"a sheet reaches to row {height:,} and column {column_letter(width - 1)}: {width * height:,} cells."
        faults.add(problem, file=file, allowed=f"{MAX_AREA:,} cells", fix=fix)


def _has_more_cells(body: bytes, most: int) -> bool:
    """Cells may stand at one address many times over: a small rectangle, and each is held in memory."""
    return body.count(b"<") > most and next(islice(_CELL.finditer(body), most, None), None) is not None


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


def _body(raw: bytes, members: set[str], sheet: str, file: str) -> bytes:
    """The XML of a sheet in one form."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = _part_of(archive, members, sheet)
        if part in members:
            return one_form(archive.read(part))
    faults = FaultList()
    faults.add("the workbook is laid out so that errors in its cells cannot be seen.", file=file, sheet=sheet, fix=_RESAVE)
    faults.stop_if_any()
    return b""


def _broken(body: bytes, sheet: str, file: str, *, uncomputed: bool) -> FaultList:
    """Errors such as #N/A and formulas that were never computed are not blanks."""
    faults = FaultList()
    found = broken_cells(body, uncomputed=uncomputed)
    for row, column, error in islice(found, MOST_BROKEN):
        address: dict[str, Any] = {"file": file, "sheet": sheet, "row": row, "column": column}
        if error:
            faults.add(f"the cell holds the spreadsheet error {error}.", **address, fix="correct or empty it.")
        else:
            fix = "open the file in a spreadsheet program and save it, or replace the formula by its value."
            faults.add("the cell holds a formula without a stored result.", **address, fix=fix)
    if (more := next(found, None)) is not None:
        problem = "the sheet has more such cells, from here on."
        faults.add(problem, file=file, sheet=sheet, row=more[0], column=more[1], fix="correct those first.")
    return faults


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
    # The strict form of the format has other namespaces for the same names.
    named = [item for item in book.iter() if item.tag.endswith("}sheet") and item.get("name") == sheet]
    wanted = {value for item in named for name, value in item.items() if name.endswith("}id")}
    target = next((link.get("Target", "") for link in links if link.get("Id") in wanted), "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
