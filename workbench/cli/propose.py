"""What factor analysis would put before the next workshop, as a file of amendments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import SAMPLE_RUN

__all__ = ["propose"]


def propose(
    run_file: Annotated[str, typer.Argument(metavar="[RUN.yaml]", help="A run file.")] = SAMPLE_RUN,
    *,
    out: Annotated[Path, typer.Option("--out", help="File of amendments to write; it must not exist yet.")],
) -> None:
    """Write what factor analysis proposes for the indicators of a run as amendments with status `proposed`."""
    from workbench.factors.proposal import write_proposal  # noqa: PLC0415

    typer.echo(str(write_proposal(run_file, out)))
