"""Spotting words in a text finds what looking through its whole analysis finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search.analysis import analyse, spot
from library.search.stems import BEHEADING, SNOWBALL, stem

PIECES = st.sampled_from(
    [
        "the welders weld",
        "e-mail PLC-200, m8×1.25 and 3,5 mm",
        "1,000.5 3d _x_ a.b/c",
        "résistance électrique œuvre Straße",
        "المُقاوَمَة الكهربائية",
        "测量绝缘电阻，用PLC编程",
        "วัดความต้านทาน",
        "ការ\u200bផ្សារ",
        "сопротивления обмоток 380 В",
        "l'énergie d’un motor's ng'ombe",
        "the motor's don't l'arc",
        "380 V 380V 1.5 mm² 18 °C 1500r/min",
        "380 V 16A 1.5mm2",
        "IEC 60204-1 GB/T 5226.1 DN 50 s7 1200",
        "ＩＥＣ 60204",
        "乾燥的電機裏",
        "น\u0e33\u0e49มัน เเบบ",
        "ស្រ្តី",
        "Động cơ điện",
        "والمحرك",
        " ",
        "\n",
        "—",
    ]
)


def through_analysis(text: str, wanted: set[str], lang: str) -> set[tuple[int, int]]:
    return {(token.start, token.end) for token in analyse(text, lang) if token.text in wanted}


@given(
    pieces=st.lists(PIECES | st.text(max_size=12), max_size=8),
    lang=st.sampled_from(["en", "fr", "ar", "zh-Hans", "th", "km", "vi"]),
    pick=st.integers(1, 5),
)
def test_spotting_agrees_with_the_analysis(pieces: list[str], lang: str, pick: int) -> None:
    text = " ".join(pieces)
    wanted = {token.text for n, token in enumerate(analyse(text, lang)) if n % pick == 0}
    for _ in range(2):  # the second time words are remembered
        assert set(spot(text, wanted, lang)) == through_analysis(text, wanted, lang)


LETTERS = st.text("adegiklmnoprstu", min_size=1, max_size=9)


@given(
    words=st.lists(
        LETTERS | st.sampled_from(["e-mail", "motor's", "l'arc", "a.b", "x2"]), max_size=12
    ),
    lang=st.sampled_from(sorted(SNOWBALL)),
    pick=st.integers(1, 5),
)
def test_words_of_latin_letters_are_spotted_in_every_language(
    words: list[str], lang: str, pick: int
) -> None:
    text = " ".join(words)
    tokens = {token.text for n, token in enumerate(analyse(text, lang)) if n % pick == 0}
    wanted = {token for token in tokens if not any("0" <= char <= "9" for char in token)}
    assert set(spot(text, wanted, lang)) == through_analysis(text, wanted, lang)


@given(
    word=st.builds(
        str.__add__, st.sampled_from(["", "ge", "me", "ber", "ng", "al", "y", "un"]), LETTERS
    )
)
def test_stemmers_leave_the_beginnings_of_words(word: str) -> None:
    for lang in SNOWBALL.keys() - BEHEADING:
        assert stem(word, lang)[0] == word[0]


@pytest.mark.parametrize(
    ("text", "lang", "wanted", "found"),
    [
        ("Weld, then wait. Welding.", "en", {"weld"}, ["Weld", "Welding"]),
        ("用万用表测量电阻", "zh-Hans", {"电阻"}, ["电阻"]),
        ("PLC-200", "en", {"plc200"}, ["PLC-200"]),
        ("nothing here", "en", {"weld"}, []),
    ],
)
def test_spans_are_those_of_the_text_as_written(
    text: str, lang: str, wanted: set[str], found: list[str]
) -> None:
    assert [text[start:end] for start, end in spot(text, wanted, lang)] == found
