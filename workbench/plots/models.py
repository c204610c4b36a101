"""Charts and tables of regressions: a dot with interval for every condition, and what speaks against the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.display import Chart, Column, Table
from workbench.plots.fitting import both
from workbench.plots.intervals import Interval, draw_intervals
from workbench.plots.labels import dated
from workbench.text import LANGUAGES, Text, Texts

if TYPE_CHECKING:
    from workbench.models import Model
    from workbench.plots.sheet import Sheet
    from workbench.scoring import Scores
    from workbench.text import Lang

__all__ = ["coefficients", "diagnostics"]

SMALL_P = 0.001
SIGNIFICANT = 0.05


def coefficients(model: Model, scores: Scores, of: Literal["units", "respondents"]) -> Chart:
    """Every condition with its coefficient and interval."""
    texts, table = Texts.default(), model.coefficients
    sure = table[table["p_holm"] < SIGNIFICANT]
    strongest = str((sure if len(sure) else table)["estimate"].abs().idxmax())
    facts = {
        "sure": len(sure),
        "n": len(table),
        "rows": model.n,
        "explained": 100 * model.explained,
        "units": scores.framework.unit.plural,
        "strongest": model.terms.labels[strongest],
        "value": f"{table.loc[strongest, 'estimate']:+.1f}".replace("-", "−"),
        "between": 100 * model.between if np.isfinite(model.between) else 0.0,
    }
    names = [model.terms.labels[str(name)] for name in table.index]
    return Chart(
        id=f"models-{of}",
        title=texts(f"models.{of}.title.{'some' if len(sure) else 'none'}", **facts),
        subtitle=dated(texts(f"models.{of}.subtitle", **facts), scores),
        alt=texts("models.alt", **facts),
        table=Table(
            id=f"models-{of}-table",
            caption=texts("models.caption"),
            columns=[
                Column(label=texts("models.condition"), values=both(names), header=True),
                *(
                    Column(label=texts(f"models.{name}"), values=table[name].tolist(), decimals=2)
                    for name in ("estimate", "error", "low", "high")
                ),
                *(
                    Column(label=texts(f"models.{name}"), values=[_p(value) for value in table[name]])
                    for name in ("p_value", "p_holm")
                ),
            ],
            note=_note(model),
        ),
        draw=lambda language: _draw(model, names, language),
    )


def diagnostics(model: Model, of: Literal["units", "respondents"]) -> Table:
    """How much the model explains and what speaks against it."""
    texts = Texts.default()
    rows: list[tuple[Text, str]] = [
        (texts("models.rows"), f"{model.n:,}"),
        (texts("models.left_out"), f"{model.left_out:,}"),
        (texts(f"models.{of}.explained"), f"{100 * model.explained:.0f} %"),
    ]
    if np.isfinite(model.between):
        rows.append((texts("models.between"), f"{100 * model.between:.0f} %"))
    if np.isfinite(model.spread_p):
        rows += [(texts("models.spread"), _p(model.spread_p)), (texts("models.normal"), _p(model.normal_p))]
    rows.append((texts("models.inflation"), f"{model.inflation.max():.1f}"))
    return Table(
        id=f"models-{of}-diagnostics",
        caption=texts("models.diagnostics"),
        columns=[
            Column(label=texts("factors.adequacy.measure"), values=both([row[0] for row in rows]), header=True),
            Column(label=texts("factors.adequacy.value"), values=[row[1] for row in rows]),
        ],
        note=texts("models.note"),
    )


def _note(model: Model) -> Text:
    """What a coefficient means, and what groups are compared with."""
    texts, references = Texts.default(), model.terms.references
    if not references:
        return texts("models.meaning")
    parts = {lang: "; ".join(f"{name.get(lang)}" for name in references.values()) for lang in LANGUAGES}
    return texts("models.compared", references=Text(th=parts["th"], en=parts["en"]))


def _draw(model: Model, names: list[Text], language: Lang) -> Sheet:
    rows = [
        Interval(label=name.get(language), value=row.estimate, low=row.low, high=row.high)
        for name, row in zip(names, model.coefficients.itertuples(), strict=True)
    ]
    texts = Texts.default()
    scale, label = (texts(f"models.{name}").get(language) for name in ("scale", "nothing"))
    return draw_intervals(rows, scale=scale, line=0.0, line_label=label, decimals=1)


def _p(value: float) -> str:
    return "< 0.001" if value < SMALL_P else f"{value:.3f}"
