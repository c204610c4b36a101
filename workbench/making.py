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
    from workbench.report.site import Begun
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
        )
        drawn: list[Future[dict[str, list[str]]]] = []
        begun: list[Begun] = []

        def begin() -> None:
            if making.options.get("scheduler") is None:
                drawn.extend(workers().draw(making.spec, folder, sorted(task.name for task in making.tasks)))
            begun.append(_begin(folder, page))

        done = pipeline.execute(making.tasks, beside=begin)
        report({"event": "writing"})
        _write(folder, begun[0], done, making, drawn)
        check()


def _begin(folder: Path, page: Page) -> Begun:
    """Write what no notebook has to have run for."""
    with without_grammar():
        from workbench.report.site import begin_site  # noqa: PLC0415  (slow to import with its grammar)

    data = output_folder(folder / "data")
    write_csv(page.scores.table, data / "scores.csv")
    if page.scores.withheld is not None:
        write_csv(withheld_cells(page.scores), data / "withheld.csv")
    return begin_site(folder, page, provenance(page))


def _write(folder: Path, begun: Begun, done: list[Done], making: Making, drawn: list[Future[dict[str, list[str]]]]) -> None:
    import nbformat  # noqa: PLC0415  (imported by now)

    from workbench.report.site import write_site  # noqa: PLC0415

    for item in done:
        for name, content in item.kept.tables.items():
            if not (folder / "data" / name).exists():  # the report's own tables keep their names
                (folder / "data" / name).write_bytes(content)
    executed = [
        Executed(item.task.name, nbformat.reads(item.kept.notebook, as_version=4), item.kept.seconds)  # type: ignore[no-untyped-call]
        for item in done
    ]
    wait = (lambda: {name: links for share in drawn for name, links in share.result().items()}) if drawn else None
    write_site(folder, begun, executed, drawn=wait)
    write_manifest(folder, begun.page, done, making.facts, making.started)


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
