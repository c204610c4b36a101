"""Who executes notebooks: threads here, each with a forked kernel, or the workers of a Dask cluster.

Both are asked in the same way and answer with the same thing, the executed notebook and its tables.
A Dask worker shares no files with the run: everything the run reads is sent along, and a worker with
another version of the workbench is refused, because its results would be others.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.amendments import read_workshop
from workbench.cache import Kept
from workbench.errors import Fault, NotebookError, WorkbenchError
from workbench.execution import execute
from workbench.fingerprints import fingerprint, program
from workbench.kernels import Lease, shared_server
from workbench.reads import read_by
from workbench.ready import hand_on

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.execution import Job
    from workbench.page import Page
    from workbench.runs import RunSpec

__all__ = ["DaskWorkers", "LocalWorkers", "Parcel", "Workers", "pack", "perform"]


class Workers(Protocol):
    """What the pipeline asks of them."""

    def prepare(self, page: Page) -> None:
        """Hand on what *page* was read from, so that kernels need not read it again."""

    def submit(self, job: Job, upstream: Mapping[str, bytes]) -> Future[Kept]:
        """Execute *job*, which reads the tables *upstream*."""

    def draw(self, spec: RunSpec, folder: Path, notebooks: list[str]) -> list[Future[dict[str, list[str]]]]:
        """Draw the pages that no notebook computes into *folder*."""

    def close(self) -> None:
        """End everything at once, finished or not."""


def perform(job: Job, lease: Lease, upstream: Mapping[str, bytes]) -> Kept:
    """Execute *job* in a kernel of *lease*, in a folder of its own that goes away."""
    import nbformat  # noqa: PLC0415  (with papermill)

    folder = Path(tempfile.mkdtemp(dir=lease.server.folder))
    try:
        read, written = folder / "upstream", folder / "tables"
        for place in (read, written):
            place.mkdir()
        for name, content in upstream.items():
            (read / name).write_bytes(content)
        reads = folder / "reads.txt"
        executed = execute(job, lease, tables=written, upstream=read, reads=reads)
        tables = {path.name: path.read_bytes() for path in sorted(written.iterdir())}
        text = nbformat.writes(executed.notebook)  # type: ignore[no-untyped-call]
        return Kept(notebook=text, tables=tables, seconds=executed.seconds, reads=read_by(reads))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class LocalWorkers:
    """Threads of this process; their kernels come from one preloaded process."""

    def __init__(self, count: int, modules: tuple[str, ...]) -> None:
        self.lease = Lease(shared_server(modules, fingerprint(program()["code"])))
        self.count = count
        self._pool = ThreadPoolExecutor(max_workers=count)

    def prepare(self, page: Page) -> None:
        """Write what *page* was read from into the folder of the kernels."""
        self.lease.ready = self.lease.server.socket.with_suffix(".ready")
        hand_on(page.ready, page.spec, self.lease.ready)

    def submit(self, job: Job, upstream: Mapping[str, bytes]) -> Future[Kept]:
        """Execute *job* here."""
        return self._pool.submit(perform, job, self.lease, upstream)

    def draw(self, spec: RunSpec, folder: Path, notebooks: list[str]) -> list[Future[dict[str, list[str]]]]:
        """Draw the pages that no notebook computes into *folder*, a share in each worker."""
        if self.lease.server.pid is None:  # drawing is not safe in threads, so the run draws them itself
            return []
        arguments = (spec.reference, str(folder))
        shares = [[*arguments, str(part), str(self.count), *notebooks] for part in range(self.count)]
        return [self._pool.submit(_draw, self.lease, share, folder) for share in shares]

    def close(self) -> None:
        """End the kernels, and with them what the threads wait for."""
        self.lease.end()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _draw(lease: Lease, share: list[str], folder: Path) -> dict[str, list[str]]:
    """Wait for a share of the pages; gives the links of each."""
    from workbench.report import parts  # noqa: PLC0415  (with the pages)

    env = {**os.environ, **lease.server.environment(), **lease.variables()}
    forked = lease.fork(share, env, str(Path.cwd()), call="workbench.report.parts")
    if forked is not None:
        forked.wait()
    done, failed = folder / f"part{share[2]}.done", folder / parts.FAILED
    if done.exists():
        links: dict[str, list[str]] = json.loads(done.read_text(encoding="utf-8"))
        done.unlink()
        return links
    said = json.loads(failed.read_text(encoding="utf-8")) if failed.exists() else "the process that drew the pages was ended"
    if isinstance(said, list):
        raise WorkbenchError(*(Fault(**fault) for fault in said))
    raise NotebookError(f"pages: {said}")


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """Everything that a run reads, to be sent to another machine."""

    files: Mapping[str, bytes] = field(repr=False)
    """Content by path relative to the run file."""
    program: str
    """Fingerprint of the program that the results are to come from."""
    modules: tuple[str, ...]


def pack(spec: RunSpec, modules: tuple[str, ...]) -> Parcel:
    """The run with its files, under names that mean the same in any folder."""
    settings = spec.settings.model_dump(mode="json", exclude_none=True, exclude={"scenarios", "notebooks"})
    files: dict[str, bytes] = {}
    folder = spec.framework if spec.framework.is_dir() else spec.framework.parent
    sources = sorted(folder.rglob("*.yaml")) if spec.framework.is_dir() else [spec.framework]
    files |= {f"framework/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in sources}
    settings["framework"] = "framework" if spec.framework.is_dir() else f"framework/{spec.framework.name}"
    settings["workshops"] = []
    for place, path in enumerate(spec.workshops):
        settings["workshops"].append(f"workshops/{place}/{path.name}")
        files[f"workshops/{place}/{path.name}"] = path.read_bytes()
        ratings = read_workshop(path).ratings
        if ratings is not None:
            files[f"workshops/{place}/{ratings}"] = (path.parent / ratings).read_bytes()
    given = (
        ("survey" if spec.settings.survey else "indicators", spec.data),
        ("invited", spec.invited),
        ("geometry", spec.geometry),
    )
    for key, file in given:
        if file is not None:
            settings[key] = f"{key}/{file.name}"
            inside = [path for path in sorted(file.rglob("*")) if path.is_file()] if file.is_dir() else [file]
            files |= {f"{key}/{path.relative_to(file.parent).as_posix()}": path.read_bytes() for path in inside}
    for place, path in enumerate(spec.history):
        settings["history"][place]["scores"] = f"history/{place}/{path.name}"
        files[f"history/{place}/{path.name}"] = path.read_bytes()
    for section, key, file in (("outside", "file", spec.outside), ("clusters", "earlier", spec.earlier)):
        if file is not None:
            settings[section][key] = f"{section}/{file.name}"
            files[f"{section}/{file.name}"] = file.read_bytes()
    settings["uncertainty"]["spec"] = f"uncertainty/{spec.uncertainty.name}"
    files[f"uncertainty/{spec.uncertainty.name}"] = spec.uncertainty.read_bytes()
    settings["notebooks"] = ["60_method"]
    files["run.yaml"] = json.dumps(settings, ensure_ascii=False, indent=1).encode()
    return Parcel(files=files, program=fingerprint(program()), modules=modules)


class DaskWorkers:
    """The workers of a Dask cluster."""

    def __init__(self, address: str, parcel: Parcel) -> None:
        try:
            from distributed import Client  # noqa: PLC0415  (only with --scheduler)
        except ImportError:
            fault = Fault(
                problem="--scheduler needs the library distributed.", fix="install the extra `cluster`, or leave it out."
            )
            raise WorkbenchError(fault) from None
        try:
            client: Any = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            problem = f"there is no Dask scheduler at {address}: {str(error).splitlines()[0]}"
            raise WorkbenchError(Fault(problem=problem, fix="start one with `dask scheduler`, or correct --scheduler.")) from None
        if not client.scheduler_info()["workers"]:
            client.close()
            problem = f"the scheduler at {address} has no workers."
            raise WorkbenchError(Fault(problem=problem, fix="start one with `dask worker`."))
        self._client = client
        # The result of a task, for data that are only scattered are lost with the worker that has them.
        self._parcel: Any = client.submit(_same, parcel, pure=False)
        self._pool: Any = client.get_executor(pure=False)

    def submit(self, job: Job, upstream: Mapping[str, bytes]) -> Future[Kept]:
        """Execute *job* on a worker."""
        future: Future[Kept] = self._pool.submit(_perform_there, job, self._parcel, dict(upstream))
        return future

    def prepare(self, page: Page) -> None:
        """Nothing: workers read what was sent to them."""

    def draw(self, spec: RunSpec, folder: Path, notebooks: list[str]) -> list[Future[dict[str, list[str]]]]:
        """Nothing: the pages are drawn by the run itself, into a folder that workers need not see."""
        del spec, folder, notebooks
        return []

    def close(self) -> None:
        """Leave the cluster; what still waits there is cancelled."""
        self._pool.shutdown(wait=False)
        self._client.close()


def _same(parcel: Parcel) -> Parcel:
    return parcel


def _perform_there(job: Job, parcel: Parcel, upstream: Mapping[str, bytes]) -> Kept:
    """On the worker: unpack the run and execute."""
    if fingerprint(program()) != parcel.program:
        fix = "install the same version on the workers, and start them anew."
        raise WorkbenchError(Fault(problem="a Dask worker has another version of the workbench than this run.", fix=fix))
    folder = Path(tempfile.mkdtemp(prefix="wb-"))
    try:
        for name, content in parcel.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        here = replace(job, values={**job.values, "run": str(folder / "run.yaml")})
        return perform(here, Lease(shared_server(parcel.modules, parcel.program)), upstream)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def why_lost(error: BaseException) -> Any:  # noqa: ANN401  (an exception of either kind)
    """A failure of the cluster in words; other failures are given back as they are."""
    if type(error).__module__.split(".")[0] == "distributed":
        return NotebookError(f"the Dask cluster lost a notebook: {type(error).__name__}: {error}")
    return error
