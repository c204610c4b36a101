"""Quotation marks of a .csv file that would make one record of several.

A mark that opens a cell swallows everything up to the next mark, line breaks and separators with it. Where the marks of
two records pair up, every count comes out right and records are lost without a word: such cells are refused. A mark
within a cell that does not begin with one is a sign like any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute

from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["refuse_broken_quotes", "refuse_swallowed"]

_FIX = 'close it, or write "" for a mark inside a text.'


def refuse_broken_quotes(body: bytes, delimiter: str, file: str) -> None:
    """A mark that opens a cell must be closed at the end of a cell.

    Raises:
        WorkbenchError: names the line.
    """
    if b'"' not in body:
        return
    ends = re.escape(delimiter.encode()) + rb"\r\n"
    cell = re.compile(rb'(?:(?<![^%b])|(?<=\A\xef\xbb\xbf))"(?:[^"]*+(?:""[^"]*+)*+"(?![^%b])|())' % (ends, ends))
    for found in cell.finditer(body):
        if found[1] is not None:
            line = body.count(b"\n", 0, found.start()) + 1
            problem = "a cell begins with a double quotation mark and goes on after the one that closes it."
            raise WorkbenchError(Fault(file=file, line=line, problem=problem, fix=_FIX))


def refuse_swallowed(columns: Sequence[pa.DictionaryArray], rows: NDArray[np.int64], delimiter: str, file: str) -> None:
    """A cell that holds exactly the line breaks and separators of whole records holds records.

    Args:
        columns: The cells of each column.
        rows: Row of each record as a spreadsheet shows it.
        delimiter: What stands between cells.
        file: The name of the file in messages.

    Raises:
        WorkbenchError: names the row.
    """
    width = len(columns)
    for column in columns if width > 1 else ():
        broken = pa.compute.match_substring_regex(column.dictionary, "[\r\n]").to_numpy(zero_copy_only=False)
        for code in np.flatnonzero(broken).tolist():
            text = column.dictionary[code].as_py()
            breaks = len(re.findall("\r\n|\r|\n", text))
            if text.count(delimiter) == breaks * (width - 1):
                row = int(rows[int(np.argmax(column.indices.to_numpy(zero_copy_only=False) == code))])
                problem = f"a cell in double quotation marks holds the end of this row and {breaks} more."
                raise WorkbenchError(Fault(file=file, row=row, problem=problem, fix=_FIX))
