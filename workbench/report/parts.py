"""Draws a share of the pages that no notebook computes, in a process of its own beside the notebooks.

Called in a process forked by `workbench.forkserver`; what goes wrong is written to a file for the run to read.
"""

from __future__ import annotations

import json
import traceback
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.manifest import provenance
from workbench.report.site import write_leaves
from workbench.runs import load_run
from workbench.runs import open as open_run

__all__ = ["FAILED", "main"]

FAILED = "failed.json"
"""Written beside the pages when a share could not be drawn."""


def main(arguments: list[str]) -> None:
    """Draw a share: the arguments are the run, the folder, which share of how many, and the notebooks."""
    reference, place, part, parts, *notebooks = arguments
    folder = Path(place)
    try:
        page = open_run(load_run(reference))
        write_leaves(folder, page, notebooks, provenance(page), part=int(part), parts=int(parts))
    except WorkbenchError as error:
        (folder / FAILED).write_text(json.dumps([fault.as_dict() for fault in error.faults]), encoding="utf-8")
        raise
    except Exception:
        (folder / FAILED).write_text(json.dumps(traceback.format_exc()), encoding="utf-8")
        raise
    (folder / f"part{part}.done").touch()
