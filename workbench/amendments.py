"""Amendments: what a workshop proposes to change in a framework, and how an accepted one is applied.

Feedback never edits an edition. An amendment names one parameter, the value it expects there, the
new value, a reason and a status. It refuses to apply where the expected value is no longer found.
Declined and proposed amendments stay in the file and change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.answers import Answer, check_answers
from workbench.dates import BUDDHIST_ERA
from workbench.errors import FaultList, one_of, suggestion
from workbench.paths import shown
from workbench.rating_scales import Entry, read_record
from workbench.restructuring import STRUCTURAL, check_structure, elements, restructure, sign, thawed
from workbench.rules import Rules, load_rules
from workbench.strictyaml import Document, Place, Places, Strict, checked, read_yaml
from workbench.text import LANGUAGES, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Amendment", "Workshop", "amend", "current_value", "read_workshop"]

Value = str | int | float | bool
Kind = Literal["set", "reword", "add", "drop", "move", "merge", "split"]
NEEDS: dict[str, tuple[set[str], set[str]]] = {
    "set": ({"expect", "to"}, set()),
    "reword": ({"to"}, {"expect"}),
    "add": ({"to"}, {"after"}),
    "drop": (set(), {"expect"}),
    "move": ({"to"}, {"expect", "after"}),
    "merge": ({"to", "with"}, set()),
    "split": ({"to"}, set()),
}
"""By kind: the keys it needs, and those it may have, beside the common ones."""


class AmendmentEntry(Strict):
    """One amendment as written in the file."""

    id: Annotated[str, Field(min_length=1)]
    """A short name, such as a01; no other amendment of the run has it."""
    kind: Kind = "set"
    """What is done: a value set, a text reworded, an element added, dropped, moved, merged with others, or split."""
    parameter: Annotated[str, Field(min_length=1)]
    """`P1.weight` for set and reword; an element's id for the others, the parent's for add."""
    expect: Value | None = None
    """The value found there now; for drop and reword its English label, for move its parent."""
    to: Any = None
    """The new value; a label for reword, an element for add and merge, a list of elements for split, a parent for move."""
    with_: Annotated[tuple[str, ...], Field(alias="with")] = ()
    """Elements merged into the one that is named."""
    after: str | None = None
    """The element behind which it goes; the last when not given."""
    reason: Text
    """Why, as it was said."""
    raised_by: Annotated[str, Field(pattern=r"^[A-Z]{1,3}\d{1,3}(, ?[A-Z]{1,3}\d{1,3})*$")]
    """Pseudonyms such as E07, never names."""
    status: Literal["proposed", "accepted", "declined"]
    """Only accepted amendments change anything."""
    answer: Text | None = None
    """What was answered to those who raised it, with the decision."""

    @model_validator(mode="after")
    def _keys_fit_the_kind(self) -> Self:
        needed, allowed = NEEDS[self.kind]
        given = {"with" if name == "with_" else name for name in self.model_fields_set} & {"expect", "to", "with", "after"}
        missing, extra = sorted(needed - given), sorted(given - needed - allowed)
        keys = ", ".join(sorted(needed | allowed))
        if missing:
            raise ValueError(f"an amendment that is to {self.kind} needs `{missing[0]}`. | add it. | {keys}")
        if extra:
            raise ValueError(f"an amendment that is to {self.kind} takes no `{extra[0]}`. | delete it. | {keys}")
        if self.kind == "reword" and not (isinstance(self.to, Mapping) and all(self.to.get(name) for name in LANGUAGES)):
            raise ValueError(
                "`to` of an amendment that is to reword is a text in both languages. | write both. | {th: ..., en: ...}"
            )
        if self.kind == "set" and not (self.to is None or isinstance(self.to, Value)):
            raise ValueError(
                "`to` of an amendment that is to set is one value. | use another kind for it. | one text, number, true or false"
            )
        return self


class WorkshopHead(Strict):
    """When and where the workshop was."""

    id: Annotated[str, Field(min_length=1)]
    """A short name."""
    title: Text
    """What it was called."""
    date: Annotated[str, Field(pattern=r"^2[45]\d\d-[01]\d-[0-3]\d$")]
    """Buddhist Era, year-month-day."""
    place: Text
    """Where it was."""
    synthetic: bool = False
    """Made up for an example, and called so wherever it is shown."""
    ratings: str | None = None
    """The record of what the experts wrote, under pseudonyms: a file beside this one."""
    earlier: str | None = None
    """The record of the round before, of a workshop in rounds."""
    rules: str | None = None
    """The cut-offs by which ratings are read, a file beside this one; without it, those of the project."""

    @model_validator(mode="after")
    def _date_exists(self) -> Self:
        year, month, day = map(int, self.date.split("-"))
        try:
            date(year - BUDDHIST_ERA, month, day)
        except ValueError:
            raise ValueError(f"there is no day {self.date}. | correct it. | year-month-day in the Buddhist Era") from None
        return self


class WorkshopFile(Strict):
    """A file of amendments."""

    workshop: WorkshopHead
    """Which workshop."""
    amendments: tuple[AmendmentEntry, ...] = ()
    """What it proposed."""
    answers: tuple[Answer, ...] = ()
    """To comments and proposed indicators that the amendments do not answer by themselves."""


class Amendment(BaseModel):
    """One amendment with its workshop and the line it was written on."""

    model_config = ConfigDict(frozen=True)

    id: str
    workshop: str
    parameter: str
    expect: Value | None
    to: Any
    with_: tuple[str, ...] = ()
    after: str | None = None
    reason: Text
    raised_by: str
    status: Literal["proposed", "accepted", "declined"]
    answer: Text | None = None
    kind: Kind = "set"
    file: str = ""
    line: int = 0

    @property
    def brings(self) -> tuple[Mapping[str, Any], ...]:
        """The elements that take a place in the tree: of add, merge and split."""
        if self.kind in {"add", "merge"}:
            return (self.to,)
        return tuple(self.to) if self.kind == "split" else ()


class Workshop(BaseModel):
    """A workshop and everything it proposed."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: Text
    date: str
    place: Text
    synthetic: bool
    amendments: tuple[Amendment, ...]
    source: str
    answers: tuple[Answer, ...] = ()
    ratings: str | None = None
    record: tuple[Entry, ...] = ()
    """What the experts wrote: `expert`, `sheet`, `item`, `value`."""
    earlier: tuple[Entry, ...] = ()
    """What they wrote in the round before."""
    rules: Rules = Rules()


def read_workshop(path: Path) -> Workshop:
    """Read one workshop file.

    Raises:
        WorkbenchError: every fault of the file, with its line.
    """
    faults = FaultList()
    document = read_yaml(path, faults=faults)
    content = checked(WorkshopFile, document.data, document.places, path, faults) if document.whole else None
    _refuse_twice(document, faults)
    beside = _beside(content, path, faults)
    if content is not None and "record" in beside:
        check_answers(content.answers, [entry.id for entry in content.amendments], beside["record"], document, faults)
    faults.in_order().stop_if_any()
    assert content is not None, "what is not valid has a fault"
    nowhere = Place(shown(path), 1)
    entries = document.data.get("amendments", ())
    places = [document.places.of(entry, "parameter") or nowhere for entry in entries]
    amendments = tuple(
        Amendment(**dict(entry), workshop=content.workshop.id, file=place.file, line=place.line)
        for entry, place in zip(content.amendments, places, strict=True)
    )
    head = {key: value for key, value in content.workshop if key not in {"earlier", "rules"}}
    return Workshop(**head, **beside, amendments=amendments, answers=content.answers, source=path.name)


def _beside(content: WorkshopFile | None, path: Path, faults: FaultList) -> dict[str, Any]:
    """The files that a workshop names: records of two rounds, and cut-offs."""
    found: dict[str, Any] = {}
    if content is None:
        return found
    head = content.workshop
    for key, name in (("record", head.ratings), ("earlier", head.earlier)):
        with faults.collecting():
            found[key] = read_record(path.parent / name) if name is not None else ()
    if head.rules is not None:
        with faults.collecting():
            found["rules"] = load_rules(path.parent / head.rules)
    return found


def _refuse_twice(document: Document, faults: FaultList) -> None:
    """Ids of the amendments of one file, valid or not."""
    entries = document.data.get("amendments") if isinstance(document.data, Mapping) else None
    first: dict[str, Place] = {}
    for entry in entries if isinstance(entries, tuple) else ():
        name = entry.get("id") if isinstance(entry, Mapping) else None
        place = document.places.of(entry, "id")
        if isinstance(name, str) and place is not None and first.setdefault(name, place) is not place:
            problem = f"amendment id `{name}` appears twice; first on line {first[name].line}."
            faults.add(problem, file=place.file, line=place.line, allowed="each id once", fix="give each its own.")


def amend(data: dict[str, Any], workshops: tuple[Workshop, ...], faults: FaultList, places: Places | None = None) -> None:
    """Apply the accepted amendments of *workshops* to the framework tree *data*, in place.

    The order does not matter: two accepted amendments of one parameter are a conflict, not a race.
    Guards of all amendments, declined and proposed ones too, are checked against the edition. *places* learns which
    amendment wrote what, so that a framework that it makes invalid is reported with its line.
    """
    places = places if places is not None else Places()
    amendments = [amendment for workshop in workshops for amendment in workshop.amendments]
    _refuse_repeated(workshops, faults)
    _refuse_conflicts(data, amendments, faults)
    changes = [amendment for amendment in amendments if amendment.kind in STRUCTURAL]
    check_structure(data, changes, [item for item in amendments if item.kind not in STRUCTURAL], faults)
    for amendment in amendments:
        spot = None if amendment.kind in STRUCTURAL else _locate(data, amendment, faults)
        if spot is None:
            continue
        container, key = spot
        if amendment.kind == "reword" and amendment.expect is None:
            continue
        found = container.get(key)
        if amendment.kind == "reword" and isinstance(found, Mapping):
            found = found.get("en")
        if not _same(found, amendment.expect):
            faults.add(
                f"amendment {amendment.id}: `{amendment.parameter}` was expected to be {amendment.expect}, but is {found}.",
                file=amendment.file,
                line=amendment.line,
                value=str(found),
                allowed=f"`expect: {_written(found)}`",
                fix="the edition changed since the workshop, or the guard is mistyped: read it again and correct `expect`.",
            )
    if len(faults):
        return
    accepted = [amendment for amendment in amendments if amendment.status == "accepted"]
    for amendment in accepted:
        spot = None if amendment.kind in STRUCTURAL else _locate(data, amendment, FaultList())
        if spot is not None:
            container, key = spot
            container[key] = thawed(amendment.to)
            place = Place(amendment.file, amendment.line)
            places.note(container, key, place)
            sign(container[key], place, places)
    restructure(data, [amendment for amendment in accepted if amendment.kind in STRUCTURAL], places)


def current_value(data: Mapping[str, Any], parameter: str) -> object:
    """The value of *parameter* in a framework tree, None where it is not set."""
    spot = _walk(data, parameter)
    return spot[0].get(spot[1]) if spot else None


def _refuse_repeated(workshops: tuple[Workshop, ...], faults: FaultList) -> None:
    """Ids name workshops and amendments in tables and pages, so each may be used once."""
    first: dict[str, str] = {}
    for workshop in workshops:
        if workshop.id in first:
            problem = f"workshop `{workshop.id}` is given twice, here and in {first[workshop.id]}."
            faults.add(problem, file=workshop.source, allowed="each id once", fix="name each workshop once.")
        first.setdefault(workshop.id, workshop.source)
    seen: dict[str, Amendment] = {}
    for amendment in (item for workshop in workshops for item in workshop.amendments):
        earlier = seen.setdefault(amendment.id, amendment)
        if earlier.workshop != amendment.workshop:
            problem = f"amendment id `{amendment.id}` is also used by {earlier.workshop} ({earlier.file}, line {earlier.line})."
            where: dict[str, Any] = {"file": amendment.file, "line": amendment.line}
            faults.add(problem, allowed="each id once", fix="give each amendment its own id.", **where)


def _same(found: object, expected: object) -> bool:
    """Numbers by value, everything else by value and type: 1 is 1.0, but not true and not "1"."""
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    return found == expected


def _refuse_conflicts(data: dict[str, Any], amendments: list[Amendment], faults: FaultList) -> None:
    """Two accepted amendments must not write the same place, nor one into what the other replaces."""
    first: dict[tuple[int, str], Amendment] = {}
    replaced: dict[int, Amendment] = {}
    spots = []
    for amendment in amendments:
        spot = _walk(data, amendment.parameter) if amendment.status == "accepted" and amendment.kind not in STRUCTURAL else None
        if spot is not None:
            spots.append((amendment, id(spot[0])))
            replaced |= dict.fromkeys(_maps_inside(spot[0].get(spot[1])), amendment)
            earlier = first.setdefault((id(spot[0]), spot[1]), amendment)
            if earlier is not amendment and not _same(earlier.to, amendment.to):
                _clash(earlier, amendment, f"both change `{amendment.parameter}`: to {earlier.to} and to {amendment.to}", faults)
    for amendment, container in spots:
        if container in replaced:
            other = replaced[container]
            _clash(other, amendment, f"touch each other: `{amendment.parameter}` lies inside `{other.parameter}`", faults)


def _clash(one: Amendment, two: Amendment, how: str, faults: FaultList) -> None:
    problem = f"amendments {one.id} ({one.file}, line {one.line}) and {two.id} {how}."
    faults.add(problem, file=two.file, line=two.line, allowed="one of the two", fix="accept one of them.")


def _maps_inside(node: object) -> Iterator[int]:
    """The identity of every map at and below *node*."""
    if isinstance(node, Mapping):
        yield id(node)
        for child in node.values():
            yield from _maps_inside(child)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _maps_inside(child)


def _written(value: object) -> str:
    """A found value as `expect` would say it."""
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _locate(data: dict[str, Any], amendment: Amendment, faults: FaultList) -> tuple[dict[str, Any], str] | None:
    spot = _walk(data, amendment.parameter)
    if spot is None:
        ids = sorted(elements(data)) + [key for key in data if key != "pillars"]
        head = amendment.parameter.rpartition(".")[0] or amendment.parameter
        faults.add(
            f"amendment {amendment.id}: there is no parameter `{amendment.parameter}`.",
            file=amendment.file,
            line=amendment.line,
            allowed=f"an element and its key, such as P1.weight; elements: {one_of(ids, 8)}",
            fix=suggestion(head, ids) or "correct `parameter`.",
        )
    return spot


def _walk(data: Mapping[str, Any], parameter: str) -> tuple[dict[str, Any], str] | None:
    """The map that holds the last key of *parameter*, and that key.

    An element's id may hold dots, so the longest id that begins the parameter is taken.
    """
    known = elements(data)
    head = next((name for name in sorted(known, key=len, reverse=True) if parameter.startswith(f"{name}.")), "")
    node: Any = known[head] if head else data
    *steps, last = parameter.removeprefix(f"{head}.").split(".")
    for step in steps:
        node = _child(node, step)
    keys = _keys_of(node, head)
    return (node, last) if isinstance(node, dict) and (last in node or last in keys) else None


def _child(node: object, step: str) -> object:
    """One step down: a key of a map, or the entry of a list that has this id or value."""
    if isinstance(node, Mapping):
        return node.get(step)
    if isinstance(node, list | tuple):
        maps = (item for item in node if isinstance(item, Mapping))
        return next((item for item in maps if step in {item.get("id"), str(item.get("value"))}), None)
    return None


def _keys_of(node: object, head: str) -> set[str]:
    """Keys that an amendment may set although the file leaves them at their default."""
    if not isinstance(node, Mapping):
        return set()
    if "children" in node or "question" in node or "column" in node:
        return {"weight", "aggregation"} if "children" in node else {"weight", "direction"}
    return {"aggregation", "geometric_floor", "minimum_coverage", "ties"} if not head else set()
