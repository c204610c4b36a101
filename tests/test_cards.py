"""What objects show of themselves in a notebook: bilingual, escaped, with the numbers that they hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

import workbench as wb
from workbench.cards import bar, framework_frame, span_bar
from workbench.sample import make_sample, write_sample

VOID = {"br", "img", "hr", "meta"}


class Strict(HTMLParser):
    """Every tag that opens closes, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.text = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        if "style" not in self.open:
            self.text.append(data)


def shown(thing):
    parser = Strict()
    parser.feed(thing._repr_html_())
    assert [] == parser.open
    return " ".join(part.strip() for part in parser.text if part.strip())


@pytest.fixture(scope="module")
def framework(root):
    return wb.Framework.load(root / "params/framework/2559", workshops=[root / "params/workshops/2559-05-23.yaml"])


@pytest.fixture(scope="module")
def responses(root, framework):
    return wb.read_survey(root / "data/sample/answers.xlsx", framework)


@pytest.fixture(scope="module")
def scores(framework, responses):
    return wb.score(framework, responses)


class TestFramework:
    def test_it_shows_the_tree_in_both_languages(self, framework):
        """Every element by id and both names."""
        text = shown(framework)
        for node in framework.elements:
            assert node.id in text
            assert node.label.th in text
            assert node.label.en in text

    def test_shares_are_those_of_the_files(self, framework):
        """Weights 1 but for one pillar with 1.5: 1.5 of 6.5 is 23.1 %; a group's share is the sum of its children's."""
        frame = framework_frame(framework)

        assert frame.loc["P3", "share"] == pytest.approx(1.5 / 6.5)
        assert "23.1 %" in shown(framework)
        for group in framework.groups:
            assert frame.loc[group.id, "share"] == pytest.approx(frame.loc[[child.id for child in group.children], "share"].sum())
        assert frame.loc[[item.id for item in framework.indicators], "share"].sum() == pytest.approx(1)

    def test_children_come_right_after_their_parent(self, framework):
        """The order of the frame is the order of reading."""
        frame = framework.to_frame()
        seen = {"index"}
        for name, row in frame.iterrows():
            assert row["parent"] in seen
            seen.add(name)
        assert set(frame.index) == {node.id for node in framework.elements}

    def test_an_element_shows_what_its_file_says(self, framework, tiny):
        """Keys as they are edited, labels of steps in both languages, children by id; nothing that was not written."""
        text = shown(framework["P1.1.3"])
        item = framework["P1.1.3"]
        assert f"normalisation.high {item.normalisation.high}" in text
        assert f"reference {item.reference}" in text
        assert "target" not in text
        ladder = shown(wb.Framework.load(tiny)["Z.2.1"])
        assert "question.steps 1 (0.5): มีร่าง 1 (0.5): Draft" in ladder
        assert "children P1.1, P1.2, P1.3" in shown(framework["P1"])

    def test_amendments_are_counted(self, framework):
        """How many were accepted, of all."""
        accepted = sum(item.status == "accepted" for item in framework.amendments)
        assert f"{accepted} of {len(framework.amendments)} amendments accepted" in shown(framework)

    def test_a_rule_of_weights_is_said(self, tiny):
        """Where weights come from the data, the files' weights are not passed off as used."""
        text = (tiny / "framework.yaml").read_text(encoding="utf-8")
        (tiny / "framework.yaml").write_text(text + "method: {weights: entropy}\n", encoding="utf-8")

        assert "Weights are set by the rule entropy" in shown(wb.Framework.load(tiny))

    def test_text_from_outside_stays_text(self, tiny):
        """A label with a tag in it is shown, not run."""
        text = (tiny / "alpha.yaml").read_text(encoding="utf-8")
        (tiny / "alpha.yaml").write_text(text.replace("Meetings", "<script>alert(1)</script>"), encoding="utf-8")
        html = wb.Framework.load(tiny)._repr_html_()

        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


class TestTab:
    def test_keys_complete(self, framework, responses, scores):
        """`framework["<Tab>` offers ids, in each kind of object what it can be asked for."""
        assert "P1.1.1" in framework._ipython_key_completions_()
        assert "P1.1.1" in responses._ipython_key_completions_()
        assert {"index", "P1"} <= set(scores._ipython_key_completions_())

    def test_every_key_that_is_offered_works(self, framework, responses, scores):
        """No offer ends in an error."""
        assert all(framework[key].id == key for key in framework._ipython_key_completions_())
        assert all(responses[key].name == key for key in responses._ipython_key_completions_())
        assert all(scores[key].name == key for key in scores._ipython_key_completions_())

    def test_ipython_itself_completes(self, framework):
        """In a real shell, after `framework["P1.1.`."""
        from IPython.core.interactiveshell import InteractiveShell

        shell = InteractiveShell.instance()
        shell.user_ns["framework"] = framework
        _, found = shell.complete('framework["P1.1.')
        InteractiveShell.clear_instance()

        wanted = [item.id for item in framework.indicators if item.id.startswith("P1.1.")]
        assert wanted == sorted(name.rpartition('"')[2] for name in found)

    def test_a_wrong_key_names_the_nearest(self, framework, responses, scores):
        """The words of the error."""
        with pytest.raises(wb.WorkbenchError, match=r"no element `P1\.1\.l`"):
            framework["P1.1.l"]
        with pytest.raises(wb.WorkbenchError, match="`P1` is a group; only indicators have answers"):
            responses["P1"]
        with pytest.raises(wb.WorkbenchError, match=r"no column `indx`\.\n  fix: .*index"):
            scores["indx"]


class TestData:
    def test_answers_show_who_answered(self, responses):
        """Synthetic data is called so, and the counts are those of the table."""
        text = shown(responses)

        assert "Synthetic data, not real answers" in text
        assert f"{responses.answered.sum()} of {responses.invited.sum()} invited answered" in text
        assert len(responses.to_frame()) == responses.answered.sum()

    def test_scores_show_every_unit(self, scores):
        """Rank, both names, index, band and coverage of each, the best first."""
        text = shown(scores)
        first = scores.table.index[0]

        assert f"1 {first} {scores.names[first].th} {scores.names[first].en} {scores.index.iloc[0]:.1f} ± " in text
        for unit in scores.table.index:
            assert scores.names[unit].th in text
        assert list(scores.to_frame().columns[:2]) == ["name_th", "name_en"]

    def test_a_unit_without_a_score_is_said_to_have_none(self, tiny, tmp_path):
        """No `nan` is shown."""
        framework = wb.Framework.load(tiny)
        frame = make_sample(framework, units=5, agencies=3, seed=1)
        path = tmp_path / "a.csv"
        write_sample(frame, path, framework, seed=1)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
        responses = wb.read_survey(path, framework)
        kept = responses.values.copy()
        kept.loc[responses.units == responses.units.iloc[0]] = float("nan")
        scores = wb.score(framework, kept.groupby(responses.units).mean())

        assert lines
        assert scores.index.isna().sum() == 1
        text = shown(scores)
        assert "none" in text
        assert "nan" not in text.lower().split()

    def test_ranks_show_their_intervals(self, root, framework, scores):
        """The ends and the middle of the table of ranks."""
        spec = wb.load_spec(root / "params/uncertainty/weights.yaml", framework)
        uncertainty = wb.simulate(scores, spec, draws=200, seed=5)
        row = uncertainty.ranks.iloc[3]

        assert f"{row.rank_p05:g}–{row.rank_p95:g} ({row.rank_median:g})" in shown(uncertainty)
        assert "200 draws, seed 5" in shown(uncertainty)
        assert "Synthetic data, not real answers" in shown(uncertainty)
        for unit in uncertainty.ranks.index:
            assert scores.names[unit].th in shown(uncertainty)
        assert "unranked" in uncertainty.to_frame()
        assert uncertainty[uncertainty.ranks.index[3]].equals(row)


def test_bars_are_as_long_as_their_numbers():
    """A quarter is 25 %; unknown is empty; beyond the ends is cut; ranks 1 of 4 fill the first quarter."""
    assert "width:25.0%" in bar(0.25)
    assert "width:0.0%" in bar(float("nan"))
    assert "width:100.0%" in bar(7)
    assert ["0.0", "25.0", "12.5"] == re.findall(r"(?:left|width):([\d.]+)%?", span_bar(1, 1, 1, 4).replace("left:0;", ""))
