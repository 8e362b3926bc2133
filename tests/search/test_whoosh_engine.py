"""What only the engine on the local disk has to do."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from library.errors import Conflict
from library.search import segment_files
from library.search.codec import term_hash
from library.search.port import Query
from library.search.segment_files import FileSegment
from library.search.storage import IndexFiles
from library.search.whoosh_engine import WhooshEngine
from tests.search.shelf import passage


@pytest.fixture
def engine(tmp_path: Path) -> WhooshEngine:
    made = WhooshEngine(tmp_path)
    made.rebuild([passage("w", "text")])
    return made


def test_a_commit_opens_only_what_is_new(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.search(Query("text"))
    opened = 0
    real = FileSegment.__init__

    def count(self: FileSegment, *args: object) -> None:
        nonlocal opened
        opened += 1
        real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(FileSegment, "__init__", count)
    for n in range(3):
        engine.apply(works=[f"v{n}"], passages=[passage(f"v{n}", "text")])
        assert engine.search(Query("text")).total == n + 2
    assert opened == 3


def test_where_a_word_is_or_that_it_is_not_is_looked_up_once(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.rebuild([passage("w", " ".join(f"word{n} " * n for n in range(1, 40)))])
    [segment] = engine._snapshot().segments
    read = 0
    real = segment_files._pread

    def count(file: int, length: int, offset: int) -> bytes:
        nonlocal read
        read += 1
        return real(file, length, offset)

    monkeypatch.setattr(segment_files, "_pread", count)
    hashes = np.array([term_hash("body", b"word7"), term_hash("title", b"word7")], np.uint64)
    for _ in range(3):
        assert segment.counts(hashes) == {0: 1}
    assert read <= 2


def test_words_that_push_one_another_out_of_memory_are_found_all_the_same(
    engine: WhooshEngine,
) -> None:
    engine.rebuild([passage(f"w{n}", f"all word{n % 7}") for n in range(30)])
    [segment] = engine._snapshot().segments
    words = ["all", *(f"word{n}" for n in range(12))]
    hashes = np.array([term_hash("body", word.encode()) for word in words], np.uint64)
    expected = {0: 30, **{n + 1: len(range(n, 30, 7)) for n in range(7)}}
    chance = np.random.default_rng(1)
    for _ in range(50):
        order = chance.permutation(len(words))
        found = segment.counts(hashes[order])
        assert list(found) == sorted(found)
        assert {int(order[n]): count for n, count in found.items()} == expected


def test_files_of_old_segments_are_closed(engine: WhooshEngine) -> None:
    def files() -> int:
        return len(os.listdir("/proc/self/fd"))

    for n in range(10):
        engine.apply(works=["v"], passages=[passage("v", f"text {n}")])
        engine.search(Query("text"))
    before = files()
    for n in range(40):
        engine.apply(works=["v"], passages=[passage("v", f"text {n}")])
        engine.search(Query("text"))
    assert files() < before + 60
    engine.close()
    engine.search(Query("text"))
    assert files() < before + 60


def test_every_file_is_on_the_disk_before_the_commit_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = WhooshEngine(tmp_path)
    engine.rebuild([])
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        real(handle)

    commits: list[set[str]] = []
    rename = IndexFiles.rename_file

    def renamed(self: IndexFiles, oldname: str, newname: str, safe: bool = False) -> None:
        present = {name for name in os.listdir(self.folder) if name.startswith("MAIN_")}
        rename(self, oldname, newname, safe)
        commits.append(present - set(synced) - old)
        assert oldname in synced
        assert synced[-1] == Path(self.folder).name

    [generation] = [entry for entry in tmp_path.iterdir() if entry.is_dir()]
    old = set(os.listdir(generation)) | {"MAIN_WRITELOCK"}
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(IndexFiles, "rename_file", renamed)
    engine.apply(works=["w"], passages=[passage("w", "text", title="title")])
    assert commits == [set()]


def test_a_generation_is_on_the_disk_before_it_is_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = WhooshEngine(tmp_path)
    synced: list[str] = []
    real_sync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        synced.append(Path(os.readlink(f"/proc/self/fd/{handle}")).name)
        real_sync(handle)

    def replace(source: Path, target: str) -> None:
        assert {"generation.json", Path(source).name, tmp_path.name} <= set(synced)
        synced.clear()
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    engine.rebuild([passage("w", "text")])
    assert synced == [tmp_path.name]


def test_a_stamp_costs_no_more_than_a_look_at_the_disk(engine: WhooshEngine) -> None:
    best = min(_seconds(engine) for _ in range(20))
    assert best < 100e-6


def _seconds(engine: WhooshEngine) -> float:
    began = time.perf_counter()
    for _ in range(100):
        engine.stamp()
    return (time.perf_counter() - began) / 100


def test_two_rebuilds_never_have_the_same_stamp(tmp_path: Path) -> None:
    stamps = set()
    for _ in range(5):
        engine = WhooshEngine(tmp_path / "index")
        engine.rebuild([])
        stamps.add(engine.stamp())
        os.rename(tmp_path / "index", tmp_path / f"gone{len(stamps)}")
    assert len(stamps) == 5


def test_a_forked_process_opens_its_own_files(engine: WhooshEngine) -> None:
    assert engine.search(Query("text")).total == 1
    opened = engine._opened
    assert opened is not None
    files = [segment._held for segment in opened[1].segments]
    engine._process = -1
    assert engine.search(Query("text")).total == 1
    assert engine._opened is opened, "The arrays are shared with the process that made them."
    for before, segment in zip(files, opened[1].segments, strict=True):
        assert segment._held is not None
        assert segment._held is not before


def test_a_writer_that_whoosh_itself_refuses_is_a_conflict(
    engine: WhooshEngine, tmp_path: Path
) -> None:
    [generation] = [entry for entry in tmp_path.iterdir() if entry.is_dir()]
    lock = IndexFiles(generation).lock("MAIN_WRITELOCK")
    assert lock.acquire()
    try:
        with pytest.raises(Conflict):
            engine.apply(works=["v"], passages=[passage("v", "text")])
    finally:
        lock.release()
    engine.apply(works=["v"], passages=[passage("v", "text")])
    assert engine.search(Query("text")).total == 2


def test_a_mistake_in_the_middle_of_a_change_leaves_no_trace(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("library.search.whoosh_engine.merge_tiers", fail)
        with pytest.raises(ZeroDivisionError):
            engine.apply(works=["w"], passages=[passage("w", "other")])
    assert engine.search(Query("text")).total == 1
    engine.apply(works=["w"], passages=[passage("w", "other")])
    assert engine.search(Query("text")).total == 0


def test_a_new_index_that_does_not_find_what_was_put_in_is_not_used(
    engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = engine.stamp()
    with monkeypatch.context() as patch:
        patch.setattr(FileSegment, "postings", lambda *_: {0: (np.array([0]), np.array([1]))})
        with pytest.raises(Exception, match="does not find"):
            engine.rebuild([passage("v", "text")])
    assert engine.stamp() == stamp
    assert engine.search(Query("text")).hits[0].work == "w"


def test_checking_while_writing_sees_no_damage(engine: WhooshEngine, tmp_path: Path) -> None:
    problems: list[str] = []
    done = threading.Event()

    def look() -> None:
        other = WhooshEngine(tmp_path)
        while not done.is_set():
            if problem := other.check().problem:
                problems.append(problem)

    thread = threading.Thread(target=look)
    thread.start()
    for n in range(40):
        if n % 10 == 9:
            engine.rebuild([passage(f"v{n}", "text")])
        else:
            engine.apply(works=[f"v{n}"], passages=[passage(f"v{n}", "text")])
    done.set()
    thread.join()
    assert problems == []


def test_every_word_of_a_directory_of_several_pages_is_found_and_no_other(
    engine: WhooshEngine,
) -> None:
    words = [f"{first}{second}um" for first in "bdfgklmnprst" for second in "aeiouy" * 4]
    words = [f"{word}{'xz'[n % 2]}{n}" for n, word in enumerate(words)]
    engine.rebuild([passage(f"w{n}", word) for n, word in enumerate(words)])
    for n, word in enumerate(words):
        assert [hit.work for hit in engine.search(Query(f'"{word}"')).hits] == [f"w{n}"]
        assert engine.search(Query(f'"{word}q"')).total == 0
