"""Conditions outside the index, by unit: what clusters and models are compared with.

They come from a table that a run names (`outside`), and for provinces of Thailand from the register, which has
the region. Units are recognised as everywhere: provinces by code or name, others by their id. Also reads the clusters
of an earlier run. Nothing is guessed or filled in; a fault names its row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.aggregation import index_scores
from workbench.errors import FaultList, one_of, suggestion
from workbench.factors.data import evidence
from workbench.intake.headers import Headers
from workbench.provinces import PROVINCES, find
from workbench.survey import Responses
from workbench.tables import read_table
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.framework import Framework
    from workbench.runs import RunSpec
    from workbench.scoring import Scores
    from workbench.tables import Table

__all__ = ["REGION", "Outside", "earlier_clusters", "outside", "respondent_conditions", "respondent_index"]

REGION = "region"
Outside = tuple[pd.DataFrame, dict[str, Text]]
"""Conditions indexed by unit, numbers or names; and what they and the members of groups are called."""


def outside(spec: RunSpec, framework: Framework) -> Outside:
    """The conditions of a run.

    Raises:
        WorkbenchError: the table lacks a column, names a unit twice, or names one that the framework does not have.
    """
    frame, labels = pd.DataFrame(), {}
    if framework.unit.registry == "th-provinces":
        frame = pd.DataFrame({REGION: {province.iso: province.region6.en for province in PROVINCES}})
        labels = {REGION: Texts.default()("models.region")}
        labels |= {f"{REGION}={province.region6.en}": province.region6 for province in PROVINCES}
    settings = spec.settings.outside
    if spec.outside is not None and settings is not None:
        table = _checked(spec.outside, settings.unit, list(settings.columns))
        more = _by_unit(table, settings.unit, framework)[list(settings.columns)]
        frame = more if frame.empty else more.join(frame, how="outer")
        labels |= dict(settings.columns)
    return frame, labels


def earlier_clusters(path: Path | None, framework: Framework) -> pd.Series | None:
    """The cluster of each unit in an earlier run: its table `clusters`, with columns `unit` and `cluster`.

    Raises:
        WorkbenchError: a column is missing, a unit is named twice, or a cluster is no whole number from 1.
    """
    if path is None:
        return None
    table = _checked(path, "unit", ["cluster"])
    found = pd.to_numeric(_by_unit(table, "unit", framework)["cluster"], errors="coerce")
    faults = FaultList()
    wrong = found.index[~(found >= 1) | (found % 1 != 0)]
    for unit in wrong:
        faults.add(
            f"the cluster of `{unit}` is no whole number from 1.", file=table.file, fix="take the file as it was published."
        )
    faults.stop_if_any()
    return found.astype(int)


def _checked(path: Path, unit: str, columns: list[str]) -> Table:
    """The table with all its columns there."""
    table = read_table(path, headers=Headers(own=frozenset([unit, *columns]), needed=(unit, *columns)))
    faults = FaultList()
    for name in (unit, *columns):
        if name not in table.columns:
            fix = suggestion(name, table.columns) or "add the column, or correct its name."
            faults.add(f"column `{name}` is missing.", file=table.file, column=name, allowed=one_of(table.columns, 40), fix=fix)
    faults.stop_if_any()
    return table


def _by_unit(table: Table, unit: str, framework: Framework) -> pd.DataFrame:
    """The table indexed by unit."""
    faults = FaultList()
    registered = framework.unit.registry == "th-provinces"
    ids: list[str] = []
    for place in range(len(table)):
        text = table.columns[unit].text_at(place, None)
        province = find(text) if registered else None
        if registered and province is None:
            faults.extend(
                [table.fault(f'"{text}" is no province of Thailand.', place, unit, value=text, fix="correct the name or code.")]
            )
        ids.append(province.iso if province else text)
    index = pd.Index(ids, name="unit", dtype=object)
    for twice in index[index.duplicated()].unique():
        place = int(np.flatnonzero(index.duplicated() & (index == twice))[0])
        faults.extend([table.fault(f"{twice} has two rows.", place, unit, value=str(twice), fix="keep one row per unit.")])
    faults.stop_if_any()
    return pd.DataFrame({name: _cells(table, name) for name in table.columns if name != unit}, index=index)


def _cells(table: Table, name: str) -> np.ndarray:
    """A column as numbers when every cell that holds anything is one, else as text; None where there is nothing."""
    values, refused = table.columns[name].as_numbers()
    if not refused.any():
        return np.asarray(values, float)
    codes, texts = table.columns[name].as_text()
    return np.array([*texts, None], dtype=object)[codes]


def respondent_conditions(scores: Scores, found: Outside) -> Outside:
    """Conditions of every respondent: those of its unit, and its type where the framework has types.

    Args:
        scores: With a survey.
        found: The conditions of units.
    """
    frame, labels = found
    data = scores.data
    if not isinstance(data, Responses):
        return pd.DataFrame(), labels
    result = frame.reindex(data.units.astype(str)).set_axis(data.units.index)
    respondents = scores.framework.respondents
    if respondents is not None and respondents.types:
        known = {item.id: item.label for item in respondents.types}
        result = result.assign(type=data.answers[respondents.column].astype(object))
        labels = labels | {"type": Texts.default()("models.type")} | {f"type={name}": label for name, label in known.items()}
    return result, labels


def respondent_index(scores: Scores) -> pd.Series:
    """The index of every respondent by itself, through the kernel that scores units; NaN where too little was answered."""
    values = evidence(scores).values
    return pd.Series(index_scores(values.to_numpy(float), scores.tree), index=values.index, name="index")
