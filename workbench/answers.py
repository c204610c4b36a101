"""Answers to what experts wrote: every comment and every proposed indicator, and what came of it.

An amendment that an expert raised answers the expert's comment on that element. A comment that led to none, or to one
that somebody else raised, is answered by an entry under `answers` in the workshop's file, which names the expert and the
element, or the proposed indicator, as they stand in the record. Nothing is called answered that nobody answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from workbench.errors import FaultList, one_of, suggestion
from workbench.rating_scales import PART
from workbench.strictyaml import Document, Place, Strict
from workbench.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.amendments import Amendment
    from workbench.framework import Framework
    from workbench.rating_scales import Entry

__all__ = ["Answer", "Answered", "answered", "check_answers"]


class Answer(Strict):
    """What the hosts say to one comment or proposed indicator."""

    expert: Annotated[str, Field(pattern=r"^E\d{1,3}$")]
    """The pseudonym of who wrote it."""
    item: str | None = None
    """The element that was commented on, or `index`."""
    proposal: str | None = None
    """The name of the proposed indicator, as it was written."""
    amendment: str | None = None
    """The id of the amendment that it led to."""
    answer: Text | None = None
    """What is said to it, in both languages."""

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.item is None) == (self.proposal is None):
            raise ValueError("an answer is to an `item` or to a `proposal`. | keep one of the two. | one of the two")
        if self.amendment is None and self.answer is None:
            raise ValueError("there is neither an `amendment` nor an `answer`. | add one. | one of the two, or both")
        return self


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What one expert wrote, and what came of it."""

    expert: str
    item: str
    """The element, `index`, or the pillar of a proposed indicator."""
    text: str
    proposed: bool
    """Whether it is a proposed indicator, not a comment."""
    amendments: tuple[Amendment, ...]
    answer: Text | None

    @property
    def open(self) -> bool:
        """Whether nobody has answered: no amendment, or only proposed ones without an answer."""
        return self.answer is None and all(item.status == "proposed" and item.answer is None for item in self.amendments)


def check_answers(
    answers: Sequence[Answer], amendments: Iterable[str], record: Sequence[Entry], document: Document, faults: FaultList
) -> None:
    """Note answers to what nobody wrote, and amendments that are none."""
    known = [*amendments]
    for position, entry in enumerate(answers):
        place = document.places.along(document.data, ("answers", position)) or Place("", 1)
        where = {"file": place.file, "line": place.line}
        sheet, wanted = ("comment", entry.item) if entry.item is not None else ("proposal", entry.proposal)
        mine = [_named(row) for row in record if row[0] == entry.expert and row[1] == sheet]
        if wanted not in mine:
            problem = f"{entry.expert} wrote no {sheet} `{wanted}`."
            fix = suggestion(str(wanted), mine) or "name it as it stands in the record of `ratings`."
            faults.add(problem, allowed=one_of(mine) or f"{entry.expert} wrote none", fix=fix, **where)
        if entry.amendment is not None and entry.amendment not in known:
            fix = suggestion(entry.amendment, known) or "correct it."
            faults.add(f"there is no amendment `{entry.amendment}`.", allowed=one_of(known), fix=fix, **where)


def _named(row: Entry) -> str:
    """What an answer calls a row of a record: the element, or the name of the proposed indicator."""
    return row[2] if row[1] == "comment" else row[3].partition(PART)[0]


def answered(record: Sequence[Entry], answers: Sequence[Answer], framework: Framework) -> list[Answered]:
    """Every comment and proposed indicator of a record, in its order, with what came of it.

    Args:
        record: What the experts of one workshop wrote.
        answers: Of the same workshop.
        framework: Resolved, with its amendments.
    """
    base = framework.base or framework
    known = {node.id for node in base.elements}
    by_id = {item.id: item for item in framework.amendments}
    found = []
    for row in record:
        if row[1] not in {"comment", "proposal"}:
            continue
        proposed = row[1] == "proposal"
        given = [item for item in answers if item.expert == row[0] and _named(row) in {item.item, item.proposal}]
        raised = [item for item in framework.amendments if row[0] in item.raised_by.replace(" ", "").split(",")]
        led = [by_id[item.amendment] for item in given if item.amendment in by_id]
        led += [
            item for item in raised if item not in led and (_adds(item, row) if proposed else row[2] in _touched(item, known))
        ]
        words = next((item.answer for item in given if item.answer is not None), None)
        text = row[3].replace(PART, ": ") if proposed else row[3]
        found.append(Answered(expert=row[0], item=row[2], text=text, proposed=proposed, amendments=tuple(led), answer=words))
    return found


def _adds(amendment: Amendment, row: Entry) -> bool:
    """Whether an amendment adds the indicator that was proposed, by its name in either language."""
    return amendment.kind == "add" and _named(row) in {*amendment.to.get("label", {}).values()}


def _touched(amendment: Amendment, known: set[str]) -> set[str]:
    """The elements that an amendment is about; `index` where it is about the whole."""
    if amendment.kind not in {"set", "reword"}:
        return {amendment.parameter, *amendment.with_}
    heads = [name for name in known if amendment.parameter.startswith(f"{name}.")]
    return {max(heads, key=len, default="index")}
