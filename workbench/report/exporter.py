"""Executed notebooks to HTML, by nbconvert with our own template.

Only what a notebook showed through its page is published: code, streams, warnings and any other kind
of output stay behind, because they can carry paths, scripts or requests to the network. Markdown
cells are published with raw HTML escaped; a cell tagged `th` or `en` only in that language, one
tagged `lab` in none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from workbench.page import BUNDLE

if TYPE_CHECKING:
    import nbformat

    from workbench.text import Lang

__all__ = ["PageExporter", "fragments"]

TEMPLATES = Path(__file__).parent / "templates"


class PageExporter(TemplateExporter):
    """Turns an executed notebook into one page; used once for all pages of a language."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  (traitlets)
        super().__init__(  # type: ignore[no-untyped-call]
            template_name="workbench",
            template_file="page.html.j2",
            extra_template_basedirs=[str(TEMPLATES)],
            **settings,
        )

    def _file_extension_default(self) -> str:
        return ".html"

    def page(self, notebook: nbformat.NotebookNode, **resources: object) -> str:
        """The page as HTML; *resources* are what the template names."""
        body, _ = self.from_notebook_node(notebook, resources=dict(resources))
        return str(body)


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
