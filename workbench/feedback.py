"""From forms to figures, and from figures to proposals.

`summarise` puts together what the experts said of every indicator and pillar and how far they agreed; `propose` turns
it into amendments by the stated rules, each with its figures as the reason. Every amendment is only proposed: people
accept or decline. Experts are pseudonyms throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.agreement import intraclass, kendall_w, krippendorff_alpha
from workbench.ahp import ahp, group_judgement
from workbench.rating_scales import FIGURES, SCALES
from workbench.ratings import FIVE, congruence, consensus, essential, fuzzy_delphi, relevance, scale_validity, stability
from workbench.weighting import budget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.form_reader import Forms
    from workbench.framework import Framework
    from workbench.rules import Rules

__all__ = ["Feedback", "propose", "rounds", "summarise"]

DIGITS = 3
"""Decimals of proposed weights."""


@dataclass(frozen=True, kw_only=True)
class Feedback:
    """What a workshop said, in figures."""

    items: pd.DataFrame = field(repr=False)
    """Indexed by indicator: the columns of `ratings`; `consensus` (median, interquartile range and mode of importance hold
    the rules) and `fuzzy_accepted`, missing where too few rated; how many of the three tests it fails (`failed`)."""
    pillars: pd.DataFrame = field(repr=False)
    """Indexed by pillar: `given` share, `budget` share with `budget_mean`, `budget_sd`, `budget_n`, `ahp` share."""
    agreement: pd.DataFrame = field(repr=False)
    """Indexed by scale: Krippendorff's `alpha`, Kendall's `w` with `chi2`, `df`, `p`, `icc` with interval, `experts`."""
    experts: pd.DataFrame = field(repr=False)
    """Indexed by pseudonym: how much each rated, whether the budget counts, consistency ratio, worst judgement."""
    scale: dict[str, float]
    """S-CVI/Ave and S-CVI/UA."""
    group_ratio: float
    """Consistency ratio of the group's judgements; NaN without any."""


def summarise(forms: Forms, framework: Framework, rules: Rules) -> Feedback:
    """All statistics of the forms.

    Missing ratings are left out item by item; consistency ratios above the rule's keep judgements out of the group's.
    """
    items = _items(forms, rules)
    pillars, ratio = _pillars(forms, framework, rules)
    return Feedback(
        items=items,
        pillars=pillars,
        agreement=pd.DataFrame({scale: _agreement(table, scale) for scale, table in forms.ratings.items()}).T.rename_axis(
            "scale"
        ),
        experts=_experts(forms),
        scale=scale_validity(forms.ratings["relevance"]),
        group_ratio=ratio,
    )


def _items(forms: Forms, rules: Rules) -> pd.DataFrame:
    """Validity, consensus and fuzzy score of every indicator."""
    fit = congruence(forms.ratings["congruence"]).add_prefix("ioc_").rename(columns={"ioc_ioc": "ioc"})
    valid = relevance(forms.ratings["relevance"]).rename(columns={"n": "relevance_n"})
    needed = essential(forms.ratings["necessity"]).rename(columns={"n": "necessity_n"})
    middle = consensus(forms.ratings["importance"]).add_prefix("importance_")
    fuzzy = fuzzy_delphi(forms.ratings["importance"])[["fuzzy", "distance", "agreement"]]
    table = pd.concat([fit, valid, needed, middle, fuzzy], axis=1).rename_axis("indicator")
    step = (len(SCALES["importance"]) - 1) / (FIVE - 1)
    enough = table["importance_n"] >= rules.experts
    agreed = (table["importance_iqr"] <= step * rules.iqr) & (table["importance_mode_gap"] <= step * rules.mode_gap)
    high = table["importance_median"] >= 1 + step * (rules.median - 1)
    near = (table["distance"] <= rules.distance) & (table["agreement"] >= rules.near)
    table["consensus"] = (agreed & high).where(enough)
    table["fuzzy_accepted"] = (near & (table["fuzzy"] >= rules.fuzzy)).where(enough)
    tests = pd.DataFrame(
        {
            "ioc": (table["ioc"] < rules.ioc) & (table["ioc_n"] >= rules.experts),
            "relevance": (table["i_cvi"] < table["required"])
            & (table["kappa"] < rules.kappa)
            & (table["relevance_n"] >= rules.experts),
            "cvr": (table["cvr"] < table["critical"]) & (table["necessity_n"] >= rules.experts),
        }
    )
    table["failed"] = tests.sum(axis=1)
    table["failed_which"] = tests.apply(lambda row: ", ".join(name for name in tests if row[name]), axis=1)
    return table


def rounds(earlier: Forms, later: Forms, rules: Rules) -> pd.DataFrame:
    """How far the experts of two rounds moved, scale by scale.

    Returns:
        One row per scale of numbers and indicator: `scale`, `indicator`, the columns of `ratings.stability`, and `stable`
        (at most the rules' share of the experts changed), missing where fewer experts than the rules ask rated twice.
    """
    tables = []
    for scale in FIGURES:
        table = stability(earlier.ratings[scale], later.ratings[scale])
        table["stable"] = (table["changed"] <= rules.change).where(table["n"] >= rules.experts)
        tables.append(table.rename_axis("indicator").reset_index().assign(scale=scale))
    return pd.concat(tables, ignore_index=True).set_index(["scale", "indicator"]).reset_index()


def _pillars(forms: Forms, framework: Framework, rules: Rules) -> tuple[pd.DataFrame, float]:
    names = [node.id for node in framework.pillars]
    given = pd.Series({node.id: node.weight for node in framework.pillars})
    table = pd.DataFrame({"given": given / given.sum()}, index=pd.Index(names, name="pillar"))
    if len(forms.points):
        found = budget(forms.points, trim=rules.trim)
        table["budget"], table["budget_mean"] = found["weight"], found["mean"]
        table["budget_sd"], table["budget_n"] = found["sd"], found["n"]
    consistent = [matrix for matrix in forms.judgements.values() if ahp(matrix).consistency_ratio <= rules.consistency]
    ratio = float("nan")
    if consistent:
        group = ahp(group_judgement(consistent))
        table["ahp"], table["ahp_n"] = group.weights, len(consistent)
        ratio = group.consistency_ratio
    return table, ratio


def _agreement(table: pd.DataFrame, scale: str) -> dict[str, float]:
    codes = {"not": 0.0, "useful": 1.0, "essential": 2.0}
    numbers = table if scale != "necessity" else table.map(lambda text: codes.get(text, np.nan)).astype(float)
    numbers = numbers.dropna(how="all").dropna(axis=1, how="all")
    concordance, alike = kendall_w(numbers), intraclass(numbers)
    return {
        "experts": float(len(numbers)),
        "alpha": krippendorff_alpha(numbers),
        "w": concordance.w,
        "chi2": concordance.chi2,
        "df": float(concordance.df),
        "p": concordance.p,
        "w_experts": float(concordance.raters),
        "icc": alike.icc,
        "icc_low": alike.low,
        "icc_high": alike.high,
    }


def _experts(forms: Forms) -> pd.DataFrame:
    rows = []
    for name in forms.experts:
        judged = ahp(forms.judgements[name]) if name in forms.judgements else None
        rows.append(
            {
                "expert": name,
                **{scale: int(table.loc[name].notna().sum()) for scale, table in forms.ratings.items()},
                "budget": name in forms.points.index,
                "consistency_ratio": judged.consistency_ratio if judged else np.nan,
                "worst_judgement": " / ".join(judged.worst) if judged and not judged.consistent else "",
                "comments": int((forms.comments["expert"] == name).sum()),
                "proposals": int((forms.proposals["expert"] == name).sum()),
            }
        )
    return pd.DataFrame(rows).set_index("expert")


def propose(feedback: Feedback, framework: Framework, rules: Rules) -> list[dict[str, Any]]:
    """Amendments that the figures suggest, all with status `proposed`.

    Returns:
        Entries as a workshop file holds them: dropping of indicators that fail, new weights of pillars.
    """
    found = [*_drops(feedback, rules), *_weights(feedback, framework, rules)]
    return [{"id": f"p{place:02d}"} | entry for place, entry in enumerate(found, start=1)]


def _drops(feedback: Feedback, rules: Rules) -> Iterator[dict[str, Any]]:
    for name, row in feedback.items[feedback.items["failed"] >= rules.failures].iterrows():
        valid = f"I-CVI {row['i_cvi']:.2f} (kappa* {row['kappa']:.2f})"
        figures = f"IOC {row['ioc']:.2f}, {valid}, CVR {row['cvr']:.2f} (critical {row['critical']:.2f})"
        yield {
            "kind": "drop",
            "parameter": str(name),
            "reason": {
                "th": f"ไม่ผ่านเกณฑ์ {int(row['failed'])} จาก 3 ข้อ: {figures} ผู้เชี่ยวชาญ {int(row['relevance_n'])} คน",
                "en": f"Fails {int(row['failed'])} of 3 tests: {figures}; {int(row['relevance_n'])} experts.",
            },
            "raised_by": "S01",
            "status": "proposed",
        }


def _weights(feedback: Feedback, framework: Framework, rules: Rules) -> Iterator[dict[str, Any]]:
    """New weights of the pillars, from the budgets, where a share changes enough."""
    table = feedback.pillars
    if "budget" not in table or table["budget_n"].iloc[0] < rules.experts:
        return
    total = sum(node.weight for node in framework.pillars)
    for node in framework.pillars:
        row = table.loc[node.id]
        if row["given"] > 0 and abs(row["budget"] - row["given"]) / row["given"] <= rules.weight_change:
            continue
        judged = f", AHP {100 * row['ahp']:.1f} %" if "ahp" in table else ""
        spread = f"sd {row['budget_sd']:.1f}{judged}; n {int(row['budget_n'])}"
        figures = f"{100 * row['given']:.1f} % -> {100 * row['budget']:.1f} % ({spread})"
        yield {
            "parameter": f"{node.id}.weight",
            "expect": node.weight,
            "to": round(float(row["budget"] * total), DIGITS),
            "reason": {
                "th": f"ผลการแบ่ง 100 คะแนน: {figures}",
                "en": f"Budget allocation: {figures}.",
            },
            "raised_by": "S01",
            "status": "proposed",
        }
