"""Institutions, partnerships and codes: who is behind a work, and what a work is about.

All three are named in every language. Names are plain rows (one for each language), not block texts:
they are short, and searched, sorted and shown as a whole.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import JSON, Float, ForeignKey, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid, utc_now

INSTITUTION_TYPES = ("college", "university", "enterprise", "ministry", "association", "school")
PARTNERSHIP_TYPES = ("site", "consortium", "community", "centre")
MEMBER_ROLES = ("lead", "founder", "host", "partner", "member")
# Brands of Chinese vocational education abroad; their names are translated on the pages.
BRANDS = (
    "luban-workshop",
    "ban-mo-college",
    "silk-road-school",
    "bi-sheng-workshop",
    "zheng-he-college",
    "maritime-silk-road-college",
    "dayu-college",
)


class Institution(Base):
    """A college, university, enterprise, ministry or association.

    ``key`` is its name in addresses and content folders and never changes by accident; ``uuid`` is for
    other systems; ``id`` stays inside the database.
    """

    __tablename__ = "institution"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    type: Mapped[str] = mapped_column(String(20))
    source_language: Mapped[str] = mapped_column(String(35))
    country: Mapped[str | None] = mapped_column(String(2), index=True)
    city: Mapped[str | None] = mapped_column(String(200))
    website: Mapped[str | None] = mapped_column(Text)
    # Where the facts come from; shown to the reader.
    source: Mapped[str | None] = mapped_column(Text)
    sample: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class InstitutionText(Base):
    """What an institution is called and how it is described in one language."""

    __tablename__ = "institution_text"

    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")


class Partnership(Base):
    """An overseas site of some brand, a consortium, or an industry-education community.

    ``founded`` is as precise as the source: ``2023``, ``2023-12`` or ``2023-12-08``.
    ``programmes`` are names of programmes as published, one mapping of language to name for each.
    """

    __tablename__ = "partnership"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    type: Mapped[str] = mapped_column(String(20))
    brand: Mapped[str | None] = mapped_column(String(40), index=True)
    source_language: Mapped[str] = mapped_column(String(35))
    country: Mapped[str | None] = mapped_column(String(2), index=True)
    city: Mapped[str | None] = mapped_column(String(200))
    founded: Mapped[str | None] = mapped_column(String(10))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    website: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    programmes: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    sample: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class PartnershipText(Base):
    __tablename__ = "partnership_text"

    partnership_id: Mapped[int] = mapped_column(
        ForeignKey("partnership.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text, default="")
    body: Mapped[str] = mapped_column(Text, default="")


class PartnershipMember(Base):
    """An institution's part in a partnership."""

    __tablename__ = "partnership_member"

    partnership_id: Mapped[int] = mapped_column(
        ForeignKey("partnership.id", ondelete="CASCADE"), primary_key=True
    )
    institution_id: Mapped[int] = mapped_column(
        ForeignKey("institution.id"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]


class CodeScheme(Base):
    """A classification: ISCED-F 2013, ISCO-08, a national catalogue of majors, ...

    The schemes that ship with the library are TOML files in ``library/directory/schemes``.
    """

    __tablename__ = "code_scheme"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), unique=True)
    version: Mapped[str] = mapped_column(String(40), default="")
    uri: Mapped[str | None] = mapped_column(Text)
    titles: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # Languages whose title was written by people of this library: a new file leaves those alone.
    edited: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Of the file it was read from, so that an unchanged file is not read into the database again.
    digest: Mapped[str] = mapped_column(String(64), default="")


class Code(Base):
    """One code of a scheme; ``parent_id`` is the broader one."""

    __tablename__ = "code"
    __table_args__ = (UniqueConstraint("scheme_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("code_scheme.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(60))
    uri: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("code.id"))


class CodeLabel(Base):
    """What a code is called in one language.

    ``edited``: written by people of this library, so a new file of the scheme leaves it alone.
    """

    __tablename__ = "code_label"

    code_id: Mapped[int] = mapped_column(
        ForeignKey("code.id", ondelete="CASCADE"), primary_key=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    edited: Mapped[bool] = mapped_column(default=False)
