"""The steps before normalisation, joined: a published index from raw table to rank, then the record of every step."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.indicators import read_indicators
from workbench.preparation import prepare
from workbench.preparation_model import IMPUTATIONS, TREATMENTS
from workbench.scoring import score


@pytest.fixture(scope="module")
def asem(root, shared):
    """COINr's ASEM example under the framework file of the project: denominated, filled, treated, min-max, weighted means."""
    framework = Framework.load(root / "params/framework/asem")
    return score(framework, read_indicators(shared / "asem" / "ASEM_iData.csv", framework))


class TestAgainstPublishedNumbers:
    @pytest.fixture
    def scores(self, asem):
        return asem

    def expected(self, shared, step):
        return pd.read_csv(shared / "asem" / f"asem_{step}.csv", keep_default_na=False, na_values=[""]).set_index("uCode")

    @pytest.mark.parametrize("step", ["imputed", "treated", "normalised"])
    def test_every_step_cell_by_cell(self, scores, shared, step):
        """51 countries x 49 indicators agree with COINr 1.1.14 after each step, to 1e-9 of the cell."""
        answers = self.expected(shared, step)
        found = {"imputed": scores.prepared.imputed, "treated": scores, "normalised": scores}[step]
        frame = scores.normalised if step == "normalised" else found.values
        names = list(scores.normalised.columns)

        assert (51, 49) == frame.shape
        np.testing.assert_allclose(frame.loc[answers.index, names], answers[names].astype(float), rtol=1e-9, atol=1e-9)

    def test_every_group_and_the_index(self, scores, shared):
        """8 pillars, 2 sub-indices and the index to 1e-9."""
        answers = self.expected(shared, "aggregated")
        groups = [group.id for group in scores.framework.groups]

        assert 10 == len(groups)
        np.testing.assert_allclose(scores.table.loc[answers.index, groups], answers[groups].astype(float), rtol=0, atol=1e-9)
        np.testing.assert_allclose(scores.index[answers.index], answers["Index"].astype(float), rtol=0, atol=1e-9)
        assert 68.383724238341713 == pytest.approx(scores.index["CHE"], abs=1e-9)

    def test_every_rank(self, scores, shared):
        """All 51 ranks, Thailand at 42."""
        answers = self.expected(shared, "aggregated_ranks")

        assert answers["Index"].astype(int).to_dict() == scores.table["rank"].reindex(answers.index).astype(int).to_dict()
        assert 42 == scores.table.loc["THA", "rank"]

    def test_what_was_done_is_on_record(self, scores, shared):
        """Imputed cells are counted, treated indicators named as COINr names them, and coverage is of what was measured."""
        raw = pd.read_csv(shared / "asem" / "ASEM_iData.csv", keep_default_na=False, na_values=["", "NA"]).set_index("uCode")
        names = list(scores.normalised.columns)

        # Two values of Laos are lost because its energy use, their denominator, is missing.
        assert int(raw[names].isna().sum().sum()) + 2 == int(scores.prepared.imputed.imputed.to_numpy().sum())
        assert any("LAO" in notice.en for notice in scores.notices)
        assert scores.table["coverage"].min() < 1
        assert len(scores.notices) > 0


class TestNothingAskedNothingDone:
    def test_values_come_back_unchanged(self, tiny):
        """A framework without preparation scores what was measured."""
        framework = Framework.load(tiny)
        ids = [item.id for item in framework.indicators]
        raw = pd.DataFrame(np.random.default_rng(1).uniform(0, 1, (5, 7)), columns=ids, index=list("edcba"))
        found = prepare(framework, raw)

        pd.testing.assert_frame_equal(raw, found.values)
        assert (None, None, ()) == (found.imputed, found.treated, found.notices)

    def test_the_model_knows_every_method(self):
        """The words of the parameter file are those of the functions."""
        from workbench.imputation import METHODS
        from workbench.treatment_rule import METHODS as TREATMENT_METHODS

        assert tuple(METHODS) == IMPUTATIONS
        assert tuple(TREATMENT_METHODS) == TREATMENTS


class TestSteps:
    def load(self, tiny, preparation):
        path = tiny / "framework.yaml"
        path.write_text(path.read_text(encoding="utf-8") + preparation, encoding="utf-8")
        return Framework.load(tiny)

    def frame(self, framework, gap=None):
        ids = [item.id for item in framework.indicators]
        table = pd.DataFrame(np.random.default_rng(1).uniform(0.05, 0.9, (6, 7)), columns=ids, index=list("fedcba"))
        if gap:
            table.loc[gap] = np.nan
        return table

    def test_screened_units_have_no_score_and_are_named(self, tiny):
        """A unit below the minimum coverage stays in the table without a score."""
        framework = self.load(tiny, "preparation: {screening: {minimum_coverage: 0.5}}\n")
        table = self.frame(framework)
        table.loc["c", table.columns[:5]] = np.nan
        scores = score(framework, table)

        assert ["c"] == list(scores.prepared.dropped.index)
        assert np.isnan(scores.index["c"])
        assert "c" == scores.table.index[-1]

    def test_a_forced_treatment_is_done_though_the_indicator_passes(self, tiny):
        """An indicator may be put on logarithms without a rule for the others."""
        path = tiny / "alpha.yaml"
        text = path.read_text(encoding="utf-8").replace("- id: A.8\n", "- id: A.8\n  treatment: log_one\n")
        text = text.replace("{method: goalposts, low: 0, high: 60}", "{method: minmax}")
        path.write_text(text, encoding="utf-8")
        framework = Framework.load(tiny)
        found = prepare(framework, self.frame(framework))

        assert not found.raw["A.8"].equals(found.values["A.8"])
        assert found.raw["A.9"].equals(found.values["A.9"])

    def test_goalposts_bound_their_indicator_already(self, tiny):
        """The rule leaves indicators with goalposts alone, and forcing a treatment on one is refused."""
        framework = self.load(tiny, "preparation: {treatment: {skewness: 0, kurtosis: -9}}\n")
        found = prepare(framework, self.frame(framework))

        assert found.raw.equals(found.values)
        path = tiny / "alpha.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("- id: A.8\n", "- id: A.8\n  treatment: log_one\n"), encoding="utf-8"
        )
        with pytest.raises(WorkbenchError, match="takes no `treatment`"):
            Framework.load(tiny)

    def test_an_imputed_cell_is_no_coverage(self, tiny):
        """Filling a gap does not make it measured."""
        framework = self.load(tiny, "preparation: {imputation: {method: median}}\n")
        table = self.frame(framework)
        table.loc["d", "A.9"] = np.nan
        scores = score(framework, table)

        assert scores.table.loc["d", "coverage"] == pytest.approx(8 / 9)
        assert bool(scores.prepared.imputed.imputed.loc["d", "A.9"])
        assert not np.isnan(scores.table.loc["d", "A.9"])


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("preparation", "words"),
        [
            ("{imputation: {method: group_mean}}", "needs `groups`"),
            ("{imputation: {method: multiple}}", "needs a `seed`"),
            ("{imputation: {method: guess}}", '`method` is "guess".'),
            ("{screening: {minimum_coverage: 1.5}}", "`minimum_coverage` is 1.5."),
            ("{treatment: {points: -1}}", "`points` is -1."),
            ("{treatement: {points: 1}}", "unknown key `treatement`."),
        ],
    )
    def test_faulty_settings(self, tiny, preparation, words):
        """Each with its line."""
        path = tiny / "framework.yaml"
        path.write_text(path.read_text(encoding="utf-8") + f"preparation: {preparation}\n", encoding="utf-8")
        with pytest.raises(WorkbenchError) as caught:
            Framework.load(tiny)

        assert words in caught.value.faults[0].problem
        assert caught.value.faults[0].line is not None

    def test_a_missing_column_of_groups(self, tiny):
        """The column is named with the nearest there is."""
        path = tiny / "framework.yaml"
        text = "preparation: {imputation: {method: group_mean, groups: region}}\n"
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
        framework = Framework.load(tiny)
        ids = [item.id for item in framework.indicators]
        with pytest.raises(WorkbenchError, match="column `region`, which the framework divides or groups by, is missing"):
            score(framework, pd.DataFrame(0.5, columns=ids, index=list("ab")))


def test_a_denominator_that_is_text(asem):
    """Named by its column, without a traceback."""
    frame = pd.DataFrame(
        {"GDP": ["much"], "Area": [1.0], "Energy": [1.0], "Population": [1.0], "EurAsia_group": ["Asia"]}, index=["x"]
    )
    frame[[item.id for item in asem.framework.indicators]] = 1.0
    with pytest.raises(WorkbenchError, match="column `GDP`, which the framework divides by, holds text"):
        score(asem.framework, frame)
