"""Which faults of a survey in many files are listed: so many that a person can use them, the worst first, and all counted.

A wrong column in each of a thousand files would be millions of faults. A file hands over a few with the number of the
others, and of all files together no more are held. Nothing is dropped without being counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.errors import Fault, FaultList, WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["MOST_LISTED", "Faulty", "Listing"]

MOST_LISTED = 10_000
"""Faults of all files that are listed."""


@dataclass(frozen=True, kw_only=True)
class Faulty:
    """What is wrong with one file."""

    faults: tuple[Fault, ...]
    more: int
    """Faults beyond those."""

    @classmethod
    def of(cls, faults: Sequence[Fault]) -> Faulty:
        """The first of the faults of a file, which come worst first."""
        return cls(faults=tuple(faults[:MOST_LISTED]), more=max(len(faults) - MOST_LISTED, 0))


@dataclass
class Listing:
    """The faults of many files, taken file by file."""

    of_files: list[Fault] = field(default_factory=list)
    """Of whole files and columns."""
    of_cells: list[Fault] = field(default_factory=list)
    total: int = 0
    files: int = 0

    def take(self, found: Faulty) -> None:
        """The faults of one more file."""
        self.total += len(found.faults) + found.more
        self.files += 1
        for fault in found.faults:
            kind = self.of_files if fault.row is None else self.of_cells
            if len(kind) < MOST_LISTED:
                kind.append(fault)

    def stop_if_any(self, others: Iterable[Fault], folder: str) -> None:
        """Raise *others* and the faults of all files, the worst first.

        Raises:
            WorkbenchError: there is a fault.
        """
        faults = FaultList()
        faults.extend(others)
        listed = [*self.of_files, *self.of_cells][:MOST_LISTED]
        if unlisted := self.total - len(listed):
            problem = f"{self.files:,} files have at least {self.total:,} faults; {len(listed):,} of them are listed."
            fix = "correct those first: most of the others are likely of the same kind."
            raise WorkbenchError(*faults, Fault(file=folder, problem=problem, fix=fix), *listed, unlisted=unlisted)
        faults.extend(listed)
        faults.stop_if_any()
