from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from library.search.array_file import ArrayFile, packed
from library.search.lexicon import folded
from library.search.pinyin import pinyin_of
from library.search.prefixes import Prefixes, PrefixesDraft, Title

SHELF = (
    Title("Refrigeration and Cold-Chain Technology", "en", "work", 1),
    Title("Safety", "en", "work", 2),
    Title("cold chain", "en", "term", 3),
    Title("cold storage", "en", "term", 4),
    Title("coldness", "en", "term", 5),
    Title("Ice cold drinks", "en", "section", 6),
    Title("Introduction", "en", "section", 7),
    Title("Introduction", "en", "section", 8),
    Title("Cold Lake College", "en", "institution", 9),
    Title("Sécurité électrique", "fr", "work", 2),
    Title("制冷与冷链技术", "zh-Hans", "work", 1),
    Title("电机控制", "zh-Hans", "term", 10),
    Title("الفصل الآمن", "ar", "section", 6),
    Title("การวัดอย่างปลอดภัย", "th", "work", 2),
)


def prefixes(*titles: Title) -> Prefixes:
    draft = PrefixesDraft(reading=pinyin_of)
    for title in titles:
        draft.add(title)
    arrays, about = draft.arrays()
    return Prefixes((file := ArrayFile(packed(arrays, about))), file.about)


STARTER = prefixes(*SHELF)


def keys(text: str, lang: str = "en", most: int = 8, shelf: Prefixes = STARTER) -> list[int]:
    return [one.key for one in shelf.begun(text, lang=lang, most=most)]


def test_words_may_begin_anywhere_in_a_title() -> None:
    assert keys("cold ch") == [3, 1]
    assert keys("COLD-CH") == [3, 1]
    assert keys("tech") == [1]
    assert keys("ech") == []


def test_words_may_stand_in_another_order() -> None:
    assert keys("chain cold") == [3, 1]
    assert keys("technology refr") == [1]
    assert keys("technology zzz") == []


def test_every_kind_has_its_share() -> None:
    terms = [Title(f"pump {n}", "en", "term", n) for n in range(30)]
    shelf = prefixes(*terms, Title("A long title on the pump", "en", "work", 99))
    found = keys("pump", shelf=shelf)
    assert len(found) == 8
    assert 99 in found


def test_what_begins_with_it_goes_before_what_holds_it_and_short_before_long() -> None:
    works = (
        Title("Of motors and men", "en", "work", 1),
        Title("Motors in depth and detail", "en", "work", 2),
        Title("Motors", "en", "work", 3),
    )
    assert keys("mot", shelf=prefixes(*works)) == [3, 2, 1]


def test_diacritics_and_case_do_not_matter() -> None:
    assert keys("secur", "fr") == [2]
    assert keys("ÉLECT", "fr") == [2]
    assert keys("الامن", "ar") == [6]


def test_scripts_without_spaces_begin_a_word_at_every_character() -> None:
    assert keys("冷链", "zh-Hans") == [1]
    assert keys("ปลอด", "th") == [2]


def test_chinese_is_found_by_its_reading() -> None:
    assert keys("zhileng", "zh-Hans") == [1]
    assert keys("leng lian", "zh-Hans") == [1]
    assert keys("kongzh", "zh-Hans") == [10]
    assert keys("ongzh", "zh-Hans") == []


def test_titles_of_the_same_name_are_one_and_counted() -> None:
    (found,) = STARTER.begun("intro", lang="en", most=8)
    assert (found.kind, found.key, found.things) == ("section", 7, 2)


def test_kinds_can_be_chosen() -> None:
    found = STARTER.begun("cold", lang="en", most=8, kinds=("institution", "section"))
    assert [one.key for one in found] == [9, 6]


def test_languages_are_apart() -> None:
    assert keys("cold", "fr") == []
    assert keys("cold", "xx") == []
    assert STARTER.languages[0] == "en"


def test_an_empty_library_has_no_titles() -> None:
    assert prefixes().begun("a", lang="en", most=8) == []
    assert len(prefixes()) == 0


@given(st.text(max_size=200), st.sampled_from(["en", "fr", "zh-Hans", "ar", "th"]))
def test_any_text_gets_an_answer(text: str, lang: str) -> None:
    assert len(STARTER.begun(text, lang=lang, most=3)) <= 3


@given(
    st.lists(st.text("ab ", min_size=1, max_size=8), max_size=20),
    st.text("ab ", min_size=1, max_size=4),
)
def test_what_is_found_is_what_a_look_at_every_title_finds(titles: list[str], text: str) -> None:
    shelf = prefixes(*(Title(one, "en", "work", n) for n, one in enumerate(titles)))
    asked = folded(text)
    wanted = {folded(one) for one in titles if f" {asked}" in f" {folded(one)}"} if asked else set()
    found = {folded(titles[one.key]) for one in shelf.begun(text, lang="en", most=50)}
    assert wanted <= found
    words = asked.split()
    for one in found - wanted:
        here = one.split()
        assert all(word in here for word in words[:-1])
        assert any(word.startswith(words[-1]) for word in here)
