"""Which choices matter: shares of the variance of ranks and scores, and a second opinion without moments.

The output of an analysis is the mean rank shift, the mean over units of how far a rank is from the published one;
besides, every unit's rank and score. Where every factor is a list of choices and there are at most a million
combinations, all are computed and the indices are exact; else they are estimated, with intervals.

Source: Saisana, Saltelli, Tarantola (2005), Journal of the Royal Statistical Society A 168(2); Pianosi, Wagener
(2015), Environmental Modelling & Software 67 (PAWN).
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.allocation import keep_freed
from workbench.errors import Fault, FaultList, WorkbenchError
from workbench.uncertainty.engine import Engine
from workbench.uncertainty.machines import in_order, shared
from workbench.uncertainty.simulation import engine_of
from workbench.uncertainty.variance import Indices, decompose, design, estimate
from workbench.uncertainty.variants import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from workbench.scoring import Scores
    from workbench.uncertainty.spec import Spec

    Floats = NDArray[np.float64]
    Uniform = dict[str, Floats]

__all__ = ["Sensitivity", "pawn", "sensitivity"]

ALL = 1_000_000
"""Combinations that are computed one and all."""
WIDE = 40_000_000
"""Numbers kept for the indices of every unit; beyond it only the mean rank shift has them."""
PART = 2048
"""Runs that a worker computes in one go."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """Sobol's indices of every factor."""

    table: pd.DataFrame
    """Of the mean rank shift: `factor`, `s1`, `s1_low`, `s1_high`, `st`, `st_low`, `st_high`; 95 % intervals."""
    units: pd.DataFrame
    """The same of each unit: index `unit`, columns `output` (rank or index), then those of `table`; empty when too many."""
    exact: bool
    """Whether all combinations were computed; then the intervals are the values."""
    runs: int
    failed: int = 0
    """Runs (of an estimate: base rows) that could not be computed."""


def sensitivity(
    scores: Scores,
    spec: Spec,
    *,
    samples: int = 1024,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
) -> Sensitivity:
    """Sobol's first-order and total indices.

    Args:
        scores: The published result.
        spec: The factors; those of one of its `groups` count as one.
        samples: Base rows of the design, a power of 2; each takes a run per factor and two more.
        seed: Any whole number of 0 or more.
        progress: Called with the number of runs just done.
        workers: Threads, as in `simulate`; any number gives the same bits.
        executor: Computes the runs, as in `simulate`.

    Raises:
        WorkbenchError: *samples* is no power of 2, or more runs failed than the spec allows.
    """
    _check(samples, seed)
    keep_freed()
    engine = Engine(scores, spec, seed)
    known = _combinations(engine)
    exact = bool(known)
    uniform = _grid(spec, known) if exact else _grouped(engine, samples)
    runs = next(iter(uniform.values())).shape[1]
    wide = runs * 2 * len(engine.units) <= WIDE
    found = np.full((runs, 1 + 2 * len(engine.units) * wide), np.nan)
    for start, part in _runs(engine, uniform, workers, executor):
        found[start : start + len(part)] = part[:, : found.shape[1]]
        if progress is not None:
            progress(len(part))
    failed = _stop_if_failing(engine, found)
    names = list(groups_of(spec))
    if exact:
        # A combination that failed takes the mean: it explains nothing.
        filled = np.where(np.isnan(found), np.nanmean(found, axis=0), found) if np.isnan(found).any() else found
        indices = decompose(filled.reshape(*known, -1))
    else:
        indices = estimate(found, len(names), seed)
    return Sensitivity(
        table=_frame(indices, names, 0),
        units=_of_units(indices, names, engine) if wide else pd.DataFrame(),
        exact=exact,
        runs=runs,
        failed=failed if exact else indices.left_out,
    )


def _stop_if_failing(engine: Engine, found: Floats) -> int:
    """The number of runs that failed; more than the spec allows are an error."""
    failed, share = int(np.isnan(found[:, 0]).sum()), engine.spec.max_failed
    if failed > share * len(found):
        reason = next(iter(engine.variants.failures.values()), "no unit has an index")
        problem = f"{failed} of {len(found)} runs could not be computed: {reason}"
        fix = "take these choices out, or raise `max_failed`."
        raise WorkbenchError(Fault(problem=problem, allowed=f"at most {share:.0%} of the runs", fix=fix))
    return failed


def runs_needed(scores: Scores, spec: Spec, samples: int) -> int:
    """How many runs `sensitivity` takes."""
    known = _combinations(Engine(scores, spec, 0))
    return prod(known) if known else samples * (len(groups_of(spec)) + 2)


def _combinations(engine: Engine) -> list[int]:
    """Choices of each factor where all combinations can be computed, else nothing."""
    levels = [engine.factors.levels(factor) for factor in engine.spec.factors]
    known = [level for level in levels if level is not None]
    return known if len(known) == len(levels) and prod(known) <= ALL and not engine.spec.groups else []


def groups_of(spec: Spec) -> dict[str, tuple[str, ...]]:
    """The factors that count as one, by name; a factor outside of all groups is one of its own."""
    grouped = {name for names in spec.groups.values() for name in names}
    alone = {factor.id: (factor.id,) for factor in spec.factors if factor.id not in grouped}
    return alone | dict(spec.groups)


def _check(samples: int, seed: int) -> None:
    faults = FaultList()
    if samples < 2 or samples & (samples - 1):  # noqa: PLR2004  (the first power)
        faults.add(
            f"`samples` is {samples}.", allowed="a power of 2, such as 1024", fix="quasi-random points come in powers of 2."
        )
    if seed < 0:
        faults.add(f"`seed` is {seed}.", allowed="0 or more", fix="choose a whole number of 0 or more.")
    faults.stop_if_any()


def _grid(spec: Spec, levels: list[int]) -> Uniform:
    """All combinations, the last factor fastest."""
    middles = [(np.arange(size) + 0.5) / size for size in levels]
    table = np.meshgrid(*middles, indexing="ij")
    return {factor.id: column.reshape(1, -1) for factor, column in zip(spec.factors, table, strict=True)}


def _grouped(engine: Engine, samples: int) -> Uniform:
    """A design over the groups, taken apart into factors."""
    factors = {factor.id: engine.factors.coordinates(factor) for factor in engine.spec.factors}
    groups = groups_of(engine.spec)
    columns = design({name: sum(factors[one] for one in ids) for name, ids in groups.items()}, samples, engine.seed)
    found: Uniform = {}
    for name, ids in groups.items():
        ends = np.cumsum([factors[one] for one in ids])
        found |= dict(zip(ids, np.split(columns[name], ends[:-1]), strict=True))
    return found


def _runs(engine: Engine, uniform: Uniform, workers: int | None, executor: Executor | None) -> Iterator[tuple[int, Floats]]:
    """Outputs of all runs, in parts."""
    starts = range(0, next(iter(uniform.values())).shape[1], PART)
    parts = ({name: column[:, start : start + PART] for name, column in uniform.items()} for start in starts)
    if executor is None:
        done = in_order(outputs, engine, parts, workers=workers if len(starts) > 1 else 1)
    else:
        payload = shared(executor, pickle.dumps((engine.scores, engine.spec, engine.seed)))
        done = in_order(_far, payload, parts, executor=executor)
    with threadpool_limits(limits=1, user_api="blas"):
        yield from zip(starts, done, strict=True)


def _far(payload: bytes, uniform: Uniform) -> Floats:
    keep_freed()
    with threadpool_limits(limits=1, user_api="blas"):
        return outputs(engine_of(payload), uniform)


def outputs(engine: Engine, uniform: Mapping[str, Floats]) -> Floats:
    """Mean rank shift, then the ranks, then the index of every unit: shape `(runs, 1 + 2 units)`; NaN where a run failed."""
    size = next(iter(uniform.values())).shape[1]
    index, ranks = engine.results(engine.factors.draws(uniform, size))
    shift = np.abs(ranks - engine.published)
    known = ~np.isnan(shift)
    count = known.sum(axis=1)
    mean = np.divide(np.where(known, shift, 0.0).sum(axis=1), count, out=np.full(size, np.nan), where=count > 0)
    return np.hstack([mean[:, None], ranks, index])


def _frame(indices: Indices, names: list[str], output: int) -> pd.DataFrame:
    columns = {
        name: np.maximum(getattr(indices, name)[:, output], -1.0)
        for name in ("s1", "s1_low", "s1_high", "st", "st_low", "st_high")
    }
    return pd.DataFrame({"factor": names} | columns)


def _of_units(indices: Indices, names: list[str], engine: Engine) -> pd.DataFrame:
    frames = []
    for block, output in enumerate(("rank", "index")):
        for place, unit in enumerate(engine.units):
            frame = _frame(indices, names, 1 + block * len(engine.units) + place)
            frames.append(frame.assign(output=output).set_index(pd.Index([unit] * len(frame), name="unit")))
    found = pd.concat(frames)
    return found[["output", *(name for name in found.columns if name != "output")]]


def pawn(scores: Scores, spec: Spec, *, points: int = 15, size: int = 1024, seed: int = 0) -> pd.DataFrame:
    """How far the distribution of the mean rank shift moves when a factor is held, by the Kolmogorov distance.

    Args:
        scores: The published result.
        spec: The factors.
        points: Choices of a factor at which it is held; all of them where it has fewer.
        size: Draws of the other factors at each, and of all factors together.
        seed: Any whole number of 0 or more.

    Returns:
        `factor`, `median`, `maximum`, `points`; and `noise`, the distance that two samples of the same distribution keep
        below in 95 of 100 cases: a factor under it cannot be told from one that does nothing.
    """
    engine = Engine(scores, spec, seed)
    free = _shift(engine, _sample(engine, size, 0))
    noise = float(np.sqrt(-0.5 * np.log(0.025)) * np.sqrt(2.0 / size))
    rows = []
    for factor in spec.factors:
        levels = engine.factors.levels(factor)
        held = engine.factors.uniform(factor, 1_000_000, points)
        if levels is not None and levels <= points:
            held = ((np.arange(levels) + 0.5) / levels)[None, :]
        distances = []
        for place in range(held.shape[1]):
            uniform = _sample(engine, size, 1 + place)
            uniform[factor.id] = np.repeat(held[:, place : place + 1], size, axis=1)
            distances.append(_distance(free, _shift(engine, uniform)))
        middle, most = float(np.median(distances)), float(np.max(distances))
        rows.append({"factor": factor.id, "median": middle, "maximum": most, "points": len(distances), "noise": noise})
    return pd.DataFrame(rows)


def _sample(engine: Engine, size: int, number: int) -> Uniform:
    return {
        factor.id: stream(engine.seed, f"pawn:{factor.id}", number).random((engine.factors.coordinates(factor), size))
        for factor in engine.spec.factors
    }


def _shift(engine: Engine, uniform: Uniform) -> Floats:
    found = outputs(engine, uniform)[:, 0]
    return np.sort(found[~np.isnan(found)])


def _distance(one: Floats, other: Floats) -> float:
    """Largest difference between two distributions, both sorted."""
    every = np.concatenate([one, other])
    below = [np.searchsorted(part, every, side="right") / max(len(part), 1) for part in (one, other)]
    return float(np.abs(below[0] - below[1]).max()) if len(every) else 0.0
