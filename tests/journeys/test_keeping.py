"""The processes of the site: who is killed is replaced, who is not needed ends, and nothing stays behind."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.journeys.wind import ailing, hits_of, is_waiting, publish_again, until, wind_content
from tests.judges.site import Site

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="Processes are found in /proc."
)


def _processes(url: str) -> dict[int, int]:
    """Processes of the site at this address, each with its parent, and those that they started."""
    port = url.rpartition(":")[2].encode()
    found, parents = {}, {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().split()[3])
            if b"\0--port\0" + port + b"\0" in (folder / "cmdline").read_bytes():
                found[int(folder.name)] = parents[int(folder.name)]
        except OSError:
            continue
    return found | {pid: parent for pid, parent in parents.items() if parent in found}


def _listens(pid: int, url: str) -> bool:
    """Whether the process holds the socket that the site listens on."""
    port = int(url.rpartition(":")[2])
    sockets = {
        f"socket:[{line.split()[9]}]"
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    }
    return any(os.readlink(fd) in sockets for fd in Path(f"/proc/{pid}/fd").iterdir())


def _background(site: Site) -> set[int]:
    """Processes of the site that do the work of the background."""
    return {pid for pid in _processes(site.url) if _is_worker(pid)}


def _is_worker(pid: int) -> bool:
    try:
        return b"\0work\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def test_a_killed_web_worker_is_replaced(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content", works=1))
    with site.served("--workers", "1"):
        found = _processes(site.url)
        (web,) = (p for p in found if found[p] in found and _listens(p, site.url))
        os.kill(web, signal.SIGKILL)
        until(lambda: web not in _processes(site.url))
        assert site.get("/en/courses/wind-0").status == 200
        url = site.url
    assert _processes(url) == {}, "nothing stays behind"


def test_a_worker_killed_while_it_indexes_loses_nothing(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content"))
    with site.served("--workers", "1"):
        for _ in range(3):
            shutil.rmtree(site.data / "index", ignore_errors=True)
            (site.data / "bell").touch()
            until(lambda: any((site.data / "index").glob("0*")) and bool(_background(site)))
            for pid in _background(site):
                os.kill(pid, signal.SIGKILL)
        until(lambda: hits_of(site, "Word3") == 1)
        until(lambda: "index" not in ailing(site))


def test_a_worker_runs_while_something_waits_and_no_longer(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content", works=1))
    with site.served("--workers", "2"):
        # What was imported is rendered; then nothing waits.
        until(lambda: len(_processes(site.url)) == 3 and not _background(site), seconds=60)
        publish_again(site.data)
        until(lambda: not is_waiting(site.data))
        (worker,) = _background(site)
        os.kill(worker, signal.SIGKILL)
        until(lambda: bool(_background(site) - {worker}), seconds=20)
        until(lambda: not _background(site), seconds=60)
        url = site.url
        web = min(pid for pid in _processes(url) if pid != max(_keeper(url)))
        os.kill(web, signal.SIGKILL)
        publish_again(site.data)
        until(lambda: not is_waiting(site.data))
    assert _processes(url) == {}, "nothing stays behind"


def _keeper(url: str) -> set[int]:
    found = _processes(url)
    return {pid for pid, parent in found.items() if parent not in found}


def test_nothing_goes_on_when_the_keeper_is_killed(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content", works=1))
    with site.served("--workers", "2"):
        publish_again(site.data)
        until(lambda: bool(_background(site)))
        found = set(_processes(site.url))
        for pid in _keeper(site.url):
            os.kill(pid, signal.SIGKILL)
        until(lambda: not any(_lives(pid) for pid in found), seconds=30)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
