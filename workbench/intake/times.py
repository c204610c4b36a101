"""When an answer was given, read only to tell the later of two answers.

A date such as 05/06/2559 has two orders of day and month. Every order that fits all cells of the column is followed;
two answers have a later one only when all those orders agree. Where such dates stand beside dates with the year first,
a spreadsheet program may have made the latter of the former with day and month exchanged: then those are followed as
well. Years of the Buddhist era and of two digits are understood: a year from 2400 is Buddhist, and two digits are 25xx
from 43 on, else 20xx, for no survey is older. A moment without a zone is not compared with one that has one, nor a day
without an hour with a moment of the same day.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

from workbench.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["comparable", "orders", "parse"]

ORDERS = ("day first", "month first")
_BUDDHIST, _FIRST_BUDDHIST = 543, 2400
_SHORT, _FIRST_SHORT_BUDDHIST = 100, 43
_NOON = 12
_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_MOMENT = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<sign>[-/.])(?P<b>[0-9]{1,2})(?P=sign)(?P<c>[0-9]{1,4})"
    r"(?:[,T]?\s*(?P<hour>[0-9]{1,2})[:.](?P<minute>[0-9]{2})(?:[:.](?P<second>[0-9]{2})(?:\.[0-9]+)?)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?:น\.)?\s*(?:(?:GMT|UTC)?(?P<zone>[+-][0-9]{1,2})(?::?(?P<zone_minute>[0-9]{2}))?|(?P<universal>Z|GMT|UTC))?\Z"
)


def orders(texts: Iterable[str]) -> list[Mapping[str, datetime]]:
    """The moment of each text, once for every order of day and month that fits all of them; none when no order does."""
    listed = list(texts)
    year_first = [text for text in listed if _year_stands_first(text)]
    mixed = 0 < len(year_first) < len(listed)
    found: list[Mapping[str, datetime]] = []
    for order, exchanged in product(ORDERS, (False, True) if mixed else (False,)):
        moments = {text: parse(text, order) for text in listed}
        if exchanged:
            moments |= {text: _exchanged(moments[text]) for text in year_first}
        if all(moment is not None for moment in moments.values()):
            found.append({text: moment for text, moment in moments.items() if moment is not None})
    return found


def _year_stands_first(text: str) -> bool:
    found = _MOMENT.match(clean(text).translate(_DIGITS))
    return found is not None and len(found["a"]) > 2  # noqa: PLR2004  (a year)


def _exchanged(moment: datetime | None) -> datetime | None:
    """The moment with day and month exchanged where both orders are dates."""
    return moment if moment is None or moment.day > 12 else moment.replace(day=moment.month, month=moment.day)  # noqa: PLR2004


def comparable(texts: Iterable[str]) -> bool:
    """Whether moments say enough to be put in order: all with a zone or all without, all with an hour or none of the day."""
    listed = list(texts)
    found = [_MOMENT.match(clean(text).translate(_DIGITS)) for text in listed]
    zoned = {bool(match["zone"] or match["universal"]) for match in found if match}
    timed = {match["hour"] is not None for match in found if match}
    return len(zoned) == 1 and (len(timed) == 1 or not _may_share_a_day(listed))


def _may_share_a_day(texts: list[str]) -> bool:
    """Whether two moments fall on one day in any order of day and month."""
    for order in ORDERS:
        days = [moment.date() for text in texts if (moment := parse(text, order)) is not None]
        if len({*days}) < len(days):
            return True
    return False


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
