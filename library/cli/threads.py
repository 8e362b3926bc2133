"""The threads of a web worker: a few that answer readers, and more for those that wait for a slow line.

A file that comes in over a bad line occupies a thread for minutes. Whoever waits like that says so
(`Threads.away`), and another thread answers readers meanwhile: ten uploads leave as many for pages as none.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any

from library.errors import Unavailable

# Those that wait for slow lines, in each web worker; the next is told to try again.
MOST_AWAY = 48


class Threads(Executor):
    """``size`` threads that take jobs, besides those that are away. They end with the process."""

    def __init__(self, size: int, *, most_away: int = MOST_AWAY) -> None:
        self._size = size
        self._most_away = most_away
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._taking = 0
        self._away = 0
        self._closed = False
        self._here = threading.local()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._lock:
            if self._closed:
                raise RuntimeError("No more jobs are taken.")
            self._jobs.put(job)
            self._man()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more jobs. Nobody is waited for: the threads end with the process."""
        del wait, cancel_futures
        with self._lock:
            self._closed = True
            for _ in range(self._taking):
                self._jobs.put(None)

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """For the time of the block this thread answers no readers, and another one does.

        Raises ``Unavailable`` where too many are away. In a thread that is not one of these it means nothing.
        """
        if not getattr(self._here, "mine", False):
            yield
            return
        with self._lock:
            if self._away >= self._most_away:
                raise Unavailable("Too many files are being sent at once; try again in a moment.")
            self._away += 1
            self._taking -= 1
            self._man()
        try:
            yield
        finally:
            with self._lock:
                self._away -= 1
                self._taking += 1

    def _man(self) -> None:
        """Have a thread for what waits. Called with the lock."""
        if self._taking < self._size and not self._closed:
            self._taking += 1
            threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        self._here.mine = True
        while True:
            job = self._jobs.get()
            if job is not None:
                job()
                del job  # what it holds is let go of while the thread waits
            with self._lock:
                if self._closed or self._taking > self._size:
                    self._taking -= 1
                    return
