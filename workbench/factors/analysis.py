"""One factor analysis: which indicators go together, and do they go with their pillar?

The rule for the number of factors: as many leading eigenvalues of the correlation matrix as lie above the
95th percentile of the same eigenvalues in permuted data; none is a possible answer. Simulation, MAP and
eigenvalues above 1 stand beside it. Whatever limits the result is in `notices`, in both languages.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 4; Hayton, Allen and
Scarpello, Organizational Research Methods 7 (2004) 191-205, for parallel analysis as the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.errors import FaultList, one_of, suggestion
from workbench.factors import extraction as extractors
from workbench.factors import number, rotation
from workbench.factors.adequacy import Bartlett, bartlett, kmo
from workbench.factors.consistency import alpha_interval, omega, split_half
from workbench.factors.correlation import Correlation, Kind, Reason, correlate, repaired, usable
from workbench.factors.fit import Fit, fit
from workbench.factors.reliability import Alpha, alpha
from workbench.factors.words import Found, notices_of
from workbench.refusals import Refused
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["REPETITIONS", "FactorAnalysis", "Method", "Rotation", "analyse"]

Method = Literal["minres", "principal_axis", "ml"]
Rotation = Literal["varimax", "promax", "oblimin", "none"]

REPETITIONS = 200
"""The 95th percentile of 200 random eigenvalues is steady to about 0.01."""
SCALE = ["items", "raw", "low", "high", "standardised", "mean_correlation", "omega", "split_low", "split_high"]
FEWEST_INDICATORS = 3
"""Two indicators have one correlation, which says nothing of factors."""


@dataclass(frozen=True, kw_only=True)
class FactorAnalysis:
    """A factor analysis and all that a reader needs to judge it. Frames hold no NaN."""

    n: int
    """Respondents (or units) with at least one usable answer."""
    correlation: Correlation = field(repr=False)
    kmo: float
    """Overall sampling adequacy, 0 to 1."""
    kmo_items: pd.Series = field(repr=False)
    """Sampling adequacy by indicator."""
    bartlett: Bartlett
    eigenvalues: pd.DataFrame = field(repr=False)
    """Index number, from 1; columns `observed`, `permutation`, `normal` (both 95th percentiles without structure)."""
    average_partial: pd.Series = field(repr=False)
    """Velicer's MAP by number of components removed, from 0."""
    suggestions: Mapping[str, int]
    """Number of factors by `permutation`, `normal`, `map` and `kaiser` (eigenvalues above 1)."""
    n_factors: int
    """As the rule says; 0 when nothing stands out from chance."""
    loadings: pd.DataFrame = field(repr=False)
    """Indicators by factors F1, F2, ...; sorted by the factor each loads on most, then by size."""
    factor_correlations: pd.DataFrame = field(repr=False)
    communalities: pd.Series = field(repr=False)
    """Share of each indicator's variance that the factors explain, in the order of the data."""
    explained: pd.DataFrame = field(repr=False)
    """Index factor; columns `variance` (in indicators' worth), `share`, `cumulative` (of all variance, 0 to 1)."""
    homes: pd.DataFrame = field(repr=False)
    """Index indicator; columns `pillar`, `factor`, `loading`, `factor_pillar`, `at_home`; without factors empty text and 0."""
    alpha: pd.DataFrame = field(repr=False)
    """Index pillar; columns `items`, `raw`, `low`, `high` (Feldt's 95 % interval), `standardised`, `mean_correlation`,
    `omega`, `split_low`, `split_high` (worst and best halves; 0 for omega of two indicators, which have none)."""
    alpha_items: pd.DataFrame = field(repr=False)
    """Index indicator, of pillars with three and more; columns `pillar`, `item_rest`, `raw_without`, `standardised_without`."""
    fit: Fit | None
    """How well the factors reproduce the correlations; None without factors."""
    rotated: rotation.Rotated = field(repr=False)
    """Loadings in the order of the data, for scores."""
    components: pd.DataFrame = field(repr=False)
    """Loadings on as many principal components, rotated alike, in the order of the data; beside the factors."""
    heywood: tuple[str, ...]
    """Indicators whose communality reached 1."""
    left_out: Mapping[str, Reason]
    notices: tuple[Text, ...]
    kind: Kind
    """Type of the correlations that were factored."""
    method: Method
    rotation: Rotation
    seed: int
    repetitions: int


def analyse(
    values: pd.DataFrame,
    *,
    groups: Mapping[str, list[str]],
    seed: int,
    repetitions: int = REPETITIONS,
    method: Method = "minres",
    rotate: Rotation = "varimax",
    correlation: Kind = "pearson",
    labels: Mapping[str, Text] | None = None,
) -> FactorAnalysis:
    """Factor analyse indicators.

    Args:
        values: Shape (respondents, indicators), higher is better; NaN is not answered.
        groups: The indicators of each pillar, every column of *values* in one of them.
        seed: Key of the random stream of the parallel analysis.
        repetitions: Random data sets of each kind in the parallel analysis.
        method: Extraction.
        rotate: Rotation.
        correlation: `pearson`; `polychoric` for answers in steps; `fitting` takes polychoric ones where any indicator has
            steps. The number of factors always compares Pearson's correlations with Pearson's of random data.
        labels: Names of indicators for the notices; the ids where absent.

    Returns:
        The analysis. Indicators that cannot be analysed are in `left_out` and named in `notices`.

    Raises:
        WorkbenchError: *groups* and *values* do not fit.
        Refused: fewer than three indicators can be analysed, or there are no more respondents than indicators.
    """
    home = _pillars(values, groups)
    kept, left_out = usable(values)
    plain = _correlated(kept)
    factored = correlate(kept, correlation)
    numbers = _numbers(kept, plain, seed, repetitions)
    wanted = numbers.suggestions["permutation"]
    extraction = _extracted(factored, wanted, method)
    reliability = _reliability(kept, groups)
    adequacy = kmo(factored.matrix)
    found = Found(factored, left_out, wanted, extraction, reliability.items, reliability.single)
    return FactorAnalysis(
        n=factored.n,
        correlation=factored,
        kmo=adequacy.overall,
        kmo_items=pd.Series(adequacy.items, index=_index(factored), name="kmo"),
        bartlett=bartlett(factored.matrix, factored.typical_pairs),
        eigenvalues=numbers.eigenvalues,
        average_partial=numbers.average_partial,
        suggestions=numbers.suggestions,
        **_solution(extraction, rotate, factored, home),
        alpha=reliability.pillars,
        alpha_items=reliability.items,
        left_out=left_out,
        notices=notices_of(found, labels or {}),
        method=method,
        rotation=rotate,
        seed=seed,
        repetitions=repetitions,
    )


@dataclass(frozen=True)
class _Numbers:
    eigenvalues: pd.DataFrame
    average_partial: pd.Series
    suggestions: dict[str, int]


@dataclass(frozen=True)
class _Reliability:
    pillars: pd.DataFrame
    items: pd.DataFrame
    single: tuple[str, ...]
    """Pillars with fewer than two usable indicators."""


def _pillars(values: pd.DataFrame, groups: Mapping[str, list[str]]) -> dict[str, str]:
    """The pillar of each indicator."""
    home = {indicator: pillar for pillar, indicators in groups.items() for indicator in indicators}
    faults = FaultList()
    columns = [str(column) for column in values]
    for name in (name for name in columns if name not in home):
        fix = suggestion(name, home) or "name it in `groups`."
        faults.add(f"indicator `{name}` is in no pillar.", allowed=one_of(home), fix=fix)
    for name in (name for name in home if name not in columns):
        faults.add(f"pillar `{home[name]}` names `{name}`, which the data lack.", fix=suggestion(name, columns))
    faults.stop_if_any()
    return home


def _correlated(kept: pd.DataFrame) -> Correlation:
    """Correlations, unless there is too little to correlate."""
    texts = Texts.default()
    if kept.shape[1] < FEWEST_INDICATORS:
        raise Refused(texts("factors.refused.indicators", n=kept.shape[1], fewest=FEWEST_INDICATORS))
    correlation = correlate(kept)
    if correlation.typical_pairs <= len(correlation.indicators):
        raise Refused(texts("factors.refused.observations", n=correlation.typical_pairs, indicators=len(correlation.indicators)))
    return correlation


def _numbers(kept: pd.DataFrame, correlation: Correlation, seed: int, repetitions: int) -> _Numbers:
    """Eigenvalues beside those without structure, and what each rule makes of them."""
    observed = number.eigenvalues(correlation.matrix)
    references = {
        null: np.quantile(number.random_eigenvalues(kept, null, repetitions=repetitions, seed=seed), number.QUANTILE, axis=0)
        for null in number.NULLS
    }
    index = pd.RangeIndex(1, len(observed) + 1, name="number")
    average = number.minimum_average_partial(correlation.matrix)
    suggestions = {null: number.exceeding(observed, reference) for null, reference in references.items()}
    return _Numbers(
        pd.DataFrame({"observed": observed} | references, index=index),
        pd.Series(average, index=pd.RangeIndex(len(average), name="removed"), name="average_partial"),
        suggestions | {"map": int(average.argmin()), "kaiser": int((observed > 1).sum())},
    )


def _extracted(correlation: Correlation, wanted: int, method: Method) -> extractors.Extraction:
    size = min(wanted, extractors.largest_number(len(correlation.indicators)))
    with threadpool_limits(limits=1):  # small matrices: threads would wait for each other
        return extractors.extracted(correlation.matrix, size, method)


def _solution(
    extraction: extractors.Extraction,
    rotate: Rotation,
    correlation: Correlation,
    home: Mapping[str, str],
) -> dict[str, Any]:
    """Everything about the rotated factors; frames without columns or rows when there are none."""
    size = extraction.loadings.shape[1]
    turned = rotation.rotated(extraction.loadings, rotate)
    factors = pd.Index([f"F{place}" for place in range(1, size + 1)], name="factor", dtype=object)
    loadings = pd.DataFrame(turned.loadings, index=_index(correlation), columns=factors)
    variance = rotation.explained(turned)
    share = variance / len(correlation.indicators)
    communalities = np.square(extraction.loadings).sum(axis=1)
    return {
        "n_factors": size,
        "heywood": tuple(correlation.indicators[place] for place in extraction.heywood),
        "kind": correlation.kind,
        "loadings": _sorted(loadings),
        "factor_correlations": pd.DataFrame(turned.correlations, index=factors, columns=factors),
        "communalities": pd.Series(communalities, index=loadings.index, name="communality"),
        "explained": pd.DataFrame({"variance": variance, "share": share, "cumulative": share.cumsum()}, index=factors),
        "homes": _homes(loadings, home),
        "fit": _fit(extraction, correlation) if size else None,
        "rotated": turned,
        "components": _components(correlation, size, rotate, factors),
    }


def _fit(extraction: extractors.Extraction, correlation: Correlation) -> Fit:
    implied = extraction.loadings @ extraction.loadings.T
    np.fill_diagonal(implied, 1.0)
    # Where the factors explain more than there is, no model is implied that could be tested; the nearest one is.
    implied = repaired(implied)[0]
    return fit(correlation.matrix, implied, factors=extraction.loadings.shape[1], n=correlation.typical_pairs)


def _components(correlation: Correlation, size: int, rotate: Rotation, names: pd.Index) -> pd.DataFrame:
    """Principal components: all the variance of the indicators, not only what they share."""
    values, vectors = np.linalg.eigh(correlation.matrix)
    leading = (vectors * np.sqrt(np.maximum(values, 0.0)))[:, ::-1][:, :size]
    return pd.DataFrame(rotation.rotated(leading, rotate).loadings, index=_index(correlation), columns=names)


def _sorted(loadings: pd.DataFrame) -> pd.DataFrame:
    """Indicators by the factor they load on most, the strongest first."""
    if not loadings.shape[1]:
        return loadings
    size = loadings.abs().to_numpy()
    return loadings.iloc[np.lexsort([-size.max(axis=1), size.argmax(axis=1)])]


def _homes(loadings: pd.DataFrame, home: Mapping[str, str]) -> pd.DataFrame:
    """Where each indicator loads most, and whether the other indicators of its pillar load there too.

    A factor belongs to the pillar whose indicators load on it most on average (mean square).
    """
    pillar = pd.Series({name: home[name] for name in loadings.index}, dtype=object)
    if not loadings.shape[1]:
        return pd.DataFrame({"pillar": pillar, "factor": "", "loading": 0.0, "factor_pillar": "", "at_home": False})
    owner = loadings.pow(2).groupby(pillar, sort=False).mean().idxmax()
    factor = loadings.abs().idxmax(axis=1)
    loading = loadings.to_numpy()[np.arange(len(loadings)), loadings.columns.get_indexer(factor)]
    of_factor = factor.map(owner)
    return pd.DataFrame(
        {"pillar": pillar, "factor": factor, "loading": loading, "factor_pillar": of_factor, "at_home": of_factor == pillar},
    )


def _reliability(kept: pd.DataFrame, groups: Mapping[str, list[str]]) -> _Reliability:
    """Alpha of every pillar that has two usable indicators; item by item where it has three."""
    present = {pillar: [name for name in names if name in kept] for pillar, names in groups.items()}
    alphas = {pillar: alpha(kept[names]) for pillar, names in present.items() if len(names) > 1}
    rows = [_scale(kept[present[pillar]], one) for pillar, one in alphas.items()]
    pillars = pd.DataFrame(rows, index=pd.Index(list(alphas), name="pillar", dtype=object), columns=SCALE)
    parts = [one.items.assign(pillar=pillar) for pillar, one in alphas.items() if len(one.items) >= FEWEST_INDICATORS]
    columns = ["pillar", "item_rest", "raw_without", "standardised_without"]
    items = pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)
    return _Reliability(pillars, items, tuple(pillar for pillar in groups if pillar not in alphas))


def _scale(values: pd.DataFrame, one: Alpha) -> tuple[float, ...]:
    """The reliability of one pillar, in the order of `SCALE`."""
    matrix = correlate(values).matrix
    low, high = alpha_interval(one.raw, indicators=len(one.items), n=len(values))
    total = omega(matrix).total if len(one.items) >= FEWEST_INDICATORS else 0.0
    halves = split_half(matrix)
    return len(one.items), one.raw, low, high, one.standardised, one.mean_correlation, total, halves.lowest, halves.highest


def _index(correlation: Correlation) -> pd.Index:
    return pd.Index(correlation.indicators, name="indicator", dtype=object)
