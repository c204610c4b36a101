"""How far the ranks depend on choices that could have been made otherwise.

Every draw is one set of choices, scored by the arithmetic of `aggregation` with a leading axis of draws. Random
numbers come from counter-based streams keyed by (seed, factor, block of draws), and only counts and sums are kept, so
results do not depend on how the draws are split and memory does not grow with their number.

| module | what it does |
|---|---|
| `spec` | the factors of uncertainty, read and checked |
| `draws` | from uniform numbers to the choices of draws |
| `variants` | what the discrete choices make of the data, once each |
| `products`, `ranking` | the index and the ranks of many draws |
| `engine`, `simulation`, `results` | counts of blocks, put together, and what follows from them |
| `variance`, `sensitivity` | which choices matter |
| `pairs` | who beats whom, and who cannot be told apart |
| `single`, `what_if` | one choice at a time, one element left out |
| `changes` | the least change of weights that swaps two units or changes a band |
| `machines` | the workers of a cluster |

Source: Saisana, Saltelli, Tarantola (2005), Journal of the Royal Statistical Society A 168(2);
OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7.
"""

from workbench.uncertainty.changes import Swap, band_ranges, least_swap
from workbench.uncertainty.draws import BLOCK
from workbench.uncertainty.pairs import Pairs, pairwise
from workbench.uncertainty.results import Uncertainty
from workbench.uncertainty.sensitivity import Sensitivity, pawn, sensitivity
from workbench.uncertainty.simulation import simulate
from workbench.uncertainty.spec import Spec, load_spec
from workbench.uncertainty.what_if import leave_one_out, what_if

__all__ = [
    "BLOCK",
    "Pairs",
    "Sensitivity",
    "Spec",
    "Swap",
    "Uncertainty",
    "band_ranges",
    "least_swap",
    "leave_one_out",
    "load_spec",
    "pairwise",
    "pawn",
    "sensitivity",
    "simulate",
    "what_if",
]
