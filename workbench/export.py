"""Tables for others: csv files that open in any spreadsheet and hold nothing but data.

Text that a spreadsheet would run as a formula is marked as text. A file appears whole or not at all.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import Fault, WorkbenchError
from workbench.paths import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["csv_bytes", "output_folder", "safe_text", "whole_file", "write_csv"]

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""First characters that make a spreadsheet read text as a formula, their full-width forms included (OWASP ASVS 1.2.10)."""


def safe_text(value: object) -> object:
    """*value*, with an apostrophe before text that a spreadsheet would run; numbers are left alone.

    >>> safe_text("=1+1")
    "'=1+1"
    >>> safe_text(-1.5)
    -1.5
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """*frame* with its index as csv, text made safe.

    A byte-order mark is put first only where there is text beyond ASCII: without it Thai Excel shows
    such text as garbage, with it some programs misread the first column's name.
    """
    safe = frame.reset_index() if frame.index.name or isinstance(frame.index, pd.MultiIndex) else frame
    texts = [name for name in safe.columns if _holds_text(safe[name])]
    safe = safe.assign(**{str(name): safe[name].astype(object).map(safe_text, na_action="ignore") for name in texts})
    text: str = safe.rename(columns=safe_text).to_csv(index=False, lineterminator="\n")
    return text.encode("utf-8" if text.isascii() else "utf-8-sig")


def _holds_text(column: pd.Series) -> bool:
    """Whether cells may be text; categories may."""
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write *frame* as csv; the file is there whole or not at all.

    Raises:
        WorkbenchError: the folder cannot be written to.
    """
    with whole_file(path) as partial:
        partial.write_bytes(csv_bytes(frame))


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to; what was written takes the place of *path* when the block ends well, and is deleted otherwise."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield partial
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}."
        raise WorkbenchError(Fault(file=shown(path), problem=problem, fix="choose another folder or free it.")) from error
    finally:
        partial.unlink(missing_ok=True)


def output_folder(path: Path) -> Path:
    """*path* as a folder that exists and can be written to.

    Raises:
        WorkbenchError: it is a file, or cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = "this is a file, not a folder." if path.is_file() else f"the folder cannot be made: {error.strerror}."
        raise WorkbenchError(Fault(file=shown(path), problem=problem, fix="name a folder that can be written to.")) from error
    return path
