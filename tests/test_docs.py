"""The guide: every block of it is run, in order, page by page, in an empty folder; and the site builds offline.

A `console` block is run line by line at `$`, and has to exit with 0, or with the code that a comment names. A `python`
block runs in the page's own namespace, and its last expression is shown as JupyterLab would. A block with a caption is
a file. Blocks without a language that begin with `workbench` are commands too.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if "_build" not in path.parts and path.name != "keys.md"
)
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
ELSEWHERE = {"database.md": "run by test_database", "tutorial.md": "run in a clean clone"}
KINDS = {"console", "python", "yaml", "", "{code-block} yaml", "{toctree}", "{eval-rst}"}


def blocks(page):
    text = (DOCS / page).read_text(encoding="utf-8")
    return [(found["kind"].strip(), found["body"], text[: found.start()].count("\n") + 1) for found in FENCE.finditer(text)]


class Reader:
    """Someone who does what the page says."""

    def __init__(self, folder, page, code=ROOT):
        self.folder, self.page, self.code, self.names, self.ran = folder, page, code, {}, 0
        programs = folder / ".bin"
        programs.mkdir()
        for name, what in (("workbench", "-c 'from workbench.cli import main; main()'"), ("python", "")):
            script = programs / name
            script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {what} "$@"\n', encoding="utf-8")
            script.chmod(0o755)
        self.path = f"{programs}:{os.environ['PATH']}"

    def follow(self, kind, body, line):
        where = f"{self.page}, line {line}"
        if kind == "console":
            for command in re.findall(r"^\$ (.+)$", body, re.MULTILINE):
                self.command(command, where)
        elif kind == "" and body.startswith("workbench "):
            self.command(re.sub(r"\n\s+", " ", body.strip()), where)
        elif kind == "python":
            self.python(body, where)
        elif kind == "{code-block} yaml":
            caption, content = re.match(r":caption: (\S+)\n\n(.*)", body, re.DOTALL).groups()
            (self.folder / caption).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / caption).write_text(content, encoding="utf-8")
        elif kind == "yaml":
            assert yaml.safe_load(body) is not None, where

    def command(self, command, where):
        text, _, note = command.partition("  # exits with ")
        done = subprocess.run(["bash", "-c", text], cwd=self.folder, capture_output=True, text=True, check=False, timeout=120,
                              env=os.environ | {"PATH": self.path, "PYTHONPATH": str(self.code)})  # fmt: skip
        assert done.returncode == int(note or 0), f"{where}: {text}\n{done.stdout[-2000:]}{done.stderr[-3000:]}"
        self.ran += 1

    def python(self, body, where):
        tree = ast.parse(body)
        shown = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, where, "exec"), self.names)  # noqa: S102  (the guide's own code)
        if shown is not None:
            value = eval(compile(shown, where, "eval"), self.names)  # noqa: S307
            html = value._repr_html_() if hasattr(value, "_repr_html_") else str(value)
            assert html, where
        self.ran += 1


@pytest.mark.parametrize("page", [page for page in PAGES if page not in ELSEWHERE])
def test_the_page_does_what_it_says(page, tmp_path, monkeypatch, shared_tables):
    """Each block in its turn."""
    monkeypatch.chdir(tmp_path)
    reader = Reader(tmp_path, page)
    monkeypatch.setenv("PATH", reader.path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found = blocks(page)
    for name, path in shared_tables.items():
        if any(name in body for _, body, _ in found):
            if path is None:
                pytest.skip(f"{name} is not beside the checkout")
            (tmp_path / name).symlink_to(path)
    for kind, body, line in found:
        assert kind in KINDS, f"{page}, line {line}: {kind}"
        reader.follow(kind, body, line)
    runnable = [kind for kind, body, _ in found if kind in {"console", "python"}]
    assert reader.ran >= len(runnable)


@pytest.fixture(scope="session")
def shared_tables():
    """Tables of others that a page names, where they are."""
    folder = ROOT.parent / "shared" / "data"
    path = next(folder.rglob("egdi_2016.csv"), None) if folder.is_dir() else None
    return {"egdi_2016.csv": path}


SHOW = """\
def show(value):
    assert value._repr_html_() if hasattr(value, "_repr_html_") else str(value)
"""
"""What JupyterLab does with the last line of a cell."""


def test_a_new_user_gets_through_the_tutorial(tmp_path, record_property):
    """Its commands and cells, one after another, in a clean clone and processes of its own; the time is on record."""
    clone, folder = tmp_path / "clone", tmp_path / "work"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    folder.mkdir()
    reader, cells = Reader(folder, "tutorial.md", clone), [SHOW]
    start = time.perf_counter()
    for kind, body, line in blocks("tutorial.md"):
        if kind == "python":
            tree = ast.parse(body)
            if isinstance(tree.body[-1], ast.Expr):
                tree.body[-1].value = ast.Call(ast.Name("show"), [tree.body[-1].value], [])
            cells.append(ast.unparse(ast.fix_missing_locations(tree)))
        else:
            reader.follow(kind, body, line)
    (folder / "cells.py").write_text("\n".join(cells), encoding="utf-8")
    reader.command("python cells.py", "the cells")
    record_property("seconds", round(time.perf_counter() - start, 1))

    assert reader.ran == sum(body.count("$ ") for kind, body, _ in blocks("tutorial.md") if kind == "console") + 1
    assert len(list((folder / "harbour" / "reports").glob("*/index.html"))) == 1


def test_every_page_is_reached():
    """The contents name every page and no other."""
    listed = set(re.findall(r"^([a-z0-9/-]+)$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert {page.removesuffix(".md") for page in PAGES} | {"keys"} == listed | {"index"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built with every warning an error."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", str(DOCS), str(out)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert 0 == done.returncode, done.stderr
    return out


class TestSite:
    def test_it_asks_nobody_else(self, site):
        """No script, style, font or picture from another address."""
        for path in site.rglob("*.html"):
            text = path.read_text(encoding="utf-8")
            assert [] == re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(?:https?:)?//', text), path.name

    def test_the_keys_are_those_of_the_models(self, site):
        """Every key of every model of a framework's file is on the page, with what it means."""
        from workbench.framework_model import Definition, Indicator, Method

        page = (site / "keys.html").read_text(encoding="utf-8")
        for model in (Definition, Indicator, Method):
            for name in model.model_fields:
                assert f">{name}<" in page, name
        assert "Share of a group’s weight that must be measured" in page

    def test_every_key_has_a_meaning(self, site):
        """Those of framework, workshop, run, uncertainty and rules: on the page, and in the schemas that editors show."""
        from workbench.schema_page import ROOTS, meanings, models
        from workbench.schemas import schemas

        page = " ".join(re.sub(r"<[^>]+>", "", (site / "keys.html").read_text(encoding="utf-8")).split())
        dumb = []
        for root in ROOTS.values():
            for model in models(root):
                told = meanings(model)
                dumb += [f"{model.__name__}.{name}" for name in model.model_fields if not told.get(name, "").strip()]
                assert model.__name__ in page
        assert [] == dumb
        found = schemas()
        for name in ("framework", "workshop", "run", "uncertainty", "rules"):
            shapes = [found[name], *found[name].get("$defs", {}).values()]
            keys = [key for shape in shapes if shape.get("title") != "Text" for key in shape.get("properties", {}).values()]
            assert keys
            assert all("description" in key for key in keys), name

    def test_keys_are_told_in_words(self, site):
        """No Python, no address of a memory: the page is the same each time."""
        page = (site / "keys.html").read_text(encoding="utf-8")
        for noise in ("Annotated", "0x", "tuple[", "typing", "NoneType", "Union"):
            assert noise not in page, noise
        assert "text in" in page

    def test_thai_has_its_font(self, site):
        """The font travels along."""
        assert (site / "_static" / "sarabun-thai-400-normal.woff2").is_file()
        assert "sarabun-thai-400-normal.woff2" in (site / "_static" / "guide.css").read_text(encoding="utf-8")

    def test_public_names_are_in_the_reference(self, site):
        """Whatever `workbench` offers is explained, with its docstring."""
        import workbench as wb

        page = (site / "reference.html").read_text(encoding="utf-8")
        for name in wb.__all__:
            assert f".{name}" in page, name
