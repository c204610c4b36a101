"""A page that no notebook computes, and the pieces only such pages have: facts and lists of links.

Text from outside is escaped here as in `display`; a link leads to a page of the same folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.plain import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.display import Shown
    from workbench.text import Lang, Text

__all__ = ["Facts", "Leaf", "Links"]


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """One page in both languages."""

    name: str
    """Of the file, without its ending."""
    title: Text
    parts: Sequence[Shown]
    lead: Text | None = None
    order: str | None = None
    """Place in the navigation, among the names of the notebooks; None for a page that others lead to."""
    above: Sequence[tuple[str, Text]] = ()
    """Pages above this one, from the country down."""
    scripts: tuple[str, ...] = ()
    kind: str = ""
    """Class of the page's main part, for its style."""

    def body(self, language: Lang) -> str:
        """Everything below the heading."""
        return "\n".join(part.html(language) for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What and how much, as a list of terms."""

    facts: Mapping[str, tuple[Text, Text]] = field(default_factory=dict)
    """By key: what it is, and its value."""

    def html(self, language: Lang) -> str:
        """A `<dl>`; each pair has its key as a class."""
        rows = "".join(
            f'<div class="{plain(key)}"><dt>{plain(what.get(language))}</dt><dd>{plain(value.get(language))}</dd></div>'
            for key, (what, value) in self.facts.items()
        )
        return f'<dl class="facts">{rows}</dl>'


@dataclass(frozen=True, kw_only=True)
class Links:
    """Pages to go to."""

    links: Sequence[tuple[str, Text, Text | None]]
    """Address, label, and what follows it."""
    css: str = "links"
    download: bool = False

    def html(self, language: Lang) -> str:
        """A list."""
        mark = " download" if self.download else ""
        rows = "".join(
            f'<li><a href="{plain(address)}"{mark}>{plain(label.get(language))}</a>'
            f"{f' <span>{plain(rest.get(language))}</span>' if rest else ''}</li>"
            for address, label, rest in self.links
        )
        return f'<ul class="{self.css}">{rows}</ul>'
