"""The process of the kernels is started once, early, and is whoever's asks first."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench import prestart


@pytest.fixture
def alone(monkeypatch):
    """No process there, and none left behind."""
    monkeypatch.setattr(prestart, "_WAITING", [])
    monkeypatch.setattr(prestart, "_TAKEN", [])
    yield
    for one in (*prestart._WAITING, *prestart._TAKEN):
        one.process.stdin.close()
        one.process.wait(timeout=60)


@pytest.mark.usefixtures("alone")
def test_one_is_enough():
    """Started twice it is there once; while it serves no other is started; when it is gone the next is."""
    prestart.start()
    prestart.start()
    first = prestart.take()
    prestart.start()
    assert prestart._WAITING == []

    first.process.stdin.close()
    first.process.wait(timeout=60)
    prestart.start()

    assert len(prestart._WAITING) == 1
    assert prestart.take().process.pid != first.process.pid
    assert not first.folder.exists(), "it takes its folder along"


@pytest.mark.usefixtures("alone")
def test_one_that_died_is_not_handed_out():
    """Whoever asks gets one that lives."""
    prestart.start()
    dead = prestart._WAITING[0].process
    dead.kill()
    dead.wait(timeout=60)

    assert prestart.take().process.poll() is None


@pytest.mark.usefixtures("alone")
def test_where_kernels_are_plain(monkeypatch):
    """Nothing is started where nothing can be forked."""
    monkeypatch.setenv("WORKBENCH_FORK", "0")
    prestart.start()

    assert prestart._WAITING == []


def test_nothing_slow_is_imported():
    """The module is there to be early."""
    code = (
        "import sys, workbench.prestart; print([name for name in ('pandas', 'numpy', 'jupyter_client') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
