"""What a page shows: words, tables and charts, each in both languages from one computation.

Everything here can give its own accessible HTML. Text from outside is always escaped. A chart has
a finding as its title, a text alternative and a table with its numbers, or it is refused. Nothing is
drawn here: a chart carries the function that draws it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
import pandas as pd

from workbench.errors import Fault, WorkbenchError
from workbench.plain import plain
from workbench.text import LANGUAGES, Lang, Text, Written

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from workbench.plots.sheet import Sheet

__all__ = ["Chart", "Column", "Shown", "Table", "Words", "number"]

MISSING = Text(th="ไม่มีข้อมูล", en="not measured")
DATA_TABLE = Text(th="ตารางข้อมูลของภาพนี้", en="The numbers of this figure as a table")
YES, NO = Text(th="ใช่", en="yes"), Text(th="ไม่ใช่", en="no")
SOURCE = Text(th="ที่มา", en="Source")
SHORT = 12
"""Letters of a range such as 32.7–75.5."""
THAI = re.compile("[\u0e00-\u0e7f]")


class Shown(Protocol):
    """Anything a page can show."""

    def html(self, language: Lang) -> str:
        """A fragment of HTML in one language."""
        ...


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table."""

    label: Text
    values: Sequence[Any] | Mapping[Lang, Sequence[Any]]
    """The cells; by language where they are words."""
    decimals: int | None = None
    """Digits after the point of numbers; None shows them as they are."""
    header: bool = False
    """The cell names its row."""
    links: Sequence[str | None] | None = None
    """Pages of the same folder that the cells lead to; for pages that are never shown by hand."""
    filtered: bool = False
    """Rows can be chosen by this column where the table is sortable."""

    def cells(self, language: Lang) -> list[Any]:
        """The cells in one language."""
        return list(self.values[language] if isinstance(self.values, Mapping) else self.values)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with a caption, and cells that name their rows."""

    id: str
    caption: Text
    columns: Sequence[Column]
    note: Text | None = None
    sortable: bool = False
    """A page with the script for tables lets readers sort and choose rows; without it the order stays as it is."""

    def __post_init__(self) -> None:
        lengths = {len(column.cells(language)) for column in self.columns for language in LANGUAGES}
        if len(lengths) > 1:
            raise ValueError(f"columns of table {self.id} have different lengths: {sorted(lengths)}")
        if not any(column.header for column in self.columns):
            raise ValueError(f"table {self.id} has no column that names its rows")

    def frame(self, language: Lang) -> pd.DataFrame:
        """The table as a frame with labels in one language."""
        frame = pd.DataFrame(dict(enumerate(column.cells(language) for column in self.columns)))
        return frame.set_axis([column.label.get(language) for column in self.columns], axis="columns")

    def html(self, language: Lang) -> str:
        """The table as HTML: caption, scopes, numbers aligned, missing cells in words."""
        head = "".join(_head(column, language) for column in self.columns)
        cells = [_cells(column, language) for column in self.columns]
        body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in zip(*cells, strict=True))
        name = f"{self.id}-{language}-caption"
        note = f'<p class="note">{plain(self.note.get(language))}</p>' if self.note else ""
        return (
            f'<div class="table-frame" role="region" aria-labelledby="{name}" tabindex="0">'
            f"<table{' data-sortable' if self.sortable else ''}>"
            f'<caption id="{name}">{plain(self.caption.get(language))}</caption>'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>{note}"
        )


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A figure with a finding as its title, a text alternative and its numbers."""

    id: str
    title: Text
    """What the figure shows, as a sentence."""
    subtitle: Text
    """What is measured, where and when."""
    alt: Text
    """What a reader who cannot see it should know: kind of chart, what, who, the finding."""
    table: Table
    draw: Callable[[Lang], Figure | Sheet]
    source: Text | None = None

    def __post_init__(self) -> None:
        for what, text in (("a title", self.title), ("a text alternative", self.alt)):
            if not isinstance(text, Text) or not (text.th.strip() and text.en.strip()):
                problem = f"chart `{self.id}` lacks {what}."
                raise WorkbenchError(Fault(problem=problem, fix="a figure is published only with both languages of it."))
        if not isinstance(self.table, Table):
            raise WorkbenchError(Fault(problem=f"chart `{self.id}` lacks a table.", fix="give it the table of its numbers."))

    def svg(self, language: Lang, *, text: bool = True) -> str:
        """The drawing as inline SVG; *text* keeps letters as text in the page's font, else as outlines."""
        from workbench.plots.sheet import Sheet  # noqa: PLC0415  (nothing is drawn before it is asked for)
        from workbench.plots.style import svg  # noqa: PLC0415

        drawn, prefix = self.draw(language), f"{self.id}-{language}"
        if isinstance(drawn, Sheet):
            return drawn.svg(prefix) if text else svg(drawn.figure, prefix, text=False)
        return svg(drawn, prefix, text=text)

    def figure(self, language: Lang) -> Figure:
        """The drawing as matplotlib's figure, for an image or a talk."""
        from workbench.plots.sheet import Sheet  # noqa: PLC0415  (nothing is drawn before it is asked for)

        drawn = self.draw(language)
        return drawn.figure if isinstance(drawn, Sheet) else drawn

    def html(self, language: Lang, *, text: bool = True) -> str:
        """A `<figure>` with heading, drawing and the table folded away below."""
        name = f"{self.id}-{language}"
        drawing = self.svg(language, text=text).replace(
            "<svg ", f'<svg role="img" aria-labelledby="{name}-title {name}-desc" ', 1
        )
        opening, rest = drawing.split(">", 1)
        described = (
            f'{opening}><title id="{name}-title">{plain(self.title.get(language))}</title>'
            f'<desc id="{name}-desc">{plain(self.alt.get(language))}</desc><g aria-hidden="true">{rest}'
        ).replace("</svg>", "</g></svg>")
        source = f'<p class="source">{SOURCE.get(language)}: {plain(self.source.get(language))}</p>' if self.source else ""
        return (
            f'<figure id="{name}"><figcaption><h3>{plain(self.title.get(language))}</h3>'
            f'<p class="subtitle">{plain(self.subtitle.get(language))}</p></figcaption>'
            f'<div class="drawing" role="group" tabindex="0" aria-labelledby="{name}-title">{described}</div>{source}'
            f"<details><summary>{plain(DATA_TABLE.get(language))}</summary>{self.table.html(language)}</details></figure>"
        )


@dataclass(frozen=True, kw_only=True)
class Words:
    """A paragraph, a heading, a note or a warning."""

    text: Text
    kind: Literal["p", "h2", "lead", "finding", "note", "warning"] = "p"

    def html(self, language: Lang) -> str:
        """The text, escaped; blank lines part paragraphs."""
        if self.kind == "h2":
            return f"<h2>{plain(self.text.get(language))}</h2>"
        css = "" if self.kind == "p" else f' class="{self.kind}"'
        parts = [part.strip() for part in self.text.get(language).split("\n\n") if part.strip()]
        return "".join(f"<p{css}>{plain(part)}</p>" for part in parts)


def number(value: object, decimals: int | None, language: Lang) -> str:
    """A cell in words: numbers with grouped thousands, missing ones said, text as it is.

    Args:
        value: A number, a text, true or false, a text in both languages, or nothing.
        decimals: Digits after the point; None shows as many as there are, at most two.
        language: Of the words.

    >>> number(-1234.5, None, "en"), number(float("nan"), 1, "en"), number(-0.04, 1, "en")
    ('−1,234.5', 'not measured', '0.0')
    """
    if isinstance(value, Text):
        return value.get(language)
    if isinstance(value, str):
        return value if value.strip() else MISSING.get(language)
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return MISSING.get(language)
    if isinstance(value, bool | np.bool_):
        return (YES if value else NO).get(language)
    return _figures(float(value), decimals) if _is_number(value) else str(value)  # type: ignore[arg-type]


def _figures(value: float, decimals: int | None) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    shown = f"{value:,.{2 if decimals is None else decimals}f}"
    if decimals is None:
        shown = shown.rstrip("0").rstrip(".")
    # A true minus, and no minus before a zero that rounding made.
    return shown.replace("-", "−") if float(shown.replace(",", "")) else shown.lstrip("-")


def _is_number(value: object) -> bool:
    return not isinstance(value, str | bool | np.bool_) and hasattr(value, "__float__")


def _kind(column: Column, language: Lang) -> str:
    """Numbers stand at the right; ranges and other short words with a digit keep to one line."""
    cells = column.cells(language)
    if any(_is_number(value) for value in cells):
        return ' class="num"'
    short = all(isinstance(value, str) and len(value) <= SHORT for value in cells)
    return ' class="short"' if short and any(re.search(r"\d.*\d", value) for value in cells) and not column.header else ""


def _head(column: Column, language: Lang) -> str:
    chosen = " data-filter" if column.filtered else ""
    label = column.label.get(language)
    return f'<th scope="col"{_kind(column, language)}{chosen}>{plain(label[:1].upper() + label[1:])}</th>'


def _cells(column: Column, language: Lang) -> list[str]:
    css = _kind(column, language)
    tag, scope = ("th", ' scope="row"') if column.header else ("td", "")
    cells = [plain(number(value, column.decimals, language)) for value in column.cells(language)]
    if column.links is not None:
        linked = zip(cells, column.links, strict=True)
        cells = [f'<a href="{plain(link)}">{cell}</a>' if link else cell for cell, link in linked]
    spoken = [_foreign(value, cell, language) for value, cell in zip(column.cells(language), cells, strict=True)]
    return [f"<{tag}{scope}{css}{lang}>{cell}</{tag}>" for cell, lang in zip(cells, spoken, strict=True)]


def _foreign(value: object, cell: str, language: Lang) -> str:
    """What was written in the other language, such as a comment, says so, that it is read aloud in it."""
    if isinstance(value, Written):
        return f' lang="{value.language}"' if value.language != language else ""
    return ' lang="th"' if language == "en" and THAI.search(cell) else ""
