"""What a workshop changed: in the framework, in the scores, in the ranks.

Compares a resolved framework with its edition on the same data, for all accepted amendments
together and for each alone. One that cannot stand alone (two band limits that only together
ascend) is said to be so and has no figures. Declined and proposed amendments are listed with their
reasons and change nothing. Experts appear under their pseudonyms only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.amendments import Amendment, Workshop, current_value
from workbench.errors import WorkbenchError
from workbench.scoring import Scores, score

if TYPE_CHECKING:
    from workbench.framework import Framework

__all__ = ["Changes", "effects", "joined"]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The effect of a workshop."""

    amendments: pd.DataFrame
    """One row per amendment: workshop, kind, parameter, before, after, status, raised_by, and for accepted ones `alone`
    (False: it is not valid without others) and its effect alone: mean_index_change (points), mean_rank_shift,
    max_rank_shift, units_moved, bands_changed. Indexed by amendment id. Elements are named by id, several joined by ", "."""
    records: tuple[Amendment, ...]
    """The amendments with their reasons and answers, in the same order."""
    units: pd.DataFrame
    """Per unit: index_before, index_after, index_change, rank_before, rank_after, rank_change (positive = better),
    band_before, band_after."""
    before: Scores
    after: Scores


def effects(framework: Framework, data: object, edition_data: object = None) -> Changes:
    """Score *data* with and without the accepted amendments of *framework*.

    Args:
        framework: Resolved with at least one workshop; without any, both sides are equal.
        data: What `score` takes.
        edition_data: The same data read under the edition, where amendments change what is asked.

    Raises:
        WorkbenchError: the data cannot be scored under one of the frameworks.
    """
    data = joined(data, edition_data)
    base = framework.base or framework
    before, after = score(base, data), score(framework, data)
    rows = {amendment.id: _row(amendment, base, framework, data, before) for amendment in framework.amendments}
    columns = ["workshop", "kind", "parameter", "before", "after", "status", "raised_by", "alone", *EFFECT]
    amendments = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("amendment")
    units = compare(before, after)
    return Changes(amendments=amendments, records=framework.amendments, units=units, before=before, after=after)


EFFECT = ("mean_index_change", "mean_rank_shift", "max_rank_shift", "units_moved", "bands_changed")


def joined(data: Any, other: Any) -> Any:  # noqa: ANN401  (what `score` takes)
    """*data* with the values of indicators that only *other*, the same data read otherwise, has."""
    if other is None:
        return data
    more = other.values[other.values.columns.difference(data.values.columns, sort=False)]
    return replace(data, values=data.values.join(more.reindex(data.values.index)))


def compare(before: Scores, after: Scores) -> pd.DataFrame:
    """Index, rank and band of each unit on both sides, in the order of *after*."""
    units = pd.DataFrame(index=after.table.index)
    for name in ("index", "rank", "band"):
        units[f"{name}_before"] = before.table[name].reindex(units.index)
        units[f"{name}_after"] = after.table[name]
    units.insert(2, "index_change", units["index_after"] - units["index_before"])
    units.insert(5, "rank_change", units["rank_before"] - units["rank_after"])
    return units


def _row(amendment: Amendment, base: Framework, framework: Framework, data: object, before: Scores) -> dict[str, object]:
    old, new = _ends(amendment, base)
    row: dict[str, object] = {
        "workshop": amendment.workshop,
        "kind": amendment.kind,
        "parameter": amendment.parameter,
        "before": old,
        "after": new,
        "status": amendment.status,
        "raised_by": amendment.raised_by,
    }
    if amendment.status != "accepted":
        return row
    try:
        alone = base.with_workshops(tuple(_only(workshop, amendment) for workshop in framework.workshops))
        moved = compare(before, score(alone, data))
    except WorkbenchError:  # the framework as a whole was scored, so this one only needs the others
        return row | {"alone": False}
    shift = moved["rank_change"].abs()
    return row | {
        "alone": True,
        "mean_index_change": moved["index_change"].mean(),
        "mean_rank_shift": float(shift.mean()),
        "max_rank_shift": float(shift.max()),
        "units_moved": int((shift > 0).sum()),
        "bands_changed": int((moved["band_before"] != moved["band_after"]).sum()),
    }


def _ends(amendment: Amendment, base: Framework) -> tuple[object, object]:
    """What an amendment finds and what it puts there, as values or ids."""
    name, to = amendment.parameter, amendment.to
    if amendment.kind in {"set", "reword"}:
        old = current_value(base.definition.model_dump(exclude_unset=True), name)
        return (old.get("en"), to["en"]) if isinstance(old, Mapping) and isinstance(to, Mapping) else (old, to)
    old = {"move": base.parent(name) if amendment.kind == "move" else None, "add": None}.get(
        amendment.kind, ", ".join((name, *amendment.with_))
    )
    new = to if amendment.kind == "move" else ", ".join(part["id"] for part in amendment.brings) or None
    return old, new


def _only(workshop: Workshop, amendment: Amendment) -> Workshop:
    """The workshop with this one amendment."""
    kept = (amendment,) if amendment.workshop == workshop.id else ()
    return workshop.model_copy(update={"amendments": kept})
