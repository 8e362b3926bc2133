"""A library that has grown: PostgreSQL, an object store, Redis; the same pages, the same film."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import text

from library.db import make_engine
from library.media import s3
from tests.judges.redis import redis_server
from tests.judges.s3 import BUCKET, Radosgw, radosgw
from tests.judges.site import ROOT, Site

__all__ = ["radosgw"]

pytestmark = [pytest.mark.s3, pytest.mark.postgresql, pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def grown(
    tmp_path: Path, postgresql: str, radosgw: Radosgw, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", radosgw.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", radosgw.secret_key)
    radosgw.resume()
    s3.connect(BUCKET, endpoint=radosgw.http)._client().create_bucket(Bucket=BUCKET)
    admin = make_engine(postgresql, pool=False).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS grown WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE grown"))
    with redis_server() as redis:
        site = Site(tmp_path / "data")
        site.data.mkdir()
        site.environ = {
            "LIBRARY_DATABASE_URL": postgresql.rpartition("/")[0] + "/grown",
            "LIBRARY_MEDIA_URL": f"s3://{BUCKET}/grown?endpoint={radosgw.http}&style=path",
            "LIBRARY_QUEUE_URL": redis,
        }
        yield site


def test_the_starter_library_on_many_servers(grown: Site, browser: Browser) -> None:
    grown.run("db", "upgrade")
    grown.run("import", ROOT / "content")
    assert json.loads(grown.run("check", "--json"))["ok"]
    with grown.served("--workers", "2"):
        page = grown.get("/th/lessons/encoder-signal")
        assert page.status == 200
        address = re.search(r'src="(/media/[0-9a-f]{64}/film\.mp4)"', page.text)
        assert address is not None
        answer = grown.get(address[1])
        assert answer.status == 302, "the bytes never come through the web process"
        with urllib.request.urlopen(answer.headers["Location"], timeout=20) as film:
            assert film.headers["Content-Type"] == "video/mp4"
            assert len(film.read()) > 10_000
        found = json.loads(
            grown.get("/api/v1/search?q=%E7%BC%96%E7%A0%81%E5%99%A8&lang=zh-Hans").body
        )
        assert found["total"] > 0

        context = browser.new_context(base_url=grown.url)
        opened = context.new_page()
        refused: list[str] = []
        opened.on("console", lambda m: refused.append(m.text) if m.type == "error" else None)
        opened.goto("/th/lessons/encoder-signal")
        width = opened.locator("video").evaluate(
            "async v => { v.muted = true; await v.play(); return v.videoWidth; }"
        )
        context.close()
        assert width > 0
        assert refused == [], "the content security policy lets the store's addresses in"

    copy = grown.data / "copy"
    grown.run("export", copy)
    assert (copy / "lesson" / "encoder-signal" / "film.mp4").stat().st_size > 10_000
