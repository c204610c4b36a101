"""How good the answers are: who answered, which questions were left out, numbers far out, evidence, what was cleaned.

Everything is counted from `Responses`, nothing is changed or dropped. Patterns in the answers of one respondent are in
`careless`.

Sources: AAPOR, Standard Definitions, 10th edition (2023), for response rates; Tukey, Exploratory Data Analysis (1977),
for fences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.framework_model import NumberField, NumberQuestion, Percent
from workbench.intake.rules import unasked
from workbench.questions import Decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.survey import Responses

    Mask = NDArray[np.bool_]

__all__ = [
    "FENCE",
    "cleaned",
    "evidence",
    "outliers",
    "questions",
    "response_by_type",
    "response_by_unit",
    "silent",
]

OTHERS = "others"
"""Respondents beyond the framework's types."""
FENCE = 3.0
"""Interquartile ranges beyond the quartiles from which a number is far out (Tukey 1977)."""


def response_by_unit(responses: Responses) -> pd.DataFrame:
    """Who answered, by unit.

    Returns:
        Indexed by unit: `invited`, `answered`, `silent`, and `rate`, answered over invited (AAPOR's RR1 where everyone
        invited is eligible).
    """
    invited = responses.invited
    return _rates(invited, responses.answered.reindex(invited.index).fillna(0))


def response_by_type(responses: Responses) -> pd.DataFrame:
    """Who answered, by the framework's types of respondents, in its order; those beyond them are `others`.

    Returns:
        Indexed by type: `invited`, `answered`, `silent`, `rate`. Empty where nobody knows who was invited.
    """
    register, who = responses.register, responses.framework.respondents
    known = [item.id for item in who.types] if who is not None else []
    if register.empty or not known:
        return _rates(pd.Series(dtype="int64", name="type"), pd.Series(dtype="int64"))
    kinds = register["agency"].where(register["agency"].isin(known), OTHERS)
    invited = kinds.value_counts().reindex([*known, OTHERS]).dropna()
    answered = kinds[register["status"] == "answered"].value_counts().reindex(invited.index).fillna(0)
    return _rates(invited.rename_axis("type"), answered)


def _rates(invited: pd.Series, answered: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"invited": invited.astype("int64"), "answered": answered.astype("int64")})
    table["silent"] = table["invited"] - table["answered"]
    table["rate"] = table["answered"] / table["invited"].where(table["invited"] > 0)
    return table.rename_axis(invited.index.name)


def silent(responses: Responses) -> pd.DataFrame:
    """Those invited who did not answer: `unit` and `agency`, indexed by respondent."""
    register = responses.register
    if register.empty:
        return pd.DataFrame({"unit": [], "agency": []}, dtype="str")
    return register.loc[register["status"] != "answered", ["unit", "agency"]]


def questions(responses: Responses) -> pd.DataFrame:
    """Item non-response: how many of those who were asked left a question out.

    Returns:
        Indexed by answer column, in the framework's order: `asked` (of those who answered the survey), `answered`,
        `missing`, and `rate`, missing over asked; NaN where nobody was asked.
    """
    asked, given = _asked(responses), responses.answers.notna()
    rows = {}
    for name in responses.framework.columns:
        if name in given:
            count = int(asked[name].sum())
            answered = int((given[name].to_numpy() & asked[name]).sum())
            rows[name] = {"asked": count, "answered": answered, "missing": count - answered}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["asked", "answered", "missing"]).rename_axis("question")
    return table.assign(rate=table["missing"] / table["asked"].where(table["asked"] > 0))


def _asked(responses: Responses) -> dict[str, Mask]:
    """True for the respondents who were asked, by answer column; a number is asked by every question that uses it."""
    framework, agency = responses.framework, responses.answers["agency"].astype(str).to_numpy()
    decoded = _decoded(responses)
    found = {name: np.zeros(len(agency), dtype=bool) for name in framework.columns}
    for item in framework.indicators:
        question = item.question
        if question is None:
            continue
        skip = unasked(item, decoded)
        types = question.asked_of
        asked = np.isin(agency, types) if types else np.ones(len(agency), dtype=bool)
        for name in item.answer_columns:
            found[name] |= asked & ~skip if skip is not None else asked
    return found


def _decoded(responses: Responses) -> Mapping[str, Decoded]:
    """The answers that other questions depend on, as intake's own rules take them."""
    none = np.zeros(len(responses.answers), dtype=bool)
    rules = [item.question.asked_if for item in responses.framework.indicators if item.question is not None]
    columns = {rule.question for rule in rules if rule is not None} & {*responses.answers.columns}
    blank = np.full(len(responses.answers), np.nan)
    texts = {name: responses.answers[name].astype(object).where(responses.answers[name].notna(), None) for name in columns}
    return {name: Decoded(value_of=blank, answer_of=texts[name].to_numpy(), refused_of=none) for name in columns}


def outliers(responses: Responses) -> pd.DataFrame:
    """Numbers beyond Tukey's outer fences: `FENCE` interquartile ranges beyond the quartiles of their question.

    Amounts without an upper limit are compared by their logarithm, because they span orders of magnitude; a factor of
    a thousand (baht for thousand baht) then stands out. Zeros among them are answers of another kind and are not
    judged. A question whose quartiles are equal has no fences.

    Returns:
        One row per number, farthest first: `respondent`, `unit`, `agency`, `question`, `value`, `low`, `high` (the
        fences on the question's own scale) and `beyond` (interquartile ranges beyond the quartile).
    """
    framework, rows = responses.framework, []
    asked: dict[str, Any] = {item.id: item.question for item in framework.indicators} | {
        item.id: item for item in framework.numbers
    }
    for name in framework.columns:
        if name in responses.answers and isinstance(asked[name], NumberField | NumberQuestion | Percent):
            rows += _far_out(responses, name, on_log=_is_amount(asked[name]))
    columns = ["respondent", "unit", "agency", "question", "value", "low", "high", "beyond"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("beyond", ascending=False, kind="stable", ignore_index=True)


def _is_amount(asked: NumberField | NumberQuestion | Percent) -> bool:
    """A number of 0 or more without an upper limit."""
    return not isinstance(asked, Percent) and asked.maximum is None and asked.minimum is not None and asked.minimum >= 0


def _far_out(responses: Responses, name: str, *, on_log: bool) -> list[tuple[Any, ...]]:
    given = responses.answers[name].dropna().astype(float)
    given = given[given > 0] if on_log else given
    if given.empty:
        return []
    scaled = np.log(given) if on_log else given
    lower, upper = scaled.quantile(0.25), scaled.quantile(0.75)
    between = upper - lower
    if not between > 0:
        return []
    beyond = np.maximum(lower - scaled, scaled - upper) / between
    back = np.exp if on_log else float
    low, high = float(back(lower - FENCE * between)), float(back(upper + FENCE * between))
    who = responses.answers.loc[given.index, ["unit", "agency"]].astype(str)
    far = beyond.index[beyond > FENCE]
    return [
        (label, who.at[label, "unit"], who.at[label, "agency"], name, given[label], low, high, beyond[label])  # noqa: PD008
        for label in far
    ]


def evidence(responses: Responses) -> pd.DataFrame:
    """Evidence attached to answers.

    Returns:
        Indexed by indicator that asks for evidence: `kind` (document or url), `answered`, `attached` and `rate`,
        attached over answered; `attached` and `rate` are NaN where the survey has no column for it.
    """
    rows = {}
    for item in responses.framework.indicators:
        if item.question is None or item.question.evidence == "none":
            continue
        given = responses.values[item.id].notna()
        column = responses.evidence[item.id].astype(bool) if item.id in responses.evidence else None
        attached = float((column & given).sum()) if column is not None else np.nan
        rows[item.id] = {"kind": item.question.evidence, "answered": int(given.sum()), "attached": attached}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["kind", "answered", "attached"]).rename_axis("indicator")
    return table.assign(rate=table["attached"] / table["answered"].where(table["answered"] > 0))


def cleaned(responses: Responses) -> pd.DataFrame:
    """What intake cleaned: `cells`, `columns` and `files` touched, by rule, most cells first."""
    log = responses.log
    if log.empty:
        return pd.DataFrame({"cells": [], "columns": [], "files": []}, dtype="int64").rename_axis("rule")
    by = log.groupby("rule")
    table = pd.DataFrame({"cells": by.size(), "columns": by["column"].nunique(), "files": by["file"].nunique()})
    return table.sort_values("cells", ascending=False, kind="stable")
