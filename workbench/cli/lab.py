"""JupyterLab on the parameters of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.shared import SAMPLE_RUN

__all__ = ["lab"]


def lab(
    run_file: Annotated[str, typer.Argument(metavar="[RUN.yaml]", help="The run whose parameters are used.")] = SAMPLE_RUN,
    notebook: Annotated[str | None, typer.Argument(metavar="[NOTEBOOK]", help="The notebook to open.")] = None,
) -> None:
    """JupyterLab, with the notebook opened on the very parameters of that run."""
    from workbench import lab as jupyter  # noqa: PLC0415

    jupyter.start(run_file, notebook)
