"""What a stakeholder reads first: findings in words and key figures, made from the results.

Sentences come from the texts and never call one unit better than another whose rank interval overlaps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.display import Column, Table, Words
from workbench.text import LANGUAGES, Text, Texts

if TYPE_CHECKING:
    from workbench.page import Page
    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty

__all__ = ["findings", "key_figures"]

FIRST = 10
FEWEST = 20
"""Units below which the first ten are no distinction."""
NAMED = 6
"""Units named in a sentence before the rest is counted."""


def findings(scores: Scores, uncertainty: Uncertainty) -> list[Words]:
    """The level, the pillars, what is certain about the ranks; a sentence that would say nothing is left out."""
    texts = Texts.default()
    sentences = [_level(scores, texts)]
    if len(scores.elements("pillar")) > 1:
        sentences.append(_pillars(scores, texts))
    if len(uncertainty.ranks) >= FEWEST:
        sentences.append(_certain(scores, uncertainty, texts))
    return [Words(text=text, kind="finding") for text in sentences]


def _level(scores: Scores, texts: Texts) -> Text:
    known = scores.table[scores.index.notna()]
    counts = {band.id: int((known["band"] == band.id).sum()) for band in scores.framework.bands}
    top = max(scores.framework.bands, key=lambda band: counts[band.id])
    return texts(
        "summary.finding_level",
        units=scores.framework.unit.plural,
        n=len(known),
        mean=f"{known['index'].mean():.1f}",
        count=counts[top.id],
        band=top.label,
    )


def _pillars(scores: Scores, texts: Texts) -> Text:
    means = scores.table.loc[scores.index.notna(), scores.elements("pillar")].mean()
    best, worst = str(means.idxmax()), str(means.idxmin())
    label = scores.framework.label
    return texts(
        "summary.finding_pillars",
        best=label(best),
        worst=label(worst),
        high=f"{means[best]:.1f}",
        low=f"{means[worst]:.1f}",
    )


def _certain(scores: Scores, uncertainty: Uncertainty, texts: Texts) -> Text:
    """Units whose 95th percentile rank is within the first ten, by name in Thai or English order of rank."""
    ranks = uncertainty.ranks
    sure = [str(unit) for unit in ranks.index[ranks["rank_p95"] <= FIRST]]
    if not sure:
        return texts("summary.finding_uncertain")
    shown = {language: ", ".join(scores.names[unit].get(language) for unit in sure[:NAMED]) for language in LANGUAGES}
    names = Text(th=shown["th"], en=shown["en"])
    if len(sure) > NAMED:
        names = texts("summary.names_more", names=names, n=len(sure) - NAMED)
    return texts("summary.finding_certain", count=len(sure), names=names)


def key_figures(page: Page) -> Table:
    """The size of the assessment, its mean and range, response, and how certain ranks are."""
    texts = Texts.default()
    scores, ranks = page.scores, page.uncertainty().ranks
    known = scores.index.dropna()
    width = float((ranks["rank_p95"] - ranks["rank_p05"] + 1).median())
    rows: dict[str, Text] = {
        "units": Text.same(f"{len(known)}"),
        "without": Text.same(f"{len(scores.index) - len(known)}"),
        "mean": Text.same(f"{known.mean():.2f}"),
        "range": Text.same(f"{known.min():.1f}–{known.max():.1f}"),
        "interval": texts("summary.key_places", n=f"{width:.0f}"),
    }
    if page.responses is not None:
        answered, invited = int(page.responses.answered.sum()), int(page.responses.invited.sum())
        share = f"{100 * answered / invited:.1f}"
        rows["response"] = texts("summary.key_response_value", answered=f"{answered:,}", invited=f"{invited:,}", share=share)
    if page.framework.amendments:
        accepted = sum(item.status == "accepted" for item in page.framework.amendments)
        rows["amendments"] = Text.same(f"{accepted}/{len(page.framework.amendments)}")
    labels = [texts(f"summary.key_{name}") for name in rows]
    return Table(
        id="key-figures",
        caption=texts("summary.key_caption"),
        columns=[
            Column(
                label=texts("summary.key_what"), values={x: [label.get(x) for label in labels] for x in LANGUAGES}, header=True
            ),
            Column(label=texts("summary.key_value"), values={x: [value.get(x) for value in rows.values()] for x in LANGUAGES}),
        ],
    )
