"""JSON schemas of the parameter files, made from the models that check them.

An editor that knows them completes keys and marks mistakes while one writes. They say less than `workbench check`:
what must hold between the parts of a framework is checked there only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.amendments import WorkshopFile
from workbench.framework_model import Definition, Group
from workbench.rules import Rules
from workbench.run_file import RunFile
from workbench.schema_page import meanings, models
from workbench.uncertainty import Spec

if TYPE_CHECKING:
    from pydantic import BaseModel

__all__ = ["schemas"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FILES: dict[str, tuple[type[BaseModel], str]] = {
    "framework": (Definition, "framework.yaml of an edition, or a file that holds all of it"),
    "pillar": (Group, "a pillar's file"),
    "workshop": (WorkshopFile, "amendments of a workshop"),
    "run": (RunFile, "a run"),
    "uncertainty": (Spec, "factors of uncertainty"),
    "rules": (Rules, "cut-offs by which ratings become proposals"),
}
POINTER = {
    "type": "object",
    "properties": {"file": {"type": "string"}, "weight": {"type": "number", "minimum": 0}},
    "required": ["file"],
    "additionalProperties": False,
}
"""A pillar that is in a file of its own."""


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file, by its name; unknown keys are refused, as the reader does."""
    found = {}
    for name, (model, words) in FILES.items():
        content = _strict(_described(model.model_json_schema(by_alias=True), model))
        if name == "framework":
            pillars = content["properties"]["pillars"]
            pillars["items"] = {"anyOf": [pillars["items"], POINTER]}
        found[name] = {"$schema": DRAFT, "title": words} | {key: value for key, value in content.items() if key != "title"}
    return found


def _described(content: dict[str, Any], root: type[BaseModel]) -> dict[str, Any]:
    """What each key means, for editors that show it."""
    for model in models(root):
        shape = content if model is root else content.get("$defs", {}).get(model.__name__, {})
        if "$ref" in shape:  # a root that holds itself
            shape = content["$defs"][model.__name__]
        for name, words in meanings(model).items():
            key = model.model_fields[name].alias or name
            shape.get("properties", {}).get(key, {}).setdefault("description", words)
    return content


def _strict(node: Any) -> Any:  # noqa: ANN401  (any part of a schema)
    """Every map of keys refuses others."""
    if isinstance(node, dict):
        made = {key: _strict(value) for key, value in node.items()}
        return made | ({"additionalProperties": False} if "properties" in made and made.get("type") == "object" else {})
    return [_strict(value) for value in node] if isinstance(node, list) else node
