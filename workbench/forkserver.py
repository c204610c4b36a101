"""A process with the slow imports done, from which kernels are forked.

It is a program of its own, `python -m workbench.forkserver FOLDER MODULE...`, that speaks lines of
JSON on its standard input and output: `{"argv": [...], "env": {...}, "cwd": "..."}` asks for a
kernel, with `"call": "module"` for a call of its `main(argv)`, and is answered by `{"forked": pid}`;
`{"ended": pid, "code": n}` follows when it is over. `{"import": [...]}` asks for more imports before the next fork.
It ends, with all its kernels, when its input does: no kernel outlives the run that asked for it.
Nothing is computed here, and no thread is started, so that a fork is safe.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import select
import shutil
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RARELY", "main", "without_grammar"]

RARELY = (100_000, 50, 50)
"""When a process of a run looks for cycles of garbage: it lives for seconds, and looking was a tenth of its time."""
PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when its parent dies."""


def main(folder: str, modules: list[str]) -> None:
    """Import *modules*, then fork kernels until the input ends; *folder*, for their sockets, is removed at the end."""
    requests, answers = os.dup(0), os.dup(1)
    quiet = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(quiet, standard)
    preload(modules)
    _tell(answers, {"ready": os.getpid()})
    children: set[int] = set()
    try:
        _serve(requests, answers, children)
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def without_grammar() -> Iterator[None]:
    """Import without the grammar of addresses: it takes most of a second to build and checks nothing that we read."""
    wanted = "rfc3987_syntax" not in sys.modules
    if wanted:
        sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if wanted:
            del sys.modules["rfc3987_syntax"]


def preload(modules: list[str]) -> None:
    """Import what notebooks import; what cannot be imported is for the notebook to say."""
    fresh = [name for name in modules if name not in sys.modules]
    with without_grammar():
        for name in fresh:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    if fresh:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*RARELY)


def _serve(requests: int, answers: int, children: set[int]) -> None:
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    pending = b""
    while True:
        ready, _, _ = select.select([requests, woken], [], [])
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
            _bury(answers, children)
        if requests in ready:
            chunk = os.read(requests, 65536)
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                request = json.loads(line)
                preload(request.get("import", [request["call"]] if "call" in request else []))
                if "import" in request:
                    continue
                child = os.fork()
                if child == 0:
                    _become_kernel(request, (requests, answers, woken, wake))
                children.add(child)
                _tell(answers, {"forked": child})


def _bury(answers: int, children: set[int]) -> None:
    for child in tuple(children):
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            children.discard(child)
            _tell(answers, {"ended": child, "code": os.waitstatus_to_exitcode(status)})


def _tell(answers: int, message: dict[str, int]) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(answers, json.dumps(message).encode() + b"\n")


def _become_kernel(request: dict[str, object], inherited: tuple[int, ...]) -> NoReturn:
    """Turn this fresh copy of the process into the kernel that was asked for."""
    try:
        parent = os.getppid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in inherited:
            os.close(descriptor)
        os.setsid()
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        os.environ.clear()
        os.environ.update(request["env"])  # type: ignore[call-overload]
        os.chdir(str(request["cwd"]))
        _reseed()
        if "call" in request:
            importlib.import_module(str(request["call"])).main(request["argv"])
            os._exit(0)
        from ipykernel.kernelapp import IPKernelApp  # noqa: PLC0415  (imported before the fork)

        IPKernelApp.launch_instance(argv=request["argv"])  # type: ignore[arg-type]
    except BaseException:  # noqa: BLE001  (this copy ends here, whatever it was)
        os._exit(1)
    finally:
        os._exit(0)


def _reseed() -> None:
    """Without a seed, numbers are different in every kernel, as in any process; a fork would repeat them."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(None)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
