"""Every step from raw values to ranks, in process, beside the same steps written plainly in pandas."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench.timing import Row, timed
from workbench.aggregation import Tree, aggregate, rank
from workbench.framework_model import Indicator, Normalisation
from workbench.normalisation import fit, normalise
from workbench.text import Text
from workbench.treatment_fit import fit_treatment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["measure"]

GAPS = 0.03
"""Share of values that are missing."""


def measure() -> Iterator[Row]:
    """Treatment, normalisation, three levels, ranks."""
    for units, subs, budget in ((77, (3,) * 16 + (2,), 0.002), (8000, (5,) * 40, 0.150)):
        ours, plain, size = _both(units, subs)
        repeat = 15 if units < 1000 else 5  # noqa: PLR2004  (a large table takes longer)
        yield Row(
            f"{units:,} units x {size} indicators: treat, normalise, three levels, rank",
            timed(ours, repeat=repeat),
            budget=budget,
            rival="plain pandas",
            rival_seconds=timed(plain, repeat=3),
        )


def _both(units: int, subs: tuple[int, ...]) -> tuple[Callable[[], object], Callable[[], object], int]:
    """The kernel and the plain way, on the same numbers: a few skewed indicators, three in a hundred missing."""
    rng = np.random.default_rng(1)
    size = sum(subs)
    values = rng.normal(50, 10, (units, size))
    values[:, :5] = np.exp(rng.normal(0, 1.5, (units, 5)))
    values[rng.random(values.shape) < GAPS] = np.nan
    tree = _tree(subs)
    how = Normalisation(method="minmax")
    items = [
        Indicator(id=name, label=Text.same("x"), column=name, normalisation=how, reference="bench") for name in tree.indicators
    ]

    def ours() -> NDArray[np.float64]:
        treated = fit_treatment(values, indicators=tree.indicators).apply(values)
        scores = aggregate(normalise(treated, fit(treated, items)), tree)
        return rank(scores[..., -1])

    frame = pd.DataFrame(values, columns=list(tree.indicators))
    return ours, lambda: _plain(frame, subs), size


def _tree(subs: tuple[int, ...]) -> Tree:
    size = sum(subs)
    ends = np.cumsum((0, *subs))
    children = [tuple(range(start, stop)) for start, stop in itertools.pairwise(ends)]
    pillars = [tuple(range(size + start, size + min(start + 3, len(subs)))) for start in range(0, len(subs), 3)]
    top = tuple(range(size + len(subs), size + len(subs) + len(pillars)))
    groups = (*children, *pillars, top)
    names = (*(f"g{position}" for position in range(len(groups) - 1)), "index")
    return Tree(
        indicators=tuple(f"i{position}" for position in range(size)),
        groups=names,
        children=groups,
        weights=np.ones(size + len(groups)),
        methods=("arithmetic",) * len(groups),
        floor=1.0,
        minimum_coverage=0.5,
    )


def _plain(frame: pd.DataFrame, subs: tuple[int, ...]) -> pd.Series:
    """What a researcher would write first."""
    treated = frame.copy()
    for name in treated:
        column = treated[name]
        for _ in range(5):
            if abs(column.skew()) <= 2 or column.kurt() <= 3.5:  # noqa: PLR2004  (the usual rule)
                break
            column = column.mask(column == column.max(), column[column < column.max()].max())
        treated[name] = column
    scores = (treated - treated.min()) / (treated.max() - treated.min()) * 100
    ends = np.cumsum((0, *subs))
    levels = pd.DataFrame({i: scores.iloc[:, a:b].mean(axis=1) for i, (a, b) in enumerate(itertools.pairwise(ends))})
    pillars = pd.DataFrame({i: levels.iloc[:, i : i + 3].mean(axis=1) for i in range(0, len(subs), 3)})
    return pillars.mean(axis=1).rank(ascending=False, method="min")
