"""Columns that a survey must have, and those it may not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import FaultList, suggestion
from workbench.identity import STATUS_COLUMN
from workbench.intake.headers import EVIDENCE, TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.errors import Fault
    from workbench.framework import Framework
    from workbench.tables import Table

__all__ = ["column_faults", "evidence_columns"]

NAMES = ("unit_name", "agency_name")
"""For readers; not used."""
OPTIONAL = ("status", STATUS_COLUMN, TIMESTAMP, *NAMES)
"""Columns that a survey may have beside unit, respondent and answers."""


def evidence_columns(framework: Framework) -> dict[str, str]:
    """Of each indicator that asks for evidence the column that says what was attached."""
    items = [item for item in framework.indicators if item.question is not None and item.question.evidence != "none"]
    return {item.id: EVIDENCE.format(item.id) for item in items}


def column_faults(table: Table, framework: Framework, keys: tuple[str, str], beside: Framework | None = None) -> list[Fault]:
    """Columns that are missing, not expected, or hold numbers for names, in every file of the table.

    What only *beside* or the edition of *framework* asks may be there.
    """
    return [fault for part in table.parts or (table,) for fault in _faults(part, framework, keys, beside)]


def _faults(table: Table, framework: Framework, keys: tuple[str, str], beside: Framework | None) -> Iterator[Fault]:
    faults = FaultList()
    needed = (*keys, *framework.columns)
    # What amendments dropped was still asked: the edition without them knows it.
    known = (framework, *(item for item in (framework.base, beside) if item is not None))
    may = {*OPTIONAL, *(name for item in known for name in (*item.columns, *evidence_columns(item).values()))}
    for name in needed:
        if name not in table.columns:
            near = suggestion(name, [found for found in table.columns if found not in needed])
            fix = f"{near} Rename it." if near else "add the column; leave cells blank where there is no answer."
            faults.add(f"column `{name}` is missing.", file=table.file, sheet=table.sheet, column=name, fix=fix)
    for name, column in table.columns.items():
        if name not in needed and name not in may:
            fix = suggestion(name, needed) or "delete the column, or list it under `respondents.personal` of the framework."
            faults.add(f"column `{name}` is not expected.", file=table.file, sheet=table.sheet, column=column.address, fix=fix)
    yield from faults
    yield from _name_faults(table)


def _name_faults(table: Table) -> Iterator[Fault]:
    """Numbers where names belong, at the first of each column."""
    for name in NAMES:
        column = table.columns.get(name)
        if column is not None and column.numbers is not None and not column.missing.all():
            position = int(np.argmin(column.missing))
            fix = "write names here, or delete the column."
            yield table.fault("there is a number, not a name.", position, name, value=column.text_at(position), fix=fix)
