"""The main job."""

from __future__ import annotations

import gc
import signal
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import SAMPLE_RUN

__all__ = ["run"]


def run(
    run_file: Annotated[
        str, typer.Argument(metavar="[RUN.yaml]", help="The run, or one scenario of it: RUN.yaml#ID.")
    ] = SAMPLE_RUN,
    *,
    workers: Annotated[int, typer.Option(min=1, help="Notebooks computed side by side.")] = 2,
    scheduler: Annotated[str | None, typer.Option(help="Dask scheduler whose workers compute, tcp://HOST:PORT.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Compute everything anew even if it is there.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each notebook why it runs or not.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Only this notebook; may be repeated.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for reports; default reports/.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What happens, as lines of JSON.")] = False,
    single_file: Annotated[bool, typer.Option("--single-file", help="Also the whole report as one file, <run id>.html.")] = False,
) -> None:
    """The main job: check, score, run the notebooks, publish reports/<run id>/index.html."""
    from workbench import runs  # noqa: PLC0415
    from workbench.forkserver import RARELY  # noqa: PLC0415
    from workbench.progress import following  # noqa: PLC0415

    gc.set_threshold(*RARELY)
    spec = runs.load_run(run_file)
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):  # asked to end is ended as by Ctrl-C
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, signal.default_int_handler)
    for item in (spec, *runs.scenarios(spec)):
        with following(as_json=as_json, explain=explain) as report:
            page = runs.run(
                item, workers=workers, scheduler=scheduler, force=force, only=tuple(only or ()), out=out, report=report
            )
        if not as_json:
            typer.echo(str(page))
        if single_file:
            from workbench.report.single import write_single  # noqa: PLC0415

            one = write_single(page.parent, page.parent.with_name(f"{page.parent.name}.html"))
            if not as_json:
                typer.echo(str(one))
