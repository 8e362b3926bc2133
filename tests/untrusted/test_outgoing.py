"""Requests to addresses that somebody else wrote: against real servers that mean harm."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from library.untrusted.outgoing import Bounds, Refused, Trouble, fetch, is_public

Talk = Callable[[socket.socket, bytes], None]
QUICK = Bounds(seconds=1.5, step_seconds=0.7, body=1000, redirects=3)


@contextmanager
def server(talk: Talk) -> Iterator[str]:
    """A server that reads a request's head and lets ``talk`` answer; gives ``127.0.0.1:port``."""
    listening = socket.create_server(("127.0.0.1", 0))
    ending = threading.Event()

    def one(line: socket.socket) -> None:
        with line:
            got = b""
            try:
                while b"\r\n\r\n" not in got:
                    more = line.recv(4096)
                    if not more:
                        return
                    got += more
                talk(line, got)
            except OSError:
                return

    def serve() -> None:
        while not ending.is_set():
            try:
                line, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(line,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ending.set()
        listening.close()


def says(text: str) -> Talk:
    return lambda line, _: line.sendall(text.encode())


def trouble(url: str, **options: object) -> Trouble:
    options.setdefault("bounds", QUICK)
    with pytest.raises(Refused) as refused:
        fetch(url, **options)  # type: ignore[arg-type]
    return refused.value.trouble


def test_an_answer_comes_with_its_status_and_the_beginning_of_its_body() -> None:
    asked: list[bytes] = []

    def talk(line: socket.socket, request: bytes) -> None:
        asked.append(request)
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    with server(talk) as here:
        answer = fetch(f"http://{here}/a b?q=é#part", allow=[here], about="https://us.example")
    assert (answer.status, answer.body) == (200, b"hello")
    head = asked[0].decode()
    assert head.startswith("GET /a%20b?q=%C3%A9 HTTP/1.1\r\n")
    assert f"Host: {here}" in head
    assert "https://us.example" in head
    assert "Cookie" not in head
    assert "Authorization" not in head


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.7",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2002:a9fe:a9fe::1",
        "2001:0:7f00:1::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "not an address",
        "",
    ],
)
def test_what_is_not_of_the_public_internet_is_known(address: str) -> None:
    assert not is_public(address)
    asked = trouble("http://sneaky.example/", resolve=lambda _host, _port: [address])
    assert asked is Trouble.PRIVATE


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_what_is_public_is_known(address: str) -> None:
    assert is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    addresses = ["93.184.216.34", "127.0.0.1"]
    assert trouble("http://two.example/", resolve=lambda *_: addresses) is Trouble.PRIVATE


def test_the_name_is_asked_for_once_and_the_address_that_was_checked_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    connected: list[object] = []

    def connect(address: object, timeout: float) -> socket.socket:
        connected.append(address)
        raise OSError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: pytest.fail("asked again"))
    assert (
        trouble("http://rebinding.example/", resolve=lambda *_: next(answers)) is Trouble.CONNECTION
    )
    assert connected == [("93.184.216.34", 80)]


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "http://",
        "http://user:secret@example.org/",
        "http://example.org:22/",
        "http://example.org:6379/",
        "http://example.org:99999/",
        "http://[::1/",
        "http://ex\u2100mple.\u0000/",
        "https://" + "a" * 5000,
        "javascript:alert(1)",
    ],
)
def test_what_is_no_address_of_the_web_is_not_asked(url: str) -> None:
    assert trouble(url, resolve=lambda *_: ["93.184.216.34"]) in (Trouble.ADDRESS, Trouble.NAME)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("http://127.0.0.1:8080/admin", Trouble.PRIVATE),
        ("http://169.254.169.254/latest/meta-data/", Trouble.PRIVATE),
        ("http://[::ffff:127.0.0.1]/", Trouble.PRIVATE),
        ("http://2130706433/", Trouble.PRIVATE),
        ("http://0x7f.1/", Trouble.PRIVATE),
        ("http://localhost/", Trouble.PRIVATE),
        ("file:///etc/passwd", Trouble.ADDRESS),
        ("ftp://127.0.0.1/", Trouble.ADDRESS),
        ("http://127.0.0.1:22/", Trouble.ADDRESS),
        ("http://root:x@127.0.0.1/", Trouble.ADDRESS),
    ],
)
def test_a_redirect_to_where_nobody_should_go_is_not_followed(to: str, expected: Trouble) -> None:
    with server(says(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\n\r\n")) as here:
        assert trouble(f"http://{here}/", allow=[here]) is expected


def test_redirects_are_followed_and_it_is_told_whether_they_are_for_ever() -> None:
    def talk(line: socket.socket, request: bytes) -> None:
        path = request.split(b" ")[1]
        where = {b"/": (b"301", b"/next"), b"/next": (b"308", b"last#x")}.get(path)
        if where:
            line.sendall(b"HTTP/1.1 %s Moved\r\nLocation: %s\r\n\r\n" % where)
        else:
            line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with server(talk) as here:
        answer = fetch(f"http://{here}/", allow=[here])
        assert (answer.url, answer.permanent) == (f"http://{here}/last", True)
        assert fetch(f"http://{here}/last", allow=[here]).permanent is False


def test_redirects_without_end_end() -> None:
    with server(says("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n")) as here:
        assert trouble(f"http://{here}/", allow=[here]) is Trouble.REDIRECTS
    count = iter(range(100))

    def further(line: socket.socket, _: bytes) -> None:
        line.sendall(f"HTTP/1.1 302 Found\r\nLocation: /{next(count)}\r\n\r\n".encode())

    with server(further) as here:
        assert trouble(f"http://{here}/", allow=[here]) is Trouble.REDIRECTS
    assert next(count) == 4


def test_drops_without_end_are_cut_off_in_time() -> None:
    """Slow loris: a byte now and then, so that no single wait is long."""

    def drip(line: socket.socket, _: bytes) -> None:
        line.sendall(b"HTTP/1.1 200 OK\r\n")
        for _n in range(200):
            line.sendall(b"X-A: b\r\n")
            time.sleep(0.05)

    with server(drip) as here:
        began = time.monotonic()
        assert trouble(f"http://{here}/", allow=[here]) is Trouble.TIME
        assert time.monotonic() - began < 3


def test_silence_is_cut_off_in_time() -> None:
    waiting = threading.Event()

    def wait(_line: socket.socket, _request: bytes) -> None:
        waiting.wait(5)

    with server(wait) as here:
        began = time.monotonic()
        assert trouble(f"http://{here}/", allow=[here]) is Trouble.TIME
        assert time.monotonic() - began < 2
    waiting.set()


def test_bodies_without_end_are_read_only_at_their_beginning() -> None:
    sent = 0

    def pour(line: socket.socket, _: bytes) -> None:
        nonlocal sent
        line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.sendall(b"x" * 65536)
            sent += 65536

    with server(pour) as here:
        answer = fetch(f"http://{here}/", allow=[here], bounds=QUICK)
    assert answer.body == b"x" * QUICK.body
    assert sent < 20_000_000


@pytest.mark.parametrize(
    "answer",
    [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 OK 200\r\n\r\n",
        "",
        "HTTP/1.1 200 OK\r\nX: " + "y" * 80_000,
        "HTTP/1.1 100 Continue\r\n\r\n" * 10,
    ],
)
def test_what_is_not_http_is_said(answer: str) -> None:
    with server(says(answer)) as here:
        assert trouble(f"http://{here}/", allow=[here]) is Trouble.ANSWER


def test_hints_before_the_answer_are_passed_over() -> None:
    hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n"
    with server(says(hints)) as here:
        assert fetch(f"http://{here}/", allow=[here]).status == 404


def test_nobody_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        here = f"127.0.0.1:{taken.getsockname()[1]}"
    assert trouble(f"http://{here}/", allow=[here]) is Trouble.CONNECTION


def test_plain_talk_where_encryption_is_expected_is_said() -> None:
    with server(says("HTTP/1.1 200 OK\r\n\r\n")) as here:
        assert trouble(f"https://{here}/", allow=[here]) in (Trouble.CONNECTION, Trouble.TIME)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(says("HTTP/1.1 200 OK\r\n\r\n")) as here:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        assert fetch(f"http://{here}/", allow=[here]).status == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for ``good.example``, with its key, that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "good.example")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("good.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "good.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def encrypted_server(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with suppress(OSError), context.wrap_socket(line, server_side=True) as safe:
                safe.recv(4096)
                safe.sendall(b"HTTP/1.1 200 OK\r\n\r\nsafe")

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.close()


def test_certificates_have_to_be_valid_for_the_name_that_was_asked_for(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with encrypted_server(certificate) as port:
        options = {"allow": [f"127.0.0.1:{port}"], "resolve": lambda *_: ["127.0.0.1"]}
        assert trouble(f"https://good.example:{port}/", **options) is Trouble.CERTIFICATE
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        answer = fetch(f"https://good.example:{port}/", bounds=QUICK, **options)  # type: ignore[arg-type]
        assert (answer.status, answer.body) == (200, b"safe")
        assert trouble(f"https://evil.example:{port}/", **options) is Trouble.CERTIFICATE


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("HTTP/1.1 \u00b200 OK\r\n", Trouble.ANSWER),
        ("HTTP/1.1 99999 OK\r\n", Trouble.ANSWER),
        ("HTTP/1.1 -20 OK\r\n", Trouble.ANSWER),
        ("HTTP/1.1 302 x\r\nLocation: http://[::1\r\n", Trouble.ADDRESS),
        ("HTTP/1.1 302 x\r\nLocation: http://x:-1/\r\n", Trouble.ADDRESS),
        ("HTTP/1.1 302 x\r\nLocation: http://a\0b/\r\n", Trouble.NAME),
        ("HTTP/1.1 302 x\r\nLocation: http://2130706433/\r\n", Trouble.PRIVATE),
        ("HTTP/1.1 302 x\r\nLocation: http://0x7f.1/\r\n", Trouble.PRIVATE),
    ],
)
def test_whatever_a_hostile_server_says_is_a_refusal(head: str, why: Trouble) -> None:
    with server(lambda line, _: line.sendall(f"{head}\r\n".encode("latin-1"))) as here:
        assert trouble(f"http://{here}/", allow=[here]) == why
