"""What units may be clustered on: pillar scores, or scores on the factors that the answers show.

Factor scores of respondents, by regression on what each answered, are averaged over a unit. Without a survey they are
those of the units themselves. Clusters are still numbered by the index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.clusters.partition import Clusters, cluster
from workbench.factors.analysis import analyse
from workbench.factors.data import evidence
from workbench.factors.scores import factor_scores
from workbench.refusals import Refused
from workbench.text import Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from workbench.scoring import Scores

__all__ = ["factor_basis", "of_scores"]


def of_scores(scores: Scores, *, factored: Mapping[str, object] | None = None, **settings: Any) -> Clusters:  # noqa: ANN401
    """Clusters of the units of *scores*.

    Args:
        scores: Of the units.
        factored: Settings of a factor analysis, to cluster on factor scores; on pillar scores when not given.
        settings: As of `cluster`.

    Raises:
        Refused: as `cluster`, or as `factor_basis`.
    """
    basis = scores.pillars if factored is None else factor_basis(scores, factored)
    return cluster(basis, index=scores.index, **settings)


def factor_basis(scores: Scores, settings: Mapping[str, object]) -> pd.DataFrame:
    """Mean factor scores of every unit, shape (units, factors), in standard deviations; NaN where there are none.

    Args:
        scores: Of the units.
        settings: Of the factor analysis, as keywords of `factors.analyse`.

    Raises:
        Refused: the indicators cannot be factor analysed, or no factor stands out.
    """
    material = evidence(scores)
    analysis = analyse(material.values, groups=material.groups, **settings)  # type: ignore[arg-type]
    if not analysis.n_factors:
        raise Refused(Texts.default()("clusters.refused.factors"))
    kept = material.values[list(analysis.correlation.indicators)]
    found = factor_scores(kept, analysis.correlation.matrix, analysis.rotated, factors=analysis.explained.index)
    if material.units is not None:
        found = found.groupby(material.units.reindex(found.index)).mean()
    return found.reindex(scores.table.index)
