"""A framework from a workbook that `framework_sheets` wrote and officials edited.

What it holds is checked by the same rules as the parameter files; every fault has its sheet, row and column. Columns
may stand in any order, and those of other sheets are not read. Nothing is guessed: a number where text belongs is
taken as that text only in ids, names and editions, where spreadsheets are known to make numbers of text.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from python_calamine import CalamineWorkbook

from workbench.errors import Fault, FaultList, WorkbenchError, suggestion
from workbench.framework_files import define
from workbench.framework_sheets import JSON, LANGUAGES, LISTS, TABLES
from workbench.paths import resolve, shown
from workbench.strictyaml import Place, Places
from workbench.xlsx import column_letter, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from workbench.framework_model import Definition

__all__ = ["read_framework_workbook"]

TEXTS = {
    "id",
    "th",
    "en",
    "edition",
    "parent",
    "column",
    "reference",
    "indicator",
    "reference_unit",
    "denominator",
    "text",
    "types",
}
"""Last parts of keys whose values are text, also where a spreadsheet made a number of them."""

Row = dict[str, Any]


def read_framework_workbook(path: str | Path) -> tuple[dict[str, Any], Definition]:
    """Read a workbook as `write_framework_workbook` makes it.

    Returns:
        The framework as maps and lists, and checked.

    Raises:
        WorkbenchError: every fault, each with sheet, row and column.
    """
    file = resolve(path)
    name = shown(file)
    if not file.is_file():
        raise WorkbenchError(Fault(file=name, problem="there is no such file.", fix="correct the path."))
    raw = file.read_bytes()
    places = Places()
    reader = _Reader(raw, name, places)
    data = reader.framework()
    reader.faults.stop_if_any()
    try:
        return _thawed(data), define(_frozen(data, places), places, file)
    except WorkbenchError as error:
        raise WorkbenchError(*(_addressed(fault) for fault in error.faults)) from error


class _Reader:
    """The sheets of one workbook, put back together; every map knows the cells it came from."""

    def __init__(self, raw: bytes, name: str, places: Places) -> None:
        self.raw, self.name, self.places = raw, name, places
        self.faults = FaultList()

    def framework(self) -> Row:
        """The maps and lists of the whole framework."""
        data: Row = {}
        for row, cells in self._rows("settings", ("setting",)):
            self._set(data, str(cells.pop("setting")), row, cells)
        for name, (where, columns) in TABLES.items():
            items = [self._item("", row, cells) for row, cells in self._rows(name, tuple(columns.split())[:1], needed=False)]
            if items:
                self._put(data, where, [self._labelled(item) if "id" in item else item for item in items])
        data["pillars"] = self._tree()
        self.places.note(data, "pillars", self._place("elements", 1, ""))
        return data

    def _set(self, data: Row, setting: str, row: int, cells: Row) -> None:
        texts = {language: _text(cells[language]) for language in LANGUAGES if cells.get(language) is not None}
        value = texts or _read(setting, cells.get("value"))
        inside = self._put(data, tuple(setting.split(".")), value)
        column = "th" if texts else "value"
        self.places.note(inside, setting.rpartition(".")[2], self._place("settings", row, column))
        if texts:
            for language in texts:
                self.places.note(value, language, self._place("settings", row, language))

    def _put(self, data: Row, path: tuple[str, ...], value: object) -> Row:
        for key in path[:-1]:
            inside = data.setdefault(key, {})
            data = inside if isinstance(inside, dict) else {}
        data[path[-1]] = value
        return data

    def _tree(self) -> list[Row]:
        """Elements under their parents, in the order of their rows."""
        options = self._options()
        nodes: dict[str, Row] = {}
        parents: list[tuple[int, str, Row]] = []
        for row, cells in self._rows("elements", ("parent", "id")):
            parent = _text(cells.pop("parent"))
            node = self._labelled(self._item("", row, cells, "elements"))
            name = str(node.get("id"))
            if name in options and isinstance(node.get("question"), dict):
                node["question"]["options" if node["question"].get("type") == "multi_select" else "steps"] = options.pop(name)
            parents.append((row, parent, node))
            if name in nodes:
                self._fault(f"id `{name}` is used twice.", "elements", row, "id", "give every element its own id.")
            nodes[name] = node
        top: list[Row] = []
        for row, parent, node in parents:
            if parent != "index" and parent not in nodes:
                fix = suggestion(parent, nodes) or "name a row of this sheet, or index."
                self._fault(f"parent `{parent}` is no element.", "elements", row, "parent", fix)
            elif self._circle(parent, node, {str(item["id"]): up for _, up, item in parents}):
                self._fault(f"`{node['id']}` lies inside itself.", "elements", row, "parent", "correct the parents.")
            else:
                (top if parent == "index" else nodes[parent].setdefault("children", [])).append(node)
        for name, items in options.items():
            row = items[0]["_row"]
            self._fault(f"`{name}` has options, but no question.", "options", row, "indicator", "correct the id.")
        for items in [question for node in nodes.values() for question in _lists(node)]:
            for item in items:
                item.pop("_row", None)
        return top

    def _circle(self, parent: str, node: Row, up: Mapping[str, str]) -> bool:
        seen = {str(node.get("id"))}
        while parent != "index":
            if parent in seen:
                return True
            seen.add(parent)
            parent = up.get(parent, "index")
        return False

    def _options(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row, cells in self._rows("options", ("indicator",), needed=False):
            name = _text(cells.pop("indicator"))
            item = self._labelled(self._item("", row, cells, "options"))
            found.setdefault(name, []).append(item | {"_row": row})
            self.places.note(found[name][-1], "value", self._place("options", row, "value"))
        return found

    def _item(self, prefix: str, row: int, cells: Row, sheet: str = "") -> Row:
        """The cells of a row as nested maps."""
        item: Row = {}
        for key, cell in cells.items():
            value = _read(f"{prefix}{key}", cell)
            if value is not None:
                inside = self._put(item, tuple(key.split(".")), value)
                self.places.note(inside, key.rpartition(".")[2], self._place(sheet, row, key))
        return item

    def _labelled(self, item: Row) -> Row:
        """Its `th` and `en` as one label."""
        label = {language: item.pop(language) for language in LANGUAGES if language in item}
        if label:
            for language in label:
                place = self.places.of(item, language)
                if place is not None:
                    self.places.note(label, language, place)
                    self.places.note(item, "label", place)
            # Where a person looks for it: after the id, before everything else.
            rest = {key: item.pop(key) for key in list(item) if key not in {"id", "value"}}
            item["label"] = label
            item |= rest
        return item

    def _rows(self, sheet: str, keys: tuple[str, ...], *, needed: bool = True) -> Iterator[tuple[int, Row]]:
        """Rows below the header that hold anything, by the names of the columns; *keys* must be filled."""
        if not needed and sheet not in _names(self.raw):
            return
        cells = read_sheet(self.raw, self.name, sheet).rows
        header = [str(cell).strip() for cell in cells[0]] if cells else []
        for key in keys:
            if key not in header:
                self._fault(f"column `{key}` is missing.", sheet, 1, "", suggestion(key, header) or "add the column.")
                return
        for position, values in enumerate(cells[1:], start=2):
            row = {key: _cell(value) for key, value in zip(header, values, strict=False) if key and _cell(value) is not None}
            lacking = [key for key in keys if key not in row] if row else []
            for key in lacking:
                self._fault(f"`{key}` is empty.", sheet, position, key, "fill it, or empty the whole row.")
            if row and not lacking:
                self._headers = {key: column_letter(place) for place, key in enumerate(header)}
                self._sheet = sheet
                yield position, row

    def _place(self, sheet: str, row: int, column: str) -> Place:
        letters = getattr(self, "_headers", {}).get(column, "")
        address = f"{letters} ({column})" if letters else column
        return Place("\t".join((self.name, sheet or self._sheet, address)), row)

    def _fault(self, problem: str, sheet: str, row: int, column: str, fix: str) -> None:
        self.faults.add(problem, file=self.name, sheet=sheet, row=row, column=column, fix=fix)


def _names(raw: bytes) -> list[str]:
    return list(CalamineWorkbook.from_filelike(io.BytesIO(raw)).sheet_names)


def _lists(node: Row) -> list[list[Row]]:
    question = node.get("question")
    return [question[key] for key in ("steps", "options") if key in question] if isinstance(question, dict) else []


def _cell(value: object) -> object:
    """A cell's value; None where it is empty; whole numbers as such."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _text(value: object) -> str:
    return str(value)


def _read(name: str, value: object) -> object:
    """A cell as the parameter file would hold it."""
    if isinstance(value, str) and value.startswith(JSON):
        try:
            return json.loads(value.removeprefix(JSON))
        except ValueError:
            return value
    if name in LISTS and value is not None:
        parts = [part.strip() for part in str(value).split(";") if part.strip()]
        return [_number(part) for part in parts] if name.rpartition(".")[2] in {"range", "cuts", "points"} else parts
    if name.rpartition(".")[2] in TEXTS and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value.removeprefix("'") if isinstance(value, str) and value.startswith("'") else value


def _number(text: str) -> object:
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() else value


def _frozen(node: Any, places: Places) -> Any:  # noqa: ANN401  (any part of a tree)
    """Lists as tuples, as the strict reader gives them, with the places of their parts."""
    if isinstance(node, dict):
        for key, child in node.items():
            node[key] = _frozen(child, places)
        return node
    if isinstance(node, list):
        items = tuple(_frozen(child, places) for child in node)
        for position, item in enumerate(items):
            place = next((places.of(item, key) for key in ("id", "value", "th") if places.of(item, key)), None)
            if place is not None:
                places.note(items, position, place)
        return items
    return node


def _thawed(node: Any) -> Any:  # noqa: ANN401  (any part of a tree)
    if isinstance(node, dict):
        return {key: _thawed(child) for key, child in node.items()}
    return [_thawed(child) for child in node] if isinstance(node, list | tuple) else node


def _addressed(fault: Fault) -> Fault:
    """A fault whose file holds a sheet and a column, as a spreadsheet's address."""
    name, *rest = fault.file.split("\t")
    if not rest:
        return fault
    sheet, column = rest
    return Fault(
        problem=fault.problem, file=name, sheet=sheet, row=fault.line, column=column, value=fault.value,
        allowed=fault.allowed, fix=fault.fix,
    )  # fmt: skip
