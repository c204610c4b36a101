"""What charts and tables of several pages share: names, captions, the words for a result's period and kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.display import Column
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.scoring import Scores

__all__ = ["INTERVAL", "band_label", "element_columns", "half_width", "named", "phrase", "subtitle", "unit_column"]

INTERVAL = 1.6448536269514722
"""Standard errors either side of a score that make a 90 % interval (normal distribution)."""


def phrase(key: str, **arguments: object) -> Text:
    """A phrase of the reports."""
    return Texts.default()(key, **arguments)


def named(names: Mapping[str, Text], units: Sequence[str]) -> dict[Lang, list[str]]:
    """Names of *units* by language."""
    return {language: [names[unit].get(language) for unit in units] for language in LANGUAGES}


def unit_column(scores: Scores, units: Sequence[str]) -> Column:
    """The column that names the rows of a table of units."""
    return Column(label=scores.framework.unit.label, values=named(scores.names, units), header=True)


def element_columns(scores: Scores, elements: Sequence[str], units: Sequence[str], decimals: int = 1) -> list[Column]:
    """One column of scores per element."""
    framework = scores.framework
    return [
        Column(label=framework.label(name), values=scores.table.loc[list(units), name].tolist(), decimals=decimals)
        for name in elements
    ]


def band_label(scores: Scores, band: str) -> Text:
    """The name of a band; a dash where there is none."""
    return next((item.label for item in scores.framework.bands if item.id == band), Text.same("–"))


def half_width(scores: Scores) -> pd.Series:
    """Half the 90 % interval of each unit's index, NaN where no sampling error is known."""
    if "index_se" not in scores.table:
        return pd.Series(np.nan, index=scores.table.index)
    return INTERVAL * scores.table["index_se"]


def subtitle(scores: Scores, measure: Text | None = None) -> Text:
    """Measure, place and period, and that data are synthetic where they are."""
    key = "plots.subtitle_synthetic" if scores.synthetic else "plots.subtitle"
    what = measure or phrase("plots.index_measure")
    count = int(scores.index.notna().sum())
    return phrase(key, measure=what, n=count, units=scores.framework.unit.plural, edition=scores.framework.edition)
