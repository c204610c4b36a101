"""The 77 provinces of Thailand: codes, names, regions, clusters, and places on a tile map.

A value is recognised as a code, an exact Thai or English name, or an alias known to be used. Nothing
is guessed: a near miss gets suggestions, never a province, because เพชรบุรี is not เพชรบูรณ์.

Sources: `data/README.md` names one for every column. Bangkok is a special administration, not a
province in law: maps have 77 areas, surveys of provinces 76.
"""

from __future__ import annotations

import csv
import difflib
import unicodedata
from dataclasses import dataclass
from functools import cache

from workbench.paths import PROJECT
from workbench.text import Text

__all__ = ["BANGKOK", "PROVINCES", "Province", "find", "nearest"]

BANGKOK = "TH-10"
PREFIXES = ("จังหวัด", "จ.", "จ ", "changwat ", "province of ")
ALIASES = {
    "TH-10": ("กรุงเทพฯ", "กรุงเทพ", "กทม.", "กทม", "BKK", "Krung Thep", "Krung Thep Maha Nakhon", "Bangkok Metropolis"),
    "TH-14": ("อยุธยา", "Ayutthaya", "Phra Nakhon Sri Ayuthaya"),
    "TH-16": ("Lopburi",),
    "TH-20": ("Chonburi",),
    "TH-27": ("Sa Kaew",),
    "TH-30": ("โคราช", "Korat"),
    "TH-31": ("Buriram",),
    "TH-33": ("ศรีษะเกษ", "ศรีสะเกศ", "Sisaket"),
    "TH-34": ("อุบล", "อุบลฯ"),
    "TH-37": ("Amnat Chareon",),
    "TH-38": ("Bungkan",),
    "TH-41": ("อุดร", "อุดรฯ"),
    "TH-77": ("ประจวบฯ", "ประจวบ", "Phachuap Khiri Khan"),
    "TH-80": ("นครศรีฯ",),
    "TH-82": ("Phang-nga", "Phangnga"),
    "TH-84": ("สุราษฏร์ธานี", "สุราษฎร์", "สุราษ", "Suratthani"),
    "TH-93": ("Phattalung",),
}
"""Spellings seen in official tables and in answers (NESDC, NSO, DOPA), by province."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Province:
    """One province, or Bangkok."""

    iso: str
    """ISO 3166-2 code, such as TH-50."""
    dopa: str
    """Two-digit code of the Department of Provincial Administration."""
    name: Text
    abbreviation: Text
    region6: Text
    """Region of the National Geographical Committee."""
    region_nso: str
    cluster_2559: Text | None
    """Provincial cluster in force in 2559; None for Bangkok."""
    hasc: str
    tile_row: int
    tile_col: int


def _read() -> tuple[Province, ...]:
    with (PROJECT / "data" / "provinces.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_province(row) for row in csv.DictReader(file))


def _province(row: dict[str, str]) -> Province:
    cluster = Text(th=row["cluster_2559_th"], en=row["cluster_2559_en"]) if row["cluster_2559_th"] else None
    return Province(
        iso=row["iso"],
        dopa=row["dopa"],
        name=Text(th=row["name_th"], en=row["name_en"]),
        abbreviation=Text(th=row["abbr_th"], en=row["abbr_en"]),
        region6=Text(th=row["region6_th"], en=row["region6_en"]),
        region_nso=row["region_nso"],
        cluster_2559=cluster,
        hasc=row["hasc"],
        tile_row=int(row["tile_row"]),
        tile_col=int(row["tile_col"]),
    )


PROVINCES: tuple[Province, ...] = _read()
"""All 77, by ISO code."""


def find(value: object) -> Province | None:
    """The province that *value* names: ISO code, DOPA code, exact Thai or English name, or a known alias.

    Case, spaces, a prefix such as จังหวัด and Unicode forms do not matter. None when nothing matches exactly.

    >>> find("จ.เพชรบุรี").iso, find(67).iso, find("เพชรบุรณ์")
    ('TH-76', 'TH-67', None)
    """
    return _spellings().get(_key(value))


def nearest(value: object, limit: int = 3) -> list[str]:
    """Names near *value*, in its own script, to suggest to a person."""
    key = _key(value)
    thai = any("\u0e00" <= letter <= "\u0e7f" for letter in key)
    names = {_key(item.name.th if thai else item.name.en): (item.name.th if thai else item.name.en) for item in PROVINCES}
    return [names[found] for found in difflib.get_close_matches(key, names, n=limit, cutoff=0.5)]


@cache
def _spellings() -> dict[str, Province]:
    known: dict[str, Province] = {}
    for province in PROVINCES:
        names = (province.iso, province.dopa, province.name.th, province.name.en, *ALIASES.get(province.iso, ()))
        for name in names:
            other = known.setdefault(_key(name), province)
            assert other is province, f"{name} names both {other.iso} and {province.iso}"
    return known


def _key(value: object) -> str:
    """*value* without what does not distinguish: Unicode form, case, spaces, prefix."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = unicodedata.normalize("NFC", text).replace("\u200b", "").replace("\u0e4d\u0e32", "\u0e33").strip().casefold()
    for prefix in PREFIXES:
        text = text.removeprefix(prefix)
    return "".join(text.split())
