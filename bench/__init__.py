"""Side-by-side measurements, run by `make bench`. They print; they assert nothing, because machines differ."""
