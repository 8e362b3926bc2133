"""Electronic books."""

from __future__ import annotations

import pytest

from library.errors import Invalid, Malformed
from tests.content.documents.files import Reader, epub, png, sections
from tests.extraction.documents import archive

NAV = (
    '<li><a href="one.xhtml">Chapter One</a><ol><li><a href="one.xhtml#s2">Second part</a></li></ol></li>'
    '<li><a href="two.xhtml">Chapter Two</a></li>'
)
PAGES = {
    "cover.xhtml": "<p>By A. Mushi</p>",
    "one.xhtml": '<a id="top"/><h3>Chapter One</h3><p>See <a href="two.xhtml#x">the other</a>'
    '<a epub:type="noteref" href="notes.xhtml#n1">1</a>.</p><h4 id="s2">Second part</h4><p>Text.</p>'
    '<p><img src="img/a.png" alt="a"/></p>',
    "two.xhtml": '<p>No heading here.</p><p id="x">Target.</p>',
    "notes.xhtml": '<aside epub:type="footnote" id="n1"><p>The note.</p></aside>',
}


def test_the_contents_of_the_book_are_its_sections(reader: Reader) -> None:
    facts = (
        "<dc:title>Fixing Motors</dc:title><dc:creator>A. Mushi</dc:creator><dc:language>en-GB</dc:language>"
        "<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>"
    )
    found = reader.read(epub(PAGES, nav=NAV, media={"img/a.png": png()}, facts=facts), "book.epub")
    assert (found.title, found.authors, found.licence) == (
        "Fixing Motors",
        ["A. Mushi"],
        "CC-BY-4.0",
    )
    assert found.lang == "en-GB"
    assert sections(found) == {
        "": ["# Fixing Motors", "By A. Mushi"],
        "chapter-one": [
            "# Chapter One",
            "See [the other](../02-chapter-two/)[^1].",
            "## Second part",
            "Text.",
            "![a](../images/a.png)",
            "[^1]: The note.",
        ],
        "chapter-two": ["# Chapter Two", "No heading here.", "Target."],
    }


def test_a_book_of_the_second_version(reader: Reader) -> None:
    ncx = "".join(
        f'<navPoint><navLabel><text>{title}</text></navLabel><content src="{name}"/></navPoint>'
        for title, name in (("Chapter One", "one.xhtml"), ("Chapter Two", "two.xhtml"))
    )
    pages = {name: PAGES[name] for name in ("one.xhtml", "two.xhtml")}
    found = reader.read(epub(pages, ncx=ncx, media={"img/a.png": png()}), "book.epub")
    assert list(sections(found)) == ["", "chapter-one", "chapter-two"]


def test_books_that_cannot_be_read_are_refused(reader: Reader) -> None:
    with pytest.raises(Malformed, match="where its contents are"):
        reader.read(archive({"mimetype": "application/epub+zip"}, stored=["mimetype"]), "a.epub")
    with pytest.raises(Invalid, match="encrypted"):
        reader.read(
            archive(
                {
                    "mimetype": "application/epub+zip",
                    "META-INF/encryption.xml": '<e xmlns="urn:x"><EncryptionMethod Algorithm="urn:aes"/></e>',
                },
                stored=["mimetype"],
            ),
            "b.epub",
        )
