"""Taking out of a picture what its maker did not mean to show: where it was taken, by whom, with what.

Metadata is cut out without touching the picture wherever the format allows it. Only a picture that lies
on its side is written anew, upright, because what says so is cut out as well. The colour profile stays.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from PIL import Image, ImageOps

from library.errors import Invalid
from library.media.pictures import MAX_PIXELS

_ORIENTATION: Final = 0x0112
_TITLE, _AUTHOR, _RIGHTS = 0x010E, 0x013B, 0x8298
_PNG: Final = b"\x89PNG\r\n\x1a\n"
# What a PNG needs to be shown; all else is about it.
_PNG_KEPT: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs acTL fcTL fdAT cICP hIST sPLT".split()
)
_WEBP_DROPPED: Final = frozenset((b"EXIF", b"XMP "))
_LIKE: Final = {
    "JPEG": ("JPEG", {"quality": 95, "subsampling": 0}),
    "MPO": ("JPEG", {"quality": 95}),
}
_LOSSLESS: Final = frozenset(("PNG", "BMP", "TIFF"))


def facts(picture: Image.Image) -> dict[str, str]:
    """``title``, ``author`` and ``licence`` as a picture says them, and ``place`` where it knows one."""
    found: dict[str, str] = {}
    try:
        exif = picture.getexif()
        if exif.get_ifd(0x8825):
            found["place"] = "yes"
    except Exception:
        return found
    for name, tag in (("title", _TITLE), ("author", _AUTHOR), ("licence", _RIGHTS)):
        said = exif.get(tag)
        if isinstance(said, str) and (words := " ".join(said.replace("\0", " ").split())):
            found[name] = words[:500]
    return found


def clean(stream: BinaryIO, kind: str) -> bytes | None:
    """The picture without metadata, upright; ``None`` where there is nothing to take out.

    ``kind`` is Pillow's name of the format. Raises ``Invalid`` for a picture that cannot be decoded.
    """
    stream.seek(0)
    with Image.open(stream, formats=[kind]) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise Invalid("This picture has too many pixels.")
        turned = _orientation(picture) != 1
        moving = bool(getattr(picture, "is_animated", False)) and kind != "MPO"
        has_exif = bool(picture.info.get("exif")) or kind in ("TIFF", "AVIF")
        if turned and not moving:
            return _anew(ImageOps.exif_transpose(picture), kind, picture)
        if kind in ("AVIF", "TIFF") and has_exif and facts(picture) and not moving:
            return _anew(picture, kind, picture)
    stream.seek(0)
    original = stream.read()
    cut = {"JPEG": _cut_jpeg, "MPO": _cut_jpeg, "PNG": _cut_png, "WEBP": _cut_webp}.get(kind)
    if cut is None:
        return None
    try:
        left = cut(original)
    except (struct.error, IndexError, ValueError) as error:
        raise Invalid("This picture is broken: it is cut off or is not what it says.") from error
    return left if len(left) < len(original) else None


def _orientation(picture: Image.Image) -> int:
    if "exif" not in picture.info and picture.format not in ("TIFF", "AVIF"):
        return 1
    try:
        found = picture.getexif().get(_ORIENTATION, 1)
    except Exception:
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def _anew(upright: Image.Image, kind: str, original: Image.Image) -> bytes:
    made = io.BytesIO()
    kept: dict[str, Any] = {}
    if profile := original.info.get("icc_profile"):
        kept["icc_profile"] = profile
    upright.load()
    bare = upright.copy()
    bare.info.clear()
    if kind in _LIKE:
        name, options = _LIKE[kind]
        bare.save(made, name, **options, **kept)
    elif kind == "WEBP":
        bare.save(made, "WEBP", quality=92, **kept)
    elif kind == "AVIF":
        bare.save(made, "AVIF", quality=85, **kept)
    else:
        name = kind if kind in _LOSSLESS else "PNG"
        if name == "TIFF":
            kept["compression"] = "tiff_deflate"
        bare.save(made, name, **kept)
    return made.getvalue()


def _cut_jpeg(content: bytes) -> bytes:
    """Segments that are about the picture: EXIF and XMP (APP1), Photoshop (APP13), comments.

    What stands behind the end of the picture goes too: phones put films and second pictures there.
    """
    if content[:2] != b"\xff\xd8":
        raise ValueError
    kept = [b"\xff\xd8"]
    at = 2
    while True:
        if content[at] != 0xFF:
            raise ValueError
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xDA:
            end = content.rfind(b"\xff\xd9")
            scan = _end_of_scans(content, at)
            kept.append(content[at : scan if scan > 0 else (end + 2 if end > 0 else None)])
            return b"".join(kept)
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        segment = content[at : at + 2 + length]
        if len(segment) != 2 + length or length < 2:
            raise ValueError
        colour = marker == 0xE2 and segment[4:15] == b"ICC_PROFILE"
        about = 0xE1 <= marker <= 0xEF and marker != 0xEE and not colour
        if not about and marker != 0xFE:
            kept.append(segment)
        at += 2 + length


def _end_of_scans(content: bytes, at: int) -> int:
    """Where the picture ends that has its first scan at ``at``; 0 where no end is found."""
    while True:
        at = content.find(b"\xff", at + 1)
        if at < 0 or at + 1 >= len(content):
            return 0
        marker = content[at + 1]
        if marker == 0xD9:
            return at + 2
        if marker == 0xDA or marker in (0xC4, 0xDB, 0xDD, 0xFE) or 0xE0 <= marker <= 0xEF:
            # Between the scans of a progressive picture stand tables, whose bytes mean nothing here.
            (length,) = struct.unpack(">H", content[at + 2 : at + 4])
            at += 1 + length


def _cut_png(content: bytes) -> bytes:
    if content[:8] != _PNG:
        raise ValueError
    kept = [_PNG]
    for name, chunk in _png_chunks(content):
        if name in _PNG_KEPT:
            kept.append(chunk)
        if name == b"IEND":
            break
    return b"".join(kept)


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 8 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        yield content[at + 4 : at + 8], content[at : at + 12 + length]
        at += 12 + length


def _cut_webp(content: bytes) -> bytes:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        raise ValueError
    kept = []
    at = 12
    while at + 8 <= len(content):
        name = content[at : at + 4]
        (length,) = struct.unpack("<I", content[at + 4 : at + 8])
        end = at + 8 + length + length % 2
        chunk = content[at:end]
        if name == b"VP8X" and length >= 10:
            # The flags say that EXIF (0x08) and XMP (0x04) follow; they no longer do.
            chunk = chunk[:8] + bytes([chunk[8] & ~0x0C]) + chunk[9:]
        if name not in _WEBP_DROPPED:
            kept.append(chunk)
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
