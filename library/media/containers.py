"""Binary formats by their first bytes: pictures, sound, film, archives and office documents."""

from __future__ import annotations

import re
from typing import Final

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"fLaC", "audio/flac"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
)

_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}

_OLE: Final = frozenset(
    {"application/msword", "application/vnd.ms-powerpoint", "application/vnd.ms-excel"}
)

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OFFICE_PARTS: Final = (
    (b"word/", f"{_OFFICE}wordprocessingml.document"),
    (b"ppt/", f"{_OFFICE}presentationml.presentation"),
    (b"xl/", f"{_OFFICE}spreadsheetml.sheet"),
)
_MIMETYPE_ENTRIES: Final = frozenset(
    {
        "application/epub+zip",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)

_ENTRY: Final = b"PK\x03\x04"
_ID3: Final = re.compile(rb"ID3[\x02-\x04][\x00-\x0f]")
_DWG: Final = re.compile(rb"AC10\d\d\x00")


def recognise(head: bytes, claims: str | None) -> str | None:
    """The media type of a binary file by its head, or ``None``.

    ``claims`` is what its extension promises; it decides only between types that share a container.
    """
    for magic, kind in _SIGNATURES:
        if head.startswith(magic):
            return kind
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _iso_media(head, claims)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _ebml(head, claims)
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:4096] else "audio/ogg"
    if head.startswith((_ENTRY, b"PK\x05\x06")):
        return _zip(head, claims)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return claims if claims in _OLE else "application/x-ole-storage"
    if head.startswith(b"BM") and head[14:18] in (
        b"\x0c\0\0\0",
        b"\x28\0\0\0",
        b"\x6c\0\0\0",
        b"\x7c\0\0\0",
    ):
        return "image/bmp"
    if _DWG.match(head):
        return "image/vnd.dwg"
    return "audio/mpeg" if _ID3.match(head) else _mpeg_audio(head)


def _iso_media(head: bytes, claims: str | None) -> str:
    """MP4 and its kin by their brands; only the name knows whether an MP4 is sound alone."""
    end = min(int.from_bytes(head[:4]), 256)
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, max(end, 16), 4)}
    if brands & {b"avif", b"avis"}:
        return "image/avif"
    if brands & {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1"}:
        return "image/heic"
    if head[8:12] == b"qt  ":
        return "video/quicktime"
    if head[8:11] == b"3gp":
        return "video/3gpp"
    if head[8:12] in (b"M4A ", b"M4B ") or claims == "audio/mp4":
        return "audio/mp4"
    return "video/mp4"


def _ebml(head: bytes, claims: str | None) -> str:
    if b"\x42\x82" in head[:64] and b"webm" in head[:64]:
        return "audio/webm" if claims == "audio/webm" else "video/webm"
    return "video/x-matroska"


def _zip(head: bytes, claims: str | None) -> str:
    """EPUB and OpenDocument say what they are in their first entry, Office by the names inside."""
    name, content = _first_entry(head)
    if name == b"mimetype":
        declared = content.decode("ascii", "replace").strip()
        if declared in _MIMETYPE_ENTRIES:
            return declared
    names = _entry_names(head)
    if b"[Content_Types].xml" in names or any(entry.startswith(b"_rels/") for entry in names):
        for folder, kind in _OFFICE_PARTS:
            if any(entry.startswith(folder) for entry in names):
                return kind
        # A large first part can push the telling names beyond the head.
        if claims is not None and claims.startswith(_OFFICE):
            return claims
    return "application/zip"


def _first_entry(head: bytes) -> tuple[bytes, bytes]:
    """Name and stored content of the first entry; no content where it is compressed."""
    name_length = int.from_bytes(head[26:28], "little")
    extra_length = int.from_bytes(head[28:30], "little")
    stored = head[8:10] == b"\0\0"
    size = int.from_bytes(head[18:22], "little")
    start = 30 + name_length + extra_length
    return head[30 : 30 + name_length], head[start : start + size] if stored else b""


def _entry_names(head: bytes) -> set[bytes]:
    names = set()
    at = head.find(_ENTRY)
    while at >= 0:
        length = int.from_bytes(head[at + 26 : at + 28], "little")
        names.add(head[at + 30 : at + 30 + length])
        at = head.find(_ENTRY, at + 4)
    return names


def _mpeg_audio(head: bytes) -> str | None:
    """MP3 without a tag, or AAC: a frame header whose every field has a legal value."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac" if (head[2] >> 2 & 0xF) < 13 else None
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    legal = version != 1 and layer == 1 and bitrate not in (0, 15) and rate != 3
    return "audio/mpeg" if legal else None
