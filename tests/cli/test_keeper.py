"""The keeper with stand-ins for the crew and the worker: programs of a few lines that say that they ran."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from library.cli import keeper
from library.cli.keeper import Restarts, WebWorker

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="Only Linux gives orphans to who asks for them."
)

# Like a crew: forks a process a pipe, which says its number, and ends. The script says what else.
_STAND_IN = """
import os, signal, sys, time
folder, what, given = {folder!r}, sys.argv[1], sys.argv[2:]
with open(f"{{folder}}/{{what}}", "a") as file:
    file.write(f"{{os.getpid()}}\\n")
if what == "crew":
    pipes = [int(given[n + 1]) for n, word in enumerate(given) if word == "--pipe"]
    if os.path.exists(f"{{folder}}/broken"):
        sys.exit(3)
    parent = os.getpid()
    for pipe in pipes:
        if os.fork() == 0:
            for other in set(pipes) - {{pipe}}:
                os.close(other)
            while os.getppid() == parent:
                time.sleep(0.001)
            os.write(pipe, b"%d " % os.getpid())
            with open(f"{{folder}}/web", "a") as file:
                file.write(f"{{os.getpid()}}\\n")
            while True:
                if os.path.exists(f"{{folder}}/waits") and "--watch" in given:
                    os.write(pipe, b"w")
                time.sleep(0.05)
                os.write(pipe, b".")
    os._exit(0)
if os.path.exists(f"{{folder}}/dies"):
    os.kill(os.getpid(), signal.SIGKILL)
if not os.path.exists(f"{{folder}}/done"):
    time.sleep(60)
"""


class Kept:
    """A running keeper and the notes of what it started."""

    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.process = process

    def started(self, what: str) -> list[int]:
        note = self.folder / what
        return [int(line) for line in note.read_text().split()] if note.exists() else []

    def children(self) -> set[int]:
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with suppress(OSError):  # it has ended
            return {int(number) for number in path.read_text().split()}
        return set()

    def web(self, count: int) -> set[int]:
        """The web workers, once there are so many and nobody else."""
        _until(lambda: len(self._said()) == count)
        return self._said()

    def _said(self) -> set[int]:
        """Those below the keeper that wrote their number, if all did."""
        web, there = set(self.started("web")), self.children()
        return there if there <= web else set()


def _until(true: Callable[[], bool], *, seconds: float = 20.0) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, "It did not become true in time."
        time.sleep(0.01)


@contextmanager
def _kept(folder: Path, *, workers: int = 2, worker: str = "--with-worker") -> Iterator[Kept]:
    program = folder / "stand_in.py"
    program.write_text(_STAND_IN.format(folder=str(folder)))
    listening, other = os.pipe()
    adopt = "from library.cli.orphans import adopt_orphans; import os, sys; adopt_orphans(); "
    become = "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", adopt + become, "-SP", keeper.__file__),
            *("--address", "http://here", "--port", "1", "--listening", str(listening)),
            *("--workers", str(workers), worker, "--", sys.executable, str(program)),
        ],
        pass_fds=[listening],
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(listening)
    os.close(other)
    kept = Kept(folder, process)
    try:
        yield kept
    finally:
        process.terminate()
        left = kept.children()
        process.wait(30)
        if process.stderr:
            process.stderr.close()
        assert not {pid for pid in left if Path(f"/proc/{pid}").exists()}, "nothing stays behind"


def test_the_crew_is_gone_and_its_web_workers_are_kept(tmp_path: Path) -> None:
    with _kept(tmp_path) as kept:
        web = kept.web(2)
        assert len(kept.started("crew")) == 1
        assert kept.started("work") == [], "nothing waits"
        assert kept.process.stderr is not None
        assert kept.process.stderr.readline() == "Serving on http://here\n"
        kept.process.terminate()
        assert kept.process.wait(10) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in web)


def test_a_killed_web_worker_is_replaced_and_the_other_stays(tmp_path: Path) -> None:
    with _kept(tmp_path) as kept:
        before = kept.web(2)
        gone = min(before)
        os.kill(gone, signal.SIGKILL)
        _until(lambda: len(kept.started("crew")) == 2)
        after = kept.web(2)
        assert gone not in after
        assert before - {gone} < after


def test_a_crew_that_cannot_load_the_site_ends_everything_with_its_code(tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    with _kept(tmp_path) as kept:
        assert kept.process.wait(20) == 3


def test_a_crew_that_cannot_load_the_site_later_is_tried_again(tmp_path: Path) -> None:
    with _kept(tmp_path, workers=1) as kept:
        (web,) = kept.web(1)
        (tmp_path / "broken").touch()
        os.kill(web, signal.SIGKILL)
        _until(lambda: len(kept.started("crew")) == 2)
        (tmp_path / "broken").unlink()
        assert kept.web(1)


def test_a_worker_runs_only_while_something_waits(tmp_path: Path) -> None:
    with _kept(tmp_path) as kept:
        kept.web(2)
        (tmp_path / "waits").touch()
        _until(lambda: len(kept.started("work")) == 1)
        assert len(kept.children()) == 3
        (tmp_path / "waits").unlink()
        (work,) = kept.started("work")
        os.kill(work, signal.SIGTERM)
        # It ended by a signal, so it is started once more to see whether it left something.
        (tmp_path / "done").touch()
        _until(lambda: len(kept.started("work")) == 2)
        assert len(kept.web(2)) == 2


def test_a_worker_that_ends_well_is_not_started_again(tmp_path: Path) -> None:
    (tmp_path / "done").touch()
    with _kept(tmp_path) as kept:
        kept.web(2)
        (tmp_path / "waits").touch()
        _until(lambda: len(kept.started("work")) >= 1)
        (tmp_path / "waits").unlink()
        _until(lambda: len(kept.children()) == 2)
        count = len(kept.started("work"))
        time.sleep(keeper.LOOK * 2)
        assert len(kept.started("work")) == count


def test_without_worker_none_is_started(tmp_path: Path) -> None:
    (tmp_path / "waits").touch()
    with _kept(tmp_path, worker="--without-worker") as kept:
        kept.web(2)
        time.sleep(keeper.LOOK * 2)
        assert kept.started("work") == []


def test_a_dying_worker_is_not_started_in_a_tight_loop(tmp_path: Path) -> None:
    for name in ("waits", "dies"):
        (tmp_path / name).touch()
    with _kept(tmp_path) as kept:
        _until(lambda: len(kept.started("work")) >= 2)
        time.sleep(keeper.PAUSE * 2)
        assert len(kept.started("work")) <= 4


def test_hup_replaces_the_web_workers(tmp_path: Path) -> None:
    with _kept(tmp_path) as kept:
        before = kept.web(2)
        kept.process.send_signal(signal.SIGHUP)
        _until(lambda: len(kept.started("crew")) == 2)
        assert not kept.web(2) & before


def test_restarts_come_at_once_and_then_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    restarts = Restarts()
    pauses = []
    for _ in range(8):
        restarts.started()
        restarts.failed()
        began = now
        while not restarts.due():
            now += 0.5
        pauses.append(now - began)
    assert pauses == [0, 2, 4, 8, 16, 32, 60, 60]
    restarts.started()
    now += keeper.LONGEST_PAUSE + 1
    restarts.failed()
    assert restarts.due(), "who lived long is started again at once"


def test_a_number_that_comes_in_pieces_is_put_together() -> None:
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    worker = WebWorker(ours)
    assert worker.hear() is False
    os.write(theirs, b"12")
    assert worker.hear() is False
    assert worker.pid == 0
    os.write(theirs, b"34 .w")
    assert worker.hear() is True
    assert worker.pid == 1234
    os.close(theirs)
    assert worker.hear() is None
    os.close(ours)
