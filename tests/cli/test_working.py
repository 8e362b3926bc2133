"""The worker's process: how low it runs, and what it has done by another one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from library.cli import working
from library.cli.working import VocabularyMaker

_ROOT = Path(__file__).resolve().parents[2]


class _Services:
    """Of which only the vocabulary is asked."""

    factory = None

    def __init__(self) -> None:
        self.vocabulary = self
        self.due = True

    def is_due(self, _factory: object) -> bool:
        return self.due


Begin = Callable[[str], tuple[VocabularyMaker, _Services, list["subprocess.Popen[bytes]"]]]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """``begin(program)``: a maker whose process runs that program, and the processes it started."""
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noting(command: list[str]) -> subprocess.Popen[bytes]:
        assert command[-2:] == ["work", "--vocabulary"]
        started.append(start(command))
        return started[-1]

    def begin(program: str) -> tuple[VocabularyMaker, _Services, list[subprocess.Popen[bytes]]]:
        monkeypatch.setattr(working, "_LIBRARY", program)
        services = _Services()
        return VocabularyMaker(cast(Any, services)), services, started

    monkeypatch.setattr(working.subprocess, "Popen", noting)
    yield begin
    for process in started:
        process.kill()
        process.wait()


def test_one_process_makes_the_vocabulary_at_a_time(begin: Begin) -> None:
    maker, services, started = begin("input()")
    reading, writing = os.pipe()
    kept = os.dup(0)
    os.dup2(reading, 0)
    try:
        assert not maker()
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(reading)
    assert not maker()
    assert len(started) == 1
    os.write(writing, b"end\n")
    os.close(writing)
    assert started[0].wait(30) == 0
    services.due = False
    assert maker()
    assert not maker()
    assert len(started) == 1


def test_what_failed_is_not_tried_again_at_once(begin: Begin) -> None:
    maker, _, started = begin("raise SystemExit(1)")
    maker()
    assert started[0].wait(30) == 1
    assert not maker()
    assert not maker()
    assert len(started) == 1


def test_the_process_ends_with_the_worker(begin: Begin) -> None:
    maker, _, started = begin("import time; time.sleep(600)")
    maker.end()
    maker()
    maker.end()
    assert started[0].returncode


@pytest.mark.parametrize(("before", "after"), [(0, 10), (15, 15)])
def test_a_worker_goes_back_and_never_forward(tmp_path: Path, before: int, after: int) -> None:
    """Coming forward needs a right that a site does not have: the worker would not start."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("LIBRARY_")}
    environ["LIBRARY_DATA"] = str(tmp_path)
    run = "from library.app import main; main()"
    subprocess.run([sys.executable, "-c", run, "db", "upgrade"], env=environ, cwd=_ROOT, check=True)
    program = (
        "import os\n"
        f"os.nice({before} - os.nice(0))\n"
        "import library.cli.working as working\n"
        "working.work_until = lambda *_, **__: print(os.nice(0))\n"
        f"{run}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "work", "--until-idle"],
        env=environ,
        cwd=_ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) == after
