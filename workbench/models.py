"""Which conditions go with readiness: regressions of units, and of respondents within units, by statsmodels.

`units_model` is least squares over units with errors that hold when the spread differs (HC3), and says what speaks
against it: how far residuals are from normal, whether their spread follows the conditions, conditions that repeat
each other, units that pull the line. `respondents_model` lets respondents of a unit share something that no
condition explains (a random intercept by restricted likelihood).

Numbers are standardised, so a coefficient is points of the index per standard deviation; groups are compared with their
most frequent member. What goes together need not be a cause; the page says so. Rows that lack a condition are
left out and counted, never filled in.

Sources: MacKinnon and White, Journal of Econometrics 29 (1985) 305-325, HC3; Breusch and Pagan, Econometrica 47
(1979) 1287-1294; Cook, Technometrics 19 (1977) 15-18; Laird and Ware, Biometrics 38 (1982) 963-974.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.clusters.explain import holm
from workbench.refusals import Refused
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["Model", "Terms", "respondents_model", "terms", "units_model"]

CONFIDENCE = 0.95
FEWEST_EACH = 5
"""Rows for each coefficient below which a regression only describes these rows."""
TIED = 10.0
"""Variance inflation from which a condition can hardly be told from the others."""
SIGNIFICANT = 0.05
CONSTANT = "const"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Conditions as columns of a regression."""

    design: pd.DataFrame = field(repr=False)
    """A column for each number (standardised) and each member of a group but the reference (0 or 1); NaN where not known."""
    labels: dict[str, Text]
    """What each column is called."""
    references: dict[str, Text]
    """The member that others of each group are compared with."""


@dataclass(frozen=True, kw_only=True)
class Model:
    """A regression and what a reader needs to judge it."""

    coefficients: pd.DataFrame = field(repr=False)
    """Index term; columns `estimate`, `error`, `low`, `high`, `p_value`, `p_holm` (corrected for the number of terms); in points
    of the outcome, without the constant."""
    n: int
    left_out: int
    """Rows that lack the outcome or a condition."""
    explained: float
    """R squared of units; share of the variance between units that the conditions explain, of respondents."""
    between: float
    """Share of what is left that lies between units; NaN in a model of units."""
    spread_p: float
    """Breusch-Pagan: small when the spread follows the conditions; NaN in a model of respondents."""
    normal_p: float
    """Jarque-Bera of the residuals."""
    inflation: pd.Series = field(repr=False)
    """Variance inflation of each term."""
    pulling: str
    """The row with the largest Cook's distance when it is above 1, else empty."""
    terms: Terms = field(repr=False)
    notices: tuple[Text, ...]


def terms(outside: pd.DataFrame, labels: dict[str, Text] | None = None) -> Terms:
    """Columns of a regression out of conditions.

    Args:
        outside: One row per unit or respondent; numbers, or names of groups. Columns without differences are dropped.
        labels: Names of the columns; the ids where absent.
    """
    known = labels or {}
    columns: dict[str, pd.Series] = {}
    words: dict[str, Text] = {}
    references: dict[str, Text] = {}
    for name in map(str, outside):
        column, title = outside[name], known.get(name) or Text.same(name)
        if column.nunique() < 2:  # noqa: PLR2004  (no differences)
            continue
        if pd.api.types.is_numeric_dtype(column):
            columns[name] = (column - column.mean()) / column.std(ddof=1)
            words[name] = title
            continue
        members = column.value_counts().sort_index().sort_values(ascending=False, kind="stable").index
        references[name] = known.get(f"{name}={members[0]}") or Text.same(str(members[0]))
        for member in sorted(members[1:]):
            key = f"{name}={member}"
            columns[key] = (column == member).astype(float).where(column.notna())
            words[key] = known.get(key) or Text.same(str(member))
    return Terms(design=pd.DataFrame(columns, index=outside.index), labels=words, references=references)


def units_model(outcome: pd.Series, conditions: Terms) -> Model:
    """Least squares over units with robust errors.

    Args:
        outcome: The index by unit; NaN without a score.
        conditions: From `terms`, indexed by unit.

    Raises:
        Refused: no condition differs, there are too few units for the conditions, or conditions repeat each other.
    """
    # Loaded late: statsmodels takes a second.
    import statsmodels.api as sm  # noqa: PLC0415
    from statsmodels.stats.diagnostic import het_breuschpagan  # noqa: PLC0415
    from statsmodels.stats.stattools import jarque_bera  # noqa: PLC0415

    frame = _complete(outcome, conditions)
    design = sm.add_constant(frame.drop(columns="_outcome"))
    plain = sm.OLS(frame["_outcome"], design).fit()
    fitted = plain.get_robustcov_results("HC3", use_t=True)
    distance = pd.Series(plain.get_influence().cooks_distance[0], index=frame.index)
    found = _inflation(design)
    pulling = str(distance.idxmax()) if distance.max() > 1 else ""
    spread_p = float(het_breuschpagan(plain.resid, design)[1])
    normal_p = float(jarque_bera(plain.resid)[1])
    return Model(
        coefficients=_coefficients(list(design), fitted.params, fitted.bse, fitted.conf_int(1 - CONFIDENCE), fitted.pvalues),
        n=len(frame),
        left_out=len(outcome) - len(frame),
        explained=float(plain.rsquared),
        between=float("nan"),
        spread_p=spread_p,
        normal_p=normal_p,
        inflation=found,
        pulling=pulling,
        terms=conditions,
        notices=tuple(_notices(len(frame), design.shape[1], found, conditions, spread_p, pulling)),
    )


def respondents_model(outcome: pd.Series, units: pd.Series, conditions: Terms) -> Model:
    """A random intercept for every unit, fixed conditions of respondents and units; restricted likelihood.

    Args:
        outcome: A score of every respondent; NaN without one.
        units: The unit of each respondent, with the same index.
        conditions: From `terms`, indexed by respondent.

    Raises:
        Refused: as `units_model`, or fewer than two units have two respondents.
    """
    import statsmodels.api as sm  # noqa: PLC0415  (loaded late: it takes a second)

    frame = _complete(outcome, conditions)
    groups = units.reindex(frame.index)
    if (groups.value_counts() > 1).sum() < 2:  # noqa: PLR2004  (nothing lies within units)
        raise Refused(Texts.default()("models.refused.units"))
    design = sm.add_constant(frame.drop(columns="_outcome"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        empty = sm.MixedLM(frame["_outcome"], design[[CONSTANT]], groups=groups).fit(reml=True)
        fitted = sm.MixedLM(frame["_outcome"], design, groups=groups).fit(reml=True)
    count = design.shape[1]
    between, before = float(fitted.cov_re.iloc[0, 0]), float(empty.cov_re.iloc[0, 0])
    found = _inflation(design)
    interval = fitted.conf_int(1 - CONFIDENCE).to_numpy()[:count]
    return Model(
        coefficients=_coefficients(
            list(design), fitted.fe_params.to_numpy(), fitted.bse_fe.to_numpy(), interval, fitted.pvalues.to_numpy()[:count]
        ),
        n=len(frame),
        left_out=len(outcome) - len(frame),
        explained=max(0.0, 1 - between / before) if before > 0 else 0.0,
        between=between / (between + float(fitted.scale)),
        spread_p=float("nan"),
        normal_p=float("nan"),
        inflation=found,
        pulling="",
        terms=conditions,
        notices=tuple(_notices(len(frame), count, found, conditions, 1.0, "")),
    )


def _complete(outcome: pd.Series, conditions: Terms) -> pd.DataFrame:
    """Rows with the outcome and all conditions; refused where they cannot carry the regression."""
    texts = Texts.default()
    if not conditions.design.shape[1]:
        raise Refused(texts("models.refused.nothing"))
    frame = conditions.design.reindex(outcome.index).assign(_outcome=outcome.astype(float)).dropna()
    design = frame.drop(columns="_outcome")
    if len(frame) <= design.shape[1] + 1:
        raise Refused(texts("models.refused.few", n=len(frame), terms=design.shape[1]))
    centred = (design - design.mean()).to_numpy()
    flat = [name for name, spread in zip(design, centred.std(axis=0), strict=True) if spread <= 0]
    if flat or np.linalg.matrix_rank(centred) < design.shape[1]:
        names = flat or _repeating(design)
        words = Text(
            th=", ".join(conditions.labels[name].th for name in names), en=", ".join(conditions.labels[name].en for name in names)
        )
        raise Refused(texts("models.refused.repeat", names=words))
    return frame


def _repeating(design: pd.DataFrame) -> list[str]:
    """Columns that follow from those before them."""
    kept: list[str] = []
    lost: list[str] = []
    for name in design:
        trial = design[[*kept, str(name)]]
        full = np.linalg.matrix_rank((trial - trial.mean()).to_numpy()) == trial.shape[1]
        (kept if full else lost).append(str(name))
    return lost


def _coefficients(names: list[str], estimate: Array, error: Array, interval: Array, p_value: Array) -> pd.DataFrame:
    columns = {"estimate": estimate, "error": error, "low": interval[:, 0], "high": interval[:, 1], "p_value": p_value}
    table = pd.DataFrame({name: np.asarray(column, float) for name, column in columns.items()}, index=names).drop(index=CONSTANT)
    return table.assign(p_holm=holm(table["p_value"].to_numpy()))


def _inflation(design: pd.DataFrame) -> pd.Series:
    """Diagonal of the inverse correlations of the conditions: 1 when a condition stands alone."""
    values = design.drop(columns=CONSTANT)
    found = np.diag(np.linalg.pinv(np.atleast_2d(np.corrcoef(values.to_numpy(), rowvar=False))))
    return pd.Series(found, index=values.columns, name="inflation")


def _notices(rows: int, count: int, inflation: pd.Series, conditions: Terms, spread_p: float, pulling: str) -> Iterator[Text]:
    texts = Texts.default()
    if rows < FEWEST_EACH * count:
        yield texts("models.notice.few", n=rows, terms=count - 1)
    tied = [name for name in inflation.index if inflation[name] >= TIED]
    if tied:
        words = Text(
            th=", ".join(conditions.labels[name].th for name in tied), en=", ".join(conditions.labels[name].en for name in tied)
        )
        yield texts("models.notice.tied", names=words)
    if spread_p < SIGNIFICANT:
        yield texts("models.notice.spread")
    if pulling:
        yield texts("models.notice.pulling", name=pulling)
