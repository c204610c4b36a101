"""The framework: pillars, indicators, questions, weights and bands of one edition, read from parameter files.

A `Framework` is immutable and fingerprinted. It is an edition with the accepted amendments of its
workshops applied; the edition itself is never edited. Every fault of all its files is reported at
once. Nothing here knows of answers, scores or reports.

Source of the concepts: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 1 and 2.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from workbench.amendments import Amendment, Workshop, amend, read_workshop
from workbench.errors import FaultList, one_of, suggestion
from workbench.framework_model import (
    POINT_SCALE,
    POINTS,
    UNSET,
    Band,
    Definition,
    Group,
    Indicator,
    Method,
    Normalisation,
    NumberField,
    Ratio,
    Respondents,
    Unit,
)
from workbench.paths import resolve, shown
from workbench.strictyaml import Place, Places, read_yaml, validate
from workbench.text import Text

__all__ = ["Framework", "Group", "Indicator"]

RESERVED = {"index", "unit", "rank", "band", "coverage", "n_answered", "n_invited", "index_se", "agency", "status", "data_status"}
"""Names of columns in what is written; no element may be called so."""
INDEX_LABEL = Text(th="ดัชนี", en="Index")
LEVELS = ("index", "pillar", "sub-pillar")


@dataclass(frozen=True, kw_only=True, repr=False)
class Framework:
    """One edition, resolved: what is asked, how it is weighed, how scores are named."""

    definition: Definition
    workshops: tuple[Workshop, ...] = ()
    base: Framework | None = None
    """The edition without any amendment; None when this is it."""
    sources: tuple[str, ...] = ()
    """The files it was read from."""

    @classmethod
    def load(cls, path: str | Path, *, workshops: Iterable[str | Path] = ()) -> Self:
        """Read an edition and apply the accepted amendments of *workshops*.

        Args:
            path: The edition's folder, its `framework.yaml`, or one file that holds it all.
            workshops: Files of amendments; their order does not matter.

        Raises:
            WorkbenchError: every fault of every file, each with file and line.
        """
        faults = FaultList()
        main = resolve(path)
        main = main / "framework.yaml" if main.is_dir() else main
        places = Places()
        data = _read_tree(main, places, faults)
        records = []
        for workshop in workshops:
            with faults.collecting():
                records.append(read_workshop(resolve(workshop)))
        faults.stop_if_any()
        definition = _define(data, places, main)
        base = cls(definition=definition, sources=_sources(main))
        return base.with_workshops(tuple(records)) if records else base

    def with_workshops(self, workshops: tuple[Workshop, ...]) -> Self:
        """This edition with the accepted amendments of *workshops* in place of any it had.

        Raises:
            WorkbenchError: a guard fails, two amendments conflict, or the amended framework is not valid.
        """
        base = self.base or self
        faults = FaultList()
        data = _plain(base.definition)
        amend(data, workshops, faults)
        faults.stop_if_any()
        definition = _define(_tuples(data), Places(), Path(f"{base.id} with {', '.join(item.source for item in workshops)}"))
        sources = (*base.sources, *(item.source for item in workshops))
        return type(self)(definition=definition, workshops=workshops, base=base, sources=sources)

    def __repr__(self) -> str:
        return f"Framework({self.id!r}, {len(self.indicators)} indicators, fingerprint {self.fingerprint})"

    @property
    def id(self) -> str:
        """Identifier of the edition, such as egprov-2559."""
        return self.definition.id

    @property
    def edition(self) -> str:
        """Year or name of the edition."""
        return self.definition.edition

    @property
    def title(self) -> Text:
        """Title in both languages."""
        return self.definition.title

    @property
    def status(self) -> Text | None:
        """What standing the edition has, such as a proposal."""
        return self.definition.status

    @property
    def unit(self) -> Unit:
        """What is scored."""
        return self.definition.unit

    @property
    def respondents(self) -> Respondents | None:
        """Who answers; None for an index over a table."""
        return self.definition.respondents

    @property
    def method(self) -> Method:
        """Choices that hold for the whole index."""
        return self.definition.method

    @property
    def bands(self) -> tuple[Band, ...]:
        """Maturity levels, ascending."""
        return self.definition.bands

    @property
    def numbers(self) -> tuple[NumberField, ...]:
        """Numbers that ratio questions use."""
        return self.definition.numbers

    @property
    def index(self) -> Group:
        """The root of the tree."""
        return self._root

    @cached_property
    def pillars(self) -> tuple[Group | Indicator, ...]:
        """What the index is made of directly; every indicator with the normalisation that holds for it."""
        return tuple(_filled(node, self.method.normalisation) for node in self.definition.pillars)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Pillars and sub-pillars, parents before children."""
        return tuple(node for node in self._nodes if isinstance(node, Group))

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators, in the order of the files."""
        return tuple(node for node in self._nodes if isinstance(node, Indicator))

    @cached_property
    def amendments(self) -> tuple[Amendment, ...]:
        """All amendments of the workshops, whatever their status."""
        return tuple(amendment for workshop in self.workshops for amendment in workshop.amendments)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The answer columns of a survey, each once, in the order of the indicators."""
        asked = [indicator for indicator in self.indicators if indicator.question is not None]
        return tuple(dict.fromkeys(column for indicator in asked for column in indicator.answer_columns))

    @cached_property
    def table_columns(self) -> tuple[str, ...]:
        """The columns of a table of indicator values, one per indicator."""
        return tuple(indicator.column or indicator.id for indicator in self.indicators)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of everything that can change a score; equal for equal frameworks, wherever they lie."""
        text = json.dumps(self.definition.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def element(self, name: str) -> Group | Indicator:
        """The pillar, sub-pillar or indicator with this id, or the index.

        Raises:
            WorkbenchError: there is none; names the nearest id.
        """
        if name not in self._by_id:
            faults = FaultList()
            faults.add(f"the framework {self.id} has no element `{name}`.", fix=suggestion(name, self._by_id))
            faults.stop_if_any()
        return self._by_id[name]

    def label(self, name: str) -> Text:
        """The name of an element in both languages."""
        return self.element(name).label

    def parent(self, name: str) -> str:
        """Id of the group that holds *name*; empty for the index."""
        return self._parents[name]

    def pillar_of(self, name: str) -> str:
        """Id of the pillar that *name* belongs to; a pillar belongs to itself."""
        while self._parents[name] not in {"", "index"}:
            name = self._parents[name]
        return name

    def level(self, name: str) -> str:
        """`index`, `pillar`, `sub-pillar` or `indicator`; an indicator is one wherever it stands."""
        if isinstance(self.element(name), Indicator):
            return "indicator"
        return LEVELS[min(self._depths[name], len(LEVELS) - 1)]

    def aggregation(self, name: str) -> str:
        """How the group *name* is aggregated: its own way, else the method's."""
        node = self.element(name)
        return (node.aggregation if isinstance(node, Group) else None) or self.method.aggregation

    @cached_property
    def _root(self) -> Group:
        return Group.model_construct(id="index", label=INDEX_LABEL, weight=1.0, children=self.pillars)

    @cached_property
    def _nodes(self) -> tuple[Group | Indicator, ...]:
        return tuple(node for node, _ in _walk(self.pillars, "index"))

    @cached_property
    def _by_id(self) -> dict[str, Group | Indicator]:
        return {"index": self.index} | {node.id: node for node in self._nodes}

    @cached_property
    def _parents(self) -> dict[str, str]:
        return {"index": ""} | {node.id: parent for node, parent in _walk(self.pillars, "index")}

    @cached_property
    def _depths(self) -> dict[str, int]:
        depths = {"index": 0}
        for node, parent in _walk(self.pillars, "index"):
            depths[node.id] = depths[parent] + 1
        return depths


def _filled(node: Group | Indicator, inherited: Normalisation | None) -> Group | Indicator:
    """*node* with the normalisation of its group, or the method's, where an indicator has none of its own."""
    if isinstance(node, Group):
        below = node.normalisation or inherited
        return node.model_copy(update={"children": tuple(_filled(child, below) for child in node.children)})
    if "normalisation" in node.model_fields_set:
        return node
    # Points run from 0 to 1 by definition, so a question that gives points needs no other scale.
    return node.model_copy(update={"normalisation": POINT_SCALE if isinstance(node.question, POINTS) else inherited or UNSET})


def _walk(children: Iterable[Group | Indicator], parent: str) -> Iterator[tuple[Group | Indicator, str]]:
    """Every element below, with its parent's id, in the order of the files."""
    for node in children:
        yield node, parent
        if isinstance(node, Group):
            yield from _walk(node.children, node.id)


def _read_tree(main: Path, places: Places, faults: FaultList) -> Any:  # noqa: ANN401  (whatever the files hold)
    """The main file with its pillar files put in place of `{file, weight}`."""
    data = read_yaml(main, places).data
    if not isinstance(data, dict) or not isinstance(data.get("pillars"), tuple):
        return data
    pillars = tuple(_pillar(entry, main.parent, places, faults) for entry in data["pillars"])
    for position in range(len(pillars)):
        places.note(pillars, position, places.of(data["pillars"], position) or Place(shown(main), 1))
    data["pillars"] = pillars
    return data


def _pillar(entry: Any, folder: Path, places: Places, faults: FaultList) -> Any:  # noqa: ANN401  (whatever the files hold)
    if not isinstance(entry, dict) or "file" not in entry:
        return entry
    here = places.of(entry, "file") or Place(str(folder), 1)
    for key in entry.keys() - {"file", "weight"}:
        faults.add(f"unknown key `{key}`.", file=here.file, line=here.line, allowed="file, weight", fix="move it to the file.")
    name = str(entry["file"])
    if Path(name).is_absolute() or ".." in Path(name).parts:
        faults.add(f'`file` is "{name}".', file=here.file, line=here.line, allowed="a file in the edition's folder")
        return entry
    with faults.collecting():
        pillar = read_yaml(folder / name, places).data
        if isinstance(pillar, dict) and "weight" in entry:
            if "weight" in pillar:
                faults.add("`weight` stands here and in the pillar's file.", file=here.file, line=here.line, fix="keep one.")
            pillar["weight"] = entry["weight"]
            places.note(pillar, "weight", places.of(entry, "weight") or here)
        return pillar
    return entry


def _define(data: object, places: Places, main: Path) -> Definition:
    """The checked definition: shapes first, then what must hold between its parts."""
    definition = validate(Definition, data, places, main)
    faults = FaultList()
    lines = {node.get("id"): _place(node, places, main) for node in _maps(data) if "id" in node}

    def note(problem: str, name: str = "", **rest: str) -> None:
        place = lines.get(name) or Place(shown(main), 1)
        faults.add(problem, file=place.file, line=place.line, **rest)

    _check_ids(definition, note)
    _check_weights(definition, note)
    _check_questions(definition, note)
    _check_normalisations(definition, note)
    faults.stop_if_any()
    return definition


def _check_ids(definition: Definition, note: Any) -> None:  # noqa: ANN401  (a callback)
    names = [node.id for node, _ in _walk(definition.pillars, "index")]
    for name, count in Counter(names).items():
        if count > 1:
            note(f"id `{name}` is used {count} times.", name, fix="give every element its own id.")
        if name in RESERVED:
            note(f"id `{name}` is the name of a result column.", name, fix="choose another id.")
    for what, items in (("number", definition.numbers), ("band", definition.bands)):
        for name, count in Counter(item.id for item in items).items():
            if count > 1:
                note(f"{what} `{name}` is defined {count} times.", name, fix="keep one.")
    for number in definition.numbers:
        if number.id in names or number.id in RESERVED:
            note(f"number `{number.id}` has the id of an element or a result column.", number.id, fix="rename it.")


def _check_weights(definition: Definition, note: Any) -> None:  # noqa: ANN401  (a callback)
    groups = [node for node, _ in _walk(definition.pillars, "index") if isinstance(node, Group)]
    for name, children in [("index", definition.pillars), *((group.id, group.children) for group in groups)]:
        if sum(child.weight for child in children) <= 0:
            listed = ", ".join(child.id for child in children)
            note(f"the weights in `{name}` sum to 0 ({listed}).", name, fix="give at least one a weight above 0.")


def _check_questions(definition: Definition, note: Any) -> None:  # noqa: ANN401  (a callback)
    indicators = [node for node, _ in _walk(definition.pillars, "index") if isinstance(node, Indicator)]
    numbers = {number.id for number in definition.numbers}
    types = {item.id for item in definition.respondents.types} if definition.respondents else set()
    used: set[str] = set()
    for indicator in indicators:
        question = indicator.question
        if question is None:
            continue
        for name in sorted(set(question.asked_of) - types):
            fix = suggestion(name, types)
            note(f"`{indicator.id}` is asked of `{name}`, an unknown type.", indicator.id, allowed=one_of(sorted(types)), fix=fix)
        if isinstance(question, Ratio):
            used |= {question.numerator, question.denominator}
            for name in sorted({question.numerator, question.denominator} - numbers):
                fix = suggestion(name, numbers) or "define it under `numbers`."
                allowed = one_of(sorted(numbers))
                note(f"`{indicator.id}` uses the unknown number `{name}`.", indicator.id, allowed=allowed, fix=fix)
    for name in sorted(numbers - used):
        note(f"number `{name}` is used by no question.", name, fix="use it in a ratio or delete it.")
    if definition.respondents is None and any(indicator.question for indicator in indicators):
        note("there are questions, but `respondents` is missing.", fix="say who answers.")


def _check_normalisations(definition: Definition, note: Any) -> None:  # noqa: ANN401  (a callback)
    pillars = [_filled(node, definition.method.normalisation) for node in definition.pillars]
    for node, _ in _walk(pillars, "index"):
        if isinstance(node, Indicator) and node.normalisation is UNSET:
            fix = "add it, with `low` and `high` for goalposts, here, in its group or under `method`."
            note(f"`normalisation` is missing in `{node.id}`.", node.id, fix=fix)


def _place(node: Mapping[str, Any], places: Places, main: Path) -> Place:
    return places.of(node, "id") or Place(shown(main), 1)


def _maps(data: object) -> Iterator[Mapping[str, Any]]:
    """Every map inside *data*."""
    if isinstance(data, Mapping):
        yield data
        for child in data.values():
            yield from _maps(child)
    elif isinstance(data, tuple):
        for child in data:
            yield from _maps(child)


def _plain(definition: Definition) -> dict[str, Any]:
    """The definition as maps and lists that amendments can change."""
    return copy.deepcopy(definition.model_dump(mode="python", exclude_unset=True))


def _tuples(node: Any) -> Any:  # noqa: ANN401  (any part of a tree)
    """Lists as tuples, as the strict reader gives them."""
    if isinstance(node, dict):
        return {key: _tuples(child) for key, child in node.items()}
    return tuple(_tuples(child) for child in node) if isinstance(node, list | tuple) else node


def _sources(main: Path) -> tuple[str, ...]:
    """The edition's files: all of its folder, or the one file that holds it."""
    folder = sorted(main.parent.glob("*.yaml")) if main.name == "framework.yaml" else [main]
    return tuple(shown(path) for path in folder)
