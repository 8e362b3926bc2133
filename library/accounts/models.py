"""People who work on the library, what they may do where, and how they come in.

Readers need no account. A person has roles, each at one institution or everywhere.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now

ROLES = ("author", "translator", "reviewer", "publisher", "administrator")


class Person(Base):
    """Somebody with a name that others see and an e-mail address that is theirs alone.

    ``password`` is an argon2 hash; it is empty until the person has chosen one. No default exists.

    ``code_salt`` is there once codes of a device are asked for at sign-in: the device's secret is made
    from it and the site's key (`library.accounts.codes`). ``code_since`` is when the person has shown
    that the device works, ``code_step`` the time step of the last code used, which is not taken again.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(Text)
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    code_salt: Mapped[str | None] = mapped_column(String(64))
    code_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    code_step: Mapped[int | None] = mapped_column(BigInteger)


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


class Sitting(Base):
    """A stay at the desk, from sign-in to sign-out: what others call a session.

    ``token`` is the SHA-256 of what the browser's cookie holds. ``half`` is a sitting that still needs
    the code of a device. ``way`` is ``password``, ``link`` or the name of a sign-in provider.
    """

    __tablename__ = "sitting"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    half: Mapped[bool] = mapped_column(default=False)
    way: Mapped[str] = mapped_column(String(60), default="password")
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    device: Mapped[str] = mapped_column(String(400), default="")
    network: Mapped[str] = mapped_column(String(64), default="")


class RecoveryCode(Base):
    """A code on paper that lets somebody in once without their device; ``code`` is its SHA-256."""

    __tablename__ = "recovery_code"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(64), primary_key=True)


class OneTimeLink(Base):
    """A link that works once, until ``expires_at``; ``token`` is the SHA-256 of what it holds.

    An ``invitation`` has the address, name and roles of somebody who is not a person yet; a
    ``password`` link lets ``person_id`` choose a password. ``by_id`` is who made it, unless it was whoever
    runs the library, at the command line.
    """

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(Text, default="")
    roles: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    by_name: Mapped[str] = mapped_column(Text, default="")
    by_operator: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class Attempts(Base):
    """How often something failed for one key, which is a hash of an address or a network."""

    __tablename__ = "attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class Letter(Base):
    """A mail that waits to be sent. What was sent is deleted: it may hold a link that lets somebody in.

    Where ``link`` is an address, a one-time link that begins with it is made when the mail is sent, and
    put where the text says ``{link}``; if nobody here has the recipient's address nothing is sent.
    After the last try ``given_up`` is set and the text is emptied; ``trouble`` says why.
    """

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    lang: Mapped[str] = mapped_column(String(35), default="en")
    link: Mapped[str] = mapped_column(Text, default="")
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
    not_before: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    tries: Mapped[int] = mapped_column(default=0)
    given_up: Mapped[bool] = mapped_column(default=False)
    trouble: Mapped[str] = mapped_column(Text, default="")


class LogEntry(Base):
    """Who did what to what, when; never changed and never deleted by the software.

    ``by_name`` stays when the person is gone. ``did`` is a verb from the field (``role granted``),
    ``subject`` names what it was done to (``person/<uuid>``, ``course/measuring-safely``).
    """

    __tablename__ = "log_entry"
    __table_args__ = (Index("ix_log_entry_subject_at", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    by_id: Mapped[int | None] = mapped_column(
        ForeignKey("person.id", ondelete="SET NULL"), index=True
    )
    by_name: Mapped[str] = mapped_column(Text)
    did: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(300))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
