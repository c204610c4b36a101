"""Charts and tables of a factor analysis, each with its finding as title and its numbers as a table.

Works for fifty indicators and more on any number of factors; labels that are too long are cut in the figure
and whole in the table. Where there is nothing to draw, such as no factor, a sentence says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.display import Chart, Column, Table, Words
from workbench.factors import FactorAnalysis, alpha_reading, kmo_reading
from workbench.plots.fitting import both, titled
from workbench.plots.heat import HeatMap, decimal
from workbench.plots.style import ACCENT, GRID, MUTED, SERIES, new_figure
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from workbench.factors import Evidence

__all__ = ["adequacy", "alphas", "basis", "elsewhere", "loadings", "numbers", "scree"]

KMO_MINIMUM, KMO_SUFFICIENT = 0.5, 0.6
ALPHA_MINIMUM = 0.7
SIGNIFICANT = 0.05
SMALL_P = 0.001
SALIENT = 0.40
"""A loading that counts (domain practice: .40; .30 to .50 are used)."""
FEWEST_SHOWN = 12
BEYOND = 6
"""Eigenvalues drawn beyond the last factor."""


def basis(evidence: Evidence, analysis: FactorAnalysis) -> Words:
    """Which data the analysis was made on, and how."""
    noun = "respondents" if evidence.of == "respondents" else "units"
    key = f"factors.on_{noun}"
    text = Texts.default()(key, n=analysis.n, indicators=len(analysis.kmo_items), **{noun: evidence.noun})
    return Words(text=text)


def adequacy(analysis: FactorAnalysis) -> Table:
    """KMO and Bartlett's test with their usual reading."""
    texts = Texts.default()
    rows = _adequacy_rows(analysis)
    related = analysis.bartlett.p_value < SIGNIFICANT
    fit = (
        "fit"
        if related and analysis.kmo >= KMO_SUFFICIENT
        else "unfit"
        if analysis.kmo < KMO_MINIMUM or not related
        else "barely"
    )
    verdict = texts("factors.adequacy.rejected" if related else "factors.adequacy.kept")
    return Table(
        id="factors-adequacy",
        caption=texts(f"factors.adequacy.caption.{fit}", kmo=analysis.kmo, reading=kmo_reading(analysis.kmo), bartlett=verdict),
        columns=[
            Column(label=texts("factors.adequacy.measure"), values=both([row[0] for row in rows]), header=True),
            Column(label=texts("factors.adequacy.value"), values=both([row[1] for row in rows])),
            Column(label=texts("factors.adequacy.reading"), values=both([row[2] for row in rows])),
        ],
        note=texts("factors.adequacy.note"),
    )


def scree(analysis: FactorAnalysis, evidence: Evidence) -> Chart:
    """Eigenvalues against those of shuffled data: how many factors stand out from chance."""
    texts, count = Texts.default(), analysis.suggestions["permutation"]
    values = analysis.eigenvalues
    share = 100 * float(analysis.explained["share"].sum())
    shown = min(len(values), max(FEWEST_SHOWN, count + BEYOND))
    series = ["observed", "permutation", "normal"]
    return Chart(
        id="factors-scree",
        title=texts(f"factors.scree.title.{_quantity(count)}", n=count, share=share),
        subtitle=_dated(
            texts("factors.scree.subtitle", indicators=len(values), n=analysis.n, repetitions=analysis.repetitions), evidence
        ),
        alt=texts("factors.scree.alt", shown=shown, first=float(values["observed"].iloc[0]), n=count),
        table=Table(
            id="factors-scree-table",
            caption=texts("factors.scree.eigenvalue"),
            columns=[
                Column(label=texts("factors.scree.number"), values=values.index.tolist(), decimals=0, header=True),
                *(Column(label=texts(f"factors.scree.{name}"), values=values[name].tolist(), decimals=2) for name in series),
            ],
            note=texts("factors.scree.note"),
        ),
        draw=lambda language: _draw_scree(analysis, shown, language),
    )


def numbers(analysis: FactorAnalysis, evidence: Evidence) -> Table:
    """How many factors each rule suggests, beside the number of pillars in the framework."""
    texts = Texts.default()
    suggested = dict(analysis.suggestions)
    low, high = min(suggested.values()), max(suggested.values())
    caption = texts(f"factors.count.caption.{'alike' if low == high else 'differ'}", low=low, high=high, n=analysis.n_factors)
    rows = suggested | ({"pillars": len(evidence.groups)} if len(evidence.groups) > 1 else {})
    return Table(
        id="factors-numbers",
        caption=caption,
        columns=[
            Column(
                label=texts("factors.count.rule"), values=both([texts(f"factors.count.{rule}") for rule in rows]), header=True
            ),
            Column(label=texts("factors.count.factors"), values=list(rows.values()), decimals=0),
        ],
        note=texts("factors.count.note"),
    )


def loadings(analysis: FactorAnalysis, evidence: Evidence) -> Chart | Words:
    """Heat map of the rotated loadings, by pillar of the framework; small ones dimmed."""
    texts = Texts.default()
    if not analysis.n_factors:
        return Words(text=texts("factors.loadings.title.none"), kind="note")
    table, home = _by_pillar(analysis, evidence), _at_home(analysis)
    strongest = analysis.homes["loading"].abs().astype(float).idxmax()
    way = "" if analysis.n_factors > 1 else "_one"
    method, rotation = texts(f"factors.loadings.{analysis.method}"), texts(f"factors.loadings.{analysis.rotation}")
    several = "many" if analysis.n_factors > 1 and len(set(analysis.homes["pillar"])) > 1 else "one"
    size = {"indicators": len(table), "home": home}
    return Chart(
        id="factors-loadings",
        title=texts(f"factors.loadings.title.{several}", **size, share=100 * home / len(table)),
        subtitle=_dated(texts(f"factors.loadings.subtitle{way}", method=method, rotation=rotation, n=analysis.n), evidence),
        alt=texts(
            "factors.loadings.alt",
            **size,
            n=analysis.n_factors,
            name=titled(strongest, evidence.labels),
            value=decimal(float(analysis.homes.loc[strongest, "loading"])),
        ),
        table=_loading_table(analysis, table, evidence),
        draw=lambda language: HeatMap(analysis, evidence, table, language).sheet(),
    )


def elsewhere(analysis: FactorAnalysis, evidence: Evidence) -> Table | Words:
    """Indicators that load most on another pillar's factor, or on none: what to discuss with the framework's authors."""
    texts, homes = Texts.default(), analysis.homes
    if not analysis.n_factors:
        return Words(text=texts("factors.loadings.title.none"), kind="note")
    odd = homes[~homes["at_home"].astype(bool) | (homes["loading"].abs() < SALIENT)]
    if odd.empty:
        return Words(text=texts("factors.elsewhere.caption.none"), kind="note")
    return Table(
        id="factors-elsewhere",
        caption=texts("factors.elsewhere.caption.some", n=len(odd)),
        columns=[
            Column(
                label=texts("factors.loadings.indicator"),
                values=both([titled(name, evidence.labels) for name in odd.index]),
                header=True,
            ),
            Column(
                label=texts("factors.loadings.pillar"), values=both([titled(name, evidence.labels) for name in odd["pillar"]])
            ),
            Column(label=texts("factors.elsewhere.factor"), values=odd["factor"].tolist()),
            Column(label=texts("factors.elsewhere.loading"), values=odd["loading"].tolist(), decimals=2),
            Column(
                label=texts("factors.elsewhere.factor_pillar"),
                values=both([titled(name, evidence.labels) for name in odd["factor_pillar"]]),
            ),
        ],
    )


def alphas(analysis: FactorAnalysis, evidence: Evidence) -> Table | Words:
    """Cronbach's alpha of every pillar with its usual reading, and which indicator lowers it."""
    texts, table = Texts.default(), analysis.alpha
    if table.empty:
        return Words(text=texts("factors.alphas.caption.none"), kind="note")
    lowest = str(table["standardised"].idxmin())
    reached = int((table["standardised"] >= ALPHA_MINIMUM).sum())
    numbers_of = {
        "n": reached,
        "pillars": len(table),
        "low": decimal(float(table["standardised"].min())),
        "name": titled(lowest, evidence.labels),
    }
    return Table(
        id="factors-alpha",
        caption=texts(f"factors.alphas.caption.{'all' if reached == len(table) else 'some'}", **numbers_of),
        columns=[
            Column(
                label=texts("factors.loadings.pillar"),
                values=both([titled(name, evidence.labels) for name in table.index]),
                header=True,
            ),
            Column(label=texts("factors.alphas.items"), values=table["items"].tolist(), decimals=0),
            *(
                Column(label=texts(f"factors.alphas.{name}"), values=table[name].tolist(), decimals=2)
                for name in ("raw", "standardised", "mean_correlation")
            ),
            Column(label=texts("factors.alphas.interval"), values=_ranges(table["low"], table["high"])),
            Column(label=texts("factors.alphas.omega"), values=[decimal(value) if value else "–" for value in table["omega"]]),
            Column(label=texts("factors.alphas.halves"), values=_ranges(table["split_low"], table["split_high"])),
            Column(
                label=texts("factors.adequacy.reading"), values=both([alpha_reading(value) for value in table["standardised"]])
            ),
            Column(
                label=texts("factors.alphas.better_without"),
                values=both([_better_without(analysis, name) for name in table.index]),
            ),
        ],
        note=texts("factors.alphas.note"),
    )


def _ranges(low: pd.Series, high: pd.Series) -> list[str]:
    return [f"{decimal(one)}–{decimal(other)}" for one, other in zip(low, high, strict=True)]


def _dated(measure: Text, evidence: Evidence) -> Text:
    """What is measured, with the edition, and that data are synthetic where they are."""
    key = "factors.dated_synthetic" if evidence.synthetic else "factors.dated"
    return Texts.default()(key, measure=measure, edition=evidence.edition)


def _quantity(count: int) -> str:
    return ("none", "one")[count] if count < 2 else "many"  # noqa: PLR2004  (none, one, many)


def _at_home(analysis: FactorAnalysis) -> int:
    """Indicators that load saliently on the factor of their own pillar."""
    return int((analysis.homes["at_home"].astype(bool) & (analysis.homes["loading"].abs() >= SALIENT)).sum())


def _better_without(analysis: FactorAnalysis, pillar: str) -> Text:
    """Indicators without which the pillar's standardised alpha would be higher."""
    items = analysis.alpha_items[analysis.alpha_items["pillar"] == pillar]
    better = items.index[items["standardised_without"] > analysis.alpha.loc[pillar, "standardised"]]
    return Text.same(", ".join(better)) if len(better) else Texts.default()("factors.alphas.nothing")


def _adequacy_rows(analysis: FactorAnalysis) -> list[tuple[Text, Text, Text]]:
    texts, test = Texts.default(), analysis.bartlett
    low = analysis.kmo_items.index[analysis.kmo_items < KMO_MINIMUM]
    verdict = "p_small" if test.p_value < SMALL_P else "p_below" if test.p_value < SIGNIFICANT else "p_above"
    each = analysis.correlation.typical_pairs / len(analysis.kmo_items)
    names = Text.same(", ".join(low)) if len(low) else texts("factors.adequacy.low_none")
    return [
        (
            texts("factors.adequacy.observations"),
            Text.same(f"{analysis.n:,}"),
            texts("factors.adequacy.per_indicator", each=each),
        ),
        (
            texts("factors.adequacy.indicators"),
            Text.same(str(len(analysis.kmo_items))),
            texts("factors.adequacy.left_out", n=len(analysis.left_out)),
        ),
        (texts("factors.adequacy.kmo"), Text.same(f"{analysis.kmo:.2f}"), kmo_reading(analysis.kmo)),
        (texts("factors.adequacy.low"), Text.same(str(len(low))), names),
        (
            texts("factors.adequacy.bartlett"),
            texts("factors.adequacy.chi_square", chi=test.chi_square, df=test.degrees),
            texts(f"factors.adequacy.{verdict}", p=test.p_value),
        ),
    ]


def _draw_scree(analysis: FactorAnalysis, shown: int, language: Lang) -> Figure:
    texts, count = Texts.default(), analysis.suggestions["permutation"]
    values = analysis.eigenvalues.head(shown)
    figure = new_figure(7.2, 4.2)
    axes = figure.subplots()
    above = values.index <= count
    observed = values["observed"]
    axes.plot(values.index, observed, color=ACCENT, linewidth=1.6, label=texts("factors.scree.observed").get(language), zorder=3)
    axes.scatter(values.index[above], observed[above], s=34, color=ACCENT, zorder=4)
    axes.scatter(values.index[~above], observed[~above], s=30, facecolor="white", edgecolor=ACCENT, linewidth=1.4, zorder=4)
    label = texts("factors.scree.permutation").get(language)
    axes.plot(values.index, values["permutation"], color=SERIES[1], linestyle="--", linewidth=1.6, label=label)
    if 0 < count < shown:
        axes.axvline(count + 0.5, color=GRID, linewidth=1.2, zorder=0)
        height = (observed.iloc[0] + values["permutation"].iloc[0]) / 2
        axes.text(count + 0.6, height, texts("factors.scree.kept", n=count).get(language), color=MUTED, fontsize=10)
    axes.set(xlabel=texts("factors.scree.number").get(language), ylabel=texts("factors.scree.eigenvalue").get(language))
    axes.set_xticks([1, *range(5, shown + 1, 5)] if shown > FEWEST_SHOWN * 2 else list(values.index))
    axes.set_ylim(0, None)
    axes.legend(frameon=False, loc="upper right")
    return figure


def _by_pillar(analysis: FactorAnalysis, evidence: Evidence) -> pd.DataFrame:
    """Loadings in the order of the pillars; within one, by the factor loaded on most, the strongest first."""
    places = {pillar: place for place, pillar in enumerate(evidence.groups)}
    order = np.argsort(analysis.homes.loc[analysis.loadings.index, "pillar"].map(places).to_numpy(int), kind="stable")
    return analysis.loadings.iloc[order]


def _loading_table(analysis: FactorAnalysis, table: pd.DataFrame, evidence: Evidence) -> Table:
    texts = Texts.default()
    homes = analysis.homes.loc[table.index]
    return Table(
        id="factors-loadings-table",
        caption=texts("factors.loadings.factor_of", pairs=_factor_pillars(analysis, evidence)),
        columns=[
            Column(label=texts("factors.loadings.pillar"), values=homes["pillar"].tolist()),
            Column(
                label=texts("factors.loadings.indicator"),
                values=both([titled(name, evidence.labels) for name in table.index]),
                header=True,
            ),
            *(Column(label=Text.same(name), values=table[name].tolist(), decimals=2) for name in table),
            Column(label=texts("factors.loadings.communality"), values=analysis.communalities[table.index].tolist(), decimals=2),
        ],
    )


def _factor_pillars(analysis: FactorAnalysis, evidence: Evidence) -> Text:
    """Which pillar each factor belongs to: `F1 = P3 Public services, ...`."""
    owners = analysis.homes.drop_duplicates("factor").set_index("factor")["factor_pillar"].sort_index()
    named = {factor: titled(pillar, evidence.labels) for factor, pillar in owners.items()}
    return Text(**{lang: "; ".join(f"{factor} = {name.get(lang)}" for factor, name in named.items()) for lang in LANGUAGES})
