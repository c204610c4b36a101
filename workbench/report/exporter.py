"""Executed notebooks to HTML, by nbconvert with our own template.

Only what a notebook showed through its page is published: code, streams, warnings and any other kind
of output stay behind, because they can carry paths, scripts or requests to the network. Markdown
cells are published with raw HTML escaped; a cell tagged `th` or `en` only in that language, one
tagged `lab` in none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from workbench.page import BUNDLE
from workbench.plain import plain

if TYPE_CHECKING:
    import nbformat

    from workbench.text import Lang

__all__ = ["TEMPLATES", "PageExporter", "environment", "fragments"]

TEMPLATES = Path(__file__).parent / "templates"


class PageExporter(TemplateExporter):
    """Turns an executed notebook into one page; used once for all pages of a language."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  (traitlets)
        super().__init__(  # type: ignore[no-untyped-call]
            template_name="workbench",
            template_file="page.html.j2",
            extra_template_basedirs=[str(TEMPLATES)],
            filters={"plain": _plain},
            **settings,
        )

    def _file_extension_default(self) -> str:
        return ".html"

    def page(self, notebook: nbformat.NotebookNode, **resources: object) -> str:
        """The page as HTML; *resources* are what the template names."""
        body, _ = self.from_notebook_node(notebook, resources=dict(resources))
        return str(body)


def environment() -> jinja2.Environment:
    """For pages that no notebook computes, from the same templates."""
    loader = jinja2.FileSystemLoader(TEMPLATES / "workbench")
    found = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    found.filters["plain"] = _plain
    return found


def _plain(text: str) -> Markup:
    return Markup(plain(text))  # noqa: S704  (this is the escaping)


def fragments(notebook: nbformat.NotebookNode, language: Lang) -> list[str]:
    """What the notebook showed, in order, as HTML in one language."""
    found: list[str] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and _speaks(cell, language):
            found.append(_markdown(cell.source))
        if cell.cell_type == "code":
            found += [output.data[BUNDLE][language] for output in cell.outputs if BUNDLE in output.get("data", {})]
    return found


def _speaks(cell: nbformat.NotebookNode, language: Lang) -> bool:
    tags = set(cell.metadata.get("tags", []))
    return "lab" not in tags and (not tags & {"th", "en"} or language in tags)


def _markdown(source: str) -> str:
    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=True)).render(source))
