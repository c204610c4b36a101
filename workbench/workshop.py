"""What a workshop changed: in the framework, in the scores, in the ranks.

Compares a resolved framework with its edition on the same data, for all accepted amendments
together and for each alone. Declined and proposed amendments are listed with their reasons and
change nothing. Experts appear under their pseudonyms only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from workbench.amendments import Amendment, Workshop, current_value
from workbench.scoring import Scores, score

if TYPE_CHECKING:
    from workbench.framework import Framework

__all__ = ["Changes", "effects"]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The effect of a workshop."""

    amendments: pd.DataFrame
    """One row per amendment: workshop, parameter, before, after, status, raised_by, and for accepted ones its effect
    alone: mean_index_change (points), mean_rank_shift, max_rank_shift, units_moved, bands_changed. Indexed by amendment id."""
    records: tuple[Amendment, ...]
    """The amendments with their reasons and answers, in the same order."""
    units: pd.DataFrame
    """Per unit: index_before, index_after, index_change, rank_before, rank_after, rank_change (positive = better),
    band_before, band_after."""
    before: Scores
    after: Scores


def effects(framework: Framework, data: object) -> Changes:
    """Score *data* with and without the accepted amendments of *framework*.

    Args:
        framework: Resolved with at least one workshop; without any, both sides are equal.
        data: What `score` takes.

    Raises:
        WorkbenchError: the data cannot be scored under one of the frameworks.
    """
    base = framework.base or framework
    before, after = score(base, data), score(framework, data)
    rows = {amendment.id: _row(amendment, base, framework, data, before) for amendment in framework.amendments}
    columns = ["workshop", "parameter", "before", "after", "status", "raised_by", *EFFECT]
    amendments = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("amendment")
    units = compare(before, after)
    return Changes(amendments=amendments, records=framework.amendments, units=units, before=before, after=after)


EFFECT = ("mean_index_change", "mean_rank_shift", "max_rank_shift", "units_moved", "bands_changed")


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
    row: dict[str, object] = {
        "workshop": amendment.workshop,
        "parameter": amendment.parameter,
        "before": current_value(base.definition.model_dump(exclude_unset=True), amendment.parameter),
        "after": amendment.to,
        "status": amendment.status,
        "raised_by": amendment.raised_by,
    }
    if amendment.status != "accepted":
        return row
    alone = base.with_workshops(tuple(_only(workshop, amendment) for workshop in framework.workshops))
    moved = compare(before, score(alone, data))
    shift = moved["rank_change"].abs()
    return row | {
        "mean_index_change": moved["index_change"].mean(),
        "mean_rank_shift": float(shift.mean()),
        "max_rank_shift": float(shift.max()),
        "units_moved": int((shift > 0).sum()),
        "bands_changed": int((moved["band_before"] != moved["band_after"]).sum()),
    }


def _only(workshop: Workshop, amendment: Amendment) -> Workshop:
    """The workshop with this one amendment."""
    kept = (amendment,) if amendment.workshop == workshop.id else ()
    return workshop.model_copy(update={"amendments": kept})
