"""What limits a factor analysis, in words, and the usual reading of its numbers.

Sources of the cut-offs: Kaiser, Psychometrika 39 (1974) 31-36, for KMO; Nunnally, Psychometric Theory
(1978), for alpha; Gorsuch, Factor Analysis (1983), for five observations an indicator and a hundred in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.factors.correlation import MINIMUM_SHARE, Correlation, Reason, by_reason
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from workbench.factors.extraction import Extraction

__all__ = ["Found", "alpha_reading", "kmo_reading", "listed", "notices_of"]

FEWEST_OBSERVATIONS = 100
FEWEST_EACH = 5
KMO_READINGS = ((0.8, "good"), (0.6, "usual"), (0.5, "minimum"))
ALPHA_READINGS = ((0.9, "excellent"), (0.8, "good"), (0.7, "acceptable"), (0.6, "questionable"))
MOST_NAMED = 12
MOST_LABELLED = 4


@dataclass(frozen=True)
class Found:
    """What the analysis came upon."""

    correlation: Correlation
    left_out: Mapping[str, Reason]
    wanted: int
    """Factors that the rule asked for."""
    extraction: Extraction
    items: pd.DataFrame
    """As `FactorAnalysis.alpha_items`."""
    single: tuple[str, ...]
    """Pillars without an alpha."""


def kmo_reading(value: float) -> Text:
    """The usual reading of a Kaiser-Meyer-Olkin measure."""
    name = next((name for least, name in KMO_READINGS if value >= least), "poor")
    return Texts.default()(f"factors.kmo.{name}")


def alpha_reading(value: float) -> Text:
    """The usual reading of Cronbach's alpha."""
    name = next((name for least, name in ALPHA_READINGS if value >= least), "poor")
    return Texts.default()(f"factors.alpha.{name}")


def listed(names: Sequence[str], labels: Mapping[str, Text]) -> Text:
    """Indicators or pillars in one line: ids with their labels when few, ids alone when many.

    >>> listed(["b", "a"], {"a": Text(th="ก", en="first")}).en
    'b; a first'
    """
    shown = names[:MOST_NAMED]
    titles = labels if len(names) <= MOST_LABELLED else {}

    def line(thai: bool) -> str:  # noqa: FBT001  (which half of a text)
        halves = ((titles[name].th if thai else titles[name].en) if name in titles else "" for name in shown)
        return "; ".join(f"{name} {half}".strip() for name, half in zip(shown, halves, strict=True))

    more = len(names) - len(shown)
    listing = Text(th=line(True), en=line(False))  # noqa: FBT003
    return Texts.default()("factors.and_more", names=listing, more=more) if more else listing


def notices_of(found: Found, labels: Mapping[str, Text]) -> tuple[Text, ...]:
    """Everything a reader has to know before trusting the numbers, gravest first."""
    return (*_data_notices(found, labels), *_result_notices(found, labels))


def _data_notices(found: Found, labels: Mapping[str, Text]) -> Iterator[Text]:
    texts, correlation = Texts.default(), found.correlation
    indicators = len(correlation.indicators)
    n, each = correlation.typical_pairs, correlation.typical_pairs / indicators
    if each < FEWEST_EACH or n < FEWEST_OBSERVATIONS:
        key = "factors.notice.few"
        yield texts(key, n=n, indicators=indicators, each=each, least=FEWEST_EACH, total=FEWEST_OBSERVATIONS)
    for reason, names in by_reason(found.left_out).items():
        yield texts(f"factors.left_out.{reason}", n=len(names), names=listed(names, labels), share=100 * MINIMUM_SHARE)
    if correlation.raised:
        yield texts("factors.notice.raised", n=correlation.raised)


def _result_notices(found: Found, labels: Mapping[str, Text]) -> Iterator[Text]:
    texts, extraction = Texts.default(), found.extraction
    factors = extraction.loadings.shape[1]
    if not found.wanted:
        yield texts("factors.notice.none")
    if factors < found.wanted:
        yield texts("factors.notice.reduced", wanted=found.wanted, n=factors, indicators=len(found.correlation.indicators))
    if extraction.heywood:
        names = [found.correlation.indicators[place] for place in extraction.heywood]
        yield texts("factors.notice.heywood", names=listed(names, labels))
    if not extraction.converged:
        yield texts("factors.notice.unconverged")
    against = [str(name) for name in found.items.index[found.items["item_rest"] < 0]]
    if against:
        yield texts("factors.notice.against", names=listed(against, labels))
    if found.single:
        yield texts("factors.notice.single", names=listed(found.single, labels))
