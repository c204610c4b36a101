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

from workbench.allocation import keep_freed
from workbench.cleaning import clean
from workbench.contacts import covered, without_contacts
from workbench.errors import Fault, WorkbenchError, one_of
from workbench.fingerprints import fingerprint
from workbench.framework_model import Ratio
from workbench.identity import agencies_of, synthetic_rows, units_of
from workbench.indicators import Indicators, read_indicators
from workbench.intake.columns import column_faults, evidence_columns
from workbench.intake.files import read_files
from workbench.intake.headers import survey_headers
from workbench.intake.log import answer_log, joined, name_log, office_rules, reading_of, unit_rules
from workbench.intake.register import Invited, counts, read_invited, register, silent_rows, strata, uninvited
from workbench.intake.repeats import later_answers
from workbench.intake.rules import rule_faults, unasked
from workbench.paths import shown as shown_path
from workbench.questions import Decoded, decode, explain, ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.tables import Table

    Mask = NDArray[np.bool_]
    Names = NDArray[Any]

__all__ = ["Indicators", "Responses", "read_indicators", "read_survey"]

NOTHING = ("", "-", "ไม่มี", "none", "no", "n/a")
"""Written where nothing was attached."""


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
    """How a text file was read: `utf-8`, `utf-16` or `cp874`."""
    register: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """Everyone invited: `unit`, `agency` and `status` (answered, no_answer)."""
    evidence: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """True where something was attached to the answer, one column per indicator whose evidence the table has."""
    log: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """What was cleaned: `file`, `sheet`, `row`, `column`, `original`, `cleaned`, `rule`; one row per cell and rule."""
    reading: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """How each file was read: `file`, `kind`, `sheet`, `encoding`, `header_row`, `rows`, `hidden_sheets` and
    `other_sheets` (not read), `hidden_rows` and `hidden_columns` (read like others), `left_out`."""

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


def read_survey(
    path: str | Path, framework: Framework, *, invited: str | Path | None = None, beside: Framework | None = None
) -> Responses:
    """Read and check a survey.

    Args:
        path: An .xlsx, .csv, .tsv or .parquet file with one row per respondent, a filled-in questionnaire, or a folder
            of such files, one per agency.
        framework: Says which columns there are and what may be answered.
        invited: A list of everyone invited, with the two columns that say who answers for which unit.
        beside: Another framework; what only it asks may be there and is left out.

    Returns:
        The answers and the indicator values, in the order of the files.

    Raises:
        WorkbenchError: every fault of the files, by file, row and column.
    """
    return _responses(check_survey(path, framework, invited=invited, beside=beside), framework)


def check_survey(
    path: str | Path, framework: Framework, *, invited: str | Path | None = None, beside: Framework | None = None
) -> Checked:
    """The checked answers of a survey, before they are put into tables; arguments and errors of `read_survey`."""
    keep_freed()
    respondents = framework.respondents
    if respondents is None or not framework.columns:
        problem = f"the framework {framework.id} asks no questions, so it has no survey."
        raise WorkbenchError(Fault(file=shown_path(path), problem=problem, fix="give the table with --indicators."))
    keys = (framework.unit.column, respondents.column)
    table, unread = read_files(path, survey_headers(framework), framework)
    wrong_columns = column_faults(table, framework, keys, beside)
    if not {*keys} <= {*table.columns} or not {*framework.columns} & {*table.columns}:
        raise WorkbenchError(*map(without_contacts, [*unread, *wrong_columns]))
    listed, more = read_invited(invited, framework) if invited is not None else (None, [])
    return _checked(table, framework, listed, [*unread, *more, *wrong_columns])


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Answers that hold no fault."""

    who: Who
    answers: Mapping[str, Decoded]
    silent: Mask
    """True for those who were invited and did not answer."""
    invited: Invited | None
    known: bool
    """Whether the rows say who was silent."""

    def values(self, framework: Framework) -> NDArray[np.float64]:
        """Raw values of every indicator for those who answered, shape `(respondents, indicators)`, column by column."""
        return _values(framework, {name: column.take(~self.silent) for name, column in self.answers.items()}, ~self.silent)


def _checked(table: Table, framework: Framework, invited: Invited | None, faults: list[Fault]) -> Checked:
    """The cells of the columns that are there are checked whatever is wrong with others."""
    whole = not faults
    who, more = _who(table, framework, invited)
    answers = _decode_all(who.table, framework)
    silent, status_faults = silent_rows(who.table, answers)
    faults = faults + more + (status_faults if whole else [])
    faults += _answer_faults(who.table, framework, answers)
    faults += rule_faults(who.table, framework, answers, who.agencies, silent)
    _stop_if_any(faults, who.table)
    return Checked(who=who, answers=answers, silent=silent, invited=invited, known="status" in table.columns)


def _responses(checked: Checked, framework: Framework) -> Responses:
    """The answers as tables."""
    respondents = framework.respondents
    if respondents is None:
        raise TypeError("the framework has no respondents")
    who, silent, invited, known = checked.who, checked.silent, checked.invited, checked.known
    table = who.table
    index = pd.Index(who.labels[~silent], name="respondent", dtype="str")
    answered_by = ~silent
    kept = {name: column.take(answered_by) for name, column in checked.answers.items()}
    people = {"unit": pd.array(who.units[~silent], dtype="str"), "agency": pd.array(who.agencies[~silent], dtype="str")}
    answered, listed = counts(who.units, silent, respondents, invited, known=known)
    return Responses(
        framework=framework,
        # Columns as they are: together they would be copied once more.
        answers=pd.DataFrame(people | {name: _typed(column) for name, column in kept.items()}, index=index, copy=False),
        values=pd.DataFrame(
            _values(framework, kept, answered_by), index=index, columns=[item.id for item in framework.indicators], copy=False
        ),
        units=pd.Series(people["unit"], index=index, name="unit"),
        answered=answered,
        invited=listed,
        **strata(respondents, who.units, who.agencies, silent, invited, known=known),
        register=register(who.units, who.agencies, silent, respondents, invited, known=known),
        evidence=_evidence(table, framework, index, silent),
        log=_log(table, framework, who, checked.answers),
        reading=reading_of(table),
        synthetic=bool(synthetic_rows(table).any()),
        source=covered(table.file),
        fingerprint=table.fingerprint if invited is None else fingerprint([table.fingerprint, invited.fingerprint]),
        encoding=table.encoding,
    )


@dataclass(frozen=True, kw_only=True)
class Who:
    """Who answers in which record, when of repeated answers only the later is left."""

    table: Table
    units: Names
    agencies: Names
    labels: Names
    log: pd.DataFrame


def _who(table: Table, framework: Framework, invited: Invited | None) -> tuple[Who, list[Fault]]:
    column = framework.respondents.column if framework.respondents is not None else ""
    units, faults = units_of(table, framework)
    agencies, more = agencies_of(table, framework, units)
    labels = np.where((units == "") | (agencies == ""), "", units + "/" + agencies)
    kept, repeats, log = later_answers(table, column, labels)
    faults += more + repeats + uninvited(table, column, labels, invited)
    if kept.all():
        return Who(table=table, units=units, agencies=agencies, labels=labels, log=log), faults
    parts = {"units": units[kept], "agencies": agencies[kept], "labels": labels[kept]}
    return Who(table=table.take(kept), **parts, log=log), faults


def _evidence(table: Table, framework: Framework, index: pd.Index, silent: Mask) -> pd.DataFrame:
    """Whether something was attached; what it was may name a person and is not kept."""
    found = {}
    for name, column in evidence_columns(framework).items():
        if column in table.columns:
            codes, texts = table.columns[column].as_text()
            attached = np.array([*(clean(text).casefold() not in NOTHING for text in texts), False])
            found[name] = attached[codes][~silent]
    return pd.DataFrame(found, index=index)


def _log(table: Table, framework: Framework, who: Who, answers: Mapping[str, Decoded]) -> pd.DataFrame:
    """Everything that was cleaned, respondent columns first."""
    unit, agency = framework.unit.column, framework.respondents.column if framework.respondents is not None else ""
    asked = _asked(framework)
    logs = [
        who.log,
        name_log(table, unit, who.units, lambda text: unit_rules(text, framework)),
        name_log(table, agency, who.agencies, lambda text: office_rules(text, framework)),
        *(answer_log(table, name, asked[name], column.answers) for name, column in answers.items()),
    ]
    return joined(logs)


def _decode_all(table: Table, framework: Framework) -> dict[str, Decoded]:
    """Every answer column that is there, understood, by its name."""
    asked = {name: asked for name, asked in _asked(framework).items() if name in table.columns}
    return {name: decode(question, table.columns[name]) for name, question in asked.items()}


def _asked(framework: Framework) -> dict[str, Any]:
    """What each answer column asks: a question, or a number field of ratios."""
    numbers = {item.id: item for item in framework.numbers}
    single = {item.id: item.question for item in framework.indicators}
    return {name: numbers.get(name) or single[name] for name in framework.columns}


def _values(framework: Framework, answers: Mapping[str, Decoded], kept: Mask) -> NDArray[np.float64]:
    """Raw values of every indicator, shape `(respondents, indicators)`; NaN for an indicator without a question.

    *answers* are those of the respondents in *kept*.
    """
    values = np.empty((len(framework.indicators), int(kept.sum())))
    for found, item in zip(values, framework.indicators, strict=True):
        match item.question:
            case None:
                found[:] = np.nan
            case Ratio(numerator=above, denominator=below):
                found[:] = ratio(answers[above].values, answers[below].values)
            case _:
                found[:] = answers[item.id].values
        skip = unasked(item, answers)
        rule = item.question.asked_if if item.question is not None else None
        if skip is not None and rule is not None and rule.otherwise is not None:
            found[skip] = rule.otherwise
    return values.T


def _typed(column: Decoded) -> Any:  # noqa: ANN401  (an array of numbers or of text)
    if column.answer_of.dtype != object:
        return column.answers
    texts = pd.array(column.answer_of, dtype="str")
    return texts if column.codes is None else texts.take(column.codes)


def _answer_faults(table: Table, framework: Framework, answers: Mapping[str, Decoded]) -> Iterator[Fault]:
    """Cells that hold no answer."""
    questions = _asked(framework)
    for name in answers:

        def describe(position: int, name: str = name, asked: Any = questions[name]) -> Fault:  # noqa: ANN401  (any question; bound now)
            why = explain(asked, table.columns[name].text_at(position, None))
            value = table.columns[name].text_at(position)
            return table.fault(why.problem, position, name, value=value, allowed=why.allowed, fix=why.fix)

        yield from table.each(answers[name].refused, name, describe)


def _stop_if_any(faults: Iterable[Fault], table: Table) -> None:
    """Raise the faults, worst first: files and columns, then by file, row and column as the table has them."""
    places = {column.address: position for position, column in enumerate(table.columns.values())}
    files = {part.file: position for position, part in enumerate(table.parts)}

    def weight(fault: Fault) -> tuple[bool, int, int, int]:
        return fault.row is not None, files.get(fault.file, -1), fault.row or 0, places.get(fault.column, -1)

    ordered = sorted(faults, key=weight)
    if ordered:
        raise WorkbenchError(*map(without_contacts, ordered))
