"""The reference of parameter files, made from their models, so that it cannot say anything else than the reader does.

One table per kind of map: key, what it takes, what it is when left out, what it means. The meaning is the docstring
that stands under the key in the source. Nothing is written but the page that is asked for.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Mapping
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from workbench import amendments, framework_model
from workbench.methods import REGISTERED
from workbench.rules import Rules
from workbench.run_file import RunFile
from workbench.uncertainty import Spec

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic.fields import FieldInfo

__all__ = ["meanings", "models", "schema_page", "write_schema_page"]

ROOTS: dict[str, type[BaseModel]] = {
    "Framework": framework_model.Definition,
    "Workshop": amendments.WorkshopFile,
    "Run": RunFile,
    "Uncertainty": Spec,
    "Rules of a workshop": Rules,
}
INTRO = """# Keys of the parameter files

Made from the models that read the files. A key without a default has to be there. What each part is for is told in
[parameter files](parameters.md).
"""


def write_schema_page(path: Path) -> None:
    """Write the page, unless it is there as it should be: a builder that watches the file then has nothing to do."""
    text = schema_page()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def schema_page() -> str:
    """The page as Markdown."""
    parts = [INTRO]
    done: set[type[BaseModel]] = set()
    for title, root in ROOTS.items():
        parts.append(f"\n## {title}\n")
        parts += [_section(model) for model in models(root) if model not in done]
        done |= set(models(root))
    parts.append("\n## Normalisations that have a file of their own\n\n| method | what it does | source |\n|---|---|---|")
    parts += [f"| `{scale.name}` | {_cell(scale.en)} | {_cell(scale.source)} |" for scale in REGISTERED.values()]
    return "\n".join(parts) + "\n"


def _section(model: type[BaseModel]) -> str:
    told = meanings(model)
    rows = [
        f"| `{field.alias or name}` | {_cell(_kind(field))} | {_cell(_default(field))} | {_cell(told.get(name, ''))} |"
        for name, field in model.model_fields.items()
    ]
    doc = inspect.cleandoc(model.__doc__ or "").splitlines()[0]
    return "\n".join(
        [f"### {model.__name__}\n", f"{doc}\n", "| key | takes | default | meaning |", "|---|---|---|---|", *rows, ""]
    )


def models(root: type[BaseModel]) -> list[type[BaseModel]]:
    """*root* and every model below it, each once."""
    found: dict[type[BaseModel], None] = {}
    waiting = [root]
    while waiting:
        model = waiting.pop(0)
        if model not in found:
            found[model] = None
            waiting += [below for field in model.model_fields.values() for below in _models(field.annotation)]
    return list(found)


def _models(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401  (any annotation)
    """The models an annotation speaks of, in order."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation] if annotation.__name__ != "Text" else []
    return [found for part in getattr(annotation, "__args__", ()) for found in _models(part)]


def _kind(field: FieldInfo) -> str:
    limits = [f"{sign} {getattr(rule, key)}" for rule in field.metadata for key, sign in _LIMITS.items() if hasattr(rule, key)]
    return ", ".join([_type(field.annotation), *limits])


def _type(annotation: Any) -> str:  # noqa: ANN401  (any annotation)
    """What may be written, in words of the files rather than of Python."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inside[0])
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in inside)
    if origin in {Union, UnionType}:
        return " or ".join(dict.fromkeys(_type(part) for part in inside if part is not type(None)))
    if origin is not None and inside and issubclass(origin, Mapping):
        return f"map of {_type(inside[0])} to {_type(inside[1])}"
    if origin is not None and inside:
        return f"list of {' and '.join(dict.fromkeys(_type(part) for part in inside if part is not Ellipsis))}"
    name = getattr(annotation, "__name__", str(annotation))
    return _WORDS.get(name, name)


_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Text": "text in `th` and `en`"}
_LIMITS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value = field.default
    if value is PydanticUndefined or isinstance(value, BaseModel):
        return "as below"
    return f"`{value}`" if value not in (None, (), "") else "none"


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """The docstring under each key, of the model and of what it inherits from."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if not issubclass(kind, BaseModel) or kind.__module__.startswith("pydantic"):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        nodes = body.body if isinstance(body, ast.ClassDef) else []
        for node, after in itertools.pairwise(nodes):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(after, ast.Expr):
                text = getattr(after.value, "value", "")
                found[node.target.id] = " ".join(str(text).split())
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
