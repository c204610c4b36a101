"""Weights from data and from judgement, and how far they differ from what the weights do.

Each function gives weights for one group of children, by id, summing to 1; none is negative. Nothing
is matched by position. A rule that finds no information (constant columns, an indicator that is
missing throughout) says so instead of giving NaN.

| rule | idea | source |
|---|---|---|
| `equal` | every child alike | OECD/JRC Handbook (2008), step 6 |
| `entropy` | what differs more between units weighs more | Shannon (1948); Zeleny (1982) |
| `critic` | contrast times conflict with the others | Diakoulaki, Mavrotas, Papayannakis (1995) |
| `pca` | squared loadings of rotated components | Nicoletti, Scarpetta, Boylaud (2000); Handbook, section 6.1 |
| `budget` | points that experts gave | Handbook, section 6.6 |
| `ahp` | pairwise judgements | Saaty (1980) |
| `optimised` | weights whose influence is the intended one | Becker et al. (2017), Ecological Indicators 80 |
| `benefit_of_the_doubt` | each unit's own best weights | Cherchye et al. (2007), Social Indicators Research 82 |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import optimize

from workbench.data_weights import critic_parts, entropy_parts, pca_parts
from workbench.errors import Fault, FaultList, WorkbenchError
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.aggregation import Tree
    from workbench.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = [
    "Doubt",
    "Optimised",
    "benefit_of_the_doubt",
    "budget",
    "critic",
    "effective",
    "effective_weights",
    "entropy",
    "equal",
    "optimised",
    "pca",
    "tree_weights",
]

BUDGET = 100.0
"""Points that each expert shares out."""


def equal(scores: pd.DataFrame) -> pd.Series:
    """The same weight for every child.

    Args:
        scores: Units by children; only the names matter.
    """
    return pd.Series(1.0 / scores.shape[1], index=scores.columns)


def entropy(scores: pd.DataFrame) -> pd.Series:
    """Weights in proportion to 1 - E, with E the entropy of the shares of the units in each column.

    Args:
        scores: Units by children, 0 or more; units with a gap are left out of that column.

    Raises:
        WorkbenchError: a score is negative, or no column differs between units.

    >>> entropy(pd.DataFrame({"a": [1.0, 1, 2], "b": [1.0, 1, 1]})).round(3).tolist()
    [1.0, 0.0]
    """
    _refuse(scores, negative=True)
    return _shares(pd.Series(entropy_parts(scores.to_numpy(dtype=float)), index=scores.columns), "entropy")


def critic(scores: pd.DataFrame) -> pd.Series:
    """Weights in proportion to the standard deviation times the sum of 1 - r with the other children.

    Args:
        scores: Units by children; each column is rescaled to 0-1 first. Correlations use the units both have.

    Raises:
        WorkbenchError: no column differs between units.
    """
    _refuse(scores)
    return _shares(pd.Series(critic_parts(scores.to_numpy(dtype=float)), index=scores.columns), "CRITIC")


def pca(scores: pd.DataFrame, count: int | None = None) -> pd.Series:
    """Weights from squared loadings of rotated components, each component weighed by what it explains.

    Args:
        scores: Units by children; units with a gap are left out.
        count: Components kept; those with an eigenvalue above 1 when not given, at least one.

    Returns:
        Each child takes part in the component on which it loads most, as in the Handbook.

    Raises:
        WorkbenchError: fewer than three complete units, or a column that does not differ between units.
    """
    _refuse(scores, constant=True, complete=3)
    return _shares(pd.Series(pca_parts(scores.to_numpy(dtype=float), count), index=scores.columns), "PCA")


def budget(points: pd.DataFrame, *, trim: float = 0.0) -> pd.DataFrame:
    """Weights from the points that experts shared out.

    Args:
        points: Experts by children; each row sums to 100. An expert with a gap or another sum is refused by name.
        trim: Share of experts left out at each end, item by item.

    Returns:
        Indexed by child: `weight` (mean, or trimmed mean, as shares of 1), `mean` and `sd` of the points, `n`.

    Raises:
        WorkbenchError: an expert's points are negative, missing, or do not sum to 100; every such expert is named.
    """
    faults = FaultList()
    for expert, row in points.iterrows():
        if row.isna().any() or (row < 0).any():
            faults.add(f"{expert} left points blank or gave negative ones.", fix="ask again, or leave the form out.")
        elif abs(row.sum() - BUDGET) > 1e-6:  # noqa: PLR2004  (rounding)
            faults.add(
                f"the points of {expert} sum to {row.sum():g}.", allowed=f"{BUDGET:g}", fix="ask again, or leave the form out."
            )
    faults.stop_if_any()
    ordered = np.sort(points.to_numpy(), axis=0)
    cut = int(trim * len(points))
    middle = ordered[cut : len(points) - cut].mean(axis=0)
    table = {
        "weight": middle / middle.sum(),
        "mean": points.mean().to_numpy(),
        "sd": points.std(ddof=1).to_numpy(),
        "n": len(points),
    }
    return pd.DataFrame(table, index=points.columns)


def effective(scores: pd.DataFrame, index: pd.Series) -> pd.Series:
    """Share of each child in the influence on the index: its squared correlation, over the sum of all.

    Args:
        scores: Units by children.
        index: Of the same units; matched by id.

    Source: Paruolo, Saisana, Saltelli (2013), JRSS A 176(3), for nearly linear relations.
    """
    squared = scores.corrwith(index.reindex(scores.index)).fillna(0.0) ** 2
    return _shares(squared, "the influence on the index")


def tree_weights(rule: str, normalised: pd.DataFrame, tree: Tree, told: list[Text] | None = None) -> Floats:
    """Weights of all nodes of a tree by one rule, group by group from the indicators up.

    Args:
        rule: `given`, `equal` (within each group), `equal_indicators` (every indicator has the same share of the
            index), `entropy`, `critic` or `pca` (each on the scores of the group's children), or `optimised` (the
            given weights are the influence each child shall have on its group).
        normalised: Units by indicators, 0-100.
        tree: The framework as arrays; its own weights are the given ones.
        told: Takes what a reader has to know: gaps, and influence that cannot be had.

    Returns:
        Shape `(nodes,)`, in the order of `tree.nodes`.

    Raises:
        WorkbenchError: a rule finds no information in a group; names it.
    """
    from workbench.aggregation import group_scores  # noqa: PLC0415  (weights stand below the kernel)

    weights = tree.weights.copy()
    first = len(tree.indicators)
    if rule == "given":
        return weights
    counts = np.ones(len(tree.nodes))
    for position, children in enumerate(tree.children):
        inside = list(children)
        counts[first + position] = counts[inside].sum()
        if rule == "equal_indicators":
            weights[inside] = counts[inside]
        elif rule == "equal" or len(inside) == 1:
            weights[inside] = 1.0
        else:
            scores = group_scores(normalised[list(tree.indicators)].to_numpy(), tree, weights, upto=position)
            table = pd.DataFrame({tree.nodes[child]: scores[child] for child in inside})
            intended = {tree.nodes[child]: float(tree.weights[child]) for child in inside}
            weights[inside] = _within(tree.groups[position], rule, table, intended, told if told is not None else []).to_numpy()
    return weights


def _within(group: str, rule: str, table: pd.DataFrame, intended: Mapping[str, float], told: list[Text]) -> pd.Series:
    rules = {"entropy": entropy, "critic": critic, "pca": pca}
    gaps = int(table.isna().any(axis=1).sum())
    if gaps:
        told.append(Texts.default()("methods.weights_gaps", rule=rule, group=group, count=gaps, all=len(table)))
    try:
        if rule != "optimised":
            return rules[rule](table)
        found = optimised(table, intended)
    except WorkbenchError as error:
        faults = [Fault(problem=f"weights of `{group}` by {rule}: {fault.problem}", fix=fault.fix) for fault in error.faults]
        raise WorkbenchError(*faults) from error
    if not found.near:
        told.append(Texts.default()("methods.weights_far", group=group, distance=f"{100 * found.distance:.0f}"))
    return found.weights


def effective_weights(scores: Scores) -> pd.DataFrame:
    """Nominal and effective weights of the pillars and the indicators, both as shares of their level.

    Returns:
        Indexed by element: `level`, `nominal` (share of the index by the weights), `effective` (share of influence on
        the index), `correlation` with the index.
    """
    from workbench.aggregation import global_weights  # noqa: PLC0415

    share = dict(zip(scores.tree.indicators, global_weights(scores.tree), strict=True))
    tops = scores.elements("pillar")
    given = dict(zip(scores.tree.nodes, scores.tree.weights, strict=True))
    total = sum(given[name] for name in tops)
    nominal = {"pillar": {name: given[name] / total for name in tops}, "indicator": share}
    rows = []
    for level, weights in nominal.items():
        table = scores.table[list(weights)]
        influence, correlation = effective(table, scores.index), table.corrwith(scores.index)
        rows += [
            {
                "element": name,
                "level": level,
                "nominal": weights[name],
                "effective": influence[name],
                "correlation": correlation[name],
            }
            for name in weights
        ]
    return pd.DataFrame(rows).set_index("element")


@dataclass(frozen=True, kw_only=True)
class Optimised:
    """Weights found for an intended influence."""

    weights: pd.Series
    influence: pd.Series
    """Share of influence that the weights give."""
    intended: pd.Series
    distance: float
    """Largest difference of the two; 0 where the intention can be met."""
    near: bool
    """Whether no share misses its intention by more than one in a hundred."""


def optimised(scores: pd.DataFrame, intended: Mapping[str, float]) -> Optimised:
    """Weights whose shares of influence come as near as possible to the intended ones.

    Args:
        scores: Units by children; units with a gap are left out.
        intended: Importance of each child, by id, of any sum.

    Returns:
        Weights that are never negative, with how near they come.

    Raises:
        WorkbenchError: a child has no intention or an unknown one is named, or a column is constant.
    """
    _refuse(scores, constant=True, complete=3)
    unknown = sorted(set(intended) ^ set(map(str, scores.columns)))
    if unknown:
        raise WorkbenchError(
            Fault(problem=f"intentions and children differ: {', '.join(unknown)}.", fix="give one for each child.")
        )
    wanted = _shares(pd.Series({name: float(intended[str(name)]) for name in scores}), "the intention")
    whole = scores.dropna()
    _refuse(whole, constant=True)  # a part may differ only between units that lack another
    covariance = whole.cov().to_numpy()
    spread = np.sqrt(np.diag(covariance))

    def influence(raw: Floats) -> Floats:
        weights = _positive(raw)
        with_index = covariance @ weights / (spread * np.sqrt(weights @ covariance @ weights))
        squared = with_index**2
        return np.asarray(squared / squared.sum())

    start = np.log(np.maximum(wanted.to_numpy(), 1e-6))
    found = optimize.least_squares(lambda raw: influence(raw) - wanted.to_numpy(), start, xtol=1e-12, ftol=1e-12)
    reached = pd.Series(influence(found.x), index=scores.columns)
    distance = float((reached - wanted).abs().max())
    weights = pd.Series(_positive(found.x), index=scores.columns)
    return Optimised(weights=weights, influence=reached, intended=wanted, distance=distance, near=distance <= 0.01)  # noqa: PLR2004


def _positive(raw: Floats) -> Floats:
    """Weights that sum to 1 and cannot be negative, from numbers of any sign."""
    shifted = np.exp(raw - raw.max())
    return np.asarray(shifted / shifted.sum())


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Benefit of the doubt."""

    scores: pd.Series
    """The best score each unit can reach, 0 to 1; 1 where no unit does better under its weights."""
    shares: pd.DataFrame = field(repr=False)
    """Share of each child in the unit's score. The scores are unique, the shares need not be."""


def benefit_of_the_doubt(scores: pd.DataFrame, *, least: float = 0.0, most: float = 1.0) -> Doubt:
    """Score every unit with the weights that suit it best, such that no unit passes 1 with them.

    Args:
        scores: Units by children, 0 or more; units with a gap get no score.
        least: Least share that each child must have in the evaluated unit's score.
        most: Largest share.

    Returns:
        Scores and shares by unit and child.

    Raises:
        WorkbenchError: a score is negative, or the bounds leave no weights. Without bounds and with many children
            almost every unit scores 1; put it to pillars, with bounds.

    Source: Cherchye et al. (2007), Social Indicators Research 82; solved by HiGHS.
    """
    _refuse(scores, negative=True)
    size = scores.shape[1]
    if not 0 <= least <= 1 / size <= most <= 1:
        problem = f"shares between {least:g} and {most:g} cannot sum to 1 over {size} children."
        raise WorkbenchError(Fault(problem=problem, allowed=f"least at most {1 / size:.3g}, most at least that"))
    whole = scores.dropna()
    values = whole.to_numpy()
    found, shares = [], []
    for row in values:
        bounds = np.vstack([least * row - np.diag(row), np.diag(row) - most * row])
        limits = np.vstack([values, bounds])
        right = np.concatenate([np.ones(len(values)), np.zeros(2 * size)])
        result = optimize.linprog(-row, A_ub=limits, b_ub=right, method="highs")
        parts = result.x * row if result.success else np.full(size, np.nan)
        found.append(parts.sum())
        shares.append(parts / parts.sum() if parts.sum() > 0 else np.full(size, np.nan))
    return Doubt(
        scores=pd.Series(found, index=whole.index).reindex(scores.index),
        shares=pd.DataFrame(shares, index=whole.index, columns=scores.columns).reindex(scores.index),
    )


def _shares(parts: pd.Series, what: str) -> pd.Series:
    total = float(parts.sum())
    if not total > 0:
        raise WorkbenchError(
            Fault(problem=f"{what} finds nothing that differs, so it gives no weights.", fix="use equal weights.")
        )
    return parts / total


def _refuse(scores: pd.DataFrame, *, negative: bool = False, constant: bool = False, complete: int = 0) -> None:
    """Columns that a rule cannot read, all at once; *complete* is how many units without a gap it needs."""
    faults = FaultList()
    whole = int(scores.notna().all(axis=1).sum())
    if whole < complete:
        faults.add(f"{whole} units have a score on all of {', '.join(map(str, scores))}.", allowed=f"{complete} or more")
    for name in scores:
        known = scores[name].dropna()
        if known.empty:
            faults.add(f"`{name}` is missing throughout.", fix="leave it out.")
        elif negative and (known < 0).any():
            faults.add(f"`{name}` has negative scores.", fix="use scores from 0 to 100.")
        elif constant and known.nunique() < 2:  # noqa: PLR2004  (one value is no spread)
            faults.add(f"`{name}` is {known.iloc[0]:g} in every unit.", fix="leave it out.")
    faults.stop_if_any()
