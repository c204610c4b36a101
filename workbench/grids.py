"""The raw cells of .xlsx, .csv, .tsv and .parquet files, before anything is made of them.

Each reader gives the header, the columns of cells and the row of each record as a spreadsheet shows
it. The header is the first filled row, or below titles the row with the known names. Encodings are
tried strictly in a fixed order and named; rows of unequal length, open quotation marks, NUL bytes,
nested columns, and a workbook with two tables are refused.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from workbench.cleaning import shown
from workbench.errors import Fault, FaultList, WorkbenchError, suggestion
from workbench.file_kinds import other_kind
from workbench.intake.headers import LOOKED_AT, Place
from workbench.intake.quotes import refuse_broken_quotes, refuse_swallowed
from workbench.intake.unseen import hidden_columns, hidden_rows, merged_records
from workbench.xlsx import peek, read_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.intake.headers import Headers
    from workbench.xlsx import Sheet

    Codes = NDArray[np.int64]

__all__ = ["READERS", "Grid", "read_bytes"]

TWO = 2
MAX_BYTES = 2_000_000_000
"""Files are read whole."""
ENCODINGS = ("utf-8-sig", "cp874")
"""Tried strictly in this order; cp874 is what Thai Excel writes, and it holds all of TIS-620."""
UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
"""Named by their first two bytes; without these UTF-16 is not told from a damaged file."""
_WHOLE = 10**9
_BLANK, _BREAKS = re.compile(rb"\s*+"), re.compile(rb"[\r\n]*+")
PIECE = 1 << 20
"""Bytes of text that are looked at together: few enough to stay near the processor."""
LONGEST = 1 << 25
"""Bytes that a row may have."""
_HEADER = 1 << 20
"""Bytes among which the header must end."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """What a reader hands over: header, columns of cells, and the row of each record."""

    header: Sequence[str]
    cells: Sequence[Any]
    rows: Codes
    sheet: str = ""
    encoding: str = ""
    letters: bool = True
    header_row: int = 1
    """Row of the header as a spreadsheet shows it; its lower row when it has two."""
    hidden: tuple[str, ...] = ()
    """Hidden sheets, which were not read."""
    beside: tuple[str, ...] = ()
    """Other visible sheets that hold something, which were not read."""
    hidden_rows: str = ""
    """Hidden rows, which were read like others: `3, 5-9`."""
    hidden_columns: str = ""
    """Hidden columns, which were read like others: `C, F-H`."""
    faults: tuple[Fault, ...] = ()
    """Cells that cannot be read."""


def read_bytes(path: Path, file: str) -> tuple[bytes, str]:
    """Content and kind of the file at *path*, called *file* in messages.

    Raises:
        WorkbenchError: it is no ordinary, readable file of a known kind.
    """
    suffix = path.suffix.lower()
    _refuse_unusable(path, suffix, file)
    try:
        raw = path.read_bytes()
    except OSError as error:
        problem = f"the file cannot be opened: {error.strerror}."
        raise WorkbenchError(Fault(file=file, problem=problem, fix="check its permissions.")) from error
    if (kind := other_kind(raw, suffix)) is not None:
        raise WorkbenchError(
            Fault(file=file, problem=f"this is {kind.what}, not {suffix}.", allowed=", ".join(READERS), fix=kind.fix)
        )
    return raw, suffix


def _refuse_unusable(path: Path, suffix: str, file: str) -> None:
    faults = FaultList()
    size = path.stat().st_size if path.is_file() else 0
    if path.is_dir():
        faults.add("this is a folder, not a file.", file=file, fix="name the file inside it.")
    elif not path.exists():
        names = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        faults.add("there is no such file.", file=file, fix=suggestion(path.name, names) or "correct the path.")
    elif suffix not in READERS:
        problem = f"a table cannot be read from `{suffix}`." if suffix else "the file name has no extension."
        faults.add(problem, file=file, allowed=", ".join(READERS), fix="save the table as .xlsx or .csv.")
    elif not path.is_file():
        faults.add("this is not an ordinary file.", file=file, fix="copy the table into a file.")
    elif size == 0:
        faults.add("the file is empty.", file=file, fix="choose a file with a table.")
    elif size > MAX_BYTES:
        faults.add(f"the file has {size:,} bytes.", file=file, allowed=f"at most {MAX_BYTES:,} bytes", fix="split it.")
    faults.stop_if_any()


def _refuse(file: str, problem: str, *, fix: str, line: int | None = None, row: int | None = None) -> WorkbenchError:
    return WorkbenchError(Fault(file=file, line=line, row=row, problem=problem, fix=fix))


def _read_xlsx(raw: bytes, file: str, sheet: str | None, headers: Headers) -> Grid:
    visible, hidden = peek(raw, file, LOOKED_AT)
    wanted = sheet if sheet is not None or len(visible) < TWO else _only_table(visible, headers, file)
    faults = FaultList()
    found = read_sheet(raw, file, wanted, percents=headers.percents, broken=faults)
    place = _place_in(found, headers, file)
    if place is None:
        raise WorkbenchError(Fault(file=file, sheet=found.name, problem="the sheet is empty.", fix="put the table on it."))
    body = found.rows[place.last + 1 :]
    cells = list(zip(*body, strict=True)) if body else [()] * len(place.names)
    rows = np.arange(place.last + 2, place.last + 2 + len(body))
    faults.extend(merged_records(found, place, headers, file))
    return Grid(
        header=place.names,
        cells=cells,
        rows=rows,
        sheet=found.name,
        header_row=place.last + 1,
        hidden=hidden,
        beside=tuple(other.name for other in visible if other.name != found.name and any(map(any, other.rows))),
        hidden_rows=hidden_rows(found, place.last + 1),
        hidden_columns=hidden_columns(found, place.names),
        faults=tuple(faults),
    )


def _place_in(sheet: Sheet, headers: Headers, file: str) -> Place | None:
    """The header of a sheet: by known names, else its first filled row; None for an empty sheet."""
    start = next((at for at, row in enumerate(sheet.rows) if any(cell != "" for cell in row)), None)
    if start is None:
        return None
    top = [[shown(cell, _WHOLE) for cell in row] for row in sheet.rows[start : start + LOOKED_AT]]
    found = headers.place(top) or Place(first=0, last=0, names=tuple(map(headers.name, top[0])))
    _refuse_records_above(found, top, headers, file, sheet=sheet.name, before=start)
    return Place(first=start + found.first, last=start + found.last, names=found.names)


def _refuse_records_above(
    place: Place, rows: Sequence[Sequence[str]], headers: Headers, file: str, *, sheet: str = "", before: int = 0
) -> None:
    """A table that was sorted with its header among the records would lose those above it."""
    above = next((at for at, row in enumerate(rows[: place.first]) if headers.like_a_record(row, place.names)), None)
    if above is not None:
        row, header = above + before + 1, place.last + before + 1
        problem = f"the row stands above the header, which is in row {header}, and is filled like a record."
        fix = "move the header to the top of the table, or delete the row."
        raise WorkbenchError(Fault(file=file, sheet=sheet, row=row, problem=problem, fix=fix))


def _only_table(sheets: Sequence[Sheet], headers: Headers, file: str) -> str:
    """Name of the one visible sheet with the table; of the first one where names of columns are not known."""
    places = [_place_in(sheet, headers, file) for sheet in sheets]
    found = [set(place.names) if place is not None else set() for place in places]
    tables = [sheet for sheet, names in zip(sheets, found, strict=True) if headers.keys and {*headers.keys} <= names]
    if len(tables) > 1:
        names = ", ".join(f"`{sheet.name}`" for sheet in tables)
        problem = f"{len(tables)} visible sheets hold a table: {names}."
        raise WorkbenchError(
            Fault(file=file, problem=problem, fix="keep the one to be read visible, and hide or delete the others.")
        )
    return (tables or sheets)[0].name


def _read_text(raw: bytes, file: str, delimiter: str, headers: Headers) -> Grid:
    """Rows of a .csv or .tsv file; a row has as many cells as the header, or is refused."""
    text, encoding = _decode(raw, file)
    _refuse_open_quotes(text, file)
    refuse_broken_quotes(text, delimiter, file)
    mark = len(codecs.BOM_UTF8) if text.startswith(codecs.BOM_UTF8) else 0
    if _BLANK.fullmatch(text, mark):
        raise _refuse(file, "the file holds no table.", fix="choose a file with a table.")
    found = _BREAKS.match(text, mark)
    lead = found[0] if found is not None else b""
    before = lead.count(b"\n") or lead.count(b"\r")
    start, titles, place = _below_titles(text, mark + len(lead), delimiter, headers, file)
    table, rows = _parse(text, start, delimiter, file, before + titles)
    pieces = table.unify_dictionaries().columns
    del table
    columns = [pieces.pop(0).combine_chunks() for _ in range(len(pieces))]  # and let go of them one by one
    refuse_swallowed(columns, rows, delimiter, file)
    first = [column[0].as_py() for column in columns]
    _refuse_wrong_separator(first, delimiter, file)
    names = place.names if place is not None and len(place.names) == len(first) else tuple(map(headers.name, first))
    cells = [column[1:] for column in columns]
    return Grid(header=names, cells=cells, rows=rows[1:], encoding=encoding, header_row=int(rows[0]))


def _below_titles(text: bytes, start: int, delimiter: str, headers: Headers, file: str) -> tuple[int, int, Place | None]:
    """Where the header begins, looked for from *start* on, how many records stand above it, and the header."""
    records: list[list[str]] = []
    ends = [0]
    lines = list(
        io.StringIO(text[start : start + _HEADER].decode(errors="ignore"), newline="")
    )  # a break within quotation marks stays
    sizes = [0, *accumulate(len(line.encode()) for line in lines)]
    reader = csv.reader(lines, delimiter=delimiter)
    for record in islice(reader, LOOKED_AT):
        records.append(record)
        ends.append(sizes[reader.line_num])
    place = headers.place(records)
    if place is None:
        return start, 0, place
    _refuse_records_above(place, records, headers, file)
    return start + ends[place.last], place.last, place


def _parse(text: bytes, start: int, delimiter: str, file: str, before: int) -> tuple[pa.Table, Codes]:
    """Every cell from *start* on as text, and the row of each record; *before* rows stand above."""
    body = pa.py_buffer(text).slice(start)  # a copy would be as large as the file
    odd: list[pa.csv.InvalidRow] = []
    try:
        table = _arrow_table(body, delimiter, odd, PIECE, threads=True)
        again = bool(odd)  # only one thread knows the numbers of rows
    except pa.ArrowInvalid:  # a row is longer than a piece
        again = True
    if again:
        odd.clear()
        table = _arrow_table(body, delimiter, odd, LONGEST, threads=False)
    faults = FaultList()
    for row in odd:
        if row.text.strip():
            problem = f"the row has {row.actual_columns} cells, the header has {row.expected_columns}."
            fix = "give every row the same number of cells; put a text that holds the separator in double quotes."
            faults.add(problem, file=file, row=row.number + before, fix=fix)
    faults.stop_if_any()
    left_out = np.array([row.number for row in odd], dtype=np.int64)
    return table, np.delete(np.arange(1, table.num_rows + len(odd) + 1), left_out - 1) + before


def _arrow_table(body: pa.Buffer, delimiter: str, odd: list[pa.csv.InvalidRow], block: int, *, threads: bool) -> pa.Table:
    """The text as a table, *block* bytes at a time; rows with another number of cells than the first go to *odd*."""

    def skipped(row: pa.csv.InvalidRow) -> str:
        odd.append(row)
        return "skip"

    start = body.slice(0, min(_HEADER, body.size)).to_pybytes().decode(errors="ignore")
    first = next(csv.reader(io.StringIO(start, newline=None), delimiter=delimiter))
    types = {f"f{place}": pa.dictionary(pa.int32(), pa.string()) for place in range(len(first))}
    return pa.csv.read_csv(
        pa.BufferReader(body),
        read_options=pa.csv.ReadOptions(use_threads=threads, autogenerate_column_names=True, block_size=block),
        parse_options=pa.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=skipped
        ),
        convert_options=pa.csv.ConvertOptions(strings_can_be_null=False, column_types=types),
    )


def _decode(raw: bytes, file: str) -> tuple[bytes, str]:
    """The text as UTF-8 bytes, and the encoding it was in."""
    if (wide := UTF_16.get(raw[:2])) is not None:
        try:
            raw = raw[2:].decode(wide).encode()
        except UnicodeDecodeError as error:
            raise _refuse(
                file, "the file begins as UTF-16, and goes on as something else.", fix="save it as CSV UTF-8."
            ) from error
    if b"\0" in raw:
        line = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise _refuse(file, "the file holds a NUL byte: it is damaged or no text.", line=line, fix="save it again.")
    line = 0
    for encoding in ENCODINGS:
        try:
            return _as_utf8(raw, encoding), "utf-16" if wide else encoding.removesuffix("-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
    raise _refuse(file, "the text is neither UTF-8 nor cp874 (Thai Windows).", line=line, fix="save it as CSV UTF-8.")


def _as_utf8(raw: bytes, encoding: str) -> bytes:
    """The text in UTF-8, perhaps behind its mark; what is in it already is only looked at, piece by piece."""
    if encoding != "utf-8-sig":
        return raw.decode(encoding).encode()
    look = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(raw), PIECE):
        look.decode(raw[start : start + PIECE], final=start + PIECE >= len(raw))
    return raw


def _refuse_open_quotes(body: bytes, file: str) -> None:
    """A quotation mark that is never closed swallows the rows after it."""
    if body.count(b'"') % 2:
        line = max(at for at, text in enumerate(body.split(b"\n"), start=1) if text.count(b'"') % 2)
        fix = 'close it, or write "" for a mark inside a text.'
        raise _refuse(file, "a double quotation mark is not closed.", line=line, fix=fix)


def _refuse_wrong_separator(header: Sequence[str], delimiter: str, file: str) -> None:
    other = next((sign for sign in ";\t," if sign != delimiter and sign in header[0]), "")
    if len(header) == 1 and other:
        names = {";": "semicolons", "\t": "tabs", ",": "commas"}
        problem = f"the columns are separated by {names[other]}, not {names[delimiter]}."
        raise _refuse(file, problem, row=1, fix="save it as .csv with commas, or as .tsv with tabs.")


def _read_parquet(raw: bytes, file: str, _: str | None, headers: Headers) -> Grid:
    schema = pa.parquet.read_schema(io.BytesIO(raw))
    coded = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
    table = pa.parquet.read_table(io.BytesIO(raw), read_dictionary=coded).unify_dictionaries()
    faults = FaultList()
    names, size, columns = table.column_names, table.num_rows, table.columns
    del table
    # Columns are let go of one by one.
    cells = [_arrow_cells(columns.pop(0).combine_chunks(), name, file, faults) for name in names]
    faults.stop_if_any()
    return Grid(header=tuple(map(headers.name, names)), cells=cells, rows=np.arange(1, size + 1), letters=False, header_row=0)


def _arrow_cells(column: pa.Array, name: str, file: str, faults: FaultList) -> Any:  # noqa: ANN401  (one of the kinds of cells)
    """Numbers as an array, everything else as coded text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        texts = column.dictionary
        if pa.types.is_string(kind.value_type) and not texts.null_count and len(texts.unique()) == len(texts):
            return column
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind):
        return column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    if pa.types.is_boolean(kind):
        return pa.compute.utf8_upper(column.cast(pa.string())).dictionary_encode()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_temporal(kind):
        return column.cast(pa.string()).dictionary_encode()
    faults.add(f"column `{name}` holds {kind}.", file=file, column=name, allowed="text, numbers, true and false, dates")
    return np.full(len(column), np.nan)


READERS: Mapping[str, Callable[[bytes, str, str | None, Headers], Grid]] = {
    ".xlsx": _read_xlsx,
    ".csv": lambda raw, file, _, headers: _read_text(raw, file, ",", headers),
    ".tsv": lambda raw, file, _, headers: _read_text(raw, file, "\t", headers),
    ".parquet": _read_parquet,
}
