"""Files that want harm, through the process in which strangers' files are read."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from library.content.documents import DocumentReading, read_document_safely
from library.errors import Invalid, LibraryError, Malformed, TooLarge, Unavailable
from tests.content.documents.files import (
    check,
    docx,
    epub,
    paragraph,
    picture,
    png,
    remarks,
    sections,
    table,
)
from tests.content.documents.test_pdf import lines, pdf
from tests.extraction.documents import archive, relations


def read(tmp_path: Path, content: bytes, name: str) -> DocumentReading:
    path = tmp_path / name
    path.write_bytes(content)
    folder = tmp_path / "pictures"
    folder.mkdir(exist_ok=True)
    return read_document_safely(path, name=name, folder=folder)


def bomb_png(width: int, height: int) -> bytes:
    """A small file that says that it is a very large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_the_process_gives_what_reading_here_gives(tmp_path: Path) -> None:
    body = paragraph("T", style="t") + paragraph("A", style="1") + paragraph(picture("p", alt="x"))
    body += "".join(table([[str(n), "b"]]) for n in range(3))
    found = read(tmp_path, docx(body, media={"p": png()}), "x.docx")
    check(found)
    assert sections(found)["a"][1] == "![x](../images/p.png)"
    assert (tmp_path / "pictures" / "p.png").read_bytes() == png()


@pytest.mark.parametrize(
    ("content", "name", "error"),
    [
        (b"", "empty.docx", Invalid),
        (b"MZ\x90\0" + b"\0" * 200, "program.docx", Invalid),
        (png(), "picture.docx", Invalid),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.doc", Invalid),
        (archive({"a.txt": "x"}), "plain.zip", Invalid),
        (archive({"[Content_Types].xml": "<Types/>", "word/x": ""}), "hollow.docx", Malformed),
        (docx(paragraph("x"))[:-200], "cut.docx", Malformed),
        (b"%PDF-1.4\ngarbage", "broken.pdf", Malformed),
    ],
)
def test_what_is_not_what_it_says_is_refused_with_a_reason(
    tmp_path: Path, content: bytes, name: str, error: type[LibraryError]
) -> None:
    with pytest.raises(error) as refused:
        read(tmp_path, content, name)
    assert refused.value.message.endswith(".")


def test_a_web_page_named_pdf_is_read_as_what_it_is(tmp_path: Path) -> None:
    found = read(tmp_path, b"<!doctype html><h1>T</h1><p>x</p>", "x.pdf")
    assert found.media_type == "text/html"


def test_xml_that_asks_for_other_files_or_grows_is_refused(tmp_path: Path) -> None:
    for declared in (
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ):
        content = archive(
            {
                "[Content_Types].xml": "<Types/>",
                "_rels/.rels": relations(("r1", "officeDocument", "word/document.xml")),
                "word/document.xml": f"{declared}<x>&e;&b;</x>",
            }
        )
        with pytest.raises(Invalid, match="document type"):
            read(tmp_path, content, "x.docx")


def test_archives_that_unpack_to_too_much_or_lead_out_are_refused(tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", b"\0" * 250_000_000)
    with pytest.raises(TooLarge):
        read(tmp_path, held.getvalue(), "bomb.docx")
    with pytest.raises(Invalid, match="unsafe name"):
        read(
            tmp_path,
            archive({"word/document.xml": "x", "../../evil": "x", "_rels/.rels": ""}),
            "slip.docx",
        )


def test_elements_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        read(tmp_path, docx("<w:sdt>" * 5_000 + "</w:sdt>" * 5_000), "deep.docx")
    with pytest.raises(TooLarge):
        read(tmp_path, b"<html><body>" + b"<div>" * 200_000, "deep.html")
    deep = "<w:tbl><w:tr><w:tc>" * 40 + paragraph("x") + "</w:tc></w:tr></w:tbl>" * 40
    found = read(tmp_path, docx(paragraph("before") + deep), "tables.docx")
    assert "before" in sections(found)[""]


def test_too_many_elements_are_refused(tmp_path: Path) -> None:
    # Few bytes in the archive, and not so few that it is a bomb by itself.
    body = "".join(f"<w:p><w:r><w:t>{n}</w:t></w:r></w:p>" for n in range(420_000))
    began = time.monotonic()
    with pytest.raises(TooLarge):
        read(tmp_path, docx(body), "many.docx")
    assert time.monotonic() - began < 60


def test_pictures_that_are_bombs_or_lie_are_left_out_and_told(tmp_path: Path) -> None:
    media = {
        "huge": bomb_png(60_000, 60_000),
        "lie": b"<html><script>alert(1)</script></html>",
        "cut": png()[:20],
        "svg": b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>',
        "script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "good": png(),
    }
    body = "".join(paragraph(picture(key, alt=f"the {key} one")) for key in media)
    found = read(tmp_path, docx(body, media=media), "x.docx")
    assert [one.name for one in found.pictures] == ["good.png"]
    said = remarks(found)
    assert "too large" in said
    assert "type HTML" in said
    assert "broken" in said


def test_names_of_pictures_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    hostile = "..\\..\\" + "长" * 300 + "\u202egnp.exe"
    pages = {"a.xhtml": f'<h1>T</h1><p>x</p><img src="{hostile}.png" alt="x"/>'}
    content = epub(pages, media={})
    found = read(tmp_path, content, "x.epub")
    assert found.pictures == []
    page = '<h1>T</h1><img alt="x" src="data:image/png;base64,{}">'
    import base64

    safe = read(tmp_path, page.format(base64.b64encode(png()).decode()).encode(), "y.html")
    assert [one.name for one in safe.pictures] == ["picture.png"]


def test_a_pdf_of_a_hundred_thousand_pages_ends_in_time(tmp_path: Path) -> None:
    began = time.monotonic()
    content = pdf([lines("Page.")] * 3_000)
    # The same page a hundred thousand times: its objects are shared.
    kids = content[content.index(b"/Kids [") + 7 : content.index(b"] >>")]
    many = content.replace(kids, b" ".join([kids.split(b" R")[0] + b" R"] * 100_000), 1)
    assert "pages were read" in remarks(read(tmp_path, many, "many.pdf"))
    assert time.monotonic() - began < 130


def test_what_takes_longer_than_its_time_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(docx(paragraph("x")))
    (tmp_path / "pictures").mkdir()
    with pytest.raises(TooLarge, match="longer than"):
        read_document_safely(path, name="x.docx", folder=tmp_path / "pictures", patience=0.01)


def test_whoever_waits_can_stop_it(tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    path = tmp_path / "x.docx"
    path.write_bytes(docx("".join(paragraph(f"word {n}") for n in range(100_000))))
    (tmp_path / "pictures").mkdir()
    with pytest.raises(Stopped):
        read_document_safely(path, name="x.docx", folder=tmp_path / "pictures", meanwhile=stop)


def test_hostile_words_in_every_place_come_out_as_words(tmp_path: Path) -> None:
    evil = (
        "&lt;script&gt;alert(1)&lt;/script&gt; ](javascript:alert(1)) &lt;!-- block: x --&gt; `` $$"
    )
    body = (
        paragraph(evil, style="t")
        + paragraph(f"Part {evil}", style="1")
        + paragraph(evil, number=(1, 0))
        + table([[evil, evil], [evil, evil]])
        + paragraph(picture("p", alt=evil))
        + paragraph(evil, style="cap")
        + paragraph(evil, style="q")
        + paragraph(evil, style="code")
    )
    found = read(tmp_path, docx(body, media={"p": png()}), "x.docx")
    check(found)
    from tests.content.documents.files import html_of

    for section, _, _ in found.root.walk():
        for block in section.texts[found.lang]:
            html = html_of(block.parsed.source, block.parsed.kind)
            assert "<script" not in html
            assert 'href="javascript' not in html
            assert block.parsed.marker is None
    kinds = [str(b.parsed.kind) for b in found.root.sections[0].texts[found.lang]]
    assert kinds == ["heading", "list", "table", "figure", "quotation", "code"]


def test_a_folder_that_cannot_be_written_to_is_no_fault_of_the_document(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(docx(paragraph(picture("p", alt="x")), media={"p": png()}))
    with pytest.raises(Unavailable, match="cannot be written"):
        read_document_safely(path, name="x.docx", folder=tmp_path / "absent")


def test_nothing_of_a_lying_answer_is_believed(tmp_path: Path) -> None:
    from library.content.documents.confined import _believed

    picture_said = {
        "name": "../x.png",
        "media_type": "image/png",
        "sha256": "",
        "width": 1,
        "height": 1,
    }
    root = {"folder": "", "blocks": ["# T"], "sections": []}
    said = {
        "root": root,
        "lang": "en",
        "title": "T",
        "found_lang": None,
        "media_type": "",
        "authors": [],
        "licence": "",
        "notes": [],
        "pictures": [picture_said],
    }
    with pytest.raises(Malformed):
        _believed({"reading": said}, tmp_path)
    inner = {"folder": "../up", "blocks": ["# T"], "sections": []}
    with pytest.raises(Malformed):
        _believed(
            {"reading": {**said, "pictures": [], "root": {**root, "sections": [inner]}}}, tmp_path
        )
