"""One answer per respondent: of two the later is kept and the other logged; without times both are refused."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.cleaning import shown
from workbench.identity import repeated
from workbench.intake.headers import TIMESTAMP
from workbench.intake.log import COLUMNS
from workbench.intake.times import comparable, orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.errors import Fault
    from workbench.tables import Table

__all__ = ["later_answers"]


def later_answers(table: Table, column: str, labels: NDArray[Any]) -> tuple[NDArray[np.bool_], list[Fault], pd.DataFrame]:
    """Which records are kept, the repeated ones that cannot be told apart, and a log of those left out.

    Args:
        table: The survey.
        column: Its column of respondents, where faults are shown.
        labels: `unit/respondent` of each record; empty where unknown.
    """
    kept = np.ones(len(table), dtype=bool)
    groups: dict[int, list[int]] = defaultdict(list)
    for position, earlier in repeated(labels):
        groups[earlier] = [*(groups[earlier] or [earlier]), position]
    if not groups:
        return kept, [], pd.DataFrame(columns=list(COLUMNS))
    faults: list[Fault] = []
    rows: list[tuple[Any, ...]] = []
    readings = _readings(table)
    for members in groups.values():
        last = _latest(table, members, readings)
        if last is None:
            faults += _refused(table, column, labels, members, timed=TIMESTAMP in table.columns)
            continue
        others = [position for position in members if position != last]
        kept[others] = False
        rows += [_logged(table, position, last) for position in others]
    return kept, faults, pd.DataFrame(rows, columns=list(COLUMNS))


def _readings(table: Table) -> list[Any]:
    """The times of the column by its texts, for each order of day and month that fits the whole column."""
    if TIMESTAMP not in table.columns:
        return []
    codes, texts = table.columns[TIMESTAMP].as_text()
    return orders(texts[code] for code in np.unique(codes[codes >= 0]))


def _latest(table: Table, members: list[int], readings: list[Any]) -> int | None:
    """The one record that is later than the others in every reading; None when there is none."""
    if not readings:
        return None
    codes, texts = table.columns[TIMESTAMP].as_text()
    if any(codes[position] < 0 for position in members) or not comparable(texts[codes[position]] for position in members):
        return None
    found = set()
    for moments in readings:
        times = [moments[texts[codes[position]]] for position in members]
        last = max(times)
        found.add(members[times.index(last)] if times.count(last) == 1 else None)
    return found.pop() if len(found) == 1 else None


def _refused(table: Table, column: str, labels: NDArray[Any], members: list[int], *, timed: bool) -> Iterator[Fault]:
    first = members[0]
    home = table.place(first, column)
    for position in members[1:]:
        place = table.place(position, column)
        where = f"in rows {home[2]} and {place[2]}" if home[:2] == place[:2] else f"here and in {home[0]}, row {home[2]}"
        problem = f"{labels[position]} answers twice, {where}."
        fix = "keep one of the two rows."
        if timed:
            problem = f"{problem.removesuffix('.')}, and `{TIMESTAMP}` does not say which is later."
        yield table.fault(problem, position, column, value=labels[position], fix=fix)


def _logged(table: Table, position: int, last: int) -> tuple[Any, ...]:
    """The record that gave way, with the time of both."""
    times = table.columns[TIMESTAMP]
    place = table.place(position, TIMESTAMP)
    return (*place, shown(times.text_at(position)), shown(times.text_at(last)), "earlier_answer")
