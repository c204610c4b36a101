"""Missing data: filled in by a stated method, cell by cell on record, or left missing.

`impute` works across units, `impute_panel` along editions. Nothing is imputed silently: every result says which
cells were imputed, what share of each unit and indicator that is, which fell back to another source, which stayed
missing, and why. A value that was measured never changes. A unit without any value is never made up from the
others. Pure functions, arrays in `filling` and `chained`, frames here; everything is matched by id. Randomness
enters by the seed. Refuses unknown methods, and methods that lack what they need (groups, a seed, editions).

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.chained import multiple, regression
from workbench.checks import coverage
from workbench.errors import Fault, FaultList, WorkbenchError
from workbench.filling import fill, fill_forward, fill_groups, fill_linear
from workbench.text import Text, Texts
from workbench.unit_tables import choose, listed, numbers, only_known, share

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

__all__ = ["METHODS", "PANEL_METHODS", "Imputed", "impute", "impute_panel"]

METHODS = ("none", "mean", "median", "group_mean", "group_median", "regression", "multiple")
PANEL_METHODS = ("forward", "linear")
CHAINED = ("regression", "multiple")
PANEL = ("edition", "unit")
"""What tells the rows of several editions apart."""
FEWEST_DRAWS = 2
"""One completed table says nothing about what is unknown."""


@dataclass(frozen=True, kw_only=True)
class Imputed:
    """A table with its gaps filled, and the record of it. Frames share rows and columns."""

    method: str
    values: pd.DataFrame = field(repr=False)
    """Completed as far as possible; for multiple imputation the mean over the completed tables, to look at, not to analyse."""
    imputed: pd.DataFrame = field(repr=False)
    """True where the value was not measured but filled in."""
    fallback: pd.DataFrame = field(repr=False)
    """True where the group had no value and the middle of all units was taken."""
    draws: Floats | None = field(default=None, repr=False)
    """The completed tables of multiple imputation, shape `(draws, units, indicators)`: analyse each, then `pooling.pool`."""
    notices: tuple[Text, ...] = ()

    @property
    def by_unit(self) -> pd.DataFrame:
        """For each unit: `imputed` and `missing` (numbers of indicators, the latter still missing), `share_imputed` of all."""
        return _shares(self.imputed, self.values, 1)

    @property
    def by_indicator(self) -> pd.DataFrame:
        """For each indicator: `imputed` and `missing` (numbers of units, the latter still missing), `share_imputed` of all."""
        return _shares(self.imputed, self.values, 0)


def _shares(imputed: pd.DataFrame, values: pd.DataFrame, axis: int) -> pd.DataFrame:
    flags = imputed.to_numpy()
    found = {
        "imputed": flags.sum(axis=axis),
        "missing": values.isna().to_numpy().sum(axis=axis),
        "share_imputed": flags.sum(axis=axis) / max(flags.shape[axis], 1),
    }
    return pd.DataFrame(found, index=imputed.index if axis else imputed.columns.rename("indicator"))


def impute(
    values: pd.DataFrame,
    method: str = "none",
    *,
    groups: pd.Series | None = None,
    seed: int | None = None,
    draws: int = 5,
    limits: Mapping[str, tuple[float, float]] | None = None,
    minimum_coverage: float = 0.0,
) -> Imputed:
    """Fill in what was not measured.

    Args:
        values: Shape `(units, indicators)`, in each indicator's own unit; NaN is "not measured".
        method: `none`; `mean` or `median` of the other units; `group_mean` or `group_median` of the unit's group, and of
            all units where the group has no value; `regression` on the other indicators; `multiple` imputation.
        groups: Group of each unit, by id, for the group methods.
        seed: A whole number from 0, for multiple imputation.
        draws: Completed tables of multiple imputation.
        limits: Least and greatest possible value by indicator, for the last two methods.
        minimum_coverage: Units with a value for a smaller share of the indicators are left as they are; so are
            always units without any value.

    Returns:
        The completed table, with the record of every cell. Units left as they are still count in means of others.

    Raises:
        WorkbenchError: the method is unknown or lacks what it needs, a cell is no number, or an id is unknown.

    >>> table = pd.DataFrame({"a": [1.0, None, 3.0], "b": [1.0, 1.0, 1.0]}, index=["TH-10", "TH-11", "TH-12"])
    >>> found = impute(table, "median")
    >>> float(found.values.loc["TH-11", "a"]), int(found.imputed.sum().sum())
    (2.0, 1)
    """
    choose(method, METHODS, "an imputation method")
    share(minimum_coverage, "the minimum coverage")
    cells = numbers(values)
    _check_needs(values, method, groups, seed, draws, limits)
    few = coverage(cells) < minimum_coverage - 1e-9 if cells.size else np.zeros(len(cells), dtype=bool)
    alone = few | np.isnan(cells).all(axis=1)
    fallback = np.zeros(cells.shape, dtype=bool)
    tables, settled = None, True
    if method in CHAINED:
        tables, settled = _chained(values, cells, ~alone, method, seed, draws, limits)
        found = tables.mean(axis=0)
    elif method.startswith("group_") and groups is not None:
        found, fallback = fill_groups(cells, pd.factorize(groups.reindex(values.index))[0], method.removeprefix("group_"))
    else:
        found = cells if method == "none" else fill(cells, method)
    # A measured value is given back bit by bit: the mean over draws may round.
    found = np.where(np.isnan(cells) & ~alone[:, None], found, cells)
    record = _Record(values, cells, found, fallback & ~alone[:, None])
    notices = _notices(record, method, alone, settled=settled, groups=groups, draws=draws)
    return record.imputed(method, tables if method == "multiple" else None, notices)


def impute_panel(
    values: pd.DataFrame, method: str, *, limit: int | None = None, times: Mapping[str, float] | None = None
) -> Imputed:
    """Fill in what was not measured in one edition from the same unit's other editions.

    Args:
        values: Long: one row per edition and unit, in any order, with an index or two columns named `edition` and
            `unit`; the other columns are indicators. NaN is "not measured".
        method: `forward` takes the last earlier edition; `linear` draws a line between the editions before and after
            and never goes beyond the last known one.
        limit: Over how many editions `forward` may carry a value; no limit when not given.
        times: When each edition was; its own name, read as a year, when not given.

    Returns:
        The same rows in the same order, indexed by edition and unit. Rows that are not there are not made.

    Raises:
        WorkbenchError: the method is unknown, an edition or unit is not named, a row stands twice, an edition has no
            time or shares it, the limit is no whole number from 1, or a cell is no number.

    >>> rows = {"edition": ["2563", "2559", "2561"], "unit": ["TH-10"] * 3, "a": [5.0, 1.0, None]}
    >>> impute_panel(pd.DataFrame(rows), "linear").values["a"].tolist()
    [5.0, 1.0, 3.0]
    """
    choose(method, PANEL_METHODS, "a panel imputation method")
    if limit is not None and (limit < 1 or limit != int(limit)):
        raise WorkbenchError(Fault(problem=f"the limit of editions is {limit:g}.", allowed="a whole number from 1"))
    table = _long(values)
    cells = numbers(table)
    when = _times(table.index.get_level_values("edition"), times)
    order = sorted(when, key=lambda edition: when[edition])
    edition = pd.Index(order).get_indexer(table.index.get_level_values("edition").astype(str))
    unit, _ = pd.factorize(table.index.get_level_values("unit").astype(str))
    cube = np.full((len(order), int(unit.max(initial=-1)) + 1, cells.shape[1]), np.nan)
    cube[edition, unit] = cells
    filled = fill_forward(cube, limit) if method == "forward" else fill_linear(cube, np.array([when[name] for name in order]))
    record = _Record(table, cells, filled[edition, unit], np.zeros(cells.shape, dtype=bool))
    notices = [_filled(record, Texts.default()(f"preparation.method.{method}"))] if record.filled.any() else []
    left = np.isnan(record.after)
    if left.any():
        names = record.names(left, 0)
        notices.append(Texts.default()("preparation.imputation.panel_left", n=int(left.sum()), indicators=names))
    return record.imputed(method, None, notices)


def _long(values: pd.DataFrame) -> pd.DataFrame:
    """*values* indexed by edition and unit."""
    table = values.set_index(list(PANEL)) if set(PANEL) <= set(values.columns) else values
    if set(table.index.names) != set(PANEL):
        found = listed(name for name in (*table.index.names, *table.columns) if name is not None)
        raise WorkbenchError(
            Fault(
                problem=f"the rows are not told apart by edition and unit: the table has {found}.",
                fix="give it two columns named `edition` and `unit`.",
            )
        )
    return table.reorder_levels(list(PANEL))


def _times(editions: pd.Index, times: Mapping[str, float] | None) -> dict[str, float]:
    """When each edition was."""
    faults, found = FaultList(), {}
    for name in dict.fromkeys(str(edition) for edition in editions):
        try:
            found[name] = float(name if times is None else times[name])
        except (KeyError, ValueError):
            faults.add(f"edition `{name}` has no time.", fix="name the year of every edition in `times`.")
    if len(set(found.values())) < len(found):
        faults.add(f"two editions have the same time: {listed(f'{name} = {time:g}' for name, time in found.items())}.")
    faults.stop_if_any()
    return found


class _Record:
    """What became of every cell."""

    def __init__(self, table: pd.DataFrame, before: Floats, after: Floats, fallback: Flags) -> None:
        self.table, self.before, self.after, self.fallback = table, before, after, fallback
        self.filled = np.isnan(before) & ~np.isnan(after)

    def imputed(self, method: str, draws: Floats | None, notices: list[Text]) -> Imputed:
        """The result as frames."""
        values, filled, fallback = (
            pd.DataFrame(cells, index=self.table.index, columns=self.table.columns)
            for cells in (self.after, self.filled, self.fallback)
        )
        return Imputed(method=method, values=values, imputed=filled, fallback=fallback, draws=draws, notices=tuple(notices))

    def names(self, flags: Flags, axis: int) -> str:
        """Ids of the units (axis 1) or indicators (axis 0) with any of *flags*."""
        ids = self.table.index if axis else self.table.columns
        return listed(ids[flags.any(axis=axis)])


def _check_needs(
    values: pd.DataFrame,
    method: str,
    groups: pd.Series | None,
    seed: int | None,
    draws: int,
    limits: Mapping[str, tuple[float, float]] | None,
) -> None:
    faults = FaultList()
    if method.startswith("group_"):
        _check_groups(values.index, method, groups, faults)
    if method == "multiple":
        if seed is None or seed < 0:
            found = "none" if seed is None else seed
            faults.add(f"method `multiple` needs a seed, not {found}.", allowed="a whole number from 0")
        if draws < FEWEST_DRAWS:
            faults.add(f"method `multiple` needs at least {FEWEST_DRAWS} draws, not {draws}.")
    if method in CHAINED and values.notna().any().sum() < 2:  # noqa: PLR2004  (one to predict, one to predict from)
        faults.add(f"method `{method}` needs at least 2 indicators with values.", fix="use another method.")
    only_known(limits or {}, values.columns, "limits: indicator", faults)
    for name, (low, high) in (limits or {}).items():
        if not low < high:
            faults.add(f"the limits of `{name}` are {low:g} and {high:g}.", allowed="the lower before the higher")
    faults.stop_if_any()


def _check_groups(units: pd.Index, method: str, groups: pd.Series | None, faults: FaultList) -> None:
    if groups is None:
        faults.add(f"method `{method}` needs the group of each unit.", fix="give `groups`.")
    elif not groups.index.is_unique:
        faults.add(f"there is more than one group for {listed(groups.index[groups.index.duplicated()].unique())}.")
    elif len(units) and not (groups.index.get_indexer(units) >= 0).any():
        faults.add(f"no unit has a group: the values have {listed(units)}; the groups {listed(groups.index)}.")


def _chained(
    values: pd.DataFrame,
    cells: Floats,
    kept: Flags,
    method: str,
    seed: int | None,
    draws: int,
    limits: Mapping[str, tuple[float, float]] | None,
) -> tuple[Floats, bool]:
    """Completed tables, shape `(draws, units, indicators)`, and whether they settled; what cannot be imputed stays NaN."""
    known = ~np.isnan(cells[kept]).all(axis=0)
    rows, columns = np.ix_(kept, known)
    units, indicators = ([str(name) for name in ids] for ids in (values.index[kept].to_flat_index(), values.columns[known]))
    ends = np.array([(limits or {}).get(name, (-np.inf, np.inf)) for name in indicators], dtype=float).reshape(-1, 2).T
    settled = True
    if method == "multiple":
        found = multiple(cells[rows, columns], units, indicators, seed=0 if seed is None else seed, draws=draws, limits=ends)
    else:
        single, settled = regression(cells[rows, columns], units, indicators, limits=ends)
        found = single[None]
    tables = np.broadcast_to(cells, (len(found), *cells.shape)).copy()
    tables[:, rows, columns] = found
    return tables, settled


def _notices(record: _Record, method: str, alone: Flags, *, settled: bool, groups: pd.Series | None, draws: int) -> list[Text]:
    texts, found = Texts.default(), []
    missing = np.isnan(record.before)
    if method == "none":
        return [texts("preparation.imputation.none", n=int(missing.sum()))] if missing.any() else []
    if record.filled.any():
        found.append(_filled(record, texts(f"preparation.method.{method}")))
    if method == "multiple" and record.filled.any():
        found.append(texts("preparation.imputation.draws", n=draws))
    if groups is not None and method.startswith("group_"):
        without = record.table.index[groups.reindex(record.table.index).isna().to_numpy()]
        if len(without):
            found.append(texts("preparation.imputation.no_group", units=listed(without)))
    if record.fallback.any():
        units = record.names(record.fallback, 1)
        found.append(texts("preparation.imputation.fallback", n=int(record.fallback.sum()), units=units))
    if not settled:
        found.append(texts("preparation.imputation.unsettled"))
    left = missing & ~record.filled
    if alone.any() and left[alone].any():
        found.append(texts("preparation.imputation.alone", units=listed(record.table.index[alone & left.any(axis=1)])))
    empty = left[~alone]
    if empty.any():
        found.append(texts("preparation.imputation.empty", indicators=record.names(empty, 0)))
    return found


def _filled(record: _Record, method: Text) -> Text:
    n, cells = int(record.filled.sum()), record.filled.size
    return Texts.default()(
        "preparation.imputation.filled",
        n=n,
        cells=cells,
        share=100 * n / cells,
        method=method,
        units=int(record.filled.any(axis=1).sum()),
        indicators=int(record.filled.any(axis=0).sum()),
    )
