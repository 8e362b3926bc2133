"""A strict S3 server for tests: Ceph's radosgw with one monitor and one store in memory.

Everything listens on loopback, on free ports, over HTTP and HTTPS, and is stopped by process id. The
ports are below the range from which the system hands out ports of its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAMS = ("ceph", "ceph-mon", "ceph-osd", "monmaptool", "radosgw", "radosgw-admin", "openssl")
INSTALL = "a strict S3 server is missing: apt-get install ceph-mon ceph-osd radosgw openssl"
BUCKET = "library-media"
DNS_NAME = "s3.test"
ACCESS_KEY = "LIBRARYTESTS"
SECRET_KEY = "a-secret-for-tests-only"

_OSD_PORTS = 8
_CONFIGURATION = """\
[global]
fsid = {fsid}
mon host = v1:127.0.0.1:{mon}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr2 = false
ms bind port min = {osd_first}
ms bind port max = {osd_last}
auth cluster required = none
auth service required = none
auth client required = none
mon allow pool size one = true
mon max pg per osd = 1000
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
osd max object name len = 256
memstore device bytes = 2147483648
run dir = {folder}
crash dir = {folder}
admin socket = {folder}/$name.asok
log file = {folder}/$name.log
[mon]
mon data = {folder}/mon
mon initial members = a
[osd]
osd data = {folder}/osd
osd crush update on start = false
osd class update on start = false
[client.rgw]
rgw data = {folder}
rgw dns name = {dns_name}
rgw enable usage log = false
rgw thread pool size = 32
rgw frontends = beast endpoint=127.0.0.1:{http} ssl_endpoint=127.0.0.1:{https} \
ssl_certificate={folder}/server.pem ssl_private_key={folder}/server.key
"""


@dataclass
class Radosgw:
    """A running server; ``certificate`` is what a client must trust for ``https``."""

    folder: Path
    mon_port: int
    http_port: int
    https_port: int
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    _daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _gateway: subprocess.Popen[bytes] | None = None

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def https(self) -> str:
        return f"https://127.0.0.1:{self.https_port}"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.pem"

    def start(self) -> None:
        """Make the cluster and wait until the gateway answers. About ten seconds."""
        self._write_configuration()
        self._make_certificate()
        fsid, osd = str(uuid.uuid4()), str(uuid.uuid4())
        self._write_configuration(fsid)
        (self.folder / "mon").mkdir()
        (self.folder / "osd").mkdir()
        monmap = f"{self.folder}/monmap"
        address = f"[v1:127.0.0.1:{self.mon_port}]"
        self._run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, monmap)
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap)
        self._daemons.append(self._spawn("ceph-mon", "-f", "-i", "a"))
        self._run("ceph", "--connect-timeout", "30", "osd", "new", osd)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", osd)
        self._run("ceph", "osd", "crush", "add", "osd.0", "1", "root=default")
        self._daemons.append(self._spawn("ceph-osd", "-f", "-i", "0"))
        self._make_user()
        self.resume()

    def resume(self) -> None:
        """Start the gateway, whose objects outlive it, and wait until it answers on both ports."""
        if self._gateway is None:
            self._gateway = self._spawn("radosgw", "-f", "-n", "client.rgw")
        for endpoint in (self.http, self.https):
            self._wait_for(endpoint)

    def crash(self) -> None:
        """Kill the gateway as a power cut would; the stored objects stay."""
        if self._gateway is not None:
            self._gateway.kill()
            self._gateway.wait()
            self._gateway = None

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """The gateway takes connections (the system does) and never answers."""
        assert self._gateway is not None
        self._gateway.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._gateway.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End every process that this server started."""
        self.crash()
        for daemon in reversed(self._daemons):
            daemon.kill()
            daemon.wait()
        self._daemons.clear()

    def _write_configuration(self, fsid: str = "") -> None:
        text = _CONFIGURATION.format(
            fsid=fsid,
            folder=self.folder,
            dns_name=DNS_NAME,
            mon=self.mon_port,
            osd_first=self.mon_port + 1,
            osd_last=self.mon_port + _OSD_PORTS,
            http=self.http_port,
            https=self.https_port,
        )
        (self.folder / "ceph.conf").write_text(text)

    def _make_certificate(self) -> None:
        names = f"subjectAltName=IP:127.0.0.1,DNS:{DNS_NAME},DNS:*.{DNS_NAME}"
        key = f"{self.folder}/server.key"
        command = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt")
        curve = ("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test")
        self._run(*command, *curve, "-addext", names, "-keyout", key, "-out", str(self.certificate))

    def _make_user(self) -> None:
        admin = ("radosgw-admin", "-n", "client.rgw", "user", "create", "--uid", "test")
        keys = ("--access-key", self.access_key, "--secret-key", self.secret_key)
        self._run(*admin, "--display-name", "test", *keys)

    def _environment(self) -> dict[str, str]:
        configuration = f"{self.folder}/ceph.conf"
        return {**os.environ, "CEPH_CONF": configuration, "CEPH_ARGS": f"-c {configuration}"}

    def _run(self, *command: str) -> None:
        done = subprocess.run(
            command, env=self._environment(), capture_output=True, text=True, timeout=120
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stdout}{done.stderr}")

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{command[0]}.out").open("ab") as output:
            return subprocess.Popen(
                command,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_die_with_parent,
            )

    def _wait_for(self, endpoint: str) -> None:
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        deadline = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(endpoint, timeout=10, context=trusting):
                    return
            except urllib.error.HTTPError as answer:
                answer.close()
                return
            except OSError:
                gone = self._gateway is None or self._gateway.poll() is not None
                if gone or time.monotonic() > deadline:
                    raise
                # A process that is starting announces nothing that could be awaited.
                time.sleep(0.05)


def _die_with_parent() -> None:
    # PR_SET_PDEATHSIG: a test run that is killed leaves no servers behind.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _free_block(length: int) -> int:
    """The first of ``length`` neighbouring free ports."""
    for _ in range(200):
        first = random.randrange(20_000, 32_000)
        with contextlib.ExitStack() as taken:
            try:
                for port in range(first, first + length):
                    probe = taken.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise RuntimeError("No free ports were found for the S3 server.")


@contextlib.contextmanager
def running_radosgw() -> Iterator[Radosgw]:
    """A server of its own for the length of the block."""
    # The admin sockets live in this folder, and the path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="rgw"))
    first = _free_block(_OSD_PORTS + 3)
    server = Radosgw(
        folder,
        mon_port=first,
        http_port=first + _OSD_PORTS + 1,
        https_port=first + _OSD_PORTS + 2,
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def radosgw() -> Iterator[Radosgw]:
    """The S3 server of this test run; skipped, or failed where all judges are required."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        if os.environ.get("LIBRARY_JUDGES") == "required":
            pytest.fail(f"{INSTALL} (not found: {', '.join(missing)})")
        pytest.skip(INSTALL)
    with running_radosgw() as server:
        yield server
