"""Draws and runs on a Dask cluster: the same bits, though a worker dies, and a clean end when interrupted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from workbench.framework import Framework
from workbench.scoring import score
from workbench.uncertainty import BLOCK, load_spec, sensitivity, simulate
from workbench.uncertainty.machines import machines

Client = pytest.importorskip("distributed").Client
pytestmark = pytest.mark.slow

SPEC = """label: {th: ก, en: a}
factors:
- {id: weights, kind: weights, spread: 0.25}
- {id: normalisation, kind: normalisation, choices: [as_given, minmax, rank]}
- {id: aggregation, kind: aggregation, choices: [arithmetic, geometric, harmonic]}
- {id: out, kind: leave_out, level: indicator}
"""


@pytest.fixture
def cluster(root):
    """A Dask scheduler and two workers, each a process of its own, on the loopback."""
    environment = {**os.environ, "PYTHONPATH": str(root), "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}
    own = {"env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    base = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    started = [subprocess.Popen([*base, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"], **own)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    started += [subprocess.Popen(worker, **own) for _ in range(2)]
    with Client(address, timeout="20s") as client:
        client.wait_for_workers(2, timeout=40)
    yield address, started
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def scores(tiny):
    """Nine units, one value missing."""
    framework = Framework.load(tiny)
    table = np.random.default_rng(11).uniform(0.02, 0.9, (9, 7))
    table[2, 3] = np.nan
    return score(framework, pd.DataFrame(table, index=list("abcdefghi"), columns=[item.id for item in framework.indicators]))


@pytest.fixture
def spec(scores, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC, encoding="utf-8")
    return load_spec(path, scores.framework)


def dies(worker):
    """What is called with the progress, and kills a worker the first time."""

    def kill(done):
        if not killed:
            os.kill(worker.pid, signal.SIGKILL)
            killed.append(done)

    killed = []
    return kill, killed


def one_is_left(address):
    with Client(address, timeout="20s") as client:
        for _ in range(100):
            if len(client.scheduler_info()["workers"]) == 1:
                return True
            time.sleep(0.1)
    return False


def test_draws_survive_a_worker_killed_in_the_middle(scores, spec, cluster):
    """The blocks of a dead worker are computed by another, and the result has the same bits."""
    address, started = cluster
    draws = 96 * BLOCK
    kill, killed = dies(started[1])
    with machines(address) as executor:
        far = simulate(scores, spec, draws=draws, seed=9, executor=executor, progress=kill)
    here = simulate(scores, spec, draws=draws, seed=9, workers=1)

    for name in ("rank_shares", "bands", "scores"):
        pd.testing.assert_frame_equal(getattr(here, name), getattr(far, name), check_exact=True)
    assert killed
    assert killed[0] < draws
    assert one_is_left(address)


def test_indices_survive_a_worker_killed_in_the_middle(scores, spec, cluster):
    """So do Sobol's indices."""
    address, started = cluster
    kill, killed = dies(started[1])
    with machines(address) as executor:
        assert 2 == executor.width
        far = sensitivity(scores, spec, samples=8192, seed=9, executor=executor, progress=kill)
    here = sensitivity(scores, spec, samples=8192, seed=9, workers=2)

    pd.testing.assert_frame_equal(here.table, far.table, check_exact=True)
    pd.testing.assert_frame_equal(here.units, far.units, check_exact=True)
    assert killed
    assert one_is_left(address)


@pytest.mark.parametrize("part", ["draws", "sobol"])
def test_ctrl_c(root, tmp_path, cluster, part):
    """Interrupted while the cluster computes, the command says so and ends in 130; nothing is written, the workers live on."""
    address, started = cluster
    long = {"draws": ["--draws", "500000000"], "sobol": ["--draws", "10", "--sobol", "--samples", "1048576"]}[part]
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "uncertainty", "--seed", "1", *long]
    command += ["--framework", "params/framework/2559", "--survey", "data/sample/answers.xlsx"]
    command += ["--spec", "params/uncertainty/weights.yaml", "--out", str(tmp_path / "out"), "--scheduler", address]
    process = subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with Client(address, timeout="20s") as client:
        deadline, given = time.monotonic() + 60, False
        while time.monotonic() < deadline and not given:
            time.sleep(0.2)
            given = any(client.processing().values())
        assert given, "the cluster was given nothing"
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
        for _ in range(300):
            if not any(client.processing().values()):
                break
            time.sleep(0.1)
        assert not any(client.processing().values()), "the cluster goes on"

    assert (130, "") == (process.returncode, out)
    assert "stopped before the end; nothing half-done was published." in said
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()
    assert all(one.poll() is None for one in started)
