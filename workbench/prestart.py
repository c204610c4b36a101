"""Starts the process that kernels are forked from, before its user has anything slow imported.

A run knows early that notebooks will be executed, and late which; its own imports and the reading of the data take as long
as the imports of the kernels, so both go on side by side. Only light modules are imported here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["LONGEST_SOCKET", "Started", "environment", "forks", "start", "take"]

PRELOADED = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "IPython.core.completer",
    "matplotlib_inline.backend_inline",
    "matplotlib.pyplot",
    "pandas",
    "scipy.stats",
    "scipy.cluster.hierarchy",
    "workbench.page",
    "workbench.runs",
)
LONGEST_SOCKET = 90
"""A local socket's path has room for about a hundred bytes."""


@dataclass(frozen=True)
class Started:
    """The preloaded process, and the folder of its sockets, which it removes when it ends."""

    folder: Path
    process: subprocess.Popen[bytes]


_WAITING: list[Started] = []
_TAKEN: list[Started] = []


def forks() -> bool:
    """Whether kernels can be forked here."""
    return hasattr(os, "fork") and os.environ.get("WORKBENCH_FORK") != "0"


def start() -> None:
    """Start the process now, if none is there; whoever first asks for a server gets it. It ends with this process in any case."""
    _TAKEN[:] = [one for one in _TAKEN if one.process.poll() is None]
    if forks() and not _WAITING and not _TAKEN:
        _WAITING.append(_spawned(new_folder()))


def take() -> Started:
    """The process that was started, or a new one."""
    found = _WAITING.pop() if _WAITING else None
    if found is None or found.process.poll() is not None:
        found = _spawned(new_folder())
    _TAKEN.append(found)
    return found


def new_folder() -> Path:
    """A folder for sockets, with a short path."""
    base = None if len(tempfile.gettempdir()) < LONGEST_SOCKET - 30 else "/tmp"  # noqa: S108  (sockets need a short path)
    return Path(tempfile.mkdtemp(prefix="wb-", dir=base))


def environment(folder: Path) -> dict[str, str]:
    """What every kernel is given: no settings of the user, one thread for each, the same hashes each time."""
    return {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }


def _spawned(folder: Path) -> Started:
    process = subprocess.Popen(  # noqa: S603  (the project's own program)
        [sys.executable, "-m", "workbench.forkserver", str(folder), *PRELOADED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **environment(folder)},
        start_new_session=True,
    )
    return Started(folder, process)
