"""What single decisions do: other ways to score in a table, and each element or kind of respondent left out.

Every row is one whole analysis with one thing changed, computed by the same functions as the published result. The
respondents of a kind are left out of the means of all units; the ruler stays the published one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from workbench.aggregation import index_scores, rank
from workbench.errors import Fault, WorkbenchError
from workbench.normalisation import normalise
from workbench.replication import replicate_means
from workbench.score_errors import divided, survey_design
from workbench.uncertainty.engine import Engine
from workbench.uncertainty.spec import AggregationFactor, LeaveOutFactor, NormalisationFactor, Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = ["leave_one_out", "what_if"]

METHODS: tuple[Literal["minmax", "zscore", "rank"], ...] = ("minmax", "zscore", "rank")
MEANS: tuple[Literal["geometric", "harmonic"], ...] = ("geometric", "harmonic")


def what_if(scores: Scores) -> pd.DataFrame:
    """The ranks under other ways to score: equal weights, other means, other normalisations, each pillar out.

    Returns:
        One row a scenario: `kind` (`weights`, `aggregation`, `normalisation` or `leave_out`), `choice`, `mean_rank_shift`,
        `max_rank_shift`, `units_moved`, `correlation` (Spearman's, with the published ranks), `first` (the unit on top) and
        `most_moved` (the unit whose rank changes most).
    """
    engine = Engine(scores, _spec(scores), 0)
    equal = index_scores(scores.normalised.loc[engine.units].to_numpy(), scores.tree, (scores.tree.weights > 0).astype(float))
    rows = [_row(engine, "weights", "equal", equal)]
    for factor in engine.spec.factors:
        names = engine.factors.elements if isinstance(factor, LeaveOutFactor) else engine.factors.options[factor.kind]
        levels = engine.factors.levels(factor) or 1
        middle = ((np.arange(levels) + 0.5) / levels)[None, levels - len(names) :]
        index, _ = engine.results(engine.factors.draws({factor.id: middle}, middle.shape[1]))
        rows += [_row(engine, factor.kind, name, row) for name, row in zip(names, index, strict=True)]
    return pd.DataFrame(rows)


def _spec(scores: Scores) -> Spec:
    factors: list[AggregationFactor | NormalisationFactor | LeaveOutFactor] = [
        AggregationFactor(id="aggregation", kind="aggregation", choices=MEANS),
        NormalisationFactor(id="normalisation", kind="normalisation", choices=METHODS),
    ]
    if len(scores.framework.pillars) > 1:
        factors.append(LeaveOutFactor(id="leave_out", kind="leave_out", level="pillar"))
    return Spec.model_construct(label=scores.framework.title, max_failed=1.0, factors=tuple(factors), groups={})


def _row(engine: Engine, kind: str, choice: str, index: Floats) -> dict[str, object]:
    ranks = rank(index, engine.ties)
    shift = np.nan_to_num(np.abs(ranks - engine.published))
    known = ~np.isnan(ranks)
    both = np.stack([rank(index[known], "mean"), rank(engine.scores.index[engine.units].to_numpy()[known], "mean")])
    spread = both.std(axis=1).min() if known.any() else 0.0
    return {
        "kind": kind,
        "choice": choice,
        "mean_rank_shift": float(shift.mean()),
        "max_rank_shift": float(shift.max()),
        "units_moved": int((shift > 0).sum()),
        "correlation": float(np.asarray(np.corrcoef(both))[0, 1]) if spread > 0 else np.nan,
        "first": str(engine.units[int(np.nanargmin(ranks))]) if known.any() else "",
        "most_moved": str(engine.units[int(shift.argmax())]) if shift.any() else "",
    }


def leave_one_out(scores: Scores, what: str = "indicator") -> pd.DataFrame:
    """The ranks with each indicator, each pillar, or each type of respondent left out.

    Args:
        scores: The published result.
        what: `indicator`, `pillar` or `respondent`.

    Returns:
        Columns as in `what_if`.

    Raises:
        WorkbenchError: *what* is unknown, the index has a single pillar, or there are no respondents.
    """
    if what == "respondent":
        return pd.DataFrame(list(_without_types(scores)))
    if what not in {"indicator", "pillar"}:
        allowed = "indicator, pillar, respondent"
        raise WorkbenchError(Fault(problem=f"`{what}` cannot be left out.", allowed=allowed, fix="choose one of these."))
    if what == "pillar" and len(scores.framework.pillars) == 1:
        raise WorkbenchError(Fault(problem="the index has one pillar, which cannot be left out.", fix="leave out indicators."))
    factor = LeaveOutFactor(id="out", kind="leave_out", level=what)  # type: ignore[arg-type]
    engine = Engine(scores, Spec.model_construct(label=scores.framework.title, max_failed=1.0, factors=(factor,), groups={}), 0)
    count = len(engine.factors.elements)
    middle = ((np.arange(1, count + 1) + 0.5) / (count + 1))[None, :]
    index, _ = engine.results(engine.factors.draws({"out": middle}, count))
    return pd.DataFrame([_row(engine, "leave_out", name, row) for name, row in zip(engine.factors.elements, index, strict=True)])


def _without_types(scores: Scores) -> Iterator[dict[str, object]]:
    units = getattr(scores.data, "units", None)
    if units is None:
        raise WorkbenchError(
            Fault(problem="the data are a table and have no respondents.", fix="leave out indicators or pillars.")
        )
    # Answers are named unit/respondent.
    types = np.array([str(name).rpartition("/")[2] for name in units.index])
    engine = Engine(scores, _spec(scores), 0)
    plan, prepared = survey_design(scores.data), scores.prepared  # type: ignore[arg-type]
    names = list(dict.fromkeys(types))
    weights = np.stack([plan.weights * (types != name) for name in names])
    values = replicate_means(plan, scores.data.values[prepared.raw.columns], weights)  # type: ignore[attr-defined]
    values = np.asarray(values)[:, plan.units.get_indexer(prepared.raw.index)] * divided(prepared)
    found = np.asarray(normalise(prepared.treat(values), scores.ruler))[:, prepared.raw.index.get_indexer(engine.units)]
    for name, index in zip(names, index_scores(found, scores.tree), strict=True):
        yield _row(engine, "respondents", str(name), index)
