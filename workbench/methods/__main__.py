"""Begin a new normalisation: `python -m workbench.methods NAME` writes its file and says what to fill in."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from workbench.framework_model import NORMALISATIONS

__all__ = ["begin"]

TEMPLATE = '''"""{title}: say here what it is for, and when it misleads."""

from __future__ import annotations

from workbench.methods import FittedScale

__all__ = ["METHOD"]

METHOD = FittedScale(
    name="{name}",
    th="วัดระหว่างค่าต่ำสุดและค่าสูงสุดของหน่วยทั้งหมด",
    en="measured from the minimum to the maximum of the units",
    source="Say where the method is defined.",
    # The two values that score 0 and 100; this line is min-max, put your own formula here.
    ends=lambda values: (float(values.min()), float(values.max())),
)
'''


def begin(name: str, folder: Path) -> Path:
    """Write the file of a new method.

    Raises:
        SystemExit: the name cannot be used, or is used.
    """
    if not re.fullmatch(r"[a-z][a-z_]{1,30}", name):
        sys.exit(f"`{name}` is no name for a method; small letters and underscores, such as make new-method NAME=interquartile")
    path = folder / f"{name}.py"
    if name in NORMALISATIONS or path.exists():
        sys.exit(f"there is a method `{name}` already: {', '.join(sorted(NORMALISATIONS))}")
    path.write_text(TEMPLATE.format(name=name, title=name.replace("_", " ").capitalize()), encoding="utf-8")
    return path


if __name__ == "__main__":
    written = begin(sys.argv[1] if len(sys.argv) > 1 else "", Path(__file__).parent)
    print(f"{written}\nfill it in, then: make test, make docs; parameter files may say `method: {written.stem}` now")  # noqa: T201
