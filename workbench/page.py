"""What a notebook holds in its hands: the run's framework, data and scores, and ways to show and to emit.

The same notebook runs by hand in JupyterLab and unattended under the runner. By hand, `show` draws
in the preferred language; under the runner it gives both languages at once, so a notebook is
computed once for both, and `emit` writes a table of the report.
"""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from workbench.disclosure import open_changes, publishable
from workbench.display import Chart, Shown, Words
from workbench.errors import Fault, WorkbenchError
from workbench.export import output_folder, write_csv
from workbench.fingerprints import run_id
from workbench.framework import Framework
from workbench.geometry import Geometry, check_units, read_geometry
from workbench.needs import NEEDS, limited, limited_framework, limited_scores, refuse
from workbench.paths import FONTS, PROJECT, resolve, shown
from workbench.reads import note
from workbench.ready import Ready, taken
from workbench.survey import Indicators, Responses, read_indicators, read_survey
from workbench.text import LANGUAGES, Lang, Text, Texts
from workbench.uncertainty import load_spec

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs import RunSpec
    from workbench.scoring import Scores
    from workbench.uncertainty import Uncertainty
    from workbench.workshop import Changes

__all__ = ["BUNDLE", "NEEDS", "OUT", "TABLES", "Page", "style"]

BUNDLE = "application/vnd.workbench.page+json"
"""Type of an output that holds a fragment of HTML in each language."""
OUT = "WORKBENCH_OUT"
"""Environment variable by which the runner says where tables go; absent by hand."""
PLAIN_FONTS = "system-ui,-apple-system,blinkmacsystemfont,'Segoe UI',helvetica,arial,sans-serif,Sarabun"
RULES = (
    ".workbench{font-family:Sarabun,sans-serif;line-height:1.6}.workbench .num{text-align:right}"
    # Frames, menus and boxes of JupyterLab itself: their own fonts, and behind them one that has Thai letters.
    f":root{{--jp-ui-font-family:{PLAIN_FONTS};--jp-content-font-family:{PLAIN_FONTS};"
    "--jp-code-font-family:var(--jp-code-font-family-default,menlo,consolas,'DejaVu Sans Mono',monospace),Sarabun}"
)
TABLES = "WORKBENCH_TABLES"
"""Environment variable by which the runner says where tables of other notebooks lie; absent by hand."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One notebook's view of a run."""

    spec: RunSpec
    language: Lang
    framework: Framework
    data: Responses | Indicators
    scores: Scores
    """What may be published; cells on too few respondents are NaN."""
    exact: Scores
    """What is computed with; its cells are shown nowhere."""

    @classmethod
    def of(cls, spec: RunSpec, language: Lang) -> Self:
        """Read and score what *spec* names.

        Raises:
            WorkbenchError: any fault of the framework, the workshops or the data.
        """
        whole = taken(spec) or _read(spec)
        ready = whole.under(limited_framework(whole.framework))
        scores = limited_scores(ready.published)
        exact = scores if ready.exact is ready.published else limited_scores(ready.exact)
        page = cls(spec=limited(spec), language=language, framework=scores.framework, data=ready.data, scores=scores, exact=exact)
        if ready.uncertainty is not None and exact is ready.exact:  # drawn from these very scores
            page.__dict__["_uncertainty"] = ready.uncertainty
        return page

    @property
    def ready(self) -> Ready:
        """What the page was made of, with its draws, for other pages of the run."""
        return Ready(
            framework=self.framework, data=self.data, exact=self.exact, published=self.scores, uncertainty=self.uncertainty()
        )

    def check(self) -> None:
        """Check what only some notebooks read: the factors of uncertainty, and that the outlines are those of the units.

        Raises:
            WorkbenchError: a fault of either file.
        """
        load_spec(self.spec.uncertainty, self.framework)
        if self.geometry is not None:
            check_units(self.geometry, list(self.scores.table.index))

    @property
    def responses(self) -> Responses | None:
        """The answers, when the run has a survey."""
        return self.data if isinstance(self.data, Responses) else None

    @property
    def indicators(self) -> Indicators | None:
        """The table, when the run has one."""
        return self.data if isinstance(self.data, Indicators) else None

    @cached_property
    def run_id(self) -> str:
        """Name of the run with a digest of everything that can change its report."""
        return run_id(self.spec, self.framework)

    @cached_property
    def geometry(self) -> Geometry | None:
        """The outlines of the units, when the run names them.

        Raises:
            WorkbenchError: the file is no GeoJSON of areas.
        """
        return read_geometry(self.spec.geometry) if self.spec.geometry is not None else None

    def uncertainty(self) -> Uncertainty:
        """Ranks under the run's factors of uncertainty, drawn once."""
        return self._uncertainty

    @cached_property
    def _uncertainty(self) -> Uncertainty:
        from workbench.uncertainty import simulate  # noqa: PLC0415

        settings = self.spec.settings.uncertainty
        spec = load_spec(self.spec.uncertainty, self.framework)
        return simulate(self.exact, spec, draws=settings.draws, seed=settings.seed)

    @cached_property
    def changes(self) -> Changes:
        """What the workshops changed."""
        from workbench.workshop import effects  # noqa: PLC0415

        refuse("workshops")
        refuse("weights")
        base = self.framework.base
        before: Responses | Indicators | None = None
        # What amendments added or dropped is in the same file, and only one of both frameworks reads it.
        if base is not None and base.columns != self.framework.columns and self.spec.settings.survey:
            before = read_survey(self.spec.data, base, invited=self.spec.invited, beside=self.framework)
        elif base is not None and base.table_columns != self.framework.table_columns and not self.spec.settings.survey:
            before = read_indicators(self.spec.data, base)
        found = effects(self.framework, self.exact.data, before)
        return replace(found, units=open_changes(found.units, self.scores))

    def show(self, *items: Shown) -> None:
        """Show charts, tables and words, in order."""
        for item in items:
            _display(self._bundle(item))

    def say(self, key: str, *, kind: Literal["p", "h2", "lead", "note", "warning"] = "p", **arguments: object) -> None:
        """Show a phrase of the texts with its blanks filled."""
        self.show(Words(text=Texts.default()(key, **arguments), kind=kind))

    def notify(self, *notices: Text) -> None:
        """Show notices that a result brings along."""
        self.show(*(Words(text=notice, kind="note") for notice in notices))

    def table(self, name: str) -> pd.DataFrame:
        """A table that another notebook of the run emitted, all columns but the first as they were written.

        By hand it is taken from the newest published report of this run in `reports/`, beside the run file, in the
        current folder or in the project.

        Raises:
            WorkbenchError: the notebook does not declare the table, or there is none.
        """
        import pandas as pd  # noqa: PLC0415  (by hand few notebooks read tables)

        folder = os.environ.get(TABLES)
        places = {place / "reports" for place in (self.spec.file.parent, Path.cwd(), PROJECT)}
        found = (path for place in places for path in place.glob(f"{self.spec.name}-????????/manifest.json"))
        reports = sorted(found, key=lambda path: path.stat().st_mtime)
        path = Path(folder) / f"{name}.csv" if folder else (reports[-1].parent / "data" / f"{name}.csv" if reports else None)
        if path is None or not path.is_file():
            fix = f'add "{name}" to `needs` in the metadata of the notebook' if folder else "make the report first: workbench run"
            raise WorkbenchError(Fault(problem=f"there is no table `{name}`.", fix=f"{fix}."))
        return pd.read_csv(path)

    def file(self, name: str) -> Path:
        """A file of the notebook's own, beside the run file or in the project; the result counts on its content.

        Files that Python opens are noticed without this; those that a library opens by itself, as parquet, are not.

        Raises:
            WorkbenchError: there is no such file.
        """
        path = resolve(name, base=self.spec.file.parent)
        if not path.is_file():
            raise WorkbenchError(Fault(file=shown(path), problem="there is no such file.", fix="correct the path."))
        note("r", [path])
        return path

    def emit(self, name: str, frame: pd.DataFrame) -> None:
        """Publish a table as data/<name>.csv; by hand nothing is written."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
            problem = f"`{name}` is no name for a table."
            raise WorkbenchError(Fault(problem=problem, allowed="small letters, digits, _ and -", fix="rename it."))
        folder = os.environ.get(OUT)
        if folder:
            write_csv(frame, output_folder(Path(folder)) / f"{name}.csv")

    def _bundle(self, item: Shown) -> dict[str, Any]:
        if os.environ.get(OUT):
            return {BUNDLE: {language: item.html(language) for language in LANGUAGES}, "text/plain": type(item).__name__}
        # By hand the page has no font of ours, so letters of figures are drawn as outlines.
        fragment = item.html(self.language, text=False) if isinstance(item, Chart) else item.html(self.language)
        html = f'{style()}<div class="workbench" lang="{self.language}">{fragment}</div>'
        return {"text/html": html, "text/plain": type(item).__name__}


def _read(spec: RunSpec) -> Ready:
    framework = Framework.load(spec.framework, workshops=spec.workshops)
    data: Responses | Indicators
    if spec.settings.survey:
        data = read_survey(spec.data, framework, invited=spec.invited)
    else:
        data = read_indicators(spec.data, framework)
    exact, published = publishable(framework, data)
    return Ready(framework=framework, data=data, exact=exact, published=published)


@cache
def style() -> str:
    """The Thai font and the table style for JupyterLab, which knows neither; the same bytes each time."""
    faces = ""
    for weight in (400, 700):
        font = base64.b64encode((FONTS / f"sarabun-thai-{weight}-normal.woff2").read_bytes()).decode()
        faces += (
            f"@font-face{{font-family:Sarabun;font-weight:{weight};unicode-range:U+0E01-0E5B;"
            f"src:url(data:font/woff2;base64,{font}) format('woff2')}}"
        )
    return f"<style>{faces}{RULES}</style>"


def _display(bundle: dict[str, Any]) -> None:
    from IPython.display import display  # noqa: PLC0415  (only where there is a notebook)

    display(bundle, raw=True)  # type: ignore[no-untyped-call]
