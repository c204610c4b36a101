"""When an answer was given, read only to tell the later of two answers.

A date such as 05/06/2559 has two orders of day and month. Every order that fits all cells of the column is followed;
two answers have a later one only when all those orders agree. Years of the Buddhist era and of two digits are
understood: a year from 2400 is Buddhist, and two digits are 25xx from 43 on, else 20xx, for no survey is older.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from workbench.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["orders", "parse"]

ORDERS = ("day first", "month first")
_BUDDHIST, _FIRST_BUDDHIST = 543, 2400
_SHORT, _FIRST_SHORT_BUDDHIST = 100, 43
_NOON = 12
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_MOMENT = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<sign>[-/.])(?P<b>[0-9]{1,2})(?P=sign)(?P<c>[0-9]{1,4})"
    r"(?:[,T]?\s*(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:\.[0-9]+)?)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?:น\.)?\s*(?:(?:GMT|UTC)?(?P<zone>[+-][0-9]{1,2})(?::?(?P<zone_minute>[0-9]{2}))?|Z)?\Z"
)


def orders(texts: Iterable[str]) -> list[Mapping[str, datetime]]:
    """The moment of each text, once for every order of day and month that fits all of them; none when no order does."""
    listed = list(texts)
    found: list[Mapping[str, datetime]] = []
    for order in ORDERS:
        moments = {text: parse(text, order) for text in listed}
        if all(moment is not None for moment in moments.values()):
            found.append({text: moment for text, moment in moments.items() if moment is not None})
    return found


def parse(text: str, order: str = ORDERS[0]) -> datetime | None:
    """The moment that *text* names, in universal time where it gives its zone; None when it names none.

    >>> parse("23/5/2559, 14:30:00") == parse("2016/05/23 2:30:00 PM") == parse("๒๓/๐๕/๕๙ ๑๔:๓๐")
    True
    """
    found = _MOMENT.match(clean(text).translate(_DIGITS))
    if found is None:
        return None
    a, b, c = found["a"], found["b"], found["c"]
    if len(a) > 2:  # noqa: PLR2004  (a year stands first)
        year, month, day = a, b, c
    else:
        year = c
        day, month = (a, b) if order == ORDERS[0] else (b, a)
    try:
        day_of = datetime(_year(int(year)), int(month), int(day), tzinfo=UTC)
        moment = day_of.replace(hour=_hour(found), minute=int(found["minute"] or 0), second=int(found["second"] or 0))
    except ValueError:
        return None
    minutes = 60 * int(found["zone"] or 0)
    return moment - timedelta(minutes=minutes + int(found["zone_minute"] or 0) * (1 if minutes >= 0 else -1))


def _year(year: int) -> int:
    if year < _SHORT:
        return year + 2500 - _BUDDHIST if year >= _FIRST_SHORT_BUDDHIST else year + 2000
    return year - _BUDDHIST if year >= _FIRST_BUDDHIST else year


def _hour(found: re.Match[str]) -> int:
    hour = int(found["hour"] or 0)
    if found["half"]:
        if not 1 <= hour <= _NOON:
            raise ValueError("no such hour")
        hour = hour % _NOON + (_NOON if found["half"][0] in "Pp" else 0)
    return hour
