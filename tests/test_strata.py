"""Strata of respondents: from the framework file to the means and their errors."""

import numpy as np
import pandas as pd
import pytest

from workbench import Framework, WorkbenchError, read_survey, score
from workbench.methods_text import methods_paragraph
from workbench.sample import make_sample, write_sample

FRAMEWORK = """\
id: strata
edition: "1"
title: {th: ชั้นภูมิ, en: Strata}
unit: {label: {th: หน่วย, en: unit}, plural: {th: หน่วย, en: units}}
respondents:
  label: {th: หน่วยงาน, en: agency}
  plural: {th: หน่วยงาน, en: agencies}
  minimum_response: 0.1
TYPES_AND_STRATA
method: {aggregation: arithmetic, geometric_floor: 1, minimum_coverage: 0.5, ties: competition}
bands: [{id: low, label: {th: ต่ำ, en: low}, minimum: 0}]
pillars:
- id: share
  label: {th: ส่วน, en: share}
  weight: 1
  direction: positive
  normalisation: {method: goalposts, low: 0, high: 100, transform: none}
  reference: test
  question: {type: number, text: {th: กี่, en: How many}, minimum: 0, maximum: 100}
"""
STRATA = """\
  strata:
  - {id: office, label: {th: สำนักงาน, en: offices}, types: [A01, A02]}
  - {id: field, label: {th: ภาคสนาม, en: field}, types: [A03, A04, A05, A06]}
"""
SIX = "  types:\n" + "".join(f"  - {{id: A0{n}, label: {{th: ก{n}, en: A{n}}}}}\n" for n in range(1, 7))


def framework(tmp_path, respondents=SIX + STRATA):
    path = tmp_path / "strata.yaml"
    path.write_text(FRAMEWORK.replace("TYPES_AND_STRATA\n", respondents), encoding="utf-8")
    return Framework.load(path)


def survey(tmp_path, rows, loaded):
    path = tmp_path / "answers.csv"
    pd.DataFrame(rows, columns=["unit", "agency", "status", "share"]).to_csv(path, index=False)
    return read_survey(path, loaded)


ROWS = [
    ("u", "A01", "answered", 80), ("u", "A02", "answered", 60),
    ("u", "A03", "answered", 20), ("u", "A04", "answered", 40), ("u", "A05", "no_answer", None), ("u", "A06", "no_answer", None),
]  # fmt: skip


class TestStrata:
    def test_the_mean_weighs_each_stratum_by_its_size(self, tmp_path):
        """The mean is sum W_h y_h and its variance sum W_h^2 (1 - f_h) s_h^2 / n_h.

        Cochran, Sampling Techniques (1977), chapter 5. Here 2/6 x 70 + 4/6 x 30, and (4/6)^2 x 1/2 x 200 / 2, for all
        offices answered.
        """
        loaded = framework(tmp_path)
        table = score(loaded, survey(tmp_path, ROWS, loaded)).table

        assert table.loc["u", "index"] == pytest.approx(2 / 6 * 70 + 4 / 6 * 30)
        assert table.loc["u", "index_se"] == pytest.approx(np.sqrt((4 / 6) ** 2 * 0.5 * 200 / 2))

    def test_without_strata_every_answer_counts_alike(self, tmp_path):
        """The plain mean of the four answers."""
        loaded = framework(tmp_path, SIX)

        assert score(loaded, survey(tmp_path, ROWS, loaded)).table.loc["u", "index"] == pytest.approx(50.0)

    def test_a_known_population_replaces_the_invited(self, tmp_path):
        """Ten field offices, of which four were invited: weights 2/12 and 10/12, and less is known of them."""
        strata = STRATA.replace("types: [A01, A02]", "types: [A01, A02], population: 2").replace("A06]", "A06], population: 10")
        loaded = framework(tmp_path, SIX + strata)
        table = score(loaded, survey(tmp_path, ROWS, loaded)).table

        assert table.loc["u", "index"] == pytest.approx(2 / 12 * 70 + 10 / 12 * 30)
        assert table.loc["u", "index_se"] == pytest.approx(np.sqrt((10 / 12) ** 2 * 0.8 * 200 / 2))

    def test_without_a_status_column_everyone_listed_was_invited(self, tmp_path):
        """The silent need no row then."""
        loaded = framework(tmp_path)
        path = tmp_path / "plain.csv"
        heard = [(unit, agency, value) for unit, agency, status, value in ROWS if status == "answered"]
        pd.DataFrame(heard, columns=["unit", "agency", "share"]).to_csv(path, index=False)

        assert score(loaded, read_survey(path, loaded)).table.loc["u", "index"] == pytest.approx(130 / 3)

    def test_the_methods_say_so(self, tmp_path):
        """The paragraph names the strata."""
        loaded = framework(tmp_path)

        words = str(methods_paragraph(score(loaded, survey(tmp_path, ROWS, loaded))).en)
        assert "weighted by the size of their stratum (offices, field)" in words

    def test_more_answers_than_the_population_is_an_error(self, tmp_path):
        """The size of a stratum is checked against who answered."""
        strata = STRATA.replace("types: [A01, A02]", "types: [A01, A02], population: 1").replace("A06]", "A06], population: 10")
        loaded = framework(tmp_path, SIX + strata)

        with pytest.raises(WorkbenchError, match="`u`, stratum `office`: 2 answered of 1 invited") as caught:
            score(loaded, survey(tmp_path, ROWS, loaded))
        assert "or `population`" in str(caught.value)

    def test_every_fault_of_the_strata_is_named(self, tmp_path):
        """Types forgotten, twice, unknown; a population in one stratum only."""
        strata = """\
  strata:
  - {id: office, label: {th: ก, en: a}, types: [A01, A02, A99], population: 3}
  - {id: field, label: {th: ข, en: b}, types: [A02, A03, A04, A05]}
"""
        with pytest.raises(WorkbenchError) as caught:
            framework(tmp_path, SIX + strata)

        assert {
            "stratum `office` holds `A99`, an unknown type.",
            "type `A02` is in 2 strata.",
            "type `A06` is in no stratum.",
            "`population` is missing in field.",
        } == {fault.problem for fault in caught.value.faults}

    def test_strata_leave_the_order_of_rows_without_effect(self, root, tmp_path):
        """Rows in any order give the same scores."""
        loaded = framework(tmp_path)
        frame = make_sample(loaded, units=5, agencies=6, seed=4)
        one, two = tmp_path / "one.csv", tmp_path / "two.csv"
        write_sample(frame, one, loaded, seed=4)
        write_sample(frame.sample(frac=1, random_state=1), two, loaded, seed=4)
        first, second = (score(loaded, read_survey(path, loaded)).table for path in (one, two))

        pd.testing.assert_frame_equal(first, second.loc[first.index], rtol=1e-12)
