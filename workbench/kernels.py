"""Kernels that start at once: forked from a process that has the imports done, each with a state of its own.

`ForkProvisioner` is a kernel provisioner of jupyter_client. Where a fork is not to be had, or when
`WORKBENCH_FORK=0`, it starts a plain kernel instead; a notebook cannot tell the difference.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from importlib.metadata import EntryPoint
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from workbench import prestart
from workbench.errors import NotebookError
from workbench.prestart import LONGEST_SOCKET
from workbench.ready import READY

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ForkProvisioner", "KernelServer", "Lease", "manager_for", "shared_server"]

PROVISIONER = "workbench-fork"
QUIET = ("--log-level=CRITICAL", "--HistoryManager.enabled=False")
WATCH = "--IPKernelApp.exec_lines=[\"__import__('workbench.reads').reads.watch()\"]"
ASK_AGAIN = 0.03
"""Seconds after an answer in which its output is heard, if the output channel is connected."""


class Forked:
    """A forked kernel, with the methods of `subprocess.Popen` that a provisioner calls."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, server: KernelServer) -> None:
        self.pid, self._server = pid, server

    def poll(self) -> int | None:
        """The exit code, or None while the kernel lives."""
        return self._server.code(self.pid)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end."""
        return self._server.wait(self.pid, timeout)

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    terminate = kill


class KernelServer:
    """The preloaded process, seen from the run that owns it."""

    def __init__(self, modules: tuple[str, ...] = ()) -> None:
        started = prestart.take() if prestart.forks() else None
        self.folder = started.folder if started is not None else prestart.new_folder()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._news = threading.Condition()
        self._forked: list[int] = []
        self._codes: dict[int, int] = {}
        self._over = False
        self._process = started.process if started is not None else None
        if self._process is not None:
            threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()
            self._ask({"import": modules})

    def environment(self) -> dict[str, str]:
        """What every kernel is given: no settings of the user, one thread for each, the same hashes each time."""
        return prestart.environment(self.folder)

    @property
    def pid(self) -> int | None:
        """Number of the preloaded process; None where kernels are plain."""
        return self._process.pid if self._process is not None else None

    @property
    def socket(self) -> Path:
        """A fresh name for the sockets of one kernel."""
        return self.folder / f"k{next(self._numbers)}"

    def fork(self, argv: list[str], env: Mapping[str, str], cwd: str, call: str = "") -> Forked | None:
        """A new kernel, or a call of `main(argv)` in the module *call*; None where nothing can be forked."""
        if self._process is None:
            return None
        wanted = {"argv": argv, "env": dict(env), "cwd": cwd} | ({"call": call} if call else {})
        with self._lock, self._news:
            if not self._ask(wanted):
                return None
            self._news.wait_for(lambda: self._forked or self._over)
            return Forked(self._forked.pop(0), self) if self._forked else None

    def _ask(self, request: Mapping[str, object]) -> bool:
        """Send *request*; False where nobody listens any more."""
        assert self._process is not None, "there is a process to ask"
        assert self._process.stdin is not None, "it was started with a pipe"
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            return False
        return True

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            message = json.loads(line)
            with self._news:
                if "forked" in message:
                    self._forked.append(message["forked"])
                if "ended" in message:
                    self._codes[message["ended"]] = message["code"]
                self._news.notify_all()
        with self._news:
            self._over = True
            self._news.notify_all()

    def code(self, pid: int) -> int | None:
        """How the kernel *pid* ended; None while it lives."""
        with self._news:
            return self._codes.get(pid, -int(signal.SIGKILL) if self._over else None)

    def wait(self, pid: int, timeout: float | None) -> int:
        """Wait until the kernel *pid* has ended."""
        with self._news:
            self._news.wait_for(lambda: pid in self._codes or self._over, timeout)
            return self._codes.get(pid, -int(signal.SIGKILL))

    @property
    def serves(self) -> bool:
        """Whether kernels can still be had from here."""
        return not self._over

    def close(self) -> None:
        """End all kernels and the preloaded process."""
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Lease:
    """A server as one run uses it: when the run ends, so do its kernels, and no more are had."""

    def __init__(self, server: KernelServer) -> None:
        self.server = server
        self._lock = threading.Lock()
        self._given: list[Forked] = []
        self.ready: Path | None = None
        """What the run read, for its kernels to take."""
        self._over = False

    def fork(self, argv: list[str], env: Mapping[str, str], cwd: str, call: str = "") -> Forked | None:
        """A new kernel or call, as `KernelServer.fork` gives it.

        Raises:
            NotebookError: the run has ended.
        """
        with self._lock:
            forked = None if self._over else self.server.fork(argv, env, cwd, call)
            if self._over:
                raise NotebookError("the run was ended.")
            self._given += [forked] if forked is not None else []
            return forked

    def variables(self) -> dict[str, str]:
        """What the kernels of this run are told, beside what all of the server's are."""
        return {READY: str(self.ready)} if self.ready is not None else {}

    @property
    def alive(self) -> list[int]:
        """Numbers of the kernels at work."""
        return [kernel.pid for kernel in self._given if kernel.poll() is None]

    def end(self) -> None:
        """End every kernel, finished or not."""
        with self._lock:
            self._over = True
        for kernel in self._given:
            if kernel.poll() is None:
                kernel.kill()
        if self.ready is not None:
            self.ready.unlink(missing_ok=True)


_SERVERS: dict[tuple[object, ...], KernelServer] = {}


def shared_server(modules: tuple[str, ...], code: str) -> KernelServer:
    """The server of this process with *modules* imported from *code*; one serves many runs, until the code changes."""
    server = _SERVERS.get((modules, code))
    if server is None or not server.serves:
        while _SERVERS:
            _SERVERS.popitem()[1].close()
        server = _SERVERS[modules, code] = KernelServer(modules)
    return server


class ForkProvisioner(LocalProvisioner):
    """Asks the kernel server for a kernel; starts a plain one where there is none."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:  # noqa: ANN401  (jupyter_client)
        """Start the kernel that *cmd* describes."""
        server = getattr(self.parent, "lease", None)
        forked = None
        if server is not None:
            # The backend was imported before there was a shell to draw in, so it has to be told.
            arguments = [*cmd[cmd.index("-f") :], "--matplotlib=inline"]
            request = arguments, kwargs.get("env", os.environ), kwargs.get("cwd") or str(Path.cwd())
            forked = await asyncio.get_running_loop().run_in_executor(None, server.fork, *request)
        if forked is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = forked, forked.pid, None
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:  # noqa: FBT001, FBT002  (jupyter_client)
        """End the kernel, and see it ended: jupyter_client would look again only after a tenth of a second."""
        await super().kill(restart=restart)
        await self._seen_ended()

    async def wait(self) -> int | None:
        """Wait for the end of the kernel, looking more often than jupyter_client does."""
        if self.process is None:
            return 0
        await self._seen_ended()
        code = int(self.process.wait())
        self.process = None
        return code

    async def _seen_ended(self) -> None:
        while await self.poll() is None:  # noqa: ASYNC110  (the end is told to a thread)
            await asyncio.sleep(0.005)


class _Client(AsyncKernelClient):
    """A client that knows when its kernel is ready; jupyter_client's waits until nothing was heard for a fifth of a second."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  (jupyter_client)
        """Ask the kernel what it is until the answer comes and the output channel tells that it was given.

        Raises:
            RuntimeError: the kernel died, or gave no answer in *timeout* seconds.
        """
        end = time.monotonic() + (timeout or float("inf"))
        while True:
            asked = self.kernel_info()
            with contextlib.suppress(Empty):
                reply = await self.shell_channel.get_msg(timeout=1)
                if reply["msg_type"] == "kernel_info_reply" and await self._output_of(asked):
                    self._handle_kernel_info_reply(reply)
                    return
            if not await self._async_is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > end:
                raise RuntimeError(f"Kernel didn't respond in {timeout:g} seconds")

    async def _output_of(self, asked: str) -> bool:
        """Hear the output channel until the question is done with; Empty where it is not connected yet."""
        while True:
            heard = await self.iopub_channel.get_msg(timeout=ASK_AGAIN)
            if heard["parent_header"].get("msg_id") == asked and heard["content"].get("execution_state") == "idle":
                return True


class _Manager(AsyncKernelManager):
    """A manager whose kernels talk through local sockets of files, so that no port is ever taken twice."""

    lease: Lease
    variables: Mapping[str, str]

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  (traitlets)
        super().__init__(**settings)
        self.client_factory = _Client
        socket = self.lease.server.socket
        if len(str(socket)) < LONGEST_SOCKET and os.name == "posix":
            self.transport, self.ip = "ipc", str(socket)
        self.connection_file = f"{socket}.json"
        self._kernel_spec = _spec()

    async def start_kernel(self, **settings: Any) -> None:  # type: ignore[override]  # noqa: ANN401  (jupyter_client)
        """Start the kernel in the environment of the run."""
        env = {**os.environ, **self.lease.server.environment(), **self.lease.variables(), **self.variables}
        await super().start_kernel(**{**settings, "env": env})


def _spec() -> KernelSpec:
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *QUIET, WATCH]
    metadata = {"kernel_provisioner": {"provisioner_name": PROVISIONER}}
    return KernelSpec(argv=argv, display_name="workbench", language="python", metadata=metadata)


def manager_for(lease: Lease, variables: Mapping[str, str]) -> type[AsyncKernelManager]:
    """A class of kernel managers bound to *lease*, whose kernels see *variables* in their environment."""
    factory = KernelProvisionerFactory.instance()
    if PROVISIONER not in factory.provisioners:
        # The entry point of an installed package, or this where the checkout is used without installing.
        value = f"{__name__}:{ForkProvisioner.__name__}"
        factory.provisioners[PROVISIONER] = EntryPoint(PROVISIONER, value, KernelProvisionerFactory.GROUP_NAME)
    return type("BoundManager", (_Manager,), {"lease": lease, "variables": dict(variables)})
