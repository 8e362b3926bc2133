"""The searches that found nothing."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from library.db import Base


class UnansweredSearch(Base):
    """How often something was looked for on a day, in pages of one language, and not found.

    ``text`` is the question in small letters, cut short. An empty one stands for all that are only
    counted: those that look like a person's address or number, and those beyond a day's bound. Nothing
    says who searched, or when on that day.
    """

    __tablename__ = "unanswered_search"

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    lang: Mapped[str] = mapped_column(String(35), primary_key=True)
    text: Mapped[str] = mapped_column(String(80), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
