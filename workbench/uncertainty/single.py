"""One choice at a time: what each does to the ranks while everything else stays as published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.uncertainty.draws import BLOCK
from workbench.uncertainty.spec import BandFactor, GoalpostFactor, RespondentFactor, WeightFactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.uncertainty.engine import Engine
    from workbench.uncertainty.spec import Factor

    Floats = NDArray[np.float64]

__all__ = ["one_at_a_time"]

SOME = BLOCK // 4
"""Draws of a factor that has no list of choices, or a long one."""
MOST = 2**20
"""Ranks of these draws at most: the mean of fewer draws of many units is as good."""
POOLS = ("goalposts", "respondents")
"""Factors whose choices have numbers, not names."""


def one_at_a_time(engine: Engine) -> Iterator[dict[str, object]]:
    """Rows of factor, choice, mean_rank_shift, max_rank_shift, units_moved; a unit without an index has no shift."""
    for factor in engine.spec.factors:
        if isinstance(factor, BandFactor):
            continue
        names, uniform = _choices(engine, factor)
        ranks = engine.results(engine.factors.draws({factor.id: uniform}, uniform.shape[1]))[1]
        if names is None:
            yield _effect(engine, factor.id, _named(factor), ranks)
            continue
        for choice, row in zip(names, ranks, strict=True):
            yield _effect(engine, factor.id, choice, row[None])


def _choices(engine: Engine, factor: Factor) -> tuple[tuple[str, ...] | None, Floats]:
    """Names of the choices, None where there is a continuum or a pool, and the numbers that pick them."""
    levels = engine.factors.levels(factor)
    if levels is None:
        return None, engine.factors.uniform(factor, 0, max(min(SOME, MOST // len(engine.units)), 1))
    middle = ((np.arange(levels) + 0.5) / levels)[None, :]
    if factor.kind in POOLS:
        return None, middle[:, :SOME]
    if factor.kind == "leave_out":
        return ("none", *engine.factors.elements), middle
    options = engine.factors.options[factor.kind]
    if factor.kind != "amendments":
        return options, middle
    # Each amendment turned round alone.
    published = {item.id: item.status == "accepted" for item in engine.framework.amendments}
    ids = engine.variants.amendments
    own = "".join(str(int(published[name])) for name in ids)
    turned = [own[:place] + str(1 - int(own[place])) + own[place + 1 :] for place in range(len(ids))]
    return ids, middle[:, [options.index(digits) for digits in turned]]


def _named(factor: Factor) -> str:
    match factor:
        case WeightFactor(distribution="uniform"):
            return f"±{factor.spread:.0%}"
        case WeightFactor():
            return factor.distribution
        case GoalpostFactor():
            return f"±{factor.spread:.0%}"
        case RespondentFactor():
            return str(factor.replicates)
    return factor.kind


def _effect(engine: Engine, factor: str, choice: str, ranks: Floats) -> dict[str, object]:
    # A unit without an index under this choice has no shift.
    shift = np.nan_to_num(np.abs(ranks - engine.published))
    return {
        "factor": factor,
        "choice": choice,
        "mean_rank_shift": float(shift.mean()),
        "max_rank_shift": float(shift.max()),
        "units_moved": float((shift > 0).sum(axis=-1).mean()),
    }
