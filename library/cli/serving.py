"""``library serve`` and ``library work``: the site, and the worker behind it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import click
from gunicorn.app.base import BaseApplication

from library.catalogue.worker import ROUND
from library.catalogue.worker import work as work_until
from library.cli.root import Root, pass_root
from library.cli.warming import warm
from library.db import migrate
from library.errors import Misconfigured
from library.jobs.bell import Bell, open_bell

THREADS = 4
# A worker that dies at once, again and again, is not started more often than this, in seconds.
PAUSE = 2.0
_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
_log = logging.getLogger(__name__)


class Site(BaseApplication):  # type: ignore[misc]
    """gunicorn, told by arguments instead of a file."""

    def __init__(self, make: Callable[[], Any], options: dict[str, Any]) -> None:
        self._make = make
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make()


def server_options(*, host: str, port: int, workers: int) -> dict[str, Any]:
    """How gunicorn serves the site."""
    return {
        "bind": f"{'[' + host + ']' if ':' in host else host}:{port}",
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "preload_app": True,
        "timeout": 60,
        "keepalive": 15,
        "graceful_timeout": 10,
        "max_requests": 0,
        "loglevel": "warning",
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108
        "control_socket_disable": True,
    }


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--with-worker/--without-worker", default=True, help="Also run the worker.")
@pass_root
def serve(root: Root, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve the site; the worker runs beside it."""
    services = root.opened
    if not migrate.is_current(services.engine):
        raise Misconfigured("The database's schema is not this version's; run: library db upgrade")
    site = root.site(services=services)
    _use_one_heap()
    warm(site, services=services)
    # Connections made before the fork must not be shared across it.
    services.engine.dispose()
    services.changes.close()
    services.search.close()
    keeper = 0

    def when_ready(server: Any) -> None:
        # As late as can be: what the server itself has touched by now is shared as well.
        nonlocal keeper
        _share_memory()
        if with_worker:
            keeper = _fork(lambda: _keep_working(root, server))

    def after_fork(_server: Any, _worker: Any) -> None:
        services.engine.dispose(close=False)

    def at_exit(_server: Any) -> None:
        if keeper:
            with contextlib.suppress(ProcessLookupError):
                os.kill(keeper, signal.SIGTERM)

    click.echo(f"Serving on http://{host}:{port}", err=True)
    Site(
        lambda: site,
        {
            **server_options(host=host, port=port, workers=workers),
            "when_ready": when_ready,
            "post_fork": after_fork,
            "on_exit": at_exit,
        },
    ).run()


@click.command()
@pass_root
def work(root: Root) -> None:
    """Run the worker alone: indexing, rendering, small versions of pictures."""
    services = root.opened
    if not migrate.is_current(services.engine):
        raise Misconfigured("The database's schema is not this version's; run: library db upgrade")
    click.echo("Working; stop with Ctrl-C.", err=True)
    _work(root, bell=services.bell, resident=True)


def _work(root: Root, *, bell: Bell, resident: bool) -> None:
    services = root.opened
    stopped: list[int] = []
    parent = os.getppid()

    def stop(number: int, _frame: Any) -> None:
        if stopped:
            sys.exit(0)
        stopped.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    work_until(
        services.factory,
        search=services.search,
        store=services.store,
        bell=bell,
        stop=lambda: bool(stopped) or os.getppid() != parent,
        resident=resident,
    )


def _keep_working(root: Root, server: Any) -> None:
    """Have what waits done, each time by a worker that ends when nothing is left.

    So whatever building an index took is given back to the system, and a worker that dies costs nothing:
    what waits is safe in the database.
    """
    _die_with_parent()
    # The server's own signals and sockets are none of ours.
    for number in (*server.SIGNALS, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    for listener in server.LISTENERS:
        listener.sock.close()
    parent = os.getppid()
    child = 0

    def stop(_number: int, _frame: Any) -> None:
        if child:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while os.getppid() == parent:
        child = _fork(lambda: _worker_child(root))
        _, status = os.waitpid(child, 0)
        child = 0
        if status:
            _log.error("The worker ended unexpectedly and is started again.")
            time.sleep(PAUSE)
        else:
            root.opened.bell.wait(seconds=ROUND)


def _worker_child(root: Root) -> None:
    _die_with_parent()
    services = root.opened
    services.engine.dispose(close=False)
    # A bell of its own: the keeper listens on a connection that must not be shared.
    bell = open_bell(services.settings.queue_url, data=services.settings.data)
    _work(root, bell=bell, resident=False)


def _use_one_heap() -> None:
    """Keep glibc from giving each thread a heap of its own, which threads that take turns do not need."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _share_memory() -> None:
    """Before a fork: what is there now stays shared by all processes.

    The collector writes into every object that it looks at, and a page that is written to is copied. Frozen
    objects are never looked at again.
    """
    gc.collect()
    gc.freeze()


def _fork(run: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        run()
        status = 0
    finally:
        os._exit(status)


def _die_with_parent() -> None:
    """On Linux, end when the parent ends however it ends; elsewhere the worker notices by itself."""
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return
