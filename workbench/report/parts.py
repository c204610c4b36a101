"""Draws a share of the pages that no notebook computes and takes them through the gate, in a process of its own.

Called in a process forked by `workbench.forkserver`; what goes wrong is written to a file for the run to read.
"""

from __future__ import annotations

import json
import traceback
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.manifest import provenance
from workbench.report.gate import check_pages
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
        pages = write_leaves(folder, page, notebooks, provenance(page), part=int(part), parts=int(parts))
        links = check_pages(folder, pages)
    except WorkbenchError as error:
        (folder / FAILED).write_text(json.dumps([fault.as_dict() for fault in error.faults]), encoding="utf-8")
        raise
    except Exception:
        (folder / FAILED).write_text(json.dumps(traceback.format_exc()), encoding="utf-8")
        raise
    beside = folder / f"part{part}.tmp"
    beside.write_text(json.dumps(links), encoding="utf-8")
    beside.rename(folder / f"part{part}.done")
