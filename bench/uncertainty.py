"""Drawing scenarios: the budgets of a million draws, beside a compiled loop, `score` in a loop, and plain pandas.

The data are made up: 77 units with 19 respondents each, 50 indicators in three levels. Memory is the highest of a process
of its own that draws and does nothing else. The compiled loop does the same arithmetic with weights drawn, three levels
weighted, and ranks counted; it is a yardstick, not a second engine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.kernel import plain_pandas
from bench.timing import Row, timed
from workbench import Framework, read_survey, score, simulate
from workbench.paths import PROJECT
from workbench.uncertainty.spec import Spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from workbench.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = ["measure"]

MILLION = 1_000_000
WEIGHTS = {"id": "weights", "kind": "weights", "spread": 0.25}
MANY = (
    WEIGHTS,
    {"id": "normalisation", "kind": "normalisation", "choices": ("as_given", "minmax", "zscore")},
    {"id": "treatment", "kind": "treatment", "choices": ("none", "rule")},
    {"id": "aggregation", "kind": "aggregation", "choices": ("arithmetic", "geometric")},
    {"id": "respondents", "kind": "respondents"},
)


def _spec(*factors: dict[str, object]) -> Spec:
    return Spec.model_validate({"label": {"th": "ก", "en": "a"}, "factors": factors})


@cache
def _framework() -> Framework:
    return Framework.load(PROJECT / "params/framework/2559")


def made_up(units: int) -> Scores:
    """Scores of a table without gaps, 50 indicators of the 2559 edition."""
    rng = np.random.default_rng(1)
    ids = [indicator.id for indicator in _framework().indicators]
    highs = np.array([indicator.normalisation.high or 1.0 for indicator in _framework().indicators])
    quality = rng.normal(0.0, 0.12, (units, 1))
    values = np.clip(rng.normal(0.5, 0.2, (units, len(ids))) + quality, 0.0, 1.0) * highs
    return score(_framework(), pd.DataFrame(values, index=[f"U{number:05d}" for number in range(units)], columns=ids))


def surveyed() -> Scores:
    """Scores of a made-up survey of 76 provinces, drawn by the project itself."""
    return score(_framework(), read_survey(PROJECT / "data/sample/answers.xlsx", _framework()))


CASES: dict[str, tuple[Callable[[], Scores], Spec, int]] = {
    "weights": (lambda: made_up(77), _spec(WEIGHTS), MILLION),
    "many": (surveyed, _spec(*MANY), MILLION),
    "large": (lambda: made_up(8000), _spec(WEIGHTS), 10_000),
}


def alone(case: str) -> dict[str, float]:
    """Seconds and megabytes of one case in a process of its own."""
    command = [sys.executable, "-m", "bench.uncertainty", case]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        subprocess.run([*command, str(out)], check=True, cwd=PROJECT)  # noqa: S603  (this very module)
        return dict(json.loads(out.read_text(encoding="utf-8")))


def measure() -> Iterator[Row]:
    """The table of budgets."""
    budgets = {
        "weights": ("1,000,000 draws, 77 x 50, weights of all levels", 2.0, 400),
        "many": ("the same, 3 normalisations x 2 treatments x 2 means, respondents", 6.0, 600),
        "large": ("10,000 draws, 8,000 x 50, weights of all levels", 5.0, 2000),
    }
    seconds = {}
    for case, (what, budget, megabytes) in budgets.items():
        found = alone(case)
        seconds[case] = found["seconds"]
        yield Row(f"{what} ({found['megabytes']:.0f} of {megabytes} MB)", found["seconds"], budget=budget)
    scores = made_up(77)
    draw = seconds["weights"] / MILLION
    compiled = _compiled(scores)
    yield Row("one draw, weights", draw, rival="a compiled loop on as many cores (numba)", rival_seconds=compiled)
    yield Row(
        "one draw, weights", draw, rival="score() in a loop", rival_seconds=timed(lambda: score(_framework(), scores.values))
    )
    rival = timed(lambda: plain_pandas(scores, 300), repeat=3) / 300
    yield Row("one draw, weights", draw, rival="a plain pandas loop", rival_seconds=rival)
    few = timed(lambda: simulate(scores, _spec(WEIGHTS), draws=10_000, seed=1), repeat=5) / 10_000
    yield Row("one draw of 1,000,000", draw, rival="one draw of 10,000", rival_seconds=few)


def _compiled(scores: Scores) -> float:
    """Seconds a draw of the same arithmetic in a loop compiled by numba, in as many threads as `simulate` has."""
    import numba  # noqa: PLC0415  (for development only)

    tree = scores.tree
    children = np.full((len(tree.children), max(map(len, tree.children))), -1)
    for group, inside in enumerate(tree.children):
        children[group, : len(inside)] = inside
    loop = numba.njit(nogil=True, fastmath=True)(_loop)
    values, threads, draws = scores.normalised.to_numpy(), len(os.sched_getaffinity(0)), 50_000
    loop(values, tree.weights, children, 10)

    def all_threads() -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: loop(values, tree.weights, children, draws), range(threads)))

    return timed(all_threads, repeat=5) / (draws * threads)


def _loop(values: Floats, weights: Floats, children: NDArray[np.int64], draws: int) -> NDArray[np.int64]:  # noqa: C901  (a loop as one would write it in C)
    """Ranks counted over draws of perturbed weights, as numba compiles it."""
    units, first = values.shape
    counts = np.zeros((units, units), dtype=np.int64)
    own, shares, index = np.empty(len(weights)), np.empty(len(weights)), np.empty(units)
    for _ in range(draws):
        for node in range(len(weights)):
            own[node] = weights[node] * (0.75 + 0.5 * np.random.random())  # noqa: NPY002  (numba's generator)
        shares[len(weights) - 1] = 1.0
        for group in range(len(children) - 1, -1, -1):
            total = 0.0
            for child in children[group]:
                total += own[child] if child >= 0 else 0.0
            for child in children[group]:
                if child >= 0:
                    shares[child] = shares[first + group] * own[child] / total
        for unit in range(units):
            index[unit] = 0.0
            for indicator in range(first):
                index[unit] += shares[indicator] * values[unit, indicator]
        for unit in range(units):
            place = 0
            for other in range(units):
                place += index[other] > index[unit]
            counts[unit, place] += 1
    return counts


def _main(case: str, out: str) -> None:
    import resource  # noqa: PLC0415  (not on every system)

    make, spec, draws = CASES[case]
    scores = make()
    simulate(scores, spec, draws=5000, seed=1)
    start = time.perf_counter()
    simulate(scores, spec, draws=draws, seed=1)
    spent = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(out).write_text(json.dumps({"seconds": spent, "megabytes": peak}), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
