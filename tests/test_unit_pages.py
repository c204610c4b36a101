"""The page of one unit: what it says holds, and it says nothing that does not."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT, write_run
from workbench import Framework, WorkbenchError, runs
from workbench.plots.profile import profile
from workbench.reading import next_steps, strengths
from workbench.report.around import Around
from workbench.report.indicators import indicator_pages
from workbench.report.regions import regions_page
from workbench.report.units import unit_page
from workbench.sample import make_sample, write_sample


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A run of 20 provinces, opened as a notebook opens it, with two earlier editions."""
    folder = tmp_path_factory.mktemp("units")
    framework = Framework.load(ROOT / "params/framework/2559")
    survey = folder / "answers.csv"
    write_sample(make_sample(framework, units=20, agencies=19, seed=4), survey, framework, seed=4)
    units = sorted(set(pd.read_csv(survey, dtype=str)["unit"]))
    for year, index in (("2557", 40.0), ("2558", 42.5)):
        earlier = pd.DataFrame({"unit": units[1:], "index": index, "rank": range(1, len(units)), "band": "open"})
        earlier.to_csv(folder / f"{year}.csv", index=False)
    path = write_run(folder, framework="params/framework/2559", survey=survey, notebooks=("00_summary",))
    path.write_text(
        path.read_text(encoding="utf-8")
        + 'history: [{edition: "2557", scores: 2557.csv}, {edition: "2558", scores: 2558.csv}]\n',
        encoding="utf-8",
    )
    return runs.open(path)


@pytest.fixture(scope="module")
def around(page):
    return Around.of(page)


def text(leaf, language="en"):
    return re.sub(r"<[^>]*>", " ", leaf.body(language))


class TestComparison:
    def test_only_intervals_apart_are_compared(self, around):
        """For every pair: a better rank only where the whole interval lies before the other's."""
        ranks = around.page.uncertainty().ranks
        for unit in around.known:
            for other in around.known:
                before = ranks.loc[other, "rank_p95"] < ranks.loc[unit, "rank_p05"]
                after = ranks.loc[other, "rank_p05"] > ranks.loc[unit, "rank_p95"]
                assert ("higher" if before else "lower" if after else "overlapping") == around.compared(unit, other)

    def test_how_many_cannot_be_told_apart(self, around):
        """The sentence counts exactly the others whose interval overlaps."""
        for unit in around.known:
            expected = [other for other in around.known if other != unit and around.compared(unit, other) == "overlapping"]
            assert sorted(expected) == sorted(around.overlapping(unit))
            said = re.search(r"The rank intervals of (\d+) others overlap", text(unit_page(around, unit)))
            assert len(expected) == (int(said[1]) if said else 0)

    @pytest.mark.parametrize(
        ("half", "word"),
        [
            (1e-6, "clearly above"),
            (1e6, "cannot be told apart"),
            (np.nan, "carry no sampling error"),
            (0.0, "everyone invited answered, so there is no sampling error"),
        ],
    )
    def test_the_mean_is_compared_only_with_a_whole_interval(self, around, half, word):
        """With a small error the first is above, with a large one nothing is said, without one the distance only."""
        wide = dataclasses.replace(around, half=pd.Series(half, index=around.scores.table.index))

        assert word in text(unit_page(wide, around.known[0]))

    def test_a_gap_that_rounds_to_nothing_is_neither_above_nor_below(self, around):
        """The title of the profile counts a pillar as above or below only by what it shows; no zero has a sign."""
        unit, pillars = around.known[0], around.scores.elements("pillar")
        own = around.scores.table.loc[unit, pillars].astype(float)
        for gap, start in ((5.0, "Above the mean of all on no pillar"), (-5.0, "Below the mean of all on no pillar")):
            means = pd.DataFrame({"mean_all": own + gap})
            means.loc[pillars[0], "mean_all"] = own[pillars[0]] - np.sign(gap) * 0.04
            title = profile(around.scores, unit, means).title.en
            assert title.startswith(start)
            assert title.endswith("(0.0)")

    def test_peers_are_of_the_region_or_the_cluster(self, around):
        """The nearest in index first chosen, at most eight, in rank order, the unit itself never."""
        for unit in around.known[:5]:
            pool = set(around.of_region(unit)) | set(around.of_cluster(unit))
            html = unit_page(around, unit).body("en")
            shown = re.findall(r'<th scope="row"><a href="unit-(TH-\d\d)\.html">', html)
            assert unit not in shown
            assert set(shown) <= pool
            assert len(shown) == min(8, len(pool))
            assert shown == [name for name in around.known if name in shown]


class TestReadings:
    def test_strengths_and_weaknesses_are_those_of_the_rule(self, around):
        """The counts of the page are those of `reading.strengths` against the same peers."""
        for unit in around.known[:4]:
            peers = around.of_cluster(unit) or around.of_region(unit)
            found = strengths(around.scores, unit, peers if len(peers) >= 3 else None)["reading"].value_counts()
            said = re.search(r"(\d+) strengths and (\d+) weaknesses", text(unit_page(around, unit)))
            assert (found.get("strength", 0), found.get("weakness", 0)) == (int(said[1]), int(said[2]))

    def test_the_next_step_is_the_one_that_raises_the_index_most(self, around):
        """Its gain stands on the page."""
        unit = around.known[3]
        gain = next_steps(around.scores, unit)["gain"].iloc[0]

        assert f"{gain:.2f}" in unit_page(around, unit).body("en").split("One step is")[1]

    def test_what_is_missing_is_said(self, around):
        """Of indicators and of respondents."""
        raw = around.scores.prepared.raw
        for unit in around.known:
            gone = int(raw.loc[unit].isna().sum())
            said = text(unit_page(around, unit))
            assert (f"{gone} of 50 indicators are not measured" if gone else "All 50 indicators are measured.") in said
            silent = int(around.scores.table.loc[unit, "n_invited"] - around.scores.table.loc[unit, "n_answered"])
            assert not silent or f"{silent} of the 19 agencies invited did not answer" in said


class TestHistory:
    def test_every_edition_with_its_change(self, around):
        """Earlier ones as published, then this one; a unit that an edition lacks has no number there."""
        first, other = sorted(around.scores.table.index)[:2]
        html = unit_page(around, other).body("en").split("over the years")[1]

        assert ["2557", "2558", "2559 (this run)"] == re.findall(r'<th scope="row">([^<]*)</th>', html)
        assert "+2.5" in html
        assert 2 <= unit_page(around, first).body("en").split("over the years")[1].count("not measured")

    def test_files_that_are_no_scores(self, page, tmp_path):
        """All faults at once, with the file and the line."""
        from workbench.history import read_history

        (tmp_path / "one.csv").write_text("unit,index\nTH-10,3\n", encoding="utf-8")
        (tmp_path / "two.csv").write_text("unit,index,rank\nTH-10,high,1\nTH-11,,\nTH-10,5,1\n", encoding="utf-8")
        spec = dataclasses.replace(page.spec, history=(tmp_path / "one.csv", tmp_path / "two.csv"))
        with pytest.raises(WorkbenchError) as caught:
            read_history(spec)

        assert [
            "column `rank` is missing.",
            "unit `TH-10` has more than one row.",
            "unit `TH-10` has an index or a rank that is no number.",
        ] == [fault.problem for fault in caught.value.faults]
        assert 2 == caught.value.faults[2].line


class TestPlaces:
    def test_names_of_files_never_come_from_text(self, around):
        """By the code of the register, or by number."""
        wild = dataclasses.replace(
            around,
            scores=dataclasses.replace(around.scores, table=around.scores.table.rename(index={around.known[0]: "../../x"})),
        )

        assert all(re.fullmatch(r"unit-(TH-\d\d|n\d{4})", slug) for slug in wild.slugs.values())
        assert len(set(wild.slugs.values())) == len(wild.slugs)

    def test_regions_in_the_order_of_the_register(self, around):
        """Not in that of scores, which would rank them; the country stands last and counts all."""
        html = regions_page(around).body("en")
        table = html[: html.index("</table>")]
        rows = re.findall(r'<th scope="row">([^<]*)</th><td class="num">(\d+)</td>', table)

        assert ("The country", str(len(around.known))) == rows[-1]
        assert len(around.known) == sum(int(count) for _, count in rows[:-1])

    def test_an_indicator_page_has_the_numbers_of_the_scores(self, around):
        """Mean and standard deviation, share of the index, every unit."""
        leaf = next(iter(indicator_pages(around)))()
        name = leaf.name.removeprefix("indicator-")
        values = around.scores.normalised[name]
        html = leaf.body("en")

        assert f"mean {values.mean():.1f}, standard deviation {values.std():.1f}" in html
        assert len(around.scores.table) == html.count('href="unit-')
