"""Results of notebooks, kept by content beside the reports, and found again by the facts they depend on.

A result is written beside its place and renamed, with a digest of every file; one that was damaged or
half removed is not used. Nothing is ever changed in place, so several runs may share the folder.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.fingerprints import digest, fingerprint
from workbench.reads import changed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.keys import Facts

__all__ = ["Cache", "Kept"]

KEPT = 20
"""Results kept of each notebook; the oldest go first."""
RECORD = "record.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One result of a notebook."""

    notebook: str
    """The executed notebook as JSON."""
    tables: Mapping[str, bytes]
    """The emitted tables, by file name."""
    seconds: float
    reads: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files that the notebook read by itself, by path."""

    def digest_of(self, table: str) -> str:
        """What a table's content is, for the notebooks that read it."""
        import hashlib  # noqa: PLC0415

        return hashlib.sha256(self.tables[f"{table}.csv"]).hexdigest()


class Cache:
    """The results below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, name: str, facts: Facts) -> Kept | None:
        """The result of notebook *name* under these facts, or None when there is no whole one."""
        place = self._place(name, facts)
        try:
            record = json.loads((place / RECORD).read_text(encoding="utf-8"))
            if any(digest(place / file) != value for file, value in record["files"].items()):
                return None
            reads = record["reads"]
            if changed(reads):
                return None
            notebook = (place / "notebook.ipynb").read_text(encoding="utf-8")
            tables = {Path(file).name: (place / file).read_bytes() for file in record["files"] if file.startswith("tables/")}
            os.utime(place / RECORD)
        except (OSError, ValueError, KeyError):
            return None
        return Kept(notebook=notebook, tables=tables, seconds=record["seconds"], reads=reads)

    def keep(self, name: str, facts: Facts, kept: Kept, *, run: str = "") -> None:
        """Keep a result, made for *run*; in a folder that cannot be written the error is the caller's."""
        place = self._place(name, facts)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".", suffix=".tmp", dir=place.parent))
        try:
            (beside / "tables").mkdir()
            (beside / "notebook.ipynb").write_text(kept.notebook, encoding="utf-8")
            for file, content in kept.tables.items():
                (beside / "tables" / file).write_bytes(content)
            files = {path.relative_to(beside).as_posix(): digest(path) for path in beside.rglob("*") if path.is_file()}
            record = {"seconds": kept.seconds, "files": files, "facts": facts, "reads": dict(kept.reads), "run": run}
            (beside / RECORD).write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
            shutil.rmtree(place, ignore_errors=True)
            beside.rename(place)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        for old in self._records(name)[KEPT:]:
            shutil.rmtree(old.parent, ignore_errors=True)

    def last_facts(self, name: str, run: str = "") -> Facts | None:
        """The facts of the newest result of notebook *name* that was made for *run*; of the newest at all where there is none."""
        newest: Facts | None = None
        for path in self._records(name):
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
                facts: Facts = record["facts"]
            except (OSError, ValueError, KeyError):
                continue
            if record.get("run") == run:
                return facts
            newest = newest if newest is not None else facts
        return newest

    def changed_reads(self, name: str, facts: Facts) -> list[str]:
        """Files that the kept result under these facts was made from and that are others now."""
        try:
            return changed(json.loads((self._place(name, facts) / RECORD).read_text(encoding="utf-8"))["reads"])
        except (OSError, ValueError, KeyError):
            return []

    def seconds(self, name: str) -> float:
        """How long notebook *name* took when it last ran; 0 when it never did."""
        for path in self._records(name):
            try:
                return float(json.loads(path.read_text(encoding="utf-8"))["seconds"])
            except (OSError, ValueError, KeyError):
                continue
        return 0.0

    def clear_after_the_dead(self) -> None:
        """Remove what killed runs left half-written; only where no other run is at work."""
        for leftover in self.folder.glob("*/.*.tmp"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _place(self, name: str, facts: Facts) -> Path:
        return self.folder / name / fingerprint(facts)

    def _records(self, name: str) -> list[Path]:
        found = []
        for path in (self.folder / name).glob(f"*/{RECORD}"):
            try:
                found.append((path.stat().st_mtime_ns, path))
            except OSError:
                continue
        return [path for _, path in sorted(found, reverse=True)]
