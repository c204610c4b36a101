"""The pages of a report, their assets, and the links between them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench.errors import Fault, WorkbenchError
from workbench.plots.style import FONTS
from workbench.report.around import Around
from workbench.report.downloads import DOWNLOADS, downloads_page, write_downloads
from workbench.report.exporter import TEMPLATES, PageExporter, environment, fragments
from workbench.report.gate import check_site
from workbench.report.generated import front_pages, inner_pages
from workbench.report.scripts import script
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.execution import Executed
    from workbench.page import Page
    from workbench.report.leaf import Leaf

__all__ = ["Begun", "Provenance", "begin_site", "buddhist_date", "thai_date", "write_leaves", "write_site"]

THAI_MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
HEAVY = 135_000
"""Bytes of what one page shows; with its frame it stays below 150 kB."""
BUDDHIST_ERA = 543
"""Years between the Christian and the Buddhist Era."""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a report comes from, as its footer says."""

    run_id: str
    framework: str
    data: str
    code: str
    date: date | None
    """The day that the run file names; the day of making would make two equal runs differ."""
    command: str
    seeds: str = ""
    packages: str = ""


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


def write_leaves(
    folder: Path, page: Page, notebooks: list[str], provenance: Provenance, *, part: int = 0, parts: int = 1
) -> list[Path]:
    """Write the pages that no notebook computes, or every *parts*-th of them from *part* on; they need no notebook to have run.

    Args:
        folder: The report in the making.
        page: The run.
        notebooks: Names of the notebooks that the navigation lists.
        provenance: What every page says of where it comes from.
        part: From 0 to *parts* - 1.
        parts: How many share the work.

    Returns:
        The pages written.

    Raises:
        WorkbenchError: a text, a font or a figure is missing.
    """
    for language in LANGUAGES:
        (folder / language).mkdir(exist_ok=True)
    around = Around.of(page)
    front = front_pages(around)
    writer = _Writer(folder, page, provenance, notebooks, front)
    made: list[Callable[[], Leaf]] = [partial(_same, leaf) for leaf in front]
    for make in islice(chain(made, inner_pages(around)), part, None, parts):
        writer.leaf(make())
    return writer.written


@dataclass(frozen=True)
class Begun:
    """What of a report needs no notebook to have run: written already, or at hand for the rest."""

    page: Page
    provenance: Provenance
    around: Around
    front: list[Leaf]
    exporter: PageExporter


def begin_site(folder: Path, page: Page, provenance: Provenance) -> Begun:
    """Write the assets and the downloads, and prepare what all pages share; a run does so while its notebooks compute.

    Raises:
        WorkbenchError: a font or a text is missing.
    """
    _write_assets(folder / "assets")
    for language in LANGUAGES:
        (folder / language).mkdir(exist_ok=True)
    around = Around.of(page)
    write_downloads(folder / "data", around, provenance)
    return Begun(page, provenance, around, front_pages(around), PageExporter())


def write_site(
    folder: Path, begun: Begun, executed: list[Executed], *, drawn: Callable[[], dict[str, list[str]]] | None = None
) -> None:
    """Write index.html, a page per notebook and language, and the pages that no notebook computes.

    With *drawn*, the pages that no notebook computes are drawn elsewhere meanwhile, by `write_leaves`: it waits for them
    and gives the links of each page that passed the gate there.

    Raises:
        WorkbenchError: a text or a figure is missing, a notebook showed nothing, or a page is not fit to publish.
    """
    order = sorted(executed, key=lambda item: item.name)
    for item in order:
        if not any(fragments(item.notebook, language) for language in LANGUAGES):
            problem = "the notebook showed nothing, so its page would be empty."
            raise WorkbenchError(Fault(file=item.name, problem=problem, fix="show something with page.show or page.say."))
    names = [item.name for item in order]
    writer = _Writer(folder, begun.page, begun.provenance, names, begun.front)
    for item in order:
        writer.notebook(begun.exporter, item)
    if drawn is None:
        write_leaves(folder, begun.page, names, begun.provenance)
    writer.leaf(downloads_page(begun.around, folder / "data", begun.provenance))
    (folder / "index.html").write_text(_index(begun.page, writer), encoding="utf-8")
    check_site(folder, seen=drawn() if drawn is not None else None)


def _same(leaf: Leaf) -> Leaf:
    return leaf


def _navigation(notebooks: list[str], front: list[Leaf]) -> list[tuple[str, Text]]:
    """Every page of the navigation, notebooks and others in one order."""
    entries = [(name, name, title(name)) for name in notebooks]
    entries += [(leaf.order, leaf.name, leaf.title) for leaf in front if leaf.order is not None]
    entries.append((DOWNLOADS, "downloads", Texts.default()("pages.downloads.title")))  # written last, when all tables are there
    return [(name, label) for _, name, label in sorted(entries, key=lambda entry: entry[0])]


class _Writer:
    """Writes pages that share their header, navigation and footer."""

    def __init__(self, folder: Path, page: Page, provenance: Provenance, notebooks: list[str], front: list[Leaf]) -> None:
        self.folder, self.nav, self.page = folder, _navigation(notebooks, front), page
        self.written: list[Path] = []
        self.template = environment().get_template("page.html.j2")
        leads = {name: _lead(name) for name, _ in self.nav} | {leaf.name: leaf.lead for leaf in front}
        own = {"leads": {name: lead for name, lead in leads.items() if lead is not None}}
        self.common = {language: own | _common(page, self.nav, provenance, language) for language in LANGUAGES}

    def notebook(self, exporter: PageExporter, item: Executed) -> None:
        """The page of a notebook, by nbconvert; what is too heavy for one page goes on on others."""
        shown = {language: fragments(item.notebook, language) for language in LANGUAGES}
        parts = portions([[len(html.encode()) for html in found] for found in shown.values()])
        names = [item.name, *(f"{item.name}-{number}" for number in range(2, len(parts) + 1))]
        for number, (name, part) in enumerate(zip(names, parts, strict=True)):
            own = {"name": name, "title": title(item.name), "lead": _lead(item.name) if not number else None}
            own |= {"above": (), "kind": "", "entry": item.name, "pages": names, **script("place")}
            for language in LANGUAGES:
                body = "\n".join(shown[language][part])
                self._write(language, name, exporter.page(item.notebook, wb={**self.common[language], **own, "body": body}))

    def leaf(self, leaf: Leaf) -> None:
        """A page that no notebook computed."""
        own = {"name": leaf.name, "title": leaf.title, "lead": leaf.lead, "above": leaf.above, "kind": leaf.kind}
        own |= {"entry": leaf.name, "pages": [leaf.name]}
        own |= script("place", *leaf.scripts)
        for language in LANGUAGES:
            wb = {**self.common[language], **own, "body": Markup(leaf.body(language))}  # noqa: S704  (parts escape what they show)
            self._write(language, leaf.name, self.template.render(resources={"wb": wb}))

    def _write(self, language: Lang, name: str, html: str) -> None:
        self.written.append(self.folder / language / f"{name}.html")
        self.written[-1].write_text(html, encoding="utf-8")


def portions(sizes: list[list[int]]) -> list[slice]:
    """Where to part a page, so that each part is light in every language; one heavy piece is a part of its own.

    Args:
        sizes: Bytes of each piece, by language; the languages show the same pieces unless a cell speaks only one.

    >>> portions([[60_000, 60_000, 60_000], [50_000, 50_000, 50_000]])
    [slice(0, 2, None), slice(2, 3, None)]
    """
    if len({len(found) for found in sizes}) > 1:
        return [slice(0, None)]  # pieces of one language only: parts would not match
    heaviest = [max(pieces) for pieces in zip(*sizes, strict=True)]
    starts, weight = [0], 0
    for place, size in enumerate(heaviest):
        if weight and weight + size > HEAVY:
            starts.append(place)
            weight = 0
        weight += size
    return [slice(start, end) for start, end in pairwise([*starts, len(heaviest)])]


def title(name: str) -> Text:
    """Heading of the page made from a notebook; its name where the texts have none."""
    texts = Texts.default()
    key = f"pages.{name}.title"
    return texts(key) if key in texts else Text.same(name)


def _lead(name: str) -> Text | None:
    texts = Texts.default()
    key = f"pages.{name}.lead"
    return texts(key) if key in texts else None


def _common(page: Page, nav: list[tuple[str, Text]], provenance: Provenance, language: Lang) -> dict[str, object]:
    """What every page of one language has in common."""
    texts = Texts.default()
    words = {key.removeprefix("report."): texts(key).get(language) for key in texts.keys() if key.startswith("report.")}  # noqa: SIM118
    framework = page.framework
    if page.responses is None:  # a table describes no survey
        words |= {name: words[f"{name}_table"] for name in ("limits", "method")}
    facts = {
        words["fact_run"]: provenance.run_id,
        **({words["fact_date"]: thai_date(provenance.date).get(language)} if provenance.date is not None else {}),
        words["fact_framework"]: f"{framework.title.get(language)} · {framework.edition} · {provenance.framework}",
        words["fact_amendments"]: str(sum(item.status == "accepted" for item in framework.amendments)),
        words["fact_data"]: provenance.data,
        words["fact_code"]: provenance.code,
        words["fact_seeds"]: provenance.seeds,
        words["fact_packages"]: provenance.packages,
        words["fact_command"]: provenance.command,
    }
    return {
        "language": language,
        "other": "en" if language == "th" else "th",
        "report": page.spec.title,
        "words": words,
        "synthetic": page.scores.synthetic,
        "status": framework.status,
        "nav": [(name, label.get(language)) for name, label in nav],
        "facts": facts,
    }


def _index(page: Page, writer: _Writer) -> str:
    template = environment().get_template("index.html.j2")
    return template.render(languages=writer.common, report=page.spec.title, **script())


def _write_assets(folder: Path) -> None:
    """The style and the fonts that it names.

    Raises:
        WorkbenchError: a font or its licence is missing.
    """
    folder.mkdir()
    style = (TEMPLATES / "workbench" / "style.css").read_text(encoding="utf-8")
    (folder / "style.css").write_text(style, encoding="utf-8")
    for name in [*dict.fromkeys(re.findall(r"url\(([\w.-]+\.woff2)\)", style)), "OFL.txt"]:
        if not (FONTS / name).is_file():
            problem = f"font file `{name}` is missing, so pages would not show Thai as they should."
            raise WorkbenchError(Fault(file="workbench/fonts", problem=problem, fix="restore the file from the repository."))
        shutil.copy(FONTS / name, folder / name)
