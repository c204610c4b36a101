"""A run: one resolved set of inputs and parameters, from a run file to a published report.

`load_run` checks a run file, `open` gives a notebook everything the run is made of, `run` executes
the notebooks and publishes. A run that fails publishes nothing and leaves the last good report.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.needs import NEEDS
from workbench.paths import PROJECT, resolve, shown
from workbench.reads import READS, note
from workbench.run_file import NotebookEntry, RunFile
from workbench.strictyaml import Document, Place, read_model, validate
from workbench.tasks import Task, check_graph, read_task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.page import Page
    from workbench.publication import Options
    from workbench.text import Lang, Text

__all__ = ["NOTEBOOKS", "RunSpec", "load_run", "open", "run", "scenarios"]

NOTEBOOKS = PROJECT / "notebooks"


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """A checked run file with every path resolved."""

    file: Path
    settings: RunFile
    framework: Path
    workshops: tuple[Path, ...]
    data: Path
    """The survey or the table."""
    uncertainty: Path
    invited: Path | None = None
    """Everyone invited to the survey."""
    tasks: tuple[Task, ...]
    """The notebooks with their parameters, as the run file lists them."""
    geometry: Path | None = None
    history: tuple[Path, ...] = ()
    """Scores of earlier editions, in the order of the run file."""
    scenario: str = ""
    """Which scenario of the run file this is; empty for the run itself."""
    outside: Path | None = None
    """Conditions outside the index."""
    earlier: Path | None = None
    """Clusters of an earlier run, whose numbers are kept."""

    @property
    def notebooks(self) -> tuple[Path, ...]:
        """Files of the notebooks."""
        return tuple(task.notebook for task in self.tasks)

    def files(self) -> list[Path]:
        """Everything that the run file names, files and folders."""
        from workbench.amendments import read_workshop  # noqa: PLC0415  (reading a run file needs none of this)

        named = [self.file, self.framework, self.data, self.uncertainty, *self.workshops, *self.history, *self.notebooks]
        ratings = [path.parent / found for path in self.workshops if (found := read_workshop(path).ratings) is not None]
        more = (self.invited, self.geometry, self.outside, self.earlier)
        return [*named, *ratings, *(path for path in more if path is not None)]

    @property
    def reference(self) -> str:
        """What `load_run` reads to this very run: the file, with the scenario after `#`."""
        return f"{self.file}#{self.scenario}" if self.scenario else str(self.file)

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.settings.name

    @property
    def title(self) -> Text:
        """Title of the report."""
        return self.settings.title


def load_run(path: str | Path) -> RunSpec:
    """Read a run file and find every file it names; `FILE#ID` is one of its scenarios.

    Raises:
        WorkbenchError: every fault of the run file and every file that is not there, with its line.
    """
    file, scenario = _split(path)
    settings, document = read_model(file, RunFile)
    found = _Finder(document, file)
    if scenario:
        settings = validate(RunFile, _of_scenario(settings, document.data, scenario, file), document.places, file)
    spec = RunSpec(
        file=file,
        settings=settings,
        framework=found.path("framework", settings.framework),
        workshops=tuple(found.path("workshops", name) for name in settings.workshops),
        data=found.path("survey" if settings.survey is not None else "indicators", settings.survey or settings.indicators or ""),
        invited=found.path("invited", settings.invited) if settings.invited is not None else None,
        uncertainty=found.path("uncertainty", settings.uncertainty.spec),
        tasks=found.tasks(settings.notebooks),
        geometry=found.path("geometry", settings.geometry) if settings.geometry is not None else None,
        history=tuple(found.path("history", item.scores) for item in settings.history),
        scenario=scenario,
        outside=found.path("outside", settings.outside.file) if settings.outside is not None else None,
        earlier=found.path("clusters", settings.clusters.earlier) if settings.clusters.earlier is not None else None,
    )
    found.faults.stop_if_any()
    check_graph(spec.tasks)
    return spec


def scenarios(spec: RunSpec) -> tuple[RunSpec, ...]:
    """The other reports that the run file of *spec* describes; none for a scenario.

    Raises:
        WorkbenchError: every fault of the files that a scenario names.
    """
    faults = FaultList()
    found = []
    for scenario in () if spec.scenario else spec.settings.scenarios:
        with faults.collecting():
            found.append(load_run(f"{spec.file}#{scenario.id}"))
    faults.stop_if_any()
    return tuple(found)


def _split(path: str | Path) -> tuple[Path, str]:
    """The file and the scenario that *path* names; a `#` in the name of a file stays there."""
    whole = resolve(path)
    head, mark, scenario = str(path).rpartition("#")
    return (resolve(head), scenario) if mark and not whole.exists() else (whole, "")


def _of_scenario(settings: RunFile, data: Mapping[str, Any], name: str, file: Path) -> dict[str, Any]:
    """The run file as it would read for this scenario alone."""
    by_id = {scenario.id: place for place, scenario in enumerate(settings.scenarios)}
    if name not in by_id:
        fix = suggestion(name, by_id) or "name one of these."
        raise WorkbenchError(Fault(file=shown(file), problem=f"there is no scenario `{name}`.", allowed=one_of(by_id), fix=fix))
    given = {key: value for key, value in data["scenarios"][by_id[name]].items() if key != "id"}
    other = {"survey": "indicators", "indicators": "survey"}
    dropped = {"scenarios", *(["invited"] if "indicators" in given else []), *(other[key] for key in given if key in other)}
    return {key: value for key, value in data.items() if key not in dropped} | given | {"name": f"{settings.name}-{name}"}


class _Finder:
    """Turns the names in a run file into paths and notes the missing ones."""

    def __init__(self, document: Document, file: Path) -> None:
        self.document, self.file, self.faults = document, file, FaultList()

    def path(self, key: str, name: str) -> Path:
        """The file or folder that *name* means: beside the run file, else below the current folder or the project."""
        found = resolve(name, base=self.file.parent)
        if not found.exists():
            self._note(key, f"`{key}`: there is no file {name}.", fix="correct the path, or put the file there.")
        return found

    def notebook(self, name: str) -> Path:
        """A notebook of the project by name, or any by its path."""
        if name.endswith(".ipynb"):
            return self.path("notebooks", name)
        known = {path.stem: path for path in sorted(NOTEBOOKS.glob("*.ipynb"))}
        if name not in known:
            fix = suggestion(name, known) or "name one of these, or give the path of a notebook."
            self._note("notebooks", f"there is no notebook `{name}`.", allowed=one_of(known), fix=fix)
        return known.get(name, NOTEBOOKS / f"{name}.ipynb")

    def tasks(self, listed: tuple[str | NotebookEntry, ...]) -> tuple[Task, ...]:
        """The notebooks with their parameters, each checked; two of one name would make one page."""
        found: list[Task] = []
        for place, entry in enumerate(listed):
            known = entry if isinstance(entry, NotebookEntry) else NotebookEntry(notebook=entry)
            path = self.notebook(known.notebook)
            name = known.page or path.stem
            if name in {task.name for task in found}:
                self._note("notebooks", f"two notebooks are called `{name}`.", fix="rename the copy, or give it a `page`.")
            elif path.is_file():
                with self.faults.collecting():
                    found.append(read_task(path, name, known.parameters, partial(self._note_parameter, place)))
        return tuple(found)

    def _note_parameter(self, entry: int, name: str, problem: str, **rest: str) -> None:
        given = self.document.data["notebooks"][entry]["parameters"]
        place = self.document.places.of(given, name) or Place(shown(self.file), 1)
        self.faults.add(problem, file=place.file, line=place.line, **rest)

    def _note(self, key: str, problem: str, **rest: str) -> None:
        place = self.document.places.of(self.document.data, key) or Place(shown(self.file), 1)
        self.faults.add(problem, file=place.file, line=place.line, **rest)


def open(run: str | Path | RunSpec, language: Lang | None = None) -> Page:  # noqa: A001  (reads as runs.open)
    """Everything a notebook needs of a run: framework, data, scores, and ways to show and to emit.

    Raises:
        WorkbenchError: any fault of the run's files or data.
    """
    from workbench.page import Page  # noqa: PLC0415  (reading a run file needs none of this)

    spec = run if isinstance(run, RunSpec) else load_run(run)
    if READS in os.environ:
        note("k", spec.files())
    page = Page.of(spec, language or spec.settings.language)
    if NEEDS not in os.environ:  # the runner has checked this already
        page.check()
    return page


def run(spec: RunSpec, **options: Unpack[Options]) -> Path:
    """Execute the notebooks of *spec* and publish the report.

    Args:
        spec: From `load_run`.
        **options: See `publication.Options`.

    Returns:
        Path of the report's index.html.

    Raises:
        WorkbenchError: a fault of the inputs, or a notebook that met one.
        NotebookError: a notebook failed in another way.
    """
    from workbench.publication import publish  # noqa: PLC0415  (reading a run file needs none of this)

    return publish(spec, **options)
