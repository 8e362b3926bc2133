"""Rendering: links lead to pages in the reader's language, pictures to files; HTML is kept while it holds."""

from __future__ import annotations

import io

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import reading
from library.catalogue.drafts import MediaDraft, SectionDraft, WorkDraft
from library.catalogue.models import BlockText, MediaFile, Work
from library.catalogue.preparing import prepare_pending
from library.catalogue.rendering import render_pending
from library.catalogue.service import store_work
from library.http.services import Services
from tests.catalogue.test_service import blocks, section


def _picture(
    services: Services, path: str, *, lang: str | None = None, width: int = 1600
) -> MediaDraft:
    noise = Image.effect_noise((width, width // 2), 80)
    data = io.BytesIO()
    noise.save(data, "PNG")
    data.seek(0)
    kept = services.store.put(data)
    return MediaDraft(
        path=path,
        name=path.rpartition("/")[2],
        sha256=kept.sha256,
        size=kept.size,
        media_type="image/png",
        lang=lang,
        width=width,
        height=width // 2,
    )


def _store(
    factory: sessionmaker[Session], *sections: SectionDraft, media: list[MediaDraft] | None = None
) -> None:
    root = SectionDraft(
        key="",
        folder="",
        texts={"en": blocks("# C\n\nS.", root=True), "fr": blocks("# C\n\nS.", root=True)},
    )
    root.sections = list(sections)
    with factory() as session:
        store_work(
            session,
            WorkDraft(
                kind="course",
                key="c",
                source_language="en",
                licence="CC-BY-4.0",
                root=root,
                media=media or [],
            ),
            by="test",
        )
        session.commit()


def _html(factory: sessionmaker[Session], path: str, lang: str = "en") -> str:
    with factory() as session:
        work = session.scalars(select(Work)).one()
        node = next(n for n in reading.contents(session, work, lang=lang) if n.path == path)
        rows = reading.blocks_of(session, work, node, lang=lang)
        return "\n".join(row.first.html for row in rows if row.first)


def test_links_between_lessons_carry_the_mark_of_the_pages_language(
    factory: sessionmaker[Session],
) -> None:
    _store(
        factory,
        section("01-a", en="# A\n\nSee [b](../02-b/en.md#torque) and [gone](../09-gone/)."),
        section("02-b", en="# B"),
    )
    html = _html(factory, "a")
    assert 'href="/@/courses/c/b#torque"' in html
    assert "missing-link" in html


def test_a_link_that_led_nowhere_works_once_its_section_is_there(
    factory: sessionmaker[Session],
) -> None:
    first = section("01-a", en="# A\n\nSee [b](../02-b/).")
    _store(factory, first)
    with factory() as session:
        render_pending(session)
        session.commit()
    assert "missing-link" in _html(factory, "a")
    _store(factory, section("01-a", en="# A\n\nSee [b](../02-b/)."), section("02-b", en="# B"))
    assert 'href="/@/courses/c/b"' in _html(factory, "a")


def test_what_the_worker_renders_is_what_a_reader_would_get(factory: sessionmaker[Session]) -> None:
    _store(factory, section("01-a", en="# A\n\n$U = R I$\n\n[x]: https://example.org\n\nSee [x]."))
    before = _html(factory, "a")
    assert "https://example.org" in before
    with factory() as session:
        assert render_pending(session) > 0
        session.commit()
    with factory() as session:
        assert render_pending(session) == 0
        texts = session.scalars(select(BlockText)).all()
        assert all(text.html is not None for text in texts)
    assert _html(factory, "a") == before


def test_a_changed_text_is_rendered_again(factory: sessionmaker[Session]) -> None:
    _store(factory, section("01-a", en="# A\n\nOld words."))
    with factory() as session:
        render_pending(session)
        session.commit()
    _store(factory, section("01-a", en="# A\n\nNew words."))
    assert "New words" in _html(factory, "a")


def test_a_picture_has_its_size_and_its_language(
    factory: sessionmaker[Session], services: Services
) -> None:
    picture = "![A meter](meter.png)"
    _store(
        factory,
        section("01-a", en=f"# A\n\n{picture}", fr=f"# A\n\n{picture}"),
        media=[
            _picture(services, "01-a/meter.png"),
            _picture(services, "01-a/meter.fr.png", lang="fr", width=800),
        ],
    )
    assert 'width="1600"' in _html(factory, "a")
    assert 'width="800"' in _html(factory, "a", "fr")


def test_small_versions_are_made_later_and_then_offered(
    factory: sessionmaker[Session], services: Services
) -> None:
    _store(
        factory,
        section("01-a", en="# A\n\n![A meter](meter.png)"),
        media=[_picture(services, "01-a/meter.png")],
    )
    with factory() as session:
        render_pending(session)
        session.commit()
    assert "srcset" not in _html(factory, "a")
    number = services.changes.number()
    assert prepare_pending(factory, services.store) == 1
    assert prepare_pending(factory, services.store) == 0
    html = _html(factory, "a")
    assert "480w" in html
    assert "960w" in html
    assert services.changes.number() > number, "kept pages must show it"
    with factory() as session:
        small = session.scalars(select(MediaFile).where(MediaFile.role == "rendition")).all()
        assert {m.width for m in small} == {480, 960}
        assert all(services.store.exists(m.sha256) for m in small)


def test_a_file_that_lies_about_being_a_picture_stops_nobody(
    factory: sessionmaker[Session], services: Services
) -> None:
    liar = services.store.put(io.BytesIO(b"no picture at all" * 5000))
    draft = MediaDraft("01-a/x.png", "x.png", liar.sha256, liar.size, "image/png")
    _store(
        factory,
        section("01-a", en="# A\n\n![x](x.png)"),
        media=[draft, _picture(services, "01-a/y.png")],
    )
    assert prepare_pending(factory, services.store) == 2


def test_subtitles_come_with_the_film_the_readers_language_first(
    factory: sessionmaker[Session], services: Services
) -> None:
    film = services.store.put(io.BytesIO(b"film"))
    tracks = [services.store.put(io.BytesIO(f"WEBVTT {n}".encode())) for n in range(2)]
    media = [
        MediaDraft("01-a/film.mp4", "film.mp4", film.sha256, 4, "video/mp4"),
        MediaDraft(
            "01-a/film.en.vtt", "film.en.vtt", tracks[0].sha256, 8, "text/vtt", "en", "subtitles"
        ),
        MediaDraft(
            "01-a/film.fr.vtt", "film.fr.vtt", tracks[1].sha256, 8, "text/vtt", "fr", "subtitles"
        ),
    ]
    both = "# A\n\n![Film](film.mp4)"
    _store(factory, section("01-a", en=both, fr=both), media=media)
    html = _html(factory, "a", "fr")
    assert "<video" in html
    assert html.index('srclang="fr"') < html.index('srclang="en"')


def test_a_film_shows_the_picture_of_its_name_until_it_is_played(
    factory: sessionmaker[Session], services: Services
) -> None:
    film = services.store.put(io.BytesIO(b"film"))
    stills = [services.store.put(io.BytesIO(f"still {n}".encode())) for n in range(2)]
    media = [
        MediaDraft("01-a/film.mp4", "film.mp4", film.sha256, 4, "video/mp4"),
        MediaDraft("01-a/film.webp", "film.webp", stills[0].sha256, 7, "image/webp"),
        MediaDraft("01-a/film.fr.webp", "film.fr.webp", stills[1].sha256, 7, "image/webp", "fr"),
    ]
    both = "# A\n\n![Film](film.mp4)"
    _store(factory, section("01-a", en=both, fr=both), media=media)
    for lang, still in (("en", stills[0]), ("fr", stills[1])):
        assert f'poster="/media/{still.sha256}' in _html(factory, "a", lang)
