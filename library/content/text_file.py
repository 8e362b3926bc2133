"""Reading one text file of a content folder: safely, once, and with a line for all that is wrong."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from library.content.faults import Faults
from library.sentences import Sentence

MARKDOWN_LIMIT = 2_000_000
META_LIMIT = 1_000_000

# What XML cannot carry at all: let in here, it would break a feed or a record somewhere else.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def read_text(path: Path, *, shown: str, faults: Faults, limit: int) -> str | None:
    """The text of a file with ``\\n`` line ends and without a byte order mark; None after a fault.

    Faults: cannot be read, larger than ``limit`` bytes, not UTF-8, control characters.
    """
    try:
        with open(path, "rb", opener=_at_once) as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                faults.add(shown, 0, Sentence("This is not a file that can be read."))
                return None
            raw = stream.read(limit + 1)
    except OSError as failure:
        faults.add(shown, 0, unreadable(failure))
        return None
    if len(raw) > limit:
        faults.add(
            shown,
            0,
            Sentence("The file is larger than %(number)s MB.", number=limit // 1_000_000),
            hint=Sentence("Cut it into sections."),
        )
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        # The decoder counts from behind a byte order mark that it has taken away.
        start = failure.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
        line = raw.count(b"\n", 0, start) + 1
        hint = Sentence("Save it as UTF-8.")
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            hint = Sentence("It looks like UTF-16: save it as UTF-8.")
        faults.add(
            shown,
            line,
            Sentence(
                "The text is not UTF-8 (byte %(number)s is %(byte)s).",
                number=start + 1,
                byte=f"0x{raw[start]:02x}",
            ),
            hint=hint,
        )
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    bad = _UNPRINTABLE.search(text)
    if bad is not None:
        line = text.count("\n", 0, bad.start()) + 1
        faults.add(
            shown,
            line,
            Sentence(
                "The text has an unprintable control character (%(character)s).",
                character=f"U+{ord(bad[0]):04X}",
            ),
            hint=Sentence("Take it out."),
        )
        return None
    return text


def unreadable(failure: OSError) -> Sentence:
    """That the system does not let a file be read, with its reason."""
    return Sentence("The file cannot be read: %(why)s.", why=str(failure.strerror))


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever is to write into a pipe."""
    return os.open(path, flags | os.O_NONBLOCK)


def unprintable(text: str) -> str | None:
    """Name the first character that no XML can carry (``U+0001``), or None."""
    bad = _UNPRINTABLE.search(text)
    return f"U+{ord(bad[0]):04X}" if bad is not None else None
