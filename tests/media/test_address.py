"""LIBRARY_MEDIA_URL: what it may say, and one clear sentence for everything else."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from library.errors import Misconfigured
from library.media.address import DEFAULT, FolderAddress, S3Address, open_store, parse
from library.media.folder import LocalStore
from library.media.s3 import S3Store


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (DEFAULT, "media"),
        ("file:", "media"),
        ("file:media", "media"),
        ("file:a/b", "a/b"),
        ("file:my%20media", "my media"),
        ("file:媒体", "媒体"),
        ("file:/srv/media", "/srv/media"),
        ("file:///srv/media", "/srv/media"),
        ("file://localhost/srv/media", "/srv/media"),
    ],
)
def test_folders(url: str, path: str) -> None:
    assert parse(url) == FolderAddress(Path(path))


def test_a_relative_folder_starts_at_the_data_folder(tmp_path: Path) -> None:
    store = open_store("file:media", data=tmp_path)
    assert isinstance(store, LocalStore)
    assert store.root == tmp_path / "media"
    absolute = open_store("file:///srv/media", data=tmp_path)
    assert isinstance(absolute, LocalStore)
    assert absolute.root == Path("/srv/media")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("s3://media", S3Address("media")),
        ("s3://media/", S3Address("media")),
        ("s3://my.media/a/b/", S3Address("my.media", "a/b")),
        ("s3://media?region=cn-north-1", S3Address("media", region="cn-north-1")),
        (
            "s3://m1x/p?endpoint=https://s3.example.org:9000/&style=virtual&serve=proxy&verify=no",
            S3Address(
                "m1x",
                "p",
                endpoint="https://s3.example.org:9000",
                style="virtual",
                serve="proxy",
                verify=False,
            ),
        ),
        (
            "s3://media?endpoint=https%3A%2F%2F[::1]:9000&verify=/etc/ca.pem&style=path",
            S3Address(
                "media", endpoint="https://[::1]:9000", verify=Path("/etc/ca.pem"), style="path"
            ),
        ),
    ],
)
def test_buckets(url: str, address: S3Address) -> None:
    assert parse(url) == address


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "no scheme"),
        ("media", "no scheme"),
        ("ftp://host/media", "'ftp'"),
        ("https://bucket.s3.amazonaws.com", "'https'"),
        ("file://server/media", "'server'"),
        ("file:media?x=1", "file: takes none"),
        ("file:media#x", "'#'"),
        ("file:a%00b", "null"),
        ("s3:", "no bucket"),
        ("s3:///prefix", "no bucket"),
        ("s3://?region=x", "no bucket"),
        ("s3://a", "'a'"),
        ("s3://under score", "no name for a bucket"),
        ("s3://media:9000/x", "port"),
        ("s3://media:port/x", "not a URL"),
        ("s3://[media", "not a URL"),
        ("s3://media/a/../b", "dotted"),
        ("s3://media/a//b", "empty"),
        ("s3://media?colour=red", "'colour'"),
        ("s3://media?region", "name=value"),
        ("s3://media?region=", "empty parameter region"),
        ("s3://media?region=a&region=b", "region twice"),
        ("s3://media?region=a/b", "'a/b'"),
        ("s3://media?style=auto", "style=auto"),
        ("s3://media?serve=stream", "serve=stream"),
        ("s3://media?verify=ca.pem", "absolute path"),
        ("s3://media?verify=yes", "absolute path"),
        ("s3://media?endpoint=localhost:9000", "https://"),
        ("s3://media?endpoint=ftp://x", "https://"),
        ("s3://media?endpoint=https://", "https://"),
        ("s3://media?endpoint=https://x:y", "not a URL"),
        ("s3://media?endpoint=https://x/?a=1", "more in it"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(url: str, said: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        parse(url)
    assert refused.value.message.startswith("LIBRARY_MEDIA_URL ")
    assert said in refused.value.message


@pytest.mark.parametrize(
    "url", ["s3://KEY:hunter2@media/x", "s3://media?endpoint=https://KEY:hunter2@host"]
)
def test_credentials_are_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        parse(url)
    assert "hunter2" not in refused.value.message


def test_certificates_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="verify=/no/such/file"):
        open_store("s3://media?verify=/no/such/file", data=tmp_path)


def test_a_bucket_opens_without_a_request(tmp_path: Path) -> None:
    store = open_store("s3://media/a/b?endpoint=http://127.0.0.1:1&region=x", data=tmp_path)
    assert isinstance(store, S3Store)
    assert (store.bucket, store.prefix) == ("media", "a/b/")


def test_without_boto3_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec

    def find_all_but_boto3(name: str, *rest: Any) -> Any:
        return None if name == "boto3" else find(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", find_all_but_boto3)
    with pytest.raises(Misconfigured, match=r"mortise\[s3\]"):
        open_store("s3://media", data=tmp_path)
    open_store("file:media", data=tmp_path)
