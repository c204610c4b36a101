"""Cleaning that cannot change a meaning: spaces nobody sees, Thai letters stored in two ways, digits of two scripts.

`clean` and `number` are the only places where the content of a cell is changed before it is read.
Both leave a clean value as it is, and neither corrects spelling, case or punctuation. What could be
read in two ways (`1,5`, `12 %` where no percent is asked) is not a number here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["RULES", "clean", "number", "number_rules", "shown", "text_rules"]

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
"""Zero-width spaces and joiners, byte-order mark, soft hyphen, marks of direction: copied text has them and shows nothing."""
_SARA_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
"""NIKHAHIT, perhaps a tone mark, SARA AA: looks like SARA AM, and Unicode's own normalisation does not join it."""
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+|(?=\.[0-9]))(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?\Z")
_TELEPHONE = re.compile(r"0[0-9]{8,9}\Z")
"""A telephone number that slipped into a column of amounts would be an amount of hundreds of millions."""
_EXACT = 2**53
"""Whole numbers up to here are exact in a float."""
_LONGEST = 60


def _one_space(text: str) -> str:
    return " ".join(text.split())


_STEPS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("unicode_form", lambda text: unicodedata.normalize("NFC", text)),
    ("invisible", lambda text: text.translate(_INVISIBLE)),
    ("sara_am", lambda text: _SARA_AM.sub("\\1\u0e33", text)),
    ("sara_e", lambda text: text.replace("\u0e40\u0e40", "\u0e41")),
    ("spaces", _one_space),
)
"""What `clean` does, in this order, each under the name by which a log counts it."""
RULES = (*(name for name, _ in _STEPS), "thai_digits", "thousands", "percent_sign")
"""Every rule of this module."""


def clean(text: str) -> str:
    """*text* without what nobody sees: one way to write each Thai letter, plain single spaces, none at the ends.

    >>> clean("  น\u0e4d้า\u00a0\u200bดี ")
    'น้ำ ดี'
    """
    if text.isascii():
        return _one_space(text)
    for _, step in _STEPS:
        text = step(text)
    return text


def text_rules(text: str) -> tuple[str, ...]:
    """The rules by which `clean` changes *text*; none for a clean text.

    >>> text_rules("เเพร่ "), text_rules("แพร่")
    (('sara_e', 'spaces'), ())
    """
    if clean(text) == text:
        return ()
    changed = []
    for name, step in _STEPS:
        after = step(text)
        if after != text:
            changed.append(name)
        text = after
    return tuple(changed)


def number(text: str, sign: str = "") -> float | None:
    """The number that *text* is, or None: Thai digits and separators of thousands are understood, nothing else.

    A *sign* such as `%` may stand after it. A telephone number is none.

    >>> number("๑,๒๓๔.๕"), number("1,5"), number("12 %", sign="%")
    (1234.5, None, 12.0)
    """
    plain = clean(text).translate(_THAI_DIGITS).removesuffix(sign).rstrip()
    if not _NUMBER.match(plain) or _TELEPHONE.match(plain):
        return None
    value = float(plain.replace(",", ""))
    return value if abs(value) != float("inf") else None


def number_rules(text: str) -> tuple[str, ...]:
    """The rules by which `number` understands *text* beyond those of `text_rules`.

    >>> number_rules("๑,๒๓๔ %")
    ('thai_digits', 'thousands', 'percent_sign')
    """
    seen = (text.translate(_THAI_DIGITS) != text, "," in text, "%" in text)
    return tuple(name for name, found in zip(RULES[-3:], seen, strict=True) if found)


def shown(value: object, longest: int = _LONGEST) -> str:
    """A cell as a spreadsheet shows it, on one line, shortened: 4.0 is `4`.

    >>> shown(4.0), shown(True), shown("a" * 99, longest=5)
    ('4', 'TRUE', 'aaaa…')
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"
