"""The page on framework and method: formulas, the tree with weights, and what is attested or proposed.

Made from the framework alone, so it says what is really computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from latex2mathml.converter import convert

from workbench.aggregation import Tree, global_weights
from workbench.display import Column, Table, Words
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from workbench.framework import Framework, Indicator

__all__ = ["Formula", "aggregation_name", "bands_table", "formulas", "framework_table", "measured", "standing"]


@dataclass(frozen=True, kw_only=True)
class Formula:
    """An equation as MathML, with a sentence that says it in words."""

    words: Text
    mathml: str
    """Written by us; never holds text from outside."""

    def html(self, language: Lang) -> str:
        """The sentence, then the equation."""
        return f"<p>{escape(self.words.get(language))}</p>{self.mathml}"


EQUATIONS = {
    "goalposts": r"s = 100 \cdot \frac{f(x) - f(l)}{f(h) - f(l)}",
    "minmax": r"s = 100 \cdot \frac{x - \min x}{\max x - \min x}",
    "zscore": r"s = \mu + \sigma \cdot \frac{x - \bar{x}}{\mathrm{sd}(x)}",
    "arithmetic": r"M = \frac{\sum_i w_i s_i}{\sum_i w_i}",
    "geometric": r"M = \exp \frac{\sum_i w_i \ln \max(s_i, c)}{\sum_i w_i}",
    "harmonic": r"M = \frac{\sum_i w_i}{\sum_i w_i / \max(s_i, c)}",
}
"""In TeX; turned into MathML when the page is made, so that no script is needed to read them."""


def formulas(framework: Framework) -> list[Formula]:
    """The equations that this framework uses."""
    texts = Texts.default()
    methods = {framework.aggregation(name) for name in ("index", *(group.id for group in framework.groups))}
    methods |= {item.normalisation.method for item in framework.indicators}
    floor = f"{framework.method.geometric_floor:g}"
    used = [name for name in EQUATIONS if name in methods]
    return [
        Formula(words=texts(f"method.{name}", floor=floor), mathml=convert(EQUATIONS[name], display="block")) for name in used
    ]


def aggregation_name(method: str) -> Text:
    """A way of aggregating in words; methods with a number keep their sign."""
    texts = Texts.default()
    key = f"method.how.{method.removesuffix('(+)')}"
    return texts(key) if key in texts else Text.same(method)


def framework_table(framework: Framework) -> Table:
    """Every element with its weight in its group, its share of the index, and how it is measured."""
    texts = Texts.default()
    tree = Tree.of(framework)
    shares = dict(zip(tree.indicators, global_weights(tree), strict=True))
    nodes = [*_depth_first(framework)]
    labels = [framework.label(name) for name in nodes]
    share = [100 * shares[name] if name in shares else None for name in nodes]
    how = [measured(framework, name, texts) for name in nodes]
    return Table(
        id="framework",
        caption=texts("method.framework_caption", n=len(framework.indicators)),
        columns=[
            Column(label=texts("method.code"), values=nodes),
            Column(label=texts("method.element"), values={x: [label.get(x) for label in labels] for x in LANGUAGES}, header=True),
            Column(label=texts("method.weight"), values=[f"{framework.element(name).weight:g}" for name in nodes]),
            Column(label=texts("method.share"), values=[f"{value:.2f}" if value is not None else "–" for value in share]),
            Column(label=texts("method.measured"), values={x: [text.get(x) for text in how] for x in LANGUAGES}),
        ],
        note=texts("method.share_note"),
    )


def _depth_first(framework: Framework) -> list[str]:
    waiting = [*framework.pillars][::-1]
    found = []
    while waiting:
        node = waiting.pop()
        found.append(node.id)
        waiting += [*getattr(node, "children", ())][::-1]
    return found


def measured(framework: Framework, name: str, texts: Texts) -> Text:
    """The question type and the goalposts of an indicator; the aggregation of a group."""
    if framework.level(name) != "indicator":
        return texts("method.aggregated", how=aggregation_name(framework.aggregation(name)))
    indicator: Indicator = framework.element(name)  # type: ignore[assignment]
    kind = (
        texts(f"method.question_{indicator.question.type}")
        if indicator.question
        else texts("method.column", column=indicator.column)
    )
    item = indicator.normalisation
    if item.method != "goalposts" or item.low is None or item.high is None:
        return texts("method.by_method", kind=kind, method=item.method)
    if (item.low, item.high) == (0, 1):
        return kind
    how = "log" if item.transform == "log" else "linear"
    low, high = (item.low, item.high) if indicator.direction == "positive" else (item.high, item.low)
    return texts(f"method.between_{how}", kind=kind, low=f"{low:,.10g}", high=f"{high:,.10g}")


def bands_table(framework: Framework) -> Table:
    """The bands and their limits."""
    texts = Texts.default()
    tops = [*(f"{band.minimum:g}" for band in framework.bands[1:]), "–"]
    return Table(
        id="bands-limits",
        caption=texts("method.bands_caption"),
        columns=[
            Column(
                label=texts("plots.band"), values={x: [b.label.get(x) for b in framework.bands] for x in LANGUAGES}, header=True
            ),
            Column(label=texts("plots.band_from"), values=[f"{band.minimum:g}" for band in framework.bands]),
            Column(label=texts("method.band_to"), values=tops),
        ],
    )


def standing(framework: Framework) -> list[Words]:
    """What of the framework is attested and what is a proposal."""
    texts = Texts.default()
    parts = []
    for key, items in (("attested", framework.definition.attested), ("proposed", framework.definition.proposed)):
        if items:
            parts.append(Words(text=texts(f"method.{key}"), kind="h2"))
            parts += [Words(text=item) for item in items]
    sources = framework.definition.references
    if sources:
        parts.append(Words(text=texts("method.references"), kind="h2"))
        parts += [Words(text=Text.same(note.text), kind="note") for note in sources]
    return parts
