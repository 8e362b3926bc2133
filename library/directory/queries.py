"""Look-ups in the directory: from the keys that people write to rows."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from library.directory.models import Code, CodeScheme, Institution, Partnership

# SQLite takes 32,766 values in one statement, PostgreSQL 65,535; this is far below both.
_AT_ONCE = 1_000


def institution_ids(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Ids of those institutions among ``keys`` that the library has."""
    return _ids(session, Institution, keys)


def partnership_ids(session: Session, keys: Collection[str]) -> dict[str, int]:
    """Ids of those partnerships among ``keys`` that the library has."""
    return _ids(session, Partnership, keys)


def institution_keys(session: Session) -> set[str]:
    return set(session.scalars(select(Institution.key)))


def partnership_keys(session: Session) -> set[str]:
    return set(session.scalars(select(Partnership.key)))


def institution_uuid(session: Session, *, key: str) -> uuid.UUID | None:
    return session.scalar(select(Institution.uuid).where(Institution.key == key))


def partnership_uuid(session: Session, *, key: str) -> uuid.UUID | None:
    return session.scalar(select(Partnership.uuid).where(Partnership.key == key))


def code_ids(session: Session, *, scheme: str) -> dict[str, int]:
    """Every code of a scheme with its id; empty where there is no such scheme."""
    rows = session.execute(
        select(Code.code, Code.id).join(CodeScheme).where(CodeScheme.key == scheme)
    )
    return {row.code: row.id for row in rows}


def codes_as_written(session: Session) -> set[str]:
    """Every code in the form in which works name it: ``isced-f-2013:0714``."""
    rows = session.execute(select(CodeScheme.key, Code.code).join(Code))
    return {f"{scheme}:{code}" for scheme, code in rows}


def scheme_digests(session: Session) -> dict[str, str]:
    """The digest of the file that each scheme was read from."""
    rows = session.execute(select(CodeScheme.key, CodeScheme.digest))
    return {row.key: row.digest for row in rows}


def _ids(session: Session, model: Any, keys: Collection[str]) -> dict[str, int]:
    wanted = list(keys)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows = session.execute(select(model.key, model.id).where(model.key.in_(some)))
        found.update((key, id_) for key, id_ in rows)
    return found
