"""The worker's process: what it has done elsewhere."""

from __future__ import annotations

from typing import Any, cast

import pytest

from library.cli import working
from library.cli.working import VocabularyMaker


class _Process:
    """Stands for a started process."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.code: int | None = None
        self.ended = False

    def poll(self) -> int | None:
        return self.code

    def terminate(self) -> None:
        self.ended = True

    def wait(self) -> None:
        pass


class _Services:
    """Of which only the vocabulary is asked."""

    factory = None

    def __init__(self) -> None:
        self.vocabulary = self
        self.due = True

    def is_due(self, _factory: object) -> bool:
        return self.due


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[_Process]:
    every: list[_Process] = []

    def start(command: list[str]) -> _Process:
        every.append(_Process(command))
        return every[-1]

    monkeypatch.setattr(working.subprocess, "Popen", start)
    return every


def test_one_process_makes_the_vocabulary_at_a_time(started: list[_Process]) -> None:
    services = _Services()
    maker = VocabularyMaker(cast(Any, services))
    assert not maker()
    assert not maker()
    assert [process.command[-2:] for process in started] == [["work", "--vocabulary"]]
    started[0].code = 0
    services.due = False
    assert maker()
    assert not maker()
    assert len(started) == 1


def test_what_failed_is_not_tried_again_at_once(started: list[_Process]) -> None:
    maker = VocabularyMaker(cast(Any, _Services()))
    maker()
    started[0].code = 1
    assert not maker()
    assert not maker()
    assert len(started) == 1


def test_the_process_ends_with_the_worker(started: list[_Process]) -> None:
    maker = VocabularyMaker(cast(Any, _Services()))
    maker.end()
    maker()
    maker.end()
    assert started[0].ended
