"""The shape of a run file: what a report is made of, and the settings of its analyses."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from workbench.strictyaml import Strict
from workbench.text import Text

__all__ = [
    "ClusterSettings",
    "FactorSettings",
    "HistorySettings",
    "NotebookEntry",
    "OutsideSettings",
    "RunFile",
    "Scenario",
    "UncertaintySettings",
]


class UncertaintySettings(Strict):
    """How the uncertainty of the ranks is drawn."""

    spec: str
    """File of the factors of uncertainty."""
    draws: Annotated[int, Field(ge=1)] = 10_000
    """How many scenarios are drawn."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Of the random numbers; 0 is a seed."""


class FactorSettings(Strict):
    """How factors are looked for."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Of the random numbers."""
    repetitions: Annotated[int, Field(ge=20)] = 200
    """Random tables behind parallel analysis."""
    method: Literal["minres", "principal_axis", "ml"] = "minres"
    """How factors are extracted."""
    rotate: Literal["varimax", "promax", "oblimin", "none"] = "varimax"
    """How factors are turned."""
    correlation: Literal["pearson", "polychoric", "fitting"] = "fitting"
    """Which correlations; `fitting` takes polychoric ones where answers are ordered categories."""
    draws: Annotated[int, Field(ge=20)] = 200
    """Resampled surveys behind the intervals of the loadings."""


class ClusterSettings(Strict):
    """How clusters are looked for."""

    seed: Annotated[int, Field(ge=0)] = 0
    """Of the random numbers."""
    counts: Annotated[tuple[Annotated[int, Field(ge=2)], ...], Field(min_length=1)] = (2, 3, 4, 5, 6, 7, 8)
    """Numbers of clusters that are tried."""
    on: Literal["pillars", "factors"] = "pillars"
    """What units are compared by."""
    method: Literal["kmeans", "ward", "medoids", "mixture"] = "kmeans"
    """How clusters are found."""
    rule: Literal["silhouette", "gap", "bic"] = "silhouette"
    """What decides on their number."""
    names: tuple[Text, ...] = ()
    """Of the clusters in the order of their numbers."""
    earlier: str | None = None
    """A table of an earlier run, data/clusters.csv of its report, whose numbers are kept."""
    draws: Annotated[int, Field(ge=20)] = 500
    """Resampled surveys behind the probability of each unit's cluster."""


class HistorySettings(Strict):
    """The published scores of an earlier edition."""

    edition: Annotated[str, Field(min_length=1, max_length=60)]
    """The year or the name of that edition."""
    scores: str
    """A scores.csv that `workbench score` wrote."""


class NotebookEntry(Strict):
    """A notebook with parameters; the same notebook may be listed several times, each with a page of its own."""

    notebook: str
    """Name of a notebook of the workbench, or path of another one."""
    page: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$")] | None = None
    """Name of the page; the notebook's where none is given."""
    parameters: dict[str, Any] = Field(default_factory=dict)
    """Values of its `parameters` cell."""


def _kind_of_entry(value: object) -> str:
    return "name" if isinstance(value, str) else "entry"


Listed = Annotated[Annotated[str, Tag("name")] | Annotated[NotebookEntry, Tag("entry")], Discriminator(_kind_of_entry)]


class Scenario(Strict):
    """What another report of the same run file has in place of the run's own settings."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,20}$")]
    """Part of the name of the folder of its report."""
    title: Text
    """What it is called."""
    framework: str | None = None
    """In place of the run's own, like all that follow."""
    workshops: tuple[str, ...] | None = None
    """Files of amendments."""
    survey: str | None = None
    """Answers."""
    invited: str | None = None
    """List of everyone invited."""
    indicators: str | None = None
    """A table."""
    geometry: str | None = None
    """Outlines of the units."""
    uncertainty: UncertaintySettings | None = None
    """How the uncertainty of the ranks is drawn."""
    factors: FactorSettings | None = None
    """How factors are looked for."""
    clusters: ClusterSettings | None = None
    """How clusters are looked for."""


class OutsideSettings(Strict):
    """A table of conditions outside the index, which clusters and models are compared with."""

    file: str
    """The table: xlsx or csv."""
    unit: Annotated[str, Field(min_length=1)]
    """Column that names the units."""
    columns: Annotated[dict[str, Text], Field(min_length=1)]
    """Columns that are used, with what they are called."""


class RunFile(Strict):
    """A run file."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    """Part of the name of the folder of the report."""
    title: Text
    """Title of the report."""
    framework: str
    """Folder or file of the framework."""
    workshops: tuple[str, ...] = ()
    """Files of amendments; the accepted ones are applied."""
    survey: str | None = None
    """Answers: a file, or a folder with one file per respondent."""
    invited: str | None = None
    """List of everyone invited to the survey."""
    indicators: str | None = None
    """A table of indicator values, a row per unit, in place of a survey."""
    geometry: str | None = None
    """Outlines of the units for a geographic map: GeoJSON."""
    uncertainty: UncertaintySettings
    """How the uncertainty of the ranks is drawn."""
    factors: FactorSettings = FactorSettings()
    """How factors are looked for."""
    clusters: ClusterSettings = ClusterSettings()
    """How clusters are looked for."""
    notebooks: Annotated[tuple[Listed, ...], Field(min_length=1)]
    """Pages of the report, in order."""
    language: Literal["th", "en"] = "th"
    """Language that the report opens in."""
    history: tuple[HistorySettings, ...] = ()
    """Earlier editions, for comparisons over time."""
    date: Annotated[str, Field(pattern=r"^2[45]\d\d-[01]\d-[0-3]\d$")] | None = None
    """The day that the pages bear, year-month-day in the Buddhist Era; without it they bear none."""
    cell_seconds: Annotated[int, Field(ge=1)] = 900
    """A cell that takes longer is ended, and the run with it."""
    scenarios: tuple[Scenario, ...] = ()
    """Further reports with some settings changed."""
    outside: OutsideSettings | None = None
    """Conditions that clusters and models are compared with."""

    @model_validator(mode="after")
    def _one_source(self) -> RunFile:
        if (self.survey is None) == (self.indicators is None):
            given = "neither" if self.survey is None else "both"
            raise ValueError(f"a run has either `survey` or `indicators`; {given} is given. | name one file. | one of the two")
        if self.invited is not None and self.survey is None:
            raise ValueError("`invited` is a list of the respondents of a survey; there is none. | delete it.")
        listed = [name if isinstance(name, str) else name.page or name.notebook for name in self.notebooks]
        twice = sorted({name for name in listed if listed.count(name) > 1})
        if twice:
            raise ValueError(f"notebook {', '.join(twice)} is listed twice. | keep one, or give each a `page`. | each once")
        ids = [scenario.id for scenario in self.scenarios]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"scenario {', '.join(twice)} is listed twice. | give each its own id. | each once")
        return self
