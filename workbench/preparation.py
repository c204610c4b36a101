"""From measured to scorable: indicator values of units divided, screened, imputed and treated, each step on record.

Joins the steps of the Handbook that come before normalisation in the order of a framework. A framework
that asks for none of them gets its values back unchanged. Nothing is done silently: what was divided,
dropped, filled in or cut is kept, with sentences for the reader. Reads no file.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 2, 3 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import FaultList, one_of, suggestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.imputation import Imputed
    from workbench.text import Text
    from workbench.treatment import Treated

    Floats = NDArray[np.float64]

__all__ = ["Prepared", "context_columns", "prepare"]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Values of units before and after each step; all frames have the same rows and columns unless said."""

    raw: pd.DataFrame = field(repr=False)
    """As measured."""
    values: pd.DataFrame = field(repr=False)
    """Ready to be normalised; rows of dropped units are missing throughout."""
    dropped: pd.DataFrame = field(repr=False)
    """Units screened out, with their coverage."""
    imputed: Imputed | None = field(default=None, repr=False)
    treated: Treated | None = field(default=None, repr=False)
    notices: tuple[Text, ...] = ()

    def treat(self, values: Floats) -> Floats:
        """Other values of these indicators, shape `(..., units, indicators)`, treated as these were."""
        return values if self.treated is None else self.treated.treatment.apply(values)

    @property
    def untreated(self) -> pd.DataFrame:
        """The values before treatment."""
        return self.values if self.treated is None else self.treated.raw.reindex(self.values.index)


def context_columns(framework: Framework) -> tuple[str, ...]:
    """Columns of a table besides the indicators that the preparation reads: denominators and groups."""
    denominators = [indicator.denominator for indicator in framework.indicators if indicator.denominator is not None]
    imputation = framework.definition.preparation.imputation
    groups = [imputation.groups] if imputation is not None and imputation.groups is not None else []
    return tuple(dict.fromkeys([*denominators, *groups]))


def prepare(framework: Framework, raw: pd.DataFrame, context: pd.DataFrame | None = None) -> Prepared:
    """Carry out the framework's preparation.

    Args:
        framework: Says which steps are taken.
        raw: Shape `(units, indicators)`, indexed by unit, columns by indicator id; NaN is "not measured".
        context: Indexed by unit, the columns of `context_columns`.

    Returns:
        Values with the record of every step.

    Raises:
        WorkbenchError: a denominator or the groups are missing, or a step cannot be carried out.
    """
    settings = framework.definition.preparation
    _check_context(framework, context)
    values, notices = _denominated(framework, raw, context)
    kept, dropped = _screened(framework, values)
    imputed = None
    if settings.imputation is not None and settings.imputation.method != "none":
        imputed = _imputed(framework, kept, context)
        kept, notices = imputed.values, (*notices, *imputed.notices)
    treated = _treated(framework, kept)
    if treated is not None:
        kept, notices = treated.values, (*notices, *treated.notices)
    ready = kept.reindex(raw.index)
    return Prepared(raw=raw, values=ready, dropped=dropped, imputed=imputed, treated=treated, notices=notices)


def _check_context(framework: Framework, context: pd.DataFrame | None) -> None:
    needed = context_columns(framework)
    there = [] if context is None else [str(name) for name in context.columns]
    faults = FaultList()
    for name in needed:
        if name not in there:
            fix = suggestion(name, there) or "add the column to the table."
            faults.add(f"column `{name}`, which the framework divides or groups by, is missing.", allowed=one_of(there), fix=fix)
    faults.stop_if_any()


def _denominated(framework: Framework, raw: pd.DataFrame, context: pd.DataFrame | None) -> tuple[pd.DataFrame, tuple[Text, ...]]:
    mapping = {item.id: item.denominator for item in framework.indicators if item.denominator is not None}
    if not mapping or context is None:
        return raw, ()
    from workbench.checks import denominate  # noqa: PLC0415  (most frameworks divide by nothing)

    factors = {item.id: item.denominator_factor for item in framework.indicators if item.id in mapping}
    names = list(dict.fromkeys(mapping.values()))
    faults = FaultList()
    for name in names:
        if pd.to_numeric(context[name], errors="coerce").isna().sum() > context[name].isna().sum():
            faults.add(f"column `{name}`, which the framework divides by, holds text.", column=name, fix="write plain numbers.")
    faults.stop_if_any()
    sizes = context[names].astype(float)
    found = denominate(raw, sizes, mapping, factors)
    return found.values, found.notices


def _screened(framework: Framework, values: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    screening = framework.definition.preparation.screening
    if screening is None:
        return values, values.iloc[:0]
    from workbench.aggregation import Tree, global_weights  # noqa: PLC0415
    from workbench.checks import screen  # noqa: PLC0415

    tree = Tree.of(framework)
    weights = pd.Series(global_weights(tree), index=list(tree.indicators))
    found = screen(values, screening.minimum_coverage, weights=weights, by=screening.by)
    return found.kept, found.dropped


def _imputed(framework: Framework, values: pd.DataFrame, context: pd.DataFrame | None) -> Imputed:
    from workbench.imputation import impute  # noqa: PLC0415

    settings = framework.definition.preparation.imputation
    assert settings is not None, "called where there is an imputation"
    groups = context[settings.groups].reindex(values.index) if settings.groups is not None and context is not None else None
    return impute(values, settings.method, groups=groups, seed=settings.seed, minimum_coverage=settings.minimum_coverage)


def _treated(framework: Framework, values: pd.DataFrame) -> Treated | None:
    settings = framework.definition.preparation.treatment
    forced = {item.id: item.treatment for item in framework.indicators if item.treatment is not None}
    if settings is None and not forced:
        return None
    # Goalposts and categories are given in raw units and bound every value already.
    fixed = [item.id for item in framework.indicators if item.normalisation.method in {"goalposts", "categorical"}]
    forced |= dict.fromkeys(fixed, "none")
    from workbench.treatment import treat  # noqa: PLC0415
    from workbench.treatment_rule import Rule  # noqa: PLC0415

    # Without a rule only what is forced is treated: no skewness is above infinity's neighbour.
    rule = dict(settings) if settings is not None else {"skewness": float(np.finfo(float).max)}
    return treat(values, Rule(**rule, forced=forced))
