"""Whether a report is what it says it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["verify"]


def verify(
    report: Annotated[Path, typer.Argument(metavar="REPORT", help="Folder of a published report.")],
    *,
    run_file: Annotated[str | None, typer.Option("--run", help="The run file, where it is not where it was.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Compare files and inputs; compute nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What differs as JSON.")] = False,
) -> None:
    """Make a report again, compare it byte for byte, and say what differs. Ends in 2 when something does."""
    from workbench.progress import following  # noqa: PLC0415
    from workbench.verification import verify as compare  # noqa: PLC0415

    with following(as_json=False, explain=False) as follow:
        found = compare(report, recompute=not quick, run_file=run_file, follow=follow)
    if as_json:
        parts = {"files": found.files, "inputs": found.inputs, "results": found.results}
        typer.echo(json.dumps({"agrees": found.agrees, **parts}, ensure_ascii=False, indent=2))
    else:
        for title, words in (("files", found.files), ("inputs", found.inputs), ("results", found.results)):
            typer.echo(f"{title}: {_summary(words)}")
            for line in words or []:
                typer.echo(f"  {line}")
    if not found.agrees:
        raise typer.Exit(2)


def _summary(words: list[str] | None) -> str:
    if words is None:
        return "not made again"
    return f"{len(words)} differ" if words else "as they were"
