"""Files on their way in: their length is the truth, whatever happens to who writes them."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import threading
import uuid
from pathlib import Path

import pytest

from library.errors import Conflict, NotFound
from library.uploads.spool import Busy, Full, SpoolFolder

KEY = uuid.UUID(int=7)


class Script:
    """A line on which happens what the test says: bytes, silence (TimeoutError) or a break."""

    def __init__(self, *events: bytes | Exception) -> None:
        self.events = list(events)

    def read(self, size: int, /) -> bytes:
        if not self.events:
            return b""
        event = self.events.pop(0)
        if isinstance(event, Exception):
            raise event
        if len(event) > size:
            self.events.insert(0, event[size:])
        return event[:size]


@pytest.fixture
def spool(tmp_path: Path) -> SpoolFolder:
    made = SpoolFolder(tmp_path / "uploads", room=0)
    made.create(KEY)
    return made


def test_bytes_come_one_after_another(spool: SpoolFolder) -> None:
    assert spool.offset(KEY) == 0
    first = spool.receive(KEY, io.BytesIO(b"x" * 3_000_000), offset=0, most=3_000_000)
    assert (first.offset, first.broke) == (3_000_000, False)
    second = spool.receive(KEY, io.BytesIO(b"yyy"), offset=3_000_000, most=2)
    assert second.offset == spool.offset(KEY) == 3_000_002
    assert spool.path(KEY).read_bytes()[-3:] == b"xyy"


@pytest.mark.parametrize("end", [b"", ConnectionResetError(), ConnectionError()])
def test_what_came_before_the_line_broke_is_kept(
    spool: SpoolFolder, end: bytes | Exception
) -> None:
    got = spool.receive(KEY, Script(b"abc", TimeoutError(), b"def", end), offset=0, most=100)
    assert (got.offset, got.broke) == (6, True)
    assert spool.path(KEY).read_bytes() == b"abcdef"


def test_only_the_next_bytes_are_taken(spool: SpoolFolder) -> None:
    spool.receive(KEY, io.BytesIO(b"abc"), offset=0, most=3)
    with pytest.raises(Conflict) as caught:
        spool.receive(KEY, io.BytesIO(b"abc"), offset=0, most=3)
    assert caught.value.details["offset"] == 3
    with pytest.raises(NotFound):
        spool.receive(uuid.UUID(int=8), io.BytesIO(b"abc"), offset=0, most=3)


def test_a_piece_that_does_not_fit_its_checksum_is_taken_back(spool: SpoolFolder) -> None:
    spool.receive(KEY, io.BytesIO(b"abc"), offset=0, most=3)
    wanted = hashlib.sha256(b"def").digest()
    for line in (Script(b"dxf"), Script(b"de", ConnectionError())):
        got = spool.receive(
            KEY, line, offset=3, most=3, digest="sha256", check=lambda found: found == wanted
        )
        assert got.offset == spool.offset(KEY) == 3
    got = spool.receive(
        KEY, Script(b"def"), offset=3, most=3, digest="sha256", check=lambda found: found == wanted
    )
    assert (got.offset, got.digest) == (6, wanted)


def test_two_do_not_write_at_once_and_the_first_lets_go(spool: SpoolFolder) -> None:
    hangs, asked = threading.Event(), threading.Event()

    class Hanging:
        said = False

        def read(self, size: int, /) -> bytes:
            if not self.said:
                self.said = True
                return b"abc"
            hangs.set()
            asked.wait(0.05)
            raise TimeoutError

    done: list[int] = []

    def first() -> None:
        done.append(spool.receive(KEY, Hanging(), offset=0, most=100).offset)

    writer = threading.Thread(target=first)
    writer.start()
    assert hangs.wait(5)
    assert spool.in_use(KEY)
    got = spool.receive(KEY, io.BytesIO(b"def"), offset=3, most=3)
    writer.join(5)
    assert (done, got.offset) == ([3], 6)
    assert not spool.in_use(KEY)
    assert not list(spool.folder.glob("*.wanted"))


def test_who_writes_and_goes_on_writing_is_not_disturbed_for_long(spool: SpoolFolder) -> None:
    ended = threading.Event()

    class Stubborn:
        def read(self, size: int, /) -> bytes:
            ended.wait(0.01)
            return b"" if ended.is_set() else b"x"

    writer = threading.Thread(target=lambda: spool.receive(KEY, Stubborn(), offset=0, most=10**9))
    writer.start()
    while spool.offset(KEY) == 0:
        assert not ended.wait(0.01)
    with pytest.raises(Busy):
        spool.receive(KEY, io.BytesIO(b"x"), offset=0, most=1, patience=0.1)
    ended.set()
    writer.join(5)


def test_a_full_disk_is_said_and_keeps_what_came(spool: SpoolFolder) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(Full):
            spool.receive(KEY, io.BytesIO(b"x" * 300_000), offset=0, most=300_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    here = spool.offset(KEY)
    assert 0 < here <= 100_000
    got = spool.receive(KEY, io.BytesIO(b"x" * 300_000), offset=here, most=300_000 - here)
    assert got.offset == 300_000


def test_room_is_asked_for_before_bytes_are_taken(tmp_path: Path) -> None:
    spool = SpoolFolder(tmp_path / "uploads", room=10**18)
    with pytest.raises(Full):
        spool.require_room(1)
    assert SpoolFolder(tmp_path, room=0).has_room(1)


def test_pieces_are_joined_in_their_order(spool: SpoolFolder) -> None:
    keys = [uuid.UUID(int=n) for n in (1, 2)]
    for key, content in zip(keys, (b"a" * 100_000, b"b" * 5), strict=True):
        spool.create(key)
        spool.receive(key, io.BytesIO(content), offset=0, most=len(content))
    assert spool.join(KEY, keys) == 100_005
    assert spool.path(KEY).read_bytes() == b"a" * 100_000 + b"b" * 5
    assert sorted(spool.arriving()) == sorted([*keys, KEY])


def test_a_link_in_the_folder_is_not_followed(spool: SpoolFolder, tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.write_text("secret")
    key = uuid.UUID(int=9)
    os.symlink(target, spool.path(key))
    with pytest.raises(Exception, match="fails"):
        spool.receive(key, io.BytesIO(b"x"), offset=6, most=1)
    assert target.read_text() == "secret"
