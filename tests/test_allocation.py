"""Memory that is freed and asked for again at once."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
from workbench.allocation import keep_freed
if sys.argv[1] == "kept":
    keep_freed()
    keep_freed()

def work():
    for _ in range(5):
        parts = [np.ones(400_000) for _ in range(4)]
        parts = [part * 2.0 for part in parts]

work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told anything")
def test_freed_memory_is_kept():
    """Arrays of some megabytes, made and dropped again and again, get the same pages and not new ones."""
    given, kept = (
        int(subprocess.run([sys.executable, "-c", FAULTS, how], check=True, capture_output=True, text=True).stdout)
        for how in ("given", "kept")
    )

    assert kept < given / 10, (given, kept)
