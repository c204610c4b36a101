"""What a framework, answers, scores and ranks show of themselves in a notebook: bilingual HTML.

Each `*_card` gives one fragment with Thai first and English beside it. Nothing is computed here that the objects do
not hold, no script is needed, and text from outside is escaped. Long tables fold away all but their first rows.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.aggregation import Tree, global_weights
from workbench.display import number
from workbench.framework_model import Group
from workbench.score_errors import half_width
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from workbench.framework import Framework
    from workbench.framework_model import Indicator
    from workbench.scoring import Scores
    from workbench.survey import Responses
    from workbench.uncertainty import Uncertainty

__all__ = [
    "bar",
    "both",
    "card",
    "element_card",
    "framework_card",
    "framework_frame",
    "responses_card",
    "scores_card",
    "span_bar",
    "uncertainty_card",
]

FIRST = 12
"""Rows of units that stay in sight."""
STYLE = (
    "<style>.workbench.wb-card{font-family:Sarabun,sans-serif;line-height:1.5;color:var(--jp-ui-font-color1,#1b1b1b);max-width:76em}"
    # JupyterLab aligns and spreads all tables its own way; two classes outweigh its rules.
    ".workbench.wb-card table{border-collapse:collapse;table-layout:auto;width:auto;margin:.3em 0;font-size:inherit}"
    ".workbench.wb-card th,.workbench.wb-card td{text-align:left;vertical-align:middle;padding:.15em .6em;border:0;"
    "border-bottom:1px solid var(--jp-border-color2,#ddd);font-weight:400;max-width:36em;white-space:normal}"
    ".workbench.wb-card thead th{font-weight:700;vertical-align:bottom}"
    ".workbench.wb-card .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".wb-card .en{color:var(--jp-ui-font-color2,#5a5a5a)}"
    ".wb-card .id{font-family:var(--jp-code-font-family,monospace);font-size:.85em}"
    ".wb-card .warn{border-left:4px solid #b45309;padding-left:.6em}.wb-card summary{cursor:pointer;margin-top:.2em}"
    ".workbench.wb-card td:has(.wb-bar){white-space:nowrap}"
    ".wb-card details.wb-part>summary{display:flex;flex-wrap:wrap;gap:0 .5em;align-items:baseline}"
    ".wb-card details.wb-part>summary::before{content:'\\25B8'}.wb-card details.wb-part[open]>summary::before{content:'\\25BE'}"
    ".wb-card details.wb-part>summary>span:first-child{width:34em;max-width:100%}"
    ".wb-bar{display:inline-block;position:relative;width:9em;height:.7em;background:var(--jp-layout-color2,#eee);margin-right:.5em}"
    ".wb-bar i{position:absolute;top:0;bottom:0;background:#2b6cb0}"
    ".wb-bar b{position:absolute;top:-.15em;bottom:-.15em;width:2px;background:var(--jp-ui-font-color1,#1b1b1b)}</style>"
)
Cell = str


def framework_card(framework: Framework) -> str:
    """The tree with weights, shares of the index and how each element is made."""
    facts = {"edition": framework.edition, "indicators": len(framework.indicators), "fingerprint": framework.fingerprint}
    lines = [both(framework.title), both(_phrase("facts", **facts))]
    if framework.status is not None:
        lines.append(f'<span class="warn">{both(framework.status)}</span>')
    if framework.amendments:
        accepted = sum(item.status == "accepted" for item in framework.amendments)
        lines.append(both(_phrase("amended", accepted=accepted, all=len(framework.amendments))))
    if framework.method.weights != "given":
        lines.append(both(_phrase("rule", rule=framework.method.weights)))
    frame = framework_frame(framework)
    head = _head("element", "weight", "share", "measured")
    parts = []
    for pillar in framework.pillars:
        inside = [name for name in frame.index if framework.pillar_of(name) == pillar.id]
        rows = [_element_row(framework, frame, name) for name in inside]
        share = number(100 * frame.at[pillar.id, "share"], 1, "en")  # noqa: PD008
        name = f'<span><span class="id">{escape(pillar.id)}</span> {both(pillar.label)}</span>'
        summary = f"{name}<span>{bar(frame.at[pillar.id, 'share'])}{share} %</span>"  # noqa: PD008
        table = f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"
        parts.append(f'<details class="wb-part"><summary>{summary}</summary>{table}</details>')
    return card("framework", lines, "".join(parts))


def element_card(node: Group | Indicator) -> str:
    """What the file says of one element, key by key, as one would edit it; defaults are left out."""
    rows = "".join(
        f'<tr><td class="id">{escape(key)}</td><td>{both(value) if isinstance(value, Text) else escape(str(value))}</td></tr>'
        for key, value in _written(node)
        if key not in {"id", "label"}
    )
    return card(
        "element", [f'<span class="id">{escape(node.id)}</span> {both(node.label)}'], f"<table><tbody>{rows}</tbody></table>"
    )


def _written(node: BaseModel, prefix: str = "") -> Iterator[tuple[str, object]]:
    """The keys of a model that were given, with those below as `normalisation.high`; elements below by id."""
    for name in type(node).model_fields:
        value = getattr(node, name)
        if name not in node.model_fields_set or value is None or value == ():
            continue
        if name == "children":
            yield name, ", ".join(child.id for child in value)
        elif isinstance(value, tuple) and all(hasattr(item, "label") for item in value):
            for item in value:
                worth = f" ({item.points:g})" if hasattr(item, "points") else ""
                head = f"{item.value}{worth}: "
                yield f"{prefix}{name}", Text(th=f"{head}{item.label.th}", en=f"{head}{item.label.en}")
        elif hasattr(value, "model_fields_set") and not isinstance(value, Text):
            yield from _written(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", ", ".join(map(str, value)) if isinstance(value, tuple) else value


def framework_frame(framework: Framework) -> pd.DataFrame:
    """Every element, each right after its parent.

    Returns:
        Indexed by id: `level`, `parent`, `th`, `en`, `weight` (in its group, summing to 1), `share` (of the index, when
        nothing is missing and all means are arithmetic), `made` (question type, column or aggregation), `normalisation`,
        `low`, `high`, `direction`. Empty text and NaN where an element has no such part.
    """
    tree = Tree.of(framework)
    leaves = dict(zip(tree.indicators, global_weights(tree), strict=True))
    rows = []
    waiting: list[Group | Indicator] = list(reversed(framework.pillars))
    while waiting:
        node = waiting.pop()
        waiting += reversed(node.children) if isinstance(node, Group) else ()
        siblings = framework.element(framework.parent(node.id))
        total = sum(child.weight for child in siblings.children) if isinstance(siblings, Group) else node.weight
        below = [item.id for item in framework.indicators if _is_below(framework, item.id, node.id)]
        rows.append(
            {
                "id": node.id,
                "level": framework.level(node.id),
                "parent": framework.parent(node.id),
                "th": node.label.th,
                "en": node.label.en,
                "weight": node.weight / total if total else 0.0,
                "share": float(sum(leaves[name] for name in below)),
                **_made(framework, node),
            }
        )
    return pd.DataFrame(rows).set_index("id")


def responses_card(responses: Responses) -> str:
    """Who answered, by unit and by question."""
    framework = responses.framework
    facts = {"source": responses.source, "answered": int(responses.answered.sum()), "invited": int(responses.invited.sum())}
    lines = [both(framework.title), both(_phrase("source", **facts)), *_synthetic(synthetic=responses.synthetic)]
    names = _names(framework, list(responses.invited.index))
    share = (responses.answered.reindex(responses.invited.index).fillna(0) / responses.invited).fillna(0.0)
    rows = [
        [_unit(names, unit), f"{bar(share[unit])}{number(100 * share[unit], 0, 'en')} %",
         f"{responses.answered.get(unit, 0):,.0f} / {responses.invited[unit]:,.0f}"]
        for unit in share.sort_values(kind="stable").index
    ]  # fmt: skip
    # By unit: a question that one kind of respondent answers for all is not half empty.
    asked = responses.values.notna().groupby(responses.units).any().mean()
    questions = [
        [_labelled(framework, name), f"{bar(asked[name])}{number(100 * asked[name], 0, 'en')} %"]
        for name in asked.sort_values(kind="stable").index
    ]
    return card("responses", lines, _folded(("unit", "coverage", "answered"), rows) + _folded(("element", "coverage"), questions))


def scores_card(scores: Scores) -> str:
    """Rank, index, band and coverage of every unit, in rank order."""
    framework, table = scores.framework, scores.table
    lines = [both(framework.title), both(_phrase("of_units", n=len(table), unit=framework.unit.plural))]
    lines += [
        *_synthetic(synthetic=scores.synthetic),
        *(f'<span class="warn">{both(notice)}</span>' for notice in scores.notices),
    ]
    bands = {band.id: band.label for band in framework.bands}
    half = half_width(scores)
    rows = []
    for unit in table.index:
        row = table.loc[unit]
        error = f" ± {number(half[unit], 1, 'en')}" if pd.notna(half[unit]) else ""
        index = f"{bar(row['index'] / 100)}{_figure(row['index'])}{error}"
        band = both(bands[row["band"]]) if row["band"] in bands else both(_phrase("none"))
        coverage = f"{bar(row['coverage'])}{number(100 * row['coverage'], 0, 'en')} %"
        rows.append([_figure(row["rank"], None), _unit(scores.names, str(unit)), index, band, coverage])
    index = "index_interval" if half.notna().any() else "index"
    return card("scores", lines, _folded(("rank", "unit", index, "band", "coverage"), rows))


def uncertainty_card(uncertainty: Uncertainty) -> str:
    """Every unit's rank with its interval."""
    ranks = uncertainty.ranks
    lines = [both(uncertainty.spec.label), both(_phrase("draws", draws=f"{uncertainty.draws:,}", seed=uncertainty.seed))]
    lines += _synthetic(synthetic=uncertainty.synthetic)
    lines += [f'<span class="warn">{both(notice)}</span>' for notice in uncertainty.notices]
    count = len(ranks)
    rows = []
    for unit in ranks.index:
        low, middle, high = (float(ranks.loc[unit, f"rank_{part}"]) for part in ("p05", "median", "p95"))
        words = f"{low:g}–{high:g} ({middle:g})"
        published = _figure(ranks.loc[unit, "rank"], None)
        rows.append([published, _unit(uncertainty.names, str(unit)), span_bar(low, middle, high, count) + words])
    return card("uncertainty", lines, _folded(("rank", "unit", "interval"), rows))


def card(kind: str, lines: Iterable[str], body: str) -> str:
    """A fragment with a heading, lines of facts and a body, in the fonts of the workbench."""
    from workbench.page import style  # noqa: PLC0415  (a page imports everything that has a card)

    facts = "".join(f"<div>{line}</div>" for line in lines)
    return f'{style()}{STYLE}<div class="workbench wb-card"><div><strong>{both(_phrase(kind))}</strong></div>{facts}{body}</div>'


def both(text: Text) -> str:
    """Thai, then English in a quieter colour; once where they are the same."""
    thai = f'<span lang="th">{escape(text.th)}</span>'
    return thai if text.th == text.en else f'{thai} <span class="en" lang="en">{escape(text.en)}</span>'


def bar(share: float) -> str:
    """A bar filled to *share*, from 0 to 1; empty where nothing is known."""
    width = 0.0 if pd.isna(share) else 100.0 * float(np.clip(share, 0.0, 1.0))
    return f'<span class="wb-bar" aria-hidden="true"><i style="left:0;width:{width:.1f}%"></i></span>'


def span_bar(low: float, middle: float, high: float, count: int) -> str:
    """An interval of ranks among *count*, the best at the left, with a mark at the middle."""
    left, right, mark = ((place - 1) / max(count, 1) * 100 for place in (low, high + 1, middle + 0.5))
    return (
        f'<span class="wb-bar" aria-hidden="true"><i style="left:{left:.1f}%;width:{right - left:.1f}%"></i>'
        f'<b style="left:{mark:.1f}%"></b></span>'
    )


def _phrase(key: str, **arguments: object) -> Text:
    return Texts.default()(f"cards.{key}", **arguments)


def _head(*keys: str) -> str:
    cells = "".join(f'<th scope="col">{both(_phrase(key))}</th>' for key in keys)
    return f"<thead><tr>{cells}</tr></thead>"


def _folded(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table whose rows after the first few open on a click."""

    def body(part: Sequence[Sequence[Cell]]) -> str:
        lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in part)
        return f"<table>{_head(*heads)}<tbody>{lines}</tbody></table>"

    rest = rows[FIRST:]
    more = f"<details><summary>{both(_phrase('rest', n=len(rest)))}</summary>{body(rest)}</details>" if rest else ""
    return body(rows[:FIRST]) + more


def _element_row(framework: Framework, frame: pd.DataFrame, name: str) -> str:
    row = frame.loc[name]
    depth = 0
    parent = row["parent"]
    while parent != "index":
        depth, parent = depth + 1, framework.parent(parent)
    made = " · ".join(part for part in (row["made"], row["normalisation"], _goalposts(row)) if part)
    cells = (
        f'<td style="padding-left:{0.6 + 1.4 * depth:.1f}em">{_labelled(framework, name)}</td>',
        f'<td class="n">{number(100 * row["weight"], 1, "en")} %</td>',
        f"<td>{bar(row['share'])}{number(100 * row['share'], 1, 'en')} %</td>",
        f"<td>{escape(made)}</td>",
    )
    return f"<tr>{''.join(cells)}</tr>"


def _goalposts(row: pd.Series) -> str:
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return ""
    ends = f"{row['low']:g}–{row['high']:g}"
    return f"{ends}, {row['direction']}" if row["direction"] == "negative" else ends


def _made(framework: Framework, node: Group | Indicator) -> dict[str, object]:
    """What an element is made of."""
    if isinstance(node, Group):
        return {"made": framework.aggregation(node.id), "normalisation": "", "low": np.nan, "high": np.nan, "direction": ""}
    item = node.normalisation
    low, high = (np.nan if end is None else end for end in (item.low, item.high))
    source = node.question.type if node.question is not None else f"column {node.column}"
    return {"made": source, "normalisation": item.method, "low": low, "high": high, "direction": node.direction}


def _is_below(framework: Framework, name: str, group: str) -> bool:
    while name not in {group, "index"}:
        name = framework.parent(name)
    return name == group


def _labelled(framework: Framework, name: str) -> str:
    return f'<span class="id">{escape(name)}</span> {both(framework.label(name))}'


def _unit(names: Mapping[str, Text], unit: str) -> str:
    name = names.get(unit, Text.same(unit))
    return both(name) if name.en == unit else f'<span class="id">{escape(unit)}</span> {both(name)}'


def _names(framework: Framework, units: list[str]) -> Mapping[str, Text]:
    from workbench.units import unit_names  # noqa: PLC0415  (reads the register)

    return unit_names(framework, units)


def _figure(value: object, decimals: int | None = 1) -> str:
    return both(_phrase("none")) if pd.isna(value) else escape(number(value, decimals, "en"))


def _synthetic(*, synthetic: bool) -> list[str]:
    return [f'<strong class="warn">{both(_phrase("synthetic"))}</strong>'] if synthetic else []
