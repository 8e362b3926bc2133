from __future__ import annotations

import random
import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.search.array_file import ArrayFile, packed
from library.search.lexicon import Lexicon, LexiconDraft, allowed, folded, words_of
from library.search.pinyin import pinyin_of

TITLES = (
    ("Refrigeration and Cold-Chain Technology", "en"),
    ("Refrigeration compressors", "en"),
    ("The compressor", "en"),
    ("PLC programming", "en"),
    ("Moteur triphasé", "fr"),
    ("Le moteur électrique", "fr"),
    ("La réfrigération", "fr"),
    ("Motor", "en"),
    ("Kühlung", "de"),
    ("Асинхронный двигатель", "ru"),
    ("المحرك الكهربائي", "ar"),
    ("การวัดอย่างปลอดภัย", "th"),
    ("接触器", "zh-Hans"),
    ("伺服电机与控制", "zh-Hans"),
    ("电机控制", "zh-Hans"),
)
STARTS = "con pre al re de in ver per na ra to me bla cri dro flu gra kni pla spe tru"
ENDS = "ing er tion ment able ist form port act sen duc tor mit sta lo ma ne ri so ta li"


def lexicon(*titles: tuple[str, str]) -> Lexicon:
    draft = LexiconDraft(reading=pinyin_of)
    for text, lang in titles:
        draft.add(text, lang)
    arrays, about = draft.arrays()
    return Lexicon((file := ArrayFile(packed(arrays, about))), file.about)


@pytest.fixture(scope="module")
def shelf() -> Lexicon:
    return lexicon(*TITLES)


def best(shelf: Lexicon, word: str, *languages: str) -> str | None:
    near = shelf.near(folded(word), languages=languages)
    return near[0].word if near else None


def test_words_are_counted_by_titles_not_by_places(shelf: Lexicon) -> None:
    assert shelf.count("refrigeration") == 3  # English twice, French once, accents apart
    assert shelf.count("motor") == 1
    assert shelf.count("kuhlung") == 1
    assert shelf.count("двигатель") == 1
    assert shelf.count("nothing") == 0
    assert shelf.count("") == 0
    assert lexicon(("pump pump PUMP", "en")).count("pump") == 1


def test_a_slip_is_put_right_in_every_script(shelf: Lexicon) -> None:
    assert best(shelf, "refrigiration", "en") == "refrigeration"
    assert best(shelf, "moteurr", "fr") == "moteur"
    assert best(shelf, "двигатль", "ru") == "двигатель"
    assert best(shelf, "المحركك", "ar") == "المحرك"
    assert best(shelf, "การวัดอย่างปลอกภัย", "th") == "การวัดอย่างปลอดภัย"
    assert best(shelf, "接处器", "zh-Hans") == "接触器"


def test_words_are_suggested_as_they_are_written(shelf: Lexicon) -> None:
    assert best(shelf, "refrigiration", "fr") == "réfrigération"
    assert best(shelf, "refrigiration", "en") == "refrigeration"
    assert best(shelf, "pcl", "en") == "PLC"
    assert best(shelf, "khulung", "de") == "Kühlung"


def test_the_readers_language_goes_before_others(shelf: Lexicon) -> None:
    near = shelf.near("motr", languages=("en", "fr"))
    assert [one.word for one in near] == ["motor"]
    assert best(lexicon(("pumpe", "de"), ("pumpa", "sv")), "pump", "sv") == "pumpa"
    assert best(lexicon(("pumpe", "de"), ("pumpa", "sv")), "pump", "de") == "pumpe"


def test_mistyped_pinyin_leads_to_the_characters(shelf: Lexicon) -> None:
    assert best(shelf, "jiecuqi", "en") == "接触器"
    assert [one.word for one in shelf.read_as("dianji")] == []
    assert [one.word for one in shelf.read_as("sifudianji")] == ["伺服电机"]


def test_chinese_titles_give_their_parts(shelf: Lexicon) -> None:
    assert dict(words_of("伺服电机与控制", "zh-Hans")).keys() == {
        "伺服电机与控制",
        "伺服电机",
        "控制",
    }
    assert shelf.count("控制") == 1


def test_a_word_is_never_its_own_suggestion(shelf: Lexicon) -> None:
    assert all(one.word != "compressor" for one in shelf.near("compressor"))


def test_short_words_may_hold_fewer_slips_than_long_ones() -> None:
    assert [allowed("a" * n) for n in (2, 3, 5, 6, 11, 12)] == [0, 1, 1, 2, 2, 3]
    assert [allowed("电" * n) for n in (2, 3, 6)] == [0, 1, 2]


def test_an_empty_library_knows_no_word() -> None:
    nothing = lexicon()
    assert len(nothing) == 0
    assert nothing.near("word") == []
    assert nothing.read_as("ci") == []


@given(st.text(max_size=40))
def test_any_text_gets_an_answer(shelf: Lexicon, text: str) -> None:
    word = folded(text)
    assert shelf.count(word) >= 0
    assert all(one.distance > 0 for one in shelf.near(word, languages=("en",)))


@given(st.sampled_from(["refrigeration", "compressor", "programming"]), st.data())
def test_one_slip_anywhere_is_found(shelf: Lexicon, word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from(string.ascii_lowercase))
    slip = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + letter + word[at:],
                word[:at] + letter + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    found = [folded(one.word) for one in shelf.near(slip, languages=("en",))]
    assert slip == word or word in found or shelf.count(slip)


def test_a_hundred_thousand_words_take_little_time_and_room() -> None:
    chance = random.Random(5)
    starts, ends = STARTS.split(), ENDS.split()
    middles = [a + b for a in "bcdfglmnprstv" for b in "aeiou"]
    words: set[str] = set()
    while len(words) < 100_000:
        middle = "".join(chance.choices(middles, k=chance.choice((1, 1, 2, 2, 3))))
        words.add(chance.choice(starts) + middle + chance.choice(ends))
    draft = LexiconDraft(reading=lambda _: "")
    listed = sorted(words)
    for word in listed:
        draft.add(word, chance.choice(("en", "fr", "es", "pt", "id", "sw")))
    arrays, about = draft.arrays()
    content = packed(arrays, about)
    assert len(content) < 3_000_000
    file = ArrayFile(content)
    big = Lexicon(file, file.about)
    took = []
    for word in chance.sample(listed, 200):
        at = chance.randrange(1, len(word) - 1)
        slip = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        began = time.process_time()
        big.near(slip, languages=("en", "fr"))
        took.append(time.process_time() - began)
    assert sorted(took)[190] < 0.015  # thrice what it takes, for a machine that is busy


_ODD = "".join(
    (
        "ab é ",
        "\u3005\u3006\u3007\u3400\u4e00電机\uac00\uf900",
        # Characters that no standard has given a meaning yet, between Chinese ones.
        "\U00020000\U0003134b\U0003134f\u3040\u30fb\ufdd0\u0301\u0e33\u200d",
    )
)


@given(
    texts=st.lists(st.text(max_size=40) | st.text(alphabet=_ODD, max_size=12), max_size=8),
    lang=st.sampled_from(["en", "zh-Hans", "ar", "th", "vi"]),
)
def test_a_lexicon_can_be_made_of_any_titles(texts: list[str], lang: str) -> None:
    made = lexicon(("first", "en"), *((text, lang) for text in texts))
    for text in texts:
        made.near(folded(text), languages=(lang,))
        for word, _ in words_of(text, lang):
            assert word
            assert " " not in word
