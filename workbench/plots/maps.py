"""The tile map: one equal square per province, near its neighbours.

Every province has the same weight for the eye, whatever its area. It is drawn only where units are provinces.
A province that was not surveyed and one that has no score are hatched in two ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.display import Chart, Column, Table
from workbench.plots.labels import band_keys, counted, phrase, subtitle, unit_column
from workbench.plots.ranking import band_names
from workbench.plots.sheet import HATCHES, Key, Sheet
from workbench.plots.style import INK, MUTED, band_colours, text_on
from workbench.provinces import PROVINCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.framework import Framework
    from workbench.provinces import Province
    from workbench.scoring import Scores
    from workbench.text import Lang, Text

__all__ = ["BLANK", "band_counts", "has_map", "state_of", "tile_map"]

TILE, GAP, EDGE = 0.52, 0.035, 0.05
"""Inches: from tile to tile, between two, margin."""
LEGEND = (5, 12.4)
"""Column and row of the tile where the legend begins, in the sea east of the peninsula."""
LEGEND_WIDTH, LEGEND_STEP = 3.1, 0.3
BLANK = "#ffffff"


def has_map(framework: Framework) -> bool:
    """Whether the units are provinces of Thailand, so that a map can be drawn."""
    return framework.unit.registry == "th-provinces"


def tile_map(scores: Scores) -> Chart:
    """The 77 provinces as tiles in the colour of their band, each with its abbreviation and score.

    Units outside the register (of synthetic samples) are in the table only.
    """
    units = list(scores.table.index)
    title, alt, note = _words(scores)
    return Chart(
        id="tile-map",
        title=title,
        subtitle=subtitle(scores),
        alt=alt,
        table=Table(
            id="tile-map-data",
            caption=phrase("plots.map_data"),
            columns=[
                unit_column(scores, units),
                Column(label=phrase("plots.index"), values=scores.table["index"].tolist(), decimals=1),
                Column(label=phrase("plots.band"), values=band_names(scores, units)),
            ],
            note=note,
        ),
        draw=lambda language: _draw(scores, language),
    )


def _words(scores: Scores) -> tuple[Text, Text, Text]:
    """Title, text alternative and note, from the same numbers."""
    counts, framework = band_counts(scores), scores.framework
    reached = [band for band in framework.bands if counts[band.id]]
    if not reached:
        return tuple(phrase(f"plots.none_{part}", unit=framework.unit.label) for part in ("title", "alt", "note"))  # type: ignore[return-value]
    top = reached[-1]
    facts: dict[str, object] = {
        "band": top.label,
        "n": counts[top.id],
        "who": counted(scores, sum(counts.values())),
        "tiles": len(PROVINCES),
        "blank": sum(state_of(scores, province.iso) != "known" for province in PROVINCES),
    }
    return phrase("plots.map_title", **facts), phrase("plots.map_alt", **facts), phrase("plots.map_note", **facts)


def band_counts(scores: Scores) -> dict[str, int]:
    """How many units are in each band."""
    return {band.id: int((scores.table["band"] == band.id).sum()) for band in scores.framework.bands}


def state_of(scores: Scores, unit: str) -> str:
    """`known`, `unscored` (surveyed, but too little data) or `absent` (not in the data)."""
    if unit not in scores.table.index:
        return "absent"
    return "known" if scores.index.notna()[unit] else "unscored"


def _draw(scores: Scores, language: Lang) -> Sheet:
    states = {province.iso: state_of(scores, province.iso) for province in PROVINCES}
    rows = 1 + max(province.tile_row for province in PROVINCES)
    sheet = Sheet(2 * EDGE + LEGEND[0] * TILE + LEGEND_WIDTH, 2 * EDGE + rows * TILE)
    colours = dict(zip((band.id for band in scores.framework.bands), band_colours(len(scores.framework.bands)), strict=True))
    for province in PROVINCES:
        _tile(sheet, scores, province, states[province.iso], colours, language)
    _legend(sheet, scores, states, language)
    return sheet


def _tile(sheet: Sheet, scores: Scores, province: Province, state: str, colours: Mapping[str, str], language: Lang) -> None:
    x, y, side = EDGE + province.tile_col * TILE, EDGE + province.tile_row * TILE, TILE - GAP
    label = province.abbreviation.get(language)
    if state != "known":
        hatch = HATCHES[0] if state == "absent" else HATCHES[1]
        sheet.box(x, y, side, side, BLANK, edgecolor=MUTED, hatch=hatch, linewidth=0.5)
        sheet.box(x + 0.07, y + 0.13, side - 0.14, side - 0.26, BLANK, linewidth=0)
        sheet.text(x + side / 2, y + side / 2, label, 9.5, ha="center")
        return
    colour = colours[str(scores.bands.loc[province.iso, "index"])]
    ink = text_on(colour)
    sheet.box(x, y, side, side, colour, linewidth=0.5)
    sheet.text(x + side / 2, y + 0.17, label, 10.5, ha="center", color=ink)
    score = f"{scores.index[province.iso]:.0f}".replace("-", "−")
    sheet.text(x + side / 2, y + 0.36, score, 9, ha="center", color=ink)


def _legend(sheet: Sheet, scores: Scores, states: Mapping[str, str], language: Lang) -> None:
    """Bands with limits and counts, the highest first, then what the hatches mean."""
    keys = band_keys(scores, language, counts=band_counts(scores))[::-1]
    for state, hatch in zip(("absent", "unscored"), HATCHES, strict=True):
        count = sum(found == state for found in states.values())
        if count:
            keys.append(Key(label=phrase(f"plots.map_{state}", n=count).get(language), colour=BLANK, hatch=hatch))
    x, y = EDGE + LEGEND[0] * TILE + 0.1, EDGE + LEGEND[1] * TILE + LEGEND_STEP
    sheet.text(x, y - LEGEND_STEP, phrase("plots.map_legend").get(language), 9.5, color=INK, weight="bold")
    for row, key in enumerate(keys):
        sheet.sign(key, x, y + row * LEGEND_STEP)
        sheet.text(x + 0.34, y + row * LEGEND_STEP, key.label, 9.5)
