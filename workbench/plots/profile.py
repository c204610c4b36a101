"""The profile of one unit: a dot for each pillar, with the means it is compared with as marks of other shapes.

The title says where the unit lies furthest from the mean of all; it never compares two units. A radar would show areas
that mean nothing, so there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from workbench.display import Chart, Column, Table
from workbench.plots.fitting import fitted, width_of
from workbench.plots.labels import phrase, subtitle
from workbench.plots.sheet import PAGE, Key, Sheet, legend_height, notice
from workbench.plots.style import ACCENT, GRID, INK, MUTED, SERIES
from workbench.text import LANGUAGES

if TYPE_CHECKING:
    import pandas as pd

    from workbench.plots.marks import Shape
    from workbench.scoring import Scores
    from workbench.text import Lang, Text

__all__ = ["profile"]

ROW, TOP, NAMES, VALUE = 0.36, 0.12, 2.9, 0.5
"""Inches: a row, above the first, room for the names, room for the number at the right."""


class _Sign(NamedTuple):
    """How the dots of one series look."""

    shape: Shape
    size: float
    colour: str
    edge: str
    stroke: float
    level: float


MARKS = {
    "own": _Sign("o", 95, ACCENT, INK, 0.7, 4),
    "mean_all": _Sign("|", 230, INK, INK, 2.0, 2),
    "mean_region": _Sign("D", 46, "#ffffff", SERIES[1], 1.6, 3),
    "mean_cluster": _Sign("s", 46, "#ffffff", SERIES[2], 1.6, 3),
}
"""By series; the unit's own is filled and lies on top."""


def profile(scores: Scores, unit: str, means: pd.DataFrame) -> Chart:
    """A unit's pillars against means.

    Args:
        scores: The result.
        unit: Which unit.
        means: Indexed by pillar; columns of `mean_all`, `mean_region`, `mean_cluster`, those there are; scores 0-100.
    """
    pillars = scores.elements("pillar")
    own, name = scores.table.loc[unit, pillars].astype(float), scores.names[unit]
    title = _title(scores, own - means["mean_all"])
    label = scores.framework.label
    columns = [
        Column(label=phrase("unit.pillar"), values={x: [label(item).get(x) for item in pillars] for x in LANGUAGES}, header=True),
        Column(label=phrase("unit.score"), values=_cells(scores, unit, own), decimals=1),
        *(Column(label=phrase(f"unit.{mean}"), values=means.loc[pillars, mean].tolist(), decimals=1) for mean in means),
    ]
    return Chart(
        id="profile",
        title=title,
        subtitle=subtitle(scores, phrase("unit.profile_measure", name=name)),
        alt=phrase("unit.profile_alt", n=len(pillars), name=name, finding=title),
        table=Table(id="profile-data", caption=phrase("unit.profile_data", name=name), columns=columns),
        draw=lambda language: _draw(scores, own, means, name, language),
    )


def _cells(scores: Scores, unit: str, own: pd.Series) -> list[float | Text]:
    """The unit's scores; those withheld say so."""
    hidden = scores.withheld.loc[unit, own.index] if scores.withheld is not None else [False] * len(own)
    return [phrase("disclosure.mark") if gone else float(value) for value, gone in zip(own, hidden, strict=True)]


def _title(scores: Scores, gaps: pd.Series) -> Text:
    known = gaps.dropna().round(1)  # as shown: a gap of 0.0 lies neither above nor below
    if known.empty:
        return phrase("unit.profile_title_none")
    best, worst = str(known.idxmax()), str(known.idxmin())
    kind = "one" if len(known) == 1 else "above" if known.min() >= 0 else "below" if known.max() <= 0 else "both"
    label = scores.framework.label
    signed = {"high": _signed(known[best]), "low": _signed(known[worst])}
    return phrase(f"unit.profile_title_{kind}", best=label(best), worst=label(worst), **signed)


def _signed(gap: float) -> str:
    return f"{gap:+.1f}".replace("-", "−") if gap else "0.0"


def _draw(scores: Scores, own: pd.Series, means: pd.DataFrame, name: Text, language: Lang) -> Sheet:
    shown = {"own": name} | {mean: phrase(f"unit.{mean}") for mean in means}
    if own.dropna().empty:
        return notice(phrase("unit.profile_title_none").get(language))
    keys = [Key(label=fitted(label.get(language), 3.2, 9.5), colour=ACCENT, sign="dot") for label in shown.values()]
    foot = 0.34 + legend_height(keys, PAGE - 0.2)
    sheet = Sheet(PAGE, TOP + ROW * len(own) + foot)
    left, right = 0.1 + NAMES, PAGE - VALUE - 0.15
    bottom = TOP + ROW * len(own)
    low, high = _ends(own, means)
    _scale(sheet, (left, right), (low, high), bottom)
    spots = {"own": own} | {mean: means.loc[own.index, mean] for mean in means}
    places = {key: left + (values.to_numpy() - low) / (high - low) * (right - left) for key, values in spots.items()}
    middles = TOP + (np.arange(len(own)) + 0.5) * ROW
    for y, pillar in zip(middles, own.index, strict=True):
        sheet.line([left, right], [y, y], color=GRID, linewidth=0.6, zorder=1)
        sheet.text(left - 0.12, y, fitted(scores.framework.label(pillar).get(language), NAMES - 0.15, 10), 10, ha="right")
        value = own[pillar]
        sheet.text(PAGE - 0.1, y, "–" if np.isnan(value) else f"{value:.1f}".replace("-", "−"), 10, ha="right", weight="bold")
    for key, xs in places.items():
        _marks(sheet, key, xs, middles)
    _legend(sheet, {key: label.get(language) for key, label in shown.items()}, bottom + 0.34)
    return sheet


def _ends(own: pd.Series, means: pd.DataFrame) -> tuple[float, float]:
    """0 to 100, and beyond where a normalisation without limits goes beyond."""
    everything = np.concatenate([own.to_numpy(), means.to_numpy().ravel()])
    return min(0.0, float(np.nanmin(everything))), max(100.0, float(np.nanmax(everything)))


def _scale(sheet: Sheet, ends: tuple[float, float], limits: tuple[float, float], bottom: float) -> None:
    (left, right), (low, high) = ends, limits
    sheet.line([left, right], [bottom, bottom])
    for tick in np.linspace(low, high, 6):
        x = left + (tick - low) / (high - low) * (right - left)
        sheet.line([x, x], [TOP, bottom], color=GRID, linewidth=0.5, zorder=0)
        sheet.text(x, bottom + 0.15, f"{tick:.0f}".replace("-", "−"), 9, ha="center", color=MUTED)


def _marks(sheet: Sheet, key: str, xs: np.ndarray, ys: np.ndarray) -> None:
    """The signs of one series."""
    sign = MARKS[key]
    for x, y in zip(xs, ys, strict=True):
        if not np.isnan(x):
            sheet.dot(x, y, sign.size, sign.colour, edge=sign.edge, stroke=sign.stroke, shape=sign.shape, zorder=sign.level)


def _legend(sheet: Sheet, labels: dict[str, str], top: float) -> None:
    """Each series with its sign, from left to right, in as many lines as they need."""
    x, y = 0.1, top + 0.12
    for key, label in labels.items():
        text = fitted(label, 3.2, 9.5)
        room = 0.3 + width_of(text, 9.5) + 0.3
        if x + room > PAGE and x > 0.1:  # noqa: PLR2004  (the margin)
            x, y = 0.1, y + 0.25
        _marks(sheet, key, np.array([x + 0.1]), np.array([y]))
        sheet.text(x + 0.28, y, text, 9.5)
        x += room
