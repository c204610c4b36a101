"""One indicator: what is said of it is what the data and the kernel say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

import workbench as wb
from workbench.indicator_view import _rule, without
from workbench.normalisation import fit
from workbench.sample import make_sample, write_sample


@pytest.fixture(scope="module")
def scores(root):
    framework = wb.Framework.load(root / "params/framework/2559")
    return wb.score(framework, wb.read_survey(root / "data/sample/answers.xlsx", framework))


@pytest.fixture
def small(tiny, tmp_path):
    """Scores of the tiny framework, and the folder."""
    framework = wb.Framework.load(tiny)
    path = tmp_path / "answers.csv"
    write_sample(make_sample(framework, units=30, agencies=3, seed=2), path, framework, seed=2)
    return wb.score(framework, wb.read_survey(path, framework))


class TestWhatIf:
    def test_dropping_is_a_framework_that_never_had_it(self, small, tiny):
        """The file without the indicator, scored anew on the same values, gives the very ranks."""
        file = tiny / "alpha.yaml"
        pillar = yaml.safe_load(file.read_text(encoding="utf-8"))
        pillar["children"] = [child for child in pillar["children"] if child["id"] != "A.8"]
        file.write_text(yaml.safe_dump(pillar, allow_unicode=True), encoding="utf-8")
        fewer = wb.score(wb.Framework.load(tiny), small.values.drop(columns="A.8"))
        shift = (fewer.table["rank"].loc[small.table.index].astype(float) - small.table["rank"].astype(float)).abs()
        row = wb.indicator(small, "A.8").shifts.loc["dropped"]

        assert row["max_rank_shift"] == shift.max() > 0
        assert row["mean_rank_shift"] == pytest.approx(shift.mean())
        assert row["units_moved"] == (shift > 0).sum()
        assert row["farthest"] == shift.idxmax()

    def test_doubling_is_a_framework_with_twice_the_weight(self, small, tiny):
        """The same, by the file."""
        file = tiny / "alpha.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("- id: A.8\n", "- id: A.8\n  weight: 2\n"), encoding="utf-8")
        more = wb.score(wb.Framework.load(tiny), small.values)
        shift = (more.table["rank"].loc[small.table.index].astype(float) - small.table["rank"].astype(float)).abs()

        assert wb.indicator(small, "A.8").shifts.loc["doubled", "max_rank_shift"] == shift.max()

    def test_a_group_that_held_nothing_else_goes_along(self, small):
        """Without both of its children a sub-pillar has no weight; without all, there is no index."""
        tree = without(without(small.tree, "Z.1.1"), "Z.1.2")
        assert 0.0 == tree.weights[tree.nodes.index("Z.1")]
        for name in ("Z.2.1", "Z.2.2", "A.9", "A.8"):
            tree = without(tree, name)
        with pytest.raises(wb.WorkbenchError, match="would hold nothing"):
            without(tree, "A.7")


class TestNumbers:
    def test_distribution_and_links_are_those_of_pandas(self, scores):
        """Describe, skew and correlations, recomputed."""
        view = wb.indicator(scores, "P2.2.1")
        column = scores.normalised["P2.2.1"]
        others = [
            c
            for c in column.to_frame().join(scores.normalised.drop(columns="P2.2.1")).columns
            if c.startswith("P2.") and c != "P2.2.1"
        ]

        assert view.distribution.loc["mean", "score"] == pytest.approx(np.nanmean(column))
        assert view.distribution.loc["skew", "score"] == pytest.approx(column.skew())
        assert view.distribution.loc["floor", "score"] == pytest.approx((column == 0).mean())
        assert view.links["with_index"] == pytest.approx(np.corrcoef(column, scores.index)[0, 1])
        assert view.links["with_rest"] == pytest.approx(np.corrcoef(column, scores.normalised[others].mean(axis=1))[0, 1])
        assert view.influence["r_squared"] == pytest.approx(np.corrcoef(column, scores.index)[0, 1] ** 2)

    def test_the_rule_counts_every_answer_once(self, scores):
        """Of a ladder, a yes or no, and agreement: the counts add up to those who answered."""
        kinds = {}
        for item in scores.framework.indicators:
            kinds.setdefault(item.question.type, item.id)
        for kind in ("ladder", "yes_no", "likert"):
            if kind in kinds:
                rule = wb.indicator(scores, kinds[kind]).rule
                assert rule["answers"].sum() == scores.data.answers[kinds[kind]].notna().sum(), kind

    def test_options_are_counted_one_by_one(self, small):
        """Of a question with many options, each that was ticked."""
        given = small.data.answers["Z.2.2"].dropna().astype(str)
        rule = wb.indicator(small, "Z.2.2").rule.set_index("from")

        assert rule.loc["web", "answers"] == given.str.split(";").map(lambda ticked: "web" in ticked).sum()
        assert rule.loc["web", "points"] == 0.5

    def test_goalposts_follow_the_direction(self, small):
        """Less is better: the lower goalpost gives 100."""
        rule = wb.indicator(small, "A.7").rule
        assert [(0.01, 100.0), (0.1, 0.0)] == list(rule[["from", "points"]].itertuples(index=False, name=None))

    def test_a_fitted_scale_shows_what_it_was_fitted_to(self, root):
        """Minimum and maximum of the units, their 5th and 95th percentile, categories by their cuts; never an unknown."""
        import pandas as pd

        framework = wb.Framework.load(root / "params/framework/hdi")
        values = pd.DataFrame({item.id: np.linspace(10, 30, 21) for item in framework.indicators})
        item = framework.indicators[0]
        found = {}
        for method in ({"method": "minmax"}, {"method": "rank"}, {"method": "trimmed"}, {"method": "categorical", "cuts": (15, 20), "points": (0, 40, 90)}):  # fmt: skip
            changed = item.model_copy(update={"normalisation": type(item.normalisation)(**method)})
            scores = wb.score(framework, values)
            scores = replace(scores, ruler=fit(values.to_numpy(), [changed] * values.shape[1]))
            found[method["method"]] = list(_rule(scores, changed).itertuples(index=False, name=None))

        assert [(10.0, 0.0), (30.0, 100.0)] == found["minmax"] == found["rank"]
        assert found["trimmed"] == [pytest.approx((11.0, 0.0)), pytest.approx((29.0, 100.0))]
        assert [("< 15", 0.0), ("≥ 15", 40.0), ("≥ 20", 90.0)] == found["categorical"]


def test_every_indicator_can_be_looked_at(scores):
    """HTML in both languages, without `nan`, for each; synthetic data is called so."""
    for item in scores.framework.indicators:
        html = wb.indicator(scores, item.id)._repr_html_()
        assert item.label.th in html
        assert "Synthetic data" in html
        assert 'class="n">nan' not in html


def test_a_table_without_survey(root):
    """An index over a table has rules but no answers."""
    import pandas as pd

    framework = wb.Framework.load(root / "params/framework/hdi")
    rng = np.random.default_rng(1)
    values = pd.DataFrame(rng.uniform(10, 20, (9, len(framework.indicators))), columns=[i.id for i in framework.indicators])
    view = wb.indicator(wb.score(framework, values), framework.indicators[0].id)

    assert "answers" not in view.rule
    assert "dropped" in view.shifts.index


def test_a_wrong_name(scores):
    """The words of the error."""
    with pytest.raises(wb.WorkbenchError, match=r"no indicator `P1\.1\.99`"):
        wb.indicator(scores, "P1.1.99")
