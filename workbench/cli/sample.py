"""Synthetic surveys."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import FrameworkOption, load_framework

__all__ = ["sample"]


def sample(
    *,
    framework: FrameworkOption,
    out: Annotated[Path, typer.Option("--out", help="File to write: .xlsx, .csv or .parquet.")],
    units: Annotated[int | None, typer.Option("--units", min=1, help="Number of units; default all known.")] = None,
    agencies: Annotated[int | None, typer.Option("--agencies", min=1, help="Respondents invited per unit.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Any whole number of 0 or more.")] = 0,
) -> None:
    """Make a synthetic survey for any framework, of any size, and say in it that it is synthetic."""
    from workbench.sample import make_sample, write_sample  # noqa: PLC0415

    loaded = load_framework(framework, [])
    frame = make_sample(loaded, units=units, agencies=agencies, seed=seed)
    write_sample(frame, out, loaded, seed=seed)
    typer.echo(str(out))
