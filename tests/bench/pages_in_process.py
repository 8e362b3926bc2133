"""Pages asked of a WSGI application in this process, each address only once so that no cache answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from typing import TYPE_CHECKING, Any

from werkzeug.test import EnvironBuilder

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def get(app: WSGIApplication, address: str) -> bytes:
    """The body of a page. Raises ``RuntimeError`` unless the answer is 200."""
    path, _, query = address.partition("?")
    environ = EnvironBuilder(path=path, query_string=query).get_environ()
    answered: list[str] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        answered.append(status)
        return lambda data: None

    chunks = app(environ, start)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    if not answered[0].startswith("200"):
        raise RuntimeError(f"{address} answers {answered[0]}")
    return body


def visitor(app: WSGIApplication, addresses: Iterable[str]) -> Callable[[], bytes]:
    """A function that asks for the next address at each call."""
    waiting: Iterator[str] = cycle(list(addresses))
    return lambda: get(app, next(waiting))
