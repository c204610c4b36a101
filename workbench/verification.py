"""Whether a published report is what its manifest says, and whether it can be made again.

Three questions, in this order: are the files of the report as they were written; are the inputs, the
program and the packages those it was made from; does making it again give the same bytes. Nothing of
the report is touched.
"""

from __future__ import annotations

import platform
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.fingerprints import digest, ingredients
from workbench.framework import Framework
from workbench.keys import changes, run_facts
from workbench.manifest import packages, read_manifest
from workbench.paths import resolve
from workbench.runs import load_run, run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.manifest import Manifest
    from workbench.runs import RunSpec

__all__ = ["Verified", "verify"]


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was found; each entry is one difference in words."""

    files: list[str]
    """Files of the report that are not as they were written."""
    inputs: list[str]
    """Inputs, program and packages that are no longer what the report was made from."""
    results: list[str] | None
    """Files that come out otherwise when the report is made again; None when that was not tried."""

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return not self.files and not self.inputs and not self.results


def verify(
    report: Path,
    *,
    recompute: bool = True,
    run_file: str | None = None,
    follow: Callable[[dict[str, Any]], None] = lambda _: None,
) -> Verified:
    """Compare the report in folder *report* with its manifest, with the inputs of today, and with itself made again.

    Args:
        report: The folder of the report.
        recompute: Make the report again, where its inputs are still those it was made from.
        run_file: Where the run file is now, when not where the manifest says.
        follow: Told what happens while the report is made again.

    Raises:
        WorkbenchError: the folder is no report.
    """
    folder = report if report.is_dir() else report.parent
    manifest = read_manifest(report)
    files = _files(folder, manifest)
    try:
        spec = load_run(run_file or manifest.run_file)
        inputs = _inputs(spec, manifest)
    except WorkbenchError as error:
        return Verified(
            files=files, inputs=[f"the inputs cannot be read (name the run file with --run): {error.faults[0]}"], results=None
        )
    if not recompute or inputs:
        return Verified(files=files, inputs=inputs, results=None)
    with tempfile.TemporaryDirectory() as place:
        only = tuple(manifest.notebooks)
        again = run(spec, out=Path(place), force=True, report=follow, only=only if len(only) < len(spec.tasks) else ())
        made = read_manifest(again).files
    return Verified(files=files, inputs=inputs, results=_unlike(manifest.files, made, "when it is made again"))


def _files(folder: Path, manifest: Manifest) -> list[str]:
    there = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    found = {name: digest(path) for name, path in there.items() if name != "manifest.json"}
    return _unlike(manifest.files, found, "in the folder")


def _unlike(before: Mapping[str, str], after: Mapping[str, str], where: str) -> list[str]:
    words = []
    for name in sorted({*before, *after}):
        if name not in after:
            words.append(f"{name} is missing {where}")
        elif name not in before:
            words.append(f"{name} is not in the manifest and is {where}")
        elif before[name] != after[name]:
            words.append(f"{name} is another {where}")
    return words


def _inputs(spec: RunSpec, manifest: Manifest) -> list[str]:
    framework = Framework.load(spec.framework, workshops=spec.workshops)
    facts = {name: value for part in run_facts(spec, framework).values() for name, value in part.items()}
    words = changes(manifest.facts, facts)
    now, then = ingredients(spec, framework), manifest.ingredients
    for book in manifest.notebooks.values():
        for name, value in book.reads.items():
            path = resolve(name, base=spec.file.parent)
            if not path.is_file() or digest(path) != value:
                words.append(f"file {name} changed" if path.is_file() else f"file {name} is not to be found")
    for kind in ("notebooks", "parameters", "code", "pages"):
        mine, theirs = dict(then.get(kind, {})), dict(now[kind])  # type: ignore[call-overload]
        words += [f"{kind}: {line}" for line in _unlike(mine, theirs, "now")]
    if not words and now != then:
        words += [f"{name} changed" for name in sorted(now) if now[name] != then.get(name)]
    versions = {"python": platform.python_version(), **packages()}
    known = {"python": manifest.python, **manifest.packages}
    return words + [f"package {line}" for line in changes(known, versions)]
