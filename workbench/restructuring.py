"""Amendments that change the tree: elements added, dropped, moved, merged and split.

They are applied after all values are set, in an order that does not depend on the files: additions (a group before what
goes into it), moves, merges, splits, then drops, each by id. An element goes where `after` says, else to the end; the
merged one goes into the place of the first that is named. Two accepted amendments that touch the same element, or one
that needs what the other takes away, are a conflict, and so are moves that would put two groups into each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import FaultList, one_of, suggestion
from workbench.strictyaml import Place, Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from workbench.amendments import Amendment

__all__ = ["STRUCTURAL", "check_structure", "elements", "restructure", "sign", "thawed"]

STRUCTURAL = ("add", "move", "merge", "split", "drop")
"""Kinds that change the tree, in the order in which they are applied."""
TAKERS = {"drop", "merge", "split"}
"""Kinds after which an element is not there any more."""

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
    accepted = [item for item in changes if item.status == "accepted"]
    coming: dict[str, Tree] = {str(node["id"]): dict(node) for item in accepted for node in _brought(item)}
    for item in changes:
        _check_ends(item, known, known | coming, faults)
        _check_new(item, known, faults)
        _check_place(item, known | coming, parents, faults)
        _check_guard(item, known, parents, faults)
    claims: dict[str, Amendment] = {}
    for item in sorted(accepted, key=_order):
        for name in dict.fromkeys(_claimed(item, known)):
            earlier = claims.setdefault(name, item)
            if earlier is not item:
                _conflict(earlier, item, name, faults)
    for item in (*accepted, *(other for other in others if other.status == "accepted")):
        name = _needed(item, known)
        if name in claims and claims[name] is not item and claims[name].kind in TAKERS:
            _conflict(claims[name], item, name, faults)
    _check_circles(accepted, parents, faults)


def _order(item: Amendment) -> tuple[int, str]:
    return STRUCTURAL.index(item.kind), item.id


def _note(item: Amendment, faults: FaultList, problem: str, **rest: str) -> None:
    faults.add(f"amendment {item.id}: {problem}", file=item.file, line=item.line, **rest)


def _check_ends(item: Amendment, known: Mapping[str, Tree], there: Mapping[str, Tree], faults: FaultList) -> None:
    """Elements that an amendment names must be there: in the edition, or as a place also among those that are added."""
    places = {item.parameter: "parameter"} | dict.fromkeys(item.with_, "with")
    if item.kind == "move":
        places[str(item.to)] = "to"
    if item.after is not None:
        places[item.after] = "after"
    for name, key in places.items():
        place = key in {"to", "after"} or item.kind == "add"
        root = name == "index" and (key == "to" or (item.kind == "add" and key == "parameter"))
        if name not in (there if place else known) and not root:
            fix = suggestion(name, known) or "correct it."
            _note(item, faults, f"`{key}` names `{name}`, which is no element.", allowed=one_of(sorted(known), 8), fix=fix)


def _check_new(item: Amendment, known: Mapping[str, Tree], faults: FaultList) -> None:
    """What is added must be elements with ids of their own."""
    new = [*_new(item)]
    gone = (item.parameter, *item.with_) if item.kind in {"merge", "split"} else ()
    removed = {name for old in gone for name in (old, *_inside(known.get(old, {})))}
    for node in new:
        if not isinstance(node, Mapping) or not isinstance(node.get("id"), str):
            allowed = "a map with `id`, `label` and the rest"
            _note(item, faults, "`to` is no element with an id.", allowed=allowed, fix="write it as in a pillar file.")
            continue
        for name in (node["id"], *_inside(node)):
            if name in known and name not in removed:
                fix = "give the new one its own id."
                _note(item, faults, f"there is an element `{name}` already.", allowed="a new id", fix=fix)
    if item.kind == "split" and len(new) < 2:  # noqa: PLR2004  (one part is no split)
        _note(item, faults, "`to` has fewer than two elements.", fix="list the parts.")


def _check_place(item: Amendment, there: Mapping[str, Tree], parents: Mapping[str, str], faults: FaultList) -> None:
    """Elements go into groups, not into themselves; `after` stands in the group; what is merged does not nest."""
    into = str(item.to) if item.kind == "move" else item.parameter if item.kind == "add" else ""
    if into in there and "children" not in there[into]:
        fix = "name a pillar or sub-pillar."
        _note(item, faults, f"`{into}` is an indicator and holds no others.", allowed="a group", fix=fix)
    if item.kind == "move" and into in {item.parameter, *_inside(there.get(item.parameter, {}))}:
        _note(item, faults, f"`{item.parameter}` cannot lie inside itself.", allowed="another group", fix="name another group.")
    if into and item.after is not None and parents.get(item.after, into) != into:
        problem = f"`after` names `{item.after}`, which is in `{parents[item.after]}`, not in `{into}`."
        allowed = one_of([name for name, parent in parents.items() if parent == into]) or "nothing"
        _note(item, faults, problem, allowed=allowed, fix="name an element of that group, or leave `after` out.")
    gone = (item.parameter, *item.with_) if item.kind == "merge" else ()
    nested = sorted(set(gone) & {name for old in gone for name in _inside(there.get(old, {}))})
    if nested:
        problem = f"`{nested[0]}` lies inside what it is merged with."
        _note(item, faults, problem, allowed="elements beside each other", fix="leave it out of `with`.")
    if len(set(gone)) < len(gone):
        _note(item, faults, "an element is merged with itself.", allowed="each once", fix="name each element once.")


def _check_circles(accepted: Sequence[Amendment], parents: Mapping[str, str], faults: FaultList) -> None:
    """Moves must not put groups into each other."""
    moves = {item.parameter: item for item in accepted if item.kind == "move"}
    after = dict(parents) | {name: str(item.to) for name, item in moves.items()}
    told: set[str] = set()
    for name, item in sorted(moves.items(), key=lambda pair: _order(pair[1])):
        way, here = [name], after[name]
        while here in after and here not in way:
            way.append(here)
            here = after[here]
        if here == name and len(way) > 1 and not told & set(way):
            told |= set(way)
            others = one_of([moves[step].id for step in way[1:] if step in moves])
            if others:  # one move alone is reported where it is checked
                problem = f"with {others} it puts {' and '.join(f'`{step}`' for step in way)} into each other."
                _note(item, faults, problem, allowed="a tree", fix="accept one of them.")


def _check_guard(item: Amendment, known: Mapping[str, Tree], parents: Mapping[str, str], faults: FaultList) -> None:
    if item.expect is None or item.parameter not in known:
        return
    label = known[item.parameter].get("label")
    found = parents[item.parameter] if item.kind == "move" else label.get("en") if isinstance(label, Mapping) else None
    if found != item.expect:
        fix = "the edition changed since the workshop, or the guard is mistyped: read it again and correct `expect`."
        _note(item, faults, f"`{item.parameter}` was expected to be {item.expect}, but is {found}.", fix=fix)


def _brought(item: Amendment) -> Iterator[Mapping[str, Any]]:
    """Every element that an amendment brings, with those inside; what is none is passed over."""
    waiting = [*_new(item)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping) and isinstance(node.get("id"), str):
            yield node
            waiting += [*(node.get("children") or ())]


def _needed(item: Amendment, known: Iterable[str]) -> str:
    """The element of the edition that must still be there for an amendment to make sense, besides those it claims."""
    if item.kind == "add":
        return item.parameter
    return str(item.to) if item.kind == "move" else _element_of(item.parameter, known) if item.kind not in TAKERS else ""


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
    yield from (str(node["id"]) for node in _brought(item))


def _conflict(one: Amendment, two: Amendment, name: str, faults: FaultList) -> None:
    problem = f"amendments {one.id} ({one.file}, line {one.line}) and {two.id} both touch `{name}`."
    faults.add(problem, file=two.file, line=two.line, allowed="one of the two", fix="accept one of them.")


def _element_of(parameter: str, known: Iterable[str]) -> str:
    return max((name for name in known if parameter.startswith(f"{name}.")), key=len, default="")


def _inside(node: Mapping[str, Any]) -> Iterator[str]:
    for child in node.get("children") or ():
        if isinstance(child, Mapping):
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


def restructure(data: Tree, accepted: Sequence[Amendment], places: Places) -> None:
    """Apply accepted structural amendments, in place; they were checked before. *places* learns who brought what."""
    _add(data, [item for item in accepted if item.kind == "add"], places)
    for item in sorted((item for item in accepted if item.kind != "add"), key=_order):
        known, parents = elements(data), _parents(data)
        siblings = _children(data, parents[item.parameter])
        place = siblings.index(known[item.parameter])
        node = siblings.pop(place)
        if item.kind == "move":
            _insert(data, str(item.to), node, item.after)
        elif item.kind == "merge":
            siblings.insert(place, _made(item.to, item, places))
            for name in item.with_:
                _children(data, parents[name]).remove(known[name])
        elif item.kind == "split":
            siblings[place:place] = [_made(part, item, places) for part in item.to]


def _add(data: Tree, waiting: list[Amendment], places: Places) -> None:
    """Additions by id, each once its group and the element it follows are there."""
    waiting = sorted(waiting, key=_order)
    last: dict[str, str] = {}
    while waiting:
        known = elements(data)
        ready = [item for item in waiting if item.parameter in {"index", *known} and item.after in {None, *known}]
        # What waits for each other in a circle goes to the end, in the order of the ids.
        item = (ready or waiting)[0]
        waiting.remove(item)
        node = _made(item.to, item, places)
        after = item.after and last.get(item.after, item.after)
        _insert(data, item.parameter, node, after)
        if item.after:
            last[item.after] = str(node["id"])


def _made(value: Any, item: Amendment, places: Places) -> Any:  # noqa: ANN401  (an element)
    """A new element, every key of which is known to come from *item*."""
    made = thawed(value)
    sign(made, Place(item.file, item.line), places)
    return made


def sign(node: object, place: Place, places: Places) -> None:
    """Note *place* for every key inside *node*."""
    inside = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list | tuple) else ()
    for key, child in inside:
        if isinstance(node, Mapping):
            places.note(node, key, place)
        sign(child, place, places)


def _children(data: Tree, parent: str) -> list[Any]:
    holder, key = (data, "pillars") if parent == "index" else (elements(data)[parent], "children")
    if not isinstance(holder[key], list):
        holder[key] = list(holder[key])
    return holder[key]  # type: ignore[no-any-return]


def _insert(data: Tree, parent: str, node: Any, after: str | None) -> None:  # noqa: ANN401  (an element)
    siblings = _children(data, parent)
    names = [str(child.get("id")) for child in siblings]
    siblings.insert(names.index(after) + 1 if after in names else len(siblings), node)


def thawed(value: Any) -> Any:  # noqa: ANN401  (whatever the file holds)
    """A value as maps and lists that can be changed."""
    if isinstance(value, Mapping):
        return {key: thawed(child) for key, child in value.items()}
    return [thawed(child) for child in value] if isinstance(value, list | tuple) else value
