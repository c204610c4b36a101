"""The questionnaire of a survey."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shared import WorkshopOption, load_framework
from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    from workbench.text import Lang

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="The survey of the agencies.")


@app.callback()
def survey() -> None:
    """The survey of the agencies."""


@app.command("template")
def template(
    framework: Annotated[str, typer.Argument(metavar="FRAMEWORK", help="Folder or file of the framework.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Workbook to write.")],
    *,
    workshop: WorkshopOption = None,
    language: Annotated[str, typer.Option("--language", help="Language of the drop-downs: th or en.")] = "th",
) -> None:
    """Write the questionnaire that agencies fill in, with drop-downs; --survey reads a folder of filled ones."""
    from workbench.export import output_folder  # noqa: PLC0415
    from workbench.intake.template import write_template  # noqa: PLC0415

    languages: dict[str, Lang] = {"th": "th", "en": "en"}
    if language not in languages:
        raise WorkbenchError(Fault(problem=f"--language is `{language}`.", allowed="th, en", fix="choose one of them."))
    loaded = load_framework(framework, workshop or [])
    output_folder(out.absolute().parent)
    write_template(loaded, out, languages[language])
    typer.echo(str(out))
