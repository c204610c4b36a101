"""Texts in two languages, Thai first.

`Text` is one text in both languages. `Texts` reads the phrases of the reports from parameter
files, so that no sentence a reader sees is written in code. A missing phrase is an error, never
an empty string.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from workbench.errors import Fault, WorkbenchError, suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["LANGUAGES", "Lang", "Text", "Texts", "Written"]

Lang = Literal["th", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
"""Thai first: it is the language of the readers."""


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("string_too_short", "blank", {"min_length": 1})
    return text


class Text(BaseModel):
    """One text in Thai and English."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    th: Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]
    en: Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]

    def get(self, language: Lang) -> str:
        """The text in *language*."""
        return self.th if language == "th" else self.en

    @classmethod
    def same(cls, text: str) -> Self:
        """A text that reads alike in both languages, such as a code."""
        return cls(th=text, en=text)

    def __str__(self) -> str:
        return self.en if self.th == self.en else f"{self.th} / {self.en}"


class Written(str):
    """What somebody wrote, shown as it is on pages of either language; it knows its own."""

    __slots__ = ()

    @property
    def language(self) -> Lang:
        """Thai where most of its letters are Thai, else English.

        >>> Written("ใช้ระบบ GFMIS แล้ว").language, Written("Uses GFMIS").language
        ('th', 'en')
        """
        thai = sum("\u0e00" <= letter <= "\u0e7f" for letter in self)
        return "th" if 2 * thai > sum(letter.isalpha() for letter in self) else "en"


class Texts:
    """Phrases by dotted key, such as `scores.ranking.title`."""

    def __init__(self, phrases: Mapping[str, Text], source: str) -> None:
        self._phrases = dict(phrases)
        self._source = source

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read every YAML file of *folder*.

        Raises:
            WorkbenchError: a file is not valid, or a phrase lacks a language.
        """
        from workbench.paths import shown  # noqa: PLC0415  (text is below everything else)
        from workbench.strictyaml import read_yaml  # noqa: PLC0415

        phrases: dict[str, Text] = {}
        for path in sorted(folder.glob("*.yaml")):
            phrases |= _flatten(read_yaml(path).data, "", path)
        return cls(phrases, shown(folder))

    @classmethod
    @cache
    def default(cls) -> Texts:
        """The phrases that ship with the project, from `params/texts/`."""
        from workbench.paths import PROJECT  # noqa: PLC0415

        return cls.load(PROJECT / "params" / "texts")

    def __call__(self, key: str, **arguments: object) -> Text:
        """The phrase *key* with its blanks filled; a `Text` argument is taken in each language.

        Raises:
            WorkbenchError: there is no such phrase, or a blank has no argument.
        """
        if key not in self._phrases:
            raise WorkbenchError(
                Fault(
                    file=self._source,
                    problem=f"there is no phrase `{key}`.",
                    fix=suggestion(key, self._phrases) or "add it in Thai and English.",
                )
            )
        return Text(th=self._fill(key, "th", arguments), en=self._fill(key, "en", arguments))

    def __contains__(self, key: str) -> bool:
        return key in self._phrases

    def keys(self) -> list[str]:
        """All keys, in the order of the files."""
        return list(self._phrases)

    def _fill(self, key: str, language: Lang, arguments: Mapping[str, object]) -> str:
        phrase = self._phrases[key].get(language)
        values = {name: value.get(language) if isinstance(value, Text) else value for name, value in arguments.items()}
        try:
            return phrase.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            problem = f"phrase `{key}` ({language}) cannot be filled: {error}; given: {', '.join(values) or 'nothing'}."
            raise WorkbenchError(Fault(file=self._source, problem=problem, fix="correct the blanks.")) from error


def _flatten(node: object, prefix: str, path: Path) -> dict[str, Text]:
    """Leaves {th, en} of nested maps, under dotted keys."""
    if not isinstance(node, dict):
        problem = f"`{prefix or path.name}` is not a phrase with `th` and `en`."
        raise WorkbenchError(Fault(file=str(path), problem=problem, fix="give it both languages."))
    if set(node) & set(LANGUAGES):
        if set(node) != set(LANGUAGES) or not all(isinstance(text, str) and text.strip() for text in node.values()):
            problem = f"phrase `{prefix}` has {', '.join(node)}."
            raise WorkbenchError(Fault(file=str(path), problem=problem, allowed="th and en, both not empty"))
        return {prefix: Text(**node)}
    found: dict[str, Text] = {}
    for name, child in node.items():
        found |= _flatten(child, f"{prefix}.{name}" if prefix else str(name), path)
    return found
