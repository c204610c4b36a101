"""The database as a Frictionless data package: one csv per table and `datapackage.json` that describes them.

Any program can read it without SQLite. The files appear all together or not at all, and the database is only read.
Text that a spreadsheet would run as a formula is marked as text, in every table alike, so keys still agree.

Source: Data Package 2.0 (datapackage.org): Data Package, Data Resource, Table Schema.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from workbench.database_schema import APPLICATION, TABLES, VERSION, about
from workbench.errors import Fault, WorkbenchError
from workbench.export import output_folder, safe_text, whole_file
from workbench.paths import shown
from workbench.text import Texts

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.database_schema import Column, Foreign, Table

    Rows = list[tuple[Any, ...]]

__all__ = ["write_package"]

_TYPES = {"text": "string", "integer": "integer", "real": "number", "number": "number", "boolean": "boolean", "date": "date"}


def write_package(path: Path, folder: Path) -> Path:
    """Write the database *path* as a data package into *folder*.

    Returns:
        The file `datapackage.json`.

    Raises:
        WorkbenchError: the file is not a database of this program, or the folder cannot be written to.
    """
    content = {f"{table.name}.csv": _csv(table, rows) for table, rows in _read(path).items()}
    target = output_folder(folder) / "datapackage.json"
    content[target.name] = (json.dumps(_package(content), ensure_ascii=False, indent=2) + "\n").encode()
    with ExitStack() as stack:
        for name, body in content.items():
            stack.enter_context(whole_file(folder / name)).write_bytes(body)
    return target


def _read(path: Path) -> dict[Table, Rows]:
    """Every table, by its key, of one moment."""
    if not path.is_file():
        raise WorkbenchError(Fault(file=shown(path), problem="there is no such database.", fix="store a run first."))
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)) as connection:
            connection.execute("BEGIN")
            marks = tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
            if marks != (APPLICATION, VERSION):
                problem = "this database was not made by this program, or by another version of it."
                raise WorkbenchError(Fault(file=shown(path), problem=problem, fix="name another file."))
            return {table: _rows(connection, table) for table in TABLES}
    except sqlite3.DatabaseError as error:
        problem = f"cannot be read as a database: {error}."
        raise WorkbenchError(Fault(file=shown(path), problem=problem, fix="name another file.")) from error


def _rows(connection: sqlite3.Connection, table: Table) -> Rows:
    query = f"SELECT {', '.join(_names(table))} FROM {table.name} ORDER BY {', '.join(table.key)}"  # noqa: S608  (our names)
    return connection.execute(query).fetchall()


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _csv(table: Table, rows: Rows) -> bytes:
    """UTF-8 without a byte-order mark: programs read these files, and some would take it for part of a name."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_names(table))
    writer.writerows([safe_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _package(content: dict[str, bytes]) -> dict[str, Any]:
    texts = Texts.default()
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "workbench-editions",
        "title": str(texts("database.title")),
        "description": str(texts("database.description")),
        "version": f"{VERSION}.0.0",
        "resources": [_resource(table, content[f"{table.name}.csv"]) for table in TABLES],
    }


def _resource(table: Table, body: bytes) -> dict[str, Any]:
    meaning = about(table.name)
    return {
        "name": table.name,
        "type": "table",
        "path": f"{table.name}.csv",
        "title": table.name,
        "description": str(meaning),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(body),
        "hash": f"sha256:{hashlib.sha256(body).hexdigest()}",
        "schema": _schema(table),
    }


def _schema(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(table, column) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    if table.unique:
        schema["uniqueKeys"] = [list(table.unique)]
    if table.foreign:
        schema["foreignKeys"] = [_foreign(table, key) for key in table.foreign]
    return schema


def _field(table: Table, column: Column) -> dict[str, Any]:
    meaning = about(table.name, column.name)
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.kind], "title": meaning.th, "description": str(meaning)}
    if column.kind == "boolean":
        field |= {"trueValues": ["1"], "falseValues": ["0"]}
    if column.required:
        field["constraints"] = {"required": True}
    return field


def _foreign(table: Table, key: Foreign) -> dict[str, Any]:
    """A foreign key; a table that points at itself leaves out the resource."""
    reference: dict[str, Any] = {} if key.table == table.name else {"resource": key.table}
    return {"fields": list(key.columns), "reference": {**reference, "fields": list(key.targets)}}
