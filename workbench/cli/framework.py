"""A framework as a spreadsheet, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.shared import WorkshopOption, load_framework
from workbench.errors import Fault, WorkbenchError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="A framework as a spreadsheet, and back, without loss.")


@app.command("to-xlsx")
def to_xlsx(
    framework: Annotated[str, typer.Argument(metavar="FRAMEWORK", help="Folder or file of the framework.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Workbook to write.")],
    *,
    workshop: WorkshopOption = None,
) -> None:
    """Write a framework, with the accepted amendments of workshops, as a workbook."""
    from workbench.export import output_folder  # noqa: PLC0415
    from workbench.framework_sheets import write_framework_workbook  # noqa: PLC0415

    if out.suffix.lower() != ".xlsx":
        raise WorkbenchError(
            Fault(file=str(out), problem="the workbook has another extension.", allowed=".xlsx", fix="rename it.")
        )
    loaded = load_framework(framework, workshop or [])
    output_folder(out.absolute().parent)
    write_framework_workbook(loaded, out)
    typer.echo(str(out))


@app.command("from-xlsx")
def from_xlsx(
    workbook: Annotated[Path, typer.Argument(metavar="IN.xlsx", help="Workbook as to-xlsx writes it.")],
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder for the parameter files; must not be there.")],
) -> None:
    """Turn a workbook into the parameter files of a framework."""
    from workbench.framework_workbook import read_framework_workbook  # noqa: PLC0415
    from workbench.framework_yaml import write_framework_files  # noqa: PLC0415

    data, _ = read_framework_workbook(workbook)
    typer.echo(str(write_framework_files(data, out.absolute(), comment=f"Made from {workbook.name}.")))
