"""Results as files: every step in one workbook, and a paragraph on method that says what was really done."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import results as results_module
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.methods_text import methods_paragraph
from workbench.results import write_results
from workbench.sample import make_sample, write_sample
from workbench.scoring import score
from workbench.survey import read_survey
from workbench.uncertainty import load_spec, simulate

SHEETS = ["about", "scores", "ranks", "bands", "values", "normalised", "weights", "framework"]

PLAIN = """\
id: plain
edition: "2560"
title: {th: ดัชนีเรียบง่าย, en: Plain index}
unit: {label: {th: แห่ง, en: place}, plural: {th: แห่ง, en: places}}
method: {METHOD}
PREPARATIONbands: BANDS
pillars:
- id: A
  label: {th: เอ, en: Ay}
  weight: 3
  children:
  - {id: a1, label: {th: หนึ่ง, en: One}, weight: 1, column: a1, normalisation: NORMALISATION, reference: t}
  - {id: a2, label: {th: สอง, en: Two}, weight: 2, column: a2, DIRECTIONnormalisation: {method: goalposts, low: 0, high: 50}, reference: t}
- id: B
  label: {th: บี, en: Bee}
  children:
  - {id: b1, label: {th: สาม, en: Three}, column: b1, normalisation: {method: goalposts, low: 0, high: 10}, reference: t}
"""
USUAL = {
    "{METHOD}": "{aggregation: arithmetic}",
    "PREPARATION": "",
    "BANDS": "[{id: low, label: {th: ต่ำ, en: Low}, minimum: 0}, {id: high, label: {th: สูง, en: High}, minimum: 50}]",
    "NORMALISATION": "{method: goalposts, low: 1, high: 100}",
    "DIRECTION": "",
}
VALUES = pd.DataFrame(
    {"a1": [10.0, 40, 70, 90, 20], "a2": [5.0, 25, 45, np.nan, 30], "b1": [1.0, 9, 4, 6, 2]},
    index=pd.Index(["u1", "u2", "u3", "u4", "u5"], name="unit"),
)


@pytest.fixture
def plain(tmp_path):
    """A framework over a table, with some of its words replaced."""

    def plain(**changes):
        text = PLAIN
        for mark, usual in USUAL.items():
            text = text.replace(mark, changes.get(mark.strip("{}"), usual))
        path = tmp_path / "plain.yaml"
        path.write_text(text, encoding="utf-8")
        return Framework.load(path)

    return plain


@pytest.fixture(scope="module")
def sample(root):
    """The scores of the sample survey with the workshop's amendments, and their uncertainty."""
    framework = Framework.load("params/framework/2559", workshops=["params/workshops/2559-05-23.yaml"])
    scores = score(framework, read_survey(root / "data/sample/answers.xlsx", framework))
    return scores, simulate(scores, load_spec("params/uncertainty/weights.yaml", framework), draws=200, seed=3)


@pytest.fixture(scope="module")
def book(sample, tmp_path_factory):
    """The workbook of the sample, opened."""
    folder = tmp_path_factory.mktemp("book")
    write_results(sample[0], folder, uncertainty=sample[1], formats=["xlsx"])
    return openpyxl.load_workbook(folder / "results.xlsx")


def frame_of(book, sheet):
    """A sheet as a frame; columns by the word before the colon or after the stroke."""
    head, *rows = book[sheet].iter_rows(values_only=True)
    names = [name.split(": ")[0] if ": " in name else name.split(" / ")[-1] for name in head]
    frame = pd.DataFrame(rows, columns=names)
    return frame.set_index(names[0])


class TestNumbers:
    def test_by_hand(self, plain, tmp_path):
        """Every number of the workbook is what pandas gives from the raw values and the weights."""
        write_results(score(plain(), VALUES), tmp_path, formats=["xlsx"])
        book = openpyxl.load_workbook(tmp_path / "results.xlsx")
        one, two, three = (VALUES["a1"] - 1) / 99 * 100, VALUES["a2"] * 2, VALUES["b1"] * 10
        pillar = ((one + 2 * two) / 3).where(two.notna())
        index = (3 * pillar + three) / 4
        scores, normalised, ranks = (frame_of(book, name) for name in ("scores", "normalised", "ranks"))
        weights = frame_of(book, "weights")

        whole = index.dropna()
        assert whole.to_numpy() == pytest.approx(scores["index"].astype(float).reindex(whole.index), abs=1e-12)
        assert whole.rank(ascending=False).to_numpy() == pytest.approx(
            ranks["index"].reindex(whole.index).rank().to_numpy(), abs=0
        )
        assert one.to_numpy() == pytest.approx(normalised["a1"].astype(float).reindex(VALUES.index).to_numpy(), abs=1e-12)
        assert {"index": 1, "A": 0.75, "B": 0.25, "a1": 0.25, "a2": 0.5, "b1": 0.25} == pytest.approx(
            weights["share of the index (0–1)"].to_dict()
        )
        assert {"index": 1, "A": 3, "B": 1, "a1": 1, "a2": 2, "b1": 1} == weights["weight in its group"].to_dict()

    def test_all_steps_of_the_sample(self, sample, book):
        """The sheets hold the very frames of the scores."""
        scores, uncertainty = sample
        for name, frame in (("values", scores.values), ("normalised", scores.normalised), ("scores", scores.pillars)):
            found = frame_of(book, name)[list(frame.columns)].astype(float)
            assert list(frame.index) == list(found.index)
            np.testing.assert_allclose(frame.to_numpy(), found.to_numpy(), rtol=1e-14)
        spread = frame_of(book, "uncertainty")
        assert uncertainty.ranks["rank_p95"].tolist() == spread["rank at the 95th percentile"].tolist()

    def test_the_tree(self, sample, book):
        """The sheet `framework` has every element after its parent."""
        tree = frame_of(book, "framework")
        elements = [node.id for node in sample[0].framework.elements]
        places = {name: place for place, name in enumerate(tree.index)}

        assert {"index", *elements} == set(tree.index)
        assert all(places[parent] < places[name] for name, parent in tree["parent"].dropna().items())


class TestWorkbook:
    def test_sheets_and_headers(self, book):
        """Nine named sheets, every header in both languages, the header in view."""
        assert [*SHEETS, "uncertainty"] == book.sheetnames
        for sheet in book:
            heads = [cell.value for cell in sheet[1]]
            assert all(" / " in head for head in heads)
            assert len(set(heads)) == len(heads)
            assert sheet.freeze_panes.endswith("2")

    def test_about(self, sample, book):
        """`about` names framework, edition, fingerprint, what the data are, amendments and method."""
        rows = {}
        for item, thai, english in book["about"].iter_rows(min_row=2, values_only=True):
            rows.setdefault(item.split(" / ")[1], []).append((thai, english))

        scores, uncertainty = sample
        assert scores.framework.fingerprint == rows["fingerprint"][0][1]
        assert "synthetic" == rows["data"][0][1]
        assert ["a01", "a02", "a03", "a04", "a05"] == [english[:3] for _, english in rows["amendment applied"]]
        assert methods_paragraph(scores, uncertainty).th == rows["methods"][0][0]

    def test_numbers_are_numbers(self, book):
        """Scores and ranks are numbers, and no cell is a formula."""
        row = book["scores"][2]

        assert isinstance(row[3].value, float)
        assert isinstance(row[4].value, int)
        assert {"f"} & {cell.data_type for sheet in book for cells in sheet.iter_rows() for cell in cells} == set()

    def test_text_never_runs(self, plain, tmp_path):
        """A unit called like a formula is text in the workbook and marked in the csv."""
        values = VALUES.rename(index={"u1": "=1+1"})
        write_results(score(plain(), values), tmp_path)
        book = openpyxl.load_workbook(tmp_path / "results.xlsx")
        cells = [cell for row in book["scores"].iter_rows() for cell in row if cell.value == "=1+1"]

        assert cells
        assert all(cell.data_type == "s" for cell in cells)
        assert "'=1+1" in (tmp_path / "scores.csv").read_text(encoding="utf-8-sig")


class TestFiles:
    def test_all_formats_agree(self, sample, tmp_path):
        """Three files with the same scores; the csv is the one of the command `score`."""
        from workbench.export import csv_bytes

        paths = write_results(sample[0], tmp_path)
        table = pd.read_parquet(tmp_path / "scores.parquet")

        assert ["scores.csv", "results.xlsx", "scores.parquet"] == [path.name for path in paths]
        assert csv_bytes(sample[0].table) == (tmp_path / "scores.csv").read_bytes()
        pd.testing.assert_frame_equal(sample[0].table, table)

    def test_same_bytes(self, plain, tmp_path):
        """The same scores give the same bytes, whatever the order of the rows they were made from."""
        for folder, values in (("one", VALUES), ("two", VALUES.iloc[::-1])):
            write_results(score(plain(), values), tmp_path / folder)

        for name in ("scores.csv", "results.xlsx", "scores.parquet"):
            assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()

    def test_all_or_none(self, plain, tmp_path, monkeypatch):
        """When the workbook fails, the csv that was there before is untouched and nothing is left over."""
        (tmp_path / "scores.csv").write_text("old", encoding="utf-8")
        monkeypatch.setattr(results_module, "write_workbook", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_results(score(plain(), VALUES), tmp_path, formats=["csv", "parquet", "xlsx"])

        assert "old" == (tmp_path / "scores.csv").read_text(encoding="utf-8")
        assert ["scores.csv"] == sorted(path.name for path in tmp_path.iterdir() if path.name != "plain.yaml")

    def test_unknown_format(self, plain, tmp_path):
        """An unknown format is named with those that there are, and nothing is written."""
        with pytest.raises(WorkbenchError, match="`xls` is no format of results") as caught:
            write_results(score(plain(), VALUES), tmp_path / "out", formats=["csv", "xls"])

        assert "csv, xlsx, parquet" in str(caught.value)
        assert "did you mean `xlsx`?" in str(caught.value)
        assert not (tmp_path / "out").exists()


SETTINGS = {
    "aggregation": {"METHOD": "{aggregation: geometric}"},
    "power mean": {"METHOD": "{aggregation: power(-2)}"},
    "Mazziotta-Pareto": {"METHOD": "{aggregation: mazziotta_pareto}"},
    "Borda": {"METHOD": "{aggregation: borda}"},
    "Copeland": {"METHOD": "{aggregation: copeland}"},
    "ordered": {"METHOD": "{aggregation: ordered(2)}"},
    "floor": {"METHOD": "{aggregation: geometric, geometric_floor: 5}"},
    "coverage": {"METHOD": "{minimum_coverage: 0.6}"},
    "mean ties": {"METHOD": "{ties: mean}"},
    "dense ties": {"METHOD": "{ties: dense}"},
    "equal": {"METHOD": "{weights: equal}"},
    "equal indicators": {"METHOD": "{weights: equal_indicators}"},
    "entropy": {"METHOD": "{weights: entropy}"},
    "critic": {"METHOD": "{weights: critic}"},
    "pca": {"METHOD": "{weights: pca}"},
    "log": {"NORMALISATION": "{method: goalposts, low: 1, high: 100, transform: log}"},
    "clip": {"NORMALISATION": "{method: goalposts, low: 1, high: 100, clip: false}"},
    "range": {"NORMALISATION": "{method: goalposts, low: 1, high: 100, range: [1, 100]}"},
    "minmax": {"NORMALISATION": "{method: minmax}"},
    "zscore": {"NORMALISATION": "{method: zscore}"},
    "zscore mean": {"NORMALISATION": "{method: zscore, mean: 40}"},
    "rank": {"NORMALISATION": "{method: rank}"},
    "reference unit": {"NORMALISATION": "{method: distance_to_reference, reference_unit: u2}"},
    "target": {"NORMALISATION": "{method: distance_to_target, target: 95}"},
    "another target": {"NORMALISATION": "{method: distance_to_target, target: 96}"},
    "fraction": {"NORMALISATION": "{method: fraction_of_max}"},
    "categorical": {"NORMALISATION": "{method: categorical, cuts: [30, 60], points: [0, 50, 100]}"},
    "direction": {"DIRECTION": "direction: negative, "},
    "bands": {"BANDS": USUAL["BANDS"].replace("50", "55")},
    "quantiles": {"BANDS": USUAL["BANDS"].replace("minimum: 0", "quantile: 0").replace("minimum: 50", "quantile: 0.5")},
    "screening": {"PREPARATION": "preparation: {screening: {minimum_coverage: 0.7}}\n"},
    "screening by weight": {"PREPARATION": "preparation: {screening: {minimum_coverage: 0.7, by: weight}}\n"},
    "imputation": {"PREPARATION": "preparation: {imputation: {method: mean}}\n"},
    "median": {"PREPARATION": "preparation: {imputation: {method: median}}\n"},
    "imputation minimum": {"PREPARATION": "preparation: {imputation: {method: mean, minimum_coverage: 0.2}}\n"},
    "treatment": {"PREPARATION": "preparation: {treatment: {}}\n"},
    "treatment points": {"PREPARATION": "preparation: {treatment: {points: 3}}\n"},
    "treatment fallback": {"PREPARATION": "preparation: {treatment: {fallback: boxcox}}\n"},
    "treatment skewness": {"PREPARATION": "preparation: {treatment: {skewness: 1.5}}\n"},
    "treatment combined": {"PREPARATION": "preparation: {treatment: {combine: true}}\n"},
    "treatment not mirrored": {"PREPARATION": "preparation: {treatment: {mirrored: false}}\n"},
}


class TestMethods:
    def without_fingerprint(self, text):
        return re.sub(r"[0-9a-f]{16}", "", text)

    def test_every_setting_is_told(self, plain):
        """Each setting gives a paragraph of its own, in Thai and in English, beside its fingerprint."""
        told = {"usual": methods_paragraph(score(plain(), VALUES))}
        told |= {name: methods_paragraph(score(plain(**changes), VALUES)) for name, changes in SETTINGS.items()}
        for language in ("th", "en"):
            texts = {}
            for name, text in told.items():
                texts.setdefault(self.without_fingerprint(text.get(language)), []).append(name)
            assert [] == [names for names in texts.values() if len(names) > 1]

    def test_numbers_of_a_table(self, plain):
        """Units, indicators, measured values and shares are counted from the data."""
        text = methods_paragraph(score(plain(), VALUES)).en

        assert "places (5) by indicators (3) in pillars (2); 4 of 5 have an index" in text
        assert "14 of 15 values (93.3 %)" in text
        assert "from 25.00 % to 50.00 %" in text
        assert "Aggregation (groups): arithmetic mean (3: index, A, B)." in text
        assert "no sampling error" in text
        assert "synthetic" not in text

    def test_numbers_of_the_sample(self, sample):
        """Respondents, response, questions, errors and draws are those of the survey: 1,237 of 1,444 agencies, as in 2561."""
        scores, uncertainty = sample
        text = methods_paragraph(scores, uncertainty).en

        assert "Of the agencies invited (1,444), 1,237 answered (85.7 %). Questions: 50" in text
        assert f"median of {scores.table['index_se'].median():.2f} points" in text
        assert "200 draws (seed 3), changing weights (spread 0.25)" in text
        assert "amendments applied: 5 (a01, a02, a03, a04, a05)" in text
        assert text.startswith("The data are synthetic.")
        assert "not analysed" in methods_paragraph(scores).en

    def test_survey_settings(self, tiny, tmp_path):
        """Another minimum response and other answers give another paragraph."""
        framework = Framework.load(tiny)
        told = set()
        for units, minimum in ((9, 0.5), (8, 0.5), (8, 0.4)):
            text = (tiny / "framework.yaml").read_text(encoding="utf-8")
            (tiny / "framework.yaml").write_text(
                re.sub("minimum_response: .*", f"minimum_response: {minimum}", text), encoding="utf-8"
            )
            framework = Framework.load(tiny)
            write_sample(make_sample(framework, units=units, agencies=3, seed=1), tmp_path / "a.csv", framework, seed=1)
            paragraph = methods_paragraph(score(framework, read_survey(tmp_path / "a.csv", framework)))
            told.add(self.without_fingerprint(paragraph.en))
            assert f"fewer than {100 * minimum:g} % of those invited" in paragraph.en
            assert "ratio of two numbers (1)" in paragraph.en
            assert "geometric mean (1: Z.1)" in paragraph.en

        assert 3 == len(told)

    def test_draws_and_seed(self, sample):
        """Draws and seed are those of the analysis."""
        scores, uncertainty = sample
        texts = {
            methods_paragraph(scores, dataclasses.replace(uncertainty, **change)).th
            for change in ({}, {"draws": 300}, {"seed": 4})
        }

        assert 3 == len(texts)

    @given(st.permutations(list(VALUES.index)))
    def test_order_does_not_matter(self, order):
        """The paragraph is the same whatever the order of the rows."""
        framework = Framework.load("params/framework/egdi")
        values = VALUES.set_axis(["osi", "hci", "tii"], axis=1) / 100

        assert methods_paragraph(score(framework, values.loc[order])) == methods_paragraph(score(framework, values))


class TestCommand:
    def test_export(self, root, tmp_path):
        """`workbench export` writes three files and prints where they are."""
        done = subprocess.run(
            [
                sys.executable, "-c", "from workbench.cli import main; main()", "export", "--framework", "params/framework/2559",
                "--survey", "data/sample/answers.xlsx", "--out", str(tmp_path / "out"),
                "--spec", "params/uncertainty/weights.yaml", "--draws", "200",
            ],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip

        assert 0 == done.returncode, done.stderr
        assert ["scores.csv", "results.xlsx", "scores.parquet"] == [line.rpartition("/")[2] for line in done.stdout.split()]
        assert {"scores.csv", "results.xlsx", "scores.parquet"} == {path.name for path in (tmp_path / "out").iterdir()}
        assert 76 == len(
            pd.read_excel(tmp_path / "out" / "results.xlsx", sheet_name="uncertainty", header=None, engine="calamine")
            .iloc[1:]
            .dropna(how="all")
        )


def test_every_filled_and_treated_cell_is_in_the_workbook(plain, tmp_path):
    """Raw values beside the prepared ones, each imputed cell with its value, each winsorised point with what it was."""
    preparation = "preparation: {imputation: {method: median}, treatment: {}}\n"
    framework = plain(PREPARATION=preparation, NORMALISATION="{method: minmax}")
    values = pd.concat([VALUES, VALUES.set_axis([f"w{n}" for n in range(5)]), VALUES.set_axis([f"x{n}" for n in range(5)])])
    values.loc["w2", "a1"] = 5000.0
    write_results(score(framework, values), tmp_path, formats=["xlsx"])
    book = pd.read_excel(tmp_path / "results.xlsx", sheet_name=None, engine="openpyxl")
    imputed, treated, raw = book["imputed"], book["treated"], book["raw"].set_index("รหัส / unit")

    assert {("u4", "a2", 27.5), ("w3", "a2", 27.5), ("x3", "a2", 27.5)} == set(
        imputed.iloc[:, [0, 2, 4]].itertuples(index=False, name=None)
    )
    assert [("w2", "a1", 5000.0, 90.0, "winsorised high")] == list(
        treated.iloc[:, [0, 2, 4, 5, 6]].itertuples(index=False, name=None)
    )
    assert 5000.0 == raw.loc["w2"].filter(like="a1").item()
    assert raw.loc["u4"].filter(like="a2").isna().all()
    assert "winsorise" == book["treatment"].set_index("ตัวชี้วัด / indicator").loc["a1", "วิธี / method"]
