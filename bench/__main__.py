"""Measures everything that has a budget, in one run, and prints a table.

Usage: python -m bench [NAME ...]; without a name everything is measured but `parts`, which takes some minutes.
"""

from __future__ import annotations

import sys

from bench import analyses, intake, kernel, notebooks, pages, parts, preparation, report, steps, uncertainty
from bench.timing import print_table

__all__ = ["main"]

BENCHES = {
    "kernel": kernel.measure,
    "uncertainty": uncertainty.measure,
    "intake": intake.measure,
    "steps": steps.measure,
    "preparation": preparation.measure,
    "analyses": analyses.measure,
    "pages": pages.measure,
    "report": report.measure,
    "notebooks": notebooks.measure,
}
LONG = {"parts": parts.measure}
"""Measured only when named."""


def main(names: list[str]) -> None:
    """Run the named benches, or all."""
    known = BENCHES | LONG
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in names or list(BENCHES):
        print_table(name, list(known[name]()))


if __name__ == "__main__":
    main(sys.argv[1:])
