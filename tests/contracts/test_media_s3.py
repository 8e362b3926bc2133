"""What only the S3 store promises, and what it does when the server fails for real."""

from __future__ import annotations

import io
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from library.errors import Damaged, NotFound, Unavailable
from library.media import s3
from library.media.address import S3Address, open_store, parse
from library.media.outage import LASTS
from library.media.s3 import Patience, S3Store
from tests.judges.s3 import BUCKET, DNS_NAME, Radosgw

pytestmark = pytest.mark.s3

ABSENT = "0" * 64
HASTY = Patience(connect=1, read=1, attempts=2)


@pytest.fixture
def store(s3_url: str, tmp_path: Path) -> S3Store:
    opened = open_store(s3_url, data=tmp_path)
    assert isinstance(opened, S3Store)
    return opened


def fetch(address: str, server: Radosgw) -> tuple[Any, bytes]:
    trusting = ssl.create_default_context(cafile=str(server.certificate))
    with urllib.request.urlopen(address, timeout=20, context=trusting) as answer:
        return answer.headers, answer.read()


@pytest.mark.parametrize(
    "name", ["电工基础 第一章.pdf", "دليل الكهرباء العملي.pdf", 'a "b"; c%41.pdf', "plain.pdf"]
)
@pytest.mark.parametrize("inline", [True, False])
def test_a_link_gives_the_bytes_under_a_name_in_any_script(
    store: S3Store, bucket: Radosgw, name: str, inline: bool
) -> None:
    sha256 = store.put(io.BytesIO(b"%PDF-1.7 content")).sha256
    link = store.link(sha256, name=name, media_type="application/pdf", inline=inline, seconds=60)
    assert link is not None
    headers, content = fetch(link, bucket)
    assert content == b"%PDF-1.7 content"
    assert headers.get_content_disposition() == ("inline" if inline else "attachment")
    # A client that knows RFC 8187 takes filename*, the last that is given.
    encoded = headers["Content-Disposition"].partition("filename*=UTF-8''")[2]
    shown = urllib.parse.unquote(encoded) if encoded else headers.get_filename()
    assert shown == name.replace('"', "")
    assert headers["Content-Type"] == "application/pdf"
    assert "immutable" in headers["Cache-Control"]
    assert link.startswith(f"{store.origin()}/")


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xml"])
def test_what_could_run_script_is_never_shown_inline(
    store: S3Store, bucket: Radosgw, media_type: str
) -> None:
    sha256 = store.put(io.BytesIO(b"<html></html>")).sha256
    link = store.link(sha256, name="a", media_type=media_type, inline=True, seconds=60)
    assert link is not None
    headers, _ = fetch(link, bucket)
    assert headers.get_content_disposition() == "attachment"


def test_a_link_with_anything_changed_is_refused(store: S3Store, bucket: Radosgw) -> None:
    sha256 = store.put(io.BytesIO(b"secret")).sha256
    other = store.put(io.BytesIO(b"another")).sha256
    link = store.link(sha256, name="a.txt", media_type="text/plain", inline=False, seconds=60)
    assert link is not None
    signature = link.rpartition("X-Amz-Signature=")[2]
    changed = {
        link.replace(signature, signature[::-1]),
        link.replace(sha256, other).replace(f"/{sha256[:2]}/", f"/{other[:2]}/"),
        link.replace("attachment", "inline"),
        link.partition("?")[0],
    }
    assert len(changed) == 4
    for address in changed:
        with pytest.raises(urllib.error.HTTPError) as refused:
            fetch(address, bucket)
        assert refused.value.code == 403
        refused.value.close()


def test_a_store_that_is_to_be_proxied_gives_no_links(s3_url: str, tmp_path: Path) -> None:
    store = open_store(f"{s3_url}&serve=proxy", data=tmp_path)
    sha256 = store.put(io.BytesIO(b"mine")).sha256
    link = store.link(sha256, name="a", media_type="image/png", inline=True, seconds=60)
    assert (link, store.origin()) == (None, None)
    assert b"".join(store.open(sha256)) == b"mine"


def test_virtual_style_puts_the_bucket_into_the_host(
    bucket: Radosgw, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve = socket.getaddrinfo

    def resolve_test_names(host: Any, *rest: Any, **more: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(DNS_NAME) else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve_test_names)
    store = s3.connect(
        BUCKET,
        prefix="virtual",
        endpoint=f"https://{DNS_NAME}:{bucket.https_port}",
        style="virtual",
        verify=bucket.certificate,
    )
    store.check()
    sha256 = store.put(io.BytesIO(b"by host")).sha256
    assert b"".join(store.open(sha256, start=3)) == b"host"
    link = store.link(sha256, name="a", media_type="image/png", inline=True, seconds=60)
    assert link is not None
    assert store.origin() == f"https://{BUCKET}.{DNS_NAME}:{bucket.https_port}"
    assert link.startswith(f"{store.origin()}/virtual/")
    assert fetch(link, bucket)[1] == b"by host"


def test_other_objects_and_other_prefixes_are_not_seen(store: S3Store) -> None:
    mine = store.put(io.BytesIO(b"mine")).sha256
    client = store._client()
    for key in (
        f"{store.prefix}readme.txt",
        f"{store.prefix}zz/{ABSENT}",
        f"x{store.prefix}{ABSENT}",
    ):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"other")
    assert list(store.digests()) == [mine]


def test_more_than_one_page_of_objects_is_listed(store: S3Store) -> None:
    put = sorted(store.put(io.BytesIO(str(n).encode())).sha256 for n in range(1005))
    assert list(store.digests()) == put


def test_a_damaged_object_is_noticed_before_its_last_chunk_and_healed(store: S3Store) -> None:
    content = os.urandom(600_000)
    sha256 = store.put(io.BytesIO(content)).sha256
    key = store._key(sha256)
    store._client().put_object(Bucket=BUCKET, Key=key, Body=content[:-1] + b"?")
    received: list[bytes] = []
    with pytest.raises(Damaged):
        received.extend(store.open(sha256))
    assert sum(map(len, received)) < len(content)
    store._client().put_object(Bucket=BUCKET, Key=key, Body=content[:1000])
    store.put(io.BytesIO(content))
    assert b"".join(store.open(sha256)) == content


def every_request(store: S3Store) -> list[Any]:
    return [
        store.check,
        lambda: store.put(io.BytesIO(b"new")),
        lambda: store.open(ABSENT),
        lambda: store.open(ABSENT, start=1),
        lambda: store.size(ABSENT),
        lambda: store.exists(ABSENT),
        lambda: store.delete(ABSENT),
        lambda: list(store.digests()),
        store.sweep,
    ]


def test_a_missing_bucket_is_never_taken_for_missing_objects(bucket: Radosgw) -> None:
    store = s3.connect("no-such-bucket", endpoint=bucket.http)
    for request in every_request(store):
        with pytest.raises(Unavailable, match="no bucket no-such-bucket"):
            request()


@pytest.mark.parametrize(
    ("variable", "reason"),
    [("AWS_ACCESS_KEY_ID", "access key"), ("AWS_SECRET_ACCESS_KEY", "access key")],
)
def test_wrong_credentials_are_said(
    bucket: Radosgw, monkeypatch: pytest.MonkeyPatch, variable: str, reason: str
) -> None:
    monkeypatch.setenv(variable, "nobody")
    for request in every_request(s3.connect(BUCKET, endpoint=bucket.http)):
        with pytest.raises(Unavailable, match=reason) as refused:
            request()
        assert "nobody" not in refused.value.message


def test_a_certificate_that_is_not_trusted_is_said(bucket: Radosgw) -> None:
    with pytest.raises(Unavailable, match="certificate is not trusted"):
        s3.connect(BUCKET, endpoint=bucket.https).check()
    with pytest.raises(Unavailable):
        s3.connect(BUCKET, endpoint=bucket.https.replace("https", "http")).check()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_certificates_are_not_checked_where_the_setting_says_no(bucket: Radosgw) -> None:
    store = open_store(f"s3://{BUCKET}?endpoint={bucket.https}&verify=no", data=Path("/"))
    store.check()


def test_a_server_that_dies_while_it_is_read_is_unavailable(
    store: S3Store, bucket: Radosgw
) -> None:
    sha256 = store.put(io.BytesIO(os.urandom(40 * 2**20))).sha256
    reading = store.open(sha256)
    next(reading)
    bucket.crash()
    with pytest.raises(Unavailable):
        list(reading)
    begun = time.monotonic()
    for request in every_request(store):
        with pytest.raises(Unavailable, match="no connection"):
            request()
    assert time.monotonic() - begun < 20
    bucket.resume()
    assert _after_the_outage(lambda: store.size(sha256)) == 40 * 2**20


def test_a_server_that_dies_while_it_is_written_to_keeps_no_part(
    store: S3Store, bucket: Radosgw
) -> None:
    content = os.urandom(40 * 2**20)

    def crash(**_: Any) -> None:
        bucket.crash()

    store._client().meta.events.register_first("before-send.s3.UploadPart", crash)
    with pytest.raises(Unavailable):
        store.put(io.BytesIO(content))
    bucket.resume()
    store._client().meta.events.unregister("before-send.s3.UploadPart", crash)
    assert list(store.digests()) == []
    stored = store.put(io.BytesIO(content))
    assert b"".join(store.open(stored.sha256)) == content


def test_a_server_that_falls_silent_is_given_up(bucket: Radosgw, s3_url: str) -> None:
    address = parse(s3_url)
    assert isinstance(address, S3Address)
    store = s3.connect(BUCKET, endpoint=address.endpoint, verify=address.verify, patience=HASTY)
    store.check()
    begun = time.monotonic()
    with bucket.frozen(), pytest.raises(Unavailable):
        store.size(ABSENT)
    assert time.monotonic() - begun < 10
    with pytest.raises(NotFound):
        _after_the_outage(lambda: store.size(ABSENT))


def _after_the_outage(ask: Callable[[], int]) -> int:
    """What a store answers once it is asked again, which is a little later."""
    limit = time.monotonic() + 3 * LASTS
    while True:
        try:
            return ask()
        except Unavailable:
            assert time.monotonic() < limit
            time.sleep(0.05)


KILLED_WRITER = """
import io, os, signal, sys
from pathlib import Path
from library.media.address import open_store
store = open_store(sys.argv[1], data=Path("/"))
parts = []
def count(**_):
    parts.append(1)
    if len(parts) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
store._client().meta.events.register_first("before-send.s3.UploadPart", count)
store.put(io.BytesIO(bytes(80 * 2**20)))
"""


def test_the_parts_of_a_killed_writer_are_no_object_and_are_swept(
    s3_url: str, store: S3Store, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WRITER, s3_url],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []
    assert list(store.digests()) == []
    assert store.sweep(older_than=3600) == 0
    assert store.sweep(older_than=-60) == 1
    assert store.sweep(older_than=-60) == 0
