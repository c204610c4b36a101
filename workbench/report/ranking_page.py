"""The ranking of all units with everything that belongs to it, to be sorted and searched where scripts run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.display import Column, Words
from workbench.plots.fitting import both
from workbench.plots.ranking import ranking_table
from workbench.report.leaf import Leaf
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from workbench.display import Table
    from workbench.report.around import Around

__all__ = ["ranking_page", "sortable_ranking"]


def ranking_page(around: Around) -> Leaf:
    """Rank, interval, band, pillars, coverage and response of every unit."""
    texts = Texts.default()
    return Leaf(
        name="ranking",
        order="01",
        title=texts("pages.ranking.title"),
        lead=texts("pages.ranking.lead"),
        parts=[
            *(Words(text=notice, kind="note") for notice in around.scores.notices),
            Words(text=texts("ranking.reading")),
            sortable_ranking(around),
        ],
        scripts=("table",),
        kind="wide",
    )


def sortable_ranking(around: Around) -> Table:
    """The ranking table with a link to every unit, and its region where there is one."""
    texts, table = Texts.default(), ranking_table(around.scores, around.intervals)
    units = [str(unit) for unit in around.scores.table.index]
    columns = [replace(column, links=[*map(around.address, units)]) if column.header else column for column in table.columns]
    band = texts("plots.band")
    columns = [replace(column, filtered=True) if column.label == band else column for column in columns]
    if around.regions:
        regions = [around.regions.get(unit, Text.same("–")) for unit in units]
        columns.insert(2, Column(label=texts("units.region"), values=both(regions), filtered=True))
    return replace(table, columns=columns, sortable=True)
