"""YAML without surprises, checked against a model, every fault with file and line.

Text stays text unless it is plainly `null`, `true`, `false` or a decimal number. What YAML would
silently turn into something else (`no`, `010`, `1:30`, `2559-05-23`, tags, repeated keys, anchors)
is refused with the way to write it. Nothing is repaired or guessed. What can be read of a faulty file is
still checked against its model, so that a file is mended once, not fault by fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

from workbench.errors import Fault, FaultList, WorkbenchError, one_of, suggestion
from workbench.model_faults import note, short
from workbench.paths import shown

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Document", "Place", "Places", "Strict", "checked", "read_model", "read_yaml", "validate"]

MAX_BYTES = 1_000_000
"""No hand-written parameter file comes near it; refused before parsing."""
MAX_DEPTH = 30
MAX_DIGITS = 40
"""No number of a parameter file has more; beyond some thousand digits Python refuses to read them."""

_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_NULL = {"", "~", "null", "Null", "NULL"}
_INT = re.compile(r"-?(?:0|[1-9]\d*)\Z")
_FLOAT = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?\Z")
_ALIAS = re.compile(r"(?:^|[\s\[{,:-])[&*]\S")
_DOUBTFUL = (
    (re.compile(r"(?:y|n|yes|no|on|off|true|false)\Z", re.IGNORECASE), "some programs read it as yes or no"),
    (re.compile(r"[-+]?0[0-7_]+\Z|[-+]?0[xob][0-9a-fA-F_]+\Z"), "some programs read it as an octal or hexadecimal number"),
    (re.compile(r"[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?\Z"), "some programs read it as a number to base 60"),
    (re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?\Z"), "some programs read it as a date"),
    (re.compile(r"[-+]?\.?(?:inf|nan)\Z", re.IGNORECASE), "it is no finite number"),
    (re.compile(r"[-+]?(?:\d[\d_,]*\.?[\d_]*|\.\d+)(?:[eE][-+]?\d+)?\Z"), "it is no plain decimal number"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Characters that nobody sees and that change how a line is read, its direction included."""


@dataclass(frozen=True)
class Place:
    """A line of a file."""

    file: str
    line: int


@dataclass
class Places:
    """Where each key of each map, and each entry of each list, was written."""

    _by_key: dict[tuple[int, object], Place] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)

    def note(self, container: object, key: object, place: Place) -> None:
        """Remember where *key* of *container* stands; the container is kept, so that its identity stays its own."""
        self._by_key[id(container), key] = place
        self._kept.append(container)

    def of(self, container: object, key: object) -> Place | None:
        """The place of *key* in *container*."""
        return self._by_key.get((id(container), key))

    def along(self, data: object, path: tuple[object, ...]) -> Place | None:
        """The place nearest to *path* below *data*; steps that are no keys (names of alternatives) are passed over."""
        found = None
        for step in path:
            inside = step in data if isinstance(data, Mapping) else isinstance(data, tuple) and step in range(len(data))
            if inside:
                found = self.of(data, step) or found
                data = data[step]  # type: ignore[index]
        return found


@dataclass(frozen=True)
class Document:
    """The content of one YAML file; maps are dicts, lists are tuples."""

    path: Path
    data: Any
    places: Places
    whole: bool = True
    """False where the file could not be read at all."""


class Strict(BaseModel):
    """A model of a parameter file: frozen, typed strictly, unknown keys reported with the nearest known one."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _report_unknown_keys(cls, data: Any, info: ValidationInfo) -> Any:  # noqa: ANN401  (whatever the file holds)
        if isinstance(data, Mapping) and isinstance(info.context, dict) and "unknown" in info.context:
            known = [item.alias or name for name, item in cls.model_fields.items()]
            info.context["unknown"] += [(data, key, known) for key in data if key not in known]
        return data


Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path, places: Places | None = None, faults: FaultList | None = None) -> Document:
    """Read one parameter file.

    Args:
        path: A UTF-8 text file of at most one megabyte.
        places: Where to note the lines; a new one when not given.
        faults: Where to note what is wrong and go on with what could be read; without it every fault is raised.

    Raises:
        WorkbenchError: every surprise in the file, and the first syntax error, unless *faults* takes them.
    """
    found = FaultList()
    name = shown(path)
    places = places if places is not None else Places()
    data, whole = None, False
    with found.collecting():
        text = _text(path, name, found)
        _refuse_aliases(text, name, found)
        node = _compose(text, name, found)
        data = _Builder(name, places, found).build(node, 0) if node is not None else None
        whole = True
    ordered = found.in_order()
    if faults is None:
        ordered.stop_if_any()
    else:
        faults.extend(ordered)
    return Document(path, data, places, whole)


def read_model(path: Path, model: type[Model]) -> tuple[Model, Document]:
    """Read one parameter file and check it against *model*, every fault at once.

    Raises:
        WorkbenchError: every surprise in the file, unknown and missing keys and wrong values, each with its line.
    """
    faults = FaultList()
    document = read_yaml(path, faults=faults)
    content = checked(model, document.data, document.places, path, faults) if document.whole else None
    faults.in_order().stop_if_any()
    assert content is not None, "what is not valid has a fault"
    return content, document


def _text(path: Path, name: str, faults: FaultList) -> str:
    if not path.is_file():
        problem = "this is a folder, not a file." if path.is_dir() else "there is no such file."
        raise WorkbenchError(Fault(problem=problem, file=name, fix="correct the path."))
    if path.stat().st_size > MAX_BYTES:
        problem, allowed = f"the file has {path.stat().st_size:,} bytes.", f"at most {MAX_BYTES:,} bytes"
        raise WorkbenchError(Fault(problem=problem, file=name, allowed=allowed, fix="is it the right file? split it if it is."))
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problem, fix = "the file is not UTF-8 text.", "save it as UTF-8 in the editor."
        raise WorkbenchError(Fault(problem=problem, file=name, line=line, allowed="UTF-8", fix=fix)) from error
    for number, words in enumerate(text.split("\n"), start=1):
        for bad in dict.fromkeys(_CONTROL.findall(words)):
            faults.add(f"invisible character U+{ord(bad):04X}.", file=name, line=number, allowed="plain text", fix="delete it.")
    return text


def _refuse_aliases(text: str, name: str, faults: FaultList) -> None:
    """Anchors and aliases can make a small file explode; the parameter files need none."""
    if not _ALIAS.search(text):
        return
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            anchor = getattr(event, "anchor", None)
            if anchor:
                sign = "alias `*" if isinstance(event, yaml.AliasEvent) else "anchor `&"
                fix = "write the value out, or put text that begins so in quotes."
                line = event.start_mark.line + 1 if event.start_mark else None
                faults.add(f"{sign}{short(anchor)}`.", file=name, line=line, allowed="plain values", fix=fix)
    except yaml.YAMLError:
        return  # composing reports it with its line


def _compose(text: str, name: str, faults: FaultList) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        tab = mark is not None and "\t" in text.splitlines()[min(mark.line, text.count("\n"))]
        what = str(error.problem or error.context)
        fix = next(
            (fix for words, fix in _SYNTAX.items() if words in what), "check quotes, colons and indentation near this line."
        )
        fix = "indent with spaces, not tabs." if tab else fix
        raise WorkbenchError(Fault(problem=f"this is not valid YAML: {what}.", file=name, line=line, fix=fix)) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        problem = f"character U+{error.character:04X} cannot stand in YAML."
        fault = Fault(problem=problem, file=name, line=line, allowed="plain text", fix="delete it.")
        raise WorkbenchError(*() if any(known.line == line for known in faults) else (fault,)) from error
    except RecursionError as error:
        problem, allowed = "the file is nested too deeply.", f"at most {MAX_DEPTH} levels"
        raise WorkbenchError(Fault(problem=problem, file=name, allowed=allowed, fix="flatten it.")) from error


_SYNTAX = {
    "another document": "a file holds one document: delete the line `---`.",
    "undefined alias": "put text that begins with `*` in quotes.",
    "mapping values are not allowed": "put text that holds a colon in quotes, or begin a new line.",
    "found unexpected end of stream": "close the quote or bracket.",
}
"""What the parser says, and how to mend it."""


class _Builder:
    """Turns nodes into dicts, tuples and plain values and notes where each stands."""

    def __init__(self, name: str, places: Places, faults: FaultList) -> None:
        self.name, self.places, self.faults = name, places, faults
        self.built: set[int] = set()

    def build(self, node: yaml.Node, depth: int) -> Any:  # noqa: ANN401  (whatever the file holds)
        """The value of any node."""
        if id(node) in self.built:
            return None  # an alias, which is a fault already: it is never followed
        self.built.add(id(node))
        if depth > MAX_DEPTH:
            self.fault(node, "the file is nested too deeply.", allowed=f"at most {MAX_DEPTH} levels", fix="flatten it.")
            return None
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rsplit(":", 1)[1] not in {"str", "seq", "map"}:
            self.fault(node, f"tag `{short(node.tag)}`.", allowed="plain values", fix="delete the tag.")
            return None
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            return self.sequence(node, depth)
        assert isinstance(node, yaml.ScalarNode), "YAML has three kinds of nodes"
        return self.scalar(node)

    def mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        """A map; a repeated key is a fault."""
        data: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
            if not isinstance(key_node, yaml.ScalarNode) or key == "<<":
                self.fault(key_node, "a key must be a plain word.", allowed="a word", fix="write the keys out, one a line.")
            elif key in data:
                problem = f"key `{short(key)}` appears twice; first on line {first[key]}."
                self.fault(key_node, problem, allowed="each key once", fix="keep one of the two.")
            else:
                data[key] = self.build(value_node, depth + 1)
                first[key] = line
                self.places.note(data, key, Place(self.name, line))
        return data

    def sequence(self, node: yaml.SequenceNode, depth: int) -> tuple[Any, ...]:
        """A list, as a tuple."""
        data = tuple(self.build(child, depth + 1) for child in node.value)
        for position, child in enumerate(node.value):
            self.places.note(data, position, Place(self.name, child.start_mark.line + 1))
        return data

    def scalar(self, node: yaml.ScalarNode) -> str | int | float | bool | None:
        """A plain value; what could be meant otherwise is a fault."""
        text: str = node.value
        if node.style:  # quoted or a block: meant as text
            return text
        if text in _NULL:
            return None
        if text in {"true", "false"}:
            return text == "true"
        if _INT.match(text) or _FLOAT.match(text):
            return self.number(node, text)
        why = next((why for pattern, why in _DOUBTFUL if pattern.match(text)), None)
        if why:
            fix = f'write "{short(text)}" in quotes if it is text; a number as 10 or 0.5; yes or no as true or false.'
            self.fault(node, f"`{short(text)}` is doubtful: {why}.", allowed="text in quotes, or a plain value", fix=fix)
        return text

    def number(self, node: yaml.ScalarNode, text: str) -> int | float | None:
        """A decimal number that can be held."""
        if len(text) > MAX_DIGITS or not math.isfinite(float(text)):
            allowed = f"a finite number of at most {MAX_DIGITS} digits"
            self.fault(node, f"`{short(text)}` is no number that can be held.", allowed=allowed, fix="correct it.")
            return None
        return int(text) if _INT.match(text) else float(text)

    def fault(self, node: yaml.Node, problem: str, allowed: str = "", fix: str = "") -> None:
        """Note a fault at a node."""
        self.faults.add(problem, file=self.name, line=node.start_mark.line + 1, allowed=allowed, fix=fix)


def validate(model: type[Model], data: object, places: Places, file: Path) -> Model:
    """Check *data* against *model*.

    Raises:
        WorkbenchError: every unknown key, missing key and wrong value, each with its file and line.
    """
    faults = FaultList()
    result = checked(model, data, places, file, faults)
    faults.stop_if_any()
    assert result is not None, "what is not valid has a fault"
    return result


def checked(model: type[Model], data: object, places: Places, file: Path, faults: FaultList) -> Model | None:
    """Check *data* against *model*, and go on.

    Args:
        model: What the file must be.
        data: What it is.
        places: The lines of its keys.
        file: Named where a fault has no line.
        faults: Where to note what is wrong, save on lines that have a fault already.

    Returns:
        The model, or None where anything is wrong.
    """
    found = FaultList()
    context: dict[str, Any] = {"unknown": []}
    result = None
    try:
        result = model.model_validate(data, context=context)
    except ValidationError as error:
        for item in error.errors():
            note(found, item, places.along(data, tuple(item["loc"])) or Place(shown(file), 1))
    for container, key, known in context["unknown"]:
        place = places.of(container, key) or Place(shown(file), 1)
        fix = suggestion(str(key), [name for name in known if name not in container]) or "delete it or correct it."
        found.add(f"unknown key `{short(key)}`.", file=place.file, line=place.line, allowed=one_of(known, 20), fix=fix)
    lines = {(fault.file, fault.line) for fault in faults}
    faults.extend(fault for fault in found if (fault.file, fault.line) not in lines)
    return result if not len(found) else None
