"""Names of units: the register knows best, then the table, then the id."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.framework import Framework
from workbench.text import Text
from workbench.units import unit_names


@pytest.fixture(scope="module")
def frameworks(root):
    return {name: Framework.load(root / "params/framework" / name) for name in ("egdi", "province-context")}


class TestUnitNames:
    def test_provinces_come_from_the_register(self, frameworks):
        """A province has its official name, whatever a table calls it; an unknown unit keeps its id."""
        table = pd.DataFrame({"th": ["โคราช"], "en": ["Korat"]}, index=["TH-30"])
        names = unit_names(frameworks["province-context"], ["X0077", "TH-30"], table)

        assert {"X0077": Text.same("X0077"), "TH-30": Text(th="นครราชสีมา", en="Nakhon Ratchasima")} == names

    def test_others_come_from_the_table(self, frameworks):
        """Other units are named by their table, by id and not by position; one language stands for both."""
        table = pd.DataFrame(
            {"th": ["ไทย", None, "", float("nan")], "en": ["Thailand", "Laos", "  ", "Nauru"]}, index=list("tlxn")
        )
        names = unit_names(frameworks["egdi"], ["n", "x", "l", "t", "z"], table)

        assert ["Nauru", "x", "Laos", "ไทย", "z"] == [name.th for name in names.values()]
        assert ["Nauru", "x", "Laos", "Thailand", "z"] == [name.en for name in names.values()]

    def test_no_register_and_no_table(self, frameworks):
        """A unit nobody names is called by its id; provinces' codes mean nothing where units are not provinces."""
        assert {"TH-50": Text.same("TH-50")} == unit_names(frameworks["egdi"], ["TH-50"])
