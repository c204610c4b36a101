"""What charts and tables of several pages share: names, captions, the words for a result's period and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workbench.display import Column
from workbench.plots.sheet import Key
from workbench.plots.style import band_colours
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from workbench.scoring import Scores

__all__ = [
    "band_keys",
    "band_label",
    "band_limits",
    "counted",
    "dated",
    "element_columns",
    "joined",
    "marked",
    "named",
    "phrase",
    "subtitle",
    "unit_column",
]


def phrase(key: str, **arguments: object) -> Text:
    """A phrase of the reports."""
    return Texts.default()(key, **arguments)


def named(names: Mapping[str, Text], units: Sequence[str]) -> dict[Lang, list[str]]:
    """Names of *units* by language."""
    return {language: [names[unit].get(language) for unit in units] for language in LANGUAGES}


def counted(scores: Scores, count: int) -> Text:
    """`76 provinces`, `1 province`, in both languages."""
    unit = scores.framework.unit
    return phrase("plots.counted", n=count, units=unit.label if count == 1 else unit.plural)


def joined(texts: Sequence[Text]) -> Text:
    """Names in a row: `A`, `A and B`, `A, B and C`."""
    if len(texts) == 1:
        return texts[0]
    first = Text(**{language: ", ".join(text.get(language) for text in texts[:-1]) for language in LANGUAGES})
    return phrase("plots.joined", first=first, last=texts[-1])


def unit_column(scores: Scores, units: Sequence[str]) -> Column:
    """The column that names the rows of a table of units."""
    return Column(label=scores.framework.unit.label, values=named(scores.names, units), header=True)


def marked(scores: Scores, element: str, values: pd.Series) -> list[float | Text]:
    """The cells of one element, indexed by unit; those withheld say so, and are no number."""
    cells: list[float | Text] = values.tolist()
    if scores.withheld is None:
        return cells
    hidden = scores.withheld.loc[values.index, element]
    return [phrase("disclosure.mark") if gone else cell for cell, gone in zip(cells, hidden, strict=True)]


def element_columns(scores: Scores, elements: Sequence[str], units: Sequence[str], decimals: int = 1) -> list[Column]:
    """One column of scores per element."""
    framework = scores.framework
    return [
        Column(label=framework.label(name), values=marked(scores, name, scores.table.loc[list(units), name]), decimals=decimals)
        for name in elements
    ]


def band_label(scores: Scores, band: str) -> Text | None:
    """The name of a band; None for a unit without a score."""
    return next((item.label for item in scores.framework.bands if item.id == band), None)


def band_limits(scores: Scores, ends: tuple[float, float] = (0.0, 100.0)) -> list[tuple[float, float]]:
    """Lower and upper limit of each band between *ends*, ascending; the upper one belongs to the next band."""
    lows = [ends[0], *(band.minimum for band in scores.framework.bands[1:])]
    return list(zip(lows, [*lows[1:], ends[1]], strict=True))


def band_keys(
    scores: Scores, language: Lang, *, sign: Literal["dot", "box"] = "box", counts: Mapping[str, int] | None = None
) -> list[Key]:
    """Legend of the bands with their limits, and how many units are in each where *counts* says so."""
    framework = scores.framework
    limits, colours = band_limits(scores), band_colours(len(framework.bands))
    keys = []
    for band, (low, high), colour in zip(framework.bands, limits, colours, strict=True):
        facts: dict[str, object] = {"band": band.label, "low": f"{low:g}", "high": f"{high:g}"}
        if counts is not None:
            facts["n"] = counts[band.id]
        label = phrase("plots.band_key" if counts is None else "plots.band_key_counted", **facts)
        keys.append(Key(label=label.get(language), colour=colour, sign=sign))
    return keys


def subtitle(scores: Scores, measure: Text | None = None) -> Text:
    """Measure, place and period, and that data are synthetic where they are."""
    key = "plots.subtitle_synthetic" if scores.synthetic else "plots.subtitle"
    what = measure or phrase("plots.index_measure")
    count = int(scores.index.notna().sum())
    return phrase(key, measure=what, who=counted(scores, count), edition=scores.framework.edition)


def dated(measure: Text, scores: Scores) -> Text:
    """Measure and period, and that data are synthetic where they are; for measures that say of how many they are."""
    key = "factors.dated_synthetic" if scores.synthetic else "factors.dated"
    return phrase(key, measure=measure, edition=scores.framework.edition)
