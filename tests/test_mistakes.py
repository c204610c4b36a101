"""A mistake at the keyboard: one box, in a real kernel, and the cell still fails."""

from __future__ import annotations

import re

import pytest

from workbench.errors import Fault, WorkbenchError
from workbench.mistakes import box, install


def plain(lines):
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines))


def test_the_box_says_where_what_allowed_and_how_to_fix():
    """In this order, each fault in its own paragraph."""
    faults = [Fault(problem="It is 7.", file="a.yaml", line=3, allowed="1 to 5", fix="write 5."), Fault(problem="It is late.")]
    text = plain(box(WorkbenchError(*faults), line=2))

    assert "You can mend this: 2 found" in text
    assert "raised by line 2 of this cell" in text
    order = [
        text.index(part) for part in ("a.yaml, line 3", "It is 7.", "allowed: 1 to 5", "how to fix: write 5.", "It is late.")
    ]
    assert order == sorted(order)


def test_without_ipython_nothing_is_installed():
    """A program that imports the package gets ordinary exceptions."""
    assert not install(object())


@pytest.fixture(scope="module")
def outputs(root):
    """What a real kernel sends for four cells."""
    import nbformat
    from nbclient import NotebookClient

    cells = [
        "import workbench as wb",
        f"x = 1\nframework = wb.Framework.load({str(root / 'params/framework/2559')!r})\nframework['P1.1.l']",
        "1 / 0",
        "%reload_ext workbench\nwb.Framework.load('nowhere')",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(book, allow_errors=True, timeout=60).execute()
    return [cell.outputs for cell in book.cells]


class TestKernel:
    def test_a_mistake_shows_a_box_and_no_frame(self, outputs):
        """What was wrong, which line of the cell, the nearest name; no path of a module and no `Traceback`."""
        font, shown = outputs[1]
        text = plain(shown.traceback)

        assert ["display_data", ""] == [font.output_type, font.data["text/plain"]]
        assert "error" == shown.output_type
        assert "no element `P1.1.l`" in text
        assert "raised by line 3 of this cell" in text
        assert "Traceback" not in text
        assert ".py" not in text
        assert len(text.splitlines()) < 10

    def test_the_cell_fails_by_the_same_name(self, outputs):
        """Whoever runs notebooks unattended reads name and words as before."""
        shown = outputs[1][-1]
        assert "WorkbenchError" == shown.ename
        assert "no element `P1.1.l`" in shown.evalue

    def test_a_bug_keeps_its_traceback(self, outputs):
        """Other exceptions are shown as ever."""
        (shown,) = outputs[2]
        assert "ZeroDivisionError" == shown.ename
        assert "Traceback" in plain(shown.traceback)

    def test_it_can_be_asked_for(self, outputs):
        """`%load_ext workbench` does the same as the import."""
        assert "You can mend this" in plain(outputs[3][-1].traceback)
