"""Whole reports from real tables: nobody's invention, and their gaps are real."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
import yaml

from workbench import Framework, runs

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

    notebooks = set(yaml.safe_load(text)["notebooks"])
    framework = Framework.load(root / f"params/framework/{name}")
    codes = pd.read_csv(folder / "data" / "scores.csv", keep_default_na=False)["unit"]  # NA is a country's code
    # Codes of a register name the page; of any other unit its place among the codes does.
    slugs = codes if framework.unit.registry else [f"n{place:04d}" for place in range(1, len(codes) + 1)]
    units = {f"unit-{slug}" for slug in slugs}
    indicators = {f"indicator-{item.id}" for item in framework.indicators}
    front = {"ranking", "units", "indicators", "glossary", "what-if", "downloads"}
    for language in ("th", "en"):
        stems = {page.stem for page in (folder / language).glob("*.html")}
        # A heavy notebook goes on on others: 15_structure-2 and so on.
        begun = {re.sub(r"-[0-9]+$", "", stem) if re.match("[0-9]{2}_", stem) else stem for stem in stems}
        assert notebooks | front | units | indicators == begun, language
        assert stems >= notebooks, language
    assert manifest["synthetic"] is False
    assert "Synthetic data" not in (folder / "en" / "00_summary.html").read_text(encoding="utf-8")


def test_bangkok_is_scored_on_what_it_has(shared, root):
    """Five columns are blank for Bangkok: one pillar has no score, the index follows the missing-value rule, coverage says so."""
    from workbench import read_indicators, score

    framework = Framework.load(root / "params/framework/province-context")
    table = score(framework, read_indicators(shared / TABLES["province-context"], framework)).table

    assert 77 == table["index"].notna().sum()
    assert pd.isna(table.loc["TH-10", "settlement"])
    assert table.loc["TH-10", "index"] == pytest.approx((table.loc["TH-10", "living"] + table.loc["TH-10", "economy"]) / 2)
    assert table.loc["TH-10", "coverage"] == pytest.approx(7 / 9)
