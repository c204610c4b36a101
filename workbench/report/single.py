"""A whole report in one file that can be sent by mail: every page, style, font and table inside, nothing outside.

It is made from a published folder, so it holds exactly what that holds. Each page is a section; the address chooses which
one is seen, by style alone, so no script is needed to read. Ids and links are rewritten so that pages do not mix.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from workbench.errors import Fault, WorkbenchError
from workbench.export import whole_file
from workbench.paths import shown
from workbench.report.scripts import policy, script

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_single"]

KINDS = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".bib": "text/plain", ".json": "application/json",
         ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".ris": "text/plain"}  # fmt: skip
POINTING = ("aria-labelledby", "aria-describedby", "for")
SHOWN_PAGE = (
    ".page{display:none}.page:target,.page:has(:target),.page.shown{display:block}"
    "body:not(:has(.page:target,.page :target,.page.shown))>.page:first-of-type{display:block}"
    "@media print{.page{break-before:page}}"
)
"""The page that the address names is seen; else the first."""


def write_single(folder: Path, target: Path) -> Path:
    """Write the report in *folder* as the one file *target*.

    Raises:
        WorkbenchError: the folder is no finished report, or *target* cannot be written.
    """
    if not (folder / "manifest.json").is_file():
        problem = "this is no finished report: it has no manifest."
        raise WorkbenchError(Fault(file=shown(folder), problem=problem, fix="run it again, then make the single file."))
    first = folder / "index.html"
    pages = [first, *sorted(path for path in folder.rglob("*.html") if path != first)]
    sections = "\n".join(_section(folder, page) for page in pages)
    scripts = script("place", "table", "whatif")
    title = re.search(r"<title>(.*?)</title>", first.read_text(encoding="utf-8"))
    html = (
        f'<!DOCTYPE html>\n<html lang="th">\n<head>\n<meta http-equiv="Content-Security-Policy" '
        f'content="{policy(scripts["script"], fonts="data:")}">\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title[1] if title else ""}</title>\n'
        f"<style>{_style(folder)}{SHOWN_PAGE}</style>\n</head>\n<body>\n{sections}\n<script>{scripts['script']}</script>\n"
        "</body>\n</html>\n"
    )
    with whole_file(target) as partial:
        partial.write_text(html, encoding="utf-8")
    return target


def _style(folder: Path) -> str:
    """The style sheet with its fonts inside."""
    style = (folder / "assets" / "style.css").read_text(encoding="utf-8")

    def inside(found: re.Match[str]) -> str:
        font = base64.b64encode((folder / "assets" / found[1]).read_bytes()).decode()
        return f"url(data:font/woff2;base64,{font})"

    return re.sub(r"url\(([\w.-]+\.woff2)\)", inside, style)


def _section(folder: Path, page: Path) -> str:
    """The body of one page as a section with ids of its own."""
    html = page.read_text(encoding="utf-8")
    body = re.sub(r"<script>.*?</script>", "", html[html.index("<body>") + 6 : html.rindex("</body>")], flags=re.DOTALL)
    lang = re.search(r'<html lang="(\w+)">', html)
    name = _name(folder, page)
    # Only tags are rewritten: text between them came from outside and stays as it is.
    body = re.sub(r"<[A-Za-z][^<>]*>", lambda tag: _own(tag[0], folder, page, name), body)
    return f'<section class="page" id="{name}" data-page lang="{lang[1] if lang else "th"}">{body}</section>'


def _name(folder: Path, page: Path) -> str:
    """An id for a page: `th-ranking`."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", page.relative_to(folder).with_suffix("").as_posix())


def _own(tag: str, folder: Path, page: Path, name: str) -> str:
    """*tag* with ids, pointers and links of its own page."""
    tag = re.sub(r' id="([^"]+)"', rf' id="{name}--\1"', tag)
    tag = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}--\1)", tag)
    for attribute in POINTING:
        pattern = rf' {attribute}="([^"]+)"'
        tag = re.sub(pattern, lambda found, a=attribute: f' {a}="{" ".join(f"{name}--{i}" for i in found[1].split())}"', tag)  # type: ignore[misc]
    return re.sub(r'(xlink:href|href)="([^"]*)"', lambda found: f'{found[1]}="{_link(found[2], folder, page, name)}"', tag)


def _link(address: str, folder: Path, page: Path, name: str) -> str:
    """Where a link leads inside the one file; a file to download goes along as data."""
    path, _, place = address.partition("#")
    if not path:
        return f"#{name}--{place}"
    target = (page.parent / unquote(path)).resolve()
    if target.suffix == ".html":
        other = _name(folder.resolve(), target)
        return f"#{other}--{place}" if place else f"#{other}"
    kind = KINDS.get(target.suffix, "application/octet-stream")
    return f"data:{kind};base64,{base64.b64encode(target.read_bytes()).decode()}"
