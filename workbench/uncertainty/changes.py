"""What would have to change: the least change of weights that swaps two units, and the weights at which a band holds.

Both are exact, not drawn: with arithmetic means the index is linear in the weights, with geometric means its logarithm
is. Refuses other means, for which neither holds, and units without a score.

The change of weights is measured by the share that has to move from some elements to others, half the sum of the
absolute differences; the least one is a linear programme. It is the distance of Triantaphyllou, Sánchez (1997), Decision
Sciences 28(1), taken over all weights together in place of one at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import FaultList, suggestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = ["Swap", "band_ranges", "least_swap"]

LINEAR = ("arithmetic", "geometric")


@dataclass(frozen=True, kw_only=True)
class Swap:
    """The least change of weights at which one unit draws level with another."""

    unit: str
    rival: str
    possible: bool
    """False where the rival is ahead, or level, whatever the weights."""
    moved: float
    """Share of the weight that moves, from 0 to 1; NaN where nothing helps."""
    weights: pd.DataFrame
    """Index element; `given` and `needed` share of the weight; empty where nothing helps."""


def least_swap(scores: Scores, unit: str, rival: str) -> Swap:
    """The least change of the pillars' weights at which *unit* is level with *rival*, who is ahead of it.

    Where *unit* is ahead already, the two change places.

    Raises:
        WorkbenchError: a unit is unknown or without a score, a pillar of one is missing, or the index is no arithmetic or
            geometric mean.
    """
    from scipy.optimize import linprog  # noqa: PLC0415  (takes a while)

    values, weights = _parts(scores, (unit, rival))
    if scores.index[unit] > scores.index[rival]:
        unit, rival = rival, unit
    gap = (values.loc[unit] - values.loc[rival]).to_numpy()
    size = len(gap)
    # Weights w - down + up, all at least 0, adding up to 1, with the gap closed.
    found = linprog(
        np.ones(2 * size),
        A_ub=np.hstack([-gap, gap])[None, :],
        b_ub=[float(gap @ weights)],
        A_eq=np.hstack([np.ones(size), -np.ones(size)])[None, :],
        b_eq=[0.0],
        bounds=[(0.0, None)] * size + [(0.0, float(weight)) for weight in weights],
    )
    if not found.success:
        return Swap(unit=unit, rival=rival, possible=False, moved=float("nan"), weights=pd.DataFrame(columns=["given", "needed"]))
    needed = weights + found.x[:size] - found.x[size:]
    frame = pd.DataFrame({"given": weights, "needed": needed}, index=values.columns.rename("element"))
    return Swap(unit=unit, rival=rival, possible=True, moved=float(found.fun) / 2, weights=frame)


def band_ranges(scores: Scores, unit: str) -> pd.DataFrame:
    """For each pillar, the share of the weight between which the unit's band holds, the other pillars in proportion.

    Returns:
        Index pillar: `given`, `low` and `high`, from 0 to 1.

    Raises:
        WorkbenchError: as in `least_swap`.
    """
    values, weights = _parts(scores, (unit,))
    minima = [item.minimum for item in scores.framework.bands]
    place = [item.id for item in scores.framework.bands].index(scores.table.loc[unit, "band"])
    ends = (minima[place] if place else -np.inf, minima[place + 1] if place + 1 < len(minima) else np.inf)
    if scores.framework.aggregation("index") == "geometric":
        ends = (_log(ends[0]), _log(ends[1]))
    row = values.loc[unit].to_numpy()
    found = {}
    for position, pillar in enumerate(values.columns):
        others = np.delete(weights, position)
        rest = float(np.delete(row, position) @ others / others.sum()) if others.sum() > 0 else float(row[position])
        found[pillar] = (float(weights[position]), *_range(rest, float(row[position]), *ends))
    return pd.DataFrame.from_dict(found, orient="index", columns=["given", "low", "high"]).rename_axis("pillar")


def _log(end: float) -> float:
    return float(np.log(end)) if end > 0 else -np.inf


def _range(rest: float, own: float, low: float, high: float) -> tuple[float, float]:
    """Shares s from 0 to 1 at which low <= rest + s (own - rest) < high."""
    slope = own - rest
    if slope == 0:
        return 0.0, 1.0
    first, last = sorted(((low - rest) / slope, (high - rest) / slope))
    return max(first, 0.0), min(last, 1.0)


def _parts(scores: Scores, units: tuple[str, ...]) -> tuple[pd.DataFrame, Floats]:
    """Scores of the pillars as the index adds them up, and their shares."""
    faults = FaultList()
    method = scores.framework.aggregation("index")
    if method not in LINEAR:
        problem = f"the index is aggregated by `{method}`, in which weights do not add up."
        faults.add(problem, allowed=", ".join(LINEAR), fix="draw the weights instead: see `simulate`.")
    pillars = scores.elements("pillar")
    for unit in units:
        if unit not in scores.table.index:
            faults.add(
                f"there is no unit `{unit}`.", fix=suggestion(unit, map(str, scores.table.index)) or "name a unit with a score."
            )
        elif scores.table.loc[unit, [*pillars, "index"]].isna().any():
            faults.add(f"unit `{unit}` lacks a pillar or a score.", fix="choose a unit that is measured on all pillars.")
    faults.stop_if_any()
    values = scores.table[pillars].astype(float)
    if method == "geometric":
        values = np.log(np.maximum(values, scores.tree.floor))
    weights = np.array([node.weight for node in scores.framework.pillars], dtype=float)
    if scores.framework.method.weights != "given":
        weights = scores.tree.weights[[scores.tree.nodes.index(name) for name in pillars]]
    return values, weights / weights.sum()
