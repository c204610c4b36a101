"""The 77 provinces of Thailand: codes, names, regions, clusters, and places on a tile map.

A value is recognised as a code, an exact Thai or English name, or an alias listed in
`data/province_aliases.csv`. Nothing is guessed: a near miss gets suggestions, never a province,
because เพชรบุรี is not เพชรบูรณ์.

Sources: `data/README.md` names one for every column. Bangkok is a special administration, not a
province in law: maps have 77 areas, surveys of provinces 76.
"""

from __future__ import annotations

import csv
import difflib
import re
from dataclasses import dataclass
from functools import cache

from workbench.cleaning import clean
from workbench.paths import PROJECT
from workbench.text import Text

__all__ = ["BANGKOK", "PROVINCES", "Province", "find", "nearest"]

BANGKOK = "TH-10"
_PREFIX = re.compile(r"\A(?:จังหวัด|จ\.|จ(?=\s)|changwat\s|province of\s)\s*")
"""The word province, in full or shortened, before a name."""
_SUFFIX = re.compile(r"\s(?:province|changwat)\Z")
_NO_DIFFERENCE = re.compile(r"[\s.\-]")
"""Lop Buri is Lopburi, Phang-nga is Phangnga, กทม. is กทม; a test shows that no two provinces become one by this."""
_NUMERIC = re.compile(r"[0-9]")
_CODE = re.compile(r"(?:th[- ]?)?[0-9]{2}\Z")
"""A code; what is forgiven between letters would make one of another number."""
_THAI = re.compile(r"[\u0e00-\u0e7f]")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_RESEMBLANCE = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Province:
    """One province, or Bangkok."""

    iso: str
    """ISO 3166-2 code, such as TH-50."""
    dopa: str
    """Two-digit code of the Department of Provincial Administration."""
    name: Text
    abbreviation: Text
    """For labels where a name has no room: ชม, CMI."""
    region6: Text
    """Region of the National Geographical Committee."""
    region_nso: str
    cluster_2559: Text | None
    """Provincial cluster in force in 2559; None for Bangkok."""
    cluster_2560: Text | None
    """Provincial cluster since November 2560; None for Bangkok."""
    hasc: str
    tile_row: int
    """Row on the tile map, from 0 in the north."""
    tile_col: int
    """Column on the tile map, from 0 in the west."""


def _rows(name: str) -> list[dict[str, str]]:
    with (PROJECT / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _province(row: dict[str, str]) -> Province:
    return Province(
        iso=row["iso"],
        dopa=row["dopa"],
        name=Text(th=row["name_th"], en=row["name_en"]),
        abbreviation=Text(th=row["abbr_th"], en=row["abbr_en"]),
        region6=Text(th=row["region6_th"], en=row["region6_en"]),
        region_nso=row["region_nso"],
        cluster_2559=_cluster(row, 2559),
        cluster_2560=_cluster(row, 2560),
        hasc=row["hasc"],
        tile_row=int(row["tile_row"]),
        tile_col=int(row["tile_col"]),
    )


def _cluster(row: dict[str, str], year: int) -> Text | None:
    th, en = row[f"cluster_{year}_th"], row[f"cluster_{year}_en"]
    return Text(th=th, en=en) if th else None


PROVINCES: tuple[Province, ...] = tuple(_province(row) for row in _rows("provinces.csv"))
"""All 77, by ISO code."""


def find(value: object) -> Province | None:
    """The province that *value* names: ISO code, DOPA code, exact Thai or English name, or a known alias.

    Case, spaces, hyphens, a prefix such as จังหวัด, Thai digits and Unicode forms do not matter. Nothing else is forgiven.

    Returns:
        The province; None when nothing matches exactly.

    >>> find("จ.เพชรบุรี").iso, find(67).iso, find("เพชรบุรณ์")
    ('TH-76', 'TH-67', None)
    """
    return _spellings().get(_key(value))


def nearest(value: object, limit: int = 3) -> list[str]:
    """Names near *value*, in its own script, nearest first, to suggest to a person; never to be accepted by a program.

    >>> nearest("Chiang May", limit=2)
    ['Chiang Mai', 'Chiang Rai']
    """
    key = _key(value)
    thai = _THAI.search(key) is not None
    near = difflib.get_close_matches(key, _spellings(), n=4 * limit, cutoff=_RESEMBLANCE)
    found = [_spellings()[spelling].name for spelling in near]
    return list(dict.fromkeys(name.th if thai else name.en for name in found))[:limit]


@cache
def _spellings() -> dict[str, Province]:
    """Every accepted spelling, under the key that forgives what does not distinguish."""
    by_iso = {province.iso: province for province in PROVINCES}
    known = {
        _key(name): province
        for province in PROVINCES
        for name in (province.iso, province.dopa, province.name.th, province.name.en)
    }
    return known | {_key(row["alias"]): by_iso[row["iso"]] for row in _rows("province_aliases.csv")}


def _key(value: object) -> str:
    """*value* without what does not distinguish: Unicode form, case, spaces, prefix. Empty for an empty cell."""
    if value is None or value != value:  # noqa: PLR0124  (only NaN differs from itself, and `nan` would spell a province)
        return ""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = clean(text).casefold().translate(_THAI_DIGITS)
    text = _SUFFIX.sub("", _PREFIX.sub("", text))
    if _NUMERIC.search(text):  # 6.7 is no 67
        return text if _CODE.match(text) is None else text.replace("-", "").replace(" ", "")
    return _NO_DIFFERENCE.sub("", text)
