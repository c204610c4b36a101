"""Back to the details: what a score is made of, what two units differ in, what would raise a score most.

Decompositions add up exactly. Everything goes through the kernel; nothing here has a scoring formula
of its own. Groups aggregated otherwise than by the arithmetic or the geometric mean are not
decomposed: a share of an outranking has no meaning.

Source: OECD/JRC Handbook (2008), steps 8 and 9; logarithmic mean Divisia decomposition after Ang (2004),
Energy Policy 32; interval of Spearman's rank correlation after Bonett and Wright (2000), Psychometrika 65.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import stats

from workbench.aggregation import index_scores
from workbench.errors import Fault, FaultList, WorkbenchError, suggestion
from workbench.framework_model import Group, Ladder, Likert, MultiSelect, YesNo
from workbench.means import RELATIVE
from workbench.normalisation import normalise
from workbench.score_errors import spans
from workbench.unit_tables import only_known

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.framework_model import Indicator
    from workbench.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = [
    "contributions",
    "correlations",
    "difference",
    "links",
    "next_steps",
    "parts_of_gap",
    "pillar_contributions",
    "stepless",
    "strengths",
]

STEP = 0.1
"""Part of the way between the goalposts that counts as one step of a number."""
WEAK, COLLINEAR = 0.3, 0.92
"""Correlations within a pillar below and above these are flagged (JRC audit practice)."""


def contributions(scores: Scores, unit: str) -> pd.Series:
    """What each indicator adds to a unit's index; the parts sum to the index.

    Raises:
        WorkbenchError: the unit is unknown or has no score, or a group is neither arithmetic nor geometric.
    """
    row = _row(scores, unit)
    return _parts(scores, "index", row, float(row["index"]))


def pillar_contributions(scores: Scores, unit: str) -> pd.Series:
    """What each part of the index adds to a unit's index; as `contributions`, without going further down.

    Raises:
        WorkbenchError: as for `contributions`.
    """
    row = _row(scores, unit)
    names, weights, method = _children(scores, "index")
    share, values = _measure(scores, row, names, weights, method)
    terms = share * values
    terms = terms / terms.sum() if abs(terms.sum()) > 1e-12 else share  # noqa: PLR2004  (rounding)
    return pd.Series(terms * float(row["index"]), index=names)


def difference(scores: Scores, unit: str, other: str) -> pd.Series:
    """What each indicator adds to the lead of *unit* over *other*; the parts sum to the difference of the indices.

    An indicator that only one of them has shows what its presence does to that unit's mean.

    Raises:
        WorkbenchError: as for `contributions`.
    """
    return parts_of_gap(scores, _row(scores, unit), _row(scores, other))


def parts_of_gap(scores: Scores, one: pd.Series, two: pd.Series) -> pd.Series:
    """What each indicator adds to the lead of one row of scores over another, both of the framework of *scores*."""
    return _gaps(scores, "index", one, two, float(one["index"] - two["index"]))


def _row(scores: Scores, unit: str) -> pd.Series:
    if unit not in scores.table.index:
        fix = suggestion(unit, map(str, scores.table.index))
        raise WorkbenchError(Fault(problem=f"there is no unit `{unit}`.", fix=fix or "name a unit of the table."))
    row = scores.table.loc[unit]
    if pd.isna(row["index"]):
        raise WorkbenchError(Fault(problem=f"unit `{unit}` has no score to take apart."))
    return row


def _children(scores: Scores, group: str) -> tuple[list[str], Floats, str]:
    node = scores.framework.element(group)
    assert isinstance(node, Group), "only groups have children"
    method = scores.framework.aggregation(group)
    if method not in {"arithmetic", "geometric"}:
        problem = f"group `{group}` is aggregated by `{method}`, which has no parts that add up."
        raise WorkbenchError(Fault(problem=problem, allowed="arithmetic, geometric"))
    place = dict(zip(scores.tree.nodes, scores.tree.weights, strict=True))
    names = [child.id for child in node.children]
    return names, np.array([place[name] for name in names]), method


def _measure(scores: Scores, row: pd.Series, names: list[str], weights: Floats, method: str) -> tuple[Floats, Floats]:
    """Renormalised weights and the values that the mean is taken of (logs for a geometric one); 0 where missing."""
    values = row[names].to_numpy(dtype=float)
    there = ~np.isnan(values)
    share = np.where(there, weights, 0.0)
    share = share / share.sum() if share.sum() > 0 else share
    if method == "geometric":
        values = np.log(np.maximum(values, scores.tree.floor))
    return share, np.where(there, values, 0.0)


def _parts(scores: Scores, group: str, row: pd.Series, amount: float) -> pd.Series:
    """*amount*, shared out among the indicators below *group*."""
    names, weights, method = _children(scores, group)
    share, values = _measure(scores, row, names, weights, method)
    terms = share * values
    # A mean of 1 on the 0-100 scale has a logarithm of 0: then the weights alone decide.
    terms = terms / terms.sum() if abs(terms.sum()) > 1e-12 else share  # noqa: PLR2004  (rounding)
    return _descend(scores, names, terms * amount, lambda name, part: _parts(scores, name, row, part))


def _gaps(scores: Scores, group: str, one: pd.Series, two: pd.Series, amount: float) -> pd.Series:
    names, weights, method = _children(scores, group)
    (share, values), (other_share, other_values) = (_measure(scores, row, names, weights, method) for row in (one, two))
    # Around the middle of the two means, a weight that only one unit gives to a child counts for how far that child lies off.
    middle = (share @ values + other_share @ other_values) / 2
    terms = share * (values - middle) - other_share * (other_values - middle)
    total = terms.sum()
    terms = terms * (amount / total) if abs(total) > 1e-12 else share * amount  # noqa: PLR2004  (rounding)
    return _descend(scores, names, terms, lambda name, part: _gaps(scores, name, one, two, part))


def _descend(scores: Scores, names: list[str], parts: Floats, deeper: object) -> pd.Series:
    found = []
    for name, part in zip(names, parts, strict=True):
        leaf = name in scores.tree.indicators or part == 0
        inside = [name] if name in scores.tree.indicators else []
        found.append(pd.Series([part] * len(inside), index=inside, dtype=float) if leaf else deeper(name, float(part)))  # type: ignore[operator]
    return pd.concat(found) if found else pd.Series(dtype=float)


def strengths(scores: Scores, unit: str, peers: list[str] | None = None, *, share: float = 0.2) -> pd.DataFrame:
    """How a unit stands on each indicator, among all units and among its peers, and what is called strong or weak.

    Args:
        scores: The result.
        unit: Which unit.
        peers: Units it is compared with, itself or not; all units when not given.
        share: The best and the worst part of all units.

    Returns:
        Indexed by indicator: `score`, `percentile` (share of the others below, ties half), `peer_mean`, `peer_sd`,
        `reading`: `strength` when within the best *share* of all units or more than one standard deviation above
        the peers, `weakness` likewise at the other end, else empty.
    """
    _row(scores, unit)
    faults = FaultList()
    only_known(peers or [], scores.table.index, "peer", faults)
    faults.stop_if_any()
    table = scores.table[list(scores.tree.indicators)]
    own = table.loc[unit]
    others = table.to_numpy(dtype=float)[table.index != unit]
    known = ~np.isnan(others)
    below = ((others < own.to_numpy()) + 0.5 * (others == own.to_numpy())) * known
    percentile = np.divide(below.sum(axis=0), known.sum(axis=0), out=np.full(len(own), np.nan), where=known.any(axis=0))
    group = table.loc[[name for name in (peers or list(table.index)) if name != unit]]
    mean, sd = group.mean(), group.std(ddof=1)
    strong = (percentile >= 1 - share) | (own > mean + sd)
    weak = (percentile <= share) | (own < mean - sd)
    reading = np.where(own.isna(), "", np.where(strong & ~weak, "strength", np.where(weak & ~strong, "weakness", "")))
    table = {"score": own, "percentile": percentile, "peer_mean": mean, "peer_sd": sd, "reading": reading}
    return pd.DataFrame(table).rename_axis("indicator")


def next_steps(scores: Scores, unit: str) -> pd.DataFrame:
    """What the index would gain if the unit went one step up on one indicator, largest gain first.

    One step is the next rung of a ladder, one more option, yes instead of no, one point of agreement, for the unit's
    mean as far as it reaches; for numbers a tenth of the way between the goalposts, in the better direction. Indicators
    the unit lacks are left out, and so are those that `stepless` names.

    Returns:
        Indexed by indicator: `now` and `then` (indicator values), `gain` (points of the index). Empty for a unit with
        withheld values: what one step gains would tell of the others.
    """
    _row(scores, unit)
    if scores.withheld is not None and scores.withheld.loc[unit].any():
        return pd.DataFrame({"now": [], "then": [], "gain": []}, dtype=float).rename_axis("indicator")
    now = scores.prepared.untreated.loc[unit].to_numpy(dtype=float)
    indicators = scores.framework.indicators
    reach = spans(scores.prepared, scores.ruler)
    steps = np.array([_step(item, float(span)) for item, span in zip(indicators, reach, strict=True)])
    then = now + steps
    limited = [_points(item) for item in indicators]
    then = np.where(limited, np.clip(then, 0.0, 1.0), then)
    then = np.where(np.isnan(now), np.nan, then)
    gain = _after(scores, unit, now, then) - scores.index[unit]
    names = pd.Index([item.id for item in indicators], name="indicator")
    table = pd.DataFrame({"now": now, "then": then, "gain": gain}, index=names)
    return table.dropna().sort_values("gain", ascending=False, kind="stable")


def _after(scores: Scores, unit: str, now: Floats, then: Floats) -> Floats:
    """The unit's index when one indicator after the other goes from *now* to *then*."""

    def index(values: Floats) -> Floats:
        return index_scores(normalise(scores.prepared.treat(values), scores.ruler), scores.tree)

    if not any(name in RELATIVE for name in scores.tree.methods):
        moved = np.tile(now, (len(now), 1))
        np.fill_diagonal(moved, then)
        return index(moved)
    # Where units are compared with each other, the others have to be there.
    table, place = scores.prepared.untreated.to_numpy(dtype=float), scores.prepared.untreated.index.get_loc(unit)
    after = np.empty(len(now))
    for each in range(len(now)):
        moved = table.copy()
        moved[place, each] = then[each]
        after[each] = index(moved)[place]
    return after


def stepless(scores: Scores) -> dict[str, str]:
    """Numbers that have no step, by indicator, with the reason.

    A number measured by its rank or in categories has no goalposts, so a tenth of the way is nothing: whether a unit gains
    hangs on how near the next unit or the next cut happens to be, and a small step mostly gains exactly 0.

    Returns:
        `rank` or `category` by indicator.
    """
    reach = spans(scores.prepared, scores.ruler)
    steps = {position for position, _, _ in scores.ruler.steps}
    return {
        item.id: "category" if place in steps else "rank"
        for place, item in enumerate(scores.framework.indicators)
        if not _points(item) and np.isnan(reach[place])
    }


def _points(indicator: Indicator) -> bool:
    return isinstance(indicator.question, Ladder | MultiSelect | YesNo | Likert)


def _step(indicator: Indicator, span: float) -> float:
    question = indicator.question
    if isinstance(question, Ladder):
        size = 1.0 / (len(question.steps) - 1)
    elif isinstance(question, MultiSelect):
        size = 1.0 / question.full_at
    elif isinstance(question, Likert):
        size = 1.0 / (question.points - 1)
    else:
        size = 1.0 if isinstance(question, YesNo) else STEP * span
    return size if indicator.direction == "positive" else -size


def correlations(scores: Scores) -> pd.DataFrame:
    """Each indicator's correlations with its pillar, the index and its nearest neighbour, with the usual flags.

    Returns:
        Indexed by indicator: `pillar`, `with_pillar`, `with_index`, `highest` (largest correlation with another indicator
        of its pillar), `highest_with`, `flag`: `negative` (with its pillar), `weak` (below 0.3), `collinear` (above 0.92).
    """
    framework = scores.framework
    matrix = scores.normalised.corr()
    rows = []
    for item in framework.indicators:
        pillar = framework.pillar_of(item.id)
        same = [other.id for other in framework.indicators if framework.pillar_of(other.id) == pillar and other.id != item.id]
        near = matrix.loc[item.id, same].dropna()
        with_pillar = scores.normalised[item.id].corr(scores.table[pillar]) if pillar != item.id else np.nan
        highest = float(near.max()) if len(near) else np.nan
        flag = "negative" if with_pillar < 0 else "weak" if with_pillar < WEAK else "collinear" if highest > COLLINEAR else ""
        rows.append(
            {
                "indicator": item.id,
                "pillar": pillar,
                "with_pillar": with_pillar,
                "with_index": scores.normalised[item.id].corr(scores.index),
                "highest": highest,
                "highest_with": str(near.idxmax()) if len(near) else "",
                "flag": flag,
            }
        )
    return pd.DataFrame(rows).set_index("indicator")


def links(scores: Scores, outside: pd.DataFrame, *, confidence: float = 0.95) -> pd.DataFrame:
    """Spearman's rank correlation of the index with outside variables, with an interval.

    Args:
        scores: The result.
        outside: Indexed by unit, matched by id; each pair uses the units that have both.
        confidence: Of the interval.

    Returns:
        Indexed by variable: `rho`, `low`, `high`, `n`. NaN with fewer than four units or a constant variable.
    """
    rows = {}
    for name in outside:
        both = pd.concat([scores.index, outside[name].reindex(scores.index.index)], axis=1).dropna()
        n = len(both)
        constant = both.nunique().min() < 2 if n else True  # noqa: PLR2004  (one value is no spread)
        if n < 4 or constant:  # noqa: PLR2004  (the variance divides by n - 3)
            rows[name] = {"rho": np.nan, "low": np.nan, "high": np.nan, "n": n}
            continue
        rho = float(stats.spearmanr(both.iloc[:, 0], both.iloc[:, 1]).statistic)
        reach = stats.norm.ppf(0.5 + confidence / 2) * np.sqrt((1 + rho**2 / 2) / (n - 3))
        centre = np.arctanh(np.clip(rho, -1 + 1e-12, 1 - 1e-12))
        rows[name] = {"rho": rho, "low": float(np.tanh(centre - reach)), "high": float(np.tanh(centre + reach)), "n": n}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("variable")
