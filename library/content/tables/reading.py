"""A file from a stranger as a table: CSV of whatever kind, or a workbook."""

from __future__ import annotations

import io
from typing import IO

from library.content.tables import csv_file, xlsx_file
from library.content.tables.table import MOST_BYTES, N_, Table, Unreadable

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read(file: IO[bytes]) -> Table:
    """What the file is, is seen from its bytes and not from its name. Raises ``Unreadable``."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Unreadable(
            N_("The file is larger than %(most)s megabytes; cut it into several tables."),
            most=MOST_BYTES // 1_000_000,
        )
    if not content.strip():
        raise Unreadable(N_("There is nothing in this table."))
    if content.startswith(_ZIP):
        return xlsx_file.read(io.BytesIO(content))
    if content.startswith(_OLD_EXCEL):
        raise Unreadable(
            N_("This is a workbook of the old kind (XLS), or one with a password. Save it as XLSX.")
        )
    return csv_file.read(content)
