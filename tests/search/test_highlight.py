"""Snippets in the languages of the library."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search.highlight import ELLIPSIS, marks, snippet, whole
from library.search.question import understand

HELD = ("en", "fr", "ar", "ru", "pt", "zh-Hans", "th", "id", "sw", "km")


def marked(text: str, query: str, lang: str, width: int = 240) -> list[str]:
    words = understand(query, lang=lang, held=HELD).marked
    return [piece for piece, found in snippet(text, words, lang, width=width) if found]


@pytest.mark.parametrize(
    ("lang", "text", "query", "expected"),
    [
        ("en", "The welder was welding welds.", "weld", ["welding", "welds"]),
        ("zh-Hans", "焊工用６轴机器人焊接。", "6轴机器人 焊接", ["６轴机器人焊接"]),
        ("zh-Hans", "使用PLC编程。", "plc", ["PLC"]),
        ("fr", "Les E\u0301lectrodes, l'électrode", "electrode", ["E\u0301lectrodes", "électrode"]),
        ("ar", "يستخدم اللِّحَامُ هنا", "لحام", ["اللِّحَامُ"]),
        ("ru", "Сварочные электроды и электродов", "электрод", ["электроды", "электродов"]),
        ("pt", "As instalações elétricas", "instalações eletrica", ["instalações", "elétricas"]),
        ("th", "งานเชื่อมไฟฟ้าด้วยมือ", "เชื่อมไฟฟ้า", ["เชื่อมไฟฟ้า"]),
        ("th", "เปิดไฟแล้ว", "ไฟ", ["ไฟ"]),
        ("id", "Pengelasan listrik", "listrik", ["listrik"]),
        ("sw", "Mafundi wa kulehemu", "KULEHEMU", ["kulehemu"]),
        ("km", "ការផ្សារដែកនៅទីនេះ", "ផ្សារដែក", ["ផ្សារដែក"]),
    ],
)
def test_the_words_of_the_query_are_marked(
    lang: str, text: str, query: str, expected: list[str]
) -> None:
    assert marked(text, query, lang) == expected


def test_a_chance_three_is_not_marked_beside_a_whole_word() -> None:
    text = "ความปลอดภัย และ ปลอก"
    assert marked(text, "ความปลอดภัย", "th") == ["ความปลอดภัย"]


def test_the_window_has_the_most_different_words() -> None:
    text = "pump pump pump. " + "filler " * 60 + "the pump has a valve here. " + "filler " * 60
    pieces = snippet(text, ("pump", "valv"), "en", width=100)
    assert [piece for piece, found in pieces if found] == ["pump", "valve"]
    assert pieces[0] == pieces[-1] == (ELLIPSIS, False)


def test_without_a_word_it_is_the_beginning() -> None:
    text = "First sentence. " + "More of it. " * 50
    pieces = snippet(text, (), "en", width=60)
    assert pieces[0][0].startswith("First sentence.")
    assert pieces[-1] == (ELLIPSIS, False)


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("  A\n short\ttext ", ("short",), "en") == [
        ("A ", False),
        ("short", True),
        (" text", False),
    ]
    assert snippet(" \n ", ("x",), "en") == []


def test_words_are_not_cut() -> None:
    text = "alpha beta gamma delta " * 40
    pieces = snippet(text, (), "en", width=50)
    assert "".join(piece for piece, _ in pieces[:-1]).split()[-1] in {
        "alpha",
        "beta",
        "gamma",
        "delta",
    }


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("e\u0301", [1]),
        ("ขึ้น", [1, 2]),
        ("น้ำ", [1, 2]),
        ("เก", [1]),
        ("ខ្មែរ", [1, 2, 3]),
        ("क्षि", [1, 2, 3]),
        ("လ္လ", [1, 2]),
        ("لِّ", [1, 2]),
        ("👩\u200d🔧", [1, 2]),
        ("👍🏽", [1]),
        ("🇹🇭🇱🇦", [1, 3]),
        ("\u1112\u1161\u11ab", [1, 2]),
        ("\u0e44 a", []),
    ],
)
def test_letters_are_not_taken_apart(text: str, inside: list[int]) -> None:
    assert [at for at in range(1, len(text)) if not whole(text, at)] == inside


@given(
    text=st.text(alphabet="ab cขึ้นไฟខ្មែរक्षिمَ焊接e\u0301\u200d👍🏽", max_size=300),
    words=st.lists(st.sampled_from(["ab", "ไฟฟ", "焊接", "ไฟ", "e", "क्ष"]), max_size=4),
    width=st.integers(1, 80),
    lang=st.sampled_from(["en", "th", "km", "hi", "zh"]),
)
def test_pieces_are_the_text_cut_where_it_may_be(
    text: str, words: list[str], width: int, lang: str
) -> None:
    pieces = snippet(text, words, lang, width=width)
    clean = " ".join(text.split())
    if not pieces:
        assert not clean.strip()
        return
    shown = [piece for piece, _ in pieces]
    if shown[0] == ELLIPSIS:
        shown = shown[1:]
    if shown and shown[-1] == ELLIPSIS:
        shown = shown[:-1]
    joined = "".join(shown)
    assert joined in clean
    assert all(shown)
    at = clean.index(joined)
    places = [at]
    for piece in shown:
        places.append(places[-1] + len(piece))
    assert any(
        all(whole(clean, start + place - at) for place in places)
        for start in range(len(clean))
        if clean.startswith(joined, start)
    )


def test_marks_lie_apart_and_in_order() -> None:
    text = unicodedata.normalize("NFD", "électrode électrode")
    spans = marks(text, ("electrod",), "fr")
    assert [text[start:end] for start, end in spans] == [
        unicodedata.normalize("NFD", "électrode")
    ] * 2
