"""Patterns in the answers of one respondent that deserve a second look: long runs, equal rows, rows far from all others.

Nothing is changed or dropped. A pattern is a reason to ask the respondent, never a proof: an office that has nothing
yet answers the lowest step everywhere, and truly. Every rule has its limit here and its source; a rule that needs
more answers than there are gives NaN, not a guess.

Sources: Curran, Methods for the detection of carelessly invalid responses in survey data, Journal of Experimental
Social Psychology 66 (2016); Meade and Craig, Identifying careless responses in survey data, Psychological Methods
17 (2012); Kuriakose and Robbins, Don't get duped, Statistical Journal of the IAOS 32 (2016); Gnanadesikan and
Kettenring, Robust estimates, residuals, and outlier detection with multiresponse data, Biometrics 28 (1972).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import stats

from workbench.framework_model import Ladder, Likert, MultiSelect, Percent, YesNo

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.survey import Responses

    Floats = NDArray[np.float64]

__all__ = [
    "ALPHA",
    "FEWEST",
    "MATCH",
    "MOST_COMPARED",
    "MOST_MEASURED",
    "PATTERNS",
    "RUN",
    "distances",
    "ladders",
    "matches",
    "patterns",
    "runs",
    "same_steps",
    "scale_points",
    "spread",
    "twins",
]

FEWEST = 5
"""Answers below which a pattern among them says nothing."""
RUN = 0.5
"""Share of a respondent's answers on scales that, given in one run, is called long (Curran 2016)."""
MATCH = 0.85
"""Share of equal answers from which two respondents are called alike (Kuriakose and Robbins 2016)."""
ALPHA = 0.001
"""A distance from the mean that so few of many normal rows would reach is called far (the usual level for this test)."""
MOST_COMPARED = 5000
"""Respondents up to which all pairs are compared; their number grows with the square."""
MOST_MEASURED = 50_000
"""Respondents up to which distances are taken; every combination of blanks asks for a system of equations of its own."""
PATTERNS = ("same_step", "long_run", "twin", "alike", "far")
"""Columns of `patterns` that are true where a pattern was found."""
SCALES = (Ladder, Likert, YesNo)
"""Questions with one answer among ordered ones."""
BLOCK = 4_000_000
"""Pairs compared at a time, which bounds memory."""


def scale_points(responses: Responses, kinds: tuple[type, ...] = SCALES) -> pd.DataFrame:
    """Points from 0 to 1 of the answers to questions of some *kinds*, in the order they are asked."""
    items = [item.id for item in responses.framework.indicators if isinstance(item.question, kinds)]
    return responses.values[[name for name in items if name in responses.values]]


def runs(values: pd.DataFrame) -> pd.Series:
    """The longest run of equal answers in each row; what is missing is left out and does not end a run.

    The `LongString` of Meade and Craig (2012).

    >>> runs(pd.DataFrame([[1, 1, np.nan, 1, 0]])).tolist()
    [3]
    """
    table = values.to_numpy(dtype=float)
    longest, current = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=np.int64)
    last = np.full(len(table), np.nan)
    for column in table.T:
        there = ~np.isnan(column)
        current = np.where(there, np.where(column == last, current + 1, 1), current)
        last = np.where(there, column, last)
        longest = np.maximum(longest, current)
    return pd.Series(longest, index=values.index, name="run")


def spread(values: pd.DataFrame) -> pd.Series:
    """Standard deviation of each row's answers, the intra-individual response variability; NaN below two answers."""
    return values.std(axis=1, ddof=1).rename("spread")


def ladders(responses: Responses) -> pd.Series:
    """How many ladders each respondent answered."""
    return scale_points(responses, (Ladder,)).notna().sum(axis=1).rename("ladders")


def same_steps(responses: Responses) -> pd.Series:
    """The step, counted from 1 at the bottom, at which a respondent answered every ladder; NaN where steps differ.

    NaN too with fewer than `FEWEST` ladders answered.
    """
    places = {}
    for item in responses.framework.indicators:
        if isinstance(item.question, Ladder) and item.id in responses.values:
            points = np.array([step.points for step in item.question.steps])
            given = responses.values[item.id].to_numpy(dtype=float)
            nearest = np.abs(given[:, None] - points[None, :]).argmin(axis=1) + 1.0
            places[item.id] = np.where(np.isnan(given), np.nan, nearest)
    table = pd.DataFrame(places, index=responses.values.index)
    same = (table.min(axis=1) == table.max(axis=1)) & (table.notna().sum(axis=1) >= FEWEST)
    return table.max(axis=1).where(same).rename("step")


def twins(responses: Responses) -> pd.DataFrame:
    """Respondents whose answers are all equal to another's, blanks included.

    Returns:
        Indexed by respondent: `group`, from 1 in the order of the file, `size` of the group and `answers`, how many
        questions were answered. Rows with fewer than `FEWEST` answers are not compared.
    """
    columns = [name for name in responses.framework.columns if name in responses.answers]
    answers = responses.answers[columns]
    count = answers.notna().sum(axis=1)
    enough = answers[count >= FEWEST]
    equal = enough[enough.duplicated(keep=False)]
    if equal.empty:
        return pd.DataFrame({"group": [], "size": [], "answers": []}, dtype="int64").rename_axis("respondent")
    codes = np.stack([pd.factorize(equal[name])[0] for name in columns], axis=1)
    _, group = np.unique(codes, axis=0, return_inverse=True)
    number, _ = pd.factorize(group.ravel())
    sizes = np.bincount(number)
    table = {"group": number + 1, "size": sizes[number], "answers": count[equal.index].to_numpy()}
    return pd.DataFrame(table, index=equal.index)


def matches(responses: Responses) -> pd.DataFrame:
    """The highest share of equal answers that each respondent has with any other, and with whom.

    Only questions that both answered count, and pairs that share fewer than half of the questions do not.

    Returns:
        Indexed by respondent: `match`, 0 to 1, and `other`; NaN and empty where there is no such pair, or with more
        than `MOST_COMPARED` respondents.
    """
    columns = [name for name in responses.framework.columns if name in responses.answers]
    size = len(responses.answers)
    best, other = np.full(size, np.nan), np.full(size, -1)
    codes = np.stack([pd.factorize(responses.answers[name])[0] for name in columns], axis=1) if columns else np.empty((size, 0))
    step = max(1, BLOCK // max(1, size))
    for start in range(0, size if size <= MOST_COMPARED else 0, step):
        rows = slice(start, start + step)
        share = _shares(codes[rows], codes, len(columns) / 2)
        share[np.arange(len(share)), np.arange(start, start + len(share))] = -1.0
        nearest = share.argmax(axis=1)
        top = share[np.arange(len(share)), nearest]
        best[rows], other[rows] = np.where(top >= 0, top, np.nan), np.where(top >= 0, nearest, -1)
    labels = np.array([*responses.answers.index, ""], dtype=object)
    return pd.DataFrame({"match": best, "other": labels[other]}, index=responses.answers.index)


def _shares(block: NDArray[Any], codes: NDArray[Any], fewest: float) -> Floats:
    """Share of equal answers among those that both gave, shape `(block, all)`; -1 where too few are shared."""
    equal, shared = np.zeros((len(block), len(codes)), np.int16), np.zeros((len(block), len(codes)), np.int16)
    for mine, theirs in zip(block.T, codes.T, strict=True):
        both = (mine >= 0)[:, None] & (theirs >= 0)[None, :]
        shared += both
        equal += both & (mine[:, None] == theirs[None, :])
    return np.where(shared >= max(fewest, 1), equal / np.maximum(shared, 1), -1.0)


def distances(values: pd.DataFrame) -> pd.DataFrame:
    """How far each row lies from the mean of all, in Mahalanobis' sense, over the columns it has.

    Means and covariances are taken over the pairs that are there. Under normality a complete row's squared distance is
    `(n - 1)^2 / n` times a beta variable with `p / 2` and `(n - p - 1) / 2` degrees (Gnanadesikan and Kettenring 1972);
    an incomplete row is judged by the number of columns it has.

    Args:
        values: Shape `(respondents, questions)`; NaN is not answered.

    Returns:
        `distance` (not squared) and `p`, the share of normal rows that lie farther. Columns that are constant or that
        fewer than half answered are left out. NaN with fewer than two rows for each column, with
        more than `MOST_MEASURED` rows, and where the covariances contradict each other.
    """
    kept = values.loc[:, (values.notna().mean() >= 0.5) & (values.std(ddof=1) > 0)]  # noqa: PLR2004  (half)
    table = kept.to_numpy(dtype=float)
    n, p = table.shape
    found = pd.DataFrame({"distance": np.nan, "p": np.nan}, index=values.index)
    if n > MOST_MEASURED:
        return found
    covariance = np.atleast_2d(kept.cov().to_numpy()) if p else np.empty((0, 0))
    if not p or n < 2 * p + 2 or np.isnan(covariance).any() or np.linalg.eigvalsh(covariance)[0] <= 0:
        return found
    centred = table - np.nanmean(table, axis=0)
    there = ~np.isnan(table)
    squared = np.full(n, np.nan)
    patterns, of = np.unique(there, axis=0, return_inverse=True)
    ordered = np.argsort(of.ravel(), kind="stable")
    for pattern, rows in zip(patterns, np.split(ordered, np.cumsum(np.bincount(of.ravel()))[:-1]), strict=True):
        if pattern.any():
            part = centred[np.ix_(rows, pattern)]
            squared[rows] = np.einsum("ij,ij->i", part, np.linalg.solve(covariance[np.ix_(pattern, pattern)], part.T).T)
    columns = there.sum(axis=1)
    share = np.clip(squared * n / (n - 1) ** 2, 0.0, 1.0)
    found["distance"] = np.sqrt(squared)
    found["p"] = stats.beta.sf(share, columns / 2, (n - columns - 1) / 2)
    return found


def patterns(responses: Responses) -> pd.DataFrame:
    """Every respondent with what was looked at and what was found.

    Returns:
        Indexed by respondent: `unit`, `agency`, `answers` (questions answered), `scales` (of them on scales), `run` and
        `run_share`, `spread`, `step`, `match`, `other`, `distance`, `p`, and one column for each of `PATTERNS`:
        `same_step` (every ladder at one step), `long_run` (at least `RUN` of the answers on scales in one run),
        `twin` (all answers equal to another's), `alike` (at least `MATCH` equal, all of them not), `far` (p below
        `ALPHA`); and `found`, how many of them.
    """
    scales, columns = scale_points(responses), [name for name in responses.framework.columns if name in responses.answers]
    bounded = scale_points(responses, (*SCALES, MultiSelect, Percent))
    table = pd.DataFrame({"unit": responses.units.astype(str), "agency": responses.answers["agency"].astype(str)})
    table["answers"] = responses.answers[columns].notna().sum(axis=1)
    table["scales"] = scales.notna().sum(axis=1)
    table["run"] = runs(scales)
    table["run_share"] = table["run"] / table["scales"].where(table["scales"] >= FEWEST)
    table["spread"] = spread(scales)
    table["step"] = same_steps(responses)
    table[["match", "other"]] = matches(responses)
    table[["distance", "p"]] = distances(bounded)
    table["same_step"] = table["step"].notna()
    table["long_run"] = table["run_share"] >= RUN
    table["twin"] = table.index.isin(twins(responses).index)
    table["alike"] = (table["match"] >= MATCH) & ~table["twin"]
    table["far"] = table["p"] < ALPHA
    table["found"] = table[list(PATTERNS)].sum(axis=1)
    return table.rename_axis("respondent")
