"""Filled forms of a workshop, read and checked; experts are pseudonyms from here on.

Every cell is checked by itself: what is wrong is a fault with file, sheet, row and column, and everything else still
counts. A blank is "no view". Names serve to find forms sent twice, are compared as digests and kept nowhere. Of an
expert with two forms neither is counted, for nothing says which was meant.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.cleaning import clean
from workbench.errors import Fault, WorkbenchError, one_of, suggestion
from workbench.forms import STRENGTHS, WHICH
from workbench.paths import resolve, shown
from workbench.rating_scales import CODE, FIGURES, SCALES
from workbench.xlsx import column_letter, read_sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from workbench.framework import Framework

__all__ = ["Forms", "read_forms"]

BUDGET = 100.0
ROUNDING = 0.01


@dataclass(frozen=True, kw_only=True)
class Forms:
    """What all experts wrote. Frames are indexed by pseudonym."""

    ratings: dict[str, pd.DataFrame] = field(repr=False)
    """By scale: experts by indicators, NaN (missing text) where there is no view."""
    points: pd.DataFrame = field(repr=False)
    """Experts by pillars; only budgets that sum to 100."""
    judgements: dict[str, pd.DataFrame] = field(repr=False)
    """Complete pairwise judgements, a reciprocal matrix of pillars by expert."""
    comments: pd.DataFrame = field(repr=False)
    """`expert`, `item`, `comment`."""
    proposals: pd.DataFrame = field(repr=False)
    """`expert`, `pillar`, `name`, `why`."""
    experts: tuple[str, ...]
    faults: tuple[Fault, ...]
    """Everything that was not counted, with its cell."""


@dataclass
class _Form:
    """One form as read."""

    file: str
    code: str = ""
    who: str = ""
    """Digest of the name, empty without one."""
    ratings: dict[str, dict[str, Any]] = field(default_factory=dict)
    points: dict[str, float] = field(default_factory=dict)
    matrix: pd.DataFrame | None = None
    comments: dict[str, str] = field(default_factory=dict)
    proposals: list[dict[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether nothing on it can be counted."""
        return not (any(self.ratings.values()) or self.points or self.matrix is not None or self.comments or self.proposals)


def read_forms(paths: Sequence[Path], framework: Framework) -> Forms:
    """Read the forms of one workshop.

    Args:
        paths: Filled forms, .xlsx; folders stand for all forms in them.
        framework: The one that the form was made from.

    Returns:
        Ratings by pseudonym (the code on the form, else the next free number in the order of the file names), and the
        faults of what was left out.

    Raises:
        WorkbenchError: no form is there, or none can be counted.
    """
    files = _files(paths)
    forms = [_Reader(file, framework).form() for file in files]
    faults = [fault for form in forms for fault in form.faults]
    faults += [_blank(form) for form in forms if form.empty and not form.faults]
    twice = _repeated(forms, faults)
    counted = [form for form in forms if not form.empty and id(form) not in twice]
    if not counted:
        raise WorkbenchError(*(faults or [Fault(problem="no form can be counted.")]))
    names = _pseudonyms(counted)
    items = [item.id for item in framework.indicators]
    pillars = [node.id for node in framework.pillars]
    ratings = {scale: _table([form.ratings.get(scale, {}) for form in counted], names, items, scale) for scale in SCALES}
    points = pd.DataFrame([form.points for form in counted], index=names, columns=pillars, dtype=float)
    comments = [(name, item, text) for name, form in zip(names, counted, strict=True) for item, text in form.comments.items()]
    proposals = [{"expert": name} | row for name, form in zip(names, counted, strict=True) for row in form.proposals]
    return Forms(
        ratings=ratings,
        points=points.dropna(how="all").fillna(0.0),
        judgements={name: form.matrix for name, form in zip(names, counted, strict=True) if form.matrix is not None},
        comments=pd.DataFrame(comments, columns=["expert", "item", "comment"]),
        proposals=pd.DataFrame(proposals, columns=["expert", "pillar", "name", "why"]),
        experts=tuple(names),
        faults=tuple(faults),
    )


def _files(paths: Sequence[Path]) -> list[Path]:
    """The forms themselves, by name; lock files of spreadsheet programs are none."""
    found: list[Path] = []
    for path in map(resolve, paths):
        inside = sorted(path.glob("*.xlsx")) if path.is_dir() else [path]
        found += [file for file in inside if not file.name.startswith(("~$", "."))]
    missing = [Fault(file=shown(file), problem="there is no such form.") for file in found if not file.is_file()]
    if missing or not found:
        raise WorkbenchError(
            *(missing or [Fault(problem="there is no form to read.", fix="name files, or a folder of .xlsx files.")])
        )
    return sorted(dict.fromkeys(found), key=lambda file: file.name)


def _blank(form: _Form) -> Fault:
    return Fault(file=form.file, problem="the form is blank.", fix="leave it out, or ask for it again.")


def _repeated(forms: list[_Form], faults: list[Fault]) -> set[int]:
    """Forms of experts who sent two."""
    found: set[int] = set()
    for key in ("code", "who"):
        first: dict[str, _Form] = {}
        for form in forms:
            value = getattr(form, key)
            earlier = first.setdefault(value, form) if value else form
            if earlier is not form:
                what = f"code {value}" if key == "code" else "name"
                problem = f"this form and {earlier.file} have the same {what}; neither is counted."
                faults.append(Fault(file=form.file, sheet="expert", problem=problem, fix="keep the one that was meant."))
                found |= {id(form), id(earlier)}
    return found


def _pseudonyms(forms: list[_Form]) -> list[str]:
    taken = {form.code for form in forms}
    free = (f"E{number:02d}" for number in range(1, 1000) if f"E{number:02d}" not in taken)
    return [form.code or next(free) for form in forms]


def _table(rows: list[dict[str, Any]], names: list[str], items: list[str], scale: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, index=names, columns=items)
    return frame.astype(float) if scale in FIGURES else frame.astype(object)


class _Reader:
    """One form, sheet by sheet."""

    def __init__(self, file: Path, framework: Framework) -> None:
        self.framework = framework
        self.raw = file.read_bytes()
        self.found = _Form(file=shown(file))
        self.items = [item.id for item in framework.indicators]
        self.pillars = [node.id for node in framework.pillars]

    def form(self) -> _Form:
        """Everything on the form; a sheet that cannot be read is a fault, and the others still count."""
        parts: tuple[tuple[str, Callable[[], None]], ...] = (
            ("expert", self._expert),
            ("indicators", self._ratings),
            ("weights", self._points),
            ("pairs", self._pairs),
            ("comments", self._comments),
            ("proposals", self._proposals),
        )
        for name, read in parts:
            if name == "pairs" and len(self.pillars) > len(STRENGTHS) + 2:
                continue
            try:
                read()
            except WorkbenchError as error:
                self.found.faults += error.faults
                if any("Excel workbook" in fault.problem for fault in error.faults):
                    break
        return self.found

    def _rows(self, sheet: str, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str], dict[str, str]]]:
        """Rows below the header: their number, their cells as text, and the address of each column."""
        cells = read_sheet(self.raw, self.found.file, sheet, uncomputed=True).rows
        # Below its name a head says in both languages what it holds.
        header = [str(cell).strip().split("\n", 1)[0].strip() for cell in cells[0]] if cells else []
        lacking = [name for name in columns if name not in header]
        if lacking:
            problem = f"column `{lacking[0]}` is missing."
            fix = suggestion(lacking[0], header) or "use the form as it was sent."
            raise WorkbenchError(Fault(file=self.found.file, sheet=sheet, problem=problem, fix=fix))
        places = {name: f"{column_letter(header.index(name))} ({name})" for name in columns}
        for number, values in enumerate(cells[1:], start=2):
            row = {name: _text(values[header.index(name)]) if header.index(name) < len(values) else "" for name in columns}
            if any(row.values()):
                yield number, row, places

    def _fault(
        self, problem: str, sheet: str, row: int, column: str, value: str, *, allowed: str = "", fix: str = "correct it."
    ) -> None:
        fault = Fault(
            file=self.found.file, sheet=sheet, row=row, column=column, value=value, problem=problem, allowed=allowed, fix=fix
        )
        self.found.faults.append(fault)

    def _known(self, name: str, known: list[str], sheet: str, row: int, place: str, seen: set[str]) -> bool:
        if name not in known:
            fix = suggestion(name, known) or "use the form as it was sent."
            self._fault(f"there is no `{name}` in the framework.", sheet, row, place, name, allowed=one_of(known, 8), fix=fix)
            return False
        if name in seen:
            self._fault(f"`{name}` stands twice.", sheet, row, place, name, fix="keep one row.")
            return False
        seen.add(name)
        return True

    def _expert(self) -> None:
        for number, row, places in self._rows("expert", ("field", "answer")):
            answer = row["answer"]
            if row["field"] == "code" and answer:
                code = answer.upper()
                if CODE.fullmatch(code):
                    self.found.code = code
                else:
                    fix = "write it as the hosts gave it, or leave it blank."
                    # What stands there may be a name, so it is not repeated.
                    self._fault(
                        "the code is none.",
                        "expert",
                        number,
                        places["answer"],
                        "",
                        allowed="E and a number, such as E07",
                        fix=fix,
                    )
            elif row["field"] == "name" and answer:
                self.found.who = hashlib.sha256(" ".join(clean(answer).casefold().split()).encode()).hexdigest()

    def _ratings(self) -> None:
        seen: set[str] = set()
        self.found.ratings = {scale: {} for scale in SCALES}
        for number, row, places in self._rows("indicators", ("id", *SCALES)):
            if not self._known(row["id"], self.items, "indicators", number, places["id"], seen):
                continue
            for scale, allowed in SCALES.items():
                # Words are followed by what they mean in Thai.
                text = next(iter(row[scale].casefold().split()), "")
                if text in allowed:
                    self.found.ratings[scale][row["id"]] = float(text) if scale in FIGURES else text
                elif text:
                    problem = f'"{row[scale]}" is no rating of {scale}.'
                    fix = "choose from the list, or leave it blank."
                    self._fault(problem, "indicators", number, places[scale], row[scale], allowed=", ".join(allowed), fix=fix)

    def _points(self) -> None:
        seen: set[str] = set()
        points: dict[str, float] = {}
        for number, row, places in self._rows("weights", ("id", "points")):
            if not row["id"] or not self._known(row["id"], self.pillars, "weights", number, places["id"], seen):
                continue
            if row["points"]:
                value = _number(row["points"])
                if value is None or not 0 <= value <= BUDGET:
                    problem = f'"{row["points"]}" is no number of points.'
                    self._fault(
                        problem, "weights", number, places["points"], row["points"], allowed="0 to 100", fix="correct it."
                    )
                    return
                points[row["id"]] = value
        total = sum(points.values())
        if points and abs(total - BUDGET) > ROUNDING:
            problem = f"the points sum to {total:g}."
            self._fault(
                problem, "weights", len(self.pillars) + 2, "D (points)", f"{total:g}", allowed="100", fix="share out 100 points."
            )
        elif points:
            self.found.points = points

    def _pairs(self) -> None:
        matrix = pd.DataFrame(np.eye(len(self.pillars)), index=self.pillars, columns=self.pillars)
        judged: dict[tuple[str, str], int] = {}
        wrong = filled = 0
        for number, row, places in self._rows("pairs", ("a", "b", "more_important", "how_much")):
            given = bool(row["more_important"] or row["how_much"])
            filled += given
            if not given or not row["a"]:
                continue
            ratio = self._ratio(number, row, places)
            key = (min(row["a"], row["b"]), max(row["a"], row["b"]))
            if ratio is None or key in judged:
                if ratio is not None:
                    problem = f"{row['a']} and {row['b']} are judged twice, in rows {judged[key]} and {number}."
                    self._fault(problem, "pairs", number, places["a"], row["a"], fix="keep one judgement of each pair.")
                wrong += 1
                continue
            judged[key] = number
            matrix.loc[row["a"], row["b"]], matrix.loc[row["b"], row["a"]] = ratio, 1 / ratio
        needed = len(self.pillars) * (len(self.pillars) - 1) // 2
        if filled and not wrong and len(judged) < needed:
            problem = f"{len(judged)} of {needed} pairs are judged, so there are no weights from them."
            self._fault(problem, "pairs", 2, "E (more_important)", f"{len(judged)}", fix="judge every pair, or none.")
        elif filled and not wrong:
            self.found.matrix = matrix

    def _ratio(self, number: int, row: dict[str, str], places: dict[str, str]) -> float | None:
        """How many times A matters more than B; None where the row does not say it."""
        for end in ("a", "b"):
            if row[end] not in self.pillars:
                self._fault(
                    f"there is no pillar `{row[end]}`.", "pairs", number, places[end], row[end], allowed=one_of(self.pillars)
                )
                return None
        chosen = next(iter(row["more_important"].casefold().split()), "")
        which = next((name for name in WHICH if name.casefold() == chosen), None)
        if which is None:
            problem = (
                f'"{row["more_important"]}" says neither A nor B.'
                if row["more_important"]
                else "it is not said which matters more."
            )
            self._fault(problem, "pairs", number, places["more_important"], row["more_important"], allowed=", ".join(WHICH))
            return None
        strength = row["how_much"]
        if which == "equal":
            if strength not in {"", "1"}:
                problem = f"they are equal, but one is {strength} times more important."
                self._fault(problem, "pairs", number, places["how_much"], strength, fix="empty this cell, or choose A or B.")
                return None
            return 1.0
        if strength not in STRENGTHS:
            problem = f'"{strength}" is no strength.' if strength else "it is not said how many times more."
            self._fault(problem, "pairs", number, places["how_much"], strength, allowed="2 to 9", fix="choose from the list.")
            return None
        return float(strength) if which == "A" else 1 / float(strength)

    def _comments(self) -> None:
        seen: set[str] = set()
        for number, row, places in self._rows("comments", ("id", "comment")):
            if row["comment"] and self._known(
                row["id"], ["index", *self.pillars, *self.items], "comments", number, places["id"], seen
            ):
                self.found.comments[row["id"]] = row["comment"]

    def _proposals(self) -> None:
        for number, row, places in self._rows("proposals", ("pillar", "name", "why")):
            if row["pillar"] and row["pillar"] not in self.pillars:
                problem = f"there is no pillar `{row['pillar']}`."
                self._fault(problem, "proposals", number, places["pillar"], row["pillar"], allowed=one_of(self.pillars))
            elif not row["name"]:
                self._fault("the proposed indicator has no name.", "proposals", number, places["name"], "", fix="name it.")
            else:
                self.found.proposals.append(row)


def _text(value: object) -> str:
    """A cell as text; whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return clean(str(value)).strip() if not isinstance(value, str) else value.strip()


def _number(text: str) -> float | None:
    try:
        value = float(clean(text).replace(",", ""))
    except ValueError:
        return None
    return value if np.isfinite(value) else None
