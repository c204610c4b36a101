"""Payloads, and a run that has one in every door: texts, names, files, cells, comments, parameters, outputs."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from contextlib import contextmanager, suppress
from itertools import count

import nbformat
import pandas as pd
import yaml

from conftest import ALL_NOTEBOOKS, write_run

PAYLOADS = (
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'><svg onload=window.pwned=1>",
    "</title></style></script><script>window.pwned=1</script>",
    "[x](javascript:window.pwned=1)",
    "<a href=javascript:window.pwned=1>x</a>",
    "{{ 7*7 }}{% raw %}",
    "<iframe srcdoc='<script>top.pwned=1</script>'></iframe>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1:8009/'>",
    "$x$ <link rel=prefetch href=http://planted.example/>",
    "left\u202eright\u2066",
    "=cmd|' /C calc'!A0",
)
WRITTEN = tuple(payload for payload in PAYLOADS if "\u202e" not in payload)
"""What a parameter file may hold: invisible characters are refused there, by line."""
FILE = "=1+1 \"><img src=x onerror=window.pwned=1> {bad} $(id) '"
"""What a file or a folder may be called: no slash."""
HUGE = "long" * 25_000
"""A hundred thousand letters, in every row of a unit and in a comment."""
MEGABYTE = "ยาว" * 333_334
"""A million letters, in the one row of a unit."""
PARAMETER = "parameter <script>window.pwned=1</script><img src=x onerror=window.pwned=1>"

OWN = re.compile(r"[A-Z]+ (?:https?://)?(?:[a-z0-9-]+\.)*(?:google|googleapis|gstatic)\.com[:/]")
"""What Chromium asks for by itself."""

HOSTILE = (
    ("markdown", "<script>window.pwned=1</script> <img src=x onerror=window.pwned=1>\n\n<b>bold</b>"),
    ("raw", "<script>window.pwned=1</script>"),
    ("parameters", 'run = ""\nregion = ""\nlisted = []'),
    ("code", ("from IPython.display import HTML, SVG, Javascript, Markdown, display\nfrom workbench import runs\n"
     "from workbench.display import Chart, Column, Table, Words\nfrom workbench.plots.style import new_figure\n"
     "from workbench.text import Text\nimport pandas as pd\npage = runs.open(run)")),
    ("code", ("display(HTML('<script>window.pwned=1</script>output html'))\ndisplay(Javascript('window.pwned=1'))\n"
     "display(SVG('<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"window.pwned=1\"><text>output svg</text></svg>'))\n"
     "display(Markdown('output markdown <img src=x onerror=window.pwned=1>'))\n"
     "display({'text/vnd.mermaid': 'graph TD; output-mermaid', 'text/plain': 'x'}, raw=True)\n"
     "display({'image/png': 'iVBORw0KGgo='}, raw=True, metadata={'image/png': {'width': '1\" onload=\"window.pwned=1'}})\n"
     "print('output stream', region)")),
    ("code", ("label = Text.same(region)\ntable = Table(id='hostile', caption=label, columns=[\n"
     "    Column(label=label, values=[region, *listed], header=True), Column(label=label, values=[1] * (1 + len(listed)))])\n"
     "figure = new_figure(4, 2)\naxes = figure.add_subplot()\naxes.plot([0, 1], [0, 1], label=region)\naxes.set_title(region)\naxes.set_xlabel(region)\n"
     "axes.legend()\npage.show(Words(text=label), table, Chart(id='drawn', title=label, subtitle=label, alt=label, source=label,\n"
     "    table=Table(id='drawn-data', caption=label, columns=table.columns), draw=lambda language: figure))\n"
     "page.emit('hostile', pd.DataFrame({region: [region, *listed], '=1+1': pd.Categorical(['=1+1'] * (1 + len(listed)))}))")),
)  # fmt: skip
"""Cells of a notebook that a colleague sent."""


def planted(node, turn):
    """Every text in both languages with the next payload behind it."""
    if isinstance(node, dict):
        if set(node) == {"th", "en"} and all(isinstance(text, str) for text in node.values()):
            payload = WRITTEN[next(turn) % len(WRITTEN)]
            return {language: f"{text} {payload}" for language, text in node.items()}
        return {key: planted(value, turn) for key, value in node.items()}
    return [planted(item, turn) for item in node] if isinstance(node, list) else node


def replant(path, turn):
    node = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(planted(node, turn), allow_unicode=True), encoding="utf-8")


def changed(path, change):
    """Rewrite a parameter file as *change* leaves it."""
    node = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(node)
    path.write_text(yaml.safe_dump(node, allow_unicode=True), encoding="utf-8")


def plant_run(folder, root):
    """Write a run with a payload in every door into *folder*, and return its file."""
    from workbench import Framework
    from workbench.sample import make_sample, write_sample

    turn, edition = count(), folder / f"edition {FILE}"
    shutil.copytree(root / "params/framework/2559", edition)
    survey = folder / f"{FILE}.csv"
    framework = Framework.load(edition)
    write_sample(make_sample(framework, units=14, agencies=19, seed=5), survey, framework, seed=5)
    for path in sorted(edition.glob("*.yaml")):
        replant(path, turn)
        changed(path, _asked_of_all)
    changed(edition / "framework.yaml", _open_to_any_name)
    _plant_answers(survey)
    workshop = _plant_workshop(folder, root, turn)
    notebook = folder / f"sent {FILE}.ipynb"
    nbformat.write(_hostile(), notebook)
    path = write_run(folder, framework="edition", survey=survey, notebooks=ALL_NOTEBOOKS)
    path = path.rename(folder / f"run {FILE}.yaml")
    sent = {"notebook": str(notebook), "page": "hostile", "parameters": {"region": PARAMETER, "listed": list(WRITTEN)}}
    title = {"th": f"ชื่อ {PAYLOADS[3]}", "en": f"Title {PAYLOADS[3]}"}

    def own(run):
        run |= {"title": title, "framework": str(edition), "survey": str(survey), "workshops": [str(workshop)]}
        run["notebooks"] = [*run["notebooks"], sent]

    changed(path, own)
    return path


def _asked_of_all(node):
    """Questions to one type of respondent need the types."""
    for child in node.get("children", ()):
        child.get("question", {}).pop("asked_of", None)
        _asked_of_all(child)


def _open_to_any_name(main):
    """Units and respondents are then whatever the answers say."""
    del main["unit"]["registry"]
    del main["respondents"]["types"]
    main["references"] = [{**note, "text": f"{note['text']} {PAYLOADS[0]}"} for note in main["references"]]


def _plant_answers(survey):
    table = pd.read_csv(survey, dtype=str, keep_default_na=False)
    units = sorted(set(table["unit"]))
    names = dict(zip(units, (*PAYLOADS, HUGE, MEGABYTE), strict=True))
    table = table[(table["unit"] != units[-1]) | ~table["unit"].duplicated()]
    agencies = {name: f"{PAYLOADS[place % len(PAYLOADS)]} {name}" for place, name in enumerate(sorted(set(table["agency"])))}
    table = table.assign(unit=table["unit"].map(names), agency=table["agency"].map(agencies), coordinator_name=PAYLOADS[0])
    table.to_csv(survey, index=False)


def _plant_workshop(folder, root, turn):
    path = folder / f"workshop {FILE}.yaml"
    shutil.copy(root / "params/workshops/2559-05-23.yaml", path)
    replant(path, turn)
    ratings = f"ratings {FILE}.csv"
    meeting = yaml.safe_load(path.read_text(encoding="utf-8"))
    record = pd.read_csv(root / "params/workshops" / meeting["workshop"]["ratings"], dtype=str, keep_default_na=False)
    spoken = record["sheet"] == "comment"
    comments = [PAYLOADS[place % len(PAYLOADS)] for place in range(int(spoken.sum()))]
    record.loc[spoken, "value"] = [HUGE, *comments[1:]]
    record.to_csv(folder / ratings, index=False)

    def own(node):
        node["workshop"]["ratings"] = ratings
        for item in node["amendments"]:
            if item.get("kind") == "drop":
                del item["expect"]  # the label has its payload by now

    changed(path, own)
    return path


def _hostile():
    makers = {"markdown": nbformat.v4.new_markdown_cell, "raw": nbformat.v4.new_raw_cell, "code": nbformat.v4.new_code_cell}
    cells = []
    for kind, source in HOSTILE:
        cell = makers["code" if kind == "parameters" else kind](source)
        cell.metadata["tags"] = ["parameters"] * (kind == "parameters")
        cells.append(cell)
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata |= {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    book.metadata |= {"title": PAYLOADS[3], "authors": [{"name": PAYLOADS[0]}], "widgets": {"x": PAYLOADS[0]}}
    return book


@contextmanager
def refusing_proxy():
    """A proxy on this machine that notes what is asked of it and gives nothing: requests, prefetches, connections.

    A browser asks its maker for the time and for accounts by itself, whatever it is told; that is left out.
    """
    asked, server = [], socket.create_server(("127.0.0.1", 0))

    def serve():
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.settimeout(2)
                    line = connection.recv(4096).split(b"\r\n")[0].decode("latin-1")
                    if not OWN.match(line):
                        asked.append(line)
                    connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
    finally:
        server.close()
        thread.join(timeout=3)
