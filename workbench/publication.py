"""From a run to a folder that can be sent by mail: whole, or not there at all.

Everything is written beside the place where it belongs and renamed at the end. The manifest, with a
digest of every file, is written last; a folder without one is no report.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING

import workbench
from workbench.errors import Fault, WorkbenchError
from workbench.execution import execute_all
from workbench.export import output_folder, write_csv
from workbench.fingerprints import digest, fingerprint, ingredients
from workbench.page import Page
from workbench.paths import shown
from workbench.report.site import Provenance, write_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.execution import Executed
    from workbench.runs import RunSpec

__all__ = ["publish"]

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "matplotlib", "papermill", "nbconvert")


def publish(spec: RunSpec, notebooks: tuple[Path, ...], *, workers: int, force: bool, out: Path) -> Path:
    """Compute and publish; see `runs.run`."""
    page = Page.of(spec, spec.settings.language)
    whole = notebooks == spec.notebooks
    # A part of a report never takes the place of the whole.
    target = output_folder(out) / (page.run_id if whole else f"{page.run_id}-part")
    _refuse_strangers(target)
    if not force and whole and _is_whole(target):
        return target / "index.html"
    with _beside(target) as folder, _progress(len(notebooks) + 1) as advance:
        work = folder / ".work"
        work.mkdir()
        executed = execute_all(notebooks, spec.file, work, workers=workers, done=advance)
        provenance = _provenance(page)
        write_csv(page.scores.table, output_folder(work / "data") / "scores.csv")
        shutil.move(work / "data", folder / "data")
        write_site(folder, page, executed, provenance)
        shutil.rmtree(work)
        _write_manifest(folder, page, executed, provenance)
        advance("pages")
    return target / "index.html"


def _refuse_strangers(target: Path) -> None:
    """Only a report is ever replaced."""
    if target.exists() and not (target / "manifest.json").is_file():
        problem = "this is in the place of the report, but is none."
        raise WorkbenchError(Fault(file=shown(target), problem=problem, fix="move it away, or choose another --out."))


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder to build in; it takes the place of *target* when the block ends well, and goes away otherwise."""
    folder = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    _clear_after_the_dead(target)
    try:
        folder.mkdir()
        yield folder
        if target.exists():
            target.replace(old)
        folder.replace(target)
    except OSError as error:
        problem = f"the report cannot be written: {error.strerror or error}."
        raise WorkbenchError(Fault(file=shown(target), problem=problem, fix="free space, or choose another --out.")) from error
    finally:
        if old.exists() and not target.exists():
            old.replace(target)
        for leftover in (folder, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _clear_after_the_dead(target: Path) -> None:
    """Remove what killed runs left beside *target*; put back a report that one of them had just moved away."""
    for leftover in target.parent.glob(f".{target.name}.*"):
        kind, process = leftover.suffix, leftover.suffixes[-2:-1]
        if kind not in {".tmp", ".old"} or not process or _runs(process[0][1:]):
            continue
        if kind == ".old" and not target.exists():
            leftover.replace(target)
        shutil.rmtree(leftover, ignore_errors=True)


def _runs(process: str) -> bool:
    """Whether a process with this number is there."""
    if not process.isdecimal() or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_whole(target: Path) -> bool:
    """Whether *target* is a published report whose every file is as it was written."""
    manifest = target / "manifest.json"
    if not manifest.is_file():
        return False
    files = json.loads(manifest.read_text(encoding="utf-8"))["files"]
    return all((target / name).is_file() and digest(target / name) == value for name, value in files.items())


def _provenance(page: Page) -> Provenance:
    parts = ingredients(page.spec, page.framework)
    return Provenance(
        run_id=page.run_id,
        framework=page.framework.fingerprint,
        data=str(parts["data"])[:16],
        code=fingerprint([parts["code"], parts["lock"]]),
        date=datetime.now(tz=UTC).astimezone().date(),
        command=f"workbench run {_public(page.spec.file)}",
    )


def _public(path: Path) -> str:
    """*path* without the folders of a machine: they are nobody else's business."""
    named = shown(path)
    return path.name if named.startswith("/") else named


def _write_manifest(folder: Path, page: Page, executed: list[Executed], provenance: Provenance) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    amendments = [item for item in page.framework.amendments if item.status == "accepted"]
    content = {
        "run_id": provenance.run_id,
        "date": provenance.date.isoformat(),
        "command": provenance.command,
        "workbench": workbench.__version__,
        "packages": {name: version(name) for name in PACKAGES},
        "framework": {"id": page.framework.id, "edition": page.framework.edition, "fingerprint": provenance.framework},
        "amendments": [
            {"workshop": item.workshop, "id": item.id, "parameter": item.parameter, "to": item.to} for item in amendments
        ],
        "synthetic": page.scores.synthetic,
        "ingredients": ingredients(page.spec, page.framework),
        "seconds": {item.name: round(item.seconds, 2) for item in executed},
        "files": {path.relative_to(folder).as_posix(): digest(path) for path in files},
    }
    path = folder / "manifest.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str], None]]:
    """Tells a person how far the run is: a bar on a terminal, silence elsewhere."""
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("notebooks", total=total)
        yield lambda name: bar.update(task, advance=1, description=name)
