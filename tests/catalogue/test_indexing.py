"""The indexer: what is published is found, what is withdrawn is not, and nothing is lost on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from library.catalogue import indexing
from library.catalogue.drafts import SectionDraft, WorkDraft
from library.catalogue.hits import found_works
from library.catalogue.models import Work
from library.catalogue.service import store_work, withdraw
from library.db import session_scope
from library.errors import Conflict
from library.jobs import lease, outbox
from library.search.address import open_engine
from library.search.port import Query, SearchEngine
from tests.catalogue.test_service import blocks

# One sentence in each language of the interface, and a word of it that a reader may type.
SENTENCES = {
    "en": ("The contactor switches the motor.", "contactors"),
    "zh-Hans": ("接触器接通电动机的电源。", "接触器"),
    "fr": ("Le contacteur commute le moteur électrique.", "moteurs"),
    "ar": ("يُشغِّل المِلامِس المحرِّك الكهربائي.", "المحرك"),
    "ru": ("Контактор включает электродвигатель.", "контакторы"),
    "pt": ("O contator liga o motor elétrico.", "contatores"),
    "th": ("คอนแทคเตอร์ทำหน้าที่ต่อวงจรมอเตอร์ไฟฟ้า", "มอเตอร์"),
    "id": ("Kontaktor menyalakan motor listrik.", "kontaktor"),
    "sw": ("Kontakta huwasha mota ya umeme.", "kontakta"),
    "km": ("កុងតាក់ទ័របើកម៉ូទ័រអគ្គិសនី", "ម៉ូទ័រ"),
}


@pytest.fixture
def search(tmp_path: Path) -> SearchEngine:
    return open_engine("whoosh:", data=tmp_path / "searchdata")


def publish(session: Session, key: str, *, extra: str = "") -> None:
    texts = {
        lang: blocks(f"# {key}\n\n{sentence}\n\n{extra}", root=True)
        for lang, (sentence, _) in SENTENCES.items()
    }
    store_work(
        session,
        WorkDraft(
            kind="course",
            key=key,
            source_language="en",
            licence="CC-BY-4.0",
            root=SectionDraft(key="", folder="", texts=texts),
        ),
        by="test",
    )


def keys(
    factory: sessionmaker[Session], search: SearchEngine, text: str, lang: str = "en"
) -> list[str]:
    with session_scope(factory) as session:
        results = search.search(Query(text=text, lang=lang))
        return [work.key for work in found_works(session, results, lang=lang)]


@pytest.mark.parametrize("lang", SENTENCES)
def test_a_word_of_the_text_is_found_in_every_language(
    factory: sessionmaker[Session], search: SearchEngine, lang: str
) -> None:
    with session_scope(factory, write=True) as session:
        publish(session, "drives")
    assert indexing.drain(factory, search) == 1
    results = search.search(Query(text=SENTENCES[lang][1], lang=lang))
    assert results.hits[0].passages[0].lang == lang
    with session_scope(factory) as session:
        found = found_works(session, results, lang=lang)
    assert found[0].key == "drives"
    assert any(marked for _, marked in found[0].passages[0].pieces)


def test_a_change_replaces_what_was_found_before(
    factory: sessionmaker[Session], search: SearchEngine
) -> None:
    with session_scope(factory, write=True) as session:
        publish(session, "drives", extra="Anemometer.")
    indexing.drain(factory, search)
    assert keys(factory, search, "anemometer") == ["drives"]
    with session_scope(factory, write=True) as session:
        publish(session, "drives", extra="Barometer.")
    indexing.drain(factory, search)
    assert keys(factory, search, "anemometer") == []
    assert keys(factory, search, "barometer") == ["drives"]


def test_a_withdrawn_work_is_not_found(
    factory: sessionmaker[Session], search: SearchEngine
) -> None:
    with session_scope(factory, write=True) as session:
        publish(session, "drives")
    indexing.drain(factory, search)
    with session_scope(factory, write=True) as session:
        withdraw(session, session.scalars(select(Work.uuid)).one(), because="Old.", by="test")
    assert keys(factory, search, "contactor") == []  # gone at once, before the index hears of it
    indexing.drain(factory, search)
    assert search.search(Query(text="contactor")).total == 0


def test_only_one_process_indexes(factory: sessionmaker[Session], search: SearchEngine) -> None:
    with session_scope(factory, write=True) as session:
        publish(session, "drives")
        session.add(_lease_of_a_neighbour())
    assert indexing.drain(factory, search) == 0
    with pytest.raises(Conflict):
        indexing.rebuild(factory, search)
    with session_scope(factory) as session:
        assert outbox.count(session) == 1


def _lease_of_a_neighbour() -> object:
    import datetime as dt

    from library.db import utc_now
    from library.jobs.models import Lease

    return Lease(
        name=indexing.LEASE,
        holder=lease.holder_name().rpartition(":")[0] + f":{os.getppid()}",
        until=utc_now() + dt.timedelta(seconds=60),
    )


@pytest.mark.parametrize("harm", ["deleted", "truncated"])
def test_a_damaged_index_is_built_anew_from_the_database(
    factory: sessionmaker[Session], tmp_path: Path, harm: str
) -> None:
    with session_scope(factory, write=True) as session:
        publish(session, "drives")
    first = open_engine("whoosh:", data=tmp_path)
    indexing.drain(factory, first)
    first.close()
    folder = next(p for p in tmp_path.iterdir() if p.is_dir())
    if harm == "deleted":
        shutil.rmtree(folder)
    else:
        for file in folder.rglob("*"):
            if file.is_file() and file.stat().st_size > 40:
                os.truncate(file, 7)
    again = open_engine("whoosh:", data=tmp_path)
    assert again.check().problem is not None
    indexing.drain(factory, again)
    assert again.check().problem is None
    assert keys(factory, again, "contactor") == ["drives"]


def test_rebuilding_keeps_what_was_published_meanwhile(
    factory: sessionmaker[Session], search: SearchEngine
) -> None:
    with session_scope(factory, write=True) as session:
        publish(session, "drives")
    late = []

    def publish_once(_count: int) -> None:
        if not late:
            late.append(True)
            with session_scope(factory, write=True) as session:
                publish(session, "late", extra="Hygrometer.")

    indexing.rebuild(factory, search, progress=publish_once)
    if not late:
        publish_once(0)
    indexing.drain(factory, search)
    assert keys(factory, search, "hygrometer") == ["late"]
    assert set(keys(factory, search, "contactor")) == {"drives", "late"}


@pytest.mark.slow
def test_a_killed_indexer_loses_nothing(engine: Engine, tmp_path: Path) -> None:
    """Kill it again and again while it works through the outbox; in the end everything is found."""
    from library.db import make_session_factory

    factory = make_session_factory(engine)
    data = tmp_path / "searchdata"
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from library.catalogue import indexing
        indexing.BATCH = 1
        from library.db import make_engine, make_session_factory
        from library.search.address import open_engine
        factory = make_session_factory(make_engine(sys.argv[1], pool=False))
        search = open_engine("whoosh:", data=Path(sys.argv[2]))
        print("ready", flush=True)
        indexing.drain(factory, search, progress=lambda done, left: print(done, flush=True))
        """
    )
    url = engine.url.render_as_string(hide_password=False)
    for n in range(30):
        with session_scope(factory, write=True) as session:
            publish(session, f"work-{n:02}")
    for round_ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", program, url, str(data)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip().isdigit() and int(line) >= 1 + round_ % 3:
                break
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    search = open_engine("whoosh:", data=data)
    indexing.drain(factory, search)
    with session_scope(factory) as session:
        assert outbox.count(session) == 0
    results = search.search(Query(text="contactor", limit=100))
    assert results.total == 30


def test_edits_that_come_one_by_one_are_gathered(
    factory: sessionmaker[Session], search: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds
        with session_scope(factory, write=True) as session:
            publish(session, "third")

    indexing.drain(factory, search)  # makes the index
    monkeypatch.setattr(indexing.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(indexing.time, "sleep", sleep)
    pace = indexing.Pace(0.75)
    with session_scope(factory, write=True) as session:
        publish(session, "first")
    assert indexing.drain(factory, search, pace=pace) == 1
    assert slept == []  # who edits now and then does not wait
    now[0] += 0.25
    with session_scope(factory, write=True) as session:
        publish(session, "second")
    assert indexing.drain(factory, search, pace=pace) == 2
    assert slept == [0.5]
    assert set(keys(factory, search, "contactor")) == {"first", "second", "third"}


def test_a_full_batch_does_not_wait() -> None:
    pace = indexing.Pace(60.0)
    pace.taken()
    assert pace.rest(indexing.BATCH) == 0.0
    assert pace.rest(indexing.BATCH - 1) > 50.0
