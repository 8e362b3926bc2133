"""From draft to readers in a browser: sent back, answered, approved, scheduled, restored.

By keyboard alone, and on a phone.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts import sittings
from library.accounts.actors import actor_of
from library.db import make_engine, make_session_factory, session_scope, utc_now
from library.editorial import manuscripts, queries, writing
from library.editorial.models import Manuscript
from tests.factories import make_institution, make_work
from tests.judges.site import Site
from tests.people import make_person

pytestmark = pytest.mark.browser
PUBLIC = "/en/courses/measuring-safely/first-steps"
PEOPLE = {"author": "Asha Mushi", "reviewer": "Chen Wei", "publisher": "Fatima Diallo"}


@dataclass(slots=True)
class Desk:
    """A college with an author, a reviewer and a publisher, each in a browser of their own."""

    site: Site
    factory: sessionmaker[Session]
    browser: Browser
    tokens: dict[str, str]
    manuscript: str

    def as_(self, role: str, *, width: int = 1280) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": width, "height": 800})
        cookie = {"name": "desk", "value": self.tokens[role], "url": self.site.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        return context

    def page(self, name: str) -> str:
        return f"{self.site.url}/en/desk/works/{self.manuscript}/{name}"


@pytest.fixture
def desk(site: Site, browser: Browser) -> Iterator[Desk]:
    factory = make_session_factory(make_engine(f"sqlite:///{site.data / 'library.sqlite'}"))
    tokens: dict[str, str] = {}
    with session_scope(factory, write=True) as session:
        make_institution(session)
        work = make_work(session, institutions=["mbeya-college"])
        for role, name in PEOPLE.items():
            person = make_person(
                session, email=f"{role}@example.org", name=name, roles=[(role, "mbeya-college")]
            )
            _, tokens[role] = sittings.begin(session, person, now=utc_now())
            if role == "author":
                author = actor_of(session, person)
        made = manuscripts.open_work(session, work.uuid, by=author)
        section = queries.contents(session, made)[1].uuid
        block = [b for b in queries.blocks(session, made, section) if b.role == "body"][1]
        writing.save_text(
            session,
            made,
            block.uuid,
            lang="en",
            source="Switch off and lock before you touch a wire.",
            version=block.texts["en"].version,
            by=author,
        )
        uuid = str(made.uuid)
    with site.served("--workers", "1"):
        yield Desk(site, factory, browser, tokens, uuid)


_HERE = """(() => {
  const e = document.activeElement;
  const name = e.labels?.[0]?.innerText || e.getAttribute("aria-label") || e.innerText || "";
  return [name.trim(), e.tagName];
})()"""


def go_to(page: Page, words: str, *, tag: str = "", most: int = 150) -> None:
    """Press Tab until the focus is on what is called that."""
    for _ in range(most):
        page.keyboard.press("Tab")
        name, here = page.evaluate(_HERE)
        if name == words and (not tag or here == tag):
            return
    raise AssertionError(f"{words!r} cannot be reached with the keyboard.")


def press(page: Page, words: str, *, key: str = "Enter") -> None:
    go_to(page, words)
    page.keyboard.press(key)


def send(page: Page, words: str) -> None:
    """Press a button that leads to a page."""
    go_to(page, words, tag="BUTTON")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_work_is_sent_back_answered_approved_scheduled_and_read(desk: Desk) -> None:
    with desk.as_("author") as context:
        page = context.new_page()
        page.goto(desk.page("review"))
        expect(page.locator("ins").first).to_have_text("and lock ")
        send(page, "Hand in for review")
        expect(page.get_by_role("status")).to_contain_text("It is handed in.")

    with desk.as_("reviewer") as context:
        page = context.new_page()
        page.goto(f"{desk.site.url}/en/desk")
        with page.expect_navigation():
            press(page, "Measuring safely")
        press(page, "Comment")
        go_to(page, "What do you want to say?")
        page.keyboard.type("Lock what? The switch?")
        send(page, "Send")
        expect(page.get_by_role("status")).to_contain_text("Your comment is there.")
        press(page, "Send back")
        go_to(page, "What is to be changed?")
        page.keyboard.type("Say what is locked.")
        send(page, "Send back")
        expect(page.get_by_role("status")).to_contain_text("It went back to its authors")

    with desk.as_("author", width=390) as context:
        page = context.new_page()
        page.goto(desk.page("preview"))
        page.locator("details.contents summary").click()
        page.get_by_role("link", name="Measuring safely").last.click()
        handle = page.get_by_role("link", name="Comments on paragraph 2 (1)")
        handle.click()
        panel = page.get_by_role("region", name="Comments")
        expect(panel).to_contain_text("Lock what? The switch?")
        panel.get_by_role("button", name="Answer").click()
        panel.get_by_label("What do you want to say?").first.fill("The main switch; I say so now.")
        panel.locator("article form button").click()
        expect(panel.locator(".answer")).to_contain_text("The main switch")
        panel.get_by_role("button", name="Settle").click()
        expect(panel).to_contain_text("Settled by")
        expect(handle).to_have_text("+")
        page.goto(desk.page("review"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("button", name="Hand in for review").click()
        expect(page.get_by_role("status")).to_contain_text("It is handed in.")

    with desk.as_("reviewer") as context:
        page = context.new_page()
        page.goto(desk.page("review"))
        expect(page.locator(".thread")).to_contain_text("The main switch")
        send(page, "Approve")
        expect(page.get_by_role("status")).to_contain_text("It is approved")

    assert "lock before" not in desk.site.get(PUBLIC).text
    with desk.as_("publisher", width=390) as context:
        page = context.new_page()
        page.goto(desk.page("review"))
        page.get_by_text("Publish at a time").first.click()
        page.get_by_label("Day and time").fill("2099-01-31T08:00")
        page.get_by_label("Time zone of that time").fill("Africa/Nairobi")
        page.get_by_role("button", name="Publish at a time").click()
        expect(page.get_by_text("It will be published Jan 31, 2099, 05:00 UTC.")).to_be_visible()

    with session_scope(desk.factory, write=True) as session:
        made = session.scalars(select(Manuscript)).one()
        made.publish_at = utc_now() - dt.timedelta(seconds=1)
    until = time.monotonic() + 60
    while "lock before" not in desk.site.get(PUBLIC).text:
        assert time.monotonic() < until, "It was not published at its time."
        time.sleep(0.2)

    with desk.as_("publisher") as context:
        page = context.new_page()
        page.goto(f"{desk.site.url}/en/desk/log?work=measuring-safely")
        for words in ("published", "set a time to publish", "approved", "sent back"):
            expect(page.locator(".log-lines").get_by_text(words, exact=True).first).to_be_visible()


def test_a_revision_is_restored(desk: Desk) -> None:
    with desk.as_("author") as author, desk.as_("reviewer") as reviewer:
        page = author.new_page()
        page.goto(desk.page("review"))
        page.get_by_role("button", name="Hand in for review").click()
        page = reviewer.new_page()
        page.goto(desk.page("review"))
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status")).to_contain_text("It is approved")
    with desk.as_("publisher") as context:
        page = context.new_page()
        page.goto(desk.page("review"))
        page.get_by_role("button", name="Publish now").click()
        expect(page.get_by_role("status")).to_contain_text("Readers have it now")
    assert "lock before" in desk.site.get(PUBLIC).text
    with desk.as_("author", width=390) as context:
        page = context.new_page()
        page.goto(desk.page("revisions"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        press(page, "Revision 1")
        page.wait_for_url("**/revisions/1")
        page.locator("details.contents summary").click()
        page.locator("details.contents nav a").last.click()
        expect(page.locator("article")).to_contain_text("Switch off before")
        send(page, "Restore this revision as the draft")
        expect(page.get_by_role("status")).to_contain_text("The revision is the draft now.")
        expect(page.locator("del").first).to_have_text("and lock ")
    # Readers keep what they have until it is reviewed.
    assert "lock before" in desk.site.get(PUBLIC).text
