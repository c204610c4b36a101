"""The runner beside papermill's and nbconvert's own commands, and beside their API in one process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Row, timed
from workbench.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["measure"]

SAMPLE = PROJECT / "params" / "runs" / "sample.yaml"
IMPORTS = """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import statsmodels.api as sm
from sklearn.decomposition import PCA"""
WORK = """\
frame = pd.DataFrame(np.random.default_rng(1).normal(size=(200, 5)), columns=list("abcde"))
fit = sm.OLS(frame["a"], sm.add_constant(frame[["b", "c"]])).fit()
print(fit.params, PCA(2).fit(frame).explained_variance_)"""
OVERHEAD = ('run = ""', IMPORTS, WORK, 'sns.scatterplot(frame, x="a", y="b")\nplt.show()')
SERVED = ("seaborn", "statsmodels.api", "sklearn.decomposition")


def measure() -> Iterator[Row]:
    """The sample run cold, unchanged and with one weight changed; and eight notebooks of pure overhead."""
    from workbench import runs  # noqa: PLC0415  (below, the programs that are timed import what they need)

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        books = runs.load_run(SAMPLE).notebooks
        theirs = timed(lambda: _commands(books, folder / "theirs"), repeat=1, warm_up=False)
        cold = timed(lambda: _workbench(SAMPLE, folder / "out", "--force"), repeat=1, warm_up=False)
        yield Row("sample run, cold, both languages", cold, rival="the two commands", rival_seconds=theirs)
        yield Row("sample run, nothing changed", timed(lambda: _workbench(SAMPLE, folder / "out"), repeat=3), budget=1.0)
        yield _one_weight(folder)
        yield from _overhead(folder)


def _workbench(run: Path, out: Path, *options: str) -> str:
    command = [sys.executable, "-c", "from workbench.cli import main; main()", "run", str(run), "--out", str(out), *options]
    return subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout  # noqa: S603


def _commands(books: tuple[Path, ...], out: Path) -> None:
    """The commands of papermill and nbconvert, one after another, for each notebook; a page in one language."""
    out.mkdir(exist_ok=True)
    for path in books:
        made = out / path.name
        for command in (["papermill", str(path), str(made)], ["jupyter", "nbconvert", "--to", "html", str(made)]):
            program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
            subprocess.run(program, cwd=PROJECT, check=True, capture_output=True)  # noqa: S603


def _one_weight(folder: Path) -> Row:
    """A copy of the edition with another weight: how many notebooks run, and how long it takes."""
    from workbench import runs  # noqa: PLC0415  (as above)

    edition = folder / "edition"
    shutil.copytree(runs.load_run(SAMPLE).framework, edition)
    text = SAMPLE.read_text(encoding="utf-8").replace("params/framework/2559", str(edition))
    copy = folder / "sample.yaml"
    copy.write_text(text, encoding="utf-8")
    _workbench(copy, folder / "out")
    main = edition / "framework.yaml"
    main.write_text(main.read_text(encoding="utf-8").replace("weight: 1", "weight: 1.25", 1), encoding="utf-8")
    said: list[str] = []
    seconds = timed(lambda: said.append(_workbench(copy, folder / "out", "--json")), repeat=1, warm_up=False)
    events = [json.loads(line)["event"] for line in said[0].splitlines()]
    return Row(f"one weight changed: {events.count('finished')} notebooks run, {events.count('kept')} are kept", seconds)


def _overhead(folder: Path) -> Iterator[Row]:
    import nbformat  # noqa: PLC0415  (with the rivals)

    cells = [nbformat.v4.new_code_cell(source) for source in OVERHEAD]  # type: ignore[no-untyped-call]
    cells[0].metadata["tags"] = ["parameters"]
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})  # type: ignore[no-untyped-call]
    paths = tuple(folder / f"n{place}.ipynb" for place in range(8))
    for path in paths:
        nbformat.write(book, path)  # type: ignore[no-untyped-call]
    ours = timed(lambda: _script("_ours", paths), repeat=1, warm_up=False)
    commands = timed(lambda: _commands(paths, folder / "commands"), repeat=1, warm_up=False)
    api = timed(lambda: _script("_api", paths), repeat=1, warm_up=False)
    yield Row("8 notebooks of overhead, executed and converted", ours, rival="the two commands", rival_seconds=commands)
    yield Row("8 notebooks of overhead, executed and converted", ours, rival="their API, one process", rival_seconds=api)


def _script(function: str, paths: tuple[Path, ...]) -> None:
    """Call a function of this module in a process of its own, cold."""
    code = f"import sys\nfrom bench import notebooks\nnotebooks.{function}(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    subprocess.run([sys.executable, "-c", code, *map(str, paths)], env=environment, check=True, capture_output=True)  # noqa: S603


def _ours(paths: list[str]) -> None:
    from workbench import prestart  # noqa: PLC0415  (in the order of a run)

    prestart.start()
    from workbench.execution import Job  # noqa: PLC0415
    from workbench.forkserver import without_grammar  # noqa: PLC0415
    from workbench.workers import LocalWorkers  # noqa: PLC0415

    workers = LocalWorkers(3, SERVED)
    jobs = [Job(name=Path(path).stem, source=Path(path).read_text(encoding="utf-8"), values={"run": ""}) for path in paths]
    futures = [workers.submit(job, {}) for job in jobs]
    with without_grammar():
        import nbformat  # noqa: PLC0415
        from nbconvert import HTMLExporter  # noqa: PLC0415
    exporter = HTMLExporter()
    for path, future in zip(paths, futures, strict=True):
        html, _ = exporter.from_notebook_node(nbformat.reads(future.result().notebook, as_version=4))  # type: ignore[no-untyped-call]
        Path(path).with_suffix(".html").write_text(html, encoding="utf-8")
    workers.close()


def _api(paths: list[str]) -> None:
    import papermill  # noqa: PLC0415
    from nbconvert import HTMLExporter  # noqa: PLC0415

    exporter = HTMLExporter()
    for path in paths:
        book = papermill.execute_notebook(path, f"{path}.out.ipynb", progress_bar=False)
        html, _ = exporter.from_notebook_node(book)
        Path(path).with_suffix(".html").write_text(html, encoding="utf-8")
