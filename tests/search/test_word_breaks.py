"""Words in scripts that set no spaces."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search import word_breaks
from library.search.analysis import analyse
from library.search.word_breaks import short_words, tokens


def words(text: str, lang: str) -> list[str]:
    return [token.text for token in tokens(text, analyse(text, lang))]


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("รถยนต์สามารถ", "th", ["|รถยนต์", "|สามารถ"]),
        ("ສະບາຍດີ", "lo", ["|ສະບາຍດີ"]),
        ("ថាមពលអគ្គិសនី", "km", ["|ថាមពល", "|អគ្គិសនី"]),
        ("မြန်မာစာ", "my", ["|မြန်မာ", "|စာ"]),
        ("PLC รถ", "en", ["|รถ"]),
        ("焊接机 weld", "zh-Hans", ["|焊接"]),
        ("電動機維修", "zh-Hant", ["|电动机", "|维修"]),
    ],
)
def test_words_are_those_of_a_dictionary(text: str, lang: str, expected: list[str]) -> None:
    assert words(text, lang) == expected


def test_words_stand_where_the_characters_do_that_they_begin_with() -> None:
    text = "\U0001f600 a รถไฟ น\u0e33\u0e49มัน"
    analysed = analyse(text, "th")
    places = {token.start: token.position for token in analysed}
    found = tokens(text, analysed)
    assert [text[t.start : t.end] for t in found] == ["รถไฟ", "น\u0e33\u0e49มัน"]
    assert all(places[t.start] == t.position for t in found)
    assert found[1].text == "|น้ำมัน"


def test_short_words_of_a_query_are_taken_whole() -> None:
    assert short_words("รถ ก การเชื่อมโลหะ PLC") == [("|รถ", 0, 2)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电机 รถ", [("|电机", 0, 2)]),
        ("PLC伺服电机的维修", [("|伺服", 3, 5), ("|电机", 5, 7), ("|维修", 8, 10)]),
        ("การบำรุงรักษา", [("|การ", 0, 3), ("|บำรุง", 3, 8), ("|รักษา", 8, 13)]),
    ],
)
def test_longer_texts_of_a_query_are_cut_into_words(
    text: str, expected: list[tuple[str, int, int]]
) -> None:
    assert word_breaks.words(text) == expected


def test_a_short_query_is_understood_without_loading_dictionaries() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from library.search.question import understand;"
            "understand('รถ sifu 电机', lang='th', held=('th', 'zh-Hans'));"
            "from library.search import pinyin;"
            "print('icu4py' in sys.modules, pinyin._readings.cache_info().currsize)",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["False", "0"]


def test_places_are_right_behind_rare_characters() -> None:
    text = "𠀀𠀁电机维修"
    assert [text[t.start : t.end] for t in tokens(text, analyse(text, "zh-Hans"))] == [
        "电机",
        "维修",
    ]


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    for token in tokens(text, analyse(text, "th")):
        assert 0 <= token.start < token.end <= len(text)
    for _, start, end in [*word_breaks.words(text), *short_words(text)]:
        assert 0 <= start < end <= len(text)
