"""A framework as a workbook for officials, without loss; `framework_workbook` reads it back.

One sheet holds the settings, one the tree with a row for every pillar, sub-pillar and indicator, and one each the
options of questions, types and strata of respondents, bands, numbers, references and notes. Columns are named by the
keys of the parameter files (`normalisation.low`), so that both say the same. What has no cell of its own is written
as JSON. Comments of parameter files have no place in a workbook.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.framework_files import plain
from workbench.sheets import Sheet, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from workbench.framework import Framework

__all__ = ["JSON", "LANGUAGES", "LISTS", "TABLES", "write_framework_workbook"]

LANGUAGES = ("th", "en")
LISTS = {
    "types", "personal", "missing", "question.asked_of", "normalisation.range", "normalisation.cuts", "normalisation.points",
    "respondents.personal", "unit.missing", "method.normalisation.range", "method.normalisation.cuts",
    "method.normalisation.points",
}  # fmt: skip
"""Keys whose cells hold several values, parted by semicolons."""
JSON = "json:"
TABLES: dict[str, tuple[tuple[str, ...], str]] = {
    "types": (("respondents", "types"), "id th en"),
    "strata": (("respondents", "strata"), "id th en types population"),
    "bands": (("bands",), "id th en minimum quantile"),
    "numbers": (("numbers",), "id th en minimum maximum"),
    "references": (("references",), "id text"),
    "attested": (("attested",), "th en"),
    "proposed": (("proposed",), "th en"),
}
"""Sheets that are lists of the framework: where the list is, and the columns that always stand."""
TREE = (
    "parent", "id", "th", "en", "weight", "aggregation", "direction", "normalisation.method", "normalisation.low",
    "normalisation.high", "normalisation.transform", "question.type", "question.asked_of", "question.evidence",
    "question.full_at", "question.points", "question.minimum", "question.maximum",
    "question.numerator", "question.denominator", "column", "unit.th",
    "unit.en", "reference",
)  # fmt: skip
OPTIONS = ("indicator", "value", "points", "th", "en")
Row = dict[str, Any]


def write_framework_workbook(framework: Framework, path: Path) -> None:
    """Write the framework, with its accepted amendments, as .xlsx.

    Raises:
        WorkbenchError: the file cannot be written.
    """
    data = plain(framework.definition)
    tables = {name: [_flat(item) for item in _taken(data, where)] for name, (where, _) in TABLES.items()}
    rows, options = _tree_rows(data.pop("pillars"))
    settings = list(_settings(data))
    sheets = [
        Sheet(
            name="settings", frame=_frame(settings, ("setting", "value", "th", "en")), widths={"setting": 34, "th": 60, "en": 60}
        ),
        Sheet(name="elements", frame=_frame(rows, TREE), frozen=2, widths={"th": 48, "en": 48}),
        Sheet(name="options", frame=_frame(options, OPTIONS), frozen=2, widths={"th": 48, "en": 48}),
    ]
    sheets += [
        Sheet(name=name, frame=_frame(tables[name], tuple(columns.split())), widths={"th": 48, "en": 48, "text": 80})
        for name, (_, columns) in TABLES.items()
    ]
    write_workbook(path, sheets, str(framework.title))


def _taken(data: Row, where: tuple[str, ...]) -> list[Any]:
    """The list at *where*, removed from *data*."""
    inside: Any = data
    for key in where[:-1]:
        inside = inside.get(key) or {}
    return list(inside.pop(where[-1], ()) or ())


def _frame(rows: list[Row], first: tuple[str, ...]) -> pd.DataFrame:
    """Rows under the columns that always stand, then any others in the order they come."""
    columns = dict.fromkeys([*first, *(key for row in rows for key in row)])
    return pd.DataFrame([[row.get(name) for name in columns] for row in rows], columns=list(columns), dtype=object)


def _tree_rows(pillars: Iterable[Row], parent: str = "index") -> tuple[list[Row], list[Row]]:
    """A row for every element, parents before children, and one for every option of a question."""
    rows: list[Row] = []
    options: list[Row] = []
    for node in pillars:
        children = node.pop("children", None)
        question = node.get("question") or {}
        for key in ("steps", "options"):
            options += [{"indicator": node["id"]} | _flat(item) for item in question.pop(key, ())]
        rows.append({"parent": parent} | _flat(node))
        if children is not None:
            below = _tree_rows(children, node["id"])
            rows += below[0]
            options += below[1]
    return rows, options


def _flat(node: Mapping[str, Any], prefix: str = "") -> Row:
    """Maps inside maps as dotted keys; a label's two languages as `th` and `en`."""
    row: Row = {}
    for key, value in node.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            row |= _flat(value, "" if name == "label" else f"{name}.")
        elif not _empty(value):
            row[name] = _written(name, value)
    return row


def _empty(value: object) -> bool:
    """Whether *value* says no more than an empty cell."""
    return value is None or (isinstance(value, list | tuple | Mapping) and not value)


def _written(name: str, value: object) -> object:
    """A cell for *value*; what a cell cannot hold exactly is JSON."""
    if isinstance(value, float) and float(f"{value:.16g}") != value:  # a workbook keeps 16 digits
        return JSON + repr(value)
    if not isinstance(value, list | tuple | Mapping):
        return f"'{value}" if isinstance(value, str) and value.startswith((JSON, "'")) else value
    parts = [str(item) for item in value]
    if name in LISTS and all(part == part.strip() and part and ";" not in part for part in parts):
        joined = "; ".join(parts)
        if not joined.startswith((JSON, "'")):
            return joined
    return JSON + json.dumps(value, ensure_ascii=False)


def _settings(data: Row, prefix: str = "") -> Iterator[Row]:
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value and set(value) <= set(LANGUAGES):
            yield {"setting": name, **value}
        elif isinstance(value, Mapping) and value:
            yield from _settings(dict(value), f"{name}.")
        elif not _empty(value):
            yield {"setting": name, "value": _written(name, value)}
