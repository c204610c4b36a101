"""Who a row of a table is about: which unit, which respondent, and whether the row is synthetic.

Units are found by code, exact name or known alias, never by resemblance; what is near is only suggested.
A respondent is its type, perhaps with the name or code of its unit, which must be the row's. A
respondent of no listed type is a fault, but for the numbered types of synthetic samples that are
larger than the list.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.cleaning import clean
from workbench.errors import one_of, suggestion
from workbench.questions import loose_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.errors import Fault
    from workbench.framework import Framework
    from workbench.tables import Table

    Mask = NDArray[np.bool_]
    Names = NDArray[Any]

__all__ = ["SYNTHETIC_UNIT", "agencies_of", "office_of", "repeated", "synthetic_rows", "units_of"]

STATUS_COLUMN = "data_status"
MARKS = ("synthetic", "สังเคราะห์")
"""Words that mark a row as synthetic."""
SYNTHETIC_UNIT = re.compile(r"X[0-9]{4,7}\Z")
"""Fictitious units of synthetic samples with more units than the register has."""
SHORTEST_LABEL = 4
"""Letters of a label before the name of a province; an id of two letters and a name would be no office."""
_CODES = re.compile(r"(TH-[0-9]{2}|[0-9]{2})[-/ ]([A-Za-z][A-Za-z0-9_.]*)\Z")
SYNTHETIC_AGENCY = re.compile(r"X([0-9]{2,5})\Z")
"""Numbered respondent types of synthetic samples with more respondents than types; the number is above the number of types."""


def synthetic_rows(table: Table) -> Mask:
    """True where the row says that its data are synthetic, shape `(rows,)`."""
    if STATUS_COLUMN not in table.columns:
        return np.zeros(len(table), dtype=bool)
    codes, texts = table.columns[STATUS_COLUMN].as_text()
    marked = np.array([*(any(mark in text.casefold() for mark in MARKS) for text in texts), False])
    return np.asarray(marked[codes])


def units_of(table: Table, framework: Framework) -> tuple[Names, list[Fault]]:
    """The unit of each row, empty where it is missing or unknown, and the faults.

    Provinces become their ISO code. A fictitious unit is known only in a row that says it is synthetic.
    """
    name = framework.unit.column
    if framework.unit.registry is None:
        units, refused = _looked_up(table, name, lambda text: text)
        return units, _explain(table, name, refused, framework.unit.label.en, lambda _: ("", ""))
    synthetic = synthetic_rows(table)
    units, refused = _looked_up(table, name, _province)
    fictitious = np.array([SYNTHETIC_UNIT.match(unit) is not None for unit in units], dtype=bool)
    refused |= fictitious & ~synthetic
    units = np.where(refused, "", units)
    faults = _explain(table, name, refused, framework.unit.label.en, _near_province)
    return units, faults + _otherwise_named(table, "unit_name", units, _province)


def agencies_of(table: Table, framework: Framework, units: Names | None = None) -> tuple[Names, list[Fault]]:
    """The respondent of each row, empty where it is missing or unknown, and the faults.

    *units* are those of the rows: an office that names another province than its row is a fault.
    """
    respondents = framework.respondents
    if respondents is None:
        raise TypeError("the framework has no respondents")
    name, types = respondents.column, respondents.types
    if not types:
        agencies, refused = _looked_up(table, name, lambda text: text)
        return agencies, _explain(table, name, refused, respondents.label.en, lambda _: ("", ""))
    offices = known_offices(framework)

    def near(text: str) -> tuple[str, str]:
        return one_of([item.id for item in types], 25), suggestion(text, offices)

    found, refused = _looked_up(table, name, lambda text: "|".join(office_of(text, framework)))
    agencies = np.array([label.partition("|")[0] for label in found], dtype=object)
    faults = _explain(table, name, refused, respondents.label.en, near)
    named = _otherwise_named(table, "agency_name", agencies, lambda text: (*office_of(text, framework), "")[0])
    return agencies, faults + _elsewhere(table, name, found, units) + named


def known_offices(framework: Framework) -> dict[str, str]:
    """Every text that names a type of respondent, and the type."""
    types = framework.respondents.types if framework.respondents is not None else ()
    known = {text: item.id for item in types for text in (clean(item.label.th), clean(item.label.en))}
    return known | {item.id: item.id for item in types}


@cache
def _loose_offices(known: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Types by text without spaces and case; a text that two types then share means neither."""
    found: dict[str, set[str]] = {}
    for text, name in known:
        found.setdefault(loose_key(text), set()).add(name)
    return {text: names.pop() for text, names in found.items() if len(names) == 1}


def office_of(text: str, framework: Framework) -> tuple[str, ...]:
    """The type of respondent that a clean *text* names, and the province where it names one too; nothing when unknown."""
    known = known_offices(framework)
    numbered = SYNTHETIC_AGENCY.match(text)
    found = known.get(text) or _loose_offices(tuple(known.items())).get(loose_key(text))
    if found is not None:
        return (found,)
    if numbered and framework.respondents is not None and int(numbered[1]) > len(framework.respondents.types):
        return (text,)
    if framework.unit.registry is None:
        return ()
    both = _CODES.match(text)
    if both and both[2] in known and (unit := _province(both[1])) is not None:
        return (known[both[2]], unit)
    for label in sorted(known, key=len, reverse=True):
        rest = text.removeprefix(label).strip()
        if text.startswith(label) and len(label) > SHORTEST_LABEL and (unit := _province(rest)) is not None:
            return (known[label], unit)
    return ()


def _elsewhere(table: Table, name: str, found: Names, units: Names | None) -> list[Fault]:
    """Offices of another province than their row says."""
    if units is None:
        return []
    own = np.array([label.partition("|")[2] for label in found], dtype=object)
    wrong = (own != "") & (units != "") & (own != units)

    def describe(position: int) -> Fault:
        text = table.columns[name].text_at(position)
        problem = f'"{text}" is an office of {own[position]}, but the row is about {units[position]}.'
        return table.fault(problem, position, name, value=text, fix="correct one of the two.")

    return list(table.each(np.asarray(wrong, dtype=bool), name, describe))


def _otherwise_named(table: Table, column: str, known: Names, find: Callable[[str], str | None]) -> list[Fault]:
    """Rows whose name for readers is that of another unit or respondent than their code; names that mean nothing are let be."""
    if column not in table.columns:
        return []
    codes, texts = table.columns[column].as_text()
    named = np.array([*(_meant(text, find) for text in texts), ""], dtype=object)[codes]

    def describe(position: int) -> Fault:
        text = table.columns[column].text_at(position)
        problem = f'"{text}" is {named[position]}, but the row is about {known[position]}.'
        return table.fault(problem, position, column, value=text, fix="correct one of the two.")

    return list(table.each(np.asarray((named != "") & (known != "") & (named != known), dtype=bool), column, describe))


def _meant(text: str, find: Callable[[str], str | None]) -> str:
    """What a name means, also where it stands in two languages, as `Thai / English`; empty where that is nothing or unclear."""
    whole = find(clean(text))
    found = {whole} if whole else {find(clean(part)) for part in text.split("/")} - {None}
    return str(found.pop()) if len(found) == 1 else ""


def repeated(labels: Names) -> list[tuple[int, int]]:
    """Positions of rows that repeat an earlier one, each with the position of the first; empty labels are not compared."""
    codes, known = pd.factorize(labels)
    if len(known) == len(labels):
        return []
    places = np.arange(len(labels))
    first = np.empty(len(known), dtype=np.int64)
    first[codes[::-1]] = places[::-1]
    again = places[(first[codes] != places) & (labels != "")]
    return [*zip(again.tolist(), first[codes[again]].tolist(), strict=True)]


def _looked_up(table: Table, name: str, find: Callable[[str], str | None]) -> tuple[Names, Mask]:
    """What each cell of a column means, and True where it means nothing or is empty."""
    codes, texts = table.columns[name].as_text()
    found = np.array([*(find(clean(text)) or "" for text in texts), ""], dtype=object)[codes]
    return found, found == ""


def _explain(table: Table, name: str, refused: Mask, what: str, near: Callable[[str], tuple[str, str]]) -> list[Fault]:
    words = cache(near)

    def describe(position: int) -> Fault:
        text = table.columns[name].text_at(position)
        if not text:
            return table.fault(f"the {what} is missing.", position, name, fix=f"write the {what}, or delete the row.")
        allowed, fix = words(text)
        return table.fault(f'"{text}" is no known {what}.', position, name, value=text, allowed=allowed, fix=fix or "correct it.")

    return list(table.each(refused, name, describe))


def _province(text: str) -> str | None:
    from workbench.provinces import find  # noqa: PLC0415  (read only where units are provinces)

    province = find(text)
    if province is not None:
        return province.iso
    return text if SYNTHETIC_UNIT.match(text) else None


def _near_province(text: str) -> tuple[str, str]:
    from workbench.provinces import nearest  # noqa: PLC0415  (the same)

    names = nearest(text)
    allowed = "ISO code (TH-50), DOPA code (50), or the exact Thai or English name"
    return allowed, f"did you mean {' or '.join(f'`{name}`' for name in names[:3])}?" if names else ""
