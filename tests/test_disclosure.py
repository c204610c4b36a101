"""What rests on too few respondents is published nowhere, and cannot be worked out from what is."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from typer.testing import CliRunner

from conftest import write_run
from workbench import Framework, WorkbenchError, read_survey, runs, score
from workbench.cli import app
from workbench.disclosure import PROTECTION, contributors, open_changes, publishable, withheld, withheld_cells
from workbench.export import csv_bytes
from workbench.plots.quality import intake_log
from workbench.sample import make_sample, write_sample

HEADER = "unit,agency,Z.2.1,Z.2.2,Z.1.1,Z.1.2,A.9,A.8,ict_staff,staff"
ROWS = (
    "U1,A01,2,web;line,yes,5,3,30,1,20",
    "U1,A02,1,web,no,3,,20,1,40",
    "U1,A03,1,web,yes,3,,10,1,10",
    "U2,A01,0,none,no,1,1,10,1,50",
    "U2,A02,1,none,yes,2,,20,1,50",
    "U2,A03,,,,,,,,",
    "U3,A01,1,web,no,3,2,20,2,30",
    "U3,A02,,,,,,,,",
    "U3,A03,,,,,,,,",
)


def at_least(framework: Framework, minimum: int) -> Framework:
    """The framework with another minimum number of respondents."""
    who = framework.respondents.model_copy(update={"minimum_published": minimum, "minimum_response": 0.0})
    return replace(framework, definition=framework.definition.model_copy(update={"respondents": who}))


@pytest.fixture
def small(tiny, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    framework = Framework.load(tiny)
    return framework, read_survey(path, framework)


@pytest.fixture(scope="module")
def sample(root, tmp_path_factory):
    """Twelve provinces under the edition, whose groups are all arithmetic means."""
    framework = at_least(Framework.load(root / "params/framework/2559"), 3)
    assert {framework.aggregation(group.id) for group in framework.groups} == {"arithmetic"}
    path = tmp_path_factory.mktemp("sample") / "answers.csv"
    write_sample(make_sample(framework, units=12, agencies=19, seed=7), path, framework, seed=7)
    return framework, read_survey(path, framework)


def test_contributors_count_respondents_once_however_many_questions_they_answered(small):
    framework, responses = small

    counts = contributors(score(framework, responses))

    assert counts.loc["U1", ["A.9", "A.8", "A", "Z", "index"]].tolist() == [1, 3, 3, 3, 3]
    assert counts.loc["U2", ["A.9", "A.8", "index"]].tolist() == [1, 2, 2]


def test_a_minimum_of_one_withholds_nothing(small):
    framework, responses = small

    exact, published = publishable(framework, responses)

    assert published is exact
    assert published.withheld is None
    assert withheld_cells(published).empty


def test_cells_on_too_few_are_withheld_with_a_part_that_would_give_them_away(small):
    """A.9 is asked of one office. Of the mean of three parts, one alone could be found by subtraction."""
    framework, responses = small
    _, published = publishable(at_least(framework, 2), responses)

    assert published.withheld.loc["U1", "A.9"]
    assert published.withheld.loc["U1", ["A.8", "A.7"]].any()
    assert np.isnan(published.table.loc["U1", "A.9"])
    assert np.isnan(published.prepared.raw.loc["U1", "A.9"])
    assert np.isfinite(published.table.loc["U1", "A"]), "the total is published"


def test_a_unit_where_too_few_answered_has_no_index_and_does_not_count_among_the_others(small):
    framework, responses = small
    exact, published = publishable(at_least(framework, 2), responses)

    for scores in (exact, published):
        assert np.isnan(scores.index["U3"])
        assert pd.isna(scores.table.loc["U3", "rank"])
    assert published.withheld.loc["U3"].all()
    assert published.table.loc["U3", "n_answered"] == 1, "that one office answered is no answer of it"
    assert "U3" in published.notices[-1].en
    assert withheld_cells(published).query("unit == 'U3'")["element"].tolist() == ["index"]


def test_what_is_published_is_otherwise_what_was_computed(sample):
    framework, responses = sample
    full = score(framework, responses)
    _, published = publishable(framework, responses)
    kept = ~published.withheld

    for name in kept:
        where = kept.index[kept[name]]
        pd.testing.assert_series_equal(published.table.loc[where, name], full.table.loc[where, name])


def test_no_withheld_cell_can_be_worked_out_from_what_is_published(sample):
    """The audit of Hundepohl et al. (2012), section 4.4.2, by linear programs that know nothing of how cells were chosen."""
    framework, responses = sample
    full = score(framework, responses)
    hidden = withheld(full, 3)
    few = contributors(full).lt(3) & contributors(full).gt(0)
    tried = 0
    for unit in hidden.index[~hidden["index"]]:
        for name in [str(name) for name in few.columns[few.loc[unit]] if name in full.normalised]:
            low, high = _bounds(full, hidden.loc[unit], unit, name)
            assert high - low >= PROTECTION - 1e-3, (unit, name, low, high)
            assert low - 1e-6 <= full.table.loc[unit, name] <= high + 1e-6, "the truth is among what is possible"
            tried += 1
    assert tried > 10


def test_the_audit_finds_a_cell_that_is_withheld_alone(sample):
    framework, responses = sample
    full = score(framework, responses)
    hidden = withheld(full, 3) & False
    hidden.loc["TH-10" if "TH-10" in hidden.index else hidden.index[0], "P2.3.1"] = True
    unit = hidden.index[hidden["P2.3.1"]][0]

    low, high = _bounds(full, hidden.loc[unit], unit, "P2.3.1")

    assert high - low < 1e-6


def _bounds(full, hidden, unit, name):
    """The least and the greatest score that a cell can have, given every published one and what the framework says."""
    tree, row = full.tree, full.table.loc[unit]
    place = {node: position for position, node in enumerate(tree.nodes)}
    bounds = [(0.0, 100.0) if hidden[node] else (row[node], row[node]) for node in tree.nodes]
    bounds = [(0.0, 0.0) if np.isnan(row[node]) else pair for node, pair in zip(tree.nodes, bounds, strict=True)]
    equations = []
    for group, children in zip(tree.groups, tree.children, strict=True):
        there = [child for child in children if not np.isnan(row[tree.nodes[child]])]
        if np.isnan(row[group]) or not there:
            continue
        line = np.zeros(len(tree.nodes))
        line[there] = tree.weights[there] / tree.weights[there].sum()
        line[place[group]] -= 1.0
        equations.append(line)
    ends = []
    for sign in (1.0, -1.0):
        aim = np.zeros(len(tree.nodes))
        aim[place[name]] = sign
        found = linprog(aim, A_eq=np.array(equations), b_eq=np.zeros(len(equations)), bounds=bounds)
        assert found.status == 0, found.message
        ends.append(sign * found.fun)
    return ends


def test_a_yes_or_no_cannot_be_read_from_a_mean_that_allows_only_one(tiny, tmp_path):
    """Of a yes asked of one office and a level on three, a mean of 90 allows only yes: both go, and so does the mean."""
    zeta = (tiny / "zeta.yaml").read_text(encoding="utf-8")
    zeta = zeta.replace("question: {type: yes_no}", "question: {type: yes_no, asked_of: [A01]}").replace(
        "geometric", "arithmetic"
    )
    (tiny / "zeta.yaml").write_text(zeta, encoding="utf-8")
    framework = Framework.load(tiny)
    path = tmp_path / "answers.csv"
    rows = ["U1,A01,2,web;line,yes,5,3,30,1,20", "U1,A02,1,web,,4,,20,1,40", "U1,A03,1,web,,4,,10,1,10"]
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")

    hidden = withheld(score(at_least(framework, 2), read_survey(path, framework)), 2).loc["U1"]

    assert hidden[["Z.1.1", "Z.1.2", "Z.1"]].all()


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a_geometric_mean_is_taken_apart_on_its_logarithm(tiny, tmp_path, answer):
    """With a floor of 1, `no` leaves a mean of at most 10 and `yes` one of at least 10: the mean alone tells which."""
    zeta = (tiny / "zeta.yaml").read_text(encoding="utf-8")
    (tiny / "zeta.yaml").write_text(
        zeta.replace("question: {type: yes_no}", "question: {type: yes_no, asked_of: [A01]}"), encoding="utf-8"
    )
    framework = Framework.load(tiny)
    assert framework.aggregation("Z.1") == "geometric"
    path = tmp_path / "answers.csv"
    rows = [f"U1,A01,2,web;line,{answer},5,3,30,1,20", "U1,A02,1,web,,4,,20,1,40", "U1,A03,1,web,,4,,10,1,10"]
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    scores = score(at_least(framework, 2), read_survey(path, framework))

    assert (scores.table.loc["U1", "Z.1"] > 10) == (answer == "yes")
    assert withheld(scores, 2).loc["U1", ["Z.1.1", "Z.1.2", "Z.1"]].all()


@pytest.mark.parametrize("way", ["mazziotta_pareto", "ordered(0.5)"])
def test_where_a_mean_cannot_be_solved_for_its_parts_all_of_them_are_withheld(tiny, tmp_path, way):
    alpha = (tiny / "alpha.yaml").read_text(encoding="utf-8").replace("id: A\n", f"id: A\naggregation: {way}\n", 1)
    (tiny / "alpha.yaml").write_text(alpha, encoding="utf-8")
    framework = Framework.load(tiny)
    path = tmp_path / "answers.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")

    hidden = withheld(score(at_least(framework, 2), read_survey(path, framework)), 2)

    assert hidden.loc["U1", ["A.9", "A.8", "A.7"]].all()


@pytest.mark.parametrize("value", ["0", "2.5", "-1", "many"])
def test_the_minimum_is_a_whole_number_of_at_least_one(tiny, value):
    path = tiny / "framework.yaml"
    text = path.read_text(encoding="utf-8").replace(
        "minimum_response: 0.5", f"minimum_response: 0.5\n  minimum_published: {value}"
    )
    path.write_text(text, encoding="utf-8")

    with pytest.raises(WorkbenchError) as caught:
        Framework.load(tiny)

    assert "minimum_published" in str(caught.value)
    assert "framework.yaml" in str(caught.value)


@pytest.fixture(scope="module")
def low_report(root, tmp_path_factory):
    """A report that asks for three respondents, on a survey where one office alone answers a question, with marked answers."""
    folder = tmp_path_factory.mktemp("low")
    edition = folder / "edition"
    edition.mkdir()
    for source in (root / "params/framework/2559").glob("*.yaml"):
        text = source.read_text(encoding="utf-8")
        if source.name == "framework.yaml":
            text = text.replace("minimum_response: 0.5", "minimum_published: 3\n  minimum_response: 0.5")
        text = text.replace(
            "      type: percent\n    reference: DGA pillar 2",
            "      type: percent\n      asked_of: [A05]\n    reference: DGA pillar 2",
        )
        (edition / source.name).write_text(text, encoding="utf-8")
    framework = Framework.load(edition)
    asked = [item.id for item in framework.indicators if item.question is not None and item.question.asked_of == ("A05",)]
    assert asked == ["P2.3.1"]
    frame = make_sample(framework, units=12, agencies=19, seed=5)
    frame["P2.3.1"] = frame["P2.3.1"].astype(float)
    only = frame.index[frame["P2.3.1"].notna()]
    frame.loc[only, "P2.3.1"] = [31.173 + 1.0007 * place for place in range(len(only))]
    survey = folder / "answers.csv"
    write_sample(frame, survey, framework, seed=5)
    path = write_run(
        folder,
        framework=str(edition),
        survey=survey,
        notebooks=("05_quality", "10_scores", "15_structure", "30_province_clusters"),
    )
    report = runs.run(runs.load_run(path), out=folder / "reports").parent
    return report, framework, read_survey(survey, framework)


def _content(report):
    """Everything that a reader of the report can open, by name."""
    for path in sorted(path for path in report.rglob("*") if path.is_file()):
        raw = path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(raw)) as book:
                for name in book.namelist():
                    yield f"{path.name}/{name}", book.read(name).decode("utf-8", "ignore")
        elif path.suffix == ".parquet":
            yield path.name, pd.read_parquet(path).to_csv()
        else:
            yield path.name, raw.decode("utf-8", "ignore")


def test_a_withheld_answer_is_nowhere_in_a_finished_report(low_report):
    report, framework, responses = low_report
    values = responses.values["P2.3.1"].dropna()
    secret = [text for value in values for text in (f"{value:.3f}".rstrip("0"), f"{value / 60 * 100:.4f}")]
    _, published = publishable(framework, responses)
    open_to_all = {repr(float(value))[:8] for value in published.table["P2"].dropna()}
    found: set[str] = set()
    for name, text in _content(report):
        assert not [value for value in secret if value in text], name
        found |= {value for value in open_to_all if value in text}

    assert len(values) >= 8
    assert found == open_to_all, "published values are found by the same search"


def test_no_table_of_a_finished_report_has_a_withheld_cell(low_report):
    report, framework, responses = low_report
    _, published = publishable(framework, responses)
    for file, element in (("scores.csv", str), ("values.csv", str)):
        table = pd.read_csv(report / "data" / file, index_col="unit")
        for unit, name in withheld_cells(published).itertuples(index=False):
            if element(name) in table:
                assert np.isnan(table.loc[unit, name]), (file, unit, name)
    listed = pd.read_csv(report / "data" / "withheld.csv")
    assert len(listed) == len(withheld_cells(published)) > 20


def test_pages_say_withheld_and_why_where_a_value_is_not_published(low_report):
    report, framework, responses = low_report
    _, published = publishable(framework, responses)
    page = (report / "en" / "indicator-P2.3.1.html").read_text(encoding="utf-8")
    units = page[page.index('id="units-en-caption"') :]

    assert units.count(">withheld</td>") == 2 * int(published.withheld["P2.3.1"].sum()), "value and score"
    assert "they rest on fewer than 3 agencies" in page
    assert "ปกปิด" in (report / "th" / "indicator-P2.3.1.html").read_text(encoding="utf-8")
    scores = (report / "en" / "10_scores.html").read_text(encoding="utf-8")
    assert "shown as “withheld”, never as zero" in scores


def test_single_respondents_are_not_told_of_on_the_page_of_quality(low_report):
    report, _, _ = low_report
    names = {path.name for path in (report / "data").iterdir()}

    assert not names & {"quality_respondents.csv", "outliers.csv"}
    assert "original" not in (report / "data" / "intake_log.csv").read_text(encoding="utf-8")
    assert "Who did not answer" not in (report / "en" / "05_quality.html").read_text(encoding="utf-8")


def test_the_index_before_a_workshop_is_not_published_where_it_would_be_a_second_equation(small):
    framework, responses = small
    _, published = publishable(at_least(framework, 2), responses)
    units = pd.DataFrame({"index_before": 1.0, "index_change": 2.0, "rank_before": 3.0}, index=published.table.index)

    shown = open_changes(units, published)

    hidden = published.withheld.any(axis=1)
    assert hidden["U1"]
    assert shown.loc[hidden, ["index_before", "index_change"]].isna().all(axis=None)
    assert shown["rank_before"].notna().all()


def test_the_command_score_writes_what_may_be_published(tiny, tmp_path):
    text = (tiny / "framework.yaml").read_text(encoding="utf-8")
    (tiny / "framework.yaml").write_text(
        text.replace("minimum_response: 0.5", "minimum_response: 0.1\n  minimum_published: 2"), encoding="utf-8"
    )
    survey = tmp_path / "answers.csv"
    survey.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")

    arguments = ["score", "--framework", str(tiny), "--survey", str(survey), "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 0, result.output
    table = pd.read_csv(tmp_path / "out" / "scores.csv", index_col="unit")
    listed = pd.read_csv(tmp_path / "out" / "withheld.csv")
    assert table["A.9"].isna().all()
    assert {("U3", "index"), ("U1", "A.9")} <= set(listed.itertuples(index=False, name=None))
    assert "published without a score" in result.stderr


def test_the_intake_log_neutralises_formulas_and_opens_in_a_thai_spreadsheet(small):
    _, responses = small
    cell = {"file": "/home/office/answers.csv", "sheet": "", "row": 2, "column": "C (Z.2.1)", "original": "=1+1", "cleaned": "2"}
    content = csv_bytes(intake_log(replace(responses, log=pd.DataFrame([cell | {"rule": "thai_digits"}]))))

    assert content.startswith(b"\xef\xbb\xbf")
    assert "'=1+1" in content.decode("utf-8-sig")
    assert "/home" not in content.decode("utf-8-sig")
    assert "แปลงเลขไทย" in content.decode("utf-8-sig")
