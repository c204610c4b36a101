"""Labels that fit: texts measured in the font they are drawn in, cut between letters, never through one.

Thai marks above and below a consonant take no width, so counting characters misjudges Thai; the font knows.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from matplotlib import font_manager

from workbench.plots.style import FONTS
from workbench.text import LANGUAGES, Lang, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["POINTS", "both", "fitted", "titled", "width_of"]

POINTS = 72.0
"""Points, the unit of letter sizes, in an inch."""
FINE = 1200.0
"""Dots an inch to measure at: at screen sizes hinting rounds every letter, and lines come out too long or too short."""
SLACK = 1.04
"""Screens round letters to whole dots; lines come out a little longer than their design."""
SUBPIXELS = 64.0
"""FreeType measures in 64ths of a dot."""
LONGEST = 600
"""Letters that no line of a figure has room for: text beyond is not even measured."""
LEADING = "เแโใไ"
"""Thai vowels written before their consonant: no cut after one."""
ELLIPSIS = "…"
BACK = 16
"""How far back a cut looks for a space."""


@cache
def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Width of one line in inches, in Sarabun at *size* points."""
    font = font_manager.get_font(FONTS / ("Sarabun-Bold.ttf" if bold else "Sarabun-Regular.ttf"))
    font.set_size(size, FINE)
    font.set_text(text, 0.0)
    return SLACK * float(font.get_width_height()[0]) / SUBPIXELS / FINE


def fitted(text: str, inches: float, size: float, *, bold: bool = False) -> str:
    """*text* on one line of at most *inches*, its end replaced by an ellipsis when it is longer."""
    if len(text) <= LONGEST and width_of(text, size, bold=bold) <= inches:
        return text
    text = text[:LONGEST]
    low, high = 0, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if width_of(text[:middle] + ELLIPSIS, size, bold=bold) <= inches:
            low = middle
        else:
            high = middle - 1
    return text[: _letter_end(text, low)].rstrip(" ,;(/-") + ELLIPSIS


def titled(name: str, labels: Mapping[str, Text]) -> Text:
    """A code with its name: `P1.1 Policy`; the name alone where the id is a word, the id alone where there is no name.

    >>> titled("P1", {"P1": Text(th="นโยบาย", en="Policy")}).en
    'P1 Policy'
    """
    label = labels.get(name)
    if label is None or not any(letter.isdigit() for letter in name):
        return label or Text.same(name)
    return Text(**{lang: f"{name} {label.get(lang)}" for lang in LANGUAGES})


def both(texts: Sequence[Text]) -> dict[Lang, list[str]]:
    """Cells of a column of words, by language."""
    return {language: [text.get(language) for text in texts] for language in LANGUAGES}


def _letter_end(text: str, end: int) -> int:
    """The last place at or before *end* that parts two letters, preferably a space not far back."""
    space = text.rfind(" ", max(0, end - BACK), end + 1)
    if space > 0:
        return space
    while end > 1 and (unicodedata.category(text[end]) == "Mn" or text[end] == "ำ" or text[end - 1] in LEADING):
        end -= 1
    return end
