"""An operator imports files of all kinds, and what is inside of them is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.extraction.documents import docx, epub, pdf, pptx
from tests.judges.site import Site

pytestmark = pytest.mark.slow

FILM = "WEBVTT\n\n00:58.000 --> 01:02.000\nListen.\n\n01:03.000 --> 01:06.000\nIt chatters.\n"


def resource(folder: Path) -> Path:
    work = folder / "resource" / "relays"
    work.mkdir(parents=True)
    (work / "meta.toml").write_text('source_language = "en"\nlicence = "CC-BY-4.0"\n')
    (work / "en.md").write_text(
        "# Relays\n\nAll about relays.\n\n[Sheet](sheet.pdf), [slides](deck.pptx), "
        "[paper](paper.docx), [book](book.epub), [page](page.html).\n\n![A film](film.mp4)\n\n"
        "[Locked](locked.pdf)\n"
    )
    (work / "sheet.pdf").write_bytes(pdf(["One", "Two", "Tighten the gland"]))
    (work / "deck.pptx").write_bytes(pptx(["One", "A bimetal strip"]))
    (work / "paper.docx").write_bytes(docx(["مقاومة الملف"]))
    (work / "book.epub").write_bytes(epub(["<p>One</p>", "<p>绝缘电阻</p>"]))
    (work / "page.html").write_text("<!doctype html><meta charset=utf-8><p>ความต้านทานของฉนวน")
    (work / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(64))
    (work / "film.en.vtt").write_text(FILM)
    (work / "locked.pdf").write_bytes(pdf(["x"], encrypted=True))
    return folder


def test_what_is_inside_of_files_is_found_once_they_are_imported(
    site: Site, tmp_path: Path
) -> None:
    said = site.run("import", resource(tmp_path / "content"))
    assert "The text of 7 files was read." in said
    for asked, lang, name, place in (
        ("gland", "en", "sheet.pdf", "page=3"),
        ("bimetal", "en", "deck.pptx", "slide=2"),
        ("مقاومة", "ar", "paper.docx", ""),
        ("绝缘电阻", "zh-Hans", "book.epub", "chapter=2"),
        ("ฉนวน", "th", "page.html", ""),
        ("chatters", "en", "film.mp4", "t=63"),
        ("locked.pdf", "en", "locked.pdf", ""),
    ):
        found = json.loads(site.run("search", asked, "--lang", lang, "--json"))
        file = found["hits"][0]["file"]
        assert file is not None, asked
        assert (file["name"], file["place"]) == (name, place)
    assert "sheet.pdf, page 3: http" in site.run("search", "gland")


def test_a_file_that_cannot_be_read_is_named_by_the_check(site: Site, tmp_path: Path) -> None:
    site.run("import", resource(tmp_path / "content"))
    told = site.run("check", fails=True)
    assert "resource/relays: the text of locked.pdf cannot be found by searching." in told
    assert "password" in told
