"""``library crew``: load the site once, fork the web workers from it, and be gone.

Started by the keeper (``library.cli.keeper``), never by people.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import click
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker
from sqlalchemy import Engine, event

from library.catalogue.worker import watch
from library.cli.orphans import end_with_parent
from library.cli.root import Root, pass_root
from library.cli.threads import Threads
from library.cli.warming import warm
from library.db import migrate
from library.http.services import Services
from library.jobs.bell import open_bell

THREADS = 4
# What each connection of a web worker keeps of the database, in kB; the system keeps the file itself.
CACHE = 500
# How often a web worker gives a sign of life, in seconds.
_SIGN = 1.0
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
# Pieces of memory from this size on are given back to the system when they are free, in bytes.
_LARGE = 1024 * 1024


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
    """How gunicorn serves a site."""
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


class WebWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's worker with threads, which tells the keeper by its pipe that it lives."""

    pipe = -1
    _told = 0.0
    _answered = 0
    wsgi: Any

    def get_thread_pool(self) -> Threads:
        return Threads(self.cfg.threads)

    def load_wsgi(self) -> None:
        """Let the application say that a request waits for a slow line (`library.http.incoming`)."""
        super().load_wsgi()
        application, away = self.wsgi, self.tpool.away

        def told(environ: dict[str, Any], start_response: Any) -> Any:
            environ["library.away"] = away
            return application(environ, start_response)

        self.wsgi = told

    def notify(self) -> None:
        now = time.monotonic()
        if now - self._told < _SIGN:
            return
        self._told = now
        if self.nr != self._answered:
            self._answered = self.nr
            _give_back()
        if not _tell(self.pipe, b"."):
            self.alive = False


@click.command(hidden=True)
@click.option("--port", type=int, required=True)
@click.option("--listening", type=int, required=True, help="The socket, as an open file.")
@click.option("--pipe", "pipes", type=int, multiple=True, required=True, help="One a web worker.")
@click.option("--watch", "watching", is_flag=True, help="Tell the keeper when work waits.")
@pass_root
def crew(root: Root, port: int, listening: int, pipes: tuple[int, ...], watching: bool) -> None:
    """Load the site and fork the web workers."""
    end_with_parent()
    for file in (listening, *pipes):
        os.set_inheritable(file, False)
    _use_one_heap()
    services = root.opened
    migrate.require_current(services.engine)
    _keep_little(services.engine)
    site = root.site(services=services)
    options = server_options(host="127.0.0.1", port=port, workers=len(pipes))
    application = Site(lambda: site, options)
    log = Logger(application.cfg)
    warm(site, services=services)
    # Connections made before the fork must not be shared across it.
    services.engine.dispose()
    services.changes.close()
    services.search.close()
    _share_memory()
    crew_pid = os.getpid()
    for number, pipe in enumerate(pipes):
        if os.fork():
            continue
        for other in pipes:
            if other != pipe:
                os.close(other)
        # One of them is enough to see that work waits.
        watched = watching and number == 0
        _serve(application, log, root, listening, pipe, crew_pid=crew_pid, watching=watched)
    os._exit(0)


def _serve(
    application: Site,
    log: Logger,
    root: Root,
    listening: int,
    pipe: int,
    *,
    crew_pid: int,
    watching: bool,
) -> NoReturn:
    status = 1
    try:
        services = root.opened
        services.engine.dispose(close=False)
        while os.getppid() == crew_pid:
            time.sleep(0.002)
        end_with_parent()
        if _tell(pipe, b"%d " % os.getpid()):
            if watching:
                threading.Thread(target=_watch, args=(services, pipe), daemon=True).start()
            cfg = application.cfg
            sockets = [socket.socket(fileno=listening)]
            worker = WebWorker(1, os.getppid(), sockets, application, cfg.timeout / 2, cfg, log)
            worker.pipe = pipe
            worker.init_process()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def _watch(services: Services, pipe: int) -> None:
    # A bell of its own: one that listens must not be shared with who rings.
    bell = open_bell(services.settings.queue_url, data=services.settings.data)
    watch(
        services.factory,
        search=services.search,
        bell=bell,
        tell=lambda: _tell(pipe, b"w"),
        vocabulary=services.vocabulary,
        chores=services.chores,
    )


def _tell(pipe: int, said: bytes) -> bool:
    """Tell the keeper; False when it is gone."""
    try:
        os.write(pipe, said)
    except OSError:
        return False
    return True


def _keep_little(engine: Engine) -> None:
    """Pages that only read go through a database once: a large cache of it would be a second copy."""
    if engine.dialect.name == "sqlite":
        event.listen(
            engine,
            "connect",
            lambda connection, _: connection.execute(f"PRAGMA cache_size=-{CACHE}").close(),
        )


def _use_one_heap() -> None:
    """Keep glibc from giving each thread a heap of its own, which threads that take turns do not need.

    And from keeping ever larger pieces for later: what a large search took goes back to the system.
    """
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, 1)
        library.mallopt(_M_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_M_TRIM_THRESHOLD, _LARGE)


def _share_memory() -> None:
    """Before a fork: what is there now stays shared by all processes.

    The collector writes into every object that it looks at, and a page that is written to is copied. Frozen
    objects are never looked at again. What is free is given back rather than shared.
    """
    gc.collect()
    gc.freeze()
    _give_back()


def _give_back() -> None:
    """Give free memory back to the system, also what lies between things in use, which glibc keeps."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
