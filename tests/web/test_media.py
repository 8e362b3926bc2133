from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from library.catalogue.service import withdraw
from library.http.services import Services
from library.media.folder import LocalStore
from library.media.reading import Reading
from tests.factories import make_media, make_work

FILM = bytes(range(256)) * 400


def _get(client: FlaskClient, address: str, headers: dict[str, str] | None = None) -> TestResponse:
    """An answer that is read to its end and closed, as a server does it."""
    return client.get(address, headers=headers, buffered=True)


@pytest.fixture
def film(session: Session, services: Services) -> str:
    """The address of a film under a Chinese name."""
    draft = make_media(services.store, "电机.mp4", FILM, "video/mp4")
    make_work(session, media=[draft])
    session.commit()
    return f"/media/{draft.sha256}/电机.mp4"


def _store(session: Session, services: Services, name: str, content: bytes, kind: str) -> str:
    draft = make_media(services.store, name, content, kind)
    make_work(session, media=[draft])
    session.commit()
    return f"/media/{draft.sha256}/{name}"


def test_a_file_is_sent_whole_and_kept_for_ever(client: FlaskClient, film: str) -> None:
    answer = _get(client, film)
    assert answer.data == FILM
    assert answer.mimetype == "video/mp4"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["ETag"] == f'"{film.split("/")[2]}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "filename*=UTF-8''%E7%94%B5%E6%9C%BA.mp4" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=1000-1999", slice(1000, 2000)),
        ("bytes=-10", slice(-10, None)),
        ("bytes=102390-", slice(102390, None)),
    ],
    ids=["the first", "some in the middle", "the last", "the rest"],
)
def test_a_player_can_ask_for_a_part(
    client: FlaskClient, film: str, asked: str, part: slice
) -> None:
    answer = _get(client, film, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.data == FILM[part]
    assert answer.headers["Content-Range"].endswith(f"/{len(FILM)}")


def test_a_part_beyond_the_end_is_refused(client: FlaskClient, film: str) -> None:
    assert _get(client, film, headers={"Range": "bytes=999999-"}).status_code == 416


def test_a_browser_that_has_it_gets_no_bytes(client: FlaskClient, film: str) -> None:
    digest = film.split("/")[2]
    answer = _get(client, film, headers={"If-None-Match": f'"{digest}"'})
    assert (answer.status_code, answer.data) == (304, b"")


def test_head_tells_the_size(client: FlaskClient, film: str) -> None:
    answer = client.head(film)
    assert answer.headers["Content-Length"] == str(len(FILM))
    assert answer.data == b""


def test_any_name_finds_the_bytes_and_the_name_of_the_row_is_given(
    client: FlaskClient, film: str
) -> None:
    answer = _get(client, film.replace("电机", "renamed"))
    assert answer.data == FILM
    assert "%E7%94%B5%E6%9C%BA" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("name", "kind", "inline"),
    [
        ("page.html", "text/html", False),
        ("sheet.pdf", "application/pdf", True),
        ("drawing.svg", "image/svg+xml", True),
        ("table.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", False),
        ("feed.xml", "application/xml", False),
    ],
)
def test_only_what_cannot_run_is_shown_in_the_browser(
    client: FlaskClient, session: Session, services: Services, name: str, kind: str, inline: bool
) -> None:
    answer = _get(client, _store(session, services, name, b"<script>alert(1)</script>", kind))
    assert answer.headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "sandbox" in policy or kind == "application/pdf"


def test_unknown_and_malformed_addresses_are_not_found(client: FlaskClient, film: str) -> None:
    for address in (f"/media/{'0' * 64}/x.png", "/media/nonsense/x.png", "/media/../x/y"):
        assert _get(client, address).status_code == 404


def test_files_of_a_withdrawn_work_are_not_sent(
    client: FlaskClient, session: Session, services: Services
) -> None:
    draft = make_media(services.store, "a.png", b"png", "image/png")
    work = make_work(session, media=[draft])
    withdraw(session, work.uuid, because="Wrong.", by="tests")
    session.commit()
    assert _get(client, f"/media/{draft.sha256}/a.png").status_code == 404


def test_bytes_that_are_missing_from_the_store_are_not_found(
    client: FlaskClient, session: Session, services: Services
) -> None:
    address = _store(session, services, "a.png", b"png", "image/png")
    services.store.delete(address.split("/")[2])
    assert _get(client, address).status_code == 404


class LinkingStore(LocalStore):
    """A folder that behaves like an object store: it gives links and has no files of its own."""

    def link(
        self, sha256: str, *, name: str, media_type: str, inline: bool, seconds: int
    ) -> str | None:
        return f"https://objects.example.org/{sha256}?name={name}&seconds={seconds}"

    def path(self, sha256: str) -> Path | None:
        return None


class StreamingStore(LinkingStore):
    """An object store whose bytes have to go through us."""

    def link(
        self, sha256: str, *, name: str, media_type: str, inline: bool, seconds: int
    ) -> str | None:
        return None


@pytest.fixture
def linking(services: Services, tmp_path: Path) -> LinkingStore:
    store = LinkingStore(tmp_path / "objects")
    services.store = store
    return store


@pytest.fixture
def streaming(services: Services, tmp_path: Path) -> StreamingStore:
    store = StreamingStore(tmp_path / "objects")
    services.store = store
    return store


def test_an_object_store_is_linked_for_less_time_than_its_link_lives(
    session: Session, services: Services, linking: LinkingStore, client: FlaskClient
) -> None:
    answer = _get(client, _store(session, services, "film.mp4", FILM, "video/mp4"))
    assert answer.status_code == 302
    seconds = int(answer.headers["Location"].rpartition("=")[2])
    held = int(answer.headers["Cache-Control"].rpartition("=")[2])
    assert answer.headers["Cache-Control"].startswith("private")
    assert held < seconds


def test_subtitles_always_come_from_our_own_origin(
    session: Session, services: Services, linking: LinkingStore, client: FlaskClient
) -> None:
    answer = _get(client, _store(session, services, "film.vtt", b"WEBVTT\n", "text/vtt"))
    assert answer.status_code == 200
    assert answer.data == b"WEBVTT\n"
    assert answer.mimetype == "text/vtt"


def test_a_store_without_links_is_streamed_with_ranges(
    session: Session, services: Services, streaming: StreamingStore, client: FlaskClient
) -> None:
    address = _store(session, services, "film.mp4", FILM, "video/mp4")
    assert _get(client, address).data == FILM
    part = _get(client, address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, FILM[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(FILM)}"
    assert _get(client, address, headers={"Range": "bytes=999999-"}).status_code == 416
    head = client.head(address)
    assert (head.headers["Content-Length"], head.data) == (str(len(FILM)), b"")
    kept = _get(client, address, headers={"If-None-Match": f'"{address.split("/")[2]}"'})
    assert kept.status_code == 304


def test_a_streamed_reading_is_closed_when_the_browser_goes_away(
    session: Session,
    services: Services,
    streaming: StreamingStore,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[bool] = []

    class Watched(Reading):
        def close(self) -> None:
            closed.append(True)
            super().close()

    real = streaming.open

    def watched(sha256: str, *, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        found = real(sha256, start=start, end=end)
        found.__class__ = Watched
        return found

    monkeypatch.setattr(streaming, "open", watched)
    address = _store(session, services, "film.mp4", FILM, "video/mp4")
    answer = app.test_client().get(address, buffered=False)
    next(iter(answer.response))
    answer.close()
    assert closed


def test_a_drawing_is_compressed_and_its_bytes_are_whole(
    session: Session, services: Services, client: FlaskClient
) -> None:
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<path/>" * 400 + b"</svg>"
    address = _store(session, services, "a.svg", drawing, "image/svg+xml")
    packed = _get(client, address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(drawing) / 5
    assert _get(client, address).data == drawing
