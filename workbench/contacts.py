"""Telephone numbers, e-mail addresses and numbers of identity cards are covered wherever text is quoted or logged.

A cell that was pasted one column too far, a file or a sheet that is called after a person: what is said about them must
not spread the contact. Names cannot be told from other words; they are kept out by leaving personal columns behind.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.errors import Fault

__all__ = ["EMAIL", "IDENTITY", "TELEPHONE", "covered", "without_contacts"]

QUOTED = ("problem", "value", "sheet", "column", "allowed", "fix")
"""Parts of a fault that may quote a cell or a name."""
EMAIL, TELEPHONE, IDENTITY = "[e-mail]", "[telephone]", "[identity number]"
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_TELEPHONE = re.compile(r"(?<!\d)(?<!\d[.,])(?:\(?[0๐][\s-]?|\+?66[\s-]?)\d(?:\)?[\s.-]?\d){7,8}(?!\d|[.,]\d)")
_IDENTITY = re.compile(r"(?<!\d)[1-8๑-๘](?:[\s-]\d{4}[\s-]\d{5}[\s-]\d{2}[\s-]\d|\d{12})(?!\d)")
_DIGITS = re.compile(r"\d")
_CHECKED = 11
"""Modulus of the check digit of an identity number."""


def covered(text: str) -> str:
    """*text* with what looks like a contact or an identity number named by its kind.

    >>> covered("โทร 081-234-5678, somchai@example.go.th")
    'โทร [telephone], [e-mail]'
    """
    if not _DIGITS.search(text) and "@" not in text:
        return text
    text = _IDENTITY.sub(lambda found: IDENTITY if _is_identity(found[0]) else found[0], _EMAIL.sub(EMAIL, text))
    return _TELEPHONE.sub(TELEPHONE, text)


def without_contacts(fault: Fault) -> Fault:
    """The fault with every contact covered; the file keeps its name, for it must be found."""
    parts: dict[str, Any] = {name: covered(getattr(fault, name)) for name in QUOTED}
    return replace(fault, **parts)


def _is_identity(text: str) -> bool:
    """Whether the last of thirteen digits checks the others; any with the usual dashes counts."""
    digits = [int(sign) for sign in _DIGITS.findall(text)]
    total = sum(digit * weight for digit, weight in zip(digits[:-1], range(13, 1, -1), strict=True))
    return len(text) > len(digits) or (_CHECKED - total % _CHECKED) % 10 == digits[-1]
