"""Tables to take along: CSV and JSON lines, sent as they are read, so that long ones need no memory."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from library.formats.csv_lines import csv_lines
from library.http.services import services
from library.media.disposition import content_disposition


class Reading:
    """A read transaction that lasts as long as the answer is sent, beyond the end of the view."""

    def __init__(self) -> None:
        self.session: Session = services().factory()

    def answer(self, lines: Iterator[str], *, name: str, media_type: str) -> Response:
        """The lines as a file to keep, in pieces of some kilobytes."""
        response = Response(_pieces(lines), mimetype=media_type)
        response.call_on_close(self.session.close)
        response.headers["Content-Disposition"] = content_disposition(name, inline=False)
        return response

    def csv(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
        return self.answer(csv_lines(header, rows), name=name, media_type="text/csv")

    def json_lines(self, name: str, rows: Iterable[Any]) -> Response:
        lines = (json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
        return self.answer(lines, name=name, media_type="application/jsonl")


def _pieces(lines: Iterator[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size > 16_000:
            yield "".join(held).encode("utf-8", "replace")
            held, size = [], 0
    if held:
        yield "".join(held).encode("utf-8", "replace")
