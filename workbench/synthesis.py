"""Made-up answers that hang together as real ones do; every number of them comes from a seed.

Behind each answer stands a standard normal latent value: the sum of a unit's standing, its profile over
the pillars, the kind of office, the office's own standing and its profile, and what is peculiar to the
one answer. Thresholds turn it into steps, ticks, counts and shares. So answers correlate within
respondent, pillar and unit, and a shift of all latent values moves every score the same way.

The shares of variance are chosen so that alpha of a pillar comes out near .6 to .85 and the intraclass
correlation of respondents within units near .1 to .25, the range usual in surveys of public agencies.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from workbench.framework_model import Ladder, Likert, MultiSelect, NumberQuestion, Percent, Ratio, Year, YesNo
from workbench.intake.rules import skipped_after
from workbench.questions import SEPARATOR, ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.framework import Framework
    from workbench.framework_model import AskedIf, Indicator

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Codes = NDArray[np.int64]

__all__ = ["Synthesis", "leading", "stream", "table_values"]

SHARES = {"unit": 0.07, "profile": 0.03, "kind": 0.03, "office": 0.17, "habit": 0.14, "item": 0.56}
"""Parts of the variance of a latent answer; they sum to 1."""
DIFFICULTY = 0.45
"""Standard deviation of the difficulty of questions, in standard deviations of a latent answer."""
LADDER_REACH, LIKERT_REACH, TICK_REACH = 1.1, 1.5, 0.8
"""Thresholds of steps, of Likert points and of options lie between -reach and +reach."""
TICK_SHARE = 0.5
"""Part of the variance of a tick that the question's latent answer explains."""
OVERSHOOT = 1.15
"""Numbers may pass their better goalpost by this factor, as real ones do."""
BLANK = 0.02
"""Share of answers left blank."""
SIZES = (
    ("baht", 6e6, 1000.0),
    ("budget", 6e6, 1000.0),
    ("post", 4.0, 1.0),
    ("complaint", 25.0, 1.0),
    ("service", 12.0, 1.0),
    ("staff", 60.0, 1.0),
)
"""Plausible size of a number by a word in its id, and what it is rounded to; other numbers are near 30."""
OTHER_SIZE = (30.0, 1.0)
TWO, WIDE = 2, 20
TABLE_SHARES = {"unit": 0.5, "profile": 0.2, "item": 0.3}
"""Parts of the variance of an indicator in a table of units."""


def stream(seed: int, *names: str) -> np.random.Generator:
    """A generator of its own for each purpose, so that one question more changes no other answer."""
    return np.random.default_rng([seed, *(zlib.crc32(name.encode()) for name in names)])


def leading(generator: np.random.Generator, size: int) -> Floats:
    """Standing of units: mean 0, variance 1, with about one in twenty clearly ahead, shape `(size,)`."""
    standing = generator.standard_normal(size)
    ahead = np.argsort(standing)[-max(1, round(size / 20)) :]
    standing[ahead] += generator.uniform(1.0, 2.0, len(ahead))
    return _standard(standing)


def _standard(values: Floats) -> Floats:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else values * 0.0


@dataclass(frozen=True, kw_only=True)
class Synthesis:
    """The random parts of a sample, fixed by the seed; a shift of all latent values makes answers of them."""

    framework: Framework
    seed: int
    units: Codes
    """Unit of each respondent, shape `(respondents,)`."""
    kinds: Codes
    """Kind of each respondent, same shape."""
    asked: Callable[[Indicator], Mask]
    """Which respondents a question is asked of, same shape."""

    def values(self, shift: float) -> pd.DataFrame:
        """Raw indicator values, shape `(respondents, indicators)`; NaN where not asked or left blank."""
        values = {}
        for item in self.framework.indicators:
            match item.question:
                case None:
                    values[item.id] = np.full(len(self.units), np.nan)
                case Ratio(numerator=above, denominator=below):
                    values[item.id] = ratio(self._seen(above, shift), self._seen(below, shift))
                case _:
                    values[item.id] = np.where(self._blanks[item.id], np.nan, self._scored(item, shift)[1])
            rule = item.question.asked_if if item.question is not None else None
            if rule is not None:
                instead = np.nan if rule.otherwise is None else rule.otherwise
                values[item.id] = np.where(self._skipped(rule, shift), instead, values[item.id])
        return pd.DataFrame(values)

    def answers(self, shift: float) -> dict[str, NDArray[Any]]:
        """Answers by column of the survey, as a respondent writes them; None or NaN where not asked or left blank."""
        items = {item.id: item for item in self.framework.indicators}
        rules = {
            name: item.question.asked_if
            for item in self.framework.indicators
            for name in item.answer_columns
            if item.question is not None and item.question.asked_if is not None
        }
        found = {name: self._written(items[name], shift) if name in items else self._seen(name, shift) for name in self._blanks}
        for name, rule in rules.items():
            found[name][self._skipped(rule, shift)] = None if found[name].dtype == object else np.nan
        return found

    def _skipped(self, rule: AskedIf, shift: float) -> Mask:
        """Who is not asked, by the answer to another question."""
        other = next(item for item in self.framework.indicators if item.id == rule.question)
        return skipped_after(rule, self._written(other, shift))

    def _written(self, item: Indicator, shift: float) -> NDArray[Any]:
        codes, blank = self._scored(item, shift)[0], self._blanks[item.id]
        if not isinstance(item.question, YesNo | MultiSelect):
            return np.where(blank, np.nan, codes)
        distinct, inverse = np.unique(codes, return_inverse=True)
        texts = np.array([_words(item.question, int(code)) for code in distinct], dtype=object)
        written: NDArray[Any] = texts[inverse]
        written[blank] = None
        return written

    def _scored(self, item: Indicator, shift: float) -> tuple[Floats, Floats]:
        """Answers as numbers (ticks as bits, yes as 1) and values of any question but a ratio."""
        latent = self._towards(item, shift)
        match item.question:
            case Ladder(steps=steps):
                step = np.searchsorted(_cuts(len(steps), LADDER_REACH), latent)
                return np.array([float(one.value) for one in steps])[step], np.array([one.points for one in steps])[step]
            case YesNo():
                yes = (latent > 0).astype(float)
                return yes, yes
            case Likert(points=points):
                step = np.searchsorted(_cuts(points, LIKERT_REACH), latent)
                return np.asarray(step + 1.0), np.asarray(step / (points - 1))
            case MultiSelect(full_at=full, options=options):
                codes, count = self._ticks(item, len(options), latent)
                return codes, np.minimum(count, full) / full
            case _:
                amounts = _amounts(item, latent)
                return amounts, amounts

    def _ticks(self, item: Indicator, options: int, latent: Floats) -> tuple[Floats, Floats]:
        """Ticked options as bits and their count; some options are easier than others."""
        hard = stream(self.seed, "options", item.id).permutation(np.linspace(-TICK_REACH, TICK_REACH, options))
        own = stream(self.seed, "ticks", item.id).standard_normal((options, len(latent)), dtype=np.float32)
        ticked = np.sqrt(TICK_SHARE) * latent + np.sqrt(1 - TICK_SHARE) * own > hard[:, np.newaxis]
        bits = 2.0 ** np.arange(options)
        return bits @ ticked, ticked.sum(axis=0).astype(float)

    def _towards(self, item: Indicator, shift: float) -> Floats:
        """The latent answer, higher where the raw value is higher."""
        latent = shift + self._latent[item.id]
        return latent if item.direction == "positive" else -latent

    @cached_property
    def _latent(self) -> dict[str, Floats]:
        """Standard normal but for the question's difficulty, each of shape `(respondents,)`."""
        standing = leading(stream(self.seed, "unit"), int(self.units.max()) + 1)[self.units]
        office = stream(self.seed, "office").standard_normal(len(self.units))
        shared = np.sqrt(SHARES["unit"]) * standing + np.sqrt(SHARES["office"]) * office
        pillars = {pillar.id: self._of_pillar(pillar.id) for pillar in self.framework.pillars}
        return {
            item.id: shared + pillars[self.framework.pillar_of(item.id)] + self._own(item) for item in self.framework.indicators
        }

    def _of_pillar(self, name: str) -> Floats:
        """What answers in one pillar share: the unit's profile and the respondent's habit."""
        profile = _standard(stream(self.seed, "profile", name).standard_normal(int(self.units.max()) + 1))
        habit = stream(self.seed, "habit", name).standard_normal(len(self.units))
        return np.asarray(np.sqrt(SHARES["profile"]) * profile[self.units] + np.sqrt(SHARES["habit"]) * habit)

    def _own(self, item: Indicator) -> Floats:
        """What is peculiar to one question: its difficulty, the kind of office, and chance."""
        generator = stream(self.seed, "item", item.id)
        difficulty = DIFFICULTY * np.clip(generator.standard_normal(), -2, 2)
        kind = stream(self.seed, "kind", item.id).standard_normal(int(self.kinds.max()) + 1)
        chance = generator.standard_normal(len(self.units))
        return np.asarray(np.sqrt(SHARES["kind"]) * kind[self.kinds] + np.sqrt(SHARES["item"]) * chance - difficulty)

    @cached_property
    def _blanks(self) -> dict[str, Mask]:
        """True where a column was not asked or is left blank; nobody leaves everything blank."""
        asked = {name: np.zeros(len(self.units), dtype=bool) for name in self.framework.columns}
        for item in self.framework.indicators:
            for name in item.answer_columns if item.question is not None else ():
                asked[name] |= self.asked(item)
        must = {
            name for item in self.framework.indicators if item.question and item.question.required for name in item.answer_columns
        }
        shares = {name: 0.0 if name in must else BLANK for name in asked}
        blanks = {name: ~who | (stream(self.seed, "blank", name).random(len(who)) < shares[name]) for name, who in asked.items()}
        empty = np.logical_and.reduce(list(blanks.values()))
        return {name: blank & ~(empty & asked[name]) for name, blank in blanks.items()}

    def _seen(self, name: str, shift: float) -> Floats:
        """A number as it is written down."""
        return np.where(self._blanks[name], np.nan, self._number(name, shift, ()))

    def _number(self, name: str, shift: float, above: tuple[str, ...]) -> Floats:
        """A number of ratios: a part of the number it is divided by, else a size; *above* guards against circles."""
        limits = next(one for one in self.framework.numbers if one.id == name)
        users = [
            item for item in self.framework.indicators if isinstance(item.question, Ratio) and item.question.numerator == name
        ]
        if not users or name in above:
            return np.clip(self._size(name), limits.minimum, limits.maximum)
        item, question = users[0], users[0].question
        whole = self._number(question.denominator, shift, (*above, name)) if isinstance(question, Ratio) else np.zeros(0)
        low, high = _scale(item)
        step = _size_of(name)[1]
        chance = stream(self.seed, "part", name).random(len(whole))
        share = np.maximum(low + _share(item, self._towards(item, shift)) * (high - low), 0)
        part = np.floor(share * whole / step + chance) * step
        return np.clip(np.minimum(part, whole) if high <= 1 else part, limits.minimum, limits.maximum)

    def _size(self, name: str) -> Floats:
        """Sizes of offices: what is large in one number is large in the others."""
        median, step = _size_of(name)
        own = stream(self.seed, "size", name).standard_normal(len(self.units))
        large = stream(self.seed, "large").standard_normal(len(self.units))
        return np.asarray(np.round(median * np.exp(0.4 * large + 0.25 * own) / step) * step)


def table_values(framework: Framework, seed: int, units: int, shift: float) -> pd.DataFrame:
    """Raw indicator values of units for an index over a table, shape `(units, indicators)`."""
    standing = leading(stream(seed, "unit"), units)
    values = {}
    for item in framework.indicators:
        profile = stream(seed, "profile", framework.pillar_of(item.id)).standard_normal(units)
        chance = stream(seed, "item", item.id).standard_normal(units)
        parts = {"unit": standing, "profile": profile, "item": chance}
        latent = shift + np.sum([np.sqrt(TABLE_SHARES[name]) * part for name, part in parts.items()], axis=0)
        values[item.id] = _amounts(item, latent if item.direction == "positive" else -latent)
    return pd.DataFrame(values)


def _cuts(steps: int, reach: float) -> Floats:
    """Thresholds between *steps* steps; two steps have one, in the middle."""
    return np.linspace(-reach, reach, steps - 1) if steps > TWO else np.zeros(1)


def _words(question: YesNo | MultiSelect, code: int) -> str:
    """The answer that a number stands for."""
    if isinstance(question, YesNo):
        return "yes" if code else "no"
    ticked = [option.value for place, option in enumerate(question.options) if code >> place & 1]
    return SEPARATOR.join(ticked) or question.none_option


def _share(item: Indicator, latent: Floats) -> Floats:
    """How far the raw value is from the low to the high goalpost, perhaps beyond the better one."""
    share = ndtr(latent)
    return np.asarray(share * OVERSHOOT if item.direction == "positive" else 1 - (1 - share) * OVERSHOOT)


def _amounts(item: Indicator, latent: Floats) -> Floats:
    """Numbers on the indicator's scale, rounded as people write them and kept to what may be answered."""
    low, high = _scale(item)
    share = _share(item, latent)
    if item.normalisation.transform == "log":
        amounts = _significant(np.exp(np.log(low) + share * (np.log(high) - np.log(low))))
    else:
        amounts = np.round(low + share * (high - low), _decimals(item, low, high))
    least, most = (0.0 if low >= 0 else -np.inf), np.inf
    if isinstance(item.question, Percent):
        most = 100.0
    if isinstance(item.question, NumberQuestion | Year):
        least = least if item.question.minimum is None else max(least, item.question.minimum)
        most = most if item.question.maximum is None else item.question.maximum
    return np.asarray(np.clip(amounts, least, most))


def _scale(item: Indicator) -> tuple[float, float]:
    """Goalposts, target or cuts, else the limits of the question, else 0 to 10, or to 1 for a ratio."""
    rule = item.normalisation
    if rule.low is not None and rule.high is not None:
        return rule.low, rule.high
    if rule.target is not None and rule.target > 0:
        return 0.0, rule.target
    if rule.cuts:
        gap = (rule.cuts[-1] - rule.cuts[0]) / len(rule.cuts) or max(abs(rule.cuts[0]), 1.0)
        return rule.cuts[0] - gap, rule.cuts[-1] + gap
    if isinstance(item.question, Percent):
        return 0.0, 100.0
    if isinstance(item.question, NumberQuestion | Year) and item.question.maximum is not None:
        return item.question.minimum or 0.0, item.question.maximum
    return 0.0, 1.0 if isinstance(item.question, Ratio) else 10.0


def _decimals(item: Indicator, low: float, high: float) -> int:
    """None for counts and wide percentages that people answer; else enough for three digits of the scale."""
    span = high - low
    if isinstance(item.question, Year):
        return 0
    whole = float(low).is_integer() and float(high).is_integer() and span >= TWO and (low == 0 or span >= WIDE)
    return 0 if whole and item.question is not None else int(np.ceil(2 - np.log10(span)))


def _significant(values: Floats) -> Floats:
    """Rounded to two significant digits."""
    scale = 10.0 ** (1 - np.floor(np.log10(values)))
    return np.asarray(np.round(values * scale) / scale)


def _size_of(name: str) -> tuple[float, float]:
    """Plausible size of a number and what it is rounded to."""
    return next(((size, step) for word, size, step in SIZES if word in name), OTHER_SIZE)
