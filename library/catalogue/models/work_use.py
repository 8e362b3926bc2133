"""How often works are read."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base


class WorkUse(Base):
    """How often pages of a work were asked for in a month, in one language, from one country.

    ``month`` is its first day; ``country`` is an ISO 3166-1 alpha-2 code, empty where it is not known.
    Nothing says by whom, or when in that month.
    """

    __tablename__ = "work_use"
    # Rows lie in the order of their months, which is how they are read.
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    month: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True, default="")
    count: Mapped[int] = mapped_column(default=0)


class WorkUseSum(Base):
    """The same added up for a work, all languages and countries together.

    A table of the works that are read most would otherwise add up every row of `WorkUse`.
    """

    __tablename__ = "work_use_sum"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    month: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    work_id: Mapped[int] = mapped_column(
        ForeignKey("work.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    count: Mapped[int] = mapped_column(default=0)


class LibraryUse(Base):
    """The same added up for the library: by language and country, works that are gone included."""

    __tablename__ = "library_use"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    month: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True, default="")
    count: Mapped[int] = mapped_column(default=0)
