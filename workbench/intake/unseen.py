"""What a person does not see in a sheet, or sees otherwise than it is stored: hidden rows and columns, merged records.

Hidden rows and columns are read like others and told. Of merged cells only the first holds a value, while a person sees
it in all of them: among records that is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import FaultList
from workbench.sheet_body import column_letter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.intake.headers import Headers, Place
    from workbench.xlsx import Sheet

__all__ = ["hidden_columns", "hidden_rows", "merged_records"]


def hidden_rows(sheet: Sheet, first: int) -> str:
    """The hidden rows from position *first* on that hold something, such as `3, 5-9`."""
    filled = (row for row in sheet.hidden_rows if first < row <= len(sheet.rows) and _filled(sheet.rows[row - 1]))
    return ", ".join(_runs(filled))


def hidden_columns(sheet: Sheet, names: Iterable[str]) -> str:
    """The hidden columns that have a name, such as `C, F-H`."""
    named = [place for place, name in enumerate(names, start=1) if name]
    hidden = [place for place in named if any(place in run for run in sheet.hidden_columns)]
    return ", ".join(_runs(hidden, letters=True))


def merged_records(sheet: Sheet, place: Place, headers: Headers, file: str) -> FaultList:
    """Merged cells that lie in records, and in columns whose cells are kept."""
    faults = FaultList()
    kept = {at for at, name in enumerate(place.names, start=1) if name and headers.keeps(name)}
    for top, left, bottom, right in sheet.merged:
        first = max(top, place.last + 2)
        rows = [row for row in range(first, min(bottom, len(sheet.rows)) + 1) if top < row or left < right]
        others = {at for at in range(left, right + 1) if at in kept}
        value = sheet.rows[top - 1][left - 1] if top <= len(sheet.rows) and left <= len(sheet.rows[top - 1]) else ""
        if value == "" or not others or not any(_filled(sheet.rows[row - 1]) for row in rows):
            continue
        name = place.names[left - 1]
        address = f"{column_letter(left - 1)}{top}:{column_letter(right - 1)}{bottom}"
        faults.add(
            f"the cells {address} are merged, so that only the first of them holds the value.",
            file=file,
            sheet=sheet.name,
            row=top,
            column=f"{column_letter(left - 1)} ({name})" if name else column_letter(left - 1),
            fix="unmerge them, and write the value into each cell that it is meant for.",
        )
    return faults


def _filled(row: list[object]) -> bool:
    return any(cell != "" for cell in row)


def _runs(numbers: Iterable[int], *, letters: bool = False) -> list[str]:
    """Runs of numbers, as a person writes them."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    named = [[column_letter(end - 1) if letters else str(end) for end in run] for run in runs]
    return [first if first == last else f"{first}-{last}" for first, last in named]
