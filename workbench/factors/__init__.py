"""Factor analysis: do the indicators measure the pillars they claim to?

`analyse` is the entry; the functions it is made of are here too, for use on their own. They take and give
frames and arrays, read no file and draw nothing. Missing answers are never imputed.
"""

from __future__ import annotations

from workbench.factors.adequacy import Bartlett, Kmo, bartlett, kmo
from workbench.factors.analysis import FactorAnalysis, analyse
from workbench.factors.correlation import Correlation, correlate, pearson, repaired, usable
from workbench.factors.data import Evidence, evidence, groups_of
from workbench.factors.extraction import Extraction, largest_number, minres, principal_axis
from workbench.factors.number import eigenvalues, exceeding, minimum_average_partial, random_eigenvalues
from workbench.factors.reliability import Alpha, alpha
from workbench.factors.rotation import Rotated, explained, ordered, promax, varimax
from workbench.factors.tables import tables
from workbench.factors.words import alpha_reading, kmo_reading

__all__ = [
    "Alpha",
    "Bartlett",
    "Correlation",
    "Evidence",
    "Extraction",
    "FactorAnalysis",
    "Kmo",
    "Rotated",
    "alpha",
    "alpha_reading",
    "analyse",
    "bartlett",
    "correlate",
    "eigenvalues",
    "evidence",
    "exceeding",
    "explained",
    "groups_of",
    "kmo",
    "kmo_reading",
    "largest_number",
    "minimum_average_partial",
    "minres",
    "ordered",
    "pearson",
    "principal_axis",
    "promax",
    "random_eigenvalues",
    "repaired",
    "tables",
    "usable",
    "varimax",
]
