"""Requests that no client would send: refused, and everybody else goes on being served."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import pytest

from tests.journeys.hostile_strings import OWN
from tests.judges.site import Site


def _raw(site: Site, request: bytes) -> bytes:
    """The first bytes of the answer to a request that no client would send."""
    parts = urlsplit(site.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        try:
            return connection.recv(4096)
        except ConnectionResetError:
            return b""


def test_requests_that_are_none_are_refused_and_others_served(starter: Site) -> None:
    host = b"Host: x\r\nConnection: close\r\n"
    hostile = [
        b"\x16\x03\x01\x02\x00" + bytes(range(256)),
        b"GET\r\n\r\n",
        b"GET /en/ HTTP/9.9\r\n" + host + b"\r\n",
        b"GET /en/\xff\xfe\x00 HTTP/1.1\r\n" + host + b"\r\n",
        b"GET http://evil.invalid/en/ HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: evil.invalid/<script>\r\nConnection: close\r\n\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
        b"GET /en/ HTTP/1.1\r\n" + host + b"X: " + b"a" * 20_000 + b"\r\n\r\n",
        b"GET /en/ HTTP/1.1\r\n" + host + b"X: a\r\n" * 500 + b"\r\n",
        b"GET /en/ HTTP/1.1\r\n" + host + b"Accept-Language: \x00\xff\x80\r\n\r\n",
        b"POST /en/ HTTP/1.1\r\n" + host + b"Content-Length: -1\r\n\r\n",
        b"POST /en/ HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\nx",
        b"POST /en/ HTTP/1.1\r\n" + host + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /en/ HTTP/1.1\r\n"
        + host
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    ]
    for request in hostile:
        answer = _raw(starter, request)
        status = answer.split(b" ", 2)[1:2]
        assert not status or status[0][:1] in b"234", (request[:80], answer[:200])
        assert starter.get("/en/").status == 200


@pytest.mark.parametrize("header", ["Accept-Language", "Host", "Cookie", "Range", "If-None-Match"])
def test_headers_of_any_bytes_are_survived(starter: Site, header: str) -> None:
    for string in OWN:
        value = string.replace("\r", " ").replace("\n", " ").replace("\0", " ")[:4000].encode()
        answer = _raw(
            starter,
            b"GET / HTTP/1.0\r\n" + header.encode() + b": " + value + b"\r\n\r\n",
        )
        assert not answer or answer.split(b" ", 2)[1][:1] in b"234", (string[:80], answer[:200])
        assert b"evil.invalid" not in answer.partition(b"\r\n\r\n")[0]
