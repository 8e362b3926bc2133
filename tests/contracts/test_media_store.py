"""The contract of ``library.media.port.MediaStore``, kept by a folder and by a strict S3 server."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from library.errors import Invalid, NotFound
from library.media.address import open_store
from library.media.port import MediaStore
from library.media.reading import CHUNK

ABSENT = "0" * 64


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def store(url: str, tmp_path: Path) -> MediaStore:
    return open_store(url, data=tmp_path)


def read(store: MediaStore, sha256: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(store.open(sha256, start=start, end=end))


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1, 9 * 2**20, 17 * 2**20 + 5])
def test_what_is_put_comes_back(store: MediaStore, size: int) -> None:
    content = os.urandom(size)
    stored = store.put(io.BytesIO(content))
    assert (stored.sha256, stored.size) == (sha256_of(content), size)
    assert store.size(stored.sha256) == size
    assert store.exists(stored.sha256)
    with store.open(stored.sha256) as reading:
        assert reading.length == size
        chunks = list(reading)
    assert b"".join(chunks) == content
    assert max(map(len, chunks), default=0) <= CHUNK


def test_the_same_bytes_twice_are_one_object(store: MediaStore) -> None:
    first = store.put(io.BytesIO(b"same"))
    assert store.put(io.BytesIO(b"same")) == first
    assert list(store.digests()) == [first.sha256]


def test_ranges_exclude_their_end(store: MediaStore) -> None:
    sha256 = store.put(io.BytesIO(b"0123456789")).sha256
    assert read(store, sha256, 0, 4) == b"0123"
    assert read(store, sha256, 3) == b"3456789"
    assert read(store, sha256, 3, 3) == b""
    assert read(store, sha256, 10) == b""
    assert read(store, sha256, 8, 99) == b"89"
    with store.open(sha256, start=8, end=99) as reading:
        assert reading.length == 2


@pytest.mark.parametrize(("start", "end"), [(-1, None), (11, None), (5, 4), (11, 12)])
def test_what_is_no_range_is_refused(store: MediaStore, start: int, end: int | None) -> None:
    sha256 = store.put(io.BytesIO(b"0123456789")).sha256
    with pytest.raises(Invalid):
        store.open(sha256, start=start, end=end)


@pytest.mark.parametrize("sha256", [ABSENT, "", "../../etc/passwd", ABSENT[:-1], "A" * 64])
def test_an_absent_object_is_not_found_at_once(store: MediaStore, sha256: str) -> None:
    store.put(io.BytesIO(b"something else"))
    with pytest.raises(NotFound):
        store.open(sha256)
    with pytest.raises(NotFound):
        store.open(sha256, start=1)
    with pytest.raises(NotFound):
        store.size(sha256)
    assert not store.exists(sha256)
    assert store.path(sha256) is None
    store.delete(sha256)


def test_a_deleted_object_is_gone_and_may_be_deleted_again(store: MediaStore) -> None:
    kept = store.put(io.BytesIO(b"kept")).sha256
    gone = store.put(io.BytesIO(b"gone")).sha256
    store.delete(gone)
    store.delete(gone)
    assert not store.exists(gone)
    assert list(store.digests()) == [kept]


def test_digests_come_in_ascending_order(store: MediaStore) -> None:
    put = {store.put(io.BytesIO(str(n).encode())).sha256 for n in range(30)}
    assert list(store.digests()) == sorted(put)


def test_an_empty_store_has_no_digests_and_passes_its_check(store: MediaStore) -> None:
    assert list(store.digests()) == []
    store.check()
    assert list(store.digests()) == []
    assert store.sweep(older_than=-60) == 0


def test_an_error_of_the_stream_is_left_alone_and_nothing_is_kept(store: MediaStore) -> None:
    class BrokenLine(io.RawIOBase):
        chunks = iter([b"a" * CHUNK, b"b" * CHUNK])

        def read(self, amount: int = -1) -> bytes:
            for chunk in self.chunks:
                return chunk
            raise ConnectionResetError("the client went away")

    with pytest.raises(ConnectionResetError, match="went away"):
        store.put(BrokenLine())  # type: ignore[arg-type]
    assert list(store.digests()) == []
    assert store.sweep(older_than=-60) == 0


def test_many_writers_of_the_same_bytes_agree(store: MediaStore) -> None:
    content = os.urandom(2**20)
    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(store.put(io.BytesIO(content)).sha256))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [sha256_of(content)] * 6
    assert read(store, results[0]) == content


def test_a_reading_dropped_half_way_leaves_the_store_usable(store: MediaStore) -> None:
    sha256 = store.put(io.BytesIO(os.urandom(3 * CHUNK))).sha256
    for _ in range(30):
        reading = store.open(sha256)
        next(reading)
        reading.close()
        assert list(reading) == []
    del reading
    store.open(sha256)
    assert store.size(sha256) == 3 * CHUNK


@pytest.mark.parametrize("seconds", [0, -1, 7 * 24 * 3600 + 1])
def test_a_link_cannot_live_for_ever(store: MediaStore, seconds: int) -> None:
    with pytest.raises(Invalid):
        store.link(ABSENT, name="a.pdf", media_type="application/pdf", inline=True, seconds=seconds)


WRITER = """
import sys
from pathlib import Path
from library.media.address import open_store
open_store(sys.argv[1], data=Path("/")).put(sys.stdin.buffer)
"""


def test_a_writer_killed_half_way_leaves_no_object(url: str, store: MediaStore) -> None:
    """The parts of a large file are on their way when the process is killed without a word."""
    content = os.urandom(2**20) * 40
    writer = subprocess.Popen([sys.executable, "-c", WRITER, url], stdin=subprocess.PIPE)
    assert writer.stdin is not None
    writer.stdin.write(content[: 2**20 * 30])
    writer.stdin.flush()
    writer.kill()
    with contextlib.suppress(BrokenPipeError):
        writer.stdin.close()
    assert writer.wait() == -signal.SIGKILL
    assert list(store.digests()) == []
    store.sweep(older_than=-60)
    assert store.put(io.BytesIO(content)).size == len(content)


MEASURE = """
import io, json, os, sys
from pathlib import Path
from library.media.address import open_store

class Made(io.RawIOBase):
    left = 300 * 2**20
    def read(self, amount=-1):
        amount = min(amount, self.left)
        self.left -= amount
        return os.urandom(64) * (amount // 64) + b"x" * (amount % 64)

def peak():
    # Not getrusage: its peak outlives exec, so it would begin at that of the test run.
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024

store = open_store(sys.argv[1], data=Path("/"))
small = store.put(io.BytesIO(b"warm"))
list(store.open(small.sha256))
before = peak()
stored = store.put(Made())
written = peak()
read = sum(map(len, store.open(stored.sha256)))
print(json.dumps({"read": read, "writing": written - before, "reading": peak() - before}))
"""


@pytest.mark.slow
def test_300_megabytes_take_less_than_40_of_memory(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, url], check=True, capture_output=True, timeout=300
    )
    figures = json.loads(done.stdout)
    assert figures["read"] == 300 * 2**20
    assert figures["writing"] < 40, figures
    assert figures["reading"] < 40, figures
