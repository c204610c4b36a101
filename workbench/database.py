"""All editions in one file of SQLite: what was assessed, by which framework, how every unit scored and how surely.

A run is stored in one transaction: it is in the file whole or not at all, and storing it again puts it in place of
what it was. Nothing personal and no single answer is stored. Refuses files that are not this database.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.database_package import write_package
from workbench.database_schema import APPLICATION, TABLES, VERSION, VIEWS, about, statements
from workbench.errors import Fault, WorkbenchError
from workbench.framework_model import Group
from workbench.means import RELATIVE
from workbench.methods_text import methods_paragraph
from workbench.paths import shown
from workbench.sampling import interval
from workbench.score_errors import element_errors, survey_design
from workbench.scoring import SurveyData
from workbench.shares import element_shares, nominal_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from workbench.framework import Framework
    from workbench.framework_model import Indicator
    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty

    Rows = list[tuple[Any, ...]]

__all__ = ["default_run", "edition_key", "store", "write_package"]

WORDING = {"label", "text", "reference", "plural", "unit", "column"}
"""Parts of a framework that do not change a score."""
PATIENCE = 30.0
"""Seconds to wait for another writer."""
LONGEST_NAME = 100


def store(path: Path, scores: Scores, *, run: str, uncertainty: Uncertainty | None = None, published: date) -> None:
    """Store a run in the database, in place of a run of the same edition and name.

    Args:
        path: The file; it is made where there is none.
        scores: Scores 0-100 of every unit; what is not measured is stored as NULL.
        run: Name of the run within its edition.
        uncertainty: Gives the intervals of the ranks, from 5 % to 95 %.
        published: Day of publication, Christian Era.

    Raises:
        WorkbenchError: the name is empty or too long; the file is no such database or cannot be written to. The file
            is then as it was.
    """
    _check_name(run)
    edition = edition_key(scores.framework)
    rows = _rows(scores, edition, run, uncertainty, published)
    with _transaction(path) as connection:
        _make_ready(connection, path)
        _forget(connection, edition, run)
        for table, content in rows.items():
            _insert(connection, table, content)
        # A corrected run may have fewer units than the one it replaces.
        connection.execute(
            "DELETE FROM units WHERE edition = ? AND unit NOT IN (SELECT unit FROM responses WHERE edition = ?)",
            (edition, edition),
        )


def edition_key(framework: Framework) -> str:
    """The edition as it is stored: its series and its name.

    >>> from workbench.framework import Framework
    >>> edition_key(Framework.load("params/framework/2559"))
    'egprov-2559'
    """
    return f"{_series(framework)}-{framework.edition}"


def default_run(framework: Framework) -> str:
    """A name for a run: that of the edition, with the workshops whose amendments were applied."""
    return "+".join([framework.id, *(workshop.id for workshop in framework.workshops)])


def _series(framework: Framework) -> str:
    return framework.id.removesuffix(f"-{framework.edition}")


def _check_name(run: str) -> None:
    if not run.strip() or len(run) > LONGEST_NAME or not run.isprintable():
        allowed = f"1 to {LONGEST_NAME} characters that can be printed"
        raise WorkbenchError(Fault(problem=f"a run cannot be named `{run}`.", allowed=allowed, fix="choose another name."))


@contextmanager
def _transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside one transaction that ends with the block, well or not at all."""
    new = not path.exists()
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            # Nothing reaches the file before the end, so a process that dies leaves it untouched.
            connection.execute("PRAGMA cache_spill = OFF")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
    except BaseException as error:
        if new and path.is_file() and path.stat().st_size == 0:
            path.unlink()
        if isinstance(error, sqlite3.IntegrityError) or not isinstance(error, sqlite3.DatabaseError):
            raise
        problem = f"cannot be used as a database: {error}."
        raise WorkbenchError(Fault(file=shown(path), problem=problem, fix="choose another file or free it.")) from error


def _make_ready(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables in an empty file; refuse any other that is not ours.

    Raises:
        WorkbenchError: the file holds something else, or tables of another version.
    """
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        for statement in statements():
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        _insert(connection, "comments", _comments(connection))
        return
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        problem = "this database was not made by this program."
        raise WorkbenchError(Fault(file=shown(path), problem=problem, fix="name another file."))
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        problem = f"the tables are of version {version}; this program writes version {VERSION}."
        raise WorkbenchError(Fault(file=shown(path), problem=problem, fix="name a new file and store the runs again."))


def _comments(connection: sqlite3.Connection) -> Rows:
    """What every table, view and column means, for those who have only the file."""
    rows: Rows = []
    for name in (*(table.name for table in TABLES), *VIEWS):
        parts = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({name})")]
        for part, text in (("*", about(name)), *((part, about(name, part)) for part in parts)):
            rows.append((name, part, text.th, text.en))
    return rows


def _forget(connection: sqlite3.Connection, edition: str, run: str) -> None:
    """Delete a run; what belongs to it first."""
    for table in reversed(TABLES):
        if {"edition", "run"} <= {column.name for column in table.columns}:
            connection.execute(f"DELETE FROM {table.name} WHERE edition = ? AND run = ?", (edition, run))  # noqa: S608  (our names)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows; the edition and its units, which runs share, are brought up to date."""
    shape = next(item for item in TABLES if item.name == table)
    names = [column.name for column in shape.columns]
    marks = ", ".join("?" * len(names))
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name not in shape.key)
    shared = f" ON CONFLICT ({', '.join(shape.key)}) DO UPDATE SET {updates}" if table in {"editions", "units"} else ""
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks}){shared}", rows)  # noqa: S608  (our names)


def _rows(scores: Scores, edition: str, run: str, uncertainty: Uncertainty | None, published: date) -> dict[str, Rows]:
    """The rows of every table, parents first."""
    key = (edition, run)
    return {
        "editions": [_edition(scores.framework, edition)],
        "runs": [(*key, *_run(scores, uncertainty, published))],
        "units": [(edition, unit, scores.names[unit].th, scores.names[unit].en) for unit in map(str, scores.table.index)],
        "elements": [(*key, *row) for row in _elements(scores, edition, run)],
        "bands": [
            (*key, band.id, place, float(band.minimum), band.label.th, band.label.en)
            for place, band in enumerate(scores.framework.bands, start=1)
        ],
        "responses": [(*key, *row) for row in _responses(scores)],
        "scores": [(*key, *row) for row in _scores(scores)],
        "intervals": [(*key, *row) for row in _intervals(scores, uncertainty)],
    }


def _edition(framework: Framework, edition: str) -> tuple[Any, ...]:
    title, status, unit = framework.title, framework.status, framework.unit.label
    standing = (status.th, status.en) if status else (None, None)
    return (edition, _series(framework), framework.edition, title.th, title.en, *standing, unit.th, unit.en)


def _run(scores: Scores, uncertainty: Uncertainty | None, published: date) -> tuple[Any, ...]:
    framework, data = scores.framework, scores.data
    source = getattr(data, "source", None)
    methods = methods_paragraph(scores, uncertainty)
    return (
        published.isoformat(),
        int(scores.synthetic),
        framework.fingerprint,
        ", ".join(workshop.id for workshop in framework.workshops) or None,
        sum(amendment.status == "accepted" for amendment in framework.amendments),
        # Where the file lay is nobody's business.
        Path(source).name if source else None,
        getattr(data, "fingerprint", None) or None,
        methods.th,
        methods.en,
        uncertainty.draws if uncertainty is not None else None,
        uncertainty.seed if uncertainty is not None else None,
    )


def _elements(scores: Scores, edition: str, run: str) -> Iterator[tuple[Any, ...]]:
    """The tree with the weights that were used."""
    framework = scores.framework
    weights, shares = nominal_weights(scores), element_shares(scores)
    for place, node in enumerate((framework.index, *framework.elements), start=1):
        group = isinstance(node, Group)
        yield (
            node.id,
            framework.parent(node.id) or None,
            framework.level(node.id),
            place,
            node.label.th,
            node.label.en,
            weights[node.id],
            shares[node.id],
            None if group else node.direction,  # type: ignore[union-attr]
            None if group else node.normalisation.method,  # type: ignore[union-attr]
            framework.aggregation(node.id) if group else None,
            definition(framework, node.id, edition, run, weights),
        )


def definition(framework: Framework, name: str, edition: str, run: str, weights: Mapping[str, float]) -> str:
    """Digest of how an element's score is made; equal in two editions only where its scores can be compared.

    Where a scale depends on the units of the edition (all but goalposts and categories; Borda and Copeland), edition
    and run are part of it, so it is equal to no other.
    """
    text = json.dumps(_made(framework, name, f"{edition} {run}", weights), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _made(framework: Framework, name: str, here: str, weights: Mapping[str, float]) -> dict[str, Any]:
    node = framework.element(name)
    method = framework.method
    if not isinstance(node, Group):
        return _measured(framework, node, here)
    way = framework.aggregation(name)
    return {
        "aggregation": way,
        "only": here if way in RELATIVE else "",
        "rules": [method.geometric_floor, method.minimum_coverage],
        "children": {child.id: [weights[child.id], _made(framework, child.id, here, weights)] for child in node.children},
    }


def _measured(framework: Framework, indicator: Indicator, here: str) -> dict[str, Any]:
    preparation = framework.definition.preparation.model_dump(mode="json", exclude_defaults=True)
    fixed = indicator.normalisation.method in {"goalposts", "categorical"} and not preparation
    asked = set(indicator.answer_columns)
    return {
        "indicator": _without_wording(indicator.model_dump(mode="json", exclude={"id", "weight"})),
        "preparation": preparation,
        "numbers": [[item.id, item.minimum, item.maximum] for item in framework.numbers if item.id in asked],
        "only": "" if fixed else here,
    }


def _without_wording(value: Any) -> Any:  # noqa: ANN401  (any part of a framework)
    if isinstance(value, dict):
        return {key: _without_wording(part) for key, part in value.items() if key not in WORDING}
    return [_without_wording(part) for part in value] if isinstance(value, list) else value


def _responses(scores: Scores) -> Iterator[tuple[Any, ...]]:
    table = scores.table
    counted = isinstance(scores.data, SurveyData)
    for unit, row in zip(table.index, table.to_dict("records"), strict=True):
        counts = (int(row["n_answered"]), int(row["n_invited"])) if counted else (None, None)
        yield (str(unit), float(row["coverage"]), *counts)


def _scores(scores: Scores) -> Iterator[tuple[Any, ...]]:
    """One row per unit and element."""
    for name in ("index", *(node.id for node in scores.framework.elements)):
        ranked, valued = name in scores.ranks.columns, name in scores.values.columns
        columns = (
            scores.table[name],
            scores.ranks[name] if ranked else None,
            scores.bands[name] if ranked else None,
            scores.values[name] if valued else None,
        )
        parts = [[None] * len(scores.table) if column is None else column.tolist() for column in columns]
        for unit, score, rank, band, value in zip(scores.table.index, *parts, strict=True):
            yield (str(unit), name, _plain(score), _whole(rank), band or None, _plain(value))


def _intervals(scores: Scores, uncertainty: Uncertainty | None) -> Iterator[tuple[Any, ...]]:
    """One row wherever there is a standard error or an interval of the rank."""
    errors = element_errors(scores)
    low, high = _ends(scores, errors)
    ranks = uncertainty.ranks if uncertainty is not None else pd.DataFrame()
    for name in errors.columns:
        for unit, error, lower, upper in zip(
            errors.index, errors[name].tolist(), low[name].tolist(), high[name].tolist(), strict=True
        ):
            spread: tuple[Any, ...] = (None, None, None)
            if name == "index" and unit in ranks.index:
                spread = tuple(_whole(ranks.loc[unit, part]) for part in ("rank_p05", "rank_median", "rank_p95"))
            if not pd.isna(error) or spread[0] is not None:
                yield (str(unit), name, _plain(error), _plain(lower), _plain(upper), *spread)


def _ends(scores: Scores, errors: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lower and upper ends of the 90 % interval of every score."""
    if not isinstance(scores.data, SurveyData) or not errors.notna().to_numpy().any():
        return errors, errors
    plan = survey_design(scores.data)
    estimates = scores.table[list(errors.columns)].astype(float).reindex(plan.units)
    ends = interval(plan, estimates.to_numpy(), errors.reindex(plan.units).to_numpy())
    low, high = (pd.DataFrame(end, plan.units, errors.columns).reindex(errors.index) for end in ends)
    return low, high


def _plain(value: Any) -> float | None:  # noqa: ANN401  (a cell of a table)
    return None if value is None or pd.isna(value) else float(value)


def _whole(value: Any) -> float | None:  # noqa: ANN401  (a cell of a table)
    """A rank, as a whole number where it is one."""
    number = _plain(value)
    return int(number) if number is not None and number.is_integer() else number
