"""Earlier results of the same units: the scores of other editions, as `workbench score` wrote them.

Only what an edition published is read: unit, index and rank. Nothing is scored again, and nothing is said about whether
two editions can be compared; `editions` does that from the answers themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from workbench.errors import FaultList
from workbench.paths import shown

if TYPE_CHECKING:
    from workbench.runs import RunSpec

__all__ = ["Earlier", "read_history"]

NEEDED = ("unit", "index", "rank")


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """One earlier edition."""

    edition: str
    table: pd.DataFrame = field(repr=False)
    """Index unit; columns index and rank; NaN for a unit without a score."""


def read_history(spec: RunSpec) -> tuple[Earlier, ...]:
    """The editions that a run names under `history`, in the order given.

    Raises:
        WorkbenchError: every file that is no table of scores: a column is missing, a unit appears twice, a cell is no number.
    """
    faults, found = FaultList(), []
    for item, path in zip(spec.settings.history, spec.history, strict=True):
        table = pd.read_csv(path, dtype={"unit": str}, keep_default_na=False, encoding="utf-8-sig")
        missing = [name for name in NEEDED if name not in table.columns]
        for name in missing:
            fix = "name a scores.csv that `workbench score` wrote."
            faults.add(f"column `{name}` is missing.", file=shown(path), allowed=", ".join(NEEDED), fix=fix)
        if missing:
            continue
        for unit in table.loc[table["unit"].duplicated(), "unit"].unique():
            faults.add(f"unit `{unit}` has more than one row.", file=shown(path), fix="keep one row per unit.")
        numbers = table[["index", "rank"]].apply(pd.to_numeric, errors="coerce")
        for place in table.index[(numbers.isna() & (table[["index", "rank"]] != "")).any(axis=1)]:
            problem = f"unit `{table.at[place, 'unit']}` has an index or a rank that is no number."  # noqa: PD008
            faults.add(problem, file=shown(path), line=int(place) + 2, fix="write a number, or leave the cell empty.")
        found.append(Earlier(edition=item.edition, table=numbers.set_index(table["unit"])))
    faults.stop_if_any()
    return tuple(found)
