"""Small multiples of cluster profiles: one panel for each cluster, one bar for each pillar.

Bars show the difference from the mean of all units; the numbers stand beside them, so colour is not needed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.plots.fitting import fitted, width_of
from workbench.plots.style import ACCENT, INK, MUTED, SERIES, new_figure
from workbench.text import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.clusters import Clusters
    from workbench.text import Lang, Text

__all__ = ["draw_profiles"]

ACROSS = 4
"""Panels in a row."""
ROW, HEAD, FOOT, GAP, EDGE = 0.3, 0.62, 0.15, 0.14, 0.1
"""Inches: height of a bar's row, of a panel's heading, below a panel, between panels, margins."""
PANELS, WIDEST = 6.6, 2.4
"""Inches: width of all panels of a row, and of one at most."""
SIZE = 10.0
MOST_LABEL = 3.2


def draw_profiles(clusters: Clusters, labels: Mapping[str, Text], language: Lang) -> Figure:
    """The panels of *clusters*; names of pillars by id, in the order of the rows."""
    titles = [fitted(label.get(language), MOST_LABEL, SIZE) for label in labels.values()]
    room = max(width_of(title, SIZE) for title in titles) + 3 * EDGE
    across = min(ACROSS, clusters.k)
    panel = min(WIDEST, PANELS / across)
    down = math.ceil(clusters.k / across)
    tall = HEAD + ROW * len(titles) + FOOT
    width, height = room + across * (panel + GAP) + EDGE, down * tall + EDGE
    figure = new_figure(width, height)
    figure.set_layout_engine("none")
    reach = float(clusters.differences[list(labels)].abs().to_numpy().max()) * 1.75
    for place, cluster in enumerate(clusters.profiles.index):
        column, line = place % across, place // across
        left, bottom = room + column * (panel + GAP), height - EDGE - line * tall - HEAD - ROW * len(titles)
        axes = figure.add_axes((left / width, bottom / height, panel / width, ROW * len(titles) / height))
        _panel(axes, clusters, int(cluster), list(labels), reach)
        _heading(axes, clusters, int(cluster), language)
        if column == 0:
            axes.set_yticks(range(len(titles)), titles, fontsize=SIZE)
    return figure


def _panel(axes: Axes, clusters: Clusters, cluster: int, pillars: list[str], reach: float) -> None:
    axes.set(xlim=(-reach, reach), ylim=(len(pillars) - 0.5, -0.5), xticks=[], yticks=[])
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.axvline(0, color=MUTED, linewidth=0.9)
    for place, pillar in enumerate(pillars):
        value = float(clusters.differences.loc[cluster, pillar])
        axes.barh(place, value, height=0.62, color=ACCENT if value >= 0 else SERIES[1])
        text = f"{value:+.1f}".replace("-", "−") if round(value, 1) else "0.0"
        axes.annotate(
            text,
            (value, place),
            (4 if value >= 0 else -4, 0),
            textcoords="offset points",
            color=INK,
            ha="left" if value >= 0 else "right",
            va="center",
            fontsize=SIZE - 0.5,
        )


def _heading(axes: Axes, clusters: Clusters, cluster: int, language: Lang) -> None:
    texts, units = Texts.default(), int(clusters.sizes[cluster])
    name = texts("clusters.profile.panel" if units > 1 else "clusters.profile.panel_one", n=cluster, units=units)
    mean = texts("clusters.profile.panel_index", mean=float(clusters.profiles.loc[cluster, "index"]))
    for text, lift, weight, colour in ((name, 22, "bold", INK), (mean, 7, "normal", MUTED)):
        axes.annotate(
            text.get(language),
            (0.5, 1),
            (0, lift),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=SIZE,
            weight=weight,
            color=colour,
        )
