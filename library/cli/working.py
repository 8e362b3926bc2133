"""``library work``: the worker behind the site."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from typing import Any

import click

from library.catalogue.worker import work as work_until
from library.cli import orphans
from library.cli.root import Root, pass_root
from library.db import migrate
from library.http.services import Services

# How long a worker that was started because something waited stays for more, in seconds.
IDLE = 10.0
# Readers go before: they wait for a page, and nobody waits for the worker to the tenth of a second.
_NICE, _NICEST = 10, 19
# Seconds until what went wrong in a process is tried again.
_PAUSE = 60.0
_LIBRARY = "from library.app import main; main()"


class VocabularyMaker:
    """Has a large library's vocabulary made by another process: edits do not wait the seconds it takes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._process: subprocess.Popen[bytes] | None = None
        self._next = float("-inf")

    def __call__(self) -> bool:
        """Begin if it is time to; whether one was made."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return False
            self._process = None
            if code:
                self._next = time.monotonic() + _PAUSE
            return not code
        if time.monotonic() >= self._next and self._services.vocabulary.is_due(
            self._services.factory
        ):
            command = [sys.executable, "-Pc", _LIBRARY, "work", "--vocabulary"]
            self._process = subprocess.Popen(command)  # noqa: S603  # nothing in it comes from outside
        return False

    def end(self) -> None:
        """End the process if there is one."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@click.command()
@click.option("--until-idle", is_flag=True, hidden=True, help="End when nothing waits.")
@click.option("--vocabulary", "only", is_flag=True, hidden=True, help="Make that, and end.")
@pass_root
def work(root: Root, until_idle: bool, only: bool) -> None:
    """Run the worker alone: indexing, rendering, small versions of pictures."""
    if until_idle or only:
        orphans.end_with_parent()
    services = root.opened
    migrate.require_current(services.engine)
    if until_idle or only:
        # Only ever further back: who was started low may not come forward again.
        os.nice(max(0, (_NICEST if only else _NICE) - os.nice(0)))
    if only:
        services.vocabulary.refresh(services.factory)
        return
    # What is here now stays; a batch makes very many small things that do not hold each other.
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
    if not until_idle:
        click.echo("Working; stop with Ctrl-C.", err=True)
    stopped: list[int] = []
    parent = os.getppid()

    def stop(number: int, _frame: Any) -> None:
        if stopped:
            sys.exit(0)
        stopped.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    maker = VocabularyMaker(services)
    try:
        work_until(
            services.factory,
            search=services.search,
            store=services.store,
            bell=services.bell,
            stop=lambda: bool(stopped) or os.getppid() != parent,
            idle=IDLE if until_idle else None,
            vocabulary=services.vocabulary,
            chores=services.chores,
            refresh=maker,
        )
    finally:
        maker.end()
