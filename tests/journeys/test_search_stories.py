"""People who look for something in the starter library, each in their own way of typing."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote

import pytest

from tests.judges.site import Site

pytestmark = [pytest.mark.slow]


def page(site: Site, lang: str, asked: str, more: str = "") -> str:
    answer = site.get(f"/{lang}/search?q={quote(asked)}{more}")
    assert answer.status == 200
    return answer.text


def works(text: str) -> list[str]:
    """The addresses of the works on a page of results, best first, without their language."""
    found = re.findall(r'<h2[^>]*>\s*<a[^>]*href="/[A-Za-z-]+/([a-z]+/[^"?#]+)', text)
    return [html.unescape(one) for one in found]


def terms(text: str) -> list[str]:
    panel = re.search(r'class="[^"]*\binbank\b.*?</(?:section|aside|div)>', text, re.DOTALL)
    return re.findall(r'href="/[A-Za-z-]+/terms/([^"?#]+)', panel[0]) if panel else []


def test_a_thai_student_types_a_whole_question_without_a_space(starter: Site) -> None:
    found = page(starter, "th", "ใบตราส่งสินค้าทางทะเลคืออะไร")
    assert works(found)[0] == "courses/freight-forwarding"
    assert re.search(r"<mark>[^<]*ใบตราส่ง", found)


def test_a_thai_student_types_a_short_word(starter: Site) -> None:
    # In many longer words there are these two letters; what is a word comes first.
    answer = starter.get(f"/api/v1/search?lang=th&q={quote('รถ')}")
    first = json.loads(answer.text)["hits"][0]
    assert re.search("(^|[^ก-๙])รถ", first["title"] + " " + json.dumps(first, ensure_ascii=False))


@pytest.mark.parametrize("typed", ["zhileng", "zhi leng", "zhìlěng", "zhi4leng3", "ZhiLeng"])
def test_a_teacher_types_pinyin(starter: Site, typed: str) -> None:
    found = page(starter, "zh-Hans", typed)
    assert "courses/refrigeration-cold-chain" in works(found)
    assert "制冷" in found


@pytest.mark.parametrize("typed", ["مُحَرِّك", "محرك", "المحرّك", "مـحـرك"])
def test_an_arabic_reader_types_vowel_signs_or_none(starter: Site, typed: str) -> None:
    found = page(starter, "ar", typed)
    assert works(found)[0] == "courses/electrical-equipment"
    assert re.search(r"<mark>[^<]*محرك", found)


def test_a_misspelt_french_word_is_understood_and_said(starter: Site) -> None:
    found = page(starter, "fr", "réfrigiration")
    assert "<b>réfrigération</b>" in found
    assert works(found)
    # Who meant it gets what the question has, and a way on.
    exact = page(starter, "fr", "réfrigiration", "&exactly=1")
    assert not works(exact)
    assert 'href="/fr/courses' in exact


@pytest.mark.parametrize("typed", ["JWXC-1700", "JWXC1700", "jwxc 1700"])
def test_a_part_number_is_found_however_it_is_set(starter: Site, typed: str) -> None:
    found = page(starter, "en", typed)
    assert works(found)[0] == "courses/railway-signalling-maintenance"
    assert re.search("JWXC", found.partition("<main")[2])


def test_a_word_of_another_language_finds_the_term_and_says_what_it_stands_for(
    starter: Site,
) -> None:
    found = page(starter, "sw", "servomoteur")
    assert terms(found)[0] == "servo-motor"
    assert "伺服电动机" in found
