"""Amendments that change the tree: elements added, dropped, moved, merged and split.

They are applied after all values are set, in an order that does not depend on the files: moves, merges, splits, drops,
then additions, each by id. Two accepted amendments that touch the same element, or one inside what the other removes,
are a conflict. An element goes where `after` says, else to the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import FaultList, one_of, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from workbench.amendments import Amendment

__all__ = ["STRUCTURAL", "check_structure", "elements", "restructure"]

STRUCTURAL = ("move", "merge", "split", "drop", "add")
"""Kinds that change the tree, in the order in which they are applied."""

Tree = dict[str, Any]


def elements(data: Mapping[str, Any]) -> dict[str, Tree]:
    """Every pillar, sub-pillar and indicator of a framework tree by its id."""
    found: dict[str, Tree] = {}
    waiting = [*data.get("pillars", ())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            found[str(node.get("id"))] = node
            waiting += [*node.get("children", ())]
    return found


def check_structure(data: Tree, changes: Sequence[Amendment], others: Sequence[Amendment], faults: FaultList) -> None:
    """Guards of all structural amendments, and conflicts between accepted ones.

    Args:
        data: The framework tree.
        changes: Structural amendments of any status.
        others: Those that set a value or reword.
        faults: Where faults are noted.
    """
    known, parents = elements(data), _parents(data)
    for item in changes:
        _check_ends(item, known, parents, faults)
        _check_guard(item, known, parents, faults)
    accepted = [item for item in changes if item.status == "accepted"]
    claims: dict[str, Amendment] = {}
    for item in sorted(accepted, key=_order):
        for name in dict.fromkeys(_claimed(item, known)):
            earlier = claims.setdefault(name, item)
            if earlier is not item:
                _conflict(earlier, item, name, faults)
    for item in others:
        if item.status == "accepted":
            name = _element_of(item.parameter, known)
            if name in claims and claims[name].kind in {"drop", "merge", "split"}:
                _conflict(claims[name], item, name, faults)


def _order(item: Amendment) -> tuple[int, str]:
    return STRUCTURAL.index(item.kind), item.id


def _note(item: Amendment, faults: FaultList, problem: str, **rest: str) -> None:
    faults.add(f"amendment {item.id}: {problem}", file=item.file, line=item.line, **rest)


def _check_ends(item: Amendment, known: Mapping[str, Tree], parents: Mapping[str, str], faults: FaultList) -> None:
    """Elements that an amendment names must be there, and what it adds must be an element with an id of its own."""
    places = {item.parameter: "parameter"} | dict.fromkeys(item.with_, "with")
    if item.kind == "move":
        places[str(item.to)] = "to"
    if item.after is not None:
        places[item.after] = "after"
    for name, key in places.items():
        root = name == "index" and (key == "to" or (item.kind == "add" and key == "parameter"))
        if name not in known and not root:
            allowed = one_of(sorted(known), 8)
            _note(
                item,
                faults,
                f"`{key}` names `{name}`, which is no element.",
                allowed=allowed,
                fix=suggestion(name, known) or "correct it.",
            )
    _check_new(item, known, faults)
    _check_place(item, known, parents, faults)


def _check_new(item: Amendment, known: Mapping[str, Tree], faults: FaultList) -> None:
    """What is added must be elements with ids of their own."""
    new = [*_new(item)]
    removed = {item.parameter, *item.with_} if item.kind in {"merge", "split"} else set()
    for node in new:
        if not isinstance(node, Mapping) or not isinstance(node.get("id"), str):
            _note(item, faults, "`to` is no element with an id.", fix="write it as in a pillar file.")
        elif node["id"] in known and node["id"] not in removed:
            _note(item, faults, f"there is an element `{node['id']}` already.", fix="give the new one its own id.")
    if item.kind == "split" and len(new) < 2:  # noqa: PLR2004  (one part is no split)
        _note(item, faults, "`to` has fewer than two elements.", fix="list the parts.")


def _check_place(item: Amendment, known: Mapping[str, Tree], parents: Mapping[str, str], faults: FaultList) -> None:
    """Elements go into groups, not into themselves, and are merged under one parent."""
    group = known.get(str(item.to)) if item.kind == "move" else known.get(item.parameter) if item.kind == "add" else None
    if group is not None and "children" not in group:
        _note(item, faults, f"`{group['id']}` is an indicator and holds no others.", fix="name a pillar or sub-pillar.")
    if item.kind == "move" and str(item.to) in {item.parameter, *_inside(known.get(item.parameter, {}))}:
        _note(item, faults, f"`{item.parameter}` cannot lie inside itself.", fix="name another group.")
    if item.kind == "merge" and len({parents.get(name) for name in (item.parameter, *item.with_) if name in parents}) > 1:
        _note(item, faults, "the merged elements have different parents.", fix="move them together first.")


def _check_guard(item: Amendment, known: Mapping[str, Tree], parents: Mapping[str, str], faults: FaultList) -> None:
    if item.expect is None or item.parameter not in known:
        return
    label = known[item.parameter].get("label")
    found = parents[item.parameter] if item.kind == "move" else label.get("en") if isinstance(label, Mapping) else None
    if found != item.expect:
        fix = "the edition changed since the workshop, or the guard is mistyped: read it again and correct `expect`."
        _note(item, faults, f"`{item.parameter}` was expected to be {item.expect}, but is {found}.", fix=fix)


def _new(item: Amendment) -> Iterator[Any]:
    """The elements that an amendment brings."""
    if item.kind in {"add", "merge"}:
        yield item.to
    elif item.kind == "split":
        yield from item.to if isinstance(item.to, list | tuple) else ()


def _claimed(item: Amendment, known: Mapping[str, Tree]) -> Iterator[str]:
    """Ids that no other accepted amendment may touch."""
    for name in (item.parameter, *item.with_) if item.kind != "add" else ():
        yield name
        if item.kind != "move":
            yield from _inside(known.get(name, {}))
    yield from (str(node["id"]) for node in _new(item) if isinstance(node, Mapping) and "id" in node)


def _conflict(one: Amendment, two: Amendment, name: str, faults: FaultList) -> None:
    problem = f"amendments {one.id} ({one.file}, line {one.line}) and {two.id} both touch `{name}`."
    faults.add(problem, file=two.file, line=two.line, fix="accept one of them.")


def _element_of(parameter: str, known: Iterable[str]) -> str:
    return max((name for name in known if parameter.startswith(f"{name}.")), key=len, default="")


def _inside(node: Mapping[str, Any]) -> Iterator[str]:
    for child in node.get("children", ()):
        yield str(child.get("id"))
        yield from _inside(child)


def _parents(data: Tree) -> dict[str, str]:
    found: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [("index", node) for node in data.get("pillars", ())]
    while waiting:
        parent, node = waiting.pop()
        if isinstance(node, dict):
            found[str(node.get("id"))] = parent
            waiting += [(str(node.get("id")), child) for child in node.get("children", ())]
    return found


def restructure(data: Tree, accepted: Sequence[Amendment]) -> None:
    """Apply accepted structural amendments, in place; they were checked before."""
    for item in sorted(accepted, key=_order):
        if item.kind == "add":
            _insert(data, item.parameter, _plain(item.to), item.after)
            continue
        known, parents = elements(data), _parents(data)
        siblings = _children(data, parents[item.parameter])
        place = siblings.index(known[item.parameter])
        node = siblings.pop(place)
        if item.kind == "move":
            _insert(data, str(item.to), node, item.after)
        elif item.kind == "merge":
            for name in item.with_:
                siblings.remove(known[name])
            siblings.insert(min(place, len(siblings)), _plain(item.to))
        elif item.kind == "split":
            siblings[place:place] = [_plain(part) for part in item.to]


def _children(data: Tree, parent: str) -> list[Any]:
    holder, key = (data, "pillars") if parent == "index" else (elements(data)[parent], "children")
    if not isinstance(holder[key], list):
        holder[key] = list(holder[key])
    return holder[key]  # type: ignore[no-any-return]


def _insert(data: Tree, parent: str, node: Any, after: str | None) -> None:  # noqa: ANN401  (an element)
    siblings = _children(data, parent)
    names = [str(child.get("id")) for child in siblings]
    siblings.insert(names.index(after) + 1 if after in names else len(siblings), node)


def _plain(value: Any) -> Any:  # noqa: ANN401  (whatever the file holds)
    if isinstance(value, Mapping):
        return {key: _plain(child) for key, child in value.items()}
    return [_plain(child) for child in value] if isinstance(value, list | tuple) else value
