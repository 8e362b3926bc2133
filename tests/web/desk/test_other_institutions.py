"""The walk of somebody with every role at one college, through everything that is another's."""

from __future__ import annotations

import io
import re
import uuid as uuids
import zipfile
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.routing import IntegerConverter, Rule, UUIDConverter
from werkzeug.test import TestResponse

from library.accounts import service as accounts
from library.accounts.actors import actor_of
from library.accounts.models import ROLES, LogEntry, OneTimeLink, Person
from library.accounts.permissions import Grant
from library.catalogue.drafts import WorkDraft
from library.catalogue.models import Work
from library.content import receiving
from library.content.tables import applying
from library.db import Base, utc_now
from library.editorial import comments, manuscripts, queries, workflow
from library.editorial.models import Manuscript, ManuscriptFile
from library.http import access
from library.http.access import Permission
from library.http.services import Services
from library.uploads import service as uploads
from library.uploads.models import MediaHold, Upload, UploadState
from library.uploads.service import Limits
from tests.factories import make_institution, make_work, section_draft
from tests.people import ORIGIN, DeskClient, make_person, signed_in

#: Stands in everything of theirs that readers do not have.
SECRET = "Nyumbu wa siri"
#: Tables that asking alone may write to.
_ASKING = {"sitting", "attempts", "bell"}


@dataclass(frozen=True, slots=True)
class Theirs:
    """What another college has on the desk, by what addresses call it."""

    manuscript: uuids.UUID
    section: uuids.UUID
    block: uuids.UUID
    comment: uuids.UUID
    upload: uuids.UUID
    sha256: str
    person: uuids.UUID
    invitation: int
    table: uuids.UUID
    change: uuids.UUID
    sent: uuids.UUID
    work: uuids.UUID


@pytest.fixture
def client(app: Flask, factory: sessionmaker[Session], session: Session) -> DeskClient:
    make_institution(session)
    make_institution(session, key="iringa-college", names={"en": "Iringa College"})
    roles = [(role, "mbeya-college") for role in ROLES]
    person = make_person(session, email="all@mbeya.example", roles=roles)
    session.commit()
    return signed_in(app, factory, person)


@pytest.fixture
def theirs(session: Session, services: Services, client: DeskClient) -> Theirs:
    person = make_person(
        session,
        email="siri@iringa.example",
        name=SECRET,
        roles=[(role, "iringa-college") for role in ROLES],
    )
    by = actor_of(session, person)
    draft = WorkDraft(
        kind="course",
        key="nyumbu-wa-siri",
        source_language="en",
        licence="CC-BY-4.0",
        root=section_draft("", {"en": f"# {SECRET}\n\n{SECRET}.\n"}, root=True, folder=""),
        institutions=["iringa-college"],
    )
    manuscript = manuscripts.start(session, draft, by=by)
    section = queries.contents(session, manuscript)[0].uuid
    block = queries.blocks(session, manuscript, section)[-1].uuid
    said = comments.comment(session, manuscript, text=SECRET, block=block, by=by)
    workflow.submit(session, manuscript, by=by)
    workflow.send_back(session, manuscript, why=SECRET, by=by)
    upload = uploads.begin(
        session,
        institution="iringa-college",
        name=f"{SECRET}.txt",
        size=6,
        limits=Limits(largest=10**9, quota=None),
        by=by,
    )
    stored = services.store.put(io.BytesIO(SECRET.encode()))
    upload.state, upload.sha256, upload.media_type = UploadState.READY, stored.sha256, "text/plain"
    session.add(
        ManuscriptFile(
            manuscript_id=manuscript.id,
            path="files/a.txt",
            name="a.txt",
            sha256=stored.sha256,
            size=stored.size,
            media_type="text/plain",
        )
    )
    failed = uploads.begin(
        session,
        institution="iringa-college",
        name=f"{SECRET}.txt",
        size=6,
        limits=Limits(largest=10**9, quota=None),
        by=by,
    )
    failed.state = UploadState.FAILED
    accounts.invite(
        session,
        email="nyumbu@iringa.example",
        name=SECRET,
        roles=[Grant("author", "iringa-college")],
        by=by,
        now=utc_now(),
    )
    work = make_work(session, key="their-course", institutions=["iringa-college"])
    table = applying.keep(
        session,
        io.BytesIO(b"kind,key,level\r\ncourse,their-course,higher\r\n"),
        about="works",
        name=SECRET,
        by=by,
    )
    kept = applying.keep(
        session,
        io.BytesIO(b"kind,key,level\r\ncourse,their-course,higher\r\n"),
        about="works",
        name=SECRET,
        by=by,
    )
    from library.content.tables import table as tables

    shown = applying.plan(session, "works", tables.revived(kept.content), by=by).digest
    outcome = applying.apply(session, kept, shown=shown, by=by)
    sent = receiving.receive(
        session,
        services.settings.data / "imports",
        file=io.BytesIO(b"PK\x05\x06" + b"\0" * 18),
        name=SECRET,
        by=by,
    )
    invitation = session.scalars(select(OneTimeLink.id)).one()
    session.commit()
    return Theirs(
        manuscript=manuscript.uuid,
        section=section,
        block=block,
        comment=said.uuid,
        upload=upload.uuid,
        sha256=stored.sha256,
        person=person.uuid,
        invitation=invitation,
        table=table.uuid,
        change=outcome.change.uuid,
        sent=sent.uuid,
        work=work.uuid,
    )


def _rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if access.PERMISSIONS.get(rule.endpoint) is Permission.DESK
    ]


def _samples(rule: Rule, theirs: Theirs) -> dict[str, object] | None:
    """What the rule's address needs, of theirs; None where it needs nothing of anybody's."""
    place = str(rule.rule)
    owner = {
        "/tables/changes/": theirs.change,
        "/tables/": theirs.table,
        "/import/": theirs.sent,
        "/people/": theirs.person,
        "/files/": theirs.upload,
        "/uploads/": theirs.upload,
        "/works/": theirs.manuscript,
    }
    named: dict[str, object] = {}
    for name, converter in rule._converters.items():
        if isinstance(converter, UUIDConverter):
            named[name] = {
                "section": theirs.section,
                "block": theirs.block,
                "said": theirs.comment,
            }.get(name) or next(one for part, one in owner.items() if part in place)
        elif isinstance(converter, IntegerConverter):
            named[name] = 1
        elif name == "sha256":
            named[name] = theirs.sha256
        elif name == "slug":
            named[name] = "discard"
        elif name == "name":
            named[name] = "a.txt"
    return named or None


def _address(app: Flask, rule: Rule, samples: dict[str, object]) -> str:
    with app.test_request_context(base_url=ORIGIN):
        built = rule.build({"lang": "en", **samples}, append_unknown=False)
    assert built is not None, rule
    return str(built[1])


def _everything(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, but those that asking alone writes."""
    session.rollback()
    return {
        table.name: [tuple(row) for row in session.execute(select(table)).all()]
        for table in Base.metadata.sorted_tables
        if table.name not in _ASKING
    }


def _token(client: DeskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/en/desk").text)
    assert found
    return found[1]


def _told(answer: TestResponse) -> str:
    """What an answer says, also inside of a workbook or an archive."""
    if not answer.data.startswith(b"PK"):
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return "".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def _is_refused(answer: TestResponse) -> bool:
    return answer.status_code in (403, 404) and SECRET not in answer.text


def test_nothing_of_another_college_is_seen_or_changed_by_its_address(
    app: Flask, client: DeskClient, session: Session, theirs: Theirs
) -> None:
    before = _everything(session)
    token, asked = _token(client), 0
    for rule in _rules(app):
        samples = _samples(rule, theirs)
        if samples is None:
            continue
        address = _address(app, rule, samples)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            sent: dict[str, object] = {}
            if rule.endpoint in ("desk.section_changes", "desk.section_preview"):
                sent["json"] = {"do": "remove", "block": str(theirs.block), "source": "x"}
            elif method == "POST":
                sent["data"] = {"wish": "out", "step": "forget", "block": str(theirs.block)}
            elif method == "PATCH":
                sent |= {"data": b"x", "content_type": "application/offset+octet-stream"}
            answer = client.open(
                address,
                method=method,
                headers={
                    "X-CSRF-Token": token,
                    "Tus-Resumable": "1.0.0",
                    "Upload-Offset": "0",
                    "X-HTTP-Method-Override": "DELETE",
                },
                **sent,
            )
            assert _is_refused(answer), (method, address, answer.status, answer.text[:300])
            asked += 1
    assert asked > 45
    assert _everything(session) == before


def test_ones_own_manuscript_is_no_way_into_anothers(
    app: Flask, client: DeskClient, session: Session, theirs: Theirs
) -> None:
    mine = make_work(session, key="mine", institutions=["mbeya-college"])
    person = session.scalars(select(Person).where(Person.email == "all@mbeya.example")).one()
    own = manuscripts.open_work(session, mine.uuid, by=actor_of(session, person))
    session.commit()
    before = _everything(session)
    token = _token(client)
    asked = 0
    for rule in _rules(app):
        samples = _samples(rule, theirs)
        if samples is None or samples.get("uuid") != theirs.manuscript or len(samples) == 1:
            continue
        if rule.endpoint in ("desk.review_step", "desk.revision", "desk.revision_restore"):
            continue  # their second part is a word or a number, which names nothing of anybody else's
        address = _address(app, rule, {**samples, "uuid": own.uuid})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            json = {"do": "remove", "block": str(theirs.block), "source": "x", "version": 1}
            answer = client.open(
                address,
                method=method,
                headers={"X-CSRF-Token": token, "Accept": "application/json"},
                **(
                    {"json": json}
                    if rule.endpoint in ("desk.section_changes", "desk.section_preview")
                    else {"data": {"block": str(theirs.block), "do": "remove"}}
                    if method == "POST"
                    else {}
                ),
            )
            assert SECRET not in answer.text, (method, address)
            assert answer.status_code < 500, (method, address, answer.text[:300])
            asked += 1
    assert asked > 8
    assert _everything(session) == before


def test_lists_exports_and_the_log_tell_nothing_of_another_college(
    app: Flask, client: DeskClient, theirs: Theirs
) -> None:
    asked = 0
    for rule in _rules(app):
        if "GET" not in (rule.methods or set()) or set(rule._converters) - {
            "lang",
            "about",
            "ending",
        }:
            continue
        for about in ("works", "codes", "schemes"):
            for ending in ("csv", "jsonl", "xlsx"):
                try:
                    address = _address(app, rule, {"about": about, "ending": ending})
                except ValueError:
                    continue
                for query in (
                    "",
                    "?at=iringa-college",
                    "?institution=iringa-college",
                    "?work=course/nyumbu-wa-siri",
                    f"?work={theirs.work}&upload={theirs.upload}&q=Nyumbu",
                ):
                    answer = client.get(address + query)
                    assert answer.status_code < 500, (address, query)
                    for word in (SECRET, "siri@iringa", "nyumbu@iringa", str(theirs.manuscript)):
                        assert word not in _told(answer), (address, query, word)
                    asked += 1
            if not {"about", "ending"} & set(rule._converters):
                break
    assert asked > 60


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("works/open", {"work": "{work}"}),
        ("jobs/again", {"kind": "upload", "key": "{failed}"}),
        ("people/invitations", {"id": "{invitation}", "wish": "withdraw"}),
        ("people/invitations", {"id": "{invitation}", "wish": "again"}),
        ("files/send", {"institution": "iringa-college"}),
        ("import", {"upload": "{upload}"}),
        ("works/new/document", {"upload": "{upload}", "institution": "mbeya-college"}),
    ],
)
def test_nothing_of_another_college_is_reached_by_the_fields_of_a_form(
    client: DeskClient, session: Session, theirs: Theirs, page: str, fields: dict[str, str]
) -> None:
    failed = session.scalars(select(Upload.uuid).where(Upload.state == UploadState.FAILED)).one()
    before = _everything(session)
    told = {
        name: value.format(
            work=theirs.work, failed=failed, invitation=theirs.invitation, upload=theirs.upload
        )
        for name, value in fields.items()
    }
    answer = client.post(f"/en/desk/{page}", data=told, headers={"X-CSRF-Token": _token(client)})
    assert answer.status_code in (403, 404, 422), answer.status
    assert SECRET not in answer.text
    assert _everything(session) == before


def test_a_file_of_another_college_cannot_be_put_into_ones_own_work(
    client: DeskClient, session: Session, theirs: Theirs
) -> None:
    mine = make_work(session, key="mine", institutions=["mbeya-college"])
    person = session.scalars(select(Person).where(Person.email == "all@mbeya.example")).one()
    own = manuscripts.open_work(session, mine.uuid, by=actor_of(session, person))
    session.commit()
    address = f"/en/desk/works/{own.uuid}/files"
    answer = client.send(address, {"do": "add", "upload": str(theirs.upload)})
    assert _is_refused(answer)
    assert client.get(f"/en/desk/works/{own.uuid}/media/{theirs.sha256}/a.txt").status_code == 404


def test_who_has_the_same_bytes_is_told_of_no_draft_of_anothers(
    client: DeskClient, session: Session, theirs: Theirs
) -> None:
    """Whoever guesses a file would else learn what is being written with it, and by whom."""
    person = session.scalars(select(Person).where(Person.email == "all@mbeya.example")).one()
    upload = uploads.begin(
        session,
        institution="mbeya-college",
        name="guessed.txt",
        size=6,
        limits=Limits(largest=10**9, quota=None),
        by=actor_of(session, person),
    )
    upload.state, upload.sha256, upload.media_type = UploadState.READY, theirs.sha256, "text/plain"
    for holder in (f"manuscript/{theirs.manuscript}", f"revision/{theirs.work}/1"):
        session.add(MediaHold(sha256=theirs.sha256, holder=holder, label=SECRET))
    session.commit()
    for page in ("files", f"files/{upload.uuid}"):
        answer = client.get(f"/en/desk/{page}")
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert str(theirs.manuscript) not in answer.text
        assert f"{upload.uuid}/delete" not in answer.text
    digest = client.post(
        "/uploads/known",
        json={"institution": "mbeya-college", "sha256": theirs.sha256, "name": "a"},
        headers={"X-CSRF-Token": _token(client)},
    )
    assert SECRET not in digest.text


def test_bytes_of_another_college_are_not_said_to_be_known(
    client: DeskClient, theirs: Theirs
) -> None:
    answer = client.post(
        "/uploads/known",
        json={"institution": "mbeya-college", "sha256": theirs.sha256, "name": "a"},
        headers={"X-CSRF-Token": _token(client)},
    )
    assert answer.get_json() == {"known": False}


def test_an_upload_for_another_college_is_refused(
    client: DeskClient, session: Session, theirs: Theirs
) -> None:
    answer = client.post(
        "/uploads",
        headers={
            "X-CSRF-Token": _token(client),
            "Tus-Resumable": "1.0.0",
            "Upload-Length": "10",
            "Upload-Metadata": "institution aXJpbmdhLWNvbGxlZ2U=",
        },
    )
    assert answer.status_code == 403
    assert session.query(Upload).count() == 2
    assert session.query(Manuscript).count() == 2
    assert session.query(Work).count() == 1
    assert session.query(LogEntry).count() > 0
