"""What files are, by their content: honest ones are taken, liars and bombs refused, in little time."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageOps

from library.media import film, types
from library.uploads.inspection import Found, inspect
from library.uploads.reasons import Reason, Refused, sentence
from tests.judges.absence import missing
from tests.uploads.films import small_film

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def look(tmp_path: Path, content: bytes, name: str) -> Found:
    path, out = tmp_path / "file", tmp_path / "out"
    out.mkdir(exist_ok=True)
    path.write_bytes(content)
    return inspect(path, name=name, out=out)


def refused(tmp_path: Path, content: bytes, name: str) -> Refused:
    begun = time.monotonic()
    with pytest.raises(Refused) as caught:
        look(tmp_path, content, name)
    assert time.monotonic() - begun < 60
    assert sentence(caught.value.reason, caught.value.facts)
    return caught.value


def picture(kind: str = "JPEG", size: tuple[int, int] = (80, 60), **options: object) -> bytes:
    made = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(made, kind, **options)  # type: ignore[arg-type]
    return made.getvalue()


def exif(*, place: bool = True, orientation: int = 1) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = orientation
    made[0x010E] = "A lathe"
    made[0x013B] = "Asha"
    made[0x8298] = "CC BY 4.0"
    if place:
        made.get_ifd(0x8825)[1] = "S"
        made.get_ifd(0x8825)[2] = (8.0, 54.0, 0.0)
    return made


def pdf(pages: int = 1) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 300)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def pdf_of_one_page_many_times(pages: int) -> bytes:
    kids = b" ".join(b"3 0 R" for _ in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj %s endobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer << /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start


def packed(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def word_document(prolog: bytes = b"") -> bytes:
    utf16 = prolog.startswith(b"\xff\xfe")
    rest = "<document/>"
    return packed(
        **{
            "[Content_Types].xml": b'<?xml version="1.0"?><Types/>',
            "word/document.xml": prolog + rest.encode("utf-16-le" if utf16 else "utf-8"),
            "word/notes.xml": b"not XML at all",
        }
    )


def huge_png(side: int) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000, 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"<!doctype html><script>alert(1)</script>", "paper.pdf", Reason.LIES),
        (b"<html><body>", "photo.jpg", Reason.LIES),
        (picture("PNG"), "film.mp4", Reason.LIES),
        (b"%PDF-1.7 not really", "paper.pdf", Reason.BROKEN),
        (b"plain words", "photo.png", Reason.LIES),
        (b"MZ\x90\0" + b"\0" * 500, "handout.pdf", Reason.PROGRAM),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 500, "tool", Reason.PROGRAM),
        (b"echo off", "start.bat", Reason.PROGRAM),
        (picture()[:-400], "photo.jpg", Reason.BROKEN),
        (huge_png(60_000), "photo.png", Reason.PIXELS),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "photo.heic", Reason.HEIC),
        (packed(a=b"\0" * 300_000_000), "a.zip", Reason.BOMB),
        (packed(**{"../../etc/cron.d/x": b"x"}), "a.zip", Reason.BOMB),
        (b"PK\x03\x04 and nothing more", "a.zip", Reason.BROKEN),
        (
            word_document(b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
            "a.docx",
            Reason.DOCUMENT_TYPE,
        ),
        (word_document("\ufeff<!DOCTYPE w>".encode("utf-16-le")), "a.docx", Reason.DOCUMENT_TYPE),
        (b"WEBVTT\n\n00:05.000 -> 00:07.000\nHello", "talk.vtt", Reason.SUBTITLES),
        (b"1\n00:00:05,000 --> 00:00:07,000\n\xff\xfe\xfa", "talk.srt", Reason.SUBTITLES),
        (SVG.format("<script>alert(1)</script>").encode(), "a.svg", Reason.SCRIPT),
        (SVG.format('<rect onload="alert(1)"/>').encode(), "a.svg", Reason.SCRIPT),
        (SVG.format('<image href="https://evil.example/x.png"/>').encode(), "a.svg", Reason.SCRIPT),
        (SVG.format("<style>@import 'x.css'</style>").encode(), "a.svg", Reason.SCRIPT),
        (SVG.format('<rect fill="url(https://evil.example)"/>').encode(), "a.svg", Reason.SCRIPT),
        (SVG.format('<a xlink:href="javascript:alert(1)"/>').encode(), "a.svg", Reason.SCRIPT),
        (SVG.format('<set to="javascript:alert(1)"/>').encode(), "a.svg", Reason.SCRIPT),
        (SVG.format("<foreignObject/>").encode(), "a.svg", Reason.SCRIPT),
        (b'<?xml-stylesheet href="x"?>' + SVG.format("").encode(), "a.svg", Reason.SCRIPT),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;").encode(), "a.svg", Reason.BROKEN),
        (SVG.format("<rect>").encode(), "a.svg", Reason.BROKEN),
    ],
)
def test_what_is_not_taken_is_refused_with_its_reason(
    tmp_path: Path, content: bytes, name: str, reason: Reason
) -> None:
    assert refused(tmp_path, content, name).reason == reason


def test_a_document_of_a_hundred_thousand_pages_is_refused_quickly(tmp_path: Path) -> None:
    said = refused(tmp_path, pdf_of_one_page_many_times(100_000), "endless.pdf")
    assert (said.reason, said.facts["pages"]) == (Reason.PAGES, 100_000)


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (picture(), "photo.jpg", "image/jpeg"),
        (pdf(3), "paper.pdf", "application/pdf"),
        (packed(a=b"words"), "a.zip", "application/zip"),
        (word_document(), "a.docx", types.claimed("a.docx")),
        ("电工基础".encode(), "笔记.txt", "text/plain"),
        (b"# Title\n\n<div>words</div>", "a.md", "text/markdown"),
        (b"WEBVTT\n\n00:05.000 --> 00:07.000\nHello", "talk.vtt", "text/vtt"),
        (b"int main() { return 0; }", "blink.ino", "text/plain"),
        (bytes(range(256)) * 10, "part.sldprt", "application/octet-stream"),
        (SVG.format('<path d="M0 0"/><use href="#a"/>').encode(), "a.svg", "image/svg+xml"),
        (SVG.format("<style>.a{fill:url(#b)}</style>").encode(), "a.svg", "image/svg+xml"),
    ],
)
def test_honest_files_are_taken(tmp_path: Path, content: bytes, name: str, media_type: str) -> None:
    assert look(tmp_path, content, name).media_type == media_type


def test_a_picture_under_another_pictures_ending_gets_its_own(tmp_path: Path) -> None:
    assert look(tmp_path, picture("PNG"), "photo.jpg").name == "photo.png"


def test_facts_and_proposals_come_from_the_file(tmp_path: Path) -> None:
    assert look(tmp_path, pdf(7), "paper.pdf").pages == 7
    found = look(tmp_path, picture(exif=exif()), "photo.jpg")
    assert (found.width, found.height) == (80, 60)
    assert (found.title, found.author, found.licence) == ("A lathe", "Asha", "CC BY 4.0")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_where_a_picture_was_taken_is_cut_out_and_the_picture_stays(
    tmp_path: Path, kind: str
) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    content = picture(kind, exif=exif(), **options)
    found = look(tmp_path, content, f"photo.{kind.lower()}")
    assert found.cleaned is not None
    with Image.open(found.cleaned) as left, Image.open(io.BytesIO(content)) as before:
        assert not left.getexif().get_ifd(0x8825)
        assert not left.getexif().get(0x013B)
        assert left.tobytes() == before.tobytes()
    again = look(tmp_path, found.cleaned.read_bytes(), f"photo.{kind.lower()}")
    assert again.cleaned is None


def test_a_picture_that_lies_on_its_side_stands_up(tmp_path: Path) -> None:
    content = picture(exif=exif(orientation=6), size=(120, 60))
    found = look(tmp_path, content, "photo.jpg")
    assert (found.width, found.height) == (60, 120)
    assert found.cleaned is not None
    with Image.open(found.cleaned) as left, Image.open(io.BytesIO(content)) as before:
        assert left.size == (60, 120)
        assert left.getexif().get(0x0112, 1) == 1
        upright = ImageOps.exif_transpose(before).convert("L")
        difference = [
            abs(a - b) for a, b in zip(left.convert("L").tobytes(), upright.tobytes(), strict=True)
        ]
        assert sum(difference) / len(difference) < 6


def test_films_are_measured_and_their_place_is_taken_out(tmp_path: Path) -> None:
    if not film.is_there():
        missing("ffmpeg is missing: apt-get install ffmpeg")
    content = small_film(tmp_path, location="+08.9000+033.4500/", title="Turning")
    found = look(tmp_path, content, "film.mp4")
    assert (found.media_type, found.width, found.height) == ("video/mp4", 320, 240)
    assert found.seconds == pytest.approx(2, abs=0.3)
    assert found.title == "Turning"
    assert found.cleaned is not None
    assert b"+08.9000" not in found.cleaned.read_bytes()
    assert refused(tmp_path, content[:2000], "film.mp4").reason == Reason.BROKEN


def test_a_playlist_that_claims_to_be_a_film_opens_nothing(tmp_path: Path) -> None:
    content = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    assert refused(tmp_path, content, "film.mp4").reason == Reason.LIES
