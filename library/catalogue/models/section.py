"""The section."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import Connection, ForeignKey, Index, String, Table, Text, Uuid, event, text
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, new_uuid

_IN_PLACE = text("removed_at IS NULL")


class Section(Base):
    """A node of the ordered tree inside a work: course > unit > lesson, textbook > chapter > section.

    Every work has one root section (``path`` is empty) that holds the work's own title, summary and
    body, so that a title is a block text like any other.

    ``key`` is the section's name in addresses, ``folder`` the one in the content folder (``01-safety``
    for the key ``safety``), ``path`` the keys from the root joined by slashes. The number in front of a
    folder's name orders it and is no part of its address, so that inserting a lesson breaks no link.

    A section that is taken out keeps its row with ``removed_at`` set: its lasting address answers with
    a tombstone instead of not at all.
    """

    __tablename__ = "section"
    __table_args__ = (
        Index(
            "uq_section_work_id_path",
            "work_id",
            "path",
            unique=True,
            sqlite_where=_IN_PLACE,
        ),
        Index("ix_section_work_id_position", "work_id", "position"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[uuid.UUID] = mapped_column(Uuid, unique=True, default=new_uuid)
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("section.id", ondelete="CASCADE"))
    # In reading order through the whole work, the root being 0: previous and next are one step away.
    position: Mapped[int]
    depth: Mapped[int]
    key: Mapped[str] = mapped_column(String(200))
    folder: Mapped[str] = mapped_column(String(220))
    path: Mapped[str] = mapped_column(Text)
    removed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


@event.listens_for(Section.__table__, "before_create")
def _say_it_to_postgresql(table: Table, connection: Connection, **_: object) -> None:
    """Named in the class, ``postgresql_where`` would load that dialect, and its four drivers, everywhere."""
    if connection.dialect.name == "postgresql":
        (index,) = (one for one in table.indexes if one.name == "uq_section_work_id_path")
        index.dialect_options["postgresql"]["where"] = _IN_PLACE
