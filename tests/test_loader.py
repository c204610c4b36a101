"""Every fault that parameter files can have: each by itself with its place and its mending, and all of them at once."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework

FAULTS = {
    "unknown key": ("zeta", "    weight: 3", "    wieght: 3", 19, "unknown key `wieght`.", "did you mean `weight`?"),
    "duplicate key": (
        "zeta",
        "  weight: 2\n",
        "  weight: 2\n  weight: 2\n",
        31,
        "key `weight` appears twice; first on",
        "keep one",
    ),
    "duplicate id": ("zeta", "- id: Z.1.2", "- id: Z.1.1", 37, "id `Z.1.1` is used 2 times.", "give every element its own id."),
    "unknown parent": ("framework", "alpha.yaml", "alfa.yaml", None, "there is no such file.", "correct the path."),
    "cycle": ("framework", "alpha.yaml", "framework.yaml", 24, "`framework.yaml` names itself.", "name another file"),
    "the same file twice": (
        "framework",
        "alpha.yaml",
        "zeta.yaml",
        24,
        "`zeta.yaml` is named again; first on line 22.",
        "name another",
    ),
    "weight negative": ("zeta", "    weight: 3", "    weight: -3", 19, "`weight` is -3.", "correct the value."),
    "weight NaN": (
        "zeta",
        "    weight: 3",
        "    weight: .nan",
        19,
        "`.nan` is doubtful: it is no finite number.",
        "a number as 10",
    ),
    "weight text": (
        "zeta",
        "    weight: 3",
        "    weight: heavy",
        19,
        '`weight` must be a number; got "heavy".',
        "without quotes",
    ),
    "weight too large": (
        "zeta",
        "    weight: 3",
        "    weight: 1e999",
        19,
        "`1e999` is no number that can be held.",
        "correct it.",
    ),
    "weight with 5,000 digits": (
        "zeta",
        "weight: 3",
        "weight: " + "9" * 5000,
        19,
        "is no number that can be held.",
        "correct it.",
    ),
    "unordered bands": ("framework", "minimum: 70", "minimum: 30", 17, "must ascend from 0; got 0, 40, 30.", "correct them."),
    "overlapping bands": ("framework", "minimum: 70", "minimum: 40", 17, "must ascend from 0; got 0, 40, 40.", "correct them."),
    "goalposts the wrong way round": ("alpha", "low: 0, high: 60", "low: 60, high: 0", 11, "got low=60, high=0.", "swap them"),
    "unknown method": ("zeta", "geometric", "geometrical", 31, '`aggregation` is "geometrical".', "did you mean `geometric`?"),
    "missing language": ("zeta", "{th: แผน, en: Plan}", "{th: แผน}", 9, "`en` is missing.", "add it."),
    "blank language": ("zeta", "{th: แผน, en: Plan}", '{th: แผน, en: " "}', 9, '`en` is " ".', "correct the value."),
    "misspelt language": ("zeta", "{th: แผน, en: Plan}", "{th: แผน, eng: Plan}", 9, "unknown key `eng`.", "did you mean `en`?"),
    "indicator without question": ("zeta", "    question: {type: yes_no}\n", "", 33, "`Z.1.1` has neither.", "add one."),
    "indicator with two sources": ("zeta", "type: yes_no}", "type: yes_no}\n    column: x", 33, "`Z.1.1` has both.", "keep one."),
    "question without indicator": (
        "alpha",
        "denominator: staff",
        "denominator: ict_staff",
        19,
        "`staff` is used by no question.",
        "",
    ),
    "unknown question": ("zeta", "yes_no", "yesno", 35, 'has no valid `type`; got "yesno".', "correct `type`."),
    "unknown number": (
        "alpha",
        "denominator: staff",
        "denominator: stuff",
        14,
        "the unknown number `stuff`.",
        "did you mean `staff`?",
    ),
    "unknown respondents": ("alpha", "[A01]", "[A1]", 4, "is asked of `A1`, an unknown type.", "did you mean `A01`?"),
    "no": ("zeta", "en: Plan", "en: no", 9, "`no` is doubtful", 'write "no" in quotes'),
    "010": ("zeta", "    weight: 3", "    weight: 010", 19, "`010` is doubtful", "a number as 10"),
    "1:30": ("zeta", "    weight: 3", "    weight: 1:30", 19, "`1:30` is doubtful", "a number as 10"),
    "date": ("framework", '"2559"', "2559-05-23", 2, "`2559-05-23` is doubtful", "in quotes"),
    "tag": ("zeta", "    weight: 3", "    weight: !!float 3", 19, "tag `tag:yaml.org,2002:float`.", "delete the tag."),
    "anchor": ("zeta", "    weight: 3", "    weight: &w 3", 19, "anchor `&w`.", "write the value out"),
    "merge key": ("zeta", "    weight: 3", "    <<: {weight: 3}", 19, "a key must be a plain word.", "write the keys out"),
    "tab": ("zeta", "    weight: 3", "\tweight: 3", 19, "this is not valid YAML", "indent with spaces, not tabs."),
    "two documents": (
        "zeta",
        "children:\n- id: Z.2\n",
        "---\nchildren:\n- id: Z.2\n",
        3,
        "another document",
        "delete the line `---`.",
    ),
    "colon in text": ("zeta", "en: Plan}", "en: Plan}: x", 9, "this is not valid YAML", "quotes"),
    "invisible character": ("zeta", "en: Plan", "en: Pl\u202ean", 9, "invisible character U+202E.", "delete it."),
    "NUL": ("zeta", "en: Plan", "en: Pl\x00an", 9, "invisible character U+0000.", "delete it."),
    "deep nesting": ("zeta", "en: Plan", "en: " + "[" * 60 + "]" * 60, 9, "the file is nested too deeply.", "flatten it."),
}
BYTES = {
    "wrong encoding": (lambda text: text.encode("cp874"), 2, "the file is not UTF-8 text.", "save it as UTF-8 in the editor."),
    "UTF-16": (lambda text: text.encode("utf-16"), 1, "the file is not UTF-8 text.", "save it as UTF-8 in the editor."),
    "ten megabytes": (lambda text: text.encode() + b"#" * 10_000_000, None, "bytes.", "is it the right file?"),
    "empty": (lambda _: b"", 1, "the file is empty.", "write a pillar in it"),
    "a list": (lambda _: b"- a\n", 1, "the file holds no keys.", "write a pillar in it"),
}


def edit(folder, name, old, new):
    path = folder / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(folder):
    with pytest.raises(WorkbenchError) as caught:
        Framework.load(folder)
    return caught.value.faults


class TestEach:
    @pytest.mark.parametrize("case", FAULTS)
    def test_with_file_line_what_allowed_and_fix(self, tiny, case):
        """The first fault that is told is the one that was made, and it says all five things."""
        name, old, new, line, problem, fix = FAULTS[case]
        edit(tiny, name, old, new)
        found = [fault for fault in faults_of(tiny) if problem in fault.problem]

        assert 1 == len(found), [str(fault) for fault in faults_of(tiny)]
        (fault,) = found
        wanted = new if line is None else f"{name}.yaml"
        wanted = "framework.yaml" if case == "question without indicator" else wanted
        assert fault.file.endswith(wanted)
        assert line == fault.line
        assert fault.allowed or line is None or "not valid YAML" in fault.problem
        assert fault.fix
        assert fix in fault.fix

    @pytest.mark.parametrize("case", BYTES)
    def test_of_whole_files(self, tiny, case):
        """Encodings, sizes and kinds of files."""
        made, line, problem, fix = BYTES[case]
        path = tiny / "zeta.yaml"
        path.write_bytes(made(path.read_text(encoding="utf-8")))
        (fault,) = faults_of(tiny)

        assert problem in fault.problem
        assert ("zeta.yaml", line) == (fault.file.rsplit("/", 1)[-1], fault.line)
        assert fault.allowed
        assert fix in fault.fix


class TestAllAtOnce:
    def test_of_every_sort_in_every_file(self, tiny):
        """What YAML would swallow, keys, values, and what must hold between the parts: one go, file by file."""
        made = ["010", "unknown method", "missing language", "indicator with two sources", "unordered bands", "unknown number",
                "goalposts the wrong way round", "unknown respondents", "duplicate id"]  # fmt: skip
        for case in made:
            edit(tiny, *FAULTS[case][:3])
        found = faults_of(tiny)

        for case in made:
            assert 1 == sum(FAULTS[case][4] in fault.problem for fault in found), case
        # The number that is misspelt is also one that nobody uses; nothing else follows from anything.
        assert len(made) + 1 == len(found)
        places = [(fault.file, fault.line) for fault in found]
        assert places == sorted(
            places, key=lambda place: ([*dict.fromkeys(file for file, _ in places)].index(place[0]), place[1])
        )

    def test_a_file_that_cannot_be_read_hides_no_other(self, tiny):
        """And what only it could have used is not called unused."""
        edit(tiny, *FAULTS["unknown method"][:3])
        (tiny / "alpha.yaml").write_bytes(b"\xff\xfe")

        assert {"the file is not UTF-8 text.", '`aggregation` is "geometrical".'} == {fault.problem for fault in faults_of(tiny)}

    def test_anchors_that_explode_and_what_stands_beside_them(self, tiny):
        """A billion laughs end at once, and the rest of the file is still read."""
        laughs = "".join(f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 9) if i else 'x'}]\n" for i in range(12))
        path = tiny / "zeta.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("en: Plan", "en: no") + laughs, encoding="utf-8")
        found = [fault.problem for fault in faults_of(tiny)]

        assert "`no` is doubtful: some programs read it as yes or no." in found
        assert 12 == sum(problem.startswith("anchor") for problem in found)
        assert len(found) < 50

    def test_weights_that_sum_to_zero_beside_a_fault_elsewhere(self, tiny):
        """A rule between the parts is checked though another part is faulty."""
        edit(tiny, "framework", "weight: 2", "weight: 0")
        edit(tiny, "framework", "weight: 1", "weight: 0")
        edit(tiny, "alpha", "id: A.9", "id: 9")
        (first, second) = faults_of(tiny)

        assert "the weights in `index` sum to 0 (Z, A)." in {first.problem, second.problem}
        assert "`id` must be text; got 9." in {first.problem, second.problem}

    def test_a_workshop_is_read_beside_a_faulty_edition(self, tiny, tmp_path):
        """Faults of the files of amendments, their repeated ids included, come with those of the edition."""
        edit(tiny, *FAULTS["010"][:3])
        path = tmp_path / "w.yaml"
        entry = "- {{id: a, parameter: Z.weight, expect: 2, to: 3, reason: {{th: ก, en: r}}, raised_by: E01, status: {}}}\n"
        head = "workshop: {id: w, title: {th: ก, en: w}, date: 2559-05-23, place: {th: ก, en: p}}\namendments:\n"
        path.write_text(head + entry.format("acepted") + entry.format("declined"), encoding="utf-8")
        with pytest.raises(WorkbenchError) as caught:
            Framework.load(tiny, workshops=[path])

        assert [("zeta.yaml", 19), ("w.yaml", 1), ("w.yaml", 3), ("w.yaml", 4)] == [
            (fault.file.rsplit("/", 1)[-1], fault.line) for fault in caught.value.faults
        ]
