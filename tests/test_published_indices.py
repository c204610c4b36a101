"""Indices that others publish, computed from their own public formulas as parameter files."""

import numpy as np
import pandas as pd
import pytest

from workbench import Framework, read_indicators, score

# UNDP, Human Development Report 2016, table 1 (values of 2015): years of life expectancy, expected and mean years of
# schooling, gross national income per head in PPP dollars of 2011, and the published index.
HDR_2016 = """\
country,life_expectancy,expected_schooling,mean_schooling,gni_per_capita,published
Thailand,74.6,13.6,7.9,14519,0.740
Norway,81.7,17.7,12.7,67614,0.949
Singapore,83.2,15.4,11.6,78162,0.925
Australia,82.5,20.4,13.2,42822,0.939
Niger,61.9,5.4,1.7,889,0.353
Germany,81.1,17.1,13.2,45000,0.926
India,68.3,11.7,6.3,5663,0.624
Switzerland,83.1,16.0,13.4,56364,0.939
Central African Republic,51.5,7.1,4.2,587,0.352
Nowhere,70.0,..,8.0,9000,
"""


class TestHumanDevelopmentIndex:
    @pytest.fixture
    def table(self, root, tmp_path):
        path = tmp_path / "hdr2016.csv"
        path.write_text(HDR_2016, encoding="utf-8")
        framework = Framework.load(root / "params/framework/hdi")
        published = pd.read_csv(path).set_index("country")["published"]
        return score(framework, read_indicators(path, framework)).table.assign(published=published)

    def test_as_published(self, table):
        """The index agrees with the report to its third decimal, also beyond a goalpost (income, schooling)."""
        known = table.drop(index="Nowhere")
        np.testing.assert_array_equal((known["index"] / 100).round(3), known["published"])

    def test_the_groups_of_the_report(self, table):
        """Very high human development from .800, high from .700, medium from .550."""
        expected = {"Norway": "very-high", "Thailand": "high", "India": "medium", "Niger": "low"}
        assert expected == table.loc[list(expected), "band"].to_dict()

    def test_without_a_part_there_is_no_index(self, table):
        """The report publishes none either; its mark for a gap is understood."""
        assert np.isnan(table.loc["Nowhere", "index"])
        assert table.loc["Nowhere", "coverage"] < 1


class TestAsem:
    def test_from_the_command_line(self, root, shared, tmp_path):
        """The package's own table is scored as it is: every rank is COINr's, and full coverage is exactly 1."""
        import subprocess
        import sys

        command = [
            sys.executable,
            "-c",
            "from workbench.cli import main; main()",
            "score",
            "--framework",
            "params/framework/asem",
        ]
        table = shared / "asem" / "ASEM_iData.csv"
        done = subprocess.run(
            [*command, "--indicators", table, "--out", tmp_path], cwd=root, capture_output=True, text=True, check=False
        )
        scores = pd.read_csv(tmp_path / "scores.csv", keep_default_na=False).set_index("unit")
        ranks = pd.read_csv(shared / "asem" / "asem_aggregated_ranks.csv", keep_default_na=False).set_index("uCode")["Index"]

        assert 0 == done.returncode, done.stderr
        assert ranks.astype(int).to_dict() == scores["rank"].astype(int).reindex(ranks.index).to_dict()
        assert "1.0" == str(scores.loc["CHE", "coverage"])
