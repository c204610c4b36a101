"""Scores: from answers or a table of indicator values to index, rank, band and coverage.

`score` joins the kernel (`normalisation`, `aggregation`) to tables with names. It reads no file and
draws nothing. Order: answers -> indicator values of each respondent -> mean over a unit's
respondents -> normalised -> sub-pillars -> pillars -> index, rank, band.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 5 and 6; the linearised
standard error after Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), section 5.5.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from workbench.aggregation import Tree, aggregate, band, global_weights, rank
from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.means import RELATIVE
from workbench.normalisation import Ruler, fit, normalise
from workbench.preparation import Prepared, context_columns, prepare
from workbench.sampling import means
from workbench.score_errors import index_errors, survey_design
from workbench.survey_sums import answer_sums
from workbench.text import LANGUAGES, Text, Texts
from workbench.unit_tables import numbers
from workbench.units import unit_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.framework import Framework

    Floats = NDArray[np.float64]

__all__ = ["Scores", "SurveyData", "TableData", "score", "unit_means", "unscored"]


@runtime_checkable
class SurveyData(Protocol):
    """Answers of respondents, as `survey.read_survey` gives them."""

    values: pd.DataFrame
    units: pd.Series
    answered: pd.Series
    invited: pd.Series
    synthetic: bool


@runtime_checkable
class SummedData(Protocol):
    """A survey in parts, of which only sums are held, as `intake.partitions.read_partitions` gives it."""

    answered: pd.Series
    invited: pd.Series
    synthetic: bool

    def unit_means(self) -> pd.DataFrame:
        """Means over the respondents."""

    def standard_errors(self, slopes: Floats) -> Floats:
        """Standard errors of functions of the means."""


@runtime_checkable
class TableData(Protocol):
    """Indicator values, one row per unit, as `survey.read_indicators` gives them."""

    values: pd.DataFrame
    names: pd.DataFrame
    synthetic: bool


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What every unit scored, and all it was made from. Frames are indexed by unit, in rank order."""

    framework: Framework
    data: object = field(repr=False)
    table: pd.DataFrame
    """index, rank, band, coverage, with a survey n_answered, n_invited, index_se, then every element; scores 0-100."""
    ranks: pd.DataFrame
    """Ranks on the index and on each pillar."""
    bands: pd.DataFrame
    """Band ids for the index and each pillar."""
    values: pd.DataFrame
    """Indicator values as they were normalised: raw ones, unless the framework prepares them."""
    prepared: Prepared = field(repr=False)
    """The values before and after each step of preparation, and what was done to them."""
    normalised: pd.DataFrame
    """Indicator scores, 0-100, higher is better."""
    ruler: Ruler = field(repr=False)
    tree: Tree = field(repr=False)
    names: Mapping[str, Text] = field(repr=False)
    synthetic: bool = False
    withheld: pd.DataFrame | None = field(default=None, repr=False)
    """True for cells that may not be published and are NaN here; None in scores that are not for publication."""
    notices: tuple[Text, ...] = ()
    """What a reader has to know, such as units without a score."""

    def elements(self, level: str) -> list[str]:
        """Ids at a level: `pillar` (whatever the index is made of), `sub-pillar` or `indicator`."""
        if level == "pillar":
            return [node.id for node in self.framework.pillars]
        if level == "indicator":
            return [indicator.id for indicator in self.framework.indicators]
        return [group.id for group in self.framework.groups if self.framework.level(group.id) == level]

    def _repr_html_(self) -> str:
        from workbench.cards import scores_card  # noqa: PLC0415  (only a notebook asks)

        return scores_card(self)

    def _ipython_key_completions_(self) -> list[str]:
        return [str(column) for column in self.table.columns]

    def __getitem__(self, name: str) -> pd.Series:
        """One column of `table`, such as a pillar.

        Raises:
            WorkbenchError: there is none; names the nearest.
        """
        if name not in self.table.columns:
            near = suggestion(name, map(str, self.table.columns))
            fix = near or "name a column of `table`."
            raise WorkbenchError(Fault(problem=f"the scores have no column `{name}`.", fix=fix))
        return self.table[name]

    def to_frame(self) -> pd.DataFrame:
        """`table` with the names of the units in front."""
        names = {f"name_{language}": [self.names[str(u)].get(language) for u in self.table.index] for language in LANGUAGES}
        return pd.concat([pd.DataFrame(names, index=self.table.index), self.table], axis=1)

    @property
    def pillars(self) -> pd.DataFrame:
        """Scores of the pillars."""
        return self.table[self.elements("pillar")]

    @property
    def index(self) -> pd.Series:
        """The index, NaN for a unit without a score."""
        return self.table["index"]


def score(framework: Framework, data: object) -> Scores:
    """Score every unit.

    Args:
        framework: The resolved framework.
        data: `Responses`, `Indicators`, or a DataFrame of raw indicator values, one row per unit, indexed by unit,
            with a column for each indicator under its id or its table column.

    Returns:
        Scores in rank order; units without a score last, by id.

    Raises:
        WorkbenchError: the data hold no unit, lack a column, or an indicator's own normalisation finds no difference.
    """
    prepared = prepare(framework, _values(framework, data), _context(framework, data))
    values = prepared.values
    tree = Tree.of(framework)
    ruler = fit(values.to_numpy(), framework.indicators, units=list(values.index))
    _refuse_constant(framework, values, ruler)
    normalised = normalise(values.to_numpy(), ruler)
    told: list[Text] = []
    if len(values) == 1 and any(method in RELATIVE for method in tree.methods):
        told.append(Texts.default()("methods.one_unit", unit=framework.unit.label))
    if framework.method.weights != "given":
        tree = replace(tree, weights=_weights(framework, values, normalised, tree, told))
    groups = aggregate(normalised, tree)
    table = _table(framework, prepared, normalised, groups, tree)
    if isinstance(data, SurveyData | SummedData):
        _add_survey(table, data, prepared, ruler, tree)
    framework = _with_band_limits(framework, table["index"])
    _add_ranks(table, framework)
    order = table.assign(_unit=table.index).sort_values(["index", "_unit"], ascending=[False, True], kind="stable").index
    table = table.loc[order]
    pillars = [node.id for node in framework.pillars]
    names = unit_names(framework, list(order), data.names if isinstance(data, TableData) else None)
    return Scores(
        framework=framework,
        data=data,
        table=table,
        ranks=table[["index", *pillars]].apply(lambda column: rank(column.to_numpy(), framework.method.ties)),
        bands=table[["index", *pillars]].apply(lambda column: pd.Series(_bands(column.to_numpy(), framework), index=order)),
        values=values.loc[order],
        prepared=prepared,
        normalised=pd.DataFrame(normalised, index=values.index, columns=values.columns).loc[order],
        ruler=ruler,
        tree=tree,
        names=names,
        synthetic=bool(getattr(data, "synthetic", False)),
        notices=(*prepared.notices, *told, *unscored(table, framework, names)),
    )


def _unit_values(data: SurveyData | SummedData) -> pd.DataFrame:
    """Means over the respondents, weighted where strata answered unequally."""
    if isinstance(data, SummedData):
        return data.unit_means()
    if getattr(data, "strata", None) is None:
        return unit_means(data.values, data.units)
    return means(survey_design(data), data.values)


def unit_means(values: pd.DataFrame, units: pd.Series) -> pd.DataFrame:
    """Mean of each indicator over a unit's respondents who answered it.

    Args:
        values: Shape `(respondents, indicators)`; NaN is "not answered".
        units: Unit of each respondent, same index.

    Returns:
        Shape `(units, indicators)`; NaN where nobody answered.
    """
    codes, labels = pd.factorize(units, sort=True)
    sums = answer_sums(values.to_numpy(dtype=float), codes, len(labels))
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(sums.totals / sums.counts, index=pd.Index(labels, name="unit"), columns=values.columns)


def _values(framework: Framework, data: object) -> pd.DataFrame:
    """Raw indicator values of each unit, columns in the framework's order."""
    ids = [indicator.id for indicator in framework.indicators]
    faults = FaultList()
    if isinstance(data, SurveyData | SummedData):
        # An indicator that was not asked, as under another framework, is not measured.
        values = _unit_values(data).reindex(data.invited.index).reindex(columns=ids)
        values.loc[_silent(framework, data)] = np.nan
    elif isinstance(data, pd.DataFrame):
        values = _named_by_id(framework, data, faults)
    elif isinstance(data, TableData):
        values = data.values
    else:
        raise TypeError(f"score() takes Responses, Indicators or a DataFrame, not {type(data).__name__}")
    if values.empty:
        faults.add("there is no unit to score: the data have no row.", fix="give at least one unit with answers.")
    faults.stop_if_any()
    values = values[ids].set_axis(values.index.astype(str).rename("unit"))
    return pd.DataFrame(numbers(values, "the indicator values"), index=values.index, columns=values.columns)


def _context(framework: Framework, data: object) -> pd.DataFrame | None:
    """Denominators and groups, from the table or the frame itself."""
    if isinstance(data, pd.DataFrame):
        names = [name for name in context_columns(framework) if name in data.columns]
        context = data[names]
    else:
        context = getattr(data, "context", None)
    if context is not None:
        context = context.set_axis(context.index.astype(str))
    return context


def _named_by_id(framework: Framework, data: pd.DataFrame, faults: FaultList) -> pd.DataFrame:
    """A frame whose columns are indicator ids, from one that may use the table's own column names."""
    names = {indicator.column: indicator.id for indicator in framework.indicators if indicator.column is not None}
    ids = {indicator.id for indicator in framework.indicators}
    values = data.rename(columns={column: name for column, name in names.items() if name not in data.columns})
    for indicator in framework.indicators:
        if indicator.id not in values.columns:
            wanted = indicator.column or indicator.id
            spare = [str(column) for column in data.columns if column not in ids and column not in names]
            fix = suggestion(wanted, spare) or "add the column."
            faults.add(f"column `{wanted}` is missing.", column=wanted, allowed=one_of(data.columns), fix=fix)
    for unit in data.index[data.index.duplicated()].unique():
        faults.add(f"unit `{unit}` has more than one row.", fix="keep one row per unit.")
    faults.stop_if_any()
    return values


def _refuse_constant(framework: Framework, values: pd.DataFrame, ruler: Ruler) -> None:
    """An indicator measured by the spread of the units must have one."""
    faults = FaultList()
    for position, indicator in enumerate(framework.indicators):
        method = indicator.normalisation.method
        if method in {"goalposts", "categorical"}:
            continue
        known = values[indicator.id].dropna()
        if known.empty:
            continue
        reference = indicator.normalisation.reference_unit
        if reference is not None and (reference not in values.index or pd.isna(values.at[reference, indicator.id])):  # noqa: PD008
            faults.add(
                f"indicator `{indicator.id}` is measured by unit `{reference}`, which has no value.", fix="choose another."
            )
        elif known.nunique() < 2:  # noqa: PLR2004  (one value is no spread)
            faults.add(
                f"indicator `{indicator.id}` is {known.iloc[0]:g} in every unit, so `{method}` cannot tell them apart.",
                fix="use goalposts, or leave the indicator out.",
            )
        elif method != "rank" and np.isnan(ruler.low[position]):
            aimed = method in {"distance_to_target", "distance_to_reference"}
            found = "no unit is worse than the target of" if aimed else "the values leave no room for"
            fix = "set a better target, or use goalposts." if aimed else "use goalposts."
            faults.add(f"indicator `{indicator.id}`: {found} `{method}` ({known.min():g} to {known.max():g}).", fix=fix)
    faults.stop_if_any()


def _table(framework: Framework, prepared: Prepared, normalised: Floats, groups: Floats, tree: Tree) -> pd.DataFrame:
    scores = dict(zip(tree.nodes, np.concatenate([normalised, groups], axis=-1).T, strict=True))
    pillars = [node.id for node in framework.pillars if node.id not in tree.indicators]
    others = [group.id for group in framework.groups if group.id not in pillars]
    # Of what was measured: a gap that was filled in is still a gap.
    measured = ~np.isnan(prepared.raw.to_numpy())
    coverage = np.where(measured.all(axis=1), 1.0, measured @ global_weights(tree))
    head = {"index": scores["index"], "rank": np.nan, "band": "", "coverage": coverage}
    rest = {name: scores[name] for name in [*pillars, *others, *tree.indicators]}
    return pd.DataFrame(head | rest, index=prepared.values.index)


def _weights(framework: Framework, values: pd.DataFrame, normalised: Floats, tree: Tree, told: list[Text]) -> Floats:
    """Weights by the method's rule."""
    from workbench.weighting import tree_weights  # noqa: PLC0415  (most frameworks give their weights)

    return tree_weights(framework.method.weights, pd.DataFrame(normalised, values.index, values.columns), tree, told)


def _silent(framework: Framework, data: SurveyData | SummedData) -> pd.Series:
    """Units where too few of the invited answered: they get no score."""
    minimum = framework.respondents.minimum_response if framework.respondents else 0.0
    answered = data.answered.reindex(data.invited.index).fillna(0)
    return (answered < minimum * data.invited - 1e-9) | (answered == 0)


def _add_survey(table: pd.DataFrame, data: SurveyData | SummedData, prepared: Prepared, ruler: Ruler, tree: Tree) -> None:
    """Response and standard error."""
    answered = data.answered.reindex(table.index).fillna(0).astype(int)
    invited = data.invited.reindex(table.index).fillna(0).astype(int)
    error = index_errors(data, prepared, ruler, tree)
    for position, (name, column) in enumerate({"n_answered": answered, "n_invited": invited, "index_se": error}.items()):
        table.insert(4 + position, name, column)


def _with_band_limits(framework: Framework, index: pd.Series) -> Framework:
    """The framework with the limits of bands by quantiles set from the scores; a unit on a limit is in the upper band."""
    if framework.bands[0].quantile is None:
        return framework
    known = index.dropna().to_numpy()
    limits = [float(np.quantile(known, band.quantile)) if band.quantile and known.size else 0.0 for band in framework.bands]
    bands = tuple(band.model_copy(update={"minimum": limit}) for band, limit in zip(framework.bands, limits, strict=True))
    limited = replace(framework, definition=framework.definition.model_copy(update={"bands": bands}))
    # Limits that follow the scores are a result: the framework is still the one that was given.
    vars(limited)["fingerprint"] = framework.fingerprint
    return limited


def _bands(scores: Floats, framework: Framework) -> list[str]:
    ids = [*(item.id for item in framework.bands), ""]
    return [ids[position] for position in band(scores, [item.minimum for item in framework.bands])]


def _add_ranks(table: pd.DataFrame, framework: Framework) -> None:
    ranks = rank(table["index"].to_numpy(), framework.method.ties)
    whole = bool(np.all((ranks % 1 == 0) | np.isnan(ranks)))
    table["rank"] = pd.array(ranks, dtype="Int64" if whole else "Float64")
    table["band"] = _bands(table["index"].to_numpy(), framework)


def unscored(table: pd.DataFrame, framework: Framework, names: Mapping[str, Text]) -> tuple[Text, ...]:
    """Which units have no score, as a sentence."""
    without = table.index[table["index"].isna()]
    if not len(without):
        return ()
    shown = [names[unit] for unit in without[:10]]
    more = len(without) - len(shown)
    thai, english = ", ".join(name.th for name in shown), ", ".join(name.en for name in shown)
    rest = Text(th=f" และอีก {more} แห่ง", en=f" and {more} more") if more else None
    who = f"1 {framework.unit.label.en} has" if len(without) == 1 else f"{len(without)} {framework.unit.plural.en} have"
    return (
        Text(
            th=f"{framework.unit.plural.th} {len(without)} แห่งไม่มีคะแนนเพราะข้อมูลไม่พอ: {thai}{rest.th if rest else ''}",
            en=f"{who} no score for lack of data: {english}{rest.en if rest else ''}",
        ),
    )
