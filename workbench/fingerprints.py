"""The identity of a run: its name and a digest of everything that can change its report.

Two runs with the same identity give the same report, so a published one need not be computed again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from workbench.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workbench.framework import Framework
    from workbench.runs import RunSpec

__all__ = ["digest", "fingerprint", "ingredients", "program", "run_id", "stamps"]


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes; of a folder, of the names and bytes of all files in it."""
    if path.is_dir():
        inside = (file for file in sorted(path.rglob("*")) if file.is_file())
        lines = "\n".join(f"{file.relative_to(path).as_posix()} {digest(file)}" for file in inside)
        return hashlib.sha256(lines.encode()).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint(ingredients: object) -> str:
    """Short, stable digest of plain data; the order of keys does not matter."""
    text = json.dumps(ingredients, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def ingredients(spec: RunSpec, framework: Framework) -> dict[str, object]:
    """Everything that can change the report, by name."""
    return {
        "settings": spec.settings.model_dump(mode="json", exclude={"scenarios", "cell_seconds"}),
        "framework": framework.fingerprint,
        "amendments": [amendment.model_dump(mode="json", exclude={"file", "line"}) for amendment in framework.amendments],
        "records": [workshop.record for workshop in framework.workshops],
        "data": digest(spec.data),
        "invited": digest(spec.invited) if spec.invited is not None else None,
        "uncertainty": digest(spec.uncertainty),
        "geometry": digest(spec.geometry) if spec.geometry is not None else None,
        "history": [digest(path) for path in spec.history],
        "outside": digest(spec.outside) if spec.outside is not None else None,
        "earlier": digest(spec.earlier) if spec.earlier is not None else None,
        "notebooks": {task.name: digest(task.notebook) for task in spec.tasks},
        "parameters": {task.name: {key: repr(value) for key, value in task.values.items()} for task in spec.tasks},
        **program(),
    }


def program() -> dict[str, object]:
    """Everything of the project itself that can change a report: code, pages, texts, registers, the lock."""
    return {
        "texts": _digests((PROJECT / "params" / "texts").glob("*.yaml")),
        "register": _digests((PROJECT / "data").glob("*.csv")),
        "code": _digests((PROJECT / "workbench").rglob("*.py")),
        "pages": _digests(
            path for path in (PROJECT / "workbench" / "report").rglob("*") if path.suffix in {".j2", ".css", ".js"}
        ),
        "lock": digest(PROJECT / "requirements.lock"),
    }


def stamps(spec: RunSpec) -> dict[str, tuple[int, int, int]]:
    """Time, size and number of every file that *spec* reads: cheap to compare, to see that none changed meanwhile."""
    folders = [PROJECT / "workbench", PROJECT / "params" / "texts", *([spec.framework] if spec.framework.is_dir() else [])]
    single = [spec.file, spec.framework, *spec.workshops, spec.data, spec.uncertainty, *spec.notebooks]
    single += spec.history
    single += [path for path in (spec.invited, spec.geometry, spec.outside, spec.earlier) if path is not None]
    single += sorted(spec.data.rglob("*")) if spec.data.is_dir() else []
    inside = [path for folder in folders for path in folder.rglob("*") if path.suffix in {".py", ".yaml", ".j2", ".css", ".js"}]
    found = {}
    for path in [*single, *inside]:
        state = path.stat() if path.exists() else None
        found[str(path)] = (state.st_mtime_ns, state.st_size, state.st_ino) if state and path.is_file() else (0, 0, 0)
    return found


def run_id(spec: RunSpec, framework: Framework) -> str:
    """`<name>-<eight digits>`."""
    return f"{spec.name}-{fingerprint(ingredients(spec, framework))[:8]}"


def _digests(paths: Iterable[Path]) -> dict[str, str]:
    return {path.relative_to(PROJECT).as_posix(): digest(path) for path in sorted(paths)}
