"""The files of a survey: one table, one filled-in questionnaire, or a folder with one file per agency.

A folder is read with its subfolders, in the order of the names. What spreadsheet programs leave behind while a file is
open (`~$...`), hidden files and what Windows leaves behind are passed over;
anything else that is no table is a fault, and so is a link.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import Fault, FaultList, WorkbenchError
from workbench.grids import READERS
from workbench.intake.questionnaire import read_questionnaire
from workbench.intake.stacking import stacked
from workbench.paths import resolve
from workbench.paths import shown as shown_path
from workbench.tables import read_table

if TYPE_CHECKING:
    from workbench.framework import Framework
    from workbench.intake.headers import Headers
    from workbench.tables import Table

__all__ = ["files_in", "read_files", "refuse_link"]

LEFT_BEHIND = ("thumbs.db", "desktop.ini")
"""What Windows leaves in folders."""


def read_files(path: str | Path, headers: Headers, framework: Framework) -> tuple[Table, list[Fault]]:
    """The survey as one table, and what is wrong with files that could not be read, or only in part.

    Raises:
        WorkbenchError: nothing could be read.
    """
    place = resolve(path)
    refuse_link(place)
    faults = FaultList()
    if not place.is_dir():
        return _read_file(place, headers, framework, faults), list(faults)
    tables: dict[str, Table] = {}
    for file in files_in(place, faults):
        with faults.collecting():
            table = _read_file(file, headers, framework, faults)
            first = tables.setdefault(table.fingerprint, table)
            if first is not table:
                problem = f"the file is the same, byte for byte, as {first.file}."
                faults.add(problem, file=table.file, fix="take one of the two out.")
    if not tables:
        faults.stop_if_any()
    return stacked([*tables.values()], shown_path(place)), list(faults)


def refuse_link(path: Path) -> None:
    """A link in place of a file or folder may point to something else tomorrow.

    Raises:
        WorkbenchError: *path* itself is a link.
    """
    if path.is_symlink():
        fix = "name the file or folder itself."
        raise WorkbenchError(Fault(file=shown_path(path), problem="this is a link, not a file or folder.", fix=fix))


def files_in(folder: Path, faults: FaultList) -> list[Path]:
    """The tables of a folder and its subfolders, by name.

    Raises:
        WorkbenchError: there is none.
    """
    found = []
    for path in _everything(folder, faults):
        if path.name.startswith((".", "~$")) or path.name.casefold() in LEFT_BEHIND:
            continue
        if path.is_symlink():
            faults.add("this is a link, not a file.", file=shown_path(path), fix="put the file itself into the folder.")
        elif path.suffix.lower() not in READERS:
            allowed = ", ".join(READERS)
            fix = "take it out, or save it as .xlsx."
            faults.add("this file of the folder is no table.", file=shown_path(path), allowed=allowed, fix=fix)
        else:
            found.append(path)
    if not found and not len(faults):
        fix = "name the folder with the answers."
        fault = Fault(file=shown_path(folder), problem="the folder holds no table.", allowed=", ".join(READERS), fix=fix)
        raise WorkbenchError(fault)
    return found


def _everything(folder: Path, faults: FaultList) -> list[Path]:
    """The files and links of a folder and its subfolders, by name; folders that cannot be opened are noted in *faults*."""

    def closed(error: OSError) -> None:
        problem = f"the folder cannot be opened: {error.strerror}."
        faults.add(problem, file=shown_path(error.filename or folder), fix="check its permissions.")

    found = []
    for name, folders, files in os.walk(folder, onerror=closed):
        inside = Path(name)
        found += [inside / file for file in files]
        found += [inside / other for other in folders if (inside / other).is_symlink()]
        folders[:] = [other for other in folders if not other.startswith(".")]
    return sorted(found)


def _read_file(path: Path, headers: Headers, framework: Framework, faults: FaultList) -> Table:
    form = read_questionnaire(path, headers, framework, faults) if path.suffix.lower() == ".xlsx" else None
    return form if form is not None else read_table(path, headers=headers, broken=faults)
