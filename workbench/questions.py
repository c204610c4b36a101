"""What a cell of answers may hold, what it means, and the words when it holds something else.

Each question type turns a column into answers (as they are kept) and values (what scoring uses):
ladder -> points of the step; multi-select -> min(ticked, full_at) / full_at; yes or no -> 1 or 0;
Likert -> (x - 1) / (points - 1); number and percent as given;
a year as one of the Buddhist era. A blank is not answered, NaN. An answer is understood by its value or by its
Thai or English text, whose spaces and case do not matter; nothing near is accepted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cleaning import clean, number, shown
from workbench.errors import one_of, suggestion
from workbench.framework_model import (
    Ladder,
    Likert,
    MultiSelect,
    NumberField,
    NumberQuestion,
    Percent,
    Question,
    Ratio,
    Year,
    YesNo,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.tables import Column

    Floats = NDArray[np.float64]
    Codes = NDArray[np.signedinteger[Any]]
    Asked = Ladder | MultiSelect | YesNo | Likert | NumberQuestion | Percent | Year | NumberField

__all__ = ["Decoded", "Refusal", "allowed", "decode", "explain", "ratio", "understood", "year_of"]

SEPARATOR = ";"
"""Between the ticked options of one cell, as we write it."""
JOINTS = ",;"
"""Between the ticked options of one cell, as form services write it."""
MOST_WAYS = 16
"""Ways to cut a cell that are followed; two are enough to refuse it."""
BUDDHIST = 543
"""Years between the two eras."""
SHORT_YEAR = 100
_REPEATED = re.compile(";{2,}")
_ERA = re.compile(r"\A(?:พ\.?\s*ศ\.?|ค\.?\s*ศ\.?|B\.?E\.?|A\.?D\.?|C\.?E\.?)\s*", re.IGNORECASE)
YES = ("yes", "Yes", "YES", "มี", "ใช่", "TRUE")
NO = ("no", "No", "NO", "ไม่มี", "ไม่ใช่", "FALSE")
NONE = ("none", "None", "NONE", "ไม่มี")
"""Ways to say that no option applies, beside the question's own."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """One column of answers, understood.

    Where cells share few texts, each text is understood once and the cells are codes into what was understood, the last
    of it for a blank: a million answers take as little room as their codes.
    """

    answer_of: NDArray[Any]
    value_of: Floats
    refused_of: NDArray[np.bool_]
    codes: Codes | None = None
    """Of each cell; without them the arrays above are the cells."""

    @property
    def answers(self) -> NDArray[Any]:
        """The answer as it is kept: the step, `a;b` in the order of the options, `yes`, or a number; None or NaN when blank."""
        return self._cells(self.answer_of)

    @property
    def values(self) -> Floats:
        """The indicator's raw value (of a number field: the number); NaN when blank or refused."""
        return self._cells(self.value_of)

    @property
    def refused(self) -> NDArray[np.bool_]:
        """True where the cell holds something that is no answer."""
        return self._cells(self.refused_of)

    def take(self, kept: NDArray[np.bool_]) -> Decoded:
        """Only the cells in *kept*."""
        if self.codes is not None:
            return replace(self, codes=self.codes[kept])
        values = self.value_of[kept]
        answers = values if self.answer_of is self.value_of else self.answer_of[kept]
        return replace(self, answer_of=answers, value_of=values, refused_of=self.refused_of[kept])

    def _cells(self, found: NDArray[Any]) -> NDArray[Any]:
        return found if self.codes is None else found[self.codes]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a cell is no answer, in the words of a fault."""

    problem: str
    allowed: str
    fix: str


def decode(question: Asked, column: Column) -> Decoded:
    """Understand a column of answers to one question.

    Args:
        question: The question, or the number field of a ratio.
        column: Shape `(respondents,)`.

    Returns:
        Three arrays of shape `(respondents,)`.
    """
    if isinstance(question, NumberQuestion | Percent | NumberField):
        return _decode_number(question, column)
    if isinstance(question, Year):
        return _decode_year(question, column)
    if isinstance(question, MultiSelect):
        return _decode_ticks(question, column)
    codes, texts = column.as_text()
    known = understood(question)
    loose = loosely(question)
    found = [_find(text, known, loose) for text in texts]
    points = _points(question)
    empty, kind = (None, object) if isinstance(question, YesNo) else (np.nan, float)
    answers = np.array([*(empty if answer is None else answer for answer in found), empty], dtype=kind)
    return _coded(codes, answers, [None if answer is None else points[answer] for answer in found])


def _coded(codes: Codes, answers: NDArray[Any] | None, values: Sequence[float | None]) -> Decoded:
    """What each distinct text means; None for one that means nothing. *answers* has a blank at its end."""
    value_of = np.array([*(np.nan if value is None else value for value in values), np.nan])
    refused = np.array([*(value is None for value in values), False])
    return Decoded(answer_of=value_of if answers is None else answers, value_of=value_of, refused_of=refused, codes=codes)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """*numerator* / *denominator*, NaN where either is missing or the denominator is 0.

    >>> ratio(np.array([1.0, 1.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(denominator > 0, numerator / denominator, np.nan))


def allowed(question: Asked | Question) -> str:
    """What may be answered, in words.

    >>> allowed(Likert(type="likert", points=5))
    'a whole number from 1 to 5'
    """
    match question:
        case Ladder():
            return f"{one_of([step.value for step in question.steps])}, or the exact text of a step"
        case MultiSelect():
            values = [option.value for option in question.options]
            return f"any of {one_of(values, 20)} joined by `{SEPARATOR}`, or `{question.none_option}` alone"
        case YesNo():
            return "yes or no, มี or ไม่มี, ใช่ or ไม่ใช่"
        case Likert():
            return f"a whole number from 1 to {question.points}"
        case Ratio():
            return f"two numbers: {question.numerator} and {question.denominator}"
        case _:
            return _limits(question)


def explain(question: Asked, text: str) -> Refusal:
    """Why *text* is no answer to *question*."""
    if isinstance(question, MultiSelect):
        return _explain_ticks(question, text)
    fix = ""
    if isinstance(question, Year):
        fix = "write the four digits of the year in the Buddhist era, such as 2559."
    elif isinstance(question, Ladder | YesNo):
        fix = suggestion(clean(text), map(str, understood(question)))
    elif number(text, "%" if isinstance(question, Percent) else "") is None:
        fix = "write a plain number, such as 12.5; leave the cell blank when there is no answer."
    return Refusal(
        problem=f'"{shown(text)}" is no answer here.', allowed=allowed(question), fix=fix or "correct or empty the cell."
    )


@lru_cache(maxsize=4096)
def understood(question: Asked) -> Mapping[str, Any]:
    """Every text that is understood as an answer, and the answer it means.

    A text that two answers share means neither; a value goes before a text.
    """
    match question:
        case Ladder():
            return _vocabulary((step.value, str(step.value), step.label) for step in question.steps)
        case MultiSelect():
            none = dict.fromkeys(NONE, question.none_option)
            options = _vocabulary((option.value, option.value, option.label) for option in question.options)
            return none | {question.none_option: question.none_option} | options
        case Likert():
            return {str(point): point for point in range(1, question.points + 1)}
        case YesNo():
            return dict.fromkeys(YES, "yes") | dict.fromkeys(NO, "no")
        case _:
            return {}


def _vocabulary(entries: Iterable[tuple[Any, str, Any]]) -> dict[str, Any]:
    """Texts of answers, from (answer, value as text, label in two languages)."""
    values: dict[str, Any] = {}
    labels: dict[str, list[Any]] = {}
    for answer, value, label in entries:
        values[value] = answer
        for text in {clean(label.th), clean(label.en)}:
            labels.setdefault(text, []).append(answer)
    return {text: answers[0] for text, answers in labels.items() if len(answers) == 1} | values


def loose_key(text: str) -> str:
    """*text* without spaces and case, which do not distinguish answers."""
    return "".join(clean(text).casefold().split())


@lru_cache(maxsize=4096)
def loosely(question: Asked) -> Mapping[str, Any]:
    """Every answer by its text without spaces and case; a text that two answers then share means neither."""
    found: dict[str, list[Any]] = {}
    for text, answer in understood(question).items():
        listed = found.setdefault(loose_key(text), [])
        if answer not in listed:
            listed.append(answer)
    return {key: answers[0] for key, answers in found.items() if len(answers) == 1}


def _find(text: str, known: Mapping[str, Any], loose: Mapping[str, Any]) -> Any:  # noqa: ANN401  (an answer of any kind)
    """The answer that *text* means; 2.0 and Thai digits mean the step 2."""
    plain = clean(text)
    if plain in known:
        return known[plain]
    value = number(plain)
    if value is not None and shown(value) in known:
        return known[shown(value)]
    return loose.get(loose_key(plain))


def _points(question: Ladder | YesNo | Likert) -> Mapping[Any, float]:
    match question:
        case Ladder():
            return {step.value: step.points for step in question.steps}
        case Likert():
            return {point: (point - 1) / (question.points - 1) for point in range(1, question.points + 1)}
        case _:
            return {"yes": 1.0, "no": 0.0}


def _decode_number(question: NumberQuestion | Percent | NumberField, column: Column) -> Decoded:
    values, refused = column.as_numbers("%" if isinstance(question, Percent) else "")
    low, high = _bounds(question)
    with np.errstate(invalid="ignore"):
        refused = refused | (values < low) | (values > high)
    if refused.any():
        values = np.where(refused, np.nan, values)
    return Decoded(answer_of=values, value_of=values, refused_of=refused)


def _decode_year(question: Year, column: Column) -> Decoded:
    """Years of the Buddhist era, of whichever form the cell has."""
    codes, texts = column.as_text()
    return _coded(codes, None, [year_of(question, text) or None for text in texts])


def year_of(question: Year, text: str) -> float | None:
    """The one year within the question's limits that *text* can mean; None where there is none, or more than one.

    >>> asked = Year(type="year", minimum=2540, maximum=2570)
    >>> year_of(asked, "2016"), year_of(asked, "59"), year_of(asked, "16"), year_of(asked, "พ.ศ. ๒๕๕๙")
    (2559.0, 2559.0, 2559.0, 2559.0)
    """
    value = number(_ERA.sub("", clean(text)))
    if value is None or not value.is_integer():
        return None
    short = value < SHORT_YEAR
    readings = (value + 2500, value + 2543, value + 2443) if short else (value, value + BUDDHIST)
    possible = {year for year in readings if question.minimum <= year <= question.maximum}
    return possible.pop() if len(possible) == 1 else None


def _bounds(question: Any) -> tuple[float, float]:  # noqa: ANN401  (any question that is answered with a number)
    if isinstance(question, Percent):
        return 0.0, 100.0
    low, high = question.minimum, question.maximum
    return (-np.inf if low is None else low), (np.inf if high is None else high)


def _limits(question: Any) -> str:  # noqa: ANN401  (any question that is answered with a number)
    if isinstance(question, Year):
        return f"a year from {question.minimum} to {question.maximum} of the Buddhist era"
    low, high = _bounds(question)
    if np.isinf(low) and np.isinf(high):
        return "a number"
    if np.isinf(high):
        return f"a number of at least {low:,g}"
    return f"a number from {low:,g} to {high:,g}" if np.isfinite(low) else f"a number of at most {high:,g}"


def _decode_ticks(question: MultiSelect, column: Column) -> Decoded:
    codes, texts = column.as_text()
    known = understood(question)
    ticked = [_ticks(question, text, known)[0] for text in texts]
    order = [option.value for option in question.options]
    kept = [None if ticks is None else _joined(order, ticks) or question.none_option for ticks in ticked]
    counts = [None if ticks is None else min(len(ticks), question.full_at) / question.full_at for ticks in ticked]
    return _coded(codes, np.array([*kept, None], dtype=object), counts)


def _joined(order: list[str], ticks: set[str]) -> str:
    """The ticked options in the order of the question."""
    return SEPARATOR.join(value for value in order if value in ticks)


def _ticks(question: MultiSelect, text: str, known: Mapping[str, Any]) -> tuple[set[str] | None, list[str]]:
    """The options ticked (none of them: an empty set), or None and the parts that are no option.

    Form services join the texts of the ticked boxes by commas, which the texts may hold too: every way to cut the cell
    is tried, and one must be left. Only when there is none, spaces and case are let go.
    """
    ways = _ways(question, text)
    if not ways:
        parts = [part for part in map(clean, text.split(SEPARATOR)) if part]
        return None, [part for part in parts if part not in known]
    ticks = set(ways[0])
    if len(ways) > 1 or (question.none_option in ticks and len(ticks) > 1):
        return None, []
    return ticks - {question.none_option}, []


def _ways(question: MultiSelect, text: str) -> list[frozenset[Any]]:
    """The sets of options that a cell can mean; spaces and case are let go when nothing is found with them."""
    key = _REPEATED.sub(SEPARATOR, "".join(clean(text).split()))
    exact = {"".join(spelling.split()): answer for spelling, answer in understood(question).items()}
    return readings(key, exact) or readings(key.casefold(), loosely(question))


def readings(key: str, spellings: Mapping[str, Any]) -> list[frozenset[Any]]:
    """The different sets of options that *key* can be cut into at commas and semicolons.

    >>> found = readings("web,mobile", {"web": "w", "mobile": "m", "web,mobile": "wm"})
    >>> sorted(map(sorted, found))
    [['m', 'w'], ['wm']]
    """
    key = key.strip(JOINTS)
    ways: list[set[frozenset[Any]]] = [set() for _ in range(len(key) + 2)]
    ways[len(key) + 1] = {frozenset()}
    for start in reversed(range(len(key))):
        if start and key[start - 1] not in JOINTS:
            continue
        for spelling, answer in spellings.items():
            end = start + len(spelling)
            if key.startswith(spelling, start) and (end == len(key) or key[end] in JOINTS):
                ways[start] |= {rest | {answer} for rest in ways[end + 1]}
        ways[start] = set(sorted(ways[start], key=sorted)[:MOST_WAYS])
    return list(ways[0])


def _explain_ticks(question: MultiSelect, text: str) -> Refusal:
    known = understood(question)
    if len(_ways(question, text)) > 1:
        problem = f'"{shown(text)}" can be read in two ways: an option holds the sign between options.'
        return Refusal(problem=problem, allowed=allowed(question), fix=f"write the values, joined by `{SEPARATOR}`.")
    unknown = _ticks(question, text, known)[1]
    if unknown:
        near = suggestion(unknown[0], known)
        names = ", ".join(f'"{shown(part)}"' for part in unknown[:5])
        problem = f"{names} is no option here." if len(unknown) == 1 else f"{names} are no options here."
        return Refusal(problem=problem, allowed=allowed(question), fix=near or "correct or empty the cell.")
    if not text.strip(SEPARATOR + " "):
        return Refusal(problem=f'"{shown(text)}" ticks nothing.', allowed=allowed(question), fix="empty the cell.")
    problem = f'"{shown(text)}" says that no option applies and ticks one.'
    return Refusal(problem=problem, allowed=allowed(question), fix=f"keep `{question.none_option}` or the options.")
