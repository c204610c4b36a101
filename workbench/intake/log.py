"""What intake changed before it read a cell: every cell with its original, its cleaned value and the rule.

Only columns that are kept are looked at, so nothing personal can be listed; contacts in names of files are covered. A
cell that was understood as it stands is not listed, nor is one that was refused: that one is a fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.cleaning import RULES, clean, number, number_rules, shown, text_rules
from workbench.contacts import covered
from workbench.framework_model import MultiSelect, NumberField, NumberQuestion, Percent, Year
from workbench.identity import known_offices, office_of
from workbench.questions import SEPARATOR, SHORT_YEAR, understood, year_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.tables import Table

__all__ = ["COLUMNS", "LOG_RULES", "answer_log", "entries", "joined", "name_log", "office_rules", "reading_of", "unit_rules"]

COLUMNS = ("file", "sheet", "row", "column", "original", "cleaned", "rule")
LOG_RULES = (
    *RULES,
    "option_spelling",
    "joined_options",
    "christian_year",
    "two_digit_year",
    "buddhist_year",
    "alias",
    "agency_of_province",
    "earlier_answer",
)
"""Every rule that a log may name."""


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({name: "int64" if name == "row" else "str" for name in COLUMNS})


_EMPTY = _frame([])


def answer_log(table: Table, name: str, question: Any, answers: NDArray[Any]) -> pd.DataFrame:  # noqa: ANN401  (any question)
    """The cells of an answer column that were changed before they were understood."""
    return entries(table, name, lambda text: (*text_rules(text), *_answer_rules(question, text)), answers)


def name_log(table: Table, name: str, found: NDArray[Any], more: Callable[[str], tuple[str, ...]]) -> pd.DataFrame:
    """The cells of a column of units or respondents that were changed; *more* gives rules beyond cleaning."""
    return entries(table, name, lambda text: (*text_rules(text), *more(text)), found)


def entries(table: Table, name: str, rules: Callable[[str], tuple[str, ...]], cleaned: NDArray[Any]) -> pd.DataFrame:
    """One row per changed cell and rule; *cleaned* has what each cell was understood as, empty or NaN where refused."""
    column = table.columns[name]
    if column.numbers is not None:
        return _EMPTY
    codes, texts = column.as_text()
    applied = [rules(text) for text in texts]
    if not any(applied):
        return _EMPTY
    changed = np.array([*(bool(found) for found in applied), False])
    positions = np.flatnonzero(changed[codes])
    rows = []
    for position in positions.tolist():
        code, value = codes[position], _said(cleaned[position])
        if value:
            place = table.place(position, name)
            rows += [(*place, shown(texts[code]), value, rule) for rule in applied[code]]
    return _frame(rows)


def joined(logs: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several logs as one, in their order."""
    found = [log for log in logs if len(log)]
    if not found:
        return _EMPTY.copy()
    log = pd.concat(found, ignore_index=True)
    for name in ("file", "sheet", "column", "original"):
        codes, texts = pd.factorize(log[name])
        log[name] = pd.array(np.array([covered(str(text)) for text in texts], dtype=object)[codes], dtype="str")
    return log


def reading_of(table: Table) -> pd.DataFrame:
    """How each file was read, one row per file; `left_out` counts the columns whose cells were not kept."""
    parts = table.parts or (table,)
    return pd.DataFrame(
        [
            {
                "file": covered(part.file),
                "kind": part.file.rpartition(".")[2].lower(),
                "sheet": covered(part.sheet),
                "encoding": part.encoding,
                "header_row": part.header_row,
                "rows": len(part),
                "hidden_sheets": covered(", ".join(part.hidden)),
                "other_sheets": covered(", ".join(part.beside)),
                "hidden_rows": part.hidden_rows,
                "hidden_columns": part.hidden_columns,
                "left_out": len(part.left_out),
            }
            for part in parts
        ]
    )


def _said(value: Any) -> str:  # noqa: ANN401  (a text, a number, None or NaN)
    if value is None or value == "" or value != value:  # noqa: PLR0124  (only NaN differs from itself)
        return ""
    return shown(float(value)) if isinstance(value, int | float | np.number) else shown(value)


def _answer_rules(question: Any, text: str) -> tuple[str, ...]:  # noqa: ANN401  (any question)
    """The rules that understood *text* beyond cleaning."""
    plain = clean(text)
    if isinstance(question, NumberQuestion | Percent | NumberField):
        return number_rules(plain)
    if isinstance(question, Year):
        return (*number_rules(plain), *_year_rules(question, plain))
    known = understood(question)
    if plain in known:
        return ()
    value = number(plain)
    if value is not None and shown(value) in known:
        return number_rules(plain)
    return _ticks_rules(known, plain) if isinstance(question, MultiSelect) else ("option_spelling",)


def _ticks_rules(known: Mapping[str, Any], plain: str) -> tuple[str, ...]:
    parts = [part for part in map(clean, plain.split(SEPARATOR)) if part]
    if all(part in known for part in parts):
        return ()
    return ("joined_options",) if "," in plain or SEPARATOR in plain else ("option_spelling",)


def _year_rules(question: Year, plain: str) -> tuple[str, ...]:
    value = number("".join(sign for sign in plain if sign.isdigit()))
    year = year_of(question, plain)
    if value is None or year is None or value == year:
        return ()
    return ("two_digit_year",) if value < SHORT_YEAR else ("christian_year",)


def unit_rules(text: str, framework: Framework) -> tuple[str, ...]:
    """`alias` where a province is named by another text than its codes and its two names."""
    if framework.unit.registry is None:
        return ()
    from workbench.provinces import find  # noqa: PLC0415  (read only where units are provinces)

    province, plain = find(text), clean(text)
    known = province is None or plain in {province.iso, province.dopa, province.name.th, province.name.en}
    return () if known else ("alias",)


def office_rules(text: str, framework: Framework) -> tuple[str, ...]:
    """`agency_of_province` where the name of an office holds that of its province, `option_spelling` for spaces and case."""
    plain = clean(text)
    found = office_of(plain, framework)
    if len(found) > 1:
        return ("agency_of_province",)
    return ("option_spelling",) if found and plain not in known_offices(framework) and plain != found[0] else ()
