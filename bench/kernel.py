"""Scoring the sample and drawing scenarios, beside the same arithmetic written plainly in pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.timing import Row, timed
from workbench import Framework, load_spec, read_survey, score, simulate
from workbench.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench import Scores

__all__ = ["measure"]


def measure() -> Iterator[Row]:
    """The figures of the sample edition."""
    framework = Framework.load(PROJECT / "params/framework/2559", workshops=[PROJECT / "params/workshops/2559-05-23.yaml"])
    answers = PROJECT / "data/sample/answers.xlsx"
    yield Row("load the framework with a workshop", timed(lambda: Framework.load(PROJECT / "params/framework/2559")))
    yield Row("read and check the sample survey (xlsx)", timed(lambda: read_survey(answers, framework)))
    responses = read_survey(answers, framework)
    yield Row("score the sample, with standard errors", timed(lambda: score(framework, responses)), budget=0.020)
    scores = score(framework, responses)
    spec = load_spec(PROJECT / "params/uncertainty/notebook.yaml", framework)
    yield Row(
        "10,000 draws: weights, normalisation, aggregation",
        timed(lambda: simulate(scores, spec, draws=10_000, seed=1), repeat=3),
        budget=0.5,
    )
    weights = load_spec(PROJECT / "params/uncertainty/weights.yaml", framework)
    ours = timed(lambda: simulate(scores, weights, draws=10_000, seed=1), repeat=3)
    theirs = timed(lambda: plain_pandas(scores, 300), repeat=3) / 300 * 10_000
    yield Row("10,000 draws: weights of all levels", ours, rival="plain pandas loop, scaled up", rival_seconds=theirs)


def plain_pandas(scores: Scores, draws: int) -> pd.DataFrame:
    """What a researcher would write first: weighted sums and ranks, one draw at a time."""
    rng = np.random.default_rng(1)
    values = scores.normalised
    found = {}
    for draw in range(draws):
        weights = pd.Series(rng.uniform(0.75, 1.25, values.shape[1]), index=values.columns)
        found[draw] = (values * (weights / weights.sum())).sum(axis=1).rank(ascending=False)
    return pd.DataFrame(found)
