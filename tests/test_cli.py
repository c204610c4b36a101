"""The commands as they are called from outside: what they write, what they say, how they end."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pandas as pd
import pytest

COMMANDS = ("run", "check", "score", "uncertainty", "export", "store", "sample", "lab")


@pytest.fixture
def workbench(root):
    def call(*arguments, code=0, cwd=root):
        done = subprocess.run(
            [sys.executable, "-c", "from workbench.cli import main; main()", *map(str, arguments)],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
        )
        assert code == done.returncode, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def survey(tiny, tmp_path, workbench):
    path = tmp_path / "answers.csv"
    workbench("sample", "--framework", tiny, "--units", 6, "--agencies", 3, "--seed", 0, "--out", path)
    return path


class TestHelp:
    @pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
    def test_every_command_explains_itself(self, workbench, command):
        """--help answers on all of them."""
        assert "Usage" in workbench(*command, "--help").stdout

    def test_an_unknown_command_is_the_users_mistake(self, workbench):
        """It ends in 2."""
        assert "No such command" in workbench("skore", code=2).stderr


class TestScore:
    def test_a_survey(self, workbench, tiny, survey, tmp_path):
        """scores.csv has the columns others read, one row per unit, ranks from 1."""
        done = workbench("score", "--framework", tiny, "--survey", survey, "--out", tmp_path / "out")
        table = pd.read_csv(tmp_path / "out" / "scores.csv")

        assert str(tmp_path / "out" / "scores.csv") == done.stdout.strip()
        assert ["unit", "index", "rank", "band", "coverage", "n_answered", "n_invited", "index_se"] == list(table.columns[:8])
        assert ["Z", "A", "Z.2", "Z.1"] == list(table.columns[8:12])
        assert 6 == len(table)
        assert 1 == table["rank"].min()

    def test_a_table(self, workbench, shared, tmp_path):
        """EGDI through the command line: 193 countries, the published order."""
        workbench("score", "--framework", "params/framework/egdi", "--indicators", shared / "egdi_2016.csv", "--out", tmp_path)
        table = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False)
        published = pd.read_csv(shared / "egdi_2016.csv", keep_default_na=False).set_index("country-code")

        assert ["unit", "index", "rank", "band", "coverage", "osi", "hci", "tii"] == list(table.columns)
        assert (table.set_index("unit")["rank"] == published["e-gov-rank"].astype(int).reindex(table["unit"])).all()

    def test_workshops_are_applied(self, workbench, tmp_path):
        """With the amendments the same survey gives other scores."""
        common = ("score", "--framework", "params/framework/2559", "--survey", "data/sample/answers.xlsx", "--out")
        workbench(*common, tmp_path / "one")
        workbench(*common, tmp_path / "two", "--workshop", "params/workshops/2559-05-23.yaml")
        one, two = (pd.read_csv(tmp_path / name / "scores.csv")["index"].mean() for name in ("one", "two"))

        assert 45.67 == pytest.approx(one, abs=0.5)
        assert one != two

    def test_both_or_neither_source(self, workbench, tiny, survey, tmp_path):
        """One file of answers or one table."""
        out = tmp_path / "none"
        assert "neither was given" in workbench("score", "--framework", tiny, "--out", out, code=2).stderr
        both = workbench("score", "--framework", tiny, "--survey", survey, "--indicators", survey, "--out", out, code=2)
        assert "both was given" in both.stderr
        assert not out.exists()

    def test_a_fault_in_the_answers(self, workbench, tiny, survey, tmp_path):
        """The cell is named, nothing is written, the command ends in 2."""
        lines = survey.read_text(encoding="utf-8-sig").splitlines()
        header = lines[0].split(",")
        answered = next(i for i, line in enumerate(lines) if ",answered," in line)
        cells = lines[answered].split(",")
        cells[header.index("Z.2.1")] = "9"
        lines[answered] = ",".join(cells)
        survey.write_text("\n".join(lines), encoding="utf-8")
        done = workbench("score", "--framework", tiny, "--survey", survey, "--out", tmp_path / "out", code=2)

        assert done.stderr.startswith("ERROR: ")
        assert f"row {answered + 1}" in done.stderr
        assert "Z.2.1" in done.stderr
        assert "allowed: " in done.stderr
        assert not (tmp_path / "out").exists()

    def test_an_output_that_is_a_file(self, workbench, tiny, survey, tmp_path):
        """A file in place of the output folder is the user's mistake."""
        (tmp_path / "out").write_text("mine", encoding="utf-8")
        done = workbench("score", "--framework", tiny, "--survey", survey, "--out", tmp_path / "out", code=2)

        assert "this is a file, not a folder." in done.stderr
        assert "mine" == (tmp_path / "out").read_text(encoding="utf-8")


class TestUncertainty:
    def test_ranks_and_shares(self, workbench, tiny, survey, tmp_path):
        """ranks.csv and rank_shares.csv have the columns others read."""
        workbench(
            "uncertainty", "--framework", tiny, "--survey", survey, "--spec", "params/uncertainty/weights.yaml",
            "--draws", 500, "--seed", 0, "--out", tmp_path,
        )  # fmt: skip
        ranks, shares = (pd.read_csv(tmp_path / f"{name}.csv") for name in ("ranks", "rank_shares"))

        assert ["unit", "rank", "rank_mean", "rank_p05", "rank_median", "rank_p95"] == list(ranks.columns)
        assert ["unit", *(str(place) for place in range(1, len(ranks) + 1))] == list(shares.columns)
        assert shares.drop(columns="unit").sum(axis=1).tolist() == pytest.approx([1.0] * len(shares))

    def test_no_draws(self, workbench, tiny, survey, tmp_path):
        """Zero draws end in 2 with a sentence."""
        done = workbench(
            "uncertainty", "--framework", tiny, "--survey", survey, "--spec", "params/uncertainty/weights.yaml",
            "--draws", 0, "--out", tmp_path / "out", code=2,
        )  # fmt: skip

        assert "`draws` is 0." in done.stderr


class TestCheck:
    @pytest.mark.parametrize("name", ["2559", "egdi", "province-context", "asem", "hdi"])
    def test_the_frameworks_that_ship(self, workbench, name):
        """They are without fault."""
        assert "no fault." in workbench("check", "--framework", f"params/framework/{name}").stdout

    def test_the_sample_run(self, workbench):
        """Files, framework, answers and notebooks of the sample run are without fault."""
        assert (
            "6 pillars, 17 sub-pillars, 50 indicators; 76 provinces; no fault."
            in workbench("check", "params/runs/sample.yaml").stdout
        )

    def test_faults_for_a_machine(self, workbench, tiny):
        """--json gives every fault with file, line, problem and fix, and still ends in 2."""
        path = tiny / "alpha.yaml"
        path.write_text(
            path.read_text(encoding="utf-8").replace("high: 60", "high: -60").replace("weight", "wait"), encoding="utf-8"
        )
        faults = json.loads(workbench("check", "--framework", tiny, "--json", code=2).stdout)

        assert faults["ok"] is False
        assert {"file", "line", "problem", "fix"} <= set(faults["faults"][0])

    def test_no_fault_for_a_machine(self, workbench, tiny):
        """--json says ok and lists nothing."""
        assert {"ok": True, "faults": []} == json.loads(workbench("check", "--framework", tiny, "--json").stdout)

    def test_a_run_or_a_framework(self, workbench, tiny):
        """Not both and not neither."""
        assert "one of the two" in workbench("check", code=2).stderr
        assert "one of the two" in workbench("check", "params/runs/sample.yaml", "--framework", tiny, code=2).stderr
        assert "names its own data" in workbench("check", "params/runs/sample.yaml", "--survey", "x.csv", code=2).stderr

    def test_many_faults_are_cut_on_screen(self, workbench, tiny, survey, tmp_path):
        """At most a hundred lines are shown; all faults are in a file that a spreadsheet opens."""
        frame = pd.read_csv(survey, dtype=str, keep_default_na=False)
        many = pd.concat([frame.assign(unit=[f"U{i}{j}" for j in range(len(frame))]) for i in range(15)])
        many.loc[many["status"] == "answered", ["Z.2.1", "Z.1.1"]] = "wrong"
        many.to_csv(survey, index=False)
        text = workbench("check", "--framework", tiny, "--survey", survey, code=2, cwd=tmp_path).stderr

        written = pd.read_csv(tmp_path / "workbench-faults.csv")
        count = int(re.search(r"(\d+) faults in all", text)[1])

        assert len(text.splitlines()) <= 101  # the last line counts the faults
        assert "more; all of them are in workbench-faults.csv." in text
        assert count == len(written)
        assert {"file", "row", "column", "value", "problem", "allowed", "fix"} <= {*written}


class TestSample:
    def test_the_same_seed_gives_the_same_bytes(self, workbench, tiny, tmp_path):
        """And the file says that it is synthetic, in both languages."""
        for name in ("one", "two"):
            workbench(
                "sample", "--framework", tiny, "--units", 4, "--agencies", 3, "--seed", 7, "--out", tmp_path / f"{name}.csv"
            )
        one, two = ((tmp_path / f"{name}.csv").read_bytes() for name in ("one", "two"))

        assert one == two
        assert "synthetic ข้อมูลสังเคราะห์" in one.decode("utf-8-sig")


class TestRunFaults:
    def test_a_missing_run_file(self, workbench):
        """One sentence, ending in 2."""
        assert "there is no such file." in workbench("run", "params/runs/absent.yaml", code=2).stderr

    def test_every_missing_file_of_a_run_at_once(self, workbench, root, tmp_path):
        """Each is named with the line of the run file."""
        text = (root / "params/runs/sample.yaml").read_text(encoding="utf-8")
        text = text.replace("data/sample/answers.xlsx", "data/nowhere.xlsx").replace("10_scores", "10_skores")
        path = tmp_path / "run.yaml"
        path.write_text(text, encoding="utf-8")
        text = workbench("run", path, "--out", tmp_path / "out", code=2).stderr

        assert "`survey`: there is no file data/nowhere.xlsx." in text
        assert "there is no notebook `10_skores`." in text
        assert "did you mean `10_scores`?" in text
        assert not (tmp_path / "out").exists()

    def test_an_unknown_notebook_in_only(self, workbench, tmp_path):
        """--only takes the names of the run's notebooks."""
        done = workbench("run", "--only", "10_score", "--out", tmp_path, code=2)

        assert "did you mean `10_scores`?" in done.stderr
