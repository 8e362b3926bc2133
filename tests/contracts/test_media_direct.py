"""The contract of ``library.media.port.DirectUploads``, kept by a strict S3 server; and of ``take``."""

from __future__ import annotations

import hashlib
import io
import os
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from library.errors import Conflict, Damaged, Invalid, NotFound, Unavailable
from library.media.address import open_store
from library.media.port import DirectUploads, MediaStore, Part
from library.media.s3 import S3Store
from tests.judges.s3 import BUCKET, Radosgw

MB = 2**20


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def store(url: str, tmp_path: Path) -> MediaStore:
    return open_store(url, data=tmp_path)


@pytest.fixture
def s3_store(s3_url: str, tmp_path: Path) -> S3Store:
    opened = open_store(s3_url, data=tmp_path)
    assert isinstance(opened, S3Store)
    return opened


@pytest.fixture
def direct(s3_store: S3Store) -> DirectUploads:
    offered = s3_store.direct()
    assert isinstance(offered, DirectUploads)
    return offered


def put(address: str, content: bytes, server: Radosgw) -> int:
    trusting = ssl.create_default_context(cafile=str(server.certificate))
    request = urllib.request.Request(address, data=content, method="PUT")
    request.add_header("Content-Type", "application/octet-stream")
    try:
        with urllib.request.urlopen(request, timeout=60, context=trusting) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def send(direct: DirectUploads, content: bytes, server: Radosgw, key: str = "one") -> str:
    handle = direct.begin(key)
    size = direct.part_size(len(content))
    for number, start in enumerate(range(0, len(content), size), 1):
        piece = content[start : start + size]
        address = direct.address(key, handle, number=number, size=len(piece), seconds=600)
        assert put(address, piece, server) == 200
    return handle


@pytest.mark.parametrize("size", [0, 1, 17 * MB])
def test_a_file_that_is_taken_in_is_there_and_no_longer_where_it_was(
    store: MediaStore, tmp_path: Path, size: int
) -> None:
    content, path = os.urandom(size), tmp_path / "arrived"
    for _ in range(2):
        path.write_bytes(content)
        stored = store.take(path, sha256=sha256_of(content))
        assert (stored.sha256, stored.size) == (sha256_of(content), size)
        assert not path.exists()
        assert b"".join(store.open(stored.sha256)) == content


def test_a_file_that_is_not_there_cannot_be_taken_in(store: MediaStore, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        store.take(tmp_path / "absent", sha256="0" * 64)


def test_what_a_file_takes_the_place_of_was_whole_all_the_time(
    store: MediaStore, tmp_path: Path
) -> None:
    content = b"the same bytes"
    store.put(io.BytesIO(content))
    path = tmp_path / "arrived"
    path.write_bytes(content)
    with store.open(sha256_of(content)) as reading:
        store.take(path, sha256=sha256_of(content))
        assert b"".join(reading) == content


def test_a_folder_offers_browsers_nothing(tmp_path: Path) -> None:
    assert open_store("file:media", data=tmp_path).direct() is None


@pytest.mark.s3
def test_a_bucket_that_browsers_are_not_to_know_offers_nothing(s3_url: str, tmp_path: Path) -> None:
    assert open_store(f"{s3_url}&serve=proxy", data=tmp_path).direct() is None


@pytest.mark.s3
def test_parts_from_a_browser_become_one_object_under_its_digest(
    s3_store: S3Store, direct: DirectUploads, bucket: Radosgw
) -> None:
    content = os.urandom(19 * MB)
    handle = send(direct, content, bucket)
    assert direct.parts("one", handle) == [Part(1, 8 * MB), Part(2, 8 * MB), Part(3, 3 * MB)]
    direct.complete("one", handle, size=len(content))
    direct.complete("one", handle, size=len(content))
    assert list(s3_store.digests()) == []
    with direct.open("one") as reading:
        assert b"".join(reading) == content
    for _ in range(2):
        stored = direct.adopt("one", sha256=sha256_of(content), size=len(content))
        assert stored.size == len(content)
    assert list(s3_store.digests()) == [sha256_of(content)]
    assert b"".join(s3_store.open(sha256_of(content))) == content
    kept = s3_store._client().head_object(Bucket=BUCKET, Key=s3_store._key(stored.sha256))
    assert "immutable" in kept["CacheControl"]
    assert kept["ContentType"] == "application/octet-stream"
    with pytest.raises(NotFound):
        direct.open("one")


@pytest.mark.s3
def test_a_signed_address_takes_that_part_of_that_length_and_nothing_else(
    direct: DirectUploads, bucket: Radosgw
) -> None:
    handle = direct.begin("one")
    address = direct.address("one", handle, number=1, size=100, seconds=600)
    assert put(address, b"x" * 101, bucket) == 403
    assert put(address, b"x" * 99, bucket) == 403
    assert put(address.replace("partNumber=1", "partNumber=2"), b"x" * 100, bucket) == 403
    assert put(address.replace("incoming/one", "incoming/two"), b"x" * 100, bucket) == 403
    assert direct.parts("one", handle) == []
    assert put(address, b"x" * 100, bucket) == 200
    with pytest.raises(Invalid):
        direct.address("one", handle, number=10_001, size=1, seconds=600)
    with pytest.raises(Invalid):
        direct.address("one", handle, number=1, size=1, seconds=0)


@pytest.mark.s3
def test_a_part_sent_again_takes_the_place_of_the_first(
    direct: DirectUploads, bucket: Radosgw
) -> None:
    handle = direct.begin("one")
    address = direct.address("one", handle, number=1, size=3, seconds=600)
    assert put(address, b"bad", bucket) == 200
    assert put(address, b"god", bucket) == 200
    direct.complete("one", handle, size=3)
    assert b"".join(direct.open("one")) == b"god"


@pytest.mark.s3
def test_what_has_not_all_arrived_is_not_completed(direct: DirectUploads, bucket: Radosgw) -> None:
    handle = direct.begin("one")
    size = direct.part_size(20 * MB)
    address = direct.address("one", handle, number=2, size=size, seconds=600)
    assert put(address, os.urandom(size), bucket) == 200
    with pytest.raises(Conflict):
        direct.complete("one", handle, size=20 * MB)
    assert direct.parts("one", handle) == [Part(2, size)]
    with pytest.raises(NotFound):
        direct.complete("two", "no-such-handle", size=1)


@pytest.mark.s3
def test_an_object_of_another_size_is_not_adopted(
    s3_store: S3Store, direct: DirectUploads, bucket: Radosgw
) -> None:
    handle = send(direct, b"four", bucket)
    direct.complete("one", handle, size=4)
    with pytest.raises(Damaged):
        direct.adopt("one", sha256=sha256_of(b"five!"), size=5)
    assert list(s3_store.digests()) == []


@pytest.mark.s3
def test_what_is_abandoned_is_gone_whenever_that_is(direct: DirectUploads, bucket: Radosgw) -> None:
    handle = send(direct, b"half", bucket)
    for _ in range(2):
        direct.abandon("one", handle)
    with pytest.raises(NotFound):
        direct.parts("one", handle)
    handle = send(direct, b"whole", bucket)
    direct.complete("one", handle, size=5)
    direct.abandon("one", handle)
    with pytest.raises(NotFound):
        direct.open("one")


@pytest.mark.s3
def test_a_sweep_leaves_what_a_browser_may_go_on_with_tomorrow(
    s3_store: S3Store, direct: DirectUploads, bucket: Radosgw
) -> None:
    handle = send(direct, b"half", bucket)
    assert s3_store.sweep(older_than=-10) == 0
    assert direct.parts("one", handle) == [Part(1, 4)]


@pytest.mark.s3
def test_a_server_that_is_away_is_said_to_be(direct: DirectUploads, bucket: Radosgw) -> None:
    handle = direct.begin("one")
    bucket.crash()
    try:
        # Signing asks nobody.
        assert direct.address("one", handle, number=1, size=1, seconds=60)
        with pytest.raises(Unavailable):
            direct.parts("one", handle)
    finally:
        bucket.resume()


def test_the_largest_files_have_parts_enough(tmp_path: Path) -> None:
    direct = open_store("s3://bucket?endpoint=https://s3.example", data=tmp_path).direct()
    assert direct is not None
    assert direct.part_size(1) == 8 * MB
    large = direct.part_size(5 * 10**12)
    assert -(-5 * 10**12 // large) <= 10_000
    with pytest.raises(Invalid):
        direct.part_size(10**14)
