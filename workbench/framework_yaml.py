"""A framework as parameter files that a person can read on: one main file and one for each pillar that is a group.

What is written is read back by the strict reader before anything takes its place, so a file that would be refused is
never left. Comments cannot be written: they are not part of a framework.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from workbench.errors import Fault, WorkbenchError
from workbench.export import output_folder
from workbench.framework import Framework
from workbench.paths import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_framework_files"]

WIDTH = 118
PLAIN = re.compile(r"[A-Za-z\u0e01-\u0e2e\u0e40-\u0e44][A-Za-z0-9\u0e01-\u0e5b_./() -]*")
"""Text that stands without quotes: letters first, nothing that means anything in YAML."""
DOUBTFUL = re.compile(r"(?:y|n|yes|no|on|off|true|false|null)", re.IGNORECASE)


class _Dumper(yaml.SafeDumper):
    """Quotes every text that could be read in two ways; labels and lists of plain values on one line."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002  (the parent's signature)
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = PLAIN.fullmatch(value) and not DOUBTFUL.fullmatch(value) and value == value.strip()
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


def _list(dumper: yaml.SafeDumper, value: list[Any] | tuple[Any, ...]) -> yaml.SequenceNode:
    flow = all(not isinstance(item, dict | list | tuple) for item in value)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=flow)


def _map(dumper: yaml.SafeDumper, value: Mapping[str, Any]) -> yaml.MappingNode:
    plain = bool(value) and not any(isinstance(item, dict | list | tuple) for item in value.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=plain and len(str(value)) < WIDTH - 20)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(tuple, _list)
_Dumper.add_representer(dict, _map)


def write_framework_files(data: Mapping[str, Any], folder: Path, *, comment: str = "") -> Path:
    """Write the parameter files of a framework into a new folder.

    Args:
        data: The framework as maps and lists, valid.
        folder: Is made; must not be there, or be empty.
        comment: First line of the main file.

    Returns:
        The main file.

    Raises:
        WorkbenchError: the folder holds something already, or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        problem = "there is something in the place of the framework already."
        raise WorkbenchError(Fault(file=shown(folder), problem=problem, fix="name another folder, or move it away."))
    parent = output_folder(folder.parent)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=parent))
    try:
        _write(data, beside, comment)
        Framework.load(beside)
        if folder.exists():
            folder.rmdir()
        beside.chmod(0o755)
        beside.replace(folder)
    except OSError as error:
        problem = f"the framework cannot be written: {error.strerror or error}."
        raise WorkbenchError(Fault(file=shown(folder), problem=problem, fix="free space, or choose another folder.")) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder / "framework.yaml"


def _write(data: Mapping[str, Any], folder: Path, comment: str) -> None:
    main = {key: value for key, value in data.items() if key != "pillars"}
    entries: list[Any] = []
    for pillar in data["pillars"]:
        if "children" not in pillar:
            entries.append(pillar)
            continue
        name = re.sub(r"[^a-z0-9_-]", "-", str(pillar["id"]).lower()) + ".yaml"
        (folder / name).write_text(_dumped({key: value for key, value in pillar.items() if key != "weight"}), encoding="utf-8")
        entries.append({"file": name} | ({"weight": pillar["weight"]} if "weight" in pillar else {}))
    text = (f"# {comment}\n" if comment else "") + _dumped(main | {"pillars": entries})
    (folder / "framework.yaml").write_text(text, encoding="utf-8")


def _dumped(data: object) -> str:
    return str(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=WIDTH))
