"""Factor analysis: do the indicators measure the pillars they claim to?

`analyse` is the entry; the functions it is made of are here too, for use on their own. They take and give
frames and arrays, read no file and draw nothing. Missing answers are never imputed.
"""

from __future__ import annotations

from workbench.factors.adequacy import Bartlett, Kmo, bartlett, kmo
from workbench.factors.analysis import FactorAnalysis, analyse
from workbench.factors.bootstrap import LoadingIntervals, loading_intervals
from workbench.factors.confirm import Confirmation, confirm
from workbench.factors.consistency import Omega, SplitHalf, alpha_interval, omega, split_half
from workbench.factors.correlation import Correlation, correlate, pearson, repaired, usable
from workbench.factors.data import Evidence, evidence, groups_of, unit_evidence
from workbench.factors.extraction import Extraction, largest_number, maximum_likelihood, minres, principal_axis
from workbench.factors.fit import Fit
from workbench.factors.nesting import Nesting, nesting, nestings
from workbench.factors.number import eigenvalues, exceeding, minimum_average_partial, random_eigenvalues
from workbench.factors.ordinal import polychoric
from workbench.factors.placement import amendments, placements
from workbench.factors.reliability import Alpha, alpha
from workbench.factors.rotation import Rotated, explained, oblimin, ordered, promax, rotated, varimax
from workbench.factors.scores import factor_scores, score_weights
from workbench.factors.tables import tables
from workbench.factors.words import alpha_reading, kmo_reading

__all__ = [
    "Alpha",
    "Bartlett",
    "Confirmation",
    "Correlation",
    "Evidence",
    "Extraction",
    "FactorAnalysis",
    "Fit",
    "Kmo",
    "LoadingIntervals",
    "Nesting",
    "Omega",
    "Rotated",
    "SplitHalf",
    "alpha",
    "alpha_interval",
    "alpha_reading",
    "amendments",
    "analyse",
    "bartlett",
    "confirm",
    "correlate",
    "eigenvalues",
    "evidence",
    "exceeding",
    "explained",
    "factor_scores",
    "groups_of",
    "kmo",
    "kmo_reading",
    "largest_number",
    "loading_intervals",
    "maximum_likelihood",
    "minimum_average_partial",
    "minres",
    "nesting",
    "nestings",
    "oblimin",
    "omega",
    "ordered",
    "pearson",
    "placements",
    "polychoric",
    "principal_axis",
    "promax",
    "random_eigenvalues",
    "repaired",
    "rotated",
    "score_weights",
    "split_half",
    "tables",
    "unit_evidence",
    "usable",
    "varimax",
]
