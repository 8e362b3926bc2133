"""Mortise: a multilingual library of courses, textbooks and teaching standards.

The package is a house of floors; imports only go down. The map is in ``docs/architecture.md`` and is
kept by import-linter (``pyproject.toml``, ``[tool.importlinter]``).
"""

__version__ = "0.1.0"
