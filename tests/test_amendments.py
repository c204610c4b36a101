"""Feedback changes a framework under a guard, and leaves a trace."""

from __future__ import annotations

import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework

HEAD = """\
workshop:
  id: ws-1
  title: {th: การประชุม, en: Workshop}
  date: "2559-05-23"
  place: {th: กรุงเทพฯ, en: Bangkok}
amendments:
"""


def entry(name, parameter, expect, to, status="accepted"):
    return (
        f"- id: {name}\n  parameter: {parameter}\n  expect: {expect}\n  to: {to}\n"
        f"  reason: {{th: เหตุผล, en: reason}}\n  raised_by: E01\n  status: {status}\n"
    )


@pytest.fixture
def workshop(tmp_path):
    def write(*entries, name="ws.yaml"):
        path = tmp_path / name
        path.write_text(HEAD + "".join(entries), encoding="utf-8")
        return path

    return write


def faults_of(tiny, *paths):
    with pytest.raises(WorkbenchError) as caught:
        Framework.load(tiny, workshops=paths)
    return caught.value.faults


class TestWhatIsApplied:
    def test_an_accepted_amendment_changes_one_parameter(self, tiny, workshop):
        """The weight of one indicator changes, nothing else; the edition stays as it was."""
        resolved = Framework.load(tiny, workshops=[workshop(entry("a1", "Z.2.2.weight", 3, 2))])

        assert 2 == resolved.element("Z.2.2").weight
        assert 3 == resolved.base.element("Z.2.2").weight
        assert 1 == resolved.element("Z.2.1").weight

    def test_ids_with_dots_and_keys_below(self, tiny, workshop):
        """A parameter may lie deep: a goalpost, a step's points, a band's minimum, the method."""
        resolved = Framework.load(
            tiny,
            workshops=[
                workshop(
                    entry("a1", "A.8.normalisation.high", 60, 50),
                    entry("a2", "Z.2.1.question.steps.1.points", 0.5, 0.4),
                    entry("a3", "bands.middle.minimum", 40, 45),
                    entry("a4", "Z.1.label.en", "Sub one", "First"),
                )
            ],
        )

        assert 50 == resolved.element("A.8").normalisation.high
        assert 0.4 == resolved.element("Z.2.1").question.steps[1].points
        assert 45 == resolved.bands[1].minimum
        assert "First" == resolved.label("Z.1").en

    def test_a_key_left_at_its_default_can_be_set(self, tiny, workshop):
        """A group without an aggregation of its own expects nothing there."""
        resolved = Framework.load(tiny, workshops=[workshop(entry("a1", "Z.2.aggregation", "null", "geometric"))])

        assert "geometric" == resolved.aggregation("Z.2")

    def test_declined_and_proposed_ones_change_nothing(self, tiny, workshop):
        """They stay in the record with their status."""
        path = workshop(entry("a1", "Z.2.2.weight", 3, 2, "declined"), entry("a2", "A.weight", 1, 5, "proposed"))
        resolved = Framework.load(tiny, workshops=[path])

        assert resolved.fingerprint == Framework.load(tiny).fingerprint
        assert ["declined", "proposed"] == [amendment.status for amendment in resolved.amendments]

    def test_the_order_of_workshops_does_not_matter(self, tiny, workshop):
        """Two workshops resolve to the same framework either way."""
        one = workshop(entry("a1", "Z.2.2.weight", 3, 2), name="one.yaml")
        two = workshop(entry("b1", "A.weight", 1, 5), name="two.yaml")
        two.write_text(two.read_text(encoding="utf-8").replace("ws-1", "ws-2"), encoding="utf-8")

        assert Framework.load(tiny, workshops=[one, two]).fingerprint == Framework.load(tiny, workshops=[two, one]).fingerprint

    def test_reversing_restores_the_fingerprint(self, tiny, workshop):
        """An amendment that sets what is there already changes nothing."""
        assert (
            Framework.load(tiny).fingerprint
            == Framework.load(tiny, workshops=[workshop(entry("a1", "Z.2.2.weight", 3, 3))]).fingerprint
        )


class TestWhatIsRefused:
    def test_a_guard_that_no_longer_holds(self, tiny, workshop):
        """The premise is quoted with what was found, file and line."""
        (fault,) = faults_of(tiny, workshop(entry("a1", "Z.2.2.weight", 4, 2)))

        assert "`Z.2.2.weight` was expected to be 4, but is 3" in fault.problem
        assert 8 == fault.line
        assert "correct `expect`" in fault.fix

    def test_guards_of_declined_amendments_are_checked_too(self, tiny, workshop):
        """A record that misquotes the edition is wrong whatever became of it."""
        assert 1 == len(faults_of(tiny, workshop(entry("a1", "Z.2.2.weight", 4, 2, "declined"))))

    def test_an_unknown_parameter(self, tiny, workshop):
        """A misspelt element is refused with the nearest one."""
        (fault,) = faults_of(tiny, workshop(entry("a1", "Z.2.3.weight", 3, 2)))

        assert "there is no parameter `Z.2.3.weight`" in fault.problem
        assert "did you mean" in fault.fix

    def test_two_accepted_amendments_of_one_parameter(self, tiny, workshop):
        """A conflict is an error, not a race."""
        path = workshop(entry("a1", "Z.2.2.weight", 3, 2), entry("a2", "Z.2.2.weight", 3, 1))
        (fault,) = faults_of(tiny, path)

        assert "both change `Z.2.2.weight`: to 2 and to 1" in fault.problem

    def test_a_value_that_makes_the_framework_invalid(self, tiny, workshop):
        """The resolved framework is checked like any other."""
        (fault,) = faults_of(tiny, workshop(entry("a1", "Z.2.2.weight", 3, -1)))

        assert "`weight` is -1." == fault.problem

    def test_one_id_for_two_amendments_or_two_workshops(self, tiny, workshop):
        """Ids name rows of tables, so each may be used once, also across workshops."""
        one = workshop(entry("a1", "Z.2.2.weight", 3, 2), name="one.yaml")
        two = workshop(entry("a1", "A.weight", 1, 5), name="two.yaml")
        two.write_text(two.read_text(encoding="utf-8").replace("ws-1", "ws-2"), encoding="utf-8")

        assert "amendment id `a1` is also used by ws-1" in faults_of(tiny, one, two)[0].problem
        assert "workshop `ws-1` is given twice" in faults_of(tiny, one, one)[0].problem

    def test_a_day_that_does_not_exist(self, tiny, workshop):
        """30 February is refused with the file, not when the page is made."""
        path = workshop(entry("a1", "Z.2.2.weight", 3, 2))
        path.write_text(path.read_text(encoding="utf-8").replace("2559-05-23", "2559-02-30"), encoding="utf-8")

        assert "there is no day 2559-02-30." in faults_of(tiny, path)[0].problem

    def test_names_of_persons(self, tiny, workshop):
        """Whoever raised it appears under a pseudonym."""
        path = workshop(entry("a1", "Z.2.2.weight", 3, 2).replace("E01", "Somchai"))
        (fault,) = faults_of(tiny, path)

        assert '`raised_by` is "Somchai".' == fault.problem

    def test_unknown_status(self, tiny, workshop):
        """A status is one of three words."""
        (fault,) = faults_of(tiny, workshop(entry("a1", "Z.2.2.weight", 3, 2, "acepted")))

        assert "did you mean `accepted`?" == fault.fix
