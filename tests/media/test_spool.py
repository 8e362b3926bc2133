"""The copy of a stream on its way in."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from pathlib import Path

import pytest

from library.errors import LibraryError, Unavailable
from library.media import spool as spool_module
from library.media.spool import IN_MEMORY, Spool


def border(error: OSError) -> LibraryError:
    return Unavailable(os.strerror(error.errno or 0))


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("size", [0, 1, IN_MEMORY, IN_MEMORY + 1])
def test_only_what_is_long_goes_to_the_disk(temporary: Path, size: int) -> None:
    content = os.urandom(size)
    with Spool(io.BytesIO(content), border=border) as spool:
        assert (spool.size, spool.sha256) == (size, hashlib.sha256(content).hexdigest())
        assert spool.file.read() == content
        assert (spool.path is None) == (size <= IN_MEMORY)
        if spool.path is not None:
            with spool.path.open("rb") as first, spool.path.open("rb") as second:
                first.seek(size // 2)
                assert second.read() == content
                assert first.read() == content[size // 2 :]
    assert list(temporary.iterdir()) == []


def test_without_proc_the_copy_has_a_name_while_it_lasts(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "_DESCRIPTORS", temporary / "no-such-folder")
    content = os.urandom(IN_MEMORY + 1)
    with Spool(io.BytesIO(content), border=border) as spool:
        assert spool.path is not None
        assert spool.path.parent == temporary
        assert spool.path.read_bytes() == content
    assert list(temporary.iterdir()) == []


def test_a_stream_that_breaks_leaves_no_copy(temporary: Path) -> None:
    class BrokenLine(io.BytesIO):
        def read(self, amount: int | None = -1) -> bytes:
            chunk = super().read(amount)
            if not chunk:
                raise ConnectionResetError
            return chunk

    with pytest.raises(ConnectionResetError):
        Spool(BrokenLine(bytes(IN_MEMORY + 1)), border=border)
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_temporary_folder_is_ours_to_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> io.FileIO:
        return io.FileIO("/dev/full", "w")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(Unavailable, match="No space left"):
        Spool(io.BytesIO(bytes(IN_MEMORY + 1)), border=border)
