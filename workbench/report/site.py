"""The pages of a report, their assets, and the links between them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING

import jinja2

from workbench.errors import Fault, WorkbenchError
from workbench.plots.style import FONTS
from workbench.report.exporter import TEMPLATES, PageExporter, fragments
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.execution import Executed
    from workbench.page import Page

__all__ = ["Provenance", "buddhist_date", "thai_date", "write_site"]

THAI_MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
BUDDHIST_ERA = 543
"""Years between the Christian and the Buddhist Era."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a report comes from, as its footer says."""

    run_id: str
    framework: str
    data: str
    code: str
    date: date
    command: str


def thai_date(day: date) -> Text:
    """A date as each reader knows it, with both eras.

    >>> thai_date(date(2016, 5, 23)).en
    '23 May 2016 (B.E. 2559)'
    """
    month = day.month - 1
    return Text(
        th=f"{day.day} {THAI_MONTHS[month]} พ.ศ. {day.year + BUDDHIST_ERA} (ค.ศ. {day.year})",
        en=f"{day.day} {ENGLISH_MONTHS[month]} {day.year} (B.E. {day.year + BUDDHIST_ERA})",
    )


def buddhist_date(text: str) -> Text:
    """A date written as year-month-day in the Buddhist Era, as each reader knows it.

    >>> buddhist_date("2559-05-23").th
    '23 พฤษภาคม พ.ศ. 2559 (ค.ศ. 2016)'
    """
    year, month, day = map(int, text.split("-"))
    return thai_date(date(year - BUDDHIST_ERA, month, day))


def write_site(folder: Path, page: Page, executed: list[Executed], provenance: Provenance) -> None:
    """Write index.html, a page per notebook and language, and the assets.

    Raises:
        WorkbenchError: a text is missing, or a notebook showed nothing.
    """
    _write_assets(folder / "assets")
    order = sorted(executed, key=lambda item: item.name)
    for item in order:
        if not any(fragments(item.notebook, language) for language in LANGUAGES):
            problem = "the notebook showed nothing, so its page would be empty."
            raise WorkbenchError(Fault(file=item.name, problem=problem, fix="show something with page.show or page.say."))
    exporter = PageExporter()
    for language in LANGUAGES:
        (folder / language).mkdir()
        common = _common(page, order, provenance, language)
        for item in order:
            body = "\n".join(fragments(item.notebook, language))
            html = exporter.page(item.notebook, wb={**common, "name": item.name, "title": title(item.name), "body": body})
            (folder / language / f"{item.name}.html").write_text(html, encoding="utf-8")
    (folder / "index.html").write_text(_index(page, order, provenance), encoding="utf-8")


def title(name: str) -> Text:
    """Heading of the page made from a notebook; its name where the texts have none."""
    texts = Texts.default()
    key = f"pages.{name}.title"
    return texts(key) if key in texts else Text.same(name)


def _lead(name: str) -> Text | None:
    texts = Texts.default()
    key = f"pages.{name}.lead"
    return texts(key) if key in texts else None


def _common(page: Page, order: list[Executed], provenance: Provenance, language: Lang) -> dict[str, object]:
    """What every page of one language has in common."""
    texts = Texts.default()
    words = {key.removeprefix("report."): texts(key).get(language) for key in texts.keys() if key.startswith("report.")}  # noqa: SIM118
    framework = page.framework
    if page.responses is None:  # a table describes no survey
        words |= {name: words[f"{name}_table"] for name in ("limits", "method")}
    facts = {
        words["fact_run"]: provenance.run_id,
        words["fact_date"]: thai_date(provenance.date).get(language),
        words["fact_framework"]: f"{framework.title.get(language)} · {framework.edition} · {provenance.framework}",
        words["fact_amendments"]: str(sum(item.status == "accepted" for item in framework.amendments)),
        words["fact_data"]: provenance.data,
        words["fact_code"]: provenance.code,
        words["fact_command"]: provenance.command,
    }
    return {
        "language": language,
        "other": "en" if language == "th" else "th",
        "report": page.spec.title,
        "words": words,
        "synthetic": page.scores.synthetic,
        "status": framework.status,
        "nav": [(item.name, title(item.name).get(language)) for item in order],
        "leads": {item.name: _lead(item.name) for item in order},
        "facts": facts,
        "escape": escape,
    }


def _index(page: Page, order: list[Executed], provenance: Provenance) -> str:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "workbench"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    per_language = {language: _common(page, order, provenance, language) for language in LANGUAGES}
    return environment.get_template("index.html.j2").render(languages=per_language, report=page.spec.title)


def _write_assets(folder: Path) -> None:
    folder.mkdir()
    shutil.copy(TEMPLATES / "workbench" / "style.css", folder / "style.css")
    for path in [*sorted(FONTS.glob("*.woff2")), FONTS / "OFL.txt"]:
        shutil.copy(path, folder / path.name)
