"""How queries are read."""

from __future__ import annotations

import time

import pytest

from library.search.question import LONGEST, MOST_WORDS, Phrase, Word, understand

HELD = ("en", "fr", "es", "pt", "ar", "ru", "zh-Hans", "th", "id", "sw", "km")


def forms(text: str, lang: str = "en", languages: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    asked = understand(text, lang=lang, languages=languages, held=HELD)
    return [word.forms for word in asked.words]


def test_a_word_is_looked_up_in_the_languages_of_its_script() -> None:
    [word] = forms("machines", lang="ar")
    assert {"machin", "machines"} <= set(word)


def test_the_readers_own_stem_comes_first() -> None:
    assert forms("universités", lang="fr")[0][0] == "univers"


def test_a_language_that_no_passage_is_in_is_not_tried() -> None:
    asked = understand("welding", lang="ar", held=("zh-Hans",))
    assert asked.words == (Word(("welding",)),)


def test_a_language_that_is_filtered_for_is_tried() -> None:
    asked = understand("Schweißgeräte", lang="en", languages=("de",), held=())
    assert "schweissgerat" in asked.words[0].forms


def test_two_characters_are_not_one_and_the_other() -> None:
    def characters(text: str) -> list[tuple[str, ...]]:
        return [one for one in forms(text, "zh-Hans") if not one[0].startswith("|")]

    assert characters("焊接") == [("焊接",)]
    assert characters("焊") == [("焊",)]
    assert characters("机电一体") == [("机电",), ("电一",), ("一体",)]


def test_a_short_word_without_spaces_begins_longer_tokens() -> None:
    asked = understand("ไฟ", lang="th", held=HELD)
    assert asked.words == (Word(("ไฟ",), start=True), Word(("|ไฟ",), start=True))
    assert not any(word.start for word in understand("ไฟฟ้าแรงสูง", lang="th", held=HELD).words)


def test_a_short_word_without_spaces_is_looked_for_as_a_word_as_well() -> None:
    assert forms("ราง", "th") == [("ราง",), ("|ราง",)]
    assert forms("ថាមពល", "km")[-1] == ("|ថាមពល",)


def test_the_whole_of_a_code_stands_for_each_of_its_parts() -> None:
    assert forms("PLC-200") == [("plc", "plc200"), ("200", "plc200")]


def test_a_number_and_its_unit_are_looked_up_as_one_and_the_number_by_itself() -> None:
    assert forms("380 V") == forms("380V") == [("380",), ("380v",)]


def test_letters_and_a_number_are_a_code_however_they_are_typed() -> None:
    assert set(forms("iec 60204-1")[0]) == {"iec", "iec60204", "iec602041"}
    assert "s71200" in forms("s7 1200")[0]


def test_vietnamese_without_its_marks_is_looked_up_so_where_it_may_be_meant() -> None:
    def asked(text: str, lang: str = "en", held: tuple[str, ...] = ("en", "vi")) -> list[str]:
        return [
            form for word in understand(text, lang=lang, held=held).words for form in word.forms
        ]

    assert "^dong" in asked("dong co")
    assert "^dong" in asked("dong", lang="vi")
    assert "^dong" not in asked("dong")
    assert "^dong" not in asked("dong motor")
    assert "^dong" not in asked("động cơ dong", lang="vi")
    assert "^dong" not in asked("dong co", held=("en",))


def test_pinyin_is_looked_up_where_there_is_chinese() -> None:
    [word] = understand("dianji", lang="en", held=("en", "zh-Hans")).words
    assert (("~dianji", 0),) in word.readings
    [word] = understand("dianji", lang="en", held=("en",)).words
    assert word.readings == ()


def test_what_is_excluded_is_no_word_of_the_question() -> None:
    asked = understand('pump -oil -"cold water" -ไฟ', lang="en", held=HELD)
    assert len(asked.words) == 1
    oil, cold_water, fire = asked.excluded
    assert isinstance(oil, Word)
    assert "oil" in oil.forms
    assert isinstance(cold_water, Phrase)
    assert (("cold", 0), ("water", 1)) in cold_water.rows
    assert fire == Word(("ไฟ",), start=True)
    assert "oil" not in asked.marked


def test_vietnamese_is_looked_up_with_and_without_its_marks() -> None:
    assert forms("hàn") == [("han",)]
    assert set(forms("thợ hàn")[0]) == {"tho", "thợ"}


@pytest.mark.parametrize(
    "text", ['"oil pump"', "“oil pump”", "„oil pump“", "«oil pump»", "「oil pump」", "『oil pump』"]
)
def test_quotation_marks_make_a_phrase(text: str) -> None:
    [phrase] = understand(text, lang="en", held=("en",)).phrases
    assert (("oil", 0), ("pump", 1)) in phrase.rows


def test_a_lone_quotation_mark_makes_none() -> None:
    assert understand('12" pipe', lang="en", held=HELD).phrases == ()


def test_a_phrase_leaves_out_the_whole_of_a_code() -> None:
    [phrase] = understand('"PLC-200 unit"', lang="en", held=("en",)).phrases
    assert (("plc", 0), ("200", 1), ("unit", 2)) in phrase.rows


@pytest.mark.parametrize(
    "text", ["机" * 5000, "word " * 2000, "a-b " * 1000, '"' + "x y " * 400, "ก" * 900]
)
def test_a_query_without_end_is_cut_short(text: str) -> None:
    began = time.process_time()
    asked = understand(text, lang="en", held=HELD)
    assert time.process_time() - began < 2
    assert len(asked.words) <= MOST_WORDS


def test_words_beyond_the_end_are_not_looked_up() -> None:
    asked = understand("a " * (LONGEST // 2) + "beyond", lang="en", held=HELD)
    assert asked.words == (Word(("a",)),)
