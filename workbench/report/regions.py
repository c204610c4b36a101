"""From the country to its regions to every unit: the way in that readers of provincial reports expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.display import Column, Table, Words
from workbench.plots.fitting import both
from workbench.plots.labels import band_label
from workbench.provinces import PROVINCES
from workbench.report.leaf import Leaf, Links
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.display import Shown
    from workbench.report.around import Around

__all__ = ["regions_page"]


def regions_page(around: Around) -> Leaf:
    """A table of regions, then the units of each, with links."""
    texts, unit = Texts.default(), around.scores.framework.unit
    # In the order of the register: an order by scores would rank regions.
    regions = {around.regions[item.iso].en: around.regions[item.iso] for item in PROVINCES if item.iso in around.regions}
    parts: list[Shown] = []
    if regions:
        parts.append(_table(around, list(regions.values())))
    for region in regions.values():
        members = [name for name, found in around.regions.items() if found == region]
        parts += _group(around, texts("units.in_region", region=region, n=len(members)), members)
    rest = [str(name) for name in around.scores.table.index if name not in around.regions]
    if rest:
        parts += _group(around, texts("units.elsewhere") if regions else texts("units.all"), rest)
    title = texts("units.title" if regions else "units.title_plain", units=unit.plural)
    lead = texts("units.lead", unit=unit.label) if regions else None
    return Leaf(name="units", order="03", title=title, lead=lead, parts=parts)


def _table(around: Around, regions: Sequence[Text]) -> Table:
    texts, scores = Texts.default(), around.scores
    sets = [[name for name in around.known if around.regions.get(name) == region] for region in regions]
    sets.append(around.known)
    index = [scores.index[names].astype(float) for names in sets]
    spans = [f"{values.min():.1f}–{values.max():.1f}" if len(values) else "–" for values in index]
    pillars = [
        Column(label=scores.framework.label(name), values=[scores.table.loc[names, name].median() for names in sets], decimals=1)
        for name in scores.elements("pillar")
    ]
    return Table(
        id="regions",
        caption=texts("units.regions_caption"),
        columns=[
            Column(label=texts("units.region"), values=both([*regions, texts("units.country")]), header=True),
            Column(label=texts("units.count"), values=[len(names) for names in sets]),
            Column(label=texts("units.median"), values=[values.median() for values in index], decimals=1),
            Column(label=texts("units.range"), values=spans),
            *pillars,
        ],
        note=texts("units.regions_note"),
    )


def _group(around: Around, heading: Text, units: Sequence[str]) -> list[Shown]:
    """A heading and the units below it, by name of the register, each with its index and band."""
    scores = around.scores
    rows = []
    for unit in sorted(units):
        value, band = scores.index[unit], band_label(scores, str(scores.table.at[unit, "band"]))
        known = Text(th=f"{value:.1f} {band.th}", en=f"{value:.1f} {band.en}") if band else Text.same("–")
        rows.append((around.address(unit), scores.names[unit], known))
    return [Words(text=heading, kind="h2"), Links(links=rows, css="units")]
