"""How large a work is to keep offline: its text in its largest language, and its media files."""

from __future__ import annotations

from typing import Final

LIMITS: Final = {"1": 1_000_000, "5": 5_000_000, "25": 25_000_000, "100": 100_000_000}
"""Value of the facet -> bytes: a work has every value that it does not exceed, so that who has room for
25 MB also finds what takes one."""


def values(size: int) -> tuple[str, ...]:
    """The values of a work of ``size`` bytes, the smallest first; none of one that is larger than all."""
    return tuple(value for value, limit in LIMITS.items() if size <= limit)
