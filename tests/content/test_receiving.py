"""ZIP files of content from editors: looked through, stored, refused; and packed again."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from library.accounts.actors import actor_of
from library.accounts.models import Person
from library.catalogue.models import Work
from library.content import packing, receiving
from library.content.importing import import_paths
from library.content.receiving import Receiving
from library.content.unpacking import unpack
from library.db import session_scope
from library.directory.models import Institution
from library.editorial import facts, manuscripts, revisions
from library.editorial.models import ContentImport
from library.errors import Conflict, Forbidden, Invalid, Malformed, TooLarge, Unavailable
from library.media.folder import LocalStore
from library.sentences import revived
from tests.factories import make_institution, make_media, make_work
from tests.people import OPERATOR, make_person

META = 'source_language = "en"\nlicence = "CC-BY-4.0"\ninstitutions = ["mbeya-college"]\n'
TEXT = "# Pumps\n\nHow pumps work.\n\nSwitch off first.\n"
COURSE = {"course/pumps/meta.toml": META, "course/pumps/en.md": TEXT}


def zipped(files: Mapping[str, str | bytes]) -> io.BytesIO:
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    room.seek(0)
    return room


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "media")


@pytest.fixture
def person(session: Session) -> Person:
    make_institution(session)
    made = make_person(session, roles=[("publisher", "mbeya-college"), ("author", "mbeya-college")])
    session.commit()
    return made


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "imports"
    shutil.rmtree(tmp_path / "imports", ignore_errors=True)


@pytest.fixture
def chore(store: LocalStore, place: Path) -> Receiving:
    return Receiving(store, place)


def _send(
    factory: sessionmaker[Session], place: Path, person: Person, files: Mapping[str, str | bytes]
) -> ContentImport:
    with session_scope(factory, write=True) as session:
        by = actor_of(session, session.get_one(Person, person.id))
        return receiving.receive(session, place, file=zipped(files), name="pumps.zip", by=by)


def _done(factory: sessionmaker[Session], chore: Receiving, row: ContentImport) -> ContentImport:
    for _ in range(50):
        with session_scope(factory) as session:
            if not chore.waits(session):
                break
        chore.run(factory)
    with session_scope(factory) as session:
        return session.get_one(ContentImport, row.id)


def _agree(factory: sessionmaker[Session], person: Person, row: ContentImport) -> None:
    with session_scope(factory, write=True) as session:
        by = actor_of(session, session.get_one(Person, person.id))
        receiving.agree(session, session.get_one(ContentImport, row.id), by=by)


def test_nothing_is_stored_before_its_sender_agrees(
    session: Session,
    factory: sessionmaker[Session],
    chore: Receiving,
    person: Person,
    place: Path,
) -> None:
    row = _done(
        factory,
        chore,
        _send(factory, place, person, {f"content/{k}": v for k, v in COURSE.items()}),
    )
    assert (row.state, row.report["changed"], row.report["faults"]) == ("looked", 1, [])
    assert session.scalar(select(Work.id)) is None
    _agree(factory, person, row)
    row = _done(factory, chore, row)
    assert (row.state, row.report["changed"]) == ("done", 1)
    session.rollback()
    work = session.scalars(select(Work)).one()
    assert (work.key, work.updated_by) == ("pumps", "Asha Mushi")
    assert not (place / str(row.uuid)).exists()
    with pytest.raises(Conflict):
        _agree(factory, person, row)


def test_a_killed_worker_begins_again(
    session: Session,
    factory: sessionmaker[Session],
    chore: Receiving,
    store: LocalStore,
    person: Person,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(receiving, "_TURN", -1.0)
    files = {
        name.replace("pumps", f"pumps-{n}"): text for n in range(4) for name, text in COURSE.items()
    }
    row = _done(factory, chore, _send(factory, place, person, files))
    _agree(factory, person, row)
    chore.run(factory)
    chore.run(factory)
    with session_scope(factory) as now:
        half = now.get_one(ContentImport, row.id)
        assert (half.state, half.total) == ("agreed", 4)
    row = _done(factory, Receiving(store, place), row)
    assert row.state == "done"
    session.rollback()
    assert len(session.scalars(select(Work.id)).all()) == 4


def test_faults_are_told_with_file_and_line_as_the_sender_knows_them(
    factory: sessionmaker[Session], chore: Receiving, person: Person, place: Path
) -> None:
    files = {**COURSE, "course/bad/meta.toml": META + "colour = 1\n", "course/bad/en.md": TEXT}
    row = _done(factory, chore, _send(factory, place, person, files))
    assert row.report["faults"][0][:3] == ["course/bad/meta.toml", 4, "colour"]
    assert (row.report["changed"], row.report["refused"]) == (1, 1)


def test_only_what_may_be_published_is_stored(
    session: Session,
    factory: sessionmaker[Session],
    chore: Receiving,
    person: Person,
    place: Path,
) -> None:
    make_institution(session, key="iringa-college")
    make_work(session, key="theirs", institutions=["iringa-college"])
    session.commit()
    files = {
        "course/theirs/meta.toml": META,
        "course/theirs/en.md": TEXT,
        "course/mine/meta.toml": META.replace("mbeya", "iringa"),
        "course/mine/en.md": TEXT,
        "course/nobodys/meta.toml": META.replace("institutions", "# institutions"),
        "course/nobodys/en.md": TEXT,
        "institution/new-college/meta.toml": 'source_language = "en"\ntype = "college"\n',
        "institution/new-college/en.md": "# New College\n",
    }
    row = _done(factory, chore, _send(factory, place, person, files))
    assert row.report["changed"] == 0
    assert sorted(fault[0] for fault in row.report["faults"]) == [
        "course/mine",
        "course/nobodys",
        "course/theirs",
        "institution/new-college",
    ]
    _agree(factory, person, row)
    _done(factory, chore, row)
    session.rollback()
    assert set(session.scalars(select(Institution.key))) == {"mbeya-college", "iringa-college"}


def test_nothing_is_stored_in_the_name_of_others_nor_taken_from_them(
    session: Session,
    factory: sessionmaker[Session],
    chore: Receiving,
    person: Person,
    place: Path,
) -> None:
    make_institution(session, key="iringa-college")
    make_work(
        session,
        key="shared",
        institutions=["mbeya-college", "iringa-college"],
        languages=("en",),
    )
    session.commit()
    both = META.replace('["mbeya-college"]', '["mbeya-college", "iringa-college"]')
    files = {
        "course/pumps/meta.toml": both,
        "course/pumps/en.md": TEXT,
        "course/shared/meta.toml": META,
        "course/shared/en.md": TEXT,
    }
    row = _done(factory, chore, _send(factory, place, person, files))
    assert (row.report["changed"], row.report["refused"]) == (0, 2)
    assert {fault[0] for fault in row.report["faults"]} == {"course/pumps", "course/shared"}


def test_a_drawing_with_script_in_it_is_refused_with_its_place(
    factory: sessionmaker[Session], chore: Receiving, person: Person, place: Path
) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    row = _done(
        factory, chore, _send(factory, place, person, {**COURSE, "course/pumps/a.svg": drawing})
    )
    assert row.report["changed"] == 0
    assert [(one[0], "<script>" in one[3]) for one in row.report["faults"]] == [
        ("course/pumps/a.svg", True)
    ]


def test_what_an_editor_is_writing_is_told(
    session: Session,
    factory: sessionmaker[Session],
    chore: Receiving,
    person: Person,
    place: Path,
) -> None:
    work = make_work(session, key="pumps", institutions=["mbeya-college"])
    by = actor_of(session, person)
    manuscript = manuscripts.open_work(session, work.uuid, by=by)
    facts.save_facts(session, manuscript, {"level": "training"}, by=by)
    session.commit()
    row = _done(factory, chore, _send(factory, place, person, COURSE))
    told = [str(revived(warning[3])) for warning in row.report["warnings"]]
    assert any("on the desk as well (draft)" in sentence for sentence in told)


def test_a_store_that_is_away_is_waited_for(
    factory: sessionmaker[Session],
    chore: Receiving,
    store: LocalStore,
    person: Person,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files = {**COURSE, "course/pumps/notes.txt": "Words.\n"}
    row = _done(factory, chore, _send(factory, place, person, files))
    _agree(factory, person, row)

    def away(_stream: object) -> None:
        raise Unavailable("The store does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(store, "put", away)
        assert chore.run(factory) == 0
        with session_scope(factory) as session:
            there = session.get_one(ContentImport, row.id)
            assert (there.state, there.trouble) == ("agreed", "The store does not answer.")
            assert session.scalar(select(Work.id)) is None
    row = _done(factory, chore, row)
    assert (row.state, row.trouble) == ("done", "")


def test_what_was_there_before_can_be_restored(
    session: Session,
    factory: sessionmaker[Session],
    chore: Receiving,
    person: Person,
    place: Path,
) -> None:
    work = make_work(session, key="pumps", institutions=["mbeya-college"])
    session.commit()
    row = _done(factory, chore, _send(factory, place, person, COURSE))
    assert revisions.revisions(session, work.uuid) == []
    session.rollback()
    _agree(factory, person, row)
    row = _done(factory, chore, row)
    assert (row.state, row.report["faults"]) == ("done", [])
    session.rollback()
    (kept,) = revisions.revisions(session, work.uuid)
    assert [one.key for one in revisions.draft_in(kept).root.sections] == ["first-steps"]


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"course/../../x/meta.toml": "a"}, "unsafe"),
        ({"/course/x/meta.toml": "a"}, "unsafe"),
        ({"C:/course/x": "a"}, "unsafe"),
        ({"readme.txt": "a"}, "should hold folders"),
        ({}, "nothing in this archive"),
        ({"course/" + "a/" * 30 + "x": "a"}, "deep"),
        ({"course/" + "名" * 200 + "/meta.toml": "a"}, "too long"),
        ({"course/x/big": b"\0" * 30_000_000}, "unpacks to more"),
    ],
)
def test_an_archive_that_tries_something_is_refused(
    tmp_path: Path, files: dict[str, str | bytes], why: str
) -> None:
    with pytest.raises((Invalid, TooLarge), match=why):
        unpack(zipped(files), tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_no_archive_is_told_in_the_page(
    factory: sessionmaker[Session], chore: Receiving, person: Person, place: Path
) -> None:
    with session_scope(factory, write=True) as session:
        by = actor_of(session, session.get_one(Person, person.id))
        row = receiving.receive(session, place, file=io.BytesIO(b"no zip"), name="x", by=by)
    row = _done(factory, chore, row)
    assert (row.state, "not a ZIP archive" in row.trouble) == ("failed", True)
    assert not (place / str(row.uuid)).exists()
    with pytest.raises(Malformed):
        unpack(io.BytesIO(b"no zip"), place)


def test_who_publishes_nowhere_hands_nothing_in(session: Session, place: Path) -> None:
    by = actor_of(session, make_person(session, roles=["author"]))
    with pytest.raises(Forbidden):
        receiving.receive(session, place, file=zipped(COURSE), name="x", by=by)
    assert not place.exists()


def test_what_is_packed_can_be_imported_and_changes_nothing(
    session: Session, factory: sessionmaker[Session], store: LocalStore, tmp_path: Path
) -> None:
    make_institution(session)
    png = make_media(store, "图/安全.txt", b"Words.\n" * 200_000, "text/plain")
    lost = make_media(store, "lost.txt", b"Gone.\n", "text/plain")
    make_work(session, institutions=["mbeya-college"], media=[png, lost])
    make_work(session, key="other", kind="lesson")
    session.commit()
    store.delete(lost.sha256)
    chosen = packing.chosen(session, by=OPERATOR, kinds=["course"])
    packed = io.BytesIO(b"".join(packing.pack(session, store, chosen)))
    with zipfile.ZipFile(packed) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert "course/measuring-safely/图/安全.txt" in names
        assert "institution/mbeya-college/meta.toml" in names
        assert b"lost.txt" in archive.read("missing.txt")
        assert not any(name.startswith("lesson/") for name in names)
    packed.seek(0)
    folder = unpack(packed, tmp_path / "unpacked")
    session.rollback()
    report = import_paths(factory, store, [folder], by="the tests", dry_run=True)
    assert report.faults == []
    changed = [change for change in report.changes if change.kind == "course"]
    assert [getattr(change, "media_added", 0) for change in changed] in ([], [0])
