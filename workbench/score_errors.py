"""Standard errors of scores: the sampling error of the answers, carried through the kernel.

Each element's score is moved a little along each indicator through the same functions that score;
these slopes turn the respondents' deviations into the element's error. So the covariance between
indicators is kept, and no formula is written twice. Scores that move in jumps (ranks, categories, Borda,
Copeland) have no slopes: their errors are NaN, never 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from workbench.aggregation import aggregate
from workbench.means import RELATIVE
from workbench.normalisation import normalise
from workbench.sampling import design, standard_errors
from workbench.sampling import half_width as reach

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.aggregation import Tree
    from workbench.normalisation import Ruler
    from workbench.preparation import Prepared
    from workbench.sampling import Design
    from workbench.scoring import Scores, SummedData, SurveyData

    Floats = NDArray[np.float64]

__all__ = ["degrees", "divided", "element_errors", "half_width", "index_errors", "smooth", "spans", "survey_design"]

STEP = 1e-4
"""Share of the scale of scores by which an indicator's score is moved to see how the groups' answer."""
FINE = 1e-6
"""Share of an indicator's own scale by which its value is moved: small against the bend of any curve."""


def survey_design(data: SurveyData) -> Design:
    """The design of a survey: in each unit, or in each stratum of a unit, answers are a simple random sample."""
    units = data.units.astype(str)
    population = getattr(data, "population", None)
    frame = data.invited if population is None else population
    return design(units, frame.set_axis(frame.index.astype(str)), getattr(data, "strata", None))


def index_errors(data: SurveyData | SummedData, prepared: Prepared, ruler: Ruler, tree: Tree) -> Floats:
    """Standard error of each unit's index, in the order of the prepared values; NaN where it cannot be estimated."""
    if not smooth(ruler, tree):
        return np.full(len(prepared.values), np.nan)
    slopes = _slopes(prepared, ruler, tree)[:, -1:, :]
    return _errors(data, prepared, slopes)[:, 0]


def degrees(scores: Scores) -> pd.Series:
    """Degrees of freedom of each unit's error, in rank order: answers less strata; NaN for a table, which has no respondents."""
    if not hasattr(scores.data, "invited"):
        return pd.Series(np.nan, index=scores.table.index)
    plan = survey_design(scores.data)  # type: ignore[arg-type]
    return pd.Series(plan.degrees, index=plan.units).reindex(scores.table.index)


def half_width(scores: Scores, confidence: float = 0.90) -> pd.Series:
    """Half the interval of each unit's index by Student's t, in rank order; NaN where no sampling error is known.

    With ten answers it is a tenth wider than the normal distribution would have it.
    """
    if "index_se" not in scores.table:
        return pd.Series(np.nan, index=scores.table.index)
    # An error that came with a table is taken as known exactly: the normal distribution.
    freedom = degrees(scores).fillna(np.inf).to_numpy()
    found = reach(scores.table["index_se"].to_numpy(dtype=float), freedom, confidence)
    return pd.Series(found, index=scores.table.index)


def element_errors(scores: Scores) -> pd.DataFrame:
    """Standard errors of every pillar, sub-pillar, indicator and of the index.

    Returns:
        Indexed by unit in rank order, one column per element, in points; NaN where there is no score or where the
        error cannot be estimated. All NaN for a table of indicator values, which has no respondents.
    """
    names = [*scores.tree.groups[::-1], *scores.tree.indicators]
    if not hasattr(scores.data, "invited") or not smooth(scores.ruler, scores.tree):
        return pd.DataFrame(np.nan, index=scores.table.index, columns=names)
    slopes = _slopes(scores.prepared, scores.ruler, scores.tree)
    own = _own_slopes(scores.prepared, scores.ruler)
    size = own.shape[1]
    indicators = np.zeros((len(own), size, size))
    indicators[:, np.arange(size), np.arange(size)] = own
    errors = _errors(scores.data, scores.prepared, np.concatenate([slopes[:, ::-1], indicators], axis=1))  # type: ignore[arg-type]
    errors[:, len(slopes[0]) :][_unseen(scores)] = np.nan
    frame = pd.DataFrame(errors, index=scores.prepared.values.index, columns=names).reindex(scores.table.index)
    return _closed(scores, frame.where(scores.table[names].notna()))


def _closed(scores: Scores, errors: pd.DataFrame) -> pd.DataFrame:
    """Without the errors of what is made of withheld cells, which are not there to be carried through; the index has its own."""
    if scores.withheld is None:
        return errors
    hidden = dict(zip(scores.tree.nodes, scores.withheld[list(scores.tree.nodes)].to_numpy().T, strict=True))
    for group, children in zip(scores.tree.groups, scores.tree.children, strict=True):
        hidden[group] = np.logical_or.reduce([hidden[group], *(hidden[scores.tree.nodes[child]] for child in children)])
    errors = errors.mask(pd.DataFrame(hidden, index=scores.withheld.index)[errors.columns])
    return errors.assign(index=scores.table["index_se"]) if "index_se" in scores.table else errors


def _unseen(scores: Scores) -> NDArray[np.bool_]:
    """Values whose spread nobody can see, shape `(units, indicators)`: imputed, or the one answer of many who were asked."""
    data, wanted = scores.data, scores.prepared.values
    answers = data.values.reindex(columns=wanted.columns).notna().groupby(data.units.astype(str).to_numpy()).sum()  # type: ignore[attr-defined]
    count = answers.reindex(wanted.index, fill_value=0).to_numpy()
    invited = data.invited.set_axis(data.invited.index.astype(str)).reindex(wanted.index).to_numpy()  # type: ignore[attr-defined]
    everyone = [item.question is None or not item.question.asked_of for item in scores.framework.indicators]
    return np.asarray((count == 0) | ((count == 1) & (invited > 1)[:, None] & np.array(everyone)))


def smooth(ruler: Ruler, tree: Tree) -> bool:
    """Whether scores answer smoothly to the answers: not by rank or category, nor by comparing units."""
    return not (ruler.ranked.any() or ruler.steps or any(method in RELATIVE for method in tree.methods))


def _errors(data: SurveyData | SummedData, prepared: Prepared, slopes: Floats) -> Floats:
    moved = slopes * divided(prepared)[:, None, :]
    summed = getattr(data, "standard_errors", None)  # only sums are held
    if summed is not None:
        return np.asarray(summed(moved))
    answers = cast("SurveyData", data)
    return standard_errors(survey_design(answers), answers.values.reindex(columns=prepared.values.columns), moved)


def divided(prepared: Prepared) -> Floats:
    """What a unit's values were multiplied by on the way from the answers: 1, or 1 over a denominator."""
    before, after = prepared.raw.to_numpy(dtype=float), prepared.untreated.to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        factor = after / before
    return np.where(np.isfinite(factor), factor, 1.0)


def _own_slopes(prepared: Prepared, ruler: Ruler) -> Floats:
    """Change of each indicator's score per unit of its value, shape `(units, indicators)`."""
    values = prepared.untreated.to_numpy(dtype=float)
    # On logarithms the scale of a change is the value itself: a step of the goalposts would be far too long for the small.
    step = FINE * np.where(ruler.log, np.minimum(np.abs(values), spans(prepared, ruler)), spans(prepared, ruler))
    above, below = values + step, values - step
    up, centre, down = (normalise(prepared.treat(moved), ruler) for moved in (above, values, below))
    with np.errstate(invalid="ignore", divide="ignore"):
        rise, fall = (up - centre) / (above - values), (centre - down) / (values - below)
        both = (up - down) / (above - below)
    # At a goalpost, where min-max puts the best and the worst unit, one side is cut off: the slope is that of the other.
    slope = np.where(rise == 0, fall, np.where(fall == 0, rise, both))
    return np.asarray(np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0))


def spans(prepared: Prepared, ruler: Ruler) -> Floats:
    """How far each indicator reaches before treatment, shape `(indicators,)`: between its goalposts, or over the units.

    Goalposts fitted to logarithms or Box-Cox curves are on another scale than the values. NaN where neither is known.
    """
    between = np.asarray(ruler.high - ruler.low, dtype=float)
    if prepared.treated is None:
        return between
    values = prepared.untreated.to_numpy(dtype=float)
    over = np.fmax.reduce(values, axis=0) - np.fmin.reduce(values, axis=0)
    return np.asarray(np.where(prepared.treated.treatment.transform > 0, over, between))


def _slopes(prepared: Prepared, ruler: Ruler, tree: Tree) -> Floats:
    """Change of each group's score per unit of each indicator's value, shape `(units, groups, indicators)`."""
    centre = normalise(prepared.values.to_numpy(), ruler)
    own = _own_slopes(prepared, ruler)
    size = centre.shape[1]
    each = np.arange(size)
    moved = np.broadcast_to(centre, (size, *centre.shape)).copy()
    moved[each, :, each] += STEP * 100.0
    change = (aggregate(moved, tree) - aggregate(centre, tree)) / (STEP * 100.0)
    return np.nan_to_num(np.moveaxis(change, 0, -1)) * own[:, None, :]
