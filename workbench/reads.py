"""Which files a notebook reads by itself, beside what the run gives it.

Under the runner a kernel notes every file that Python opens; what the run file names is left out, because it counts
by its content already, and so is what belongs to Python or was written by the notebook itself. A result is used again
only while these files are what they were. Nothing is refused here, and libraries that open files without Python, as
pyarrow does, are not seen: `Page.file` is for those.
"""

from __future__ import annotations

import os
import sys
from importlib.util import source_from_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.fingerprints import digest
from workbench.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["READS", "changed", "note", "read_by", "watch"]

READS = "WORKBENCH_READS"
"""Environment variable that names the file to note in; absent by hand."""
SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/run")
CACHES = (".cache", ".config", ".local", ".ipython", ".jupyter", ".matplotlib")
_watched: set[str] = set()


def watch() -> None:
    """Note from now on every file that is opened; once in a process, and only where the runner asks for it."""
    place = os.environ.get(READS)
    if not place or place in _watched:
        return
    _watched.add(place)
    noted: set[tuple[str, bool]] = set()
    ignored = tuple(f"{path}/" for path in _ignored())

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str | bytes | os.PathLike):
            return
        path = os.path.abspath(os.fsdecode(arguments[0]))  # noqa: PTH100  (called for every file that is opened)
        flags = arguments[2] if isinstance(arguments[2], int) else 0
        kind = path, flags & os.O_ACCMODE != os.O_RDONLY
        if kind not in noted and not path.startswith(ignored):
            noted.add(kind)
            note("w" if kind[1] else "r", [path])

    sys.addaudithook(hook)


def _ignored() -> Iterable[str]:
    """Folders whose files are nobody's data: the system's, Python's, the workbench's and those of the run itself."""
    home = Path.home()
    yield from (*SYSTEM, sys.prefix, sys.base_prefix, str(PROJECT / "workbench"), str(PROJECT / "params" / "texts"))
    yield from (str(home / name) for name in CACHES)
    yield str(Path(os.environ[READS]).parents[1])


def note(kind: str, paths: Iterable[object]) -> None:
    """Note *paths* as read (r), written (w) or known to the run (k); nothing where nobody asks."""
    place = os.environ.get(READS)
    if place:
        lines = "".join(f"{kind} {path}\n" for path in paths)
        record = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(record, lines.encode("utf-8", "surrogateescape"))
        finally:
            os.close(record)


def read_by(record: Path) -> dict[str, str]:
    """SHA-256 of every file that was read and neither written nor known, by its path, from what was noted in *record*."""
    text = record.read_bytes().decode("utf-8", "surrogateescape") if record.exists() else ""
    by_kind: dict[str, set[str]] = {"r": set(), "w": set(), "k": set()}
    for line in text.splitlines():
        by_kind.get(line[:1], set()).add(_source(line[2:]))
    known = by_kind["w"] | by_kind["k"]
    inside = tuple(f"{path}/" for path in by_kind["k"])
    found = (Path(path) for path in sorted(by_kind["r"] - known) if not path.startswith(inside))
    return {str(path): digest(path) for path in found if path.is_file() and not _register(path)}


def _register(path: Path) -> bool:
    return path.parent == PROJECT / "data" and path.suffix == ".csv"  # counts in every result already


def _source(path: str) -> str:
    """A module for its byte code, which is made anew wherever it is missing."""
    try:
        return source_from_cache(path) if path.endswith(".pyc") else path
    except ValueError:
        return path


def changed(reads: Mapping[str, str]) -> list[str]:
    """Paths of *reads* that are gone or have another content."""
    return [path for path, value in reads.items() if not Path(path).is_file() or digest(Path(path)) != value]
