"""What a reader can take along: results as csv, xlsx and parquet, what each column means, and how to cite.

Everything is written by the exports that commands use; text never runs as a formula in a spreadsheet.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from workbench.dates import BUDDHIST_ERA
from workbench.display import Words
from workbench.export import write_csv
from workbench.report.leaf import Leaf, Links
from workbench.results import write_results
from workbench.text import Text, Texts

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.report.around import Around
    from workbench.report.site import Provenance

__all__ = ["DOWNLOADS", "citation", "downloads_page", "write_downloads"]

DOWNLOADS = "80"
"""Place in the navigation."""
KNOWN = ("results", "scores", "dictionary", "citation")
"""Files that come first, in the order of the page; others that the texts describe follow, and then the rest."""


def write_downloads(folder: Path, around: Around, provenance: Provenance) -> None:
    """Write results.xlsx, scores.parquet, dictionary.csv and the citation beside the tables that notebooks gave."""
    write_results(around.scores, folder, uncertainty=around.page.uncertainty(), formats=("xlsx", "parquet"))
    write_csv(_dictionary(around), folder / "dictionary.csv")
    for suffix, text in citation(around, provenance).items():
        (folder / f"citation.{suffix}").write_text(text, encoding="utf-8")


def _dictionary(around: Around) -> pd.DataFrame:
    """One row per column of scores.csv: what it is, in both languages, and its unit."""
    texts, framework = Texts.default(), around.scores.framework
    elements = {node.id for node in framework.elements}
    rows = []
    for column in ["unit", *map(str, around.scores.table.columns)]:
        label = framework.label(column) if column in elements else texts(f"results.{column}")
        kind = "element" if column in elements or column == "index" else column
        unit = texts(f"downloads.units.{kind}") if f"downloads.units.{kind}" in texts else texts("downloads.units.text")
        rows.append((column, label.th, label.en, unit.th, unit.en))
    return pd.DataFrame(rows, columns=["column", "label_th", "label_en", "unit_th", "unit_en"])


def citation(around: Around, provenance: Provenance) -> dict[str, str]:
    """The report as BibTeX and as RIS, by the ending of the file."""
    title, framework = around.page.spec.title, around.scores.framework
    note = f"Run {provenance.run_id}; framework {framework.id} {framework.edition}, fingerprint {provenance.framework}"
    note += "; synthetic data" if around.scores.synthetic else ""
    day = provenance.date
    when = f"  year = {{{day.year}}},\n  month = {{{day.month}}},\n" if day is not None else ""
    dated = f"PY  - {day.year}\nDA  - {day.year}/{day.month:02}/{day.day:02}\n" if day is not None else ""
    bib = (
        f"@techreport{{{_key(provenance.run_id)},\n  title = {{{_tex(title.en)}}},\n  titleaddon = {{{_tex(title.th)}}},\n"
        f"{when}  type = {{Composite index report}},\n  note = {{{_tex(note)}}}\n}}\n"
    )
    ris = f"TY  - RPRT\nTI  - {_line(title.en)}\nTT  - {_line(title.th)}\n{dated}N1  - {_line(note)}\nER  - \n"
    return {"bib": bib, "ris": ris}


def downloads_page(around: Around, folder: Path, provenance: Provenance) -> Leaf:
    """Links to every file in *folder*, those known first, with what they are and how large."""
    texts = Texts.default()
    files = sorted(path for path in folder.iterdir() if path.is_file())
    known = [path for path in files if _key_of(path) in texts]
    known.sort(key=lambda path: (KNOWN.index(path.stem) if path.stem in KNOWN else len(KNOWN), path.name))
    links = [(_address(path), Text.same(path.name), _described(path)) for path in known]
    others = [(_address(path), Text.same(path.name), _sized(path)) for path in files if path not in known]
    day, cite = provenance.date, {"title": around.page.spec.title, "run": provenance.run_id}
    cite |= {"year": day.year, "be": day.year + BUDDHIST_ERA} if day is not None else {}
    return Leaf(
        name="downloads",
        order=DOWNLOADS,
        title=texts("pages.downloads.title"),
        lead=texts("pages.downloads.lead"),
        parts=[
            Words(text=texts("downloads.intro")),
            Links(links=links, css="pages", download=True),
            *([Words(text=texts("downloads.others"), kind="h2"), Words(text=texts("downloads.others_note"))] if others else []),
            *([Links(links=others, css="units", download=True)] if others else []),
            Words(text=texts("downloads.cite"), kind="h2"),
            Words(text=texts("downloads.citation" if day is not None else "downloads.citation_undated", **cite)),
            *([Words(text=texts("report.synthetic"), kind="warning")] if around.scores.synthetic else []),
        ],
    )


def _address(path: Path) -> str:
    return f"../data/{path.name}"


def _described(path: Path) -> Text:
    """What a known file holds, and its size."""
    texts = Texts.default()
    return texts("downloads.described", what=texts(_key_of(path)), size=_kilobytes(path))


def _key_of(path: Path) -> str:
    return f"downloads.files.{path.stem}_{path.suffix[1:]}"


def _sized(path: Path) -> Text:
    return Texts.default()("downloads.size", size=_kilobytes(path))


def _kilobytes(path: Path) -> str:
    return f"{max(1, round(path.stat().st_size / 1000)):,}"


def _key(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "", text)


def _tex(text: str) -> str:
    """*text* without what TeX would act on."""
    return re.sub(r"([#$%&_])", r"\\\1", re.sub(r"[{}\\~^]", "", _line(text)))


def _line(text: str) -> str:
    return " ".join(text.split())
