"""The framework: pillars, indicators, questions, weights and bands of one edition, read from parameter files.

A `Framework` is immutable and fingerprinted. It is an edition with the accepted amendments of its
workshops applied; the edition itself is never edited. Every fault of all its files is reported at
once. Nothing here knows of answers, scores or reports.

Source of the concepts: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 1 and 2.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from workbench.amendments import Amendment, Workshop, amend, read_workshop
from workbench.errors import FaultList, suggestion
from workbench.framework_files import define, filled, plain, read_tree, sources_of, tuples, walk
from workbench.framework_model import Band, Definition, Group, Indicator, Method, NumberField, Respondents, Unit
from workbench.paths import resolve, shown
from workbench.strictyaml import Places
from workbench.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = ["Framework", "Group", "Indicator"]

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
        data, whole = read_tree(main, places, faults)
        records = []
        for workshop in workshops:
            with faults.collecting():
                records.append(read_workshop(resolve(workshop)))
        if data is None:
            if whole:
                faults.add("the file is empty.", file=shown(main), line=1, allowed="a framework", fix="is it the right file?")
            faults.in_order().stop_if_any()
        definition = define(data, places, main, faults, whole=whole)
        base = cls(definition=definition, sources=sources_of(main))
        return base.with_workshops(tuple(records)) if records else base

    def with_workshops(self, workshops: tuple[Workshop, ...]) -> Self:
        """This edition with the accepted amendments of *workshops* in place of any it had.

        Raises:
            WorkbenchError: a guard fails, two amendments conflict, or the amended framework is not valid.
        """
        base = self.base or self
        faults = FaultList()
        data, places = plain(base.definition), Places()
        amend(data, workshops, faults, places)
        faults.stop_if_any()
        definition = define(tuples(data, places), places, Path(f"{base.id} with {', '.join(item.source for item in workshops)}"))
        sources = (*base.sources, *(item.source for item in workshops))
        return type(self)(definition=definition, workshops=workshops, base=base, sources=sources)

    def __repr__(self) -> str:
        return f"Framework({self.id!r}, {len(self.indicators)} indicators, fingerprint {self.fingerprint})"

    def _repr_html_(self) -> str:
        from workbench.cards import framework_card  # noqa: PLC0415  (only a notebook asks)

        return framework_card(self)

    def _ipython_key_completions_(self) -> list[str]:
        return [node.id for node in self.elements]

    def __getitem__(self, name: str) -> Group | Indicator:
        return self.element(name)

    def to_frame(self) -> pd.DataFrame:
        """Every element with its place, weight, share of the index and how it is made, indexed by id."""
        from workbench.cards import framework_frame  # noqa: PLC0415

        return framework_frame(self)

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
        return tuple(filled(node, self.method.normalisation) for node in self.definition.pillars)

    @property
    def elements(self) -> tuple[Group | Indicator, ...]:
        """Every pillar, sub-pillar and indicator, parents before children."""
        return self._nodes

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
        """Digest of everything the framework says, texts included; equal for equal frameworks, wherever they lie."""
        text = json.dumps(self.definition.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
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
        return tuple(node for node, _ in walk(self.pillars, "index"))

    @cached_property
    def _by_id(self) -> dict[str, Group | Indicator]:
        return {"index": self.index} | {node.id: node for node in self._nodes}

    @cached_property
    def _parents(self) -> dict[str, str]:
        return {"index": ""} | {node.id: parent for node, parent in walk(self.pillars, "index")}

    @cached_property
    def _depths(self) -> dict[str, int]:
        depths = {"index": 0}
        for node, parent in walk(self.pillars, "index"):
            depths[node.id] = depths[parent] + 1
        return depths
