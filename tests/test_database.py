"""The database of all editions: what it holds, that it is whole at every moment, and the package beside it."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date

import numpy as np
import pandas as pd
import pytest

from workbench import database
from workbench.database import default_run, edition_key, store, write_package
from workbench.database_schema import TABLES, VIEWS
from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.framework_model import Normalisation
from workbench.sample import make_sample, write_sample
from workbench.score_errors import element_errors
from workbench.scoring import score
from workbench.survey import read_indicators, read_survey
from workbench.uncertainty import load_spec, simulate

DAY = date(2016, 5, 23)


def ask(path, query, *arguments):
    with closing(sqlite3.connect(path)) as connection:
        return pd.read_sql_query(query, connection, params=arguments)


def later(root, folder, old, new):
    """The edition of 2559 under another name, with one goalpost moved."""
    target = folder / f"framework-{new}"
    target.mkdir()
    for path in (root / "params/framework/2559").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        if path.name == "framework.yaml":
            text = text.replace(f"id: egprov-{old}", f"id: egprov-{new}").replace(f'edition: "{old}"', f'edition: "{new}"')
        if path.name == "p6.yaml":
            text = re.sub(r"^weight: .*$", "weight: 1", text, flags=re.MULTILINE)
            text = re.sub(r"(?<=high: )(\d+)(?=[,}])", "77", text, count=1)
        (target / path.name).write_text(text, encoding="utf-8")
    return Framework.load(target)


@pytest.fixture(scope="module")
def sample(root):
    framework = Framework.load("params/framework/2559")
    scores = score(framework, read_survey(root / "data/sample/answers.xlsx", framework))
    return scores, simulate(scores, load_spec("params/uncertainty/weights.yaml", framework), draws=200, seed=3)


@pytest.fixture(scope="module")
def next_edition(root, tmp_path_factory):
    """Scores of a later edition of the same series, from other answers."""
    folder = tmp_path_factory.mktemp("later")
    framework = later(root, folder, "2559", "2561")
    write_sample(make_sample(framework, seed=11), folder / "a.csv", framework, seed=11)
    return score(framework, read_survey(folder / "a.csv", framework))


@pytest.fixture(scope="module")
def full(sample, next_edition, tmp_path_factory):
    """A database of two editions."""
    path = tmp_path_factory.mktemp("full") / "editions.sqlite"
    store(path, sample[0], run="sample", uncertainty=sample[1], published=DAY)
    store(path, next_edition, run="second", published=date(2018, 6, 1))
    return path


@pytest.fixture
def small(tiny, tmp_path):
    """Scores of a small survey, by seed."""

    def small(seed=1, units=6):
        framework = Framework.load(tiny)
        write_sample(make_sample(framework, units=units, agencies=3, seed=seed), tmp_path / "a.csv", framework, seed=seed)
        return score(framework, read_survey(tmp_path / "a.csv", framework))

    return small


class TestWhatItHolds:
    def test_egdi_2016(self, shared, tmp_path):
        """The published ranks of 193 countries come out of the database: United Kingdom 1, Australia 2, Korea 3."""
        framework = Framework.load("params/framework/egdi")
        scores = score(framework, read_indicators(shared / "egdi_2016.csv", framework))
        store(tmp_path / "e.sqlite", scores, run="un", published=date(2016, 7, 29))
        published = pd.read_csv(shared / "egdi_2016.csv", keep_default_na=False).set_index("country-code")
        table = ask(tmp_path / "e.sqlite", "SELECT * FROM ranking ORDER BY rank, unit").set_index("unit")

        assert ["GBR", "AUS", "KOR"] == list(table.index[:3])
        assert (table["rank"] == published["e-gov-rank"].astype(int).reindex(table.index)).all()
        assert table["answered"].isna().all()
        assert 0 == len(ask(tmp_path / "e.sqlite", "SELECT * FROM intervals"))
        assert ["egdi-2016"] == ask(tmp_path / "e.sqlite", "SELECT edition FROM editions")["edition"].tolist()

    def test_scores_are_those_computed(self, sample, full):
        """Every score, rank, band and value, joined back by unit and element."""
        scores = sample[0]
        rows = ask(full, "SELECT * FROM scores WHERE edition = 'egprov-2559'")
        wide = rows.pivot_table(index="unit", columns="element", values="score", dropna=False).reindex(scores.table.index)
        names = ["index", *(node.id for node in scores.framework.elements)]

        np.testing.assert_array_equal(scores.table[names].to_numpy(dtype=float), wide[names].to_numpy(dtype=float))
        of_index = rows[rows["element"] == "index"].set_index("unit").reindex(scores.table.index)
        assert scores.table["rank"].tolist() == of_index["rank"].tolist()
        assert scores.table["band"].tolist() == of_index["band"].tolist()
        values = rows.dropna(subset="value").set_index(["unit", "element"])["value"]
        wanted = scores.values.stack().dropna().sort_index()  # noqa: PD013  (by unit and indicator, as the rows are)
        pd.testing.assert_series_equal(wanted, values.sort_index(), check_names=False)

    def test_the_index_is_the_mean_of_its_pillars(self, full):
        """Weights and scores in the database are enough to compute the index again, wherever all pillars are there."""
        rows = ask(
            full,
            """SELECT p.unit, sum(e.weight * p.score) / sum(e.weight) AS mean, i.score, count(p.score) AS n
               FROM scores p JOIN elements e USING (edition, run, element)
               JOIN scores i ON i.edition = p.edition AND i.run = p.run AND i.unit = p.unit AND i.element = 'index'
               WHERE e.parent = 'index' AND p.edition = 'egprov-2559' GROUP BY p.unit""",
        ).query("n == 6")

        assert 76 == len(rows)
        np.testing.assert_allclose(rows["mean"], rows["score"], rtol=1e-13)

    def test_shares_add_up(self, full):
        """The shares of the indicators, of the pillars and of the index are 1 each."""
        sums = ask(
            full, "SELECT edition, level, sum(share) AS s FROM elements WHERE level <> 'sub-pillar' GROUP BY edition, level"
        )

        assert [1.0] * 6 == pytest.approx(sums["s"].tolist())

    def test_errors_and_intervals(self, sample, full):
        """Standard errors are those of `element_errors`; the 90 % interval is Student's t with n - 1 degrees of freedom."""
        from scipy import stats

        scores, uncertainty = sample
        rows = ask(full, "SELECT * FROM intervals WHERE edition = 'egprov-2559'").set_index(["unit", "element"])
        errors = element_errors(scores).stack()  # noqa: PD013  (by unit and element, as the rows are)
        pd.testing.assert_series_equal(
            errors.sort_index(), rows["standard_error"].reindex(errors.index).sort_index(), check_names=False
        )
        index = rows.xs("index", level="element")
        reach = stats.t.ppf(0.95, scores.table["n_answered"] - 1) * scores.table["index_se"]
        np.testing.assert_allclose((scores.table["index"] + reach), index["high"].reindex(scores.table.index), rtol=1e-12)
        assert uncertainty.ranks["rank_p05"].tolist() == index["rank_p05"].reindex(uncertainty.ranks.index).tolist()
        assert rows.drop("index", level="element")["rank_p05"].isna().all()

    def test_the_run(self, sample, full):
        """A run says when, from what and how; files are named without their folder."""
        run = ask(full, "SELECT * FROM runs WHERE edition = 'egprov-2559'").iloc[0]

        assert ("2016-05-23", 1, "answers.xlsx", 200, 3) == tuple(
            run[["published", "synthetic", "source", "draws", "seed"]].tolist()
        )
        assert sample[0].framework.fingerprint == run["fingerprint"]
        assert "1,237 answered" in run["methods_en"]

    def test_responses(self, full):
        """1,237 of 1,444 agencies answered, as in 2561; only counts are kept."""
        rows = ask(
            full, "SELECT sum(answered) AS a, sum(invited) AS i, count(*) AS n FROM responses WHERE edition = 'egprov-2559'"
        )

        assert [1237, 1444, 76] == rows.iloc[0].tolist()

    def test_nothing_personal(self, tiny, tmp_path):
        """A telephone number in the survey is nowhere in the file, and nor is any respondent."""
        framework = Framework.load(tiny)
        frame = make_sample(framework, units=4, agencies=3, seed=1)
        write_sample(frame, tmp_path / "a.csv", framework, seed=1)
        lines = (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()
        secret = [lines[0] + ",phone", *(f"{line},081-555-0199" for line in lines[1:])]
        (tmp_path / "a.csv").write_text("\n".join(secret), encoding="utf-8")
        store(tmp_path / "e.sqlite", score(framework, read_survey(tmp_path / "a.csv", framework)), run="r", published=DAY)
        body = (tmp_path / "e.sqlite").read_bytes()

        assert b"081-555" not in body
        assert not [table.name for table in TABLES for column in table.columns if column.name in {"agency", "respondent"}]
        assert b"A01" not in body

    def test_not_measured_is_null(self, tmp_path):
        """A unit without a score has NULL for score, rank and band, and keeps its row."""
        framework = Framework.load("params/framework/egdi")
        values = pd.DataFrame({"osi": [0.5, np.nan], "hci": [0.6, np.nan], "tii": [0.7, 0.1]}, index=["AAA", "BBB"])
        store(tmp_path / "e.sqlite", score(framework, values), run="r", published=DAY)
        row = ask(tmp_path / "e.sqlite", "SELECT score, rank, band, coverage FROM ranking WHERE unit = 'BBB'").iloc[0]

        assert row[["score", "rank", "band"]].isna().all()
        assert 1 / 3 == pytest.approx(row["coverage"])

    def test_mean_ranks_stay_halves(self, small, tmp_path):
        """Ranks are whole numbers where they are whole, and halves where ties share a mean rank."""
        framework = Framework.load("params/framework/egdi")
        method = framework.definition.method.model_copy(update={"ties": "mean"})
        framework = dataclasses.replace(framework, definition=framework.definition.model_copy(update={"method": method}))
        values = pd.DataFrame({name: [0.9, 0.5, 0.5] for name in ("osi", "hci", "tii")}, index=["AAA", "BBB", "CCC"])
        store(tmp_path / "e.sqlite", score(framework, values), run="r", published=DAY)
        with closing(sqlite3.connect(tmp_path / "e.sqlite")) as connection:
            ranks = [rank for (rank,) in connection.execute("SELECT rank FROM ranking ORDER BY rank")]

        assert [1, 2.5, 2.5] == ranks
        assert isinstance(ranks[0], int)


class TestEditions:
    def test_change(self, sample, next_edition, full):
        """The change of every unit is the later score less the earlier one, by unit and not by place."""
        rows = ask(full, "SELECT * FROM change_between_editions WHERE element = 'index'").set_index("unit")
        first, second = sample[0].table["index"], next_edition.table["index"]
        wanted = (second - first.reindex(second.index)).reindex(rows.index)

        assert 76 == len(rows)
        np.testing.assert_allclose(wanted, rows["change"], rtol=0, atol=1e-12)
        assert {("egprov-2559", "egprov-2561")} == set(zip(rows["from_edition"], rows["to_edition"], strict=True))

    def test_what_can_be_compared(self, full):
        """Where one goalpost of a pillar moved, the pillar and the index cannot be compared and other pillars can."""
        same = ask(full, "SELECT DISTINCT element, same_definition FROM change_between_editions WHERE level <> 'indicator'")
        flags = same.set_index("element")["same_definition"]

        assert 0 == flags["index"]
        assert 0 == flags["P6"]
        assert [1] * 5 == flags[[f"P{n}" for n in range(1, 6)]].tolist()

    def test_relative_scales_are_never_comparable(self, full, tmp_path):
        """A score by minimum and maximum of the units has another definition in each run."""
        framework = Framework.load("params/framework/egdi")
        pillars = tuple(
            node.model_copy(update={"normalisation": Normalisation(method="minmax")} if node.id == "osi" else {})
            for node in framework.definition.pillars
        )
        weights = dict.fromkeys(("index", "osi", "hci", "tii"), 1.0)
        other = dataclasses.replace(framework, definition=framework.definition.model_copy(update={"pillars": pillars}))
        digests = {
            name: {database.definition(other, name, "e", run, weights) for run in ("one", "two")}
            for name in ("index", "osi", "hci")
        }

        assert {"index": 2, "osi": 2, "hci": 1} == {name: len(found) for name, found in digests.items()}

    def test_names(self, root):
        """An edition is its series and its name; a run is named after the edition and its workshops."""
        framework = Framework.load("params/framework/2559", workshops=["params/workshops/2559-05-23.yaml"])

        assert "egprov-2559" == edition_key(framework)
        assert "egdi-2016" == edition_key(Framework.load("params/framework/egdi"))
        assert "egprov-2559+ws-2559-05-23" == default_run(framework)

    def test_the_latest_run(self, small, tmp_path):
        """Of the runs of an edition the one published last counts."""
        path = tmp_path / "e.sqlite"
        for run, day in (("a", date(2016, 1, 2)), ("b", date(2016, 1, 1))):
            store(path, small(), run=run, published=day)

        assert [("a", "2016-01-02")] == list(
            ask(path, "SELECT run, published FROM latest_runs").itertuples(index=False, name=None)
        )


def dump(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


class TestOneTransaction:
    def test_storing_again_replaces(self, small, tmp_path):
        """The same run twice leaves what it left once; a corrected run leaves no row of the one it replaces."""
        path, once = tmp_path / "e.sqlite", tmp_path / "once.sqlite"
        store(once, small(2, units=4), run="r", published=DAY)
        store(path, small(1, units=6), run="r", published=DAY)
        for _ in range(2):
            store(path, small(2, units=4), run="r", published=DAY)

        assert dump(once) == dump(path)

    def test_other_runs_stay(self, small, tmp_path):
        """Replacing one run touches no other."""
        path = tmp_path / "e.sqlite"
        store(path, small(1), run="one", published=DAY)
        before = ask(path, "SELECT * FROM scores WHERE run = 'one'")
        for seed in (2, 3):
            store(path, small(seed), run="two", published=DAY)

        pd.testing.assert_frame_equal(before, ask(path, "SELECT * FROM scores WHERE run = 'one'"))
        assert ["one", "two"] == ask(path, "SELECT run FROM runs ORDER BY run")["run"].tolist()

    @pytest.mark.parametrize("table", ["editions", "elements", "scores", "intervals"])
    def test_a_failure_in_the_middle(self, small, tmp_path, monkeypatch, table):
        """Wherever it fails, the file is what it was, to the byte."""
        path = tmp_path / "e.sqlite"
        store(path, small(1), run="r", published=DAY)
        before = path.read_bytes()
        insert = database._insert

        def fail(connection, name, rows):
            insert(connection, name, list(rows)[:3])
            if name == table:
                raise RuntimeError("power cut")

        monkeypatch.setattr(database, "_insert", fail)
        with pytest.raises(RuntimeError, match="power cut"):
            store(path, small(2), run="r", published=DAY)

        assert before == path.read_bytes()
        assert ["e.sqlite"] == [item.name for item in tmp_path.iterdir() if "sqlite" in item.name]

    def test_a_first_store_that_fails_leaves_no_file(self, small, tmp_path, monkeypatch):
        """An empty file would look like a database."""
        monkeypatch.setattr(database, "_insert", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store(tmp_path / "e.sqlite", small(), run="r", published=DAY)

        assert not (tmp_path / "e.sqlite").exists()

    def test_killed_in_the_middle(self, small, tmp_path, root, tiny):
        """A process killed between two tables leaves the file as it was, and the next one stores as usual."""
        path = tmp_path / "e.sqlite"
        store(path, small(1), run="r", published=DAY)
        before = path.read_bytes()
        program = (
            "import os, signal, sys\n"
            "from datetime import date\nfrom pathlib import Path\n"
            "from workbench import database\nfrom workbench.framework import Framework\n"
            "from workbench.scoring import score\nfrom workbench.survey import read_survey\n"
            "insert = database._insert\n"
            "def die(connection, name, rows):\n"
            "    insert(connection, name, rows)\n"
            "    if name == 'scores':\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "database._insert = die\n"
            "framework = Framework.load(sys.argv[1])\n"
            "scores = score(framework, read_survey(sys.argv[2], framework))\n"
            "database.store(Path(sys.argv[3]), scores, run='r', published=date(2017, 1, 1))\n"
        )
        again = small(2)
        done = subprocess.run(
            [sys.executable, "-c", program, str(tiny), str(tmp_path / "a.csv"), str(path)],
            cwd=root,
            check=False,
            capture_output=True,
        )

        assert -signal.SIGKILL == done.returncode, done.stderr
        assert before == path.read_bytes()
        assert ["2016-05-23"] == ask(path, "SELECT published FROM runs")["published"].tolist()
        store(path, again, run="r", published=date(2017, 1, 1))
        assert ["2017-01-01"] == ask(path, "SELECT published FROM runs")["published"].tolist()
        assert "ok" == ask(path, "PRAGMA integrity_check").iloc[0, 0]


class TestRefusals:
    def test_another_database(self, small, tmp_path):
        """A file of SQLite that is not ours is left alone."""
        path = tmp_path / "e.sqlite"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE mine (x)")
        before = path.read_bytes()
        with pytest.raises(WorkbenchError, match="was not made by this program"):
            store(path, small(), run="r", published=DAY)

        assert before == path.read_bytes()

    def test_no_database(self, small, tmp_path):
        """A file that is no database is left alone."""
        (tmp_path / "e.sqlite").write_text("unit,score\n" * 200, encoding="utf-8")
        with pytest.raises(WorkbenchError, match="cannot be used as a database: file is not a database"):
            store(tmp_path / "e.sqlite", small(), run="r", published=DAY)

        assert (tmp_path / "e.sqlite").read_text(encoding="utf-8").startswith("unit,score")

    def test_another_version(self, small, tmp_path):
        """Tables of another version are named with both versions."""
        path = tmp_path / "e.sqlite"
        store(path, small(), run="r", published=DAY)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version = 9")
        with pytest.raises(WorkbenchError, match="of version 9; this program writes version 1"):
            store(path, small(), run="r", published=DAY)

    def test_no_folder(self, small, tmp_path):
        """A folder that is not there is the user's mistake."""
        with pytest.raises(WorkbenchError, match="unable to open database file"):
            store(tmp_path / "none" / "e.sqlite", small(), run="r", published=DAY)

    @pytest.mark.parametrize("run", ["", "  ", "a\nb", "x" * 101])
    def test_names_of_runs(self, small, tmp_path, run):
        """A name is not empty, not too long, and can be printed."""
        with pytest.raises(WorkbenchError, match="a run cannot be named"):
            store(tmp_path / "e.sqlite", small(), run=run, published=DAY)

    def test_package_of_nothing(self, tmp_path):
        """A package needs a database."""
        with pytest.raises(WorkbenchError, match="there is no such database"):
            write_package(tmp_path / "none.sqlite", tmp_path / "p")

        assert not (tmp_path / "p").exists()


class TestTables:
    def test_keys_hold(self, full):
        """Every row that another names is there, in STRICT tables without hidden row numbers."""
        assert 0 == len(ask(full, "PRAGMA foreign_key_check"))
        assert "ok" == ask(full, "PRAGMA integrity_check").iloc[0, 0]
        listed = ask(full, "PRAGMA table_list").query("schema == 'main' and type == 'table' and name != 'sqlite_schema'")
        assert {table.name for table in TABLES} == set(listed["name"])
        assert {(1, 1)} == set(zip(listed["wr"], listed["strict"], strict=True))

    def test_a_wrong_row_is_refused(self, full):
        """The file itself refuses a score for an element that is not there, and a text for a score."""
        with closing(sqlite3.connect(full)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            key = connection.execute("SELECT edition, run, unit FROM scores").fetchone()
            connection.execute("INSERT INTO scores (edition, run, unit, element) VALUES (?, ?, ?, 'nowhere')", key)
            with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
                connection.commit()
            connection.rollback()
            with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT value in REAL column"):
                connection.execute("UPDATE scores SET score = 'high'")
            connection.rollback()

    def test_everything_is_described(self, full):
        """`comments` has every table, view and column once, in both languages, and nothing else."""
        there = set()
        for name in (*(table.name for table in TABLES), *VIEWS):
            there |= {(name, "*"), *((name, part) for part in ask(full, f"SELECT * FROM {name} LIMIT 0").columns)}  # noqa: S608  (our names)
        rows = ask(full, "SELECT * FROM comments")

        assert there == set(zip(rows["object"], rows["part"], strict=True))
        assert all(re.search("[ก-๛]", text) for text in rows["text_th"])
        assert not any(re.search("[ก-๛]", text) for text in rows["text_en"])

    def test_wide_range_of_size(self, tmp_path):
        """2,000 units of an index are stored, and stored again."""
        framework = Framework.load("params/framework/egdi")
        rng = np.random.default_rng(1)
        names = [f"U{n:04}" for n in range(2000)]
        values = pd.DataFrame(rng.random((2000, 3)), columns=["osi", "hci", "tii"], index=names)
        for _ in range(2):
            store(tmp_path / "e.sqlite", score(framework, values), run="r", published=DAY)

        assert 8000 == ask(tmp_path / "e.sqlite", "SELECT count(*) AS n FROM scores").iloc[0, 0]


@pytest.fixture(scope="module")
def package(full, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package") / "p"
    return json.loads(write_package(full, folder).read_text(encoding="utf-8")), folder


def rows_of(folder, resource):
    with (folder / resource["path"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TestPackage:
    def test_fields_of_the_standard(self, package):
        """Names, types, keys and paths are what Data Package 2.0 allows."""
        content, folder = package
        assert "https://datapackage.org/profiles/2.0/datapackage.json" == content["$schema"]
        assert [table.name for table in TABLES] == [resource["name"] for resource in content["resources"]]
        for resource in content["resources"]:
            body = (folder / resource["path"]).read_bytes()
            assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
            assert resource["bytes"] == len(body)
            assert resource["hash"] == "sha256:" + hashlib.sha256(body).hexdigest()
            assert resource["type"] == "table"
            for field in resource["schema"]["fields"]:
                assert field["type"] in {"string", "integer", "number", "boolean", "date"}
                assert field["title"]
                assert field["description"]

    def test_header_and_fields_agree(self, package):
        """The columns of every file are the fields, in their order, and the file has no byte-order mark."""
        content, folder = package
        for resource in content["resources"]:
            first = (folder / resource["path"]).read_text(encoding="utf-8").splitlines()[0]
            assert first.split(",") == [field["name"] for field in resource["schema"]["fields"]]

    def test_keys(self, package):
        """Primary keys are unique and never empty; foreign keys name rows that are there."""
        content, folder = package
        rows = {resource["name"]: rows_of(folder, resource) for resource in content["resources"]}
        for resource in content["resources"]:
            name, schema = resource["name"], resource["schema"]
            keys = [tuple(row[part] for part in schema["primaryKey"]) for row in rows[name]]
            assert len(keys) == len(set(keys)) > 0
            assert all(all(key) for key in keys)
            for foreign in schema.get("foreignKeys", []):
                reference = foreign["reference"]
                targets = {tuple(row[part] for part in reference["fields"]) for row in rows[reference.get("resource", name)]}
                named = {tuple(row[part] for part in foreign["fields"]) for row in rows[name]}
                assert {key for key in named if all(key)} <= targets, (name, foreign)

    def test_types(self, package):
        """Every cell is of its field's type or empty where that is allowed."""
        content, folder = package
        fits = {
            "string": lambda _: True,
            "integer": lambda text: re.fullmatch(r"-?\d+", text),
            "number": lambda text: np.isfinite(float(text)),
            "boolean": lambda text: text in {"0", "1"},
            "date": date.fromisoformat,
        }
        for resource in content["resources"]:
            rows = rows_of(folder, resource)
            for field in resource["schema"]["fields"]:
                cells = {row[field["name"]] for row in rows}
                if field.get("constraints", {}).get("required"):
                    assert "" not in cells, (resource["name"], field["name"])
                assert [] == [cell for cell in cells - {""} if not fits[field["type"]](cell)]

    def test_same_numbers(self, full, package):
        """The csv of the scores has the bits of the database."""
        frame = pd.read_csv(package[1] / "scores.csv")

        pd.testing.assert_frame_equal(ask(full, "SELECT * FROM scores"), frame, check_dtype=False, check_exact=True)

    def test_all_or_none(self, full, tmp_path, monkeypatch):
        """A failure leaves the package that was there."""
        from workbench import database_package

        write_package(full, tmp_path)
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        monkeypatch.setattr(database_package, "_csv", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_package(full, tmp_path)

        assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def queries(root):
    text = (root / "docs/database.md").read_text(encoding="utf-8")
    return re.findall(r"```sql\n(.*?)```", text, flags=re.DOTALL)


class TestDocs:
    def test_every_query_runs(self, root, full):
        """Each SQL block of the page gives rows on two editions, and there are at least six."""
        found = [ask(full, query) for query in queries(root)]

        assert len(found) >= 6
        assert [] == [query for query, frame in zip(queries(root), found, strict=True) if frame.empty]

    def test_they_answer_right(self, root, sample, next_edition, full):
        """The answers are those that pandas gives from the scores."""
        ranking, pillars, moved, sure, wide, weak, _ = (ask(full, query) for query in queries(root))
        first, second = sample[0], next_edition
        before, after = first.table["band"], second.table["band"].reindex(first.table.index)

        assert first.table.index[first.table["rank"] <= 10].tolist() == ranking["unit"].tolist()
        assert first.pillars.loc["TH-50"].sort_values(ascending=False).index.tolist() == pillars["pillar"].tolist()
        assert set(before.index[(before != after) & (after != "") & (before != "")]) == set(moved["unit"])
        assert "index" not in set(sure["element"])
        assert "P6" not in set(sure["element"])
        assert (wide["width"] >= 4).all()
        means = first.normalised.mean().sort_values()
        assert means.index[:10].tolist() == weak["element"].tolist()

    def test_tables_of_the_page(self, root):
        """The page names every table with its key, and every view."""
        text = (root / "docs/database.md").read_text(encoding="utf-8")
        listed = dict(re.findall(r"^\| `(\w+)` \|.*\| (`.*?) \|$", text, flags=re.MULTILINE))

        assert [table.name for table in TABLES] == list(listed)
        assert {table.name: list(table.key) for table in TABLES} == {
            name: re.findall(r"`(\w+)`", cell) for name, cell in listed.items()
        }
        assert all(f"`{name}`" in text for name in VIEWS)


class TestCommand:
    def call(self, root, *arguments):
        command = [sys.executable, "-c", "from workbench.cli import main; main()", *map(str, arguments)]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    def test_store(self, root, tmp_path):
        """The command of the page stores the sample with its workshop and writes the package."""
        command = re.search(
            r"^workbench (store .*)$", (root / "docs/database.md").read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        places = {"editions.sqlite": tmp_path / "e.sqlite", "editions": tmp_path / "p"}
        done = self.call(root, *(places.get(word, word) for word in command[1].split()))

        assert 0 == done.returncode, done.stderr
        assert [str(tmp_path / "e.sqlite"), str(tmp_path / "p" / "datapackage.json")] == done.stdout.split()
        run = ask(tmp_path / "e.sqlite", "SELECT run, published, amendments FROM runs").iloc[0]
        assert ["egprov-2559+ws-2559-05-23", "2016-05-23", 5] == run.tolist()

    def test_rank_intervals(self, root, tmp_path):
        """With factors of uncertainty every rank has the interval that `uncertainty` gives for them."""
        common = ["--framework", "params/framework/2559", "--survey", "data/sample/answers.xlsx"]
        draws = ["--spec", "params/uncertainty/weights.yaml", "--draws", "300", "--seed", "0"]
        done = self.call(root, "store", *common, *draws, "--database", tmp_path / "e.sqlite", "--run", "x")
        again = self.call(root, "uncertainty", *common, *draws, "--out", tmp_path)

        assert (0, 0) == (done.returncode, again.returncode), done.stderr + again.stderr
        stored = ask(tmp_path / "e.sqlite", "SELECT unit, rank_p05, rank_p95 FROM intervals WHERE element = 'index'").set_index(
            "unit"
        )
        ranks = pd.read_csv(tmp_path / "ranks.csv", index_col="unit")
        ends = stored.loc[ranks.index].astype(float).to_numpy()
        np.testing.assert_array_equal(ranks[["rank_p05", "rank_p95"]].to_numpy(dtype=float), ends)

    def test_a_mistake(self, root, tmp_path):
        """A file that is no database ends in 2 with a sentence."""
        (tmp_path / "e.sqlite").write_text("no database\n" * 99, encoding="utf-8")
        done = self.call(
            root, "store", "--framework", "params/framework/2559", "--survey", "data/sample/answers.xlsx",
            "--database", tmp_path / "e.sqlite", "--run", "x",
        )  # fmt: skip

        assert 2 == done.returncode
        assert "cannot be used as a database" in done.stderr
        assert "Traceback" not in done.stderr
