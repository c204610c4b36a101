"""The live panel: from a slider's move to the HTML of ranking and map, beside the engine that varies every level."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from bench.timing import Row, timed
from workbench import Framework, load_spec, read_survey, score, simulate
from workbench.live_panel import panel

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]

BUDGET = 0.2
"""Seconds in which a hand on a slider sees what it did."""


def measure() -> Iterator[Row]:
    """The sample edition with 100,000 draws."""
    framework = Framework.load("params/framework/2559", workshops=["params/workshops/2559-05-23.yaml"])
    scores = score(framework, read_survey("data/sample/answers.xlsx", framework))
    shown = panel(scores)
    weights = itertools.cycle([2.0, 0.5, 3.0, 1.0])

    def move() -> None:
        shown.sliders["P3"].value = next(weights)

    yield Row("a slider's move to ranks, intervals and map, 76 units, 100,000 draws", timed(move, repeat=9), budget=BUDGET)
    for words, menu, values in (
        ("another mean", shown.aggregation, itertools.cycle(["geometric", "as_given"])),
        ("another normalisation", shown.normalisation, itertools.cycle(["minmax", "as_given"])),
        ("an amendment switched", shown.amendments["a01"], itertools.cycle([False, True])),
    ):
        seconds = timed(lambda menu=menu, values=values: setattr(menu, "value", next(values)), repeat=5)  # type: ignore[misc]
        yield Row(f"{words}, the same", seconds, budget=BUDGET)
    spec = load_spec("params/uncertainty/weights.yaml", framework)
    yield Row(
        "beside it: weights of every level, 100,000 draws", timed(lambda: simulate(scores, spec, draws=100_000, seed=1), repeat=2)
    )
