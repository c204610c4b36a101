"""Charts of factor analyses: findings in titles, honest weakness, whole numbers in tables, drawings in both languages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from workbench import factors
from workbench.display import Chart, Table, Words
from workbench.factors import Evidence
from workbench.plots import factors as charts
from workbench.plots import fitting
from workbench.plots.heat import DIM
from workbench.text import LANGUAGES, Text


def evidence(sizes=(6, 5, 7), n=600, noise=0.71, seed=4, *, synthetic=True):
    """Respondents' scores with one factor for each pillar, and their framework's names."""
    rng = np.random.default_rng(seed)
    groups = {f"P{place}": [f"P{place}.{item}" for item in range(1, size + 1)] for place, size in enumerate(sizes, 1)}
    latent = rng.normal(size=(n, len(sizes)))
    columns = {
        name: 50 + 15 * (np.sqrt(1 - noise**2) * latent[:, place] + noise * rng.normal(size=n))
        for place, names in enumerate(groups.values())
        for name in names
    }
    labels = {name: Text(th=f"ตัวชี้วัดที่ {name}", en=f"Indicator number {name}") for name in columns}
    labels |= {name: Text(th=f"ด้านที่ {name}", en=f"Pillar number {name}") for name in groups}
    noun = Text(th="หน่วยงาน", en="agencies")
    return Evidence(pd.DataFrame(columns), "respondents", noun, groups, labels, "2559", synthetic)


@pytest.fixture(scope="module")
def basis():
    return evidence()


@pytest.fixture(scope="module")
def analysis(basis):
    return factors.analyse(basis.values, groups=basis.groups, seed=0, repetitions=50, labels=basis.labels)


def everything(analysis, basis):
    return [
        charts.basis(basis, analysis),
        charts.adequacy(analysis),
        charts.scree(analysis, basis),
        charts.numbers(analysis, basis),
        charts.loadings(analysis, basis),
        charts.elsewhere(analysis, basis),
        charts.alphas(analysis, basis),
    ]


class TestEveryItem:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_well_formed_html_without_missing_cells(self, language, analysis, basis):
        """
        Every item renders as well-formed HTML in both languages and no cell says "not measured".
        """
        for item in everything(analysis, basis):
            html = item.html(language)
            ET.fromstring(f"<div>{html}</div>".replace("&nbsp;", " ").replace(" xlink:href", " href"))  # noqa: S314  (our own)
            assert "not measured" not in html
            assert "ไม่มีข้อมูล" not in html

    def test_says_that_data_are_synthetic(self, analysis, basis):
        """
        Subtitles carry the edition and the word synthetic, in both languages; real data do not.
        """
        for chart in (charts.scree(analysis, basis), charts.loadings(analysis, basis)):
            assert chart.subtitle.en.endswith("edition 2559 · synthetic data")
            assert chart.subtitle.th.endswith("ข้อมูลสังเคราะห์")
        real = evidence(synthetic=False)
        assert "synthetic" not in charts.scree(analysis, real).subtitle.en


class TestBasis:
    def test_says_which_data(self, analysis, basis):
        """
        The page says how many answered and that nothing is imputed.
        """
        assert "the answers of 600 agencies to 18 indicators" in charts.basis(basis, analysis).text.en


class TestAdequacy:
    def test_caption_is_the_verdict(self, analysis):
        """
        The caption has KMO with its reading and what Bartlett's test finds.
        """
        table = charts.adequacy(analysis)

        assert table.caption.en.startswith(f"The data suit a factor analysis: KMO is {analysis.kmo:.2f} (")
        assert "p < 0.001" in table.frame("en")["Reading"].iloc[-1]

    def test_unfit_data_are_called_unfit(self):
        """
        Data without correlations are said not to suit the analysis.
        """
        noise = evidence(noise=1.0, seed=2)
        found = factors.analyse(noise.values, groups=noise.groups, seed=0, repetitions=20)

        assert charts.adequacy(found).caption.en.startswith("The data do not suit a factor analysis")
        assert charts.scree(found, noise).title.en == "No factor stands out from chance"


class TestScree:
    def test_title_has_the_number_and_the_variance(self, analysis, basis):
        """
        The finding is how many factors stand out and how much of the variance they explain.
        """
        share = 100 * analysis.explained["share"].sum()

        assert (
            charts.scree(analysis, basis).title.en
            == f"3 factors stand out from chance and explain {share:.0f} % of the variance together"
        )

    def test_table_has_every_eigenvalue(self, analysis, basis):
        """
        The figure shows the first ones, the table all.
        """
        frame = charts.scree(analysis, basis).table.frame("en")

        assert len(frame) == 18
        assert frame["Data"].tolist() == analysis.eigenvalues["observed"].tolist()


class TestNumbers:
    def test_caption_says_whether_the_rules_agree(self, analysis, basis):
        """
        When all rules find the same number, the caption says so; the framework's pillars stand beside them.
        """
        table = charts.numbers(analysis, basis)

        assert table.caption.en == "All rules agree on the number of factors: 3"
        assert table.frame("en")["Factors"].tolist() == [3, 3, 3, 3, 3]


class TestLoadings:
    def test_title_counts_what_is_at_home(self, analysis, basis):
        """
        The title counts indicators that load .40 or more on the factor of their own pillar.
        """
        assert (
            charts.loadings(analysis, basis).title.en
            == "18 of 18 indicators load 0.40 or more on the factor of their own pillar (100 %)"
        )

    def test_rows_go_by_pillar_and_the_table_is_whole(self, analysis, basis):
        """
        Rows stand in the framework's order of pillars; the table has full names and all loadings.
        """
        frame = charts.loadings(analysis, basis).table.frame("en")

        assert frame["Pillar"].tolist() == ["P1"] * 6 + ["P2"] * 5 + ["P3"] * 7
        assert set(frame["Indicator"]) == {f"{name} Indicator number {name}" for name in basis.values}
        assert [column for column in frame if column.startswith("F")] == ["F1", "F2", "F3"]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_small_loadings_are_dimmed_but_printed(self, language, analysis, basis):
        """
        Every loading is printed; only those of .30 and more have a coloured cell.
        """
        chart = charts.loadings(analysis, basis)
        coloured = int((analysis.loadings.abs() >= DIM).to_numpy().sum())

        assert len(chart.figure(language).axes[0].patches) == coloured
        assert len(re.findall(r"[−]?0\.\d\d<", chart.svg(language))) >= analysis.loadings.size

    def test_one_factor_is_not_called_rotated(self):
        """
        With one factor nothing is said of a rotation or of own pillars.
        """
        single = evidence(sizes=(6,))
        found = factors.analyse(single.values, groups=single.groups, seed=0, repetitions=20)
        chart = charts.loadings(found, single)

        assert "one factor found" in chart.title.en
        assert "rotation" not in chart.subtitle.en

    def test_no_factor_leaves_words(self):
        """
        Without factors there is a sentence and no empty heat map.
        """
        noise = evidence(noise=1.0, seed=2)
        found = factors.analyse(noise.values, groups=noise.groups, seed=0, repetitions=20)

        assert charts.loadings(found, noise).text.en == "There are no loadings to show"
        assert isinstance(charts.elsewhere(found, noise), Words)
        assert isinstance(charts.scree(found, noise), Chart)

    def test_fifty_indicators_and_ten_factors_fit(self):
        """
        Sixty indicators on ten factors draw in both languages, one row each.
        """
        wide = evidence(sizes=(6,) * 10, n=900)
        found = factors.analyse(wide.values, groups=wide.groups, seed=0, repetitions=20)
        figure = charts.loadings(found, wide).figure("th")

        assert found.n_factors == 10
        assert figure.get_size_inches()[1] > 60 * 0.2


class TestElsewhere:
    def test_strays_are_listed_with_both_pillars(self, basis):
        """
        A misplaced indicator is listed with its pillar and the one it belongs to by the data.
        """
        groups = {name: list(members) for name, members in basis.groups.items()}
        groups["P3"].append(groups["P1"].pop())
        found = factors.analyse(basis.values, groups=groups, seed=0, repetitions=20)
        table = charts.elsewhere(found, basis)

        assert isinstance(table, Table)
        assert table.frame("en").iloc[0].tolist()[1] == "P3 Pillar number P3"
        assert table.frame("en").iloc[0].tolist()[4] == "P1 Pillar number P1"


class TestAlphas:
    def test_caption_names_the_lowest(self, analysis, basis):
        """
        The caption has the lowest alpha and its pillar.
        """
        lowest = analysis.alpha["standardised"].idxmin()

        assert (
            f"{analysis.alpha['standardised'].min():.2f} ({lowest} Pillar number {lowest})"
            in charts.alphas(analysis, basis).caption.en
        )

    def test_below_the_mark_is_said(self):
        """
        Pillars below .70 are counted in the caption, not passed over.
        """
        weak = evidence(noise=0.93, n=2000)
        found = factors.analyse(weak.values, groups=weak.groups, seed=0, repetitions=20)

        assert charts.alphas(found, weak).caption.en.startswith("Alpha reaches 0.70 in 0 of 3 pillars")


class TestFitting:
    def test_thai_marks_take_no_width(self):
        """
        A tone mark does not widen a word, and the measure grows with the size.
        """
        assert fitting.width_of("ที่", 10) == pytest.approx(fitting.width_of("ที", 10), rel=0.02)
        assert fitting.width_of("ที่", 20) == pytest.approx(2 * fitting.width_of("ที่", 10), rel=0.02)

    @pytest.mark.parametrize("inches", [0.4, 0.8, 1.2, 2.0])
    def test_a_cut_fits_and_parts_no_letter(self, inches):
        """
        A cut text fits its room, and never ends in a leading vowel or before a mark.
        """
        text = "ศักยภาพเจ้าหน้าที่ภาครัฐด้านดิจิทัลและการนำไปใช้ในหน่วยงาน"
        cut = fitting.fitted(text, inches, 10)

        assert fitting.width_of(cut, 10) <= inches
        kept = cut[:-1]
        assert text.startswith(kept)
        assert kept[-1] not in "เแโใไ"
        assert text[len(kept)] not in "ะัาำิีึืุู็่้๊๋์"[1:2] + "ิีึืุู็่้๊๋์ำ"

    def test_a_text_that_fits_stays(self):
        """
        Short labels are left alone.
        """
        assert fitting.fitted("บริการ", 3, 10) == "บริการ"

    def test_english_is_cut_at_a_space(self):
        """
        A word is not broken when there is a space near.
        """
        assert fitting.fitted("Budget, finance and procurement systems", 1.6, 10) == "Budget, finance and…"
