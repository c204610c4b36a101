"""What must hold between the parts of a framework, checked on the tree as it was written.

The tree need not be valid: a part that is faulty in itself is reported by its model and passed over here, so that faults
of both kinds come in one go. Nothing is decided that needs a part which could not be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter, ValidationError

from workbench.errors import FaultList, one_of, suggestion
from workbench.framework_model import Asked, NumberQuestion, Percent, Question, Ratio
from workbench.paths import shown
from workbench.questions import understood
from workbench.strictyaml import Place, Places

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["RESERVED", "check_tree"]

RESERVED = {"index", "unit", "rank", "band", "coverage", "n_answered", "n_invited", "index_se", "agency", "status", "data_status"}
"""Names of columns in what is written; no element may be called so."""
SCALELESS = {str(get_args(kind.model_fields["type"].annotation)[0]) for kind in (NumberQuestion, Percent, Ratio)}
"""Types of questions whose answers have no scale of their own."""
QUESTION: TypeAdapter[Asked] = TypeAdapter(Question)
Tree = Mapping[str, Any]
Note = Callable[..., None]
"""Notes a fault: the problem, the element it concerns, and the other parts of a `Fault`."""


def check_tree(data: object, places: Places, main: Path, faults: FaultList, *, whole: bool = True) -> None:
    """Note what does not hold between the parts of *data*.

    Args:
        data: A framework as maps and lists, valid or not.
        places: The lines of its keys.
        main: Named where an element has no line.
        faults: Where faults are noted.
        whole: False where a part is missing; then nothing is called unused.
    """
    if not isinstance(data, Mapping):
        return
    lines: dict[str, Place] = {}
    for node in _maps(data):
        place = places.of(node, "id")
        if place is not None:
            lines[str(node["id"])] = place
    pillars = places.of(data, "pillars") or Place(shown(main), 1)

    def note(problem: str, name: str = "", **rest: str) -> None:
        place = lines.get(name) or (pillars if name == "index" else Place(shown(main), 1))
        faults.add(problem, file=place.file, line=place.line, **rest)

    nodes = [*_walk(data.get("pillars"), "index")]
    _check_ids(data, nodes, note)
    _check_weights(nodes, note)
    _check_bands(data, places, main, faults)
    _check_sources(data, nodes, note)
    _check_numbers(data, nodes, note, whole=whole)
    _check_conditions(nodes, note)
    _check_strata(data, note)
    _check_normalisations(data, note)


def _list(value: object) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


def _map(value: object) -> Tree:
    return value if isinstance(value, Mapping) else {}


def _ids(value: object) -> list[str]:
    """The ids of the maps of a list."""
    return [item["id"] for item in _list(value) if isinstance(item, Mapping) and isinstance(item.get("id"), str)]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _walk(children: object, parent: str) -> Iterator[tuple[Tree, str]]:
    """Every map of the tree below with its parent's id, parents first."""
    for node in _list(children):
        if isinstance(node, Mapping):
            yield node, parent
            yield from _walk(node.get("children"), str(node.get("id")))


def _maps(data: object) -> Iterator[Tree]:
    """Every map inside *data*."""
    if isinstance(data, Mapping):
        yield data
        for child in data.values():
            yield from _maps(child)
    elif isinstance(data, list | tuple):
        for child in data:
            yield from _maps(child)


def _repeated(names: Iterable[str]) -> list[tuple[str, int]]:
    return [(name, count) for name, count in Counter(names).items() if count > 1]


def _check_ids(data: Tree, nodes: list[tuple[Tree, str]], note: Note) -> None:
    names = _ids([node for node, _ in nodes])
    for name, count in _repeated(names):
        note(f"id `{name}` is used {count} times.", name, allowed="each id once", fix="give every element its own id.")
    for name in dict.fromkeys(names):
        if name in RESERVED:
            note(f"id `{name}` is the name of a result column.", name, allowed="any other id", fix="choose another id.")
    for what, key in (("number", "numbers"), ("band", "bands")):
        for name, count in _repeated(_ids(data.get(key))):
            note(f"{what} `{name}` is defined {count} times.", name, allowed="each once", fix="keep one.")
    for name in _ids(data.get("numbers")):
        if name in names or name in RESERVED:
            note(f"number `{name}` has the id of an element or a result column.", name, allowed="any other id", fix="rename it.")


def _check_weights(nodes: list[tuple[Tree, str]], note: Note) -> None:
    groups: dict[str, list[Tree]] = {}
    for node, parent in nodes:
        groups.setdefault(parent, []).append(node)
    for name, children in groups.items():
        weights = [_number(child.get("weight", 1.0)) for child in children]
        if None not in weights and all(weight == 0 for weight in weights):
            listed = ", ".join(str(child.get("id")) for child in children)
            allowed, fix = "a sum above 0", "give at least one a weight above 0."
            note(f"the weights in `{name}` sum to 0 ({listed}).", name, allowed=allowed, fix=fix)


def _check_bands(data: Tree, places: Places, main: Path, faults: FaultList) -> None:
    """Bands ascend from 0, all by score or all by quantile."""
    bands = [band for band in _list(data.get("bands")) if isinstance(band, Mapping)]
    if not bands:
        return
    place = places.of(data, "bands") or Place(shown(main), 1)
    by_quantile = ["quantile" in band for band in bands]
    if any(by_quantile) and (not all(by_quantile) or any("minimum" in band for band in bands)):
        problem = "bands have either a `minimum` or a `quantile`, all of them the same."
        faults.add(problem, file=place.file, line=place.line, allowed="one kind of limit", fix="keep one kind.")
        return
    key = "quantile" if all(by_quantile) else "minimum"
    limits = [_number(band.get(key, 0.0)) for band in bands]
    known = [value for value in limits if value is not None]
    if len(known) == len(limits) and (sorted(set(known)) != known or known[0] != 0):
        wrong = next((i for i in range(len(known)) if (known[i] != 0 if i == 0 else known[i] <= known[i - 1])), 0)
        place = places.of(bands[wrong], key) or places.of(bands[wrong], "id") or place
        problem = f"`{key}` of the bands must ascend from 0; got {', '.join(f'{value:g}' for value in known)}."
        faults.add(problem, file=place.file, line=place.line, allowed="0 first, then always more", fix="correct them.")


def _check_sources(data: Tree, nodes: list[tuple[Tree, str]], note: Note) -> None:
    """Every indicator has one source of values, and no column is used twice."""
    measured: list[tuple[str, str]] = []
    for node, _ in nodes:
        name = str(node.get("id"))
        if "children" in node:
            continue
        if (node.get("question") is None) == (node.get("column") is None):
            what = "neither" if node.get("question") is None else "both"
            problem = f"an indicator has either a `question` or a `column`; `{name}` has {what}."
            note(problem, name, allowed="one of the two", fix="add one." if what == "neither" else "keep one.")
        elif node.get("column") is not None:
            of = (str(node["column"]), str(node.get("denominator") or ""))
            if of in measured:
                note(f"column `{of[0]}` is used twice, again by `{name}`.", name, allowed="each column once", fix="keep one.")
            measured.append(of)
    if data.get("respondents") is None and any(node.get("question") is not None for node, _ in nodes):
        note("there are questions, but `respondents` is missing.", allowed="`respondents` is needed", fix="say who answers.")


def _check_numbers(data: Tree, nodes: list[tuple[Tree, str]], note: Note, *, whole: bool) -> None:
    """Questions name numbers and respondents that there are, and every number is used."""
    numbers, types = sorted(_ids(data.get("numbers"))), sorted(_ids(_map(data.get("respondents")).get("types")))
    used: set[str] = set()
    for node, _ in nodes:
        name, question = str(node.get("id")), _map(node.get("question"))
        for asked in sorted({item for item in _list(question.get("asked_of")) if isinstance(item, str)} - set(types)):
            fix = suggestion(asked, types) or "list it under `respondents.types`."
            note(f"`{name}` is asked of `{asked}`, an unknown type.", name, allowed=one_of(types), fix=fix)
        parts = {question.get(key) for key in ("numerator", "denominator")}
        asked_for = {part for part in parts if isinstance(part, str)}
        used |= asked_for
        for number in sorted(asked_for - set(numbers)):
            fix = suggestion(number, numbers) or "define it under `numbers`."
            note(f"`{name}` uses the unknown number `{number}`.", name, allowed=one_of(numbers), fix=fix)
    for number in sorted(set(numbers) - used) if whole else ():
        note(
            f"number `{number}` is used by no question.",
            number,
            allowed="used at least once",
            fix="use it in a ratio or delete it.",
        )


def _check_conditions(nodes: list[tuple[Tree, str]], note: Note) -> None:
    """A question asked after some answers names another question, answers it has, and no circle."""
    asked = {str(node.get("id")): question for node, _ in nodes if (question := _valid(node.get("question"))) is not None}
    named = {str(node.get("id")) for node, _ in nodes if node.get("question") is not None}
    for name, question in asked.items():
        rule = question.asked_if
        if rule is None or (rule.question in named and rule.question not in asked):
            continue  # that question is faulty itself
        if shared := sorted(_parts(question) & {part for id_, one in asked.items() if id_ != name for part in _parts(one)}):
            problem = f"`{name}` is asked after some answers only, but other questions use its number `{shared[0]}`."
            fix = "give it numbers of its own, or ask it of everyone."
            note(problem, name, allowed="numbers that no other question uses", fix=fix)
        other = asked.get(rule.question)
        if other is None or rule.question == name or isinstance(other, Ratio):
            allowed = one_of([other for other in sorted(asked) if other != name])
            fix = suggestion(rule.question, asked) or "name the indicator whose answer decides."
            problem = f"`{name}` is asked after `{rule.question}`, which is no other question."
            note(problem, name, allowed=allowed, fix=fix)
            continue
        if other.asked_if is not None:
            problem = f"`{name}` is asked after `{rule.question}`, which is itself asked after some answers only."
            fix = f"name `{other.asked_if.question}`, or a question that everyone is asked."
            note(problem, name, allowed="a question that everyone is asked", fix=fix)
        answers = {str(answer) for answer in understood(other).values()}
        for answer in sorted({*rule.answers} - answers):
            fix = suggestion(answer, answers) or "write the values of its answers."
            problem = f"`{name}` is asked after `{answer}`, which is no answer to `{rule.question}`."
            note(problem, name, allowed=one_of(sorted(answers)), fix=fix)


def _parts(question: Asked) -> set[str]:
    """The numbers of a ratio; none of another question."""
    return {question.numerator, question.denominator} if isinstance(question, Ratio) else set()


def _valid(question: object) -> Asked | None:
    """A question as its model has it; None where it is faulty, which is reported with its keys."""
    try:
        return QUESTION.validate_python(question) if isinstance(question, Mapping) else None
    except ValidationError:
        return None


def _check_strata(data: Tree, note: Note) -> None:
    """Each type of respondent lies in exactly one stratum."""
    respondents = _map(data.get("respondents"))
    strata = [item for item in _list(respondents.get("strata")) if isinstance(item, Mapping)]
    if not strata:
        return
    types = _ids(respondents.get("types"))
    placed = Counter(name for stratum in strata for name in _list(stratum.get("types")))
    for stratum in strata:
        name = str(stratum.get("id"))
        for unknown in sorted({str(item) for item in _list(stratum.get("types"))} - set(types)):
            fix = suggestion(unknown, types) or "list it under `types`, or delete it here."
            note(f"stratum `{name}` holds `{unknown}`, an unknown type.", name, allowed=one_of(types), fix=fix)
    for name in types:
        if placed[name] != 1:
            problem = f"type `{name}` is in {placed[name]} strata." if placed[name] else f"type `{name}` is in no stratum."
            note(problem, name, allowed="exactly one stratum", fix="put every type in exactly one stratum.")
    for name, count in _repeated(_ids(strata)):
        note(f"stratum `{name}` is defined {count} times.", name, allowed="each once", fix="keep one.")
    lacking = [str(stratum.get("id")) for stratum in strata if stratum.get("population") is None]
    if 0 < len(lacking) < len(strata):
        problem = f"`population` is missing in {one_of(lacking)}."
        note(problem, str(strata[0].get("id")), allowed="all strata or none", fix="give it in every stratum, or in none.")


def _check_normalisations(data: Tree, note: Note) -> None:
    """Every indicator that gives no points has a normalisation, its own, its group's or the method's."""
    waiting = [(node, _map(data.get("method")).get("normalisation") is not None) for node in reversed(_list(data.get("pillars")))]
    while waiting:
        node, given = waiting.pop()
        if not isinstance(node, Mapping):
            continue
        given = given or node.get("normalisation") is not None
        waiting += [(child, given) for child in reversed(_list(node.get("children")))]
        question = node.get("question")
        measured = node.get("column") is not None if question is None else _map(question).get("type") in SCALELESS
        if "children" in node or given or not measured:
            continue
        fix = "add it, with `low` and `high` for goalposts, here, in its group or under `method`."
        name = str(node.get("id"))
        note(f"`normalisation` is missing in `{name}`.", name, allowed="`normalisation` is needed", fix=fix)
