"""What the ratings of a workshop may be, and how a record of them is read; light enough to be read with every framework."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

from workbench.errors import Fault, FaultList, WorkbenchError, one_of
from workbench.paths import shown

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CODE", "COLUMNS", "FIGURES", "PART", "SCALES", "Entry", "read_record"]

SCALES: dict[str, tuple[str, ...]] = {
    "congruence": ("-1", "0", "1"),
    "relevance": ("1", "2", "3", "4"),
    "necessity": ("essential", "useful", "not"),
    "importance": ("1", "2", "3", "4", "5", "6", "7"),
}
"""What each rating may be."""
FIGURES = ("congruence", "relevance", "importance")
"""Ratings that are numbers."""
CODE = re.compile(r"E\d{1,3}")
"""The pseudonym of an expert."""
COLUMNS = ("expert", "sheet", "item", "value")
"""Of a record."""
PART = " | "
"""Between the name of a proposed indicator and why it is proposed."""
KINDS = (*SCALES, "points", "judgement", "comment", "proposal")
NUMBERS = (*FIGURES, "points", "judgement")
MAX_BYTES = 20_000_000
Entry = tuple[str, str, str, str]


def read_record(path: Path) -> tuple[Entry, ...]:
    """The rows of a record.

    Raises:
        WorkbenchError: the file is not there, too large, not UTF-8, or a row is none; each with its row.
    """
    name, faults = shown(path), FaultList()
    if not path.is_file():
        raise WorkbenchError(Fault(file=name, problem="there is no such record of ratings.", fix="correct `ratings`."))
    if path.stat().st_size > MAX_BYTES:
        raise WorkbenchError(Fault(file=name, problem="the record is too large.", allowed=f"at most {MAX_BYTES:,} bytes"))
    try:
        rows = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise WorkbenchError(
            Fault(file=name, problem="the record is no csv in UTF-8.", fix="write it anew by summarise.")
        ) from error
    if not rows or tuple(rows[0]) != COLUMNS:
        faults.add("the columns are others.", file=name, row=1, allowed=", ".join(COLUMNS), fix="write it anew by summarise.")
        faults.stop_if_any()
    found: list[Entry] = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(COLUMNS):
            faults.add(f"the row has {len(row)} cells.", file=name, row=number, allowed=f"{len(COLUMNS)}", fix="correct it.")
        elif not CODE.fullmatch(row[0]):
            faults.add(
                "the expert is no pseudonym.", file=name, row=number, column="expert", allowed="E and a number, such as E07"
            )
        elif row[1] not in KINDS:
            faults.add(f"`{row[1]}` is no kind of entry.", file=name, row=number, column="sheet", allowed=one_of(KINDS, 10))
        else:
            # The apostrophe that keeps spreadsheets from running a text is no part of it.
            value = re.sub(r"\A'(?=[=+\-@\t\r])", "", row[3])
            if row[1] in NUMBERS and not _is_number(value):
                faults.add(f'"{value}" is no number.', file=name, row=number, column="value", fix="correct it.")
                continue
            found.append((row[0], row[1], row[2], value))
    faults.stop_if_any()
    return tuple(found)


def _is_number(text: str) -> bool:
    try:
        return bool(math.isfinite(float(text)))
    except ValueError:
        return False
