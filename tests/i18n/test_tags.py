"""One spelling per language, and nothing that is no language."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from babel import Locale
from babel.core import get_global
from hypothesis import given
from hypothesis import strategies as st

from library.errors import Invalid
from library.i18n.tags import (
    Subtags,
    colloquial,
    direction,
    normalise,
    plausible,
    script_of,
    subtags,
)


@pytest.mark.parametrize(
    ("given_tag", "expected"),
    [
        # Chinese: the script always, the region never
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_sg", "zh-Hans"),
        ("cmn", "zh-Hans"),
        ("zh-cmn-Hans", "zh-Hans"),
        ("ZH-HANS-cn", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-yue", "yue"),
        # deprecated, three-letter and legacy codes
        ("in", "id"),
        ("iw", "he"),
        ("sh", "sr-Latn"),
        ("mo", "ro"),
        ("tl", "fil"),
        ("prs", "fa-AF"),
        ("swh", "sw"),
        ("chi", "zh-Hans"),
        ("fre", "fr"),
        ("ara", "ar"),
        ("i-lux", "lb"),
        ("zh-min-nan", "nan"),
        ("ru-SU", "ru"),
        ("en-UK", "en-GB"),
        # regions: dropped where they are the usual ones
        ("fr-FR", "fr"),
        ("hi-IN", "hi"),
        ("mr-IN", "mr"),
        ("ja_JP", "ja"),
        ("nl-NL", "nl"),
        ("pt-BR", "pt"),
        ("en-US", "en"),
        ("ar-SA", "ar"),
        ("ar-EG", "ar"),
        ("es-ES", "es"),
        # and kept where they tell something
        ("pt-PT", "pt-PT"),
        ("en-gb", "en-GB"),
        ("fr-CA", "fr-CA"),
        ("es-419", "es-419"),
        ("es-LA", "es-419"),
        # scripts: named where unusual
        ("fr-Latn", "fr"),
        ("sr-Latn", "sr-Latn"),
        ("sr-Cyrl-RS", "sr"),
        ("pa-PK", "pa-Arab"),
        ("uz-Cyrl-UZ", "uz-Cyrl"),
        ("hi-Latn", "hi-Latn"),
        # extensions say how to show, variants what it is
        ("th-TH-u-nu-thai", "th"),
        ("ca-valencia", "ca-valencia"),
        ("  th ", "th"),
        # codes that look like countries and are languages
        ("tw", "tw"),
        ("se", "se"),
    ],
)
def test_every_spelling_becomes_the_one_of_the_library(given_tag: str, expected: str) -> None:
    assert normalise(given_tag) == expected


def test_normalising_twice_changes_nothing_for_any_language_or_region_of_cldr() -> None:
    regions = [str(region) for region in Locale("en").territories]
    tags = [
        *get_global("likely_subtags"),
        *(
            f"{language}-{region}"
            for language in ("ar", "en", "es", "fr", "mn", "pa", "pt", "sr", "uz", "zh")
            for region in regions
        ),
    ]
    passed = 0
    for tag in tags:
        try:
            once = normalise(tag)
        except Invalid:
            continue
        passed += 1
        assert normalise(once) == once, tag
        assert str(subtags(once)) == once
    assert passed > 7000


@pytest.mark.parametrize(
    ("junk", "suggestion"),
    [
        ("cn", "zh-Hans"),
        ("jp", "ja"),
        ("ua", "uk"),
        ("cz", "cs"),
        ("vn", "vi"),
        ("gr", "el"),
        ("dk", "da"),
        ("English", "en"),
        ("french", "fr"),
        ("español", "es"),
        ("ไทย", "th"),
        ("indonesian", "id"),
        ("zh-Xxxx", "zh-Hans"),
        ("en-ZZ", "en"),
        ("fr-Zzzz", "fr"),
        ("en-x-mine", "en"),
    ],
)
def test_what_is_no_language_is_refused_with_the_nearest_one(junk: str, suggestion: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise(junk)
    assert refusal.value.details["suggestion"] == suggestion
    assert f"Did you mean “{suggestion}”?" in refusal.value.message


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "   ",
        "-",
        "a",
        "x-private",
        "und",
        "mul",
        "zxx",
        "../../etc/passwd",
        "en\x00",
        "e" * 65,
        "١٢",
    ],
)
def test_empty_private_and_hostile_tags_are_refused_with_a_reason(junk: str) -> None:
    with pytest.raises(Invalid) as refusal:
        normalise(junk)
    assert refusal.value.details["reason"]
    assert refusal.value.message.endswith((".", "?"))
    assert refusal.value.message.isprintable()
    assert len(refusal.value.message) < 300


@given(st.text(max_size=200))
def test_no_text_does_anything_but_give_a_tag_or_a_refusal(text: str) -> None:
    try:
        tag = normalise(text)
    except Invalid as refusal:
        suggestion = refusal.details["suggestion"]
        assert suggestion is None or normalise(str(suggestion)) == suggestion
    else:
        assert normalise(tag) == tag
    assert direction(text) in {"ltr", "rtl"}
    assert plausible(text, text) in {True, False}


@pytest.mark.parametrize(
    ("folder", "meant"),
    [
        ("cn", "zh-Hans"),
        ("tw", "zh-Hant"),
        ("jp", "ja"),
        ("kr", "ko"),
        ("ua", "uk"),
        ("cz", "cs"),
        ("vn", "vi"),
        ("gr", "el"),
        ("dk", "da"),
        ("se", "sv"),
        ("en", None),
        ("th", None),
    ],
)
def test_everyday_folder_names_are_explained_but_not_mapped(folder: str, meant: str | None) -> None:
    assert colloquial(folder) == meant
    if meant:
        assert normalise(meant) == meant
        with contextlib.suppress(Invalid):
            assert normalise(folder) != meant


def test_a_tag_comes_apart_into_its_parts() -> None:
    assert subtags("zh-TW") == Subtags("zh", "Hant")
    assert subtags("es-MX") == Subtags("es", "", "MX")
    assert subtags("es-419") == Subtags("es", "", "419")
    assert subtags("ca-valencia") == Subtags("ca", "", "", ("valencia",))


@pytest.mark.parametrize(
    ("tag", "script", "side"),
    [
        ("en", "Latn", "ltr"),
        ("zh-Hans", "Hans", "ltr"),
        ("zh-TW", "Hant", "ltr"),
        ("ar", "Arab", "rtl"),
        ("fa-AF", "Arab", "rtl"),
        ("ur", "Arab", "rtl"),
        ("ug", "Arab", "rtl"),
        ("he", "Hebr", "rtl"),
        ("dv", "Thaa", "rtl"),
        ("pa", "Guru", "ltr"),
        ("pa-PK", "Arab", "rtl"),
        ("km", "Khmr", "ltr"),
        ("ja", "Jpan", "ltr"),
        ("tw", "Latn", "ltr"),
        ("not a tag", "Zzzz", "ltr"),
    ],
)
def test_script_and_direction_follow_from_the_tag(tag: str, script: str, side: str) -> None:
    assert script_of(tag) == script
    assert direction(tag) == side


_CHINESE = "可编程逻辑控制器是一种专门为工业环境应用而设计的数字运算操作电子系统。"
_THAI = "ตัวควบคุมแบบโปรแกรมได้ใช้ในงานอุตสาหกรรมเพื่อควบคุมเครื่องจักร"
_ENGLISH = "A programmable logic controller is built for use in harsh industrial surroundings."
_ARABIC = "وحدة التحكم المنطقية القابلة للبرمجة مصممة للاستخدام في البيئات الصناعية."
_JAPANESE = "プログラマブルロジックコントローラは、産業用の制御装置である。"
_LOGIC = "\n```python\n" + "def rotate(axis, degrees): return axis.turn(degrees)\n" * 20 + "```\n"


@pytest.mark.parametrize(
    ("tag", "text", "fits"),
    [
        ("tw", _CHINESE, False),
        ("zh-Hant", _CHINESE, True),
        ("zh-Hans", _CHINESE, True),
        ("th", _THAI, True),
        ("th", _ENGLISH, False),
        ("en", _THAI, False),
        ("ar", _ARABIC, True),
        ("ar", _ENGLISH, False),
        ("ja", _JAPANESE, True),
        ("zh-Hans", _JAPANESE, False),
        ("th", _THAI + _LOGIC, True),
        ("zh-Hans", _CHINESE + " https://example.org/" + "path/" * 60, True),
        ("th", _THAI + " PLC, SCADA, HMI, Modbus, PROFINET, EtherCAT, Siemens S7-1200", True),
        ("th", "PLC", True),
        ("th", "", True),
        ("und", _CHINESE, True),
    ],
)
def test_the_letters_of_a_text_tell_whether_it_can_be_in_the_language(
    tag: str, text: str, fits: bool
) -> None:
    assert plausible(tag, text) is fits


@pytest.mark.parametrize("piece", ["`<](", "a", "ก", "<", "```\n", "](", "`a", "://"])
def test_judging_a_large_hostile_text_takes_bounded_time(piece: str) -> None:
    began = time.perf_counter()
    plausible("th", piece * 500_000)
    assert time.perf_counter() - began < 1


def test_tags_are_read_without_flask() -> None:
    source = Path(normalise.__wrapped__.__code__.co_filename).read_text(encoding="utf-8")
    assert "flask" not in source
