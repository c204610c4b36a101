"""Sums that are exact: against Python's own, in any order and any parts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.exact_sums import ExactSums, exact_sums

NUMBERS = st.lists(st.floats(-1e290, 1e290, allow_nan=False), max_size=40)


class TestExact:
    @given(NUMBERS)
    def test_equals_the_rounded_exact_sum(self, values):
        """`math.fsum` gives the exact sum rounded once; so do we, for numbers of any size."""
        codes = np.zeros(len(values), dtype=np.int64)

        assert [math.fsum(values)] == exact_sums(codes, np.array(values, dtype=float), 1).totals().tolist()

    def test_what_plain_addition_loses(self):
        """1 + 1e100 + 1 - 1e100 is 2."""
        values = np.array([1.0, 1e100, 1.0, -1e100])

        assert [2.0] == exact_sums(np.zeros(4, dtype=np.int64), values, 1).totals().tolist()

    @given(st.integers(0, 10_000), st.integers(1, 6))
    def test_any_order_and_any_parts(self, seed, parts):
        """The same bits, whichever part had which number."""
        rng = np.random.default_rng(seed)
        values = rng.choice([0.25, 1 / 3, 0.1, 1e-9, 7e5, 1e17], 60) * rng.standard_normal(60)
        codes = rng.integers(0, 4, 60)
        whole = exact_sums(codes, values, 4).totals()
        merged = ExactSums(4)
        for rows in np.array_split(rng.permutation(60), parts):
            merged.merge(exact_sums(codes[rows], values[rows], 4))

        assert whole.tobytes() == merged.totals().tobytes()
        assert whole.tolist() == [math.fsum(values[codes == group]) for group in range(4)]

    def test_groups_of_others(self):
        """Sums by local groups take their place among all groups."""
        local = exact_sums(np.array([0, 1, 1]), np.array([0.1, 0.2, 0.3]), 2)

        assert [0.5, 0.0, 0.1] == local.placed(np.array([2, 0]), 3).totals().tolist()

    def test_subnormal_numbers(self):
        """The smallest doubles are summed as well."""
        values = np.array([5e-324, 5e-324, 1e-310])

        assert [math.fsum(values)] == exact_sums(np.zeros(3, dtype=np.int64), values, 1).totals().tolist()

    def test_infinite(self):
        """Nothing sensible can be said of them."""
        with pytest.raises(ValueError, match="finite"):
            exact_sums(np.zeros(1, dtype=np.int64), np.array([np.inf]), 1)
