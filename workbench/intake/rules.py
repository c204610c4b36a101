"""Rules between answers: questions asked of some only, or after some answers only, and those that must be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.errors import one_of
from workbench.questions import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.errors import Fault
    from workbench.framework import Framework
    from workbench.framework_model import AskedIf, Indicator, Question
    from workbench.questions import Decoded
    from workbench.tables import Table

    Mask = NDArray[np.bool_]

__all__ = ["rule_faults", "skipped_after", "unasked"]


def rule_faults(
    table: Table, framework: Framework, answers: Mapping[str, Decoded], agencies: NDArray[Any], silent: Mask
) -> Iterator[Fault]:
    """Answers that were not asked for, and answers that are missing."""
    yield from _misplaced(table, framework, answers, agencies)
    for item in framework.indicators:
        names = [name for name in item.answer_columns if name in answers] if item.question is not None else []
        for name in names:
            yield from _skipped(table, item, name, answers)
            yield from _required(table, item, name, answers, agencies, silent)


def unasked(item: Indicator, answers: Mapping[str, Decoded]) -> Mask | None:
    """True where the answer to another question says that *item* is not asked; None for what is asked in any case.

    Where the other question has no answer this one may be answered, or not.
    """
    rule = item.question.asked_if if item.question is not None else None
    if rule is None or rule.question not in answers:
        return None
    other = answers[rule.question]
    skipped = skipped_after(rule, other.answer_of)
    return skipped if other.codes is None else skipped[other.codes]


def skipped_after(rule: AskedIf, answers: NDArray[Any]) -> Mask:
    """True where *answers* to the other question say that a question is not asked."""
    codes, texts = pd.factorize(np.array([_text(value) for value in answers], dtype=object))
    skipped = np.array([text != "" and not {text, *text.split(SEPARATOR)} & {*rule.answers} for text in texts], dtype=bool)
    return np.asarray(skipped[codes]) if len(texts) else np.zeros(len(answers), dtype=bool)


def _text(value: Any) -> str:  # noqa: ANN401  (a text, a number, None or NaN)
    if value is None or value != value:  # noqa: PLR0124  (only NaN differs from itself)
        return ""
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


def _skipped(table: Table, item: Indicator, name: str, answers: Mapping[str, Decoded]) -> Iterator[Fault]:
    """Answers to a question that another answer says is not asked."""
    skip = unasked(item, answers)
    rule = item.question.asked_if if item.question is not None else None
    if skip is None or rule is None:
        return
    other = table.columns[rule.question]

    def describe(position: int) -> Fault:
        problem = f'there is an answer, but `{rule.question}` is "{other.text_at(position)}".'
        fix = f"empty the cell, or correct `{rule.question}` at {table.fault('', position, rule.question).where}."
        value = table.columns[name].text_at(position)
        allowed = f"an answer only where `{rule.question}` is {one_of(rule.answers)}"
        return table.fault(problem, position, name, value=value, allowed=allowed, fix=fix)

    yield from table.each(skip & ~table.columns[name].missing, name, describe)


def _required(
    table: Table,
    item: Indicator,
    name: str,
    answers: Mapping[str, Decoded],
    agencies: NDArray[Any],
    silent: Mask,
) -> Iterator[Fault]:
    """Cells left empty by those who answer the survey and are asked."""
    question = item.question
    if question is None or not question.required:
        return
    empty = table.columns[name].missing & ~silent
    if question.asked_of:
        empty &= np.isin(agencies.astype(str), question.asked_of)
    skip = unasked(item, answers)
    if skip is not None:
        empty &= ~skip & ~_blank(answers, question)

    def describe(position: int) -> Fault:
        problem = "the answer is missing, and the question is required."
        return table.fault(problem, position, name, fix="ask the respondent for it.")

    yield from table.each(empty, name, describe)


def _blank(answers: Mapping[str, Decoded], question: Question) -> Mask:
    """True where the question that decides whether *question* is asked has no answer itself."""
    other = answers[question.asked_if.question].answers if question.asked_if is not None else np.zeros(0)
    return np.asarray(pd.isna(other))


def _misplaced(table: Table, framework: Framework, answers: Mapping[str, Decoded], agencies: NDArray[Any]) -> Iterator[Fault]:
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
        question = item.question
        for name in item.answer_columns if question is not None else ():
            everyone = {""} if question is None or not question.asked_of else set(question.asked_of)
            types[name] = types.get(name, set()) | everyone
    return {name: frozenset(asked) for name, asked in types.items() if "" not in asked}
