"""The cut-offs by which ratings of experts become proposals; light enough to be read with every framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from workbench.strictyaml import Strict, read_model

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Rules", "load_rules"]

Share = Annotated[float, Field(ge=0, le=1)]


class Rules(Strict):
    """Cut-offs by which ratings become proposals."""

    experts: Annotated[int, Field(ge=1)] = 3
    """Fewer ratings of an item give figures, but no verdict."""
    ioc: Annotated[float, Field(ge=-1, le=1)] = 0.5
    """Least index of item-objective congruence of an indicator."""
    kappa: Share = 0.6
    """Least modified kappa of its relevance."""
    failures: Annotated[int, Field(ge=1, le=3)] = 2
    """Tests of three that an indicator fails before it is proposed to be dropped."""
    median: Annotated[float, Field(ge=1, le=5)] = 3.5
    """Of importance, on five steps; other scales are stretched to five. So are the two that follow."""
    iqr: Annotated[float, Field(ge=0, le=4)] = 1.5
    """Largest interquartile range of importance."""
    mode_gap: Annotated[float, Field(ge=0, le=4)] = 1.0
    """Largest distance of median and mode."""
    fuzzy: Share = 0.5
    """Least fuzzy Delphi score."""
    distance: Annotated[float, Field(ge=0)] = 0.2
    """Largest mean distance from the fuzzy number of the group."""
    near: Share = 0.75
    """Least share of the experts within that distance."""
    change: Share = 0.15
    """Share of experts who may change a rating between two rounds of a stable item."""
    consistency: Share = 0.1
    """Largest consistency ratio of pairwise comparisons that count."""
    trim: Annotated[float, Field(ge=0, lt=0.5)] = 0.1
    """Share of the experts cut at either end of the budgets."""
    weight_change: Share = 0.1
    """A weight is proposed when a pillar's share would change by more than this part of itself."""


def load_rules(path: str | Path) -> Rules:
    """Read the cut-offs.

    Raises:
        WorkbenchError: every fault of the file.
    """
    from workbench.paths import resolve  # noqa: PLC0415  (only where a file is read)

    return read_model(resolve(path), Rules)[0]
