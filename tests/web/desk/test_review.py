"""Reviewing and publishing at the desk."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid as uuids
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.catalogue.drafting import draft_of
from library.catalogue.models import Work
from library.catalogue.service import store_work
from library.editorial import manuscripts, queries, starting, workflow, writing
from library.editorial.models import Comment, Manuscript, State
from tests.factories import make_institution, make_work
from tests.people import OPERATOR, DeskClient, make_person, signed_in

Hire = Callable[..., DeskClient]


@pytest.fixture
def work(session: Session) -> Work:
    make_institution(session)
    made = make_work(session, institutions=["mbeya-college"], languages=("en", "zh-Hans", "th"))
    session.commit()
    return made


@pytest.fixture
def hire(app: Flask, factory: sessionmaker[Session], session: Session) -> Hire:
    """``hire("reviewer")`` gives the browser of somebody who reviews for the college of the work."""

    def _hire(role: str, *, at: str = "mbeya-college", name: str = "") -> DeskClient:
        person = make_person(
            session,
            email=f"{role}-{at}@example.org",
            name=name or f"The {role}",
            roles=[(role, at)],
        )
        session.commit()
        return signed_in(app, factory, person)

    return _hire


@pytest.fixture
def manuscript(session: Session, work: Work) -> Manuscript:
    """The work with a paragraph changed in three languages by its author."""
    author = actor_of(session, make_person(session, roles=[("author", "mbeya-college")]))
    made = manuscripts.open_work(session, work.uuid, by=author)
    section = queries.contents(session, made)[1].uuid
    block = [b for b in queries.blocks(session, made, section) if b.role == "body"][1]
    for lang, source in {
        "en": "Switch off before you touch a bare wire <b>at all</b>.",
        "zh-Hans": "接触裸导线之前先断电。",
        "th": "ปิดไฟก่อนแตะสายเปลือย",
    }.items():
        writing.save_text(
            session,
            made,
            block.uuid,
            lang=lang,
            source=source,
            version=block.texts[lang].version,
            by=author,
        )
    session.commit()
    return made


def _at(manuscript: Manuscript, page: str = "review", lang: str = "en") -> str:
    return f"/{lang}/desk/works/{manuscript.uuid}/{page}"


def _block(session: Session, manuscript: Manuscript) -> uuids.UUID:
    section = queries.contents(session, manuscript)[1].uuid
    return [b.uuid for b in queries.blocks(session, manuscript, section) if b.role == "body"][1]


def _state(session: Session, manuscript: Manuscript) -> str:
    session.rollback()
    session.refresh(manuscript)
    return manuscript.state


def test_what_changed_is_shown_word_by_word_and_character_by_character(
    manuscript: Manuscript, hire: Hire
) -> None:
    text = hire("reviewer").get(_at(manuscript)).text
    assert "<ins>bare </ins>" in text
    assert "<ins>裸</ins>" in text
    assert "&lt;b&gt;at all&lt;/b&gt;" in text
    assert 'lang="th"' in text
    only = hire("publisher").get(_at(manuscript) + "?in=zh-Hans").text
    assert "<ins>裸</ins>" in only
    assert "bare" not in only


def test_only_the_steps_that_may_be_made_have_a_form(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    def steps(client: DeskClient) -> set[str]:
        page = client.get(_at(manuscript)).text
        return set(re.findall(r'action="[^"]*/review/([a-z-]+)"', page))

    author, reviewer, publisher = hire("author"), hire("reviewer"), hire("publisher")
    assert steps(author) == {"submit", "discard"}
    assert steps(reviewer) == set()
    assert steps(publisher) == {"retire"}
    author.send(_at(manuscript, "review/submit"), {"note": "Ready."}, page=_at(manuscript))
    assert steps(author) == {"take-back"}
    assert steps(reviewer) == {"approve", "send-back"}
    reviewer.send(_at(manuscript, "review/approve"), page=_at(manuscript))
    assert steps(publisher) == {"publish", "schedule", "retire"}
    assert _state(session, manuscript) == State.APPROVED


def test_a_stranger_sees_nothing_and_changes_nothing(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    stranger = hire("publisher", at="other-college")
    for page in ("review", "preview", "revisions", "revisions/compare", "comments"):
        assert stranger.get(_at(manuscript, page)).status_code == 403
    for step in ("submit", "approve", "publish", "retire", "discard", "send-back"):
        answer = stranger.send(_at(manuscript, f"review/{step}"), {"why": "x"}, page="/en/desk")
        assert answer.status_code == 403
    assert _state(session, manuscript) == State.DRAFT
    assert stranger.get(_at(manuscript, "review/nothing")).status_code in (404, 405)


def test_from_draft_to_readers(
    session: Session, work: Work, manuscript: Manuscript, hire: Hire
) -> None:
    author, reviewer, publisher = hire("author"), hire("reviewer"), hire("publisher")
    here = _at(manuscript)
    author.send(here + "/submit", page=here)
    # Sent back without a word: the form again, with what is missing said beside the field.
    refused = reviewer.send(here + "/send-back", {"why": "  "}, page=here)
    assert refused.status_code == 422
    assert "Say what is to be changed" in refused.text
    assert _state(session, manuscript) == State.IN_REVIEW
    answer = reviewer.send(here + "/send-back", {"why": "Say which wire."}, page=here)
    assert answer.status_code == 303
    assert _state(session, manuscript) == State.DRAFT
    author.send(here + "/submit", page=here)
    answer = reviewer.send(here + "/approve", page=here)
    assert "It is approved" in reviewer.get(answer.location).text
    answer = publisher.send(here + "/publish", page=here)
    assert answer.status_code == 303
    assert "Readers have it now" in publisher.get(answer.location).text
    assert "bare wire" in publisher.get("/en/courses/measuring-safely/first-steps").text
    assert "Nothing: readers have just this." in publisher.get(here).text


def test_a_step_that_somebody_else_has_made_already_is_told(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    author, here = hire("author"), _at(manuscript)
    author.send(here + "/submit", page=here)
    again = author.send(here + "/submit", page=here)
    assert again.status_code == 409
    assert "Somebody has been faster" in again.text


def test_what_stops_a_manuscript_is_said(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    manuscript.facts = {**manuscript.facts, "licence": ""}
    session.commit()
    author, here = hire("author"), _at(manuscript)
    assert "The work has no licence." in author.get(here).text
    refused = author.send(here + "/submit", {"note": "kept note"}, page=here)
    assert refused.status_code == 422
    assert "kept note" in refused.text
    assert _state(session, manuscript) == State.DRAFT


def _approved(session: Session, manuscript: Manuscript) -> None:
    workflow.submit(session, manuscript, by=OPERATOR)
    workflow.approve(session, manuscript, by=OPERATOR)
    session.commit()


@pytest.mark.parametrize(
    ("at", "zone", "wrong"),
    [
        ("", "UTC", "Give a day and a time"),
        ("2031-02-30T08:00", "UTC", "Give a day and a time"),
        ("2031-01-01T08:00", "Atlantis/Centre", "not the name of a time zone"),
        ("2031-01-01T08:00", "../../etc/passwd", "not the name of a time zone"),
        ("2001-01-01T08:00", "UTC", "This time has passed"),
        ("2031-03-30T02:30", "Europe/Paris", "no such time on that day"),
    ],
)
def test_times_that_cannot_be_are_refused(
    session: Session, manuscript: Manuscript, hire: Hire, at: str, zone: str, wrong: str
) -> None:
    _approved(session, manuscript)
    here = _at(manuscript)
    answer = hire("publisher").send(here + "/schedule", {"at": at, "zone": zone}, page=here)
    assert answer.status_code == 422
    assert wrong in answer.text
    session.refresh(manuscript)
    assert manuscript.publish_at is None


def test_a_time_is_taken_in_the_zone_that_was_named_and_taken_back(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    _approved(session, manuscript)
    publisher, here = hire("publisher"), _at(manuscript)
    asked = {"at": "2031-01-01T08:00", "zone": "Africa/Nairobi"}
    page = publisher.get(publisher.send(here + "/schedule", asked, page=here).location).text
    assert "It will be published" in page
    assert "2031-01-01T05:00:00+00:00" in page
    session.rollback()
    session.refresh(manuscript)
    assert manuscript.publish_at == dt.datetime(2031, 1, 1, 5, tzinfo=dt.UTC)
    publisher.send(here + "/unschedule", page=here)
    session.rollback()
    session.refresh(manuscript)
    assert manuscript.publish_at is None


def test_what_an_import_changed_meanwhile_is_overwritten_only_when_asked(
    session: Session, work: Work, manuscript: Manuscript, hire: Hire
) -> None:
    _approved(session, manuscript)
    publisher, here = hire("publisher"), _at(manuscript)
    draft = draft_of(session, work.uuid)
    draft.hours = 12.0
    store_work(session, draft, by="the import")
    session.commit()
    refused = publisher.send(here + "/publish", page=here)
    assert refused.status_code == 409
    assert "changed since this manuscript was made from it, by the import" in refused.text
    asked = re.search(r'name="over" value="(\d+)"', refused.text)
    assert asked
    publisher.send(here + "/publish", {"over": asked[1]}, page=here)
    assert _state(session, manuscript) == State.PUBLISHED


def test_withdrawing_says_why_and_leads_on(
    session: Session, work: Work, manuscript: Manuscript, hire: Hire
) -> None:
    make_work(session, key="newer", related=["course/measuring-safely"])
    session.commit()
    publisher, here = hire("publisher"), _at(manuscript)
    assert 'dir="ltr">course/newer</bdi>' in publisher.get(here).text
    asked = {"because": "Old.", "forward_to": "https://library.example.org/en/courses/nowhere"}
    refused = publisher.send(here + "/retire", asked, page=here)
    assert refused.status_code == 422
    assert "not the address of another work" in refused.text
    asked["forward_to"] = "https://library.example.org/en/courses/newer?with=fr"
    publisher.send(here + "/retire", asked, page=here)
    session.rollback()
    session.refresh(work)
    assert (work.withdrawn_because, work.replaced_by) == ("Old.", "course/newer")


def test_what_was_withdrawn_is_said_to_be_away_and_can_be_brought_back(
    session: Session, work: Work, hire: Hire
) -> None:
    made = manuscripts.open_work(session, work.uuid, by=OPERATOR)
    workflow.retire(session, made, because="Old.", by=OPERATOR)
    session.commit()
    author, here = hire("author"), _at(made)
    page = author.get(here).text
    assert "readers have just this" not in page
    assert "Readers do not have it any more." in page
    revisions = f'<a class="button" href="{_at(made, "revisions")}">Restore a revision</a>'
    assert revisions in page
    assert revisions not in hire("reviewer").get(here).text
    kept = _at(made, "revisions/1")
    author.send(kept + "/restore", page=kept)
    assert _state(session, made) == State.DRAFT
    author.send(here + "/submit", page=here)
    assert _state(session, made) == State.IN_REVIEW


def test_a_draft_that_is_thrown_away_goes_back_to_what_readers_have(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    here = _at(manuscript)
    answer = hire("author").send(here + "/discard", page=here)
    assert answer.status_code == 303
    assert "Nothing: readers have just this." in hire("reviewer").get(answer.location).text


def test_comments_by_form(session: Session, manuscript: Manuscript, hire: Hire) -> None:
    author, reviewer, here = hire("author"), hire("reviewer"), _at(manuscript)
    block, on = _block(session, manuscript), _at(manuscript, "comments")
    said = {"text": "Which wire? <script>", "block": block, "lang": "en", "back": "review"}
    answer = reviewer.send(on, said, page=here)
    session.rollback()
    first = session.scalars(select(Comment)).one()
    assert answer.location.endswith(f"#c-{first.uuid}")
    assert "Which wire? &lt;script&gt;" in author.get(here).text
    author.send(on, {"text": "The brown one.", "answers": first.uuid}, page=here)
    page = reviewer.get(f"{on}/{block}").text
    assert "The brown one." in page
    # Whoever has an answer cannot take back; they settle.
    refused = reviewer.send(f"{on}/{first.uuid}/take-back", page=here)
    assert refused.status_code == 409
    assert "settle it instead" in refused.text
    reviewer.send(f"{on}/{first.uuid}/settle", page=here)
    session.rollback()
    session.refresh(first)
    assert first.settled_at is not None
    assert reviewer.send(on, {"text": " ", "block": block}, page=here).status_code == 422


def test_comments_by_script(session: Session, manuscript: Manuscript, hire: Hire) -> None:
    reviewer, on = hire("reviewer"), _at(manuscript, "comments")
    block = _block(session, manuscript)
    asked = {"text": "Which?", "block": block, "uuid": uuids.uuid4()}
    script = {"Accept": "application/json"}

    def send(path: str, fields: dict[str, Any]) -> dict[str, Any]:
        answer = reviewer.send(path, fields, page=_at(manuscript), headers=script)
        told: dict[str, Any] = json.loads(answer.text)
        return {**told, "status": answer.status_code}

    for _ in range(2):  # over a bad line, twice
        told = send(on, asked)
        assert [one["uuid"] for one in told["threads"]] == [str(asked["uuid"])]
    assert told["threads"][0]["block"] == str(block)
    assert told["may"] is True
    assert send(f"{on}/{asked['uuid']}/take-back", {})["threads"] == []
    refused = send(on, {"text": ""})
    assert (refused["status"], refused["error"]) == (422, "Write what you want to say.")
    # Without the token of a page of ours, nothing is taken.
    assert reviewer.post(on, data=asked, headers=script).status_code == 403


def test_the_preview_is_what_readers_will_get(
    session: Session, work: Work, manuscript: Manuscript, hire: Hire
) -> None:
    section = queries.contents(session, manuscript)[1].uuid
    reviewer = hire("reviewer")
    asked = f"?section={section}&in=en&with=zh-Hans"
    page = reviewer.get(_at(manuscript, "preview") + asked).text
    assert "bare wire" in page
    assert "接触裸导线之前先断电。" in page
    _approved(session, manuscript)
    workflow.publish(session, manuscript, by=OPERATOR)
    session.commit()
    public = reviewer.get("/en/courses/measuring-safely/first-steps?with=zh-Hans").text
    paragraphs = re.compile(r'<div class="[ab]"[^>]*>(?:(?!</div>).)*</div>', re.DOTALL)
    assert paragraphs.findall(public)
    assert paragraphs.findall(page) == paragraphs.findall(public)
    for wrong in ("?section=nothing", f"?section={uuids.uuid4()}"):
        assert reviewer.get(_at(manuscript, "preview") + wrong).status_code == 404


def test_revisions_are_listed_shown_compared_and_restored(
    session: Session, work: Work, manuscript: Manuscript, hire: Hire
) -> None:
    _approved(session, manuscript)
    workflow.publish(session, manuscript, by=OPERATOR)
    session.commit()
    author, on = hire("author"), _at(manuscript, "revisions")
    page = author.get(on).text
    assert "Revision 2" in page
    assert "Published last" in page
    section = queries.contents(session, manuscript)[1].uuid
    first = author.get(f"{on}/1?in=zh-Hans&section={section}").text
    assert f"section={section}" in author.get(f"{on}/1").text
    assert "接触导线之前先断电。" in first
    compared = author.get(f"{on}/compare?from=1&to=2").text
    assert "<ins>裸</ins>" in compared
    assert "The two are the same." in author.get(f"{on}/compare?from=2&to=readers").text
    for wrong in ("from=7&to=1", "from=x&to=1", "from=1&to=99999999999"):
        assert author.get(f"{on}/compare?{wrong}").status_code == 404
    answer = author.send(f"{on}/1/restore", page=f"{on}/1")
    assert answer.status_code == 303
    assert _state(session, manuscript) == State.DRAFT
    assert "<del>裸</del>" in author.get(_at(manuscript)).text
    reviewer = hire("reviewer")
    assert reviewer.send(f"{on}/1/restore", page="/en/desk").status_code == 403


@pytest.mark.parametrize("lang", ["en", "ar", "zh-Hans"])
def test_pages_are_there_in_every_direction(manuscript: Manuscript, hire: Hire, lang: str) -> None:
    reviewer = hire("reviewer")
    for page in ("review", "preview", "revisions", "revisions/compare"):
        answer = reviewer.get(_at(manuscript, page, lang))
        assert answer.status_code == 200
        assert f'<html lang="{lang}"' in answer.text


def test_a_reviewer_approves_what_stood_on_their_page(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    author = actor_of(session, session.scalars(select(Person)).one())
    workflow.submit(session, manuscript, by=author)
    session.commit()
    reviewer = hire("reviewer")
    page = reviewer.get(_at(manuscript)).text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert seen
    assert token
    workflow.take_back(session, manuscript, by=author)
    block = queries.blocks(session, manuscript, queries.contents(session, manuscript)[1].uuid)[-1]
    writing.save_text(
        session,
        manuscript,
        block.uuid,
        lang="en",
        source="Put in between.",
        version=block.texts["en"].version,
        by=author,
    )
    workflow.submit(session, manuscript, by=author)
    session.commit()
    answer = reviewer.post(
        f"{_at(manuscript)}/approve", data={"csrf_token": token[1], "seen": seen[1]}
    )
    assert answer.status_code == 409
    assert "Put in between." in answer.text
    assert "Somebody has been faster" in answer.text
    assert _state(session, manuscript) == State.IN_REVIEW


def test_nobody_is_led_to_what_they_may_not_see_or_what_is_not_there(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    """The log is not for authors, and a work that readers have nothing of has nothing to compare."""
    told = _at(manuscript)
    for_author = hire("author").get(told).text
    assert "/desk/log?" not in for_author
    assert "/revisions/compare" in for_author
    assert "/desk/log?" in hire("reviewer").get(told).text
    new = manuscripts.start(
        session,
        starting.blank(
            kind="course",
            key="nobody-has-read-this",
            title="Nobody has read this",
            lang="en",
            institution="mbeya-college",
        ),
        by=OPERATOR,
    )
    session.commit()
    assert "/revisions/compare" not in hire("publisher").get(_at(new)).text


def test_what_was_found_leads_to_where_it_is_put_right(
    session: Session, manuscript: Manuscript, hire: Hire
) -> None:
    block = _block(session, manuscript)
    section = queries.contents(session, manuscript)[1].uuid
    for lang in ("en", "th"):
        writing.save_text(
            session,
            manuscript,
            block,
            lang=lang,
            source="![](../images/motor.jpg)",
            version=2,
            by=OPERATOR,
        )
    session.commit()
    page = hire("author").get(_at(manuscript)).text
    place = f"/en/desk/works/{manuscript.uuid}/sections/{section}"
    assert f'<a href="{place}#b-{block}">The paragraph</a>' in page
    assert f'<a href="{place}?to=th#b-{block}">The paragraph</a>' in page


def test_a_refusal_is_in_the_language_of_the_page(manuscript: Manuscript, hire: Hire) -> None:
    stranger = hire("author", at="other-college", name="Li Na")
    english = stranger.get(_at(manuscript)).text
    assert "Li Na has no role that allows to see drafts" in english
    chinese = stranger.get(_at(manuscript, lang="zh-Hans"))
    assert chinese.status_code == 403
    assert "has no role" not in chinese.text
    assert "您没有允许在此执行此操作的角色。" in chinese.text
