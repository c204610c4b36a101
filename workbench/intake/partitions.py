"""A survey of any size in many parquet files: each is read, checked and summed where there is room, and the sums merge.

The functions are those of a survey in one piece, and so are the bits of the result: sums are exact. What grows with the
survey here is eight bytes per respondent, by which two answers of one respondent are found across files.

A second reading gives the errors, for they need the means of all parts. Faults of all parts come at once.
"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.errors import FaultList, WorkbenchError
from workbench.exact_sums import ExactSums
from workbench.identity import synthetic_rows
from workbench.intake.files import files_in
from workbench.intake.listing import Faulty, Listing
from workbench.intake.register import listed_rows, population_of, read_invited
from workbench.paths import resolve
from workbench.paths import shown as shown_path
from workbench.sampling import errors_of, linearised, means_of, of_counts
from workbench.survey import check_survey
from workbench.survey_sums import AnswerSums, Linear, answer_sums, square_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.intake.register import Invited
    from workbench.survey import Checked

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]
    Run = Callable[..., Iterator[Any]]

__all__ = ["SummedSurvey", "is_partitioned", "processes", "read_partitions"]

WHOLE = "all"
"""The one stratum of a survey without strata."""
OTHERS = "others"
MOST_PAIRS = 2000
"""Repeated answers that are described."""
KEY = "0123456789123456"
"""Of the digests of respondents: the same on every machine."""


def is_partitioned(path: str | Path) -> bool:
    """Whether *path* is a folder of parquet files and nothing else."""
    place = resolve(path)
    if not place.is_dir():
        return False
    files = [item for item in place.rglob("*") if item.is_file() and not item.name.startswith(("_", "."))]
    return bool(files) and all(item.suffix.lower() == ".parquet" for item in files)


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is kept of one file, or of several."""

    cells: pd.MultiIndex
    """Unit and stratum."""
    sums: AnswerSums
    answered: Codes
    """Respondents who answered, by cell."""
    rows: Codes
    """Those and the silent."""
    labels: NDArray[np.uint64]
    """Digest of each row's respondent."""
    known: bool
    synthetic: bool
    fingerprints: tuple[str, ...]


def sum_part(path: str, framework: Framework, invited: str | None) -> Part | Faulty:
    """Read, check and sum one file; its faults when it has any."""
    try:
        checked = check_survey(path, framework, invited=invited)
    except WorkbenchError as error:
        return Faulty.of(error.faults)
    cells, cell_of = _cells(checked, framework)
    answered = ~checked.silent
    values = checked.values(framework)
    return Part(
        cells=cells,
        sums=answer_sums(values, cell_of[answered], len(cells)),
        answered=np.bincount(cell_of[answered], minlength=len(cells)),
        rows=np.bincount(cell_of, minlength=len(cells)),
        labels=pd.util.hash_array(checked.who.labels.astype(object), hash_key=KEY, categorize=False),
        known=checked.known,
        synthetic=bool(synthetic_rows(checked.who.table).any()),
        fingerprints=(checked.who.table.fingerprint,),
    )


def square_part(path: str, framework: Framework, invited: str | None, places: pd.DataFrame, linear: Linear) -> ExactSums:
    """Squared deviations of the respondents of one file, by cell; *places* gives the unit and cell of each unit and stratum."""
    checked = check_survey(path, framework, invited=invited)
    cells, cell_of = _cells(checked, framework)
    answered = ~checked.silent
    values = checked.values(framework)
    there = places.loc[cells]
    units, own = there["unit"].to_numpy(), there["cell"].to_numpy()
    rows = cell_of[answered]
    return square_sums(values, units[rows], own[rows], linear)


def _cells(checked: Checked, framework: Framework) -> tuple[pd.MultiIndex, Codes]:
    """Units and strata that are in a file, and which one each row belongs to."""
    strata = framework.respondents.stratum_of() if framework.respondents is not None else {}
    agencies, kinds = pd.factorize(checked.who.agencies)
    names = np.array([strata.get(kind, OTHERS) if strata else WHOLE for kind in kinds], dtype=object)
    own, strata_there = pd.factorize(names[agencies])
    units, units_there = pd.factorize(checked.who.units)
    codes, pairs = pd.factorize(units * max(len(strata_there), 1) + own)
    first, second = np.divmod(pairs, max(len(strata_there), 1))
    return pd.MultiIndex.from_arrays([units_there[first], strata_there[second]], names=["unit", "stratum"]), codes


@dataclass(frozen=True, kw_only=True)
class SummedSurvey:
    """A survey of which only sums are held; `score` takes it in place of `Responses`."""

    framework: Framework = field(repr=False)
    paths: tuple[str, ...] = field(repr=False)
    cells: pd.MultiIndex = field(repr=False)
    """Unit and stratum, in order."""
    sums: AnswerSums = field(repr=False)
    """By cell and indicator."""
    answers: pd.DataFrame = field(repr=False)
    """Respondents who answered, units by strata."""
    answered: pd.Series = field(repr=False)
    invited: pd.Series = field(repr=False)
    population: pd.DataFrame | None = field(repr=False)
    synthetic: bool
    source: str
    fingerprint: str
    invitations: str | None = field(default=None, repr=False)
    run: Run | None = field(default=None, repr=False)
    """Calls a function with each of many arguments, where there is room."""

    def unit_means(self) -> pd.DataFrame:
        """Means over the respondents, weighted where strata answered unequally, shape `(units, indicators)`."""
        columns = [item.id for item in self.framework.indicators]
        if self.population is None:
            sums = self._by_unit()
            with np.errstate(invalid="ignore"):
                return pd.DataFrame(sums.totals / sums.counts, index=self.answered.index, columns=columns)
        plan, codes = of_counts(self._counts(), self._table())
        found, _ = means_of(plan, self._placed(codes, len(plan.invited)))
        return pd.DataFrame(found, index=plan.units, columns=columns)

    def standard_errors(self, slopes: Floats) -> Floats:
        """Standard errors of functions of the means with *slopes*, shape `(units, functions)`; reads every file once more."""
        plan, codes = of_counts(self._counts(), self._table())
        linear = linearised(plan, self._placed(codes, len(plan.invited)), np.nan_to_num(slopes))
        units = plan.units.get_indexer(self.cells.get_level_values(0))
        strata = self._table().columns.get_indexer(self.cells.get_level_values(1))
        places = pd.DataFrame({"unit": units, "cell": codes[units, strata]}, index=self.cells)
        total = ExactSums(len(plan.invited) * slopes.shape[1])
        for squares in _call(self.run, square_part, self.paths, self.framework, self.invitations, places, linear):
            total.merge(squares)
        errors = errors_of(plan, total.totals().reshape(len(plan.invited), -1))
        return np.where(np.isnan(slopes).any(axis=2), np.nan, errors)

    def _table(self) -> pd.DataFrame:
        """How many there are, units by strata."""
        return self.invited.to_frame(WHOLE) if self.population is None else self.population

    def _counts(self) -> pd.DataFrame:
        """How many answered, in the shape of `_table`."""
        table = self._table()
        return self.answers.reindex(index=table.index, columns=table.columns, fill_value=0)

    def _placed(self, codes: Codes, size: int) -> AnswerSums:
        """The sums by cell of the design."""
        table = self._table()
        units = table.index.get_indexer(self.cells.get_level_values(0))
        strata = table.columns.get_indexer(self.cells.get_level_values(1))
        place = codes[units, strata]
        # A cell without an answer has nothing to add; it goes where it does no harm.
        return self.sums.placed(np.where(place >= 0, place, 0), size)

    def _by_unit(self) -> AnswerSums:
        return self.sums.placed(self.answered.index.get_indexer(self.cells.get_level_values(0)), len(self.answered))


def read_partitions(
    path: str | Path, framework: Framework, *, invited: str | Path | None = None, executor: Executor | None = None
) -> SummedSurvey:
    """Read and check a survey in parts.

    Args:
        path: A folder of .parquet files; together they are one table of a survey.
        framework: Says which columns there are and what may be answered.
        invited: A list of everyone invited.
        executor: Where files are read, such as the workers of a cluster, which must see the same paths; here, one
            after the other, when not given.

    Returns:
        The sums of the answers, which `score` takes.

    Raises:
        WorkbenchError: every fault of every file, and respondents who answer in two files.
    """
    faults = FaultList()
    folder = resolve(path)
    paths = tuple(str(item) for item in files_in(folder, faults))
    list_of = str(resolve(invited)) if invited is not None else None
    everyone, wrong = read_invited(list_of, framework) if list_of is not None else (None, [])
    faults.extend(wrong)
    faults.stop_if_any()
    run = _runner(executor)
    labels: list[NDArray[np.uint64]] = []
    whole, listing = None, Listing()
    for one in _call(run, sum_part, paths, framework, list_of):
        if isinstance(one, Faulty):
            listing.take(one)
            continue
        labels.append(one.labels)
        whole = one if whole is None else _together(whole, one)
    listing.stop_if_any(faults, shown_path(folder))
    if whole is None:
        raise TypeError("the folder has no part")
    _refuse_repeated(paths, labels, framework, list_of)
    return replace(_survey(whole, framework, everyone, shown_path(folder)), paths=paths, invitations=list_of, run=run)


def _runner(executor: Executor | None) -> Run | None:
    """Something that maps a call over files by *executor*."""
    if executor is None:
        return None

    def run(function: Callable[..., Any], paths: Sequence[str], *others: object) -> Iterator[Any]:
        waiting = deque(executor.submit(function, path, *others) for path in paths)
        while waiting:
            yield waiting.popleft().result()  # and let go of it, for there may be thousands

    return run


def _call(run: Run | None, function: Callable[..., Any], paths: Sequence[str], *others: object) -> Iterator[Any]:
    """*function* of each path, in order, one held at a time."""
    return (function(path, *others) for path in paths) if run is None else run(function, paths, *others)


@contextmanager
def processes(count: int) -> Iterator[Executor | None]:
    """As many processes here; None, and so this one, for one."""
    if count <= 1:
        yield None
        return
    with ProcessPoolExecutor(max_workers=count, mp_context=get_context("spawn")) as executor:
        yield executor


def _together(one: Part, other: Part) -> Part:
    """Two files as one, without the digests of their respondents; which comes first does not matter to any figure."""
    cells = pd.MultiIndex.from_tuples(sorted({*one.cells, *other.cells}), names=["unit", "stratum"])
    at = cells.get_indexer(one.cells), cells.get_indexer(other.cells)
    sums = one.sums.placed(at[0], len(cells))
    sums.merge(other.sums.placed(at[1], len(cells)))
    return Part(
        cells=cells,
        sums=sums,
        answered=_added(at, (one.answered, other.answered), len(cells)),
        rows=_added(at, (one.rows, other.rows), len(cells)),
        labels=np.zeros(0, dtype=np.uint64),
        known=one.known and other.known,
        synthetic=one.synthetic or other.synthetic,
        fingerprints=one.fingerprints + other.fingerprints,
    )


def _added(places: Sequence[Codes], counts: Sequence[Codes], size: int) -> Codes:
    total = np.zeros(size, dtype=np.int64)
    for place, count in zip(places, counts, strict=True):
        total[place] += count
    return total


def _survey(whole: Part, framework: Framework, invited: Invited | None, source: str) -> SummedSurvey:
    """The survey of all files together."""
    respondents = framework.respondents
    if respondents is None:
        raise TypeError("the framework has no respondents")
    # In order, also when there is one file.
    cells = pd.MultiIndex.from_tuples(sorted(whole.cells), names=["unit", "stratum"])
    place = cells.get_indexer(whole.cells)
    known = whole.known
    answers, listed = _crossed(whole.cells, whole.answered), _crossed(whole.cells, whole.rows)
    by_unit = answers.sum(axis=1).rename("answered")
    if invited is not None:
        listed = _listed(invited, framework)
        by_unit = by_unit.reindex(by_unit.index.union(listed.index), fill_value=0)
        total = listed.sum(axis=1).reindex(by_unit.index, fill_value=0)
    else:
        total = pd.Series(listed_rows(by_unit, listed.sum(axis=1), respondents, known=known), index=by_unit.index)
    strata = bool(respondents.strata)
    digests = "\n".join(sorted(whole.fingerprints)) + (invited.fingerprint if invited is not None else "")
    return SummedSurvey(
        framework=framework,
        paths=(),
        cells=cells,
        sums=whole.sums.placed(place, len(cells)),
        answers=answers,
        answered=by_unit.rename_axis("unit"),
        invited=total.rename("invited").rename_axis("unit"),
        population=population_of(listed, respondents, known=known or invited is not None) if strata else None,
        synthetic=whole.synthetic,
        source=source,
        fingerprint=hashlib.sha256(digests.encode()).hexdigest()[:16],
    )


def _crossed(cells: pd.MultiIndex, counts: Any) -> pd.DataFrame:  # noqa: ANN401  (an array, or 0 for no part)
    """Counts by cell as a table of units by strata."""
    frame = cells.to_frame(index=False).assign(count=counts)
    return frame.pivot_table(index="unit", columns="stratum", values="count", aggfunc="sum", fill_value=0).astype(int)


def _listed(invited: Invited, framework: Framework) -> pd.DataFrame:
    """How many were invited, units by strata."""
    strata = framework.respondents.stratum_of() if framework.respondents is not None else {}
    own = [strata.get(name, OTHERS) if strata else WHOLE for name in invited.agencies]
    return pd.crosstab(pd.Series(invited.units, name="unit"), pd.Series(own, name="stratum"))


def _refuse_repeated(
    paths: Sequence[str], digests: Sequence[NDArray[np.uint64]], framework: Framework, invited: str | None
) -> None:
    """Respondents who answer in two files. Each file was looked at by itself already."""
    labels = np.concatenate(digests)
    order = np.argsort(labels, kind="stable")
    twice = np.flatnonzero(labels[order][1:] == labels[order][:-1])
    if not twice.size:
        return
    starts = np.cumsum([0, *map(len, digests)])
    opened: dict[int, Checked] = {}

    def found(position: int) -> tuple[str, str, int | None]:
        part = int(np.searchsorted(starts, position, side="right") - 1)
        if part not in opened:
            opened.clear()  # one file at a time
            opened[part] = check_survey(paths[part], framework, invited=invited)
        who = opened[part].who
        place = int(position - starts[part])
        return who.labels[place], who.table.file, who.table.place(place)[2]

    rest = len(twice) - MOST_PAIRS
    twice = twice[:MOST_PAIRS]
    pairs = [(order[at], order[at + 1]) for at in twice]
    wanted = sorted({*order[twice], *order[twice + 1]})
    ends: Mapping[int, tuple[str, str, int | None]] = {place: found(place) for place in wanted}
    faults = FaultList()
    for one, other in pairs:
        (label, file, row), (again, second_file, second_row) = ends[min(one, other)], ends[max(one, other)]
        if label == again:
            problem = f"{label} answers twice, here and in {file}, row {row}."
            faults.add(problem, file=second_file, row=second_row, value=label, fix="keep one of the two rows.")
    if rest > 0:
        problem = f"the files have {rest:,} more answers of respondents who answer in another file."
        faults.add(problem, fix="correct those first.")
    faults.stop_if_any()
