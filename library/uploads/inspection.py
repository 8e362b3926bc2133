"""What a file is, by its content: taken as it is, taken with its name put right, or refused with a reason.

Whatever decodes a file runs in a process of its own with little memory (`library.media.studio`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from library.errors import Invalid, LibraryError, Malformed, TooLarge
from library.media import drawings as drawn
from library.media import film, studio, subtitles, types
from library.media.pictures import MAX_PIXELS
from library.media.studio import MOST_PAGES
from library.sentences import Sentence, kept
from library.untrusted.archive import Archive, Limits
from library.untrusted.xml import Start, events
from library.uploads import drawings
from library.uploads.reasons import Reason, Refused

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_ODF: Final = "application/vnd.oasis.opendocument."
_DECODED: Final = frozenset(
    f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "avif", "bmp", "tiff")
)
# Office documents hold pictures, archives whatever somebody packed; both in all and in each entry.
_DOCUMENT: Final = Limits(entries=20_000, entry=1_000_000_000, total=2_000_000_000, ratio=400)
_PACKED: Final = Limits(entries=100_000, entry=20_000_000_000, total=40_000_000_000, ratio=200)
_LARGEST_TEXT: Final = 20_000_000
_PROGRAMS: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
)
_PROGRAM_ENDINGS: Final = frozenset(
    (
        *("exe", "dll", "com", "scr", "bat", "cmd", "msi", "ps1", "vbs", "js", "jse", "wsf", "hta"),
        *("jar", "apk", "lnk", "app", "dmg", "pkg", "deb", "rpm"),
    )
)
# Kinds that people mix up without harm: the name is put right.
_FAMILIES: Final = ("image/", "video/", "audio/")
_TEXTS: Final = frozenset(
    (
        *("text/plain", "text/markdown", "text/csv", "text/tab-separated-values", "text/vtt"),
        *("application/x-subrip", "application/json", "application/xml", "model/step"),
    )
)
_OLE: Final = frozenset(
    (
        *("application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-excel"),
        "application/x-ole-storage",
    )
)


@dataclass(slots=True)
class Found:
    """What a file is. ``cleaned`` is a file that takes its place, with what it said about somebody cut out.

    ``title``, ``author`` and ``licence`` are what the file says of itself: proposals, no more.
    """

    media_type: str
    name: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    pages: int | None = None
    cleaned: Path | None = None
    title: str = ""
    author: str = ""
    licence: str = ""


def kind(head: bytes, name: str) -> tuple[str, str]:
    """The media type, and the name with the ending that it should have. Raises ``Refused``."""
    if head.startswith(_PROGRAMS) or _ending(name) in _PROGRAM_ENDINGS:
        raise Refused(Reason.PROGRAM)
    sniffed = types.sniff(head, name)
    found, claims = sniffed.media_type, sniffed.claims
    if found == "image/heic":
        raise Refused(Reason.HEIC)
    if sniffed.honest or claims is None:
        return found, name
    if found in _TEXTS and claims in _TEXTS:
        # Which text it is, a name often knows better; but what claims to be JSON or subtitles must be.
        if claims in ("application/json", "text/vtt", "application/x-subrip", "model/step"):
            raise _lie(claims, found)
        return found, name
    if any(found.startswith(family) and claims.startswith(family) for family in _FAMILIES):
        if "image/svg+xml" in (found, claims):
            raise _lie(claims, found)
        return found, _renamed(name, found)
    if found in _OLE and claims in _OLE:
        return found, name
    raise _lie(claims, found)


def inspect(path: Path, *, name: str, out: Path) -> Found:
    """Look at a whole file. What is made on the way lies in ``out``. Raises ``Refused``.

    In bounded time and memory, whatever the file holds.
    """
    with path.open("rb") as file:
        media_type, name = kind(file.read(types.HEAD_BYTES), name)
    found = Found(media_type, name)
    if media_type == "image/svg+xml":
        _drawing(path, found)
    elif media_type in _DECODED:
        _picture(path, found, out)
    elif media_type == "application/pdf":
        _document(path, found, out)
    elif media_type.startswith((_OFFICE, _ODF)) or media_type == "application/epub+zip":
        _package(path, _DOCUMENT, office=media_type.startswith(_OFFICE))
    elif media_type == "application/zip":
        _package(path, _PACKED)
    elif media_type in film.FILMS | film.SOUNDS:
        _film(path, found, out)
    elif media_type in ("text/vtt", "application/x-subrip"):
        _subtitles(path, found)
    return found


def _lie(claims: str, found: str) -> Refused:
    return Refused(Reason.LIES, claimed=types.short_label(claims), found=types.short_label(found))


def _drawing(path: Path, found: Found) -> None:
    with path.open("rb") as file:
        drawings.require_harmless(file)
        file.seek(0)
        try:
            size = drawn.measure(file.read(drawn.ROOT_WITHIN))
        except Invalid as error:
            raise Refused(Reason.BROKEN) from error
    if size is not None:
        found.width, found.height = size


def _picture(path: Path, found: Found, out: Path) -> None:
    try:
        said = studio.ask("picture", path, out)
    except TooLarge as error:
        raise Refused(Reason.PIXELS, limit=MAX_PIXELS // 1_000_000) from error
    except Invalid as error:
        reason = Reason.PIXELS if "pixels" in error.message else Reason.BROKEN
        raise Refused(reason, limit=MAX_PIXELS // 1_000_000) from error
    found.width, found.height = said.get("width"), said.get("height")
    _take_proposals(found, said)
    if "cleaned" in said:
        found.cleaned = out / "cleaned"


def _document(path: Path, found: Found, out: Path) -> None:
    try:
        said = studio.ask("document", path, out, previews=0)
    except TooLarge as error:
        pages = error.details.get("pages", "?")
        raise Refused(Reason.PAGES, pages=pages, limit=MOST_PAGES) from error
    except Invalid as error:
        raise Refused(Reason.LOCKED if error.details.get("locked") else Reason.BROKEN) from error
    found.pages = said.get("pages")
    _take_proposals(found, said)


def _package(path: Path, limits: Limits, *, office: bool = False) -> None:
    try:
        with path.open("rb") as file, Archive(file, limits=limits) as archive:
            if not archive.names:
                raise Refused(Reason.BROKEN)
            if office:
                _require_no_document_type(archive)
    except Refused:
        raise
    except TooLarge as error:
        raise Refused(Reason.BOMB) from error
    except LibraryError as error:
        encrypted = "encrypt" in error.message or "password" in error.message
        slips = isinstance(error, Invalid) and not encrypted
        reason = Reason.LOCKED if encrypted else Reason.BOMB if slips else Reason.BROKEN
        raise Refused(reason) from error


def _require_no_document_type(archive: Archive) -> None:
    """No part of an office document declares a document type (ECMA-376, part 2, section 8.2.5): what has
    one is made to have a program load or swell something."""
    for name in archive.names:
        if not name.lower().endswith((".xml", ".rels")):
            continue
        with archive.open(name) as part:
            try:
                # Declarations come before the first element.
                for event in events(part):
                    if isinstance(event, Start):
                        break
            except Malformed:
                continue  # its program will say so
            except Invalid as error:
                raise Refused(Reason.DOCUMENT_TYPE, what=name[:200]) from error


def _film(path: Path, found: Found, out: Path) -> None:
    try:
        facts = film.probe(path, found.media_type)
    except Invalid as error:
        reason = Reason.PIXELS if error.details.get("pixels") else Reason.BROKEN
        raise Refused(reason, limit=35) from error
    if facts is None:
        return
    found.width, found.height, found.seconds = facts.width, facts.height, facts.seconds
    found.title, found.author, found.licence = facts.title, facts.author, facts.licence
    if facts.located:
        target = out / "cleaned"
        film.without_place(path, found.media_type, target)
        found.cleaned = target


def _subtitles(path: Path, found: Found) -> None:
    """Subtitles that a browser would not show are refused; SubRip becomes WebVTT when it is published."""
    if path.stat().st_size > _LARGEST_TEXT:
        raise _faulty(1, Sentence("They are longer than any film."))
    text = _text(path)
    if found.media_type == "text/vtt":
        faults = subtitles.validate_vtt(text)
        if faults:
            raise _faulty(faults[0].line, faults[0].message)
        return
    try:
        subtitles.srt_to_vtt(text)
    except LibraryError as error:
        raise _faulty(1, error.sentence) from error


def _faulty(line: int, why: Sentence) -> Refused:
    return Refused(Reason.SUBTITLES, line=line, what=str(why), said=kept(why))


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _faulty(line, Sentence("The text is not UTF-8.")) from None


def _take_proposals(found: Found, said: dict[str, object]) -> None:
    for name in ("title", "author", "licence"):
        setattr(found, name, _words(said.get(name)))


def _words(said: object) -> str:
    if not isinstance(said, str):
        return ""
    words = " ".join("".join(c if c.isprintable() else " " for c in said).split())[:500]
    # What programs write there by themselves says nothing.
    return (
        ""
        if re.fullmatch(r"(?i)(untitled.*|microsoft word - .*|powerpoint.*|document\d*)", words)
        else words
    )


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def _renamed(name: str, media_type: str) -> str:
    return name.rpartition(".")[0] + types.extension(media_type)
