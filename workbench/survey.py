"""Answers of respondents: read, checked against the framework, and turned into indicator values.

Every cell is checked against its question; all faults are reported at once, each with its row and
column. Nothing is guessed, corrected by resemblance, or filled in. Personal columns are dropped
before anything else sees them. Tables of indicator values are read by `indicators`.

A row is a respondent of a unit. `status` says `answered` or `no_answer` (invited, but silent);
without that column a row without any answer is silent, and everyone the framework lists was invited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.cleaning import clean
from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.framework_model import Ratio
from workbench.identity import STATUS_COLUMN, agencies_of, repeated, synthetic_rows, units_of
from workbench.indicators import Indicators, read_indicators
from workbench.intake.headers import survey_headers
from workbench.paths import shown as shown_path
from workbench.questions import Decoded, decode, explain, ratio
from workbench.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.framework_model import Question, Respondents
    from workbench.tables import Table

    Mask = NDArray[np.bool_]
    Names = NDArray[Any]

__all__ = ["Indicators", "Responses", "read_indicators", "read_survey"]

NAMES = ("unit_name", "agency_name")
"""For readers; not used."""
OPTIONAL = ("status", STATUS_COLUMN, *NAMES)
"""Columns that a survey may have beside unit, respondent and answers."""
OTHERS = "others"
"""Stratum of respondents beyond the framework's types."""
ANSWERED, SILENT = "answered", "no_answer"


@dataclass(frozen=True, kw_only=True)
class Responses:
    """The answers of everyone who answered. Frames and series are indexed by `unit/respondent`."""

    framework: Framework = field(repr=False)
    answers: pd.DataFrame = field(repr=False)
    """unit, agency, then the framework's answer columns: numbers, `yes`, `a;b`; missing where not answered."""
    values: pd.DataFrame = field(repr=False)
    """Raw indicator values, one column per indicator id; NaN where not answered."""
    units: pd.Series = field(repr=False)
    """The unit of each respondent."""
    answered: pd.Series = field(repr=False)
    """Number of respondents who answered, by unit."""
    invited: pd.Series = field(repr=False)
    """Number of respondents invited, by unit."""
    strata: pd.Series | None = field(default=None, repr=False)
    """The stratum of each respondent, where the framework has strata."""
    population: pd.DataFrame | None = field(default=None, repr=False)
    """How many respondents each unit has in each stratum: as the framework says, or those invited; units by strata."""
    synthetic: bool
    """True when any row says that it is synthetic."""
    source: str
    """The file, as a reader should see it."""
    fingerprint: str
    """First 16 hexadecimal digits of the file's SHA-256."""
    encoding: str = ""
    """How a text file was read: `utf-8` or `cp874`."""

    def _repr_html_(self) -> str:
        from workbench.cards import responses_card  # noqa: PLC0415  (only a notebook asks)

        return responses_card(self)

    def _ipython_key_completions_(self) -> list[str]:
        return [str(column) for column in self.values.columns]

    def __getitem__(self, name: str) -> pd.Series:
        """The values of one indicator, one per respondent.

        Raises:
            WorkbenchError: there is no such indicator; names the nearest.
        """
        self.framework.element(name)
        if name not in self.values.columns:
            problem = f"`{name}` is a group; only indicators have answers."
            raise WorkbenchError(Fault(problem=problem, allowed=one_of(self.values.columns)))
        return self.values[name]

    def to_frame(self) -> pd.DataFrame:
        """The answers, one row per respondent."""
        return self.answers.copy()


def read_survey(path: str | Path, framework: Framework) -> Responses:
    """Read and check a survey.

    Args:
        path: An .xlsx, .csv, .tsv or .parquet file, one row per respondent.
        framework: Says which columns there are and what may be answered.

    Returns:
        The answers and the indicator values, in the order of the file.

    Raises:
        WorkbenchError: every fault of the table, by row and column.
    """
    respondents = framework.respondents
    if respondents is None or not framework.columns:
        problem = f"the framework {framework.id} asks no questions, so it has no survey."
        raise WorkbenchError(Fault(file=shown_path(path), problem=problem, fix="give the table with --indicators."))
    keys = (framework.unit.column, respondents.column)
    table = read_table(path, headers=survey_headers(framework))
    wrong_columns = _check_columns(table, framework, keys)
    if not {*keys} <= {*table.columns} or not {*framework.columns} & {*table.columns}:
        raise WorkbenchError(*wrong_columns)
    return _responses(table, framework, respondents, wrong_columns)


def _check_columns(table: Table, framework: Framework, keys: tuple[str, str]) -> list[Fault]:
    """Columns that are missing, not expected, or hold numbers for names."""
    faults = FaultList()
    needed = (*keys, *framework.columns)
    for name in needed:
        if name not in table.columns:
            near = suggestion(name, [found for found in table.columns if found not in needed])
            fix = f"{near} Rename it." if near else "add the column; leave cells blank where there is no answer."
            faults.add(f"column `{name}` is missing.", file=table.file, sheet=table.sheet, column=name, fix=fix)
    for name, column in table.columns.items():
        if name not in needed and name not in OPTIONAL:
            fix = suggestion(name, needed) or "delete the column, or list it under `respondents.personal` of the framework."
            faults.add(f"column `{name}` is not expected.", file=table.file, sheet=table.sheet, column=column.address, fix=fix)
    return [*faults, *_name_faults(table)]


def _name_faults(table: Table) -> Iterator[Fault]:
    """Numbers where names belong, at the first of each column."""
    for name in NAMES:
        column = table.columns.get(name)
        if column is not None and column.numbers is not None and not column.missing.all():
            position = int(np.argmin(column.missing))
            fix = "write names here, or delete the column."
            yield table.fault("there is a number, not a name.", position, name, value=column.text_at(position), fix=fix)


def _responses(table: Table, framework: Framework, respondents: Respondents, wrong_columns: list[Fault]) -> Responses:
    """The checked responses in *table*; the cells of the columns that are there are checked whatever is wrong with others."""
    units, faults = units_of(table, framework)
    agencies, more = agencies_of(table, framework)
    answers = _decode_all(table, framework)
    silent, status_faults = _silent(table, answers)
    faults += wrong_columns + more + ([] if wrong_columns else status_faults)
    labels = np.where((units == "") | (agencies == ""), "", units + "/" + agencies)
    faults += _repeated_faults(table, respondents, labels)
    faults += _answer_faults(table, framework, answers)
    faults += _misplaced(table, framework, answers, agencies)
    _stop_if_any(faults, table)
    index = pd.Index(labels[~silent], name="respondent", dtype="str")
    kept = {name: column.answers[~silent] for name, column in answers.items()}
    who = {"unit": pd.array(units[~silent], dtype="str"), "agency": pd.array(agencies[~silent], dtype="str")}
    answered, invited = _counts(units, silent, respondents, known="status" in table.columns)
    return Responses(
        framework=framework,
        answers=pd.DataFrame(who | {name: _typed(values) for name, values in kept.items()}, index=index),
        values=pd.DataFrame(_values(framework, answers, ~silent), index=index),
        units=pd.Series(who["unit"], index=index, name="unit"),
        answered=answered,
        invited=invited,
        **_strata(respondents, units, agencies, silent, known="status" in table.columns),
        synthetic=bool(synthetic_rows(table).any()),
        source=table.file,
        fingerprint=table.fingerprint,
        encoding=table.encoding,
    )


def _decode_all(table: Table, framework: Framework) -> dict[str, Decoded]:
    """Every answer column that is there, understood, by its name."""
    asked = {name: asked for name, asked in _asked(framework).items() if name in table.columns}
    return {name: decode(question, table.columns[name]) for name, question in asked.items()}


def _asked(framework: Framework) -> dict[str, Any]:
    """What each answer column asks: a question, or a number field of ratios."""
    numbers = {item.id: item for item in framework.numbers}
    single = {item.id: item.question for item in framework.indicators}
    return {name: numbers.get(name) or single[name] for name in framework.columns}


def _values(framework: Framework, answers: Mapping[str, Decoded], kept: Mask) -> dict[str, NDArray[np.float64]]:
    """Raw values of every indicator for the respondents in *kept*; NaN for an indicator without a question."""
    values = {}
    for item in framework.indicators:
        match item.question:
            case None:
                values[item.id] = np.full(int(kept.sum()), np.nan)
            case Ratio(numerator=above, denominator=below):
                values[item.id] = ratio(answers[above].values[kept], answers[below].values[kept])
            case _:
                values[item.id] = answers[item.id].values[kept]
    return values


def _typed(values: Names) -> Any:  # noqa: ANN401  (an array of numbers or of text)
    return pd.array(values, dtype="str") if values.dtype == object else values


def _counts(units: Names, silent: Mask, respondents: Respondents, *, known: bool) -> tuple[pd.Series, pd.Series]:
    """How many answered and how many were invited, by unit in alphabetical order."""
    codes, names = pd.factorize(units, sort=True)
    index = pd.Index(names, name="unit", dtype="str")
    answered = np.bincount(codes[~silent], minlength=len(names))
    listed = np.bincount(codes, minlength=len(names))
    invited = listed if known else np.maximum(answered, len(respondents.types))
    return pd.Series(answered, index=index, name="answered"), pd.Series(invited, index=index, name="invited")


def _strata(respondents: Respondents, units: Names, agencies: Names, silent: Mask, *, known: bool) -> dict[str, Any]:
    """Stratum of each respondent who answered, and the size of each stratum in each unit."""
    places = respondents.stratum_of()
    if not places:
        return {}
    own = pd.Series([places.get(name, OTHERS) for name in agencies], dtype="str")
    labels = pd.Index(units[~silent] + "/" + agencies[~silent], dtype="str")
    listed = pd.crosstab(pd.Series(units, name="unit"), own.rename("stratum"))
    if not known:
        everyone = {stratum.id: len(stratum.types) for stratum in respondents.strata}
        listed = listed.reindex(columns=listed.columns.union(list(everyone)), fill_value=0)
        listed = listed.clip(lower=pd.Series(everyone).reindex(listed.columns, fill_value=0), axis=1)
    for stratum in respondents.strata:
        if stratum.population is not None:
            listed[stratum.id] = stratum.population
    return {"strata": pd.Series(own[~silent].to_numpy(), index=labels, name="stratum"), "population": listed}


def _silent(table: Table, answers: Mapping[str, Decoded]) -> tuple[Mask, list[Fault]]:
    """True for rows of respondents who did not answer, and rows whose status contradicts their answers."""
    filled = np.stack([~table.columns[name].missing for name in answers], axis=1)
    empty = np.asarray(~filled.any(axis=1))
    if "status" not in table.columns:
        return empty, []
    codes, texts = table.columns["status"].as_text()
    states = np.array([*map(clean, texts), ""])[codes]
    silent, answered = np.asarray(states == SILENT), np.asarray(states == ANSWERED)

    def unknown(position: int) -> Fault:
        text = table.columns["status"].text_at(position)
        problem = f'"{text}" is no status.' if text else "the status is missing."
        return table.fault(problem, position, "status", value=text, allowed=f"{ANSWERED} or {SILENT}", fix="correct it.")

    def speaking(position: int) -> Fault:
        name = list(answers)[int(filled[position].argmax())]
        problem = f"there is an answer, but the status is {SILENT}."
        return table.fault(problem, position, name, fix=f"set the status to {ANSWERED}, or empty the row's answers.")

    def mute(position: int) -> Fault:
        problem = f"the status is {ANSWERED}, but there is no answer in the row."
        return table.fault(problem, position, "status", value=ANSWERED, fix=f"set the status to {SILENT}.")

    wrong = ((~silent & ~answered, unknown), (silent & ~empty, speaking), (answered & empty, mute))
    return silent, [fault for rows, describe in wrong for fault in table.each(rows, "status", describe)]


def _repeated_faults(table: Table, respondents: Respondents, labels: Names) -> Iterator[Fault]:
    for position, earlier in repeated(labels):
        row, first = int(table.rows[position]), int(table.rows[earlier])
        problem = f"{labels[position]} answers twice, in rows {first} and {row}."
        yield table.fault(problem, position, respondents.column, value=labels[position], fix="keep one of the two rows.")


def _answer_faults(table: Table, framework: Framework, answers: Mapping[str, Decoded]) -> Iterator[Fault]:
    """Cells that hold no answer."""
    questions = _asked(framework)
    for name in answers:

        def describe(position: int, name: str = name, asked: Any = questions[name]) -> Fault:  # noqa: ANN401  (any question; bound now)
            why = explain(asked, table.columns[name].text_at(position, None))
            value = table.columns[name].text_at(position)
            return table.fault(why.problem, position, name, value=value, allowed=why.allowed, fix=why.fix)

        yield from table.each(answers[name].refused, name, describe)


def _misplaced(table: Table, framework: Framework, answers: Mapping[str, Decoded], agencies: Names) -> Iterator[Fault]:
    """Answers to questions that were asked of others."""
    addressees = {name: types for name, types in _addressees(framework).items() if name in answers}
    for name, types in addressees.items():

        def describe(position: int, name: str = name, types: frozenset[str] = types) -> Fault:
            problem = f"{agencies[position]} answers a question that is asked of {one_of(sorted(types))} only."
            value = table.columns[name].text_at(position)
            return table.fault(problem, position, name, value=value, fix="empty the cell, or correct the respondent.")

        others = (agencies != "") & ~np.isin(agencies.astype(str), sorted(types))
        yield from table.each(others & ~table.columns[name].missing & ~answers[name].refused, name, describe)


def _addressees(framework: Framework) -> dict[str, frozenset[str]]:
    """Answer columns that only some respondents fill, and the types that do; a number may serve several questions."""
    types: dict[str, set[str]] = {}
    for item in framework.indicators:
        question: Question | None = item.question
        for name in item.answer_columns if question is not None else ():
            everyone = {""} if question is None or not question.asked_of else set(question.asked_of)
            types[name] = types.get(name, set()) | everyone
    return {name: frozenset(asked) for name, asked in types.items() if "" not in asked}


def _stop_if_any(faults: Iterable[Fault], table: Table) -> None:
    """Raise the faults by row, then by column as the table has them."""
    places = {column.address: position for position, column in enumerate(table.columns.values())}
    ordered = sorted(faults, key=lambda fault: (fault.row or 0, places.get(fault.column, -1)))
    if ordered:
        raise WorkbenchError(*ordered)
