"""The tables of the database of all editions: columns, keys, views and what each of them means.

One description serves three ends: the SQL that makes the tables, the table `comments` inside the file, and the schema
of the data package beside it. It has nothing about respondents: no table can hold an answer or a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.text import Text, Texts

__all__ = ["APPLICATION", "TABLES", "VERSION", "VIEWS", "Column", "Foreign", "Table", "about", "statements"]

APPLICATION = 0x77626478
"""Marks a file of SQLite as this database."""
VERSION = 1
"""Of the tables; a file with another one is refused."""
Kind = Literal["text", "integer", "real", "number", "boolean", "date"]
_TYPES = {"text": "TEXT", "integer": "INTEGER", "real": "REAL", "number": "ANY", "boolean": "INTEGER", "date": "TEXT"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column."""

    name: str
    kind: Kind = "text"
    required: bool = True
    check: str = ""
    """A condition of SQL that every value meets."""

    @property
    def sql(self) -> str:
        """The column as SQL declares it."""
        conditions = [self.check] if self.check else []
        if self.kind == "boolean":
            conditions.append(f"{self.name} IN (0, 1)")
        if self.kind == "number":
            conditions.append(f"typeof({self.name}) IN ('integer', 'real', 'null')")
        if self.kind == "date":
            conditions.append(f"date({self.name}) IS {self.name}")
        checks = "".join(f" CHECK ({condition})" for condition in conditions)
        return f"{self.name} {_TYPES[self.kind]}{' NOT NULL' if self.required else ''}{checks}"


@dataclass(frozen=True)
class Foreign:
    """Columns that name a row of another table, under the same names unless said."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...] = ()

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns of the other table."""
        return self.to or self.columns

    @property
    def sql(self) -> str:
        """The constraint, checked at the end of the transaction, so that the order of the rows does not matter."""
        own, others = ", ".join(self.columns), ", ".join(self.targets)
        return f"FOREIGN KEY ({own}) REFERENCES {self.table} ({others}) DEFERRABLE INITIALLY DEFERRED"


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table with its keys."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    foreign: tuple[Foreign, ...] = ()
    unique: tuple[str, ...] = ()

    @property
    def sql(self) -> str:
        """The statement that makes the table; keys of text are the rows' own place, so there is no hidden row number."""
        lines = [column.sql for column in self.columns]
        lines.append(f"PRIMARY KEY ({', '.join(self.key)})")
        if self.unique:
            lines.append(f"UNIQUE ({', '.join(self.unique)})")
        lines += [key.sql for key in self.foreign]
        body = ",\n  ".join(lines)
        return f"CREATE TABLE {self.name} (\n  {body}\n) STRICT, WITHOUT ROWID"


def _texts(*names: str, required: bool = True) -> tuple[Column, ...]:
    return tuple(Column(name=name, required=required) for name in names)


def _reals(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind="real", required=False) for name in names)


def _numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind="number", required=False) for name in names)


def _counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind="integer", required=False, check=f"{name} >= 0") for name in names)


_RUN = ("edition", "run")
_UNIT = ("edition", "run", "unit")
_ELEMENT = ("edition", "run", "element")
_CELL = ("edition", "run", "unit", "element")

TABLES: tuple[Table, ...] = (
    Table(
        name="editions",
        columns=(
            *_texts("edition", "series", "name", "title_th", "title_en"),
            *_texts("status_th", "status_en", required=False),
            *_texts("unit_th", "unit_en"),
        ),
        key=("edition",),
        unique=("series", "name"),
    ),
    Table(
        name="runs",
        columns=(
            *_texts(*_RUN),
            Column(name="published", kind="date"),
            Column(name="synthetic", kind="boolean"),
            *_texts("fingerprint"),
            *_texts("workshops", required=False),
            Column(name="amendments", kind="integer", check="amendments >= 0"),
            *_texts("source", "source_fingerprint", required=False),
            *_texts("methods_th", "methods_en"),
            *_counts("draws", "seed"),
        ),
        key=_RUN,
        foreign=(Foreign(("edition",), "editions"),),
    ),
    Table(
        name="units",
        columns=_texts("edition", "unit", "name_th", "name_en"),
        key=("edition", "unit"),
        foreign=(Foreign(("edition",), "editions"),),
    ),
    Table(
        name="elements",
        columns=(
            *_texts(*_ELEMENT),
            *_texts("parent", required=False),
            Column(name="level", check="level IN ('index', 'pillar', 'sub-pillar', 'indicator')"),
            Column(name="position", kind="integer", check="position >= 1"),
            *_texts("label_th", "label_en"),
            Column(name="weight", kind="real"),
            Column(name="share", kind="real", check="share BETWEEN 0 AND 1.000001"),
            *_texts("direction", "normalisation", "aggregation", required=False),
            *_texts("definition"),
        ),
        key=_ELEMENT,
        foreign=(Foreign(_RUN, "runs"), Foreign(("edition", "run", "parent"), "elements", _ELEMENT)),
    ),
    Table(
        name="bands",
        columns=(
            *_texts("edition", "run", "band"),
            Column(name="position", kind="integer", check="position >= 1"),
            Column(name="minimum", kind="real"),
            *_texts("label_th", "label_en"),
        ),
        key=("edition", "run", "band"),
        foreign=(Foreign(_RUN, "runs"),),
    ),
    Table(
        name="responses",
        columns=(
            *_texts(*_UNIT),
            Column(name="coverage", kind="real", check="coverage BETWEEN 0 AND 1.000001"),
            *_counts("answered", "invited"),
        ),
        key=_UNIT,
        foreign=(Foreign(_RUN, "runs"), Foreign(("edition", "unit"), "units")),
    ),
    Table(
        name="scores",
        columns=(*_texts(*_CELL), *_reals("score"), *_numbers("rank"), *_texts("band", required=False), *_reals("value")),
        key=_CELL,
        foreign=(
            Foreign(_UNIT, "responses"),
            Foreign(_ELEMENT, "elements"),
            Foreign(("edition", "run", "band"), "bands"),
        ),
    ),
    Table(
        name="intervals",
        columns=(*_texts(*_CELL), *_reals("standard_error", "low", "high"), *_numbers("rank_p05", "rank_median", "rank_p95")),
        key=_CELL,
        foreign=(Foreign(_CELL, "scores"),),
    ),
    Table(name="comments", columns=_texts("object", "part", "text_th", "text_en"), key=("object", "part")),
)
"""Parents before children."""

VIEWS: dict[str, str] = {
    "latest_runs": """
        SELECT edition, run, published FROM (
          SELECT edition, run, published,
                 row_number() OVER (PARTITION BY edition ORDER BY published DESC, run DESC) AS age
          FROM runs) WHERE age = 1""",
    "ranking": """
        SELECT s.edition, s.run, s.rank, s.unit, u.name_th, u.name_en, s.score, s.band,
               b.label_th AS band_th, b.label_en AS band_en, r.coverage, r.answered, r.invited,
               i.standard_error, i.low, i.high, i.rank_p05, i.rank_median, i.rank_p95
        FROM scores s
        JOIN units u USING (edition, unit)
        JOIN responses r USING (edition, run, unit)
        LEFT JOIN bands b USING (edition, run, band)
        LEFT JOIN intervals i USING (edition, run, unit, element)
        WHERE s.element = 'index'""",
    "pillar_scores": """
        SELECT s.edition, s.run, s.unit, u.name_th, u.name_en, s.element AS pillar, e.position,
               e.label_th AS pillar_th, e.label_en AS pillar_en, s.score, s.rank, s.band, i.standard_error
        FROM scores s
        JOIN elements e USING (edition, run, element)
        JOIN units u USING (edition, unit)
        LEFT JOIN intervals i USING (edition, run, unit, element)
        WHERE e.parent = 'index'""",
    "change_between_editions": """
        SELECT f.series, f.edition AS from_edition, t.edition AS to_edition, a.unit, u.name_th, u.name_en, a.element,
               e.level, e.label_th, e.label_en, a.score AS score_before, b.score AS score_after, b.score - a.score AS change,
               i.standard_error AS standard_error_before, j.standard_error AS standard_error_after,
               a.rank AS rank_before, b.rank AS rank_after, a.band AS band_before, b.band AS band_after,
               d.definition = e.definition AS same_definition
        FROM editions f
        JOIN editions t ON t.series = f.series AND t.name > f.name
        JOIN latest_runs p ON p.edition = f.edition
        JOIN latest_runs q ON q.edition = t.edition
        JOIN scores a ON a.edition = p.edition AND a.run = p.run
        JOIN scores b ON b.edition = q.edition AND b.run = q.run AND b.unit = a.unit AND b.element = a.element
        JOIN units u ON u.edition = b.edition AND u.unit = b.unit
        JOIN elements d ON d.edition = a.edition AND d.run = a.run AND d.element = a.element
        JOIN elements e ON e.edition = b.edition AND e.run = b.run AND e.element = b.element
        LEFT JOIN intervals i ON i.edition = a.edition AND i.run = a.run AND i.unit = a.unit AND i.element = a.element
        LEFT JOIN intervals j ON j.edition = b.edition AND j.run = b.run AND j.unit = b.unit AND j.element = b.element""",
}
"""The usual questions. `position` and `share` and every other name mean what they mean in the tables."""


def statements() -> list[str]:
    """The SQL that makes everything, in order."""
    made = [table.sql for table in TABLES]
    made.append("CREATE INDEX scores_by_element ON scores (edition, run, element)")
    return made + [f"CREATE VIEW {name} AS {query.strip()}" for name, query in VIEWS.items()]


def about(name: str, column: str | None = None) -> Text:
    """What a table, a view or a column means, in both languages.

    Raises:
        WorkbenchError: it was not described.
    """
    texts = Texts.default()
    if column is None:
        return texts(f"database.tables.{name}")
    own = f"database.own.{name}.{column}"
    return texts(own if own in texts else f"database.columns.{column}")
