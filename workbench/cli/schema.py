"""The shapes of the parameter files, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from workbench.cli.shared import OutOption

__all__ = ["schema"]


def schema(out: OutOption = Path("schema")) -> None:
    """Write the JSON schema of every kind of parameter file, by which editors complete and check them."""
    from workbench.export import output_folder, whole_file  # noqa: PLC0415
    from workbench.schemas import schemas  # noqa: PLC0415

    folder = output_folder(out)
    for name, content in schemas().items():
        path = folder / f"{name}.schema.json"
        with whole_file(path) as partial:
            partial.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        typer.echo(str(path))
