"""Several tables as one, every cell with the file, sheet, row and column where it stands."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from workbench.tables import Column, Table, column_of

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["stacked"]


def stacked(tables: Sequence[Table], file: str) -> Table:
    """*tables* one below the other, called *file*; a column that one of them lacks is empty there."""
    names = list(dict.fromkeys(name for table in tables for name in table.columns))
    sizes = [len(table) for table in tables]
    lines = "\n".join(f"{table.file} {table.fingerprint}" for table in tables)
    return Table(
        file=file,
        encoding=", ".join(sorted({table.encoding for table in tables if table.encoding})),
        fingerprint=hashlib.sha256(lines.encode()).hexdigest()[:16],
        rows=np.concatenate([table.rows for table in tables]),
        columns={name: _joined(name, tables) for name in names},
        parts=tuple(tables),
        part_of=np.repeat(np.arange(len(tables)), sizes),
        inside=np.concatenate([np.arange(size) for size in sizes]),
    )


def _joined(name: str, tables: Sequence[Table]) -> Column:
    """One column of all tables; numbers stay numbers only where all of them are."""
    columns = [table.columns.get(name) for table in tables]
    address = next(column.address for column in columns if column is not None)
    if all(column is None or column.numbers is not None or column.missing.all() for column in columns):
        cells = [
            np.full(len(table), np.nan) if column is None or column.numbers is None else column.numbers
            for table, column in zip(tables, columns, strict=True)
        ]
        return Column(name=name, address=address, numbers=np.concatenate(cells))
    texts: list[str] = []
    for table, column in zip(tables, columns, strict=True):
        if column is None:
            texts += [""] * len(table)
        else:
            codes, distinct = column.as_text()
            texts += [distinct[code] if code >= 0 else "" for code in codes]
    return column_of(name, texts, address)
