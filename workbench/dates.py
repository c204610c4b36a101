"""Days as readers of both eras and languages know them; nothing is read from a clock here."""

from __future__ import annotations

from datetime import date

from workbench.text import Text

__all__ = ["BUDDHIST_ERA", "buddhist_date", "thai_date"]

THAI_MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
ENGLISH_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
BUDDHIST_ERA = 543
"""Years between the Christian and the Buddhist Era."""


def thai_date(day: date) -> Text:
    """A date as each reader knows it, with both eras.

    >>> thai_date(date(2016, 5, 23)).en
    '23 May 2016 (B.E. 2559)'
    """
    month = day.month - 1
    return Text(
        th=f"{day.day} {THAI_MONTHS[month]} พ.ศ. {day.year + BUDDHIST_ERA} (ค.ศ. {day.year})",
        en=f"{day.day} {ENGLISH_MONTHS[month]} {day.year} (B.E. {day.year + BUDDHIST_ERA})",
    )


def buddhist_date(text: str) -> Text:
    """A date written as year-month-day in the Buddhist Era, as each reader knows it.

    >>> buddhist_date("2559-05-23").th
    '23 พฤษภาคม พ.ศ. 2559 (ค.ศ. 2016)'
    """
    year, month, day = map(int, text.split("-"))
    return thai_date(date(year - BUDDHIST_ERA, month, day))
