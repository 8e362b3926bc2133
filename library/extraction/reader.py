"""Having files read by another process, and outliving whatever they do to it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

import library
from library.extraction.extract import Extract

PATIENCE: Final = 120.0
"""Seconds that one file may take by the clock."""

_TICK: Final = 0.5
_HOME: Final = str(Path(library.__file__).resolve().parent.parent)
_NOT_DONE: Final = "Only its beginning was read: {}"


@dataclass(slots=True)
class Outcome:
    """What reading a file came to.

    ``error`` says in a sentence why nothing was read, ``cut`` why only the beginning was; both are
    empty where the whole file was read.
    """

    extracts: list[Extract] = field(default_factory=list)
    error: str = ""
    cut: str = ""


class Stopped(Exception):
    """Whoever waits does not wait any longer."""


class TextReader:
    """Reads files one after another in a process that is started for the first of them.

    ``meanwhile`` is called about twice a second while a file is read; it may raise `Stopped`, which
    ends the process and comes out of `read`. Not to be used by several threads at once.
    """

    def __init__(
        self, *, meanwhile: Callable[[], object] | None = None, patience: float = PATIENCE
    ) -> None:
        self._meanwhile = meanwhile or (lambda: None)
        self._patience = patience
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, path: Path, *, media_type: str, lang: str | None = None) -> Outcome:
        """The text of a file. Whatever is wrong with it is said in the outcome.

        Raises ``OSError`` where no process can be started: that is no fault of the file.
        """
        child = self._started()
        assert child.stdin is not None  # noqa: S101  # asked for in _started
        asked = {"path": str(path), "media_type": media_type, "lang": lang}
        try:
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            child.stdin.flush()
        except BrokenPipeError:
            # The one before it ended at its limit; a new one knows nothing of that.
            self.close()
            child = self._started()
            assert child.stdin is not None  # noqa: S101
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            child.stdin.flush()
        try:
            return self._heard(child)
        except BaseException:
            self._kill()
            raise

    def close(self) -> None:
        """End the process; another is started when it is needed."""
        child, self._child = self._child, None
        if child is None:
            return
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            child.wait(timeout=1)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def __enter__(self) -> TextReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self.close()
        if self._child is None:
            self._child = subprocess.Popen(  # our own program, no shell
                [sys.executable, "-P", "-m", "library.extraction.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env={"PYTHONPATH": _HOME, "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            )
        return self._child

    def _heard(self, child: subprocess.Popen[bytes]) -> Outcome:
        """The answers up to the last one, however late it comes or does not."""
        assert child.stdout is not None  # noqa: S101
        outcome = Outcome()
        until = time.monotonic() + self._patience
        pipe = child.stdout.fileno()
        waiting = b""
        next_look = time.monotonic() + _TICK
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while True:
                ready = selector.select(_TICK)
                now = time.monotonic()
                if now >= next_look:
                    self._meanwhile()
                    next_look = time.monotonic() + _TICK
                if ready:
                    chunk = os.read(pipe, 1 << 16)
                    if not chunk:
                        code = child.wait()
                        self._kill()
                        return _broken(outcome, _died(code))
                    *lines, waiting = (waiting + chunk).split(b"\n")
                    for line in lines:
                        if _take(outcome, json.loads(line)):
                            return outcome
                if now > until:
                    self._kill()
                    return _broken(
                        outcome, f"Reading it takes longer than {self._patience:.0f} seconds."
                    )

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self.close()


def _take(outcome: Outcome, said: dict[str, str]) -> bool:
    """Note one answer; True for the last one."""
    if "error" in said:
        _broken(outcome, said["error"])
        return True
    if "end" in said:
        outcome.cut = said["end"]
        return True
    outcome.extracts.append(Extract(said["place"], said["text"], said.get("lang")))
    return False


def _broken(outcome: Outcome, reason: str) -> Outcome:
    """What was read before a file broke off is worth keeping."""
    if outcome.extracts:
        outcome.cut = _NOT_DONE.format(reason[0].lower() + reason[1:])
    else:
        outcome.error = reason
    return outcome


def _died(code: int) -> str:
    if code < 0:
        return f"The program that reads it was ended by signal {-code}."
    return "The program that reads it broke down."
