"""What may be published of a survey: no cell that rests on fewer respondents than the framework asks for.

The threshold rule: a unit's value on an indicator, and its score on a group, is withheld where fewer than
`respondents.minimum_published` answered what it is made of. Because a group's score is a known mean of its parts, one
withheld part could be found by subtraction; so further parts are withheld, those on the fewest respondents first, until
what is published leaves every withheld cell at least `PROTECTION` points and two possible answers. Where withholding
every part is not enough, the group's own score goes too, up to the index: the unit is then published without a score.

The index under other weights, as before a workshop, is another equation in the same cells, so it is withheld for units
that have any. What is not protected: that all respondents of a large enough cell gave the same answer, and what two
reports of the same answers under different frameworks, or a scenario of a run, tell together. A table of indicator values
has no respondents; nothing of it is withheld.

Sources: threshold rule, secondary suppression and the audit by feasibility intervals after Hundepohl et al., Statistical
Disclosure Control (2012), sections 4.2 to 4.4; Cox, Suppression methodology and statistical disclosure control, Journal
of the American Statistical Association 75 (1980). On a tree every part is in one equation, so bounds carried up and down
it are the exact answer of the linear programs that the audit of a general table needs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.aggregation import rank
from workbench.errors import Fault, WorkbenchError
from workbench.framework_model import POINT_SCALE, Ladder, Likert, YesNo
from workbench.means import power_exponent
from workbench.scoring import Scores, SummedData, SurveyData, score, unscored
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.aggregation import Tree
    from workbench.framework import Framework
    from workbench.framework_model import Indicator

    Floats = NDArray[np.float64]
    Span = tuple[float, float]

__all__ = ["PROTECTION", "contributors", "open_changes", "publishable", "withheld", "withheld_cells"]

PROTECTION = 20.0
"""Points, of 100, that the possible values of a withheld cell must at least span."""
FAR = 1e6
"""End of a scale that has none."""
MOST_POSSIBLE = 400
"""Possible means of a few answers that are counted one by one; more are taken for a continuum."""
NEAR = 1e-6


def publishable(framework: Framework, data: object) -> tuple[Scores, Scores]:
    """The scores to compute with and the scores to publish.

    Args:
        framework: Says on how many respondents a published cell must rest.
        data: As `scoring.score` takes it.

    Returns:
        Scores of every unit whose index may be published, in full; and the same with every withheld cell NaN and
        `withheld` saying which. Both are the same object where nothing is withheld.
    """
    minimum = framework.respondents.minimum_published if framework.respondents is not None else 1
    if minimum > 1 and isinstance(data, SummedData):
        problem = f"of a survey in parts only sums are held, so cells on fewer than {minimum} respondents cannot be found."
        fix = "put the parts into one file, or set `respondents.minimum_published` to 1."
        raise WorkbenchError(Fault(file=getattr(data, "source", ""), problem=problem, fix=fix))
    exact = score(framework, data)
    if minimum <= 1 or not isinstance(data, SurveyData):
        return exact, exact
    hidden = withheld(exact, minimum)
    gone = [str(unit) for unit in hidden.index[hidden["index"]]]
    if gone:
        # Without their answers nothing that is computed from all units can tell of them.
        exact = score(framework, _without(data, gone))
        hidden = withheld(exact, minimum)
        hidden.loc[gone] = True
    return exact, _masked(exact, hidden, minimum, gone)


def _without(data: Any, units: list[str]) -> Any:  # noqa: ANN401  (a survey and its like)
    """The survey without the answers of *units*, which still count as answered and invited."""
    kept = ~data.units.astype(str).isin(units)
    rows = {name: getattr(data, name)[kept] for name in ("values", "answers", "units", "strata") if _rows(data, name)}
    return replace(data, **rows)


def _rows(data: object, name: str) -> bool:
    return getattr(data, name, None) is not None


def contributors(scores: Scores) -> pd.DataFrame:
    """How many respondents of each unit answered what each element is made of; shape `(units, index and elements)`."""
    data: Any = scores.data
    tree, answers = scores.tree, data.values.reindex(columns=list(scores.tree.indicators)).notna().to_numpy()
    nodes = list(answers.T)
    for children in tree.children:
        nodes.append(np.logical_or.reduce([nodes[child] for child in children]))
    counts = pd.DataFrame(np.stack(nodes, axis=1), columns=list(tree.nodes)).groupby(data.units.astype(str).to_numpy()).sum()
    return counts.reindex(scores.table.index, fill_value=0)


def withheld(scores: Scores, minimum: int) -> pd.DataFrame:
    """Which cells are not published.

    Args:
        scores: The scores of a survey, in full.
        minimum: Respondents that a published cell must rest on.

    Returns:
        True where withheld; indexed by unit, one column for the index and every element.
    """
    tree, counts = scores.tree, contributors(scores)
    values = scores.table.reindex(columns=list(tree.nodes)).astype(float)
    raw = scores.prepared.raw.reindex(scores.table.index)
    there = values.notna()
    there[list(tree.indicators)] |= raw[list(tree.indicators)].notna()
    primary = (counts > 0) & (counts < minimum)
    few = scores.table["n_answered"].between(1, minimum - 1)
    found = {}
    for unit in scores.table.index:
        audit = _Audit(scores, values.loc[unit].to_numpy(), counts.loc[unit].to_numpy(), (primary & there).loc[unit].to_numpy())
        hidden = audit.hidden() | bool(few[unit])
        found[unit] = hidden | hidden[-1]
    table = pd.DataFrame.from_dict(found, orient="index", columns=list(tree.nodes)).rename_axis("unit")
    return table[["index", *(name for name in table if name != "index")]]


@dataclass
class _Audit:
    """One unit's scores, and what may be known of the withheld ones from the others."""

    scores: Scores
    values: Floats
    """Of every node of the tree; NaN without a score."""
    counts: NDArray[np.int64]
    primary: NDArray[np.bool_]
    """Cells on too few respondents."""

    def hidden(self) -> NDArray[np.bool_]:
        """The cells that are withheld, children decided before their parents."""
        self.now = self.primary.copy()
        first = len(self.tree.indicators)
        for place in range(len(self.tree.groups)):
            group = first + place
            while not self.now[group] and not self._safe(group):
                spare = self._spare(group)
                self.now[min(spare, key=lambda child: (self.counts[child], child)) if spare else group] = True
        return self.now

    def _spare(self, group: int) -> list[int]:
        """What could be withheld next: parts of groups that are withheld already, which else give these away, then others."""
        members = self._members(group)
        inside = [self._spare(child) for child in members if self.now[child] and child >= len(self.tree.indicators)]
        return [node for found in inside for node in found] or [child for child in members if not self.now[child]]

    @property
    def tree(self) -> Tree:
        return self.scores.tree

    def _members(self, group: int) -> list[int]:
        """The children that the group's score is a mean of."""
        children = self.tree.children[group - len(self.tree.indicators)]
        return [child for child in children if not np.isnan(self.values[child]) and self.tree.weights[child] > 0]

    def _safe(self, group: int) -> bool:
        """Whether the published score of *group* leaves every cell on too few respondents below it open enough."""
        members = self._members(group)
        if np.isnan(self.values[group]) or not self.now[members].any():
            return True
        if self._exponent(group) is None:
            # No equation to solve, but a mean near an end of the scale says that its parts are there too.
            middling = PROTECTION <= self.values[group] <= 100 - PROTECTION
            return bool(self.now[members].all() and middling)
        known = (self.values[group], self.values[group])
        return all(self._open(node, span) for node, span in self._below(group, known) if self.primary[node])

    def _exponent(self, group: int) -> float | None:
        return power_exponent(self.tree.methods[group - len(self.tree.indicators)])

    def _below(self, group: int, span: Span) -> Iterator[tuple[int, Span]]:
        """Each withheld node below *group* with the values it can have when the group's lies in *span*."""
        exponent = self._exponent(group)
        members = self._members(group)
        spans = {child: self._span(child) for child in members}
        if exponent is None:
            yield from ((child, spans[child]) for child in members if self.now[child])
            return
        low, high = _sorted(self._bent(span[0], exponent), self._bent(span[1], exponent))
        bent = {child: _sorted(self._bent(lo, exponent), self._bent(hi, exponent)) for child, (lo, hi) in spans.items()}
        weights = self.tree.weights[members] / self.tree.weights[members].sum()
        weight = dict(zip(members, weights.tolist(), strict=True))
        for child in members:
            if not self.now[child]:
                continue
            others = [name for name in members if name != child]
            least = (low - sum(weight[name] * bent[name][1] for name in others)) / weight[child]
            most = (high - sum(weight[name] * bent[name][0] for name in others)) / weight[child]
            cut = max(least, bent[child][0]), min(most, bent[child][1])
            ends = _sorted(self._straight(cut[0], exponent, spans[child]), self._straight(cut[1], exponent, spans[child]))
            yield child, ends
            if child >= len(self.tree.indicators):
                yield from self._below(child, ends)

    def _span(self, node: int) -> Span:
        """The values that *node* can have as far as what is published below it says."""
        if not self.now[node]:
            return float(self.values[node]), float(self.values[node])
        if node < len(self.tree.indicators):
            return _limits(self.scores.framework.indicators[node])
        exponent = self._exponent(node)
        members = self._members(node)
        if exponent is None or not members:
            return 0.0, 100.0
        weights = self.tree.weights[members] / self.tree.weights[members].sum()
        ends = [self._span(child) for child in members]
        return _sorted(*(self._mean([end[side] for end in ends], weights, exponent) for side in (0, 1)))

    def _mean(self, values: list[float], weights: Floats, exponent: float) -> float:
        total = float(weights @ np.array([self._bent(value, exponent) for value in values]))
        return self._straight(total, exponent, (-FAR, FAR))

    def _bent(self, value: float, exponent: float) -> float:
        """A score on the scale on which the group's score is a plain mean."""
        if exponent == 1:
            return value
        value = max(value, self.tree.floor if exponent <= 0 else 0.0)
        return float(np.log(value)) if exponent == 0 else float(value**exponent)

    def _straight(self, value: float, exponent: float, span: Span) -> float:
        """Back from that scale; what lies at the floor may lie anywhere below it."""
        if exponent == 1:
            return value
        if exponent == 0:
            found = float(np.exp(value))
        else:
            found = float(max(value, 0.0) ** (1 / exponent)) if value > 0 or exponent > 0 else FAR
        return span[0] if exponent <= 0 and found <= self.tree.floor * (1 + NEAR) else found

    def _open(self, node: int, span: Span) -> bool:
        """Whether a cell that lies in *span* can still be many things."""
        low, high = span[0] - NEAR, span[1] + NEAR
        if high - low < PROTECTION:
            return False
        if node >= len(self.tree.indicators):
            return True
        possible = _possible(self.scores.framework.indicators[node], int(self.counts[node]))
        return possible is None or int(((possible >= low) & (possible <= high)).sum()) > 1


def _sorted(one: float, other: float) -> Span:
    return (one, other) if one <= other else (other, one)


def _limits(indicator: Indicator) -> Span:
    """The lowest and the highest score that an indicator can have."""
    scale = indicator.normalisation
    return scale.range if scale.clip and scale.method not in {"zscore", "categorical"} else (-FAR, FAR)


def _possible(indicator: Indicator, count: int) -> Floats | None:
    """The scores that the mean of *count* answers can have; None where they are too many to tell apart."""
    question = indicator.question
    if indicator.normalisation != POINT_SCALE or not isinstance(question, Ladder | Likert | YesNo):
        return None
    if isinstance(question, Ladder):
        points = [step.points for step in question.steps]
    else:
        steps = question.points - 1 if isinstance(question, Likert) else 1
        points = [step / steps for step in range(steps + 1)]
    sums = np.zeros(1)
    for _ in range(count):
        sums = np.unique(np.round(np.add.outer(sums, points).ravel(), 9))
        if len(sums) > MOST_POSSIBLE:
            return None
    means = 100.0 * sums / count
    return means if indicator.direction == "positive" else 100.0 - means


def _masked(scores: Scores, hidden: pd.DataFrame, minimum: int, gone: list[str]) -> Scores:
    """*scores* with every withheld cell NaN, wherever it stands."""
    hidden = hidden.reindex(scores.table.index)
    cells = hidden[list(scores.tree.indicators)]
    table = scores.table.copy()
    for name in hidden.columns:
        table[name] = table[name].where(~hidden[name])
    table.loc[gone, "index_se"] = np.nan
    more = _notices(scores, hidden, minimum, gone)
    pillars = scores.elements("pillar")
    ties = scores.framework.method.ties
    shown = table[["index", *pillars]]
    return replace(
        scores,
        table=table,
        ranks=shown.apply(lambda column: rank(column.to_numpy(dtype=float), ties)),
        bands=scores.bands.where(shown.notna(), ""),
        values=scores.values.mask(cells.reindex(scores.values.index)),
        normalised=scores.normalised.mask(cells.reindex(scores.normalised.index)),
        prepared=_prepared(scores.prepared, cells),
        withheld=hidden,
        notices=(*scores.prepared.notices, *unscored(table.drop(index=gone), scores.framework, scores.names), *more),
    )


def _prepared(prepared: Any, cells: pd.DataFrame) -> Any:  # noqa: ANN401  (Prepared, before and after)
    """Every step of the preparation without the withheld cells."""

    def open_(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.mask(cells.reindex(index=frame.index, columns=frame.columns, fill_value=False))

    steps: dict[str, Any] = {"raw": open_(prepared.raw), "values": open_(prepared.values)}
    if prepared.imputed is not None:
        steps["imputed"] = replace(prepared.imputed, values=open_(prepared.imputed.values), draws=None)
    if prepared.treated is not None:
        steps["treated"] = replace(prepared.treated, raw=open_(prepared.treated.raw), values=open_(prepared.treated.values))
    return replace(prepared, **steps)


def _notices(scores: Scores, hidden: pd.DataFrame, minimum: int, gone: list[str]) -> Iterator[Text]:
    texts, framework = Texts.default(), scores.framework
    count = int(hidden.drop(index=gone).to_numpy().sum())
    facts: dict[str, object] = {"minimum": minimum, "who": framework.respondents.plural if framework.respondents else ""}
    if count:
        yield texts("disclosure.cells", n=f"{count:,}", protection=f"{PROTECTION:g}", **facts)
    if gone:
        named = [scores.names[unit] for unit in gone]
        names = Text(th=", ".join(name.th for name in named), en=", ".join(name.en for name in named))
        yield texts("disclosure.units", n=len(gone), units=framework.unit.plural, names=names, **facts)


def open_changes(units: pd.DataFrame, scores: Scores) -> pd.DataFrame:
    """What a workshop changed, without the earlier index of units with withheld cells.

    The index under other weights is a second equation in the same cells: two of them would be found at once. Ranks and
    bands stay.

    Args:
        units: `workshop.Changes.units`.
        scores: Those that are published.
    """
    if scores.withheld is None:
        return units
    hidden = scores.withheld.any(axis=1).reindex(units.index, fill_value=False)
    return units.assign(**{name: units[name].mask(hidden) for name in ("index_before", "index_change")})


def withheld_cells(scores: Scores) -> pd.DataFrame:
    """The withheld cells one by one: `unit` and `element`; a unit without a published index is listed once, as `index`."""
    if scores.withheld is None:
        return pd.DataFrame({"unit": [], "element": []}, dtype="str")
    hidden = scores.withheld.copy()
    hidden.loc[hidden["index"], hidden.columns != "index"] = False
    cells = hidden.stack()  # noqa: PD013  (one row per cell)
    return cells[cells].index.to_frame(index=False).set_axis(["unit", "element"], axis="columns")
