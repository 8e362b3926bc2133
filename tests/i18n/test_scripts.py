"""Letters counted by writing system."""

from __future__ import annotations

import itertools
import unicodedata

from library.i18n.scripts import _RANGES, parts, weights


def test_ranges_are_sorted_and_disjoint() -> None:
    for (_, last, _), (first, _, _) in itertools.pairwise(_RANGES):
        assert last < first


def test_ranges_agree_with_the_names_that_unicode_gives_its_letters() -> None:
    words = {
        "Latn": "LATIN",
        "Cyrl": "CYRILLIC",
        "Arab": "ARABIC",
        "Thai": "THAI",
        "Khmr": "KHMER",
        "Laoo": "LAO",
    }
    for first, last, script in _RANGES:
        for point in range(first, last + 1) if script in words else ():
            character = chr(point)
            if unicodedata.category(character) in {"Lo", "Ll", "Lu"}:
                name = unicodedata.name(character)
                assert words[script] in name or "MODIFIER" in name or "ORNATE" in name, (
                    hex(point),
                    name,
                )


def test_code_addresses_and_tags_do_not_count() -> None:
    assert weights("`code` <b> https://example.org/a") == {}
    assert weights("~~~\nint main\n~~~\nไทย") == {"Thai": 3}


def test_a_han_character_weighs_more_than_a_letter() -> None:
    assert weights("中a") == {"Hani": 3, "Latn": 1}


def test_composite_scripts_cover_their_parts() -> None:
    assert parts("Jpan") == {"Hani", "Hira", "Kana"}
    assert parts("Khmr") == {"Khmr"}
    assert parts("Zzzz") == frozenset()
