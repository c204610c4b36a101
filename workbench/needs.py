"""What a notebook declares to need of a run, and what it is therefore given.

A notebook may say in its metadata, under `workbench`, what it `needs` and which tables it `emits`;
one that says nothing is given everything. A result is kept for as long as what was declared stays
the same, so what was not declared must not be seen: under the runner it is withheld, with an error
where it is asked for, or NaN where it would be a number. By hand nothing is withheld.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import numpy as np

from workbench.errors import Fault, WorkbenchError
from workbench.framework_model import Group

if TYPE_CHECKING:
    from workbench.framework import Framework
    from workbench.runs import RunSpec
    from workbench.scoring import Scores

__all__ = ["NEEDS", "PARTS", "Withheld", "limited", "limited_framework", "limited_scores", "refuse"]

NEEDS = "WORKBENCH_NEEDS"
"""Environment variable by which the runner says what the notebook declared; `*` is everything."""
PARTS = {
    "weights": "the weights of pillars, sub-pillars and indicators, hence the index, pillars, ranks and bands",
    "workshops": "the workshops with their amendments, and what these changed",
    "uncertainty": "the factors of uncertainty with draws and seed",
    "factors": "the settings of the factor analysis",
    "clusters": "the settings of the clusters",
    "geometry": "the outlines of the units",
    "title": "the title of the report",
}
"""Parts of a run that a notebook can do without. Indicators, questions, data and texts are always given."""


def _withheld(part: str) -> bool:
    declared = os.environ.get(NEEDS, "*")
    return declared != "*" and part not in declared.split()


def refuse(part: str) -> None:
    """Stop where a notebook asks for a *part* that it did not declare.

    Raises:
        WorkbenchError: the runner withholds the part.
    """
    if _withheld(part):
        Withheld(part).refuse()


class Withheld:
    """Stands where a part of the run would be that the notebook did not declare."""

    def __init__(self, part: str) -> None:
        self._part = part

    def refuse(self) -> NoReturn:
        """Say what to declare.

        Raises:
            WorkbenchError: always.
        """
        problem = f"the notebook asks for `{self._part}` and does not declare it: {PARTS.get(self._part, 'a table')}."
        raise WorkbenchError(Fault(problem=problem, fix=f'add "{self._part}" to `needs` in the metadata of the notebook.'))

    def __getattr__(self, name: str) -> NoReturn:
        self.refuse()

    def __fspath__(self) -> NoReturn:
        self.refuse()


def limited(spec: RunSpec) -> RunSpec:
    """The run without the settings that the notebook did not declare."""
    parts = {name: Withheld(name) for name in ("uncertainty", "factors", "clusters", "title") if _withheld(name)}
    settings = spec.settings.model_copy(update=parts)
    others = {name: Withheld(name) for name in ("uncertainty", "geometry") if _withheld(name)}
    if _withheld("clusters"):
        others |= {name: Withheld("clusters") for name in ("outside", "earlier") if getattr(spec, name) is not None}
    return replace(spec, settings=settings, **others)  # type: ignore[arg-type]


def limited_framework(framework: Framework) -> Framework:
    """The framework without its workshops where they were not declared: the amended values stay, their history goes."""
    return replace(framework, workshops=(), base=None) if _withheld("workshops") else framework


def limited_scores(scores: Scores) -> Scores:
    """The scores with everything that follows from weights NaN or None where these were not declared."""
    if not _withheld("weights"):
        return scores
    framework = scores.framework
    definition = framework.definition.model_copy(
        update={name: tuple(_unweighted(node) for node in getattr(framework.definition, name)) for name in ("pillars",)}
    )
    above = ["index", *(group.id for group in framework.groups if group.id in scores.table), *({"index_se"} & {*scores.table})]
    table = scores.table.sort_index().assign(**dict.fromkeys(above, np.nan), rank=np.nan, band=None)
    order = table.index
    return replace(
        scores,
        framework=replace(framework, definition=definition, base=None),
        table=table,
        ranks=scores.ranks.loc[order] * np.nan,
        bands=scores.bands.loc[order].map(lambda _: None),
        values=scores.values.loc[order],
        normalised=scores.normalised.loc[order],
        tree=replace(scores.tree, weights=scores.tree.weights * np.nan),
        notices=(),
    )


def _unweighted(node: object) -> object:
    if isinstance(node, Group):
        return node.model_copy(update={"weight": float("nan"), "children": tuple(_unweighted(child) for child in node.children)})
    return node.model_copy(update={"weight": float("nan")})  # type: ignore[attr-defined]
