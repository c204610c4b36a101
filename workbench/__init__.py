"""From an expert workshop to a published readiness index.

The names a researcher needs are here: `Framework`, `read_survey`, `read_indicators`, `score`,
`load_spec`, `simulate`,
`panel`, `indicator`. They are loaded when first used, so `import workbench` costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.errors import WorkbenchError
    from workbench.framework import Framework
    from workbench.indicator_view import indicator
    from workbench.live_panel import panel
    from workbench.scoring import Scores, score
    from workbench.survey import Indicators, Responses, read_indicators, read_survey
    from workbench.uncertainty import Uncertainty, load_spec, simulate

__version__ = "0.1.0"
__all__ = [
    "Framework",
    "Indicators",
    "Responses",
    "Scores",
    "Uncertainty",
    "WorkbenchError",
    "indicator",
    "load_spec",
    "panel",
    "read_indicators",
    "read_survey",
    "score",
    "simulate",
]

_HOMES = {
    "workbench.errors": ("WorkbenchError",),
    "workbench.framework": ("Framework",),
    "workbench.indicator_view": ("indicator",),
    "workbench.live_panel": ("panel",),
    "workbench.scoring": ("Scores", "score"),
    "workbench.survey": ("Indicators", "Responses", "read_indicators", "read_survey"),
    "workbench.uncertainty": ("Uncertainty", "load_spec", "simulate"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")


def load_ipython_extension(shell: object) -> None:
    """For `%load_ext workbench`: mistakes show as one box. An import from a notebook does the same by itself."""
    from workbench.mistakes import install  # noqa: PLC0415

    install(shell)


def _in_a_notebook() -> None:
    """Show mistakes as a box where IPython runs; without it nothing is imported."""
    if "IPython" in sys.modules:
        from workbench.mistakes import install  # noqa: PLC0415

        install()


_in_a_notebook()


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
