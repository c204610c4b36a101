"""From an expert workshop to a published readiness index."""

__version__ = "0.1.0"
