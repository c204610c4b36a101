"""The command `uncertainty`: its files are the contract, and mistakes end in 2 with nothing written."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

RUN = [sys.executable, "-c", "from workbench.cli import main; main()", "uncertainty"]
SAMPLE = ["--framework", "params/framework/2559", "--survey", "data/sample/answers.xlsx"]


def run(root, *arguments):
    return subprocess.run(
        [*RUN, *SAMPLE, *map(str, arguments)], cwd=root, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_files_are_the_contract(root, tmp_path):
    """Columns of the three tables, and the same bytes for one and for three threads."""
    spec = ("--spec", "params/uncertainty/notebook.yaml", "--draws", 9000, "--seed", 3, "--sobol", "--samples", 1024)
    for workers in (1, 3):
        done = run(root, *spec, "--workers", workers, "--out", tmp_path / str(workers))
        assert 0 == done.returncode, done.stderr
    tables = {name: pd.read_csv(tmp_path / "1" / f"{name}.csv") for name in ("ranks", "rank_shares", "sensitivity")}

    assert ["unit", "rank", "rank_mean", "rank_p05", "rank_median", "rank_p95"] == list(tables["ranks"].columns)
    assert ["unit", *map(str, range(1, 77))] == list(tables["rank_shares"].columns)
    assert ["factor", "s1", "s1_low", "s1_high", "st", "st_low", "st_high"] == list(tables["sensitivity"].columns)
    assert ["weights", "normalisation", "aggregation"] == tables["sensitivity"]["factor"].tolist()
    for name in tables:
        assert (tmp_path / "1" / f"{name}.csv").read_bytes() == (tmp_path / "3" / f"{name}.csv").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--draws", 0), "`draws` is 0."),
        (("--workers", 0), "`workers` is 0."),
        (("--until", 0), "`until` is 0."),
        (("--sobol", "--samples", 1000), "`samples` is 1000."),
        (("--scheduler", "tcp://127.0.0.1:1"), "no scheduler answers at `tcp://127.0.0.1:1`."),
    ],
)
def test_mistakes_end_in_2(root, tmp_path, arguments, words):
    """One clear message, no traceback, no file."""
    done = run(root, "--spec", "params/uncertainty/weights.yaml", "--out", tmp_path / "out", *arguments)

    assert 2 == done.returncode
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("long", [["--draws", "500000000"], ["--draws", "10", "--sobol", "--samples", "1048576"]])
def test_ctrl_c(root, tmp_path, long):
    """A long analysis that is interrupted ends in one sentence and 130, and nothing is written."""
    if not Path("/proc/self/maps").exists():
        pytest.skip("what a process has loaded is told by /proc")
    options = ["--spec", "params/uncertainty/weights.yaml", *long, "--seed", "1", "--out", str(tmp_path / "out")]
    process = subprocess.Popen([*RUN, *SAMPLE, *options], cwd=root, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    memory = f"/proc/{process.pid}/maps"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and "scipy" not in Path(memory).read_text(encoding="utf-8"):
        time.sleep(0.2)  # until the libraries are loaded
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=60)

    assert (130, "") == (process.returncode, out)
    assert "stopped before the end; nothing half-done was published." == said.strip()
    assert not (tmp_path / "out").exists()
