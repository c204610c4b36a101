"""The house rules: what a reader would trip over is a failing test."""

from __future__ import annotations

import ast
import json
import statistics

import pytest

LONGEST = 40
LARGEST = 400


@pytest.fixture(scope="module")
def modules(root):
    return {
        path.relative_to(root).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for folder in ("workbench", "bench")
        for path in sorted((root / folder).rglob("*.py"))
    }


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node):
    doc = node.body[0] if ast.get_docstring(node) else None
    return node.end_lineno - node.lineno + 1 - (doc.end_lineno - doc.lineno + 1 if doc else 0)


def test_every_module_says_what_it_does(modules):
    """Every module opens with a docstring."""
    assert [] == [name for name, tree in modules.items() if not ast.get_docstring(tree)]


def test_functions_fit_on_a_screen(modules):
    """No function is longer than forty lines, and half are no longer than ten."""
    sizes = {f"{name}:{node.name}": length(node) for name, tree in modules.items() for node in functions(tree)}

    assert {} == {name: size for name, size in sizes.items() if size > LONGEST}
    assert statistics.median(sizes.values()) <= 10


def test_modules_stay_readable(modules, root):
    """No module is longer than four hundred lines."""
    lines = {name: len((root / name).read_text(encoding="utf-8").splitlines()) for name in modules}

    assert {} == {name: count for name, count in lines.items() if count > LARGEST}


def test_public_functions_say_what_they_return(modules):
    """Every public function and class at the top of a module has a docstring."""
    bare = [
        f"{name}:{node.name}"
        for name, tree in modules.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]

    assert [] == bare


def test_all_names_what_exists(modules):
    """`__all__` lists only names that the module defines or imports."""
    wrong = []
    for name, tree in modules.items():
        listed = [
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
        ]
        text = {child.id for child in ast.walk(tree) if isinstance(child, ast.Name)}
        text |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        text |= {
            (alias.asname or alias.name) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
        }
        wrong += [f"{name}:{item}" for items in listed for item in items if item not in text]

    assert [] == wrong


@pytest.fixture(scope="module")
def notebooks(root):
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / "notebooks").glob("*.ipynb"))}


class TestNotebooks:
    def test_stored_without_output(self, notebooks):
        """A notebook is committed without results and counters."""
        stored = [
            name
            for name, book in notebooks.items()
            for cell in book["cells"]
            if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"] is not None)
        ]

        assert [] == stored

    def test_a_page_not_a_program(self, notebooks):
        """No notebook defines a function, and the first result comes within seven cells."""
        for name, book in notebooks.items():
            sources = ["".join(cell["source"]) for cell in book["cells"]]
            code = [source for cell, source in zip(book["cells"], sources, strict=True) if cell["cell_type"] == "code"]
            shows = [i for i, source in enumerate(sources) if "page.show" in source or "page.say" in source]

            assert "def " not in "\n".join(code), name
            assert shows, name
            assert shows[0] < 7, name

    def test_one_parameters_cell(self, notebooks):
        """Every notebook has one cell tagged `parameters`, which names the run and nothing else."""
        for name, book in notebooks.items():
            cells = [cell for cell in book["cells"] if "parameters" in cell["metadata"].get("tags", [])]

            assert 1 == len(cells), name
            assert "".join(cells[0]["source"]).startswith("run = "), name
