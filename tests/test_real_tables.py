"""Whole reports from real tables: nobody's invention, and their gaps are real."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from workbench import runs

TABLES = {"egdi": "egdi_2016.csv", "province-context": "province_context_2559.csv"}


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_full_report_in_both_languages(name, shared, root, tmp_path):
    """A run over the table publishes every page in Thai and English, not marked as synthetic."""
    text = (root / f"params/runs/{name}.yaml").read_text(encoding="utf-8")
    path = tmp_path / f"{name}.yaml"
    path.write_text(text.replace(f"data/{TABLES[name]}", str(shared / TABLES[name])), encoding="utf-8")
    folder = runs.run(runs.load_run(path), out=tmp_path / "reports").parent
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))

    for language in ("th", "en"):
        assert {
            "00_summary",
            "10_scores",
            "15_structure",
            "20_factor_analysis",
            "30_province_clusters",
            "40_sensitivity",
            "60_method",
        } == {page.stem for page in (folder / language).glob("*.html")}
    assert manifest["synthetic"] is False
    assert "Synthetic data" not in (folder / "en" / "00_summary.html").read_text(encoding="utf-8")


def test_bangkok_is_scored_on_what_it_has(shared, root):
    """Five columns are blank for Bangkok: one pillar has no score, the index follows the missing-value rule, coverage says so."""
    from workbench import Framework, read_indicators, score

    framework = Framework.load(root / "params/framework/province-context")
    table = score(framework, read_indicators(shared / TABLES["province-context"], framework)).table

    assert 77 == table["index"].notna().sum()
    assert pd.isna(table.loc["TH-10", "settlement"])
    assert table.loc["TH-10", "index"] == pytest.approx((table.loc["TH-10", "living"] + table.loc["TH-10", "economy"]) / 2)
    assert table.loc["TH-10", "coverage"] == pytest.approx(7 / 9)
