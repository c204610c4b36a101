"""The parameters of a notebook: what its tagged cell declares, checked against what a run file gives.

A parameter is a plain assignment with a literal default; its type is the annotation or the type of
the default. Names that a notebook does not declare and values of another type are refused before
anything runs: papermill pastes names as code, warns of unknown ones, and writes Thai as escapes.
"""

from __future__ import annotations

import ast
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.errors import Fault, WorkbenchError, one_of, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import nbformat

__all__ = ["INJECTED", "Declared", "bound", "declared", "injected", "put_in"]

INJECTED = "injected"
"""Id of the cell that sets the values of a run."""

TYPES: dict[str, type] = {
    "str": str, "int": int, "float": float, "bool": bool, "list": list, "tuple": tuple, "dict": dict, "date": dt.date,
}  # fmt: skip
WORDS = {
    "str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list",
    "tuple": "a list", "dict": "a map", "date": 'a date of the Christian Era in quotes, "2016-05-23"',
}  # fmt: skip


@dataclass(frozen=True)
class Declared:
    """One parameter of a notebook."""

    name: str
    kind: str
    """Name of its type; empty where the default is None and any plain value is taken."""
    default: object
    items: str = ""
    """Name of the type of the items of a list or tuple; empty where any plain value is taken."""


def declared(source: str) -> dict[str, Declared]:
    """The parameters that the source of a parameters cell declares, by name.

    Raises:
        ValueError: the source is no Python, or a default is no literal.
    """
    found: dict[str, Declared] = {}
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                default = _literal(name, value)
                found[name] = Declared(name, "" if default is None else type(default).__name__, default)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=ast.expr() as value):
                kind = ast.unparse(annotation)
                found[name] = Declared(name, _kind(kind), _literal(name, value), _kind(_inside(kind)))
    return found


def _kind(annotation: str) -> str:
    kind = annotation.split("|", maxsplit=1)[0].split("[", maxsplit=1)[0].strip().rsplit(".", 1)[-1]
    return kind if kind in TYPES else ""


def _inside(annotation: str) -> str:
    """What stands in the brackets of a list or tuple, `int` of `list[int]` and of `tuple[int, ...]`."""
    head, _, rest = annotation.split("|", maxsplit=1)[0].strip().removesuffix("]").partition("[")
    return rest.removesuffix(", ...") if head in {"list", "tuple"} and ", " not in rest.removesuffix(", ...") else ""


def _literal(name: str, value: ast.expr) -> object:
    match value:
        case ast.Call(func=ast.Name(id="date") | ast.Attribute(attr="date"), args=arguments, keywords=[]):
            return dt.date(*(ast.literal_eval(argument) for argument in arguments))
    try:
        return ast.literal_eval(value)
    except ValueError:
        raise ValueError(f"the default of `{name}` is no literal: {ast.unparse(value)}") from None


def bound(given: Mapping[str, object], known: Mapping[str, Declared], note: Callable[..., None]) -> dict[str, object]:
    """*given* as the notebook will have it; faults go to *note* with the name of the parameter first."""
    found: dict[str, object] = {}
    free = {name: item for name, item in known.items() if name != "run"}
    for name, value in given.items():
        if name not in free:
            fix = suggestion(name, free) or "name one of these, or declare it in the cell tagged `parameters`."
            note(name, f"the notebook has no parameter `{name}`.", allowed=one_of(free) or "none", fix=fix)
            continue
        try:
            found[name] = _whole(value, free[name])
        except (ValueError, TypeError):
            items = f" of which each is {WORDS[free[name].items]}" if free[name].items else ""
            kind = WORDS[free[name].kind] + items
            note(name, f"`{name}` is {value!r}.", allowed=kind, fix=f"the notebook has {free[name].default!r}; give {kind}.")
    return found


def _whole(value: object, known: Declared) -> object:
    """*value* as declared, with its items where these are."""
    found = _converted(value, known.kind)
    return (
        type(found)(_converted(item, known.items) for item in found) if known.items and isinstance(found, list | tuple) else found
    )


def _converted(value: object, kind: str) -> object:
    """*value* as *kind*: a whole number is a number, a text may be a date, nothing else changes its type."""
    if kind == "date" and isinstance(value, str):
        return dt.date.fromisoformat(value)
    if kind == "float" and type(value) is int:
        return float(value)
    if kind == "tuple" and isinstance(value, list | tuple):
        return tuple(value)
    if kind == "list" and isinstance(value, list | tuple):
        return list(value)
    if kind and type(value) is not TYPES[kind]:
        raise TypeError(kind)
    return value


def injected(values: Mapping[str, object]) -> str:
    """Python that sets *values*, readable as written: Thai stays Thai, dates stay dates.

    >>> print(injected({"name": "ความพร้อม", "share": 0.5, "since": dt.date(2016, 5, 23)}))
    import datetime
    <BLANKLINE>
    name = 'ความพร้อม'
    share = 0.5
    since = datetime.date(2016, 5, 23)
    """
    for name, value in values.items():
        if not name.isidentifier():
            raise WorkbenchError(Fault(problem=f"`{name}` is no name for a parameter.", fix="use letters, digits and _."))
        if not _plain(value):
            raise WorkbenchError(Fault(problem=f"`{name}` is {value!r}.", allowed="plain values", fix="give one of those."))
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    return "\n".join(["import datetime", "", *lines] if "datetime.date(" in "".join(lines) else lines)


def put_in(notebook: nbformat.NotebookNode, values: Mapping[str, object]) -> bool:
    """Set *values* in a cell of *notebook* after the last one tagged `parameters`; whether anything changed by that.

    The defaults stay in the notebook, so a parameter that is not given has its own. A cell that was put in before is
    replaced; where no cell is tagged, it comes first.
    """
    from nbformat.v4 import new_code_cell  # noqa: PLC0415  (slow to import, and only needed where notebooks are)

    cell = new_code_cell(injected(values), id=INJECTED, metadata={"tags": ["injected-parameters"]})  # type: ignore[no-untyped-call]
    before = [found for found in notebook.cells if found.get("id") == INJECTED]
    if [cell.source] == [found.source for found in before]:
        return False
    notebook.cells = [found for found in notebook.cells if found.get("id") != INJECTED]
    tagged = [place for place, found in enumerate(notebook.cells) if "parameters" in found.metadata.get("tags", [])]
    notebook.cells.insert(tagged[-1] + 1 if tagged else 0, cell)
    return True


def _plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return all(_plain(part) for part in value)
    return value is None or type(value) in {str, int, float, bool, dt.date}
