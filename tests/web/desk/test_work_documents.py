"""A work from a document, sent with a form or uploaded before."""

from __future__ import annotations

import dataclasses
import io
import re
import threading
import zipfile

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from library.accounts.models import Person
from library.db import utc_now
from library.editorial import comments, manuscripts, queries
from library.editorial.models import Manuscript, ManuscriptFile
from library.http.services import Services
from library.uploads.models import Leftover, MediaHold, Upload, UploadState
from library.web.desk import work_documents
from tests.factories import make_institution
from tests.people import DeskClient, make_person, signed_in

PAGE = "/en/desk/works/new/document"
MARKDOWN = """# Pumps in the field

How to keep one running.

## Before you start

Switch it **off**.

![A pump](images/pump.png)

## Afterwards

- Clean it.
- Write it down.
"""


@pytest.fixture
def person(session: Session) -> Person:
    make_institution(session)
    made = make_person(session, roles=[("author", "mbeya-college")])
    session.commit()
    return made


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


def _zipped() -> bytes:
    picture, packed = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (30, 20), "teal").save(picture, "PNG")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("pumps.md", MARKDOWN)
        archive.writestr("images/pump.png", picture.getvalue())
    return packed.getvalue()


def _send(client: DeskClient, content: bytes, name: str, **typed: str) -> TestResponse:
    data = {
        "kind": "lesson",
        "institution": "mbeya-college",
        "lang": "en",
        "file": (io.BytesIO(content), name),
        **typed,
    }
    return client.send(PAGE, data, content_type="multipart/form-data")


def test_a_document_keeps_its_structure_and_its_pictures(
    asha: DeskClient, session: Session
) -> None:
    answer = _send(asha, _zipped(), "pumps.zip")
    assert answer.status_code == 303, answer.text
    made = session.scalars(select(Manuscript)).one()
    assert (made.title, made.key) == ("Pumps in the field", "pumps-in-the-field")
    lines = queries.contents(session, made)
    assert [(line.title, line.depth) for line in lines[1:]] == [
        ("Before you start", 1),
        ("Afterwards", 1),
    ]
    file = session.scalars(select(ManuscriptFile)).one()
    assert (file.width, file.height, file.media_type) == (30, 20, "image/png")
    assert session.get(MediaHold, (file.sha256, f"manuscript/{made.uuid}")) is not None
    page = f"/en/desk/works/{made.uuid}/sections/{lines[1].uuid}"
    text = asha.get(page).text
    assert re.search(rf'<img[^>]* src="/en/desk/works/{made.uuid}/media/{file.sha256}/', text)


def test_what_was_left_out_is_kept_as_a_comment_that_can_be_settled(
    asha: DeskClient, session: Session
) -> None:
    html = (
        "<html lang=en><title>Pumps</title><h1>Pumps</h1><p>Text.</p>"
        "<img src='https://elsewhere.example/x.png' alt=x><form><input></form></html>"
    )
    _send(asha, html.encode(), "p.html")
    made = session.scalars(select(Manuscript)).one()
    said = comments.comments_on(session, made)
    assert len(said) == 1
    assert "another server was left out: https://elsewhere.example/x.png" in said[0].text


def test_the_title_that_was_typed_takes_the_place_of_the_documents(
    asha: DeskClient, session: Session
) -> None:
    _send(asha, MARKDOWN.encode(), "p.md", title="Another title", licence="CC0-1.0")
    made = session.scalars(select(Manuscript)).one()
    assert made.title == "Another title"
    assert made.facts["licence"] == "CC0-1.0"
    draft = manuscripts.draft_from(session, made)
    assert draft.root.texts["en"][0].parsed.source == "# Another title"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.docx"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 50, "x.docx"),
        (b"PK\x03\x04bad", "x.docx"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(
    asha: DeskClient, session: Session, content: bytes, name: str
) -> None:
    answer = _send(asha, content, name, title="Kept as typed")
    assert answer.status_code == 422
    assert 'id="e-file"' in answer.text
    assert 'value="Kept as typed"' in answer.text
    assert session.scalar(select(Manuscript)) is None


def test_a_file_that_was_uploaded_before_is_read(
    asha: DeskClient, session: Session, services: Services, person: Person
) -> None:
    stored = services.store.put(io.BytesIO(MARKDOWN.encode()))
    upload = Upload(
        institution="mbeya-college",
        person_id=person.id,
        name="pumps.md",
        size=stored.size,
        state=UploadState.READY,
        sha256=stored.sha256,
        media_type="text/markdown",
        expires=utc_now(),
    )
    session.add(upload)
    session.commit()
    assert "pumps.md" in asha.get(PAGE).text
    answer = asha.send(
        PAGE,
        {"kind": "lesson", "institution": "mbeya-college", "upload": str(upload.uuid)},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.text
    session.rollback()
    assert session.scalars(select(Manuscript)).one().title == "Pumps in the field"


def test_pictures_of_a_document_count_in_the_quota_and_stay_nowhere_without_it(
    asha: DeskClient, session: Session, services: Services
) -> None:
    services.settings = dataclasses.replace(services.settings, upload_quota=10)
    answer = _send(asha, _zipped(), "pumps.zip")
    assert answer.status_code == 422
    assert session.scalars(select(Manuscript)).all() == []
    # What was stored already is swept with all that nobody has.
    assert session.scalars(select(Leftover.sha256)).one()
    session.rollback()
    services.settings = dataclasses.replace(services.settings, upload_quota=1_000_000)
    assert _send(asha, _zipped(), "pumps.zip").status_code == 303
    file = session.scalars(select(ManuscriptFile)).one()
    upload = session.scalars(select(Upload)).one()
    assert (upload.sha256, upload.size, upload.state) == (file.sha256, file.size, "ready")
    assert session.scalars(select(Leftover.sha256)).all() == []


def test_nothing_is_read_for_a_college_where_one_begins_nothing(
    asha: DeskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[object] = []
    monkeypatch.setattr(work_documents, "_read", lambda *told, **more: read.append(told))
    assert _send(asha, _zipped(), "pumps.zip", institution="iringa-college").status_code == 403
    assert _send(asha, _zipped(), "pumps.zip", institution="").status_code == 403
    assert read == []


def test_a_few_documents_at_a_time_are_read(
    asha: DeskClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_documents, "_TURNS", threading.BoundedSemaphore(1))
    monkeypatch.setattr(work_documents, "_PATIENCE", 0.1)
    with work_documents._TURNS:
        busy = _send(asha, _zipped(), "pumps.zip")
        assert busy.status_code == 422
        assert "try again in a minute" in busy.text
    assert _send(asha, _zipped(), "pumps.zip").status_code == 303
