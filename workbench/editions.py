"""Several editions together: what changed, how sure that is, and where a comparison does not hold.

Two editions can be compared when both were scored with one framework; whatever differs between the
frameworks is named in words. The error of a change takes the two surveys as independent samples; its interval is by
Student's t, for units have few respondents.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import Fault, WorkbenchError
from workbench.means import RELATIVE as COMPARING
from workbench.methods import REGISTERED
from workbench.reading import parts_of_gap
from workbench.sampling import half_width
from workbench.score_errors import degrees
from workbench.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.framework_model import Indicator
    from workbench.scoring import Scores

    Floats = NDArray[np.float64]

__all__ = ["Editions", "compare_editions", "differences", "welch"]

RELATIVE = {"minmax", "zscore", "rank", "distance_to_target", "distance_to_reference", "fraction_of_max", *REGISTERED}
"""Normalisations that measure an edition by its own units."""


@dataclass(frozen=True, kw_only=True)
class Editions:
    """Editions side by side."""

    scores: Mapping[str, Scores]
    index: pd.DataFrame
    """Index by unit and edition; NaN where a unit has no score in an edition."""
    changes: pd.DataFrame
    """One row per unit and pair of consecutive editions: unit, earlier, later, before, after, change, se, low, high (90 %).
    The error is NaN where either edition has none."""
    warnings: tuple[Text, ...]
    """What breaks comparability, pair by pair; none when all were scored with one framework of fixed goalposts."""

    def parts(self, unit: str, earlier: str, later: str) -> pd.Series:
        """What each indicator adds to the change of a unit's index; the parts sum to the change.

        Raises:
            WorkbenchError: the unit lacks a score, or the two editions were scored with different frameworks.
        """
        one, two = self.scores[later], self.scores[earlier]
        if one.framework.fingerprint != two.framework.fingerprint:
            problem = f"{earlier} and {later} were scored with different frameworks, so a change has no parts."
            raise WorkbenchError(Fault(problem=problem, fix="score both with one framework."))
        if not np.allclose(one.tree.weights, two.tree.weights, rtol=1e-9, atol=0.0):
            problem = f"the weights of {earlier} and {later} follow from their own scores, so a change has no parts."
            raise WorkbenchError(Fault(problem=problem, fix="score both with given weights."))
        rows = [scores.table.loc[unit] if unit in scores.table.index else None for scores in (one, two)]
        if any(row is None or pd.isna(row["index"]) for row in rows):
            raise WorkbenchError(Fault(problem=f"unit `{unit}` has no score in {earlier} or {later}."))
        return parts_of_gap(one, rows[0], rows[1])


def compare_editions(scores: Mapping[str, Scores]) -> Editions:
    """Put editions side by side.

    Args:
        scores: By name of the edition, in the order of time.

    Raises:
        WorkbenchError: fewer than two editions.
    """
    names = list(scores)
    if len(names) < 2:  # noqa: PLR2004  (a comparison has two sides)
        raise WorkbenchError(Fault(problem=f"{len(names)} edition is given.", allowed="two or more"))
    index = pd.DataFrame({name: item.index for name, item in scores.items()})
    pairs = list(itertools.pairwise(names))
    changes = pd.concat([_changes(scores, earlier, later) for earlier, later in pairs], ignore_index=True)
    warnings = tuple(
        Text(th=f"{earlier} → {later}: {text.th}", en=f"{earlier} → {later}: {text.en}")
        for earlier, later in pairs
        for text in differences(scores[earlier].framework, scores[later].framework)
    )
    return Editions(scores=dict(scores), index=index, changes=changes, warnings=warnings)


def _changes(scores: Mapping[str, Scores], earlier: str, later: str) -> pd.DataFrame:
    one, two = scores[earlier].table, scores[later].table
    units = sorted(set(one.index) | set(two.index))
    before, after = one["index"].reindex(units), two["index"].reindex(units)
    errors = [table["index_se"].reindex(units) if "index_se" in table else pd.Series(np.nan, index=units) for table in (one, two)]
    freedom = [degrees(scores[name]).reindex(units) for name in (earlier, later)]
    error = np.sqrt(errors[0] ** 2 + errors[1] ** 2)
    change = after - before
    half = half_width(error.to_numpy(), welch(*(part.to_numpy(dtype=float) for part in (*errors, *freedom))))
    table = {"earlier": earlier, "later": later, "before": before, "after": after, "change": change, "se": error}
    return pd.DataFrame(table | {"low": change - half, "high": change + half}).rename_axis("unit").reset_index()


def welch(one: Floats, two: Floats, degrees_one: Floats, degrees_two: Floats) -> Floats:
    """Degrees of freedom of the difference of two independent estimates with errors *one* and *two*.

    Source: Satterthwaite (1946), Biometrics Bulletin 2; Welch (1947), Biometrika 34. Errors of 0 leave any number: 1.
    """
    parts = one**4 / np.fmax(degrees_one, 1.0) + two**4 / np.fmax(degrees_two, 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(parts > 0, (one**2 + two**2) ** 2 / parts, 1.0))


def differences(earlier: Framework, later: Framework) -> Iterator[Text]:
    """What differs between two frameworks and keeps their scores from being compared, in words."""
    old, new = ({item.id: item for item in framework.indicators} for framework in (earlier, later))
    yield from _listed("ตัวชี้วัดที่เพิ่ม", "indicators added", sorted(set(new) - set(old)))
    yield from _listed("ตัวชี้วัดที่ตัดออก", "indicators dropped", sorted(set(old) - set(new)))
    common = [name for name in old if name in new]
    asked = [name for name in common if old[name].question != new[name].question or old[name].direction != new[name].direction]
    yield from _listed("คำถามหรือทิศทางที่เปลี่ยน", "questions or directions changed", asked)
    scaled = [name for name in common if old[name].normalisation != new[name].normalisation]
    yield from _listed("การปรับค่าที่เปลี่ยน", "goalposts or normalisation changed", scaled)
    own = [name for name in common if new[name].normalisation.method in RELATIVE]
    yield from _listed("ปรับค่าตามหน่วยของแต่ละฉบับเอง", "measured by each edition's own units", own)
    there = {"index", *(node.id for node in later.elements)}
    both = [name for name in ("index", *(node.id for node in earlier.elements)) if name in there]
    weighed = [name for name in both if earlier.element(name).weight != later.element(name).weight]
    yield from _listed("น้ำหนักที่เปลี่ยน", "weights changed", weighed)
    groups = [name for name in both if name not in old and name not in new]
    joined = [name for name in groups if earlier.aggregation(name) != later.aggregation(name)]
    yield from _listed("วิธีรวมที่เปลี่ยน", "aggregation changed", joined)
    compared = [name for name in groups if later.aggregation(name) in COMPARING]
    yield from _listed("รวมโดยเทียบหน่วยของแต่ละฉบับกันเอง", "aggregated by comparing each edition's own units", compared)
    divided = [name for name in common if _divided(old[name]) != _divided(new[name])]
    yield from _listed("ตัวหารหรือการปรับค่าผิดปกติที่เปลี่ยน", "denominators or treatment changed", divided)
    yield from _rules(earlier, later)


def _divided(item: Indicator) -> tuple[object, ...]:
    return item.denominator, item.denominator_factor, item.treatment


def _rules(earlier: Framework, later: Framework) -> Iterator[Text]:
    """What differs for the whole index."""
    if earlier.definition.preparation != later.definition.preparation:
        yield Text(th="การเตรียมข้อมูลเปลี่ยน", en="preparation changed")
    one, two = earlier.method, later.method
    if one.minimum_coverage != two.minimum_coverage:
        yield Text(th="ความครอบคลุมขั้นต่ำเปลี่ยน", en="minimum coverage changed")
    if one.geometric_floor != two.geometric_floor:
        yield Text(th="ค่าพื้นของค่าเฉลี่ยเรขาคณิตเปลี่ยน", en="floor of geometric means changed")
    if one.weights != two.weights:
        yield Text(th="กฎการให้น้ำหนักเปลี่ยน", en="rule of weights changed")
    elif two.weights not in {"given", "equal", "equal_indicators"}:
        yield Text(
            th=f"น้ำหนักคำนวณจากคะแนนของแต่ละฉบับเอง: {two.weights}", en=f"weights from each edition's own scores: {two.weights}"
        )


def _listed(thai: str, english: str, names: list[str]) -> Iterator[Text]:
    if names:
        listed = ", ".join(names)
        yield Text(th=f"{thai}: {listed}", en=f"{english}: {listed}")
