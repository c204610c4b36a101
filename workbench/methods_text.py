"""The methods paragraph: what was done to get these scores, in Thai and English, generated from the scores themselves.

Every number and every choice is read from the objects that did the work, so the paragraph cannot say what was not
done. The phrases are in `params/texts/methods.yaml`. It computes no score and reads no data file.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from workbench.aggregation import global_weights
from workbench.methods import REGISTERED
from workbench.scoring import SurveyData
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.framework import Framework
    from workbench.framework_model import Normalisation, Stratum
    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty

__all__ = ["methods_paragraph"]

MOST_IDS = 8
"""Ids listed in a sentence; further ones are counted."""


def methods_paragraph(scores: Scores, uncertainty: Uncertainty | None = None) -> Text:
    """The paragraph on method for these scores.

    Args:
        scores: From `scoring.score`.
        uncertainty: From `uncertainty.simulate` on these scores; without it the paragraph says that there was none.

    Returns:
        Sentences on data, preparation, normalisation, weights, aggregation, missing values, ranks, bands and errors.
    """
    return _joined(
        [
            *_data(scores),
            *_preparation(scores),
            *_normalisation(scores.framework),
            *_aggregation(scores),
            *_publication(scores),
            *_uncertainty(uncertainty),
        ],
        " ",
    )


def _texts(key: str, **arguments: object) -> Text:
    return Texts.default()(f"methods.{key}", **arguments)


def _joined(parts: Iterable[Text], separator: str = ", ") -> Text:
    listed = list(parts)
    return Text(th=separator.join(part.th for part in listed), en=separator.join(part.en for part in listed))


def _ids(names: Iterable[str]) -> str:
    listed = list(names)
    more = f", +{len(listed) - MOST_IDS}" if len(listed) > MOST_IDS else ""
    return ", ".join(listed[:MOST_IDS]) + more


def _percent(share: float) -> str:
    return f"{100 * share:.4g}"


def _data(scores: Scores) -> Iterator[Text]:
    """What was assessed and where the values come from."""
    framework, data = scores.framework, scores.data
    if scores.synthetic:
        yield _texts("synthetic")
    yield _texts(
        "what",
        title=framework.title,
        edition=framework.edition,
        fingerprint=framework.fingerprint,
        plural=framework.unit.plural,
        units=len(scores.table),
        scored=int(scores.index.notna().sum()),
        indicators=len(framework.indicators),
        pillars=len(framework.pillars),
    )
    accepted = [amendment.id for amendment in framework.amendments if amendment.status == "accepted"]
    if accepted:
        yield _texts("amendments", n=len(accepted), ids=_ids(accepted))
    yield _survey(framework, data) if isinstance(data, SurveyData) else _texts("table")
    measured, cells = int(scores.prepared.raw.notna().to_numpy().sum()), int(scores.prepared.raw.size)
    yield _texts("measured", measured=f"{measured:,}", cells=f"{cells:,}", share=f"{100 * measured / cells:.1f}")


def _survey(framework: Framework, data: SurveyData) -> Text:
    answered, invited = int(data.answered.sum()), int(data.invited.sum())
    kinds = Counter(indicator.question.type for indicator in framework.indicators if indicator.question is not None)
    texts = Texts.default()
    named = (_texts("counted", what=texts(f"method.question_{kind}"), n=count) for kind, count in kinds.items())
    return _texts(
        "survey",
        plural=framework.respondents.plural if framework.respondents else framework.unit.plural,
        answered=f"{answered:,}",
        invited=f"{invited:,}",
        share=f"{100 * answered / invited:.1f}" if invited else "0",
        questions=kinds.total(),
        kinds=_joined(named),
    )


def _preparation(scores: Scores) -> Iterator[Text]:
    """Denominators, screening, imputation and treatment."""
    framework, settings = scores.framework, scores.framework.definition.preparation
    divided = [item.id for item in framework.indicators if item.denominator is not None]
    if divided:
        yield _texts("denominators", n=len(divided), ids=_ids(divided))
    if settings.screening is not None:
        share, by = _percent(settings.screening.minimum_coverage), _texts(f"by_{settings.screening.by}")
        yield _texts("screening", n=len(scores.prepared.dropped), share=share, by=by)
    yield _imputation(scores)
    yield from _treatment(scores)


def _imputation(scores: Scores) -> Text:
    settings, imputed = scores.framework.definition.preparation.imputation, scores.prepared.imputed
    if settings is None or imputed is None:
        return _texts("no_imputation")
    limits = []
    if settings.minimum_coverage > 0:
        limits.append(_texts("imputation_minimum", share=_percent(settings.minimum_coverage)))
    if settings.seed is not None:
        limits.append(_texts("imputation_seed", seed=settings.seed))
    method = Texts.default()(f"preparation.method.{settings.method}")
    count = int(imputed.imputed.to_numpy().sum())
    return _texts("imputation", n=f"{count:,}", method=method, limits=_joined(limits, "") if limits else "")


def _treatment(scores: Scores) -> Iterator[Text]:
    rule, treated = scores.framework.definition.preparation.treatment, scores.prepared.treated
    if treated is None:
        yield _texts("no_treatment")
        return
    if rule is not None:
        how = [*([_texts("treatment_combined")] if rule.combine else ())]
        how += [] if rule.mirrored else [_texts("treatment_not_mirrored")]
        yield _texts(
            "treatment_rule",
            skewness=f"{rule.skewness:g}",
            kurtosis=f"{rule.kurtosis:g}",
            points=_texts("treatment_no_limit") if rule.points is None else _texts("treatment_points", n=rule.points),
            fallback=_treatment_name(rule.fallback),
            how=_joined(how, "") if how else "",
        )
    forced = {item.id: item.treatment for item in scores.framework.indicators if item.treatment is not None}
    if forced:
        named = (Text(th=f"{name}: {way.th}", en=f"{name}: {way.en}") for name, way in _named(forced))
        yield _texts("treatment_forced", ids=_joined(named))
    changed = [str(name) for name, method in treated.indicators["method"].items() if method != "none"]
    yield _texts("treated", n=len(changed), ids=_ids(changed) or "–")


def _named(forced: dict[str, Any]) -> Iterator[tuple[str, Text]]:
    for name, method in forced.items():
        yield name, _treatment_name(method)


def _treatment_name(method: str) -> Text:
    texts = Texts.default()
    return texts(f"{'methods' if f'methods.method.{method}' in texts else 'preparation'}.method.{method}")


def _normalisation(framework: Framework) -> Iterator[Text]:
    """Each way of normalising with its number of indicators, then direction."""
    ways = Counter(_way(item.normalisation) for item in framework.indicators)
    yield _texts("normalisation", methods=_joined(_texts("counted", what=way, n=count) for way, count in ways.items()))
    turned = [item.id for item in framework.indicators if item.direction == "negative"]
    yield _texts("negative", n=len(turned), ids=_ids(turned)) if turned else _texts("no_negative")


def _way(item: Normalisation) -> Text:
    """The method of one indicator with whatever differs from the usual."""
    own = REGISTERED.get(item.method)
    method = Text(th=own.th, en=own.en) if own is not None else _texts(item.method, unit=item.reference_unit)
    options = list(_options(item))
    return _texts("with_options", what=method, options=_joined(options)) if options else method


def _options(item: Normalisation) -> Iterator[Text]:
    if item.transform == "log":
        yield _texts("log")
    if not item.clip:
        yield _texts("not_clipped")
    if tuple(item.range) != (0.0, 100.0):
        yield _texts("range", low=f"{item.range[0]:g}", high=f"{item.range[1]:g}")
    if item.method == "zscore":
        yield _texts("moments", mean=f"{item.mean:g}", sd=f"{item.sd:g}")
    if item.target is not None:
        yield _texts("target", target=f"{item.target:g}")
    if item.method == "categorical":
        yield _texts("categories", n=len(item.points))


def _aggregation(scores: Scores) -> Iterator[Text]:
    """Weights, the mean of each group, and the rule for what is missing."""
    framework, tree = scores.framework, scores.tree
    yield _texts(f"weights.{framework.method.weights}")
    shares = global_weights(tree)
    yield _texts("shares", low=f"{100 * shares.min():.2f}", high=f"{100 * shares.max():.2f}")
    groups: dict[str, list[str]] = {}
    for name, method in reversed(list(zip(tree.groups, tree.methods, strict=True))):
        groups.setdefault(method, []).append(name)
    yield _texts("aggregation", methods=_joined(_mean(method, names) for method, names in groups.items()))
    if any(_has_floor(method) for method in groups):
        yield _texts("floor", floor=f"{tree.floor:g}")
    yield _texts("missing", share=_percent(tree.minimum_coverage))


def _mean(method: str, names: list[str]) -> Text:
    word, _, number = method.partition("(")
    way = _texts(word, number=number.rstrip(")"))
    return _texts("counted", what=Text(th=way.th.strip(), en=way.en.strip()), n=f"{len(names)}: {_ids(names)}")


def _has_floor(method: str) -> bool:
    return method in {"geometric", "harmonic"} or method.startswith("power(-")


def _publication(scores: Scores) -> Iterator[Text]:
    """Minimum response, ranks, bands and standard errors."""
    framework, table = scores.framework, scores.table
    surveyed = isinstance(scores.data, SurveyData)
    if surveyed and framework.respondents is not None:
        minimum = framework.respondents.minimum_response
        silent = (table["n_answered"] < minimum * table["n_invited"] - 1e-9) | (table["n_answered"] == 0)
        if framework.respondents.strata:
            yield _strata(framework.respondents.strata)
        yield _texts("response", share=_percent(minimum), n=int(silent.sum()))
    yield _texts(f"ties.{framework.method.ties}")
    yield _bands(framework)
    if not surveyed:
        yield _texts("no_sampling")
        return
    errors = table["index_se"].dropna()
    yield _texts("errors", n=len(errors), median=f"{errors.median():.2f}") if len(errors) else _texts("no_errors")


def _strata(strata: tuple[Stratum, ...]) -> Text:
    return _texts("strata", names=_joined(item.label for item in strata))


def _bands(framework: Framework) -> Text:
    limits = ", ".join(f"{band.minimum:.4g}" for band in framework.bands)
    shares = [f"{band.quantile:g}" for band in framework.bands if band.quantile is not None]
    if shares:
        return _texts("bands_by_quantile", n=len(framework.bands), limits=limits, shares=", ".join(shares))
    return _texts("bands", n=len(framework.bands), limits=limits)


def _uncertainty(uncertainty: Uncertainty | None) -> Iterator[Text]:
    if uncertainty is None:
        yield _texts("no_uncertainty")
        return
    factors = _joined(Text.same(_factor(factor)) for factor in uncertainty.spec.factors)
    yield _texts("uncertainty", draws=f"{uncertainty.draws:,}", seed=uncertainty.seed, factors=factors)


def _factor(factor: Any) -> str:  # noqa: ANN401  (any kind of factor: what it holds is written as in its file)
    parts = []
    for key, value in factor.model_dump(exclude={"id", "kind"}, exclude_defaults=True).items():
        shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        parts.append(f"{key} {shown}")
    return f"{factor.id} ({'; '.join(parts)})" if parts else str(factor.id)
