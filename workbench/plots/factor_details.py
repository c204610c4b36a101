"""Tables and charts of how far a factor analysis can be trusted, and of the framework's own model beside it.

Fit, intervals of loadings, components beside factors, the share of the province in the answers, the confirmatory
model with its hints, and the verdict on every indicator. Where there is nothing to show, a sentence says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.display import Chart, Column, Table, Words
from workbench.factors.bootstrap import SAME, congruence
from workbench.factors.consistency import FEWEST_GROUPS, omega
from workbench.plots import factors as charts
from workbench.plots.fitting import both, titled
from workbench.plots.heat import decimal
from workbench.plots.intervals import Interval, draw_intervals
from workbench.text import Text, Texts

if TYPE_CHECKING:
    import pandas as pd

    from workbench.display import Shown
    from workbench.factors import Confirmation, Evidence, FactorAnalysis, Fit, LoadingIntervals
    from workbench.plots.sheet import Sheet
    from workbench.text import Lang

__all__ = ["confirmation", "fit", "hints", "loading_intervals", "nesting", "of_units", "placement"]

SALIENT = 0.40
HINTS = 8
"""Modification hints shown; the data annex has all."""


def fit(analysis: FactorAnalysis, intervals: LoadingIntervals | None = None) -> Table | Words:
    """How well the factors reproduce the correlations, and whether components or other draws tell the same story."""
    texts, found = Texts.default(), analysis.fit
    if found is None:
        return Words(text=texts("factors.fit.none"), kind="note")
    rows: list[tuple[Text, Text]] = [
        (texts("factors.fit.correlation"), texts(f"factors.fit.{analysis.kind}")),
        *_tested(found),
        (texts("factors.fit.rmsr"), _number(found.rmsr)),
        (texts("factors.fit.heywood"), _named(analysis.heywood, texts("factors.fit.no_heywood"))),
        (texts("factors.fit.components"), Text.same(_like_components(analysis))),
    ]
    if analysis.n_factors >= FEWEST_GROUPS:
        share = 100 * omega(analysis.correlation.matrix, analysis.n_factors).hierarchical
        rows.append((texts("factors.fit.general"), Text.same(f"{share:.0f} %")))
    if intervals is not None:
        words = texts(
            "factors.fit.stable_value", least=float(intervals.congruence.min()), draws=intervals.draws, failed=intervals.failed
        )
        rows.append((texts("factors.fit.stable"), words))
    good = found.rmsea <= 0.06 and found.tli >= 0.95  # noqa: PLR2004  (Hu and Bentler)
    verdict = "untested" if found.degrees <= 0 else "good" if good else "poor"
    return Table(
        id="factors-fit",
        caption=texts(f"factors.fit.caption.{verdict}", rmsea=found.rmsea, tli=found.tli, n=analysis.n_factors),
        columns=[
            Column(label=texts("factors.adequacy.measure"), values=both([row[0] for row in rows]), header=True),
            Column(label=texts("factors.adequacy.value"), values=both([row[1] for row in rows])),
        ],
        note=texts("factors.fit.note", same=SAME),
    )


def of_units(analysis: FactorAnalysis, evidence: Evidence) -> list[Shown]:
    """Factorability, number of factors and reliability on the units, beside those on respondents."""
    found = (charts.adequacy(analysis), charts.numbers(analysis, evidence), charts.alphas(analysis, evidence))
    return [replace(item, id=f"{item.id}-units") if isinstance(item, Table) else item for item in found]


def loading_intervals(analysis: FactorAnalysis, intervals: LoadingIntervals, evidence: Evidence) -> Chart | Words:
    """The largest loading of every indicator with its bootstrap interval, under its factor."""
    texts = Texts.default()
    if not analysis.n_factors:
        return Words(text=texts("factors.loadings.title.none"), kind="note")
    homes = analysis.homes.loc[analysis.loadings.index]
    low, high = (_picked(frame, homes) for frame in (intervals.low, intervals.high))
    size = homes["loading"].astype(float)
    sure = int(((low > SALIENT) | (high < -SALIENT)).sum())
    facts = {"sure": sure, "n": len(size), "draws": intervals.draws, "limit": SALIENT}
    names = [titled(str(name), evidence.labels) for name in size.index]
    return Chart(
        id="factors-intervals",
        title=texts("factors.intervals.title", **facts),
        subtitle=_dated(texts("factors.intervals.subtitle", **facts), evidence),
        alt=texts("factors.intervals.alt", **facts),
        table=Table(
            id="factors-intervals-table",
            caption=texts("factors.intervals.caption"),
            columns=[
                Column(label=texts("factors.loadings.indicator"), values=both(names), header=True),
                Column(label=texts("factors.intervals.factor"), values=homes["factor"].tolist()),
                Column(label=texts("factors.elsewhere.loading"), values=size.tolist(), decimals=2),
                Column(label=texts("factors.intervals.low"), values=low.tolist(), decimals=2),
                Column(label=texts("factors.intervals.high"), values=high.tolist(), decimals=2),
            ],
            note=texts("factors.intervals.note"),
        ),
        draw=lambda language: _draw_loadings(homes, low, high, names, language),
    )


def nesting(found: pd.DataFrame, evidence: Evidence) -> Shown:
    """How much of each indicator's differences lies between units: intraclass correlation with its interval."""
    texts, known = Texts.default(), found.dropna(subset="icc")
    if known.empty:
        return Words(text=texts("factors.nesting.none"), kind="note")
    middle = known["icc"].median()
    facts = {
        "share": 100 * max(middle, 0.0),
        "effect": float(known["design_effect"].median()),
        "n": int(known["n"].median()),
        "worth": float(known["effective"].median()),
        "indicators": len(known),
        "units": int(known["units"].max()),
    }
    names = [titled(str(name), evidence.labels) for name in known.index]
    columns = [("icc", 2), ("low", 2), ("high", 2), ("reliability", 2), ("design_effect", 1), ("effective", 0), ("n", 0)]
    return Chart(
        id="factors-nesting",
        title=texts("factors.nesting.title", **facts),
        subtitle=_dated(texts("factors.nesting.subtitle", **facts), evidence),
        alt=texts("factors.nesting.alt", **facts),
        table=Table(
            id="factors-nesting-table",
            caption=texts("factors.nesting.caption"),
            columns=[
                Column(label=texts("factors.loadings.indicator"), values=both(names), header=True),
                *(
                    Column(label=texts(f"factors.nesting.{name}"), values=known[name].tolist(), decimals=digits)
                    for name, digits in columns
                ),
            ],
            note=texts("factors.nesting.note"),
        ),
        draw=lambda language: _draw_nesting(known, names, language),
    )


def _draw_nesting(known: pd.DataFrame, names: list[Text], language: Lang) -> Sheet:
    texts = Texts.default()
    rows = [
        Interval(label=name.get(language), value=row.icc, low=row.low, high=row.high)
        for name, row in zip(names, known.itertuples(), strict=True)
    ]
    scale, label = (texts(f"factors.nesting.{name}").get(language) for name in ("icc", "no_share"))
    return draw_intervals(rows, scale=scale, line=0.0, line_label=label)


def confirmation(found: Confirmation, evidence: Evidence) -> list[Shown]:
    """Fit of the framework's own model, and how its pillars correlate."""
    texts = Texts.default()
    rows = [
        (texts("factors.fit.chi"), _chi(found.chi_square, found.degrees, found.p_value), texts("factors.confirm.limit.chi")),
        (Text.same("CFI"), _number(found.cfi), Text.same("≥ 0.95")),
        (Text.same("TLI"), _number(found.tli), Text.same("≥ 0.95")),
        (texts("factors.fit.rmsea"), _rmsea(found.rmsea, found.rmsea_low, found.rmsea_high), Text.same("≤ 0.06")),
        (Text.same("SRMR"), _number(found.srmr), Text.same("≤ 0.08")),
    ]
    pillars = found.pillar_correlations
    names = [titled(str(name), evidence.labels) for name in pillars.index]
    means = found.loadings.groupby("pillar", sort=False)["loading"].agg(["min", "mean"]).reindex(pillars.index)
    return [
        Table(
            id="factors-confirm",
            caption=texts(f"factors.confirm.caption.{found.reading}", cfi=found.cfi, rmsea=found.rmsea, srmr=found.srmr),
            columns=[
                Column(label=texts("factors.adequacy.measure"), values=both([row[0] for row in rows]), header=True),
                Column(label=texts("factors.adequacy.value"), values=both([row[1] for row in rows])),
                Column(label=texts("factors.confirm.limit.label"), values=both([row[2] for row in rows])),
            ],
            note=texts("factors.confirm.note", n=found.n),
        ),
        Table(
            id="factors-confirm-pillars",
            caption=texts("factors.confirm.pillars", highest=_highest(pillars.to_numpy())),
            columns=[
                Column(label=texts("factors.loadings.pillar"), values=both(names), header=True),
                Column(label=texts("factors.confirm.mean_loading"), values=means["mean"].tolist(), decimals=2),
                Column(label=texts("factors.confirm.least_loading"), values=means["min"].tolist(), decimals=2),
                *(Column(label=Text.same(str(name)), values=pillars[name].tolist(), decimals=2) for name in pillars),
            ],
        ),
    ]


def hints(found: Confirmation, evidence: Evidence) -> Table:
    """The largest modification indices: where the framework's model and the answers disagree most."""
    texts = Texts.default()
    rows: list[tuple[Text, float, float]] = []
    for row in found.crossings.head(HINTS).itertuples():
        indicator, pillar = titled(row.indicator, evidence.labels), titled(row.pillar, evidence.labels)
        rows.append((texts("factors.confirm.crossing", indicator=indicator, pillar=pillar), row.chi_square, row.change))
    for row in found.pairs.head(HINTS).itertuples():
        one, other = titled(row.one, evidence.labels), titled(row.other, evidence.labels)
        rows.append((texts("factors.confirm.pair", one=one, other=other), row.chi_square, row.change))
    rows = sorted(rows, key=lambda row: -row[1])[:HINTS]
    return Table(
        id="factors-hints",
        caption=texts("factors.confirm.hints", largest=rows[0][1]),
        columns=[
            Column(label=texts("factors.confirm.hint"), values=both([row[0] for row in rows]), header=True),
            Column(label=texts("factors.confirm.fall"), values=[row[1] for row in rows], decimals=1),
            Column(label=texts("factors.confirm.change"), values=[row[2] for row in rows], decimals=2),
        ],
        note=texts("factors.confirm.hint_note", tested=len(found.crossings) + len(found.pairs)),
    )


def placement(found: pd.DataFrame, evidence: Evidence) -> Table | Words:
    """Indicators that belong elsewhere, repeat another or measure nothing; a sentence where all stay."""
    texts, odd = Texts.default(), found[found["verdict"] != "stays"]
    if odd.empty:
        return Words(text=texts("factors.placement.none", n=len(found)), kind="finding")
    return Table(
        id="factors-placement",
        caption=texts("factors.placement.caption", n=len(odd), all=len(found)),
        columns=[
            Column(
                label=texts("factors.loadings.indicator"),
                values=both([titled(str(name), evidence.labels) for name in odd.index]),
                header=True,
            ),
            Column(
                label=texts("factors.loadings.pillar"), values=both([titled(name, evidence.labels) for name in odd["pillar"]])
            ),
            Column(
                label=texts("factors.placement.verdict"),
                values=both([texts(f"factors.placement.{name}") for name in odd["verdict"]]),
            ),
            Column(
                label=texts("factors.placement.to"),
                values=both([titled(name, evidence.labels) if name else Text.same("–") for name in odd["to"]]),
            ),
            Column(label=texts("factors.elsewhere.loading"), values=odd["loading"].tolist(), decimals=2),
            Column(label=texts("factors.confirm.fall"), values=odd["chi_square"].tolist(), decimals=1),
        ],
        note=texts("factors.placement.note"),
    )


def _tested(found: Fit) -> list[tuple[Text, Text]]:
    """Rows of what is tested; none where no degree of freedom is left to test with."""
    texts = Texts.default()
    if found.degrees <= 0:
        return []
    return [
        (texts("factors.fit.chi"), _chi(found.chi_square, found.degrees, found.p_value)),
        (texts("factors.fit.rmsea"), _rmsea(found.rmsea, found.rmsea_low, found.rmsea_high)),
        (texts("factors.fit.tli"), _number(found.tli)),
    ]


def _picked(frame: pd.DataFrame, homes: pd.DataFrame) -> pd.Series:
    """The cell of each indicator's own factor."""
    rows = np.arange(len(homes))
    return (
        homes["loading"]
        .astype(float)
        .copy()
        .mask(np.ones(len(homes), bool), frame.to_numpy()[rows, frame.columns.get_indexer(homes["factor"])])
    )


def _draw_loadings(homes: pd.DataFrame, low: pd.Series, high: pd.Series, names: list[Text], language: Lang) -> Sheet:
    rows, texts, last = [], Texts.default(), ""
    for place, (row, name) in enumerate(zip(homes.itertuples(), names, strict=True)):
        if row.factor != last:
            rows.append(Interval(label=row.factor, heading=True))
            last = row.factor
        rows.append(
            Interval(label=name.get(language), value=float(row.loading), low=float(low.iloc[place]), high=float(high.iloc[place]))
        )
    scale, label = texts("factors.elsewhere.loading").get(language), texts("factors.intervals.line").get(language)
    return draw_intervals(rows, scale=scale, line=SALIENT, line_label=label)


def _like_components(analysis: FactorAnalysis) -> str:
    """Congruence of each factor with the component most like it."""
    alike = np.abs(congruence(analysis.components.to_numpy(), analysis.rotated.loadings)).max(axis=0)
    return ", ".join(f"F{place} {decimal(float(value))}" for place, value in enumerate(alike, start=1))


def _highest(matrix: np.ndarray) -> float:
    return float(matrix[~np.eye(len(matrix), dtype=bool)].max())


def _chi(chi_square: float, degrees: int, p_value: float) -> Text:
    small = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"  # noqa: PLR2004  (a thousandth)
    return Text.same(f"χ²({degrees}) = {chi_square:,.1f}, {small}")


def _rmsea(value: float, low: float, high: float) -> Text:
    return Text.same(f"{value:.3f} ({low:.3f}–{high:.3f})")


def _number(value: float) -> Text:
    return Text.same(f"{value:.3f}".replace("-", "−"))


def _named(names: tuple[str, ...], nothing: Text) -> Text:
    return Text.same(", ".join(names)) if names else nothing


def _dated(measure: Text, evidence: Evidence) -> Text:
    key = "factors.dated_synthetic" if evidence.synthetic else "factors.dated"
    return Texts.default()(key, measure=measure, edition=evidence.edition)
