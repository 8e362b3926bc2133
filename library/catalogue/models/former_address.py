"""Former addresses: where works and sections were before they were renamed or moved."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base, UtcDateTime, utc_now


class FormerWorkAddress(Base):
    """A kind and key that a work once had. Readers who come by it are led to where the work is now.

    An address is given out once: a new work cannot take it while the old work is there.
    """

    __tablename__ = "former_work_address"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("work.id", ondelete="CASCADE"), index=True)
    left_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)


class FormerSectionAddress(Base):
    """A path that a section once had in its work. A section that lives there now goes before it."""

    __tablename__ = "former_section_address"

    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    section_id: Mapped[int] = mapped_column(
        ForeignKey("section.id", ondelete="CASCADE"), index=True
    )
    left_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=utc_now)
