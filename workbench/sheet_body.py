"""What the XML of a sheet tells beside the values of its cells: errors, formulas without a result, what is hidden or merged.

Spreadsheet programs write the same sheet in several ways: with a prefix on every name, or without the address of a
cell. All are brought into one form first, so that no look at them depends on the program. Nothing is evaluated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["broken_cells", "column_letter", "column_position", "hidden_columns", "hidden_rows", "merged", "one_form", "reach"]

_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*):worksheet\b")
_UNPLACED = re.compile(rb"<c(?=[\s/>])(?![^>]*\sr=)")
_ROW_OR_CELL = re.compile(rb"<(row|c)(?=[\s/>])([^>]*)>")
_ROW_NUMBER = re.compile(rb"""\sr=["']([0-9]+)["']""")
_PLACE = re.compile(rb"""\sr=["']([A-Z]{1,3})[0-9]+["']""")
_ADDRESS = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")
_FORMULA = rb"<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)"
_CELL = rb"""[^>]*\br=["']([A-Z]{1,3})([0-9]{1,7})["'][^>]*>"""
_ERROR = re.compile(rb"""<c\b(?=[^>]*\bt=["']e["'])""" + _CELL + rb"(?:" + _FORMULA + rb")?(?:<v>([^<]*)</v>)?")
_NO_RESULT = re.compile(rb"""<c\b(?![^>]*\bt=["']str["'])""" + _CELL + _FORMULA + rb"(?:<v\s*/>|<v></v>)?</c>")
_TRUE = rb"""=["'](?:1|true)["']"""
_HIDDEN_ROW = re.compile(rb"""<row\b(?=[^>]*\s(?:hidden""" + _TRUE + rb"""|ht=["']0(?:\.0+)?["']))[^>]*\sr=["']([0-9]+)["']""")
_HIDDEN_COLUMN = re.compile(rb"""<col\b(?=[^>]*\s(?:hidden""" + _TRUE + rb"""|width=["']0(?:\.0+)?["']))([^>]*)>""")
_MERGED = re.compile(rb"""<mergeCell\b[^>]*\sref=["']([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})["']""")
_PIECE, _LAP = 1 << 22, 64
"""Bytes that are looked at together, and how many of them twice, so that nothing is cut in two."""


def column_letter(position: int) -> str:
    """The name of a column as a spreadsheet shows it; *position* counts from 0.

    >>> column_letter(0), column_letter(25), column_letter(26), column_letter(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_position(letters: bytes) -> int:
    """Position of a column, from 1.

    >>> column_position(b"A"), column_position(b"AAA")
    (1, 703)
    """
    position = 0
    for letter in letters:
        position = position * 26 + letter - ord("A") + 1
    return position


def one_form(body: bytes) -> bytes:
    """The XML of a sheet without prefixes, every cell and row with its address."""
    root = _ROOT.search(body[:_PIECE])
    if root is not None:
        body = re.sub(rb"<(/?)" + re.escape(root[1]) + rb":", rb"<\1", body)
    return _placed(body) if _UNPLACED.search(body) else body


def _placed(body: bytes) -> bytes:
    """Cells without an address follow the one before them."""
    row = column = 0

    def place(found: re.Match[bytes]) -> bytes:
        nonlocal row, column
        name, rest = found[1], found[2]
        if name == b"row":
            number = _ROW_NUMBER.search(rest)
            row, column = int(number[1]) if number else row + 1, 0
            return found[0] if number else b'<row r="%d"%b>' % (row, rest)
        address = _PLACE.search(rest)
        column = column_position(address[1]) if address else column + 1
        return found[0] if address else b'<c r="%b%d"%b>' % (column_letter(column - 1).encode(), row, rest)

    return _ROW_OR_CELL.sub(place, body)


def reach(body: bytes) -> tuple[int, int]:
    """The last row and the last column that hold a cell, from 1; *body* is in one form."""
    letters: set[bytes] = set()
    digits: set[bytes] = set()
    for start in range(0, len(body), _PIECE):
        found = _ADDRESS.findall(body[max(start - _LAP, 0) : start + _PIECE])
        letters.update(one for one, _ in found)
        digits.update(other for _, other in found)
    return max(map(int, digits), default=0), max(map(column_position, letters), default=0)


def broken_cells(body: bytes, *, uncomputed: bool) -> Iterator[tuple[int, str, str]]:
    """Row, column and error of cells with an error; of formulas that were never computed the error is empty.

    Args:
        body: The XML of a sheet in one form.
        uncomputed: True to let formulas without a result pass.
    """
    if b'"e"' in body or b"'e'" in body:
        for found in _ERROR.finditer(body):
            yield int(found[2]), found[1].decode(), (found[3] or b"").decode("utf-8", "replace") or "an error"
    if b"<f" in body and not uncomputed:
        for found in _NO_RESULT.finditer(body):
            yield int(found[2]), found[1].decode(), ""


def hidden_rows(body: bytes) -> frozenset[int]:
    """Rows that are hidden, by hand or by a filter, from 1."""
    return frozenset(int(number) for number in _HIDDEN_ROW.findall(body))


def hidden_columns(body: bytes) -> tuple[range, ...]:
    """Ranges of hidden columns, from 1."""
    found = []
    for attributes in _HIDDEN_COLUMN.findall(body):
        first, last = (re.search(rb"""\s%b=["']([0-9]+)["']""" % name, attributes) for name in (b"min", b"max"))
        if first and last:
            found.append(range(int(first[1]), int(last[1]) + 1))
    return tuple(found)


def merged(body: bytes) -> list[tuple[int, int, int, int]]:
    """Merged cells: first row, first column, last row, last column, from 1."""
    return [
        (int(top), column_position(left), int(bottom), column_position(right))
        for left, top, right, bottom in _MERGED.findall(body)
    ]
