"""Tables of indicator values: one row per unit, read and checked against the framework.

Only the columns that the framework names are read; real tables have more. A blank, or a mark that the
framework lists under `unit.missing`, is "not measured", NaN; text where a number belongs is a fault. Nothing is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.cleaning import clean
from workbench.errors import FaultList, one_of, suggestion
from workbench.identity import repeated, synthetic_rows, units_of
from workbench.intake.headers import Headers
from workbench.preparation import context_columns
from workbench.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.errors import Fault
    from workbench.framework import Framework
    from workbench.tables import Table

__all__ = ["Indicators", "read_indicators"]


@dataclass(frozen=True, kw_only=True)
class Indicators:
    """Raw indicator values of units."""

    values: pd.DataFrame = field(repr=False)
    """Indexed by unit, one column per indicator id, in the indicator's own unit; NaN is "not measured"."""
    names: pd.DataFrame = field(repr=False)
    """Indexed by unit, columns `th` and `en`; empty text where the table has no name."""
    synthetic: bool
    """True when any row says that it is synthetic."""
    source: str
    """The file, as a reader should see it."""
    context: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    """Indexed by unit, what the values are divided or grouped by: numbers, and groups as text."""
    fingerprint: str
    """First 16 hexadecimal digits of the file's SHA-256."""
    encoding: str = ""
    """How a text file was read: `utf-8` or `cp874`."""


def read_indicators(path: str | Path, framework: Framework) -> Indicators:
    """Read and check a table of indicator values.

    Args:
        path: An .xlsx, .csv, .tsv or .parquet file, one row per unit.
        framework: Names the columns of unit, names and indicators.

    Returns:
        Values of shape `(units, indicators)` and names, in the order of the file.

    Raises:
        WorkbenchError: every fault of the table, by row and column.
    """
    unit = framework.unit
    personal = framework.respondents.personal if framework.respondents else ()
    beside = context_columns(framework)
    names = (unit.column, *framework.table_columns, *beside)
    table = read_table(path, headers=Headers(own=frozenset([*names, *personal]), dropped=frozenset(personal), needed=names))
    _check_columns(table, framework, beside)
    units, faults = units_of(table, framework)
    faults += _repeated_faults(table, unit.column, units)
    values = {}
    for item, name in zip(framework.indicators, framework.table_columns, strict=True):
        values[item.id], refused = _numbers(table, name, unit.missing)
        faults += _number_faults(table, name, refused)
    context = {}
    for name in beside:
        context[name], refused = _context_column(table, framework, name)
        faults += _number_faults(table, name, refused)
    found = FaultList()
    found.extend(sorted(faults, key=lambda fault: (fault.row or 0, fault.column)))
    found.stop_if_any()
    index = pd.Index(units, name="unit", dtype="str")
    return Indicators(
        values=pd.DataFrame(values, index=index),
        names=_names(table, framework, index),
        synthetic=bool(synthetic_rows(table).any()),
        source=table.file,
        context=pd.DataFrame(context, index=index),
        fingerprint=table.fingerprint,
        encoding=table.encoding,
    )


def _numbers(table: Table, name: str, missing: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """A column as numbers, and what is neither a number nor one of the framework's marks for a missing value."""
    column = table.columns[name]
    values, refused = column.as_numbers()
    if missing and refused.any() and column.numbers is None:
        codes, texts = column.as_text()
        marks = np.array([*(clean(text) in missing for text in texts), False])
        refused = refused & ~marks[codes]
    return values, refused


def _context_column(table: Table, framework: Framework, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A denominator as numbers, with what is none; a column of groups as text."""
    if any(item.denominator == name for item in framework.indicators):
        return _numbers(table, name, framework.unit.missing)
    return _texts(table, name), np.zeros(len(table), dtype=bool)


def _check_columns(table: Table, framework: Framework, beside: tuple[str, ...]) -> None:
    faults = FaultList()
    needed = (framework.unit.column, *framework.table_columns, *beside, *(framework.unit.names or {}).values())
    for name in dict.fromkeys(needed):
        if name not in table.columns:
            fix = suggestion(name, table.columns) or "add the column, or correct its name in the framework."
            place = {"file": table.file, "sheet": table.sheet, "column": name}
            faults.add(f"column `{name}` is missing.", **place, allowed=one_of(table.columns, 40), fix=fix)
    faults.stop_if_any()


def _repeated_faults(table: Table, name: str, units: np.ndarray) -> Iterator[Fault]:
    for position, earlier in repeated(units):
        rows = f"{int(table.rows[earlier])} and {int(table.rows[position])}"
        problem = f"{units[position]} has two rows, {rows}."
        yield table.fault(problem, position, name, value=str(units[position]), fix="keep one row per unit.")


def _number_faults(table: Table, name: str, refused: np.ndarray) -> Iterator[Fault]:
    def describe(position: int) -> Fault:
        text = table.columns[name].text_at(position)
        fix = "write a plain number, or leave the cell blank; marks such as NA are listed under `unit.missing`."
        return table.fault(f'"{text}" is no number.', position, name, value=text, allowed="a finite number", fix=fix)

    return table.each(refused, name, describe)


def _names(table: Table, framework: Framework, index: pd.Index) -> pd.DataFrame:
    """Names in both languages; a missing one is taken from the other language, if any."""
    columns = framework.unit.names or {}
    names = {language: _texts(table, columns[language]) if language in columns else None for language in ("th", "en")}
    th, en = names["th"], names["en"]
    empty = np.full(len(table), "", dtype=object)
    th, en = (th if th is not None else en), (en if en is not None else th)
    th, en = (empty if th is None else th), (empty if en is None else en)
    return pd.DataFrame({"th": np.where(th == "", en, th), "en": np.where(en == "", th, en)}, index=index, dtype="str")


def _texts(table: Table, name: str) -> np.ndarray:
    codes, texts = table.columns[name].as_text()
    return np.asarray(np.array([*map(clean, texts), ""], dtype=object)[codes])
