"""What a report says of itself: manifest.json, from which it can be checked and made again.

The manifest is written last and lists every other file with its digest; a folder without one is no
report. `Manifest` is its published form: docs/manifest.schema.json is made from it.
"""

from __future__ import annotations

import json
import platform
import re
import shlex
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

import workbench
from workbench.dates import BUDDHIST_ERA
from workbench.errors import Fault, WorkbenchError
from workbench.fingerprints import digest, fingerprint, ingredients
from workbench.paths import PROJECT, resolve, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.keys import Facts
    from workbench.page import Page
    from workbench.pipeline import Done
    from workbench.report.site import Provenance
    from workbench.runs import RunSpec

__all__ = ["Manifest", "Notebook", "is_whole", "packages", "provenance", "read_manifest", "write_manifest"]

PACKAGES = ("numpy", "pandas", "scipy", "scikit-learn", "statsmodels", "matplotlib", "pyarrow", "papermill", "nbconvert")
NAME = "manifest.json"
PLAIN = re.compile(r"[\w@%+=:,./-][\w@%+=:,./#-]*")
"""A name that a shell takes as it is; a sign of number begins a comment only at the start of a word."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Notebook(_Part):
    """One notebook of the run."""

    seconds: float = Field(description="Wall-clock seconds of its execution, when it was executed.")
    cached: bool = Field(description="Whether a kept result was used.")
    why: str = Field(description="Why it ran, or why not.")
    needs: list[str] | None = Field(description="What it declares to need; null is everything.")
    tables: list[str] = Field(description="Tables it emitted, by name.")
    reads: dict[str, str] = Field(
        default_factory=dict,
        description="SHA-256 of files that it read by itself, relative to run file or project; by name only where elsewhere.",
    )
    result: str = Field(description="Fingerprint of everything that its result depends on.")


class Edition(_Part):
    """The framework."""

    id: str
    edition: str
    fingerprint: str


class AcceptedAmendment(_Part):
    """An accepted amendment of a workshop."""

    workshop: str
    id: str
    parameter: str
    to: Any


class Manifest(_Part):
    """The manifest of a published report."""

    run_id: str
    run_file: str = Field(description="As given, relative to the project where it lies below; a scenario follows after #.")
    command: str = Field(description="Makes the report again.")
    started: datetime
    finished: datetime
    workbench: str = Field(description="Version of the workbench.")
    python: str
    packages: dict[str, str] = Field(description="Version by package.")
    framework: Edition
    amendments: list[AcceptedAmendment]
    seeds: dict[str, int]
    synthetic: bool = Field(description="Whether the data were made by a program.")
    ingredients: dict[str, Any] = Field(description="SHA-256 of every input by kind and name, and the settings.")
    facts: dict[str, Any] = Field(description="Every setting and weight by name, for comparison with other runs.")
    notebooks: dict[str, Notebook]
    seconds: dict[str, float] = Field(description="Seconds by notebook.")
    files: dict[str, str] = Field(description="SHA-256 of every file of the report but this one.")


def provenance(page: Page) -> Provenance:
    """What every page says of where it comes from."""
    from workbench.report.site import Provenance  # noqa: PLC0415  (the pages are written late)

    parts = ingredients(page.spec, page.framework)
    return Provenance(
        run_id=page.run_id,
        framework=page.framework.fingerprint,
        data=str(parts["data"])[:16],
        code=fingerprint([parts["code"], parts["lock"]]),
        date=_day(page.spec.settings.date),
        command=_command(page.spec),
        seeds=" · ".join(f"{name} {seed}" for name, seed in _seeds(page.spec).items()),
        packages=" · ".join(f"{name} {number}" for name, number in packages().items()),
    )


def _day(text: str | None) -> date | None:
    """A day of the Buddhist Era."""
    if text is None:
        return None
    year, month, day = map(int, text.split("-"))
    return date(year - BUDDHIST_ERA, month, day)


def _command(spec: RunSpec) -> str:
    # Quoted where a shell would read more than a name into it, because readers copy it.
    named = _run_file(spec)
    return f"workbench run {named if PLAIN.fullmatch(named) else shlex.quote(named)}"


def _run_file(spec: RunSpec) -> str:
    named = shown(spec.file)
    named = spec.file.name if named.startswith("/") else named  # the folders of a machine are nobody else's business
    return named + (f"#{spec.scenario}" if spec.scenario else "")


def _seeds(spec: RunSpec) -> dict[str, int]:
    settings = spec.settings
    return {"uncertainty": settings.uncertainty.seed, "factors": settings.factors.seed, "clusters": settings.clusters.seed}


def packages() -> dict[str, str]:
    """Versions of the packages whose numbers or pages a report holds."""
    return {name: version(name) for name in PACKAGES}


def write_manifest(folder: Path, page: Page, done: list[Done], facts: Mapping[str, Facts], started: datetime) -> None:
    """Write the manifest of everything that is in *folder*."""
    framework = page.framework
    accepted = [item for item in framework.amendments if item.status == "accepted"]
    manifest = Manifest(
        run_id=page.run_id,
        run_file=_run_file(page.spec),
        command=_command(page.spec),
        started=started,
        finished=datetime.now(tz=UTC),
        workbench=workbench.__version__,
        python=platform.python_version(),
        packages=packages(),
        framework=Edition(id=framework.id, edition=framework.edition, fingerprint=framework.fingerprint),
        amendments=[
            AcceptedAmendment(workshop=item.workshop, id=item.id, parameter=item.parameter, to=item.to) for item in accepted
        ],
        seeds=_seeds(page.spec),
        synthetic=page.scores.synthetic,
        ingredients=ingredients(page.spec, framework),
        facts={name: value for part in facts.values() for name, value in part.items()},
        notebooks={item.task.name: _notebook(item, page.spec.file.parent) for item in done},
        seconds={item.task.name: round(item.kept.seconds, 2) for item in done},
        files={path.relative_to(folder).as_posix(): digest(path) for path in sorted(folder.rglob("*")) if path.is_file()},
    )
    (folder / NAME).write_text(json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1), encoding="utf-8")


def _notebook(done: Done, base: Path) -> Notebook:
    return Notebook(
        seconds=round(done.kept.seconds, 3),
        cached=done.cached,
        why=done.why,
        needs=None if done.task.needs is None else list(done.task.needs),
        tables=[name.removesuffix(".csv") for name in done.kept.tables],
        reads={_near(Path(path), base): value for path, value in done.kept.reads.items()},
        result=fingerprint(done.facts),
    )


def _near(path: Path, base: Path) -> str:
    """*path* relative to *base* or the project; its name where it lies elsewhere: folders of a machine are not told."""
    for folder in (base, PROJECT):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def read_manifest(report: Path) -> Manifest:
    """The manifest of the report in folder *report*; its index.html or the manifest itself may be named too.

    Raises:
        WorkbenchError: there is none, or it cannot be read.
    """
    folder = report.parent if report.name in {"index.html", NAME} else report
    path = folder / NAME
    if not path.is_file():
        fix = "name the folder that `workbench run` printed."
        raise WorkbenchError(Fault(file=shown(folder), problem=f"this is no report: it has no {NAME}.", fix=fix))
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        problem = f"the manifest cannot be read: {where}: {first['msg']}."
        fix = "make the report anew; an older version of the workbench may have written it."
        raise WorkbenchError(Fault(file=shown(path), problem=problem, fix=fix)) from None


def is_whole(target: Path, base: Path | None = None) -> bool:
    """Whether *target* is a published report whose every file is as it was written.

    With *base*, the folder of its run file, the files must be the same too that its notebooks read by themselves.
    """
    try:
        known = json.loads((target / NAME).read_text(encoding="utf-8"))
        reads = [pair for book in known["notebooks"].values() for pair in book.get("reads", {}).items()] if base else []
        return all(digest(target / name) == value for name, value in known["files"].items()) and all(
            digest(resolve(name, base=base)) == value for name, value in reads
        )
    except (OSError, ValueError, KeyError):
        return False
