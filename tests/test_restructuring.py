"""Amendments that change the tree, frameworks beside each other, and the schemas of the files."""

import json
import subprocess
import sys

import jsonschema
import pytest
import yaml

from workbench import Framework, WorkbenchError
from workbench.schemas import schemas

HEAD = """\
workshop: {id: w, title: {th: ก, en: w}, date: "2559-05-23", place: {th: ก, en: p}}
amendments:
"""
NEW = "{id: Z.1.9, label: {th: ใหม่, en: New}, weight: 1, reference: test, question: {type: yes_no}}"
GROUP = f"{{id: Z.8, label: {{th: กลุ่ม, en: Group}}, weight: 1, children: [{NEW}]}}"


@pytest.fixture
def amended(tiny, tmp_path):
    """The tiny framework with amendments, each as the lines of its keys."""

    def amended(*entries, name="w"):
        lines = [
            f'- {{id: {name}{place}, reason: {{th: ก, en: r}}, raised_by: E01, status: {entry.pop("status", "accepted")}, '
            + ", ".join(f"{key}: {value}" for key, value in entry.items()) + "}\n"
            for place, entry in enumerate(map(dict, entries))
        ]  # fmt: skip
        path = tmp_path / f"{name}.yaml"
        path.write_text(HEAD.replace("id: w,", f"id: {name},") + "".join(lines), encoding="utf-8")
        return Framework.load(tiny, workshops=[path])

    return amended


def ids(framework, parent):
    return [node.id for node in framework.element(parent).children]


class TestKinds:
    def test_add_drop_and_reword(self, amended, tiny):
        """A new indicator behind another, one gone, one with another name."""
        framework = amended(
            {"kind": "add", "parameter": "Z.1", "to": NEW, "after": "Z.1.1"},
            {"kind": "drop", "parameter": "A.8"},
            {"kind": "reword", "parameter": "Z.2.1.label", "expect": "Plan", "to": "{th: แผนใหม่, en: New plan}"},
        )

        assert ["Z.1.1", "Z.1.9", "Z.1.2"] == ids(framework, "Z.1")
        assert "A.8" not in [item.id for item in framework.indicators]
        assert "New plan" == framework.label("Z.2.1").en

    def test_move_merge_and_split(self, amended):
        """An indicator under another group, two made one, one made two, each where the old one was."""
        merged, parts = NEW, f"[{NEW.replace('Z.1.9', 'A.91')}, {NEW.replace('Z.1.9', 'A.92')}]"
        framework = amended(
            {"kind": "move", "parameter": "Z.2.2", "expect": "Z.2", "to": "A"},
            {"kind": "merge", "parameter": "Z.1.1", "with": "[Z.1.2]", "to": merged},
            {"kind": "split", "parameter": "A.9", "to": parts},
        )

        assert ["Z.1.9"] == ids(framework, "Z.1")
        assert {"A.91", "A.92", "Z.2.2"} < set(ids(framework, "A"))
        assert "A" == framework.parent("Z.2.2")

    def test_what_is_not_accepted_changes_nothing(self, amended, tiny):
        """The fingerprint is that of the edition."""
        framework = amended(
            {"kind": "drop", "parameter": "A.8", "status": "declined"},
            {"kind": "add", "parameter": "A", "to": NEW, "status": "proposed"},
        )
        assert Framework.load(tiny).fingerprint == framework.fingerprint

    def test_the_order_of_entries_has_no_effect(self, amended):
        """Values, moves and additions in any order give one framework."""
        entries = [
            {"kind": "add", "parameter": "A", "to": NEW},
            {"parameter": "Z.weight", "expect": 2, "to": 3},
            {"kind": "move", "parameter": "Z.2.2", "to": "A"},
        ]
        assert amended(*entries).fingerprint == amended(*entries[::-1]).fingerprint

    def test_a_new_group_takes_what_is_moved_and_added(self, amended):
        """A sub-pillar of its own for an indicator that was elsewhere and one that is new, in any order of the entries."""
        entries = [
            {"kind": "move", "parameter": "A.9", "to": "Z.8"},
            {"kind": "add", "parameter": "Z.8", "to": NEW.replace("Z.1.9", "Z.8.2"), "after": "Z.1.9"},
            {"kind": "add", "parameter": "Z", "to": GROUP, "after": "Z.1"},
        ]
        framework = amended(*entries)

        assert ["Z.1.9", "Z.8.2", "A.9"] == ids(framework, "Z.8")
        assert ["Z.2", "Z.1", "Z.8"] == ids(framework, "Z")
        assert framework.fingerprint == amended(*entries[::-1]).fingerprint

    def test_several_behind_one_element_stand_in_the_order_of_their_ids(self, amended):
        """The first that was proposed comes first."""
        news = [NEW.replace("Z.1.9", f"Z.1.{number}") for number in (7, 5, 6)]
        framework = amended(*({"kind": "add", "parameter": "Z.1", "to": new, "after": "Z.1.1"} for new in news))

        assert ["Z.1.1", "Z.1.7", "Z.1.5", "Z.1.6", "Z.1.2"] == ids(framework, "Z.1")

    def test_what_is_merged_may_come_from_several_groups(self, amended):
        """It takes the place of the first that is named."""
        framework = amended({"kind": "merge", "parameter": "Z.1.1", "with": "[A.8]", "to": NEW})

        assert ["Z.1.9", "Z.1.2"] == ids(framework, "Z.1")
        assert "A.8" not in ids(framework, "A")

    def test_a_merged_group_may_keep_what_was_in_it(self, amended, tiny):
        """Ids of elements that go with the old groups may stand in the new one."""
        inside = NEW.replace("Z.1.9", "Z.1.1")
        framework = amended({"kind": "merge", "parameter": "Z.1", "with": "[Z.2]", "to": GROUP.replace(NEW, inside)})

        assert ["Z.1.1"] == ids(framework, "Z.8")

    def test_resolving_twice_changes_nothing(self, amended):
        """The amended framework amended again from its own edition is the same."""
        framework = amended(
            {"kind": "add", "parameter": "A", "to": NEW},
            {"parameter": "Z.weight", "expect": 2, "to": 3},
            {"kind": "drop", "parameter": "A.8"},
        )
        assert framework.fingerprint == framework.with_workshops(framework.workshops).fingerprint

    def test_an_amendment_and_its_reverse_restore_the_edition(self, amended, tiny, tmp_path):
        """Dropping what was added, and moving back behind the old neighbour."""
        there = amended({"kind": "add", "parameter": "Z.1", "to": NEW})
        data = yaml.safe_load(json.dumps(there.definition.model_dump(mode="json", exclude_defaults=True)))
        path = tmp_path / "amended.yaml"
        path.write_text(json.dumps(data), encoding="utf-8")
        (tmp_path / "back.yaml").write_text(
            HEAD + "- {id: b, kind: drop, parameter: Z.1.9, reason: {th: ก, en: r}, raised_by: E01, status: accepted}\n",
            encoding="utf-8",
        )

        assert there.fingerprint != Framework.load(tiny).fingerprint
        assert Framework.load(tiny).fingerprint == Framework.load(path, workshops=[tmp_path / "back.yaml"]).fingerprint


class TestFaults:
    @pytest.mark.parametrize(
        ("entry", "words"),
        [
            ({"kind": "drop", "parameter": "A.88"}, "`parameter` names `A.88`, which is no element."),
            ({"kind": "drop", "parameter": "A.8", "expect": "Other"}, "`A.8` was expected to be Other, but is"),
            ({"kind": "drop", "parameter": "A.8", "to": "1"}, "an amendment that is to drop takes no `to`."),
            ({"kind": "add", "parameter": "A"}, "an amendment that is to add needs `to`."),
            ({"kind": "add", "parameter": "A.8", "to": NEW}, "`A.8` is an indicator and holds no others."),
            ({"kind": "add", "parameter": "A", "to": NEW.replace("Z.1.9", "Z.1.1")}, "there is an element `Z.1.1` already."),
            ({"kind": "add", "parameter": "A", "to": "[1, 2]"}, "`to` is no element with an id."),
            ({"kind": "move", "parameter": "Z", "to": "Z.1"}, "`Z` cannot lie inside itself."),
            ({"kind": "merge", "parameter": "Z.1", "with": "[Z.1.1]", "to": NEW}, "`Z.1.1` lies inside what it is merged with."),
            ({"kind": "merge", "parameter": "A.8", "with": "[A.8]", "to": NEW}, "an element is merged with itself."),
            ({"kind": "add", "parameter": "A", "to": NEW, "after": "Z.1.1"}, "`Z.1.1`, which is in `Z.1`, not in `A`."),
            ({"kind": "add", "parameter": "A", "to": GROUP.replace("Z.1.9", "A.8")}, "there is an element `A.8` already."),
            ({"kind": "reword", "parameter": "A.weight", "to": "5"}, "`to` of an amendment that is to reword is a text in both"),
            ({"kind": "split", "parameter": "A.8", "to": f"[{NEW}]"}, "`to` has fewer than two elements."),
            ({"kind": "remove", "parameter": "A.8"}, '`kind` is "remove".'),
            ({"parameter": "Z.weight", "expect": "2", "to": "[1]"}, "`to` of an amendment that is to set is one value."),
        ],
    )
    def test_each_in_words(self, amended, entry, words):
        """What, and how to mend it."""
        with pytest.raises(WorkbenchError) as caught:
            amended(entry)
        assert words in str(caught.value)

    @pytest.mark.parametrize(
        "entries",
        [
            ({"kind": "drop", "parameter": "Z.1"}, {"parameter": "Z.1.1.weight", "expect": "1", "to": "2"}),
            ({"kind": "drop", "parameter": "Z.1.1"}, {"kind": "move", "parameter": "Z.1.1", "to": "A"}),
            ({"kind": "add", "parameter": "A", "to": NEW}, {"kind": "add", "parameter": "Z.1", "to": NEW}),
            ({"kind": "add", "parameter": "Z.1", "to": NEW}, {"kind": "drop", "parameter": "Z.1"}),
            ({"kind": "move", "parameter": "A.8", "to": "Z.1"}, {"kind": "drop", "parameter": "Z.1"}),
            ({"kind": "move", "parameter": "A.8", "to": "Z.1"}, {"kind": "split", "parameter": "Z.1", "to": f"[{GROUP}, {NEW}]"}),
            ({"kind": "reword", "parameter": "Z.1.1.label", "to": "{th: ก, en: b}"}, {"kind": "drop", "parameter": "Z.1"}),
        ],
    )
    def test_two_that_touch_one_element(self, amended, entries):
        """A conflict, not a race."""
        with pytest.raises(WorkbenchError, match="both touch"):
            amended(*entries)

    def test_two_moves_into_each_other(self, amended):
        """Each alone would do; together they would cut both off from the tree."""
        with pytest.raises(WorkbenchError, match=r"with w1 it puts `A` and `Z\.1` into each other") as caught:
            amended({"kind": "move", "parameter": "A", "to": "Z.1"}, {"kind": "move", "parameter": "Z.1", "to": "A"})
        assert 1 == len(caught.value.faults)

    @pytest.mark.parametrize(
        ("one", "two"),
        [
            ({"kind": "reword", "parameter": "Z.1.label", "to": "{th: ก, en: b}"},
             {"parameter": "Z.1.label.en", "expect": "Sub one", "to": "c"}),
            ({"parameter": "Z.weight", "expect": 2, "to": 3}, {"parameter": "pillars.Z.weight", "expect": 2, "to": 4}),
        ],
    )  # fmt: skip
    def test_two_names_of_one_place(self, amended, one, two):
        """A text and one of its languages, or two ways to write one parameter, in either order."""
        for entries in ((one, two), (two, one)):
            with pytest.raises(WorkbenchError, match=r"touch each other|both change"):
                amended(*entries)

    def test_what_an_amendment_breaks_is_reported_with_its_line(self, amended):
        """A value, an added element and a repeated id, each with the line of the amendment that wrote it."""
        with pytest.raises(WorkbenchError) as caught:
            amended(
                {"parameter": "Z.weight", "expect": 2, "to": -1},
                {"kind": "add", "parameter": "A", "to": NEW.replace("yes_no", "yesno")},
            )
        assert [("w.yaml", 3), ("w.yaml", 4)] == [(fault.file.rsplit("/", 1)[-1], fault.line) for fault in caught.value.faults]


class TestDiff:
    def call(self, root, *arguments):
        command = [sys.executable, "-c", "from workbench.cli import main; main()", "diff", *map(str, arguments)]
        return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)

    def test_an_edition_and_its_run(self, root, tmp_path):
        """Parameters in words, then ranks and bands on the run's data, each amendment alone, and whole tables on demand."""
        done = self.call(root, "params/framework/2559", "params/runs/sample.yaml", "--out", tmp_path / "d")

        assert 0 == done.returncode, done.stderr
        assert "P3.weight: 1 -> 1.5" in done.stdout
        assert "P5.aggregation: - -> geometric" in done.stdout
        assert "of 76 units change rank" in done.stdout
        assert "amendment a01 alone (P3.weight)" in done.stdout
        assert {"parameters.csv", "units.csv", "amendments.csv"} == {path.name for path in (tmp_path / "d").iterdir()}

    def test_the_same_twice(self, root):
        """Nothing differs, and that is said."""
        done = self.call(root, "params/framework/egdi", "params/framework/egdi")
        assert (0, "framework: the same") == (done.returncode, done.stdout.strip())

    def test_added_dropped_and_moved(self, root, amended, tiny):
        """Elements by their ids."""
        from workbench.framework_diff import parameter_changes

        later = amended(
            {"kind": "add", "parameter": "A", "to": NEW},
            {"kind": "drop", "parameter": "A.8"},
            {"kind": "move", "parameter": "Z.2.2", "to": "A"},
        )
        assert {("Z.1.9", "-", "added to A"), ("A.8", "there", "dropped"), ("Z.2.2", "in Z.2", "moved to A")} <= set(
            parameter_changes(Framework.load(tiny), later)
        )

    def test_faults(self, root, tmp_path):
        """An edition that is not there ends in 2."""
        assert 2 == self.call(root, "params/framework/2559", tmp_path / "nowhere").returncode


class TestSchemas:
    def test_the_project_s_own_files_are_valid(self, root):
        """Every shipped parameter file fits its schema, and a misspelt key does not."""
        found = schemas()
        folders = {
            "run": "params/runs",
            "workshop": "params/workshops",
            "uncertainty": "params/uncertainty",
            "rules": "params/rules",
        }
        files = [(kind, path) for kind, folder in folders.items() for path in sorted((root / folder).glob("*.yaml"))]
        files += [("framework", path) for path in sorted((root / "params/framework").glob("*/framework.yaml"))]
        files += [("pillar", path) for path in sorted((root / "params/framework/2559").glob("p*.yaml"))]

        assert len(files) > 15
        for kind, path in files:
            jsonschema.validate(yaml.safe_load(path.read_text(encoding="utf-8")), found[kind])
        run = yaml.safe_load((root / "params/runs/sample.yaml").read_text(encoding="utf-8"))
        with pytest.raises(jsonschema.ValidationError, match="titel"):
            jsonschema.validate(run | {"titel": 1}, found["run"])
