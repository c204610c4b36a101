"""A survey in parts: the same bits as in one piece, every fault of every part, and two answers in two parts."""

from __future__ import annotations

import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from workbench import Framework, cli, read_survey, score
from workbench.errors import WorkbenchError
from workbench.intake import listing, partitions
from workbench.intake.partitions import is_partitioned, processes, read_partitions
from workbench.sample import make_sample
from workbench.uncertainty.machines import machines

STRATA = """
  strata:
  - {id: central, label: {th: กลาง, en: Central}, types: [A01, A02]}
  - {id: other, label: {th: อื่น, en: Other}, types: [A03]}
bands:"""


@pytest.fixture
def framework(tiny, request):
    """The small framework, and the same with strata of respondents."""
    if getattr(request, "param", False):
        path = tiny / "framework.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("\nbands:", STRATA), encoding="utf-8")
    return Framework.load(tiny)


def written(frame, folder, parts, seed=1):
    """The survey in so many files, its rows dealt out at random; and in one."""
    rng = np.random.default_rng(seed)
    of = rng.integers(0, parts, len(frame))
    (folder / "parts").mkdir()
    frame.to_parquet(folder / "whole.parquet", index=False)
    for part in range(parts):
        frame[of == part].sample(frac=1, random_state=part).to_parquet(folder / "parts" / f"part-{part}.parquet", index=False)
    return folder / "whole.parquet", folder / "parts"


@pytest.fixture
def survey(framework, tmp_path):
    frame = make_sample(framework, units=40, agencies=3, seed=5, response=0.8)
    return written(frame, tmp_path, 4)


class TestSameBits:
    @pytest.mark.parametrize("framework", [False, True], indirect=True)
    def test_as_in_one_piece(self, framework, survey):
        """Scores, ranks, bands, coverage, counts and errors are equal to the last bit."""
        whole, parts = survey
        one = score(framework, read_survey(whole, framework)).table
        many = score(framework, read_partitions(parts, framework)).table

        assert is_partitioned(parts)
        assert one["index_se"].notna().any()
        pd.testing.assert_frame_equal(one, many, check_exact=True)

    @pytest.mark.parametrize("framework", [False, True], indirect=True)
    def test_with_a_list_of_invitations(self, framework, survey, tmp_path):
        """Units from which nothing came are there as well."""
        whole, parts = survey
        rows = [[f"U{unit:04d}", kind] for unit in range(1, 46) for kind in ("A01", "A02", "A03")]
        pd.DataFrame(rows, columns=["unit", "agency"]).to_csv(tmp_path / "invited.csv", index=False)
        one = score(framework, read_survey(whole, framework, invited=tmp_path / "invited.csv")).table
        many = score(framework, read_partitions(parts, framework, invited=tmp_path / "invited.csv")).table

        assert 45 == len(one)
        pd.testing.assert_frame_equal(one, many, check_exact=True)

    def test_without_status(self, framework, tmp_path):
        """Where rows do not say who was silent, every type counts as invited, whatever is in which file."""
        frame = make_sample(framework, units=20, agencies=3, seed=6, response=0.8)
        frame = frame[frame["status"] == "answered"].drop(columns=["status"])
        whole, parts = written(frame, tmp_path, 3)

        pd.testing.assert_frame_equal(
            score(framework, read_survey(whole, framework)).table,
            score(framework, read_partitions(parts, framework)).table,
            check_exact=True,
        )

    def test_processes(self, framework, survey):
        """Other processes give the same."""
        whole, parts = survey
        with processes(2) as executor:
            many = score(framework, read_partitions(parts, framework, executor=executor)).table

        pd.testing.assert_frame_equal(score(framework, read_survey(whole, framework)).table, many, check_exact=True)

    def test_a_cluster(self, framework, survey):
        """So do the workers of a Dask cluster on this machine."""
        distributed = pytest.importorskip("distributed")
        whole, parts = survey
        with (
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            machines(cluster.scheduler_address) as workers,
        ):
            many = score(framework, read_partitions(parts, framework, executor=workers)).table

        pd.testing.assert_frame_equal(score(framework, read_survey(whole, framework)).table, many, check_exact=True)


class TestMemory:
    def test_results_of_files_are_let_go(self):
        """However many files there are, what came of those already added is not held."""
        held, most = [], 0
        with ThreadPoolExecutor(1) as executor:
            run = partitions._runner(executor)
            for one in partitions._call(run, lambda path: np.full(10, int(path)), [str(place) for place in range(50)]):
                held.append(weakref.ref(one))
                most = max(most, sum(ref() is not None for ref in held))

        assert 50 == len(held)
        assert most <= 2


class TestFaults:
    def test_of_all_parts(self, framework, survey):
        """Each with its own file and record."""
        _, parts = survey
        for name, column in (("part-0", "Z.2.1"), ("part-3", "Z.1.2")):
            path = parts / f"{name}.parquet"
            frame = pd.read_parquet(path)
            frame.loc[frame["status"] == "answered", column] = 9
            frame.to_parquet(path, index=False)
        with pytest.raises(WorkbenchError) as caught:
            read_partitions(parts, framework)
        files = {fault.file.rpartition("/")[2] for fault in caught.value.faults}

        assert {"part-0.parquet", "part-3.parquet"} == files
        assert all(fault.row for fault in caught.value.faults)

    def test_more_than_are_listed(self, framework, survey, monkeypatch):
        """Faults of columns come before those of cells; all are counted, and no more are held than are listed."""
        monkeypatch.setattr(listing, "MOST_LISTED", 6)
        _, parts = survey
        for part in range(4):
            path = parts / f"part-{part}.parquet"
            frame = pd.read_parquet(path)
            frame.loc[frame["status"] == "answered", ["Z.2.1", "Z.1.2"]] = 99
            (frame.rename(columns={"Z.1.1": "Z.9.9"}) if part == 3 else frame).to_parquet(path, index=False)
        with pytest.raises(WorkbenchError) as caught:
            read_partitions(parts, framework)
        first, *others = caught.value.faults
        answered = sum((pd.read_parquet(path)["status"] == "answered").sum() for path in parts.glob("*.parquet"))
        structure = [fault for fault in others if fault.row is None]

        assert 6 == len(others)
        assert structure == others[: len(structure)]
        assert {"part-3.parquet"} == {fault.file.rpartition("/")[2] for fault in structure}
        assert caught.value.unlisted >= 2 * answered - 6
        total = caught.value.unlisted + 6
        assert f"4 files have at least {total:,} faults; 6 of them are listed." == first.problem
        assert parts.name == first.file.rpartition("/")[2]

    def test_words_on_screen(self, framework, survey, monkeypatch, capsys, tmp_path):
        """At most a hundred lines, and what is not listed is not said to be in the file."""
        monkeypatch.setattr(listing, "MOST_LISTED", 60)
        monkeypatch.chdir(tmp_path)
        _, parts = survey
        for path in parts.glob("*.parquet"):
            frame = pd.read_parquet(path)
            frame.loc[frame["status"] == "answered", ["Z.2.1", "Z.1.2"]] = 99
            frame.to_parquet(path, index=False)
        with pytest.raises(WorkbenchError) as caught:
            read_partitions(parts, framework)
        cli._print_faults(caught.value.faults, caught.value.unlisted)
        lines = capsys.readouterr().err.splitlines()

        assert "4 files have at least" in lines[0]
        assert lines[-2].endswith("more; all that are listed are in workbench-faults.csv.")
        assert f"At least {caught.value.unlisted:,} more faults are not listed." == lines[-1]
        assert len(lines) <= 101
        assert 61 == len(pd.read_csv(tmp_path / "workbench-faults.csv"))

    def test_answering_in_two_parts(self, framework, survey):
        """The second answer is named, with the place of the first."""
        _, parts = survey
        one, other = (pd.read_parquet(parts / f"part-{part}.parquet") for part in (0, 2))
        pd.concat([other, one.iloc[[3]]]).to_parquet(parts / "part-2.parquet", index=False)
        with pytest.raises(WorkbenchError) as caught:
            read_partitions(parts, framework)
        (fault,) = caught.value.faults
        label = f"{one['unit'].iloc[3]}/{one['agency'].iloc[3]}"

        assert f"{label} answers twice, here and in" in fault.problem
        assert fault.problem.endswith("part-0.parquet, row 4.")
        assert (len(other) + 1, "part-2.parquet") == (fault.row, fault.file.rpartition("/")[2])

    def test_more_than_are_described(self, framework, survey, monkeypatch):
        """Those beyond the most that are described are counted."""
        monkeypatch.setattr(partitions, "MOST_PAIRS", 5)
        _, parts = survey
        one, other = (pd.read_parquet(parts / f"part-{part}.parquet") for part in (0, 2))
        pd.concat([other, one.iloc[:9]]).to_parquet(parts / "part-2.parquet", index=False)
        with pytest.raises(WorkbenchError) as caught:
            read_partitions(parts, framework)

        assert 6 == len(caught.value.faults)
        assert "the files have 4 more answers" in caught.value.faults[-1].problem

    def test_something_else_in_the_folder(self, framework, survey):
        """A folder with other files is read as a folder of answers, and they are faults."""
        _, parts = survey
        (parts / "notes.txt").write_text("x", encoding="utf-8")

        assert not is_partitioned(parts)
        with pytest.raises(WorkbenchError, match=r"notes\.txt: this file of the folder is no table"):
            read_survey(parts, framework)
