"""The page of files: sent without a script, listed, described, tried again, taken away."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.catalogue.making import MakingChore
from library.db import session_scope
from library.directory.models import Institution, InstitutionText
from library.editorial import manuscripts, starting
from library.http.services import Services
from library.uploads import service
from library.uploads.checking import CheckingChore
from library.uploads.models import Upload, UploadState
from library.uploads.reasons import Reason
from library.uploads.spool import FOLDER, SpoolFolder
from tests.people import DeskClient, make_person, signed_in

FILES = "/en/desk/files"


@pytest.fixture
def person(session: Session) -> Person:
    for key in ("mbeya-college", "other-college"):
        made = Institution(key=key, type="college", source_language="en")
        session.add(made)
        session.flush()
        session.add(InstitutionText(institution_id=made.id, lang="en", name=f"The {key}"))
    person = make_person(session, roles=[("author", "mbeya-college")])
    session.commit()
    return person


@pytest.fixture
def asha(app: Flask, factory: sessionmaker[Session], person: Person) -> DeskClient:
    return signed_in(app, factory, person)


@pytest.fixture
def work(services: Services, factory: sessionmaker[Session], tmp_path: Path):  # type: ignore[no-untyped-def]
    """The worker's round, as far as files go."""
    spool = SpoolFolder(services.settings.data / FOLDER)
    chores = (
        CheckingChore(services.store, spool, tmp_path / "making"),
        MakingChore(services.store, tmp_path / "making"),
    )
    return lambda: [chore.run(factory) for chore in chores]


def send(
    client: DeskClient, *files: tuple[bytes, str], institution: str = "mbeya-college"
) -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(FILES).text)
    assert token
    fields: MultiDict[str, object] = MultiDict({"csrf_token": token[1], "institution": institution})
    for content, name in files:
        fields.add("file", FileStorage(io.BytesIO(content), filename=name))
    boundary, body = encode_multipart(fields)
    # As bytes: the client would leave a temporary file open.
    return client.post(
        f"{FILES}/send", data=body, content_type=f"multipart/form-data; boundary={boundary}"
    )


def photo() -> bytes:
    noise = Image.effect_noise((1200, 900), 60)
    made = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "A lathe"
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (8.0, 54.0, 0.0)
    noise.convert("RGB").save(made, "JPEG", exif=exif)
    return made.getvalue()


def test_files_are_sent_without_a_script(
    asha: DeskClient, work: object, factory: sessionmaker[Session]
) -> None:
    answer = send(asha, (b"Measure twice.", "lesson.txt"), (b"x" * 200_000, "long.txt"))
    assert (answer.status_code, answer.location) == (303, f"{FILES}?done=sent")
    page = asha.get(FILES).text
    assert "lesson.txt" in page
    assert "data-busy" in page
    work()  # type: ignore[operator]
    page = asha.get(FILES).text
    assert page.count('class="kind state-ready"') == 2
    assert "data-busy" not in page


def test_a_form_larger_than_it_says_is_refused_in_words(asha: DeskClient) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    answer = asha.post(
        f"{FILES}/send",
        data=body + b"x" * 21_000_000 + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def test_what_is_wrong_with_a_file_stands_beside_its_field(asha: DeskClient) -> None:
    answer = send(asha, (b"", "empty.txt"))
    assert answer.status_code == 422
    assert "empty.txt: The file is empty." in answer.text
    assert send(asha).status_code == 422
    assert "no role" in send(asha, (b"x", "a.txt"), institution="other-college").text


def test_a_picture_is_cleaned_made_smaller_and_asked_about(
    asha: DeskClient, work: object, session: Session, services: Services
) -> None:
    send(asha, (photo(), "lathe.jpg"))
    work()  # type: ignore[operator]
    upload = session.scalars(select(Upload)).one()
    assert (upload.state, upload.cleaned, upload.title) == ("ready", True, "A lathe")
    kept = b"".join(services.store.open(upload.sha256 or ""))
    assert b"Exif" not in kept
    page = asha.get(f"{FILES}/{upload.uuid}").text
    assert "has been removed" in page
    assert "its licence" in page
    assert "words instead of the picture" in page
    assert "WebP" in page
    small = re.search(r'<a href="([^"]+/made/\d+)"', page)
    assert small
    with asha.get(small[1]) as picture:
        assert picture.mimetype in ("image/webp", "image/avif")
        assert picture.headers["Cache-Control"] == "private, no-store"
    answer = asha.send(
        f"{FILES}/{upload.uuid}",
        {"title": "Lathe", "author": "", "licence": "CC-BY-4.0", "alt-sw": "Mashine ya kuchongea"},
    )
    assert answer.status_code == 303
    page = asha.get(f"{FILES}/{upload.uuid}").text
    assert "Before it can be published" not in page
    assert "Mashine ya kuchongea" in page


def test_a_file_that_is_ready_leads_to_what_can_be_made_of_it(
    app: Flask,
    asha: DeskClient,
    person: Person,
    work: object,
    session: Session,
    factory: sessionmaker[Session],
) -> None:
    send(asha, (b"# Lathes\n\nHow to turn.", "lathes.md"))
    work()  # type: ignore[operator]
    upload = session.scalars(select(Upload)).one()
    here = f"{FILES}/{upload.uuid}"
    begin = f"/en/desk/works/new/document?upload={upload.uuid}"
    found = manuscripts.start(
        session,
        starting.blank(
            kind="course", key="turning", title="Turning", lang="en", institution="mbeya-college"
        ),
        by=actor_of(session, person),
    )
    translator = make_person(
        session, email="t@example.org", roles=[("translator", "mbeya-college", "sw")]
    )
    session.commit()
    assert begin not in signed_in(app, factory, translator).get(here).text
    page = asha.get(here).text
    assert begin in page
    into = f"/en/desk/works/{found.uuid}/files"
    assert f'href="{into}?upload={upload.uuid}"' in page
    asha.send(into, {"do": "add", "upload": str(upload.uuid)})
    used = asha.get(here).text
    assert f'<a href="{into}"><bdi>Turning</bdi></a>' in used
    assert f"manuscript/{found.uuid}" not in used


def test_why_a_file_was_refused_is_said_in_words(asha: DeskClient, work: object) -> None:
    send(asha, (b"<!doctype html><script>alert(1)</script>", "paper.pdf"))
    work()  # type: ignore[operator]
    page = unescape(asha.get(FILES).text)
    assert "The name promises PDF, but the content is HTML." in page
    assert 'class="kind state-refused"' in page


def test_what_is_wrong_with_subtitles_is_said_in_the_language_of_the_page(
    asha: DeskClient, work: object
) -> None:
    send(asha, (b"1\n00:00:05,000 --> 00:00:07,000\n\xff\xfe", "talk.srt"))
    work()  # type: ignore[operator]
    assert "Line 3: The text is not UTF-8." in unescape(asha.get(FILES).text)
    chinese = asha.get(FILES.replace("/en/", "/zh-Hans/")).text
    assert "文本不是 UTF-8 编码。" in chinese
    assert "The text is" not in chinese


def test_a_file_is_taken_away_unless_somebody_uses_it(
    asha: DeskClient, work: object, session: Session, factory: sessionmaker[Session]
) -> None:
    send(asha, (b"one", "one.txt"), (b"two", "two.txt"))
    work()  # type: ignore[operator]
    one, two = session.scalars(select(Upload).order_by(Upload.id)).all()
    with session_scope(factory, write=True) as writing:
        service.hold(writing, holder="course/turning", digests={one.sha256 or ""}, label="Turning")
    page = f"{FILES}/{two.uuid}"
    held = asha.get(f"{FILES}/{one.uuid}").text
    assert "Turning" in held
    assert f"{one.uuid}/delete" not in held
    assert asha.send(f"{FILES}/{one.uuid}/delete", page=page).status_code == 409
    assert asha.send(f"{page}/delete", page=page).status_code == 303
    assert asha.get(page).status_code == 404


def test_what_failed_can_be_tried_again(
    asha: DeskClient, session: Session, factory: sessionmaker[Session], work: object
) -> None:
    send(asha, (b"one", "one.txt"))
    with session_scope(factory, write=True) as writing:
        row = writing.scalars(select(Upload)).one()
        row.state, row.reason = UploadState.FAILED, Reason.STORE_AWAY
    page = f"{FILES}/{row.uuid}"
    assert "The media store does not answer." in asha.get(page).text
    assert asha.send(f"{page}/again", page=page).status_code == 303
    work()  # type: ignore[operator]
    assert 'class="kind state-ready"' in asha.get(page).text
    assert asha.send(f"{page}/again", page=page).status_code == 409


def test_files_of_other_institutions_are_not_there(
    asha: DeskClient,
    app: Flask,
    factory: sessionmaker[Session],
    session: Session,
) -> None:
    send(asha, (b"secret", "secret.txt"))
    upload = session.scalars(select(Upload)).one()
    stranger = make_person(session, email="b@example.org", roles=[("author", "other-college")])
    nobody = make_person(session, email="c@example.org")
    session.commit()
    other = signed_in(app, factory, stranger)
    for path in ("", "?institution=mbeya-college", "?q=secret", "?rows=1"):
        assert "secret.txt" not in other.get(FILES + path).text
    for path in ("", "/bytes", "/made/1"):
        assert other.get(f"{FILES}/{upload.uuid}{path}").status_code == 404
    assert signed_in(app, factory, nobody).get(FILES).status_code == 403


def test_the_script_is_told_its_words_in_the_language_of_the_page(asha: DeskClient) -> None:
    for lang in ("en", "ar", "zh-Hans"):
        page = asha.get(f"/{lang}/desk/files").text
        told = re.search(r'data-words="([^"]+)"', page)
        assert told
        assert "%(size)s" in json.loads(unescape(told[1]))["sending"]


def test_drawings_are_shown_in_a_sandbox(asha: DeskClient, work: object, session: Session) -> None:
    send(asha, (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', "a.svg"))
    work()  # type: ignore[operator]
    upload = session.scalars(select(Upload)).one()
    with asha.get(f"{FILES}/{upload.uuid}/bytes") as answer:
        assert answer.mimetype == "image/svg+xml"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
