"""The folder store when the disk, the permissions or another process get in its way."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.errors import Damaged, Unavailable
from library.media.folder import LocalStore

CONTENT = b"some bytes"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "media")


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_nothing_is_made_before_the_first_file(store: LocalStore) -> None:
    assert not store.exists(SHA256)
    assert list(store.digests()) == []
    assert not store.root.exists()


def test_a_file_lies_at_its_sharded_path_and_nothing_beside_it(store: LocalStore) -> None:
    store.put(io.BytesIO(CONTENT))
    place = store.root / SHA256[:2] / SHA256[2:4] / SHA256
    assert store.path(SHA256) == place
    assert place.read_bytes() == CONTENT
    assert files_in(store.root) == [place]


def test_what_else_lies_in_the_folder_is_not_listed(store: LocalStore) -> None:
    store.put(io.BytesIO(CONTENT))
    shard = store.root / SHA256[:2] / SHA256[2:4]
    for stray in (store.root / "readme.txt", shard / "notes", shard / ("f" * 64)):
        stray.write_text("stray")
    (store.root / "zz").mkdir()
    assert list(store.digests()) == [SHA256]


@pytest.mark.parametrize("damage", [b"Some bytes", b"some", b"", b"some bytes and more"])
def test_damaged_bytes_are_never_a_complete_answer_and_a_second_put_heals(
    store: LocalStore, damage: bytes
) -> None:
    store.put(io.BytesIO(CONTENT))
    place = store.path(SHA256)
    assert place is not None
    place.write_bytes(damage)
    received: list[bytes] = []
    with pytest.raises(Damaged, match=SHA256):
        received.extend(store.open(SHA256))
    assert received == []
    store.put(io.BytesIO(CONTENT))
    assert b"".join(store.open(SHA256)) == CONTENT


def test_a_file_that_shrinks_while_it_is_read_is_damaged(store: LocalStore) -> None:
    sha256 = store.put(io.BytesIO(os.urandom(10**6))).sha256
    reading = store.open(sha256, start=1)
    next(reading)
    place = store.path(sha256)
    assert place is not None
    os.truncate(place, 300_000)
    with pytest.raises(Damaged, match="cut off"):
        list(reading)


def test_a_reader_keeps_a_file_that_is_deleted_meanwhile(store: LocalStore) -> None:
    content = os.urandom(10**6)
    sha256 = store.put(io.BytesIO(content)).sha256
    with store.open(sha256) as reading:
        first = next(reading)
        store.delete(sha256)
        assert first + b"".join(reading) == content


KILLED_WRITER = """
import os, signal, sys
from pathlib import Path
from library.media.folder import LocalStore
class Stream:
    chunks = 8
    def read(self, amount):
        self.chunks -= 1
        if not self.chunks:
            os.kill(os.getpid(), signal.SIGKILL)
        return bytes(amount)
LocalStore(Path(sys.argv[1])).put(Stream())
"""


def test_the_draft_of_a_killed_writer_is_no_object_and_is_swept_once_old(
    store: LocalStore,
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_WRITER, str(store.root)], timeout=60)
    assert done.returncode == -9
    assert list(store.digests()) == []
    (draft,) = files_in(store.root)
    assert store.sweep(older_than=3600) == 0
    os.utime(draft, (0, 0))
    assert store.sweep(older_than=3600) == 1
    assert files_in(store.root) == []


def test_the_first_put_of_a_process_sweeps_old_drafts(store: LocalStore) -> None:
    store.put(io.BytesIO(CONTENT))
    draft = store.root / ".incoming" / "1-abandoned.part"
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))
    LocalStore(store.root).put(io.BytesIO(CONTENT))
    assert not draft.exists()


def test_a_slow_writer_is_not_swept_however_old_its_draft(store: LocalStore) -> None:
    class SlowLine(io.RawIOBase):
        swept: list[int] = []  # noqa: RUF012
        chunks = iter([b"first", b"second"])

        def read(self, amount: int = -1) -> bytes:
            for draft in (store.root / ".incoming").iterdir():
                os.utime(draft, (0, 0))
            self.swept.append(LocalStore(store.root).sweep())
            return next(self.chunks, b"")

    stored = store.put(SlowLine())  # type: ignore[arg-type]
    assert SlowLine.swept == [0, 0, 0]
    assert b"".join(store.open(stored.sha256)) == b"firstsecond"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    place = tmp_path / "tiny"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None or subprocess.run(command, check=False).returncode:
        pytest.skip("a full disk can only be made by root (mount -t tmpfs)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_unavailable_and_keeps_no_half_file(tiny_disk: Path) -> None:
    store = LocalStore(tiny_disk / "media")
    kept = store.put(io.BytesIO(CONTENT)).sha256
    store.check()
    with pytest.raises(Unavailable, match="the disk is full"):
        store.put(io.BytesIO(bytes(2 * 2**20)))
    assert len(files_in(tiny_disk)) == 1
    assert list(store.digests()) == [kept]
    (tiny_disk / "filler").write_bytes(bytes(shutil.disk_usage(tiny_disk).free))
    with pytest.raises(Unavailable, match="the disk is full"):
        store.check()
    assert b"".join(store.open(kept)) == CONTENT


UNPRIVILEGED = """
import io, os, resource, sys
from pathlib import Path
from library.errors import Unavailable
from library.media.folder import LocalStore
store = LocalStore(Path(sys.argv[1]))
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
elif os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
for attempt in (lambda: store.put(io.BytesIO(bytes(10**6))), *([store.check] * (sys.argv[2] != "limit"))):
    try:
        attempt()
    except Unavailable as error:
        print(error.message)
    else:
        print("no error")
"""


def sentences_of(store: LocalStore, mode: str) -> list[str]:
    command = [sys.executable, "-c", UNPRIVILEGED, str(store.root), mode]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.splitlines()


def test_a_folder_that_may_not_be_written_is_unavailable(store: LocalStore) -> None:
    store.put(io.BytesIO(CONTENT))
    (store.root / ".incoming").chmod(0o555)
    sentence = f"The media folder {store.root} cannot be written to: permission is denied."
    assert sentences_of(store, "stranger") == [sentence, sentence]
    assert list(store.digests()) == [SHA256]


def test_a_file_beyond_the_systems_limit_leaves_nothing_behind(store: LocalStore) -> None:
    store.put(io.BytesIO(CONTENT))
    (sentence,) = sentences_of(store, "limit")
    assert sentence.endswith("the file is larger than this system allows.")
    assert len(files_in(store.root)) == 1


def test_a_file_where_the_folder_should_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("not a folder")
    store = LocalStore(tmp_path / "media")
    for attempt in (
        store.check,
        lambda: store.put(io.BytesIO(CONTENT)),
        lambda: store.size(SHA256),
    ):
        with pytest.raises(Unavailable):
            attempt()


def test_a_failing_fsync_is_not_a_success(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unavailable, match="the disk reports an error"):
        store.put(io.BytesIO(CONTENT))
    assert files_in(store.root) == []
