from __future__ import annotations

import io
import stat
import struct
import zipfile

import pytest

from library.errors import Invalid, Malformed, TooLarge
from library.untrusted.archive import Archive, Limits
from tests.extraction.documents import archive


def opened(content: bytes, **limits: int) -> Archive:
    return Archive(io.BytesIO(content), limits=Limits(**limits))


def test_files_are_listed_and_read() -> None:
    with opened(archive({"a.txt": "one", "b/c.txt": "two", "d/": ""})) as made:
        assert made.names == ["a.txt", "b/c.txt"]
        assert "b/c.txt" in made
        assert made.read("b/c.txt") == b"two"
        with made.open("a.txt") as stream:
            assert (stream.read(2), stream.read()) == (b"on", b"e")


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(Malformed, match="no file x"):
        opened(archive({"a": "b"})).open("x")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"no archive", archive({"a": "b"})[:-30]],
    ids=["nothing", "beginning", "words", "cut short"],
)
def test_what_is_no_whole_archive_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        opened(content)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up", "a/../../b", "C:/windows", "a\\b", "..", "a/.."]
)
def test_names_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(Invalid, match="unsafe name"):
        opened(archive({name: "x"}))


def test_too_many_files_are_refused() -> None:
    with pytest.raises(TooLarge, match="11 files"):
        opened(archive({f"{n}": "" for n in range(11)}), entries=10)


def test_a_file_that_unpacks_to_much_more_than_it_is_is_refused() -> None:
    with pytest.raises(TooLarge, match="'bomb'"):
        opened(archive({"bomb": b"\0" * 5_000_000}))


def test_files_that_are_together_too_large_are_refused() -> None:
    with pytest.raises(TooLarge):
        opened(archive({"a": "x" * 60, "b": "x" * 60}), total=100)


def test_a_size_that_is_a_lie_gains_nothing() -> None:
    content = bytearray(archive({"a": b"x" * 1000}))
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = content.find(signature) + offset
        content[at : at + 4] = struct.pack("<I", 10)
    with opened(bytes(content)) as made, pytest.raises(Malformed, match="damaged"):
        made.read("a")


def test_what_is_read_again_and_again_counts_each_time() -> None:
    with opened(archive({"a": "x" * 60}), total=100) as made:
        made.read("a")
        with pytest.raises(TooLarge):
            made.read("a")


def test_a_file_larger_than_the_reader_wants_is_refused() -> None:
    with opened(archive({"a": "x" * 60})) as made, pytest.raises(TooLarge):
        made.read("a", most=50)


def test_encrypted_archives_are_refused() -> None:
    content = bytearray(archive({"a": "x"}))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        content[content.find(signature) + offset] |= 1
    with pytest.raises(Invalid, match="encrypted"):
        opened(bytes(content))


def test_links_are_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(entry, "/etc/passwd")
    with pytest.raises(Invalid, match="link"):
        opened(held.getvalue())


def test_unusual_packings_are_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_LZMA) as made:
        made.writestr("a", "x" * 100)
    with pytest.raises(Invalid, match="packed"):
        opened(held.getvalue())


def test_two_files_of_one_name_are_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("a", "x")
        made.writestr("b", "y")
    content = held.getvalue().replace(b"b", b"a")
    with pytest.raises(Invalid, match="two files"):
        opened(content)


def test_files_that_share_their_bytes_are_refused() -> None:
    content = bytearray(archive({"a": "x" * 50, "b": "x" * 50}))
    second = content.rfind(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 1)
    with pytest.raises(Invalid, match="overlap"):
        opened(bytes(content))


def test_damaged_bytes_are_noticed() -> None:
    content = bytearray(archive({"a": "words " * 100}))
    content[40] ^= 0xFF
    with opened(bytes(content)) as made, pytest.raises(Malformed, match="damaged"):
        made.read("a")
