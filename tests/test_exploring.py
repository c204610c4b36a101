"""The live panel: the same numbers as the kernel gives, found at once, and written down as proposals only."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import workbench as wb
from workbench.aggregation import index_scores, rank
from workbench.amendments import read_workshop
from workbench.exploring import Choice, Explorer, groups_with_choice
from workbench.proposals import propose
from workbench.text import Text
from workbench.uncertainty.ranking import rank_counts

WHY = Text(th="เหตุผล", en="Reason")


@pytest.fixture(scope="module")
def framework(root):
    return wb.Framework.load(root / "params/framework/2559", workshops=[root / "params/workshops/2559-05-23.yaml"])


@pytest.fixture(scope="module")
def data(root, framework):
    return wb.read_survey(root / "data/sample/answers.xlsx", framework)


@pytest.fixture(scope="module")
def explorer(framework, data):
    return Explorer(wb.score(framework, data), draws=3000, seed=3)


class TestLook:
    def test_without_a_change_it_is_what_is_published(self, explorer):
        """Index, rank and band to the last bit, and nobody moved."""
        table, published = explorer.look(), explorer.scores.table
        assert np.array_equal(table["index"], published["index"].loc[table.index])
        assert np.array_equal(table["rank"], published["rank"].loc[table.index].astype(float))
        assert list(table["band"]) == list(published["band"].loc[table.index])
        assert not table["moved"].any()

    def test_weights_and_means_are_those_of_the_amended_framework(self, root, framework, data, explorer, tmp_path):
        """Written down, accepted and scored anew, a choice gives the same scores to the last bit."""
        base = wb.Framework.load(root / "params/framework/2559")
        looked = Explorer(wb.score(base, data), draws=10)
        choice = Choice(weights={"P3": 2.5, "P1.1": 0.2}, aggregation="geometric")
        path = tmp_path / "found.yaml"
        assert 3 == propose(base, choice, path, reason=WHY, raised_by="E01")
        path.write_text(path.read_text(encoding="utf-8").replace("proposed", "accepted"), encoding="utf-8")
        amended = wb.score(wb.Framework.load(root / "params/framework/2559", workshops=[path]), data)

        table = looked.look(choice)
        assert np.array_equal(table["index"], amended.index.loc[table.index])
        assert np.array_equal(table["rank"], amended.table["rank"].loc[table.index].astype(float))

    def test_amendments_switch_on_and_off(self, root, data, explorer):
        """With none accepted it is the edition."""
        edition = wb.score(wb.Framework.load(root / "params/framework/2559"), data)
        table = explorer.look(Choice(accepted=frozenset()))

        assert np.array_equal(table["index"], edition.index.loc[table.index])
        assert table["moved"].any()

    def test_normalisation_is_that_of_the_uncertainty_analysis(self, explorer):
        """Ranks in place of goalposts: scores are shares of units below."""
        from workbench.aggregation import aggregate
        from workbench.normalisation import fit, normalise

        scores = explorer.scores
        values = scores.values.to_numpy()
        ruler = fit(values, scores.framework.indicators, "rank", list(scores.values.index))
        expected = aggregate(normalise(values, ruler), scores.tree)[:, -1]
        table = explorer.look(Choice(normalisation="rank"))

        assert np.array_equal(table["index"].loc[scores.values.index], expected)

    def test_intervals_are_quantiles_of_ranks_of_the_whole_tree(self, explorer):
        """The pillars' tree gives what the whole tree gives, draw by draw."""
        scores, choice = explorer.scores, Choice(weights={"P3": 2.0}, spread=0.5)
        tree = explorer.tree(choice)
        places = [tree.nodes.index(pillar.id) for pillar in scores.framework.pillars]
        weights = np.repeat(tree.weights[None], explorer.draws, axis=0)
        weights[:, places] *= 1.0 + 0.5 * explorer._uniform.T
        ranks = rank(index_scores(scores.normalised.loc[scores.values.index].to_numpy(), tree, weights))
        table = explorer.look(choice).loc[scores.values.index]

        for name, share in (("rank_p05", 5), ("rank_median", 50), ("rank_p95", 95)):
            expected = np.percentile(ranks, share, axis=0, method="inverted_cdf")
            assert np.array_equal(table[name], expected), name

    def test_without_spread_every_draw_is_the_choice(self, explorer):
        """Noise of nothing: the interval is the rank."""
        table = explorer.look(Choice(weights={"P2": 0.4}, spread=0.0))
        assert np.array_equal(table["rank_p05"], table["rank"])
        assert np.array_equal(table["rank_p95"], table["rank"])

    def test_an_outranking_takes_the_draws_a_hand_can_wait_for(self, framework, data, explorer):
        """Fewer than asked for, the first of them, and it says how many; the intervals are those of the kernel."""
        scores = explorer.scores
        compared = Explorer(replace(scores, tree=scores.tree.with_methods({"index": "copeland"})), draws=3000, seed=3)
        table = compared.look(Choice(spread=0.5))
        count = table.attrs["draws"]
        tree = compared.tree(Choice())
        places = [tree.nodes.index(pillar.id) for pillar in scores.framework.pillars]
        weights = np.repeat(tree.weights[None], count, axis=0)
        weights[:, places] *= 1.0 + 0.5 * compared._uniform.T[:count]
        ranks = rank(index_scores(scores.normalised.to_numpy(), tree, weights))
        found = table.loc[scores.values.index, ["rank_p05", "rank_median", "rank_p95"]].to_numpy().T

        assert 3000 == explorer.look().attrs["draws"]
        assert 100 <= count < 3000
        assert np.array_equal(found, np.percentile(ranks, (5, 50, 95), axis=0, method="inverted_cdf"))

    def test_the_same_seed_gives_the_same_luck(self, framework, data, explorer):
        """A slider moves ranks, not random numbers; another seed draws others."""
        again = Explorer(explorer.scores, draws=3000, seed=3)
        other = Explorer(explorer.scores, draws=3000, seed=0)
        assert explorer.look().equals(again.look())
        assert not np.array_equal(explorer._uniform, other._uniform)

    def test_impossible_choices_are_refused(self, explorer):
        """In words, before anything is computed."""
        for choice, words in (
            (Choice(weights={"P33": 1}), "no element `P33`"),
            (Choice(weights={"P3": -1}), "weight of `P3` is -1"),
            (Choice(weights={"P1.1": 0, "P1.2": 0, "P1.3": 0}), "every weight in `P1` is 0"),
            (Choice(aggregation="median"), "no aggregation `median`"),
            (Choice(normalisation="decile"), "no normalisation `decile`"),
            (Choice(accepted=frozenset({"a99"})), "no amendment `a99`"),
        ):
            with pytest.raises(wb.WorkbenchError, match=words):
                explorer.look(choice)
        with pytest.raises(wb.WorkbenchError, match="draws=0"):
            Explorer(explorer.scores, draws=0)


@given(arrays(float, st.tuples(st.integers(1, 6), st.integers(1, 5)), elements=st.sampled_from([-3.0, 0.0, 1.0, 1.0 + 2e-16, 50.0, 50.0 + 1e-13, float("nan")])))  # fmt: skip
def test_counts_are_those_of_the_kernel(scores):
    """Ties, near ties, negative and missing scores: each draw ranked as `rank` does."""
    for dense, ties in ((False, "competition"), (True, "dense")):
        expected = np.zeros((scores.shape[1],) * 2, dtype=int)
        for draw in rank(scores, ties):
            for unit, place in enumerate(draw):
                if not np.isnan(place):
                    expected[unit, int(place) - 1] += 1
        assert np.array_equal(expected, rank_counts(scores, dense=dense))


class TestProposals:
    def test_they_are_added_and_change_nothing(self, root, framework, data, tmp_path):
        """Comments and order of the file stay, ids are new, guards hold, and the framework is as before."""
        shutil.copytree(root / "params" / "workshops", tmp_path / "workshops")
        path = tmp_path / "workshops" / "2559-05-23.yaml"
        original = path.read_text(encoding="utf-8")
        propose(framework, Choice(weights={"P2": 1.35}), path, reason=WHY, raised_by="E07")
        workshop = read_workshop(path)
        last = workshop.amendments[-1]

        assert original.splitlines()[0] in path.read_text(encoding="utf-8")
        assert [item.id for item in framework.amendments] == [item.id for item in workshop.amendments[:-1]]
        assert ("P2.weight", 1.35, "proposed", "E07") == (last.parameter, last.to, last.status, last.raised_by)
        again = wb.Framework.load(root / "params/framework/2559", workshops=[path])
        assert again.fingerprint == framework.fingerprint

    @pytest.mark.parametrize(
        ("choice", "by", "words"),
        [
            (Choice(), "E07", "nothing to propose"),
            (Choice(normalisation="rank"), "E07", "nothing to propose"),
            (Choice(weights={"P2": 2.0}), "Somchai", "raised_by"),
        ],
    )
    def test_what_cannot_be_written_leaves_no_file(self, framework, tmp_path, choice, by, words):
        """Refused in words; neither the file nor a part of it is there."""
        with pytest.raises(wb.WorkbenchError, match=words):
            propose(framework, choice, tmp_path / "new.yaml", reason=WHY, raised_by=by)
        assert [] == list(tmp_path.iterdir())

    def test_a_new_file_goes_where_its_folder_is(self, framework, tmp_path, monkeypatch):
        """From a notebook's own folder the project's folder is meant; one beside the notebook comes first; none is made up."""
        (tmp_path / "notebook").mkdir()
        monkeypatch.chdir(tmp_path / "notebook")
        monkeypatch.setattr("workbench.paths.PROJECT", tmp_path)
        (tmp_path / "kept").mkdir()
        propose(framework, Choice(weights={"P2": 2.0}), "kept/new.yaml", reason=WHY, raised_by="E07")
        propose(framework, Choice(weights={"P2": 2.5}), "mine.yaml", reason=WHY, raised_by="E07")

        assert ["new.yaml"] == [path.name for path in (tmp_path / "kept").iterdir()]
        assert ["mine.yaml"] == [path.name for path in (tmp_path / "notebook").iterdir()]

    def test_a_faulty_file_is_left_alone(self, framework, tmp_path):
        """It is refused before anything is added."""
        path = tmp_path / "bad.yaml"
        path.write_text("workshop: 1\n", encoding="utf-8")
        with pytest.raises(wb.WorkbenchError):
            propose(framework, Choice(weights={"P2": 2.0}), path, reason=WHY, raised_by="E07")
        assert "workshop: 1\n" == path.read_text(encoding="utf-8")


class TestPanel:
    @pytest.fixture
    def panel(self, framework, data):
        return wb.panel(framework, data, draws=500, language="en")

    def test_a_slider_moves_ranks(self, panel):
        """The table, the ranking and the map follow; reset brings all back."""
        before = panel.ranking.value
        panel.sliders["P3"].value = 4.0
        expected = panel.explorer.look(Choice(weights={"P3": 4.0}))

        assert panel.table.equals(expected)
        assert panel.ranking.value != before
        assert "▲" in panel.ranking.value
        panel.restore()
        assert panel.ranking.value == before
        assert panel.choice == Choice()

    def test_weights_inside_a_pillar_are_kept_when_another_group_is_opened(self, panel):
        """What was set stays set, and shows when its group is opened again."""
        panel.group.value = "P1"
        assert ["P1.1", "P1.2", "P1.3"] == list(panel.sliders)
        panel.sliders["P1.2"].value = 2.0
        panel.group.value = "index"
        panel.group.value = "P1"
        assert 2.0 == panel.sliders["P1.2"].value
        assert {"P1.2": 2.0} == dict(panel.choice.weights)

    def test_every_group_with_a_choice_can_be_opened(self, panel, framework):
        """All of them, and each slider begins at what the framework says."""
        for name in groups_with_choice(framework):
            panel.group.value = name
            for element, slider in panel.sliders.items():
                assert slider.value == pytest.approx(framework.element(element).weight)

    def test_a_mistake_is_said_and_what_was_there_stays(self, panel):
        """All weights of a group at 0: words, no exception, the old ranking."""
        panel.group.value = "P1"
        for slider in list(panel.sliders.values())[:-1]:
            slider.value = 0.0
        before = panel.ranking.value
        list(panel.sliders.values())[-1].value = 0.0

        assert "every weight in `P1` is 0" in panel.message.value
        assert before == panel.ranking.value

    def test_saving_needs_a_reason_and_a_pseudonym(self, panel, tmp_path):
        """First the words of the reader of amendments, then the file."""
        assert "params/workshops/panel.yaml" == panel.file.value
        panel.file.value = str(tmp_path / "found.yaml")
        panel.sliders["P3"].value = 3.0
        panel.save()
        assert "raised_by" in panel.message.value
        assert not (tmp_path / "found.yaml").exists()
        panel.reasons[0].value, panel.reasons[1].value, panel.raised_by.value = "เหตุผล", "Reason", "E01"
        panel.save()
        assert f"1 proposed in {tmp_path / 'found.yaml'}" in panel.message.value
        assert 3.0 == read_workshop(tmp_path / "found.yaml").amendments[0].to

    def test_switching_an_amendment_off(self, panel):
        """The choice then names those that are left."""
        panel.amendments["a01"].value = False
        assert panel.choice.accepted == frozenset(
            item.id for item in panel.framework.amendments if item.status == "accepted" and item.id != "a01"
        )

    def test_words_are_in_the_language_of_the_panel(self, framework, data):
        """Every choice of a menu has a name, and synthetic data is called so."""
        thai, english = (wb.panel(framework, data, draws=10, language=language) for language in ("th", "en"))
        for one, two in ((thai.aggregation, english.aggregation), (thai.normalisation, english.normalisation)):
            assert [value for _, value in one.options] == [value for _, value in two.options]
            assert all(any("ก" <= letter <= "๛" for letter in name) for name, _ in one.options), one.options
            assert not any("_" in name for name, _ in two.options)
        assert "ข้อมูลสังเคราะห์" in thai.widget.children[0].value
        assert "Synthetic data" in english.widget.children[0].value

    def test_names_from_outside_stay_text(self, root, tmp_path):
        """A unit called by a tag is shown as it is written."""
        import pandas as pd

        framework = wb.Framework.load(root / "params/framework/egdi")
        columns = [item.id for item in framework.indicators]
        values = pd.DataFrame([[0.1 * i + 0.1 for _ in columns] for i in range(3)], index=["<b>x</b>", "y", "z"], columns=columns)
        panel = wb.panel(framework, values, draws=10, language="en")

        assert "&lt;b&gt;x&lt;/b&gt;" in panel.ranking.value
        assert "<b>x" not in panel.ranking.value
        assert "" == panel.tiles.value


def test_the_map_shows_ranks(framework, data):
    """Each province's tile holds its rank."""
    panel = wb.panel(framework, data, draws=10)
    shown = dict(re.findall(r'data-unit="(TH-\d+)"[^>]*>[^<]*<br>(\d+)</span>', panel.tiles.value))
    assert {unit: f"{place:g}" for unit, place in panel.table["rank"].items()} == {
        unit: place for unit, place in shown.items() if unit in panel.table.index
    }


def test_the_map_explains_its_colours(framework, data):
    """Every band with how many provinces it has; those without a score are in none."""
    panel = wb.panel(framework, data, draws=10, language="en")
    counts = panel.table["band"].value_counts()
    for band in framework.bands:
        assert f"{band.label.en}: {counts.get(band.id, 0)}<" in panel.tiles.value
