"""A synthetic workshop: filled forms of invented experts, for trying everything that follows from forms.

The experts agree on most indicators and doubt one, see one pillar as more important, and make the mistakes that
people make: some leave half of the form blank, one contradicts himself in the pairs, one gives 90 points. Every form
says that it is synthetic. Streams are keyed by (seed, expert), so more experts change none of the others.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl

from workbench.export import output_folder
from workbench.forms import WHICH, spoken, write_form
from workbench.rating_scales import PART

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.framework import Framework
    from workbench.text import Lang

__all__ = ["comments_of", "make_forms"]

SYNTHETIC = "synthetic / ข้อมูลสังเคราะห์"
CARELESS, INCONSISTENT, SHORT = (4, 9, 14), 6, 11
"""Which experts leave much blank, contradict themselves, and give 90 points; counted from 1."""
FOREIGN = (5, 11)
"""Which experts comment in English."""
FAVOURITE, LEAD = 2, 1.5
"""The pillar seen as more important, and by how much."""
DOUBTED = 3
"""The indicator that many doubt, counted from the end of the fourth pillar."""
POINTS, SHORTFALL = 100, 10


def make_forms(
    framework: Framework, folder: Path, *, experts: int = 15, seed: int, comments: dict[tuple[int, str], str] | None = None
) -> list[Path]:
    """Write *experts* filled forms `E01.xlsx` and so on into *folder*.

    Args:
        framework: What is rated.
        folder: Is made where it is not there.
        experts: At least 1.
        seed: Any whole number of 0 or more.
        comments: By expert (from 1) and indicator, what is written about it.
    """
    target = output_folder(folder)
    paths = []
    for expert in range(1, experts + 1):
        path = target / f"E{expert:02d}.xlsx"
        write_form(framework, path)
        book = openpyxl.load_workbook(path)
        rng = np.random.Generator(np.random.Philox(key=[seed, expert]))
        _fill(book, framework, expert, rng)
        for (who, item), text in (comments or {}).items():
            if who == expert:
                _write(book, item, text)
        book.properties.description = SYNTHETIC
        book.save(path)
        paths.append(path)
    return paths


def comments_of(framework: Framework) -> dict[tuple[int, str], str]:
    """For every amendment: who raised it, the element it is about, and the reason as a comment on the forms.

    Most write in Thai, some in English. A proposed element is no comment: it stands under the id of its pillar with `+`
    before it, and goes to the sheet of proposals.
    """
    base = framework.base or framework
    known = {"index", *(node.id for node in base.pillars), *(item.id for item in base.indicators)}
    heads = sorted({node.id for node in base.elements}, key=len, reverse=True)
    found: dict[tuple[int, str], str] = {}
    for amendment in framework.amendments:
        name = next((head for head in heads if f"{amendment.parameter}.".startswith(f"{head}.")), "index")
        name = name if name in known else base.pillar_of(name)
        for who in amendment.raised_by.replace(" ", "").split(","):
            if not who.startswith("E"):
                continue
            number = int(who.removeprefix("E"))
            language: Lang = "en" if number in FOREIGN else "th"
            reason = amendment.reason.get(language)
            if amendment.kind == "add":
                found[number, f"+{base.pillar_of(name)}"] = f"{amendment.to['label'][language]}{PART}{reason}"
            else:
                found[number, name] = reason
    return found


def _fill(book: Any, framework: Framework, expert: int, rng: np.random.Generator) -> None:  # noqa: ANN401  (of openpyxl)
    book["expert"]["D2"], book["expert"]["D3"] = f"E{expert:02d}", f"{SYNTHETIC} {expert:02d}"
    doubted = _doubted(framework)
    sheet = book["indicators"]
    for row, item in enumerate(framework.indicators, start=2):
        if expert in CARELESS and rng.random() < 0.5:  # noqa: PLR2004  (half of the form)
            continue
        good = rng.random() < (0.3 if item.id == doubted else 0.93)
        ratings = (
            1 if good else int(rng.choice([-1, 0])),
            int(rng.choice([3, 4])) if good else int(rng.choice([1, 2])),
            spoken("essential" if good and rng.random() < 0.85 else str(rng.choice(["useful", "not"]))),  # noqa: PLR2004
            int(np.clip(round(rng.normal(5.9 if good else 3.4, 0.8)), 1, 7)),
        )
        for column, value in enumerate(ratings, start=5):
            sheet.cell(row, column).value = value
    importance = _importance(framework, rng)
    _budget(book["weights"], importance, POINTS - (SHORTFALL if expert == SHORT else 0))
    if "pairs" in book.sheetnames and expert not in CARELESS:
        _judge(book["pairs"], framework, importance, rng, contradict=expert == INCONSISTENT)


def _doubted(framework: Framework) -> str:
    pillar = framework.pillars[min(DOUBTED, len(framework.pillars) - 1)].id
    inside = [item.id for item in framework.indicators if framework.pillar_of(item.id) == pillar]
    return inside[max(len(inside) - 2, 0)]


def _importance(framework: Framework, rng: np.random.Generator) -> dict[str, float]:
    """How much each pillar matters to one expert."""
    lead = [LEAD if place == FAVOURITE else 1.0 for place in range(len(framework.pillars))]
    values = np.array(lead) * np.exp(rng.normal(0, 0.15, len(lead)))
    return dict(zip((node.id for node in framework.pillars), values.tolist(), strict=True))


def _budget(sheet: Any, importance: dict[str, float], total: int) -> None:  # noqa: ANN401
    shares = np.array(list(importance.values())) / sum(importance.values()) * total
    points = np.floor(shares).astype(int)
    for place in np.argsort(-(shares - points))[: total - points.sum()]:
        points[place] += 1
    for row, value in enumerate(points, start=2):
        sheet.cell(row, 4).value = int(value)


def _judge(sheet: Any, framework: Framework, importance: dict[str, float], rng: np.random.Generator, *, contradict: bool) -> None:  # noqa: ANN401
    """Pairwise judgements that follow from the importance, or from nothing."""
    for row, (one, two) in enumerate(combinations(framework.pillars, 2), start=2):
        ratio = importance[one.id] / importance[two.id]
        if contradict:
            ratio = float(rng.choice([1 / 7, 1 / 5, 5, 7]))
        strength = round(max(ratio, 1 / ratio))
        sheet.cell(row, 5).value = spoken(WHICH[2]) if strength < 2 else WHICH[0] if ratio > 1 else WHICH[1]  # noqa: PLR2004
        sheet.cell(row, 6).value = strength if strength > 1 else None


def _write(book: Any, item: str, text: str) -> None:  # noqa: ANN401
    """One comment, or one proposed indicator."""
    if item.startswith("+"):
        name, _, why = text.partition(PART)
        for column, value in enumerate((item.removeprefix("+"), name, why), start=1):
            book["proposals"].cell(2, column).value = value
        return
    sheet = book["comments"]
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value == item:
            sheet.cell(row, 4).value = text
            sheet.cell(row, 4).data_type = "s"
