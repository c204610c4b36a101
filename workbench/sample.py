"""Synthetic surveys and tables for any framework, of any size, that say so in every row.

The mean index is set to a wanted value by shifting all latent answers until the framework's own
scoring gives it. The same framework, sizes and seed give the same table. No sample stands for a real
unit: where it bears a province's name, the answers are still made up.

Defaults follow the survey of provincial agencies of 2561: 19 agencies in each of 76 provinces
(Bangkok is no province), 1,237 of 1,444 answered, mean score 45.67
(https://dga.or.th/?p=18173 and the dashboard named there).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.codebook import code_book
from workbench.errors import Fault, WorkbenchError
from workbench.export import output_folder, whole_file, write_csv
from workbench.paths import shown
from workbench.scoring import score, unit_means
from workbench.sheets import Sheet, write_workbook
from workbench.synthesis import Synthesis, stream, table_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.framework_model import Indicator, Respondents
    from workbench.text import Text

    Mask = NDArray[np.bool_]

__all__ = ["MEAN", "RESPONSE", "SYNTHETIC", "make_sample", "write_sample"]

MEAN = 45.67
"""Mean score of provincial agencies in 2561."""
RESPONSE = 1237 / 1444
"""Share of the provincial agencies that answered in 2561: 85.7 %."""
SYNTHETIC = "synthetic ข้อมูลสังเคราะห์"
"""Written in the column data_status of every row."""
UNITS, AGENCIES = 50, 10
"""Sizes where neither the framework nor the caller says."""
ABOUT = ("status", "framework", "edition", "fingerprint", "size", "seed", "command")
"""What the sheet `about` tells, in this order."""
CLOSE = 0.01
"""Distance from the wanted mean index that is near enough."""
STEPS = 24
SLOPE = 25.0
"""Points of the index per unit of shift, about, for the first step."""
REACH = 6.0
"""The shift is looked for between -6 and +6 standard deviations."""


@dataclass(frozen=True, kw_only=True)
class _Who:
    """Everyone invited, unit by unit: `units` and `agencies` of shape `(units x agencies,)`."""

    unit_ids: list[str]
    unit_names: list[Text | None]
    agency_ids: list[str]
    agency_names: list[Text | None]

    @property
    def units(self) -> NDArray[np.int64]:
        """Position of each row's unit."""
        return np.repeat(np.arange(len(self.unit_ids)), len(self.agency_ids))

    @property
    def agencies(self) -> NDArray[np.int64]:
        """Position of each row's respondent."""
        return np.tile(np.arange(len(self.agency_ids)), len(self.unit_ids))


def make_sample(
    framework: Framework,
    *,
    units: int | None = None,
    agencies: int | None = None,
    seed: int,
    mean: float = MEAN,
    response: float = RESPONSE,
) -> pd.DataFrame:
    """Make a synthetic survey, or for an index over a table a synthetic table.

    Args:
        framework: With respondents: a survey. Without: a table of indicator values, one row per unit.
        units: Number of units; default the 76 provinces, or 50. Provinces come first; further units of a framework
            over provinces are fictitious (`X0077`) and are read only because the table says that it is synthetic.
        agencies: Respondents invited per unit; default every type, or 10. Beyond the types they are numbered (`X21`).
        seed: Any whole number of 0 or more.
        mean: Wanted mean of the index over the units, 0 to 100. Where scores are relative (min-max, z-scores, ranks)
            a shift does not move it, and the nearest mean that can be had is taken.
        response: Share of all invited that answered; every unit keeps at least the minimum response.

    Returns:
        One row per invited respondent (or unit), ready for `read_survey` (or `read_indicators`).

    Raises:
        WorkbenchError: a size or share cannot be had.
    """
    _check(units, agencies, mean, response)
    ids, names = _units(framework, units)
    if framework.respondents is None or not framework.columns:
        return _table(framework, ids, names, seed, mean)
    who = _Who(unit_ids=ids, unit_names=names, **_agencies(framework, framework.respondents, agencies))
    answered = _answered(who, framework.respondents, seed, response)
    made = Synthesis(
        framework=framework,
        seed=seed,
        units=who.units[answered],
        kinds=who.agencies[answered],
        asked=_asked(who, answered),
    )
    labels = pd.Series(np.array(ids)[made.units])
    shift = _calibrated(lambda at: _mean_index(framework, unit_means(made.values(at), labels)), mean)
    return _survey(framework, who, answered, made.answers(shift))


def write_sample(frame: pd.DataFrame, path: str | Path, framework: Framework, *, seed: int) -> None:
    """Write a sample as .xlsx (with the sheets `questions` and `about`), .csv or .parquet.

    Raises:
        WorkbenchError: another extension, too many rows for .xlsx, or the file cannot be written.
    """
    target = Path(path)
    output_folder(target.parent)
    match target.suffix.lower():
        case ".xlsx":
            sheets = [_answer_sheet(frame), _question_sheet(framework), _about(frame, framework, seed)]
            write_workbook(target, sheets, framework.title.en)
        case ".csv":
            write_csv(frame, target)
        case ".parquet":
            with whole_file(target) as partial:
                frame.to_parquet(partial, index=False)
        case suffix:
            problem = f"a sample cannot be written as `{suffix}`." if suffix else "the file name has no extension."
            raise WorkbenchError(Fault(file=shown(target), problem=problem, allowed=".xlsx, .csv, .parquet", fix="rename it."))


def _check(units: int | None, agencies: int | None, mean: float, response: float) -> None:
    faults = []
    for name, size in (("units", units), ("agencies", agencies)):
        if size is not None and size < 1:
            faults.append(Fault(problem=f"{name} is {size}.", allowed="a whole number of at least 1"))
    if not 0 < response <= 1:
        faults.append(Fault(problem=f"the response is {response:g}.", allowed="above 0, at most 1"))
    if not 0 <= mean <= 100:  # noqa: PLR2004  (the scale of scores)
        faults.append(Fault(problem=f"the mean is {mean:g}.", allowed="0 to 100"))
    if faults:
        raise WorkbenchError(*faults)


def _units(framework: Framework, count: int | None) -> tuple[list[str], list[Text | None]]:
    """Ids and names: provinces in the order of their codes, then fictitious ones; else units of reference and numbers."""
    if framework.unit.registry is None:
        size = count or UNITS
        width = max(4, len(str(size)))
        named = dict.fromkeys(item.normalisation.reference_unit for item in framework.indicators)
        numbered = [f"U{place:0{width}d}" for place in range(1, size + 1)]
        return [*filter(None, named), *numbered][:size], [None] * size
    from workbench.provinces import BANGKOK, PROVINCES  # noqa: PLC0415  (read only where units are provinces)

    provinces = [province for province in PROVINCES if province.iso != BANGKOK]  # no province in law, so not surveyed
    size = count or len(provinces)
    extra = [f"X{place:04d}" for place in range(len(provinces) + 1, size + 1)]
    kept = provinces[:size]
    return [*(province.iso for province in kept), *extra], [*(province.name for province in kept), *(None for _ in extra)]


def _agencies(framework: Framework, respondents: Respondents, count: int | None) -> dict[str, Any]:
    """Ids and names of the respondents of one unit; types that are asked nothing are not invited."""
    questions = [item.question for item in framework.indicators if item.question is not None]
    everyone = any(not question.asked_of for question in questions)
    some = {name for question in questions for name in question.asked_of}
    types = [item for item in respondents.types if everyone or item.id in some]
    size = count or len(types) or AGENCIES
    if not everyone and size > len(types):
        problem = f"{size} respondents per unit are wanted, but only {len(types)} types are asked anything."
        raise WorkbenchError(Fault(problem=problem, allowed=f"at most {len(types)}"))
    first = len(respondents.types)
    letter = "X" if first else "R"
    numbered = [f"{letter}{first + place:02d}" for place in range(1, size - len(types) + 1)]
    kept = types[:size]
    return {
        "agency_ids": [item.id for item in kept] + numbered,
        "agency_names": [*(item.label for item in kept), *(None for _ in numbered)],
    }


def _answered(who: _Who, respondents: Respondents, seed: int, response: float) -> Mask:
    """True for those who answered, exactly the wanted share; silence clusters in units, but each keeps its minimum."""
    rows, columns = len(who.unit_ids), len(who.agency_ids)
    least = max(1, int(np.ceil(respondents.minimum_response * columns - 1e-9)))
    silent = rows * columns - round(response * rows * columns)
    if silent > rows * (columns - least):
        problem = f"a response of {response:g} leaves units below the minimum response of {respondents.minimum_response:g}."
        raise WorkbenchError(Fault(problem=problem, allowed=f"at least {least / columns:g}", fix="raise the response."))
    generator = stream(seed, "response")
    will = generator.standard_normal((rows, columns)) + 0.5 * generator.standard_normal((rows, 1))
    place = will.argsort(axis=1).argsort(axis=1)
    reluctance = np.where(place < columns - least, -will, -np.inf).ravel()
    answered = np.ones(rows * columns, dtype=bool)
    answered[np.argsort(-reluctance, kind="stable")[:silent]] = False
    return answered


def _asked(who: _Who, answered: Mask) -> Callable[[Indicator], Mask]:
    kinds = np.array(who.agency_ids)[who.agencies[answered]]

    def asked(item: Indicator) -> Mask:
        types = item.question.asked_of if item.question is not None else ()
        return np.isin(kinds, types) if types else np.ones(len(kinds), dtype=bool)

    return asked


def _mean_index(framework: Framework, values: pd.DataFrame) -> float:
    """Mean of the index over the units; NaN where the framework cannot score them."""
    try:
        return float(score(framework, values).index.mean())
    except WorkbenchError:
        return float("nan")


def _calibrated(index: Callable[[float], float], mean: float) -> float:
    """The shift of all latent answers whose mean index is nearest to *mean*; 0 where the index cannot be had.

    Secant steps, kept inside a bracket that is halved whenever they leave it.
    """
    low, high, at = -REACH, REACH, 0.0
    tried: list[tuple[float, float]] = []
    for step in range(STEPS):
        found = index(at)
        tried.append((at, found))
        if not abs(found - mean) > CLOSE:
            break
        low, high = (at, high) if found < mean else (low, at)
        ahead = at + (mean - found) / _slope(tried)
        at = ahead if low < ahead < high and step % 4 < 3 else (low + high) / 2  # noqa: PLR2004  (every fourth step halves)
    return min(tried, key=lambda pair: abs(pair[1] - mean))[0]


def _slope(tried: list[tuple[float, float]]) -> float:
    """Points of the index per unit of shift, from the last two that were tried."""
    if len(tried) < 2:  # noqa: PLR2004  (two points make a line)
        return SLOPE
    (before, there), (at, here) = tried[-2:]
    return max((here - there) / (at - before), SLOPE / 100)


def _survey(framework: Framework, who: _Who, answered: Mask, answers: dict[str, NDArray[Any]]) -> pd.DataFrame:
    """The table: everyone invited, and the answers of those who answered."""
    respondents = framework.respondents
    columns: dict[str, Any] = {framework.unit.column: np.array(who.unit_ids)[who.units]}
    columns |= _named("unit_name", who.unit_names, who.units)
    columns[respondents.column if respondents else "agency"] = np.array(who.agency_ids)[who.agencies]
    columns |= _named("agency_name", who.agency_names, who.agencies)
    columns["status"] = np.where(answered, "answered", "no_answer")
    columns["data_status"] = SYNTHETIC
    for name, values in answers.items():
        columns[name] = _spread(values, answered)
    return pd.DataFrame(columns)


def _named(column: str, names: list[Text | None], places: NDArray[np.int64]) -> dict[str, Any]:
    """A column of names in both languages; none where no name is known."""
    if not any(names):
        return {}
    return {column: np.array([str(name) if name else None for name in names], dtype=object)[places]}


def _spread(values: NDArray[Any], answered: Mask) -> pd.Series:
    """One column for everyone invited: text, whole numbers or numbers, missing where there is no answer."""
    if values.dtype == object:
        full = np.full(len(answered), None, dtype=object)
        full[answered] = values
        return pd.Series(full, dtype="str")
    numbers = np.full(len(answered), np.nan)
    numbers[answered] = values
    whole = bool(np.all((numbers % 1 == 0) | np.isnan(numbers)))
    return pd.Series(numbers).astype("Int64") if whole else pd.Series(numbers)


def _table(framework: Framework, ids: list[str], names: list[Text | None], seed: int, mean: float) -> pd.DataFrame:
    """A table of indicator values, one row per unit."""

    def values(shift: float) -> pd.DataFrame:
        return table_values(framework, seed, len(ids), shift).set_axis(pd.Index(ids))

    shift = _calibrated(lambda at: _mean_index(framework, values(at)), mean)
    made = values(shift).rename(
        columns=dict(zip((item.id for item in framework.indicators), framework.table_columns, strict=True))
    )
    columns: dict[str, Any] = {framework.unit.column: ids}
    for language, column in (framework.unit.names or {}).items():
        columns[column] = [name.get(language) if name else unit for name, unit in zip(names, ids, strict=True)]
    columns["data_status"] = SYNTHETIC
    return pd.DataFrame(columns | {name: made[name].to_numpy() for name in made.columns})


def _answer_sheet(frame: pd.DataFrame) -> Sheet:
    widths = {"unit_name": 34, "agency_name": 48, "data_status": 28, "status": 11}
    fixed = list(frame.columns).index("data_status") + 1
    return Sheet(name="answers", frame=frame, frozen=min(fixed, 3), widths=widths)


def _question_sheet(framework: Framework) -> Sheet:
    widths = {
        "th": 50,
        "en": 50,
        "allowed": 44,
        "options": 60,
        "type": 13,
        "asked_of": 12,
        "unit": 24,
        "used_by": 18,
        "column": 22,
    }
    return Sheet(name="questions", frame=code_book(framework), frozen=1, widths=widths, wrap=True)


def _about(frame: pd.DataFrame, framework: Framework, seed: int) -> Sheet:
    """What the file is, in both languages, and how to make it again."""
    from workbench.text import Texts  # noqa: PLC0415  (read only when a workbook is written)

    texts = Texts.default()
    units, rows = frame[framework.unit.column].nunique(), len(frame)
    survey = "status" in frame.columns
    facts = {
        "title": framework.title,
        "id": framework.id,
        "edition": framework.edition,
        "fingerprint": framework.fingerprint,
        "unit": framework.unit.plural,
        "units": units,
        "rows": rows,
        "answered": int((frame["status"] == "answered").sum()) if survey else rows,
        "seed": seed,
        "command": f"workbench sample --framework {_source(framework)} --units {units}"
        + (f" --agencies {rows // units}" if survey else "")
        + f" --seed {seed} --out FILE.xlsx",
    }
    entries = [(texts(f"sample.{key}.label"), texts(f"sample.{key}.content", **facts)) for key in ABOUT]
    item, content = texts("sample.header.item"), texts("sample.header.content")
    header = [item.th, item.en, content.th, content.en]
    table = pd.DataFrame([(name.th, name.en, words.th, words.en) for name, words in entries], columns=header)
    return Sheet(name="about", frame=table, widths=dict(zip(header, (26, 30, 70, 70), strict=True)), wrap=True)


def _source(framework: Framework) -> str:
    """The edition's folder or file; by its name only outside the project: files are passed on, and folders tell about people."""
    main = Path(framework.sources[0]) if framework.sources else Path(framework.id)
    path = main.parent if main.name == "framework.yaml" else main
    return path.name if path.is_absolute() else path.as_posix()
