"""Every normalisation that lives in a file of its own keeps what all of them have to keep, and is known everywhere."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import workbench as wb
from workbench.framework_model import Indicator, Normalisation
from workbench.methods import REGISTERED, FittedScale
from workbench.normalisation import fit, normalise
from workbench.text import Text

COLUMNS = arrays(float, st.integers(3, 40), elements=st.integers(-1000, 1000).map(float)).filter(lambda x: np.ptp(x) > 0)


def item(method, direction="positive"):
    label = Text(th="ก", en="A")
    return Indicator(
        id="a", label=label, column="a", reference="test", direction=direction, normalisation=Normalisation(method=method)
    )


def scored(values, method, direction="positive"):
    values = np.asarray(values, dtype=float)[:, None]
    return normalise(values, fit(values, [item(method, direction)]))[:, 0]


def test_trimmed_against_numbers_of_the_percentiles():
    """Of 0 to 100 by ones the 5th and 95th percentiles are 5 and 95: 50 scores 50, 32 scores 30, the tails 0 and 100."""
    exact = scored(range(101), "trimmed")

    assert exact[[0, 5, 50, 95, 100]].tolist() == pytest.approx([0, 0, 50, 100, 100])
    assert exact[32] == pytest.approx(100 * 27 / 90)


@pytest.mark.parametrize("method", REGISTERED)
class TestEach:
    @given(values=COLUMNS)
    def test_more_is_better_or_less(self, method, values):
        """Scores lie in the range, rise with the value, and mirror where less is better."""
        up, down = scored(values, method), scored(values, method, "negative")
        order = np.argsort(values, kind="stable")
        if np.isnan(up).all():
            return
        assert ((up >= 0) & (up <= 100)).all()
        assert (np.diff(up[order]) >= 0).all()
        assert up == pytest.approx(100 - down, abs=1e-9)

    @given(values=COLUMNS, scale=st.sampled_from([0.5, 4.0]), move=st.sampled_from([-64.0, 0.0, 128.0]))
    def test_the_unit_of_measure_does_not_matter(self, method, values, scale, move):
        """Metres or feet: the same scores."""
        assert scored(values * scale + move, method) == pytest.approx(scored(values, method), abs=1e-6, nan_ok=True)

    def test_a_gap_stays_a_gap_and_moves_nobody(self, method):
        """NaN is NaN, and the others score as if the unit were not there."""
        values = [3.0, 1.0, np.nan, 7.0, 9.0, 2.0]
        found = scored(values, method)
        assert np.isnan(found[2])
        assert np.delete(found, 2) == pytest.approx(scored(np.delete(values, 2), method))

    def test_without_a_difference_there_is_no_score(self, method):
        """A constant cannot be measured by its spread."""
        assert np.isnan(scored([4.0, 4.0, 4.0], method)).all()

    def test_one_unit_alone_is_measured_by_the_same_ruler(self, method):
        """Fitted once, a unit scores later what it scored among others."""
        values = np.array([[3.0], [1.0], [7.0], [9.0], [2.0]])
        ruler = fit(values, [item(method)])
        assert normalise(values[3:4], ruler)[0, 0] == normalise(values, ruler)[3, 0]

    def test_it_is_known_everywhere(self, method, tiny, tmp_path):
        """In parameter files, the uncertainty analysis, the panel, the reference; with words and a source."""
        from workbench.exploring import NORMALISED_BY
        from workbench.schema_page import schema_page

        file = tiny / "alpha.yaml"
        text = file.read_text(encoding="utf-8").replace("{method: goalposts, low: 0, high: 60}", f"{{method: {method}}}")
        file.write_text(text, encoding="utf-8")
        framework = wb.Framework.load(tiny)
        assert framework["A.8"].normalisation.method == method
        spec = tmp_path / "spec.yaml"
        spec.write_text(
            f"label: {{th: ก, en: A}}\nfactors:\n- {{id: scale, kind: normalisation, choices: [as_given, {method}]}}\n",
            encoding="utf-8",
        )
        assert wb.load_spec(spec, framework).factors[0].choices == ("as_given", method)
        assert method in NORMALISED_BY
        assert f"`{method}`" in schema_page()
        scale = REGISTERED[method]
        assert isinstance(scale, FittedScale)
        assert scale.th.strip()
        assert scale.en.strip()
        assert scale.source.strip()

    def test_a_report_says_it_in_words(self, method, tiny, tmp_path):
        """The methods paragraph names it in both languages."""
        from workbench.methods_text import methods_paragraph
        from workbench.sample import make_sample, write_sample

        file = tiny / "alpha.yaml"
        text = file.read_text(encoding="utf-8").replace("{method: goalposts, low: 0, high: 60}", f"{{method: {method}}}")
        file.write_text(text, encoding="utf-8")
        framework = wb.Framework.load(tiny)
        path = tmp_path / "a.csv"
        write_sample(make_sample(framework, units=8, agencies=3, seed=1), path, framework, seed=1)
        paragraph = methods_paragraph(wb.score(framework, wb.read_survey(path, framework)))

        assert REGISTERED[method].en in paragraph.en
        assert REGISTERED[method].th in paragraph.th


def test_a_new_method_is_one_file(root, tmp_path):
    """Begun by the command in a copy of the package, it is in parameter files, spec and panel, and passes these tests."""
    copy = tmp_path / "copy"
    shutil.copytree(root / "workbench", copy / "workbench", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("params", "data"):
        (copy / folder).symlink_to(root / folder)
    (copy / "tests").mkdir()
    for name in ("conftest.py", "test_methods.py"):
        shutil.copy(root / "tests" / name, copy / "tests" / name)
    shutil.copy(root / "pyproject.toml", copy)

    def call(*command):
        return subprocess.run([sys.executable, *command], cwd=copy, capture_output=True, text=True, check=False)

    begun = call("-m", "workbench.methods", "interquartile")
    assert 0 == begun.returncode, begun.stderr
    passed = call(
        "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/test_methods.py", "-k", "TestEach and interquartile"
    )
    assert 0 == passed.returncode, passed.stdout[-3000:]
    assert "7 passed" in passed.stdout
    assert "there is a method `interquartile` already" in call("-m", "workbench.methods", "interquartile").stderr
    assert "is no name for a method" in call("-m", "workbench.methods", "Bad Name").stderr
