"""How the guide becomes a site: Sphinx with MyST, from Markdown, docstrings and the models of the parameter files.

Nothing is fetched: the theme and the search come with Sphinx. `make docs` builds it.
"""

from pathlib import Path

from workbench.schema_page import write_schema_page

project = "Workbench"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "alabaster"
html_theme_options = {"description": "From an expert workshop to a published readiness index", "page_width": "1080px"}
html_static_path = ["style", "../workbench/fonts"]
html_css_files = ["guide.css"]
html_copy_source = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
myst_heading_anchors = 3
napoleon_google_docstring = True

write_schema_page(Path(__file__).parent / "keys.md")


def _tables_as_they_stand(_app, _what, _name, _obj, _options, lines):  # noqa: ANN001, ANN202
    """Tables of docstrings are Markdown; the rest is read as reStructuredText, so tables are shown as written."""
    found = []
    for line in lines:
        if line.startswith("|"):
            if not (found and found[-1].startswith("   |")):
                found += ["", "::", ""]
            found.append(f"   {line}")
        else:
            if found and found[-1].startswith("   |"):
                found.append("")
            found.append(line)
    lines[:] = found


def setup(app):  # noqa: ANN001, ANN201, D103
    app.connect("autodoc-process-docstring", _tables_as_they_stand)
