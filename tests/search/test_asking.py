"""Words that ask are not looked for."""

from __future__ import annotations

import pytest

from library.search.asking import without_asking
from library.search.question import understand

HELD = ("ar", "de", "en", "es", "fr", "id", "km", "pt", "ru", "sw", "th", "tr", "vi", "zh")


def rest(text: str, lang: str = "en") -> str:
    return " ".join(without_asking(text, lang, HELD)[0].split())


@pytest.mark.parametrize(
    ("text", "lang", "left"),
    [
        ("What drives the pump?", "en", "drives the pump?"),
        ("how to weld aluminium", "en", "to weld aluminium"),
        ("In what unit is torque measured?", "en", "In unit is torque measured?"),
        ("Wie wird ein Motor geprüft?", "de", "wird ein Motor geprüft?"),
        ("¿Cuándo se cambia el aceite?", "es", "¿ se cambia el aceite?"),
        ("Qu'est-ce que la soudure?", "fr", "que la soudure?"),
        ("Mesin apa yang dipakai?", "id", "Mesin yang dipakai?"),
        ("Pampu inafanya kazi gani?", "sw", "Pampu inafanya kazi ?"),
        ("Motor kaç volt ile çalışır?", "tr", "Motor volt ile çalışır?"),
        ("Bơm này dùng để làm gì?", "vi", "Bơm này dùng để làm ?"),
        ("Как проверить насос", "ru", "проверить насос"),
        ("متى يستبدل زيت المحرك؟", "ar", "يستبدل زيت المحرك؟"),
        ("什么是伺服电机", "zh", "是伺服电机"),
        ("為什麼電機過熱？", "zh", "電機過熱？"),
        ("มอเตอร์คืออะไร", "th", "มอเตอร์"),
        ("ម៉ូទ័រគឺជាអ្វី", "km", "ម៉ូទ័រគឺជា"),
    ],
)
def test_what_asks_is_taken_out(text: str, lang: str, left: str) -> None:
    assert rest(text, lang) == left


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("what is", "en"),
        ("How to", "en"),
        ("know how transfer", "en"),
        ("comment lines in a program", "en"),
        ("hygiene rules of the WHO?", "en"),
        ("Can AI design a circuit?", "vi"),
        ("length of 5 كم", "ar"),
        ("解析几何教程", "zh"),
        ("เกี่ยวกับมอเตอร์", "th"),
        ("какой-либо насос", "ru"),
        ('"how it works"', "en"),
        ("", "en"),
        ("?!", "zh"),
    ],
)
def test_what_does_not_ask_stays(text: str, lang: str) -> None:
    assert without_asking(text, lang, HELD) == (text, 0)


def test_places_stay_the_same() -> None:
    text = "¿Qué bomba es, y cuándo se para?"
    left, asking = without_asking(text, "es", HELD)
    assert (len(left), asking) == (len(text), 2)
    assert left.index("bomba") == text.index("bomba")


def test_a_question_in_another_language_than_the_readers_tells_it_by_its_beginning() -> None:
    assert rest("Wie wird geschweißt?", "en") == "wird geschweißt?"
    assert rest("Comment souder sans gaz ?", "en") == "souder sans gaz ?"
    assert rest("Which care do pumps need?", "ro") == "care do pumps need?"


def test_words_that_ask_are_neither_looked_for_nor_marked() -> None:
    asked = understand("How is a relay tested?", lang="en", held=("en",))
    assert [word.forms[0] for word in asked.words] == ["is", "a", "relay", "test"]
    assert "how" not in asked.marked


def test_they_count_as_words_beside_quotation_marks() -> None:
    asked = understand('Who wrote about the "cold water"', lang="en", held=("en",))
    assert not asked.strict


def test_any_length_is_read_quickly() -> None:
    text = "what " * 200 + "?"
    assert without_asking(text, "en", HELD) == (text, 0)
