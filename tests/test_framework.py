"""Frameworks: what is read, what is refused, what a fingerprint covers."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework


def edit(folder, file, old, new):
    """Change one place of a parameter file."""
    path = folder / f"{file}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old} is not in {file}.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(folder, **kwargs):
    with pytest.raises(WorkbenchError) as caught:
        Framework.load(folder, **kwargs)
    return caught.value.faults


def only_fault(folder):
    (fault,) = faults_of(folder)
    return fault


class TestWhatIsRead:
    def test_the_tree(self, tiny):
        """Elements keep the order of the files, and know their level, parent and pillar."""
        framework = Framework.load(tiny)

        assert [pillar.id for pillar in framework.pillars] == ["Z", "A"]
        assert [group.id for group in framework.groups] == ["Z", "Z.2", "Z.1", "A"]
        assert [item.id for item in framework.indicators] == ["Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "A.7"]
        assert (framework.level("Z.1"), framework.parent("Z.1"), framework.pillar_of("Z.1")) == ("sub-pillar", "Z", "Z")
        assert (framework.level("A.9"), framework.parent("A.9"), framework.pillar_of("A.9")) == ("indicator", "A", "A")

    def test_weights_of_pillars_stand_beside_their_files(self, tiny):
        """The weight beside `file` is the pillar's."""
        assert [pillar.weight for pillar in Framework.load(tiny).pillars] == [2.0, 1.0]

    def test_aggregation_is_chosen_per_group(self, tiny):
        """A group has its own aggregation or the method's."""
        framework = Framework.load(tiny)

        assert [framework.aggregation(name) for name in ("Z.2", "Z.1")] == ["arithmetic", "geometric"]

    def test_ratio_questions_bring_their_two_numbers(self, tiny):
        """The columns of a survey are the questions, and the two numbers of each ratio once."""
        assert Framework.load(tiny).columns == ("Z.2.1", "Z.2.2", "Z.1.1", "Z.1.2", "A.9", "A.8", "ict_staff", "staff")

    def test_it_cannot_be_changed(self, tiny):
        """A framework is frozen, all the way down."""
        framework = Framework.load(tiny)
        with pytest.raises(Exception, match="frozen"):
            framework.indicators[0].weight = 2.0
        with pytest.raises(Exception, match="cannot assign"):
            framework.workshops = ()

    def test_unknown_elements_are_named(self, tiny):
        """Asking for an unknown id names the nearest."""
        with pytest.raises(WorkbenchError, match=r"no element `Z\.21`"):
            Framework.load(tiny).element("Z.21")


class TestFingerprint:
    def test_equal_for_equal_frameworks_wherever_they_lie(self, tiny, tmp_path):
        """Comments, layout and folder do not count."""
        copy = tmp_path / "elsewhere"
        copy.mkdir()
        for path in tiny.iterdir():
            (copy / path.name).write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

        assert Framework.load(tiny).fingerprint == Framework.load(copy).fingerprint

    def test_every_number_counts(self, tiny):
        """Changing one goalpost changes it."""
        before = Framework.load(tiny).fingerprint
        edit(tiny, "alpha", "high: 60", "high: 61")

        assert before != Framework.load(tiny).fingerprint


class TestWhatIsRefused:
    def test_unknown_key(self, tiny):
        """A misspelt key is named with its line and the nearest key."""
        edit(tiny, "zeta", "weight: 3", "wieght: 3")
        fault = only_fault(tiny)

        assert (fault.file.rsplit("/", 1)[-1], fault.line) == ("zeta.yaml", 19)
        assert fault.problem == "unknown key `wieght`."
        assert fault.fix == "did you mean `weight`?"

    def test_missing_language(self, tiny):
        """A text without Thai is refused."""
        edit(tiny, "zeta", "{th: แผน, en: Plan}", "{en: Plan}")

        assert only_fault(tiny).problem == "`th` is missing."

    def test_empty_text(self, tiny):
        """An empty text is a missing language too."""
        edit(tiny, "zeta", "{th: แผน, en: Plan}", '{th: "", en: Plan}')

        assert only_fault(tiny).problem == '`th` is "".'

    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            ("-1", "`weight` is -1."),
            ('"1"', '`weight` must be a number; got "1".'),
            ("heavy", '`weight` must be a number; got "heavy".'),
            ("true", "`weight` must be a number; got true."),
        ],
    )
    def test_weights_that_are_none(self, tiny, value, problem):
        """A weight is a number of 0 or more."""
        edit(tiny, "zeta", "weight: 3", f"weight: {value}")

        assert problem == only_fault(tiny).problem

    def test_weights_that_sum_to_zero(self, tiny):
        """A group whose weights are all 0 is named."""
        edit(tiny, "framework", "weight: 2", "weight: 0")
        edit(tiny, "framework", "weight: 1", "weight: 0")

        assert only_fault(tiny).problem == "the weights in `index` sum to 0 (Z, A)."

    def test_goalposts_the_wrong_way_round(self, tiny):
        """Swapped goalposts are reported with both numbers and both fixes."""
        edit(tiny, "alpha", "low: 0, high: 60", "low: 60, high: 0")
        fault = only_fault(tiny)

        assert "got low=60, high=0" in fault.problem
        assert fault.fix == "swap them, or set `direction: negative` if more is worse."

    def test_log_of_zero(self, tiny):
        """A log between goalposts from 0 is refused."""
        edit(tiny, "alpha", "low: 0.01", "low: 0")

        assert "a log needs goalposts above 0; got low=0." in only_fault(tiny).problem

    def test_repeated_id(self, tiny):
        """An id used twice is refused."""
        edit(tiny, "zeta", "- id: Z.1.2", "- id: Z.2.1")

        assert only_fault(tiny).problem == "id `Z.2.1` is used 2 times."

    def test_id_of_a_result_column(self, tiny):
        """No element may be called as a result column."""
        edit(tiny, "zeta", "- id: Z.1.2", "- id: rank")

        assert only_fault(tiny).problem == "id `rank` is the name of a result column."

    def test_unordered_bands(self, tiny):
        """Bands must ascend from 0."""
        edit(tiny, "framework", "minimum: 40", "minimum: 80")

        assert "got 0, 80, 70." in only_fault(tiny).problem

    def test_bands_by_quantile_or_by_score(self, tiny):
        """Not a mixture of both."""
        edit(tiny, "framework", "minimum: 40", "quantile: 0.4")

        assert "bands have either a `minimum` or a `quantile`" in only_fault(tiny).problem

    def test_unknown_method(self, tiny):
        """An unknown aggregation is refused with the allowed ones."""
        edit(tiny, "zeta", "aggregation: geometric", "aggregation: geometrical")
        fault = only_fault(tiny)

        assert fault.problem == '`aggregation` is "geometrical".'
        assert fault.allowed.startswith("arithmetic, geometric, harmonic, power(p)")
        assert fault.fix == "did you mean `geometric`?"

    def test_unknown_question_type(self, tiny):
        """An unknown question type is refused with all seven."""
        edit(tiny, "zeta", "{type: yes_no}", "{type: yesno}")
        fault = only_fault(tiny)

        assert '"yesno"' in fault.problem
        assert all(name in fault.allowed for name in ("ladder", "multi_select", "yes_no", "likert", "number", "percent", "ratio"))

    def test_unknown_and_unused_numbers(self, tiny):
        """A ratio over an unknown number, and a number nobody uses, are both named."""
        edit(tiny, "alpha", "denominator: staff", "denominator: stuff")
        problems = [fault.problem for fault in faults_of(tiny)]

        assert problems == ["`A.7` uses the unknown number `stuff`.", "number `staff` is used by no question."]

    def test_unknown_respondents(self, tiny):
        """A question asked of an unknown type names the nearest."""
        edit(tiny, "alpha", "asked_of: [A01]", "asked_of: [A1]")

        assert only_fault(tiny).problem == "`A.9` is asked of `A1`, an unknown type."

    def test_question_and_column(self, tiny):
        """An indicator has a question or a column, not both and not neither."""
        edit(tiny, "zeta", "    question: {type: yes_no}\n", "")

        assert "has neither" in only_fault(tiny).problem

    def test_ladder_points(self, tiny):
        """Points of a ladder ascend from 0 to 1."""
        edit(tiny, "zeta", "points: 0.5", "points: 1")

        assert "got 0, 1, 1." in only_fault(tiny).problem

    def test_missing_normalisation(self, tiny):
        """A number has no scale of its own."""
        edit(tiny, "alpha", "  normalisation: {method: goalposts, low: 0, high: 60}\n", "")

        assert "`normalisation` is missing in `A.8`." in only_fault(tiny).problem

    def test_a_group_may_set_the_normalisation(self, tiny):
        """An indicator without one takes its group's; without that the method's; its own comes first."""
        own = "  normalisation: {method: goalposts, low: 0, high: 60}\n"
        edit(tiny, "alpha", own, "")
        edit(tiny, "alpha", "children:", "normalisation: {method: minmax}\nchildren:")
        framework = Framework.load(tiny)

        assert [framework.element(name).normalisation.method for name in ("A.9", "A.8", "A.7")] == [
            "goalposts",
            "minmax",
            "goalposts",
        ]

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ("{method: minmax, low: 3}", "method `minmax` takes no `low`."),
            ("{method: distance_to_target}", "needs `target`"),
            ("{method: categorical, cuts: [1, 2], points: [0, 100]}", "2 cuts and 2 points"),
            ("{method: minmax, range: [100, 0]}", "`range` must ascend"),
            ("{method: min-max}", '`method` is "min-max".'),
        ],
    )
    def test_normalisations_that_do_not_fit(self, tiny, given, words):
        """A method takes its own keys and no others."""
        edit(tiny, "alpha", "{method: goalposts, low: 0, high: 60}", given)

        assert words in only_fault(tiny).problem

    def test_missing_pillar_file(self, tiny):
        """A pillar file that is not there is named."""
        edit(tiny, "framework", "alpha.yaml", "alfa.yaml")

        assert only_fault(tiny).problem == "there is no such file."

    def test_a_file_outside_the_edition(self, tiny):
        """A pillar file may not be read from elsewhere."""
        edit(tiny, "framework", "alpha.yaml", "../../secret.yaml")

        assert any(fault.problem == '`file` is "../../secret.yaml".' for fault in faults_of(tiny))

    def test_all_at_once(self, tiny):
        """Faults of all files come in one go."""
        edit(tiny, "zeta", "weight: 3", "wieght: 3")
        edit(tiny, "alpha", "high: 60", "high: -60")
        edit(tiny, "framework", "minimum: 40", 'minimum: "40"')

        assert {"zeta.yaml", "alpha.yaml", "framework.yaml"} == {fault.file.rsplit("/", 1)[-1] for fault in faults_of(tiny)}
