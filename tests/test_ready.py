"""What a run hands on to its kernels: taken only where it is of these very inputs, and never more than was declared."""

from __future__ import annotations

import pandas as pd
import pytest
from test_pipeline import Desk

from workbench import runs
from workbench.needs import NEEDS
from workbench.page import Page
from workbench.ready import READY, hand_on, taken

pytestmark = pytest.mark.xdist_group("pipeline")


@pytest.fixture
def desk(tiny, tmp_path):
    return Desk(tiny, tmp_path)


@pytest.fixture
def spec(desk, monkeypatch):
    """A run whose reading was handed on."""
    found = runs.load_run(desk.file(desk.notebook("one")))
    hand_on(Page.of(found, "th").ready, found, desk.folder / "ready")
    monkeypatch.setenv(READY, str(desk.folder / "ready"))
    return found


def test_kernels_take_it(desk):
    """The notebooks of a run, whatever they declare, and the pages that are drawn beside them."""
    cell = "import os\nfrom workbench import ready\nassert ready.taken(runs.load_run(run)) is not None"
    desk.run(desk.notebook("one", cell), desk.notebook("two", cell, needs=[]))

    assert ["one", "two"] == desk.what("finished")
    assert [] == list(desk.folder.glob("reports/*/*.ready"))


@pytest.mark.parametrize("needs", ["*", "", "weights", "weights uncertainty", "workshops uncertainty"])
def test_a_page_is_the_same_as_one_that_read_for_itself(spec, monkeypatch, needs):
    """Scores, ranks, framework, draws; and what was not declared is withheld from both."""
    monkeypatch.setenv(NEEDS, needs)
    given = Page.of(spec, "th")
    monkeypatch.delenv(READY)
    read = Page.of(spec, "th")
    for name in ("table", "ranks", "bands", "values"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(getattr(read.scores, name)), pd.DataFrame(getattr(given.scores, name)), check_names=False
        )

    assert read.framework.fingerprint == given.framework.fingerprint
    assert (read.framework.base, read.framework.workshops) == (given.framework.base, given.framework.workshops)
    assert (read.data.framework.base, read.data.framework.workshops) == (
        given.data.framework.base,
        given.data.framework.workshops,
    )
    assert [str(node.weight) for node in read.framework.elements] == [str(node.weight) for node in given.framework.elements]
    if needs in {"*", "weights uncertainty"}:
        pd.testing.assert_frame_equal(read.uncertainty().ranks, given.uncertainty().ranks)
        assert "_uncertainty" in vars(given)


def test_another_state_of_the_inputs_is_not_taken(spec, desk):
    """Nor another run, nor a file that is gone."""
    assert taken(spec) is not None
    desk.survey.write_text(desk.survey.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert taken(spec) is None
    hand_on(Page.of(spec, "th").ready, spec, desk.folder / "ready")
    assert taken(spec) is not None
    assert taken(runs.load_run(desk.file(desk.notebook("two"), more="cell_seconds: 60\n"))) is None
    (desk.folder / "ready").unlink()
    assert taken(spec) is None
