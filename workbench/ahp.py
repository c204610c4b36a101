"""Weights from pairwise judgements: the analytic hierarchy process.

Weights are the principal eigenvector of a reciprocal matrix; the consistency ratio says how far the
judgements contradict each other, and the judgement that contradicts most is named. A matrix that is
incomplete or not reciprocal is refused with the cell.

Source: Saaty, The Analytic Hierarchy Process (1980); group judgements by geometric mean after Aczél and
Saaty (1983), Journal of Mathematical Psychology 27.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.errors import FaultList

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["RANDOM_INDEX", "Judgements", "ahp", "group_judgement"]

RANDOM_INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
"""Mean consistency index of random matrices, by size (Saaty 1980)."""
FEWEST = 2
ACCEPTED = 0.10
"""Largest consistency ratio that is called consistent."""


@dataclass(frozen=True, kw_only=True)
class Judgements:
    """What one set of pairwise judgements says."""

    weights: pd.Series
    """Summing to 1."""
    lambda_max: float
    consistency_index: float
    consistency_ratio: float
    """0 for two items, which cannot contradict each other."""
    worst: tuple[str, str]
    """The judgement that is farthest from what the weights imply: row and column."""

    @property
    def consistent(self) -> bool:
        """Whether the consistency ratio is at most 0.10."""
        return self.consistency_ratio <= ACCEPTED


def ahp(matrix: pd.DataFrame) -> Judgements:
    """Weights of pairwise judgements.

    Args:
        matrix: Items by items, matched by id: how many times the row matters more than the column, from 1/9 to 9.

    Raises:
        WorkbenchError: rows and columns differ, a cell is blank, not positive or not the reciprocal of its twin, or
            there are more than ten items; every cell is named.

    >>> ahp(pd.DataFrame([[1, 2], [0.5, 1]], index=["a", "b"], columns=["a", "b"])).weights.round(3).tolist()
    [0.667, 0.333]
    """
    _check(matrix)
    values = matrix.loc[:, list(matrix.index)].to_numpy(dtype=float)
    roots, vectors = np.linalg.eig(values)
    place = int(np.argmax(roots.real))
    weights = np.abs(vectors[:, place].real)
    weights = weights / weights.sum()
    size = len(values)
    largest = float(roots[place].real)
    index = max((largest - size) / (size - 1), 0.0)
    ratio = index / RANDOM_INDEX[size] if size in RANDOM_INDEX else 0.0
    distance = np.abs(np.log(values * weights[None, :] / weights[:, None]))
    row, column = np.unravel_index(int(np.argmax(np.triu(distance, 1))), distance.shape)
    names = [str(name) for name in matrix.index]
    return Judgements(
        weights=pd.Series(weights, index=names),
        lambda_max=largest,
        consistency_index=index,
        consistency_ratio=ratio,
        worst=(names[int(row)], names[int(column)]),
    )


def group_judgement(matrices: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One matrix for a group: the geometric mean of each judgement, which stays reciprocal.

    Raises:
        WorkbenchError: a matrix is faulty.
    """
    for matrix in matrices:
        _check(matrix)
    names = list(matrices[0].index)
    logs = np.mean([np.log(matrix.loc[names, names].to_numpy(dtype=float)) for matrix in matrices], axis=0)
    return pd.DataFrame(np.exp(logs), index=names, columns=names)


def _check(matrix: pd.DataFrame) -> None:
    faults = FaultList()
    if set(matrix.index) != set(matrix.columns):
        faults.add("rows and columns name different items.", fix="give each item one row and one column.")
        faults.stop_if_any()
    if not FEWEST <= len(matrix) <= max(RANDOM_INDEX):
        faults.add(f"there are {len(matrix)} items.", allowed=f"{FEWEST} to {max(RANDOM_INDEX)}")
        faults.stop_if_any()
    names = list(matrix.index)
    for i, row in enumerate(names):
        for column in names[i:]:
            one, other = matrix.at[row, column], matrix.at[column, row]  # noqa: PD008  (one cell)
            cell = f"{row} against {column}"
            if pd.isna(one) or pd.isna(other):
                faults.add(f"{cell}: the judgement is blank.", fix="judge every pair.")
            elif one <= 0 or other <= 0:
                faults.add(f"{cell}: {min(one, other):g} is no judgement.", allowed="1/9 to 9")
            elif abs(one * other - 1) > 1e-2:  # noqa: PLR2004  (0.33 for a third is meant well)
                faults.add(
                    f"{cell} is {one:g}, but {column} against {row} is {other:g}.", fix="make one the reciprocal of the other."
                )
    faults.stop_if_any()
