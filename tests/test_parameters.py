"""Parameters of notebooks: typed, exact, readable, refused with file and line before anything runs."""

from __future__ import annotations

import datetime as dt

import pytest

from workbench.errors import WorkbenchError
from workbench.parameters import bound, declared, injected

CELL = """\
run = "params/runs/sample.yaml"
region: str = "เหนือ"
share = 0.5
draws: int = 100
since = date(2016, 5, 23)
flags = [1, 2]
strict = True
anything = None
"""


def faults_of(given):
    found = []
    values = bound(given, declared(CELL), lambda name, problem, **rest: found.append((name, problem, rest["allowed"])))
    return values, found


def test_types_come_from_annotations_and_defaults():
    """Each parameter has the type of its annotation or default."""
    kinds = {name: item.kind for name, item in declared(CELL).items()}

    assert {"run": "str", "region": "str", "share": "float", "draws": "int", "since": "date"} == dict(list(kinds.items())[:5])
    assert ("list", "bool", "") == (kinds["flags"], kinds["strict"], kinds["anything"])


def test_values_keep_their_type():
    """Dates stay dates, whole numbers for a number become one, text stays text; nothing else is converted."""
    given = {"region": "ใต้", "share": 1, "since": "2017-01-02", "flags": (3,), "strict": False, "anything": {"a": 1}}
    values, found = faults_of(given)

    assert [] == found
    assert {**given, "share": 1.0, "since": dt.date(2017, 1, 2), "flags": [3]} == values
    assert float is type(values["share"])


@pytest.mark.parametrize(
    ("given", "words", "allowed"),
    [
        ({"drawz": 1}, "the notebook has no parameter `drawz`.", "region, share, draws"),
        ({"draws": 1.0}, "`draws` is 1.0.", "a whole number"),
        ({"draws": True}, "`draws` is True.", "a whole number"),
        ({"draws": "1"}, "`draws` is '1'.", "a whole number"),
        ({"region": 1}, "`region` is 1.", "a text"),
        ({"since": "23/5/2559"}, "`since` is '23/5/2559'.", "a date of the Christian Era"),
        ({"strict": 1}, "`strict` is 1.", "true or false"),
        ({"run": "other.yaml"}, "the notebook has no parameter `run`.", "region"),
        ({'x = __import__("os").getcwd(); y': 1}, "the notebook has no parameter", "region"),
    ],
)
def test_wrong_ones_are_refused(given, words, allowed):
    """An unknown name, a name that is code, a wrong type: one fault with what is allowed."""
    values, [(_, problem, said)] = faults_of(given)

    assert {} == values
    assert problem.startswith(words)
    assert said.startswith(allowed)


def test_what_is_put_in_is_readable_python_that_gives_the_same_values():
    """Thai is written as Thai, and executing the cell gives equal values of equal types."""
    values = {
        "name": "ความพร้อม 'ก' \n\\",
        "pair": (1, 2),
        "by_year": {2559: "ก"},
        "day": dt.date(2016, 5, 23),
        "none": None,
        "number": 0.1,
    }
    source = injected(values)
    namespace = {}
    exec(source, namespace)  # noqa: S102  (what a kernel does with it)

    assert "ความพร้อม" in source
    assert values == {name: namespace[name] for name in values}
    assert tuple is type(namespace["pair"])


@pytest.mark.parametrize("values", [{"x; y": 1}, {"x": {1, 2}}, {"x": object()}])
def test_what_cannot_be_written_exactly_is_refused(values):
    """No name that is code, and no value that would come back as something else."""
    with pytest.raises(WorkbenchError):
        injected(values)


@pytest.mark.parametrize("cell", ["run = 'a'\nx = open('f')", "run = "])
def test_a_default_that_is_no_literal(cell):
    """What cannot be read without running it is no declaration."""
    with pytest.raises((ValueError, SyntaxError)):
        declared(cell)


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [("list[int]", [1, 2], [1, "a"]), ("tuple[float, ...]", [1, 0.5], [True]), ("list[str] | None", ["ก"], [{"b": 1}])],
)
def test_items_of_a_list_have_the_type_that_is_declared(annotation, good, bad):
    """Each of them is checked, and converted as a single value would be."""
    known, faults = declared(f"many: {annotation} = {'()' if 'tuple' in annotation else '[]'}"), []
    note = lambda *said, **rest: faults.append((said[1], rest["allowed"]))  # noqa: E731  (where faults go)
    given = bound({"many": good}, known, note)["many"]
    assert (good, []) == (list(given), faults)
    assert {"tuple": tuple}.get(annotation[:5], list) is type(given)
    bound({"many": bad}, known, note)

    assert [f"`many` is {bad!r}."] == [problem for problem, _ in faults]
    assert faults[0][1].startswith("a list of which each is a ")
