"""Names of languages and countries."""

from __future__ import annotations

import pytest

from library.i18n.interface import INTERFACE_LANGUAGES
from library.i18n.names import _ENDONYMS, countries, country, endonym, name
from library.i18n.tags import normalise, plausible


@pytest.mark.parametrize(
    ("tag", "long", "short"),
    [
        ("zh-CN", "简体中文", "中文"),
        ("zh-TW", "繁體中文", "繁體中文"),
        ("id", "Bahasa Indonesia", "Indonesia"),
        ("pt-BR", "Português", "Português"),
        ("pt-PT", "Português (Portugal)", "Português (Portugal)"),
        ("ar", "العربية", "العربية"),
        ("km", "ភាសាខ្មែរ", "ខ្មែរ"),
        ("tet", "Tetun", "Tetun"),
        ("fr-CA", "Français (Canada)", "Français (Canada)"),
        ("es-MX", "Español (México)", "Español (México)"),
        ("eo", "Esperanto", "Esperanto"),
        ("sv", "Svenska", "Svenska"),
        ("shn", "တႆး", "တႆး"),
        ("aeb", "Tunisian Arabic", "Tunisian Arabic"),
        ("??", "??", "??"),
    ],
)
def test_a_language_is_called_by_its_own_name(tag: str, long: str, short: str) -> None:
    assert endonym(tag) == long
    assert endonym(tag, short=True) == short


def test_own_names_are_listed_under_normalised_tags_in_the_languages_own_script() -> None:
    for tag, own in _ENDONYMS.items():
        assert normalise(tag) == tag
        assert plausible(tag, own * 12), tag


@pytest.mark.parametrize(
    ("tag", "reader", "expected"),
    [
        ("th", "fr", "thaï"),
        ("zh-Hans", "en", "Simplified Chinese"),
        ("ar", "zh-Hans", "阿拉伯语"),
        ("sr-Latn", "en", "Serbian (Latin)"),
        ("th", "tet", "tailandês"),
        ("en", "nonsense!", "en"),
        ("nonsense!", "en", "nonsense!"),
    ],
)
def test_a_language_is_named_in_the_readers(tag: str, reader: str, expected: str) -> None:
    assert name(tag, reader) == expected


def test_every_interface_language_has_a_name_in_every_other() -> None:
    for tag in INTERFACE_LANGUAGES:
        for reader in INTERFACE_LANGUAGES:
            assert name(tag, reader) != tag


def test_countries_are_named_in_the_readers_language() -> None:
    assert country("TZ", "zh-Hans") == "坦桑尼亚"
    assert country("kh", "fr") == "Cambodge"
    assert country("Q?", "fr") == "Q?"


def test_countries_are_those_of_iso_3166() -> None:
    listed = countries()
    assert 245 <= len(listed) <= 251
    assert {"CN", "TZ", "TH", "KH", "XK"} <= set(listed)
    assert not {"EU", "ZZ", "UN"} & set(listed)
