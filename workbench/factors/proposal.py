"""A workshop file with what factor analysis proposes, for experts to accept or decline.

Reads a run, analyses its indicators as its page does, and writes one amendment with status `proposed` for every
indicator that does not stay. Never overwrites a file: experts may have written in it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from workbench.dates import BUDDHIST_ERA
from workbench.errors import Fault, WorkbenchError
from workbench.factors.analysis import analyse
from workbench.factors.confirm import confirm
from workbench.factors.data import evidence
from workbench.factors.placement import amendments, placements
from workbench.refusals import attempt
from workbench.text import Texts

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.page import Page

__all__ = ["proposal", "write_proposal"]


def proposal(page: Page) -> dict[str, Any]:
    """The content of a workshop file for the run of *page*.

    Raises:
        Refused: the indicators cannot be factor analysed.
        WorkbenchError: no indicator has to be put before the experts.
    """
    texts, material = Texts.default(), evidence(page.scores)
    settings = page.spec.settings.factors.model_dump()
    settings.pop("draws")
    groups, labels = material.groups, material.labels
    analysis = analyse(material.values, groups=groups, labels=labels, **settings)
    model = attempt(confirm, material.values, groups=groups, labels=labels, correlation=settings["correlation"])
    found = placements(analysis, model or None)
    names = list(analysis.correlation.indicators)
    matrix = pd.DataFrame(analysis.correlation.matrix, index=names, columns=names)
    entries = amendments(found, page.framework, material.labels, matrix)
    if not entries:
        problem = f"all {len(found)} indicators sit where they belong: there is nothing to propose."
        raise WorkbenchError(Fault(problem=problem, fix="see the page of the factor analysis for the numbers."))
    today = datetime.now(tz=UTC).astimezone()
    edition = page.framework.edition
    title, place = texts("factors.placement.title", edition=edition), texts("factors.placement.place")
    head = {
        "id": f"factor-analysis-{edition}",
        "title": {"th": title.th, "en": title.en},
        "date": f"{today.year + BUDDHIST_ERA}-{today:%m-%d}",
        "place": {"th": place.th, "en": place.en},
        "synthetic": bool(page.scores.synthetic),
    }
    return {"workshop": head, "amendments": entries}


def write_proposal(run_file: str | Path, out: Path) -> Path:
    """Write the proposal of a run to *out*.

    Raises:
        WorkbenchError: *out* exists already or its folder does not, or any fault of the run.
    """
    from workbench.runs import open as open_run  # noqa: PLC0415  (a run knows of factors, not they of runs)

    if out.exists():
        raise WorkbenchError(
            Fault(file=out.name, problem="the file exists already.", fix="give another name; nothing was written.")
        )
    if not out.parent.is_dir():
        raise WorkbenchError(Fault(file=out.name, problem=f"there is no folder {out.parent.name}.", fix="make the folder first."))
    content = proposal(open_run(run_file))
    beside = out.with_name(f".{out.name}.part")
    beside.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
    beside.replace(out)
    return out
