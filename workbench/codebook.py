"""The code book of a survey: every answer column, what it asks and what may be written in it.

Made from the framework only, so that it cannot differ from what the intake accepts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.framework_model import Ladder, MultiSelect, NumberField
from workbench.questions import allowed

if TYPE_CHECKING:
    from workbench.framework import Framework
    from workbench.framework_model import Indicator
    from workbench.text import Text

__all__ = ["code_book"]


def code_book(framework: Framework) -> pd.DataFrame:
    """One row per answer column: `column`, `th`, `en`, `type`, `allowed`, `options`, `asked_of`, `used_by`.

    For an index over a table: one row per column of the table, with empty `options` and `asked_of`.
    """
    if framework.respondents is None:
        pairs = zip(framework.indicators, framework.table_columns, strict=True)
        return pd.DataFrame([_table_row(item, name) for item, name in pairs])
    numbers = {item.id: item for item in framework.numbers}
    return pd.DataFrame([_survey_row(framework, name, numbers.get(name)) for name in framework.columns])


def _survey_row(framework: Framework, name: str, number: NumberField | None) -> dict[str, str]:
    users = [item for item in framework.indicators if item.question is not None and name in item.answer_columns]
    asked: Any = number or users[0].question
    kind = "number" if number else asked.type
    wording = number.label if number else asked.text or users[0].label
    everyone = any(not item.question.asked_of for item in users if item.question)
    types = sorted({who for item in users if item.question for who in item.question.asked_of})
    return _row(name, wording, kind, allowed(asked), _options(asked), "" if everyone else ", ".join(types), users)


def _table_row(item: Indicator, name: str) -> dict[str, str]:
    return _row(name, item.label, "number", "a finite number", "", "", [item])


def _row(name: str, wording: Text, kind: str, may: str, options: str, asked_of: str, users: list[Indicator]) -> dict[str, str]:
    units = {str(item.unit) for item in users if item.unit is not None and kind != "ratio"}
    return {
        "column": name,
        "th": wording.th,
        "en": wording.en,
        "type": kind,
        "allowed": may,
        "options": options,
        "asked_of": asked_of,
        "unit": units.pop() if len(units) == 1 and len(users) == 1 else "",
        "used_by": ", ".join(item.id for item in users),
    }


def _options(question: object) -> str:
    """Steps and options with their texts in both languages, one per line."""
    match question:
        case Ladder():
            return "\n".join(f"{step.value} = {step.label}" for step in question.steps)
        case MultiSelect():
            return "\n".join(f"{option.value} = {option.label}" for option in question.options)
        case _:
            return ""
