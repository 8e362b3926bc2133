"""The search box with the keyboard alone: a combobox as the WAI-ARIA practices have it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from tests.judges.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def reader(browser: Browser, starter: Site) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, base_url=starter.url, locale="en"
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert faults == []


@pytest.fixture(autouse=True)
def vocabulary(starter: Site) -> None:
    """Wait until the worker has made the vocabulary, of which a reader only sees that it is there."""
    until = time.monotonic() + 60
    while b"cold chain" not in starter.get("/api/v1/suggest?q=cold+ch&lang=en").body:
        assert time.monotonic() < until, "nothing is suggested"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("lang", "typed", "leads_to"),
    [
        ("en", "cold ch", r"/en/(terms|courses|standards)/"),
        ("zh-Hans", "制冷", r"/zh-Hans/(terms|courses|equipment)/"),
        ("zh-Hans", "zhileng", r"/zh-Hans/(terms|courses|equipment)/"),
        ("ar", "الفصل", r"/ar/courses/electrical-equipment/"),
    ],
)
def test_a_title_is_chosen_with_the_keyboard_alone(
    reader: Page, lang: str, typed: str, leads_to: str
) -> None:
    reader.goto(f"/{lang}/search")
    field = reader.locator("main input[type=search]")
    field.focus()
    expect(field).to_have_attribute("aria-expanded", "false")
    reader.keyboard.insert_text(typed)
    listbox = reader.locator("[role=listbox]")
    expect(listbox).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(field).to_have_attribute("aria-controls", listbox.get_attribute("id") or "")
    options = listbox.locator("[role=option]")
    count = options.count()
    assert 0 < count <= 8
    expect(reader.locator("form [role=status]")).not_to_be_empty()
    assert reader.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    reader.keyboard.press("ArrowDown")
    expect(field).to_have_attribute(
        "aria-activedescendant", options.first.get_attribute("id") or ""
    )
    expect(options.first).to_have_attribute("aria-selected", "true")
    reader.keyboard.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None
    reader.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    reader.keyboard.press("ArrowDown")
    reader.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert field.input_value() == typed
    chosen = (options.first.locator("span").text_content() or "").strip()
    reader.keyboard.press("Enter")
    reader.wait_for_url(re.compile(leads_to))
    expect(reader.locator("main")).to_contain_text(chosen)


def test_escape_closes_the_list_and_keeps_what_was_typed(reader: Page) -> None:
    reader.goto("/en/")
    field = reader.locator("main input[type=search]")
    field.focus()
    reader.keyboard.insert_text("cold")
    listbox = reader.locator("[role=listbox]")
    expect(listbox).to_be_visible()
    reader.keyboard.press("Escape")
    expect(listbox).to_be_hidden()
    expect(field).to_have_value("cold")
    expect(field).to_have_attribute("aria-expanded", "false")
    reader.keyboard.press("ArrowDown")
    expect(listbox).to_be_visible()
    reader.keyboard.press("Tab")
    expect(listbox).to_be_hidden()


def test_enter_without_a_choice_searches_for_what_was_typed(reader: Page) -> None:
    reader.goto("/en/")
    reader.locator("main input[type=search]").focus()
    reader.keyboard.insert_text("cold")
    expect(reader.locator("[role=listbox]")).to_be_visible()
    reader.keyboard.press("Enter")
    reader.wait_for_url(re.compile(r"/en/search\?q=cold$"))


@pytest.mark.parametrize(("lang", "typed"), [("en", "cold"), ("zh-Hans", "制冷"), ("ar", "الفصل")])
def test_the_open_list_has_no_fault_of_access(reader: Page, lang: str, typed: str) -> None:
    reader.goto(f"/{lang}/search")
    reader.locator("main input[type=search]").focus()
    reader.keyboard.insert_text(typed)
    expect(reader.locator("[role=listbox]")).to_be_visible()
    reader.keyboard.press("ArrowDown")
    found = Axe().run(reader)
    assert found.violations_count == 0, found.generate_report()


def test_a_title_can_be_tapped(reader: Page) -> None:
    reader.goto("/en/search")
    reader.locator("main input[type=search]").focus()
    reader.keyboard.insert_text("refrigeration and cold")
    reader.locator("[role=option]").first.click()
    reader.wait_for_url(re.compile("/en/courses/refrigeration-cold-chain"))


def test_who_saves_data_is_asked_for_nothing(reader: Page) -> None:
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.goto("/en/search?saver=on")
    reader.locator("main input[type=search]").focus()
    reader.keyboard.insert_text("cold")
    reader.keyboard.press("Enter")
    reader.wait_for_url(re.compile("q=cold"))
    assert not [url for url in asked if "suggest" in url or "find.js" in url]


def test_a_misspelt_french_word_is_put_right(reader: Page) -> None:
    reader.goto("/fr/search")
    reader.locator("main input[type=search]").fill("moteurr")
    reader.keyboard.press("Enter")
    expect(reader.locator(".meant b")).to_have_text("moteur")
    assert reader.locator("ol.results > li").count() > 0
