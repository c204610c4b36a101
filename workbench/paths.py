"""Where the project's own files are.

Relative paths in run files and notebooks mean the project folder, whichever folder a command is called from.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["FONTS", "PROJECT", "resolve", "shown"]

PROJECT = Path(__file__).resolve().parents[1]
"""The checkout that this package runs from."""
FONTS = PROJECT / "workbench" / "fonts"
"""Sarabun, under the Open Font License."""


def resolve(path: str | Path, *, base: Path | None = None) -> Path:
    """The file meant by *path*: absolute, else below *base*, the current folder or the project, the first that exists.

    Nothing is searched for: only these three places are looked at, in this order.
    """
    given = Path(path).expanduser()
    places = [base] if base is not None else []
    candidates = [place / given for place in (*places, Path.cwd(), PROJECT)]
    return next((found for found in candidates if found.exists()), candidates[0]).absolute()


def shown(path: str | Path) -> str:
    """*path* as a reader should see it: relative to the project or the current folder where it lies below, else as given."""
    full = Path(path).absolute()
    for base in (PROJECT, Path.cwd()):
        if full.is_relative_to(base):
            return full.relative_to(base).as_posix()
    return full.as_posix()
