"""Tables of numbers by unit and indicator, checked at the door and matched by id.

What the steps before scoring (checks, denominators, imputation, treatment) ask of the tables they are given:
numbers only, each unit and each indicator once, nothing infinite. Refuses anything else, all faults at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["choose", "listed", "numbers", "only_known", "share", "tally"]

MOST_SHOWN = 8


def numbers(table: pd.DataFrame, name: str = "the table") -> Floats:
    """The numbers of *table*, shape `(units, indicators)`, NaN where nothing was measured.

    Args:
        table: One row per unit and one column per indicator, each id once.
        name: What the table is called in an error.

    Raises:
        WorkbenchError: a cell is no number or is infinite, or an id stands twice.
    """
    faults = FaultList()
    for kind, ids in (("unit", table.index), ("column", table.columns)):
        for twice in ids[ids.duplicated()].unique() if not ids.is_unique else ():
            faults.add(f"{kind} `{_shown(twice)}` stands more than once in {name}.", fix="keep one.")
    found = _converted(table, name, faults)
    for row, column in np.argwhere(np.isinf(found))[:MOST_SHOWN] if np.isinf(found).any() else ():
        cell = f"unit `{_shown(table.index[row])}`, column `{table.columns[column]}`"
        faults.add(f"{cell} is infinite in {name}.", fix="leave the cell empty where nothing was measured.")
    faults.stop_if_any()
    return found


def _converted(table: pd.DataFrame, name: str, faults: FaultList) -> Floats:
    if not any(_is_text(kind) for kind in set(table.dtypes)):
        return np.asarray(table.to_numpy(dtype=float, na_value=np.nan))
    found = np.full(table.shape, np.nan)
    for place, column in enumerate(table.columns):
        cells = table.iloc[:, place]
        known = pd.to_numeric(cells, errors="coerce") if _is_text(cells.dtype) else cells
        for unit in table.index[(known.isna() & cells.notna()).to_numpy()][:MOST_SHOWN]:
            value = table.iloc[table.index.get_loc(unit), place] if table.index.is_unique else "text"
            faults.add(
                f"unit `{_shown(unit)}`, column `{column}` is {value!r} in {name}, which is no number.",
                value=str(value),
                allowed="a number, or nothing",
            )
        found[:, place] = known.to_numpy(dtype=float, na_value=np.nan)
    return found


def _is_text(kind: object) -> bool:
    return not pd.api.types.is_numeric_dtype(kind)


def only_known(ids: Iterable[object], known: Iterable[object], what: str, faults: FaultList) -> None:
    """Note a fault for each of *ids* that is not among *known*; *what* says what it was given as."""
    names = [str(name) for name in known]
    for name in ids:
        if str(name) not in names:
            faults.add(f"{what} `{_shown(name)}` is unknown.", allowed=one_of(names), fix=suggestion(str(name), names))


def choose(value: str, allowed: Iterable[str], what: str) -> None:
    """Refuse a *value* that is not among *allowed*.

    Raises:
        WorkbenchError: naming every allowed value and the nearest.
    """
    names = list(allowed)
    if value not in names:
        fix = suggestion(value, names) if isinstance(value, str) else ""
        raise WorkbenchError(Fault(problem=f"{what} `{value}` is unknown.", allowed=", ".join(names), fix=fix))


def share(value: float, what: str) -> None:
    """Refuse a *value* that is not a share.

    Raises:
        WorkbenchError: it is not from 0 to 1.
    """
    if not 0.0 <= value <= 1.0:
        raise WorkbenchError(Fault(problem=f"{what} is {value:g}.", allowed="a share from 0 to 1"))


def listed(ids: Iterable[object]) -> str:
    """Ids in one line, with their number when not all are named."""
    names = [_shown(name) for name in ids]
    rest = f" ... ({len(names)})" if len(names) > MOST_SHOWN else ""
    return ", ".join(names[:MOST_SHOWN]) + rest


def tally(each: Mapping[str, int]) -> str:
    """Ids with a number each: `GDP (3), roads (1)`."""
    return listed(f"{name} ({count:,})" for name, count in each.items())


def _shown(name: object) -> str:
    return " / ".join(map(str, name)) if isinstance(name, tuple) else str(name)
