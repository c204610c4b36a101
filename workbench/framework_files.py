"""Reading a framework's files: the tree put together, and the rules that hold between its parts.

The shapes of the parts, and what each must keep by itself, are in `framework_model`. Every fault of
all files is reported at once.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import FaultList, one_of, suggestion
from workbench.framework_model import POINT_SCALE, POINTS, UNSET, Definition, Group, Indicator, Normalisation, Ratio
from workbench.paths import shown
from workbench.questions import understood
from workbench.strictyaml import Place, Places, read_yaml, validate

__all__ = ["define", "filled", "plain", "read_tree", "sources_of", "tuples", "walk"]

RESERVED = {"index", "unit", "rank", "band", "coverage", "n_answered", "n_invited", "index_se", "agency", "status", "data_status"}
"""Names of columns in what is written; no element may be called so."""
Note = Callable[..., None]
"""Notes a fault: the problem, the element it concerns, and the other parts of a `Fault`."""


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


def read_tree(main: Path, places: Places, faults: FaultList) -> Any:  # noqa: ANN401  (whatever the files hold)
    """The main file with its pillar files put in place of `{file, weight}`."""
    data = read_yaml(main, places).data
    if not isinstance(data, dict) or not isinstance(data.get("pillars"), tuple):
        return data
    pillars = tuple(_pillar(entry, main.parent, places, faults) for entry in data["pillars"])
    for position in range(len(pillars)):
        places.note(pillars, position, places.of(data["pillars"], position) or Place(shown(main), 1))
    data["pillars"] = pillars
    return data


def _pillar(entry: Any, folder: Path, places: Places, faults: FaultList) -> Any:  # noqa: ANN401  (whatever the files hold)
    if not isinstance(entry, dict) or "file" not in entry:
        return entry
    here = places.of(entry, "file") or Place(str(folder), 1)
    for key in entry.keys() - {"file", "weight"}:
        faults.add(f"unknown key `{key}`.", file=here.file, line=here.line, allowed="file, weight", fix="move it to the file.")
    name = str(entry["file"])
    if Path(name).is_absolute() or ".." in Path(name).parts:
        faults.add(f'`file` is "{name}".', file=here.file, line=here.line, allowed="a file in the edition's folder")
        return entry
    with faults.collecting():
        pillar = read_yaml(folder / name, places).data
        if isinstance(pillar, dict) and "weight" in entry:
            if "weight" in pillar:
                faults.add("`weight` stands here and in the pillar's file.", file=here.file, line=here.line, fix="keep one.")
            pillar["weight"] = entry["weight"]
            places.note(pillar, "weight", places.of(entry, "weight") or here)
        return pillar
    return entry


def define(data: object, places: Places, main: Path) -> Definition:
    """The checked definition: shapes first, then what must hold between its parts."""
    definition = validate(Definition, data, places, main)
    faults = FaultList()
    lines = {node.get("id"): _place(node, places, main) for node in _maps(data) if "id" in node}

    def note(problem: str, name: str = "", **rest: str) -> None:
        place = lines.get(name) or Place(shown(main), 1)
        faults.add(problem, file=place.file, line=place.line, **rest)

    _check_ids(definition, note)
    _check_weights(definition, note)
    _check_questions(definition, note)
    _check_conditions(definition, note)
    _check_strata(definition, note)
    _check_normalisations(definition, note)
    faults.stop_if_any()
    return definition


def _check_ids(definition: Definition, note: Note) -> None:
    names = [node.id for node, _ in walk(definition.pillars, "index")]
    for name, count in Counter(names).items():
        if count > 1:
            note(f"id `{name}` is used {count} times.", name, fix="give every element its own id.")
        if name in RESERVED:
            note(f"id `{name}` is the name of a result column.", name, fix="choose another id.")
    for what, items in (("number", definition.numbers), ("band", definition.bands)):
        for name, count in Counter(item.id for item in items).items():
            if count > 1:
                note(f"{what} `{name}` is defined {count} times.", name, fix="keep one.")
    for number in definition.numbers:
        if number.id in names or number.id in RESERVED:
            note(f"number `{number.id}` has the id of an element or a result column.", number.id, fix="rename it.")


def _check_weights(definition: Definition, note: Note) -> None:
    groups = [node for node, _ in walk(definition.pillars, "index") if isinstance(node, Group)]
    for name, children in [("index", definition.pillars), *((group.id, group.children) for group in groups)]:
        if sum(child.weight for child in children) <= 0:
            listed = ", ".join(child.id for child in children)
            note(f"the weights in `{name}` sum to 0 ({listed}).", name, fix="give at least one a weight above 0.")


def _check_questions(definition: Definition, note: Note) -> None:
    indicators = [node for node, _ in walk(definition.pillars, "index") if isinstance(node, Indicator)]
    numbers = {number.id for number in definition.numbers}
    types = {item.id for item in definition.respondents.types} if definition.respondents else set()
    used: set[str] = set()
    for indicator in indicators:
        question = indicator.question
        if question is None:
            continue
        for name in sorted(set(question.asked_of) - types):
            fix = suggestion(name, types)
            note(f"`{indicator.id}` is asked of `{name}`, an unknown type.", indicator.id, allowed=one_of(sorted(types)), fix=fix)
        if isinstance(question, Ratio):
            used |= {question.numerator, question.denominator}
            for name in sorted({question.numerator, question.denominator} - numbers):
                fix = suggestion(name, numbers) or "define it under `numbers`."
                allowed = one_of(sorted(numbers))
                note(f"`{indicator.id}` uses the unknown number `{name}`.", indicator.id, allowed=allowed, fix=fix)
    for name in sorted(numbers - used):
        note(f"number `{name}` is used by no question.", name, fix="use it in a ratio or delete it.")
    if definition.respondents is None and any(indicator.question for indicator in indicators):
        note("there are questions, but `respondents` is missing.", fix="say who answers.")


def _check_conditions(definition: Definition, note: Note) -> None:
    """A question asked after some answers names another question, answers it has, and no circle."""
    indicators = [node for node, _ in walk(definition.pillars, "index") if isinstance(node, Indicator)]
    asked = {item.id: item.question for item in indicators if item.question is not None and not isinstance(item.question, Ratio)}
    for item in indicators:
        rule = item.question.asked_if if item.question is not None else None
        if rule is None:
            continue
        other = asked.get(rule.question)
        if other is None or rule.question == item.id:
            fix = suggestion(rule.question, asked) or "name the indicator whose answer decides."
            note(f"`{item.id}` is asked after `{rule.question}`, which is no other question.", item.id, fix=fix)
            continue
        if other.asked_if is not None:
            problem = f"`{item.id}` is asked after `{rule.question}`, which is itself asked after some answers only."
            note(problem, item.id, fix=f"name `{other.asked_if.question}`, or a question that everyone is asked.")
        allowed = {str(answer) for answer in understood(other).values()}
        for answer in sorted({*rule.answers} - allowed):
            fix = suggestion(answer, allowed) or "write the values of its answers."
            problem = f"`{item.id}` is asked after `{answer}`, which is no answer to `{rule.question}`."
            note(problem, item.id, allowed=one_of(sorted(allowed)), fix=fix)


def _check_strata(definition: Definition, note: Note) -> None:
    """Each type of respondent lies in exactly one stratum."""
    respondents = definition.respondents
    if respondents is None or not respondents.strata:
        return
    types = [item.id for item in respondents.types]
    placed = Counter(name for stratum in respondents.strata for name in stratum.types)
    for stratum in respondents.strata:
        for name in sorted(set(stratum.types) - set(types)):
            fix = suggestion(name, types) or "list it under `types`, or delete it here."
            note(f"stratum `{stratum.id}` holds `{name}`, an unknown type.", stratum.id, allowed=one_of(types), fix=fix)
    for name in types:
        if placed[name] != 1:
            problem = f"type `{name}` is in {placed[name]} strata." if placed[name] else f"type `{name}` is in no stratum."
            note(problem, name, fix="put every type in exactly one stratum.")
    for name, count in Counter(stratum.id for stratum in respondents.strata).items():
        if count > 1:
            note(f"stratum `{name}` is defined {count} times.", name, fix="keep one.")
    sized = [stratum.population is not None for stratum in respondents.strata]
    if any(sized) and not all(sized):
        lacking = one_of([stratum.id for stratum in respondents.strata if stratum.population is None])
        note(f"`population` is missing in {lacking}.", respondents.strata[0].id, fix="give it in every stratum, or in none.")


def _check_normalisations(definition: Definition, note: Note) -> None:
    pillars = [filled(node, definition.method.normalisation) for node in definition.pillars]
    for node, _ in walk(pillars, "index"):
        if isinstance(node, Indicator) and node.normalisation is UNSET:
            fix = "add it, with `low` and `high` for goalposts, here, in its group or under `method`."
            note(f"`normalisation` is missing in `{node.id}`.", node.id, fix=fix)


def _place(node: Mapping[str, Any], places: Places, main: Path) -> Place:
    return places.of(node, "id") or Place(shown(main), 1)


def _maps(data: object) -> Iterator[Mapping[str, Any]]:
    """Every map inside *data*."""
    if isinstance(data, Mapping):
        yield data
        for child in data.values():
            yield from _maps(child)
    elif isinstance(data, tuple):
        for child in data:
            yield from _maps(child)


def plain(definition: Definition) -> dict[str, Any]:
    """The definition as maps and lists that amendments can change."""
    return copy.deepcopy(definition.model_dump(mode="python", exclude_unset=True))


def tuples(node: Any) -> Any:  # noqa: ANN401  (any part of a tree)
    """Lists as tuples, as the strict reader gives them."""
    if isinstance(node, dict):
        return {key: tuples(child) for key, child in node.items()}
    return tuple(tuples(child) for child in node) if isinstance(node, list | tuple) else node


def sources_of(main: Path) -> tuple[str, ...]:
    """The edition's files: all of its folder, or the one file that holds it."""
    folder = sorted(main.parent.glob("*.yaml")) if main.name == "framework.yaml" else [main]
    return tuple(shown(path) for path in folder)
