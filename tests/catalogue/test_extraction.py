"""Taking text out of files: states, kills, copies, and that the index hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import extraction
from library.catalogue.extraction import extract_pending
from library.catalogue.models import MediaFile, MediaText, TextState, Work
from library.errors import Unavailable
from library.extraction.reader import Outcome, TextReader
from library.jobs import lease, outbox
from library.media.folder import LocalStore
from library.media.port import MediaStore
from tests.extraction.documents import DOCX, PDF, docx, pdf
from tests.factories import make_media, make_work


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "media")


def states(session: Session) -> dict[str, tuple[str, str | None]]:
    session.rollback()  # what others wrote is seen by a new transaction alone
    return {
        file.path: (file.text_state, file.text_note)
        for file in session.scalars(select(MediaFile).order_by(MediaFile.path))
    }


def texts(session: Session, path: str) -> list[tuple[str, str]]:
    session.rollback()
    rows = session.execute(
        select(MediaText.place, MediaText.text)
        .join(MediaFile, MediaFile.id == MediaText.media_id)
        .where(MediaFile.path == path)
        .order_by(MediaText.position)
    )
    return [(place, text) for place, text in rows]


def noted(session: Session) -> list[str]:
    session.rollback()  # what others wrote is seen by a new transaction alone
    return [entry.subject for entry in outbox.pending(session, limit=50)]


def empty_outbox(session: Session) -> None:
    outbox.clear(session, ids=outbox.waiting_ids(session))
    session.commit()


def test_files_are_read_and_their_work_is_indexed_again(
    session: Session, factory: sessionmaker[Session], store: MediaStore
) -> None:
    media = [
        make_media(store, "sheet.pdf", pdf(["A fuse", "", "A relay"]), PDF),
        make_media(store, "handout.docx", docx(["مقاومة العزل"]), DOCX),
        make_media(store, "film.mp4", b"film", "video/mp4"),
        make_media(store, "empty.pdf", pdf([""]), PDF),
    ]
    make_work(session, media=media)
    session.commit()
    empty_outbox(session)
    assert extraction.waiting(session)
    assert extraction.count_waiting(session) == 3
    assert extract_pending(factory, store) == 3
    assert states(session) == {
        "empty.pdf": (TextState.EMPTY, None),
        "film.mp4": (TextState.NONE, None),
        "handout.docx": (TextState.DONE, None),
        "sheet.pdf": (TextState.DONE, None),
    }
    assert texts(session, "sheet.pdf") == [("page=1", "A fuse"), ("page=3", "A relay")]
    assert noted(session) == ["work"]
    assert not extraction.waiting(session)
    assert extract_pending(factory, store) == 0


def test_a_file_that_cannot_be_read_is_told_once_and_not_tried_again(
    session: Session, factory: sessionmaker[Session], store: MediaStore
) -> None:
    make_work(
        session,
        key="safety",
        media=[
            make_media(store, "locked.pdf", pdf(["x"], encrypted=True), PDF),
            make_media(store, "good.pdf", pdf(["x"]), PDF),
        ],
    )
    session.commit()
    extract_pending(factory, store)
    assert states(session)["locked.pdf"] == (
        TextState.FAILED,
        "This PDF opens with a password only.",
    )
    assert extraction.unread(session) == [
        "course/safety: the text of locked.pdf cannot be found by searching. "
        "This PDF opens with a password only."
    ]
    assert extract_pending(factory, store) == 0
    extraction.retry_failed(session)
    session.commit()
    assert extraction.count_waiting(session) == 1


def test_what_is_only_read_in_part_is_found_and_told(
    session: Session,
    factory: sessionmaker[Session],
    store: MediaStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_work(session, media=[make_media(store, "book.pdf", pdf(["page"] * 5_001), PDF)])
    session.commit()
    extract_pending(factory, store)
    state, note = states(session)["book.pdf"]
    assert (state, note) == (TextState.CUT, "Only the first 5000 of 5001 pages were read.")
    assert len(texts(session, "book.pdf")) == 5_000
    assert extraction.unread(session) == []
    (sentence,) = extraction.partly_read(session)
    assert "not all of book.pdf" in sentence


def test_a_worker_killed_in_the_middle_of_a_file_loses_nothing(
    session: Session,
    factory: sessionmaker[Session],
    store: MediaStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    media = [make_media(store, f"{n}.pdf", pdf([f"Text {n}"]), PDF) for n in range(3)]
    make_work(session, media=media)
    session.commit()
    empty_outbox(session)
    real = TextReader.read

    def dies(self: TextReader, path: Path, **facts: str) -> Outcome:
        if "Text 1" in path.read_bytes().decode("latin-1"):
            raise KeyboardInterrupt
        return real(self, path, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(TextReader, "read", dies)
    with pytest.raises(KeyboardInterrupt):
        extract_pending(factory, store)
    assert [state for state, _ in states(session).values()] == ["done", "waiting", "waiting"]
    assert noted(session) == []
    monkeypatch.setattr(TextReader, "read", real)
    assert extract_pending(factory, store) == 2
    assert [texts(session, f"{n}.pdf")[0][1] for n in range(3)] == ["Text 0", "Text 1", "Text 2"]
    assert noted(session) == ["work"]


def test_a_file_that_two_works_use_is_read_once(
    session: Session,
    factory: sessionmaker[Session],
    store: MediaStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for key in ("one", "two"):
        make_work(session, key=key, media=[make_media(store, f"{key}.pdf", pdf(["Shared"]), PDF)])
    session.commit()
    empty_outbox(session)
    reads = 0
    real = TextReader.read

    def counted(self: TextReader, path: Path, **facts: str) -> Outcome:
        nonlocal reads
        reads += 1
        return real(self, path, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(TextReader, "read", counted)
    assert extract_pending(factory, store) == 2
    assert reads == 1
    assert texts(session, "one.pdf") == texts(session, "two.pdf") == [("page=1", "Shared")]
    assert noted(session) == ["work", "work"]


def test_new_bytes_are_read_anew_and_new_readers_read_everything_again(
    session: Session,
    factory: sessionmaker[Session],
    store: MediaStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_work(session, media=[make_media(store, "a.pdf", pdf(["Old words"]), PDF)])
    session.commit()
    extract_pending(factory, store)
    make_work(session, media=[make_media(store, "a.pdf", pdf(["New words"]), PDF)])
    session.commit()
    assert texts(session, "a.pdf") == []
    assert extract_pending(factory, store) == 1
    assert texts(session, "a.pdf") == [("page=1", "New words")]
    session.execute(update(MediaFile).values(text_version=0))
    session.commit()
    assert extract_pending(factory, store) == 1
    assert texts(session, "a.pdf") == [("page=1", "New words")]


def test_a_file_that_goes_takes_its_text_along(
    session: Session, factory: sessionmaker[Session], store: MediaStore
) -> None:
    make_work(session, media=[make_media(store, "a.pdf", pdf(["Words"]), PDF)])
    session.commit()
    extract_pending(factory, store)
    make_work(session, media=[])
    session.commit()
    assert session.scalar(select(func.count()).select_from(MediaText)) == 0


def test_lost_bytes_are_said_and_a_store_that_is_away_is_waited_for(
    session: Session,
    factory: sessionmaker[Session],
    store: LocalStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draft = make_media(store, "a.pdf", pdf(["Words"]), PDF)
    make_work(session, media=[draft])
    session.commit()

    def away(sha256: str) -> None:
        raise Unavailable("The media store is away.")

    monkeypatch.setattr(store, "path", away)
    assert extract_pending(factory, store) == 0
    assert states(session)["a.pdf"] == (TextState.WAITING, None)
    monkeypatch.undo()
    store.delete(draft.sha256)
    assert extract_pending(factory, store) == 1
    state, note = states(session)["a.pdf"]
    assert state == TextState.FAILED
    assert note is not None
    assert draft.sha256 in note


def test_bytes_that_are_not_on_this_machine_are_fetched_for_reading(
    session: Session,
    factory: sessionmaker[Session],
    store: LocalStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_work(session, media=[make_media(store, "a.pdf", pdf(["Words"]), PDF)])
    session.commit()
    monkeypatch.setattr(store, "path", lambda sha256: None)
    assert extract_pending(factory, store) == 1
    assert texts(session, "a.pdf") == [("page=1", "Words")]


def test_one_process_reads_at_a_time(
    session: Session, factory: sessionmaker[Session], store: MediaStore
) -> None:
    make_work(session, media=[make_media(store, "a.pdf", pdf(["Words"]), PDF)])
    session.commit()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lease, "holder_name", lambda: "elsewhere:1")
        assert lease.acquire(factory, name=extraction.LEASE)
    assert extract_pending(factory, store) == 0
    assert states(session)["a.pdf"] == (TextState.WAITING, None)


def test_reading_stops_when_it_is_told_and_the_rest_waits(
    session: Session, factory: sessionmaker[Session], store: MediaStore
) -> None:
    media = [make_media(store, f"{n}.pdf", pdf([f"Text {n}"]), PDF) for n in range(3)]
    make_work(session, media=media)
    session.commit()

    def one_is_done() -> bool:
        with factory() as other:
            return extraction.count_waiting(other) < 3

    extract_pending(factory, store, stop=one_is_done)
    session.rollback()
    assert extraction.count_waiting(session) == 2


def test_progress_counts_down(
    session: Session, factory: sessionmaker[Session], store: MediaStore
) -> None:
    media = [make_media(store, f"{n}.txt", f"Text {n}".encode(), "text/plain") for n in range(3)]
    make_work(session, media=media)
    session.commit()
    told: list[tuple[int, int]] = []
    extract_pending(factory, store, progress=lambda done, left: told.append((done, left)))
    assert told == [(1, 2), (2, 1), (3, 0)]
    assert session.scalar(select(Work.key)) == "measuring-safely"
