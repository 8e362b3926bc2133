"""Where a link of a document may lead once the document is in the library."""

from __future__ import annotations

import re
from typing import Final

_SCHEME: Final = re.compile(r"\s*(https?|mailto|tel):", re.IGNORECASE)
_BARE: Final = re.compile(r"\s*www\.[\w-]+\.", re.IGNORECASE)
_LONGEST: Final = 2_000


def outward(address: str) -> str | None:
    """An address that leads to the web, a mailbox or a telephone; None for any other."""
    if len(address) > _LONGEST:
        return None
    if _SCHEME.match(address):
        return address.strip()
    return f"https://{address.strip()}" if _BARE.match(address) else None
