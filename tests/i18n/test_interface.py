"""The interface's languages and the locales behind content languages."""

from __future__ import annotations

import pytest
from babel import localedata
from babel.core import get_global

from library.i18n.interface import INTERFACE_LANGUAGES, babel_locale, locale_folder
from library.i18n.tags import normalise


def test_the_interface_speaks_ten_languages_under_normalised_tags() -> None:
    assert len(set(INTERFACE_LANGUAGES)) == 10
    assert [normalise(tag) for tag in INTERFACE_LANGUAGES] == list(INTERFACE_LANGUAGES)
    assert INTERFACE_LANGUAGES[0] == "en"


def test_every_interface_language_has_a_locale_of_its_own() -> None:
    for tag in INTERFACE_LANGUAGES:
        assert babel_locale(tag).language == tag.split("-")[0]


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("zh-CN", "zh_Hans"),
        ("zh-TW", "zh_Hant"),
        ("pt-PT", "pt_PT"),
        ("es-LA", "es_419"),
        ("sr-Latn", "sr_Latn"),
        ("tet", "pt"),
        ("mos", "fr"),
        ("not a tag", "en"),
    ],
)
def test_a_language_without_a_locale_borrows_one_from_its_chain(tag: str, locale: str) -> None:
    assert str(babel_locale(tag)) == locale


def test_catalogue_folders_are_spelled_as_gettext_does() -> None:
    assert locale_folder("zh-CN") == "zh_Hans"
    assert locale_folder("fr") == "fr"


@pytest.mark.parametrize("tag", INTERFACE_LANGUAGES)
def test_data_that_no_page_asks_for_is_not_kept(tag: str) -> None:
    own = str(babel_locale(tag))
    inherited = own.partition("_")[0], "root"
    for name in (own, *inherited):
        data = localedata.load(name)
        assert not {"time_zones", "date_fields", "currency_names"} & data.keys(), name
        assert {"languages", "territories", "date_formats", "number_symbols"} <= data.keys()
    assert not get_global("territory_languages")
    assert get_global("likely_subtags")
