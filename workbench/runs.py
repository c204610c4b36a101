"""A run: one resolved set of inputs and parameters, from a run file to a published report.

`load_run` checks a run file, `open` gives a notebook everything the run is made of, `run` executes
the notebooks and publishes. A run that fails publishes nothing and leaves the last good report.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.paths import PROJECT, resolve, shown
from workbench.strictyaml import Document, Place, Strict, read_yaml, validate
from workbench.text import Lang, Text

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.page import Page

__all__ = ["NOTEBOOKS", "RunSpec", "check_notebook", "load_run", "open", "run"]

NOTEBOOKS = PROJECT / "notebooks"


class UncertaintySettings(Strict):
    """How the uncertainty of the ranks is drawn."""

    spec: str
    draws: Annotated[int, Field(ge=1)] = 10_000
    seed: Annotated[int, Field(ge=0)] = 0


class FactorSettings(Strict):
    """How factors are looked for."""

    seed: Annotated[int, Field(ge=0)] = 0
    repetitions: Annotated[int, Field(ge=20)] = 200
    method: Literal["minres", "principal_axis", "ml"] = "minres"
    rotate: Literal["varimax", "promax", "oblimin", "none"] = "varimax"
    correlation: Literal["pearson", "polychoric", "fitting"] = "fitting"
    draws: Annotated[int, Field(ge=20)] = 200
    """Resampled surveys behind the intervals of the loadings."""


class ClusterSettings(Strict):
    """How clusters are looked for."""

    seed: Annotated[int, Field(ge=0)] = 0
    counts: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)] = (2, 3, 4, 5, 6, 7, 8)


class HistorySettings(Strict):
    """The published scores of an earlier edition."""

    edition: Annotated[str, Field(min_length=1, max_length=60)]
    scores: str
    """A scores.csv that `workbench score` wrote."""


class RunFile(Strict):
    """A run file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    title: Text
    framework: str
    workshops: tuple[str, ...] = ()
    survey: str | None = None
    indicators: str | None = None
    geometry: str | None = None
    """Outlines of the units for a geographic map: GeoJSON."""
    uncertainty: UncertaintySettings
    factors: FactorSettings = FactorSettings()
    clusters: ClusterSettings = ClusterSettings()
    notebooks: Annotated[tuple[str, ...], Field(min_length=1)]
    language: Literal["th", "en"] = "th"
    history: tuple[HistorySettings, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> RunFile:
        if (self.survey is None) == (self.indicators is None):
            given = "neither" if self.survey is None else "both"
            raise ValueError(f"a run has either `survey` or `indicators`; {given} is given. | name one file.")
        twice = sorted({name for name in self.notebooks if self.notebooks.count(name) > 1})
        if twice:
            raise ValueError(f"notebook {', '.join(twice)} is listed twice. | keep one.")
        return self


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
    notebooks: tuple[Path, ...]
    geometry: Path | None = None
    history: tuple[Path, ...] = ()
    """Scores of earlier editions, in the order of the run file."""

    @property
    def name(self) -> str:
        """Name of the run."""
        return self.settings.name

    @property
    def title(self) -> Text:
        """Title of the report."""
        return self.settings.title


def load_run(path: str | Path) -> RunSpec:
    """Read a run file and find every file it names.

    Raises:
        WorkbenchError: every fault of the run file and every file that is not there, with its line.
    """
    file = resolve(path)
    document = read_yaml(file)
    settings = validate(RunFile, document.data, document.places, file)
    found = _Finder(document, file)
    spec = RunSpec(
        file=file,
        settings=settings,
        framework=found.path("framework", settings.framework),
        workshops=tuple(found.path("workshops", name) for name in settings.workshops),
        data=found.path("survey" if settings.survey is not None else "indicators", settings.survey or settings.indicators or ""),
        uncertainty=found.path("uncertainty", settings.uncertainty.spec),
        notebooks=tuple(found.notebook(name) for name in settings.notebooks),
        geometry=found.path("geometry", settings.geometry) if settings.geometry is not None else None,
        history=tuple(found.path("history", item.scores) for item in settings.history),
    )
    found.refuse_namesakes(spec.notebooks)
    for notebook in spec.notebooks:
        if notebook.is_file():
            with found.faults.collecting():
                check_notebook(notebook)
    found.faults.stop_if_any()
    return spec


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

    def refuse_namesakes(self, notebooks: tuple[Path, ...]) -> None:
        """Two notebooks of one name would make one page."""
        names = [path.stem for path in notebooks]
        for name in sorted({name for name in names if names.count(name) > 1}):
            self._note("notebooks", f"two notebooks are called `{name}`.", fix="rename the copy.")

    def _note(self, key: str, problem: str, **rest: str) -> None:
        place = self.document.places.of(self.document.data, key) or Place(shown(self.file), 1)
        self.faults.add(problem, file=place.file, line=place.line, **rest)


def check_notebook(path: Path) -> None:
    """Check that a notebook can be read and takes the one parameter of a run.

    papermill only warns of a parameter that a notebook does not have; here it is a fault.

    Raises:
        WorkbenchError: the file is no notebook, or no cell tagged `parameters` sets `run`.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    except (ValueError, KeyError, TypeError) as error:
        problem = f"this is no notebook: {error}."
        raise WorkbenchError(Fault(file=path.name, problem=problem, fix="save it anew from JupyterLab.")) from error
    if not any(line.startswith("run = ") for source in tagged for line in source.splitlines()):
        problem = "the notebook has no cell tagged `parameters` that sets `run`."
        raise WorkbenchError(
            Fault(file=path.name, problem=problem, fix='add a cell `run = "params/runs/sample.yaml"` with that tag.')
        )


def open(run: str | Path | RunSpec, language: Lang | None = None) -> Page:  # noqa: A001  (reads as runs.open)
    """Everything a notebook needs of a run: framework, data, scores, and ways to show and to emit.

    Raises:
        WorkbenchError: any fault of the run's files or data.
    """
    from workbench.page import Page  # noqa: PLC0415  (reading a run file needs none of this)

    spec = run if isinstance(run, RunSpec) else load_run(run)
    return Page.of(spec, language or spec.settings.language)


def run(spec: RunSpec, *, workers: int = 2, force: bool = False, only: tuple[str, ...] = (), out: Path | None = None) -> Path:
    """Execute the notebooks of *spec* and publish the report.

    Args:
        spec: From `load_run`.
        workers: Notebooks computed side by side.
        force: Compute even if this very run is published already.
        only: Names of notebooks to compute instead of all.
        out: Folder of reports; the project's `reports/` when not given.

    Returns:
        Path of the report's index.html.

    Raises:
        WorkbenchError: a fault of the inputs, or a notebook that met one.
        NotebookError: a notebook failed in another way.
    """
    from workbench.publication import publish  # noqa: PLC0415  (reading a run file needs none of this)

    chosen = _chosen(spec, only)
    return publish(spec, chosen, workers=workers, force=force, out=(out or PROJECT / "reports").absolute())


def _chosen(spec: RunSpec, only: tuple[str, ...]) -> tuple[Path, ...]:
    names = {path.stem: path for path in spec.notebooks}
    faults = FaultList()
    for name in only:
        if name not in names:
            fix = suggestion(name, names) or "name one of these."
            faults.add(f"the run has no notebook `{name}`.", file=shown(spec.file), allowed=one_of(names), fix=fix)
    faults.stop_if_any()
    return tuple(path for name, path in names.items() if name in only) if only else spec.notebooks
