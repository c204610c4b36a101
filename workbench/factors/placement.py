"""Which indicators do not sit where the framework puts them, and what could be proposed to the next workshop.

Four verdicts, by stated rules, the gravest first:
- `nothing`: it loads below 0.30 on every factor and on its own pillar in the framework's model;
- `elsewhere`: its largest loading, 0.40 or more, is on the factor of another pillar, and the framework's model too would
  gain most (chi-square 10.83, one in a thousand) by letting it load there;
- `redundant`: it correlates 0.85 or more with another indicator of its pillar, of which it has the lower communality;
- `stays`: everything else.

A statistic is no decision: what comes out is a file of amendments with status `proposed`, each with its numbers as the
reason, for experts to accept or decline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.factors.analysis import FactorAnalysis
    from workbench.factors.confirm import Confirmation
    from workbench.framework import Framework

__all__ = ["amendments", "placements"]

DIMMED, SALIENT, REDUNDANT = 0.30, 0.40, 0.85
CERTAIN = 10.83
"""Chi-square with one degree of freedom that chance exceeds once in a thousand."""
RAISED_BY = "FA1"
"""Pseudonym of this analysis among the experts."""


def placements(analysis: FactorAnalysis, confirmation: Confirmation | None = None) -> pd.DataFrame:
    """A verdict for every indicator that was analysed, in the order of the data.

    Args:
        analysis: The exploratory analysis.
        confirmation: The framework's model, where it could be fitted; without it loadings alone decide.

    Returns:
        Index indicator; columns `pillar`, `verdict`, `to` (the other pillar, or the indicator it repeats; else empty),
        `loading` (the largest), `own` (loading in the framework's model; NaN without), `chi_square` (of moving it; 0 without)
        and `correlation` (the largest with another indicator of its pillar).
    """
    homes = analysis.homes
    own = confirmation.loadings["loading"].reindex(homes.index) if confirmation else pd.Series(np.nan, homes.index)
    strongest = homes["loading"].astype(float).abs()
    rows = []
    twins = _twins(analysis)
    for name in homes.index:
        gain = _gain(confirmation, name, str(homes.at[name, "factor_pillar"]))  # noqa: PD008
        twin, correlation, lesser = twins.get(name, ("", 0.0, False))
        verdict, to = "stays", ""
        if analysis.n_factors and strongest[name] < DIMMED and not own[name] >= DIMMED:
            verdict = "nothing"
        elif _elsewhere(homes.loc[name], gain, confirmation):
            verdict, to = "elsewhere", str(homes.at[name, "factor_pillar"])  # noqa: PD008
        elif correlation >= REDUNDANT and lesser:
            verdict, to = "redundant", twin
        rows.append((homes.at[name, "pillar"], verdict, to, homes.at[name, "loading"], own[name], gain, correlation))  # noqa: PD008
    columns = ["pillar", "verdict", "to", "loading", "own", "chi_square", "correlation"]
    return pd.DataFrame(rows, index=homes.index, columns=columns)


def _elsewhere(home: pd.Series, gain: float, confirmation: Confirmation | None) -> bool:
    if bool(home["at_home"]) or abs(float(home["loading"])) < SALIENT:
        return False
    return confirmation is None or gain >= CERTAIN


def _gain(confirmation: Confirmation | None, name: str, pillar: str) -> float:
    """Fall of chi-square if the indicator also loaded on that pillar."""
    if confirmation is None:
        return 0.0
    table = confirmation.crossings
    rows = table[(table["indicator"] == name) & (table["pillar"] == pillar)]
    return float(rows["chi_square"].iloc[0]) if len(rows) else 0.0


def _twins(analysis: FactorAnalysis) -> dict[str, tuple[str, float, bool]]:
    """The indicator of the same pillar that each correlates with most, how much, and whether it has less in common."""
    names, matrix = analysis.correlation.indicators, analysis.correlation.matrix
    pillar = analysis.homes["pillar"].reindex(list(names)).to_numpy()
    same = (pillar[:, None] == pillar) & ~np.eye(len(names), dtype=bool)
    shared = np.where(same, matrix, -np.inf)
    found = {}
    for place, name in enumerate(names):
        twin = int(shared[place].argmax())
        if same[place].any():
            mine, its = analysis.communalities[name], analysis.communalities[names[twin]]
            found[name] = (names[twin], float(shared[place, twin]), bool((mine, -place) < (its, -twin)))
    return found


def amendments(
    found: pd.DataFrame, framework: Framework, labels: Mapping[str, Text], correlation: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Proposed amendments for every indicator that does not stay, in the form of a workshop file.

    Args:
        found: From `placements`.
        framework: The resolved framework; says where each indicator stands now.
        labels: Names of indicators and pillars.
        correlation: Of the indicators; says which sub-pillar of the new pillar an indicator is nearest to.

    Returns:
        Entries with status `proposed`: to move an indicator that belongs elsewhere, to drop one that measures nothing,
        to halve the weight of one that repeats another. Experts decide on meaning, not on a number.
    """
    entries = []
    for name, row in found[found["verdict"] != "stays"].iterrows():
        target = str(row["to"])
        reason = Texts.default()(
            f"factors.placement.reason.{row['verdict']}",
            loading=f"{row['loading']:.2f}",
            to=labels.get(target, Text.same(target or "-")),
            code=target,
            correlation=f"{row['correlation']:.2f}",
            chi=f"{row['chi_square']:.1f}",
        )
        entries.append(
            {
                "id": f"fa-{name}",
                **_change(str(name), str(row["verdict"]), target, framework, correlation),
                "reason": {"th": reason.th, "en": reason.en},
                "raised_by": RAISED_BY,
                "status": "proposed",
            }
        )
    return entries


def _change(name: str, verdict: str, target: str, framework: Framework, correlation: pd.DataFrame | None) -> dict[str, Any]:
    """The kind of an amendment, what it touches, and its guard."""
    item = framework.element(name)
    if verdict == "elsewhere":
        group = _nearest_group(name, target, framework, correlation)
        return {"kind": "move", "parameter": name, "expect": framework.parent(name), "to": group}
    if verdict == "nothing":
        return {"kind": "drop", "parameter": name, "expect": item.label.en}
    return {"parameter": f"{name}.weight", "expect": item.weight, "to": item.weight / 2}


def _nearest_group(name: str, pillar: str, framework: Framework, correlation: pd.DataFrame | None) -> str:
    """The sub-pillar of *pillar* with whose indicators *name* correlates most on average; the pillar when it has none."""
    members: dict[str, list[str]] = {}
    for item in framework.indicators:
        if item.id != name and framework.pillar_of(item.id) == pillar:
            members.setdefault(framework.parent(item.id), []).append(item.id)
    if correlation is None or name not in correlation.index or not members:
        return pillar
    known = {group: [other for other in items if other in correlation.index] for group, items in members.items()}
    nearness = {group: correlation.loc[name, items].mean() for group, items in known.items() if items}
    return max(nearness, key=lambda group: (nearness[group], group)) if nearness else pillar
