"""How far the ranks depend on choices that could have been made otherwise.

Every draw is one set of choices (weights, normalisation, aggregation), scored by the kernel of
`aggregation` with a leading axis of draws. Random numbers come from counter-based streams keyed by
(seed, factor, block of draws), and only counts are kept, so results do not depend on how the draws
are split and memory does not grow with their number. Nothing here has a formula of its own.

Source: Saisana, Saltelli, Tarantola (2005), Journal of the Royal Statistical Society A 168(2);
OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from workbench.aggregation import index_scores, rank
from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.normalisation import fit, normalise
from workbench.paths import resolve, shown
from workbench.strictyaml import Place, Strict, read_yaml, validate
from workbench.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.aggregation import Tree
    from workbench.framework import Framework
    from workbench.scoring import Scores

    Floats = NDArray[np.float64]
    Counts = NDArray[np.int64]

__all__ = ["BLOCK", "Spec", "Uncertainty", "load_spec", "simulate"]

BLOCK = 4096
"""Draws that share one random stream; small enough that a block's arrays stay in the cache."""
Level = Literal["pillar", "sub-pillar", "indicator"]


class WeightFactor(Strict):
    """Each weight is multiplied by a number uniform in 1 - spread to 1 + spread."""

    id: str
    kind: Literal["weights"]
    levels: tuple[Level, ...] = ()
    """Empty = every level the framework has."""
    spread: Annotated[float, Field(gt=0, lt=1)]


class NormalisationFactor(Strict):
    """One normalisation for all indicators, or each its own."""

    id: str
    kind: Literal["normalisation"]
    choices: Annotated[tuple[Literal["as_given", "goalposts", "minmax", "zscore", "rank"], ...], Field(min_length=1)]


class AggregationFactor(Strict):
    """The mean by which groups are aggregated."""

    id: str
    kind: Literal["aggregation"]
    choices: Annotated[tuple[Literal["as_given", "arithmetic", "geometric"], ...], Field(min_length=1)]
    levels: tuple[Literal["index", "pillar", "sub-pillar"], ...] = ("index", "pillar")


Factor = Annotated[WeightFactor | NormalisationFactor | AggregationFactor, Field(discriminator="kind")]


class Spec(Strict):
    """The factors of uncertainty of one analysis."""

    label: Text
    factors: Annotated[tuple[Factor, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _kinds_once(self) -> Spec:
        for name in ("id", "kind"):
            values = [getattr(factor, name) for factor in self.factors]
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"factor {name} {', '.join(twice)} appears twice. | keep one.")
        return self


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """The distribution of every unit's rank. Frames are indexed by unit, in the order of the published ranks."""

    spec: Spec
    draws: int
    seed: int
    ranks: pd.DataFrame
    """rank, rank_mean, rank_p05, rank_median, rank_p95."""
    rank_shares: pd.DataFrame
    """Share of the draws in which the unit has each rank, columns 1 to the number of units."""
    effects: pd.DataFrame
    """factor, choice, mean_rank_shift, max_rank_shift, units_moved: each choice alone, all else as published."""
    unranked: pd.Series
    """Share of the draws in which a unit had no index, because too little of it was measured under that choice."""
    notices: tuple[Text, ...] = ()

    def _repr_html_(self) -> str:
        from workbench.cards import uncertainty_card  # noqa: PLC0415  (only a notebook asks)

        return uncertainty_card(self)

    def _ipython_key_completions_(self) -> list[str]:
        return [str(unit) for unit in self.ranks.index]

    def __getitem__(self, unit: str) -> pd.Series:
        """The ranks of one unit."""
        if unit not in self.ranks.index:
            fix = suggestion(unit, map(str, self.ranks.index)) or "name a unit that was ranked."
            raise WorkbenchError(Fault(problem=f"there is no unit `{unit}`.", fix=fix))
        return self.ranks.loc[unit]

    def to_frame(self) -> pd.DataFrame:
        """The ranks and the share of the draws in which a unit had none."""
        return self.ranks.join(self.unranked.rename("unranked"))

    def quantile(self, share: float) -> pd.Series:
        """The smallest rank that at least *share* of the draws do not exceed."""
        return _quantile(self.rank_shares, share)


def load_spec(path: str | Path, framework: Framework) -> Spec:
    """Read and check the factors of uncertainty.

    Raises:
        WorkbenchError: every fault of the file, and every level that the framework has not.
    """
    file = resolve(path)
    document = read_yaml(file)
    spec = validate(Spec, document.data, document.places, file)
    faults = FaultList()
    # Whatever the index is made of directly counts as a pillar.
    levels = {"index", "pillar"} | {framework.level(node.id) for node in framework.elements}
    for position, factor in enumerate(spec.factors):
        place = document.places.along(document.data, ("factors", position)) or Place(shown(file), 1)
        if not isinstance(factor, WeightFactor | AggregationFactor):
            continue
        for level in sorted(set(factor.levels) - levels):
            problem = f"factor `{factor.id}`: the framework {framework.id} has no {level}."
            allowed = one_of(sorted(levels))
            faults.add(problem, file=place.file, line=place.line, allowed=allowed, fix=f"delete {level} from `levels`.")
    faults.stop_if_any()
    return spec


def simulate(
    scores: Scores,
    spec: Spec,
    *,
    draws: int = 10_000,
    seed: int = 0,
    progress: Callable[[int], None] | None = None,
) -> Uncertainty:
    """Draw the choices of *spec* many times and rank the units each time.

    Args:
        scores: The published result; units without a score are left out.
        spec: The factors of uncertainty.
        draws: At least 1.
        seed: Any whole number of 0 or more; the same seed gives the same bits.
        progress: Called with the number of draws just done.

    Returns:
        Units that tie in a draw share the better rank, or dense ranks where the method says so. Draws in which a unit has
        no index are left out of its shares, counted and named.

    Raises:
        WorkbenchError: no draws, a negative seed, or no unit with a score.
    """
    _check(scores, draws, seed)
    engine = _Engine(scores, spec, seed)
    counts = np.zeros((engine.size, engine.size), dtype=np.int64)
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        counts += engine.count(start // BLOCK, size)
        if progress is not None:
            progress(size)
    ranked = counts.sum(axis=1)
    shares = pd.DataFrame(
        counts / np.maximum(ranked, 1)[:, None], index=engine.units, columns=pd.RangeIndex(1, engine.size + 1, name="rank")
    )
    return Uncertainty(
        spec=spec,
        draws=draws,
        seed=seed,
        ranks=_summary(shares, scores.table.loc[engine.units, "rank"].to_numpy(dtype=float)),
        unranked=pd.Series(1.0 - ranked / draws, index=engine.units),
        rank_shares=shares,
        effects=pd.DataFrame(list(engine.effects())),
        notices=(*engine.notices, *_unranked_notice(scores, engine.units, ranked, draws)),
    )


class _Engine:
    """One analysis, made ready: the normalised matrices and trees of every discrete choice."""

    def __init__(self, scores: Scores, spec: Spec, seed: int) -> None:
        self.framework = scores.framework
        known = scores.index.notna().to_numpy()
        self.units = scores.table.index[known]
        self.size = len(self.units)
        self.tree = scores.tree
        self.seed = seed
        self.spec = spec
        self.notices: tuple[Text, ...] = ()
        self.weights = next((factor for factor in spec.factors if isinstance(factor, WeightFactor)), None)
        methods = next((factor.choices for factor in spec.factors if isinstance(factor, NormalisationFactor)), ("as_given",))
        aggregations = next((factor for factor in spec.factors if isinstance(factor, AggregationFactor)), None)
        self.normalised: dict[str, Floats] = {
            method: self._normalised(scores, method)[known] for method in dict.fromkeys(("as_given", *methods))
        }
        self.trees = self._trees(aggregations)
        means = aggregations.choices if aggregations else ("as_given",)
        self.choices: dict[str, tuple[str, ...]] = {"normalisation": methods, "aggregation": means}
        # Shares are counted by whole ranks, so a mean rank of ties becomes the better one.
        self.ties = "dense" if self.framework.method.ties == "dense" else "competition"
        self.published = rank(index_scores(self.normalised["as_given"], self.tree), self.ties)
        self.spreads = self._spreads()

    def _normalised(self, scores: Scores, method: str) -> Floats:
        values = scores.values.to_numpy()
        if method == "as_given":
            return normalise(values, scores.ruler)
        found = normalise(values, fit(values, self.framework.indicators, method, list(scores.values.index)))
        lost = np.isnan(found).all(axis=0) & ~np.isnan(values).all(axis=0)
        for position in np.flatnonzero(lost):
            label = self.framework.indicators[position].label
            self.notices += (
                Text(
                    th=f"ตัวชี้วัด “{label.th}” มีค่าเท่ากันทุกแห่ง จึงไม่นับในรอบจำลองที่ใช้วิธี {method}",
                    en=f"The indicator “{label.en}” is the same everywhere, so draws with {method} leave it out.",
                ),
            )
        return found

    def _trees(self, factor: AggregationFactor | None) -> dict[str, Tree]:
        levels = factor.levels if factor else ()
        inside = [group for group in self.tree.groups if self.framework.level(group) in levels]
        named = {choice: self.tree.with_methods(dict.fromkeys(inside, choice)) for choice in ("arithmetic", "geometric")}
        return {"as_given": self.tree} | named

    def _spreads(self) -> Floats:
        """Half-width of each node's multiplier; 0 where the weight is fixed."""
        if self.weights is None:
            return np.zeros(len(self.tree.nodes))
        wanted = set(self.weights.levels)
        tops = {node.id for node in self.framework.pillars}
        levels = {node: {self.framework.level(node)} | ({"pillar"} if node in tops else set()) for node in self.tree.nodes}
        touched = [not wanted or bool(levels[node] & wanted) for node in self.tree.nodes]
        return np.where(touched, self.weights.spread, 0.0)

    def stream(self, kind: str, block: int) -> np.random.Generator:
        """The random numbers of one factor in one block of draws."""
        number = ("weights", "normalisation", "aggregation").index(kind)
        return np.random.Generator(np.random.Philox(key=[self.seed, number], counter=[0, 0, 0, block]))

    def weights_of(self, block: int, size: int) -> Floats:
        """Weights of all nodes, shape `(size, nodes)`."""
        uniform = self.stream("weights", block).uniform(-1.0, 1.0, (size, len(self.tree.nodes)))
        return self.tree.weights * (1.0 + self.spreads * uniform)

    def picks(self, kind: str, block: int, size: int) -> Counts:
        """Which of the factor's choices each draw takes."""
        return self.stream(kind, block).integers(len(self.choices[kind]), size=size)

    def count(self, block: int, size: int) -> Counts:
        """How often each unit has each rank in a block, shape `(units, ranks)`."""
        weights = self.weights_of(block, size)
        normalisation, aggregation = self.picks("normalisation", block, size), self.picks("aggregation", block, size)
        counts = np.zeros(self.size * self.size, dtype=np.int64)
        for i, method in enumerate(self.choices["normalisation"]):
            for j, mean in enumerate(self.choices["aggregation"]):
                these = weights[(normalisation == i) & (aggregation == j)]
                if len(these):
                    ranks = rank(index_scores(self.normalised[method], self.trees[mean], these), self.ties)
                    rows, places = np.nonzero(~np.isnan(ranks))
                    cells = places * self.size + ranks[rows, places].astype(np.int64) - 1
                    counts += np.bincount(cells, minlength=counts.size)
        return counts.reshape(self.size, self.size)

    def effects(self) -> Iterator[dict[str, object]]:
        """Each choice alone, all else as published."""
        for factor in self.spec.factors:
            if isinstance(factor, WeightFactor):
                ranks = rank(index_scores(self.normalised["as_given"], self.tree, self.weights_of(0, BLOCK // 4)), self.ties)
                yield self._effect(factor.id, f"±{factor.spread:.0%}", ranks)
                continue
            for choice in factor.choices:
                method = choice if isinstance(factor, NormalisationFactor) else "as_given"
                mean = choice if isinstance(factor, AggregationFactor) else "as_given"
                ranks = rank(index_scores(self.normalised[method], self.trees[mean]), self.ties)
                yield self._effect(factor.id, choice, ranks[None])

    def _effect(self, factor: str, choice: str, ranks: Floats) -> dict[str, object]:
        # A unit without an index under this choice has no shift.
        shift = np.nan_to_num(np.abs(ranks - self.published))
        return {
            "factor": factor,
            "choice": choice,
            "mean_rank_shift": float(shift.mean()),
            "max_rank_shift": float(shift.max()),
            "units_moved": float((shift > 0).sum(axis=-1).mean()),
        }


def _check(scores: Scores, draws: int, seed: int) -> None:
    faults = FaultList()
    if draws < 1:
        faults.add(f"`draws` is {draws}.", allowed="1 or more", fix="ask for at least one draw.")
    if seed < 0:
        faults.add(f"`seed` is {seed}.", allowed="0 or more", fix="choose a whole number of 0 or more.")
    if scores.index.notna().sum() == 0:
        faults.add("no unit has a score, so there is nothing to rank.", fix="check coverage and response.")
    faults.stop_if_any()


def _summary(shares: pd.DataFrame, published: Floats) -> pd.DataFrame:
    mean = shares.to_numpy() @ shares.columns.to_numpy(dtype=float)
    quantiles = {f"rank_{name}": _quantile(shares, q) for name, q in (("p05", 0.05), ("median", 0.5), ("p95", 0.95))}
    whole = bool(np.all(published % 1 == 0))
    ranks = published.astype(int) if whole else published
    return pd.DataFrame({"rank": ranks, "rank_mean": mean, **quantiles}, index=shares.index)


def _unranked_notice(scores: Scores, units: pd.Index, ranked: Counts, draws: int) -> tuple[Text, ...]:
    """Units that some draws leave without an index."""
    some = [str(unit) for unit, count in zip(units, ranked, strict=True) if count < draws]
    if not some:
        return ()
    shown = [scores.names[unit] for unit in some[:10]]
    share = 100 * (1 - float(ranked.min()) / draws)
    return (
        Text(
            th=f"{len(some)} แห่งไม่มีดัชนีในบางรอบจำลอง (มากที่สุดร้อยละ {share:.0f}) และไม่นับในรอบนั้น: {', '.join(n.th for n in shown)}",
            en=f"{len(some)} have no index in some draws ({share:.0f} % at most) and are not counted there: "
            f"{', '.join(n.en for n in shown)}",
        ),
    )


def _quantile(shares: pd.DataFrame, share: float) -> pd.Series:
    if not 0 < share < 1:
        raise WorkbenchError(Fault(problem=f"a quantile of {share} was asked for.", allowed="above 0 and below 1"))
    # The tolerance keeps a sum of shares that should be exactly the quantile from falling short by rounding.
    reached = shares.to_numpy().cumsum(axis=1) >= share - 1e-12
    return pd.Series(shares.columns.to_numpy()[reached.argmax(axis=1)], index=shares.index)
