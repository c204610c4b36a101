"""Tables from .xlsx, .csv, .tsv and .parquet files, every cell with its address.

Cells stay what they are: codes stay text (`NA` is Namibia, `012` keeps its zero), numbers stay numbers,
and only an empty cell is missing. A file that can be read in two ways, or only in part, is refused
with one sentence. Columns that are to be dropped are never kept, not even for messages.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.cleaning import clean, number, shown
from workbench.errors import Fault, FaultList, WorkbenchError
from workbench.grids import READERS, Grid, read_bytes
from workbench.intake.headers import NO_HEADERS
from workbench.paths import resolve
from workbench.paths import shown as shown_path
from workbench.xlsx import column_letter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.intake.headers import Headers

    Floats = NDArray[np.float64]
    Codes = NDArray[np.signedinteger[Any]]

__all__ = ["Column", "Table", "column_of", "read_table"]

MOST_FAULTS = 2000
"""Faults of one kind in one column that are described one by one, so that a wrong column of a large file stays bounded."""
_WHOLE = 10**9


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: numbers, or text as codes into the distinct texts (-1 where the cell is empty)."""

    name: str
    address: str
    """`C (P1.1.1)`: the letter as a spreadsheet shows it, and the header."""
    numbers: Floats | None = None
    codes: Codes | None = None
    texts: tuple[str, ...] = ()
    at: Codes | None = None
    """Row of each cell, where it is not the row of the record: on a form the answers stand one below the other."""

    @property
    def missing(self) -> NDArray[np.bool_]:
        """True where the cell is empty."""
        return np.isnan(self.numbers) if self.numbers is not None else self._codes < 0

    def as_text(self) -> tuple[Codes, tuple[str, ...]]:
        """Codes and the distinct texts; a number becomes the text a spreadsheet shows."""
        if self.numbers is None:
            return self._codes, self.texts
        return self._coded_numbers

    def as_numbers(self, sign: str = "") -> tuple[Floats, NDArray[np.bool_]]:
        """The numbers, NaN where the cell is empty or no number, and True where it is no number.

        A *sign* such as `%` may stand after the number.
        """
        if self.numbers is not None:
            return self.numbers, np.isinf(self.numbers)
        parsed = [number(text, sign) for text in self.texts]
        lookup = np.array([*(np.nan if value is None else value for value in parsed), np.nan])
        values = lookup[self._codes]
        return values, np.isnan(values) & ~self.missing

    def text_at(self, position: int, longest: int | None = 60) -> str:
        """One cell as a spreadsheet shows it, on one line, shortened to *longest* signs; None: whole."""
        if self.numbers is not None:
            value = float(self.numbers[position])
            return "" if np.isnan(value) else shown(value)
        code = self._codes[position]
        return shown(self.texts[code], longest or _WHOLE) if code >= 0 else ""

    def take(self, kept: NDArray[np.bool_]) -> Column:
        """The column with only the rows in *kept*."""
        numbers = None if self.numbers is None else self.numbers[kept]
        codes = None if self.codes is None else self.codes[kept]
        at = None if self.at is None else self.at[kept]
        return Column(name=self.name, address=self.address, numbers=numbers, codes=codes, texts=self.texts, at=at)

    @property
    def _codes(self) -> Codes:
        if self.codes is None:
            raise TypeError("a column holds numbers or codes")
        return self.codes

    @cached_property
    def _coded_numbers(self) -> tuple[Codes, tuple[str, ...]]:
        codes, values = pd.factorize(self.numbers)
        return _small(codes, len(values)), tuple(shown(float(value), _WHOLE) for value in values)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table as it stands in its file."""

    file: str
    sheet: str = ""
    encoding: str = ""
    """How a text file was read; empty for the other kinds."""
    fingerprint: str
    """First 16 hexadecimal digits of the file's SHA-256."""
    header_row: int = 1
    """Row of the header as a spreadsheet shows it; 0 for parquet."""
    hidden: tuple[str, ...] = ()
    """Hidden sheets, which were not read."""
    beside: tuple[str, ...] = ()
    """Other visible sheets that hold something, which were not read."""
    hidden_rows: str = ""
    """Hidden rows, which were read like others: `3, 5-9`."""
    hidden_columns: str = ""
    """Hidden columns, which were read like others: `C, F-H`."""
    left_out: tuple[str, ...] = ()
    """Names of columns whose cells were not kept."""
    parts: tuple[Table, ...] = ()
    """The tables of the files that it was put together from."""
    part_of: Codes | None = None
    """Of each record the position of its table in `parts`."""
    inside: Codes | None = None
    """Of each record its position in that table."""
    rows: Codes
    """Row of each record as a spreadsheet shows it; for parquet its number, from 1."""
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.rows)

    def fault(
        self, problem: str, position: int | None = None, column: str = "", *, value: str = "", allowed: str = "", fix: str = ""
    ) -> Fault:
        """A fault at a cell, a row or a column of this table; *position* counts records from 0."""
        file, sheet, row, address = self.place(position, column)
        return Fault(problem=problem, file=file, sheet=sheet, row=row, column=address, value=value, allowed=allowed, fix=fix)

    def place(self, position: int | None, column: str = "") -> tuple[str, str, int | None, str]:
        """File, sheet, row and column of a cell, a record or a column, as the spreadsheet shows them."""
        if self.part_of is not None and self.inside is not None and position is not None:
            part: Table = self.parts[self.part_of[position]]
            return part.place(int(self.inside[position]), column)
        found = self.columns.get(column)
        address = found.address if found is not None else column
        if position is None:
            return self.file, self.sheet, None, address
        at = found.at if found is not None and found.at is not None else self.rows
        return self.file, self.sheet, int(at[position]), address

    def each(self, wrong: NDArray[np.bool_], column: str, describe: Callable[[int], Fault]) -> Iterator[Fault]:
        """The fault of each row in *wrong*; after `MOST_FAULTS` of them one that counts the rest."""
        positions = np.flatnonzero(wrong).tolist()
        for position in positions[:MOST_FAULTS]:
            yield describe(position)
        if rest := positions[MOST_FAULTS:]:
            problem = f"the column has {len(rest):,} more faults like those above, from here on."
            yield self.fault(problem, rest[0], column, fix="correct those first.")

    def take(self, kept: NDArray[np.bool_]) -> Table:
        """The table with only the records in *kept*, which keep their addresses."""
        part_of = None if self.part_of is None else self.part_of[kept]
        inside = None if self.inside is None else self.inside[kept]
        columns = {name: column.take(kept) for name, column in self.columns.items()}
        return replace(self, rows=self.rows[kept], columns=columns, part_of=part_of, inside=inside)

    @property
    def frame(self) -> pd.DataFrame:
        """The table as a DataFrame of numbers and text, indexed by the row in the file."""
        index = pd.Index(self.rows, name="row")
        return pd.DataFrame({name: _series(column) for name, column in self.columns.items()}).set_axis(index)


def _series(column: Column) -> pd.Series:
    if column.numbers is not None:
        return pd.Series(column.numbers)
    codes, texts = column.as_text()
    return pd.Series(np.array([*texts, None], dtype=object)[codes], dtype="str")


def read_table(
    path: str | Path, *, headers: Headers = NO_HEADERS, sheet: str | None = None, broken: FaultList | None = None
) -> Table:
    """Read the table in a file. Empty rows and columns without header and content are left out.

    Args:
        path: An .xlsx, .csv, .tsv or .parquet file.
        headers: Names of columns that are expected, and those whose cells are not kept; where none of the names
            is found, there is no header. Without any, the first filled row is the header.
        sheet: Name of the sheet of a workbook; the first visible one when not given.
        broken: Takes the faults of cells that cannot be read; they are raised when not given.

    Raises:
        WorkbenchError: the file cannot be read as a table, in one sentence each.
    """
    file = shown_path(resolve(path))
    raw, suffix = read_bytes(resolve(path), file)
    digest = hashlib.sha256(raw).hexdigest()[:16]
    try:
        grid = READERS[suffix](raw, file, sheet, headers)
        del raw
        _note_broken(grid, broken)
        header = [clean(name) for name in grid.header]
        _check_header(header, grid, file, headers)
        columns = [
            column_of(name, cells, f"{column_letter(place)} ({name})" if grid.letters else name)
            for place, (name, cells) in enumerate(zip(header, grid.cells, strict=True))
            if headers.keeps(name)
        ]
    except WorkbenchError:
        raise
    except (pa.ArrowException, MemoryError, UnicodeError, csv.Error) as error:
        problem = f"the file cannot be read as {suffix}: {type(error).__name__}."
        raise WorkbenchError(Fault(file=file, problem=problem, fix="save it again, or as .csv.")) from error
    left_out = tuple(name for name in header if name and not headers.keeps(name))
    return _without_empty(file, columns, grid, digest, left_out)


def _note_broken(grid: Grid, broken: FaultList | None) -> None:
    if broken is not None:
        broken.extend(grid.faults)
    elif grid.faults:
        raise WorkbenchError(*grid.faults)


def _check_header(header: Sequence[str], grid: Grid, file: str, headers: Headers) -> None:
    """Every column with content has a name of its own."""
    faults = FaultList()
    place = {"file": file, "sheet": grid.sheet}
    if not any(header):
        faults.add("the table has no header.", **place, fix="write the column names in the first row.")
        faults.stop_if_any()
    known = headers.needed
    if known and not headers.own & set(header) and not set(known) & set(header):
        # The first row may be data, personal data among them: it is not quoted.
        names = ", ".join(list(known)[:3])
        row = grid.header_row or 1
        problem = f"the first row is no header: none of its {len(header)} cells is a column name that is expected here."
        faults.add(problem, **place, row=row, allowed=f"{names}, ...", fix="write the column names in the first row.")
        faults.stop_if_any()
    for name in sorted({name for name in header if name and header.count(name) > 1}):
        letters = [column_letter(position) for position, other in enumerate(header) if other == name]
        problem = f"column `{shown(name)}` appears {len(letters)} times, in {', '.join(letters)}."
        faults.add(problem, **place, column=letters[1], fix="give each column a name of its own.")
    faults.stop_if_any()


def column_of(name: str, cells: Any, address: str) -> Column:  # noqa: ANN401  (whatever a reader hands over)
    """One column from a list of cells or an Arrow array."""
    if isinstance(cells, pa.DictionaryArray):
        codes = _small(cells.indices.fill_null(-1).to_numpy(zero_copy_only=False), len(cells.dictionary))
        return _text_column(name, address, codes, cells.dictionary.to_pylist())
    if isinstance(cells, np.ndarray):
        return Column(name=name, address=address, numbers=np.asarray(cells, dtype=float))
    kinds = set(map(type, cells))
    if kinds <= {float, int}:
        return Column(name=name, address=address, numbers=np.array(cells, dtype=float))
    if kinds <= {float, int, str} and kinds != {str}:
        texts = {cell for cell in cells if type(cell) is str}
        if not any(map(clean, texts)):
            numbers = [np.nan if type(cell) is str else cell for cell in cells]
            return Column(name=name, address=address, numbers=np.array(numbers, dtype=float))
    if not kinds <= {str}:
        cells = [cell if type(cell) is str else shown(cell, _WHOLE) for cell in cells]
    codes, texts = pd.factorize(np.array(cells, dtype=object))
    return _text_column(name, address, _small(codes, len(texts)), list(texts))


def _small(codes: NDArray[Any], count: int) -> Codes:
    """Codes into *count* texts in as few bytes as they need: a large table is mostly codes."""
    kind = next(kind for kind in (np.int8, np.int16, np.int32, np.int64) if count <= np.iinfo(kind).max)
    return codes.astype(kind)


def _text_column(name: str, address: str, codes: Codes, texts: Sequence[str]) -> Column:
    """A text column whose empty cells have code -1."""
    empty = np.array([not clean(text) for text in texts] + [True])
    if empty[:-1].any():
        codes = np.where(empty[codes], np.array(-1, dtype=codes.dtype), codes)
    return Column(name=name, address=address, codes=codes, texts=tuple(texts))


def _without_empty(file: str, columns: list[Column], grid: Grid, fingerprint: str, left_out: tuple[str, ...]) -> Table:
    """The table without empty rows and unnamed empty columns."""
    place = {"file": file, "sheet": grid.sheet}
    faults = FaultList()
    for column in columns:
        if not column.name and not column.missing.all():
            row = int(grid.rows[np.argmin(column.missing)])
            letter = column.address.partition(" ")[0]
            faults.add("the column has content but no name.", **place, row=row, column=letter, fix="name or delete it.")
    named = [column for column in columns if column.name]
    empty = np.ones(len(grid.rows), dtype=bool)
    for column in named:
        empty &= column.missing
    filled = ~empty
    if not filled.any():
        faults.add("the table has a header but no row.", **place, fix="choose the file with the data.")
    faults.stop_if_any()
    kept = named if filled.all() else [column.take(filled) for column in named]
    return Table(
        file=file,
        sheet=grid.sheet,
        encoding=grid.encoding,
        fingerprint=fingerprint,
        header_row=grid.header_row,
        hidden=grid.hidden,
        beside=grid.beside,
        hidden_rows=grid.hidden_rows,
        hidden_columns=grid.hidden_columns,
        left_out=left_out,
        rows=grid.rows[filled],
        columns={column.name: column for column in kept},
    )
