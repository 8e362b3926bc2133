"""The S3 store without a server: what needs none, and what a dead address does."""

from __future__ import annotations

import errno
import io
import os
import socket
import subprocess
import sys
import time

import pytest

from library.errors import NotFound, Unavailable
from library.media import s3
from library.media.port import MediaStore
from library.media.refusal import explain

ABSENT = "0" * 64


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)


def test_it_is_a_media_store() -> None:
    assert isinstance(s3.connect("media"), MediaStore)


def test_boto3_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from pathlib import Path; from library.media.address import open_store;"
        "open_store('s3://media?endpoint=http://127.0.0.1:1', data=Path('/'));"
        "sys.exit('boto3' in sys.modules or 'botocore' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_nobody_listening_is_unavailable_within_seconds() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        store = s3.connect("media", endpoint=f"http://127.0.0.1:{taken.getsockname()[1]}")
        begun = time.monotonic()
        with pytest.raises(Unavailable, match="no connection could be made"):
            store.check()
        with pytest.raises(Unavailable):
            store.put(io.BytesIO(b"x"))
    assert time.monotonic() - begun < 15


def test_a_host_without_an_address_is_unavailable() -> None:
    store = s3.connect("media", endpoint="http://no-such-host.invalid")
    with pytest.raises(Unavailable, match="no connection could be made"):
        store.exists(ABSENT)


def test_missing_credentials_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    store = s3.connect("media", endpoint="http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="AWS_ACCESS_KEY_ID"):
        store.check()
    with pytest.raises(Unavailable, match="AWS_ACCESS_KEY_ID"):
        store.link(ABSENT, name="a", media_type="image/png", inline=True, seconds=1)
    assert store.origin() == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("endpoint", "region", "style", "origin"),
    [
        (None, "eu-west-1", None, "https://media.s3.eu-west-1.amazonaws.com"),
        (None, "cn-north-1", None, "https://media.s3.cn-north-1.amazonaws.com.cn"),
        (None, "eu-west-1", "path", "https://s3.eu-west-1.amazonaws.com"),
        ("https://s3.example.org:9000", None, None, "https://s3.example.org:9000"),
        ("https://s3.example.org", None, "virtual", "https://media.s3.example.org"),
    ],
)
def test_the_origin_is_that_of_its_links(
    endpoint: str | None, region: str | None, style: s3.Style | None, origin: str
) -> None:
    store = s3.connect("media", endpoint=endpoint, region=region, style=style)
    link = store.link(ABSENT, name="a", media_type="image/png", inline=True, seconds=60)
    assert store.origin() == origin
    assert link is not None
    assert link.startswith(f"{origin}/")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link


def test_each_process_makes_its_own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3.connect("media", endpoint="http://127.0.0.1:1")
    mine = store._client()
    assert store._client() is mine
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert store._client() is not mine


@pytest.mark.parametrize("prefix", ["", "/", "a", "/a/b/"])
def test_keys_never_begin_with_a_slash(prefix: str) -> None:
    key = s3.connect("media", prefix=prefix)._key(ABSENT)
    assert key == f"{prefix.strip('/')}/00/00/{ABSENT}".lstrip("/")


class Refused(Exception):
    def __init__(self, code: str, status: int) -> None:
        super().__init__("signature=hunter2")
        self.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("SignatureDoesNotMatch", 403, "secret key"),
        ("RequestTimeTooSkewed", 403, "clock"),
        ("SlowDown", 503, "fewer requests"),
        ("InternalError", 500, "500 InternalError"),
        ("NoSuchBucket", 404, "no bucket media"),
        ("404", 404, "no bucket media"),
    ],
)
def test_refusals_are_explained(code: str, status: int, said: str) -> None:
    error = explain(Refused(code, status), where="bucket media at home")
    assert isinstance(error, Unavailable)
    assert said in error.message
    assert "hunter2" not in error.message


def test_not_found_is_about_the_object_that_was_asked_for() -> None:
    error = explain(Refused("NoSuchKey", 404), where="bucket media at home", sha256=ABSENT)
    assert isinstance(error, NotFound)
    gone = explain(Refused("NoSuchBucket", 404), where="bucket media at home", sha256=ABSENT)
    assert isinstance(gone, Unavailable)


def test_a_full_temporary_folder_is_said() -> None:
    error = explain(OSError(errno.ENOSPC, "No space left"), where="bucket media at home")
    assert error.message == "The temporary folder of this machine is full."
