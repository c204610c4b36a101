"""What a file is by its first bytes, where its extension says otherwise. Nothing is read further than that."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Kind", "other_kind"]

_RENAME = "give the file its own extension, or save the table as .xlsx or .csv."


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of file, in words, and what to do with it."""

    what: str
    fix: str


ZIP = Kind(what="a workbook or another packed file", fix=_RENAME)
OLD = Kind(
    what="an old .xls workbook, or one with a password",
    fix="open it in a spreadsheet program, with its password if it has one, and save it as .xlsx without one.",
)
PAGE = Kind(what="a web page", fix="open it in a spreadsheet program and save it as .xlsx.")
PDF = Kind(what="a PDF document", fix="ask for the table that it was made of.")
PARQUET = Kind(what="a parquet file", fix=_RENAME)
_BEGINNINGS = ((b"PK\x03\x04", ZIP), (b"\xd0\xcf\x11\xe0", OLD), (b"%PDF-", PDF), (b"PAR1", PARQUET))
_PAGES = (b"<html", b"<!doctype html", b"<table", b"<?xml")
_OWN = {".xlsx": ZIP, ".parquet": PARQUET}


def other_kind(raw: bytes, suffix: str) -> Kind | None:
    r"""The kind of a file that begins otherwise than its extension says; None where nothing tells of another.

    >>> other_kind(b"PK\x03\x04...", ".csv").what
    'a workbook or another packed file'
    """
    begins = next((kind for start, kind in _BEGINNINGS if raw.startswith(start)), None)
    if begins is PARQUET and not raw.endswith(b"PAR1"):  # a header may begin with these letters
        begins = None
    if begins is None and raw[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        begins = PAGE
    return None if begins is _OWN.get(suffix) else begins
