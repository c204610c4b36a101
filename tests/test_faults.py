"""Runs that are killed, starved or crowded: nothing half-done is ever seen, and the next run gives the same bytes."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from test_pipeline import SAY, TABLE, Desk

from workbench import kernels, runs
from workbench.errors import NotebookError, WorkbenchError
from workbench.manifest import is_whole

pytestmark = pytest.mark.xdist_group("faults")
SLEEP = "import time\ntime.sleep(0.2)"
COMMAND = [sys.executable, "-c", "from workbench.cli import main; main()", "run"]


@pytest.fixture
def desk(tiny, tmp_path):
    desk = Desk(tiny, tmp_path)
    desk.names = [
        desk.notebook("maker", SLEEP, TABLE.format("numbers", 7), emits=["numbers"], needs=["weights"]),
        desk.notebook("reader", 'page.table("numbers")', SLEEP, needs=["numbers"]),
        desk.notebook("alone", SLEEP, needs=[]),
    ]
    return desk


def pages(folder):
    """Everything that is published but the manifest, which holds times."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != "manifest.json"}


def visible(out):
    """What a reader sees in the folder of reports: names that are not hidden."""
    return [path for path in out.iterdir() if not path.name.startswith(".")] if out.is_dir() else []


def ours(desk, process):
    """Start the command on the desk's run."""
    command = [*COMMAND, str(desk.file(*desk.names)), "--out", str(desk.folder / "reports"), *process]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=os.environ.get("PWD", "."), start_new_session=True
    )


@pytest.mark.slow
def test_killed_at_thirty_moments(desk):
    """SIGKILL to a kernel, to the preloaded process and to the run itself; no half report, no other bytes, no process left.

    A moment is a while after something happened in the run, so it is the same part of the run on a slow machine.
    """
    good = pages(desk.run(*desk.names))
    out, moments = desk.folder / "reports", random.Random(2559)  # noqa: S311  (moments, not secrets)
    ended = 0
    for number in range(30):
        # The run itself and the preloaded process start cold each time, so fewer of these.
        victim = "server" if number % 10 == 4 else "runner" if number % 6 == 3 else "kernel"
        force, happened = number % 4 < 2, number * 7 % 8
        for folder in visible(out) if not force else []:
            shutil.rmtree(folder)
        kill = kill_runner if victim == "runner" else kill_part
        ended += kill(desk, victim, force=force, happened=happened, later=moments.uniform(0, 0.4))
        for folder in visible(out):
            assert is_whole(folder), (number, victim)

    assert ended > 15
    assert good == pages(desk.run(*desk.names))
    assert [] == [path for path in out.iterdir() if path.suffix in {".tmp", ".old"}]


def kill_runner(desk, _, *, force, happened, later):
    """Run the command and kill it *later* than *happened* lines were said; whether that ended it before it was done."""
    process = ours(desk, ["--json", *(["--force"] if force else [])])
    for _ in range(happened):
        process.stdout.readline()
    time.sleep(later)
    process.kill()
    process.communicate()
    return process.returncode == -signal.SIGKILL


def kill_part(desk, victim, *, force, happened, later):
    """Run here and kill a kernel or the process they are forked from; whether the run failed by it, in words of its own."""
    over = threading.Event()

    def kill():
        while len(desk.events) < happened and not over.is_set():
            time.sleep(0.01)
        time.sleep(later)
        for server in list(kernels._SERVERS.values()):
            children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text(encoding="ascii").split()
            with contextlib.suppress(ProcessLookupError, IndexError):
                os.kill(int(children[0]) if victim == "kernel" else server.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    desk.events = []
    killer.start()
    try:
        desk.run(*desk.names, force=force)
    except NotebookError as error:
        assert "died" in str(error) or "was ended" in str(error) or "kernel" in str(error).lower(), error  # noqa: PT017
        return True
    finally:
        over.set()
        killer.join()
    return False


def test_no_process_outlives_a_killed_run(desk, tmp_path):
    """Kernels and the preloaded process end with the run that asked for them, and take their folder along."""
    names = desk.names
    desk.names = [
        desk.notebook(
            "long", "import os\nopen('{}', 'w').write(str(os.getpid()))".format(tmp_path / "pid"), "import time\ntime.sleep(60)"
        )
    ]
    process = ours(desk, [])
    wait_for(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    kernel = int((tmp_path / "pid").read_text())
    process.kill()
    process.communicate()
    wait_for(lambda: not alive(kernel))
    desk.names = names

    assert not alive(kernel)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/stat").open(encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def wait_for(condition, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("waited in vain")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c(desk, number):
    """Interrupted, asked to end, or its terminal closed: one message, exit 130, nothing published, no trace of a traceback."""
    desk.names = [desk.notebook("long", "import time\ntime.sleep(60)")]
    process = ours(desk, ["--json"])
    assert any('"started"' in line for line in iter(process.stdout.readline, ""))
    time.sleep(1)
    process.send_signal(number)
    _, said = process.communicate(timeout=30)

    assert 130 == process.returncode
    assert "stopped before the end; nothing half-done was published." == said.strip()
    assert [] == visible(desk.folder / "reports")


def test_two_at_once(desk):
    """The second is refused with the first one's number; the first ends well."""
    out = desk.folder / "reports"
    process = ours(desk, ["--json"])
    assert any('"started"' in line for line in iter(process.stdout.readline, ""))
    with pytest.raises(WorkbenchError, match=f"another run is making this very report .process {process.pid} since"):
        runs.run(runs.load_run(desk.folder / "small.yaml"), out=out)
    process.communicate(timeout=60)

    assert 0 == process.returncode
    assert all(is_whole(folder) for folder in visible(out))


def test_a_full_disk(desk):
    """A file that cannot be written to its end: one message with the way out, and the last good report untouched."""
    before = pages(desk.run(*desk.names))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, limits[1]))
    try:
        with pytest.raises(WorkbenchError) as caught:
            desk.run(*desk.names, force=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert "the report cannot be written: File too large." in str(caught.value)
    assert "free space, or choose another --out" in str(caught.value)
    [folder] = visible(desk.folder / "reports")
    assert before == pages(folder)


def test_a_folder_that_cannot_be_written(desk):
    """Said before anything is computed."""
    if os.geteuid() == 0:
        out = "/proc/reports"
    else:
        out = desk.folder / "closed"
        out.mkdir(mode=0o500)
    done = subprocess.run([*COMMAND, str(desk.file(*desk.names)), "--out", str(out)], capture_output=True, text=True, check=False)

    assert 2 == done.returncode
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("ERROR: ")


class TestCluster:
    @pytest.fixture(scope="class")
    @staticmethod
    def cluster():
        distributed = pytest.importorskip("distributed")
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
            yield cluster

    def test_the_same_report_comes_back(self, desk, cluster):
        """From Dask workers, and from workers of which one is killed."""
        address = cluster.scheduler_address
        good = pages(desk.run(*desk.names))
        assert good == pages(desk.run(*desk.names, force=True, scheduler=address))
        pid = next(iter(cluster.workers.values())).process.pid
        kill = threading.Timer(0.5, os.kill, [pid, signal.SIGKILL])
        kill.start()

        assert good == pages(desk.run(*desk.names, force=True, scheduler=address))
        kill.join()

    def test_a_failing_notebook_is_named(self, desk, cluster):
        """A fault on a worker ends the run as one here does."""
        with pytest.raises(NotebookError, match=r"notebook bad, cell 4: ZeroDivisionError"):
            desk.run(desk.notebook("bad", "1 / 0"), scheduler=cluster.scheduler_address)

    def test_no_scheduler(self, desk):
        """One message with the way out."""
        with pytest.raises(WorkbenchError, match=r"there is no Dask scheduler at tcp://127.0.0.1:9"):
            desk.run(desk.notebook("one", SAY), scheduler="tcp://127.0.0.1:9")
