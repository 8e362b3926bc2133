"""``library serve``: the site, and a worker beside it while something waits for one."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

import click

from library.cli import orphans
from library.cli.root import Root, pass_root
from library.errors import Unavailable

# How many connections may wait to be taken.
BACKLOG = 2048
_KEEPER = Path(__file__).with_name("keeper.py")
_LIBRARY = (
    "from library.cli.docstrings import leave_out_docstrings; leave_out_docstrings(); "
    "from library.app import main; main()"
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--with-worker/--without-worker", default=True, help="Also run the worker.")
@pass_root
def serve(root: Root, host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve the site; the worker runs beside it while something waits for it."""
    root.settings()  # what is wrong with them is said before anything is started
    listening = _listen(host, port)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    _become_keeper(listening, address, port=port, workers=workers, with_worker=with_worker)


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens; raises ``Unavailable`` with a sentence where it cannot."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise Unavailable(
            f"The site cannot listen on {host}, port {port}: {error.strerror or error}."
        ) from None
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _become_keeper(
    listening: socket.socket, address: str, *, port: int, workers: int, with_worker: bool
) -> NoReturn:
    """Go on as the keeper: in this process, without anything that it has loaded."""
    orphans.adopt_orphans()
    listening.set_inheritable(True)
    options = {
        "--address": address,
        "--port": port,
        "--listening": listening.fileno(),
        "--workers": workers,
    }
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(  # noqa: S606 - our own program
        sys.executable,
        [
            sys.executable,
            "-SP",
            str(_KEEPER),
            *(str(word) for option in options.items() for word in option),
            "--with-worker" if with_worker else "--without-worker",
            "--",
            *(sys.executable, "-Pc", _LIBRARY),
        ],
    )
