"""The main job as a user sees it: one command, from survey to published report."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.pages import weights
from bench.timing import Row, timed
from workbench.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]


def measure() -> Iterator[Row]:
    """`workbench run` on the sample, both languages, as a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", "from workbench.cli import main; main()", "run", "--force", "--out", folder]
        spent = timed(lambda: subprocess.run(command, cwd=PROJECT, check=True, capture_output=True), repeat=1, warm_up=False)  # noqa: S603
        report = next(Path(folder).glob("*/manifest.json")).parent
        yield Row("workbench run params/runs/sample.yaml, everything anew", spent, budget=60.0, note=weights(report))
