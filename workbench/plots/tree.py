"""The drawing of a clustering tree, leaves on the left with their names, joins to the right.

Branches stand in the order of their mean index, the highest on top, so the tree reads as the ranking does.
Where there are more than a hundred units, only the main branches are drawn, each with how many units it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.plots.fitting import fitted, width_of
from workbench.plots.style import MUTED, SERIES, new_figure
from workbench.text import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from workbench.clusters import Clusters
    from workbench.text import Lang, Text

__all__ = ["MOST_LEAVES", "draw_tree"]

MOST_LEAVES = 100
"""Units drawn one by one at most."""
BRANCHES = 40
"""Branches drawn where there are more leaves than fit."""
ROW, WIDTH, MARK, EDGE, FOOT = 0.185, 8.0, 0.26, 0.1, 0.62
"""Inches: height of a leaf, width of the figure, room for the k-means mark, margins, room for the axis."""
SIZE = 9.0
MOST_LABEL = 3.4
"""Inches that a label may take at most."""


@dataclass(frozen=True)
class _Node:
    """A leaf or a join of the tree."""

    units: tuple[int, ...]
    """Places of the units below, from top to bottom."""
    height: float
    children: tuple[_Node, ...] = ()


def draw_tree(clusters: Clusters, names: Mapping[str, Text], language: Lang) -> Figure:
    """The tree of *clusters*; names of units by id."""
    root = _folded(_tree(clusters), clusters)
    leaves = list(_leaves(root))
    labels = [_label(leaf, clusters, names, language) for leaf in leaves]
    room = min(MOST_LABEL, max(width_of(label, SIZE) for label in labels)) + MARK + 2 * EDGE
    height = ROW * len(leaves) + FOOT + EDGE
    figure = new_figure(WIDTH, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((room / WIDTH, FOOT / height, 1 - (room + EDGE) / WIDTH, 1 - (FOOT + EDGE) / height))
    top = float(clusters.tree[-1, 2])
    axes.set(xlim=(0, top * 1.04), ylim=(len(leaves) - 0.5, -0.5), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(Texts.default()("clusters.tree.height").get(language))
    places = {leaf.units: float(place) for place, leaf in enumerate(leaves)}
    _branch(axes, root, places, clusters)
    axes.axvline(_cut_height(clusters), color=MUTED, linestyle="--", linewidth=1.1)
    inch = top * 1.04 / (WIDTH - room - EDGE)
    for place, (leaf, label) in enumerate(zip(leaves, labels, strict=True)):
        _leaf(axes, place, leaf, label, clusters, inch)
    return figure


def _tree(clusters: Clusters) -> _Node:
    """The linkage as nodes; of two branches the one with the higher mean index comes first."""
    index = clusters.members.loc[clusters.labels.index, "index"].to_numpy(float)
    nodes = [_Node((place,), 0.0) for place in range(len(index))]
    for left, right, height, _ in clusters.tree:
        pair = [nodes[int(left)], nodes[int(right)]]
        pair.sort(key=lambda node: -float(index[list(node.units)].mean()))
        nodes.append(_Node(pair[0].units + pair[1].units, float(height), (pair[0], pair[1])))
    return nodes[-1]


def _folded(root: _Node, clusters: Clusters) -> _Node:
    """The tree with small branches folded into leaves where it is too large to draw."""
    if len(root.units) <= MOST_LEAVES:
        return root
    lowest = float(clusters.tree[-(BRANCHES - 1), 2])

    def fold(node: _Node) -> _Node:
        if not node.children or node.height < lowest:
            return _Node(node.units, 0.0)
        return _Node(node.units, node.height, tuple(fold(child) for child in node.children))

    return fold(root)


def _leaves(node: _Node) -> list[_Node]:
    if not node.children:
        return [node]
    return [leaf for child in node.children for leaf in _leaves(child)]


def _label(leaf: _Node, clusters: Clusters, names: Mapping[str, Text], language: Lang) -> str:
    units = [clusters.labels.index[place] for place in leaf.units]
    listed = ", ".join(names[unit].get(language) for unit in units)
    text = listed if len(units) == 1 else Texts.default()("clusters.tree.branch", n=len(units), names=listed).get(language)
    return fitted(text, MOST_LABEL, SIZE)


def _colour(cluster: int) -> str:
    return SERIES[(cluster - 1) % len(SERIES)]


def _cut_height(clusters: Clusters) -> float:
    """Halfway between the join that the cut spares and the first that it undoes."""
    heights = clusters.tree[:, 2]
    return float(heights[-clusters.k] + heights[-clusters.k + 1]) / 2 if clusters.k > 1 else float(heights[-1])


def _branch(axes: Axes, node: _Node, places: dict[tuple[int, ...], float], clusters: Clusters) -> float:
    """Draw *node* and what is below it; returns where it stands."""
    if not node.children:
        return places[node.units]
    stands = [_branch(axes, child, places, clusters) for child in node.children]
    inside = set(clusters.ward_labels.iloc[list(node.units)])
    colour = _colour(inside.pop()) if len(inside) == 1 else MUTED
    for child, stand in zip(node.children, stands, strict=True):
        axes.plot([child.height, node.height], [stand, stand], color=colour, linewidth=1.3, solid_capstyle="butt")
    axes.plot([node.height, node.height], [stands[0], stands[-1]], color=colour, linewidth=1.3)
    return sum(stands) / len(stands)


def _leaf(axes: Axes, place: int, leaf: _Node, label: str, clusters: Clusters, inch: float) -> None:
    """The name of a leaf and its k-means cluster, in the colour that Ward's clusters with this number have."""
    axes.text(-(MARK + EDGE) * inch, place, label, ha="right", va="center", fontsize=SIZE)
    numbers = sorted(set(clusters.labels.iloc[list(leaf.units)]))
    colour = _colour(numbers[0]) if len(numbers) == 1 else MUTED
    shown = "/".join(map(str, numbers))
    axes.text(-MARK / 2 * inch, place, shown, ha="center", va="center", fontsize=SIZE, weight="bold", color=colour)
