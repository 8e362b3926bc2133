"""An Arabic reader looks for something that the library has in Chinese only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.judges.site import Site

pytestmark = [pytest.mark.slow]

COURSE = """# 电机与驱动

一门关于驱动的课程。

伺服电动机由驱动器控制，编码器测量转角。
"""
TERM = {
    "zh-Hans": "# 伺服电动机\n",
    "en": "# servo motor\n",
    "fr": "# servomoteur\n",
    "ar": "# محرك سيرفو\n",
}


@pytest.fixture
def library(site: Site, tmp_path: Path) -> Iterator[Site]:
    """A library with one course in Chinese, one in Arabic about something else, and one concept."""
    content = tmp_path / "content"
    course = content / "course" / "drives"
    course.mkdir(parents=True)
    (course / "meta.toml").write_text('source_language = "zh-Hans"\nlicence = "CC-BY-4.0"\n')
    (course / "zh-Hans.md").write_text(COURSE, encoding="utf-8")
    other = content / "course" / "safety"
    other.mkdir()
    (other / "meta.toml").write_text('source_language = "ar"\nlicence = "CC-BY-4.0"\n')
    (other / "ar.md").write_text("# السلامة\n\nافصل التيار.\n", encoding="utf-8")
    term = content / "term" / "servo-motor"
    term.mkdir(parents=True)
    (term / "meta.toml").write_text(
        'source_language = "zh-Hans"\n\n[terms.zh-Hans]\nreading = "sìfú diàndòngjī"\n',
        encoding="utf-8",
    )
    for lang, text in TERM.items():
        (term / f"{lang}.md").write_text(text, encoding="utf-8")
    site.run("import", content)
    site.run("index")
    with site.served("--workers", "1"):
        yield site


@pytest.mark.browser
def test_an_arabic_word_finds_a_chinese_course_and_the_page_says_what_it_searched(
    library: Site, browser: Browser
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        locale="ar",
        base_url=library.url,
        java_script_enabled=False,
    )
    page = context.new_page()
    page.goto("/ar/")
    # As a careful writer types it: the article, and a vowel sign.
    page.locator("main input[type=search]").fill("المُحرك السيرفو")
    page.locator("main input[type=search]").press("Enter")
    result = page.locator(".results h2 a").first
    expect(result).to_have_text("电机与驱动")
    expect(result).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".hits mark").first).to_contain_text("伺服")
    word = page.locator(".also bdi", has_text="伺服电动机")
    expect(word).to_have_attribute("lang", "zh-Hans")
    expect(word).to_have_attribute("dir", "ltr")
    expect(page.locator(".inbank a").first).to_have_text("محرك سيرفو")
    page.locator(".also a").click()
    # No work has the words; the term itself is all that there is.
    expect(page.locator(".results h2 a")).to_have_text(["محرك سيرفو"])
    page.locator(".also a").click()
    expect(page.locator(".results h2 a").first).to_have_text("电机与驱动")
    context.close()


def test_scripts_and_terminals_are_told_as_well(library: Site) -> None:
    told = library.run("search", "--lang", "ar", "محرك سيرفو")
    assert told.startswith("Also searched: 伺服电动机\n")
    assert "电机与驱动" in told
    alone = json.loads(
        library.run("search", "--no-also", "--json", "servo motor", "--kind", "course")
    )
    assert (alone["total"], alone["also"]) == (0, [])
    found = json.loads(library.get("/api/v1/search?q=servo+motor&kind=course").body)
    assert [hit["key"] for hit in found["hits"]] == ["drives"]
    assert found["also"] == [
        {"text": "محرك سيرفو", "lang": "ar", "concept": "servo-motor"},
        {"text": "伺服电动机", "lang": "zh-Hans", "concept": "servo-motor"},
    ]
    off = json.loads(library.get("/api/v1/search?q=servo+motor&kind=course&also=no").body)
    assert (off["total"], off["also"]) == (0, [])
    assert library.get("/api/v1/search?q=servo&also=perhaps").status == 422
