"""Draw until enough: blocks spread over threads, processes or machines, and put together.

`simulate` hands blocks to workers and adds what they count. Which worker counts which block changes no bit of the
result; see `engine`. Workers of other processes get the scores and the spec once and make the matrices themselves.
"""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.allocation import keep_freed
from workbench.errors import Fault, FaultList, WorkbenchError
from workbench.text import Texts
from workbench.uncertainty.clustering import FINE, design_effect
from workbench.uncertainty.draws import BLOCK
from workbench.uncertainty.engine import BINS, Engine, Tally
from workbench.uncertainty.machines import cores, in_order, shared
from workbench.uncertainty.results import ENDS, Uncertainty, half_widths, summary
from workbench.uncertainty.single import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from workbench.scoring import Scores
    from workbench.text import Text
    from workbench.uncertainty.spec import Spec

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["engine_of", "simulate"]

TASK = 8
"""Blocks that a worker counts in one go, where there are enough."""
FIRST_LOOK = 4
"""Blocks after which the stop rule looks for the first time; then after 8, 16, 32, ..."""


def simulate(
    scores: Scores,
    spec: Spec,
    *,
    draws: int = 10_000,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    until: float | None = None,
) -> Uncertainty:
    """Draw the choices of *spec* many times and rank the units each time.

    Args:
        scores: The published result; units without a score are left out.
        spec: The factors of uncertainty.
        draws: At least 1; with *until* at most so many.
        seed: Any whole number of 0 or more; the same seed gives the same bits, whoever computes.
        progress: Called with the number of draws just done.
        workers: Threads; the cores there are when not given.
        executor: Computes in place of threads: processes, or `distributed.Client(address).get_executor()`.
        until: Stop when both ends of every unit's 90 % interval are known to within so many ranks (95 % confidence).

    Returns:
        Units that tie in a draw share the better rank, or dense ranks where the method says so. Draws in which a unit has
        no index are left out of its shares, counted and named; so are draws that could not be computed.

    Raises:
        WorkbenchError: no draws, a negative seed, no unit with a score, or too many draws that could not be computed.
    """
    _check(scores, draws, seed, workers, until)
    keep_freed()
    engine = Engine(scores, spec, seed)
    total = engine.empty()
    with threadpool_limits(limits=1, user_api="blas"):
        for tally in _tallies(engine, draws, workers, executor, most=TASK if until is None else FIRST_LOOK):
            if total.draws:
                total.add(tally)
            else:
                total = tally
            if progress is not None:
                progress(tally.draws)
            _stop_if_failing(total, spec)
            if until is not None and _enough(total, until):
                break
        effects = pd.DataFrame(list(one_at_a_time(engine)))
    if until is not None and progress is not None:
        progress(draws - total.draws)
    return _result(engine, total, effects, until)


def _tallies(engine: Engine, draws: int, workers: int | None, executor: Executor | None, most: int) -> Iterator[Tally]:
    """Counts of every task in order; a few tasks at a time are under way."""
    blocks = -(-draws // BLOCK)
    # The stop rule looks between tasks, at the same draws for any number of workers.
    size = most if most < TASK else max(1, min(most, blocks // (workers or cores())))
    tasks = [
        [(number, min(BLOCK, draws - number * BLOCK)) for number in range(start, min(start + size, blocks))]
        for start in range(0, blocks, size)
    ]
    if executor is None:
        return in_order(_count, engine, tasks, workers=workers if len(tasks) > 1 else 1)
    payload = shared(executor, pickle.dumps((engine.scores, engine.spec, engine.seed)))
    return in_order(_count_far, payload, tasks, executor=executor)


def _count(engine: Engine, task: list[tuple[int, int]]) -> Tally:
    """Counts of some blocks."""
    found = engine.tally(*task[0])
    for number, size in task[1:]:
        found.add(engine.tally(number, size))
    return found


def _count_far(payload: bytes, task: list[tuple[int, int]]) -> Tally:
    """The same in another process, which keeps the engine for its next task."""
    keep_freed()
    with threadpool_limits(limits=1, user_api="blas"):
        return _count(engine_of(payload), task)


@lru_cache(maxsize=1)
def engine_of(payload: bytes) -> Engine:
    """The engine of pickled scores, spec and seed."""
    return Engine(*pickle.loads(payload))  # noqa: S301  (sent by `simulate` itself)


def _check(scores: Scores, draws: int, seed: int, workers: int | None, until: float | None) -> None:
    faults = FaultList()
    if draws < 1:
        faults.add(f"`draws` is {draws}.", allowed="1 or more", fix="ask for at least one draw.")
    if seed < 0:
        faults.add(f"`seed` is {seed}.", allowed="0 or more", fix="choose a whole number of 0 or more.")
    if workers is not None and workers < 1:
        faults.add(f"`workers` is {workers}.", allowed="1 or more", fix="ask for at least one worker.")
    if until is not None and not until > 0:
        faults.add(f"`until` is {until:g}.", allowed="a number of ranks above 0, such as 0.5", fix="correct it.")
    if scores.index.notna().sum() == 0:
        faults.add("no unit has a score, so there is nothing to rank.", fix="check coverage and response.")
    faults.stop_if_any()


def _stop_if_failing(total: Tally, spec: Spec) -> None:
    """Stop when more draws failed than the spec allows."""
    failed = sum(total.failed.values())
    if failed <= spec.max_failed * total.draws:
        return
    settings = "; ".join(f"{setting} ({count} draws)" for setting, count in total.failed.most_common(5))
    problem = f"{failed} of {total.draws} draws could not be computed: {settings}."
    allowed = f"at most {spec.max_failed:.0%} of the draws"
    raise WorkbenchError(Fault(problem=problem, allowed=allowed, fix="take these choices out, or raise `max_failed`."))


def _enough(total: Tally, until: float) -> bool:
    """Whether the ends of all 90 % intervals are known; looked at after 4, 8, 16, ... blocks, so workers change nothing."""
    blocks = total.draws // BLOCK
    if total.draws % BLOCK or blocks < FIRST_LOOK or blocks & (blocks - 1):
        return False
    return _worst_end(total) <= until


def _worst_end(total: Tally) -> float:
    """Half-width, in ranks, of the 95 % Monte-Carlo interval of the end of a 90 % interval that is known worst."""
    counted = np.maximum(total.ranks.sum(axis=1), 1).astype(float)
    shares = pd.DataFrame(total.ranks / counted[:, None])
    counted /= _design_effects(total)["rank"].to_numpy()
    return max(float(half_widths(shares, counted, end).max()) for end in ENDS)


def _result(engine: Engine, total: Tally, effects: pd.DataFrame, until: float | None) -> Uncertainty:
    size, units = len(engine.units), engine.units
    ranked = total.ranks.sum(axis=1)[engine.stands].astype(float)
    base = np.maximum(ranked, 1.0)[:, None]
    counts = total.ranks if engine.copies is None else total.ranks[engine.stands]
    shares = pd.DataFrame(counts / base, index=units, columns=pd.RangeIndex(1, size + 1, name="rank"), copy=False)
    bands = pd.Index([band.id for band in engine.framework.bands], name="band")
    return Uncertainty(
        spec=engine.spec,
        draws=total.draws,
        seed=engine.seed,
        ranks=summary(shares, engine.scores.table.loc[units, "rank"].to_numpy(dtype=float)),
        unranked=pd.Series(1.0 - ranked / total.draws, index=units),
        rank_shares=shares,
        effects=effects,
        bands=pd.DataFrame(total.bands[engine.stands] / base, index=units, columns=bands),
        scores=_score_summary(engine, total, base[:, 0]),
        design_effects=_design_effects(total).iloc[engine.stands].set_axis(units) if total.sets else None,
        failed=dict(total.failed),
        notices=(*engine.variants.notices.values(), *_notices(engine, total, ranked), *_short_of(total, until)),
        names=engine.scores.names,
        synthetic=engine.scores.synthetic,
    )


def _design_effects(total: Tally) -> pd.DataFrame:
    """How many times the variance of a mean rank, or mean index, is that of independent draws; a row for each unit counted.

    Where both respondents and goalposts come in sets, what each adds is added: the sets of one are spread over the other's.
    """
    found = pd.DataFrame({"rank": 1.0, "index": 1.0}, index=range(len(total.ranks)))
    if not total.sets:
        return found
    counted = np.maximum(total.ranks.sum(axis=1), 1)
    places = np.arange(1, total.ranks.shape[1] + 1, dtype=float)
    spread = total.ranks @ places**2 / counted - (total.ranks @ places / counted) ** 2
    mean, square = _moments(total) / counted
    for sets in total.sets.values():
        found["rank"] += design_effect(sets.ranks, sets.counts, spread) - 1.0
        found["index"] += design_effect(sets.index / FINE, sets.counts, square - mean**2) - 1.0
    return found


def _moments(total: Tally) -> Floats:
    """Sums of what the index differs from the published one and of its square, added in the order of the blocks."""
    sums = np.zeros_like(total.moments[0][1])
    for _, part in sorted(total.moments, key=lambda pair: pair[0]):
        sums += part
    return sums


def _score_summary(engine: Engine, total: Tally, base: Floats) -> pd.DataFrame:
    """Mean, standard deviation and percentiles of the index."""
    mean, square = _moments(total)[:, engine.stands] / base
    classes = total.scores[engine.stands].cumsum(axis=1) / base[:, None]
    found = {
        "index": engine.scores.index[engine.units].to_numpy(),
        "index_mean": engine.centre[engine.stands] + mean,
        "index_sd": np.sqrt(np.maximum(square - mean**2, 0.0)),
    }
    for name, share in (("p05", ENDS[0]), ("median", 0.5), ("p95", ENDS[1])):
        found[f"index_{name}"] = np.minimum((classes >= share - 1e-12).argmax(axis=1) + 0.5, BINS - 1) / 10.0
    return pd.DataFrame(found, index=engine.units)


def _notices(engine: Engine, total: Tally, ranked: Floats) -> Iterator[Text]:
    """Units that some draws leave without an index, and draws that could not be computed."""
    texts, names = Texts.default(), engine.scores.names
    counted = total.draws - sum(total.failed.values())
    some = [str(unit) for unit, count in zip(engine.units, ranked, strict=True) if count < counted]
    if some:
        yield texts(
            "uncertainty.unranked",
            n=len(some),
            share=f"{100 * (1 - float(ranked.min()) / total.draws):.0f}",
            units=_joined([names[unit] for unit in some[:10]]),
        )
    if total.failed:
        first = next(iter(total.failed))
        yield texts("uncertainty.failed", n=sum(total.failed.values()), draws=total.draws, setting=first)


def _short_of(total: Tally, until: float | None) -> Iterator[Text]:
    """That the draws ran out before the ends were known as well as was asked."""
    if until is None or (worst := _worst_end(total)) <= until:
        return
    key = "until_sets" if total.sets else "until"
    yield Texts.default()(f"uncertainty.{key}", draws=f"{total.draws:,}", until=f"{until:g}", worst=f"{worst:g}")


def _joined(items: list[Text]) -> Text:
    from workbench.text import Text as Made  # noqa: PLC0415

    return Made(th=", ".join(item.th for item in items), en=", ".join(item.en for item in items))
