"""How indicator values are made ready before scoring: settings of a framework, all off unless asked for."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from workbench.question_model import Share
from workbench.strictyaml import Strict

__all__ = ["IMPUTATIONS", "TREATMENTS", "Imputation", "Preparation", "Screening", "TreatmentRule"]

ImputationMethod = Literal["none", "mean", "median", "group_mean", "group_median", "regression", "multiple"]
IMPUTATIONS: tuple[ImputationMethod, ...] = ("none", "mean", "median", "group_mean", "group_median", "regression", "multiple")
TreatmentMethod = Literal["none", "winsorise", "log_one", "log_range", "log_gii", "boxcox", "boxcox_range"]
TREATMENTS: tuple[TreatmentMethod, ...] = (
    "none", "winsorise", "log_one", "log_range", "log_gii", "boxcox", "boxcox_range",
)  # fmt: skip


class Screening(Strict):
    """Units with too little measured are left out before anything is fitted to the others."""

    minimum_coverage: Share
    """Share that a unit must have measured to be scored."""
    by: Literal["indicators", "weight", "both"] = "indicators"
    """What the share is counted in."""


class Imputation(Strict):
    """How gaps are filled; every filled cell is on record."""

    method: ImputationMethod
    """What fills a gap: a value of all units, of those in the same group, or of regressions, one or several."""
    groups: str | None = None
    """Column of the table that holds each unit's group."""
    seed: Annotated[int, Field(ge=0)] | None = None
    """Of the random numbers of `multiple`."""
    minimum_coverage: Share = 0.0
    """Units with a smaller share of their indicators measured keep their gaps."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.method.startswith("group_") and self.groups is None:
            raise ValueError(f"method `{self.method}` needs `groups`. | add it. | the column that holds each unit's group")
        if self.method == "multiple" and self.seed is None:
            raise ValueError("method `multiple` needs a `seed`. | add it. | any whole number of 0 or more")
        return self


class TreatmentRule(Strict):
    """When an indicator is treated for outliers and how; see `treatment_rule.Rule` for the meaning of each."""

    skewness: Annotated[float, Field(ge=0)] = 2.0
    """An indicator fails when its absolute skewness is above this and its kurtosis above the next."""
    kurtosis: float = 3.5
    """See `skewness`."""
    points: Annotated[int, Field(ge=0)] | None = 5
    """Values that may be winsorised before the fallback; 0 for none, None for no limit."""
    fallback: TreatmentMethod = "log_range"
    """What follows when winsorising does not help."""
    combine: bool = False
    """The fallback is applied to the winsorised values, not to the original ones."""
    mirrored: bool = True
    """A curve counts from the largest value down where the skewness is negative."""


class Preparation(Strict):
    """The steps before normalisation, in this order."""

    screening: Screening | None = None
    """Which units are left out."""
    imputation: Imputation | None = None
    """How gaps are filled."""
    treatment: TreatmentRule | None = None
    """How outliers are treated."""
