"""The pages of a report, their assets, and the links between them."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench.dates import thai_date
from workbench.errors import Fault, FaultList, WorkbenchError
from workbench.plots.style import FONTS
from workbench.report.around import Around
from workbench.report.downloads import DOWNLOADS, downloads_page, write_downloads
from workbench.report.exporter import TEMPLATES, PageExporter, environment, fragments
from workbench.report.gate import check_page, check_site
from workbench.report.generated import front_pages, inner_pages
from workbench.report.scripts import script
from workbench.text import LANGUAGES, Lang, Text, Texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from workbench.execution import Executed
    from workbench.page import Page
    from workbench.report.leaf import Leaf

__all__ = ["Provenance", "Site", "write_leaves"]

HEAVY = 135_000
"""Bytes of what one page shows; with its frame it stays below 150 kB."""


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


class Site:
    """A report in the writing: what needs no notebook is written at once, the page of each notebook as soon as it has run.

    Raises:
        WorkbenchError: a font or a text is missing.
    """

    def __init__(self, folder: Path, page: Page, notebooks: list[str], provenance: Provenance) -> None:
        self.folder, self.page, self.notebooks, self.provenance = folder, page, sorted(notebooks), provenance
        _write_assets(folder / "assets")
        for language in LANGUAGES:
            (folder / language).mkdir(exist_ok=True)
        self.around = Around.of(page)
        write_downloads(folder / "data", self.around, provenance)
        self._writer = _Writer(folder, page, provenance, self.notebooks, front_pages(self.around))
        self._exporter = PageExporter()
        self._links: dict[str, list[str]] = {}
        self._faults = FaultList()

    def notebook(self, item: Executed) -> None:
        """Write the page of an executed notebook and look at it; what is wrong with it is said at the end."""
        if not any(fragments(item.notebook, language) for language in LANGUAGES):
            problem = "the notebook showed nothing, so its page would be empty."
            self._faults.add(problem, file=item.name, fix="show something with page.show or page.say.")
            return
        start = len(self._writer.written)
        self._writer.notebook(self._exporter, item)
        for path in self._writer.written[start:]:
            problems, links = check_page(path.read_text(encoding="utf-8"))
            if not problems:
                self._links[path.relative_to(self.folder).as_posix()] = sorted(links)

    def finish(self, drawn: Callable[[], dict[str, list[str]]] | None = None) -> None:
        """Write the rest, and refuse the report if a page is not fit to publish.

        With *drawn*, the pages that no notebook computes are drawn elsewhere meanwhile, by `write_leaves`: it waits for
        them and gives the links of each page that passed the gate there.

        Raises:
            WorkbenchError: a text or a figure is missing, a notebook showed nothing, or a page is not fit to publish.
        """
        self._faults.stop_if_any()
        if drawn is None:
            write_leaves(self.folder, self.page, self.notebooks, self.provenance)
        self._writer.leaf(downloads_page(self.around, self.folder / "data", self.provenance))
        (self.folder / "index.html").write_text(_index(self.page, self._writer), encoding="utf-8")
        check_site(self.folder, seen=self._links | (drawn() if drawn is not None else {}))


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
