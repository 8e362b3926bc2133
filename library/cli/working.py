"""``library work``: the worker behind the site."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

import click

from library.catalogue.worker import work as work_until
from library.cli import orphans
from library.cli.root import Root, pass_root
from library.db import migrate

# How long a worker that was started because something waited stays for more, in seconds.
IDLE = 10.0


@click.command()
@click.option("--until-idle", is_flag=True, hidden=True, help="End when nothing waits.")
@pass_root
def work(root: Root, until_idle: bool) -> None:
    """Run the worker alone: indexing, rendering, small versions of pictures."""
    if until_idle:
        orphans.end_with_parent()
    services = root.opened
    migrate.require_current(services.engine)
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
    work_until(
        services.factory,
        search=services.search,
        store=services.store,
        bell=services.bell,
        stop=lambda: bool(stopped) or os.getppid() != parent,
        idle=IDLE if until_idle else None,
        vocabulary=services.vocabulary,
        chores=services.chores,
    )
