"""Cleaning: what may be changed in a cell before it is read, and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cleaning import clean, number, shown

SIGNS = "กขคนมาำเแโไ้่๊๋ํ์ิีึื ๐๑๙\u200b\u00a0\ufeffabc019.,-+"
THAI = st.text(st.sampled_from(list(SIGNS)), max_size=30)


class TestClean:
    @pytest.mark.parametrize(
        ("found", "meant"),
        [
            ("  น้ำ ดี ", "น้ำ ดี"),
            ("นํ้า", "น้ำ"),
            ("น้ํา", "น้ำ"),
            ("ทํา", "ทำ"),
            ("เเพร่", "แพร่"),
            ("เชียง\u200bใหม่", "เชียงใหม่"),
            ("TH-50\u00a0", "TH-50"),
            ("\ufeffunit", "unit"),
            ("a \t\n b", "a b"),
        ],
    )
    def test_what_nobody_sees(self, found, meant):
        """Spaces, zero-width signs and the two ways to store SARA AM and SARA AE make no difference."""
        assert meant == clean(found)

    @pytest.mark.parametrize("text", ["เพชรบุรี", "เพชรบูรณ์", "Lop Buri", "lopburi", "๒๕๕๙", "NA", "น้ำใจ", "ศรีสะเกษ"])
    def test_meaning_is_kept(self, text):
        """Spelling, case and digits are left alone."""
        assert text == clean(text)

    @given(THAI)
    def test_twice_is_once(self, text):
        """Cleaning what is clean changes nothing."""
        assert clean(text) == clean(clean(text))


class TestNumber:
    @pytest.mark.parametrize(
        ("text", "value"),
        [("12", 12), ("1,234.5", 1234.5), ("๑,๒๓๔", 1234), (" 7 ", 7), ("-3", -3), (".5", 0.5), ("1e3", 1000), ("007", 7)],
    )
    def test_numbers(self, text, value):
        """Thai digits, separators of thousands and spaces around are understood."""
        assert value == number(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "1,5",
            "12,34",
            "0,123",
            "1 000",
            "5.",
            "1_000",
            "inf",
            "nan",
            "1e999",
            "12%",
            "๑๒ คน",
            "--1",
            "0x1A",
            "٣",
            "½",
        ],
    )
    def test_no_numbers(self, text):
        """What can be read in two ways, or is no finite plain number, is none."""
        assert number(text) is None

    @given(st.floats(allow_nan=False, allow_infinity=False))
    def test_any_number_comes_back(self, value):
        """A number written by Python is read as the same number."""
        assert value == number(repr(value))


class TestShown:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(4.0, "4"), (4.5, "4.5"), (True, "TRUE"), ("a\nb\x00c", "a b c"), (1e300, "1e+300"), ("ก" * 70, "ก" * 59 + "…")],
    )
    def test_as_a_spreadsheet_shows_it(self, value, text):
        """Whole numbers lose their decimals; text is one short line."""
        assert text == shown(value)
