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


def measure() -> Iterator[Row]:
    """The sample edition with 100,000 draws."""
    framework = Framework.load("params/framework/2559", workshops=["params/workshops/2559-05-23.yaml"])
    scores = score(framework, read_survey("data/sample/answers.xlsx", framework))
    shown = panel(scores)
    values = itertools.cycle([2.0, 0.5, 3.0, 1.0])

    def move() -> None:
        shown.sliders["P3"].value = next(values)

    yield Row("a slider's move to ranks, intervals and map, 76 units, 100,000 draws", timed(move, repeat=9))
    spec = load_spec("params/uncertainty/weights.yaml", framework)
    yield Row(
        "beside it: weights of every level, 100,000 draws", timed(lambda: simulate(scores, spec, draws=100_000, seed=1), repeat=2)
    )
