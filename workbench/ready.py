"""What a run has read and scored, handed on to its own kernels, so that it is done once instead of in each.

The run writes it into the folder of its kernels, which only its user can read; a kernel takes it where the inputs are
still those it was made from, and otherwise reads them itself. What comes of it is the same either way.
"""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from workbench.fingerprints import stamps

if TYPE_CHECKING:
    from workbench.framework import Framework
    from workbench.runs import RunSpec
    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty

__all__ = ["READY", "Ready", "hand_on", "taken"]

READY = "WORKBENCH_READY"
"""Environment variable that names the file; absent by hand and on the workers of a cluster."""


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A run, read and scored, with nothing held back."""

    framework: Framework
    data: Any
    exact: Scores
    published: Scores
    uncertainty: Uncertainty | None = None

    def under(self, framework: Framework) -> Self:
        """The same under *framework*, which differs from its own in nothing that scores depend on."""
        if framework is self.framework:
            return self
        exact = _under(self.exact, framework)
        published = exact if self.published is self.exact else _under(self.published, framework)
        return replace(self, framework=framework, data=_under(self.data, framework), exact=exact, published=published)


def _under(item: Any, framework: Framework) -> Any:  # noqa: ANN401  (scores, or data of either kind)
    there = {field.name for field in fields(item)}
    inner = {"data": _under(item.data, framework)} if "data" in there and hasattr(item.data, "__dataclass_fields__") else {}
    return replace(item, **({"framework": framework} if "framework" in there else {}), **inner)


def hand_on(ready: Ready, spec: RunSpec, file: Path) -> None:
    """Write *ready* to *file*, for kernels of the run *spec*."""
    file.write_bytes(pickle.dumps((spec.reference, stamps(spec), ready), protocol=pickle.HIGHEST_PROTOCOL))


def taken(spec: RunSpec) -> Ready | None:
    """What the run handed on, where there is something for *spec* and its inputs are those it was made from."""
    place = os.environ.get(READY)
    if not place:
        return None
    try:
        reference, before, ready = pickle.loads(Path(place).read_bytes())  # noqa: S301  (of the run's own, in a folder of its own)
    except OSError:
        return None
    return ready if (reference, before) == (spec.reference, stamps(spec)) else None
