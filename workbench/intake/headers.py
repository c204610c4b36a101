"""Which column of a table is what, and in which row the names stand.

A column is known by its id, by the Thai or English text of its question, or by what the form services of Google and
Microsoft call their own columns. A text that two columns share names neither. Titles above the header are passed over;
a header in two rows is read where the upper names were merged down. Resemblance never names a column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workbench.framework import Framework

__all__ = ["EVIDENCE", "FORM_PERSONAL", "LOOKED_AT", "NO_HEADERS", "TIMESTAMP", "Headers", "Place", "survey_headers"]

LOOKED_AT = 30
"""Rows in which a header is looked for."""
TIMESTAMP = "timestamp"
EVIDENCE = "{}_evidence"
"""Column of what an agency attached to its answer."""
FORM_TIMES = ("timestamp", "ประทับเวลา", "completion time", "เวลาเสร็จสิ้น", "เวลาที่เสร็จสมบูรณ์", "เวลาเสร็จสมบูรณ์")
FORM_PERSONAL = (
    "email",
    "email address",
    "username",
    "name",
    "อีเมล",
    "ที่อยู่อีเมล",
    "ชื่อ",
    "ชื่อผู้ใช้",
)
"""Columns that form services add about the person who answered; they never leave the intake."""
FORM_OTHERS = ("id", "start time", "last modified time", "เวลาเริ่มต้น", "เวลาแก้ไขล่าสุด")
"""Columns that form services add and nobody needs."""
_NUMBERING = re.compile(r"\A[0-9๐-๙]{1,3}[.)]\s*")
_MARKS = "*: "


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a header stands, and the name of each of its columns."""

    first: int
    """Position of its upper row."""
    last: int
    """Position of its lower row."""
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Headers:
    """The names that columns may have."""

    own: frozenset[str] = frozenset()
    """The names themselves, which go before any other spelling."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Spelling, as `_key` gives it, to the column's own name."""
    dropped: frozenset[str] = frozenset()
    """Own names of columns whose cells are not kept."""
    needed: tuple[str, ...] = ()
    """What to say is expected."""
    keys: tuple[str, ...] = ()
    """Columns that tell the table from other sheets of a workbook."""
    percents: bool = False
    """True to take a number that is shown as a percentage for the text that is shown."""
    closed: bool = False
    """True to keep no column but those known by name."""

    def keeps(self, name: str) -> bool:
        """Whether the cells of a column are kept."""
        return name not in self.dropped and (not self.closed or name in self.own)

    def name(self, text: str) -> str:
        """The column's own name; a text that names none stays as it is, cleaned."""
        return self._known(text) or clean(text)

    def _known(self, text: str) -> str:
        plain = clean(text)
        if plain in self.own:
            return plain
        return self.spellings.get(_key(plain)) or self.spellings.get(_key(_NUMBERING.sub("", plain)), "")

    def place(self, rows: Sequence[Sequence[str]]) -> Place | None:
        """The header among the first rows; None when no known name is found.

        The row with the most known names is the header, the first of them when there are several.
        """
        known = [[self._known(text) for text in row] for row in rows[:LOOKED_AT]]
        counts = [len({name for name in row if name}) for row in known]
        if not any(counts):
            return None
        best = counts.index(max(counts))
        twice = _named_twice(known, best)
        if twice is not None:
            names = (self._joined(*pair) for pair in zip(rows[twice], rows[twice + 1], strict=True))
            return Place(first=twice, last=twice + 1, names=tuple(names))
        for upper in (best - 1, best):
            if 0 <= upper < len(known) - 1 and _one_above_the_other(known[upper], rows[upper + 1], known[upper + 1]):
                names = (self._joined(*pair) for pair in zip(rows[upper], rows[upper + 1], strict=True))
                return Place(first=upper, last=upper + 1, names=tuple(names))
        return Place(first=best, last=best, names=tuple(self.name(text) for text in rows[best]))

    def like_a_record(self, row: Sequence[str], names: Sequence[str]) -> bool:
        """Whether a row above the header *names* is no title: its keys differ, and more is filled than a title fills."""
        cells = dict(zip(names, map(clean, row), strict=False))
        keys = [cells[name] for name in self.keys if cells.get(name)]
        known = [name for name in names if name in self.own]
        filled = sum(bool(cells.get(name)) for name in known)
        enough = len(self.keys) + 1 if len(keys) == len(self.keys) else -(-len(known) // 2)
        return bool(keys) and len({*keys}) == len(keys) and filled >= enough

    def _joined(self, upper: str, lower: str) -> str:
        return self._known(lower) or self._known(upper) or clean(lower) or clean(upper)


NO_HEADERS = Headers()


def _named_twice(known: Sequence[Sequence[str]], best: int) -> int | None:
    """Upper of two rows that name the same columns, as ids above questions; None when there is no such pair."""
    for upper in (best - 1, best):
        if 0 <= upper < len(known) - 1 and len(known[upper]) == len(known[upper + 1]):
            pairs = [pair for pair in zip(known[upper], known[upper + 1], strict=True) if all(pair)]
            if len(pairs) > 1 and 2 * len(pairs) >= sum(map(bool, known[best])) and all(one == other for one, other in pairs):
                return upper
    return None


def _one_above_the_other(upper: Sequence[str], lower_texts: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether two rows are one header: each has names of its own, and below a name of the upper row nothing stands.

    A record below a header is never taken for a part of it, for it has a cell below some name.
    """
    if len(upper) != len(lower) or not any(upper) or not any(lower):
        return False
    below = [clean(text) for name, text in zip(upper, lower_texts, strict=True) if name]
    return not any(below)


def survey_headers(framework: Framework) -> Headers:
    """The names of the columns of a survey of *framework*."""
    respondents = framework.respondents
    if respondents is None:
        return NO_HEADERS
    unit = framework.unit
    own = {unit.column: _in_both(unit.label.th, unit.label.en)}
    own |= {respondents.column: _in_both(respondents.label.th, respondents.label.en)}
    own |= {name: [] for name in ("status", "data_status", "unit_name", "agency_name", TIMESTAMP)}
    own |= {name: list(texts) for name, texts in question_texts(framework).items()}
    forms = {TIMESTAMP: FORM_TIMES} | {f"form:{name}": (name,) for name in (*FORM_PERSONAL, *FORM_OTHERS)}
    personal = {name: (name,) for name in respondents.personal}
    spellings = _spellings(forms) | _spellings(own) | _spellings(dict.fromkeys(own, ())) | _spellings(personal)
    dropped = frozenset(respondents.personal) | {f"form:{name}" for name in (*FORM_PERSONAL, *FORM_OTHERS)}
    needed = (unit.column, respondents.column, *framework.columns)
    own_names = frozenset([*own, *personal])
    return Headers(own=own_names, spellings=spellings, dropped=dropped, needed=needed, keys=needed[:2], percents=True)


def question_texts(framework: Framework) -> dict[str, tuple[str, ...]]:
    """The texts that may stand above each answer column and above its evidence."""
    texts: dict[str, tuple[str, ...]] = {}
    for field_ in framework.numbers:
        texts[field_.id] = (field_.label.th, field_.label.en)
    for item in framework.indicators:
        question = item.question
        if question is None:
            continue
        if question.evidence != "none":
            name = EVIDENCE.format(item.id)
            texts[name] = (f"หลักฐาน {item.id}", f"evidence {item.id}")
        if item.id in framework.columns:
            wordings = [item.label, *([question.text] if question.text is not None else [])]
            texts[item.id] = tuple(text for wording in wordings for text in (wording.th, wording.en))
    return {name: (*found, *_with_id(name, found)) for name, found in texts.items()}


def _with_id(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    """A form often shows the id before the text."""
    listed = list(texts)
    both = [text for th, en in zip(listed[::2], listed[1::2], strict=False) for text in _in_both(th, en)[2:]]
    return (*both, *(f"{name}{sign}{text}" for text in (*listed, *both) for sign in (" ", ". ", ": ", ") ")))


def _in_both(th: str, en: str) -> list[str]:
    """A text in either language, and how one cell may hold both; spaces and line breaks do not matter."""
    return [th, en, f"{th} / {en}", f"{en} / {th}", f"{th} {en}", f"{en} {th}", f"{th} ({en})", f"{en} ({th})"]


def _spellings(columns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Spelling to name; a spelling that two names share is left out."""
    found: dict[str, set[str]] = {}
    for name, texts in columns.items():
        for text in (*texts, name):
            found.setdefault(_key(text), set()).add(name)
    return {key: names.pop() for key, names in found.items() if len(names) == 1}


def _key(text: str) -> str:
    """*text* without what does not distinguish a column: spaces, case, the mark of a required question."""
    return "".join(clean(text).strip(_MARKS).casefold().split())
