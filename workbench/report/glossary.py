"""The words of a report, explained: those that the design names, and those that readers ask about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.plain import plain
from workbench.report.leaf import Leaf
from workbench.text import Texts

if TYPE_CHECKING:
    from workbench.text import Lang

__all__ = ["Glossary", "glossary_page", "terms"]


def glossary_page() -> Leaf:
    """Every term, in the order of the texts, which is the order of the method."""
    texts = Texts.default()
    title, lead = texts("pages.glossary.title"), texts("pages.glossary.lead")
    return Leaf(name="glossary", order="70", title=title, lead=lead, parts=[Glossary()])


def terms() -> list[str]:
    """Keys of the terms."""
    suffix = ".term"
    return [key.removesuffix(suffix) for key in Texts.default().keys() if key.startswith("glossary.") and key.endswith(suffix)]  # noqa: SIM118


@dataclass(frozen=True)
class Glossary:
    """Terms with their meaning; a Thai page gives the English term too, by which it is found in the literature."""

    def html(self, language: Lang) -> str:
        """A `<dl>` in which each term can be linked to."""
        texts = Texts.default()
        rows = []
        for key in terms():
            term, meaning = texts(f"{key}.term"), texts(f"{key}.meaning")
            english = f' <span lang="en">({plain(term.en)})</span>' if language == "th" else ""
            name = key.removeprefix("glossary.")
            rows.append(
                f'<div id="{name}"><dt>{plain(term.get(language))}{english}</dt><dd>{plain(meaning.get(language))}</dd></div>'
            )
        return f'<dl class="glossary">{"".join(rows)}</dl>'
