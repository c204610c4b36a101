"""The workshop, from the form to the amendments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.shared import FrameworkOption, OutOption, load_framework
from workbench.errors import Fault, WorkbenchError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.feedback import Feedback
    from workbench.form_reader import Forms
    from workbench.framework import Framework
    from workbench.rules import Rules

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="An expert workshop, from the form to the amendments.")
FormsArgument = Annotated[list[Path], typer.Argument(metavar="FORMS...", help="Filled forms, or folders of them.")]
RulesOption = Annotated[str, typer.Option("--rules", help="File of the cut-offs.")]
RULES = "params/rules/workshop.yaml"


@app.command("form")
def form(
    framework: Annotated[str, typer.Argument(metavar="FRAMEWORK", help="Folder or file of the framework.")],
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="Workbook to write.")],
) -> None:
    """Write the form that experts fill in."""
    from workbench.export import output_folder  # noqa: PLC0415
    from workbench.forms import write_form  # noqa: PLC0415

    loaded = load_framework(framework, [])
    output_folder(out.absolute().parent)
    write_form(loaded, out)
    typer.echo(str(out))


@app.command("summarise")
def summarise(
    forms: FormsArgument,
    *,
    framework: FrameworkOption,
    out: OutOption,
    rules: RulesOption = RULES,
    earlier: Annotated[
        Path | None, typer.Option("--earlier", help="ratings.csv of the round before, for how far the experts moved.")
    ] = None,
) -> None:
    """Write what the forms say: tables of indicators, pillars, agreement, experts, comments, proposals and faults."""
    import pandas as pd  # noqa: PLC0415

    from workbench.export import output_folder, write_csv  # noqa: PLC0415
    from workbench.feedback import rounds  # noqa: PLC0415
    from workbench.rating_scales import read_record  # noqa: PLC0415
    from workbench.workshop_record import forms_of, record  # noqa: PLC0415

    before = read_record(earlier) if earlier is not None else ()
    loaded, cuts, read, found = _figures(forms, framework, rules)
    folder = output_folder(out)
    faults = pd.DataFrame(
        [fault.as_dict() for fault in read.faults], columns=["file", "sheet", "row", "column", "value", "problem", "fix"]
    )
    tables = _tables(read, found) | {"ratings": record(read).set_index("expert"), "faults": faults.set_index("file")}
    if before:
        tables["rounds"] = rounds(forms_of(before, loaded), read, cuts).set_index("scale")
        typer.echo(_stable(tables["rounds"]), err=True)
    for name, table in tables.items():
        write_csv(table, folder / f"{name}.csv")
    scale = ", ".join(f"{name.upper().replace('_', '-')} {value:.2f}" for name, value in found.scale.items())
    typer.echo(
        f"{len(read.experts)} experts; {scale}; {int((found.items['failed'] > 1).sum())} indicators fail two tests or more",
        err=True,
    )
    typer.echo(str(folder))


def _tables(read: Forms, found: Feedback) -> dict[str, pd.DataFrame]:
    """What the forms say, by the name of the file."""
    return {
        "indicators": found.items,
        "pillars": found.pillars,
        "agreement": found.agreement,
        "experts": found.experts,
        "comments": read.comments.set_index("expert"),
        "proposals": read.proposals.set_index("expert"),
    }


def _stable(moved: pd.DataFrame) -> str:
    """How many ratings stayed, of those that enough experts gave twice."""
    known = moved["stable"].dropna()
    return f"{int(known.astype(bool).sum())} of {len(known)} ratings are stable between the rounds"


@app.command("propose")
def propose(
    forms: FormsArgument,
    *,
    framework: FrameworkOption,
    out: Annotated[Path, typer.Option("--out", help="File of amendments to write; must not be there.")],
    rules: RulesOption = RULES,
) -> None:
    """Write what the figures suggest as amendments with status `proposed`; people accept or decline them."""
    from workbench.feedback import propose as suggest  # noqa: PLC0415
    from workbench.proposals import write_proposals  # noqa: PLC0415

    if out.exists():
        fix = "name another file: what people wrote into this one would be lost."
        raise WorkbenchError(Fault(file=str(out), problem="the file is there already.", fix=fix))
    loaded, cuts, _, found = _figures(forms, framework, rules)
    entries = suggest(found, loaded, cuts)
    write_proposals(loaded, entries, out)
    typer.echo(f"{len(entries)} amendments proposed; edit `status` and `reason`, then name the file under `workshops`.", err=True)
    typer.echo(str(out))


@app.command("sample")
def sample(
    framework: Annotated[str, typer.Argument(metavar="FRAMEWORK", help="Folder or file of the framework.")],
    out: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder for the forms.")],
    *,
    experts: Annotated[int, typer.Option("--experts", min=1, max=99, help="Number of forms.")] = 15,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Any whole number of 0 or more.")] = 0,
    amendments: Annotated[
        str | None, typer.Option("--amendments", help="A workshop file: who raised an amendment of an indicator comments on it.")
    ] = None,
) -> None:
    """Make filled forms of invented experts, and say in them that they are synthetic."""
    from workbench.sample_workshop import comments_of, make_forms  # noqa: PLC0415

    loaded = load_framework(framework, [])
    words = comments_of(load_framework(framework, [amendments])) if amendments is not None else {}
    typer.echo(str(make_forms(loaded, out, experts=experts, seed=seed, comments=words)[0].parent))


def _figures(paths: list[Path], name: str, rules: str) -> tuple[Framework, Rules, Forms, Feedback]:
    """The framework, the rules, the forms and their figures; faults of forms are printed, and the rest counts."""
    from workbench.feedback import summarise as figures  # noqa: PLC0415
    from workbench.form_reader import read_forms  # noqa: PLC0415
    from workbench.rules import load_rules  # noqa: PLC0415

    loaded, cuts = load_framework(name, []), load_rules(rules)
    read = read_forms(paths, loaded)
    for fault in read.faults:
        typer.echo(f"NOT COUNTED: {fault}", err=True)
    if len(read.experts) == 1:
        typer.echo("Only one expert: there is no agreement to measure.", err=True)
    return loaded, cuts, read, figures(read, loaded, cuts)
