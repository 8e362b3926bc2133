"""Session and base: how every floor above talks to the database."""

from library.db.base import Base, UtcDateTime, new_uuid, utc_now
from library.db.engine import make_engine, make_session_factory, session_scope

__all__ = [
    "Base",
    "UtcDateTime",
    "make_engine",
    "make_session_factory",
    "new_uuid",
    "session_scope",
    "utc_now",
]
