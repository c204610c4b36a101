"""YAML without surprises, checked against a model, every fault with file and line.

Text stays text unless it is plainly `null`, `true`, `false` or a decimal number. What YAML would
silently turn into something else (`no`, `010`, `1:30`, `2559-05-23`, tags, repeated keys, anchors)
is refused with the way to write it. Nothing is repaired or guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

from workbench.errors import FaultList, one_of, suggestion
from workbench.paths import shown

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Document", "Place", "Places", "Strict", "read_yaml", "validate"]

MAX_BYTES = 1_000_000
"""No hand-written parameter file comes near it; refused before parsing."""
MAX_DEPTH = 30

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
    (re.compile(r"[-+]?\.(?:inf|nan)\Z", re.IGNORECASE), "it is no finite number"),
    (re.compile(r"[-+]?(?:\d[\d_,]*\.?[\d_]*|\.\d+)(?:[eE][-+]?\d+)?\Z"), "it is no plain decimal number"),
)


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


def read_yaml(path: Path, places: Places | None = None) -> Document:
    """Read one parameter file.

    Args:
        path: A UTF-8 text file of at most one megabyte.
        places: Where to note the lines; a new one when not given.

    Raises:
        WorkbenchError: every surprise in the file, or the first syntax error.
    """
    faults = FaultList()
    name = shown(path)
    text = _text(path, name, faults)
    places = places if places is not None else Places()
    _refuse_aliases(text, name, faults)
    faults.stop_if_any()
    node = _compose(text, name)
    builder = _Builder(name, places, faults)
    data = builder.build(node, 0) if node is not None else None
    faults.stop_if_any()
    return Document(path, data, places)


def _text(path: Path, name: str, faults: FaultList) -> str:
    if not path.is_file():
        problem = "this is a folder, not a file." if path.is_dir() else "there is no such file."
        faults.add(problem, file=name, fix="correct the path.")
    elif path.stat().st_size > MAX_BYTES:
        faults.add(f"the file has {path.stat().st_size:,} bytes.", file=name, allowed=f"at most {MAX_BYTES:,} bytes")
    faults.stop_if_any()
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        faults.add("the file is not UTF-8 text.", file=name, line=line, fix="save it as UTF-8 in the editor.")
        faults.stop_if_any()
    bad = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
    if bad:
        line = text[: bad.start()].count("\n") + 1
        faults.add(f"control character U+{ord(bad.group()):04X}.", file=name, line=line, fix="delete it.")
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
                faults.add(f"{sign}{anchor}`.", file=name, line=line, allowed="plain values", fix=fix)
    except yaml.YAMLError:
        return  # composing reports it with its line


def _compose(text: str, name: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        faults = FaultList()
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        tab = mark is not None and "\t" in text.splitlines()[min(mark.line, text.count("\n"))]
        fix = "indent with spaces, not tabs." if tab else "check quotes, colons and indentation near this line."
        faults.add(f"this is not valid YAML: {error.problem or error.context}.", file=name, line=line, fix=fix)
        faults.stop_if_any()
    except RecursionError:
        faults = FaultList()
        faults.add("the file is nested too deeply.", file=name, allowed=f"at most {MAX_DEPTH} levels")
        faults.stop_if_any()
    return None


class _Builder:
    """Turns nodes into dicts, tuples and plain values and notes where each stands."""

    def __init__(self, name: str, places: Places, faults: FaultList) -> None:
        self.name, self.places, self.faults = name, places, faults

    def build(self, node: yaml.Node, depth: int) -> Any:  # noqa: ANN401  (whatever the file holds)
        """The value of any node."""
        if depth > MAX_DEPTH:
            self.fault(node, "the file is nested too deeply.", allowed=f"at most {MAX_DEPTH} levels")
            return None
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.rsplit(":", 1)[1] not in {"str", "seq", "map"}:
            self.fault(node, f"tag `{node.tag}`.", allowed="plain values", fix="delete the tag.")
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
                self.fault(key_node, "a key must be a plain word.")
            elif key in data:
                self.fault(key_node, f"key `{key}` appears twice; first on line {first[key]}.", fix="keep one of the two.")
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
        if _INT.match(text):
            return int(text)
        if _FLOAT.match(text):
            return float(text)
        why = next((why for pattern, why in _DOUBTFUL if pattern.match(text)), None)
        if why:
            fix = f'write "{text}" in quotes if it is text; a number as 10 or 0.5; yes or no as true or false.'
            self.fault(node, f"`{text}` is doubtful: {why}.", fix=fix)
        return text

    def fault(self, node: yaml.Node, problem: str, allowed: str = "", fix: str = "") -> None:
        """Note a fault at a node."""
        self.faults.add(problem, file=self.name, line=node.start_mark.line + 1, allowed=allowed, fix=fix)


def validate(model: type[Model], data: object, places: Places, file: Path) -> Model:
    """Check *data* against *model*.

    Raises:
        WorkbenchError: every unknown key, missing key and wrong value, each with its file and line.
    """
    faults = FaultList()
    context: dict[str, Any] = {"unknown": []}
    result = None
    try:
        result = model.model_validate(data, context=context)
    except ValidationError as error:
        for item in error.errors():
            _note(faults, item, data, places, file)
    for container, key, known in context["unknown"]:
        place = places.of(container, key) or Place(shown(file), 1)
        fix = suggestion(str(key), [name for name in known if name not in container]) or "delete it or correct it."
        faults.add(f"unknown key `{key}`.", file=place.file, line=place.line, allowed=one_of(known, 20), fix=fix)
    faults.stop_if_any()
    assert result is not None, "pydantic either returns or raises"
    return result


_SORTS = {
    "string_type": "text", "int_type": "a whole number", "float_type": "a number", "bool_type": "true or false",
    "tuple_type": "a list", "model_type": "a map of keys", "model_attributes_type": "a map of keys", "dict_type": "a map of keys",
    "finite_number": "a finite number", "int_from_float": "a whole number", "list_type": "a list",
}  # fmt: skip
_LIMITS = {
    "greater_than": ("gt", "above {}"), "greater_than_equal": ("ge", "{} or more"), "less_than": ("lt", "below {}"),
    "less_than_equal": ("le", "{} or less"), "too_short": ("min_length", "at least {} entries"),
    "string_too_short": ("min_length", "text that is not empty"), "literal_error": ("expected", "{}"),
    "union_tag_invalid": ("expected_tags", "{}"), "string_pattern_mismatch": ("pattern", "text that matches {}"),
}  # fmt: skip


def _note(faults: FaultList, item: Mapping[str, Any], data: object, places: Places, file: Path) -> None:
    """One pydantic error as a fault in our words."""
    path, kind, context = tuple(item["loc"]), str(item["type"]), item.get("ctx", {})
    place = places.along(data, path) or Place(shown(file), 1)
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the file")
    where: dict[str, Any] = {"file": place.file, "line": place.line}
    got = _quoted(item["input"])
    if kind == "too_short" and len(item["input"]) >= context.get("min_length", 0):
        return  # its entries are faulty themselves and reported each
    if kind == "missing":
        faults.add(f"`{name}` is missing.", fix="add it.", **where)
    elif kind == "extra_forbidden":
        faults.add(f"unknown key `{name}`.", fix="delete it or correct it.", **where)
    elif kind == "unknown_name":
        allowed = str(context["allowed"])
        fix = suggestion(str(item["input"]), allowed.split(", ")) or "correct the name."
        faults.add(f"`{name}` is {got}.", value=got, allowed=allowed, fix=fix, **where)
    elif kind in {"union_tag_not_found", "union_tag_invalid"}:
        key = str(context.get("discriminator", "type")).strip("'")
        got = _quoted(item["input"].get(key)) if isinstance(item["input"], Mapping) else got
        allowed = str(context.get("expected_tags", ""))
        faults.add(f"`{name}` has no valid `{key}`; got {got}.", value=got, allowed=allowed, fix=f"correct `{key}`.", **where)
    elif kind in _SORTS:
        faults.add(f"`{name}` must be {_SORTS[kind]}; got {got}.", value=got, allowed=_SORTS[kind], fix=_cure(kind, got), **where)
    elif kind in _LIMITS:
        key, words = _LIMITS[kind]
        allowed = words.format(context.get(key, "")).replace("'", "")
        fix = suggestion(str(item["input"]), re.split(r",\s*|\s+or\s+", allowed)) if kind == "literal_error" else ""
        faults.add(f"`{name}` is {got}.", value=got, allowed=allowed, fix=fix or "correct the value.", **where)
    else:
        message = str(context.get("error", item["msg"]))
        problem, _, fix = message.partition(" | ")
        faults.add(f"`{name}`: {problem}" if path else problem, fix=fix or "correct the value.", **where)


def _quoted(value: object) -> str:
    """A found value in words, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, tuple | list):
        return "a list"
    text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004  (one line of a terminal)


def _cure(kind: str, got: str) -> str:
    """What to write instead."""
    if kind == "string_type" and got not in {"nothing", "a map", "a list"}:
        return f'write "{got}" in quotes.'
    if kind in {"float_type", "int_type"} and got.startswith('"'):
        return "write the number without quotes."
    return "correct the value."
