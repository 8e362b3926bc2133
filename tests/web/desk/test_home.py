"""The editor's home: what waits for whom, and only what they may see."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.actors import actor_of
from library.accounts.models import LogEntry
from library.catalogue.models import (
    Edition,
    ExternalLink,
    LinkPlace,
    LinkState,
    MediaFile,
    TextState,
    Work,
)
from library.catalogue.unanswered import record
from library.db import utc_now
from library.editorial import facts, manuscripts, queries, workflow, writing
from library.editorial.models import Manuscript
from library.uploads.models import Upload, UploadState
from tests.factories import make_institution, make_work
from tests.people import OPERATOR, DeskClient, make_person, signed_in

Hire = Callable[..., DeskClient]


@pytest.fixture
def hire(app: Flask, factory: sessionmaker[Session], session: Session) -> Hire:
    def _hire(role: str, *, at: str = "mbeya-college", lang: str = "") -> DeskClient:
        person = make_person(
            session, email=f"{role}@{at or 'all'}.org", name=f"The {role}", roles=[(role, at, lang)]
        )
        session.commit()
        return signed_in(app, factory, person)

    return _hire


@pytest.fixture
def work(session: Session) -> Work:
    make_institution(session)
    made = make_work(session, institutions=["mbeya-college"], languages=("en", "fr"))
    session.commit()
    return made


@pytest.fixture
def waiting(session: Session, work: Work) -> Manuscript:
    made = manuscripts.open_work(session, work.uuid, by=OPERATOR)
    manuscripts.fill(session, made, manuscripts.draft_from(session, made), by=OPERATOR)
    made.state = "draft"
    workflow.submit(session, made, by=OPERATOR)
    session.commit()
    return made


@pytest.mark.parametrize(("role", "may"), [("author", True), ("reviewer", False)])
def test_who_may_begin_a_work_can_do_so_from_home(hire: Hire, role: str, may: bool) -> None:
    assert ('href="/en/desk/works/new"' in hire(role).get("/en/desk").text) is may


def test_what_waits_for_whom(waiting: Manuscript, hire: Hire) -> None:
    here = f"/en/desk/works/{waiting.uuid}/review"
    assert here in hire("reviewer").get("/en/desk").text
    assert here not in hire("reviewer", at="other-college").get("/en/desk").text
    assert "Nothing waits for you." in hire("publisher").get("/en/desk").text
    assert "page.waiting" not in hire("author").get("/en/desk").text


def test_what_a_reviewer_sends_back_waits_for_its_author_with_the_reason(
    app: Flask, factory: sessionmaker[Session], session: Session, work: Work, hire: Hire
) -> None:
    asha = make_person(session, roles=[("author", "mbeya-college")])
    made = manuscripts.open_work(session, work.uuid, by=actor_of(session, asha))
    manuscripts.fill(
        session, made, manuscripts.draft_from(session, made), by=actor_of(session, asha)
    )
    made.state = "draft"
    session.commit()
    author = signed_in(app, factory, asha)
    on = f"/en/desk/works/{made.uuid}"
    author.send(f"{on}/review/submit", {"note": "Look at the table."}, page=f"{on}/review")
    reviewer = hire("reviewer")
    for page in ("/en/desk", f"{on}/review"):
        assert "Look at the table." in reviewer.get(page).text
    assert "page.waiting" not in author.get("/en/desk").text

    reviewer.send(
        f"{on}/review/send-back", {"why": "The <b>units</b> are missing."}, page=f"{on}/review"
    )
    home = author.get("/en/desk").text
    waiting = home[home.index("page.waiting") : home.index("page.drafts")]
    assert "The &lt;b&gt;units&lt;/b&gt; are missing." in waiting
    for page in (on, f"{on}/review"):
        told = author.get(page).text
        assert "Sent back by \u2068The reviewer\u2069" in told
        assert "The &lt;b&gt;units&lt;/b&gt; are missing." in told
    assert made.key not in hire("author", at="other-college").get("/en/desk").text

    # Handed in again, it waits for nobody who writes.
    author.send(f"{on}/review/submit", {}, page=f"{on}/review")
    assert "page.waiting" not in author.get("/en/desk").text
    assert "are missing" not in author.get(f"{on}/review").text


def test_a_draft_waits_for_translators_of_a_language_that_was_begun(
    session: Session, work: Work, hire: Hire
) -> None:
    made = manuscripts.open_work(session, work.uuid, by=OPERATOR)
    facts.set_edition(session, made, lang="sw", offered=False, by=OPERATOR)
    session.commit()
    here = f"/en/desk/works/{made.uuid}/next?to=sw"
    assert here in hire("translator", lang="sw").get("/en/desk").text
    assert "/next?to=sw" not in hire("translator", at="", lang="km").get("/en/desk").text
    assert here not in hire("translator", at="other-college", lang="sw").get("/en/desk").text
    # Authors find it at the work.
    assert "page.untranslated" not in hire("author").get("/en/desk").text


def test_an_administrator_is_led_to_inviting_and_told_who_has_not_come(
    session: Session, hire: Hire
) -> None:
    make_institution(session)
    admin = hire("administrator")
    assert "/en/desk/people/invite" in admin.get("/en/desk").text
    admin.send(
        "/en/desk/people/invite",
        {"email": "new@example.org", "role": "author", "institution": "mbeya-college"},
    )
    panel = admin.get("/en/desk").text.partition('id="page.people"')[2]
    assert "new@example.org" in panel
    assert "page.people" not in hire("author").get("/en/desk").text


def test_without_a_role_nothing_is_shown_but_what_to_do(
    app: Flask, factory: sessionmaker[Session], session: Session, waiting: Manuscript
) -> None:
    person = make_person(session, email="new@example.org", name="New")
    session.commit()
    text = signed_in(app, factory, person).get("/en/desk").text
    assert "You have no role yet" in text
    assert 'class="panel ' not in text


def test_searches_without_result_are_told(session: Session, hire: Hire) -> None:
    today = utc_now().date()
    record(session, {("en", "plasma <cutter>"): 7, ("sw", ""): 3}, day=today)
    session.commit()
    text = hire("publisher").get("/en/desk").text
    assert "plasma &lt;cutter&gt;" in text
    assert "page.searches" not in hire("translator", lang="fr").get("/en/desk").text


def _break_link(session: Session, work: Work, state: str = LinkState.BROKEN) -> ExternalLink:
    link = ExternalLink(
        digest="d" * 64,
        url="https://gone.example/<x>",
        host="gone.example",
        state=state,
        status=404,
        failing_since=dt.date(2026, 11, 1),
        checked_at=utc_now(),
        next_check=utc_now() + dt.timedelta(days=7),
    )
    session.add(link)
    session.flush()
    session.add(LinkPlace(link_id=link.id, work_id=work.id, lang="en"))
    session.commit()
    return link


def test_broken_links_are_told_to_who_answers_for_the_work(
    session: Session, work: Work, hire: Hire
) -> None:
    link = _break_link(session, work)
    author, other = hire("author"), hire("author", at="other-college")
    for page in ("/en/desk", "/en/desk/links"):
        assert "https://gone.example/&lt;x&gt;" in author.get(page).text
        assert "gone.example" not in other.get(page).text
    author.send("/en/desk/links/again", {"link": link.id}, page="/en/desk/links")
    session.rollback()
    session.refresh(link)
    assert link.next_check <= utc_now()
    assert author.send("/en/desk/links/again", {"link": 999}, page="/en/desk").status_code == 404


def test_doubtful_links_are_shown_only_when_asked_for(
    session: Session, work: Work, hire: Hire
) -> None:
    _break_link(session, work, LinkState.DOUBTFUL)
    author = hire("author")
    assert "gone.example" not in author.get("/en/desk/links").text
    assert "gone.example" in author.get("/en/desk/links?doubtful=1").text


def test_jobs_that_failed_say_why_and_are_tried_again(
    session: Session, work: Work, hire: Hire
) -> None:
    session.add(
        MediaFile(
            work_id=work.id,
            path="plan.pdf",
            name="plan.pdf",
            sha256="a" * 64,
            size=10,
            media_type="application/pdf",
            text_state=TextState.FAILED,
            text_note="It is locked with a password.",
            text_version=99,
        )
    )
    upload = Upload(
        institution="mbeya-college",
        name="film.mp4",
        size=5,
        state=UploadState.FAILED,
        reason="store-away",
        expires=utc_now() + dt.timedelta(days=1),
    )
    session.add(upload)
    session.commit()
    publisher = hire("publisher")
    text = publisher.get("/en/desk/jobs").text
    assert "It is locked with a password." in text
    assert "film.mp4" in text
    assert "plan.pdf" not in hire("publisher", at="other-college").get("/en/desk/jobs").text
    assert hire("author").get("/en/desk/jobs").status_code == 403
    file = session.scalars(select(MediaFile)).one()
    for kind, key in (("reading", str(file.id)), ("upload", str(upload.uuid))):
        answer = publisher.send("/en/desk/jobs/again", {"kind": kind, "key": key}, page="/en/desk")
        assert answer.status_code == 303, kind
    session.rollback()
    session.expire_all()
    assert (file.text_state, file.text_version) == (TextState.WAITING, 0)
    assert upload.state == UploadState.CHECKING
    again = publisher.send(
        "/en/desk/jobs/again", {"kind": "upload", "key": str(upload.uuid)}, page="/en/desk"
    )
    assert again.status_code == 409
    assert len(session.scalars(select(LogEntry).where(LogEntry.did == "retried")).all()) == 2
    for kind, key in (("mail", "x"), ("reading", "x"), ("upload", "x"), ("making", "x")):
        answer = publisher.send("/en/desk/jobs/again", {"kind": kind, "key": key}, page="/en/desk")
        assert answer.status_code in (403, 404, 422), kind


@pytest.mark.parametrize(
    ("quotas", "told", "share"),
    [({}, "100 GB", "5%"), ({"mbeya-college": 10**10}, "10 GB", "50%"), ({"b": 1}, "100 GB", "5%")],
)
def test_storage_is_told_with_the_quota(
    app: Flask,
    session: Session,
    work: Work,
    hire: Hire,
    quotas: dict[str, int],
    told: str,
    share: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    services = app.extensions["library"]
    settings = dataclasses.replace(services.settings, upload_quotas=quotas)
    monkeypatch.setitem(app.extensions, "library", dataclasses.replace(services, settings=settings))
    session.add(
        Upload(
            institution="mbeya-college",
            name="film.mp4",
            size=5_000_000_000,
            state=UploadState.READY,
            sha256="b" * 64,
            expires=utc_now(),
        )
    )
    session.commit()
    text = hire("publisher").get("/en/desk").text
    assert "5 GB" in text.replace("\u00a0", " ")
    assert f"{share} of {told}" in text.replace("\u00a0", " ")


def test_what_has_fallen_behind_is_told_in_ones_own_languages_alone(
    session: Session, work: Work, hire: Hire
) -> None:
    """Also of works that nobody has on the desk; there a button takes them onto it."""
    for edition in session.scalars(select(Edition).where(Edition.lang == "fr")):
        edition.stale = 4
    session.commit()
    translator = hire("translator", lang="fr")
    text = translator.get("/en/desk").text
    assert "page.stale" in text
    assert "4 paragraphs" in text
    assert f'name="work" value="{work.uuid}"' in text
    assert (
        "page.stale" not in hire("translator", at="other-college", lang="fr").get("/en/desk").text
    )
    made = manuscripts.open_work(session, work.uuid, by=OPERATOR)
    section = queries.contents(session, made)[1].uuid
    block = [b for b in queries.blocks(session, made, section) if b.role == "body"][1]
    writing.save_text(
        session,
        made,
        block.uuid,
        lang="en",
        source="Changed.",
        version=block.texts["en"].version,
        by=OPERATOR,
    )
    session.commit()
    text = translator.get("/en/desk").text
    assert "1 paragraph<" in text
    assert "4 paragraphs" not in text
    assert f"/en/desk/works/{made.uuid}/next?to=fr" in text
