"""Sampling error: a unit is measured by those of its respondents who answered, out of a known number invited.

A `Design` says who stands for whom: within each unit, answers of one stratum (a group of respondent
types, or all) are a simple random sample of those invited. Means use weights that make up for
non-response; their covariance is linearised, with the finite-population correction, and covariances
between indicators are kept. For what has no formula see `replication`.

Nothing can be said of the error from one answer: it is NaN, never 0, unless all of the invited answered.

Source: Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), sections 5.5 and 5.7. Equal to
R's package survey (Lumley 2004) on its examples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from workbench.errors import FaultList
from workbench.survey_sums import AnswerSums, Linear, answer_sums, square_sums
from workbench.text import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

__all__ = [
    "Design",
    "covariance",
    "design",
    "errors_of",
    "half_width",
    "interval",
    "linearised",
    "means",
    "means_of",
    "of_counts",
    "post_stratified",
    "standard_errors",
]

FEWEST = 2
"""Answers that a stratum needs for its spread to be seen."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """Who answered for which unit, out of how many."""

    units: pd.Index
    unit_of: Codes
    """Unit of each respondent, shape `(respondents,)`."""
    cell_of: Codes
    """Stratum within its unit of each respondent, numbered over all units."""
    invited: Floats
    """Invited in each cell, shape `(cells,)`."""
    answered: Floats
    weights: Floats
    """How many of the invited each respondent stands for."""
    unit_of_cell: Codes
    groups: Codes | None = None
    """Post-stratum within its unit of each respondent, numbered over all units; None without post-stratification."""
    notices: tuple[Text, ...] = ()

    @property
    def cell_weights(self) -> Floats:
        """How many of the invited each answer of a cell stands for."""
        return self.invited / self.answered

    @property
    def correction(self) -> Floats:
        """1 - n/N of each cell."""
        return 1.0 - self.answered / self.invited

    @property
    def degrees(self) -> Floats:
        """Degrees of freedom of each unit: answers less strata that have any."""
        cells = np.bincount(self.unit_of_cell, minlength=len(self.units))
        answers = np.bincount(self.unit_of_cell, weights=self.answered, minlength=len(self.units))
        return np.asarray(answers - cells)


def design(units: pd.Series, invited: pd.Series | pd.DataFrame, strata: pd.Series | None = None) -> Design:
    """The design of a survey.

    Args:
        units: Unit of each respondent who answered.
        invited: Number invited, by unit; with *strata* a frame of units by strata.
        strata: Stratum of each respondent, same index; None for one stratum per unit.

    Returns:
        The design. Strata of a unit with fewer than two answers, empty ones included, are merged into one stratum of
        that unit; when even that has fewer than two, with all of its strata. Mergers are counted in a notice.

    Raises:
        WorkbenchError: a unit or stratum was not invited, or more answered than were invited.
    """
    if isinstance(invited, pd.Series) and strata is None:
        return _unstratified(units, invited)
    table = invited.to_frame("all") if isinstance(invited, pd.Series) else invited
    own = pd.Series("all", index=units.index) if strata is None else strata
    counts = pd.crosstab(units, own).reindex(index=table.index, columns=table.columns, fill_value=0)
    _check(units, own, table, counts)
    plan, codes = of_counts(counts, table)
    unit_of = plan.units.get_indexer(units)
    cell_of = codes[unit_of, table.columns.get_indexer(own)]
    return replace(plan, unit_of=unit_of, cell_of=cell_of, weights=plan.cell_weights[cell_of])


def of_counts(counts: pd.DataFrame, table: pd.DataFrame) -> tuple[Design, Codes]:
    """The design by how many answered and how many were invited, both units by strata; see `design`.

    Returns:
        The design without respondents, and the cell of each unit and stratum, -1 where nobody answered.
    """
    names, merged = _merged(table, counts)
    columns = list(table.columns)
    sizes: dict[tuple[object, str], float] = {}
    answers: dict[tuple[object, str], int] = {}
    for (unit, stratum), name in names.items():
        sizes[unit, name] = sizes.get((unit, name), 0.0) + float(table.at[unit, stratum])  # noqa: PD008  (one cell)
        answers[unit, name] = answers.get((unit, name), 0) + int(counts.at[unit, stratum])  # noqa: PD008
    cells = {pair: place for place, pair in enumerate(sorted((pair for pair in answers if answers[pair]), key=str))}
    index = pd.Index(table.index)
    codes = np.full(table.shape, -1)
    for (unit, stratum), name in names.items():
        codes[index.get_loc(unit), columns.index(stratum)] = cells.get((unit, name), -1)
    nobody = np.zeros(0, dtype=np.int64)
    plan = Design(
        units=index,
        unit_of=nobody,
        cell_of=nobody,
        invited=np.array([sizes[pair] for pair in cells]),
        answered=np.array([answers[pair] for pair in cells], dtype=float),
        weights=np.zeros(0),
        unit_of_cell=index.get_indexer([unit for unit, _ in cells]),
        notices=_notice(merged),
    )
    return plan, codes


def _unstratified(units: pd.Series, invited: pd.Series) -> Design:
    """One stratum in each unit that has any answer; the common case, without tables."""
    index = pd.Index(invited.index)
    unit_of = index.get_indexer(units)
    answered = np.bincount(unit_of[unit_of >= 0], minlength=len(index)).astype(float)
    size = invited.to_numpy(dtype=float)
    if (unit_of < 0).any() or (answered > size).any():
        table = invited.to_frame("all")
        own = pd.Series("all", index=units.index)
        _check(units, own, table, pd.crosstab(units, own).reindex(index=table.index, columns=table.columns, fill_value=0))
    there = np.flatnonzero(answered)
    cell_of = np.searchsorted(there, unit_of)
    return Design(
        units=index,
        unit_of=unit_of,
        cell_of=cell_of,
        invited=size[there],
        answered=answered[there],
        weights=(size[there] / answered[there])[cell_of],
        unit_of_cell=there,
    )


def _check(units: pd.Series, strata: pd.Series, table: pd.DataFrame, counts: pd.DataFrame) -> None:
    faults = FaultList()
    for unit in sorted(set(units) - set(table.index)):
        faults.add(f"unit `{unit}` answered but was not invited.", fix="add it to the list of the invited.")
    for stratum in sorted(set(strata) - set(table.columns)):
        faults.add(f"stratum `{stratum}` has no number of invited.", fix="add its column.")
    for unit, stratum in zip(*np.nonzero(counts.to_numpy() > table.to_numpy()), strict=True):
        name = f"`{table.index[unit]}`" + ("" if table.shape[1] == 1 else f", stratum `{table.columns[stratum]}`")
        got, most = counts.iat[unit, stratum], table.iat[unit, stratum]  # noqa: PD009  (one cell)
        faults.add(f"{name}: {got} answered of {most:g} invited.", fix="correct the list of the invited, or `population`.")
    faults.stop_if_any()


def _merged(table: pd.DataFrame, counts: pd.DataFrame) -> tuple[dict[tuple[object, object], str], int]:
    """The stratum that each stratum of each unit becomes, and how many were merged."""
    names: dict[tuple[object, object], str] = {}
    merged = 0
    for unit in table.index:
        there = [name for name in table.columns if table.at[unit, name] > 0]  # noqa: PD008
        small = [name for name in there if counts.at[unit, name] < FEWEST]  # noqa: PD008
        if small and sum(counts.at[unit, name] for name in small) < FEWEST:  # noqa: PD008
            small = there
        lost = set(small) if len(there) > 1 else set()
        merged += len(lost)
        names |= {(unit, name): "merged" if name in lost else str(name) for name in there}
    return names, merged


def _notice(merged: int) -> tuple[Text, ...]:
    if not merged:
        return ()
    return (
        Text(
            th=f"ชั้นภูมิที่มีผู้ตอบน้อยกว่า 2 รายถูกรวมกับชั้นอื่นของหน่วยเดียวกัน {merged} ชั้น",
            en=f"{merged} strata with fewer than two answers were merged with others of their unit.",
        ),
    )


def means(plan: Design, values: pd.DataFrame) -> pd.DataFrame:
    """Weighted mean of each indicator over those who answered it, shape `(units, indicators)`.

    Args:
        plan: From `design`.
        values: Shape `(respondents, indicators)`, in the design's order; NaN is "not answered".
    """
    cells = values.to_numpy(dtype=float)
    if plan.groups is None:
        found = means_of(plan, answer_sums(cells, plan.cell_of, len(plan.invited)))[0]
    else:
        there = ~np.isnan(cells)
        total = _per_unit(plan, plan.weights[:, None] * np.where(there, cells, 0.0))
        with np.errstate(invalid="ignore"):
            found = total / _per_unit(plan, plan.weights[:, None] * there)
    return pd.DataFrame(found, index=plan.units, columns=values.columns)


def means_of(plan: Design, sums: AnswerSums) -> tuple[Floats, Floats]:
    """Weighted mean of each indicator and the weighted number of its answers, both `(units, indicators)`, from sums by cell."""
    weights = plan.cell_weights[:, None]
    total, base = (_cells_per_unit(plan, weights * rows) for rows in (sums.totals, sums.counts))
    with np.errstate(invalid="ignore"):
        return total / base, base


def _per_unit(plan: Design, rows: Floats) -> Floats:
    sums = [np.bincount(plan.unit_of, weights=column, minlength=len(plan.units)) for column in rows.T]
    return np.stack(sums, axis=1)


def _cells_per_unit(plan: Design, rows: Floats) -> Floats:
    sums = [np.bincount(plan.unit_of_cell, weights=column, minlength=len(plan.units)) for column in rows.T]
    return np.stack(sums, axis=1)


def linearised(plan: Design, sums: AnswerSums, slopes: Floats) -> Linear:
    """Functions of the means with *slopes*, shape `(units, functions, indicators)`, as each respondent moves them."""
    centre, base = means_of(plan, sums)
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = (sums.totals - centre[plan.unit_of_cell] * sums.counts) / base[plan.unit_of_cell]
    parts = np.einsum("cj,cfj->cf", np.where(sums.counts > 0, moved, 0.0), slopes[plan.unit_of_cell])
    centres = parts * (plan.cell_weights / plan.answered)[:, None]
    return Linear(means=centre, base=base, slopes=slopes, weights=plan.cell_weights, centres=centres)


def errors_of(plan: Design, squares: Floats) -> Floats:
    """Standard errors, shape `(units, functions)`, from squared deviations by cell."""
    found = _cells_per_unit(plan, _factor(plan)[:, None] * squares)
    answered = np.bincount(plan.unit_of_cell, weights=plan.answered, minlength=len(plan.units)) > 0
    return np.asarray(np.where(answered[:, None], np.sqrt(found), np.nan))


def _residuals(plan: Design, values: pd.DataFrame) -> Floats:
    """Each respondent's linearised part in the means, shape `(respondents, indicators)`; 0 where not answered."""
    cells = values.to_numpy(dtype=float)
    there = ~np.isnan(cells)
    base = _per_unit(plan, plan.weights[:, None] * there)[plan.unit_of]
    centre = means(plan, values).to_numpy()[plan.unit_of]
    if plan.groups is not None:
        # Known totals take the differences between groups out of the error.
        centre = _group_means(plan, plan.groups, np.where(there, cells, 0.0), there)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(there, plan.weights[:, None] * (cells - centre) / base, 0.0)


def _group_means(plan: Design, groups: Codes, filled: Floats, there: NDArray[np.bool_]) -> Floats:
    """Weighted mean of each respondent's group, shape `(respondents, indicators)`."""
    weights = plan.weights[:, None]
    total, base = (
        np.stack([np.bincount(groups, weights=column) for column in (weights * rows).T], axis=1) for rows in (filled, there)
    )
    with np.errstate(invalid="ignore"):
        return np.asarray((total / base)[groups])


def _centred(plan: Design, parts: Floats) -> Floats:
    """Deviations from the mean of the cell, scaled so that their products sum to the variance."""
    sums = np.stack([np.bincount(plan.cell_of, weights=column, minlength=len(plan.invited)) for column in parts.T], axis=1)
    deviation = parts - (sums / plan.answered[:, None])[plan.cell_of]
    return np.asarray(deviation * np.sqrt(_factor(plan))[plan.cell_of][:, None])


def _factor(plan: Design) -> Floats:
    """What squared deviations of each cell count for in the variance.

    One answer of one invited has no error; one of several has an unknown one.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = plan.correction * plan.answered / (plan.answered - 1.0)
    return np.where(plan.answered >= FEWEST, factor, np.where(plan.correction <= 0, 0.0, np.nan))


def covariance(plan: Design, values: pd.DataFrame) -> Floats:
    """Covariance of the means of each unit, shape `(units, indicators, indicators)`; NaN where it cannot be estimated."""
    parts = _centred(plan, _residuals(plan, values))
    size = parts.shape[1]
    result = np.zeros((len(plan.units), size, size))
    for unit in range(len(plan.units)):
        mine = parts[plan.unit_of == unit]
        result[unit] = mine.T @ mine if len(mine) else np.nan
    return result


def standard_errors(plan: Design, values: pd.DataFrame, slopes: Floats | None = None) -> Floats:
    """Standard errors of the means, or of smooth functions of them.

    Args:
        plan: From `design`.
        values: Shape `(respondents, indicators)`.
        slopes: Gradient of each function along each mean, shape `(units, functions, indicators)`; the means themselves
            when not given.

    Returns:
        Shape `(units, indicators)` or `(units, functions)`; NaN where it cannot be estimated.
    """
    if slopes is not None and plan.groups is None:
        cells, size = values.to_numpy(dtype=float), len(plan.invited)
        linear = linearised(plan, answer_sums(cells, plan.cell_of, size), np.nan_to_num(slopes))
        sums = square_sums(cells, plan.unit_of, plan.cell_of, linear)
        errors = errors_of(plan, sums.totals().reshape(size, -1))
        return np.where(np.isnan(slopes).any(axis=2), np.nan, errors)
    parts = _residuals(plan, values)
    if slopes is not None:
        parts = np.einsum("rj,rfj->rf", parts, slopes[plan.unit_of])
    squares = _per_unit(plan, _centred(plan, parts) ** 2)
    answered = np.bincount(plan.unit_of, minlength=len(plan.units)) > 0
    return np.asarray(np.where(answered[:, None], np.sqrt(squares), np.nan))


def interval(plan: Design, estimates: Floats, errors: Floats, confidence: float = 0.90) -> tuple[Floats, Floats]:
    """Lower and upper ends, from Student's t with the unit's degrees of freedom; shapes of *estimates*."""
    reach = half_width(errors, plan.degrees[:, None], confidence)
    return np.asarray(estimates - reach), np.asarray(estimates + reach)


def half_width(errors: Floats, degrees: Floats, confidence: float = 0.90) -> Floats:
    """Half of an interval by Student's t, at least one degree of freedom; NaN where the error is unknown."""
    with np.errstate(invalid="ignore"):
        return np.asarray(special.stdtrit(np.fmax(degrees, 1.0), 0.5 + confidence / 2) * errors)


def post_stratified(plan: Design, groups: pd.Series, totals: pd.DataFrame) -> Design:
    """The design with weights that meet known totals of groups within each unit.

    Args:
        plan: From `design`.
        groups: Group of each respondent, in the design's order.
        totals: Units by groups: how many there are. A group of a unit without any answer is merged into the rest of
            that unit, in proportion to the weights there.

    Errors of its means leave out what lies between the groups, as in R's `postStratify`.
    """
    weights = plan.weights.copy()
    for position, unit in enumerate(plan.units):
        mine = plan.unit_of == position
        known = totals.loc[unit]
        present = sorted(set(groups[mine]))
        lost = float(known.drop(present, errors="ignore").sum())
        rest = float(known[present].sum())
        for group in present:
            these = mine & (groups == group).to_numpy()
            weights[these] *= float(known[group]) * (1 + lost / rest) / weights[these].sum()
    return replace(plan, weights=weights, groups=pd.factorize(pd.MultiIndex.from_arrays([plan.unit_of, groups.to_numpy()]))[0])
