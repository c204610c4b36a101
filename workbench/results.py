"""Results for others: csv, parquet, and one workbook with every step from the framework to the ranks.

Headers of the workbook are in Thai and English; numbers are numbers and text never runs as a formula. The files appear
all together or not at all, and the same scores give the same bytes. It computes nothing that `scoring` did not.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pandas as pd

from workbench.disclosure import withheld_cells
from workbench.errors import FaultList, one_of, suggestion
from workbench.export import output_folder, whole_file, write_csv
from workbench.framework_model import Group
from workbench.methods_text import methods_paragraph
from workbench.shares import element_shares, nominal_weights
from workbench.sheets import Sheet, write_workbook
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workbench.framework import Framework
    from workbench.framework_model import Indicator
    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty

__all__ = ["FORMATS", "result_sheets", "write_results"]

FORMATS = {"csv": "scores.csv", "xlsx": "results.xlsx", "parquet": "scores.parquet"}
"""Each format with the file it gives."""
WIDEST = 40
_ABOUT = ("item", "thai", "english")
_NAMED = ("element", "label_th", "label_en", "level", "parent")


def write_results(
    scores: Scores, folder: Path, *, uncertainty: Uncertainty | None = None, formats: Sequence[str] = ("csv", "xlsx", "parquet")
) -> list[Path]:
    """Write the results into *folder*.

    Args:
        scores: From `scoring.score`; scores run from 0 to 100, what is not measured is an empty cell.
        folder: Made where it is not there.
        uncertainty: Adds its sheet to the workbook and its sentence to the methods.
        formats: Of `FORMATS`.

    Returns:
        The files, in the order of *formats*.

    Raises:
        WorkbenchError: a format is unknown, or the folder cannot be written to; then no file has changed.
    """
    faults = FaultList()
    for name in formats:
        if name not in FORMATS:
            faults.add(f"`{name}` is no format of results.", allowed=one_of(FORMATS), fix=suggestion(name, FORMATS))
    faults.stop_if_any()
    paths = [output_folder(folder) / FORMATS[name] for name in dict.fromkeys(formats)]
    with ExitStack() as stack:
        for path in paths:
            _write(scores, uncertainty, path.suffix, stack.enter_context(whole_file(path)))
    return paths


def _write(scores: Scores, uncertainty: Uncertainty | None, suffix: str, path: Path) -> None:
    if suffix == ".csv":
        write_csv(scores.table, path)
    elif suffix == ".parquet":
        scores.table.to_parquet(path)
    else:
        write_workbook(path, result_sheets(scores, uncertainty), str(scores.framework.title))


def result_sheets(scores: Scores, uncertainty: Uncertainty | None = None) -> list[Sheet]:
    """The sheets of the workbook, with headers in both languages; units in rank order."""
    framework = scores.framework
    named = {band.id: str(band.label) for band in framework.bands}
    wide = {_head(name): WIDEST for name in ("label_th", "label_en", "reference")}
    sheets = [
        Sheet(name="about", frame=_about(scores, uncertainty), widths=dict.fromkeys(map(_head, _ABOUT), 60), wrap=True),
        _sheet("scores", scores, _with_bands(scores.table, named)),
        _sheet("ranks", scores, scores.ranks.convert_dtypes()),
        _sheet("bands", scores, scores.bands.replace({"": None, **named})),
        *_prepared(scores),
        _sheet("values", scores, scores.values),
        _sheet("normalised", scores, scores.normalised),
        Sheet(name="weights", frame=_weights(scores), frozen=1, widths=wide),
        Sheet(name="framework", frame=_tree(framework), frozen=1, widths=wide),
    ]
    if scores.withheld is not None:
        sheets.append(_withheld(scores))
    if uncertainty is not None:
        spread = uncertainty.ranks.assign(unranked=uncertainty.unranked.reindex(uncertainty.ranks.index))
        sheets.append(_sheet("uncertainty", scores, spread))
    return sheets


def _prepared(scores: Scores) -> Iterator[Sheet]:
    """What was measured, and every cell that the preparation filled in or treated; nothing where there is none."""
    prepared, names = scores.prepared, scores.names
    if not prepared.raw.equals(prepared.values):
        yield _sheet("raw", scores, prepared.raw.loc[scores.values.index])
    if prepared.imputed is not None:
        filled = prepared.imputed.values.where(prepared.imputed.imputed).stack()  # noqa: PD013  (one row per cell)
        rows = [(unit, str(names[str(unit)]), name, value) for (unit, name), value in filled.dropna().items()]
        yield _listed("imputed", scores, ("unit", "name", "indicator", "label", "imputed"), rows)
    if prepared.treated is not None:
        points = prepared.treated.points
        named = points.assign(name=[str(names[str(unit)]) for unit in points["unit"]])
        touched = named[["unit", "name", "indicator", "raw", "treated", "what"]].itertuples(index=False, name=None)
        columns = ("unit", "name", "indicator", "label", "raw", "treated", "what")
        yield _listed("treated", scores, columns, list(touched))
        record = prepared.treated.indicators
        shown = ["method", "points", "skewness_before", "kurtosis_before", "skewness_after", "kurtosis_after"]
        record.insert(0, "label", [str(scores.framework.label(name)) for name in record.index])
        frame = record[["label", *shown]].reset_index().rename(columns=_head)
        yield Sheet(name="treatment", frame=frame, frozen=1, widths={_head("label"): WIDEST})


def _withheld(scores: Scores) -> Sheet:
    """The cells that are not published: an empty cell of another sheet that stands here was measured."""
    framework, cells = scores.framework, withheld_cells(scores)
    labels = [str(Texts.default()("results.index") if name == "index" else framework.label(name)) for name in cells["element"]]
    rows = [(unit, str(scores.names[unit]), name) for unit, name in zip(cells["unit"], cells["element"], strict=True)]
    columns = [_head(name) for name in ("unit", "name", "indicator", "label")]
    frame = pd.DataFrame([(*row, label) for row, label in zip(rows, labels, strict=True)], columns=columns)
    return Sheet(name="withheld", frame=frame, frozen=1, widths={_head("name"): 26, _head("label"): WIDEST})


def _listed(name: str, scores: Scores, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> Sheet:
    """One row per cell of the table of values, with the name of its indicator."""
    labelled = [(*row[:3], str(scores.framework.label(str(row[2]))), *row[3:]) for row in rows]
    frame = pd.DataFrame(labelled, columns=[_head(column) for column in columns])
    return Sheet(name=name, frame=frame, frozen=1, widths={_head("name"): 26, _head("label"): WIDEST})


def _head(name: str) -> str:
    return str(Texts.default()(f"results.{name}"))


def _with_bands(table: pd.DataFrame, named: dict[str, str]) -> pd.DataFrame:
    return table.assign(band=table["band"].replace({"": None, **named}))


def _sheet(name: str, scores: Scores, frame: pd.DataFrame) -> Sheet:
    """A frame of units under their id and names; columns of elements under id and label."""
    names = [scores.names[str(unit)] for unit in frame.index]
    left = {"unit": [str(unit) for unit in frame.index], "name_th": [n.th for n in names], "name_en": [n.en for n in names]}
    heads = {column: _column_head(scores.framework, str(column)) for column in frame.columns}
    body = frame.reset_index(drop=True).rename(columns=heads)
    whole = pd.concat([pd.DataFrame({_head(key): cells for key, cells in left.items()}), body], axis=1)
    widths = {_head("name_th"): 22, _head("name_en"): 26} | {head: min(len(head) + 2, WIDEST) for head in heads.values()}
    return Sheet(name=name, frame=whole, frozen=3, widths=widths)


def _column_head(framework: Framework, column: str) -> str:
    """The header of a column: what it is called, for an element after its id."""
    elements = {node.id for node in framework.elements}
    return f"{column}: {framework.label(column)}" if column in elements else _head(column)


def _about(scores: Scores, uncertainty: Uncertainty | None) -> pd.DataFrame:
    """One row per fact: what it is, then in Thai and in English."""
    texts = Texts.default()
    rows = [(str(texts(f"results.about.{key}")), text.th, text.en) for key, text in _facts(scores, uncertainty)]
    return pd.DataFrame(rows, columns=[_head(name) for name in _ABOUT])


def _facts(scores: Scores, uncertainty: Uncertainty | None) -> Iterator[tuple[str, Text]]:
    texts, framework = Texts.default(), scores.framework
    yield "framework", framework.title
    yield "id", Text.same(framework.id)
    yield "edition", Text.same(framework.edition)
    yield "fingerprint", Text.same(framework.fingerprint)
    if framework.status is not None:
        yield "status", framework.status
    yield "data", texts(f"results.about.{'synthetic' if scores.synthetic else 'real'}")
    accepted = [amendment for amendment in framework.amendments if amendment.status == "accepted"]
    for item in accepted:
        change = {"parameter": item.parameter, "before": item.expect, "after": item.to}
        yield "amendment", texts("results.about.amended", id=item.id, reason=item.reason, **change)
    if not accepted:
        yield "amendment", texts("results.about.no_amendments")
    yield "methods", methods_paragraph(scores, uncertainty)
    for notice in scores.notices:
        yield "notice", notice


def _depth_first(framework: Framework) -> Iterator[Group | Indicator]:
    """The index, then every element right after its parent."""
    waiting: list[Group | Indicator] = [framework.index]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(node.children) if isinstance(node, Group) else ()


def _weights(scores: Scores) -> pd.DataFrame:
    """Weight in its group and share of the index, of every element."""
    weights, shares = nominal_weights(scores), element_shares(scores)
    rows = [(*_named(scores.framework, node), weights[node.id], shares[node.id]) for node in _depth_first(scores.framework)]
    return pd.DataFrame(rows, columns=[_head(name) for name in (*_NAMED, "weight", "share")])


def _named(framework: Framework, node: Group | Indicator) -> tuple[str | None, ...]:
    return (node.id, node.label.th, node.label.en, framework.level(node.id), framework.parent(node.id) or None)


def _tree(framework: Framework) -> pd.DataFrame:
    """How every element is measured or aggregated."""
    rows = [(*_named(framework, node), *_made(framework, node)) for node in _depth_first(framework)]
    columns = ("measured", "direction", "normalisation", "low", "high", "transform", "aggregation", "reference")
    return pd.DataFrame(rows, columns=[_head(name) for name in (*_NAMED, *columns)])


def _made(framework: Framework, node: Group | Indicator) -> tuple[str | float | None, ...]:
    if isinstance(node, Group):
        return (None, None, None, None, None, None, framework.aggregation(node.id), getattr(node, "reference", None))
    item = node.normalisation
    source = node.question.type if node.question is not None else node.column
    return (source, node.direction, item.method, item.low, item.high, item.transform, None, node.reference)
