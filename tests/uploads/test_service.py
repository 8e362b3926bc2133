"""Uploads as the database knows them: limits, who may, holds, and what is swept when."""

from __future__ import annotations

import datetime as dt
import io
import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.models import LogEntry
from library.accounts.permissions import Actor
from library.catalogue.drafts import MediaDraft, WorkDraft
from library.catalogue.models import MadeFile, Making, MediaFile
from library.catalogue.service import store_work
from library.db import session_scope, utc_now
from library.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
)
from library.http.services import Services
from library.uploads import queries, service
from library.uploads.checking import CheckingChore
from library.uploads.models import Leftover, Upload, UploadState
from library.uploads.service import Limits
from library.uploads.spool import SpoolFolder
from library.uploads.sweeping import GRACE, UNUSED, SweepingChore, sweep
from tests.catalogue.test_service import draft
from tests.people import make_actor
from tests.uploads.conftest import LIMITS

COLLEGE = "mbeya-college"


def work_with_media(sha256: str, size: int) -> WorkDraft:
    return draft(media=[MediaDraft("a.txt", "a.txt", sha256, size, "text/plain")])


DAY = dt.timedelta(days=1)


@pytest.fixture
def arrive(factory, spool, author, checking, college):  # type: ignore[no-untyped-def]
    """Have a file arrive and be looked at."""

    def arrived(content: bytes, name: str = "a.txt") -> Upload:
        with session_scope(factory, write=True) as session:
            upload = service.begin(
                session, institution=college, name=name, size=len(content), limits=LIMITS, by=author
            )
            spool.create(upload.uuid)
            spool.receive(upload.uuid, io.BytesIO(content), offset=0, most=len(content))
            service.progress(upload, len(content))
        checking.run(factory)
        with session_scope(factory) as session:
            found = session.get(Upload, upload.id)
            assert found is not None
            return found

    return arrived


def begin(session: Session, by: Actor, **facts: object) -> Upload:
    told = {"institution": COLLEGE, "name": "a.txt", "size": 10, "limits": LIMITS, **facts}
    return service.begin(session, by=by, **told)  # type: ignore[arg-type]


def test_limits_say_how_much_is_left(session: Session, author: Actor) -> None:
    few = Limits(largest=100, quota=150)
    begin(session, author, size=100, limits=few)
    with pytest.raises(TooLarge) as caught:
        begin(session, author, size=60, limits=few)
    assert (caught.value.details["reason"], caught.value.details["left"]) == ("quota", 50)
    with pytest.raises(TooLarge) as caught:
        begin(session, author, size=101, limits=few)
    assert caught.value.details["reason"] == "too-large"
    begin(session, author, size=50, limits=few)


def test_an_institution_may_have_a_quota_of_its_own(session: Session, author: Actor) -> None:
    own = Limits(largest=100, quota=10, own={COLLEGE: 90, "other-college": 0})
    begin(session, author, size=80, limits=own)
    with pytest.raises(TooLarge) as caught:
        begin(session, author, size=20, limits=own)
    assert caught.value.details["left"] == 10
    assert queries.room(session, COLLEGE, limits=own) == queries.Room(80, 90)
    assert queries.room(session, "other-college", limits=own).quota is None
    assert queries.room(session, "third-college", limits=own).quota == 10


def test_what_comes_with_something_else_counts_against_the_institutions_own_quota(
    session: Session, author: Actor
) -> None:
    picture = [service.Kept("a.png", "a" * 64, 60, "image/png")]
    narrow = Limits(largest=100, quota=1_000, own={COLLEGE: 50})
    with pytest.raises(TooLarge):
        service.keep(session, institution=COLLEGE, files=picture, limits=narrow, by=author)
    wide = Limits(largest=100, quota=10, own={COLLEGE: 90})
    service.keep(session, institution=COLLEGE, files=picture, limits=wide, by=author)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"size": 0}, Invalid),
        ({"size": -1}, Invalid),
        ({"claimed_sha256": "ABC"}, Invalid),
        ({"institution": "nowhere"}, Forbidden),
    ],
)
def test_what_makes_no_sense_is_refused(
    session: Session, author: Actor, facts: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        begin(session, author, **facts)


def test_reviewers_see_and_do_not_send(session: Session, author: Actor) -> None:
    reviewer = make_actor(session, email="r@example.org", roles=[("reviewer", COLLEGE)])
    with pytest.raises(Forbidden):
        begin(session, reviewer)
    upload = begin(session, author)
    assert service.by_uuid(session, upload.uuid, by=reviewer) is upload
    for write in (
        lambda: service.by_uuid(session, upload.uuid, by=reviewer, write=True),
        lambda: service.remove(session, upload, by=reviewer),
        lambda: service.retry(session, upload, by=reviewer),
        lambda: service.describe(
            session, upload, title="", author="", licence="", alt={}, by=reviewer
        ),
    ):
        with pytest.raises(Forbidden):
            write()


def test_nobody_opens_uploads_without_end(
    session: Session, author: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "MOST_OPEN", 3)
    for _ in range(3):
        begin(session, author)
    with pytest.raises(TooMany):
        begin(session, author)


def test_a_ready_file_tells_all_that_a_manuscript_needs(
    arrive,
    session: Session,
    author: Actor,  # type: ignore[no-untyped-def]
) -> None:
    upload = arrive(b"Measure twice.")
    row = session.get(Upload, upload.id)
    assert row is not None
    service.describe(
        session, row, title="Notes", author="Asha", licence="CC0-1.0",
        alt={"sw": "Maandishi", "en": "Notes"}, by=author,
    )  # fmt: skip
    service.describe(
        session, row, title="Notes", author="Asha", licence="CC0-1.0", alt={"en": ""}, by=author
    )
    found = queries.ready(session, upload.uuid, by=author)
    assert (found.title, found.licence, found.alt) == ("Notes", "CC0-1.0", {"sw": "Maandishi"})
    assert (found.size, found.media_type, found.name) == (14, "text/plain", "a.txt")
    with pytest.raises(Conflict):
        queries.ready(session, begin(session, author).uuid, by=author)
    with pytest.raises(NotFound):
        queries.ready(session, uuid.uuid4(), by=author)


def test_a_file_of_another_institution_is_not_put_into_ones_own_work(
    arrive,
    session: Session,  # type: ignore[no-untyped-def]
) -> None:
    upload = arrive(b"Not for others.")
    stranger = make_actor(session, email="s@example.org", roles=[("author", "other-college")])
    with pytest.raises(NotFound):
        queries.ready(session, upload.uuid, by=stranger)


def test_a_claimed_checksum_that_does_not_hold_refuses_the_file(
    factory: sessionmaker[Session],
    spool: SpoolFolder,
    author: Actor,
    checking: CheckingChore,
    services: Services,
) -> None:
    with session_scope(factory, write=True) as session:
        upload = begin(session, author, size=3, claimed_sha256="0" * 64)
        spool.create(upload.uuid)
        spool.receive(upload.uuid, io.BytesIO(b"abc"), offset=0, most=3)
        service.progress(upload, 3)
    checking.run(factory)
    with session_scope(factory) as session:
        now = session.get(Upload, upload.id)
        assert now is not None
        assert (now.state, now.reason) == (UploadState.REFUSED, "checksum")
    assert list(services.store.digests()) == []
    assert not spool.path(upload.uuid).exists()


def test_bytes_that_are_lost_are_said_to_be(
    factory: sessionmaker[Session], author: Actor, checking: CheckingChore
) -> None:
    with session_scope(factory, write=True) as session:
        upload = begin(session, author, size=3)
        service.arrive(upload, 3)
    checking.run(factory)
    with session_scope(factory) as session:
        now = session.get(Upload, upload.id)
        assert now is not None
        assert (now.state, now.reason) == (UploadState.REFUSED, "lost")


def later(
    factory: sessionmaker[Session], services: Services, spool: SpoolFolder, days: float
) -> int:
    return sweep(factory, services.store, spool, now=utc_now() + days * DAY)


def test_an_upload_that_nobody_goes_on_with_is_swept_with_its_bytes(
    factory: sessionmaker[Session], services: Services, spool: SpoolFolder, author: Actor
) -> None:
    with session_scope(factory, write=True) as session:
        upload = begin(session, author)
        spool.create(upload.uuid)
    assert later(factory, services, spool, 6) == 0
    assert spool.path(upload.uuid).exists()
    assert later(factory, services, spool, 8) == 1
    assert not spool.path(upload.uuid).exists()


def test_bytes_go_a_day_after_the_last_who_had_them(
    arrive,
    factory: sessionmaker[Session],
    services: Services,
    spool: SpoolFolder,  # type: ignore[no-untyped-def]
) -> None:
    upload, twin = arrive(b"the same"), arrive(b"the same", "b.txt")
    sha256 = upload.sha256
    for one in (upload, twin):
        with session_scope(factory, write=True) as session:
            row = session.get(Upload, one.id)
            assert row is not None
            service.remove(session, row, by=None)
        assert later(factory, services, spool, 0) == 0
        assert services.store.exists(sha256)
        later(factory, services, spool, GRACE / DAY + 1)
        assert services.store.exists(sha256) == (one is upload)


@pytest.mark.parametrize("holder", ["hold", "work"])
def test_what_somebody_uses_is_never_swept(
    holder: str,
    arrive,  # type: ignore[no-untyped-def]
    factory: sessionmaker[Session],
    services: Services,
    spool: SpoolFolder,
) -> None:
    upload = arrive(b"needed for years")
    with session_scope(factory, write=True) as session:
        if holder == "hold":
            service.hold(session, holder="manuscript/1", digests={upload.sha256}, label="A course")
        else:
            store_work(session, work_with_media(upload.sha256, upload.size), by="the tests")
    later(factory, services, spool, UNUSED / DAY + 1)
    later(factory, services, spool, UNUSED / DAY + 5)
    with session_scope(factory) as session:
        assert session.get(Upload, upload.id) is not None
    assert services.store.exists(upload.sha256)
    if holder == "hold":
        with session_scope(factory, write=True) as session:
            service.release(session, holder="manuscript/1")
            row = session.get(Upload, upload.id)
            assert row is not None
            row.touched_at = utc_now() - UNUSED - DAY
        later(factory, services, spool, 0)
        later(factory, services, spool, 5)
        assert not services.store.exists(upload.sha256)


def test_what_was_made_from_a_file_goes_with_it(
    arrive,
    factory: sessionmaker[Session],
    services: Services,
    spool: SpoolFolder,  # type: ignore[no-untyped-def]
) -> None:
    upload = arrive(b"original")
    small = services.store.put(io.BytesIO(b"small"))
    with session_scope(factory, write=True) as session:
        session.add(Making(sha256=upload.sha256, media_type="image/png", size=8, state="done"))
        session.flush()
        session.add(
            MadeFile(
                original=upload.sha256, purpose="picture", position=480, sha256=small.sha256,
                size=5, media_type="image/webp",
            )
        )  # fmt: skip
        row = session.get(Upload, upload.id)
        assert row is not None
        service.remove(session, row, by=None)
    later(factory, services, spool, 2)
    later(factory, services, spool, 4)
    assert list(services.store.digests()) == []
    with session_scope(factory) as session:
        assert session.scalars(select(Making)).all() == []
        assert session.scalars(select(Leftover)).all() == []


def test_an_unused_file_is_kept_for_three_months(
    arrive,
    factory: sessionmaker[Session],
    services: Services,
    spool: SpoolFolder,  # type: ignore[no-untyped-def]
) -> None:
    arrive(b"waits")
    assert later(factory, services, spool, UNUSED / DAY - 1) == 0
    assert later(factory, services, spool, UNUSED / DAY + 1) >= 1


def test_the_sweeper_is_called_only_where_there_is_something(
    factory: sessionmaker[Session], services: Services, spool: SpoolFolder, author: Actor
) -> None:
    chore = SweepingChore(services.store, spool, spool.folder)
    with session_scope(factory, write=True) as session:
        assert not chore.waits(session)
        upload = begin(session, author)
        spool.create(upload.uuid)
        assert not chore.waits(session)
        upload.expires = utc_now() - DAY
        session.flush()
        assert chore.waits(session)
    assert chore.run(factory) == 1


def test_the_index_of_bytes_knows_works_and_holders(session: Session) -> None:
    store_work(session, work_with_media("a" * 64, 5), by="the tests")
    service.hold(session, holder="manuscript/1", digests={"a" * 64}, label="Turning")
    found = service.uses(session, ["a" * 64, "b" * 64])
    assert [use.label for use in found["a" * 64]][-1] == "Turning"
    assert len(found["a" * 64]) == 2
    assert session.scalars(select(MediaFile)).one().sha256 == "a" * 64


def test_while_the_store_is_away_a_file_waits_and_then_goes_in(
    factory: sessionmaker[Session],
    spool: SpoolFolder,
    author: Actor,
    services: Services,
    checking: CheckingChore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with session_scope(factory, write=True) as session:
        upload = begin(session, author, size=3)
        spool.create(upload.uuid)
        spool.receive(upload.uuid, io.BytesIO(b"abc"), offset=0, most=3)
        service.progress(upload, 3)

    def away(*_: object, **__: object) -> None:
        raise Unavailable("The store is away.")

    with monkeypatch.context() as patched:
        patched.setattr(services.store, "take", away)
        checking.run(factory)
        with session_scope(factory, write=True) as session:
            now = session.get(Upload, upload.id)
            assert now is not None
            assert (now.state, now.reason, now.attempts) == ("checking", "store-away", 1)
            assert not checking.waits(session), "not before some seconds have passed"
            now.next_try = utc_now()
        assert spool.offset(upload.uuid) == 3
    checking.run(factory)
    with session_scope(factory) as session:
        now = session.get(Upload, upload.id)
        assert now is not None
        assert (now.state, now.reason) == ("ready", None)


def test_a_worker_killed_between_the_move_and_its_note_loses_nothing(
    factory: sessionmaker[Session],
    spool: SpoolFolder,
    author: Actor,
    services: Services,
    checking: CheckingChore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with session_scope(factory, write=True) as session:
        upload = begin(session, author, size=3)
        spool.create(upload.uuid)
        spool.receive(upload.uuid, io.BytesIO(b"abc"), offset=0, most=3)
        service.progress(upload, 3)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("library.uploads.checking._ready", die)
        with pytest.raises(Killed):
            checking.run(factory)
    assert not spool.path(upload.uuid).exists()
    checking.run(factory)
    with session_scope(factory) as session:
        now = session.get(Upload, upload.id)
        assert now is not None
        assert now.state == "ready"
        assert services.store.exists(now.sha256 or "")


def test_what_came_with_something_else_counts_once(session: Session, author: Actor) -> None:
    files = [service.Kept("a.png", "a" * 64, 600, "image/png", 3, 4)] * 2
    limits = Limits(largest=1_000, quota=1_500)
    first, second = service.keep(
        session, institution=COLLEGE, files=files, limits=limits, by=author
    )
    assert first is second
    assert service.used_bytes(session, COLLEGE) == 600
    more = [service.Kept(f"{one}.png", one * 64, 500, "image/png") for one in "bc"]
    with pytest.raises(TooLarge):
        service.keep(session, institution=COLLEGE, files=more, limits=limits, by=author)
    assert service.used_bytes(session, COLLEGE) == 600
    service.keep(session, institution=COLLEGE, files=more[:1] + files, limits=limits, by=author)
    assert service.used_bytes(session, COLLEGE) == 1_100
    with pytest.raises(Forbidden):
        service.keep(session, institution="other-college", files=files, limits=limits, by=author)


def test_who_takes_a_file_away_is_noted(
    arrive,
    session: Session,
    author: Actor,  # type: ignore[no-untyped-def]
) -> None:
    upload = arrive(b"Once there was a file.")
    service.remove(session, session.get_one(Upload, upload.id), by=author)
    entry = session.scalars(select(LogEntry)).one()
    assert (entry.by_id, entry.did, entry.subject) == (
        author.id,
        "took a file away",
        f"upload/{upload.uuid}",
    )
    assert entry.details == {"file": "a.txt", "institution": COLLEGE}
