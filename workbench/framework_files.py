"""Reading a framework's files: the tree put together and checked.

The shapes of the parts, and what each must keep by itself, are in `framework_model`; what must hold between them is in
`framework_rules`. Every fault of all files is reported at once.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import FaultList
from workbench.framework_model import POINT_SCALE, POINTS, UNSET, Definition, Group, Indicator, Normalisation
from workbench.framework_rules import check_tree
from workbench.paths import shown
from workbench.strictyaml import Place, Places, checked, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["define", "filled", "plain", "read_tree", "sources_of", "tuples", "walk"]


def filled(node: Group | Indicator, inherited: Normalisation | None) -> Group | Indicator:
    """*node* with the normalisation of its group, or the method's, where an indicator has none of its own."""
    if isinstance(node, Group):
        below = node.normalisation or inherited
        return node.model_copy(update={"children": tuple(filled(child, below) for child in node.children)})
    if "normalisation" in node.model_fields_set:
        return node
    # Points run from 0 to 1 by definition, so a question that gives points needs no other scale.
    return node.model_copy(update={"normalisation": POINT_SCALE if isinstance(node.question, POINTS) else inherited or UNSET})


def walk(children: Iterable[Group | Indicator], parent: str) -> Iterator[tuple[Group | Indicator, str]]:
    """Every element below, with its parent's id, in the order of the files."""
    for node in children:
        yield node, parent
        if isinstance(node, Group):
            yield from walk(node.children, node.id)


def read_tree(main: Path, places: Places, faults: FaultList) -> tuple[Any, bool]:
    """The main file with its pillar files put in place of `{file, weight}`, and whether every file could be read."""
    document = read_yaml(main, places, faults)
    data, whole = document.data, document.whole
    if not isinstance(data, dict) or not isinstance(data.get("pillars"), tuple):
        return data, whole
    found: list[tuple[Any, Place]] = []
    named: dict[str, Place] = {}
    for position, entry in enumerate(data["pillars"]):
        pillar = _pillar(entry, main, places, faults, named) if isinstance(entry, dict) and "file" in entry else entry
        whole = whole and pillar is not None
        if pillar is not None:
            found.append((pillar, places.of(data["pillars"], position) or Place(shown(main), 1)))
    data["pillars"] = tuple(pillar for pillar, _ in found)
    for position, (_, place) in enumerate(found):
        places.note(data["pillars"], position, place)
    return data, whole


def _pillar(entry: Any, main: Path, places: Places, faults: FaultList, named: dict[str, Place]) -> Any:  # noqa: ANN401
    """The pillar that an entry of the main file names; None where it cannot be had."""
    here = places.of(entry, "file") or Place(shown(main), 1)
    where: dict[str, Any] = {"file": here.file, "line": here.line}
    for key in entry.keys() - {"file", "weight"}:
        faults.add(f"unknown key `{key}`.", allowed="file, weight", fix="move it to the file.", **where)
    name = entry["file"]
    if not isinstance(name, str) or Path(name).is_absolute() or ".." in Path(name).parts:
        allowed = "a file in the edition's folder"
        faults.add(f'`file` is "{name}".', allowed=allowed, fix="write the name of the pillar's file.", **where)
        return None
    if name in named or name == main.name:
        problem = f"`{name}` is named again; first on line {named[name].line}." if name in named else f"`{name}` names itself."
        faults.add(problem, allowed="each file once", fix="name another file, or delete this entry.", **where)
        return None
    named[name] = here
    document = read_yaml(main.parent / name, places, faults)
    if not document.whole:
        return None
    pillar = document.data
    if not isinstance(pillar, dict):
        got = "is empty" if pillar is None else "holds no keys"
        fix = "write a pillar in it, or delete its name from the main file."
        faults.add(f"the file {got}.", file=shown(main.parent / name), line=1, allowed="a pillar: id, label, children", fix=fix)
        return None
    if "weight" in entry:
        if "weight" in pillar:
            faults.add("`weight` stands here and in the pillar's file.", allowed="one of the two", fix="keep one.", **where)
        pillar["weight"] = entry["weight"]
        places.note(pillar, "weight", places.of(entry, "weight") or here)
    return pillar


def define(data: object, places: Places, main: Path, faults: FaultList | None = None, *, whole: bool = True) -> Definition:
    """The checked definition: shapes, and what must hold between the parts, all at once.

    Args:
        data: The tree as read.
        places: The lines of its keys.
        main: Named where a fault has no line.
        faults: What is wrong already; nothing more is said of those lines.
        whole: False where a file could not be read, so that nothing is called unused.

    Raises:
        WorkbenchError: every fault, those given before included.
    """
    found = FaultList()
    found.extend(faults or ())
    if not whole and isinstance(data, dict) and data.get("pillars") == ():
        found.in_order().stop_if_any()  # no pillar could be read, which is said already
    definition = checked(Definition, data, places, main, found)
    check_tree(data, places, main, found, whole=whole)
    found.in_order().stop_if_any()
    assert definition is not None, "what is not valid has a fault"
    return definition


def plain(definition: Definition) -> dict[str, Any]:
    """The definition as maps and lists that amendments can change."""
    return copy.deepcopy(definition.model_dump(mode="python", exclude_unset=True))


def tuples(node: Any, places: Places | None = None) -> Any:  # noqa: ANN401  (any part of a tree)
    """Lists as tuples, as the strict reader gives them; what *places* knows of a map it knows of its copy too."""
    if isinstance(node, dict):
        made: dict[str, Any] = {key: tuples(child, places) for key, child in node.items()}
        for key in node if places is not None else ():
            place = places.of(node, key)  # type: ignore[union-attr]
            if place is not None:
                places.note(made, key, place)  # type: ignore[union-attr]
        return made
    return tuple(tuples(child, places) for child in node) if isinstance(node, list | tuple) else node


def sources_of(main: Path) -> tuple[str, ...]:
    """The edition's files: all of its folder, or the one file that holds it."""
    folder = sorted(main.parent.glob("*.yaml")) if main.name == "framework.yaml" else [main]
    return tuple(shown(path) for path in folder)
