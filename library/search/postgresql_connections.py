"""Connections to the PostgreSQL that holds the index, and its errors in words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

import psycopg
from psycopg.abc import Query
from sqlalchemy import make_url
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import QueuePool

Cursor = psycopg.Cursor[Any]

KEPT: Final = 4
"""Connections that stay open in each process."""

_MORE: Final = 12
_PATIENCE: Final = 5
# Said to those who are sent away: by a server that stops, or by a replica that catches up.
_PASSING: Final = (
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.SerializationFailure,
)

Failure = (psycopg.Error, NoConnectionFree)
"""What reading and writing may raise."""


class Connections:
    """A few connections, opened when they are needed; a forked process opens its own."""

    def __init__(self, url: str) -> None:
        """``url`` as SQLAlchemy takes it."""
        address = make_url(url)
        _, self._options = address.get_dialect()().create_connect_args(address)
        self._options = {"connect_timeout": _PATIENCE, **self._options, "autocommit": True}
        self._pool, self._process = self._made(), os.getpid()

    def _made(self) -> QueuePool:
        return QueuePool(
            self._connect,
            pool_size=KEPT,
            max_overflow=_MORE,
            timeout=_PATIENCE,
            use_lifo=True,
            reset_on_return=None,
        )

    def _connect(self) -> Any:
        return psycopg.connect(**self._options)

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A cursor outside of a transaction, with binary results. One that was left in a transaction,
        or whose connection was lost or let go of, takes its connection with it."""
        if os.getpid() != self._process:
            # The connections are those of the process that this one was forked from.
            self._pool, self._process = self._made(), os.getpid()
        pool = self._pool
        lent = pool.connect()
        try:
            connection: psycopg.Connection[Any] = lent.driver_connection  # type: ignore[assignment]
            with connection.cursor(binary=True) as cursor:
                yield cursor
        finally:
            status = connection.info.transaction_status
            if status == psycopg.pq.TransactionStatus.IDLE and pool is self._pool:
                lent.close()
            else:
                lent.invalidate()

    @contextmanager
    def transaction(self, begin: Query) -> Iterator[Cursor]:
        """The same in a transaction, which ``begin`` begins (and may ask more);
        it ends with the block, in a rollback if that raises."""
        with ExitStack() as held:
            cursor = self._begun(held, begin)
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                # A lost connection has rolled back by itself.
                with suppress(psycopg.Error):
                    cursor.execute("ROLLBACK")
                raise

    def _begun(self, held: ExitStack, begin: Query) -> Cursor:
        try:
            cursor = held.enter_context(self.cursor())
            return cursor.execute(begin, prepare=False, binary=False)
        except psycopg.Error as error:
            if not may_pass(error):
                raise
        # The server was started anew since that connection was opened, and so with all others.
        self.close()
        cursor = held.enter_context(self.cursor())
        return cursor.execute(begin, prepare=False, binary=False)

    def close(self) -> None:
        """Let go of what is not in use; the next cursor opens a connection."""
        if os.getpid() == self._process:
            self._pool.dispose()
        self._pool, self._process = self._made(), os.getpid()


def may_pass(error: BaseException) -> bool:
    """Whether to begin again on another connection may help."""
    if isinstance(error, _PASSING):
        return True
    return isinstance(error, psycopg.OperationalError) and error.sqlstate is None


def reason(error: BaseException) -> str:
    """What went wrong, without a full stop."""
    said = str(error).strip() or type(error).__name__
    return said.splitlines()[0].rstrip(".")
