"""Servers and addresses that the contract suites share."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from library.media import s3
from tests.judges.s3 import BUCKET, Radosgw, radosgw

__all__ = ["radosgw"]

_S3 = [pytest.param(kind, marks=pytest.mark.s3) for kind in ("s3 over http", "s3 over https")]


@pytest.fixture
def bucket(radosgw: Radosgw, monkeypatch: pytest.MonkeyPatch) -> Radosgw:
    """The S3 server with its bucket, and its credentials in the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", radosgw.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", radosgw.secret_key)
    radosgw.resume()
    s3.connect(BUCKET, endpoint=radosgw.http)._client().create_bucket(Bucket=BUCKET)
    return radosgw


@pytest.fixture(params=["folder", *_S3])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The setting for an empty store of each kind."""
    if request.param == "folder":
        return f"file:{tmp_path}/media"
    return _address(request.getfixturevalue("bucket"), request.param)


@pytest.fixture(params=_S3)
def s3_url(request: pytest.FixtureRequest, bucket: Radosgw) -> str:
    """The setting for an empty store on the S3 server, over HTTP and over HTTPS."""
    return _address(bucket, request.param)


def _address(server: Radosgw, kind: str) -> str:
    place = f"s3://{BUCKET}/tests/{uuid4()}"
    if kind == "s3 over http":
        return f"{place}?endpoint={server.http}"
    return f"{place}?endpoint={server.https}&verify={server.certificate}"
