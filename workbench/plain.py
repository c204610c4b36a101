"""Text from outside, made fit for a page: markup escaped, hidden directions shown, endless text cut.

A bidirectional control turns round what stands after it, so that a reader sees another text than the one that is there.
It is shown by its number instead. Nothing is forbidden here and nothing else is changed.
"""

from __future__ import annotations

from html import escape

__all__ = ["LONGEST", "controls_shown", "plain", "visible"]

LONGEST = 4_000
"""Letters of one text that a page shows; the longest honest comment is far below."""
_HIDDEN = (
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    0x200E,
    0x200F,
    0x061C,
    *range(9),
    *range(0x0E, 0x20),
    0x0B,
    0x0C,
    0x7F,
)
_SHOWN = {code: f"[U+{code:04X}]" for code in _HIDDEN}
"""Bidirectional controls and control characters, by the sign that stands for them."""


def visible(text: str) -> str:
    """*text* with controls shown by number, and cut where it is longer than any honest one.

    >>> visible("safe" + chr(0x202E) + "exe")
    'safe[U+202E]exe'
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}… [+{len(text) - LONGEST:,}]"
    return controls_shown(text)


def controls_shown(text: str) -> str:
    """*text* of any length with every hidden control shown by its number."""
    return text.translate(_SHOWN)


def plain(text: str) -> str:
    """*text* as HTML that shows it and does nothing else.

    >>> plain("<b>")
    '&lt;b&gt;'
    """
    return escape(visible(text))
