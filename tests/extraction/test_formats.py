from __future__ import annotations

import io

import pytest

from library.errors import Invalid, LibraryError, Malformed, TooLarge
from library.extraction.extract import Cut, Extract, bounded, clean, pieces
from library.extraction.formats import READABLE, extract, readable
from library.media.types import sniff
from tests.extraction import documents as made
from tests.extraction.documents import SENTENCES, archive, docx, epub, opendocument, pptx, xlsx


def read(content: bytes, media_type: str, *, lang: str | None = None) -> list[Extract]:
    return list(bounded(extract(io.BytesIO(content), media_type=media_type, lang=lang)))


def words(content: bytes, media_type: str, *, lang: str | None = None) -> str:
    return "\n".join(one.text for one in read(content, media_type, lang=lang))


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.docx", lambda text: docx([text])),
        ("a.pptx", lambda text: pptx([text])),
        ("a.xlsx", lambda text: xlsx([[text, 5]])),
        ("a.odt", lambda text: opendocument(f"<text:p>{text}</text:p>")),
        ("a.epub", lambda text: epub([f"<p>{text}</p>"])),
        ("a.html", lambda text: f"<html><meta charset=utf-8><p>{text}</p></html>".encode()),
        ("a.txt", lambda text: text.encode()),
        ("a.md", lambda text: f"# {text}\n".encode()),
        ("a.csv", lambda text: f"{text},5\n".encode()),
        ("a.vtt", lambda text: f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n".encode()),
        ("a.srt", lambda text: f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n".encode()),
    ],
)
def test_every_format_gives_its_words_in_every_script(name: str, make: object, text: str) -> None:
    content: bytes = make(text)  # type: ignore[operator]
    media_type = sniff(content, name).media_type
    assert readable(media_type)
    assert text in words(content, media_type)


def test_a_type_that_is_not_read_is_refused() -> None:
    assert "video/mp4" not in READABLE
    with pytest.raises(Invalid):
        read(b"", "video/mp4")


def test_word_documents_give_tables_text_boxes_notes_and_headers_once() -> None:
    box = (
        "<w:p><w:r><w:t>Before the box, </w:t><mc:AlternateContent><mc:Choice><wps:txbx>"
        "<w:txbxContent><w:p><w:r><w:t>boxed words</w:t></w:r></w:p></w:txbxContent></wps:txbx>"
        "</mc:Choice><mc:Fallback><w:p><w:r><w:t>boxed words</w:t></w:r></w:p></mc:Fallback>"
        "</mc:AlternateContent><w:t>after the box.</w:t></w:r></w:p>"
    )
    table = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    split = (
        "<w:p><w:r><w:t>Contac</w:t></w:r><w:r><w:t>tors</w:t><w:tab/><w:t>switch</w:t></w:r></w:p>"
    )
    deleted = "<w:p><w:del><w:r><w:delText>struck out</w:delText></w:r></w:del></w:p>"
    text = words(
        docx(
            box + table + split + deleted,
            parts={"header": "The school", "footnotes": "A note below", "footer": "The school"},
        ),
        made.DOCX,
    )
    assert text.count("boxed words") == 1
    assert "Before the box, after the box." in text
    assert "cell" in text
    assert "Contactors switch" in text
    assert "A note below" in text
    assert text.count("The school") == 1
    assert "struck out" not in text


def test_slides_come_in_the_order_of_the_presentation_with_their_notes() -> None:
    found = read(pptx(["First", "Second", "Third"], notes={1: "Say it slowly"}), made.PPTX)
    assert [(one.place, one.text) for one in found] == [
        ("slide=1", "First"),
        ("slide=2", "Second\nSay it slowly"),
        ("slide=3", "Third"),
    ]


def test_slides_of_an_opendocument_presentation_have_numbers() -> None:
    inner = "".join(f"<draw:page><text:p>Slide {word}</text:p></draw:page>" for word in "ab")
    found = read(opendocument(inner, kind="presentation"), made.ODP)
    assert [(one.place, one.text) for one in found] == [
        ("slide=1", "Slide a"),
        ("slide=2", "Slide b"),
    ]


def test_a_book_is_read_in_the_order_of_its_spine_by_chapters() -> None:
    found = read(
        epub(["<p>Motors&nbsp;run</p>", "<p>Brakes hold</p><p hidden>unseen</p>"]), made.EPUB
    )
    assert [(one.place, one.text) for one in found] == [
        ("chapter=1", "x\nMotors run"),
        ("chapter=2", "x\nBrakes hold"),
    ]


def test_a_book_with_rights_management_is_refused_and_one_with_scrambled_fonts_is_read() -> None:
    def locked(algorithm: str) -> bytes:
        return epub(
            ["<p>Motors</p>"],
            more={
                "META-INF/encryption.xml": '<encryption xmlns="urn:x"><EncryptedData>'
                f'<EncryptionMethod Algorithm="{algorithm}"/></EncryptedData></encryption>'
            },
        )

    with pytest.raises(Invalid, match="encrypted"):
        read(locked("http://www.w3.org/2001/04/xmlenc#aes128-cbc"), made.EPUB)
    assert "Motors" in words(locked("http://www.idpf.org/2008/embedding"), made.EPUB)


def test_of_a_page_only_what_is_seen_is_read() -> None:
    page = (
        "<html><head><title>Fuses</title><style>p{}</style><script>var hidden</script></head>"
        '<body><p>Fuse <b>link</b>s melt<br>fast</p><div style="display: none">secret <p>too</div>'
        '<img src="a.png" alt="a blown fuse"><table><tr><td>10 A<td>red</table></body>'
    )
    text = words(page.encode(), "text/html")
    assert text == "Fuses\nFuse links melt\nfast\na blown fuse\n10 A red"


@pytest.mark.parametrize(
    ("encoding", "lang", "text"),
    [
        ("gb18030", "zh-Hans", SENTENCES["zh-Hans"]),
        ("cp1256", "ar", "مقاومة العزل"),
        ("cp874", "th", "ความต้านทาน"),
        ("cp1251", "ru", "сопротивление изоляции"),
        ("utf-16", None, SENTENCES["ar"]),
    ],
)
def test_old_encodings_are_read_by_the_language_of_the_file(
    encoding: str, lang: str | None, text: str
) -> None:
    assert words(text.encode(encoding), "text/plain", lang=lang) == text


def test_a_page_that_says_its_encoding_is_believed() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>绝缘电阻</p>'
    assert words(page.encode("gbk"), "text/html") == "绝缘电阻"


def test_every_line_of_subtitles_has_its_second() -> None:
    film = "WEBVTT\n\n00:01.500 --> 00:02.000\nFirst\n\n00:01:03.000 --> 00:01:05.000\n- Second\n- both\n"
    assert [(one.place, one.text) for one in read(film.encode(), "text/vtt")] == [
        ("t=1.5", "First"),
        ("t=63", "- Second - both"),
    ]


def test_parts_of_a_plain_text_know_their_line() -> None:
    text = "\n".join(f"Line {n} of a long text about motors." for n in range(1, 201))
    found = read(text.encode(), "text/plain")
    assert len(found) > 3
    for one in found:
        assert one.text.startswith(f"Line {one.place.removeprefix('line=')} ")


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        (made.DOCX, b"PK\x03\x04 cut"),
        (made.DOCX, archive({"word/document.xml": "<x/>"})),
        (made.DOCX, docx(["words"])[:300]),
        (made.PPTX, b""),
        (made.EPUB, archive({"a": "b"})),
        (made.ODT, archive({"a": "b"})),
        (made.PDF, b"%PDF-1.7\nnothing"),
        (made.PDF, made.pdf(["one"])[:60]),
        ("text/vtt", b"no subtitles at all"),
    ],
)
def test_broken_files_are_refused_with_a_sentence(media_type: str, content: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        read(content, media_type)
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    ],
)
def test_documents_that_declare_entities_are_refused(attack: str) -> None:
    files = {
        "_rels/.rels": made.relations(("r1", "officeDocument", "word/document.xml")),
        "word/document.xml": attack + made.word_part("document", made.word_paragraph("&b;")),
    }
    with pytest.raises(LibraryError):
        read(archive(files), made.DOCX)


def test_a_document_that_unpacks_to_too_much_is_refused() -> None:
    files: dict[str, str | bytes] = {
        "_rels/.rels": made.relations(("r1", "officeDocument", "word/document.xml")),
        "word/document.xml": b"<a>" + b" " * 30_000_000 + b"</a>",
    }
    with pytest.raises(TooLarge):
        read(archive(files), made.DOCX)


def test_text_is_kept_without_what_no_page_may_hold() -> None:
    dirty = "ﬁle\x00 \u00adof\r\n\r\n  ﺍﻟﻌﺰﻝ \ud800 ⽤\x07 m² e\u0301"
    assert clean(dirty) == "file of\nالعزل 用 m² é"


def test_long_texts_are_cut_between_sentences() -> None:
    text = "Motors turn. " * 400
    parts = list(pieces(text.strip(), longest=1000))
    assert all(len(part) <= 1000 and part.endswith("turn.") for part in parts)
    assert " ".join(parts) == text.strip()


def test_what_is_beyond_the_limit_is_not_read_and_said() -> None:
    found: list[Extract] = []
    with pytest.raises(Cut, match="first 30 characters"):
        found.extend(bounded((Extract(f"page={n}", "ten letter") for n in range(9)), characters=35))
