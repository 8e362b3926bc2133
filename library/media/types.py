"""What a media file is, told by its content, and what may be shown inside our pages.

A name proves nothing. The bytes decide; the extension only chooses among what the bytes allow (all
plain texts look alike, and so do an MP4 with a picture and one without).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from library.media import containers

HEAD_BYTES: Final = 64 * 1024
"""How many bytes from the beginning of a file :func:`sniff` wants, or the whole file if shorter."""

UNKNOWN: Final = "application/octet-stream"

# media type: label for people, extensions (the first is the usual one)
_KNOWN: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "image/png": ("PNG", ("png", "apng")),
    "image/jpeg": ("JPEG", ("jpg", "jpeg", "jpe", "jfif")),
    "image/gif": ("GIF", ("gif",)),
    "image/webp": ("WebP", ("webp",)),
    "image/avif": ("AVIF", ("avif",)),
    "image/heic": ("HEIC", ("heic", "heif")),
    "image/tiff": ("TIFF", ("tif", "tiff")),
    "image/bmp": ("BMP", ("bmp",)),
    "image/svg+xml": ("SVG", ("svg",)),
    "image/vnd.dwg": ("DWG", ("dwg",)),
    "application/pdf": ("PDF", ("pdf",)),
    "video/mp4": ("MP4", ("mp4", "m4v")),
    "video/webm": ("WebM", ("webm",)),
    "video/ogg": ("OGG", ("ogv",)),
    "video/quicktime": ("MOV", ("mov",)),
    "video/3gpp": ("3GP", ("3gp",)),
    "video/x-matroska": ("MKV", ("mkv",)),
    "video/x-msvideo": ("AVI", ("avi",)),
    "audio/mpeg": ("MP3", ("mp3",)),
    "audio/mp4": ("M4A", ("m4a", "m4b")),
    "audio/ogg": ("OGG", ("ogg", "oga", "opus")),
    "audio/webm": ("WebM", ("weba",)),
    "audio/wav": ("WAV", ("wav",)),
    "audio/aac": ("AAC", ("aac",)),
    "audio/flac": ("FLAC", ("flac",)),
    "text/vtt": ("VTT", ("vtt",)),
    "application/x-subrip": ("SRT", ("srt",)),
    "text/html": ("HTML", ("html", "htm")),
    "application/xhtml+xml": ("XHTML", ("xhtml", "xht")),
    "application/xml": ("XML", ("xml", "xsd", "xsl", "xlf", "tbx", "rdf")),
    "application/json": ("JSON", ("json", "jsonld", "geojson")),
    "text/csv": ("CSV", ("csv",)),
    "text/tab-separated-values": ("TSV", ("tsv",)),
    "text/markdown": ("Markdown", ("md", "markdown")),
    "text/plain": (
        "TXT",
        ("txt", "text", "log", "ini", "ino", "c", "h", "cpp", "py", "nc", "gcode"),
    ),
    "model/step": ("STEP", ("step", "stp")),
    "application/zip": ("ZIP", ("zip",)),
    "application/epub+zip": ("EPUB", ("epub",)),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("DOCX", ("docx",)),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (
        "PPTX",
        ("pptx",),
    ),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("XLSX", ("xlsx",)),
    "application/vnd.oasis.opendocument.text": ("ODT", ("odt",)),
    "application/vnd.oasis.opendocument.presentation": ("ODP", ("odp",)),
    "application/vnd.oasis.opendocument.spreadsheet": ("ODS", ("ods",)),
    "application/msword": ("DOC", ("doc",)),
    "application/vnd.ms-powerpoint": ("PPT", ("ppt",)),
    "application/vnd.ms-excel": ("XLS", ("xls",)),
    "application/x-ole-storage": ("OLE", ()),
    "application/rtf": ("RTF", ("rtf",)),
    "application/gzip": ("GZ", ("gz", "tgz")),
    "application/x-7z-compressed": ("7Z", ("7z",)),
    "application/vnd.rar": ("RAR", ("rar",)),
}

_BY_EXTENSION: Final = {ext: kind for kind, (_, exts) in _KNOWN.items() for ext in exts}

INLINE_TYPES: Final = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "image/bmp",
        "video/mp4",
        "video/webm",
        "video/ogg",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/webm",
        "audio/wav",
        "audio/aac",
        "audio/flac",
        "text/vtt",
        "application/pdf",
    }
)
"""What may be opened in the browser from our origin, with ``nosniff`` and ``default-src 'none'``.

Raster pictures, sound, film and subtitles cannot run script. PDF is shown by the browser's own viewer
in a process apart from the page (a CSP ``sandbox`` would make Chromium show nothing, so it must be left
out for PDF). SVG, HTML and XML run script when opened, and are attachments: an ``<img>`` still shows an
SVG, because it ignores the disposition and never runs script.
"""

_TEXTS: Final = frozenset(
    {
        "text/plain",
        "text/markdown",
        "text/csv",
        "text/tab-separated-values",
        "text/vtt",
        "application/x-subrip",
        "application/json",
    }
)
# Texts that begin with a tag are often still what they say: Markdown may start with <div>.
_TAG_FRIENDLY: Final = frozenset({"text/plain", "text/markdown", "text/csv"})

_HTML_PAGE: Final = re.compile(r"<(!doctype\s+html|html|head|body|script|iframe|meta)\b", re.I)
_HTML_TAG: Final = re.compile(
    r"<(a|b|br|center|div|font|form|h[1-6]|i|img|link|object|ol|p|pre|span|style|table|title|ul|video)"
    r"(\s[^>]*)?/?>",
    re.I,
)
_PROLOGUE: Final = re.compile(
    r"\s*(<\?xml\b[^>]*\?>|<\?[^>]*\?>|<!--.*?-->|<!doctype\b[^\[>]*(\[.*?\]\s*)?>)", re.I | re.S
)
_ROOT: Final = re.compile(r"\s*<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_SRT: Final = re.compile(
    r"\s*\d+[ \t]*\r?\n\d{1,2}:\d\d:\d\d[,.]\d{1,3}[ \t]*-->[ \t]*\d{1,2}:\d\d:\d\d"
)
_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1b")


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the bytes are (``media_type``, ``label``) and what the extension ``claims`` they are.

    ``claims`` is ``None`` for a name with no extension or one that we do not know.
    """

    media_type: str
    label: str
    claims: str | None

    @property
    def honest(self) -> bool:
        """Whether the extension promises what the bytes are, or nothing."""
        return self.claims is None or self.claims == self.media_type


def sniff(head: bytes, name: str) -> Sniffed:
    """The type of a file by its first ``HEAD_BYTES`` bytes and, among equals, by its name."""
    claims = claimed(name)
    found = _found(head, claims)
    # Every picture, page or document written in XML is XML too.
    if claims == "application/xml" and found in ("image/svg+xml", "application/xhtml+xml"):
        claims = found
    return Sniffed(found, short_label(found), claims)


def claimed(name: str) -> str | None:
    """The media type that a file name's extension promises, or ``None``."""
    stem, dot, extension = name.rpartition(".")
    return _BY_EXTENSION.get(extension.lower()) if dot and stem else None


def short_label(media_type: str) -> str:
    """A word for people beside the size: ``PDF``, ``MP4``, ``SVG``. The same in every language."""
    bare = media_type.partition(";")[0].strip().lower()
    if bare in _KNOWN:
        return _KNOWN[bare][0]
    subtype = bare.partition("/")[2].rpartition("+")[0] or bare.partition("/")[2]
    word = subtype.rpartition(".")[2].removeprefix("x-")
    return word.upper() if word.isalnum() and len(word) <= 6 else "FILE"


def extension(media_type: str) -> str:
    """The usual extension with its dot, or an empty string."""
    extensions = _KNOWN.get(media_type, ("", ()))[1]
    return f".{extensions[0]}" if extensions else ""


def _found(head: bytes, claims: str | None) -> str:
    binary = containers.recognise(head, claims)
    if binary is not None:
        return binary
    text = _as_text(head, claims)
    if text is not None:
        return _text_type(text, claims, whole=len(head) < HEAD_BYTES)
    # Old tools write a line or two before the header, and readers accept it.
    return "application/pdf" if b"%PDF-" in head[:1024] else UNKNOWN


def _as_text(head: bytes, claims: str | None) -> str | None:
    """The head as text without byte order mark, or ``None`` where it is none."""
    if not head:
        return "" if claims in _TEXTS else None
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            return head[2:].decode(encoding, "replace")
    if not _CONTROLS.isdisjoint(head):
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and len(head) - error.start < 4:
            return head[: error.start].decode("utf-8-sig")
    # Old encodings (GBK, Windows-1256) cannot be told from noise, so here the name must say text.
    return head.decode("latin-1") if claims is None or claims in _TEXTS else None


def _text_type(text: str, claims: str | None, *, whole: bool) -> str:
    start = text.lstrip()
    if text.startswith("WEBVTT") and (len(text) == 6 or text[6] in " \t\r\n"):
        return "text/vtt"
    markup = _markup_type(start, claims)
    if markup is not None:
        return markup
    for kind, test in _TEXT_TESTS:
        if test(text):
            return kind
    if start[:1] in ("{", "[") and _is_json(
        start, whole=whole, claimed=claims == "application/json"
    ):
        return "application/json"
    if start.startswith("%PDF-"):
        return "application/pdf"
    return claims if claims in _TAG_FRIENDLY | {"text/tab-separated-values"} else "text/plain"


def _markup_type(start: str, claims: str | None) -> str | None:
    if not start.startswith("<"):
        return None
    declared = start[:5].lower() == "<?xml"
    at = 0
    while prologue := _PROLOGUE.match(start, at):
        at = prologue.end()
        if not declared and _HTML_PAGE.match(prologue.group(1)):
            return "text/html"
    root = _ROOT.match(start, at)
    name = root.group(1) if root else ""
    if name == "svg":
        return "image/svg+xml"
    if declared:
        return "application/xhtml+xml" if name == "html" else "application/xml"
    body = start[at:].lstrip()
    if _HTML_PAGE.match(body):
        return "text/html"
    if claims in _TAG_FRIENDLY:
        return claims
    if _HTML_TAG.match(body) or claims == "text/html":
        return "text/html"
    return "application/xml" if root else None


def _is_json(text: str, *, whole: bool, claimed: bool) -> bool:
    if not whole:
        return claimed
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


_TEXT_TESTS: Final[tuple[tuple[str, Callable[[str], object]], ...]] = (
    ("application/x-subrip", _SRT.match),
    ("model/step", lambda text: text.startswith("ISO-10303-21;")),
    ("application/rtf", lambda text: text.startswith("{\\rtf")),
)
