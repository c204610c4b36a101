"""Charts and tables of patterns in the answers, of numbers far out, and of what intake read and cleaned.

What they show is computed by `careless` and `quality`. Single respondents are named, and their answers shown, only
where the framework lets a published cell rest on one of them.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench import careless, quality
from workbench.careless import ALPHA, FEWEST, MATCH, MOST_COMPARED, MOST_MEASURED, PATTERNS, RUN
from workbench.display import Chart, Column, Table, Words
from workbench.plots.bars import Classes, draw_classes
from workbench.plots.fitting import both
from workbench.plots.labels import phrase
from workbench.plots.response import agency_label, plural, question_label, subtitle, tells_of_single
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.display import Shown
    from workbench.scoring import Scores
    from workbench.survey import Responses

__all__ = ["flagged", "intake", "intake_log", "numbers", "shares", "summary"]

MOST_ROWS, MOST_FILES = 30, 20
UNSEEN = ("other_sheets", "hidden_rows", "hidden_columns")
"""What is told about files only where one of them has it."""
CLASSES = {"run_share": (10, RUN, "run"), "match": (20, MATCH, "match")}
"""Of each drawn share: number of classes, limit, and the name of its phrases."""


def summary(scores: Scores, responses: Responses, found: pd.DataFrame) -> Table:
    """Every pattern with its rule, for how many it could be judged, and how many show it; *found* is from `careless`."""
    judged = {
        "same_step": int(careless.ladders(responses).ge(FEWEST).sum()),
        "long_run": int(found["run_share"].notna().sum()),
        "twin": int((found["answers"] >= FEWEST).sum()),
        "alike": int(found["match"].notna().sum()),
        "far": int(found["p"].notna().sum()),
    }
    facts: dict[str, object] = {"fewest": FEWEST, "run": f"{100 * RUN:g}", "match": f"{100 * MATCH:g}", "alpha": f"{ALPHA:g}"}
    names = list(PATTERNS)
    return Table(
        id="patterns",
        caption=phrase("quality.patterns_data", n=f"{len(found):,}", who=plural(scores.framework)),
        columns=[
            Column(
                label=phrase("quality.pattern"), values=both([phrase(f"quality.patterns.{name}") for name in names]), header=True
            ),
            Column(label=phrase("quality.rule"), values=both([phrase(f"quality.rules.{name}", **facts) for name in names])),
            Column(label=phrase("quality.judged"), values=[judged[name] for name in names], decimals=0),
            Column(label=phrase("quality.found"), values=[int(found[name].sum()) for name in names], decimals=0),
        ],
        note=phrase("quality.patterns_note", most=f"{MOST_COMPARED:,}", measured=f"{MOST_MEASURED:,}"),
    )


def shares(scores: Scores, found: pd.DataFrame, column: str) -> Chart:
    """How a share (`run_share` or `match`) spreads over the respondents, with the limit of its rule."""
    count, limit, name = CLASSES[column]
    values = found[column].dropna().to_numpy(dtype=float)
    places = np.minimum((values * count + 1e-9).astype(int), count - 1)
    counts = np.bincount(places, minlength=count).tolist()
    facts: dict[str, object] = {"n": int((values >= limit).sum()), "all": f"{len(values):,}", "who": plural(scores.framework)}
    facts |= {"limit": f"{100 * limit:g}"}
    facts |= {"median": f"{100 * np.median(values):.0f}", "high": f"{100 * values.max():.0f}"} if len(values) else {}
    missing = phrase("quality.not_drawn")
    edges = [f"{100 * place / count:g}–{100 * (place + 1) / count:g}" for place in range(count)]
    measure = phrase(f"quality.{name}_measure")
    return Chart(
        id=f"shares-{name}",
        title=phrase(f"quality.{name}_title", **facts) if len(values) else missing,
        subtitle=subtitle(scores, measure),
        alt=phrase(f"quality.{name}_alt", **facts) if len(values) else missing,
        table=Table(
            id=f"shares-{name}-data",
            caption=phrase("quality.classes"),
            columns=[
                Column(label=phrase("quality.class"), values=edges, header=True),
                Column(label=phrase("quality.count"), values=counts, decimals=0),
            ],
        ),
        draw=lambda language: draw_classes(Classes(counts=counts, limit=limit, scale=measure.get(language)), language),
    )


def flagged(scores: Scores, responses: Responses, found: pd.DataFrame) -> Table | Words:
    """The respondents with patterns, those with most first; only their number where single ones are not told of."""
    rows = found[found["found"] > 0].sort_values(["found", "run_share"], ascending=False, kind="stable")
    if rows.empty:
        return Words(text=phrase("quality.flagged_none"), kind="note")
    if not tells_of_single(scores.framework):
        return Words(text=phrase("quality.withheld_respondents", n=len(rows)), kind="note")
    shown = rows.head(MOST_ROWS)
    who = [_who(scores, responses, str(label)) for label in shown.index]
    other = [_who(scores, responses, str(label)) if label else phrase("quality.nothing") for label in shown["other"]]
    kinds = [[phrase(f"quality.patterns.{name}") for name in PATTERNS if shown.at[label, name]] for label in shown.index]  # noqa: PD008
    return Table(
        id="flagged",
        caption=phrase("quality.flagged_data", n=len(rows), shown=len(shown), who=plural(scores.framework)),
        columns=[
            Column(label=phrase("quality.respondent"), values=both(who), header=True),
            Column(label=phrase("quality.pattern"), values=both([_listed(texts) for texts in kinds])),
            Column(label=phrase("quality.run"), values=(100 * shown["run_share"]).tolist(), decimals=0),
            Column(label=phrase("quality.match"), values=(100 * shown["match"]).tolist(), decimals=0),
            Column(label=phrase("quality.other"), values=both(other)),
        ],
    )


def _listed(texts: list[Text]) -> Text:
    return Text(th=", ".join(text.th for text in texts), en=", ".join(text.en for text in texts))


def _who(scores: Scores, responses: Responses, label: str) -> Text:
    """A respondent by type and unit."""
    unit, agency = str(responses.units[label]), str(responses.answers.at[label, "agency"])  # noqa: PD008
    name = scores.names.get(unit, Text.same(unit))
    return phrase("quality.respondent_name", agency=agency_label(scores.framework, agency), unit=name)


def numbers(scores: Scores, responses: Responses) -> Table | Words:
    """Numbers beyond Tukey's outer fences, the farthest first; only how many where single answers are not told of."""
    far = quality.outliers(responses)
    if far.empty:
        return Words(text=phrase("quality.outliers_none"), kind="note")
    facts: dict[str, object] = {"n": len(far), "questions": far["question"].nunique(), "shown": min(len(far), MOST_ROWS)}
    if not tells_of_single(scores.framework):
        return Words(text=phrase("quality.outliers_counted", **facts), kind="note")
    shown = far.head(MOST_ROWS)
    return Table(
        id="far-out",
        caption=phrase("quality.outliers_data", **facts),
        columns=[
            Column(
                label=phrase("quality.respondent"),
                values=both([_who(scores, responses, str(label)) for label in shown["respondent"]]),
                header=True,
            ),
            Column(
                label=phrase("quality.question"),
                values=both([question_label(scores.framework, str(name)) for name in shown["question"]]),
            ),
            *(Column(label=phrase(f"quality.{name}"), values=shown[name].tolist()) for name in ("value", "low", "high")),
        ],
        note=phrase("quality.outliers_note", fence=f"{quality.FENCE:g}"),
    )


def intake(responses: Responses) -> Iterator[Shown]:
    """The files as they were read, and what was cleaned, by rule."""
    files = responses.reading
    if len(files):
        shown = files.head(MOST_FILES).assign(file=files["file"].map(_name))
        texts = {"file": "file", "sheet": "sheet", "encoding": "encoding", "hidden": "hidden_sheets"}
        texts |= {name: name for name in UNSEEN if name in files and files[name].astype(bool).any()}
        counts = {"header_row": "header_row", "rows": "rows", "left_out": "left_out"}
        columns = [
            Column(label=phrase(f"quality.{name}"), values=[str(cell) or "–" for cell in shown[key]], header=name == "file")
            for name, key in texts.items()
        ]
        columns += [
            Column(label=phrase(f"quality.{name}"), values=shown[key].tolist(), decimals=0)
            for name, key in counts.items()
            if key in shown
        ]
        yield Table(id="reading", caption=phrase("quality.reading_data", n=len(files), shown=len(shown)), columns=columns)
    table = quality.cleaned(responses)
    if table.empty:
        yield Words(text=phrase("quality.cleaned_none"), kind="note")
        return
    yield Table(
        id="cleaned",
        caption=phrase("quality.cleaned_data", cells=f"{_cells(responses):,}"),
        columns=[
            Column(label=phrase("quality.rule"), values=both([_rule(str(name)) for name in table.index]), header=True),
            *(
                Column(label=phrase(f"quality.{name}"), values=table[name].tolist(), decimals=0)
                for name in ("cells", "columns", "files")
            ),
        ],
    )


def _name(file: object) -> str:
    """The name of a file alone: its folders tell about a machine."""
    return PurePath(str(file).replace("\\", "/")).name


def _cells(responses: Responses) -> int:
    """Cells in the log; one that two rules cleaned is one cell."""
    return len(responses.log[["file", "sheet", "row", "column"]].drop_duplicates())


def _rule(name: str) -> Text:
    """A rule of intake in words; its own name where the texts have none."""
    key = f"quality.cleaning.{name}"
    return phrase(key) if key in Texts.default() else Text.same(name)


def intake_log(responses: Responses) -> pd.DataFrame:
    """The intake log as it is published, every rule in words of both languages.

    Where single answers are not told of it says what was cleaned and by which rule, not which cell nor what was in it.
    """
    log = responses.log
    if log.empty:
        log = pd.DataFrame(columns=["file", "sheet", "row", "column", "original", "cleaned", "rule"])
    words = [_rule(str(name)) for name in log["rule"]]
    log = log.assign(file=log["file"].map(_name), rule_th=[text.th for text in words], rule_en=[text.en for text in words])
    if tells_of_single(responses.framework):
        return log
    kept = log[["column", "rule", "rule_th", "rule_en"]]
    return kept.value_counts(sort=False).rename("cells").reset_index().sort_values(["column", "rule"], ignore_index=True)
