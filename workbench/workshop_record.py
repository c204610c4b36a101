"""What the experts of a workshop wrote, under pseudonyms, as one small table that may be kept and published.

Forms hold names and stay with the hosts; the record holds ratings, points, judgements, comments and proposals by
pseudonym, one row each: `expert`, `sheet`, `item`, `value`. A workshop file names it under `ratings`. Reading it back
gives the same `Forms`, so every figure can be made again without the forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.form_reader import Forms
from workbench.rating_scales import COLUMNS, FIGURES, PART, SCALES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.framework import Framework
    from workbench.rating_scales import Entry

__all__ = ["forms_of", "record"]

AGAINST = " > "
"""Between the two pillars of a judgement."""


def record(forms: Forms) -> pd.DataFrame:
    """The forms as a table of `expert`, `sheet`, `item`, `value`, in the order of experts and items."""
    rows: list[Entry] = []
    for expert in forms.experts:
        for scale, table in forms.ratings.items():
            rows += [(expert, scale, str(item), _text(value)) for item, value in table.loc[expert].items() if not pd.isna(value)]
        if expert in forms.points.index:
            rows += [(expert, "points", str(item), _text(value)) for item, value in forms.points.loc[expert].items()]
        matrix = forms.judgements.get(expert)
        if matrix is not None:
            names = [str(name) for name in matrix.index]
            pairs = [(one, two) for place, one in enumerate(names) for two in names[place + 1 :]]
            rows += [(expert, "judgement", f"{one}{AGAINST}{two}", _text(matrix.loc[one, two])) for one, two in pairs]
        mine = forms.comments[forms.comments["expert"] == expert]
        rows += [(expert, "comment", str(row.item), str(row.comment)) for row in mine.itertuples()]
        ideas = forms.proposals[forms.proposals["expert"] == expert]
        rows += [
            (expert, "proposal", str(row.pillar), PART.join((str(row.name), str(row.why))))
            for row in ideas.itertuples(name="Idea")
        ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _text(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def forms_of(entries: Iterable[Entry], framework: Framework) -> Forms:
    """The forms that a record was made from; what the framework does not have any more is left out."""
    items = [item.id for item in framework.indicators]
    pillars = [node.id for node in framework.pillars]
    rows = list(entries)
    experts = list(dict.fromkeys(row[0] for row in rows))
    ratings = {}
    for scale in SCALES:
        cells = {(row[0], row[2]): float(row[3]) if scale in FIGURES else row[3] for row in rows if row[1] == scale}
        table = pd.DataFrame([[cells.get((expert, item)) for item in items] for expert in experts], index=experts, columns=items)
        ratings[scale] = table.astype(float) if scale in FIGURES else table.astype(object)
    given = {(row[0], row[2]): float(row[3]) for row in rows if row[1] == "points"}
    who = [expert for expert in experts if any(key[0] == expert for key in given)]
    points = pd.DataFrame(
        [[given.get((expert, name), 0.0) for name in pillars] for expert in who], index=who, columns=pillars, dtype=float
    )
    comments = [(row[0], row[2], row[3]) for row in rows if row[1] == "comment"]
    ideas = [(row[0], row[2], row[3].partition(PART)[0], row[3].partition(PART)[2]) for row in rows if row[1] == "proposal"]
    return Forms(
        ratings=ratings,
        points=points,
        judgements=_judgements(rows, pillars),
        comments=pd.DataFrame(comments, columns=["expert", "item", "comment"]),
        proposals=pd.DataFrame(ideas, columns=["expert", "pillar", "name", "why"]),
        experts=tuple(experts),
        faults=(),
    )


def _judgements(rows: list[Entry], pillars: list[str]) -> dict[str, pd.DataFrame]:
    found: dict[str, pd.DataFrame] = {}
    for expert, kind, item, value in rows:
        one, _, two = item.partition(AGAINST)
        if kind == "judgement" and {one, two} <= set(pillars):
            blank = pd.DataFrame(np.eye(len(pillars)), index=pillars, columns=pillars)
            matrix = found.setdefault(expert, blank)
            matrix.loc[one, two], matrix.loc[two, one] = float(value), 1 / float(value)
    return found
