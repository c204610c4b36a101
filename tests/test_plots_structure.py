"""The page on how an index is made up shows what the analyses found."""

import pytest

from workbench import Framework, read_survey, score
from workbench.plots import structure
from workbench.reading import correlations, next_steps
from workbench.weighting import effective_weights


@pytest.fixture(scope="module")
def scores(root):
    framework = Framework.load(root / "params/framework/2559")
    return score(framework, read_survey(root / "data/sample/answers.xlsx", framework))


class TestWeights:
    def test_the_table_has_every_pillar_and_indicator(self, scores):
        """Shares of a level sum to 100, and the title names the widest gap."""
        chart = structure.weights(scores)
        frame = chart.table.frame("en").set_index("Element")
        found = effective_weights(scores)
        pillars = found[found["level"] == "pillar"]
        worst = (pillars["effective"] - pillars["nominal"]).abs().idxmax()

        assert len(frame) == len(scores.elements("pillar")) + len(scores.tree.indicators)
        assert frame.groupby("Level")[["Given (%)", "Effective (%)"]].sum().to_numpy() == pytest.approx(100)
        assert scores.framework.label(worst).en in chart.title.en

    def test_it_draws_in_both_languages(self, scores):
        """As one svg each."""
        chart = structure.weights(scores)
        assert all(chart.svg(language).startswith("<svg") for language in ("th", "en"))


class TestAssociations:
    def test_weak_indicators_are_counted(self, scores):
        """An indicator turned around goes against its pillar."""
        name = str(correlations(scores)["with_pillar"].idxmax())
        values = scores.values.copy()
        values[name] = values[name].max() + values[name].min() - values[name]
        chart = structure.associations(score(scores.framework, values))
        frame = chart.table.frame("en").set_index("Indicator")
        flagged = int((frame["With its pillar"] < 0.3).sum())

        assert flagged >= 1
        assert chart.title.en.startswith(f"{flagged} of ")
        assert "<svg" in chart.svg("en")

    def test_none_is_weak_in_the_sample(self, scores):
        """Then the title says so."""
        assert "All 50 indicators go with their pillar" in structure.associations(scores).title.en


class TestParts:
    def test_the_parts_sum_to_the_index(self, scores):
        """Row by row."""
        frame = structure.parts(scores).table.frame("en").set_index("province")
        assert frame.iloc[:, :-1].sum(axis=1).to_numpy() == pytest.approx(frame.iloc[:, -1].to_numpy())

    def test_outranking_cannot_be_taken_apart(self, scores, root, tmp_path):
        """A sentence stands in place of the chart."""
        from dataclasses import replace

        method = scores.framework.definition.method.model_copy(update={"aggregation": "borda"})
        definition = scores.framework.definition.model_copy(update={"method": method})
        changed = score(replace(scores.framework, definition=definition), scores.values)

        assert "cannot be taken apart" in structure.parts(changed).text.en


class TestReadings:
    def test_the_next_step_is_the_largest_gain(self, scores):
        """For every unit."""
        frame = structure.readings(scores).frame("en").set_index("province")
        unit = scores.table.index[7]
        best = next_steps(scores, unit).iloc[0]

        row = frame.loc[scores.names[unit].en]
        assert scores.framework.label(best.name).en == row["Next step"]
        assert best["gain"] == pytest.approx(row["Gain of the index"])


class TestStatistics:
    def test_flags_in_words(self, scores):
        """A constant indicator is called constant."""
        values = scores.values.copy()
        values["P1.1.1"] = 0.5
        frame = structure.statistics(score(scores.framework, values)).frame("en").set_index("Indicator")

        row = frame[frame.index.str.startswith("P1.1.1 ")].iloc[0]
        assert "constant" in row["Flag"]
        assert 0 == row["Standard deviation"]
