"""Writing in a browser: a dead network, a closed tab, two at once, the keyboard alone, a phone, a picture."""

from __future__ import annotations

import base64
import io
import re
import uuid as uuids
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select

from library.accounts import sittings
from library.accounts.actors import actor_of
from library.accounts.models import Person, RoleGrant
from library.db import utc_now
from library.editorial import manuscripts, queries
from library.editorial.models import Manuscript
from tests.factories import make_work, section_draft
from tests.journeys.desk_site import COLLEGE, Server, furnish, opened, serving
from tests.judges.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EN = "# One\n\nFirst paragraph.\n\nSecond paragraph."
AR = "# واحد\n\nالفقرة الأولى.\n\nالفقرة الثانية."
# What a dead network is logged as by the browser itself.
_NETWORK = re.compile(r"ERR_INTERNET_DISCONNECTED|Failed to load resource|Failed to fetch")


@dataclass
class Desk:
    """A served site with a work of three sections, and who writes in it."""

    site: Site
    server: Server
    browser: Browser
    cookies: list[str]
    manuscript: uuids.UUID
    sections: list[uuids.UUID]

    def enter(self, who: int = 0, *, width: int = 1280, height: int = 900) -> BrowserContext:
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, base_url=self.site.url, locale="en"
        )
        context.set_default_timeout(15_000)
        name, _, value = self.cookies[who].partition("=")
        context.add_cookies([{"name": name, "value": value, "url": self.site.url}])
        return context

    def path(self, lang: str = "en") -> str:
        return f"/{lang}/desk/works/{self.manuscript}"

    def section(self, at: int = 1, lang: str = "en") -> str:
        return f"{self.path(lang)}/sections/{self.sections[at]}"

    def texts(self, at: int = 1, lang: str = "en") -> list[str]:
        with opened(self.site) as session:
            found = session.scalars(
                select(Manuscript).where(Manuscript.uuid == self.manuscript)
            ).one()
            lines = queries.blocks(session, found, self.sections[at])
            return [line.texts[lang].source if lang in line.texts else "" for line in lines]

    def titles(self) -> list[tuple[str, int]]:
        with opened(self.site) as session:
            found = session.scalars(
                select(Manuscript).where(Manuscript.uuid == self.manuscript)
            ).one()
            return [(line.title, line.depth) for line in queries.contents(session, found)[1:]]


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Desk]:
    site = Site(tmp_path_factory.mktemp("writing"))
    cookies = [furnish(site)]
    with opened(site) as session:
        asha = session.scalars(select(Person)).one()
        other = Person(email="li@example.org", name="Li Wei")
        session.add(other)
        session.flush()
        session.add(RoleGrant(person_id=other.id, role="author", institution=COLLEGE, lang=""))
        _, token = sittings.begin(session, other, now=utc_now())
        cookies.append(f"desk={token}")
        sections = [
            section_draft("one", {"en": EN, "ar": AR}),
            section_draft("two", {"en": "# Two\n\nText of two."}),
            section_draft("three", {"en": "# Three\n\nText of three."}),
        ]
        work = make_work(session, institutions=[COLLEGE], languages=("en", "ar"), sections=sections)
        found = manuscripts.open_work(session, work.uuid, by=actor_of(session, asha))
        uuid = found.uuid
        ids = [line.uuid for line in queries.contents(session, found)]
    with serving(site, "--workers", "1") as server:
        yield Desk(site, server, browser, cookies, uuid, ids)


def _open(context: BrowserContext, path: str) -> Page:
    page = context.new_page()
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
    page.on("console", lambda said: _console(page, said.type, said.text))
    page.goto(path)
    expect(page.locator("#editor")).to_have_attribute("data-ready", "yes")
    return page


def _console(page: Page, kind: str, text: str) -> None:
    if kind == "error" and not _NETWORK.search(text):
        page.faults.append(text)  # type: ignore[attr-defined]


def _area(page: Page, at: int) -> Locator:
    return page.locator("#blks > .blk:not([hidden]) textarea").nth(at)


def _standing(page: Page) -> Locator:
    return page.locator("#standing")


def _type_at_end(page: Page, at: int, text: str) -> None:
    area = _area(page, at)
    area.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def test_what_was_typed_without_network_survives_a_closed_tab_and_is_saved(desk: Desk) -> None:
    context = desk.enter()
    page = _open(context, desk.section())
    _type_at_end(page, 1, " Saved at once.")
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts()[1] == "First paragraph. Saved at once."
    context.set_offline(True)
    _type_at_end(page, 1, " In the dark.")
    page.keyboard.press("Control+Enter")
    page.keyboard.type("A paragraph of the dark.")
    expect(_standing(page)).to_contain_text("Kept on this device, waiting for the network")
    page.close(run_before_unload=False)
    context.set_offline(False)
    assert "dark" not in " ".join(desk.texts())
    again = _open(context, desk.section())
    expect(_area(again, 1)).to_have_value("First paragraph. Saved at once. In the dark.")
    expect(_area(again, 2)).to_have_value("A paragraph of the dark.")
    expect(_standing(again)).to_have_text("Saved")
    assert desk.texts() == [
        "# One",
        "First paragraph. Saved at once. In the dark.",
        "A paragraph of the dark.",
        "Second paragraph.",
    ]
    assert (
        again.evaluate("Object.keys(localStorage).filter(k => k.startsWith('desk.')).length") == 0
    )
    assert page.faults == again.faults == []  # type: ignore[attr-defined]


def test_the_network_comes_back_while_the_page_is_open(desk: Desk) -> None:
    context = desk.enter()
    page = _open(context, desk.section())
    context.set_offline(True)
    _type_at_end(page, 1, " More.")
    expect(_standing(page)).to_contain_text("Kept on this device")
    context.set_offline(False)
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts()[1] == "First paragraph. More."


def test_a_killed_server_loses_nothing_that_was_typed(desk: Desk) -> None:
    page = _open(desk.enter(), desk.section())
    desk.server.kill()
    _type_at_end(page, 1, " Through a power cut.")
    expect(_standing(page)).to_contain_text("Kept on this device, waiting for the library")
    desk.server.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(_standing(page)).to_have_text("Saved", timeout=40_000)
    assert desk.texts()[1] == "First paragraph. Through a power cut."


def test_two_who_write_one_paragraph_both_keep_their_words(desk: Desk) -> None:
    mine, theirs = _open(desk.enter(0), desk.section()), _open(desk.enter(1), desk.section())
    _type_at_end(theirs, 1, " Theirs.")
    expect(_standing(theirs)).to_have_text("Saved")
    _type_at_end(mine, 1, " Mine.")
    clash = mine.locator(".clash[role=alert]")
    expect(clash).to_contain_text("Li Wei has changed this paragraph")
    expect(clash.locator("ins")).to_have_text("Theirs")
    expect(clash.locator("del")).to_have_text("Mine")
    # Another paragraph is saved meanwhile.
    _type_at_end(mine, 2, " Elsewhere.")
    expect(_standing(mine)).to_contain_text("not saved")
    clash.get_by_role("button", name="Keep both").click()
    expect(_standing(mine)).to_have_text("Saved")
    expect(clash).to_have_count(0)
    assert desk.texts() == [
        "# One",
        "First paragraph. Theirs.",
        "First paragraph. Mine.",
        "Second paragraph. Elsewhere.",
    ]


def test_signing_out_elsewhere_keeps_the_text_until_one_is_back(desk: Desk) -> None:
    context = desk.enter()
    page = _open(context, desk.section())
    cookies = context.cookies()
    context.clear_cookies()
    _type_at_end(page, 1, " While away.")
    expect(_standing(page)).to_contain_text("You are not signed in any more")
    expect(_standing(page).get_by_role("link")).to_have_attribute("target", "_blank")
    with opened(desk.site) as session:
        asha = session.scalars(select(Person).order_by(Person.id)).first()
        assert asha is not None
        _, token = sittings.begin(session, asha, now=utc_now())
    context.add_cookies([{**cookies[0], "value": token}])
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts()[1] == "First paragraph. While away."


def test_paragraphs_are_made_joined_moved_and_brought_back_with_the_keyboard_alone(
    desk: Desk,
) -> None:
    page = _open(desk.enter(), desk.section())
    _area(page, 1).focus()
    page.keyboard.press("Control+Home")
    for _ in "First":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(_area(page, 2)).to_have_value("paragraph.")
    expect(_area(page, 2)).to_be_focused()
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect(_area(page, 1)).to_have_value("paragraph.")
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts() == ["# One", "paragraph.", "First", "Second paragraph."]
    _area(page, 3).focus()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Backspace")
    expect(_area(page, 2)).to_have_value("First Second paragraph.")
    page.keyboard.press("Control+s")
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts() == ["# One", "paragraph.", "First Second paragraph."]
    page.keyboard.press("Control+Shift+Delete")
    expect(page.locator("#toast")).to_contain_text("taken out")
    page.keyboard.press("Control+z")
    expect(_area(page, 2)).to_have_value("First Second paragraph.")
    expect(_standing(page)).to_have_text("Saved")
    assert len(desk.texts()) == 3


def test_text_with_blank_lines_becomes_paragraphs_where_it_was_pasted(desk: Desk) -> None:
    page = _open(desk.enter(), desk.section())
    _area(page, 2).focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("Alpha.\n\n- one\n\n  still one\n- two\n\nOmega")
    page.keyboard.type("!")
    expect(_area(page, 4)).to_have_value("Omega!")
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts()[2:] == ["Alpha.", "- one\n\n  still one\n- two", "Omega!"]
    expect(_area(page, 4)).to_be_focused()


def test_the_toolbar_marks_up_and_the_browser_undoes(desk: Desk) -> None:
    page = _open(desk.enter(), desk.section())
    area = _area(page, 1)
    area.focus()
    area.evaluate("it => it.setSelectionRange(0, 5)")
    page.keyboard.press("Control+b")
    expect(area).to_have_value("**First** paragraph.")
    expect(page.locator(".blk .seen strong").first).to_have_text("First")
    page.keyboard.press("Control+z")
    expect(area).to_have_value("First paragraph.")
    page.keyboard.press("Alt+F10")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Quotation")).to_be_focused()
    page.keyboard.press("Enter")
    expect(area).to_have_value("> First paragraph.")
    expect(page.locator(".blk .seen blockquote")).to_be_visible()


def test_a_table_from_a_spreadsheet_becomes_a_table(desk: Desk) -> None:
    page = _open(desk.enter(), desk.section())
    area = _area(page, 2)
    area.fill("")
    area.evaluate(
        """it => {
          const data = new DataTransfer();
          data.setData("text/plain", 'Part\\tPrice\\n"Pump|2"\\t12\\n');
          const how = { clipboardData: data, bubbles: true, cancelable: true };
          it.dispatchEvent(new ClipboardEvent("paste", how));
        }"""
    )
    expect(area).to_have_value("| Part | Price |\n| --- | --- |\n| Pump\\|2 | 12 |")
    expect(page.locator(".seen td").first).to_have_text("Pump|2")


def test_a_picture_is_pasted_and_says_what_it_shows(desk: Desk) -> None:
    page = _open(desk.enter(), desk.section())
    made = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(made, "PNG")
    area = _area(page, 2)
    area.focus()
    area.evaluate(
        """(it, encoded) => {
          const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], "image.png", { type: "image/png" }));
          const how = { clipboardData: data, bubbles: true, cancelable: true };
          it.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        base64.b64encode(made.getvalue()).decode(),
    )
    dialog = page.locator("#ask-alt")
    expect(dialog).to_be_visible()
    page.keyboard.type("A blue field")
    dialog.get_by_role("button", name="Insert").click()
    expect(_area(page, 3)).to_have_value(re.compile(r"^!\[A blue field\]\(\.\./images/picture-"))
    shown = page.locator(".seen img")
    expect(shown).to_have_attribute("alt", "A blue field")
    expect(shown).to_have_js_property("naturalWidth", 40)
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts()[3].startswith("![A blue field]")

    # One that came without words, as out of a document, is given them without knowing Markdown.
    path = re.search(r"\((.*?)\)", desk.texts()[3])
    assert path
    _area(page, 3).fill(f'![]({path[1]} "Figure 1: [blue]")')
    page.get_by_role("button", name="What does the picture show?").click()
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("checkbox")).to_be_hidden()  # its caption does more than decorate
    page.keyboard.type("A field [blue]")
    dialog.get_by_role("button", name="Insert").click()
    written = f'![A field \\[blue\\]]({path[1]} "Figure 1: [blue]")'
    expect(_area(page, 3)).to_have_value(written)
    expect(page.get_by_role("button", name="What does the picture show?")).to_have_count(0)
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts()[3] == written


def test_sections_are_moved_with_the_keyboard_and_by_drag(desk: Desk) -> None:
    context = desk.enter()
    page = context.new_page()
    page.goto(desk.path())
    page.get_by_role("link", name="Three", exact=True).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#tree-said")).to_have_text("Moved.")
    expect(page.get_by_role("link", name="Three", exact=True)).to_be_focused()
    page.keyboard.press("Alt+ArrowRight")
    expect(page.locator("li[data-depth='2']")).to_contain_text("Three")
    assert desk.titles() == [("One", 1), ("Three", 2), ("Two", 1)]
    two, one = (page.locator("li[data-moves]", has_text=name).first for name in ("Two", "One"))
    two.locator(".grip").drag_to(one, target_position={"x": 40, "y": 4})
    expect(page.locator("li[data-moves]").first).to_contain_text("Two")
    assert desk.titles() == [("Two", 1), ("One", 1), ("Three", 2)]


def test_a_translation_sees_what_changed_in_its_source_and_says_that_it_still_holds(
    desk: Desk,
) -> None:
    context = desk.enter()
    page = _open(context, desk.section())
    _area(page, 1).fill("First short paragraph.")
    expect(_standing(page)).to_have_text("Saved")
    page = _open(context, f"{desk.section()}?to=ar")
    row = page.locator("#blks > .blk").nth(1)
    expect(row.locator("ins")).to_contain_text("short")
    row.get_by_role("button", name="It is still right").click()
    expect(row.locator(".source-changes")).to_be_hidden()
    expect(_standing(page)).to_have_text("Saved")
    page.reload()
    expect(row.locator(".source-changes")).to_be_hidden()


def test_a_change_of_place_is_taken_back_and_nothing_is_sent_twice(desk: Desk) -> None:
    page = _open(desk.enter(1), desk.section())
    row = page.locator("#blks > .blk").nth(2)
    row.locator("textarea").focus()
    row.locator("summary").click()
    row.get_by_role("button", name="Move up").click()
    expect(_area(page, 1)).to_have_value("Second paragraph.")
    page.locator("#toast").get_by_role("button", name="Undo").click()
    expect(_area(page, 1)).to_have_value("First paragraph.")
    expect(_standing(page)).to_have_text("Saved")
    assert desk.texts() == ["# One", "First paragraph.", "Second paragraph."]


def test_a_translation_on_a_phone_from_right_to_left(desk: Desk) -> None:
    page = _open(desk.enter(width=390, height=844), f"{desk.section(1, 'ar')}?to=ar")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    area = _area(page, 1)
    assert area.evaluate("it => getComputedStyle(it).direction") == "rtl"
    area.fill("الفقرة الأولى الجديدة.")
    expect(_standing(page)).to_have_attribute("data-kind", "saved")
    assert desk.texts(lang="ar")[1] == "الفقرة الأولى الجديدة."
    assert page.faults == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("to", ["", "?to=ar"])
def test_the_editor_has_no_fault_of_access(desk: Desk, to: str) -> None:
    page = _open(desk.enter(), desk.section() + to)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.goto(desk.path())
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_everything_that_the_editor_loads_is_small(desk: Desk) -> None:
    context = desk.enter()
    page = context.new_page()
    sizes: dict[str, int] = {}
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "requestfinished",
        lambda request: sizes.__setitem__(request.url, request.sizes()["responseBodySize"]),
    )
    page.goto(desk.section())
    expect(page.locator("#editor")).to_have_attribute("data-ready", "yes")
    assert sum(sizes.values()) <= 150_000, sizes
    modules = [one.partition("?")[0] for one in asked if ".js" in one]
    assert len(modules) == len(set(modules)) >= 10, "a module is asked for once"
