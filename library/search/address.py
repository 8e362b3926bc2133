"""From the setting LIBRARY_SEARCH_URL to an engine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy.exc import ArgumentError

from library.errors import Misconfigured
from library.search.port import SearchEngine

FOLDER: Final = "index"
"""Where the index lies in the data folder when the address names no place."""


def open_engine(url: str, *, data: Path, database_url: str = "") -> SearchEngine:
    """The engine at an address: ``whoosh:`` (in the folder ``data``), ``whoosh:PATH``, ``postgresql``
    (in the database at ``database_url``) or ``postgresql+psycopg://...`` (in another one).

    A relative PATH is one inside ``data``. Nothing is opened or created yet. `Misconfigured` for any
    other address.
    """
    scheme, colon, place = url.strip().partition(":")
    if scheme == "whoosh" and colon:
        # Imported only here: a site with another engine does without Whoosh and its arrays.
        from library.search.whoosh_engine import WhooshEngine

        if place.startswith("//"):
            place = place[2:]
        return WhooshEngine(data / (place or FOLDER))
    if scheme in {"postgresql", "postgresql+psycopg"}:
        return _in_postgresql(place, database_url)
    raise Misconfigured(
        f"LIBRARY_SEARCH_URL: “{url}” is not the address of a search engine; use “whoosh:”, "
        "“whoosh:PATH”, “postgresql” or “postgresql+psycopg://USER@HOST/NAME”."
    )


def _in_postgresql(place: str, database_url: str) -> SearchEngine:
    """The engine in PostgreSQL; ``place`` is what follows the scheme."""
    if place:
        url = f"postgresql+psycopg:{place}"
    elif database_url.partition(":")[0].partition("+")[0] == "postgresql":
        url = database_url
    else:
        raise Misconfigured(
            "LIBRARY_SEARCH_URL is “postgresql”, but LIBRARY_DATABASE_URL names no PostgreSQL; name one "
            "there, or give the search an address of its own: “postgresql+psycopg://USER@HOST/NAME”."
        )
    try:
        from library.search.postgresql_engine import PostgresqlEngine
    except ImportError as error:
        raise Misconfigured(
            "LIBRARY_SEARCH_URL: PostgreSQL needs a package that is not installed; install the extra "
            f"“postgres” ({error})."
        ) from error
    try:
        return PostgresqlEngine(url)
    except (ArgumentError, ValueError) as error:
        raise Misconfigured(
            f"LIBRARY_SEARCH_URL: “{url.partition('@')[2] or url}” is not the address of a PostgreSQL "
            "database; use “postgresql+psycopg://USER@HOST/NAME”."
        ) from error
