"""Mistakes that a user can repair, and the words that say so.

A `Fault` is one mistake: where it is, what was found, what is allowed, how to mend it.
A `WorkbenchError` carries all faults found in one go, so nobody has to mend them one by one.
The command line prints them and exits with 2; anything else that is raised is a bug and exits with 1.
"""

from __future__ import annotations

import difflib
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Fault", "FaultList", "NotebookError", "WorkbenchError", "one_of", "suggestion"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One mistake in data or parameters."""

    problem: str
    """What is wrong, as one sentence that quotes what was found."""
    file: str = ""
    line: int | None = None
    """Line in a text file, from 1."""
    sheet: str = ""
    row: int | None = None
    """Row as a spreadsheet shows it, from 1."""
    column: str = ""
    """Column as a spreadsheet shows it, with its header: `C (P1.1.1)`."""
    value: str = ""
    """What was found, as text."""
    allowed: str = ""
    fix: str = ""

    @property
    def where(self) -> str:
        """The address in words: `answers.xlsx, sheet answers, row 14, column C (P1.1.1)`."""
        parts = [
            self.file,
            f"line {self.line}" if self.line is not None else "",
            f"sheet {self.sheet}" if self.sheet else "",
            f"row {self.row}" if self.row is not None else "",
            f"column {self.column}" if self.column else "",
        ]
        return ", ".join(part for part in parts if part)

    def __str__(self) -> str:
        head = f"{self.where}: {self.problem}" if self.where else self.problem
        rest = [f"  allowed: {self.allowed}" if self.allowed else "", f"  fix: {self.fix}" if self.fix else ""]
        return "\n".join([head, *(line for line in rest if line)])

    def as_dict(self) -> dict[str, object]:
        """The fault for a machine; empty parts are left out."""
        pairs = ((field.name, getattr(self, field.name)) for field in fields(self))
        return {name: value for name, value in pairs if value not in ("", None)}


class WorkbenchError(Exception):
    """One or more mistakes in data or parameters that the user can repair."""

    def __init__(self, *faults: Fault, unlisted: int = 0) -> None:
        self.faults = faults
        self.unlisted = unlisted
        """Further faults that were found and are only counted."""
        super().__init__("\n".join(str(fault) for fault in faults))


class NotebookError(RuntimeError):
    """A notebook failed for another reason than a mistake in data or parameters."""


class FaultList:
    """Collects faults, so that all are reported at once.

    >>> faults = FaultList()
    >>> faults.add("The table is empty.", file="a.csv", fix="give it rows.")
    >>> len(faults)
    1
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, problem: str, **parts: object) -> None:
        """Note one fault; *parts* are the other fields of `Fault`."""
        self._faults.append(Fault(problem=problem, **parts))  # type: ignore[arg-type]

    def extend(self, faults: Iterable[Fault]) -> None:
        """Note several faults."""
        self._faults.extend(faults)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Take over the faults of a `WorkbenchError` raised inside the block and go on after it."""
        try:
            yield
        except WorkbenchError as error:
            self.extend(error.faults)

    def in_order(self) -> FaultList:
        """The same faults once each, file by file as first named, line by line."""
        files = list(dict.fromkeys(fault.file for fault in self._faults))
        found = FaultList()
        found.extend(sorted(dict.fromkeys(self._faults), key=lambda fault: (files.index(fault.file), fault.line or 0)))
        return found

    def stop_if_any(self) -> None:
        """Raise everything noted so far.

        Raises:
            WorkbenchError: at least one fault was noted.
        """
        if self._faults:
            raise WorkbenchError(*self._faults)

    def __len__(self) -> int:
        return len(self._faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._faults)


def suggestion(got: str, allowed: Iterable[str]) -> str:
    """The nearest allowed name as a fix, or nothing when none is near."""
    near = difflib.get_close_matches(got, list(allowed), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else ""


def one_of(allowed: Iterable[object], limit: int = 12) -> str:
    """The allowed values in words, shortened when they are many."""
    names = [str(name) for name in allowed]
    shown = ", ".join(names[:limit])
    return f"{shown}, ... ({len(names)} in all)" if len(names) > limit else shown
