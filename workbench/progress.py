"""How a run is followed: bars for a person, lines of JSON for a machine, reasons for who asks why."""

from __future__ import annotations

import json
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["following"]

Event = dict[str, Any]


@contextmanager
def following(*, as_json: bool, explain: bool) -> Iterator[Callable[[Event], None]]:
    """Gives the function that is told every event of a run."""
    start = perf_counter()
    with _bar(shown=not as_json) as bar:

        def follow(event: Event) -> None:
            if as_json:
                line = {**event, "elapsed": round(perf_counter() - start, 3)}
                print(json.dumps(line, ensure_ascii=False), flush=True)  # noqa: T201  (what --json is for)
            bar(event)
            if explain:
                _explain(event)

        yield follow


def _explain(event: Event) -> None:
    import sys  # noqa: PLC0415

    words = {"started": "runs", "kept": "is kept"}
    if event["event"] in words:
        print(f"{event['notebook']} {words[event['event']]}: {event['why']}", file=sys.stderr)  # noqa: T201  (asked for)
    if event["event"] == "unchanged":
        print("nothing changed: the report is published and whole", file=sys.stderr)  # noqa: T201  (asked for)


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[Event], None]]:
    """A bar on a terminal with the notebooks at work and the time; silence elsewhere."""
    import sys  # noqa: PLC0415

    if not shown or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    at_work: list[str] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("reading", total=None)

        def follow(event: Event) -> None:
            name = event.get("notebook", "")
            match event["event"]:
                case "planned":
                    bar.update(task, total=len(event["notebooks"]) + 1, completed=0)
                case "started":
                    at_work.append(name)
                case "kept" | "published":
                    bar.advance(task)
                case "finished":
                    at_work.remove(name)
                    bar.advance(task)
            writing = event["event"] in {"writing", "published"}
            bar.update(task, description="pages" if writing else ", ".join(at_work) or "reading")

        yield follow
