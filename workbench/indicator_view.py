"""One indicator in one look: its values, its rule, what it goes with, and what the ranks would be without it.

For iterating on an indicator in a notebook: change its file, load, look again. Every what-if goes through the kernel,
so leaving an indicator out gives exactly the scores of a framework that never had it. Nothing is drawn or written.

Source: OECD/JRC Handbook (2008), steps 4, 7 and 8; item-rest correlation after Nunnally (1978), Psychometric Theory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.aggregation import band, index_scores, rank
from workbench.cards import bar, both, card
from workbench.display import number
from workbench.errors import Fault, WorkbenchError, suggestion
from workbench.methods import REGISTERED
from workbench.normalisation import fit, normalise
from workbench.reading import correlations
from workbench.text import Text, Texts
from workbench.weighting import effective_weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.aggregation import Tree
    from workbench.framework_model import Indicator
    from workbench.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = ["IndicatorView", "indicator", "without"]

RESCALED = ("minmax", "zscore", "rank", *REGISTERED)
BINS = 10


@dataclass(frozen=True, kw_only=True)
class IndicatorView:
    """What is known of one indicator."""

    scores: Scores
    item: Indicator
    distribution: pd.DataFrame
    """Columns `value` (raw) and `score`: n, mean, sd, min, 25 %, 50 %, 75 %, max, skew, floor and ceiling (shares of units)."""
    rule: pd.DataFrame
    """How answers become points or values become scores: `from`, `points`, with a survey also `answers`."""
    links: pd.Series
    """with_pillar, with_rest, with_index, highest, highest_with."""
    influence: pd.Series
    """nominal and effective share of the index, r_squared with it."""
    shifts: pd.DataFrame
    """By change: mean_rank_shift, max_rank_shift, units_moved, bands_changed, farthest (a unit)."""

    def to_frame(self) -> pd.DataFrame:
        """What the ranks do under each change."""
        return self.shifts.copy()

    def _repr_html_(self) -> str:
        item, framework = self.item, self.scores.framework
        lines = [f'<span class="id">{escape(item.id)}</span> {both(item.label)}']
        if self.scores.synthetic:
            lines.append(f'<strong class="warn">{both(Texts.default()("cards.synthetic"))}</strong>')
        lines.append(both(_phrase("measured", n=int(self.distribution.at["n", "value"]), all=len(self.scores.values))))  # noqa: PD008
        ends = {key: f"{100 * self.distribution.loc[key, 'score']:.0f}" for key in ("floor", "ceiling")}
        lines.append(both(_phrase("floor", **ends)))
        parts = [_histogram(self.scores.normalised[item.id]), _rule_table(self.rule)]
        pairs = {key: self.links[key] for key in ("with_pillar", "with_rest", "with_index")}
        near = self.links["highest_with"]
        words = [(_phrase(key), value) for key, value in pairs.items()]
        if near:
            words.append((_phrase("highest", other=framework.label(near)), self.links["highest"]))
        parts.append(_pairs("links", words, 2))
        keys = (("nominal", "nominal"), ("effective", "effective"), ("variance", "r_squared"))
        parts.append(_pairs("influence", [(_phrase(key), self.influence[name]) for key, name in keys], 3))
        parts.append(_shift_table(self.shifts, self.scores))
        return card("indicator", lines, "".join(parts))


def indicator(scores: Scores, name: str) -> IndicatorView:
    """Look at one indicator.

    Args:
        scores: The result.
        name: Id of the indicator.

    Raises:
        WorkbenchError: there is no such indicator.
    """
    items = {item.id: item for item in scores.framework.indicators}
    if name not in items:
        fix = suggestion(name, items) or "name an indicator of the framework."
        raise WorkbenchError(Fault(problem=f"there is no indicator `{name}`.", fix=fix))
    table = effective_weights(scores).query("level == 'indicator'").loc[name]
    return IndicatorView(
        scores=scores,
        item=items[name],
        distribution=_distribution(scores, name),
        rule=_rule(scores, items[name]),
        links=_links(scores, name),
        influence=pd.Series(
            {"nominal": table["nominal"], "effective": table["effective"], "r_squared": float(table["correlation"]) ** 2}
        ),
        shifts=_shifts(scores, name),
    )


def without(tree: Tree, name: str) -> Tree:
    """The tree with the weight of *name* at 0, and of every group that then holds nothing else.

    Raises:
        WorkbenchError: nothing would be left.
    """
    weights = tree.weights.copy()
    first = len(tree.indicators)
    weights[tree.nodes.index(name)] = 0.0
    for place, children in enumerate(tree.children):
        if not weights[list(children)].sum() > 0:
            weights[first + place] = 0.0
    if weights[-1] == 0:
        raise WorkbenchError(Fault(problem=f"without `{name}` the index would hold nothing."))
    return replace(tree, weights=weights)


def _distribution(scores: Scores, name: str) -> pd.DataFrame:
    columns = {"value": scores.values[name], "score": scores.normalised[name]}
    ends = {"value": (None, None), "score": (float(scores.normalised[name].min()), float(scores.normalised[name].max()))}
    place = list(scores.tree.indicators).index(name)
    ends["score"] = (float(scores.ruler.bottom[place]), float(scores.ruler.top[place]))
    found = {}
    for key, column in columns.items():
        known = column.dropna()
        low, high = ends[key]
        facts = known.describe().rename({"count": "n", "std": "sd"})
        facts["skew"] = known.skew()
        facts["floor"] = float(np.isclose(known, low).mean()) if low is not None and len(known) else np.nan
        facts["ceiling"] = float(np.isclose(known, high).mean()) if high is not None and len(known) else np.nan
        found[key] = facts
    return pd.DataFrame(found)


def _rule(scores: Scores, item: Indicator) -> pd.DataFrame:
    """What is given for what, and how often it was answered."""
    rows = list(_steps(scores, item))
    frame = pd.DataFrame(rows, columns=["from", "points"])
    answers = getattr(scores.data, "answers", None)
    if answers is not None and item.id in answers and item.question is not None:
        given = answers[item.id].dropna()
        if item.question.type == "multi_select":
            given = given.astype(str).str.split(";").explode().str.strip()
        counts = given.map(_key).value_counts()
        frame["answers"] = [int(counts.get(_key(value), 0)) for value in frame["from"]]
    return frame


def _key(value: object) -> str:
    """One spelling for 1, 1.0 and "1"."""
    try:
        return f"{float(value):g}"  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def _steps(scores: Scores, item: Indicator) -> Iterator[tuple[Any, float]]:
    question = item.question
    kind = question.type if question is not None else ""
    if kind == "ladder":
        yield from ((step.value, step.points) for step in question.steps)  # type: ignore[union-attr]
    elif kind == "multi_select":
        yield from ((option.value, 1.0 / question.full_at) for option in question.options)  # type: ignore[union-attr]
    elif kind == "yes_no":
        yield from (("no", 0.0), ("yes", 1.0))
    elif kind == "likert":
        points = question.points  # type: ignore[union-attr]
        yield from ((step, (step - 1) / (points - 1)) for step in range(1, points + 1))
    elif item.normalisation.method == "categorical":
        cuts, points = item.normalisation.cuts, item.normalisation.points
        yield from zip((f"< {cuts[0]:g}", *(f"≥ {cut:g}" for cut in cuts)), points, strict=True)
    else:
        yield from _ends(scores, item)


def _ends(scores: Scores, item: Indicator) -> Iterator[tuple[float, float]]:
    """The two values between which the ruler measures, fitted ones too, and what they score."""
    ruler, place = scores.ruler, scores.tree.indicators.index(item.id)
    low, high = float(ruler.low[place]), float(ruler.high[place])
    if ruler.ranked[place]:
        low, high = float(scores.values[item.id].min()), float(scores.values[item.id].max())
    first, last = float(ruler.bottom[place]), float(ruler.top[place])
    yield from zip((low, high), (first, last) if item.direction == "positive" else (last, first), strict=True)


def _links(scores: Scores, name: str) -> pd.Series:
    row = correlations(scores).loc[name]
    pillar = scores.framework.pillar_of(name)
    others = [i for i in scores.tree.indicators if scores.framework.pillar_of(i) == pillar and i != name]
    rest = scores.normalised[others].mean(axis=1) if others else pd.Series(np.nan, index=scores.normalised.index)
    found = {key: row[key] for key in ("with_pillar", "with_index", "highest", "highest_with")}
    return pd.Series(found | {"with_rest": scores.normalised[name].corr(rest)})


def _shifts(scores: Scores, name: str) -> pd.DataFrame:
    rows = {}
    for key, (normalised, tree) in _changes(scores, name):
        rows[key] = _shift(scores, normalised, tree)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("change")


def _changes(scores: Scores, name: str) -> Iterator[tuple[str, tuple[Floats, Tree]]]:
    """Scores of the indicators and the tree, under each change."""
    place = list(scores.tree.indicators).index(name)
    now = scores.normalised.to_numpy()
    if len(scores.tree.indicators) > 1:
        yield "dropped", (now, without(scores.tree, name))
    values = scores.values.to_numpy()
    for method in RESCALED:
        other = normalise(values, fit(values, scores.framework.indicators, method, list(scores.values.index)))
        if np.isnan(other[:, place]).all():
            continue
        yield method, (np.where(np.arange(now.shape[1]) == place, other, now), scores.tree)
    for key, factor in (("halved", 0.5), ("doubled", 2.0)):
        weights = scores.tree.weights.copy()
        weights[place] *= factor
        yield key, (now, replace(scores.tree, weights=weights))


def _shift(scores: Scores, normalised: Floats, tree: Tree) -> dict[str, object]:
    framework = scores.framework
    index = index_scores(normalised, tree)
    before = scores.table["rank"].astype(float).to_numpy()
    shift = np.nan_to_num(np.abs(rank(index, framework.method.ties) - before))
    limits = [item.minimum for item in framework.bands]
    changed = band(index, limits) != band(scores.index.to_numpy(), limits)
    return {
        "mean_rank_shift": float(shift.mean()),
        "max_rank_shift": float(shift.max()),
        "units_moved": int((shift > 0).sum()),
        "bands_changed": int(changed.sum()),
        "farthest": str(scores.table.index[int(shift.argmax())]) if shift.any() else "",
    }


def _phrase(key: str, **blanks: object) -> Text:
    if key in REGISTERED:
        return Text(th=REGISTERED[key].th, en=REGISTERED[key].en)
    return Texts.default()(f"indicator.{key}", **blanks)


def _histogram(column: pd.Series) -> str:
    known = column.dropna().to_numpy()
    if not known.size:
        return ""
    counts, edges = np.histogram(known, bins=BINS, range=(min(0.0, known.min()), max(100.0, known.max())))
    rows = "".join(
        f'<tr><td class="n">{low:.0f}–{high:.0f}</td><td>{bar(count / counts.max())}{count}</td></tr>'
        for count, low, high in zip(counts, edges, edges[1:], strict=False)
    )
    return f"<details open><summary>{both(_phrase('scores'))}</summary><table><tbody>{rows}</tbody></table></details>"


def _rule_table(rule: pd.DataFrame) -> str:
    total = rule["answers"].sum() if "answers" in rule else 0
    rows = ""
    for row in rule.itertuples(index=False):
        cells = [f"<td>{escape(_short(row[0]))}</td>", f'<td class="n">{_short(row.points)}</td>']
        cells += [f"<td>{bar(row.answers / total)}{row.answers:,}</td>"] if total else []
        rows += f"<tr>{''.join(cells)}</tr>"
    heads = ("answer", "points", "answers") if total else ("value", "score")
    head = "".join(
        f'<th scope="col"{" class=n" if key in {"points", "score"} else ""}>{both(_phrase(key))}</th>' for key in heads
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f"<details open><summary>{both(_phrase('rule'))}</summary>{table}</details>"


def _short(value: object) -> str:
    """A number with four digits that tell it apart; anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _pairs(head: str, pairs: list[tuple[Text, float]], decimals: int) -> str:
    rows = "".join(
        f'<tr><td>{both(label)}</td><td class="n">{escape(number(value, decimals, "en"))}</td></tr>' for label, value in pairs
    )
    return f"<details open><summary>{both(_phrase(head))}</summary><table><tbody>{rows}</tbody></table></details>"


def _shift_table(shifts: pd.DataFrame, scores: Scores) -> str:
    heads = "".join(
        f'<th scope="col">{both(_phrase(key))}</th>' for key in ("what", "mean", "most", "moved", "bands", "farthest")
    )
    rows = ""
    for row in shifts.itertuples():
        who = both(scores.names[row.farthest]) if row.farthest else ""
        rows += (
            f'<tr><td>{both(_phrase(str(row.Index)))}</td><td class="n">{row.mean_rank_shift:.2f}</td>'
            f'<td class="n">{row.max_rank_shift:g}</td><td class="n">{row.units_moved}</td>'
            f'<td class="n">{row.bands_changed}</td><td>{who}</td></tr>'
        )
    head = f"<thead><tr>{heads}</tr></thead>"
    return f"<details open><summary>{both(_phrase('shifts'))}</summary><table>{head}<tbody>{rows}</tbody></table></details>"
