"""From the setting LIBRARY_SEARCH_URL to an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from library.errors import Misconfigured
from library.search.port import SearchEngine

FOLDER: Final = "index"
"""Where the index lies in the data folder when the address names no place."""


def open_engine(
    url: str,
    *,
    data: Path,
    session_factory: object = None,  # noqa: ARG001
) -> SearchEngine:
    """The engine at an address: ``whoosh:`` (in the folder ``data``) or ``whoosh:PATH``.

    A relative PATH is one inside ``data``. ``session_factory`` is for engines that live in the
    database. Nothing is opened or created yet. `Misconfigured` for any other address.
    """
    scheme, colon, place = url.strip().partition(":")
    if scheme == "whoosh" and colon:
        # Imported only here: a site with another engine does without Whoosh and its arrays.
        from library.search.whoosh_engine import WhooshEngine

        if place.startswith("//"):
            place = place[2:]
        return WhooshEngine(data / (place or FOLDER))
    if scheme.partition("+")[0] in {"postgresql", "postgres"}:
        raise Misconfigured(
            "LIBRARY_SEARCH_URL: searching in PostgreSQL is not available yet in this version; "
            "use “whoosh:”."
        )
    raise Misconfigured(
        f"LIBRARY_SEARCH_URL: “{url}” is not the address of a search engine; use “whoosh:” or "
        "“whoosh:PATH”."
    )
