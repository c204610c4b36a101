"""Numbers, names and notices of clusters: what a reader calls them by, and what limits them.

Clusters are numbered by their mean index, 1 the highest, so numbers stay from run to run; where an earlier run is given
they keep its numbers by overlap. Names come from a parameter file and are used only when there are as many.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from workbench.text import LANGUAGES, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from workbench.clusters.partition import Clusters

__all__ = ["AGREEMENT", "READINGS", "Limits", "as_before", "called", "named", "notices", "numbered", "silhouette_reading"]

Labels = NDArray[np.int64]

READINGS = ((0.70, "strong"), (0.50, "reasonable"), (0.25, "weak"))
"""An average silhouette above the first number has that reading; below all there is no substantial structure."""
AGREEMENT = 0.65
"""Adjusted Rand index from which two partitions are taken to tell the same story (Steinley 2004: moderate)."""
FEW_UNITS = 20
"""With fewer units a single one moves the borders of clusters."""
MOST_NAMED = 12


def silhouette_reading(value: float) -> str:
    """`strong`, `reasonable`, `weak` or `none`: how far an average silhouette speaks for real clusters."""
    return next((name for above, name in READINGS if value > above), "none")


def numbered(labels: Labels, index: pd.Series) -> pd.Series:
    """Clusters numbered from 1 by falling mean index; among equals the one with the first unit comes first."""
    raw = pd.Series(labels, index=index.index)
    order = index.groupby(raw).mean().to_frame("mean").assign(first=raw.groupby(raw).apply(lambda part: part.index.min()))
    order = order.sort_values(["mean", "first"], ascending=[False, True])
    numbers = {name: place for place, name in enumerate(order.index, start=1)}
    return raw.map(numbers).astype(int).rename("cluster")


def as_before(labels: pd.Series, earlier: pd.Series | None) -> pd.Series:
    """Numbers of the earlier clusters that these overlap most; a cluster without one gets the next free number."""
    if earlier is None:
        return labels
    both = earlier.reindex(labels.index).dropna()
    if both.empty:
        return labels
    table = pd.crosstab(labels[both.index], both.astype(int))
    rows, columns = linear_sum_assignment(-table.to_numpy())
    numbers = {int(table.index[row]): int(table.columns[column]) for row, column in zip(rows, columns, strict=True)}
    k = int(labels.max())
    numbers = {old: new for old, new in numbers.items() if new <= k}
    free = iter(sorted(set(range(1, k + 1)) - set(numbers.values())))
    return labels.map({old: numbers.get(old) or next(free) for old in range(1, k + 1)}).astype(int).rename("cluster")


def named(clusters: Clusters, names: Sequence[Text]) -> Clusters:
    """The same clusters under *names*, in the order of their numbers; as they are, with a notice, when the count differs."""
    if not names:
        return clusters
    if len(names) == clusters.k:
        return replace(clusters, names=dict(enumerate(names, start=1)))
    notice = Texts.default()("clusters.notice.names", n=len(names), k=clusters.k)
    return replace(clusters, notices=(*clusters.notices, notice))


def called(ids: Iterable[str], labels: Mapping[str, Text] | None) -> Text | None:
    """The names of units or pillars in one line, with their number when not all are named; None without any."""
    known = labels or {}
    names = [known.get(name) or Text.same(name) for name in sorted(ids)]
    if not names:
        return None
    rest = f" ... ({len(names)})" if len(names) > MOST_NAMED else ""
    thai, english = (", ".join(name.get(lang) for name in names[:MOST_NAMED]) + rest for lang in LANGUAGES)
    return Text(th=thai, en=english)


@dataclass(frozen=True)
class Limits:
    """What limits a partition."""

    units: int
    missing: Text | None
    left_out: Text | None
    too_many: Sequence[int]
    fallback: int
    """What the rule chose although it was not asked for; 0 when it chose among those asked for."""


def notices(chosen: pd.Series, method: str, limits: Limits) -> Iterator[Text]:
    """What a reader has to know before trusting a partition, from its row of `by_count`."""
    texts = Texts.default()
    width, agreement, smallest = chosen[[method, "agreement", "smallest"]]
    if silhouette_reading(width) in {"weak", "none"}:
        yield texts(f"clusters.notice.{silhouette_reading(width)}", width=width)
    if agreement < AGREEMENT:
        yield texts("clusters.notice.disagree", agreement=agreement)
    if limits.units < FEW_UNITS:
        yield texts("clusters.notice.few", n=limits.units)
    if smallest == 1:
        yield texts("clusters.notice.alone")
    if limits.fallback:
        yield texts("clusters.notice.rule", n=limits.fallback, k=chosen.name)
    if limits.missing:
        yield texts("clusters.notice.missing", names=limits.missing)
    if limits.left_out:
        yield texts("clusters.notice.left_out", names=limits.left_out)
    if limits.too_many:
        yield texts("clusters.notice.too_many", counts=", ".join(map(str, limits.too_many)))
