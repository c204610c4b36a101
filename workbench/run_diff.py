"""What changed between two finished runs: in their inputs, and in what came out.

Everything is read from the two reports; nothing is computed again, so they may be of any age and need
not share a framework. Units and tables are matched by id and name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.keys import changes
from workbench.manifest import read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.manifest import Manifest

__all__ = ["RunDifference", "compare_runs", "is_report"]


@dataclass(frozen=True, kw_only=True)
class RunDifference:
    """How run B differs from run A."""

    a: str
    b: str
    inputs: list[str]
    """Settings, weights, data and program, in words."""
    scores: pd.DataFrame = field(repr=False)
    """By unit, those that moved: index, rank and band before and after, and the change of the first two."""
    tables: list[str]
    """Other tables that are new, gone or changed."""
    unmoved: int
    """Units with the same index, rank and band in both."""

    def lines(self, limit: int = 20) -> list[str]:
        """The difference as lines of text; at most *limit* inputs and units are listed."""
        found = [f"inputs: {len(self.inputs)} differ" if self.inputs else "inputs: the same"]
        found += [f"  {words}" for words in self.inputs[:limit]]
        found += [f"  and {len(self.inputs) - limit} more"] if len(self.inputs) > limit else []
        found.append(f"scores: {len(self.scores)} units differ, {self.unmoved} do not")
        for unit, row in self.scores.head(limit).iterrows():
            band = f", band {row.band_a} -> {row.band_b}" if row.band_a != row.band_b else ""
            found.append(
                f"  {unit}: rank {_whole(row.rank_a)} -> {_whole(row.rank_b)}, index {row.index_a:.2f} -> {row.index_b:.2f}{band}"
            )
        found += [f"  and {len(self.scores) - limit} more"] if len(self.scores) > limit else []
        return [*found, *(f"table {words}" for words in self.tables)]


def is_report(path: Path) -> bool:
    """Whether *path* is a finished run: its folder, its index.html or its manifest."""
    folder = path if path.is_dir() else path.parent
    return (folder / "manifest.json").is_file() and (path.is_dir() or path.name in {"index.html", "manifest.json"})


def compare_runs(a: Path, b: Path) -> RunDifference:
    """What changed from the report in folder *a* to that in folder *b*.

    Raises:
        WorkbenchError: one of them is no report.
    """
    one, other = read_manifest(a), read_manifest(b)
    moved, unmoved = _moved(_scores(a), _scores(b))
    code = [] if one.ingredients.get("code") == other.ingredients.get("code") else ["the program changed"]
    return RunDifference(
        a=one.run_id,
        b=other.run_id,
        inputs=changes(_facts(one), _facts(other))
        + code
        + [f"package {words}" for words in changes(one.packages, other.packages)],
        scores=moved,
        tables=_tables(one, other),
        unmoved=unmoved,
    )


def _facts(manifest: Manifest) -> dict[str, Any]:
    """Settings and inputs, with the files that notebooks read by themselves."""
    return manifest.facts | {f"file {name}": value for book in manifest.notebooks.values() for name, value in book.reads.items()}


def _scores(report: Path) -> pd.DataFrame:
    folder = report if report.is_dir() else report.parent
    return pd.read_csv(folder / "data" / "scores.csv", index_col="unit")[["index", "rank", "band"]]


def _moved(a: pd.DataFrame, b: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    both = a.add_suffix("_a").join(b.add_suffix("_b"), how="outer").sort_index()
    same = pd.Series(data=True, index=both.index)
    for name in ("index", "rank", "band"):
        one, other = both[f"{name}_a"], both[f"{name}_b"]
        same &= (one == other) | (one.isna() & other.isna())
    both["rank_change"] = both["rank_b"] - both["rank_a"]
    both["index_change"] = both["index_b"] - both["index_a"]
    moved = both[~same]
    order = moved["rank_change"].abs().fillna(float("inf")).sort_values(ascending=False, kind="stable").index
    return moved.loc[order], int(same.sum())


def _tables(one: Manifest, other: Manifest) -> list[str]:
    words = []
    for name in sorted({*one.files, *other.files}):
        if name.startswith("data/") and one.files.get(name) != other.files.get(name):
            state = "is new" if name not in one.files else "is gone" if name not in other.files else "changed"
            words.append(f"{name.removeprefix('data/').removesuffix('.csv')} {state}")
    return words


def _whole(rank: float) -> str:
    return "none" if pd.isna(rank) else f"{rank:g}"
