"""What a model refuses, in our words: which key of which line, what stands there, what may stand there, and the fix.

Only words: what is refused is decided by the models. A found text is cut to one line of a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import suggestion
from workbench.text import LANGUAGES

if TYPE_CHECKING:
    from workbench.errors import FaultList
    from workbench.strictyaml import Place

__all__ = ["note", "short"]

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


def note(faults: FaultList, item: Mapping[str, Any], place: Place) -> None:
    """Note one error of pydantic, found at *place*, as a fault."""
    path, kind, context = tuple(item["loc"]), str(item["type"]), item.get("ctx", {})
    name = next((str(step) for step in reversed(path) if isinstance(step, str)), "the file")
    where: dict[str, Any] = {"file": place.file, "line": place.line}
    got = _quoted(item["input"])
    if kind == "too_short" and len(item["input"]) >= context.get("min_length", 0):
        return  # its entries are faulty themselves and reported each
    if kind == "missing":
        faults.add(f"`{name}` is missing.", allowed=f"`{name}` is needed", fix="add it.", **where)
    elif kind == "extra_forbidden":
        # Only texts forbid keys by themselves; all other models report unknown ones with what they know.
        fix = suggestion(name, LANGUAGES) or "delete it or correct it."
        faults.add(f"unknown key `{short(name)}`.", allowed=", ".join(LANGUAGES), fix=fix, **where)
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
        problem, fix, allowed = (*message.split(" | "), "", "")[:3]
        faults.add(f"`{name}`: {problem}" if path else problem, allowed=allowed, fix=fix or "correct the value.", **where)


def _quoted(value: object) -> str:
    """A found value in words, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, tuple | list):
        return "a list"
    return short(f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value))


def short(text: object) -> str:
    """A found text, short enough for one line of a terminal."""
    words = str(text)
    return words if len(words) <= 60 else f"{words[:57]}..."  # noqa: PLR2004  (one line of a terminal)


def _cure(kind: str, got: str) -> str:
    """What to write instead."""
    if kind == "string_type" and got not in {"nothing", "a map", "a list"}:
        return f'write "{got}" in quotes.'
    if kind in {"float_type", "int_type"} and got.startswith('"'):
        return "write the number without quotes."
    return "correct the value."
