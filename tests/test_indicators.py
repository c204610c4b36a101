"""Tables of indicator values: real ones first, then what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.errors import WorkbenchError
from workbench.framework import Framework
from workbench.indicators import read_indicators
from workbench.scoring import score

TABLE = """\
id: table
edition: "1"
title: {th: ตาราง, en: Table}
unit: {label: {th: ประเทศ, en: country}, plural: {th: ประเทศ, en: countries}, column: code, names: {th: name, en: name}}
bands: [{id: low, label: {th: ต่ำ, en: Low}, minimum: 0}]
pillars:
- {id: b, label: {th: บี, en: B}, column: second, normalisation: {method: goalposts, low: 0, high: 1}, reference: test}
- {id: a, label: {th: เอ, en: A}, column: first, normalisation: {method: goalposts, low: 0, high: 1}, reference: test}
"""


@pytest.fixture
def framework(tmp_path):
    (tmp_path / "table.yaml").write_text(TABLE, encoding="utf-8")
    return Framework.load(tmp_path / "table.yaml")


@pytest.fixture
def read(tmp_path, framework):
    """Read the text of a csv table."""

    def read(text, to=framework):
        (tmp_path / "t.csv").write_text(text, encoding="utf-8")
        return read_indicators(tmp_path / "t.csv", to)

    return read


def faults_of(call, *arguments):
    with pytest.raises(WorkbenchError) as caught:
        call(*arguments)
    return caught.value.faults


class TestRealTables:
    def test_countries(self, root, shared):
        """The UN's table of 2016 gives its published index within 5e-5 and all 193 ranks (UN E-Government Survey 2016)."""
        framework = Framework.load(root / "params/framework/egdi")
        scores = score(framework, read_indicators(shared / "egdi_2016.csv", framework)).table
        published = pd.read_csv(shared / "egdi_2016.csv", keep_default_na=False).set_index("country-code").loc[scores.index]

        assert np.allclose(published["e-gov-index"], scores["index"] / 100, atol=5e-5)
        assert (published["e-gov-rank"] == scores["rank"]).all()

    def test_provinces(self, root, shared):
        """The table of 77 provinces is read under ISO codes, with the gaps of Bangkok left as gaps."""
        framework = Framework.load(root / "params/framework/province-context")
        indicators = read_indicators(shared / "province_context_2559.csv", framework)

        assert 77 == len(indicators.values)
        assert "TH-10" == indicators.values.index[0]
        assert "กรุงเทพมหานคร" == indicators.names.loc["TH-10", "th"]
        assert not indicators.synthetic


class TestReading:
    def test_by_id_in_any_order(self, read):
        """Columns are found by name, not by place; other columns are not read."""
        indicators = read("first,note,code,name,second\n0.1,x,NA,Namibia,0.2\n")

        assert {"b": 0.2, "a": 0.1} == indicators.values.loc["NA"].to_dict()
        assert ["th", "en"] == indicators.names.columns.tolist()

    def test_blank_is_not_measured(self, read):
        """A blank cell is NaN; nothing is filled in."""
        assert np.isnan(read("code,name,first,second\nX,x,,0.5\n").values.loc["X", "a"])

    def test_marks_of_the_framework_are_not_measured(self, read, tmp_path):
        """A mark that the framework lists is missing; any other text is still a fault, and units may be called NA."""
        (tmp_path / "table.yaml").write_text(
            TABLE.replace("column: code,", 'column: code, missing: [NA, ".."],'), encoding="utf-8"
        )
        framework = Framework.load(tmp_path / "table.yaml")
        values = read("code,name,first,second\nNA,x,NA,0.5\nY,y, .. ,1\n", framework).values

        assert values["a"].isna().all()
        assert {"NA": 0.5, "Y": 1.0} == values["b"].to_dict()
        faults = faults_of(read, "code,name,first,second\nX,x,NA,n/a\n", framework)
        assert ['"n/a" is no number.'] == [fault.problem for fault in faults]
        assert "`unit.missing`" in faults[0].fix

    def test_codes_are_codes(self, read):
        """Leading zeros of codes stay."""
        assert "007" == read("code,name,first,second\n007,x,1,1\n").values.index[0]

    def test_synthetic(self, read):
        """A table that says it is synthetic is known to be so."""
        assert read("code,name,first,second,data_status\nX,x,1,1,synthetic\n").synthetic

    def test_personal_columns_are_dropped(self, tiny, tmp_path):
        """Columns that the framework calls personal are not read, whatever the file is used for."""
        framework = Framework.load(tiny)
        ids = [item.id for item in framework.indicators]
        (tmp_path / "t.csv").write_text(f"unit,phone,{','.join(ids)}\nx,0812345678,{','.join(['1'] * 7)}\n", encoding="utf-8")

        assert "0812345678" not in repr(read_indicators(tmp_path / "t.csv", framework).values)


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("code,name,first,second\nX,x,high,1\n", 'row 2, column C (first): "high" is no number.'),
            ("code,name,first,second\nX,x,1,1\nY,y,1,inf\n", 'row 3, column D (second): "inf" is no number.'),
            ('code,name,first,second\nX,x,1,"1,5"\n', 'row 2, column D (second): "1,5" is no number.'),
            ("code,name,first,second\nX,x,1,#N/A\n", 'row 2, column D (second): "#N/A" is no number.'),
            ("code,name,first,second\n,x,1,1\n", "row 2, column A (code): the country is missing."),
            ("code,name,first,second\nX,x,1,1\nY,y,1,1\nX,x,1,1\n", "row 4, column A (code): X has two rows, 2 and 4."),
            ("code,name,frist,second\nX,x,1,1\n", "column `first` is missing."),
            ("code,nom,first,second\nX,x,1,1\n", "column `name` is missing."),
            ("iso,name,first,second\nX,x,1,1\n", "column `code` is missing."),
        ],
    )
    def test_the_cell_is_named(self, read, text, words):
        """Whatever cannot be read is named with its row and column."""
        assert words in str(faults_of(read, text)[0])

    def test_nearest_column(self, read):
        """A missing column comes with the columns there are and the nearest."""
        (fault,) = faults_of(read, "code,name,frist,second\nX,x,1,1\n")

        assert "code, name, frist, second" == fault.allowed
        assert "did you mean `frist`?" == fault.fix

    def test_infinite_numbers(self, framework, tmp_path):
        """An infinite number is no measurement."""
        pd.DataFrame({"code": ["X"], "name": ["x"], "first": [np.inf], "second": [1.0]}).to_parquet(tmp_path / "t.parquet")

        assert 'row 1, column first: "inf" is no number.' in str(faults_of(read_indicators, tmp_path / "t.parquet", framework)[0])

    def test_unknown_province(self, root, shared, tmp_path):
        """A province that is none is refused with the nearest names, never taken for another."""
        framework = Framework.load(root / "params/framework/province-context")
        frame = pd.read_csv(shared / "province_context_2559.csv").assign(iso_code=lambda table: table["name_th"])
        frame.loc[5, "iso_code"] = "เพชรบุรีย์"
        frame.to_csv(tmp_path / "t.csv", index=False)
        (fault,) = faults_of(read_indicators, tmp_path / "t.csv", framework)

        assert 'row 7, column B (iso_code): "เพชรบุรีย์" is no known province.' in str(fault)
        assert "`เพชรบุรี`" in fault.fix
