"""Memory that is freed and asked for again at once.

The C library gives large arrays back to the system as soon as they are freed and asks for them anew a moment later; the
system then clears every page again. Work on arrays of some megabytes spends up to half of its time so. Here the library
is brought to keep what was freed. Nothing else is changed, and nothing at all where the C library is not glibc.
"""

from __future__ import annotations

from functools import cache

import numpy as np

__all__ = ["keep_freed"]

LARGEST = 2**25 - 2**16
"""Bytes just below what glibc takes as the size of a large piece at most."""


@cache
def keep_freed() -> None:
    """Let this process keep up to 64 MB of freed memory; more than once is the same as once.

    glibc takes the largest piece freed so far as the size from which on pieces are given back one by one, and keeps
    twice as much at the end of its memory. The piece here is never written to, so it takes no memory itself.

    Source: GNU C Library manual, Malloc Tunable Parameters, `M_MMAP_THRESHOLD`.
    """
    np.empty(LARGEST, dtype=np.uint8)
