"""A project of one's own: made by one command, and it runs."""

import subprocess
import sys

import pytest

from workbench import Framework


def call(folder, *arguments):
    command = [sys.executable, "-c", "from workbench.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


class TestNew:
    def test_another_country_runs_as_it_is(self, tmp_path):
        """Made, checked and published from its own folder, with the words given and nothing claimed."""
        made = call(
            tmp_path, "new", "lao-readiness", "--title", 'ความพร้อม "ทดลอง"', "Lao e-readiness", "--edition", "2568",
            "--unit", "แขวง", "province", "provinces", "--units", "8", "--agencies", "6", "--seed", "0",
        )  # fmt: skip
        project = tmp_path / "lao-readiness"
        done = call(project, "run", "run.yaml", "--only", "10_scores", "--out", "reports")
        framework = Framework.load(project / "framework")

        assert (0, 0) == (made.returncode, done.returncode), made.stderr + done.stderr
        assert str(project / "run.yaml") == made.stdout.strip()
        assert ("lao-readiness", "2568", "แขวง", None) == (
            framework.id, framework.edition, framework.unit.label.th, framework.unit.registry,
        )  # fmt: skip
        assert () == framework.definition.attested
        page = next((project / "reports").glob("*/th/10_scores.html")).read_text(encoding="utf-8")
        assert "ความพร้อม &#34;ทดลอง&#34;" in page or "ความพร้อม &quot;ทดลอง&quot;" in page or 'ความพร้อม "ทดลอง"' in page
        assert "ข้อมูลสังเคราะห์" in page

    def test_from_a_table(self, tmp_path):
        """An index over a table gets a synthetic table."""
        made = call(tmp_path, "new", tmp_path / "mine", "--from", "params/framework/egdi", "--units", "12")
        checked = call(tmp_path, "check", tmp_path / "mine" / "run.yaml")

        assert (0, 0) == (made.returncode, checked.returncode), made.stderr + checked.stderr
        assert "3 pillars, 0 sub-pillars, 3 indicators; 12 countries; no fault." in checked.stdout
        assert (tmp_path / "mine" / "data" / "indicators.xlsx").is_file()

    @pytest.mark.parametrize("name", ["My Index", "2560", "a" * 60, "ดัชนี"])
    def test_names_that_cannot_be_used(self, tmp_path, name):
        """Exit 2, what is allowed, nothing made."""
        done = call(tmp_path, "new", name)

        assert 2 == done.returncode
        assert "cannot be the name of a project." in done.stderr
        assert "a small letter, then small letters, digits and hyphens" in done.stderr
        assert [] == list(tmp_path.iterdir())

    def test_nothing_is_written_over_something(self, tmp_path):
        """What lies there stays as it was, and nothing is left beside it."""
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "note.txt").write_text("mine", encoding="utf-8")
        done = call(tmp_path, "new", "mine")

        assert 2 == done.returncode
        assert "there is something in the place of the project already." in done.stderr
        assert ["mine"] == [path.name for path in tmp_path.iterdir()]
        assert ["note.txt"] == [path.name for path in (tmp_path / "mine").iterdir()]
