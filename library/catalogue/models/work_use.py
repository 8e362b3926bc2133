"""How often works are read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base


class WorkUse(Base):
    """How often pages of a work were asked for on a day, in one language, from one country.

    ``country`` is an ISO 3166-1 alpha-2 code, empty where it is not known. Nothing says by whom, or when
    on that day.
    """

    __tablename__ = "work_use"
    # Rows lie in the order of their days, which is how they are read.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True, default="")
    count: Mapped[int] = mapped_column(default=0)
