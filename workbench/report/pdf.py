"""Pages of a published report as PDF, printed by Chromium through the pages' own print style.

One browser prints all pages. It is spoken to over a pipe, so no port is opened; it has an empty profile of its own
and loads files only. The report itself is not touched: the PDFs go into a folder of their own. Where there is no
Chromium nothing is printed and the sentence says so.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from select import select
from time import monotonic
from typing import TYPE_CHECKING, Any

from workbench.errors import Fault, WorkbenchError
from workbench.export import output_folder, whole_file
from workbench.paths import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["find_chromium", "print_pages"]

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
VARIABLE = "WORKBENCH_CHROMIUM"
"""Environment variable that names the program, where it is not on the path."""
FLAGS = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-extensions", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 60.0
"""Seconds that one page may take."""
A4 = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True, "printBackground": True}
LOADED = (
    "new Promise(go => document.readyState === 'complete' ? go() : addEventListener('load', go))"
    ".then(() => document.fonts.ready).then(() => true)"
)
READ, WRITE = 3, 4
"""The file descriptors on which Chromium listens and answers."""
CHUNK = 1 << 20


def find_chromium() -> Path | None:
    """The browser, from the environment variable or the path; None where there is none."""
    named = os.environ.get(VARIABLE)
    for program in [named] if named else PROGRAMS:
        found = shutil.which(program)
        if found:
            return Path(found)
    return None


def print_pages(pages: Sequence[tuple[Path, Path]], *, done: Callable[[int], None] | None = None) -> list[Path]:
    """Print HTML files to PDF.

    Args:
        pages: Pairs of a page and the PDF to be made; folders are made where they are missing.
        done: Called with 1 after each page.

    Returns:
        The PDFs, in order.

    Raises:
        WorkbenchError: there is no Chromium, a page is not there, or the browser stopped or took too long.
    """
    program = find_chromium()
    if program is None:
        fix = f"install Chromium, name it in {VARIABLE}, or print from any browser."
        raise WorkbenchError(Fault(problem="there is no Chromium to print with.", fix=fix))
    missing = [page for page, _ in pages if not page.is_file()]
    if missing:
        raise WorkbenchError(*(Fault(file=shown(page), problem="there is no such page.") for page in missing))
    with _browser(program) as browser:
        for page, target in pages:
            output_folder(target.parent)
            with whole_file(target) as path:
                path.write_bytes(browser.pdf(page))
            if done is not None:
                done(1)
    return [target for _, target in pages]


class _Browser:
    """A running Chromium and the messages to and from it, each ended by a zero byte."""

    def __init__(self, process: subprocess.Popen[bytes], writer: int, reader: int) -> None:
        self.process, self.writer, self.reader = process, writer, reader
        self.buffer = b""
        self.number = 0
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        self.ask("Page.enable", {}, self.session)

    def pdf(self, page: Path) -> bytes:
        """One page, printed when it has loaded with its fonts."""
        self.ask("Page.navigate", {"url": page.absolute().as_uri()}, self.session)
        # Asked, not waited for: the event of a small page can come before the answer to its navigation.
        ready = {"expression": LOADED, "awaitPromise": True}
        self.ask("Runtime.evaluate", ready, self.session)
        return base64.b64decode(self.ask("Page.printToPDF", A4, self.session)["data"])

    def ask(self, method: str, parameters: dict[str, Any], session: str | None = None) -> dict[str, Any]:
        """Send one command and wait for its answer; events in between are not wanted."""
        self.number += 1
        message: dict[str, Any] = {"id": self.number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._send(json.dumps(message).encode() + b"\0")
        deadline = monotonic() + PATIENCE
        while True:
            answer = self._message(deadline)
            if answer.get("id") == self.number:
                break
        if "error" in answer:
            raise _stopped(f"Chromium refused {method}: {answer['error'].get('message', '')}.")
        return answer["result"]  # type: ignore[no-any-return]

    def _send(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self.writer, data) :]
        except OSError as error:
            raise _stopped("Chromium stopped.") from error

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self.buffer:
            if not select([self.reader], [], [], max(0.0, deadline - monotonic()))[0]:
                raise _stopped(f"Chromium gave no answer for {PATIENCE:g} seconds.")
            more = os.read(self.reader, CHUNK)
            if not more:
                raise _stopped("Chromium stopped.")
            self.buffer += more
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)  # type: ignore[no-any-return]


def _stopped(problem: str) -> WorkbenchError:
    return WorkbenchError(Fault(problem=problem, fix="try again; the PDFs that are there are whole."))


@contextlib.contextmanager
def _browser(program: Path) -> Iterator[_Browser]:
    """A browser with a profile of its own that goes away with it."""
    # Without user namespaces, as in most containers, root has no sandbox; pages are our own files without script.
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    to_browser, from_browser = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(prefix="workbench-pdf-", ignore_cleanup_errors=True) as profile:

        def wire() -> None:
            # Copies above 4 first: one of the four ends may lie where another is to go.
            read, write = os.dup(to_browser[0]), os.dup(from_browser[1])
            while read <= WRITE:
                read = os.dup(read)
            while write <= WRITE:
                write = os.dup(write)
            os.dup2(read, READ)
            os.dup2(write, WRITE)

        process = subprocess.Popen(  # noqa: S603  (the browser that the user has)
            [program, *FLAGS, *sandbox, f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(READ, WRITE),
            preexec_fn=wire,  # noqa: PLW1509  (Chromium's pipe has fixed numbers; nothing but dup is called)
        )
        os.close(to_browser[0])
        os.close(from_browser[1])
        try:
            yield _Browser(process, to_browser[1], from_browser[0])
        finally:
            process.kill()
            process.wait()
            os.close(to_browser[1])
            os.close(from_browser[0])
