"""Kept pages: served without the application, thrown away with the next change, never mixed up."""

from __future__ import annotations

import gzip

from flask import Flask, Response
from werkzeug.test import Client

from library.errors import Unavailable
from library.http.page_cache import PageCache, keep


class Site:
    """A site of one page that counts how often it is asked."""

    def __init__(self, *, budget: int = 1_000_000) -> None:
        self.number = 1
        self.away = False
        self.asked = 0
        self.app = Flask("test")

        @self.app.get("/kept/<path:rest>")
        def kept(rest: str) -> str:
            keep()
            self.asked += 1
            return f"{rest} {self.asked} " + "word " * 500

        @self.app.get("/other")
        def other() -> str:
            self.asked += 1
            return f"other {self.asked}"

        @self.app.get("/lost")
        def lost() -> Response:
            keep()
            self.asked += 1
            return Response("lost", 404)

        self.cache = PageCache(self.app.wsgi_app, number=self._number, budget=budget)
        self.client = Client(self.cache)

    def _number(self) -> int:
        if self.away:
            raise Unavailable("The database is away.")
        return self.number


def test_a_kept_page_is_made_once() -> None:
    site = Site()
    first, second = site.client.get("/kept/a"), site.client.get("/kept/a")
    assert site.asked == 1
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"


def test_a_change_is_seen_at_once() -> None:
    site = Site()
    site.client.get("/kept/a")
    site.number += 1
    assert site.client.get("/kept/a").text.startswith("a 2")


def test_queries_and_savers_of_data_have_pages_of_their_own() -> None:
    site = Site()
    site.client.get("/kept/a")
    site.client.get("/kept/a?with=fr")
    site.client.get("/kept/a", headers={"Save-Data": "on"})
    assert site.asked == 3


def test_what_the_reader_has_already_is_not_sent_again() -> None:
    site = Site()
    etag = site.client.get("/kept/a").headers["ETag"]
    again = site.client.get("/kept/a", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == etag


def test_a_page_is_compressed_for_those_who_can_read_it() -> None:
    site = Site()
    packed = site.client.get("/kept/a", headers={"Accept-Encoding": "br, gzip"})
    plain = site.client.get("/kept/a")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]


def test_head_answers_without_a_body() -> None:
    site = Site()
    whole = site.client.get("/kept/a")
    head = site.client.head("/kept/a")
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(whole.data))


def test_what_is_not_marked_is_made_each_time() -> None:
    site = Site()
    site.client.get("/other")
    assert site.client.get("/other").text == "other 2"


def test_a_page_that_is_not_there_is_not_kept() -> None:
    site = Site()
    site.client.get("/lost")
    assert site.client.get("/lost").status_code == 404
    assert site.asked == 2


def test_old_pages_are_served_while_the_database_is_away() -> None:
    site = Site()
    site.client.get("/kept/a")
    site.away = True
    assert site.client.get("/kept/a").text.startswith("a 1")


def test_memory_is_bounded_and_the_oldest_pages_go_first() -> None:
    site = Site(budget=20_000)
    for n in range(20):
        site.client.get(f"/kept/{n}")
    site.client.get("/kept/19")
    assert site.asked == 20
    site.client.get("/kept/0")
    assert site.asked == 21


def test_a_page_that_is_kept_packed_is_answered_unpacked_as_well() -> None:
    site = Site()
    packed = site.client.get("/kept/a", headers={"Accept-Encoding": "gzip"})
    first = site.client.get("/kept/a")
    second = site.client.get("/kept/a")
    head = site.client.head("/kept/a")
    again = site.client.get("/kept/a", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == first.data == second.data
    assert "Content-Encoding" not in first.headers
    assert head.headers["Content-Length"] == str(len(first.data))
    assert again.data == packed.data
    assert site.asked == 1


def test_pages_that_readers_take_packed_are_kept_packed() -> None:
    site = Site(budget=12_000)
    for name in "abcdef":
        site.client.get(f"/kept/{name}", headers={"Accept-Encoding": "gzip"})
    made = site.asked
    for name in "abcdef":
        site.client.get(f"/kept/{name}", headers={"Accept-Encoding": "gzip"})
    assert site.asked == made
