"""The one way to ask addresses that somebody else has written: only of the public Internet, in bounds.

A link in a text is whatever its author, or who hijacked their site, wants it to be. A request to it could
reach what stands behind our own firewall: databases, routers, the cloud's metadata. So the name is resolved
here, everything but global addresses is refused, and the connection goes to the very address that was
checked: asking for the name twice could give two answers. The same holds for each redirect.

No credentials, no cookies, no proxies from the environment; certificates are verified; time, bytes and
redirects are bounded, headers too. What is heavy (``ssl``) is imported when it is used.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import SplitResult, urljoin, urlsplit

#: Ports at which the Web is served; others are more likely something that should not be talked to.
PORTS: Final = frozenset((80, 443, 8000, 8008, 8080, 8443))
LONGEST_ADDRESS: Final = 4_000
_LARGEST_HEAD = 65_536
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_STATUS = re.compile(r"[1-9][0-9]{2}")
# NAT64, 6to4 and Teredo carry an IPv4 address inside; what is global outside need not be inside.
_NAT64 = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48")))
_AGENT = "Mozilla/5.0 (compatible; MortiseLinkCheck/1.0; +{about})"

Resolve = Callable[[str, int], Collection[str]]


class Trouble(StrEnum):
    """Why there is no answer."""

    #: Not an http(s) address that we would ask: another scheme, a user name in it, an odd port.
    ADDRESS = "address"
    #: No such name.
    NAME = "name"
    #: The name leads to an address that is not of the public Internet.
    PRIVATE = "private"
    #: Nobody there, refused, or the line was lost.
    CONNECTION = "connection"
    #: The certificate is not valid for this name.
    CERTIFICATE = "certificate"
    #: Too slow.
    TIME = "time"
    #: What came was not HTTP, or too much of it.
    ANSWER = "answer"
    #: Redirected too often, or in a circle.
    REDIRECTS = "redirects"


class Refused(Exception):
    """There is no answer. ``trouble`` says why, the message more."""

    def __init__(self, trouble: Trouble, message: str) -> None:
        super().__init__(message)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Bounds:
    """Seconds for everything and for each step, bytes of a body, redirects."""

    seconds: float = 20.0
    step_seconds: float = 8.0
    body: int = 16_384
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: the status of the last answer, where it came from, and the beginning of its body.

    ``permanent``: each redirect on the way said that it is for ever.
    """

    status: int
    url: str
    body: bytes
    permanent: bool


def fetch(
    url: str,
    *,
    method: str = "GET",
    about: str = "https://example.org",
    bounds: Bounds | None = None,
    allow: Collection[str] = (),
    resolve: Resolve | None = None,
) -> Answer:
    """Ask an address, following redirects. Raises ``Refused``.

    ``about`` is an address that tells who asks. ``allow`` names addresses (``127.0.0.1:8081``) that may be
    asked although they are not global, and ``resolve`` answers for names: both are for tests alone.
    """
    bounds = bounds or Bounds()
    until = time.monotonic() + bounds.seconds
    permanent = True
    been: set[str] = set()
    for _ in range(bounds.redirects + 1):
        parts = _checked(url, allow)
        if url in been:
            raise Refused(Trouble.REDIRECTS, f"{url} leads to itself.")
        been.add(url)
        address = _public_address(parts, allow=allow, resolve=resolve or _resolve)
        status, location, body = _ask(
            parts, address, method=method, about=about, until=until, bounds=bounds
        )
        if status not in _REDIRECTS or not location:
            return Answer(status, url, body, permanent and len(been) > 1)
        permanent = permanent and status in (301, 308)
        try:
            url = urljoin(url, location).partition("#")[0]
        except ValueError as error:
            raise Refused(Trouble.ADDRESS, f"It leads to no address: {error}.") from None
    raise Refused(Trouble.REDIRECTS, f"More than {bounds.redirects} redirects.")


def _checked(url: str, allow: Collection[str]) -> SplitResult:
    if len(url) > LONGEST_ADDRESS:
        raise Refused(Trouble.ADDRESS, "The address is too long.")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Refused(Trouble.ADDRESS, f"Not an address: {error}.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(Trouble.ADDRESS, "Only http and https addresses are asked.")
    if parts.username is not None or parts.password is not None:
        raise Refused(Trouble.ADDRESS, "An address with a user name in it is not asked.")
    if port not in PORTS and not any(one.endswith(f":{port}") for one in allow):
        raise Refused(Trouble.ADDRESS, f"Port {port} is not one of the Web.")
    return parts


def _host(parts: SplitResult) -> str:
    """The host as the resolver wants it, in ASCII."""
    host = (parts.hostname or "").rstrip(".")
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise Refused(Trouble.ADDRESS, f"{host!r} is not the name of a host.") from None


def _public_address(
    parts: SplitResult, *, allow: Collection[str], resolve: Resolve
) -> tuple[str, int]:
    """The address to connect to, checked; every address of the name has to be global."""
    host = _host(parts)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = list(resolve(host, port))
    except (OSError, UnicodeError) as error:
        raise Refused(Trouble.NAME, f"{host} cannot be found: {error}.") from None
    if not found:
        raise Refused(Trouble.NAME, f"{host} has no address.")
    for address in found:
        if f"{address}:{port}" not in allow and not is_public(address):
            raise Refused(Trouble.PRIVATE, f"{host} is not in the public Internet.")
    # IPv4 first: where IPv6 does not reach out, waiting for it would take the time away.
    return sorted(found, key=lambda one: ":" in one)[0], port


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public Internet, also what it may carry inside."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if "%" in address:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inside is None and any(ip in net for net in _NAT64):
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        # ::1.2.3.4, long out of use, is still understood here and there.
        if inside is None and int(ip) >> 32 == 0:
            return False
        if inside is not None and not is_public(str(inside)):
            return False
        if inside is not None and any(ip in net for net in _NAT64):
            return True
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _ask(
    parts: SplitResult,
    address: tuple[str, int],
    *,
    method: str,
    about: str,
    until: float,
    bounds: Bounds,
) -> tuple[int, str, bytes]:
    """One request and its answer: status, where it leads on, the beginning of the body."""
    line = _Line(until=until, step=bounds.step_seconds)
    try:
        line.connect(address, parts.scheme == "https", _host(parts))
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        host = _host(parts)
        host = f"[{host}]" if ":" in host else host
        if parts.port:
            host += f":{parts.port}"
        line.send(
            f"{method} {_quoted(target)} HTTP/1.1\r\nHost: {host}\r\n"
            f"User-Agent: {_AGENT.format(about=about)}\r\nAccept: */*\r\n"
            "Accept-Encoding: identity\r\nConnection: close\r\n\r\n".encode("ascii", "replace")
        )
        head, rest = line.head()
        status, location = _parsed(head)
        hops = 0
        while 100 <= status < 200:  # "early hints" and the like come before the answer
            hops += 1
            if hops > 5:
                raise Refused(Trouble.ANSWER, "No answer but hints.")
            head, rest = line.head(rest)
            status, location = _parsed(head)
        body = b""
        if method != "HEAD" and status not in _REDIRECTS:
            body = line.body(rest, bounds.body)
        return status, location, body
    finally:
        line.close()


def _quoted(target: str) -> str:
    """A path and query that can stand in a request line, whatever was typed."""
    from urllib.parse import quote

    return quote(target, safe="%/:=&?~#+!$,;'@()*[]")


def _parsed(head: bytes) -> tuple[int, str]:
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    # Digits of ASCII: the bytes of a superscript two are a digit too, and no number.
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not _STATUS.fullmatch(words[1]):
        raise Refused(Trouble.ANSWER, "What came is not HTTP.")
    location = ""
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == "location":
            location = value.strip()
    # Addresses in headers are often plain UTF-8.
    try:
        location = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        location = ""
    return int(words[1]), location


class _Line:
    """A connection of which every step has a bound, and all together too."""

    def __init__(self, *, until: float, step: float) -> None:
        self._until = until
        self._step = step
        self._socket = socket.socket()

    def _left(self) -> float:
        left = min(self._step, self._until - time.monotonic())
        if left <= 0:
            raise Refused(Trouble.TIME, "It took too long.")
        return left

    def connect(self, address: tuple[str, int], tls: bool, host: str) -> None:
        try:
            opened = socket.create_connection(address, timeout=self._left())
        except TimeoutError:
            raise Refused(Trouble.TIME, "Nobody answered in time.") from None
        except OSError as error:
            raise Refused(Trouble.CONNECTION, f"No connection: {error.strerror}.") from None
        self._socket.close()
        self._socket = opened
        if tls:
            self._socket = self._encrypted(opened, host)

    def _encrypted(self, opened: socket.socket, host: str) -> socket.socket:
        import ssl

        context: Any = ssl.create_default_context()
        opened.settimeout(self._left())
        try:
            return context.wrap_socket(opened, server_hostname=host)  # type: ignore[no-any-return]
        except ssl.SSLCertVerificationError as error:
            raise Refused(Trouble.CERTIFICATE, f"{error.verify_message}.") from None
        except TimeoutError:
            raise Refused(Trouble.TIME, "Encryption was not agreed on in time.") from None
        except (ssl.SSLError, OSError, ValueError) as error:
            raise Refused(Trouble.CONNECTION, f"No encrypted connection: {error}.") from None

    def send(self, data: bytes) -> None:
        try:
            self._socket.settimeout(self._left())
            self._socket.sendall(data)
        except TimeoutError:
            raise Refused(Trouble.TIME, "It took too long.") from None
        except OSError as error:
            raise Refused(Trouble.CONNECTION, f"The line was lost: {error}.") from None

    def _receive(self, size: int) -> bytes:
        try:
            self._socket.settimeout(self._left())
            return self._socket.recv(size)
        except TimeoutError:
            raise Refused(Trouble.TIME, "The answer did not come in time.") from None
        except OSError as error:
            raise Refused(Trouble.CONNECTION, f"The line was lost: {error}.") from None

    def head(self, begun: bytes = b"") -> tuple[bytes, bytes]:
        """Everything up to the empty line, and what came after it."""
        got = begun
        while b"\r\n\r\n" not in got:
            if len(got) > _LARGEST_HEAD:
                raise Refused(Trouble.ANSWER, "The headers have no end.")
            more = self._receive(4096)
            if not more:
                raise Refused(Trouble.ANSWER, "The line ended before the headers did.")
            got += more
        head, _, rest = got.partition(b"\r\n\r\n")
        return head, rest

    def body(self, begun: bytes, most: int) -> bytes:
        """The beginning of the body as it was sent, at most so many bytes."""
        got = begun
        while len(got) < most:
            try:
                more = self._receive(min(8192, most - len(got)))
            except Refused:
                break  # there was an answer; how it goes on is not needed
            if not more:
                break
            got += more
        return got[:most]

    def close(self) -> None:
        self._socket.close()
