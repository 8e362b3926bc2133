"""Measurements: ``python -m tests.bench [name ...]``, see ``docs/performance.md``."""
