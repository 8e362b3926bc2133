"""What is made from files once, and taken up by every work that has them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import making
from library.catalogue.drafts import MediaDraft
from library.catalogue.making import MakingChore
from library.catalogue.models import BlockText, MadeFile, Making, MediaFile
from library.catalogue.preparing import prepare_pending
from library.catalogue.rendering import render_pending
from library.catalogue.service import store_work
from library.db import session_scope, utc_now
from library.http.services import Services
from library.media import film
from tests.catalogue.test_service import draft, section
from tests.judges.absence import missing
from tests.uploads.films import small_film
from tests.uploads.test_inspection import pdf


@pytest.fixture
def chore(services: Services, tmp_path: Path) -> MakingChore:
    return MakingChore(services.store, tmp_path / "making")


def keep(services: Services, content: bytes, media_type: str) -> str:
    sha256 = services.store.put(io.BytesIO(content)).sha256
    with session_scope(services.factory, write=True) as session:
        making.ask(session, sha256=sha256, media_type=media_type, size=len(content))
    return sha256


def finish(chore: MakingChore, factory: sessionmaker[Session]) -> None:
    for _ in range(60):
        with session_scope(factory) as session:
            if not chore.waits(session):
                return
        chore.run(factory)
    raise AssertionError("It does not end.")


def photo() -> bytes:
    made = io.BytesIO()
    # Patches of grey with soft edges, and a little noise: about what a camera makes of a workshop.
    patches = Image.effect_noise((40, 25), 90).resize((1600, 1000), Image.Resampling.BICUBIC)
    Image.blend(patches, Image.effect_noise((1600, 1000), 40), 0.12).convert("RGB").save(
        made, "JPEG", quality=94
    )
    return made.getvalue()


def test_pictures_become_smaller_in_two_formats(
    chore: MakingChore, factory: sessionmaker[Session], services: Services
) -> None:
    content = photo()
    sha256 = keep(services, content, "image/jpeg")
    finish(chore, factory)
    with session_scope(factory) as session:
        made = making.of(session, sha256)
        assert {(one.media_type, one.width) for one in made} >= {
            ("image/webp", 480), ("image/webp", 960), ("image/avif", 480),
        }  # fmt: skip
        assert all(one.size < len(content) for one in made)
        row = session.get(Making, sha256)
        assert row is not None
        assert (row.state, row.progress) == ("done", 100)


def test_the_first_pages_of_a_document_become_pictures(
    chore: MakingChore, factory: sessionmaker[Session], services: Services
) -> None:
    sha256 = keep(services, pdf(5), "application/pdf")
    finish(chore, factory)
    with session_scope(factory) as session:
        made = making.of(session, sha256)
        assert [(one.purpose, one.position) for one in made] == [("page", n) for n in (1, 2, 3)]
        picture = Image.open(io.BytesIO(b"".join(services.store.open(made[0].sha256))))
        assert picture.size == (720, 1080)


def test_nothing_is_made_from_what_has_nothing_to_make(
    factory: sessionmaker[Session],
) -> None:
    with session_scope(factory, write=True) as session:
        assert making.ask(session, sha256="0" * 64, media_type="text/plain", size=10**6) is None
        assert making.ask(session, sha256="0" * 64, media_type="image/png", size=100) is None


def test_a_broken_file_has_failed_and_can_be_asked_for_again(
    chore: MakingChore, factory: sessionmaker[Session], services: Services
) -> None:
    sha256 = keep(services, b"%PDF-1.4 broken", "application/pdf")
    finish(chore, factory)
    with session_scope(factory) as session:
        row = session.get(Making, sha256)
        assert row is not None
        assert (row.state, bool(row.note)) == ("failed", True)


def test_works_take_up_what_was_made_in_avif_and_webp(
    factory: sessionmaker[Session], services: Services
) -> None:
    content = photo()
    sha256 = services.store.put(io.BytesIO(content)).sha256
    for key in ("one", "two"):
        with session_scope(factory, write=True) as session:
            media = MediaDraft(
                "01-a/lathe.jpg", "lathe.jpg", sha256, len(content), "image/jpeg",
                width=1600, height=1000,
            )  # fmt: skip
            store_work(
                session,
                replace(
                    draft(section("01-a", en="# A\n\n![Lathe](lathe.jpg)"), media=[media]), key=key
                ),
                by="the tests",
            )
    assert prepare_pending(factory, services.store) == 2
    assert prepare_pending(factory, services.store) == 0
    with session_scope(factory, write=True) as session:
        render_pending(session, limit=100)
        html = [
            text.html or ""
            for text in session.scalars(select(BlockText))
            if "lathe" in text.source and text.html
        ]
        assert len(html) == 2
        for one in html:
            assert '<picture><source type="image/avif" srcset="/media/' in one
            assert one.count(" 480w") == 2
            assert one.index("image/avif") < one.index("<img ")
        # Made once, however many works show it.
        assert len(session.scalars(select(MadeFile)).all()) == 4
        small = session.scalars(select(MediaFile).where(MediaFile.role == "rendition")).all()
        assert len(small) == 8


def test_a_file_of_the_authors_own_is_not_replaced_by_one_that_was_made(
    factory: sessionmaker[Session], services: Services
) -> None:
    content = photo()
    sha256 = services.store.put(io.BytesIO(content)).sha256
    own = services.store.put(io.BytesIO(b"own"))
    with session_scope(factory, write=True) as session:
        store_work(
            session,
            draft(
                media=[
                    MediaDraft("a.jpg", "a.jpg", sha256, len(content), "image/jpeg"),
                    MediaDraft("a.480w.webp", "a.480w.webp", own.sha256, 3, "image/webp"),
                ]
            ),
            by="the tests",
        )
    prepare_pending(factory, services.store)
    with session_scope(factory) as session:
        kept = session.scalars(select(MediaFile).where(MediaFile.path == "a.480w.webp")).one()
        assert kept.sha256 == own.sha256


def test_a_film_becomes_small_with_a_poster_and_its_sound(
    chore: MakingChore, factory: sessionmaker[Session], services: Services, tmp_path: Path
) -> None:
    if not film.can_encode():
        missing("ffmpeg with H.264 is missing: apt-get install ffmpeg")
    content = small_film(tmp_path, seconds=4, size="1280x720")
    sha256 = keep(services, content, "video/mp4")
    with session_scope(factory, write=True) as session:
        store_work(
            session,
            draft(
                section("01-a", en="# A\n\n![Turning](turning.mp4)"),
                media=[
                    MediaDraft("01-a/turning.mp4", "turning.mp4", sha256, len(content), "video/mp4")
                ],
            ),
            by="the tests",
        )
    prepare_pending(factory, services.store)
    finish(chore, factory)
    with session_scope(factory) as session:
        made = {one.purpose: one for one in making.of(session, sha256)}
    assert set(made) == {"film", "sound", "poster"}
    assert (made["film"].width, made["film"].height) == (640, 360)
    assert made["film"].size < len(content)
    assert made["sound"].size < made["film"].size
    copy = tmp_path / "small.mp4"
    copy.write_bytes(b"".join(services.store.open(made["film"].sha256)))
    facts = film.probe(copy, "video/mp4")
    assert facts is not None
    assert (facts.width, facts.height, facts.sound) == (640, 360, True)
    assert facts.seconds == pytest.approx(4, abs=0.3)
    prepare_pending(factory, services.store)
    with session_scope(factory, write=True) as session:
        render_pending(session, limit=100)
        html = "".join(text.html or "" for text in session.scalars(select(BlockText)))
    assert f'<video src="/media/{made["film"].sha256}/turning.360p.mp4"' in html
    assert f'poster="/media/{made["poster"].sha256}/' in html
    assert f"{made['sound'].sha256}/turning.sound.m4a" in html


def test_a_film_whose_worker_was_killed_is_begun_again(
    factory: sessionmaker[Session], services: Services, tmp_path: Path
) -> None:
    if not film.can_encode():
        missing("ffmpeg with H.264 is missing: apt-get install ffmpeg")
    sha256 = keep(services, small_film(tmp_path, seconds=2, size="1280x720"), "video/mp4")
    first = MakingChore(services.store, tmp_path / "making")
    first.run(factory)
    second = MakingChore(services.store, tmp_path / "making")
    with session_scope(factory) as session:
        assert not second.waits(session), "it is the first one's for a while"
    assert first._film is not None
    first._film.close()
    with session_scope(factory, write=True) as session:
        row = session.get(Making, sha256)
        assert row is not None
        row.next_try = utc_now()
    finish(second, factory)
    with session_scope(factory) as session:
        assert {one.purpose for one in making.of(session, sha256)} >= {"poster", "sound"}


def test_without_ffmpeg_it_is_said_and_nothing_waits(
    chore: MakingChore,
    factory: sessionmaker[Session],
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "can_encode", lambda: False)
    sha256 = keep(services, b"film", "video/mp4")
    finish(chore, factory)
    with session_scope(factory) as session:
        row = session.get(Making, sha256)
        assert row is not None
        assert row.state == "none"
        assert "ffmpeg" in (row.note or "")
