"""Names for downloads: any script, no tricks."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.media.disposition import MAX_BYTES, content_disposition, safe_name


def parameters(header: str) -> tuple[str, str, str]:
    """Kind, plain name and extended name (empty where it is not given)."""
    kind, _, rest = header.partition('; filename="')
    plain, _, extended = rest.partition('"')
    return kind, plain, unquote(extended.removeprefix("; filename*=UTF-8''"))


@pytest.mark.parametrize(
    ("name", "plain", "extended"),
    [
        ("report 2.pdf", "report 2.pdf", ""),
        ("电工基础.pdf", "file.pdf", "电工基础.pdf"),
        ("دليل الكهرباء.docx", "file.docx", "دليل الكهرباء.docx"),
        ("ไฟฟ้า A1.mp4", "A1.mp4", "ไฟฟ้า A1.mp4"),
        ("Élève à l'œuvre.pdf", "Eleve a l'_uvre.pdf", "Élève à l'œuvre.pdf"),
        ("100% steel.pdf", "100_ steel.pdf", "100% steel.pdf"),
    ],
)
def test_names_in_any_script(name: str, plain: str, extended: str) -> None:
    header = content_disposition(name, inline=False)
    assert parameters(header) == ("attachment", plain, extended)


def test_inline() -> None:
    assert content_disposition("a.png", inline=True) == 'inline; filename="a.png"'


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ('a"b".pdf', "ab.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie- x=1.pdf"),
        ("../../etc/passwd", "etc-passwd"),
        ("C:\\windows\\notes.txt", "C--windows-notes.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\u2066b\u2069\u200e\u200f\u061c.pdf", "ab.pdf"),
        ("a\x00b\x7f\x85.pdf", "ab.pdf"),
        ("a\u200bb\ufeff.pdf", "ab.pdf"),
        ("می\u200cخواهم.pdf", "می\u200cخواهم.pdf"),
        ("", "file"),
        ("...", "file"),
        (".pdf", "file.pdf"),
        ("//.pdf", "file.pdf"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("console.txt", "console.txt"),
        ("a   b\u3000c .pdf", "a b c.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("\ud800.pdf", "file.pdf"),
        ("lesson 1.5 introduction", "lesson 1.5 introduction"),
    ],
)
def test_what_a_name_may_not_hold_is_removed(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("letter", ["a", "电", "ក្ក", "e\u0323\u0301", "🔧"])
def test_a_long_name_keeps_its_extension_and_whole_letters(letter: str) -> None:
    short = safe_name(letter * 200 + ".pdf")
    assert len(short.encode()) <= MAX_BYTES
    assert len(short.encode()) > MAX_BYTES - 12
    assert short.endswith(".pdf")
    stem = short.removesuffix(".pdf")
    assert stem == unicodedata.normalize("NFC", letter * 200)[: len(stem)]
    cut_at = unicodedata.normalize("NFC", letter * 200)[len(stem)]
    assert not unicodedata.category(cut_at).startswith("M")


@given(st.text(max_size=300), st.booleans())
def test_whatever_the_name_the_header_is_one_safe_line(name: str, inline: bool) -> None:
    header = content_disposition(name, inline=inline)
    assert header.isascii()
    assert header.isprintable()
    kind, plain, extended = parameters(header)
    assert kind == ("inline" if inline else "attachment")
    assert plain
    assert not set(plain) & set('"\\/%')
    shown = extended or plain
    assert shown == safe_name(name)
    assert 0 < len(shown.encode()) <= MAX_BYTES
    assert safe_name(shown) == shown
