"""Minimum and maximum without the outermost twentieth of the units at either end.

Two far units then no longer press all others together; they score 0 or 100.
"""

from __future__ import annotations

import numpy as np

from workbench.methods import FittedScale

__all__ = ["METHOD"]

METHOD = FittedScale(
    name="trimmed",
    th="วัดระหว่างเปอร์เซ็นไทล์ที่ 5 และ 95 ของหน่วยทั้งหมด",
    en="measured between the 5th and the 95th percentile of the units",
    source="OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 5, on outliers and min-max",
    ends=lambda values: (float(np.quantile(values, 0.05)), float(np.quantile(values, 0.95))),
)
