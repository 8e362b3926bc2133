"""Types by content: real heads of real formats, and names that lie."""

from __future__ import annotations

import io
import struct
import wave
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from library.media.types import (
    HEAD_BYTES,
    INLINE_TYPES,
    UNKNOWN,
    extension,
    short_label,
    sniff,
)

OFFICE = "application/vnd.openxmlformats-officedocument."


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(out, kind)
    return out.getvalue()


def archive(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as package:
        for name, content in entries:
            stored = zipfile.ZIP_STORED if name == "mimetype" else compression
            # Of no time: the names of tests must not depend on it.
            package.writestr(zipfile.ZipInfo(name), content, stored)
    return out.getvalue()


def office(folder: str) -> bytes:
    return archive(("[Content_Types].xml", b"<Types/>"), ("_rels/.rels", b"x"), (folder, b"x"))


def sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8000)
        recording.writeframes(bytes(100))
    return out.getvalue()


def iso(brand: bytes, *compatible: bytes) -> bytes:
    size = 16 + 4 * len(compatible)
    return struct.pack(">I", size) + b"ftyp" + brand + bytes(4) + b"".join(compatible) + bytes(64)


XML = b'<?xml version="1.0"?>'
XHTML = XML + b'<html xmlns="http://www.w3.org/1999/xhtml"/>'
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04"
MKV = b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\x82\x88matroska\x42\x87\x81\x04"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
SRT = b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n"


@pytest.mark.parametrize(
    ("head", "name", "media_type"),
    [
        (picture("PNG"), "a.png", "image/png"),
        (picture("JPEG"), "a.JPG", "image/jpeg"),
        (picture("GIF"), "a.gif", "image/gif"),
        (picture("WEBP"), "a.webp", "image/webp"),
        (picture("AVIF"), "a.avif", "image/avif"),
        (picture("BMP"), "a.bmp", "image/bmp"),
        (picture("TIFF"), "a.tif", "image/tiff"),
        (iso(b"heic", b"mif1"), "a.heic", "image/heic"),
        (SVG, "a.svg", "image/svg+xml"),
        (XML + b'\n<!-- x --><!DOCTYPE svg PUBLIC "-//W3C">' + SVG, "a.svg", "image/svg+xml"),
        (b"<!-- only a comment -->\n" + SVG, "a.svg", "image/svg+xml"),
        (b'<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', "a.svg", "image/svg+xml"),
        (("\ufeff" + (XML + SVG).decode()).encode("utf-16-le"), "a.svg", "image/svg+xml"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a.pdf", "application/pdf"),
        (b"\x00\x01junk before\n%PDF-1.4\n", "a.pdf", "application/pdf"),
        (iso(b"isom", b"iso2", b"mp41"), "a.mp4", "video/mp4"),
        (iso(b"M4A ", b"isom"), "a.m4a", "audio/mp4"),
        (iso(b"isom"), "a.m4a", "audio/mp4"),
        (iso(b"qt  "), "a.mov", "video/quicktime"),
        (iso(b"3gp5"), "a.3gp", "video/3gpp"),
        (WEBM, "a.webm", "video/webm"),
        (WEBM, "a.weba", "audio/webm"),
        (MKV, "a.mkv", "video/x-matroska"),
        (b"OggS\0\x02" + bytes(22) + b"\x01vorbis", "a.ogg", "audio/ogg"),
        (b"OggS\0\x02" + bytes(22) + b"\x80theora", "a.ogv", "video/ogg"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "a.mp3", "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + bytes(60), "a.mp3", "audio/mpeg"),
        (b"\xff\xf1\x50\x80\x02\x1f\xfc", "a.aac", "audio/aac"),
        (sound(), "a.wav", "audio/wav"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nHi\n", "a.vtt", "text/vtt"),
        (b"\xef\xbb\xbfWEBVTT - title", "a.vtt", "text/vtt"),
        (SRT, "a.srt", "application/x-subrip"),
        (archive(("a.txt", b"x")), "a.zip", "application/zip"),
        (archive(), "a.zip", "application/zip"),
        (office("word/document.xml"), "a.docx", f"{OFFICE}wordprocessingml.document"),
        (office("ppt/presentation.xml"), "a.pptx", f"{OFFICE}presentationml.presentation"),
        (office("xl/workbook.xml"), "a.xlsx", f"{OFFICE}spreadsheetml.sheet"),
        (office("word/document.xml"), "a", f"{OFFICE}wordprocessingml.document"),
        (archive(("mimetype", b"application/epub+zip"), ("x", b"")), "a.epub", "application/epub+zip"),
        (
            archive(("mimetype", b"application/vnd.oasis.opendocument.text")),
            "a.odt",
            "application/vnd.oasis.opendocument.text",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "application/msword"),
        (b"AC1027\0\0", "plan.dwg", "image/vnd.dwg"),
        (b"ISO-10303-21;\nHEADER;", "part.stp", "model/step"),
        (b"<!DOCTYPE html><title>x</title>", "a.html", "text/html"),
        (b"\n <HTML lang=en>", "a.htm", "text/html"),
        (b"<h1>Fragment</h1>", "a.html", "text/html"),
        (XML + b"<catalogue/>", "a.xml", "application/xml"),
        (b"<catalogue><a/></catalogue>", "a.xml", "application/xml"),
        (XHTML, "a.xhtml", "application/xhtml+xml"),
        (b'{"a": [1, 2]}', "a.json", "application/json"),
        (b'["' + b"a" * HEAD_BYTES, "a.json", "application/json"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        ("名称,数量\n".encode("gb18030"), "a.csv", "text/csv"),
        (b"# Title\n\n[link](x)", "a.md", "text/markdown"),
        (b'<div align="center">\n\n# Title', "README.md", "text/markdown"),
        (b"[link](x)", "a.md", "text/markdown"),
        ("电工".encode(), "a.txt", "text/plain"),
        ("电" * 30000, "long.txt", "text/plain"),
        ("\ufeffhello".encode("utf-16-le"), "a.txt", "text/plain"),
        (b"", "a.txt", "text/plain"),
    ],
)  # fmt: skip
def test_honest_files(head: bytes | str, name: str, media_type: str) -> None:
    content = head.encode() if isinstance(head, str) else head
    found = sniff(content[:HEAD_BYTES], name)
    assert found.media_type == media_type
    assert found.honest
    assert found.label == short_label(media_type)


@pytest.mark.parametrize(
    ("head", "name", "media_type", "claims"),
    [
        (b"<html><script>alert(1)</script>", "a.pdf", "text/html", "application/pdf"),
        (b"<!doctype html>", "a.md", "text/html", "text/markdown"),
        (b"<script>alert(1)</script>", "a.txt", "text/html", "text/plain"),
        (b"<!-- x --><html>", "a.csv", "text/html", "text/csv"),
        (SVG, "a.png", "image/svg+xml", "image/png"),
        (SVG, "a.txt", "image/svg+xml", "text/plain"),
        (picture("PNG"), "a.jpg", "image/png", "image/jpeg"),
        (picture("PNG"), "a.svg", "image/png", "image/svg+xml"),
        (b"MZ\x90\x00\x03\x00", "a.pdf", UNKNOWN, "application/pdf"),
        (b"not a picture", "a.png", "text/plain", "image/png"),
        (b"{broken", "a.json", "text/plain", "application/json"),
        (archive(("a", b"x")), "a.docx", "application/zip", f"{OFFICE}wordprocessingml.document"),
        (archive(("a", b"x")), "a.epub", "application/zip", "application/epub+zip"),
        (b"", "a.png", UNKNOWN, "image/png"),
        (b"plain", "a.vtt", "text/plain", "text/vtt"),
    ],
)
def test_lying_names_are_reported(head: bytes, name: str, media_type: str, claims: str) -> None:
    found = sniff(head, name)
    assert (found.media_type, found.claims) == (media_type, claims)
    assert not found.honest


@pytest.mark.parametrize("name", ["noextension", "archive.imscc", ".png", ""])
def test_a_name_that_promises_nothing_cannot_lie(name: str) -> None:
    assert sniff(archive(("a", b"x")), name).honest


@given(
    st.binary(max_size=400), st.sampled_from(["a.pdf", "a.html", "a.mp4", "a.png", "a", "a.docx"])
)
def test_any_bytes_get_some_type(head: bytes, name: str) -> None:
    found = sniff(head, name)
    assert "/" in found.media_type
    assert found.label


def test_a_hostile_prologue_is_read_in_linear_time() -> None:
    for head in (
        b"<?a?>" * 13_000,
        b"<!--" * 16_000,
        b"<!doctype [" * 5_000,
        b"<!doctype x [" + b"] " * 32_000,
    ):
        assert sniff(head[:HEAD_BYTES], "a.svg").media_type != "image/svg+xml"


@pytest.mark.parametrize("active", ["text/html", "image/svg+xml", "application/xml", UNKNOWN,
    "application/xhtml+xml", "text/plain"])  # fmt: skip
def test_what_may_run_script_is_not_for_our_origin(active: str) -> None:
    assert active not in INLINE_TYPES


@pytest.mark.parametrize(
    ("media_type", "label"),
    [
        ("application/pdf", "PDF"),
        ("video/mp4", "MP4"),
        ("image/svg+xml", "SVG"),
        ("text/html; charset=utf-8", "HTML"),
        (f"{OFFICE}wordprocessingml.document", "DOCX"),
        ("application/x-tar", "TAR"),
        ("model/gltf+json", "GLTF"),
        ("application/vnd.some-thing.very-long", "FILE"),
        (UNKNOWN, "FILE"),
        ("", "FILE"),
    ],
)
def test_labels(media_type: str, label: str) -> None:
    assert short_label(media_type) == label


def test_extensions() -> None:
    assert extension("image/jpeg") == ".jpg"
    assert extension("application/x-ole-storage") == ""
    assert extension("x/y") == ""
