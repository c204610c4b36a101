"""Two frameworks beside each other: every parameter that differs, and what that does on the same data.

Elements are matched by id. A framework with accepted amendments is compared as amended; each amendment that only the
second has is tried alone as well. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.framework_files import plain
from workbench.restructuring import elements
from workbench.scoring import score
from workbench.workshop import EFFECT, compare, effects, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.framework import Framework

__all__ = ["FrameworkDifference", "compare_frameworks", "parameter_changes"]

DIGITS = 2


@dataclass(frozen=True, kw_only=True)
class FrameworkDifference:
    """How framework B differs from framework A."""

    a: str
    b: str
    parameters: pd.DataFrame = field(repr=False)
    """`parameter`, `before`, `after`, in the order of the framework; `added`, `dropped` or `moved` for elements."""
    units: pd.DataFrame | None = field(default=None, repr=False)
    """Index, rank and band of every unit before and after, as `workshop.compare`; None without data."""
    amendments: pd.DataFrame | None = field(default=None, repr=False)
    """The effect of each accepted amendment of B alone; None without data or amendments."""

    def lines(self, limit: int = 20) -> list[str]:
        """The difference as lines of text; at most *limit* parameters, amendments and units are listed."""
        found = [f"framework: {len(self.parameters)} parameters differ" if len(self.parameters) else "framework: the same"]
        found += [f"  {row.parameter}: {row.before} -> {row.after}" for row in self.parameters.head(limit).itertuples()]
        found += _more(len(self.parameters), limit)
        if self.units is None:
            return found
        moved = self.units[self.units["rank_change"].abs() > 0]
        bands = int((self.units["band_before"] != self.units["band_after"]).sum())
        change = self.units["index_change"].mean()
        found.append(
            f"scores: mean change {change:+.{DIGITS}f}; {len(moved)} of {len(self.units)} units change rank, {bands} change band"
        )
        order = moved["rank_change"].abs().sort_values(ascending=False, kind="stable").index
        found += [_moved(str(unit), moved.loc[unit]) for unit in order[:limit]]
        found += _more(len(moved), limit)
        if self.amendments is not None:
            found += [_alone(str(name), row) for name, row in self.amendments.iterrows()]
        return found


def _more(count: int, limit: int) -> list[str]:
    return [f"  and {count - limit} more"] if count > limit else []


def _moved(unit: str, row: pd.Series) -> str:
    band = f", band {row['band_before']} -> {row['band_after']}" if row["band_before"] != row["band_after"] else ""
    ranks = f"rank {row['rank_before']:g} -> {row['rank_after']:g}"
    return f"  {unit}: {ranks}, index {row['index_before']:.{DIGITS}f} -> {row['index_after']:.{DIGITS}f}{band}"


def _alone(name: str, row: pd.Series) -> str:
    what = (
        row["parameter"]
        if row["kind"] == "set"
        else f"{row['kind']} {row['after'] if row['kind'] == 'add' else row['parameter']}"
    )
    ranks = f"{row['units_moved']:g} units change rank (at most {row['max_rank_shift']:g})"
    if not row["alone"]:
        return f"amendment {name} ({what}): is not valid without the others"
    effect = f"mean index {row['mean_index_change']:+.{DIGITS}f}, {ranks}"
    return f"amendment {name} alone ({what}): {effect}, {row['bands_changed']:g} change band"


def compare_frameworks(a: Framework, b: Framework, data: object = None, more: object = None) -> FrameworkDifference:
    """What differs from framework *a* to framework *b*.

    Args:
        a: The earlier one.
        b: The later one.
        data: What `score` takes; without it only the frameworks are compared.
        more: The same data read under the other framework, where they ask different things.

    Raises:
        WorkbenchError: the data cannot be scored under one of them.
    """
    parameters = pd.DataFrame(list(parameter_changes(a, b)), columns=["parameter", "before", "after"])
    if data is None:
        return FrameworkDifference(a=a.id, b=b.id, parameters=parameters)
    data = joined(data, more)
    units = compare(score(a, data), score(b, data))
    alone = None
    if any(item.status == "accepted" for item in b.amendments):
        table = effects(b, data).amendments
        alone = table.loc[table["status"] == "accepted", ["kind", "parameter", "after", "alone", *EFFECT]]
    return FrameworkDifference(a=a.id, b=b.id, parameters=parameters, units=units, amendments=alone)


def parameter_changes(a: Framework, b: Framework) -> Iterator[tuple[str, str, str]]:
    """Every parameter that differs, with its value before and after as text; `-` where it is not set."""
    one, two = (plain(framework.definition) for framework in (a, b))
    before, after = elements(one), elements(two)
    yield from _changed("", _flat(one, skip="pillars"), _flat(two, skip="pillars"))
    order = [node.id for node in a.elements] + [node.id for node in b.elements if node.id not in before]
    for name in order:
        if name not in after:
            yield name, "there", "dropped"
        elif name not in before:
            yield name, "-", f"added to {b.parent(name)}"
        else:
            if a.parent(name) != b.parent(name):
                yield name, f"in {a.parent(name)}", f"moved to {b.parent(name)}"
            yield from _changed(f"{name}.", _flat(before[name], skip="children"), _flat(after[name], skip="children"))


def _changed(head: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if old != new or isinstance(old, bool) is not isinstance(new, bool):
            yield f"{head}{key}", _shown(old), _shown(new)


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _flat(node: Any, prefix: str = "", skip: str = "") -> dict[str, Any]:  # noqa: ANN401  (any part of a tree)
    """Maps inside maps as dotted keys; entries of lists by their id or value, else by their place."""
    found: dict[str, Any] = {}
    pairs = node.items() if isinstance(node, Mapping) else ((_name(item, place), item) for place, item in enumerate(node))
    for key, value in pairs:
        if key == skip:
            continue
        if isinstance(value, Mapping) or (isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value)):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
    return found


def _name(item: object, place: int) -> str:
    return str(item.get("id", item.get("value", place))) if isinstance(item, Mapping) else str(place)
