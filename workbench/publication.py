"""From a run to a folder that can be sent by mail: whole, or not there at all.

Everything is written beside the place where it belongs; the manifest, with a digest of every file,
is written last, and then the folder takes the place of the old one in one step. Nothing that is
half-done can be seen, and the last good report stays until the next is whole.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from workbench import prestart
from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.fingerprints import run_id, stamps
from workbench.framework import Framework
from workbench.keys import run_facts
from workbench.manifest import is_whole
from workbench.paths import PROJECT, shown
from workbench.tasks import with_upstream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.runs import RunSpec
    from workbench.tasks import Task

__all__ = ["Options", "publish"]

RENAME_EXCHANGE = 2
"""Linux: rename two names in one step."""
AT_FDCWD = -100


class Options(TypedDict, total=False):
    """How a run is made; none of it changes what comes out."""

    workers: int
    """Notebooks computed side by side; 2 when not given."""
    scheduler: str | None
    """Address of a Dask scheduler, whose workers then execute the notebooks."""
    force: bool
    """Compute even what is published or kept already."""
    only: tuple[str, ...]
    """Names of notebooks to compute instead of all; what these need is computed too."""
    out: Path | None
    """Folder of reports; the project's `reports/` when not given."""
    report: Callable[[dict[str, Any]], None]
    """Is told what happens, as one map for each event."""


def publish(spec: RunSpec, **options: Any) -> Path:  # noqa: ANN401  (`Options`, checked where it is called)
    """Compute and publish; see `runs.run`."""
    started, before = datetime.now(tz=UTC), stamps(spec)
    given: Options = {"workers": 2, "report": lambda _: None, **options}  # type: ignore[typeddict-item]
    chosen = _chosen(spec, given.get("only", ()))
    out = _folder((given.get("out") or PROJECT / "reports").absolute())
    framework = Framework.load(spec.framework, workshops=spec.workshops)
    identity = run_id(spec, framework)
    # A part of a report never takes the place of the whole.
    whole = len(chosen) == len(spec.tasks)
    target = out / (identity if whole else f"{identity}-part")
    _refuse_strangers(target)
    with _locked(out, target):
        _clear_after_the_dead(target)
        if not given.get("force") and whole and is_whole(target, spec.file.parent):
            given["report"]({"event": "unchanged", "report": str(target / "index.html")})
            return target / "index.html"
        if given.get("scheduler") is None:
            prestart.start()
        from workbench.cache import Cache  # noqa: PLC0415  (a report that is there needs none of this)
        from workbench.making import Making, make  # noqa: PLC0415

        cache = Cache(out / ".cache")
        cache.clear_after_the_dead()
        making = Making(spec=spec, tasks=chosen, facts=run_facts(spec, framework), options=given, cache=cache, started=started)
        with _beside(target) as folder:
            make(making, folder, check=lambda: _refuse_changes(spec, before))
    given["report"]({"event": "published", "report": str(target / "index.html")})
    return target / "index.html"


def _folder(out: Path) -> Path:
    if out.is_dir() and os.access(out, os.W_OK):
        return out
    from workbench.export import output_folder  # noqa: PLC0415  (slow to import, and rarely needed here)

    return output_folder(out)


def _chosen(spec: RunSpec, only: tuple[str, ...]) -> list[Task]:
    names = {task.name: task for task in spec.tasks}
    faults = FaultList()
    for name in only:
        if name not in names:
            fix = suggestion(name, names) or "name one of these."
            faults.add(f"the run has no notebook `{name}`.", file=shown(spec.file), allowed=one_of(names), fix=fix)
    faults.stop_if_any()
    return with_upstream([names[name] for name in only], spec.tasks) if only else list(spec.tasks)


def _refuse_changes(spec: RunSpec, before: dict[str, tuple[int, int, int]]) -> None:
    """What is published belongs to one state of the inputs, the one that was there at the start."""
    after = stamps(spec)
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if changed:
        problem = "this file changed while the run was reading it."
        raise WorkbenchError(*(Fault(file=shown(name), problem=problem, fix="run again.") for name in changed))


def _refuse_strangers(target: Path) -> None:
    """Only a report is ever replaced."""
    if target.exists() and not (target / "manifest.json").is_file():
        problem = "this is in the place of the report, but is none."
        raise WorkbenchError(Fault(file=shown(target), problem=problem, fix="move it away, or choose another --out."))


@contextmanager
def _locked(out: Path, target: Path) -> Iterator[None]:
    """Only one run at a time makes a report; the lock ends with its process, however that ends."""
    try:
        (out / ".cache").mkdir(exist_ok=True)
        file = (out / ".cache" / f"{target.name}.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise _cannot_write(target, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            problem = f"another run is making this very report ({file.read().strip() or 'just started'})."
            fix = "wait for it to end, or end it; the report is untouched."
            raise WorkbenchError(Fault(file=shown(target), problem=problem, fix=fix)) from None
        with contextlib.suppress(OSError):
            file.truncate(0)
            file.write(f"process {os.getpid()} since {datetime.now(tz=UTC).astimezone():%H:%M:%S}")
            file.flush()
        yield


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder to build in; it takes the place of *target* when the block ends well, and goes away otherwise."""
    folder = target.with_name(f".{target.name}.tmp")
    try:
        folder.mkdir()
        yield folder
        _put(folder, target)
    except OSError as error:
        raise _cannot_write(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _cannot_write(target: Path, error: OSError) -> WorkbenchError:
    problem = f"the report cannot be written: {error.strerror or error}."
    return WorkbenchError(Fault(file=shown(target), problem=problem, fix="free space, or choose another --out."))


def _put(folder: Path, target: Path) -> None:
    """Put *folder* in the place of *target*, in one step where the system can; the old one is then in *folder*."""
    if not target.exists():
        folder.rename(target)
    elif not _exchanged(folder, target):
        old = target.with_name(f".{target.name}.old")
        target.rename(old)
        folder.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    failed = rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    if failed and ctypes.get_errno() not in {errno.EINVAL, errno.ENOSYS}:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return not failed


def _clear_after_the_dead(target: Path) -> None:
    """Remove what a killed run left beside *target*; put back a report that it had just moved away."""
    old = target.with_name(f".{target.name}.old")
    if old.exists() and not target.exists():
        old.rename(target)
    for leftover in (target.with_name(f".{target.name}.tmp"), old):
        shutil.rmtree(leftover, ignore_errors=True)
