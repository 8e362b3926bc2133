"""Faults caused for real: no room, no permission, no object store, locks, damage, sudden death."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.journeys.wind import WORKS, ailing, hits_of, publish_again, until, wind_content
from tests.judges.site import PROGRAM, ROOT, Site, stored_works


@contextmanager
def _mounted(folder: Path, *options: str) -> Iterator[None]:
    if os.getuid() != 0:
        pytest.skip("Only root can mount a small or read-only disk: run as root.")
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"No disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """A library on a disk of its own of 6 MB."""
    with _mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=6m", "tmpfs"):
        site = Site(tmp_path, {"LIBRARY_DATA": str(tmp_path / "disk")})
        site.run("db", "upgrade")
        yield site


@contextmanager
def _no_room(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                continue
        except OSError:
            pass
    try:
        yield
    finally:
        filler.unlink()


@pytest.mark.parametrize("room", ["900k", "1500k", "2200k", "3m"])
def test_an_import_that_runs_out_of_room_leaves_whole_works_and_goes_on_later(
    tmp_path: Path, room: str
) -> None:
    content, disk = wind_content(tmp_path / "content"), tmp_path / "disk"
    with _mounted(disk, "-t", "tmpfs", "-o", f"size={room}", "tmpfs"):
        site = Site(tmp_path, {"LIBRARY_DATA": str(disk)})
        site.run("db", "upgrade")
        said = site.run("import", content, fails=True)
        assert "disk is full" in said or "No space left" in said
        assert "Traceback" not in said
        assert set(stored_works(disk).values()) <= {4}
        assert "MB are left on the disk" in site.run("check", fails=True)
        subprocess.run(["mount", "-o", "remount,size=60m", str(disk)], check=True)
        site.run("import", content)
        assert stored_works(disk) == {f"wind-{n}": 4 for n in range(WORKS)}
        assert json.loads(site.run("search", "--json", "Word3"))["total"] == 1


def test_pages_are_served_while_the_disk_is_full(small: Site, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    content = wind_content(tmp_path / "content", works=4)
    small.run("import", content)
    more = wind_content(tmp_path / "more", works=6)
    with small.served("--workers", "1"):
        assert small.get("/en/courses/wind-0").status == 200
        with _no_room(disk):
            assert small.get("/en/courses/wind-1/cup").status == 200
            assert small.get("/en/search?q=Word2").status == 200
            assert {"disk", "media"} <= set(ailing(small))
            said = small.run("import", more, fails=True)
            assert "Traceback" not in said
            assert "the disk is full" in said
            said = small.run("index", "--rebuild", fails=True)
            assert "Traceback" not in said
            assert small.get("/en/courses/wind-3").status == 200
        said = small.run("import", more)
        assert small.get("/en/courses/wind-5").status == 200, "seen at once"
        until(lambda: hits_of(small, "Word5") == 1)
        until(lambda: "media" not in ailing(small))


def test_a_library_starts_on_a_full_disk_and_heals_with_room(small: Site, tmp_path: Path) -> None:
    small.run("import", wind_content(tmp_path / "content", works=2))
    with _no_room(tmp_path / "disk"), small.served("--workers", "1"):
        assert small.get("/en/courses/wind-0/vane").status == 200
        assert "turns the vane" in small.get("/en/courses/wind-1/vane").text
        assert "media" in ailing(small)
        (tmp_path / "disk" / "filler").write_bytes(b"")
        small.run("import", wind_content(tmp_path / "more", works=3))
        assert small.get("/en/courses/wind-2").status == 200, "written and read again at once"


def test_a_data_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    data = tmp_path / "data"
    site = Site(tmp_path, {"LIBRARY_DATA": str(data)})
    site.run("db", "upgrade")
    site.run("import", wind_content(tmp_path / "content", works=2))
    publish_again(data)
    with _mounted(data, "--bind", str(data)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(data)], check=True)
        for command in (("import", tmp_path / "content"), ("index", "--rebuild"), ("index",)):
            said = site.run(*command, fails=True)
            assert "Traceback" not in said
            assert said.startswith("library: ")
            assert "cannot be written" in said
        said = site.run("check", fails=True)
        assert "PROBLEM disk: " in said
        assert "PROBLEM media: " in said
        with site.served("--workers", "1"):
            for path in ("/en/", "/en/courses", "/en/courses/wind-1/mast", "/en/search?q=Word1"):
                assert site.get(path).status == 200, path
            assert {"disk", "media"} <= set(ailing(site))
            log = tmp_path / "serve.log"
            until(lambda: "could not go on" in log.read_text())
            time.sleep(6)  # longer than a round
        said = log.read_text()
        assert "Traceback" not in said
        assert said.count("could not go on") == 1, "said once, not at every round"


def test_a_new_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    site = Site(tmp_path, {"LIBRARY_DATA": str(tmp_path / "file" / "data")})
    said = site.run("serve", fails=True)
    assert said.startswith("library: LIBRARY_DATA is ")
    assert said.count("\n") == 1


def test_pages_are_served_while_the_object_store_is_away(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content", works=1))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        site.environ |= {
            "LIBRARY_MEDIA_URL": f"s3://bucket?endpoint=http://127.0.0.1:{port}&serve=proxy",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        with site.served("--workers", "1"):
            page = site.get("/en/courses/wind-0")
            assert page.status == 200
            address = page.text.partition('href="/media/')[2].partition('"')[0]
            assert address.endswith("film.en.vtt")
            began = time.monotonic()
            media = site.get(f"/media/{address}")
            assert time.monotonic() - began < 10
            assert media.status == 503
            assert media.headers["Retry-After"]
            assert "<h1" in media.text
            assert set(ailing(site)) == {"media"}
        said = site.run("import", wind_content(tmp_path / "more", works=2), fails=True)
        assert said.count("\n") == 1
        assert f"127.0.0.1:{port}" in said


def test_a_silent_object_store_does_not_hold_up_the_pages(site: Site, tmp_path: Path) -> None:
    """It takes connections and never answers, which is worse than being away."""
    site.run("import", wind_content(tmp_path / "content", works=1))
    with socket.socket() as silent, ThreadPoolExecutor(8) as readers:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        port = silent.getsockname()[1]
        site.environ |= {
            "LIBRARY_MEDIA_URL": f"s3://bucket?endpoint=http://127.0.0.1:{port}&serve=proxy",
            "AWS_ACCESS_KEY_ID": "x",
            "AWS_SECRET_ACCESS_KEY": "x",
        }
        with site.served("--workers", "1"):
            address = site.get("/en/courses/wind-0").text.partition('href="/media/')[2]
            media = "/media/" + address.partition('"')[0]
            began = time.monotonic()
            asked = [readers.submit(site.get, media) for _ in range(8)]
            assert site.get("/en/courses").status == 200
            assert {one.result().status for one in asked} == {503}
            assert time.monotonic() - began < 20
            began = time.monotonic()
            assert site.get(media).status == 503
            assert set(ailing(site)) == {"media"}
            assert site.get("/en/").status == 200
            assert time.monotonic() - began < 2, "an outage is remembered"


@pytest.mark.slow
def test_reads_go_on_while_another_program_holds_the_database(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content", works=1))
    with site.served("--workers", "1"):
        with closing(sqlite3.connect(site.data / "library.sqlite", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            for path in ("/en/courses/wind-0", "/en/courses/wind-0/cup", "/en/search?q=Word0"):
                assert site.get(path).status == 200, path
            said = site.run("import", wind_content(tmp_path / "more", works=2), fails=True)
            assert said.splitlines()[-1] == (
                "library: Another process is writing to the database; try again when it is done."
            )
            other.execute("ROLLBACK")
        site.run("import", tmp_path / "more")
        assert site.get("/en/courses/wind-1").status == 200


def test_a_damaged_database_is_said_and_no_reader_sees_why(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content", works=2))
    file = site.data / "library.sqlite"
    with site.served("--workers", "1"):
        assert site.get("/en/courses/wind-0").status == 200
        size = file.stat().st_size
        with file.open("r+b") as stream:
            stream.seek(4096)
            stream.write(os.urandom(size - 4096))
        for path in ("/en/courses/wind-1/vane", "/en/courses", "/api/v1/works", "/en/feed.atom"):
            answer = site.get(path)
            assert answer.status == 503, path
            assert "Traceback" not in answer.text
            assert "sqlite" not in answer.text
        assert site.get("/healthz").status == 200
        assert "database" in ailing(site) or "schema" in ailing(site)
    for command in ("serve", "check", "index"):
        said = site.run(command, fails=True)
        assert "restore it from a backup" in said
        assert "Traceback" not in said


def test_a_database_that_is_deleted_is_said(site: Site, tmp_path: Path) -> None:
    site.run("import", wind_content(tmp_path / "content", works=1))
    with site.served("--workers", "1"):
        for name in ("library.sqlite", "library.sqlite-wal", "library.sqlite-shm"):
            (site.data / name).unlink(missing_ok=True)
        assert site.get("/en/courses/wind-0/vane").status in (200, 503)
        assert site.get("/healthz").status == 200
    said = site.run("serve", fails=True)
    assert "library db upgrade" in said
    site.run("db", "upgrade")
    site.run("import", tmp_path / "content")
    # The index outlived its database: what it says of works that are gone goes with a rebuild.
    site.run("index", "--rebuild")
    assert json.loads(site.run("search", "--json", "Word0"))["total"] == 1


def _remove(index: Path) -> None:
    # In one step: a worker that writes meanwhile would put new files into a folder that is being emptied.
    gone = index.with_name("index-gone")
    index.rename(gone)
    shutil.rmtree(gone)


def _cut(index: Path) -> None:
    for file in index.rglob("*"):
        if file.is_file() and file.suffix not in (".json", ".toc") and file.stat().st_size > 100:
            os.truncate(file, file.stat().st_size // 2)


def _scribble(index: Path) -> None:
    for file in index.rglob("*.toc"):
        file.write_bytes(os.urandom(file.stat().st_size))


@pytest.mark.parametrize("damage", [_remove, _cut, _scribble])
def test_a_damaged_index_is_said_and_rebuilt_by_the_worker(
    site: Site, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    site.run("import", wind_content(tmp_path / "content", works=2))
    with site.served("--workers", "1", "--without-worker"):
        damage(site.data / "index")
        answer = site.get("/en/search?q=Word1")
        # A scribbled table of contents harms only who opens the index anew: who has read it goes on.
        allowed = {200, 503} if damage is _scribble else {503}
        assert answer.status in allowed
        assert 'href="/en/courses"' in answer.text
        assert site.get("/api/v1/search?q=Word1").status in allowed
        assert site.get("/en/courses/wind-0").status == 200
        assert "index" in ailing(site)
        assert "library index --rebuild" in site.run("check", fails=True)
    with site.served("--workers", "1"):
        until(lambda: hits_of(site, "Word1") == 1)
        damage(site.data / "index")
        until(lambda: hits_of(site, "Word1") == 1)


@pytest.mark.parametrize("works", [0, 1, WORKS // 2, WORKS])
def test_an_import_killed_at_any_moment_left_only_whole_works(
    site: Site, tmp_path: Path, works: int
) -> None:
    content = wind_content(tmp_path / "content")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "import", str(content)],
        env={**os.environ, "LIBRARY_DATA": str(site.data)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: len(stored_works(site.data)) >= works or process.poll() is not None)
    finally:
        process.kill()
        process.wait()
    assert set(stored_works(site.data).values()) <= {4}
    site.run("import", content)
    assert stored_works(site.data) == {f"wind-{n}": 4 for n in range(WORKS)}
    assert "folders read: 0 stored" in site.run("import", content)
    for number in (0, WORKS - 1):
        assert json.loads(site.run("search", "--json", f"Word{number}"))["total"] == 1
    assert json.loads(site.run("check", "--json"))["ok"] or os.statvfs(tmp_path).f_bavail < 10**5


def test_a_port_that_is_taken_is_said(site: Site) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = site.run("serve", "--port", str(taken.getsockname()[1]), fails=True)
    assert "Traceback" not in said
    assert "in use" in said
