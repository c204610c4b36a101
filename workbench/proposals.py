"""What was found at the panel, written down as proposed amendments.

A proposal changes nothing until a workshop accepts it. It is added to the end of a file of amendments, whose comments
and order stay as they are, or to a new file. The file is written beside and renamed, so it is never half-written, and
it is read back by the same strict reader before that.
"""

from __future__ import annotations

import io
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from workbench.amendments import current_value, read_workshop
from workbench.dates import BUDDHIST_ERA
from workbench.errors import Fault, WorkbenchError
from workbench.exploring import AS_GIVEN, Choice
from workbench.framework_files import plain
from workbench.paths import resolve

if TYPE_CHECKING:
    from workbench.framework import Framework
    from workbench.text import Text

__all__ = ["place", "propose", "write_proposals"]

ORIGINS = {
    "panel": ({"th": "ข้อเสนอจากการทดลองปรับ", "en": "Proposals from the panel for"}, {"th": "JupyterLab", "en": "JupyterLab"}),
    "workshop": ({"th": "ข้อเสนอจากแบบของผู้เชี่ยวชาญ", "en": "Proposals from expert forms for"}, {"th": "-", "en": "-"}),
}
"""Title and place of a new file of amendments."""


def propose(framework: Framework, choice: Choice, path: str | Path, *, reason: Text, raised_by: str) -> int:
    """Add the changes of *choice* to a file of amendments, each as `proposed`.

    Args:
        framework: What was looked at; the guards are the values of its edition, without amendments.
        choice: Weights and aggregation that differ.
        path: The file; it is made where there is none.
        reason: Why, in both languages.
        raised_by: A pseudonym, such as E07.

    Returns:
        How many were added.

    Raises:
        WorkbenchError: nothing was changed, the choice cannot be an amendment, or the file would not be valid.
    """
    target = place(path)
    changes = _changes(framework, choice)
    yaml = _yaml()
    text = target.read_text(encoding="utf-8") if target.exists() else _new(framework)
    if target.exists():
        read_workshop(target)
    document = yaml.load(text)
    if document.get("amendments") is None:
        document["amendments"] = []
    taken = {str(entry["id"]) for entry in document["amendments"]} | {item.id for item in framework.amendments}
    number = 1
    for parameter, (before, after) in changes.items():
        while f"n{number:02d}" in taken:
            number += 1
        taken.add(f"n{number:02d}")
        entry = {"id": f"n{number:02d}", "parameter": parameter, "expect": before, "to": after,
                 "reason": {"th": reason.th, "en": reason.en}, "raised_by": raised_by, "status": "proposed"}  # fmt: skip
        document["amendments"].append(entry)
    _replace(target, yaml, document)
    return len(changes)


def place(path: str | Path) -> Path:
    """The file meant by *path*: the one that is there, else a new one in a folder that is there.

    A notebook runs in its own folder: `params/workshops/new.yaml` means the project's folder, not a new one beside the notebook.
    """
    found = resolve(path)
    return found if found.exists() else resolve(Path(path).parent) / Path(path).name


def write_proposals(framework: Framework, entries: list[dict[str, Any]], path: str | Path) -> None:
    """Write amendments into a new file, dated today.

    Args:
        framework: What was rated.
        entries: As a workshop file holds them.
        path: The file.

    Raises:
        WorkbenchError: the file would not be valid, or cannot be written.
    """
    yaml = _yaml()
    document = yaml.load(_new(framework, "workshop"))
    document["amendments"].extend(entries)
    _replace(place(path), yaml, document)


def _changes(framework: Framework, choice: Choice) -> dict[str, tuple[Any, Any]]:
    """What the edition says and what is proposed, by parameter."""
    if framework.method.weights != "given" and choice.weights:
        problem = f"weights are set by the rule `{framework.method.weights}`, so no amendment of a weight would count."
        raise WorkbenchError(Fault(problem=problem, fix="set `method.weights` to `given` in a copy of the edition."))
    data = plain((framework.base or framework).definition)
    changes: dict[str, tuple[Any, Any]] = {
        f"{name}.weight": (current_value(data, f"{name}.weight"), value) for name, value in choice.weights.items()
    }
    if choice.aggregation != AS_GIVEN:
        if "method" not in data:
            problem = "the framework has no `method`, so its aggregation cannot be amended."
            raise WorkbenchError(Fault(problem=problem, fix="add `method: {aggregation: arithmetic}` to framework.yaml."))
        changes["method.aggregation"] = (current_value(data, "method.aggregation"), choice.aggregation)
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if not changes:
        problem = "no weight and no aggregation was changed, so there is nothing to propose."
        raise WorkbenchError(Fault(problem=problem, fix="move a slider first; a normalisation is set in the framework's files."))
    return changes


def _yaml() -> YAML:
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 130
    yaml.indent(mapping=2, sequence=2, offset=0)
    # `expect: null` in full: an empty value reads like a mistake.
    yaml.representer.add_representer(type(None), lambda node, _: node.represent_scalar("tag:yaml.org,2002:null", "null"))
    return yaml


def _new(framework: Framework, origin: str = "panel") -> str:
    """A file without amendments, dated today in Thailand."""
    now = datetime.now(ZoneInfo("Asia/Bangkok"))
    day = f"{now.year + BUDDHIST_ERA}-{now:%m-%d}"
    out = io.StringIO()
    head = {
        "id": f"{origin}-{day}",
        "title": ORIGINS[origin][0] | {"en": f"{ORIGINS[origin][0]['en']} {framework.id}"},
        "date": DoubleQuotedScalarString(day),
        "place": ORIGINS[origin][1],
    }
    _yaml().dump({"workshop": head, "amendments": []}, out)
    return out.getvalue()


def _replace(target: Path, yaml: YAML, document: Any) -> None:  # noqa: ANN401  (a document of ruamel)
    """Write beside, read back strictly, then rename."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as out:
            yaml.dump(document, out)
        try:
            read_workshop(beside)
        except WorkbenchError as error:
            faults = [Fault(problem=fault.problem, allowed=fault.allowed, fix=fault.fix) for fault in error.faults]
            raise WorkbenchError(*faults) from None
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
