"""Theory against data: does the framework's own structure, each indicator in its pillar, fit the answers?

A confirmatory model: every indicator loads on its pillar alone, pillars correlate freely. It is fitted by
maximum likelihood with semopy, which is loaded late. Beside the usual indices stand SRMR and the modification
indices of what the model forbids: by how much chi-square would fall if an indicator also loaded on another
pillar, or if two indicators shared something of their own. These are hints to discuss, never changes by themselves.

Refuses fewer than two pillars of two usable indicators. Fit cut-offs: Hu and Bentler, Structural Equation
Modeling 6 (1999) 1-55. Modification indices: Sorbom, Psychometrika 54 (1989) 371-384, with expected information.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.factors.correlation import Correlation, Kind, correlate, usable
from workbench.factors.fit import rmsea_interval, srmr
from workbench.factors.words import listed
from workbench.refusals import Refused
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from numpy.typing import NDArray

    from workbench.factors.correlation import Array

__all__ = ["Confirmation", "confirm"]

FEWEST = 2
ALIKE = 0.95
"""Correlation of two pillars from which they measure the same."""
NOTHING = 1e-12


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """The framework's structure fitted to the answers."""

    n: int
    chi_square: float
    degrees: int
    p_value: float
    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    srmr: float
    loadings: pd.DataFrame = field(repr=False)
    """Index indicator; columns `pillar`, `loading` (standardised), `error` (its standard error)."""
    pillar_correlations: pd.DataFrame = field(repr=False)
    crossings: pd.DataFrame = field(repr=False)
    """Modification indices of loadings on other pillars: `indicator`, `pillar`, `chi_square`, `change` (expected
    standardised loading); the largest first."""
    pairs: pd.DataFrame = field(repr=False)
    """Those of pairs of indicators: `one`, `other`, `chi_square`, `change` (expected residual correlation)."""
    notices: tuple[Text, ...]
    kind: Kind

    @property
    def reading(self) -> str:
        """`good`, `acceptable` or `poor`, by CFI, RMSEA and SRMR together."""
        if self.cfi >= 0.95 and self.rmsea <= 0.06 and self.srmr <= 0.08:  # noqa: PLR2004  (Hu and Bentler)
            return "good"
        return "acceptable" if self.cfi >= 0.90 and self.rmsea <= 0.08 and self.srmr <= 0.10 else "poor"  # noqa: PLR2004


def confirm(
    values: pd.DataFrame,
    *,
    groups: Mapping[str, list[str]],
    correlation: Kind = "pearson",
    labels: Mapping[str, Text] | None = None,
) -> Confirmation:
    """Fit the framework's structure.

    Args:
        values: Shape (respondents, indicators); NaN is not answered.
        groups: The indicators of each pillar.
        correlation: Type of the correlations that are fitted, as in `analyse`.
        labels: Names for the notices; the ids where absent.

    Raises:
        Refused: fewer than two pillars have two usable indicators, there are too few respondents, or no solution is found.
    """
    texts = Texts.default()
    kept, _ = usable(values)
    present = {pillar: [name for name in names if name in kept] for pillar, names in groups.items()}
    present = {pillar: names for pillar, names in present.items() if len(names) >= FEWEST}
    if len(present) < FEWEST:
        raise Refused(texts("factors.confirm.refused.pillars", n=len(present)))
    kept = kept[[name for names in present.values() for name in names]]
    kept = kept.loc[kept.notna().any(axis=1)]
    found = correlate(kept, correlation)
    if found.typical_pairs <= len(found.indicators):
        raise Refused(texts("factors.refused.observations", n=found.typical_pairs, indicators=len(found.indicators)))
    with threadpool_limits(limits=1):  # small matrices: threads would wait for each other
        return _confirmed(found, present, tuple(groups), labels or {})


class _Fitted(Protocol):
    """What is used of semopy's model."""

    def inspect(self, *, std_est: bool) -> pd.DataFrame: ...


@dataclass(frozen=True)
class _Solution:
    """What semopy found, standardised."""

    loadings: Array
    """Shape (indicators, pillars); 0 where the structure has none."""
    errors: Array
    correlations: Array
    chi_square: float
    degrees: int
    p_value: float
    cfi: float
    tli: float

    @property
    def proper(self) -> bool:
        """Whether this is a model at all: a negative variance has no correlations, and its numbers mean nothing."""
        numbers = [self.chi_square, self.cfi, self.tli, *self.loadings.ravel(), *self.correlations.ravel()]
        return bool(np.isfinite(numbers).all()) and bool(np.linalg.eigvalsh(self.implied)[0] > 0)

    @property
    def implied(self) -> Array:
        """Correlations of the indicators under the model."""
        common = self.loadings @ self.correlations @ self.loadings.T
        np.fill_diagonal(common, 1.0)
        return common


def _confirmed(
    found: Correlation, present: Mapping[str, list[str]], pillars: tuple[str, ...], labels: Mapping[str, Text]
) -> Confirmation:
    home = np.repeat(np.arange(len(present)), [len(names) for names in present.values()])
    solution = _fitted(found, home)
    implied = solution.implied
    # lavaan's convention: this model's RMSEA is per respondent, not per respondent less one.
    low, high = rmsea_interval(solution.chi_square, solution.degrees, found.typical_pairs + 1)
    crossings, pairs = _hints(found, solution, list(present))
    index = pd.Index(found.indicators, name="indicator", dtype=object)
    own = np.arange(len(home)), home
    names = list(present)
    return Confirmation(
        n=found.typical_pairs,
        chi_square=solution.chi_square,
        degrees=solution.degrees,
        p_value=solution.p_value,
        cfi=solution.cfi,
        tli=solution.tli,
        rmsea=float(np.sqrt(max(solution.chi_square / solution.degrees - 1, 0.0) / found.typical_pairs)),
        rmsea_low=low,
        rmsea_high=high,
        srmr=srmr(found.matrix, implied),
        loadings=pd.DataFrame(
            {"pillar": [names[place] for place in home], "loading": solution.loadings[own], "error": solution.errors[own]},
            index=index,
        ),
        pillar_correlations=pd.DataFrame(solution.correlations, index=names, columns=names),
        crossings=crossings,
        pairs=pairs,
        notices=tuple(_notices(solution, names, [name for name in pillars if name not in present], labels)),
        kind=found.kind,
    )


def _fitted(found: Correlation, home: NDArray[np.int64]) -> _Solution:
    """The model by semopy, under names that need no quoting."""
    import semopy  # noqa: PLC0415  (slow to load, needed by one page)

    names = [f"x{place}" for place in range(len(home))]
    pillars = range(int(home.max()) + 1)
    lines = [f"f{pillar} =~ " + " + ".join(names[place] for place in np.flatnonzero(home == pillar)) for pillar in pillars]
    # An attempt at every start: where the first search does not settle, a general minimiser does.
    for solver in ("SLSQP", "L-BFGS-B"):
        model = semopy.Model("\n".join(lines))
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                result = model.fit(
                    cov=pd.DataFrame(found.matrix, index=names, columns=names), n_samples=found.typical_pairs, solver=solver
                )
                solution = _read(semopy, model, names, len(pillars), home)
                if result.success and solution.proper:
                    return solution
            except (np.linalg.LinAlgError, ValueError):
                continue
    raise Refused(Texts.default()("factors.confirm.refused.unsolved"))


def _read(semopy: ModuleType, model: _Fitted, names: list[str], size: int, home: NDArray[np.int64]) -> _Solution:
    """Semopy's tables as arrays."""
    stats = semopy.calc_stats(model).iloc[0]
    table = model.inspect(std_est=True)
    loadings, errors, correlations = np.zeros((len(names), size)), np.zeros((len(names), size)), np.eye(size)
    rows = table[table["op"] == "~"].set_index("lval")
    for place, name in enumerate(names):
        row = rows.loc[name]
        scale = float(row["Est. Std"]) / float(row["Estimate"])
        loadings[place, home[place]] = row["Est. Std"]
        errors[place, home[place]] = float("nan") if row["Std. Err"] == "-" else float(row["Std. Err"]) * abs(scale)
    for row in table[(table["op"] == "~~") & table["lval"].str.startswith("f")].itertuples():
        one, other = int(row.lval[1:]), int(row.rval[1:])
        if one != other:
            correlations[one, other] = correlations[other, one] = row[5]
    _turned(loadings, correlations)
    numbers = (float(stats[name]) for name in ("chi2", "DoF", "chi2 p-value", "CFI", "TLI"))
    chi_square, degrees, p_value, cfi, tli = numbers
    # The index ends at 1 by definition; a model that fits better than expected is not better than perfect.
    return _Solution(loadings, errors, correlations, chi_square, int(degrees), p_value, min(cfi, 1.0), tli)


def _turned(loadings: Array, correlations: Array) -> None:
    """Pillars point to where most of their indicators are high; in place."""
    signs = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    loadings *= signs
    correlations *= np.outer(signs, signs)


def _hints(found: Correlation, solution: _Solution, pillars: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Modification indices of all loadings on other pillars and of all pairs of residuals."""
    loadings, correlations = solution.loadings, solution.correlations
    size, count = loadings.shape
    structure = loadings @ correlations
    free, crossing = np.argwhere(loadings != 0), np.argwhere(loadings == 0)
    one, other = np.triu_indices(size, 1)
    between = np.transpose(np.triu_indices(count, 1))
    unit = np.eye(size)
    slopes = _loading_slopes(unit, structure, free)
    slopes += [np.outer(loadings[:, a], loadings[:, b]) for a, b in between]
    slopes += [np.outer(unit[place], unit[place]) / 2 for place in range(size)]
    known = len(slopes)
    slopes += _loading_slopes(unit, structure, crossing)
    slopes += [np.outer(unit[a], unit[b]) for a, b in zip(one, other, strict=True)]
    stacked = np.stack([slope + slope.T for slope in slopes])
    index, change = _modification(stacked, known, found.matrix, solution.implied, found.typical_pairs)
    names = np.array(found.indicators, dtype=object)
    cut = len(crossing)
    crossings = pd.DataFrame(
        {
            "indicator": names[crossing[:, 0]],
            "pillar": np.array(pillars, dtype=object)[crossing[:, 1]],
            "chi_square": index[:cut],
            "change": change[:cut],
        }
    )
    pairs = pd.DataFrame({"one": names[one], "other": names[other], "chi_square": index[cut:], "change": change[cut:]})
    return (frame.sort_values("chi_square", ascending=False, kind="stable", ignore_index=True) for frame in (crossings, pairs))  # type: ignore[return-value]


def _loading_slopes(unit: Array, structure: Array, places: NDArray[np.int64]) -> list[Array]:
    """Half the change of the implied correlations per unit of each loading."""
    return [np.outer(unit[indicator], structure[:, pillar]) for indicator, pillar in places]


def _modification(slopes: Array, known: int, matrix: Array, implied: Array, n: int) -> tuple[Array, Array]:
    """Expected fall of chi-square, and expected value, of each slope after the first *known*, which the model frees."""
    inverse = np.linalg.inv(implied)
    misfit = inverse @ (matrix - implied) @ inverse
    flat = slopes.reshape(len(slopes), -1)
    weighted = (inverse @ slopes @ inverse).reshape(len(slopes), -1)
    gradient = flat[known:] @ misfit.ravel() * n / 2
    own = (weighted[:known] @ flat[:known].T) * n / 2
    shared = (weighted[known:] @ flat[:known].T) * n / 2
    alone = np.einsum("ij,ij->i", weighted[known:], flat[known:]) * n / 2
    left = alone - np.einsum("ij,ij->i", shared @ np.linalg.pinv(own), shared)
    usable_slopes = left > NOTHING * np.maximum(alone, 1.0)
    safe = np.where(usable_slopes, left, 1.0)
    return np.where(usable_slopes, np.square(gradient) / safe, 0.0), np.where(usable_slopes, gradient / safe, 0.0)


def _notices(solution: _Solution, pillars: list[str], absent: list[str], labels: Mapping[str, Text]) -> Iterator[Text]:
    texts = Texts.default()
    if absent:
        yield texts("factors.confirm.notice.absent", names=listed(absent, labels))
    rows, columns = np.triu_indices(len(pillars), 1)
    for one, other in zip(rows, columns, strict=True):
        value = float(solution.correlations[one, other])
        if abs(value) >= ALIKE:
            pair = [listed([pillars[place]], labels) for place in (one, other)]
            yield texts("factors.confirm.notice.alike", one=pair[0], other=pair[1], value=value)
    if (np.abs(solution.loadings) > 1).any():
        yield texts("factors.confirm.notice.heywood")
