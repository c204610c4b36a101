"""Runs the notebooks of a run: in order of their needs, side by side, and only those that have to.

A result that is kept under the same facts is used again; when a notebook runs and emits the tables it
emitted before, what reads them stays. The first failure ends the run; what was whole by then is kept,
so the next run goes on from there.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.errors import Fault, WorkbenchError
from workbench.execution import Job
from workbench.keys import Facts, changes, task_facts
from workbench.paths import shown
from workbench.workers import why_lost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.cache import Cache, Kept
    from workbench.tasks import Task
    from workbench.workers import Workers

__all__ = ["Done", "Pipeline"]

MOST_REASONS = 4


@dataclass(frozen=True, kw_only=True)
class Done:
    """A notebook with its result."""

    task: Task
    kept: Kept = field(repr=False)
    facts: Facts = field(repr=False)
    cached: bool
    why: str


@dataclass(kw_only=True)
class Pipeline:
    """One execution of a graph of notebooks."""

    run: str
    """The run file, as the notebooks are given it."""
    name: str
    """Of the run, with its scenario."""
    facts: Mapping[str, Facts]
    cache: Cache
    workers: Callable[[], Workers]
    """Called when the first notebook has to run, so that a run with nothing to do starts nothing."""
    force: bool = False
    cell_seconds: int
    report: Callable[[dict[str, Any]], None]
    """Is told what happens, as one map for each event."""
    check: Callable[[], None]
    """Raises when an input changed since the facts were taken; called before a result is kept under them."""
    each: Callable[[Done], None]
    """Called with every result, while others are at work."""
    _done: dict[str, Done] = field(default_factory=dict)
    _fresh: list[Done] = field(default_factory=list)
    _tables: dict[str, bytes] = field(default_factory=dict)
    _at_work: dict[Future[Kept], tuple[Task, Facts, str]] = field(default_factory=dict)

    def execute(self, tasks: Sequence[Task], beside: Callable[[], None]) -> list[Done]:
        """Execute *tasks* and give their results in the same order; *beside* is called once, when the first are at work.

        Raises:
            WorkbenchError: a notebook met a fault of the inputs.
            NotebookError: a notebook failed otherwise.
        """
        waiting = sorted(tasks, key=lambda task: -self.cache.seconds(task.name))  # the longest first
        while waiting or self._at_work:
            for task in [task for task in waiting if all(f"{name}.csv" in self._tables for name in task.tables)]:
                waiting.remove(task)
                self._start(task)
            beside()
            beside = _nothing
            self._hand_out()
            if self._at_work:
                finished, _ = wait(self._at_work, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._finish(future)
        self._hand_out()
        return [self._done[task.name] for task in tasks]

    def _hand_out(self) -> None:
        """Give on what was found since, when everything that can be at work is."""
        while self._fresh:
            self.each(self._fresh.pop(0))

    def _start(self, task: Task) -> None:
        upstream = {f"{name}.csv": self._tables[f"{name}.csv"] for name in task.tables}
        digests = {name.removesuffix(".csv"): hashlib.sha256(content).hexdigest() for name, content in upstream.items()}
        facts = task_facts(task, self.facts, digests)
        kept = None if self.force else self.cache.find(task.name, facts)
        if kept is not None:
            self._settle(Done(task=task, kept=kept, facts=facts, cached=True, why="nothing it depends on changed"))
            return
        why = self._why(task, facts)
        self.report({"event": "started", "notebook": task.name, "why": why})
        source = task.notebook.read_text(encoding="utf-8")
        values = {"run": self.run, **task.values}
        job = Job(name=task.name, source=source, values=values, needs=task.needs, cell_seconds=self.cell_seconds)
        self._at_work[self.workers().submit(job, upstream)] = (task, facts, why)

    def _why(self, task: Task, facts: Facts) -> str:
        if self.force:
            return "it is forced"
        before = self.cache.last_facts(task.name, self.name)
        if before is None:
            return "it never ran"
        differences = [f"file {shown(path)} changed" for path in self.cache.changed_reads(task.name, facts)]
        differences = differences or changes(before, facts)
        if not differences:
            return "its kept result is gone or damaged"
        more = len(differences) - MOST_REASONS
        return "; ".join(differences[:MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")

    def _finish(self, future: Future[Kept]) -> None:
        task, facts, why = self._at_work.pop(future)
        error = future.exception()
        if error is not None:
            raise why_lost(error) from None
        kept = future.result()
        _check_tables(task, kept)
        self.check()
        self.cache.keep(task.name, facts, kept, run=self.name)
        self._settle(Done(task=task, kept=kept, facts=facts, cached=False, why=why))

    def _settle(self, done: Done) -> None:
        for file, content in done.kept.tables.items():
            if file in self._tables:
                makers = ", ".join(name for name, other in self._done.items() if file in other.kept.tables)
                problem = f"table `{file.removesuffix('.csv')}` is emitted by {makers} and by {done.task.name}."
                raise WorkbenchError(Fault(problem=problem, fix="give each table a name of its own."))
            self._tables[file] = content
        self._done[done.task.name] = done
        self._fresh.append(done)
        event = "kept" if done.cached else "finished"
        self.report({"event": event, "notebook": done.task.name, "seconds": round(done.kept.seconds, 3), "why": done.why})


def _nothing() -> None:
    """Called in place of what is done once."""


def _check_tables(task: Task, kept: Kept) -> None:
    """A notebook that declares its tables emits these and no others."""
    if task.emits is None:
        return
    found = {name.removesuffix(".csv") for name in kept.tables}
    for name in sorted(found ^ set(task.emits)):
        state = "emits table `{}`, which it does not declare" if name in found else "declares table `{}` and does not emit it"
        fix = "correct `emits` in the metadata of the notebook."
        raise WorkbenchError(Fault(file=shown(task.notebook), problem=f"the notebook {state.format(name)}.", fix=fix))
