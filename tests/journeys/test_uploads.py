"""Uploads over bad lines, past kills and full disks, by tus's own client against a served site."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop.tus_client import metadata
from tests.journeys.cut_line import line
from tests.journeys.desk_site import COLLEGE, Server, furnish, serving, token
from tests.judges.site import Site
from tests.judges.tus import tus_js_client

MB = 1024 * 1024
CLIENT = Path(__file__).with_name("tus_client.mjs")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "data")


@pytest.fixture
def cookie(site: Site) -> str:
    site.data.mkdir()
    return furnish(site)


@pytest.fixture
def server(site: Site, cookie: str) -> Iterator[Server]:
    with serving(site) as served:
        yield served


def state(site: Site, cookie: str, address: str) -> dict[str, Any]:
    answer = site.get(address, Cookie=cookie)
    found: dict[str, Any] = json.loads(answer.body)
    return found


def settled(site: Site, cookie: str, address: str) -> dict[str, Any]:
    """What becomes of an upload once the worker has looked at it."""
    until = time.monotonic() + 60
    while True:
        found = state(site, cookie, address)
        if found["state"] not in ("receiving", "checking"):
            return found
        assert time.monotonic() < until, found
        time.sleep(0.2)


def ask(
    server: Server, cookie: str, csrf: str, method: str, path: str, body: Any = None, **more: Any
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Cookie": cookie, "X-CSRF-Token": csrf, "Tus-Resumable": "1.0.0"}
    headers |= {name.replace("_", "-"): str(value) for name, value in more.items()}
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def announce(server: Server, cookie: str, csrf: str, size: int, name: str = "a.bin") -> str:
    told = metadata({"filename": name, "institution": COLLEGE})
    status, headers, body = ask(
        server, cookie, csrf, "POST", "/uploads", Upload_Length=size, Upload_Metadata=told
    )
    assert status == 201, body
    return headers["Location"]


@pytest.mark.slow
def test_a_line_cut_three_times_and_a_killed_server_cost_no_more_than_time(
    site: Site, server: Server, cookie: str, tmp_path: Path
) -> None:
    folder = tus_js_client()
    content = os.urandom(40 * MB)
    file = tmp_path / "lesson.bin"
    file.write_bytes(content)
    with line(server.port, rate=25 * MB) as cable:
        client = subprocess.Popen(
            [
                *("node", str(CLIENT), str(folder), str(file)),
                f"http://127.0.0.1:{cable.port}/uploads",
                *(cookie, token(site, cookie), "课程 lesson.bin"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        cable.wait_for(6 * MB)
        cable.cut()
        cable.wait_for(12 * MB)
        cable.cut(refuse=True)
        cable.mend()
        cable.wait_for(18 * MB)
        server.kill()
        server.start()
        cable.wait_for(26 * MB)
        cable.cut()
        said, complaints = client.communicate(timeout=120)
    assert client.returncode == 0, complaints
    path = "/uploads/" + said.strip().rpartition("/")[2]
    found = settled(site, cookie, path)
    assert found["state"] == "ready", found
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert found["name"] == "课程 lesson.bin"
    # Little came twice: at most what was on the line when it was cut, four times.
    assert cable.passed < len(content) * 1.6


@pytest.mark.slow
def test_pieces_over_one_line_are_told_apart_however_they_are_cut_into_packets(
    site: Site, server: Server, cookie: str
) -> None:
    """What the server reads ahead of a body, and what follows it, belongs where it belongs."""
    content = os.urandom(3 * MB + 17)
    csrf = token(site, cookie)
    path = announce(server, cookie, csrf, len(content))
    first, last = content[: MB + 5], content[MB + 5 :]

    def head(offset: int, length: int) -> bytes:
        return (
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"
            f"Tus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n"
            f"Upload-Offset: {offset}\r\nContent-Length: {length}\r\n\r\n"
        ).encode()

    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as cable:
        # The beginning of the body comes with the head, the rest in crumbs.
        cable.sendall(head(0, len(first)) + first[:1000])
        for start in range(1000, len(first), 70_001):
            cable.sendall(first[start : start + 70_001])
        answer = http.client.HTTPResponse(cable)
        answer.begin()
        assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(first)))
        answer.read()
        if answer.will_close:
            cable.close()
            cable = socket.create_connection(("127.0.0.1", server.port), timeout=60)
        with cable:
            following = f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n\r\n".encode()
            cable.sendall(head(len(first), len(last)) + last + following)
            answer = http.client.HTTPResponse(cable)
            answer.begin()
            assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(len(content)))
    found = settled(site, cookie, path)
    assert (found["state"], found["sha256"]) == ("ready", hashlib.sha256(content).hexdigest())


@pytest.mark.slow
def test_who_comes_back_over_a_new_line_need_not_wait_for_the_dead_one(
    site: Site, server: Server, cookie: str
) -> None:
    csrf = token(site, cookie)
    path = announce(server, cookie, csrf, 10 * MB)
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {cookie}\r\n"
        f"X-CSRF-Token: {csrf}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {10 * MB}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port)) as dead:
        dead.sendall(head.encode() + b"x" * (3 * MB))
        until = time.monotonic() + 20
        while state(site, cookie, path)["offset"] < 3 * MB - 4096:
            assert time.monotonic() < until
            time.sleep(0.05)
        # The line hangs: nothing more comes, and nobody has closed it.
        offset = state(site, cookie, path)["offset"]
        begun = time.monotonic()
        status, headers, body = ask(
            server, cookie, csrf, "PATCH", path, b"x" * (10 * MB - offset), Upload_Offset=offset,
            Content_Type="application/offset+octet-stream",
        )  # fmt: skip
        assert status == 204, body
        assert headers["Upload-Offset"] == str(10 * MB)
        assert time.monotonic() - begun < 10
    assert settled(site, cookie, path)["sha256"] == hashlib.sha256(b"x" * 10 * MB).hexdigest()


@pytest.mark.slow
def test_ten_slow_lines_leave_the_threads_to_readers(
    site: Site, server: Server, cookie: str
) -> None:
    csrf = token(site, cookie)
    lines = []
    for _ in range(10):
        path = announce(server, cookie, csrf, 10 * MB)
        slow = socket.create_connection(("127.0.0.1", server.port))
        slow.sendall(
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n"
            "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
            "Content-Type: application/offset+octet-stream\r\n"
            f"Content-Length: {10 * MB}\r\n\r\nabc".encode()
        )
        lines.append(slow)
    answers: list[float] = []

    def read() -> None:
        for _ in range(10):
            begun = time.monotonic()
            assert site.get("/en/").status == 200
            answers.append(time.monotonic() - begun)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(30)
    for slow in lines:
        slow.close()
    assert len(answers) == 40
    assert max(answers) < 2


@pytest.mark.slow
def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("A small disk needs root to be mounted")
    small = tmp_path / "data"
    small.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=260m", "tmpfs", str(small)], capture_output=True
    )
    if done.returncode != 0:
        pytest.skip("A small disk cannot be mounted here")
    try:
        site = Site(small)
        cookie = furnish(site)
        with serving(site) as server:
            csrf = token(site, cookie)
            path = announce(server, cookie, csrf, 30 * MB)
            piece = {"Content_Type": "application/offset+octet-stream"}
            status, _, body = ask(
                server, cookie, csrf, "PATCH", path, b"x" * 10 * MB, Upload_Offset=0, **piece
            )
            assert status == 204, body
            # Somebody else fills the disk: told before the bytes are read.
            ballast = small / "ballast"
            ballast.write_bytes(b"\0" * (60 * MB))
            status, _, body = ask(
                server, cookie, csrf, "PATCH", path, b"x" * 20 * MB, Upload_Offset=10 * MB, **piece
            )
            assert status == 507, body
            assert json.loads(body)["reason"] == "disk-full"
            told = metadata({"filename": "b", "institution": COLLEGE})
            status, _, _ = ask(
                server,
                cookie,
                csrf,
                "POST",
                "/uploads",
                Upload_Length=MB * 40,
                Upload_Metadata=told,
            )
            assert status == 507
            assert state(site, cookie, path)["offset"] == 10 * MB
            assert site.get("/en/").status == 200
            ballast.unlink()
            status, _, body = ask(
                server, cookie, csrf, "PATCH", path, b"x" * 20 * MB, Upload_Offset=10 * MB, **piece
            )
            assert status == 204, body
            found = settled(site, cookie, path)
            assert found["sha256"] == hashlib.sha256(b"x" * 30 * MB).hexdigest()
    finally:
        subprocess.run(["umount", "-l", str(small)], check=False)


@pytest.mark.slow
def test_a_worker_killed_while_it_looks_at_a_file_is_followed_by_another(
    site: Site, server: Server, cookie: str
) -> None:
    csrf = token(site, cookie)
    content = b"y" * (60 * MB)
    path = announce(server, cookie, csrf, len(content))
    piece = {"Content_Type": "application/offset+octet-stream"}
    status, _, _ = ask(server, cookie, csrf, "PATCH", path, content, Upload_Offset=0, **piece)
    assert status == 204
    killed = 0
    until = time.monotonic() + 60
    while state(site, cookie, path)["state"] == "checking" and time.monotonic() < until:
        for pid in server.family():
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"work" in words and killed < 3:
                os.kill(pid, signal.SIGKILL)
                killed += 1
        time.sleep(0.15)
    found = settled(site, cookie, path)
    assert found["state"] == "ready", found
    assert found["sha256"] == hashlib.sha256(content).hexdigest()
    assert killed
