"""People who work on the library, and what they may do where.

Readers need no account. A person has roles, each at one institution or everywhere.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now

ROLES = ("author", "translator", "reviewer", "publisher", "administrator")


class Person(Base):
    """Somebody with a name that others see and an e-mail address that is theirs alone.

    ``password`` is an argon2 hash; it is empty until the person has chosen one. No default exists.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(Text)
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class RoleGrant(Base):
    """One role of one person; ``institution`` is a key, or empty for the whole library.

    ``lang`` narrows a translator to one language and is empty for all other roles.
    """

    __tablename__ = "role_grant"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    institution: Mapped[str] = mapped_column(String(200), primary_key=True, default="")
    lang: Mapped[str] = mapped_column(String(35), primary_key=True, default="")
