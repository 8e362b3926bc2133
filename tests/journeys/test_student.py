"""A student with a phone who half-knows the language of the text; and a reader without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.judges.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LESSON = "/courses/electrical-equipment/measuring-safely/safe-isolation"


@pytest.fixture
def phone(browser: Browser, starter: Site) -> Iterator[Page]:
    """A phone set to Arabic; leaves a list of every request in ``page.requests``."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="ar", base_url=starter.url, has_touch=True
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture
def plain(browser: Browser, starter: Site) -> Iterator[Page]:
    """A browser with scripts switched off."""
    context = browser.new_context(java_script_enabled=False, base_url=starter.url, locale="en")
    context.set_default_timeout(15_000)
    page = context.new_page()
    yield page
    context.close()


def no_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_an_arabic_reader_is_met_in_arabic_and_finds_a_lesson(phone: Page, starter: Site) -> None:
    elsewhere: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((starter.url, "data:")):
            elsewhere.append(request.url)

    phone.on("request", watch)
    phone.goto("/")
    assert phone.url == f"{starter.url}/ar/"
    expect(phone.locator("html")).to_have_attribute("dir", "rtl")
    assert no_sideways(phone)
    phone.locator("main input[type=search]").fill("الفصل الآمن")
    phone.locator("main input[type=search]").press("Enter")
    expect(phone.locator("main mark").first).to_be_visible()
    phone.locator("main .hits a, main .results a").filter(has_text="الآمن").first.click()
    expect(phone.locator("h1")).to_contain_text("الآمن")
    assert no_sideways(phone)
    assert phone.context.cookies() == []
    assert elsewhere == []


def test_two_languages_by_paragraph_open_with_a_tap(phone: Page) -> None:
    phone.goto(f"/ar{LESSON}?with=en")
    pair = phone.locator(".pair", has=phone.locator("details.fold")).first
    english = pair.locator(".b")
    expect(english).to_be_hidden()
    pair.locator("summary").tap()
    expect(english).to_be_visible()
    expect(english).to_have_attribute("lang", "en")
    expect(english).to_have_attribute("dir", "ltr")
    assert no_sideways(phone)


def test_what_is_stale_and_machine_made_is_said_where_it_stands(phone: Page) -> None:
    phone.goto(f"/ar{LESSON}")
    expect(phone.locator("main .note").first).to_be_visible()
    assert phone.locator("main .state").count() == 1


def test_the_second_language_stays_from_lesson_to_lesson(phone: Page) -> None:
    phone.goto(f"/ar{LESSON}?with=en")
    phone.locator("nav.steps a").last.click()
    assert phone.url.endswith("?with=en")


def test_a_language_that_a_work_lacks_is_never_an_empty_page(phone: Page, starter: Site) -> None:
    phone.goto(f"/km{LESSON}")
    assert "noindex" in (phone.locator("meta[name=robots]").get_attribute("content") or "")
    expect(phone.locator("main")).to_contain_text("230 V")
    canonical = phone.locator("link[rel=canonical]").get_attribute("href") or ""
    assert canonical.endswith(f"/en{LESSON}")
    assert phone.locator("link[hreflang]").count() == 0


def test_the_editions_that_exist_point_to_each_other(phone: Page) -> None:
    phone.goto(f"/fr{LESSON}")
    tags = {a.get_attribute("hreflang") for a in phone.locator("link[hreflang]").all()}
    assert tags == {"zh-Hans", "en", "ar", "fr", "x-default"}


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "ar"])
def test_a_found_line_of_code_does_not_widen_the_phone(phone: Page, lang: str) -> None:
    # A lesson on the command line has words of sixty letters.
    phone.goto(f"/{lang}/search?q=measurements+mkdir+motor")
    expect(phone.locator("ul.hits").first).to_be_visible()
    assert no_sideways(phone)


def test_a_film_shows_subtitles_in_the_readers_language(phone: Page) -> None:
    phone.goto("/th/lessons/encoder-signal")
    assert no_sideways(phone)
    film = phone.locator("video")
    expect(film.locator("track[default]")).to_have_attribute("srclang", "th")
    cues = film.evaluate(
        """async video => {
            video.muted = true;
            await video.play();
            const track = [...video.textTracks].find(t => t.mode === 'showing');
            for (let n = 0; n < 100 && !(track.cues && track.cues.length); n++)
                await new Promise(done => setTimeout(done, 50));
            return [track.language, track.cues.length, video.videoWidth];
        }"""
    )
    assert cues[0] == "th"
    assert cues[1] > 2
    assert cues[2] > 0


def test_subtitles_follow_the_page_even_where_its_text_falls_back(phone: Page) -> None:
    phone.goto("/ar/lessons/encoder-signal")
    expect(phone.locator("track[default]")).to_have_attribute("srclang", "ar")


def test_the_data_saver_shows_no_picture_until_it_is_asked(phone: Page) -> None:
    pictures: list[str] = []
    phone.on("response", lambda r: pictures.append(r.url) if "/media/" in r.url else None)
    phone.goto("/en/equipment/servo-training-bench?saver=on")
    phone.wait_for_load_state("networkidle")
    assert pictures == []
    phone.locator("details.picture summary").first.tap()
    expect(phone.locator("details.picture img").first).to_be_visible()


def test_everything_works_without_scripts(plain: Page) -> None:
    plain.goto("/en/")
    plain.locator("nav a", has_text="Courses").first.click()
    plain.locator("main h2 a, main h3 a", has_text="Electrical Equipment").first.click()
    expect(plain.locator("h1")).to_contain_text("Electrical Equipment")
    plain.goto(f"/en{LESSON}?with=zh-Hans")
    assert plain.locator(".pair .b[lang=zh-Hans]").count() > 5
    assert plain.locator("math").count() > 0
    plain.goto("/en/works")
    plain.locator(".facets a", has_text=re.compile("Français")).first.click()
    assert "language=fr" in plain.url
    plain.locator(".chip").first.click()
    assert "language=fr" not in plain.url
    plain.locator("header input[type=search]").fill("servo")
    plain.locator("header form.find button").click()
    assert plain.locator("main mark").count() > 0


def test_the_language_can_be_switched_and_the_page_stays(plain: Page) -> None:
    plain.goto(f"/en{LESSON}")
    href = plain.locator("header a[hreflang=fr]").get_attribute("href") or ""
    plain.goto(href)
    assert plain.url.endswith(f"/fr{LESSON}")
    assert plain.locator("html").get_attribute("lang") == "fr"


@pytest.mark.parametrize("width", [390, 1280])
def test_every_part_of_the_home_page_can_be_seen(phone: Page, width: int) -> None:
    phone.set_viewport_size({"width": width, "height": 900})
    phone.goto("/en/")
    parts = phone.locator("main section")
    assert parts.count() >= 4
    for n in range(1, parts.count()):
        expect(parts.nth(n).locator("ul, ol, table").last).to_be_visible()


def test_every_paragraph_has_a_lasting_address(plain: Page, starter: Site) -> None:
    plain.goto(f"/en{LESSON}")
    pin = plain.locator("a.pin").nth(2).get_attribute("href") or ""
    assert re.match(r"/id/[0-9a-f-]{36}", pin)
    answer = starter.get(pin.partition("?")[0], Accept_Language="ar")
    assert answer.status in (302, 303)
    assert re.search(rf"/ar{LESSON}#b-[0-9a-f]+", answer.headers["Location"])


def test_the_keyboard_alone_reaches_the_text(phone: Page) -> None:
    phone.goto(f"/en{LESSON}")
    phone.keyboard.press("Tab")
    focused = phone.evaluate("document.activeElement.className")
    assert focused == "skip"
    phone.keyboard.press("Enter")
    assert phone.evaluate("document.activeElement.tagName") == "MAIN"


@pytest.mark.parametrize(
    "path", ["/", "/courses", LESSON, "/search?q=servo", "/terms", "/partnerships"]
)
@pytest.mark.parametrize("lang", ["en", "ar", "km", "ru"])
def test_pages_fit_320_pixels(phone: Page, path: str, lang: str) -> None:
    phone.set_viewport_size({"width": 320, "height": 600})
    phone.goto(f"/{lang}{path}")
    assert no_sideways(phone)


def test_print_leaves_the_frame_out(phone: Page) -> None:
    phone.goto(f"/en{LESSON}")
    phone.emulate_media(media="print")
    expect(phone.locator("header.top")).to_be_hidden()
    expect(phone.locator("h1")).to_be_visible()
