"""The gate before publication: every finished page, read as a browser reads it, holds only what our own parts can make.

This layer stands alone: it knows nothing of how a page was made, and refuses instead of repairing. What it lets
through is a closed list of elements and attributes, written in the one way that every browser reads alike (names, values
in double quotes, no comment, no declaration); every link leads to a file that is there; every figure has a name, a text
alternative and a table; every table has a caption and heads. The first faulty page stops the build by name.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

from workbench.errors import FaultList
from workbench.report.scripts import policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["check_page", "check_pages", "check_site"]

TEXT = "html head body meta title link header nav main footer section div p span h1 h2 h3 ul ol li dl dt dd a strong em code br"
TABLE = "table caption thead tbody tr th td figure figcaption details summary blockquote pre hr"
FORM = "label output input select option button"
SVG = "svg g path use text tspan defs desc clippath rect circle line polygon pattern title lineargradient stop"
MATH = "math semantics mrow mi mn mo mfrac msub msup msubsup munder mover munderover msqrt mtext mspace mstyle mtable mtr mtd"
ELEMENTS = frozenset(f"{TEXT} {TABLE} {FORM} {SVG} {MATH} script".split())
"""Every element a page may have."""
NAMES = (
    "id class lang hreflang href rel charset name content http-equiv scope role tabindex style xmlns xmlns:xlink xlink:href "
    "viewbox version width height d x y x1 x2 y1 y2 cx cy r rx ry transform clip-path clip-rule fill stroke points offset "
    "fill-rule stroke-width stroke-dasharray stroke-linecap opacity display stretchy fence form lspace rspace columnalign "
    "rowspacing accent accentunder movablelimits largeop symmetric separator linethickness displaystyle scriptlevel "
    "mathvariant minsize maxsize download open hidden type min max step value for selected gradientunits patternunits "
    "patterntransform preserveaspectratio stop-color text-anchor font-size font-weight columnspacing columnlines rowlines "
    "equalrows equalcolumns"
)
ATTRIBUTES = frozenset(NAMES.split())
"""Every attribute, but for `aria-` and `data-`, which no browser acts on."""
VOID = frozenset({"meta", "link", "br", "hr", "input"})
ADDRESS = re.compile(r"(?!//)(?![A-Za-z][A-Za-z0-9+.-]*:)[^\s\\]*\Z")
"""A link within the report: no scheme, no other machine."""
PRIVATE = re.compile(r"/(?:home|root|Users|tmp)/[\w.-]+|/tmp/ipykernel")
PAINT = ("style", "fill", "stroke", "clip-path")
"""Attributes that can name a file to paint with."""
OUTSIDE = re.compile(r"url\(\s*[\"']?(?!#)|@import|expression\(|image-set\(", re.IGNORECASE)
"""In a style: anything that is fetched."""


DOCTYPE = "<!DOCTYPE html>"
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z_:][\w:.-]*(?:=\"[^\"<]*\")?)*)\s*(/?)>")
PAIR = re.compile(r"([A-Za-z_:][\w:.-]*)(?:=\"([^\"]*)\")?")
NAMING = frozenset({"title", "desc", "caption", "figcaption", "h1", "h3"})
"""Elements that name or describe a figure."""


class _Reader:
    """Notes every fault of one page."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.open: list[str] = []
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.pointed: list[str] = []
        self.counts: dict[str, int] = {}
        self.figures: list[dict[str, bool]] = []
        self.script: list[str] = []
        self.policy = ""
        self.first = ""

    def read(self, html: str) -> None:
        """The whole page, from sign to sign."""
        place = len(DOCTYPE) if html.startswith(DOCTYPE) else 0
        while (sign := html.find("<", place)) >= 0:
            if sign > place:
                self.text(html[place:sign])
            found = TAG.match(html, sign)
            if found is None:
                self.problems.append(f"the sign < where no element of ours begins: {html[sign : sign + 40]!r}")
                place = sign + 1
                continue
            place = found.end()
            end, name, attributes, closed = found.groups()
            if end:
                self.end(name.lower())
                continue
            self.start(name.lower(), attributes)
            if closed and name.lower() not in VOID:  # HTML closes `<path/>` only inside a drawing
                self.open.pop()
            elif name.lower() == "script":
                over = html.find("</script", place)
                self.script.append(html[place:over])
                place = over if over >= 0 else len(html)
        self.text(html[place:])

    def start(self, tag: str, attributes: str) -> None:
        """One element and its attributes."""
        given = {name.lower(): unescape(value) if "&" in value else value for name, value in PAIR.findall(attributes)}
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag not in ELEMENTS:
            self.problems.append(f"element <{tag}>")
        if self.open and self.open[-1] == "head" and not self.first:
            self.first = given.get("http-equiv", tag)
            self.policy = given.get("content", "")
        self.problems += [f"attribute {name} on <{tag}>" for name in given if not _allowed(name)]
        if given:
            self._address(tag, given)
            self._identity(given)
        self._figure(tag, given)
        if tag not in VOID:
            self.open.append(tag)

    def end(self, tag: str) -> None:
        """Every end closes what was opened last."""
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def text(self, data: str) -> None:
        """Text, which must hold no path of a machine."""
        if self.open and self.open[-1] in NAMING and data.strip() and self.figures:
            self.figures[-1][self.open[-1]] = True
        found = PRIVATE.search(unescape(data) if "&" in data else data)
        if found:
            self.problems.append(f"the path {found[0]}")

    def _address(self, tag: str, given: dict[str, str]) -> None:
        for name in ("href", "xlink:href"):
            if name in given and not ADDRESS.match(given[name]):
                self.problems.append(f"the address {given[name][:60]!r} on <{tag}>")
        if "href" in given and not given["href"].startswith("#"):
            self.links.add(given["href"].partition("#")[0])
        if any(name in given and OUTSIDE.search(given[name]) for name in PAINT):
            self.problems.append(f"a style that fetches on <{tag}>")
        if given.get("http-equiv", "Content-Security-Policy") != "Content-Security-Policy":
            self.problems.append(f"<meta http-equiv={given['http-equiv']}>")

    def _identity(self, given: dict[str, str]) -> None:
        if "id" in given:
            if given["id"] in self.ids:
                self.problems.append(f"the id {given['id']!r} twice")
            self.ids.add(given["id"])
        self.pointed += given.get("aria-labelledby", "").split()

    def _figure(self, tag: str, given: dict[str, str]) -> None:
        if tag == "figure":
            self.figures.append({"id": True} if "id" in given else {})
        elif (self.figures and tag in {"table", "path", "use", "rect"}) or (tag == "svg" and self.figures and "role" in given):
            self.figures[-1][tag] = True
        if tag == "th" and given.get("scope") not in {"row", "col"}:
            self.problems.append("a table head without scope")


def check_page(html: str) -> tuple[list[str], set[str]]:
    """Every problem of one page, and the files that it leads to."""
    reader = _Reader()
    reader.read(html)
    problems = reader.problems + [f"<{tag}> never closed" for tag in reader.open]
    problems += [f"nothing has the id {name!r}" for name in reader.pointed if name not in reader.ids]
    if reader.first != "Content-Security-Policy" or reader.policy != policy("".join(reader.script)):
        problems.append("a content security policy that is not the first of the head, or lets another script run than its own")
    if reader.counts.get("h1") != 1:
        problems.append(f"{reader.counts.get('h1', 0)} headings of the first level")
    if reader.counts.get("table", 0) != reader.counts.get("caption", 0):
        problems.append("a table without a caption")
    for what, names in (("title", {"title", "h3"}), ("text alternative", {"desc"}), ("table", {"table"}), ("drawing", {"svg"})):
        problems += [f"a figure without a {what}" for figure in reader.figures if not names & set(figure)]
    return problems, reader.links


def check_pages(folder: Path, pages: Iterable[Path]) -> dict[str, list[str]]:
    """Refuse pages that are not fit to publish, but for where their links lead; gives these links by the page's name.

    Raises:
        WorkbenchError: every fault of every page, by its name.
    """
    faults, found = FaultList(), {}
    for path in sorted(pages):
        problems, links = check_page(path.read_text(encoding="utf-8"))
        found[path.relative_to(folder).as_posix()] = sorted(links)
        _refuse(faults, path.relative_to(folder).as_posix(), problems)
    faults.stop_if_any()
    return found


def check_site(folder: Path, pages: Iterable[Path] | None = None, seen: Mapping[str, Iterable[str]] | None = None) -> None:
    """Refuse a report with a page that is not fit to publish.

    Args:
        folder: Of the report.
        pages: Those to look at; all when not given.
        seen: From `check_pages`: pages that were looked at already, whose links alone are followed.

    Raises:
        WorkbenchError: every fault of every page, by its name.
    """
    faults, known = FaultList(), seen or {}
    for path in sorted(pages if pages is not None else folder.rglob("*.html")):
        name = path.relative_to(folder).as_posix()
        problems, links = ([], set(known[name])) if name in known else check_page(path.read_text(encoding="utf-8"))
        for link in sorted(links):
            if not (path.parent / unquote(link)).is_file():
                problems.append(f"a link to {link}, which is not there")
        _refuse(faults, name, problems)
    faults.stop_if_any()


def _refuse(faults: FaultList, name: str, problems: list[str]) -> None:
    for problem in dict.fromkeys(problems):
        faults.add(f"the page holds {problem}.", file=name, fix="a page is published only whole and safe; correct its part.")


def _allowed(name: str) -> bool:
    return name in ATTRIBUTES or name.startswith(("aria-", "data-"))
