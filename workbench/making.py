"""Computes one report into a folder: the data read and checked, the notebooks run, the pages and the manifest written."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.disclosure import withheld_cells
from workbench.execution import Executed
from workbench.export import output_folder, write_csv
from workbench.forkserver import without_grammar
from workbench.keys import imported_modules
from workbench.manifest import provenance, write_manifest
from workbench.page import Page
from workbench.pipeline import Done, Pipeline
from workbench.workers import DaskWorkers, LocalWorkers, Workers, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from workbench.cache import Cache
    from workbench.keys import Facts
    from workbench.publication import Options
    from workbench.runs import RunSpec
    from workbench.tasks import Task

__all__ = ["Making", "make"]


@dataclass(frozen=True, kw_only=True)
class Making:
    """One report in the making."""

    spec: RunSpec
    tasks: list[Task]
    facts: dict[str, Facts]
    options: Options
    cache: Cache
    started: datetime


def make(making: Making, folder: Path, *, check: Callable[[], None]) -> None:
    """Fill *folder* with the report; *check* raises when an input has changed since the facts were taken."""
    report = making.options["report"]
    report({"event": "planned", "notebooks": [task.name for task in making.tasks]})
    with _workers(making) as workers:
        page = Page.of(making.spec, making.spec.settings.language)
        page.check()
        if making.options.get("scheduler") is None:
            workers().prepare(page)
        desk = _Desk(making, folder, page, workers)
        pipeline = Pipeline(
            run=making.spec.reference,
            name=making.spec.name,
            facts=making.facts,
            cache=making.cache,
            workers=workers,
            force=bool(making.options.get("force")),
            cell_seconds=making.spec.settings.cell_seconds,
            report=report,
            check=check,
            each=desk.result,
        )
        done = pipeline.execute(making.tasks, beside=desk.begin)
        report({"event": "writing"})
        desk.finish()
        write_manifest(folder, page, done, making.facts, making.started)
        check()


class _Desk:
    """Where the report is written, as far as it goes, while its notebooks compute."""

    def __init__(self, making: Making, folder: Path, page: Page, workers: Callable[[], Workers]) -> None:
        self.making, self.folder, self.page, self.workers = making, folder, page, workers
        self._drawn: list[Future[dict[str, list[str]]]] = []

    def begin(self) -> None:
        """Have the pages drawn that no notebook computes, and write what else needs none."""
        names = sorted(task.name for task in self.making.tasks)
        if self.making.options.get("scheduler") is None:
            self._drawn = self.workers().draw(self.making.spec, self.folder, names)
        with without_grammar():
            from workbench.report.site import Site  # noqa: PLC0415  (slow to import with its grammar)

        data, scores = output_folder(self.folder / "data"), self.page.scores
        write_csv(scores.table, data / "scores.csv")
        if scores.withheld is not None:
            write_csv(withheld_cells(scores), data / "withheld.csv")
        self._site = Site(self.folder, self.page, names, provenance(self.page))

    def result(self, done: Done) -> None:
        """Write the tables and the page of a notebook."""
        import nbformat  # noqa: PLC0415  (imported by now)

        for name, content in done.kept.tables.items():
            if not (self.folder / "data" / name).exists():  # the report's own tables keep their names
                (self.folder / "data" / name).write_bytes(content)
        notebook = nbformat.reads(done.kept.notebook, as_version=4)  # type: ignore[no-untyped-call]
        self._site.notebook(Executed(done.task.name, notebook, done.kept.seconds))

    def finish(self) -> None:
        """Write the rest and refuse what is not fit to publish."""
        self._site.finish(self._links if self._drawn else None)

    def _links(self) -> dict[str, list[str]]:
        """Wait for the pages that are drawn elsewhere; gives where each leads."""
        return {name: links for share in self._drawn for name, links in share.result().items()}


@contextmanager
def _workers(making: Making) -> Iterator[Callable[[], Workers]]:
    """Gives the workers; those of a cluster are only asked for when something has to run."""
    started: list[Workers] = []

    def workers() -> Workers:
        if not started:
            sources = (cell for task in making.tasks for cell in _code(task.notebook))
            modules = tuple(imported_modules(sources, late=False))
            scheduler = making.options.get("scheduler")
            if scheduler is None:
                started.append(LocalWorkers(making.options["workers"], modules))
            else:
                started.append(DaskWorkers(scheduler, pack(making.spec, modules)))
        return started[0]

    if making.options.get("scheduler") is None:
        workers()  # the imports of the kernels go on while the data are read
    try:
        yield workers
    finally:
        for item in started:
            item.close()


def _code(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
