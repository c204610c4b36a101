"""A mistake made at the keyboard of a notebook shows one box, not fifty frames of a traceback.

`install` tells IPython how to show a `WorkbenchError`; every other exception keeps its traceback, for that is a bug.
The cell still fails, with the same name and the same words, so whoever runs a notebook unattended notices.
"""

from __future__ import annotations

import os
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.text import Texts

if TYPE_CHECKING:
    from types import TracebackType

    from workbench.errors import Fault

__all__ = ["box", "install"]

WIDTH = 100
RED, BOLD, PLAIN = "\x1b[31m", "\x1b[1m", "\x1b[0m"


def install(shell: Any = None) -> bool:  # noqa: ANN401  (IPython has no types)
    """Show mistakes as a box in *shell*, or in the running IPython; False where there is none."""
    if shell is None:
        module = sys.modules.get("IPython")
        shell = module.get_ipython() if module is not None and hasattr(module, "get_ipython") else None
    if shell is None or not hasattr(shell, "set_custom_exc"):
        return False
    shell.set_custom_exc((WorkbenchError,), _show)
    return True


def box(error: WorkbenchError, line: int | None = None) -> list[str]:
    """The lines of the box: how many faults, then where, what, what is allowed and how to fix each.

    Args:
        error: What was raised.
        line: The line of the cell that raised it, from 1, where it is known.
    """
    title = str(Texts.default()("cards.mended", n=len(error.faults)))
    lines = [f"{RED}┏━{PLAIN} {BOLD}{title}{PLAIN}"]
    if line is not None:
        lines.append(f"{RED}┃{PLAIN} {Texts.default()('cards.cell', line=line)}")
    for fault in error.faults:
        lines.append(f"{RED}┃{PLAIN}")
        lines += [f"{RED}┃{PLAIN} {text}" for text in _fault(fault)]
    return [*lines, f"{RED}┗━{PLAIN}"]


def _fault(fault: Fault) -> list[str]:
    words = Texts.default()
    found = [f"{BOLD}{fault.where}{PLAIN}"] if fault.where else []
    found += textwrap.wrap(fault.problem, WIDTH)
    for key, text in (("allowed", fault.allowed), ("fix", fault.fix)):
        if text:
            found += textwrap.wrap(f"{words(f'cards.{key}')}: {text}", WIDTH, initial_indent="  ", subsequent_indent="    ")
    return found


def _show(shell: Any, kind: type[WorkbenchError], error: WorkbenchError, trace: TracebackType, **_: object) -> list[str]:  # noqa: ANN401
    lines = box(error, _cell_line(trace))
    _lend_font(shell)
    shell._showtraceback(kind, error, lines)  # noqa: SLF001  (how a shell sends what it shows to its front end)
    return lines


def _lend_font(shell: Any) -> None:  # noqa: ANN401
    """Give JupyterLab the Thai letters of the box, for computers that have none; a terminal has its own."""
    if not hasattr(shell, "kernel"):
        return
    from workbench.page import OUT, style  # noqa: PLC0415  (a page is needed only where something is shown)

    if OUT not in os.environ:
        shell.display_pub.publish({"text/html": style(), "text/plain": ""})


def _cell_line(trace: TracebackType | None) -> int | None:
    """The line of the cell that was running; None outside cells."""
    found = None
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "ipykernel_" in name or name.startswith("<ipython-input"):
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
