"""Which cells of a sheet show a percentage: the number 0.49 in a cell that shows 49%.

A reader of values alone would take the answer 49 % for 0.49. The look of a cell is in the workbook's styles; only the
number formats that end in a percent sign are looked for.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["percent_cells"]

STYLES = "xl/styles.xml"
BUILT_IN = {9, 10}
"""Numbers of the formats 0% and 0.00%, which are in no file."""
_QUOTED = re.compile(r'"[^"]*"|\\.')
_CELL = re.compile(rb"<c\b([^>]*)>")
_STYLE = re.compile(rb"""\bs=["']([0-9]+)["']""")
_ADDRESS = re.compile(rb"""\br=["']([A-Z]{1,3}[0-9]{1,7})["']""")
_NUMBER = re.compile(rb"""\bt=["'](?!n["'])""")


def percent_cells(raw: bytes, body: bytes) -> Iterator[str]:
    """Addresses of the numbers of a sheet that are shown as percentages.

    Args:
        raw: An .xlsx file that was looked at already, so that its parts can be unpacked and hold no document type.
        body: The XML of the sheet in one form, as `sheet_body` gives it.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = set(archive.namelist())
        styles = _percent_styles(archive.read(STYLES)) if STYLES in names else frozenset()
    for attributes in _CELL.findall(body) if styles else ():
        style, address = _STYLE.search(attributes), _ADDRESS.search(attributes)
        if style and address and int(style[1]) in styles and not _NUMBER.search(attributes):
            yield address[1].decode()


def _percent_styles(body: bytes) -> frozenset[int]:
    """Positions of the cell styles whose number format is a percentage."""
    try:
        root = ET.fromstring(body)  # noqa: S314  (document types were refused, so no entity can expand)
    except ET.ParseError:
        return frozenset()
    own = {int(item.get("numFmtId", "-1")) for item in _all(root, "numFmt") if "%" in _QUOTED.sub("", item.get("formatCode", ""))}
    formats = [int(item.get("numFmtId", "0")) for styles in _all(root, "cellXfs") for item in styles]
    return frozenset(place for place, number in enumerate(formats) if number in own | BUILT_IN)


def _all(root: ET.Element, name: str) -> Iterator[ET.Element]:
    """Elements by name, in either namespace of the format."""
    return (item for item in root.iter() if item.tag.rpartition("}")[2] == name)
