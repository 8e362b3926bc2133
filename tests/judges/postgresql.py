"""A throwaway PostgreSQL cluster: real, on loopback, without promises to a disk that nobody needs."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.judges.absence import missing

INSTALL = "PostgreSQL is missing: apt-get install postgresql-15"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def _programs() -> Path:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    if found is None:
        missing(INSTALL)
    return Path(found).resolve().parent


@contextmanager
def cluster() -> Iterator[str]:
    """The address of an empty database in UTF-8; the server refuses to run as root and need not."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="library-postgresql-"))
    run: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        run = [
            "setpriv",
            f"--reuid={account.pw_uid}",
            f"--regid={account.pw_gid}",
            "--clear-groups",
        ]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    settings = " ".join(f"-c {setting}" for setting in _FAST)

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [*run, str(programs / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )

    try:
        call(
            "initdb",
            "-D",
            str(data),
            "-U",
            "tests",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        call(
            "pg_ctl",
            "-D",
            str(data),
            "-w",
            "-l",
            str(folder / "log"),
            "-o",
            f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} {settings}",
            "start",
        )
        try:
            yield f"postgresql+psycopg://tests@127.0.0.1:{port}/postgres"
        finally:
            call("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
