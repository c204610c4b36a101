"""The pages that no notebook computes: in front the country's, then one for each unit and one for each indicator."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.report.glossary import glossary_page
from workbench.report.indicators import indicator_pages, indicators_page
from workbench.report.ranking_page import ranking_page
from workbench.report.regions import regions_page
from workbench.report.units import unit_page
from workbench.report.whatif import whatif_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.report.around import Around
    from workbench.report.leaf import Leaf

__all__ = ["front_pages", "inner_pages"]


def front_pages(around: Around) -> list[Leaf]:
    """Pages of the navigation."""
    return [
        ranking_page(around),
        regions_page(around),
        indicators_page(around),
        glossary_page(),
        *([whatif_page(around)] if len(around.scores.elements("pillar")) > 1 else []),
    ]


def inner_pages(around: Around) -> Iterator[Callable[[], Leaf]]:
    """Pages that those lead to, each made when it is called: a process that shares the work makes its own alone."""
    yield from (partial(unit_page, around, str(unit)) for unit in around.scores.table.index)
    yield from indicator_pages(around)
