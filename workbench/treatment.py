"""Outlier treatment of a table: which indicators are skewed, what was done about it, and a record of every point.

`treat` keeps raw and treated values side by side, and gives the record per indicator and per point and the
sentences a reader needs. The rule is in `treatment_rule`, the fitted form for draws and later editions in
`treatment_fit`, the arithmetic in `transforms`. Reads no file, draws nothing; everything is matched by id.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 5 ("skewed indicators first").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.text import Text, Texts
from workbench.transforms import TRANSFORMS
from workbench.treatment_fit import REMARKS, Treatment, fit_treatment
from workbench.treatment_rule import METHODS, Rule, Step
from workbench.unit_tables import listed, numbers, tally

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["METHODS", "REMARKS", "Rule", "Step", "Treated", "Treatment", "fit_treatment", "treat"]


@dataclass(frozen=True, kw_only=True)
class Treated:
    """Values before and after treatment, with its record."""

    raw: pd.DataFrame = field(repr=False)
    values: pd.DataFrame = field(repr=False)
    """Treated; the same rows and columns."""
    treatment: Treatment = field(repr=False)
    """To be applied to draws or to other editions."""

    @property
    def indicators(self) -> pd.DataFrame:
        """The record per indicator; see `Treatment.table`."""
        return self.treatment.table

    @cached_property
    def points(self) -> pd.DataFrame:
        """The record per point: one row for each value that a treatment touched.

        Columns `unit`, `indicator`, `raw`, `treated`, `what`: `winsorised high`, `winsorised low`, the name of a
        transform, or two joined by `+`.
        """
        fitted, raw = self.treatment, self.raw.to_numpy(dtype=float, na_value=np.nan)
        with np.errstate(invalid="ignore"):
            high, low = raw > fitted.high, raw < fitted.low
        bent = (fitted.transform > 0) & ~np.isnan(raw)
        columns, rows = np.nonzero((high | low | bent).T)
        cut = np.where(high, "winsorised high", np.where(low, "winsorised low", ""))[rows, columns]
        curve = np.array(["", *TRANSFORMS])[np.where(bent, fitted.transform, 0)[rows, columns]]
        joint = np.where((cut != "") & (curve != ""), "+", "")
        return pd.DataFrame(
            {
                "unit": self.raw.index[rows],
                "indicator": self.raw.columns[columns],
                "raw": raw[rows, columns],
                "treated": self.values.to_numpy()[rows, columns],
                "what": np.char.add(np.char.add(cut, joint), curve).astype(object),
            }
        )

    @property
    def notices(self) -> tuple[Text, ...]:
        """What was done and what could not be done, as sentences."""
        return tuple(_notices(self.treatment))


def treat(values: pd.DataFrame, how: Rule | Treatment | None = None) -> Treated:
    """Treat the outliers of a table.

    Args:
        values: Shape `(units, indicators)`, raw, in each indicator's own unit; NaN is "not measured" and stays.
        how: A rule, fitted to these values; the usual one when not given. Or a treatment fitted before, which is
            applied as it is, by id.

    Returns:
        Raw and treated values with the record of every point.

    Raises:
        WorkbenchError: a cell is no number, an id stands twice, or the rule or treatment names an unknown indicator.

    >>> units = [f"TH-{number}" for number in range(10, 23)]
    >>> table = pd.DataFrame({"roads": [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 140]}, index=units)
    >>> treat(table).points[["unit", "raw", "treated", "what"]].values.tolist()
    [['TH-22', 140.0, 12.0, 'winsorised high']]
    """
    cells = numbers(values)
    if isinstance(how, Treatment):
        fitted = how.select([str(name) for name in values.columns])
    else:
        fitted = fit_treatment(cells, how, [str(name) for name in values.columns])
    frame = pd.DataFrame(fitted.apply(cells), index=values.index, columns=values.columns)
    return Treated(raw=values, values=frame, treatment=fitted)


def _notices(fitted: Treatment) -> Iterator[Text]:
    texts = Texts.default()
    names = fitted.indicators
    cut = {names[place]: int(fitted.points[place]) for place in np.flatnonzero(fitted.points)}
    if cut:
        yield texts("preparation.treatment.winsorised", n=sum(cut.values()), indicators=tally(cut))
    for code, method in enumerate(TRANSFORMS, start=1):
        bent = [names[place] for place in np.flatnonzero(fitted.transform == code)]
        if bent:
            yield texts(
                "preparation.treatment.transformed", indicators=listed(bent), method=texts(f"preparation.method.{method}")
            )
    for code, remark in enumerate(REMARKS):
        found = [names[place] for place in np.flatnonzero(fitted.remark == code)]
        if remark and found:
            yield texts(f"preparation.treatment.{remark}", indicators=listed(found))
