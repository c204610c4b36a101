"""What if pillars weighed otherwise: a page that recomputes index, ranks, map and table in the reader's browser.

Here only numbers and words are laid out; the script `whatif` computes, by the rules of `means` and `aggregation`: the
same order of sums, the same rule for what is missing, the same ties. Its results are held against `scoring` by a test
in a browser. Without the script the page shows the published result.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from workbench.means import power_exponent
from workbench.method_page import aggregation_name
from workbench.plain import controls_shown, plain
from workbench.plots.labels import band_label
from workbench.plots.maps import has_map
from workbench.plots.style import band_colours, text_on
from workbench.provinces import PROVINCES
from workbench.report.leaf import Leaf
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from workbench.report.around import Around
    from workbench.text import Lang

__all__ = ["AGGREGATIONS", "WhatIf", "whatif_page"]

AGGREGATIONS = ("arithmetic", "geometric", "harmonic")
"""Offered besides the published one; all are power means, which a script can compute exactly."""
TILE, GAP = 40, 3
"""Pixels of a tile of the map and between two."""


def whatif_page(around: Around) -> Leaf:
    """The page, for any framework whose index is made of two elements or more."""
    texts = Texts.default()
    return Leaf(
        name="what-if",
        order="45",
        title=texts("pages.what-if.title"),
        lead=texts("pages.what-if.lead"),
        parts=[WhatIf(around=around)],
        scripts=("whatif",),
        kind="wide",
    )


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """Sliders, map and table, with all that the script needs in the attributes of one element."""

    around: Around = field(repr=False)

    def html(self, language: Lang) -> str:
        """The whole part of the page."""
        return (
            f'<section data-whatif="{_attribute(self._numbers())}" data-words="{_attribute(self._words(language))}">'
            f"{self._intro(language)}{self._controls(language)}"
            f'<p role="status" data-status></p>{self._map(language)}{self._table(language)}</section>'
        )

    def _numbers(self) -> dict[str, object]:
        """Pillar scores in full, weights, and the rules."""
        scores = self.around.scores
        pillars, tree = scores.elements("pillar"), scores.tree
        place = dict(zip(tree.nodes, tree.weights.tolist(), strict=True))
        bands = scores.framework.bands
        return {
            "units": [self.around.slugs[str(unit)] for unit in scores.table.index],
            "scores": self._pillars(),
            "published": [None if np.isnan(value) else value for value in scores.index.to_numpy()],
            "weights": [place[name] for name in pillars],
            "aggregation": scores.framework.aggregation("index"),
            "exponents": {name: power_exponent(name) for name in self._choices()},
            "coverage": tree.minimum_coverage,
            "floor": tree.floor,
            "ties": scores.framework.method.ties,
            "minima": [band.minimum for band in bands],
            "colours": [[colour, text_on(colour)] for colour in band_colours(len(bands))],
        }

    def _pillars(self) -> list[list[float | None]]:
        """A row for each unit; nothing of one whose pillars are not all published, for the rest would give another index."""
        scores = self.around.scores
        table = scores.pillars.astype(float)
        if scores.withheld is not None:
            table = table.mask(scores.withheld.loc[table.index, table.columns].any(axis=1))
        return [[None if math.isnan(value) else value for value in row] for row in table.to_numpy().tolist()]

    def _choices(self) -> list[str]:
        published = self.around.scores.framework.aggregation("index")
        own = [published] if power_exponent(published) is not None else []
        return list(dict.fromkeys([*own, *AGGREGATIONS]))

    def _words(self, language: Lang) -> dict[str, object]:
        texts = Texts.default()
        bands = [band.label.get(language) for band in self.around.scores.framework.bands]
        keys = ("status", "same", "none")
        return {"bands": bands} | {key: texts(f"whatif.{key}", n="{n}", most="{most}").get(language) for key in keys}

    def _intro(self, language: Lang) -> str:
        texts, framework = Texts.default(), self.around.scores.framework
        published = framework.aggregation("index")
        parts = [texts("whatif.intro"), texts("whatif.limits")]
        if power_exponent(published) is None:
            parts.append(texts("whatif.other_method", how=aggregation_name(published)))
        script = f'<p class="note" data-noscript>{plain(texts("whatif.noscript").get(language))}</p>'
        return "".join(f"<p>{plain(text.get(language))}</p>" for text in parts) + script

    def _controls(self, language: Lang) -> str:
        """Shown by the script, because they do nothing without it."""
        texts, framework = Texts.default(), self.around.scores.framework
        numbers = {node.id: node.weight for node in framework.pillars}
        place = dict(zip(self.around.scores.tree.nodes, self.around.scores.tree.weights.tolist(), strict=True))
        top = 2 * max(place[name] for name in numbers)
        step = _step(top)
        rows = "".join(
            f'<div class="slider"><label for="w{number}">{plain(node.label.get(language))}</label>'
            f'<input type="range" id="w{number}" min="0" max="{top:g}" step="{step:g}" value="{place[node.id]!r}" data-weight>'
            f'<output for="w{number}"></output></div>'
            for number, node in enumerate(framework.pillars)
        )
        options = "".join(
            f'<option value="{name}">{plain(aggregation_name(name).get(language))}</option>' for name in self._choices()
        )
        return (
            f'<div class="controls" data-controls hidden><h2>{plain(texts("whatif.weights").get(language))}</h2>{rows}'
            f'<div class="slider"><label for="aggregation">{plain(texts("whatif.aggregation").get(language))}</label>'
            f'<select id="aggregation" data-aggregation>{options}</select></div>'
            f'<p><button type="button" data-reset>{plain(texts("whatif.reset").get(language))}</button> '
            f'<span class="note">{plain(texts("whatif.link").get(language))}</span></p></div>'
        )

    def _map(self, language: Lang) -> str:
        """Tiles that the script colours; drawn as published."""
        scores, texts = self.around.scores, Texts.default()
        if not has_map(scores.framework):
            return ""
        colours = dict(zip((band.id for band in scores.framework.bands), band_colours(len(scores.framework.bands)), strict=True))
        tiles = []
        for province in PROVINCES:
            x, y, side = province.tile_col * TILE, province.tile_row * TILE, TILE - GAP
            there = province.iso in scores.table.index
            value = float(scores.index[province.iso]) if there else math.nan
            colour = HATCH if math.isnan(value) else colours[str(scores.bands.loc[province.iso, "index"])]
            label, shown = plain(province.abbreviation.get(language)), "–" if math.isnan(value) else f"{value:.0f}"
            mark = f' data-tile="{self.around.slugs[province.iso]}"' if there else ""
            tiles.append(
                f'<g{mark} transform="translate({x} {y})" fill="{"#000000" if colour == HATCH else text_on(colour)}">'
                f'<rect width="{side}" height="{side}" fill="{colour}" stroke="#566270"></rect>'
                f'<text x="{side / 2:g}" y="16" text-anchor="middle" font-size="13">{label}</text>'
                f'<text x="{side / 2:g}" y="31" text-anchor="middle" font-size="12" data-value>{shown}</text></g>'
            )
        width = TILE * (1 + max(province.tile_col for province in PROVINCES))
        height = TILE * (1 + max(province.tile_row for province in PROVINCES))
        title, alt = texts("whatif.map_title").get(language), texts("whatif.map_alt").get(language)
        return (
            f'<figure id="whatif-map"><figcaption><h3>{plain(title)}</h3></figcaption><div class="whatif-map">'
            f'<div class="drawing"><svg role="img" aria-labelledby="whatif-map-title whatif-map-desc" '
            f'viewBox="0 0 {width} {height}" style="width:100%;max-width:{width}px;font-family:Sarabun,sans-serif">'
            f'<title id="whatif-map-title">{plain(title)}</title><desc id="whatif-map-desc">{plain(alt)}</desc>'
            f'<g aria-hidden="true">{PATTERN}{"".join(tiles)}</g></svg></div>{self._legend(language)}</div></figure>'
        )

    def _legend(self, language: Lang) -> str:
        """Bands with their colour, limit and count, as a table: it is the map in numbers."""
        scores, texts = self.around.scores, Texts.default()
        bands = scores.framework.bands
        rows = "".join(
            f'<tr><th scope="row"><span class="sign" style="background:{colour}"></span>{plain(band.label.get(language))}</th>'
            f'<td class="num">{band.minimum:g}</td><td class="num" data-count>{int((scores.table["band"] == band.id).sum())}</td>'
            f'<td class="num">{int((scores.table["band"] == band.id).sum())}</td></tr>'
            for band, colour in reversed(list(zip(bands, band_colours(len(bands)), strict=True)))
        )
        heads = ("plots.band", "plots.band_from", "whatif.count", "whatif.count_published")
        head = "".join(f'<th scope="col">{plain(texts(key).get(language))}</th>' for key in heads)
        caption = plain(texts("whatif.legend").get(language))
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def _table(self, language: Lang) -> str:
        """Every unit with the result of the reader's weights, the published one beside it."""
        texts, scores = Texts.default(), self.around.scores
        heads = ("unit.rank", None, "plots.index", "plots.band", "whatif.rank_published", "unit.interval", "whatif.move")
        words = [scores.framework.unit.label if key is None else texts(key) for key in heads]
        kinds = (True, False, True, False, True, False, True)
        head = "".join(
            f'<th scope="col"{NUM if kind else ""}>{plain(word.get(language))}</th>'
            for word, kind in zip(words, kinds, strict=True)
        )
        rows = "".join(self._row(str(unit), language) for unit in scores.table.index)
        return (
            '<div class="table-frame" role="region" aria-labelledby="whatif-caption" tabindex="0"><table data-result>'
            f'<caption id="whatif-caption">{plain(texts("whatif.caption").get(language))}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def _row(self, unit: str, language: Lang) -> str:
        scores, row = self.around.scores, self.around.scores.table.loc[unit]
        none = Texts.default()("whatif.none").get(language)
        known = not math.isnan(row["index"])
        rank = f"{float(row['rank']):g}" if known else none
        band = band_label(scores, str(row["band"])) or Text.same("–")
        span = "–"
        if unit in self.around.intervals.index:
            low, high = self.around.intervals.loc[unit]
            span = f"{low:g}" if low == high else f"{low:g}–{high:g}"
        name = f'<a href="{self.around.address(unit)}">{plain(scores.names[unit].get(language))}</a>'
        index = f"{row['index']:.1f}" if known else none
        return (
            f'<tr data-unit="{self.around.slugs[unit]}"><td class="num">{rank}</td><th scope="row">{name}</th>'
            f'<td class="num">{index}</td>'
            f'<td>{plain(band.get(language))}</td><td class="num">{rank}</td><td>{span}</td><td class="num">0</td></tr>'
        )


NUM = ' class="num"'
HATCH = "url(#whatif-none)"
"""Fills a tile without a score."""
PATTERN = (
    '<defs><pattern id="whatif-none" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#ffffff"></rect><path d="M0 0V6" stroke="#b3bac2" stroke-width="2"></path></pattern></defs>'
)


def _attribute(value: object) -> str:
    """*value* as JSON, for an attribute in double quotes."""
    return escape(controls_shown(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)))


def _step(top: float) -> float:
    """A step of a slider that reaches every weight of one decimal place less than a hundredth of its range."""
    return 10.0 ** math.floor(math.log10(top / 20)) / 2 if top > 0 else 1.0
