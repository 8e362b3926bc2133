"""The pictures of a document on their way out of it: looked at, named, written into a folder."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from library.content.documents import notes
from library.content.documents.notes import Notes
from library.errors import Invalid, LibraryError, Unavailable
from library.media.types import HEAD_BYTES, extension, short_label, sniff

FOLDER: Final = "images"
"""Where a document's pictures stand in the work."""

LARGEST: Final = 50_000_000
MOST_BYTES: Final = 300_000_000
MOST_PICTURES: Final = 2_000

_SHOWN: Final = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/svg+xml",
    }
)
_TURNED: Final = {"image/tiff": ("TIFF",), "image/bmp": ("BMP",)}
_CROPPED: Final = {"image/png": ("PNG",), "image/jpeg": ("JPEG", "MPO"), **_TURNED}
_METAFILES: Final = (
    (b"\x01\x00\x00\x00", b" EMF", 40, "EMF"),
    (b"\xd7\xcd\xc6\x9a", b"", 0, "WMF"),
)
_ACTIVE: Final = re.compile(rb"<!ENTITY|<!DOCTYPE[^>]*\[", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[^\w-]+")
_LONGEST_NAME: Final = 60

Crop = tuple[float, float, float, float]
"""What is cut off at the left, top, right and bottom, as parts of the whole."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture of a document. ``path`` is where it stands in the work, ``name`` the file's own name;
    its bytes lie in the folder of the reading under ``name``. Sizes in bytes and pixels."""

    path: str
    name: str
    media_type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None


class PictureFolder:
    """Takes pictures and writes those that browsers show. Equal ones are written once.

    What is not taken is noted, with the place where the reader stands. Raises ``Unavailable`` where the
    folder cannot be written to.
    """

    def __init__(self, folder: Path, remarks: Notes) -> None:
        self._folder = folder
        self._remarks = remarks
        self._left = MOST_BYTES
        self._known: dict[tuple[str, Crop | None], str | None] = {}
        self._names: set[str] = set()
        self.files: list[PictureFile] = []

    def add(self, content: bytes, *, name: str, crop: Crop | None = None) -> str | None:
        """The path in the work of a picture, or None for one that is not taken over."""
        digest = hashlib.sha256(content).hexdigest()
        key = (digest, crop)
        if key not in self._known:
            self._known[key] = self._taken(content, name, crop)
        return self._known[key]

    def _taken(self, content: bytes, name: str, crop: Crop | None) -> str | None:
        if len(self.files) >= MOST_PICTURES:
            self._remarks.add(notes.PICTURES_CUT, place="", number=MOST_PICTURES)
            return None
        if len(content) > LARGEST:
            self._remarks.add(notes.PICTURE_LARGE)
            return None
        kind = sniff(content[:HEAD_BYTES], name).media_type
        if kind not in _SHOWN and kind not in _TURNED:
            self._remarks.add(notes.PICTURE_KIND, type=_label(content, kind))
            return None
        # Here and not above: who only takes a reading over never opens a picture.
        from library.media.pictures import MAX_PIXELS, measure
        from library.uploads.drawings import require_harmless

        try:
            if kind == "image/svg+xml":
                if _ACTIVE.search(content[:HEAD_BYTES]):
                    raise Invalid("This drawing declares XML entities.")
                require_harmless(io.BytesIO(content))
            size = measure(io.BytesIO(content))
            if kind in _TURNED or (crop is not None and kind in _CROPPED):
                content, kind = _drawn_again(content, kind, crop)
                size = measure(io.BytesIO(content))
        except LibraryError as error:
            large = str(MAX_PIXELS // 1_000_000) in error.message
            self._remarks.add(notes.PICTURE_LARGE if large else notes.PICTURE_BROKEN)
            return None
        if len(content) > self._left:
            self._remarks.add(notes.PICTURE_LARGE)
            return None
        self._left -= len(content)
        file_name = self._named(name, extension(kind))
        try:
            (self._folder / file_name).write_bytes(content)
        except OSError as error:
            raise Unavailable(f"A picture cannot be written: {error.strerror}.") from error
        width, height = size or (None, None)
        digest = hashlib.sha256(content).hexdigest()
        path = f"{FOLDER}/{file_name}"
        self.files.append(PictureFile(path, file_name, kind, len(content), digest, width, height))
        return path

    def _named(self, name: str, ending: str) -> str:
        """A name that is safe in every file system and address, and that nothing else has."""
        stem = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
        stem = stem.rpartition(".")[0] or stem
        kept = "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else "-" for c in stem)
        stem = _UNSAFE.sub("-", re.sub("-+", "-", kept)).strip("-_")[:_LONGEST_NAME].lower()
        while len(stem.encode()) > 120:
            stem = stem[:-1]
        stem = stem or "picture"
        made, again = stem, 1
        while made in self._names:
            again += 1
            made = f"{stem}-{again}"
        self._names.add(made)
        return made + ending


def _label(content: bytes, kind: str) -> str:
    for head, mark, at, name in _METAFILES:
        if content.startswith(head) and (not mark or content[at : at + len(mark)] == mark):
            return name
    if content[:4] in (b"\x01\x00\x09\x00", b"\x02\x00\x09\x00"):
        return "WMF"
    return short_label(kind)


def _drawn_again(content: bytes, kind: str, crop: Crop | None) -> tuple[bytes, str]:
    """A picture as PNG or JPEG, cut as its document shows it: what is cut off is not given away."""
    from PIL import Image, ImageOps

    from library.media.pictures import MAX_PIXELS

    try:
        with Image.open(io.BytesIO(content), formats=_CROPPED[kind]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise Invalid(f"At most {MAX_PIXELS // 1_000_000} million pixels are taken.")
            opened.load()
            upright = ImageOps.exif_transpose(opened)
            if crop is not None:
                width, height = upright.size
                box = (
                    round(width * crop[0]),
                    round(height * crop[1]),
                    round(width * (1 - crop[2])),
                    round(height * (1 - crop[3])),
                )
                if box[2] - box[0] < 1 or box[3] - box[1] < 1:
                    raise Invalid("Nothing is left of this picture.")
                upright = upright.crop(box)
            held = io.BytesIO()
            if kind == "image/jpeg":
                upright.convert("RGB").save(held, "JPEG", quality=90)
                return held.getvalue(), kind
            mode = "RGBA" if upright.has_transparency_data else "RGB"
            if upright.mode not in ("1", "L", "P"):
                upright = upright.convert(mode)
            upright.info.clear()
            upright.save(held, "PNG", optimize=False)
            return held.getvalue(), "image/png"
    except LibraryError:
        raise
    except Exception as error:
        # Decoders meet hostile bytes with every kind of exception there is.
        raise Invalid("This picture is broken.") from error
