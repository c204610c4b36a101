"""The register of provinces: every name finds its province, and no name finds another's."""

from __future__ import annotations

import csv
import itertools
from collections import Counter

import pytest

from workbench.provinces import BANGKOK, PROVINCES, _key, find, nearest

BY_NAME = {province.name.th: province for province in PROVINCES}


@pytest.fixture(scope="module")
def aliases(root):
    with (root / "data" / "province_aliases.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TestRegister:
    def test_agrees_with_the_published_tables(self, shared):
        """Codes, names, regions and clusters are those of ISO 3166-2, DOPA, NSO and the cluster decisions (shared table)."""
        with (shared / "provinces.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["iso_code"]: row for row in csv.DictReader(file)}

        assert set(rows) == {province.iso for province in PROVINCES}
        for province in PROVINCES:
            row = rows[province.iso]
            cluster = province.cluster_2559
            ours = (province.dopa, province.name.th, province.name.en, province.region6.en, province.region_nso, province.hasc)
            theirs = tuple(row[name] for name in ("dopa_code", "name_th", "name_en", "region6", "region_nso", "hasc"))
            assert theirs == ours
            assert (row["cluster_2559_en"], row["cluster_2559"]) == ((cluster.en, cluster.th) if cluster else ("", ""))

    def test_six_regions(self):
        """The National Geographical Committee counts Central 22, Northeast 20, South 14, North 9, East 7, West 5."""
        counts = Counter(province.region6.en for province in PROVINCES)

        assert {"Central": 22, "Northeast": 20, "South": 14, "North": 9, "East": 7, "West": 5} == counts

    def test_clusters_of_2560(self, shared):
        """The clusters since November 2560 are those of the shared table, 18 again, and differ from those of 2559."""
        with (shared / "provinces.csv").open(encoding="utf-8-sig", newline="") as file:
            known = {row["iso_code"]: (row["cluster_2560_en"], row["cluster_2560"]) for row in csv.DictReader(file)}
        found = {item.iso: (item.cluster_2560.en, item.cluster_2560.th) if item.cluster_2560 else ("", "") for item in PROVINCES}

        assert known == found
        assert 18 == len({*found.values()} - {("", "")})

    def test_what_moved_in_2560(self):
        """Announced with the new clusters: Songkhla joined the Gulf side, Satun the Andaman side."""
        moved = {name: find(name) for name in ("สงขลา", "สตูล", "ชุมพร", "ภูเก็ต")}

        assert moved["สงขลา"].cluster_2560 == moved["ชุมพร"].cluster_2560 != moved["สงขลา"].cluster_2559
        assert moved["สตูล"].cluster_2560 == moved["ภูเก็ต"].cluster_2560 != moved["สตูล"].cluster_2559

    def test_eighteen_clusters_without_bangkok(self):
        """76 provinces stand in 18 clusters of 2559; Bangkok in none."""
        assert 18 == len({province.cluster_2559 for province in PROVINCES if province.cluster_2559})
        assert [BANGKOK] == [province.iso for province in PROVINCES if province.cluster_2559 is None]

    def test_codes_agree(self):
        """The number in the ISO code is the DOPA code, and the register is in its order."""
        assert all(province.iso == f"TH-{province.dopa}" for province in PROVINCES)
        assert sorted(PROVINCES, key=lambda province: province.iso) == list(PROVINCES)


class TestTileMap:
    def test_one_tile_each(self):
        """No two provinces lie on one tile, and the grid starts at 0, 0."""
        tiles = {(province.tile_row, province.tile_col) for province in PROVINCES}

        assert 77 == len(tiles)
        assert (0, 0) == (min(row for row, _ in tiles), min(col for _, col in tiles))

    def test_north_is_up_and_east_is_right(self, shared):
        """Rows follow the latitude and columns the longitude of the provincial halls."""
        with (shared / "provinces.csv").open(encoding="utf-8", newline="") as file:
            place = {row["iso_code"]: (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)}
        pairs = list(itertools.combinations(PROVINCES, 2))
        north = [(a, b) for a, b in pairs if abs(place[a.iso][0] - place[b.iso][0]) > 1.5]
        east = [(a, b) for a, b in pairs if abs(place[a.iso][1] - place[b.iso][1]) > 1.5]

        right = sum((place[a.iso][0] - place[b.iso][0]) * (a.tile_row - b.tile_row) < 0 for a, b in north)
        assert right / len(north) > 0.99
        right = sum((place[a.iso][1] - place[b.iso][1]) * (a.tile_col - b.tile_col) > 0 for a, b in east)
        assert right / len(east) > 0.95

    def test_known_neighbours_touch(self):
        """Neighbours that every Thai reader would look for are side by side or corner to corner."""
        pairs = [
            ("เชียงใหม่", "ลำพูน"), ("เชียงราย", "พะเยา"), ("กรุงเทพมหานคร", "นนทบุรี"), ("กรุงเทพมหานคร", "สมุทรปราการ"),
            ("ขอนแก่น", "กาฬสินธุ์"), ("สงขลา", "ปัตตานี"), ("ปัตตานี", "ยะลา"), ("ยะลา", "นราธิวาส"), ("ภูเก็ต", "พังงา"),
            ("ชลบุรี", "ระยอง"), ("ตราด", "จันทบุรี"), ("หนองคาย", "บึงกาฬ"), ("เพชรบุรี", "ประจวบคีรีขันธ์"),
        ]  # fmt: skip
        apart = [
            (one, other)
            for one, other in pairs
            if max(
                abs(BY_NAME[one].tile_row - BY_NAME[other].tile_row),
                abs(BY_NAME[one].tile_col - BY_NAME[other].tile_col),
            )
            > 1
        ]

        assert [] == apart


class TestFind:
    @pytest.mark.parametrize("province", PROVINCES, ids=lambda province: province.iso)
    def test_by_every_code_and_name(self, province):
        """A province is found by ISO code, DOPA code as text or number, and both names, with or without the word province."""
        ways = [
            province.iso, province.iso.lower(), province.dopa, int(province.dopa), float(province.dopa),
            province.name.th, province.name.en, province.name.en.upper(), province.name.en.replace(" ", ""),
            f"จังหวัด{province.name.th}", f"จ.{province.name.th}", f"จ. {province.name.th}", f"จ {province.name.th}",
            f"  {province.name.th}\u200b\u00a0", f"{province.name.en} Province", f"Changwat {province.name.en}",
        ]  # fmt: skip

        assert [province] * len(ways) == [find(way) for way in ways]

    def test_by_every_alias(self, aliases):
        """Every spelling of the list finds the province it is listed for."""
        assert [row["iso"] for row in aliases] == [find(row["alias"]).iso for row in aliases]

    @pytest.mark.parametrize(
        ("written", "iso"),
        [
            ("กรุงเทพฯ", "TH-10"), ("กทม", "TH-10"), ("กทม.", "TH-10"), ("โคราช", "TH-30"), ("จ.อยุธยา", "TH-14"),
            ("สุราษฏร์ธานี", "TH-84"), ("ศรีษะเกษ", "TH-33"), ("Lopburi", "TH-16"), ("Chonburi", "TH-20"), ("Phang-nga", "TH-82"),
            ("๕๐", "TH-50"), ("AMNAT CHAREON", "TH-37"), ("ล\u0e4d\u0e32ปาง", "TH-52"),
        ],
    )  # fmt: skip
    def test_spellings_of_the_field(self, written, iso):
        """Short names, a wrong letter that official tables print, run-together English names and Thai digits are known."""
        assert iso == find(written).iso

    def test_no_spelling_names_two(self, aliases):
        """No alias is another province's name, code or alias."""
        named = {_key(name): item.iso for item in PROVINCES for name in (item.name.th, item.name.en, item.iso, item.dopa)}
        listed = [(_key(row["alias"]), row["iso"]) for row in aliases]

        assert 4 * len(PROVINCES) == len(named)
        assert [] == [key for key, iso in listed if named.get(key, iso) != iso]
        assert len(listed) == len({key for key, _ in listed})

    def test_near_names_stay_apart(self):
        """เพชรบุรี is not เพชรบูรณ์; neither are the other near pairs."""
        assert ("TH-76", "TH-67") == (find("เพชรบุรี").iso, find("เพชรบูรณ์").iso)
        assert ("TH-57", "TH-50") == (find("เชียงราย").iso, find("เชียงใหม่").iso)
        assert ("TH-75", "TH-74") == (find("สมุทรสงคราม").iso, find("สมุทรสาคร").iso)

    @pytest.mark.parametrize(
        "unknown",
        ["เพชรบุรณ์", "เพชรบูรี", "เพชร", "เชียง", "Chiang", "TH-99", "99", 5, "", " ", "จังหวัด", None, float("nan"), "Pattaya"],
    )
    def test_nothing_is_guessed(self, unknown):
        """A near miss, a part of a name, an empty cell or a missing value (which is not Nan) finds nothing."""
        assert find(unknown) is None


class TestNearest:
    def test_both_readings_are_offered(self):
        """A spelling between two provinces suggests both, in the script it was written in."""
        assert {"เพชรบุรี", "เพชรบูรณ์"} <= set(nearest("เพชรบุรณ์"))
        assert ["Chiang Mai", "Chiang Rai"] == nearest("Chiang May", limit=2)

    def test_through_an_alias(self):
        """A misspelt alias leads to the official name."""
        assert "นครราชสีมา" in nearest("โคราฃ")

    def test_nothing_near(self):
        """What resembles no name gets no suggestion."""
        assert [] == nearest("xyzw")
        assert [] == nearest("")
