"""Personal data that agencies send along are in no byte of what a run leaves: pages, tables, caches, notebooks, PDFs, messages."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import sys
import zipfile
from urllib.parse import quote

import pandas as pd
import pytest
from typer.testing import CliRunner

from conftest import PERSONAL
from workbench.cli import app

pytestmark = pytest.mark.xdist_group("report")
NEEDLES = {text for texts in PERSONAL.values() for text in texts}


def written(needle):
    """How a file can hold *needle*: as text, in JSON, in an address, or inside base64 from any of three places."""
    raw = needle.encode()
    yield from (raw, needle.encode("utf-16-le"), json.dumps(needle)[1:-1].encode(), quote(needle).encode())
    for shift in range(3):
        # The letters of base64 that depend on the neighbours are left out.
        coded = base64.b64encode(b"\0" * shift + raw)
        yield coded[(shift * 4 + 2) // 3 : len(coded) - 4]


FORMS = {needle: [form for form in written(needle) if len(form) > 5] for needle in NEEDLES}


def contents(path):
    """The bytes of a file, and what its kind hides: members of an archive, columns and metadata of parquet, text of a PDF."""
    raw = path.read_bytes()
    yield raw
    if zipfile.is_zipfile(io.BytesIO(raw)):
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            yield from (archive.read(name) for name in archive.namelist())
            yield " ".join(archive.namelist()).encode()
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        yield table.to_pandas().to_csv().encode()
        yield str(table.schema.metadata).encode()
    if path.suffix == ".pdf":
        for program in ("pdftotext", "pdfinfo"):
            command = [program, path, "-"] if program == "pdftotext" else [program, path]
            yield subprocess.run(command, capture_output=True, check=True).stdout


def found(folder):
    """What of the planted data is where."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    hits = []
    for path in files:
        for blob in [*contents(path), path.name.encode()]:
            hits += [(path.name, needle) for needle, forms in FORMS.items() if any(form in blob for form in forms)]
    return hits


def test_nothing_personal_leaves_the_intake(report):
    """The survey of the report has it in every row; the report, its manifest and all kept results have it nowhere."""
    survey = (report.parents[1] / "answers.csv").read_text(encoding="utf-8-sig")
    assert all(needle in survey for needle in NEEDLES)
    kept = [path for path in (report.parent / ".cache").rglob("*") if path.is_file()]

    assert len(kept) > 8, "results of notebooks are kept"
    assert [] == found(report.parent)


@pytest.mark.skipif(shutil.which("chromium") is None or shutil.which("pdftotext") is None, reason="needs chromium and poppler")
def test_nor_is_it_in_what_is_printed(report, tmp_path):
    """Text and properties of PDFs."""
    done = CliRunner().invoke(app, ["pdf", str(report), "--page", "00_summary", "--out", str(tmp_path / "paper")])

    assert 0 == done.exit_code, done.output
    assert [] == found(tmp_path / "paper")


def test_nor_in_tables_and_messages(report, root, tmp_path):
    """What `score`, `export` and `check` write and say, and what a fault in such a row says."""
    survey, framework = report.parents[1] / "answers.csv", str(root / "params/framework/2559")
    table = pd.read_csv(survey, dtype=str, keep_default_na=False)
    table.loc[3, "P1.1.1"] = "99"
    table.to_csv(tmp_path / "faulty.csv", index=False)
    table.rename(columns={"coordinator_phone": "telephone"}).to_csv(tmp_path / "unknown.csv", index=False)
    said = []
    for command, code in (
        (["score", "--framework", framework, "--survey", str(survey), "--out", str(tmp_path / "scores")], 0),
        (["check", "--framework", framework, "--survey", str(survey)], 0),
        (["check", "--json", "--framework", framework, "--survey", str(tmp_path / "faulty.csv")], 2),
        (["check", "--framework", framework, "--survey", str(tmp_path / "unknown.csv")], 2),
    ):
        call = [sys.executable, "-c", "from workbench.cli import main; main()", *command]
        done = subprocess.run(call, cwd=root, capture_output=True, text=True, check=False)
        assert code == done.returncode, done.stderr
        said.append(done.stdout + done.stderr)

    (tmp_path / "scores" / "said.txt").write_text("\n".join(said), encoding="utf-8")
    assert "99" in said[2]
    assert "telephone" in said[3]
    assert [] == found(tmp_path / "scores")


def test_the_search_finds_what_is_hidden(tmp_path):
    """In a workbook's properties, in parquet, escaped in a notebook, coded in a page."""
    name, phone, email = (PERSONAL[column][0] for column in ("coordinator_name", "coordinator_phone", "coordinator_email"))
    from openpyxl import Workbook

    book = Workbook()
    book.properties.creator = name
    book.save(tmp_path / "a.xlsx")
    pd.DataFrame({"x": [phone]}).to_parquet(tmp_path / "b.parquet")
    (tmp_path / "c.ipynb").write_text(json.dumps({"source": f"x = '{name}'"}), encoding="utf-8")
    coded = base64.b64encode(f"image of {email} in a page".encode()).decode()
    (tmp_path / "d.html").write_text(f"<img src='data:image/png;base64,{coded}'>", encoding="utf-8")
    (tmp_path / "e.txt").write_text("nothing", encoding="utf-8")

    assert {("a.xlsx", name), ("b.parquet", phone), ("c.ipynb", name), ("d.html", email)} == set(found(tmp_path))
