"""Readings of Chinese titles, and what may be one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search.pinyin import pinyin_of, spelt, tokens


def rows(text: str) -> list[set[tuple[str, ...]]]:
    return [{tuple(token for token, _ in row) for row in word.rows} for word in spelt(text)]


@pytest.mark.parametrize(
    ("title", "reading"),
    [
        ("伺服电机", "si fu dian ji"),
        ("伺服電機", "si fu dian ji"),
        ("银行行业", "yin hang hang ye"),
        ("重量与重复", "zhong liang yu chong fu"),
        ("长度的增长", "chang du de zeng zhang"),
        ("空调调试", "kong tiao tiao shi"),
        ("绿色女工", "lu se nu gong"),
        ("PLC编程", "bian cheng"),
        ("Motor", ""),
        ("", ""),
    ],
)
def test_characters_are_read_as_their_neighbours_ask(title: str, reading: str) -> None:
    assert pinyin_of(title) == reading


def test_titles_are_indexed_by_pairs_of_syllables_in_every_reading() -> None:
    assert [(t.text, t.position) for t in tokens("重电机，泵", 7)] == [
        ("~chongdian", 7),
        ("~zhongdian", 7),
        ("~dianji", 8),
        ("~beng", 11),
    ]


def test_texts_without_chinese_have_no_readings() -> None:
    assert tokens("servo motor ไฟฟ้า") == []


@pytest.mark.parametrize(
    "typed", ["sifu", "sìfú", "si4fu2", "SIFU", "si'fu", "si’fu", "si1fu", "sīfu"]
)
def test_tones_and_capitals_make_no_difference(typed: str) -> None:
    assert ("~sifu",) in rows(typed)[0]


@pytest.mark.parametrize("typed", ["lüse", "lvse", "lyuse", "luse", "lǜsè", "lu4se4"])
def test_keyboards_without_the_u_are_understood(typed: str) -> None:
    assert ("~luse",) in rows(typed)[0]


def test_long_words_are_all_their_pairs_in_a_row() -> None:
    assert ("~sifu", "~fudian", "~dianji") in rows("sifudianji")[0]


def test_syllables_apart_belong_to_those_beside_them() -> None:
    first, second, third = rows("si fu dian")
    assert ("~sifu",) in first
    assert {("~sifu",), ("~fudian",)} <= second
    assert ("~fudian",) in third


@pytest.mark.parametrize("typed", ["strom", "weld", "b", "PLC", "машина", "x1200", "a b"])
def test_other_words_are_no_pinyin(typed: str) -> None:
    assert spelt(typed) == []


def test_words_stand_where_they_were_typed() -> None:
    text = "der si\u0300fú plan"
    [word] = spelt(text)
    assert text[word.start : word.end] == "si\u0300fú"


@given(st.text(max_size=60))
def test_any_text_is_taken(text: str) -> None:
    for word in spelt(text):
        assert 0 <= word.start < word.end <= len(text)
    tokens(text)
    pinyin_of(text)


@pytest.mark.parametrize("text", ["lianlian" * 120, "xi'an" * 200, "a" * 1000, "xi " * 300])
def test_words_without_end_take_no_time(text: str) -> None:
    began = time.process_time()
    spelt(text)
    assert time.process_time() - began < 0.5
