"""Fallback chains, the choice among what is there, and what a browser asks for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import Invalid
from library.i18n.chains import BETWEEN, DEFAULT, chain, choose, negotiate
from library.i18n.interface import INTERFACE_LANGUAGES
from library.i18n.tags import normalise


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("lo", ("lo", "th", "en", "zh-Hans")),
        ("en", ("en", "zh-Hans")),
        ("km", ("km", "en", "zh-Hans")),
        ("zh-CN", ("zh-Hans", "zh-Hant", "en")),
        ("zh-TW", ("zh-Hant", "zh-Hans", "en")),
        ("pt-BR", ("pt", "en", "zh-Hans")),
        ("pt-PT", ("pt-PT", "pt", "en", "zh-Hans")),
        ("pt-AO", ("pt-AO", "pt-PT", "pt", "en", "zh-Hans")),
        ("es-MX", ("es-MX", "es-419", "es", "en", "zh-Hans")),
        ("uz", ("uz", "uz-Cyrl", "ru", "en", "zh-Hans")),
        ("wo", ("wo", "fr", "en", "zh-Hans")),
        ("ug", ("ug", "zh-Hans", "en")),
    ],
)
def test_a_chain_runs_from_the_reader_to_english_and_chinese(
    tag: str, expected: tuple[str, ...]
) -> None:
    assert chain(tag) == expected


def test_the_source_language_is_the_last_resort() -> None:
    assert chain("th", source="de") == ("th", "en", "zh-Hans", "de")
    assert chain("th", source="zh-CN") == ("th", "en", "zh-Hans")


def test_a_tag_that_is_no_language_has_no_chain() -> None:
    with pytest.raises(Invalid):
        chain("cn")


def test_the_chain_data_is_normalised_and_never_names_itself() -> None:
    for tag, between in BETWEEN.items():
        assert normalise(tag) == tag
        assert all(normalise(other) == other for other in between)
        assert tag not in between
        assert len(set(chain(tag))) == len(chain(tag)) >= 2
        assert set(DEFAULT) <= set(chain(tag))


@pytest.mark.parametrize(
    ("wanted", "available", "source", "expected"),
    [
        ("lo", ["en", "th"], None, "th"),
        ("lo", ["zh-Hans", "en"], None, "en"),
        ("en", ["en-GB", "zh-Hans"], None, "en-GB"),
        ("pt-PT", ["pt", "en"], None, "pt"),
        ("pt", ["pt-PT", "en"], None, "pt-PT"),
        ("zh-TW", ["zh-Hans", "en"], None, "zh-Hans"),
        ("th", ["fr", "de"], "de", "de"),
        ("th", ["fr", "it"], None, "fr"),
        ("th", [], None, None),
        ("zh-Hans", ["zh-CN", "en"], None, "zh-CN"),
        ("th", ["junk?"], None, "junk?"),
    ],
)
def test_the_best_of_what_is_there_is_chosen(
    wanted: str, available: list[str], source: str | None, expected: str | None
) -> None:
    assert choose(wanted, available, source) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("th", "th"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("en;q=0.3, ar;q=0.8", "ar"),
        ("ar;q=0.8,ru;q=0.8", "ar"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("in-ID", "id"),
        ("pt-PT,pt;q=0.9", "pt"),
        ("lo,fr;q=0.5", "fr"),
        ("lo", "th"),
        ("de", "en"),
        ("uz", "ru"),
        ("*", "en"),
        ("en;q=0,*;q=0.5", "zh-Hans"),
        ("th;q=0,lo", "zh-Hans"),
        ("de, *;q=0.1", "en"),
        ("en;q=0, de", "zh-Hans"),
        ("TH ; Q = 0.8 , en;q=0.1", "th"),
        ("fr;q=1.5, th;q=0.2", "th"),
        ("fr;q=nan, th;q=0.2", "th"),
        ("x-klingon, th", "th"),
        (",,;;q=,th", "th"),
    ],
)
def test_the_header_of_a_browser_is_understood(header: str | None, expected: str) -> None:
    offered = INTERFACE_LANGUAGES if header != "th;q=0,lo" else ("th", "zh-Hans")
    assert negotiate(header, offered) == expected


def test_traditional_chinese_is_preferred_where_it_is_offered() -> None:
    assert negotiate("zh-TW", ("en", "zh-Hans", "zh-Hant")) == "zh-Hant"
    assert negotiate("zh-CN", ("en", "zh-Hans", "zh-Hant")) == "zh-Hans"


def test_a_reader_who_refuses_everything_still_gets_a_page() -> None:
    assert negotiate("*;q=0, en;q=0", ("en",)) == "en"


def test_nothing_offered_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="offered"):
        negotiate("en", ())


def test_only_the_head_of_an_endless_header_is_read() -> None:
    assert negotiate("xx-yy," * 100_000 + "th", ("en", "th")) == "en"
    assert negotiate("de," * 40 + "th", ("en", "th")) == "en"
    assert negotiate("a" * 10_000_000, ("en", "th")) == "en"


@given(st.text(alphabet="abehnrtz-_*;,q=0.19 \t\x00é", max_size=300))
def test_any_header_gives_one_of_the_offered(header: str) -> None:
    assert negotiate(header, INTERFACE_LANGUAGES) in INTERFACE_LANGUAGES
