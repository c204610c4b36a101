"""The drawing of a clustering tree, leaves on the left with their names, joins to the right.

Branches stand in the order of their mean index, the highest on top, so the tree reads as the ranking does.
Where there are more than a hundred units, only the main branches are drawn, each with how many units it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from workbench.plots.fitting import fitted, width_of
from workbench.plots.sheet import DASHED, Sheet
from workbench.plots.style import MUTED, SERIES
from workbench.text import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.clusters import Clusters
    from workbench.text import Lang, Text

__all__ = ["MOST_LEAVES", "draw_tree"]

MOST_LEAVES = 100
"""Units drawn one by one at most."""
BRANCHES = 40
"""Branches drawn where there are more leaves than fit."""
ROW, WIDTH, MARK, EDGE, FOOT = 0.185, 8.0, 0.26, 0.1, 0.62
"""Inches: height of a leaf, width of the figure, room for the k-means mark, margins, room for the axis."""
STROKE = 1.3 / 72
"""Inches: width of a branch."""
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


def draw_tree(clusters: Clusters, names: Mapping[str, Text], language: Lang) -> Sheet:
    """The tree of *clusters*; names of units by id."""
    root = _folded(_tree(clusters), clusters)
    leaves = list(_leaves(root))
    labels = [_label(leaf, clusters, names, language) for leaf in leaves]
    left = min(MOST_LABEL, max(width_of(label, SIZE) for label in labels)) + MARK + 2 * EDGE
    sheet = Sheet(WIDTH, ROW * len(leaves) + FOOT + EDGE)
    drawing = _Drawing(sheet, clusters, left, (WIDTH - left - EDGE) / (1.04 * float(clusters.tree[-1, 2])))
    drawing.branch(root, {leaf.units: EDGE + (place + 0.5) * ROW for place, leaf in enumerate(leaves)})
    bottom = EDGE + ROW * len(leaves)
    drawing.scale(bottom, Texts.default()("clusters.tree.height").get(language))
    cut = drawing.x(_cut_height(clusters))
    sheet.line([cut, cut], [EDGE, bottom], dash=DASHED, linewidth=1.1)
    for place, (leaf, label) in enumerate(zip(leaves, labels, strict=True)):
        drawing.leaf(EDGE + (place + 0.5) * ROW, leaf, label)
    return sheet


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


@dataclass(frozen=True)
class _Drawing:
    """Joins from left to right by their height, leaves from top to bottom."""

    sheet: Sheet
    clusters: Clusters
    left: float
    inches: float
    """For a unit of height."""

    def x(self, height: float) -> float:
        """Of a height."""
        return self.left + height * self.inches

    def branch(self, node: _Node, places: dict[tuple[int, ...], float]) -> float:
        """Draw *node* and what is below it; returns where it stands."""
        if not node.children:
            return places[node.units]
        stands = [self.branch(child, places) for child in node.children]
        inside = set(self.clusters.ward_labels.iloc[list(node.units)])
        colour = _colour(inside.pop()) if len(inside) == 1 else MUTED
        end = self.x(node.height)
        for child, stand in zip(node.children, stands, strict=True):
            self.sheet.line([self.x(child.height), end], [stand, stand], color=colour, linewidth=72 * STROKE)
        # As far as the strokes of the children reach, so that corners close.
        self.sheet.line([end, end], [stands[0] - STROKE / 2, stands[-1] + STROKE / 2], color=colour, linewidth=72 * STROKE)
        return sum(stands) / len(stands)

    def leaf(self, y: float, leaf: _Node, label: str) -> None:
        """The name of a leaf and its k-means cluster, in the colour that Ward's clusters with this number have."""
        self.sheet.text(self.left - MARK - EDGE, y, label, SIZE, ha="right")
        numbers = sorted(set(self.clusters.labels.iloc[list(leaf.units)]))
        colour = _colour(numbers[0]) if len(numbers) == 1 else MUTED
        shown = "/".join(map(str, numbers))
        self.sheet.text(self.left - MARK / 2, y, shown, SIZE, ha="center", weight="bold", color=colour)

    def scale(self, bottom: float, name: str) -> None:
        """Heights below the tree."""
        end = WIDTH - EDGE
        self.sheet.line([self.left, end], [bottom, bottom])
        most = (end - self.left) / self.inches
        for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0.0, most):
            if 0 <= tick <= most:
                self.sheet.line([self.x(tick)] * 2, [bottom, bottom + 0.05])
                self.sheet.text(self.x(tick), bottom + 0.15, f"{tick:g}", SIZE, ha="center", color=MUTED)
        self.sheet.text((self.left + end) / 2, bottom + 0.35, name, SIZE + 1, ha="center")
