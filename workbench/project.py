"""A project of one's own: a folder with a framework, a run file and synthetic data, ready to be run and changed.

The framework is a copy of another one under a new name; what is attested of the old one is not claimed of the new.
The notebooks stay those of the workbench: the run file names them, and a copy with changes is named by its path.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import FaultList
from workbench.export import output_folder
from workbench.framework import Framework
from workbench.framework_files import plain
from workbench.framework_yaml import write_framework_files
from workbench.paths import shown
from workbench.sample import make_sample, write_sample

if TYPE_CHECKING:
    from workbench.text import Text

__all__ = ["new_project"]

NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")
NOTEBOOKS = (
    "05_quality",
    "10_scores",
    "15_structure",
    "20_factor_analysis",
    "30_province_clusters",
    "40_sensitivity",
    "60_method",
    "00_summary",
)
CLAIMS = ("status", "attested", "proposed")
"""What was said of the framework that was copied."""
RUN = """\
# The run of this project: `workbench run run.yaml --out reports` publishes its report.
name: {name}
title: {{th: {title_th}, en: {title_en}}}
framework: framework
{source}
uncertainty: {{spec: params/uncertainty/notebook.yaml, draws: 10000, seed: {seed}}}
factors: {{seed: {seed}, repetitions: 200}}
clusters: {{seed: {seed}, counts: [2, 3, 4, 5, 6]}}
# Notebooks of the workbench by name; a changed copy by its path, such as notebooks/10_scores.ipynb.
notebooks: [{notebooks}]
language: th
"""
README = """\
# {title}

Made by `workbench new`. The data are **synthetic**: replace `{data}` by your own and keep its columns.

| file | what |
|---|---|
| `framework/` | what is measured, with weights and scales, in Thai and English |
| `{data}` | a synthetic {what} of {units} |
| `run.yaml` | what a report is made of |

```
workbench check run.yaml                      # names every fault with file and line
workbench run run.yaml --out reports          # computes and publishes reports/<run id>/index.html
workbench lab run.yaml 10_scores              # opens a notebook on this run
workbench framework to-xlsx framework framework.xlsx    # the framework as a spreadsheet; from-xlsx turns it back
```
"""


def new_project(
    folder: Path,
    template: str | Path,
    *,
    title: Text | None = None,
    edition: str | None = None,
    unit: tuple[Text, Text] | None = None,
    units: int | None = None,
    agencies: int | None = None,
    seed: int = 0,
) -> Path:
    """Make a project folder.

    Args:
        folder: Where it shall be; its last part is the name. Must not be there, or be empty.
        template: The framework to begin with.
        title: Title of framework and report; the name when not given.
        edition: Year or name of the edition; the template's when not given.
        unit: What is scored, in the singular and the plural; the template's when not given.
        units: Number of units in the synthetic data; see `sample.make_sample`.
        agencies: Respondents invited per unit.
        seed: Of the synthetic data.

    Returns:
        The run file.

    Raises:
        WorkbenchError: the name cannot be used, the folder holds something, or the template has faults.
    """
    name = folder.name
    _check(folder, name)
    data = plain(Framework.load(template).definition)
    head = {"id": name, "edition": edition or data["edition"]}
    head["title"] = {"th": title.th, "en": title.en} if title is not None else {"th": name, "en": name}
    data = head | {key: value for key, value in data.items() if key not in {*CLAIMS, *head}}
    if unit is not None:
        data["unit"] = _other_unit(data["unit"], unit)
    parent = output_folder(folder.parent)
    beside = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".tmp", dir=parent)) / name
    try:
        beside.mkdir()
        _fill(beside, data, name, units=units, agencies=agencies, seed=seed)
        if folder.exists():
            folder.rmdir()
        beside.replace(folder)
    finally:
        shutil.rmtree(beside.parent, ignore_errors=True)
    return folder / "run.yaml"


def _check(folder: Path, name: str) -> None:
    faults = FaultList()
    if not NAME.fullmatch(name):
        allowed = "a small letter, then small letters, digits and hyphens, at most 41 signs"
        faults.add(f"`{name}` cannot be the name of a project.", allowed=allowed, fix="choose another name.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        faults.add("there is something in the place of the project already.", file=shown(folder), fix="choose another name.")
    faults.stop_if_any()


def _other_unit(old: dict[str, Any], unit: tuple[Text, Text]) -> dict[str, Any]:
    """The unit under another name, which is no province of the register any more."""
    one, many = ({"th": text.th, "en": text.en} for text in unit)
    return {"label": one, "plural": many} | {key: old[key] for key in old if key not in {"registry", "label", "plural"}}


def _fill(folder: Path, data: dict[str, Any], name: str, *, units: int | None, agencies: int | None, seed: int) -> None:
    write_framework_files(data, folder / "framework", comment=f"The framework of the project {name}.")
    framework = Framework.load(folder / "framework")
    surveyed = framework.respondents is not None and bool(framework.columns)
    target = Path("data") / ("answers.xlsx" if surveyed else "indicators.xlsx")
    frame = make_sample(framework, units=units, agencies=agencies if surveyed else None, seed=seed)
    write_sample(frame, folder / target, framework, seed=seed)
    source = f"{'survey' if surveyed else 'indicators'}: {target.as_posix()}      # synthetic; put your own here"
    texts = {"title_th": _quoted(framework.title.th), "title_en": _quoted(framework.title.en)}
    pages = [page for page in NOTEBOOKS if surveyed or page != "05_quality"]  # a table has no answers to look at
    run = RUN.format(name=name, source=source, seed=seed, notebooks=", ".join(pages), **texts)
    (folder / "run.yaml").write_text(run, encoding="utf-8")
    what = "survey" if surveyed else "table"
    readme = README.format(title=framework.title.en, data=target.as_posix(), what=what, units=framework.unit.plural.en)
    (folder / "README.md").write_text(readme, encoding="utf-8")


def _quoted(text: str) -> str:
    """Text in double quotes, as YAML reads it."""
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
