"""A ZIP of content from a stranger, unpacked into a folder that import can read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Final

from library.content.folder import KINDS, META, is_ignored
from library.errors import Invalid, TooLarge, Unavailable
from library.sentences import Sentence
from library.untrusted.archive import Archive, Limits, unsafe_name

#: What an archive may hold; sizes in bytes.
LIMITS: Final = Limits(entries=50_000, entry=1_000_000_000, total=2_000_000_000, ratio=400)
_LONGEST_NAME: Final = 240
_DEEPEST: Final = 20
_PIECE: Final = 1 << 20


def unpack(file: BinaryIO, folder: Path) -> Path:
    """Write what is inside below ``folder``; returns the place where the content begins.

    Names may be of any script. Raises ``Malformed``, ``Invalid`` and ``TooLarge`` for an archive that is
    none, that tries something, or that holds more than is taken; ``Unavailable`` for a full disk.
    """
    with Archive(file, limits=LIMITS) as archive:
        names = [name for name in archive.names if not _left_out(name)]
        if not names:
            raise Invalid(Sentence("There is nothing in this archive."))
        _check(names)
        begin = _begin(names)
        try:
            for name in names:
                if not name.startswith(begin):
                    raise Invalid(
                        Sentence(
                            "The archive holds “%(name)s” beside its content; take it out.",
                            name=name[:100],
                        )
                    )
                place = folder / name[len(begin) :]
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as packed, place.open("xb") as written:
                    while piece := packed.read(_PIECE):
                        written.write(piece)
        except FileExistsError as error:
            raise Invalid(
                Sentence("Two files in the archive have names that are one on this machine.")
            ) from error
        except OSError as error:
            raise Unavailable(
                Sentence("The archive cannot be unpacked: %(why)s.", why=str(error.strerror))
            ) from error
    return folder


def _left_out(name: str) -> bool:
    return any(is_ignored(part) for part in name.split("/"))


def _check(names: list[str]) -> None:
    for name in names:
        parts = name.split("/")
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
            raise Invalid(unsafe_name(name))
        if len(parts) > _DEEPEST:
            raise TooLarge(
                Sentence(
                    "Folders in the archive are nested more than %(most)s deep.", most=_DEEPEST
                )
            )
        try:
            long = any(len(os.fsencode(part)) > _LONGEST_NAME for part in parts)
        except UnicodeError as error:
            raise Invalid(Sentence("The archive holds a file whose name is no text.")) from error
        if long:
            raise Invalid(
                Sentence("A name in the archive is too long: %(name)s.", name=repr(name[:100]))
            )


def _begin(names: list[str]) -> str:
    """What stands before the folders of kinds: an archive of ``content/`` may begin with that folder.

    The folder of one kind, or of one work below the folder of its kind, is taken as well.
    """
    tops = {name.partition("/")[0] for name in names}
    if tops & set(KINDS):
        return ""
    if len(tops) == 1 and all("/" in name for name in names):
        (top,) = tops
        inside = {name.split("/")[1] for name in names}
        if inside & set(KINDS) and META not in inside:
            return f"{top}/"
    raise Invalid(Sentence("The archive should hold folders named %(kinds)s.", kinds=KINDS))
