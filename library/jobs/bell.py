"""The bell: tells the worker that there is something to do, now rather than at its next look.

A bell carries no work. What is to be done stands in the database; if a ring is lost the worker finds it
at its next round. So no adapter needs acknowledgements, and none can lose anything.
"""

from __future__ import annotations

import os
import select as selecting
import time
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from library.errors import Misconfigured, Unavailable

CHANNEL = "mortise_bell"
# How often a worker looks at a file's time while it waits, in seconds.
GLANCE = 0.1


class Bell(Protocol):
    """MUST be callable from any process of the site."""

    def ring(self) -> None:
        """Wake whoever waits. MUST NOT raise: the work is safe in the database anyway."""

    def wait(self, *, seconds: float) -> bool:
        """Return True at a ring since the last wait, False after ``seconds`` without one."""

    def check(self) -> None:
        """Raise ``Unavailable`` with one clear sentence where the bell cannot be heard."""

    def close(self) -> None:
        """Let go of connections. The bell MAY be used again afterwards."""


class FileBell:
    """The default: a file in the data folder whose time of change is the ring."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._heard = self._time()

    def ring(self) -> None:
        try:
            self._path.touch()
            os.utime(self._path, ns=(time.time_ns(), time.time_ns()))
        except OSError:
            return

    def wait(self, *, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while True:
            now = self._time()
            if now != self._heard:
                self._heard = now
                return True
            left = until - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(GLANCE, left))

    def check(self) -> None:
        try:
            self._path.touch()
        except OSError as error:
            raise Unavailable(f"The bell {self._path} cannot be rung: {error.strerror}.") from None

    def close(self) -> None:
        return

    def _time(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0


class RedisBell:
    """A list in Redis that is kept at one entry."""

    def __init__(self, url: str) -> None:
        try:
            import redis
        except ImportError:
            raise Misconfigured(
                "LIBRARY_QUEUE_URL names Redis; install the library with its extra 'redis'."
            ) from None
        self._errors = redis.RedisError
        self._redis: Any = redis.Redis.from_url(url, socket_timeout=60, socket_connect_timeout=3)

    def ring(self) -> None:
        try:
            with self._redis.pipeline() as pipe:
                pipe.lpush(CHANNEL, 1)
                pipe.ltrim(CHANNEL, 0, 0)
                pipe.execute()
        except self._errors:
            return

    def wait(self, *, seconds: float) -> bool:
        try:
            return self._redis.brpop([CHANNEL], timeout=max(seconds, 0.01)) is not None
        except self._errors:
            time.sleep(min(seconds, 1))
            return False

    def check(self) -> None:
        try:
            self._redis.ping()
        except self._errors as error:
            raise Unavailable(f"Redis does not answer: {error}.") from None

    def close(self) -> None:
        self._redis.close()


class PostgresBell:
    """LISTEN and NOTIFY of the database that is there anyway."""

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise Misconfigured(
                "LIBRARY_QUEUE_URL names PostgreSQL; install the library with its extra 'postgres'."
            ) from None
        self._psycopg = psycopg
        self._url = url.replace("postgresql+psycopg://", "postgresql://")
        self._ears: Any = None

    def ring(self) -> None:
        try:
            with self._psycopg.connect(self._url, autocommit=True, connect_timeout=3) as connection:
                connection.execute(f"NOTIFY {CHANNEL}")
        except self._psycopg.Error:
            return

    def wait(self, *, seconds: float) -> bool:
        try:
            if self._ears is None:
                self._ears = self._psycopg.connect(self._url, autocommit=True, connect_timeout=3)
                self._ears.execute(f"LISTEN {CHANNEL}")
                return True  # what was rung before we listened is unknown: look at once
            heard = list(self._ears.notifies(timeout=0, stop_after=1))
            if not heard:
                selecting.select([self._ears.fileno()], [], [], seconds)
                heard = list(self._ears.notifies(timeout=0, stop_after=1))
            return bool(heard)
        except (self._psycopg.Error, OSError):
            self._ears = None
            time.sleep(min(seconds, 1))
            return False

    def check(self) -> None:
        try:
            with self._psycopg.connect(self._url, connect_timeout=3) as connection:
                connection.execute("SELECT 1")
        except self._psycopg.Error as error:
            raise Unavailable(f"PostgreSQL does not answer: {error}.") from None

    def close(self) -> None:
        if self._ears is not None:
            self._ears.close()
            self._ears = None


def open_bell(url: str, *, data: Path) -> Bell:
    """The bell for ``LIBRARY_QUEUE_URL``: ``sqlite:`` (a file), ``redis://...`` or ``postgresql...``."""
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        return FileBell(data / "bell")
    if scheme in {"redis", "rediss", "unix"}:
        return RedisBell(url)
    if scheme in {"postgresql", "postgresql+psycopg"}:
        return PostgresBell(url)
    raise Misconfigured(
        f"LIBRARY_QUEUE_URL is {url!r}; it must be sqlite:, redis://HOST:PORT/0 or "
        "postgresql://USER@HOST/NAME."
    )
