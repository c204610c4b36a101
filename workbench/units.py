"""Names of units for readers: from the register of provinces, else from the table, else the id itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from workbench.framework import Framework

__all__ = ["unit_names"]


def unit_names(framework: Framework, ids: Sequence[str], names: pd.DataFrame | None = None) -> dict[str, Text]:
    """The name of each unit in both languages.

    Args:
        framework: Says whether the units are in a register.
        ids: Of the units.
        names: Frame indexed by unit with columns `th` and `en`, from a table that carries names.

    Returns:
        A name for every id; the id itself where nothing better is known.
    """
    known = _tabled(names) if names is not None else {}
    if framework.unit.registry == "th-provinces":
        known |= _registered(ids)
    return {unit: known.get(unit) or Text.same(unit) for unit in ids}


def _tabled(names: pd.DataFrame) -> dict[str, Text]:
    """Names that the table gives; one language stands for both where the other is blank."""
    found = {}
    for unit, thai, english in zip(names.index, names["th"], names["en"], strict=True):
        given = [name.strip() for name in (thai, english) if isinstance(name, str) and name.strip()]
        if given:
            found[str(unit)] = Text(th=given[0], en=given[-1])
    return found


def _registered(ids: Sequence[str]) -> dict[str, Text]:
    from workbench.provinces import find  # noqa: PLC0415  (read only where provinces are scored)

    found = {unit: find(unit) for unit in ids}
    return {unit: province.name for unit, province in found.items() if province is not None}
