"""The ranking: as a table with everything that belongs to it, and as dots with intervals.

A title never says that one unit is better than another. Above or below the mean is said only where the whole
90 % interval lies on that side; where no sampling error is known, nothing is called clear.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from workbench.display import Chart, Column, Table
from workbench.plots.labels import (
    band_keys,
    band_label,
    counted,
    element_columns,
    named,
    phrase,
    subtitle,
    unit_column,
)
from workbench.plots.rows import Rows, draw_rows
from workbench.plots.sheet import Key, Sheet, notice
from workbench.plots.style import ACCENT, INK, band_colours
from workbench.score_errors import half_width
from workbench.text import LANGUAGES, Lang

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from workbench.scoring import Scores
    from workbench.text import Text

__all__ = ["band_names", "ranking", "ranking_table"]


def ranking_table(scores: Scores, intervals: pd.DataFrame | None = None) -> Table:
    """Every unit in rank order with band, pillars, coverage and response; units without a score last.

    Args:
        scores: The result.
        intervals: `Uncertainty.ranks`, for a column with the 90 % interval of the rank.
    """
    table, units = scores.table, list(scores.table.index)
    columns = [Column(label=phrase("plots.rank"), values=_ranks(table["rank"]))]
    columns.append(unit_column(scores, units))
    columns.append(Column(label=phrase("plots.index"), values=table["index"].tolist(), decimals=1))
    if intervals is not None:
        columns.append(Column(label=phrase("plots.rank_interval"), values=_spans(intervals, units)))
    columns.append(Column(label=phrase("plots.band"), values=band_names(scores, units)))
    columns += element_columns(scores, scores.elements("pillar"), units)
    columns.append(Column(label=phrase("plots.coverage"), values=(100 * table["coverage"]).tolist(), decimals=0))
    if "n_answered" in table:
        answered = [f"{a}/{b}" for a, b in zip(table["n_answered"], table["n_invited"], strict=True)]
        columns.append(Column(label=phrase("plots.response"), values=answered))
    caption = phrase("plots.ranking_caption", who=counted(scores, len(units)))
    return Table(id="ranking-table", caption=caption, columns=columns, note=phrase("plots.ties_note"))


def ranking(scores: Scores) -> Chart:
    """Every unit's index in rank order with its 90 % interval where sampling error is known, and the mean.

    Units without a score are not drawn; `ranking_table` has them.
    """
    known = scores.table[scores.index.notna()]
    units, half = list(known.index), half_width(scores).loc[known.index]
    columns = [
        unit_column(scores, units),
        Column(label=phrase("plots.rank"), values=_ranks(known["rank"])),
        Column(label=phrase("plots.index"), values=known["index"].tolist(), decimals=1),
    ]
    if half.notna().any():
        low, high = known["index"] - half, known["index"] + half
        columns.append(Column(label=phrase("plots.low"), values=low.tolist(), decimals=1))
        columns.append(Column(label=phrase("plots.high"), values=high.tolist(), decimals=1))
    title, alt, note = _ranking_words(scores, known["index"], half)
    return Chart(
        id="ranking",
        title=title,
        subtitle=subtitle(scores),
        alt=alt,
        table=Table(id="ranking-data", caption=phrase("plots.ranking_data"), columns=columns, note=note),
        draw=lambda language: _draw(scores, units, half, language),
    )


def _ranking_words(scores: Scores, index: pd.Series, half: pd.Series) -> tuple[Text, Text, Text]:
    """Title, text alternative and note, from the same numbers."""
    if index.empty:
        return tuple(phrase(f"plots.none_{part}", unit=scores.framework.unit.label) for part in ("title", "alt", "note"))  # type: ignore[return-value]
    mean = float(index.mean())
    kind = "sampled" if half.notna().any() else "plain"
    reach = half if kind == "sampled" else half.fillna(0.0)
    facts: dict[str, object] = {
        "who": counted(scores, len(index)),
        "n": len(index),
        "units": scores.framework.unit.plural,
        "mean": f"{mean:.1f}",
        "lowest": f"{index.min():.1f}",
        "highest": f"{index.max():.1f}",
        "above": int((index - reach > mean).sum()),
        "below": int((index + reach < mean).sum()),
    }
    return (
        phrase(f"plots.ranking_title_{kind}", **facts),
        phrase(f"plots.ranking_alt_{kind}", **facts),
        phrase(f"plots.ranking_note_{kind}", **facts),
    )


def _draw(scores: Scores, units: Sequence[str], half: pd.Series, language: Lang) -> Sheet:
    index = scores.index.loc[list(units)]
    if index.empty:
        return notice(phrase("plots.none_title", unit=scores.framework.unit.label).get(language))
    known = [band.id for band in scores.framework.bands]
    colours = dict(zip(known, band_colours(len(known)), strict=True))
    keys = band_keys(scores, language, sign="dot")
    mean = float(index.mean())
    if half.notna().any():
        keys.append(Key(label=phrase("plots.interval_key").get(language), colour=INK, sign="line"))
    keys.append(Key(label=phrase("plots.mean_key").get(language), colour=ACCENT, sign="dash"))
    return draw_rows(
        Rows(
            ranks=[f"{rank:g}" for rank in scores.table.loc[list(units), "rank"].astype(float)],
            names=named(scores.names, units)[language],
            values=index.to_numpy(dtype=float),
            half=half.to_numpy(dtype=float),
            colours=[colours[band] for band in scores.table.loc[list(units), "band"]],
            scale=phrase("plots.index").get(language),
            line=mean,
            line_label=phrase("plots.mean_mark", mean=f"{mean:.1f}").get(language),
            keys=keys,
        )
    )


def band_names(scores: Scores, units: Sequence[str]) -> dict[Lang, list[str]]:
    """The band of each unit in words; empty where there is no score."""
    labels = [band_label(scores, band) for band in scores.table.loc[list(units), "band"]]
    return {language: [label.get(language) if label else "" for label in labels] for language in LANGUAGES}


def _ranks(ranks: pd.Series) -> list[float | int | None]:
    """Ranks, whole where they are whole; nothing where there is no score."""
    given = [None if np.isnan(rank) else float(rank) for rank in ranks.astype("Float64").to_numpy(dtype=float, na_value=np.nan)]
    return [int(rank) if rank is not None and rank.is_integer() else rank for rank in given]


def _spans(intervals: pd.DataFrame, units: Sequence[str]) -> list[str | None]:
    """`3–9` for each unit, nothing where there is none."""
    known = intervals[["rank_p05", "rank_p95"]].reindex(list(units)).astype(float).to_numpy()
    return [None if math.isnan(low) else _span(low, high) for low, high in known]


def _span(low: float, high: float) -> str:
    """`3–9`, or `1` for a rank that never changes."""
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"
