"""Who was invited, who answered, and how many stand behind each answer.

Everyone invited is known from a list of invitations, from the `status` of the rows, or else from the framework: every
listed type once in each unit. A list of invitations may hold names and telephones; no column of it is kept but unit,
respondent and their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.cleaning import clean
from workbench.identity import agencies_of, repeated, units_of
from workbench.intake.headers import Headers, survey_headers
from workbench.paths import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.errors import Fault
    from workbench.framework import Framework
    from workbench.framework_model import Respondents
    from workbench.questions import Decoded
    from workbench.tables import Table

    Mask = NDArray[np.bool_]
    Names = NDArray[Any]

__all__ = [
    "ANSWERED",
    "SILENT",
    "Invited",
    "counts",
    "listed_rows",
    "population_of",
    "read_invited",
    "register",
    "silent_rows",
    "strata",
    "uninvited",
]

ANSWERED, SILENT = "answered", "no_answer"
OTHERS = "others"
"""Stratum of respondents beyond the framework's types."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A list of invitations."""

    units: Names
    agencies: Names
    source: str
    fingerprint: str

    @property
    def labels(self) -> Names:
        """`unit/respondent` of everyone invited."""
        return np.asarray(self.units + "/" + self.agencies)


def read_invited(path: str | Path, framework: Framework) -> tuple[Invited | None, list[Fault]]:
    """The list of invitations in a file, or the faults it has: one row per respondent, with the survey's two key columns."""
    from workbench.intake.files import refuse_link  # noqa: PLC0415  (above it in the chain of readers)
    from workbench.tables import read_table  # noqa: PLC0415  (the same)

    respondents = framework.respondents
    if respondents is None:
        raise TypeError("the framework has no respondents")
    keys = (framework.unit.column, respondents.column)
    spellings = {text: name for text, name in survey_headers(framework).spellings.items() if name in keys}
    refuse_link(resolve(path))
    table = read_table(path, headers=Headers(own=frozenset(keys), spellings=spellings, needed=keys, keys=keys, closed=True))
    missing = [name for name in keys if name not in table.columns]
    if missing:
        fix = "add the column."
        return None, [table.fault(f"column `{name}` is missing.", column=name, fix=fix) for name in missing]
    units, faults = units_of(table, framework)
    agencies, more = agencies_of(table, framework, units)
    faults += more
    labels = np.where((units == "") | (agencies == ""), "", units + "/" + agencies)
    for position, earlier in repeated(labels):
        row = table.place(earlier)[2]
        problem = f"{labels[position]} is invited twice, in rows {row} and {table.place(position)[2]}."
        faults.append(table.fault(problem, position, respondents.column, value=labels[position], fix="keep one of the two rows."))
    if faults:
        return None, faults
    return Invited(units=units, agencies=agencies, source=table.file, fingerprint=table.fingerprint), []


def uninvited(table: Table, column: str, labels: Names, invited: Invited | None) -> list[Fault]:
    """Respondents that the list of invitations does not have."""
    if invited is None:
        return []
    wrong = (labels != "") & ~np.isin(labels.astype(str), invited.labels.astype(str))

    def describe(position: int) -> Fault:
        problem = f"{labels[position]} was not invited: it is not in {invited.source}."
        fix = "correct the unit or the respondent, or add it to the list of invitations."
        return table.fault(problem, position, column, value=labels[position], fix=fix)

    return list(table.each(np.asarray(wrong), column, describe))


def silent_rows(table: Table, answers: Mapping[str, Decoded]) -> tuple[Mask, list[Fault]]:
    """True for rows of respondents who did not answer, and rows whose status contradicts their answers."""
    empty = np.ones(len(table), dtype=bool)
    for name in answers:
        empty &= table.columns[name].missing
    if "status" not in table.columns:
        return empty, []
    codes, texts = table.columns["status"].as_text()
    states = np.array([*map(clean, texts), ""])[codes]
    if table.columns["status"].missing.all():  # a form that does not ask for it
        return empty, []
    silent, answered = np.asarray(states == SILENT), np.asarray(states == ANSWERED)

    def unknown(position: int) -> Fault:
        text = table.columns["status"].text_at(position)
        problem = f'"{text}" is no status.' if text else "the status is missing."
        return table.fault(problem, position, "status", value=text, allowed=f"{ANSWERED} or {SILENT}", fix="correct it.")

    def speaking(position: int) -> Fault:
        name = next(name for name in answers if not table.columns[name].missing[position])
        problem = f"there is an answer, but the status is {SILENT}."
        return table.fault(problem, position, name, fix=f"set the status to {ANSWERED}, or empty the row's answers.")

    def mute(position: int) -> Fault:
        problem = f"the status is {ANSWERED}, but there is no answer in the row."
        return table.fault(problem, position, "status", value=ANSWERED, fix=f"set the status to {SILENT}.")

    wrong = ((~silent & ~answered, unknown), (silent & ~empty, speaking), (answered & empty, mute))
    return silent, [fault for rows, describe in wrong for fault in table.each(rows, "status", describe)]


def register(
    units: Names, agencies: Names, silent: Mask, respondents: Respondents, invited: Invited | None, *, known: bool
) -> pd.DataFrame:
    """Everyone invited, `unit`, `agency` and `status`, indexed by `unit/respondent`."""
    state = np.where(silent, SILENT, ANSWERED).astype(object)
    if invited is not None:
        units, agencies, state = _filled_up(units, agencies, state, invited.units, invited.agencies)
    elif respondents.types and not known:
        ids = np.array([item.id for item in respondents.types], dtype=object)
        there = np.unique(units.astype(str)).astype(object)
        units, agencies, state = _filled_up(units, agencies, state, np.repeat(there, len(ids)), np.tile(ids, len(there)))
    index = pd.Index(units + "/" + agencies, name="respondent", dtype="str")
    columns = {"unit": units, "agency": agencies, "status": state}
    return pd.DataFrame({name: pd.array(values, dtype="str") for name, values in columns.items()}, index=index)


def _filled_up(
    units: Names, agencies: Names, state: Names, more_units: Names, more_agencies: Names
) -> tuple[Names, Names, Names]:
    """The rows, and after them those of the others that have no row."""
    new = ~np.isin((more_units + "/" + more_agencies).astype(str), (units + "/" + agencies).astype(str))
    silent = np.full(int(new.sum()), SILENT, dtype=object)
    return (
        np.concatenate([units, more_units[new]]),
        np.concatenate([agencies, more_agencies[new]]),
        np.concatenate([state, silent]),
    )


def counts(
    units: Names, silent: Mask, respondents: Respondents, invited: Invited | None, *, known: bool
) -> tuple[pd.Series, pd.Series]:
    """How many answered and how many were invited, by unit in alphabetical order."""
    everyone = units if invited is None else np.concatenate([units, invited.units])
    codes, names = pd.factorize(everyone, sort=True)
    index = pd.Index(names, name="unit", dtype="str")
    codes, listed_codes = codes[: len(units)], codes[len(units) :]
    answered = np.bincount(codes[~silent], minlength=len(names))
    if invited is not None:
        listed = np.bincount(listed_codes, minlength=len(names))
    else:
        listed = listed_rows(answered, np.bincount(codes, minlength=len(names)), respondents, known=known)
    return pd.Series(answered, index=index, name="answered"), pd.Series(listed, index=index, name="invited")


def listed_rows(answered: Any, rows: Any, respondents: Respondents, *, known: bool) -> Any:  # noqa: ANN401  (arrays or tables)
    """How many were invited to each unit: its rows where these say who was silent, else every listed type."""
    return rows if known else np.maximum(answered, len(respondents.types))


def strata(
    respondents: Respondents, units: Names, agencies: Names, silent: Mask, invited: Invited | None, *, known: bool
) -> dict[str, Any]:
    """Stratum of each respondent who answered, and the size of each stratum in each unit."""
    places = respondents.stratum_of()
    if not places:
        return {}
    own = pd.Series([places.get(name, OTHERS) for name in agencies], dtype="str")
    labels = pd.Index(units[~silent] + "/" + agencies[~silent], dtype="str")
    who, what = (units, own) if invited is None else (invited.units, _strata_of(places, invited.agencies))
    listed = pd.crosstab(pd.Series(who, name="unit"), what.rename("stratum"))
    population = population_of(listed, respondents, known=known or invited is not None)
    return {"strata": pd.Series(own[~silent].to_numpy(), index=labels, name="stratum"), "population": population}


def population_of(listed: pd.DataFrame, respondents: Respondents, *, known: bool) -> pd.DataFrame:
    """How many each stratum of each unit has, units by strata: those *listed*, or every type, or as the framework says."""
    if not known:
        everyone = {stratum.id: len(stratum.types) for stratum in respondents.strata}
        listed = listed.reindex(columns=listed.columns.union(list(everyone)), fill_value=0)
        listed = listed.clip(lower=pd.Series(everyone).reindex(listed.columns, fill_value=0), axis=1)
    for stratum in respondents.strata:
        if stratum.population is not None:
            listed[stratum.id] = stratum.population
    return listed


def _strata_of(places: Mapping[str, str], agencies: Names) -> pd.Series:
    return pd.Series([places.get(name, OTHERS) for name in agencies], dtype="str")
