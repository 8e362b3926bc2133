"""tus 1.0.0: announced, sent in pieces, broken off and gone on with, checked, given up, joined."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.directory.models import Institution
from library.http.services import Services
from library.uploads import service
from library.uploads.checking import CheckingChore
from library.uploads.models import Upload
from library.uploads.spool import FOLDER, SpoolFolder
from tests.interop.tus_client import TusClient
from tests.people import make_person, signed_in, visitor

CONTENT = b"Tighten the clamp, then measure again.\n" * 500


@pytest.fixture
def tus(app: Flask, factory: sessionmaker[Session], session: Session) -> TusClient:
    session.add(Institution(key="mbeya-college", type="college", source_language="en"))
    session.add(Institution(key="other-college", type="college", source_language="en"))
    person = make_person(session, roles=[("author", "mbeya-college")])
    session.commit()
    return TusClient(signed_in(app, factory, person))


@pytest.fixture
def checking(services: Services, tmp_path: Path) -> CheckingChore:
    return CheckingChore(
        services.store, SpoolFolder(services.settings.data / FOLDER), tmp_path / "making"
    )


def test_the_server_says_what_it_speaks_and_takes(tus: TusClient, services: Services) -> None:
    answer = tus.send("OPTIONS", "/uploads")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == str(services.settings.upload_largest)
    assert "creation-with-upload" in answer.headers["Tus-Extension"]
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_a_file_sent_in_pieces_arrives_and_is_ready(
    tus: TusClient,
    checking: CheckingChore,
    factory: sessionmaker[Session],
    services: Services,
) -> None:
    path = tus.create(len(CONTENT), "lesson.txt")
    assert tus.offset(path) == 0
    first = tus.patch(path, 0, CONTENT[:7000])
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "7000")
    assert first.headers["Upload-Expires"].endswith("GMT")
    assert tus.offset(path) == 7000
    assert tus.patch(path, 7000, CONTENT[7000:]).headers["Upload-Offset"] == str(len(CONTENT))
    assert tus.state(path)["state"] == "checking"
    assert checking.run(factory) == 1
    state = tus.state(path)
    assert (state["state"], state["type"]) == ("ready", "text/plain")
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert state["sha256"] == digest
    assert b"".join(services.store.open(digest)) == CONTENT
    assert not list((services.settings.data / FOLDER).glob("*.part"))


def test_the_first_piece_may_come_with_the_announcement(tus: TusClient) -> None:
    answer = tus.announce(
        len(CONTENT), body=CONTENT[:50], Content_Type="application/offset+octet-stream"
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "50")
    assert tus.offset(str(answer.location)) == 50


def test_a_piece_from_elsewhere_is_refused_and_changes_nothing(tus: TusClient) -> None:
    path = tus.create(100)
    tus.patch(path, 0, b"x" * 10)
    answer = tus.patch(path, 0, b"y" * 10)
    assert (answer.status_code, answer.json and answer.json["offset"]) == (409, 10)
    assert tus.patch(path, 10, b"z" * 91).status_code == 413
    assert tus.offset(path) == 10


def test_bytes_that_changed_on_the_way_are_forgotten(tus: TusClient) -> None:
    path = tus.create(len(CONTENT))
    good = base64.b64encode(hashlib.sha256(CONTENT[:100]).digest()).decode()
    wrong = tus.patch(path, 0, CONTENT[1:101], Upload_Checksum=f"sha256 {good}")
    assert (wrong.status_code, tus.offset(path)) == (460, 0)
    right = tus.patch(path, 0, CONTENT[:100], Upload_Checksum=f"sha256 {good}")
    assert (right.status_code, tus.offset(path)) == (204, 100)
    assert tus.patch(path, 100, b"x", Upload_Checksum="md5 AAAA").status_code == 400


@pytest.mark.parametrize(("sent", "state"), [(CONTENT, "ready"), (CONTENT[::-1], "refused")])
def test_the_checksum_of_the_whole_file_may_come_with_its_last_piece(
    tus: TusClient,
    checking: CheckingChore,
    factory: sessionmaker[Session],
    sent: bytes,
    state: str,
) -> None:
    path = tus.create(len(CONTENT), "lesson.txt")
    whole = f"sha256 {base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()}"
    assert tus.patch(path, 0, sent[:5000]).status_code == 204
    assert tus.patch(path, 5000, sent[5000:], Upload_Whole_Checksum=whole).status_code == 204
    checking.run(factory)
    said = tus.state(path)
    assert (said["state"], said["reason"]) == (state, None if state == "ready" else "checksum")


def test_a_file_has_one_checksum(tus: TusClient) -> None:
    path = tus.create(100, sha256="a" * 64)
    other = f"sha256 {base64.b64encode(hashlib.sha256(b'').digest()).decode()}"
    answer = tus.patch(path, 0, b"x", Upload_Whole_Checksum=other)
    assert (answer.status_code, answer.json and answer.json["reason"]) == (409, "checksum")
    weak = f"sha1 {base64.b64encode(hashlib.sha1(b'', usedforsecurity=False).digest()).decode()}"
    for said in (weak, "sha256 short", "sha256"):
        assert tus.patch(path, 0, b"x", Upload_Whole_Checksum=said).status_code == 400
    assert tus.offset(path) == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus_Resumable": "0.2.2"}, 412),
        ({"Content_Type": "text/plain"}, 415),
        ({"Upload_Offset": "-1"}, 400),
        ({"Upload_Offset": "٣"}, 400),
        ({"X_CSRF_Token": ""}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
    ],
)
def test_what_is_not_the_protocol_is_refused(
    tus: TusClient, headers: dict[str, str], status: int
) -> None:
    path = tus.create(100)
    told = {"Upload_Offset": "0", "Content_Type": "application/offset+octet-stream", **headers}
    told = {k: v.encode().decode("latin-1") for k, v in told.items()}
    assert tus.send("PATCH", path, b"abc", **told).status_code == status
    assert tus.offset(path) == 0


def test_limits_are_told_before_a_byte_is_sent(tus: TusClient, services: Services) -> None:
    assert tus.announce(0).status_code == 422
    answer = tus.announce(services.settings.upload_largest + 1)
    assert answer.status_code == 413
    assert answer.json is not None
    assert answer.json["reason"] == "too-large"
    assert not list((services.settings.data / FOLDER).glob("*.part"))


def test_nobody_sends_files_for_an_institution_that_is_not_theirs(tus: TusClient) -> None:
    assert tus.announce(10, institution="other-college").status_code == 403
    # Who works for one institution need not name it.
    assert tus.announce(10, institution="").status_code == 201


def test_nobody_sees_the_uploads_of_another_institution(
    tus: TusClient, app: Flask, factory: sessionmaker[Session], session: Session
) -> None:
    path = tus.create(100)
    other = make_person(session, email="b@example.org", roles=[("author", "other-college")])
    session.commit()
    stranger = TusClient(signed_in(app, factory, other))
    for method in ("HEAD", "GET", "DELETE"):
        assert stranger.send(method, path).status_code == 404
    assert stranger.patch(path, 0, b"x").status_code == 404
    assert visitor(app).get(path).status_code == 401
    assert tus.offset(path) == 0


def test_an_upload_that_is_given_up_is_gone(tus: TusClient, services: Services) -> None:
    path = tus.create(100)
    tus.patch(path, 0, b"x" * 10)
    assert tus.send("DELETE", path).status_code == 204
    assert tus.send("HEAD", path).status_code == 404
    assert not list((services.settings.data / FOLDER).glob("*.part"))


def test_clients_that_can_only_post_say_what_they_mean(tus: TusClient) -> None:
    path = tus.create(100)
    answer = tus.send(
        "POST",
        path,
        b"x" * 10,
        X_HTTP_Method_Override="PATCH",
        Upload_Offset=0,
        Content_Type="application/offset+octet-stream",
    )
    assert (answer.status_code, tus.offset(path)) == (204, 10)
    assert tus.send("POST", path, X_HTTP_Method_Override="DELETE").status_code == 204
    assert tus.send("POST", path).status_code == 412


def test_pieces_sent_side_by_side_become_one_file(
    tus: TusClient, checking: CheckingChore, factory: sessionmaker[Session]
) -> None:
    half = len(CONTENT) // 2
    paths = [tus.create(size, Upload_Concat="partial") for size in (half, len(CONTENT) - half)]
    early = tus.send("POST", "/uploads", Upload_Concat=f"final;{paths[0]} {paths[1]}")
    assert early.status_code == 422
    tus.patch(paths[1], 0, CONTENT[half:])
    tus.patch(paths[0], 0, CONTENT[:half])
    assert tus.send("HEAD", paths[0]).headers["Upload-Concat"] == "partial"
    joined = tus.send("POST", "/uploads", Upload_Concat=f"final;{paths[0]} {paths[1]}")
    assert joined.status_code == 201, joined.text
    checking.run(factory)
    state = tus.state(str(joined.location))
    assert state["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert tus.send("HEAD", paths[0]).status_code == 404


def test_joining_pieces_makes_no_room_that_the_quota_does_not_give(
    app: Flask, tus: TusClient, services: Services, session: Session
) -> None:
    services.settings = dataclasses.replace(services.settings, upload_quota=2500)
    path = tus.create(1000, Upload_Concat="partial")
    tus.patch(path, 0, b"x" * 1000)
    # One piece a hundred times would be a file of a hundred times its size.
    many = tus.send("POST", "/uploads", Upload_Concat="final;" + " ".join([path] * 100))
    assert many.status_code == 400
    # Somebody joins the same piece over two lines at once: the first has not yet taken it away.
    person = session.scalars(select(Person)).one()
    limits = service.Limits(largest=10_000, quota=None)
    for size in (1000, 600):
        service.begin(
            session,
            institution="mbeya-college",
            name="a.txt",
            size=size,
            limits=limits,
            by=actor_of(session, person),
        )
    session.commit()
    assert tus.send("POST", "/uploads", Upload_Concat=f"final;{path}").status_code == 413
    assert session.query(Upload).count() == 3


@pytest.mark.parametrize(
    ("everybody", "own", "status"),
    [(100_000, 1_500, 413), (500, 100_000, 201), (500, 0, 201)],
    ids=["narrower", "wider", "none"],
)
def test_joined_pieces_count_against_the_institutions_own_quota(
    tus: TusClient,
    services: Services,
    session: Session,
    *,
    everybody: int,
    own: int,
    status: int,
) -> None:
    roomy = dataclasses.replace(services.settings, upload_quota=0, upload_quotas={})
    services.settings = roomy
    path = tus.create(1000, Upload_Concat="partial")
    tus.patch(path, 0, b"x" * 1000)
    person = session.scalars(select(Person)).one()
    service.begin(
        session,
        institution="mbeya-college",
        name="a.txt",
        size=600,
        limits=service.Limits(largest=10_000, quota=None),
        by=actor_of(session, person),
    )
    session.commit()
    services.settings = dataclasses.replace(
        roomy, upload_quota=everybody, upload_quotas={"mbeya-college": own}
    )
    assert tus.send("POST", "/uploads", Upload_Concat=f"final;{path}").status_code == status


@pytest.mark.parametrize(
    "name",
    [
        "课程 第一章.txt",
        "الدرس.txt",
        "x" * 5000 + ".txt",
        "../../etc/passwd",
        "a\0b\n.txt",
        "",
        ".",
    ],
)
def test_names_in_any_script_and_of_any_length_are_kept_safe(tus: TusClient, name: str) -> None:
    state = tus.state(tus.create(10, name))
    assert 0 < len(state["name"].encode()) <= 180
    assert not set(state["name"]) & set('/\\\0\n"')
    if "课" in name:
        assert state["name"] == name


def test_a_file_that_is_known_is_not_sent_again(
    tus: TusClient, checking: CheckingChore, factory: sessionmaker[Session]
) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    asked = {"institution": "mbeya-college", "name": "again.txt", "sha256": digest}

    def known() -> dict[str, object]:
        answer = tus._client.post("/uploads/known", json=asked, headers={"X-CSRF-Token": tus.token})
        return answer.json or {}

    assert known() == {"known": False}
    path = tus.create(len(CONTENT))
    tus.patch(path, 0, CONTENT)
    checking.run(factory)
    found = known()
    assert found["known"] is True
    assert isinstance(found["upload"], dict)
    assert found["upload"]["uuid"] in path


def test_bytes_of_a_stranger_are_not_known(
    tus: TusClient,
    checking: CheckingChore,
    app: Flask,
    factory: sessionmaker[Session],
    session: Session,
) -> None:
    path = tus.create(len(CONTENT))
    tus.patch(path, 0, CONTENT)
    checking.run(factory)
    other = make_person(session, email="b@example.org", roles=[("author", "other-college")])
    session.commit()
    stranger = TusClient(signed_in(app, factory, other))
    asked = {"institution": "other-college", "sha256": hashlib.sha256(CONTENT).hexdigest()}
    answer = stranger._client.post(
        "/uploads/known", json=asked, headers={"X-CSRF-Token": stranger.token}
    )
    assert answer.json == {"known": False}
