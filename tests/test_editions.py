"""Editions side by side: changes with errors, parts that add up, and what breaks a comparison."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.editions import compare_editions, differences, welch
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.sampling import half_width
from workbench.scoring import score

COLUMNS = ["Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "A.7"]


def table(seed, units):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(rng.uniform(0.1, 0.9, (len(units), 7)) * [1, 1, 1, 1, 4, 60, 0.1], columns=COLUMNS, index=list(units))


def extended(folder, text):
    path = folder / "framework.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}{text}\n", encoding="utf-8")
    return Framework.load(folder)


@pytest.fixture
def editions(tiny):
    framework = Framework.load(tiny)
    return compare_editions({"2559": score(framework, table(1, "fbdac")), "2561": score(framework, table(2, "cadbe"))})


class TestChanges:
    def test_by_unit_whatever_the_order(self, editions):
        """A change is the later index less the earlier one of the same unit; who is in one edition only has none."""
        one, two = editions.scores["2559"].index, editions.scores["2561"].index
        found = editions.changes.set_index("unit")

        assert two["d"] - one["d"] == pytest.approx(found.loc["d", "change"])
        assert np.isnan(found.loc["e", "change"])
        assert np.isnan(found.loc["f", "change"])

    def test_the_error_of_a_change(self, root):
        """Two independent surveys: the root of the sum of squares, and an interval by t with the answers of both."""
        from workbench import read_survey

        framework = Framework.load(root / "params/framework/2559")
        scores = score(framework, read_survey(root / "data/sample/answers.xlsx", framework))
        found = compare_editions({"one": scores, "two": scores}).changes.set_index("unit")

        np.testing.assert_allclose(found["se"], np.sqrt(2) * scores.table["index_se"].reindex(found.index))
        answered = scores.table["n_answered"].reindex(found.index)
        # With equal errors Welch's degrees of freedom are the sum of both: n - 1 twice.
        reach = stats.t.ppf(0.95, 2 * (answered - 1))
        np.testing.assert_allclose(found["high"] - found["low"], 2 * reach * found["se"], rtol=1e-6)
        assert (found["change"] == 0).all()

    def test_degrees_of_freedom_against_a_published_example(self):
        """Student's sleep data (1908), as R's help of `t.test` has them: df 17.776, 95 % interval -3.3654832 to 0.2054832."""
        one = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
        two = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
        errors = [part.std(ddof=1) / np.sqrt(10) for part in (one, two)]
        freedom = float(welch(*map(np.float64, errors), np.float64(9), np.float64(9)))
        reach = half_width(np.hypot(*errors), freedom, 0.95)

        assert 17.776 == round(freedom, 3)
        assert -3.3654832 == pytest.approx(one.mean() - two.mean() - reach, abs=1e-7)
        assert 0.2054832 == pytest.approx(one.mean() - two.mean() + reach, abs=1e-7)

    def test_the_parts_add_up(self, editions):
        """What each indicator adds to a unit's change sums to it."""
        for unit in "abcd":
            change = editions.changes.set_index("unit").loc[unit, "change"]
            assert change == pytest.approx(editions.parts(unit, "2559", "2561").sum(), abs=1e-9)


class TestComparability:
    def test_one_framework_of_fixed_goalposts_needs_no_warning(self, editions):
        """Nothing differs."""
        assert () == editions.warnings

    def test_everything_that_differs_is_named(self, tiny):
        """Weights, goalposts, aggregation, indicators and relative normalisation."""
        old = Framework.load(tiny)
        alpha, zeta = tiny / "alpha.yaml", tiny / "zeta.yaml"
        text = alpha.read_text(encoding="utf-8").replace("low: 0, high: 60", "low: 0, high: 50").replace("id: A.9", "id: A.10")
        alpha.write_text(text.replace("{method: goalposts, low: 0, high: 4}", "{method: minmax}"), encoding="utf-8")
        text = (
            zeta.read_text(encoding="utf-8")
            .replace("weight: 3", "weight: 4")
            .replace("aggregation: geometric", "aggregation: harmonic")
        )
        zeta.write_text(text, encoding="utf-8")
        found = [text.en for text in differences(old, Framework.load(tiny))]

        assert [
            "indicators added: A.10",
            "indicators dropped: A.9",
            "goalposts or normalisation changed: A.8",
            "weights changed: Z.2.2",
            "aggregation changed: Z.1",
        ] == found

    def test_min_max_measures_each_edition_by_itself(self, tiny):
        """A relative normalisation is a warning even when nothing changed."""
        path = tiny / "alpha.yaml"
        text = path.read_text(encoding="utf-8").replace("{method: goalposts, low: 0, high: 60}", "{method: minmax}")
        path.write_text(text, encoding="utf-8")
        framework = Framework.load(tiny)

        assert ["measured by each edition's own units: A.8"] == [text.en for text in differences(framework, framework)]

    @pytest.mark.parametrize(
        ("added", "said"),
        [
            ("method: {minimum_coverage: 0.9}", "minimum coverage changed"),
            ("method: {geometric_floor: 5}", "floor of geometric means changed"),
            ("method: {weights: equal}", "rule of weights changed"),
            ("preparation: {imputation: {method: mean}}", "preparation changed"),
        ],
    )
    def test_a_rule_for_all_that_differs_is_named(self, tiny, added, said):
        """The missing-value rule, the floor, the rule of weights and the preparation change scores too."""
        before = Framework.load(tiny)
        extended(tiny, added)

        assert [said] == [text.en for text in differences(before, Framework.load(tiny))]

    def test_outranking_compares_each_edition_with_itself(self, tiny):
        """A warning even when nothing changed."""
        framework = extended(tiny, "method: {aggregation: borda}")

        found = [text.en for text in differences(framework, framework)]
        assert ["aggregated by comparing each edition's own units: index, Z, Z.2, A"] == found


class TestWhatIsRefused:
    def test_one_edition(self, editions):
        """A comparison has two sides."""
        with pytest.raises(WorkbenchError, match="1 edition is given"):
            compare_editions({"2559": editions.scores["2559"]})

    def test_parts_across_frameworks(self, tiny):
        """A change between different frameworks has no parts."""
        one = score(Framework.load(tiny), table(1, "ab"))
        path = tiny / "zeta.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("weight: 3", "weight: 4"), encoding="utf-8")
        two = score(Framework.load(tiny), table(2, "ab"))
        with pytest.raises(WorkbenchError, match="different frameworks"):
            compare_editions({"old": one, "new": two}).parts("a", "old", "new")

    def test_parts_with_weights_from_each_edition(self, tiny):
        """One framework, but weights that follow from the scores: parts by the weights of one edition would mislead."""
        framework = extended(tiny, "method: {weights: entropy}")
        found = compare_editions({"old": score(framework, table(1, "abcdef")), "new": score(framework, table(2, "abcdef"))})

        assert ["old → new: weights from each edition's own scores: entropy"] == [text.en for text in found.warnings]
        with pytest.raises(WorkbenchError, match="follow from their own scores"):
            found.parts("a", "old", "new")

    def test_bands_by_quantile_are_one_framework(self, tiny):
        """Limits follow the scores; the framework is the same, so a change has parts."""
        path = tiny / "framework.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"minimum: (\d+)}", r"quantile: 0.\1}", text), encoding="utf-8")
        framework = Framework.load(tiny)
        assert framework.bands[0].quantile == 0
        found = compare_editions({"old": score(framework, table(1, "abc")), "new": score(framework, table(2, "abc"))})

        assert found.scores["old"].framework.fingerprint == framework.fingerprint
        assert found.changes["change"].iloc[0] == pytest.approx(found.parts("a", "old", "new").sum())
        assert score(framework, table(1, "abc") * np.nan).table["index"].isna().all()
